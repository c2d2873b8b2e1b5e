"""People of a batch before parsing, as the first half of reading leaves them to the second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from guantong.schemas import catalogue
from guantong.schemas.findings import Finding
from guantong.schemas.own_words import OwnWords
from guantong.schemas.text import mask_numbers


class _Unknown:
    """A cell that is filled but stands for nothing known; its finding is already made."""

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return "?"


UNKNOWN_CELL = _Unknown()


@dataclass
class FileRecord:
    """A file of the batch; ``status`` is read or refused, for a ``reason`` (a finding's code); ``sheets``: those with a roster."""

    file_no: int
    suffix: str
    status: str = "read"
    reason: str | None = None
    detail: str = ""
    sheets: list[str] = field(default_factory=list)
    sha256: str | None = None


@dataclass
class RawPeople:
    """People of a batch before parsing: raw cells by column, and the place of each person.

    ``file_no`` numbers the files of the batch from 0; what they are called, a batch does not know. ``words``: a bureau's own.
    """

    words: OwnWords = field(default_factory=OwnWords)
    cells: dict[str, list[object]] = field(default_factory=dict)
    places: list[tuple[int, int, str, int]] = field(default_factory=list)  # pid, file_no, sheet, row
    sheet_columns: dict[tuple[int, str, str], tuple[str, str]] = field(default_factory=dict)  # (file_no, sheet, column) → letter, header
    # of each sheet its tables: their people, by index, and where their columns are, as in sheet_columns
    tables: dict[tuple[int, str], list[tuple[range, dict[str, tuple[str, str]]]]] = field(default_factory=dict)
    # of fields that stand in several columns of a sheet, letter and header of the further ones
    further_columns: dict[tuple[int, str, str], list[tuple[str, str]]] = field(default_factory=dict)
    # (pid, column) → the same, of people whose cell stands elsewhere than in the sheet's column
    own_columns: dict[tuple[int, str], tuple[str | None, str]] = field(default_factory=dict)
    own_places: dict[tuple[int, str], tuple[str, int]] = field(
        default_factory=dict
    )  # and its sheet and row, where it stands in another row
    struck: set[int] = field(default_factory=set)  # of those people, by their index, who are struck out
    taken_back: set[int] = field(default_factory=set)  # of those people, by their index, whose row is taken back
    told_titles: set[int] = field(default_factory=set)  # pids of those of whom a further row, in a sheet of its own, has a column of titles
    findings: list[Finding] = field(default_factory=list)
    files: list[FileRecord] = field(default_factory=list)

    def column(self, name: str) -> list[object]:
        """The raw cells of a column, one for each person so far: those whose sheet lacked it are None."""
        column = self.cells.setdefault(name, [])
        column += [None] * (len(self.places) - len(column))
        return column

    def column_of(self, index: int, name: str) -> tuple[str | None, str]:
        """Letter and header as written of a person's cell; the canonical header where the sheet lacks the column."""
        pid, file_no, sheet, _ = self.places[index]
        found = self.own_columns.get((pid, name)) or self.sheet_columns.get((file_no, sheet, name))
        return found or (None, catalogue.header_of(name))

    def own_tables(self) -> Iterator[tuple[int, dict[str, tuple[str, str]]]]:
        """Of the people in sheets whose tables have other columns each: the index, and where the columns of the person's table are."""
        for place, tables in self.tables.items():
            if all(own == tables[0][1] for _, own in tables):
                continue
            made = {name for file_no, sheet, name in self.sheet_columns if (file_no, sheet) == place}.difference(
                *(own for _, own in tables)
            )
            for people, own in tables:
                own = own | {name: own[of] for name in made if (of := name.partition("#")[0]) in own}  # by readers, of a cell of several
                yield from ((index, own) for index in people)

    def add_finding(
        self, index: int, name: str | None, code: str, value: str | None, detail: str = "", place: tuple[str, str] | None = None
    ) -> None:
        """Add a finding on a person's cell, or on the whole row where ``name`` is None. ``place``: letter and header of the cell, where it is one of several."""
        pid, file_no, sheet, row = self.places[index]
        column, header = place or (self.column_of(index, name) if name else (None, None))
        sheet, row = self.own_places.get((pid, name or ""), (sheet, row))
        field_name = name.partition("#")[0] if name else None
        self.findings.append(Finding(file_no, code, sheet, row, column, header, field_name, value, mask_numbers(detail), pid))
