"""The audit as one Prefect flow: batches of files read and validated, evaluated, reported, put in place whole.

This module imports Prefect, so nothing imports it before an audit really starts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pebble import ProcessPool
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.utilities.annotations import quote

from guantong.flows import reporting, steps, tables
from guantong.flows.cache import Cache
from guantong.flows.guard import watched
from guantong.flows.inventory import Found, Input
from guantong.flows.orchestration import quiet_flow, scrubbed
from guantong.flows.publishing import Staging
from guantong.flows.reading import Read, Seen, join, read_all, read_guarded
from guantong.flows.stages import Stages
from guantong.rules.evaluate import add_words, evaluate
from guantong.rules.policy import Policy
from guantong.rules.rulebook import rulebook

SLOWEST = 10  # files that run.json names
_TASK = {"cache_policy": NO_CACHE, "persist_result": False, "log_prints": False}


@dataclass
class Audit:
    """All that one audit needs; held here, never sent to Prefect as parameters. ``cache_folder`` None: nothing is kept."""

    found: Found
    policy: Policy
    as_of: dt.date
    workers: int
    key: bytes
    cache_folder: Path | None
    staging: Staging
    stages: Stages
    pool: ProcessPool

    @property
    def work(self) -> Path:
        return self.staging.path / "work"

    @property
    def data(self) -> Path:
        return self.staging.path / "data"


def _passing_fault(_task: object, _run: object, state: object) -> bool:
    """Retry where a retry can help: an input or output fault of the machine, not a fault of the data."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OSError) and not isinstance(error, FileNotFoundError | PermissionError)


_RETRY = {"retries": 2, "retry_delay_seconds": 2, "retry_condition_fn": _passing_fault}


@task(name="读取与校验", **_TASK, **_RETRY)
@scrubbed
def read_task(audit: Audit, inputs: list[Input], seen: Seen) -> Read:
    """Read and validate one batch of files in the process pool."""
    return read_guarded(audit.pool, inputs, audit.key, audit.work, audit.cache_folder, seen)


@task(name="评价", **_TASK)
@scrubbed
def evaluate_task(audit: Audit, read: Read) -> dict:
    """Put the parts together, apply the policy, write the tables; gives the run's counts."""
    with tables.connect(audit.work) as con:
        with audit.stages.stage("evaluate", "评价"):
            tables.load_packs(con, read.places)
            evaluate(con, audit.policy, audit.as_of)
            add_words(con, audit.policy)
        with audit.stages.stage("tables", "写出数据表"):
            tables.export(con, audit.policy, audit.data)
            tables.write_words(audit.data, rulebook(audit.policy, audit.as_of), audit.policy)
    return steps.counts(audit.data, audit.found)


@task(name="写出报告", **_TASK, **_RETRY)
@scrubbed
def report_task(audit: Audit, job: reporting.Job, advance: Callable[..., None]) -> reporting.Written:
    """Write one share of the reports in the process pool."""
    written = job(audit.pool)
    advance(written.made + len(written.missing))
    return written


def _steps(audit: Audit) -> dict:
    """Read, evaluate, report and publish; gives the run's counts. The summary is an artifact of the run."""
    audit.stages.started()
    read = _read(audit)
    counts = evaluate_task(quote(audit), quote(read))
    written = _report(audit)
    counts["not_written"] = len(written.missing)
    counts["reports_kept"] = written.kept
    counts["files_kept"] = read.kept
    slowest = sorted(read.seconds, key=lambda one: -one[0])[:SLOWEST]
    steps.write_run(audit.staging.path, audit.policy, audit.as_of, audit.found, counts, audit.stages, written.missing, slowest)
    audit.staging.publish()
    if trouble := read.trouble or written.trouble:
        audit.stages.say(f"提醒：缓存无法使用（{trouble}），下次审核将重新读取")
    if slowest:
        named = "、".join(f"{item.source_file}（{seconds:.1f} 秒）" for seconds, item in slowest[:3])
        audit.stages.say(f"读取最慢的文件：{named}")
    create_markdown_artifact(markdown=_markdown(audit, counts), key="guantong-summary", description="审核结果汇总（不含个人信息）")
    return counts


def _read(audit: Audit) -> Read:
    """Read what the cache does not hold; all files have their place then."""
    with audit.stages.stage("read", "读取花名册", len(audit.found.inputs), "个文件") as step:
        cache = Cache(audit.cache_folder, audit.key) if audit.cache_folder else None
        kept = cache.find({item.content for item in audit.found.inputs}, audit.work) if cache else {}

        def read_batches(inputs: list[Input]) -> Read:
            parts = steps.batches(inputs, audit.workers)
            futures = [read_task.submit(quote(audit), quote(part), quote(step.advance)) for part in parts]
            return join(future.result() for future in futures)

        read = read_all(read_batches, audit.found.inputs, kept)
        read.places += steps.place_refused(read.refused, audit.work)
        step.advance(len(audit.found.inputs) - step.done)
    if cache:
        cache.forget_old()
        read.trouble = read.trouble or cache.trouble
    return read


def _report(audit: Audit) -> reporting.Written:
    """Write all reports, or take them from the cache."""
    rosters = tables.rosters_with_findings(audit.data, audit.found.inputs)
    jobs, total = reporting.jobs(audit.data, audit.staging.path, rosters, audit.workers, audit.cache_folder)
    written = reporting.Written()
    with audit.stages.stage("reports", "写出报告", total, "份") as step:
        futures = [report_task.submit(quote(audit), quote(job), quote(step.advance)) for job in jobs]
        for future in futures:
            written.add(future.result())
    return written


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


def run(audit: Audit) -> dict:
    """Run the audit as a flow; gives the run's counts."""

    # Closed over the audit: a flow without parameters sends none to Prefect's records.
    @flow(name="guantong-audit", task_runner=ThreadPoolTaskRunner(max_workers=audit.workers + 1), persist_result=False)
    @scrubbed
    def guantong_audit() -> dict:
        try:
            return _steps(audit)
        except BaseException:  # interrupted or failed: free the threads that wait for the pool
            audit.pool.stop()
            raise

    with quiet_flow(), watched():
        return guantong_audit()
