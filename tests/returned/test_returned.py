"""Returned copies: what of the enterprise's work they keep, how they mark it, and that a corrected one reads as the original did."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pyarrow
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Border, Font, GradientFill, PatternFill, Protection, Side
from openpyxl.styles.colors import Color
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from guantong.reports.returned import marks
from guantong.reports.returned import write_copy as returned
from guantong.reports.returned.in_place.formulas import stays_inside
from guantong.reports.returned.original import read_book
from guantong.reports.returned.write_copy import returned_name, write_returned
from guantong.schemas.files.workbook import Refusal
from guantong.schemas.files.zip_package import ZipPackage
from tests.support import inprocess
from tests.support.workbooks import CLEAN, people

RED, YELLOW = (f"FF{marks.FILLS[severity][1:]}" for severity in ("error", "warning"))
RULEBOOK = {"policy": {"id": "p", "document": "文", "issued": None, "sha256": "ab" * 32, "title": "题"}, "as_of": "2025-12-31"}
THIN = Border(*[Side("thin")] * 4)


def finding(row=None, column=None, severity="error", sheet="花名册", **more) -> dict:
    return {
        "source_file": "市/甲.xlsx", "sheet": sheet, "row": row, "column": column, "header": "技能等级取得时间", "severity": severity,
        "value": "2019.13", "message": "日期“2019.13”无法识别", "expected": "如 2019-08-21", "action": "请按证书填写", **more,
    }  # fmt: skip


def bytes_of(book: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def roster(rows: list[list[object]] = ()) -> openpyxl.Workbook:
    """A workbook with the sheet 花名册; text stays text, whatever it begins with."""
    book = openpyxl.Workbook()
    book.active.title = "花名册"
    for row, values in enumerate(rows or [["姓名", "日期"], ["张示例", "2019.13"], ["李示例", "2020"]], 1):
        for column, value in enumerate(values, 1):
            cell = book.active.cell(row, column, value)
            cell.data_type = "s" if isinstance(value, str) else cell.data_type
    return book


def written(folder: Path, data: bytes, *found: dict, suffix: str = ".xlsx", **options: object) -> Path:
    """The path of the copy of a roster with these findings (one on B2 where none is given)."""
    return write_returned(data, suffix, "市/甲.xlsx", pyarrow.Table.from_pylist(found or [finding(2, "B")]), folder, RULEBOOK, **options)


def copied(folder: Path, data: bytes, *found: dict, **options: object) -> openpyxl.Workbook:
    return openpyxl.load_workbook(written(folder, data, *found, **options), rich_text=True)


def remarks(book: openpyxl.Workbook) -> str:
    return "\n".join(str(row[0]) for row in book.worksheets[0].iter_rows(max_row=10, values_only=True))


def is_edited(book: openpyxl.Workbook) -> bool:
    assert ("在原表上标注" in remarks(book)) != ("只保留各表的内容" in remarks(book))
    return "在原表上标注" in remarks(book)


def values(data: bytes | Path, suffix: str = ".xlsx") -> dict[str, list[list[object]]]:
    """The enterprise's sheets as the audit reads them."""
    return {sheet.name: sheet.rows for sheet in read_book(data if isinstance(data, bytes) else data.read_bytes(), suffix).own}


def fill(cell: object) -> str | None:
    return cell.fill.fgColor.rgb if cell.fill.fill_type else None


# What a copy shows


@pytest.mark.parametrize("plain", [False, True])
def test_a_bad_cell_is_coloured_and_says_what_is_found_expected_and_to_be_done(tmp_path, plain):
    findings = finding(2, "B"), finding(2, "B", "warning", message="又一处"), finding(3, None, "warning"), finding(sheet=None)
    book = copied(tmp_path, bytes_of(roster()), *findings, plain=plain)
    listed, sheet = book["审核意见"], book["花名册"]
    assert book.sheetnames == ["审核意见", "花名册"] and book.active is listed and is_edited(book) != plain
    assert (fill(sheet["B2"]), fill(sheet["A3"]), fill(sheet["A2"])) == (RED, YELLOW, None)
    for word in ("2019.13", "如 2019-08-21", "请按证书填写", "又一处"):
        assert word in sheet["B2"].comment.text
    assert sheet["B2"].comment.author == "审核意见"
    head = next(row[0].row for row in listed.iter_rows() if row[0].value == "序号")
    lines = [[cell.value for cell in row[:3]] for row in listed.iter_rows(min_row=head + 1)]
    assert lines == [
        ["1", "错误", "花名册!B2"], ["2", "提醒", "花名册!B2"], ["3", "提醒", "花名册!第3行"], ["4", "错误", "全文件"]
    ]  # fmt: skip
    links = [cell.hyperlink.location for row in listed.iter_rows() for cell in row if cell.hyperlink]
    assert links == ["'花名册'!B2", "'花名册'!B2", "'花名册'!A3"]


