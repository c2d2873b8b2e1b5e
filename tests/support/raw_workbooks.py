"""Workbooks made part by part, record by record, for what no library writes; and the reading of them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterable

import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style
from odf.table import Table, TableCell, TableRow
from odf.text import P

from guantong.schemas.catalogue import finding_kinds
from guantong.schemas.files.workbook import Refusal, Sheet, read_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
ROOT = f'<Relationships xmlns="{RELATED}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="{{}}"/></Relationships>'
STYLES = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="46"/></cellXfs></styleSheet>'


def xlsx(*sheets: str, book: str = "", parts: dict[str, bytes | str] | None = None, raw: bool = False) -> bytes:
    """An .xlsx of sheets given as the XML in their worksheet element, or whole parts where ``raw``."""
    names = range(1, len(sheets) + 1)
    links = "".join(f'<Relationship Id="r{at}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>' for at in names)
    if "xl/sharedStrings.xml" in (parts or {}):
        links += f'<Relationship Id="s" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    links += f'<Relationship Id="t" Type="{OFFICE}/styles" Target="styles.xml"/>'
    listed = "".join(f'<sheet name="表{at}" sheetId="{at}" r:id="r{at}"/>' for at in names)
    found: dict[str, bytes | str] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": ROOT.format("xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATED}">{links}</Relationships>',
        "xl/styles.xml": STYLES,
    }
    for at, sheet in zip(names, sheets):
        found[f"xl/worksheets/sheet{at}.xml"] = sheet if raw else f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>'
    return zipped(found | (parts or {}))


def zipped(parts: dict[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return file.getvalue()


def data(rows: str) -> str:
    return f"<sheetData>{rows}</sheetData>"


def one(content: bytes, suffix: str = ".xlsx") -> Sheet:
    """The first sheet of a file."""
    return read_workbook(content, suffix).sheets[0]


def refused(content: bytes, suffix: str = ".xlsx") -> tuple[str, str]:
    """Why a file is refused: code and detail."""
    with pytest.raises(Refusal) as caught:
        read_workbook(content, suffix)
    assert finding_kinds()[caught.value.code].severity == "error"
    return caught.value.code, caught.value.detail


def xls(*fills: Callable[[xlwt.Worksheet], object], date1904: bool = False) -> bytes:
    """An .xls; each of ``fills`` writes a sheet."""
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = date1904
    for number, fill in enumerate(fills, 1):
        fill(book.add_sheet(f"表{number}", cell_overwrite_ok=True))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def ods(fill: Callable[[Table], object], styles: Iterable[Style] = (), common: Iterable[Style] = ()) -> bytes:
    """An .ods of one sheet; its styles, automatic and ``common``."""
    book = OpenDocumentSpreadsheet()
    for style in styles:
        book.automaticstyles.addElement(style)
    for style in common:
        book.styles.addElement(style)
    table = Table(name="表1")
    fill(table)
    book.spreadsheet.addElement(table)
    file = io.BytesIO()
    book.write(file)
    return file.getvalue()


def ods_row(table: Table, *cells: str | dict, **about: object) -> None:
    row = TableRow(**about)
    for cell in cells:
        item = TableCell(**({"valuetype": "string"} if isinstance(cell, str) else cell))
        if isinstance(cell, str):
            item.addElement(P(text=cell))
        row.addElement(item)
    table.addElement(row)


def record(kind: int, content: bytes = b"") -> bytes:
    """A record of an .xlsb: number and size, seven bits to a byte."""
    number = bytes([kind & 0x7F | 0x80, kind >> 7]) if kind > 127 else bytes([kind])
    assert len(content) < 128
    return number + bytes([len(content)]) + content


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(rows: bytes, before: bytes = b"", after: bytes = b"", flags: int = 0, parts: dict[str, bytes] | None = None) -> bytes:
    """An .xlsb of one sheet; ``parts``: further ones by the kind of their relation (styles, sharedStrings)."""
    book = record(131) + record(153, struct.pack("<II", flags, 0)) + record(143)
    book += record(156, struct.pack("<II", 1, 1) + wide("r1") + wide("表1")) + record(144) + record(132)
    sheet = record(129) + record(148, struct.pack("<4I", 0, 9, 0, 9)) + before + record(145) + rows + record(146) + after + record(130)
    links = f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.bin"/>'
    links += "".join(f'<Relationship Id="{kind}" Type="{OFFICE}/{kind}" Target="{kind}.bin"/>' for kind in parts or {})
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": ROOT.format("xl/workbook.bin"),
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{RELATED}">{links}</Relationships>',
            "xl/worksheets/sheet1.bin": sheet,
            **{f"xl/{kind}.bin": content for kind, content in (parts or {}).items()},
        }
    )
