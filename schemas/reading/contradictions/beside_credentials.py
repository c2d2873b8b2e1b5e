"""What stands beside a level or title and speaks for or against it: a level in the cell of the occupation, and the cell of the certificate's number."""

from __future__ import annotations

import re
from functools import lru_cache

from guantong.schemas import catalogue
from guantong.schemas.layout.columns.table_columns import TRACKS
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.contradictions.doubts import doubt_held, highest_told, is_told, quote, tell_elsewhere, telling
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import norm
from guantong.schemas.values.credential_words import gives_none, listed_occupation
from guantong.schemas.values.levels import skill
from guantong.schemas.values.remarks.credentials_told import fallen_in
from guantong.schemas.values.remarks.words import words_of

_NUMBER = re.compile(r"\d{6}")
_PENDING = words_of("pending")


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
    for track in TRACKS:
        for at in roster.columns.get(f"{track}_certificate", ()):
            for index, cell, _ in telling(roster, at, start, speaks_against):
                doubt_held(track, index, quote(roster, at, cell), "", people)
            for index, cell, _ in telling(roster, at, start, _is_number):
                if not any(is_told(people.column(name)[index]) for name in held[track]):
                    tell_elsewhere(track, roster, at, cell, index, people)


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
