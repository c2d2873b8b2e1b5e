"""Groups written above a header: they say what its columns are about, also where the header by itself would name as many fields."""

from __future__ import annotations

from pathlib import Path

import pytest
from xlsxwriter import Workbook

from guantong.schemas.reading.batch import Batch, read_batch

WHO = ["周试乙", "210102198503120412", "技能岗位"]
OWN = ["姓名", "身份证号", "岗位类别"]
FULL = [*OWN, "技能等级", "取得时间"]


def read(
    path: Path, rows: list[list[object]], merged: tuple[tuple[int, int, int], ...] = (), suffix: str = "xlsx", down: tuple[int, ...] = ()
) -> Batch:
    """``merged``: row, first and last column of each merged group; ``down``: columns whose header is merged over the first two rows."""
    file = path / f"a.{suffix}"
    if suffix == "csv":
        file.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8-sig")
        return read_batch([file], b"key")
    with Workbook(str(file)) as book:
        sheet = book.add_worksheet("花名册")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
        for row, left, right in merged:
            sheet.merge_range(row, left, row, right, rows[row][left])
        for column in down:
            sheet.merge_range(0, column, 1, column, rows[0][column])
    return read_batch([file], b"key")


def held(batch: Batch) -> list[tuple[object, ...]]:
    return [(one["track"], one["rank_lo"], str(one["day_lo"] or "")[:7]) for one in batch.credentials.to_pylist()]


@pytest.mark.parametrize("layout", ["merged", "unmerged", "csv"])
@pytest.mark.parametrize(
    ("group", "header"),
    [
        ("申报情况", "技能等级"),
        ("配偶情况", "技能等级"),
        ("爱人情况", "技能等级"),
        ("父母情况", "技能等级"),
        ("参加培训情况", "等级"),
        ("拟申报", "级别"),
    ],
)
def test_what_stands_in_a_group_of_another_matter_is_not_held(group: str, header: str, layout: str, tmp_path: Path) -> None:
    rows = [["基本信息", "", "", group, ""], [*OWN, header, "取得时间"], [*WHO, "技师", "2018-06"]]
    batch = read(tmp_path, rows, ((0, 0, 2), (0, 3, 4)) if layout == "merged" else (), "csv" if layout == "csv" else "xlsx")
    assert held(batch) == []
    assert batch.rows["name"].tolist() == ["周试乙"]


@pytest.mark.parametrize("merged", [((0, 0, 4), (0, 5, 6)), ()])
def test_a_title_in_a_group_of_somebody_else_is_not_the_persons(merged: tuple[tuple[int, int, int], ...], tmp_path: Path) -> None:
    rows = [["本人情况", "", "", "", "", "配偶情况", ""], [*FULL, "职称", "取得时间"], [*WHO, "技师", "2018-06", "工程师", "2010-06"]]
    assert held(read(tmp_path, rows, merged)) == [("skill", 4, "2018-06")]


@pytest.mark.parametrize(
    "header", ["联系电话", "出生日期", "所在单位及部门", "部门负责人", "婚姻状况", "首次参加社会保险的起始年月和缴费情况"]
)
@pytest.mark.parametrize(("merged", "down"), [(((0, 0, 4), (0, 5, 6)), (7,)), (((0, 0, 4), (0, 5, 6)), ()), ((), (7,)), ((), ())])
def test_a_column_beside_the_groups_with_a_header_of_its_own_takes_nothing_from_what_they_say(
    merged: tuple[tuple[int, int, int], ...], down: tuple[int, ...], header: str, tmp_path: Path
) -> None:
    rows = [
        ["本人情况", "", "", "", "", "配偶情况", "", header],
        [*FULL, "职称", "取得时间", ""],
        [*WHO, "技师", "2018-06", "工程师", "2010-06", "已填"],
    ]
    assert held(read(tmp_path, rows, merged, down=down)) == [("skill", 4, "2018-06")]


@pytest.mark.parametrize("group", ["申报情况", "拟申报", "配偶情况", "师傅"])
@pytest.mark.parametrize("is_merged", [True, False])
def test_one_group_alone_over_columns_that_are_not_the_first(is_merged: bool, group: str, tmp_path: Path) -> None:
    rows = [["", "", "", "", "", group, ""], [*FULL, "职称", "专业"], [*WHO, "高级工", "2018-06", "工程师", "机械"]]
    assert held(read(tmp_path, rows, ((0, 5, 6),) if is_merged else ())) == [("skill", 3, "2018-06")]


@pytest.mark.parametrize(
    "line",
    [
        "单位名称（盖章）||沈北机床厂||填报人|聘某",
        "示例机床厂|||拟稿：王某|2025年11月",
        "沈北机床厂||||2025-11-30",
        "高技能人才情况|||机修车间",
        "鞍北钢铁|||职称申报花名册",
    ],
)
def test_a_line_about_the_unit_above_a_header_is_no_group(line: str, tmp_path: Path) -> None:
    batch = read(tmp_path, [line.split("|"), [*FULL, "职称", "取得时间"], [*WHO, "技师", "2018-06", "工程师", "2019-06"]])
    assert sorted(held(batch)) == [("skill", 4, "2018-06"), ("title", 3, "2019-06")]


def test_a_person_above_a_second_header_is_no_group_of_it(tmp_path: Path) -> None:
    above = [["姓名", "岗位类别", "技能等级", "取得时间", "备注"], ["甲试", "技能岗位", "高级工", "2018-06"], ["乙试", "", "技师"]]
    batch = read(tmp_path, [*above, ["姓名", "岗位类别", "职称", "取得时间", "备注"], ["丙试", "技能岗位", "工程师", "2018-06"]])
    assert batch.rows["name"].tolist() == ["甲试", "乙试", "丙试"]


@pytest.mark.parametrize("group", ["爱人情况", "父母信息", "子女", "推荐人情况", "拟参评"])
def test_one_group_alone_of_whoever_else_is_not_the_persons(group: str, tmp_path: Path) -> None:
    above = [*[""] * len(FULL), group, ""]
    batch = read(tmp_path, [above, [*FULL, "职称", "职称取得时间"], [*WHO, "技师", "2019-06-01", "工程师", "2015-06-01"]])
    assert held(batch) == [("skill", 4, "2019-06")]


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_second_row_of_unknown_headers_alone_is_part_of_the_header(suffix: str, tmp_path: Path) -> None:
    below = [""] * len(FULL)
    batch = read(
        tmp_path, [[*FULL, "其他信息", ""], [*below, "爱好", "是否退休"], [*WHO, "技师", "2019-06-01", "钓鱼", "是"]], suffix=suffix
    )
    assert batch.rows["row"].tolist() == [3]
    assert "state_contradicted" in batch.findings["code"].tolist()


def test_what_stands_in_no_group_below_a_header_is_no_part_of_it(tmp_path: Path) -> None:
    below = [""] * len(FULL)
    batch = read(tmp_path, [[*FULL, "是否退休"], [*below, "是/否"], [*WHO, "技师", "2019-06-01", "是"]])
    assert "state_contradicted" in batch.findings["code"].tolist()
