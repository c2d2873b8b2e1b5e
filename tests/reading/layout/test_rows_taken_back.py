"""Rows, lines and sheets that say of people that they no longer hold, or have left: nobody is a candidate by them, and all is told."""

from pathlib import Path

import pytest

from tests.support.field_rows import FIRST, HEADERS, SECOND, line, read, told
from tests.support.inprocess import audited_file
from tests.support.workbooks import workbook


@pytest.mark.parametrize(
    ("at", "cell"),
    [
        (1, "周试乙（已作废）"),
        (1, "（作废）周试乙"),
        (1, "周试乙-取消"),
        (0, "作废"),
        (0, "1（删）"),
        (0, "×"),
        (8, "作废"),
        (8, "已取消资格。"),
        (8, "此行无效，请删除"),
    ],
)
def test_a_row_that_is_taken_back_beside_its_person_is_to_be_verified_and_told(at: int, cell: str, tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, [*FIRST[:at], cell, *FIRST[at + 1 :]], SECOND])
    assert told(found, "row_void") == [("row_void", 2)]
    assert list(found.verdicts["row"].unique()) == [3]


@pytest.mark.parametrize(("at", "cell"), [(1, "周试乙（已退休）"), (1, "周试乙 调出"), (0, "退休"), (0, "1（离职）")])
def test_who_has_left_by_a_word_beside_his_name_or_number_is_to_be_verified(at: int, cell: str, tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, [*FIRST[:at], cell, *FIRST[at + 1 :]], SECOND])
    assert told(found, "state_contradicted") == [("state_contradicted", 2)]
    assert "周试乙" not in "".join(found.audited.findings["message"])


@pytest.mark.parametrize(
    ("at", "cell"),
    [
        (1, "周试乙（女）"),
        (1, "买买提·艾力（回族）"),
        (1, "周试乙（原周试甲）"),
        (0, "No.1"),
        (0, "一车间-1"),
        (8, "补发作废旧证"),
        (8, "未取消"),
    ],
)
def test_other_words_beside_a_person_take_nothing_back(at: int, cell: str, tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, [*FIRST[:at], cell, *FIRST[at + 1 :]], SECOND])
    assert told(found, "row_void", "state_contradicted", "credential_contradicted") == []


@pytest.mark.parametrize("title", ["以下作废", "二、取消资格人员（1人）", "以下人员审核未通过", "（二）作废"])
def test_a_line_takes_back_the_rows_below_it(title: str, tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, FIRST, line(title), SECOND])
    assert told(found, "row_void") == [("row_void", 4)]
    assert list(found.verdicts["row"].unique()) == [2]


def test_a_line_of_certificates_that_are_not_there_yet_makes_the_levels_below_unknown(tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, FIRST, line("二、高级工待发证人员"), SECOND])
    assert told(found, "credential_contradicted", "row_void") == [("credential_contradicted", 4)]


@pytest.mark.parametrize("sheet", ["作废", "2024年作废名单", "审核未通过", "已删除人员"])
def test_a_sheet_that_is_called_void_gives_nobody_a_level_and_says_so(sheet: str, tmp_path: Path) -> None:
    better = [*FIRST[:6], "高级技师", *FIRST[7:]]
    found = audited_file(workbook(tmp_path / "a.xlsx", {"花名册": [HEADERS, FIRST], sheet: [HEADERS, better, SECOND]}))
    assert {(row.sheet, row.route) for row in found.verdicts.itertuples()} == {("花名册", "s2t-assistant")}
    assert list(found.findings.loc[found.findings["code"] == "sheet_void", "sheet"]) == [sheet]


@pytest.mark.parametrize(
    ("sheet", "codes"),
    [
        ("旧", ["sheet_outdated"]),
        ("备份2", ["sheet_outdated"]),
        ("填写示例", ["sheet_outdated"]),
        ("花名册 old", ["sheet_outdated"]),
        ("2024年", ["sheet_outdated"]),
        ("2024年认定", []),
        ("未作废", []),
        ("Golden公司", []),
    ],
)
def test_an_older_or_trial_sheet_beside_another_is_read_and_told(sheet: str, codes: list[str], tmp_path: Path) -> None:
    found = audited_file(workbook(tmp_path / "a.xlsx", {"2025年": [HEADERS, FIRST], sheet: [HEADERS, SECOND]}))
    assert list(found.findings.loc[found.findings["code"].isin(["sheet_outdated", "sheet_void"]), "code"]) == codes
    assert set(found.verdicts["sheet"]) == {"2025年", sheet}


@pytest.mark.parametrize(
    "title",
    [
        "职业资格取消后技能等级认定人员名册",
        "注销企业分流安置人员情况一览表",
        "示例公司高级工证书过期换证人员名单",
        "示例公司2025年申报人员名册",
    ],
)
def test_a_title_of_another_matter_takes_nobody_back(title: str, tmp_path: Path) -> None:
    assert told(read(tmp_path, [line(title), HEADERS, FIRST]), "sheet_void", "row_void", "credential_contradicted") == []


def test_a_title_of_those_who_no_longer_hold_takes_them_back(tmp_path: Path) -> None:
    found = read(tmp_path, [line("示例机械有限公司2024年取消资格人员名单"), HEADERS, FIRST])
    assert [code for code, _ in told(found, "sheet_void")] == ["sheet_void"]
    assert found.verdicts.empty


def test_the_only_sheet_of_a_file_may_be_called_a_form(tmp_path: Path) -> None:
    assert told(read(tmp_path, [HEADERS, FIRST], "花名册模板（旧）"), "sheet_outdated") == []


def test_who_is_at_work_by_his_cell_on_a_sheet_of_leavers_is_to_be_verified(tmp_path: Path) -> None:
    own = [*FIRST[:5], "在岗", *FIRST[6:]]
    found = read(tmp_path, [HEADERS, own, SECOND], "离职人员")
    assert told(found, "state_contradicted") == [("state_contradicted", 2)]
    assert found.named()["周试乙"]["s2t-assistant"][0] == "unverified"
    assert found.named()["吴试乙"]["s2t-assistant"][0] == "ineligible"
