"""Levels and titles below groups whose text stands over the first of their columns or over the middle, and in columns that begin with a year."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from guantong.schemas.reading.batch import read_batch
from tests.reading.layout.test_read_by_place import OTHER, WHO, held, read

GROUPS = {
    "a later group over the middle": (
        "技能等级|||||职称|", "等级|取得时间|证书编号|级别|名称|取得时间|证书编号", "技师|2019.05|1|中级|工程师|2018.06|2",
        [("skill", 4, "2019-05"), ("title", 3, "2018-06")],
    ),
    "its level at the left of its text": (
        "技能等级||||职称||", "等级|取得时间|证书编号|级别|系列|取得时间|证书编号", "技师|2019.05|1|工程师|工程系列|2018.06|2",
        [("skill", 4, "2019-05"), ("title", 3, "2018-06")],
    ),
    "the name before its level": (
        "技能等级|||||职称||", "等级|取得时间|证书编号|名称|级别|系列|取得时间|证书编号", "技师|2019.05|1|工程师|中级|工程系列|2018.06|2",
        [("skill", 4, "2019-05"), ("title", 3, "2018-06")],
    ),
    "each over the first": (
        "技能等级|||职称|||", "等级|取得时间|证书编号|级别|系列|取得时间|证书编号", "技师|2019.05|1|工程师|工程系列|2018.06|2",
        [("skill", 4, "2019-05"), ("title", 3, "2018-06")],
    ),
    "two certificates below one": (
        "技能等级||||年度考核||", "等级|取得时间|等级|取得时间|2022年|2023年|2024年", "高级工|2015.05|技师|2019.05|合格|合格|合格",
        [("skill", 3, "2015-05"), ("skill", 4, "2019-05")],
    ),
}  # fmt: skip


def rows_of(case: str) -> list[list[object]]:
    groups, headers, cells, _ = GROUPS[case]
    return [
        ["序号", "姓名", "身份证号", *groups.split("|")],
        ["", "", "", *headers.split("|")],
        [1, *WHO, *cells.split("|")],
        [2, *OTHER],
    ]


@pytest.mark.parametrize("case", GROUPS)
def test_whose_a_column_left_of_a_groups_text_is(case: str, tmp_path: Path) -> None:
    assert sorted(one[1:] for one in held(read(tmp_path, *rows_of(case))) if one[0] == WHO[0]) == GROUPS[case][3]


@pytest.mark.parametrize(
    "merged", ["A1:{last}1", "A2:A3", "A2:A3 B2:B3 C2:C3", "{last}2:{last}3", "A1:{last}1 B2:B3 {last}2:{last}3", "B4:B5"]
)
@pytest.mark.parametrize("case", GROUPS)
def test_groups_that_are_not_merged_are_of_the_same_columns_whatever_else_is(case: str, merged: str, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["人员统计"])
    for row, last in zip(rows_of(case), ["部门", "", "一车间", "一车间"], strict=True):
        row += [""] * (len(rows_of(case)[1]) - len(row)) + [last]
        sheet.append([cell or None for cell in row])
    for cells in merged.format(last=get_column_letter(sheet.max_column)).split():
        sheet.merge_cells(cells)
    book.save(tmp_path / "a.xlsx")
    batch = read_batch([tmp_path / "a.xlsx"], b"key")
    assert sorted(one[1:] for one in held(batch) if one[0] == WHO[0]) == GROUPS[case][3]


YEARS = {
    "with the date of each": (
        "2018等级|2018取得时间|2020等级|2020取得时间", "高级工|2018.03|技师|2020.05", [("skill", 3, "2018-03"), ("skill", 4, "2020-05")]
    ),
    "of titles": ("2020年职称|2020年职称取得时间", "工程师|2020.05", [("title", 3, "2020-05")]),
    "without a date, as one that is planned": ("技能等级|取得时间|2027年技能等级", "高级工|2018.03|技师", [("skill", 3, "2018-03")]),
    "the yearly assessment": ("技能等级|取得时间|2023年考核等级|2024年考核等级", "高级工|2018.03|合格|合格", [("skill", 3, "2018-03")]),
    "what is applied for": ("技能等级|取得时间|2026年拟申报等级|2026年拟取得时间", "高级工|2018.03|技师|2026.05", [("skill", 3, "2018-03")]),
}  # fmt: skip


@pytest.mark.parametrize("case", YEARS)
def test_a_level_and_its_date_that_are_headed_by_one_year_are_a_credential(case: str, tmp_path: Path) -> None:
    headers, cells, expected = YEARS[case]
    batch = read(tmp_path, ["姓名", "身份证号", "单位名称", *headers.split("|")], [*WHO, "示例厂", *cells.split("|")])
    assert sorted(one[1:] for one in held(batch)) == expected
