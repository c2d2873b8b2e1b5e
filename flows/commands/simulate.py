"""`guantong simulate`: what would change, were the policy another; from an audit's tables, no roster is read again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
import duckdb

from guantong.flows.commands.figure_table import show
from guantong.flows.screen import tell
from guantong.flows.storage.whole_files import telling
from guantong.reports.bureau.figures.every import Table
from guantong.reports.bureau.sensitivity import weight_table
from guantong.reports.changes_book import write_changes, write_csv
from guantong.rules.evaluation.scripts import run_script
from guantong.rules.evaluation.stored_audit import NoAudit, day_of, evaluate_again, open_tables, opened, policy_of
from guantong.rules.policy.load import Policy, PolicyError, load
from guantong.rules.rulebook import DIRECTIONS, OUTCOMES, rulebook
from guantong.rules.sensitivity import told, weights
from guantong.rules.what_if import differences, edited

_NOTE = "只改政策，其他不变；人数按人计，一人在几个单位的，合计只计一次。候选建议，以评审（鉴定）机构审核为准。"
MOST_UNITS = 15  # on screen; the workbook has all


def main(folder: Path, changes: list[str], other: str | None, as_of: dt.date | None, out: Path | None, csv: Path | None) -> None:
    """Print what would change, and write it to ``out`` (.xlsx) and ``csv``. Raises ClickException for a folder, policy or change that won't do."""
    try:
        before = policy_of(folder)
        after = edited(load(other) if other else before, changes)
        own_day = day_of(folder)
        day = as_of or own_day
        tables = simulated(folder, before, after, day)
    except (NoAudit, PolicyError) as error:
        raise click.ClickException(str(error)) from error
    tell(f"{before.document.policy.document}　审核基准日 {own_day}　→　{after.document.policy.document}　审核基准日 {day}")
    for table in tables:
        if table.name in _ON_SCREEN:
            show(table, MOST_UNITS if table.name == "按单位" else len(table.rows))
    _tell_and_write(rulebook(after, day), "政策模拟", tables, out, csv)


def sensitivity(folder: Path, out: Path | None, csv: Path | None) -> None:
    """Print what each interpretation of an audit's policy weighs, and write it. Raises ClickException for a folder that won't do."""
    try:
        policy, day = policy_of(folder), day_of(folder)
        with opened(folder) as con:
            open_tables(con, folder)
            table = weight_table(told(policy, weights(con, policy, day)))
    except (NoAudit, PolicyError) as error:
        raise click.ClickException(str(error)) from error
    tell(f"{policy.document.policy.document}　审核基准日 {day}")
    show(table, len(table.rows))
    _tell_and_write(rulebook(policy, day), "口径敏感性", [table], out, csv)


def _tell_and_write(words: dict, subject: str, tables: list[Table], out: Path | None, csv: Path | None) -> None:
    tell(_NOTE)
    if out is not None:
        with telling(out):
            write_changes(out, words, subject, tables, _NOTE)
    if csv is not None:
        with telling(csv):
            write_csv(csv, tables)
    for path in (out, csv):
        if path is not None:
            tell(f"已写出 {path}")


def simulated(folder: Path, before: Policy, after: Policy, as_of: dt.date) -> list[Table]:
    """The tables: what of the policies differs, then persons by direction, target, city, unit, and moves between outcomes."""
    with opened(folder) as con:
        open_tables(con, folder)
        evaluate_again(con, after, as_of)
        run_script(con, "whatif.sql")
        return [
            Table("政策的差别", ("项目", "条款", "现行", "改后"), differences(before, after)),
            *(_persons(con, *one) for one in _GROUPS),
            *(_moves(con, *one) for one in _MOVES),
        ]


# Name of the table, its first headers, and by what its rows are grouped and counted.
_GROUPS = (
    ("合计", ("范围",), "'全部' AS one", ""),
    ("按方向", ("方向",), "direction AS one", ""),
    ("按申报目标", ("方向", "申报目标"), "direction AS one, target AS two", ""),
    ("按市", ("所在市",), "coalesce(city, '（未填）') AS one", ""),
    ("按单位", ("单位", "所在市"), "coalesce(unit, '（未填）') AS one, coalesce(unit_city, '（未填）') AS two", "unit_id, "),
)
_COUNTS = ("符合申报条件人数（现行）", "符合申报条件人数（改后）", "增加", "减少")


def _persons(con: duckdb.DuckDBPyConnection, name: str, headers: tuple[str, ...], shown: str, apart: str) -> Table:
    """Persons who are 符合申报条件 before and after, by what is ``shown``; ``apart`` tells units of one name apart."""
    keys = ", ".join(("one", "two")[: len(headers)])
    found = con.execute(f"""
        WITH told AS (
            SELECT {shown}, {apart}person, bool_or(before) AS was, bool_or(after) AS is_now FROM eligible GROUP BY ALL
        )
        SELECT {keys}, count(*) FILTER (was), count(*) FILTER (is_now),
            count(*) FILTER (is_now AND NOT was) AS gained, count(*) FILTER (was AND NOT is_now) AS lost
        FROM told GROUP BY {apart}{keys} ORDER BY gained + lost DESC, {apart}{keys}
    """).fetchall()
    rows = [tuple(DIRECTIONS.get(cell, cell) for cell in row) for row in found]
    return Table(name, (*headers, *_COUNTS), rows)


# Name of the table, its own headers, and the columns of moved that they show, with those that tell units of one name apart.
_MOVES = (
    ("结果的变动", (), "", ""),
    ("结果的变动（按申报目标）", ("现行目标", "改后目标"), "coalesce(before_target, '—'), coalesce(after_target, '—'), ", ""),
    ("结果的变动（按市）", ("所在市",), "coalesce(city, '（未填）'), ", ""),
    ("结果的变动（按单位）", ("单位", "所在市"), "coalesce(unit, '（未填）'), coalesce(unit_city, '（未填）'), ", "unit_id, "),
)
_ON_SCREEN = ("政策的差别", *(name for name, *_ in _GROUPS), "结果的变动")


def _moves(con: duckdb.DuckDBPyConnection, name: str, headers: tuple[str, ...], shown: str, apart: str) -> Table:
    """Persons whose best outcome (by targets: or its target) would be another, by direction and what is ``shown``."""
    changed = "true" if "target" in shown else "before <> after"
    found = con.execute(f"""
        SELECT {shown}direction, before, after, count(DISTINCT person) AS n FROM moved WHERE {changed}
        GROUP BY {apart}{shown}direction, before, after ORDER BY direction, n DESC, before, after, {apart}{shown}n
    """).fetchall()
    rows = [(*own, DIRECTIONS[direction], OUTCOMES[before], OUTCOMES[after], count) for *own, direction, before, after, count in found]
    return Table(name, (*headers, "方向", "现行", "改后", "人数"), rows, "每人在每个方向按最好的结果计；只列有变动的。")
