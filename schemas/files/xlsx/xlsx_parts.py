"""An Office Open XML workbook whose parts bear other names than usual, or that one damaged cell, part or entry keeps from being read.

Parts are found by their relationships; python-calamine looks for the usual names. What can't be read in one cell costs that cell alone.
"""

from __future__ import annotations

import io
import posixpath
import re
from html import unescape
from typing import NamedTuple

from guantong.schemas.files.markers import LOST_TEXT
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.xml_walk import walk
from guantong.schemas.files.zip_package import PackageWriter, ZipPackage

MOST_MENDED = (
    60_000_000  # unpacked bytes of the parts that are looked through to mend them: three times the roster of 100,000 people in one sheet
)
_ROOT_RELATIONS = "_rels/.rels"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_LOOKED_FOR = {"sharedstrings": "sharedStrings", "styles": "styles"}  # kinds of relationships → the names of their parts
_BOOK = re.compile(rb"<(?:\w+:)?workbook[\s>]")
_HEAD = 4096  # bytes of a part in which its root is told

_DECLARED = re.compile(rb"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"'][^>]*\?>")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ENCODINGS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "utf-8": "utf-8", "us-ascii": "utf-8"}
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_NO_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\\d|3[01])|x0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));"
)
_LOOSE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_DIMENSION = re.compile(r"<(?:\w+:)?dimension\b[^<>]*?(?:/>|>\s*</(?:\w+:)?dimension>)")
_EXTENT = re.compile(r"\sref\s*=\s*[\"'][A-Za-z]{1,3}[1-9]\d{0,6}(?::[A-Za-z]{1,3}[1-9]\d{0,6})?[\"']")
_STRING = re.compile(rb"<(?:\w+:)?si[\s/>]")
_CELL = re.compile(
    r"(?P<open><(?:\w+:)?c\s[^<>]*?\bt\s*=\s*[\"'])(?P<kind>\w*)(?P<rest>[\"'][^<>]*>\s*(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?)"
    r"<(?P<tag>(?:\w+:)?v)(?:\s[^<>]*)?(?:/>|>(?P<value>[^<]*)</(?:\w+:)?v>)"
)
_STYLED = re.compile(
    r"(<(?:\w+:)?c\s(?:(?!\st\s*=)[^<>])*?)\ss\s*=\s*[\"']\d+[\"']((?:(?!\st\s*=)[^<>])*>\s*<(?:\w+:)?v>\s*-?\d{8,}[.\d]*(?:[eE]\+?\d+)?\s*</)"
)
_KNOWN_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA"})
_READ_AS_IS = frozenset({"n", "str", "inlineStr", "d"})


class Relation(NamedTuple):
    """A relationship: its id, the last word of its kind in lower case, and the part that it leads to; ``plain``: whether its path is without detours."""

    name: str
    kind: str
    part: str
    plain: bool = True


def relations_of(package: ZipPackage, part: str) -> list[Relation]:
    """The relationships of a part ('' of the package), none where it has none. Raises Refusal where they are damaged."""
    folder, base = posixpath.split(part)
    relations = posixpath.join(folder, "_rels", f"{base}.rels")
    found: list[Relation] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.setdefault("Target", "").replace("\\", "/")
            led_to = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            plain = target == attributes["Target"] and ".." not in target.split("/")
            found.append(Relation(attributes.get("Id", ""), attributes.get("Type", "").rpartition("/")[2].lower(), led_to, plain))

    if relations.lower() in package.parts:
        walk(package.read(relations), start)
    return found


def with_usual_names(package: ZipPackage) -> ZipPackage:
    """The package as it is, or, where its workbook, texts or styles have other names than usual, one in which they have these."""
    try:
        book = _workbook_part(package)
        relations = relations_of(package, book) if book else []
    except Refusal:
        return package  # what is damaged, its reader tells
    if book is None:
        return package
    suffix = posixpath.splitext(book)[1].lower()
    folder = "" if book.lower() == "workbook.xml" else "xl"
    names = {book.lower(): posixpath.join(folder, f"workbook{suffix}")}
    for number, relation in enumerate(relations, 1):
        part = relation.part.lower()
        if part in package.parts and relation.kind in _LOOKED_FOR:
            names[part] = posixpath.join(folder, f"{_LOOKED_FOR[relation.kind]}{suffix}")
        elif part in package.parts and relation.kind == "worksheet" and not part.startswith(folder):
            names[part] = posixpath.join(folder, "worksheets", f"moved{number}{suffix}")
    if all(one.plain for one in relations) and all(part == name.lower() for part, name in names.items()):
        return package
    return _renamed(package, book, relations, names)


def _workbook_part(package: ZipPackage) -> str | None:
    """The part that the package's own relationships call the workbook; None where there is no such, or it is none."""
    part = next((one.part for one in relations_of(package, "") if one.kind == "officedocument"), None)
    if part is None or part.lower() not in package.parts:
        return None
    if part.lower().endswith(".bin"):
        return part
    return part if _BOOK.search(package.read(part)[:_HEAD]) else None


