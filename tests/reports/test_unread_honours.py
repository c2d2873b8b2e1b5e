"""An honour that can't be read is told to who may apply by another route too: it may open one to a higher title (三（四）)."""

from __future__ import annotations

from collections.abc import Callable

import openpyxl
import pytest

from tests.conftest import Audit
from tests.support.workbooks import CLEAN, id_number, people

UNREAD = CLEAN | {"技能等级": "高级工", "荣誉称号": "#N/A", "职称取得时间": ""}
TOLD = {
    "张可报": {},
    "李在途": {"技能等级取得时间": "2025-06-30"},
    "周已具备": {"职称": "工程师", "职称取得时间": "2020-01-01"},
    "吴在备注": {"荣誉称号": "", "备注": "2020年获辽宁省技术能手"},
}
NOT_TOLD = {
    "王退休": {"在岗状态": "退休"},  # which binds honours too
    "赵最高": {"职称": "正高级工程师", "职称取得时间": "2020-01-01"},
    "孙无荣誉": {"荣誉称号": "无"},
    "郑已破格": {"荣誉称号": "中华技能大奖；#N/A"},
}


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], tmp_path_factory: pytest.TempPathFactory) -> Audit:
    persons = (UNREAD | more | {"姓名": name, "身份证号": id_number(at)} for at, (name, more) in enumerate({**TOLD, **NOT_TOLD}.items()))
    return audit(people(tmp_path_factory.mktemp("honours") / "甲.xlsx", *persons))


def sheet(done: Audit, name: str) -> list[tuple[object, ...]]:
    (path,) = done.out.glob("units/*.xlsx")
    return list(openpyxl.load_workbook(path)[name].iter_rows(values_only=True))


def test_it_is_listed_beside_those_to_verify_without_counting_there(done: Audit) -> None:
    rows = [row for row in sheet(done, "待核实") if row[0] is not None and str(row[0]).startswith("另")]
    assert {row[1] for row in rows} == set(TOLD)
    assert all("才能判断能否凭荣誉破格申报职称" in row and any("荣誉称号" in str(cell) for cell in row) for row in rows)
    assert done.run["counts"]["to_verify"] == 0


def test_it_changes_nobodys_outcome(done: Audit) -> None:
    outcomes = done.persons.set_index("name")["skill_to_title_outcome"].to_dict()
    assert [outcomes[name] for name in TOLD] == ["eligible", "not_yet", "held", "eligible"]
    assert outcomes["王退休"] == "ineligible"
