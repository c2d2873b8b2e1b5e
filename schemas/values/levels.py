"""Cells of skill levels: the level in any of its names, with the occupation (工种) beside it, one or several in a cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from guantong.schemas.catalogue import Field
from guantong.schemas.text import NOTHING, norm, without_brackets
from guantong.schemas.values.credential_cells import Piece, Told, joined, only, readings, split, told_by
from guantong.schemas.values.credential_words import (
    SPAN,
    Level,
    around_void,
    gives_none,
    level_at_end,
    levels,
    levels_at_beginning,
    levels_in,
    listed_occupation,
    shaped_occupation,
    titles,
    titles_in,
    without_harmless,
)
from guantong.schemas.values.parsed import QUOTES, Credential, Parsed, best_reading

_HARMLESS = ("harmless", "harmless_level")
_OLD_GRADE = re.compile(r"([一二三四五六七八1-8])级工")  # of eight; 三级工 may be that, or 高级工
_RANKS_OF_NUMBERS = {
    **dict.fromkeys("一1", 5),
    **dict.fromkeys("二2", 4),
    **dict.fromkeys("三3", 3),
    **dict.fromkeys("四4", 2),
    **dict.fromkeys("五5", 1),
}


@dataclass
class _Found(Told):
    """What a piece of a cell tells: levels, the occupations that they are of; a title."""

    levels: list[Level] = field(default_factory=list)
    old_grades: set[str] = field(default_factory=set)
    occupations: list[str] = field(default_factory=list)
    is_title: bool = False

    @property
    def strong(self) -> set[int]:
        return {level.rank for level in self.levels if level.weight != "grade"}

    @property
    def grades(self) -> set[int]:
        return {level.rank for level in self.levels if level.weight == "grade"}

    @property
    def names_level(self) -> bool:
        return bool(self.levels or self.old_grades)

    @property
    def names_own(self) -> bool:
        return self.names_level or bool(self.occupations)

    @property
    def names_any(self) -> bool:
        return self.names_own or self.is_title

    @property
    def level(self) -> Level | None:
        """The one level that is told; None where there is none, or several that contradict each other.

        The printed number and the word count before a grade, which may be that of a title in a list for both. A grade alone is a level's
        beside an occupation in 工, or one of the list in 员 (高级电工); 高级茶艺师 may be either of two, and 高级值班员 a post.
        """
        ranks = self.strong or self.grades
        if len(ranks) != 1 or not {_RANKS_OF_NUMBERS.get(number, 0) for number in self.old_grades} <= self.strong:
            return None
        if not self.strong and any(
            name.endswith("师") or (name.endswith("员") and not listed_occupation(name)) for name in self.occupations
        ):
            return None
        return next(level for level in self.levels if level.rank in ranks and (level.weight != "grade") == bool(self.strong))

    def fits(self, other: _Found) -> bool:
        """Whether both may speak of one level: 二级 and 技师, 电工 and 技师."""
        ranks = [one.strong or one.grades for one in (self, other) if one.names_level]
        occupations = [one.occupations for one in (self, other) if one.occupations]
        return all(one == ranks[0] for one in ranks) and all(one == occupations[0] for one in occupations)

    def is_other(self, text: str) -> bool:
        others = levels_in(text)
        return self.names_level and bool(others or titles_in(text)) and not others & (self.strong or self.grades)

    def joins(self, before: _Found, piece: Piece) -> bool:
        """An occupation and a level apart (车工、三级) are one, and so are words joined (三级/高级工)."""
        if before.void or self.void:
            return not piece.listed and not piece.after_blank and before.fits(self)  # 二级/技师（作废）
        halves = before.names_level != self.names_level and bool(before.occupations) != bool(self.occupations)
        several_words = (
            piece.after_blank and before.strong and self.strong and {each.weight for each in before.levels + self.levels} == {"word"}
        )
        return halves or (not piece.listed and not several_words and not (before.occupations and self.occupations))

    def take(self, other: _Found) -> None:
        self.levels += other.levels
        self.old_grades |= other.old_grades
        self.occupations = self.occupations or other.occupations  # 车工（数控车工）: within the bracket is a kind of it
        self.is_title |= other.is_title
        self.days |= other.days
        self.void = self.void or other.void


def occupation_key(text: str) -> str | None:
    """An occupation as two are compared: spaces and brackets aside."""
    return without_brackets(norm(text)) or norm(text) or None


def skill(value: object, _: Field) -> Parsed:
    """The skill levels of a cell. The printed number (三级) outranks a shared list's title grade (中级/二级)."""
    shown = norm(value).strip(QUOTES)
    if shown in NOTHING or shown == "学徒工":
        return Parsed({"_rank": 0, "_state": "none"})
    if SPAN.search(shown):
        return _unreadable()
    return best_reading([_cell(pieces) for pieces in readings(value)] or [_unreadable()])