def _renamed(package: ZipPackage, book: str, relations: list[Relation], names: dict[str, str]) -> ZipPackage:
    """The package with the parts under their new ``names``, by which it is related; a part that had such a name goes."""
    folder, base = posixpath.split(names[book.lower()])
    own_relations = posixpath.join(folder, "_rels", f"{base}.rels")
    old_relations = posixpath.join(posixpath.dirname(book), "_rels", f"{posixpath.basename(book)}.rels")
    taken = {*map(str.lower, names.values()), own_relations.lower(), old_relations.lower(), _ROOT_RELATIONS}
    own = [one._replace(part=names.get(one.part.lower(), one.part)) for one in relations]
    file = io.BytesIO()
    with PackageWriter(file) as written:
        written.add(_ROOT_RELATIONS, _relations([Relation("book", "officeDocument", names[book.lower()])]))
        written.add(own_relations, _relations(own))
        for part, info in package.parts.items():
            if part in names:
                written.add_packed(names[part], package.packed(info), info)
            elif part not in taken:
                written.add_packed(info.filename.replace("\\", "/"), package.packed(info), info)
    return ZipPackage(file.getvalue())


def _relations(relations: list[Relation]) -> bytes:
    lines = "".join(
        f'<Relationship Id="{_escaped(one.name)}" Type="{_KIND}{_escaped(one.kind)}" Target="/{_escaped(one.part)}"/>' for one in relations
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'.encode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def mended(package: ZipPackage) -> ZipPackage | None:
    """An .xlsx that could not be read, with its parts in UTF-8 and without what keeps it from being read: a worthless extent of a sheet, a cell
    whose text, error or truth value is none, the style of a number that is no date. Such a cell says `LOST_TEXT`; a character that is none is U+FFFD. None where it is too large, or brings entities.

    Raises Refusal where a part is damaged.
    """
    kinds = {relation.part.lower(): relation.kind for relation in relations_of(package, "xl/workbook.xml")}
    parts = [name for name in package.parts if name == "xl/workbook.xml" or kinds.get(name) in ("worksheet", *_LOOKED_FOR)]
    if sum(package.parts[name].file_size for name in parts) > MOST_MENDED:
        return None
    texts = {name: _as_text(package.read(name)) for name in parts}
    texts |= {name: _closed(text) for name, text in texts.items() if kinds.get(name) == "sharedstrings"}
    if any("<!DOCTYPE" in text for text in texts.values()):
        return None  # entities of its own are never expanded
    strings = next((text for name, text in texts.items() if kinds.get(name) == "sharedstrings"), "")
    count = len(_STRING.findall(strings.encode()))
    file = io.BytesIO()
    with PackageWriter(file) as written:
        for name, text in texts.items():
            written.add(package.parts[name].filename, (_mended_sheet(text, count) if kinds.get(name) == "worksheet" else text).encode())
        for name, info in package.parts.items():
            if name not in texts:
                written.add_packed(info.filename, package.packed(info), info)
    return ZipPackage(file.getvalue())


def _as_text(part: bytes) -> str:
    """A part of XML as text, whatever it is encoded in; what is no character of XML is U+FFFD."""
    marked = next((encoding for mark, encoding in _MARKS.items() if part.startswith(mark)), None)
    declared = _DECLARED.match(part[:300])
    named = declared[1].decode().lower() if declared else "utf-8"
    text = part.decode(marked or _ENCODINGS.get(named, "utf-8"), "replace")
    text = _LOOSE.sub("&amp;", _NO_XML.sub("\ufffd", text))
    return '<?xml version="1.0" encoding="UTF-8"?>' + _DECLARATION.sub("", text, count=1)


def _closed(text: str) -> str:
    """A table of texts whose end is cut off, up to the last text that is whole."""
    end = text.rfind("</si>") + len("</si>")
    return text if text.rstrip().endswith("sst>") or end < len("</si>") else f"{text[:end]}</sst>"


def _mended_sheet(text: str, strings: int) -> str:
    text = _DIMENSION.sub(lambda found: found[0] if _EXTENT.search(found[0]) else "", text, count=1)

    def mend(cell: re.Match[str]) -> str:
        kind, value = cell["kind"], unescape(cell["value"] or "").strip()
        said = _said(kind, value, strings)
        if said is None:
            return cell[0]
        kind, value = said
        return f"{cell['open']}{kind}{cell['rest']}<{cell['tag']}>{value}</{cell['tag']}>"

    return _STYLED.sub(r"\1\2", _CELL.sub(mend, text))


def _said(kind: str, value: str, strings: int) -> tuple[str, str] | None:
    """Kind and value of a cell as it is to be written instead; None where it may stay."""
    if kind == "s":
        is_number = value.isascii() and value.isdecimal() and len(value) < 10
        return ("s", str(int(value))) if is_number and int(value) < strings else ("str", LOST_TEXT)
    if kind == "e":
        return None if value in _KNOWN_ERRORS else ("str", _escaped(value) if value.startswith("#") else LOST_TEXT)
    if kind == "b":
        return None if value in ("0", "1", "true", "false") else ("str", LOST_TEXT)
    return None if kind in _READ_AS_IS else ("str", LOST_TEXT)
