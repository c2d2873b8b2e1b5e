"""`guantong check`: what an enterprise is told of its roster before it hands it in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import column_index_from_string, get_column_letter

from guantong.flows.commands.check_outlook import Outlook, Person
from guantong.sample_data.rosters import write_rosters
from guantong.schemas.form.workbook import write_form
from tests.command.test_command import tree
from tests.command.test_form import fill
from tests.conftest import Ran
from tests.support.inprocess import audited_file
from tests.support.workbooks import CLEAN, people, workbook

AS_OF = "2025-12-31"
OTHER = {"姓名": "李试丰", "身份证号": "210100198501010022", "性别": "女"}


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A roster with nothing to find in it."""
    return people(tmp_path / "rosters" / "甲.xlsx", CLEAN)


@pytest.fixture
def check(guantong: Callable[..., Ran]) -> Callable[..., Ran]:
    return lambda *words: guantong("check", *words, "--as-of", AS_OF)


def form(path: Path, *persons: dict[str, str]) -> Path:
    write_form(path, dt.date.fromisoformat(AS_OF))
    return fill(path, *persons)


def test_an_untouched_form_is_nobodys(check: Callable[..., Ran], tmp_path: Path) -> None:
    ran = check(form(tmp_path / "样表.xlsx"))
    assert ran.status == 1 and "没有读到人员，还不能报送" in ran.stdout


def test_a_form_with_names_alone_is_told_which_needed_cells_are_blank(check: Callable[..., Ran], tmp_path: Path) -> None:
    ran = check(form(tmp_path / "样表.xlsx", {"姓名": "张试之"}, {"姓名": "李试丰"}))
    assert ran.status == 1 and "2 人的技能等级、职称、荣誉称号都没有填，得不出任何结论，还不能报送" in ran.stdout
    told = [line.partition("“")[2].partition("”")[0] for line in ran.stdout.splitlines() if "必填的" in line and "有 2 格未填" in line]
    assert told == (
        "身份证号 单位名称 人员类别 岗位类别 是否一线岗位 是否工程技术领域 在岗状态 技能等级 职称 2022年度考核 2023年度考核 2024年度考核 诚信情况"
    ).split(" ")
    assert "“身份证号”有 2 格未填：C5、C6。" in ran.stdout


def test_of_two_routes_to_one_level_check_names_the_cells_of_that_which_waits_for_fewer(check: Callable[..., Ran], tmp_path: Path) -> None:
    two = {"岗位类别": "", "职称": "工程师", "职称系列": "工程系列", "职称取得时间": "2018-12-31", "技能等级取得时间": ""}
    told = check(people(tmp_path / "甲.xlsx", CLEAN | two)).stdout
    assert f"待核实，要补填或改正　1 人：张示例 {get_column_letter(list(CLEAN).index('岗位类别') + 1)}2“岗位类别”\n" in told


def test_findings_stand_in_the_order_of_the_rows(check: Callable[..., Ran], tmp_path: Path) -> None:
    write_rosters(tmp_path, 200, 1, 5)
    (roster,) = (path for path in tmp_path.rglob("*") if path.is_file())
    places = re.findall(r"^  \[错误\] (.+)!([A-Z]+)(\d+)", check(roster).stdout, re.MULTILINE)
    sheets = [name for name, _ in groupby(sheet for sheet, *_ in places)]
    told = [(sheets.index(sheet), int(row), column_index_from_string(column)) for sheet, column, row in places]
    assert len(told) > 30 and told == sorted(told) and len(sheets) == len(set(sheets)) > 1


def test_a_roster_without_assessments_is_told_who_waits_for_them(check: Callable[..., Ran], tmp_path: Path) -> None:
    ungraded = {header: cell for header, cell in CLEAN.items() if "考核" not in header}
    ran = check(people(tmp_path / "甲.xlsx", ungraded | {"姓名": "张试之"}, ungraded | OTHER))
    assert ran.status == 0 and "可以报送" not in ran.stdout
    lacking = "、".join(f"没有“{year}年度考核”栏" for year in (2022, 2023, 2024))
    assert "可申报　0 人" in ran.stdout and f"待核实，要补填或改正　2 人：张试之、李试丰 {lacking}" in ran.stdout


