"""The reports, by what a reader of them sees. The data are made here: no roster is read, no rule is run."""

import json
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from guantong.reports.bureau.page import write_page
from guantong.reports.bureau.statistics import write_statistics
from guantong.reports.units.workbook import unit_plan, write_units

TEXT, DAY, INT, LIST = pyarrow.string(), pyarrow.date32(), pyarrow.int64(), pyarrow.list_(pyarrow.string())
COLUMNS = {
    "files": "source_file sha256 status reason message sheets rows_found rows_evaluated rows_rejected",
    "persons": "pid source_file sheet row bucket rejected_for person_key name unit unit_id unit_code city sex occupation"
    " skill_level title skill_to_title_outcome skill_to_title_target title_to_skill_outcome title_to_skill_target"
    " education_equivalent parity duplicate_of industry education age_band as_of not_known told_as",
    "verdicts": "pid source_file sheet row unit unit_id name policy route clause direction target outcome eligible_on"
    " since not_met unknown review settings missing as_of",
    "findings": "source_file sheet row column header field code severity value message expected action unit_id",
    "signs": "code title names units cells detail",
    "claims": "source_file sheet row unit claim claimed result route clause eligible_on not_met unknown could_claim direction outcome missing"
    " review name unit_id as_of",
    "sensitivity": "title clause now other change persons gained lost verdicts",
}
KINDS = {
    **dict.fromkeys("persons gained lost verdicts".split(), INT),
    **dict.fromkeys("pid row rows_found rows_evaluated rows_rejected".split(), INT),
    **dict.fromkeys("eligible_on since as_of".split(), DAY),
    "duplicate_of": pyarrow.struct([("source_file", TEXT), ("sheet", TEXT), ("row", INT)]),
    **dict.fromkeys("sheets not_met unknown review settings missing not_known".split(), LIST),
}
ORDER = ["eligible", "refer", "unverified", "not_yet", "held", "ineligible", "no_route"]
CLAUSE = "获得高级工职业资格或职业技能等级后从事技术技能工作满2年，可申报评审相应专业助理工程师"
S2T, T2S = "skill-to-title", "title-to-skill"


def route(clause, direction, target, years, name, exceptional=False):
    return {
        "clause": clause, "clause_text": CLAUSE, "direction": direction, "target": target, "years": years,
        "exceptional": exceptional, "name": name, "bring": ["技能等级证书原件及复印件", "近3年年度考核表"],
    }  # fmt: skip


RULEBOOK = {
    "policy": {
        "id": "ln-2019-2", "document": "辽人社规〔2019〕2号", "issued": "2019-08-21", "sha256": "ab" * 32,
        "title": "关于在工程技术领域实现高技能人才与工程技术人才职业发展贯通的实施意见（试行）",
    },
    "as_of": "2025-12-31",
    "routes": {
        "s2t-assistant": route("三（二）2", S2T, "助理工程师", 2, "高级工满2年"),
        "s2t-engineer": route("三（二）2", S2T, "工程师", 3, "技师满3年"),
        "s2t-honour-engineer": route("三（四）3", S2T, "工程师", None, "辽宁省技术能手", True),
        "t2s-technician": route("四（三）2", T2S, "二级/技师", None, "工程师以上"),
    },
    "conditions": {"post": {"name": "技能岗位或专业技术岗位", "clause": "一"},
                   "assessments": {"name": "近3年年度考核合格", "clause": "三（一）"}},
    "notes": {"frontline": "名册未填是否一线岗位，请单位确认"},
    "settings": [{"name": "近3年", "value": 3, "default": 3, "clause": "三（一）", "reason": "取审核年度之前3个年度"},
                 {"name": "合格等次", "value": ["优秀", "合格"], "default": ["优秀", "良好", "合格"], "clause": "三（一）",
                  "reason": "文件只写合格"}],
    "findings": {"date_unreadable": {"severity": "error", "title": "日期无法识别"},
                 "no_person": {"severity": "error", "title": "没有姓名和身份证号"},
                 "encrypted": {"severity": "error", "title": "工作簿已加密"}},
    "outcomes": {"eligible": "符合申报条件（候选）", "refer": "另行评价（候选）", "unverified": "待核实",
                 "not_yet": "未满年限", "held": "已具备", "ineligible": "不符合"},
    "directions": {S2T: "技能人才申报职称", T2S: "专业技术人才参加职业技能评价"},
}  # fmt: skip


def save(folder: Path, tables: dict[str, list[dict]], rulebook: dict = RULEBOOK) -> Path:
    """Write tables (rows as dicts; what is left out is null) and the rule book as an audit's data folder."""
    folder.mkdir(parents=True)
    for name, columns in COLUMNS.items():
        schema = pyarrow.schema([(column, KINDS.get(column, TEXT)) for column in columns.split()])
        table = pyarrow.Table.from_pylist(tables.get(name, []), schema=schema)
        pyarrow.parquet.write_table(table, folder / f"{name}.parquet")
    (folder / "rulebook.json").write_text(json.dumps(rulebook, ensure_ascii=False), encoding="utf-8")
    return folder


