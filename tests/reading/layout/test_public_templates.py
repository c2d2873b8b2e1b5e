"""Layouts of templates and exports that are really used: application lists, personnel systems, registers of certificates; with made-up people."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from guantong.schemas.reading.batch import Batch, read_batch
from tests.reading.layout.test_headers_in_the_field import columns
from tests.support.workbooks import workbook

ONE, TWO = ["周试乙", "210102198503120412"], ["吴试乙", "210102198503120439"]


def read(path: Path, *rows: list[object]) -> Batch:
    width = max(map(len, rows))
    return read_batch([workbook(path / "a.xlsx", {"Sheet1": [[*row, *[""] * (width - len(row))] for row in rows]})], b"key")


@pytest.mark.parametrize(
    "group", ["申报专业技术职务", "申报专业技术资格", "拟推荐专业技术职务", "推荐申报职称", "破格申报职称", "目标职称", "拟评审职称"]
)
@pytest.mark.parametrize("own", ["名称", "级别", "专业技术职务", "职称"])
def test_what_stands_in_a_group_of_what_is_applied_for_is_never_held(group: str, own: str) -> None:
    names = columns(f"姓名|身份证号|现任专业技术职务/名称|现任专业技术职务/取得时间|{group}/{own}|{group}/专业").split("|")
    assert names[2:4] == ["title", "title_date"]
    assert names[4] in ("claimed_title", "unknown") and names[5] == "unknown"


@pytest.mark.parametrize("group", ["申报技能等级", "报考等级", "拟认定技能等级", "鉴定申报"])
@pytest.mark.parametrize("own", ["等级", "级别", "技能等级"])
def test_a_level_in_a_group_of_what_is_applied_for_is_never_held(group: str, own: str) -> None:
    names = columns(f"姓名|身份证号|技能等级/名称|技能等级/取得时间|{group}/职业（工种）|{group}/{own}").split("|")
    assert names[2:4] == ["skill", "skill_date"] and names[5] in ("claimed_skill", "unknown", "ambiguous")


@pytest.mark.parametrize("headers", ["申报人情况/职称", "现职称及申报情况/名称", "申报前职称/名称", "申报专业技术职务/现职称"])
def test_what_is_held_in_a_group_that_speaks_of_applying_too_is_held(headers: str) -> None:
    assert columns(f"姓名|身份证号|{headers}").split("|")[2] == "title"


def test_groups_centred_across_their_columns_below_a_merged_title_hold_for_them(tmp_path: Path) -> None:
    """As Excel's 跨列居中 leaves them: the title is merged, the groups are not."""
    book = Workbook()
    sheet = book.active
    sheet.append(["2025年度申报人员情况一览表"])
    sheet.merge_cells("A1:H1")
    sheet.append(["序号", "姓名", "身份证号", "现任专业技术职务", "", "", "申报专业技术职务", ""])
    sheet.append(["", "", "", "名称", "取得时间", "聘任时间", "名称", "专业"])
    sheet.append([1, *ONE, "工程师", "2014.12", "2015.01", "高级工程师", "机械"])
    book.save(tmp_path / "a.xlsx")
    batch = read_batch([tmp_path / "a.xlsx"], b"key")
    assert [(one["word"], str(one["day_lo"])[:7]) for one in batch.credentials.to_pylist()] == [("工程师", "2014-12")]
    assert batch.rows["claimed_title"].tolist() == ["高级工程师"]


LEVEL = ["姓名", "身份证号", "技能等级", "取得时间", "在岗状态"]


@pytest.mark.parametrize(
    "title", ["专业技术人员花名册", "高技能人才信息统计表", "技术工人名册", "专业技术人员情况一览表", "一般管理人员名册"]
)
def test_whom_a_list_says_it_lists_does_not_tell_on_what_kind_of_post_they_are(title: str, tmp_path: Path) -> None:
    batch = read(tmp_path, [title], LEVEL, [*ONE, "技师", "2018-06", "在岗"])
    assert batch.rows["post"].isna().all()
    assert "facts_from_section" not in set(batch.findings["code"])


