"""The columns of the roster form: the catalogue's by group, what each year asks for, and what a roster tells beyond."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field

GROUPS = ("人员", "岗位", "技能", "职称", "考核", "荣誉", "其他")
MUST, IF_HELD, OPTIONAL = "必填", "有则填", "可不填"
YEARS = 3  # of yearly assessments that are asked for: those before the as-of day's
MOST_CREDENTIALS = 9  # of a track that have columns of their own
_NUMBERS = "一二三四五六七八九"
# What stands in the columns of a further credential, in their order.
_OF_FURTHER = {
    "技能": ("skill", "skill_date", "occupation", "skill_certificate"),
    "职称": ("title", "title_date", "title_series", "title_subject", "title_certificate"),
}


@dataclass(frozen=True)
class Column:
    """A column: its ``name`` (a field, assessment_2023, skill#2 of a further credential), what it is headed, and how far it is asked for (Field.asked)."""

    name: str
    group: str
    asked: str

    @property
    def field(self) -> Field:
        return catalogue.field_of(self.name)

    @property
    def header(self) -> str:
        return catalogue.header_of(self.name)

    @property
    def is_folded(self) -> bool:
        return self.asked == OPTIONAL


def asked_years(as_of: dt.date) -> list[int]:
    """The years whose assessment is asked for as of a day."""
    return list(range(as_of.year - YEARS, as_of.year))


def form_columns(as_of: dt.date, told: Collection[str] = ()) -> list[Column]:
    """The form's columns from left to right: in each group those that are folded last. ``told``: the columns that a roster tells, of which each has a
    place here.
    """
    years = {f"assessment_{year}" for year in asked_years(as_of)}
    found: list[Column] = []
    for group in GROUPS:
        own = [field for field in catalogue.fields().values() if field.group == group and field.kind != "assessment"]
        columns = [Column(field.name, group, field.asked) for field in own]
        if group == catalogue.fields()["assessment"].group:
            graded = sorted(years | {name for name in told if name.startswith("assessment_")})
            columns += [Column(name, group, MUST if name in years else OPTIONAL) for name in graded]
        found += sorted(_numbered_main(columns, told), key=lambda column: column.is_folded)
        found += _further(group, told)
    return found


def _numbered_main(columns: list[Column], told: Collection[str]) -> list[Column]:
    """The group's own columns; where a roster tells several certificates beside the present occupation, the first one's in a group of its own."""
    several = "occupation#1" in told or ("occupation" in told and any(name.startswith("skill#") for name in told))
    if not several or columns[0].group != "技能":
        return columns
    first = [Column("occupation#1" if name == "occupation" else name, _numbered("技能", 1), IF_HELD) for name in _OF_FURTHER["技能"]]
    return [*first, *(column for column in columns if column.name not in [each.name for each in first])]


def _further(group: str, told: Collection[str]) -> list[Column]:
    """Columns of further credentials that a roster tells."""
    fields = _OF_FURTHER.get(group, ())
    numbers = {int(number) for name, _, number in (each.partition("#") for each in told) if number and name in fields}
    return [
        Column(f"{name}#{number}", _numbered(group, number), IF_HELD)
        for number in sorted(numbers - {1})
        if number <= MOST_CREDENTIALS
        for name in fields
    ]


def _numbered(group: str, number: int) -> str:
    return f"{group}证书（{_NUMBERS[number - 1]}）"


def spans(columns: list[Column]) -> list[tuple[str, int, int]]:
    """(group, first column, last column) of each group, columns counted from 0."""
    found = []
    for group, each in groupby(enumerate(columns), key=lambda item: item[1].group):
        places = [at for at, _ in each]
        found.append((group, places[0], places[-1]))
    return found
