"""Cross-column and cross-row plausibility, in DuckDB."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import duckdb
import pandas as pd

from guantong.schemas import database

# Columns of rows that tell units and people apart.
NARROW = (
    "pid", "file_no", "source_file", "sheet", "row", "bucket", "name", "unit_key", "unit_code", "unit_code_sound", "person_key",
    "skill_certificate", "title_certificate",
)  # fmt: skip


def _script(name: str) -> str:
    return files("guantong.schemas").joinpath("sql", name).read_text(encoding="utf-8")


@cache
def _own_connection() -> duckdb.DuckDBPyConnection:
    """The connection in which this process looks through batches: to open one takes as long as to look through one."""
    return database.connect(threads=1)


def within_rows(rows: pd.DataFrame) -> list[tuple[int, str, str, str]]:
    """(pid, field, code, detail) of cells of one person that contradict each other."""
    if rows.empty:
        return []
    con = _own_connection()
    con.register("typed", rows)
    try:
        return con.execute(_script("within_row.sql")).fetchall()
    finally:
        con.unregister("typed")
        con.execute("DROP TABLE IF EXISTS rows")


def signs_query() -> str:
    """The query that gives a row a sign, from the tables persons, facts, findings, columns and kinds (number, code, title)."""
    return _script("signs.sql")


def match(con: duckdb.DuckDBPyConnection, day: str | None = None) -> None:
    """Make what only all rosters together tell, from the columns `NARROW` of rows.

    ``day``: an expression over rows; a person of another day is no repetition then.

    ``matched``: a row a person, the unit and the first row of the same person in it. ``between_people``: pid, field, code, value, detail.
    """
    person = "person_key" if day is None else f"CASE WHEN person_key IS NOT NULL THEN concat_ws(' ', person_key, ({day})::VARCHAR) END"
    con.execute(f"CREATE OR REPLACE TABLE narrow AS SELECT {', '.join(NARROW)}, {person} AS person FROM rows")
    con.execute(_script("people.sql"))
    con.execute(f"CREATE OR REPLACE TABLE between_people AS {_script('between_people.sql')}")
    con.execute("DROP TABLE narrow")


def across_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``across`` (pid, field, code, value, detail) from the tables rows and between_people, as of ``as_of``."""
    con.execute(f"CREATE OR REPLACE TABLE across AS SELECT * FROM between_people UNION ALL ({_script('after_as_of.sql')})")
