"""The last look at a marked copy: that it says what the original says.

What a mark changes are formats. So in most copies all that the cells say is written in the same bytes as in the original,
which is soon seen; any other copy is read, as is the original, and compared cell by cell.
"""

import io
import re
from contextlib import suppress
from datetime import date, datetime
from html import unescape
from itertools import zip_longest

import python_calamine as calamine

from guantong.reports.returned.original import STRINGS, WORKBOOK, Book, Original, Sheet, SheetTitle, read_book
from guantong.reports.returned.xlsx_sheets import sheets_of
from guantong.reports.returned.xml_trees import NotEditable, main, parse, unescaped
from guantong.schemas.files.workbook import UNCALCULATED, Refusal
from guantong.schemas.files.zip_package import MAX_INFLATED, ZipPackage
from guantong.schemas.findings import is_own_list

STYLES = "xl/styles.xml"
TEXT = re.compile(rb"<is><t[^<>]*>([^<]*)</t></is>")
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^<>]*>")
HEAD = b'<c r="'
CELL = re.compile(rb'([^"]*")(?: s="(\d+)")?(.*)', re.DOTALL)  # address, format, and what it holds, behind HEAD
LETTER = re.compile(rb"&#([1-9]\d{2,6});")
EMPTY = re.compile(rb'[A-Z]{1,3}\d+"(?: s="\d+")?(?:/>|></c>)')
SPANS = re.compile(rb'\sspans="[^"]*"')
NO_DAY = {"0", "1", "49"}  # General, whole numbers, text: formats in which no reader takes a number for a day


def check_copy(original: Original, copy: bytes) -> None:
    """Raise NotEditable unless the copy reads as the original does, cell by cell."""
    own = original.outline
    with suppress(Refusal, NotEditable, ValueError, LookupError):  # of a copy put together wrongly
        if own is not None and is_opened(copy, own) and is_alike(original.package, own, copy):
            return
    _compare(original.book, copy)


def is_opened(copy: bytes, own: list[SheetTitle]) -> bool:
    """Whether the reader opens a copy, and finds in it a first sheet and behind it these."""
    try:
        with calamine.load_workbook(io.BytesIO(copy)) as book:
            sheets = [(meta.name, meta.typ) for meta in book.sheets_metadata]
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # a panic in the reader is no Exception
        return False
    return sheets[1:] == [(sheet.name, calamine.SheetTypeEnum.WorkSheet) for sheet in own]


def is_alike(original: ZipPackage, own: list[SheetTitle], copy: bytes) -> bool:
    """Whether all that a copy's cells say is written as in the original: texts, values, formulas, merged ranges, and which are days.

    own: the original's worksheets, which the copy has behind the list of findings.
    """
    copied = ZipPackage(copy, MAX_INFLATED)
    (*_, listed), *sheets = sheets_of(copied)
    titles = [(sheet.name, sheet.state) for sheet in own]
    if titles != [(name, state) for name, state, _ in sheets] or not is_own_list(_top(copied.read(listed))):
        return False
    formats: set[tuple[bytes, bytes]] = set()
    for sheet, (_, _, part) in zip(own, sheets, strict=True):
        if not _is_sheet_alike(original.read(sheet.part), copied.read(part), formats):
            return False
    texts, styles, days = ((_part(original, name), _part(copied, name)) for name in (STRINGS, STYLES, WORKBOOK))
    return texts[0] == texts[1] and _days_from(days[0]) == _days_from(days[1]) and _are_numbers_alike(*styles, formats)


def _top(listed: bytes) -> list[list[object]]:
    """The texts of the first rows of a worksheet part that has no others than those in its cells."""
    return [[unescaped(unescape(text.decode())) for text in TEXT.findall(row)] for row in _rows(listed)[0][:20]]


def _part(package: ZipPackage, name: str) -> bytes:
    return package.read(name) if name.lower() in package.parts else b""


def _days_from(workbook: bytes) -> list[bytes]:
    """What a workbook part tells of the day from which days are counted."""
    return re.findall(rb"<(?:\w+:)?workbookPr\b[^<>]*>", workbook)


