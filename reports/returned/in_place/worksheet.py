"""One worksheet of a copy: cleaned of what reaches out, former marks undone, the new ones made."""

import re
from collections import Counter
from dataclasses import dataclass

from guantong.reports.returned import marks
from guantong.reports.returned.in_place.clean import clean
from guantong.reports.returned.in_place.former import Covered, covered, covering
from guantong.reports.returned.in_place.grid import Cell, Grid, Row
from guantong.reports.returned.in_place.notes import Blocks, Note, Notes
from guantong.reports.returned.in_place.parts import Parts
from guantong.reports.returned.in_place.styles import MARK, NONE, Styles, solid
from guantong.reports.returned.in_place.xml import OFFICE, NotEditable, attributes, check, opening, prefix, references, split
from guantong.schemas.files.cell_address import CellAddress, cell_address

MERGED = re.compile(rb"<mergeCell\b[^<>]*>")
BEHIND = "legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst".split()
FORMULAS = "引用外部的公式（已换为计算结果，没有结果的保留为文字）"


@dataclass
class Shared:
    """What the sheets of a workbook share; `lost` counts what is not kept."""

    parts: Parts
    styles: Styles
    blocks: Blocks
    lost: Counter[str]


class Worksheet:
    """The worksheet part `key`. Raises NotEditable where it is written in an unusual way."""

    def __init__(self, key: str, shared: Shared) -> None:
        self._key, self._shared = key, shared
        self._xml = shared.parts.read(key)
        check(self._xml, "worksheet")
        start, end = _cells(self._xml)
        outline = self._xml[:start] + b"<sheetData/>" + self._xml[end:]
        self._head, self._children, self._rest = split(outline)
        self._names = [name for name, _ in self._children]
        tag = opening(self._xml[start:end])
        self._tag = tag.removesuffix(b"/>").removesuffix(b">") + b">"
        self._inside = b"" if tag.endswith(b"/>") else self._xml[start + len(tag) : end - len(b"</sheetData>")]
        self._grid = Grid(self._inside)
        self._grid.check_styles(len(shared.styles))
        if len(set(self._names)) < len(self._names) - max(0, self._names.count("conditionalFormatting") - 1):
            raise NotEditable("原表的内部写法少见")
        self._notes = Notes(shared.parts, key, references(self._child("legacyDrawing"), prefix(self._head)))
        self._columns = [attributes(tag) for tag in re.findall(rb"<col\b[^<>]*>", self._child("cols"))]

    def _child(self, name: str) -> bytes:
        return next((xml for known, xml in self._children if known == name), b"")

    def mark(self, cells: dict[CellAddress, marks.Mark]) -> None:
        """Write the part anew, with these marks, where anything in it is to be changed."""
        former = {place: covered(note.text) for place, note in self._notes.notes.items() if marks.is_own_comment(note.author, note.text)}
        for place, under in former.items():
            del self._notes.notes[place]
            if under.text:
                self._notes.notes[place] = Note(under.author, under.text)
        moved = marks.anchored(cells, [_area(tag) for tag in MERGED.findall(self._child("mergeCells"))])
        inside = self._changed(moved, former)
        drawing = self._notes.save(self._shared.blocks, self._shared.lost)
        children = clean(self._children, self._shared.parts, self._key, self._head, self._shared.lost)
        if drawing:
            children = _with_drawing(children, drawing)
        used = self._used()
        if any(place not in used for place in moved) and inside != self._inside:
            children = [(name, xml) for name, xml in children if name != "dimension"]
        if children != self._children or inside != self._inside:
            self._shared.parts.write(self._key, self._assembled(children, inside))

    def _assembled(self, children: list[tuple[str, bytes]], inside: bytes) -> bytes:
        data = (self._tag, inside, b"</sheetData>")
        return b"".join([self._head, *(piece for name, xml in children for piece in (data if name == "sheetData" else (xml,))), self._rest])

    def _changed(self, moved: dict[CellAddress, marks.Mark], former: dict[CellAddress, Covered]) -> bytes:
        """The cells, with former marks undone, formulas that reach out made values, and the marks made."""
        by_row: dict[int, dict[int, marks.Mark]] = {}
        for (row, column), mark in moved.items():
            by_row.setdefault(row, {})[column] = mark
        own, styles = self._shared.styles.own, self._shared.styles
        reaching, is_reaching = self._grid.reaching()
        unlock = attributes(opening(self._child("sheetProtection") or b"<none/>")).get("sheet") in ("1", "true")

        def change(row: Row) -> None:
            for cell in row.cells() if own or row.number in reaching else ():
                if cell.style in own:
                    under = former.get((row.number, cell.column))
                    cell.restyle(styles.variant(cell.style, solid(under.fill) if under and under.fill else NONE))
                if row.number in reaching and is_reaching(cell):
                    cell.freeze()
                    self._shared.lost[FORMULAS] += 1
            self._mark_row(row, by_row.get(row.number, {}), unlock)

        return self._grid.change(reaching | self._grid.rows_of(own) | set(by_row), change)

    def _mark_row(self, row: Row, marked: dict[int, marks.Mark], unlock: bool) -> None:
        for column, mark in marked.items():
            if column not in row:
                row.add(column, self._style_of(row.tag, column))
            self._mark_cell(row.number, row.cell(column), mark)
        if unlock and marked:
            for cell in row.cells():
                cell.restyle(self._shared.styles.variant(cell.style, unlocked=True))

    def _mark_cell(self, row: int, cell: Cell, mark: marks.Mark) -> None:
        styles, place = self._shared.styles, (row, cell.column)
        colour, note = styles.colour(cell.style), self._notes.notes.pop(place, None)
        self._shared.lost["原底纹图案"] += colour is None
        if mark.commented or note is not None:
            if note is not None and b"<rPr" in note.xml:
                self._shared.lost["所标单元格原批注的字体"] += 1
            text = mark.comment + covering(colour, note.author if note else "", note.text if note else "")
            self._notes.notes[place] = Note(marks.TITLE, text)
        number = cell.number
        inexact = number is not None and abs(number) >= marks.INEXACT
        cell.restyle(styles.variant(cell.style, MARK[mark.severity], text=inexact))

    def _style_of(self, tag: bytes, column: int) -> int:
        """The format that a cell shows that is not there: that of its row, of this tag, or else its column's."""
        row = attributes(tag)
        if row.get("customFormat") in ("1", "true"):
            return int(row.get("s", 0))
        return next((int(col.get("style", 0)) for col in self._columns if int(col["min"]) <= column <= int(col["max"])), 0)

    def _used(self) -> "Area":
        """The range that the sheet says its cells are in."""
        told = attributes(opening(self._child("dimension") or b'<none ref="A1"/>')).get("ref", "A1")
        return Area(told)


