"""How a returned copy marks its findings."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow
import pytest

from guantong.reports.returned import marks
from guantong.reports.returned.write_copy import returned_name, write_returned
from guantong.schemas.files.workbook import Refusal
from tests.support.returned_copies import RED, YELLOW, bytes_of, copied, fill, finding, is_edited, remarks, roster, written


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
        "import sys, pandas; from pathlib import Path; from tests.support.returned_copies import *\n"
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
