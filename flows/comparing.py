"""`guantong compare`: who entered, left or moved between two audits, and why; from their tables alone."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click
import duckdb
import pandas as pd

from guantong.flows.screen import show
from guantong.reports.changes import write_changes
from guantong.reports.figures import Table
from guantong.rules.compile import create_table
from guantong.rules.policy import PolicyError
from guantong.rules.rulebook import DIRECTIONS, OUTCOMES
from guantong.rules.stored import NoAudit, day_of, evaluate_again, open_tables, policy_of, rulebook_of
from guantong.rules.whatif import differences
from guantong.schemas import tables
from guantong.schemas.cells import columns_of, shown_cell

KINDS = {
    "became": "新符合申报条件", "fell_out": "不再符合申报条件", "moved": "其他变动", "corrected": "数据问题已改正",
    "appeared": "新出现", "vanished": "不再出现", "moved_unit": "换了单位",
}  # fmt: skip
MOST_UNITS = 15  # on screen
MOST_LINES = 200_000  # of the workbook's list
_NOTE = "候选建议，以评审（鉴定）机构审核为准。"


def main(one: Path, two: Path, out: Path | None) -> None:
    """Print what changed from ``one`` to ``two``, and write it to ``out``. Raises ClickException for a folder that won't do."""
    try:
        with duckdb.connect() as con:
            fit = compare(con, one, two)
            made = [_differences(one, two), _by_kind(con), _by_unit(con)]
            lines = _lines(con) if out is not None else None
            day, before, words = day_of(two), day_of(one), rulebook_of(two)
    except (NoAudit, PolicyError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"从 {one}（审核基准日 {before}）到 {two}（审核基准日 {day}）")
    if not fit:
        click.echo("两次审核的人员标识不能对应（没有身份证号，或散列密钥不同），改按单位和姓名对应，同名的按先后次序")
    for table in made:
        show(table, MOST_UNITS)
    click.echo(_NOTE)
    if out is not None:
        write_changes(out, words, "两次审核的比较", [*made, lines], _NOTE)
        click.echo(f"已写出 {out}")


def counts(one: Path, two: Path) -> dict[str, int]:
    """How many people of each of `KINDS`; a person who changes in both directions counts once a kind. Raises NoAudit."""
    with duckdb.connect() as con:
        compare(con, one, two)
        found = dict(con.execute("SELECT kind, count(DISTINCT (one_pid, two_pid)) FROM events GROUP BY kind").fetchall())
    return {kind: found.get(kind, 0) for kind in KINDS}


def compare(con: duckdb.DuckDBPyConnection, one: Path, two: Path) -> bool:
    """Make the tables matched, changes, corrected and events; gives whether people are told by their ID numbers. Raises NoAudit."""
    open_tables(con, one, "one")
    open_tables(con, two, "two")
    con.execute("""
        CREATE OR REPLACE TABLE keys_fit AS SELECT
            EXISTS (SELECT 1 FROM one_persons JOIN two_persons USING (person_key))
            OR NOT EXISTS (SELECT 1 FROM one_persons WHERE person_key IS NOT NULL)
            OR NOT EXISTS (SELECT 1 FROM two_persons WHERE person_key IS NOT NULL) AS keys_fit
    """)
    policies, days = (policy_of(one), policy_of(two)), (day_of(one), day_of(two))
    _step(con, 0, "one_persons")
    for number, policy in ((1, policies[0]), (2, policies[1])):
        if (days[0] if number == 1 else policies[0].sha256) == (days[1] if number == 1 else policies[1].sha256):
            con.execute(f"CREATE OR REPLACE TABLE step_{number} AS FROM step_{number - 1}")
        else:
            evaluate_again(con, policy, days[1], "one")
            _step_anew(con, number)
    _step(con, 3, "two_persons")
    con.execute(files("guantong.rules").joinpath("sql", "compare.sql").read_text(encoding="utf-8"))
    return con.execute("SELECT keys_fit FROM keys_fit").fetchone()[0]


def _step(con: duckdb.DuckDBPyConnection, number: int, persons: str) -> None:
    """The best outcomes as an audit has them: pid, direction, outcome, target."""
    con.execute(f"""
        CREATE OR REPLACE TABLE step_{number} AS
        SELECT pid, 'skill-to-title' AS direction, skill_to_title_outcome AS outcome, skill_to_title_target AS target
        FROM {persons} WHERE bucket = 'evaluated'
        UNION ALL SELECT pid, 'title-to-skill', title_to_skill_outcome, title_to_skill_target FROM {persons} WHERE bucket = 'evaluated'
    """)


def _step_anew(con: duckdb.DuckDBPyConnection, number: int) -> None:
    """The best outcomes as they were just evaluated."""
    con.execute(f"""
        CREATE OR REPLACE TABLE step_{number} AS
        SELECT s.pid, s.direction, coalesce(n.outcome, 'no_route') AS outcome, n.target
        FROM step_0 AS s LEFT JOIN summaries AS n USING (pid, direction)
    """)


