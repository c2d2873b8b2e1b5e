"""`guantong explain`: one person's verdicts, from the tables of an audit; no roster is read again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from guantong.flows.errors import CannotRun
from guantong.reports.units.claims import AWARD_RESULTS, RESULTS
from guantong.reports.wording import not_checked_text
from guantong.rules.evaluation.stored_audit import applied_policy, open_audits, open_tables
from guantong.rules.policy.by_day import cited_clause, document_name, judging_policy, route_id
from guantong.rules.policy.load import Policy, Route
from guantong.rules.rulebook import CONDITION_FIELDS, DIRECTIONS, OUTCOMES, RETROSPECTIVE_NOTE, not_checked, notes, route_name, settings
from guantong.schemas import catalogue
from guantong.schemas.database import records
from guantong.schemas.facts_in_words import fact_in_words
from guantong.schemas.text import one_line

_TABLES = ("persons", "verdicts", "findings", "facts", "columns", "claims")
_MARKS = {"met": "满足", "not_met": "不满足", "unknown": "未知"}


THEORY_EXAM = {"exempt": "凭毕业证书可免", "review": "能否免试待核对，关系表没有写明所学专业与职业（工种）的关系"}


def explain(folder: Path, file: str, row: int, sheet: str | None = None) -> str:
    """The explanation, as text, of the person at ``row`` of ``file`` (a source_file of the audit, or the end of one).

    Raises CannotRun where no person, or more than one, is found.
    """
    if not (folder / "data" / "persons.parquet").exists():
        raise CannotRun(f"“{folder}”不是审核输出文件夹（没有 data/persons.parquet）")
    with open_audits(folder) as con:
        open_tables(con, folder, names=_TABLES)
        for name in _TABLES:
            con.execute(f"CREATE VIEW {name} AS FROM stored_{name}")
        return "\n".join(map(one_line, _explain_person(con, _find_person(con, file, row, sheet), applied_policy(folder))))


def _find_person(con: duckdb.DuckDBPyConnection, file: str, row: int, sheet: str | None) -> dict:
    found = records(
        con,
        "SELECT * FROM persons WHERE row = ? AND (? IS NULL OR sheet = ?) AND (source_file = ? OR ends_with(source_file, '/' || ?))",
        [row, sheet, sheet, file, file],
    )
    persons = [person for person in found if person["source_file"] == file] or found
    if not persons:
        raise CannotRun(f"“{file}”的第{row}行没有读到人员" + (f"（工作表“{sheet}”）" if sheet else ""))
    if len(persons) > 1:
        places = "、".join(f"{person['source_file']} 的“{person['sheet']}”" for person in persons)
        raise CannotRun(f"第{row}行在几处都有人：{places}。请写明完整的文件名，或用 --sheet 指定工作表")
    return persons[0]


def _explain_person(con: duckdb.DuckDBPyConnection, person: dict, policy: Policy) -> list[str]:
    facts, *_ = records(con, "SELECT * FROM facts WHERE pid = ?", [person["pid"]]) or [None]
    if facts is None:
        raise CannotRun("审核输出中没有此人的事实（data/facts.parquet），被改动过；请重新审核")
    verdicts = {verdict["route"]: verdict for verdict in records(con, "SELECT * FROM verdicts WHERE pid = ?", [person["pid"]])}
    cells = {
        cell["name"]: cell
        for cell in records(
            con, "SELECT name, letter, header FROM columns WHERE source_file = ? AND sheet = ?", [person["source_file"], person["sheet"]]
        )
    }
    lines = [
        f"{person['name'] or '（无姓名）'}　{person['unit'] or '（未填单位）'}　{person['source_file']} “{person['sheet']}”第{person['row']}行",
        f"技能等级：{_describe_level(person, 'skill', 'skill_level')}　职称：{_describe_level(person, 'title', 'title')}",
    ]
    if person["bucket"] == "rejected":
        return [*lines, *_explain_rejection(con, person)]
    if day := person.get("as_of"):
        lines[1] = f"审核日 {day}　当日{lines[1]}"
        lines.append(RETROSPECTIVE_NOTE)
    policy_of_day = _policy_of_day(policy, day) if policy.later_named else policy
    if policy.later_named:
        title = policy_of_day.document.policy.title
        lines.append(f"当日所用政策：{document_name(policy, policy_of_day)}《{title}》（施行：{policy_of_day.in_force()}）")
    for route in policy_of_day.document.routes:
        name, clause = route_id(policy, policy_of_day, route), cited_clause(policy, policy_of_day, route.clause)
        lines += ["", f"【{route_name(route)}】　{name}　［{clause}］　{DIRECTIONS[route.direction]}"]
        verdict = verdicts.get(name)
        if verdict is None:
            lines.append(f"  不适用：{_explain_no_route(route)}")
            continue
        lines += _explain_verdict(verdict, route, policy_of_day, facts, cells, person["row"])
    lines += _explain_extras(con, person, policy_of_day)
    return [*lines, "", *_explain_not_checked(verdicts, policy_of_day), "候选建议，以评审（鉴定）机构审核为准。"]


def _explain_not_checked(verdicts: dict[str, dict], policy: Policy) -> list[str]:
    """A line for each direction in which the person is a candidate."""
    book = {"not_checked": not_checked(policy)}
    directions = dict.fromkeys(verdict["direction"] for verdict in verdicts.values() if verdict["outcome"] in ("eligible", "refer"))
    texts = {direction: not_checked_text(book, direction) for direction in directions}
    return [f"{DIRECTIONS[direction]}　{text}" for direction, text in texts.items() if text]


def _policy_of_day(policy: Policy, day: dt.date | None) -> Policy:
    try:
        return judging_policy(policy, day)
    except (TypeError, ValueError) as error:  # no day, or one on which none is in force
        raise CannotRun("此人的审核日没有施行中的政策，审核输出被改动过；请重新审核") from error


def _describe_level(person: dict, track: str, column: str) -> str:
    return "不明" if track in (person.get("not_known") or []) else person[column] or "无或未填"


def _explain_rejection(con: duckdb.DuckDBPyConnection, person: dict) -> list[str]:
    if person["rejected_for"] == "no_person":
        return ["本行没有姓名和身份证号，未审核。"]
    return [
        f"本行未审核：{finding['message']}。{finding['action']}。"
        for finding in _person_findings(con, person)
        if finding["code"] == person["rejected_for"]
    ]


def _person_findings(con: duckdb.DuckDBPyConnection, person: dict) -> list[dict]:
    place = [person["source_file"], person["sheet"], person["row"]]
    return records(con, "SELECT * FROM findings WHERE source_file = ? AND sheet = ? AND row = ?", place)


def _explain_no_route(route: Route) -> str:
    needs = route.needs
    if needs.honours is not None:
        return f"荣誉称号中没有第{needs.honours}类荣誉"
    needed_level, track = (needs.skill, "技能等级") if route.direction == "skill-to-title" else (needs.title, "职称")
    text = f"{track}未达到“{needed_level}”（未填或无法识别的也不适用）" if not needs.exactly else f"{track}不是“{needed_level}”"
    if needs.or_no_title:
        text += "，也不是尚无职称的专业技术人员"
    if needs.skill and route.direction == "title-to-skill":
        text += "，或没有技能等级"
    return text


def _explain_verdict(verdict: dict, route: Route, policy: Policy, facts: dict, cells: dict, row: int) -> list[str]:
    outcome = OUTCOMES[verdict["outcome"]]
    target = verdict["target"] or route.refers_to
    lines = [f"  结论：{outcome}　目标：{target}"]
    if verdict["eligible_on"]:
        lines[0] += f"　将于 {verdict['eligible_on']} 满年限"
    if verdict["since"]:
        lines[0] += f"　自 {verdict['since']} 起"
    names = [*route.conditions, *(["tenure"] if route.years else [])]
    for name in names:
        state = "not_met" if name in verdict["not_met"] else "unknown" if name in verdict["unknown"] else "met"
        condition = policy.document.conditions[name]
        clause = route.clause if name == "tenure" else condition.clause
        years = f"满{route.years}年" if name == "tenure" else ""
        if name == "tenure" and verdict["years_full_on"]:
            years += f"（{verdict['years_full_on']}）"
        lines.append(
            f"    {_MARKS[state]}　{condition.name}{years}　［{clause}］　{_describe_cells(name, route, facts, cells, row, verdict)}"
        )
    if verdict["missing"]:
        lines.append(f"    需补充：{'、'.join(verdict['missing'])}")
    note_texts = notes(policy)
    lines += [f"    请核对：{note_texts[code]}" for code in verdict["review"]]
    titles = {item["name"]: f"{item['title']}={item['value']}" for item in settings(policy)}
    if verdict["settings"]:
        lines.append(f"    解释口径：{'；'.join(titles[name] for name in verdict['settings'])}")
    return lines


def _describe_cells(condition: str, route: Route, facts: dict, cells: dict, row: int, verdict: dict) -> str:
    """The cells that a condition was read from, each with the value that was read."""
    if condition == "integrity" and facts["integrity_decision"]:
        return facts["integrity_decision"]
    fields = CONDITION_FIELDS[condition]
    if isinstance(fields, dict):
        fields = fields[route.direction]
        if route.since == "skill_certificate":
            fields = ["skill_date", "skill_3_date", "skill_4_date", "skill_5_date"]
    if condition == "assessments":
        grades = {item["year"]: item["grade"] for item in facts["assessments"] or []}
        names = sorted(name for name in cells if name.startswith("assessment_"))
        shown = [f"{catalogue.header_of(name)} {cells[name]['letter']}{row}＝{grades.get(int(name[-4:]), '未填或未知')}" for name in names]
        return "；".join(shown) or "花名册没有年度考核栏"
    shown = []
    for name in fields:
        header = catalogue.header_of(name)
        if name not in cells:
            if len(fields) == 1:
                return f"花名册没有“{header}”栏"
            continue
        value = _describe_value(facts, name)
        if value is not None or len(fields) == 1:
            shown.append(f"{header} {cells[name]['letter']}{row}＝{value or '未填或无法识别'}")
    return "；".join(shown) or "未填"


def _describe_value(facts: dict, name: str) -> str | None:
    """The value that was read for a field, as text for the screen; None where nothing is filled in."""
    item = catalogue.fields()[name]
    if item.kind == "months" and facts["away_months_state"] != "unknown" and not facts[name]:
        return None
    shown = fact_in_words(facts, item)
    if shown == "未填":
        return None
    return f"{shown}（审核日前尚未取得或不能确定，不计）" if name in (facts.get("cut") or []) else shown


def _explain_claims(con: duckdb.DuckDBPyConnection, person: dict, policy: Policy) -> list[str]:
    """A line for each claim or award of the person, with its result."""
    lines = []
    for claim in records(con, "SELECT * FROM claims WHERE pid = ?", [person["pid"]]):
        awarded = person.get("as_of") is not None
        text = f"{'授予' if awarded else '拟申报'}“{claim['claimed']}”：{(AWARD_RESULTS if awarded else RESULTS)[claim['result']]}"
        text += f"　{claim['route']}　［{claim['clause']}］" if claim["route"] else ""
        text += f"　最早 {claim['eligible_on']}" if claim["eligible_on"] else ""
        names = "、".join(policy.document.conditions[name].name for name in claim["not_met"])
        text += f"　不满足：{names}" if names else ""
        text += f"　缺少：{'、'.join(claim['missing'])}" if claim["missing"] else ""
        lines.append(text + (f"；另可申报更高的“{claim['could_claim']}”" if claim["could_claim"] else ""))
    return lines


def _explain_extras(con: duckdb.DuckDBPyConnection, person: dict, policy: Policy) -> list[str]:
    lines = ["", *_explain_claims(con, person, policy)]
    if person["education_equivalent"] and policy.document.education_equivalents:
        lines.append(f"技工院校学历：相当于{person['education_equivalent']}（{policy.document.education_equivalents.clause}）")
    for column, words in (("title_relation", "职称专业"), ("study_relation", "所学专业")):
        if person[column]:
            lines.append(f"{words}与职业（工种）“{person['occupation']}”：{person[column]}（按专业与职业关系表；四）")
    if person["theory_exam"]:
        lines.append(f"理论知识考试：{THEORY_EXAM[person['theory_exam']]}（四）")
    if person["parity"] and policy.document.parity:
        lines.append(f"待遇比照：{person['parity']}（{policy.document.parity.clause}）")
    if person["duplicate_of"]:
        first = person["duplicate_of"]
        lines.append(f"同一人已在 {first['source_file']} “{first['sheet']}”第{first['row']}行出现，统计时只计一次")
    lines += [
        f"数据问题：{finding['column'] or ''}{finding['row']}　{finding['message']}。{finding['action']}。"
        for finding in _person_findings(con, person)
    ]
    return lines if len(lines) > 1 else []
