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
    from guantong.rules.evaluation.evaluate import make_held, make_verdicts
    from guantong.rules.evaluation.relations import load_relations, make_kinships
    from guantong.rules.policy.load import load

    con, policy = opened(packs), load("liaoning-2019-2")

    def act() -> int:
        rules = compile_policy(policy)
        parts = {
            "relations": lambda: make_kinships(con, load_relations()),
            "policy": lambda: make_routes(con, rules),
            "held": lambda: make_held(con, rules, AS_OF),
            "verdicts": lambda: make_verdicts(con, rules),
        }
        for name, part in parts.items():
            begun = time.perf_counter()
            part()
            PARTS[name] = time.perf_counter() - begun
        return con.execute("SELECT count(*) FROM kept_verdicts").fetchone()[0]

    return act


def bare(packs: Path) -> Callable[[], int]:
    """The bare join, timed without what it is made from."""
    from guantong.rules.evaluation.compile_policy import compile_policy, make_routes
    from guantong.rules.policy.load import load

    con, rules = opened(packs), compile_policy(load("liaoning-2019-2"))
    make_routes(con, rules)
    script = bare_join(rules)

    def act() -> int:
        con.execute(script)
        return con.execute("SELECT count(*) FROM kept_verdicts").fetchone()[0]

    return act


def bare_join(rules: list) -> str:
    """The least SQL that writes as many rows and columns: whoever holds what a route needs; a date, and else words of the route's own."""
    from guantong.rules.evaluation.compile_policy import RouteRule
    from guantong.rules.vocabulary import SKILLS, TITLES
    from guantong.schemas.sql_text import literal, texts_list

    def in_play(rule: RouteRule) -> str:
        if rule.honour_lists:
            listed = texts_list(name for number, names in rule.honours if number in rule.honour_lists for name in names)
            return f"list_has_any(honours, {listed}) OR list_has_any(honours_in_doubt, {listed})"
        track, ladder = ("skill", SKILLS) if rule.to_title else ("title", TITLES)
        holds = f"{track}_rank {'=' if rule.exactly else '>='} {ladder.index(rule.needs) + 1}"
        if rule.untitled:
            holds = f"({holds} OR (title_rank IS NULL AND title_state <> 'absent' AND list_contains({texts_list(rule.untitled)}, person_category)))"
        return f"{holds} AND skill_rank >= {SKILLS.index(rule.certificate) + 1}" if rule.certificate else holds

    def query(rule: RouteRule) -> str:
        day = f"{'skill' if rule.to_title or rule.next else 'title'}_date_hi"
        return f"""SELECT pid, {literal(rule.id)}::route_id AS route, NULL::target AS target, 'eligible'::outcome AS outcome,
            ({day} + to_months({rule.years * 12}))::DATE AS ready_on, 0::BIGINT AS kept
            FROM holders WHERE {in_play(rule)}"""

    return f"""
        SET preserve_insertion_order = false;
        CREATE TABLE holders AS SELECT pid, skill_rank, title_rank, title_state, skill_date_hi, title_date_hi, person_category, honours, honours_in_doubt
        FROM rows WHERE bucket = 'evaluated';
        CREATE TABLE kept_verdicts AS {" UNION ALL ".join(map(query, rules))};
    """


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
