"""Connections to DuckDB, closed to all but the folders they are for: no other file, no network, no extension, whatever the SQL says;
and what is done with them everywhere: views of Parquet files, tables made and written."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from guantong.schemas.sql_text import escaped_path, literal, parquet_table

if TYPE_CHECKING:  # a command starts without them
    import pandas as pd
    import pyarrow as pa

_Options = dict[str, str | bool | int | float | list[str]]
_SHUT: _Options = {
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}
_open: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
_MAY_CHANGE = ["disabled_optimizers", "memory_limit", "preserve_insertion_order", "threads"]


def connect(*folders: Path, spill: Path | None = None, memory: str | None = None, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that reads and writes in ``folders`` alone; through a link that leads out of them neither.

    ``spill``: the folder for what does not fit into ``memory``; None: nothing is written there, and what does not fit fails.
    """
    limits: dict[str, str | int | None] = {"temp_directory": str(spill) if spill else "", "memory_limit": memory, "threads": threads}
    options: _Options = {name: value for name, value in limits.items() if value is not None}
    con = duckdb.connect(config=_SHUT | options)
    _open.add(con)
    con.execute("SET enable_progress_bar = false")
    con.execute(
        "SET allowed_directories = ?", [sorted({each for folder in folders for each in (os.path.realpath(folder), escaped_path(folder))})]
    )
    con.execute("SET enable_external_access = false")
    con.execute("SET allowed_configs = ?", [_MAY_CHANGE])
    con.execute("SET lock_configuration = true")
    return con


def interrupt() -> None:
    """End the queries that threads of this process wait for: these get duckdb.InterruptException."""
    for con in list(_open):
        with suppress(duckdb.ConnectionException):  # it is closed
            con.interrupt()


def view_parquet(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """Make (or make again) the view ``name`` of a Parquet file."""
    con.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {parquet_table(path)}")


def view_tables(con: duckdb.DuckDBPyConnection, data: Path, names: Iterable[str]) -> None:
    """Make a view of each table ``data/<name>.parquet``."""
    for name in names:
        view_parquet(con, name, data / f"{name}.parquet")


def create_table(con: duckdb.DuckDBPyConnection, name: str, table: pd.DataFrame | pa.Table) -> None:
    """Make (or make again) the table ``name`` with the rows of ``table``."""
    con.register("_incoming", table)
    con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM _incoming")
    con.unregister("_incoming")


def create_rows(con: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str], rows: Iterable[Sequence[object]]) -> None:
    """Make (or make again) the table ``name`` of ``rows`` of values; ``columns``: name → type in SQL. Needs neither Arrow nor pandas."""
    values = [list(own) for own in zip(*rows, strict=True)] or [[] for _ in columns]
    told = ", ".join(f'unnest(${at}::{kind}[]) AS "{column}"' for at, (column, kind) in enumerate(columns.items(), 1))
    con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {told}", values)


def write_parquet(con: duckdb.DuckDBPyConnection, path: Path, query: str, fast: bool = False) -> None:
    """Write the rows of a query as a Parquet file; ``fast``: in less time, a little larger."""
    level = ", COMPRESSION_LEVEL 1" if fast else ""
    con.execute(f"COPY ({query}) TO {literal(os.path.realpath(path))} (FORMAT parquet, COMPRESSION zstd{level})")


def column_types(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The columns of a table or view, in order: name → type."""
    return dict(con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall())


def records(con: duckdb.DuckDBPyConnection, query: str, values: list[object] | None = None) -> list[dict[str, Any]]:
    """The rows of a query as {column: value of its type}; ``values`` are those of its parameters."""
    result = con.execute(query, values)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def scalar(con: duckdb.DuckDBPyConnection, query: str, values: list[object] | None = None) -> Any:
    """The one value that a query gives."""
    ((value,),) = con.execute(query, values).fetchall()
    return value
