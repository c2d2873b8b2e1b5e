"""A roster of another format, or a large one, written anew: every sheet's values, with the same marks."""

import datetime
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from guantong.reports import style
from guantong.reports.returned import marks
from guantong.reports.returned.finding_list import head_row, list_sheet
from guantong.reports.returned.in_place.covered_cells import covered_lines
from guantong.reports.returned.original import Book, Merge, Sheet
from guantong.reports.xlsx.cells import CHARACTERS, COLUMNS, ROWS, content_of, is_too_long
from guantong.reports.xlsx.stream_sheet import StreamSheet, StreamWorkbook
from guantong.reports.xlsx.xlsxwriter_private import AnySheetNames, NoRows, format_number
from guantong.schemas.files.cell_address import CellAddress, column_letters
from guantong.schemas.files.workbook import UNCALCULATED

SAMPLE = 200  # rows by which the columns' widths are set
NARROWEST, WIDEST = 6, 40
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")  # in a sheet's name
LENGTH = 31  # of a sheet's name, in UTF-16 units
Content = Callable[[object], tuple[str, str]]
MOST_MERGED = 1_000_000  # cells of merged ranges that are kept
KEPT = (
    "本副本只保留各表的内容、批注、合并单元格和整格的删除线：公式已换为计算结果（没有结果的保留为文字）；"
    "单元格内划去的部分文字、其他格式、下拉选项、隐藏的行列、图形、宏和外部链接没有保留。"
)


class CopyBook(AnySheetNames, StreamWorkbook):
    """The workbook of a copy, which may have thousands of sheets."""


class CopySheet(NoRows, StreamSheet):
    """A sheet of the enterprise in its copy, which may have a million rows."""


class ListSheet(StreamSheet):
    """The list of findings in a copy; of XlsxWriter's own sheet nothing is written."""

    xml: Iterator[str]

    def pieces(self, frame: str, before: int) -> Iterator[str]:
        """As `StreamSheet.pieces`."""
        return self.xml


class CopyFormats:
    """The formats of a copy; `index`: {(what, severity or None, struck out): the number by which a cell names it}; `listed`: those of the list."""

    NUMBERS = {
        "text": "@", "general": "General", "long": "0", "date": style.DATE, "datetime": style.DATETIME,
        "time": "hh:mm:ss", "span": "[h]:mm:ss",
    }  # fmt: skip
    FILLS = {None: {}, **{severity: {"bg_color": colour} for severity, colour in marks.FILLS.items()}}

    def __init__(self, book: StreamWorkbook) -> None:
        base = {"font_name": style.FONT, "font_size": 10, "valign": "top"}
        of = {
            (what, severity, struck): book.add_format({**base, **fill, "num_format": number, "font_strikeout": struck})
            for struck in (False, True)
            for what, number in self.NUMBERS.items()
            for severity, fill in self.FILLS.items()
        }
        self.index = {key: format_number(cell_format) for key, cell_format in of.items()}
        listed = {
            "title": {"bold": True, "font_size": 14},
            "head": {"bold": True, "bg_color": style.HEAD_FILL, "text_wrap": True},
            "small": {"text_wrap": True},
            "link": {"font_color": "#0563C1", "underline": 1, "text_wrap": True},
        }
        self.listed = {name: format_number(book.add_format(base | more)) for name, more in listed.items()}


def rewrite(
    book: Book, target: Path, copy_marks: marks.Marks, reason: str, created: datetime.datetime, formulas: dict[str, dict[CellAddress, str]]
) -> None:
    """Write to `target` the list of findings, then every sheet of the enterprise with its marks.

    reason: why the original is not marked itself. created: the only time that the copy holds. formulas: {sheet:
    {(row, column): text}} of those that were never calculated, which are put into `book`. Dates stay dates, text stays text.
    """
    # numbers that are days, but do not look it, stay the same days only if counted from the same one
    copy = CopyBook(target, {**style.SAFE_OPTIONS, "date_1904": book.date1904})
    copy.set_properties({"created": created})
    add_copy(copy, book, copy_marks, reason, formulas)
    copy.close()