def _differences(one: Path, two: Path) -> Table:
    rows = differences(policy_of(one), policy_of(two))
    if (before := day_of(one)) != (after := day_of(two)):
        rows.insert(0, ("审核基准日", "", str(before), str(after)))
    return Table("政策和基准日的差别", ("项目", "条款", "前一次", "后一次"), rows)


def _by_kind(con: duckdb.DuckDBPyConnection) -> Table:
    found = con.execute("""
        SELECT kind, direction, count(*), count(*) FILTER (by_cells), count(*) FILTER (by_day), count(*) FILTER (by_rule)
        FROM events LEFT JOIN changes USING (kind, direction, one_pid, two_pid) GROUP BY ALL
    """).fetchall()
    order = list(KINDS)
    rows = [
        (KINDS[kind], DIRECTIONS.get(direction, "—"), *numbers)
        for kind, direction, *numbers in sorted(found, key=lambda row: (order.index(row[0]), row[1] or ""))
    ]
    headers = ("变动", "方向", "人数", "因单元格改动", "因基准日不同", "因政策不同")
    return Table("变动的人数", headers, rows, "一人的一项变动可有几个原因。")


def _by_unit(con: duckdb.DuckDBPyConnection) -> Table:
    columns = ", ".join(f"count(DISTINCT coalesce(two_pid, -one_pid - 1)) FILTER (kind = '{kind}')" for kind in KINDS)
    rows = con.execute(f"""
        SELECT coalesce(p.unit, '（未填）') AS unit, {columns}, count(*) AS n
        FROM events AS e JOIN counted AS p
            ON p.audit = CASE WHEN e.two_pid IS NULL THEN 'one' ELSE 'two' END AND p.pid = coalesce(e.two_pid, e.one_pid)
        GROUP BY p.unit_id, p.unit ORDER BY n DESC, unit, p.unit_id
    """).fetchall()
    return Table("按单位", ("单位", *KINDS.values()), [row[:-1] for row in rows])


def _lines(con: duckdb.DuckDBPyConnection) -> Table:
    """A line a person and event, with names, as unit workbooks have them."""
    found = con.execute(f"""
        SELECT e.kind, e.direction, e.one_pid, e.two_pid, p.unit, p.name, p.source_file, p.sheet, p.row,
            c.before, c.before_target, c.after, c.after_target, c.by_day, c.by_rule, c.by_cells
        FROM events AS e JOIN counted AS p
            ON p.audit = CASE WHEN e.two_pid IS NULL THEN 'one' ELSE 'two' END AND p.pid = coalesce(e.two_pid, e.one_pid)
        LEFT JOIN changes AS c USING (kind, direction, one_pid, two_pid)
        ORDER BY p.source_file, p.sheet, p.row, e.kind, e.direction LIMIT {MOST_LINES}
    """).fetchall()
    cells = _changed_cells(con, sorted({(row[2], row[3]) for row in found if row[-1] or row[0] in ("corrected", "moved_unit")}))
    rows = []
    for kind, direction, one, two, unit, name, source, sheet, row, before, before_target, after, after_target, *why in found:
        moved = f"{_result(before, before_target)} → {_result(after, after_target)}" if before else ""
        causes = "、".join(word for word, so in zip(("基准日", "政策", "单元格"), why, strict=True) if so)
        rows.append((unit, name, source, sheet, row, KINDS[kind], DIRECTIONS.get(direction), moved, causes, cells.get((one, two))))
    headers = ("单位", "姓名", "来源文件", "工作表", "行", "变动", "方向", "结果", "原因", "改动的单元格")
    return Table("逐人", headers, rows, f"最多列 {MOST_LINES:,} 行。")


def _result(outcome: str, target: str | None) -> str:
    return f"{OUTCOMES[outcome]}{f'（{target}）' if target else ''}"


def _changed_cells(con: duckdb.DuckDBPyConnection, pairs: list[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """{(pid in the one, pid in the other): 栏目：旧 → 新；…} of those whose facts differ; personal values are not shown."""
    create_table(con, "asked", pd.DataFrame(pairs, columns=["one_pid", "two_pid"], dtype="int64"))
    facts = {}
    for audit in ("one", "two"):
        result = con.execute(f"SELECT f.* FROM {audit}_facts AS f WHERE pid IN (SELECT {audit}_pid FROM asked)")
        names = [column[0] for column in result.description]
        facts[audit] = {row[names.index("pid")]: dict(zip(names, row, strict=True)) for row in result.fetchall()}
    told = {pair: _told(facts["one"][pair[0]], facts["two"][pair[1]]) for pair in pairs}
    return {pair: text for pair, text in told.items() if text}


def _told(old: dict, new: dict) -> str:
    parts = []
    for item in tables.fields().values():
        names = [name for name in columns_of(item) if name in old or name in new]
        if any(old.get(name) != new.get(name) for name in names):
            values = "已改" if item.personal else f"{shown_cell(old, item)} → {shown_cell(new, item)}"
            parts.append(f"{item.header}：{values}")
    return "；".join(parts)
