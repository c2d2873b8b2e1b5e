"""What each interpretation (解释口径) weighs: how many outcomes would be others under its alternative.

Of every route, as it is and as each alternative makes it, the parts that decide (who is on it, what is held, each condition, the years) are
worked out once for all people, each different part once; people of whom all parts say the same (a profile) are then judged once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from guantong.rules.evaluation.compile_policy import RouteRule, compile_policy, make_routes
from guantong.rules.evaluation.evaluate import make_held, make_standing
from guantong.rules.evaluation.routes import RouteParts, Routes, outcome_sql, years_sql
from guantong.rules.evaluation.scripts import run_script, template
from guantong.rules.policy.document import Value
from guantong.rules.policy.load import Policy
from guantong.rules.rulebook import UNKNOWN_WORDS, settings, value_as_yaml, value_in_words
from guantong.rules.vocabulary import DIRECTIONS, SKILL_WORDS, TITLES
from guantong.rules.what_if import alternatives, policy_with
from guantong.schemas.sql_text import fill_template, literal


@dataclass(frozen=True)
class Weight:
    """What an alternative would change, each person counted once: persons whose best result in a direction is another, who gain
    and lose 符合申报条件 in a direction; and verdicts with another outcome. ``change``: as `what_if.edit_policy` takes it."""

    setting: str
    change: str
    value: Value
    persons: int
    gained: int
    lost: int
    verdicts: int


def weights(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date) -> list[Weight]:
    """The weight of every alternative, the heaviest first. ``con`` holds what `stored_audit.open_tables` gives of an audit by ``policy``."""
    changes = alternatives(policy)
    judged = _routes_to_judge(policy, changes)
    _make_counted(con)
    make_routes(con, compile_policy(policy))
    rules = [one.rule for one in judged]
    make_held(con, rules, as_of)
    make_standing(con, rules)
    _judge(con, judged, Routes(rules))
    run_script(con, "weights.sql")
    found = {
        number: counts for number, *counts in con.execute("SELECT alternative, persons, gained, lost, verdicts FROM weights").fetchall()
    }
    weighed = [
        Weight(name, f"{name}={value_as_yaml(value)}", value, *found.get(number, (0, 0, 0, 0)))
        for number, (name, value) in enumerate(changes)
    ]
    return sorted(weighed, key=lambda one: (-one.persons, -one.verdicts, one.change))


def describe_weights(policy: Policy, found: list[Weight]) -> list[dict[str, object]]:
    """The weights in words, as data/sensitivity.parquet has them."""
    known = {item["name"]: item for item in settings(policy)}
    return [
        {
            "setting": one.setting,
            "title": known[one.setting]["title"],
            "clause": known[one.setting]["clause"],
            "now": known[one.setting]["value"],
            "other": UNKNOWN_WORDS[str(one.value)] if one.setting.startswith("unknown.") else value_in_words(one.value),
            "change": one.change,
            **{name: getattr(one, name) for name in ("persons", "gained", "lost", "verdicts")},
        }
        for one in found
    ]


class _Judged(NamedTuple):
    """A route as an alternative makes it, by the place of each; ``alternative`` None: as it is."""

    rule: RouteRule
    place: int
    alternative: int | None


def _routes_to_judge(policy: Policy, changes: Sequence[tuple[str, Value]]) -> list[_Judged]:
    """The routes as they are, and each of them as each alternative makes it where that is another."""
    now = compile_policy(policy)
    judged = [_Judged(rule, place, None) for place, rule in enumerate(now)]
    for number, change in enumerate(changes):
        others = compile_policy(policy_with(policy, *change))
        judged += [_Judged(rule, place, number) for place, rule in enumerate(others) if rule != now[place]]
    return judged


class _Columns:
    """Expressions over one standing, each once, and the names of their columns."""

    def __init__(self) -> None:
        self._parts: dict[str, str] = {}
        self._years: dict[tuple[tuple[str, str], ...], tuple[RouteRule, str]] = {}

    def part(self, expression: str) -> str:
        """What the column of ``expression`` is called."""
        return self._parts.setdefault(expression, f"part_{len(self._parts)}")

    def tenure(self, rule: RouteRule, parts: RouteParts) -> str:
        """What the column is called of whether the years of a route are full."""
        if parts.years is None:
            return "NULL"
        _, number = self._years.setdefault(parts.years, (rule, f"_{len(self._years)}"))
        return self.part(f"tenure{number}")

    def sql(self, standing: str) -> str:
        """The query of all parts by pid, from the table ``standing``: those of the years each over the ones before it."""
        columns = [list(years_sql(rule, number).items()) for rule, number in self._years.values()]
        query = standing
        for together in zip(*columns, strict=True):
            query = f"(SELECT *, {', '.join(f'{text} AS {name}' for name, text in together)} FROM {query})"
        return f"SELECT pid, {', '.join(f'{text} AS {name}' for text, name in self._parts.items())} FROM {query}"


def _judge(con: duckdb.DuckDBPyConnection, judged: Sequence[_Judged], routes: Routes) -> None:
    """Make moved, which weights.sql reads."""
    con.execute(
        "CREATE OR REPLACE TABLE moved (alternative INTEGER, persons BIGINT[], is_other BOOLEAN, gained BOOLEAN, lost BOOLEAN, verdicts BIGINT)"
    )
    for direction in DIRECTIONS:
        own = [one for one in judged if one.rule.direction == direction]
        if own:
            _judge_direction(con, direction, own, routes)


def _judge_direction(con: duckdb.DuckDBPyConnection, direction: str, judged: Sequence[_Judged], routes: Routes) -> None:
    columns = _Columns()
    now: dict[int, tuple[RouteParts, str]] = {}  # of each route as it is its parts, and the column of what comes of it
    others: dict[int, dict[int, str]] = {}  # alternative: of each route that it makes another that column
    results: dict[str, str] = {}
    for one in judged:
        parts = routes.parts(one.rule)
        if one.alternative is not None and parts == now[one.place][0]:
            continue
        name = results.setdefault(_result(one.rule, parts, columns), f"result_{len(results)}")
        if one.alternative is None:
            now[one.place] = parts, name
        else:
            others.setdefault(one.alternative, {})[one.place] = name
    if not others:
        return
    as_it_is = {place: name for place, (_, name) in now.items()}
    words = {
        "direction": direction,
        "parts": columns.sql(f"standing_{direction.replace('-', '_')}"),
        "results": ", ".join(f"{text} AS {name}" for text, name in results.items()),
        "best": _best(as_it_is),
        "unverified": _order(literal("unverified") + "::outcome", "NULL::target"),
        "alternatives": "\nUNION ALL\n".join(_moved(alternative, as_it_is, changed) for alternative, changed in others.items()),
    }
    con.execute(fill_template(template("profiles.sql"), words))


_STEP = len(TITLES) + len(SKILL_WORDS) + 1  # more than there are targets


def _order(outcome: str, target: str) -> str:
    """Results in their order, the best the least: by the outcome, then the higher target first."""
    return f"(enum_code({outcome})::SMALLINT * {_STEP} + {_STEP - 1} - coalesce(enum_code({target})::SMALLINT + 1, 0))"


def _best(results: Mapping[int, str]) -> str:
    return f"least({', '.join(results.values())})"


def _result(rule: RouteRule, parts: RouteParts, columns: _Columns) -> str:
    """What comes of a route, from its parts; null where it is not in play."""
    expressions = {"held": parts.held, **dict(parts.conditions)}

    def called(name: str) -> str:
        return columns.tenure(rule, parts) if name == "tenure" else columns.part(expressions[name])

    return f"CASE WHEN {columns.part(parts.in_play)} THEN {_order(outcome_sql(rule, called), columns.part(parts.target))} END"


def _moved(alternative: int, now: Mapping[int, str], changed: Mapping[int, str]) -> str:
    """The rows of moved of one alternative; ``changed``: the results of the routes that it makes others."""
    verdicts = " + ".join(f"({now[place]} // {_STEP} IS DISTINCT FROM {name} // {_STEP})::INTEGER" for place, name in changed.items())
    eligible, eligible_then = (f"coalesce({best} < {_STEP}, false)" for best in ("best", "best_then"))
    return f"""SELECT {alternative}, persons, best IS DISTINCT FROM best_then, {eligible_then} AND NOT {eligible}, {eligible} AND NOT {eligible_then}, verdicts
        FROM (SELECT persons, best, coalesce({_best({**now, **changed})}, no_route) AS best_then, {verdicts} AS verdicts FROM profiles_judged)
        WHERE verdicts > 0 OR best IS DISTINCT FROM best_then"""


def _make_counted(con: duckdb.DuckDBPyConnection) -> None:
    """Make counted (pid, person: a number), and what the standing is made from; no kinships, which bear on notes alone."""
    con.execute("""
        CREATE OR REPLACE TABLE counted AS
        SELECT pid, coalesce(first_pid, pid) AS person
        FROM stored_persons AS p LEFT JOIN (
            SELECT person_key, min(pid) AS first_pid FROM stored_persons
            WHERE bucket = 'evaluated' AND duplicate_of IS NULL GROUP BY person_key HAVING count(*) > 1
        ) USING (person_key)
        WHERE bucket = 'evaluated' AND duplicate_of IS NULL;

        CREATE OR REPLACE VIEW rows AS FROM stored_facts;  -- of all: whether a sheet has grades of a year is told by every row
        CREATE OR REPLACE TABLE kinships (title_subject VARCHAR, major VARCHAR, occupation VARCHAR, title_relation VARCHAR, study_relation VARCHAR);
    """)
