"""The first half of reading: a roster's people as raw cells by column, with the place of each.

Nothing is parsed here. Columns of one field are merged, what the sheet says once of all is spread,
and files that can't be taken in are refused.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.files.open_file import read_bytes, read_same, suffix_of
from guantong.schemas.files.workbook import Refusal, Sheet, Workbook, read_workbook
from guantong.schemas.findings import Finding, is_own_list, shown_value
from guantong.schemas.layout.find_roster import (
    ROWS_AT_ONCE,
    find_rosters,
    has_headers_in_a_column,
    is_roster,
    lists_levels,
    tells_by_number,
)
from guantong.schemas.layout.headers import header_text, names_person
from guantong.schemas.layout.other_tables import tells_of_people
from guantong.schemas.layout.roster import Roster
from guantong.schemas.layout.sections import Sections
from guantong.schemas.own_words import OwnWords
from guantong.schemas.personal_numbers import has_personal_number
from guantong.schemas.reading.carried_rows import Carrying
from guantong.schemas.reading.cells_as_headed import cells_as_headed, doubt_cells, shift_1904, strike_out
from guantong.schemas.reading.contradictions.comments import tell_comments
from guantong.schemas.reading.contradictions.contradicted import rows_of_fallen, tell_contradictions, tell_fallen_on_sheet
from guantong.schemas.reading.joined_rows import IDENTITY, Table, id_number_in, is_staff_header, join_by_number
from guantong.schemas.reading.layout_findings import tell_headers, tell_hidden, tell_of_book, tell_other_table, tell_passed_over
from guantong.schemas.reading.merged_columns import merge_columns
from guantong.schemas.reading.mixed_columns import split_mixed
from guantong.schemas.reading.paired_dates import pair_dates
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, FileRecord, RawPeople
from guantong.schemas.reading.told_once import Continued, fill_from_preamble, fill_from_sections, sections_above, take_word_of_sheet
from guantong.schemas.text import MOST_GROWN, NOTHING, is_blank, mask_numbers, norm, shorten
from guantong.schemas.values.parsers import PARSERS

LONGEST = 1000  # characters of a cell that are read
_ROWS_WITHOUT_HEADER = 50  # of a sheet that is no roster, in which people are looked for
ROWS_PER_FILE = 1 << 24  # a person's pid is file_no * ROWS_PER_FILE + its number in the file


def read_file(path: Path, people: RawPeople, sha256: str | None = None) -> None:
    """Take a file's rosters into ``people``, as its next file, or refuse the file with its reason: where ``sha256`` is given
    (it was looked at before) and is not that of its bytes, as changed.
    """
    suffix = suffix_of(path)
    record = FileRecord(len(people.files), suffix)
    people.files.append(record)
    try:
        record.sha256 = sha256
        data = read_bytes(path) if sha256 is None else read_same(path, sha256)
        record.sha256 = sha256 or hashlib.sha256(data).hexdigest()
        book = read_workbook(data, suffix)
        for sheet in book.sheets:
            _shorten_cells(sheet)
        tables = _tables(book, people.words)
        if not tables:
            across = next(filter(has_headers_in_a_column, book.sheets), None)
            raise Refusal("people_in_columns", across.name) if across else Refusal("no_roster_sheet")
    except Refusal as refusal:
        refuse(record, people, refusal)
        return
    file_no = record.file_no
    taken = _Taken(file_no, book.date1904, people, tables)
    continued, by_sheet = Continued(), defaultdict[str, list[Table]](list)
    for table in tables:
        by_sheet[table.roster.sheet.name].append(table)
    for sheet in book.sheets:
        of_sheet = by_sheet.get(sheet.name, [])
        rosters = [table.roster for table in of_sheet]
        if rosters:
            record.sheets.append(sheet.name)
            tell_hidden(file_no, sheet, rosters, people)
            tell_comments(file_no, sheet, rosters, people)
        elif not is_own_list(sheet.rows) and _has_people(sheet):
            people.findings.append(Finding(file_no, "sheet_not_roster", sheet.name, value=sheet.name))
        begun = continued.continue_in(rosters) if rosters else None
        sections, header = sections_above(rosters, begun), -1
        for table in of_sheet:
            if table.roster.first_header_row <= header:  # beside the table before, not below it
                sections = sections_above(rosters, begun)
            header = table.roster.first_header_row
            taken.take(table, sections)
        if rosters:
            continued.add(rosters, sections)
    taken.carry_on()
    tell_headers(file_no, tables, people)
    tell_of_book(file_no, book, people)


def _tables(book: Workbook, words: OwnWords) -> list[Table]:
    """The rosters of a workbook, and the tables that tell something of the same people, in the order of the sheets."""
    sheets = [sheet for sheet in book.sheets if not is_own_list(sheet.rows)]
    found: list[Table] = []
    for accepts in (is_roster, lists_levels):
        if not found:
            found = [Table(roster, True) for sheet in sheets for roster in find_rosters(sheet, words.name_columns, accepts, words.headers)]
    if len(sheets) > 1:
        whole = {table.roster.sheet.name for table in found}
        found += [
            Table(roster, False)
            for sheet in sheets
            if sheet.name not in whole
            for roster in find_rosters(sheet, words.name_columns, tells_by_number, words.headers)
        ]
    place = {sheet.name: at for at, sheet in enumerate(sheets)}
    return join_by_number(sorted(found, key=lambda table: place[table.roster.sheet.name]))


class _Taken:
    """The people of a file, as they are taken from table after table."""

    def __init__(self, file_no: int, date1904: bool, people: RawPeople, tables: list[Table]) -> None:
        self.file_no, self.date1904, self.people = file_no, date1904, people
        self.carried = [table for table in tables if table.roster.carried or table.joined]
        self.sheets = list(dict.fromkeys(table.roster.sheet.name for table in tables))
        self.number, self.start = 0, len(people.places)
        self.indices: dict[tuple[int, int], int] = {}  # (table, row) → index of the person

    def take(self, table: Table, sections: Sections) -> None:
        """Take in a table's people, but for those who stand in another."""
        start = len(self.people.places)
        roster = (
            replace(table.roster, people=[row for row in table.roster.people if row not in table.joined]) if table.joined else table.roster
        )
        self.number = _take_people(self.file_no, roster, self.number, self.date1904, self.people)
        if self.carried:
            self.indices |= {(id(table.roster), row): start + offset for offset, row in enumerate(roster.people)}
        fill_from_sections(self.file_no, roster, start, sections, self.people)
        take_word_of_sheet(self.file_no, roster, start, self._others(roster), self.people)
        tell_passed_over(self.file_no, roster, self.people)
        tell_other_table(self.file_no, roster, self.people)

    def _others(self, roster: Roster) -> list[str]:
        return [sheet for sheet in self.sheets if sheet != roster.sheet.name]

    def carry_on(self) -> None:
        """Add to the people what further rows of theirs tell."""
        further = RawPeople(self.people.words)
        owners: list[int] = []
        for table in self.carried:
            rows = sorted({*table.roster.carried, *table.joined})
            start = len(further.places)
            roster = replace(table.roster, people=rows)
            self.number = _take_people(self.file_no, roster, self.number, self.date1904, further)
            take_word_of_sheet(self.file_no, roster, start, self._others(roster), further)
            for row in rows:
                main, person = table.person_of(row)
                owners.append(self.indices[id(main.roster), person])
                if row in table.roster.carried_unmerged:
                    pid = self.people.places[owners[-1]][0]
                    self.people.findings.append(Finding(self.file_no, "row_carried_on", roster.sheet.name, row + 1, pid=pid))
        self._tell_across_sheets(further, owners)
        carrying = Carrying(self.people, further)
        for index, owner in enumerate(owners):
            if index in further.struck:
                further.add_finding(index, None, "struck_out", None)
            else:
                carrying.add(index, owner)
        pids = {further.places[index][0]: self.people.places[owner][0] for index, owner in enumerate(owners)}
        self.people.findings += [
            finding if finding.pid is None else replace(finding, pid=pids[finding.pid]) for finding in further.findings
        ]
        self._add_second_rows()

    def _tell_across_sheets(self, further: RawPeople, owners: list[int]) -> None:
        """What a sheet says of a person's credentials that another tells: 证书已注销 in a remark, of a level on the sheet of certificates."""
        rows: dict[int, list[tuple[Roster, int, int, RawPeople]]] = defaultdict(list)  # of each owner, the main one first
        index = iter(range(len(owners)))
        for table in self.carried:
            for row in sorted({*table.roster.carried, *table.joined}):
                main, person = table.person_of(row)
                at = next(index)
                if not rows[owners[at]]:
                    rows[owners[at]].append((main.roster, person, owners[at], self.people))
                rows[owners[at]].append((table.roster, row, at, further))
        rosters = {id(roster): roster for each in rows.values() for roster, *_ in each}
        saying = {number: rows_of_fallen(roster) for number, roster in rosters.items()} if len(rosters) > 1 else {}
        for each in rows.values() if any(saying.values()) else ():
            for said, row, _, _ in each:
                if row in saying[id(said)]:
                    for held, _, at, people in each:
                        if held is not said:
                            tell_fallen_on_sheet(said, row, held, at, people)

    def _add_second_rows(self) -> None:
        """What somebody holds by a full second row counts with his first, where both call him and the unit alike."""
        numbers, carrying = self.people.column("id_number"), Carrying(self.people, self.people)
        firsts: dict[str, int] = {}
        for index in range(self.start, len(numbers)):
            if (
                index in self.people.struck
                or index in self.people.taken_back
                or not isinstance(numbers[index], str)
                or (number := id_number_in(numbers[index])) is None
            ):
                continue
            first = firsts.setdefault(number, index)
            if first != index and all(self._alike(name, first, index) for name in IDENTITY):
                carrying.add_held(index, first)

    def _alike(self, name: str, one: int, other: int) -> bool:
        mine, theirs = (norm(self.people.column(name)[index]) for index in (one, other))
        return not mine or not theirs or mine == theirs


