"""What each interpretation (解释口径) weighs: how many outcomes would be others under its alternative.

The routes of all alternatives that would be others than now are judged together, and people who stand alike (rules/evaluation/sql/profiles.sql) once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import pyarrow as pa

from guantong.rules.evaluation.compile_policy import RouteRule, compile_policy, make_routes
from guantong.rules.evaluation.evaluate import make_held, make_standing
from guantong.rules.evaluation.routes import Routes, outcome_sql
from guantong.rules.evaluation.scripts import run_script, script
from guantong.rules.policy.load import Policy
from guantong.rules.rulebook import UNKNOWN_WORDS, settings, value_as_yaml, value_in_words
from guantong.rules.what_if import alternatives, policy_with
from guantong.schemas.database import column_types, create_table
from guantong.schemas.sql_text import date_literal, fill_template

_FOR_NOTES_ALONE = ("pid", "title_related", "studied", "study_related")  # of the standing: what bears on notes alone


@dataclass(frozen=True)
class Weight:
    """What an alternative would change, each person counted once: persons whose best result in a direction is another, who gain
    and lose 符合申报条件 in a direction; and verdicts with another outcome. ``change``: as `what_if.edit_policy` takes it."""

    setting: str
    change: str
    value: object
    persons: int
    gained: int
    lost: int
    verdicts: int


def weights(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date) -> list[Weight]:
    """The weight of every alternative, the heaviest first. ``con`` holds what `stored_audit.open_tables` gives of an audit by ``policy``."""
    changes = alternatives(policy)
    trial = _trial(policy, changes)
    _make_counted(con)
    make_routes(con, compile_policy(policy))
    make_held(con, trial.rules, as_of)
    make_standing(con, trial.rules)
    _merge_into_profiles(con, trial.rules, as_of)
    _judge(con, trial)
    run_script(con, "weights.sql")
    found = {
        number: counts for number, *counts in con.execute("SELECT alternative, persons, gained, lost, verdicts FROM weights").fetchall()
    }
    weighed = [
        Weight(name, f"{name}={value_as_yaml(value)}", value, *found.get(number, (0, 0, 0, 0)))
        for number, (name, value) in enumerate(changes)
    ]
    return sorted(weighed, key=lambda one: (-one.persons, -one.verdicts, one.change))


def describe_weights(policy: Policy, found: list[Weight]) -> list[dict]:
    """The weights in words, as data/sensitivity.parquet has them."""
    known = {item["name"]: item for item in settings(policy)}
    return [
        {
            "setting": one.setting,
            "title": known[one.setting]["title"],
            "clause": known[one.setting]["clause"],
            "now": known[one.setting]["value"],
            "other": UNKNOWN_WORDS[one.value] if one.setting.startswith("unknown.") else value_in_words(one.value),
            "change": one.change,
            **{name: getattr(one, name) for name in ("persons", "gained", "lost", "verdicts")},
        }
        for one in found
    ]


class _Trial(NamedTuple):
    """What is judged together: the routes as they are, and what alternatives (by their place) make another.

    ``rules``: all of them. ``queries``: of the verdicts; a column other_N beside an outcome is what the alternative N makes of it.
    ``outcome_only``: those alternatives. ``apart``: routes of which an alternative changes more than the outcomes of those who are on them, each
    with a query of its own: its number, that of the route as it is, alternative.
    """

    rules: list[RouteRule]
    queries: list[str]
    outcome_only: list[int]
    apart: list[tuple[int, int, int]]


def _trial(policy: Policy, changes: list[tuple[str, object]]) -> _Trial:
    """An alternative makes a route another where it makes its SQL another."""
    count = len(policy.document.routes)
    now, *others = [compile_policy(each) for each in (policy, *(policy_with(policy, *change) for change in changes))]
    routes = Routes([*now, *(rule for each in others for rule in each)])
    frames = [_frame(routes, rule) for rule in now]
    judged, apart = list(now), []
    other_outcomes: list[dict[int, str]] = [{} for _ in now]
    for alternative, rules in enumerate(others):
        for number, rule in enumerate(rules):
            if _frame(routes, rule) != frames[number]:
                apart.append((count + len(apart), number, alternative))
                judged.append(rule)
            elif outcome_sql(rule) != outcome_sql(now[number]):
                other_outcomes[number][alternative] = outcome_sql(rule)
    columns = ["".join(f", {outcome} AS other_{alternative}" for alternative, outcome in of_route.items()) for of_route in other_outcomes]
    columns += [""] * len(apart)
    queries = [
        routes.route_sql(rule, told=f", {number} AS route_no{beside}")
        for number, (rule, beside) in enumerate(zip(judged, columns, strict=True))
    ]
    return _Trial(judged, queries, sorted({alternative for of_route in other_outcomes for alternative in of_route}), apart)


def _frame(routes: Routes, rule: RouteRule) -> str:
    """The SQL of a route but for how the outcome is told."""
    return routes.route_sql(rule, told="").replace(outcome_sql(rule), "")


def _judge(con: duckdb.DuckDBPyConnection, trial: _Trial) -> None:
    """Make what weights.sql reads: verdicts, apart, and changed, with the outcomes that alternatives change beside."""
    columns = {name: pa.array([row[at] for row in trial.apart], pa.int32()) for at, name in enumerate(("route_no", "route", "alternative"))}
    create_table(con, "apart", pa.table(columns))
    con.execute("CREATE OR REPLACE TABLE verdicts AS " + "\nUNION ALL BY NAME\n".join(trial.queries))
    con.execute("""
        CREATE OR REPLACE MACRO value_of(outcome, target) AS enum_code(outcome)::INTEGER * 16 + 15 - coalesce(enum_code(target) + 1, 0);
        CREATE OR REPLACE TABLE changed (pid BIGINT, alternative INTEGER, route INTEGER, was INTEGER, now_ INTEGER);
    """)
    for number in trial.outcome_only:
        values = f"value_of(outcome, target), value_of(other_{number}, target)"
        con.execute(f"INSERT INTO changed SELECT pid, {number}, route_no, {values} FROM verdicts WHERE other_{number} <> outcome")


def _make_counted(con: duckdb.DuckDBPyConnection) -> None:
    """Make counted (pid, person: a number), and what `make_standing` reads; no kinships, which bear on notes alone."""
    con.execute("""
        CREATE OR REPLACE TABLE counted AS
        SELECT pid, coalesce(first_pid, pid) AS person
        FROM stored_persons AS p LEFT JOIN (
            SELECT person_key, min(pid) AS first_pid FROM stored_persons
            WHERE bucket = 'evaluated' AND duplicate_of IS NULL GROUP BY person_key HAVING count(*) > 1
        ) USING (person_key)
        WHERE bucket = 'evaluated' AND duplicate_of IS NULL;

        CREATE OR REPLACE VIEW rows AS SELECT * FROM stored_facts SEMI JOIN counted USING (pid);
        CREATE OR REPLACE TABLE kinships (title_subject VARCHAR, major VARCHAR, occupation VARCHAR, title_relation VARCHAR, study_relation VARCHAR);
    """)


def _merge_into_profiles(con: duckdb.DuckDBPyConnection, rules: list[RouteRule], as_of: dt.date) -> None:
    """Put profiles in the place of people in what `make_standing` made, and make profiles (pid, persons)."""
    latest = _latest_days(con, sorted({rule.years for rule in rules if rule.years}), as_of)
    con.execute("CREATE OR REPLACE SEQUENCE profile_numbers")
    for direction in ("skill_to_title", "title_to_skill"):
        columns = column_types(con, f"standing_{direction}")
        compared = [
            _cell(name, latest) if kind == "DATE" and name != "as_of" else name
            for name, kind in columns.items()
            if name not in _FOR_NOTES_ALONE
        ]
        con.execute(fill_template(script("profiles.sql"), {"direction": direction, "columns": ", ".join(compared)}))
    con.execute("CREATE OR REPLACE VIEW profiles AS FROM persons_skill_to_title UNION ALL FROM persons_title_to_skill")


def _latest_days(con: duckdb.DuckDBPyConnection, years: list[int], as_of: dt.date) -> list[dt.date]:
    """Of each count of years the latest day from which they are full on the as-of day, by the day and by the calendar year; the earliest first.

    A day of a month that is too short moves to its end, so that several days may lead to one.
    """
    query = """
        SELECT max(day)::DATE FROM (
            SELECT unnest(generate_series(first, first + INTERVAL 3 DAY, INTERVAL 1 DAY)) AS day
            FROM (SELECT $as_of::DATE - to_months($months) AS first)
        ) WHERE (day + to_months($months))::DATE <= $as_of::DATE
    """
    by_day = [con.execute(query, {"as_of": as_of, "months": count * 12}).fetchall()[0][0] for count in years]
    return sorted({*by_day, *(dt.date(as_of.year - count, 12, 31) for count in years)})


def _cell(name: str, latest: list[dt.date]) -> str:
    """A column of days, of which all between two of ``latest`` are one; as they are where months away are added to those of the routes."""
    whens = [f"WHEN {name} <= {date_literal(one)} THEN {date_literal(one)}" for one in latest]
    return f"CASE WHEN away_months <> 0 THEN {name} {' '.join(whens)} WHEN {name} IS NOT NULL THEN 'infinity'::DATE END AS {name}"
