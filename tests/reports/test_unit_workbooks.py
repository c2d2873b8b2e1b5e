"""What a unit's workbook says of its people, in words. The data are made here: no roster is read, no rule is run."""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from guantong.reports.bureau.figures.all_figures import read_figures
from guantong.reports.units.workbook import unit_plan, write_units
from tests.support.report_data import CLAUSE, ELIGIBLE, RULEBOOK, finding, lines_of, person, save, sheet_rows, tables_of, unit_file

SHEETS = ["首页", "可申报", "即将符合", "待核实", "不符合", "数据问题", "明细", "其他行"]


def workbook(folder: Path, people: list[tuple[dict, list[dict]]], findings=(), rulebook: dict = RULEBOOK, **tables) -> Path:
    """The workbook of the one unit that ``people`` are of."""
    data = save(folder / "data", tables_of(people, findings) | tables, rulebook)
    write_units(data, folder / "units", unit_plan(data))
    return unit_file(folder / "units", data, "91210100X")


def front(path: Path) -> dict[str, tuple]:
    """The lines of what to do on the first sheet: what → how many, more about it."""
    return {row[0]: row[1:3] for row in sheet_rows(path, "首页") if row[3] and str(row[3]).startswith("→")}


def text_of(path: Path, sheet: str) -> str:
    return "\n".join(str(cell) for row in openpyxl.load_workbook(path)[sheet].values for cell in row if cell)


def test_the_sheets_stand_in_the_order_of_what_to_do(tmp_path):
    path = workbook(tmp_path, [person(3, ELIGIBLE)])
    assert openpyxl.load_workbook(path).sheetnames == SHEETS
    assert path.name.startswith("甲厂-") and text_of(path, "首页").startswith("甲厂　")


def test_a_candidate_is_a_line_with_the_highest_to_apply_for_and_since_when(tmp_path):
    both = [*ELIGIBLE, {"route": "t2s-technician", "outcome": "eligible"}]
    line = lines_of(workbook(tmp_path, [person(3, both, title="工程师")]), "可申报")["张3"]
    assert (line["序号"], line["行"], line["现技能等级／职称"]) == (1, 3, "二级/技师／工程师")
    assert (line["可申报职称"], line["自何日起"]) == ("工程师", datetime(2022, 1, 1))
    assert (line["可申报技能等级"], line["自何日起2"]) == ("二级/技师", "无年限要求")


def test_what_to_check_and_to_bring_are_short_and_explained_below(tmp_path):
    eligible = [{"route": "t2s-technician", "outcome": "eligible", "review": ["frontline"]}]
    path = workbook(tmp_path, [person(3, eligible, title="工程师"), person(4, eligible, title=None)])
    lines = lines_of(path, "可申报")
    assert (lines["张3"]["需核对"], lines["张3"]["应备材料"], lines["张4"]["应备材料"]) == ("一线", "1–2", "2")
    told = text_of(path, "可申报")
    assert "一线——名册未填是否一线岗位，请单位确认" in told and "1 职称证书；2 近3年年度考核表" in told and "负责人（签字）" in told


def test_who_is_to_be_judged_by_another_rule_stands_below_and_is_not_counted(tmp_path):
    refer = [{"route": "t2s-promotion", "outcome": "refer"}]
    path = workbook(tmp_path, [person(3, refer, work_years_lo=12, work_years_hi=13), person(4, ELIGIBLE)])
    lines = lines_of(path, "可申报")
    assert [(name, line["序号"]) for name, line in lines.items()] == [("张4", 1), ("张3", "另1")]
    assert (lines["张3"]["可申报技能等级"], lines["张3"]["需核对"]) == ("另行评价", "从事相关工作已满12至13年")
    assert front(path)["可申报"][0] == 1 and front(path)["另行评价（序号前有“另”的）"][0] == 1


