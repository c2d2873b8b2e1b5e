"""Columns and rows that a place alone would have read as somebody's: dates before credentials, what is applied for, tables beside and below."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from xlsxwriter import Workbook

from guantong.rules.policy.load import load
from guantong.schemas.reading.batch import Batch, read_batch
from tests.support.inprocess import store_audit
from tests.support.workbooks import workbook

WHO, OTHER = ["周试乙", "210102198503120412"], ["吴试乙", "210102198503120439"]
PLAIN = ["姓名", "身份证号", "技能等级", "取得时间"]


def read(path: Path, *rows: list[object], sheet: str = "花名册") -> Batch:
    width = max(map(len, rows))
    return read_batch([workbook(path / "a.xlsx", {sheet: [[*row, *[""] * (width - len(row))] for row in rows]})], b"key")


def held(batch: Batch) -> list[tuple[object, ...]]:
    """Name, track, rank and first day of each credential."""
    names = dict(zip(batch.rows["pid"], batch.rows["name"], strict=True))
    return [(names[one["pid"]], one["track"], one["rank_lo"], str(one["day_lo"] or "")[:7]) for one in batch.credentials.to_pylist()]


def codes(batch: Batch) -> set[str]:
    return set(batch.findings["code"])


@pytest.mark.parametrize(
    ("headers", "cells"),
    [
        ("取得时间|技能等级|取得时间|职称", "2019.08|高级工|2018.12|工程师"),
        ("发证时间|工种|证书级别|发证时间|职称名称|专业", "2019.08|电工|高级工|2018.12|工程师|机械"),
        ("批准时间|任职资格|获证日期|技能等级", "2018.12|工程师|2019.08|高级工"),
    ],
)
def test_a_date_between_two_credentials_is_of_neither_where_one_stands_before_the_first(headers: str, cells: str, tmp_path: Path) -> None:
    batch = read(tmp_path, ["姓名", "身份证号", "单位名称", *headers.split("|")], [*WHO, "示例厂", *cells.split("|")])
    assert sorted(held(batch)) == [("周试乙", "skill", 3, ""), ("周试乙", "title", 3, "")]
    assert "header_ambiguous" in codes(batch)


def test_a_date_behind_each_credential_is_its_own_though_the_id_card_has_one_too(tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "发证日期", "技能等级", "取得时间", "职称", "取得时间"]
    batch = read(tmp_path, headers, [*WHO, "2015.01", "高级工", "2019.08", "工程师", "2018.12"])
    assert sorted(held(batch)) == [("周试乙", "skill", 3, "2019-08"), ("周试乙", "title", 3, "2018-12")]


@pytest.mark.parametrize(
    ("title", "header", "cell"),
    [
        ("2025年职业技能等级认定报名表", "级别", "技师"),
        ("示例公司2025年度高级技师申报人员花名册", "等级", "一级"),
        ("第二批技师考评人员名单", "技能等级", "二级/技师"),
        ("推荐申报工程师人员一览表", "职称", "工程师"),
        ("拟评审高级工程师人员名单", "职称", "高级工程师"),
    ],
)
def test_what_a_list_of_applicants_calls_a_level_may_be_applied_for(title: str, header: str, cell: str, tmp_path: Path) -> None:
    batch = read(tmp_path, [title], ["姓名", "身份证号", "单位名称", "职业（工种）", header], [*WHO, "示例厂", "电工", cell])
    assert held(batch) == [] and "header_ambiguous" in codes(batch)
    assert batch.unread["field"].tolist() == ["title" if header == "职称" else "skill"]


@pytest.mark.parametrize(
    ("title", "headers", "cells"),
    [
        ("取得高级技师资格人员名单", "等级", "一级"),
        ("示例公司高级技师花名册", "等级", "一级"),
        ("示例公司2025年度技师申报人员花名册", "技能等级", "高级工"),
        ("示例公司2025年度技师申报人员花名册", "技能等级|取得时间", "技师|2019.08"),
        ("2025年职业技能等级认定报名表", "现技能等级", "高级工"),
    ],
)
def test_a_level_with_its_date_or_below_what_is_applied_for_is_held(title: str, headers: str, cells: str, tmp_path: Path) -> None:
    names = ["姓名", "身份证号", "单位名称", "职业（工种）", *headers.split("|")]
    assert len(held(read(tmp_path, [title], names, [*WHO, "示例厂", "电工", *cells.split("|")]))) == 1


@pytest.mark.parametrize("headers", ["2020年技能等级|2025年技能等级|取得时间", "早年技能等级|近年技能等级|评定", "甲|乙|取得时间"])
def test_who_stands_below_headers_that_are_not_known_is_no_header(headers: str, tmp_path: Path) -> None:
    rows = [["姓名", "身份证号", *headers.split("|"), "职称", "职称取得时间"], [*WHO, "中级工", "高级工", "2023.08", "工程师", "2018.12"]]
    batch = read(tmp_path, *rows)
    assert batch.rows["name"].tolist() == ["周试乙"] and ("周试乙", "title", 3, "2018-12") in held(batch)


@pytest.mark.parametrize(
    "row",
    [
        ["2人", "", "其中：", "高级工1人"],
        ["3名", "示例厂", "高级工2名", "技师1名"],
        ["待定", "", "", ""],
        ["（空岗）", "", "技师", ""],
        ["待招聘", "", "高级工", ""],
    ],
)
def test_a_count_or_a_vacancy_in_place_of_a_name_is_nobody(row: list[object], tmp_path: Path) -> None:
    batch = read(tmp_path, PLAIN, [*WHO, "高级工", "2019.08"], [*OTHER, "技师", "2019.08"], row)
    assert batch.rows["name"].tolist() == ["周试乙", "吴试乙"]


@pytest.mark.parametrize(
    "header",
    [
        ["序号", "姓名", "离岗时间", "原单位", "原技能等级"],
        ["序号", "姓名", "手机", "职务", "邮箱"],
        ["编号", "姓名", "培训班名称", "成绩", "学时"],
    ],
)
def test_a_table_below_that_is_no_roster_is_not_read_by_the_headers_above(header: list[object], tmp_path: Path) -> None:
    headers = ["序号", "姓名", "身份证号", "单位名称", "技能等级", "取得时间"]
    below = ["1", "孙试福", "2024.03", "示例厂", "高级技师"]
    batch = read(tmp_path, headers, ["1", *WHO, "示例厂", "高级工", "2019.08"], [], ["附：另表"], header, below)
    assert batch.rows["name"].tolist() == ["周试乙"]
    assert batch.findings.loc[batch.findings["code"] == "table_not_roster", "row"].tolist() == [5]


@pytest.mark.parametrize(
    ("headers", "right"),
    [
        (["代码", "技能等级"], [["1", "高级技师"], ["2", "技师"], ["3", "高级工"]]),
        (["单位名称", "人数"], [["一分厂", 12]]),
        (["技能等级", "合计"], [["高级工", 1], ["技师", 1], ["共", 2], ["", 0]]),
    ],
)
def test_codes_and_counts_beside_the_people_are_nobodys(headers: list[object], right: list[list[object]], tmp_path: Path) -> None:
    left = [[*WHO, "高级工", "2019.08"], [*OTHER, "技师", "2020.06"]]
    rows = [[*(left[at] if at < 2 else [""] * 4), "", *(right[at] if at < len(right) else [])] for at in range(max(2, len(right)))]
    batch = read(tmp_path, [*PLAIN, "", *headers], *rows)
    assert held(batch) == [("周试乙", "skill", 3, "2019-08"), ("吴试乙", "skill", 4, "2020-06")]
    assert batch.rows["unit"].isna().all() and "column_beside" in codes(batch)


def test_further_certificates_behind_a_blank_column_are_read(tmp_path: Path) -> None:
    headers = [*PLAIN, "", "技能等级", "取得时间"]
    batch = read(tmp_path, headers, [*WHO, "高级工", "2019.08", "", "技师", "2022.08"], [*OTHER, "技师", "2020.06"])
    assert ("周试乙", "skill", 4, "2022-08") in held(batch) and len(held(batch)) == 3


@pytest.mark.parametrize(
    "row", [["", "身份证号", "取得时间", ""], ["", "填报：孙某", "审核：李某", "2025年"], ["", "分管领导：钱某", "日期", ""]]
)
def test_a_header_or_a_label_in_place_of_a_name_is_nobody(row: list[object], tmp_path: Path) -> None:
    headers = ["序号", "姓名", "技能等级", "技能等级取得时间"]
    batch = read(tmp_path, headers, ["1", "周试乙", "高级工", "2019.08"], ["2", "吴试乙", "技师", "2019.08"], row)
    assert batch.rows["name"].tolist() == ["周试乙", "吴试乙"]


def test_a_header_below_that_shares_columns_with_the_one_above_heads_another_table(tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "单位名称", "技能等级", "取得时间"]
    rows = [
        [*WHO, "示例厂", "高级工", "2019.08"],
        ["姓名", "身份证号", "单位名称", "家属姓名", "联系电话"],
        [*OTHER, "示例厂", "孙试福", "138"],
    ]
    batch = read(tmp_path, headers, *rows)
    assert batch.rows["name"].tolist() == ["周试乙"] and "table_not_roster" in codes(batch)


def test_a_sheet_of_people_without_a_header_is_told(tmp_path: Path) -> None:
    sheets = {"名册": [PLAIN, [*WHO, "高级工", "2019.08"]], "续": [["2", "吴试乙", "", "示例厂", "技师", "2020.06"]], "字": [["1", "技师"]]}
    batch = read_batch([workbook(tmp_path / "a.xlsx", sheets)], b"key")
    assert batch.findings.loc[batch.findings["code"] == "sheet_not_roster", "sheet"].tolist() == ["续"]


@pytest.mark.parametrize("issuer", ["沈阳市职业技能鉴定中心", "省职称评审中心", "认定中级工程师评委会"])
def test_who_issued_a_certificate_says_nothing_against_it(issuer: str, tmp_path: Path) -> None:
    batch = read(tmp_path, [*PLAIN, "发证单位"], [*WHO, "高级工", "2019.08", issuer])
    assert held(batch) == [("周试乙", "skill", 3, "2019-08")]


@pytest.mark.parametrize(
    ("headers", "cells", "expected"),
    [
        ("中级工取得时间|高级工取得时间|技师取得时间", "2010.05|2019.08|", [("skill", 2, "2010-05"), ("skill", 3, "2019-08")]),
        ("高级工发证日期|技师发证日期", "2019.08|2022.08", [("skill", 3, "2019-08"), ("skill", 4, "2022-08")]),
        (
            "中级工取得时间|高级工取得时间|工程师取得时间",
            "2010.05||2018.12",
            [("skill", 2, "2010-05")],
        ),  # no column of titles: nothing is told
    ],
)
def test_dates_headed_by_levels_are_the_levels_where_no_column_tells_them(
    headers: str, cells: str, expected: list[tuple[object, ...]], tmp_path: Path
) -> None:
    batch = read(tmp_path, ["姓名", "身份证号", "单位名称", *headers.split("|")], [*WHO, "示例厂", *cells.split("|")])
    assert sorted(one[1:] for one in held(batch)) == expected


def test_how_a_credential_was_come_by_does_not_part_it_from_its_date(tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "职称", "取得方式", "取得时间", "技能等级", "获得途径", "取得时间"]
    batch = read(tmp_path, headers, [*WHO, "工程师", "评审", "2018.12", "高级工", "鉴定", "2019.08"])
    assert sorted(held(batch)) == [("周试乙", "skill", 3, "2019-08"), ("周试乙", "title", 3, "2018-12")]


@pytest.mark.parametrize(
    "headers",
    [
        "员工.姓名|员工.身份证号码|技能信息-技能等级|技能信息-取得时间|职称信息-职称名称|职称信息-评定时间",
        "基本信息_姓名|基本信息_身份证号|职业资格.等级|职业资格.获得日期|专业技术职务.专业技术职务名称|专业技术职务.评定日期",
        "A0101姓名|A0184身份证号码|C0301职业技能等级|C0302取得时间|A0601专业技术任职资格|A0604取得资格日期",
    ],
)
def test_headers_as_systems_export_them_are_read(headers: str, tmp_path: Path) -> None:
    batch = read(tmp_path, headers.split("|"), [*WHO, "高级工", "2019.08", "工程师", "2018.12"])
    assert sorted(held(batch)) == [("周试乙", "skill", 3, "2019-08"), ("周试乙", "title", 3, "2018-12")]


@pytest.mark.parametrize("header", ["外语-等级", "计算机.等级", "CET6级别", "拟申报-级别", "师傅-技能等级", "荣誉.级别"])
def test_a_level_in_a_system_table_of_another_matter_is_none(header: str, tmp_path: Path) -> None:
    batch = read(
        tmp_path,
        ["员工.姓名", "身份证号", "单位名称", "岗位类别", header, "职称", "职称取得时间"],
        [*WHO, "示例厂", "技能岗位", "二级", "", ""],
    )
    assert held(batch) == []


@pytest.mark.parametrize(
    "group",
    [
        "技能竞赛",
        "职业技能大赛",
        "技能培训",
        "技能津贴",
        "技能大师工作室",
        "职称外语",
        "职称计算机考试",
        "执业证书",
        "技能提升计划",
        "技能岗位",
    ],
)
def test_a_level_in_a_group_of_what_comes_beside_a_credential_is_none(group: str, tmp_path: Path) -> None:
    rows = [
        ["姓名", "身份证号", "单位名称", "岗位类别", group, "", "", "职称", "职称取得时间"],
        ["", "", "", "", "名称", "等级", "时间", "", ""],
    ]
    path = tmp_path / "a.xlsx"
    with Workbook(str(path)) as book:
        page = book.add_worksheet()
        for at, row in enumerate([*rows, [*WHO, "示例厂", "技能岗位", "电工", "二级", "2022.06", "", ""]]):
            page.write_row(at, 0, row)
        page.merge_range(0, 4, 0, 6, group)
    assert held(read_batch([path], b"key")) == []


@pytest.mark.parametrize("group", ["技能等级", "职业技能等级及培训情况", "技能证书"])
def test_a_level_in_its_own_group_is_held(group: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["姓名", "身份证号", "单位名称", "岗位类别"])
        page.write_row(1, 0, ["", "", "", "", "工种", "技能等级", "取得时间"])
        page.write_row(2, 0, [*WHO, "示例厂", "技能岗位", "电工", "二级", "2022.06"])
        page.merge_range(0, 4, 0, 6, group)
    assert held(read_batch([path], b"key")) == [("周试乙", "skill", 4, "2022-06")]


@pytest.mark.parametrize(
    ("groups", "headers", "cells", "expected"),
    [
        (
            "|技能证书|||专业技术资格|",
            "名称|等级|取得时间|名称|级别|取得时间",
            "钳工|技师|2019.05|工程师|中级|2018.06",
            [("skill", 4, "2019-05"), ("title", 3, "2018-06")],
        ),
        (
            "|技能证书|||职称|",
            "等级|发证日期|编号|名称|取得时间|编号",
            "技师|2019.05|1|工程师|2018.06|2",
            [("skill", 4, "2019-05"), ("title", 3, "2018-06")],
        ),
        ("||职业资格||", "工种|级别|发证日期|编号|机构", "钳工|高级工|2019.05|1|示例院", [("skill", 3, "2019-05")]),
    ],
)
def test_a_group_written_over_the_middle_of_its_columns_is_that_of_all_of_them(
    groups: str, headers: str, cells: str, expected: list[tuple[object, ...]], tmp_path: Path
) -> None:
    rows = [["序号", "姓名", "身份证号", *groups.split("|")], ["", "", "", *headers.split("|")], [1, *WHO, *cells.split("|")], [2, *OTHER]]
    assert sorted(one[1:] for one in held(read(tmp_path, *rows))) == expected


def test_a_group_over_the_middle_whose_end_nobody_can_tell_is_that_of_no_other_column(tmp_path: Path) -> None:
    groups, headers = ["", "技能证书", "", "", "", "职称", ""], ["工种", "等级", "取得时间", "名称", "级别", "评定时间", "编号"]
    batch = read(
        tmp_path,
        ["序号", "姓名", "身份证号", *groups],
        ["", "", "", *headers],
        [1, *WHO, "钳工", "技师", "2019.05", "资料员", "中级", "2018.06", "2"],
    )
    written = set(batch.columns["header"]) | set(batch.findings["header"])
    assert not written & {"技能证书/名称", "技能证书/级别", "职称/名称", "职称/级别"}
    assert {"名称", "级别"} <= set(batch.findings.loc[batch.findings["code"].isin(["header_unknown", "header_ambiguous"]), "header"])


@pytest.mark.parametrize("mark", ["√", "●", "■", "V", 1, "1", "已获得"])
def test_a_mark_below_a_level_says_that_it_is_held(mark: object, tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "单位名称", "高级工", "技师", "高级技师"]
    batch = read(tmp_path, headers, [*WHO, "示例厂", mark, "", ""], [*OTHER, "示例厂", "", mark, ""])
    assert held(batch) == [("周试乙", "skill", 3, ""), ("吴试乙", "skill", 4, "")]


@pytest.mark.parametrize("mark", ["×", "○", 0, "?", "否", "☒"])
def test_another_mark_below_a_level_gives_none(mark: object, tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "单位名称", "高级工", "技师", "高级技师"]
    batch = read(tmp_path, headers, [*WHO, "示例厂", "√", mark, ""], [*OTHER, "示例厂", "√", "√", ""])
    assert ("周试乙", "skill", 4, "") not in held(batch)


def test_the_highest_of_repeated_columns_is_the_present_one(tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "单位名称", *["等级", "时间"] * 3, *["职称", "取得时间"] * 2]
    cells = ["高级工", "2010.05", "技师", "2015.05", "高级技师", "2019.05", "助理工程师", "2012.05", "工程师", "2018.05"]
    workbook(tmp_path / "in" / "a.xlsx", {"花名册": [headers, [*WHO, "示例厂", *cells]]})
    (tmp_path / "out").mkdir()
    store_audit(tmp_path / "in", tmp_path / "out", load("liaoning-2019-2"))
    (person,) = pd.read_parquet(tmp_path / "out" / "data" / "persons.parquet").to_dict("records")
    assert (person["skill_level"], person["title"]) == ("一级/高级技师", "工程师")


@pytest.mark.parametrize("header", ["等级/职称", "职称或等级", "级别、职称", "专业技术职称/等级"])
def test_levels_beside_titles_below_a_header_of_both_are_levels(header: str, tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "单位名称", header, "取得时间"]
    batch = read(tmp_path, headers, [*WHO, "示例厂", "技师", "2019.05"], [*OTHER, "示例厂", "工程师", "2018.05"])
    assert held(batch) == [("周试乙", "skill", 4, "2019-05"), ("吴试乙", "title", 3, "2018-05")]


def test_titles_and_grades_alone_below_a_header_of_both_are_titles(tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "单位名称", "职称/等级", "取得时间"]
    batch = read(tmp_path, headers, [*WHO, "示例厂", "中级", "2019.05"], [*OTHER, "示例厂", "工程师", "2018.05"])
    assert held(batch) == [("周试乙", "title", 3, "2019-05"), ("吴试乙", "title", 3, "2018-05")]
