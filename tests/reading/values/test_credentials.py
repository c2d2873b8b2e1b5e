"""The list of what a person holds: from the cell of the level or title, its date, the columns of lower levels, and two columns side by side."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guantong.schemas.reading.batch import read_batch, write_batch
from tests.support.workbooks import roster

LEVELS = {3: "高级工", 4: "技师", 5: "高级技师"}
COLUMNS = {3: "高级工取得时间", 4: "技师取得时间", 5: "高级技师取得时间"}
DAYS = {day: dt.date.fromisoformat(day) for day in ("2010-03-01", "2015-06-30", "2020-12-31")}


def written(folder: Path, headers: list[str], *people: list[object]) -> Path:
    """A roster of people with these cells, and with what makes it one."""
    about = {"姓名": "张示例", "出生年月": "1980-01", "岗位类别": "技能岗位", "在岗状态": "在岗"}
    more = [header for header in about if header not in headers]
    return roster(folder / "a.xlsx", [*more, *headers], [[*(about[header] for header in more), *cells] for cells in people])


def read(folder: Path, headers: list[str], *people: list[object]) -> tuple[list[dict[str, Any]], set[str]]:
    """The rows of a roster as a pack has them, and the codes of its findings on cells."""
    path = written(folder, headers, *people)
    batch = read_batch([path], b"key")
    pack = folder / f"pack{len(list(folder.iterdir()))}"
    write_batch(batch, pack)
    codes = set(batch.findings.dropna(subset=["row"])["code"])
    return pq.read_table(pack / "rows.parquet").to_pylist(), codes


def person(folder: Path, cells: dict[str, object]) -> dict[str, Any]:
    rows, _ = read(folder, list(cells), list(cells.values()))
    return rows[0]


def held(row: dict[str, Any], track: str = "skill") -> list[tuple[object, ...]]:
    """(rank from, rank to, first day, occupation or series, column of the level, column of the date) of each credential."""
    of = "occupation" if track == "skill" else "series"
    return [
        (one["rank_lo"], one["rank_hi"], one["day_lo"], one[of], one["level_name"], one["date_name"])
        for one in row["credentials"] or []
        if one["track"] == track
    ]


def test_a_date_in_the_cell_of_a_title_is_its_own_where_no_column_tells_one(tmp_path: Path) -> None:
    assert held(person(tmp_path, {"职称": "工程师/2018.12"}), "title") == [(3, 3, dt.date(2018, 12, 1), "工程系列", "title", "title")]
    row = person(tmp_path, {"职称": "工程师/2018.12", "职称取得时间": "2018-12-20"})
    assert held(row, "title") == [(3, 3, dt.date(2018, 12, 20), "工程系列", "title", "title_date")]


def test_a_date_in_the_cell_that_contradicts_the_one_beside_is_told_and_the_earlier_counts(tmp_path: Path) -> None:
    for beside, first in (("2019-05-01", dt.date(2018, 12, 1)), ("2017", dt.date(2017, 1, 1))):
        rows, codes = read(tmp_path, ["职称", "职称取得时间"], ["工程师/2018.12", beside])
        assert [one[2] for one in held(rows[0], "title")] == [first] and "date_conflict" in codes


def test_the_date_beside_is_of_the_highest_level_in_the_cell(tmp_path: Path) -> None:
    row = person(tmp_path, {"技能等级": "焊工技师、电工高级工", "技能等级取得时间": "2024-05-01"})
    assert held(row) == [
        (4, 4, dt.date(2024, 5, 1), "焊工", "skill", "skill_date"),
        (3, 3, None, "电工", "skill", None),
    ]


def test_of_titles_of_different_series_the_date_is_neither_s(tmp_path: Path) -> None:
    row = person(tmp_path, {"技能等级": "", "职称": "工程师、高级经济师", "职称取得时间": "2015-01-01"})
    assert held(row, "title") == [(4, 4, None, "其他系列", "title", None), (3, 3, None, "工程系列", "title", None)]


def test_a_column_of_a_level_dates_what_the_cell_has_undated(tmp_path: Path) -> None:
    row = person(
        tmp_path,
        {"技能等级": "高级工、技师、高级技师", "技能等级取得时间": "2020-05-01", "技师取得时间": "2015", "高级工取得时间": "2009-01-01"},
    )
    assert held(row) == [
        (5, 5, dt.date(2020, 5, 1), None, "skill", "skill_date"),
        (4, 4, dt.date(2015, 1, 1), None, "skill", "skill_4_date"),
        (3, 3, dt.date(2009, 1, 1), None, "skill", "skill_3_date"),
    ]


def test_a_column_of_a_lower_level_is_of_the_occupation_that_the_cell_names(tmp_path: Path) -> None:
    row = person(tmp_path, {"技能等级": "电工高级技师", "技能等级取得时间": "2020-05-01", "技师取得时间": "2015-01-01"})
    assert held(row)[1] == (4, 4, dt.date(2015, 1, 1), "电工", "skill_4_date", "skill_4_date")
    two = person(tmp_path, {"技能等级": "钳工中级工、焊工技师", "技能等级取得时间": "2024-05-01", "高级工取得时间": "2015-06-30"})
    assert (3, 3, dt.date(2015, 6, 30), "焊工", "skill_3_date", "skill_3_date") in held(two)


@pytest.mark.parametrize(
    ("level", "code"),
    [("技师", "level_below_history"), ("无", "date_without_level"), ("", "date_without_level"), ("能工巧匠", "skill_unreadable")],
)
def test_a_column_above_the_level_or_beside_none_does_not_count(tmp_path: Path, level: str, code: str) -> None:
    rows, codes = read(tmp_path, ["技能等级", "职称", "高级技师取得时间"], [level, "无", "2015-01-01"])
    assert [one[0] for one in held(rows[0])] == ([4] if level == "技师" else [])
    assert code in codes


@pytest.mark.parametrize(
    ("headers", "cells", "expected"),
    [
        (["技能等级", "高级工取得时间"], ["技师（申报中）", "2012-05-01"], (3, "skill")),
        (
            ["技能等级", "技能等级取得时间", "高级工取得时间", "技师取得时间"],
            ["技师（已注销）", "2019-05-01", "2012-05-01", "2019-05-01"],
            (3, "skill"),
        ),
        (["职称", "助理工程师取得时间", "高级工程师取得时间"], ["拟申报：工程师", "2012-05-01", "2020"], (2, "title")),
    ],
)
def test_a_cell_that_gives_none_takes_back_no_lower_level_that_a_column_tells(
    tmp_path: Path, headers: list[str], cells: list[str], expected: tuple[int, str]
) -> None:
    rank, track = expected
    rows, codes = read(tmp_path, headers, cells)
    assert [(one[0], one[2]) for one in held(rows[0], track)] == [(rank, dt.date(2012, 5, 1))]
    assert codes == {"gives_none"}


def test_a_grade_that_covers_two_ranks_is_narrowed_by_a_column_of_a_title(tmp_path: Path) -> None:
    headers = ["技能等级", "职称", "职称取得时间", "助理工程师取得时间"]
    rows, _ = read(tmp_path, headers, ["", "初级", "2018-01-01", ""], ["", "初级", "", "2018-01-01"])
    assert held(rows[0], "title") == [(1, 2, dt.date(2018, 1, 1), None, "title", "title_date")]
    assert held(rows[1], "title") == [(2, 2, dt.date(2018, 1, 1), "工程系列", "title", "title_2_date")]


@pytest.mark.parametrize(("series", "expected"), [("工程系列", "工程系列"), ("经济系列", "其他系列"), ("", None)])
def test_a_grade_is_of_the_series_that_stands_beside_it(tmp_path: Path, series: str, expected: str | None) -> None:
    row = person(tmp_path, {"技能等级": "", "职称": "中级", "职称系列": series, "职称取得时间": "2018-01-01"})
    assert held(row, "title") == [(3, 3, dt.date(2018, 1, 1), expected, "title", "title_date")]


@pytest.mark.parametrize(
    ("title", "series", "expected", "code"),
    [
        *(("工程师", series, ["工程系列"], None) for series in ("工程系列", "机械类", "电气专业", "冶金", "")),
        *(("工程师", series, ["工程系列"], "series_conflict") for series in ("经济系列", "会计", "非工程系列")),
        *(("工程师", series, ["工程系列"], "word_unreadable") for series in ("工程系列、经济系列", "拟转工程系列", "职业资格")),
        ("经济师", "工程系列", ["其他系列"], "series_conflict"),
        ("工程师、经济师", "工程系列", ["工程系列", "其他系列"], None),
    ],
)
def test_a_title_is_of_the_series_that_its_name_tells_whatever_stands_beside_it(
    tmp_path: Path, title: str, series: str, expected: list[str | None], code: str | None
) -> None:
    (row,), codes = read(tmp_path, ["职称", "职称系列"], [title, series])
    assert [one[3] for one in held(row, "title")] == expected
    assert codes & {"series_conflict", "word_unreadable"} == ({code} if code else set())


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(
        st.fixed_dictionaries(
            {"level": st.sampled_from([*LEVELS.values(), "无", "", "丙类"]), "date": st.sampled_from(["", *DAYS])}
            | {header: st.sampled_from(["", *DAYS]) for header in COLUMNS.values()}
        ),
        min_size=1,
        max_size=8,
    )
)
def test_each_person_has_the_credentials_of_the_own_cells_alone(tmp_path: Path, people: list[dict[str, str]]) -> None:
    rows, _ = read(
        tmp_path,
        ["技能等级", "技能等级取得时间", *COLUMNS.values()],
        *([cells["level"], cells["date"], *(cells[header] for header in COLUMNS.values())] for cells in people),
    )
    for row, cells in zip(rows, people, strict=True):
        top = next((rank for rank, word in LEVELS.items() if word == cells["level"]), 0)
        expected = [(top, cells["date"])] if top else []
        for rank, header in COLUMNS.items():
            if cells[header] and rank <= top:
                if rank == top and not cells["date"]:
                    expected[0] = (top, cells[header])
                else:
                    expected.append((rank, cells[header]))
        assert sorted((one[0], str(one[2] or "")) for one in held(row)) == sorted(expected)


# What can't be read, what is blank, and what a sheet does not have


def test_the_state_tells_blank_none_unread_and_a_sheet_without_the_column_apart(tmp_path: Path) -> None:
    rows, _ = read(
        tmp_path,
        ["技能等级", "职称"],
        ["", ""],
        ["无", "无"],
        ["技师（作废）", "工程师（申报中）"],
        ["能工巧匠", "工艺工程师"],
        ["技师", "工程师"],
    )
    assert [row["skill_state"] for row in rows] == ["blank", "none", "none", "unknown", "known"]
    assert [row["title_state"] for row in rows] == ["blank", "none", "none", "unknown", "known"]
    assert [row["unread"] for row in rows] == [None, None, None, ["skill", "title"], None]
    assert person(tmp_path, {"技能等级": "技师"})["title_state"] == "absent"


def test_a_void_level_with_its_date_is_told_once(tmp_path: Path) -> None:
    _, codes = read(tmp_path, ["技能等级", "技能等级取得时间", "职称"], ["技师（作废）", "2015-06-01", "无"])
    assert codes == {"gives_none"}


@pytest.mark.parametrize("cell", ["2015.6（作废）", "2015年6月（申报）", "2015-06-30（过期）", "2015.6（补办）", "2015（丙类）"])
def test_a_date_with_words_that_are_not_known_to_be_harmless_is_unreadable(tmp_path: Path, cell: str) -> None:
    row = person(tmp_path, {"技能等级": "技师", "技能等级取得时间": cell, "职称": ""})
    assert row["unread"] == ["skill_date"]
    assert held(row) == [(4, 4, None, None, "skill", None)]


@pytest.mark.parametrize("cell", ["2015.6（取得）", "2015年6月取得", "2015-06-30（发证日期）", "2015.6起"])
def test_a_date_with_words_of_its_own_is_read(tmp_path: Path, cell: str) -> None:
    assert person(tmp_path, {"技能等级": "技师", "技能等级取得时间": cell})["unread"] is None


@pytest.mark.parametrize(("cells", "field"), [({"所在市": "某市"}, "city"), ({"中断月数": "很久"}, "away_months"), ({"岗位类别": "#N/A"}, "post"),
    ({"技能等级取得时间": "1920-01-01"}, "skill_date"), ({"是否一线岗位": "是/否"}, "frontline")])  # fmt: skip
def test_whatever_is_filled_and_can_not_be_read_is_named(tmp_path: Path, cells: dict[str, object], field: str) -> None:
    assert person(tmp_path, {"技能等级": "技师", **cells})["unread"] == [field]


# A name and a grade side by side


@pytest.mark.parametrize(
    ("headers", "cells", "expected"),
    [
        (["职称", "职称级别"], ["助理工程师", "初级"], [(2, 2, None, "工程系列", "title", None)]),
        (["职称", "职称级别"], ["", "中级"], [(3, 3, None, None, "title", None)]),
        (["职称名称", "级别"], ["工程师", "中级"], [(3, 3, None, "工程系列", "title", None)]),
        (["职称", "职称级别"], ["经济师", "中级"], [(3, 3, None, "其他系列", "title", None)]),
    ],
)
def test_a_title_and_its_grade_are_one_credential(tmp_path: Path, headers: list[str], cells: list[object], expected: list) -> None:
    rows, codes = read(tmp_path, ["技能等级", *headers], ["", *cells])
    assert held(rows[0], "title") == expected
    assert "column_conflict" not in codes


@pytest.mark.parametrize("headers", [["职业资格", "等级"], ["职业资格", "技能等级"], ["职业（工种）", "级别"]])
def test_an_occupation_and_its_level_are_one_credential(tmp_path: Path, headers: list[str]) -> None:
    rows, codes = read(tmp_path, [*headers, "职称"], ["车工", "三级", ""])
    assert [one[:4] for one in held(rows[0])] == [(3, 3, None, "车工" if headers[0] == "职业资格" else None)]
    assert "column_conflict" not in codes


@pytest.mark.parametrize(
    ("headers", "cells", "field"),
    [
        (["职称", "职称级别"], ["工程师", "副高级"], "title"),
        (["职称", "职称级别"], ["工艺工程师", "中级"], "title"),
        (["职称", "职称级别"], ["无", "中级"], "title"),
        (["职业资格", "技能等级"], ["高级工", "二级"], "skill"),
    ],
)
def test_where_both_disagree_what_is_held_is_unknown_and_both_are_named(
    tmp_path: Path, headers: list[str], cells: list[str], field: str
) -> None:
    batch = read_batch([written(tmp_path, headers, list(cells))], b"key")
    (found,) = batch.findings[batch.findings["code"] == "column_conflict"].to_dict("records")
    assert (found["header"], found["value"]) == (headers[0], cells[0])
    assert headers[1] in found["detail"] and cells[1] in found["detail"]
    assert field in set(batch.unread["field"])
    assert batch.credentials.num_rows == 0


def test_the_occupation_is_compared_without_spaces_and_brackets(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, ["技能等级", "职业（工种）"], ["技师", "车 工（数控）"], ["技师", "车工"], ["技师", ""])
    assert [row["occupation_key"] for row in rows] == ["车工", "车工", None]
