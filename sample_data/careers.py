"""What a made-up person holds: skill level, title, their dates, histories of lower ones, and honours."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from guantong.sample_data import identifiers

LEVELS = ("初级工", "中级工", "高级工", "技师", "高级技师", "特级技师", "首席技师")
TITLES = ("技术员", "助理工程师", "工程师", "高级工程师", "正高级工程师")
GRADES = {"中级": 3, "副高级": 4, "正高级": 5}  # a bare grade -> the rank of the title it stands for
OTHER_TITLES = {  # title of another series -> (series, rank)
    "助理经济师": ("经济系列", 2),
    "经济师": ("经济系列", 3),
    "高级经济师": ("经济系列", 4),
    "助理会计师": ("会计系列", 2),
    "会计师": ("会计系列", 3),
    "高级会计师": ("会计系列", 4),
    "统计师": ("统计系列", 3),
    "讲师": ("高等学校教师系列", 3),
    "副教授": ("高等学校教师系列", 4),
    "政工师": ("政工系列", 3),
    "高级政工师": ("政工系列", 4),
    "农艺师": ("农业系列", 3),
    "实验师": ("实验技术系列", 3),
    "主管技师": ("卫生系列", 3),
    "馆员": ("图书资料系列", 3),
}
SERIES = (
    "工程系列",
    "经济系列",
    "会计系列",
    "统计系列",
    "政工系列",
    "高等学校教师系列",
    "农业系列",
    "实验技术系列",
    "卫生系列",
    "图书资料系列",
)
HONOURS = {  # list of 三（四） -> honours; near misses, which are on no list, under 0
    1: (
        "中华技能大奖",
        "享受国务院特殊津贴",
        "全国技术能手",
        "国家级技能大师工作室负责人",
        "辽宁工匠",
        "辽宁省功勋高技能人才",
        "世界技能大赛金牌",
        "世界技能大赛银牌",
        "世界技能大赛铜牌",
        "世界技能大赛金牌选手技术指导专家",
        "世界技能大赛铜牌选手教练",
    ),
    2: ("辽宁省有突出贡献高技能人才", "省级技能大师工作站负责人"),
    3: ("辽宁省技术能手",),
    0: (
        "世界技能大赛优胜奖",
        "世界技能大赛优胜奖选手教练",
        "世界技能大赛全国选拔赛金牌",
        "世界技能大赛辽宁选拔赛银牌",
        "国家级技能大师工作室成员",
        "省级技能大师工作站成员",
        "市级技能大师工作站负责人",
        "市级技术能手",
        "大连工匠",
        "辽宁工匠提名",
        "全国技术能手提名",
        "中华技能大奖提名",
        "全国技术能手推荐人选",
        "全国机械行业技术能手",
        "中华人民共和国职业技能大赛金牌",
        "全国五一劳动奖章",
        "厂劳动模范",
        "省政府特殊津贴",
    ),
}


@dataclass(frozen=True)
class Kind:
    """A sort of person: how common, whether with a skill level, which titles, usual post and 人员类别."""

    weight: int
    skilled: bool
    titles: str  # 'engineering', 'other', 'grade', 'technologist' or ''
    post: str
    category: str


KINDS = (
    Kind(42, True, "", "技能岗位", "技能人员"),
    Kind(15, False, "engineering", "技能岗位", "专业技术人员"),
    Kind(7, False, "engineering", "专业技术岗位", "专业技术人员"),
    Kind(13, True, "engineering", "技能岗位", "技能人员"),
    Kind(3, True, "other", "技能岗位", "技能人员"),
    Kind(3, False, "other", "技能岗位", "专业技术人员"),
    Kind(5, False, "grade", "技能岗位", "专业技术人员"),
    Kind(2, True, "grade", "技能岗位", "专业技术人员"),
    Kind(3, False, "technologist", "技能岗位", "专业技术人员"),
    Kind(4, False, "", "技能岗位", "专业技术人员"),
    Kind(3, False, "", "技能岗位", "技能人员"),
)
_WEIGHTS = tuple(kind.weight for kind in KINDS)
_YEARS_TO_NEXT = {3: 2, 4: 3, 5: 4}  # years that people of a rank wait for: dates crowd about that day


def choose_kind(rng: Random) -> Kind:
    """One of KINDS, by weight."""
    return rng.choices(KINDS, _WEIGHTS)[0]


def fill(row: dict, kind: Kind, profession: str, rng: Random, as_of: date) -> date:
    """Write the person's credentials, work dates and honours into the row; the earliest credential's day."""
    earliest = as_of - timedelta(days=rng.randint(400, 9000))
    rank = title_rank = 0
    if kind.skilled:
        rank = rng.choices(range(1, 8), (4, 9, 34, 28, 20, 3, 2))[0]
        earliest = min(earliest, _skill(row, rank, rng, as_of))
    else:
        row["技能等级"] = rng.choice(("", "", "无"))
    if kind.titles:
        day, title_rank = _title(row, kind, profession, rng, as_of)
        earliest = min(earliest, day)
    _work(row, rng, as_of)
    if rng.random() < (0.16 if kind.skilled else 0.04):
        row["荣誉称号"] = "、".join(_honours(rng))
    if rank >= 3 and rng.random() < 0.7:
        row["拟申报职称"] = TITLES[min(rank, 5) - 2]
    if title_rank >= 2 and rng.random() < 0.5:
        row["拟申报技能等级"] = LEVELS[min(title_rank, 4)]
    return earliest


def _skill(row: dict, rank: int, rng: Random, as_of: date) -> date:
    day = _obtained(rng, as_of, rng.choice((1, _YEARS_TO_NEXT.get(rank, 3), _YEARS_TO_NEXT.get(rank, 3))))
    row["技能等级"] = LEVELS[rank - 1]
    row["技能等级取得时间"] = _as_known(day, rng)
    if rng.random() < 0.85:
        row["技能证书编号"] = identifiers.skill_certificate(LEVELS[rank - 1], day, rng)
    return _history(row, LEVELS, range(3, 6), rank, day, rng)


def _title(row: dict, kind: Kind, profession: str, rng: Random, as_of: date) -> tuple[date, int]:
    day = _obtained(rng, as_of, 3)
    row["职称取得时间"] = _as_known(day, rng)
    row["职称专业"] = profession if rng.random() < 0.8 else ""
    row["职称证书编号"] = identifiers.title_certificate(day, rng) if rng.random() < 0.7 else ""
    if kind.titles in ("engineering", "technologist"):
        rank = 1 if kind.titles == "technologist" else rng.choices((2, 3, 4, 5), (34, 38, 22, 6))[0]
        row["职称"], row["职称系列"] = TITLES[rank - 1], rng.choices(("工程系列", ""), (7, 3))[0]
        return _history(row, TITLES, range(2, 5), rank, day, rng), rank
    if kind.titles == "other":
        row["职称"] = rng.choice(tuple(OTHER_TITLES))
        series, rank = OTHER_TITLES[row["职称"]]
        row["职称系列"], row["职称专业"] = rng.choices((series, ""), (6, 4))[0], ""
        return day, rank
    row["职称"] = rng.choices(tuple(GRADES), (60, 34, 6))[0]
    row["职称系列"] = rng.choices(("工程系列", "经济系列", "会计系列", "政工系列", ""), (45, 8, 4, 3, 40))[0]
    row["职称专业"] = row["职称专业"] if row["职称系列"] == "工程系列" else ""
    return day, GRADES[row["职称"]]


def _history(row: dict, words: tuple, ranks: range, rank: int, day: date, rng: Random) -> date:
    """Fill …取得时间 of the given ranks up to the person's own, each earlier than the next; the earliest day."""
    told = rng.random() < 0.6
    for lower in reversed([r for r in ranks if r <= rank]):
        if lower < rank:
            day -= timedelta(days=rng.randint(500, 2300))
        if told and rng.random() < (0.75 if lower < rank else 0.4):
            row[f"{words[lower - 1]}取得时间"] = _as_known(day, rng, rank == lower)
    return day