class Area:
    """A range of cells, as A1:C9."""

    def __init__(self, told: str) -> None:
        first, _, last = told.replace("$", "").partition(":")
        self.top, self.left = cell_address(first)
        self.bottom, self.right = cell_address(last or first)

    def __contains__(self, place: CellAddress) -> bool:
        return self.top <= place[0] <= self.bottom and self.left <= place[1] <= self.right


def _area(tag: bytes) -> tuple[int, int, int, int]:
    area = Area(attributes(tag)["ref"])
    return area.top, area.left, area.bottom, area.right


def _cells(xml: bytes) -> CellAddress:
    """Where the sheetData element begins and ends."""
    starts = [found.start() for found in re.finditer(rb"<sheetData[\s/>]", xml)]
    if len(starts) != 1:
        raise NotEditable("原表的内部写法少见")
    tag = opening(xml[starts[0] : starts[0] + 1000])
    end = starts[0] + len(tag) if tag.endswith(b"/>") else xml.find(b"</sheetData>") + len(b"</sheetData>")
    if end < starts[0] + len(tag):
        raise NotEditable("原表的内部写法少见")
    return starts[0], end


def _with_drawing(children: list[tuple[str, bytes]], drawing: str) -> list[tuple[str, bytes]]:
    """Name the drawing of comments, at the place that the order of a sheet's elements gives it."""
    at = next((at for at, (name, _) in enumerate(children) if name in BEHIND), len(children))
    element = f'<legacyDrawing xmlns:r="{OFFICE}" r:id="{drawing}"/>'.encode()
    return [*children[:at], ("legacyDrawing", element), *children[at:]]
