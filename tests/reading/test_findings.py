"""Every finding code, provoked by one small roster: where it points, how severe it is, what it says."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import io
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import msoffcrypto.format.ooxml
import pandas as pd
import pytest
import xlsxwriter

from guantong.schemas.catalogue import finding_kinds
from guantong.schemas.files.formats import MAX_BYTES
from guantong.schemas.reading import raw_cells
from tests.support.inprocess import Audited, audited, audited_inbox
from tests.support.raw_workbooks import data, xlsx
from tests.support.workbooks import CLEAN, id_number, people, workbook


def misprint(number: str) -> str:
    """An ID number whose check character is wrong."""
    return number[:17] + ("0" if number[17] != "0" else "1")


# code → the cells that make it (out of the person's ID number, where they are made from it), and the header of
# the column it points at; None points at the sheet.
CELLS: dict[str, tuple[object, str | None]] = {
    "error_cell": ({"岗位类别": "#N/A"}, "岗位类别"),
    "cell_damaged": ({"岗位类别": "技能岗\ufffd"}, "岗位类别"),
    "gives_none": ({"技能等级": "技师（作废）"}, "技能等级"),
    "name_unusual": ({"姓名": "张3"}, "姓名"),
    "id_number_typed": (lambda number: {"身份证号": float(number[:15] + "000")}, "身份证号"),
    "id_number_length": (lambda number: {"身份证号": number[:17]}, "身份证号"),
    "id_number_checksum": (lambda number: {"身份证号": misprint(number)}, "身份证号"),
    "id_number_sex": ({"性别": "女"}, "性别"),
    "id_number_birth": ({"出生年月": "1985-02"}, "出生年月"),
    "unit_code_checksum": ({"统一社会信用代码": "91210100FAKE000100"}, "统一社会信用代码"),
    "word_unreadable": ({"是否一线岗位": "是/否"}, "是否一线岗位"),
    "city_unknown": ({"所在市": "示例市"}, "所在市"),
    "sex_unreadable": ({"性别": "不详"}, "性别"),
    "date_unreadable": ({"技能等级取得时间": "2015-02-30"}, "技能等级取得时间"),
    "date_ambiguous": ({"技能等级取得时间": 2015.1}, "技能等级取得时间"),
    "date_out_of_range": ({"技能等级取得时间": "1920-01-01"}, "技能等级取得时间"),
    "months_unreadable": ({"中断月数": 601}, "中断月数"),
    "skill_unreadable": ({"技能等级": "六级"}, "技能等级"),
    "skill_is_title": ({"技能等级": "工程师"}, "技能等级"),
    "title_unreadable": ({"职称": "工程帅"}, "职称"),
    "title_is_skill": ({"职称": "高级技师"}, "职称"),
    "title_grade_only": ({"职称": "中级"}, "职称"),
    "state_unreadable": ({"在岗状态": "丙类"}, "在岗状态"),
    "integrity_unreadable": ({"诚信情况": "记过"}, "诚信情况"),
    "grade_unreadable": ({"2023年度考核": "待定"}, "2023年度考核"),
    "grades_unreadable": ({"近三年年度考核": "合格、优秀"}, "近三年年度考核"),
    "honour_unreadable": ({"荣誉称号": "见附件"}, "荣誉称号"),
    "honour_in_doubt": ({"荣誉称号": "省技术能手"}, "荣誉称号"),
    "honour_near": ({"荣誉称号": "辽宁工匠提名"}, "荣誉称号"),
    "value_too_long": ({"岗位名称": "长" * 201}, "岗位名称"),
    "certificate_before_16": ({"技能等级取得时间": "2000-06-30"}, "技能等级取得时间"),
    "date_after_as_of": ({"技能等级取得时间": "2026-01-01"}, "技能等级取得时间"),
    "levels_out_of_order": ({"高级工取得时间": "2016-01-01"}, "技能等级取得时间"),
    "level_below_history": ({"高级技师取得时间": "2016-01-01"}, "高级技师取得时间"),
    "date_conflict": ({"技师取得时间": "2016-01-01"}, "技师取得时间"),
    "date_without_level": ({"职称取得时间": "2016-01-01"}, "职称取得时间"),
    "title_before_birth": ({"技能等级取得时间": "1984-06-30"}, "技能等级取得时间"),
    "certificate_year": ({"技能证书编号": "1606000001200001"}, "技能证书编号"),
    "certificate_level": ({"技能证书编号": "1506000001300001"}, "技能证书编号"),
    "credential_contradicted": ({"技能鉴定结果": "不合格"}, "技能等级"),
    "credential_elsewhere": ({"备注": "2019年取得助理工程师"}, "备注"),
    "honour_elsewhere": ({"备注": "2020年获辽宁省技术能手"}, "备注"),
    "remark_unweighed": ({"备注": "任车间主任"}, "备注"),
    "integrity_elsewhere": ({"备注": "2022年学历造假"}, "诚信情况"),
    "state_contradicted": ({"部门": "退休人员"}, "在岗状态"),
    "state_elsewhere": ({"备注": "2025年3月退休"}, "在岗状态"),
    "sheet_void": ({}, None),
    "fact_contradicted": ({"备注": "非一线"}, "是否一线岗位"),
    "state_from_day": ({"退休时间": "2045-05-01"}, "退休时间"),
    "grade_contradicted": ({"备注": "2023年度考核更正为基本合格"}, "2023年度考核"),
    "claim_unreadable": ({"拟申报职称": "技师"}, "拟申报职称"),
    "series_conflict": ({"职称": "工程师", "职称系列": "经济系列"}, "职称系列"),
    "column_conflict": ({"职业技能等级": "高级工"}, "技能等级"),
    "header_unknown": ({"爱好": "象棋"}, "爱好"),
    "header_ambiguous": ({"发证日期": "2015-06-30"}, "发证日期"),
    "header_appointed": ({"聘任时间": "2015-06-30"}, "聘任时间"),
    "header_missing": ({"诚信情况": None}, None),
    "status_from_sheet": ({"在岗状态": ""}, None),
}
# code → how the second person, in row 3, differs from the first, and the header of the column it points at; None: the row.
SECOND: dict[str, tuple[dict[str, object], str | None]] = {
    "no_person": ({"姓名": "", "身份证号": ""}, None),
    "person_twice": ({}, "身份证号"),
    "person_two_units": ({"单位名称": "样本阀门厂"}, "身份证号"),
    "certificate_two_people": ({"姓名": "李样本", "身份证号": id_number(499)}, "技能证书编号"),
}
SKILL_DATE = list(CLEAN).index("技能等级取得时间")


def hide_sheet(book: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet) -> None:
    book.add_worksheet("说明").activate()
    page.hide()


# code → what is done to the workbook of a clean person, its options and suffix; where it points: sheet, row, header; and
# what its message says. A date of 1904 is given as a number of days, 2015-06-30.
WORKBOOKS: dict[str, tuple[Callable, dict, str, tuple[str | None, int | None, str | None], str]] = {
    "hidden_sheet": (hide_sheet, {}, ".xlsx", ("花名册", None, None), "“花名册”"),
    "hidden_rows": (lambda _, page: page.set_row(1, None, None, {"hidden": True}), {}, ".xlsx", ("花名册", None, None), "1人"),
    "hidden_columns": (lambda _, page: page.set_column("D:E", None, None, {"hidden": True}), {}, ".xlsx", ("花名册", None, None), "D、E列"),
    "hidden_cells": (lambda book, page: page.write(1, 9, "2015-06", book.add_format({"num_format": ";;;"})), {}, ".xlsx", ("花名册", None, None), "J列"),
    "macros": (lambda book, _: book.add_vba_project(io.BytesIO(b"made up"), True), {}, ".xlsm", (None, None, None), "“macros.xlsm”"),
    "external_links": (lambda *_: None, {}, ".xlsx", (None, None, None), "“external_links.xlsx”"),
    "date_system_1904": (
        lambda _, page: page.write_number(1, SKILL_DATE, (dt.date(2015, 6, 30) - dt.date(1904, 1, 1)).days),
        {"date_1904": True}, ".xlsx", (None, None, None), "“date_system_1904.xlsx”",
    ),
    "formula_not_calculated": (
        lambda _, page: page.write_formula(1, SKILL_DATE, "=DATE(2015,6,30)", None, ""),
        {}, ".xlsx", ("花名册", 2, "技能等级取得时间"), "“技能等级取得时间”"),
}  # fmt: skip
# code → the suffix of the file that is refused for it
REFUSED = {
    "not_a_workbook": ".xlsx", "unsupported_format": ".tsv", "wps_format": ".et", "archive": ".zip", "encrypted": ".xlsx", "damaged": ".xlsx",
    "too_large": ".xlsx", "macro_sheet": ".xlsx", "vanished": ".xlsx", "no_roster_sheet": ".xlsx", "people_in_columns": ".xlsx",
}  # fmt: skip
# A name in the inbox → the code it is refused with, and what the message says of it.
INBOX = {
    "管道.xlsx": ("not_a_workbook", "（不是普通文件）"),
    "插座.xlsx": ("not_a_workbook", "（不是普通文件）"),
    "失效.xlsx": ("vanished", "（链接所指的文件不存在）"),
    "绕圈.xlsx": ("vanished", "（链接所指的文件不存在）"),
    "外面.xlsx": ("outside_link", "（所指的是文件）"),
    "外面的文件夹": ("outside_link", "（所指的是文件夹）"),
    "没有权限.xlsx": ("no_permission", "没有权限"),
    "锁着的文件夹": ("no_permission", "没有权限"),
    "坏盘.xlsx": ("unreadable_file", f"（读取失败，错误号 {errno.EIO}）"),
    "太大.xlsx": ("too_large", "兆字节"),
    "出错.xlsx": ("reader_failed", "（KeyError，schemas.reading.raw_cells:"),
}
FAULTS = {"没有权限.xlsx": errno.EACCES, "锁着的文件夹": errno.EACCES, "坏盘.xlsx": errno.EIO}  # root may open all, so it is made out
ON_HEADERS = ("header_unknown", "header_ambiguous", "header_appointed", "state_from_day")  # they point at the header row
SHEETS = {"status_from_sheet": "退休人员", "sheet_void": "作废"}


def person(number: int, changes: object) -> dict[str, object]:
    """A clean person with these cells; None takes a column away."""
    own = id_number(number)
    cells = changes(own) if callable(changes) else changes
    return {header: cell for header, cell in (CLEAN | {"身份证号": own} | cells).items() if cell is not None}


def encrypted(path: Path) -> Path:
    """A workbook with a password, in the form that Excel writes."""
    plain = people(path.with_suffix(".plain.xlsx"), CLEAN)
    sealed = io.BytesIO()
    with plain.open("rb") as file:
        msoffcrypto.format.ooxml.OOXMLFile(file).encrypt("password", sealed)
    plain.unlink()
    path.write_bytes(sealed.getvalue())
    return path


def refused_files(folder: Path) -> dict[str, Path]:
    """A file for each reason to refuse one."""
    paths = {code: folder / f"{code}{suffix}" for code, suffix in REFUSED.items()}
    for code in ("not_a_workbook", "unsupported_format", "wps_format", "archive"):
        paths[code].write_text("姓名\t技能等级\n张示例\t技师\n", encoding="utf-8")
    paths["too_large"].write_bytes(xlsx(data('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')))
    paths["macro_sheet"].write_bytes(xlsx(data(""), parts={"xl/macrosheets/sheet1.xml": "<xm/>"}))
    encrypted(paths["encrypted"])
    whole = people(paths["damaged"], CLEAN).read_bytes()
    paths["damaged"].write_bytes(whole[: len(whole) // 2])
    workbook(paths["no_roster_sheet"], {"通讯录": [["姓名", "电话", "部门", "民族"], *[["张示例", "024-00000000", "一车间", "汉族"]] * 3]})
    workbook(paths["people_in_columns"], {"花名册": [[header, cell, cell] for header, cell in CLEAN.items()]})
    return paths  # vanished: there is no such file any more


def odd_workbook(code: str, folder: Path, cells: dict[str, object]) -> Path:
    """The workbook of a person, as `WORKBOOKS` says."""
    change, options, suffix, _, _ = WORKBOOKS[code]
    path = folder / f"{code}{suffix}"
    with xlsxwriter.Workbook(str(path), options) as book:
        page = book.add_worksheet("花名册")
        page.write_row(0, 0, list(cells))
        page.write_row(1, 0, list(cells.values()))
        change(book, page)
    if code == "external_links":
        with zipfile.ZipFile(path, "a") as package:
            package.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    return path


def csv_file(path: Path, cells: dict[str, object]) -> Path:
    """A roster of one person as Excel saves it on a Chinese Windows."""
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([cells, cells.values()])
    return path


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """All the small rosters audited at once; each is a file named by the code it provokes."""
    folder = tmp_path_factory.mktemp("findings")
    files = refused_files(folder)
    for number, (code, (cells, _)) in enumerate(CELLS.items()):
        files[code] = people(folder / f"{code}.xlsx", person(number, cells), sheet=SHEETS.get(code, "花名册"))
    for number, (code, (changes, _)) in enumerate(SECOND.items(), len(CELLS)):
        first = person(number, {"技能证书编号": f"15060000012{number:05d}"})
        files[code] = people(folder / f"{code}.xlsx", first, first | changes)
    clean = person(490, {})
    beside = {"花名册": [list(clean), list(clean.values())], "签到表": [["姓名", "签名", "备注"], ["李样本", "", ""]]}
    files["sheet_not_roster"] = workbook(folder / "sheet_not_roster.xlsx", beside)
    files["clean"] = people(folder / "clean.xlsx", person(491, {}))
    files["clean_text"] = csv_file(folder / "clean_text.csv", person(492, {}))
    for number, code in enumerate(WORKBOOKS, 300):
        files[code] = odd_workbook(code, folder, person(number, {}))
    return audited([(path, path.name) for path in files.values()])


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """A folder with what `INBOX` says, and a roster that is read all the same."""
    folder, outside = tmp_path_factory.mktemp("inbox"), tmp_path_factory.mktemp("outside")
    for number, name in enumerate(("好的.xlsx", "没有权限.xlsx", "坏盘.xlsx", "出错.xlsx", "锁着的文件夹/锁着.xlsx"), 400):
        people(folder / name, person(number, {}), sheet="出错" if name == "出错.xlsx" else "花名册")
    os.mkfifo(folder / "管道.xlsx")
    with socket.socket(socket.AF_UNIX) as listening, pytest.MonkeyPatch.context() as here:
        here.chdir(folder)  # a socket's path may be about a hundred bytes long
        listening.bind("插座.xlsx")
    (folder / "失效.xlsx").symlink_to("不存在.xlsx")
    (folder / "绕圈.xlsx").symlink_to("绕圈.xlsx")
    (folder / "外面.xlsx").symlink_to(people(outside / "外面.xlsx", person(410, {})))
    (folder / "外面的文件夹").symlink_to(outside)
    with (folder / "太大.xlsx").open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # it takes no room on the disk
    with pytest.MonkeyPatch.context() as patched:
        make_faults(patched)
        return audited_inbox(folder)


def make_faults(patched: pytest.MonkeyPatch) -> None:
    """Have the system refuse what `FAULTS` names, and our own code fail on the sheet 出错, with an error that quotes a cell."""
    system = {name: getattr(os, name) for name in ("open", "scandir")}

    def failing(call: str) -> Callable:
        def opened(path: str | Path | int, *more: object, **named: object) -> object:
            if number := FAULTS.get(Path(str(path)).name):
                raise OSError(number, os.strerror(number), str(path))
            return system[call](path, *more, **named)

        return opened

    for call in system:
        patched.setattr(os, call, failing(call))
    find_rosters = raw_cells.find_rosters
    patched.setattr(raw_cells, "find_rosters", lambda sheet, *more: {}["张示例"] if sheet.name == "出错" else find_rosters(sheet, *more))
    patched.delenv("GUANTONG_DEBUG", raising=False)


def of(found: Audited, name: str) -> list[dict[str, object]]:
    """The findings of one of the files."""
    return records(found.findings[found.findings["source_file"].str.startswith(f"{name}.")])


def records(findings: pd.DataFrame) -> list[dict[str, object]]:
    return findings.astype(object).where(findings.notna(), None).to_dict("records")


def place_of(finding: dict[str, object]) -> tuple[object, ...]:
    return finding["sheet"], finding["row"], finding["column"], finding["header"]


OF_A_CHANGE = {"changed", "still_written"}  # see test_swapped.py, test_serve_inbox.py
OF_A_POLICY = {"grade_unknown"}  # tests/law/test_unknown_grades.py
OF_PEOPLE_JUDGED = {"cell_blank"}  # tests/command/test_command.py
OF_BUDGETS = {"over_budget", "findings_cut"}  # test_budgets.py
OF_AWARDS = {"award_date_unclear", "no_policy_in_force", "award_not_told"}  # see test_retrospective.py
OF_ROWS = {
    "facts_from_section",
    "section_unclear",
    "row_passed_over",
    "struck_out",
    "struck_words",
    "row_carried_on",
    "row_void",
    "sheet_outdated",
}  # see test_rows_in_the_field.py
OF_SHEETS = {"table_not_roster", "column_beside", "comments", "comments_unread"}  # see test_read_by_place.py, test_comments.py
OF_APPOINTMENTS = {"appointed_without_title"}  # see test_headers_in_the_field.py
OF_PEOPLE = {"facts_conflict", "rosters_conflict", "unit_near"}  # see test_units.py
WHOLE_FILE = (None, None, None, None)


def column_of(cells: dict[str, object], header: str | None) -> str | None:
    return None if header is None else chr(ord("A") + list(cells).index(header))


def test_every_code_is_provoked_here() -> None:
    of_the_inbox = {code for code, _ in INBOX.values()}
    elsewhere = OF_AWARDS | OF_A_CHANGE | OF_APPOINTMENTS | OF_PEOPLE | OF_ROWS | OF_PEOPLE_JUDGED | OF_BUDGETS | OF_A_POLICY | OF_SHEETS
    assert {*CELLS, *SECOND, *REFUSED, *WORKBOOKS, *of_the_inbox, "sheet_not_roster"} == set(finding_kinds()) - elsewhere


@pytest.mark.parametrize("name", ["clean.xlsx", "clean_text.csv"])
def test_a_clean_roster_has_no_findings(found: Audited, name: str) -> None:
    assert of(found, Path(name).stem) == []
    (file,) = found.files[found.files["source_file"] == name].to_dict("records")
    assert (file["status"], file["rows_found"], file["rows_rejected"]) == ("read", 1, 0)


@pytest.mark.parametrize("code", CELLS)
def test_a_bad_cell_is_one_finding_at_its_place(found: Audited, code: str) -> None:
    cells, header = CELLS[code]
    sheet = SHEETS.get(code, "花名册")
    row = None if header is None else 1 if code in ON_HEADERS else 2
    (finding,) = of(found, code)
    place = (sheet, row, column_of(person(0, cells), header))
    assert (finding["code"], finding["sheet"], finding["row"], finding["column"]) == (code, *place)
    assert finding["header"] == header
    assert finding["severity"] == finding_kinds()[code].severity


@pytest.mark.parametrize("code", SECOND)
def test_a_person_at_odds_with_another_is_told_where(found: Audited, code: str) -> None:
    changes, header = SECOND[code]
    findings = of(found, code)
    rows = {"person_two_units": [2, 3], "certificate_two_people": [2, 3]}.get(code, [3])
    assert [finding["row"] for finding in findings] == rows
    assert {(finding["code"], finding["sheet"], finding["column"]) for finding in findings} == {
        (code, "花名册", column_of(person(0, {"技能证书编号": ""}), header))
    }


@pytest.mark.parametrize("code", REFUSED)
def test_a_file_that_cannot_be_taken_in_is_refused_with_its_reason(found: Audited, code: str) -> None:
    (finding,) = of(found, code)
    (file,) = found.files[found.files["source_file"] == finding["source_file"]].to_dict("records")
    assert (file["status"], file["reason"], file["rows_found"]) == ("refused", code, 0)
    assert (finding["code"], finding["severity"], finding["value"]) == (code, "error", f"{code}{REFUSED[code]}")
    assert place_of(finding) == WHOLE_FILE
    assert finding["source_file"] in finding["message"]


@pytest.mark.parametrize("name", INBOX)
def test_what_cannot_be_opened_is_refused_with_its_reason(inbox: Audited, name: str) -> None:
    code, said = INBOX[name]
    (finding,) = records(inbox.findings[inbox.findings["source_file"] == name])
    (file,) = inbox.files[inbox.files["source_file"] == name].to_dict("records")
    assert (file["status"], file["reason"], file["rows_found"]) == ("refused", code, 0)
    assert (finding["code"], finding["severity"], finding["value"]) == (code, "error", name)
    assert place_of(finding) == WHOLE_FILE
    assert f"“{name}”" in finding["message"] and said in finding["message"]
    assert "张示例" not in finding["message"]


def test_what_cannot_be_opened_costs_the_other_files_nothing(inbox: Audited) -> None:
    read = inbox.files[inbox.files["status"] == "read"]
    assert read[["source_file", "rows_found"]].values.tolist() == [["好的.xlsx", 1]]
    assert set(inbox.findings["source_file"]) == set(inbox.files["source_file"]) - {"好的.xlsx"} == set(INBOX)


@pytest.mark.parametrize("code", WORKBOOKS)
def test_what_is_odd_in_a_workbook_is_told_and_the_workbook_read(found: Audited, code: str) -> None:
    _, _, suffix, (sheet, row, header), said = WORKBOOKS[code]
    (finding,) = of(found, code)
    assert place_of(finding) == (sheet, row, column_of(CLEAN, header), header)
    assert (finding["code"], finding["severity"]) == (code, "error" if code == "formula_not_calculated" else "warning")
    assert finding["value"] == (f"{code}{suffix}" if sheet is None else "" if row else sheet)
    assert said in finding["message"]
    (file,) = found.files[found.files["source_file"] == f"{code}{suffix}"].to_dict("records")
    assert (file["status"], file["rows_found"], file["rows_rejected"]) == ("read", 1, 0)


def test_days_counted_from_1904_are_the_days_that_were_meant(found: Audited) -> None:
    routes = {place[0]: verdicts for place, verdicts in found.routes().items()}
    assert routes["date_system_1904.xlsx"] == routes["clean.xlsx"]


def test_a_formula_never_calculated_is_unknown_and_not_empty(found: Audited) -> None:
    (verdicts,) = [verdicts for place, verdicts in found.routes().items() if place[0] == "formula_not_calculated.xlsx"]
    assert "unverified" in {verdict[0] for verdict in verdicts.values()}


def test_a_sheet_of_people_that_is_no_roster_is_told(found: Audited) -> None:
    (finding,) = of(found, "sheet_not_roster")
    assert (finding["code"], finding["sheet"], finding["row"]) == ("sheet_not_roster", "签到表", None)
    assert "签到表" in finding["message"]


def test_a_message_names_its_column_and_leaves_nothing_open(found: Audited, inbox: Audited) -> None:
    for finding in [*found.findings.itertuples(), *inbox.findings.itertuples()]:
        named = finding.header if isinstance(finding.header, str) else finding.value if finding.code == "header_missing" else None
        assert named is None or named in finding.message or finding.code.startswith(("name_", "id_", "unit_code_", "person_")), finding
        assert not [mark for mark in ("{", "}", "（）", "“”", "None", "nan") if mark in finding.message], finding
