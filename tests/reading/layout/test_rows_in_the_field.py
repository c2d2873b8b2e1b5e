"""Rows of real rosters that are nobody's, that say something of those below them, or that belong to somebody else's row."""

from pathlib import Path

import pytest
from xlsxwriter import Workbook

from guantong.schemas.reading.batch import read_batch
from tests.support.inprocess import Audited, audited_file
from tests.support.raw_workbooks import data, refused, xlsx
from tests.support.workbooks import workbook

HEADERS = ["序号", "姓名", "身份证号", "单位名称", "岗位类别", "在岗状态", "技能等级", "技能等级取得时间", "备注"]
FIRST = ["1", "周试乙", "210102198503120412", "示例机械有限公司", "技能岗位", "", "高级工", "2018-06-30", ""]
SECOND = ["2", "吴试乙", "210102198503120439", "示例机械有限公司", "技能岗位", "", "高级工", "2018-06-30", ""]
NAMED_ONLY = ["3", "郑试乙", "", "示例机械有限公司", "", "", "", "", ""]


def read(path: Path, rows: list[list[object]], sheet: str = "花名册") -> Audited:
    return audited_file(workbook(path / "a.xlsx", {sheet: rows}))


def names(found: Audited) -> list[object]:
    return found.people.sort_values("row")["name"].tolist()


def line(*texts: str) -> list[object]:
    return [*texts, *[""] * (len(HEADERS) - len(texts))]


def told(found: Audited, *codes: str) -> list[tuple[object, ...]]:
    """(code, row) of the findings with one of the codes."""
    findings = found.findings[found.findings["code"].isin(codes)]
    return list(zip(findings["code"], findings["row"], strict=True))


SECOND_HEADERS = [
    ["XH", "XM", "SFZHM", "DWMC", "GWLB", "ZGZT", "JNDJ", "QDSJ", "BZ"],
    ["id", "full_name", "id_card", "org_name", "post_type", "status", "level", "issue_date", "memo"],
    ["C01", "C02", "C03", "C04", "C05", "C06", "C07", "C08", "C09"],
    ["No.", "Employee Name", "ID Card", "Employer", "Post", "Status", "Grade", "Issued on", "Remarks"],
    ["字符", "字符型", "字符(18)", "字符型", "代码", "代码", "代码", "日期型", "字符型"],
    ["", "varchar(50)", "char(18)", "varchar(100)", "varchar", "varchar", "varchar", "date", "text"],
    ["栏次", "1", "2", "3", "4", "5", "6", "7", "8"],
    ["序号", "人员姓名", "公民身份号码", "所在单位", "岗位", "状态", "等级", "时间", "备注"],
]


@pytest.mark.parametrize("row", SECOND_HEADERS, ids=lambda row: row[1])
def test_a_second_header_of_codes_types_or_other_words_is_nobody(row: list[object], tmp_path: Path) -> None:
    assert names(read(tmp_path, [HEADERS, row, FIRST, NAMED_ONLY])) == ["周试乙", "郑试乙"]


def test_who_is_written_in_letters_is_no_header(tmp_path: Path) -> None:
    foreigner = ["1", "JOHN SMITH", "E12345678", "ACME LTD", "技能岗位", "", "TECHNICIAN", "2018-06-30", ""]
    assert names(read(tmp_path, [HEADERS, foreigner, SECOND])) == ["JOHN SMITH", "吴试乙"]


TOTALS = [
    line("共计", "", "", "", "", "", "3"),
    line("", "", "", "总计：3人"),
    line("", "", "", "", "", "", "高级工汇总", "2"),
    line("", "", "", "示例机械有限公司 计数", "", "", "", "2"),
    line("Grand Total", "", "", "", "", "", "", "3"),
    line("", "Subtotal", "", "", "", "", "2"),
    line("", "", "平均值", "", "", "", "", "2018.6"),
    line("", "全厂总人数", "", "", "", "", "3"),
    line("", "合  计", "3", "", "", "", "", "1"),
    line("其中：技师", "1"),
]


@pytest.mark.parametrize("row", TOTALS, ids=lambda row: "".join(row))
def test_a_total_in_any_word_and_column_is_nobody(row: list[object], tmp_path: Path) -> None:
    assert names(read(tmp_path, [HEADERS, FIRST, SECOND, row])) == ["周试乙", "吴试乙"]


