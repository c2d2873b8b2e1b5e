"""Text and tables of commands on the screen: in plain lines, whatever file, sheet or cell is quoted in them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from guantong.flows.current_folder import with_relative_paths
from guantong.flows.waiting import end_wait
from guantong.schemas.text import one_line, safe_lines

if TYPE_CHECKING:
    from guantong.reports.bureau.figures.figure_table import FigureTable

_WIDTH = 150  # of a table where there is no terminal


def show(text: str, err: bool = False) -> None:
    """Print ``text`` with paths relative to the user's folder. No character quoted in it steers the terminal or hides what follows."""
    end_wait()
    click.echo(safe_lines(with_relative_paths(text)), err=err)


def mute_end() -> None:
    """Let nothing more be said on standard error: DuckDB's binding counts there what is left over when a process ends."""
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def show_table(table: FigureTable, max_rows: int) -> None:
    """Print a table's first ``max_rows`` rows, and how many more there are."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    end_wait()
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
