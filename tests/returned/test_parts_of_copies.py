"""Returned copies part by part: what of the original stays as it is, what may not travel on, and which original is rewritten instead."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import PatternFill

from guantong.reports.returned.rewrite import _names
from tests.support.returned_copies import (
    RED,
    altered,
    bytes_of,
    canonical,
    copied,
    fill,
    finding,
    is_edited,
    part,
    remarks,
    roster,
    values,
    written,
)

pytestmark = [pytest.mark.filterwarnings("ignore::UserWarning:openpyxl"), pytest.mark.filterwarnings("ignore::UserWarning:xlsxwriter")]
SHEET = "xl/worksheets/sheet1.xml"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml."


def png() -> io.BytesIO:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b""))


def drawn(**chart: str) -> bytes:
    """A roster with a chart, a chart sheet, pictures, a sparkline, data bars, a visible comment and a second sheet."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, ["姓名", "日期", "年"])
        for row in range(1, 9):
            sheet.write_row(row, 0, [f"张{row}", "2019.13", row])
        for place in (sheet, book.add_chartsheet("图")):
            bars = book.add_chart({"type": "bar"})
            bars.add_series({"values": "=花名册!$C$2:$C$9", **(chart if place is sheet else {})})
            place.insert_chart("E2", bars) if place is sheet else place.set_chart(bars)
        sheet.insert_image("E20", "x.png", {"image_data": png()})
        sheet.set_header("&L&G", {"image_left": "x.png", "image_data_left": png()})
        sheet.add_sparkline("D2", {"range": "花名册!C2:C9"})
        sheet.conditional_format("C2:C9", {"type": "data_bar", "data_bar_2010": True})
        sheet.write_comment("C3", "他们的批注", {"author": "李会计", "visible": True, "x_scale": 3})
        other = book.add_worksheet("字典")
        other.write("A1", "合格")
        other.repeat_rows(0)
    return content.getvalue()


def parts(book: bytes | Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(book) if isinstance(book, bytes) else book) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# What stays


def test_all_that_is_not_marked_stays_byte_for_byte(tmp_path):
    data = drawn()
    before, after = parts(data), parts(written(tmp_path, data, finding(2, "B"), finding(3, "A", "warning")))
    made_anew = {"[Content_Types].xml", *(f"xl/{name}" for name in ("workbook.xml", "_rels/workbook.xml.rels", "styles.xml"))}
    made_anew |= {"docProps/core.xml", "docProps/app.xml"}
    touched = {SHEET, "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"}
    assert {name for name in before if after.get(name) != before[name]} == made_anew | touched
    assert any("media" in name for name in after) and any("charts/" in name for name in after) and "xl/chartsheets/sheet1.xml" in after
    book = openpyxl.load_workbook(tmp_path / next(tmp_path.glob("*.xlsx")).name)
    assert "没有保留" not in remarks(book)


def test_only_the_marked_cells_of_a_sheet_are_written_anew(tmp_path):
    data = drawn()
    before, after = part(data, SHEET), part(written(tmp_path, data, finding(3, "B")), SHEET)
    assert after.replace('<c r="B3" s="1" t="s">', '<c r="B3" t="s">') == before.replace(' tabSelected="1"', "")


