"""Rows of one person: every fact is compared, or listed with the reason why it is not; what conflicts is unknown, and never held for sure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from guantong.flows.audit.build_tables import connect, load_packs
from guantong.flows.records import Input, PackEntry
from guantong.schemas import database
from guantong.schemas.checks.plausibility import COMPARED_BESIDE, FACTS, NOT_COMPARED
from guantong.schemas.reading.batch import read_batch, write_batch
from tests.support.workbooks import CLEAN, people


def rows_read(folder: Path, *cells: dict[str, object]) -> list[dict[str, Any]]:
    """The rows of one person of one unit, a roster each, as the rules get them."""
    paths = [people(folder / f"{at}.xlsx", CLEAN | each) for at, each in enumerate(cells)]
    batch = read_batch(paths, b"key")
    write_batch(batch, folder / "pack")
    packed = [(Input(at, path, path.name, sha256=f"{at:064}"), PackEntry(folder / "pack", at)) for at, path in enumerate(paths)]
    with connect(folder, folder / "pack") as con:
        load_packs(con, packed)
        return database.records(con, "SELECT * FROM rows ORDER BY pid")


def test_each_column_of_rows_is_compared_or_said_why_not(tmp_path: Path) -> None:
    write_batch(read_batch([people(tmp_path / "a.xlsx", CLEAN)], b"key"), tmp_path / "pack")
    present = set(pq.read_schema(tmp_path / "pack" / "rows.parquet").names)
    compared = {name for fact in FACTS for name in fact.all_columns} | set(COMPARED_BESIDE)
    reasons = [name for names in NOT_COMPARED.values() for name in names]
    assert present - compared - set(reasons) == set()
    assert compared - present == set() and set(reasons) - present == set()
    assert len(reasons) == len(set(reasons)) and not compared & set(reasons)


@pytest.mark.parametrize("other", ["高级技师", "焊工高级工", "无", "能工巧匠"])
def test_a_level_in_conflict_is_anything_up_to_the_highest_told(tmp_path: Path, other: str) -> None:
    for row in rows_read(tmp_path, {"技能等级": "技师"}, {"技能等级": other}):
        (one,) = row["credentials"]
        assert (one["track"], one["rank_lo"], one["rank_hi"], one["day_lo"], one["occupation"]) == (
            "skill",
            0,
            5 if other == "高级技师" else 4,
            None,
            None,
        )
        assert (row["skill_state"], row["post"]) == ("either", None)


def test_a_date_in_conflict_leaves_the_level_undated_and_in_doubt(tmp_path: Path) -> None:
    for row in rows_read(tmp_path, {}, {"技能等级取得时间": "2010-01-01"}):
        (one,) = row["credentials"]
        assert (one["rank_lo"], one["rank_hi"], one["day_lo"]) == (0, 4, None)


def test_where_rows_agree_the_list_stays(tmp_path: Path) -> None:
    told = {"技能等级": "焊工技师、电工高级工", "职称": "初级", "职称系列": "工程系列", "职称取得时间": "2018-01-01"}
    for row in rows_read(tmp_path, told, told):
        assert [(one["track"], one["rank_lo"], one["rank_hi"]) for one in row["credentials"]] == [
            ("skill", 4, 4),
            ("skill", 3, 3),
            ("title", 1, 2),
        ]
        assert row["skill_state"] == "known"


@pytest.mark.parametrize(("header", "one", "other", "name"), [
    ("在岗状态", "在岗", "退休", "service"), ("所在市", "大连市", "长春市", "province"), ("现岗位起始时间", "2010-01", "2024-01", "post_start_lo"),
    ("在岗状态", "2025年12月退休", "2024年12月退休", "service_from_lo"), ("荣誉称号", "辽宁工匠", "全国技术能手", "honours"),
])  # fmt: skip
def test_a_fact_in_conflict_is_unknown(tmp_path: Path, header: str, one: str, other: str, name: str) -> None:
    for row in rows_read(tmp_path, {header: one}, {header: other}):
        assert row[name] is None and row["post"] is None


def test_honours_in_conflict_are_in_doubt(tmp_path: Path) -> None:
    for row in rows_read(tmp_path, {"荣誉称号": "辽宁工匠"}, {"荣誉称号": "全国技术能手"}):
        assert row["honours_in_doubt"] == sorted(["辽宁工匠", "全国技术能手"])


def test_what_one_row_has_filled_and_can_not_be_read_is_unread_for_the_person(tmp_path: Path) -> None:
    for row in rows_read(tmp_path, {"是否一线岗位": "是"}, {"是否一线岗位": "是/否"}):
        assert (row["frontline"], row["unread"]) == (None, ["frontline"])
