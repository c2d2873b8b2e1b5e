"""What another reader does not tell of an .xlsx: its sheets' own names, and formulas that were never calculated."""

import io
import posixpath
import re
from collections.abc import Iterator
from html import unescape
from zipfile import BadZipFile, ZipFile

from defusedxml import ElementTree

from guantong.schemas.files.sniff import Package

CELL = re.compile(rb"<(?:\w+:)?c\b(?P<head>[^<>]*?)(?:/>|>(?P<body>(?:[^<]++|<(?!/?(?:\w+:)?c[\s>/]))*+)</(?:\w+:)?c>)")
FORMULA_TAG = re.compile(rb"<(?:\w+:)?f\b")
FORMULA = re.compile(r"<(?:\w+:)?f\b[^<>]*?(?:/>|>(?P<text>[^<]*)</(?:\w+:)?f>)")
VALUE = re.compile(r"<(?:\w+:)?v\b[^<>]*>([^<]*)</(?:\w+:)?v>")
ATTRIBUTE = re.compile(r"""([\w:.]+)\s*=\s*["']([^"']*)["']""")


class Unpacked(Package):
    """A package each of whose XML parts is unpacked once; of pictures and the like, which may be large, nothing is held."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._content: dict[str, bytes] = {}

    def read(self, name: str) -> bytes:
        """A part, unpacked. Raises Refusal where it is not there, is damaged, or is larger than the directory says."""
        key = name.lower()
        if key in self._content:
            return self._content[key]
        content = super().read(key)
        if key.endswith(".xml"):
            self._content[key] = content
        return content


def is_package(data: bytes) -> bool:
    """Whether a file's content is an .xlsx or .xlsm, whatever it is called."""
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (BadZipFile, NotImplementedError):
        return False


def unpacked(data: bytes) -> int:
    """Bytes of XML in a package."""
    with ZipFile(io.BytesIO(data)) as archive:
        return sum(part.file_size for part in archive.infolist() if part.filename.endswith((".xml", ".vml", ".rels")))


def uncalculated(data: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Of each sheet the formulas that were never calculated, as text, by row and column from 0."""
    found: dict[str, dict[tuple[int, int], str]] = {}
    with ZipFile(io.BytesIO(data)) as archive:
        for sheet, _, part in sheets_of(archive):
            for at, body in _cells(archive.read(part)):
                value, formula = VALUE.search(body), FORMULA.search(body)
                if formula and formula["text"] and at and not (value and value[1]):
                    found.setdefault(sheet, {})[_place(at)] = f"={unescape(formula['text'])}"
    return found


def _cells(content: bytes) -> Iterator[tuple[str, str]]:
    """(address, content) of the cells of a sheet that hold a formula."""
    if not FORMULA_TAG.search(content):
        return
    for cell in CELL.finditer(content):
        if cell["body"] and FORMULA_TAG.search(cell["body"]):
            attributes = dict(ATTRIBUTE.findall(cell["head"].decode()))
            yield attributes.get("r", ""), cell["body"].decode("utf-8", "replace")


def _place(address: str) -> tuple[int, int]:
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :]) - 1, _column(letters) - 1


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def sheets_of(archive: ZipFile) -> Iterator[tuple[str, str, str]]:
    """(name, state, part) of the worksheets whose parts are there."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {item.get("Id"): item.get("Target", "") for item in relations if item.get("Type", "").endswith("/worksheet")}
    names = set(archive.namelist())
    for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        relation = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        if sheet.tag.endswith("}sheet") and relation in targets:
            target = targets[relation]
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            if part in names:
                yield sheet.get("name", ""), sheet.get("state", "visible"), part
