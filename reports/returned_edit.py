"""A small .xlsx or .xlsm marked in place by openpyxl, its own formatting kept."""

import warnings
from pathlib import Path
from zipfile import BadZipFile

import openpyxl
from openpyxl.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from guantong.reports import look, marks

LINKS = 60_000  # Excel holds 65,530 in a sheet
FILLS = {"error": look.ERROR, "warning": look.WARNING}
# What openpyxl raises on workbooks that Excel opens (odd styles, strict or WPS dialects).
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, SyntaxError, InvalidFileException, BadZipFile)


class NotEditable(Exception):
    """openpyxl cannot load this workbook; the message says so, for the reader of the copy."""


def edit(source: Path, target: Path, found: marks.Marks, sheets: list[str]) -> None:
    """Copy `source` to `target` with the marks, a comment on each, and a first sheet that lists them.

    sheets: the worksheets that another reader found. Formulas become their cached values.
    Raises NotEditable where openpyxl cannot load it or sees other sheets, ValueError for a mark
    on a sheet that is not there.
    """
    book = _load(source, sheets)
    _strip(book)
    for sheet, cells in found.cells.items():
        if sheet not in book.sheetnames:
            raise ValueError(f"{source.name} 没有工作表“{sheet}”，数据问题与文件不符")
        for (row, column), mark in cells.items():
            _mark(_anchor(book[sheet], row, column), mark)
    _list(book, found)
    book.save(target)


def _load(source: Path, sheets: list[str]) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of what it cannot keep: the copy says so
        try:
            book = openpyxl.load_workbook(source, data_only=True, keep_links=False, keep_vba=False)
        except UNREADABLE as problem:
            raise NotEditable(f"原表的格式不能原样保留（{type(problem).__name__}）") from problem
    if [sheet.title for sheet in book.worksheets] != sheets:
        raise NotEditable("原表的工作表不能原样保留")
    return book


def _strip(book: Workbook) -> None:
    """Leave out what must not travel on: links, pivots, pictures, and names or lists from other workbooks."""
    for names in (book.defined_names, *(sheet.defined_names for sheet in book.worksheets)):
        for name in [name for name, entry in names.items() if "[" in (entry.value or "")]:
            del names[name]
    for sheet in list(book.chartsheets):
        book.remove(sheet)
    for sheet in book.worksheets:
        sheet._charts, sheet._images, sheet._pivots = [], [], []
        rules = sheet.data_validations.dataValidation
        sheet.data_validations.dataValidation = [rule for rule in rules if "[" not in f"{rule.formula1 or ''}{rule.formula2 or ''}"]
        for cell in [cell for cell in sheet._cells.values() if isinstance(cell, Cell) and cell.hyperlink]:
            cell._hyperlink = None


def _anchor(sheet: Worksheet, row: int, column: int) -> Cell:
    """The cell, or the first cell of the merged range that covers it."""
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        area = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
        cell = sheet.cell(area.min_row, area.min_col)
    return cell


def _mark(cell: Cell, mark: marks.Mark) -> None:
    cell.fill = PatternFill("solid", fgColor="FF" + FILLS[mark.severity][1:])
    text = mark.comment
    if cell.comment is not None:
        text = f"{text}\n\n原批注：{cell.comment.text}"
    cell.comment = Comment(text, marks.TITLE, height=mark.height, width=marks.WIDTH)


def _list(book: Workbook, found: marks.Marks) -> None:
    """The first sheet: remarks, then a line per finding with a link to its cell."""
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = False
    sheet = book.create_sheet(_free(book, marks.TITLE), 0)
    book.active = 0
    heavy = {"bold": True, "name": look.FONT}
    _put(sheet, 1, 1, marks.TITLE, Font(size=14, **heavy), wrap=False)
    sheet.row_dimensions[1].height = look.TITLE_HEIGHT
    for row, remark in enumerate(found.remarks, 2):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(marks.HEADERS))
        _put(sheet, row, 1, remark, Font(name=look.FONT, size=10))
        sheet.row_dimensions[row].height = look.height_of(look.lines_of(remark, sum(marks.WIDTHS)))
    head = len(found.remarks) + 2
    for column, (header, width) in enumerate(zip(marks.HEADERS, marks.WIDTHS, strict=True), 1):
        _put(sheet, head, column, header, Font(size=10, **heavy)).fill = PatternFill("solid", fgColor="FFDCE6F1")
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, entry in enumerate(found.entries, head + 1):
        _entry(sheet, row, entry)
    _page(sheet, head)


def _entry(sheet: Worksheet, row: int, entry: marks.Entry) -> None:
    for column, value in enumerate(entry.values, 1):
        _put(sheet, row, column, value, Font(name=look.FONT, size=10))
    sheet.row_dimensions[row].height = entry.height
    if entry.cell and row < LINKS:
        name, at, column = entry.cell
        cell = sheet.cell(row, 3)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=marks.link(name, f"{get_column_letter(column)}{at}"))
        cell.font = Font(name=look.FONT, size=10, color="FF0563C1", underline="single")


def _put(sheet: Worksheet, row: int, column: int, text: str, font: Font, wrap: bool = True) -> Cell:
    """Write text that stays text, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type = "s"
    cell.font, cell.alignment = font, Alignment(wrap_text=wrap, vertical="top")
    return cell


def _page(sheet: Worksheet, head: int) -> None:
    sheet.freeze_panes = sheet.cell(head + 1, 1)
    sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(marks.HEADERS))}{sheet.max_row}"
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = look.DISCLAIMER, "第 &P 页，共 &N 页"


def _free(book: Workbook, name: str) -> str:
    """`name`, or `name` with the first number that no sheet has."""
    taken = {title.casefold() for title in book.sheetnames}
    return next(f"{name}{n or ''}" for n in range(len(taken) + 1) if f"{name}{n or ''}".casefold() not in taken)
