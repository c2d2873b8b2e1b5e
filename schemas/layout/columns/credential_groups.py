"""Columns that tell a credential together, each group one: numbered, repeated, headed by a level; and which credentials a column judges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, takewhile

from guantong.schemas import catalogue
from guantong.schemas.layout.columns.column_contents import are_days, rank_of_header, says_obtained
from guantong.schemas.layout.columns.table_columns import OF_CREDENTIAL, TRACKS, Column
from guantong.schemas.layout.header_words import Track
from guantong.schemas.text import NOTHING, norm

MOST_CREDENTIALS = 9  # of a track that a row may tell in columns of their own
_DATE_OF_LEVEL = re.compile("(skill|title)_[0-9]_date")
_OBTAINED = re.compile("(?<=[工师员])(证书?)?(取得|获得|获证|取证|发证|评定|批准|晋升)?(时间|日期|年月)$")
_NO_GROUP_OF_LEVELS = re.compile("[申拟聘]|报考|岗位|职务|人数|需求|培训|指标|津贴|补贴")


def judged_by(columns: list[Column], at: int) -> Iterator[str]:
    """The columns of the credentials of which a column says whether they stand: of its track; a result's, that at its left; else those that stand between it and
    the column of the kind before it.
    """
    said = columns[at].judging
    if said is None:
        return
    if said.far:
        yield from (name for column in columns for name in column.names if name.partition("#")[0] in (*TRACKS, "honours"))
        return
    held = [[name for name in column.names if name.partition("#")[0] in (*TRACKS, "honours")] for column in columns]
    before = [other for other in range(at) if columns[other].judging and not (columns[other].judging or said).open and any(held[:other])]
    since = next((other for other in reversed(before) if any(chain.from_iterable(held[other:at]))), 0)
    near = list(chain.from_iterable(held[since:at]))
    left = next(filter(None, (_credential_of(column) for column in reversed(columns[:at]))), None)
    if left == "honours" and _credential_of(columns[at - 1]) is None:  # apart from them, of which a certificate is seldom told
        left = None
    if left is not None and left in list(chain.from_iterable(held)) and (said.obtained or said.open or not near):
        near = [left]
    fitting = [name for name in near if said.track in (None, name.partition("#")[0])]
    yield from fitting or (name for name in chain.from_iterable(held) if said.track in (None, name.partition("#")[0]))


def _credential_of(column: Column) -> str | None:
    """The column of the credential of which a column tells anything: skill#2 for skill_date#2."""
    for name in column.names:
        track, _, number = name.partition("_")[0].partition("#")
        if track in (*TRACKS, "honours"):
            of = number or name.partition("#")[2]
            return f"{track}#{of}" if of else track
    return None


def name_by_level(columns: list[Column], track: Track) -> None:
    """Columns that are headed by a level or title alone (高级工, 技师), with the date of each below: one credential each; beside a column of the highest, its dates.
    Where no column tells the highest level, 高级工取得时间 is such a column too; a sheet without a column of titles says nothing of titles.
    """
    told = any(track in column.names for column in columns)
    headed = {
        at: _level_of(column, told or track == "title")
        for at, column in enumerate(columns)
        if column.own and not _NO_GROUP_OF_LEVELS.search(column.group)
    }
    ranks = {at: rank for at, level in headed.items() if (rank := rank_of_header(level, track))}
    dated = [at for at in ranks if are_days(columns[at].cells())]
    several = len({ranks[at] for at in dated}) > 1
    dated = [at for at in dated if several or columns[at].cells()]
    for number, at in enumerate(sorted(dated, key=lambda at: -ranks[at]), 1):  # the highest is the present one
        column = columns[at]
        if told:
            name = f"{track}_{ranks[at]}_date"
            column.names = (name,) if name in catalogue.fields() and not any(name in other.names for other in columns) else ()
        else:
            column.names, column.number, column.read_by = (track, f"{track}_date"), number, column.read_by._replace(level=headed[at])
        if column.names:
            column.problem, column.detail = None, ""
    if dated and not told:
        _take_date_beside(columns, sorted(dated, key=lambda at: -ranks[at]), track)


