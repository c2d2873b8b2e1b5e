"""Rows that are taken back by a word that stands beside them: 张示例（已退休）, 作废 for a serial number, below 以下作废, on a sheet that is called so.

Who is said to have left is read as a state would be; of who is taken back otherwise nobody can tell whether the row still holds.
"""

from __future__ import annotations

import re

from guantong.schemas.findings import Finding
from guantong.schemas.layout.roster import Roster
from guantong.schemas.layout.row_words import is_void, outdated_word, void_word
from guantong.schemas.reading.contradictions.doubts import HELD
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import NOTHING, bracketed_notes, is_blank, label, norm

_PARTS = re.compile(r"[()（）\[\]【】〔〕,，、;；:：/|—-]+|(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_MARKS = frozenset("×✕✖✗✘退离废删")  # for a serial number, or in brackets
_ABOUT_PERSON = re.compile(
    r"[a-z0-9 .·*#号]*|[男女大小老新]|[一-鿿]{1,4}族|(曾用名|原名|又名|别名|现名|身份证名)[:：]?[一-鿿·]*|[a-z]{1,3}\d*|[一-鿿]{0,6}(班组?|组|工段|车间|队|分厂)|副?(班组?|组|工段|段|队|值|机|台|炉|作业)长|在[岗职]|在岗人员|正式(工|员工|职工)?"
    r"|(党|团)员|合同制?|本人|同名|重名",
    re.IGNORECASE,
)
LONGEST_PLAIN = 4  # characters of almost every name
_DATED_SHEET = re.compile(r"((?:19|20)\d\d)年?度?(花?名册|人员|名单|表)?")


def notes_in(name: str, cell: str) -> list[str]:
    """What stands beside the person in a cell of names (张示例（已退休）) or of serial numbers (3（作废）)."""
    if cell.isdigit():
        return []
    parts = [norm(part) for part in _PARTS.split(cell)]
    return list(dict.fromkeys([part for part in parts if len(part) > 1] + bracketed_notes(norm(cell)))) if name == "name" else parts


def takes_back(note: str) -> bool:
    return note.strip("0123456789.") in _MARKS or is_void(note)


def is_strange(name: str, note: str) -> bool:
    """Whether a note stands in brackets in a cell of a name, and is neither part of the name nor about the person or the work alone."""
    return note in bracketed_notes(norm(name)) and not _ABOUT_PERSON.fullmatch(note)


def doubt_row(index: int, people: RawPeople, quoted: str | None) -> None:
    """Make unknown what somebody holds: his row is taken back. ``quoted``: what says so, where it is told of the row."""
    for column in [people.column(name) for name in people.cells if name.partition("#")[0] in HELD]:
        if not is_blank(column[index]) and norm(column[index]) not in NOTHING:
            column[index] = UNKNOWN_CELL
    if quoted is not None and index not in people.taken_back:
        people.add_finding(index, None, "row_void", None, quoted)
    people.taken_back.add(index)


def tell_sheet(file_no: int, roster: Roster, start: int, titles: list[str], others: list[str], people: RawPeople) -> None:
    """What a sheet's name, or the title above its header, says against all of its people; ``others``: names of the file's other sheets with people."""
    sheet = roster.sheet.name
    if word := next(filter(None, map(void_word, (norm(label(sheet)), *map(norm, titles)))), None):
        rows = range(start, len(people.places))
        if people.taken_back.issuperset(rows):  # by the same line, as a section's title
            return
        for index in rows:
            doubt_row(index, people, None)
        code = "sheet_void"
    elif others and (word := outdated_word(norm(label(sheet))) or _is_of_an_earlier_year(sheet, others)):
        code = "sheet_outdated"
    else:
        return
    people.findings.append(Finding(file_no, code, sheet, value=sheet, detail=word))


def _is_of_an_earlier_year(sheet: str, others: list[str]) -> str:
    own, *years = (_DATED_SHEET.fullmatch(norm(name)) for name in (sheet, *others))
    return own[1] if own and any(year and year[1] > own[1] for year in years) else ""