def _shorten_cells(sheet: Sheet) -> None:
    """Texts longer than `LONGEST` as their beginning: nothing in a roster is so long, and to search through it takes long."""
    for start in range(0, len(sheet.rows), ROWS_AT_ONCE):
        rows = sheet.rows[start : start + ROWS_AT_ONCE]
        if any(map(_may_be_long, set(chain.from_iterable(rows)))):
            for row in rows:
                row[:] = [shorten(str(cell), LONGEST) if _may_be_long(cell) else cell for cell in row]


def _may_be_long(cell: object) -> bool:
    return isinstance(cell, str) and len(cell) > LONGEST // MOST_GROWN


def refuse(record: FileRecord, people: RawPeople, refusal: Refusal) -> None:
    """Mark a file as refused, with a finding that says why and what to do; its value is the file's name, which is put in later."""
    record.status, record.reason, record.detail = "refused", refusal.code, refusal.detail
    people.findings.append(Finding(record.file_no, refusal.code, detail=refusal.detail))


def _has_people(sheet: Sheet) -> bool:
    """Whether a sheet that is no roster looks as if it spoke of people: a name's or ID number's header, or ID numbers."""
    if re.search("说明|字典|代码|选项|下拉", sheet.name):
        return False
    cells = (norm(cell) for row in sheet.rows for cell in row if isinstance(cell, str) and cell)
    first = list(islice(cells, 2000))
    if any(names_person(header_text(cell)) or is_staff_header(cell) for cell in set(first) if len(cell) < 12):
        return True
    if any(tells_of_people(row) for row in sheet.rows[:_ROWS_WITHOUT_HEADER]):
        return True
    return any(not cell.isalpha() and has_personal_number(cell) for cell in chain(first, cells))


