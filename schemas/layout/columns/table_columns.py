"""A table's headers on their way to be resolved: what each says by itself, whatever stands beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, get_args

from guantong.schemas.layout.columns.credential_states import Judging
from guantong.schemas.layout.header_words import Said, Track
from guantong.schemas.layout.headers import recognise_header, what_path_says

TRACKS: tuple[Track, ...] = get_args(Track)
# The columns of which a credential is made, in numbered or repeated groups.
OF_CREDENTIAL = {
    "skill": ("skill", "skill_date", "skill_certificate", "occupation"),
    "title": ("title", "title_date", "title_series", "title_subject", "title_certificate"),
}
_TRACK_OF: dict[str, Track] = {name: track for track in TRACKS for name in OF_CREDENTIAL[track]}
_NUMBERS = {sign: at for signs in ("一二三四五六七八九", "123456789", "ABCDE") for at, sign in enumerate(signs, 1)}
# As systems write a column of a table of theirs: 职称信息-评定时间, 职业资格.等级.
_IN_GROUP = re.compile(r"([\u4e00-\u9fff]{2,})[.\-_—>]+([\u4e00-\u9fff]{2,})")
ORDINAL = re.compile(
    r"\(([一二三四五六七八九1-9])\)|第([一二三四五六七八九1-9])(?![年级批次季届期])"
    r"|(?<=[一-鿿)])([1-9])(?=$|[一-鿿])(?![年级月个次批季届期位])|(?<=[书格称能务种业级间期号])([一二三四五A-E])$"
)


class ReadBy(NamedTuple):
    """By what the cells of a column are read beside what it is called: ``level``: the level or title that it is headed by, whose date stands in it; ``year_at``:
    the position of the column that says of which year a grade is; ``dates_at``: the positions of levels, highest first, that are ticked and have their date
    in this column; ``ticked``: the word that it is headed by, which holds where it is ticked; ``kind_at``: the position of the column that says of which kind
    the certificate of a row is.
    """

    level: str | None = None
    year_at: int | None = None
    dates_at: tuple[int, ...] = ()
    ticked: str | None = None
    kind_at: int | None = None


class Header(NamedTuple):
    """A resolved header: the columns that it is (``names``: a field, assessment_2023, or skill#2 of a further credential), or none and the finding code that says why,
    with its ``detail``. ``appointed``: it says as what somebody is appointed; ``unsure``: what stands in it may be held or applied for; ``judged``: the columns
    of credentials of which it says whether they stand, by what ``judging`` has of it.
    """

    names: tuple[str, ...] = ()
    problem: str | None = None
    detail: str = ""
    appointed: bool = False
    unsure: bool = False
    judged: tuple[str, ...] = ()
    judging: Judging | None = None
    read_by: ReadBy = ReadBy()

    @property
    def name(self) -> str | None:
        return self.names[0] if self.names else None


@dataclass
class Column:
    """A header on its way to be resolved. ``own``: its text; ``group``: the texts above; ``number``: of a numbered group."""

    own: str
    group: str
    number: int | None
    name: str | None
    said: Said | None
    names: tuple[str, ...] = ()
    problem: str | None = None
    detail: str = ""
    unsure: bool = False
    judging: Judging | None = None
    read_by: ReadBy = ReadBy()
    is_mixed: bool = False  # levels of some and titles of others stand in it
    cells: Callable[[], list[object]] = list

    @property
    def track(self) -> Track | None:
        """The track of whose credential the resolved column tells."""
        told = [_TRACK_OF[name] for name in self.names if name in _TRACK_OF]
        return min(told, key=TRACKS.index, default=None)


def is_appointed(column: Column) -> bool:
    return not column.names and column.said is not None and column.said.part == "appointed"


def column_of(path: tuple[str, ...]) -> Column:
    return Column(*_by_itself(path))


@lru_cache(4096)
def _by_itself(path: tuple[str, ...]) -> tuple[str, str, int | None, str | None, Said | None]:
    """A header's text and that of its groups; and what it says whatever stands beside it: its number, its field, and what of a credential."""
    parts = [part for part in path if part]
    if parts and recognise_header(path) is None and what_path_says(path) is None and (split := _IN_GROUP.fullmatch(parts[-1])):
        parts = [*parts[:-1], *split.groups()]
        path = tuple(parts)
    own, group = (parts[-1], "".join(parts[:-1])) if parts else ("", "")
    name, said, number = recognise_header(path), what_path_says(path), None
    if found := find_ordinal(path):
        bare = tuple(ORDINAL.sub("", part, count=1) if part == found.string else part for part in parts)
        known, says = recognise_header(bare), what_path_says(bare)
        if (known is None and says is not None) or any(known in names for names in (*OF_CREDENTIAL.values(), ("honours",))):
            name, said, number = known, says, ordinal(found)
    return own, group, number, name, said


def find_ordinal(path: tuple[str, ...]) -> re.Match[str] | None:
    """The number in a header, of the lowest text that has one: 职称2, 第二职称, 证书（二）."""
    return next(filter(None, map(ORDINAL.search, reversed(path))), None)


def ordinal(found: re.Match[str] | None) -> int | None:
    return _NUMBERS[next(filter(None, found.groups()))] if found else None
