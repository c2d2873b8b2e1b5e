"""Words of remarks, comments and columns that are not read, by what they say: schemas/data/remark_words.csv, each a word or a regular expression."""

from __future__ import annotations

import re
from functools import cache

from guantong.schemas import catalogue

_BETWEEN_CLAUSES = re.compile(r"[,，。;；\n]")


@cache
def _by_kind() -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for row in catalogue.rows("remark_words"):
        kinds.setdefault(row["kind"], []).append(row["pattern"])
    return kinds


def words_of(kind: str) -> re.Pattern[str]:
    """Any of the words of a kind."""
    return re.compile("|".join(_by_kind()[kind]))


def clauses(text: str) -> list[str]:
    """The clauses of a text, each of which is weighed by itself."""
    return _BETWEEN_CLAUSES.split(text)
