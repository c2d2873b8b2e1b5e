"""Credentials that another column or a remark says to have fallen, not to have been obtained, or to be others: 证书状态 已注销, 备注 实为高级工."""

from __future__ import annotations

import re
from functools import lru_cache

from guantong.schemas import catalogue
from guantong.schemas.layout.columns.credential_states import Asked, Judging
from guantong.schemas.layout.columns.table_columns import TRACKS
from guantong.schemas.layout.roster import Roster, StateColumn
from guantong.schemas.reading.contradictions.doubts import (
    NO,
    YES,
    cells_of,
    doubt_fact,
    doubt_held,
    highest_told,
    is_told,
    may_be_one_day,
    quote,
    read_cell,
    tell_elsewhere,
    telling,
)
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import NOTHING, is_blank, norm
from guantong.schemas.values.credential_words import gives_none, is_sound, levels_in, titles_in
from guantong.schemas.values.parsed import Credential
from guantong.schemas.values.remarks.credentials_told import OF_SKILL, OF_TITLE, corrections_in, fallen_in, obtained_in


def tell_fallen(roster: Roster, at: int, column: StateColumn, start: int, people: RawPeople) -> None:
    """Of a column that says whether credentials stand: whose do not, or of whom it can't be read."""
    cells = cells_of(roster, at)
    said = {cell: is_fallen(cell, column.judging) for cell in set(cells) if not is_blank(cell)}
    names = [name for name in column.judged if name in roster.columns] or [
        name for name in roster.columns if column.judging.track is None and name.partition("#")[0] in column.judged
    ]
    if not names or not (any(said.values()) or column.judging.obtained):
        return
    if column.judging.obtained and not column.judging.open:
        said |= dict.fromkeys((cell for cell in set(cells) if is_blank(cell)), _is_blank_told(cells, people, names, start))
    for offset, cell in enumerate(cells):
        if said.get(cell):
            for name in names:
                doubt_held(name, start + offset, quote(roster, at, cell), norm(cell), people)


def _is_blank_told(cells: list[object], people: RawPeople, names: list[str], start: int) -> bool:
    """Whether a blank result says that there is none yet: most of those who tell a level have one."""
    told = [[cell for cell, held in zip(cells, people.column(name)[start:]) if not is_blank(held)] for name in names]
    return any(0 < 2 * sum(map(is_blank, column)) < len(column) for column in told)


def is_fallen(cell: object, judging: Judging) -> bool:
    """Whether a cell does not say that the credential stands."""
    text = norm(cell)
    if judging.open:
        return fallen_in(text) is not None or (judging.far and _answer(text, judging.asked) == "fallen")
    if answer := _answer(text, judging.asked):
        return answer != "stands"
    return gives_none(text) is not None or not is_sound(text)


def _answer(text: str, asked: Asked | None) -> Asked | None:
    bare = re.split(r"[,，(、;:]", text, maxsplit=1)[0]
    if bare in YES:
        return asked or "stands"
    if bare in NO and not (asked is None and text in NOTHING):
        return "stands" if asked == "fallen" else "fallen"
    return "stands" if text in NOTHING and gives_none(text) is None else None


def tell_fallen_by_remark(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark, or a column that is not read, says of a credential that has fallen: 证书已注销, 鉴定未通过."""
    for index, cell, clause in telling(roster, at, start, fallen_clause):
        doubt_by_clause(roster, quote(roster, at, cell), clause, index, people)


def doubt_by_clause(roster: Roster, quoted: str, clause: str, index: int, people: RawPeople) -> None:
    """Make unknown what a clause says of credentials to have fallen: of the track that it names, of both where it names none."""
    of_title, of_skill = OF_TITLE.search(clause), OF_SKILL.search(clause)
    tracks = [*(["title"] if of_title or not of_skill else []), *(["skill"] if of_skill or not of_title else [])]
    for name in [name for name in roster.columns if name.partition("#")[0] in tracks]:
        doubt_held(name, index, quoted, clause, people)


@lru_cache(4096)
def fallen_clause(cell: str) -> str | None:
    """The part of a text that says that a level, title or certificate has fallen, or was not obtained."""
    return fallen_in(norm(cell), beside_credential=True)


def tell_obtained(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark says to have been obtained, of who tells nothing in the column for it, or less: what is held is unknown."""
    columns: dict[str, list[list[object]]] = {
        track: [people.column(name) for name in list(people.cells) if name.partition("#")[0] == track] for track in TRACKS
    }
    for index, cell, obtained in telling(roster, at, start, obtained_in):
        for track, rank in obtained.items():
            own = [column[index] for column in columns[track]]
            if not any(map(is_told, own)):
                tell_elsewhere(track, roster, at, cell, index, people)
            elif UNKNOWN_CELL not in own and 0 < highest_told(own, track, people) < rank:
                doubt_held(track, index, quote(roster, at, cell), "", people)


def tell_corrected(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark says is wrong of a level, a title or the day of one: 实为高级工, 职称取得时间应为2021年6月; unless the cell says the same."""
    for index, cell, corrections in telling(roster, at, start, lambda cell: corrections_in(norm(cell))):
        for name, right in corrections:
            item, own = catalogue.field_of(name), people.column(name)[index]
            if own is UNKNOWN_CELL:
                continue
            if not is_told(own):
                if name in TRACKS and not any(is_told(people.column(one)[index]) for one in people.cells if one.partition("#")[0] == name):
                    tell_elsewhere(name, roster, at, cell, index, people)  # 职称待核, of who tells none
                continue
            if name.endswith("_date"):
                if not may_be_one_day(own, right):
                    doubt_fact(name, index, quote(roster, at, cell), people)
            elif not any(_is_meant(one, name, right) for one in read_cell(own, item, people).credentials):
                doubt_held(name, index, quote(roster, at, cell), "", people)


def _is_meant(one: Credential, track: str, told: str) -> bool:
    """Whether a text names what is held: the level, or the title of that series."""
    if track == "skill":
        return one.rank_hi in levels_in(told)
    return any(
        title.rank == one.rank_hi and None in (title.series, one.series) or (title.rank, title.series) == (one.rank_hi, one.series)
        for title in titles_in(told)
    )
