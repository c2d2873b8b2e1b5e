"""The tasks of an audit as Prefect and a cluster's workers see them: each takes an order and its share, both `Sealed`."""

from __future__ import annotations

import secrets
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from guantong.flows.audit import build_tables, write_reports
from guantong.flows.audit.executor import Order, same_code
from guantong.flows.audit.progress import Stages
from guantong.flows.audit.read_rosters import Seen, read_guarded
from guantong.flows.audit.weigh_settings import write_weights
from guantong.flows.prefect_server import scrubbed
from guantong.flows.records import Input, Read, Written
from guantong.rules.evaluation.retrospective import AwardColumn, apply_policy

_TASK = {"cache_policy": NO_CACHE, "persist_result": False, "log_prints": False}


def _passing_fault(_task: object, _run: object, state: object) -> bool:
    """Retry where a retry can help: an input or output fault of the machine, not a fault of the data."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OSError) and not isinstance(error, FileNotFoundError | PermissionError)


_RETRY = {"retries": 2, "retry_delay_seconds": 2, "retry_condition_fn": _passing_fault}


@task(name="读取与校验", **_TASK, **_RETRY)
@scrubbed
def read_task(order: Order, inputs: list[Input], seen: Seen) -> Read:
    """Read and validate one batch of files in the process pool."""
    same_code(order)
    return read_guarded(order.pool(), inputs, order.key, order.work, order.cache_folder, seen, order.ledger)


@task(name="评价", **_TASK)
@scrubbed
def evaluate_task(order: Order, places: build_tables.Places, stages: Stages) -> None:
    """Put the parts together, apply the policy, write the tables."""
    with build_tables.connect(order.work, order.data, *build_tables.packs(places)) as con:
        with stages.stage("evaluate", "评价"):
            build_tables.load_packs(con, places, order.as_of, order.given.decisions)
            apply_policy(con, order.policy, order.as_of, order.given.relations)
            if isinstance(order.as_of, AwardColumn):
                build_tables.take_days(con)
        with stages.stage("tables", "写出数据表"):
            build_tables.export(con, order.policy, order.data)


@task(name="比对全体人员", **_TASK, **_RETRY)
@scrubbed
def match_task(order: Order, places: build_tables.Places) -> Path:
    """Find what needs all rosters; gives the folder of its tables."""
    same_code(order)
    folder = _fresh(order)
    with build_tables.connect(folder, *build_tables.packs(places)) as con:
        build_tables.match_packs(con, places, folder)
    return folder


@task(name="分片评价", **_TASK, **_RETRY)
@scrubbed
def part_task(order: Order, places: build_tables.Places, whole: Path) -> Path:
    """`evaluate_task` for files that follow each other; gives the folder of its tables."""
    same_code(order)
    folder = _fresh(order)
    with build_tables.connect(folder, whole, *build_tables.packs(places)) as con:
        con.execute("SET threads = 1")  # as many parts are worked on at a time as the worker has threads
        build_tables.load_part(con, places, whole, order.given.decisions)
        apply_policy(con, order.policy, order.as_of, order.given.relations)
        build_tables.export(con, order.policy, folder)
    return folder


@task(name="合并数据表", **_TASK, **_RETRY)
@scrubbed
def merge_task(order: Order, name: str, parts: list[Path]) -> None:
    """Write one of the audit's tables from its parts."""
    same_code(order)
    folder = _fresh(order)
    with build_tables.connect(folder, *parts) as con:
        build_tables.merge(con, name, parts, folder)
    (folder / f"{name}.parquet").replace(order.data / f"{name}.parquet")


@task(name="口径敏感性", **_TASK, **_RETRY)
@scrubbed
def weigh_task(order: Order) -> None:
    """Write data/sensitivity.parquet, while reports are written."""
    same_code(order)
    write_weights(order.folder, _fresh(order))


@task(name="写出报告", **_TASK, **_RETRY)
@scrubbed
def report_task(order: Order, job: write_reports.Job) -> Written:
    """Write one share of the reports in the process pool."""
    same_code(order)
    return job(order.pool(), order.ledger)


def _fresh(order: Order) -> Path:
    """A folder for one attempt at a task: another worker may still be at an earlier one that was given up."""
    folder = order.work / f"part-{secrets.token_hex(8)}"
    folder.mkdir()
    return folder
