"""The first sheet of a marked original: remarks, then a line per finding with a link to its cell."""

from functools import cache

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from guantong.reports import look, marks

SMALL = Font(name=look.FONT, size=10)
BOLD = Font(name=look.FONT, size=10, bold=True)
TITLE = Font(name=look.FONT, size=14, bold=True)
LINK = Font(name=look.FONT, size=10, color="FF0563C1", underline="single")


def write_list(book: Workbook, found: marks.Marks) -> None:
    """Put the list of findings before the sheets of `book`."""
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = False
    sheet = book.create_sheet(_free(book, marks.TITLE), 0)
    book.active = 0
    _put(sheet, 1, 1, marks.TITLE, TITLE, wrap=False)
    sheet.row_dimensions[1].height = look.TITLE_HEIGHT
    for row, remark in enumerate(found.remarks, 2):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(marks.HEADERS))
        _put(sheet, row, 1, marks.plain(remark), SMALL)
        sheet.row_dimensions[row].height = look.height_of(look.lines_of(remark, sum(marks.WIDTHS)))
    head = len(found.remarks) + 2
    for column, (header, width) in enumerate(zip(marks.HEADERS, marks.WIDTHS, strict=True), 1):
        _put(sheet, head, column, header, BOLD).fill = PatternFill("solid", fgColor=f"FF{look.HEAD[1:]}")
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, entry in enumerate(found.entries, head + 1):
        _entry(sheet, row, entry)
    _page(sheet, head)


def _entry(sheet: Worksheet, row: int, entry: marks.Entry) -> None:
    for column, value in enumerate(entry.values, 1):
        _put(sheet, row, column, value, SMALL)
    sheet.row_dimensions[row].height = entry.height
    if entry.cell and row < marks.LINKS:
        name, at, column = entry.cell
        cell = sheet.cell(row, 3)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=marks.link(name, f"{get_column_letter(column)}{at}"))
        cell.font = LINK


def _put(sheet: Worksheet, row: int, column: int, text: str, font: Font, wrap: bool = True) -> Cell:
    """Write text that stays text, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type = "s"
    cell.font, cell.alignment = font, _alignment(wrap)
    return cell


@cache
def _alignment(wrap: bool) -> Alignment:
    return Alignment(wrap_text=wrap, vertical="top")


def _page(sheet: Worksheet, head: int) -> None:
    sheet.freeze_panes = sheet.cell(head + 1, 1)
    sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(marks.HEADERS))}{sheet.max_row}"
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = look.DISCLAIMER, "第 &P 页，共 &N 页"


def _free(book: Workbook, name: str) -> str:
    """`name`, or `name` with the first number that no sheet has."""
    taken = {title.casefold() for title in book.sheetnames}
    return next(f"{name}{n or ''}" for n in range(len(taken) + 1) if f"{name}{n or ''}".casefold() not in taken)
