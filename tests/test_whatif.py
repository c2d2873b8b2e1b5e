"""`simulate` is what an audit with the edited policy says, person by person; `compare` tells what changed, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import duckdb
import openpyxl
import pandas as pd
import pytest
from conftest import Audit, Ran
from inprocess import AS_OF, Audited, audited_folder, places, store_audit, told
from workbooks import CLEAN, people

from guantong.flows import comparing
from guantong.rules import sensitivity
from guantong.rules.policy import SETTINGS, Policy, PolicyError, load
from guantong.rules.sensitivity import Weight, weights
from guantong.rules.sensitivity import told as told_weights
from guantong.rules.stored import evaluate_again, open_tables
from guantong.rules.whatif import differences, edited
from guantong.sample_data.rosters import write_rosters

POLICY = load("liaoning-2019-2")
CHANGES = [
    "higher_level_serves=false", "earliest_credential_counts=false", "related_work_start_counts=false", "interruptions_added=false",
    "partial_dates=latest", "partial_dates=earliest", "assessment_years=1", "assessment_year_included=true",
    "passing_grades=[优秀]", "failing_grades=[不合格]", "serving_posts_skill_to_title=[技能岗位]",
    "serving_posts_title_to_skill=[技能岗位, 专业技术岗位]", "honours_waive_skill_floor=true", "honours_waive_assessments=true",
    "professionals_without_title=[技能人员]", "unknown.post=review", "unknown.assessments=fail", "floor=技师",
    *(f"{route.id}.years={route.years + 1}" for route in POLICY.document.routes),
    "s2t-engineer.needs.skill=高级工", "s2t-senior.partial_dates=latest", "s2t-assistant.target=工程师",
]  # fmt: skip


@pytest.fixture(scope="module")
def rosters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two made-up rosters."""
    folder = tmp_path_factory.mktemp("inbox") / "rosters"
    write_rosters(folder, 160, 2, 11)
    return folder


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], rosters: Path) -> Audit:
    """Their audit."""
    return audit(rosters)


def routes_of(found: Audited) -> dict:
    """route → verdict of each person, those with none left out."""
    return {place: routes for place, routes in found.routes().items() if routes}


def simulated(out: Path, change: str | None, policy: str = "liaoning-2019-2", as_of: dt.date = AS_OF) -> dict:
    """The same from what an audit has stored."""
    with duckdb.connect() as con:
        open_tables(con, out)
        evaluate_again(con, edited(load(policy), [change] if change else []), as_of)
        verdicts = con.execute("SELECT * FROM verdict_words").df()
    found: dict = {}
    columns = ["route", "outcome", "target", "eligible_on", "since", "not_met", "unknown"]
    for place, line in zip(places(verdicts), verdicts[columns].itertuples(index=False), strict=True):
        found.setdefault(place, {})[line.route] = told(line)
    return found


def test_every_setting_has_a_change_that_is_tried() -> None:
    assert {change.partition("=")[0] for change in CHANGES} >= set(SETTINGS)


@pytest.mark.parametrize("change", CHANGES)
def test_a_simulation_is_an_audit_by_the_edited_policy(done: Audit, rosters: Path, change: str) -> None:
    assert simulated(done.out, change) == routes_of(audited_folder(rosters, policy=edited(POLICY, [change])))


def test_a_simulation_of_another_policy_or_day_is_its_audit(done: Audit, rosters: Path) -> None:
    assert simulated(done.out, None, "suzhou-pilot") == routes_of(audited_folder(rosters, policy="suzhou-pilot"))
    later = dt.date(2027, 3, 1)
    assert simulated(done.out, None, as_of=later) == routes_of(audited_folder(rosters, as_of=later))


def test_the_command_counts_whom_an_audit_by_the_edited_policy_finds(
    guantong: Callable[..., Ran], audit: Callable[..., Audit], done: Audit, rosters: Path, tmp_path: Path
) -> None:
    change = "s2t-engineer.years=1"
    (tmp_path / "policy.yaml").write_bytes(edited(POLICY, [change]).raw)
    anew = audit(rosters, policy=tmp_path / "policy.yaml")
    gained = {
        target: len(_eligible(anew, target) - _eligible(done, target)) for target in ("助理工程师", "工程师")
    }
    assert gained["工程师"] > 0 == gained["助理工程师"]
    ran = guantong("simulate", done.out, "--set", change, "--out", tmp_path / "out.xlsx")
    assert ran.status == 0 and "候选建议" in ran.stdout
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["按申报目标"]
    counted = {row[1]: row[4] for row in sheet.iter_rows(values_only=True) if row[1] in gained}
    assert counted == gained


