"""What a unit's workbook says of its people, in words. The data are made here: no roster is read, no rule is run."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from guantong.reports.bureau.figures.all_figures import read_figures
from guantong.reports.units.workbook import unit_plan, write_units
from tests.support.report_data import CLAUSE, ELIGIBLE, RULEBOOK, finding, person, save, sheet_rows, tables_of, unit_file

CANDIDATES = "高技能人才申报职称候选"
SKILL_CANDIDATES = "专业技术人才参加技能评价候选"


def workbook(folder: Path, people: list[tuple[dict, list[dict]]], findings=(), rulebook: dict = RULEBOOK) -> Path:
    """The workbook of the one unit that ``people`` are of."""
    data = save(folder / "data", tables_of(people, findings), rulebook)
    write_units(data, folder / "units", unit_plan(data))
    return unit_file(folder / "units", data, "91210100X")


def test_a_list_of_candidates_says_once_what_no_roster_shows(tmp_path):
    sheet = openpyxl.load_workbook(workbook(tmp_path, [person(3, ELIGIBLE), person(4, ELIGIBLE)]))[CANDIDATES]
    told = [cell.coordinate for row in sheet for cell in row if "遵守单位规章制度和生产操作规程（三（一））" in str(cell.value)]
    assert told == ["A2"] and "没有核对" in sheet["A2"].value


def test_a_list_for_which_the_policy_names_nothing_says_nothing(tmp_path):
    sheet = openpyxl.load_workbook(workbook(tmp_path, [person(3, ELIGIBLE)]))[SKILL_CANDIDATES]
    assert "没有核对" not in sheet["A2"].value


def test_who_has_no_title_brings_no_certificate_of_one(tmp_path):
    eligible = [{"route": "t2s-technician", "outcome": "eligible"}]
    path = workbook(tmp_path, [person(3, eligible, title="工程师"), person(4, eligible, title=None)])
    brings = {row[2]: row[-1] for row in sheet_rows(path, SKILL_CANDIDATES)}
    assert brings == {3: "职称证书；近3年年度考核表", 4: "近3年年度考核表"}


def test_who_waits_for_a_date_is_told_by_which_day_the_years_are_full(tmp_path):
    late = {"route": "s2t-engineer", "outcome": "unverified", "unknown": ["tenure"], "missing": ["技师取得时间"]}
    path = workbook(tmp_path, [person(3, [late | {"certain_by": date(2027, 6, 30)}]), person(4, [late])])
    assert [row[9] for row in sheet_rows(path, "待核实")] == ["年限（三（二）2）；最迟 2027-06-30 满年限", "年限（三（二）2）"]


def test_a_claim_that_waits_for_a_date_is_told_the_day_too(tmp_path):
    people = [person(3, [{"route": "s2t-engineer", "outcome": "unverified", "unknown": ["tenure"], "certain_by": date(2027, 6, 30)}])]
    claim = {
        "source_file": "市/甲.xlsx", "sheet": "花名册", "row": 3, "unit_id": "91210100X", "claim": "title", "claimed": "工程师",
        "result": "unverified", "route": "s2t-engineer", "clause": "三（二）2", "direction": "skill-to-title", "missing": ["技师取得时间"],
    }  # fmt: skip
    data = save(tmp_path / "data", tables_of(people) | {"claims": [claim]})
    write_units(data, tmp_path, unit_plan(data))
    rows = sheet_rows(unit_file(tmp_path, data, "91210100X"), "申报意向核对")
    assert [row[8] for row in rows] == ["缺少或不明：技师取得时间；最迟 2027-06-30 满年限"]


def unreadable(row: int, field: str, column: str, header: str, value: str) -> dict:
    return finding(row, column, field=field, code=f"{field}_unreadable", header=header, value=value, action="请按证书填写")


def unread_person(row: int, direction: str, fields: list[str], **more) -> tuple[dict, list[dict]]:
    """A person with no route in ``direction``, for a cell that would tell can't be read."""
    who, lines = person(
        row, [], **{"skill_level": None, "unread": fields, "not_known": [f for f in fields if f in ("skill", "title")], **more}
    )
    return who | {f"{direction.replace('-', '_')}_outcome": "unverified"}, lines


def test_a_level_that_nobody_can_read_is_to_be_verified_at_its_cell_and_not_outside_the_clauses(tmp_path):
    people = [unread_person(3, "skill-to-title", ["post", "skill"])]
    path = workbook(tmp_path, people, [unreadable(3, "skill", "H", "等级", "能工巧匠"), unreadable(3, "post", "F", "岗位类别", "甲类")])
    assert [row[2:] for row in sheet_rows(path, "待核实")] == [
        (
            3,
            "张3",
            "不明",
            "技能人才申报职称",
            "填明后才能判断",
            None,
            "等级 H3“能工巧匠”",
            "有无可走的路径（所填内容无法识别或前后不一）",
            "请按证书填写",
        )
    ]
    assert not [row for row in sheet_rows(path, "其他行") if row[1]]


