"""One worksheet of a copy: cleaned of what reaches out, former marks undone, the new ones made."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from guantong.reports.returned import marks
from guantong.reports.returned.in_place.clean_drawings import FORMULAS
from guantong.reports.returned.in_place.clean_sheet import clean_sheet
from guantong.reports.returned.in_place.comment_drawing import ShapeNumbers
from guantong.reports.returned.in_place.comments import Comment, SheetComments
from guantong.reports.returned.in_place.covered_cells import Covered, covered_lines, read_covered
from guantong.reports.returned.in_place.parts import Parts
from guantong.reports.returned.in_place.sheet_rows import Row, SheetRows, check_plain, freeze, number_of, restyle, style_of
from guantong.reports.returned.in_place.styles import MARK, NONE, Styles, solid
from guantong.reports.returned.xml_trees import MAIN, OFFICE, UNUSUAL, Element, NotEditable, main, parse_named, references, slot, written
from guantong.schemas.files.cell_address import CellAddress, cell_address
from guantong.schemas.own_marks import is_own_comment

BEHIND = "legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst".split()


@dataclass
class Shared:
    """What the sheets of a workbook share; `lost` counts what is not kept."""

    parts: Parts
    styles: Styles
    shape_numbers: ShapeNumbers
    lost: Counter[str]


class Worksheet:
    """The worksheet part `key`. Raises NotEditable where it is written in an unusual way."""

    def __init__(self, key: str, shared: Shared) -> None:
        self._key, self._shared = key, shared
        self._xml = shared.parts.read(key)
        start, end = _inside(self._xml)
        inside = self._xml[start:end]
        check_plain(self._xml, inside)
        self._root = parse_named(self._xml[:start] + self._xml[end:], "worksheet")
        _check_namespaces(self._root)
        names = [child.tag for child in self._root]
        if len(set(names)) < len(names) - max(0, names.count(main("conditionalFormatting")) - 1):
            raise NotEditable(UNUSUAL)
        self._before = etree.tostring(self._root)
        self._rows = SheetRows(inside, self._before[: self._before.index(b">") + 1])
        self._rows.check_styles(len(shared.styles))
        drawing = self._root.find(main("legacyDrawing"))
        self._comments = SheetComments(shared.parts, key, set() if drawing is None else references(drawing))
        self._columns = list(self._root.iterfind(f"{main('cols')}/{main('col')}"))

    def mark(self, cells: dict[CellAddress, marks.Mark]) -> None:
        """Write the part anew, with these marks, where anything in it is to be changed."""
        former = {
            at: read_covered(comment.text)
            for at, comment in self._comments.comments.items()
            if is_own_comment(comment.author, comment.text)
        }
        for at, under in former.items():
            del self._comments.comments[at]
            if under.text:
                self._comments.comments[at] = Comment(under.author, under.text)
        merged = self._root.iterfind(f"{main('mergeCells')}/{main('mergeCell')}")
        moved = marks.anchored(cells, [_area(range_.attrib["ref"]) for range_ in merged])
        dimension = self._root.find(main("dimension"))
        is_within = dimension is None or _holds(dimension.get("ref", "A1"), moved)
        inside = self._changed(moved, former)
        drawing = self._comments.save(self._shared.shape_numbers, self._shared.lost)
        clean_sheet(self._root, self._shared.parts, self._key, self._shared.lost)
        if drawing:
            _add_drawing(self._root, drawing)
        if inside != self._rows.xml and not is_within:
            self._root.remove(dimension)
        if etree.tostring(self._root) != self._before or inside != self._rows.xml:
            self._rows.check_kept()
            self._root.find(main("sheetData")).append(slot("rows"))
            self._shared.parts.write(self._key, written(self._root, rows=inside))

    def _changed(self, moved: dict[CellAddress, marks.Mark], former: dict[CellAddress, Covered]) -> bytes:
        """The cells, with former marks undone, formulas that reach out made values, and the marks made."""
        by_row: dict[int, dict[int, marks.Mark]] = {}
        for (row, column), mark in moved.items():
            by_row.setdefault(row, {})[column] = mark
        styles, former_formats = self._shared.styles, self._shared.styles.former
        reaching, is_reaching = self._rows.reaching()
        protection = self._root.find(main("sheetProtection"))
        unlock = protection is not None and protection.get("sheet") in ("1", "true")

        def change(row: Row) -> None:
            for column, cell in row.cells.items() if former_formats or row.number in reaching else ():
                if style_of(cell) in former_formats:
                    under = former.get((row.number, column))
                    restyle(cell, styles.variant(style_of(cell), solid(under.fill) if under and under.fill else NONE))
                if row.number in reaching and is_reaching(cell):
                    freeze(cell)
                    self._shared.lost[FORMULAS] += 1
            self._mark_row(row, by_row.get(row.number, {}), unlock)

        return self._rows.change(reaching | self._rows.rows_of(former_formats) | set(by_row), change)

    def _mark_row(self, row: Row, marked: dict[int, marks.Mark], unlock: bool) -> None:
        for column, mark in marked.items():
            if column not in row.cells:
                row.add(column, self._style_at(row, column))
            self._mark_cell((row.number, column), row.cells[column], mark)
        if unlock and marked:
            for cell in row.cells.values():
                restyle(cell, self._shared.styles.variant(style_of(cell), unlocked=True))

    def _mark_cell(self, address: CellAddress, cell: Element, mark: marks.Mark) -> None:
        styles = self._shared.styles
        colour, comment = styles.colour(style_of(cell)), self._comments.comments.pop(address, None)
        self._shared.lost["原底纹图案"] += colour is None
        if mark.commented or comment is not None:
            if comment is not None and comment.element is not None and comment.element.find(f".//{main('rPr')}") is not None:
                self._shared.lost["所标单元格原批注的字体"] += 1
            text = mark.comment + covered_lines(colour, comment.author if comment else "", comment.text if comment else "")
            self._comments.comments[address] = Comment(marks.TITLE, text)
        number = number_of(cell)
        is_inexact = number is not None and abs(number) >= marks.INEXACT
        restyle(cell, styles.variant(style_of(cell), MARK[mark.severity], text=is_inexact))

    def _style_at(self, row: Row, column: int) -> int:
        """The format that a cell shows that is not there: that of its row, or else its column's."""
        if row.element.get("customFormat") in ("1", "true"):
            return int(row.element.get("s", 0))
        return next((int(col.get("style", 0)) for col in self._columns if int(col.attrib["min"]) <= column <= int(col.attrib["max"])), 0)


