"""What last year's roster fills into the form: every person, in the form's own columns, so that the form reads as the roster did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field
from guantong.schemas.files.markers import LOST_TEXT, UNCALCULATED
from guantong.schemas.form.columns import MOST_CREDENTIALS
from guantong.schemas.form.workbook import NONE, Filled, FormContent
from guantong.schemas.own_marks import FORMER
from guantong.schemas.reading.raw_cells import read_file
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.reading.typed_rows import type_rows
from guantong.schemas.text import is_blank, visible_text
from guantong.schemas.values.parsed import Parsed
from guantong.schemas.values.parsers import PARSERS

TO_ASK = "待核实"  # in a cell that the roster tells and nobody can read: it reads as unknown, where a blank would read as none
_NOT_AVAILABLE = "#N/A"  # reads as unknown in every column
_MARKED = ("error", "warning")
_GRADES = "recent_grades"


def read_for_form(path: Path) -> FormContent:
    """The people of a roster as the form's cells; where the file can't be taken in, ``refused`` says why."""
    people = RawPeople()
    read_file(path, people)
    (record,) = people.files
    if record.status == "refused":
        return FormContent(refused=catalogue.finding_kinds()[record.reason or ""].title + record.detail)
    for name in people.cells:
        people.column(name)
    typed = type_rows(people, b"form")
    return _Filling(people, typed.rows).content()


class _Filling:
    """Turns raw people into the form's cells. ``rows``: the same people typed, for what several columns tell together."""

    def __init__(self, people: RawPeople, rows: pd.DataFrame) -> None:
        self.people, self.rows = people, rows
        self.notes = _notes(people)
        self.names = [name for name in people.cells if catalogue.field_of(name).group]
        self.years = [name for name in rows if name.startswith("assessment_")]

    def content(self) -> FormContent:
        made = FormContent()
        struck = self.rows["rejected_for"].to_numpy(object) == "struck_out"
        for index in range(len(self.people.places)):
            if struck[index]:
                made.struck += 1
            else:
                made.people.append(self._person(index, len(made.people) + 1))
        return made

    def _person(self, index: int, number: int) -> dict[str, Filled]:
        found = {"serial": Filled(str(number))}
        for name in self.names:
            if name != "serial" and not name.startswith("assessment_") and (cell := self._cell(index, name)):
                found[name] = cell
        for name in self.years:
            if cell := self._grade(index, name):
                found[name] = cell
        found |= self._beyond(found)
        if self.rows["title_state"].iat[index] == "absent":
            found["title"] = Filled(TO_ASK, f"{FORMER}没有“职称”栏，不知道有没有职称。请填写；没有的填“无”。")
        if told := self._grades_without_years(index):
            before = f"{found['remark'].value}；" if "remark" in found else ""
            found["remark"] = Filled(f"{before}{told}", f"{FORMER}没有写明是哪几年的考核，没有带入各年度的栏目。请按年度填写。")
        return found

    def _cell(self, index: int, name: str) -> Filled | None:
        raw = self.people.column(name)[index]
        if raw is not UNKNOWN_CELL and is_blank(raw):
            return None
        item = catalogue.field_of(name)
        value, note = _as_read(raw, item), self._note(index, name)
        if value is None:
            return Filled(_unknown(item), note or f"{FORMER}这一项的内容不能确定。请核对后填写。")
        return Filled(value, note)

    def _grade(self, index: int, name: str) -> Filled | None:
        """A year's grade, from its own column or one of several years; where the two differ, none."""
        grade = self.rows[name].iat[index]
        if not pd.isna(grade):
            return Filled(str(grade), self._note(index, name))
        cell = self._cell(index, name) if name in self.people.cells else None
        if cell is None or _is_unread(cell.value, catalogue.field_of(name)):
            return cell
        return Filled(TO_ASK, cell.note or f"{FORMER}各栏所填的这一年考核不一致。请核对后填写。")

    def _grades_without_years(self, index: int) -> str:
        """What columns of several years tell that no year's column has: whose years they are depends on the day."""
        told = [
            f"{self.people.column_of(index, name)[1]}：{visible_text(self.people.cells[name][index])}"
            for name in self.people.cells
            if name.startswith(_GRADES) and not is_blank(self.people.column(name)[index]) and self._is_undated(index, name)
        ]
        return f"{FORMER}{'；'.join(told)}" if told else ""

    def _is_undated(self, index: int, name: str) -> bool:
        raw = self.people.cells[name][index]
        return raw is UNKNOWN_CELL or self.rows[_GRADES].iat[index] is not None or _is_unread(raw, catalogue.field_of(name))

    def _beyond(self, found: dict[str, Filled]) -> dict[str, Filled]:
        """Of who has more credentials than the form has columns for, what is held is unknown; those beyond are taken out of ``found``."""
        beyond = [name for name in found if int(name.partition("#")[2] or 1) > MOST_CREDENTIALS]
        for name in beyond:
            del found[name]
        note = f"{FORMER}有{MOST_CREDENTIALS}项以上的证书，没有全部带入。请核对后填写。"
        return {track: Filled(TO_ASK, note) for track in {name.partition("#")[0].partition("_")[0] for name in beyond} & {"skill", "title"}}

    def _note(self, index: int, name: str) -> str:
        pid, _, sheet, row = self.people.places[index]
        sheet, row = self.people.own_places.get((pid, name), (sheet, row))
        return "\n".join(self.notes.get((sheet, row, self.people.column_of(index, name)[0]), ()))


