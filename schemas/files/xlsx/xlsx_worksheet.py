"""One worksheet's XML: errors, formulas never calculated, hidden rows and columns, and how far its cells reach.

Almost every program writes a cell as ``<c r="A1" …>``. Such a sheet is looked at as bytes, which takes a small share of
the reader's own time; any other is walked through by an XML parser.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from guantong.schemas.files.cell_address import column_number
from guantong.schemas.files.markers import UNCALCULATED
from guantong.schemas.files.number_formats import Shown
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.sniff import MAX_CELLS, SheetFacts
from guantong.schemas.files.xml_walk import walk

ROWS, COLUMNS = 1_048_576, 16_384
Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]  # in a text
_CHUNK = 500_000
_MARGIN = 64
_CELL = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_REF = re.compile(rb'<c r="([A-Za-z]{1,3})(\d{1,7})"')
_ERROR = re.compile(rb't="e"')
_VALUE = re.compile(rb"<v[^<>]*>([^<]*)</v>")
_NO_VALUE = re.compile(rb"<f[^<]*+(?:</f>)?+\s*+(</c>|<v\s*/>|<v>\s*</v>)")
_NO_NUMBER = "单元格所指的文字有误"  # the reader would take the first text, or none
_ZERO = re.compile(rb"<f[^<]*+(?:</f>)?+\s*+<v>0(?:\.0++)?+</v>")
_OF_TEXT = b'"s">'  # what stands before the value of a cell that names a text, its kind written last
_INDEX = re.compile(r"[0-9]{1,9}")
_ODD_TEXT = re.compile(rb't="s"[^<>]*+>\s*+<v(?:\s[^<>]*+)?+(?:/>|>(?![0-9]{1,9}</v>))')
_HIDDEN_ROW = re.compile(rb'<row r="(\d{1,7})"[^<>]*? hidden="(\w+)"')
_ATTRIBUTE = re.compile(rb"(?<!\w)(\w++)\s*+=\s*[\"'](\w*)[\"']")
_COLUMN = re.compile(rb"<(?:\w+:)?col\s[^<>]*>")
_NUMBER = re.compile(r"[0-9]{1,10}")
_TRUE = (b"1", b"true")


def facts_of(part: bytes, exact: bool = False, without_day: Mapping[int, Shown] = MappingProxyType({})) -> SheetFacts:
    """Facts of a worksheet part; ``exact``: empty cells that only have a format do not count, which takes longer to find out.
    ``without_day``: the cell styles that show no day.

    Raises Refusal where it is no XML in UTF-8, or a cell stands outside Excel's own range.
    """
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in part[:64]:
        raise Refusal("damaged", "工作表的文字编码不是 UTF-8")
    start, end = part.find(b"<sheetData"), part.rfind(b"</sheetData>")
    if 0 <= start < end and (facts := _plain(part, start, end, exact)) is not None:
        _without_day(part, start, end, facts, without_day)
        return facts
    walked = _Walk(without_day)
    walk(part, walked.start, walked.end, walked.text)
    return walked.facts


def _plain(part: bytes, start: int, end: int, exact: bool) -> SheetFacts | None:
    """Facts of a sheet whose cells are written in the common way, None for any other."""
    if part.find(b":sheetData", 0, start) >= 0 or (part.find(b"!", start, end) >= 0 and part.find(b"<!", start, end) >= 0):
        return None  # a prefix, a comment
    found = _reach(part, start, end, exact)
    if found is None:
        return None
    facts = SheetFacts(rows=found.rows, columns=found.columns, written=found.written, repeats=found.repeats)
    if part.find(b" hidden=", start, end) >= 0 and not _hidden_rows(part, start, end, facts):
        return None
    _hidden_columns(part, start, facts)
    if part.find(b"#", start, end) >= 0:
        _errors(part, start, end, facts)
    if found.formulas:
        _uncalculated(part, start, end, facts)
    if _names_odd_text(part, start, end):
        raise Refusal("damaged", _NO_NUMBER)
    return facts


def _names_odd_text(part: bytes, start: int, end: int) -> bool:
    """Whether a cell names a text by something else than its number. Cells that are written as all programs do are looked at as bytes."""
    looked_at = 0
    for at in range(start, end, _CHUNK):
        text = np.frombuffer(part, np.uint8, min(_CHUNK + _MARGIN, len(part) - at) + len(_OF_TEXT), at - len(_OF_TEXT))
        own = slice(len(_OF_TEXT), len(_OF_TEXT) + min(_CHUNK, end - at))
        values = np.flatnonzero((text[own] == ord("<")) & (text[own.start + 1 : own.stop + 1] == ord("v"))) + len(_OF_TEXT)
        for back, letter in enumerate(reversed(_OF_TEXT), 1):
            values = values[text[values - back] == letter]
        looked_at += len(values)
        if (text[values + 2] != ord(">")).any() or not _are_numbers(text, values + 3):
            return True
    return looked_at != part.count(b't="s"', start, end) and _ODD_TEXT.search(part, start, end) is not None


def _are_numbers(text: Bytes, at: Places) -> bool:
    """Whether a number of one to nine digits stands at each place, and a tag behind it."""
    for offset in range(10):
        letters = text[at + offset]
        over = letters == ord("<")
        if (~over & ((letters < ord("0")) | (letters > ord("9")))).any() or (offset == 0 and over.any()):
            return False
        at = at[~over]
    return not len(at)


def _without_day(part: bytes, start: int, end: int, facts: SheetFacts, styles: Mapping[int, Shown]) -> None:
    """Note the cells of the ``styles`` that show no day."""
    if not styles:
        return
    cells = re.compile(rb'<c r="([A-Za-z]{1,3})(\d{1,7})"[^<>]*? s="(%s)"[ />]' % "|".join(map(str, styles)).encode())
    for found in cells.finditer(part, start, end):
        facts.without_day.add(int(found[2]) - 1, column_number(found[1].decode().upper()) - 1, styles[int(found[3])])


class _Reach(NamedTuple):
    """How many rows and columns the cells, filled or not, or the filled ones, reach from A1; how many there are; whether there are formulas, and cells
    that are there twice.
    """

    rows: int
    columns: int
    written: int
    formulas: bool
    repeats: bool


def _reach(part: bytes, start: int, end: int, exact: bool) -> _Reach | None:
    """How far the cells reach.

    None where a cell is not written as ``<c r="A1"``.
    """
    rows, columns, written, formulas = 0, 0, 0, False
    order = _Order()
    for at in range(start, end, _CHUNK):
        text = np.frombuffer(part, np.uint8, min(_CHUNK + _MARGIN, len(part) - at), at)
        found = _reach_in(text, min(_CHUNK, end - at), exact, order)
        if found is None:
            return None
        rows, columns, written, formulas = max(rows, found[0]), max(columns, found[1]), written + found[2], formulas or found[3]
    return _Reach(rows, columns, written, formulas, written <= MAX_CELLS and order.repeats(part, start, end))


class _Order:
    """Whether the cells of a sheet stand one behind the other; where not, rows or cells may be there twice."""

    def __init__(self) -> None:
        self._last, self._mixed = -1, False

    def add(self, rows: Places, columns: Places) -> None:
        """Note cells by their places, which count from 1."""
        places = rows * (COLUMNS + 1) + columns
        self._mixed = self._mixed or bool(places[0] <= self._last or (np.diff(places) <= 0).any())
        self._last = int(places[-1])

    def repeats(self, part: bytes, start: int, end: int) -> bool:
        """Whether a cell of ``part`` is there twice: the reader would write one person over another."""
        if not self._mixed:
            return False
        places = array(
            "q", (int(cell[2]) * (COLUMNS + 1) + column_number(cell[1].decode().upper()) for cell in _REF.finditer(part, start, end))
        )
        return len(np.unique(np.frombuffer(places, np.int64))) < len(places)


def _reach_in(text: Bytes, length: int, exact: bool, order: _Order) -> tuple[int, int, int, bool] | None:
    """The same for the tags that begin in the first ``length`` bytes of ``text``; their places go to ``order``."""
    opens, second = text[:length] == ord("<"), text[1 : length + 1]
    formulas = bool((opens & (second == ord("f"))).any())
    at = np.flatnonzero(opens & (second == ord("c")))
    if not len(at):
        return 0, 0, 0, formulas
    for offset, letter in enumerate(b' r="', 2):
        if (text[at + offset] != letter).any():
            return None
    first, next_ = text[at + 6] & 0x5F, text[at + 7] & 0x5F
    two = (next_ >= ord("A")) & (next_ <= ord("Z"))
    if ((first < ord("A")) | (first > ord("Z"))).any():
        return None
    columns = first.astype(np.int32) - 64
    columns = np.where(two, columns * 26 + next_ - 64, columns)
    rows = _numbers(text, at + 7 + two)
    if rows is None:
        return None
    order.add(rows, columns.astype(np.int64))
    if exact:
        filled = _filled(text, at)
        rows, columns = rows[filled], columns[filled]
    return int(rows.max(initial=0)), int(columns.max(initial=0)), len(rows), formulas


def _filled(text: Bytes, at: Places) -> npt.NDArray[np.bool_]:
    """Which of the cells that begin at ``at`` hold a value, formula or text; what goes on behind the end of ``text`` may."""
    text = np.concatenate([text, np.frombuffer(b"<is>", np.uint8)])
    tags = np.flatnonzero(text == ord("<"))
    inner = tags[np.searchsorted(tags, at, "right")]
    kind, next_, after = text[inner + 1], text[np.minimum(inner + 2, len(text) - 1)], text[np.minimum(inner + 3, len(text) - 1)]
    no_value = (kind == ord("v")) & ((next_ == ord("/")) | ((next_ == ord(">")) & (after == ord("<"))))
    filled: npt.NDArray[np.bool_] = ((kind == ord("v")) & ~no_value) | (kind == ord("f")) | (kind == ord("i"))
    return filled


def _numbers(text: Bytes, at: Places) -> Places | None:
    """The numbers of 1 to 7 digits that begin at ``at`` and end with a quotation mark; None where one is something else."""
    numbers = np.zeros(len(at), np.int64)
    open_ = np.ones(len(at), bool)
    for offset in range(8):
        letters = text[at + offset]
        digits = (letters >= ord("0")) & (letters <= ord("9")) & open_
        if (open_ & ~digits & (letters != ord('"'))).any():
            return None  # a third letter of a column, or no reference at all
        open_ = digits
        if not open_.any():
            return numbers if numbers.all() else None
        numbers[open_] = numbers[open_] * 10 + (letters[open_] - ord("0"))
    return None


def _hidden_rows(part: bytes, start: int, end: int, facts: SheetFacts) -> bool:
    """Note hidden rows; False where a row is written in another way than the common one."""
    rows = _HIDDEN_ROW.findall(part, start, end)
    facts.hidden_rows = {int(row) - 1 for row, hidden in rows if hidden in _TRUE}
    return len(rows) == part.count(b" hidden=", start, end)


def _hidden_columns(part: bytes, start: int, facts: SheetFacts) -> None:
    if part.find(b"hidden=", 0, start) < 0:
        return
    for tag in _COLUMN.findall(part, 0, start):
        found = dict(_ATTRIBUTE.findall(tag))
        if found.get(b"hidden") in _TRUE and found.get(b"outlineLevel", b"0") == b"0":  # what is folded has its plus sign
            facts.hidden_columns += _columns(found.get(b"min", b"").decode(), found.get(b"max", b"").decode())


def _columns(first: str, last: str) -> list[tuple[int, int]]:
    """The columns, from 0, that two numbers name, so far as a sheet has them; none where they name no columns: what hides nothing costs nothing."""
    if not (_NUMBER.fullmatch(first) and _NUMBER.fullmatch(last)):
        return []
    return [(int(first) - 1, min(int(last), COLUMNS) - 1)] if 1 <= int(first) <= int(last) else []


def _errors(part: bytes, start: int, end: int, facts: SheetFacts) -> None:
    for place, begin, found in _of_cells(part, start, _ERROR.finditer(part, start, end)):
        if part.find(b">", begin, found.start()) < 0:
            close = part.find(b"<c ", found.end(), end)
            value = _VALUE.search(part, found.end(), close if close >= 0 else end)
            facts.cells[place] = value[1].decode("utf-8", "replace") if value and value[1] else "#VALUE!"


def _uncalculated(part: bytes, start: int, end: int, facts: SheetFacts) -> None:
    for place, begin, found in _of_cells(part, start, _NO_VALUE.finditer(part, start, end)):
        # an empty text that was calculated is blank
        if found[1] == b"</c>" or part.find(b't="str"', begin, found.start()) < 0:
            facts.cells[place] = UNCALCULATED
    for place, _, _ in _of_cells(part, start, _ZERO.finditer(part, start, end)):
        facts.zeros.add(place)


def _of_cells(part: bytes, start: int, matches: Iterable[re.Match[bytes]]) -> Iterator[tuple[tuple[int, int], int, re.Match[bytes]]]:
    """((row, column), where its tag begins, match) of each cell of which something is found: the first that is.

    A cell is told by the last tag of one that begins before; each byte is looked at once, however many matches there are.
    """
    seen = start
    for found in matches:
        begin = part.rfind(b"<c ", seen, found.start())
        seen = found.start()
        if begin >= 0 and (ref := _REF.match(part, begin)):
            yield (int(ref[2]) - 1, column_number(ref[1].decode().upper()) - 1), begin, found


class _Walk:
    """A worksheet walked through by an XML parser: prefixes, quotes, blanks and cells without a place are all one to it."""

    def __init__(self, without_day: Mapping[int, Shown]) -> None:
        self.facts = SheetFacts()
        self._styles = {str(style): shown for style, shown in without_day.items()}
        self._row = self._column = 0
        self._rows: set[int] = set()  # that hold a cell
        self._again = False  # whether the row that is walked through is there a second time
        self._over = False
        self._cell: tuple[int, int, str] | None = None
        self._seen: set[str] = set()
        self._text: list[str] | None = None
        self._value = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "col" and attributes.get("hidden") in ("1", "true") and attributes.get("outlineLevel", "0") == "0":
            self.facts.hidden_columns += _columns(attributes.get("min", ""), attributes.get("max", ""))
        elif self._over:
            return
        elif name == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row
            self._again = self._row in self._rows
            if attributes.get("hidden") in ("1", "true"):
                self.facts.hidden_rows.add(self._row)
        elif name == "c":
            self._begin_cell(attributes)
        elif self._cell is not None and name in ("f", "v", "is"):
            self._seen.add(name)
            self._text = [] if name == "v" else None

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        row, column = self._row, self._column
        if "r" in attributes:
            found = _CELL.fullmatch(attributes["r"])
            if not found:
                raise Refusal("damaged", "单元格位置有误")
            row, column = int(found[2]) - 1, column_number(found[1].upper()) - 1
        if not (0 <= row < ROWS and column < COLUMNS):
            raise Refusal("too_large", "单元格超出工作表的范围")
        self._rows.add(row)
        self._cell, self._column, self._value = (row, column, attributes.get("t", "")), column, ""
        if shown := self._styles.get(attributes.get("s", "")):
            self.facts.without_day.add(row, column, shown)
        self._seen.clear()

    def text(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "sheetData":
            self._over = True
        elif name == "row":
            self._row, self._column = self._row + 1, 0
        elif name == "v" and self._text is not None:
            self._value, self._text = "".join(self._text), None
        elif name == "c" and self._cell is not None:
            self._end_cell(*self._cell)
            self._cell = None

    def _end_cell(self, row: int, column: int, kind: str) -> None:
        said = None
        if kind == "e":
            said = self._value or "#VALUE!"
        elif "f" in self._seen and "is" not in self._seen and not self._value.strip():
            said = None if kind == "str" and "v" in self._seen else UNCALCULATED
        elif "f" in self._seen and re.fullmatch(r"0(\.0+)?", self._value):
            self.facts.zeros.add((row, column))
        elif kind == "s" and "v" in self._seen and not _INDEX.fullmatch(self._value):
            raise Refusal("damaged", _NO_NUMBER)
        if said is not None:
            self.facts.cells[row, column] = said
        self.facts.repeats = self.facts.repeats or (self._again and bool(self._seen))
        if said is not None or "is" in self._seen or ("v" in self._seen and (self._value or kind == "str")):
            self.facts.reach(row, column)
        self._column = column + 1
