"""The oracle's reading of credentials and of the start of the years."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from tests.support.oracle_facts import ENGINEERING, Credential, Facts, Interval, Route, Settings


def add_months(day: date, months: int) -> date:
    """The corresponding day so many months on; where that month has none, its last (民法典 201–202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def years_full(start: date, years: int, months_away: int, counting: str) -> date:
    """The day on which the years are full. Read: years and months away are one period, with one corresponding day."""
    if counting == "calendar_year":
        return date(add_months(start, months_away).year + years, 1, 1)
    return add_months(start, 12 * years + months_away)


def as_told(when: Interval | None, partial_dates: str) -> Interval | None:
    """A date as the setting takes it: all that it may be, or its earliest or latest day alone."""
    if when is None or partial_dates == "interval":
        return when
    return (when[0], when[0]) if partial_dates == "earliest" else (when[1], when[1])


def as_of_day(credentials: Iterable[Credential], as_of: date, nothing_known_before: str) -> list[Credential]:
    """What is held on the day. Read: whether a date is wholly after it is told by the date as written, whatever partial_dates says."""
    held = []
    for one in credentials:
        if one.day is None or one.day[0] <= as_of:
            held.append(one)
        elif nothing_known_before == "unknown":
            held.append(replace(one, rank_lo=0, rank_hi=one.rank_hi - 1, day=None))
    return held


def highest(credentials: Iterable[Credential]) -> tuple[int, int]:
    """The rank that is certainly reached, and the one that may be."""
    held = list(credentials)
    return max((one.rank_lo for one in held), default=0), max((one.rank_hi for one in held), default=0)


def has(one: Credential, rank: int, settings: Settings) -> bool:
    """Whether it certainly serves where a rank is needed."""
    return one.rank_lo >= rank if settings.higher_level_serves else one.rank_lo == one.rank_hi == rank


def may_have(one: Credential, rank: int, settings: Settings) -> bool:
    return one.rank_hi >= rank and (settings.higher_level_serves or one.rank_lo <= rank)


def of_occupation(skills: Iterable[Credential], occupation: str | None) -> list[Credential]:
    """Certificates of the present 职业（工种）: one that names another occupation does not count, one that names none does."""
    return [one for one in skills if occupation is None or one.occupation in (None, occupation)]


def that_may_serve(titles: list[Credential], rank: int, settings: Settings) -> list[Credential]:
    """Titles that may be of 工程系列; all of them where none such may have the rank: another series puts a route in play by its rank."""
    ours = [one for one in titles if one.series in (ENGINEERING, None)]
    return ours if any(may_have(one, rank, settings) for one in ours) else titles


def surely_engineering(titles: list[Credential], rank: int, settings: Settings) -> list[Credential]:
    """Those that certainly are of 工程系列, where one of them has the rank; else all: the series is another condition's to say."""
    sure = [one for one in titles if one.series == ENGINEERING]
    return sure if any(has(one, rank, settings) for one in sure) else titles


def start_of_years(held: list[Credential], sure: list[Credential], rank: int, settings: Settings) -> tuple[date | None, date | None]:
    """[a, b] for a rank; a None: any day before, b None: no day is known by which it certainly was reached.

    ``sure``: those of ``held`` that certainly are of the right kind.
    """
    may = [one for one in held if may_have(one, rank, settings)]
    serve = [one for one in may if has(one, rank, settings) and one in sure]
    if not settings.earliest_credential_counts:  # Read: the years of the highest credential alone
        top = max(one.rank_hi for one in may)
        may, serve = ([one for one in some if one.rank_hi == top] for some in (may, serve))
    days = {one: as_told(one.day, settings.partial_dates) for one in held}
    b = min((days[one][1] for one in serve if days[one]), default=None)
    a = min((days[one][0] for one in may if days[one]), default=None)
    if settings.undated_lower_level == "from_higher":
        return a, b
    # Read: a credential of several ranks that may be this one, and has no date, is «one of rank r that has no date».
    undated = [one for one in may if one.day is None and (one.rank_lo <= rank or not settings.earliest_credential_counts)]
    own = [one for one in serve if one.rank_lo == one.rank_hi == rank]
    opening = undated + ([] if own or not settings.earliest_credential_counts else may)
    if opening:
        a = earliest_of_rank({one.occupation for one in opening}, held, rank, settings)
        a = a and b and min(a, b) or a
    return a, b


def earliest_of_rank(trades: set[str | None], held: list[Credential], rank: int, settings: Settings) -> date | None:
    """The day before which no such trade's rank was reached: levels are reached in order; None where nothing below is dated."""
    bounds = []
    for trade in trades:
        below = [one for one in held if one.rank_hi < rank and one.day and one.occupation in (trade, None)]
        top = max((one.rank_hi for one in below), default=None)
        bounds.append(min((as_told(one.day, settings.partial_dates)[0] for one in below if one.rank_hi == top), default=None))
    return None if None in bounds else min(bounds)


def start_of_certificate(certificates: list[Credential], settings: Settings) -> tuple[date | None, date | None]:
    """四（五）: the highest certificate's own date."""
    top = max(one.rank_hi for one in certificates)
    of_top = [one for one in certificates if one.rank_hi == top]
    days = {one: as_told(one.day, settings.partial_dates) for one in of_top}
    b = min((days[one][1] for one in of_top if days[one] and one.rank_lo == top), default=None)
    a = None if None in days.values() else min(day[0] for day in days.values())
    return a, b


def years(
    route: Route, start: tuple[date | None, date | None], facts: Facts, as_of: date, settings: Settings
) -> tuple[bool | None, date | None]:
    """Whether the years are full, and the day by which they certainly are."""
    (a, b), away = start, 0
    if route.name != "t2s-promotion":
        if settings.related_work_start_counts and "work_start" in facts.unread:
            return None, None
        if settings.interruptions_added and "away_months" in facts.unread:
            return None, None
        work = as_told(facts.work_start, settings.partial_dates) if settings.related_work_start_counts else None
        if work:
            a, b = max(a or work[0], work[0]), b and max(b, work[1])
        away = facts.away_months if settings.interruptions_added else 0
    if b is None:
        return None, None
    last = years_full(b, route.years, away, settings.year_counting)
    if as_of >= last:
        return True, last
    return (False if a and as_of < years_full(a, route.years, away, settings.year_counting) else None), last
