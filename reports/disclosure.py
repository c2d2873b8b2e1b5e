"""Which figures may not be told, and which others are suppressed with them so that nothing published gives them back.

All published figures are one linear system: cells that are counts of persons, and equations whole = sum of parts, across tables too.
A count of 1 to threshold - 1 is *sensitive*: it is not printed, and where it is not printed anyway (a difference of printed
figures, say) it must not follow from them. Nothing is printed of a nought but the nought: it tells of nobody in particular.

For every sensitive cell there has to be another population, with the same figures wherever they are shown and the same noughts,
in which the cell is larger by threshold - 1 or more: so whoever knows all that is published, and that a suppressed figure is at
least 1, is left with an interval that holds at least `threshold` numbers, some of them no longer small. The cheapest such
population, by whole numbers (HiGHS), says what else to suppress; a suppressed cell that is not sensitive differs in one of them
too. It always exists: repeat one of the cell's persons. What is suppressed later leaves it as it is.

No kept library does this: ARGUS and sdcTable, and their ports, protect one table or a few linked ones by their dimensions, not
the nested counts and differences that these have.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack

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


def suppressed(system: System, threshold: int) -> set[Key]:
    """The printed cells to suppress. Raises Unprotected, rather than to give a set that does not protect."""
    keys = list(system.counts)
    counts = np.array([system.counts[key] for key in keys], dtype=float)
    printed = np.array([key in system.printed for key in keys])
    sensitive = (counts > 0) & (counts < threshold)
    hidden = ~printed | sensitive
    matrix = _matrix(system, keys)
    moves = _complement(matrix, counts, hidden, sensitive, threshold)
    _prove(matrix, counts, hidden, printed, sensitive, threshold, moves)
    return {key for key, here, gone in zip(keys, printed, hidden, strict=True) if here and gone}


def _complement(
    matrix: csr_array, counts: np.ndarray, hidden: np.ndarray, sensitive: np.ndarray, threshold: int
) -> list[np.ndarray]:
    """Hide (in `hidden`) what every sensitive cell needs; gives the differences of the other populations from the true one."""
    moves: list[np.ndarray] = []
    for cell in np.flatnonzero(sensitive):
        if not any(move[cell] >= threshold - 1 for move in moves):
            moves.append(_other_population(matrix, counts, hidden, cell, threshold - 1))
            hidden |= moves[-1] != 0
    return moves


def _matrix(system: System, keys: list[Key]) -> csr_array:
    at = {key: number for number, key in enumerate(keys)}
    entries = [(row, at[whole], 1.0) for row, (whole, _) in enumerate(system.equations)]
    entries += [(row, at[part], -1.0) for row, (_, parts) in enumerate(system.equations) for part in parts]
    rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array((values, (rows, columns)), shape=(len(system.equations), len(keys)))


def _other_population(matrix: csr_array, counts: np.ndarray, hidden: np.ndarray, cell: int, more: int) -> np.ndarray:
    """The cheapest difference that keeps all equations and noughts, leaves at least 1 elsewhere, and adds `more` to `cell`."""
    cost = np.where(hidden, NEARLY_NOTHING, 1 + np.sqrt(counts))
    most, least = np.where(counts > 0, np.inf, 0.0), np.maximum(counts - 1, 0.0)
    up, down = np.zeros(len(counts)), np.zeros(len(counts))
    up[cell] = more
    most[cell], least[cell] = more, 0.0
    bounds = Bounds(np.concatenate([up, down]), np.concatenate([most, least]))
    rules = LinearConstraint(hstack([matrix, -matrix]), 0.0, 0.0) if matrix.shape[0] else ()
    for whole in (0, 1):  # tables give whole numbers of themselves, nearly always, and sooner than when asked for them
        found = milp(np.concatenate([cost, cost]), integrality=np.full(2 * len(counts), whole), bounds=bounds, constraints=rules)
        if found.x is None:
            raise Unprotected(found.message)
        if (np.abs(found.x - np.rint(found.x)) < WHOLE).all():
            break
    return np.rint(found.x[: len(counts)] - found.x[len(counts) :])


def _prove(
    matrix: csr_array, counts: np.ndarray, hidden: np.ndarray, printed: np.ndarray, sensitive: np.ndarray, threshold: int,
    moves: list[np.ndarray],
) -> None:  # fmt: skip
    """Look at the other populations afresh: that they are such, and that no suppressed cell is the same in all of them."""
    reach, moved = np.zeros(len(counts)), np.zeros(len(counts), dtype=bool)
    for move in moves:
        fits = not (matrix @ move).any() and not move[~hidden].any() and not move[counts == 0].any()
        if not fits or (counts + move < (counts > 0)).any():
            raise Unprotected("另一组人数与所公布的不符")
        reach, moved = np.maximum(reach, move), moved | (move != 0)
    if (reach[sensitive] < threshold - 1).any() or not moved[hidden & printed].all():
        raise Unprotected("有不公布的数可以推算出来")
