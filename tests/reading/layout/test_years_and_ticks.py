"""Grades whose year stands beside or above them, levels that are ticked, and what a column's cells tell of its header."""

from __future__ import annotations

from pathlib import Path

import pytest

from guantong.schemas.reading.batch import Batch, read_batch
from tests.support.field_rows import Read
from tests.support.workbooks import workbook

ONE, TWO = ["周试乙", "210102198503120412"], ["吴试乙", "210102198503120439"]
LEVEL = ["姓名", "身份证号", "岗位类别", "技能等级", "取得时间"]
OF_ONE, OF_TWO = [*ONE, "技能岗位", "技师", "2018-06"], [*TWO, "技能岗位", "高级工", "2018-06"]


def read(path: Path, **sheets: list[list[object]]) -> Batch:
    whole = {name: [[*row, *[""] * (max(map(len, rows)) - len(row))] for row in rows] for name, rows in sheets.items()}
    return read_batch([workbook(path / "a.xlsx", whole)], b"key")


def grades(batch: Batch) -> dict[str, dict[int, str]]:
    """Name → year → grade."""
    names = dict(zip(batch.rows["pid"], batch.rows["name"], strict=True))
    found: dict[str, dict[int, str]] = {name: {} for name in batch.rows["name"]}
    for one in batch.assessments.itertuples():
        found[names[one.pid]][one.year] = one.grade
    return found


def held(batch: Batch) -> list[tuple[object, ...]]:
    """Name, track, rank, first day and occupation of each credential."""
    names = dict(zip(batch.rows["pid"], batch.rows["name"], strict=True))
    return [
        (names[one["pid"]], one["track"], one["rank_lo"], str(one["day_lo"] or "")[:7], one["occupation"])
        for one in batch.credentials.to_pylist()
    ]


def told(batch: Batch) -> set[str]:
    """Codes of the findings that are more than hints."""
    return set(batch.findings["code"]) - {"header_missing"}


@pytest.mark.parametrize("years", ["2022|2023|2024", "2022年|2023年|2024年", "22年|23年|24年", "2022年等次|2023年等次|2024年度等级"])
def test_a_year_above_grades_is_that_of_the_yearly_assessment(years: str, tmp_path: Path) -> None:
    batch = read(tmp_path, 花名册=[[*LEVEL, *years.split("|")], [*OF_ONE, "合格", "优秀", "基本合格"], [*OF_TWO, "合格", "", "合格"]])
    assert grades(batch) == {"周试乙": {2022: "合格", 2023: "优秀", 2024: "基本合格"}, "吴试乙": {2022: "合格", 2024: "合格"}}


@pytest.mark.parametrize(("header", "cell"), [("2024", "85000"), ("2024", "一车间"), ("2024年产值", "合格"), ("安全考核|2024", "合格")])
def test_a_year_above_anything_else_is_no_assessment(header: str, cell: str, tmp_path: Path) -> None:
    group, _, own = header.rpartition("|")
    batch = read(
        tmp_path,
        花名册=[["基本信息", *[""] * (len(LEVEL) - 1), group], [*LEVEL, own], [*OF_ONE, cell]]
        if group
        else [[*LEVEL, own], [*OF_ONE, cell]],
    )
    assert grades(batch) == {"周试乙": {}}
    assert "header_unknown" in told(batch)


def test_grades_stand_in_rows_by_year_under_each_person(tmp_path: Path) -> None:
    rows = [["2022", "合格"], ["2023年", "不合格"], [2024, "优秀"]]
    sheet = [[*LEVEL, "考核年度", "考核结果"], *([*(OF_ONE if not at else [""] * 5), *row] for at, row in enumerate(rows))]
    batch = read(tmp_path, 花名册=sheet)
    assert grades(batch) == {"周试乙": {2022: "合格", 2023: "不合格", 2024: "优秀"}}
    assert told(batch) <= {"row_carried_on"}


def test_a_person_repeated_for_each_year_is_graded_in_each(tmp_path: Path) -> None:
    sheet = [[*LEVEL, "年度", "考核结果"], *([*OF_ONE, year, "合格"] for year in (2022, 2023, 2024)), [*OF_TWO, 2023, "不合格"]]
    found = read(tmp_path, 花名册=sheet)
    assert grades(found)["周试乙"] == {2022: "合格", 2023: "合格", 2024: "合格"} or len(found.rows) == 4
    first = found.rows["pid"].iloc[0]
    assert sorted(found.assessments.loc[found.assessments["pid"] == first, "year"]) == [2022, 2023, 2024]


