"""Tables that stand side by side in a sheet, of other people each: the sheet as strips, one for each table."""

from __future__ import annotations

import re
from dataclasses import replace

from guantong.schemas.files.workbook import Sheet
from guantong.schemas.layout.headers import header_text, is_person_header
from guantong.schemas.layout.sections import is_section
from guantong.schemas.text import is_blank, norm

ROWS_LOOKED_AT = 200  # below the header, in which people are compared
_OF_NOBODY = re.compile("代码|编码|代号|人数|人次|数量|合计|小计|占比|比例|指标|名额|选项|说明|解释|含义")
MOST_TABLES = 50  # beside each other; what repeats its header more often is no sheet of people, and would be read as often


def strips_of(sheet: Sheet, naming: list[int]) -> list[Sheet]:
    """The strips of a sheet in which a header of names stands again beside itself, and below it other names; [] where there is no such.

    ``naming``: the rows in which a header that names the person stands. Cells of other strips are blank in each, but for lines that stand alone.
    """
    for row in naming:
        starts = _starts(sheet.rows[row])
        if 1 < len(starts) <= MOST_TABLES:
            ends = [*starts[1:], len(sheet.rows[row])]
            titled = row > 0 and _titles_each(sheet.rows[row - 1], starts)
            return [_strip(sheet, row - titled, start, end) for start, end in zip(starts, ends)] if _of_others(sheet, row, starts) else []
    return []


def beside(sheet: Sheet, row: int) -> list[int]:
    """The columns of tables that stand right of the one that row ``row`` heads, behind a blank column, and are of nobody in it: lists of codes, counts.

    Such a table has no names, says what the other one says or has codes and counts, and does not end where the people end.
    """
    header = sheet.rows[row]
    named = next((at for at, cell in enumerate(header) if cell.__class__ is str and is_person_header(str(cell))), None)
    if named is None or not any(is_blank(cell) for cell in header[named:]):
        return []
    below = sheet.rows[row + 1 : row + 1 + ROWS_LOOKED_AT]
    parts = _parts(header, below)
    own = next((part for part in parts if named in part), None)
    if own is None:
        return []
    own_texts = {header_text(header[at]) for at in own}
    last = max((at for at, cells in enumerate(below) if not is_blank(cells[named])), default=-1)
    found: list[int] = []
    for part in (part for part in parts if part.start > own.start):
        texts = [header_text(header[at]) for at in part if not is_blank(header[at])]
        if any(is_person_header(str(header[at])) for at in part):
            continue
        filled = [any(not is_blank(cells[at]) for at in part) for cells in below]
        ends = max((at for at, is_filled in enumerate(filled) if is_filled), default=-1)
        apart = ends != last if any(map(_OF_NOBODY.fullmatch, texts)) else ends > last and bool(own_texts.intersection(texts))
        if apart and ends >= 0 and all(filled[: ends + 1]):
            found += part
    return found


def _parts(header: list[object], below: list[list[object]]) -> list[range]:
    """The runs of columns that are not blank from the header down."""
    used = [not is_blank(cell) or any(not is_blank(cells[at]) for cells in below) for at, cell in enumerate(header)]
    starts = [at for at, is_used in enumerate(used) if is_used and (at == 0 or not used[at - 1])]
    return [range(start, next((at for at in range(start, len(used)) if not used[at]), len(used))) for start in starts]


def without(sheet: Sheet, row: int, columns: list[int]) -> Sheet:
    """The sheet without what stands below row ``row`` in ``columns``, and in it."""
    gone = set(columns)
    rows = [
        ["" if at in gone else cell for at, cell in enumerate(cells)] if number >= row else cells for number, cells in enumerate(sheet.rows)
    ]
    return replace(sheet, rows=rows)


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


def _titles_each(cells: list[object], starts: list[int]) -> bool:
    """Whether a row says something of each table at its left edge, and nothing else: 技能人才 | 专业技术人才."""
    filled = [at for at, cell in enumerate(cells) if not is_blank(cell)]
    return filled == starts and not any(":" in norm(cells[at]) for at in filled)


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
