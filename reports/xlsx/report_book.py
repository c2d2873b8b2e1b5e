"""Workbooks as the reports lay them out: one look, one page set-up, one way to write a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


class ReportBook:
    """A workbook under way. Formats are made once; every sheet gets the same page set-up."""

    def __init__(self, path: Path, rulebook: dict, subject: str) -> None:
        self.rulebook = rulebook
        self.book = StreamWorkbook(path, style.SAFE_OPTIONS)
        self.book.set_properties({"title": subject, "comments": wording.DISCLAIMER, "created": style.creation_time(rulebook)})
        document = wording.document_numbers(rulebook)
        self.bearing = f"审核基准日 {wording.as_of_text(rulebook)}　{document}　{wording.DISCLAIMER}"
        middle = f"{document[:40]}　基准日 {wording.as_of_text(rulebook)}".replace("&", "&&")
        self.footer = f"&L&8{wording.DISCLAIMER}&C&8{middle}&R&8第 &P 页，共 &N 页"
        base = {"font_name": style.FONT, "font_size": 10, "valign": "top", "font_color": style.TEXT_COLOUR}
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
            sheet.merge_range(at, first, at, first + len(widths) - 1, "", cell_format)
        sheet.write_string(at, first, text, cell_format)
        sheet.set_row(at, style.row_height(style.line_count(text, sum(widths))))

    def table(
        self, name: str, columns: Sequence[Column], rows: Sequence[tuple], empty: str,
        muted: Sequence[bool] = (), total: tuple | None = None, note: str = "", to_fill: int | None = None,
    ) -> StreamSheet:  # fmt: skip
        """Write `rows` (one value per column: text, number, date or None) as a sheet of their own.

        muted: for each row, whether to write it paler. total: a last row, which is not filtered.
        note: a sentence on how to read it, under the title. to_fill: a column whose blank cells somebody is to fill in.
        With no row the sheet says `empty`. What Excel cannot hold in one sheet goes on in the next.
        Returns the first sheet.
        """
        first = self._page(name, columns, rows[:SHEET_ROWS], muted[:SHEET_ROWS], empty, total, note, to_fill)
        for part, start in enumerate(range(SHEET_ROWS, len(rows), SHEET_ROWS), 2):
            page = slice(start, start + SHEET_ROWS)
            self._page(f"{name}（续{part}）", columns, rows[page], muted[page], empty, None, note, to_fill)
        return first

    def _page(self, name, columns, rows, muted, empty, total, note, to_fill) -> StreamSheet:
        widths = [column.width for column in columns]
        sheet = self.sheet(name, widths)
        self.heading(sheet, name, widths, note)
        room = [width - BUTTON for width in widths]
        self._heads(sheet, HEADING - 1, [column.header for column in columns], room)
        sheet.freeze_panes(HEADING, 0)
        sheet.repeat_rows(HEADING - 1)
        if not rows:
            sheet.write_string(HEADING, 0, empty, self.note)
            return sheet
        last = HEADING - 1 + len(rows)
        sheet.autofilter(HEADING - 1, 0, last, len(columns) - 1)
        if to_fill is not None:  # before the frame: some viewers show the first that applies alone
            sheet.conditional_format(HEADING, to_fill, last, to_fill, {"type": "blanks", "format": self.to_fill})
        self._frame(sheet, HEADING, last, len(columns))
        sheet.put(HEADING, len(rows), len(columns), map(FIRST, self._rows(sheet, HEADING, rows, widths, muted)))
        if total:
            made = self._rows(sheet, last + 1, [total], widths, text=self.total, number=self.sum)
            sheet.put(last + 1, 1, len(columns), map(FIRST, made))
        return sheet

    def _rows(
        self, sheet: StreamSheet, first: int, rows: Sequence[tuple], widths: Sequence[float],
        muted: Sequence[bool] = (), text: Format | None = None, number: Format | None = None,
    ) -> Iterator[tuple[str, int]]:  # fmt: skip
        """Rows from row `first` on, as RowWriter.rows gives them. Raises TypeError and ValueError, as that does."""
        formats = (text or self.text, self.more, number or self.count, self.share, self.date, self.rate)
        styles = Styles(*map(format_number, formats))
        return RowWriter(sheet.name, widths, self.book.text_number, styles).rows(first + 1, rows, muted)

    def _heads(self, sheet: StreamSheet, at: int, headers: Sequence[str], widths: Sequence[float]) -> None:
        for index, header in enumerate(headers):
            sheet.write_string(at, index, header, self.head)
        lines = max(style.line_count(header, width) for header, width in zip(headers, widths, strict=False))
        sheet.set_row(at, style.row_height(lines))

    def _frame(self, sheet: StreamSheet, first: int, last: int, width: int) -> None:
        """Thin lines about every cell, empty ones too, at no cost by cell."""
        sheet.conditional_format(first, 0, last, width - 1, {"type": "no_errors", "format": self.frame})

    def block(self, sheet: StreamSheet, at: int, headers: Sequence[str], rows: Sequence[tuple], widths: Sequence[float]) -> int:
        """A table inside a sheet, its headers at row `at`; returns the row after the blank one below it."""
        self._heads(sheet, at, headers, widths)
        if rows:
            self._frame(sheet, at + 1, at + len(rows), len(headers))
            made = list(self._rows(sheet, at + 1, rows, widths))
            sheet.put(at + 1, len(rows), len(headers), map(FIRST, made))
            for offset, (_, lines) in enumerate(made, 1):
                sheet.set_row(at + offset, style.row_height(lines))  # XlsxWriter places charts by it
        return at + len(rows) + 2