def add_copy(
    copy: StreamWorkbook,
    book: Book,
    copy_marks: marks.Marks,
    reason: str,
    formulas: dict[str, dict[CellAddress, str]],
    used: Iterable[str] = (),
) -> None:
    """Add to `copy`, which may have sheets called as in `used`, the list of findings and the sheets of the enterprise, as `rewrite` does."""
    names = _names([sheet.name for sheet in book.own], used)
    for sheet in book.own:
        _put_formulas(sheet.rows, formulas.get(sheet.name, {}))
    lost = dict.fromkeys(chain.from_iterable(map(_lost, book.own)))
    remarks = [*copy_marks.remarks, f"{reason}，{KEPT}", *(f"另有{what}。" for what in lost)]
    formats, content = CopyFormats(copy), content_of(copy.date_1904, copy.text_number)
    _list(copy.add_worksheet(names[None], worksheet_class=ListSheet), replace(copy_marks, remarks=remarks), names, formats)
    for sheet in book.own:
        page = copy.add_worksheet(names[sheet.name], worksheet_class=CopySheet)
        if sheet.state != "visible":
            page.very_hidden() if sheet.state == "veryHidden" else page.hide()
        areas = [(top + 1, left + 1, bottom + 1, right + 1) for top, left, bottom, right in sheet.merges]
        _copy(page, sheet, marks.anchored(copy_marks.cells.get(sheet.name, {}), areas), formats, content)
        page.merge_areas(_merges(sheet.merges))


def _names(originals: list[str], used: Iterable[str] = ()) -> dict[str | None, str]:
    """{original sheet name: a name that Excel takes, used once, and not among `used`}; the list of findings, named last, is None."""
    names: dict[str | None, str] = {}
    taken = {name.casefold(): 1 for name in used}  # a name used, and the last number tried behind it
    for original in [*originals, None]:
        base = _shortened(FORBIDDEN.sub("_", marks.plain(marks.TITLE if original is None else original)), LENGTH)
        base = "_History" if base.casefold() == "history" else base  # Excel keeps that name for itself
        name, number = base, taken.get(base.casefold(), 1)
        while name.casefold() in taken:
            number += 1
            name = f"{_shortened(base, LENGTH - len(str(number)))}{number}"
        taken[base.casefold()] = number
        taken[name.casefold()] = taken.get(name.casefold(), 1)
        names[original] = name
    return names


def _shortened(name: str, longest: int) -> str:
    while len(name.encode("utf-16-le")) > 2 * longest:
        name = name[:-1]
    return name.strip("'") or "_"


def _merges(merges: list[Merge]) -> list[Merge]:
    """Merged ranges as XlsxWriter holds them: its merge_range would write the cells anew, out of their order. None may overlap."""
    kept: list[Merge] = []
    taken: set[CellAddress] = set()
    for top, left, bottom, right in merges:
        size = (bottom - top + 1) * (right - left + 1)
        if not 1 < size <= MOST_MERGED - len(taken) or bottom >= ROWS or right >= COLUMNS:
            continue
        cells = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        if cells.isdisjoint(taken):
            taken |= cells
            kept.append((top, left, bottom, right))
    return kept


def _put_formulas(rows: list[list], formulas: dict[CellAddress, str]) -> None:
    """Put into a sheet's rows the text of each formula that was never calculated."""
    for (row, column), text in formulas.items():
        if row <= len(rows) and column <= len(rows[0]) and rows[row - 1][column - 1] == UNCALCULATED:
            rows[row - 1][column - 1] = text


def _lost(sheet: Sheet) -> Iterator[str]:
    """What a sheet of Excel does not hold, and comments that were not read."""
    if sheet.comments_unread:
        yield "未能读取的批注没有写入"
    for at, values in enumerate(sheet.rows):
        if at >= ROWS or len(values) > COLUMNS:
            yield "超出 Excel 行数或列数的内容未写入"
        if at < ROWS and any(is_too_long(value) for value in values[:COLUMNS] if isinstance(value, str)):
            yield f"超过 {CHARACTERS} 个字的内容已截断"