def test_a_year_far_from_the_grades_is_not_theirs(tmp_path: Path) -> None:
    batch = read(tmp_path, 花名册=[["年度", *LEVEL, "考核结果"], [2025, *OF_ONE, "合格"]])
    assert grades(batch) == {"周试乙": {}}
    assert {"header_ambiguous", "header_unknown"} <= told(batch)


def test_a_sheet_of_grades_is_joined_by_employee_number(tmp_path: Path) -> None:
    staff = [["工号", *LEVEL], ["G001", *OF_ONE], ["G002", *OF_TWO]]
    by_year = [
        [number, name, year, "合格" if number == "G001" else "不合格"]
        for number, name in (("G001", "周试乙"), ("G002", "吴试乙"))
        for year in (2023, 2024)
    ]
    batch = read(tmp_path, 人员=staff, 考核=[["工号", "姓名", "年度", "考核结果"], *by_year])
    assert grades(batch) == {"周试乙": {2023: "合格", 2024: "合格"}, "吴试乙": {2023: "不合格", 2024: "不合格"}}
    assert "sheet_not_roster" not in told(batch)


def test_a_sheet_of_grades_without_numbers_is_told_and_not_joined(tmp_path: Path) -> None:
    batch = read(tmp_path, 人员=[LEVEL, OF_ONE], 考核=[["姓名", "年度", "考核结果"], ["周试乙", 2024, "合格"]])
    assert grades(batch) == {"周试乙": {}}
    assert "sheet_not_roster" in told(batch)


@pytest.mark.parametrize("title", ["2023年度考核", "2023年职工年度考核结果", "示例公司2023年度员工考核情况表"])
def test_the_title_of_a_sheet_tells_the_year_of_its_grades(title: str, tmp_path: Path) -> None:
    marks = [[title], ["序号", "姓名", "身份证号", "考核等次"], [1, *ONE, "合格"], [2, *TWO, "不称职"]]
    batch = read(tmp_path, 人员=[LEVEL, OF_ONE, OF_TWO], 考核=marks)
    assert grades(batch) == {"周试乙": {2023: "合格"}, "吴试乙": {2023: "不称职"}}
    assert set(batch.findings.loc[batch.findings["code"] == "header_missing", "sheet"]) == {"人员"}


@pytest.mark.parametrize("title", ["2023年度安全考核", "2023年技能考核", "2022-2023年度考核", "2023年考核、2024年考核"])
def test_a_title_of_other_or_of_several_assessments_tells_no_year(title: str, tmp_path: Path) -> None:
    batch = read(tmp_path, 人员=[[title], ["序号", *LEVEL, "考核等次"], [1, *OF_ONE, "合格"]])
    assert grades(batch) == {"周试乙": {}}


def test_a_header_below_people_with_grades_heads_a_table(tmp_path: Path) -> None:
    above = [[*LEVEL, "2023年度考核", "2024年度考核"], [*OF_ONE, "合格", "合格"]]
    below = [
        ["序号", "姓名", "岗位类别", "身份证号", "职称", "取得日期", "从事专业"],
        [1, TWO[0], "技能岗位", TWO[1], "工程师", "2021-06", "制药"],
    ]
    batch = read(tmp_path, 花名册=[*above, [], *below])
    assert [one[:4] for one in held(batch)] == [("周试乙", "skill", 4, "2018-06"), ("吴试乙", "title", 3, "2021-06")]


@pytest.mark.parametrize("header", ["岗位", "所在岗位", "现岗位"])
def test_a_column_of_posts_that_holds_their_kinds_tells_them(header: str, tmp_path: Path) -> None:
    sheet = [["姓名", "身份证号", header, "技能等级", "取得时间"], OF_ONE, [*TWO, "管理岗", "高级工", "2018-06"]]
    assert read(tmp_path, 花名册=sheet).rows["post"].tolist() == ["技能岗位", "管理岗位"]
    sheet[2][2] = "车工"
    assert read(tmp_path, 花名册=sheet).rows["post"].isna().all()


def test_the_day_of_a_ticked_level_stands_behind_the_levels(tmp_path: Path) -> None:
    top = ["", "", "技能等级（划√）", "", "", "", "职称（划√）", "", "", ""]
    header = ["姓名", "身份证号", "高级工", "技师", "高级技师", "发证时间", "助理工程师", "工程师", "高级工程师", "职称取得时间"]
    one, two = [*ONE, "√", "", "", "2020-05", "", "√", "", "2021-05"], [*TWO, "√", "√", "", "2024-05", "√", "", "", "2019-05"]
    batch = read(tmp_path, 花名册=[top, header, one, two])
    assert [each[:4] for each in held(batch)] == [
        ("周试乙", "skill", 3, "2020-05"), ("周试乙", "title", 3, "2021-05"),
        ("吴试乙", "skill", 4, "2024-05"), ("吴试乙", "skill", 3, ""), ("吴试乙", "title", 2, "2019-05"),
    ]  # fmt: skip
    assert told(batch) == set()


