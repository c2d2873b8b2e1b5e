"""The oracle's reading of a roster row whose headers and words are canonical already."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime

from tests.support.oracle import LIST_1, LIST_2, LIST_3, SKILLS, TITLES, UNKNOWN, Facts, Interval, rank_of

SKILL_WORDS = {"无": 0}
for _rank, _word in enumerate(SKILLS, start=1):
    for _part in (_word, *_word.split("/")):
        SKILL_WORDS[_part] = _rank

ENGINEERING = {word: rank for rank, word in enumerate(TITLES, start=1)} | {
    "助工": 2,
    "研究员级高级工程师": 5,
    "教授级高级工程师": 5,
}
GRADES = {"员级": 1, "初级": 2, "助理级": 2, "中级": 3, "副高级": 4, "正高级": 5}
OTHER_SERIES = {"会计员": 1, "经济员": 1, "助教": 2, "副教授": 4, "教授": 5}
for _word in ("经济师", "会计师", "统计师", "审计师", "政工师", "农艺师", "实验师", "讲师"):
    OTHER_SERIES |= {"助理" + _word: 2, _word: 3, "高级" + _word: 4, "正高级" + _word: 5}

HISTORY_SKILL = {3: "高级工取得时间", 4: "技师取得时间", 5: "高级技师取得时间"}
HISTORY_TITLE = {2: "助理工程师取得时间", 3: "工程师取得时间", 4: "高级工程师取得时间"}
YES_NO = {"是": True, "否": False}
SERVICE = {"在岗": True, "退休": False, "离职": False}
INTEGRITY = {"良好": True, "诚信": True, "正常": True, "无": True, "弄虚作假": False}
PERSON_CATEGORIES = ("技能人员", "专业技术人员", "管理人员", "其他人员")
POSTS = ("技能岗位", "专业技术岗位", "管理岗位", "其他岗位")
DAY = re.compile(r"(\d{4})年?|(\d{4})[年.\-/](\d{1,2})月?|(\d{4})[年.\-/](\d{1,2})[月.\-/](\d{1,2})日?")


def read_date(value: object) -> Interval | str | None:
    """A day, month or year as the interval it may mean; None blank, UNKNOWN unreadable."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value, value
    text = cell_text(value)
    if not text:
        return None
    match = DAY.fullmatch(text)
    if match is None or isinstance(value, float):  # 2019.1 as a number: January or October
        return UNKNOWN
    year, month, day = ([int(part) for part in match.groups() if part] + [None, None])[:3]
    try:
        last_month = month or 12
        return date(year, month or 1, day or 1), date(year, last_month, day or monthrange(year, last_month)[1])
    except ValueError:  # calendar's IllegalMonthError is one too
        return UNKNOWN


def cell_text(value: object) -> str:
    return "" if value is None else str(value).strip()


def known_date(value: object) -> Interval | None:
    when = read_date(value)
    return None if when == UNKNOWN else when


def read_skill(text: str) -> int | str | None:
    """The rank; 国家职业资格三级 is 高级工, for the printed number runs the other way."""
    if not text:
        return None
    return SKILL_WORDS.get(text.removeprefix("国家职业资格"), UNKNOWN)


def read_title(text: str, series_text: str) -> tuple[int | str | None, str | None]:
    """The rank and series: the title's own word first, 职称系列 for a bare grade."""
    if text in ("", "无"):
        return (0 if text else None), None
    if text in ENGINEERING:
        return ENGINEERING[text], "engineering"
    if text in OTHER_SERIES:
        return OTHER_SERIES[text], "other"
    readable = series_text and series_text != f"<{UNKNOWN}>"
    told = ("engineering" if series_text.startswith("工程") else "other") if readable else None
    return GRADES.get(text, UNKNOWN), told


def read_months(text: str) -> int | None:
    """中断月数: blank is none; anything but a whole number is unreadable."""
    if not text:
        return 0
    return int(float(text)) if re.fullmatch(r"\d+(\.0)?", text) else None


def known_dates(row: Mapping[str, object], headers: Mapping[int, str]) -> dict[int, Interval]:
    dates = {rank: known_date(row.get(header)) for rank, header in headers.items()}
    return {rank: when for rank, when in dates.items() if when is not None}


def facts_from_clean(row: Mapping[str, object]) -> Facts:
    """The facts of a row keyed by canonical headers, whose words are canonical already."""
    text = {header: cell_text(value) for header, value in row.items()}.get
    title, title_series = read_title(text("职称", ""), text("职称系列", ""))
    years = {int(header[:4]): cell_text(row[header]) for header in row if re.fullmatch(r"\d{4}年度考核", header)}
    category, kind = text("人员类别"), text("岗位类别")
    return Facts(
        person_category=category if category in PERSON_CATEGORIES else None,
        post=kind if kind in POSTS else None,
        frontline=YES_NO.get(text("是否一线岗位")),
        engineering_field=YES_NO.get(text("是否工程技术领域")),
        in_service=SERVICE.get(text("在岗状态")),
        integrity=INTEGRITY.get(text("诚信情况")),
        work_start=read_date(row.get("从事相关工作起始时间")),
        away_months=read_months(text("中断月数", "")),
        skill=read_skill(text("技能等级", "")),
        skill_date=known_date(row.get("技能等级取得时间")),
        skill_history=known_dates(row, HISTORY_SKILL),
        title=title,
        title_series=title_series,
        title_date=known_date(row.get("职称取得时间")),
        title_history=known_dates(row, HISTORY_TITLE),
        assessments={year: word for year, word in years.items() if word},
        claimed_title=rank_of(read_title(text("拟申报职称", ""), "")[0]) or None,
        claimed_skill=rank_of(read_skill(text("拟申报技能等级", ""))) or None,
        honours=frozenset(re.split(r"[；;、，,\s]+", text("荣誉称号", ""))) & (LIST_1 | LIST_2 | LIST_3),
    )
