"""Apply a policy to people's facts: SQL joins in DuckDB, no Python per row."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files

import duckdb
import pandas as pd

from guantong.rules.compile import BITS, NOTE_BITS, OUTCOMES, SETTING_BITS, compile_policy, create_table, target_words
from guantong.rules.policy import Policy
from guantong.rules.relations import Relations, load_relations, relate


def run_sql(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Run one of the scripts under rules/sql."""
    con.execute(files("guantong.rules").joinpath("sql", name).read_text(encoding="utf-8"))


def evaluate(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date, relations: Relations | None = None) -> None:
    """Make the table ``verdicts`` (masks and dates) of every person on every route in play, as of a day.

    ``con`` holds the tables rows, assessments (pid, year, grade) and honours (pid, honour). ``relations`` None: the starter.
    """
    compile_policy(con, policy, as_of)
    relate(con, relations or load_relations())
    for name in ("1_facts.sql", "2_standing.sql", "3_assessments.sql", "4_verdicts.sql"):
        run_sql(con, name)


def add_words(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Make the view ``verdict_words`` and the tables ``summaries`` and ``claims`` out of ``verdicts``.

    ``con`` also holds people (pid, source_file, sheet, row, name, unit, unit_id).
    """
    clauses = [(route.id, route.clause) for route in policy.document.routes]
    create_table(con, "route_clauses", pd.DataFrame(clauses, columns=["route", "clause"]))
    con.execute(
        "CREATE OR REPLACE TABLE routes AS SELECT r.*, c.clause FROM routes AS r JOIN route_clauses AS c USING (route) ORDER BY route_no"
    )
    create_table(con, "outcomes", pd.DataFrame(list(enumerate(OUTCOMES)), columns=["number", "outcome"]).assign(policy=policy.id))
    targets = [
        (direction, rank, word)
        for direction in ("skill-to-title", "title-to-skill")
        for rank, word in enumerate(target_words(direction), 1)
    ]
    create_table(con, "targets", pd.DataFrame(targets, columns=["direction", "rank", "word"]))
    create_table(con, "words", _mask_words(con))
    for name in ("5_export.sql", "6_claims.sql"):
        run_sql(con, name)


def _mask_words(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The masks that occur, each spelt out once: kind, mask, list of words."""
    unknown = {f"unknown.{name}": bit for name, bit in BITS.items()}
    kinds = {
        "condition": (BITS, "SELECT not_met FROM verdicts UNION SELECT unknown FROM verdicts"),
        "unknown": (unknown, "SELECT DISTINCT unknown FROM verdicts"),
        "note": (NOTE_BITS, "SELECT DISTINCT review FROM verdicts"),
        "setting": (SETTING_BITS, "SELECT DISTINCT settings FROM verdicts"),
    }
    rows = []
    for kind, (bits, query) in kinds.items():
        for (mask,) in con.execute(query).fetchall():
            rows.append((kind, mask, [name for name, bit in bits.items() if mask & bit]))
    frame = pd.DataFrame(rows, columns=["kind", "mask", "list"])
    # an empty first list must not decide the column's type
    return frame if len(frame) else pd.DataFrame({"kind": ["none"], "mask": [0], "list": [[""]]})