def test_the_titles_of_tables_side_by_side_are_no_headers_of_each_other(tmp_path: Path) -> None:
    header = ["姓名", "身份证号", "等级", "取得时间", "近三年考核", "", "姓名", "身份证号", "职称", "取得时间"]
    sheet = [["技能人才", "", "", "", "", "", "专业技术人才"], header, [*ONE, "技师", "2019.1", "均合格", "", *TWO, "工程师", "2018.5"]]
    batch = read(tmp_path, 花名册=sheet)
    assert [one[:4] for one in held(batch)] == [("周试乙", "skill", 4, "2019-01"), ("吴试乙", "title", 3, "2018-05")]
    assert told(batch) <= {"facts_from_section"}
    assert batch.recent_grades["value"].tolist() == ["合格"]


@pytest.mark.parametrize(
    ("sheet", "outcome"),
    [
        ("不在岗", "ineligible"),
        ("未在岗人员", "ineligible"),
        ("离岗人员", "ineligible"),
        ("除名", "ineligible"),
        ("在岗", "eligible"),
        ("调度中心", "eligible"),
    ],
)
def test_the_name_of_a_sheet_says_that_its_people_are_not_at_work(sheet: str, outcome: str, tmp_path: Path) -> None:
    found = Read(workbook(tmp_path / "a.xlsx", {sheet: [[*LEVEL, "近三年年度考核"], [*OF_ONE, "均合格"]]}))
    assert found.named()["周试乙"]["s2t-engineer"][0] == outcome


def test_the_occupation_of_a_certificate_is_not_the_present_one(tmp_path: Path) -> None:
    batch = read(
        tmp_path, 花名册=[["姓名", "身份证号", "现从事工种", "证书工种", "证书等级", "发证时间"], [*ONE, "焊工", "电工", "技师", "2018-01"]]
    )
    assert (batch.rows["occupation"].tolist(), [one[4] for one in held(batch)]) == (["焊工"], ["电工"])
    assert told(batch) == set()


def test_each_time_is_of_the_credential_at_its_left(tmp_path: Path) -> None:
    batch = read(
        tmp_path, 花名册=[["姓名", "身份证号", "技能等级", "时间", "职称", "时间"], [*ONE, "技师", "2024-06", "工程师", "2018-06"]]
    )
    assert [one[:4] for one in held(batch)] == [("周试乙", "skill", 4, "2024-06"), ("周试乙", "title", 3, "2018-06")]


def test_a_word_of_a_field_that_is_ticked_is_that_fields_cell(tmp_path: Path) -> None:
    top = ["", "", "岗位类别", "", "", "", "", "2023年度考核", "", ""]
    header = ["姓名", "身份证号", "技能", "专技", "管理", "技能等级", "取得时间", "优秀", "合格", "不合格"]
    one, two = [*ONE, "√", "", "", "技师", "2018-06", "", "√", ""], [*TWO, "", "", "√", "技师", "2018-06", "", "", "√"]
    batch = read(tmp_path, 花名册=[top, header, one, two])
    assert batch.rows["post"].tolist() == ["技能岗位", "管理岗位"]
    assert grades(batch) == {"周试乙": {2023: "合格"}, "吴试乙": {2023: "不合格"}}
    assert told(batch) == set()


def test_two_ticked_words_of_a_field_contradict_each_other(tmp_path: Path) -> None:
    sheet = [
        ["基本信息", "", "岗位类别", "", "技能情况"],
        ["姓名", "身份证号", "技能", "管理", "技能等级", "取得时间"],
        [*ONE, "√", "√", "技师", "2018-06"],
    ]
    batch = read(tmp_path, 花名册=sheet)
    assert batch.rows["post"].isna().all() and "column_conflict" in told(batch)


def test_honours_stand_at_the_head_of_their_columns(tmp_path: Path) -> None:
    header = [*LEVEL, "辽宁工匠", "辽宁省技术能手", "其他荣誉"]
    batch = read(tmp_path, 花名册=[header, [*OF_ONE, "√", "无", "市劳动模范"], [*OF_TWO, "否", "2021年", ""]])
    names = dict(zip(batch.rows["pid"], batch.rows["name"], strict=True))
    assert {(names[one.pid], one.value) for one in batch.honours.itertuples()} == {("周试乙", "辽宁工匠"), ("吴试乙", "辽宁省技术能手")}
    assert told(batch) == set()


