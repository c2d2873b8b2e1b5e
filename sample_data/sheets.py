"""One roster sheet from clean people: what stands above the header, the rows, what stands below; and the sheets beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

from guantong.sample_data import headers, people, spellings, untidy
from guantong.sample_data.layouts import Layout
from guantong.sample_data.untidy import Hand
from guantong.sample_data.workbooks import DATE_FORMATS, Sheet

TITLES = (
    "职业发展贯通人员名册",
    "{unit}人员名册",
    "高技能人才与工程技术人才职业发展贯通申报人员一览表",
    "2025年度技能人才与专业技术人才基本情况表",
    "{unit}职业发展贯通申报人员花名册",
)
OFFICERS = ("王示例", "李样本", "赵试填", "孙虚拟")


@dataclass
class Habits:
    """How one file's officer lays out a sheet: each a yes or no, or a column to leave empty."""

    lead: int  # empty columns at the left
    titled: bool
    told_unit: bool
    split_lines: bool  # 填报单位 and footer words each in their own cell
    gaps: bool  # blank rows here and there
    sections: bool  # a row 一车间 between the people
    repeated: bool  # the header again on every printed page
    total: bool
    footer: bool
    spare: bool  # numbered rows left empty at the end
    merged_unit: bool  # the unit's name once, merged down all rows

    @classmethod
    def choose(cls, rng: Random, streamed: bool) -> "Habits":
        """Habits for a file; streamed: it is too big for merges over several rows."""

        def yes(share: float) -> bool:
            return rng.random() < share

        habits = cls(
            int(yes(0.07)),
            yes(0.65),
            yes(0.45),
            yes(0.3),
            yes(0.2),
            yes(0.06),
            yes(0.06),
            yes(0.25),
            yes(0.4),
            yes(0.12),
            yes(0.1) and not streamed,
        )
        if habits.merged_unit:
            habits.gaps = habits.sections = habits.repeated = False
        return habits


def roster(
    name: str, unit: str, persons: list[dict], layout: Layout, hand: Hand, habits: Habits, rng: Random, damage: float
) -> tuple[Sheet, list[tuple[int, dict]]]:
    """The sheet, and for each person the Excel row number and the truth of what that row says."""
    sheet = Sheet(name, date_format=rng.choice(DATE_FORMATS))
    _above(sheet, layout, habits, unit, rng)
    _header(sheet, layout)
    first = len(sheet.rows)
    truths = []
    writers = [(field, hand.writer(field) if field in people.FIELDS else _decoy(field, hand, rng)) for field in layout.columns]
    told = {"单位名称": unit} if "单位名称" not in layout.columns else {}
    for number, person in enumerate(persons, 1):
        _between(sheet, layout, habits, number, rng)
        cells, clean = _row(person, number, writers, hand, rng, damage)
        sheet.rows.append(cells)
        truths.append((len(sheet.rows), clean | told))
    if habits.merged_unit and told == {} and len(persons) > 1:
        _merge_down(sheet, layout.columns.index("单位名称"), first, unit, truths)
    _below(sheet, layout, habits, len(persons), rng)
    if habits.lead:
        _shift(sheet, habits.lead)
    return sheet, truths


def _above(sheet: Sheet, layout: Layout, habits: Habits, unit: str, rng: Random) -> None:
    width = len(layout.columns)
    if habits.titled:
        if rng.random() < 0.3:
            sheet.rows.append([rng.choice(("附件2", "附件：", "附表1"))])
        _line(sheet, rng.choice(TITLES).format(unit=unit), width)
        sheet.headings[len(sheet.rows) - 1] = "title"
    if habits.told_unit or "单位名称" not in layout.columns:
        if habits.split_lines:
            sheet.rows.append(["填报单位：", unit, None, None, "填报日期：", "2025年11月3日"][: max(2, width)])
        else:
            _line(
                sheet,
                rng.choice(
                    ("填报单位：{}（盖章）      填报日期：2025年11月3日", "填报单位：{}", "填报单位（公章）：{}    填报时间：2025.11.03")
                ).format(unit),
                width,
            )
    if rng.random() < 0.08:
        sheet.rows.append([])


