"""A bureau's own words (读作): what headers and cells that the program does not know are read as, by the file that it gives with ``--words``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from guantong.schemas.layout.headers import header_text
from guantong.schemas.layout.roster import Roster
from guantong.schemas.text import norm
from guantong.schemas.values.grades import Grades
from guantong.schemas.values.parsed import Parsed

UNCERTAIN = ("header_unknown", "header_ambiguous")
NOT_READ = "不读取"  # what a header is read as whose column says nothing that is asked for


class WordLine(NamedTuple):
    """A line of the file: the ``field``'s header, '' of a line that is of a header; the ``text``, and what it is read as."""

    field: str
    text: str
    reading: str


@dataclass(frozen=True)
class OwnWords:
    """``headers``: `header_text` of a header as written → column, '' where it is not to be read. ``cells``: field → normal form of a cell → what it is
    read as. ``lines``: the same as given, for outputs. The file's name and SHA-256; '' where none was given.
    """

    headers: dict[str, str] = field(default_factory=dict)
    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    lines: tuple[WordLine, ...] = ()
    file: str = ""
    sha256: str = ""

    @property
    def digest(self) -> str:
        """A hash of what is read otherwise by these words; '' where nothing is."""
        if not self.headers and not self.cells:
            return ""
        said = sorted(self.headers.items()), sorted((name, sorted(words.items())) for name, words in self.cells.items())
        return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()

    def name_columns(self, roster: Roster) -> None:
        """Give their names to the columns of a roster whose headers were not recognised, or not for certain, and are told here."""
        for problem in [one for one in roster.problems if one.code in UNCERTAIN] if self.headers else []:
            name = self.headers.get(header_text(roster.headers[problem.position]))
            if name is not None:
                roster.problems.remove(problem)
                roster.rename_column(problem.position, name)

    def read(self, field_name: str, cell: object) -> object:
        """What a cell of a field is read as: itself, where nothing is told of it."""
        said = self.cells.get(field_name)
        return said.get(norm(cell), cell) if said and isinstance(cell, str | int | float) else cell

    def read_grades(self, parsed: Parsed) -> Parsed:
        """A parsed cell of assessments, with a grade word of the enterprise's own as it is told here."""
        said, told = self.cells.get("assessment"), parsed.values.get("")
        if not said or not told:
            return parsed
        if isinstance(told, Grades):
            of_years = tuple((year, said.get(norm(grade), grade)) for year, grade in told.of_years)
            return replace(parsed, values={"": Grades(of_years, tuple(said.get(norm(grade), grade) for grade in told.each))})
        return replace(parsed, values={"": said.get(norm(told), told)})
