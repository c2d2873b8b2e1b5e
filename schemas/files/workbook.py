"""A workbook's sheets as grids of cells, absolute rows and columns kept: read by python-calamine, completed by what it does not tell.

Everything is read from bytes. What a file is, its content tells: an .xlsx named .xls is read all the same.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import msoffcrypto
import python_calamine as calamine

from guantong.schemas.files.csv_text import read_delimited
from guantong.schemas.files.formats import ARCHIVES, SUFFIXES
from guantong.schemas.files.markers import LOST_TEXT, UNCALCULATED
from guantong.schemas.files.number_formats import DatesWithoutDay, Unshown, Worded
from guantong.schemas.files.ods_extras import ods_facts
from guantong.schemas.files.records.xls_extras import xls_facts
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.sniff import Facts, Merge, SheetFacts, look
from guantong.schemas.files.xlsx.xlsx_blanks import without_blanks
from guantong.schemas.files.xlsx.xlsx_extras import xlsb_facts, xlsx_facts
from guantong.schemas.files.xlsx.xlsx_parts import mended
from guantong.schemas.files.zip_package import ZipPackage
from guantong.schemas.text import shown_name

__all__ = ["LOST_TEXT", "UNCALCULATED", "Refusal", "Sheet", "Workbook", "read_workbook", "shown_names"]

_WPS = frozenset({".et", ".ett"})
_FACTS = {"xlsx": xlsx_facts, "xlsb": xlsb_facts, "ods": ods_facts}
_BETTER = {"damaged": mended, "too_large": without_blanks}  # what makes an .xlsx readable that was refused so
_KNOWN = 100_000  # different texts that are looked out for while a sheet is read
_MOST_TEXTS = 3_000_000  # different texts of a sheet, each of which takes a hundred bytes; 100,000 people have a fifth of them
# With this password Excel seals a workbook whose structure is protected; it opens such a file without asking.
_NO_PASSWORD = "VelvetSweatshop"
_DAY_0, _DAY_0_OF_1904 = dt.date(1899, 12, 30), dt.date(1904, 1, 1)
_LAST_SERIAL = 2_900_000  # of the year 9839


@dataclass
class Sheet:
    """One worksheet, named as outputs show it (`shown_names`).

    ``rows[i][j]`` is the cell at row ``i + 1``, column ``j`` from 0: text, number, bool, date, '' or None; all rows are of
    one length. An error is its text (#N/A), a formula never calculated is UNCALCULATED, a text that the file does not hold is LOST_TEXT: none is
    blank. A date that shows no day is the text that it shows: 2019-08, 2019.
    ``merges`` are (first row, first column, last row, last column), from 0, both ends included, within the rows; no two
    overlap. ``hidden_rows`` and ``hidden_columns`` count from 0. ``doubtful_zeros`` are formulas whose result is stored as 0, where nothing shows that
    they were ever calculated. ``comments``: cell → what its comment (批注) says; ``comments_unread``: there are some that were not read. ``struck``: row → a bit for each column whose cell is struck out; ``partly_struck``: cells in which words are struck, of
    which only the others are here. ``unshown``: cells whose number format hides what stands in them.
    """

    name: str
    rows: list[list[object]]
    merges: list[Merge] = field(default_factory=list)
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    doubtful_zeros: frozenset[tuple[int, int]] = frozenset()
    struck: Mapping[int, int] = field(default_factory=dict)
    partly_struck: frozenset[tuple[int, int]] = frozenset()
    unshown: frozenset[tuple[int, int]] = frozenset()
    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)
    comments_unread: bool = False

    def is_struck(self, row: int, column: int) -> bool:
        return bool(self.struck.get(row, 0) >> column & 1)


@dataclass
class Workbook:
    """All worksheets in the workbook's order, hidden ones too; numbers of days are left as written where ``date1904``."""

    sheets: list[Sheet]
    date1904: bool = False
    macros: bool = False
    external_links: bool = False


def read_workbook(data: bytes, suffix: str) -> Workbook:
    """The workbook that the bytes of a file hold; ``suffix`` is the file's own, in lower case, with its dot.

    Raises Refusal: not_a_workbook, archive, unsupported_format, wps_format, encrypted, macro_sheet, too_large, damaged.
    """
    if suffix in _WPS:
        raise Refusal("wps_format")
    if suffix in ARCHIVES:
        raise Refusal("archive", ARCHIVES[suffix])
    if suffix not in SUFFIXES:
        raise Refusal("unsupported_format", shown_name(suffix) or "没有扩展名")
    try:
        return _read(data, suffix)
    except Refusal as refusal:
        opened = _unsealed(data) if refusal.code == "encrypted" else None
        if opened is None:
            raise
    return _read(opened, suffix)


def _read(data: bytes, suffix: str) -> Workbook:
    kind, container = look(data)
    if kind == "sealed":
        raise Refusal("encrypted")
    if kind == "text":
        if suffix != ".csv":
            raise Refusal("not_a_workbook", "文本或 CSV")
        return Workbook([Sheet("CSV", read_delimited(data))])
    if not isinstance(container, ZipPackage):
        return _workbook(data, xls_facts(container, data))
    try:
        return _workbook(container.data, _FACTS[kind](container))
    except Refusal as refusal:
        better = _BETTER[refusal.code](container) if refusal.code in _BETTER and kind == "xlsx" else None
        if better is None:
            raise
        return _workbook(better.data, _FACTS[kind](better))


def _workbook(data: bytes, facts: Facts) -> Workbook:
    """``data``: what calamine reads, where ``facts`` do not say otherwise."""
    return Workbook(_sheets(facts.content or data, facts), facts.date1904, facts.macros, facts.external_links)


def _unsealed(data: bytes) -> bytes | None:
    """The content of a workbook that is encrypted but needs no password, None of any other."""
    opened = io.BytesIO()
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(data))
        office.load_key(password=_NO_PASSWORD)
        office.decrypt(opened)
    except (MemoryError, ImportError):
        raise
    except Exception:  # a wrong password, or a file that msoffcrypto does not know: it raises many kinds
        return None
    found = opened.getvalue()
    return found if found != data else None


