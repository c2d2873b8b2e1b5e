"""Awful .ods, .xls and .xlsb workbooks: (name, content, outcomes that are right)."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from xml.sax.saxutils import escape

import xlwt

from tests.support.hostile_files.hostile_xlsx import DAMAGED, HEADERS, LARGE, PERSON, READ, WIDE, Case
from tests.support.hostile_files.hostile_zip import Part, repeated, zipped

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_LOST = DAMAGED | {"no_roster_sheet", "not_a_workbook"}


def ods(rows: str | None = None, more: str = "", declared: str = "", tail: str = "") -> list[Part]:
    """The parts of an .ods of one sheet; ``more`` are attributes of its table."""
    spaces = " ".join(f'xmlns:{name}="{_OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
    body = f'<table:table table:name="花名册"{more}>{ods_people() if rows is None else rows}</table:table>{tail}'
    content = f"<office:document-content {spaces}><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    manifest = f'<manifest:manifest xmlns:manifest="{_OFFICE}:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS}"/></manifest:manifest>'
    head = f'<?xml version="1.0" encoding="UTF-8"?>{declared}'
    return [
        Part("mimetype", _ODS.encode(), method=0),
        Part("content.xml", (head + content).encode()),
        Part("META-INF/manifest.xml", manifest.encode()),
    ]


def ods_cell(text: str, more: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string"{more}><text:p>{escape(text)}</text:p></table:table-cell>'
        if text
        else "<table:table-cell/>"
    )


def ods_row(cells: list[str], more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(map(ods_cell, cells))}</table:table-row>"


def ods_people() -> str:
    return ods_row(HEADERS) + ods_row(PERSON)


def open_documents() -> Iterator[Case]:
    """What may be said once in an .ods stands a million times."""
    roster, many, wide = ods_people(), ' table:number-rows-repeated="1048574"', ' table:number-columns-repeated="16384"'
    tail = f"<table:table-row{many}><table:table-cell{wide}/></table:table-row>"
    yield "tail-blank", zipped(ods(roster + tail)), READ
    yield "tail-styled", zipped(ods(roster + tail.replace("<table:table-cell ", '<table:table-cell table:style-name="ce1" '))), READ
    full = f"<table:table-row{many}>{ods_cell('满', wide)}</table:table-row>"
    yield "full", zipped(ods(full)), LARGE | {"no_roster_sheet"}
    yield "full-behind", zipped(ods(roster + full)), READ | LARGE
    yield (
        "full-columns",
        zipped(ods(f"<table:table-row{many.replace('1048574', '5000')}>{ods_cell('满', wide)}</table:table-row>")),
        LARGE | {"no_roster_sheet"},
    )
    yield "people", zipped(ods(ods_row(HEADERS) + ods_row(PERSON, many))), READ | LARGE
    yield "people-three", zipped(ods(ods_row(HEADERS) + ods_row(PERSON, many.replace("1048574", "3")))), READ
    yield "far", zipped(ods(roster + tail.replace("1048574", "1000000") + ods_row(["满"]))), READ | LARGE
    for at, number in enumerate(("-1", "0", "99999999999999999999999", "abc", "", "1e9", "２")):
        yield f"repeated-{at}", zipped(ods(roster + tail.replace("1048574", number))), WIDE
        yield f"repeated-columns-{at}", zipped(ods(roster + tail.replace("16384", number))), WIDE
        yield f"spanned-{at}", zipped(ods(roster + ods_row([""]).replace("-cell", f'-cell table:number-rows-spanned="{number}"'))), WIDE
    spanned = ' table:number-rows-spanned="1048576" table:number-columns-spanned="16384"'
    yield "spanned-far", zipped(ods(roster + f"<table:table-row>{ods_cell('注', spanned)}</table:table-row>")), READ
    laughs = (
        '<!DOCTYPE x [<!ENTITY a0 "哈哈哈哈哈哈哈哈">'
        + "".join(f'<!ENTITY a{at} "' + f"&a{at - 1};" * 10 + '">' for at in range(1, 12))
        + "]>"
    )
    secret = '<!DOCTYPE x [<!ENTITY a11 SYSTEM "file:///etc/passwd">]>'
    person = (ods_row(HEADERS) + ods_row(["赵示例&a11;", *PERSON[1:]])).replace("&amp;", "&")
    yield "laughs", zipped(ods(person, declared=laughs)), DAMAGED
    yield "secret", zipped(ods(person, declared=secret)), DAMAGED
    yield "nested", zipped(ods(roster + "<table:table-row-group>" * 200_000 + "</table:table-row-group>" * 200_000)), WIDE
    yield "nested-cell", zipped(ods(roster + ods_row(["注"]).replace("注", "<text:span>" * 200_000 + "</text:span>" * 200_000))), WIDE
    yield "spaces", zipped(ods(roster + ods_row(["注"]).replace("注", '<text:s text:c="2000000000"/>'))), WIDE
    parts = ods()
    swollen = repeated(
        "content.xml", parts[1].head.split(b"</table:table>")[0], b"<table:table-row><table:table-cell/></table:table-row>", 3_000_000, b""
    )
    swollen.tail = b"</table:table>" + parts[1].head.split(b"</table:table>")[1]
    yield "rows-blank", zipped([parts[0], swollen, parts[2]]), READ | LARGE
    long = repeated("content.xml", parts[1].head.split(b"</text:p>")[0], b"a" * 1000, 300_000, b"")
    long.tail = b"</text:p>" + parts[1].head.split(b"</text:p>", 1)[1]
    yield "string-300mb", zipped([parts[0], long, parts[2]]), WIDE
    tables = "".join(f'<table:table table:name="表{at}"/>' for at in range(10_000))
    yield "tables-10k", zipped(ods(tail=tables)), READ | LARGE
    sealed = parts[2].head.replace(
        b"</manifest:manifest>",
        b'<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>',
    )
    yield (
        "encrypted",
        zipped([parts[0], Part("content.xml", bytes(range(256)) * 9, method=0), Part(parts[2].name, sealed)]),
        {"encrypted"} | DAMAGED,
    )
    yield "no-mimetype", zipped(parts[1:]), READ | _LOST
    yield "no-content", zipped([parts[0], parts[2]]), _LOST
    yield "no-manifest", zipped(parts[:2]), READ | _LOST
    yield "text-document", zipped([Part("mimetype", b"application/vnd.oasis.opendocument.text", method=0), *parts[2:]]), _LOST


def _xls(fill: object = None, names: tuple[str, ...] = ("花名册",)) -> bytearray:
    """An .xls with a roster in each sheet, ``fill`` called with the last sheet."""
    book = xlwt.Workbook(encoding="utf-8")
    for name in names:
        page = book.add_sheet(name)
        for at, cells in enumerate((HEADERS, PERSON)):
            for column, text in enumerate(cells):
                page.write(at, column, text)
    if fill:
        fill(page)
    out = io.BytesIO()
    book.save(out)
    return bytearray(out.getvalue())


def _patched(content: bytearray, *changes: tuple[int, str, int]) -> bytes:
    """``content`` with numbers written over it: (place, struct format, number) each."""
    content = bytearray(content)
    for at, form, number in changes:
        struct.pack_into(f"<{form}", content, at, number)
    return bytes(content)


def _records(content: bytearray) -> Iterator[tuple[int, int, int]]:
    """(place, kind, length) of the records of the workbook stream, which stands whole behind the first sector of what xlwt writes."""
    at = 512
    while at + 4 <= len(content):
        kind, length = struct.unpack_from("<HH", content, at)
        if kind == 0 and length == 0:
            return
        yield at, kind, length
        at += 4 + length


def _place(content: bytearray, kind: int) -> int:
    return next(at for at, found, _ in _records(content) if found == kind)


def old_workbooks() -> Iterator[Case]:
    """.xls files whose headers, sectors and records lie."""
    whole = _xls()
    any_ = READ | LARGE | _LOST
    fat = 512 * (1 + struct.unpack_from("<I", whole, 76)[0])
    directory = 512 * (1 + struct.unpack_from("<I", whole, 48)[0])
    yield "sound", bytes(whole), READ
    yield "far", bytes(_xls(lambda page: page.write(65535, 255, "满"))), READ | LARGE
    yield "far-sheets", bytes(_xls(lambda page: page.write(65535, 255, "满"), tuple(f"表{at}" for at in range(200)))), READ | LARGE
    merged = _xls(lambda page: page.merge(9, 9, 0, 9))
    at = _place(merged, 0xE5)
    yield "merged", _patched(merged, (at + 8, "H", 65535), (at + 12, "H", 255)), READ
    for name, change in {
        "fat-circle": [(fat + 4 * at, "I", (at + 1) % 8) for at in range(100)],
        "fat-self": [(fat + 4 * at, "I", at) for at in range(100)],
        "fat-far": [(fat + 4 * at, "I", 0x7FFFFFFF) for at in range(100)],
        "fat-count": [(44, "I", 0xFFFFFFFF)],
        "fat-many": [(44, "I", 100_000_000)],
        "difat-circle": [(68, "I", 0), (72, "I", 0xFFFFFFFF)],
        "directory-start": [(48, "I", 0xFFFFFFF0)],
        "directory-self": [(48, "I", 0)],
        "minifat": [(60, "I", 0), (64, "I", 0xFFFFFFFF)],
        "sector-huge": [(30, "H", 0xFFFF)],
        "sector-tiny": [(30, "H", 0)],
        "sector-31": [(30, "H", 31)],
        "minisector": [(32, "H", 0xFFFF)],
        "cutoff": [(56, "I", 0xFFFFFFFF)],
        "version": [(26, "H", 4)],
        "stream-size": [(directory + 128 * at + 120, "I", 0xFFFFFFFF) for at in range(4)],
        "stream-size-64": [(directory + 128 * at + 120, "Q", 0xFFFFFFFFFFFFFFFF) for at in range(4)],
        "stream-start": [(directory + 128 * at + 116, "I", 0x7FFFFFF0) for at in range(4)],
        "tree-circle": [(directory + 128 * at + 68 + 4 * side, "I", at) for at in range(4) for side in range(3)],
        "name-length": [(directory + 128 * at + 64, "H", 0xFFFF) for at in range(4)],
    }.items():
        yield name, _patched(whole, *change), any_
    strings, dimensions, sheets = _place(whole, 0xFC), _place(whole, 0x200), _place(whole, 0x85)
    for name, change in {
        "strings-count": [(strings + 4, "I", 0xFFFFFFFF), (strings + 8, "I", 0xFFFFFFFF)],
        "strings-length": [(strings + 12, "H", 0xFFFF)],
        "strings-runs": [(strings + 14, "B", 0x0C)],
        "strings-record": [(strings + 2, "H", 0xFFFF)],
        "dimensions": [
            (dimensions + 4, "I", 0),
            (dimensions + 8, "I", 0xFFFFFFFF),
            (dimensions + 12, "H", 0),
            (dimensions + 14, "H", 0xFFFF),
        ],
        "dimensions-back": [(dimensions + 4, "I", 0xFFFFFFFF), (dimensions + 8, "I", 0)],
        "sheet-at-0": [(sheets + 4, "I", 0)],
        "sheet-at-itself": [(sheets + 4, "I", sheets - 512)],
        "sheet-far": [(sheets + 4, "I", 0xFFFFFFF0)],
        "sheet-name": [(sheets + 10, "B", 255)],
        "labels-far": [(at + 4, "H", 0xFFFF) for at, kind, _ in _records(whole) if kind == 0xFD],
        "labels-wide": [(at + 6, "H", 0xFFFF) for at, kind, _ in _records(whole) if kind == 0xFD],
        "labels-string": [(at + 10, "I", 0xFFFFFFFF) for at, kind, _ in _records(whole) if kind == 0xFD],
        "labels-as-numbers": [(at, "H", 0xBD) for at, kind, _ in _records(whole) if kind == 0xFD],
        "records-empty": [(at + 2, "H", 0) for at, kind, _ in _records(whole) if kind in (0xFD, 0x85)],
        "rows-as-formulas": [(at, "H", 0x06) for at, kind, _ in _records(whole) if kind == 0x208],
        "rows-as-merges": [(at, "H", 0xE5) for at, kind, _ in _records(whole) if kind == 0x208],
        "codepage": [(at + 4, "H", 65000) for at, kind, _ in _records(whole) if kind == 0x42],
        "biff-2": [(512, "H", 0x0009)],
        "biff-version": [(516, "H", 0x0500)],
    }.items():
        yield name, _patched(whole, *change), any_
    sealed = _patched(whole, (next(at for at, kind, length in _records(whole) if length >= 6 and kind not in (0x809, 0x85)), "H", 0x2F))
    yield "encrypted", sealed, {"encrypted"} | DAMAGED
    yield "macro-sheet", _patched(whole, (sheets + 9, "B", 1)), {"macro_sheet"} | _LOST
    yield "chart-sheet", _patched(whole, (sheets + 9, "B", 2)), _LOST
    yield "hidden", _patched(whole, (sheets + 8, "B", 2)), READ
    for at in (2, 20, 50, 80, 99):
        yield f"cut-{at}", bytes(whole[: len(whole) * at // 100]), READ | _LOST
    for step in (31, 257, 1021):
        flipped = bytearray(whole)
        flipped[40 * step % 512 :: step] = bytes(255 - one for one in flipped[40 * step % 512 :: step])
        yield f"flipped-{step}", bytes(flipped), any_ | {"encrypted"}
    yield "zeros", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100_000), _LOST
    yield "signature", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _LOST
    yield "raw-biff2", b"\x09\0\x04\0\x02\0\x10\0" + b"\x04\0\x0b\0\xff\xff\xff\xff\0\0\0\x03abc", _LOST | {"unsupported_format"}


def _record(kind: int, data: bytes = b"", said: int | None = None) -> bytes:
    """A record of an .xlsb: its kind and length seven bits a byte."""
    made, length = b"", len(data) if said is None else said
    for number in (kind, length):
        if kind is number and number >= 128:
            made += bytes([number & 0x7F | 0x80, number >> 7])
            continue
        while number >= 128:
            made, number = made + bytes([number & 0x7F | 0x80]), number >> 7
        made += bytes([number])
    return made + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _xlsb(rows: bytes, area: tuple[int, int, int, int] = (0, 1, 0, 9)) -> bytes:
    """An .xlsb whose one sheet holds these row and cell records."""
    types = '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="{}" Type="{}/{}" Target="{}"/></Relationships>'
    book = (
        _record(131) + _record(143) + _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("花名册")) + _record(144) + _record(132)
    )
    page = _record(129) + _record(148, struct.pack("<4I", *area)) + _record(145) + rows + _record(146) + _record(130)
    return zipped(
        [
            Part(
                "[Content_Types].xml",
                f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{types}</Types>'.encode(),
            ),
            Part("_rels/.rels", links.format("rId1", office, "officeDocument", "xl/workbook.bin").encode()),
            Part("xl/workbook.bin", book),
            Part("xl/_rels/workbook.bin.rels", links.format("rId1", office, "worksheet", "worksheets/sheet1.bin").encode()),
            Part("xl/worksheets/sheet1.bin", page),
        ]
    )


def _xlsb_row(at: int, cells: list[tuple[int, str]]) -> bytes:
    head = _record(0, struct.pack("<IIHHBI", at, 0, 300, 0, 0, 0))
    return head + b"".join(_record(6, struct.pack("<II", column, 0) + _wide(text)) for column, text in cells)


def binary_workbooks() -> Iterator[Case]:
    """.xlsb files whose records lie."""
    roster = _xlsb_row(0, list(enumerate(HEADERS))) + _xlsb_row(1, [(at, text) for at, text in enumerate(PERSON) if text])
    any_ = READ | LARGE | _LOST
    yield "sound", _xlsb(roster), READ
    yield "far", _xlsb(roster + _xlsb_row(1048575, [(16383, "满")])), READ | LARGE
    yield "dimensions", _xlsb(roster, (0, 1048575, 0, 16383)), READ
    yield "dimensions-wild", _xlsb(roster, (0, 0xFFFFFFFF, 0, 0xFFFFFFFF)), READ | DAMAGED | LARGE
    yield "dimensions-back", _xlsb(roster, (0xFFFFFFFF, 0, 0xFFFFFFFF, 0)), READ | DAMAGED | LARGE
    yield "row-wild", _xlsb(roster + _xlsb_row(0xFFFFFFFF, [(0xFFFFFFFF, "满")])), any_
    yield "string-length", _xlsb(roster + _record(0, bytes(17)) + _record(6, struct.pack("<III", 0, 0, 0xFFFFFFFF))), any_
    yield "string-index", _xlsb(roster + _record(0, bytes(17)) + _record(7, struct.pack("<III", 0, 0, 0xFFFFFFFF))), any_
    yield "record-length", _xlsb(roster + _record(6, b"", 0x0FFFFFFF)), any_
    yield "record-short", _xlsb(roster + _record(0, b"\1") + _record(6, b"\1")), any_
    yield "record-kind", _xlsb(roster + b"\xff\xff\xff\xff\xff\xff\xff"), any_
    yield "cut", _xlsb(roster[:100]), any_
