"""Several tables in a sheet, beside and below each other: every cell that is told of a person is one of the person's own table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.conftest import Audit, Ran
from tests.support.workbooks import id_number, workbook

YEARS = ["2022年度考核", "2023年度考核", "2024年度考核"]
HEADERS = ["姓名", "身份证号", "岗位类别", "职称", "技能等级", "技能等级取得时间", *YEARS]
OTHER_HEADERS = ["姓名", "身份证号", "技能等级", "技能等级取得时间", "岗位类别", *YEARS]


def worker(number: int, name: str, post: str = "技能岗位", day: str = "2015-06-30") -> list[object]:
    return [name, id_number(number), post, "无", "高级工", day, "合格", "合格", "合格"]


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], tmp_path_factory: pytest.TempPathFactory) -> Audit:
    below = [["钱下甲", id_number(5), "高级工", "2015-06-30", "", "合格", "合格", "合格"]]
    rows = [
        [*HEADERS, None, *HEADERS],
        [*worker(1, "张左甲"), None, *worker(2, "李右甲", post="")],
        [*worker(3, "张左乙"), None, *worker(4, "李右乙", day="")],
    ]
    folder = tmp_path_factory.mktemp("tables")
    workbook(folder / "并排.xlsx", {"花名册": rows})
    workbook(folder / "上下.xlsx", {"花名册": [HEADERS, worker(6, "赵上甲", post=""), [], OTHER_HEADERS, *below]})
    return audit(folder)


CELLS = {
    "李右甲": ("并排", "岗位类别 M2"),
    "李右乙": ("并排", "技能等级取得时间 P3"),
    "赵上甲": ("上下", "岗位类别 C2"),
    "钱下甲": ("上下", "岗位类别 E5"),
}


@pytest.mark.parametrize("name", CELLS)
def test_the_blank_cell_of_a_person_is_told_where_it_stands(done: Audit, guantong: Callable[..., Ran], name: str) -> None:
    stem, cell = CELLS[name]
    header, place = cell.split()
    hints = done.findings[(done.findings["code"] == "cell_blank") & (done.findings["source_file"] == f"{stem}.xlsx")]
    assert (header, place) in set(zip(hints["header"], hints["column"] + hints["row"].astype(int).astype(str), strict=True))
    lines = [row for path in done.out.glob("units/*.xlsx") for row in openpyxl.load_workbook(path)["待核实"].iter_rows(values_only=True)]
    assert [row for row in lines if name in row and f"{cell}（未填）" in row]
    assert place in guantong("explain", done.out, f"{stem}.xlsx", name).stdout


def test_check_names_the_same_cells(done: Audit, guantong: Callable[..., Ran]) -> None:
    for stem, told in (("并排", "李右甲 M2“岗位类别”；李右乙 P3“技能等级取得时间”"), ("上下", "赵上甲 C2“岗位类别”；钱下甲 E5“岗位类别”")):
        paths = {Path(item["path"]).stem: item["path"] for item in done.run["inputs"]}
        assert told in guantong("check", paths[stem], "--as-of", "2025-12-31").stdout


def test_a_table_without_a_column_of_titles_says_nothing_of_them(done: Audit) -> None:
    reviews = dict(zip(done.verdicts["name"], done.verdicts["review"], strict=True))
    assert "held_unknown" in reviews["钱下甲"] and "held_unknown" not in reviews["赵上甲"]
