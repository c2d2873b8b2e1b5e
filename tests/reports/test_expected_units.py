"""The units of a list (--expected) that have handed in, and those that have not: what is not certain is told, never counted as in."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from guantong.flows.schedule.handed_in import compare_with_expected
from guantong.reports.runs.page import HandedIn
from guantong.sample_data.identifiers import credit_check
from guantong.schemas.side_lists.expected import ExpectedUnits, read_expected
from guantong.schemas.text import norm

FIRST = "91210100MA0000000"
CODE, OTHER_CODE = FIRST + credit_check(FIRST), FIRST[:-1] + "1" + credit_check(FIRST[:-1] + "1")  # made up
PEOPLE = [  # file, unit, code, unit_id, people
    ("甲厂.xlsx", "甲机械有限公司", None, "甲机械有限公司", 5),
    ("甲厂.xlsx", "乙机械厂", None, "乙机械厂", 1),
    ("汇总.xlsx", "丙机械厂", None, "丙机械厂", 2),
    ("汇总.xlsx", "丁机械厂", None, "丁机械厂", 2),
    ("戊.xlsx", "戊机械厂", CODE, CODE, 3),
    ("己机械厂花名册.xlsx", None, None, "file:己机械厂花名册.xlsx", 3),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a made-up run, as far as they are looked at; a refused file is named after a unit."""
    folder = tmp_path_factory.mktemp("data")
    rows = [(file, unit, unit and norm(unit), code, unit_id) for file, unit, code, unit_id, people in PEOPLE for _ in range(people)]
    with duckdb.connect() as con:
        con.execute("CREATE TABLE persons (source_file VARCHAR, unit VARCHAR, unit_key VARCHAR, unit_code VARCHAR, unit_id VARCHAR)")
        con.executemany("INSERT INTO persons VALUES (?, ?, ?, ?, ?)", rows)
        con.execute("CREATE TABLE files AS SELECT '庚 机械厂（加密）.xlsx' AS source_file, 'refused' AS status")
        con.execute("CREATE TABLE words AS SELECT '单位名称' AS field, '甲公司' AS text, '甲机械有限公司' AS reading")
        for table in ("persons", "files", "words"):
            con.execute(f"COPY {table} TO '{folder / f'{table}.parquet'}'")
    return folder


def listed(folder: Path, *lines: str) -> ExpectedUnits:
    path = folder / "应报单位.csv"
    path.write_text("\n".join(["序号,企业名称,统一社会信用代码", *lines]), encoding="utf-8")
    return read_expected(path)


def compared(folder: Path, data: Path, *lines: str) -> HandedIn:
    return compare_with_expected(listed(folder, *lines), data)


@pytest.mark.parametrize(
    "line",
    [
        "1,甲机械有限公司,",
        "1,甲机械 有限公司,9121",  # a code that is none
        "1,甲公司,",  # by the bureau's own words
        "1,丙机械厂,",  # of a list of many units
        "1,戊机械厂,",
        f"1,,{CODE}",
        f"1,戊机械厂,{CODE}",
    ],
)
def test_a_unit_has_handed_in_by_its_name_or_code(tmp_path: Path, data: Path, line: str) -> None:
    found = compared(tmp_path, data, line)
    assert (found.expected, found.handed_in, found.missing, found.doubtful) == (1, 1, [], [])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1,甲机械有限公词,", "名称相近：名册里是“甲机械有限公司”"),
        ("1,甲机械股份有限公司,", "名称相近：名册里是“甲机械有限公司”"),
        ("1,乙机械厂,", "只在别的单位的名册“甲厂.xlsx”里有（1 行）"),
        (f"1,戊厂,{CODE}", "信用代码相同，名册里的单位名称是“戊机械厂”"),
        (f"1,戊机械厂,{OTHER_CODE}", f"名称相同，名册里的信用代码是 {CODE}"),
        ("1,己机械厂,", "没有写单位名称的“己机械厂花名册.xlsx”，文件名里有这个单位"),
        ("1,庚机械厂,", "文件“庚 机械厂（加密）.xlsx”被拒收，文件名里有这个单位"),
    ],
)
def test_what_may_be_the_unit_is_told_and_not_counted_as_in(tmp_path: Path, data: Path, line: str, why: str) -> None:
    found = compared(tmp_path, data, line)
    assert (found.handed_in, found.missing) == (0, [])
    assert why in found.doubtful[0].why


def test_who_has_not_handed_in_and_who_is_not_on_the_list(tmp_path: Path, data: Path) -> None:
    found = compared(tmp_path, data, "1,甲机械有限公司,", "2,辛机械厂,", "3,壬机械厂,")
    assert found.missing == [("辛机械厂", "CSV!B3"), ("壬机械厂", "CSV!B4")]
    assert set(found.not_listed) == {"没有写单位名称的“己机械厂花名册.xlsx”", "丁机械厂", "丙机械厂", "戊机械厂"}
    assert found.in_words() == "应报 3 个单位：已报送 1 个，没有报送 2 个，请核对 0 个"


def test_what_is_unclear_in_the_list_is_told_by_its_cell_and_quotes_nobody(tmp_path: Path) -> None:
    found = listed(
        tmp_path,
        "1,甲机械厂,123",
        "2,甲机械厂,",
        "3,X某公司,",
        "4,,9121",
        "5,210102198501010014,",
        f"6,乙机械厂,{CODE}",
        f"7,丙机械厂,{CODE}",
        "合计,合计：3家,",
        ",制表人：张保密,",
    )
    assert [(unit.name, unit.code) for unit in found.units] == [
        ("甲机械厂", ""), ("乙机械厂", CODE), ("丙机械厂", CODE),
    ]  # fmt: skip
    told = {line.partition("　")[0]: line.partition("　")[2] for line in found.unclear}
    assert list(told) == ["CSV!C2", "CSV!B3", "CSV!B4", "CSV!C5", "CSV!B6", "CSV!B8", "CSV!B10"]
    assert "只按单位名称核对" in told["CSV!C2"] and "与 CSV!B2 是同一个单位" in told["CSV!B3"]
    assert "信用代码相同而名称不同" in told["CSV!B8"]
    assert "张保密" not in str(found) and "210102198501010014" not in str(found)
