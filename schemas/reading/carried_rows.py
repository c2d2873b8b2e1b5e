"""What a further row of a person tells is added to the person: each level or title in columns of its own, other facts where they agree.

Of a full second row, which stands for itself, only what the person holds: what else it says is held against the first later (checks/sql/conflicts.sql).
"""

from __future__ import annotations

from guantong.schemas import catalogue
from guantong.schemas.findings import shown_value
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.reading.tracks import TRACKS
from guantong.schemas.text import NOTHING, is_blank, norm, visible_text
from guantong.schemas.values.levels import occupation_key
from guantong.schemas.values.parsed import Parsed
from guantong.schemas.values.parsers import PARSERS

MOST_FURTHER = 20  # credentials of a person on a track that stand in columns or rows of their own
# What stands beside a level or title, and is of it alone.
_BESIDE = {
    "skill": ("skill", "skill_date", "skill_certificate"),
    "title": ("title", "title_date", "title_series", "title_subject", "title_certificate"),
}
_SEVERAL = ("honours",)  # of which rows may each tell some
_NOT_TOLD = ("serial", "id_number")
_HELD_BESIDE = {
    "honours",
    *(name for track in TRACKS for name in track.of_rank.values()),
}  # what tells of credentials in columns of its own


class Carrying:
    """Adds the people of ``further``, who are rows of others, to ``people``: those of one file."""

    def __init__(self, people: RawPeople, further: RawPeople) -> None:
        self.people, self.further = people, further
        self.numbers: dict[tuple[int, str], int] = {}  # (index, track) → of the person's last credential

    def add(self, index: int, to: int) -> None:
        """Add what the row ``index`` of further tells to the person ``to``."""
        told = {name: column[index] for name, column in self.further.cells.items() if index < len(column) and not is_blank(column[index])}
        _, file_no, sheet, _ = self.further.places[index]
        if (file_no, sheet, "title") in self.further.sheet_columns:
            self.people.told_titles.add(self.people.places[to][0])
        occupation = next((name for name in ("occupation", "occupation#1") if name in told), None)
        for track, fields in _BESIDE.items():
            for number in sorted({_number(name) for name in told if name.partition("#")[0] in fields[:2]}):
                group = {name: _column(name, number) for name in fields if _column(name, number) in told}
                self._add_credential(track, group, index, to, occupation if number == 1 else None)
        beside = {_column(name, number) for fields in _BESIDE.values() for name in fields for number in range(1, MOST_FURTHER + 1)}
        for name in told:
            if name not in beside and name not in _NOT_TOLD and name.partition("#")[0] != "occupation":
                self._add_fact(name, index, to)
        if occupation is not None and not any(name in told for name in ("skill", "skill_date")):
            self._add_fact("occupation", index, to)

    def add_held(self, index: int, to: int) -> None:
        """Add the levels, titles and honours of the full row ``index`` that the person ``to`` does not tell already."""
        told = {name: column[index] for name, column in self.further.cells.items() if index < len(column) and not is_blank(column[index])}
        for track, fields in _BESIDE.items():
            for number in sorted({_number(name) for name in told if name.partition("#")[0] == track}):
                group = {name: _column(name, number) for name in fields if _column(name, number) in told}
                beside = (f"occupation#{number}", *(["occupation"] if number == 1 else []))
                occupation = next((name for name in beside if name in told), None)
                if not self._is_told(track, group, index, to, occupation):
                    self._add_credential(track, group, index, to, occupation)
        for name in told:
            if name.startswith("assessment_") and is_blank(self.people.column(name)[to]):
                self._add_fact(name, index, to)
            elif name in _HELD_BESIDE and norm(told[name]) not in NOTHING and not self._is_dated(name, to):
                if norm(self.people.column(name)[to]) in NOTHING:
                    self._put(name, to, None)
                self._add_fact(name, index, to)
        _, file_no, sheet, _ = self.further.places[index]
        if (file_no, sheet, "title") in self.further.sheet_columns:
            self.people.told_titles.add(self.people.places[to][0])

    def _is_dated(self, name: str, to: int) -> bool:
        """Whether a column is the date of a rank, and the person's own level or title has its date: of which rank that is, is told later."""
        date = next((track.date for track in TRACKS if name in track.of_rank.values()), None)
        return date is not None and not is_blank(self.people.column(date)[to])

    def _is_told(self, track: str, group: dict[str, str], index: int, to: int, occupation: str | None) -> bool:
        """Whether a level or title, with its date, is one that the person's columns tell, or none."""
        cell, day = (self.further.column(group[name])[index] if name in group else None for name in (track, f"{track}_date"))
        told = self._parsed(track, cell)
        if not told.credentials and not told.is_unread:
            return True
        for number in range(1, MOST_FURTHER + 1):
            name = _column(track, number)
            if name not in self.people.cells:
                return False
            mine, beside = (self.people.column(each)[to] for each in (name, _column(f"{track}_date", number)))
            same_day = is_blank(day) or self._parsed(f"{track}_date", day).values == self._parsed(f"{track}_date", beside).values
            if is_blank(mine) or not same_day or self._parsed(track, mine) != told:
                continue
            if track != "skill" or occupation is None or norm(self.further.column(occupation)[index]) == self._occupation(to, number):
                return True
        return False

    def _occupation(self, to: int, number: int) -> str:
        """The occupation of a person's certificate, in its normal form: the one beside it, or the present one."""
        columns = (self.people.cells.get(name, []) for name in (f"occupation#{number}", "occupation"))
        return next((norm(column[to]) for column in columns if to < len(column) and not is_blank(column[to])), "")

    def _parsed(self, name: str, cell: object) -> Parsed:
        item = catalogue.field_of(name)
        if is_blank(cell) or cell is UNKNOWN_CELL:
            return Parsed({"_state": "blank" if is_blank(cell) else "unknown", "_given": cell is UNKNOWN_CELL})
        return PARSERS[item.kind](self.people.words.read(item.name, cell), item)

    def _add_credential(self, track: str, group: dict[str, str], index: int, to: int, occupation: str | None) -> None:
        """Add a level or title: in the person's own columns where nothing is told there, else in further ones."""
        number = self._next_number(track, to)
        if track not in group and number > 1 and is_blank(self.people.column(_column(f"{track}_date", number - 1))[to]):
            number -= 1  # the date of what stands in the row above
        if number > MOST_FURTHER:
            self.further.add_finding(index, track, "column_conflict", None, f"超过{MOST_FURTHER}项，未读取")
            self._put(track, to, UNKNOWN_CELL)
            return
        self.numbers[to, track] = number
        for name, column in group.items():
            self._take(column, index, _column(name, number), to)
        if track == "skill" and occupation is not None:
            self._add_occupation(occupation, index, to, number)

    def _next_number(self, track: str, to: int) -> int:
        if (to, track) in self.numbers:
            return self.numbers[to, track] + 1
        used = [
            _number(name)
            for name, column in self.people.cells.items()
            if name.partition("#")[0] in _BESIDE[track][:2] and to < len(column) and not is_blank(column[to])
        ]
        return max(used, default=0) + 1

    def _add_occupation(self, name: str, index: int, to: int, number: int) -> None:
        """The occupation beside a certificate is that of the certificate; of several it is not known which is the present one."""
        present = self.people.column("occupation")
        if number == 1:
            if is_blank(present[to]):
                self._take(name, index, "occupation", to)
            return
        own = self.people.column("occupation#1")
        if not is_blank(present[to]) and is_blank(own[to]):
            own[to] = present[to]
        self._take(name, index, f"occupation#{number}", to)
        if norm(own[to]) != norm(self.further.column(name)[index]) and not self._is_of_another(to):
            present[to] = None

    def _is_of_another(self, to: int) -> bool:
        """Whether the person's own level names another occupation than the one beside it, which is the present one then."""
        named = {one.occupation for one in self._parsed("skill", self.people.column("skill")[to]).credentials}
        present = self.people.column("occupation")[to]
        return named.isdisjoint({None, occupation_key(visible_text(present))}) and bool(named) and not is_blank(present)

    def _add_fact(self, name: str, index: int, to: int) -> None:
        mine, other = self.people.column(name)[to], self.further.column(name)[index]
        words = self.people.words
        if is_blank(mine):
            self._take(name, index, name, to)
            return
        item = catalogue.field_of(name)
        if mine is UNKNOWN_CELL or norm(mine) == norm(other) or item.kind not in PARSERS or item.kind == "text":
            return
        if item.kind in _SEVERAL:
            self._put(name, to, f"{visible_text(mine)}；{visible_text(other)}")
        elif other is UNKNOWN_CELL or _values(words.read(item.name, mine), item) != _values(words.read(item.name, other), item):
            self._put(name, to, UNKNOWN_CELL)
            self.people.add_finding(to, name, "facts_conflict", shown_value(mine, item))

    def _take(self, name: str, index: int, column: str, to: int) -> None:
        """Put a cell of a further row into the person's ``column``, with its place."""
        self._put(column, to, self.further.column(name)[index])
        pid = self.people.places[to][0]
        other, _, sheet, row = self.further.places[index]
        self.people.own_columns[pid, column] = self.further.column_of(index, name)
        self.people.own_places[pid, column] = self.further.own_places.get((other, name), (sheet, row))

    def _put(self, name: str, to: int, cell: object) -> None:
        self.people.column(name)[to] = cell


def _values(cell: object, item: catalogue.Field) -> dict[str, object]:
    return PARSERS[item.kind](cell, item).values


def _number(name: str) -> int:
    return int(name.partition("#")[2] or 1)


def _column(name: str, number: int) -> str:
    return name if number == 1 else f"{name}#{number}"
