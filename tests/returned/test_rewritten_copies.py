"""Copies of rosters that are not marked in place: values, merged ranges, names of sheets."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pyarrow
import pytest
import xlsxwriter

from guantong.reports.returned import marks
from guantong.reports.returned import write_copy as returned
from guantong.reports.returned.original import read_book
from tests.support import corpus
from tests.support.inprocess import audited_file
from tests.support.returned_copies import (
    RED,
    ROWS,
    altered,
    bytes_of,
    copied,
    fill,
    finding,
    is_edited,
    ods,
    part,
    remarks,
    roster,
    values,
    written,
    xls,
)


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


def test_a_text_0_of_a_formula_that_was_never_calculated_stays_unknown_in_a_copy_without_the_formula(tmp_path):
    path = corpus.FOLDER / "b16_text_zero.xlsx"
    first = audited_file(path)
    copy = returned.write_returned(path.read_bytes(), ".xlsx", path.name, pyarrow.Table.from_pandas(first.findings), tmp_path, plain=True)
    assert list(audited_file(copy).routes().values()) == list(first.routes().values())


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
