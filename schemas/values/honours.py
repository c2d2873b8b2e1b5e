"""Honours of 三（四）, told from those that only look like them. The lists are data: schemas/data/honours.csv."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from guantong.schemas import catalogue

_SEPARATORS = re.compile(r"[、,，;；/|｜丨+＋&•…\n\r\t。\\①-⑳⑴-⒇]+|[(（]\d{1,2}[)）]")
_TAKES_BACK = re.compile(r"[(（]?(获|的|已|被|拟)?(提名|候选|入围|推荐|未获|公示|撤销|取消|优胜奖|成员)(奖|人选|人|中|期)?[)）]?")
_JOINED = re.compile(r"以及|和|及|与|并")
_QUOTES = "\"'“”‘’《》「」·.,:：-"
_BRACKETS = re.compile(r"[()]")
LONGEST_HONOUR = 200  # characters of one honour with all that surrounds it
LONGEST_SPACED = 100  # characters of one that has blanks inside
MOST_DECORATIONS = 20  # prefixes and suffixes around one


@cache
def _patterns() -> tuple[list[tuple[str, re.Pattern[str]]], list[re.Pattern[str]]]:
    listed, near = [], []
    for row in catalogue.rows("honours"):
        pattern = re.compile(row["pattern"])
        listed.append((row["honour"], pattern)) if row["honour"] else near.append(pattern)
    return listed, near


@cache
def _listed() -> re.Pattern[str]:
    """One pattern for the names of all listed honours."""
    return re.compile("|".join(f"(?:{pattern.pattern})" for _, pattern in _patterns()[0]))


@cache
def _decorations() -> dict[str, re.Pattern[str]]:
    """Prefixes and suffixes that may surround an honour's name, and words that refute it."""
    parts: dict[str, list[str]] = {}
    for row in catalogue.rows("honour_words"):
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


@dataclass(frozen=True)
class Honours:
    """What a cell says: canonical names, in the order of the table, of what it names and of what it may name; texts of the latter; texts that only come near."""

    listed: tuple[str, ...]
    in_doubt: tuple[str, ...] = ()
    doubtful_texts: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


def parse_honours(cell: str) -> Honours:
    """The honours of a cell in three classes."""
    found: set[str] = set()
    near: list[str] = []
    for part in _SEPARATORS.split(cell):
        honours, doubtful = _part(unicodedata.normalize("NFKC", part))
        found |= honours
        near += doubtful
    order = [name for name, _ in _patterns()[0]]
    return Honours(tuple(sorted(found, key=order.index)), near=tuple(dict.fromkeys(near)))


def _part(part: str) -> tuple[set[str], list[str]]:
    """The honours that one part names, and what of it only comes near one.

    Blanks may stand between two honours or inside one: the fewest pieces that make an honour are taken
    together, unless the next piece takes it back (辽宁工匠 提名).
    """
    pieces, found = part.split(), set()
    at, rest = (0, []) if _may_name("".join(pieces)) else (len(pieces), pieces)
    while at < len(pieces):
        end, honours = _first_honour(pieces, at)
        found |= honours
        if not honours:
            rest.append(pieces[at])
        at = end
    left = "".join(rest)
    return found, [left] if any(pattern.search(left) for pattern in _patterns()[1]) else []


def _first_honour(pieces: list[str], at: int) -> tuple[int, set[str]]:
    """Where the fewest pieces from ``at`` on end that make an honour, and the honours; the next piece and none where none do."""
    texts = [pieces[at]]
    for piece in pieces[at + 1 :]:
        if len(texts[-1]) + len(piece) > LONGEST_SPACED:
            break
        texts.append(texts[-1] + piece)
    for end, text in enumerate(texts if _begins(texts[-1]) else (), at + 1):
        honours = _joined(text) if _may_name(text) else set()
        if honours and not (end < len(pieces) and _TAKES_BACK.fullmatch(pieces[end])):
            return end, honours
    return at + 1, set()


def _begins(text: str) -> bool:
    """Whether ``text`` begins with an honour's name, what may stand before one left out."""
    for _ in range(MOST_DECORATIONS):
        bare = _decorations()["prefix"].sub("", text.strip(_QUOTES + "*"))
        if bare == text:
            break
        text = bare
    return _listed().match(_BRACKETS.sub("", text)) is not None


def _may_name(text: str) -> bool:
    """Whether an honour's name stands anywhere in ``text``: what surrounds it is looked at only then."""
    return _listed().search(_BRACKETS.sub("", text)) is not None


def _joined(text: str) -> set[str]:
    """The honour that ``text`` is, or those that its parts joined by 和 are, if all are."""
    if honour := _honour(text):
        return {honour}
    honours = set()
    for piece in _JOINED.split(text):
        if (honour := _honour(piece)) is None:
            return set()
        honours.add(honour)
    return honours


@lru_cache(4096)
def _honour(part: str) -> str | None:
    bare = part.strip("\"'“”‘’《》「」*·.")
    if len(bare) > LONGEST_HONOUR or not _may_name(bare):
        return None
    for _ in range(MOST_DECORATIONS):
        previous = bare
        bare = _decorations()["suffix"].sub("", _decorations()["prefix"].sub("", bare)).strip(_QUOTES)
        if bare == previous:
            break
    if _decorations()["reject"].search(bare):
        return None
    for form in (bare, _BRACKETS.sub("", bare)):
        for honour, pattern in _patterns()[0]:
            if pattern.fullmatch(form):
                return honour
    return None
