"""Findings on a file as a whole, its sheets and its headers."""

from __future__ import annotations

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.files.workbook import Sheet, Workbook
from guantong.schemas.findings import Finding, shown_value
from guantong.schemas.layout.headers import nearest_header
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.joined_rows import Table, columns_beside
from guantong.schemas.reading.raw_people import RawPeople
from guantong.schemas.text import is_blank, mask_numbers, norm

MOST_NEAREST = 200  # unknown headers of a file for which the nearest known one is looked up


def tell_hidden(file_no: int, sheet: Sheet, rosters: list[Roster], people: RawPeople) -> None:
    """What is hidden in a roster's sheet is read, with a finding that says so."""
    hidden_people = sum(1 for roster in rosters for row in roster.people if row in sheet.hidden_rows)
    columns = sorted({at for roster in rosters for at in roster.headers if at in sheet.hidden_columns and _tells_anything(roster, at)})
    unshown = (
        sorted({at for roster in rosters for row in roster.people for at in roster.headers if (row, at) in sheet.unshown})
        if sheet.unshown
        else []
    )
    hidden = {
        "hidden_sheet": (sheet.hidden, ""),
        "hidden_rows": (hidden_people, f"{hidden_people}人"),
        "hidden_columns": (columns, "、".join(column_letters(at + 1) for at in columns)),
        "hidden_cells": (unshown, "、".join(column_letters(at + 1) for at in unshown)),
    }
    for code, (found, detail) in hidden.items():
        if found:
            people.findings.append(Finding(file_no, code, sheet.name, value=sheet.name, detail=detail))


def _tells_anything(roster: Roster, at: int) -> bool:
    return any(not is_blank(roster.sheet.rows[row][at]) for row in roster.people)


def tell_of_book(file_no: int, book: Workbook, people: RawPeople) -> None:
    for code, found in (("macros", book.macros), ("external_links", book.external_links), ("date_system_1904", book.date1904)):
        if found:
            people.findings.append(Finding(file_no, code))


def tell_passed_over(file_no: int, roster: Roster, people: RawPeople) -> None:
    for row in roster.passed_over:
        name = shown_value(roster.cell(row, "name"), catalogue.fields()["name"])
        people.findings.append(Finding(file_no, "row_passed_over", roster.sheet.name, row + 1, value=name))


def tell_other_table(file_no: int, roster: Roster, people: RawPeople) -> None:
    """A table below a roster's people that is none itself is not read."""
    if roster.other_table is not None:
        texts = [norm(cell) for cell in roster.sheet.rows[roster.other_table] if not is_blank(cell)]
        value = mask_numbers("、".join(texts[:4]))
        people.findings.append(Finding(file_no, "table_not_roster", roster.sheet.name, roster.other_table + 1, value=value))


def tell_headers(file_no: int, tables: list[Table], people: RawPeople) -> None:
    """Headers that were not recognised, and fields that are expected and missing; of the former, the first are told what they come near."""
    rosters = [table.roster for table in tables]
    unknown = {problem.path: None for roster in rosters for problem in roster.problems if problem.code == "header_unknown"}
    near = {path: nearest_header(path) for path in list(unknown)[:MOST_NEAREST]}
    beside, missing = columns_beside(tables), set[tuple[str, str]]()
    for table in tables:
        roster, sheet = table.roster, table.roster.sheet.name
        for problem in roster.problems:
            nearest = near.get(problem.path)
            detail = f"（最接近的是“{nearest[0]}”，相近程度{nearest[1]}%）" if nearest else problem.detail
            written, letter = mask_numbers(roster.headers[problem.position]), column_letters(problem.position + 1)
            people.findings.append(
                Finding(file_no, problem.code, sheet, roster.last_header_row + 1, letter, written, None, written, detail)
            )
        if roster.people and all(row in table.joined for row in roster.people):  # what they tell of nobody but those of other tables
            continue
        present = set(roster.columns) | set(roster.preamble) | beside.get(id(roster), set())
        for field_ in catalogue.fields().values():
            if field_.expected and field_.name not in present and (sheet, field_.name) not in missing:
                missing.add((sheet, field_.name))
                people.findings.append(Finding(file_no, "header_missing", sheet, field=field_.name, value=field_.header))
