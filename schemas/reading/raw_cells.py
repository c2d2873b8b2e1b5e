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
from typing import NamedTuple

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.files.open_file import read_bytes, read_same, suffix_of
from guantong.schemas.files.workbook import UNCALCULATED, Refusal, Sheet, Workbook, read_workbook
from guantong.schemas.findings import Finding, is_own_list, shown_value
from guantong.schemas.layout.column_contents import tells_years
from guantong.schemas.layout.find_roster import find_rosters
from guantong.schemas.layout.headers import header_text, is_yearly_without_year, names_person, nearest_header
from guantong.schemas.layout.roster import Roster
from guantong.schemas.layout.sections import Sections, is_section, read_section
from guantong.schemas.own_words import OwnWords
from guantong.schemas.personal_numbers import has_personal_number
from guantong.schemas.reading.carried_rows import Carrying
from guantong.schemas.reading.joined_rows import Table, columns_beside, join_by_number
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, FileRecord, RawPeople
from guantong.schemas.text import MOST_GROWN, NOTHING, is_blank, label, mask_numbers, norm, shorten, visible_text, without_brackets
from guantong.schemas.values.dates import FIRST_SERIAL, LAST_SERIAL
from guantong.schemas.values.parsers import PARSERS

DAYS_1904 = 1462  # the day that is 0 where days are counted from 1904 is 1462 where they are counted from 1900
LONGEST = 1000  # characters of a cell that are read
LINES_ABOVE = 10  # rows above a header in which a title may stand
LONGEST_TITLE = 40  # characters
_TITLE = re.compile(r"(册|名单|表|一览|人员|情况|明细)$")
MOST_NEAREST = 200  # unknown headers of a file for which the nearest known one is looked up
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
            raise Refusal("no_roster_sheet")
    except Refusal as refusal:
        refuse(record, people, refusal)
        return
    file_no = record.file_no
    taken = _Taken(file_no, book.date1904, people, tables)
    by_sheet: dict[str, list[Table]] = defaultdict(list)
    for table in tables:
        by_sheet[table.roster.sheet.name].append(table)
    for sheet in book.sheets:
        of_sheet = by_sheet.get(sheet.name, [])
        rosters = [table.roster for table in of_sheet]
        if rosters:
            record.sheets.append(sheet.name)
            _sheet_findings(file_no, sheet, rosters, people)
        elif not is_own_list(sheet.rows) and _has_people(sheet):
            people.findings.append(Finding(file_no, "sheet_not_roster", sheet.name, value=sheet.name))
        sections, header = _sections_above(rosters), -1
        for table in of_sheet:
            if table.roster.first_header_row <= header:  # beside the table before, not below it
                sections = _sections_above(rosters)
            header = table.roster.first_header_row
            taken.take(table, sections)
    taken.carry_on()
    _header_findings(file_no, tables, people)
    _book_findings(file_no, book, people)


def _tables(book: Workbook, words: OwnWords) -> list[Table]:
    """The rosters of a workbook, and the tables that tell something of the same people, in the order of the sheets."""
    sheets = [sheet for sheet in book.sheets if not is_own_list(sheet.rows)]
    found = [Table(roster, True) for sheet in sheets for roster in find_rosters(sheet, words.name_columns)]
    if len(sheets) > 1:
        whole = {table.roster.sheet.name for table in found}
        found += [
            Table(roster, False) for sheet in sheets if sheet.name not in whole for roster in find_rosters(sheet, words.name_columns, True)
        ]
    place = {sheet.name: at for at, sheet in enumerate(sheets)}
    return join_by_number(sorted(found, key=lambda table: place[table.roster.sheet.name]))


