"""Columns that are not read, and departments, whose cells may speak against a person: told with the cell, and where a state is said not eligible."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.inprocess import audited_file, audited_folder
from tests.support.workbooks import CLEAN, id_number, people

PERSON = CLEAN | {"技能等级": "高级工"}
OTHER = PERSON | {"姓名": "李旁观"}
TOLD = {
    "审核结果": ("不通过", "未通过", "材料不全"),
    "审核意见": ("不同意", "经核查不符合申报条件", "建议暂缓"),
    "资格审查": ("不合格", "不符合"),
    "用工形式": ("劳务外包", "劳务协议", "临时工"),
    "部门": ("离退休办", "退休人员管理中心", "再就业中心"),
    "岗位名称": ("外协岗",),
    "去向": ("借调集团", "援疆"),
    "标识": ("注销", "作废"),
    "栏甲": ("黑名单",),
}
HARMLESS = {
    "审核结果": ("通过", "同意", "合格"),
    "用工形式": ("劳务派遣", "合同制"),
    "部门": ("一车间", "设备管理部"),
    "栏甲": ("无处分", "未注销", "不存在借调、挂职", "未受过处分"),
    "培训结果": ("不合格",),
    "配偶情况": ("退休",),
}

LEFT = ("退休", "死亡", "停薪留职", "失踪")


def cases(table: dict[str, tuple[object, ...]]) -> list[tuple[str, object]]:
    return [(header, value) for header, values in table.items() for value in values]


Found = tuple[list[tuple], set[str]]  # (code, row, column) of findings on people; outcomes of the first of them


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Found]:
    """What is found where a column of that header holds that value for the first of two people: all such rosters in one audit."""
    folder = tmp_path_factory.mktemp("rosters")
    asked = [
        *cases(TOLD),
        *cases(HARMLESS),
        *cases(VOID),
        *cases(ANSWERS),
        *((header, "否") for header in CERTIFICATES),
        *(("当前情况", value) for value in LEFT),
    ]
    for number, (header, value) in enumerate(asked):
        own, other = ({"身份证号": id_number(2 * number + place)} for place in range(2))
        people(folder / f"{number}.xlsx", PERSON | own | {header: value}, OTHER | other)
    audited = audited_folder(folder)
    of_people, verdicts = audited.findings[audited.findings["row"] > 1], audited.verdicts[audited.verdicts["row"] == 2]
    told: dict[tuple[str, str], Found] = {}
    for number, case in enumerate(asked):
        own, outcomes = (table[table["source_file"] == f"{number}.xlsx"] for table in (of_people, verdicts))
        told[case] = (list(zip(own["code"], own["row"], own["column"], strict=True)), set(outcomes["outcome"]))
    return told


@pytest.mark.parametrize("case", cases(TOLD))
def test_what_may_speak_against_a_person_is_told_with_its_cell_and_decides_nothing(
    found: dict[tuple[str, str], Found], case: tuple[str, str]
) -> None:
    assert found[case] == ([("remark_unweighed", 2, "R")], {"eligible"})


VOID = {"是否撤销": ("是",), "是否有效": ("否",), "删除标志": (1, True), "数据状态": ("作废",), "资格状态": ("取消",)}
ANSWERS = {  # header: an answer that says so, one that says that it is not so
    "退休标志": (1, 0), "是否在册": (False, True), "是否受处分": (True, 0), "是否列入黑名单": (1, "否"), "有无学术造假": ("有", "无"),
    "死亡日期": ("2025-01-01", "9999-12-31"), "停薪留职起始时间": ("2023-01", None),
}  # fmt: skip


@pytest.mark.parametrize("case", cases(VOID))
def test_a_row_that_an_unread_column_calls_void_holds_for_nobody(found: dict[tuple[str, str], Found], case: tuple[str, str]) -> None:
    codes, outcomes = found[case]
    assert ([code for code, *_ in codes], outcomes) == (["row_void"], set())


@pytest.mark.parametrize("header", ANSWERS)
def test_an_answer_counts_as_a_number_or_a_truth_value_too(found: dict[tuple[str, str], Found], header: str) -> None:
    against, harmless = ANSWERS[header]
    assert found[header, harmless][1] == {"eligible"} and found[header, against][1] in ({"unverified"}, {"ineligible"})


CERTIFICATES = ("是否通过认定", "是否取得证书", "是否持证")


@pytest.mark.parametrize("header", CERTIFICATES)
def test_a_certificate_that_a_column_apart_from_it_denies_is_not_held(found: dict[tuple[str, str], Found], header: str) -> None:
    assert found[header, "否"] == ([("credential_contradicted", 2, "I")], set())


@pytest.mark.parametrize("case", cases(HARMLESS))
def test_what_speaks_against_nobody_is_not_told(found: dict[tuple[str, str], Found], case: tuple[str, str]) -> None:
    assert found[case] == ([], {"eligible"})


@pytest.mark.parametrize("value", LEFT)
def test_who_is_said_there_to_have_left_is_unknown_and_it_is_told_once(found: dict[tuple[str, str], Found], value: str) -> None:
    assert found["当前情况", value] == ([("state_contradicted", 2, "H")], {"unverified"})


def test_a_remark_is_told_in_the_column_in_which_it_stands(tmp_path: Path) -> None:
    path = people(tmp_path / "甲.xlsx", PERSON | {"备注": "原件已核", "情况说明": "借调到总部"})
    assert audited_file(path).findings[["code", "column"]].to_numpy().tolist() == [["remark_unweighed", "S"]]