def _is_sheet_alike(one: bytes, other: bytes, formats: set[tuple[bytes, bytes]]) -> bool:
    """Whether two worksheet parts say the same; `formats` gets the numbers of the formats that cells have in the one and in the other."""
    if one == other:
        return True
    (rows, behind), (copied, after) = _rows(one), _rows(other)
    if len(rows) != len(copied) or MERGED.findall(behind) != MERGED.findall(after):
        return False
    return all(row == same or _is_row_alike(row, same, formats) for row, same in zip(rows, copied, strict=True))


def _is_row_alike(row: bytes, same: bytes, formats: set[tuple[bytes, bytes]]) -> bool:
    (tag, *cells), (tag_, *copied) = row.split(HEAD), same.split(HEAD)
    if len(cells) != len(copied):
        cells, copied = ([cell for cell in each if not EMPTY.fullmatch(cell)] for each in (cells, copied))
    if len(cells) != len(copied) or SPANS.sub(b"", tag) != SPANS.sub(b"", tag_):
        return False
    for cell, other in zip(cells, copied, strict=True):
        if cell != other and (cell := _with_letters(cell)) != (other := _with_letters(other)):
            place, used, held = CELL.fullmatch(cell).groups()
            place_, used_, held_ = CELL.fullmatch(other).groups()
            if place != place_ or held != held_:
                return False
            formats.add((used or b"0", used_ or b"0"))
    return True


def _with_letters(cell: bytes) -> bytes:
    """A cell with letters beyond ASCII as they are, which some programs write as numbers."""
    return LETTER.sub(lambda match: chr(int(match[1])).encode("utf-8", "replace"), cell) if b"&#" in cell else cell


def _rows(xml: bytes) -> tuple[list[bytes], bytes]:
    """The rows of a worksheet part, each without its closing tag, and what follows them."""
    start, end = xml.find(b"<sheetData"), xml.find(b"</sheetData>")
    return xml[start:end].split(b"</row>"), xml[end:]


def _are_numbers_alike(one: bytes, other: bytes, formats: set[tuple[bytes, bytes]]) -> bool:
    """Whether numbers are shown in the same way in each pair of formats of two style parts, or in both not as days."""
    (own, shown), (new, copied) = _numbers(one), _numbers(other)
    pairs = {(shown[int(original)], copied[int(copy)]) for original, copy in formats}
    return own == new and all(number == same or {number, same} <= NO_DAY for number, same in pairs)


def _numbers(styles: bytes) -> tuple[list[dict[str, str]], list[str]]:
    """The number formats of a style part, and the number of that of each format of cells."""
    root = parse(styles)
    own = [dict(number.attrib) for number in root.iterfind(f"{main('numFmts')}/{main('numFmt')}")]
    return own, [form.get("numFmtId", "0") for form in root.iterfind(f"{main('cellXfs')}/{main('xf')}")]


def _compare(book: Book, copy: bytes) -> None:
    """Raise NotEditable unless the copy, read, is the original."""
    try:
        read = read_book(copy, ".xlsx")
    except Refusal as problem:
        raise NotEditable("原表的内容不能原样保留") from problem
    if not (read.date1904 == book.date1904 and len(read.own) == len(book.own) and all(map(_alike, book.own, read.own))):
        raise NotEditable("原表的内容不能原样保留")


def _alike(own: Sheet, copied: Sheet) -> bool:
    pairs = zip_longest(own.rows, copied.rows, fillvalue=[])
    return set(own.merges) == set(copied.merges) and all(
        one == other or all(_same(*values) for values in zip_longest(one, other, fillvalue="")) for one, other in pairs
    )


def _same(own: object, copied: object) -> bool:
    """Whether two values are one: times to the second; a formula that was never calculated may have become text."""
    if isinstance(own, date) and isinstance(copied, date):
        one, other = (value if isinstance(value, datetime) else datetime(value.year, value.month, value.day) for value in (own, copied))
        return abs((one - other).total_seconds()) <= 1
    return own == copied or str(own) == str(copied) or (own == UNCALCULATED and str(copied).startswith("="))
