"""Cells of skill levels: the level and its occupation in every form, several in a cell, what gives none, and what is unreadable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.schemas.catalogue import fields, rows
from guantong.schemas.values.parsed import Parsed
from guantong.schemas.values.parsers import PARSERS

WORDS = {1: "初级工", 2: "中级工", 3: "高级工", 4: "技师", 5: "高级技师", 6: "特级技师", 7: "首席技师"}
NUMBERS = {1: "五级", 2: "四级", 3: "三级", 4: "二级", 5: "一级"}
TRADES = ("电工", "焊工", "数控车工", "化学检验员", "无损检测员", "起重装卸机械操作工", "桥式起重机司机", "钢丝绳编织工", "职业指导员")
# A trade and a level in the forms in which people write them; {n} is the printed number.
WITH_TRADE = (
    "{t}{w}",
    "{w}（{t}）",
    "{t}（{w}）",
    "{t}({n}/{w})",
    "{t}{n}",
    "{n}{t}",
    "{t}、{w}",
    "{t}/{n}",
    "{w}-{t}",
    "({t}){w}",
    "{t} {w}",
    "{t}{w}证书",
)
VOID = (
    "作废",
    "已注销",
    "被撤销",
    "吊销",
    "已过期",
    "失效",
    "申报中",
    "申请",
    "拟聘",
    "待评",
    "未通过",
    "公示中",
    "已报名",
    "评审中",
    "尚未发证",
)
# What nobody knows to be harmless, nor to give none.
UNKNOWN = ("丙类", "相当于", "内部聘任", "以上", "原", "暂停", "骨干", "车间", "优秀员工", "班组长", "A1")


def skill(cell: object) -> Parsed:
    return PARSERS["skill"](cell, fields()["skill"])


def told(cell: object) -> set[tuple[int, str | None]]:
    """The credentials of a cell: rank and occupation."""
    return {(one.rank_lo, one.occupation) for one in skill(cell).credentials}


@given(rank=st.integers(1, 5), trade=st.sampled_from(TRADES), form=st.sampled_from(WITH_TRADE))
def test_a_level_is_read_with_the_occupation_beside_it(rank: int, trade: str, form: str) -> None:
    assert told(form.format(t=trade, w=WORDS[rank], n=NUMBERS[rank])) == {(rank, trade)}


@given(rank=st.integers(1, 3), trade=st.sampled_from(TRADES), form=st.sampled_from(["{g}{t}", "{t}{g}", "{t}（{g}）", "{g}（{t}）"]))
def test_a_grade_beside_an_occupation_is_a_level(rank: int, trade: str, form: str) -> None:
    grade = {1: "初级", 2: "中级", 3: "高级"}[rank]
    assert told(form.format(t=trade, g=grade)) == {(rank, trade)}


@given(first=st.tuples(st.integers(3, 5), st.sampled_from(TRADES)), second=st.tuples(st.integers(3, 5), st.sampled_from(TRADES)),
       sign=st.sampled_from("、,；;\n /"))  # fmt: skip
def test_each_occupation_and_level_of_a_cell_is_a_credential(first: tuple[int, str], second: tuple[int, str], sign: str) -> None:
    cell = sign.join(f"{trade}{WORDS[rank]}" for rank, trade in (first, second))
    assert told(cell) == {first, second}
    assert skill(cell).values["_rank"] == max(first[0], second[0])


@given(ranks=st.lists(st.integers(1, 7), min_size=2, max_size=4, unique=True), trade=st.sampled_from(["", *TRADES]))
def test_several_levels_in_a_cell_are_of_its_one_occupation(ranks: list[int], trade: str) -> None:
    assert told(trade + "、".join(WORDS[rank] for rank in ranks)) == {(rank, trade or None) for rank in ranks}


def test_every_listed_occupation_is_read_as_itself() -> None:
    for row in rows("occupations"):
        if row["kind"] == "trade":
            assert told(f"{row['occupation']}三级") == {(3, row["occupation"])}, row["occupation"]


@given(
    rank=st.integers(1, 5),
    trade=st.sampled_from(["", *TRADES]),
    void=st.sampled_from(VOID),
    form=st.sampled_from(["{l}（{v}）", "{v}{l}", "{l}，{v}", "{l}{v}", "{v}：{l}", "{v}-{l}", "{v}/{l}"]),
)
def test_a_level_that_is_void_or_applied_for_gives_none_and_says_so(rank: int, trade: str, void: str, form: str) -> None:
    found = skill(form.format(l=trade + WORDS[rank], v=void))
    assert (found.values["_state"], found.values["_rank"], found.credentials, found.code) == ("none", 0, (), "gives_none")


@given(
    rank=st.integers(1, 5),
    trade=st.sampled_from(TRADES),
    void=st.sampled_from(VOID),
    form=st.sampled_from(["{n}/{w}（{v}）", "{w}/{n}（{v}）", "{n}（{v}）/{w}", "{v}：{n}/{w}", "{t}/{w}（{v}）", "{w}/{t}（{v}）", "{t}/{n}/{w}（{v}）", "{t}/{n}{v}"]),
)  # fmt: skip
def test_words_joined_to_one_level_are_void_together(rank: int, trade: str, void: str, form: str) -> None:
    found = skill(form.format(t=trade, n=NUMBERS[rank], w=WORDS[rank], v=void))
    assert (found.values["_state"], found.credentials, found.code) == ("none", (), "gives_none")


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "高级工；拟申报：技师",
            "高级工，2024年申报：技师",
            "高级工/技师（作废）",
            "高级工；拟申报-技师",
            "高级工/拟申报/技师",
            "高级工 申报：技师",
        ),
        *("高级工（拟申报技师）", "高级工、技师（公示中）", "高级工、申报技师", "技师（作废）、高级工"),
        *("高级工 技师（在评）", "高级工 技师（作废）", "高级工（现申报技师）", "高级工（拟申报技师、高级技师）"),
        *("高级工（拟申报助理工程师）", "高级工（申报高级工程师）", "高级工，拟评工程师", "高级工申报技师"),
    ],
)
def test_beside_a_level_that_is_held_one_that_is_not_gives_nothing_more(cell: str) -> None:
    assert (told(cell), skill(cell).code) == ({(3, None)}, "gives_none")


@given(
    rank=st.integers(1, 5),
    word=st.sampled_from(UNKNOWN),
    form=st.sampled_from(["{l}（{u}）", "{u}{l}", "{l}、{u}", "{l}{u}", "电工{l}（{u}）"]),
)
def test_words_that_are_not_known_to_be_harmless_make_the_cell_unreadable(rank: int, word: str, form: str) -> None:
    found = skill(form.format(l=WORDS[rank], u=word))
    assert (found.values["_state"], found.credentials, found.code, found.is_unread) == ("unknown", (), "skill_unreadable", True)


@pytest.mark.parametrize(
    "cell", ["技师（2015年取得）", "国家职业资格二级（技师）", "二级/技师（职业技能等级）", "技师 2015.06", "技师（原件已核）", "技师证书"]
)
def test_what_is_known_to_be_harmless_is_passed_over(cell: str) -> None:
    assert told(cell) == {(4, None)}


@pytest.mark.parametrize(("cell", "rank"), [("技术工三级", 3), ("技术工人二级", 4), ("机关事业单位技术工五级", 1), ("三级工（高级工）", 3)])
def test_a_technical_worker_of_a_grade_has_that_level(cell: str, rank: int) -> None:
    assert told(cell) == {(rank, None)}


@pytest.mark.parametrize(
    "cell",
    ["三级工", "八级工", "电工五级工", "三级工/中级工", "二级建造师", "一级注册建造师", "注册安全工程师", "工艺工程师", "能工巧匠", "班组长技师",
     "高级员工", "一线职工高级工", "助理技师", "准技师", "原电工技师", "高级钳工技师", "高级茶艺师", "高级工/技师", "三级技师", "初级工/中级工/高级工",
     "焊工、电工、高级工", "技师（", "）技师", "高级人员", "中级技术员", "高级工（已注销，现技师）", "高级工（已注销现技师）", "高级工（技师，已作废）"],
)  # fmt: skip
def test_what_may_mean_something_else_is_unreadable(cell: str) -> None:
    assert (skill(cell).code, skill(cell).is_unread) == ("skill_unreadable", True)


@given(st.text("电工技师高中初级三二一、/（）()作废申报 的", max_size=14))
def test_whatever_a_cell_says_its_levels_and_its_state_agree(cell: str) -> None:
    if not cell.strip():
        return
    found = skill(cell)
    assert (found.values["_state"] == "known") == bool(found.credentials)
    if found.credentials:
        assert found.values["_rank"] == max(one.rank_hi for one in found.credentials)


DATED = ["{w}（2018年6月）", "{w}/2018.6", "{w} 2018-06", "{w}2018/6", "电工{w}（2018年6月取得）", "2018.06{w}", "{w}（电工、2018.6）"]


@given(rank=st.integers(1, 5), form=st.sampled_from(DATED))
def test_a_date_beside_a_level_in_its_cell_is_that_levels(rank: int, form: str) -> None:
    (one,) = skill(form.format(w=WORDS[rank])).credentials
    assert (one.rank_lo, str(one.first), str(one.last)) == (rank, "2018-06-01", "2018-06-30")


def test_dates_in_a_cell_of_several_levels_are_each_ones_own_or_nobodys() -> None:
    def days(cell: str) -> dict[int, str | None]:
        return {one.rank_lo: one.first and str(one.first) for one in skill(cell).credentials}

    assert days("高级工2015.6、技师2018.6") == {3: "2015-06-01", 4: "2018-06-01"}
    assert days("高级工、技师/2018.6") == {3: None, 4: None}
    assert days("高级工（2015.6、2018.6）") == {3: None}
    assert days("高级工/2015.6/2018.6") == days("高级工（2015.6）/2018.6") == {3: None}


@pytest.mark.parametrize(
    "cell",
    [
        "高级工 2015.6\n技师 2018.6",
        "1.高级工 2015.6 2.技师 2018.6",
        "2015.6 高级工；2018.6 技师",
        "高级工，2015.6；技师，2018.6",
        "高级工 2015.6 技师 2018.6",
        "高级工 2015.6\n技师（2018.6）",
    ],
)
def test_as_many_days_between_levels_as_levels_are_theirs(cell: str) -> None:
    assert [(one.rank_lo, str(one.first)) for one in skill(cell).credentials] == [(3, "2015-06-01"), (4, "2018-06-01")]
    titles = cell.replace("高级工", "助理工程师").replace("技师", "工程师")
    assert [(one.rank_lo, str(one.first)) for one in PARSERS["title"](titles, fields()["title"]).credentials] == [
        (2, "2015-06-01"),
        (3, "2018-06-01"),
    ]


def test_a_date_of_an_appointment_or_of_validity_is_no_date_of_a_level() -> None:
    assert skill("技师（2019.1—2022.1）").is_unread and skill("高级工2018-2023").is_unread and skill("高级工（—2023.6）").is_unread
    assert skill("技师（2019.1有效期至2022.1）").is_unread and skill("技师（2022.1到期）").code == "gives_none"
    assert PARSERS["title"]("工程师（2019.1聘任）", fields()["title"]).credentials[0].first is None