def test_a_finding_on_a_merged_cell_marks_the_one_that_shows(tmp_path):
    book = roster([["姓名", "单位", "日期"], ["张示例", "甲厂", 1], ["李示例", None, 2], ["王示例", None, 3]])
    book.active.merge_cells("B2:B4")
    for plain in (False, True):
        sheet = copied(tmp_path, bytes_of(book), finding(4, "B"), finding(3, "B", "warning"), plain=plain)["花名册"]
        assert fill(sheet["B2"]) == RED and sheet["B2"].comment.text.count("处理办法") == 2
        assert [str(area) for area in sheet.merged_cells.ranges] == ["B2:B4"]


@pytest.mark.parametrize("plain", [False, True])
def test_a_number_that_lost_its_digits_can_be_typed_anew_as_text(tmp_path, plain):
    data = bytes_of(roster([["姓名", "编号"], ["张示例", 210102199001011234], ["李示例", 210102199001011234]]))
    sheet = copied(tmp_path, data, plain=plain)["花名册"]
    assert sheet["B2"].number_format == "@" != sheet["B3"].number_format and isinstance(sheet["B2"].value, int | float)


@pytest.mark.parametrize("plain", [False, True])
def test_findings_outside_the_used_range_are_marked_too(tmp_path, plain):
    sheet = copied(tmp_path, bytes_of(roster()), finding(1_048_576, "XFD"), finding(9, "H"), plain=plain)["花名册"]
    assert fill(sheet["XFD1048576"]) == RED and fill(sheet["H9"]) == RED


def test_only_so_many_cells_get_a_comment_and_errors_come_first(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "MOST_COMMENTS", 2)
    monkeypatch.setattr(marks, "MOST_ENTRIES", 3)
    findings = [finding(row, "B", "warning" if row < 4 else "error") for row in range(2, 7)]
    for plain in (False, True):
        book = copied(tmp_path, bytes_of(roster()), *findings, plain=plain)
        assert [bool(book["花名册"].cell(row, 2).comment) for row in range(2, 7)] == [False, False, True, True, False]
        assert all(fill(book["花名册"].cell(row, 2)) for row in range(2, 7))
        assert "只列出前 3 条" in remarks(book) and "其余 3 个只着色" in remarks(book)
        assert sum(str(row[0]).isdigit() for row in book["审核意见"].iter_rows(values_only=True)) == 3


def test_findings_that_do_not_fit_the_file_leave_no_copy(tmp_path):
    with pytest.raises(ValueError, match="没有工作表“别处”"):
        written(tmp_path / "out", bytes_of(roster()), finding(2, "A", sheet="别处"))
    with pytest.raises(ValueError, match="没有数据问题"):
        write_returned(bytes_of(roster()), ".xlsx", "别的.xlsx", pyarrow.Table.from_pylist([finding(2, "A")]), tmp_path / "out")
    with pytest.raises(Refusal):
        written(tmp_path / "out", b"no workbook")
    assert not list(tmp_path.glob("out/*"))


def test_the_same_roster_gives_the_same_bytes_on_another_day_too(tmp_path):
    (tmp_path / "甲.xlsx").write_bytes(bytes_of(roster()))
    script = (
        "import sys, pandas; from pathlib import Path; from tests.returned.test_returned import *\n"
        "for plain in (False, True): written(Path(sys.argv[2]) / str(plain), Path(sys.argv[1]).read_bytes(), plain=plain)"
    )
    for run in ("one", "two"):
        command = [sys.executable, "-c", script, str(tmp_path / "甲.xlsx"), str(tmp_path / run)]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[2], env={"PYTHONHASHSEED": str(len(run) + ord(run[0]))})
    name = returned_name("市/甲.xlsx")
    for plain in ("False", "True"):
        assert (tmp_path / "one" / plain / name).read_bytes() == (tmp_path / "two" / plain / name).read_bytes()
        properties = openpyxl.load_workbook(tmp_path / "one" / plain / name).properties
        assert properties.created == properties.modified == datetime(2025, 12, 31)


