"""The reports, by what a reader of them sees. The data are made here: no roster is read, no rule is run."""

import re
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest

from guantong.reports.audit_data import open_audit_data
from guantong.reports.bureau.figures.all_figures import read_figures
from guantong.reports.bureau.page import write_page
from guantong.reports.bureau.statistics import write_statistics
from guantong.reports.style import line_count
from guantong.reports.units.claims import COUNTS
from guantong.reports.units.workbook import unit_plan, write_units
from tests.support.report_data import ELIGIBLE, RULEBOOK, finding, lines_of, person, save, sheet_rows, tables_of, unit_file
from tests.support.report_page import Page


@pytest.fixture
def data(tmp_path) -> Path:
    people = [
        person(3, ELIGIBLE, name="=1+1"),
        person(4, [{"route": "s2t-engineer", "outcome": "not_yet", "eligible_on": date(2026, 3, 1)}]),
        person(5, [{"route": "s2t-engineer", "outcome": "unverified", "unknown": ["assessments"],
                    "missing": ["2024年度考核"]}]),
        person(6, [{"route": "s2t-engineer", "outcome": "ineligible", "not_met": ["post"]}]),
        person(7, [{"route": "t2s-technician", "outcome": "held"}]),
        person(8, [], bucket="rejected", rejected_for="no_person", name=None),
        person(9, ELIGIBLE, duplicate_of={"source_file": "市/甲.xlsx", "sheet": "花名册", "row": 3}),
        person(10, [], skill_level=None),
        person(3, ELIGIBLE, source="乙.xlsx", unit="@SUM(1)<b>", unit_id="@SUM(1)<b>", city=None),
    ]  # fmt: skip
    found = [finding(4, "H"), finding(8), finding(unit_id=None, severity="warning")]
    return save(tmp_path / "data [1]'s", tables_of(people, found, refused=["坏.xlsx"]))


def test_every_row_stands_in_some_list(data, tmp_path):
    write_units(data, tmp_path, [unit for unit in unit_plan(data) if unit["unit_id"] == "91210100X"])
    path = unit_file(tmp_path, data, "91210100X")
    assert len(list(tmp_path.glob("*.xlsx"))) == 1
    told = {
        sheet: [line["行"] for line in lines_of(path, sheet).values()] for sheet in ("可申报", "即将符合", "待核实", "不符合", "其他行")
    }
    assert told == {"可申报": [3], "即将符合": [4], "待核实": [5], "不符合": [6, 7], "其他行": [8, 9, 10]}
    assert [row[1] for row in sheet_rows(path, "数据问题")] == ["H4", "第8行", "“花名册”整张表"]


def test_text_of_a_roster_is_never_a_formula_and_leads_nowhere(data, tmp_path):
    write_units(data, tmp_path / "units", unit_plan(data))
    write_statistics(tmp_path / "statistics.xlsx", read_figures(data))
    for path in [*(tmp_path / "units").iterdir(), tmp_path / "statistics.xlsx"]:
        book = openpyxl.load_workbook(path)
        cells = [cell for sheet in book for row in sheet for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
        links = {(cell.hyperlink.target, cell.hyperlink.location) for cell in cells if cell.hyperlink}
        assert links <= {(None, f"'{name}'!A1") for name in book.sheetnames}
        assert links or path.parent == tmp_path
    assert "=1+1" in lines_of(unit_file(tmp_path / "units", data, "91210100X"), "可申报")
    write_page(tmp_path / "report.html", read_figures(data))
    assert "@SUM(1)&lt;b&gt;" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_text_of_a_roster_stands_as_it_is(tmp_path):
    texts = ["<r><t>甲</t></r>", " 两端有空格 ", "_x0041_", "a&b<c>", "响铃\x07", "两行\n文字", "甲" * 300]
    data = save(tmp_path / "data", tables_of([person(at, ELIGIBLE, name=text) for at, text in enumerate(texts, 3)]))
    write_units(data, tmp_path / "units", unit_plan(data))
    shown = list(lines_of(unit_file(tmp_path / "units", data, "91210100X"), "可申报"))
    assert [text.replace("_x0007_", "\x07") for text in shown] == texts  # openpyxl leaves that one as it is written


def test_a_table_looks_as_it_should(data, tmp_path):
    write_units(data, tmp_path, unit_plan(data))
    book = openpyxl.load_workbook(unit_file(tmp_path, data, "91210100X"))
    sheet, near = book["可申报"], book["即将符合"]
    assert (near["E4"].number_format, near["E4"].alignment.horizontal, near["E4"].value) == ("yyyy-mm-dd", "left", datetime(2026, 3, 1))
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows) == ("C4", "A3:J4", "$3:$3")
    assert [str(ranges.sqref) for ranges in sheet.conditional_formatting] == ["A4:J4"]


