"""Cells before they are parsed: those that are struck out or in doubt, dates counted from 1904, and what a header says of the cells below it."""

from __future__ import annotations

import re

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.files.workbook import UNCALCULATED
from guantong.schemas.findings import Finding, shown_value
from guantong.schemas.layout.columns.column_contents import says_obtained, tells_years
from guantong.schemas.layout.headers import header_text, is_yearly_without_year
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import NOTHING, is_blank, mask_numbers, norm, visible_text
from guantong.schemas.values.dates import FIRST_SERIAL, LAST_SERIAL, parse_date
from guantong.schemas.values.parsers import PARSERS

DAYS_1904 = 1462  # the day that is 0 where days are counted from 1904 is 1462 where they are counted from 1900
_MANY_YEARS = re.compile("近[\\d一二两四五六几]个?年|历年|往年|以往|各年|近些年")
# What a header asks → what yes and no say to it, in the words of its field.
_ANSWERS = {"falsified": {"是": "弄虚作假", "否": "无弄虚作假"}, "passed": {"是": "合格", "否": "不合格"}}
_YEAR_BESIDE = re.compile(r"[(\[【]?(?<!\d)(20\d\d)(?:年度?)?(?!\d)[)\]】]?[:、,]?")


def strike_out(roster: Roster, start: int, people: RawPeople) -> None:
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
    pid, file_no, sheet, row = people.places[index]
    field_ = catalogue.field_of(name)
    detail = f"，按“{shown_value(left, field_)}”读取" if left else "，按没有填写读取"
    header = mask_numbers(roster.headers[at])
    people.findings.append(Finding(file_no, "struck_words", sheet, row, column_letters(at + 1), header, field_.name, None, detail, pid))


def shift_1904(roster: Roster, name: str, start: int, people: RawPeople) -> None:
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


def doubt_cells(roster: Roster, name: str) -> None:
    """Make unknown what formulas that were never calculated give, and what may be held or applied for."""
    positions = roster.columns[name]
    if roster.sheet.doubtful_zeros:
        _doubt_zeros(roster, name, positions)
    for unsure in set(positions) & set(roster.unsure):
        _doubt(roster, unsure)


def cells_as_headed(roster: Roster, name: str, header: str, start: int, people: RawPeople) -> list[object]:
    """The cells of a field's first column, in words that its parser reads: what its ``header`` says of them goes into them."""
    at = roster.columns[name][0]
    rows = [roster.sheet.rows[row] for row in roster.people]
    cells = [row[at] for row in rows]
    read_by = roster.read_by[at]
    if read_by.level:
        cells = [_below_level(cell, name, read_by.level) for cell in cells]
    if levels := read_by.dates_at:
        of = roster.columns[name.replace("_date", "")][0]
        cells = [row[at] if _highest_ticked(row, levels) == of else None for row in rows]
    if name == "recent_grades" and is_yearly_without_year(header_text(header.rpartition("/")[2])):
        cells = _with_their_years(cells, header, people, start)
    if name.startswith("assessment_"):
        cells = [cell if roster.is_of_year(row, at, name) else None for cell, row in zip(cells, roster.people, strict=True)]
        cells = _of_own_year(cells, name, people, start)
    return [answered(cell, name, header) for cell in cells] if _question(name, header) else cells


def answered(cell: object, name: str, header: str) -> object:
    """An answer to what a header asks (是 below 是否弄虚作假), as its field would say it; another cell as it is."""
    question = _question(name, header)
    if question is None:
        return cell
    answer = {"有": "是", "无": "否", "没有": "否"}.get(norm(cell)) or catalogue.vocabulary("yes_no").get(norm(cell))
    return _ANSWERS[question].get(answer or "", cell)


def _doubt_zeros(roster: Roster, name: str, positions: list[int]) -> None:
    """A formula that may never have been calculated, whose 0 is no value of its field, or is a text, was not."""
    field_ = catalogue.field_of(name)
    parser = PARSERS.get(field_.kind)
    if parser is None:
        return
    may_be = field_.kind in ("word", "months") and not parser(0, field_).code
    for row in roster.people:
        cells = roster.sheet.rows[row]
        for at in positions:
            if (row, at) in roster.sheet.doubtful_zeros and not (may_be and cells[at].__class__ is not str):
                cells[at] = UNCALCULATED


def _doubt(roster: Roster, at: int) -> None:
    """Cells of a column that may be what is held or what is applied for are unknown; the finding on its header tells."""
    for row in roster.people:
        cells = roster.sheet.rows[row]
        if not is_blank(cells[at]):
            cells[at] = UNKNOWN_CELL


def _question(name: str, header: str) -> str | None:
    """What a header asks for a yes or no: 是否弄虚作假, 2023年度考核是否合格."""
    if name == "integrity" and "弄虚作假" in header:
        return "falsified"
    return "passed" if name.startswith(("assessment_", "recent_grades")) and "是否" in header else None


def _below_level(cell: object, name: str, level: str) -> object:
    """What a cell below a header that is a level (高级工) says of it: the level where it says on which day, or that, it was obtained; and that day."""
    if is_blank(cell) or norm(cell) in NOTHING:
        return None
    told = says_obtained(cell)
    if "_date" in name:
        return None if told else cell
    return level if told or parse_date(cell)[2] is None else cell


def _highest_ticked(row: list[object], levels: tuple[int, ...]) -> int | None:
    return next((at for at in levels if says_obtained(row[at])), None)


def _with_their_years(cells: list[object], header: str, people: RawPeople, start: int) -> list[object]:
    """Cells of a column that is headed 年度考核 alone: one that does not say of which years it is can't be read; below 近五年考核 three grades do not."""
    known: list[object] = []
    of_many_years = _MANY_YEARS.search(norm(header)) is not None
    for offset, cell in enumerate(cells):
        lacking = not is_blank(cell) and not tells_years(cell, of_many_years)
        if lacking:
            people.add_finding(start + offset, "recent_grades", "grades_unreadable", shown_value(cell, catalogue.field_of("recent_grades")))
        known.append(UNKNOWN_CELL if lacking else cell)
    return known


def _of_own_year(cells: list[object], name: str, people: RawPeople, start: int) -> list[object]:
    """Cells of a year's assessment without that year written beside (2024：合格); one that names another year (合格（2023年）) can't be read."""
    year = name.removeprefix("assessment_")
    bare: dict[object, object] = {}
    for cell in filter(lambda cell: isinstance(cell, str), set(cells)):
        text = norm(cell)
        if years := set(_YEAR_BESIDE.findall(text)):
            bare[cell] = (_YEAR_BESIDE.sub("", text) or cell) if years == {year} else UNKNOWN_CELL
    if not bare:
        return cells
    for offset, cell in enumerate(cells):
        if bare.get(cell) is UNKNOWN_CELL:
            people.add_finding(start + offset, name, "grade_unreadable", shown_value(cell, catalogue.field_of(name)))
    return [bare.get(cell, cell) for cell in cells]
