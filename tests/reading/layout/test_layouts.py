"""Who is a person and what is not; which sheet is a roster; which header names what."""

from pathlib import Path

import pytest
import xlsxwriter

from guantong.schemas import catalogue
from guantong.schemas.layout.columns.column_places import resolve_headers
from guantong.schemas.layout.headers import header_text, recognise_header
from guantong.schemas.reading.batch import read_batch
from guantong.schemas.values import parsers
from tests.support.field_rows import Read
from tests.support.workbooks import workbook

HEADERS = ["姓名", "单位名称", "岗位类别", "技能等级", "技能等级取得时间", "职务", "备注"]
PERSON = ["甄示一", "示例机械厂", "技能岗位", "高级工", "2015-06-30", "", ""]


def names(path: Path, sheets: dict[str, list[list[object]]]) -> list[str | None]:
    """The names of the people read from a workbook, rejected rows as None."""
    people = Read(workbook(path, sheets)).people
    return [name if isinstance(name, str) else None for name in people.sort_values("row")["name"]]


NO_PEOPLE = [
    ["填报人：", "王示例", "", "审核人：", "王示例", "填表日期：", "2025.11.03"],
    ["合计", "12人", "", "", "", "", ""],
    ["车间小计", 3, 4, 5, "", "", ""],
    ["注：本表一式两份", "", "", "", "", "", ""],
    ["1.本表一式两份，一份存档", "", "", "", "", "", ""],
    ["一、技能岗位人员", "", "", "", "", "", ""],
    ["第一车间", "", "", "", "", "", ""],
    ["续表", "", "", "", "", "", ""],
    ["", "示例机械厂", "技能岗位", "", "", "", ""],
    [1, 2, 3, 4, 5, 6, 7],
    ["与身份证一致", "全称", "下拉选择", "按证书填写", "如2019-08", "", ""],
    HEADERS,
]


def test_what_stands_below_a_merged_header_of_the_id_number_is_a_header_and_nobody(tmp_path: Path) -> None:
    path = tmp_path / "甲.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("花名册")
        page.write_row(
            0, 0, ["姓名", "身份证", "", "近三年年度考核结果", "", "技能等级情况", "", "单位名称", "岗位类别", "人员类别", "所在市"]
        )
        page.write_row(1, 0, ["", "号码", "发证日期", "2024年考核", "2023年考核", "级别", "取得日期"])
        page.write_row(
            2,
            0,
            [
                "甄示一",
                "210102198503070013",
                "2015/2/28",
                "合格",
                "优秀",
                "高级工",
                "2015-06-30",
                "示例机械厂",
                "技能岗位",
                "技能人员",
                "沈阳市",
            ],
        )
        for first in (1, 3, 5):
            page.merge_range(0, first, 0, first + 1, {1: "身份证", 3: "近三年年度考核结果", 5: "技能等级情况"}[first])
    assert Read(path).people[["row", "name"]].values.tolist() == [[3, "甄示一"]]


@pytest.mark.parametrize("row", NO_PEOPLE, ids=[" ".join(str(cell) for cell in row if cell)[:24] for row in NO_PEOPLE])
def test_notes_totals_signatures_and_prefilled_rows_are_no_people(row: list[object], tmp_path: Path) -> None:
    assert names(tmp_path / "a.xlsx", {"花名册": [HEADERS, row, PERSON]}) == ["甄示一"]


PEOPLE = [
    ["甲", *PERSON[1:]],
    ["甄示二", "主管部门示例厂", "技能岗位", "高级工", "", "", ""],
    ["甄示二", "示例厂", "技能岗位", "高级工", "2015-06-30", "单位负责人", "填报人：王示例"],
    ["阿示里·示例", "", "", "", "", "", ""],
    ["甄示二", "", "", "", "", "", ""],
]


