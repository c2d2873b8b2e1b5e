"""What `guantong check` says of a roster on the screen of its own enterprise: columns, findings, blanks, and what would come of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import duckdb

from guantong.flows.commands.check_outlook import Outlook, Person, outlook_of
from guantong.flows.records import Input
from guantong.flows.screen import show
from guantong.reports.wording import OUTCOMES, SEVERITIES
from guantong.rules.rulebook import OUTCOMES as OUTCOME_WORDS
from guantong.schemas.columns_in_words import columns_in_words
from guantong.schemas.text import one_line

MOST_CELLS = 10  # of blank cells of a column that are named
MOST_PEOPLE = 20  # of a kind that are named
_FINDINGS = """
    SELECT severity, sheet, row, "column", message, expected, action FROM findings_out JOIN files USING (source_file)
    WHERE source_file = ? AND code <> 'cell_blank'
    ORDER BY list_position(['error', 'warning', 'hint'], severity), list_position(sheets, sheet) NULLS FIRST, row NULLS FIRST, len("column"), "column", code
"""
_BLANK = """
    FROM (
        SELECT sheet, "column", header, list(row ORDER BY row) FROM findings_out
        WHERE source_file = ? AND code = 'cell_blank' GROUP BY ALL
    ) ORDER BY sheet, len("column"), "column"
"""


def show_file(con: duckdb.DuckDBPyConnection, item: Input, as_of: dt.date) -> int:
    """Print what there is to say of one file; gives 1 where any finding is an error, or nobody is in it of whom anything is told."""
    status, found, rejected = con.execute(
        "SELECT status, rows_found, rows_rejected FROM files WHERE file_no = ?", [item.file_no]
    ).fetchone()
    people = f"读到 {found} 人" + (f"，其中 {rejected} 行没有姓名和身份证号，或已划去" if rejected else "")
    show(f"{item.source_file}：{'拒收' if status == 'refused' else people}")
    read = con.execute("SELECT sheet, name, letter, header, others FROM columns WHERE file_no = ?", [item.file_no]).fetchall()
    for line in columns_in_words(read):
        _line(line)
    outlook = outlook_of(con, item.source_file, as_of)
    findings, hints = _show_findings(con, item.source_file), _show_blanks(con, item.source_file, outlook)
    counts = Counter(findings)
    _line(f"错误 {counts['error']} 条，提醒 {counts['warning']} 条，提示 {counts['hint'] + hints} 条")
    if outlook.people:
        _show_outlook(outlook, as_of)
    if status != "refused":
        _line(_describe_readiness(outlook, counts, hints))
    return 1 if counts["error"] or outlook.people == outlook.untold else 0


def _line(text: str) -> None:
    show(one_line(f"  {text}"))


def _show_findings(con: duckdb.DuckDBPyConnection, source_file: str) -> list[str]:
    """Print the findings, the worst first; gives the severity of each."""
    found = con.execute(_FINDINGS, [source_file]).fetchall()
    for severity, sheet, row, column, message, expected, action in found:
        place = f"{sheet}!{column or ''}{row}" if row and column else f"{sheet}!第{row}行" if row else sheet or "整个文件"
        _line(f"[{SEVERITIES[severity]}] {place}　{message}。应为：{expected}。{action}。")
    return [severity for severity, *_ in found]


def _show_blanks(con: duckdb.DuckDBPyConnection, source_file: str, outlook: Outlook) -> int:
    """Print the needed cells that are blank, by column; gives how many a verdict waits for."""
    waited_for = con.execute(_BLANK, [source_file]).fetchall()
    for sheet, column, header, rows in waited_for:
        _line(
            f"[{SEVERITIES['hint']}] {sheet}!{column}列　“{header}”有 {len(rows)} 格未填，有关结论因此待核实：{_describe_cells(column, rows)}。"
        )
    for each in outlook.blank:
        _line(
            f"[未填] {each.sheet}!{each.letter}列　必填的“{each.header}”有 {len(each.rows)} 格未填：{_describe_cells(each.letter, each.rows)}。"
        )
    return sum(len(rows) for *_, rows in waited_for)


def _describe_cells(column: str, rows: list[int]) -> str:
    """The first of a column's cells, and how many there are."""
    named = "、".join(f"{column}{row}" for row in rows[:MOST_CELLS])
    return named if len(rows) <= MOST_CELLS else f"{named}等"


def _show_outlook(outlook: Outlook, as_of: dt.date) -> None:
    """Print what would come of the roster as it is."""
    soon = outlook.within_a_year(as_of)
    _line(f"照现在这样报送（审核基准日 {as_of}）：")
    _show_people("可申报", outlook.may_apply)
    if outlook.may_be_assessed:
        _show_people("可参加职业技能评价，等级按其他规定", [person._replace(told=[]) for person in outlook.may_be_assessed])
    if outlook.nearly_there:
        also = f"，也在待核实的 {outlook.near_to_verify} 人" if outlook.near_to_verify else ""
        _show_people("即将符合", outlook.nearly_there, f"（其中一年内 {soon} 人{also}）")
    _show_people("待核实，要补填或改正", outlook.to_verify)
    if outlook.others:
        told = "、".join(f"{OUTCOME_WORDS[outcome]} {outlook.others[outcome]} 人" for outcome in OUTCOMES if outcome in outlook.others)
        _line(f"　其余　{sum(outlook.others.values())} 人：{told}；加 --report 写成工作簿可看逐人的原因")


def _show_people(title: str, people: list[Person], of_them: str = "") -> None:
    """Print how many they are, and the first by name; those of whom the same is told together."""
    groups: dict[str, list[str]] = {}
    for person in people[:MOST_PEOPLE]:
        told = "、".join(person.told) + (f"（{person.day}）" if person.day else "")
        groups.setdefault(told, []).append(person.name)
    named = "；".join(" ".join(filter(None, ("、".join(names), told))) for told, names in groups.items())
    more = f"；另有 {len(people) - MOST_PEOPLE} 人，加 --report 写成工作簿可看全部" if len(people) > MOST_PEOPLE else ""
    _line(f"　{title}　{len(people)} 人{of_them}" + (f"：{named}{more}" if people else ""))


def _describe_readiness(outlook: Outlook, counts: Counter[str], hints: int) -> str:
    """Whether the roster can be handed in, and what to do first where it can't."""
    if not outlook.people:
        return "没有读到人员，还不能报送：在表头和示例下面，一人填一行"
    if outlook.people == outlook.untold:
        return f"{outlook.people} 人的技能等级、职称、荣誉称号都没有填，得不出任何结论，还不能报送"
    if counts["error"]:
        return f"还不能报送：请先改正 {counts['error']} 处错误"
    first = []
    if outlook.to_verify or hints or counts["hint"]:
        first.append(f"补填所缺的内容（{len(outlook.to_verify)} 人待核实）")
    if outlook.blank:
        first.append("补填空着的必填格")
    if outlook.untold:
        first.append(f"核对 {outlook.untold} 人是否确实没有技能等级、职称和荣誉")
    if counts["warning"]:
        first.append(f"核对 {counts['warning']} 条提醒")
    return f"没有错误；报送前请{'，'.join(first)}" if first else "可以报送"