class _Taken:
    """The people of a file, as they are taken from table after table."""

    def __init__(self, file_no: int, date1904: bool, people: RawPeople, tables: list[Table]) -> None:
        self.file_no, self.date1904, self.people = file_no, date1904, people
        self.carried = [table for table in tables if table.roster.carried or table.joined]
        self.number = 0
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
        _facts_from_sections(self.file_no, roster, start, sections, self.people)
        _service_from_sheet(self.file_no, roster, start, self.people)
        _tell_passed_over(self.file_no, roster, self.people)

    def carry_on(self) -> None:
        """Add to the people what further rows of theirs tell."""
        further = RawPeople(self.people.words)
        owners: list[int] = []
        for table in self.carried:
            rows = sorted({*table.roster.carried, *table.joined})
            start = len(further.places)
            roster = replace(table.roster, people=rows)
            self.number = _take_people(self.file_no, roster, self.number, self.date1904, further)
            _service_from_sheet(self.file_no, roster, start, further)
            for row in rows:
                main, person = table.person_of(row)
                owners.append(self.indices[id(main.roster), person])
            for row in table.roster.carried_unmerged:
                self.people.findings.append(Finding(self.file_no, "row_carried_on", roster.sheet.name, row + 1))
        carrying = Carrying(self.people, further)
        for index, owner in enumerate(owners):
            if index in further.struck:
                further.add_finding(index, None, "struck_out", None)
            else:
                carrying.add(index, owner)
        self.people.findings += further.findings


def _shorten_cells(sheet: Sheet) -> None:
    """Texts longer than `LONGEST` as their beginning: nothing in a roster is so long, and to search through it takes long."""
    for row in sheet.rows:
        for at, cell in enumerate(row):
            if cell.__class__ is str and len(cell) > LONGEST // MOST_GROWN:
                row[at] = shorten(cell, LONGEST)


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
    if any(names_person(header_text(cell)) for cell in set(first) if len(cell) < 12):
        return True
    return any(not cell.isalpha() and has_personal_number(cell) for cell in chain(first, cells))


def _take_people(file_no: int, roster: Roster, number: int, date1904: bool, people: RawPeople) -> int:
    """Take a roster's people into ``people``; gives the next free number in the file."""
    sheet = roster.sheet.name
    start = len(people.places)
    for offset, row in enumerate(roster.people):
        pid = file_no * ROWS_PER_FILE + number + offset
        people.places.append((pid, file_no, sheet, row + 1))
    _strike_out(roster, start, people)
    for name, positions in roster.columns.items():
        where = (column_letters(positions[0] + 1), mask_numbers(roster.headers[positions[0]]))
        if people.sheet_columns.setdefault((file_no, sheet, name), where) != where:  # a second table in the sheet
            people.own_columns |= {(place[0], name): where for place in people.places[start:]}
        if date1904 and catalogue.field_of(name).kind == "date":
            _shift_1904(roster, name, start, people)
        if roster.sheet.doubtful_zeros:
            _doubt_zeros(roster, name, positions)
        for at in set(positions) & set(roster.unsure):
            _doubt(roster, at)
        cells = [roster.sheet.rows[row][positions[0]] for row in roster.people]
        question = _question(name, where[1])
        if name == "recent_grades" and is_yearly_without_year(header_text(where[1].rpartition("/")[2])):
            cells = _with_their_years(cells, people, start)
        people.column(name)[start:] = [_answered(cell, question) for cell in cells] if question else cells
        if len(positions) > 1:
            beside = [(column_letters(at + 1), mask_numbers(roster.headers[at])) for at in positions[1:]]
            people.further_columns.setdefault((file_no, sheet, name), beside)
            _merge_columns(roster, name, start, people)
    _appointed_without_title(roster, start, people)
    _preamble(roster, start, people)
    return number + len(roster.people)


def _strike_out(roster: Roster, start: int, people: RawPeople) -> None:
    """A person whose name and number are struck out is struck out; of anybody else a struck cell, and struck words, do not count."""
    sheet = roster.sheet
    if not sheet.struck and not sheet.partly_struck:
        return
    naming = [at for name in ("name", "id_number") for at in roster.columns.get(name, ())]
    for offset, row in enumerate(roster.people):
        cells = sheet.rows[row]
        named = [at for at in naming if not is_blank(cells[at])]
        if named and all(sheet.is_struck(row, at) for at in named):
            people.struck.add(start + offset)
            continue
        for name, positions in roster.columns.items():
            for at in positions:
                struck = sheet.is_struck(row, at) and not is_blank(cells[at])
                if struck or (row, at) in sheet.partly_struck:
                    _tell_struck(roster, name, at, start + offset, "" if struck else visible_text(cells[at]), people)
                if struck:
                    cells[at] = ""


