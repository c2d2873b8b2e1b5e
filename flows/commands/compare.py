"""`guantong compare`: who entered, left or moved between two audits, and why; from their tables alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pandas as pd

from guantong.flows.screen import show, show_table
from guantong.flows.storage.disk import explaining_write_errors
from guantong.reports.bureau.figures.figure_table import FigureTable
from guantong.reports.changes_book import write_changes
from guantong.rules.evaluation.scripts import script
from guantong.rules.evaluation.stored_audit import (
    COMPARED_TABLES,
    NoAudit,
    day_of,
    evaluate_again,
    open_audits,
    open_tables,
    policy_of,
    reading_of,
    require_present_reading,
)
from guantong.rules.reading import READING, describe_changes, describe_reading, is_of_the_program
from guantong.rules.rulebook import DIRECTIONS, OUTCOMES, by_default_in_words, rulebook
from guantong.rules.what_if import differences
from guantong.schemas import catalogue, database
from guantong.schemas.facts_in_words import TRACKS, fact_columns, fact_in_words
from guantong.schemas.sql_text import fill_template, parquet_table

KINDS = {
    "became": "新符合申报条件", "fell_out": "不再符合申报条件", "moved": "其他变动", "corrected": "数据问题已改正",
    "appeared": "新出现", "vanished": "不再出现", "moved_unit": "换了单位", "read_otherwise": "只因程序读法不同",
}  # fmt: skip
CAUSES = {
    "by_day": "基准日不同",
    "by_rule": "政策不同",
    "by_cells": "单元格改动",
    "by_decision": "诚信名单",
    "by_reading": "程序读法不同",
    "by_other": "其他（程序版本不同）",
}
MOST_UNITS = 15  # on screen
MOST_NAMED = 3  # differences of policies that a person's line names
MOST_LINES = 200_000  # of the workbook's list
_READ_OTHERWISE = {
    "skill_state",
    "title_state",
    "skill",
    "title",
    "title_named_series",
    "credentials",
}  # facts that each reading has in its own way
_OTHER_WORDS = (
    f"两次审核用的读作表（--words）不同。花名册没有改动、只因读作表而变动的，列为“{KINDS['read_otherwise']}”，不是人员的变化；"
    "花名册有改动的人按单元格改动计，其中也可能有读作表的影响。"
)
_NOTE = "候选建议，以评审（鉴定）机构审核为准。"


def compare_outputs(earlier: Path, later: Path, out: Path | None) -> None:
    """Print what changed between two output folders, and write it to ``out``. Raises UserError for a folder that is no usable output."""
    with open_audits(earlier, later) as con:
        by_id_number = create_change_tables(con, earlier, later)
        tables = _tables(con, earlier, later)
        show(f"从 {earlier}（审核基准日 {day_of(earlier)}）到 {later}（审核基准日 {day_of(later)}）")
        if not by_id_number:
            show("两次审核的人员标识不能对应（没有身份证号，或散列密钥不同），改按单位和姓名对应，同名的按先后次序")
        for table in tables:
            show_table(table, MOST_UNITS)
        show(_note(con, earlier, later))
        if out is not None:
            with explaining_write_errors(out):
                _write_workbook(con, earlier, later, tables, out)
            show(f"已写出 {out}")


def _tables(con: duckdb.DuckDBPyConnection, earlier: Path, later: Path) -> list[FigureTable]:
    return [_difference_table(earlier, later), _kind_table(con), _unit_table(con)]


def _write_workbook(con: duckdb.DuckDBPyConnection, earlier: Path, later: Path, tables: list[FigureTable], out: Path) -> None:
    """Write the tables, and everybody who has changed by name. Raises OSError."""
    policy_differences = [what for what, *_ in differences(policy_of(earlier), policy_of(later))]
    words = rulebook(policy_of(later), day_of(later))
    write_changes(out, words, "两次审核的比较", [*tables, _person_table(con, policy_differences)], _note(con, earlier, later))


def _note(con: duckdb.DuckDBPyConnection, earlier: Path, later: Path) -> str:
    """What is to be known of the comparison as a whole."""
    words = [_OTHER_WORDS] if _have_other_words(con, earlier, later) else []
    return "\n".join([*_describe_readings(reading_of(earlier), reading_of(later)), *words, *_describe_defaults(earlier, later), _NOTE])


def _describe_readings(earlier: int, later: int) -> list[str]:
    """That the program reads otherwise in the one audit than in the other, and what that means for the lines."""
    if earlier == later:
        return []
    return [
        f"前一次是程序的{describe_reading(earlier)}，后一次是{describe_reading(later)}。{describe_changes(earlier, later)}。",
        f"花名册没有改动、只因读法不同而变动的，列为“{KINDS['read_otherwise']}”，不是人员的变化；"
        "花名册有改动的人按单元格改动计，其中也可能有读法不同的影响。",
    ]


def _describe_defaults(*folders: Path) -> list[str]:
    """Of which settings the policies' files say nothing."""
    return list(dict.fromkeys(filter(None, (by_default_in_words(policy_of(folder)) for folder in folders))))