@pytest.mark.parametrize("row", PEOPLE, ids=["甲", "a unit named 主管…", "a head of unit", "a name with ·", "a name alone"])
def test_a_person_is_never_taken_for_a_note(row: list[object], tmp_path: Path) -> None:
    assert names(tmp_path / "a.xlsx", {"花名册": [HEADERS, row, PERSON]}) == [row[0], "甄示一"]


@pytest.mark.parametrize("unit", ["示例机械厂", "说明书印刷厂", "审核技术公司"])
def test_a_row_with_data_and_no_name_is_rejected_not_lost(unit: str, tmp_path: Path) -> None:
    headers = ["单位名称", "姓名", *HEADERS[2:]]
    assert names(tmp_path / "a.xlsx", {"花名册": [headers, [unit, "", *PERSON[2:]]]}) == [None]


def test_a_second_table_with_other_columns_is_read_by_its_own_header(tmp_path: Path) -> None:
    second = ["序号", "姓名", "技能等级", "技能等级取得时间", "岗位类别"]
    sheet = [HEADERS, PERSON, [], second, [1, "甄示二", "技师", "2012-01-01", "技能岗位"]]
    found = Read(workbook(tmp_path / "a.xlsx", {"花名册": sheet})).named()
    assert found["甄示二"]["s2t-engineer"][4:] == (frozenset(), found["甄示一"]["s2t-assistant"][5])
    assert "s2t-engineer" not in found["甄示一"]


OTHER_SHEETS = {
    "通讯录": [["姓名", "单位", "部门", "职称", "联系电话"], ["王示例", "示例厂", "一车间", "工程师", "024-00000000"]],
    "评审专家": [["姓名", "工作单位", "职称", "职称专业"], ["王示例", "示例厂", "高级工程师", "机械"]],
    "Sheet2": [["姓名", "单位", "职称", "性别"], ["王示例", "示例厂", "高级工程师", "男"]],
    "数据字典": [["技能等级", "职称", "岗位类别", "在岗状态"], ["高级工", "工程师", "技能岗位", "在岗"]],
}


@pytest.mark.parametrize("name", OTHER_SHEETS)
def test_a_sheet_that_is_no_roster_gives_no_people(name: str, tmp_path: Path) -> None:
    assert names(tmp_path / "a.xlsx", {"花名册": [HEADERS, PERSON], name: OTHER_SHEETS[name]}) == ["甄示一"]


@pytest.mark.parametrize(
    ("sheet", "outcome"), [("退休人员", "ineligible"), ("离职", "ineligible"), ("在职及退休", "unverified"), ("即将退休人员", "unverified")]
)
def test_a_sheet_of_retired_or_departed_people_says_so_for_blank_cells(sheet: str, outcome: str, tmp_path: Path) -> None:
    assert Read(workbook(tmp_path / "a.xlsx", {sheet: [HEADERS, PERSON]})).named()["甄示一"]["s2t-assistant"][0] == outcome


@pytest.mark.parametrize(
    "header", ["发证日期", "证书编号", "取得时间", "职称（聘任）", "技能等级（上一级）", "2022年安全考核", "中断时间（年）", "专业"]
)
def test_a_header_whose_meaning_is_not_certain_names_nothing(header: str) -> None:
    assert resolve_headers([(header_text(header),)])[0].name is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("身份证", "发证日期"), None),
        (("职业技能等级证书", "发证日期"), "skill_date"),
        (("聘任情况", "职称"), None),
        (("拟申报", "职称"), "claimed_title"),
        (("近三年年度考核(2022-2024年)", "2022年"), "assessment_2022"),
        (("取得各等级时间", "技师(二级)"), "skill_4_date"),
        (("评审情况", "批准时间"), "award_date"),
        (("荣誉称号", "批准时间"), None),
    ],
)
def test_a_group_decides_what_its_sub_header_means(path: tuple[str, ...], name: str | None) -> None:
    assert recognise_header(path) == name