def test_the_first_sheet_and_the_list_of_candidates_say_what_no_roster_shows(tmp_path):
    path = workbook(tmp_path, [person(3, ELIGIBLE)])
    for sheet in ("首页", "可申报"):
        assert text_of(path, sheet).count("遵守单位规章制度和生产操作规程（三（一））") == 1 and "没有核对" in text_of(path, sheet)


def test_a_list_for_which_the_policy_names_nothing_says_nothing(tmp_path):
    path = workbook(tmp_path, [person(3, [{"route": "t2s-technician", "outcome": "eligible"}])])
    assert "没有核对" not in text_of(path, "可申报")


def test_who_is_nearly_there_is_a_line_with_the_next_day(tmp_path):
    waits = [
        {"route": "s2t-engineer", "outcome": "not_yet", "eligible_on": date(2027, 3, 1)},
        {"route": "s2t-assistant", "outcome": "not_yet", "eligible_on": date(2026, 12, 31), "missing": ["岗位类别"]},
    ]
    more = [ELIGIBLE[0], {"route": "s2t-engineer", "outcome": "not_yet", "eligible_on": date(2026, 1, 1)}]
    path = workbook(tmp_path, [person(3, waits), person(4, more)])
    lines = lines_of(path, "即将符合")
    assert [line["序号"] for line in lines.values()] == [1, "另1"]
    line = lines["张3"]
    assert (line["符合之日"], line["还有天数"], line["届时可申报"]) == (datetime(2026, 12, 31), 365, "助理工程师")
    assert (line["到日前还须补填的单元格"], line["以后"]) == ("岗位 F3（未填）", "2027-03-01 工程师")
    assert front(path)["一年内到年限"] == (1, "最早 2026-12-31，其中 1 人到日前还须补填单元格")
    assert "即将符合：1 人，其中 1 人到日前还须补填单元格；另有 1 人" in text_of(path, "即将符合")


def test_who_lacks_nothing_but_years_may_apply_on_the_day(tmp_path):
    soon = {"route": "s2t-assistant", "outcome": "not_yet", "eligible_on": date(2026, 12, 31)}
    higher = {"route": "s2t-engineer", "outcome": "not_yet", "eligible_on": date(2026, 12, 31), "missing": ["岗位类别"]}
    path = workbook(tmp_path, [person(3, [soon, higher])])
    assert front(path)["一年内到年限"] == (1, "最早 2026-12-31，到日即可申报")
    assert "即将符合：1 人只差年限" in text_of(path, "即将符合")


def test_who_waits_for_a_date_is_told_by_which_day_the_years_are_full(tmp_path):
    late = {"route": "s2t-engineer", "outcome": "unverified", "unknown": ["tenure"], "missing": ["技能等级取得时间"]}
    lines = lines_of(workbook(tmp_path, [person(3, [late | {"certain_by": date(2027, 6, 30)}]), person(4, [late])]), "待核实")
    assert [line["填明后可能"] for line in lines.values()] == ["工程师（日期不填的，2027-06-30 也满年限）", "工程师"]


def test_a_claim_that_waits_for_a_date_is_told_the_day_too(tmp_path):
    people = [person(3, [{"route": "s2t-engineer", "outcome": "unverified", "unknown": ["tenure"], "certain_by": date(2027, 6, 30)}])]
    claim = {
        "pid": 0, "source_file": "市/甲.xlsx", "sheet": "花名册", "row": 3, "unit_id": "91210100X", "claim": "title", "claimed": "工程师", "name": "张3",
        "result": "unverified", "route": "s2t-engineer", "clause": "三（二）2", "direction": "skill-to-title", "missing": ["技师取得时间"],
    }  # fmt: skip
    path = workbook(tmp_path, people, claims=[claim])
    assert lines_of(path, "申报意向核对")["张3"]["说明"] == "缺少或不明：技师取得时间；最迟 2027-06-30 满年限"
    assert openpyxl.load_workbook(path).sheetnames == [*SHEETS[:5], "申报意向核对", *SHEETS[5:]]


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
    path = workbook(tmp_path, people, [unreadable(3, "skill", "H", "等级", "能工巧匠"), unreadable(3, "post", "F", "岗位", "甲类")])
    line = lines_of(path, "待核实")["张3"]
    assert tuple(line.values()) == (1, "张3", 3, "不明", "等级 H3“能工巧匠”（无法识别）", "才能判断能否申报职称")
    assert not lines_of(path, "其他行") and front(path)["待核实：填明后才能判断，可能可申报"][0] == 1


