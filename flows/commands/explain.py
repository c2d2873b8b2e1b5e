"""`guantong explain`: one person's verdicts, from the tables of an audit; no roster is read again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from guantong.flows.commands.person_cells import TRACK_NAMES, TRACKS, PersonCells, place_of
from guantong.flows.errors import CannotRun
from guantong.flows.storage.output_record import list_some
from guantong.reports.audit_data import undecided
from guantong.reports.units.claims import AWARD_RESULTS, RESULTS
from guantong.reports.wording import certain_text, not_checked_text, work_years_text
from guantong.rules.evaluation.stored_audit import applied_policy, day_of, open_audits, open_tables
from guantong.rules.policy.by_day import cited_clause, document_name, judging_policy, route_id
from guantong.rules.policy.load import Policy, Route
from guantong.rules.rulebook import DIRECTIONS, OUTCOMES, RETROSPECTIVE_NOTE, clause_in, not_checked, notes, route_name, settings
from guantong.schemas.database import records
from guantong.schemas.near_words import describe_nearest, describe_nearest_path
from guantong.schemas.text import label, one_line

_TABLES = ("persons", "verdicts", "findings", "facts", "columns", "claims")
_HELD = {"skill": "skill_level", "title": "title"}  # column of persons by track
_MOST_PLACES = 10  # that are named where several people are meant
_MARKS = {"met": "满足", "not_met": "不满足", "unknown": "未知"}


THEORY_EXAM = {"exempt": "凭毕业证书可免", "review": "能否免试待核对，关系表没有写明所学专业与职业（工种）的关系"}


def explain(folder: Path, file: str, row_or_name: str, sheet: str | None = None) -> str:
    """The explanation, as text, of the person at a row, or of a name, of ``file`` (a source_file of the audit, or a part of one).

    Raises CannotRun where no person, or more than one, is found.
    """
    if not (folder / "data" / "persons.parquet").exists():
        raise CannotRun(f"“{folder}”不是审核输出文件夹（没有 data/persons.parquet）{describe_nearest_path(folder)}")
    with open_audits(folder) as con:
        open_tables(con, folder, names=_TABLES)
        for name in _TABLES:
            con.execute(f"CREATE VIEW {name} AS FROM stored_{name}")
        person, policy = _find_person(con, file, row_or_name, sheet), applied_policy(folder)
        return "\n".join(map(one_line, _explain_person(con, folder, person, policy)))


def _find_person(con: duckdb.DuckDBPyConnection, file: str, row_or_name: str, sheet: str | None) -> dict:
    row_or_name = label(row_or_name)
    whose = "row = TRY_CAST(? AS BIGINT)" if row_or_name.isdecimal() else "name = ?"
    place = f"第{row_or_name}行" if row_or_name.isdecimal() else f"名为“{row_or_name}”的人"
    query = f"SELECT * FROM persons WHERE {whose} AND (? IS NULL OR sheet = ?) AND contains(source_file, ?) ORDER BY pid"
    found = records(con, query, [row_or_name, sheet, sheet, file])
    for narrower in (lambda name: name == file, lambda name: name.endswith(f"/{file}")):
        if any(narrower(person["source_file"]) for person in found):
            found = [person for person in found if narrower(person["source_file"])]
            break
    if not found:
        raise CannotRun(_describe_nobody(con, file, row_or_name, place, sheet))
    if len(found) > 1:
        places = [f"{person['source_file']} 的“{person['sheet']}”第{person['row']}行{_named(person, found)}" for person in found]
        more = "等" if len(places) > _MOST_PLACES else ""
        raise CannotRun(
            f"“{file}”中{place}有几处：{'、'.join(places[:_MOST_PLACES])}{more}。请写明完整的文件名、行号或姓名，或用 --sheet 指定工作表"
        )
    return found[0]


def _describe_nobody(con: duckdb.DuckDBPyConnection, file: str, row_or_name: str, place: str, sheet: str | None) -> str:
    """That no such person was read, and what may have been meant: another file, sheet, row or name."""
    names = [name for (name,) in con.execute("SELECT DISTINCT source_file FROM persons ORDER BY source_file").fetchall()]
    if not any(file in name for name in names):
        parts = dict.fromkeys([*names, *(Path(name).stem for name in names)])
        return f"审核过的花名册中没有“{file}”{_describe_nearest_part(file, list(parts)) or f'，有 {list_some(names)}'}"
    rows = records(con, "SELECT sheet, name, row FROM persons WHERE contains(source_file, ?) ORDER BY pid", [file])
    sheets = list(dict.fromkeys(one["sheet"] for one in rows))
    if sheet is not None and sheet not in sheets:
        return f"“{file}”中没有读到工作表“{sheet}”{describe_nearest(sheet, sheets) or f'，有 {list_some(sheets)}'}"
    rows = [one for one in rows if sheet is None or one["sheet"] == sheet]
    told = f"“{file}”中没有读到{place}" + (f"（工作表“{sheet}”）" if sheet else "")
    if row_or_name.isdecimal():
        return f"{told}；人员在第 {min(one['row'] for one in rows)} 行至第 {max(one['row'] for one in rows)} 行"
    return told + describe_nearest(row_or_name, dict.fromkeys(one["name"] for one in rows if one["name"]))


def _describe_nearest_part(part: str, names: list[str]) -> str:
    """The nearest of file names to what may be only a part of one, mistyped."""
    return describe_nearest(part, names) or describe_nearest(part, dict.fromkeys(name[: len(part)] for name in names))


def _named(person: dict, found: list[dict]) -> str:
    """A person's name, where another stands in the same row, in a table beside."""
    place = ("source_file", "sheet", "row")
    beside = sum(all(person[name] == other[name] for name in place) for other in found) > 1
    return f"的{person['name'] or '无姓名的人'}" if beside else ""


