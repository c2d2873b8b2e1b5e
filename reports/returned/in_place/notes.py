"""The comments of a worksheet: the part that holds their texts, and the old drawing (VML) that shows them."""

import re
from collections import Counter
from dataclasses import dataclass

from guantong.reports.returned import marks
from guantong.reports.returned.in_place.parts import Parts, Relation
from guantong.reports.returned.in_place.xml import (
    HEAD,
    MAIN,
    OFFICE,
    NotEditable,
    altered,
    attributes,
    check,
    check_well_formed,
    opening,
    plain,
    prefix,
    references,
    split,
    text,
)
from guantong.schemas.files.cell_address import CellAddress, cell_address, column_letters

COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"
PHONETIC = re.compile(rb"<rPh\b(?:[^<]++|<(?!/?rPh\b))*+</rPh>")
RUN = re.compile(rb"<t(?:\s[^<>]*)?>([^<]*)</t>")
PLACED = re.compile(rb"<(?:\w+:)?(Row|Column)>\s*(\d+)\s*</(?:\w+:)?(?:Row|Column)>")
SHAPE = re.compile(rb"_x0000_s(\d+)")
LAYOUT = re.compile(rb'<(?:\w+:)?idmap\b[^<>]*\bdata="([^"<>]*)"[^<>]{0,999}+>')
OUTSIDE = re.compile(rb"\s(?:src|href|\w+:href)\s*=|Fmla|<(?:\w+:)?script", re.IGNORECASE)
BLOCK = 1024  # shapes are numbered in blocks, each of which belongs to one drawing
DRAWING = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
)
SPACES = [(name.decode(), value) for name, value in re.findall(rb'xmlns:(\w)="([^"]*)"', DRAWING)]
BOX = (
    b'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
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
    """A comment; xml: as it is written, '' for one of ours or one that is given back."""

    author: str
    text: str
    xml: bytes = b""


class Notes:
    """The comments of the worksheet part `sheet`, by (row, column) from 1. `shown`: ids of the relations to the drawing of them."""

    def __init__(self, parts: Parts, sheet: str, shown: set[str]) -> None:
        self._parts, self._sheet, self._shown = parts, sheet, shown
        own = [relation for relation in parts.saved(sheet) if relation.kind == f"{OFFICE}/comments"]
        if len(own) > 1:
            raise NotEditable("原表的批注写法少见")
        self._part = own[0].part if own else None
        self._authors: list[str] = []
        self.notes: dict[CellAddress, Note] = {}
        if self._part:
            self._read(parts.read(self._part))
        self._first = dict(self.notes)

    def _read(self, xml: bytes) -> None:
        check(xml, "comments")
        _, children, _ = split(xml)
        found = dict(children)
        if not {"authors", "commentList"} <= set(found):
            raise NotEditable("原表的批注写法少见")
        self._authors = [plain(author.partition(b">")[2].partition(b"<")[0]) for _, author in split(found["authors"])[1]]
        for name, comment in split(found["commentList"])[1]:
            told = attributes(opening(comment))
            author, place = int(told.get("authorId", 0)), cell_address(told.get("ref", ""))
            if name != "comment" or author >= len(self._authors) or place in self.notes:
                raise NotEditable("原表的批注写法少见")
            words = "".join(plain(run) for run in RUN.findall(PHONETIC.sub(b"", comment)))
            self.notes[place] = Note(self._authors[author], words, comment)

    def save(self, blocks: "Blocks", lost: Counter[str]) -> str | None:
        """Write what has changed, and the drawing without all but notes; gives the id of a drawing that is new to the sheet."""
        shown = {place for place, note in self.notes.items() if self._first.get(place) == note}
        new = Drawing(self._parts, self._sheet, self._shown).save(self.notes, shown, len(shown) < len(self._first), blocks, lost)
        if self.notes == self._first:
            return new
        content = self._xml()
        if self._part:
            self._parts.write(self._part, content)
        else:
            self._part = self._parts.add("xl/comments{}.xml", COMMENTS, content)
            self._parts.relate(self._sheet, f"{OFFICE}/comments", self._part)
        return new

    def _xml(self) -> bytes:
        authors, rows = list(self._authors), []
        for (row, column), note in self.notes.items():
            if note.xml:
                rows.append(note.xml)
                continue
            if note.author not in authors:
                authors.append(note.author)
            head = f'<comment ref="{column_letters(column)}{row}" authorId="{authors.index(note.author)}">'.encode()
            rows.append(head + b'<text><t xml:space="preserve">%b</t></text></comment>' % text(note.text))
        names = b"".join(b"<author>%b</author>" % text(name) for name in authors)
        head = opening_of(self._parts.read(self._part)) if self._part else HEAD + f'<comments xmlns="{MAIN}">'.encode()
        return head + b"<authors>%b</authors><commentList>%b</commentList></comments>" % (names, b"".join(rows))


def opening_of(xml: bytes) -> bytes:
    """A part up to its root's tag."""
    tag = opening(xml)
    return xml[: xml.index(tag)] + tag


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
        base, drawn, whole = self._drawn(lost)
        kept = {place: xml for place, xml in drawn.items() if place in shown}
        missing = [(place, note) for place, note in notes.items() if place not in kept]
        if whole and not missing and not fewer:
            return None
        if len(shown) > len(kept):
            lost["原批注的大小"] += 1
        drawing = _compose(base, list(kept.values()), missing, blocks)
        if self._relation:
            self._parts.write(self._relation.part, drawing)
            return None
        part = self._parts.add("xl/drawings/vmlDrawing{}.vml", VML, drawing)
        return self._parts.relate(self._sheet, f"{OFFICE}/vmlDrawing", part)

    def _drawn(self, lost: Counter[str]) -> tuple[bytes, dict[CellAddress, bytes], bool]:
        """The drawing with all but its shapes, the notes in it that may stay, and whether these are all of its shapes."""
        if self._relation is None:
            return DRAWING, {}, True
        return shapes_of(self._parts.read(self._relation.part), self._parts.saved(self._relation.part), lost)


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


def _compose(base: bytes, kept: list[bytes], missing: list[tuple[CellAddress, Note]], blocks: Blocks) -> bytes:
    numbers, taken = blocks.take(len(missing)) if missing else ([], "")
    shapes = []
    for at, (number, ((row, column), note)) in enumerate(zip(numbers, missing, strict=True), 1):
        height = marks.comment_height(note.text)
        shapes.append(NOTE.format(id=number, z=at, width=marks.WIDTH, height=height, row=row - 1, column=column - 1))
    head, children, rest = split(base)
    layout = [_with_blocks(xml, taken) for _, xml in children]
    box = [] if b'id="_x0000_t202"' in base else [BOX]
    return _with_spaces(head) + b"".join([*layout, *box, *kept, "".join(shapes).encode()]) + rest


def shapes_of(xml: bytes, relations: list[Relation], lost: Counter[str]) -> tuple[bytes, dict[CellAddress, bytes], bool]:
    """An old drawing with all but its shapes, the notes in it that may stay, by (row, column) from 1, and whether these are all."""
    try:
        check_well_formed(xml)
        begin, known = prefix(xml), {relation.id for relation in relations}
        head, children, rest = split(xml)
    except NotEditable:  # Excel itself writes some that are no XML: the notes are drawn anew
        return DRAWING, {}, False
    found, base, whole = {}, [], True
    for name, shape in children:
        if name.rpartition(":")[2] in ("shapelayout", "shapetype"):
            base.append(shape)
            continue
        place = {what: int(number) + 1 for what, number in PLACED.findall(shape)}
        if b'ObjectType="Note"' not in shape:
            lost["嵌入的对象和控件"] += 1
        elif len(place) == 2 and is_plain(shape, begin, known):
            found[place[b"Row"], place[b"Column"]] = shape
            continue
        whole = False
    return head + b"".join(base) + rest, found, whole


def is_plain(shape: bytes, begin: bytes, known: set[str]) -> bool:
    """Whether a shape, or a whole old drawing, needs nothing but the relations `known`, and calls nothing."""
    return not OUTSIDE.search(shape) and references(shape, begin) | _pictures(shape) <= known


def _pictures(shape: bytes) -> set[str]:
    return {found.decode() for found in re.findall(rb'\s(?:\w+:)?relid="([^"]*)"', shape)}


def _with_spaces(head: bytes) -> bytes:
    """A drawing up to its root's tag, with the prefixes declared that our shapes use."""
    missing = {f"xmlns__{name}": value.decode() for name, value in SPACES if f'xmlns:{name}="'.encode() not in head}
    return altered(head, **missing)


def _with_blocks(layout: bytes, blocks: str) -> bytes:
    found = LAYOUT.search(layout)
    if not found or not blocks:
        return layout
    tag = altered(found[0], data=",".join(filter(None, [found[1].decode(), blocks])))
    return layout.replace(found[0], tag, 1)
