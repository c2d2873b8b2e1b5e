"""Findings: what is wrong with a file, sheet, row or cell, in words that its owner can act on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

import duckdb

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field
from guantong.schemas.database import create_rows
from guantong.schemas.text import mask_numbers, mask_value, visible_text

if TYPE_CHECKING:  # a command starts without it
    import pandas as pd

COLUMNS = ["file_no", "sheet", "row", "column", "header", "field", "code", "value", "detail", "pid"]
SHOWN = 80
MOST_OF_FILE = 200_000  # findings of a file: six times those of the untidiest roster of 100,000 people that is real
MOST_OF_SHEETS = 2_000  # of them on sheets and headers: every unit that stands in the file is told of these
# The sheet that a returned copy begins with: its title, and the headers of its list.
LIST_TITLE = "审核意见"
LIST_HEADERS = ("序号", "级别", "位置", "栏目", "填写内容", "问题", "应为", "处理办法")


def is_own_list(rows: list[list[object]]) -> bool:
    """Whether a sheet is the list of findings of a returned copy that comes back: by its title and its headers."""
    if not rows or not rows[0] or rows[0][0] != LIST_TITLE:
        return False
    return any(tuple(row[: len(LIST_HEADERS)]) == LIST_HEADERS for row in rows[:60])


@dataclass
class Finding:
    """One finding of the batch's file ``file_no``. ``row`` is Excel's row number, ``column`` a letter; None for a whole row, sheet or file.

    ``value`` is as written, personal data masked; ``detail`` fills the message's {detail}. ``pid``: of whom it is, where of one person alone: several may
    stand in a row, and a person in several rows.
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
    pid: int | None = None


def shown_value(value: object, field: Field | None) -> str:
    """A cell's value as a finding may show it: personal fields masked, ID and phone numbers masked anywhere."""
    text = visible_text(value)
    if text.endswith(" 00:00:00"):
        text = text.removesuffix(" 00:00:00")
    if field and field.personal:
        return mask_value(text, field.kind)[:SHOWN]
    if isinstance(value, float) and abs(value) < 1000:
        return text[:SHOWN]  # a share or a number of years: its many digits are no person's
    return mask_numbers(text)[:SHOWN]


def limit_findings(findings: list[Finding]) -> list[Finding]:
    """The findings less those of a file beyond `MOST_OF_FILE` and `MOST_OF_SHEETS`; of such a file one tells how many it has beside."""
    kept: list[Finding] = []
    counts: Counter[tuple[int, bool]] = Counter()
    more: Counter[int] = Counter()
    for finding in findings:
        of_sheet = finding.row is None or (finding.field is None and finding.column is not None)
        counts[finding.file_no, of_sheet] += 1
        if counts[finding.file_no, of_sheet] > (MOST_OF_SHEETS if of_sheet else MOST_OF_FILE):
            more[finding.file_no] += 1
        else:
            kept.append(finding)
    return kept + [Finding(file_no, "findings_cut", detail=f"另有{count}处") for file_no, count in more.items()]


def findings_table(findings: list[Finding]) -> pd.DataFrame:
    """Findings as a table of `COLUMNS`."""
    import pandas as pd

    return pd.DataFrame(map(attrgetter(*COLUMNS), findings), columns=COLUMNS)


def make_kinds(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table kinds: code, severity, title, message, expected, action."""
    columns = dict.fromkeys(("code", "severity", "title", "message", "expected", "action"), "VARCHAR")
    create_rows(con, "kinds", columns, [attrgetter(*columns)(kind) for kind in catalogue.finding_kinds().values()])


def make_headers(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table headers: field, and its canonical header."""
    create_rows(
        con, "headers", {"field": "VARCHAR", "header": "VARCHAR"}, [(field.name, field.header) for field in catalogue.fields().values()]
    )
