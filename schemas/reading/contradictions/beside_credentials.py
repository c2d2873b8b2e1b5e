"""What stands beside a level or title and speaks for or against it: a level in the cell of the occupation, and the cell of the certificate's number."""

from __future__ import annotations

import re
from functools import lru_cache

from guantong.schemas import catalogue
from guantong.schemas.findings import shown_value
from guantong.schemas.layout.columns.column_contents import are_level_words, are_title_words
from guantong.schemas.layout.columns.columns_apart import PRESENT_OCCUPATION
from guantong.schemas.layout.columns.table_columns import TRACKS
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.contradictions.doubts import (
    cells_of,
    doubt_held,
    highest_told,
    is_told,
    own_header,
    quote,
    tell_elsewhere,
    telling,
)
from guantong.schemas.reading.mixed_columns import may_tell_both, tracks_of
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import is_blank, norm
from guantong.schemas.values.credential_words import gives_none, levels_in, listed_occupation, names_other_certificate, titles_in
from guantong.schemas.values.levels import skill
from guantong.schemas.values.remarks.credentials_told import fallen_in
from guantong.schemas.values.remarks.words import words_of

_NUMBER = re.compile(r"\d{6}")
_PENDING = words_of("pending")
_OF_SKILL = re.compile("工|技师")


def tell_beside(roster: Roster, start: int, people: RawPeople) -> None:
    """Make unknown what an occupation's cell tells more of than the level's, and what the cell of a certificate's number speaks against or alone tells of."""
    held = {track: [name for name in people.cells if name.partition("#")[0] == track] for track in TRACKS}
    for at in roster.columns.get("occupation", ()):
        for index, cell, rank in telling(roster, at, start, _rank_in_occupation):
            own = [people.column(name)[index] for name in held["skill"]]
            if UNKNOWN_CELL not in own and rank > highest_told(own, "skill", people):
                if any(map(is_told, own)):
                    doubt_held("skill", index, quote(roster, at, cell), "", people)
                if UNKNOWN_CELL not in [people.column(name)[index] for name in held["skill"]]:
                    tell_elsewhere("skill", roster, at, cell, index, people)
    _tell_other_certificates(roster, start, people)
    for track in TRACKS:
        for at in roster.columns.get(f"{track}_certificate", ()):
            for index, cell, _ in telling(roster, at, start, speaks_against):
                doubt_held(track, index, quote(roster, at, cell), "", people)
            for index, cell, _ in telling(roster, at, start, _is_number):
                if not any(is_told(people.column(name)[index]) for name in held[track]):
                    tell_elsewhere(track, roster, at, cell, index, people)


def _tell_other_certificates(roster: Roster, start: int, people: RawPeople) -> None:
    """A bare grade (二级, 中级) beside a certificate of another kind where the occupation should stand (二级建造师, 经济师) is no skill level."""
    for name in [name for name in roster.columns if name.partition("#")[0] == "occupation"]:
        number = name.partition("#")[2]
        held = f"skill#{number}" if number not in ("", "1") else "skill"
        if held not in people.cells or (not number and "occupation#1" in roster.columns):
            continue
        for at in roster.columns[name]:
            if not number and PRESENT_OCCUPATION.search(own_header(roster, at)):
                continue
            for index, cell, _ in telling(roster, at, start, lambda cell: names_other_certificate(norm(cell))):
                own = people.column(held)[index]
                if own is not UNKNOWN_CELL and not _OF_SKILL.search(norm(own)):
                    doubt_held(held, index, quote(roster, at, cell), "", people)


@lru_cache(4096)
def _rank_in_occupation(cell: str) -> int:
    """The highest rank of the levels that the cell of an occupation tells beside it (焊工技师); 0 for none, and for an occupation that is called so."""
    if listed_occupation(norm(cell)) is not None:
        return 0
    return max((one.rank_hi for one in skill(cell, catalogue.fields()["skill"]).credentials if one.occupation), default=0)


def speaks_against(cell: str) -> bool:
    """Whether what stands beside a level or title says that it is not held: 补办中, 拟申报, 已注销."""
    if cell.isascii():  # as almost every number is
        return False
    text = norm(cell)
    return bool(gives_none(text) or fallen_in(text) or _PENDING.search(text))


def _is_number(cell: str) -> bool:
    return _NUMBER.search(cell) is not None and not speaks_against(cell)


def tell_other_track(roster: Roster, track: str, other: str, start: int, people: RawPeople) -> None:
    """Of whom a cell of one track tells the other too (技能等级 高级工、工程师): unknown there, unless the columns of that tell as much,
    or a bureau's own words say what the cell is.
    """
    item = catalogue.field_of(other)
    for name in [name for name in roster.columns if name.partition("#")[0] == track]:
        column, at = people.column(name), roster.columns[name][0]
        distinct = {
            cell for cell in column[start : start + len(roster.people)] if cell.__class__ is str and people.words.read(track, cell) is cell
        }
        of_both = {cell: rank for cell in distinct if (rank := _other_rank(cell, track, other, people))}
        for index in range(start, start + len(roster.people)) if of_both else ():
            cell = column[index]
            if cell.__class__ is not str or cell not in of_both:
                continue
            own = [people.column(each)[index] for each in people.cells if each.partition("#")[0] == other]
            if UNKNOWN_CELL in own or highest_told(own, other, people) >= of_both[cell]:
                continue
            if any(map(is_told, own)):
                told = people.column(other)
                people.add_finding(index, other, "credential_contradicted", shown_value(told[index], item), quote(roster, at, cell))
                told[index] = UNKNOWN_CELL
            else:
                tell_elsewhere(other, roster, at, cell, index, people)


def _other_rank(cell: str, track: str, other: str, people: RawPeople) -> int:
    """The highest rank on the other track that a cell tells beside what it tells of its own; 0 for none. It is looked for by its words too,
    for 电工高级工/助工 is no cell of titles, and 工程师（技师） none of levels.
    """
    if not may_tell_both(cell) or track not in (tracks := tracks_of(cell, people)):
        return 0
    if tracks == TRACKS:
        return highest_told([cell], other, people)
    text = norm(cell)
    named = levels_in(text, grades=False) if track == "title" else {title.rank for title in titles_in(text)}
    return max(named, default=0)


def tell_unread_levels(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """A column that nobody reads, of nothing but levels or titles, in a table without a column for them (技能等极): what is held is unknown, not none."""
    for track, are_words in (("skill", are_level_words), ("title", are_title_words)):
        if any(name.partition("#")[0] == track for name in roster.columns):
            continue
        cells = cells_of(roster, at)
        if not are_words([cell for cell in set(cells) if not is_blank(cell)]):
            continue
        for index, cell in enumerate(cells, start):
            if is_told(cell) and not is_told(people.column(track)[index]):
                tell_elsewhere(track, roster, at, cell, index, people)