def test_of_a_title_the_category_is_named_only_where_it_can_not_be_read_either(tmp_path):
    people = [
        unread_person(3, "title-to-skill", ["title"], skill_level="二级/技师"),
        unread_person(4, "title-to-skill", ["person_category"]),
    ]
    found = [unreadable(3, "title", "K", "职称", "工艺工程师"), unreadable(4, "person_category", "E", "人员类别", "甲")]
    lines = lines_of(workbook(tmp_path, people, found), "待核实")
    assert [(line["现技能等级／职称"], line["要填、改正或核实的单元格"]) for line in lines.values()] == [
        ("二级/技师／不明", "职称 K3“工艺工程师”（无法识别）"),
        ("无", "人员类别 E4“甲”（无法识别）"),
    ]


def test_a_cell_whose_finding_was_cut_is_named_without_what_stands_in_it(tmp_path):
    lines = lines_of(workbook(tmp_path, [unread_person(3, "skill-to-title", ["skill"])]), "待核实")
    assert lines["张3"]["要填、改正或核实的单元格"] == "等级 H3（无法识别）"


def test_a_column_that_the_roster_lacks_is_to_be_added(tmp_path):
    waits = {"route": "s2t-engineer", "outcome": "unverified", "unknown": ["tenure"], "missing": ["技师取得时间"]}
    path = workbook(tmp_path, [person(3, [waits])])
    assert lines_of(path, "待核实")["张3"]["要填、改正或核实的单元格"] == "技师取得时间（无此栏，请加）"
    assert [row[:2] for row in sheet_rows(path, "首页") if str(row[0]).startswith("技师取得时间")] == [("技师取得时间（无此栏）", 1)]


def test_each_credential_in_a_row_of_its_own_is_named_by_its_cell(tmp_path):
    one = {"track": "skill", "rank_lo": 4, "rank_hi": 4, "word": "二级/技师", "level_name": "skill#2", "sheet": "证书", "row": 9}
    own = one | {"level_name": "skill", "sheet": None, "row": None}
    waits = {"route": "s2t-engineer", "outcome": "unverified", "unknown": ["tenure"], "missing": ["技能等级取得时间"]}
    people = [person(3, [waits], credentials=[own, one])]
    tables = tables_of(people)
    tables["columns"] += [{"source_file": "市/甲.xlsx", "sheet": "证书", "name": "skill_date#2", "letter": "C", "header": "发证日期"}]
    line = lines_of(workbook(tmp_path, people, columns=tables["columns"]), "待核实")["张3"]
    assert line["要填、改正或核实的单元格"] == "技能等级取得时间 I3（未填）、发证日期 “证书”C9（未填）"


def test_rows_that_conflict_are_to_be_verified_at_the_level(tmp_path):
    conflict = finding(3, "H", field="skill", code="facts_conflict", header="等级", value="中级工", action="请核对后改正")
    people = [unread_person(3, "skill-to-title", [], not_known=["skill"], opposite=["skill"])]
    lines = lines_of(workbook(tmp_path, people, [conflict]), "待核实")
    assert lines["张3"]["要填、改正或核实的单元格"] == "等级 H3“中级工”（几处记载不一致）"


