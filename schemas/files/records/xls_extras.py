"""What python-calamine does not tell of an .xls workbook, read from the records of its OLE stream ([MS-XLS] 2.1.4).

The records are walked rather than read by xlrd: errors, hidden rows and the extent of the cells are fixed fields of a few
records, and have to be known before calamine lays out a grid; a file that xlrd can't read loses nothing so. A formula never
calculated is one that is to be calculated when the workbook is opened, and has 0 till then; or one whose text is not there.
Programs that do not calculate may also store the empty text, as if it had been calculated.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import olefile

from guantong.schemas.files.markers import UNCALCULATED
from guantong.schemas.files.number_formats import Formats, Shown
from guantong.schemas.files.records.struck_fonts import Fonts
from guantong.schemas.files.records.xls_comments import COMMENTS, Comments
from guantong.schemas.files.records.xls_texts import live_texts
from guantong.schemas.files.records.xlsb_extras import ERRORS
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.sniff import Facts, SheetFacts, check_extent
from guantong.schemas.files.struck_words import Left

_ROOM = 1_000_000  # cells that calamine may make room for, whatever is in them; it takes 40 bytes for each
_BOF, _EOF, _FILEPASS, _DATEMODE, _BOUNDSHEET, _SUPBOOK, _SST, _CODEPAGE = 0x809, 0x0A, 0x2F, 0x22, 0x85, 0x1AE, 0xFC, 0x42
_ROW, _COLINFO, _DIMENSIONS, _MERGES, _RICH = 0x208, 0x7D, 0x200, 0xE5, 0xD6
_FORMULA, _BOOLERR, _MULRK = 0x06, 0x205, 0xBD
_FONT, _FORMAT, _XF, _STRING = 0x31, 0x41E, 0xE0, 0x207
_NO_FONT = 4  # a number that no font has
_WITH_FORMULA = frozenset({_STRING, 0x4BC, 0x221, 0x236})  # between a formula and its text: what it shares with others
_WHEN_OPENED = 2  # of a formula: it is to be calculated then
_NUMBERS = frozenset({0x203, 0x27E, _FORMULA})
_SHARED_TEXT = 0xFD
_STYLED = frozenset({*_NUMBERS, 0x204, _BOOLERR, _SHARED_TEXT})  # records of one cell, its style at the same place
_PLAIN_CELLS = frozenset({0x203, 0x204, 0x27E, 0xFD})  # NUMBER, LABEL, RK, LABELSST
_HEAD = struct.Struct("<HHHH")  # a record's number and size; where it is a cell, its row and column
_VERSION_5 = b"\x00\x05"  # of Excel 5.0 and 95, whose texts are in the code page of the machine
_SEVERAL_BYTES = frozenset({932, 936, 949, 950, 1361, 54936})  # code pages of more than one byte a character
_INTERNAL = (b"\x01\x04", b"\x01\x3a")  # a SUPBOOK of the workbook itself, or of functions added in


def xls_facts(ole: olefile.OleFileIO, data: bytes) -> Facts:
    """Facts of an .xls; ``ole`` is its container. Raises Refusal: encrypted, macro_sheet, unsupported_format, too_large, damaged.

    calamine makes room for as many cells as a sheet claims to have, filled or not: such a claim is set right in ``content``.
    """
    name = "Workbook" if ole.exists("Workbook") else "Book"
    claims: list[tuple[int, bytes]] = []
    try:
        stream = ole.openstream(name).read()
        facts = _facts(stream, claims)
    except (struct.error, IndexError, OSError) as error:
        raise Refusal("damaged", "工作簿记录有误") from error
    facts.macros = ole.exists("_VBA_PROJECT_CUR") or ole.exists("_VBA_PROJECT")
    check_extent(facts.sheets)
    if claims:
        facts.content = _amended(data, name, stream, claims)
    return facts


def _amended(data: bytes, name: str, stream: bytes, claims: list[tuple[int, bytes]]) -> bytes:
    """The file with other bytes at some places of its stream."""
    amended = bytearray(stream)
    for at, content in claims:
        amended[at : at + len(content)] = content
    file = io.BytesIO(data)
    try:
        with olefile.OleFileIO(file, write_mode=True) as ole:
            ole.write_stream(name, bytes(amended))
            return file.getvalue()
    except MemoryError:
        raise
    except Exception as error:  # olefile raises many kinds on a damaged file
        raise Refusal("damaged", "工作表的范围有误") from error


def _facts(stream: bytes, claims: list[tuple[int, bytes]]) -> Facts:
    facts, starts, formats, fonts, texts_at = Facts(), [], Formats(), Fonts(_NO_FONT), None
    is_old = stream[4:6] == _VERSION_5
    for kind, at, content in _records(stream, 0):
        if kind == _FILEPASS:
            raise Refusal("encrypted")
        if kind == _BOUNDSHEET:
            starts.append((struct.unpack_from("<I", content)[0], content[5]))
        elif kind == _CODEPAGE and is_old and struct.unpack_from("<H", content)[0] in _SEVERAL_BYTES:
            raise Refusal("unsupported_format", "Excel 5.0/95 的旧格式，须另存为新格式")  # calamine would take each character apart
        elif kind == _FORMAT:
            formats.add_code(int.from_bytes(content[:2], "little"), _code(content, is_old))
        elif kind == _XF:
            formats.add_style(int.from_bytes(content[2:4], "little"))
            fonts.add_style(int.from_bytes(content[:2], "little"))
        elif kind == _FONT:
            fonts.add_font(content[2])
        elif kind == _DATEMODE:
            facts.date1904 = content[0] == 1
        elif kind == _SUPBOOK and not (len(content) == 4 and content[2:] in _INTERNAL):
            facts.external_links = True
        elif kind == _SST:
            texts_at = at - 4
            if not 0 <= struct.unpack_from("<i", content, 4)[0] <= len(stream):
                raise Refusal("damaged", "文字表的大小有误")
    if any(sheet == 1 for _, sheet in starts):
        raise Refusal("macro_sheet")
    if len({start for start, _ in starts}) < len(starts):
        raise Refusal("damaged", "多张工作表指向同一内容")
    facts.sheets = [_sheet(stream, start, claims) if sheet == 0 else None for start, sheet in starts]
    texts = live_texts(stream, texts_at, fonts) if fonts.struck and texts_at is not None else {}
    look = _Look(formats.without_day(), fonts.struck_styles(), texts)
    if any(look):
        for (start, _), sheet in zip(starts, facts.sheets, strict=True):
            if sheet is not None:
                _note_look(stream, start, sheet, look)
    return facts


def _code(content: bytes, is_old: bool) -> str:
    """The text of a number format."""
    if is_old:
        return content[3:].decode("latin-1")
    size = int.from_bytes(content[2:4], "little")
    return content[5 : 5 + 2 * size].decode("utf-16-le", "replace") if content[4:5] == b"\1" else content[5 : 5 + size].decode("latin-1")


class _Look(NamedTuple):
    """What the styles and texts of a workbook tell: the styles that show no day, those that strike out, and what is left of texts of several fonts."""

    without_day: Mapping[int, Shown]
    struck: Collection[int]
    texts: Mapping[int, Left]


def _note_look(stream: bytes, start: int, facts: SheetFacts, look: _Look) -> None:
    """Note the numbers whose style shows no day, and what is struck out."""
    at, most, depth = start, len(stream) - 8, 0
    while at <= most:
        kind, size, row, column = _HEAD.unpack_from(stream, at)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        for offset in range(0, size - 6, 6) if kind == _MULRK else (0,) if kind in _STYLED else ():
            style = struct.unpack_from("<H", stream, at + 8 + offset)[0]
            if (kind == _MULRK or kind in _NUMBERS) and (shown := look.without_day.get(style)):
                facts.without_day.add(row, column + offset // 6, shown)
            is_struck = style in look.struck and column + offset // 6 < facts.columns
            left = look.texts.get(struct.unpack_from("<I", stream, at + 10)[0]) if kind == _SHARED_TEXT and look.texts else None
            if is_struck or left:
                facts.strike_cell(row, column + offset // 6, is_struck, left)
        at += 4 + size


def _sheet(stream: bytes, start: int, claims: list[tuple[int, bytes]]) -> SheetFacts:
    facts, claimed, comments = SheetFacts(merges=[]), None, Comments()
    text_of: tuple[int, int] | None = None  # the formula whose text is to follow
    empty: list[tuple[int, int]] = []  # formulas whose result is an empty text, by a program that keeps nothing with it
    formulas = 0
    for kind, at, content in _records(stream, start, facts):
        if text_of is not None and kind not in _WITH_FORMULA:
            facts.cells[text_of] = UNCALCULATED
        if kind not in _WITH_FORMULA or kind == _STRING:
            text_of = _formula_of_text(kind, content)
        if kind == _FORMULA:
            formulas += 1
            if content[6:7] == b"\3" and content[12:20] == b"\xff\xff" + bytes(6):
                empty.append(struct.unpack_from("<HH", content))
        if kind in (_BOOLERR, _MULRK, _FORMULA):
            _cell(kind, content, facts)
        elif kind == _ROW:
            if content[12] & 0x20:
                facts.hidden_rows.add(struct.unpack_from("<H", content)[0])
        elif kind == _COLINFO and content[8] & 1:
            facts.hidden_columns.append(struct.unpack_from("<HH", content))
        elif kind == _MERGES:
            _merges(content, facts)
        elif kind in COMMENTS:
            comments.add(kind, content)
        elif kind == _DIMENSIONS:
            claimed = (at, "<IIHH" if len(content) >= 14 else "<HHHH")
        elif kind == _RICH:
            raise Refusal("unsupported_format", "Excel 5.0/95 的旧格式，须另存为新格式")  # calamine would read such a cell as empty
    facts.comments, facts.comments_unread = comments.found()
    if text_of is not None:
        facts.cells[text_of] = UNCALCULATED
    if len(empty) == formulas:  # as of a program that calculates nothing, such as xlwt
        facts.cells |= dict.fromkeys(empty, UNCALCULATED)
    if claimed is not None:
        at, form = claimed
        top, bottom, left, right = struct.unpack_from(form, stream, at)
        if bottom < top or right < left or (bottom - top) * (right - left) > max(_ROOM, facts.rows * facts.columns):
            claims.append((at, struct.pack(form, 0, min(facts.rows, 0xFFFF), 0, min(facts.columns, 0xFFFF))))
    return facts


def _formula_of_text(kind: int, content: bytes) -> tuple[int, int] | None:
    """Where a formula stands whose result is a text, which follows in a record of its own."""
    if kind != _FORMULA or content[12:14] != b"\xff\xff" or content[6:7] != b"\0":
        return None
    row, column = struct.unpack_from("<HH", content)
    return row, column


def _cell(kind: int, content: bytes, facts: SheetFacts) -> None:
    row, column = struct.unpack_from("<HH", content)
    facts.reach(row, struct.unpack_from("<H", content, len(content) - 2)[0] if kind == _MULRK else column)
    if kind == _BOOLERR and content[7]:
        facts.cells[row, column] = ERRORS.get(content[6], "#VALUE!")
    elif kind == _FORMULA:
        result = content[6:14]
        if result[6:] == b"\xff\xff" and result[0] == 2:
            facts.cells[row, column] = ERRORS.get(result[2], "#VALUE!")
        elif result == bytes(8) and int.from_bytes(content[14:16], "little") & _WHEN_OPENED:
            facts.cells[row, column] = UNCALCULATED


def _merges(content: bytes, facts: SheetFacts) -> None:
    for at in range(struct.unpack_from("<H", content)[0]):
        top, bottom, left, right = struct.unpack_from("<4H", content, 2 + 8 * at)
        facts.add_merge((top, left, bottom, right))


def _records(stream: bytes, at: int, facts: SheetFacts | None = None) -> Iterator[tuple[int, int, bytes]]:
    """Each record's number, place and content, from ``at`` to the end of the substream; those of a chart within are passed over.

    Plain cells, most records by far, are noted in ``facts`` only.
    """
    depth, rows, columns = 0, 0, 0
    head, most = _HEAD.unpack_from, len(stream) - 8
    while at <= most:
        kind, size, row, column = head(stream, at)
        if kind in _PLAIN_CELLS:
            rows, columns = row if row > rows else rows, column if column > columns else columns
        elif kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif depth <= 1:
            yield kind, at + 4, stream[at + 4 : at + 4 + size]
        at += 4 + size
    if facts is not None:
        facts.reach(rows, columns)
