"""The roster found in a sheet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from guantong.schemas.files.workbook import Sheet
from guantong.schemas.layout.columns.credential_states import Judging
from guantong.schemas.layout.columns.grades_by_year import year_in
from guantong.schemas.layout.columns.table_columns import ReadBy
from guantong.schemas.text import is_blank

Path = tuple[str, ...]  # the texts of a header, of its groups first
FEWEST_FIELDS = 4  # of a roster; of a row that is certainly no note


class HeaderProblem(NamedTuple):
    """A column whose header was not recognised, or in more than one way: a finding's ``code`` and ``detail``."""

    position: int
    code: str
    path: Path
    detail: str = ""


class StateColumn(NamedTuple):
    """A column that says whether credentials stand: those of the ``judged`` columns."""

    judged: tuple[str, ...]
    judging: Judging


class CommentColumn(NamedTuple):
    """The comments on a column's cells, as a column of remarks: on which they are, as what it is told, and what they speak of where they do not say."""

    at: int
    header: str
    prefix: str


@dataclass
class Roster:
    """The roster found in a sheet.

    ``columns``: name → positions (from 0), in sheet order; several where a field stands in several columns.
    ``headers``: position → header as written. Rows are counted from 0; ``people``: those that speak of a person. ``preamble``: facts of the
    unit that stand above the header. ``lines``: rows of one text that may say something of the people below; ``passed_over``: rows that were
    taken for nobody's, and may be somebody's. ``merged``: row → the row above in which the person's name, number or serial is merged with its own.
    ``carried``: row → row of the person whom it only carries on, with a further certificate; ``carried_unmerged``: those of them that no merge tells. ``problems``: of columns that were not recognised, or not for certain. ``appointed``: positions
    of columns that say as what somebody is appointed; ``unsure``: of columns that may be what is held or what is applied for; ``states``: of those that say
    whether credentials stand; ``comments``: of those that are made of comments; ``continues``: the roster of an earlier sheet that goes on here (续表);
    ``other_table``: the row below that heads a table which is no roster, where the people end. ``read_by``: position → by what else the cells of a column are read, of each.
    """

    sheet: Sheet
    first_header_row: int
    last_header_row: int
    columns: dict[str, list[int]]
    headers: dict[int, str]
    problems: list[HeaderProblem]
    appointed: list[int] = field(default_factory=list)
    unsure: list[int] = field(default_factory=list)
    states: dict[int, StateColumn] = field(default_factory=dict)
    read_by: dict[int, ReadBy] = field(default_factory=dict)
    comments: dict[int, CommentColumn] = field(default_factory=dict)
    other_table: int | None = None
    continues: Roster | None = None
    preamble: dict[str, str] = field(default_factory=dict)
    people: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    passed_over: list[int] = field(default_factory=list)
    merged: dict[int, int] = field(default_factory=dict)
    carried: dict[int, int] = field(default_factory=dict)
    carried_unmerged: list[int] = field(default_factory=list)
    wide_merges: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  # row → merged ranges of three columns or more in it

    def cell(self, row: int, name: str) -> object:
        """The first filled cell of a field in a row, '' where there is none."""
        cells = self.sheet.rows[row]
        for at in self.columns.get(name, ()):
            if not is_blank(cells[at]):
                return cells[at]
        return ""

    def is_of_year(self, row: int, position: int, name: str) -> bool:
        """Whether a cell tells what column ``name`` (assessment_2023) is for: of grades whose years stand beside them, those of that year."""
        year_at = self.read_by[position].year_at
        return year_at is None or f"assessment_{year_in(self.sheet.rows[row][year_at])}" == name

    def rename_column(self, position: int, name: str) -> None:
        """Take a column for another than its header was taken for; for none where ``name`` is ''."""
        for other in [other for other, positions in self.columns.items() if position in positions]:
            self.columns[other].remove(position)
            if not self.columns[other]:
                del self.columns[other]
        if position in self.unsure:
            self.unsure.remove(position)
        if name:
            self.columns[name] = sorted([*self.columns.get(name, ()), position])

    def go_on(self, other: Roster) -> None:
        """Take in the rows of ``other``, whose header is this one's again."""
        self.people += other.people
        self.other_table = self.other_table or other.other_table
        self.lines += other.lines
        self.passed_over += other.passed_over
        self.carried |= other.carried
        self.carried_unmerged += other.carried_unmerged