def test_a_section_of_a_kind_of_people_tells_that_and_one_of_posts_the_post(tmp_path: Path) -> None:
    batch = read(
        tmp_path, LEVEL, ["一、专业技术人员"], [*ONE, "技师", "2018-06", "在岗"], ["二、管理岗位（1人）"], [*TWO, "技师", "2018-06", "在岗"]
    )
    assert batch.rows["person_category"].tolist()[:1] == ["专业技术人员"]
    assert batch.rows["post"].fillna("").tolist() == ["", "管理岗位"]


@pytest.mark.parametrize(
    ("headers", "cells"),
    [
        ("在职|在岗|返聘", "否|否|是"),
        ("在职|在岗", "是|否"),
        ("在岗标志", "0"),
        ("退休标志", "1"),
        ("离退休", "√"),
        ("返聘人员", "是"),
    ],
)
def test_a_flag_that_says_that_somebody_has_left_makes_his_state_unknown(headers: str, cells: str, tmp_path: Path) -> None:
    batch = read(tmp_path, [*LEVEL[:4], *headers.split("|")], [*ONE, "技师", "2018-06", *cells.split("|")])
    assert batch.rows["service"].isna().all() and "state_contradicted" in set(batch.findings["code"])


@pytest.mark.parametrize(("headers", "cells"), [("在职|在岗|返聘", "是|是|否"), ("退休标志", "0"), ("学历/全日制|学历/在职", "大专|无")])
def test_a_flag_that_says_nothing_of_leaving_leaves_the_state_as_it_is(headers: str, cells: str, tmp_path: Path) -> None:
    above, own = zip(*(["", *header.split("/")][-2:] for header in headers.split("|")))
    batch = read(tmp_path, [*[""] * 4, *above], [*LEVEL[:4], *own], [*ONE, "技师", "2018-06", *cells.split("|")])
    assert "state_contradicted" not in set(batch.findings["code"])


def test_the_day_of_离退休_is_that_of_leaving(tmp_path: Path) -> None:
    batch = read(tmp_path, [*LEVEL[:4], "离退休日期"], [*ONE, "技师", "2018-06", "2025-06-30"], [*TWO, "技师", "2018-06", ""])
    assert batch.rows["service"].tolist()[0] == "退休"


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        (
            "姓名|证件号码|证书编号|职业名称|工种/职业方向|职业技能等级|证书类型|发证日期|评价机构|证书状态",
            "skill|unknown|skill_date|unknown|credential_state",
        ),
        ("姓名|证件号码|职业|等级|理论成绩|综合评审|评定成绩|证书编号|发证日期", "unknown|unknown|unknown|skill_certificate|skill_date"),
        ("姓名|身份证号|职称|职称级别|是否最高职称|职称证书编号", "title|title|unknown|title_certificate"),
        ("姓名|身份证号|技能等级|是否现最高技能等级", "skill|unknown"),
        ("姓名|身份证号|最高职称|最高职称取得时间|中级职称取得时间|副高职称取得时间", "title_date|title_3_date|title_4_date"),
        ("姓名|身份证号|现任专业技术职务/职务|现任专业技术职务/级别|现任专业技术职务/取得时间", "title|title|title_date"),
        ("姓名|身份证号|报名条件|鉴定工种|鉴定等级|是否补考", "claimed_skill|unknown"),
        ("报名点|姓名|身份证号|职业(工种)|级别|考生来源", "skill|unknown"),
        ("姓名|身份证号|技能等级|取得时间|拟申报职称|符合申报条件", "skill|skill_date|claimed_title|unknown"),
    ],
)
def test_columns_of_registers_and_exports(headers: str, read: str) -> None:
    assert columns(headers).endswith(read)


def test_the_level_of_who_registers_for_an_examination_may_be_the_one_applied_for(tmp_path: Path) -> None:
    batch = read(tmp_path, ["报名点", "姓名", "身份证号", "职业(工种)", "级别", "考生来源"], ["沈阳", *ONE, "电工", "二级", "企业"])
    assert batch.credentials.num_rows == 0 and "header_ambiguous" in set(batch.findings["code"])


