"""Cells of titles: grades that cover two ranks, several in a cell, series and subject, what gives none, and what is unreadable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.schemas.catalogue import fields
from guantong.schemas.values.parsed import Parsed
from guantong.schemas.values.parsers import PARSERS

ENGINEERS = {1: "技术员", 2: "助理工程师", 3: "工程师", 4: "高级工程师", 5: "正高级工程师"}
ECONOMISTS = {2: "助理经济师", 3: "经济师", 4: "高级经济师", 5: "正高级经济师"}
GRADES = {"员级": (1, 1), "助理级": (2, 2), "初级": (1, 2), "中级": (3, 3), "副高级": (4, 4), "高级": (4, 5), "正高级": (5, 5)}


def title(cell: object) -> Parsed:
    return PARSERS["title"](cell, fields()["title"])


def told(cell: object) -> set[tuple[int, int, str | None]]:
    """The credentials of a cell: ranks and series."""
    return {(one.rank_lo, one.rank_hi, one.series) for one in title(cell).credentials}


@given(grade=st.sampled_from(sorted(GRADES)), form=st.sampled_from(["{}", "{}职称", "{}（证书）"]))
def test_a_grade_is_the_ranks_that_it_covers_of_an_unknown_series(grade: str, form: str) -> None:
    cell = form.format(grade)
    assert (told(cell), title(cell).code) == ({(*GRADES[grade], None)}, "title_grade_only")


@given(
    rank=st.integers(1, 5), grade=st.sampled_from(sorted(GRADES)), form=st.sampled_from(["{t}（{g}）", "{g}/{t}", "{t} {g}", "{g}（{t}）"])
)
def test_a_title_and_a_grade_beside_it_are_one_or_unreadable(rank: int, grade: str, form: str) -> None:
    cell = form.format(t=ENGINEERS[rank], g=grade)
    if (rank, grade) == (4, "正高级"):
        return  # 高级工程师（正高级） is another name of 正高级工程师
    fits = GRADES[grade][0] <= rank <= GRADES[grade][1]
    assert told(cell) == ({(rank, rank, "工程系列")} if fits else set())
    assert title(cell).is_unread is not fits


@given(first=st.integers(1, 5), second=st.sampled_from(sorted(ECONOMISTS)), sign=st.sampled_from("、,；\n/ "))
def test_titles_of_two_series_are_two_credentials(first: int, second: int, sign: str) -> None:
    cell = sign.join((ENGINEERS[first], ECONOMISTS[second]))
    assert told(cell) == {(first, first, "工程系列"), (second, second, "其他系列")}


@given(ranks=st.lists(st.integers(1, 5), min_size=2, max_size=3, unique=True), sign=st.sampled_from("、,；\n"))
def test_titles_in_a_list_are_a_credential_each(ranks: list[int], sign: str) -> None:
    assert told(sign.join(ENGINEERS[rank] for rank in ranks)) == {(rank, rank, "工程系列") for rank in ranks}


@pytest.mark.parametrize(
    "cell",
    [
        "工程师/2018.12",
        "中级机械工程师",
        "机械工程/工程师",
        "中级电气工程师（2018年12月取得）",
        "机械工程师",
        "工程师（机械）",
        "工程师（机械制造及自动化）",
        "工程师（采矿）",
        "工程师（电气自动化专业）",
        "工程师任职资格",
        "工程师（已聘）",
        "工程系列 工程师",
        "中级（工程系列）",
    ],
)
def test_subject_series_and_harmless_words_beside_a_title_are_passed_over(cell: str) -> None:
    assert told(cell) == {(3, 3, "工程系列")}


@pytest.mark.parametrize(
    ("series", "told_as"), [("工程类", "工程系列"), ("工程技术系列", "工程系列"), ("经济类", "其他系列"), ("会计系列", "其他系列")]
)
@given(grade=st.sampled_from(sorted(GRADES)))
def test_a_grade_with_its_series_before_it_is_of_that_series(series: str, told_as: str, grade: str) -> None:
    cell = series + grade
    assert {ranks[2] for ranks in told(cell)} == {told_as} and {(low, high) for low, high, _ in told(cell)} == {GRADES[grade]}


@pytest.mark.parametrize("cell", ["初级机械工程师", "高级中级工程师", "工程类工程帅", "经济类机械", "二级建造师", "注册安全工程师"])
def test_words_that_make_no_title_together_are_unreadable(cell: str) -> None:
    assert title(cell).is_unread


@given(rank=st.integers(1, 5), void=st.sampled_from(["作废", "已注销", "撤销", "申报中", "拟评", "待评", "未通过", "公示", "已报名", "评审中"]),
       form=st.sampled_from(["{t}（{v}）", "{v}{t}", "{t}，{v}", "{v}：{t}", "{v}-{t}", "{v}/{t}"]))  # fmt: skip
def test_a_title_that_is_void_or_applied_for_gives_none_and_says_so(rank: int, void: str, form: str) -> None:
    found = title(form.format(t=ENGINEERS[rank], v=void))
    assert (found.values["_state"], found.values["_rank"], found.credentials, found.code) == ("none", 0, (), "gives_none")


@pytest.mark.parametrize(
    "cell",
    [
        "中级/工程师（作废）",
        "工程师/中级（作废）",
        "初级/助理工程师已作废",
        "副高级/高级工程师（申报中）",
        "工程师（作废）/中级",
        "拟申报：中级/工程师",
    ],
)
def test_words_joined_to_one_title_are_void_together(cell: str) -> None:
    assert (title(cell).values["_state"], told(cell)) == ("none", set())


def test_beside_a_title_that_is_held_one_that_is_applied_for_gives_nothing_more() -> None:
    for cell in (
        "助理工程师（拟申报工程师）",
        "助理工程师（拟申报高级工程师）",
        "助理工程师（申报高工）",
        "助理工程师（申报技师）",
        "助理工程师申报工程师",
        "助理工程师；拟申报：工程师",
        "助理工程师 工程师（在评）",
        "助理工程师/拟申报-工程师",
    ):
        assert (told(cell), title(cell).code) == ({(2, 2, "工程系列")}, "gives_none"), cell
    assert title("工程师（拟申报工程师）").values["_state"] == "none"


def test_a_title_with_its_subject_is_read_and_one_with_a_span_of_time_or_an_appointment_before_it_is_not() -> None:
    assert all(title(cell).is_unread for cell in ("工程师（2015—2020）", "聘任工程师", "专业工程师"))
    assert told("炼钢工程师") == told("土建 工程师") == {(3, 3, "工程系列")} and told("高级炼钢工程师") == told("路桥高工") == {
        (4, 4, "工程系列")
    }
    assert told("工程师（聘任）") == told("工程师（已评未聘）") == {(3, 3, "工程系列")}


@pytest.mark.parametrize(
    "cell",
    ["工艺工程师", "设计师", "总工程师", "见习工程师", "注册安全工程师", "一级建造师", "注册造价师", "助理工程师/工程师", "工程师（丙类）", "准工程师", "相当于工程师",
     "工程师以上", "享受工程师待遇", "副高级/工程师", "工程师（", "工程师（助理）", "机械助理", "工程师（已取消，现高级工程师）", "工程师（作废后改评高级工程师）"],
)  # fmt: skip
def test_post_names_practising_certificates_and_unknown_words_are_unreadable(cell: str) -> None:
    assert (title(cell).code, title(cell).is_unread) == ("title_unreadable", True)


@pytest.mark.parametrize(("cell", "expected"), [("中级/二级", {(3, 3, None)}), ("工程师、技师", {(3, 3, "工程系列")})])
def test_a_skill_level_beside_a_title_is_passed_over(cell: str, expected: set) -> None:
    assert told(cell) == expected
