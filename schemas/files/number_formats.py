"""How much of a date a cell shows: its number format may have no day, no month, or no year, which is then one that the program put in; and a number may be
shown in words.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal


@dataclass(frozen=True)
class Worded:
    """What a format shows of whole numbers in words: one word for each (`[=1]"是";[=0]"否"`), or words around them (`0"年"`)."""

    words: tuple[tuple[int, str], ...] = ()
    before: str = ""
    behind: str = ""

    def text(self, number: int) -> str:
        return dict(self.words).get(number) or f"{self.before}{number}{self.behind}"


@dataclass(frozen=True)
class Unshown:
    """What a format hides: the numbers of a cell (`;;`), its text, or both (`;;;`)."""

    numbers: bool
    texts: bool


Shown = Literal["month", "year", "no year"] | Worded | Unshown
# Formats that every program knows by number: 17 is mmm-yy and 16 d-mmm, the others are those of China (2023年12月; 12月6日).
_BUILT_IN: dict[int, Shown | None] = {
    **dict.fromkeys((17, 27, 36, 50, 52, 57), "month"),
    **dict.fromkeys((16, 28, 29, 51, 53, 54, 58), "no year"),
}
_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]')
_NO_DATE = re.compile(r"[0#?@%]|GENERAL|AM/PM|上午/下午")
_WORD_OF_NUMBER = re.compile(r'\[=(\d{1,4})\]"?([\u3400-\u9fff]{1,8})"?')
_WORDS_AROUND = re.compile(r'(?:"([\u3400-\u9fff]{0,8})")?[0#]+(?:"([\u3400-\u9fff]{0,8})"|([\u3400-\u9fff]{1,4}))?_? ?(?:;@|;.*)?')
_ELAPSED = re.compile(r"\[[HhMmSs]+\]")


@lru_cache(4096)
def shown_by(code: str) -> Shown | None:
    """What a date in the format ``code`` shows where it shows no whole day: its month, its year, or what leaves the year out, and how a number is
    shown in words, or not at all; None where it shows a day, or is a number alone.
    """
    if words := _WORD_OF_NUMBER.findall(code):
        return Worded(tuple((int(number), word) for number, word in words))
    if (around := _WORDS_AROUND.fullmatch(code)) and any(around.groups()):
        return Worded(before=around[1] or "", behind=around[2] or around[3] or "")
    sections = code.replace('""', "").replace(" ", "").split(";")
    unshown = Unshown(len(sections) > 1 and not sections[0], len(sections) > 3 and not sections[3])
    if unshown.numbers or unshown.texts:
        return unshown
    letters = _LITERAL.sub("", code).partition(";")[0].upper()
    if _ELAPSED.search(code) or _NO_DATE.search(letters) or not re.search("[YEMD]", letters):
        return None
    if not re.search("[YE]", letters):
        return None if re.search("[HS]", letters) and "D" not in letters else "no year"
    if "D" in letters or "AAA" in letters or "H" in letters or "S" in letters:
        return None
    return "month" if "M" in letters else "year"


class Formats:
    """The number formats of a workbook: which of its cell styles show a date without its day."""

    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self._styles: list[int] = []

    def add_code(self, number: int, code: str) -> None:
        """Note a format of the workbook's own."""
        self._codes[number] = code

    def add_style(self, number: int) -> None:
        """Note the next cell style, which has the format of that number."""
        self._styles.append(number)

    def without_day(self) -> dict[int, Shown]:
        """The cell styles, by their place from 0, that show no day."""
        found = {number: shown_by(code) for number, code in self._codes.items()}
        told = {number: shown for number, shown in {**_BUILT_IN, **found}.items() if shown is not None}
        return {at: told[number] for at, number in enumerate(self._styles) if number in told}


class DatesWithoutDay:
    """The cells of a sheet, from 0, whose style shows no day; held small, for a roster may have many."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, Shown], array[int]] = {}

    def add(self, row: int, column: int, shown: Shown) -> None:
        """Note a cell."""
        self._rows.setdefault((column, shown), array("I")).append(row)

    def __iter__(self) -> Iterator[tuple[int, int, Shown]]:
        for (column, shown), rows in self._rows.items():
            for row in rows:
                yield row, column, shown
