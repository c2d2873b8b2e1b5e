"""What people hold: a list of credentials for each, from the cell of the level or title, its date, and the columns of lower levels.

What a cell tells is worked out once for each distinct cell; of a person only the index of the cell and the days are looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from guantong.schemas import catalogue
from guantong.schemas.reading.tracks import CREDENTIAL, TITLE, TRACKS, Track
from guantong.schemas.values.credential_words import ENGINEERING
from guantong.schemas.values.parsed import Credential, Parsed

if TYPE_CHECKING:  # a command starts without it
    import pandas as pd

Codes = npt.NDArray[np.int64]  # for each person, the index of its cell among the distinct ones
Days = npt.NDArray[np.datetime64]


STRUCT = pa.struct(
    {
        name: {"VARCHAR": pa.string(), "TINYINT": pa.int8(), "INTEGER": pa.int32(), "DATE": pa.date32()}[kind]
        for name, kind in CREDENTIAL.items()
    }
)


@dataclass
class Cells:
    """The distinct cells of a field, parsed, and for each person the index of its own."""

    parsed: list[Parsed]
    codes: Codes


def credentials(rows: pd.DataFrame, cells: dict[str, Cells]) -> tuple[pa.Table, list[Conflict]]:
    """The credentials of the people of the typed ``rows``, in the order of pid, of each the highest first: pid and the columns of `STRUCT`; and
    where the date beside a cell is another than the cell's own.

    ``cells``: those of the fields of `TRACKS`, and of the columns of further credentials.
    """
    further = [
        replace(track, of_rank={}, number=int(number))
        for track in TRACKS
        for field, _, number in (name.partition("#") for name in sorted(cells))
        if number and field == track.field
    ]
    held = [_Held(track, rows, cells[track.column(track.field)]) for track in (*TRACKS, *further)]
    conflicts = [Conflict(index, each.track.column(each.track.date), day) for each in held for index, day in each.conflicts]
    found = pa.concat_tables([each.table() for each in held])
    order = [("pid", "ascending"), ("track", "ascending"), ("rank_hi", "descending"), ("rank_lo", "descending"), ("nth", "ascending")]
    return found.sort_by(order).drop_columns(["nth"]), conflicts


@dataclass(frozen=True)
class Conflict:
    """A ``person``, by its index, whose cell of a level or title tells another ``day`` than the ``field`` beside it."""

    person: int
    field: str
    day: str


@dataclass(frozen=True)
class _Source:
    """A credential with the columns that it is read from."""

    credential: Credential
    level_name: str
    date_name: str | None


def _dated(told: tuple[Credential, ...]) -> int:
    """Which of a cell's credentials the date beside is of: the highest, the first of several; -1 where they are of different series, and it may be either's."""
    if len({one.series for one in told}) != 1:
        return -1
    return max(range(len(told)), key=lambda at: (told[at].rank_hi, told[at].rank_lo, -at))


def _of_rank(told: tuple[Credential, ...], rank: int) -> int:
    """Which of a cell's credentials a column of that rank's date is about; -1 for none."""
    may_be = [at for at, one in enumerate(told) if one.rank_lo <= rank <= one.rank_hi and one.series in (None, ENGINEERING)]
    return min(may_be, key=lambda at: told[at].rank_hi - told[at].rank_lo, default=-1)


@cache
def _word(name: str, rank: int) -> str:
    return catalogue.canonical_words(catalogue.fields()[name])[rank - 1]


def _of_column(told: tuple[Credential, ...], rank: int, track: Track) -> Credential:
    """The credential that a column of that rank's date tells: of the occupation of what the cell tells of that rank, or of its highest; a title of
    engineering.
    """
    at = _of_rank(told, rank)
    of = told[at] if at >= 0 else max(told, key=lambda one: (one.rank_hi, one.rank_lo), default=None)
    return Credential(rank, rank, _word(track.field, rank), of.occupation if of else None, ENGINEERING if track is TITLE else None)


class _Held:
    """The credentials of one track. Of each: ``owner``, the index of the person; ``source``, its number in ``sources``; and its days."""

    def __init__(self, track: Track, rows: pd.DataFrame, cells: Cells) -> None:
        self.track, self.rows, self.codes = track, rows, cells.codes
        self.told = [one.credentials for one in cells.parsed]
        self.not_given = np.array([one.not_given for one in cells.parsed], np.int64)
        self.sources: dict[_Source, int] = {}
        self._take_cells()
        self.parts = [(self.owner, self.source, self.lo, self.hi)]
        for rank, name in track.of_rank.items():
            self._take_column(rank, name)

    def _take_cells(self) -> None:
        """What the cells of the field tell, with the date beside."""
        sizes = self._each_cell(len)
        of_person = sizes[self.codes]
        self.first = np.cumsum(of_person) - of_person  # where each person's begin
        self.owner = np.repeat(np.arange(len(self.codes)), of_person)
        nth = np.arange(len(self.owner)) - self.first[self.owner]
        self.which = (np.cumsum(sizes) - sizes)[self.codes[self.owner]] + nth  # among those of all distinct cells
        self.source = self._numbers(None)[self.which]
        told = [(one.first, one.last) for each in self.told for one in each]
        self.lo, self.hi = np.array(told, "datetime64[D]").reshape(-1, 2).T[:, self.which]
        self.conflicts: list[tuple[int, str]] = []
        date = self.track.column(self.track.date)
        if f"{date}_lo" not in self.rows:
            return
        lo, hi = self._days(date)
        dated = ~np.isnat(lo[self.owner]) & (nth == self._each_cell(_dated)[self.codes[self.owner]])
        self._date_beside(np.flatnonzero(dated), lo, hi, date)

    def _date_beside(self, places: Codes, lo: Days, hi: Days, name: str) -> None:
        """The date beside a cell: what the cell tells itself has to agree with it; else the earlier counts, and a finding tells of both."""
        own_lo, own_hi, owner = self.lo[places], self.hi[places], self.owner[places]
        self._date(places, lo, hi, self._numbers(name))
        apart = (own_hi < lo[owner]) | (hi[owner] < own_lo)
        self.lo[places] = np.where(apart, np.fmin(lo[owner], own_lo), np.fmax(lo[owner], own_lo))
        self.hi[places] = np.fmin(hi[owner], own_hi)
        self.conflicts = [(index, str(day)) for index, day in zip(owner[apart].tolist(), own_lo[apart], strict=True)]

    def _take_column(self, rank: int, name: str) -> None:
        """A column of a rank's date: it dates what the cell tells of that rank, where it is undated; else it is a credential of its own.

        Nothing where the cell tells none so high, nor gives none of a higher one (技师（申报中）): the column is not believed then.
        """
        lo, hi = self._days(name)
        tells = self._each_cell(lambda told: any(one.rank_hi >= rank for one in told)).astype(bool) | (self.not_given > rank)
        counts = ~np.isnat(lo) & tells[self.codes]
        match = self._each_cell(lambda told: _of_rank(told, rank))[self.codes]
        fills = counts & (match >= 0)
        fills[fills] = np.isnat(self.lo[(self.first + match)[fills]])
        if self.track is TITLE:
            fills &= (self.rows["title_series"].isna() | (self.rows["title_series"] == ENGINEERING)).to_numpy(bool)
        self._date((self.first + match)[fills], lo, hi, self._numbers(name, rank))
        alone = np.flatnonzero(counts & ~fills)
        own = self._each_cell(lambda told: self._number(_of_column(told, rank, self.track), name, name))
        self.parts.append((alone, own[self.codes[alone]], lo[alone], hi[alone]))

    def _date(self, places: Codes, lo: Days, hi: Days, numbers: Codes) -> None:
        owner = self.owner[places]
        self.lo[places], self.hi[places], self.source[places] = lo[owner], hi[owner], numbers[self.which[places]]

    def _each_cell(self, what: Callable[[tuple[Credential, ...]], int]) -> Codes:
        return np.array([what(told) for told in self.told], np.int64)

    def _numbers(self, date_name: str | None, rank: int | None = None) -> Codes:
        """For each credential of each distinct cell the number of its source where its date is of that column, which tells a ``rank``; or its own."""
        flat = [one for told in self.told for one in told]
        meant = flat if rank is None else [_of_column((one,), rank, self.track) for one in flat]
        own = self.track.column(self.track.field)
        return np.array([self._number(one, own, date_name or (own if one.first else None)) for one in meant], np.int64)

    def _number(self, credential: Credential, level_name: str, date_name: str | None) -> int:
        return self.sources.setdefault(_Source(credential, level_name, date_name), len(self.sources))

    def _days(self, name: str) -> tuple[Days, Days]:
        lo, hi = (self.rows[f"{name}_{end}"].to_numpy().astype("datetime64[D]") for end in ("lo", "hi"))
        return lo, hi

    def table(self) -> pa.Table:
        """The credentials as a table: pid, nth, and the columns of `STRUCT`."""
        owner, source, lo, hi = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        series = pa.array([one.credential.series for one in self.sources], pa.string()).take(pa.array(source))
        occupation = pa.array([one.credential.occupation for one in self.sources], pa.string()).take(pa.array(source))
        if self.track.field == TITLE.field:  # a grade is of the series that stands beside it
            series = self._or_beside(series, self.track.column("title_series"), owner)
        else:
            occupation = self._or_beside(occupation, self.track.occupation, owner)
        columns = {"day_lo": pa.array(lo), "day_hi": pa.array(hi), "series": series, "occupation": occupation}
        of_source = {
            "track": [self.track.field] * len(self.sources),
            "level_name": [one.level_name for one in self.sources],
            "date_name": [one.date_name for one in self.sources],
            **{name: [getattr(one.credential, name) for one in self.sources] for name in ("rank_lo", "rank_hi", "word")},
        }
        for name, values in of_source.items():
            columns[name] = pa.array(values, STRUCT.field(name).type).take(pa.array(source))
        for name in ("sheet", "row"):
            columns[name] = pa.nulls(len(owner), STRUCT.field(name).type)
        pids = self.rows["pid"].to_numpy()[owner]
        return pa.table({"pid": pids, "nth": np.arange(len(owner)), **{field.name: columns[field.name] for field in STRUCT}})

    def _or_beside(self, told: pa.Array, column: str, owner: Codes) -> pa.Array:
        """What the cell of each credential tells; where it tells nothing, what the ``column`` beside it does."""
        if column not in self.rows:
            return told
        return pc.coalesce(told, pa.array(self.rows[column].to_numpy(object), pa.string(), from_pandas=True).take(pa.array(owner)))