def _explain_person(con: duckdb.DuckDBPyConnection, folder: Path, person: dict, policy: Policy) -> list[str]:
    findings = _person_findings(con, person)
    heading = f"{person['name'] or '（无姓名）'}　{person['unit'] or '（未填单位）'}　{person['source_file']} “{person['sheet']}”第{person['row']}行"
    if person["bucket"] == "rejected":  # of an award without a day nobody knows what was held then
        return [heading, *_explain_rejection(person, findings)]
    as_of = person["as_of"] or day_of(folder)
    facts, *_ = records(con, "SELECT * FROM facts WHERE pid = ?", [person["pid"]]) or [None]
    if facts is None:
        raise CannotRun("审核输出中没有此人的事实（data/facts.parquet），被改动过；请重新审核")
    verdicts = {verdict["route"]: verdict for verdict in records(con, "SELECT * FROM verdicts WHERE pid = ?", [person["pid"]])}
    policy_of_day = _policy_of_day(policy, as_of) if policy.later_named else policy
    cells = _person_cells(con, person, facts, findings, as_of, policy_of_day)
    held = {track: cells.describe_holding(track, person[column], track in (person["not_known"] or [])) for track, column in _HELD.items()}
    lines = [heading, "　".join(f"{TRACK_NAMES[track]}：{text}" for track, text in held.items())]
    if day := person.get("as_of"):
        lines[1] = f"审核日 {day}　当日{lines[1]}"
        lines.append(RETROSPECTIVE_NOTE)
    if policy.later_named:
        title = policy_of_day.document.policy.title
        lines.append(f"当日所用政策：{document_name(policy, policy_of_day)}《{title}》（施行：{policy_of_day.in_force()}）")
    lines += _explain_undecided(con, person, cells)
    for route in policy_of_day.document.routes:
        name, clause = route_id(policy, policy_of_day, route), cited_clause(policy, policy_of_day, route.clause)
        lines += ["", f"【{route_name(route)}】　{name}　［{clause}］　{DIRECTIONS[route.direction]}"]
        verdict = verdicts.get(name)
        if verdict is None:
            lines.append(f"  {_explain_no_route(route, policy_of_day, cells)}")
            continue
        lines += _explain_verdict(verdict, route, policy_of_day, cells)
        if route.target == "next" and (years := work_years_text(person["work_years_lo"], person["work_years_hi"])):
            lines.append(f"    累计工作年限：{years}（{cells.describe_work()}）")
    lines += _explain_extras(con, person, policy_of_day, verdicts, findings)
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


