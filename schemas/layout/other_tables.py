"""Rows that look like headers below people: of which a person is none, and which head a table that is not read by the headers above it."""

from __future__ import annotations

import re
from functools import cache

from guantong.schemas import catalogue
from guantong.schemas.layout.columns.column_contents import are_level_words, are_title_words
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
    return _is_day(cell) or are_level_words([cell]) or are_title_words([cell])


def _is_day(cell: object) -> bool:
    """Whether a cell is a day or a month."""
    first, last, _ = parse_date(cell)
    return first is not None and last is not None and (first.year, first.month) == (last.year, last.month)


def heads_other_table(roster: Roster, row: int) -> bool:
    """Whether a row below people heads a table of other columns: it names the person in a word of headers, tells nothing of anybody, and says
    something else above two columns or more than the roster's header does.
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
    says = {at: recognise_header((header_text(cells[at]),)) for at in filled}
    known = sum(1 for at in filled if says[at] or names_person(header_text(cells[at])))
    read_as = {at: name for name, positions in roster.columns.items() for at in positions}
    others = sum(1 for at in filled if at in read_as and says[at] != read_as[at] and not is_header(roster, cells, at))
    return known >= 2 and others >= 2


def _holds_somebody(roster: Roster, row: int) -> bool:
    cells = roster.sheet.rows[row]
    return is_somebody(norm(roster.cell(row, "name"))) and any(map(tells_of_person, cells))


def tells_of_people(cells: list[object]) -> bool:
    """Whether a row without a header is a person's: a name, by its surname, with a level or title and a day or month beside."""
    texts = [norm(cell) for cell in cells if not is_blank(cell)]
    named = any(is_somebody(text) and len(text) < 4 and text[0] in _surnames() for text in texts)
    return named and any(are_level_words([text]) or are_title_words([text]) for text in texts) and any(map(_is_day, cells))


@cache
def _surnames() -> frozenset[str]:
    return frozenset(row["surname"] for row in catalogue.rows("surnames"))
