"""Findings: what is wrong with a file, sheet, row or cell, in words that its owner can act on."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

import pandas as pd

from guantong.schemas import tables
from guantong.schemas.tables import Field
from guantong.schemas.text import mask, mask_numbers, visible

COLUMNS = ["file_no", "sheet", "row", "column", "header", "field", "code", "value", "detail"]
SHOWN = 80
# The sheet that a returned copy begins with: its title, and the headers of its list.
LIST_TITLE = "审核意见"
LIST_HEADERS = ("序号", "级别", "位置", "栏目", "填写内容", "问题", "应为", "处理办法")


def is_own_list(rows: list[list[object]]) -> bool:
    """Whether a sheet is the list of findings of a returned copy that comes back: by its title and its headers."""
    if not rows or not rows[0] or rows[0][0] != LIST_TITLE:
        return False
    return any(tuple(row[: len(LIST_HEADERS)]) == LIST_HEADERS for row in rows[:20])


@dataclass
class Finding:
    """One finding of the batch's file ``file_no``. ``row`` is Excel's row number, ``column`` a letter; None for a whole row, sheet or file.

    ``value`` is as written, personal data masked; ``detail`` fills the message's {detail}.
    """

    file_no: int
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
    if isinstance(value, float) and abs(value) < 1000:
        return text[:SHOWN]  # a share or a number of years: its many digits are no person's
    return mask_numbers(text)[:SHOWN]


def frame(findings: list[Finding]) -> pd.DataFrame:
    """Findings as a table of `COLUMNS`."""
    return pd.DataFrame(map(attrgetter(*COLUMNS), findings), columns=COLUMNS)


def kinds_frame() -> pd.DataFrame:
    """The finding kinds as a table: code, severity, title, message, expected, action."""
    return pd.DataFrame([vars(kind) for kind in tables.finding_kinds().values()])


def headers_frame() -> pd.DataFrame:
    """Canonical headers as a table: field, header."""
    return pd.DataFrame([(field.name, field.header) for field in tables.fields().values()], columns=["field", "header"])