@pytest.mark.parametrize("name", ["王小计", "吕总计"])
def test_who_is_called_like_a_total_is_read_where_the_row_tells_more(name: str, tmp_path: Path) -> None:
    assert names(read(tmp_path, [HEADERS, FIRST, ["2", name, "", *SECOND[3:]]])) == ["周试乙", name]


SIGNATURES = [
    line("主管部门意见：", "情况属实，同意申报", "", "", "", "（公章）"),
    line("", "经公示无异议", "", "", "", "", "", "2025.6.1"),
    line("", "同意推荐", "", "", "", "盖章", "", "2025-06-01"),
    line("公司领导签字：", "钱试丙", "", "", "", "", "", "2025年6月1日"),
    line("联系人", "王五", "041112345678"),
    line("Prepared by:", "Zhang San", "", "", "", "Date:", "", "2025-06-01"),
]


@pytest.mark.parametrize("row", SIGNATURES, ids=lambda row: "".join(row))
def test_opinions_and_signatures_below_the_people_are_nobody(row: list[object], tmp_path: Path) -> None:
    assert names(read(tmp_path, [HEADERS, FIRST, SECOND, row])) == ["周试乙", "吴试乙"]


def test_a_name_below_the_people_that_may_be_a_signature_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, FIRST, SECOND, line("", "赵主任", "", "", "", "", "2025.6")])
    assert names(found) == ["周试乙", "吴试乙"]
    assert told(found, "row_passed_over") == [("row_passed_over", 4)]


def test_a_name_alone_is_a_person_where_people_follow(tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, FIRST, line("小计", "1人"), line("", "赵试丙"), SECOND])
    assert names(found) == ["周试乙", "赵试丙", "吴试乙"]


EXAMPLES = [
    ["", "李四", "2101XXXXXXXXXXXXXX", "示例机械有限公司", *FIRST[4:]],
    ["1", "王某某", "123456789012345678", "×××有限公司", *FIRST[4:]],
    ["1", "小明", "", "XX集团", *FIRST[4:]],
    ["1", "张三（填写样例）", *FIRST[2:]],
    [*FIRST[:8], "示例行，请删除"],
]


@pytest.mark.parametrize("row", EXAMPLES, ids=["number", "all", "unit", "in the name", "remark"])
def test_an_example_below_the_header_is_nobody_and_told(row: list[object], tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, row, SECOND, NAMED_ONLY])
    assert names(found) == ["吴试乙", "郑试乙"]
    assert told(found, "row_passed_over") == [("row_passed_over", 2)]


def test_a_roster_of_masked_names_is_no_list_of_examples(tmp_path: Path) -> None:
    people = [[number, f"{name}某某", "", "某机械厂", *FIRST[4:]] for number, name in enumerate("赵钱孙李周吴", 1)]
    assert len(read(tmp_path, [HEADERS, *people]).people) == 6


def test_somebody_called_zhang_san_is_read(tmp_path: Path) -> None:
    assert names(read(tmp_path, [HEADERS, ["1", "张三", *FIRST[2:]], SECOND])) == ["张三", "吴试乙"]


SECTIONS = {
    "退休人员名单": "ineligible",
    "（二）内退职工（共2人）": "ineligible",
    "离职": "ineligible",
    "第二部分：已退休人员": "ineligible",
    "以下为离岗人员": "ineligible",
    "备注：以下退休": "ineligible",
    "在职职工": "unverified",
    "第二车间": "unverified",
}


@pytest.mark.parametrize("title", SECTIONS)
def test_the_title_of_a_section_says_whether_those_below_are_at_work(title: str, tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, FIRST, line(title), SECOND])
    assert names(found) == ["周试乙", "吴试乙"]
    outcomes = {name: routes["s2t-assistant"] for name, routes in found.named().items()}
    assert outcomes["周试乙"][0] == "unverified"
    assert outcomes["吴试乙"][0] == SECTIONS[title]
    assert told(found, "facts_from_section", "section_unclear") == ([] if title == "第二车间" else [("facts_from_section", 3)])


@pytest.mark.parametrize("title", ["二、二线人员", "二、退休及离职人员", "非在岗人员"])
def test_a_section_of_a_state_that_is_not_known_leaves_it_unread(title: str, tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, FIRST, line(title), SECOND])
    assert told(found, "section_unclear") == [("section_unclear", 3)]
    assert "in_service" in found.named()["吴试乙"]["s2t-assistant"][5]


