"""Sheets of a file that belong together: by the ID number, or by the employee number beside it."""

from pathlib import Path

import pytest

from guantong.schemas.reading.batch import read_batch
from tests.support.field_rows import FIRST, SECOND, Read, held, told, unread
from tests.support.inprocess import Audited
from tests.support.workbooks import workbook

LEVELS = [["序号", "姓名", "身份证号", "单位名称", "岗位类别", "技能等级", "技能等级取得时间"], [1, *FIRST[1:5], "高级工", "2018-06"]]
TITLES = [
    ["姓名", "身份证号", "单位名称", "岗位类别", "职称", "职称取得时间"],
    [*FIRST[1:5], "工程师", "2020-06"],
    [*SECOND[1:5], "工程师", "2020-06"],
]


def sheets(path: Path, **tables: list[list[object]]) -> Audited:
    return Read(workbook(path / "a.xlsx", tables))


def test_levels_and_titles_of_two_sheets_are_one_persons(tmp_path: Path) -> None:
    found = sheets(tmp_path, 技能人员=LEVELS, 职称人员=TITLES)
    assert held(tmp_path) == {
        "周试乙": [("skill", 3, None, None, None), ("title", 3, None, "职称人员", 2)],
        "吴试乙": [("title", 3, None, None, None)],
    }
    assert found.people["duplicate_of"].isna().all()


def test_a_list_of_certificates_by_number_is_joined_to_the_list_of_people(tmp_path: Path) -> None:
    staff = [["姓名", "身份证号", "性别", "民族"], *[[row[1], row[2], "男", "汉"] for row in (FIRST, SECOND)]]
    certificates = [
        ["身份证号", "工种", "技能等级", "发证日期"],
        [FIRST[2], "电工", "高级工", "2015-06"],
        [FIRST[2], "焊工", "技师", "2019-06"],
    ]
    found = sheets(tmp_path, 基本情况=staff, 证书=certificates, 岗位=[["身份证号", "在岗状态"], [FIRST[2], "退休"], [SECOND[2], "在岗"]])
    assert held(tmp_path) == {"周试乙": [("skill", 4, "焊工", "证书", 3), ("skill", 3, "电工", "证书", 2)], "吴试乙": []}
    assert {name: routes["s2t-engineer"][0] for name, routes in found.named().items() if routes} == {"周试乙": "ineligible"}


@pytest.mark.parametrize(("track", "level"), [("skill", "技能等级"), ("title", "职称")])
def test_a_day_on_another_sheet_is_that_of_the_level_that_has_none(track: str, level: str, tmp_path: Path) -> None:
    word = {"skill": "高级工", "title": "工程师"}[track]
    levels = [["姓名", "身份证号", "单位名称", level], [*FIRST[1:4], word], [*SECOND[1:4], word]]
    days = [["姓名", "身份证号", f"{level}取得时间", "2024年度考核"], [*FIRST[1:3], "2018-06-30", "合格"]]
    batch = read_batch([workbook(tmp_path / "a.xlsx", {"名册": levels, "考核": days})], b"key")
    assert batch.rows["name"].tolist() == [FIRST[1], SECOND[1]] and batch.assessments["pid"].tolist() == [batch.rows["pid"][0]]
    assert [one["day_lo"] and one["day_lo"].isoformat() for one in batch.credentials.to_pylist()] == ["2018-06-30", None]


def test_facts_of_two_sheets_that_conflict_are_unknown(tmp_path: Path) -> None:
    found = sheets(tmp_path, 技能人员=LEVELS, 职称人员=[TITLES[0], [*FIRST[1:4], "管理岗位", "工程师", "2020-06"]])
    assert told(found, "facts_conflict") == [("facts_conflict", 2)]
    assert unread(tmp_path) == ["post"]


def test_sheets_of_one_number_and_two_names_are_not_joined(tmp_path: Path) -> None:
    found = sheets(tmp_path, 技能人员=LEVELS, 职称人员=[TITLES[0], ["赵试丁", *FIRST[2:5], "工程师", "2020-06"]])
    assert len(found.people) == 2


def test_a_sheet_of_wages_tells_nothing_of_the_people(tmp_path: Path) -> None:
    found = sheets(tmp_path, 技能人员=LEVELS, 工资=[["身份证号", "岗位类别", "工资"], [FIRST[2], "管理岗位", 2]])
    assert told(found, "sheet_not_roster", "facts_conflict")[0][0] == "sheet_not_roster"
    assert found.files["sheets"].iloc[0].tolist() == ["技能人员"]


