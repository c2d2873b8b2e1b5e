"""Findings: what is wrong with a file, sheet, row or cell, in words that its owner can act on."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from guantong.schemas import tables
from guantong.schemas.tables import Field
from guantong.schemas.text import mask, mask_numbers, visible

COLUMNS = ["file_no", "source_file", "sheet", "row", "column", "header", "field", "code", "value", "detail"]
SHOWN = 80


@dataclass
class Finding:
    """One finding. ``row`` is Excel's row number, ``column`` a letter; None for a whole row, sheet or file.

    ``value`` is as written, personal data masked; ``detail`` fills the message's {detail}.
    """

    file_no: int
    source_file: str
    code: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    header: str | None = None
    field: str | None = None
    value: str | None = None
    detail: str = ""


def shown_value(value: object, field: Field | None) -> str:
    """A cell's value as a finding may show it: personal fields masked, ID and phone numbers masked anywhere."""
    text = visible(value)
    if text.endswith(" 00:00:00"):
        text = text.removesuffix(" 00:00:00")
    if field and field.personal:
        return mask(text, field.kind)[:SHOWN]
    return mask_numbers(text)[:SHOWN]


def frame(findings: list[Finding]) -> pd.DataFrame:
    """Findings as a table of `COLUMNS`."""
    return pd.DataFrame([[getattr(item, name) for name in COLUMNS] for item in findings], columns=COLUMNS)


def kinds_frame() -> pd.DataFrame:
    """The finding kinds as a table: code, severity, title, message, expected, action."""
    return pd.DataFrame([vars(kind) for kind in tables.finding_kinds().values()])


def headers_frame() -> pd.DataFrame:
    """Canonical headers as a table: field, header."""
    return pd.DataFrame([(field.name, field.header) for field in tables.fields().values()], columns=["field", "header"])
