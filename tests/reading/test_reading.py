"""What is read from the bytes of one file: each trap once, in files made here; nothing of a roster is lost or passed for blank."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib
from pathlib import Path
from random import Random

import msoffcrypto.format.ooxml
import pytest
import xlsxwriter
import xlwt
from odf.table import Table, TableCell, TableColumn, TableRow
from odf.text import P

from guantong.schemas.catalogue import finding_kinds
from guantong.schemas.files import zip_package
from guantong.schemas.files.workbook import UNCALCULATED, Workbook, read_workbook, shown_names
from tests.support.raw_workbooks import MAIN, data, ods, ods_row, one, record, refused, wide, xls, xlsb, xlsx, zipped

# Text


def test_rich_text_phonetic_runs_and_escapes_are_one_text() -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><r><t>高级</t></r><r><rPr><b/></rPr><t>工</t></r><rPh sb="0" eb="1"><t>gao</t></rPh></si>'
        "<si><t>二_x0000_级_x005F_x0041_</t></si><si><t>１２３　\u200b４</t></si><si><t>\U00020bb7\U00030000·阿卜杜</t></si></sst>"
    )
    rows = '<row r="1">' + "".join(f'<c r="{letter}1" t="s"><v>{at}</v></c>' for at, letter in enumerate("ABCD")) + "</row>"
    sheet = one(xlsx(data(rows), parts={"xl/sharedStrings.xml": strings}))
    assert sheet.rows == [["高级工", "二\0级_x0041_", "１２３　\u200b４", "\U00020bb7\U00030000·阿卜杜"]]


# Errors and formulas never calculated, what is hidden, days of the 1904 system


XLSX_CELLS = (
    '<cols><col min="2" max="3" width="9" hidden="1"/></cols>'
    + data(
        '<row r="1"><c r="A1" t="e"><f>NA()</f><v>#N/A</v></c><c r="B1" t="e"><v>#REF!</v></c><c r="C1" t="inlineStr"><is><t>t="e"#</t></is></c></row>'
        '<row r="3" hidden="1"><c r="A3"><f>1+1</f></c><c r="B3"><f>1+1</f><v></v></c><c r="C3" t="str"><f>""</f><v></v></c></row>'
        '<row r="4" hidden="0"><c r="A4"><f t="shared" ref="A4:A5" si="0">1+1</f><v>2</v></c><c r="B4" t="str"><f>A1</f></c></row>'
        '<row r="5"><c r="A5"><f t="shared" si="0"/><v/></c><c r="E5"><f>1</f></c></row>'
    )
    + '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
)
XLSX_READ = [
    ["#N/A", "#REF!", 't="e"#', "", ""],
    ["", "", "", "", ""],
    [UNCALCULATED, UNCALCULATED, "", "", ""],
    [2.0, UNCALCULATED, "", "", ""],
    [UNCALCULATED, "", "", "", UNCALCULATED],
]
REWRITTEN = {
    "as Excel writes it": lambda text: text,
    "single quotes": lambda text: text.replace('t="e"#', "#").replace('"', "'").replace("''", '""'),
    "blanks": lambda text: text.replace('<c r="', '<c\n r = "').replace("<row r=", "<row\tr="),
    "a comment": lambda text: text.replace("<sheetData>", '<sheetData><!-- <c r="A9" t="e"><v>#REF!</v></c> -->'),
}


@pytest.mark.parametrize("way", REWRITTEN)
def test_xlsx_errors_uncalculated_formulas_and_hidden_rows_however_it_is_written(way: str) -> None:
    sheet = one(xlsx(REWRITTEN[way](XLSX_CELLS)))
    expected = [row[:] for row in XLSX_READ]
    if way == "single quotes":
        expected[0][2] = "#"
    assert (sheet.rows, sheet.hidden_rows, sheet.hidden_columns) == (expected, {2}, {1, 2})
    assert sheet.merges == [(0, 0, 4, 4)]


def test_xlsx_with_prefixes_and_cells_without_a_place() -> None:
    rows = '<x:row><x:c t="e"><x:v>#N/A</x:v></x:c><x:c><x:f>1</x:f></x:c></x:row><x:row x:spans="1" hidden="true"><x:c/><x:c><x:v>5</x:v></x:c></x:row>'
    part = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    sheet = one(xlsx(part, raw=True))
    assert (sheet.rows, sheet.hidden_rows) == ([["#N/A", UNCALCULATED], ["", 5.0]], {1})


def test_xlsx_hidden_sheets_macros_links_and_1904_are_told() -> None:
    rows = data('<row r="1"><c r="A1" s="1"><v>1000</v></c><c r="B1"><v>1000</v></c></row>')
    plain = read_workbook(xlsx(rows), ".xlsx")
    assert (plain.date1904, plain.macros, plain.external_links, plain.sheets[0].hidden) == (False, False, False, False)
    said = '<workbookPr date1904="1"/><x15:workbookPr xmlns:x15="x" chartTrackingRefBase="1"/>'
    parts: dict[str, bytes | str] = {"xl/vbaProject.bin": b"", "xl/externalLinks/externalLink1.xml": "<externalLink/>"}
    book = read_workbook(xlsx(rows, rows, book=said, parts=parts), ".xlsm")
    assert (book.date1904, book.macros, book.external_links) == (True, True, True)
    assert book.sheets[0].rows == [[dt.date(1906, 9, 27), 1000.0]]
    hidden = io.BytesIO()
    with xlsxwriter.Workbook(hidden) as written:
        written.add_worksheet("看得见").write(0, 0, "甲")
        written.add_worksheet("看不见").very_hidden()
    assert [(sheet.name, sheet.hidden) for sheet in read_workbook(hidden.getvalue(), ".xlsx").sheets] == [
        ("看得见", False),
        ("看不见", True),
    ]


def test_xls_errors_hidden_rows_and_columns_merges_and_1904() -> None:
    def fill(page: xlwt.Worksheet) -> None:
        page.row(0).set_cell_error(0, 0x2A)
        page.row(0).set_cell_error(1, 0x07)
        page.row(0).set_cell_text(3, "末")
        page.write(2, 0, "丙")
        page.write(3, 0, dt.date(2019, 8, 21), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
        page.row(2).hidden = True
        page.col(1).hidden = True
        page.merge(0, 0, 3, 200)
        page.visibility = 1

    book = read_workbook(xls(fill, lambda page: page.write(0, 0, 1), date1904=True), ".xls")
    sheet = book.sheets[0]
    assert sheet.rows == [["#N/A", "#DIV/0!", "", "末"], [""] * 4, ["丙", "", "", ""], [dt.date(2019, 8, 21), "", "", ""]]
    assert (sheet.hidden_rows, sheet.hidden_columns, sheet.hidden, sheet.merges) == ({2}, {1}, True, [(0, 3, 0, 3)])
    assert (book.date1904, book.macros, book.external_links) == (True, False, False)


def test_ods_errors_uncalculated_formulas_hidden_rows_and_columns() -> None:
    def fill(table: Table) -> None:
        table.addElement(TableColumn(numbercolumnsrepeated=2))
        table.addElement(TableColumn(visibility="collapse"))
        ods_row(table, "甲", {"formula": "of:=1+1"}, "乙")
        ods_row(
            table,
            {"formula": "of:=1+1", "valuetype": "float", "value": "2"},
            {"valuetype": "string", "formula": 'of:=""'},
            visibility="filter",
        )
        error = TableCell(formula="of:=NA()", valuetype="string", stringvalue="")
        error.addElement(P(text="#N/A"))
        row = TableRow(numberrowsrepeated=2)
        row.addElement(error)
        table.addElement(row)
        ods_row(table, {"numbercolumnsrepeated": 16384}, numberrowsrepeated=1048570)

    sheet = one(ods(fill), ".ods")
    assert sheet.rows == [["甲", UNCALCULATED, "乙"], [2.0, "", ""], ["#N/A", "", ""], ["#N/A", "", ""]]
    assert (sheet.hidden_rows, sheet.hidden_columns) == ({1}, {2})


def test_xlsb_errors_rich_text_hidden_rows_and_columns_merges_and_1904() -> None:
    rows = record(0, struct.pack("<IIHBBBI", 0, 0, 300, 0, 0, 0, 0))
    rows += record(3, struct.pack("<IIB", 0, 0, 0x2A)) + record(62, struct.pack("<IIB", 1, 0, 0) + wide("富文本"))
    rows += record(0, struct.pack("<IIHBBBI", 1, 0, 300, 0, 0x10, 0, 0)) + record(6, struct.pack("<II", 0, 0) + wide("甲"))
    columns = record(390) + record(60, struct.pack("<IIIIH", 1, 1, 0, 0, 1)) + record(391)
    merge = record(177, struct.pack("<I", 1)) + record(176, struct.pack("<4I", 0, 1, 1, 1)) + record(178)
    book = read_workbook(xlsb(rows, columns, merge, flags=1), ".xlsb")
    sheet = book.sheets[0]
    assert sheet.rows == [["#N/A", "富文本"], ["甲", ""]]
    assert (sheet.hidden, sheet.hidden_rows, sheet.hidden_columns, sheet.merges) == (True, {1}, {1}, [(0, 1, 1, 1)])
    assert book.date1904


# What a file is


def test_the_content_tells_the_format_not_the_suffix() -> None:
    content = xlsx(data('<row r="1"><c r="A1"><v>1</v></c></row>'))
    assert [one(content, suffix).rows for suffix in (".xlsx", ".xls", ".csv", ".ods")] == [[[1.0]]] * 4


OTHERS = {
    "空文件": b"",
    "网页（HTML）": "\ufeff\n<HTML><body><table><tr><td>姓名</td></tr></table>".encode(),
    "文本或 CSV": "姓名,技能等级\n张示例,技师\n".encode("gb18030"),
    "文本表格（XML 2003）": b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
    "PDF 文件": b"%PDF-1.7\n",
    "图片": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "macOS 的附带文件": b"\0\x05\x16\x07\0\x02\0\0Mac OS X        ",
    "Word 文档": zipped({"[Content_Types].xml": "", "word/document.xml": ""}),
    "压缩包": zipped({"[Content_Types].xml": b"", "xl/styles.xml": b""}),
    "不明格式": bytes(range(32)) * 100,
}


@pytest.mark.parametrize("seems", OTHERS)
def test_what_is_no_workbook_is_called_by_what_it_seems_to_be(seems: str) -> None:
    assert refused(OTHERS[seems], ".xls") == ("not_a_workbook", seems)


ARCHIVES = {
    "RAR": (b"Rar!\x1a\x07\x01\x00", ".xlsx"), "7z": (b"7z\xbc\xaf\x27\x1c", ".xls"), "zip": (zipped({"甲厂/花名册.xlsx": b""}), ".xlsx"),
    "gzip": (b"\x1f\x8b\x08\0", ".xlsx"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_is_to_be_unpacked_whatever_it_is_called(kind: str) -> None:
    content, suffix = ARCHIVES[kind]
    assert refused(content, suffix) == ("archive", kind)
    assert refused(b"", {"gzip": ".gz"}.get(kind, f".{kind.lower()}")) == ("archive", kind)


def test_an_ods_that_lacks_its_mimetype_is_damaged_and_no_archive() -> None:
    with zipfile.ZipFile(io.BytesIO(ods(lambda table: [ods_row(table, "甲")]))) as book:
        content = zipped({name: book.read(name) for name in book.namelist() if name != "mimetype"})
    assert refused(content, ".ods") == ("damaged", "缺少 mimetype")


def test_an_excel_95_workbook_in_chinese_is_called_that() -> None:
    """Its texts are in the code page of the machine that wrote it, two bytes a character."""
    content = xls(lambda page: page.write(0, 0, "甲"))
    at = content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    page = content.index(b"\x42\x00\x02\x00", at) + 4
    old = content[: at + 4] + b"\x00\x05" + content[at + 6 : page] + (936).to_bytes(2, "little") + content[page + 2 :]
    assert refused(old, ".xls") == ("unsupported_format", "Excel 5.0/95 的旧格式，须另存为新格式")


def sealed(password: str) -> bytes:
    """An encrypted .xlsx; msoffcrypto falsifies what is smaller than 4096 bytes."""
    plain = xlsx(data('<row r="1"><c r="A1"><v>1</v></c></row>'), parts={"xl/media/image1.png": Random(1).randbytes(9000)})
    file = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(plain)).encrypt(password, file)
    return file.getvalue()


def locked_xls() -> bytes:
    """An .xls whose first record but one says that it is encrypted, as XOR and RC4 both do."""
    content = xls(lambda page: page.write(0, 0, "甲"))
    at = content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    return content[: at + 20] + b"\x2f\x00\x06\x00\x00\x00\x59\xb3\x0a\x9a" + content[at + 30 :]


def macro_xls() -> bytes:
    content = xls(lambda page: page.write(0, 0, "甲"))
    at = content.index(b"\x85\x00", content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00"))
    return content[: at + 9] + b"\x01" + content[at + 10 :]


def test_encrypted_files_macro_sheets_and_formats_of_others_are_refused() -> None:
    assert refused(sealed("1234"))[0] == "encrypted"
    assert refused(locked_xls(), ".xls")[0] == "encrypted"
    assert refused(macro_xls(), ".xls")[0] == "macro_sheet"
    assert refused(xlsx(data(""), parts={"xl/macrosheets/sheet1.xml": "<xm/>"}))[0] == "macro_sheet"
    assert refused(b"", ".et")[0] == refused(b"", ".ett")[0] == "wps_format"
    assert refused(b"", ".numbers") == ("unsupported_format", ".numbers")
    assert refused(xlsx(data(""))[:-40])[0] == "damaged"


def test_a_workbook_sealed_without_a_password_is_read() -> None:
    assert one(sealed("VelvetSweatshop")).rows == [[1.0]]


def test_every_refusal_and_warning_of_reading_is_worded() -> None:
    kinds = finding_kinds()
    warnings = ("hidden_sheet", "hidden_rows", "hidden_columns", "macros", "external_links", "date_system_1904")
    assert {kinds[code].severity for code in warnings} == {"warning"}
    errors = ("too_large", "macro_sheet", "wps_format", "no_permission", "vanished", "outside_link", "formula_not_calculated")
    assert {kinds[code].severity for code in errors} == {"error"}


# Files that are too large, or that lie


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"{}</row>'
TOO_LARGE = {
    "far cell": xlsx(data(FAR.format("><v>1</v></c>"))),
    "far cell, single quotes": xlsx(data(FAR.format("><v>1</v></c>")).replace('"', "'")),
    "far cell by counting": xlsx(
        data("<row/>" * 90_000 + "<row>" + "<c/>" * 9000 + "<c><v>1</v></c></row><row r='1'><c><v>1</v></c></row>")
    ),
    "outside the sheet": xlsx(data('<row r="9999999"><c r="ZZZ9999999"><v>1</v></c></row>')),
    "many sheets": xlsx(*[data('<row r="9999"><c r="AZ9999"><v>1</v></c></row>')] * 30),
    "xls sheets": xls(*[lambda page: page.write(65535, 255, 1)] * 2),
    "ods far": ods(lambda table: [ods_row(table, "甲", numberrowsrepeated=1048575), ods_row(table, "乙")]),
    "ods spaces": zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<m/>",
            "content.xml": '<o xmlns:text="t"><text:s text:c="4000000000"/></o>',
        }
    ),
    "ratio": xlsx(data('<row r="1"><c r="A1"><v>1</v></c></row>'), parts={"xl/sharedStrings.xml": b" " * 30_000_000}),
    "many entries": zipped({f"xl/a{number}": "" for number in range(10_001)}),
    "csv": ("," * 12_000_001).encode(),
}


@pytest.mark.parametrize("trap", TOO_LARGE)
def test_what_would_take_too_much_memory_is_refused_before_it_is_read(trap: str) -> None:
    code, detail = refused(TOO_LARGE[trap], ".csv" if trap == "csv" else ".xlsx")
    assert (code, bool(detail)) == ("too_large", True)


def test_formats_left_over_far_below_are_harmless() -> None:
    for empty in (' s="1"/>', ' s="1"></c>', ' s="1"><v></v></c>'):
        assert one(xlsx(data(FAR.format(empty)))).rows == [[1.0]]
    claimed = xls(lambda page: [page.write(0, 0, "甲"), page.write(65535, 255, None, xlwt.easyxf("font: bold on"))])
    assert one(claimed, ".xls").rows == [["甲"]]


def lying(part: str, size: int) -> bytes:
    """An .xlsx whose directory gives another size for a part than it has."""
    strings = f'<sst xmlns="{MAIN}"/>'.encode() + b" " * 90_000_000
    parts = {"xl/sharedStrings.xml": strings} if part == "xl/sharedStrings.xml" else None
    content = xlsx(data('<row r="1"><c r="A1"><v>1</v></c></row>' + "<row/>" * 100), parts=parts)
    at = content.rindex(part.encode()) - 46
    return content[: at + 24] + struct.pack("<I", size) + content[at + 28 :]


def test_a_directory_that_lies_is_found_out() -> None:
    assert refused(lying("xl/worksheets/sheet1.xml", 100))[0] == "damaged"
    assert refused(lying("xl/sharedStrings.xml", 100)) == ("damaged", "压缩包目录与内容不符")
    twice = xlsx(data(""), parts={"XL/Workbook.xml": ""})
    assert refused(twice) == ("damaged", "压缩包内有重名文件")


BOMB = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
ENTITIES = {
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "哈">{BOMB}]>',
    "external": '<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
}


@pytest.mark.parametrize("trap", ENTITIES)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "content.xml"])
def test_entities_are_never_expanded_or_fetched(trap: str, part: str) -> None:
    inner = {"xl/sharedStrings.xml": "<sst><si><t>&l9;</t></si></sst>", "xl/workbook.xml": "<workbook>&l9;</workbook>"}
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>'
    whole = ENTITIES[trap] + inner.get(part, f'<worksheet xmlns="{MAIN}">{data(row)}</worksheet>')
    if part == "content.xml":
        content = zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml": "<m/>", part: whole})
    else:
        content = xlsx(data('<row r="1"><c r="A1" t="s"><v>0</v></c></row>'), parts={part: whole})
    assert refused(content)[0] == "damaged"


def test_deeply_nested_xml_does_no_harm() -> None:
    deep = "<a>" * 100_000 + "</a>" * 100_000
    assert one(xlsx(data('<row r="1"><c r="A1"><v>1</v></c></row>') + deep)).rows == [[1.0]]
    assert one(xlsx(f'<sheetData><!-- --><row r="1"><c r="A1"><v>1</v></c></row></sheetData>{deep}')).rows == [[1.0]]


def test_merges_that_overlap_and_sheets_of_one_name_are_no_workbook() -> None:
    row = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1000"><c r="J1000"><v>1</v></c></row>'
    merges = "".join(f'<mergeCell ref="A{at}:J1000"/>' for at in range(1, 900))
    assert refused(xlsx(data(row) + f"<mergeCells>{merges}</mergeCells>")) == ("damaged", "合并单元格互相重叠")
    content = xlsx(data(row), data(row))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace("表2".encode(), "表1".encode())
    assert refused(zipped(parts)) == ("damaged", "工作表重名")


def test_a_repeated_roster_compresses_less_than_what_is_refused() -> None:
    row = '<row r="{0}">' + "".join(f'<c r="{letter}{{0}}" s="1" t="s"><v>7</v></c>' for letter in "ABCDEFGHIJKLMNOPQRSTUVWXY") + "</row>"
    part = "".join(row.format(at) for at in range(1, 5001)).encode()
    assert len(part) / len(zlib.compress(part, 9)) < zip_package.MAX_RATIO / 4


def test_names_of_sheets_that_are_masked_alike_stay_apart() -> None:
    assert shown_names(["210100198501010014", "210100198501010022", "甲"]) == ["21****************", "21****************#2", "甲"]


def test_the_shipped_rosters_read_as_they_are() -> None:
    folder = Path(__file__).parents[2] / "sample_data" / "rosters"
    books: list[Workbook] = [read_workbook(path.read_bytes(), path.suffix) for path in folder.glob("*.*")]
    assert books and all(len({len(row) for row in sheet.rows}) <= 1 for book in books for sheet in book.sheets)
