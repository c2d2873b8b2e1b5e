"""An attack on publications that follow each other: nobody learns of a few people from what has changed between them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from guantong.reports.bureau.figures.figure_table import FigureTable
from guantong.reports.published import disclosure
from guantong.reports.published import public_tables as published
from guantong.reports.published.publications import HIDDEN, Publication, PublicationHistory, have_people_in_common
from tests.reports import test_published as single

POPULATIONS = int(os.environ.get("GUANTONG_TEST_POPULATIONS", "30"))
THRESHOLD = single.THRESHOLD
WORDS = {
    "city": dict(zip(["甲市", "乙市", "丙市", "丁市"], ["沈阳市", "大连市", "鞍山市", "抚顺市"], strict=True)),
    "industry": {"钢铁": "黑色金属冶炼和压延加工业", "化工": "化学原料和化学制品制造业"},
    "occupation": dict(zip([f"工种{n}" for n in range(8)], "车工 铣工 磨工 镗工 焊工 电工 铆工 李四肺结核".split(), strict=True)),
    "age_band": {"青": "35岁及以下", "中": "36至40岁", "老": "55岁及以上"},
    "education": {"本科": "本科", "大专": "大专", "中专": "中专、技工院校、高中"},
}
ABSENT = "（没有的行）"
Cell = tuple[str, str, str]  # table, label, header


def people(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The people of test_published, with words that are published."""
    counted_people, verdicts = single.population(seed)
    for column, words in WORDS.items():
        counted_people[column] = counted_people[column].map(words).astype(object).where(counted_people[column].notna(), None)
    return counted_people, verdicts


@dataclass
class Published:
    """A publication as it is printed, what is true of each of its figures, and what the next one is made from."""

    tables: dict[str, FigureTable]
    truth: dict[str, FigureTable]
    record: Publication


def publish(counted_people: pd.DataFrame, verdicts: pd.DataFrame, earlier: list[Published], number: int = 0) -> Published:
    """Publish tables of these people. Raises disclosure.Unprotected."""
    verdicts = verdicts[verdicts["pid"].isin(counted_people["pid"])]
    with single.counted(counted_people, verdicts) as connection:
        records = [one.record for one in earlier]
        tables, cells = published.draft_publication(connection, single.RULEBOOK, THRESHOLD, records)
        with patch.object(published, "_printed_figures", lambda draft: {key: draft.system.counts[key] for key in draft.system.printed}):
            truth, _ = published.draft_publication(connection, single.RULEBOOK, THRESHOLD, records)
    return Published(tables, truth, Publication(str(number), "2025-12-31", THRESHOLD, cells, {}, {}))


def figures(tables: dict[str, FigureTable]) -> dict[Cell, object]:
    """Each figure of the tables by its place."""
    return {
        (name, row[0], header): value
        for name, table in tables.items()
        for row in table.rows
        for header, value in zip(table.headers[1:], row[1:], strict=True)
        if "占" not in header
    }


