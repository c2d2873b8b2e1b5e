"""Which figures may not be told, and which others are suppressed with them so that nothing published gives them back.

All published figures are one linear system: cells that are counts of persons, and equations whole = sum of parts, across tables too.
A count of 1 to threshold - 1 is *sensitive*: it is not printed, and where it is not printed anyway (a difference of printed
figures, say) it must not follow from them. Nothing is printed of a nought but the nought: it tells of nobody in particular.

For every sensitive cell there has to be another population, with the same figures wherever they are shown and the same noughts,
in which the cell is larger by threshold - 1 or more: so whoever knows all that is published, and that a suppressed figure is at
least 1, is left with an interval that holds at least `threshold` numbers, some of them no longer small. The cheapest such
population, by whole numbers (HiGHS), says what else to suppress; a suppressed cell that is not sensitive differs in one of them
too. It always exists: repeat one of the cell's persons. What is suppressed later leaves it as it is.

In a series (publications.py) a figure may be *kept*: it is printed as it was, whatever it is by now within a range. The figures that are
new must not tell it: for one that is printed and has changed there have to be populations in which it takes `threshold` values, or one at
least in which it has not changed; for one that is suppressed, and not small, some in which it is another. What is not printed may be
nought, or more than that. Such populations need not exist; then nothing new is published.

No kept library does this: ARGUS and sdcTable, and their ports, protect one table or a few linked ones by their dimensions, not
the nested counts and differences that these have.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack

from guantong.reports.published.publications import CellRange

Key = Hashable
NEARLY_NOTHING = 1e-4  # what it costs to move a figure that is not shown: less than any that is, and more than to leave it
WHOLE = 1e-6  # as near as a whole number is to itself


class Unprotected(Exception):
    """A figure would be given back: nothing may be published."""


@dataclass
class System:
    """Cells by key with their counts, those of them that are printed, and the equations (whole, parts)."""

    counts: dict[Key, int] = field(default_factory=dict)
    printed: set[Key] = field(default_factory=set)
    equations: list[tuple[Key, tuple[Key, ...]]] = field(default_factory=list)

    def add(self, key: Key, count: int, printed: bool = True) -> Key:
        """Add a cell; one that stands in several tables is added once. Raises ValueError where its counts differ."""
        if self.counts.setdefault(key, count) != count:
            raise ValueError(f"{key} 有两个不同的数：{self.counts[key]} 和 {count}")
        if printed:
            self.printed.add(key)
        return key

    def split(self, whole: Key, parts: Iterable[Key]) -> None:
        """Say that a cell is the sum of others. Raises ValueError where it is not."""
        parts = tuple(parts)
        if self.counts[whole] != sum(self.counts[part] for part in parts):
            raise ValueError(f"{whole} 不等于各部分之和")
        self.equations.append((whole, parts))


@dataclass
class Cells:
    """A system's cells in arrays: counts, their `CellRange`, and which of them are printed, hidden (not told as they are), `told` as they were
    before, `secret` (to be `aim` in another population), or `dim` (to be anything else in one).
    """

    counts: np.ndarray
    least: np.ndarray
    most: np.ndarray
    aim: np.ndarray
    was: np.ndarray
    printed: np.ndarray
    hidden: np.ndarray
    told: np.ndarray
    secret: np.ndarray
    dim: np.ndarray


def suppressed(
    system: System, threshold: int, kept: Mapping[Key, bool] | None = None, ranges: Mapping[Key, CellRange] | None = None
) -> set[Key]:
    """The printed cells to suppress. Raises Unprotected, rather than to give a set that does not protect.

    kept: cells that are printed as they were before, and whether they were suppressed. ranges: what cells may be, from what was printed.
    """
    keys = list(system.counts)
    cells = _cells(system, keys, threshold, kept or {}, ranges)
    matrix = _matrix(system, keys)
    moves = _complement(matrix, cells, threshold)
    _prove(matrix, cells, threshold, moves)
    gone = [key for key, here in zip(keys, cells.hidden & cells.printed, strict=True) if here]
    return set(gone) - (kept or {}).keys()


def _cells(system: System, keys: list[Key], threshold: int, kept: Mapping[Key, bool], ranges: Mapping[Key, CellRange] | None) -> Cells:
    counts = np.array([system.counts[key] for key in keys], dtype=float)
    spans = [_usual(system, key, threshold, ranges is None) if not ranges or key not in ranges else ranges[key] for key in keys]
    least, most, aim = np.array([(span.least, span.most, span.aim) for span in spans], dtype=float).reshape(-1, 3).T
    was = np.array([count if span.was is None else span.was for count, span in zip(counts, spans, strict=True)])
    printed = np.array([key in system.printed for key in keys], dtype=bool)
    told = np.array([kept.get(key) is False for key in keys], dtype=bool)
    secret = (counts > 0) & (counts < threshold) & ~told
    dim = np.array([kept.get(key) is True for key in keys], dtype=bool) & (counts >= threshold)
    hidden = ~printed | secret | np.array([key in kept for key in keys], dtype=bool)
    return Cells(counts, least, most, aim, was, printed, hidden, told, secret, dim)


def _usual(system: System, key: Key, threshold: int, alone: bool) -> CellRange:
    """What a cell may be of which nothing was printed before: noughts are known, those that are printed, or all where it stands alone."""
    count = system.counts[key]
    known = alone or key in system.printed
    return CellRange(min(count, 1) if known else 0, np.inf if count or not known else 0, count + threshold - 1 if count else 0)


def _complement(matrix: csr_array, cells: Cells, threshold: int) -> list[np.ndarray]:
    """Hide what every secret cell needs, and every one that is told as it was and has changed; gives the differences of the other
    populations from the true one.
    """
    moves: list[np.ndarray] = []
    up, down = np.zeros(len(cells.counts)), np.zeros(len(cells.counts))
    for cell in np.flatnonzero(cells.secret | cells.dim | (cells.told & (cells.counts != cells.was))):
        plans = _plans(cells, cell, threshold - 1, up[cell], down[cell])
        for move in () if plans is None else _first(matrix, cells, cell, plans):
            moves.append(move)
            cells.hidden |= move != 0
            up, down = np.maximum(up, move), np.maximum(down, -move)
    return moves


def _plans(cells: Cells, cell: int, wide: int, up: float, down: float) -> list[tuple[int, ...]] | None:
    """What other populations a cell needs beside those in which it is larger by `up`, and smaller by `down`, already: the best first.

    Where a figure is printed as it was some publications ago, and what it was then is out of its range, its change was told already.
    """
    count, was = cells.counts[cell], cells.was[cell]
    if up >= wide or (not cells.secret[cell] and up + down >= (wide if cells.told[cell] else 1)):
        return None
    if cells.secret[cell]:
        return [(int(cells.aim[cell] - count),)]
    above, below = min(cells.most[cell] - count, wide), min(count - cells.least[cell], wide)  # wide: more than any step back
    plans = [(wide,), (-wide,), (int(above), int(above) - wide)]
    plans = [tuple(filter(None, plan)) for plan in plans if max(plan) <= above and -min(plan) <= below]
    back = [(int(was - count),)] if cells.told[cell] and cells.least[cell] <= was <= cells.most[cell] else [(1,), (-1,)]
    return plans + [plan for plan in back if -below <= plan[0] <= above]


def _first(matrix: csr_array, cells: Cells, cell: int, plans: list[tuple[int, ...]]) -> list[np.ndarray]:
    """The other populations of the first plan that has them."""
    for plan in plans:
        try:
            return [_other_population(matrix, cells, cell, more) for more in plan]
        except Unprotected:
            continue  # the next one
    raise Unprotected("与以前公布的数相减，可以推算出很小的变化")


def _matrix(system: System, keys: list[Key]) -> csr_array:
    at = {key: number for number, key in enumerate(keys)}
    entries = [(row, at[whole], 1.0) for row, (whole, _) in enumerate(system.equations)]
    entries += [(row, at[part], -1.0) for row, (_, parts) in enumerate(system.equations) for part in parts]
    rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array((values, (rows, columns)), shape=(len(system.equations), len(keys)))


def _other_population(matrix: csr_array, cells: Cells, cell: int, more: int) -> np.ndarray:
    """The cheapest difference that keeps all equations and all ranges, and adds `more` to `cell`, or takes it from it where it is negative."""
    counts = cells.counts
    cost = np.where(cells.hidden, NEARLY_NOTHING, 1 + np.sqrt(counts))
    most, least = cells.most - counts, counts - cells.least
    up, down = np.zeros(len(counts)), np.zeros(len(counts))
    up[cell], down[cell] = max(more, 0), max(-more, 0)
    most[cell], least[cell] = up[cell], down[cell]
    bounds = Bounds(np.concatenate([up, down]), np.concatenate([most, least]))
    rules = LinearConstraint(hstack([matrix, -matrix]), 0.0, 0.0) if matrix.shape[0] else ()
    for whole in (0, 1):  # tables give whole numbers of themselves, nearly always, and sooner than when asked for them
        solution = milp(np.concatenate([cost, cost]), integrality=np.full(2 * len(counts), whole), bounds=bounds, constraints=rules)
        if solution.x is None:
            raise Unprotected(solution.message)
        if (np.abs(solution.x - np.rint(solution.x)) < WHOLE).all():
            break
    return np.rint(solution.x[: len(counts)] - solution.x[len(counts) :])


def _prove(matrix: csr_array, cells: Cells, threshold: int, moves: list[np.ndarray]) -> None:
    """Look at the other populations afresh: that they are such, and that no suppressed cell is the same in all of them."""
    counts, wide = cells.counts, threshold - 1
    up, down, same = np.zeros(len(counts)), np.zeros(len(counts)), counts == cells.was
    for move in moves:
        there = counts + move
        beyond = (there > cells.most) & ~(cells.secret & (there == cells.aim))
        if (matrix @ move).any() or move[~cells.hidden].any() or (there < cells.least).any() or beyond.any():
            raise Unprotected("另一组人数与所公布的不符")
        up, down, same = np.maximum(up, move), np.maximum(down, -move), same | (there == cells.was)
    back = (cells.least <= cells.was) & (cells.was <= cells.most)
    told = same | (up + down >= np.where(back, wide, 1))
    other = ~cells.told & cells.hidden & cells.printed & (counts > 0)  # suppressed for others, or before
    if (up[cells.secret] < wide).any() or not told[cells.told].all() or not (up + down > 0)[other].all():
        raise Unprotected("有不公布的数可以推算出来")