def count_changes(earlier: Path, later: Path, out: Path | None = None) -> dict[str, int]:
    """How many people have a change of each of `KINDS`; one who has it in both directions counts once. Who they are is written to the workbook
    ``out``, if any. Raises NoAudit, OSError.
    """
    with open_audits(earlier, later) as con:
        create_change_tables(con, earlier, later)
        persons = dict(con.execute("SELECT kind, count(DISTINCT person) FROM events GROUP BY kind").fetchall())
        if out is not None:
            _write_workbook(con, earlier, later, _tables(con, earlier, later), out)
    return {kind: persons.get(kind, 0) for kind in KINDS}


def create_change_tables(con: duckdb.DuckDBPyConnection, earlier: Path, later: Path) -> bool:
    """Make the tables matched, changes, corrected and events (sql/compare.sql), in which one is the earlier audit and two the later.

    Gives whether people are matched by their ID numbers; else by unit and name. Raises NoAudit.
    """
    for folder, prefix in ((earlier, "one"), (later, "two")):
        open_tables(con, folder, prefix, COMPARED_TABLES, any_reading=True)
        _create_own_findings(con, prefix)
    con.execute("""
        CREATE OR REPLACE TABLE keys_fit AS SELECT
            EXISTS (SELECT 1 FROM one_persons JOIN two_persons USING (person_key))
            OR NOT EXISTS (SELECT 1 FROM one_persons WHERE person_key IS NOT NULL)
            OR NOT EXISTS (SELECT 1 FROM two_persons WHERE person_key IS NOT NULL) AS keys_fit
    """)
    con.execute("CREATE OR REPLACE TABLE days AS SELECT ?::DATE AS day_one, ?::DATE AS day_two", [day_of(earlier), day_of(later)])
    readings = reading_of(earlier), reading_of(later)
    _create_comparable_facts(con, same_reading=readings[0] == readings[1])
    steps = _create_steps(con, earlier, later, readings)
    read_otherwise = readings[0] != readings[1] or _have_other_words(con, earlier, later)
    con.execute(fill_template(script("compare.sql"), steps | {"read_otherwise": str(read_otherwise).lower()}))
    return database.scalar(con, "SELECT keys_fit FROM keys_fit")


def _create_own_findings(con: duckdb.DuckDBPyConnection, audit: str) -> None:
    """Make the view of an audit's findings by person: pid, code, field. One of an earlier reading tells only in which row they are."""
    told = "pid" in database.column_types(con, f"{audit}_findings")
    people = "WHERE pid IS NOT NULL" if told else f"JOIN {audit}_persons USING (source_file, sheet, row)"
    con.execute(f"CREATE OR REPLACE VIEW {audit}_own_findings AS SELECT pid, code, field FROM {audit}_findings {people}")


def _have_other_words(con: duckdb.DuckDBPyConnection, *folders: Path) -> bool:
    """Whether two audits went by different words of a bureau's own; an output without such a table went by none."""
    tables = [folder / "data" / "words.parquet" for folder in folders]
    try:
        one, other = (set(con.execute(f"FROM {parquet_table(table)}").fetchall()) if table.exists() else set() for table in tables)
    except duckdb.Error as error:
        raise NoAudit("审核输出的 data/words.parquet 被改动过，看不出用了哪份读作表；请重新审核") from error
    return one != other


