"""Apply a policy to people's facts: SQL joins in DuckDB, no Python per row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from guantong.rules.evaluation.compile_policy import RouteRule, compile_policies, compile_policy, make_routes
from guantong.rules.evaluation.held import credential_scripts, held_scripts
from guantong.rules.evaluation.relations import Relations, load_relations, make_kinships
from guantong.rules.evaluation.routes import Routes
from guantong.rules.evaluation.scripts import run_script
from guantong.rules.evaluation.standing import facts_sql, standing_queries
from guantong.rules.evaluation.told import verdicts_view
from guantong.rules.policy.load import Policy
from guantong.schemas.database import scalar


def evaluate(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date | None, relations: Relations | None = None) -> None:
    """Make the view ``verdicts`` of every person on every route in play, as of a day.

    ``con`` holds the table rows (schemas/reading/batch.py). ``as_of`` None: each person's own day, in rows' column as_of, by the policy of
    ``policy.policies`` whose place is in the column policy_no; rests_on_award_day: whether it matters that a credential is of that very day. ``relations`` None: the starter.
    """
    make_kinships(con, relations or load_relations())
    judge(con, policy, as_of)


def judge(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date | None) -> None:
    """`evaluate` where kinships are made already, by `make_kinships`."""
    rules = compile_policies(policy) if as_of is None else compile_policy(policy)
    make_routes(con, rules)
    make_held(con, rules, as_of)
    for number in range(len(policy.policies) if as_of is None else 1):
        own = [rule for rule in rules if rule.policy_no == number]
        make_verdicts(con, own, None if as_of is not None else number)
    con.execute(verdicts_view(Routes(rules).told_columns()))


def make_held(con: duckdb.DuckDBPyConnection, rules: Sequence[RouteRule], as_of: dt.date | None) -> None:
    """Make the views facts and held, and the tables that held_scripts makes: what ``rules`` ask of what people hold.

    ``as_of`` None: each person's own day, of those who have one (`evaluate`).
    """
    con.execute(facts_sql(as_of))
    with _in_any_order(con):
        run_script(con, "1_unread.sql")
        for script in credential_scripts():
            con.execute(script)
        for script in held_scripts(rules, lambda query: bool(scalar(con, f"SELECT EXISTS {query}"))):
            con.execute(script)


def make_standing(con: duckdb.DuckDBPyConnection, rules: Sequence[RouteRule]) -> None:
    """Make of a row a person for each direction what ``rules`` ask, from what `make_held` made for them: tables by `standing_name`."""
    with _in_any_order(con):
        (facts_and_held, query), *standing = standing_queries(rules, None).items()
        con.execute(f"CREATE OR REPLACE VIEW {facts_and_held} AS {query}")
        for name, query in standing:
            con.execute(f"CREATE OR REPLACE TABLE {name} AS {query}")


def make_verdicts(con: duckdb.DuckDBPyConnection, rules: Sequence[RouteRule], policy_no: int | None = None) -> None:
    """Make the table ``kept_verdicts`` from what `make_held` made for ``rules``, which are of one policy; of those whom the policy judges whose
    place is ``policy_no``, where there are several: of the second on, add to the table."""
    with _in_any_order(con):
        into = "INSERT INTO kept_verdicts BY NAME" if policy_no else "CREATE OR REPLACE TABLE kept_verdicts AS"
        con.execute(f"{into} {Routes(rules).verdicts_sql(policy_no)}")


@contextmanager
def _in_any_order(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let tables be written in whatever order rows come, which costs less: who reads these tables sorts or joins."""
    kept = scalar(con, "SELECT current_setting('preserve_insertion_order')")
    con.execute("SET preserve_insertion_order = false")
    try:
        yield
    finally:
        con.execute(f"SET preserve_insertion_order = {kept}")
