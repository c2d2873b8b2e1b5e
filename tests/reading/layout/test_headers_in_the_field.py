"""Headers as people write them, and columns that their place or their content tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from guantong.schemas.layout.columns.column_places import resolve_headers
from guantong.schemas.layout.columns.table_columns import Header
from guantong.schemas.layout.headers import header_text, recognise_header
from guantong.schemas.layout.preamble import facts_above
from guantong.schemas.reading.batch import Batch, read_batch
from tests.support.inprocess import audited_file
from tests.support.workbooks import people, workbook


def resolved(headers: str) -> list[Header]:
    """The headers of a table, written with | between columns and / between a group and what stands under it."""
    return resolve_headers([tuple(map(header_text, header.split("/"))) for header in headers.split("|")])


def columns(headers: str) -> str:
    return "|".join("+".join(header.names) or (header.problem or "").removeprefix("header_") for header in resolved(headers))


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ("专业技术职务|取得资格时间", "title|title_date"),
        ("专业技术职务|资格时间", "title|title_date"),
        ("专业技术资格|审批时间", "title|title_date"),
        ("职称|任职时间", "title|title_date"),
        ("职称|批准日期", "title|title_date+award_date"),
        ("职称|职称专业|证书编号|发证机关|发证日期", "title|title_subject|title_certificate|unknown|title_date"),
        ("职业工种|级别|发证日期|证书编号", "occupation|skill|skill_date|skill_certificate"),
        ("工种|鉴定等级|鉴定时间|技术职称|评定时间", "occupation|skill|skill_date|title|title_date"),
        ("持证情况/工种|持证情况/等级|持证情况/取证时间", "occupation|skill|skill_date"),
        ("职务|任职时间|职称|评审通过时间", "post_name|post_start|title|title_date+award_date"),
        ("职称|职称取得时间|批准时间", "title|title_date|award_date"),
        ("技能等级|评审时间", "skill|skill_date"),
        ("职称|评委会名称|文号|批准时间", "title|unknown|unknown|title_date+award_date"),
        ("学历|毕业院校|授予时间", "education|school|ambiguous"),
        ("技能等级|批准时间|职称|批准时间", "skill|skill_date|title|title_date"),
        ("职称|技能等级|评审时间|鉴定时间", "title|skill|title_date|skill_date"),
    ],
)
def test_a_header_that_says_too_little_is_of_the_credential_at_its_left(headers: str, read: str) -> None:
    assert columns(headers) == read


@pytest.mark.parametrize("written", ["{}▼", "【{}】", "{}？", "#{}", "_{}_", "|{}|", "{}↓", "■{}", "—{}—", "〈*{}〉", "[2.{}]", "{}√"])
def test_a_mark_or_bracket_around_a_header_is_no_part_of_it(written: str) -> None:
    headers = ["姓名", "身份证号", "技能等级", "取得时间", "职称", "取得时间", "2023年度考核", "是否一线岗位"]
    expected = "name|id_number|skill|skill_date|title|title_date|assessment_2023|frontline"
    assert columns("|".join(written.replace("|", "｜").format(header) for header in headers)) == expected


@pytest.mark.parametrize(
    "note", ["请如实填写", "下拉选择", "文本格式", "附复印件", "必填*", "必填项", "没有填“无”", "附证明材料", "优秀、合格、不合格，单选"]
)
def test_a_note_on_how_to_fill_in_a_year_is_no_part_of_its_header(note: str) -> None:
    assert columns(f"2023年度考核（{note}）|近三年年度考核\n（{note}）") == "assessment_2023|recent_grades"


@pytest.mark.parametrize("note", ["安全", "班组", "技能", "含试用期", "原单位", "转正"])
def test_a_note_that_says_what_else_was_assessed_leaves_no_year(note: str) -> None:
    assert columns(f"2023年度考核（{note}）") == "unknown"


@pytest.mark.parametrize(
    ("headers", "readings"),
    [
        ("技能等级|职称|取得时间", "职称取得时间，或技能等级取得时间"),
        ("身份证号|发证日期|技能等级", "身份证的日期，或技能等级取得时间"),
        ("技能等级|驾驶证|发证日期", "“驾驶证”的时间，或技能等级取得时间"),
        ("技能等级|荣誉称号|授予时间", "荣誉的授予时间，或技能等级取得时间"),
        ("职称|取得时间|发证日期", "职称取得时间，或该证书的另一日期"),
        ("姓名|状态", "在岗状态，或账号、审核等的状态"),
        ("姓名|技能等级|配偶姓名|职称", "本人的职称，或配偶的职称"),
        ("姓名|职称|师傅|工号|技能等级", "本人的技能等级，或师傅的技能等级"),
        ("姓名|技能等级|带教老师|职称", "本人的职称，或带教的职称"),
    ],
)
def test_an_ambiguous_header_names_both_readings_and_is_not_read(headers: str, readings: str) -> None:
    (header,) = (one for one in resolved(headers) if one.problem == "header_ambiguous")
    assert (header.names, header.problem, header.detail) == ((), "header_ambiguous", readings)


def test_behind_the_details_of_somebody_else_a_column_is_of_the_person_again() -> None:
    assert columns("姓名|推荐人|职称|备注|技能等级|技能等级取得时间") == "name|unknown|ambiguous|remark|skill|skill_date"
    assert columns("姓名|配偶/姓名|配偶/工作单位|本人/职称") == "name|unknown|unknown|title"


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ("职称|职称聘任时间", "title|appointed"),
        ("技术职称|首次聘任日期|取得时间", "title|appointed|title_date"),
        ("专业技术资格|取得时间|专业技术职务|聘任时间", "title|title_date|appointed|appointed"),
        ("现任专业技术职务|现任专业技术职务任职时间|任职资格|资格取得时间", "appointed|appointed|title|title_date"),
        ("专业技术职务/名称|专业技术职务/取得资格时间|专业技术职务/聘任时间", "title|title_date|appointed"),
        ("聘任情况/职称|聘任情况/时间", "appointed|appointed"),
    ],
)
def test_an_appointment_is_no_qualification(headers: str, read: str) -> None:
    assert columns(headers) == read


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ("职称|申报系列|申报专业|申报级别|专业技术资格|审核意见", "title|unknown|unknown|unknown|claimed_title|unknown"),
        ("申报专业|申报职称|现职称|取得时间", "unknown|claimed_title|title|title_date"),
        ("申报职业|申报工种|申报等级|技能等级|取得时间", "unknown|unknown|claimed_skill|skill|skill_date"),
        ("拟申报职称|职称|取得时间", "claimed_title|title|title_date"),
        ("申报单位|申报人姓名|职称", "unit|name|title"),
        ("申报系列|申报级别|职称|取得时间", "unknown|claimed_title|title|title_date"),
    ],
)
def test_what_stands_in_a_block_of_claims_is_claimed(headers: str, read: str) -> None:
    assert columns(headers) == read


def test_a_title_behind_a_claim_that_may_be_either_is_unknown_and_told() -> None:
    *_, header = resolved("申报系列|申报级别|专业技术资格")
    assert (header.names, header.unsure, header.detail) == (("title",), True, "已取得的职称，或正在申报的职称")


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        (
            "职业资格证书（一）/工种|职业资格证书（一）/等级|职业资格证书（一）/取得时间|职业资格证书（二）/工种|职业资格证书（二）/等级|职业资格证书（二）/取得时间",
            "occupation#1|skill|skill_date|occupation#2|skill#2|skill_date#2",
        ),
        ("职业（工种）资格1|职业（工种）资格1等级|职业（工种）资格2|职业（工种）资格2等级", "skill|skill|skill#2|skill#2"),
        ("技能等级①|取得时间①|技能等级②|取得时间②", "skill|skill_date|skill#2|skill_date#2"),
        ("工种|等级|取得时间|工种|等级|取得时间", "occupation#1|skill|skill_date|occupation#2|skill#2|skill_date#2"),
        ("职称|取得时间|第二职称|第二职称取得时间", "title|title_date|title#2|title_date#2"),
        ("职称|职称级别|取得时间", "title|title|title_date"),
        ("技能等级|取得时间|职业资格", "skill|skill_date|skill"),
        ("单位（3）|职称（4）|职称级别（5）|取得时间（6）", "unit|title|title|title_date"),
        ("第一学历/学历|第二学历/学历", "education|unknown"),
    ],
)
def test_numbered_and_repeated_groups_are_a_list_of_credentials(headers: str, read: str) -> None:
    assert columns(headers) == read


@pytest.mark.parametrize(
    ("header", "column"),
    [
        *((text, "name") for text in ("姓名 Name", "姓名\nName", "Name 姓名", "姓名（Name）", "1.姓名", "2、姓名", "③姓名", "五、姓名", "A.姓名", "* 姓名 Name *", "1.2 姓名")),
        *((text, "skill") for text in ("技能等级 Skill Level", "（5）技能等级", "工人技能等级", "证书等级 Grade", "技能鉴定等级")),
        *((text, None) for text in ("CAD 技能等级", "IT技能等级", "技能等级津贴", "职称外语级别", "岗位等级", "是否最高职称")),
        *((text, "title") for text in ("干部技术职称", "现任专业技术职务", "现有任职资格", "专业技术职称级别", "职称及取得时间")),
        *((text, "title_series") for text in ("职称序列", "专业技术资格序列", "任职资格所属系列")),
        *((text, "title_date") for text in ("职称获得时间", "评定职称时间", "专业技术确认时间", "任职资格取得时间", "现职称级别取得年份")),
        ("2023年度考核 Annual Appraisal 2023", "assessment_2023"),
        ("3年考核", None),
        ("18位身份证号", "id_number"),
    ],
)  # fmt: skip
def test_a_header_is_known_by_its_words_in_two_languages_and_numbered(header: str, column: str | None) -> None:
    (found,) = resolve_headers([(header_text(header),)])
    assert found.name == column


@pytest.mark.parametrize(
    "header",
    ["2022年竞赛考核", "2022年职称考核", "2022年技师考评", "2022年是否参加考核", "2022年月度考核", "2022年出勤考核", "2022年QC考核", "继续教育|2022年考核", "安环|2022年考核"],
)  # fmt: skip
def test_another_matter_of_a_year_is_no_yearly_assessment(header: str) -> None:
    assert recognise_header(tuple(map(header_text, header.split("|")))) is None


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("单位：人", None),
        ("技能人员统计表（单位：人、万元）", None),
        ("主管单位：某省国资委", None),
        ("计量单位：人", None),
        ("发证单位：某人社局", None),
        ("单位（盖章）：     填报日期：2025年6月", None),
        ("单位：样本机械厂2025年6月", "样本机械厂"),
        ("单位：样本机械厂２０２５年６月", "样本机械厂"),
        ("技能⼈员统计表（单位：⼈）", None),
        ("单位：样本机械厂二〇二五年六月", "样本机械厂"),
        ("填报单位（公章）：样本机械厂填报人：某某", "样本机械厂"),
        ("制表单位：样本集团人力资源部　　　单位：样本机械厂", "样本机械厂"),
        ("单 位 名 称：样本机械厂（2025年度）", "样本机械厂"),
        ("单位：3201厂", "3201厂"),
    ],
)
def test_only_the_reporting_unit_is_the_unit(line: str, unit: str | None) -> None:
    assert facts_above([["技能人员花名册"], [line]]).get("unit") == unit


def read(tmp_path: Path, headers: list[str], *rows: list[object], sheet: str = "花名册") -> Batch:
    return read_batch([workbook(tmp_path / "a.xlsx", {sheet: [headers, *rows]})], b"key")


def held(found: Batch) -> list[list[tuple[object, ...]]]:
    """Of each person the credentials: rank, occupation, first day."""
    credentials = found.credentials.to_pylist()
    return [
        [(one["rank_hi"], one["occupation"], one["day_lo"] and str(one["day_lo"])) for one in credentials if one["pid"] == pid]
        for pid in found.rows["pid"]
    ]


def test_each_certificate_of_a_row_has_its_own_level_day_and_occupation(tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "单位名称", "工种1", "等级1", "取得时间1", "工种2", "等级2", "取得时间2"]
    found = read(
        tmp_path,
        headers,
        ["甄示一", "", "样本厂", "电工", "高级工", "2015-06-01", "焊工", "技师", "2020-06-01"],
        ["甄示二", "", "样本厂", "", "", "", "焊 工", "三级", "2019-06-01"],
        ["甄示三", "", "样本厂", "电工", "高级工", "2015-06-01", "焊工", "看不清", ""],
    )
    assert held(found) == [[(4, "焊工", "2020-06-01"), (3, "电工", "2015-06-01")], [(3, "焊工", "2019-06-01")], [(3, "电工", "2015-06-01")]]
    assert found.unread.values.tolist() == [[2, "skill"]]
    assert found.findings[["code", "row", "column", "field"]].dropna().values.tolist() == [["skill_unreadable", 4, "H", "skill"]]


def test_the_name_of_a_certificate_is_its_occupation_where_its_cells_are(tmp_path: Path) -> None:
    groups = ["", "", "", "证书1", "", "证书2", ""]
    headers = ["姓名", "身份证号", "单位名称", "名称", "等级", "名称", "等级"]
    found = read(tmp_path, groups, headers, ["甄示一", "", "样本厂", "电工", "高级工", "焊工", "技师"])
    assert held(found) == [[(4, "焊工", None), (3, "电工", None)]]
    found = read(tmp_path, groups, headers, ["甄示一", "", "样本厂", "职业资格证书", "高级工", "电工", "技师"])
    assert [one[:2] for one in held(found)[0]] == [(4, "电工"), (3, None)]


@pytest.mark.parametrize(
    ("left", "cell", "told"),
    [
        ("计算机证书名称", "二级", "技能等级，或“计算机证书名称”的等级"),
        ("备注", "二级", "技能等级，或其他证书的等级"),
        ("备注", "高级工", None),
        ("工种", "三级", None),
    ],
)
def test_the_level_of_a_certificate_is_a_skill_level_where_cells_or_occupations_say_so(
    left: str, cell: str, told: str | None, tmp_path: Path
) -> None:
    found = read(tmp_path, ["姓名", "身份证号", "单位名称", "职称", left, "证书等级"], ["甄示一", "", "样本厂", "无", "电工", cell])
    assert len(held(found)[0]) == (0 if told else 1)
    assert told in {None, *found.findings["detail"]}


def test_the_level_of_a_certificate_that_may_be_of_either_track_is_ambiguous(tmp_path: Path) -> None:
    found = read(tmp_path, ["姓名", "身份证号", "单位名称", "职称", "备注", "证书级别"], ["甄示一", "", "样本厂", "工程师", "", "中级"])
    assert held(found) == [[(3, None, None)]]
    assert "技能等级，或职称的级别" in set(found.findings["detail"])


def test_a_further_date_out_of_range_is_unknown(tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "单位名称", "技能等级", "取得时间", "职业资格等级", "职业资格取得时间"]
    found = read(tmp_path, headers, ["甄示一", "", "样本厂", "高级工", "2015-06-01", "技师", "1905-06-01"])
    assert held(found) == [[(4, None, None), (3, None, "2015-06-01")]]
    assert [(one.code, one.column) for one in found.findings.itertuples() if one.row == 2] == [("date_out_of_range", "G")]


@pytest.mark.parametrize("title", ["", "无"])
def test_who_is_appointed_and_tells_no_title_may_hold_one(title: str, tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "岗位类别", "专业技术资格", "取得时间", "专业技术职务", "聘任时间"]
    found = read(
        tmp_path, headers, ["甄示一", "", "技能岗位", title, "", "工程师", "2020.1"], ["甄示二", "", "技能岗位", title, "", "", ""]
    )
    assert found.unread.values.tolist() == [[0, "title"]]
    told = found.findings[found.findings["code"] == "appointed_without_title"]
    assert told[["row", "column", "header", "value"]].values.tolist() == [[2, "F", "专业技术职务", "工程师"]]


@pytest.mark.parametrize(
    ("cells", "states"),
    [
        (["在岗", "退休"], ["在岗", "退休"]),
        (["正常", "停用"], [None, None]),
        (["正常", "正常"], [None, None]),
        (["审核通过", "在岗"], [None, None]),
    ],
)
def test_a_state_is_one_by_its_cells(cells: list[str], states: list[str | None], tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "技能等级", "技能等级取得时间", "状态"]
    found = read(tmp_path, headers, *(["甄示一", "", "高级工", "2018-06-30", cell] for cell in cells))
    assert [value if isinstance(value, str) else None for value in found.rows["service"]] == states
    assert ("header_ambiguous" in set(found.findings["code"])) == (states[0] is None)


def test_a_column_of_assessments_without_a_year_counts_where_its_cells_say_of_which_years(tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "技能等级", "技能等级取得时间", "考核结果"]
    found = read(
        tmp_path,
        headers,
        ["甄示一", "", "高级工", "2018-06-30", "2022年合格\n2023年合格\n2024年优秀"],
        ["甄示二", "", "高级工", "2018-06-30", "合格"],
    )
    assert found.assessments.values.tolist() == [[0, 2022, "合格"], [0, 2023, "合格"], [0, 2024, "优秀"]]
    assert found.unread.values.tolist() == [[1, "recent_grades"]]


def test_a_column_of_assessments_without_any_year_is_ambiguous(tmp_path: Path) -> None:
    found = read(tmp_path, ["姓名", "身份证号", "技能等级", "技能等级取得时间", "年度考核"], ["甄示一", "", "高级工", "2018-06-30", "合格"])
    assert found.assessments.empty and found.recent_grades.empty
    assert "header_ambiguous" in set(found.findings["code"])


@pytest.mark.parametrize(("cells", "level"), [(["电工高级工", "无"], 3), (["2006010000300002", "电工高级工"], None)])
def test_a_certificate_is_a_level_where_its_cells_are(cells: list[str], level: int | None, tmp_path: Path) -> None:
    found = read(
        tmp_path, ["姓名", "身份证号", "单位名称", "职称", "职业技能等级证书"], *(["甄示一", "", "样本厂", "无", cell] for cell in cells)
    )
    assert [one[0][0] for one in held(found)[:1] if one] == ([level] if level else [])


@pytest.mark.parametrize(
    ("sheet", "skill", "unread"), [("考生信息", [(2, None, "2019-06-30")], []), ("名单", [(2, None, "2019-06-30")], ["skill"])]
)
def test_the_level_of_an_examination_is_not_held_beside_an_earlier_certificate(
    sheet: str, skill: list[object], unread: list[str], tmp_path: Path
) -> None:
    headers = ["姓名", "证件号码", "认定职业", "认定等级", "原证书等级", "原证书发证日期"]
    found = read(tmp_path, headers, ["甄示一", "", "电工", "三级/高级工", "四级/中级工", "2019-06-30"], sheet=sheet)
    assert held(found) == [skill]
    assert found.unread["field"].tolist() == unread


def test_the_nearest_header_is_told_with_how_near_it_is(tmp_path: Path) -> None:
    found = audited_file(
        people(tmp_path / "a.xlsx", {"姓名": "甄示一", "单位名称": "样本厂", "身份证号": "", "技能等级": "高级工", "出身年月": "1985-03"})
    )
    (told,) = found.findings.loc[found.findings["code"] == "header_unknown", "message"]
    assert "最接近的是“出生年月”，相近程度75%" in told