def _tell_struck(roster: Roster, name: str, at: int, index: int, left: str, people: RawPeople) -> None:
    _, file_no, sheet, row = people.places[index]
    field_ = catalogue.field_of(name)
    detail = f"，按“{shown_value(left, field_)}”读取" if left else "，按没有填写读取"
    header = mask_numbers(roster.headers[at])
    people.findings.append(Finding(file_no, "struck_words", sheet, row, column_letters(at + 1), header, field_.name, None, detail))


def _shift_1904(roster: Roster, name: str, start: int, people: RawPeople) -> None:
    """Day numbers of a workbook that counts days from 1904, as the numbers of one that counts from 1900.

    Of one that stands as text nobody can tell which it was counted by, as a program converts no text: it is unknown.
    """
    for offset, row in enumerate(roster.people):
        for at in roster.columns[name]:
            cell = roster.sheet.rows[row][at]
            if isinstance(cell, int | float) and not isinstance(cell, bool) and FIRST_SERIAL <= cell + DAYS_1904 <= LAST_SERIAL:
                roster.sheet.rows[row][at] = cell + DAYS_1904
            elif isinstance(cell, str) and re.fullmatch(r"\d{5}", norm(cell)):
                roster.sheet.rows[row][at] = UNKNOWN_CELL
                people.add_finding(start + offset, name, "date_unreadable", cell, "")


def _doubt_zeros(roster: Roster, name: str, positions: list[int]) -> None:
    """A formula that may never have been calculated, whose 0 is no value of its field, was not."""
    field_ = catalogue.field_of(name)
    parser = PARSERS.get(field_.kind)
    if parser is None or (field_.kind in ("word", "months") and not parser(0, field_).code):
        return
    for row in roster.people:
        for at in positions:
            if (row, at) in roster.sheet.doubtful_zeros:
                roster.sheet.rows[row][at] = UNCALCULATED


def _doubt(roster: Roster, at: int) -> None:
    """Cells of a column that may be what is held or what is applied for are unknown; the finding on its header tells."""
    for row in roster.people:
        cells = roster.sheet.rows[row]
        if not is_blank(cells[at]):
            cells[at] = UNKNOWN_CELL


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


def _sheet_findings(file_no: int, sheet: Sheet, rosters: list[Roster], people: RawPeople) -> None:
    """What is hidden in a roster's sheet is read, with a finding that says so."""
    hidden_people = sum(1 for roster in rosters for row in roster.people if row in sheet.hidden_rows)
    columns = sorted({at for roster in rosters for at in roster.headers if at in sheet.hidden_columns})
    hidden = {
        "hidden_sheet": (sheet.hidden, ""),
        "hidden_rows": (hidden_people, f"{hidden_people}人"),
        "hidden_columns": (columns, "、".join(column_letters(at + 1) for at in columns)),
    }
    for code, (found, detail) in hidden.items():
        if found:
            people.findings.append(Finding(file_no, code, sheet.name, value=sheet.name, detail=detail))


def _book_findings(file_no: int, book: Workbook, people: RawPeople) -> None:
    for code, found in (("macros", book.macros), ("external_links", book.external_links), ("date_system_1904", book.date1904)):
        if found:
            people.findings.append(Finding(file_no, code))


# What a header asks → what yes and no say to it, in the words of its field.
_ANSWERS = {"falsified": {"是": "弄虚作假", "否": "无弄虚作假"}, "passed": {"是": "合格", "否": "不合格"}}


def _question(name: str, header: str) -> str | None:
    """What a header asks for a yes or no: 是否弄虚作假, 2023年度考核是否合格."""
    if name == "integrity" and "弄虚作假" in header:
        return "falsified"
    return "passed" if name.startswith(("assessment_", "recent_grades")) and "是否" in header else None


def _answered(cell: object, question: str) -> object:
    """An answer to what a header asks, as its field would say it; another text as it is."""
    answer = {"有": "是", "无": "否", "没有": "否"}.get(norm(cell)) or catalogue.vocabulary("yes_no").get(norm(cell))
    return _ANSWERS[question].get(answer or "", cell)


