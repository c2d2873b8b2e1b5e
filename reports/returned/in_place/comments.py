"""The comments of a worksheet: the part that holds their texts, and the old drawing (VML) that shows them."""

import re
from collections import Counter
from dataclasses import dataclass

from lxml.etree import Element as element_of
from lxml.etree import SubElement

from guantong.reports.returned import marks
from guantong.reports.returned.in_place.parts import Parts, Relation
from guantong.reports.returned.in_place.xml_trees import (
    MAIN,
    OFFICE,
    Element,
    NotEditable,
    escaped,
    local,
    main,
    named,
    parse,
    parse_children,
    parse_named,
    references,
    remove,
    slot,
    text,
    unescaped,
    written,
)
from guantong.schemas.files.cell_address import CellAddress, cell_address, column_letters

COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"
# The numbers of a drawing's shapes, and its blocks of such numbers. They are looked for in the bytes: what is found too much does
# no harm, Excel writes drawings that are no XML, and a tree of one with thousands of notes takes a hundred megabytes.
SHAPE = re.compile(rb"_x0000_s(\d+)")
LAYOUT = re.compile(rb'<(?:\w+:)?idmap\b[^<>]*\bdata="([^"<>]*)"')
BLOCK = 1024  # shapes are numbered in blocks, each of which belongs to one drawing
EMPTY = f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'.encode()
DRAWING = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
)
SPACES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
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


@dataclass(frozen=True, slots=True)
class Note:
    """A comment; element: as it is written, None for one of ours or one that is given back."""

    author: str
    text: str
    element: Element | None = None


class Notes:
    """The comments of the worksheet part `sheet`, by (row, column) from 1. `shown`: ids of the relations to the drawing of them."""

    def __init__(self, parts: Parts, sheet: str, shown: set[str]) -> None:
        self._parts, self._sheet, self._shown = parts, sheet, shown
        own = [relation for relation in parts.saved(sheet) if relation.kind == f"{OFFICE}/comments"]
        if len(own) > 1:
            raise NotEditable("原表的批注写法少见")
        self._part = own[0].part if own else None
        self._root = parse_named(parts.read(self._part) if self._part else EMPTY, "comments")
        self.notes: dict[CellAddress, Note] = {}
        self._read()
        self._first = dict(self.notes)

    def _read(self) -> None:
        self._list, authors = self._root.find(main("commentList")), self._root.find(main("authors"))
        if self._list is None or authors is None:
            raise NotEditable("原表的批注写法少见")
        self._names = authors
        self._authors = [unescaped(author.text or "") for author in authors]
        for comment in self._list:
            author, address = int(comment.get("authorId", 0)), cell_address(comment.get("ref", ""))
            if comment.tag != main("comment") or author >= len(self._authors) or address in self.notes:
                raise NotEditable("原表的批注写法少见")
            self.notes[address] = Note(self._authors[author], _words(comment), comment)

    def save(self, blocks: "Blocks", lost: Counter[str]) -> str | None:
        """Write what has changed, and the drawing without all but notes; gives the id of a drawing that is new to the sheet."""
        shown = {address for address, note in self.notes.items() if self._first.get(address) == note}
        new = Drawing(self._parts, self._sheet, self._shown).save(self.notes, shown, len(shown) < len(self._first), blocks, lost)
        if self.notes == self._first:
            return new
        content = self._xml(shown)
        if self._part:
            self._parts.write(self._part, content)
        else:
            self._part = self._parts.add("xl/comments{}.xml", COMMENTS, content)
            self._parts.relate(self._sheet, f"{OFFICE}/comments", self._part)
        return new

    def _xml(self, shown: set[CellAddress]) -> bytes:
        for address, note in self._first.items():
            if address not in shown:
                remove(note.element)
        numbers, rows = {name: at for at, name in reversed(list(enumerate(self._authors)))}, []
        prefix = f"{self._root.prefix}:" if self._root.prefix else ""
        for (row, column), note in self.notes.items():
            if note.element is None:
                if note.author not in numbers:
                    numbers[note.author] = len(self._names)
                    SubElement(self._names, main("author")).text = escaped(note.author)
                head = f'<{prefix}comment ref="{column_letters(column)}{row}" authorId="{numbers[note.author]}">'
                row_text = b'<%btext><%bt xml:space="preserve">%b</%bt></%btext></%bcomment>'
                rows.append(head.encode() + row_text % (*[prefix.encode()] * 2, text(note.text), *[prefix.encode()] * 3))
        self._list.append(slot("comments"))
        return written(self._root, comments=b"".join(rows))