def _eligible(done: Audit, target: str) -> set:
    lines = done.verdicts[(done.verdicts["outcome"] == "eligible") & (done.verdicts["target"] == target)]
    return set(lines[["source_file", "sheet", "row"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("change", ["s2t-engineer.yeers=2", "nothing=1", "s2t-engineer.years", "partial_dates=maybe", "s2t-engineer.years=-1", "x.y=1"])
def test_a_change_that_does_not_fit_is_refused_with_what_is_known(change: str) -> None:
    with pytest.raises(PolicyError) as told_:
        edited(POLICY, [change])
    assert change.partition("=")[0].rpartition(".")[2] in str(told_.value) or "应写成" in str(told_.value)


def best_of(out: Path, change: str | None) -> dict[tuple, tuple]:
    """(person, direction) → best outcome and target, of those counted once."""
    with duckdb.connect() as con:
        open_tables(con, out)
        evaluate_again(con, edited(POLICY, [change] if change else []), AS_OF)
        rows = con.execute("""
            SELECT coalesce(person_key, pid::VARCHAR), direction, outcome, target FROM summaries JOIN people USING (pid)
            WHERE bucket = 'evaluated' AND duplicate_of IS NULL
        """).fetchall()
    return {row[:2]: row[2:] for row in rows}


def weighed(out: Path, policy: Policy = POLICY) -> list[Weight]:
    """The weights of an audit's settings."""
    with duckdb.connect() as con:
        open_tables(con, out)
        return weights(con, policy, AS_OF)


def verdicts_of(out: Path, change: str | None) -> dict[tuple, str]:
    """(pid, route) → outcome, of those counted once."""
    with duckdb.connect() as con:
        open_tables(con, out)
        evaluate_again(con, edited(POLICY, [change] if change else []), AS_OF)
        rows = con.execute("SELECT pid, route, outcome FROM verdict_words JOIN people USING (pid) WHERE duplicate_of IS NULL").fetchall()
    return {row[:2]: row[2] for row in rows}


def test_the_weight_of_each_setting_is_what_an_evaluation_of_everybody_by_its_alternative_changes(done: Audit) -> None:
    found = weighed(done.out)
    assert {one.setting for one in found} == set(SETTINGS) | {f"unknown.{name}" for name in POLICY.document.conditions}
    assert [one.persons for one in found] == sorted((one.persons for one in found), reverse=True) and found[0].persons > 0
    best, every = best_of(done.out, None), verdicts_of(done.out, None)
    for one in found:
        after, others = best_of(done.out, one.change), verdicts_of(done.out, one.change)
        changed = {key for key in best | after if best.get(key) != after.get(key)}
        gained = {key for key in changed if after.get(key, " ")[0] == "eligible" != best.get(key, " ")[0]}
        lost = {key for key in changed if best.get(key, " ")[0] == "eligible" != after.get(key, " ")[0]}
        counted = tuple(len({person for person, _ in some}) for some in (changed, gained, lost))
        verdicts = sum(every.get(key) != others.get(key) for key in every | others)
        assert (one.persons, one.gained, one.lost, one.verdicts) == (*counted, verdicts), one.change
    assert sum(one.verdicts > 0 for one in found) >= 15


def test_what_each_setting_weighs_stands_in_the_audit_in_its_statistics_and_on_screen(
    done: Audit, guantong: Callable[..., Ran], tmp_path: Path
) -> None:
    table = pd.read_parquet(done.out / "data" / "sensitivity.parquet")
    words = told_weights(POLICY, weighed(done.out))
    assert table.to_dict("records") == words
    numbers = [(row["title"], row["now"], row["other"], row["persons"], row["gained"], row["lost"], row["verdicts"]) for row in words]
    ran = guantong("simulate", done.out, "--settings", "--out", tmp_path / "out.xlsx")
    assert ran.status == 0 and words[0]["title"] in ran.stdout
    for book in (done.out / "bureau" / "statistics.xlsx", tmp_path / "out.xlsx"):
        rows = list(openpyxl.load_workbook(book)["口径敏感性"].iter_rows(values_only=True))
        head = next(at for at, row in enumerate(rows) if row[0] == "口径")
        assert [(row[0], row[2], row[3], *row[5:9]) for row in rows[head + 1 :]] == numbers


READINGS = [
    ["partial_dates=latest", "higher_level_serves=false", "unknown.tenure=review"],
    ["earliest_credential_counts=false", "related_work_start_counts=false", "interruptions_added=false", "unknown.post=fail"],
    ["assessment_years=1", "passing_grades=[优秀, 合格]", "serving_posts_skill_to_title=[技能岗位]", "unknown.assessments=review"],
    ["honours_waive_skill_floor=true", "s2t-honour-engineer.years=3", "t2s-entry.years=4", "partial_dates=earliest"],
    ["s2t-assistant.partial_dates=latest", "s2t-engineer.higher_level_serves=false", "s2t-senior.conditions=[post]"],
]


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading[0])
def test_whatever_the_policy_says_now_no_person_whom_an_alternative_changes_is_passed_over(
    rosters: Path, tmp_path: Path, reading: list[str]
) -> None:
    policy = edited(POLICY, reading)
    store_audit(rosters, tmp_path, policy)
    narrow = weighed(tmp_path, policy)
    with patch.multiple(sensitivity, routes_of=lambda policy, _: policy.document.routes, people_of=lambda *_: "true"):
        assert weighed(tmp_path, policy) == narrow
    assert sum(one.verdicts for one in narrow) > 100


def test_what_differs_between_two_policies_is_told_with_both_sides() -> None:
    assert differences(POLICY, POLICY) == []
    ((what, clause, before, after),) = differences(POLICY, edited(POLICY, ["s2t-engineer.years=2"]))
    assert (what, clause) == ("路径 s2t-engineer", "三（二）2") and "满3年" in before and "满2年" in after


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
    assert became["原因"] == "单元格" and became["改动的单元格"] == "岗位类别：未填 → 技能岗位"
    assert "待核实" in became["结果"]


def test_the_day_and_the_rule_are_told_as_reasons_where_they_are(audit: Callable[..., Audit], tmp_path: Path) -> None:
    path = roster(tmp_path / "名册.xlsx", ONE | {"技能等级": "技师", "技能等级取得时间": "2023-06-01"}, TWO)
    (tmp_path / "policy.yaml").write_bytes(edited(POLICY, ["s2t-engineer.years=2"]).raw)
    now, later, ruled = audit(path), audit(path, as_of="2025-12-30"), audit(path, policy=tmp_path / "policy.yaml")
    reasons = {}
    for name, two in (("day", later), ("rule", ruled)):
        with duckdb.connect() as con:
            comparing.compare(con, now.out, two.out)
            reasons[name] = con.execute("SELECT DISTINCT by_day, by_rule, by_cells FROM changes").fetchall()
    assert reasons == {"day": [], "rule": [(False, True, False)]}
    with duckdb.connect() as con:
        comparing.compare(con, now.out, audit(path, as_of="2026-06-01").out)
        assert (True, False, False) in con.execute("SELECT by_day, by_rule, by_cells FROM changes").fetchall()


def test_people_who_appear_vanish_or_change_their_unit_are_told(audit: Callable[..., Audit], tmp_path: Path) -> None:
    one = audit(roster(tmp_path / "a" / "名册.xlsx", ONE, TWO))
    two = audit(roster(tmp_path / "b" / "名册.xlsx", ONE | {"单位名称": "另一家示例厂", "统一社会信用代码": None}, THREE))
    found = comparing.counts(one.out, two.out)
    assert {kind: count for kind, count in found.items() if count} == {"appeared": 1, "vanished": 1, "moved_unit": 1}


def test_an_audit_compared_with_itself_has_no_change(done: Audit) -> None:
    assert set(comparing.counts(done.out, done.out).values()) == {0}


def test_people_without_a_common_key_are_matched_by_unit_and_name_and_that_is_said(
    audit: Callable[..., Audit], environment: dict[str, str], guantong: Callable[..., Ran], tmp_path: Path
) -> None:
    path = roster(tmp_path / "名册.xlsx", ONE, TWO)
    one, two = audit(path), audit(path, environment=environment | {"GUANTONG_KEY": "another"})
    assert set(comparing.counts(one.out, two.out).values()) == {0}
    assert "按单位和姓名对应" in guantong("compare", one.out, two.out).stdout


@pytest.mark.parametrize("command", [("compare",), ("simulate", "--set", "floor=技师")])
def test_a_folder_that_is_no_audit_is_refused(guantong: Callable[..., Ran], tmp_path: Path, command: tuple[str, ...]) -> None:
    folders = [tmp_path, tmp_path] if command[0] == "compare" else [tmp_path]
    ran = guantong(command[0], *folders, *command[1:])
    assert ran.status == 2 and "不是审核输出文件夹" in ran.stderr
