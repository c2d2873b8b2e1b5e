"""What is told of a person beside the verdicts: notes to review, settings rested on, equivalents, duplicates."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Audit
from tests.support.workbooks import CLEAN, people

WORKER = CLEAN | {"身份证号": ""}
ENGINEER = WORKER | {"技能等级": "", "技能等级取得时间": "", "职称": "工程师", "职称取得时间": "2015-06-30"}
PERSONS = {
    "张一": WORKER | {"是否一线岗位": "", "在岗状态": "", "诚信情况": "", "是否工程技术领域": ""},
    "张二": WORKER | {"技能等级取得时间": "2015-06"},
    "张三": WORKER | {"从事相关工作起始时间": "2018-01-01", "中断月数": 6},
    "张四": WORKER | {"高级工取得时间": "2012-01-01"},
    "张五": WORKER | {"职称": "中级"},
    "张六": WORKER | {"职称": "经济师", "技工院校班别": "高级工班"},
    "张七": ENGINEER | {"所学专业": "机械"},
    "张八": WORKER | {"荣誉称号": "全国技术能手", "在岗状态": "退休"},
    "张九": WORKER | {"身份证号": CLEAN["身份证号"], "所在市": "沈阳", "技能等级": "国家职业资格三级"},
    "张十": WORKER | {"技能等级": "高级技师", "技能等级取得时间": "2024-06-15", "高级工取得时间": "2015"},
    "张百": WORKER | {"从事相关工作起始时间": "2018"},
    "张玖": ENGINEER | {"技能等级": "高级工", "技能等级取得时间": "2026-05-06"},
    "张拾": WORKER | {"身份证号": CLEAN["身份证号"]},
    "赵一": WORKER | {"技能等级": "技师", "技能等级取得时间": "2026-03-01"},
    "赵二": WORKER | {"技能等级": "技师", "技能等级取得时间": "2026-03-01", "荣誉称号": "辽宁工匠"},
    "赵三": ENGINEER | {"职称": "初级", "职称系列": "工程系列", "职称取得时间": "2019-01-01"},
    "赵四": ENGINEER | {"职称": "高级会计师、助理工程师", "职称取得时间": "2020-05-01"},
    "赵五": WORKER | {"技能等级": "技师", "技能等级取得时间": "2021-06-30", "从事相关工作起始时间": "2022", "中断月数": 6},
    "赵六": WORKER | {"技能等级": "技师", "技能等级取得时间": ""},
    "赵七": ENGINEER | {"职称取得时间": "2024-06-30", "助理工程师取得时间": ""},
}


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return audit(people(tmp_path_factory.mktemp("notes") / "甲.xlsx", *({**cells, "姓名": name} for name, cells in PERSONS.items())))


def person(done: Audit, name: str) -> dict[str, object]:
    (found,) = done.persons[done.persons["name"] == name].to_dict("records")
    return {column: None if cell != cell else cell for column, cell in found.items()}  # NaN, which pandas makes of null, equals nothing


def told(done: Audit, name: str, route: str, column: str) -> set[str]:
    """A list of a verdict, as a set."""
    rows = done.verdicts[(done.verdicts["row"] == person(done, name)["row"]) & (done.verdicts["route"] == route)]
    (found,) = rows[column]
    return set(found)


# 一, 二（三）: what the roster does not say is for review, and so is whether title and occupation are related (四).
REVIEWS = [
    ("张一", "s2t-assistant", {"frontline_unknown", "in_service_unknown", "integrity_unknown", "field_unknown"}),
    ("张二", "s2t-assistant", set()),
    ("张五", "s2t-assistant", {"held_unknown"}),
    ("张六", "s2t-assistant", set()),
    ("张七", "t2s-technician", {"relation", "theory_exam"}),
]


@pytest.mark.parametrize(("name", "route", "notes"), REVIEWS)
def test_a_verdict_says_what_is_to_be_reviewed(done: Audit, name: str, route: str, notes: set[str]) -> None:
    assert told(done, name, route, "review") == notes


# The cell that decides, also where what is named by the route is filled, and true.
MISSING = [
    ("赵一", "s2t-assistant", {"高级工取得时间"}),
    ("赵二", "s2t-honour-full-senior", {"高级工取得时间"}),
    ("赵三", "t2s-senior-worker", {"职称"}),
    ("赵三", "t2s-technician-years", {"职称", "助理工程师取得时间"}),
    ("赵四", "t2s-technician-years", {"助理工程师取得时间"}),
    ("赵五", "s2t-engineer", {"从事相关工作起始时间"}),
    ("赵六", "s2t-engineer", {"技能等级取得时间"}),
]


@pytest.mark.parametrize(("name", "route", "headers"), MISSING)
def test_the_cell_that_decides_is_named_and_none_that_changes_nothing(done: Audit, name: str, route: str, headers: set[str]) -> None:
    assert told(done, name, route, "missing") == headers


def test_a_blank_cell_that_leads_to_no_more_than_what_may_be_applied_for_already_is_no_hint(done: Audit) -> None:
    assert told(done, "赵七", "t2s-technician-years", "missing") == {"助理工程师取得时间"}
    hints = done.findings[(done.findings["code"] == "cell_blank") & (done.findings["field"] == "title_2_date")]
    assert person(done, "赵四")["row"] in set(hints["row"]) and person(done, "赵七")["row"] not in set(hints["row"])


def test_where_the_certificate_of_the_day_is_in_doubt_its_cell_is_asked_for_not_that_of_the_title(done: Audit) -> None:
    assert told(done, "张玖", "t2s-promotion", "missing") == {"技能等级", "技能等级取得时间"}


RESTS = [
    ("张二", "s2t-engineer", {"partial_dates"}, {"higher_level_serves", "interruptions_added", "related_work_start_counts"}),
    ("张二", "s2t-assistant", {"undated_lower_level", "higher_level_serves"}, set()),
    ("张三", "s2t-engineer", {"related_work_start_counts", "interruptions_added"}, {"partial_dates"}),
    ("张十", "s2t-engineer", {"partial_dates", "undated_lower_level"}, set()),  # not before a day of 2015
    ("张十", "s2t-senior", set(), {"partial_dates"}),
    ("张百", "s2t-engineer", {"partial_dates", "related_work_start_counts"}, set()),
    ("张四", "s2t-assistant", {"earliest_credential_counts"}, {"partial_dates"}),
    ("张八", "s2t-honour-full-senior", {"honours_waive_skill_floor", "honours_waive_assessments"}, {"partial_dates"}),
    ("张七", "t2s-technician", {"serving_posts_title_to_skill"}, {"passing_grades", "serving_posts_skill_to_title"}),
]


@pytest.mark.parametrize(("name", "route", "among", "never"), RESTS)
def test_a_verdict_names_the_settings_it_rests_on(done: Audit, name: str, route: str, among: set[str], never: set[str]) -> None:
    found = told(done, name, route, "settings")
    assert among <= found
    assert not never & found


def test_the_years_begin_with_work_and_wait_for_the_months_away(done: Audit) -> None:
    row = person(done, "张三")["row"]
    since = done.verdicts[done.verdicts["row"] == row].set_index("route")["since"]
    assert {route: str(day)[:10] for route, day in since.items()} == {"s2t-assistant": "2020-07-01", "s2t-engineer": "2021-07-01"}


def test_schooling_and_treatment_are_told_and_decide_nothing(done: Audit) -> None:
    assert person(done, "张六")["education_equivalent"] == "大专"  # 三（二）1
    assert person(done, "张六")["parity"] == "工程师"  # 五（二）
    assert person(done, "张八")["parity"] is None  # who has retired is in no post


def test_levels_and_cities_are_told_in_canonical_words(done: Audit) -> None:
    found = person(done, "张九")
    assert (found["skill_level"], found["city"], found["title"]) == ("三级/高级工", "沈阳市", None)


def test_who_stands_twice_in_a_unit_points_at_the_first_and_counts_once(done: Audit) -> None:
    first, second = person(done, "张九"), person(done, "张拾")
    assert first["duplicate_of"] is None
    assert second["duplicate_of"] == {"source_file": "甲.xlsx", "sheet": "花名册", "row": first["row"]}
    assert second["person_key"] == first["person_key"] is not None
    assert done.run["counts"]["duplicates"] == 1
    eligible = done.persons[(done.persons["skill_to_title_outcome"] == "eligible") | (done.persons["title_to_skill_outcome"] == "eligible")]
    assert done.run["counts"]["candidates"] == eligible["duplicate_of"].isna().sum()
