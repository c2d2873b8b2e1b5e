"""What another reader does not tell of an .xlsx: its sheets' own names, and formulas that were never calculated."""

import posixpath
from collections.abc import Iterator

from guantong.reports.returned.xml_trees import NotEditable, elements, holds, parse
from guantong.schemas.files.cell_address import CellAddress, cell_address
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.zip_package import MAX_INFLATED, ZipPackage


def xlsx_package(data: bytes) -> ZipPackage | None:
    """A file's content as the package of an .xlsx or .xlsm, whatever it is called, each part of XML unpacked once; None where it is none that is safe to unpack."""
    try:
        package = ZipPackage(data, MAX_INFLATED)
    except Refusal:
        return None
    return package if "xl/workbook.xml" in package.parts else None


def uncalculated(package: ZipPackage) -> dict[str, dict[CellAddress, str]]:
    """Of each sheet the formulas that were never calculated, as text; none where the package does not tell its sheets."""
    try:
        return {sheet: dict(_uncalculated(package.read(part))) for sheet, _, part in sheets_of(package)}
    except NotEditable:  # the cells then say that they were never calculated, as the reader has it
        return {}


def _uncalculated(content: bytes) -> Iterator[tuple[CellAddress, str]]:
    if not holds(content, b"f>"):  # no cell holds a formula
        return
    for cell in elements(content, "c"):
        formula, address = cell.findtext("{*}f"), cell.get("r")
        if formula and address and not cell.findtext("{*}v"):
            yield cell_address(address), f"={formula}"


def sheets_of(package: ZipPackage) -> Iterator[tuple[str, str, str]]:
    """(name, state, part) of the worksheets whose parts are there."""
    relations = parse(package.read("xl/_rels/workbook.xml.rels"))
    targets = {item.get("Id"): item.get("Target", "") for item in relations if item.get("Type", "").endswith("/worksheet")}
    for sheet in parse(package.read("xl/workbook.xml")).iter():
        relation = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        if sheet.tag.endswith("}sheet") and relation in targets:
            target = targets[relation]
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            if part.lower() in package.parts:
                yield sheet.get("name", ""), sheet.get("state", "visible"), part
