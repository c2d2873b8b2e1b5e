"""Grades of the yearly assessment whose header tells no year: it stands in a column beside them (考核年度 | 考核结果), or in the title of their table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from guantong.schemas.layout.columns.table_columns import Column
from guantong.schemas.layout.headers import is_yearly_without_year, speaks_of_other_topic, year_alone
from guantong.schemas.text import norm
from guantong.schemas.values.grades import is_known_grade

_YEAR_COLUMN = re.compile("(考核|考评)?(年度|年份)")
_YEAR = re.compile(r"((?:19|20)\d\d)(?:\.0)?(?:年度?)?")
_ANY_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_TITLE = re.compile(r"(?<!\d)20\d\d年?度?(全体|全员|在职|在岗|职工|员工|人员|工作人员|个人|年度|年终|综合|绩效)*(考核|考评)(?!员)")
_GRADE = re.compile("(考核|考评)?(等次|结果|等级|档次)")
MOST_YEARS = 30  # that one column tells


def year_in(cell: object) -> int | None:
    """The year that a cell says and nothing else: 2023, 2023年度."""
    found = _YEAR.fullmatch(norm(cell))
    return int(found[1]) if found else None


def tell_years_alone(columns: list[Column], titles: Sequence[str]) -> None:
    """A header that says nothing but a year (2023), with grades below, is the yearly assessment, where no title speaks of another."""
    if any(map(speaks_of_other_topic, titles)):
        return
    for column in columns:
        if column.name is None and (year := year_alone(column.group, column.own)) and any(map(is_known_grade, column.cells())):
            column.name = f"assessment_{year}"


def _year_of_titles(titles: Sequence[str]) -> int | None:
    """The one year of whose assessment a sheet's name and the texts above its header speak: 2023年度职工考核结果."""
    graded = [text for text in map(norm, titles) if _TITLE.search(text) and not speaks_of_other_topic(text)]
    years = {int(year) for text in graded for year in _ANY_YEAR.findall(text)}
    return years.pop() if len(years) == 1 else None


def tell_grades_by_year(columns: list[Column], titles: Sequence[str]) -> None:
    """Name columns of grades without a year after the years that stand in the column at their left, or the one column after those of another column of
    years, or after that of the table's ``titles``.
    """
    years_at = [
        at for at, column in enumerate(columns) if not column.names and _YEAR_COLUMN.fullmatch(_unnumbered(column)) and _years(column)
    ]
    pairs = [(at + 1, at) for at in years_at if at + 1 < len(columns) and _are_grades_beside(columns[at + 1])]
    graded = [at for at, column in enumerate(columns) if not column.names and at not in years_at and _are_grades_of_a_year(column)]
    if pairs:
        for at, beside in pairs:
            _name(columns, at, _years(columns[beside]), beside)
    elif len(graded) == 1:
        named = [at for at in years_at if _unnumbered(columns[at])[:2] in ("考核", "考评") or at == graded[0] + 1]
        if named:
            _name(columns, graded[0], _years(columns[named[0]]), named[0])
        elif (year := _year_of_titles(titles)) is not None:
            _name(columns, graded[0], [year])


def _name(columns: list[Column], at: int, years: list[int], beside: int | None = None) -> None:
    column = columns[at]
    if len(years) <= MOST_YEARS:
        column.names, column.problem, column.detail, column.judging = tuple(f"assessment_{each}" for each in years), None, "", None
        if beside is not None:
            column.read_by = column.read_by._replace(year_at=beside)
            columns[beside].problem, columns[beside].detail = None, ""


def _unnumbered(column: Column) -> str:
    return re.sub(r"\(?[一二三1-9]\)?$", "", column.own)


def _years(column: Column) -> list[int]:
    """The years that stand in a column, where nothing else does."""
    found = set(map(year_in, column.cells()))
    return sorted(filter(None, found)) if None not in found else []


def _are_grades_beside(column: Column) -> bool:
    """Whether a column right of one of years tells grades: 考核结果, or 等次 above words that are."""
    own = _unnumbered(column)
    known = _GRADE.fullmatch(own) is not None and any(map(is_known_grade, column.cells()))
    return not column.names and (known or is_yearly_without_year(own))


def _are_grades_of_a_year(column: Column) -> bool:
    asked = any(map(is_yearly_without_year, (column.own, column.group + column.own)))
    return asked and not _YEAR_COLUMN.fullmatch(column.own)
