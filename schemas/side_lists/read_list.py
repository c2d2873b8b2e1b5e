"""Lists that a bureau keeps beside the rosters (诚信名单, 专业与职业关系表, 应报单位), read by their headers: schemas/data/list_headers.csv."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from guantong.schemas import UserError, catalogue
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.files.open_file import read_bytes
from guantong.schemas.files.workbook import Refusal, read_workbook
from guantong.schemas.layout.headers import header_text, recognise_header
from guantong.schemas.text import is_blank, shown_name

HEADER_ROWS = 20  # of a sheet in which the header is looked for
_EVERY, _ONE = "yes", "one"  # a column that is required; of several so marked one is enough
MOST_LINES = 200_000  # of a list: more than a province decides on; they stay in the process that audits


class ListError(UserError):
    """A list that can't be used; the message, in Chinese, names file and place, and quotes no personal data."""


@dataclass(frozen=True)
class ListRow:
    """One filled row of a list of a ``kind``: its sheet and Excel's row number, and its filled raw cells by column, several where columns repeat;
    the letter of each column of its sheet, of the first where it repeats.
    """

    sheet: str
    row: int
    cells: dict[str, list[object]]
    kind: str
    letters: dict[str, str]

    def place(self, column: str) -> str:
        """Where the cell of a column stands: 词语!C5."""
        return f"{shown_name(self.sheet)}!{self.letters[column]}{self.row}"

    def text(self, column: str) -> str:
        """The first filled cell of a column as text, '' where there is none."""
        found = self.cells.get(column)
        return str(found[0]).strip() if found else ""


@dataclass(frozen=True)
class SideList:
    """A list as read: the file's name as outputs show it, the SHA-256 of its bytes, its rows."""

    file: str
    sha256: str
    rows: list[ListRow] = field(default_factory=list)


def read_list(path: Path, kind: str) -> SideList:
    """The list of a ``kind`` (integrity, relations) in a workbook or .csv. Raises ListError."""
    return read_lists(path, (kind,))


def read_lists(path: Path, kinds: Sequence[str], mark: str | None = None) -> SideList:
    """The lists of several ``kinds`` in one file, of which one may be all. Raises ListError; for a sheet, too, that has the column ``mark`` and
    lacks others that are required: it was meant to be read.
    """
    shown = shown_name(path.name)
    try:
        content = read_bytes(path)
        book = read_workbook(content, path.suffix.strip().lower())
    except Refusal as refusal:
        detail = f"（{refusal.detail}）" if refusal.detail else ""
        raise ListError(f"“{shown}”无法使用：{catalogue.finding_kinds()[refusal.code].title}{detail}") from None
    found = [line for sheet in book.sheets for kind in kinds for line in _rows(sheet.name, sheet.rows, kind)]
    if len(found) > MOST_LINES:
        raise ListError(f"“{shown}”超过 {MOST_LINES // 10_000} 万行，请只保留需要的行")
    if not any(_header(row, kind) for sheet in book.sheets for row in sheet.rows[:HEADER_ROWS] for kind in kinds):
        required = "；或 ".join(map(_required_headers, kinds))
        raise ListError(f"“{shown}”中没有找到表头，应至少有：{required}")
    if lacking := [sheet.name for sheet in book.sheets if mark and _is_meant(sheet.rows, kinds, mark)]:
        required = "；或 ".join(map(_required_headers, kinds))
        raise ListError(f"“{shown}”的工作表“{shown_name(lacking[0])}”缺少栏，应有：{required}")
    return SideList(shown, hashlib.sha256(content).hexdigest(), found)


def _is_meant(rows: list[list[object]], kinds: Sequence[str], mark: str) -> bool:
    """Whether a sheet has a header of the column ``mark``, and the whole header of no kind."""
    heads = rows[:HEADER_ROWS]
    if any(_header(row, kind) for row in heads for kind in kinds):
        return False
    return any(isinstance(cell, str) and _column(cell, kind) == mark for row in heads for cell in row for kind in kinds)


def _required_headers(kind: str) -> str:
    every, one = ("、".join(row["header"] for row in _columns(kind, required)) for required in (_EVERY, _ONE))
    return "；".join(filter(None, (every, f"{one}（有一栏即可）" if one else "")))


def _columns(kind: str, required: str) -> list[dict[str, str]]:
    return [row for row in catalogue.rows("list_headers") if row["list"] == kind and row["required"] == required]


def _rows(sheet: str, rows: list[list[object]], kind: str) -> list[ListRow]:
    """The filled rows below a sheet's header; none where it has no header."""
    header = next((at for at, row in enumerate(rows[:HEADER_ROWS]) if _header(row, kind)), None)
    if header is None:
        return []
    columns = _header(rows[header], kind)
    letters = {name: column_letters(at + 1) for at, name in reversed(columns.items())}
    filled = []
    for at in range(header + 1, len(rows)):
        cells: dict[str, list[object]] = {}
        for position, name in columns.items():
            if position < len(rows[at]) and not is_blank(rows[at][position]):
                cells.setdefault(name, []).append(rows[at][position])
        if cells:
            filled.append(ListRow(sheet, at + 1, cells, kind, letters))
    return filled


def _header(row: list[object], kind: str) -> dict[int, str]:
    """Position → column of a header row; {} where a required column is not in it."""
    found = {at: name for at, cell in enumerate(row) if isinstance(cell, str) and (name := _column(cell, kind))}
    every, one = ({row["column"] for row in _columns(kind, required)} for required in (_EVERY, _ONE))
    return found if every <= set(found.values()) and (not one or one & set(found.values())) else {}


def _column(cell: str, kind: str) -> str | None:
    text = header_text(cell)
    by_text, by_field = _known(kind)
    return by_text.get(text) or (by_field.get(recognise_header((text,)) or "") if text else None)


@cache
def _known(kind: str) -> tuple[dict[str, str], dict[str, str]]:
    """Header text → column, and roster field → column."""
    rows = [row for row in catalogue.rows("list_headers") if row["list"] == kind]
    texts = {header_text(text): row["column"] for row in rows for text in [row["header"], *row["aliases"].split()]}
    return texts, {row["field"]: row["column"] for row in rows if row["field"]}