def _person_cells(
    con: duckdb.DuckDBPyConnection, person: dict, facts: dict, findings: list[dict], as_of: dt.date, policy: Policy
) -> PersonCells:
    columns = records(con, "SELECT sheet, name, letter, header FROM columns WHERE source_file = ?", [person["source_file"]])
    nothing_before = policy.setting("nothing_known_before") == "none"
    by_place = {(column["sheet"], column["name"]): column for column in columns}
    if own := facts.get("own_columns"):  # of a table that is not the only one of its sheet
        others = {place: column for place, column in by_place.items() if place[0] != person["sheet"]}
        by_place = others | {(person["sheet"], column["name"]): column for column in own}
    return PersonCells(facts, by_place, person["sheet"], person["row"], findings, person["opposite"] or [], as_of, nothing_before)


def _explain_undecided(con: duckdb.DuckDBPyConnection, person: dict, cells: PersonCells) -> list[str]:
    """A line for each direction in which no route is in play, and one may be but for a cell that is not known: the cell, and what to do."""
    lines = []
    for one in records(con, f"SELECT direction, deciding FROM ({undecided('persons')}) WHERE pid = ? ORDER BY direction", [person["pid"]]):
        names = [name for name in one["deciding"] if name in cells.unread]
        what = "；".join(map(cells.describe_unread, names))
        actions = dict.fromkeys(finding["action"] for name in names for finding in cells.problems_of(name))
        told = f"{DIRECTIONS[one['direction']]}：{OUTCOMES['unverified']}，{what}，有无可走的路径不能判断"
        lines.append(f"{told}。{'；'.join(actions) or '请改填'}。")
    return lines


def _explain_rejection(person: dict, findings: list[dict]) -> list[str]:
    if person["rejected_for"] == "no_person":
        return ["本行没有姓名和身份证号，未审核。"]
    return [f"本行未审核：{finding['message']}。{finding['action']}。" for finding in findings if finding["code"] == person["rejected_for"]]


def _person_findings(con: duckdb.DuckDBPyConnection, person: dict) -> list[dict]:
    query = "SELECT * FROM findings WHERE pid = ? OR source_file = ? AND sheet = ? AND code = 'sheet_void'"
    return records(con, query, [person["pid"], person["source_file"], person["sheet"]])


def _explain_no_route(route: Route, policy: Policy, cells: PersonCells) -> str:
    """Why a route is not in play; where a cell that would tell can't be read, that it is not known."""
    needs, track = route.needs, TRACKS[route.direction]
    serves_untitled = needs.or_no_title or (route.target == "next" and policy.setting("promotion_without_title", route))
    deciding = ["honours"] if needs.honours is not None else [track]
    if needs.skill and route.direction == "title-to-skill":
        deciding.append("skill")
    if serves_untitled and cells.is_untitled():
        deciding.append("person_category")
    if unread := [name for name in deciding if name in cells.unread]:
        return f"待核实：{'；'.join(map(cells.describe_unread, unread))}，是否适用不能判断"
    if track in deciding and cells.facts[f"{track}_state"] == "absent":
        return f"未审核：花名册没有“{TRACK_NAMES[track]}”栏"
    later = "（审核日之后取得的不计）" if needs.honours is None and cells.has_later(track) else ""
    return f"不适用：{_describe_need(route, serves_untitled)}{later}"


def _describe_need(route: Route, serves_untitled: object) -> str:
    """What a person lacks for whom a route is not in play."""
    needs = route.needs
    if needs.honours is not None:
        return f"荣誉称号中没有第{needs.honours}类荣誉"
    needed_level, track = (needs.skill, "技能等级") if route.direction == "skill-to-title" else (needs.title, "职称")
    text = f"{track}未达到“{needed_level}”（未填的也不适用）" if not needs.exactly else f"{track}不是“{needed_level}”"
    if serves_untitled:
        text = text.replace("（未填的也不适用）", "") + "，也不是尚无职称的专业技术人员"
    if needs.skill and route.direction == "title-to-skill":
        text += "，或没有现职业（工种）的技能等级"
    return text


