"""The last look at a copy: which differences from the original it sees, and which originals it need not read for that."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from guantong.reports.returned.check_copy import check_copy, is_alike, is_opened
from guantong.reports.returned.original import Original, read_book
from guantong.reports.returned.xml_trees import NotEditable
from tests.support.returned_copies import altered, bytes_of, finding, roster, written

SHEET, STYLES, BOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"


@pytest.fixture
def data() -> bytes:
    """A roster with a day, a number and a merged range, its texts in a part of their own."""
    book = roster([["姓名", "日期", "编号", "备注"], ["张示例", 44_000, 7, None], ["李示例", 44_001, 8, "x"]])
    for row in (2, 3):
        book.active.cell(row, 2).number_format = "yyyy-mm-dd"
    book.active.merge_cells("D1:D2")
    return bytes_of(book)


def original(data: bytes) -> Original:
    return Original(data, ".xlsx", 1000, 10_000_000)


def test_a_marked_copy_is_alike_with_cells_put_in_too(tmp_path, data):
    copy = written(tmp_path, data, finding(2, "B"), finding(3, "C"), finding(3, "H")).read_bytes()
    own = original(data)
    assert is_opened(copy, own.outline) and is_alike(own.package, own.outline, copy)


@pytest.mark.parametrize(
    "part, pattern, new",
    [
        (SHEET, r'(<c r="C2"[^>]*>)<v>7</v>', r"\1<v>8</v>"),
        (SHEET, r'(<c r="C2"[^>]*>)<v>', r"\1<f>7</f><v>"),
        (SHEET, r'<c r="C2"', '<c r="D2"'),
        (SHEET, r'<row r="2"', '<row r="4"'),
        (SHEET, r'"D1:D2"', '"D1:D3"'),
        (SHEET, r'(<c r="B2" s=")\d+"', r'\g<1>0"'),
        (STYLES, r"yyyy", "0"),
        (BOOK, r"<workbookPr", '<workbookPr date1904="1"'),
        (BOOK, r'name="花名册"', 'name="名册"'),
    ],
)
def test_what_no_mark_changes_is_seen(tmp_path, data, part, pattern, new):
    copy = written(tmp_path, data, finding(2, "B")).read_bytes()
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        xml = archive.read(part).decode()
    assert re.search(pattern, xml)
    other = altered(copy, part, xml, re.sub(pattern, new, xml, count=1))
    own = original(data)
    assert not is_alike(own.package, own.outline, other)


@pytest.mark.parametrize("falsified", [("<v>7</v>", "<v>8</v>"), ("<t>x</t>", "<t>y</t>"), ('"D1:D2"', '"D1:D3"')])
def test_a_copy_that_says_something_else_is_refused(tmp_path, data, falsified):
    with pytest.raises(NotEditable):
        check_copy(original(data), altered(written(tmp_path, data).read_bytes(), SHEET, *falsified))


def test_a_copy_without_its_list_is_seen(tmp_path, data):
    copy = written(tmp_path, data).read_bytes()
    own = original(data)
    other = altered(copy, "xl/worksheets/sheet2.xml", ">处理办法<", ">办法<")
    assert is_opened(other, own.outline) and not is_alike(own.package, own.outline, other)
    assert not is_opened(data, own.outline) and not is_opened(b"no workbook", own.outline)


def test_a_difference_only_in_how_it_is_written_is_none(tmp_path, data):
    copy = written(tmp_path, data).read_bytes()
    other = altered(copy, SHEET, "<v>8</v>", "<v>8.0</v>")
    own = original(data)
    assert not is_alike(own.package, own.outline, other)
    check_copy(own, other)


def test_the_sheets_are_told_without_reading_as_the_reader_tells_them(tmp_path):
    book = roster()
    book.create_sheet("210102199001011234").sheet_state = "hidden"
    data = bytes_of(book)
    told, read = original(data).outline, read_book(data, ".xlsx").own
    assert [(sheet.name, sheet.state, sheet.shown) for sheet in told] == [(sheet.name, sheet.state, sheet.shown) for sheet in read]


@pytest.mark.parametrize("title", ["审核意见", "<r><t>审核</t></r><r><t>意见</t></r>", "审核意&#35265;", "审核意_x89C1_"])
def test_a_roster_that_may_hold_the_list_of_a_former_copy_is_read(tmp_path, title):
    title = title if title.startswith("<") else f"<t>{title}</t>"
    data = bytes_of(roster())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<t>2019.13</t>" in archive.read(SHEET)
    assert original(data).outline is not None
    assert original(altered(data, SHEET, "<t>2019.13</t>", title)).outline is None


def test_a_long_roster_is_read_and_its_rows_counted(tmp_path):
    data = bytes_of(roster([["姓名"], *[["张"]] * 30]))
    assert Original(data, ".xlsx", 31, 10_000_000).outline and not Original(data, ".xlsx", 31, 10_000_000).is_large
    far = altered(data, SHEET, '<row r="31"', '<row r="5000"')
    assert Original(far, ".xlsx", 31, 10_000_000).outline is None
    assert Original(data, ".xlsx", 30, 10_000_000).is_large and Original(data, ".xlsx", 31, 100).is_large
