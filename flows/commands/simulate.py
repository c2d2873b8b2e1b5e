"""`guantong simulate`: what another policy would change in an audit's result; from its tables, no roster is read again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import duckdb

from guantong.flows.screen import show, show_table
from guantong.flows.storage.disk import explaining_write_errors
from guantong.reports.bureau.figures import data_quality
from guantong.reports.bureau.figures.figure_table import FigureTable
from guantong.reports.changes_book import write_changes, write_csv
from guantong.reports.wording import BLANK, OTHER_TARGET, TARGETS
from guantong.rules.evaluation.scripts import run_script
from guantong.rules.evaluation.stored_audit import day_of, evaluate_again, open_audits, open_tables, policy_of
from guantong.rules.policy.load import Policy, load
from guantong.rules.rulebook import DIRECTIONS, OUTCOMES, by_default_in_words, rulebook
from guantong.rules.sensitivity import describe_weights, weights
from guantong.rules.what_if import differences, edit_policy

_NOTE = "只改政策，其他不变；人数按人计，一人在几个单位的，合计只计一次。候选建议，以评审（鉴定）机构审核为准。"
MOST_UNITS = 15  # on screen, and people; the workbook has all
_NAMED = "增加和减少的人"


def simulate_policy(folder: Path, changes: list[str], other: str | None, as_of: dt.date | None, out: Path | None, csv: Path | None) -> None:
    """Print what the ``changes`` or the ``other`` policy would make different, and write it to ``out`` (.xlsx) and, without names, ``csv``.

    Raises UserError for a folder, policy or change that cannot be used.
    """
    before = policy_of(folder)
    after = edit_policy(load(other) if other else before, changes)
    own_day = day_of(folder)
    day = as_of or own_day
    tables = simulate(folder, before, after, day)
    show(f"{before.document.policy.document}　审核基准日 {own_day}　→　{after.document.policy.document}　审核基准日 {day}")
    for table in tables:
        if table.name in _ON_SCREEN:
            show_table(table, MOST_UNITS if table.name in ("按单位", _NAMED) else len(table.rows))
    _show_and_write(rulebook(after, day), "政策模拟", tables, out, csv, _note(before, after))


def show_sensitivity(folder: Path, out: Path | None, csv: Path | None) -> None:
    """Print how many persons each interpretation in an audit's policy affects, and write it. Raises UserError for an unusable folder."""
    policy, day = policy_of(folder), day_of(folder)
    with open_audits(folder) as con:
        open_tables(con, folder)
        table = data_quality.weights(describe_weights(policy, weights(con, policy, day)))
    show(f"{policy.document.policy.document}　审核基准日 {day}")
    show_table(table, len(table.rows))
    _show_and_write(rulebook(policy, day), "口径敏感性", [table], out, csv, _note(policy))


def _note(*policies: Policy) -> str:
    """What is told with every result, and of which settings the policies' files say nothing, so that they were judged by the program's defaults."""
    return "\n".join(dict.fromkeys([*filter(None, map(by_default_in_words, policies)), _NOTE]))


def _show_and_write(words: dict, subject: str, tables: list[FigureTable], out: Path | None, csv: Path | None, note: str) -> None:
    show(note)
    if out is not None:
        with explaining_write_errors(out):
            write_changes(out, words, subject, tables, note)
    if csv is not None:
        with explaining_write_errors(csv):
            write_csv(csv, [table for table in tables if table.name != _NAMED])
    for path in (out, csv):
        if path is not None:
            show(f"已写出 {path}")


def simulate(folder: Path, before: Policy, after: Policy, as_of: dt.date) -> list[FigureTable]:
    """The tables: differences of the policies, then persons by direction, target, city, unit, and moves between outcomes."""
    with open_audits(folder) as con:
        open_tables(con, folder)
        evaluate_again(con, after, as_of)
        run_script(con, "whatif.sql")
        return [
            FigureTable("政策的差别", ("项目", "条款", "现行", "改后"), differences(before, after)),
            *(_count_persons(con, grouping) for grouping in _PERSON_TABLES),
            _name_persons(con),
            *(_count_moves(con, grouping) for grouping in _MOVE_TABLES),
        ]


class _Grouping(NamedTuple):
    """A table's name, the headers of its groups, the SQL that shows a group, and a column that tells groups of one name apart."""

    table: str
    headers: tuple[str, ...]
    shown: str
    apart: str = ""


