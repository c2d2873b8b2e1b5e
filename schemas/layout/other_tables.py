"""Rows that look like headers below people: of which a person is none, and which head a table that is not read by the headers above it."""

from __future__ import annotations

import re

from guantong.schemas.layout.column_contents import are_level_words, are_title_words
from guantong.schemas.layout.headers import header_text, names_person, recognise_header
from guantong.schemas.layout.person_rows import is_header, is_somebody
from guantong.schemas.layout.roster import FEWEST_FIELDS, Roster
from guantong.schemas.text import is_blank, norm
from guantong.schemas.values.dates import parse_date

_LONGEST_TOLD = 20  # characters of a header, level, title or day
_PEOPLE_LOOKED_AT = 10  # rows below a header in which somebody is looked for


def tells_of_person(cell: object) -> bool:
    """Whether a cell says by itself what is told of people: a level, a title, a day or a month; a year may be a header."""
    text = norm(cell)
    if not text or len(text) > _LONGEST_TOLD:
        return False
    first, last, _ = parse_date(cell)
    in_month = first is not None and last is not None and (first.year, first.month) == (last.year, last.month)
    return in_month or are_level_words([cell]) or are_title_words([cell])


def heads_other_table(roster: Roster, row: int) -> bool:
    """Whether a row below people heads a table of other columns: it names the person in a word of headers, tells nothing of anybody, and says
    something else above most of its columns than the roster's header does.
    """
    cells = roster.sheet.rows[row]
    filled = [at for at, cell in enumerate(cells) if not is_blank(cell)]
    if len(filled) < FEWEST_FIELDS - 1 or not any(
        _holds_somebody(roster, above) for above in range(roster.last_header_row + 1, row)[:_PEOPLE_LOOKED_AT]
    ):
        return False
    texts = [norm(cells[at]) for at in filled]
    if any(re.search(r"[:：]|\d{4}", text) or len(text) > _LONGEST_TOLD for text in texts) or any(
        map(tells_of_person, (cells[at] for at in filled))
    ):
        return False
    known = sum(1 for text in texts if recognise_header((header_text(text),)) or names_person(header_text(text)))
    same = sum(1 for at in filled if at in roster.headers and is_header(roster, cells, at))
    return known >= 2 and same * 2 < len(filled)


def _holds_somebody(roster: Roster, row: int) -> bool:
    cells = roster.sheet.rows[row]
    return is_somebody(norm(roster.cell(row, "name"))) and any(map(tells_of_person, cells))