def _create_steps(con: duckdb.DuckDBPyConnection, earlier: Path, later: Path, readings: tuple[int, int]) -> dict[str, str]:
    """Make step_0 to step_3, the best outcomes on the way from the earlier audit to the later; gives who is judged again in step_1 and step_2,
    and which two steps differ by the day, by the rule, and by the rest.

    The people judged again are the earlier audit's; the later's where the earlier is of another reading, for only what is read as the program
    reads now can be judged now. Raises NoAudit where that is neither.
    """
    policies, days = (policy_of(earlier), policy_of(later)), (day_of(earlier), day_of(later))
    same_day, same_rule = days[0] == days[1], policies[0].sha256 == policies[1].sha256
    backwards = readings[0] != readings[1] and readings[1] == READING
    _create_step(con, 0, "one_persons")
    _create_step(con, 3, "two_persons")
    # (the step, its neighbour, whether nothing differs between them, the policy, the day)
    if backwards:
        steps = [(2, 3, same_rule, policies[0], days[1]), (1, 2, same_day, policies[0], days[0])]
    else:
        steps = [(1, 0, same_day, policies[0], days[1]), (2, 1, same_rule, policies[1], days[1])]
    for number, neighbour, same, policy, day in steps:
        if same:
            con.execute(f"CREATE OR REPLACE TABLE step_{number} AS FROM step_{neighbour}")
        else:
            require_present_reading(later if backwards else earlier)
            evaluate_again(con, policy, day, "two" if backwards else "one")
            _create_reevaluated_step(con, number, neighbour)
    by_day, by_rule, by_rest = ((1, 2), (2, 3), (0, 1)) if backwards else ((0, 1), (1, 2), (2, 3))
    read = readings[0] != readings[1] and is_of_the_program(*policies)  # its file of the policy says otherwise how the law reads
    return {
        "judged_again": "two_pid" if backwards else "one_pid",
        "by_day": _differ(*by_day),
        "by_rule": "false" if read else _differ(*by_rule),
        "by_rule_as_read": _differ(*by_rule) if read else "false",
        "by_rest": _differ(*by_rest),
    }


def _differ(one: int, other: int) -> str:
    """Whether a person's best outcome, or its target, is another in the one step than in the other."""
    return f"(s{one}.outcome, s{one}.target) IS DISTINCT FROM (s{other}.outcome, s{other}.target)"


def _create_comparable_facts(con: duckdb.DuckDBPyConnection, same_reading: bool) -> None:
    """Make the views one_told and two_told: pid, integrity, integrity_decision, and in the row ``told`` all other facts that both audits have.

    Of two readings the states of levels and titles are left out: they are read otherwise of everybody.
    """
    columns_of_audits = [database.column_types(con, f"{audit}_facts") for audit in ("one", "two")]
    names = [name for item in catalogue.fields().values() for name in fact_columns(item)] + ["credentials"]
    left_out = {"integrity"} | (set() if same_reading else _READ_OTHERWISE)
    names = [name for name in names if name not in left_out and all(name in columns for columns in columns_of_audits)]
    facts = ", ".join(f"list_sort({name})" if name in ("assessments", "honours") else name for name in names)
    for audit in ("one", "two"):
        con.execute(
            f"CREATE OR REPLACE VIEW {audit}_told AS SELECT pid, integrity, integrity_decision, row({facts}) AS told FROM {audit}_facts"
        )


def _create_step(con: duckdb.DuckDBPyConnection, number: int, persons: str) -> None:
    """Make step_{number}: the best outcomes as an audit's table ``persons`` has them, by pid and direction: outcome, target."""
    con.execute(f"""
        CREATE OR REPLACE TABLE step_{number} AS
        SELECT pid, 'skill-to-title' AS direction, skill_to_title_outcome AS outcome, skill_to_title_target AS target
        FROM {persons} WHERE bucket = 'evaluated'
        UNION ALL SELECT pid, 'title-to-skill', title_to_skill_outcome, title_to_skill_target FROM {persons} WHERE bucket = 'evaluated'
    """)


