"""The old drawing (VML) of a worksheet, which shows its comments."""

import re
from collections import Counter

from lxml.etree import Element as element_of

from guantong.reports.returned import marks
from guantong.reports.returned.in_place.parts import Parts, Relation
from guantong.reports.returned.xml_trees import OFFICE, Element, NotEditable, local, named, parse, parse_children, references, slot, written
from guantong.schemas.files.cell_address import CellAddress

VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"
# The numbers of a drawing's shapes, and its blocks of such numbers. They are looked for in the bytes: what is found too much does
# no harm, Excel writes drawings that are no XML, and a tree of one with thousands of notes takes a hundred megabytes.
SHAPE = re.compile(rb"_x0000_s(\d+)")
LAYOUT = re.compile(rb'<(?:\w+:)?idmap\b[^<>]*\bdata="([^"<>]*)"')
BLOCK = 1024  # shapes are numbered in blocks, each of which belongs to one drawing
SPACES = {name: f"urn:schemas-microsoft-com:{space}" for name, space in (("v", "vml"), ("o", "office:office"), ("x", "office:excel"))}
DRAWING = (
    f'<xml xmlns:v="{SPACES["v"]}" xmlns:o="{SPACES["o"]}" xmlns:x="{SPACES["x"]}">'
    '<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
).encode()
BOX = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
NOTE = (
    '<v:shape id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;margin-left:59.25pt;margin-top:1.5pt;width:{width}px;'
    'height:{height}px;z-index:{z};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
    '<v:shadow color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
    '<div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)


class CommentDrawing:
    """The old drawing of a worksheet: notes, and buttons and the like, which do not travel on."""

    def __init__(self, parts: Parts, sheet: str, shown: set[str]) -> None:
        self._parts, self._sheet = parts, sheet
        known = (relation for relation in parts.saved(sheet) if relation.id in shown and relation.kind == f"{OFFICE}/vmlDrawing")
        self._relation = next(known, None)

    def save(
        self, texts: dict[CellAddress, str], shown: set[CellAddress], fewer: bool, numbers: "ShapeNumbers", lost: Counter[str]
    ) -> str | None:
        """Draw a note for each place; those of `shown` stay as they are drawn. Gives the id of a drawing that is new.

        fewer: whether there were notes that are not shown any more.
        """
        root, drawn, is_whole = _shown_notes(self._parts, self._relation, shown, lost)
        missing = {address: text for address, text in texts.items() if address not in drawn}
        if is_whole and not missing and not fewer:
            return None
        if len(shown) > len(drawn):
            lost["原批注的大小"] += 1
        drawing = _with_notes(root, missing, numbers)
        if self._relation:
            self._parts.write(self._relation.part, drawing)
            return None
        part = self._parts.add("xl/drawings/vmlDrawing{}.vml", VML, drawing)
        return self._parts.relate(self._sheet, f"{OFFICE}/vmlDrawing", part)


class ShapeNumbers:
    """The numbers of shapes that no drawing of the workbook uses yet."""

    def __init__(self, parts: Parts) -> None:
        blocks = {0}
        for drawing in (parts.read(key) for key in parts.kept if key.endswith(".vml")):
            blocks |= {int(number) // BLOCK for number in SHAPE.findall(drawing)}
            blocks |= {int(block) for data in LAYOUT.findall(drawing) for block in data.split(b",") if block.strip().isdigit()}
        self._next = BLOCK * (max(blocks) + 1)

    def take(self, count: int) -> tuple[list[int], str]:
        """Numbers for `count` shapes of one drawing, and the blocks that they are from."""
        first = self._next // BLOCK
        numbers = [number for number in range(self._next, self._next + 2 * count + 1) if number % BLOCK][:count]
        last = numbers[-1] // BLOCK
        self._next = BLOCK * (last + 1)
        return numbers, ",".join(map(str, range(first, last + 1)))


def _with_notes(root: Element, missing: dict[CellAddress, str], shape_numbers: ShapeNumbers) -> bytes:
    """The drawing with these notes, too."""
    numbers, taken = shape_numbers.take(len(missing)) if missing else ([], "")
    for layout in named(root, "idmap") if taken else ():
        layout.set("data", ",".join(filter(None, [layout.get("data"), taken])))
    shapes = [] if any(kind.get("id") == "_x0000_t202" for kind in named(root, "shapetype")) else [BOX]
    for at, (number, ((row, column), text)) in enumerate(zip(numbers, missing.items(), strict=True), 1):
        height = marks.comment_height(text)
        shapes.append(NOTE.format(id=number, z=at, width=marks.WIDTH, height=height, row=row - 1, column=column - 1))
    declaring = element_of(root.tag, dict(root.attrib), nsmap=root.nsmap | SPACES)
    declaring.extend([*root, slot("shapes")])
    return written(declaring, shapes="".join(shapes).encode())


def _shown_notes(
    parts: Parts, relation: Relation | None, shown: set[CellAddress], lost: Counter[str]
) -> tuple[Element, set[CellAddress], bool]:
    """An old drawing without all but the notes of `shown` that may stay, where these are, and whether there were no other shapes.

    All notes that may stay count as there; of those that are not `shown` nothing is held.
    """
    if relation is None:
        return parse(DRAWING), set(), True
    known, drawn, others = {picture.id for picture in parts.saved(relation.part)}, set(), 0

    def is_wanted(shape: Element) -> bool:
        nonlocal others
        if local(shape) in ("shapelayout", "shapetype"):
            return True
        address, kinds = _place_of(shape), {data.get("ObjectType") for data in named(shape, "ClientData")}
        if kinds != {"Note"}:
            lost["嵌入的对象和控件"] += 1
        elif address is not None and is_plain(shape, known):
            if address in shown:
                drawn.add(address)
            return address in shown
        others += 1
        return False

    try:
        root = parse_children(parts.read(relation.part), is_wanted)
    except NotEditable:  # Excel itself writes some that are no XML: the notes are drawn anew
        return parse(DRAWING), set(), False
    return root, drawn, not others


def _place_of(shape: Element) -> CellAddress | None:
    """Where a note stands; None where its shape does not tell."""
    row, column = (next(iter(named(shape, name)), None) for name in ("Row", "Column"))
    if row is None or column is None:
        return None
    return int(row.text or "") + 1, int(column.text or "") + 1


def is_plain(shape: Element, known: set[str]) -> bool:
    """Whether a shape, or a whole old drawing, needs nothing but the relations `known`, and calls nothing."""
    pictures: set[str] = set()
    for element in shape.iter("*"):
        name = local(element).lower()
        attributes = {key.rpartition("}")[2].lower(): value for key, value in element.attrib.items()}
        if name == "script" or "fmla" in name or "src" in attributes or "href" in attributes:
            return False
        if "relid" in attributes:
            pictures.add(attributes["relid"])
    return references(shape) | pictures <= known
