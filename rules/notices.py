"""What is told of an audit as a whole, before anybody looks at its people: years that most of them have no grade of, and settings by default."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Literal, NamedTuple, TypedDict

import duckdb

from guantong.rules.policy.document import Route
from guantong.rules.policy.load import Policy
from guantong.rules.rulebook import by_default_in_words, settings, value_in_words
from guantong.rules.what_if import policy_with
from guantong.schemas.sql_text import among

_MOST = 0.5  # the share from which it is a matter of the as-of day, and not of persons


class Notice(TypedDict, total=False):
    """A notice in words, and of a year that most have no grade of what it was told from.

    ``persons``: who hold or may hold what a route needs that asks for the year's assessment; ``ungraded``: those of them without its grade;
    ``would_help``: other readings and days by which most would not lack a grade.
    """

    code: Literal["ungraded_year", "settings_by_default"]
    text: str
    year: int
    persons: int
    ungraded: int
    share: float
    would_help: list[str]
    settings: list[str]


def notices_of_policy(policy: Policy) -> list[Notice]:
    """That settings are as the program has them, for the policy's file does not say them."""
    text = by_default_in_words(policy)
    named = [name for each in policy.policies for name in each.by_default]
    return [Notice(code="settings_by_default", text=text, settings=named)] if text else []


def notices_of_years(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date) -> list[Notice]:
    """The years of which the as-of day asks for assessments that most people have no grade of.

    ``con`` holds persons, verdicts and facts as an audit has written them.
    """
    groups = _groups(con, policy)
    found = []
    for year, (persons, ungraded) in _lacking(groups, policy, as_of).items():
        would_help = [name for name, other, day in _other_ways(policy, year) if not _lacking(groups, other, day or as_of)]
        share = ungraded / persons
        lacking = f"{persons} 人都" if ungraded == persons else f"{persons} 人中有 {ungraded} 人（{share:.0%}）"
        text = f"审核基准日 {as_of} 要看 {year} 年度考核，而 {lacking}没有这一年度的等次，多半只能待核实。"
        found.append(
            Notice(
                code="ungraded_year",
                text=text + _advice(policy, year, would_help),
                year=year,
                persons=persons,
                ungraded=ungraded,
                share=round(share, 4),
                would_help=would_help,
            )
        )
    return found


class _Group(NamedTuple):
    """People of one sheet who are on a route that asks for assessments: the years of which they have a grade, and how many they are."""

    sheet: tuple[str, str]
    years: frozenset[int]
    has_all: bool
    persons: int


def _groups(con: duckdb.DuckDBPyConnection, policy: Policy) -> list[_Group]:
    rows = con.execute(f"""
        SELECT source_file, sheet, years, has_all, count(*) FROM (
            SELECT persons.source_file, persons.sheet, list_sort(list_distinct(list_transform(coalesce(assessments, []), lambda a: a."year"))) AS years,
                coalesce(len(recent_grades) > 0, false) AS has_all
            FROM persons JOIN facts USING (pid)
            SEMI JOIN (SELECT pid FROM verdicts WHERE {among("route", (route.id for route in _asking(policy)))}) AS v ON v.pid = persons.pid
            WHERE persons.bucket = 'evaluated' AND duplicate_of IS NULL
        ) GROUP BY ALL
    """).fetchall()
    return [_Group((file, sheet), frozenset(years), has_all, persons) for file, sheet, years, has_all, persons in rows]


def _asking(policy: Policy) -> list[Route]:
    return [route for route in policy.document.routes if "assessments" in route.conditions]


def _lacking(groups: list[_Group], policy: Policy, as_of: dt.date) -> dict[int, tuple[int, int]]:
    """The years that most lack a grade of: {year: (how many it is asked of, how many lack it)}."""
    routes = _asking(policy)
    asked = {year for route in routes for year in policy.assessed_years(route, as_of)}
    earlier = asked and all(policy.choice("last_year_ungraded", route) == "previous_year" for route in routes)
    graded = {group.sheet for group in groups if group.has_all or max(asked, default=0) in group.years}
    of_year: Counter[int] = Counter()
    ungraded: Counter[int] = Counter()
    for group in groups:
        for year in {year - 1 for year in asked} if earlier and group.sheet not in graded else asked:
            of_year[year] += group.persons
            ungraded[year] += 0 if group.has_all or year in group.years else group.persons
    return {year: (of_year[year], ungraded[year]) for year in sorted(of_year) if ungraded[year] / of_year[year] > _MOST}


def _other_ways(policy: Policy, year: int) -> list[tuple[str, Policy, dt.date | None]]:
    """Another reading, and another day, by which ``year`` is not asked for: (as it is said, the policy, the day)."""
    earlier = "last_year_ungraded=previous_year"
    day = dt.date(year, 12, 31)
    return [(earlier, policy_with(policy, *earlier.split("=")), None), (f"as_of={day}", policy, day)]


def _advice(policy: Policy, year: int, would_help: list[str]) -> str:
    if not would_help:
        return f"请各单位补填 {year} 年度考核后再审核"
    titles = {setting["name"]: setting["title"] for setting in settings(policy)}
    ways = [
        f"以 {way.removeprefix('as_of=')} 为审核基准日（--as-of）"
        if way.startswith("as_of=")
        else f"把口径“{titles[way.split('=')[0]]}”（{way.split('=')[0]}）设为“{value_in_words(way.split('=')[1])}”（{way.split('=')[1]}）"
        for way in would_help
    ]
    return f"{year} 年度考核还没有结果的，可{'，或'.join(ways)}"