def test_a_good_roster_can_be_handed_in_and_is_told_who_may_apply_and_who_will(check: Callable[..., Ran], tmp_path: Path) -> None:
    soon = CLEAN | OTHER | {"技能等级": "三级/高级工", "技能等级取得时间": "2024-03-05"}
    ran = check(form(tmp_path / "样表.xlsx", CLEAN | {"姓名": "张试之"}, soon))
    lines = [line.strip() for line in ran.stdout.splitlines()]
    assert (ran.status, lines[-1]) == (0, "可以报送"), ran.stdout
    assert "可申报　1 人：张试之 工程师" in lines
    assert "即将符合　1 人（其中一年内 1 人）：李试丰 助理工程师（2026-03-05）" in lines


def test_who_is_to_verify_is_told_with_the_cells_that_are_blank_or_cannot_be_read(check: Callable[..., Ran], tmp_path: Path) -> None:
    told = check(people(tmp_path / "甲.xlsx", CLEAN | {"岗位类别": ""}, CLEAN | OTHER | {"2023年度考核": "待定"})).stdout
    post, grade = (get_column_letter(list(CLEAN).index(header) + 1) for header in ("岗位类别", "2023年度考核"))
    assert f"待核实，要补填或改正　2 人：张示例 {post}2“岗位类别”；李试丰 {grade}3“2023年度考核”" in told


def test_a_cell_to_fill_is_told_by_the_rosters_own_header(check: Callable[..., Ran], tmp_path: Path) -> None:
    own = {"岗位性质" if header == "岗位类别" else header: "" if header == "岗位类别" else cell for header, cell in CLEAN.items()}
    told = check(people(tmp_path / "甲.xlsx", own)).stdout
    assert f"待核实，要补填或改正　1 人：张示例 {get_column_letter(list(own).index('岗位性质') + 1)}2“岗位性质”" in told


def test_a_cell_to_fill_is_told_with_its_sheet_where_people_of_several_are_to_verify(check: Callable[..., Ran], tmp_path: Path) -> None:
    heads, lacking = list(CLEAN), CLEAN | {"岗位类别": ""}
    sheets = {"一车间": [heads, list(lacking.values())], "二车间": [heads, list((lacking | OTHER).values())]}
    told = check(workbook(tmp_path / "甲.xlsx", sheets)).stdout
    cell = f"{get_column_letter(heads.index('岗位类别') + 1)}2“岗位类别”"
    assert f"待核实，要补填或改正　2 人：张示例 一车间!{cell}；李试丰 二车间!{cell}" in told


def test_who_is_to_verify_in_one_direction_only_is_told_with_the_cell_that_would_tell(check: Callable[..., Ran], tmp_path: Path) -> None:
    elsewhere = CLEAN | {"姓名": "张试之", "是否工程技术领域": "否", "职称": "有职称"}
    told = check(people(tmp_path / "甲.xlsx", elsewhere)).stdout
    assert f"待核实，要补填或改正　1 人：张试之 {get_column_letter(list(CLEAN).index('职称') + 1)}2“职称”" in told


def test_check_counts_as_an_audit_does(check: Callable[..., Ran], tmp_path: Path) -> None:
    write_rosters(tmp_path, 150, 1, 5)
    (path,) = (each for each in tmp_path.rglob("*") if each.is_file())
    found = audited_file(path)
    counted = found.people[(found.people["bucket"] == "evaluated") & found.people["duplicate_of"].isna()]
    of_each = found.verdicts.merge(counted[["pid"]], on="pid").groupby("pid")["outcome"].agg(set)
    may_apply = sum("eligible" in outcomes for outcomes in of_each)
    soon = sum("not_yet" in outcomes and "eligible" not in outcomes for outcomes in of_each)
    said = check(path).stdout
    assert 10 < may_apply and f"　可申报　{may_apply} 人：" in said
    assert f"　即将符合　{soon} 人（" in said
    listed = may_apply + sum(
        int(number) for number in re.findall(r"　(?:可参加职业技能评价，等级按其他规定|待核实，要补填或改正|其余)　(\d+) 人", said)
    )
    also = re.search(r"也在待核实的 (\d+) 人", said)
    assert also and listed + soon - int(also[1]) == len(counted)  # everybody once, but for who is told to be in two lists


