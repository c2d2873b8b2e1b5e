"""The cells of a worksheet's XML: rows changed where something in them changes, all others left as they were written."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import unescape

from guantong.reports.returned.in_place.formulas import stays
from guantong.reports.returned.in_place.xml import NotEditable, altered, attributes, holds, text
from guantong.schemas.files.cell_address import column_letters, column_number

ROW = re.compile(rb'<row\b(?: r="(\d+)")?([^<>]*)>')
NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"(?: s="(\d+)")?([^<>]*?)(?:/>|>((?:[^<]++|<(?!/?c[\s>/]))*+)</c>)')
STYLE = re.compile(rb"""\ss\s*=\s*["'](\d+)["']""")
SPACED_STYLE = re.compile(rb""" s\s*=\s*["'](\d+)["']""")  # a third of the time, where blanks are the only white space
HEAD = b'<c r="'
PLACE = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"')
# Cells side by side, with nothing between them and no cell inside another.
PLAIN = re.compile(rb'(?:<c r="[A-Z]{1,3}\d+"[^<>]*+>(?:<v>[^<]*+</v></c>|(?<=/>)|(?:[^<]++|<(?!/?c[\s>/]))*+</c>))*+')
TYPE = re.compile(rb"""\st\s*=\s*["'](\w+)["']""")
FORMULA = re.compile(rb"<f(\s[^<>]*?)?(?:/>|>([^<]*)</f>)")
ANY_FORMULA = re.compile(rb"<f[\s>/]")
VALUE = re.compile(rb"<v(?:\s[^<>]*)?(?:/>|>([^<]*)</v>)")


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


class Row:
    """A row: its number, its tag, and its cells, of which only those are taken apart that are asked for.

    Raises NotEditable where they are not numbered, or not in their order.
    """

    def __init__(self, number: int, tag: bytes, inside: bytes) -> None:
        self.number, self.tag = number, tag
        self._cells: dict[int, Cell] = {}  # those taken apart, by column
        if PLAIN.fullmatch(inside):
            places = PLACE.findall(inside)
            self._columns = [column_number(name.decode()) for name, _ in places]
            if self._columns != sorted(set(self._columns)) or {row for _, row in places} - {b"%d" % number}:
                raise NotEditable("原表的单元格没有按序编号")
            self._written = inside.split(HEAD)[1:]
        else:
            cells = _cells(number, inside)
            self._columns = [cell.column for cell in cells]
            self._written = [cell.xml().removeprefix(HEAD) for cell in cells]

    def __contains__(self, column: int) -> bool:
        return column in self._columns

    def cell(self, column: int) -> Cell:
        """The cell of a column that has one."""
        if column not in self._cells:
            (self._cells[column],) = _cells(self.number, HEAD + self._written[self._columns.index(column)])
        return self._cells[column]

    def cells(self) -> list[Cell]:
        """All of them, in their order."""
        return [self.cell(column) for column in self._columns]

    def add(self, column: int, style: int) -> None:
        """Put in a cell with nothing but a format; what the row says of the range of columns that it spans is gone then."""
        at = bisect_right(self._columns, column)
        self._columns.insert(at, column)
        self._written.insert(at, b"")
        self._cells[column] = Cell(column, b"%b%d" % (column_letters(column).encode(), self.number), style)
        self.tag = altered(self.tag, spans=None)

    def xml(self) -> bytes:
        """The row as it is now."""
        for column, cell in self._cells.items():
            self._written[self._columns.index(column)] = cell.xml().removeprefix(HEAD)
        if self.tag.endswith(b"/>") and not self._columns:
            return self.tag
        body = b"".join([HEAD, HEAD.join(self._written)] if self._written else [])
        return b"%b>%b</row>" % (self.tag.removesuffix(b">").removesuffix(b"/"), body)


Change = Callable[[Row], None]


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
            number, others = row.groups()
            if number is None:  # behind another attribute, or written in another way
                number = NUMBER.search(others)
                number = number and number[1]
            (start, inside), after = row.span(), end
            end = inside if others.endswith(b"/") else self.xml.find(b"</row>", inside) + 6
            if number is None or int(number) <= last or end < inside or (start != after and self.xml[after:start].strip()):
                raise NotEditable("原表的行没有按序编号")
            last = int(number)
            found.append((last, row[0], start, end))
        if self.xml[end:].strip():
            raise NotEditable("原表的行没有按序编号")
        return found

    def check_styles(self, known: int) -> None:
        """Raise NotEditable where a cell has a format that there is not."""
        pattern = STYLE if any(blank in self.xml for blank in (b"\t", b"\n", b"\v", b"\f", b"\r")) else SPACED_STYLE
        if any(int(style) >= known for style in set(pattern.findall(self.xml))):
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
        formulas = list(FORMULA.finditer(self.xml)) if holds(self.xml, b"<f") else []
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
        """The XML with `change` called for these rows; a row that is not there begins empty, and comes to be where it gets a cell."""
        known = {number: (tag, start, end) for number, tag, start, end in self._rows}
        pieces, done = [], 0
        for number in sorted(rows):
            tag, start, end = known.get(number) or (b'<row r="%d">' % number, *[self._place_of(number)] * 2)
            row = Row(number, tag, self.xml[start + len(tag) : end].removesuffix(b"</row>"))
            change(row)
            if end > start or row.cells():
                pieces += [self.xml[done:start], row.xml()]
                done = end
        return b"".join([*pieces, self.xml[done:]])

    def _place_of(self, number: int) -> int:
        """Where a row that is not there would stand."""
        at = bisect_right(self._rows, number, key=lambda row: row[0])
        return self._rows[at - 1][3] if at else 0


def _cells(row: int, xml: bytes) -> list[Cell]:
    """The cells of a row, all taken apart. Raises NotEditable where they are not numbered, or not in their order."""
    found, last, done, own = [], 0, 0, b"%d" % row
    for cell in CELL.finditer(xml):
        name, number, style, head, body = cell.groups()
        column = column_number(name.decode())
        if b" s=" in head and style is None:  # behind another attribute
            style, head = STYLE.search(head)[1], STYLE.sub(b"", head)
        if number != own or column <= last or (cell.start() != done and xml[done : cell.start()].strip()):
            raise NotEditable("原表的单元格没有按序编号")
        last, done = column, cell.end()
        found.append(Cell(column, name + number, int(style or 0), head, body, cell[0]))
    if xml[done:].strip():
        raise NotEditable("原表的单元格没有按序编号")
    return found


def _stays(formula: re.Match) -> bool:
    return stays(unescape((formula[2] or b"").decode()))


def _shared(formula: re.Match) -> str | None:
    told = attributes(b"<f%b>" % (formula[1] or b""))
    return told.get("si") if told.get("t") == "shared" else None
