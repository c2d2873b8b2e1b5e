"""The Pandera schema of the typed table, made from the field catalogue.

Each check is named by its finding code, and a failure is addressed by the row id (the index).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from guantong.schemas import catalogue
from guantong.schemas.values.identity import Flags, are_id_numbers, are_unit_codes
from guantong.schemas.values.parsers import MAX_TEXT

EARLIEST = pd.Timestamp(dt.date(1930, 1, 1))
MOST_MONTHS = 600


@dataclass(frozen=True)
class Failure:
    """A failed check: the row's index, the field, and the finding code."""

    index: int
    field: str
    code: str


def id_number_sound(numbers: pd.Series) -> Flags:
    """18 characters and sound by GB 11643, per text."""
    whole: Flags = (numbers.str.len() == 18).to_numpy(bool)
    return are_id_numbers(numbers) & whole


def unit_code_sound(codes: pd.Series) -> pd.Series:
    """Whether each unit code is given and sound by GB 32100; False where there is none."""
    given = codes.notna()
    sound = pd.Series(False, index=codes.index)
    sound[given] = are_unit_codes(codes[given])
    return sound


def _id_length(numbers: pd.Series) -> pd.Series:
    return numbers.str.fullmatch(r"\d{17}[\dX]").astype(bool)


def _checks() -> dict[str, tuple[str, Callable[[pd.Series], pd.Series]]]:
    """Finding code → (column suffix, test over the non-null values of that column)."""
    return {
        "name_unusual": ("", lambda names: names.str.fullmatch(r"[^\d#*?？!！@=+/\\<>{}\[\]]{2,40}").astype(bool)),
        "id_number_length": ("", _id_length),
        "id_number_checksum": ("", lambda numbers: pd.Series(id_number_sound(numbers), numbers.index) | ~_id_length(numbers)),
        "unit_code_checksum": ("", lambda codes: pd.Series(are_unit_codes(codes), codes.index)),
        "months_unreadable": ("", lambda months: (months >= 0) & (months <= MOST_MONTHS)),
        "date_out_of_range": ("_lo", lambda dates: dates >= EARLIEST),
        "value_too_long": ("_length", lambda lengths: lengths <= MAX_TEXT),
    }


@cache
def schema() -> pa.DataFrameSchema:
    """Checks of the columns of single fields, and of what the program itself makes."""
    columns: dict[str, list[pa.Check]] = {}
    for name in catalogue.fields():
        for code in catalogue.field_of(name).checks:
            suffix, test = _checks()[code]
            if not suffix:
                columns.setdefault(name, []).append(pa.Check(test, name=code, error=code))
    columns["skill_rank"] = [pa.Check.in_range(0, 7)]
    columns["title_rank"] = [pa.Check.in_range(0, 5)]
    return pa.DataFrameSchema(
        {name: pa.Column(checks=checks, nullable=True) for name, checks in columns.items()}
        | {"pid": pa.Column("int64", unique=True), "row": pa.Column("int64", pa.Check.ge(1))}
    )


@cache
def alike_schema(code: str) -> pa.SeriesSchema:
    """The check ``code`` of columns that are alike, all dates or all lengths, as one below the other: to check each takes many times as long."""
    return pa.SeriesSchema(checks=pa.Check(_checks()[code][1], name=code, error=code), nullable=True)


def failures(rows: pd.DataFrame) -> list[Failure]:
    """The failed checks of a typed table, by field, check and row.

    Raises SchemaErrors for a failure that no cell can have caused, such as a rank out of range.
    """
    if rows.empty:
        return []
    names = [*catalogue.fields(), *(name.removesuffix("_lo") for name in rows if "#" in name and name.endswith("_lo"))]
    checks = {name: catalogue.field_of(name).checks for name in names}
    found = [Failure(at, column, code) for at, column, code in _failed(schema(), rows[list(schema().columns)])]
    for code, (suffix, _) in _checks().items():
        if suffix and (fields := [name for name in names if code in checks[name]]):
            below = pd.concat([rows[name + suffix] for name in fields], ignore_index=True)
            found += [Failure(at % len(rows), fields[at // len(rows)], code) for at, _, _ in _failed(alike_schema(code), below)]
    place = {name: at for at, name in enumerate(names)}
    return sorted(found, key=lambda one: (place[one.field], checks[one.field].index(one.code)))


def _failed(checked: pa.DataFrameSchema | pa.SeriesSchema, table: Any) -> list[tuple[int, str, str]]:
    """Index, column and finding code of each failed check."""
    try:
        checked.validate(table, lazy=True, inplace=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases.to_dict("records")
        if any(case["check"] not in _checks() or case["index"] is None for case in cases):
            raise
        return [(int(case["index"]), str(case["column"]), case["check"]) for case in cases]
    return []
