"""Made-up people as rosters have them: several credentials in a cell, grades of two ranks, honours in doubt, states with a day, places.

Beside the cells of each stand the facts that they tell, as the oracle takes them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from tests.support.law_oracle.oracle_cells import facts_from_clean
from tests.support.law_oracle.oracle_facts import Facts

_JUNE = (dt.date(2025, 6, 1), dt.date(2025, 6, 30))
_DECEMBER = (dt.date(2025, 12, 1), dt.date(2025, 12, 31))
_NEXT_YEAR = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
# What cells say in other words than the canonical ones, by header.
WORDS: dict[str, dict[str, dict[str, object]]] = {
    "在岗状态": {
        "2025.6离职": {"service": "离职", "service_from": _JUNE},
        "2025年12月退休": {"service": "退休", "service_from": _DECEMBER},
        "在岗（2026年退休）": {"service": "退休", "service_from": _NEXT_YEAR},
    },
    "诚信情况": {
        "2018年曾弄虚作假，已处理": {"integrity": False},
        "剽窃他人成果": {"integrity": False},
        "伪造学历": {"integrity": False},
    },
    "荣誉称号": {
        "首批辽宁工匠": {"honours": frozenset({"辽宁工匠"})},
        "第十五届全国技术能手": {"honours": frozenset({"全国技术能手"})},
        "国家级李四技能大师工作室负责人": {"honours": frozenset({"国家级技能大师工作室负责人"})},
        "省技能大师工作站负责人": {"honours": frozenset({"省级技能大师工作站负责人"})},
        "辽宁省技术能手、世界技能大赛铜牌获得者的教练": {"honours": frozenset({"辽宁省技术能手", "世界技能大赛铜牌"})},
        "国家级技能大师工作室领衔人": {"honours_in_doubt": frozenset({"国家级技能大师工作室负责人"})},
        "省级技能大师工作站带头人": {"honours_in_doubt": frozenset({"省级技能大师工作站负责人"})},
        "辽宁技术能手": {"honours_in_doubt": frozenset({"辽宁省技术能手"})},
        "国务院特殊津贴专家、辽宁省技术能手": {
            "honours": frozenset({"辽宁省技术能手"}),
            "honours_in_doubt": frozenset({"享受国务院特殊津贴"}),
        },
        "市级技术能手": {}, "省级技能大师工作室负责人": {}, "辽宁大工匠": {}, "全国技术能手（申报）": {}, "世界技能大赛优胜奖": {},
    },
}  # fmt: skip
_LEVELS = ("中级工", "高级工", "高级工", "技师", "技师", "高级技师")
_TRADES = ("电工", "焊工", "车工", "钳工")
_SERVICE = ("在岗",) * 60 + ("病假", "产假", "借调", "挂职", "内退", "待岗", "停薪留职", "返聘", "已故", "丙类", *WORDS["在岗状态"])
_CITIES = ("", *("沈阳市", "大连市", "鞍山", "朝阳市") * 5, "长春市", "苏州市", "某地")
_INTEGRITY = ("良好",) * 50 + ("", "涉嫌学历造假，正在调查", *WORDS["诚信情况"])
_RECENT = ("均合格", "合格、优秀、合格", "合格、不合格、合格", "2022合格 2023合格 2024优秀", "2022合格 2024优秀")
_SURNAMES, _NUMERALS = "赵钱孙李周吴郑王", "零一二三四五六七八九"


def make_rosters(seed: int, rosters: int, persons: int) -> list[list[tuple[dict[str, str], Facts]]]:
    """So many rosters of so many people: of each its cells by header, the same headers for all of a roster, and what they tell."""
    rng = Random(seed)
    found = []
    for number in range(rosters):
        absent = rng.choice([(), (), ("职称", "职称系列"), ("是否一线岗位",), ("所在市",)])
        made = [_person(rng) for _ in range(persons)]
        headers = [header for header in dict.fromkeys(header for cells in made for header in cells) if header not in absent]
        rows = [{header: cells.get(header, "") for header in headers} for cells in made]
        for at, row in enumerate(rows):
            row["姓名"] = _name(number * persons + at)
        found.append([(row, facts_of(row)) for row in rows])
    return found


def facts_of(cells: Mapping[str, str]) -> Facts:
    """What the cells tell."""
    told: dict[str, object] = {}
    plain = dict(cells)
    for header, words in WORDS.items():
        if plain.get(header) in words:
            told |= words[plain.pop(header)]
    return replace(facts_from_clean(plain), **told)


def _name(number: int) -> str:
    """A made-up name of its own: no digits, so that the name itself is no finding."""
    return _SURNAMES[number % len(_SURNAMES)] + "".join(_NUMERALS[int(digit)] for digit in f"{number:04d}")


def _person(rng: Random) -> dict[str, str]:
    assessed = {f"{year}年度考核": rng.choice(("合格",) * 40 + ("优秀", "称职", "基本合格", "不定等次", "")) for year in (2022, 2023, 2024)}
    return {
        "姓名": "",
        "单位名称": "示例机械有限公司",
        "人员类别": rng.choice(("技能人员", "专业技术人员", "专业技术人员", "", "不详人员")),
        "岗位类别": rng.choice(("技能岗位",) * 25 + ("专业技术岗位", "管理岗位", "管理岗位", "")),
        "是否一线岗位": rng.choice(("是",) * 25 + ("否", "", "轮换")),
        "是否工程技术领域": rng.choice(("是",) * 25 + ("否", "")),
        "在岗状态": rng.choice(_SERVICE),
        "所在市": rng.choice(_CITIES),
        "诚信情况": rng.choice(_INTEGRITY),
        "荣誉称号": rng.choice(("",) * 20 + tuple(WORDS["荣誉称号"])),
        "职业（工种）": rng.choice(("", "", *_TRADES)),
        "从事相关工作起始时间": rng.choice(("",) * 8 + ("2015-07", "2024-03-01", "2023", "说不清")),
        "中断月数": rng.choice(("",) * 8 + ("6", "18")),
        "现岗位起始时间": rng.choice(("",) * 6 + ("2010-05", "2024-06")),
        **_skills(rng),
        **_titles(rng),
        **(assessed if rng.random() < 0.8 else {"近三年年度考核": rng.choice(_RECENT)}),
    }


def _skills(rng: Random) -> dict[str, str]:
    level, trade = rng.choice(_LEVELS), rng.choice(_TRADES)
    cell = rng.choice(
        [
            *[level] * 8, "", "无", f"{trade}{level}", f"{level}（{trade}）", f"{trade}（{level}）", f"{trade}三级", f"高级{trade}",
            f"{rng.choice([other for other in _TRADES if other != trade])}{rng.choice(_LEVELS)}、{trade}{level}", "高级工、技师、高级技师", "高级工、技师", f"{level}（作废）", "能工巧匠",
        ]
    )  # fmt: skip
    return {"技能等级": cell, "技能等级取得时间": _date(rng)} | _history(rng, ("高级工", "技师", "高级技师"))


def _titles(rng: Random) -> dict[str, str]:
    cell = rng.choice(
        ["", "", "", "无", "技术员", "助理工程师", "助理工程师", "工程师", "工程师", "高级工程师", "正高级工程师", "初级", "高级", "中级", "副高级",
         "经济师", "工程师、高级经济师", "助理工程师、工程师", "工艺工程师", "工程师（作废）"]
    )  # fmt: skip
    return {"职称": cell, "职称系列": rng.choice(("", "", "工程系列")), "职称取得时间": _date(rng)} | _history(
        rng, ("助理工程师", "工程师", "高级工程师")
    )


def _history(rng: Random, words: tuple[str, ...]) -> dict[str, str]:
    return {f"{word}取得时间": _date(rng) if rng.random() < 0.25 else "" for word in words}


def _date(rng: Random) -> str:
    """A day about the years of some route, or of tomorrow; the month or the year of it alone; nothing; or what is no date."""
    if rng.random() < 0.15:
        return rng.choice(("", "", "", "2015.6（作废）"))
    turn = dt.date(2025 - rng.choice((-1, 0, 1, 2, 3, 4, 5, 12)), 12, 31)
    day = turn + dt.timedelta(days=rng.choice((-400, -31, -1, 0, 1, 40, 200)))
    return day.isoformat()[: rng.choice((10, 10, 7, 4))]
