"""Rows of real rosters that are nobody's, that say something of those below them, or that belong to somebody else's row."""

from pathlib import Path

import pytest
from xlsxwriter import Workbook

from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.reading.batch import read_batch
from tests.support.field_rows import FIRST, HEADERS, SECOND, Read, held, line, names, read, told, unread
from tests.support.raw_workbooks import data, refused, xlsx

NAMED_ONLY = ["3", "郑试乙", "", "示例机械有限公司", "", "", "", "", ""]


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
    assert names(Read(tmp_path / "a.xlsx")) == ["周试乙", "吴试乙"]


@pytest.mark.parametrize(
    "blank", [cell("XFD1048576", " "), '<c r="XFD1048576" t="str"><f>""</f><v></v></c>', '<c r="XFD1048576" t="s"><v>0</v></c>']
)
def test_a_blank_cell_far_away_costs_nothing(blank: str, tmp_path: Path) -> None:
    rows = xml_row(1, HEADERS) + xml_row(2, FIRST) + f'<row r="1048576">{blank}</row>'
    strings = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t xml:space="preserve">\u3000 </t></si></sst>'
    (tmp_path / "a.xlsx").write_bytes(xlsx(data(rows), parts={"xl/sharedStrings.xml": strings}))
    assert names(Read(tmp_path / "a.xlsx")) == ["周试乙"]


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
    found = Read(tmp_path / "a.xlsx")
    assert names(found) == ["周试乙", "吴试乙"]
    assert held(tmp_path)["周试乙"] == [("skill", 4, "焊工", "花名册", 3), ("skill", 3, "电工", None, None)]
    assert told(found, "gives_none", "no_person", "row_carried_on") == [("gives_none", 4)]
    assert found.files["rows_found"].tolist() == [2]


def test_a_row_of_a_certificate_alone_is_the_person_above_and_told(tmp_path: Path) -> None:
    found = read(
        tmp_path, [CERTIFICATES, ELECTRICIAN, ["", "", "", "", "焊工", "技师", "2019-06"], ["", "", "", "", "", "看不清", "2020-06"], NEXT]
    )
    assert held(tmp_path)["周试乙"] == [("skill", 4, "焊工", "花名册", 3), ("skill", 3, "电工", None, None)]
    assert sorted(told(found, "row_carried_on", "skill_unreadable")) == [
        ("row_carried_on", 3),
        ("row_carried_on", 4),
        ("skill_unreadable", 4),
    ]
    assert unread(tmp_path) == ["skill"]


@pytest.mark.parametrize("row", [["", "", "", "示例厂", *ELECTRICIAN[4:]], [3, "", "", "", *ELECTRICIAN[4:]]], ids=["unit", "number"])
def test_a_row_that_may_be_an_unnamed_person_is_not_the_one_above(row: list[object], tmp_path: Path) -> None:
    found = read(tmp_path, [CERTIFICATES, ELECTRICIAN, row])
    assert found.people.sort_values("row")["rejected_for"].fillna("").tolist() == ["", "no_person"]


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


@pytest.mark.parametrize("first", [0, 1])
def test_the_letters_of_columns_below_the_header_are_nobody_though_e_is_a_grade(first: int, tmp_path: Path) -> None:
    headers = [*HEADERS[first:], "2024年度考核", *(f"备查{number}" for number in range(20))]
    letters = [column_letters(first + place) for place in range(1, len(headers) + 1)]
    found = read(tmp_path, [headers, letters, [*FIRST[first:], "合格"]])
    assert names(found) == ["周试乙"]


def test_a_header_of_two_rows_on_each_page_is_whole_though_its_first_row_reads_like_a_person(tmp_path: Path) -> None:
    above = ["基本信息", "", "在岗状态", "所在市", "技能情况", ""]
    below = ["姓名", "身份证号", "", "", "技能等级", "取得时间"]
    page = [above, below]
    rows = [*page, [*FIRST[1:3], "在岗", "沈阳市", "高级工", "2018-06"], *page, [*SECOND[1:3], "离岗", "大连市", "高级工", "2018-06"]]
    with Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
        for top in (0, 3):
            sheet.merge_range(top, 0, top, 1, "基本信息")
            sheet.merge_range(top, 4, top, 5, "技能情况")
            for column in (2, 3):
                sheet.merge_range(top, column, top + 1, column, above[column])
    read_rows = read_batch([tmp_path / "a.xlsx"], b"key").rows
    assert read_rows["city"].tolist() == ["沈阳市", "大连市"] and read_rows["service"].tolist()[0] == "在岗"
