"""Every finding code, provoked by one small roster: where it points, how severe it is, what it says."""

from __future__ import annotations

import io
from pathlib import Path

import msoffcrypto.format.ooxml
import pytest
import xlsxwriter
from inprocess import Audited, audited, audited_file
from workbooks import CLEAN, people, workbook

from guantong.sample_data.identifiers import id_check
from guantong.schemas.tables import finding_kinds


def id_number(number: int) -> str:
    """A made-up man's ID number, born on 1985-01-01."""
    first17 = f"21010019850101{number * 2 + 1:03d}"
    return first17 + id_check(first17)


def misprint(number: str) -> str:
    """An ID number whose check character is wrong."""
    return number[:17] + ("0" if number[17] != "0" else "1")


# code → the cells that make it (out of the person's ID number, where they are made from it), and the header of
# the column it points at; None points at the sheet.
CELLS: dict[str, tuple[object, str | None]] = {
    "error_cell": ({"岗位类别": "#N/A"}, "岗位类别"),
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
    "series_conflict": ({"职称": "工程师", "职称系列": "经济系列"}, "职称系列"),
    "column_conflict": ({"职业技能等级": "高级工"}, "技能等级"),
    "header_unknown": ({"爱好": "象棋"}, "爱好"),
    "header_ambiguous": ({"发证日期": "2015-06-30"}, "发证日期"),
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
REFUSED = ("not_a_workbook", "unsupported_format", "encrypted", "damaged", "unreadable_file", "no_roster_sheet")
ON_HEADERS = ("header_unknown", "header_ambiguous")  # they point at the header row
SHEETS = {"status_from_sheet": "退休人员"}


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
    paths = {code: folder / f"{code}.xlsx" for code in REFUSED} | {"unsupported_format": folder / "unsupported_format.csv"}
    paths["not_a_workbook"].write_text("姓名,技能等级\n张示例,技师\n", encoding="utf-8")
    paths["unsupported_format"].write_text("姓名,技能等级\n张示例,技师\n", encoding="utf-8")
    encrypted(paths["encrypted"])
    whole = people(paths["damaged"], CLEAN).read_bytes()
    paths["damaged"].write_bytes(whole[: len(whole) // 2])
    workbook(paths["no_roster_sheet"], {"通讯录": [["姓名", "电话", "部门", "民族"], *[["张示例", "024-00000000", "一车间", "汉族"]] * 3]})
    return paths  # unreadable_file: there is no such file any more


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
    return audited([(path, path.name) for path in files.values()])


def of(found: Audited, name: str) -> list[dict[str, object]]:
    """The findings of one of the files."""
    mine = found.findings[found.findings["source_file"].str.startswith(f"{name}.")]
    return mine.astype(object).where(mine.notna(), None).to_dict("records")


def column_of(cells: dict[str, object], header: str | None) -> str | None:
    return None if header is None else chr(ord("A") + list(cells).index(header))


def test_every_code_is_provoked_here() -> None:
    assert {*CELLS, *SECOND, *REFUSED, "sheet_not_roster"} == set(finding_kinds())


def test_a_clean_roster_has_no_findings(found: Audited) -> None:
    assert of(found, "clean") == []


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
    assert (finding["code"], finding["severity"], finding["sheet"], finding["row"]) == (code, "error", None, None)
    assert finding["source_file"] in finding["message"]


def test_a_sheet_of_people_that_is_no_roster_is_told(found: Audited) -> None:
    (finding,) = of(found, "sheet_not_roster")
    assert (finding["code"], finding["sheet"], finding["row"]) == ("sheet_not_roster", "签到表", None)
    assert "签到表" in finding["message"]


def test_an_error_cell_is_unknown_and_not_empty(tmp_path: Path) -> None:
    path = tmp_path / "甲.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("花名册")
        page.write_row(0, 0, list(CLEAN))
        page.write_row(1, 0, list(CLEAN.values()))
        page.write_formula(1, list(CLEAN).index("岗位类别"), "=NA()", None, "#N/A")
    found = audited_file(path)
    assert found.findings[["code", "row", "column", "value"]].values.tolist() == [["error_cell", 2, column_of(CLEAN, "岗位类别"), "#N/A"]]
    assert {verdict[0] for verdict in found.named()["张示例"].values()} == {"unverified"}


def test_a_message_names_its_column_and_leaves_nothing_open(found: Audited) -> None:
    for finding in found.findings.itertuples():
        named = finding.header if isinstance(finding.header, str) else finding.value if finding.code == "header_missing" else None
        assert named is None or named in finding.message or finding.code.startswith(("name_", "id_", "unit_code_", "person_")), finding
        assert not [mark for mark in ("{", "}", "（）", "“”", "None", "nan") if mark in finding.message], finding