def _sheets(data: bytes, facts: Facts) -> list[Sheet]:
    try:
        with calamine.load_workbook(io.BytesIO(data)) as book:
            known = book.sheets_metadata
            if len(known) != len(facts.sheets) or not all(map(_same, known, facts.sheets)):
                raise Refusal("damaged", "工作表目录有误")
            shown = shown_names([meta.name for meta in known])
            return [
                _sheet(book.get_sheet_by_index(position), name, meta.visible, facts.sheets[position] or SheetFacts(), facts)
                for position, (meta, name) in enumerate(zip(known, shown))
                if meta.typ == calamine.SheetTypeEnum.WorkSheet
            ]
    except calamine.PasswordError as error:
        raise Refusal("encrypted") from error
    except (KeyboardInterrupt, SystemExit, Refusal, MemoryError):
        raise
    except BaseException as error:  # a panic in the reader is a BaseException, not an Exception
        raise Refusal("damaged", "内容有误") from error


def _same(meta: calamine.SheetMetadata, facts: SheetFacts | None) -> bool:
    """Whether calamine and we speak of the same sheet."""
    if facts is None:
        return meta.typ != calamine.SheetTypeEnum.WorkSheet
    return facts.name in (None, meta.name)


def _sheet(sheet: calamine.CalamineSheet, name: str, visible: calamine.SheetVisibleEnum, facts: SheetFacts, of_book: Facts) -> Sheet:
    rows = _rows(sheet, name)
    unshown = _drop_days(rows, facts.without_day, of_book.date1904)
    _put(rows, facts.partly_struck)
    _put(rows, facts.cells)
    if of_book.zeros_uncalculated and facts.zeros:
        _put(rows, dict.fromkeys(facts.zeros, UNCALCULATED))
    merges = facts.merges
    if merges is None:
        merges = [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
    height, width = len(rows), len(rows[0]) if rows else 0
    merges = _within(merges, height, width)
    if facts.struck:
        _strike_merged(facts.struck, merges)
    return Sheet(
        name,
        rows,
        merges,
        visible != calamine.SheetVisibleEnum.Visible,
        frozenset(row for row in facts.hidden_rows if row < height),
        frozenset(at for first, last in facts.hidden_columns for at in range(first, min(last + 1, width))),
        frozenset(facts.zeros if of_book.zeros_doubtful and not of_book.zeros_uncalculated else ()),
        facts.struck,
        frozenset(facts.partly_struck),
        unshown,
        facts.comments,
        facts.comments_unread,
    )


def _rows(sheet: calamine.CalamineSheet, name: str) -> list[list[object]]:
    """The cells of a sheet from A1, row by row and equal texts as one: read at once they would take half as much memory again."""
    left = [""] * (sheet.start[1] if sheet.start else 0)  # the reader passes over empty columns at the left
    rows: list[list[object]] = []
    known: dict[str, str] = {}
    different = 0
    try:
        for cells in sheet.iter_rows():
            rows.append(left + [known.setdefault(cell, cell) if cell.__class__ is str else cell for cell in cells])
            if len(known) > _KNOWN:
                different += len(known)
                known.clear()
                if different > _MOST_TEXTS:
                    raise Refusal("too_large", f"工作表“{name}”中不同的文字超过{_MOST_TEXTS // 10_000}万个")
    except (KeyboardInterrupt, SystemExit, MemoryError, Refusal):
        raise
    except BaseException as error:  # a panic is a BaseException: a number that is shown as a date, and is none
        raise Refusal("damaged", f"工作表“{name}”第{len(rows) + 1}行有无法读取的日期") from error
    return rows


def _drop_days(rows: list[list[object]], cells: DatesWithoutDay, date1904: bool) -> frozenset[tuple[int, int]]:
    """Write dates that show no day, or no year, and numbers that are shown in words, as what they show; the cells that show nothing of what they hold."""
    unshown = set[tuple[int, int]]()
    for row, column, shown in cells:
        if row >= len(rows) or column >= len(rows[row]):
            continue
        cell = rows[row][column]
        if isinstance(shown, Unshown):
            if cell not in ("", None) and (shown.texts if cell.__class__ is str else shown.numbers):
                unshown.add((row, column))
            continue
        if isinstance(shown, Worded):
            if cell.__class__ in (int, float) and float(cell).is_integer():
                rows[row][column] = shown.text(int(cell))
            continue
        day = _day(cell, date1904)
        if day is not None:
            texts = {"month": f"{day.year}-{day.month:02}", "year": str(day.year), "no year": f"{day.month}月{day.day}日"}
            rows[row][column] = texts[shown]
    return frozenset(unshown)


def _day(cell: object, date1904: bool) -> dt.date | None:
    """A date, or a number that is shown as one; None for any other cell."""
    if isinstance(cell, dt.date):
        return cell
    if not isinstance(cell, int | float) or isinstance(cell, bool) or not 1 <= cell < _LAST_SERIAL:
        return None
    return (_DAY_0_OF_1904 if date1904 else _DAY_0) + dt.timedelta(days=int(cell))


def _put(rows: list[list[object]], cells: dict[tuple[int, int], str]) -> None:
    """Write cells into a grid, which grows to hold them."""
    if not cells:
        return
    height = max(len(rows), max(row for row, _ in cells) + 1)
    width = max(len(rows[0]) if rows else 0, max(column for _, column in cells) + 1)
    for row in rows:
        row += [""] * (width - len(row))
    rows += [[""] * width for _ in range(height - len(rows))]
    for (at, column), text in cells.items():
        rows[at][column] = text


def _within(merges: list[Merge], height: int, width: int) -> list[Merge]:
    """Merged ranges cut to the grid. Raises Refusal where they overlap: their cells would be more than the grid's."""
    found = [
        (top, left, min(bottom, height - 1), min(right, width - 1))
        for top, left, bottom, right in dict.fromkeys(merges)
        if top < height and left < width
    ]
    if sum((bottom - top + 1) * (right - left + 1) for top, left, bottom, right in found) > height * width:
        raise Refusal("damaged", "合并单元格互相重叠")
    return found


def _strike_merged(struck: dict[int, int], merges: list[Merge]) -> None:
    """A merged range is struck where its first cell is, whatever the styles of those that it covers."""
    for top, left, bottom, right in merges:
        covered = ((1 << right - left + 1) - 1) << left
        is_struck = struck.get(top, 0) >> left & 1
        for row in range(top, bottom + 1):
            if is_struck or row in struck:
                struck[row] = struck.get(row, 0) | covered if is_struck else struck[row] & ~covered


LONGEST_NAME = 100  # characters of a sheet's name that outputs show; Excel allows 31


def shown_names(names: list[str]) -> list[str]:
    """Sheet names as outputs show them: ID numbers in them masked, and still no two alike."""
    shown: dict[str, None] = {}
    for number, name in enumerate((shown_name(name[: 10 * LONGEST_NAME])[:LONGEST_NAME] for name in names), 1):
        while name in shown or not name:
            name = f"{name}#{number}"
        shown[name] = None
    return list(shown)