def person(row: int, verdicts: list[dict], source="市/甲.xlsx", sheet="花名册", **more) -> tuple[dict, list[dict]]:
    """A person and the verdicts; the summary of each direction is derived from these."""
    at = {"source_file": source, "sheet": sheet, "row": row}
    who = {
        **at, "bucket": "evaluated", "name": f"张{row}", "unit": "甲厂", "unit_id": "91210100X", "city": "沈阳市",
        "skill_level": "二级/技师", "title": None, **more,
    }  # fmt: skip
    lines = []
    for verdict in verdicts:
        told = RULEBOOK["routes"][verdict["route"]]
        line = {"clause": told["clause"], "direction": told["direction"], "target": told["target"], **verdict}
        lines.append({**at, "unit": who["unit"], "unit_id": who["unit_id"], "name": who["name"], **line})
    for direction, key in ((S2T, "skill_to_title"), (T2S, "title_to_skill")):
        ranked = sorted((line for line in lines if line["direction"] == direction),
                        key=lambda line: (ORDER.index(line["outcome"]), line["target"] != "工程师"))  # fmt: skip
        who[f"{key}_outcome"] = ranked[0]["outcome"] if ranked else "no_route"
        who[f"{key}_target"] = ranked[0]["target"] if ranked else None
    return who, lines


def tables_of(people: list[tuple[dict, list[dict]]], findings=(), refused=()) -> dict[str, list[dict]]:
    for number, (who, lines) in enumerate(people):
        for row in (who, *lines):
            row["pid"] = number
    persons = [who for who, _ in people]
    files = [
        {"source_file": source, "status": "read", "sheets": ["花名册"], "rows_found": count,
         "rows_evaluated": sum(p["bucket"] == "evaluated" for p in persons if p["source_file"] == source),
         "rows_rejected": sum(p["bucket"] == "rejected" for p in persons if p["source_file"] == source)}
        for source, count in Counter(p["source_file"] for p in persons).items()
    ]  # fmt: skip
    files += [{"source_file": name, "status": "refused", "reason": "encrypted", "message": "设有打开密码",
               "sheets": [], "rows_found": 0, "rows_evaluated": 0, "rows_rejected": 0} for name in refused]  # fmt: skip
    verdicts = [line for _, lines in people for line in lines]
    return {"files": files, "persons": persons, "verdicts": verdicts, "findings": list(findings)}


def finding(row=None, column=None, code="date_unreadable", severity="error", **more) -> dict:
    return {
        "source_file": "市/甲.xlsx", "sheet": "花名册", "row": row, "column": column, "header": "技能等级取得时间",
        "code": code, "severity": severity, "value": "2019.13", "message": "日期“2019.13”无法识别",
        "expected": "如 2019-08-21", "action": "请按证书填写", "unit_id": "91210100X", **more,
    }  # fmt: skip


ELIGIBLE = [
    {"route": "s2t-assistant", "outcome": "eligible", "since": date(2020, 1, 1), "review": ["frontline"]},
    {"route": "s2t-engineer", "outcome": "eligible", "since": date(2022, 1, 1)},
]


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


def sheet_rows(path: Path, sheet: str) -> list[tuple]:
    return [row for row in openpyxl.load_workbook(path)[sheet].iter_rows(min_row=4, values_only=True)]


def unit_file(folder: Path, data: Path, unit_id: str) -> Path:
    return folder / next(unit["file_name"] for unit in unit_plan(data) if unit["unit_id"] == unit_id)


def test_a_candidate_stands_once_per_route_and_the_higher_first(data, tmp_path):
    assert write_units(data, tmp_path / "units", unit_plan(data)) == 2
    rows = sheet_rows(unit_file(tmp_path / "units", data, "91210100X"), "高技能人才申报职称候选")
    assert [(row[2], row[5], row[6]) for row in rows] == [(3, "工程师", 1), (3, "助理工程师", 2)]
    assert rows[1][11] == "名册未填是否一线岗位，请单位确认"
    assert rows[0][10] == datetime(2022, 1, 1) and CLAUSE in rows[0][9]


def test_every_row_stands_in_some_sheet(data, tmp_path):
    write_units(data, tmp_path, [unit for unit in unit_plan(data) if unit["unit_id"] == "91210100X"])
    path = unit_file(tmp_path, data, "91210100X")
    assert len(list(tmp_path.glob("*.xlsx"))) == 1
    told = {row[2] for name in openpyxl.load_workbook(path).sheetnames[1:] if name != "数据问题"
            for row in sheet_rows(path, name) if row[1]}  # fmt: skip
    assert told == {3, 4, 5, 6, 7, 8, 9, 10}
    assert [row[1] for row in sheet_rows(path, "数据问题")] == ["花名册（整张表）", "花名册!H4", "花名册!第8行"]
    assert sheet_rows(path, "即将符合")[0][8:10] == (datetime(2026, 3, 1), 60)


