"""What each interpretation (解释口径) weighs: how many outcomes would be others under its alternative."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import duckdb
import pandas as pd

from guantong.rules.compile import OUTCOMES, create_table, target_words
from guantong.rules.evaluate import judge, run_sql
from guantong.rules.policy import Policy, Route
from guantong.rules.reach import moves, people_of, routes_of
from guantong.rules.relations import Relations, relate
from guantong.rules.rulebook import UNKNOWN_WORDS, settings, shown
from guantong.rules.whatif import alternatives, other_policy, written

_NO_RELATIONS = Relations((), "", "", False)  # they bear on notes alone


@dataclass(frozen=True)
class Weight:
    """What an alternative would change, each person counted once: persons whose best result in a direction is another, who gain
    and lose 符合申报条件 in a direction; and verdicts with another outcome. ``change``: as `whatif.edited` takes it."""

    setting: str
    change: str
    value: object
    persons: int
    gained: int
    lost: int
    verdicts: int


def weights(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date) -> list[Weight]:
    """The weight of every alternative, the heaviest first. ``con`` holds what `stored.open_tables` gives of an audit by ``policy``."""
    _prepare(con, policy)
    found = [_weight(con, policy, as_of, setting, value) for setting, value in alternatives(policy)]
    return sorted(found, key=lambda one: (-one.persons, -one.verdicts, one.change))


def told(policy: Policy, found: list[Weight]) -> list[dict]:
    """The weights in words, as data/sensitivity.parquet has them."""
    known = {item["name"]: item for item in settings(policy)}
    return [
        {
            "setting": one.setting,
            "title": known[one.setting]["title"],
            "clause": known[one.setting]["clause"],
            "now": known[one.setting]["value"],
            "other": UNKNOWN_WORDS[one.value] if one.setting.startswith("unknown.") else shown(one.value),
            "change": one.change,
            **{name: getattr(one, name) for name in ("persons", "gained", "lost", "verdicts")},
        }
        for one in found
    ]


def _prepare(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Make counted (pid, person), told (the verdicts as numbers), doubts (pid, condition), kinships and the views that `judge` reads."""
    numbers = [(route.id, number) for number, route in enumerate(policy.document.routes)]
    create_table(con, "route_numbers", pd.DataFrame(numbers, columns=["route", "number"]).astype({"number": "uint8"}))
    ranks = [
        (direction, word, rank)
        for direction in ("skill-to-title", "title-to-skill")
        for rank, word in enumerate(target_words(direction), 1)
    ]
    create_table(con, "target_ranks", pd.DataFrame(ranks, columns=["direction", "target", "rank"]))
    con.execute(f"""
        CREATE OR REPLACE TABLE counted AS SELECT pid, coalesce(person_key, 'row ' || pid) AS person
        FROM stored_persons WHERE bucket = 'evaluated' AND duplicate_of IS NULL;

        CREATE OR REPLACE TABLE told AS
        SELECT v.pid, k.number AS route, v.direction = 'skill-to-title' AS to_title,
            (list_position({list(OUTCOMES)}, v.outcome) - 1)::UTINYINT AS outcome,
            ((list_position({list(OUTCOMES)}, v.outcome) - 1) * 16 + 15 - coalesce(t.rank, 0))::INTEGER AS value
        FROM stored_verdicts AS v SEMI JOIN counted USING (pid)
        JOIN route_numbers AS k USING (route) LEFT JOIN target_ranks AS t ON t.direction = v.direction AND t.target = v.target;

        CREATE OR REPLACE TABLE doubts AS
        SELECT DISTINCT pid, unnest(unknown) AS condition FROM stored_verdicts SEMI JOIN counted USING (pid) WHERE len(unknown) > 0;

        CREATE OR REPLACE TABLE reached (pid BIGINT);
        CREATE OR REPLACE VIEW rows AS SELECT * FROM stored_facts SEMI JOIN reached USING (pid);
    """)
    relate(con, _NO_RELATIONS)


def _weight(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date, setting: str, value: object) -> Weight:
    routes = routes_of(policy, setting)
    change = f"{setting}={written(value)}"
    if not routes or not _reach(con, policy, setting, value, routes):
        return Weight(setting, change, value, 0, 0, 0, 0)
    other = other_policy(policy, setting, value)
    ids = {name for (name,) in con.execute("SELECT k.route FROM reached_routes AS r JOIN route_numbers AS k ON k.number = r.route").fetchall()}
    fewer = other.document.model_copy(update={"routes": [route for route in other.document.routes if route.id in ids]})
    judge(con, replace(other, document=fewer), as_of)
    run_sql(con, "weights.sql")
    persons, gained, lost = con.execute("""
        SELECT count(DISTINCT person) FILTER (was IS DISTINCT FROM now_),
            count(DISTINCT person) FILTER (now_ // 16 = 0 AND coalesce(was // 16, 9) <> 0),
            count(DISTINCT person) FILTER (was // 16 = 0 AND coalesce(now_ // 16, 9) <> 0)
        FROM weighed
    """).fetchall()[0]
    ((verdicts,),) = con.execute("SELECT count(*) FROM altered").fetchall()
    return Weight(setting, change, value, persons, gained, lost, verdicts)


def _reach(con: duckdb.DuckDBPyConnection, policy: Policy, setting: str, value: object, routes: list[Route]) -> int:
    """Make reached (pid) and reached_routes (route) of the routes that they are on, or may come on; gives how many people are reached."""
    names = [route.id for route in routes]
    con.execute("CREATE OR REPLACE TABLE reached_routes AS SELECT number AS route FROM route_numbers WHERE list_contains(?, route)", [names])
    where = people_of(policy, setting, value, routes)
    con.execute(f"CREATE OR REPLACE TABLE reached AS SELECT pid FROM stored_facts SEMI JOIN counted USING (pid) WHERE {where}")
    if not moves(setting):
        con.execute("DELETE FROM reached_routes WHERE route NOT IN (SELECT route FROM told SEMI JOIN reached USING (pid))")
    return con.execute("SELECT count(*) FROM reached").fetchall()[0][0]
