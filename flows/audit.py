"""The audit as one Prefect flow: batches of files read and validated, evaluated, reported, put in place whole.

This module imports Prefect, so nothing imports it before an audit really starts.
"""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from pebble import ProcessPool
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.utilities.annotations import quote

from guantong.flows import steps, tables, workers
from guantong.flows.orchestration import quiet_flow, scrubbed
from guantong.flows.stages import Stages
from guantong.rules.evaluate import add_words, evaluate
from guantong.rules.policy import Policy
from guantong.rules.rulebook import rulebook
from guantong.schemas.identity import load_key

REPORT_UNITS = 40  # unit workbooks a report task writes at a time
RETURNED_FILES = 10
_TASK = {"cache_policy": NO_CACHE, "persist_result": False, "log_prints": False}


@dataclass
class Audit:
    """All that one audit needs; held here, never sent to Prefect as parameters."""

    found: steps.Found
    out: Path
    staging: Path
    policy: Policy
    as_of: dt.date
    workers: int
    state: Path
    stages: Stages
    pool: ProcessPool

    @property
    def work(self) -> Path:
        return self.staging / "work"

    @property
    def data(self) -> Path:
        return self.staging / "data"


def _passing_fault(_task: object, _run: object, state: object) -> bool:
    """Retry where a retry can help: an input or output fault of the machine, not a fault of the data."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OSError) and not isinstance(error, FileNotFoundError | PermissionError)


_RETRY = {"retries": 2, "retry_delay_seconds": 2, "retry_condition_fn": _passing_fault}


@task(name="读取与校验", **_TASK, **_RETRY)
@scrubbed
def read_task(audit: Audit, key: bytes, inputs: list, number: int, advance: object) -> int:
    """Read and validate one batch of files in the process pool; gives the rows found."""
    rows = workers.read_guarded(audit.pool, inputs, key, audit.work, number)
    advance(len(inputs))
    return rows


@task(name="评价", **_TASK)
@scrubbed
def evaluate_task(audit: Audit) -> dict:
    """Put the parts together, apply the policy, write the tables; gives the run's counts."""
    with tables.connect(audit.work) as con:
        with audit.stages.stage("evaluate", "评价"):
            tables.load_parts(con, audit.work)
            evaluate(con, audit.policy, audit.as_of)
            add_words(con, audit.policy)
        with audit.stages.stage("tables", "写出数据表"):
            tables.finish_findings(con)
            tables.export(con, audit.policy, audit.data)
            tables.write_words(audit.data, rulebook(audit.policy, audit.as_of), audit.policy)
        return steps.counts(con, audit.found)


@task(name="写出报告", **_TASK, **_RETRY)
@scrubbed
def report_task(audit: Audit, job: tuple, advance: object) -> int:
    """Write one share of the reports in the process pool; gives the files written."""
    function, *arguments = job
    count = workers.result_of(audit.pool, audit.pool.schedule(function, args=arguments))
    advance(count)
    return count


def _steps(audit: Audit) -> dict:
    """Read, evaluate, report and publish; gives the run's counts. The summary is an artifact of the run."""
    key = load_key(audit.state)
    parts = steps.batches(audit.found.inputs, audit.workers)
    with audit.stages.stage("read", "读取花名册", len(audit.found.inputs), "个文件") as step:
        futures = [
            read_task.submit(quote(audit), quote(key), quote(part), number, quote(_locked(step.advance)))
            for number, part in enumerate(parts)
        ]
        for future in futures:
            future.result()
    counts = evaluate_task(quote(audit))
    jobs, total = _report_jobs(audit)
    with audit.stages.stage("reports", "写出报告", total, "份") as step:
        futures = [report_task.submit(quote(audit), quote(job), quote(_locked(step.advance))) for job in jobs]
        for future in futures:
            future.result()
    steps.write_run(audit.staging, audit.policy, audit.as_of, audit.found, counts, audit.stages.seconds)
    steps.publish(audit.staging, audit.out)
    create_markdown_artifact(markdown=_markdown(audit, counts), key="guantong-summary", description="审核结果汇总（不含个人信息）")
    return counts


def _locked(advance: object) -> object:
    lock = threading.Lock()

    def move(count: int) -> None:
        with lock:
            advance(count)

    return move


def _report_jobs(audit: Audit) -> tuple[list[tuple], int]:
    """The shares of report work, and the number of files they write in all."""
    from guantong.reports.units import unit_plan

    units = [unit["unit_id"] for unit in unit_plan(audit.data)]
    returned = tables.files_with_findings(audit.data, audit.found.inputs)
    for folder in ("units", "returned", "bureau"):
        (audit.staging / folder).mkdir()
    jobs = [(workers.write_bureau, audit.data, audit.staging / "bureau")]
    share = max(1, min(REPORT_UNITS, -(-len(units) // (audit.workers * 2))))
    jobs += [(workers.write_unit_part, audit.data, audit.staging / "units", units[at : at + share]) for at in range(0, len(units), share)]
    jobs += [
        (workers.write_returned_part, returned[at : at + RETURNED_FILES], audit.data, audit.staging / "returned")
        for at in range(0, len(returned), RETURNED_FILES)
    ]
    return jobs, len(units) + len(returned) + 2


def _markdown(audit: Audit, counts: dict) -> str:
    """The run's summary for Prefect's page: counts only."""
    lines = [
        f"**{audit.policy.document.policy.document}**，审核基准日 {audit.as_of}",
        "",
        "| 项目 | 数量 |",
        "|---|---:|",
        f"| 文件（读取 / 拒收） | {counts['files_read']} / {counts['files_refused']} |",
        f"| 行（已审核 / 未能审核） | {counts['rows_evaluated']} / {counts['rows_rejected']} |",
        f"| 单位 | {counts['units']} |",
        f"| 候选人 | {counts['candidates']} |",
        *[f"| 数据问题：{'错误' if severity == 'error' else '提醒'} | {count} |" for severity, count in counts["findings"].items()],
        "",
        "候选建议，以评审（鉴定）机构审核为准。",
    ]
    return "\n".join(lines)


def run(found: steps.Found, out: Path, policy: Policy, as_of: dt.date, count: int, state: Path, stages: Stages, pool: ProcessPool) -> dict:
    """Run the audit as a flow; nothing is left half written, whatever happens. Gives the run's counts."""
    staging = steps.prepare_folders(out)
    audit = Audit(found, out, staging, policy, as_of, count, state, stages, pool)

    # Closed over the audit: a flow without parameters sends none to Prefect's records.
    @flow(name="guantong-audit", task_runner=ThreadPoolTaskRunner(max_workers=count + 1), persist_result=False)
    @scrubbed
    def guantong_audit() -> dict:
        try:
            return _steps(audit)
        except BaseException:  # interrupted or failed: free the threads that wait for the pool
            pool.stop()
            raise

    try:
        with quiet_flow():
            return guantong_audit()
    finally:
        shutil.rmtree(staging, ignore_errors=True)
