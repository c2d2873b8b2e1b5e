"""Several columns for one field: one credential told twice, or told in parts, or a contradiction."""

from __future__ import annotations

from typing import NamedTuple

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.findings import shown_value
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.cells_as_headed import answered
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import NOTHING, is_blank, mask_numbers, norm, visible_text
from guantong.schemas.values.parsers import PARSERS


def merge_columns(roster: Roster, name: str, start: int, people: RawPeople) -> None:
    """Of several columns for one field the filled one counts; where two are filled and differ, none does."""
    field_ = catalogue.field_of(name)
    for offset, row in enumerate(roster.people):
        cells_of_row = roster.sheet.rows[row]
        filled = [at for at in roster.columns[name] if not is_blank(cells_of_row[at]) and roster.is_of_year(row, at, name)]
        if not filled:
            continue
        cells = [roster.sheet.rows[row][at] for at in filled]
        said = [answered(cell, name, roster.headers[at]) for cell, at in zip(cells, filled, strict=True)]
        agreed = _agreed([people.words.read(field_.name, cell) for cell in said], field_)
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
    """What several filled cells of a field say together: of honours and of posts (职务 beside 岗位), all; None where they contradict each other, or one of
    them can't be read.

    职称名称 beside 职称级别 (工程师 | 中级) and 职业资格 beside its level (车工 | 三级) are one credential where they make one.
    """
    if field_.kind == "honours" or field_.name == "post_name":  # each tells some
        told = list(dict.fromkeys(visible_text(cell) for cell in cells if norm(cell) not in NOTHING))
        return _Agreed("、".join(told) or cells[0], 0)
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
