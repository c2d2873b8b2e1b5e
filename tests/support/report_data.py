"""Made-up tables of an audit's data folder, for reports: no roster is read, no rule is run."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet

from guantong.reports.units.workbook import unit_plan
from guantong.schemas import catalogue
from guantong.schemas.facts_in_words import SHARED, fact_columns
from guantong.schemas.reading.credentials import STRUCT

TEXT, DAY, INT, LIST = pyarrow.string(), pyarrow.date32(), pyarrow.int64(), pyarrow.list_(pyarrow.string())
FACTS = [column for item in catalogue.fields().values() for column in fact_columns(item)]
COLUMNS = {
    "files": "source_file sha256 status reason message sheets rows_found rows_evaluated rows_rejected",
    "persons": "pid source_file sheet row bucket rejected_for person_key name unit unit_id unit_code city sex occupation"
    " skill_level title skill_to_title_outcome skill_to_title_target title_to_skill_outcome title_to_skill_target"
    " education_equivalent parity duplicate_of industry education age_band as_of not_known told_as unread opposite work_years_lo work_years_hi",
    "facts": " ".join(dict.fromkeys(["pid", "source_file", "sheet", "row", *FACTS, *SHARED, "integrity_decision", "own_columns"])),
    "columns": "source_file sheet name letter header others",
    "verdicts": "pid source_file sheet row unit unit_id name policy route clause direction target outcome eligible_on"
    " since certain_by not_met unknown review settings missing as_of",
    "findings": "source_file sheet row column header field code severity value message expected action unit_id pid",
    "signs": "code title names units cells detail",
    "claims": "pid source_file sheet row unit claim claimed result route clause eligible_on not_met unknown could_claim direction outcome missing"
    " review name unit_id as_of",
    "sensitivity": "title clause now other change persons gained lost verdicts",
}
KINDS = {
    **dict.fromkeys("persons gained lost verdicts".split(), INT),
    **dict.fromkeys("pid row rows_found rows_evaluated rows_rejected work_years_lo work_years_hi".split(), INT),
    **dict.fromkeys("eligible_on since certain_by as_of".split(), DAY),
    "duplicate_of": pyarrow.struct([("source_file", TEXT), ("sheet", TEXT), ("row", INT)]),
    **dict.fromkeys("sheets not_met unknown review settings missing not_known unread opposite".split(), LIST),
    **dict.fromkeys("honours honours_in_doubt recent_grades".split(), LIST),
    **{column: DAY for column in FACTS if column.endswith(("_lo", "_hi"))},
    "away_months": INT,
    "credentials": pyarrow.list_(STRUCT),
    "own_columns": pyarrow.list_(pyarrow.struct([("name", TEXT), ("letter", TEXT), ("header", TEXT)])),
    "assessments": pyarrow.list_(pyarrow.struct([("year", INT), ("grade", TEXT)])),
}
# The columns of every made-up sheet.
SHEET = {
    "name": ("B", "姓名"), "person_category": ("E", "人员类别"), "post": ("F", "岗位"), "service": ("G", "在岗状态"), "skill": ("H", "等级"),
    "skill_date": ("I", "技能等级取得时间"), "title": ("K", "职称"), "assessment_2023": ("N", "2023年考核"), "assessment_2024": ("O", "2024年考核"),
}  # fmt: skip
ORDER = ["eligible", "refer", "unverified", "not_yet", "held", "ineligible", "no_route"]
CLAUSE = "获得高级工职业资格或职业技能等级后从事技术技能工作满2年，可申报评审相应专业助理工程师"
S2T, T2S = "skill-to-title", "title-to-skill"


def route(clause, direction, target, years, name, exceptional=False):
    return {
        "clause": clause, "clause_text": CLAUSE, "direction": direction, "target": target, "years": years,
        "exceptional": exceptional, "by_work_years": target is None, "name": name, "bring": ["职称证书", "近3年年度考核表"],
        "bring_untitled": ["近3年年度考核表"],
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
        "t2s-promotion": route("四（五）", T2S, None, 1, "已有技能等级的晋级评价"),
    },
    "not_checked": {S2T: ["遵守单位规章制度和生产操作规程（三（一））"]},
    "conditions": {"post": {"name": "技能岗位或专业技术岗位", "clause": "一"},
                   "tenure": {"name": "年限", "clause": "三（二）2"},
                   "assessments": {"name": "近3年年度考核合格", "clause": "三（一）"}},
    "asks": {
        direction: {
            "post": {"clause": "一", "fields": ["post"], "text": text},
            "tenure": {"clause": tenure, "fields": [], "text": "年限未满"},
            "assessments": {"clause": "三（一）", "fields": ["assessment"], "text": "近3年须都合格", "failing": ["不合格", "基本合格"], "years": 3},
        }
        for direction, text, tenure in ((S2T, "须为技能岗位或专业技术岗位", "三（二）2"), (T2S, "须为技能岗位", "四（三）1；四（五）"))
    },
    "notes": {"frontline": "名册未填是否一线岗位，请单位确认", "field": "请核对领域"},
    "note_words": {"frontline": "一线", "field": "领域"},
    "settings": [{"name": "近3年", "value": 3, "default": 3, "clause": "三（一）", "reason": "取审核年度之前3个年度"},
                 {"name": "合格等次", "value": ["优秀", "合格"], "default": ["优秀", "良好", "合格"], "clause": "三（一）",
                  "reason": "文件只写合格"}],
    "findings": {"date_unreadable": {"severity": "error", "title": "日期无法识别"},
                 "no_person": {"severity": "error", "title": "没有姓名和身份证号"},
                 "encrypted": {"severity": "error", "title": "工作簿已加密"}},
    "outcomes": {"eligible": "符合申报条件（候选）", "refer": "另行评价（候选）", "unverified": "待核实",
                 "not_yet": "未满年限", "held": "已具备", "ineligible": "不符合", "no_route": "无适用路径"},
    "directions": {S2T: "技能人才申报职称", T2S: "专业技术人才参加职业技能评价"},
}  # fmt: skip


def save(folder: Path, tables: dict[str, list[dict]], rulebook: dict = RULEBOOK, notices: tuple[str, ...] = ()) -> Path:
    """Write tables (rows as dicts; what is left out is null) and the rule book as an audit's data folder."""
    folder.mkdir(parents=True)
    for name, columns in COLUMNS.items():
        schema = pyarrow.schema([(column, KINDS.get(column, TEXT)) for column in columns.split()])
        table = pyarrow.Table.from_pylist(tables.get(name, []), schema=schema)
        pyarrow.parquet.write_table(table, folder / f"{name}.parquet")
    (folder / "rulebook.json").write_text(json.dumps(rulebook, ensure_ascii=False), encoding="utf-8")
    (folder / "notices.json").write_text(json.dumps([{"text": text} for text in notices], ensure_ascii=False), encoding="utf-8")
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
    sheets = dict.fromkeys((who["source_file"], who["sheet"]) for who in persons)
    columns = [
        {"source_file": source, "sheet": sheet, "name": name, "letter": letter, "header": header}
        for source, sheet in sheets for name, (letter, header) in SHEET.items()
    ]  # fmt: skip
    files = [
        {"source_file": source, "status": "read", "sheets": ["花名册"], "rows_found": count,
         "rows_evaluated": sum(p["bucket"] == "evaluated" for p in persons if p["source_file"] == source),
         "rows_rejected": sum(p["bucket"] == "rejected" for p in persons if p["source_file"] == source)}
        for source, count in Counter(p["source_file"] for p in persons).items()
    ]  # fmt: skip
    files += [{"source_file": name, "status": "refused", "reason": "encrypted", "message": "设有打开密码",
               "sheets": [], "rows_found": 0, "rows_evaluated": 0, "rows_rejected": 0} for name in refused]  # fmt: skip
    verdicts = [line for _, lines in people for line in lines]
    return {"files": files, "persons": persons, "facts": persons, "columns": columns, "verdicts": verdicts, "findings": list(findings)}


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


def sheet_rows(path: Path, sheet: str) -> list[tuple]:
    return [row for row in openpyxl.load_workbook(path)[sheet].iter_rows(min_row=4, values_only=True)]


def lines_of(path: Path, sheet: str) -> dict[str, dict[str, object]]:
    """The lines of a unit's sheet by name, each by its headers; of two columns of one header the second as header and 2."""
    heads, *rows = openpyxl.load_workbook(path)[sheet].iter_rows(min_row=3, values_only=True)
    names = [f"{head}2" if head in heads[:at] else head for at, head in enumerate(heads)]
    return {row[1]: dict(zip(names, row, strict=True)) for row in rows if row[0] is not None and row[1] is not None}


def unit_file(folder: Path, data: Path, unit_id: str) -> Path:
    return folder / next(unit["file_name"] for unit in unit_plan(data) if unit["unit_id"] == unit_id)
