"""What a person's verdicts wait for: the cells to fill, and what may follow once they are."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from guantong.reports import wording
from guantong.reports.units.cells import NO_COLUMN
from guantong.reports.units.people import Person
from guantong.reports.units.rows import Row
from guantong.schemas import catalogue

_LACKED_YEAR = re.compile(rf"(\d{{4}})年度考核（{NO_COLUMN}，请加）")
BY_HONOUR = "凭荣誉破格"
_FIELDS = {item.header: name for name, item in catalogue.fields().items()}


@dataclass(frozen=True)
class Option:
    """What may follow, and the fields whose cells have to be filled for it. line: the verdict; None where it is unknown whether there is a route; beside: besides others."""

    direction: str
    line: Row | None
    fields: tuple[str, ...]
    beside: bool = False


def fields_of(person: Person, line: Row) -> tuple[str, ...]:
    """The fields that a verdict waits for; the years that one cell tells are that cell."""
    fields = _fields(line.missing) if line.missing else ()
    if "recent_grades" not in person.cells:
        return fields
    of_one_cell = {field for field in fields if field.startswith("assessment_") and field not in person.cells}
    return tuple(dict.fromkeys("recent_grades" if field in of_one_cell else field for field in fields))


@cache
def _fields(headers: str) -> tuple[str, ...]:
    """The columns that a verdict's `missing` names: 2024年度考核 → assessment_2024."""
    return tuple(_FIELDS.get(header) or f"assessment_{header.removesuffix('年度考核')}" for header in headers.split("、"))


def how_to_fill(field: str) -> str:
    """What has to stand in the cells of a field."""
    description = catalogue.field_of(field).description
    return description.partition("：")[2] or description


def cells_told(person: Person, fields: Iterable[str]) -> list[str]:
    """The cells of fields, each with its address; several of one field together."""
    return ["、".join(cell.text for cell in person.cells.get(field, ())) or catalogue.header_of(field) for field in fields]


def cells_in_short(person: Person, fields: Iterable[str]) -> list[str]:
    """`cells_told`, the years of which the roster has no column as one."""
    texts = cells_told(person, fields)
    years = [found[1] for text in texts if (found := _LACKED_YEAR.fullmatch(text))]
    if len(years) < 2:
        return texts
    together = f"{'、'.join(years)}年度考核（均{NO_COLUMN}，请加）"
    return list(dict.fromkeys(together if _LACKED_YEAR.fullmatch(text) else text for text in texts))


def wait_when_near(person: Person) -> tuple[list[Row], bool]:
    """The verdicts of the first day on which a person may apply, and whether each of them waits for a cell as well."""
    now = [line for line in person.nearly if line.eligible_on == person.nearly[0].eligible_on]
    return now, all(fields_of(person, line) for line in now)


def options(person: Person) -> list[Option]:
    """What may follow for a person: of each direction the highest first, and a lower one only where less has to be filled for it."""
    return person.once("options", lambda: [option for direction in wording.DIRECTIONS for option in _options(person, direction)])


def _options(person: Person, direction: str) -> list[Option]:
    undecided = [
        Option(direction, None, tuple(row.deciding.split()), not row.decides) for row in person.undecided if row.direction == direction
    ]
    kept: list[Option] = []
    waiting = [(line, fields_of(person, line)) for line in person.waiting if line.direction == direction]
    for line, fields in sorted(waiting, key=lambda each: (each[0].target_rank, len(each[1]))):
        if not any(other.fields and set(other.fields) <= set(fields) for other in kept):
            kept.append(Option(direction, line, fields))
    return undecided + kept


def told(
    person: Person,
    aim: Callable[[Row], str],
    conditions: Callable[[Row], str],
    asked: Callable[[Row, str], str | None],
    directions: Mapping[str, str],
) -> tuple[str, str]:
    """The cells that a person has to fill, and what may follow; numbered where not all are needed for everything. ``asked``: what a verdict asks
    of a field, told of a cell in which a word stands that settles nothing.
    """
    found = options(person)
    asks = {field: asked(option.line, field) for option in found if option.line is not None for field in option.fields}
    together = _together(person, found)
    numbered = any(len(option.fields) != sum(map(len, together)) for option in found)
    texts = (
        f"{text}，{asks[field]}，请核实"
        if asks.get(field) and any(cell.value and "＝" in cell.text for cell in person.cells.get(field, ()))
        else text
        for field, *others in together
        for text in cells_in_short(person, (field, *others))
    )
    cells = [f"{circled(at) if numbered else ''}{text}" for at, text in enumerate(texts)]
    cells += [f"条件不明：{conditions(option.line)}" for option in found if option.line is not None and not option.fields]
    by_cells: dict[str, list[str]] = {}
    for option in found:
        signs = "".join(circled(at) for at, (field, *_) in enumerate(together) if field in option.fields) if numbered else ""
        by_cells.setdefault(signs, []).append(_follows(option, aim, directions))
    return "；".join(cells), "；".join(f"{signs}{signs and '→'}{'、'.join(dict.fromkeys(texts))}" for signs, texts in by_cells.items())


def _together(person: Person, found: list[Option]) -> list[list[str]]:
    """The fields to fill; the years of which the roster has no column are one, where all are needed for the same."""
    groups: dict[object, list[str]] = {}
    for field in dict.fromkeys(field for option in found for field in option.fields):
        lacked = any(_LACKED_YEAR.fullmatch(text) for text in cells_told(person, [field]))
        groups.setdefault(tuple(field in option.fields for option in found) if lacked else field, []).append(field)
    return list(groups.values())


def _follows(option: Option, aim: Callable[[Row], str], directions: Mapping[str, str]) -> str:
    if option.line is None:
        return f"才能判断能否{BY_HONOUR if option.beside else ''}{directions[option.direction]}"
    return aim(option.line) + (f"（日期不填的，{option.line.certain_by} 也满年限）" if option.line.certain_by else "")


def circled(at: int) -> str:
    """①, ② and so on, from 0."""
    return chr(ord("①") + at) if at < 20 else f"({at + 1})"