def test_text_of_a_roster_is_never_a_formula(data, tmp_path):
    write_units(data, tmp_path / "units", unit_plan(data))
    write_statistics(data, tmp_path / "statistics.xlsx")
    for path in [*(tmp_path / "units").iterdir(), tmp_path / "statistics.xlsx"]:
        cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert "=1+1" in [row[3] for row in sheet_rows(unit_file(tmp_path / "units", data, "91210100X"), "高技能人才申报职称候选")]
    write_page(data, tmp_path / "report.html")
    assert "@SUM(1)&lt;b&gt;" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_text_of_a_roster_stands_as_it_is(tmp_path):
    texts = ["<r><t>甲</t></r>", " 两端有空格 ", "_x0041_", "a&b<c>", "响铃\x07", "两行\n文字", "甲" * 300]
    found = [finding(4, "H", value=text, message=f"{at}") for at, text in enumerate(texts)]
    data = save(tmp_path / "data", tables_of([person(3, ELIGIBLE)], found))
    write_units(data, tmp_path / "units", unit_plan(data))
    book = openpyxl.load_workbook(unit_file(tmp_path / "units", data, "91210100X"))
    shown = {row[5]: row[4] for row in book["数据问题"].iter_rows(min_row=4, values_only=True)}
    assert [shown[f"{at}"].replace("_x0007_", "\x07") for at in range(len(texts))] == texts  # openpyxl leaves that one as it is written


def test_a_table_looks_as_it_should(data, tmp_path):
    write_units(data, tmp_path, unit_plan(data))
    sheet = openpyxl.load_workbook(unit_file(tmp_path, data, "91210100X"))["高技能人才申报职称候选"]
    best, other = sheet[4], sheet[5]
    assert [cell.font.color.rgb for cell in (best[3], other[3])] == ["FF1F2937", "FF6B7280"]
    assert (best[10].number_format, best[10].alignment.horizontal) == ("yyyy-mm-dd", "left")
    assert (best[2].number_format, best[9].alignment.wrap_text) == ("#,##0", True)
    lines = len(best[9].value) * 2 / sheet.column_dimensions["J"].width
    assert lines * 15 <= sheet.row_dimensions[4].height <= (lines + 2) * 15
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows) == ("A4", "A3:M5", "$3:$3")
    assert [str(ranges.sqref) for ranges in sheet.conditional_formatting] == ["A4:M5"]


def test_the_page_and_the_workbook_give_the_counts_of_the_tables(data, tmp_path):
    persons = data.parent / "persons.parquet"
    persons.write_bytes((data / "persons.parquet").read_bytes())
    counted = duckdb.execute(
        "SELECT count(*) FILTER (skill_to_title_outcome = 'eligible'), count(*) FROM read_parquet(?)"
        " WHERE bucket = 'evaluated' AND duplicate_of IS NULL", [str(persons)]).fetchall()[0]  # fmt: skip
    write_page(data, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    figures = {label: int(number) for number, label in re.findall(r"<li><b>(\d+)</b>(.*?)</li>", page)}
    assert (figures["符合申报条件人数：高技能人才申报职称"], figures["已审核人数"]) == counted == (2, 7)
    assert "候选建议，以评审（鉴定）机构审核为准" in page and "2025-12-31" in page
    assert "申报人数" not in page and "取得人数" not in page and "坏.xlsx" in page
    write_statistics(data, tmp_path / "statistics.xlsx")
    city = sheet_rows(tmp_path / "statistics.xlsx", "按市")
    assert city[-1][0] == "合计" and city[-1][1] == counted[1] and city[-1][2] == counted[0]
    assert sum(city[-1][4:]) == counted[1]


def test_tables_that_do_not_fit_together_are_refused(tmp_path):
    tables = tables_of([person(3, ELIGIBLE)])
    tables["persons"][0]["row"] = 4
    with pytest.raises(ValueError, match="结论没有对应的人员"):
        write_statistics(save(tmp_path / "data", tables), tmp_path / "statistics.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_page_of_a_thousand_units_is_small_and_the_same_each_time(tmp_path):
    people = [
        person(at, ELIGIBLE, source=f"{at}.xlsx", unit=f"示例第{at}机械制造有限责任公司", unit_id=f"9121{at:014}") for at in range(1000)
    ]
    data = save(tmp_path / "data", tables_of(people))
    write_page(data, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_bytes()
    assert page.count(b'href="../units/') == 1000 and len(page) < 1_000_000
    write_page(data, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == page
