"""Remarks that say that another cell of their row is wrong."""

from pathlib import Path

import pytest

from tests.support.inprocess import audited_file
from tests.support.workbooks import CLEAN, people

PERSON = CLEAN | {"技能等级取得时间": "2019-06", "职称": "工程师", "职称取得时间": "2018-06"}


def contradicted(path: Path, remark: str) -> list[str]:
    """The headers of the cells that a remark makes unknown."""
    found = audited_file(people(path / "a.xlsx", PERSON | {"备注": remark})).findings
    return found.loc[found["code"].isin(["credential_contradicted", "fact_contradicted"]), "header"].tolist()


@pytest.mark.parametrize(
    ("remark", "headers"),
    [
        ("技师已降为高级工", ["技能等级"]),
        ("实为高级工", ["技能等级"]),
        ("等级应为高级技师", ["技能等级"]),
        ("更正为：高级工", ["技能等级"]),
        ("2024年取得高级技师", ["技能等级"]),
        ("已晋升高级技师；已审核", ["技能等级"]),
        ("工程师实为助理工程师", ["职称"]),
        ("2023年获评高级工程师", ["职称"]),
        ("职称填写有误", ["职称"]),
        ("技师为企业内部评定", ["技能等级"]),
        ("工程师未经确认", ["职称"]),
        ("技能等级取得时间应为2021年6月", ["技能等级取得时间"]),
        ("技师证书上的日期待核实", ["技能等级取得时间"]),
        ("职称取得时间以证书为准", ["职称取得时间"]),
        ("发证日期有误", ["技能等级取得时间", "职称取得时间"]),
        ("非一线", ["是否一线岗位"]),
        ("已脱离生产一线", ["是否一线岗位"]),
        ("已调至机关", ["岗位类别"]),
        ("实际从事管理工作", ["岗位类别"]),
    ],
)
def test_what_a_remark_corrects_is_unknown(remark: str, headers: list[str], tmp_path: Path) -> None:
    assert contradicted(tmp_path, remark) == headers


@pytest.mark.parametrize(
    "remark",
    [
        "应为技师",
        "2015年取得高级工，2019年取得技师",
        "技能等级取得时间应为2019年6月",
        "毕业时间有误",
        "身份证号有误",
        "工程师证书编号以原件为准",
        "工程师2018年取得，助理工程师2012年取得",
        "实际岗位为车工",
        "徒弟已取得高级技师",
        "拟晋升高级技师",
        "2025年通过高级技师理论考试",
        "曾在机关工作",
        "长期在生产一线",
        "已调至二车间",
        "改为夜班",
        "不详",
    ],
)
def test_a_remark_that_agrees_or_is_of_another_matter_changes_nothing(remark: str, tmp_path: Path) -> None:
    assert contradicted(tmp_path, remark) == []
