"""What another reader does not tell of an .xlsx: its sheets' own names, and formulas that were never calculated."""

import posixpath
import re
from collections.abc import Iterator
from html import unescape

from defusedxml import ElementTree

from guantong.schemas.files.cell_address import CellAddress, cell_address
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.zip_package import CachedPackage, ZipPackage

CELL = re.compile(rb"<(?:\w+:)?c\b(?P<head>[^<>]*?)(?:/>|>(?P<body>(?:[^<]++|<(?!/?(?:\w+:)?c[\s>/]))*+)</(?:\w+:)?c>)")
FORMULA_TAG = re.compile(rb"<(?:\w+:)?f\b")
FORMULA = re.compile(r"<(?:\w+:)?f\b[^<>]*?(?:/>|>(?P<text>[^<]*)</(?:\w+:)?f>)")
VALUE = re.compile(r"<(?:\w+:)?v\b[^<>]*>([^<]*)</(?:\w+:)?v>")
ATTRIBUTE = re.compile(r"""([\w:.]+)\s*=\s*["']([^"']*)["']""")


def xlsx_package(data: bytes) -> CachedPackage | None:
    """A file's content as the package of an .xlsx or .xlsm, whatever it is called; None where it is none that is safe to unpack."""
    try:
        package = CachedPackage(data)
    except Refusal:
        return None
    return package if "xl/workbook.xml" in package.parts else None


def xml_size(package: ZipPackage) -> int:
    """Bytes of XML in a package, unpacked."""
    return sum(part.file_size for name, part in package.parts.items() if name.endswith((".xml", ".vml", ".rels")))


def uncalculated(package: ZipPackage) -> dict[str, dict[CellAddress, str]]:
    """Of each sheet the formulas that were never calculated, as text."""
    found: dict[str, dict[CellAddress, str]] = {}
    for sheet, _, part in sheets_of(package):
        for at, body in _cells(package.read(part)):
            value, formula = VALUE.search(body), FORMULA.search(body)
            if formula and formula["text"] and at and not (value and value[1]):
                found.setdefault(sheet, {})[cell_address(at)] = f"={unescape(formula['text'])}"
    return found


def _cells(content: bytes) -> Iterator[tuple[str, str]]:
    """(address, content) of the cells of a sheet that hold a formula."""
    if not FORMULA_TAG.search(content):
        return
    for cell in CELL.finditer(content):
        if cell["body"] and FORMULA_TAG.search(cell["body"]):
            attributes = dict(ATTRIBUTE.findall(cell["head"].decode()))
            yield attributes.get("r", ""), cell["body"].decode("utf-8", "replace")


def sheets_of(package: ZipPackage) -> Iterator[tuple[str, str, str]]:
    """(name, state, part) of the worksheets whose parts are there."""
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {item.get("Id"): item.get("Target", "") for item in relations if item.get("Type", "").endswith("/worksheet")}
    for sheet in ElementTree.fromstring(package.read("xl/workbook.xml")).iter():
        relation = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        if sheet.tag.endswith("}sheet") and relation in targets:
            target = targets[relation]
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            if part.lower() in package.parts:
                yield sheet.get("name", ""), sheet.get("state", "visible"), part
