"""What each interpretation (解释口径) weighs: how many outcomes would be others under its alternative.

The routes of all alternatives that would be others than now are judged together, and people who stand alike (rules/evaluation/sql/profiles.sql) once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import pyarrow as pa

from guantong.rules.evaluation.compile_policy import number_shared_parts, route_rows, set_day
from guantong.rules.evaluation.evaluate import make_standing, route_templates
from guantong.rules.evaluation.routes import outcome_sql, route_sql
from guantong.rules.evaluation.scripts import run_script, script
from guantong.rules.policy.load import Policy
from guantong.rules.rulebook import UNKNOWN_WORDS, settings, value_as_yaml, value_in_words
from guantong.rules.what_if import alternatives, policy_with
from guantong.schemas.database import column_types, create_table, scalar
from guantong.schemas.sql_text import date_literal, fill_template

_FOR_NOTES_ALONE = ("pid", "title_related", "study_note")  # of the standing: what bears on notes alone


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
    trial = _trial(policy, changes, as_of)
    set_day(con, as_of)
    _make_counted(con)
    make_standing(con, policy, trial.routes)
    _merge_into_profiles(con, trial.routes)
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

    ``routes``: the figures of all that. ``queries``: of the verdicts; a column other_N beside an outcome is what the alternative N makes of it.
    ``outcome_only``: those alternatives. ``apart``: routes of which an alternative changes more than the outcomes of those who are on them, each
    with a query of its own: route_no, that of the route as it is, alternative.
    """

    routes: list[dict]
    queries: list[str]
    outcome_only: list[int]
    apart: list[tuple[int, int, int]]


def _trial(policy: Policy, changes: list[tuple[str, object]], as_of: dt.date) -> _Trial:
    """An alternative makes a route another where it makes its SQL another."""
    templates, count = route_templates(), len(policy.document.routes)
    policies = [policy, *(policy_with(policy, *change) for change in changes)]
    # count of each policy, one after the other
    routes = number_shared_parts([route for each in policies for route in route_rows(each, as_of)])
    frames = [route_sql(templates._replace(outcome=""), route, told="") for route in routes]
    outcomes = [outcome_sql(templates, route) for route in routes]
    judged, apart, other_outcomes = routes[:count], [], [{} for _ in range(count)]
    for at, route in enumerate(routes[count:], count):
        alternative, number = at // count - 1, at % count
        if frames[at] != frames[number]:
            apart.append((count + len(apart), number, alternative))
            judged.append(route | {"route_no": apart[-1][0]})
        elif outcomes[at] != outcomes[number]:
            other_outcomes[number][alternative] = outcomes[at]
            judged.append(route)
    columns = ["".join(f", {outcome} AS other_{alternative}" for alternative, outcome in of_route.items()) for of_route in other_outcomes]
    queries = [route_sql(templates, route, told=beside) for route, beside in zip(routes[:count], columns, strict=True)]
    queries += [route_sql(templates, route, told="") for route in judged if route["route_no"] >= count]
    return _Trial(judged, queries, sorted({alternative for of_route in other_outcomes for alternative in of_route}), apart)


def _judge(con: duckdb.DuckDBPyConnection, trial: _Trial) -> None:
    """Make what weights.sql reads: verdicts, apart, and changed, with the outcomes that alternatives change beside."""
    columns = {name: pa.array([row[at] for row in trial.apart], pa.int32()) for at, name in enumerate(("route_no", "route", "alternative"))}
    create_table(con, "apart", pa.table(columns))
    con.execute("CREATE OR REPLACE TABLE verdicts AS " + "\nUNION ALL BY NAME\n".join(trial.queries))
    con.execute("""
        CREATE OR REPLACE MACRO value_of(outcome, target_rank) AS outcome::INTEGER * 16 + 15 - coalesce(target_rank, 0);
        CREATE OR REPLACE TABLE changed (pid BIGINT, alternative INTEGER, route INTEGER, was INTEGER, now_ INTEGER);
    """)
    for number in trial.outcome_only:
        values = f"value_of(outcome, target_rank), value_of(other_{number}, target_rank)"
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


def _merge_into_profiles(con: duckdb.DuckDBPyConnection, routes: list[dict]) -> None:
    """Put profiles in the place of people in what `make_standing` made, and make profiles (pid, persons)."""
    latest = _latest_days(con, sorted({route["years"] * 12 for route in routes if route["years"]}))
    con.execute("CREATE OR REPLACE SEQUENCE profile_numbers")
    for direction in ("skill_to_title", "title_to_skill"):
        columns = column_types(con, f"standing_{direction}")
        compared = [_cell(name, latest) if kind == "DATE" else name for name, kind in columns.items() if name not in _FOR_NOTES_ALONE]
        con.execute(fill_template(script("profiles.sql"), {"direction": direction, "columns": ", ".join(compared)}))
    con.execute("CREATE OR REPLACE VIEW profiles AS FROM persons_skill_to_title UNION ALL FROM persons_title_to_skill")


def _latest_days(con: duckdb.DuckDBPyConnection, months: list[int]) -> list[dt.date]:
    """Of each count of months the latest day from which they are full on the as-of day: of the most months, and so the earliest, first.

    A day of a month that is too short moves to its end, so that several days may lead to one.
    """
    query = """
        SELECT max(day)::DATE FROM (
            SELECT unnest(generate_series(first, first + INTERVAL 3 DAY, INTERVAL 1 DAY)) AS day
            FROM (SELECT getvariable('as_of') - to_months(?) AS first)
        ) WHERE (day + to_months(?))::DATE <= getvariable('as_of')
    """
    return [scalar(con, query, [count, count]) for count in reversed(months)]


def _cell(name: str, latest: list[dt.date]) -> str:
    """A column of days, of which all between two of ``latest`` are one; as they are where months away are added to those of the routes."""
    whens = [f"WHEN {name} <= {date_literal(one)} THEN {date_literal(one)}" for one in latest]
    return f"CASE WHEN away_months <> 0 THEN {name} {' '.join(whens)} WHEN {name} IS NOT NULL THEN 'infinity'::DATE END AS {name}"