def test_every_sheet_of_a_unit_is_printed_across_a4_in_type_of_nine_points(tmp_path):
    claim = {"source_file": "乙.xlsx", "sheet": "花名册", "row": 3, "unit_id": "91210100X", "name": "甲", "claim": "title", "claimed": "工程师",
             "result": "supported", "direction": "skill-to-title"}  # fmt: skip
    people = [person(3, ELIGIBLE), person(4, ELIGIBLE, source="乙.xlsx")]
    data = save(tmp_path / "data", tables_of(people, [finding(4, "H")]) | {"claims": [claim | {"row": 4, "pid": 1}]})
    write_units(data, tmp_path, unit_plan(data))
    book = openpyxl.load_workbook(unit_file(tmp_path, data, "91210100X"))
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9), sheet.title
        characters = sum(column.width * (column.max - column.min + 1) for column in sheet.column_dimensions.values())
        digit = 9.33  # pixels of the widest font that stands in for 宋体 of 11 points where that is not installed; its own is 8
        assert characters * digit * 72 / 96 <= 842 - 2 * 0.3 * 72, sheet.title
        assert min(cell.font.sz for row in sheet for cell in row if cell.value is not None) >= 9
        assert (sheet.oddFooter.right.text, sheet.oddFooter.right.size) == ("第 &P 页，共 &N 页", 9)
    printed = {sheet.title for sheet in book if not sheet.print_area}
    assert set(book.sheetnames) - printed == {"申报意向核对", "明细"}  # which say so
    for name in ("申报意向核对", "明细"):
        (row,) = re.findall(r"\$A\$(\d+)$", book[name].print_area)  # a hidden row is no page
        assert book[name].row_dimensions[int(row)].hidden and int(row) >= book[name].max_row
        assert "打印整本时不印" in str(book[name]["A2"].value)


def test_a_list_has_one_line_a_person_where_the_room_of_columns_that_need_less_suffices(tmp_path):
    review = [{"route": "t2s-technician", "outcome": "eligible", "review": ["frontline", "field"]}]
    rulebook = RULEBOOK | {"note_words": {"frontline": "一线岗位请单位逐一核对后确认", "field": "工程技术领域请单位逐一核对后确认"}}
    data = save(tmp_path / "data", tables_of([person(at, review) for at in (3, 4)]), rulebook)
    write_units(data, tmp_path, unit_plan(data))
    sheet = openpyxl.load_workbook(unit_file(tmp_path, data, "91210100X"))["可申报"]
    widths = {cell.value: sheet.column_dimensions[cell.column_letter].width for cell in sheet[3]}
    assert len(sheet["I4"].value) == 31 and [sheet.row_dimensions[row].height for row in (4, 5)] == [None, None]
    assert widths["可申报职称"] < 9 and widths["行"] >= 5  # nobody has the one; a number is never narrowed


def test_a_row_is_as_high_as_its_text_wrapped_where_lines_may_end():
    dates = "一二三四 2025-12-31、2026-12-31"
    assert [line_count(dates, width) for width in (33, 30, 20)] == [1, 2, 3]  # a day is not broken
    assert (line_count("一二三四五，六七", 13), line_count("一二三四五六，七", 13)) == (2, 2)  # a comma begins no line
    runs = ("AB" + "甲" * 9, "ABC" + "甲" * 8, "ABC" + "甲" * 9, "ABC" + "甲" * 8 + "，")
    assert [line_count(text, 11) for text in runs] == [2, 2, 3, 3]  # Chinese characters go on behind a word, the last stays with its comma
    assert (line_count("甲" * 29, 60), line_count("甲" * 30, 60), line_count("A" * 25, 11), line_count("甲\n乙", 11)) == (1, 2, 3, 2)


def test_the_page_and_the_workbook_give_the_counts_of_the_tables(data, tmp_path):
    persons = data.parent / "persons.parquet"
    persons.write_bytes((data / "persons.parquet").read_bytes())
    counted = duckdb.execute(
        "SELECT count(*) FILTER (skill_to_title_outcome = 'eligible'), count(*) FROM read_parquet(?)"
        " WHERE bucket = 'evaluated' AND duplicate_of IS NULL", [str(persons)]).fetchall()[0]  # fmt: skip
    write_page(tmp_path / "report.html", read_figures(data))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    figures = Page(page).headline
    assert "申报职称 2 人" in page and (figures["可申报"], figures["已审核人数"]) == ("2", "7") and counted == (2, 7)
    assert "候选建议，以评审（鉴定）机构审核为准" in page and "2025-12-31" in page
    assert "申报人数" not in page and "取得人数" not in page and "坏.xlsx" in page
    write_statistics(tmp_path / "statistics.xlsx", read_figures(data))
    city = sheet_rows(tmp_path / "statistics.xlsx", "按市")
    assert city[-1][0] == "合计" and city[-1][1] == counted[1] and city[-1][2] == counted[0]
    assert sum(city[-1][4:]) == counted[1]


