"""What each interpretation (解释口径) weighs: how many outcomes would be others under its alternative."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb

from guantong.rules.evaluate import evaluate
from guantong.rules.policy import Policy
from guantong.rules.whatif import alternatives, edited

# Each person and direction by its best verdict (as the summaries of 5_export.sql), each verdict by its outcome.
_BEST = """
    CREATE OR REPLACE TABLE best_{0} AS SELECT pid, direction, min(outcome::INTEGER * 16 + 15 - coalesce(target_rank, 0)) AS best
    FROM verdicts GROUP BY ALL;
    CREATE OR REPLACE TABLE each_{0} AS SELECT pid, route_no, outcome FROM verdicts
"""
_PERSONS = """
    SELECT count(DISTINCT person) FILTER (was IS DISTINCT FROM now_),
        count(DISTINCT person) FILTER (now_ // 16 = 0 AND coalesce(was // 16, 9) <> 0),
        count(DISTINCT person) FILTER (was // 16 = 0 AND coalesce(now_ // 16, 9) <> 0)
    FROM (
        SELECT coalesce(a.pid, b.pid) AS pid, a.best AS was, b.best AS now_
        FROM best_0 AS a FULL JOIN best_1 AS b USING (pid, direction)
    ) JOIN counted USING (pid)
"""
_VERDICTS = """
    SELECT count(*) FROM each_0 AS a FULL JOIN each_1 AS b USING (pid, route_no)
    WHERE a.outcome IS DISTINCT FROM b.outcome
"""


@dataclass(frozen=True)
class Weight:
    """What an alternative would change: persons whose best result in a direction is another, who gain and lose 符合申报条件
    in a direction, and verdicts with another outcome."""

    setting: str
    change: str
    persons: int
    gained: int
    lost: int
    verdicts: int


def weights(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date) -> list[Weight]:
    """The weight of every alternative, the heaviest first. ``con`` holds what `stored.as_people` gives."""
    con.execute("""
        CREATE OR REPLACE TABLE counted AS SELECT pid, coalesce(person_key, 'row ' || pid) AS person
        FROM people WHERE bucket = 'evaluated' AND duplicate_of IS NULL
    """)
    evaluate(con, policy, as_of)
    con.execute(_BEST.format(0))
    found = []
    for setting, change in alternatives(policy):
        evaluate(con, edited(policy, [change]), as_of)
        con.execute(_BEST.format(1))
        persons, gained, lost = con.execute(_PERSONS).fetchall()[0]
        found.append(Weight(setting, change, persons, gained, lost, con.execute(_VERDICTS).fetchall()[0][0]))
    return sorted(found, key=lambda one: (-one.persons, -one.verdicts, one.change))
