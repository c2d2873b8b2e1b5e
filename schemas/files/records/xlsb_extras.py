"""The records of an .xlsb workbook: errors, rich text, what is hidden or struck out, merged ranges, and how far the cells reach.

[MS-XLSB] 2.1.4: a record is its number (1 or 2 bytes), its size (1 to 4 bytes, 7 bits each) and its content.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from guantong.schemas.files.number_formats import Formats, Shown
from guantong.schemas.files.records.struck_fonts import Fonts
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.sniff import SheetFacts
from guantong.schemas.files.struck_words import Left

ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
_ROW, _COLUMN, _MERGE, _SHEET, _BOOK, _RICH = 0, 60, 176, 156, 153, 62
_FONT, _FORMAT, _STYLE, _BEGIN_STYLES, _END_STYLES = 43, 44, 47, 617, 618
_TEXT, _SHARED_TEXT = 19, 7  # a text of the table that cells share, and a cell that has one
_ERROR = (3, 11)
_FILLED = frozenset((*range(2, 12), _RICH))


@dataclass
class Look:
    """What the styles and texts of a workbook tell: the styles that show no day, those that strike out, and what is left of texts of several fonts."""

    without_day: Mapping[int, Shown] = field(default_factory=dict)
    fonts: Fonts = field(default_factory=Fonts)
    texts: Mapping[int, Left] = field(default_factory=dict)


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except (IndexError, struct.error) as error:
        raise Refusal("damaged", "工作表记录有误") from error


@_damage_told()
def book_of(part: bytes) -> tuple[list[tuple[str, str]], bool]:
    """(name, relation id) of each sheet, and whether days are counted from 1904. Raises Refusal on a damaged part."""
    sheets, date1904 = [], False
    for kind, content in _records(part):
        if kind == _SHEET:
            relation, after = _text(content, 8)
            sheets.append((_text(content, after)[0], relation))
        elif kind == _BOOK:
            date1904 = bool(content[0] & 1)
    return sheets, date1904


@_damage_told()
def look_of(part: bytes) -> Look:
    """What the part of the styles tells. Raises Refusal on a damaged part."""
    formats, fonts, of_cells = Formats(), Fonts(), False
    for kind, content in _records(part):
        if kind == _FORMAT:
            formats.add_code(int.from_bytes(content[:2], "little"), _text(content, 2)[0])
        elif kind in (_BEGIN_STYLES, _END_STYLES):
            of_cells = kind == _BEGIN_STYLES
        elif kind == _STYLE and of_cells:
            formats.add_style(int.from_bytes(content[2:4], "little"))
            fonts.add_style(int.from_bytes(content[4:6], "little"))
        elif kind == _FONT:
            fonts.add_font(content[2])
    return Look(formats.without_day(), fonts)


@_damage_told()
def live_texts(part: bytes, fonts: Fonts) -> dict[int, Left]:
    """The number of each shared text of several fonts → what is left of it. Raises Refusal on a damaged part."""
    texts = (content for kind, content in _records(part) if kind == _TEXT)
    return {number: left for number, content in enumerate(texts) if (left := _left_of(content, 0, fonts)) is not None}


def _left_of(content: bytes, at: int, fonts: Fonts) -> Left | None:
    """What is left of the rich text at a place."""
    if not content[at] & 1:
        return None
    text, end = _text(content, at + 1)
    count = _number(content, end)
    runs = list(struct.iter_unpack("<HH", content[end + 4 : end + 4 + 4 * count]))
    return fonts.left_of(text.encode("utf-16-le"), runs)


@_damage_told()
def facts_of(part: bytes, _exact: bool, look: Look) -> SheetFacts:
    """Facts of a worksheet part; they are always exact. ``look``: what the styles and texts of the workbook tell. Raises Refusal on a damaged part."""
    facts, row = SheetFacts(merges=[]), 0
    without_day, texts, struck = look.without_day, look.texts, look.fonts.struck_styles()
    for kind, content in _records(part):
        if kind in _FILLED:
            column = _number(content, 0)
            facts.reach(row, column)
            style = int.from_bytes(content[4:7], "little")
            if shown := without_day.get(style):
                facts.without_day.add(row, column, shown)
            words = texts.get(_number(content, 8)) if kind == _SHARED_TEXT and texts else None
            if kind != _RICH and (style in struck or words):
                facts.strike_cell(row, column, style in struck, words)
            if kind in _ERROR:
                facts.cells[row, column] = ERRORS.get(content[8], "#VALUE!")
            elif kind == _RICH:  # calamine passes over text with fonts within a cell
                _rich(row, column, style in struck, content, facts, look.fonts)
        elif kind == _ROW:
            row = _number(content, 0)
            if content[11] & 0x10:
                facts.hidden_rows.add(row)
        elif kind == _COLUMN and content[16] & 1:
            facts.hidden_columns.append((_number(content, 0), _number(content, 4)))
        elif kind == _MERGE:
            top, bottom, left, right = struct.unpack_from("<4I", content)
            facts.add_merge((top, left, bottom, right))
    return facts


def _rich(row: int, column: int, is_struck: bool, content: bytes, facts: SheetFacts, fonts: Fonts) -> None:
    words = _left_of(content, 8, fonts)
    facts.strike_cell(row, column, is_struck, words)
    if not (words and (words.of_cell(is_struck) or "").strip()):
        facts.cells[row, column] = _text(content, 9)[0]


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Each record's number and content. Raises IndexError where the part ends within a record."""
    at = 0
    while at < len(part):
        kind, at = part[at], at + 1
        if kind & 0x80:
            kind, at = (kind & 0x7F) | (part[at] << 7), at + 1
        size = shift = 0
        while shift < 28:
            byte, at = part[at], at + 1
            size |= (byte & 0x7F) << shift
            shift = shift + 7 if byte & 0x80 else 28
        if at + size > len(part):
            raise IndexError
        yield kind, part[at : at + size]
        at += size


def _number(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 4], "little")


def _text(content: bytes, at: int) -> tuple[str, int]:
    """A wide string and where it ends; a null string is ''."""
    count = _number(content, at)
    if count == 0xFFFFFFFF:
        return "", at + 4
    end = at + 4 + 2 * count
    return content[at + 4 : end].decode("utf-16-le", "replace"), end
