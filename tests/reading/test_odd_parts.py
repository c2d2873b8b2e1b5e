"""Workbooks whose parts, texts and extents are odd or damaged: what the file does not hold is lost, and the rest is read."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.files.workbook import LOST_TEXT
from tests.support.inprocess import audited_file
from tests.support.raw_workbooks import MAIN, data, one, xlsx, zipped
from tests.support.workbooks import CLEAN


def test_a_number_that_is_shown_as_a_date_and_is_none_is_that_number() -> None:
    rows = '<row r="1"><c r="A1" s="2"><v>210102198501010014</v></c><c r="B1" s="1"><v>43698</v></c></row>'
    assert one(xlsx(data(rows))).rows == [[210102198501010014.0, dt.date(2019, 8, 21)]]


STRINGS = f'<sst xmlns="{MAIN}"><si><t>零</t></si><si><t>一</t></si></sst>'
LOST = {
    "no such text": 't="s"><v>2</v>', "a number below nought": 't="s"><v>-1</v>', "no number": 't="s"><v>1.5</v>', "blank": 't="s"><v> </v>',
    "empty": 't="s"><v/>', "beyond any number": 't="s"><v>99999999999999999999</v>', "neither yes nor no": 't="b"><v>x</v>', "no such kind": 't="zz"><v>7</v>',
}  # fmt: skip


@pytest.mark.parametrize("cell", LOST.values(), ids=LOST)
@pytest.mark.parametrize("comment", ["", "<!-- -->"], ids=["as bytes", "as XML"])
def test_a_cell_whose_text_the_file_does_not_hold_is_lost_and_the_rest_read(cell: str, comment: str) -> None:
    row = f'{comment}<row r="1"><c r="A1" {cell}</c><c r="B1" t="s"/><c r="C1" t="s"><v>1</v></c></row>'
    assert one(xlsx(data(row), parts={"xl/sharedStrings.xml": STRINGS})).rows == [[LOST_TEXT, "", "一"]]


def test_a_text_that_is_named_with_blanks_around_its_number_is_that_text() -> None:
    row = '<row r="1"><c r="A1" t="s"><v> 1 </v></c></row>'
    assert one(xlsx(data(row), parts={"xl/sharedStrings.xml": STRINGS})).rows == [["一"]]


def test_an_error_cell_is_unknown_and_not_empty(tmp_path: Path) -> None:
    path, at = tmp_path / "甲.xlsx", list(CLEAN).index("岗位类别")
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("花名册")
        page.write_row(0, 0, list(CLEAN))
        page.write_row(1, 0, list(CLEAN.values()))
        page.write_formula(1, at, "=NA()", None, "#N/A")
    found = audited_file(path)
    assert found.findings[["code", "row", "column", "value"]].values.tolist() == [["error_cell", 2, column_letters(at + 1), "#N/A"]]
    assert {verdict[0] for verdict in found.named()["张示例"].values()} == {"unverified"}


def test_an_error_that_the_reader_does_not_know_is_that_error() -> None:
    assert one(xlsx(data('<row r="1"><c r="A1" t="e"><v>#SPILL!</v></c><c r="B1"><v>1</v></c></row>'))).rows == [["#SPILL!", 1.0]]


@pytest.mark.parametrize("extent", ['ref=""', 'ref="A0:B1"', 'ref="A:B"', 'ref="#REF!"', 'ref="$A$1:$B$1"', 'ref="1:4"', ""])
def test_a_worthless_extent_of_a_sheet_is_passed_over(extent: str) -> None:
    assert one(xlsx(f"<dimension {extent}/>" + data('<row r="1"><c r="A1"><v>1</v></c></row>'))).rows == [[1.0]]


SAID = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c><c r="B1" t="inlineStr"><is><t>木工</t></is></c></row>'


@pytest.mark.parametrize("encoding", ["GB2312", "gbk", "GB18030", "Big5", "utf-16"])
def test_parts_in_another_encoding_are_read(encoding: str) -> None:
    part = f'<?xml version="1.0" encoding="{encoding}"?><worksheet xmlns="{MAIN}">{data(SAID.format("工人"))}</worksheet>'.encode(encoding)
    assert one(xlsx(part, raw=True)).rows == [["工人", "木工"]]


@pytest.mark.parametrize("bad", [b"\xe5\xb7", b"\xff", b"&#0;", b"\x01&#x1F;"])
def test_a_character_that_is_none_costs_its_cell_alone(bad: bytes) -> None:
    part = f'<worksheet xmlns="{MAIN}">{data(SAID)}</worksheet>'.encode().replace(b"{}", "技工".encode() + bad)
    told, whole = one(xlsx(part, raw=True)).rows[0]
    assert told.startswith("技工") and whole == "木工"


def test_parts_are_found_by_their_relationships() -> None:
    """A table of texts of another workbook may even lie where this one's usually does."""
    usual = xlsx(
        data('<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" s="1"><v>43698</v></c></row>'), parts={"xl/sharedStrings.xml": STRINGS}
    )
    names = {"xl/workbook.xml": "xl/b/book7.xml", "xl/_rels/workbook.xml.rels": "xl/b/_rels/book7.xml.rels", "xl/sharedStrings.xml": "t/texts.xml",
             "xl/styles.xml": "t/looks.xml", "xl/worksheets/sheet1.xml": "pages/1.xml"}  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(usual)) as book:
        parts = {names.get(name, name): book.read(name) for name in book.namelist()}
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"xl/workbook.xml", b"/xl/b/book7.xml")
    for old, new in (
        (b"worksheets/sheet1.xml", b"../../pages/1.xml"),
        (b"sharedStrings.xml", b"/t/texts.xml"),
        (b"styles.xml", b"../../t/looks.xml"),
    ):
        parts["xl/b/_rels/book7.xml.rels"] = parts["xl/b/_rels/book7.xml.rels"].replace(b'Target="' + old, b'Target="' + new)
    parts["xl/sharedStrings.xml"] = STRINGS.replace("一", "另一")
    assert one(zipped(parts)).rows == [["一", dt.date(2019, 8, 21)]]


@pytest.mark.parametrize("target", ["../sheets/one.xml", "/sheets/one.xml", "..\\\\sheets\\\\one.xml", "./../sheets/one.xml"])
def test_a_sheet_is_found_wherever_it_lies(target: str) -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx(data('<row r="1"><c r="A1"><v>1</v></c></row>')))) as book:
        parts = {name.replace("xl/worksheets/sheet1.xml", "sheets/one.xml"): book.read(name) for name in book.namelist()}
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace(b"worksheets/sheet1.xml", target.replace("\\\\", "\\").encode())
    assert one(zipped(parts)).rows == [[1.0]]


def test_a_table_of_texts_that_is_cut_off_costs_the_texts_behind() -> None:
    row = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    assert one(xlsx(data(row), parts={"xl/sharedStrings.xml": STRINGS[: STRINGS.index("一")]})).rows == [["零", LOST_TEXT]]
