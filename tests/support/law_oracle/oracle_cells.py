"""The oracle's reading of a roster row whose headers and words are canonical already: cells to facts."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from tests.support.law_oracle.oracle_facts import ENGINEERING, HONOURS, OTHER, SKILLS, TITLES, Credential, Facts, Interval

SKILL_RANKS = {part: rank for rank, word in enumerate(SKILLS, start=1) for part in (word, *word.split("/"))}
PRINTED = {
    f"{number}级": 6 - at for at, number in enumerate("一二三四五", start=1)
}  # 三级 is 高级工: the printed number runs the other way
ENGINEERS = {word: (rank, rank) for rank, word in enumerate(TITLES, start=1)} | {
    "助工": (2, 2),
    "研究员级高级工程师": (5, 5),
    "教授级高级工程师": (5, 5),
}
GRADES = {"员级": (1, 1), "初级": (1, 2), "助理级": (2, 2), "中级": (3, 3), "副高级": (4, 4), "高级": (4, 5), "正高级": (5, 5)}
OTHERS = {"会计员": 1, "经济员": 1, "助教": 2, "副教授": 4, "教授": 5, "主管技师": 3, "馆员": 3}
for _word in ("经济师", "会计师", "统计师", "审计师", "政工师", "农艺师", "实验师", "讲师"):
    OTHERS |= {"助理" + _word: 2, _word: 3, "高级" + _word: 4, "正高级" + _word: 5}

LEVEL_COLUMNS = {
    "skill": {3: "高级工取得时间", 4: "技师取得时间", 5: "高级技师取得时间"},
    "title": {2: "助理工程师取得时间", 3: "工程师取得时间", 4: "高级工程师取得时间"},
}
FIELD_OF = {"skill": "skill_{}_date", "title": "title_{}_date"}
YES_NO = {"是": True, "否": False}
INTEGRITY = {"良好": True, "诚信": True, "正常": True, "无": True, "弄虚作假": False}
CATEGORIES = ("技能人员", "专业技术人员", "管理人员", "其他人员")
POSTS = ("技能岗位", "专业技术岗位", "管理岗位", "其他岗位")
STATES = {"返聘人员": "返聘"}
SERVICE = "在岗 病假 产假 工伤 试用期 劳务派遣 借调 援疆 挂职 离岗创业 退休 离职 内退 下岗 待岗 停薪留职 返聘 在册不在岗 已故".split()
PROVINCE_OF = dict.fromkeys("沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛".split(), "辽宁省") | {
    "长春": "吉林省",
    "苏州": "江苏省",
    "广州": "广东省",
}
VOID = re.compile("作废|注销|撤销|吊销|过期|失效|申报|拟|待评|未通过")
DAY = re.compile(r"(\d{4})年?|(\d{4})[年.\-/](\d{1,2})月?|(\d{4})[年.\-/](\d{1,2})[月.\-/](\d{1,2})日?")
SEPARATORS = re.compile(r"[；;、，,]+")


def text_of(row: Mapping[str, object], header: str) -> str:
    value = row.get(header)
    return "" if value is None else str(value).strip()


def read_date(value: object) -> Interval | str | None:
    """A day, month or year as the interval it may mean; None blank, 'unread' where it can't be read."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value, value
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    match = DAY.fullmatch(text)
    if match is None or isinstance(value, float):  # 2019.1 as a number: January or October
        return "unread"
    year, month, day = ([int(part) for part in match.groups() if part] + [None, None])[:3]
    try:
        last = month or 12
        return date(year, month or 1, day or 1), date(year, last, day or monthrange(year, last)[1])
    except ValueError:  # calendar's IllegalMonthError is one too
        return "unread"


def read_skill(text: str) -> Credential | None:
    """A level, with the trade where the words name one: 电工技师, 技师（车工）, 高级电工, 钳工（高级技师）, 电工三级. None: can't be read."""
    text = text.removeprefix("国家职业资格")
    if text in SKILL_RANKS or text in PRINTED:
        rank = SKILL_RANKS.get(text) or PRINTED[text]
        return Credential(rank, rank)
    if match := re.fullmatch(r"(.+)（(.+)）", text):
        one, other = match.groups()
        level, trade = (one, other) if one in SKILL_RANKS else (other, one)
        return replace(read_skill(level), occupation=trade) if level in SKILL_RANKS else None
    for word, rank in sorted((SKILL_RANKS | PRINTED).items(), key=lambda item: -len(item[0])):
        if text.endswith(word) and text != word:
            return Credential(rank, rank, occupation=text.removesuffix(word))
    if match := re.fullmatch("(初级|中级|高级)(.*工)", text):
        rank = ("初级", "中级", "高级").index(match[1]) + 1
        return Credential(rank, rank, occupation=match[2])
    return None


def read_title(text: str, series: str) -> Credential | None:
    """The title's own word first, 职称系列 for a bare grade. None: can't be read."""
    if text in ENGINEERS:
        return Credential(*ENGINEERS[text], series=ENGINEERING, is_title=True)
    if text in OTHERS:
        return Credential(OTHERS[text], OTHERS[text], series=OTHER, is_title=True)
    told = None if not series or series.startswith("<") else series
    return Credential(*GRADES[text], series=told, is_title=True) if text in GRADES else None