def test_a_section_ends_where_one_as_deep_begins_and_goes_on_over_its_parts(tmp_path: Path) -> None:
    rows = [line("一、退休人员"), line("（一）一车间"), FIRST, line("二、二车间"), SECOND]
    outcomes = {name: routes["s2t-assistant"][0] for name, routes in read(tmp_path, [HEADERS, *rows]).named().items()}
    assert outcomes == {"周试乙": "ineligible", "吴试乙": "unverified"}


def test_what_a_part_is_of_is_not_known_where_neither_title_is_numbered(tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, line("退休人员"), FIRST, line("第一车间"), SECOND])
    assert told(found, "facts_from_section", "section_unclear") == [("facts_from_section", 2), ("section_unclear", 4)]


def test_a_section_says_nothing_of_who_says_it_himself(tmp_path: Path) -> None:
    own = [*SECOND[:5], "在岗", *SECOND[6:]]
    found = read(tmp_path, [HEADERS, line("退休人员"), own])
    assert told(found, "facts_from_section") == []
    assert found.named()["吴试乙"]["s2t-assistant"][0] == "unverified"


def test_a_section_goes_on_below_a_header_that_stands_again(tmp_path: Path) -> None:
    found = read(tmp_path, [line("一、在岗人员"), HEADERS, FIRST, line("二、退休人员"), HEADERS[:8], SECOND[:8]])
    assert found.named()["吴试乙"]["s2t-assistant"][0] == "ineligible"
    assert told(found, "facts_from_section") == [("facts_from_section", 1), ("facts_from_section", 4)]


def test_the_title_above_a_table_says_what_a_sheet_name_does(tmp_path: Path) -> None:
    found = read(tmp_path, [line("示例机械有限公司退休人员花名册"), HEADERS, FIRST])
    assert found.named()["周试乙"]["s2t-assistant"][0] == "ineligible"
    assert told(found, "status_from_sheet")[0][0] == "status_from_sheet"


@pytest.mark.parametrize(
    ("at", "cell"),
    [
        (1, "周试乙（已作废）"),
        (1, "（作废）周试乙"),
        (1, "周试乙-取消"),
        (0, "作废"),
        (0, "1（删）"),
        (0, "×"),
        (8, "作废"),
        (8, "已取消资格。"),
        (8, "此行无效，请删除"),
    ],
)
def test_a_row_that_is_taken_back_beside_its_person_is_to_be_verified_and_told(at: int, cell: str, tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, [*FIRST[:at], cell, *FIRST[at + 1 :]], SECOND])
    assert told(found, "row_void") == [("row_void", 2)]
    assert list(found.verdicts["row"].unique()) == [3]


@pytest.mark.parametrize(("at", "cell"), [(1, "周试乙（已退休）"), (1, "周试乙 调出"), (0, "退休"), (0, "1（离职）")])
def test_who_has_left_by_a_word_beside_his_name_or_number_is_to_be_verified(at: int, cell: str, tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, [*FIRST[:at], cell, *FIRST[at + 1 :]], SECOND])
    assert told(found, "state_contradicted") == [("state_contradicted", 2)]
    assert "周试乙" not in "".join(found.findings["message"])


@pytest.mark.parametrize(
    ("at", "cell"),
    [
        (1, "周试乙（女）"),
        (1, "买买提·艾力（回族）"),
        (1, "周试乙（原周试甲）"),
        (0, "No.1"),
        (0, "一车间-1"),
        (8, "补发作废旧证"),
        (8, "未取消"),
    ],
)
def test_other_words_beside_a_person_take_nothing_back(at: int, cell: str, tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, [*FIRST[:at], cell, *FIRST[at + 1 :]], SECOND])
    assert told(found, "row_void", "state_contradicted", "credential_contradicted") == []


@pytest.mark.parametrize("title", ["以下作废", "二、取消资格人员（1人）", "以下人员审核未通过", "（二）作废"])
def test_a_line_takes_back_the_rows_below_it(title: str, tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, FIRST, line(title), SECOND])
    assert told(found, "row_void") == [("row_void", 4)]
    assert list(found.verdicts["row"].unique()) == [2]


def test_a_line_of_certificates_that_are_not_there_yet_makes_the_levels_below_unknown(tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, FIRST, line("二、高级工待发证人员"), SECOND])
    assert told(found, "credential_contradicted", "row_void") == [("credential_contradicted", 4)]