def _copy(page: CopySheet, sheet: Sheet, cells: dict[CellAddress, marks.Mark], formats: CopyFormats, content: Content) -> None:
    """Put a sheet's rows and marks."""
    rows = sheet.rows
    by_row: dict[int, dict[int, marks.Mark]] = defaultdict(dict)
    for (row, column), mark in cells.items():
        if row <= ROWS and column <= COLUMNS:
            by_row[row - 1][column - 1] = mark
    for column, width in enumerate(_widths(rows[:SAMPLE])[:COLUMNS]):
        page.set_column(column, column, width)
    height = min(ROWS, max([len(rows), *(row + 1 for row in by_row)]))
    width = min(COLUMNS, max([len(values) for values in rows[:1]] + [max(marked) + 1 for marked in by_row.values()], default=0))
    if height and width:
        page.put(0, height, width, _row_elements(sheet, by_row, formats, content))
    for row, marked in by_row.items():
        for column, mark in marked.items():
            if mark.commented:
                text = mark.comment + covered_lines(None, "", sheet.comments.get((row, column), ""))
                size = {"width": marks.WIDTH, "height": marks.comment_height(text)}
                page.write_comment(row, column, text, {"author": marks.TITLE, **size})
    for (row, column), text in sheet.comments.items():
        mark = by_row.get(row, {}).get(column)
        if row < ROWS and column < COLUMNS and not (mark and mark.commented):
            page.write_comment(row, column, text, {"author": ""})


def _row_elements(sheet: Sheet, by_row: dict[int, dict[int, marks.Mark]], formats: CopyFormats, content: Content) -> Iterator[str]:
    for at, values in enumerate(islice(sheet.rows, ROWS)):
        yield _row(at, values[:COLUMNS], by_row.get(at, {}), sheet.struck.get(at, 0), formats, content)
    for at in sorted(row for row in by_row if row >= len(sheet.rows)):
        yield _row(at, [], by_row[at], 0, formats, content)


def _row(at: int, values: list, marked: dict[int, marks.Mark], struck: int, formats: CopyFormats, content: Content) -> str:
    """The <row> element of row `at` (from 0); empty where it has no cell. struck: a bit for each column whose cell is struck out."""
    cells = []
    if marked:
        values = values + [""] * (max(marked) + 1 - len(values))
    for column, value in enumerate(values):
        severity = marked[column].severity if column in marked else None
        if value == "" or value is None:
            if severity:
                cells.append(f'<c r="{column_letters(column + 1)}{at + 1}" s="{formats.index["general", severity, False]}"/>')
            continue
        what, xml = content(value)
        if what == "long" and severity and abs(value) >= marks.INEXACT:
            what = "text"
        cells.append(f'<c r="{column_letters(column + 1)}{at + 1}" s="{formats.index[what, severity, bool(struck >> column & 1)]}"{xml}')
    return f'<row r="{at + 1}">{"".join(cells)}</row>' if cells else ""


def _widths(rows: Iterable[list]) -> list[float]:
    """Widths of the columns by their longest value, within bounds."""
    widths: list[float] = []
    for row in rows:
        for column, value in enumerate(row):
            if column == len(widths):
                widths.append(NARROWEST)
            widths[column] = min(WIDEST, max(widths[column], style.text_width(str(value)) + 2))
    return widths


def _list(page: ListSheet, copy_marks: marks.Marks, names: dict[str | None, str], formats: CopyFormats) -> None:
    """The first sheet. XlsxWriter is told what of it the workbook names: its filter, and the head that is printed on each page."""
    head = head_row(copy_marks) - 1
    page.write_string(0, 0, marks.TITLE)
    page.autofilter(head, 0, head + len(copy_marks.entries), len(marks.HEADERS) - 1)
    page.repeat_rows(head)
    page.xml = list_sheet(copy_marks, formats.listed.__getitem__, names.__getitem__)