def _work(row: dict, rng: Random, as_of: date) -> None:
    """从事相关工作起始时间 and 中断月数: mostly blank or harmless, sometimes what decides."""
    if rng.random() < 0.3:
        recent = rng.random() < 0.2
        day = as_of - timedelta(days=rng.randint(100, 1600) if recent else rng.randint(2500, 9000))
        row["从事相关工作起始时间"] = _as_known(day, rng)
    if rng.random() < 0.18:
        row["中断月数"] = str(rng.choices((0, 1, 3, 6, 12, 18, 25), (6, 1, 1, 2, 2, 1, 1))[0])


def _obtained(rng: Random, as_of: date, years: int) -> date:
    """A day of promotion: often within a year of `years` before as_of, sometimes to the day, or 29 February."""
    chance = rng.random()
    turn = date(as_of.year - years, as_of.month, min(as_of.day, 28) if as_of.month == 2 else as_of.day)
    if chance < 0.1:
        day = turn + timedelta(days=rng.choice((-1, 0, 1, 1, 2)))
    elif chance < 0.45:
        day = turn + timedelta(days=rng.randint(-420, 420))
    elif chance < 0.48:
        day = date(rng.choice((2016, 2020, 2024)), 2, 29)
    else:
        day = as_of - timedelta(days=rng.randint(300, 6500))
    return min(day, as_of - timedelta(days=20))


def _as_known(day: date, rng: Random, surely: bool = False) -> str:
    """The day as the person's papers tell it: to the day, the month or the year, or not at all."""
    length = rng.choices((10, 7, 4, 0), (52, 40, 3, 0 if surely else 5))[0]
    return day.isoformat()[:length]


def _honours(rng: Random) -> list[str]:
    chosen = []
    for which in rng.choices((1, 2, 3, 0), (20, 14, 14, 52), k=rng.choices((1, 2, 3), (60, 28, 12))[0]):
        honour = rng.choice(HONOURS[which])
        if honour not in chosen:
            chosen.append(honour)
    return chosen
