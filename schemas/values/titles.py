"""Cells of titles: the title or its grade, with series and subject beside it, one or several in a cell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field
from guantong.schemas.text import NOTHING, norm
from guantong.schemas.values.credential_cells import Piece, Told, joined, only, readings, split, told_by
from guantong.schemas.values.credential_words import (
    ENGINEERING,
    SPAN,
    Level,
    Title,
    around_void,
    engineer_of_subject,
    gives_none,
    is_subject_of_engineers,
    levels,
    levels_in,
    titles,
    titles_in,
    without_harmless,
)
from guantong.schemas.values.parsed import QUOTES, Credential, Parsed, best_reading

_HARMLESS = ("harmless", "harmless_title")
_SUBJECT = re.compile(r"[\u3400-\u9fff]{2,12}专业")
_NO_SUBJECT = re.compile(r"技师|工程师|[级员]")


@dataclass
class _Found(Told):
    """What a piece of a cell tells: titles and grades, and beside them series, subjects and skill levels."""

    titles: list[Title] = field(default_factory=list)
    series: set[str] = field(default_factory=set)
    levels: list[Level] = field(default_factory=list)

    @property
    def words(self) -> list[Title]:
        return [title for title in self.titles if title.weight == "word"]

    @property
    def names_own(self) -> bool:
        return bool(self.titles)

    def is_other(self, text: str) -> bool:
        named = titles_in(text)
        if not self.titles or not (named or levels_in(text)):
            return False
        return all(not self.fits(_Found([title])) for title in named)

    def joins(self, before: _Found, piece: Piece) -> bool:
        """Words and grades joined are of one title (中级/工程师), as a grade that fits is in a list."""
        if not before.titles or not self.titles:
            return False
        if before.void or self.void:
            return not piece.listed and not piece.after_blank and before.fits(self)  # 中级/工程师（作废）
        other_series = len({title.series for title in before.words + self.words}) > 1
        listed = piece.listed or piece.after_blank and bool(before.words and self.words)
        return not other_series and (before.fits(self) if listed else True)

    def take(self, other: _Found) -> None:
        self.titles += other.titles
        self.series |= other.series
        self.levels += other.levels
        self.days |= other.days
        self.void = self.void or other.void

    def fits(self, other: _Found) -> bool:
        """Whether both may speak of one title: 工程师 and 中级."""
        series = {title.series for title in self.titles + other.titles if title.series}
        return len(series) < 2 and bool(frozenset.intersection(*(title.fits for title in self.titles + other.titles)))

    @property
    def title(self) -> tuple[Title, frozenset[int]] | None:
        """The one title that is told, and the ranks that it may be; None where what is told contradicts itself."""
        series = {title.series for title in self.titles if title.series} | self.series
        if len(series) > 1 or len({title.rank for title in self.words}) > 1:
            return None
        ranks = frozenset.intersection(*(title.fits for title in self.titles))
        chosen = min(self.titles, key=lambda title: (title.weight != "word", len(title.fits)))
        if not ranks:
            return None
        return chosen._replace(series=next(iter(series), None)), ranks


def title(value: object, _: Field) -> Parsed:
    """The titles of a cell, each with its series. A grade alone (中级) tells no series; a skill level beside a title is passed over."""
    shown = norm(value).strip(QUOTES)
    if shown in NOTHING:
        return Parsed({"_rank": 0, "_state": "none"})
    if SPAN.search(shown):
        return _unreadable()
    return best_reading([_cell(pieces) for pieces in readings(value)] or [_unreadable()])


def _unreadable(code: str = "title_unreadable") -> Parsed:
    return Parsed({"_state": "unknown"}, code)


def _cell(pieces: list[Piece]) -> Parsed:
    void: list[str] = []
    told = told_by(pieces, _piece, void)
    if told is None:
        return _unreadable()
    beside = [level for one in told for level in one.levels]
    series = {name for one in told if not one.titles and not one.void for name in one.series}
    held, taken_back = joined(told, pieces, void)
    if not held:
        if void:
            named = max((title.rank for one in taken_back for title in one.titles), default=0)
            return Parsed({"_rank": 0, "_state": "none"}, "gives_none", void[0], not_given=named)
        return _unreadable("title_is_skill" if beside else "title_unreadable")
    if any(level.weight == "word" for level in beside) and not any(one.words for one in held):
        return _unreadable()
    if series:
        for one in held:
            one.series |= series
    return _told(held, void)


def _told(held: list[_Found], void: list[str]) -> Parsed:
    told: dict[Credential, Title] = {}
    for one in held:
        if (found := one.title) is None:
            return _unreadable()
        chosen, ranks = found
        credential = Credential(min(ranks), max(ranks), chosen.value, None, chosen.series, *only(one.days))
        told.setdefault(credential, chosen)
    highest = max(told, key=lambda each: (each.rank_hi, each.rank_lo))
    chosen = told[highest]
    rank = chosen.rank if highest.rank_lo <= chosen.rank <= highest.rank_hi else highest.rank_lo
    values: dict[str, object] = {"_rank": rank, "_state": "known", "": chosen.value, "_named_series": chosen.series}
    findings: list[tuple[str, str]] = [("gives_none", void[0])] if void else []
    if chosen.weight == "grade":
        findings.insert(0, ("title_grade_only", {"初级": "，可能是员级或助理级", "高级": "，可能是副高级或正高级"}.get(chosen.value, "")))
    code, detail = findings[0] if findings else (None, "")
    return Parsed(values, code, detail, tuple(told), tuple(findings[1:]))


def _piece(piece: Piece, void: list[str]) -> _Found | None:
    """What a piece tells; None where it can't be read. What its notes say of another title that is not held is added to ``void``."""
    if piece.notes and piece.whole in titles():  # 高级工程师（正高级）
        return _Found([titles()[piece.whole]])
    if word := gives_none(piece.text):
        before, behind = around_void(piece.text)
        held = _words(before)
        if held is None or not held.is_other(behind):
            named = titles_in(piece.text) or ([titles()["工程师"]] if re.search("[师工员级]$|级", piece.text) else [])
            return _Found(named, void=word)
        void.append(word)  # 助理工程师申报工程师
        found: _Found | None = held
    else:
        found = _words(piece.text)
    if found is None:
        return None
    for note in piece.notes:
        if gives_none(note):
            if not found.weigh_void(note, void):
                return None
            continue
        for part in split(note):
            inside = _words(part)
            if inside is None:
                return None
            if inside.titles and found.titles and not found.fits(inside):
                return None
            found.take(inside)
    return found