def _take_people(file_no: int, roster: Roster, number: int, date1904: bool, people: RawPeople) -> int:
    """Take a roster's people into ``people``; gives the next free number in the file."""
    sheet = roster.sheet.name
    start = len(people.places)
    first = file_no * ROWS_PER_FILE + number
    people.places += [(pid, file_no, sheet, row + 1) for pid, row in enumerate(roster.people, first)]
    strike_out(roster, start, people)
    own: dict[str, tuple[str, str]] = {}
    people.tables.setdefault((file_no, sheet), []).append((range(start, len(people.places)), own))
    for name, positions in roster.columns.items():
        where = (column_letters(positions[0] + 1), mask_numbers(roster.headers[positions[0]]))
        own[name] = where
        if people.sheet_columns.setdefault((file_no, sheet, name), where) != where:  # a second table in the sheet
            people.own_columns |= {(place[0], name): where for place in people.places[start:]}
        if date1904 and catalogue.field_of(name).kind == "date":
            shift_1904(roster, name, start, people)
        doubt_cells(roster, name)
        people.column(name)[start:] = cells_as_headed(roster, name, where[1], start, people)
        if len(positions) > 1 and catalogue.field_of(name).kind != "ignored":
            beside = [(column_letters(at + 1), mask_numbers(roster.headers[at])) for at in positions[1:]]
            people.further_columns.setdefault((file_no, sheet, name), beside)
            merge_columns(roster, name, start, people)
    split_mixed(roster, start, people)
    _appointed_without_title(roster, start, people)
    tell_contradictions(roster, start, people)
    pair_dates(roster, start, people)
    fill_from_preamble(roster, start, people)
    return number + len(roster.people)


def _appointed_without_title(roster: Roster, start: int, people: RawPeople) -> None:
    """Who is appointed as an engineer (聘任) and tells no title may hold one: his title is unknown."""
    if "title" not in roster.columns:
        return
    item = catalogue.fields()["title"]
    titles = people.column("title")
    for offset, row in enumerate(roster.people):
        told = titles[start + offset]
        for at in roster.appointed:
            cell = roster.sheet.rows[row][at]
            if is_blank(cell) or not (is_blank(told) or norm(told) in NOTHING) or not PARSERS["title"](cell, item).credentials:
                continue
            place = people.places[start + offset][0], "title"
            people.own_columns[place] = (column_letters(at + 1), mask_numbers(roster.headers[at]))
            titles[start + offset] = UNKNOWN_CELL
            people.add_finding(start + offset, "title", "appointed_without_title", shown_value(cell, item))
            break
