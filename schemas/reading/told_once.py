"""What a sheet says once of all its people, or of those below a line: above the header, in its name, in the titles of its sections."""

from __future__ import annotations

import re

from guantong.schemas import catalogue
from guantong.schemas.findings import Finding, shown_value
from guantong.schemas.layout.roster import Roster
from guantong.schemas.layout.row_words import is_void
from guantong.schemas.layout.sections import VOID, Open, Sections, continued_from, is_section, read_section
from guantong.schemas.reading.contradictions.fallen import doubt_by_clause
from guantong.schemas.reading.contradictions.taken_back_rows import doubt_row, tell_sheet
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import is_blank, label, mask_numbers, norm, shorten, visible_text, without_brackets
from guantong.schemas.values.service import ended_state, says_state

LINES_ABOVE = 10  # rows above a header in which a title may stand
LONGEST_TITLE = 40  # characters
_TITLE = re.compile(r"(册|名单|表|一览|人员|情况|明细)$")


def fill_from_preamble(roster: Roster, start: int, people: RawPeople) -> None:
    """What stands once above the header holds for each person whose own cell is blank."""
    for name, value in roster.preamble.items():
        column = people.column(name)
        column[start:] = [value if is_blank(cell) else cell for cell in column[start:]]


def take_word_of_sheet(file_no: int, roster: Roster, start: int, others: list[str], people: RawPeople) -> None:
    """What the name or title of a sheet says of all its people: that they have left, or that the sheet does not hold (any more). ``others``: names of the
    file's other sheets with people.
    """
    fill_service_from_sheet(file_no, roster, start, people)
    continued = [] if roster.continues is None else _names(roster.continues)
    tell_sheet(file_no, roster, start, _titles(roster) + continued, others, people)


def fill_service_from_sheet(file_no: int, roster: Roster, start: int, people: RawPeople) -> None:
    """A sheet of leavers or retirees says so in its name or title; it speaks for the people whose own cell is blank, and against who is said to be at work."""
    status = next(filter(None, map(_service_told, _names(roster))), None)
    if status is None:
        return
    column = people.column("service")
    blank = [index for index in range(start, len(column)) if is_blank(column[index])]
    against = [index for index in range(start, len(column)) if ended_state(status) and _is_at_work(column[index], people)]
    for index in against:
        people.add_finding(
            index,
            "service",
            "state_contradicted",
            shown_value(column[index], catalogue.fields()["service"]),
            f"工作表按其名称或标题是“{status}”人员",
        )
        column[index] = UNKNOWN_CELL
    for index in blank:
        column[index] = status
    if blank:
        people.findings.append(Finding(file_no, "status_from_sheet", roster.sheet.name, field="service", value=status))


def _names(roster: Roster) -> list[str]:
    """The name and titles of a sheet, then those of one that it continues."""
    return [label(roster.sheet.name), *_titles(roster), *([] if roster.continues is None else _names(roster.continues))]


def _is_at_work(cell: object, people: RawPeople) -> bool:
    return not is_blank(cell) and cell is not UNKNOWN_CELL and says_state(people.words.read("service", cell), at_work=True)


def _service_told(name: str) -> str | None:
    """The state that the name or title of a sheet tells of the people in it."""
    if re.search("(?<![不未非])(在职|在岗)|[非未](?!在)|不含|即将|临近|拟|待(?!岗)", name):
        return None
    told = next((value for word, value in catalogue.vocabulary("sheet_service").items() if word in name), None)
    section = read_section(norm(name)) if told is None else None
    return told if section is None or section.field != "service" else section.words


def _lines_above(roster: Roster) -> list[int]:
    """The rows above a roster's header, or its table of other columns, in which one text stands alone."""
    rows = roster.sheet.rows[max(0, roster.first_header_row - LINES_ABOVE) : roster.first_header_row]
    start = roster.first_header_row - len(rows)
    return [start + at for at, row in enumerate(rows) if sum(1 for cell in row if not is_blank(cell)) == 1]


