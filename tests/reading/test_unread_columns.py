"""Columns that are not read, and departments, whose cells may speak against a person: told with the cell, and where a state is said not eligible."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.field_rows import Read
from tests.support.workbooks import CLEAN, id_number, people

PERSON = CLEAN | {"技能等级": "高级工"}
OTHER = PERSON | {"姓名": "李旁观", "身份证号": id_number(9)}
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


def cases(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(header, value) for header, values in table.items() for value in values]


def found_in(path: Path, header: str, value: str) -> tuple[list[tuple], set[str]]:
    audited = Read(people(path, PERSON | {header: value}, OTHER))
    of_people = audited.findings[audited.findings["row"] > 1]
    return list(zip(of_people["code"], of_people["row"], of_people["column"], strict=True)), {
        outcome for outcome, *_ in audited.named()["张示例"].values()
    }


@pytest.mark.parametrize(("header", "value"), cases(TOLD))
def test_what_may_speak_against_a_person_is_told_with_its_cell_and_decides_nothing(tmp_path: Path, header: str, value: str) -> None:
    assert found_in(tmp_path / "甲.xlsx", header, value) == ([("remark_unweighed", 2, "R")], {"eligible"})


@pytest.mark.parametrize(("header", "value"), cases(HARMLESS))
def test_what_speaks_against_nobody_is_not_told(tmp_path: Path, header: str, value: str) -> None:
    assert found_in(tmp_path / "甲.xlsx", header, value) == ([], {"eligible"})


@pytest.mark.parametrize("value", ["退休", "死亡", "停薪留职", "失踪"])
def test_who_is_said_there_to_have_left_is_unknown_and_it_is_told_once(tmp_path: Path, value: str) -> None:
    assert found_in(tmp_path / "甲.xlsx", "当前情况", value) == ([("state_contradicted", 2, "H")], {"unverified"})


def test_a_remark_is_told_in_the_column_in_which_it_stands(tmp_path: Path) -> None:
    path = people(tmp_path / "甲.xlsx", PERSON | {"备注": "原件已核", "情况说明": "借调到总部"})
    assert Read(path).findings[["code", "column"]].to_numpy().tolist() == [["remark_unweighed", "S"]]