def _unreadable(code: str = "skill_unreadable") -> Parsed:
    return Parsed({"_state": "unknown"}, code)


def _cell(pieces: list[Piece]) -> Parsed:
    void: list[str] = []
    told = told_by(pieces, _piece, void)
    if told is None:
        return _unreadable()
    is_title = any(one.is_title and not one.void for one in told)
    held, taken_back = joined(told, pieces, void)
    if not held:
        named = max((level.rank for one in taken_back for level in one.levels), default=0)
        return _none(void, named) if void else _unreadable("skill_is_title" if is_title else "skill_unreadable")
    if is_title and not all(one.strong for one in held):
        return _unreadable()
    return _told(held, void)


def _none(void: list[str], named: int) -> Parsed:
    return Parsed({"_rank": 0, "_state": "none"}, "gives_none", void[0], not_given=named)


def _told(held: list[_Found], void: list[str]) -> Parsed:
    told: dict[tuple[int, str | None], Credential] = {}
    named = list(dict.fromkeys(name for one in held for name in one.occupations))
    for one in held:
        level = one.level
        if level is None:
            return _unreadable()
        own: list[str] | list[None] = one.occupations or (named if len(named) == 1 else [None])
        for name in own:  # 电工高级工、技师: of one occupation
            told.setdefault((level.rank, name), Credential(level.rank, level.rank, level.value, name, None, *only(one.days)))
    highest = max(told.values(), key=lambda one: one.rank_hi)
    values: dict[str, object] = {"_rank": highest.rank_hi, "_state": "known", "": highest.word}
    return Parsed(values, "gives_none" if void else None, void[0] if void else "", tuple(told.values()))


def _piece(piece: Piece, void: list[str]) -> _Found | None:
    """What a piece tells; None where it can't be read. What its notes say of another level that is not held is added to ``void``."""
    if word := gives_none(piece.text):
        before, behind = around_void(piece.text)
        held = _words(before)
        if held is None or not held.is_other(behind):
            ranks = levels_in(piece.text)
            named = [level for level in levels().values() if level.rank in ranks][:1]
            return _Found(named, is_title=not named and bool(titles_in(piece.text)), void=word)
        void.append(word)  # 技师申报工程师
        found: _Found | None = held
    else:
        found = _words(piece.text)
    if found is None:
        return _Found(is_title=True) if _is_title(piece) else None
    for note in piece.notes:
        if gives_none(note):
            if not found.weigh_void(note, void):
                return None
            continue
        inside = _note(note)
        if inside is None:
            return None
        found.take(inside)
    return found


def _is_title(piece: Piece) -> bool:
    return any(text in titles() for text in (piece.whole, piece.text))


def _note(note: str) -> _Found | None:
    """What a note in brackets tells: a level, occupations, harmless words; a grade of a title's beside a level is passed over."""
    whole = _Found()
    for part in split(note):
        inside = _words(part)
        if inside is None:
            if part not in titles():
                return None
            inside = _Found(is_title=True)
        whole.occupations += inside.occupations
        inside.occupations = []
        whole.take(inside)
    return whole


def _words(text: str) -> _Found | None:
    """What a text without brackets tells, by the words of the list of occupations first, else by their shape; None where something in it is not known."""
    found = _read(text, listed_occupation, {}) or _read(text, shaped_occupation, {})
    if found is None or (found.strong and found.grades and found.strong != found.grades):
        return None
    return found


def _read(text: str, occupation: Callable[[str], str | None], seen: dict[str, _Found | None]) -> _Found | None:
    """What ``text`` is made of: words of levels and harmless ones around an occupation, or around nothing."""
    if not text:
        return _Found()
    if text not in seen:
        seen[text] = None  # what is being read
        seen[text] = _read_fresh(text, occupation, seen)
    return seen[text]


def _read_fresh(text: str, occupation: Callable[[str], str | None], seen: dict[str, _Found | None]) -> _Found | None:
    if name := occupation(text):
        return _Found(occupations=[name])
    if old := _OLD_GRADE.search(text):
        rest = _read(text[: old.start()] + text[old.end() :], occupation, seen)
        return rest and _Found(rest.levels, rest.old_grades | {old[1]}, rest.occupations)
    word = level_at_end(text)
    choices = [(word, text[: -len(word)])] if word else []
    choices += [(word, text[len(word) :]) for word in levels_at_beginning(text)]
    for word, rest_of_text in choices:
        if (rest := _read(rest_of_text, occupation, seen)) is not None:
            return _Found([*rest.levels, levels()[word]], rest.old_grades, rest.occupations)
    for rest_of_text in without_harmless(text, *_HARMLESS):
        if (rest := _read(rest_of_text, occupation, seen)) is not None:
            return rest
    return None
