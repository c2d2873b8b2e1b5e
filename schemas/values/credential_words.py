"""Words of level and title cells: what is a level, a title, an occupation, what is harmless beside them, and what says that nothing is held.

All of them are tables of schemas/data.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from guantong.schemas import catalogue

ENGINEERING = "工程系列"
_NOT_NEGATED = "(?<![未没无不])"
# Words of another meaning that hold one of those that give none: 未过期, 模拟, 原料准备工, 工种已取消.
_INSIDE_OTHERS = {
    "未过": "未过(?!期)",
    "没过": "没过(?!期)",
    "拟": "(?<![模虚比])拟",
    "准备": "准备(?!工)",
    "计划": "计划(?!员)",
    "取消": "(?<!工种)(?<!工种已)取消",
}
# A year or day beside a level is about it, and changes no rank.
DAY = re.compile(r"(19|20)\d\d(年\d{1,2}月?(\d{1,2}[日号]?)?|年度?|[-./]\d{1,2}([-./]\d{1,2})?)?")
_SHAPED = re.compile(r"[\u3400-\u9fff]{1,13}(工|员|司机)")
_NO_TRADE_HOLDS = re.compile(r"[级]|技师|高级|中级|初级|优秀|先进|骨干|标兵|模范|能手|首席|资深|兼|以上|以下|相当|同等|待遇|聘")
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
    """What may be dropped at the beginning, and at the end, of a cell that is made of words of these kinds."""
    known = "|".join(_any_of(_words(kind)) for kind in kinds)
    return re.compile(f"({known}|{DAY.pattern})"), re.compile(f"({known}|{DAY.pattern})$")


def without_harmless(text: str, *kinds: str) -> list[str]:
    """``text`` less one harmless word at its end, and less one at its beginning."""
    begins, ends = _ends(*kinds)
    found = [text[: at.start()] for at in [ends.search(text)] if at]
    return found + [text[at.end() :] for at in [begins.match(text)] if at]


@cache
def _level_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    known = _any_of(list(levels()))
    return re.compile(known), re.compile(f"({known})$")


def level_at_end(text: str) -> str | None:
    """The longest word of a level that ``text`` ends with."""
    found = _level_patterns()[1].search(text)
    return found[0] if found else None


def levels_at_beginning(text: str) -> list[str]:
    """The words of levels that ``text`` begins with, the longest first: 高级工业机器人系统运维员 may begin with 高级工, or with 高级."""
    return [text[:size] for size in range(6, 1, -1) if text[:size] in levels()]


def levels_in(text: str) -> set[int]:
    """The ranks of the levels that are named anywhere in ``text``."""
    return {levels()[word].rank for word in _level_patterns()[0].findall(text)}


@cache
def _void() -> re.Pattern[str]:
    return re.compile("|".join(_NOT_NEGATED + _INSIDE_OTHERS.get(word, re.escape(word)) for word in _words("void")))


def gives_none(text: str) -> str | None:
    """The word in ``text`` that says that what stands there is void, expired, applied for or pending."""
    found = _void().search(text)
    return found[0] if found else None


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


def shaped_occupation(text: str) -> str | None:
    """``text`` where it looks like an occupation: it ends in 工, 员 or 司机, and is no word for people at large."""
    if not _SHAPED.fullmatch(text) or text.startswith(_NO_TRADE_BEGINS) or _NO_TRADE_HOLDS.search(text) or gives_none(text):
        return None
    others = (name for name, kind in _occupations().items() if kind == "none")
    return None if any(text.endswith(name) for name in others) else text