def test_what_a_verdict_waits_for_is_numbered_where_not_all_is_needed_for_everything(tmp_path):
    waits = {"outcome": "unverified", "unknown": ["post", "assessments"]}
    lines = [
        waits | {"route": "s2t-engineer", "missing": ["岗位类别", "2023年度考核", "2024年度考核"]},
        waits | {"route": "s2t-assistant", "missing": ["岗位类别"]},
    ]
    found = [unreadable(3, "post", "F", "岗位", "甲类"), unreadable(3, "assessment_2023", "N", "2023年考核", "已阅")]
    path = workbook(tmp_path, [person(3, lines, unread=["assessment_2023", "post"])], found)
    line = lines_of(path, "待核实")["张3"]
    assert line["要填、改正或核实的单元格"] == "①岗位 F3“甲类”（无法识别）；②2023年考核 N3“已阅”（无法识别）；③2024年考核 O3（未填）"
    assert line["填明后可能"] == "①②③→工程师；①→助理工程师"


def test_a_word_that_settles_nothing_is_told_with_what_is_asked(tmp_path):
    waits = [
        {"route": "s2t-engineer", "outcome": "unverified", "unknown": ["post", "assessments"], "missing": ["岗位类别", "2024年度考核"]}
    ]
    path = workbook(tmp_path, [person(3, waits, post="管理岗位", assessments=[{"year": 2024, "grade": "不定等次"}])])
    cells = lines_of(path, "待核实")["张3"]["要填、改正或核实的单元格"]
    assert cells == "岗位 F3＝管理岗位，须为技能岗位或专业技术岗位，请核实；2024年考核 O3＝不定等次，近3年须都合格，请核实"


def test_who_may_apply_and_perhaps_for_more_stands_below_those_to_verify(tmp_path):
    more = [ELIGIBLE[0], {"route": "s2t-engineer", "outcome": "unverified", "unknown": ["tenure"], "missing": ["技能等级取得时间"]}]
    lower = [ELIGIBLE[1], {"route": "s2t-assistant", "outcome": "unverified", "unknown": ["tenure"], "missing": ["技能等级取得时间"]}]
    path = workbook(tmp_path, [person(3, more), person(4, lower)])
    assert {name: line["序号"] for name, line in lines_of(path, "待核实").items()} == {"张3": "另1"}
    assert [line["需核对"] for line in lines_of(path, "可申报").values()] == ["一线、另见待核实", None]


def test_who_does_not_meet_a_condition_is_told_by_the_cell_and_what_would_have_to_stand_there(tmp_path):
    fails = [
        {"route": "s2t-engineer", "outcome": "ineligible", "not_met": ["post", "tenure"]},
        {"route": "s2t-assistant", "outcome": "ineligible", "not_met": ["assessments"]},
    ]
    grades = [{"year": 2021, "grade": "不合格"}, {"year": 2023, "grade": "合格"}, {"year": 2024, "grade": "基本合格"}]
    path = workbook(tmp_path, [person(3, fails, post="管理岗位", assessments=grades)])
    line = lines_of(path, "不符合")["张3"]
    assert line["不能申报的"] == "①工程师；②助理工程师"
    assert (
        line["原因：单元格＝所填，须为"]
        == "①岗位 F3＝管理岗位，须为技能岗位或专业技术岗位；年限未满；②2024年考核 O3＝基本合格，近3年须都合格"
    )


def test_the_details_have_every_verdict_with_its_clause_and_what_it_rests_on(tmp_path):
    lines = [
        *ELIGIBLE,
        {"route": "t2s-technician", "outcome": "ineligible", "not_met": ["post"]},
        {"route": "t2s-promotion", "outcome": "unverified", "unknown": ["post"], "missing": ["岗位类别"]},
    ]
    path = workbook(tmp_path, [person(3, lines, post="管理岗位")])
    assert lines_of(path, "明细")["张3"]["各条款的结论和依据"] == (
        "√ 工程师（2022-01-01起）三（二）2、助理工程师（2020-01-01起）三（二）2；× 二级/技师四（三）2：岗位 F3＝管理岗位；"
        "？ 技能评价（等级由其他规定确定）四（五）：岗位 F3＝管理岗位"
    )
    assert f"三（二）2　{CLAUSE}" in text_of(path, "明细")


