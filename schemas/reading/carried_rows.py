"""What a further row of a person tells is added to the person: each level or title in columns of its own, other facts where they agree."""

from __future__ import annotations

from guantong.schemas import catalogue
from guantong.schemas.findings import shown_value
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import is_blank, norm, visible_text
from guantong.schemas.values.parsers import PARSERS

MOST_FURTHER = 20  # credentials of a person on a track that stand in columns or rows of their own
# What stands beside a level or title, and is of it alone.
_BESIDE = {
    "skill": ("skill", "skill_date", "skill_certificate"),
    "title": ("title", "title_date", "title_series", "title_subject", "title_certificate"),
}
_SEVERAL = ("honours",)  # of which rows may each tell some
_NOT_TOLD = ("serial", "id_number")


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
        occupation = told.get("occupation") or told.get("occupation#1")
        for track, fields in _BESIDE.items():
            for number in sorted({_number(name) for name in told if name.partition("#")[0] in fields[:2]}):
                group = {name: _column(name, number) for name in fields if _column(name, number) in told}
                self._add_credential(track, group, index, to, "occupation" if occupation is not None and number == 1 else None)
        beside = {_column(name, number) for fields in _BESIDE.values() for name in fields for number in range(1, MOST_FURTHER + 1)}
        for name in told:
            if name not in beside and name not in _NOT_TOLD and name.partition("#")[0] != "occupation":
                self._add_fact(name, index, to)
        if occupation is not None and not any(name in told for name in ("skill", "skill_date")):
            self._add_fact("occupation", index, to)

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
            self._add_occupation(index, to, number)

    def _next_number(self, track: str, to: int) -> int:
        if (to, track) in self.numbers:
            return self.numbers[to, track] + 1
        used = [
            _number(name)
            for name, column in self.people.cells.items()
            if name.partition("#")[0] in _BESIDE[track][:2] and to < len(column) and not is_blank(column[to])
        ]
        return max(used, default=0) + 1

    def _add_occupation(self, index: int, to: int, number: int) -> None:
        """The occupation beside a certificate is that of the certificate; of several it is not known which is the present one."""
        name = (
            "occupation"
            if "occupation" in self.further.cells and not is_blank(self.further.column("occupation")[index])
            else "occupation#1"
        )
        present = self.people.column("occupation")
        if number == 1:
            if is_blank(present[to]):
                self._take(name, index, "occupation", to)
            return
        own = self.people.column("occupation#1")
        if not is_blank(present[to]) and is_blank(own[to]):
            own[to] = present[to]
        self._take(name, index, f"occupation#{number}", to)
        if norm(own[to]) != norm(self.further.column(name)[index]):
            present[to] = None

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
        _, _, sheet, row = self.further.places[index]
        self.people.own_columns[pid, column] = self.further.column_of(index, name)
        self.people.own_places[pid, column] = sheet, row

    def _put(self, name: str, to: int, cell: object) -> None:
        self.people.column(name)[to] = cell


def _values(cell: object, item: catalogue.Field) -> dict[str, object]:
    return PARSERS[item.kind](cell, item).values


def _number(name: str) -> int:
    return int(name.partition("#")[2] or 1)


def _column(name: str, number: int) -> str:
    return name if number == 1 else f"{name}#{number}"
