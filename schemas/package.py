"""What python-calamine does not tell of a workbook, read from the workbook's own XML.

Merged ranges of .ods, and error cells of .xlsx: calamine gives an error as an empty cell, and an
empty 职称 would mean «no title» where #N/A means «unknown».
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path

from defusedxml import ElementTree

Merge = tuple[int, int, int, int]
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ERROR = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})(\d{1,7})"[^>]*>.*?<(?:\w+:)?v>([^<]{1,20})<', re.DOTALL)


def ods_merges(path: Path) -> dict[str, list[Merge]]:
    """Merged ranges of an .ods workbook by sheet, {} for other formats: (first row, first column, last row, last column), from 0.

    Raises what zipfile and the XML parser raise on a damaged file.
    """
    found: dict[str, list[Merge]] = {}
    with zipfile.ZipFile(path) as book:
        if "content.xml" not in book.namelist():
            return found
        content = book.open("content.xml")
        for event, element in ElementTree.iterparse(content, events=("start", "end")):
            if event == "start" and element.tag == f"{_TABLE}table":
                merges, row = found.setdefault(element.get(f"{_TABLE}name", ""), []), 0
            elif event == "end" and element.tag == f"{_TABLE}table-row":
                merges += _spans(element, row)
                row += int(element.get(f"{_TABLE}number-rows-repeated", 1))
                element.clear()
    return found


def _spans(row: object, at: int) -> list[Merge]:
    found, column = [], 0
    for cell in row:
        down, right = int(cell.get(f"{_TABLE}number-rows-spanned", 1)), int(cell.get(f"{_TABLE}number-columns-spanned", 1))
        if down > 1 or right > 1:
            found.append((at, column, at + down - 1, column + right - 1))
        column += int(cell.get(f"{_TABLE}number-columns-repeated", 1))
    return found


def xlsx_errors(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Error cells of an .xlsx or .xlsm by sheet, {} for other formats: (row, column) from 0 → the error as Excel shows it.

    Raises what zipfile and the XML parser raise on a damaged file.
    """
    found: dict[str, dict[tuple[int, int], str]] = {}
    with zipfile.ZipFile(path) as book:
        for name, part in _sheet_parts(book).items():
            content = book.read(part)
            if b't="e"' in content:
                found[name] = {(int(row) - 1, _column(letters)): error.decode() for letters, row, error in _ERROR.findall(content)}
    return found


def _sheet_parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → the part of the package that holds it, for the parts that are there."""
    root = "xl/workbook.xml"
    if root not in book.namelist():
        return {}
    targets = {item.get("Id"): item.get("Target", "") for item in ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))}
    parts = {}
    for sheet in ElementTree.fromstring(book.read(root)).iter():
        if sheet.tag.endswith("}sheet") and sheet.get(_RELATION) in targets:
            target = targets[sheet.get(_RELATION)]
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            if part in book.namelist():
                parts[sheet.get("name", "")] = part
    return parts


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
