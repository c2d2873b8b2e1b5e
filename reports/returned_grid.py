"""The cells of a worksheet's XML: rows changed where something in them changes, all others left as they were written."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from html import unescape

from guantong.reports import marks
from guantong.reports.returned_formulas import stays
from guantong.reports.returned_xml import NotEditable, altered, attributes, text

ROW = re.compile(rb"<row\b([^>]*)>")
NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"(?: s="(\d+)")?([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
STYLE = re.compile(rb"""\ss\s*=\s*["'](\d+)["']""")
TYPE = re.compile(rb"""\st\s*=\s*["'](\w+)["']""")
FORMULA = re.compile(rb"<f(\s[^>]*?)?(?:/>|>([^<]*)</f>)")
ANY_FORMULA = re.compile(rb"<f[\s>/]")
VALUE = re.compile(rb"<v(?:\s[^>]*)?(?:/>|>([^<]*)</v>)")


@dataclass(slots=True)
class Cell:
    """A cell: its column from 1, its address, its format, its other attributes and what is in it (None: nothing); `written`: as it was."""

    column: int
    place: bytes
    style: int
    head: bytes = b""
    body: bytes | None = None
    written: bytes | None = None

    @property
    def number(self) -> float | None:
        """The number that was typed into it, None of any other cell."""
        kind, found = TYPE.search(self.head), VALUE.search(self.body or b"")
        if found is None or not found[1] or (kind and kind[1] != b"n") or ANY_FORMULA.search(self.body):
            return None
        return float(found[1])

    def restyle(self, style: int) -> None:
        """Give it another format."""
        if style != self.style:
            self.style, self.written = style, None

    def xml(self) -> bytes:
        if self.written is not None:
            return self.written
        tag = b'<c r="%b" s="%d"%b' % (self.place, self.style, self.head)
        return tag + b"/>" if self.body is None else b"%b>%b</c>" % (tag, self.body)

    def freeze(self) -> None:
        """Put a formula's value into its place; where it was never calculated, the formula as text."""
        found, value, self.written = FORMULA.search(self.body), VALUE.search(self.body), None
        kind = TYPE.search(self.head)
        if value is not None and (value[1] or (kind and kind[1] == b"str")):
            self.body = self.body.replace(found[0], b"", 1)
            return
        if not found[2]:  # it stands in another cell, which this one shares
            raise NotEditable("原表有未计算的共享公式引用外部")
        self.head = TYPE.sub(b"", self.head) + b' t="inlineStr"'
        self.body = b'<is><t xml:space="preserve">%b</t></is>' % text("=" + unescape(found[2].decode()))


Change = Callable[[int, dict[str, str], list[Cell]], None]


class Grid:
    """The inside of a sheetData element. Raises NotEditable where rows are not numbered, or not in their order."""

    def __init__(self, xml: bytes) -> None:
        self.xml = xml
        self._rows = self._find_rows()
        self._starts = [start for _, _, start, _ in self._rows]

    def _find_rows(self) -> list[tuple[int, bytes, int, int]]:
        """(number, tag, where it starts, where it ends) of every row."""
        found, last, end = [], 0, 0
        for row in ROW.finditer(self.xml):
            number = NUMBER.search(row[1])
            start, after = row.start(), end
            end = row.end() if row[1].endswith(b"/") else self.xml.find(b"</row>", row.end()) + 6
            if number is None or int(number[1]) <= last or end < row.end() or self.xml[after:start].strip():
                raise NotEditable("原表的行没有按序编号")
            last = int(number[1])
            found.append((last, row[0], start, end))
        if self.xml[end:].strip():
            raise NotEditable("原表的行没有按序编号")
        return found

    def check_styles(self, known: int) -> None:
        """Raise NotEditable where a cell has a format that there is not."""
        if any(int(style) >= known for style in set(STYLE.findall(self.xml))):
            raise NotEditable("原表的单元格格式有误")

    def rows_of(self, styles: Iterable[int]) -> set[int]:
        """The numbers of rows in which a cell has one of these formats."""
        wanted = b"|".join(b"%d" % style for style in sorted(styles))
        if not wanted:
            return set()
        return self._rows_at(found.start() for found in re.finditer(rb"""\ss\s*=\s*["'](?:%b)["']""" % wanted, self.xml))

    def _rows_at(self, places: Iterable[int]) -> set[int]:
        return {self._rows[bisect_right(self._starts, place) - 1][0] for place in places}

    def reaching(self) -> tuple[set[int], Callable[[Cell], bool]]:
        """(numbers of the rows with formulas that may not stay, whether a cell holds one).

        Raises NotEditable where a formula is written in a way that hides it.
        """
        formulas = list(FORMULA.finditer(self.xml)) if ANY_FORMULA.search(self.xml) else []
        if formulas and len(formulas) != sum(1 for _ in ANY_FORMULA.finditer(self.xml)):
            raise NotEditable("原表的公式写法少见")
        shared = {_shared(found) for found in formulas if not _stays(found)} - {None}

        def reaches(found: re.Match) -> bool:
            return not _stays(found) or _shared(found) in shared

        def is_reaching(cell: Cell) -> bool:
            found = FORMULA.search(cell.body or b"")
            return found is not None and reaches(found)

        return self._rows_at(found.start() for found in formulas if reaches(found)), is_reaching

    def change(self, rows: Iterable[int], change: Change) -> bytes:
        """The XML with `change` (row number, the row's attributes, its cells) called for these rows.

        It may alter the list of cells, which are put into their order; a row that is not there begins empty.
        """
        known = {number: (tag, start, end) for number, tag, start, end in self._rows}
        pieces, done = [], 0
        for number in sorted(rows):
            tag, start, end = known.get(number) or (b'<row r="%d">' % number, *[self._place_of(number)] * 2)
            cells = self._cells(number, start + len(tag), end) if end > start else []
            before = [cell.column for cell in cells]
            change(number, attributes(tag), cells)
            cells.sort(key=lambda cell: cell.column)
            if [cell.column for cell in cells] != before:
                tag = altered(tag, spans=None)
            if not cells and end == start:
                continue
            body = b"".join(cell.xml() for cell in cells)
            row = tag if tag.endswith(b"/>") and not cells else b"%b>%b</row>" % (tag.removesuffix(b">").removesuffix(b"/"), body)
            pieces += [self.xml[done:start], row]
            done = end
        return b"".join([*pieces, self.xml[done:]])

    def _place_of(self, number: int) -> int:
        """Where a row that is not there would stand."""
        at = bisect_right(self._rows, number, key=lambda row: row[0])
        return self._rows[at - 1][3] if at else 0

    def _cells(self, row: int, start: int, end: int) -> list[Cell]:
        found, last, done, own = [], 0, start, b"%d" % row
        stop = end - 6 if self.xml[end - 6 : end] == b"</row>" else end
        for cell in CELL.finditer(self.xml, start, stop):
            letters, number, style, head, body = cell.groups()
            column = number_of(letters)
            if b" s=" in head and style is None:  # behind another attribute
                style, head = STYLE.search(head)[1], STYLE.sub(b"", head)
            if number != own or column <= last or (cell.start() != done and self.xml[done : cell.start()].strip()):
                raise NotEditable("原表的单元格没有按序编号")
            last, done = column, cell.end()
            found.append(Cell(column, letters + number, int(style or 0), head, body, cell[0]))
        if self.xml[done:stop].strip():
            raise NotEditable("原表的单元格没有按序编号")
        return found


def _stays(formula: re.Match) -> bool:
    return stays(unescape((formula[2] or b"").decode()))


def _shared(formula: re.Match) -> str | None:
    told = attributes(b"<f%b>" % (formula[1] or b""))
    return told.get("si") if told.get("t") == "shared" else None


@cache
def number_of(letters: bytes) -> int:
    """The number, from 1, of the column that letters name."""
    return marks.column_number(letters.decode())
