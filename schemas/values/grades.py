"""Grades of the yearly assessment: of one year in a cell, or of the last three in one.

A grade is the word of the catalogue, or a plain word that it does not know (胜任, A) as written: whether it passes is a policy's to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from guantong.schemas import catalogue
from guantong.schemas.text import NOTHING, norm, visible_text

_QUOTES = "\"'“”‘’。;!,、"
LONGEST = 80  # characters of a cell of three years
YEARS = 3
PASSING, _FAILING = "优秀 良好 合格 称职".split(), "基本合格 基本称职 不合格 不称职".split()
_BESIDE = re.compile(
    r"^(年度|综合|绩效|个人)*((考核|考评)(结果|等次|等级|情况)?|评定结果|结果|等次|等级)?(评定为|确定为|评为|定为|考核为|为)?:?"
)
_BEHIND = re.compile(r"(?<=[一-鿿A-Z])(等次|等级|档次|[。√])$")
_PLAIN = re.compile(r"(?=.*[A-Z一-鿿])(?:[A-Z一-鿿]{1,11}[+-]?|[A-Z][1-5]|[1-5][A-Z])|[A-Z一-鿿]{12}")
# What is said about a grade that is not there yet, or stands elsewhere.
_NO_GRADE = re.compile(r"[待拟疑暂]|不[详明清]|未知|[详另]见|附件|见备注|同[上下]|说明|年|其余|其他|[一二三两]次")
_EACH = re.compile(
    r"^(((近|前|最近|连续)?[3三]个?年度?来?|每年)((年度)?(考核|考评)(结果|等次)?)?(均|都|全部|全|皆|一直)?|(均|都|全部|全|皆|连续))(评为|确定为|定为|为|是)?:?"
)
_YEAR = re.compile(
    r"(?<!\d)(?P<first>(?:19|20)\d\d)(?:年度?)?[-—–~至到]+(?P<last>(?:19|20)\d\d)(?:年度?)?(?!\d)(?:均|都|全部)?|(?<!\d)(?P<year>(?:19|20)\d\d)(?:年度?)?(?!\d)"
    r"|(?<!\d)(?P<short>\d\d(?=年|不?合格|不?称职|基本|优秀|良好))(?:年度?)?"
)
_JOINTS = "、,;/|\\+:()[]-— "
_SPLIT = re.compile(r"[、,;/|\\+\s]+|(?<=[一-鿿A-Z])[-—](?=[一-鿿A-Z])|和|及")
_COUNTED = re.compile(
    r"(?P<n>[一二三两123])(?:次|年|个)(?:为|是)?(?P<grade>[一-鿿A-Z]+)|(?P<grade2>[一-鿿A-Z]+?)(?P<n2>[一二三两123])(?:次|年|个)"
)
_NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "1": 1, "2": 2, "3": 3}


@dataclass(frozen=True)
class Grades:
    """Grades of several years: of years that are told (``of_years``), or of those that the column means, in their order; one grade alone is each year's."""

    of_years: tuple[tuple[int, str], ...] = ()
    each: tuple[str, ...] = ()


def read_grade(cell: object) -> str | None:
    """The grade that a cell of one year names, in a word; None where it names none or several."""
    return None if isinstance(cell, int | float) else _grade(norm(cell).strip(_QUOTES))


def is_known_grade(cell: object) -> bool:
    """Whether a cell is a grade that the catalogue knows, and not a plain word that may be one."""
    return read_grade(cell) in _words().values()


def are_known_grades(cell: object) -> bool:
    """Whether a cell tells grades, of a year or of several, and all are known."""
    found = read_grades(cell)
    told = [*found.each, *(grade for _, grade in found.of_years)] if found else []
    return bool(told) and set(told) <= set(_words().values())


def read_grades(cell: object) -> Grades | None:
    """The grades that a cell of the last three years names; None where they can't be told."""
    if isinstance(cell, int | float):
        return None
    text = re.sub(r"\s+", "、", unicodedata.normalize("NFKC", visible_text(cell))).upper().strip(_QUOTES + "、")
    if len(text) > LONGEST:
        return None
    if _YEAR.search(text):
        return _of_years(text)
    bare = _EACH.sub("", text, count=1) if _grade(text) not in _words().values() else text
    if (grade := _grade(bare)) is not None:
        return Grades(each=(grade,))
    for parts in (_SPLIT.split(bare), _run_together(text)):
        grades = [_grade(part) for part in parts]
        if len(grades) == YEARS and all(grades):
            return Grades(each=tuple(filter(None, grades)))
    return _counted(text)