def _with_their_years(cells: list[object], people: RawPeople, start: int) -> list[object]:
    """Cells of a column that is headed 年度考核 alone: one that does not say of which years it is can't be read."""
    known: list[object] = []
    for offset, cell in enumerate(cells):
        lacking = not is_blank(cell) and not tells_years(cell)
        if lacking:
            people.add_finding(start + offset, "recent_grades", "grades_unreadable", shown_value(cell, catalogue.field_of("recent_grades")))
        known.append(UNKNOWN_CELL if lacking else cell)
    return known


def _merge_columns(roster: Roster, name: str, start: int, people: RawPeople) -> None:
    """Of several columns for one field the filled one counts; where two are filled and differ, none does."""
    field_ = catalogue.field_of(name)
    for offset, row in enumerate(roster.people):
        filled = [at for at in roster.columns[name] if not is_blank(roster.sheet.rows[row][at])]
        if not filled:
            continue
        cells = [roster.sheet.rows[row][at] for at in filled]
        agreed = _agreed([people.words.read(field_.name, cell) for cell in cells], field_)
        index = start + offset
        place = people.places[index][0], name
        chosen = filled[agreed.chosen if agreed else 0]
        people.own_columns[place] = (column_letters(chosen + 1), mask_numbers(roster.headers[chosen]))
        people.cells[name][index] = agreed.cell if agreed else UNKNOWN_CELL
        if agreed is None:
            other = f"“{mask_numbers(roster.headers[filled[1]])}”填写为“{shown_value(cells[1], field_)}”"
            people.add_finding(index, name, "column_conflict", shown_value(cells[0], field_), other)


class _Agreed(NamedTuple):
    """What several filled cells of a field say together: the cell to read, and which of them it stands for."""

    cell: object
    chosen: int


def _agreed(cells: list[object], field_: catalogue.Field) -> _Agreed | None:
    """What several filled cells of a field say together; None where they contradict each other, or one of them can't be read.

    职称名称 beside 职称级别 (工程师 | 中级) and 职业资格 beside its level (车工 | 三级) are one credential where they make one.
    """
    parser = PARSERS.get(field_.kind)
    if parser is None or len(set(map(norm, cells))) == 1:
        return _Agreed(cells[0], 0)
    parsed = [parser(cell, field_) for cell in cells]
    if all(one == parsed[0] for one in parsed[1:]) and not parsed[0].is_unread:
        return _Agreed(cells[0], 0)
    if field_.kind not in ("skill", "title"):
        return _Agreed(cells[0], 0) if all(one.values == parsed[0].values for one in parsed[1:]) else None
    first, *others = (visible_text(cell) for cell in cells)
    together = "".join([first, *(f"（{other}）" for other in others)])
    joined = parser(together, field_)
    most = max(len(one.credentials) for one in parsed)
    if joined.is_unread or len(joined.credentials) != most:
        return None
    alike = next((at for at, one in enumerate(parsed) if one.credentials == joined.credentials and one.code == joined.code), None)
    chosen = max(range(len(cells)), key=lambda at: len(parsed[at].credentials)) if alike is None else alike
    return _Agreed(together if alike is None else cells[alike], chosen)


def _preamble(roster: Roster, start: int, people: RawPeople) -> None:
    """What stands once above the header holds for each person whose own cell is blank."""
    for name, value in roster.preamble.items():
        column = people.column(name)
        column[start:] = [value if is_blank(cell) else cell for cell in column[start:]]


def _service_from_sheet(file_no: int, roster: Roster, start: int, people: RawPeople) -> None:
    """A sheet of leavers or retirees says so in its name or title; it speaks for the people whose own cell is blank."""
    told = (_service_told(name) for name in (label(roster.sheet.name), *_titles(roster)))
    status = next(filter(None, told), None)
    if status is None:
        return
    column = people.column("service")
    blank = [index for index in range(start, len(column)) if is_blank(column[index])]
    for index in blank:
        column[index] = status
    if blank:
        people.findings.append(Finding(file_no, "status_from_sheet", roster.sheet.name, field="service", value=status))


def _service_told(name: str) -> str | None:
    """The state that the name or title of a sheet tells of the people in it."""
    if re.search("在职|在岗|非|未|不含|即将|临近|拟|待(?!岗)", name):
        return None
    return next((value for word, value in catalogue.vocabulary("sheet_service").items() if word in name), None)