def _create_reevaluated_step(con: duckdb.DuckDBPyConnection, number: int, people: int) -> None:
    """Make step_{number} like `_create_step`, of what was just evaluated; step_{people} is of the same people."""
    con.execute(f"""
        CREATE OR REPLACE TABLE step_{number} AS
        SELECT s.pid, s.direction, coalesce(n.outcome, 'no_route') AS outcome, n.target
        FROM step_{people} AS s LEFT JOIN summaries AS n USING (pid, direction)
    """)


def _difference_table(earlier: Path, later: Path) -> FigureTable:
    rows = differences(policy_of(earlier), policy_of(later))
    if (before := day_of(earlier)) != (after := day_of(later)):
        rows.insert(0, ("审核基准日", "", str(before), str(after)))
    return FigureTable("政策和基准日的差别", ("项目", "条款", "前一次", "后一次"), rows)


def _kind_table(con: duckdb.DuckDBPyConnection) -> FigureTable:
    cause_counts = ", ".join(f"count(DISTINCT person) FILTER ({cause})" for cause in CAUSES)
    found = con.execute(f"""
        SELECT kind, direction, count(DISTINCT person), {cause_counts}
        FROM events LEFT JOIN changes USING (kind, direction, one_pid, two_pid) GROUP BY ALL
    """).fetchall()
    order = list(KINDS)
    rows = [
        (KINDS[kind], DIRECTIONS.get(direction, "—"), *numbers)
        for kind, direction, *numbers in sorted(found, key=lambda row: (order.index(row[0]), row[1] or ""))
    ]
    headers = ("变动", "方向", "人数", *(f"因{cause}" for cause in CAUSES.values()))
    return FigureTable("变动的人数", headers, rows, "一人在几个单位的只计一次；一人的一项变动可有几个原因。")


def _unit_table(con: duckdb.DuckDBPyConnection) -> FigureTable:
    columns = ", ".join(f"count(DISTINCT e.person) FILTER (kind = '{kind}')" for kind in KINDS)
    rows = con.execute(f"""
        WITH named AS (SELECT unit_id, first(unit ORDER BY audit DESC, pid) FILTER (unit IS NOT NULL) AS unit FROM counted GROUP BY unit_id)
        SELECT coalesce(n.unit, '（未填）') AS unit, {columns}, count(*) AS n
        FROM events AS e JOIN counted AS p
            ON p.audit = CASE WHEN e.two_pid IS NULL THEN 'one' ELSE 'two' END AND p.pid = coalesce(e.two_pid, e.one_pid)
        JOIN named AS n USING (unit_id)
        GROUP BY unit_id, n.unit ORDER BY n DESC, unit, unit_id
    """).fetchall()
    return FigureTable("按单位", ("单位", *KINDS.values()), [row[:-1] for row in rows])


