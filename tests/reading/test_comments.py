"""Comments of cells (批注): what one says bears on what is judged as a remark does, and is never dropped."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import openpyxl
import pyarrow
import pytest
from odf.dc import Creator
from odf.office import Annotation
from odf.table import Table, TableCell, TableRow
from odf.text import P
from openpyxl.comments import Comment

from guantong.reports.returned.write_copy import write_returned
from guantong.schemas.files.records.xls_comments import Comments
from guantong.schemas.files.workbook import read_workbook
from guantong.schemas.form.from_roster import FORMER
from tests.support.inprocess import Audited, audited_file
from tests.support.raw_workbooks import ods
from tests.support.returned_copies import RULEBOOK
from tests.support.workbooks import CLEAN, id_number, people

PERSON = CLEAN | {"技能等级": "高级工", "部门": "一车间", "荣誉称号": ""}
OTHER = PERSON | {"姓名": "李旁观", "身份证号": id_number(9)}
HEADERS = list(PERSON)
WEIGHED = {
    "技能等级": [("此证已注销", "credential_contradicted"), ("拟申报", "credential_contradicted"), ("作废", "credential_contradicted")],
    "2024年度考核": [("实为不合格", "grade_contradicted"), ("王五:\n2024年考核实为基本合格", "grade_contradicted")],
    "姓名": [("已退休", "state_contradicted"), ("2025年3月退休", "state_elsewhere"), ("作废", "row_void")],
    "部门": [("王五:\n退休人员", "state_contradicted"), ("借调到总部", "remark_unweighed"), ("证书已注销", "credential_contradicted")],
    "岗位类别": [("已调至机关", "fact_contradicted")],
    "技能等级取得时间": [("应为2025年6月", "fact_contradicted")],
    "荣誉称号": [("荣誉：辽宁工匠", "honour_elsewhere")],
    "诚信情况": [("学历造假", "integrity_elsewhere")],
}


def commented(path: Path, comments: dict[str, str], *persons: dict[str, object]) -> Path:
    """A roster with comments by cell, or by the header of the first person's cell."""
    people(path, *(persons or (PERSON, OTHER)))
    book = openpyxl.load_workbook(path)
    for place, text in comments.items():
        cell = book.active.cell(2, HEADERS.index(place) + 1) if place in HEADERS else book.active[place]
        cell.comment = Comment(text, "王五")
    book.save(path)
    return path


def told(found: Audited) -> list[dict[str, object]]:
    lines = found.findings.drop(columns=["source_file", "unit_id"]).astype(str)
    return lines.sort_values(lines.columns.tolist()).to_dict("records")


@pytest.mark.parametrize(("header", "text", "code"), [(header, *case) for header, cases in WEIGHED.items() for case in cases])
def test_a_comment_on_a_persons_row_is_weighed_as_a_remark_is(tmp_path: Path, header: str, text: str, code: str) -> None:
    found = audited_file(commented(tmp_path / "甲.xlsx", {header: text})).findings
    of_people = found[found["row"].notna()]
    assert set(of_people["code"]) == {code} and set(of_people["row"]) == {2}
    assert text.removeprefix("王五:\n") in found[found["code"] == "comments"].iloc[0]["message"]


def test_a_comment_that_takes_a_state_back_is_judged_so(tmp_path: Path) -> None:
    routes = audited_file(commented(tmp_path / "甲.xlsx", {"部门": "2025年3月退休"})).named()
    assert routes["张示例"]["s2t-assistant"][0] == "ineligible" and routes["李旁观"]["s2t-assistant"][0] == "eligible"


@pytest.mark.parametrize("text", ["原件已核", "见附件", "请按证书填写，已注销的不填"])
def test_a_comment_that_bears_on_nothing_changes_nothing_and_is_told_once(tmp_path: Path, text: str) -> None:
    cell = "I1" if "请" in text else "技能等级"
    found = audited_file(commented(tmp_path / "甲.xlsx", {cell: text})).findings
    assert found["code"].tolist() == ([] if cell == "I1" else ["comments"])


def test_what_a_headers_comment_says_is_of_all_below_it(tmp_path: Path) -> None:
    found = audited_file(commented(tmp_path / "甲.xlsx", {"I1": "本批证书均已注销"})).findings
    assert sorted(zip(found["code"], found["row"], found["column"], strict=True)) == [
        ("credential_contradicted", 2, "I"),
        ("credential_contradicted", 3, "I"),
    ]
    only_told = audited_file(commented(tmp_path / "乙.xlsx", {"I1": "部分为借调人员的证书"})).findings
    assert list(zip(only_told["code"], only_told["row"], only_told["column"], strict=True)) == [("remark_unweighed", 1, "I")]


