"""What a unit's workbook says of people whose rows leave something open, from rosters that were read and judged."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from guantong.flows.audit.build_tables import write_signs
from guantong.reports.units.workbook import unit_plan, write_units
from guantong.rules.policy.load import load
from tests.support.inprocess import store_audit
from tests.support.report_data import lines_of, sheet_rows
from tests.support.workbooks import CLEAN, id_number, people

NOTHING = {"技能等级": "", "技能等级取得时间": "", "职称": "", "荣誉称号": ""}
PEOPLE: dict[str, dict[str, object]] = {
    "张无": {"技能等级": "无", "技能等级取得时间": "", "荣誉称号": "辽宁工匠"},
    "李废": {"技能等级": "技师（已作废）", "荣誉称号": "辽宁工匠"},
    "王退（已退休）": {"在岗状态": ""},
    "赵撤（作废）": {},
    "钱空": NOTHING,
    "孙低": {"技能等级": "四级/中级工"},
    "周驳": {"在岗状态": "在岗", "备注": "已退休"},
    "吴离": {"在岗状态": "在岗", "备注": "2025.3离职"},
    "郑离": {"在岗状态": "", "备注": "2025.3离职"},
    "冯全": {
        "技能等级": "一级/高级技师",
        "职称": "正高级工程师",
        "职称系列": "工程系列",
        "职称取得时间": "2020-05-01",
        "职业（工种）": "焊工",
    },
    "陈双": {"岗位类别": "", "职称": "工程师", "职称系列": "工程系列", "职称取得时间": "2018-12-31", "技能等级取得时间": ""},
}
COLUMN = {header: "ABCDEFGHIJKLMNOPQ"[at] for at, header in enumerate(CLEAN)}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [CLEAN | {"姓名": name, "身份证号": id_number(number)} | more for number, (name, more) in enumerate(PEOPLE.items())]
    return book_of(tmp_path_factory.mktemp("doubt"), *rows)


def book_of(folder: Path, *rows: dict[str, object]) -> Path:
    """The workbook of the unit of these people."""
    for name in ("in", "out", "units"):
        (folder / name).mkdir()
    people(folder / "in" / "甲.xlsx", *rows)
    store_audit(folder / "in", folder / "out", load("liaoning-2019-2"))
    write_signs(folder / "out" / "data", folder)
    (unit,) = plan = unit_plan(folder / "out" / "data")
    write_units(folder / "out" / "data", folder / "units", plan)
    return folder / "units" / unit["file_name"]


def cell(name: str, header: str) -> str:
    return f"{COLUMN[header]}{list(PEOPLE).index(name) + 2}"


def test_a_level_that_is_said_to_be_none_is_told_as_none_and_not_as_blank(book: Path) -> None:
    assert lines_of(book, "不符合")["张无"]["原因：单元格＝所填，须为"] == f"技能等级 {cell('张无', '技能等级')}＝无，须为高级工及以上"


def test_a_level_that_is_void_is_told_as_it_stands_in_its_cell(book: Path) -> None:
    told = lines_of(book, "不符合")["李废"]["原因：单元格＝所填，须为"]
    assert told == f"技能等级 {cell('李废', '技能等级')}“技师（已作废）”（按没有取得处理），须为高级工及以上"


def test_what_another_cell_of_the_row_makes_unknown_is_told_with_that_place(book: Path) -> None:
    told = {name: line["要填、改正或核实的单元格"] for name, line in lines_of(book, "待核实").items()}
    state, level = cell("王退（已退休）", "在岗状态"), cell("赵撤（作废）", "技能等级")
    assert told["王退（已退休）"] == f"在岗状态 {state}（不能确定，见“数据问题”{cell('王退（已退休）', '姓名')}）"
    assert f"技能等级 {level}（不能确定，见“数据问题”第{level[1:]}行）" in told["赵撤（作废）"]


def test_who_has_nothing_filled_in_is_not_told_that_it_is_outside_the_clauses(book: Path) -> None:
    told = {name: line["说明"] for name, line in lines_of(book, "其他行").items()}
    assert told["钱空"] == "没有填写技能等级、职称、荣誉称号，无适用路径；有的请按证书填写，重新报送"
    assert told["孙低"].startswith("所填技能等级、职称、荣誉称号不在")
    assert ("无适用路径", 2, "其中 1 人没有填写等级、职称、荣誉") in [row[:3] for row in sheet_rows(book, "首页")]


def test_a_word_that_another_cell_contradicts_is_not_told_to_be_unreadable(book: Path) -> None:
    told = lines_of(book, "待核实")["周驳"]["要填、改正或核实的单元格"]
    assert told == f"在岗状态 {cell('周驳', '在岗状态')}“在岗”（与另一栏不符，见“数据问题”）"


def test_a_state_that_is_read_from_another_cell_is_not_told_to_stand_in_its_own(book: Path) -> None:
    told = {name: line["原因：单元格＝所填，须为"] for name, line in lines_of(book, "不符合").items() if name.endswith("离")}
    for name, stands, place in (("吴离", "“在岗”", cell("吴离", "在岗状态")), ("郑离", "（未填）", f"R{list(PEOPLE).index('郑离') + 2}")):
        read = f"{stands}，按另一栏读作离职（2025-03起），见“数据问题”{place}"
        assert told[name] == f"在岗状态 {cell(name, '在岗状态')}{read}，须在岗"


def test_clauses_stand_in_the_order_of_the_regulation(book: Path) -> None:
    assert "一级/高级技师四（四）1、2、四（五）" in lines_of(book, "明细")["冯全"]["各条款的结论和依据"]


def test_a_roster_without_a_column_of_titles_is_told_so_where_no_route_is_found(tmp_path: Path) -> None:
    untitled = {header: value for header, value in CLEAN.items() if not header.startswith("职称")}
    told = lines_of(book_of(tmp_path, untitled | {"技能等级": "四级/中级工"}), "其他行")["张示例"]["说明"]
    assert told.endswith("；名册没有“职称”栏，有无职称没有审核")


def test_a_grade_of_three_years_that_settles_nothing_is_told_with_what_is_asked(tmp_path: Path) -> None:
    graded = {header: value for header, value in CLEAN.items() if not header.endswith("年度考核")}
    told = lines_of(book_of(tmp_path, graded | {"近三年年度考核": "合格、合格、不定等次"}), "待核实")["张示例"]
    assert told["要填、改正或核实的单元格"].endswith("＝合格、合格、不定等次，近3年须都合格，请核实")


def test_a_blank_cell_of_three_years_is_one_cell_in_every_sheet(tmp_path: Path) -> None:
    row = {header: value for header, value in CLEAN.items() if not header.endswith("年度考核")} | {"近三年年度考核": ""}
    book = book_of(tmp_path, row)
    address = f"{openpyxl.utils.get_column_letter(len(row))}2"
    (line,) = lines_of(book, "待核实").values()
    assert line["要填、改正或核实的单元格"] == f"近三年年度考核 {address}（未填）"
    to_fill = [told[:2] + told[3:4] for told in sheet_rows(book, "首页") if "年度考核（" in str(told[0])]
    assert to_fill == [(f"近三年年度考核（{address[:-1]}列）", 1, "1 人")]


def test_of_two_routes_to_one_level_only_the_cells_of_that_which_waits_for_fewer_are_asked_for(book: Path) -> None:
    told = lines_of(book, "待核实")["陈双"]
    assert told["要填、改正或核实的单元格"] == f"岗位类别 {cell('陈双', '岗位类别')}（未填）"
    assert told["填明后可能"] == "一级/高级技师"


def test_the_blank_cells_that_a_unit_is_asked_to_fill_are_those_that_findings_name(book: Path) -> None:
    asked = {
        place
        for line in lines_of(book, "待核实").values()
        for place in re.findall(r"([A-Z]+\d+)（未填）", line["要填、改正或核实的单元格"])
    }
    findings = pd.read_parquet(book.parent.parent / "out" / "data" / "findings.parquet")
    blank = findings[findings["code"] == "cell_blank"]
    assert asked == set(blank["column"] + blank["row"].astype(int).astype(str))