def test_of_a_title_the_category_is_named_only_where_it_can_not_be_read_either(tmp_path):
    people = [
        unread_person(3, "title-to-skill", ["title"], skill_level="二级/技师"),
        unread_person(4, "title-to-skill", ["person_category"]),
    ]
    found = [unreadable(3, "title", "K", "职称", "工艺工程师"), unreadable(4, "person_category", "E", "人员类别", "甲")]
    rows = sheet_rows(workbook(tmp_path, people, found), "待核实")
    assert [(row[2], row[4], row[8]) for row in rows] == [(3, "不明／二级/技师", "职称 K3“工艺工程师”"), (4, "无", "人员类别 E4“甲”")]


def test_a_cell_whose_finding_was_cut_is_named_by_its_header(tmp_path):
    rows = sheet_rows(workbook(tmp_path, [unread_person(3, "skill-to-title", ["skill"])]), "待核实")
    assert [(row[8], row[10]) for row in rows] == [("技能等级", "请按证书或规范词语改填")]


def test_years_of_related_work_are_told_where_they_decide_the_level(tmp_path):
    refer = [{"route": "t2s-promotion", "outcome": "refer"}]
    people = [
        person(3, refer, work_years_lo=12, work_years_hi=12),
        person(4, refer, work_years_lo=12, work_years_hi=13),
        person(5, refer),
        person(6, [{"route": "t2s-technician", "outcome": "eligible"}], work_years_lo=12, work_years_hi=12),
    ]
    basis = {row[2]: row[9].partition(CLAUSE)[2] for row in sheet_rows(workbook(tmp_path, people), SKILL_CANDIDATES)}
    assert basis == {3: "（从事相关工作已满12年）", 4: "（从事相关工作已满12至13年）", 5: "", 6: ""}


def test_tables_with_a_person_to_verify_of_whom_nothing_is_unreadable_are_refused(tmp_path):
    with pytest.raises(ValueError, match="待核实而没有路径"):
        workbook(tmp_path, [unread_person(3, "skill-to-title", [])])


def test_statistics_count_who_can_not_be_read_as_to_be_verified(tmp_path):
    people = [unread_person(3, "skill-to-title", ["skill"]), person(4, [], skill_level=None), person(5, ELIGIBLE)]
    tables = read_figures(save(tmp_path / "data", tables_of(people))).tables
    assert tables["funnel"].column("数量") == [3, 3, 3, 2, 2, 1]
    assert dict(zip(tables["by_outcome"].column("结果"), tables["by_outcome"].column("技能人才申报职称"), strict=True))["待核实"] == 1
    assert tables["by_city"].rows[0][tables["by_city"].headers.index("待核实人数")] == 1
    assert [row[1:] for row in tables["misses"].rows] == [("所填技能等级、职称、人员类别能否识别", None, 0, 1)]


def test_rows_that_conflict_are_to_be_verified_at_the_level(tmp_path):
    conflict = finding(3, "H", field="skill", code="rows_conflict", header="技能等级", value="中级工", action="请核对后改正")
    rows = sheet_rows(workbook(tmp_path, [unread_person(3, "skill-to-title", [], not_known=["skill"])], [conflict]), "待核实")
    assert [row[8] for row in rows] == ["技能等级 H3“中级工”"]


def test_what_a_verdict_waits_for_is_told_as_it_is_written_where_it_can_not_be_read(tmp_path):
    waits = {
        "route": "s2t-engineer",
        "outcome": "unverified",
        "unknown": ["post", "assessments"],
        "missing": ["岗位类别", "2023年度考核", "2024年度考核"],
    }
    found = [unreadable(3, "post", "F", "岗位", "甲类"), unreadable(3, "assessment_2023", "N", "2023年考核", "已阅")]
    rows = sheet_rows(workbook(tmp_path, [person(3, [waits], unread=["assessment_2023", "post"])], found), "待核实")
    assert [row[8] for row in rows] == ["岗位 F3“甲类”、2023年考核 N3“已阅”、2024年度考核"]


def test_who_holds_only_what_is_dated_later_is_told_that_it_does_not_count(tmp_path):
    path = workbook(tmp_path, [person(3, [], skill_level=None, not_known=["skill"]), person(4, [], skill_level=None)])
    assert [row[4:] for row in sheet_rows(path, "其他行")] == [
        ("不明", None, "所填技能等级、职称、荣誉称号不在本意见各条款所列范围，无适用路径（审核日之后取得的不计）"),
        (None, None, "所填技能等级、职称、荣誉称号不在本意见各条款所列范围，无适用路径"),
    ]