def _line(sheet: Sheet, text: str, width: int) -> None:
    """A line merged over the width of the table."""
    sheet.rows.append([text])
    if width > 1:
        sheet.merges.append((len(sheet.rows) - 1, 0, len(sheet.rows) - 1, width - 1))


def _header(sheet: Sheet, layout: Layout) -> None:
    top = len(sheet.rows)
    for texts in layout.header:
        sheet.headings[len(sheet.rows)] = "header"
        sheet.rows.append(list(texts))
    sheet.merges += [(top + r1, c1, top + r2, c2) for r1, c1, r2, c2 in layout.merges]


def _row(person: dict, number: int, writers: list, hand: Hand, rng: Random, damage: float) -> tuple[list, dict]:
    """A person's cells, and the clean row they say (fields without a column are '')."""
    clean = dict.fromkeys(people.FIELDS, "")
    cells = []
    for field, write in writers:
        if field == "序号":
            cells.append(number)
            clean[field] = str(number)
            continue
        value = person[headers.DECOY_OF.get(field, "姓名") if field in headers.DECOYS else field]
        if rng.random() < damage and person["姓名"]:
            spoilt = hand.damage(field, value)
            # Who stands on the sheet 退休人员 is retired, whatever the cell says.
            if spoilt and value != "退休":
                cells.append(spoilt[0])
                clean[field] = spoilt[1]
                continue
        cells.append(write(value))
        if field in clean:
            clean[field] = value
    return cells, clean


def _between(sheet: Sheet, layout: Layout, habits: Habits, number: int, rng: Random) -> None:
    if habits.gaps and rng.random() < 0.03:
        sheet.rows += [[] for _ in range(rng.choice((1, 1, 2)))]
    if habits.sections and layout.columns[0] == "序号" and number % 25 == 1:
        _line(sheet, f"第{number // 25 + 1}车间", len(layout.columns))
    if habits.repeated and number % 40 == 0:
        _header(sheet, layout)


def _merge_down(sheet: Sheet, column: int, first: int, unit: str, truths: list) -> None:
    for row in sheet.rows[first:]:
        row[column] = None
    sheet.rows[first][column] = unit
    sheet.merges.append((first, column, len(sheet.rows) - 1, column))
    for _, clean in truths:
        clean["单位名称"] = unit


def _below(sheet: Sheet, layout: Layout, habits: Habits, count: int, rng: Random) -> None:
    width = len(layout.columns)
    if habits.spare and layout.columns[0] == "序号":
        sheet.rows += [[count + extra] for extra in range(1, rng.randint(3, 30))]
    if habits.total:
        cells = ["合计" if rng.random() < 0.7 else "合 计"] + [None] * (width - 1)
        place = rng.choice((1, 3, width - 1))
        cells[place] = rng.choice((count, f"{count}人", f"共{count}人"))
        sheet.rows.append(cells)
        if place > 2 and rng.random() < 0.5:
            sheet.merges.append((len(sheet.rows) - 1, 0, len(sheet.rows) - 1, 2))
    if not habits.footer:
        return
    if rng.random() < 0.4:
        sheet.rows.append([])
    if habits.split_lines and width >= 7:
        sheet.rows.append(["填报人：", rng.choice(OFFICERS), None, "审核人：", rng.choice(OFFICERS), "填表日期：", "2025.11.03"])
    else:
        _line(sheet, f"填报人：{rng.choice(OFFICERS)}      审核人：{rng.choice(OFFICERS)}      填表日期：2025年11月3日", width)
    if rng.random() < 0.4:
        _line(
            sheet,
            rng.choice(
                (
                    "注：本表由用人单位据实填写，日期以证书为准。",
                    "说明：1.技能等级按证书填写；2.没有职称的不填。",
                    "单位负责人（签字）：                （单位公章）",
                )
            ),
            width,
        )


