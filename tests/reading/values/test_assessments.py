"""年度考核 (三（一）): which columns are the yearly assessment, and the grades of one year or of three in a cell."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from guantong.schemas import catalogue
from guantong.schemas.layout.headers import header_text, recognise_header
from guantong.schemas.reading.batch import read_batch, write_batch
from guantong.schemas.values.grades import Grades, read_grades
from guantong.schemas.values.parsers import PARSERS
from tests.support.workbooks import workbook

YEARLY = {
    "assessment_2023": (
        "2023年度考核", "2023年考核", "2023考核结果", "2023年度考核等次", "2023年综合考核", "2023年绩效考核结果", "2023年度考核（合格/不合格）", "年终考核2023", "2023年度个人考核",
        "近三年年度考核|2023", "年度考核|2023年", "2023年度|考核结果", "基本情况|2023年度考核", "职称及考核情况|2023年度考核", "2023年度考核|等次", "2023年度考核是否合格",
        "近五年年度考核|2023年", "2023年度考评", "近几年年度考核|2023年", "近几年年度考核结果|2023", "近年来考核情况|2023年度", "历年考核|23年",
        "往年考核结果|2023",
    ),
    "recent_grades": ("近三年年度考核", "近3年考核结果", "近三年年度考核情况", "最近三年年度考核", "前三年考核", "近三年绩效考核", "年度考核（近三年）", "近三年年度考核|等次"),
    "recent_grades_2022_2024": ("2022-2024年年度考核", "2022年至2024年考核结果", "2022、2023、2024年度考核", "近三年考核结果（2022-2024）"),
    None: (
        "2023年继续教育考核", "2023年师德考核", "2023年党建考核", "2023年廉政考核", "2023年安全考核", "2023年班组考核", "2023年部门考核", "2023年技能考核", "2023年英语考核",
        "2023年聘任考核", "2023年考核奖金", "2023年考核系数", "2023年度考核名次", "2023年度考核备注", "2023年度考核|名次", "师德考核|2023年度考核", "师德考核情况|2023",
        "近三年师德考核", "2023年医德考核", "2023年上半年考核", "2023年第四季度考核", "2023年度考核得分", "2023年度考核（师德）", "2023年试用期考核", "2023年岗位考核", "考核单位",
        "2023年度考核时间", "近五年年度考核", "年度考核", "2023年公司考核", "2023年履职考核", "配偶|2023年度考核", "2023年12月考核", "考核系数|2023年度", "2010-2024年度考核",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("header", "column"), [(header, column) for column, headers in YEARLY.items() for header in headers])
def test_only_the_yearly_assessment_is_one(header: str, column: str | None) -> None:
    assert recognise_header(tuple(map(header_text, header.split("|")))) == column


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("合格", "合格"), ("考核结果：合格", "合格"), ("优", "优秀"), ("优秀（A）", "优秀"), ("2023年合格", "合格"), ("胜任", "胜任"), (" 胜 任 ", "胜任"), ("a", "A"), ("B+", "B+"),
        ("A级", "A级"), ("基本胜任", "基本胜任"), ("不胜任", "不胜任"), ("达标", "达标"), ("考核等次:较好", "较好"), ("十二个字的等次词语写满为止", None), ("十二个字的等次词语写满了", "十二个字的等次词语写满了"),
    ],
)  # fmt: skip
def test_a_plain_grade_word_is_kept_as_written(text: str, grade: str | None) -> None:
    found = PARSERS["assessment"](text, catalogue.fields()["assessment"])
    assert (found.values.get(""), found.code) == (grade, None if grade else "grade_unreadable")


@pytest.mark.parametrize(
    "cell", ["待定", "合格（待定）", "拟合格", "合格/优秀", "合格优秀", "95", 95, "95分", "详见附件", "不详", "同上", "合格、不合格", "2次"]
)
def test_a_grade_that_is_none_or_several_cannot_be_read(cell: object) -> None:
    found = PARSERS["assessment"](cell, catalogue.fields()["assessment"])
    assert (found.values, found.code, found.is_unread) == ({}, "grade_unreadable", True)


THREE = {
    "均合格": ("合格",), "近三年均为合格": ("合格",), "三年考核均合格": ("合格",), "优秀": ("优秀",), "全部胜任": ("胜任",), "连续三年优秀": ("优秀",),
    "合格、合格、优秀": ("合格", "合格", "优秀"), "合格 不合格 优秀": ("合格", "不合格", "优秀"), "优/良/优": ("优秀", "良好", "优秀"), "A，A，B": ("A", "A", "B"),
    "合格合格优秀": ("合格", "合格", "优秀"), "优秀-合格-未考核": ("优秀", "合格", "未考核"), "2次合格1次优秀": ("合格", "合格", "优秀"),
}  # fmt: skip
DATED = {
    "2022合格 2023合格 2024优秀": "合格 合格 优秀", "2022年：合格；2023年：不合格；2024年：优秀": "合格 不合格 优秀", "2022-2024年均合格": "合格 合格 合格", "2022-2024年考核均合格": "合格 合格 合格", "2022年至2024年年度考核结果均为称职": "称职 称职 称职",
    "2022、2023年合格，2024年优秀": "合格 合格 优秀", "合格（2022）、合格（2023）、优秀（2024）": "合格 合格 优秀", "22年合格、23年合格、24年胜任": "合格 合格 胜任",
    "2024优秀，2023合格，2022合格": "合格 合格 优秀", "2022年度考核合格，2023年度考核合格，2024年度考核优秀": "合格 合格 优秀",
}  # fmt: skip


@pytest.mark.parametrize("text", THREE)
def test_grades_of_three_years_stand_in_the_order_of_the_years(text: str) -> None:
    assert read_grades(text) == Grades(each=THREE[text])


@pytest.mark.parametrize("text", DATED)
def test_grades_with_their_years_are_of_those_years(text: str) -> None:
    assert read_grades(text) == Grades(of_years=tuple(zip((2022, 2023, 2024), DATED[text].split(), strict=True)))


@pytest.mark.parametrize(
    "text",
    [
        "合格、优秀",
        "合格、合格、合格、合格",
        "2022合格，2022优秀",
        "2022年合格，其余优秀",
        "待定",
        "合格、待定、优秀",
        "3",
        "2022年、2023年",
        "见备注",
    ],
)
def test_grades_that_are_not_sure_cannot_be_read(text: str) -> None:
    found = PARSERS["recent_grades"](text, catalogue.fields()["recent_grades"])
    assert (found.values, found.code, found.is_unread) == ({}, "grades_unreadable", True)


def rows(tmp_path: Path, headers: list[str], *people: list[object]) -> tuple[list[dict[str, object]], list[tuple[str, str]]]:
    """The rows that a roster of these columns gives, and (field, code) of the findings on cells."""
    table = [["姓名", "岗位类别", "技能等级", *headers], *(["甄示一", "技能岗位", "高级工", *cells] for cells in people)]
    batch = read_batch([workbook(tmp_path / "a.xlsx", {"花名册": table})], b"key")
    write_batch(batch, tmp_path / "pack")
    found = batch.findings[batch.findings["row"].notna() & (batch.findings["code"] != "header_unknown")]
    return pq.read_table(tmp_path / "pack" / "rows.parquet").to_pylist(), list(zip(found["field"], found["code"], strict=True))


def test_grades_go_to_their_years_or_into_the_list(tmp_path: Path) -> None:
    (one, two, three), findings = rows(
        tmp_path, ["近三年年度考核", "2024年度考核"], ["均合格", None], ["2022合格 2023胜任", "优秀"], ["合格、不合格、优秀", "合格"]
    )
    assert (one["recent_grades"], one["assessments"]) == (["合格"], None)
    assert two["recent_grades"] is None
    assert two["assessments"] == [{"year": year, "grade": grade} for year, grade in ((2022, "合格"), (2023, "胜任"), (2024, "优秀"))]
    assert (three["recent_grades"], three["assessments"]) == (["合格", "不合格", "优秀"], [{"year": 2024, "grade": "合格"}])
    assert findings == []


def test_a_year_that_two_columns_grade_differently_is_unknown(tmp_path: Path) -> None:
    (one,), findings = rows(tmp_path, ["2023年度考核", "近三年年度考核"], ["合格", "2023不合格 2024优秀"])
    assert one["assessments"] == [{"year": 2024, "grade": "优秀"}]
    assert findings == [("recent_grades", "column_conflict")]


def test_grades_of_years_that_are_not_told_are_held_against_the_years_own_columns(tmp_path: Path) -> None:
    passed = ["合格", "合格", "优秀"]
    people = [
        ["不合格", *passed],
        ["合格、不合格、合格", *passed],
        ["均合格", "合格", "合格", "不称职"],
        ["均合格", *passed],
        ["不合格", "不合格", "合格", "合格"],
    ]
    people += [["不合格", "合格", "合格", None], ["2次合格1次不合格", "不合格", "合格", "合格"], ["均胜任", *passed]]
    found, findings = rows(tmp_path, ["近三年年度考核", "2022年度考核", "2023年度考核", "2024年度考核"], *people)
    assert [(one["assessments"] is None, one["recent_grades"] is None, one["unread"]) for one in found] == [
        *[(True, True, ["recent_grades"])] * 3,
        *[(False, False, None)] * 5,
    ]
    assert findings == [("recent_grades", "grade_contradicted")] * 3


def test_a_header_with_years_gives_them_to_its_grades(tmp_path: Path) -> None:
    (one, two, three), findings = rows(tmp_path, ["2022-2024年年度考核"], ["合格、合格、优秀"], ["均合格"], ["合格、优秀"])
    assert one["assessments"] == [{"year": year, "grade": grade} for year, grade in ((2022, "合格"), (2023, "合格"), (2024, "优秀"))]
    assert [grade["grade"] for grade in two["assessments"]] == ["合格"] * 3 and two["recent_grades"] is None
    assert (three["assessments"], three["unread"]) == (None, ["recent_grades_2022_2024"])
    assert findings == [("recent_grades_2022_2024", "grades_unreadable")]


def test_one_grade_of_two_years_may_be_of_a_term_and_cannot_be_read(tmp_path: Path) -> None:
    (one, two), findings = rows(tmp_path, ["2023-2024年度考核"], ["合格"], ["2023合格 2024优秀"])
    assert (one["assessments"], one["unread"]) == (None, ["recent_grades_2023_2024"])
    assert [grade["grade"] for grade in two["assessments"]] == ["合格", "优秀"]
    assert findings == [("recent_grades_2023_2024", "grades_unreadable")]


def test_a_question_is_answered_by_yes_and_no(tmp_path: Path) -> None:
    (one, two), _ = rows(tmp_path, ["2023年度考核是否合格", "近三年年度考核是否合格"], ["是", "√"], ["否", None])
    assert (one["assessments"], one["recent_grades"]) == ([{"year": 2023, "grade": "合格"}], ["合格"])
    assert two["assessments"] == [{"year": 2023, "grade": "不合格"}]


def test_a_question_is_answered_in_the_second_of_two_columns_too(tmp_path: Path) -> None:
    headers = ["诚信情况", "是否弄虚作假", "2023年度考核", "2023年度考核是否合格"]
    (same, alone, unlike), findings = rows(
        tmp_path, headers, ["良好", "否", "合格", "是"], [None, "是", None, "否"], ["良好", "是", "合格", "否"]
    )
    assert (same["integrity"], same["assessments"], same["unread"]) == ("良好", [{"year": 2023, "grade": "合格"}], None)
    assert (alone["integrity"], alone["assessments"]) == ("弄虚作假", [{"year": 2023, "grade": "不合格"}])
    assert (unlike["integrity"], unlike["assessments"]) == (None, None)
    assert findings == [("integrity", "column_conflict"), ("assessment_2023", "column_conflict")]


def test_states_places_and_honours_reach_the_rows(tmp_path: Path) -> None:
    headers = ["在岗状态", "所在市", "荣誉称号", "诚信情况"]
    (one, two), _ = rows(
        tmp_path, headers, ["在岗（2026年退休）", "吉林长春", "辽宁工匠、省技术能手", "良好"], ["丙类", "示例市", None, "记过"]
    )
    assert (one["service"], str(one["service_from_lo"]), str(one["service_from_hi"])) == ("退休", "2026-01-01", "2026-12-31")
    assert (one["city"], one["province"], one["honours"], one["honours_in_doubt"]) == ("长春市", "吉林省", ["辽宁工匠"], ["辽宁省技术能手"])
    assert one["unread"] is None and two["unread"] == ["city", "integrity", "service"]
    assert (two["service"], two["city"], two["province"], two["integrity"], two["honours_in_doubt"]) == (None, "示例市", None, None, None)