@pytest.mark.parametrize("sheet", ["作废", "2024年作废名单", "审核未通过", "已删除人员"])
def test_a_sheet_that_is_called_void_gives_nobody_a_level_and_says_so(sheet: str, tmp_path: Path) -> None:
    better = [*FIRST[:6], "高级技师", *FIRST[7:]]
    found = audited_file(workbook(tmp_path / "a.xlsx", {"花名册": [HEADERS, FIRST], sheet: [HEADERS, better, SECOND]}))
    assert {(row.sheet, row.route) for row in found.verdicts.itertuples()} == {("花名册", "s2t-assistant")}
    assert list(found.findings.loc[found.findings["code"] == "sheet_void", "sheet"]) == [sheet]


@pytest.mark.parametrize(
    ("sheet", "codes"),
    [
        ("旧", ["sheet_outdated"]),
        ("备份2", ["sheet_outdated"]),
        ("填写示例", ["sheet_outdated"]),
        ("花名册 old", ["sheet_outdated"]),
        ("2024年", ["sheet_outdated"]),
        ("2024年认定", []),
        ("未作废", []),
        ("Golden公司", []),
    ],
)
def test_an_older_or_trial_sheet_beside_another_is_read_and_told(sheet: str, codes: list[str], tmp_path: Path) -> None:
    found = audited_file(workbook(tmp_path / "a.xlsx", {"2025年": [HEADERS, FIRST], sheet: [HEADERS, SECOND]}))
    assert list(found.findings.loc[found.findings["code"].isin(["sheet_outdated", "sheet_void"]), "code"]) == codes
    assert set(found.verdicts["sheet"]) == {"2025年", sheet}


@pytest.mark.parametrize(
    "title",
    [
        "职业资格取消后技能等级认定人员名册",
        "注销企业分流安置人员情况一览表",
        "示例公司高级工证书过期换证人员名单",
        "示例公司2025年申报人员名册",
    ],
)
def test_a_title_of_another_matter_takes_nobody_back(title: str, tmp_path: Path) -> None:
    assert told(read(tmp_path, [line(title), HEADERS, FIRST]), "sheet_void", "row_void", "credential_contradicted") == []


def test_a_title_of_those_who_no_longer_hold_takes_them_back(tmp_path: Path) -> None:
    found = read(tmp_path, [line("示例机械有限公司2024年取消资格人员名单"), HEADERS, FIRST])
    assert [code for code, _ in told(found, "sheet_void")] == ["sheet_void"]
    assert found.verdicts.empty


def test_the_only_sheet_of_a_file_may_be_called_a_form(tmp_path: Path) -> None:
    assert told(read(tmp_path, [HEADERS, FIRST], "花名册模板（旧）"), "sheet_outdated") == []


def test_who_is_at_work_by_his_cell_on_a_sheet_of_leavers_is_to_be_verified(tmp_path: Path) -> None:
    own = [*FIRST[:5], "在岗", *FIRST[6:]]
    found = read(tmp_path, [HEADERS, own, SECOND], "离职人员")
    assert told(found, "state_contradicted") == [("state_contradicted", 2)]
    assert found.named()["周试乙"]["s2t-assistant"][0] == "unverified"
    assert found.named()["吴试乙"]["s2t-assistant"][0] == "ineligible"


def test_a_section_of_a_level_tells_it_of_those_who_have_none_in_their_cell(tmp_path: Path) -> None:
    found = read(tmp_path, [HEADERS, line("一、技师（1人）"), [*FIRST[:6], "", *FIRST[7:]]])
    assert "s2t-engineer" in found.named()["周试乙"]


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def xml_row(number: int, texts: list[str], at: int | None = None) -> str:
    cells = "".join(cell(f"{chr(65 + column)}{at or number}", text) for column, text in enumerate(texts) if text)
    return f'<row r="{at or number}">{cells}</row>'


@pytest.mark.parametrize("form", ["{}", "<!-- as a program wrote it -->{}"], ids=["common", "walked through"])
def test_a_sheet_with_a_row_twice_is_refused(form: str) -> None:
    rows = form.format(xml_row(1, HEADERS) + xml_row(2, FIRST) + xml_row(3, SECOND, at=2))
    assert refused(xlsx(data(rows)))[0] == "damaged"