def _shift(sheet: Sheet, lead: int) -> None:
    """Move everything right by empty columns."""
    sheet.rows = [[None] * lead + row if row else row for row in sheet.rows]
    sheet.merges = [(r1, c1 + lead, r2, c2 + lead) for r1, c1, r2, c2 in sheet.merges]


def _decoy(name: str, hand: Hand, rng: Random) -> Callable[[str], untidy.Cell]:
    """What stands in a column that no field answers to; blank for who lacks what it is about."""
    write_date = hand.writer("职称取得时间")
    if name in headers.DECOY_WORDS:

        def write() -> untidy.Cell:
            return rng.choice(headers.DECOY_WORDS[name])
    elif name == "工龄":

        def write() -> untidy.Cell:
            return rng.randint(1, 40)
    elif name == "联系电话":

        def write() -> untidy.Cell:
            return f"024-0000{rng.randrange(10000):04d}"
    else:

        def write() -> untidy.Cell:
            return write_date(date(rng.randint(2000, 2024), rng.randint(1, 12), rng.randint(1, 28)).isoformat())

    return lambda about: None if name in headers.DECOY_OF and about in ("", "无") else write()


def extras(rng: Random) -> tuple[list[Sheet], list[Sheet]]:
    """Sheets without people: (before the roster, after it): instructions, a dictionary, totals, a hidden list."""
    before, after = [], []
    if rng.random() < 0.2:
        rows = [
            ["填表说明"],
            [],
            ["1.姓名、身份证号、技能等级为必填项。"],
            ["2.技能等级取得时间填写证书上的日期，格式如2019.08。"],
            ["3.岗位类别从下拉列表中选择：技能岗位、专业技术岗位、管理岗位、其他岗位。"],
            ["4.荣誉称号可填多项，用顿号隔开。"],
        ]
        (before if rng.random() < 0.5 else after).append(Sheet("填表说明", rows))
    if rng.random() < 0.2:
        after.append(_dictionary(rng.choice(("字典", "代码表", "数据字典")), hidden=False))
    if rng.random() < 0.3:
        after.append(_dictionary(rng.choice(("Sheet9", "下拉列表", "hidden")), hidden=True))
    if rng.random() < 0.08:
        rows = [["汇总"], ["单位名称", "职工总数", "高级工", "技师", "高级技师", "工程师", "备注"], ["示例有限公司", 120, 30, 12, 4, 9]]
        after.append(Sheet("汇总", rows))
    return before, after


def _dictionary(name: str, hidden: bool) -> Sheet:
    """Lists of the values to choose from, one column each, under a field's name."""
    lists = [
        ("技能等级", list(spellings.SPELLINGS["技能等级"])),
        ("岗位类别", list(spellings.SPELLINGS["岗位类别"])),
        ("是否一线岗位", ["是", "否"]),
        ("职称", [word for word in spellings.SPELLINGS["职称"] if word]),
    ]
    depth = max(len(values) for _, values in lists)
    rows = [[title for title, _ in lists]]
    rows += [[values[r] if r < len(values) else None for _, values in lists] for r in range(depth)]
    return Sheet(name, rows, hidden=hidden)


def add_drop_downs(sheet: Sheet, layout: Layout, lead: int, source: Sheet) -> None:
    """Drop-down lists in the roster's columns, their words on the (hidden) dictionary sheet."""
    first = max(sheet.headings) + 1
    for place, title in enumerate(source.rows[0]):
        if title in layout.columns:
            column = "ABCD"[place]
            last = sum(row[place] is not None for row in source.rows)
            sheet.drop_downs.append(
                (first, len(sheet.rows) + 50, layout.columns.index(title) + lead, f"='{source.name}'!${column}$2:${column}${last}")
            )
