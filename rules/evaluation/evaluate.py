"""Apply a policy to people's facts: SQL joins in DuckDB, no Python per row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from guantong.rules.evaluation.compile_policy import (
    BITS,
    NOTE_BITS,
    OUTCOMES,
    SETTING_BITS,
    compile_policy,
    rank,
    table_of,
    target_words,
)
from guantong.rules.evaluation.relations import Relations, load_relations, make_kinships
from guantong.rules.evaluation.routes import RouteTemplates, route_sql, standing_sql
from guantong.rules.evaluation.scripts import run_script, template
from guantong.rules.policy.by_day import cited_clause, route_id
from guantong.rules.policy.load import Policy
from guantong.rules.vocabulary import SKILLS
from guantong.schemas.database import create_table, scalar

ROUTES = 1000  # numbers of routes that each of several policies has


def evaluate(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date, relations: Relations | None = None) -> None:
    """Make the table ``verdicts`` (masks and dates) of every person on every route in play, as of a day.

    ``con`` holds the table rows (schemas/batch.py). ``relations`` None: the starter.
    """
    make_kinships(con, relations or load_relations())
    judge(con, policy, as_of)


def judge(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date) -> None:
    """`evaluate` where kinships are made already, by `make_kinships`."""
    routes = compile_policy(con, policy, as_of)
    make_standing(con, policy, routes)
    make_verdicts(con, routes)


def make_standing(con: duckdb.DuckDBPyConnection, policy: Policy, routes: list[dict]) -> None:
    """Make the view facts, and the tables of a row a person for each direction, with what ``routes`` ask (rules/evaluation/compile_policy.py: numbered)."""
    document, templates = policy.document, [template(name) for name in ("2_standing.sql", "3_conditions.sql")]
    run_script(con, "1_facts.sql")
    with _in_any_order(con):
        con.execute(standing_sql(*templates, routes, document.honours, rank(document.floor, SKILLS)))


def make_verdicts(con: duckdb.DuckDBPyConnection, routes: list[dict]) -> None:
    """Make the table ``verdicts`` from what `make_standing` made."""
    with _in_any_order(con):
        con.execute(verdicts_sql(routes))


def verdicts_sql(routes: list[dict]) -> str:
    """The statement that makes ``verdicts``: the routes' own, one after the other; readable, route by route, for who checks the law."""
    templates = route_templates()
    return "CREATE OR REPLACE TABLE verdicts AS\n" + "\nUNION ALL\n".join(route_sql(templates, route) for route in routes)


def route_templates() -> RouteTemplates:
    """The scripts that a route's figures are put into."""
    return RouteTemplates(*(template(f"4_{part}.sql") for part in RouteTemplates._fields))


@contextmanager
def _in_any_order(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let tables be written in whatever order rows come, which costs less: who reads these tables sorts or joins."""
    kept = scalar(con, "SELECT current_setting('preserve_insertion_order')")
    con.execute("SET preserve_insertion_order = false")
    try:
        yield
    finally:
        con.execute(f"SET preserve_insertion_order = {kept}")


def add_words(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Make the view ``verdict_words`` and the tables ``summaries`` and ``claims`` out of ``verdicts``.

    ``con`` also holds people (pid, source_file, sheet, row, name, unit, unit_id). Where ``policy`` has others, the routes of the nth
    are numbered from n * `ROUTES`.
    """
    named = [
        (policy_no * ROUTES + number, route_id(policy, each, route), cited_clause(policy, each, route.clause), each.id, policy_no)
        for policy_no, each in enumerate(policy.policies)
        for number, route in enumerate(each.document.routes)
    ]
    texts = dict.fromkeys(("route", "clause", "policy"), pa.string())
    create_table(con, "route_names", table_of(named, {"route_no": pa.int64(), **texts, "policy_no": pa.int64()}))
    con.execute("""
        CREATE OR REPLACE TABLE routes AS
        SELECT r.* REPLACE (n.route AS route), n.clause, n.policy, n.policy_no FROM routes AS r JOIN route_names AS n USING (route_no)
        ORDER BY route_no
    """)
    create_table(con, "outcomes", table_of(list(enumerate(OUTCOMES)), {"number": pa.int64(), "outcome": pa.string()}))
    targets = [
        (direction, rank, word)
        for direction in ("skill-to-title", "title-to-skill")
        for rank, word in enumerate(target_words(direction), 1)
    ]
    create_table(con, "targets", table_of(targets, {"direction": pa.string(), "rank": pa.int64(), "word": pa.string()}))
    create_table(con, "words", _mask_words(con))
    for name in ("5_export.sql", "6_claims.sql"):
        run_script(con, name)


def _mask_words(con: duckdb.DuckDBPyConnection) -> pa.Table:
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
    return table_of(rows, {"kind": pa.string(), "mask": pa.int64(), "list": pa.list_(pa.string())})
