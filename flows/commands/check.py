"""`guantong check`: what is wrong with a roster, and what would come of it, before it is handed in. Needs no Prefect."""

from __future__ import annotations

import datetime as dt
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from guantong.flows.audit.inbox import take_digests
from guantong.flows.current_folder import with_relative_paths
from guantong.flows.errors import CannotRun, ReaderFailed
from guantong.flows.quick_imports import importing
from guantong.flows.records import Input
from guantong.flows.screen import show
from guantong.flows.storage.disk import whole_file
from guantong.flows.storage.output_record import display_path
from guantong.flows.workers.pool import Pool, WorkerDied, make_pool, wait_for_result
from guantong.schemas.near_words import describe_nearest_path

if TYPE_CHECKING:
    import duckdb

    from guantong.flows.audit.kinds import AsOfAudit
    from guantong.rules.policy.load import Policy


def check_files(files: list[Path], policy_name: str, as_of: dt.date, words: Path | None = None, report: Path | None = None) -> int:
    """Print of each file what is wrong, what is blank, and what would come of it by the policy as of a day; gives 1 where any has an error or nobody in
    it, else 0. ``words``: the file of a bureau's own; ``report``: the workbook to write.

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
            from guantong.flows.audit.kinds import AsOfAudit
            from guantong.flows.audit.read_rosters import PoolReader, pack_refused, read_inputs
            from guantong.flows.audit.side_lists import read_own_words
            from guantong.flows.commands.check_screen import show_file
            from guantong.rules.policy.load import load

        own_words = read_own_words(words)
        work, kind = Path(folder), AsOfAudit(as_of)
        take_digests(inputs, 1)
        reader = PoolReader(pool, b"check", work, words=own_words)  # any key will do: no result is compared with another run's
        with ThreadPoolExecutor(1) as aside:
            loading, connecting = aside.submit(load, policy_name), aside.submit(build_tables.connect, work)
            read = read_inputs(reader.read, inputs)
        policy = loading.result()
        with connecting.result() as con:
            build_tables.load_packs(con, read.packed + pack_refused(read.refused, work))
            kind.evaluate(con, policy)
            if report is None:
                build_tables.complete_findings(con, kind)
            else:
                _export(con, kind, policy, work)
            status = max(show_file(con, item, as_of) for item in inputs)
            peopled = {name for (name,) in con.execute("SELECT DISTINCT source_file FROM people").fetchall()}
        if report is not None:
            _write_report(pool, work / "data", report, [item for item in inputs if item.source_file in peopled])
        return status


def _export(con: duckdb.DuckDBPyConnection, kind: AsOfAudit, policy: Policy, work: Path) -> None:
    """Write the tables of which the report is made: all people are of one unit there, however they call it."""
    from guantong.flows.audit import build_tables

    data = work / "data"
    data.mkdir()
    con.execute("UPDATE people SET unit_id = (SELECT unit_id FROM people ORDER BY pid LIMIT 1)")
    build_tables.export(con, kind, policy, data)
    build_tables.write_words(data, kind.rulebook(policy, data), policy)
    build_tables.write_signs(data, work)


def _write_report(pool: Pool, data: Path, report: Path, inputs: list[Input]) -> None:
    """Write the report in a worker, as the rosters are read again for it; none where there is nobody to tell of."""
    if not inputs:
        return show("没有读到人员，没有写检查结果")
    from guantong.flows.audit.read_rosters import call_in_time, failure_of
    from guantong.reports.check_report import Roster, write_check_report

    rosters = [Roster(item.path, item.sha256, item.source_file) for item in inputs]
    with whole_file(report) as whole:
        try:
            wait_for_result(pool.schedule(call_in_time, (write_check_report, data, whole, rosters)))
        except (WorkerDied, ReaderFailed) as error:
            raise CannotRun(f"“{display_path(report)}”未能写出：{failure_of(error).refusal.detail}") from error
    show(f"已写入检查结果：{report}")