def test_rows_in_another_order_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(xlsx(data(xml_row(1, HEADERS) + xml_row(3, SECOND) + xml_row(2, FIRST))))
    assert names(audited_file(tmp_path / "a.xlsx")) == ["周试乙", "吴试乙"]


@pytest.mark.parametrize(
    "blank", [cell("XFD1048576", " "), '<c r="XFD1048576" t="str"><f>""</f><v></v></c>', '<c r="XFD1048576" t="s"><v>0</v></c>']
)
def test_a_blank_cell_far_away_costs_nothing(blank: str, tmp_path: Path) -> None:
    rows = xml_row(1, HEADERS) + xml_row(2, FIRST) + f'<row r="1048576">{blank}</row>'
    strings = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t xml:space="preserve">\u3000 </t></si></sst>'
    (tmp_path / "a.xlsx").write_bytes(xlsx(data(rows), parts={"xl/sharedStrings.xml": strings}))
    assert names(audited_file(tmp_path / "a.xlsx")) == ["周试乙"]


def held(path: Path) -> dict[object, list[tuple[object, ...]]]:
    """Name → (track, rank, occupation, sheet, row) of each credential, the highest first, as the roster in ``path`` tells them."""
    batch = read_batch([path / "a.xlsx"], b"key")
    found: dict[object, list[tuple[object, ...]]] = {name: [] for name in batch.rows["name"]}
    names = dict(zip(batch.rows["pid"], batch.rows["name"], strict=True))
    for one in batch.credentials.to_pylist():
        found[names[one["pid"]]].append((one["track"], one["rank_lo"], one["occupation"], one["sheet"], one["row"]))
    return found


def unread(path: Path) -> list[object]:
    """The fields of which anything can't be read."""
    return read_batch([path / "a.xlsx"], b"key").unread["field"].tolist()


CERTIFICATES = ["序号", "姓名", "身份证号", "单位名称", "工种", "技能等级", "技能等级取得时间"]
ELECTRICIAN = [1, "周试乙", "210102198503120412", "示例厂", "电工", "高级工", "2012-06"]
NEXT = [2, "吴试乙", "210102198503120439", "示例厂", "电工", "高级工", "2012-06"]


def test_a_person_merged_over_three_rows_is_one_with_three_certificates(tmp_path: Path) -> None:
    with Workbook(str(tmp_path / "a.xlsx")) as book:
        page, plain = book.add_worksheet("花名册"), book.add_format()
        page.write_row(0, 0, CERTIFICATES)
        for column, text in enumerate(ELECTRICIAN[:4]):
            page.merge_range(1, column, 3, column, text, plain)
        for row, cells in enumerate([ELECTRICIAN[4:], ["焊工", "技师", "2019-06"], ["钳工", "技师（作废）", "2020-06"]], 1):
            page.write_row(row, 4, cells)
        page.write_row(4, 0, NEXT)
    found = audited_file(tmp_path / "a.xlsx")
    assert names(found) == ["周试乙", "吴试乙"]
    assert held(tmp_path)["周试乙"] == [("skill", 4, "焊工", "花名册", 3), ("skill", 3, "电工", None, None)]
    assert told(found, "gives_none", "no_person", "row_carried_on") == [("gives_none", 4)]
    assert found.files["rows_found"].tolist() == [2]


def test_a_row_of_a_certificate_alone_is_the_person_above_and_told(tmp_path: Path) -> None:
    found = read(
        tmp_path, [CERTIFICATES, ELECTRICIAN, ["", "", "", "", "焊工", "技师", "2019-06"], ["", "", "", "", "", "看不清", "2020-06"], NEXT]
    )
    assert held(tmp_path)["周试乙"] == [("skill", 4, "焊工", "花名册", 3), ("skill", 3, "电工", None, None)]
    assert told(found, "row_carried_on", "skill_unreadable") == [("row_carried_on", 3), ("skill_unreadable", 4), ("row_carried_on", 4)]
    assert unread(tmp_path) == ["skill"]


@pytest.mark.parametrize("row", [["", "", "", "示例厂", *ELECTRICIAN[4:]], [3, "", "", "", *ELECTRICIAN[4:]]], ids=["unit", "number"])
def test_a_row_that_may_be_an_unnamed_person_is_not_the_one_above(row: list[object], tmp_path: Path) -> None:
    found = read(tmp_path, [CERTIFICATES, ELECTRICIAN, row])
    assert found.people.sort_values("row")["rejected_for"].fillna("").tolist() == ["", "no_person"]