def test_findings_of_one_kind_in_a_column_are_a_line_with_all_cells(tmp_path):
    found = [finding(row, "H", value="2019.13") for row in (4, 5, 6, 9)]
    path = workbook(
        tmp_path,
        [person(3, ELIGIBLE)],
        [*found, finding(7, "I", value="甲", message="“甲”不明"), finding(8, "I", value="乙", message="“乙”不明")],
    )
    rows = [row[1:3] for row in sheet_rows(path, "数据问题")]
    assert rows == [("H4–H6、H9", "日期“2019.13”无法识别"), ("I7“甲”、I8“乙”", "“…”不明")]
    assert front(path)["要改正、核对的数据（按处计）"][0] == 6


def test_of_a_unit_with_several_rosters_each_line_names_its_own(tmp_path):
    path = workbook(tmp_path, [person(3, ELIGIBLE), person(4, ELIGIBLE, source="乙.xlsx")])
    assert {name: line["名册"] for name, line in lines_of(path, "可申报").items()} == {"张4": 1, "张3": 2}
    assert "乙.xlsx：名册 1“花名册”；市/甲.xlsx：名册 2“花名册”" in text_of(path, "可申报")


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


def test_who_holds_only_what_is_dated_later_is_told_that_it_does_not_count(tmp_path):
    path = workbook(tmp_path, [person(3, [], skill_level=None, not_known=["skill"]), person(4, [], skill_level=None)])
    assert [(line["现技能等级／职称"], line["说明"]) for line in lines_of(path, "其他行").values()] == [
        ("不明", "所填技能等级、职称、荣誉称号不在本意见各条款所列范围，无适用路径（审核日之后取得的不计）"),
        ("无", "所填技能等级、职称、荣誉称号不在本意见各条款所列范围，无适用路径"),
    ]


def test_the_years_that_a_roster_has_no_column_of_are_one_to_fill_where_all_are_needed_for_the_same(tmp_path):
    years = ["2020年度考核", "2021年度考核", "2022年度考核"]
    waits = {"route": "s2t-engineer", "outcome": "unverified", "unknown": ["assessments"], "missing": years}
    lower = {"route": "s2t-assistant", "outcome": "unverified", "unknown": ["tenure"], "missing": ["高级工取得时间"]}
    last = {"route": "s2t-assistant", "outcome": "unverified", "unknown": ["assessments"], "missing": years[2:]}
    lines = lines_of(workbook(tmp_path, [person(3, [waits]), person(4, [waits, lower]), person(5, [waits, last])]), "待核实")
    cells, follows = "要填、改正或核实的单元格", "填明后可能"
    assert lines["张3"][cells] == "2020、2021、2022年度考核（均无此栏，请加）"
    assert lines["张4"][cells] == "①2020、2021、2022年度考核（均无此栏，请加）；②高级工取得时间（无此栏，请加）"
    assert lines["张4"][follows] == "①→工程师；②→助理工程师"
    assert lines["张5"][cells] == "①2020、2021年度考核（均无此栏，请加）；②2022年度考核（无此栏，请加）"
    assert lines["张5"][follows] == "①②→工程师；②→助理工程师"


def test_a_reason_that_stands_against_several_aims_is_told_once_with_their_numbers(tmp_path):
    fails = [
        {"route": "s2t-engineer", "outcome": "ineligible", "not_met": ["post", "tenure"]},
        {"route": "s2t-assistant", "outcome": "ineligible", "not_met": ["post"]},
    ]
    line = lines_of(workbook(tmp_path, [person(3, fails, post="管理岗位")]), "不符合")["张3"]
    assert line["不能申报的"] == "①工程师；②助理工程师"
    assert line["原因：单元格＝所填，须为"] == "①②岗位 F3＝管理岗位，须为技能岗位或专业技术岗位；①年限未满"
