"""What `explain` says of people of whom not all is known, from a roster that was read and judged."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet
import pytest

from guantong.flows.commands.explain import explain
from guantong.flows.errors import CannotRun
from guantong.rules.policy.load import load
from tests.support.inprocess import store_audit
from tests.support.workbooks import CLEAN, people, roster

NOBODY = {"姓名": "李样本", "身份证号": "", "技能等级": "", "技能等级取得时间": "", "职称": "", "人员类别": "技能人员"}
CHANGES = {
    "unread level": {"技能等级": "能工巧匠"},
    "unread title": {"职称": "工艺工程师"},
    "unread category": {"人员类别": "甲类人员"},
    "unread title and category": {"职称": "工艺工程师", "人员类别": "甲类人员", "拟申报技能等级": "技师"},
    "nothing": {},
    "tomorrow": {"技能等级": "高级技师", "技能等级取得时间": "2026-02-01"},
    "undated lower": {"技能等级": "高级技师", "技能等级取得时间": "2024-06-30"},
    "untitled": {"技能等级": "高级工", "技能等级取得时间": "2020-06-01", "人员类别": "专业技术人员", "从事相关工作起始时间": "2013-07"},
    "begun lately": {"技能等级": "高级工", "技能等级取得时间": "2020-06-01", "从事相关工作起始时间": "2013", "中断月数": 6},
}
ROW = {name: row for row, name in enumerate(CHANGES, 2)}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doubts")
    (folder / "in").mkdir()
    (folder / "out").mkdir()
    people(
        folder / "in" / "甲.xlsx", *(CLEAN | {"从事相关工作起始时间": "", "中断月数": ""} | NOBODY | change for change in CHANGES.values())
    )
    store_audit(folder / "in", folder / "out", load("liaoning-2019-2"))
    return folder / "out"


def person(out: Path, name: str) -> dict[str, object]:
    table = pyarrow.parquet.read_table(out / "data" / "persons.parquet")
    return next(row for row in table.to_pylist() if row["row"] == ROW[name])


@pytest.mark.parametrize(
    ("name", "direction", "told"),
    [
        ("unread level", "高技能人才申报职称", "“能工巧匠”无法识别，有无可走的路径不能判断。请按证书上的等级填写。"),
        ("unread title", "专业技术人才参加职业技能评价", "“工艺工程师”无法识别，有无可走的路径不能判断。请按职称证书上的名称填写。"),
        ("unread category", "专业技术人才参加职业技能评价", "“甲类人员”无法识别，有无可走的路径不能判断。请按所列词语填写。"),
    ],
)
def test_a_cell_that_can_not_be_read_leaves_a_direction_to_be_verified(out: Path, name: str, direction: str, told: str) -> None:
    lines = explain(out, "甲.xlsx", str(ROW[name])).splitlines()
    assert [line for line in lines if line.startswith(f"{direction}：待核实") and line.endswith(told)]


def test_all_cells_that_would_tell_are_named_at_once(out: Path) -> None:
    text = explain(out, "甲.xlsx", str(ROW["unread title and category"]))
    assert "“工艺工程师”无法识别；人员类别" in text and "“甲类人员”无法识别，有无可走的路径不能判断" in text
    assert "拟申报“二级/技师”：待核实　缺少：职称、人员类别" in text


def test_whose_cells_are_blank_is_not_to_be_verified(out: Path) -> None:
    assert "待核实" not in explain(out, "甲.xlsx", str(ROW["nothing"]))
    told = person(out, "nothing")
    assert (told["skill_to_title_outcome"], told["title_to_skill_outcome"], told["unread"], told["not_known"]) == (
        "no_route",
        "no_route",
        None,
        None,
    )


def test_a_level_of_tomorrow_is_not_held_today(out: Path) -> None:
    told = person(out, "tomorrow")
    assert (told["skill_level"], told["not_known"], told["unread"]) == (None, ["skill"], None)
    said = explain(out, "甲.xlsx", str(ROW["tomorrow"]))
    assert "技能等级：一级/高级技师（审核日之后取得）" in said
    assert "2026-02-01（审核日之后取得，当日尚不具有；当日有无较低的等级不明）" in said


def test_who_waits_for_a_date_is_told_by_which_day_the_years_are_full(out: Path) -> None:
    lines = explain(out, "甲.xlsx", str(ROW["undated lower"])).splitlines()
    assert [line.split("最迟 ")[1] for line in lines if "结论：待核实" in line] == ["2026-06-30 满年限", "2027-06-30 满年限"]
    assert [line.strip() for line in lines if "需补充" in line] == ["需补充：高级工取得时间", "需补充：技师取得时间"]


def test_years_of_related_work_are_told_for_the_next_level(out: Path) -> None:
    assert "累计工作年限：从事相关工作已满12年（从事相关工作起始时间" in explain(out, "甲.xlsx", str(ROW["untitled"]))
    told = person(out, "begun lately")
    assert (told["work_years_lo"], told["work_years_hi"]) == (11, 12)  # from some day between July 2013 and June 2014 on
    assert person(out, "nothing")["work_years_lo"] is None


def test_a_person_is_found_by_name_and_a_part_of_the_files_name(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    first, second = CLEAN, CLEAN | {"姓名": "李试填", "身份证号": ""}
    people(tmp_path / "in" / "示例机械2025.xlsx", first, second, second)
    headers = ["姓名", "身份证号", "技能等级", "取得时间"]
    beside = ["郑试填", "", "技师", "2018-06-01", "", "王试填", "", "高级工", "2018-06-01"]
    roster(tmp_path / "in" / "并列.xlsx", [*headers, "", *headers], [beside])
    store_audit(tmp_path / "in", tmp_path / "out", load("liaoning-2019-2"))
    assert explain(tmp_path / "out", "机械", first["姓名"]) == explain(tmp_path / "out", "示例机械2025.xlsx", "2")
    with pytest.raises(
        CannotRun, match="名为“李试填”的人有几处：示例机械2025.xlsx 的“花名册”第3行、示例机械2025.xlsx 的“花名册”第4行。请写明"
    ):
        explain(tmp_path / "out", "机械", "李试填")
    with pytest.raises(CannotRun, match="“花名册”第2行的郑试填、并列.xlsx 的“花名册”第2行的王试填。请写明.*姓名"):
        explain(tmp_path / "out", "并列.xlsx", "2")
    assert explain(tmp_path / "out", "并列.xlsx", "王试填").startswith("王试填")


def explained(folder: Path, *rows: dict[str, object], **more: object) -> list[str]:
    """The lines on the person of row 2, of a roster of ``rows``."""
    (folder / "in").mkdir(exist_ok=True)
    (folder / "out").mkdir()
    people(folder / "in" / "甲.xlsx", *({**CLEAN, **more, **row} for row in rows))
    store_audit(folder / "in", folder / "out", load("liaoning-2019-2"))
    return explain(folder / "out", "甲.xlsx", "2").splitlines()


def line_with(lines: list[str], *parts: str) -> str:
    return next(line for line in lines if all(part in line for part in parts))


def test_a_condition_cites_the_clause_of_its_own_direction(tmp_path: Path) -> None:
    lines = explained(tmp_path, {"职称": "工程师", "职称系列": "工程系列", "职称取得时间": "2020-01-01"})
    clauses = {line.split("［")[1].split("］")[0] for line in lines if "达到所需等级（职称）" in line}
    assert clauses == {"三（二）2", "四"}


def test_what_rows_of_one_person_say_differently_is_not_told_as_blank(tmp_path: Path) -> None:
    lines = explained(tmp_path, {"是否一线岗位": "是"}, {"是否一线岗位": "否"})
    assert re.search(r"是否一线岗位 [A-Z]+2几处记载不一致$", line_with(lines, "未知", "　一线岗位　"))
    assert line_with(lines, "满足", "　岗位类别　")
    assert not [line for line in lines if "未知" in line and "＝未填" in line]


def test_where_files_say_different_things_of_a_person_his_category_is_told_as_set_aside(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    people(tmp_path / "in" / "乙.xlsx", CLEAN | {"是否一线岗位": "否"})
    lines = explained(tmp_path, {"是否一线岗位": "是"})
    assert re.search(r"岗位类别 [A-Z]+2按未知处理（同一人几处记载不一致）$", line_with(lines, "未知", "　岗位类别　"))


def test_a_category_that_rows_of_one_person_say_differently_is_not_told_as_read(tmp_path: Path) -> None:
    lines = explained(tmp_path, {"人员类别": "专业技术人员"}, {}, **NOBODY | {"身份证号": CLEAN["身份证号"]})
    assert re.search(r"；人员类别 [A-Z]+2几处记载不一致$", line_with(lines, "　达到所需等级（职称）　"))


def test_what_stands_in_another_cell_is_told_by_its_place(tmp_path: Path) -> None:
    state = line_with(explained(tmp_path, {"姓名": "李样本（已退休）", "在岗状态": ""}), "未知", "　在岗　")
    assert re.search(r"在岗状态 [A-Z]+2不能确定，见“数据问题”A2$", state)


def test_a_state_that_another_cell_contradicts_can_be_read(tmp_path: Path) -> None:
    state = line_with(explained(tmp_path, {"在岗状态": "在岗", "备注": "已退休"}), "未知", "　在岗　")
    assert re.search(r"在岗状态 [A-Z]+2“在岗”与另一栏不符$", state)


def test_of_a_row_that_is_void_the_row_is_to_be_put_right(tmp_path: Path) -> None:
    lines = explained(tmp_path, {"姓名": "李样本（作废）", "技能等级": "技师"})
    undecided = line_with(lines, "高技能人才申报职称：待核实")
    assert "不能确定，见“数据问题”第2行，" in undecided
    assert undecided.endswith("请删除该行；人员有效的，请删除该字样。")
    assert line_with(lines, "数据问题：第2行　本行")
