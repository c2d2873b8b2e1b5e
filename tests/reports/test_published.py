"""An attack on the tables to publish: whoever has all of them together cannot work out a suppressed figure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from unittest.mock import patch

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from guantong.reports import wording
from guantong.reports.bureau.figures.figure_table import TOTAL, FigureTable
from guantong.reports.bureau.figures.targets_and_routes import PATHS
from guantong.reports.published import disclosure
from guantong.reports.published.public_tables import HIDDEN, draft_publication

POPULATIONS = int(os.environ.get("GUANTONG_TEST_POPULATIONS", "30"))
THRESHOLD = 5
TITLES, LEVELS = wording.TARGETS[:4], wording.TARGETS[7:10]
RULEBOOK = {
    "as_of": "2025-12-31", "directions": {"skill-to-title": "", "title-to-skill": ""},
    "routes": {"ordinary": {"exceptional": False}, "exceptional": {"exceptional": True}},
}  # fmt: skip
S2T, T2S = "skill-to-title", "title-to-skill"
GROUPS = ("by_industry", "by_occupation", "by_sex", "by_age", "by_education")


def population(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People as audit_data.COUNTED_PEOPLE gives them, and their verdicts: few or many, in groups that are even or of one each."""
    random = np.random.default_rng(seed)
    size, crowd = int(random.choice([3, 20, 80, 400])), random.uniform(0.2, 3)

    def group(names: list[str | None]) -> np.ndarray:
        shares = random.dirichlet(np.full(len(names), crowd))
        return random.choice(np.array(names, dtype=object), size, p=shares)

    counted_people = pd.DataFrame({
        "pid": range(size), "city": group(["甲市", "乙市", "丙市", "丁市", None]), "industry": group(["钢铁", "化工", None]),
        "occupation": group([f"工种{n}" for n in range(8)]), "sex": group(["男", "女", None]), "age_band": group(["青", "中", "老"]),
        "education": group(["本科", "大专", "中专", None]), "skill_level": group([*LEVELS, "四级/中级工", None]),
        "parity": group(["工程师", "助理工程师", None]), "s2t": random.choice([1, 4, 6, 7], size), "t2s": random.choice([1, 4, 6, 7], size),
        "s2t_target": group(list(TITLES)), "t2s_target": group(list(LEVELS)),
    })  # fmt: skip
    counted_people["best_rank"] = counted_people[["s2t", "t2s"]].min(axis=1)
    verdicts = []
    for person in counted_people.itertuples():
        if person.s2t == 1:
            ways = [["ordinary"], ["ordinary"], ["exceptional"], ["ordinary", "exceptional"]][random.integers(4)]
            verdicts += [(person.pid, way, S2T, person.s2t_target, "eligible", None) for way in ways]
        for direction, place in ((S2T, person.s2t), (T2S, person.t2s)):
            if place == 4:
                day = pd.Timestamp("2026-01-01") + pd.Timedelta(days=int(random.integers(2200)))
                verdicts.append((person.pid, "ordinary", direction, "工程师", "not_yet", day.date()))
    return counted_people, pd.DataFrame(verdicts, columns=["pid", "route", "direction", "target", "outcome", "eligible_on"])


