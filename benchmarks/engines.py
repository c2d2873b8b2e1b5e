"""The engines that rules.py compares. Each gives its seconds from Parquet files to verdicts, and how many verdicts it wrote."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import common

AS_OF = dt.date.fromisoformat(common.AS_OF)


class Tenure(NamedTuple):
    """A route with years: which track it starts from, the least rank on it, the years, the least rank on the other track."""

    route_no: int
    track: str
    rank: int
    years: int
    other: int = 0

    @property
    def needs(self) -> list[tuple[str, int]]:
        """(column, least value) of those whom it concerns."""
        other = "title_rank" if self.track == "skill" else "skill_rank"
        return [(f"{self.track}_rank", self.rank)] + ([(other, self.other)] if self.other else [])


ROUTES = (Tenure(0, "skill", 3, 2), Tenure(1, "skill", 4, 3), Tenure(2, "skill", 5, 4), Tenure(8, "title", 2, 3), Tenure(10, "title", 3, 3))
PROMOTION = Tenure(12, "skill", 1, 1, other=1)  # the skill certificate's own date
DATES = {
    "skill": ("skill_date", "skill_3_date", "skill_4_date", "skill_5_date"),
    "title": ("title_date", "title_2_date", "title_3_date", "title_4_date"),
}
COLUMNS = ["pid", "skill_rank", "title_rank", *(f"{name}_hi" for names in DATES.values() for name in names)]


def columns(route: Tenure) -> list[str]:
    """The columns of dates that tell since when a route's rank is held: the highest one's own, and those of the rank or above."""
    if route is PROMOTION:
        return ["skill_date_hi"]
    return [f"{name}_hi" for name in DATES[route.track] if not name[6].isdigit() or int(name[6]) >= route.rank]


PARTS: dict[str, float] = {}  # seconds of an engine's parts, where it tells them


def run(name: str, packs: Path) -> dict[str, object]:
    """Run one engine; its imports come before the clock starts."""
    act = {"guantong": guantong, "bare join": bare, "pandas": in_pandas, "polars": in_polars, "openfisca": in_openfisca}[name](packs)
    begun = time.perf_counter()
    rows = act()
    return {"seconds": time.perf_counter() - begun, "rows": int(rows), "peak": common.high_water(), "parts": PARTS}


def opened(packs: Path) -> object:
    """DuckDB with the people's rows as a view of their files."""
    import duckdb

    con = duckdb.connect()
    con.execute(f"CREATE VIEW rows AS SELECT * FROM read_parquet('{packs}/*/rows.parquet')")
    return con


def guantong(packs: Path) -> Callable[[], int]:
    """Our own rules, all of them: what `rules.evaluate.evaluate` does, part by part."""
    from guantong.rules.evaluation.compile_policy import compile_policy, make_routes
    from guantong.rules.evaluation.evaluate import make_held, make_standing, make_verdicts
    from guantong.rules.evaluation.relations import load_relations, make_kinships
    from guantong.rules.policy.load import load

    con, policy = opened(packs), load("liaoning-2019-2")

    def act() -> int:
        rules = compile_policy(policy)
        parts = {
            "relations": lambda: make_kinships(con, load_relations()),
            "policy": lambda: make_routes(con, rules),
            "held": lambda: make_held(con, rules, AS_OF),
            "standing": lambda: make_standing(con, rules),
            "verdicts": lambda: make_verdicts(con, rules),
        }
        for name, part in parts.items():
            begun = time.perf_counter()
            part()
            PARTS[name] = time.perf_counter() - begun
        return con.execute("SELECT count(*) FROM verdicts").fetchone()[0]

    return act


