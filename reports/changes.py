"""A workbook of what changed or would change: a sheet for each table."""

from collections.abc import Sequence
from pathlib import Path

from guantong.reports import look
from guantong.reports.figures import Table
from guantong.reports.tables import Book, Column

WIDEST, NARROWEST = 50, 10
SAMPLE = 200  # rows by which a column's width is set


def write_changes(target: Path, rulebook: dict, subject: str, tables: Sequence[Table], note: str) -> None:
    """Write `tables` to `target` (.xlsx), whole or not at all; `note` stands on each sheet. Raises OSError."""
    with look.replacing(target) as temporary, Book(temporary, rulebook, subject) as book:
        for table in tables:
            columns = [Column(header, _width(header, table.rows, at)) for at, header in enumerate(table.headers)]
            book.table(table.name, columns, table.rows, "没有。", note=f"{table.note}{note}")


def _width(header: str, rows: list[tuple], at: int) -> float:
    longest = max((look.columns(str(row[at])) for row in rows[:SAMPLE]), default=0)
    return min(WIDEST, max(NARROWEST, longest + 2, look.columns(header) / 2 + 3))