def test_a_copy_of_a_copy_is_not_named_longer_and_longer():
    once = returned_name("市/甲.xlsx")
    assert once.startswith("市_甲-退回-")
    assert len(returned_name(once)) == len(once) and returned_name(once) != once


# What an annotated original keeps


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


def part(book: bytes | Path, name: str) -> str:
    """The text of a part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(book) if isinstance(book, bytes) else book) as archive:
        return archive.read(name).decode()


def canonical(xml: str, name: str) -> list[str]:
    """The elements of a part that are called so, in whatever namespace, each as text that is the same however it is written."""
    elements = ElementTree.fromstring(xml).iterfind(f".//{{*}}{name}")
    return [ElementTree.canonicalize(ElementTree.tostring(element, "unicode").strip()) for element in elements]


def altered(data: bytes, part: str, old: str, new: str) -> bytes:
    """A workbook with a text of one of its parts replaced, or that part added."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(content, "w") as target:
        names = archive.namelist()
        assert part not in names or old in archive.read(part).decode()
        for name in names:
            target.writestr(name, archive.read(name).decode().replace(old, new) if name == part else archive.read(name))
        if part not in names:
            target.writestr(part, new)
    return content.getvalue()


def test_formulas_stay_with_their_values_and_those_that_reach_out_become_values(tmp_path):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, ["姓名", "日期"])
        for row, (formula, value) in enumerate(
            [("=1+1", 2), ('="a"&"<b>"', "a<b>"), ("=TRUE", True), ("=NA()", "#N/A"), ("=[1]外!A1", "外面"), ("=cmd|'/c calc'!A0", 0)], 1
        ):
            sheet.write_formula(row, 1, formula, None, value)
        sheet.write_array_formula("C2:C3", "{=A1:A2}", None, "姓名")
    data = content.getvalue()
    path = written(tmp_path, data)
    book = openpyxl.load_workbook(path)
    assert [book["花名册"].cell(row, 2).value for row in range(2, 8)] == ["=1+1", '="a"&"<b>"', "=TRUE", "=NA()", "外面", 0]
    assert book["花名册"]["C2"].value.ref == "C2:C3" and "引用外部的公式" in remarks(book) and is_edited(book)
    assert values(path) == values(data) and values(path)["花名册"][1:5] != [["", ""]] * 4
    assert book.calculation.fullCalcOnLoad
    again = values(written(tmp_path, data, plain=True))["花名册"]
    assert [row[1] for row in again[1:]] == [2, "a<b>", True, "#N/A", "外面", 0]


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
    for part in (
        "xl/vbaProject.bin",
        "xl/externalLinks/externalLink1.xml",
        "xl/media/image1.png",
        "xl/printerSettings/printerSettings1.bin",
    ):
        data = altered(data, part, "", "x")
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


# Rewritten copies


def xls(rows: list[list[object]]) -> bytes:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("花名册", cell_overwrite_ok=True)
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(at, column, value, *([day] if isinstance(value, date) else []))
    sheet.write_merge(1, 2, 0, 0, rows[1][0])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def ods(rows: list[list[object]]) -> bytes:
    content = io.BytesIO()
    pd.DataFrame(rows).to_excel(content, engine="odf", sheet_name="花名册", index=False, header=False)
    return content.getvalue()


ROWS = [["姓名", "日期", "编号"], ["=1+1", date(2020, 1, 2), "210102199001011234"], ["", date(2020, 1, 3), 7]]


