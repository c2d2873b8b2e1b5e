"""Words of level and title cells: what is a level, a title, an occupation, what is harmless beside them, and what says that nothing is held.

All of them are tables of schemas/data.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from guantong.schemas import catalogue

ENGINEERING = "工程系列"
NOT_NEGATED = "(?<![未没无不])"
# Words of another meaning that hold one of those that give none: 未过期, 模拟, 原料准备工, 工种已取消.
_INSIDE_OTHERS = {
    "鉴定中": "鉴定中(?!心)",
    "未过": "未过(?!期)",
    "没过": "没过(?!期)",
    "拟": "(?<![模虚比])拟",
    "准备": "准备(?!工)",
    "计划": "计划(?!员)",
    "取消": "(?<!工种)(?<!工种已)取消",
}
# A year or day beside a level is about it, and changes no rank.
DAY = re.compile(r"(19|20)\d\d(年\d{1,2}月?(\d{1,2}[日号]?)?|年度?|[-./]\d{1,2}([-./]\d{1,2})?|(0[1-9]|1[0-2])([0-3]\d)?(?!\d))?")
_BOUND = r"(19|20)\d\d([-./年]\d{1,2}([-./月]\d{1,2})?)?[月日号]?"
# A span of time is no day on which something was obtained, but how long it stands or stood: 高级工（2018—2023）.
SPAN = re.compile(rf"(?<!\d){_BOUND}[-—–~至到]+{_BOUND}(?!\d)|\([-—–~至到]+{_BOUND}(?!\d)|(?<!\d){_BOUND}[-—–~至到]+\)")
_SHAPED = re.compile(r"[\u3400-\u9fff]{1,13}(工|员|司机)")
_NO_TRADE_HOLDS = re.compile(r"[级]|技师|高级|中级|初级|优秀|先进|骨干|标兵|模范|能手|首席|资深|兼|以上|以下|相当|同等|待遇|聘")
_SERIES_ENDING = re.compile("(工程|技术|类|专业|系列)+$")
_NO_TRADE_BEGINS = tuple("原曾前准待未非已代被仅只无不各等某一二三四五六七八九十")


class Level(NamedTuple):
    """A word of a skill level. ``weight``: a word; the printed number; or a grade, which a list of levels shares with titles."""

    rank: int
    weight: str
    value: str


class Title(NamedTuple):
    """A word of a title. ``fits``: the ranks that it may be; ``weight``: a word, or only a grade; ``series``: None where none is told."""

    rank: int
    weight: str
    value: str
    series: str | None
    fits: frozenset[int]


@cache
def levels() -> dict[str, Level]:
    return {row["word"]: Level(int(row["rank"]), row["weight"], row["value"]) for row in catalogue.rows("skill_levels")}


@cache
def titles() -> dict[str, Title]:
    return {
        row["word"]: Title(int(row["rank"]), row["weight"], row["value"], row["series"] or None, frozenset(map(int, row["fits"].split())))
        for row in catalogue.rows("titles")
    }


@cache
def _words(kind: str) -> list[str]:
    """The words of a kind, the longest first."""
    return sorted((row["word"] for row in catalogue.rows("credential_words") if row["kind"] == kind), key=len, reverse=True)


def _any_of(words: list[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@cache
def _ends(*kinds: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What may be dropped at the beginning, and at the end, of a cell that is made of words of these kinds.

    聘任工程师 tells an appointment, and 专业工程师 a post, where 工程师（聘任） tells a title.
    """
    known = [word for kind in kinds for word in _words(kind)]
    before = [word for word in known if "聘" not in word and word != "专业"]
    return re.compile(f"({_any_of(before)}|{DAY.pattern})"), re.compile(f"({_any_of(known)}|{DAY.pattern})$")


@cache
def _engineer_of_subject() -> re.Pattern[str]:
    return re.compile(rf"(正高级|高级|助理)?(?:{_any_of(_words('subject'))})(?:工程)?(正高级工程师|高级工程师|助理工程师|工程师|助工|高工)")


def is_subject_of_engineers(text: str) -> bool:
    """Whether ``text`` is what engineers of the table are called by: 机械, but not 助理 or 机械高级, which are grades of them."""
    return (named := titles().get(f"{text}工程师")) is not None and (named.value, named.series) == ("工程师", ENGINEERING)


def names_engineering(text: str) -> bool:
    """Whether a series is told by a subject that engineers are called by: 机械, 机械类, 电气专业."""
    subjects = {text, _SERIES_ENDING.sub("", text)} - {""}
    return any(is_subject_of_engineers(one) or engineer_of_subject(f"{one}工程师") is not None for one in subjects)


def engineer_of_subject(text: str) -> str | None:
    """The title of an engineer that is called by a subject of the table, on either side of the grade: 炼钢工程师, 高级炼钢工程师 → 高级工程师."""
    found = _engineer_of_subject().fullmatch(text)
    if found is None:
        return None
    return found[2] if not found[1] else f"{found[1]}{found[2]}" if found[2] == "工程师" else None


def without_harmless(text: str, *kinds: str) -> list[str]:
    """``text`` less one harmless word at its end, and less one at its beginning."""
    begins, ends = _ends(*kinds)
    found = [text[: at.start()] for at in [ends.search(text)] if at]
    return found + [text[at.end() :] for at in [begins.match(text)] if at]