def _notes(people: RawPeople) -> dict[tuple[str | None, int | None, str | None], list[str]]:
    """What is found wrong with each cell, by its sheet, row and column."""
    notes: dict[tuple[str | None, int | None, str | None], list[str]] = {}
    for found in people.findings:
        kind = catalogue.finding_kinds()[found.code]
        if found.column is None or kind.severity not in _MARKED:
            continue
        message, expected = (
            text.replace("{value}", found.value or "").replace("{header}", found.header or "").replace("{detail}", found.detail)
            for text in (kind.message, kind.expected)
        )
        told = f"{FORMER} {found.sheet}!{found.column}{found.row}：{message}。应为：{expected}。"
        notes.setdefault((found.sheet, found.row, found.column), []).append(told)
    return notes


def _as_read(raw: object, item: Field) -> object:
    """A cell as the form has it: in canonical words where they say the same, else as written; None where neither reads as the cell does."""
    if raw is UNKNOWN_CELL or raw in (UNCALCULATED, LOST_TEXT):
        return None
    if item.kind not in PARSERS:
        return visible_text(raw)
    was = _reading(raw, item)
    candidates = [] if was.code else _canonical(was, item)
    return next((each for each in (*candidates, visible_text(raw), raw) if _same(_reading(each, item), was)), None)


def _canonical(was: Parsed, item: Field) -> list[object]:
    """What a cell may be in canonical words."""
    first, last = was.values.get("_lo"), was.values.get("_hi")
    if first is not None:
        return [str(first)] if first == last else [str(first)[:7], str(first)[:4]]
    if was.values.get("_state") == "none":
        return [NONE]
    value = was.values.get("")
    return [str(value)] if isinstance(value, str | int) and item.kind != "text" else []


def _reading(cell: object, item: Field) -> Parsed:
    return PARSERS[item.kind](cell, item)


def _same(one: Parsed, other: Parsed) -> bool:
    return replace(one, detail="", also=()) == replace(other, detail="", also=())


def _is_unread(cell: object, item: Field) -> bool:
    return cell == _NOT_AVAILABLE or _reading(cell, item).is_unread


def _unknown(item: Field) -> str:
    """What reads as unknown in a field; a text is blank, as any text is one."""
    if item.kind in ("text", "name", "ignored"):
        return ""
    return TO_ASK if _is_unread(TO_ASK, item) else _NOT_AVAILABLE
