"""A bureau's own words in the reader: where they count, and where not."""

from __future__ import annotations

from pathlib import Path

import pytest

from guantong.schemas.reading.batch import Batch, read_batch
from guantong.schemas.side_lists.read_list import ListError
from guantong.schemas.side_lists.read_words import read_words
from tests.support.workbooks import CLEAN, people, roster, workbook

PERSON = {name: value for name, value in CLEAN.items() if "考核" not in name}


def words(path: Path, *cells: tuple[str, str, str], headers: tuple[tuple[str, str], ...] = ()) -> Path:
    """A file of own words."""
    sheets = {"表头": [["表头", "读作"], *headers], "词语": [["栏目", "填写内容", "读作"], *cells]}
    return workbook(path, {name: list(map(list, rows)) for name, rows in sheets.items()})


def read(tmp_path: Path, person: dict[str, object], *cells: tuple[str, str, str], headers: tuple[tuple[str, str], ...] = ()) -> Batch:
    """One person's roster, read by own words."""
    told = read_words(words(tmp_path / "读作.xlsx", *cells, headers=headers))
    return read_batch([people(tmp_path / "名册.xlsx", person)], b"key", told)


def codes(batch: Batch) -> set[str]:
    return set(batch.findings["code"]) - {"header_missing"}


@pytest.mark.parametrize(
    ("field", "header", "text", "reading", "column", "value"),
    [
        ("技能等级", "技能等级", "工匠级", "三级/高级工", "skill", "三级/高级工"),
        ("职称", "职称", "工 程 人 员", "工程师", "title", "工程师"),
        ("人员类别", "人员类别", 7, "管理人员", "person_category", "管理人员"),
        ("在岗状态", "在岗状态", "列编", "在岗", "service", "在岗"),
        ("诚信情况", "诚信情况", "A档", "良好", "integrity", "良好"),
        ("所在市", "所在市", "盛京", "沈阳市", "city", "沈阳市"),
        ("职称", "职称", "无称谓", "无", "title_state", "none"),
        ("技能等级", "技能等级", "高工", "高级技师", "skill", "一级/高级技师"),
        ("职称", "职称", "二级建造师（机电）", "工程师", "title", "工程师"),
    ],
)
def test_a_word_is_read_as_what_it_is_told_to_be(
    tmp_path: Path, field: str, header: str, text: object, reading: str, column: str, value: str
) -> None:
    found = read(tmp_path, PERSON | {header: text}, (field, str(text), reading))
    assert found.rows[column].tolist() == [value]
    assert not codes(found)


def test_a_word_counts_in_its_own_field_alone(tmp_path: Path) -> None:
    found = read(tmp_path, PERSON | {"是否一线岗位": "本岗", "是否工程技术领域": "本岗"}, ("是否一线岗位", "本岗", "是"))
    assert found.rows[["frontline", "engineering_field"]].isna().to_numpy().tolist() == [[False, True]]


def test_a_grade_of_the_enterprises_own_is_read_beside_its_year_and_among_three(tmp_path: Path) -> None:
    grade = ("年度考核", "达标", "合格")
    assert read(tmp_path, PERSON | {"2024年度考核": "达标等次"}, grade).assessments["grade"].tolist() == ["合格"]
    three = read(tmp_path, PERSON | {"近三年年度考核": "达标、优秀、达标"}, grade)
    assert three.recent_grades["value"].tolist() == ["合格", "优秀", "合格"]


def test_a_word_beside_a_column_of_the_same_field_is_no_conflict_where_both_are_read_the_same(tmp_path: Path) -> None:
    person = PERSON | {"职称": "工程人员", "职称名称": "工程师"}
    assert "column_conflict" in codes(read(tmp_path, person))
    found = read(tmp_path, person, ("职称", "工程人员", "工程师"))
    assert (found.rows["title"].tolist(), codes(found)) == (["工程师"], set())


