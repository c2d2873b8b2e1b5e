"""The oracle's reading of credentials and of the start of the years."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import product

from tests.support.law_oracle.oracle_facts import ENGINEERING, OTHER, Credential, Facts, Interval, Route, Settings


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
            held.append(replace(one, rank_lo=0, rank_hi=one.rank_hi - 1, day=None, of_tomorrow=True))
    return held


def highest(credentials: Iterable[Credential]) -> tuple[int, int]:
    """The rank that is certainly reached, and the one that may be."""
    held = list(credentials)
    return max((one.rank_lo for one in held), default=0), max((one.rank_hi for one in held), default=0)


def worlds(held: Iterable[Credential]) -> Iterator[list[Credential]]:
    """All that may be so: each credential of one rank (of rank 0: none) and, a title, of 工程系列 or of another.

    Read: what is so in all of them is so; what is so in none is not; anything else is unknown.
    """
    several = [
        [
            replace(_below(one, rank), rank_lo=rank, rank_hi=rank, series=series)
            for rank in range(one.rank_lo, one.rank_hi + 1)
            for series in _series_of(one)
        ]
        for one in held
    ]
    for chosen in product(*several):
        yield [one for one in chosen if one.rank_hi > 0 and not (one.of_tomorrow and _is_told(one, chosen))]


def _below(one: Credential, rank: int) -> Credential:
    """Read: where one that may be later than the day is not held yet, what is below it is as of one of tomorrow: its date tells nothing of that."""
    return replace(one, day=None, of_tomorrow=True) if one.rank_lo == 0 and one.day and rank < one.rank_hi else one


def _is_told(one: Credential, world: Sequence[Credential]) -> bool:
    """Read: what was below a credential of tomorrow is the one told of that rank, where one of the same or an unnamed occupation is."""
    return any(
        other.rank_lo == one.rank_lo
        and other.series == one.series
        and (other.occupation in (None, one.occupation) or one.occupation is None)
        for other in world
        if not other.of_tomorrow
    )


def _series_of(one: Credential) -> tuple[str | None, ...]:
    return (ENGINEERING, OTHER) if one.is_title and one.series is None else (one.series,)


def in_all(answers: Iterable[bool]) -> bool | None:
    """True, False, or None where it is so in some worlds alone."""
    found = set(answers)
    return found.pop() if len(found) == 1 else None


def has(one: Credential, rank: int, settings: Settings) -> bool:
    """In a world: whether it serves where a rank is needed."""
    return one.rank_lo >= rank if settings.higher_level_serves else one.rank_lo == rank


def of_occupation(skills: Sequence[Credential], facts: Facts) -> list[list[Credential]]:
    """Certificates of the present 职业（工种）: one that names another occupation does not count, one that names none does.

    Read: where nobody tells the present one, all count; but of several occupations it may be either, or another: a list for each way.
    """
    named = {one.occupation for one in facts.skills} - {None}
    if facts.occupation is None and len(named) < 2:
        return [list(skills)]
    presents = [facts.occupation] if facts.occupation else [*sorted(named), None]
    return [[one for one in skills if one.occupation in (None, present)] for present in presents]


def highest_certificate(ways: Iterable[Sequence[Credential]]) -> tuple[int, int]:
    """The rank of a certificate of the present occupation that is certainly reached, and the one that may be."""
    found = [highest(certificates) for certificates in ways]
    return min(sure for sure, _ in found), max(may for _, may in found)


def that_serve(titles: list[Credential], rank: int, settings: Settings) -> list[Credential]:
    """In a world: titles of 工程系列; all of them where none of those has the rank: another series puts a route in play by its rank."""
    ours = [one for one in titles if one.series == ENGINEERING]
    return ours if any(has(one, rank, settings) for one in ours) else titles


Start = tuple[date | None, date | None]


def start_in(held: list[Credential], rank: int, settings: Settings) -> Start:
    """In a world: [a, b] for a rank; a None: any day before, b None: no day is known by which it certainly was reached."""
    serve = [one for one in held if has(one, rank, settings)]
    if not settings.earliest_credential_counts:  # Read: the years of the highest credential alone, unknown where that has no date
        top = max((one.rank_lo for one in serve), default=0)
        serve = [one for one in serve if one.rank_lo == top]
    days = [as_told(one.day, settings.partial_dates) for one in serve if one.day]
    a, b = min((day[0] for day in days), default=None), min((day[1] for day in days), default=None)
    of_rank = [one for one in serve if one.rank_lo == rank]
    undated = [one for one in (of_rank if settings.earliest_credential_counts else serve) if one.day is None]
    opening = undated + ([] if of_rank or not settings.earliest_credential_counts else serve)
    if opening and settings.undated_lower_level == "unknown":
        a = earliest_of_rank({one.occupation for one in opening}, held, rank, settings)
        a = min(a, b) if a and b else a
    return a, b


def earliest_of_rank(trades: set[str | None], held: list[Credential], rank: int, settings: Settings) -> date | None:
    """The day before which no such trade's rank was reached: levels are reached in order; None where nothing below is dated.

    Read: «the same or an unnamed occupation» is that of the credential that opens the interval; of several, the least bound.
    """
    bounds = []
    for trade in trades:
        below = [one for one in held if one.rank_lo < rank and one.day and one.occupation in (trade, None)]
        top = max((one.rank_lo for one in below), default=None)
        bounds.append(min((as_told(one.day, settings.partial_dates)[0] for one in below if one.rank_lo == top), default=None))
    return None if None in bounds else min(bounds)


def certificate_in(certificates: list[Credential], settings: Settings) -> Start:
    """In a world: 四（五）, the highest certificate's own date; of several of that rank the earliest."""
    top = max((one.rank_lo for one in certificates), default=0)
    days = [as_told(one.day, settings.partial_dates) for one in certificates if one.rank_lo == top]
    return (
        None if not days or None in days else min(day[0] for day in days),
        min((day[1] for day in days if day), default=None),
    )


def start_of_years(starts: Iterable[Start]) -> Start:
    """[a, b] over all worlds: nothing earlier than a, in any; certainly by b, in all."""
    firsts, lasts = zip(*starts, strict=True)
    return None if None in firsts else min(firsts), None if None in lasts else max(lasts)


def years(route: Route, start: Start, facts: Facts, as_of: date, settings: Settings) -> tuple[bool | None, date | None]:
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
