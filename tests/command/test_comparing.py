"""`compare` tells who changed between two audits, and the true reason: a cell, the day, the policy, a decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest

from guantong.flows.commands import compare
from guantong.rules.policy.load import Policy, load
from guantong.rules.what_if import edit_policy
from guantong.sample_data.rosters import write_rosters
from tests.conftest import Audit, Ran
from tests.support.inprocess import AS_OF, store_audit
from tests.support.workbooks import CLEAN, people

POLICY = load("liaoning-2019-2")


def roster(path: Path, *persons: dict[str, object]) -> Path:
    """People of one unit, clean but for what is given."""
    return people(path, *(CLEAN | person for person in persons))


ONE = {"姓名": "甲一", "身份证号": "210102198001011239"}
TWO = {"姓名": "乙二", "身份证号": "210102198102022341"}
THREE = {"姓名": "丙三", "身份证号": "210102198203033454"}


def lines(one: Audit, two: Audit, guantong: Callable[..., Ran], out: Path) -> list[dict]:
    """What `compare` lists person by person."""
    ran = guantong("compare", one.out, two.out, "--out", out)
    assert ran.status == 0, ran.stderr
    rows = list(openpyxl.load_workbook(out)["逐人"].iter_rows(values_only=True))
    head = next(at for at, row in enumerate(rows) if row[0] == "单位")
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :] if row[1]]


def test_a_person_who_becomes_eligible_by_a_corrected_cell_is_told_with_the_cell(
    audit: Callable[..., Audit], guantong: Callable[..., Ran], tmp_path: Path
) -> None:
    one = audit(roster(tmp_path / "a" / "名册.xlsx", ONE | {"岗位类别": "车间里的"}, TWO))
    two = audit(roster(tmp_path / "b" / "名册.xlsx", ONE, TWO))
    told_ = lines(one, two, guantong, tmp_path / "out.xlsx")
    assert {(line["姓名"], line["变动"]) for line in told_} == {("甲一", "新符合申报条件"), ("甲一", "数据问题已改正")}
    became = next(line for line in told_ if line["变动"] == "新符合申报条件")
    assert became["原因"] == "单元格改动" and became["改动的单元格"] == "岗位类别：未填 → 技能岗位"
    assert "待核实" in became["结果"]


def test_the_day_and_the_rule_are_told_as_reasons_where_they_are(tmp_path: Path) -> None:
    person = ONE | {"技能等级": "技师", "技能等级取得时间": "2023-06-01"}
    rule = edit_policy(POLICY, ["s2t-engineer.years=2"])
    now = stored(tmp_path / "now", person, TWO)
    reasons = {}
    for name, day, policy in (("before", "2025-12-30", POLICY), ("day", "2026-06-01", POLICY), ("rule", "2025-12-31", rule)):
        other = stored(tmp_path / name, person, TWO, policy=policy, as_of=dt.date.fromisoformat(day))
        with duckdb.connect() as con:
            compare.create_change_tables(con, now, other)
            reasons[name] = con.execute("SELECT DISTINCT by_day, by_rule, by_cells FROM changes").fetchall()
    assert reasons["before"] == [] and reasons["rule"] == [(False, True, False)]
    assert (True, False, False) in reasons["day"]


def test_people_who_appear_vanish_or_change_their_unit_are_told(tmp_path: Path) -> None:
    one = stored(tmp_path / "a", ONE, TWO)
    two = stored(tmp_path / "b", ONE | {"单位名称": "另一家示例厂", "统一社会信用代码": None}, THREE)
    found = compare.count_changes(one, two)
    assert {kind: count for kind, count in found.items() if count} == {"appeared": 1, "vanished": 1, "moved_unit": 1}


def test_an_audit_compared_with_itself_has_no_change(tmp_path: Path) -> None:
    out = stored(tmp_path, ONE, TWO)
    assert set(compare.count_changes(out, out).values()) == {0}


def test_people_without_a_common_key_are_matched_by_unit_and_name_and_that_is_said(
    audit: Callable[..., Audit], environment: dict[str, str], guantong: Callable[..., Ran], tmp_path: Path
) -> None:
    path = roster(tmp_path / "名册.xlsx", ONE, TWO)
    one, two = audit(path), audit(path, environment=environment | {"GUANTONG_KEY": "another"})
    assert set(compare.count_changes(one.out, two.out).values()) == {0}
    assert "按单位和姓名对应" in guantong("compare", one.out, two.out).stdout


def stored(folder: Path, *persons: dict[str, object], policy: Policy = POLICY, as_of: dt.date = AS_OF) -> Path:
    """The output of an audit of one roster."""
    (folder / "rosters").mkdir(parents=True)
    roster(folder / "rosters" / "名册.xlsx", *persons)
    store_audit(folder / "rosters", folder, policy, as_of)
    return folder


def changes(one: Path, two: Path) -> list[dict]:
    """The rows of `changes`, with the cells that differ."""
    with duckdb.connect() as con:
        compare.create_change_tables(con, one, two)
        found = con.execute("SELECT * FROM changes ORDER BY one_pid, direction").df().to_dict("records")
        cells = compare.changed_cells(con, sorted({(row["one_pid"], row["two_pid"]) for row in found}))
    return [row | {"cells": cells.get((row["one_pid"], row["two_pid"]))} for row in found]


def causes(rows: list[dict]) -> set[tuple[str, ...]]:
    return {tuple(cause for cause in compare.CAUSES if row[cause]) for row in rows}


BEFORE_AND_AFTER = [
    ("岗位类别", "管理岗位", "技能岗位"), ("在岗状态", "退休", "在岗"), ("是否一线岗位", "否", "是"), ("是否工程技术领域", "否", "是"),
    ("诚信情况", "弄虚作假", "良好"), ("技能等级", "五级/初级工", "二级/技师"), ("技能等级取得时间", "2025-06-30", "2015-06-30"),
    ("2023年度考核", "不合格", "优秀"), ("荣誉称号", "无", "辽宁工匠"), ("职称", "工程师", "无"), ("从事相关工作起始时间", "2025-01-01", "2010-01-01"),
    ("中断月数", "200", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "before", "after"), BEFORE_AND_AFTER)
def test_where_one_cell_has_changed_it_alone_is_the_reason(tmp_path: Path, header: str, before: str, after: str) -> None:
    one, two = (stored(tmp_path / name, ONE | {header: cell}, TWO | {header: before}) for name, cell in (("a", before), ("b", after)))
    rows = changes(one, two)
    assert causes(rows) == {("by_cells",)} and {row["one_pid"] & 0xFFFFFF for row in rows} == {rows[0]["one_pid"] & 0xFFFFFF}
    (cells,) = {row["cells"] for row in rows}
    assert cells.startswith(f"{header[4:] if header[0] == '2' else header}：") and "；" not in cells and " → " in cells
    back = changes(two, one)
    assert causes(back) == {("by_cells",)} and len(back) == len(rows)


@pytest.mark.parametrize("seed", [3, 4])
def test_where_only_the_day_or_only_the_policy_differs_it_alone_is_the_reason(tmp_path: Path, seed: int) -> None:
    write_rosters(tmp_path / "in", 250, 2, seed)
    out = {}
    audits = {
        "now": (POLICY, AS_OF),
        "later": (POLICY, dt.date(2028, 2, 29)),
        "ruled": (edit_policy(POLICY, ["s2t-engineer.years=1", "partial_dates=latest"]), AS_OF),
    }
    for name, (policy, day) in audits.items():
        out[name] = tmp_path / name
        out[name].mkdir()
        store_audit(tmp_path / "in", out[name], policy, day)
    for name, cause in (("later", "by_day"), ("ruled", "by_rule")):
        for rows in (changes(out["now"], out[name]), changes(out[name], out["now"])):
            assert causes(rows) == {(cause,)} and len(rows) > 1 and {row["cells"] for row in rows} == {None}


def test_a_decision_of_the_bureau_is_no_change_of_a_cell(audit: Callable[..., Audit], guantong: Callable[..., Ran], tmp_path: Path) -> None:
    path = roster(tmp_path / "名册.xlsx", ONE, TWO)
    listed = people(
        tmp_path / "诚信名单.xlsx", {"姓名": "甲一", "身份证号": ONE["身份证号"], "处理决定": "弄虚作假", "决定文号": "示例1号"}
    )
    told_ = lines(audit(path), audit(path, integrity=listed), guantong, tmp_path / "out.xlsx")
    assert {(line["姓名"], line["变动"], line["原因"], line["改动的单元格"]) for line in told_} == {
        ("甲一", "不再符合申报条件", "诚信名单", None)
    }


def test_the_day_on_which_years_became_full_and_the_route_that_was_changed_are_named(tmp_path: Path) -> None:
    person = ONE | {"技能等级": "技师", "技能等级取得时间": "2023-06-01", "2025年度考核": "合格"}
    one = stored(tmp_path / "a", person)
    later = stored(tmp_path / "b", person, as_of=dt.date(2026, 6, 1))
    ruled = stored(tmp_path / "c", person, policy=edit_policy(POLICY, ["s2t-engineer.years=2"]))
    for two, cause in ((later, "基准日不同（2026-06-01 满年限）"), (ruled, "政策不同（路径 s2t-engineer）")):
        compare.compare_outputs(one, two, tmp_path / "out.xlsx")
        assert cause in [row[8] for row in openpyxl.load_workbook(tmp_path / "out.xlsx")["逐人"].iter_rows(values_only=True)]


@pytest.mark.parametrize("wrong", ["210102198001011238", None, ""])
def test_whose_id_number_was_corrected_has_neither_vanished_nor_appeared(tmp_path: Path, wrong: str | None) -> None:
    birth = {"出生年月": "1980-01-01"}
    one = stored(tmp_path / "a", ONE | birth | {"身份证号": wrong, "岗位类别": "管理岗位"}, TWO)
    two = stored(tmp_path / "b", ONE | birth, TWO)
    found = compare.count_changes(one, two)
    assert (found["appeared"], found["vanished"], found["became"]) == (0, 0, 1)
    assert {row["cells"] for row in changes(one, two)} == {"身份证号：已改；岗位类别：管理岗位 → 技能岗位"}


def test_people_of_one_name_are_not_taken_for_each_other(tmp_path: Path) -> None:
    one = stored(tmp_path / "a", ONE, {**TWO, "姓名": "甲一"})
    two = stored(tmp_path / "b", ONE, {**THREE, "姓名": "甲一"})
    assert {kind: count for kind, count in compare.count_changes(one, two).items() if count} == {"appeared": 1, "vanished": 1}


def test_a_person_in_two_units_is_counted_once(tmp_path: Path) -> None:
    other = {"单位名称": "另一家示例厂", "统一社会信用代码": None}
    one = stored(tmp_path / "a", ONE | {"岗位类别": "管理岗位"}, ONE | other | {"岗位类别": "管理岗位"})
    two = stored(tmp_path / "b", ONE, ONE | other)
    assert len(changes(one, two)) == 2 and compare.count_changes(one, two)["became"] == 1


def test_the_same_comparison_gives_the_same_lines_and_no_name_on_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = stored(tmp_path / "a", ONE | {"岗位类别": "管理岗位"}, TWO | {"学历": "大专"})
    two = stored(tmp_path / "b", ONE | {"学历": "本科"}, THREE)
    told_ = []
    for _ in range(2):
        compare.compare_outputs(one, two, tmp_path / "out.xlsx")
        told_.append([[row for row in sheet.iter_rows(values_only=True)] for sheet in openpyxl.load_workbook(tmp_path / "out.xlsx")])
    assert told_[0] == told_[1] and "甲一" in str(told_[0])
    said = capsys.readouterr().out
    assert "候选建议" in said and not any(name in said for name in ("甲一", "乙二", "丙三"))
