"""Cross-column and cross-row plausibility, in DuckDB."""

from __future__ import annotations

from importlib.resources import files

import duckdb
import pandas as pd

# Columns of rows that tell units and people apart, beside source_file.
NARROW = (
    "pid", "file_no", "sheet", "row", "bucket", "name", "unit_key", "unit_code", "unit_code_sound", "person_key",
    "skill_certificate", "title_certificate",
)  # fmt: skip


def _script(name: str) -> str:
    return files("guantong.schemas").joinpath("sql", name).read_text(encoding="utf-8")


def within_rows(rows: pd.DataFrame) -> list[tuple[int, str, str, str]]:
    """(pid, field, code, detail) of cells of one person that contradict each other."""
    if rows.empty:
        return []
    with duckdb.connect() as con:
        con.execute("SET threads = 1")
        con.register("rows", rows)
        return con.execute(_script("within_row.sql")).fetchall()


def signs_query() -> str:
    """The query that gives a row a sign, from the tables persons, facts, findings, columns and kinds (number, code, title)."""
    return _script("signs.sql")


def match(con: duckdb.DuckDBPyConnection, day: str | None = None) -> None:
    """Make what only all rosters together tell, from the columns `NARROW` of the table rows.

    ``day``: an expression over rows; a person of another day is no repetition then, and the columns that it names are needed too.

    ``matched``: a row a person, the unit and the first row of the same person in it. ``between_people``: pid, field, code, value, detail.
    """
    person = "person_key" if day is None else f"CASE WHEN person_key IS NOT NULL THEN concat_ws(' ', person_key, ({day})::VARCHAR) END"
    con.execute(_script("people.sql").replace("{person}", person))
    con.execute(f"CREATE OR REPLACE TABLE between_people AS {_script('between_people.sql')}")


def across_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``across`` (pid, field, code, value, detail) from the tables rows and between_people, as of ``as_of``."""
    con.execute(f"CREATE OR REPLACE TABLE across AS SELECT * FROM between_people UNION ALL ({_script('after_as_of.sql')})")
