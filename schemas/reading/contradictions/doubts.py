"""A person's cells as what other columns say against them is weighed: what they tell, and how they become unknown with a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeVar

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.findings import shown_value
from guantong.schemas.layout.headers import header_text
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import NOTHING, is_blank, mask_numbers, norm, shorten, visible_text, without_brackets
from guantong.schemas.values.credential_words import levels_in
from guantong.schemas.values.dates import parse_date
from guantong.schemas.values.parsed import Parsed
from guantong.schemas.values.parsers import PARSERS

T = TypeVar("T")
HELD = ("skill", "title", "honours")  # fields of what somebody holds
# Answers to a header that asks: 是否退休.
YES, NO = frozenset("是 有 Y YES √ ✓ ☑ 对 1".split()), frozenset("否 无 没有 不是 N NO × X ✗ 0".split())
_DIGITS = range(10)
LONGEST_SHOWN = 40  # characters of a cell that a finding quotes


def cells_of(roster: Roster, at: int) -> list[object]:
    rows = roster.sheet.rows
    return [rows[row][at] for row in roster.people]


def own_header(roster: Roster, at: int) -> str:
    """What a column's own header says, as headers are looked up: no number or mark beside it, nothing in brackets, no group above."""
    return _own_text(roster.headers[at])


@lru_cache(4096)
def _own_text(header: str) -> str:
    parts = "/".join(map(header_text, norm(header).split("/")))
    return header_text(without_brackets(parts).rpartition("/")[2])


def telling(roster: Roster, at: int, start: int, what: Callable[[str], T | None], answers: bool = False) -> Iterator[tuple[int, str, T]]:
    """(index of the person, text, what it tells) of each text in a column of which ``what`` finds anything; each distinct text is looked at once.

    ``answers``: of digits and truth values too, as they answer a header that asks (是否退休 1).
    """
    cells = cells_of(roster, at)
    texts = list(map(_answer, cells)) if answers else cells
    said = {text: told for text in set(texts) if isinstance(text, str) and (told := what(text))}
    prefix = roster.comments[at].prefix if at in roster.comments else ""
    for index, text in enumerate(texts, start) if said else ():
        if isinstance(text, str) and text in said:
            yield index, text.removeprefix(prefix), said[text]


def answering(roster: Roster, at: int, start: int, answers: frozenset[str]) -> Iterator[tuple[int, str]]:
    """(index of the person, text) of each whose cell is one of ``answers`` to a header that asks."""
    for index, text, _ in telling(roster, at, start, lambda text: norm(text).upper() in answers, answers=True):
        yield index, text


def _answer(cell: object) -> object:
    """A digit or a truth value as a text; any other cell as it is."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    return str(int(cell)) if isinstance(cell, int | float) and cell in _DIGITS else cell


def place_of(roster: Roster, at: int) -> tuple[str, str]:
    """Letter and header of a column; of one of comments, those of the column that they are on."""
    column = roster.comments.get(at)
    at, header = (at, roster.headers[at]) if column is None else (column.at, column.header)
    return column_letters(at + 1), mask_numbers(header)


def doubt_fact(name: str, index: int, quoted: str, people: RawPeople) -> None:
    people.add_finding(index, name, "fact_contradicted", shown_value(people.column(name)[index], catalogue.field_of(name)), quoted)
    people.column(name)[index] = UNKNOWN_CELL


def read_cell(cell: object, item: catalogue.Field, people: RawPeople) -> Parsed:
    return PARSERS[item.kind](people.words.read(item.name, cell), item)


def is_told(cell: object) -> bool:
    return cell is UNKNOWN_CELL or not (is_blank(cell) or norm(cell) in NOTHING)


def put_elsewhere(roster: Roster, at: int, name: str, cell: object, index: int, people: RawPeople) -> None:
    """Put into a blank cell what another column says, whose place it takes."""
    column = people.column(name)
    people.own_columns[people.places[index][0], name] = place_of(roster, at)
    column[index] = cell


def tell_elsewhere(track: str, roster: Roster, at: int, cell: object, index: int, people: RawPeople) -> None:
    """What another column alone tells of a level or title: what is held is unknown."""
    put_elsewhere(roster, at, track, UNKNOWN_CELL, index, people)
    people.add_finding(index, track, "credential_elsewhere", as_shown(cell), catalogue.header_of(track))


def highest_told(cells: list[object], track: str, people: RawPeople) -> int:
    """The highest rank that cells of a level or title tell; 0 for none."""
    item = catalogue.fields()[track]
    return max((one.rank_hi for cell in cells if is_told(cell) for one in read_cell(cell, item, people).credentials), default=0)


def may_be_one_day(cell: object, told: object) -> bool | None:
    """Whether two texts may mean one day; None where either is no date."""
    (first, last, _), (other_first, other_last, _) = parse_date(cell), parse_date(told)
    if first is None or last is None or other_first is None or other_last is None:
        return None
    return first <= other_last and other_first <= last


def as_shown(cell: object) -> str:
    return mask_numbers(shorten(visible_text(cell), LONGEST_SHOWN))


def doubt_held(name: str, index: int, quoted: str, clause: str, people: RawPeople) -> None:
    """A level or title against which something is said is unknown; what is said of another level says nothing against it."""
    column = people.column(name)
    cell, item = column[index], catalogue.field_of(name)
    if is_blank(cell) or cell is UNKNOWN_CELL or norm(cell) in NOTHING:
        return
    parsed = read_cell(cell, item, people)
    if item.name != "honours" and not parsed.credentials:
        return
    others = levels_in(clause)
    if item.name == "skill" and others and others.isdisjoint(one.rank_hi for one in parsed.credentials):
        return
    people.add_finding(index, name, "credential_contradicted", shown_value(cell, item), quoted)
    column[index] = UNKNOWN_CELL


def quote(roster: Roster, at: int, cell: object) -> str:
    said = "没有填写" if is_blank(cell) else f"写有“{as_shown(cell)}”"
    letter, header = place_of(roster, at)
    return f"{letter}列“{header}”{said}"
