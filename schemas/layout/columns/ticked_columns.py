"""Columns headed by a word of a field, and ticked where it holds: 岗位类别 over 技能岗位 and 管理岗位, 荣誉称号 over 辽宁工匠, 是否全国技术能手."""

from __future__ import annotations

import re

from guantong.schemas import catalogue
from guantong.schemas.layout.columns.column_contents import says_obtained
from guantong.schemas.layout.columns.table_columns import Column
from guantong.schemas.layout.headers import recognise_header
from guantong.schemas.layout.roster import Roster
from guantong.schemas.text import NOTHING, is_blank, norm, visible_text
from guantong.schemas.values.dates import parse_date
from guantong.schemas.values.honours import parse_honours

_NO = NOTHING | frozenset("否 × X ✗ ✘ □ 0 N 未".split())
_OF_WORDS = ("word", "service", "assessment")
_NOT_HELD = re.compile("[申拟]|推荐|候选|提名")
_OF_HONOURS = re.compile("荣誉|称号|奖|表彰")
_ASKS = re.compile("^(是否|有无)(已|曾|现)?(被?(评为|获评|获得|取得|荣获|获)|为|是|属于)?(?=.{3})")


def tell_ticked(columns: list[Column]) -> None:
    """Name what no header names, and is headed by a word of the field that its group names, or by a listed honour."""
    headed = [(column, field) for column in columns if not column.names and column.own and (field := _field(column))]
    headed = [(column, field) for column, field in headed if all(_is_tick(cell, field) or norm(cell) in _NO for cell in column.cells())]
    ticked = {field for column, field in headed for cell in column.cells() if _is_tick(cell, field)}
    for column, field in headed:
        if field in ticked:
            column.names, column.problem, column.detail = (field,), None, ""
            column.read_by = column.read_by._replace(ticked=_word(column))


def fill_ticks(roster: Roster, end: int) -> None:
    """Write the word at the head of a column into its cells that are ticked, down to row ``end``."""
    for at, word in ((at, read_by.ticked) for at, read_by in roster.read_by.items() if read_by.ticked):
        field = next(name for name, positions in roster.columns.items() if at in positions)
        for cells in roster.sheet.rows[roster.last_header_row + 1 : end]:
            if says_obtained(cells[at]):
                cells[at] = word
            elif norm(cells[at]) in _NO:
                cells[at] = ""
            elif not is_blank(cells[at]) and _is_tick(cells[at], field):
                cells[at] = f"{word}（{visible_text(cells[at])}）"


def _word(column: Column) -> str:
    """What a tick stands for: the header, less what asks for it."""
    return _ASKS.sub("", column.own)


def _field(column: Column) -> str | None:
    """The field of which a header is a word."""
    if _NOT_HELD.search(column.group):
        return None
    if not column.group or _OF_HONOURS.search(column.group):
        honours = parse_honours(_word(column))
        return "honours" if len(honours.listed) == 1 and not honours.doubtful and not honours.near else None
    name = recognise_header((column.group,))
    if name is None or (field := catalogue.field_of(name)).kind not in _OF_WORDS:
        return None
    return name if any(column.own in catalogue.vocabulary(each) for each in field.vocabulary) else None


def _is_tick(cell: object, field: str) -> bool:
    """Whether a cell says that the word above it holds; of an honour, also since when."""
    return says_obtained(cell) or (field == "honours" and parse_date(cell)[2] is None)
