"""Workbooks as the reports lay them out: one look, one page set-up, one way to write a table."""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import ceil
from operator import itemgetter
from pathlib import Path

from xlsxwriter.format import Format

from guantong.reports import style, wording
from guantong.reports.xlsx.stream_sheet import StreamSheet, StreamWorkbook
from guantong.reports.xlsx.table_rows import RowWriter, Styles
from guantong.reports.xlsx.xlsxwriter_private import format_number

SHEET_ROWS = 1_048_000  # Excel holds 1,048,576; the rest is for the heading
BUTTON = 2  # characters of a header that the filter's button hides
HEADING = 3  # rows above a table: title, bearings, headers
FIRST = itemgetter(0)


@dataclass(frozen=True)
class Column:
    """A column of a table: its header and its width in characters of the default font."""

    header: str
    width: float


def _needed(column: Column, values: Iterable[object]) -> float | None:
    """The width in which the texts of a column stand on one line and its header on two; None where there is a number or a day."""
    distinct = set(values) - {None, ""}
    if not {*map(type, distinct)} <= {str}:
        return None
    header = style.text_width(column.header)
    lines = 2 if header > 4 else 1
    return max([2 * ceil(header / 2 / lines) + BUTTON, *map(style.text_width, distinct)]) / style.PRINT_ROOM + 1


