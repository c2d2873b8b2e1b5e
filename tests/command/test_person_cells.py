"""What `explain` says of the cells behind a condition. The facts are made here: no roster is read, no rule is run."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from guantong.flows.commands.explain import _explain_no_route
from guantong.flows.commands.person_cells import PersonCells
from guantong.rules.policy.load import load
from guantong.schemas import catalogue
from guantong.schemas.facts_in_words import fact_columns

POLICY = load("liaoning-2019-2")
ROUTES = {route.id: route for route in POLICY.document.routes}
LETTERS = {
    "city": "D", "person_category": "E", "post": "F", "service": "G", "skill": "H", "skill_date": "I", "skill_4_date": "J", "title": "K",
    "title_series": "L", "title_date": "M", "assessment_2023": "N", "assessment_2024": "O", "recent_grades": "P", "honours": "Q",
    "work_start": "R", "away_months": "S", "frontline": "T",
}  # fmt: skip
NOTHING = {
    **{column: None for item in catalogue.fields().values() for column in fact_columns(item)},
    **dict.fromkeys(("credentials", "unread", "integrity_decision", "province"), None),
    "skill_state": "blank", "title_state": "blank", "away_months_state": "blank", "work_start_state": "blank",
}  # fmt: skip


def credential(track: str, ranks: tuple[int, int], word: str, days: tuple[str, str] | None = None, **more: Any) -> dict[str, Any]:
    first, last = (dt.date.fromisoformat(day) for day in days) if days else (None, None)
    return {
        "track": track, "rank_lo": ranks[0], "rank_hi": ranks[1], "day_lo": first, "day_hi": last, "occupation": None, "series": None, "word": word,
        "level_name": track, "date_name": f"{track}_date" if days else None, "sheet": None, "row": None, **more,
    }  # fmt: skip


def cells(written: dict[str, str] | None = None, nothing_before: bool = False, without: str = "", **facts: Any) -> PersonCells:
    columns = {("花名册", name): {"letter": letter, "header": name} for name, letter in LETTERS.items() if name != without}
    columns["证书", "skill"] = {"letter": "C", "header": "等级"}
    unread = list(written) if written else None
    findings = [finding(name, value=value) for name, value in (written or {}).items()]
    return PersonCells({**NOTHING, "unread": unread, **facts}, columns, "花名册", 3, findings, [], dt.date(2025, 12, 31), nothing_before)


def finding(field: str, **more: Any) -> dict[str, Any]:
    return {
        "field": field,
        "code": "word_unreadable",
        "severity": "error",
        "column": LETTERS[field],
        "sheet": "花名册",
        "row": 3,
        "value": None,
        **more,
    }


ON_30_JUNE = ("2024-06-30", "2024-06-30")
IN_2018 = ("2018-01-01", "2018-12-31")


@pytest.mark.parametrize(
    ("condition", "route", "facts", "told"),
    [
        ("skill_floor", "s2t-engineer", {"credentials": [credential("skill", (4, 4), "二级/技师", ON_30_JUNE, occupation="焊工")]},
         "技能等级 H3＝二级/技师（焊工），技能等级取得时间 I3＝2024-06-30"),
        ("tenure", "s2t-engineer",
         {"credentials": [credential("skill", (4, 4), "二级/技师", ON_30_JUNE), credential("skill", (3, 3), "三级/高级工")],
          "work_start_lo": dt.date(2013, 7, 1), "work_start_hi": dt.date(2013, 7, 31), "work_start_state": "known"},
         "技能等级 H3＝二级/技师，技能等级取得时间 I3＝2024-06-30；技能等级 H3＝三级/高级工，没有取得时间；从事相关工作起始时间 R3＝2013-07"),
        ("tenure", "s2t-engineer", {"credentials": [credential("skill", (4, 4), "二级/技师", IN_2018, level_name="skill_4_date", date_name="skill_4_date")]},
         "技师取得时间 J3＝二级/技师，2018"),
        ("credential", "t2s-senior-worker", {"credentials": [credential("title", (1, 2), "初级", IN_2018, series="工程系列")]},
         "职称 K3＝初级（技术员或助理工程师），职称取得时间 M3＝2018"),
        ("series", "t2s-senior-worker", {"credentials": [credential("title", (3, 3), "中级", IN_2018)]}, "职称 K3＝中级（系列不明），职称取得时间 M3＝2018"),
        ("series", "t2s-entry", {"person_category": "专业技术人员"}, "职称 K3＝未填"),
        ("credential", "t2s-entry", {"person_category": "专业技术人员"}, "职称 K3＝未填；人员类别 E3＝专业技术人员"),
        ("tenure", "t2s-promotion",
         {"credentials": [credential("skill", (3, 3), "三级/高级工", IN_2018), credential("title", (2, 2), "助理工程师")],
          "work_start_lo": dt.date(2013, 7, 1), "work_start_hi": dt.date(2013, 7, 31), "work_start_state": "known"},
         "技能等级 H3＝三级/高级工，技能等级取得时间 I3＝2018"),
        ("skill_floor", "s2t-engineer", {"credentials": [credential("skill", (0, 4), "二级/技师")]}, "技能等级 H3＝不高于二级/技师，不能确定，没有取得时间"),
        ("skill_floor", "s2t-engineer", {"credentials": [credential("skill", (4, 4), "二级/技师", sheet="证书", row=9)]}, "技能等级 “证书”C9＝二级/技师，没有取得时间"),
        ("area", "s2t-engineer", {"city": "长春市", "province": "吉林省"}, "所在市 D3＝长春市（吉林省）"),
        ("in_service", "s2t-engineer", {"service": "在岗"}, "在岗状态 G3＝在岗"),
        ("integrity", "s2t-engineer", {}, "花名册没有“诚信情况”栏"),
        ("assessments", "s2t-engineer", {"assessments": [{"year": 2023, "grade": "合格"}]},
         "2023年度考核 N3＝合格；2024年度考核 O3＝未填或未知；近三年年度考核 P3＝未填"),
        ("assessments", "s2t-engineer", {"assessments": [{"year": year, "grade": "优秀"} for year in (2022, 2023)]},
         "2023年度考核 N3＝优秀；2024年度考核 O3＝未填或未知；近三年年度考核 P3＝2022年优秀"),
        ("assessments", "s2t-engineer", {"recent_grades": ["合格", "优秀", "合格"]},
         "2023年度考核 N3＝未填或未知；2024年度考核 O3＝未填或未知；近三年年度考核 P3＝合格、优秀、合格"),
        ("in_service", "s2t-engineer", {"service": "离职", "service_from_lo": dt.date(2025, 6, 1), "service_from_hi": dt.date(2025, 6, 30)},
         "在岗状态 G3＝离职（2025-06起）"),
        ("honour", "s2t-honour-engineer", {"honours_in_doubt": ["辽宁省技术能手"]}, "荣誉称号 Q3＝可能是辽宁省技术能手（须见表彰文件）"),
        ("honour", "s2t-honour-full-senior",
         {"honours": ["辽宁工匠"], "honours_lo": dt.date(2026, 1, 1), "honours_hi": dt.date(2026, 12, 31)},
         "荣誉称号 Q3＝辽宁工匠（写的是2026，晚于审核日，当日是否已有须见表彰文件）"),
    ],
)  # fmt: skip
def test_a_condition_is_told_with_its_cells(condition: str, route: str, facts: dict[str, Any], told: str) -> None:
    assert cells(**facts).describe_condition(condition, ROUTES[route], {}) == told


def test_of_a_management_post_the_cell_that_decides_is_named_too() -> None:
    foreman = cells(post="管理岗位", frontline="是")
    told = foreman.describe_condition("post", ROUTES["t2s-technician"], {"settings": ["management_post_on_frontline"]})
    assert told == "岗位类别 F3＝管理岗位；是否一线岗位 T3＝是"
    assert foreman.describe_condition("post", ROUTES["t2s-technician"], {"settings": []}) == "岗位类别 F3＝管理岗位"


def test_a_cell_that_can_not_be_read_is_told_as_it_is_written() -> None:
    told = cells({"service": "丙类", "skill_date": "2015.6（作废）"}, credentials=[credential("skill", (4, 4), "二级/技师")])
    assert told.describe_condition("in_service", ROUTES["s2t-engineer"], {}) == "在岗状态 G3“丙类”无法识别"
    assert (
        told.describe_condition("tenure", ROUTES["s2t-engineer"], {})
        == "技能等级 H3＝二级/技师，技能等级取得时间 I3“2015.6（作废）”无法识别"
    )


@pytest.mark.parametrize(("nothing_before", "told"), [(False, "当日有无较低的等级不明"), (True, "较低的等级视为没有")])
def test_what_is_dated_after_the_day_does_not_count_on_it(nothing_before: bool, told: str) -> None:
    tomorrow = [credential("skill", (5, 5), "一级/高级技师", ("2026-02-01", "2026-02-28"))]
    person = cells(nothing_before=nothing_before, credentials=tomorrow)
    assert f"2026-02（审核日之后取得，当日尚不具有；{told}）" in person.describe_credentials("skill")[0]
    assert person.describe_holding("skill", None, not nothing_before) == "一级/高级技师（审核日之后取得）"
    assert _explain_no_route(ROUTES["s2t-senior"], POLICY, person).endswith("（审核日之后取得的不计）")


@pytest.mark.parametrize(
    ("facts", "word", "unsure", "told"),
    [
        ({}, None, False, "未填"),
        ({"skill_state": "none"}, None, False, "无"),
        ({"skill_state": "known"}, "二级/技师", False, "二级/技师"),
        ({"credentials": [credential("skill", (4, 4), "二级/技师", occupation="焊工"), credential("skill", (3, 3), "三级/高级工")]}, "二级/技师", False,
         "二级/技师（焊工）、三级/高级工"),
        ({"written": {"skill": "能工巧匠"}, "skill_state": "unknown"}, None, True, "不明（技能等级 H3“能工巧匠”无法识别）"),
        ({"skill_state": "either"}, None, True, "不明（技能等级 H3几处记载不一致）"),
        ({}, None, True, "不明"),
        ({"skill_state": "absent"}, None, False, "花名册没有“技能等级”栏"),
    ],
)  # fmt: skip
def test_what_a_person_holds_is_never_nothing_where_it_is_not_known(
    facts: dict[str, Any], word: str | None, unsure: bool, told: str
) -> None:
    assert cells(**facts).describe_holding("skill", word, unsure) == told


@pytest.mark.parametrize(
    ("route", "written", "facts", "told"),
    [
        ("s2t-engineer", {"skill": "能工巧匠"}, {}, "待核实：技能等级 H3“能工巧匠”无法识别"),
        ("s2t-honour-engineer", {"skill": "能工巧匠"}, {}, "不适用：荣誉称号中没有第3类荣誉"),
        ("t2s-technician", {"title": "工艺工程师"}, {}, "待核实：职称 K3“工艺工程师”无法识别"),
        ("t2s-promotion", {"skill": "能工巧匠"}, {}, "待核实：技能等级 H3“能工巧匠”无法识别"),
        ("t2s-entry", {"person_category": "甲类"}, {}, "待核实：人员类别 E3“甲类”无法识别"),
        ("t2s-promotion", {"person_category": "甲类"}, {}, "待核实：人员类别 E3“甲类”无法识别"),
        ("t2s-entry", {"person_category": "甲类"}, {"title_state": "known"}, "不适用：职称不是“技术员”，也不是尚无职称的专业技术人员"),
        ("t2s-technician", {"person_category": "甲类"}, {}, "不适用：职称未达到“工程师”（未填的也不适用）"),
        ("t2s-promotion", None, {}, "不适用：职称未达到“技术员”，也不是尚无职称的专业技术人员，或没有现职业（工种）的技能等级"),
        ("t2s-technician", None, {"title_state": "absent"}, "未审核：花名册没有“职称”栏"),
        ("s2t-engineer", None, {}, "不适用：技能等级未达到“技师”"),
    ],
)
def test_a_route_is_outside_the_clauses_only_for_what_could_be_read(
    route: str, written: dict[str, str] | None, facts: dict[str, Any], told: str
) -> None:
    assert _explain_no_route(ROUTES[route], POLICY, cells(written, **facts)).startswith(told)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (finding("city", value="城关", severity="warning"), "所在市 D3“城关”无法识别"),
        (finding("city", value="退休", column="A"), "所在市 D3不能确定，见“数据问题”A3"),
        (finding("city", value="沈阳", code="fact_contradicted"), "所在市 D3“沈阳”与另一栏不符"),
        (finding("city", value="沈阳", code="facts_conflict"), "所在市 D3“沈阳”几处记载不一致"),
    ],
)
def test_why_it_is_not_known_what_a_cell_says(found: dict[str, Any], told: str) -> None:
    assert replace(cells({"city": ""}), findings=[found]).describe_unread("city") == told


def test_of_a_sheet_that_is_void_the_sheet_is_named() -> None:
    void = finding("skill", code="sheet_void", column=None, row=None, value="作废") | {"field": None, "sheet": "作废"}
    assert replace(cells({"skill": ""}), findings=[void]).describe_unread("skill") == "技能等级 H3不能确定，见“数据问题”工作表“作废”"


def test_what_another_sheet_tells_is_named_with_that_sheet() -> None:
    told = cells(without="post", post="技能岗位", assessments=[{"year": 2023, "grade": "合格"}, {"year": 2024, "grade": "优秀"}])
    apart = {place: column for place, column in told.columns.items() if not place[1].startswith(("assessment", "recent"))}
    apart |= {("考核", f"assessment_{year}"): {"letter": "D", "header": "考核结果"} for year in (2023, 2024)}
    found = replace(told, columns=apart | {("岗位", "post"): {"letter": "B", "header": "岗位"}})
    assert (
        found.describe_condition("assessments", ROUTES["s2t-engineer"], {}) == "2023年度考核 “考核”D列＝合格；2024年度考核 “考核”D列＝优秀"
    )
    assert found.describe_condition("post", ROUTES["s2t-engineer"], {"review": None}) == "岗位类别 “岗位”B列＝技能岗位"


def test_of_years_that_share_a_column_only_the_column_is_named() -> None:
    told = cells(without="recent_grades", assessments=[{"year": 2023, "grade": "合格"}, {"year": 2024, "grade": "优秀"}])
    shared = {place: {**column, "letter": "N"} if place[1].startswith("assessment") else column for place, column in told.columns.items()}
    found = replace(told, columns=shared).describe_condition("assessments", ROUTES["s2t-engineer"], {})
    assert found == "2023年度考核 N列＝合格；2024年度考核 N列＝优秀"
