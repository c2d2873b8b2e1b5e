"""Several levels or titles in a cell, and as many dates in the cell beside it."""

from pathlib import Path

import pytest

from guantong.schemas.reading.batch import read_batch
from tests.support.field_rows import unread
from tests.support.workbooks import CLEAN, people


def dated(path: Path, changes: dict[str, str]) -> list[tuple[str, int, str | None]]:
    """(track, rank, first day) of each credential."""
    people(path / "a.xlsx", CLEAN | changes)
    told = read_batch([path / "a.xlsx"], b"key").credentials.to_pylist()
    return [(one["track"], one["rank_hi"], one["day_lo"] and one["day_lo"].isoformat()) for one in told]


@pytest.mark.parametrize(
    ("levels", "dates"),
    [
        ("焊工技师、电工高级工", "2019.6、2015.8"), ("焊工技师\n电工高级工", "2019.6\n2015.8"), ("高级工、技师", "2015.8、2019.6"),
        ("1.焊工技师\n2.电工高级工", "2019-06/2015-08"), ("技师；高级工", "2019.6 2015.8"),
    ],
)  # fmt: skip
def test_as_many_dates_as_levels_are_theirs_in_order(levels: str, dates: str, tmp_path: Path) -> None:
    assert dated(tmp_path, {"技能等级": levels, "技能等级取得时间": dates}) == [("skill", 4, "2019-06-01"), ("skill", 3, "2015-08-01")]
    assert unread(tmp_path) == []


def test_as_many_dates_as_titles_are_theirs_in_order(tmp_path: Path) -> None:
    titles = {"技能等级": "无", "技能等级取得时间": "", "职称": "工程师、助理工程师", "职称取得时间": "2018.12、2012.12"}
    assert dated(tmp_path, titles) == [("title", 3, "2018-12-01"), ("title", 2, "2012-12-01")]


@pytest.mark.parametrize(
    ("levels", "dates"),
    [
        ("高级工、技师", "2019.6、2015.8"), ("焊工技师、电工高级工、钳工中级工", "2019.6、2015.8"), ("技师", "2019.6、2015.8"), ("焊工技师、焊工技师", "2019.6、2015.8"),
        ("焊工技师、高级工", "2019.6、2015.8"), ("焊工技师、电工高级工（已作废）", "2019.6、2015.8"), ("焊工技师、电工高级工", "2019.6、不详"),
    ],
)  # fmt: skip
def test_dates_that_may_be_any_levels_are_unreadable(levels: str, dates: str, tmp_path: Path) -> None:
    assert all(day is None for _, _, day in dated(tmp_path, {"技能等级": levels, "技能等级取得时间": dates}))
    assert unread(tmp_path) == ["skill_date"]


def test_a_remark_against_the_levels_speaks_against_each(tmp_path: Path) -> None:
    assert dated(tmp_path, {"技能等级": "焊工技师、电工高级工", "技能等级取得时间": "2019.6、2015.8", "备注": "证书已作废"}) == []
