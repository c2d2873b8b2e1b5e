"""The years that a route asks, as SQL: when they begin, on which day they are full, and whether they are."""

from __future__ import annotations

from guantong.rules.evaluation.compile_policy import RouteRule
from guantong.rules.evaluation.held import BEFORE_ALL, years_of


def years_sql(rule: RouteRule, number: str = "") -> dict[str, str]:
    """A route's years as columns, each over those before it: when they begin, the days between which they become full, and whether they are.

    ``number`` ends the names of the columns, for who works out those of several routes beside each other.
    """
    first, last = _start(rule)
    away = bool(rule.setting("interruptions_added")) and rule.since == "credential"
    start_first, start_last, ready_on, ready_first = (
        f"{name}{number}" for name in ("start_first", "start_last", "ready_on", "ready_first")
    )
    return {
        start_first: first,
        start_last: last,
        ready_on: _full_on(rule, start_last, away),
        # a whole date is reckoned once
        ready_first: f"CASE WHEN {start_first} = {start_last} THEN {ready_on} ELSE {_full_on(rule, start_first, away)} END",
        f"tenure{number}": f"CASE WHEN as_of >= {ready_on} THEN true WHEN {ready_on} IS NOT NULL AND as_of < {ready_first} THEN false END",
    }


def years_told(rule: RouteRule) -> dict[str, str]:
    """What a route's SQL tells of its years."""
    if not rule.years:
        return {
            "years": "NULL::DATE AS start_first, NULL::DATE AS start_last",
            "ready_on": "NULL::DATE",
            "ready_first": "NULL::DATE",
            "tenure": "true",
        }
    columns = years_sql(rule)
    return columns | {"years": f"{columns['start_first']} AS start_first, {columns['start_last']} AS start_last, away_months"}


def _full_on(rule: RouteRule, start: str, away: bool) -> str:
    """The day on which the years from ``start`` on are full: the corresponding one, or the first of the year that many later."""
    if rule.setting("year_counting") == "calendar_year":
        begun = f"({start} + to_months(away_months))" if away else start
        return f"CASE WHEN {start} = {BEFORE_ALL} THEN {start} ELSE make_date(year({begun}) + {rule.years}, 1, 1) END"
    months = f"{rule.years} * 12 + away_months" if away else f"{rule.years} * 12"
    return f"({start} + to_months({months}))::DATE"


def since(rule: RouteRule) -> tuple[str, str]:
    """The first and the last day on which what the route needs may have been obtained."""
    years = years_of(rule)
    return ("NULL::DATE", "NULL::DATE") if years is None else (f"{years.name}_first", f"{years.name}_last")


def _start(rule: RouteRule) -> tuple[str, str]:
    """When the years begin: with the credential, or with the later start of related work where the roster gives one (五（一）)."""
    first, last = since(rule)
    if rule.since != "credential" or not rule.setting("related_work_start_counts"):
        return first, last
    years = years_of(rule)
    first_end, last_end = ("lo", "hi") if years is None else years.ends
    work_first = f"work_start_{first_end}"
    # one that can't be read has no last day, whichever end counts
    work_last = "work_start_hi" if last_end == "hi" else "CASE WHEN work_start_hi IS NOT NULL THEN work_start_lo END"
    # not known unless both are; greatest() would pass over NULL
    both = f"CASE WHEN {last} >= {work_last} THEN {last} WHEN {last} < {work_last} THEN {work_last} END"
    return f"greatest({first}, {work_first})", both
