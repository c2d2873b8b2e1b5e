"""Columns whose header leaves open what they are, told by what stands in them: 状态, 年度考核 without a year, 职业技能等级证书."""

from __future__ import annotations

import re
from collections.abc import Callable

from guantong.schemas import catalogue
from guantong.schemas.layout.header_words import Track, what_is_said
from guantong.schemas.layout.headers import is_yearly_without_year
from guantong.schemas.text import NOTHING, norm
from guantong.schemas.values.credential_words import (
    ENGINEERING,
    levels,
    listed_occupation,
    names_other_certificate,
    shaped_occupation,
    titles,
)
from guantong.schemas.values.dates import parse_date
from guantong.schemas.values.grades import YEARS, read_grades
from guantong.schemas.values.parsers import PARSERS
from guantong.schemas.values.service import read_service

MOST_CELLS = 200  # different ones of a column that are looked at
_TICKS = frozenset("√ ✓ ✔ ☑ ■ ● V 1 是 有 已有 具备 已取得 已获得 取得".split())
_STATE_OF_WHAT = frozenset({"状态", "当前状态", "目前状态", "现状态"})
_CERTIFICATE_NUMBER = re.compile(r"[A-Z]?\d{15,22}[A-Z]?")
Cells = Callable[[], list[object]]
_CERTIFICATE_NAME = re.compile(
    r"(持有|所持|现有|已取得|国家|职业|技能|资格|等级|第?[一二三四五1-9])*证书\(?[一二三四五1-9]?\)?名称\(?[一二三四五1-9]?\)?"
)  # 电工, or 职业资格证书
_ABOUT_CERTIFICATE = re.compile("^(现?持有|所持|现有|已?取得|已?获得|所获)的?(?=.*证)|(情况|信息|明细)$")  # 持有职业资格证书情况
_ANY_CERTIFICATE = frozenset({"证书", "持证", "证件", "资格证书", "技能证书"})
_ANY_STATE = frozenset({"正常", "有效", "启用", "停用", "是", "否", "1", "0"})  # of an account or a record as well


def told_by_content(group: str, own: str, cells: Cells) -> tuple[str | None, str]:
    """The column that a header is by what stands below it, or None with the readings that are left, '' for a header of another kind."""
    if own in _STATE_OF_WHAT:
        return ("service", "") if _are_states(cells()) else (None, "在岗状态，或账号、审核等的状态")
    if is_yearly_without_year(own):
        return ("recent_grades", "") if any(map(tells_years, cells())) else (None, "近三年年度考核，或某一年的年度考核（没有写明年度）")
    if _CERTIFICATE_NAME.fullmatch(group + own) and (not cells() or _are_occupations(cells())):
        return "occupation", ""
    if track := _certificate_of(own):
        if track == "skill" and _are_occupations(cells()):
            return "occupation", ""  # 职业资格证书: 电工
        return (track, "") if _all_tell(cells(), track) else (None, f"{catalogue.header_of(track)}，或证书编号、有无证书")
    return None, ""


def tells_years(cell: object, of_many_years: bool = False) -> bool:
    """Whether a cell of 年度考核 says of which years its grades are, or gives one for each of the last three; ``of_many_years``: which three would not be told."""
    found = read_grades(cell)
    return found is not None and (bool(found.of_years) or (len(found.each) == YEARS and not of_many_years))


def are_grades(cells: list[object]) -> bool:
    """Whether cells say nothing but grades that levels and titles share: 中级."""
    texts = {norm(cell) for cell in cells} - NOTHING
    return bool(texts) and texts <= set(titles())


def are_level_words(cells: list[object]) -> bool:
    """Whether cells are words of skill levels and nothing else: 高级工, 二级/技师."""
    item = catalogue.fields()["skill"]
    texts = {norm(cell) for cell in cells} - NOTHING
    named = all(re.search("工|技师", text) for text in texts)
    return bool(texts) and named and all(PARSERS["skill"](text, item).credentials for text in texts)


def are_title_words(cells: list[object]) -> bool:
    """Whether cells are names of titles, and not only grades: 工程师, 高工."""
    return are_titles(cells) and all(norm(cell) in NOTHING or re.search("(?<!技)师|高工|助工|技术员", norm(cell)) for cell in cells)


def rank_of_header(own: str, track: Track) -> int | None:
    """The rank of the level, or of the engineering title, that is all that a header says: 高级工, 三级（高级工）, 助理工程师."""
    if track == "skill":
        found = {levels()[word].rank for word in re.split(r"[/(),、]", own) if word in levels() and levels()[word].weight != "grade"}
        words = [word for word in re.split(r"[/(),、]", own) if word]
        return found.pop() if len(found) == 1 and all(word in levels() for word in words) and re.search("工|技师", own) else None
    title = titles().get(own)
    return title.rank if title and title.weight == "word" and title.series == ENGINEERING and len(title.fits) == 1 else None


def are_days(cells: list[object]) -> bool:
    """Whether most cells say on which day, or only that, something was obtained: 2018-06, √; also where there are none."""
    told = [cell for cell in cells if norm(cell) not in NOTHING]
    return 2 * sum(1 for cell in told if parse_date(cell)[2] is None or says_obtained(cell)) >= len(told)


def says_obtained(cell: object) -> bool:
    """Whether a cell below a level's header says that it is held: a tick, or the number of a certificate."""
    return norm(cell) in _TICKS or _CERTIFICATE_NUMBER.fullmatch(norm(cell)) is not None


def _are_states(cells: list[object]) -> bool:
    texts = {norm(cell) for cell in cells}
    return bool(texts - _ANY_STATE) and all(read_service(text) is not None for text in texts)


def _are_occupations(cells: list[object]) -> bool:
    """Whether cells are occupations, some of them perhaps certificates of another kind, which are told in their rows."""
    texts = [norm(cell) for cell in cells if norm(cell) not in NOTHING]
    others = [text for text in texts if not (listed_occupation(text) or shaped_occupation(text))]
    return len(others) < len(texts) and all(map(names_other_certificate, others))


def _certificate_of(own: str) -> Track | None:
    """The track of whose certificate a header speaks without saying what of it."""
    own = re.sub("(?<=[证书])[1-9一二三四五]$", "", _ABOUT_CERTIFICATE.sub("", own))
    if own in _ANY_CERTIFICATE:
        return "skill"
    bare = re.sub("证书?$", "", own)
    if bare == own or what_is_said(own) is not None:
        return None
    for text in (bare, f"{bare}等级", f"{bare.removesuffix('资格')}等级"):
        if (said := what_is_said(text)) and said.part == "held":
            return None if said.claimed or said.earlier else said.track
    return None


def are_titles(cells: list[object]) -> bool:
    return _all_tell(cells, "title")


def _all_tell(cells: list[object], track: Track) -> bool:
    item = catalogue.fields()[track]
    states = [PARSERS[track](cell, item).values["_state"] for cell in cells if norm(cell) not in NOTHING]
    return "known" in states and "unknown" not in states
