"""XML parts of a workbook as trees: parsed safely, changed, written again."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from xml.parsers import expat

from lxml import etree
from lxml.etree import _Element as Element

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
UNUSUAL = "原表的内部写法少见"
SAFE = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False, "remove_comments": True}
PARSER = etree.XMLParser(remove_pis=True, **SAFE)
FRAGMENTS = etree.XMLParser(remove_pis=False, **SAFE)  # of what stands between SEPARATORs
SEPARATOR = b"<?next?>"
REFERENCES = etree.XPath("descendant-or-self::*/@r:*", namespaces={"r": OFFICE}, smart_strings=False)
CODE = re.compile(r"_x([0-9a-fA-F]{4})_")


class NotEditable(Exception):
    """A workbook cannot be marked as it is; the message says why, for the reader of the copy."""


def parse(content: bytes) -> Element:
    """The root of a part, without comments and instructions. Nothing is fetched or expanded.

    Raises NotEditable where it is not well-formed, or has a document type.
    """
    try:
        root = etree.fromstring(content, PARSER)
    except etree.XMLSyntaxError as problem:
        raise NotEditable(UNUSUAL) from problem
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotEditable(UNUSUAL)
    return root


def parse_children(content: bytes, wanted: Callable[[Element], bool]) -> Element:
    """As `parse`, but children of the root that are not wanted are dropped as soon as they are parsed, so that they take no memory."""
    unwanted: list[Element] = []
    try:
        elements = etree.iterparse(BytesIO(content), remove_pis=True, **SAFE)
        for _, element in elements:
            parent = element.getparent()
            if parent is not None and parent.getparent() is None and not wanted(element):
                element.clear()
                unwanted.append(element)
    except etree.XMLSyntaxError as problem:
        raise NotEditable(UNUSUAL) from problem
    if elements.root.getroottree().docinfo.internalDTD is not None:
        raise NotEditable(UNUSUAL)
    for element in unwanted:
        elements.root.remove(element)
    return elements.root


def elements(content: bytes, name: str) -> Iterator[Element]:
    """One after the other, the elements of a part that are called so, in whatever namespace; each is gone when the next one comes.

    A part that is not well-formed is read as far as can be.
    """
    for _, element in etree.iterparse(BytesIO(content), tag=f"{{*}}{name}", remove_pis=True, recover=True, **SAFE):
        yield element
        element.clear()


def parse_named(content: bytes, name: str) -> Element:
    """As `parse`. Raises NotEditable where the root is not this element of a workbook, too."""
    root = parse(content)
    if root.tag != main(name):
        raise NotEditable(UNUSUAL)
    return root


def written(root: Element, **contents: bytes) -> bytes:
    """A part as bytes. contents: what is put, by name, into the places that `slot` made: in bulk, a tree would take too much memory."""
    xml = HEAD + etree.tostring(root, encoding="UTF-8")
    for name, content in contents.items():
        xml = xml.replace(b"<?put %b?>" % name.encode(), content, 1)
    return xml


def check_well_formed(*pieces: bytes) -> None:
    """Raise NotEditable where these, one after the other, are no well-formed part."""
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as problem:
        raise NotEditable(UNUSUAL) from problem


def slot(name: str) -> Element:
    """A place in a tree into which `written` puts bytes."""
    return etree.ProcessingInstruction("put", name)


def main(name: str) -> str:
    """The tag of a workbook's own element."""
    return f"{{{MAIN}}}{name}"


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def named(root: Element, *names: str) -> list[Element]:
    """The elements in a tree, its root too, that are called so in whatever namespace."""
    return list(root.iter(*(f"{{*}}{name}" for name in names)))


def remove(element: Element) -> None:
    """Take an element out of its tree."""
    element.getparent().remove(element)


def references(element: Element) -> set[str]:
    """The ids of all the relations that an element, or anything in it, refers to."""
    return set(REFERENCES(element))


def holds(xml: bytes, sign: bytes) -> bool:
    """Whether a part holds a sign of two bytes that few do: each of them alone, which is looked for first, is found many times as fast."""
    return sign[:1] in xml and sign[1:] in xml and sign in xml


def unescaped(value: str) -> str:
    """The text that `cells.escape_characters` made, or Excel."""
    return CODE.sub(lambda match: chr(int(match[1], 16)), value)
