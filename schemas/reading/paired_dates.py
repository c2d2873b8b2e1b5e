"""A cell of several levels or titles and one of as many dates beside it, in the same order: 焊工技师、电工高级工 and 2019.6、2015.8 are a credential each."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from guantong.schemas import catalogue
from guantong.schemas.layout.columns.table_columns import TRACKS
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.contradictions.doubts import read_cell
from guantong.schemas.reading.raw_people import RawPeople
from guantong.schemas.text import is_blank, visible_text
from guantong.schemas.values.credential_cells import without_list_numbers
from guantong.schemas.values.dates import parse_date

_BETWEEN = re.compile(r"[、,，;；\n]+")
_BETWEEN_DATES = re.compile(r"[、,，;；/\n]+|\s+(?=(?:19|20)\d\d)")

SHORTEST = len("2019、2015")


def pair_dates(roster: Roster, start: int, people: RawPeople) -> None:
    """Put each credential of such a pair of cells into columns of its own, as those of a list of certificates are."""
    for track in TRACKS:
        date = f"{track}_date"
        if track not in roster.columns or date not in roster.columns:
            continue
        levels, days = people.column(track), people.column(date)
        for index in range(start, start + len(roster.people)):
            pairs = _pairs(levels[index], days[index], track, people)
            if not pairs or any(
                not is_blank(people.column(f"{name}#{n}")[index]) for n in range(2, len(pairs) + 1) for name in (track, date)
            ):
                continue
            _, file_no, sheet, _ = people.places[index]
            for number, told in enumerate(pairs, 1):
                for name, cell in zip((track, date), told):
                    numbered = name if number == 1 else f"{name}#{number}"
                    people.sheet_columns.setdefault((file_no, sheet, numbered), people.sheet_columns[file_no, sheet, name])
                    people.column(numbered)[index] = cell


def _pairs(level: object, day: object, track: str, people: RawPeople) -> list[tuple[str, str]]:
    """The credentials of a cell, each with its date; [] where they are not as many, or a higher one of an occupation would be the older."""
    if not isinstance(level, str) or not isinstance(day, str) or len(day) < SHORTEST:
        return []
    days = _days(day)
    pieces = [piece.strip() for piece in _BETWEEN.split(str(without_list_numbers(level))) if piece.strip()]
    if not 1 < len(days) == len(pieces):
        return []
    item = catalogue.fields()[track]
    held = [read_cell(piece, item, people).credentials for piece in pieces]
    if any(len(told) != 1 or told[0].first is not None for told in held) or len({told[0].occupation is None for told in held}) > 1:
        return []
    dated = sorted(
        (told[0].occupation or "", told[0].series or "", told[0].rank_hi, parse_date(day)[0], parse_date(day)[1])
        for told, day in zip(held, days)
    )
    for one, other in pairwise(dated):
        if one[:2] == other[:2] and (one[2] == other[2] or one[3] > other[4]):  # type: ignore[operator]
            return []
    return list(zip(pieces, days, strict=True))


@lru_cache(4096)
def _days(cell: str) -> tuple[str, ...]:
    """The dates of a cell that can't be read as one."""
    if parse_date(cell)[2] is None:
        return ()
    days = [part.strip() for part in _BETWEEN_DATES.split(str(without_list_numbers(visible_text(cell)))) if part.strip()]
    return tuple(days) if all(parse_date(day)[2] is None for day in days) else ()
