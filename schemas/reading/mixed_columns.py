"""One column that holds levels of some and titles of others (职称/技能等级): each cell, with the date beside, counts for its own track."""

from __future__ import annotations

import re

from guantong.schemas import catalogue
from guantong.schemas.findings import shown_value
from guantong.schemas.layout.roster import Roster
from guantong.schemas.layout.table_columns import TRACKS
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import NOTHING, is_blank, norm
from guantong.schemas.values.parsers import PARSERS

_LEVEL, _TITLE = re.compile("工(?!程)|技师|[一二三四五1-5]级"), re.compile("(?<!技)师|高工|助工|员")


def split_mixed(roster: Roster, start: int, people: RawPeople) -> None:
    """Leave of a column that is read for levels and for titles to each track what is its own; a grade of either (中级) is unknown for both."""
    if set(roster.columns.get("skill", ())).isdisjoint(roster.columns.get("title", ())):
        return
    dated = not set(roster.columns.get("skill_date", ())).isdisjoint(roster.columns.get("title_date", ()))
    for offset in range(len(roster.people)):
        index = start + offset
        cell = people.column("skill")[index]
        if is_blank(cell) or cell is UNKNOWN_CELL or norm(cell) in NOTHING:
            continue
        of = tracks_of(cell, people)
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