def test_a_list_that_tells_no_level_but_those_applied_for_is_no_form(tmp_path: Path) -> None:
    batch = read(tmp_path, ["姓名", "性别", "身份证号", "报名条件", "鉴定工种", "鉴定等级"], [ONE[0], "男", ONE[1], "符合", "电工", "技师"])
    assert batch.files["reason"].tolist() == ["no_roster_sheet"]


def test_a_certificate_that_is_not_the_highest_of_a_person_stands(tmp_path: Path) -> None:
    header = ["姓名", "身份证号", "技能等级", "技能等级取得时间", "是否最高技能"]
    batch = read(tmp_path, header, [*ONE, "高级工", "2015-06", "否"], [*ONE, "技师", "2020-06", "是"])
    assert sorted(one["rank_lo"] for one in batch.credentials.to_pylist() if one["pid"] == batch.rows["pid"][0]) == [3, 4]
    assert "credential_contradicted" not in set(batch.findings["code"])


def test_职务_beside_岗位_contradicts_nothing(tmp_path: Path) -> None:
    batch = read(tmp_path, [*LEVEL, "职务", "岗位"], [*ONE, "技师", "2018-06", "在岗", "班长", "继电保护员"])
    assert batch.rows["post_name"].tolist() == ["班长、继电保护员"] and "column_conflict" not in set(batch.findings["code"])


@pytest.mark.parametrize("header", ["岗位序列", "岗位分类-大类", "职位序列"])
def test_a_series_of_posts_tells_their_kind_where_its_words_do_and_no_other_column_does(header: str, tmp_path: Path) -> None:
    people = [*ONE, "技师", "2018-06", "在岗", "技能操作序列"], [*TWO, "技师", "2018-06", "在岗", "辅助序列"]
    batch = read(tmp_path, [*LEVEL, header], *people)
    assert batch.rows["post"].fillna("").tolist() == ["技能岗位", ""]
    batch = read(tmp_path, [*LEVEL, header, "岗位类别"], *([*one, "技能岗位"] for one in people))
    assert batch.rows["post"].tolist() == ["技能岗位", "技能岗位"]
    batch = read(tmp_path, [*LEVEL, header], [*ONE, "技师", "2018-06", "在岗", "3"])
    assert batch.rows["post"].isna().all() and "word_unreadable" not in set(batch.findings["code"])


@pytest.mark.parametrize(("header", "cell", "track"), [("技能等级", "技师", "skill"), ("职称", "工程师", "title")])
def test_names_numbers_and_levels_alone_are_a_roster_where_a_file_has_no_other(header: str, cell: str, track: str, tmp_path: Path) -> None:
    batch = read(tmp_path, ["姓名", "身份证号", header], [*ONE, cell])
    assert [one["track"] for one in batch.credentials.to_pylist()] == [track]


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ("姓名|身份证号|本工种技能等级|取得时间", "skill|skill_date"),
        ("姓名|身份证号|工种|工种技术等级", "occupation|skill"),
        ("姓名|身份证号|技能等级及工种", "id_number|skill"),
        ("姓名|身份证号|职业技能等级工种|技能等级", "occupation|skill"),
        (
            "姓名|身份证号|现从事工种|现持证书职业|现持证书等级|现持证书取得时间|申报职业|申报等级",
            "occupation#1|skill|skill_date|unknown|claimed_skill",
        ),
    ],
)
def test_a_level_is_read_where_its_header_names_the_trade_too(headers: str, read: str) -> None:
    assert columns(headers).endswith(read)


@pytest.mark.parametrize("between", [[], ["证书编号"]])
@pytest.mark.parametrize(("low", "high", "track"), [("高级工", "技师", "skill"), ("助理工程师", "工程师", "title")])
def test_levels_that_are_ticked_each_with_a_date_of_its_own_have_them(
    between: list[str], low: str, high: str, track: str, tmp_path: Path
) -> None:
    header = ["姓名", "身份证号", low, *between, "取得时间", high, *between, "取得时间"]
    number = ["Z1"] * len(between)
    batch = read(tmp_path, header, [*ONE, "√", *number, "2013-06", "√", *number, "2018-06"], [*TWO, "√", *number, "2014-06"])
    days = [(one["pid"], one["rank_lo"], str(one["day_lo"])[:7]) for one in batch.credentials.to_pylist()]
    lower, higher = sorted({rank for _, rank, _ in days})
    first, second = batch.rows["pid"]
    assert sorted(days) == [(first, lower, "2013-06"), (first, higher, "2018-06"), (second, lower, "2014-06")]
    assert {one["track"] for one in batch.credentials.to_pylist()} == {track}