def _take_date_beside(columns: list[Column], levels: list[int], track: Track) -> None:
    """Below levels that are only ticked the day stands in a column of its own: behind each, or behind them all or named as the track's."""
    if not all(says_obtained(cell) or norm(cell) in NOTHING for at in levels for cell in columns[at].cells()):
        return
    in_order = sorted(levels)
    dates = {level: _date_behind(columns, level, end, track) for level, end in zip(in_order, [*in_order[1:], len(columns)], strict=True)}
    if len(levels) > 1 and None not in dates.values():
        taken: dict[int, tuple[int, ...]] = {at: (level,) for level, at in dates.items() if at is not None}
    else:
        named = [at for at, column in enumerate(columns) if f"{track}_date" in column.names and at not in levels]
        behind = _date_behind(columns, max(levels), len(columns), track)
        taken = {at: tuple(levels) for at in [*named, *([] if behind is None else [behind])][:1]}
    for at, of in taken.items():
        columns[at].read_by = columns[at].read_by._replace(dates_at=of)
        columns[at].names, columns[at].problem, columns[at].detail = (), None, ""
        for level in of:
            columns[level].names = (track,)


def _date_behind(columns: list[Column], at: int, end: int, track: Track) -> int | None:
    """The first date between a column and ``end``, of those that nothing else has taken."""
    behind = takewhile(lambda at: not any(columns[at].names), range(at + 1, end))
    return next((at for at in behind if _is_date_of(columns[at], track)), None)


def _is_date_of(column: Column, track: Track) -> bool:
    said = column.said
    return said is not None and said.part == "date" and said.track in (None, track) and not (said.claimed or said.earlier)


def name_dates_of_ticks(columns: list[Column]) -> None:
    """A column of the days of levels that are ticked tells the date of each."""
    for column in columns:
        held = [name for at in column.read_by.dates_at for name in columns[at].names]
        column.names += tuple("_date".join((name.partition("#")[0], "".join(name.partition("#")[1:]))) for name in held)


def _level_of(column: Column, told: bool) -> str:
    """The level or title that a header is, or whose date it is where no column tells the highest; '' where it is read as anything else."""
    of_lower = all(_DATE_OF_LEVEL.fullmatch(name) for name in column.names)
    if column.names and (told or not of_lower):
        return ""
    return column.own if told else _OBTAINED.sub("", column.own)


@dataclass
class _Group:
    """The columns of one credential."""

    columns: list[Column] = field(default_factory=list)
    number: int | None = None

    def has(self, *names: str) -> bool:
        return any(name in column.names for column in self.columns for name in names)


def number_credentials(columns: list[Column], track: Track) -> None:
    """Groups of columns that are numbered (证书（一）, 证书（二）), or that begin again with a date or an occupation of their own, each tell a credential."""
    groups = _numbered(columns, track) or _repeated(columns, track)
    if len(groups) < 2:
        return
    for number, group in enumerate(groups[:MOST_CREDENTIALS], 1):
        for column in group.columns:
            column.names = tuple(_of_number(name, number) if name in OF_CREDENTIAL[track] else name for name in column.names)
    for group in groups[MOST_CREDENTIALS:]:
        for column in group.columns:
            column.names, column.problem = (), "header_unknown"


def _of_number(name: str, number: int) -> str:
    """skill of the second credential is skill#2; an occupation is that of its certificate, also in the first."""
    return f"{name}#{number}" if number > 1 or name == "occupation" else name


def _numbered(columns: list[Column], track: Track) -> list[_Group]:
    """The numbered groups of a track; [] where there is only one."""
    groups: dict[int, _Group] = {}
    for column in columns:
        if column.number is not None and column.track == track:
            groups.setdefault(column.number, _Group(number=column.number)).columns.append(column)
    own = [column for column in columns if column.number is None and column.names and column.names[0] in (track, f"{track}_date")]
    if own and groups:  # beside the one that is not numbered: 职称, 第二职称
        groups[0] = _Group(
            [column for column in columns if column.number is None and column.track == track and column.names != ("occupation",)]
        )
    held = [groups[number] for number in sorted(groups) if groups[number].has(track)]
    begins = min(groups, default=0) in (0, 1)  # 技能等级(5), 职业资格(6) number the columns of the table
    return held if len(held) > 1 and begins else []


def _repeated(columns: list[Column], track: Track) -> list[_Group]:
    """Groups that begin again where a column stands again after the date; one without a date or occupation of its own belongs to the first."""
    groups = [_Group()]
    for column in columns:
        if column.track != track:
            continue
        again = groups[-1].has(*column.names) and f"{track}_date" not in column.names
        if again and groups[-1].has(f"{track}_date"):
            groups.append(_Group())
        groups[-1].columns.append(column)
    whole = [group for group in groups if group.has(track) and group.has(f"{track}_date", "occupation")]
    return whole if len(whole) > 1 else []
