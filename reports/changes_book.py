"""A workbook, or a CSV file, of what changed or would change: a sheet for each table."""

import csv
from collections.abc import Sequence
from pathlib import Path

from guantong.reports import output_files, style
from guantong.reports.bureau.figures.figure_table import FigureTable
from guantong.reports.xlsx.report_book import Column, ReportBook

WIDEST, NARROWEST = 50, 10
SAMPLE = 200  # rows by which a column's width is set


def write_changes(target: Path, rulebook: dict, subject: str, tables: Sequence[FigureTable], note: str) -> None:
    """Write `tables` to `target` (.xlsx), whole or not at all; `note` stands on each sheet. Raises OSError."""
    with output_files.replace_file(target) as temporary, ReportBook(temporary, rulebook, subject) as book:
        for table in tables:
            columns = [Column(header, _width(header, table.rows, at)) for at, header in enumerate(table.headers)]
            book.table(table.name, columns, table.rows, "没有。", note=f"{table.note}{note}")


def write_csv(target: Path, tables: Sequence[FigureTable]) -> None:
    """Write all `tables` to one CSV file, whole or not at all: a line says of which it is (表), each header is a column of its own.

    UTF-8 with a byte order mark, so that a spreadsheet reads it rightly; no text is a formula to one. Raises OSError.
    """
    headers = list(dict.fromkeys(header for table in tables for header in table.headers))
    with output_files.replace_file(target) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.DictWriter(file, ["表", *headers], quoting=csv.QUOTE_NONNUMERIC)
        lines.writeheader()
        for table in tables:
            for row in table.rows:
                lines.writerow(
                    {"表": table.name, **{header: style.escape_formula(cell) for header, cell in zip(table.headers, row, strict=True)}}
                )


def _width(header: str, rows: list[tuple], at: int) -> float:
    longest = max((style.text_width(str(row[at])) for row in rows[:SAMPLE]), default=0)
    return min(WIDEST, max(NARROWEST, longest + 2, style.text_width(header) / 2 + 3))
