"""Comments of cells (批注): each of a person's row, or of a header, is looked at as a remark would be, and told with its cell."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.files.workbook import Sheet
from guantong.schemas.findings import Finding
from guantong.schemas.layout.roster import CommentColumn, Roster
from guantong.schemas.layout.row_words import is_void
from guantong.schemas.reading.contradictions.beside_credentials import speaks_against
from guantong.schemas.reading.contradictions.doubts import HELD, as_shown, doubt_held, quote, telling
from guantong.schemas.reading.contradictions.remarks import unweighed_in
from guantong.schemas.reading.raw_people import RawPeople
from guantong.schemas.text import mask_numbers, norm, shorten
from guantong.schemas.values.remarks.credentials_told import fallen_in
from guantong.schemas.values.service import doubted_state, ended_state

_LONGEST = 1000  # characters of a comment that are looked at
_MOST_TOLD = 10  # comments of a sheet that are told with what they say
# How to fill in a column, which says nothing of who stands in it.
_INSTRUCTS = re.compile("填|请|选择|下拉|格式|示例|例如|如[:：]|不得|应当|按.{0,8}(?:写|录)")
# Columns of which a comment speaks, where it names nothing.
_NAMED = ("skill", "title", "assessment", "recent_grades", "integrity")


class Commented(NamedTuple):
    """A roster whose columns of remarks are the comments: as they are written; and ``named``, each behind the name of the column that it is on."""

    written: Roster
    named: Roster


def with_comments(roster: Roster) -> Commented | None:
    """The roster with the comments of its people's rows, and those of its headers that decide something; None where there are none."""
    texts = _texts_of(roster)
    if not texts:
        return None
    first = max((*roster.headers, len(roster.sheet.rows[0]))) + 1
    columns: dict[int, CommentColumn] = {}
    names = {at: name for name, positions in roster.columns.items() for at in positions}
    for number, at in enumerate(sorted(texts)):
        name = names.get(at, "")
        header = roster.headers.get(at, "")
        prefix = f"{catalogue.header_of(name)}：" if name.startswith(_NAMED) else ""
        columns[first + number] = CommentColumn(at, f"{header}（批注）", prefix)
    fields = {name: positions for name, positions in roster.columns.items() if name != "remark"} | {"remark": list(columns)}
    made = replace(roster, columns=fields, headers=roster.headers | dict.fromkeys(columns, "批注"), comments=columns, problems=[])
    return Commented(*(replace(made, sheet=_sheet(made, texts, first, named)) for named in (False, True)))


def _texts_of(roster: Roster) -> dict[int, dict[int, str]]:
    """Column → row → what the comment says, of the people's rows; what a header's says stands with each of them."""
    people, texts = set(roster.people), defaultdict[int, dict[int, str]](dict)
    left, right = min(roster.headers), max(roster.headers)
    for (row, at), whole in roster.sheet.comments.items():
        text = shorten(whole, _LONGEST)
        if not left <= at <= right:
            continue
        if row in people:
            texts[at][row] = "；".join(filter(None, (texts[at].get(row), text)))
        elif roster.first_header_row <= row <= roster.last_header_row and _decides(text):
            for one in people:
                texts[at][one] = "；".join(filter(None, (text, texts[at].get(one))))
    return texts


def _decides(text: str) -> bool:
    """Whether a header's comment says something of all who stand below it, and not how to fill it in."""
    said = norm(text)
    return not _INSTRUCTS.search(said) and bool(
        ended_state(text) or doubted_state(text) or is_void(said) or fallen_in(said, True) or speaks_against(text)
    )


def _sheet(roster: Roster, texts: dict[int, dict[int, str]], first: int, named: bool) -> Sheet:
    rows = list(roster.sheet.rows)
    for row in roster.people:
        blank = [""] * (first - len(rows[row]))
        said = [(column.prefix if named else "", texts[column.at].get(row, "")) for column in roster.comments.values()]
        rows[row] = [*rows[row], *blank, *(f"{prefix}{text}" if text else "" for prefix, text in said)]
    return replace(roster.sheet, rows=rows)


def tell_on_credentials(roster: Roster, start: int, people: RawPeople) -> None:
    """What a comment on the cell of a level or title says against it, in the words that such a cell would: 拟申报, 公示中."""
    held = {at: name for name, positions in roster.columns.items() if name.partition("#")[0] in HELD for at in positions}
    for position, column in roster.comments.items():
        if (name := held.get(column.at)) is not None:
            for index, cell, _ in telling(roster, position, start, speaks_against):
                doubt_held(name, index, quote(roster, position, cell), "", people)


def tell_comments(file_no: int, sheet: Sheet, rosters: list[Roster], people: RawPeople) -> None:
    """That a sheet has comments, and what they say; of those on headers, which tell how to fill in a column, only what bears on what is judged."""
    if sheet.comments_unread:
        people.findings.append(Finding(file_no, "comments_unread", sheet.name, value=sheet.name))
    heads = {row for roster in rosters for row in range(roster.first_header_row, roster.last_header_row + 1)}
    told = [
        f"{column_letters(at + 1)}{row + 1}“{as_shown(text)}”" for (row, at), text in sorted(sheet.comments.items()) if row not in heads
    ]
    if told:
        detail = f"{len(told)}处批注：{'、'.join(told[:_MOST_TOLD])}{'等' if len(told) > _MOST_TOLD else ''}"
        people.findings.append(Finding(file_no, "comments", sheet.name, value=sheet.name, detail=detail))
    for roster in rosters:
        for (row, at), text in sheet.comments.items():
            is_header = roster.first_header_row <= row <= roster.last_header_row and at in roster.headers
            if is_header and not _INSTRUCTS.search(norm(text)) and not _decides(text) and (clause := unweighed_in(text)):
                header = f"{mask_numbers(roster.headers[at])}（批注）"
                people.findings.append(
                    Finding(
                        file_no,
                        "remark_unweighed",
                        sheet.name,
                        row + 1,
                        column_letters(at + 1),
                        header,
                        None,
                        as_shown(text),
                        as_shown(clause),
                    )
                )
