"""Grades of several years in one column: those with a year join that year's column, the rest are the list ``recent_grades``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from guantong.schemas import catalogue
from guantong.schemas.findings import shown_value
from guantong.schemas.reading.raw_people import RawPeople
from guantong.schemas.values.grades import YEARS, Grades, contradict_years

_ALL_YEARS = "recent_grades"


def add_grades(data: dict[str, Any], columns: dict[str, Any], people: RawPeople) -> dict[str, npt.NDArray[np.bool_]]:
    """Add to ``data`` what ``columns`` (name → a `Grades` or None for each person) say: assessment_YYYY and recent_grades.

    What two columns say differently is unknown. Gives, by column, whose grades are not as many as its header's years, or not those of the years' own columns.
    """
    unread: dict[str, npt.NDArray[np.bool_]] = {}
    lists = np.full(len(people.places), None, object)
    for name, said in columns.items():
        codes, distinct = pd.factorize(np.asarray(said, object))
        dated = [_dated(grades, _years_of(name)) for grades in distinct]
        unread[name] = _spread([one is None for one in dated], codes, False).astype(bool)
        for index in np.flatnonzero(unread[name]).tolist():
            _tell(people, index, name, "grades_unreadable")
        for year in sorted({year for one in dated if one for year in one}):
            _join(data, f"assessment_{year}", _spread([(one or {}).get(year) for one in dated], codes), name, people)
        listed = _spread([grades.each if one == {} else None for grades, one in zip(distinct, dated, strict=True)], codes)
        lists = np.where(pd.isna(listed), lists, listed)
    _hold_against_years(data, lists, unread, people)
    data["recent_grades"] = pd.array(lists, dtype="object")
    return unread


def _years_of(name: str) -> tuple[int, ...]:
    """The years that a column's header names: 2022, 2023 and 2024 of recent_grades_2022_2024."""
    bounds = [int(part) for part in name.removeprefix("recent_grades").split("_") if part]
    return tuple(range(bounds[0], bounds[-1] + 1)) if bounds else ()


def _dated(grades: Grades, years: tuple[int, ...]) -> dict[int, str] | None:
    """Year → grade, {} where no year is told; None where the grades are not as many as the header's years, and for one grade of two years, which may be
    of a term from the one to the other (2023-2024年度考核).
    """
    if grades.of_years or not years:
        return dict(grades.of_years)
    if len(years) == 2 and len(grades.each) == 1:
        return None
    each = grades.each * len(years) if len(grades.each) == 1 else grades.each
    return dict(zip(years, each, strict=True)) if len(each) == len(years) else None


def _spread(values: list[Any], codes: npt.NDArray[np.int64], otherwise: object = None) -> npt.NDArray[Any]:
    """For each person the one of ``values`` that its code names, ``otherwise`` where it is -1."""
    found = np.empty(len(values) + 1, object)
    for at, value in enumerate([*values, otherwise]):
        found[at] = value
    return found.take(codes)


def _join(data: dict[str, Any], column: str, grades: npt.NDArray[Any], name: str, people: RawPeople) -> None:
    """Fill a year's column with the grades that another column tells for it."""
    own = np.array(data[column], object) if column in data else np.full(len(grades), None, object)
    given, told = ~pd.isna(own), ~pd.isna(grades)
    unlike = given & told & (own != grades)
    for index in np.flatnonzero(unlike).tolist():
        _tell(people, index, name, "column_conflict", str(own[index]))
    joined = np.where(given, own, grades)
    joined[unlike] = None
    data[column] = pd.array(joined, dtype="str")


def _hold_against_years(data: dict[str, Any], lists: npt.NDArray[Any], unread: dict[str, npt.NDArray[np.bool_]], people: RawPeople) -> None:
    """Make the grades of the last years unknown where ``lists``, of whose years none is told, speak against the years' own columns."""
    grades = {name: np.array(data[name], object) for name in sorted(data) if name.startswith("assessment_")}
    for index in np.flatnonzero(~pd.isna(lists)).tolist():
        of_years = {name: column[index] for name, column in grades.items() if not pd.isna(column[index])}
        own = {name: grade for name, grade in of_years.items() if _year(name) > _year(max(of_years)) - YEARS}
        if contradict_years(lists[index], list(own.values())):
            told = "、".join(f"{catalogue.header_of(name)}为“{grade}”" for name, grade in own.items())
            _tell(people, index, _ALL_YEARS, "grade_contradicted", told)
            lists[index] = None
            unread.setdefault(_ALL_YEARS, np.zeros(len(lists), bool))[index] = True
            for name in own:
                data[name][index] = pd.NA


def _year(name: str) -> int:
    return int(name.removeprefix("assessment_"))


def _tell(people: RawPeople, index: int, name: str, code: str, detail: str = "") -> None:
    people.add_finding(index, name, code, shown_value(people.cells[name][index], catalogue.field_of(name)), detail)
