"""Honours of 三（四）, told from those that only look like them. The lists are data: schemas/data/honours.csv."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from guantong.schemas import tables

_SEPARATORS = re.compile(r"[、,，;；/|\n\r\t。\\①-⑳]+|\s+")
_JOINED = re.compile(r"和|及|与|以及|并")


@cache
def _patterns() -> tuple[list[tuple[str, re.Pattern[str]]], list[re.Pattern[str]]]:
    listed, near = [], []
    for row in tables.rows("honours"):
        pattern = re.compile(row["pattern"])
        listed.append((row["honour"], pattern)) if row["honour"] else near.append(pattern)
    return listed, near


@cache
def _decorations() -> dict[str, re.Pattern[str]]:
    """Prefixes and suffixes that may surround an honour's name, and words that refute it."""
    parts: dict[str, list[str]] = {}
    for row in tables.rows("honour_words"):
        parts.setdefault(row["part"], []).append(f"(?:{row['pattern']})")
    join = {part: "|".join(patterns) for part, patterns in parts.items()}
    return {
        "prefix": re.compile(f"^(?:{join['prefix']})"),
        "suffix": re.compile(f"(?:{join['suffix']})$"),
        "reject": re.compile(join["reject"]),
    }


@cache
def listed_honours() -> frozenset[str]:
    """The canonical names that a policy may list."""
    return frozenset(name for name, _ in _patterns()[0])


def parse_honours(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(canonical honours named, in order of the table; texts that come near one and do not count)."""
    found: set[str] = set()
    near: list[str] = []
    for part in _SEPARATORS.split(cell):
        honours, doubtful = _part(unicodedata.normalize("NFKC", part))
        found |= honours
        near += doubtful
    order = [name for name, _ in _patterns()[0]]
    return tuple(sorted(found, key=order.index)), tuple(dict.fromkeys(near))


def _part(part: str) -> tuple[set[str], list[str]]:
    """The honour that one part names; joined parts (…和…) are tried apart where the whole is none."""
    if not part:
        return set(), []
    if honour := _honour(part):
        return {honour}, []
    pieces = _JOINED.split(part)
    if len(pieces) > 1 and any(map(_honour, pieces)):
        tried = [_part(piece) for piece in pieces]
        return set().union(*(honours for honours, _ in tried)), [text for _, texts in tried for text in texts]
    return set(), [part] if any(pattern.search(part) for pattern in _patterns()[1]) else []


def _honour(part: str) -> str | None:
    bare = part.strip("\"'“”‘’《》「」*·.")
    previous = None
    while bare != previous:
        previous = bare
        bare = _decorations()["suffix"].sub("", _decorations()["prefix"].sub("", bare)).strip("\"'“”‘’《》「」·.,:：-")
    if _decorations()["reject"].search(bare):
        return None
    for form in (bare, re.sub(r"[()]", "", bare)):
        for honour, pattern in _patterns()[0]:
            if pattern.fullmatch(form):
                return honour
    return None