def read_credentials(track: str, row: Mapping[str, object]) -> tuple[tuple[Credential, ...], str, set[str]]:
    """What the cells of a track give, the state of its main cell, and the fields that can't be read."""
    skill = track == "skill"
    header = "技能等级" if skill else "职称"
    days = {f"{track}_date": read_date(row.get(f"{header}取得时间"))}
    columns = {rank: read_date(row.get(column)) for rank, column in LEVEL_COLUMNS[track].items()}
    days |= {FIELD_OF[track].format(rank): when for rank, when in columns.items()}
    unread = {name for name, when in days.items() if when == "unread"}
    text = text_of(row, header)
    if not skill and header not in row:
        return (), "absent", unread
    if text in ("", "无"):
        return (), "none" if text else "blank", unread
    if VOID.search(text):  # what is void or applied for is not held; a lower level in a column of its own stands
        named = read_skill(text.partition("（")[0]) if skill else read_title(text.partition("（")[0], "")
        lower = {rank: when for rank, when in columns.items() if isinstance(when, tuple) and named is not None and rank < named.rank_hi}
        kept = [Credential(rank, rank, when, None, None if skill else ENGINEERING, not skill) for rank, when in lower.items()]
        return tuple(kept), "none", unread
    found = [read_skill(part) if skill else read_title(part, text_of(row, "职称系列")) for part in SEPARATORS.split(text)]
    if None in found:
        return (), "unknown", unread | {track}
    when, top = days[f"{track}_date"], max(one.rank_hi for one in found)
    if isinstance(when, tuple) and len({one.series for one in found}) == 1:  # else it may be either's
        at = next(number for number, one in enumerate(found) if one.rank_hi == top)
        found[at] = replace(found[at], day=when)
    for rank, when in columns.items():
        if isinstance(when, tuple) and rank <= top:
            undated = [one for one in found if one.rank_lo <= rank <= one.rank_hi and one.day is None and one.series in (None, ENGINEERING)]
            if undated:
                found[found.index(undated[0])] = replace(
                    undated[0], rank_lo=rank, rank_hi=rank, day=when, series=None if skill else ENGINEERING
                )
            else:
                trade = next(one.occupation for one in found if one.rank_hi == top)
                found.append(Credential(rank, rank, when, trade, None if skill else ENGINEERING, not skill))
    return tuple(found), "known", unread


def read_months(text: str) -> int | None:
    """中断月数: blank is none; anything but a whole number can't be read."""
    if not text:
        return 0
    return int(float(text)) if re.fullmatch(r"\d+(\.0)?", text) else None


def read_recent(text: str) -> tuple[dict[int, str], tuple[str, ...]]:
    """近三年年度考核: grades by year, or in the order of the years, or one for each."""
    dated = dict(re.findall(r"(\d{4})年?\s*([^\s\d、；]+)", text))
    if dated:
        return {int(year): word for year, word in dated.items()}, ()
    return {}, tuple(part.removeprefix("均") for part in SEPARATORS.split(text) if part)


def known_or_unread(word: str, known: Mapping[str, object], name: str, unread: set[str]) -> object:
    if word and word not in known:
        unread.add(name)
    return known.get(word)


def facts_from_clean(row: Mapping[str, object]) -> Facts:
    """The facts of a row keyed by canonical headers, whose words are canonical already."""
    skills, skill_state, unread = read_credentials("skill", row)
    titles, title_state, more = read_credentials("title", row)
    unread |= more

    def word(header: str, name: str, known: Mapping[str, object]) -> object:
        return known_or_unread(text_of(row, header), known, name, unread)

    starts = {"work_start": read_date(row.get("从事相关工作起始时间")), "post_start": read_date(row.get("现岗位起始时间"))}
    unread |= {name for name, when in starts.items() if when == "unread"}
    away = read_months(text_of(row, "中断月数"))
    unread |= {"away_months"} if away is None else set()
    years = {int(header[:4]): text_of(row, header) for header in row if re.fullmatch(r"\d{4}年度考核", header)}
    recent = read_recent(text_of(row, "近三年年度考核"))
    listed = frozenset().union(*HONOURS.values())
    claims = [read_title(text_of(row, "拟申报职称"), ""), read_skill(text_of(row, "拟申报技能等级"))]
    state = text_of(row, "在岗状态")
    return Facts(
        skills=skills,
        skill_state=skill_state,
        titles=titles,
        title_state=title_state,
        occupation=text_of(row, "职业（工种）") or None,
        person_category=word("人员类别", "person_category", {one: one for one in CATEGORIES}),
        post=word("岗位类别", "post", {one: one for one in POSTS}),
        post_start=None if starts["post_start"] == "unread" else starts["post_start"],
        frontline=word("是否一线岗位", "frontline", YES_NO),
        engineering_field=word("是否工程技术领域", "engineering_field", YES_NO),
        service=known_or_unread(STATES.get(state, state), {one: one for one in SERVICE}, "service", unread),
        integrity=word("诚信情况", "integrity", INTEGRITY),
        province=known_or_unread(text_of(row, "所在市").removesuffix("市"), PROVINCE_OF, "city", unread),
        work_start=None if starts["work_start"] == "unread" else starts["work_start"],
        away_months=away or 0,
        assessments={year: grade for year, grade in years.items() if grade} | recent[0],
        recent_grades=recent[1],
        honours=frozenset(re.split(r"[；;、，,\s]+", text_of(row, "荣誉称号"))) & listed,
        unread=frozenset(unread),
        title_subject=text_of(row, "职称专业") or None,
        major=text_of(row, "所学专业") or None,
        claimed_title=claims[0] and claims[0].rank_hi,
        claimed_skill=claims[1] and claims[1].rank_hi,
    )
