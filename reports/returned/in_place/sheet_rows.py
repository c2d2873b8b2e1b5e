"""The rows of a worksheet: those in which something changes become trees, all others stay as they were written.

A tree of a whole sheet takes 27 times its bytes (36 MB of XML: 976 MB), and parsing and writing it would make a copy take half as long
again. So rows are found, and cells with a certain format or with a formula, by a few patterns over the bytes; what is found
is parsed. For that the bytes must hide nothing: `check_plain`.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from lxml import etree
from lxml.etree import SubElement

from guantong.reports.returned.in_place.formulas import stays_inside
from guantong.reports.returned.xml_trees import FRAGMENTS, SEPARATOR, UNUSUAL, Element, NotEditable, check_well_formed, holds, main
from guantong.reports.xlsx.cells import escape_characters
from guantong.schemas.files.cell_address import column_letters, column_number

ROW = re.compile(rb'<row\b(?: r="(\d+)")?([^<>]*)>')
NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
STYLE = rb"""\ss\s*=\s*["'](%b)["']"""
SPACED_STYLE = rb""" s\s*=\s*["'](%b)["']"""  # a third of the time, where blanks are the only white space
FORMULA_TAG = re.compile(rb"<f[\s/>]")
AT_ONCE = 500  # rows that are a tree at a time: about 10 MB
UNNUMBERED = "原表的单元格没有按序编号"
CELL, FORMULA, VALUE = main("c"), main("f"), main("v")
Change = Callable[["Row"], None]


def check_plain(xml: bytes, inside: bytes) -> None:
    """Raise NotEditable where something in a sheet, or inside its sheetData element, might hide from a search of its bytes.

    That is a comment, a CDATA section, an entity, an instruction, or an element under a prefix.
    """
    if holds(xml, b"<!") or holds(xml.partition(b"?>")[2], b"<?") or b"xmlns" in inside:
        raise NotEditable(UNUSUAL)


class Row:
    """A row and its cells by their columns, from 1. Raises NotEditable where they are not numbered, or not in their order."""

    def __init__(self, element: Element) -> None:
        self.element, self.number, own = element, int(element.attrib["r"]), element.attrib["r"]
        cells = list(element.iterchildren(CELL))
        addresses = [cell.get("r", "") for cell in cells]
        letters = [address[: -len(own)] for address in addresses]
        self._columns = list(map(column_number, letters))
        if len(cells) < len(element) or self._columns != sorted(set(self._columns)) or addresses != [each + own for each in letters]:
            raise NotEditable(UNNUMBERED)
        self.cells = dict(zip(self._columns, cells, strict=True))

    def add(self, column: int, style: int) -> Element:
        """Put in a cell with nothing but a format; what the row says of the range of columns that it spans is gone then."""
        cell = self.element.makeelement(CELL, {"r": f"{column_letters(column)}{self.number}", "s": str(style)})
        at = bisect_right(self._columns, column)
        self._columns.insert(at, column)
        self.element.insert(at, cell)
        self.element.attrib.pop("spans", None)
        self.cells[column] = cell
        return cell


def style_of(cell: Element) -> int:
    """The number of a cell's format."""
    return int(cell.get("s", 0))


def restyle(cell: Element, style: int) -> None:
    """Give a cell another format."""
    if style == style_of(cell):
        return
    others = [] if "s" in cell.attrib else [(name, value) for name, value in cell.attrib.items() if name != "r"]
    for name, _ in others:  # Excel writes the format behind the address
        del cell.attrib[name]
    cell.set("s", str(style))
    cell.attrib.update(others)


def number_of(cell: Element) -> float | None:
    """The number that was typed into a cell, None of any other cell."""
    value = cell.findtext(VALUE)
    if not value or cell.get("t", "n") != "n" or cell.find(FORMULA) is not None:
        return None
    return float(value)


def freeze(cell: Element) -> None:
    """Put a formula's value into its place; where it was never calculated, the formula as text."""
    formula, value = cell.find(FORMULA), cell.find(VALUE)
    if value is not None and (value.text or cell.get("t") == "str"):
        cell.remove(formula)
        return
    if not formula.text:  # it stands in another cell, which this one shares
        raise NotEditable("原表有未计算的共享公式引用外部")
    cell[:] = []
    cell.attrib.pop("t", None)
    cell.set("t", "inlineStr")
    shown = SubElement(SubElement(cell, main("is")), main("t"))
    shown.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    shown.text = escape_characters(f"={formula.text}")


class SheetRows:
    """The inside of a sheetData element. Raises NotEditable where rows are not numbered, or not in their order.

    root: the tag of the worksheet that it is in, which declares the prefixes used there.
    """

    def __init__(self, xml: bytes, root: bytes) -> None:
        self.xml, self._root, self._kept = xml, root, [xml]
        self._rows = self._find_rows()
        self._numbers = [number for number, _, _ in self._rows]
        self._starts = [start for _, start, _ in self._rows]

    def _find_rows(self) -> list[tuple[int, int, int]]:
        """(number, where it starts, where it ends) of every row."""
        rows, last, end = [], 0, 0
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
            rows.append((last, start, end))
        if self.xml[end:].strip():
            raise NotEditable("原表的行没有按序编号")
        return rows

    def check_styles(self, known: int) -> None:
        """Raise NotEditable where a cell has a format that there is not."""
        pattern = STYLE if any(blank in self.xml for blank in (b"\t", b"\n", b"\v", b"\f", b"\r")) else SPACED_STYLE
        if any(int(style) >= known for style in set(re.findall(pattern % rb"\d+", self.xml))):
            raise NotEditable("原表的单元格格式有误")

    def rows_of(self, styles: Iterable[int]) -> set[int]:
        """The numbers of rows in which a cell has one of these formats."""
        wanted = b"|".join(b"%d" % style for style in sorted(styles))
        return self._rows_at(re.compile(STYLE % wanted)) if wanted else set()

    def _rows_at(self, pattern: re.Pattern[bytes]) -> set[int]:
        places = (match.start() for match in pattern.finditer(self.xml))
        return {self._numbers[bisect_right(self._starts, place) - 1] for place in places}

    def reaching(self) -> tuple[set[int], Callable[[Element], bool]]:
        """(numbers of the rows with formulas that may not stay, whether a cell holds one)."""
        if not holds(self.xml, b"<f"):
            return set(), lambda cell: False
        shared: set[str | None] = set()
        reaching: set[int] = set()
        sharing: dict[str, set[int]] = {}
        for row in self._parsed(sorted(self._rows_at(FORMULA_TAG))):
            for formula in row.element.iter(FORMULA):
                if group := _shared(formula):
                    sharing.setdefault(group, set()).add(row.number)
                if not stays_inside(formula.text or ""):
                    reaching.add(row.number)
                    shared.add(group)
        shared.discard(None)

        def is_reaching(cell: Element) -> bool:
            formula = cell.find(FORMULA)
            return formula is not None and (not stays_inside(formula.text or "") or _shared(formula) in shared)

        return reaching.union(*(sharing[group] for group in shared)), is_reaching

    def change(self, rows: Iterable[int], change: Change) -> bytes:
        """The XML with `change` called for these rows; a row that is not there begins empty, and comes to be where it gets a cell."""
        pieces, done = [], 0
        self._kept = []
        for numbers in _chunks(sorted(rows)):
            tree = self._parse(numbers)
            elements = list(tree.iterchildren("*"))
            for element in elements:
                change(Row(element))
            written = etree.tostring(tree, encoding="UTF-8").split(SEPARATOR)[1:-1]
            for number, element, xml in zip(numbers, elements, written, strict=True):
                start, end = self._place_of(number)
                if end > start or len(element):
                    self._kept.append(self.xml[done:start])
                    pieces += [self._kept[-1], xml]
                    done = end
        self._kept.append(self.xml[done:])
        return b"".join([*pieces, self._kept[-1]])

    def check_kept(self) -> None:
        """Raise NotEditable where the rows that stay as they were written are not well-formed; of those that were trees that is known."""
        check_well_formed(self._root, *self._kept, b"</worksheet>")

    def _parsed(self, numbers: list[int]) -> Iterator[Row]:
        for chunk in _chunks(numbers):
            yield from map(Row, self._parse(chunk).iterchildren("*"))

    def _parse(self, numbers: list[int]) -> Element:
        """A worksheet of these rows, between separators. Raises NotEditable where they are not well-formed."""
        rows = []
        for number in numbers:
            start, end = self._place_of(number)
            rows.append(self.xml[start:end] or b'<row r="%d"/>' % number)
        try:
            return etree.fromstring(SEPARATOR.join([self._root, *rows, b"</worksheet>"]), FRAGMENTS)
        except etree.XMLSyntaxError as problem:
            raise NotEditable(UNUSUAL) from problem

    def _place_of(self, number: int) -> tuple[int, int]:
        """Where a row starts and ends; both are where it would stand if it is not there."""
        at = bisect_right(self._numbers, number)
        _, start, end = self._rows[at - 1] if at else (0, 0, 0)
        return (start, end) if at and self._numbers[at - 1] == number else (end, end)


def _chunks(numbers: list[int]) -> Iterator[list[int]]:
    for at in range(0, len(numbers), AT_ONCE):
        yield numbers[at : at + AT_ONCE]


def _shared(formula: Element) -> str | None:
    return formula.get("si") if formula.get("t") == "shared" else None
