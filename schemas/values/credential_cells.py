"""A level or title cell in its pieces: what stands between separators, with the notes in brackets that belong to it; and which pieces tell of one credential."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self, TypeVar

from guantong.schemas.text import norm, visible_text
from guantong.schemas.values.credential_words import DAY, gives_none, headed, leaves_open, void_clause
from guantong.schemas.values.dates import parse_date
from guantong.schemas.values.parsed import QUOTES

MOST_PIECES = 12
LONGEST = 40  # characters of a piece
_LISTING = "、,，;；+&\n"  # between several that are held
_JOINING = "/\\|-—–~·•_: "  # between words of one, or of several
_OPENING, _CLOSING = "([【{〔<《", ")]】}〕>》"
_SEPARATED = re.compile(f"([{re.escape(_LISTING + _JOINING)}]+)")


_WRITTEN_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d[-/]\d{1,2}(?:[-/]\d{1,2})?(?!\d)")
_CIRCLED = re.compile("[①-⑨]")
_FIRST_OF_LIST = re.compile(r"\s*(?:[(（]1[)）]|1[.．、)）]|①|⑴)")
_LIST_NUMBER = r"(?:\({0}\)|{0}[.、)])\s*(?=[^\d\s])"
Days = tuple[dt.date, dt.date]  # first and last


@dataclass
class Piece:
    """``text`` outside of brackets, the ``notes`` in them; ``listed``: whether a separator between several stands before it, else one that may join words of one;
    ``after_blank``: nothing but a blank.
    """

    text: str
    notes: list[str] = field(default_factory=list)
    listed: bool = False
    after_blank: bool = False

    @property
    def whole(self) -> str:
        return self.text + "".join(f"({note})" for note in self.notes)

    @property
    def days(self) -> frozenset[Days]:
        """The days that the piece tells of what it names; none where it speaks of an appointment, whose day is another."""
        if "聘" in self.whole:
            return frozenset()
        found = (parse_date(day[0]) for day in DAY.finditer(self.whole))
        return frozenset((first, last) for first, last, _ in found if first is not None and last is not None)


@dataclass
class Told(ABC):
    """What a piece of a cell tells; ``void``: the word by which it says that it is not held."""

    void: str | None = field(default=None, kw_only=True)
    days: frozenset[Days] = field(default=frozenset(), kw_only=True)

    @property
    @abstractmethod
    def names_own(self) -> bool:
        """Whether it names what is looked for, or part of it."""

    @property
    def names_any(self) -> bool:
        """Whether it names that, or a credential of the other kind."""
        return self.names_own

    @abstractmethod
    def is_other(self, text: str) -> bool:
        """Whether what ``text`` names is another credential."""

    @abstractmethod
    def joins(self, before: Self, piece: Piece) -> bool:
        """Whether this, told by ``piece``, is of the credential that is told before it."""

    @abstractmethod
    def take(self, other: Self) -> None: ...

    def weigh_void(self, note: str, void: list[str]) -> bool:
        """Take in a note with a word of `gives_none`: it is of this, or of another credential, and then the word goes to ``void``. False where the note may
        tell another in this one's place: 高级工（已注销，现技师）.
        """
        word = gives_none(note)
        if word is None or not self.is_other(note):
            self.void = word
        elif leaves_open(note) or not self.is_other(void_clause(note)):
            return False
        else:
            void.append(word)  # 高级工（拟申报技师）
        return True


T = TypeVar("T", bound=Told)


def told_by(pieces: list[Piece], read: Callable[[Piece, list[str]], T | None], void: list[str]) -> list[T] | None:
    """What each piece tells, as ``read`` has it; None where one can't be read."""
    told: list[T] = []
    for piece in pieces:
        if (one := read(piece, void)) is None:
            return None
        told.append(one)
    return told


def joined(told: list[T], pieces: list[Piece], void: list[str]) -> tuple[list[T], list[T]]:
    """What the pieces of a cell tell, put together by the credentials that they are of, each with its days: those that are held, and those that are not,
    whose words go to ``void``.
    """
    found: list[T] = []
    alone: list[tuple[int, frozenset[Days]]] = []
    for one, piece in zip(told, pieces, strict=True):
        one.days = piece.days
        if one.void and not one.names_any and found:  # 高级工，已作废
            found[-1].void = one.void
        elif one.void or one.names_own:
            if found and one.joins(found[-1], piece):
                found[-1].take(one)
            else:
                found.append(one)
        elif one.days:
            alone.append((len(found), one.days))
    for at, days in _of_days_alone(alone, [not one.days for one in found]):
        found[at].days |= days
    void += [one.void for one in found if one.void]
    return [one for one in found if not one.void], [one for one in found if one.void]