@cache
def _series() -> dict[str, str]:
    return catalogue.vocabulary("title_series")


def _words(text: str) -> _Found | None:
    """What a text without brackets tells: a title, a grade, a series, a subject, a skill level, among harmless words; None for anything else."""
    if not text:
        return _Found()
    if text in titles():
        return _Found([titles()[text]])
    if named := engineer_of_subject(text):
        return _Found([titles()[named]])
    if text in levels():
        return _Found(levels=[levels()[text]])
    if text in _series():
        return _Found(series={_series()[text]})
    if _is_subject(text):
        return _Found()
    for size in range(len(text) - 1, 1, -1):
        if found := _two(text[:size], text[size:]):
            return found
    for rest in without_harmless(text, *_HARMLESS):
        if (found := _words(rest)) is not None:
            return found
    return None


def _two(before: str, after: str) -> _Found | None:
    """A title told by two words: 工程类 | 中级, 中级 | 机械工程师, 机械工程 | 工程师; None where they are not that."""
    title = titles().get(after)
    if title is None:
        return None
    if before in _series() and title.weight == "grade":
        return _Found([title], {_series()[before]})
    if before in titles() and titles()[before].weight == "grade" and title.weight == "word":
        return _Found([titles()[before], title])
    return _Found([title]) if before.endswith("工程") and _is_subject(before) and title.series == ENGINEERING else None


def _is_subject(text: str) -> bool:
    """Whether ``text`` is a subject of titles: 机械 or 机械工程, of which there is 机械工程师; or called 专业."""
    return (
        is_subject_of_engineers(text)
        or engineer_of_subject(f"{text}工程师") is not None
        or (text.endswith("工程") and f"{text}师" in titles())
        or bool(_SUBJECT.fullmatch(text) and not _NO_SUBJECT.search(text))
    )