def test_of_tables_side_by_side_a_comment_is_of_the_person_in_whose_table_it_stands(tmp_path: Path) -> None:
    path = people(tmp_path / "甲.xlsx", PERSON)
    book = openpyxl.load_workbook(path)
    for row, cells in enumerate((list(OTHER), list(OTHER.values())), 1):
        for at, cell in enumerate(cells, len(HEADERS) + 2):
            book.active.cell(row, at, cell)
    book.active.cell(2, len(HEADERS) + 2).comment = Comment("已退休", "王五")
    book.save(path)
    found = audited_file(path)
    (line,) = found.findings[found.findings["code"] == "state_contradicted"].itertuples()
    names = dict(zip(found.people["pid"], found.people["name"], strict=True))
    assert names[line.pid] == "李旁观"


def test_a_conversation_is_read_whole(tmp_path: Path) -> None:
    path = commented(
        tmp_path / "甲.xlsx", {"技能等级": "[线程批注]\n\n你的Excel版本可读取此线程批注。\n\n注释:\n    核对过吗\n回复:\n    此证已注销"}
    )
    assert "credential_contradicted" in set(audited_file(path).findings["code"])
    thread = (
        '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        '<threadedComment ref="I2" id="{1}"><text>核对过吗</text></threadedComment>'
        '<threadedComment ref="I2" id="{2}" parentId="{1}"><text>此证已注销</text></threadedComment></ThreadedComments>'
    )
    kind = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    people(path, PERSON)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/threadedComments/threadedComment1.xml", thread)
        package.writestr(
            "xl/worksheets/_rels/sheet1.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{kind}" Target="../threadedComments/threadedComment1.xml"/></Relationships>',
        )
    (sheet,) = read_workbook(path.read_bytes(), ".xlsx").sheets
    assert sheet.comments == {(1, 8): "核对过吗\n此证已注销"}


def test_a_damaged_part_of_comments_costs_no_roster_and_is_told(tmp_path: Path) -> None:
    path = commented(tmp_path / "甲.xlsx", {"技能等级": "此证已注销"})
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, b"<comments><commentList>" if "comments/" in name or name.endswith("comments1.xml") else content)
    assert audited_file(path).findings["code"].tolist() == ["comments_unread"]


def with_note(text: str, note: str) -> TableCell:
    cell, said = TableCell(valuetype="string"), Annotation()
    said.addElement(Creator(text="王五"))
    for line in note.split("\n"):
        said.addElement(P(text=line))
    cell.addElement(said)
    cell.addElement(P(text=text))
    return cell


def test_a_note_of_an_ods_is_read_and_is_no_part_of_its_cell() -> None:
    def fill(table: Table) -> None:
        for cells in ([TableCell()], [TableCell(numbercolumnsrepeated=3), with_note("高级工", "王五:\n此证已注销\n2024年")]):
            row = TableRow()
            for cell in cells:
                row.addElement(cell)
            table.addElement(row)

    (sheet,) = read_workbook(ods(fill), ".ods").sheets
    assert sheet.rows[-1][-1] == "高级工" and sheet.comments == {(1, 3): "此证已注销\n2024年"}


def test_a_comment_of_an_xls_is_put_together_from_its_records() -> None:
    def of(number: int) -> bytes:
        return struct.pack("<HHHH", 0x15, 0x12, 0x19, number) + bytes(14)

    said, found = "王五:\n此证已注销", Comments()
    for kind, content in (
        (0x5D, of(7)), (0x1B6, bytes(10) + struct.pack("<H", len(said)) + bytes(6)),
        (0x3C, b"\1" + said[:5].encode("utf-16-le")), (0x3C, b"\1" + said[5:].encode("utf-16-le")), (0x3C, bytes(16)),
        (0x1C, struct.pack("<HHHH", 4, 6, 0, 7) + struct.pack("<HB", 2, 1) + "王五".encode("utf-16-le")),
    ):  # fmt: skip
        found.add(kind, content)
    assert found.found() == ({(4, 6): "此证已注销"}, False)
    found.add(0x1C, struct.pack("<HHHH", 5, 6, 0, 8) + struct.pack("<HB", 0, 0))
    assert found.found()[1]


@pytest.mark.parametrize("plain", [False, True])
def test_a_returned_copy_keeps_comments_and_comes_out_the_same(tmp_path: Path, plain: bool) -> None:
    comments = {"技能等级": "此证已注销", "姓名": "原件已核", "部门": "借调到总部", "J3": "应为2025年6月"}
    path = commented(tmp_path / "甲.xlsx", comments, PERSON, OTHER | {"2024年度考核": "2024.13"})
    first = audited_file(path)
    assert len(first.findings) == 4
    for number in range(2):
        table = pyarrow.Table.from_pandas(audited_file(path).findings.assign(source_file="甲.xlsx"))
        path = write_returned(path.read_bytes(), ".xlsx", "甲.xlsx", table, tmp_path / str(number), RULEBOOK, plain)
        assert told(audited_file(path)) == told(first)


def test_notes_of_a_form_that_is_filled_from_a_roster_are_no_comments_of_the_enterprise(tmp_path: Path) -> None:
    path = commented(tmp_path / "甲.xlsx", {"技能等级": f"{FORMER} 花名册!I2：证书已注销。应为：…。"})
    assert audited_file(path).findings["code"].tolist() == []
