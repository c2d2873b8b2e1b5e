"""Two spellings of what may be one unit, in one file or in a list: told, never joined."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations

import pandas as pd

from guantong.schemas.reading.raw_people import RawPeople
from guantong.schemas.text import norm

_MOST_UNITS = 50  # of a file that are compared; a file of more is a bureau's list of units
_SHORTEST = 6  # characters of names in which one that differs is a slip of the pen
# What one writes of a company's name and another leaves out.
_LEFT_OUT = re.compile(r"中国|辽宁|省|市|区|县|\(.*?\)|股份|有限|责任|集团|总?公司|企业|总?厂$")
# One character that tells two units apart: 一分厂, 二分厂; 东厂, 西厂; 甲班.
_TELLS_APART = frozenset("0123456789ABCDEFGH一二三四五六七八九十东南西北中新老大小上下前后甲乙丙丁")


def add_near_units(rows: pd.DataFrame, people: RawPeople) -> None:
    """Add a finding at the first row of each unit of which the name is near that of one with more people in the same file."""
    for _, units in rows["unit"].dropna().groupby(rows["file_no"]):
        counts = Counter(units)
        if not 2 <= len(counts) <= _MOST_UNITS:
            continue
        names = sorted(counts, key=lambda name: (-counts[name], name))
        told: set[str] = set()
        for more, fewer in combinations(names, 2):
            if fewer not in told and norm(more) != norm(fewer) and _is_near(norm(more), norm(fewer)):
                told.add(fewer)
                people.add_finding(int(units.index[units == fewer][0]), "unit", "unit_near", fewer, more)


def _is_near(one: str, other: str) -> bool:
    return _core(one) == _core(other) != "" or _differ_in_one(one, other)


def _core(name: str) -> str:
    """What two spellings of a company's name have in common; '' where that is too little to tell a company."""
    core = _LEFT_OUT.sub("", name)
    return core if len(core) > 1 else ""


def _differ_in_one(one: str, other: str) -> bool:
    """Whether two names differ in one character that may be a slip of the pen."""
    if len(one) != len(other) or len(one) < _SHORTEST:
        return False
    apart = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return len(apart) == 1 and _TELLS_APART.isdisjoint(apart[0])


class NearNames:
    """Names in their normal form among which spellings near to another are looked up, however many there are."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_core: dict[str, list[str]] = defaultdict(list)
        self._by_gap: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name in names:
            self._by_core[_core(name)].append(name)
            for gap in _gaps(name):
                self._by_gap[gap].append(name)
        self._by_core.pop("", None)

    def near(self, name: str) -> list[str]:
        """The names that may be another spelling of ``name``; it itself is none."""
        slips = [other for gap in _gaps(name) for other in self._by_gap.get(gap, []) if _differ_in_one(name, other)]
        found = dict.fromkeys([*self._by_core.get(_core(name), []), *slips])
        return [other for other in found if other != name]


def _gaps(name: str) -> list[tuple[str, str]]:
    """A name without one of its characters, in each way: what stands before and after it."""
    return [(name[:at], name[at + 1 :]) for at in range(len(name))] if len(name) >= _SHORTEST else []
