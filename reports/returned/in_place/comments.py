"""The comments of a worksheet: the part that holds their texts. `comment_drawing` shows them."""

from collections import Counter
from dataclasses import dataclass

from lxml.etree import SubElement

from guantong.reports.returned.in_place.comment_drawing import CommentDrawing, ShapeNumbers
from guantong.reports.returned.in_place.parts import Parts
from guantong.reports.returned.xml_trees import (
    MAIN,
    OFFICE,
    Element,
    NotEditable,
    check_well_formed,
    main,
    parse_named,
    remove,
    slot,
    unescaped,
    written,
)
from guantong.reports.xlsx.cells import escape_characters, escaped
from guantong.schemas.files.cell_address import CellAddress, cell_address, column_letters

COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
EMPTY = f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'.encode()


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; element: as it is written, None for one of ours or one that is given back."""

    author: str
    text: str
    element: Element | None = None


class SheetComments:
    """The comments of the worksheet part `sheet`, by (row, column) from 1. `shown`: ids of the relations to the drawing of them."""

    def __init__(self, parts: Parts, sheet: str, shown: set[str]) -> None:
        self._parts, self._sheet, self._shown = parts, sheet, shown
        own = [relation for relation in parts.saved(sheet) if relation.kind == f"{OFFICE}/comments"]
        if len(own) > 1:
            raise NotEditable("原表的批注写法少见")
        self._part = own[0].part if own else None
        self._root = parse_named(parts.read(self._part) if self._part else EMPTY, "comments")
        self.comments: dict[CellAddress, Comment] = {}
        self._read()
        self._first = dict(self.comments)

    def _read(self) -> None:
        self._list, authors = self._root.find(main("commentList")), self._root.find(main("authors"))
        if self._list is None or authors is None:
            raise NotEditable("原表的批注写法少见")
        self._names = authors
        self._authors = [unescaped(author.text or "") for author in authors]
        for comment in self._list:
            author, address = int(comment.get("authorId", 0)), cell_address(comment.get("ref", ""))
            if comment.tag != main("comment") or author >= len(self._authors) or address in self.comments:
                raise NotEditable("原表的批注写法少见")
            self.comments[address] = Comment(self._authors[author], _words(comment), comment)

    def save(self, numbers: ShapeNumbers, lost: Counter[str]) -> str | None:
        """Write what has changed, and the drawing without all but notes; gives the id of a drawing that is new to the sheet."""
        shown = {address for address, comment in self.comments.items() if self._first.get(address) == comment}
        texts = {address: comment.text for address, comment in self.comments.items()}
        drawing = CommentDrawing(self._parts, self._sheet, self._shown)
        new = drawing.save(texts, shown, len(shown) < len(self._first), numbers, lost)
        if self.comments == self._first:
            return new
        content = self._xml(shown)
        if self._part:
            self._parts.write(self._part, content)
        else:
            self._part = self._parts.add("xl/comments{}.xml", COMMENTS, content)
            self._parts.relate(self._sheet, f"{OFFICE}/comments", self._part)
        return new

    def _xml(self, shown: set[CellAddress]) -> bytes:
        for address, comment in self._first.items():
            if address not in shown:
                remove(comment.element)
        numbers, rows = {name: at for at, name in reversed(list(enumerate(self._authors)))}, []
        prefix = f"{self._root.prefix}:" if self._root.prefix else ""
        for (row, column), comment in self.comments.items():
            if comment.element is None:
                if comment.author not in numbers:
                    numbers[comment.author] = len(self._names)
                    SubElement(self._names, main("author")).text = escape_characters(comment.author)
                head = f'<{prefix}comment ref="{column_letters(column)}{row}" authorId="{numbers[comment.author]}">'
                words = f'<{prefix}text><{prefix}t xml:space="preserve">{escaped(comment.text)[1]}</{prefix}t></{prefix}text>'
                rows.append(f"{head}{words}</{prefix}comment>".encode())
        self._list.append(slot("comments"))
        xml = written(self._root, comments=b"".join(rows))
        check_well_formed(xml)
        return xml


def _words(comment: Element) -> str:
    """The text of a comment, without the pronunciation that may stand above it."""
    return "".join(unescaped(run.text or "") for run in comment.iter(main("t")) if run.getparent().tag != main("rPh"))
