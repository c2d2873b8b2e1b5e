"""Connections to DuckDB, closed to all but the folders they are for: no other file, no network, no extension, whatever the SQL says."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from guantong.schemas.sql_text import exactly

_SHUT = {
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}
_MAY_CHANGE = ["disabled_optimizers", "memory_limit", "preserve_insertion_order", "threads"]


def connect(*folders: Path, spill: Path | None = None, memory: str | None = None, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that reads and writes in ``folders`` alone; through a link that leads out of them neither.

    ``spill``: the folder for what does not fit into ``memory``; None: nothing is written there, and what does not fit fails.
    """
    given = {"temp_directory": str(spill) if spill else "", "memory_limit": memory, "threads": threads}
    con = duckdb.connect(config=_SHUT | {name: value for name, value in given.items() if value is not None})
    con.execute("SET enable_progress_bar = false")
    con.execute(
        "SET allowed_directories = ?", [sorted({each for folder in folders for each in (os.path.realpath(folder), exactly(folder))})]
    )
    con.execute("SET enable_external_access = false")
    con.execute("SET allowed_configs = ?", [_MAY_CHANGE])
    con.execute("SET lock_configuration = true")
    return con