def test_a_comment_of_the_enterprise_keeps_its_size_and_stays_open(tmp_path):
    path = written(tmp_path, drawn(), finding(2, "B"))
    before, after = (canonical(part(book, "xl/drawings/vmlDrawing1.vml"), "shape") for book in (drawn(), path))
    assert len(before) == 1 and len(after) == 2 and before[0] in after and "visibility:visible" in before[0].replace(" ", "")
    ids = re.findall(r'id="_x0000_s(\d+)"', part(path, "xl/drawings/vmlDrawing1.vml"))
    assert len(set(ids)) == 2 and {int(id) // 1024 for id in ids} <= {int(block) for block in idmap(path)}


def idmap(path: Path) -> list[str]:
    return re.search(r'idmap [^>]*data="([\d,]*)"', part(path, "xl/drawings/vmlDrawing1.vml"))[1].split(",")


def test_names_of_a_single_sheet_still_mean_that_sheet_behind_the_list(tmp_path):
    path = written(tmp_path, drawn())
    names = re.findall(r'name="_xlnm.Print_Titles" localSheetId="(\d)">([^<]*)<', part(path, "xl/workbook.xml"))
    assert names == [("0", "'审核意见'!$6:$6"), ("3", "字典!$1:$1")]
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["审核意见", "花名册", "图", "字典"] and book["字典"].print_title_rows == "$1:$1"


def test_only_the_list_is_selected_and_shown_first(tmp_path):
    data = altered(drawn(), "xl/workbook.xml", "<workbookView ", '<workbookView activeTab="2" firstSheet="1" ')
    book = openpyxl.load_workbook(written(tmp_path, data))
    assert [sheet.sheet_view.tabSelected for sheet in book.worksheets] == [True, None, None]
    assert (book.views[0].activeTab, book.views[0].firstSheet) == (0, 0)


def test_a_cell_or_row_that_is_not_there_is_put_where_it_belongs_and_looks_as_its_column_does(tmp_path):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("花名册")
        sheet.set_column("B:D", 10, book.add_format({"num_format": "yyyy/mm", "bold": True}))
        for at in ("A1", "C3", "E3", "A7"):
            sheet.write(at, "x")
    found = [finding(row, column) for row, column in ((3, "D"), (3, "B"), (5, "B"), (9, "A"), (1, "AA"))]
    path = written(tmp_path, content.getvalue(), *found)
    cells = re.findall(r'<c r="(\w+)"', part(path, SHEET))
    assert cells == ["A1", "AA1", "B3", "C3", "D3", "E3", "B5", "A7", "A9"] and part(path, SHEET).count("spans=") == 1
    sheet = openpyxl.load_workbook(path)["花名册"]
    assert (sheet["B5"].number_format, sheet["B5"].font.b, fill(sheet["B5"])) == ("yyyy/mm", True, RED)


def test_cells_of_one_format_and_severity_share_one_new_format(tmp_path):
    path = written(tmp_path, drawn(), *(finding(row, "B", "error" if row % 2 else "warning") for row in range(2, 9)))
    count = int(re.search(r'<cellXfs count="(\d+)"', part(path, "xl/styles.xml"))[1])
    assert count == part(drawn(), "xl/styles.xml").partition("<cellXfs")[2].partition("</cellXfs>")[0].count("<xf ") + 2 + 4


# What may not travel on


def test_buttons_macros_and_outward_links_of_drawings_are_left_out(tmp_path):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write("A1", "姓名")
        sheet.insert_button("A30", {"macro": "foo"})
        sheet.insert_textbox("C3", "字", {"url": "https://example.com/"})
        sheet.insert_textbox("C9", "字", {"url": "internal:花名册!A1"})
        sheet.write_comment("A1", "他们的")
    data = altered(content.getvalue(), "xl/drawings/drawing1.xml", 'macro=""', 'macro="[0]!foo"')
    data = altered(data, "[Content_Types].xml", f"{TYPES}sheet.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    path = written(tmp_path, altered(data, "xl/vbaProject.bin", "", "x"), suffix=".xlsm")
    every = b"".join(parts(path).values()).decode("utf-8", "replace")
    assert not re.search("example.com|!foo|_foo|Button|macroEnabled", every) and every.count("</xdr:twoCellAnchor>") == 2
    assert every.count("<a:hlinkClick") == 1 and f"{TYPES}sheet.main+xml" in every
    book = openpyxl.load_workbook(path)
    assert (
        is_edited(book)
        and all(word in remarks(book) for word in ("宏", "控件", "超链接"))
        and book["花名册"]["A1"].comment.text == "他们的"
    )


def test_a_chart_of_another_workbooks_figures_is_left_out_and_the_others_stay(tmp_path):
    path = written(tmp_path, drawn(values="=[1]外!$A$1:$A$3"))
    names = [name for name in parts(path) if "/charts/chart" in name]
    assert len(names) == 1 and "外!" not in part(path, names[0]) and "xl/chartsheets/sheet1.xml" in parts(path)
    assert "graphicFrame" not in part(path, "xl/drawings/drawing1.xml") and "xdr:pic" in part(path, "xl/drawings/drawing1.xml")
    assert "图表" in remarks(openpyxl.load_workbook(path))


@pytest.mark.parametrize("kind, type_", [("image", "application/x-msdownload"), ("oleObject", "image/png"), ("unheardOf", "image/png")])
def test_a_part_that_is_not_known_to_be_safe_is_left_out_and_told(tmp_path, kind, type_):
    data = altered(drawn(), "xl/drawings/_rels/drawing1.xml.rels", "relationships/image", f"relationships/{kind}")
    if type_ != "image/png":
        data = altered(data, "[Content_Types].xml", "image/png", type_)
    path = written(tmp_path, data)
    assert "xdr:pic" not in part(path, "xl/drawings/drawing1.xml") and "图片" in remarks(openpyxl.load_workbook(path))
    assert "media" not in part(path, "xl/drawings/_rels/drawing1.xml.rels") and "msdownload" not in part(path, "[Content_Types].xml")


def test_a_shared_formula_that_reaches_out_becomes_values_wherever_it_is_shared(tmp_path):
    data = bytes_of(roster([["姓名", "数"], ["张", 1], ["李", 2], ["王", 3]]))
    for row, formula in ((2, '<f t="shared" ref="B2:B4" si="0">[1]外!A1</f>'), (3, '<f t="shared" si="0"/>'), (4, "<f>1+2</f>")):
        old = f'<c r="B{row}" t="n"><v>{row - 1}</v></c>'
        data = altered(data, SHEET, old, old.replace("<v>", f"{formula}<v>"))
    path = written(tmp_path, data, finding(2, "A"))
    assert "外!" not in part(path, SHEET) and part(path, SHEET).count("<f") == 1 and values(path) == values(data)
    assert "引用外部的公式" in remarks(openpyxl.load_workbook(path))


def test_extended_rules_that_reach_out_are_left_out_and_the_others_stay(tmp_path):
    path = written(tmp_path, altered(drawn(), SHEET, "<xm:f>花名册!C2:C9</xm:f>", "<xm:f>[1]外!C2:C9</xm:f>"))
    assert "x14:sparkline" not in part(path, SHEET) and "x14:dataBar" in part(path, SHEET) and "外!" not in part(path, SHEET)


@pytest.mark.parametrize("element, word", [("oleObjects", "控件"), ("dataConsolidate", "数据连接"), ("newerThanThis", "扩展的内容")])
def test_an_element_of_a_sheet_that_is_not_known_to_be_safe_is_left_out_and_told(tmp_path, element, word):
    path = written(tmp_path, altered(drawn(), SHEET, "<legacyDrawingHF", f"<{element}><x/></{element}><legacyDrawingHF"))
    assert element not in part(path, SHEET) and "<legacyDrawingHF" in part(path, SHEET)
    assert word in remarks(openpyxl.load_workbook(path))


def test_a_table_that_a_query_filled_stays_as_a_plain_one(tmp_path):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet("花名册")
        page.add_table("A1:B3", {"columns": [{"header": "姓名"}, {"header": "年", "formula": "=[1]!外(1)"}]})
        for row in (1, 2):
            page.write_formula(row, 1, "=[1]!外(1)", None, 7)
    data = altered(content.getvalue(), "xl/tables/table1.xml", "<table ", '<table tableType="queryTable" connectionId="1" ')
    path = written(tmp_path, data)
    table = part(path, "xl/tables/table1.xml")
    assert "queryTable" not in table and "connectionId" not in table and "外" not in table
    assert all(word in remarks(openpyxl.load_workbook(path)) for word in ("数据连接", "引用外部的公式"))


# What is not touched but rewritten

DOCUMENT_TYPE = '<!DOCTYPE x [<!ENTITY lol "lol"><!ENTITY file SYSTEM "file:///etc/hostname">]>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.mark.parametrize(
    "name, old, new",
    [
        (SHEET, "<sheetData>", "<!-- c --><sheetData>"),
        (SHEET, "<sheetFormatPr", "<sheetFormatPr/><sheetFormatPr"),
        (SHEET, "<v>0</v>", "<v><![CDATA[0]]></v>"),
        (SHEET, MAIN, MAIN + MAIN.replace("xmlns", " xmlns:x")),
        (SHEET, '<row r="2"', "<row"),
        (SHEET, '<row r="4"', '<row r="4" unknown:x="1"'),
        (SHEET, 'UTF-8"', 'gb18030"'),
        ("xl/styles.xml", "<cellXfs", '<cellXfs count="1"><xf/></cellXfs><cellXfs'),
        ("xl/_rels/workbook.xml.rels", "relationships/styles", "relationships/style"),
        ("xl/comments1.xml", "<commentList>", '<commentList><comment ref="C3" authorId="0"/>'),
        ("xl/workbook.xml", "<workbookPr", "<workbookPr/><workbookPr"),
        ("xl/styles.xml", "<styleSheet", f"{DOCUMENT_TYPE}<styleSheet"),
        ("xl/comments1.xml", "<comments", f"{DOCUMENT_TYPE}<comments"),
        ("xl/drawings/drawing1.xml", "<xdr:wsDr", f"{DOCUMENT_TYPE}<xdr:wsDr"),
        ("xl/comments1.xml", "<author>", "<author>&lol;"),
    ],
)
def test_a_package_that_is_written_in_an_unusual_way_is_rewritten_and_told(tmp_path, name, old, new):
    data = altered(drawn(), name, old, new)
    path = written(tmp_path, data)
    book = openpyxl.load_workbook(path)
    assert not is_edited(book) and fill(book["花名册"]["B2"]) == RED and values(path) == values(data)


def test_a_part_that_is_damaged_is_not_copied_on(tmp_path):
    data = drawn()
    picture = parts(data)["xl/media/image1.png"]
    packed = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packed.compress(picture) + packed.flush()
    assert body in data
    spoilt = data.replace(struct.pack("<I", zlib.crc32(picture)), b"\1\2\3\4")
    assert not is_edited(copied(tmp_path, spoilt)) and is_edited(copied(tmp_path, data))


def test_marks_of_a_copy_that_comes_back_twice_leave_nothing_behind(tmp_path):
    book = roster()
    book.active["B2"].fill = PatternFill("solid", fgColor="FF00FF00")
    first = written(tmp_path / "a", bytes_of(book), finding(2, "B"))
    second = written(tmp_path / "b", first.read_bytes(), finding(3, "A"))
    third = written(tmp_path / "c", second.read_bytes(), finding(2, "B"))
    sheet = openpyxl.load_workbook(third)["花名册"]
    assert (fill(sheet["B2"]), sheet["A3"].comment, fill(sheet["A3"])) == (RED, None, None)
    assert "#00FF00" in sheet["B2"].comment.text and "没有保留" not in remarks(openpyxl.load_workbook(third))
    assert set(parts(third)) == set(parts(first))


def test_thousands_of_names_of_sheets_are_told_apart():
    names = _names(["审核意见"] * 1 + [f"册{n % 2}" + "x" * 40 + str(n) for n in range(4000)])
    assert len({name.casefold() for name in names.values()}) == 4002 and all(len(name) <= 31 for name in names.values())