def test_the_report_holds_the_units_workbook_and_the_marked_roster(check: Callable[..., Ran], tmp_path: Path) -> None:
    path = people(tmp_path / "甲.xlsx", CLEAN | {"技能等级": "六级"}, CLEAN | OTHER | {"单位名称": "另一种写法的公司"})
    before = path.read_bytes()
    ran = check(path, "--report", tmp_path / "检查.xlsx")
    assert ran.status == 1 and "检查.xlsx" in ran.stdout and path.read_bytes() == before
    book = openpyxl.load_workbook(tmp_path / "检查.xlsx")
    assert book.sheetnames[-2:] == ["审核意见", "花名册"] and "待核实" in book.sheetnames
    named = {str(cell.value) for sheet in book.worksheets[:-2] for row in sheet.iter_rows() for cell in row}
    assert {"张示例", "李试丰"} <= named, "whatever the unit is called"
    marked = [cell for row in book["花名册"].iter_rows() for cell in row if cell.comment]
    assert [cell.coordinate for cell in marked] == ["I2"] and "不能确定是哪一级" in marked[0].comment.text
    remarks = [str(row[0]) for row in book["审核意见"].iter_rows(max_row=8, values_only=True)]
    assert any("本文件不用报送" in remark for remark in remarks)


def test_no_report_is_written_where_nobody_is_read_or_a_file_stands(check: Callable[..., Ran], tmp_path: Path) -> None:
    path = form(tmp_path / "样表.xlsx")
    assert "没有写检查结果" in check(path, "--report", tmp_path / "检查.xlsx").stdout
    before = tree(tmp_path)
    ran = check(path, "--report", path)
    assert ran.status == 2 and "已存在" in ran.stderr and tree(tmp_path) == before


def test_check_passes_a_clean_roster_and_writes_nothing(guantong: Callable[..., Ran], clean: Path, tmp_path: Path) -> None:
    before = tree(tmp_path)
    ran = guantong("check", clean, cwd=tmp_path)
    assert (ran.status, tree(tmp_path)) == (0, before)
    assert "读到 1 人" in ran.stdout


def test_check_points_at_a_bad_cell_and_exits_with_1(guantong: Callable[..., Ran], clean: Path) -> None:
    bad = people(clean.parent / "乙.xlsx", CLEAN | {"技能等级": "六级"})
    ran = guantong("check", clean, bad)
    assert ran.status == 1
    assert "花名册!I2" in ran.stdout and "技能等级" in ran.stdout


def test_check_exits_with_1_for_a_file_that_is_no_roster(guantong: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "乙.xlsx").write_bytes(b"no workbook")
    assert guantong("check", tmp_path / "乙.xlsx").status == 1


def test_check_passes_a_roster_with_warnings_alone(guantong: Callable[..., Ran], clean: Path) -> None:
    ran = guantong("check", people(clean.parent / "乙.xlsx", CLEAN | {"职称": "中级"}))
    assert ran.status == 0
    assert "职称" in ran.stdout


def test_check_names_the_blank_cells_and_the_columns_that_lack_where_a_verdict_waits_for_them(
    guantong: Callable[..., Ran], clean: Path
) -> None:
    last = dt.date.today().year - 1
    graded = CLEAN | {f"{year}年度考核": "合格" for year in range(last - 2, last + 1)}
    lacking = {header: cell for header, cell in graded.items() if header != f"{last}年度考核"}
    found = [
        guantong("check", people(clean.parent / "乙.xlsx", roster, roster | OTHER | {"岗位类别": ""})).stdout
        for roster in (graded, lacking)
    ]
    letter = get_column_letter(list(CLEAN).index("岗位类别") + 1)
    assert f"[提示] 花名册!{letter}列　“岗位类别”有 1 格未填，有关结论因此待核实：{letter}3。" in found[0] and "可以报送" not in found[0]
    assert f"没有“{last}年度考核”栏，相关条件只能作未知处理（2人因此待核实）" in found[1]