_PERSON_TABLES = (
    _Grouping("合计", ("范围",), "'全部' AS one"),
    _Grouping("按方向", ("方向",), "direction AS one"),
    _Grouping("按申报目标", ("方向", "申报目标"), "direction AS one, target AS two"),
    _Grouping("按市", ("所在市",), "coalesce(city, '（未填）') AS one"),
    _Grouping("按单位", ("单位", "所在市"), "coalesce(unit, '（未填）') AS one, coalesce(unit_city, '（未填）') AS two", "unit_id, "),
)
_COUNTS = ("符合申报条件人数（现行）", "符合申报条件人数（改后）", "增加", "减少")


def _count_persons(con: duckdb.DuckDBPyConnection, grouping: _Grouping) -> FigureTable:
    """Persons who are 符合申报条件 before and after, by group."""
    name, headers, shown, apart = grouping
    keys = ", ".join(("one", "two")[: len(headers)])
    found = con.execute(f"""
        WITH persons AS (
            SELECT {shown}, {apart}person, bool_or(before) AS was, bool_or(after) AS is_now FROM eligible GROUP BY ALL
        )
        SELECT {keys}, count(*) FILTER (was), count(*) FILTER (is_now),
            count(*) FILTER (is_now AND NOT was) AS gained, count(*) FILTER (was AND NOT is_now) AS lost
        FROM persons GROUP BY {apart}{keys} ORDER BY gained + lost DESC, {apart}{keys}
    """).fetchall()
    rows = [tuple(DIRECTIONS.get(cell, cell) for cell in row) for row in found]
    return FigureTable(name, (*headers, *_COUNTS), rows)


# Who is 符合申报条件 for a target before or after and not both: by the first of the person's rows.
_GAINED_AND_LOST = """
    SELECT e.direction, coalesce(e.target, '{other}'), after, any_value(p.name ORDER BY p.pid), e.unit, any_value(p.source_file ORDER BY p.pid),
        any_value(p.sheet ORDER BY p.pid), any_value(p.row ORDER BY p.pid)
    FROM (SELECT direction, target, person, first(unit ORDER BY unit_id) AS unit, bool_or(before) AS before, bool_or(after) AS after
          FROM eligible GROUP BY ALL) AS e
    JOIN counted AS c USING (person) JOIN stored_persons AS p USING (pid)
    WHERE e.before <> e.after GROUP BY e.direction, e.target, e.person, e.after, e.unit
    ORDER BY e.direction, coalesce(list_position({targets}, e.target), 99), after DESC, e.unit, 6, 7, 8
"""


def _name_persons(con: duckdb.DuckDBPyConnection) -> FigureTable:
    """Who is gained and who is lost, target by target, the highest first."""
    found = con.execute(_GAINED_AND_LOST.format(other=OTHER_TARGET, targets=list(TARGETS))).fetchall()
    rows = [
        (DIRECTIONS[direction], target, "增加" if gained else "减少", name or "（无姓名）", unit or BLANK, *place)
        for direction, target, gained, name, unit, *place in found
    ]
    headers = ("方向", "申报目标", "增减", "姓名", "单位", "来源文件", "工作表", "行")
    return FigureTable(_NAMED, headers, rows, "含姓名，请按个人信息保管。")


_MOVE_TABLES = (
    _Grouping("结果的变动", (), ""),
    _Grouping("结果的变动（按申报目标）", ("现行目标", "改后目标"), "coalesce(before_target, '—'), coalesce(after_target, '—'), "),
    _Grouping("结果的变动（按市）", ("所在市",), "coalesce(city, '（未填）'), "),
    _Grouping("结果的变动（按单位）", ("单位", "所在市"), "coalesce(unit, '（未填）'), coalesce(unit_city, '（未填）'), ", "unit_id, "),
)
_ON_SCREEN = ("政策的差别", *(grouping.table for grouping in _PERSON_TABLES), _NAMED, "结果的变动")


def _count_moves(con: duckdb.DuckDBPyConnection, grouping: _Grouping) -> FigureTable:
    """Persons whose best outcome (in the table by targets: or its target) would be another, by direction and group."""
    name, headers, shown, apart = grouping
    changed = "true" if "target" in shown else "before <> after"
    found = con.execute(f"""
        SELECT {shown}direction, before, after, count(DISTINCT person) AS n FROM moved WHERE {changed}
        GROUP BY {apart}{shown}direction, before, after ORDER BY direction, n DESC, before, after, {apart}{shown}n
    """).fetchall()
    rows = [(*group, DIRECTIONS[direction], OUTCOMES[before], OUTCOMES[after], count) for *group, direction, before, after, count in found]
    return FigureTable(name, (*headers, "方向", "现行", "改后", "人数"), rows, "每人在每个方向按最好的结果计；只列有变动的。")
