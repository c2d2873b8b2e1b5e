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


UNIT_HEADERS = ["姓名", "身份证号", "单位名称", "技能证书编号", *HEADERS[2:]]


def beside(number: int, name: str, unit: str, day: str = "2015-06-30", certificate: str = "") -> list[object]:
    first, second, *others = worker(number, name, day=day)
    return [first, second, unit, certificate, *others]


@pytest.fixture(scope="module")
def three_units(audit: Callable[..., Audit], tmp_path_factory: pytest.TempPathFactory) -> tuple[Audit, Audit]:
    """A sheet of three tables side by side, of a unit each: with a day that is none for the second in the first row, and with it put right."""

    def audited(day: str) -> Audit:
        folder = tmp_path_factory.mktemp("units")
        one = [*beside(1, "张左甲", "甲厂"), None, *beside(2, "李中甲", "乙厂", day), None, *beside(3, "王右甲", "丙厂")]
        two = [*beside(4, "张左乙", "甲厂", day="2015.13"), None, *beside(5, "李中乙", "乙厂"), None, *beside(6, "王右乙", "丙厂")]
        path = workbook(folder / "并排.xlsx", {"花名册": [[*UNIT_HEADERS, None, *UNIT_HEADERS, None, *UNIT_HEADERS], one, two]})
        book = openpyxl.load_workbook(path)
        for column in (13, 14):  # name and number of 李中乙
            book.active.cell(3, column).font = openpyxl.styles.Font(strike=True)
        book.save(path)
        return audit(folder)

    return audited("2015.13"), audited("2015-03-01")


def test_a_finding_is_of_the_person_and_the_unit_that_it_speaks_of(three_units: tuple[Audit, Audit]) -> None:
    found = three_units[0].findings
    bad = found[found["code"] == "date_unreadable"]
    assert sorted(zip(bad["unit_id"], bad["column"], bad["row"], strict=True)) == [("乙厂", "T", 2), ("甲厂", "H", 3)]
    struck = found[found["code"] == "struck_out"]
    assert list(zip(struck["unit_id"], struck["row"], strict=True)) == [("乙厂", 3)]


def test_a_finding_put_right_counts_for_its_person_alone(three_units: tuple[Audit, Audit], guantong: Callable[..., Ran]) -> None:
    told = guantong("compare", three_units[0].out, three_units[1].out).stdout
    (line,) = [line for line in told.splitlines() if line.startswith("数据问题已改正")]
    assert line.split()[2] == "1"


def test_explain_tells_of_a_person_no_finding_of_who_stands_beside(three_units: tuple[Audit, Audit], guantong: Callable[..., Ran]) -> None:
    told = {name: "2015.13" in guantong("explain", three_units[0].out, "并排.xlsx", name).stdout for name in ("张左甲", "李中甲", "王右甲")}
    assert told == {"张左甲": False, "李中甲": True, "王右甲": False}


def test_a_sign_names_the_cells_of_both_people_in_their_own_tables(audit: Callable[..., Audit], tmp_path: Path) -> None:
    both = [beside(number, name, "甲厂", certificate="1506000001300001") for number, name in ((1, "张左甲"), (2, "李右甲"))]
    workbook(tmp_path / "并排.xlsx", {"花名册": [[*UNIT_HEADERS, None, *UNIT_HEADERS], [*both[0], None, *both[1]]]})
    done = audit(tmp_path)
    sheet = openpyxl.load_workbook(done.out / "bureau" / "signs.xlsx")["疑点线索"]
    assert [row[4] for row in sheet.iter_rows(min_row=4, values_only=True)] == ["并排.xlsx　花名册!D2\n并排.xlsx　花名册!P2"]
