"""XML parts edited as bytes: what is not touched stays as it was written."""

import re
from functools import lru_cache
from html import unescape
from xml.parsers import expat

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TAG = re.compile(rb"""<(/?)([A-Za-z_][\w:.\-]*+)((?:[^<>"']++|"[^"<]*"|'[^'<]*')*+)>""")
ATTRIBUTE = re.compile(rb"""\s([\w:.\-]+)\s*=\s*("[^"]*"|'[^']*')""")
ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")
SPACE = re.compile(rb"""xmlns(?::([\w.\-]+))?\s*=\s*["']([^"']*)["']""")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
MARKUP = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x")  # what few texts have
ESCAPED = re.compile(r"_(?=x[0-9a-fA-F]{4}_)")
CODE = re.compile(r"_x([0-9a-fA-F]{4})_")


class NotEditable(Exception):
    """A workbook cannot be marked as it is; the message says why, for the reader of the copy."""


def holds(xml: bytes, sign: bytes) -> bool:
    """Whether a part holds a sign of two bytes that few do: each of them alone, which is looked for first, is found many times as fast."""
    return sign[:1] in xml and sign[1:] in xml and sign in xml


def check(xml: bytes, root: str, namespace: str = MAIN) -> None:
    """Raise NotEditable unless a part is UTF-8, of `root` without a prefix in `namespace`, and holds tags and text alone.

    So no tag hides from a search of its bytes: not in a comment, a CDATA section, an entity, or under a prefix.
    """
    encoding = ENCODING.match(xml.removeprefix(b"\xef\xbb\xbf"))
    if b"\0" in xml[:64] or (encoding and encoding[1].lower() not in (b"utf-8", b"utf8", b"us-ascii")):
        raise NotEditable("原表的文字编码不是 UTF-8")
    first = TAG.search(xml)
    if holds(xml, b"<!") or holds(xml.partition(b"?>")[2], b"<?") or first is None or first[2] != root.encode():
        raise NotEditable("原表的内部写法少见")
    spaces = SPACE.findall(xml)
    own = [name for name, value in spaces if unescape(value.decode()) == namespace]
    if own != [b""] or sum(name == b"" for name, _ in spaces) > 1:
        raise NotEditable("原表的内部写法少见")


def check_well_formed(xml: bytes) -> None:
    """Raise NotEditable unless a part that was put together is well-formed."""
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as problem:
        raise NotEditable("原表的内部写法少见") from problem


def split(xml: bytes) -> tuple[bytes, list[tuple[str, bytes]], bytes]:
    """A part, or an element of it, as (up to its root's tag, [(name, XML)] of what is in that, the rest).

    Text between the children is dropped. Raises NotEditable where the tags do not match.
    """
    depth = seen = start = 0
    head, rest = -1, -1
    children: list[tuple[str, bytes]] = []
    for tag in TAG.finditer(xml):
        seen += 1
        closing, name, attributes = tag.groups()
        if closing:
            depth -= 1
            if depth == 0:
                rest = tag.start()
            elif depth == 1:
                children.append((name.decode(), xml[start : tag.end()]))
            continue
        empty = attributes.endswith(b"/")
        if depth == 0:
            head = tag.end()
        elif depth == 1:
            start = tag.start()
            if empty:
                children.append((name.decode(), xml[start : tag.end()]))
        depth += not empty
    if depth or rest < head or head < 0 or xml.count(b"<") - xml.count(b"<?") != seen:
        if not (seen == 1 and head > 0):  # an empty element
            raise NotEditable("原表的内部写法少见")
        rest = head
    return xml[:head], children, xml[rest:]


def join(head: bytes, children: list[bytes], rest: bytes) -> bytes:
    """An element from what `split` gave; an empty one is opened for new children."""
    if head.endswith(b"/>") and children:
        name = TAG.match(head[head.rindex(b"<") :])[2]
        return b"%b>%b</%b>" % (head[:-2], b"".join(children), name)
    return head + b"".join(children) + rest


def opening(xml: bytes) -> bytes:
    """The first tag of an element."""
    found = TAG.search(xml)
    if found is None:
        raise NotEditable("原表的内部写法少见")
    return found[0]


@lru_cache(maxsize=1 << 12)
def attributes(tag: bytes) -> dict[str, str]:
    """The attributes of a tag. Do not change what it gives."""
    return {name.decode(): unescape(value[1:-1].decode()) for name, value in ATTRIBUTE.findall(tag)}


def altered(element: bytes, **values: str | int | None) -> bytes:
    """An element with attributes of its first tag set, or removed where None; `__` stands for the colon of a prefix."""
    tag = opening(element)
    new = tag
    for name, value in values.items():
        key = name.replace("__", ":").encode()
        new = re.sub(rb"""\s%b\s*=\s*(?:"[^"]*"|'[^']*')""" % re.escape(key), b"", new)
        if value is not None:
            end = len(new) - (2 if new.endswith(b"/>") else 1)
            new = b'%b %b="%b"%b' % (new[:end].rstrip(), key, quoted(str(value)), new[end:])
    return element.replace(tag, new, 1)


def prefix(xml: bytes) -> bytes:
    """How a part's attributes that name relations begin, as ``r:``. Raises NotEditable where there are several ways."""
    found = {name for name, value in SPACE.findall(xml) if unescape(value.decode()) == OFFICE}
    if len(found) > 1 or b"" in found:
        raise NotEditable("原表的内部写法少见")
    return found.pop() + b":" if found else b"r:"


def references(xml: bytes, begin: bytes) -> set[str]:
    """The ids of all the relations that a part or an element of it refers to; `begin` is the part's `prefix`."""
    found = re.findall(rb"""\s%b\w+\s*=\s*["']([^"']+)["']""" % re.escape(begin), xml)
    return {unescape(value.decode()) for value in found}


def text(value: str) -> bytes:
    """Text as an element of a workbook holds it: Excel takes _x000D_ for the character of that number."""
    if not MARKUP.search(value):
        return value.encode("utf-8", "replace")
    value = ESCAPED.sub("_x005F_", value.encode("utf-8", "replace").decode())
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", value).encode()


def plain(value: bytes) -> str:
    """The text that `text` made, or that Excel wrote."""
    return CODE.sub(lambda found: chr(int(found[1], 16)), unescape(value.decode()))


def shown_text(xml: bytes) -> str:
    """All the text of a part, without its tags."""
    return plain(TAG.sub(b"", xml))


def quoted(value: str) -> bytes:
    """Text as an attribute holds it."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("\n", "&#10;")
    return value.encode()
