"""A roster of another format, or a large one, written anew: every sheet's values, with the same marks."""

import datetime
import re
import tempfile
from collections import defaultdict
from pathlib import Path

import python_calamine
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from guantong.reports import look, marks

LINKS = 60_000  # Excel holds 65,530 in a sheet
SAMPLE = 200  # rows by which the columns' widths are set
NARROWEST, WIDEST = 6, 40
LONG = 10**11  # from here on Excel shows a number with an exponent
FIRST_YEAR = 1900  # Excel knows no earlier day


class Style:
    """The formats of a copy: {(what, severity or None): format}."""

    NUMBERS = {
        "text": "@", "general": "General", "long": "0", "date": look.DATE, "datetime": look.DATETIME,
        "time": "hh:mm:ss", "span": "[h]:mm:ss",
    }  # fmt: skip
    FILLS = {None: {}, "error": {"bg_color": look.ERROR}, "warning": {"bg_color": look.WARNING}}

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        base = {"font_name": look.FONT, "font_size": 10, "valign": "top"}
        self.of = {
            (what, severity): book.add_format({**base, **fill, "num_format": number})
            for what, number in self.NUMBERS.items()
            for severity, fill in self.FILLS.items()
        }
        self.title = book.add_format({**base, "bold": True, "font_size": 14})
        self.head = book.add_format({**base, "bold": True, "bg_color": look.HEAD, "text_wrap": True})
        self.wrapped = book.add_format({**base, "text_wrap": True})
        self.link = book.add_format({**base, "font_color": "#0563C1", "underline": 1, "text_wrap": True})


def rewrite(book: python_calamine.CalamineWorkbook, target: Path, found: marks.Marks) -> None:
    """Write to `target` the list of findings, then every worksheet of `book` with its marks.

    Dates stay dates, text stays text. Raises ValueError for a mark on a sheet that is not there.
    """
    kind = python_calamine.SheetTypeEnum.WorkSheet
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == kind]
    if strange := set(found.cells) - {sheet.name for sheet in sheets}:
        raise ValueError(f"原表没有工作表“{'”“'.join(sorted(strange))}”，数据问题与文件不符")
    names = _names([sheet.name for sheet in sheets])
    with tempfile.TemporaryDirectory() as scratch:
        options = {**look.SAFE, "constant_memory": True, "tmpdir": scratch}
        copy = xlsxwriter.Workbook(str(target), options)
        style = Style(copy)
        _list(copy.add_worksheet(names[""]), found, names, style)
        for sheet in sheets:
            page = copy.add_worksheet(names[sheet.name])
            if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
                page.hide()
            rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            _copy(page, rows, found.cells.get(sheet.name, {}), style)
        copy.close()


def _names(originals: list[str]) -> dict[str, str]:
    """{original sheet name: a name that Excel takes, used once}; the list of findings, named last, is ''."""
    names: dict[str, str] = {}
    for original in [*originals, ""]:
        base = re.sub(r"[\[\]:*?/\\]", "_", marks.plain(original or marks.TITLE)).strip("'")[:31] or "_"
        name, number = base, 1
        taken = {used.casefold() for used in names.values()}
        while name.casefold() in taken:
            number += 1
            name = f"{base[: 31 - len(str(number))]}{number}"
        names[original] = name
    return names


def _copy(page: Worksheet, rows: list[list], cells: dict[tuple[int, int], marks.Mark], style: Style) -> None:
    by_row: dict[int, dict[int, marks.Mark]] = defaultdict(dict)
    for (row, column), mark in cells.items():
        by_row[row - 1][column - 1] = mark
    for column, width in enumerate(_widths(rows[:SAMPLE])):
        page.set_column(column, column, width)
    for at in range(max([len(rows), *(row + 1 for row in by_row)])):
        values = rows[at] if at < len(rows) else []
        marked = by_row.get(at, {})
        values = values + [""] * (max(marked, default=-1) + 1 - len(values))
        for column, value in enumerate(values):
            mark = marked.get(column)
            if value != "" or mark:
                _write(page, at, column, value, mark.severity if mark else None, style)
        for column, mark in marked.items():
            size = {"width": marks.WIDTH, "height": mark.height}
            page.write_comment(at, column, mark.comment, {"author": marks.TITLE, **size})


def _write(page: Worksheet, at: int, column: int, value: object, severity: str | None, style: Style) -> None:
    """A value as its own type. Days before 1900, which Excel cannot hold, as text."""
    if isinstance(value, str):
        if value == "":
            page.write_blank(at, column, None, style.of["general", severity])
        else:
            page.write_string(at, column, value, style.of["text", severity])
    elif isinstance(value, bool):
        page.write_boolean(at, column, value, style.of["general", severity])
    elif isinstance(value, int | float):
        what = "long" if value == int(value) and abs(value) >= LONG else "general"
        page.write_number(at, column, value, style.of[what, severity])
    elif isinstance(value, datetime.date) and value.year < FIRST_YEAR:
        page.write_string(at, column, str(value), style.of["text", severity])
    else:
        page.write_datetime(at, column, value, style.of[_time_kind(value), severity])


def _time_kind(value: object) -> str:
    kinds = {datetime.datetime: "datetime", datetime.date: "date", datetime.time: "time", datetime.timedelta: "span"}
    if type(value) not in kinds:
        raise TypeError(f"不能写入 {type(value).__name__} 类型的值")
    return kinds[type(value)]


def _widths(rows: list[list]) -> list[float]:
    """Widths of the columns by their longest value, within bounds."""
    widths: list[float] = []
    for row in rows:
        for column, value in enumerate(row):
            if column == len(widths):
                widths.append(NARROWEST)
            widths[column] = min(WIDEST, max(widths[column], look.columns(str(value)) + 2))
    return widths


def _list(page: Worksheet, found: marks.Marks, names: dict[str, str], style: Style) -> None:
    """The first sheet: remarks, then a line per finding with a link to its cell."""
    page.write_string(0, 0, marks.TITLE, style.title)
    page.set_row(0, look.TITLE_HEIGHT)
    for column, width in enumerate(marks.WIDTHS):
        page.set_column(column, column, width)
    for row, remark in enumerate(found.remarks, 1):
        page.set_row(row, look.height_of(look.lines_of(remark, sum(marks.WIDTHS))))
        page.merge_range(row, 0, row, len(marks.WIDTHS) - 1, marks.plain(remark), style.wrapped)
    head = len(found.remarks) + 1
    for column, header in enumerate(marks.HEADERS):
        page.write_string(head, column, header, style.head)
    for row, entry in enumerate(found.entries, head + 1):
        page.set_row(row, entry.height)
        for column, value in enumerate(entry.values):
            if column == 2 and entry.cell and row < LINKS:
                sheet, at, place = entry.cell
                address = marks.link(names[sheet], f"{xl_col_to_name(place - 1)}{at}")
                page.write_url(row, column, f"internal:{address}", style.link, value)
            elif value:
                page.write_string(row, column, value, style.wrapped)
    _page(page, head, len(found.entries))


def _page(page: Worksheet, head: int, count: int) -> None:
    page.freeze_panes(head + 1, 0)
    page.autofilter(head, 0, head + count, len(marks.HEADERS) - 1)
    page.repeat_rows(head)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer(f"&L{look.DISCLAIMER}&R第 &P 页，共 &N 页")