def test_a_header_that_asks_for_a_listed_honour_is_answered(tmp_path: Path) -> None:
    header = [*LEVEL, "是否辽宁工匠", "是否获得全国技术能手", "是否申报辽宁工匠", "是否辽宁工匠提名"]
    batch = read(
        tmp_path,
        header,
        [*ONE, "技师", "2018-06", "在岗", "否", "是", "是", "是"],
        [*TWO, "技师", "2018-06", "在岗", "2021年", "否", "否", "否"],
    )
    assert list(zip(batch.honours["pid"], batch.honours["value"], strict=True)) == list(
        zip(batch.rows["pid"], ["全国技术能手", "辽宁工匠"], strict=True)
    )


OTHER_CERTIFICATES = [
    ("一级建造师", "一级"),
    ("二级建造师", "二级"),
    ("注册安全工程师", "中级"),
    ("经济师", "中级"),
    ("全国计算机等级考试", "二级"),
    ("大学英语", "四级"),
]


@pytest.mark.parametrize("headers", ["职业（工种）|级别|发证日期", "证书名称|证书等级|取得时间", "工种|技能等级|取得时间"])
@pytest.mark.parametrize("other", OTHER_CERTIFICATES, ids=lambda other: other[0])
def test_the_grade_of_a_certificate_of_another_kind_is_no_level(headers: str, other: tuple[str, str], tmp_path: Path) -> None:
    batch = read(tmp_path, ["姓名", "身份证号", *headers.split("|")], [*ONE, *other, "2018-06"], [*TWO, "电工", "二级", "2018-06"])
    assert [(one["pid"], one["rank_lo"]) for one in batch.credentials.to_pylist()] == [(batch.rows["pid"][1], 4)]
    assert "credential_contradicted" in set(batch.findings["code"])


@pytest.mark.parametrize("cells", ["现从事职业|经济师", "职业（工种）|人力资源管理师", "工种|消防设施操作员"])
def test_a_level_beside_an_occupation_or_what_somebody_works_as_stands(cells: str, tmp_path: Path) -> None:
    header, occupation = cells.split("|")
    batch = read(tmp_path, ["姓名", "身份证号", header, "技能等级", "取得时间"], [*ONE, occupation, "二级", "2018-06"])
    assert [one["rank_lo"] for one in batch.credentials.to_pylist()] == [4]


def test_a_level_that_is_named_stands_whatever_stands_beside_it(tmp_path: Path) -> None:
    batch = read(tmp_path, ["姓名", "身份证号", "工种", "技能等级", "取得时间"], [*ONE, "工程师", "二级/技师", "2018-06"])
    assert [one["rank_lo"] for one in batch.credentials.to_pylist()] == [4]


def test_a_column_of_certificates_that_holds_trades_tells_whose_the_level_beside_it_is(tmp_path: Path) -> None:
    header = ["姓名", "身份证号", "职业资格证书", "证书级别", "取得时间"]
    batch = read(tmp_path, header, [*ONE, "电工", "三级", "2016-12"], [*TWO, "二级建造师", "二级", "2016-12"])
    told = [(one["pid"], one["rank_lo"], str(one["day_lo"])[:7]) for one in batch.credentials.to_pylist()]
    assert told == [(batch.rows["pid"][0], 3, "2016-12")]


def test_the_trade_of_a_certificate_contradicts_no_other_one_that_somebody_works_in(tmp_path: Path) -> None:
    header = ["姓名", "身份证号", "工种", "职业技能等级证书", "级别", "发证时间"]
    batch = read(tmp_path, header, [*ONE, "焊工", "电工", "三级", "2016-12"])
    assert [(one["occupation"], one["rank_lo"]) for one in batch.credentials.to_pylist()] == [("电工", 3)]
    assert batch.rows["occupation"].tolist() == ["焊工"] and "column_conflict" not in set(batch.findings["code"])
