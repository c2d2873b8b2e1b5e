"""Which units of a list (--expected) have handed in, by the tables of a run: what is not certain is told for somebody to look at, never counted as in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd

from guantong.reports.runs.page import Doubtful, HandedIn
from guantong.schemas import catalogue, database
from guantong.schemas.checks.pandera_schema import unit_code_sound
from guantong.schemas.reading.near_units import NearNames
from guantong.schemas.side_lists.expected import ExpectedUnit, ExpectedUnits
from guantong.schemas.sql_text import parquet_table
from guantong.schemas.text import norm, shown_name

# own: whether a file of its own tells of the unit, or one that is mostly of nobody, as a list of many units
_UNITS = """
    WITH parts AS (SELECT unit_id, source_file, count(*) AS n FROM persons GROUP BY ALL),
    placed AS (
        SELECT *, 2 * n > sum(n) OVER file AS home, 2 * max(n) OVER file > sum(n) OVER file AS has_home FROM parts WINDOW file AS (PARTITION BY source_file)
    ),
    where_told AS (
        SELECT unit_id, bool_or(home OR NOT has_home) AS own, min(source_file) AS source_file, sum(n)::INTEGER AS people FROM placed GROUP BY unit_id
    )
    SELECT mode(unit) AS name, list(DISTINCT unit_key) FILTER (unit_key IS NOT NULL) AS keys,
        list(DISTINCT unit_code) FILTER (unit_code IS NOT NULL) AS codes, any_value(own) AS own, any_value(w.source_file) AS source_file,
        any_value(people) AS people
    FROM persons JOIN where_told AS w USING (unit_id) GROUP BY unit_id ORDER BY name, unit_id
"""
_REFUSED = "SELECT source_file FROM files WHERE status = 'refused' ORDER BY source_file"


@dataclass(frozen=True)
class _Unit:
    """A unit of the audited rosters: its name, the normal forms of the names that it has, its codes, and where it is told."""

    name: str | None
    keys: frozenset[str]
    codes: frozenset[str]
    own: bool
    source_file: str
    people: int

    def shown(self) -> str:
        return shown_name(self.name) if self.name else f"没有写单位名称的“{shown_name(self.source_file)}”"


@dataclass(frozen=True)
class _Nameless:
    """Files of which nobody knows the unit, with the reason in words."""

    names: dict[str, str] = field(default_factory=dict)  # normal form of the name → what is told of it

    def of(self, key: str) -> str | None:
        return next((told for name, told in self.names.items() if key in name), None)


def compare_with_expected(expected: ExpectedUnits, data: Path) -> HandedIn:
    """The expected units by the tables ``data`` of a run."""
    with database.connect(data) as con:
        database.view_tables(con, data, ("persons", "files"))
        units = [
            _Unit(name, frozenset(keys or ()), _sound(codes or []), own, source_file, people)
            for name, keys, codes, own, source_file, people in con.execute(_UNITS).fetchall()
        ]
        refused = [name for (name,) in con.execute(_REFUSED).fetchall()]
        other_names = _other_names(con, data)
    told = {norm(name): f"文件“{shown_name(name)}”被拒收，文件名里有这个单位" for name in refused}
    told |= {norm(unit.source_file): f"{unit.shown()}，文件名里有这个单位" for unit in units if not (unit.keys or unit.codes)}
    return _Comparison(units, other_names, _Nameless(told)).of(expected)


def _sound(codes: list[str]) -> frozenset[str]:
    """The codes by which a unit is known: one with a slip in it says nothing."""
    sound = unit_code_sound(pd.Series(codes, dtype="str"))
    return frozenset(code for code, is_sound in zip(codes, sound, strict=True) if is_sound)


def _other_names(con: duckdb.DuckDBPyConnection, data: Path) -> dict[str, str]:
    """Normal form of a unit's name → normal form of the name that the bureau's own words read it as."""
    path = data / "words.parquet"
    if not path.exists():
        return {}
    rows = con.execute(f"SELECT text, reading FROM {parquet_table(path)} WHERE field = ?", [catalogue.fields()["unit"].header]).fetchall()
    return {norm(text): norm(reading) for text, reading in rows}


class _Comparison:
    def __init__(self, units: list[_Unit], other_names: dict[str, str], nameless: _Nameless) -> None:
        self.units, self._other_names, self._nameless = units, other_names, nameless
        self._by_key = _index((key, unit) for unit in units for key in unit.keys)
        self._by_code = _index((code, unit) for unit in units for code in unit.codes)
        self._near = NearNames(self._by_key)

    def of(self, expected: ExpectedUnits) -> HandedIn:
        found = HandedIn(expected.file, len(expected.units), unclear_cells=list(expected.unclear))
        seen: set[int] = set()
        for one in expected.units:
            units, doubt = self._find(one)
            seen |= set(map(id, units))
            shown = one.name or one.code
            if doubt:
                found.doubtful.append(Doubtful(shown, one.place, doubt))
            elif not units:
                found.missing.append((shown, one.place))
            else:
                found.handed_in += 1
        found.not_listed = [unit.shown() for unit in self.units if unit.own and id(unit) not in seen]
        return found

    def _find(self, one: ExpectedUnit) -> tuple[list[_Unit], str]:
        """The units that are the expected one, or may be, and what is to be looked at first; no unit where it has not handed in."""
        key = self._other_names.get(norm(one.name), norm(one.name))
        named, coded = self._by_key.get(key, []), self._by_code.get(one.code, []) if one.code else []
        certain = [unit for unit in named if not (one.code and unit.codes) or one.code in unit.codes]
        certain += [unit for unit in coded if not (key and unit.keys) and unit not in certain]
        if any(unit.own for unit in certain):
            return certain, ""
        if certain:
            unit = certain[0]
            return certain, f"只在别的单位的名册“{shown_name(unit.source_file)}”里有（{unit.people} 行），没有自己的名册"
        if coded:
            return coded, f"信用代码相同，名册里的单位名称是“{coded[0].shown()}”"
        if named:
            return named, f"名称相同，名册里的信用代码是 {'、'.join(sorted(map(shown_name, named[0].codes)))}"
        if near := [unit for name in self._near.near(key) for unit in self._by_key[name]] if key else []:
            return near, f"名称相近：名册里是“{near[0].shown()}”"
        return [], (self._nameless.of(key) or "") if key else ""


def _index(pairs: Iterable[tuple[str, _Unit]]) -> dict[str, list[_Unit]]:
    found: dict[str, list[_Unit]] = defaultdict(list)
    for key, unit in pairs:
        found[key].append(unit)
    return dict(found)