def _area(ref: str) -> tuple[int, int, int, int]:
    """A range of cells, as A1:C9: top, left, bottom, right."""
    first, _, last = ref.replace("$", "").partition(":")
    return cell_address(first) + cell_address(last or first)


def _holds(ref: str, places: Iterable[CellAddress]) -> bool:
    """Whether all these cells are in a range."""
    top, left, bottom, right = _area(ref)
    return all(top <= row <= bottom and left <= column <= right for row, column in places)


def _inside(xml: bytes) -> tuple[int, int]:
    """Where the inside of the sheetData element begins and ends."""
    start = xml.find(b"<sheetData")
    tag, end = xml.find(b">", start) + 1, xml.find(b"</sheetData>", start)
    if xml.count(b"<sheetData") != 1 or not tag:
        raise NotEditable(UNUSUAL)
    if xml[tag - 2 : tag] == b"/>":
        return tag, tag
    if end < tag:
        raise NotEditable(UNUSUAL)
    return tag, end


def _check_namespaces(root: Element) -> None:
    """Raise NotEditable where elements of a workbook stand under a prefix, or could, or in another encoding than UTF-8."""
    cells = root.find(main("sheetData"))
    if cells is None or [prefix for prefix, space in cells.nsmap.items() if space == MAIN] != [None]:
        raise NotEditable(UNUSUAL)
    if (root.getroottree().docinfo.encoding or "UTF-8").upper() not in ("UTF-8", "UTF8", "US-ASCII", "ASCII"):
        raise NotEditable("原表的文字编码不是 UTF-8")


def _add_drawing(root: Element, drawing: str) -> None:
    """Name the drawing of comments, at the place that the order of a sheet's elements gives it."""
    tags = {main(name) for name in BEHIND}
    at = next((at for at, child in enumerate(root) if child.tag in tags), len(root))
    element = root.makeelement(main("legacyDrawing"), nsmap={"r": OFFICE})
    element.set(f"{{{OFFICE}}}id", drawing)
    root.insert(at, element)