def _lines_above(roster: Roster) -> list[int]:
    """The rows above a roster's header, or its table of other columns, in which one text stands alone."""
    rows = roster.sheet.rows[max(0, roster.first_header_row - LINES_ABOVE) : roster.first_header_row]
    start = roster.first_header_row - len(rows)
    return [start + at for at, row in enumerate(rows) if sum(1 for cell in row if not is_blank(cell)) == 1]


def _titles(roster: Roster) -> list[str]:
    texts = (without_brackets(_line(roster, row)) for row in _lines_above(roster))
    return [text for text in texts if len(text) <= LONGEST_TITLE and _TITLE.search(text)]


def _sections_above(rosters: list[Roster]) -> Sections:
    """The sections that are open where the first roster of a sheet begins."""
    sections = Sections()
    for roster in rosters[:1]:
        for row in _lines_above(roster):
            if is_section(_line(roster, row)) and (section := read_section(_line(roster, row))):
                sections.enter(row, section)
    return sections


def _facts_from_sections(file_no: int, roster: Roster, start: int, sections: Sections, people: RawPeople) -> None:
    """What the title of a section (二、退休人员) says holds for the people below it whose own cell is blank; ``sections``: those open so far in the sheet."""
    filled: dict[tuple[int, str], str | None] = {}
    lines = set(roster.lines)
    indices = {row: start + offset for offset, row in enumerate(roster.people)}
    for row in sorted([*indices, *lines]) if lines or sections.open else []:
        if row in lines:
            if section := read_section(_line(roster, row)):
                sections.enter(row, section)
            continue
        for name, told in sections.open.items():
            column = people.column(name)
            if is_blank(column[indices[row]]):
                column[indices[row]] = UNKNOWN_CELL if told.words is None else told.words
                filled[told.row, name] = told.words
    for (row, name), words in filled.items():
        code = "section_unclear" if words is None else "facts_from_section"
        value = mask_numbers(shorten(label("".join(map(visible_text, roster.sheet.rows[row]))), 40))
        people.findings.append(
            Finding(file_no, code, roster.sheet.name, row + 1, None, catalogue.header_of(name), name, value, words or "")
        )


def _line(roster: Roster, row: int) -> str:
    """The normalised text of a line that stands alone in its row, without a count beside it."""
    return next((norm(cell) for cell in roster.sheet.rows[row] if not is_blank(cell)), "")


def _tell_passed_over(file_no: int, roster: Roster, people: RawPeople) -> None:
    for row in roster.passed_over:
        name = shown_value(roster.cell(row, "name"), catalogue.fields()["name"])
        people.findings.append(Finding(file_no, "row_passed_over", roster.sheet.name, row + 1, value=name))


def _header_findings(file_no: int, tables: list[Table], people: RawPeople) -> None:
    """Headers that were not recognised, and fields that are expected and missing; of the former, the first are told what they come near."""
    rosters = [table.roster for table in tables]
    unknown = {problem.path: None for roster in rosters for problem in roster.problems if problem.code == "header_unknown"}
    near = {path: nearest_header(path) for path in list(unknown)[:MOST_NEAREST]}
    beside, missing = columns_beside(tables), set[tuple[str, str]]()
    for roster in rosters:
        sheet = roster.sheet.name
        for problem in roster.problems:
            nearest = near.get(problem.path)
            detail = f"（最接近的是“{nearest[0]}”，相近程度{nearest[1]}%）" if nearest else problem.detail
            written, letter = mask_numbers(roster.headers[problem.position]), column_letters(problem.position + 1)
            people.findings.append(
                Finding(file_no, problem.code, sheet, roster.last_header_row + 1, letter, written, None, written, detail)
            )
        present = set(roster.columns) | set(roster.preamble) | beside.get(id(roster), set())
        for field_ in catalogue.fields().values():
            if field_.expected and field_.name not in present and (sheet, field_.name) not in missing:
                missing.add((sheet, field_.name))
                people.findings.append(Finding(file_no, "header_missing", sheet, field=field_.name, value=field_.header))
