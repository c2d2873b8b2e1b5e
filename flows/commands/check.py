"""`guantong check`: a roster's findings on screen, before it is handed in. Writes nothing, needs no Prefect."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from pathlib import Path

from guantong.flows.audit.inbox import take_digests
from guantong.flows.current_folder import with_relative_paths
from guantong.flows.errors import CannotRun
from guantong.flows.quick_imports import importing
from guantong.flows.records import Input
from guantong.flows.screen import show
from guantong.flows.storage.output_record import display_path
from guantong.flows.workers.pool import make_pool
from guantong.reports.wording import SEVERITIES
from guantong.schemas.columns_in_words import columns_in_words
from guantong.schemas.near_words import describe_nearest_path
from guantong.schemas.text import one_line

_MOST_CELLS = 10  # of blank cells of a column that are named


def check_files(files: list[Path], policy_name: str, words: Path | None = None) -> int:
    """Print the findings of each file, and what is blank that a verdict by the policy waits for today; gives 1 where any is an error, else 0.
    ``words``: the file of a bureau's own.

    Raises UserError for a path that does not exist or is a folder, and for words that can't be used.
    """
    for path in files:
        if not path.exists():
            raise CannotRun(f"找不到“{display_path(path)}”{describe_nearest_path(path) or '，请检查路径'}")
        if path.is_dir():
            raise CannotRun(f"“{display_path(path)}”是文件夹，check 只检查工作簿；审核文件夹请用 guantong audit")
    inputs = [Input(number, path, with_relative_paths(display_path(path))) for number, path in enumerate(files)]
    with make_pool(1) as pool, tempfile.TemporaryDirectory() as folder:
        with importing():
            from guantong.flows.audit import build_tables
            from guantong.flows.audit.cells_to_fill import add_cells_to_fill
            from guantong.flows.audit.read_rosters import PoolReader, pack_refused, read_inputs
            from guantong.flows.audit.side_lists import read_own_words
            from guantong.rules.evaluation.evaluate import add_words, evaluate
            from guantong.rules.policy.load import load

        own_words = read_own_words(words)
        work = Path(folder)
        take_digests(inputs, 1)
        reader = PoolReader(pool, b"check", work, words=own_words)
        read = read_inputs(reader.read, inputs)  # any key will do: no result is compared with another run's
        with build_tables.connect(work) as con:
            build_tables.load_packs(con, read.packed + pack_refused(read.refused, work))
            today = dt.date.today()
            policy = load(policy_name)
            evaluate(con, policy, today)
            add_words(con, policy)
            add_cells_to_fill(con)
            build_tables.finish_findings(con, today)
            return max(_show_findings(con, item) for item in inputs)


def _show_findings(con: object, item: Input) -> int:
    """Print one file's findings; gives 1 where any is an error."""
    status, found, rejected = con.execute(
        "SELECT status, rows_found, rows_rejected FROM files WHERE file_no = ?", [item.file_no]
    ).fetchone()
    findings = con.execute(
        """SELECT severity, sheet, row, "column", message, expected, action FROM findings_out
        WHERE source_file = ? AND code <> 'cell_blank'""",
        [item.source_file],
    ).fetchall()
    blank = con.execute(
        """FROM (
            SELECT sheet, "column", header, list(row ORDER BY row) FROM findings_out
            WHERE source_file = ? AND code = 'cell_blank' GROUP BY ALL
        ) ORDER BY sheet, len("column"), "column"
        """,
        [item.source_file],
    ).fetchall()
    show(
        f"{item.source_file}："
        + ("拒收" if status == "refused" else f"读到 {found} 人" + (f"，其中 {rejected} 行没有姓名和身份证号" if rejected else ""))
    )
    read = con.execute("SELECT sheet, name, letter, header, others FROM columns WHERE file_no = ?", [item.file_no]).fetchall()
    for line in columns_in_words(read):
        show(one_line(f"  {line}"))
    for severity, sheet, row, column, message, expected, action in findings:
        place = f"{sheet}!{column or ''}{row}" if row and column else f"{sheet}!第{row}行" if row else sheet or "整个文件"
        show(one_line(f"  [{SEVERITIES[severity]}] {place}　{message}。应为：{expected}。{action}。"))
    for sheet, column, header, rows in blank:
        show(
            one_line(
                f"  [{SEVERITIES['hint']}] {sheet}!{column}列　“{header}”有 {len(rows)} 格未填，有关结论因此待核实：{_describe_cells(column, rows)}。"
            )
        )
    counts = Counter(severity for severity, *_ in findings)
    hints = counts["hint"] + sum(len(rows) for *_, rows in blank)
    show(f"  错误 {counts['error']} 条，提醒 {counts['warning']} 条，提示 {hints} 条" + _describe_readiness(found, bool(findings or blank)))
    return 1 if counts["error"] else 0


def _describe_readiness(people: int, something_to_do: bool) -> str:
    if not people:
        return "，没有读到人员，还不能报送"
    return "" if something_to_do else "，可以报送"


def _describe_cells(column: str, rows: list[int]) -> str:
    """The first of a column's cells, and how many there are."""
    named = "、".join(f"{column}{row}" for row in rows[:_MOST_CELLS])
    return named if len(rows) <= _MOST_CELLS else f"{named}等"