# The same rows as ours: whoever holds what a route needs. All else is the route's own numbers, of our columns' types.
BARE = """
CREATE TABLE verdicts AS
WITH held AS (
    SELECT pid, 'skill-to-title' AS direction, skill_rank AS rank, NULL AS other, skill_date_hi AS since, NULL AS category
    FROM rows WHERE bucket = 'evaluated' AND skill_state IN ('none', 'known')
    UNION ALL
    SELECT pid, 'title-to-skill', title_rank, CASE WHEN skill_state = 'blank' THEN 0 WHEN skill_state <> 'unknown' THEN skill_rank END,
        title_date_hi, person_category
    FROM rows WHERE bucket = 'evaluated' AND title_state <> 'unknown'
),
joined AS (
    SELECT h.pid, h.since, r.* FROM held AS h JOIN routes AS r ON h.direction = r.direction
    WHERE r.honour_list IS NULL
        AND ((h.rank BETWEEN r.need_rank AND r.most_rank AND (r.need_other IS NULL OR h.other >= r.need_other))
            OR (r.or_no_title AND h.rank = 0 AND list_contains(r.professionals, h.category)))
    UNION ALL
    SELECT DISTINCT pid, NULL::DATE, r.*
    FROM honours JOIN policy_honours USING (honour) JOIN routes AS r ON r.honour_list = list
)
SELECT
    pid, route_no, target_rank, (years > 2)::UTINYINT AS outcome,
    (since + to_months(years * 12))::DATE AS ready_on,
    conditions::USMALLINT AS not_met, conditions::USMALLINT AS unknown, review_unknown::USMALLINT AS review,
    verify_unknown::UINTEGER AS settings, rule_no::USMALLINT AS rule_no
FROM joined
"""


def list_honours(con: object, policy: object) -> None:
    """Make the view honours (pid, honour) and the table policy_honours (honour, list), with which the bare join finds whose count."""
    con.execute("CREATE VIEW honours AS SELECT pid, unnest(honours) AS honour FROM rows")
    listed = [(honour, number) for number, names in policy.document.honours.items() for honour in names]
    con.execute("CREATE TABLE policy_honours (honour VARCHAR, list INTEGER)")
    con.executemany("INSERT INTO policy_honours VALUES (?, ?)", listed)


def bare(packs: Path) -> Callable[[], int]:
    """The least SQL that writes as many rows and columns."""
    from guantong.rules.evaluation.compile_policy import compile_policy
    from guantong.rules.policy.load import load

    con, policy = opened(packs), load("liaoning-2019-2")
    compile_policy(con, policy, AS_OF)
    list_honours(con, policy)

    def act() -> int:
        con.execute(BARE)
        return con.execute("SELECT count(*) FROM verdicts").fetchone()[0]

    return act


def frame(packs: Path) -> object:
    """The people's ranks and dates as pandas has them: days of its own kind, no objects of Python."""
    import pyarrow.parquet as pq

    return pq.read_table(sorted(packs.glob("*/rows.parquet")), columns=COLUMNS).to_pandas(date_as_object=False)


def in_pandas(packs: Path) -> Callable[[], int]:
    """The routes with years by pandas, a column at a time."""
    import numpy as np
    import pandas as pd
    import pyarrow.parquet  # noqa: F401 (imported before the clock starts)

    def act() -> int:
        people = frame(packs)
        made = []
        for route in (*ROUTES, PROMOTION):
            chosen = people[np.logical_and.reduce([people[name] >= rank for name, rank in route.needs])]
            ready = chosen[columns(route)].min(axis=1) + pd.DateOffset(years=route.years)
            full = ready <= pd.Timestamp(AS_OF)
            made.append(pd.DataFrame({"pid": chosen["pid"], "route_no": route.route_no, "ready_on": ready, "full": full}))
        return len(pd.concat(made))

    return act


def in_polars(packs: Path) -> Callable[[], int]:
    """The routes with years by polars, lazily."""
    import polars as pl

    def act() -> int:
        people = pl.scan_parquet(f"{packs}/*/rows.parquet").select(COLUMNS)
        made = []
        for route in (*ROUTES, PROMOTION):
            ready = pl.min_horizontal(columns(route)).dt.offset_by(f"{route.years}y")
            chosen = people.filter(*(pl.col(name) >= rank for name, rank in route.needs)).select(
                "pid", pl.lit(route.route_no).alias("route_no"), ready.alias("ready_on")
            )
            made.append(chosen.with_columns((pl.col("ready_on") <= AS_OF).alias("full")))
        return len(pl.concat(made).collect())

    return act


def in_openfisca(packs: Path) -> Callable[[], int]:
    """The routes with years as OpenFisca variables: a vector of all people for each."""
    import fisca
    import numpy as np
    import pyarrow.parquet  # noqa: F401

    def act() -> int:
        people = frame(packs)
        simulation = fisca.simulation(people)
        return sum(
            int(np.count_nonzero(simulation.calculate(f"held_{route.route_no}", "2025-12")))
            for route in (*ROUTES, PROMOTION)
            if simulation.calculate(f"full_{route.route_no}", "2025-12") is not None
        )

    return act
