"""A plain model of a workbook's sheets, and writing it as .xlsx, .xls or .ods."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from guantong.sample_data.untidy import Cell

XLS_ROWS = 65_536
BIG_ROWS = 20_000  # above this an .xlsx is streamed: only merges within one row
DATE_FORMATS = ("yyyy-mm-dd", "yyyy/m/d", 'yyyy"年"m"月"d"日"')
_CREATED = datetime(2025, 11, 3, 9, 0)  # fixed: the same seed gives the same bytes


@dataclass
class Sheet:
    """One sheet: rows of cells from A1, merged ranges (row, column, row, column from 0), and what it looks like."""

    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    headings: dict[int, str] = field(default_factory=dict)  # row -> 'title' or 'header'
    hidden: bool = False
    drop_downs: list[tuple[int, int, int, str]] = field(default_factory=list)  # first row, last row, column, source
    date_format: str = DATE_FORMATS[0]


def write(path: Path, sheets: list[Sheet]) -> None:
    """Write the sheets in the format that the path's suffix names."""
    {".xlsx": _write_xlsx, ".xls": _write_xls, ".ods": _write_ods}[path.suffix](path, sheets)


def _write_xlsx(path: Path, sheets: list[Sheet]) -> None:
    import xlsxwriter

    big = any(len(sheet.rows) > BIG_ROWS for sheet in sheets)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": big, "in_memory": not big}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": _CREATED})
    looks = {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
        "header": book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center", "bg_color": "#DDEBF7"}),
        "": book.add_format({"border": 1}),
    }
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        day = book.add_format({"border": 1, "num_format": sheet.date_format})
        page.set_column(0, max((len(row) for row in sheet.rows), default=1), 13)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        starts = {}
        for merge in sheet.merges:
            starts.setdefault(merge[0], []).append(merge)
        for r, row in enumerate(sheet.rows):
            look = looks[sheet.headings.get(r, "")]
            for r1, c1, r2, c2 in starts.get(r, ()):
                page.merge_range(r1, c1, r2, c2, "", look)
            for c, cell in enumerate(row):
                if cell is None:
                    continue
                if isinstance(cell, str):
                    page.write_string(r, c, cell, look)
                elif isinstance(cell, date):
                    page.write_datetime(r, c, cell, day)
                else:
                    page.write_number(r, c, cell, look)
        for first, last, column, source in sheet.drop_downs:
            page.data_validation(
                first, column, last, column, {"validate": "list", "source": source, "ignore_blank": True, "error_type": "warning"}
            )
        if sheet.hidden:
            page.hide()
    next(page for page, sheet in zip(book.worksheets(), sheets) if not sheet.hidden).activate()
    book.close()


def _write_xls(path: Path, sheets: list[Sheet]) -> None:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    looks = {
        "title": xlwt.easyxf("font: bold on, height 320; align: horiz center"),
        "header": xlwt.easyxf("font: bold on; align: horiz center, wrap on; borders: left thin, right thin, top thin, bottom thin"),
        "": xlwt.easyxf(""),
    }
    days = {form: xlwt.easyxf("", num_format_str=form) for form in DATE_FORMATS}
    for sheet in sheets:
        page = book.add_sheet(sheet.name, cell_overwrite_ok=True)
        for r, row in enumerate(sheet.rows):
            look = looks[sheet.headings.get(r, "")]
            for c, cell in enumerate(row):
                if cell is not None:
                    page.write(r, c, cell, days[sheet.date_format] if isinstance(cell, date) else look)
        for r1, c1, r2, c2 in sheet.merges:
            page.write_merge(r1, r2, c1, c2, sheet.rows[r1][c1], looks[sheet.headings.get(r1, "")])
        page.visibility = int(sheet.hidden)
    book.active_sheet = next(place for place, sheet in enumerate(sheets) if not sheet.hidden)
    book.save(str(path))


def _write_ods(path: Path, sheets: list[Sheet]) -> None:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.style import Style, TableProperties
    from odf.table import Table

    book = OpenDocumentSpreadsheet()
    hidden = Style(name="hidden", family="table")
    hidden.addElement(TableProperties(display="false"))
    book.automaticstyles.addElement(hidden)
    for sheet in sheets:
        table = Table(name=sheet.name, **({"stylename": hidden} if sheet.hidden else {}))
        spans = {(r1, c1): (r2 - r1 + 1, c2 - c1 + 1) for r1, c1, r2, c2 in sheet.merges}
        covered = {(r, c) for r1, c1, r2, c2 in sheet.merges for r in range(r1, r2 + 1) for c in range(c1, c2 + 1)}
        for r, row in enumerate(sheet.rows):
            table.addElement(_ods_row(r, row, spans, covered - spans.keys()))
        book.spreadsheet.addElement(table)
    book.save(str(path))


def _ods_row(r: int, row: list[Cell], spans: dict, covered: set):
    from odf.table import CoveredTableCell, TableCell, TableRow
    from odf.teletype import addTextToElement
    from odf.text import P

    element = TableRow()
    for c, cell in enumerate(row):
        if (r, c) in covered:
            element.addElement(CoveredTableCell())
            continue
        rows, columns = spans.get((r, c), (1, 1))
        about = {"numberrowsspanned": rows, "numbercolumnsspanned": columns} if rows * columns > 1 else {}
        text = cell
        if isinstance(cell, date):
            about |= {"valuetype": "date", "datevalue": cell.isoformat()}
        elif isinstance(cell, str):
            about |= {"valuetype": "string"}
        elif cell is not None:
            about |= {"valuetype": "float", "value": str(cell)}
        item = TableCell(**about)
        for line in str(text).split("\n") if cell is not None else ():
            paragraph = P()
            addTextToElement(paragraph, line)
            item.addElement(paragraph)
        element.addElement(item)
    return element