def _person_table(con: duckdb.DuckDBPyConnection, policy_differences: list[str]) -> FigureTable:
    """A line for each person and event, with names as in unit workbooks. ``policy_differences``: the items in which the two policies differ."""
    events = database.records(
        con,
        f"""
        SELECT e.kind, e.direction, e.one_pid, e.two_pid, p.unit, p.name, p.source_file, p.sheet, p.row,
            c.before, c.before_target, c.after, c.after_target, r.on_day, {", ".join(CAUSES)}
        FROM events AS e JOIN counted AS p
            ON p.audit = CASE WHEN e.two_pid IS NULL THEN 'one' ELSE 'two' END AND p.pid = coalesce(e.two_pid, e.one_pid)
        LEFT JOIN changes AS c USING (kind, direction, one_pid, two_pid)
        LEFT JOIN ready AS r USING (direction, one_pid, two_pid)
        ORDER BY p.source_file, p.sheet, p.row, p.audit, e.kind, e.direction LIMIT {MOST_LINES}
    """,
    )
    pairs = [(event["one_pid"], event["two_pid"]) for event in events]
    cells = changed_cells(con, sorted({pair for pair in pairs if None not in pair}))
    rows = []
    for event, pair in zip(events, pairs, strict=True):
        before, after = (_describe_outcome(event[audit], event[f"{audit}_target"]) for audit in ("before", "after"))
        causes = "、".join(_describe_cause(cause, event["on_day"], policy_differences) for cause in CAUSES if event[cause])
        has_cells = event["by_cells"] or event["kind"] in ("corrected", "moved_unit")
        place = [event[name] for name in ("unit", "name", "source_file", "sheet", "row")]
        moved = f"{before} → {after}" if event["before"] else ""
        change = (KINDS[event["kind"]], DIRECTIONS.get(event["direction"]), moved, causes, cells.get(pair) if has_cells else None)
        rows.append((*place, *change))
    headers = ("单位", "姓名", "来源文件", "工作表", "行", "变动", "方向", "结果", "原因", "改动的单元格")
    return FigureTable("逐人", headers, rows, f"最多列 {MOST_LINES:,} 行。")


def _describe_cause(cause: str, on_day: dt.date | None, policy_differences: list[str]) -> str:
    """A reason in words: the day on which years were full, or the items in which the policies differ where these are few."""
    if cause == "by_day" and on_day is not None:
        return f"{CAUSES[cause]}（{on_day} 满年限）"
    if cause == "by_rule" and len(policy_differences) <= MOST_NAMED:
        return f"{CAUSES[cause]}（{'、'.join(policy_differences)}）"
    return CAUSES[cause]


def _describe_outcome(outcome: str | None, target: str | None) -> str:
    return f"{OUTCOMES[outcome]}{f'（{target}）' if target else ''}" if outcome else ""


def changed_cells(con: duckdb.DuckDBPyConnection, pairs: list[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """By (earlier pid, later pid) the text “栏目：旧 → 新；…” where facts differ; personal values are only said to differ."""
    database.create_table(con, "asked", pd.DataFrame(pairs, columns=["one_pid", "two_pid"], dtype="int64"))
    facts = {}
    for audit in ("one", "two"):
        query = f"""
            SELECT f.*, p.person_key AS id_number, p.name FROM {audit}_facts AS f JOIN {audit}_persons AS p USING (pid)
            WHERE pid IN (SELECT {audit}_pid FROM asked)"""
        facts[audit] = {row["pid"]: row for row in database.records(con, query)}
    texts = {pair: _describe_changed_cells(facts["one"][pair[0]], facts["two"][pair[1]]) for pair in pairs}
    return {pair: text for pair, text in texts.items() if text}


def _describe_changed_cells(old: dict, new: dict) -> str:
    parts = []
    by_decision = old["integrity_decision"] != new["integrity_decision"]  # what the cell says does not show then
    same_reading = old.keys() == new.keys()
    old, new = _without_years_of(new, old), _without_years_of(old, new)
    left_out = ({"integrity"} if by_decision else set()) | (set() if same_reading else _READ_OTHERWISE)
    for item in catalogue.fields().values():
        names = [name for name in fact_columns(item) if name in old and name in new and name not in left_out]
        differs = any(_without_order(old[name]) != _without_order(new[name]) for name in names)
        before, after = (fact_in_words(dict.fromkeys(fact_columns(item)) | facts, item) for facts in (old, new))
        if differs or (
            same_reading and item.name in TRACKS and before != after
        ):  # a cell may name more than the highest, which its columns hold
            values = "已改" if item.personal else f"{before} → {after}"
            parts.append(f"{item.header}：{values}")
    return "；".join(parts)


def _without_years_of(others: dict, facts: dict) -> dict:
    """``facts`` without the assessments that are the same in ``others``."""
    years = [year for year in facts["assessments"] or [] if year not in (others["assessments"] or [])]
    return facts | {"assessments": years}


def _without_order(value: object) -> object:
    """A value in which the order of a list makes no difference."""
    return sorted(value, key=str) if isinstance(value, list) else value
