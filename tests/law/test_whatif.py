"""`simulate` is what an audit with the edited policy says, person by person; so is what each setting weighs."""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from guantong.flows.audit.kinds import AsOfAudit
from guantong.flows.commands import simulate
from guantong.rules.evaluation.stored_audit import evaluate_again, open_tables
from guantong.rules.policy.load import Policy, PolicyError, load, parse
from guantong.rules.sensitivity import Weight, describe_weights, weights
from guantong.rules.vocabulary import SETTINGS
from guantong.rules.what_if import differences, edit_policy
from guantong.sample_data.rosters import write_rosters
from tests.conftest import Audit, Ran
from tests.support.inprocess import AS_OF, Audited, audited_folder, places, store_audit, told
from tests.support.workbooks import CLEAN, people

POLICY = load("liaoning-2019-2")
ONE_THREAD = {"threads": 1}  # a few hundred people: what several threads do is wait for each other
# Changes of every setting and of some routes, those together that do not hide each other: a verdict tells each condition and day by itself.
CHANGES = [
    (
        "higher_level_serves=false", "partial_dates=latest", "assessment_years=1", "serving_posts_skill_to_title=[技能岗位]",
        "unknown.area=review", "out_of_service=[退休, 离职]", "promotion_without_title=false",
    ),
    (
        "earliest_credential_counts=false", "partial_dates=earliest", "assessment_year_included=true", "unknown.credential=review",
        "serving_posts_title_to_skill=[技能岗位, 专业技术岗位]", "management_post_on_frontline=out", "s2t-engineer.needs.skill=高级工",
    ),
    (
        "related_work_start_counts=false", "passing_grades=[优秀]", "honours_waive_skill_floor=true", "undated_lower_level=from_higher",
        "unknown.honour=fail", "nothing_known_before=none", "s2t-assistant.target=工程师",
    ),
    (
        "interruptions_added=false", "failing_grades=[不合格]", "honours_waive_assessments=true", "year_counting=calendar_year",
        "unknown.post=review", "higher_honour_serves=true", "s2t-senior.partial_dates=latest",
    ),
    (
        "professionals_without_title=[技能人员]", "last_year_ungraded=previous_year", "current_post_assessments=ignore",
        "unknown.assessments=fail", "floor=技师",
    ),
    (
        "short_service=years_served", "current_post_assessments=verify", "passing_grades=[合格, 优秀, 胜任, A]", "area=吉林省",
        *(f"{route.id}.years={route.years + 1}" for route in POLICY.document.routes),
    ),
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


def simulated(out: Path, *changes: str, policy: str = "liaoning-2019-2", as_of: dt.date = AS_OF) -> dict:
    """The same from what an audit has stored."""
    with duckdb.connect(config=ONE_THREAD) as con:
        open_tables(con, out)
        evaluate_again(con, edit_policy(load(policy), list(changes)), as_of)
        verdicts = con.execute("SELECT * FROM verdict_words").df()
    found: dict = {}
    columns = ["route", "outcome", "target", "eligible_on", "since", "not_met", "unknown"]
    for place, line in zip(places(verdicts), verdicts[columns].itertuples(index=False), strict=True):
        found.setdefault(place, {})[line.route] = told(line)
    return found


def test_every_setting_has_a_change_that_is_tried() -> None:
    assert {change.partition("=")[0] for changes in CHANGES for change in changes} >= set(SETTINGS)


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: changes[0])
def test_a_simulation_is_an_audit_by_the_edited_policy(done: Audit, rosters: Path, changes: tuple[str, ...]) -> None:
    anew = audited_folder(rosters, policy=edit_policy(POLICY, list(changes)), read_once=True)
    assert simulated(done.out, *changes) == routes_of(anew)


def test_a_simulation_of_another_policy_or_day_is_its_audit(done: Audit, rosters: Path) -> None:
    assert simulated(done.out, policy="suzhou-pilot") == routes_of(audited_folder(rosters, policy="suzhou-pilot"))
    later = dt.date(2027, 3, 1)
    assert simulated(done.out, as_of=later) == routes_of(audited_folder(rosters, kind=AsOfAudit(later)))