@contextmanager
def counted(counted_people: pd.DataFrame, verdicts: pd.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which these people and their verdicts are counted."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("counted_rows", counted_people)
        connection.register("verdict_rows", verdicts)
        connection.execute("CREATE TABLE counted_people AS SELECT * FROM counted_rows")
        connection.execute("""CREATE TABLE verdicts AS SELECT pid, route::VARCHAR AS route, direction::VARCHAR AS direction,
            target::VARCHAR AS target, outcome::VARCHAR AS outcome, eligible_on::DATE AS eligible_on, []::VARCHAR[] AS not_met,
            []::VARCHAR[] AS unknown FROM verdict_rows""")
        connection.execute(PATHS)
        yield connection


@cache
def tables_of(seed: int, threshold: int = THRESHOLD) -> dict[str, FigureTable]:
    """What is published of a population; with a threshold of 1, the same tables with every figure in them."""
    counted_people, verdicts = population(seed)
    with counted(counted_people, verdicts) as connection:
        return draft_publication(connection, RULEBOOK, threshold)[0]


@dataclass
class Attack:
    """What a reader makes of the tables: unknowns, equations between them, and what each is known to be at least."""

    names: dict[tuple, int] = field(default_factory=dict)
    least: list[int] = field(default_factory=list)
    rows: list[dict[int, float]] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    targets: dict[tuple, int] = field(default_factory=dict)
    same: dict[tuple, tuple] = field(default_factory=dict)  # the one name of a figure that stands in several tables

    def unknown(self, name: tuple, least: int) -> int:
        if name not in self.names:
            self.names[name] = len(self.least)
            self.least.append(least)
        return self.names[name]

    def say(self, terms: list[tuple[float, tuple, object]]) -> None:
        """The sum of factor × figure is nought; a figure is a number as printed, or an unknown by its name."""
        row: dict[int, float] = {}
        right = 0.0
        for factor, name, value in terms:
            if value == HIDDEN:
                at = self.unknown(name, 1)  # noughts are printed
                self.targets[name] = at
            elif value is None:  # not printed at all: a rest
                at = self.unknown(name, 0)
            else:
                right -= factor * value
                continue
            row[at] = row.get(at, 0.0) + factor
        if row:
            self.rows.append(row)
            self.right.append(right)

    @property
    def matrix(self) -> np.ndarray:
        made = np.zeros((len(self.rows), len(self.least)))
        for number, row in enumerate(self.rows):
            for at, factor in row.items():
                made[number, at] = factor
        return made

    def determined(self) -> set[tuple]:
        """The suppressed figures that follow by adding and subtracting alone."""
        if not self.targets:
            return set()
        _, sizes, vectors = np.linalg.svd(self.matrix)
        free = vectors[(sizes > 1e-9).sum() :]
        return {name for name, at in self.targets.items() if not (np.abs(free[:, at]) > 1e-7).any()}

    def interval(self, name: tuple) -> tuple[float, float]:
        """The least and the most that a suppressed figure can be, if all are whole numbers."""
        goal = np.zeros(len(self.least))
        found = []
        for sign in (1, -1):
            goal[self.targets[name]] = sign
            rules = LinearConstraint(self.matrix, self.right, self.right)
            best = milp(goal, integrality=np.ones(len(goal)), bounds=Bounds(self.least, np.inf), constraints=rules)
            found.append(sign * best.fun if best.fun is not None else np.inf)
        return found[0], found[1]


def attack(tables: dict[str, FigureTable]) -> Attack:
    """All that a reader of the tables knows: what sums to what, what stands in two tables, and what is a part of what."""
    made = Attack()
    at = {(name, row[0], header): value for name, table in tables.items() for row in table.rows
          for header, value in zip(table.headers[1:], row[1:], strict=True) if "占" not in header}  # fmt: skip
    same = made.same
    for name in ("by_city", "stock", *GROUPS):
        same[(name, TOTAL, "已审核人数")] = ("persons",)
    same |= {(name, TOTAL, "符合申报条件人数"): ("eligible",) for name in GROUPS}
    same |= {("targets", TOTAL, "符合申报条件人数"): ("s2t",), ("by_city", TOTAL, "符合申报条件人数（申报职称）"): ("s2t",)}
    same |= {("skill_targets", TOTAL, "符合申报条件人数"): ("t2s",), ("by_city", TOTAL, "符合申报条件人数（参加职业技能评价）"): ("t2s",)}
    for row in tables["by_city"].rows:
        same[("stock", row[0], "已审核人数")] = same[("by_city", row[0], "已审核人数")] = ("persons", row[0] if row[0] != TOTAL else None)
    same[("by_city", TOTAL, "已审核人数")] = same[("stock", TOTAL, "已审核人数")] = ("persons",)

    def term(factor: float, name: str, label: str, header: str) -> tuple[float, tuple, object]:
        key = (name, label, header)
        return factor, same.get(key, key), at[key]

    def rest(*name: str) -> tuple[float, tuple, object]:
        return -1, ("rest", *name), None

    for name, table in tables.items():  # every table's columns sum to its last row
        for header in {header for _, _, header in at if (name, TOTAL, header) in at}:
            labels = [row[0] for row in table.rows if row[0] != TOTAL]
            if labels:
                made.say([term(-1, name, TOTAL, header), *(term(1, name, label, header) for label in labels)])
    for row in tables["targets"].rows:
        whole, *parts = tables["targets"].headers[1:]
        made.say([term(-1, "targets", row[0], whole), *(term(1, "targets", row[0], part) for part in parts)])
    for name in GROUPS:
        for row in tables[name].rows:
            made.say([term(1, name, row[0], "已审核人数"), term(-1, name, row[0], "符合申报条件人数"), rest(name, row[0])])
    for row in tables["by_city"].rows:
        city = row[0]
        for header in tables["by_city"].headers[2:]:
            made.say([term(1, "by_city", city, "已审核人数"), term(-1, "by_city", city, header), rest(header, city)])
        made.say([term(1, "stock", city, "已审核人数"), term(-1, "stock", city, "技能人才"), rest("unskilled", city)])
        made.say([term(1, "stock", city, "技能人才"), term(-1, "stock", city, "高技能人才"), rest("low", city)])
    first, titles, skills = GROUPS[0], *tables["by_city"].headers[2:]
    total = term(1, first, TOTAL, "符合申报条件人数")
    made.say([term(1, "by_city", TOTAL, titles), term(1, "by_city", TOTAL, skills), (-1, *total[1:]), rest("both")])
    waiting = term(-1, "forecast", TOTAL, "届时符合申报条件人数")
    made.say([term(1, first, TOTAL, "已审核人数"), (-1, *total[1:]), waiting, rest("not waiting")])
    return made


def small(tables: dict[str, FigureTable]) -> Iterator[tuple]:
    """The names of the figures under the threshold that stand in tables."""
    for name, table in tables.items():
        for row in table.rows:
            for header, value in zip(table.headers[1:], row[1:], strict=True):
                if isinstance(value, int) and 0 < value < THRESHOLD:
                    yield name, row[0], header


def test_no_suppressed_figure_of_any_population_follows_from_all_tables_together() -> None:
    suppressed = 0
    for seed in range(POPULATIONS):
        tables = tables_of(seed)
        assert not list(small(tables)), seed
        made = attack(tables)
        suppressed += len(made.targets)
        assert made.determined() == set(), seed
    assert suppressed > 25 * POPULATIONS


def test_whole_numbers_and_noughts_leave_a_wide_interval_too() -> None:
    looked = 0
    for seed in range(0, POPULATIONS, 10):
        made = attack(tables_of(seed))
        sensitive = {made.same.get(name, name) for name in small(tables_of(seed, 1))}
        for name in sorted(sensitive, key=repr)[:12]:
            if name in made.targets:
                least, most = made.interval(name)
                assert most - least >= THRESHOLD - 1 and most >= THRESHOLD, (seed, name, least, most)
                looked += 1
        for name in [name for name in made.targets if name not in sensitive][:4]:
            least, most = made.interval(name)
            assert most > least, (seed, name)
    assert looked > POPULATIONS // 2


def test_the_attack_finds_what_is_suppressed_without_its_complement() -> None:
    with patch.object(disclosure, "_complement", lambda *_: []), patch.object(disclosure, "_prove", lambda *_: None):
        found = [bool(attack(tables_of.__wrapped__(seed)).determined()) for seed in range(20)]
    assert sum(found) >= 15


def test_nothing_is_published_where_the_proof_fails() -> None:
    with patch.object(disclosure, "_complement", lambda *_: []), pytest.raises(disclosure.Unprotected):
        tables_of.__wrapped__(3)


def test_shares_are_of_what_is_shown() -> None:
    for seed in range(40):
        tables = tables_of(seed)
        for _, persons, skilled, highly, of_all, of_skilled in tables["stock"].rows:
            for share, part, whole in ((of_all, skilled, persons), (of_skilled, highly, skilled)):
                assert share == (HIDDEN if HIDDEN in (part, whole) else part / whole if whole else None)


def test_the_published_figures_are_true() -> None:
    for seed in range(0, 40, 4):
        tables, truth = tables_of(seed), tables_of(seed, 1)
        counted_people, _ = population(seed)
        for name, table in tables.items():
            for row, whole in zip(table.rows, truth[name].rows, strict=True):
                assert all(value in (HIDDEN, true) for value, true in zip(row, whole, strict=True))
        assert dict(row[:2] for row in truth["by_sex"].rows) == {
            **counted_people["sex"].fillna("（未填）").value_counts(),
            TOTAL: len(counted_people),
        }
