"""Rows that belong to somebody who stands in another row: a further certificate in a row below, or what a sheet of its own tells by ID number, or by the
employee number (工号) that stands beside the ID number on another.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain

from guantong.schemas.layout.columns.table_columns import TRACKS
from guantong.schemas.layout.roster import Roster
from guantong.schemas.text import norm

_ID_NUMBER = re.compile(r"\d{15}|\d{17}[\dX]")
_STAFF_HEADER = re.compile("(员工|职工|人员|人事|个人)?(工号|编号|编码|代码|档案号)|(员工|职工)号|工作证号|胸牌号")
MOST_TABLES = 10  # of a file in which one number is looked for
IDENTITY = ("name", "unit", "unit_code")


@dataclass
class Table:
    """A roster of a file, and the rows of it that belong to somebody in another: row → (that table, row). ``whole``: it is a roster by itself."""

    roster: Roster
    whole: bool
    joined: dict[int, tuple[Table, int]] = field(default_factory=dict)
    number_of_staff: dict[str, str] = field(default_factory=dict)  # employee number → ID number, of a table that has no ID numbers

    def __post_init__(self) -> None:
        told = {name.partition("#")[0] for name in self.roster.columns}
        staff = [at for at, header in self.roster.headers.items() if is_staff_header(norm(header))]
        self.staff = staff[0] if len(staff) == 1 else None  # the column of employee numbers
        self.tells = told & {name for track in TRACKS for name in (track, f"{track}_date")}  # of what is held: levels, titles, their days

    def person_of(self, row: int) -> tuple[Table, int]:
        """The table and row of the person whom a row that is carried or joined belongs to."""
        own = self.roster.carried.get(row, row)
        return self.joined.get(own, (self, own))

    def id_number(self, row: int) -> str | None:
        own = id_number_in(self.roster.cell(row, "id_number"))
        return own or self.number_of_staff.get(self.staff_number(row))

    def staff_number(self, row: int) -> str:
        cell = "" if self.staff is None else self.roster.sheet.rows[row][self.staff]
        text = norm(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)
        return text.lstrip("0") if text.isdigit() else text  # 00123 typed as a number is 123

    def mains(self) -> list[Table]:
        """The tables that rows of this one are joined to."""
        return list({id(main): main for main, _ in self.joined.values()}.values())

    def rows_by_number(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for row in self.roster.people:
            if (number := self.id_number(row)) is not None:
                found[number].append(row)
        return found


def is_staff_header(text: str) -> bool:
    """Whether a header's normalised text is that of employee numbers, which no field is read from."""
    return _STAFF_HEADER.fullmatch(text) is not None and text not in ("编号", "编码", "代码")


def id_number_in(cell: object) -> str | None:
    if cell.__class__ is str and _ID_NUMBER.fullmatch(cell):
        return cell
    number = norm(cell).strip("'’‘`")
    return number if _ID_NUMBER.fullmatch(number) else None


def join_by_number(tables: list[Table]) -> list[Table]:
    """Join the tables of a file that tell different things of the same people, by ID number; gives those that are rosters, or belong to one.

    One tells levels, another titles, a third the post: a person's row is that of the first table with his name. Tables that tell the same track of
    different people, or of the same people a second time, stay what they are.
    """
    if all(table.whole for table in tables) and not _any_complete_each_other(tables):
        return tables
    _find_numbers_of_staff(tables)
    numbers = [table.rows_by_number() for table in tables]
    standing = Counter(chain.from_iterable(numbers))
    kept = [at for at, table in enumerate(tables) if table.whole or _belongs(numbers[at], standing)]
    if not any(table.whole for table in tables) and not _together_a_roster([tables[at] for at in kept]):
        return []
    mains: dict[str, list[tuple[Table, int]]] = defaultdict(list)
    for at in sorted(kept, key=lambda at: (*(name not in tables[at].roster.columns for name in ("name", "id_number")), at)):
        _join(tables[at], numbers[at], mains)
    return [tables[at] for at in kept]


def _find_numbers_of_staff(tables: list[Table]) -> None:
    """Give each table that has employee numbers and no ID numbers those that stand beside them on others, one for each."""
    told: dict[str, set[str]] = defaultdict(set)
    for table in tables:
        if table.staff is not None and "id_number" in table.roster.columns:
            for row in table.roster.people:
                if (staff := table.staff_number(row)) and (number := table.id_number(row)):
                    told[staff].add(number)
    known = {staff: next(iter(numbers)) for staff, numbers in told.items() if len(numbers) == 1}
    without = [table for table in tables if table.staff is not None and "id_number" not in table.roster.columns]
    for table in without if known else ():
        table.number_of_staff = known
        table.roster.problems = [problem for problem in table.roster.problems if problem.position != table.staff]


def columns_beside(tables: list[Table]) -> dict[int, set[str]]:
    """By the id of each roster, the columns of the tables that are joined to it, or it to them."""
    found: dict[int, set[str]] = defaultdict(set)
    for table in tables:
        for main in table.mains():
            found[id(main.roster)] |= {*table.roster.columns}
    for table in tables:
        for main in table.mains():
            found[id(table.roster)] |= found[id(main.roster)] | {*main.roster.columns}
    return found


def _any_complete_each_other(tables: list[Table]) -> bool:
    kinds = Counter(frozenset(table.tells) for table in tables)
    return kinds[frozenset()] > 1 or any(not one & other for one in kinds for other in kinds if one != other)


def _belongs(numbers: dict[str, list[int]], standing: Counter[str]) -> bool:
    """Whether most of a table's people stand in others too."""
    return 2 * sum(1 for number in numbers if standing[number] > 1) > len(numbers)


def _together_a_roster(tables: list[Table]) -> bool:
    return len(tables) > 1 and any(table.tells for table in tables) and any("name" in table.roster.columns for table in tables)


def _join(table: Table, numbers: dict[str, list[int]], mains: dict[str, list[tuple[Table, int]]]) -> None:
    """Join the rows of a table to those of people in tables before it, ``mains``, and add the others to these."""
    for number, rows in numbers.items():
        before = mains[number]
        for row in rows:
            main = next((one for one in before if not one[0].tells & table.tells and _same_person(*one, table, row)), None)
            if main is not None:
                table.joined[row] = main
        own = [(table, row) for row in rows if row not in table.joined]
        mains[number] = [*before, *own[:1]][:MOST_TABLES]


def _same_person(main: Table, main_row: int, other: Table, row: int) -> bool:
    """Whether two rows of one ID number call the person and the unit alike, where they do."""
    pairs = ((norm(main.roster.cell(main_row, name)), norm(other.roster.cell(row, name))) for name in IDENTITY)
    return all(not a or not b or a == b for a, b in pairs)