def test_a_header_is_told_with_its_group_and_one_that_is_not_to_be_read_is_no_finding(tmp_path: Path) -> None:
    names = list(PERSON)
    path = roster(
        tmp_path / "名册.xlsx",
        [*[""] * len(names), "高级工", "何时", "另"],
        [[*names, "取得时间", "评上", "档案号"], [*PERSON.values(), "2010-05-06", "2019-05-06", "K1"]],
    )
    told = read_words(words(tmp_path / "读作.xlsx", headers=(("何时/评上", "工程师取得时间"), ("另/档案号", "不读取"))))
    plain, found = read_batch([path], b"key"), read_batch([path], b"key", told)
    assert (plain.findings["code"] == "header_unknown").sum() == 2
    assert (str(found.rows["title_3_date_lo"][0])[:10], "header_unknown" in codes(found)) == ("2019-05-06", False)


def test_a_header_that_the_program_knows_by_its_place_stays_what_it_is(tmp_path: Path) -> None:
    header = (("取得时间", "职称取得时间"),)
    known = {name: value for name, value in PERSON.items() if not name.endswith("取得时间")}
    beside = {}
    for name, value in known.items():
        beside |= {name: value} | ({"取得时间": "2015-06-30"} if name == "技能等级" else {})
    found = read(tmp_path, beside, headers=header)
    assert found.rows[["skill_date_state", "title_date_state"]].to_numpy().tolist() == [["known", "blank"]]


def test_a_header_with_two_readings_in_its_place_is_what_it_is_told_to_be(tmp_path: Path) -> None:
    person = {name: value for name, value in PERSON.items() if name != "职称取得时间"} | {
        "职称": "工程师",
        "荣誉": "无",
        "批复日期": "2019-05-06",
    }
    assert "header_ambiguous" in codes(read(tmp_path, person))
    found = read(tmp_path, person, headers=(("批复日期", "职称取得时间"),))
    assert (str(found.rows["title_date_lo"][0])[:10], "header_ambiguous" in codes(found)) == ("2019-05-06", False)


def test_a_header_of_an_appointment_is_no_day_of_a_title_by_anybodys_word(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="表头!A2　表头“聘任时间”程序已认作“聘任”"):
        read_words(words(tmp_path / "读作.xlsx", headers=(("聘任时间", "职称取得时间"),)))


def test_lines_still_to_be_filled_in_and_lines_told_twice_alike_are_no_fault(tmp_path: Path) -> None:
    post = ("岗位类别", "产线岗", "技能岗位")
    told = read_words(words(tmp_path / "读作.xlsx", post, post, ("岗位类别", "机动岗", "")))
    assert told.cells == {"post": {"产线岗": "技能岗位"}}


def test_a_unit_read_as_a_name_that_is_read_as_another_is_refused(tmp_path: Path) -> None:
    path = words(tmp_path / "读作.xlsx", ("单位名称", "甲厂", "乙厂"), ("单位名称", "乙厂", "丙厂"))
    with pytest.raises(ListError, match="“甲厂”读作的“乙厂”又另有读作"):
        read_words(path)


def test_a_sheet_with_readings_that_lacks_a_column_is_refused_not_passed_over(tmp_path: Path) -> None:
    sheets = {"表头": [["表头", "读作"], ["评上", "职称取得时间"]], "词语": [["填写内容", "读作"], ["产线岗", "技能岗位"]]}
    with pytest.raises(ListError, match="工作表“词语”缺少栏.*栏目、填写内容、读作"):
        read_words(workbook(tmp_path / "读作.xlsx", sheets))


def test_a_workbook_that_is_no_list_of_words_is_refused_with_the_headers_it_should_have(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="应至少有：表头、读作；或 栏目、填写内容、读作"):
        read_words(people(tmp_path / "名册.xlsx", CLEAN))


def test_headers_told_make_a_roster_of_a_sheet_that_was_none(tmp_path: Path) -> None:
    told = [("工友", "姓名"), ("证件", "身份证号"), ("技等", "技能等级"), ("何时到手", "技能等级取得时间")]
    sheet = roster(tmp_path / "名册.xlsx", [text for text, _ in told], [["张示例", "210100198501010014", "技师", "2015-06-30"]])
    found = read_batch([sheet], b"key", read_words(words(tmp_path / "读作.xlsx", headers=tuple(told))))
    assert found.rows[["name", "skill"]].to_numpy().tolist() == [["张示例", "二级/技师"]]
    assert read_batch([sheet], b"key").files["reason"].tolist() == ["no_roster_sheet"]