@cache
def _ending_level() -> re.Pattern[str]:
    return re.compile(f"({_any_of(list(levels()))})$")


def level_at_end(text: str) -> str | None:
    """The longest word of a level that ``text`` ends with."""
    found = _ending_level().search(text)
    return found[0] if found else None


def levels_at_beginning(text: str) -> list[str]:
    """The words of levels that ``text`` begins with, the longest first: 高级工业机器人系统运维员 may begin with 高级工, or with 高级."""
    return [text[:size] for size in range(6, 1, -1) if text[:size] in levels()]


def levels_in(text: str, grades: bool = True) -> set[int]:
    """The ranks of the levels that are named anywhere in ``text``, not as part of a title's name (高级工程师); ``grades``: also by a word that titles have
    too (中级).
    """
    return {levels()[word].rank for word in _named(text) if word in levels() and (grades or levels()[word].weight != "grade")}


def titles_in(text: str) -> list[Title]:
    """The titles, and grades of titles, that are named anywhere in ``text``."""
    return [titles()[word] for word in _named(text) if word in titles()]


def _named(text: str) -> list[str]:
    return _any_credential().findall(text)


@cache
def _any_credential() -> re.Pattern[str]:
    return re.compile(_any_of([*levels(), *titles()]))


@cache
def _void() -> re.Pattern[str]:
    return re.compile("|".join(NOT_NEGATED + _INSIDE_OTHERS.get(word, re.escape(word)) for word in _words("void")))


def gives_none(text: str) -> str | None:
    """The word in ``text`` that says that what stands there is void, expired, applied for or pending."""
    found = _void().search(text)
    return found[0] if found else None


_NOW = re.compile("[今改转换]|现(?!在?正?在?[申拟报评公待参])")


def leaves_open(text: str) -> bool:
    """Whether a text beside a level or title that says that one is void may tell another in its place: 已注销现技师, 作废后改评工程师."""
    return _NOW.search(text) is not None


def void_clause(text: str) -> str:
    """The clause of ``text`` with the word of `gives_none`: 已注销 of 已注销，现技师."""
    return next((clause for clause in re.split("[,，;；。、]", text) if gives_none(clause)), text)


@cache
def _heading() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<begins>^|[、,，;；+&\n:/\\|—–~·• -])?(?P<head>[^、,，;；+&\n:/\\|()]{{0,40}}?(?:{_void().pattern})[\u3400-\u9fff]{{0,4}})(?P<sign>[:/\\|—–~·• -]+)(?=[^\d\s(])"
    )


def headed(text: str) -> str:
    """``text`` less the signs behind a word of `gives_none` that heads what follows: 作废-技师, 高级工；拟申报：技师.

    A colon makes any such word a head; another sign one that stands alone and names nothing.
    """

    if gives_none(text) is None:
        return text

    def joined(found: re.Match[str]) -> str:
        heads = ":" in found["sign"] or (found["begins"] is not None and not _named(found["head"]))
        return f"{found['begins'] or ''}{found['head']}" if heads else found[0]

    return _heading().sub(joined, text)


def around_void(text: str) -> tuple[str, str]:
    """What stands before the word of `gives_none` in ``text``, and behind it: 高级工 | 申报技师."""
    found = _void().search(text)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


@cache
def _occupations() -> dict[str, str]:
    return {row["occupation"]: row["kind"] for row in catalogue.rows("occupations")}


@cache
def _stems() -> dict[str, str]:
    """An occupation's name less its last character, as it stands before a level: 中式烹调技师."""
    return {name[:-1]: name for name, kind in _occupations().items() if kind == "trade" and name.endswith(("工", "师")) and len(name) > 3}


def listed_occupation(text: str) -> str | None:
    """The occupation of the list that ``text`` names."""
    return text if _occupations().get(text) == "trade" else _stems().get(text)


def names_other_certificate(text: str) -> bool:
    """Whether what stands as an occupation is a title or a certificate of another kind, whose grade is no skill level: 二级建造师, 经济师, 计算机等级考试."""
    if listed_occupation(text) is not None:
        return False
    return _other_certificates().search(text) is not None or any(title.weight != "grade" for title in titles_in(text))


@cache
def _other_certificates() -> re.Pattern[str]:
    return re.compile(_any_of(_words("other_certificate")))


def shaped_occupation(text: str) -> str | None:
    """``text`` where it looks like an occupation: it ends in 工, 员 or 司机, and is no word for people at large."""
    if not _SHAPED.fullmatch(text) or text.startswith(_NO_TRADE_BEGINS) or _NO_TRADE_HOLDS.search(text) or gives_none(text):
        return None
    others = (name for name, kind in _occupations().items() if kind == "none")
    return None if any(text.endswith(name) for name in others) else text


_MADE_UP = re.compile(r"补考(?=合格|通过|及格)|(?<=合格\(|通过\()补考(?=\))")


@cache
def _sound() -> re.Pattern[str]:
    words = _any_of([*_words("sound"), *_words("harmless"), *levels()])
    return re.compile(rf"({words}|{DAY.pattern}|(?<!\d)([6-9]\d|1[0-4]\d|150)(\.\d+)?(分|(?!\d))|[()、,;:/\-—.。!√])+")


def is_sound(text: str) -> bool:
    """Whether a normalised text says that a credential stands, in words that are known and nothing beside them."""
    return _sound().fullmatch(_MADE_UP.sub("", text)) is not None
