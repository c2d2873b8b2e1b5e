"""What a parser gives of one cell."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

QUOTES = "\"'“”‘’。.;!"  # around a cell's words, or behind them


class Credential(NamedTuple):
    """A level or title that a cell tells: the ranks that it may be, of a level its occupation and of a title its series, where told; and the first
    and last day on which it may have been obtained, where the cell itself tells them (工程师/2018.12).
    """

    rank_lo: int
    rank_hi: int
    word: str
    occupation: str | None = None
    series: str | None = None
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(slots=True)
class Parsed:
    """Typed values by column suffix; ``code``, a finding's code, and its ``detail`` where there is one, with \\0 and what it shows in place of the cell;
    ``credentials``: what a level or title cell tells; ``also``, further findings; ``not_given``: of a level or title cell that gives none (技师（申报中）)
    the highest rank that it names.
    """

    values: dict[str, object] = field(default_factory=dict)
    code: str | None = None
    detail: str = ""
    credentials: tuple[Credential, ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    not_given: int = 0

    @property
    def is_unread(self) -> bool:
        """Whether the cell is filled and nothing could be read from it."""
        return (
            self.values.get("_state") == "unknown"
            or self.code == "city_unknown"  # whose text is kept, to be shown
            or (self.code is not None and not self.values.get("_state") and self.values.get("") is None)
        )


def best_reading(found: list[Parsed]) -> Parsed:
    """Of the readings of a level or title cell, with its blanks dropped or as separators, the one that tells something held, else that none is, else
    the first: 技师 高级技师（在评） gives one of two.
    """
    told = {one.values["_state"]: one for one in reversed(found)}
    return told.get("known") or told.get("none") or found[0]
