"""What a remark says against a grade of the yearly assessment: 2023年考核结果已更正为基本称职, 2022年度因受处分不定等次."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from guantong.schemas import catalogue
from guantong.schemas.text import norm
from guantong.schemas.values.remarks.words import words_of

LONGEST = 200  # characters of a remark that are looked at
_ASSESSED = words_of("of_grade")
_OTHER_MATTER = words_of("not_of_grade")
_CHANGED = words_of("grade_changed")
_UNGRADED = re.compile("[不未没暂](予|有|能)?(确定|评定|定|参加|参与|考核)")
_YEAR = re.compile(r"(?<!\d)(?:((?:19|20)\d\d)|(\d\d)(?=年))")
PASSED = frozenset({"优秀", "良好", "合格", "称职"})  # of the words that the catalogue knows


class TakenBack(NamedTuple):
    """A grade that does not stand: of which ``year`` (None: of each that is told), and the ``grade`` that the remark gives in its place, where it does."""

    year: int | None
    grade: str | None


@lru_cache(4096)
def grades_taken_back(cell: str, is_about_grades: bool) -> tuple[TakenBack, ...]:
    """What a text says against grades; ``is_about_grades``: its column is of remarks on them, so that it need not name them."""
    if not (is_about_grades or _ASSESSED.search(cell)):
        return ()
    found: list[TakenBack] = []
    for sentence in re.split(r"[。;\n]", norm(cell)[:LONGEST]):
        years: list[int] = []
        about = is_about_grades
        for clause in sentence.split(","):
            years = [int(full) if full else 2000 + int(short) for full, short in _YEAR.findall(clause)] or years
            about |= _ASSESSED.search(clause) is not None
            named = _grades().findall(clause)
            grade = _words()[named[-1]] if named else None
            against = _CHANGED.search(clause) or _UNGRADED.search(clause) or (grade is not None and grade not in PASSED)
            if about and against and not _OTHER_MATTER.search(clause):
                found += [TakenBack(year, grade) for year in years] or [TakenBack(None, grade)]
    return tuple(dict.fromkeys(found))


@cache
def _words() -> dict[str, str]:
    return {word: grade for word, grade in catalogue.vocabulary("assessment").items() if len(word) > 1}


@cache
def _grades() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, _words()), key=len, reverse=True)))
