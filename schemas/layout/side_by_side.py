"""Tables that stand side by side in a sheet, of other people each: the sheet as strips, one for each table."""

from __future__ import annotations

from dataclasses import replace

from guantong.schemas.files.workbook import Sheet
from guantong.schemas.layout.headers import header_text, is_person_header
from guantong.schemas.layout.sections import is_section
from guantong.schemas.text import is_blank, norm

ROWS_LOOKED_AT = 200  # below the header, in which people are compared
MOST_TABLES = 50  # beside each other; what repeats its header more often is no sheet of people, and would be read as often


def strips_of(sheet: Sheet, naming: list[int]) -> list[Sheet]:
    """The strips of a sheet in which a header of names stands again beside itself, and below it other names; [] where there is no such.

    ``naming``: the rows in which a header that names the person stands. Cells of other strips are blank in each, but for lines that stand alone.
    """
    for row in naming:
        starts = _starts(sheet.rows[row])
        if 1 < len(starts) <= MOST_TABLES:
            ends = [*starts[1:], len(sheet.rows[row])]
            return [_strip(sheet, row, start, end) for start, end in zip(starts, ends)] if _of_others(sheet, row, starts) else []
    return []


def _starts(header: list[object]) -> list[int]:
    """Where the tables begin that a header row heads: each has as many columns before that of names, of the same texts."""
    texts = [header_text(cell) if cell.__class__ is str else "" for cell in header]
    first = next((at for at, cell in enumerate(header) if cell.__class__ is str and is_person_header(str(cell))), None)
    if first is None:
        return []
    begin = next(at for at, text in enumerate(texts) if text)
    lead = texts[begin : first + 1]
    return [at for at in range(begin, len(texts)) if texts[at : at + len(lead)] == lead]


def _of_others(sheet: Sheet, row: int, starts: list[int]) -> bool:
    """Whether the names below are different ones: a name that is only written again is the same person's."""
    header = sheet.rows[row]
    offset = next(at for at, cell in enumerate(header) if cell.__class__ is str and is_person_header(str(cell))) - starts[0]
    different = False
    for cells in sheet.rows[row + 1 : row + 1 + ROWS_LOOKED_AT]:
        names = [norm(cells[start + offset]) for start in starts if not is_blank(cells[start + offset])]
        if len(set(names)) < len(names):
            return False
        different = different or len(names) > 1
    return different


def _strip(sheet: Sheet, row: int, start: int, end: int) -> Sheet:
    rows = [cells if _stands_alone(cells, at < row) else _cut(cells, start, end) for at, cells in enumerate(sheet.rows)]
    merges = [merge for merge in sheet.merges if merge[0] < row or start <= merge[1] < end]
    return replace(sheet, rows=rows, merges=merges)


def _cut(cells: list[object], start: int, end: int) -> list[object]:
    return [cell if start <= at < end else "" for at, cell in enumerate(cells)]


def _stands_alone(cells: list[object], above: bool) -> bool:
    """Whether a row holds a line that is of all tables: a title or a fact of the unit above them, or the title of a section."""
    filled = [cell for cell in cells if not is_blank(cell)]
    return len(filled) <= 2 if above else len(filled) == 1 and is_section(norm(filled[0]))