class ReportBook:
    """A workbook under way. Formats are made once; every sheet gets the same page set-up.

    for_print: a sheet takes no more than the width of a page, so that its type of 9 points is printed as such; else it is shrunk to that.
    """

    def __init__(self, path: Path, rulebook: dict, subject: str, for_print: bool = False) -> None:
        self.rulebook, self.for_print = rulebook, for_print
        self.size, self.line = (style.PRINT_SIZE, style.PRINT_LINE) if for_print else (style.SIZE, style.LINE)
        own = deepcopy(style.PRINT_DEFAULTS) if for_print else {}  # XlsxWriter writes into what it is given
        self.book = StreamWorkbook(path, style.SAFE_OPTIONS | own)
        self.book.set_properties({"title": subject, "comments": wording.DISCLAIMER, "created": style.creation_time(rulebook)})
        document = wording.document_numbers(rulebook)
        self.bearing = f"审核基准日 {wording.as_of_text(rulebook)}　{document}　{wording.DISCLAIMER}"
        middle = f"{document[:40]}　基准日 {wording.as_of_text(rulebook)}".replace("&", "&&")
        self.footer = f"&L&9{wording.DISCLAIMER}&C&9{middle}&R&9第 &P 页，共 &N 页"
        base = {"font_name": style.FONT, "font_size": self.size, "valign": "top", "font_color": style.TEXT_COLOUR}
        make = lambda **more: self.book.add_format({**base, **more})  # noqa: E731
        self.text, self.more = make(text_wrap=True), make(text_wrap=True, font_color=style.MUTED_COLOUR)
        self.date, self.count = make(num_format=style.DATE, align="left"), make(num_format=style.COUNT, align="right", indent=1)
        self.rate = make(num_format=style.RATE, align="right", indent=1)
        self.share, self.strong = make(num_format=style.SHARE, align="right", indent=1), make(bold=True, text_wrap=True)
        self.title, self.note = make(bold=True, font_size=14), make(font_color=style.MUTED_COLOUR, text_wrap=True)
        self.head = make(bold=True, text_wrap=True, bg_color=style.HEAD_FILL, border=1, border_color=style.LINE_COLOUR)
        self.total = make(bold=True, top=1)
        self.sum = make(bold=True, top=1, num_format=style.COUNT, align="right", indent=1)
        lines = {"border": 1, "border_color": style.LINE_COLOUR}
        self.framed, self.framed_count = make(text_wrap=True, **lines), make(num_format=style.COUNT, align="right", indent=1, **lines)
        self.link = make(text_wrap=True, **lines | {"font_color": style.LINK_COLOUR, "underline": 1})
        self.frame, self.to_fill = self.book.add_format(lines), self.book.add_format({**lines, "bg_color": style.TO_FILL})

    def __enter__(self) -> "ReportBook":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:  # else an error is on its way: write nothing
            self.book.close()

    def sheet(self, name: str, widths: Sequence[float], grid: bool = True) -> StreamSheet:
        """A new sheet: A4 landscape, as wide as the page, numbered pages. grid: lines on the screen."""
        sheet = self.book.add_worksheet(name, worksheet_class=StreamSheet)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if self.for_print:
            sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.5)
        else:
            sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(self.footer)
        sheet.hide_gridlines(1 if grid else 2)
        for index, width in enumerate(widths):
            sheet.set_column(index, index, width)
        return sheet

    def heading(self, sheet: StreamSheet, title: str, widths: Sequence[float], note: str = "") -> None:
        """The two lines at the head of every sheet: its title, and what every report bears (and `note`)."""
        self.name(sheet, title)
        self.wide(sheet, 1, f"{self.bearing}\n{note}" if note else self.bearing, widths, self.note)

    def name(self, sheet: StreamSheet, title: str) -> None:
        """The title of a sheet, in a row as high as its letters."""
        sheet.write_string(0, 0, title, self.title)
        sheet.set_row(0, style.TITLE_HEIGHT)

    def wide(self, sheet: StreamSheet, at: int, text: str, widths: Sequence[float], cell_format: Format, first: int = 0) -> None:
        """Text across the columns `widths` from column `first` on. Merged cells get no height of themselves."""
        if len(widths) > 1:
            sheet.merge_areas([(at, first, at, first + len(widths) - 1)])
        sheet.write_string(at, first, text, cell_format)
        sheet.set_row(at, self._height(style.line_count(text, self._room(sum(widths)))))

    def _height(self, lines: int) -> float:
        return style.row_height(lines, self.line)

    def _room(self, width: float) -> float:
        """Half-width letters of our type that a column of this width holds: it is told in characters of the default font."""
        return width * style.PRINT_ROOM if self.for_print else width

    def link_to(self, sheet: StreamSheet, at: int, column: int, name: str, text: str) -> None:
        """A cell that leads to the sheet `name`."""
        sheet.write_url(at, column, f"internal:'{name}'!A1", self.link, text)

    def table(
        self, name: str, columns: Sequence[Column], rows: Sequence[tuple], empty: str,
        muted: Sequence[bool] = (), total: tuple | None = None, note: str = "", to_fill: int | None = None,
        title: str | None = None, frozen: int = 0, below: Sequence[str] = (), printed: bool = True,
    ) -> StreamSheet:  # fmt: skip
        """Write `rows` (one value per column: text, number, date or None) as a sheet of their own.

        muted: for each row, whether to write it paler. total: a last row, which is not filtered.
        note: a sentence on how to read it, under the title. to_fill: a column whose blank cells somebody is to fill in.
        title: where it is not the sheet's name. frozen: columns that stay when one scrolls. below: lines under the table. printed: else it is for the screen alone.
        With no row the sheet says `empty`. What Excel cannot hold in one sheet goes on in the next.
        Returns the first sheet.
        """
        columns, title = self._fitted(columns, rows), title or name
        parts = [slice(start, start + SHEET_ROWS) for start in range(0, max(1, len(rows)), SHEET_ROWS)]
        sheets = []
        for number, part in enumerate(parts, 1):
            sheet = self.sheet(name if number == 1 else f"{name}（续{number}）", [column.width for column in columns])
            self._heading(sheet, title if number == 1 else f"{title}（续{number}）", columns, note, frozen)
            self._body(sheet, columns, rows[part], muted[part], empty, total if number == 1 else None, to_fill)
            if not printed:
                self._print_nothing(sheet, HEADING + max(1, len(rows[part])) + bool(total) + len(below) + 1)
            sheets.append(sheet)
        at = HEADING + max(1, len(rows[parts[-1]])) + bool(total) + 1
        for offset, text in enumerate(below):
            self.wide(sheets[-1], at + offset, text, [column.width for column in columns], self.text)
        return sheets[0]

    def _fitted(self, columns: Sequence[Column], rows: Sequence[tuple]) -> Sequence[Column]:
        """The columns of a sheet that is printed at its own size: those whose texts need less than their share of the page get what they need, the others the rest."""
        if not self.for_print:
            return columns
        needed = [_needed(column, values) for column, values in zip(columns, zip(*rows) if rows else [()] * len(columns), strict=True)]
        widths, left = [column.width for column in columns], style.PAGE - style.PADDING * len(columns)
        sharing = [at for at, need in enumerate(needed) if need is not None]
        left -= sum(width for width, need in zip(widths, needed, strict=True) if need is None)
        while sharing:
            scale = left / sum(columns[at].width for at in sharing)
            content = [at for at in sharing if needed[at] <= columns[at].width * scale]
            if not content or content == sharing:
                break
            for at in content:
                widths[at] = needed[at]
            left, sharing = left - sum(needed[at] for at in content), [at for at in sharing if at not in content]
        for at in sharing:
            widths[at] = columns[at].width * scale
        return [Column(column.header, width) for column, width in zip(columns, widths, strict=True)]

    def _print_nothing(self, sheet: StreamSheet, below: int) -> None:
        """Leave a sheet out when the workbook is printed: its print area is a hidden row `below` all others."""
        sheet.set_row(below, None, None, {"hidden": True})
        sheet.print_area(below, 0, below, 0)

    def _heading(self, sheet: StreamSheet, title: str, columns: Sequence[Column], note: str, frozen: int) -> None:
        widths = [column.width for column in columns]
        self.heading(sheet, title, widths, note)
        self._heads(sheet, HEADING - 1, [column.header for column in columns], [self._room(width) - BUTTON for width in widths])
        sheet.freeze_panes(HEADING, frozen)
        sheet.repeat_rows(HEADING - 1)

    def _body(self, sheet, columns, rows, muted, empty, total, to_fill) -> None:
        widths = [column.width for column in columns]
        if not rows:
            sheet.write_string(HEADING, 0, empty, self.note)
            return
        last = HEADING - 1 + len(rows)
        sheet.autofilter(HEADING - 1, 0, last, len(columns) - 1)
        if to_fill is not None:  # before the frame: some viewers show the first that applies alone
            sheet.conditional_format(HEADING, to_fill, last, to_fill, {"type": "blanks", "format": self.to_fill})
        self._frame(sheet, HEADING, last, len(columns))
        sheet.put(HEADING, len(rows), len(columns), map(FIRST, self._rows(sheet, HEADING, rows, widths, muted)))
        if total:
            made = self._rows(sheet, last + 1, [total], widths, text=self.total, number=self.sum)
            sheet.put(last + 1, 1, len(columns), map(FIRST, made))

    def _rows(
        self, sheet: StreamSheet, first: int, rows: Sequence[tuple], widths: Sequence[float],
        muted: Sequence[bool] = (), text: Format | None = None, number: Format | None = None,
    ) -> Iterator[tuple[str, int]]:  # fmt: skip
        """Rows from row `first` on, as RowWriter.rows gives them. Raises TypeError and ValueError, as that does."""
        formats = (text or self.text, self.more, number or self.count, self.share, self.date, self.rate)
        styles = Styles(*map(format_number, formats))
        rooms = [self._room(width) for width in widths]
        return RowWriter(sheet.name, rooms, self.book.text_number, styles, self.line).rows(first + 1, rows, muted)

    def heads(self, sheet: StreamSheet, at: int, headers: Sequence[str], widths: Sequence[float]) -> None:
        """A row of headers at row `at`."""
        self._heads(sheet, at, headers, [self._room(width) for width in widths])

    def framed_line(self, sheet: StreamSheet, at: int, values: Sequence[str | int], widths: Sequence[float]) -> None:
        """A row of texts and counts in a frame, as high as the longest of them takes."""
        for index, value in enumerate(values):
            if isinstance(value, int):
                sheet.write_number(at, index, value, self.framed_count)
            else:
                sheet.write_string(at, index, value, self.framed)
        lines = max(style.line_count(str(value), self._room(width)) for value, width in zip(values, widths, strict=False))
        sheet.set_row(at, self._height(lines))

    def _heads(self, sheet: StreamSheet, at: int, headers: Sequence[str], widths: Sequence[float]) -> None:
        for index, header in enumerate(headers):
            sheet.write_string(at, index, header, self.head)
        lines = max(style.line_count(header, width) for header, width in zip(headers, widths, strict=False))
        sheet.set_row(at, self._height(lines))

    def _frame(self, sheet: StreamSheet, first: int, last: int, width: int) -> None:
        """Thin lines about every cell, empty ones too, at no cost by cell."""
        sheet.conditional_format(first, 0, last, width - 1, {"type": "no_errors", "format": self.frame})

    def block(self, sheet: StreamSheet, at: int, headers: Sequence[str], rows: Sequence[tuple], widths: Sequence[float]) -> int:
        """A table inside a sheet, its headers at row `at`; returns the row after the blank one below it."""
        self.heads(sheet, at, headers, widths)
        if rows:
            self._frame(sheet, at + 1, at + len(rows), len(headers))
            made = list(self._rows(sheet, at + 1, rows, widths))
            sheet.put(at + 1, len(rows), len(headers), map(FIRST, made))
            for offset, (_, lines) in enumerate(made, 1):
                sheet.set_row(at + offset, self._height(lines))  # XlsxWriter places charts by it
        return at + len(rows) + 2
