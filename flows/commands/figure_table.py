"""A table of figures on the screen, for `simulate` and `compare`."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from guantong.reports.bureau.figures.figure_table import FigureTable
from guantong.schemas.text import one_line

_WIDTH = 150  # where there is no terminal


def show_table(table: FigureTable, max_rows: int) -> None:
    """Print a table's first ``max_rows`` rows, and how many more there are."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    grid = Table(title=table.name, title_justify="left", box=None, pad_edge=False)
    for index, header in enumerate(table.headers):
        is_number = bool(table.rows) and isinstance(table.rows[0][index], int)
        grid.add_column(header, justify="right" if is_number else "left", overflow="fold")
    for row in table.rows[:max_rows]:
        grid.add_row(*(f"{cell:,}" if isinstance(cell, int) else Text(one_line(str(cell or ""))) for cell in row))  # Text is no markup
    console.print()
    console.print(grid if table.rows else f"{table.name}：没有", markup=False)
    if len(table.rows) > max_rows:
        console.print(f"……另有 {len(table.rows) - max_rows} 行，用 --out 写入工作簿查看")