LEVELS = [["序号", "姓名", "身份证号", "单位名称", "岗位类别", "技能等级", "技能等级取得时间"], [1, *FIRST[1:5], "高级工", "2018-06"]]
TITLES = [
    ["姓名", "身份证号", "单位名称", "岗位类别", "职称", "职称取得时间"],
    [*FIRST[1:5], "工程师", "2020-06"],
    [*SECOND[1:5], "工程师", "2020-06"],
]


def sheets(path: Path, **tables: list[list[object]]) -> Audited:
    return audited_file(workbook(path / "a.xlsx", tables))


def test_levels_and_titles_of_two_sheets_are_one_persons(tmp_path: Path) -> None:
    found = sheets(tmp_path, 技能人员=LEVELS, 职称人员=TITLES)
    assert held(tmp_path) == {
        "周试乙": [("skill", 3, None, None, None), ("title", 3, None, "职称人员", 2)],
        "吴试乙": [("title", 3, None, None, None)],
    }
    assert found.people["duplicate_of"].isna().all()


def test_a_list_of_certificates_by_number_is_joined_to_the_list_of_people(tmp_path: Path) -> None:
    staff = [["姓名", "身份证号", "性别", "民族"], *[[row[1], row[2], "男", "汉"] for row in (FIRST, SECOND)]]
    certificates = [
        ["身份证号", "工种", "技能等级", "发证日期"],
        [FIRST[2], "电工", "高级工", "2015-06"],
        [FIRST[2], "焊工", "技师", "2019-06"],
    ]
    found = sheets(tmp_path, 基本情况=staff, 证书=certificates, 岗位=[["身份证号", "在岗状态"], [FIRST[2], "退休"], [SECOND[2], "在岗"]])
    assert held(tmp_path) == {"周试乙": [("skill", 4, "焊工", "证书", 3), ("skill", 3, "电工", "证书", 2)], "吴试乙": []}
    assert {name: routes["s2t-engineer"][0] for name, routes in found.named().items() if routes} == {"周试乙": "ineligible"}


def test_facts_of_two_sheets_that_conflict_are_unknown(tmp_path: Path) -> None:
    found = sheets(tmp_path, 技能人员=LEVELS, 职称人员=[TITLES[0], [*FIRST[1:4], "管理岗位", "工程师", "2020-06"]])
    assert told(found, "facts_conflict") == [("facts_conflict", 2)]
    assert unread(tmp_path) == ["post"]


def test_sheets_of_one_number_and_two_names_are_not_joined(tmp_path: Path) -> None:
    found = sheets(tmp_path, 技能人员=LEVELS, 职称人员=[TITLES[0], ["赵试丁", *FIRST[2:5], "工程师", "2020-06"]])
    assert len(found.people) == 2


def test_a_sheet_of_wages_tells_nothing_of_the_people(tmp_path: Path) -> None:
    found = sheets(tmp_path, 技能人员=LEVELS, 工资=[["身份证号", "岗位类别", "工资"], [FIRST[2], "管理岗位", 2]])
    assert told(found, "sheet_not_roster", "facts_conflict")[0][0] == "sheet_not_roster"
    assert found.files["sheets"].iloc[0].tolist() == ["技能人员"]


HALF = ["姓名", "身份证号", "技能等级", "取得时间"]
LEFT, RIGHT, THIRD = (["周试乙", "210102198503120412"], ["吴试乙", "210102198503120439"], ["郑试乙", "210102198503120455"])


@pytest.mark.parametrize("between", [[], [""], ["", ""]], ids=len)
def test_tables_side_by_side_are_all_read(between: list[str], tmp_path: Path) -> None:
    rows = [
        ["示例厂技能人员名册"],
        [*HALF, *between, *HALF, *between, *HALF],
        [*LEFT, "高级工", "2018-06", *between, *RIGHT, "技师", "2016-06", *between, *THIRD, "看不清", ""],
        ["", "", "", "", *between, "赵试丙", "", "高级技师", "2015-06"],
    ]
    width = max(map(len, rows))
    found = read(tmp_path, [[*row, *[""] * (width - len(row))] for row in rows])
    ranks = {name: [one[1] for one in certificates] for name, certificates in held(tmp_path).items()}
    assert ranks == {"周试乙": [3], "吴试乙": [4], "赵试丙": [5], "郑试乙": []}
    letter = chr(ord("A") + 2 * (4 + len(between)) + 2)
    findings = found.findings[found.findings["code"] == "skill_unreadable"]
    assert findings[["row", "column"]].values.tolist() == [[3, letter]]