def test_honours_of_several_columns_are_all_told(tmp_path: Path) -> None:
    batch = read(tmp_path, 花名册=[[*LEVEL, "国家级荣誉", "省级荣誉", "荣誉称号2"], [*OF_ONE, "全国技术能手", "辽宁工匠", "无"]])
    assert set(batch.honours["value"]) == {"全国技术能手", "辽宁工匠"}


@pytest.mark.parametrize("header", ["申报荣誉|辽宁工匠", "拟推荐|辽宁工匠", "荣誉称号|劳动模范", "荣誉称号|技术能手"])
def test_what_is_no_listed_honour_held_is_not_ticked(header: str, tmp_path: Path) -> None:
    group, own = header.split("|")
    batch = read(tmp_path, 花名册=[["基本信息", "", "", "", "", group], [*LEVEL, own], [*OF_ONE, "√"]])
    assert batch.honours.empty and "header_unknown" in told(batch)


@pytest.mark.parametrize("header", ["持有职业资格证书情况", "职业资格证书", "持证情况", "技能等级证书情况"])
def test_certificates_with_their_days_in_a_cell_are_held(header: str, tmp_path: Path) -> None:
    sheet = [
        ["姓名", "身份证号", "岗位类别", header],
        [*ONE, "技能岗位", "高级工 2015.06\n技师 2024.08"],
        [*TWO, "技能岗位", "电工三级（2015.6）"],
    ]
    assert held(read(tmp_path, 花名册=sheet)) == [
        ("周试乙", "skill", 4, "2024-08", None), ("周试乙", "skill", 3, "2015-06", None), ("吴试乙", "skill", 3, "2015-06", "电工"),
    ]  # fmt: skip


@pytest.mark.parametrize(("group", "header"), [("", "考核年度1|考核结果1|考核年度2|考核结果2"), ("第一年||第二年|", "年度|等次|年度|等次")])
def test_pairs_of_a_year_and_a_grade_are_each_of_that_year(group: str, header: str, tmp_path: Path) -> None:
    top = [["基本信息", "", "", "", "", *group.split("|")]] if group else []
    sheet = [*top, [*LEVEL, *header.split("|")], [*OF_ONE, 2024, "优秀", 2023, "不合格"], [*OF_TWO, 2022, "合格", 2024, "合格"]]
    assert grades(read(tmp_path, 花名册=sheet)) == {"周试乙": {2023: "不合格", 2024: "优秀"}, "吴试乙": {2022: "合格", 2024: "合格"}}


def test_the_level_applied_for_in_a_list_of_workers_is_no_title(tmp_path: Path) -> None:
    header = ["姓名", "身份证号", "工种", "申报等级", "现等级", "现等级取得时间"]
    batch = read(tmp_path, 花名册=[["2025年度职业技能等级认定申报人员名单（技师）"], header, [*ONE, "电工", "技师", "高级工", "2020-05"]])
    assert [one[:4] for one in held(batch)] == [("周试乙", "skill", 3, "2020-05")]
    assert told(batch) == set()


def test_a_level_is_nobodys_name(tmp_path: Path) -> None:
    batch = read(tmp_path, 花名册=[LEVEL, OF_ONE, ["其中：技师", 1], ["高级工", "2019-01"]])
    assert batch.rows["name"].tolist() == ["周试乙"]


def test_the_day_since_when_a_certificate_is_held_is_its_date(tmp_path: Path) -> None:
    batch = read(tmp_path, 花名册=[["姓名", "身份证号", "持证等级", "持证时间"], [*ONE, "技师", "201906"]])
    assert [one[:4] for one in held(batch)] == [("周试乙", "skill", 4, "2019-06")]


KINDS = ["姓名", "身份证号", "岗位类别", "证书类别", "证书名称", "级别", "发证日期"]


@pytest.mark.parametrize(
    ("kind", "name", "level", "expected"),
    [
        ("职业资格", "焊工", "二级", [("skill", 4)]), ("职业技能等级证书", "", "技师", [("skill", 4)]), ("专业技术资格", "机械工程", "中级", [("title", 3)]),
        ("执业资格", "建造师", "二级", []), ("特种作业", "高压电工", "", []),
    ],
)  # fmt: skip
def test_a_level_is_of_the_kind_of_certificate_beside_it(kind: str, name: str, level: str, expected: list[object], tmp_path: Path) -> None:
    other = [*TWO, "技能岗位", "职业资格", "车工", "三级", "2018-05"]
    batch = read(tmp_path, 花名册=[KINDS, other, [*ONE, "技能岗位", kind, name, level, "2018-05"]])
    assert [one[1:3] for one in held(batch) if one[0] == "周试乙"] == expected
    assert "skill_unreadable" not in told(batch)