def _words(comment: Element) -> str:
    """The text of a comment, without the pronunciation that may stand above it."""
    return "".join(unescaped(run.text or "") for run in comment.iter(main("t")) if run.getparent().tag != main("rPh"))


class Drawing:
    """The old drawing of a worksheet: notes, and buttons and the like, which do not travel on."""

    def __init__(self, parts: Parts, sheet: str, shown: set[str]) -> None:
        self._parts, self._sheet = parts, sheet
        known = (relation for relation in parts.saved(sheet) if relation.id in shown and relation.kind == f"{OFFICE}/vmlDrawing")
        self._relation = next(known, None)

    def save(
        self, notes: dict[CellAddress, Note], shown: set[CellAddress], fewer: bool, blocks: "Blocks", lost: Counter[str]
    ) -> str | None:
        """Draw a note for each place; those of `shown` stay as they are drawn. Gives the id of a drawing that is new.

        fewer: whether there were notes that are not shown any more.
        """
        root, drawn, is_whole = self._drawn(shown, lost)
        missing = [(address, note) for address, note in notes.items() if address not in drawn]
        if is_whole and not missing and not fewer:
            return None
        if len(shown) > len(drawn):
            lost["原批注的大小"] += 1
        drawing = _with_notes(root, missing, blocks)
        if self._relation:
            self._parts.write(self._relation.part, drawing)
            return None
        part = self._parts.add("xl/drawings/vmlDrawing{}.vml", VML, drawing)
        return self._parts.relate(self._sheet, f"{OFFICE}/vmlDrawing", part)

    def _drawn(self, shown: set[CellAddress], lost: Counter[str]) -> tuple[Element, set[CellAddress], bool]:
        """The drawing without all but the notes of `shown` that may stay, which these are, and whether that is all there was."""
        if self._relation is None:
            return parse(DRAWING), set(), True
        return read_drawing(self._parts.read(self._relation.part), self._parts.saved(self._relation.part), shown, lost)


class Blocks:
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


def _with_notes(root: Element, missing: list[tuple[CellAddress, Note]], blocks: Blocks) -> bytes:
    """The drawing with these notes, too."""
    numbers, taken = blocks.take(len(missing)) if missing else ([], "")
    for layout in named(root, "idmap") if taken else ():
        layout.set("data", ",".join(filter(None, [layout.get("data"), taken])))
    shapes = [] if any(kind.get("id") == "_x0000_t202" for kind in named(root, "shapetype")) else [BOX]
    for at, (number, ((row, column), note)) in enumerate(zip(numbers, missing, strict=True), 1):
        height = marks.comment_height(note.text)
        shapes.append(NOTE.format(id=number, z=at, width=marks.WIDTH, height=height, row=row - 1, column=column - 1))
    declaring = element_of(root.tag, dict(root.attrib), nsmap=root.nsmap | SPACES)
    declaring.extend([*root, slot("shapes")])
    return written(declaring, shapes="".join(shapes).encode())


def read_drawing(
    xml: bytes, relations: list[Relation], shown: set[CellAddress], lost: Counter[str]
) -> tuple[Element, set[CellAddress], bool]:
    """An old drawing without all but the notes of `shown` that may stay, where these are, and whether there were no other shapes.

    All notes that may stay count as there; of those that are not `shown` nothing is held.
    """
    known, drawn, others = {relation.id for relation in relations}, set(), 0

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
        root = parse_children(xml, is_wanted)
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
    for element in shape.iter():
        name = local(element).lower()
        attributes = {key.rpartition("}")[2].lower(): value for key, value in element.attrib.items()}
        if name == "script" or "fmla" in name or "src" in attributes or "href" in attributes:
            return False
        if "relid" in attributes:
            pictures.add(attributes["relid"])
    return references(shape) | pictures <= known