def test_a_name_that_is_written_again_beside_its_titles_is_one_persons(tmp_path: Path) -> None:
    beside = ["姓名", "职称", "职称取得时间"]
    people = [[*LEFT, "高级工", "2018-06", LEFT[0], "工程师", "2020-06"], [*RIGHT, "技师", "2018-06", RIGHT[0], "", ""]]
    found = read(tmp_path, [[*HALF, *beside], *people])
    assert names(found) == ["周试乙", "吴试乙"]


def test_a_section_across_tables_side_by_side_is_of_those_below_it_in_both(tmp_path: Path) -> None:
    above, below = (
        [*THIRD, "高级工", "2018-06", "赵试丙", "", "高级工", "2018-06"],
        [*LEFT, "高级工", "2018-06", *RIGHT, "高级工", "2018-06"],
    )
    read(tmp_path, [[*HALF, *HALF], above, ["退休人员", *[""] * 7], below])
    rows = read_batch([tmp_path / "a.xlsx"], b"key").rows
    assert rows.set_index("name")["service"].fillna("").to_dict() == {"郑试乙": "", "周试乙": "退休", "赵试丙": "", "吴试乙": "退休"}


def test_more_tables_side_by_side_than_any_sheet_has_are_one_whose_names_conflict(tmp_path: Path) -> None:
    people = [[f"{first}试{second}", "", "高级工", "2018-06"] for first in "赵钱孙李周吴郑王" for second in "甲乙丙丁戊己庚辛"]
    found = read(tmp_path, [HALF * len(people), [cell for person in people for cell in person]])
    assert len(found.people) == 1 and ("column_conflict", 2) in told(found, "column_conflict")


BY_STAFF_NUMBER = {
    "人员": [["工号", "姓名", "身份证号", "单位名称", "岗位类别"], ["A01", *FIRST[1:5]], [1002.0, *SECOND[1:5]]],
    "技能": [
        ["工号", "姓名", "职业工种", "技能等级", "取得时间"],
        ["A01", "周试乙", "焊工", "高级工", "2018-06"],
        ["1002", "吴试乙", "焊工", "技师", "2019-06"],
    ],
}


@pytest.mark.parametrize("sheets", [BY_STAFF_NUMBER, dict(reversed(BY_STAFF_NUMBER.items()))], ids=["people first", "levels first"])
def test_a_sheet_without_id_numbers_is_joined_by_the_employee_numbers_beside_them_on_another(
    sheets: dict[str, list[list[object]]], tmp_path: Path
) -> None:
    batch = read_batch([workbook(tmp_path / "a.xlsx", sheets)], b"key")
    told = [(row["name"], row["sheet"], row["skill"], row["skill_date_hi"].isoformat()[:7]) for row in batch.rows.to_dict("records")]
    assert told == [("周试乙", "人员", "三级/高级工", "2018-06"), ("吴试乙", "人员", "二级/技师", "2019-06")]


@pytest.mark.parametrize(("sheet", "at", "cell"), [("技能", 1, "钱试乙"), ("人员", 0, 1002.0), ("技能", 0, "")])
def test_an_employee_number_of_two_people_or_of_another_name_joins_nobody(sheet: str, at: int, cell: object, tmp_path: Path) -> None:
    sheets = {name: [list(row) for row in rows] for name, rows in BY_STAFF_NUMBER.items()}
    sheets[sheet][1][at] = cell
    rows = read_batch([workbook(tmp_path / "a.xlsx", sheets)], b"key").rows
    assert rows.loc[rows["sheet"] == "人员", "skill"].isna().to_list()[0]


def test_a_sheet_that_tells_people_by_employee_number_alone_is_told(tmp_path: Path) -> None:
    titles = [["工号", "职称", "取得时间"], ["A01", "工程师", "2018-06"]]
    found = audited_file(workbook(tmp_path / "a.xlsx", BY_STAFF_NUMBER | {"职称": titles}))
    assert found.findings.loc[found.findings["code"] == "sheet_not_roster", "sheet"].tolist() == ["职称"]
