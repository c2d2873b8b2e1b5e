"""The catalogue's tables: CSV files under ``schemas/data`` that an official can read and extend."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Field:
    """One canonical field of a roster.

    ``kind`` names its parser (schemas/values/parsers.py); ``vocabulary`` the word tables it reads;
    ``checks`` the Pandera checks on its typed value, each named by its finding code;
    ``qualifies`` marks the fields that make a table a roster rather than a contact list. ``group``: of the roster form's columns, '' for
    a field that the form does not ask for; ``asked``: 必填, 有则填, 可不填 (its column is folded), or '' for the row's own number.
    """

    name: str
    header: str
    kind: str
    vocabulary: tuple[str, ...]
    checks: tuple[str, ...]
    personal: bool
    qualifies: bool
    expected: bool
    group: str
    asked: str
    example: str
    description: str


@dataclass(frozen=True)
class FindingKind:
    """What a finding code means: ``severity`` is ``error``, ``warning`` or ``hint`` (blank or lacking, so that a verdict waits); texts are Chinese."""

    code: str
    severity: str
    title: str
    message: str
    expected: str
    action: str


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of ``schemas/data/<name>.csv``, in file order, blank cells as ''. Not to be changed."""
    text = files("guantong.schemas").joinpath("data", f"{name}.csv").read_bytes().decode("utf-8")
    headers, *lines = csv.reader(io.StringIO(text, newline=""))
    return tuple(dict(zip(headers, line, strict=True)) for line in lines)


@cache
def fields() -> dict[str, Field]:
    """Canonical fields by name, in the order of the roster form."""
    return {
        row["field"]: Field(
            name=row["field"],
            header=row["header"],
            kind=row["kind"],
            vocabulary=tuple(row["vocabulary"].split()),
            checks=tuple(row["checks"].split()),
            personal=row["personal"] == "yes",
            qualifies=row["qualifies"] == "yes",
            expected=row["expected"] == "yes",
            group=row["group"],
            asked=row["asked"],
            example=row["example"],
            description=row["description"],
        )
        for row in rows("fields")
    }


@cache
def finding_kinds() -> dict[str, FindingKind]:
    """Finding kinds by code."""
    return {row["code"]: FindingKind(**row) for row in rows("findings")}


@cache
def vocabulary(name: str) -> dict[str, str]:
    """Normalised spelling → canonical word of one vocabulary in words.csv."""
    return {row["word"].upper(): row["value"] for row in rows("words") if row["vocabulary"] == name}


def canonical_words(field: Field) -> list[str]:
    """The canonical words a field accepts, each once, in table order; [] where any text will do."""
    kind = field.vocabulary[0] if field.kind == "claim" else field.kind
    if kind == "skill":
        return list(dict.fromkeys(row["value"] for row in rows("skill_levels")))
    if kind == "title":
        return [row["value"] for row in rows("titles") if row["word"] == row["value"] and row["series"] == "工程系列"]
    return list(dict.fromkeys(word for name in field.vocabulary for word in vocabulary(name).values()))


def field_of(name: str) -> Field:
    """The field of a column name; ``assessment_2023`` is a column of the field ``assessment``, ``recent_grades_2022_2024`` of ``recent_grades``,
    ``skill#2`` that of ``skill`` in a further credential.
    """
    return fields()[next((field for field in ("assessment", "recent_grades") if name.startswith(f"{field}_")), name.partition("#")[0])]


def header_of(name: str) -> str:
    """The canonical header of a column name: ``assessment_2023`` → ``2023年度考核``."""
    if name.startswith("assessment_"):
        return f"{name.removeprefix('assessment_')}年度考核"
    if name.startswith("recent_grades_"):
        return f"{name.removeprefix('recent_grades_').replace('_', '-')}年年度考核"
    return fields()[name.partition("#")[0]].header