def _explain_verdict(verdict: dict, route: Route, policy: Policy, cells: PersonCells) -> list[str]:
    outcome = OUTCOMES[verdict["outcome"]]
    target = verdict["target"] or route.refers_to
    lines = [f"  结论：{outcome}　目标：{target}"]
    if verdict["eligible_on"]:
        lines[0] += f"　将于 {verdict['eligible_on']} 满年限"
    if verdict["certain_by"]:
        lines[0] += f"　{certain_text(verdict['certain_by'])}"
    if verdict["since"]:
        lines[0] += f"　自 {verdict['since']} 起"
    names = [*route.conditions, *(["tenure"] if route.years else [])]
    for name in names:
        state = "not_met" if name in verdict["not_met"] else "unknown" if name in verdict["unknown"] else "met"
        condition = policy.document.conditions[name]
        clause = route.clause if name == "tenure" else clause_in(policy.document, name, route.direction)
        years = f"满{route.years}年{_describe_full_day(verdict)}" if name == "tenure" else ""
        read_from = cells.describe_condition(name, route, verdict)
        lines.append(f"    {_MARKS[state]}　{condition.name}{years}　［{clause}］　{read_from}")
    if verdict["missing"]:
        lines.append(f"    需补充：{'、'.join(verdict['missing'])}")
    note_texts = notes(policy)
    lines += [f"    请核对：{note_texts[code]}" for code in verdict["review"]]
    titles = {item["name"]: f"{item['title']}={item['value']}" for item in settings(policy)}
    if verdict["settings"]:
        lines.append(f"    解释口径：{'；'.join(titles[name] for name in verdict['settings'])}")
    return lines


def _describe_full_day(verdict: dict) -> str:
    """The day on which the years of a route are full, or will be at the latest; nothing where it is not known."""
    if verdict["certain_by"]:
        return f"（{certain_text(verdict['certain_by'])}）"
    return f"（{verdict['years_full_on']}）" if verdict["years_full_on"] else ""


def _explain_claims(con: duckdb.DuckDBPyConnection, person: dict, policy: Policy, verdicts: dict[str, dict]) -> list[str]:
    """A line for each claim or award of the person, with its result."""
    lines = []
    for claim in records(con, "SELECT * FROM claims WHERE pid = ?", [person["pid"]]):
        awarded = person.get("as_of") is not None
        text = f"{'授予' if awarded else '拟申报'}“{claim['claimed']}”：{(AWARD_RESULTS if awarded else RESULTS)[claim['result']]}"
        text += f"　{claim['route']}　［{claim['clause']}］" if claim["route"] else ""
        text += f"　最早 {claim['eligible_on']}" if claim["eligible_on"] else ""
        certain_by = verdicts[claim["route"]]["certain_by"] if claim["route"] in verdicts else None
        text += f"　{certain_text(certain_by)}" if certain_by and claim["result"] == "unverified" else ""
        names = "、".join(policy.document.conditions[name].name for name in claim["not_met"])
        text += f"　不满足：{names}" if names else ""
        text += f"　缺少：{'、'.join(claim['missing'])}" if claim["missing"] else ""
        lines.append(text + (f"；另可申报更高的“{claim['could_claim']}”" if claim["could_claim"] else ""))
    return lines


def _explain_extras(
    con: duckdb.DuckDBPyConnection, person: dict, policy: Policy, verdicts: dict[str, dict], findings: list[dict]
) -> list[str]:
    lines = ["", *_explain_claims(con, person, policy, verdicts)]
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
    lines += [f"数据问题：{place_of(finding, person['sheet'])}　{finding['message']}。{finding['action']}。" for finding in findings]
    return lines if len(lines) > 1 else []