def contradict_years(each: tuple[str, ...], of_years: Sequence[str]) -> bool:
    """Whether the grades of a column for the last years together can't be those that the years' own columns tell: more pass there, or more fail.

    One grade alone that fails may be of any of the years; words of which it is not plain whether they pass may be either.
    """
    passing, failing = (sum(grade in some for grade in of_years) for some in (PASSING, _FAILING))
    together = each * YEARS if len(each) == 1 else each
    may_pass = YEARS - 1 if len(each) == 1 and each[0] in _FAILING else sum(grade not in _FAILING for grade in together)
    return passing > may_pass or failing > sum(grade not in PASSING for grade in together)


def _grade(text: str) -> str | None:
    """The canonical word of a text, or the text itself where it is a plain word, what says that it is a grade left out."""
    if text in _words():
        return _words()[text]
    bare = _BEHIND.sub("", _BESIDE.sub("", text, count=1)) or text
    if bare in _words():
        return _words()[bare]
    if (bare == "中" and text != "中") or _NO_GRADE.search(bare) or bare in NOTHING or not _PLAIN.fullmatch(bare):
        return None
    return bare if _run_together(bare) == [] else None


def _of_years(text: str) -> Grades | None:
    """Grades with their years beside them: the years before each grade, or behind each."""
    marks = list(_YEAR.finditer(text))
    between = [text[one.end() : two.start()].strip(_JOINTS) for one, two in zip(marks, marks[1:])]
    before, after = text[: marks[0].start()].strip(_JOINTS), text[marks[-1].end() :].strip(_JOINTS)
    if _EACH.fullmatch(before) or _BESIDE.fullmatch(before):
        before = ""
    if bool(before) == bool(after):
        return None
    said = [before, *between] if before else [*between, after]
    if before:  # 合格（2022）、优秀（2023）
        marks, said = marks[::-1], said[::-1]
    found: dict[int, str] = {}
    waiting: list[int] = []
    for mark, words in zip(marks, said):
        waiting += _years_of(mark)
        if not words:
            continue
        grade = _grade(re.sub("^(年度)?(考核|考评)?(结果|等次)?(均|都|全部|全|皆)[为是]?", "", words))
        each = [grade] * len(waiting) if grade else [_grade(part) for part in _SPLIT.split(words)]
        if len(each) != len(waiting) or not all(each) or (before and not grade):
            return None
        if any(found.setdefault(year, one) != one for year, one in zip(waiting, filter(None, each), strict=True)):
            return None
        waiting = []
    return None if waiting or not found else Grades(of_years=tuple(sorted(found.items())))


def _years_of(mark: re.Match[str]) -> list[int]:
    if mark["first"]:
        return list(range(int(mark["first"]), min(int(mark["last"]), int(mark["first"]) + 10) + 1))
    return [int(mark["year"]) if mark["year"] else 2000 + int(mark["short"])]


def _counted(text: str) -> Grades | None:
    """2次合格1次优秀: grades of three years in an order that is not told; any order says the same of all three."""
    said, grades = re.sub(r"[、,;]", "", text), []
    for found in _COUNTED.finditer(said):
        grade = _grade(found["grade"] or found["grade2"])
        if grade is None:
            return None
        grades += [grade] * _NUMBERS[found["n"] or found["n2"]]
    return Grades(each=tuple(grades)) if len(grades) == YEARS and _COUNTED.sub("", said) == "" else None


@cache
def _words() -> dict[str, str]:
    return catalogue.vocabulary("assessment")


@cache
def _known_run() -> re.Pattern[str]:
    words = "|".join(sorted((word for word in {*_words().values()}), key=lambda word: -len(word)))
    return re.compile(words)


def _run_together(text: str) -> list[str]:
    """Known grades written without anything between them (合格合格优秀): at least two; [] where the text is anything else."""
    found = _known_run().findall(text)
    return found if len(found) > 1 and "".join(found) == text else []
