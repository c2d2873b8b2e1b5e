"""Grades of the yearly assessment whose header tells no year: it stands in a column beside them (考核年度 | 考核结果), or in the title of their table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from guantong.schemas.layout.headers import is_yearly_without_year, speaks_of_other_topic, year_alone
from guantong.schemas.layout.table_columns import Column
from guantong.schemas.text import norm
from guantong.schemas.values.grades import is_known_grade

_YEAR_COLUMN = re.compile("(?P<graded>(考核|考评)(年度|年份))|年度|年份")
_YEAR = re.compile(r"((?:19|20)\d\d)(?:\.0)?(?:年度?)?")
_ANY_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_TITLE = re.compile(r"(?<!\d)20\d\d年?度?(全体|全员|在职|在岗|职工|员工|人员|工作人员|个人|年度|年终|综合|绩效)*(考核|考评)(?!员)")
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
    """Name the one column of grades without a year after the years that stand in a column beside it, or after that of the table's ``titles``."""
    graded = [at for at, column in enumerate(columns) if not column.names and _are_grades_of_a_year(column)]
    if len(graded) != 1:
        return
    column, beside = columns[graded[0]], _year_column(columns, graded[0])
    years = {_year_of_titles(titles)} if beside is None else set(map(year_in, columns[beside].cells()))
    told = sorted(filter(None, years))
    if not 0 < len(told) == len(years) <= MOST_YEARS:
        return
    column.names, column.problem, column.detail, column.judging = tuple(f"assessment_{each}" for each in told), None, "", None
    if beside is not None:
        column.year_at, columns[beside].problem, columns[beside].detail = beside, None, ""


def _are_grades_of_a_year(column: Column) -> bool:
    asked = any(map(is_yearly_without_year, (column.own, column.group + column.own)))
    return asked and not _YEAR_COLUMN.fullmatch(column.own)


def _year_column(columns: list[Column], of: int) -> int | None:
    """The column of years beside that of grades: one that says so, or 年度 right beside it."""
    for at, column in enumerate(columns):
        named = _YEAR_COLUMN.fullmatch(column.own)
        if named and not column.names and (named["graded"] or abs(at - of) == 1) and column.cells():
            return at
    return None