def test_a_bare_date_header_belongs_to_the_credential_at_its_left() -> None:
    found = resolve_headers([("技能等级",), ("取得时间",), ("职称",), ("取得时间",), ("备注",), ("取得时间",)])
    assert [header.name for header in found] == ["skill", "skill_date", "title", "title_date", "remark", None]


def test_every_canonical_header_names_its_own_field() -> None:
    for name, field in catalogue.fields().items():
        assert recognise_header((header_text(field.header),)) == (name if name != "assessment" else None)


@pytest.mark.parametrize(
    ("field", "cell", "word"),
    [
        ("service", "在岗（已离职）", None),
        ("service", "在岗（在职）", "在岗"),
        ("integrity", "良好（受过处分）", None),
        ("integrity", "弄虚作假（伪造学历）", "弄虚作假"),
        ("frontline", "是（非一线）", None),
        ("frontline", "否（非一线）", "否"),
        ("assessment", "合格（待定）", None),
        ("assessment", "合格（称职）", "合格"),
    ],
)
def test_a_note_in_brackets_may_take_a_word_back(field: str, cell: str, word: str | None) -> None:
    item = catalogue.fields()[field]
    assert parsers.PARSERS[item.kind](cell, item).values.get("") == word


def test_a_title_beside_its_grade_and_an_occupation_beside_its_level_agree(tmp_path: Path) -> None:
    headers = ["姓名", "岗位类别", "职称名称", "职称级别", "职称取得时间", "职业资格", "职业资格等级"]
    found = Read(
        workbook(tmp_path / "a.xlsx", {"花名册": [headers, ["甄示一", "技能岗位", "工程师", "中级", "2015-01-01", "车工", "三级"]]})
    )
    assert found.named()["甄示一"]["t2s-technician"][0] == "eligible"
    assert "column_conflict" not in set(found.findings["code"])


@pytest.mark.parametrize(
    ("header", "cell", "outcome"),
    [("是否弄虚作假", "是", "ineligible"), ("有无弄虚作假", "有", "ineligible"), ("是否弄虚作假", "否", "unverified")],
)
def test_a_column_that_asks_for_falsification_is_answered_by_yes_and_no(header: str, cell: str, outcome: str, tmp_path: Path) -> None:
    found = Read(workbook(tmp_path / "a.xlsx", {"花名册": [[*HEADERS[:6], header], [*PERSON[:6], cell]]}))
    verdict = found.named()["甄示一"]["s2t-assistant"]
    assert (verdict[0], "integrity" in verdict[5]) == (outcome, False)


@pytest.mark.parametrize("cells", [("看不清", ""), ("", "看不清"), ("看不清", "看 不清")])
def test_of_two_columns_for_one_level_a_word_that_nobody_knows_is_told_as_such(cells: tuple[str, str], tmp_path: Path) -> None:
    rows = [["序号", "姓名", "身份证号", "技能等级", "职业技能等级"], [1, "张示例", "", *cells]]
    found = Read(workbook(tmp_path / "a.xlsx", {"花名册": rows}))
    told = found.findings[found.findings["row"].notna()]
    assert told[["code", "value"]].values.tolist() == [["skill_unreadable", "看不清"]]


def test_a_sheet_of_one_person_is_refused_for_its_headers_below_each_other_and_one_of_explanations_is_not(tmp_path: Path) -> None:
    form = [
        ["姓名", "张示例", "性别", "男"],
        ["身份证号", "210100198501010014"],
        ["技能等级", "高级工"],
        ["技能等级取得时间", "2019-06"],
        ["职称", "无"],
    ]
    named = {
        "one": {"申报表": [["示例公司人员情况"], *form]},
        "other": {"填表说明": form, "通讯录": [["姓名", "电话"], ["张示例", "024-00000000"]]},
    }
    paths = [workbook(tmp_path / f"{name}.xlsx", sheets) for name, sheets in named.items()]
    assert read_batch(paths, b"key").files[["reason", "detail"]].values.tolist() == [
        ["people_in_columns", "申报表"],
        ["no_roster_sheet", ""],
    ]