@pytest.mark.parametrize(("kind", "name"), [("职业资格", "二级建造师"), ("职业资格", "注册消防工程师"), ("", ""), ("集团颁发", "焊工")])
def test_a_level_whose_certificate_may_be_any_is_unknown(kind: str, name: str, tmp_path: Path) -> None:
    other = [*TWO, "技能岗位", "职业资格", "车工", "三级", "2018-05"]
    batch = read(tmp_path, 花名册=[KINDS, other, [*ONE, "技能岗位", kind, name, "二级", "2018-05"]])
    assert [one[0] for one in held(batch)] == ["吴试乙"]
    assert "skill_unreadable" in told(batch)


@pytest.mark.parametrize(
    ("name", "note", "outcome"),
    [
        ("周试乙*", "注：带*者为退休人员。", "unverified"), ("周试乙△", "姓名后加△的已离职", "unverified"), ("★周试乙", "★为劳务派遣人员", "eligible"),
        ("周试乙", "注：带*者为退休人员。", "eligible"), ("周试乙#", "带#的为必填项", "eligible"), ("周试乙**", "*表示退休", "eligible"),
    ],
)  # fmt: skip
def test_a_note_says_what_a_mark_beside_a_name_means(name: str, note: str, outcome: str, tmp_path: Path) -> None:
    sheet = [[*LEVEL, "近三年年度考核"], [name, *OF_ONE[1:], "均合格"], [note, *[""] * 5]]
    found = Read(workbook(tmp_path / "a.xlsx", {"花名册": sheet}))
    (routes,) = found.named().values()
    assert routes["s2t-engineer"][0] == outcome


def test_a_form_of_one_person_is_told_as_such(tmp_path: Path) -> None:
    form = [
        ["职工信息登记表"],
        ["姓名", ONE[0], "性别", "男"],
        ["身份证号", ONE[1], "岗位类别", "技能岗位"],
        ["职业工种", "钳工", "技能等级", "技师", "取得时间", "2019-01"],
    ]
    assert read(tmp_path, 张一=form).files["reason"].tolist() == ["people_in_columns"]


def test_a_roster_without_people_is_told_which_columns_it_lacks(tmp_path: Path) -> None:
    batch = read(tmp_path, 花名册=[LEVEL, [""] * 5])
    assert "title" in set(batch.findings.loc[batch.findings["code"] == "header_missing", "field"])


TOLD_BY_CELLS = {
    "years": (["2022", "2023", "2024"], ["合格", "优秀", "合格"], ["合格", "不合格", "合格"]),
    "ticked grades": (["2024年度考核/合格", "2024年度考核/不合格"], ["√", ""], ["", "√"]),
    "ticked posts": (["技能岗", "管理岗"], ["√", ""], ["", "√"]),
    "a state": (["状态"], ["在岗"], ["退休"]),
    "a level's name above dates": (["高级技师"], ["2021-06"], ["2022-06"]),
    "any certificate": (["持证情况"], ["高级技师"], ["技师"]),
}
ENDS = {
    "signatures": [["填表人：张三", "", "审核人：李四", *["2025年12月1日"] * 7]],
    "totals": [["小计", *["2"] * 9], ["合计", *["4人"] * 9]],
    "a note behind a blank row": [[""] * 10, ["注：请核对", *["以证书为准"] * 9]],
}


@pytest.mark.parametrize("end", [*ENDS, "the header again"])
@pytest.mark.parametrize("case", TOLD_BY_CELLS)
def test_what_a_column_is_is_told_by_the_cells_of_people_alone(case: str, end: str, tmp_path: Path) -> None:
    headers, one, two = TOLD_BY_CELLS[case]
    header = [*LEVEL, *headers]
    first, second = [*OF_ONE, *one], [*OF_TWO, *two]
    alone = read(tmp_path, 花名册=[header, first, second])
    batch = read(
        tmp_path,
        花名册=[header, first, header, second] if end not in ENDS else [header, first, second, *(row[: len(header)] for row in ENDS[end])],
    )
    people = (
        told(batch) - {"row_passed_over"},
        grades(batch),
        held(batch),
        batch.columns["name"].tolist(),
        batch.rows[["post", "service"]].to_dict(),
    )
    assert people == (told(alone), grades(alone), held(alone), alone.columns["name"].tolist(), alone.rows[["post", "service"]].to_dict())
