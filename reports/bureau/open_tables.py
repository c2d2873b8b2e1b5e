"""bureau/tables/: the tables of the statistics as Parquet and CSV, for other programs. The row that sums a table up is in the CSV alone."""

import csv
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow
import pyarrow.parquet

from guantong.reports import output_files, style
from guantong.reports.bureau.figures.all_figures import Figures
from guantong.reports.bureau.figures.figure_table import FigureTable

KINDS = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), Decimal: pyarrow.decimal128(12, 1), date: pyarrow.date32()}


def write_tables(target: Path, figures: Figures) -> None:
    """Write every table of `figures` into the folder `target`, whole or not at all."""
    headline = FigureTable("总览", ("项目", "数量"), figures.headline)
    with output_files.replace_folder(target) as folder:
        tables = {"headline": headline, **figures.tables}
        save_csv(folder, tables)
        for name, table in tables.items():
            columns = [_column(table, at) for at in range(len(table.headers))]
            pyarrow.parquet.write_table(pyarrow.table(columns, names=list(table.headers)), folder / f"{name}.parquet")


def save_csv(folder: Path, tables: Mapping[str, FigureTable]) -> None:
    """Write each table as <name>.csv, with the row that sums it up."""
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            rows = [*table.rows, table.total] if table.total else table.rows
            csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerows([table.headers, *(map(style.escape_formula, row) for row in rows)])


def _column(table: FigureTable, at: int) -> pyarrow.Array:
    values = [row[at] for row in table.rows]
    kind = next((KINDS[type(value)] for value in values if value is not None), pyarrow.string())
    return pyarrow.array(values, kind)