def only(days: frozenset[Days]) -> tuple[dt.date | None, dt.date | None]:
    """The first and last of the only days that are told; none where there are several."""
    return next(iter(days)) if len(days) == 1 else (None, None)


def _of_days_alone(alone: list[tuple[int, frozenset[Days]]], undated: list[bool]) -> list[tuple[int, frozenset[Days]]]:
    """Whose the days are that stand between separators, each behind so many credentials, of which each is ``undated`` or has days of its own.

    The only credential's; else, where each undated one has one behind it, or each one before it, theirs (高级工 2015.6、技师 2018.6). Else they may be any one's.
    """
    if len(undated) == 1:
        return [(0, days) for _, days in alone]
    lacking = [at for at, lacks in enumerate(undated) if lacks]
    for behind in (1, 0):
        if [passed - behind for passed, _ in alone] == lacking:
            return [(at, days) for at, (_, days) in zip(lacking, alone, strict=True)]
    return []


def readings(value: object) -> list[list[Piece]]:
    """The pieces of a cell: blanks in it dropped, and, where it has any, with blanks as separators. [] for a cell that no words of a level make."""
    value = without_list_numbers(value)
    texts = [norm(value)]
    spaced = "\n".join(re.sub(r"\s+", " ", line.strip()) for line in visible_text(value).splitlines())
    if " " in spaced or "\n" in spaced:
        texts.append(unicodedata.normalize("NFKC", spaced).upper())
    texts = [headed(_WRITTEN_DAY.sub(lambda day: re.sub("[-/]", ".", day[0]), text)) for text in texts]  # a day's strokes part nothing
    return [found for text in texts if (found := _pieces(text.strip(QUOTES + " \n")))]


def without_list_numbers(value: object) -> object:
    """A cell that begins with the first number of a list, with a line for each of the list's items in place of their numbers: 1.焊工技师 2.电工高级工."""
    if not isinstance(value, str) or not _FIRST_OF_LIST.match(value):
        return value
    rest = unicodedata.normalize("NFKC", _CIRCLED.sub(r"(\g<0>)", value)).strip()
    items: list[str] = []
    while begins := re.match(_LIST_NUMBER.format(len(items) + 1), rest):
        rest = rest[begins.end() :]
        following = re.search(r"(?<!\d)" + _LIST_NUMBER.format(len(items) + 2), rest)
        items.append(rest[: following.start()] if following else rest)
        rest = rest[following.start() :] if following else ""
    return "\n".join(item.strip(_LISTING + " ") for item in items) if len(items) > 1 else value


def split(text: str) -> list[str]:
    """The parts of a note in brackets."""
    return [part for part in _SEPARATED.split(text)[::2] if part]


def _pieces(text: str) -> list[Piece]:
    """The pieces of ``text``; [] where a bracket is not closed, or there are too many."""
    pieces: list[Piece] = []
    notes, depth, outside = [""], 0, ""
    marked: list[str] = []
    for sign in text:
        if sign in _OPENING:
            depth += 1
            if depth == 1:
                notes.append("")
                outside += f"\0{len(notes) - 1}\0"
                continue
        elif sign in _CLOSING:
            depth -= 1
            if depth < 0:
                return []
            if depth == 0:
                continue
        if depth:
            notes[-1] += "、" if sign in _OPENING + _CLOSING else sign
        else:
            outside += sign
    if depth:
        return []
    marked = _SEPARATED.split(outside)
    for at in range(0, len(marked), 2):
        words = re.split(r"\0(\d+)\0", marked[at])
        own = "".join(words[::2])
        inside = [notes[int(number)] for number in words[1::2]]
        listed = at > 0 and any(sign in _LISTING for sign in marked[at - 1])
        if own or not pieces or listed:
            if own or inside:
                pieces.append(Piece(own, inside, listed, at > 0 and not marked[at - 1].strip()))
        else:
            pieces[-1].notes += inside
    if len(pieces) > 1 and not pieces[0].text:  # (电工)、高级工
        pieces[1].notes = pieces[0].notes + pieces[1].notes
        del pieces[0]
    return pieces if len(pieces) <= MOST_PIECES and all(len(piece.text) <= LONGEST for piece in pieces) else []
