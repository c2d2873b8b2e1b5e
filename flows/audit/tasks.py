"""The tasks of an audit as Prefect and a cluster's workers see them: each takes its context and its share, both `Sealed`."""

from __future__ import annotations

import secrets
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from guantong.flows.audit import build_tables
from guantong.flows.audit.executor import TaskContext, check_code
from guantong.flows.audit.progress import Stages
from guantong.flows.audit.reading import ReadBatch
from guantong.flows.audit.write_reports import ReportShare, write_in_pool
from guantong.flows.records import Input, PackedInputs, ReadResult, ReportResult
from guantong.flows.redaction import redacted

_TASK = {"cache_policy": NO_CACHE, "persist_result": False, "log_prints": False}


def _passing_fault(_task: object, _run: object, state: object) -> bool:
    """Retry where a retry can help: an input or output fault of the machine, not a fault of the data."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OSError) and not isinstance(error, FileNotFoundError | PermissionError)


_RETRY = {"retries": 2, "retry_delay_seconds": 2, "retry_condition_fn": _passing_fault}


@task(name="读取与校验", **_TASK, **_RETRY)
@redacted
def read_task(context: TaskContext, inputs: list[Input], read: ReadBatch) -> ReadResult:
    """Read and validate one batch of files, or take what came of it where its reading had begun before."""
    return read(context, inputs)


@task(name="评价", **_TASK)
@redacted
def evaluate_task(context: TaskContext, packed: PackedInputs, stages: Stages) -> None:
    """Put the parts together, apply the policy, write the tables."""
    with build_tables.connect(context.work, context.data, *build_tables.packs(packed)) as con:
        with stages.stage("evaluate", "评价"):
            build_tables.load_packs(con, packed, context.kind.award_day, context.side_lists.decisions)
            context.kind.evaluate(con, context.policy, context.side_lists.relations)
        with stages.stage("tables", "写出数据表"):
            build_tables.export(con, context.kind, context.policy, context.data)


@task(name="比对全体人员", **_TASK, **_RETRY)
@redacted
def match_task(context: TaskContext, packed: PackedInputs) -> Path:
    """Find what needs all rosters; gives the folder of its tables."""
    check_code(context)
    folder = _fresh(context)
    with build_tables.connect(folder, *build_tables.packs(packed)) as con:
        build_tables.match_packs(con, packed, folder)
    return folder


@task(name="分片评价", **_TASK, **_RETRY)
@redacted
def part_task(context: TaskContext, packed: PackedInputs, whole: Path) -> Path:
    """`evaluate_task` for files that follow each other; gives the folder of its tables."""
    check_code(context)
    folder = _fresh(context)
    with build_tables.connect(folder, whole, *build_tables.packs(packed)) as con:
        con.execute("SET threads = 1")  # as many parts are worked on at a time as the worker has threads
        build_tables.load_part(con, packed, whole, context.side_lists.decisions)
        context.kind.evaluate(con, context.policy, context.side_lists.relations)
        build_tables.export(con, context.kind, context.policy, folder)
    return folder


@task(name="合并数据表", **_TASK, **_RETRY)
@redacted
def merge_task(context: TaskContext, name: str, parts: list[Path]) -> None:
    """Write one of the audit's tables from its parts."""
    check_code(context)
    folder = _fresh(context)
    with build_tables.connect(folder, *parts) as con:
        build_tables.merge(con, name, parts, folder)
    (folder / f"{name}.parquet").replace(context.data / f"{name}.parquet")


@task(name="口径敏感性", **_TASK, **_RETRY)
@redacted
def weigh_task(context: TaskContext) -> None:
    """Write data/sensitivity.parquet, while reports are written."""
    check_code(context)
    build_tables.write_weights(context.folder, _fresh(context))


@task(name="写出报告", **_TASK, **_RETRY)
@redacted
def report_task(context: TaskContext, share: ReportShare) -> ReportResult:
    """Write one share of the reports in the process pool."""
    check_code(context)
    return write_in_pool(context.pool(), share, context.budgets)


def _fresh(context: TaskContext) -> Path:
    """A folder for one attempt at a task: another worker may still be at an earlier one that was given up."""
    folder = context.work / f"part-{secrets.token_hex(8)}"
    folder.mkdir()
    return folder
