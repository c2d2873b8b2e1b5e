"""A corrected copy reads as the original did, and former marks are undone in the next one."""

from __future__ import annotations

import shutil
import subprocess

import openpyxl
import pandas as pd
import pyarrow
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import GradientFill, PatternFill
from openpyxl.styles.colors import Color

from guantong.reports.returned.original import read_book
from guantong.reports.returned.write_copy import write_returned
from guantong.schemas.findings import is_own_list
from tests.support import inprocess
from tests.support.returned_copies import RED, RULEBOOK, YELLOW, bytes_of, copied, fill, finding, is_edited, remarks, roster, written
from tests.support.workbooks import CLEAN, people

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


SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_former_marks_are_known_again_after_libreoffice_has_saved_the_copy(tmp_path):
    book = roster()
    book.active["B2"].comment = Comment("他们的", "李会计")
    once = written(tmp_path / "a", bytes_of(book), finding(2, "B"), finding(3, "A"))
    command = [SOFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, str(tmp_path / "b"), str(once)], check=True, capture_output=True, timeout=120)
    again = copied(tmp_path / "c", (tmp_path / "b" / once.name).read_bytes(), finding(3, "B"))
    sheet = again["花名册"]
    assert again.sheetnames == ["审核意见", "花名册"] and is_edited(again)
    assert [fill(sheet[at]) for at in ("B2", "A3", "B3")] == [None, None, RED]
    assert sheet["B2"].comment.text == "他们的" and sheet["A3"].comment is None


def test_the_list_of_findings_is_known_by_its_content_and_not_by_its_name(tmp_path):
    (own,) = [sheet for sheet in read_book(written(tmp_path, bytes_of(roster())).read_bytes(), ".xlsx").sheets if sheet.name == "审核意见"]
    assert is_own_list(own.rows)
    assert not is_own_list([["审核意见"], ["张示例", "合格"]]) and not is_own_list([]) and not is_own_list([[]])
    book = roster()
    book.create_sheet("审核意见")["A1"] = "领导写的"
    assert copied(tmp_path, bytes_of(book)).sheetnames == ["审核意见1", "花名册", "审核意见"]