@pytest.mark.parametrize("suffix, make", [(".xls", xls), (".ods", ods)])
def test_a_roster_of_another_format_is_rewritten_with_its_values_and_merges(tmp_path, suffix, make):
    data = make(ROWS)
    path = written(tmp_path, data, suffix=suffix)
    book = openpyxl.load_workbook(path)
    assert not is_edited(book) and f"原表是 {suffix} 格式" in remarks(book)
    assert (fill(book["花名册"]["B2"]), book["花名册"]["B2"].value) == (RED, datetime(2020, 1, 2))
    assert (book["花名册"]["A2"].value, book["花名册"]["A2"].data_type) == ("=1+1", "s")
    assert values(path) == values(data, suffix)
    assert read_book(path.read_bytes(), ".xlsx").own[0].merges == read_book(data, suffix).own[0].merges


def test_merged_cells_of_an_ods_stay_merged(tmp_path):
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    cell = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'
    row = "<table:table-row>{}</table:table-row>"
    spanned = cell.format(' table:number-rows-spanned="2"', "甲厂") + cell.format("", "x")
    body = row.format(cell.format("", "单位") + cell.format("", "姓名")) + row.format(spanned)
    body += row.format("<table:covered-table-cell/>" + cell.format("", "y"))
    data = altered(ods([["a"]]), "content.xml", "", "")
    namespaces = "".join(f' xmlns:{name}="{office}{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{namespaces} office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="花名册">{body}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        old = archive.read("content.xml").decode()
    book = copied(tmp_path, altered(data, "content.xml", old, content), finding(3, "A"), suffix=".ods")
    assert [str(area) for area in book["花名册"].merged_cells.ranges] == ["A2:A3"] and fill(book["花名册"]["A2"]) == RED


def test_a_text_file_is_returned_as_a_workbook(tmp_path):
    data = "姓名,日期,编号\n张示例,2019.13,001\n".encode("gb18030")
    book = copied(tmp_path, data, finding(2, "B", sheet="CSV"), suffix=".csv")
    assert [[cell.value for cell in row] for row in book["CSV"]] == [["姓名", "日期", "编号"], ["张示例", "2019.13", "001"]]
    assert fill(book["CSV"]["B2"]) == RED


def test_a_large_roster_is_rewritten_and_one_with_a_large_merged_range_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(returned, "MOST_ROWS", 2)
    assert "原表过大" in remarks(copied(tmp_path, bytes_of(roster())))
    monkeypatch.undo()
    merged = '</sheetData><mergeCells><mergeCell ref="D1:XFD1048576"/></mergeCells>'
    path = written(tmp_path, altered(bytes_of(roster()), "xl/worksheets/sheet1.xml", "</sheetData>", merged), finding(9, "F"))
    assert merged in part(path, "xl/worksheets/sheet1.xml") and '<row r="1"><c r="A1"' in part(path, "xl/worksheets/sheet1.xml")
    assert '<c r="D1" s=' in part(path, "xl/worksheets/sheet1.xml") and "在原表上标注" in part(path, "xl/worksheets/sheet2.xml")


STRANGE = [
    "=1+1", "+1", "-1", "@SUM(1)", "http://example.com", "a\nb", " 前后 ", "<&>\"'", "𠮷😀", "x" * 32_767,
    datetime(2020, 5, 6, 7, 8, 9), date(2020, 5, 6), time(7, 8, 9), timedelta(hours=30, minutes=5),
    True, False, 0, -1.5, 0.1 + 0.2, 1e300, 210102199001011234, 12345678901234567890, 40000, "#N/A",
]  # fmt: skip


@pytest.mark.parametrize("date1904", [False, True])
@pytest.mark.parametrize("plain", [False, True])
def test_every_value_reads_in_the_copy_as_in_the_original(tmp_path, plain, date1904):
    content = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "date_1904": date1904}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet("花名册")
        formats = {time: "hh:mm:ss", timedelta: "[h]:mm:ss", date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss"}
        formats = {kind: book.add_format({"num_format": form}) for kind, form in formats.items()}
        for at, value in enumerate(STRANGE):
            sheet.write(at, 1, value, formats.get(type(value)))
    data = content.getvalue()
    found = [finding(at, "B") for at in range(1, len(STRANGE) + 1)]
    path = written(tmp_path, data, *found, plain=plain)
    assert values(path) == values(data)
    assert read_book(path.read_bytes(), ".xlsx").date1904 == date1904
    assert is_edited(openpyxl.load_workbook(path)) != plain


def test_what_excel_cannot_hold_is_shown_as_text_or_left_out_with_a_remark(tmp_path):
    rows = [["姓名", "日期"], ["张\x01示例\ud800", date(1899, 5, 1)], ["李" * 40_000, float("inf")], ["王", float("nan")]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("guantong.reports.returned.original.read_workbook", lambda data, suffix: book_of(rows))
        path = written(tmp_path, b"", finding(2, "B"), suffix=".xls")
    book = openpyxl.load_workbook(path)
    found = [[cell for cell in row] for row in values(path)["花名册"]]
    assert found[1] == ["张\x01示例□", "1899-05-01"] and found[2] == ["李" * 32_767, "inf"] and found[3] == ["王", "nan"]
    assert "32767" in remarks(book)


def book_of(rows: list[list[object]], name: str = "花名册") -> object:
    from guantong.schemas.files.workbook import Sheet, Workbook

    return Workbook([Sheet(name, rows)])


def test_any_name_of_a_sheet_gives_one_that_excel_takes_and_links_that_lead_there(tmp_path):
    names = ["a'b[c]", "A'B_C_", "册" * 40, "册" * 41, "History", "😀" * 31, "'引'", "审核意见", "x:y/z\\?*"]
    sheets = [book_of([["姓名"], ["张"]], name).sheets[0] for name in names]
    from guantong.schemas.files.workbook import Workbook

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("guantong.reports.returned.original.read_workbook", lambda data, suffix: Workbook(sheets))
        book = copied(tmp_path, b"", *[finding(2, "A", sheet=name) for name in names], suffix=".ods")
    titles = book.sheetnames[1:]
    assert len({title.casefold() for title in titles}) == len(names)
    assert all(len(title.encode("utf-16-le")) <= 62 and not re.search(r"[\[\]:*?/\\]|^'|'$|^history$", title, re.I) for title in titles)
    links = [cell.hyperlink.location for row in book.worksheets[0].iter_rows() for cell in row if cell.hyperlink]
    assert links == [marks.link(title, "A2") for title in titles]
    assert all(fill(book[title]["A2"]) == RED for title in titles)


def test_a_finding_may_call_a_sheet_by_its_masked_name(tmp_path):
    book = roster()
    book.active.title = "210102199001011234"
    shown = read_book(bytes_of(book), ".xlsx").own[0].shown
    for name in {shown, book.active.title}:
        copy = copied(tmp_path, bytes_of(book), finding(2, "B", sheet=name))
        assert "*" in shown and fill(copy["210102199001011234"]["B2"]) == RED


def test_hidden_sheets_stay_hidden_and_very_hidden_ones_too(tmp_path):
    book = roster()
    for name, state in (("甲", "hidden"), ("乙", "veryHidden")):
        book.create_sheet(name)["A1"] = "x"
        book[name].sheet_state = state
    for plain in (False, True):
        copy = copied(tmp_path, bytes_of(book), plain=plain)
        assert [sheet.sheet_state for sheet in copy] == ["visible", "visible", "hidden", "veryHidden"]


# Dialects and faults of the original


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


# The round trip

BAD = [
    CLEAN | {"姓名": "张一", "技能等级取得时间": "2019.13", "备注": ""},
    CLEAN | {"姓名": "张二", "身份证号": "210100198501010022", "技能等级": "六级"},
    CLEAN | {"姓名": "张三", "身份证号": "210100198501010030"},
]


@pytest.mark.parametrize("plain", [False, True])
def test_a_corrected_copy_reads_as_the_original_does_and_without_findings(tmp_path, plain):
    path = people(tmp_path / "甲.xlsx", *BAD)
    first = inprocess.audited_file(path)
    assert {"date_unreadable", "skill_unreadable"} <= set(first.findings["code"])
    copy = write_returned(
        path.read_bytes(), ".xlsx", "甲.xlsx", pyarrow.Table.from_pandas(first.findings), tmp_path / "out", RULEBOOK, plain
    )
    unopened = inprocess.audited_file(copy)
    columns = ["sheet", "row", "column", "code", "severity", "value"]
    assert unopened.findings[columns].to_dict("records") == first.findings[columns].to_dict("records")
    book = openpyxl.load_workbook(copy)
    headers = [cell.value for cell in book["花名册"][1]]
    for row in first.findings.itertuples():
        if pd.notna(row.row):
            cell = book["花名册"][f"{row.column}{int(row.row)}"]
            assert fill(cell) in (RED, YELLOW)
            cell.value = CLEAN[headers[cell.column - 1]]
    book.save(tmp_path / "乙.xlsx")
    second = inprocess.audited_file(tmp_path / "乙.xlsx")
    assert second.findings["code"].tolist() == []
    where = ["sheet", "row", "name"]
    assert second.people[where].to_dict("records") == first.people[where].to_dict("records")


def test_former_marks_are_gone_from_the_next_copy_and_what_they_covered_is_back(tmp_path):
    book = roster([["姓名", "日期", "备注"], *[[f"张{n}", "2019.13", "x"] for n in range(2, 9)]])
    sheet = book.active
    fills = {
        "B2": PatternFill("solid", fgColor="FF00FF00"),
        "B3": PatternFill("solid", fgColor=Color(theme=4, tint=0.5999)),
        "B4": PatternFill("solid", fgColor=Color(indexed=13)),
    }
    for at, own in fills.items():
        sheet[at].fill = own
    sheet["B5"].fill = GradientFill(stop=("FF000000", "FFFFFFFF"))
    sheet["B2"].comment = Comment("第一行\n\n第二行", "李（会计）")
    sheet["C9"].comment = Comment("他们的", "李会计")
    found = [finding(row, "B") for row in range(2, 7)]
    once = written(tmp_path, bytes_of(book), *found)
    assert "原底纹图案" in remarks(openpyxl.load_workbook(once))
    corrected = openpyxl.load_workbook(once)
    corrected["花名册"]["B6"].comment = None  # the enterprise has done with it, and deletes the comment
    corrected["花名册"]["C3"].fill = PatternFill("solid", fgColor="FFFFC7CE")  # its own idea of red
    again = copied(tmp_path, bytes_of(corrected), finding(8, "B"))
    sheet = again["花名册"]
    assert again.sheetnames == ["审核意见", "花名册"]
    for at, own in fills.items():
        assert (sheet[at].fill.fgColor.value, round(sheet[at].fill.fgColor.tint, 3)) == (own.fgColor.value, round(own.fgColor.tint, 3))
    assert (fill(sheet["B6"]), fill(sheet["B5"]), fill(sheet["C3"]), fill(sheet["B8"])) == (None, None, "FFFFC7CE", RED)
    assert (sheet["B2"].comment.text, sheet["B2"].comment.author) == ("第一行\n\n第二行", "李 会计")
    assert {at for at in ("B3", "B4", "B5", "B6", "C9") if sheet[at].comment} == {"C9"}
    rewritten = copied(tmp_path, bytes_of(corrected), finding(8, "B"), plain=True)
    assert rewritten.sheetnames == ["审核意见", "花名册"] and fill(rewritten["花名册"]["B2"]) is None


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_former_marks_are_known_again_after_libreoffice_has_saved_the_copy(tmp_path):
    book = roster()
    book.active["B2"].comment = Comment("他们的", "李会计")
    once = written(tmp_path / "a", bytes_of(book), finding(2, "B"), finding(3, "A"))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, str(tmp_path / "b"), str(once)], check=True, capture_output=True, timeout=120)
    again = copied(tmp_path / "c", (tmp_path / "b" / once.name).read_bytes(), finding(3, "B"))
    sheet = again["花名册"]
    assert again.sheetnames == ["审核意见", "花名册"] and is_edited(again)
    assert [fill(sheet[at]) for at in ("B2", "A3", "B3")] == [None, None, RED]
    assert sheet["B2"].comment.text == "他们的" and sheet["A3"].comment is None


def test_the_list_of_findings_is_known_by_its_content_and_not_by_its_name(tmp_path):
    (own,) = [sheet for sheet in read_book(written(tmp_path, bytes_of(roster())).read_bytes(), ".xlsx").sheets if sheet.name == "审核意见"]
    assert marks.is_own_list(own.rows)
    assert not marks.is_own_list([["审核意见"], ["张示例", "合格"]]) and not marks.is_own_list([]) and not marks.is_own_list([[]])
    book = roster()
    book.create_sheet("审核意见")["A1"] = "领导写的"
    assert copied(tmp_path, bytes_of(book)).sheetnames == ["审核意见1", "花名册", "审核意见"]
