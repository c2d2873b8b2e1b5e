"""Marks beside names that a note above or below the people explains: 注：带*者为退休人员."""

from __future__ import annotations

import re

from guantong.schemas.layout.roster import Roster
from guantong.schemas.text import is_blank, norm, visible_text

_MARKS = "*※★☆△▲▽▼●○◎◆◇■□#✱"
_EXPLAINED = re.compile(
    rf"(?P<put>[带加标打有注画])?[\"“”'(\[【]?(?P<mark>([{_MARKS}])\3*)[\"“”')\]】]?(号|符号|标志|标记|标识|字样|的|者|人员|同志|职工|均|都)*"
    r"(?P<says>为|是|系|表示|代表|指|:)?(?P<meaning>[^;。,]{2,20})"
)
_OF_FORM = re.compile("必填|选填|必须|不填|可不|填写")  # 带*的为必填项
ROWS_OF_NOTES = 30  # below the people, and above the header, in which notes are looked for


def write_out_marks(roster: Roster, end: int) -> None:
    """Write what a mark means, in brackets, in its place beside each name that bears it; ``end``: the row at which the table ends."""
    rows, first = roster.sheet.rows, (roster.people or [roster.last_header_row])[-1] + 1
    notes = [
        *rows[max(0, roster.first_header_row - ROWS_OF_NOTES) : roster.first_header_row],
        *rows[first : min(end, first + ROWS_OF_NOTES)],
    ]
    meanings = {
        found["mark"]: found["meaning"]
        for cell in (cell for cells in notes for cell in cells if isinstance(cell, str) and not is_blank(cell))
        for found in _EXPLAINED.finditer(norm(cell))
        if (found["put"] or found["says"]) and not _OF_FORM.search(found["meaning"])
    }
    for row in roster.people if meanings else ():
        for at in roster.columns.get("name", ()):
            name = visible_text(rows[row][at]).replace("＊", "*").strip()
            bare = name.strip(_MARKS)
            mark = name.removeprefix(bare) if name.startswith(bare) else name.removesuffix(bare)
            if bare and mark in meanings:
                rows[row][at] = f"{bare}（{meanings[mark]}）"