BY_STAFF_NUMBER = {
    "人员": [["工号", "姓名", "身份证号", "单位名称", "岗位类别"], ["A01", *FIRST[1:5]], [1002.0, *SECOND[1:5]]],
    "技能": [
        ["工号", "姓名", "职业工种", "技能等级", "取得时间"],
        ["A01", "周试乙", "焊工", "高级工", "2018-06"],
        ["1002", "吴试乙", "焊工", "技师", "2019-06"],
    ],
}


@pytest.mark.parametrize("sheets", [BY_STAFF_NUMBER, dict(reversed(BY_STAFF_NUMBER.items()))], ids=["people first", "levels first"])
def test_a_sheet_without_id_numbers_is_joined_by_the_employee_numbers_beside_them_on_another(
    sheets: dict[str, list[list[object]]], tmp_path: Path
) -> None:
    batch = read_batch([workbook(tmp_path / "a.xlsx", sheets)], b"key")
    told = [(row["name"], row["sheet"], row["skill"], row["skill_date_hi"].isoformat()[:7]) for row in batch.rows.to_dict("records")]
    assert told == [("周试乙", "人员", "三级/高级工", "2018-06"), ("吴试乙", "人员", "二级/技师", "2019-06")]


@pytest.mark.parametrize(("sheet", "at", "cell"), [("技能", 1, "钱试乙"), ("人员", 0, 1002.0), ("技能", 0, "")])
def test_an_employee_number_of_two_people_or_of_another_name_joins_nobody(sheet: str, at: int, cell: object, tmp_path: Path) -> None:
    sheets = {name: [list(row) for row in rows] for name, rows in BY_STAFF_NUMBER.items()}
    sheets[sheet][1][at] = cell
    rows = read_batch([workbook(tmp_path / "a.xlsx", sheets)], b"key").rows
    assert rows.loc[rows["sheet"] == "人员", "skill"].isna().to_list()[0]


def test_a_sheet_that_tells_people_by_employee_number_alone_is_told(tmp_path: Path) -> None:
    titles = [["工号", "职称", "取得时间"], ["A01", "工程师", "2018-06"]]
    found = Read(workbook(tmp_path / "a.xlsx", BY_STAFF_NUMBER | {"职称": titles}))
    assert found.findings.loc[found.findings["code"] == "sheet_not_roster", "sheet"].tolist() == ["职称"]


SAID = {"备注": "证书已注销", "证书状态": "已注销", "核验结果": "查无此证", "证书是否有效": "否", "技能等级备注": "高级工证书作废"}


@pytest.mark.parametrize("header", SAID)
@pytest.mark.parametrize("first", [True, False], ids=["on the list of people", "on a sheet of its own"])
def test_a_certificate_that_another_sheet_says_has_fallen_is_unknown(header: str, first: bool, tmp_path: Path) -> None:
    who = ["姓名", "身份证号", "单位名称", "岗位类别"]
    staff = [who, FIRST[1:5], SECOND[1:5]]
    levels = [["姓名", "身份证号", "技能等级", "取得时间"], *([*row[1:3], "高级工", "2018-06"] for row in (FIRST, SECOND))]
    if first:
        tables = {"人员": [[*who, header], [*FIRST[1:5], SAID[header]], [*SECOND[1:5], ""]], "证书": levels}
    else:
        tables = {"人员": staff, "证书": levels, "核查": [["姓名", "身份证号", header], [*FIRST[1:3], SAID[header]], [*SECOND[1:3], ""]]}
    found = sheets(tmp_path, **tables)
    assert found.rows["skill"].fillna("").tolist() == ["", "三级/高级工"]
    assert [code for code, _ in told(found, "credential_contradicted")] == ["credential_contradicted"]


def test_what_a_sheet_of_titles_says_of_its_certificates_is_not_said_of_the_levels_on_another(tmp_path: Path) -> None:
    found = sheets(tmp_path, 技能人员=LEVELS, 职称人员=[[*TITLES[0], "备注"], [*TITLES[1], "证书已注销"]])
    assert found.rows["skill"].tolist() == ["三级/高级工"] and found.rows["title"].isna().all()


@pytest.mark.parametrize(("header", "cell"), [("是否通过", "否"), ("考试结果", "不合格"), ("是否有效", "否"), ("成绩", "缺考")])
def test_the_result_of_a_training_on_another_sheet_says_nothing_of_certificates(header: str, cell: str, tmp_path: Path) -> None:
    found = sheets(tmp_path, 技能人员=LEVELS, 安全培训=[["姓名", "身份证号", header], [*FIRST[1:3], cell]])
    assert found.rows["skill"].tolist() == ["三级/高级工"]