def _titles(roster: Roster) -> list[str]:
    texts = (without_brackets(_line(roster, row)) for row in _lines_above(roster))
    return [text for text in texts if len(text) <= LONGEST_TITLE and _TITLE.search(text)]


class Continued:
    """The sheets of a file that are read, for those that continue one of them."""

    def __init__(self) -> None:
        self._read: list[tuple[list[str], Roster, Sections]] = []

    def continue_in(self, rosters: list[Roster]) -> Sections | None:
        """Let the first roster of a sheet go on from the earlier one that its name or title says that it continues: what stands above that one's header,
        and the sections that are open there, which are given.
        """
        texts = [norm(label(rosters[0].sheet.name)), *(_line(rosters[0], row) for row in _lines_above(rosters[0]))]
        for text, base in ((text, continued_from(text)) for text in texts):
            for names, roster, sections in reversed(self._read) if base is not None and len(text) <= LONGEST_TITLE else ():
                if not base or base in names:
                    _go_on(rosters[0], roster)
                    return sections
        return None

    def add(self, rosters: list[Roster], sections: Sections) -> None:
        names = [norm(label(rosters[0].sheet.name)), *(_line(rosters[0], row) for row in _lines_above(rosters[0]))]
        self._read.append(([continued_from(name) or name for name in names], rosters[-1], sections))


def _go_on(roster: Roster, earlier: Roster) -> None:
    roster.continues = earlier
    if roster.preamble.get("unit", earlier.preamble.get("unit")) == earlier.preamble.get("unit"):
        roster.preamble = earlier.preamble | roster.preamble


def sections_above(rosters: list[Roster], begun: Sections | None = None) -> Sections:
    """The sections that are open where the first roster of a sheet begins; ``begun``: those of the sheet that it continues."""
    sections = Sections(begun)
    for roster in rosters[:1]:
        for row in _lines_above(roster):
            section = read_section(_line(roster, row)) if is_section(_line(roster, row)) else None
            if section and (section.is_numbered or section.field != "person_category"):  # 专业技术人员花名册 says whom it lists
                sections.enter(row, _as_told(roster, row), section)
    return sections


def fill_from_sections(file_no: int, roster: Roster, start: int, sections: Sections, people: RawPeople) -> None:
    """What the title of a section (二、退休人员) says holds for the people below it whose own cell is blank; ``sections``: those open so far in the sheet."""
    filled: dict[tuple[str, Open], None] = {}
    lines = set(roster.lines)
    indices = {row: start + offset for offset, row in enumerate(roster.people)}
    for row in sorted([*indices, *lines]) if lines or sections.open else []:
        if row in lines:
            if section := read_section(_line(roster, row)):
                sections.enter(row, _as_told(roster, row), section)
            continue
        for name, told in sections.open.items():
            if name == VOID:
                _doubt_below(indices[row], roster, told, people)
                continue
            column = people.column(name)
            if is_blank(column[indices[row]]):
                column[indices[row]] = UNKNOWN_CELL if told.words is None else told.words
                filled[name, told] = None
    for name, told in filled:
        code, at = "section_unclear" if told.words is None else "facts_from_section", None if told.row is None else told.row + 1
        people.findings.append(
            Finding(file_no, code, roster.sheet.name, at, None, catalogue.header_of(name), name, told.title, told.words or "")
        )


def _as_told(roster: Roster, row: int) -> str:
    return mask_numbers(shorten(label("".join(map(visible_text, roster.sheet.rows[row]))), LONGEST_TITLE))


def _doubt_below(index: int, roster: Roster, told: Open, people: RawPeople) -> None:
    """Doubt who stands below a line that takes back what follows, or the certificates of who stands there."""
    quoted = f"{'所续的表中' if told.row is None else f'上面第{told.row + 1}行'}写有“{told.title}”"
    if told.words is None or is_void(told.words):
        doubt_row(index, people, quoted)
    else:
        doubt_by_clause(roster, quoted, told.words, index, people)


def _line(roster: Roster, row: int) -> str:
    """The normalised text of a line that stands alone in its row, without a count beside it."""
    return next((norm(cell) for cell in roster.sheet.rows[row] if not is_blank(cell)), "")
