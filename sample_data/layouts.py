"""The layout of one roster sheet: which columns, in which order, under which one- or two-row header."""

from dataclasses import dataclass, field
from random import Random

from guantong.sample_data import headers

# How often an enterprise's roster has a column.
PRESENT = {
    "序号": 0.85,
    "身份证号": 0.95,
    "性别": 0.7,
    "出生年月": 0.7,
    "单位名称": 0.85,
    "统一社会信用代码": 0.5,
    "所在市": 0.5,
    "人员类别": 0.75,
    "岗位类别": 0.95,
    "岗位名称": 0.7,
    "是否一线岗位": 0.75,
    "是否工程技术领域": 0.7,
    "在岗状态": 0.75,
    "现岗位起始时间": 0.4,
    "从事相关工作起始时间": 0.6,
    "中断月数": 0.5,
    "职业（工种）": 0.9,
    "技能证书编号": 0.7,
    "高级工取得时间": 0.5,
    "技师取得时间": 0.5,
    "高级技师取得时间": 0.45,
    "职称系列": 0.75,
    "职称专业": 0.5,
    "职称证书编号": 0.5,
    "助理工程师取得时间": 0.4,
    "工程师取得时间": 0.4,
    "高级工程师取得时间": 0.35,
    "学历": 0.7,
    "毕业院校": 0.5,
    "技工院校班别": 0.35,
    "所学专业": 0.6,
    "荣誉称号": 0.8,
    "诚信情况": 0.75,
    "拟申报职称": 0.3,
    "拟申报技能等级": 0.3,
    "备注": 0.6,
}
ALWAYS = ("姓名", "技能等级", "技能等级取得时间", "职称", "职称取得时间")
LAST_YEARS = (
    (2022, 2023, 2024),
    (2022, 2023, 2024),
    (2022, 2023, 2024),
    (2021, 2022, 2023, 2024),
    (2022, 2023, 2024, 2025),
    (2024, 2023, 2022),
    (2023, 2024),
)
DECOY_SHARE = 0.1


@dataclass
class Layout:
    """Columns of a sheet (canonical fields and decoys) and its header, one list of texts per header row.

    merges: (row, column, row, column), counted from 0 within the header.
    """

    columns: list[str]
    header: list[list] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)


def make_layout(rng: Random, all_fields: tuple[str, ...], must: tuple[str, ...] = (), two_rows: bool = False) -> Layout:
    """A layout of a random choice of fields; those in `must` are among them."""
    years = [f"{year}年度考核" for year in rng.choice(LAST_YEARS)] if rng.random() < 0.92 or must else []
    chosen = [f for f in all_fields if f in ALWAYS or f in must or rng.random() < PRESENT.get(f, 0)]
    chosen += [decoy for decoy in headers.DECOYS if rng.random() < DECOY_SHARE]
    blocks = _blocks(rng, chosen, two_rows)
    if years:
        together = two_rows and rng.random() < 0.75
        label = rng.choice(headers.ASSESSMENT_GROUPS).format(n="三" if len(years) == 3 else "几") if together else ""
        blocks.append((label, years, {}))
    blocks = _ordered(rng, blocks)
    return _with_header(rng, blocks, two_rows)


def _blocks(rng: Random, chosen: list[str], two_rows: bool) -> list[tuple[str, list[str], dict]]:
    """Columns in blocks that stay together: (group label or '', fields, the group's words for its fields)."""
    blocks, left = [], list(chosen)
    for labels, members in headers.GROUPS:
        inside = [member for member in members if member in left]
        if two_rows and len(inside) >= 2 and rng.random() < 0.7:
            blocks.append((rng.choice(labels), inside, members))
            left = [name for name in left if name not in inside]
    return blocks + [("", [name], {}) for name in left]


def _ordered(rng: Random, blocks: list) -> list:
    """The usual order, or shuffled; 序号 first, the name near the front, 备注 last, as officers do."""
    order = {name: place for place, name in enumerate(("序号", "单位名称", *ALWAYS, *PRESENT))}
    if rng.random() < 0.55:
        rng.shuffle(blocks)
        ranks = {"序号": 0, "姓名": 1, "备注": 9}
        return sorted(blocks, key=lambda block: min(ranks.get(name, 5) for name in block[1]))
    order |= {"姓名": 1, "身份证号": 2, "性别": 3, "出生年月": 4, "备注": 99}
    return sorted(blocks, key=lambda block: order.get(block[1][0], 50))


def _with_header(rng: Random, blocks: list, two_rows: bool) -> Layout:
    layout = Layout([name for _, names, _ in blocks for name in names])
    if not two_rows:
        layout.header = [_distinct([(name, _header(rng, name)) for name in layout.columns])]
        return layout
    top, bottom = [], []
    style = rng.choice(("merged", "merged", "merged", "bottom"))  # where the header of an ungrouped column stands
    year_style = rng.choice(headers.YEAR_SUBHEADERS)
    for label, names, members in blocks:
        start = len(top)
        for name in names:
            if label:
                top.append(label if len(top) == start else None)
                bottom.append(_subheader(rng, name, members, year_style))
            elif style == "merged":
                layout.merges.append((0, len(top), 1, len(top)))
                top.append(_header(rng, name))
                bottom.append(None)
            else:
                top.append(None)
                bottom.append(_header(rng, name))
        if label and len(names) > 1:
            layout.merges.append((0, start, 0, len(top) - 1))
    layout.header = [top, bottom]
    return layout


def _header(rng: Random, name: str) -> str:
    if name[:4].isdigit():
        return headers.decorated(rng.choice(headers.YEAR_ALIASES).format(y=name[:4]), name, rng)
    if name in headers.DECOYS:
        return rng.choice(headers.DECOYS[name])
    plain = rng.random() < 0.4
    return headers.decorated(name if plain else rng.choice(headers.ALIASES[name]), name, rng)


def _subheader(rng: Random, name: str, members: dict, year_style: str) -> str | int:
    if name[:4].isdigit():
        text = year_style.format(y=name[:4])
        return int(text) if text.isdigit() and rng.random() < 0.5 else text
    return rng.choice(members[name])


def _distinct(pairs: list[tuple[str, str]]) -> list[str]:
    """The headers of a one-row header; where two are the same text, the later takes its canonical name."""
    seen, texts = set(), []
    for name, text in pairs:
        text = name if text in seen else text
        seen.add(text)
        texts.append(text)
    return texts
