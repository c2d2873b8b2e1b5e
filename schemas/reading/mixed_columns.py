"""One column that holds levels of some and titles of others (职称/技能等级): each cell, with the date beside, counts for its own track."""

from __future__ import annotations

import re

from guantong.schemas import catalogue
from guantong.schemas.findings import shown_value
from guantong.schemas.layout.columns.columns_apart import kind_of_certificate
from guantong.schemas.layout.columns.table_columns import TRACKS
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import NOTHING, is_blank, norm, without_brackets
from guantong.schemas.values.credential_words import listed_occupation, shaped_occupation
from guantong.schemas.values.parsers import PARSERS

_LEVEL, _TITLE = re.compile("工(?!程)|技师|[一二三四五1-5]级"), re.compile("(?<!技)师|高工|助工|员")


def split_mixed(roster: Roster, start: int, people: RawPeople) -> None:
    """Leave of a column that is read for levels and for titles to each track what is its own; a grade of either (中级) is unknown for both."""
    if set(roster.columns.get("skill", ())).isdisjoint(roster.columns.get("title", ())):
        return
    dated = not set(roster.columns.get("skill_date", ())).isdisjoint(roster.columns.get("title_date", ()))
    kind_at = next((read_by.kind_at for read_by in roster.read_by.values() if read_by.kind_at is not None), None)
    for offset, row in enumerate(roster.people):
        index = start + offset
        cell = people.column("skill")[index]
        if kind_at is not None and kind_of_certificate(roster.sheet.rows[row][kind_at]) == "other":
            for name in (name for track in TRACKS for name in ((track, f"{track}_date") if dated else (track,))):
                people.column(name)[index] = None
            continue
        if is_blank(cell) or cell is UNKNOWN_CELL or norm(cell) in NOTHING:
            continue
        of = tracks_of(cell, people) if kind_at is None else _tracks_of_kind(roster, row, kind_at)
        for track in TRACKS:
            if len(of) == 1 and track not in of:
                people.column(track)[index] = None
            elif not of:
                people.column(track)[index] = UNKNOWN_CELL
            if dated and track not in of:
                people.column(f"{track}_date")[index] = None
        if dated and len(of) > 1 and not is_blank(day := people.column("skill_date")[index]):  # it may be either's
            people.add_finding(index, "skill_date", "date_unreadable", shown_value(day, catalogue.fields()["skill_date"]))
            for track in TRACKS:
                people.column(f"{track}_date")[index] = UNKNOWN_CELL
        if not of:
            people.add_finding(index, "skill", "skill_unreadable", shown_value(cell, catalogue.fields()["skill"]))


def _tracks_of_kind(roster: Roster, row: int, kind_at: int) -> tuple[str, ...]:
    """The track of a row's certificate by its kind; none where that is not told, or it bears a name that is no occupation's: 职业资格, 二级建造师."""
    cells = roster.sheet.rows[row]
    read = {at for name, positions in roster.columns.items() if name != "occupation" for at in positions}
    track = kind_of_certificate(cells[kind_at])
    told = [
        norm(cells[at]) for at, header in roster.headers.items() if header.endswith("名称") and at not in read and not is_blank(cells[at])
    ]
    trades = (without_brackets(name) for name in told if kind_of_certificate(name) != "skill")
    of_level = all(listed_occupation(name) or shaped_occupation(name) for name in trades)
    return (track,) if track == "title" or (track == "skill" and of_level) else ()


def tracks_of(cell: object, people: RawPeople) -> tuple[str, ...]:
    """The tracks of which a cell tells what is held, or that something is not; none where that can't be told."""
    items = {track: catalogue.fields()[track] for track in TRACKS}
    known = [track for track, item in items.items() if PARSERS[track](people.words.read(track, cell), item).values["_state"] != "unknown"]
    if len(known) == 2 and not may_tell_both(cell):
        return ()
    return tuple(known)


def may_tell_both(cell: object) -> bool:
    """Whether there are words of a level and of a title in a cell."""
    return bool(_LEVEL.search(norm(cell)) and _TITLE.search(norm(cell)))