def a_few_differ(counted_people: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The people with one to four of them gone, come or changed."""
    random = np.random.default_rng(seed)
    few, kind = int(random.integers(1, THRESHOLD)), seed % 3
    few = min(few, len(counted_people) - 1)
    rows = random.choice(counted_people.index[1:] if few else counted_people.index, few, replace=False)
    if kind == 0:
        return counted_people.drop(rows)
    changed = counted_people.loc[rows].copy()
    changed[["city", "sex", "occupation"]] = ["大连市", "女", "镗工"]
    changed["s2t"], changed["best_rank"] = 6, changed["t2s"].clip(upper=6)
    return pd.concat([counted_people.drop(rows), changed] if kind == 1 else [counted_people, changed.assign(pid=changed["pid"] + 10_000)])


def rows_of(tables: dict[str, FigureTable]) -> dict[str, list[tuple]]:
    return {name: table.rows for name, table in tables.items()}


def test_publications_between_which_a_few_people_changed_are_the_same_to_the_letter() -> None:
    for seed in range(POPULATIONS):
        counted_people, verdicts = people(seed)
        first = publish(counted_people, verdicts, [])
        second = publish(a_few_differ(counted_people, seed), verdicts, [first], 1)
        assert rows_of(second.tables) == rows_of(first.tables), seed
        third = publish(counted_people, verdicts, [first, second], 2)
        assert rows_of(third.tables) == rows_of(first.tables), seed


def test_without_the_rule_the_change_of_a_few_people_is_seen() -> None:
    with (
        patch.object(PublicationHistory, "repeated_print", lambda *_: None),
        patch.object(PublicationHistory, "past_prints", lambda *_: []),
    ):
        seen = 0
        for seed in range(20):
            counted_people, verdicts = people(seed)
            seen += rows_of(publish(a_few_differ(counted_people, seed), verdicts, []).tables) != rows_of(
                publish(counted_people, verdicts, []).tables
            )
    assert seen >= 18


@cache
def series(seed: int) -> list[Published]:
    """Publications of people who come and go, few at a time or many; where nothing new can be published there is none."""
    counted_people, verdicts = people(seed)
    random = np.random.default_rng(seed)
    order, first, last, made = random.permutation(len(counted_people)), 0, len(counted_people) // 2, []
    for step in range(5):
        there = counted_people[np.isin(np.arange(len(counted_people)), order[first:last])]
        try:
            made.append(publish(there, verdicts, made, step))
        except disclosure.Unprotected:
            assert made, seed
        moved = int(random.choice([1, 3, max(3, len(counted_people) // 10), len(counted_people) // 4]))
        first, last = first + int(random.integers(0, 1 + moved // 3)), min(len(counted_people), last + moved)
    return made


def test_all_that_is_ever_printed_of_a_figure_is_the_same_or_far_apart() -> None:
    changed = 0
    for seed in range(0, POPULATIONS, 2):
        printed: dict[Cell, list[int]] = {}
        for one in series(seed):
            for cell, value in figures(one.tables).items():
                if isinstance(value, int):
                    printed.setdefault(cell, []).append(value)
        for cell, values in printed.items():
            differ = [abs(one - other) for one in values for other in values if one != other]
            assert not differ or min(differ) >= THRESHOLD, (seed, cell, values)
            changed += bool(differ)
    assert changed > POPULATIONS // 2


def stale(one: Published, earlier: list[Published]) -> dict[Cell, tuple[int, int]]:
    """The printed figures that may be another: what each was when it was first printed so, and what it is."""
    true, before = figures(one.truth), [(figures(other.tables), figures(other.truth)) for other in reversed(earlier)]
    found = {}
    for cell, value in figures(one.tables).items():
        for tables, truth in before:
            if isinstance(value, int) and tables.get(cell) == value and abs(true.get(cell, 0) - truth.get(cell, 0)) < THRESHOLD:
                found[cell] = truth.get(cell, 0), true.get(cell, 0)
                break
    return found


def test_what_is_new_does_not_tell_whether_a_figure_that_is_kept_has_changed() -> None:
    """The reader knows what every figure was before, and that one that is printed as it was has changed by less than the threshold."""
    looked = 0
    for seed in range(0, POPULATIONS, 2):
        made = series(seed)
        for number, one in enumerate(made[1:], 1):
            kept = stale(one, made[:number])
            if len(kept) == len([value for value in figures(one.tables).values() if isinstance(value, int)]):
                continue  # nothing is new
            for cell in sorted((cell for cell, (was, now) in kept.items() if was != now), key=repr)[:6]:
                least, most = interval(one, kept, cell)
                was, now = kept[cell]
                assert least <= was <= most or most - least >= THRESHOLD - 1, (seed, number, cell, was, now, least, most)
                looked += 1
    assert looked > POPULATIONS


def interval(one: Published, kept: dict[Cell, tuple[int, int]], cell: Cell) -> tuple[float, float]:
    """The least and the most that a figure that is kept can be, by all that is printed: a figure that is new is true, a row that is not
    there may be of some who came.
    """

    def blurred(name: str, table: FigureTable) -> FigureTable:
        rows = [(row[0], *(HIDDEN if (name, row[0], header) in kept else value for header, value in zip(table.headers[1:], row[1:], strict=True)))
                for row in table.rows]  # fmt: skip
        return replace(table, rows=[(ABSENT, *[HIDDEN] * (len(table.headers) - 1)), *rows])

    made = single.attack({name: blurred(name, table) for name, table in one.tables.items()})
    least, most = np.zeros(len(made.least)), np.full(len(made.least), np.inf)  # what was suppressed may be nought by now
    for other, (was, _) in kept.items():
        at = made.targets[made.same.get(other, other)]
        least[at], most[at] = max(0, was - THRESHOLD + 1), was + THRESHOLD - 1
    for name, at in made.targets.items():
        if ABSENT in name:
            least[at], most[at] = 0, THRESHOLD - 1
    goal = np.zeros(len(least))
    found = []
    for sign in (1, -1):
        goal[made.targets[made.same.get(cell, cell)]] = sign
        rules = LinearConstraint(made.matrix, made.right, made.right)
        best = milp(goal, integrality=np.ones(len(goal)), bounds=Bounds(least, most), constraints=rules)
        assert best.status in (0, 3), best.message
        found.append(sign * best.fun if best.status == 0 else sign * -np.inf)
    return found[0], found[1]


def test_small_figures_stay_untold_in_a_series_too() -> None:
    for seed in range(0, POPULATIONS, 2):
        for one in series(seed):
            shown = figures(one.tables)
            assert not [cell for cell, value in shown.items() if isinstance(value, int) and 0 < value < THRESHOLD], seed


def test_a_group_has_a_row_where_it_is_large_and_the_others_are_one() -> None:
    rows = {}
    for size, eligible in ((4, 2), (5, 2), (9, 9), (9, 0), (10, 10)):
        rows[(size, eligible)] = published._is_large([eligible, 0, 0, 0, 0, size - eligible, 0, 0], THRESHOLD)
    assert rows == {(4, 2): False, (5, 2): True, (9, 9): False, (9, 0): False, (10, 10): True}
    counted_people, verdicts = people(3)
    labels = {row[0] for row in publish(counted_people, verdicts, []).truth["by_occupation"].rows}
    assert "李四肺结核" not in labels and "其他" in labels


def test_publications_have_people_in_common_or_not() -> None:
    every = [f"{number * 7919 % 99991:016x}" for number in range(9000)]
    one, same, part, other = (sorted(some)[:256] for some in (every[:8000], every[50:8050], every[:300], every[8000:]))
    assert have_people_in_common(one, same) and have_people_in_common(one, part) and not have_people_in_common(one, other)
    assert have_people_in_common([], one)  # nothing tells that they are others


def test_tables_that_can_not_be_protected_against_earlier_ones_are_not_made() -> None:
    counted_people, verdicts = people(3)
    first = publish(counted_people, verdicts, [])
    with patch.object(disclosure, "_complement", lambda *_: []), pytest.raises(disclosure.Unprotected):
        publish(counted_people.iloc[:250], verdicts, [first], 1)
