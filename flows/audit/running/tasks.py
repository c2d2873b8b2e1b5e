"""The tasks of an audit as Prefect sees them: for each piece of work a name, and whether it is tried again. What they are to do is `Sealed`."""

from __future__ import annotations

from collections.abc import Callable

from prefect import Task, task
from prefect.cache_policies import NO_CACHE

from guantong.flows.audit import work
from guantong.flows.redaction import redacted


@redacted
def _do(piece: tuple[Callable, tuple]) -> object:
    """What every task does: call a piece of work with what it is given."""
    function, given = piece
    return function(*given)


def _passing_fault(_task: object, _run: object, state: object) -> bool:
    """Retry where a retry can help: an input or output fault of the machine, not a fault of the data."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OSError) and not isinstance(error, FileNotFoundError | PermissionError)


_RETRY = {"retries": 2, "retry_delay_seconds": 2, "retry_condition_fn": _passing_fault}


def _named(name: str, **more: object) -> Task:
    return task(_do, name=name, cache_policy=NO_CACHE, persist_result=False, log_prints=False, **more)


TASKS: dict[Callable, Task] = {
    work.read_files: _named("读取与校验", **_RETRY),
    work.evaluate: _named("评价"),
    work.match: _named("比对全体人员", **_RETRY),
    work.evaluate_part: _named("分片评价", **_RETRY),
    work.merge: _named("合并数据表", **_RETRY),
    work.weigh: _named("口径敏感性", **_RETRY),
    work.write_reports: _named("写出报告", **_RETRY),
}
