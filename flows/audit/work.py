"""The pieces of work of an audit, each a plain function of its context and its share: it runs in a thread of this process, or on a cluster's worker."""

from __future__ import annotations

import secrets
from pathlib import Path

from guantong.flows.audit import build_tables
from guantong.flows.audit.read_rosters import OnProgress, PoolReader, ignore_progress
from guantong.flows.audit.running.executor import TaskContext, check_code
from guantong.flows.audit.running.progress import Stages
from guantong.flows.audit.write_reports import ReportShare, write_in_pool
from guantong.flows.records import Input, PackedInputs, ReadResult, ReportResult


def read_files(context: TaskContext, inputs: list[Input], on_progress: OnProgress = ignore_progress) -> ReadResult:
    """Read and validate one batch of files in the process pool."""
    check_code(context)
    words = context.side_lists.words
    return PoolReader(context.pool(), context.key, context.work, context.cache_folder, context.budgets, on_progress, words).read(inputs)


def evaluate(context: TaskContext, packed: PackedInputs, stages: Stages) -> None:
    """Put the parts together, apply the policy, write the tables."""
    with build_tables.connect(context.work, context.data, *build_tables.packs(packed)) as con:
        with stages.stage("evaluate", "评价"):
            build_tables.load_packs(con, packed, context.kind.award_day, context.side_lists.decisions)
            context.kind.evaluate(con, context.policy, context.side_lists.relations)
        with stages.stage("tables", "写出数据表"):
            build_tables.export(con, context.kind, context.policy, context.data)


def match(context: TaskContext, packed: PackedInputs) -> Path:
    """Find what needs all rosters; gives the folder of its tables."""
    check_code(context)
    folder = _fresh(context)
    with build_tables.connect(folder, *build_tables.packs(packed)) as con:
        build_tables.match_packs(con, packed, folder)
    return folder


def evaluate_part(context: TaskContext, packed: PackedInputs, whole: Path) -> Path:
    """`evaluate` for files that follow each other; gives the folder of its tables."""
    check_code(context)
    folder = _fresh(context)
    with build_tables.connect(folder, whole, *build_tables.packs(packed)) as con:
        con.execute("SET threads = 1")  # as many parts are worked on at a time as the worker has threads
        build_tables.load_part(con, packed, whole, context.side_lists.decisions)
        context.kind.evaluate(con, context.policy, context.side_lists.relations)
        build_tables.export(con, context.kind, context.policy, folder)
    return folder


def merge(context: TaskContext, name: str, parts: list[Path]) -> None:
    """Write one of the audit's tables from its parts."""
    check_code(context)
    folder = _fresh(context)
    with build_tables.connect(folder, *parts) as con:
        build_tables.merge(con, name, parts, folder)
    (folder / f"{name}.parquet").replace(context.data / f"{name}.parquet")


def weigh(context: TaskContext) -> None:
    """Write data/sensitivity.parquet, while reports are written."""
    check_code(context)
    build_tables.write_weights(context.folder, _fresh(context))


def write_reports(context: TaskContext, share: ReportShare) -> ReportResult:
    """Write one share of the reports in the process pool."""
    check_code(context)
    return write_in_pool(context.pool(), share, context.budgets)


def _fresh(context: TaskContext) -> Path:
    """A folder for one attempt at a piece of work: another worker may still be at an earlier one that was given up."""
    folder = context.work / f"part-{secrets.token_hex(8)}"
    folder.mkdir()
    return folder