def test_no_cell_is_told_to_be_blank_that_rows_of_a_person_fill_in_otherwise(check: Callable[..., Ran], tmp_path: Path) -> None:
    told = check(people(tmp_path / "甲.xlsx", CLEAN, CLEAN | {"岗位类别": "管理岗位"})).stdout
    assert "“岗位类别”与本名册另一行同一人的记载不一致" in told and "未填" not in told


def test_a_blank_cell_of_three_years_is_one_to_fill_in_as_three_years_are(check: Callable[..., Ran], tmp_path: Path) -> None:
    graded = {header: cell for header, cell in CLEAN.items() if not header.endswith("年度考核")}
    told = check(
        people(tmp_path / "甲.xlsx", graded | {"近三年年度考核": "均合格"}, graded | OTHER), "--report", tmp_path / "乙.xlsx"
    ).stdout
    assert "“近三年年度考核”有 1 格未填" in told and "提示 1 条" in told
    assert re.search(r"待核实，要补填或改正　1 人：\S+ [A-Z]+3“近三年年度考核”\n", told)
    marked = openpyxl.load_workbook(tmp_path / "乙.xlsx")["数据问题"]
    assert "均合格，或按年份先后写三个等次" in str([row for row in marked.values if "“近三年年度考核”没有填写" in str(row)])


def test_nobody_waits_for_the_blank_cells_of_a_row_that_stands_again(check: Callable[..., Ran], tmp_path: Path) -> None:
    told = check(
        people(tmp_path / "甲.xlsx", CLEAN, CLEAN | {"岗位类别": "", "诚信情况": "", "技能等级": "三级/高级工", "技能等级取得时间": ""})
    ).stdout
    assert "可申报　1 人：张示例 工程师" in told and "未填" not in told


def test_a_years_blank_grade_is_asked_for_in_that_years_own_column(guantong: Callable[..., Ran], clean: Path) -> None:
    last = dt.date.today().year - 1
    graded = {"近三年年度考核": ""} | CLEAN | {f"{year}年度考核": "合格" for year in range(last - 2, last + 1)}
    said = guantong("check", people(clean.parent / "乙.xlsx", graded, graded | OTHER | {f"{last}年度考核": ""})).stdout
    letter = get_column_letter(list(graded).index(f"{last}年度考核") + 1)
    assert f"花名册!{letter}列　“{last}年度考核”有 1 格未填，有关结论因此待核实：{letter}3。" in said


def test_a_year_that_holds_the_29th_of_february_is_a_year_as_in_every_report() -> None:
    soon = Outlook(1, 0, nearly_there=[Person("张试之", 2, [], dt.date(2028, 3, 1)), Person("李试丰", 3, [], dt.date(2028, 3, 2))])
    assert soon.within_a_year(dt.date(2027, 3, 1)) == 1


def test_two_of_one_name_in_one_row_of_two_sheets_are_two_people(check: Callable[..., Ran], tmp_path: Path) -> None:
    header, first, second = list(CLEAN), [*CLEAN.values()], [*(CLEAN | OTHER | {"姓名": CLEAN["姓名"]}).values()]
    ran = check(workbook(tmp_path / "甲.xlsx", {"一车间": [header, first], "二车间": [header, second]}))
    assert f"可申报　2 人：{CLEAN['姓名']}、{CLEAN['姓名']} 工程师" in ran.stdout


def test_levels_that_are_ticked_in_columns_of_their_own_are_filled_in(check: Callable[..., Ran], tmp_path: Path) -> None:
    person = {header: cell for header, cell in CLEAN.items() if header not in ("技能等级", "技能等级取得时间")}
    ran = check(people(tmp_path / "甲.xlsx", person | {"高级工": "", "技师": "√", "高级技师": "", "发证时间": "2015-06-30"}))
    assert ran.status == 0 and f"可申报　1 人：{CLEAN['姓名']} 工程师" in ran.stdout and "都没有填" not in ran.stdout
