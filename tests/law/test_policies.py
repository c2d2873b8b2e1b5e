"""Policies are data: an unclear one is refused with its line, and a changed one changes verdicts as its words say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guantong.rules.policy.load import Policy, PolicyError, known_policies, load, parse
from guantong.rules.rulebook import as_text, asks, notes, settings, value_in_words
from guantong.rules.vocabulary import SETTINGS
from tests.law.worked_cases import EXPECTED, ROWS, expected_outcomes
from tests.support.inprocess import audited_file
from tests.support.workbooks import people

TEXT = known_policies()["liaoning-2019-2"].read_text(encoding="utf-8")
CASES = {row["case"]: row for row in ROWS}
ENGINEER = "  - id: s2t-engineer\n    clause: 三（二）2\n    direction: skill-to-title\n    needs: {skill: 技师}\n    years: 3\n"
FIRST_LIST = "  1: [中华技能大奖, "


def edited(*edits: tuple[str, str]) -> str:
    """The text of the policy with these replaced; each must stand in it just once."""
    text = TEXT
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def setting(name: str, value: str) -> tuple[str, str]:
    """The edit that gives a setting a value of its own beside its default."""
    return f"\n  {name}:\n", f"\n  {name}:\n    value: {value}\n"


def test_a_note_cites_the_clause_of_its_own_policy() -> None:
    for name, clause in (("liaoning-2019-2", "二（三）"), ("mohrss-2018-74", "适用范围"), ("suzhou-pilot", "试点条件")):
        assert notes(load(name))["integrity_unknown"] == f"诚信情况未填或不明，请核对有无弄虚作假（{clause}）"


def outcomes(cells: dict[str, object], policy: str | Policy, folder: Path) -> dict[str, str]:
    """route → outcome (`not_yet@day`) of one person under a policy."""
    left_out = {"case", "why", EXPECTED}
    person = {"姓名": "张示例"} | {header: cell for header, cell in cells.items() if header not in left_out}
    (verdicts,) = audited_file(people(folder / "甲.xlsx", person), policy=policy).named().values()
    return {route: verdict[0] + (f"@{verdict[2]}" if verdict[2] else "") for route, verdict in verdicts.items()}


REFUSED = {
    "a key that is none": ([("    years: 4\n", "    years: 4\n    colour: red\n")], "colour: red", "colour"),
    "years that are no number": ([("    years: 4\n", "    years: four\n")], "years: four", "years"),
    "negative years": ([("    years: 4\n", "    years: -4\n")], "years: -4", "年限"),
    "a setting's value out of its range": ([setting("partial_dates", "sometimes")], "value: sometimes", "sometimes"),
    "a number where a word list belongs": ([setting("passing_grades", "3")], "value: 3", "list"),
    "a setting that is none": ([("\nsettings:\n", "\nsettings:\n  luck: {default: true, clause: 一, reason: 无}\n")], "luck:", "luck"),
    "a setting left out": ([("\n  assessment_year_included:\n", "\n  assessment_year_inclusive:\n")], "settings:\n", "assessment_year_included"),
    "a clause that is not among the clauses": ([(ENGINEER, ENGINEER.replace("三（二）2", "三（九）"))], "clause: 三（九）", "三（九）"),
    "an honour that no roster is searched for": ([(FIRST_LIST, FIRST_LIST + "辽宁巧匠, ")], "辽宁巧匠", "辽宁巧匠"),
    "a list of honours that is not there": ([("needs: {honours: 3}", "needs: {honours: 4}")], "honours: 4", "第4类"),
    "two routes of one id": ([("- id: s2t-senior\n", "- id: s2t-engineer\n")],
                          "- id: s2t-engineer\n    clause: 三（二）2\n    direction: skill-to-title\n    needs: {skill: 高级技师}", "s2t-engineer"),
    "a key written twice": ([("    years: 4\n", "    years: 4\n    years: 5\n")], "years: 5", "years"),
    "a condition that is none": ([("    years: 4\n    target: 高级工程师\n    conditions: [", "    years: 4\n    target: 高级工程师\n    conditions: [luck, ")],
                                 "conditions: [luck", "luck"),
    "a target of the other track": ([("    years: 4\n    target: 高级工程师\n", "    years: 4\n    target: 高级工\n")],
                                   "target: 高级工\n    conditions: [credential, integrity, in_service, area, post, frontline", "目标"),
    "a grade that both passes and fails": ([setting("failing_grades", "[合格]")], "  failing_grades:\n", "合格"),
    "a reading of awards that is none": ([setting("nothing_known_before", "perhaps")], "value: perhaps", "perhaps"),
    "a reading of awards left out": ([("\n  award_day_credential_held:\n", "\n  award_day:\n")], "retrospective:\n", "award_day_credential_held"),
    "in force until before it was":
                          ([("\n  in_force_note:", "\n  in_force_until: 2019-01-01\n  in_force_note:")], "in_force_until:", "in_force_from"),
    "a province that is none": ([("\narea: 辽宁省\n", "\narea: 关东\n")], "area: 关东", "关东"),
    "a city for a province": ([("\narea: 辽宁省\n", "\narea: 沈阳市\n")], "area: 沈阳市", "辽宁省"),
    "a place to be in, and none said": ([("\narea: 辽宁省\n", "\n")], "routes:\n", "area"),
    "a state that no roster has": ([setting("out_of_service", "[退休, 云游]")], "value: [退休, 云游]", "云游"),
    "a post that no roster has": ([setting("serving_posts_skill_to_title", "[技能岗位, 跑腿]")], "value: [技能岗位, 跑腿]", "跑腿"),
    "a grade that is always read as another": ([setting("passing_grades", "[优, 合格]")], "value: [优, 合格]", "优秀"),
    "a grade that is written otherwise": ([setting("passing_grades", "[ａ, 合格]")], "value: [ａ, 合格]", "读作“A”"),
    "a grade that is a sentence": ([setting("failing_grades", "[考核中有一次或者多次不合格]")], "value: [考核", "12"),
    "a word of the bureau that both passes and fails":
                          ([setting("passing_grades", "[合格, 胜任]"), setting("failing_grades", "[胜任]")], "  failing_grades:\n", "胜任"),
    "an honour asked for where none puts the route in play":
                          ([("    years: 4\n    target: 高级工程师\n    conditions: [", "    years: 4\n    target: 高级工程师\n    conditions: [honour, ")],
                           "conditions: [honour, credential", "honour"),
    "no title, of the next level, said beside its setting":
                          ([("needs: {title: 技术员, skill: 初级工}", "needs: {title: 技术员, skill: 初级工, or_no_title: true}")],
                           "or_no_title: true}\n    settings", "promotion_without_title"),
    "a clause of what to bring that is none": ([("bring: [{what: 荣誉证书和表彰文件, clause: 三（四）1}]", "bring: [{what: 荣誉证书和表彰文件, clause: 三（九）}]")],
                           "clause: 三（九）", "三（九）"),
    "no YAML": ([("    years: 4\n", "    years: [4\n")], "years: [4", "YAML"),
}  # fmt: skip


def test_a_condition_cites_in_each_direction_the_clauses_of_that_direction() -> None:
    to_title, to_skill = asks(load("liaoning-2019-2")).values()
    told = [(to_title[name]["clause"], to_skill[name]["clause"]) for name in ("credential", "tenure", "post")]
    assert told == [("三（二）2", "四"), ("三（二）2", "四（三）1；四（四）1；四（五）"), ("一", "一")]


@pytest.mark.parametrize("unclear", REFUSED)
def test_an_unclear_policy_is_refused_with_its_line(unclear: str, tmp_path: Path) -> None:
    edits, marker, about = REFUSED[unclear]
    text = edited(*edits)
    assert text.count(marker) == 1, marker
    line = text[: text.index(marker)].count("\n") + 1
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load(str(path))
    assert "mine.yaml" in str(refused.value)
    assert about in str(refused.value)
    lines = {line, line + 1} if unclear == "no YAML" else {line}  # where brackets end is told by the next line
    assert any(f"第{number}行" in str(refused.value) for number in lines), (line, str(refused.value))


def test_a_policy_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="liaoning-2019-2"):
        load(str(tmp_path / "none.yaml"))


@pytest.mark.parametrize("policy", known_policies())
def test_a_shipped_policy_loads_under_its_own_id(policy: str) -> None:
    assert load(policy).id == policy


ALL = {
    "t2s-senior-worker": "eligible",
    "t2s-technician-years": "eligible",
    "t2s-technician": "eligible",
    "t2s-senior-technician-years": "eligible",
}
GRADED = {"2022年度考核": "合格", "2023年度考核": "优秀", "2024年度考核": "合格"}
WORKER = {"岗位类别": "技能岗位", "职称": "无", "技能等级": "高级工", "技能等级取得时间": "2018-06-01", **GRADED}
NEW_MASTER = WORKER | {"技能等级": "高级技师", "技能等级取得时间": "2024-06-30"}
CASES |= {
    "when_technician_is_not_told": NEW_MASTER,
    "technician_since_march": WORKER | {"技能等级": "技师", "技能等级取得时间": "2023-03-01"},
    "last_year_not_graded": {header: cell for header, cell in WORKER.items() if not header.startswith("2024")} | {"2021年度考核": "合格"},
    "at_work_for_two_years": {header: cell for header, cell in WORKER.items() if header not in GRADED}
    | {"技能等级取得时间": "2023-06-01", "从事相关工作起始时间": "2023-05-01", "2023年度考核": "合格", "2024年度考核": "合格"},
    "at_work_for_months_with_three_grades": WORKER | {"从事相关工作起始时间": "2025-05-01", "荣誉称号": "辽宁工匠"},
    "moved_last_year": WORKER | {"现岗位起始时间": "2024-03-01"},
    "on_internal_retirement": WORKER | {"在岗状态": "内退"},
    "foreman": WORKER | {"岗位类别": "管理岗位", "是否一线岗位": "是"},
    "manager_of_whose_line_nobody_can_read": WORKER | {"岗位类别": "管理岗位", "是否一线岗位": "看情况"},
    "artisan": WORKER | {"荣誉称号": "辽宁工匠"},
    "untitled_professional": WORKER | {"人员类别": "专业技术人员"},
    "master_of_tomorrow": WORKER | {"技能等级": "高级技师", "技能等级取得时间": "2026-02-01"},
    "graded_by_words_of_the_enterprise": WORKER | {"2023年度考核": "胜任", "2024年度考核": "B"},
}
# (setting, its value, a case of cases.csv or above, what the case comes to by default and then)
LATER = [
    ("undated_lower_level", "from_higher", "when_technician_is_not_told",
     {"s2t-assistant": "unverified", "s2t-engineer": "unverified", "s2t-senior": "not_yet@2028-06-30"},
     {"s2t-assistant": "not_yet@2026-06-30", "s2t-engineer": "not_yet@2027-06-30", "s2t-senior": "not_yet@2028-06-30"}),
    ("year_counting", "calendar_year", "technician_since_march", {"s2t-assistant": "eligible", "s2t-engineer": "not_yet@2026-03-01"},
     {"s2t-assistant": "eligible", "s2t-engineer": "not_yet@2026-01-01"}),
    ("last_year_ungraded", "previous_year", "last_year_not_graded", {"s2t-assistant": "unverified"}, {"s2t-assistant": "eligible"}),
    ("short_service", "years_served", "at_work_for_two_years", {"s2t-assistant": "unverified"}, {"s2t-assistant": "eligible"}),
    ("short_service", "years_served", "at_work_for_months_with_three_grades",
     {"s2t-assistant": "not_yet@2027-05-01", "s2t-honour-full-senior": "eligible"}, {"s2t-assistant": "not_yet@2027-05-01", "s2t-honour-full-senior": "eligible"}),
    ("current_post_assessments", "verify", "moved_last_year", {"s2t-assistant": "eligible"}, {"s2t-assistant": "unverified"}),
    ("current_post_assessments", "ignore", "moved_last_year", {"s2t-assistant": "eligible"}, {"s2t-assistant": "eligible"}),
    ("out_of_service", "[退休, 离职]", "on_internal_retirement", {"s2t-assistant": "ineligible"}, {"s2t-assistant": "eligible"}),
    ("management_post_on_frontline", "out", "foreman", {"s2t-assistant": "unverified"}, {"s2t-assistant": "ineligible"}),
    ("management_post_on_frontline", "out", "manager_of_whose_line_nobody_can_read", {"s2t-assistant": "unverified"}, {"s2t-assistant": "ineligible"}),
    ("higher_honour_serves", "true", "artisan", {"s2t-assistant": "eligible", "s2t-honour-full-senior": "eligible"},
     {"s2t-assistant": "eligible", "s2t-honour-full-senior": "eligible", "s2t-honour-senior": "eligible", "s2t-honour-engineer": "eligible"}),
    ("promotion_without_title", "false", "untitled_professional",
     {"s2t-assistant": "eligible", "t2s-entry": "refer", "t2s-promotion": "refer"}, {"s2t-assistant": "eligible", "t2s-entry": "refer"}),
    ("nothing_known_before", "none", "master_of_tomorrow", {"s2t-assistant": "unverified", "s2t-engineer": "unverified"}, {}),
    ("passing_grades", "[优秀, 合格, 胜任, A, B]", "graded_by_words_of_the_enterprise", {"s2t-assistant": "unverified"}, {"s2t-assistant": "eligible"}),
    ("failing_grades", "[不合格, B]", "graded_by_words_of_the_enterprise", {"s2t-assistant": "unverified"}, {"s2t-assistant": "ineligible"}),
]  # fmt: skip
CHANGES = [
    ("higher_level_serves", "false", "senior_technician_four_years", {"s2t-senior": "eligible"}),
    (
        "earliest_credential_counts",
        "false",
        "history_of_levels",
        {"s2t-assistant": "not_yet@2026-12-01", "s2t-engineer": "not_yet@2027-12-01"},
    ),
    ("related_work_start_counts", "false", "work_began_later", {"s2t-assistant": "eligible"}),
    ("interruptions_added", "false", "months_away", {"s2t-assistant": "eligible"}),
    ("partial_dates", "earliest", "year_astride_the_day", {"s2t-assistant": "eligible", "s2t-engineer": "eligible"}),
    ("partial_dates", "latest", "year_astride_the_day", {"s2t-assistant": "eligible", "s2t-engineer": "not_yet@2026-06-30"}),
    ("assessment_years", "1", "assessment_missing", {"s2t-assistant": "eligible"}),
    ("assessment_years", "4", "senior_worker_two_years", {"s2t-assistant": "unverified"}),
    ("assessment_year_included", "true", "assessment_of_this_year_does_not_count", {"s2t-assistant": "ineligible"}),
    ("passing_grades", "[优秀, 合格, 不定等次]", "senior_worker_two_years", {"s2t-assistant": "eligible"}),
    ("passing_grades", "[优秀]", "senior_worker_two_years", {"s2t-assistant": "unverified"}),
    ("failing_grades", "[不合格]", "assessment_basically_pass", {"s2t-assistant": "unverified"}),
    ("serving_posts_skill_to_title", "[技能岗位, 管理岗位]", "manager", {"s2t-assistant": "eligible"}),
    ("serving_posts_title_to_skill", "[专业技术岗位]", "engineer_in_a_technical_post", ALL),
    ("honours_waive_skill_floor", "true", "honour_needs_the_floor", {"s2t-honour-full-senior": "eligible"}),
    ("honours_waive_assessments", "true", "honour_and_assessment", {"s2t-assistant": "ineligible", "s2t-honour-senior": "eligible"}),
    ("professionals_without_title", "[专业技术人员, 技能人员]", "no_title_worker", {"t2s-entry": "refer"}),
]


def test_every_setting_is_changed_here() -> None:
    assert {name for name, *_ in CHANGES + LATER} == set(SETTINGS)


@pytest.mark.parametrize(
    ("name", "value", "case", "by_default", "expected"), [pytest.param(*change, id="-".join(change[:3])) for change in LATER]
)
def test_a_reading_of_the_second_reading_and_its_alternative(
    name: str, value: str, case: str, by_default: dict[str, str], expected: dict[str, str], tmp_path: Path
) -> None:
    assert outcomes(CASES[case], "liaoning-2019-2", tmp_path) == by_default
    policy = parse(edited(setting(name, value)).encode(), "mine.yaml")
    assert outcomes(CASES[case], policy, tmp_path) == expected


@pytest.mark.parametrize(("name", "value", "case", "expected"), [pytest.param(*change, id="-".join(change[:3])) for change in CHANGES])
def test_a_changed_setting_changes_verdicts_as_it_says(name: str, value: str, case: str, expected: dict[str, str], tmp_path: Path) -> None:
    policy = parse(edited(setting(name, value)).encode(), "mine.yaml")
    assert outcomes(CASES[case], policy, tmp_path) == expected


@pytest.mark.parametrize("value", ["earliest", "latest"])
@pytest.mark.parametrize(("date", "rests"), [("2022", True), ("2022-06-30", False)])
def test_a_verdict_names_partial_dates_whichever_end_of_the_date_the_policy_takes(
    value: str, date: str, rests: bool, tmp_path: Path
) -> None:
    policy = parse(edited(setting("partial_dates", value)).encode(), "mine.yaml")
    technician = {"姓名": "张示例"} | CASES["year_astride_the_day"] | {"技能等级取得时间": date}
    verdicts = audited_file(people(tmp_path / "甲.xlsx", technician), policy=policy).verdicts
    (of_engineer,) = verdicts.loc[verdicts["route"] == "s2t-engineer", "settings"]
    assert ("partial_dates" in of_engineer) is rests


def test_a_route_may_have_a_setting_of_its_own(tmp_path: Path) -> None:
    own = ENGINEER + "    settings: {partial_dates: latest}\n"
    policy = parse(edited((ENGINEER, own)).encode(), "mine.yaml")
    technician = CASES["year_astride_the_day"] | {"技能等级取得时间": "2023"}
    # 三年: 2023 with six months away is 2026-07 to 2027-06; the route for 助理工程师 reads the year as an interval still
    assert outcomes(technician, policy, tmp_path) == {"s2t-assistant": "unverified", "s2t-engineer": "not_yet@2027-06-30"}


def test_changed_years_change_the_day(tmp_path: Path) -> None:
    policy = parse(edited((ENGINEER, ENGINEER.replace("years: 3", "years: 2"))).encode(), "mine.yaml")
    assert outcomes(CASES["technician_one_day_short"], policy, tmp_path) == {"s2t-assistant": "eligible", "s2t-engineer": "eligible"}


@pytest.mark.parametrize(("what", "outcome"), [("verify", "unverified"), ("review", "eligible"), ("fail", "ineligible")])
def test_a_condition_says_what_an_unknown_does(what: str, outcome: str, tmp_path: Path) -> None:
    line = "clause: 三（一）, unknown: verify, reason: 缺少"
    policy = parse(edited((line, line.replace("verify", what))).encode(), "mine.yaml")
    assert outcomes(CASES["assessment_missing"], policy, tmp_path) == {"s2t-assistant": outcome}


@pytest.mark.parametrize(
    "case", ["technician_three_years_to_the_day", "technician_one_day_short", "senior_technician_four_years", "senior_worker_not_yet"]
)
def test_the_national_policy_has_the_same_years(case: str, tmp_path: Path) -> None:
    assert outcomes(CASES[case], "mohrss-2018-74", tmp_path) == expected_outcomes(CASES[case][EXPECTED])


def test_the_national_policy_has_no_honours_and_no_way_from_a_title(tmp_path: Path) -> None:
    assert outcomes(CASES["honour_full_senior"], "mohrss-2018-74", tmp_path) == {"s2t-assistant": "not_yet@2027-01-01"}
    assert outcomes(CASES["senior_engineer"], "mohrss-2018-74", tmp_path) == {}


# 高级工 4 years to 助理工程师; 技师 at once, and 4 years to 工程师; 高级技师 at once to 工程师. Since when a lower level was held is not told.
SUZHOU = {
    ("高级工", "2021-12-31"): {"s2t-assistant": "eligible"},
    ("高级工", "2022-01-01"): {"s2t-assistant": "not_yet@2026-01-01"},
    ("技师", "2025-06-01"): {"s2t-assistant": "unverified", "s2t-assistant-direct": "eligible", "s2t-engineer": "not_yet@2029-06-01"},
    ("高级技师", "2025-06-01"): {
        "s2t-assistant": "unverified", "s2t-assistant-direct": "eligible", "s2t-engineer": "unverified",
        "s2t-engineer-direct": "eligible",
    },
}  # fmt: skip


@pytest.mark.parametrize(("level", "day"), SUZHOU)
def test_a_pilot_with_other_years_is_data_alone(level: str, day: str, tmp_path: Path) -> None:
    person = {"岗位类别": "技能岗位", "技能等级": level, "技能等级取得时间": day, "职称": "无"}
    assert outcomes(person, "suzhou-pilot", tmp_path) == SUZHOU[level, day]


def test_the_same_text_has_the_same_hash(tmp_path: Path) -> None:
    same, other = (tmp_path / name for name in ("same.yaml", "other.yaml"))
    same.write_text(TEXT, encoding="utf-8")
    other.write_text(edited(setting("assessment_years", "1")), encoding="utf-8")
    assert load(str(same)).sha256 == load("liaoning-2019-2").sha256 != load(str(other)).sha256


def test_a_setting_is_shown_in_words() -> None:
    policy = load("liaoning-2019-2")
    told = [item["value"] for item in settings(policy)]
    told += [value_in_words(value) for setting in policy.document.settings.values() for value in setting.alternatives]
    assert len(told) > 20 and not [text for text in told if re.search("[a-z]", text)]


def test_the_rule_book_tells_each_setting_with_its_other_readings_as_they_are_written() -> None:
    told = as_text(load("liaoning-2019-2"))
    for name, item in load("liaoning-2019-2").document.settings.items():
        assert f"  {name} = {value_in_words(item.now)}　" in told
    assert (
        "也可：calendar_year（按年份相减，当年1月1日即满）" in told
        and "也可：[退休, 离职]（退休、离职）" in told
        and "地区：辽宁省" in told
    )


def test_where_another_reading_is_in_force_the_default_is_another_reading() -> None:
    policy = parse(edited(setting("year_counting", "calendar_year"), setting("higher_honour_serves", "true")).encode(), "mine.yaml")
    others = {name: item.other_values for name, item in policy.document.settings.items()}
    assert (
        others["year_counting"] == ["anniversary"]
        and others["higher_honour_serves"] == [False]
        and others["partial_dates"] == ["earliest", "latest"]
    )