def test_the_page_counts_the_findings_of_a_unit_as_its_workbook_does(data, tmp_path):
    write_page(tmp_path / "report.html", read_figures(data))
    heads, *rows = Page((tmp_path / "report.html").read_text(encoding="utf-8")).tables["各单位"]
    shown = {row[0]: int(row[heads.index("数据问题")]) for row in rows}
    write_units(data, tmp_path, unit_plan(data))
    for unit_id, unit in (("91210100X", "甲厂"), ("@SUM(1)<b>", "@SUM(1)<b>")):
        told = {row[0]: row[1] for row in sheet_rows(unit_file(tmp_path, data, unit_id), "首页")}
        assert shown[unit] == told["要改正、核对的数据（按处计）"], unit
    assert shown == {"甲厂": 3, "@SUM(1)<b>": 0}  # two of its rows, and one of the sheet


def test_the_page_tells_the_clauses_in_the_order_of_the_regulation(tmp_path):
    routes = {"t2s-senior-worker": RULEBOOK["routes"]["t2s-technician"] | {"clause": "四（二）"}} | RULEBOOK["routes"]
    data = save(tmp_path / "data", tables_of([person(3, ELIGIBLE)]), RULEBOOK | {"routes": routes})
    write_page(tmp_path / "report.html", read_figures(data))
    told = (tmp_path / "report.html").read_text(encoding="utf-8").partition('<dl class="clauses">')[2].partition("</dl>")[0]
    assert re.findall("<dt>(.+?)　", told) == ["四（二）", "三（二）2", "三（四）3", "四（三）2", "四（五）"]


def test_people_of_tables_side_by_side_stand_in_one_row_and_each_is_told(tmp_path):
    people = [person(3, ELIGIBLE, name="王左"), person(3, ELIGIBLE, name="李右"), person(3, [], name="赵中")]
    claim = {"source_file": "市/甲.xlsx", "sheet": "花名册", "row": 3, "unit_id": "91210100X", "name": "李右", "claim": "title", "claimed": "工程师",
             "result": "supported", "direction": "skill-to-title", "pid": 1}  # fmt: skip
    data = save(tmp_path / "data", tables_of(people) | {"claims": [claim]})
    write_units(data, tmp_path / "units", unit_plan(data))
    path = unit_file(tmp_path / "units", data, "91210100X")
    assert list(lines_of(path, "可申报")) == ["王左", "李右"]
    assert list(lines_of(path, "申报意向核对")) == ["李右"]
    assert list(lines_of(path, "其他行")) == ["赵中"]
    with open_audit_data(data) as con:
        assert con.execute(COUNTS).fetchone()[:3] == ("skill-to-title", "工程师", 1)


def test_tables_that_do_not_fit_together_are_refused(tmp_path):
    tables = tables_of([person(3, ELIGIBLE)])
    tables["persons"][0]["row"] = 4
    data = save(tmp_path / "data", tables)
    with pytest.raises(ValueError, match="结论没有对应的人员"):
        write_statistics(tmp_path / "statistics.xlsx", read_figures(data))
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_page_of_a_thousand_units_is_small_and_the_same_each_time(tmp_path):
    people = [
        person(at, ELIGIBLE, source=f"{at}.xlsx", unit=f"示例第{at}机械制造有限责任公司", unit_id=f"9121{at:014}") for at in range(1000)
    ]
    data = save(tmp_path / "data", tables_of(people))
    write_page(tmp_path / "report.html", read_figures(data))
    page = (tmp_path / "report.html").read_bytes()
    assert page.count(b'<th scope="row"><a href="../units/') == 1000 and len(page) < 1_000_000
    write_page(tmp_path / "again.html", read_figures(data))
    assert (tmp_path / "again.html").read_bytes() == page


def test_the_page_leads_to_what_stands_there_alone_where_something_could_not_be_written(data, tmp_path):
    write_page(tmp_path / "bureau" / "report.html", read_figures(data))
    promised = links(tmp_path / "bureau" / "report.html")
    assert {link.split("/")[1] for link in promised} == {"units", "returned"} and len(promised) == 3
    write_units(data, tmp_path / "units", unit_plan(data))
    write_page(tmp_path / "bureau" / "report.html", read_figures(data), tmp_path)
    left = links(tmp_path / "bureau" / "report.html")
    assert left < promised and all((tmp_path / "bureau" / link).exists() for link in left) and len(left) == 2


def links(page: Path) -> set[str]:
    return set(re.findall(r'href="(\.\./[^"]+)"', page.read_text(encoding="utf-8")))
