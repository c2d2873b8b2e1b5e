"""Two spellings of what may be one unit, in one file: told, never joined."""

from __future__ import annotations

import re
from collections import Counter
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
    cores = [_LEFT_OUT.sub("", name) for name in (one, other)]
    if cores[0] == cores[1] and len(cores[0]) > 1:
        return True
    if len(one) != len(other) or len(one) < _SHORTEST:
        return False
    apart = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return len(apart) == 1 and _TELLS_APART.isdisjoint(apart[0])
