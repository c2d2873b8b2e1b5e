"""Dialects and faults of originals: their copies can be opened, and say what they say."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.table import Table

from guantong.reports.returned import write_copy as returned
from guantong.schemas.files.zip_package import ZipPackage
from tests.support.returned_copies import RED, ROWS, altered, bytes_of, copied, fill, is_edited, remarks, roster, values, written, xls


@pytest.mark.parametrize(
    "part, old, new",
    [
        ("xl/styles.xml", "<cellXfs", "<cellXfs count='x'><wrong/></cellXfs><cellXfs"),
        ("xl/worksheets/sheet1.xml", "<sheetViews>", '<sheetViews><sheetView view="odd" workbookViewId="0"/>'),
        ("xl/worksheets/sheet1.xml", '<c r="A2" t="inlineStr">', '<c r="A2" t="inlineStr" s="999">'),
        ("docProps/core.xml", "<dcterms:created", "<dcterms:crated/><dcterms:created"),
        (
            "xl/workbook.xml",
            "<definedNames />",
            '<definedNames><definedName name="_xlnm.Print_Area" localSheetId="77">#REF!</definedName></definedNames>',
        ),
    ],
)
def test_a_workbook_with_a_fault_gives_a_copy_that_can_be_opened(tmp_path, part, old, new):
    data = bytes_of(roster())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if old not in archive.read(part).decode():
            pytest.skip("openpyxl writes this part otherwise")
    path = written(tmp_path, altered(data, part, old, new))
    assert values(path) == values(data) and fill(openpyxl.load_workbook(path)["花名册"]["B2"]) == RED


def test_a_copy_that_would_not_read_as_the_original_does_is_rewritten(tmp_path, monkeypatch):
    def falsified(package: ZipPackage, *rest: object) -> None:
        edit_workbook(ZipPackage(altered(data, "xl/worksheets/sheet1.xml", "<v>7</v>", "<v>8</v>")), *rest)

    edit_workbook = returned.edit_workbook
    data = bytes_of(roster([["姓名", "编号"], ["张示例", 7]]))
    assert is_edited(copied(tmp_path, data))
    monkeypatch.setattr(returned, "edit_workbook", falsified)
    path = written(tmp_path, data)
    assert values(path) == values(data) and "内容不能原样保留" in remarks(openpyxl.load_workbook(path))


def test_text_that_looks_like_an_escaped_character_stays_as_it_is(tmp_path):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet("花名册").write("A1", "_x0041_")
    path = written(tmp_path, content.getvalue())
    assert values(path) == {"花名册": [["_x0041_"]]} and is_edited(openpyxl.load_workbook(path))


def test_a_number_that_is_no_day_in_a_column_of_days_keeps_its_value(tmp_path):
    book = roster([["姓名", "编号"], ["张示例", 1], ["李示例", 44000]])
    for row in (2, 3):
        book.active.cell(row, 2).number_format = "yyyy-mm-dd"
    data = altered(bytes_of(book), "xl/worksheets/sheet1.xml", "<v>1</v>", "<v>4.1</v>")
    path = written(tmp_path, data)
    assert values(path) == values(data)


def test_chart_sheets_and_tables_are_kept(tmp_path):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, ["姓名", "日期"])
        sheet.write_row(1, 0, ["张示例", 5])
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=花名册!$B$2:$B$3"})
        book.add_chartsheet("图").set_chart(chart)
        sheet.add_table("D1:E3", {"columns": [{"header": "列一"}, {"header": "列二"}]})
    book = copied(tmp_path, content.getvalue())
    assert book.sheetnames == ["审核意见", "花名册", "图"] and is_edited(book) and "没有保留" not in remarks(book)
    assert len(book["图"]._charts) == 1
    assert isinstance(next(iter(book["花名册"].tables.values())), Table)


def test_a_text_file_called_xlsx_inside_and_out_is_told_by_its_content(tmp_path):
    book = copied(tmp_path, bytes_of(roster()), suffix=".xls")
    assert is_edited(book)
    assert "内容不是 .xlsx" in remarks(copied(tmp_path, xls(ROWS), suffix=".xlsx"))


def test_a_workbook_that_excel_seals_without_a_password_is_returned_too(tmp_path):
    from msoffcrypto.format.ooxml import OOXMLFile

    sealed = io.BytesIO()
    OOXMLFile(io.BytesIO(bytes_of(roster()))).encrypt("VelvetSweatshop", sealed)
    book = copied(tmp_path, sealed.getvalue())
    assert "已加密" in remarks(book) and fill(book["花名册"]["B2"]) == RED