def test_the_command_counts_whom_an_audit_by_the_edited_policy_finds(
    guantong: Callable[..., Ran], audit: Callable[..., Audit], done: Audit, rosters: Path, tmp_path: Path
) -> None:
    change = "s2t-engineer.years=1"
    (tmp_path / "policy.yaml").write_bytes(edit_policy(POLICY, [change]).raw)
    anew = audit(rosters, policy=tmp_path / "policy.yaml")
    gained = {target: len(_eligible(anew, target) - _eligible(done, target)) for target in ("助理工程师", "工程师")}
    assert gained["工程师"] > 0 == gained["助理工程师"]
    ran = guantong("simulate", done.out, "--set", change, "--out", tmp_path / "out.xlsx")
    assert ran.status == 0 and "候选建议" in ran.stdout
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["按申报目标"]
    counted = {row[1]: row[4] for row in sheet.iter_rows(values_only=True) if row[1] in gained}
    assert counted == gained


def _eligible(done: Audit, target: str) -> set:
    lines = done.verdicts[(done.verdicts["outcome"] == "eligible") & (done.verdicts["target"] == target)]
    return set(lines[["source_file", "sheet", "row"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("change", [
    "s2t-engineer.yeers=2", "nothing=1", "s2t-engineer.years", "partial_dates=maybe", "s2t-engineer.years=-1", "x.y=1", "*.years=2",
    "s2t-engineer.years=true", "s2t-engineer.years=2.0", "s2t-engineer.years=999", "assessment_years=", "assessment_years=1000",
    "serving_posts_skill_to_title=[木匠岗位]", "passing_grades=合格", "s2t-engineer.passing_grades=[不合格]", "unknown.post=maybe",
])  # fmt: skip
def test_a_change_that_does_not_fit_is_refused_with_what_is_known(change: str) -> None:
    with pytest.raises(PolicyError) as told_:
        edit_policy(POLICY, [change])
    assert change.partition("=")[0].rpartition(".")[2] in str(told_.value) or "应写成" in str(told_.value)


def test_a_setting_may_be_named_for_all_routes_with_a_star() -> None:
    assert edit_policy(POLICY, ["*.partial_dates=latest"]).sha256 == edit_policy(POLICY, ["partial_dates=latest"]).sha256 != POLICY.sha256


def judged(con: duckdb.DuckDBPyConnection, policy: Policy, day: dt.date) -> tuple[dict[tuple, tuple], dict[tuple, str]]:
    """Of those counted once, everybody evaluated: (person, direction) → best outcome and target; (pid, route) → outcome."""
    evaluate_again(con, policy, day)
    best = con.execute("""
        SELECT coalesce(person_key, pid::VARCHAR), direction, pid, outcome, target FROM summaries JOIN people USING (pid)
        WHERE bucket = 'evaluated' AND duplicate_of IS NULL
    """).fetchall()
    rows = con.execute("SELECT pid, route, outcome FROM verdict_words JOIN people USING (pid) WHERE duplicate_of IS NULL").fetchall()
    return {row[:3]: row[3:] for row in best}, {row[:2]: row[2] for row in rows}


def weighed(out: Path, policy: Policy = POLICY, day: dt.date = AS_OF) -> list[Weight]:
    """The weights of an audit's settings."""
    with duckdb.connect(config=ONE_THREAD) as con:
        open_tables(con, out)
        return weights(con, policy, day)


def check_weights(out: Path, policy: Policy, day: dt.date, found: Iterable[Weight]) -> None:
    """Each of these weights is what an evaluation of everybody by the alternative changes."""
    with duckdb.connect(config=ONE_THREAD) as con:
        open_tables(con, out)
        best, every = judged(con, policy, day)
        for one in found:
            after, others = judged(con, edit_policy(policy, [one.change]), day)
            changed = {key for key in best | after if best.get(key) != after.get(key)}
            gained = {key for key in changed if after.get(key, " ")[0] == "eligible" != best.get(key, " ")[0]}
            lost = {key for key in changed if best.get(key, " ")[0] == "eligible" != after.get(key, " ")[0]}
            counted = tuple(len({person for person, *_ in some}) for some in (changed, gained, lost))
            verdicts = sum(every.get(key) != others.get(key) for key in every | others)
            assert (one.persons, one.gained, one.lost, one.verdicts) == (*counted, verdicts), one.change


def test_the_weight_of_each_setting_is_what_an_evaluation_of_everybody_by_its_alternative_changes(done: Audit) -> None:
    found = weighed(done.out)
    check_weights(done.out, POLICY, AS_OF, found)
    assert {one.setting for one in found} == set(SETTINGS) | {f"unknown.{name}" for name in POLICY.document.conditions}
    assert [one.persons for one in found] == sorted((one.persons for one in found), reverse=True) and found[0].persons > 0
    assert sum(one.verdicts > 0 for one in found) >= 15


def test_what_each_setting_weighs_stands_in_the_audit_in_its_statistics_and_on_screen(
    done: Audit, guantong: Callable[..., Ran], tmp_path: Path
) -> None:
    table = pd.read_parquet(done.out / "data" / "sensitivity.parquet")
    words = describe_weights(POLICY, weighed(done.out))
    assert table.to_dict("records") == words
    numbers = [(row["title"], row["now"], row["other"], row["persons"], row["gained"], row["lost"], row["verdicts"]) for row in words]
    ran = guantong("simulate", done.out, "--settings", "--out", tmp_path / "out.xlsx")
    first_column = "".join(re.split(" {2,}", line)[0] for line in ran.stdout.splitlines())  # a long title goes on in the next line
    assert ran.status == 0 and words[0]["title"] in first_column
    for book in (done.out / "bureau" / "statistics.xlsx", tmp_path / "out.xlsx"):
        rows = list(openpyxl.load_workbook(book)["口径敏感性"].iter_rows(values_only=True))
        head = next(at for at, row in enumerate(rows) if row[0] == "口径")
        assert [(row[0], row[2], row[3], *row[5:9]) for row in rows[head + 1 :]] == numbers


READINGS = {
    ("partial_dates=latest", "higher_level_serves=false", "unknown.tenure=review"): "2025-12-31",
    ("earliest_credential_counts=false", "related_work_start_counts=false", "interruptions_added=false", "unknown.post=fail"): "2024-02-29",
    (
        "assessment_years=1",
        "passing_grades=[优秀, 合格]",
        "serving_posts_skill_to_title=[技能岗位]",
        "unknown.assessments=review",
    ): "2023-02-28",
    ("honours_waive_skill_floor=true", "s2t-honour-engineer.years=3", "t2s-entry.years=4", "partial_dates=earliest"): "2025-03-30",
    ("s2t-assistant.partial_dates=latest", "s2t-engineer.higher_level_serves=false", "s2t-senior.conditions=[post]"): "2025-07-15",
    tuple(f"{route.id}.years=0" for route in POLICY.document.routes): "2025-12-31",
}


SHARES = 3


def in_shares(given: Iterable[tuple]) -> list:
    """Each with one share of a policy's alternatives in turn: each takes an evaluation. With the other shares under -m chance."""
    return [
        pytest.param(*one, share, id=f"{one[-1]}-{share}", marks=[] if share == at % SHARES else pytest.mark.chance)
        for at, one in enumerate(given)
        for share in range(SHARES)
    ]


@pytest.mark.parametrize(("reading", "day", "share"), in_shares(READINGS.items()))
def test_so_it_is_whatever_the_policy_says_now_and_on_any_day(
    rosters: Path, tmp_path: Path, reading: tuple[str, ...], day: str, share: int
) -> None:
    policy, as_of = edit_policy(POLICY, list(reading)), dt.date.fromisoformat(day)
    store_audit(rosters, tmp_path, policy)
    found = sorted(weighed(tmp_path, policy, as_of), key=lambda one: one.change)
    assert sum(one.verdicts for one in found) > 100
    check_weights(tmp_path, policy, as_of, found[share::SHARES])


# The settings that say from and to which day years count, and those whose weight is made by whose years are full; the others weigh nothing here.
BY_DAYS = frozenset({
    "partial_dates", "year_counting", "earliest_credential_counts", "related_work_start_counts", "interruptions_added", "undated_lower_level",
    "short_service", "last_year_ungraded", "assessment_years", "assessment_year_included", "unknown.tenure", "unknown.assessments",
    "unknown.area", "higher_level_serves",
})  # fmt: skip


@pytest.mark.parametrize(("day", "share"), in_shares([("2023-02-28",), ("2024-02-29",), ("2025-03-30",), ("2025-12-31",), ("2026-02-28",)]))
def test_the_weights_know_the_very_day_on_which_years_are_full(tmp_path: Path, day: str, share: int) -> None:
    who = CLEAN | {"职称": "", "职称取得时间": "", "从事相关工作起始时间": "2000-01-01", "中断月数": "0"}
    as_of = dt.date.fromisoformat(day)
    near = [as_of.replace(year=as_of.year - 2, day=28) + dt.timedelta(days=days) for days in range(-2, 6)]
    (tmp_path / "rosters").mkdir()
    people(
        tmp_path / "rosters" / "名册.xlsx",
        *(who | {"姓名": f"甲{at}", "身份证号": "", "技能等级取得时间": str(one)} for at, one in enumerate(near)),
    )
    store_audit(tmp_path / "rosters", tmp_path, POLICY)
    found = weighed(tmp_path, day=as_of)
    assert {one.setting for one in found} >= BY_DAYS
    by_days = sorted((one for one in found if one.setting in BY_DAYS), key=lambda one: one.change)
    check_weights(tmp_path, POLICY, as_of, by_days[share::SHARES])
    others = [one for one in found if one.setting not in BY_DAYS]
    assert not [one for one in others if one.verdicts + one.persons]
    with duckdb.connect(config=ONE_THREAD) as con:
        open_tables(con, tmp_path)
        assert judged(con, edit_policy(POLICY, [one.change for one in others]), as_of) == judged(con, POLICY, as_of)


def test_what_differs_between_two_policies_is_told_with_both_sides() -> None:
    assert differences(POLICY, POLICY) == []
    ((what, clause, before, after),) = differences(POLICY, edit_policy(POLICY, ["s2t-engineer.years=2"]))
    assert (what, clause) == ("路径 s2t-engineer", "三（二）2") and "满3年" in before and "满2年" in after


@pytest.mark.parametrize("command", [("compare",), ("simulate", "--set", "floor=技师")])
def test_a_folder_that_is_no_audit_is_refused(guantong: Callable[..., Ran], tmp_path: Path, command: tuple[str, ...]) -> None:
    folders = [tmp_path, tmp_path] if command[0] == "compare" else [tmp_path]
    ran = guantong(command[0], *folders, *command[1:])
    assert ran.status == 2 and "不是审核输出文件夹" in ran.stderr


def table_of(path: Path, name: str) -> list[dict]:
    """The rows of one of the tables of a CSV file, without its blank columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{key: cell for key, cell in row.items() if cell} for row in csv.DictReader(file) if row["表"] == name]


def test_a_person_in_two_units_is_counted_once_in_the_totals_and_once_in_each_unit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    who = CLEAN | {"姓名": "甲一", "身份证号": "210102198001011239", "技能等级取得时间": "2023-06-30"}
    (tmp_path / "rosters").mkdir()
    people(tmp_path / "rosters" / "名册.xlsx", who | {"所在市": "沈阳市"}, who | {"单位名称": "=另一家示例厂", "所在市": "大连市"})
    store_audit(tmp_path / "rosters", tmp_path, POLICY)
    simulate.simulate_policy(tmp_path, ["s2t-engineer.years=2", "s2t-assistant.years=9"], None, None, None, tmp_path / "out.csv")
    counts = {"符合申报条件人数（现行）": "1", "符合申报条件人数（改后）": "1", "增加": "0", "减少": "0"}
    (total,) = table_of(tmp_path / "out.csv", "合计")
    assert total == {"表": "合计", "范围": "全部", **counts}
    targets = {row["申报目标"]: (row["增加"], row["减少"]) for row in table_of(tmp_path / "out.csv", "按申报目标")}
    assert targets == {"工程师": ("1", "0"), "助理工程师": ("0", "1")}
    said = capsys.readouterr().out
    named = [line.split()[1:4] for line in said.splitlines() if "甲一" in line]
    assert named == [["工程师", "增加", "甲一"], ["助理工程师", "减少", "甲一"]]
    units = {(row["单位"], row["所在市"]) for row in table_of(tmp_path / "out.csv", "按单位")}
    assert units == {("示例机械有限公司", "沈阳市"), ("'=另一家示例厂", "大连市")}
    (moved,) = table_of(tmp_path / "out.csv", "结果的变动（按申报目标）")
    assert (moved["现行目标"], moved["改后目标"], moved["人数"]) == ("助理工程师", "工程师", "1")
    assert len(table_of(tmp_path / "out.csv", "结果的变动（按单位）")) == 0 == len(table_of(tmp_path / "out.csv", "结果的变动"))


def test_a_unit_that_gives_its_city_in_some_rows_only_is_one_unit(tmp_path: Path) -> None:
    (tmp_path / "rosters").mkdir()
    people(tmp_path / "rosters" / "名册.xlsx", CLEAN | {"所在市": "沈阳市"}, CLEAN | {"姓名": "乙二", "身份证号": "210102198102022341"})
    store_audit(tmp_path / "rosters", tmp_path, POLICY)
    simulate.simulate_policy(tmp_path, ["assessment_years=6"], None, None, None, tmp_path / "out.csv")
    (unit,) = table_of(tmp_path / "out.csv", "按单位")
    assert (unit["单位"], unit["所在市"], unit["减少"]) == ("示例机械有限公司", "沈阳市", "2")


def test_nobody_is_named_in_the_csv_and_on_the_screen_whoever_is_gained_or_lost(
    done: Audit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulate.simulate_policy(done.out, [], "suzhou-pilot", None, tmp_path / "out.xlsx", tmp_path / "out.csv")
    said, written = capsys.readouterr().out, (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    names = set(done.persons["name"].dropna())
    assert "候选建议" in said and len(names) > 100 and not [name for name in names if f'"{name}"' in written]
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["增加和减少的人"]
    named = {cell for row in sheet.values for cell in row} & names
    on_screen = {name for name in names if f" {name} " in said}
    assert on_screen and on_screen <= named


def test_the_output_of_another_version_is_refused_in_words(done: Audit, guantong: Callable[..., Ran], tmp_path: Path) -> None:
    shutil.copytree(done.out / "data", tmp_path / "data")
    facts = pd.read_parquet(tmp_path / "data" / "facts.parquet")
    facts.drop(columns=["skill_rank"]).to_parquet(tmp_path / "data" / "facts.parquet")
    ran = guantong("simulate", tmp_path, "--set", "floor=技师")
    assert ran.status == 2 and "重新审核" in ran.stderr


def test_two_readings_that_contradict_each_other_are_no_alternative() -> None:
    line = "    alternatives: [[优秀, 良好, 合格, 称职, 不定等次]]\n"
    text = POLICY.raw.decode()
    assert text.count(line) == 1
    with pytest.raises(PolicyError, match="基本合格"):
        parse(text.replace(line, "    alternatives: [[优秀, 基本合格]]\n").encode(), "mine.yaml")
