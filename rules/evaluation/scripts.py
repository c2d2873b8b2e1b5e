"""The scripts of the law: rules/evaluation/sql."""

from __future__ import annotations

import duckdb

from guantong.schemas.sql_text import load_script


def script(name: str) -> str:
    """The text of one of them."""
    return load_script(__package__, name)


def template(name: str) -> str:
    """One without the comments at its head, for words to be put in."""
    return "\n".join(line for line in script(name).splitlines() if not line.startswith("--"))


def run_script(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Run one that needs no words."""
    con.execute(script(name))
