"""Who does an audit's work: this machine, or a cluster. Both give threads, a pool, a task runner and the results as they come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from guantong.flows.audit.side_lists import SideLists
from guantong.flows.errors import CannotRun
from guantong.flows.storage.result_cache import code_hash
from guantong.flows.workers.budgets import Budgets
from guantong.flows.workers.pool import Pool, make_pool
from guantong.rules.evaluation.retrospective import AwardColumn
from guantong.rules.policy.load import Policy


class Executor(Protocol):
    """What the flow asks of those who work. ``is_local``: they are in this process, and can call back."""

    is_local: bool
    threads: int
    pool: Callable[[], Pool]

    def runner(self) -> object:
        """A Prefect task runner."""

    def results(self, futures: list) -> Iterable[tuple[int, object]]:
        """(number of the future, what it gives) as they come. Raises what the first fault is."""

    def stop(self) -> None:
        """The run has failed or is interrupted: free those who wait."""


@dataclass(frozen=True)
class TaskContext:
    """What a task of an audit needs wherever it runs: on a cluster it is sent along with the task, never to Prefect.

    ``folder`` is the staging folder; ``budgets`` are those of the audit, on a cluster of one task; ``pool`` gives the pool of the process that works; ``code`` is `same_code`'s.
    """

    policy: Policy
    as_of: dt.date | AwardColumn
    key: bytes = field(repr=False)
    cache_folder: Path | None
    folder: Path
    pool: Callable[[], Pool]
    code: str
    side_lists: SideLists = field(repr=False)
    budgets: Budgets = field(default_factory=Budgets, repr=False)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def data(self) -> Path:
        return self.folder / "data"


def own_code() -> str:
    """A hash of all that decides what this process's guantong gives."""
    return code_hash("flows", "schemas", "rules", "reports")


def same_code(context: TaskContext) -> None:
    """Raise CannotRun where this process runs another guantong than the one that made the task: its tables may differ."""
    if context.code != own_code():
        raise CannotRun("集群的 worker 上 guantong 或其依赖库的版本与本机不同。请在各机器上安装相同版本，并重新启动 worker")


class LocalExecutor:
    """The process pool of this machine."""

    is_local = True

    def __init__(self, pool: Pool, threads: int) -> None:
        self.threads = threads
        self.pool = lambda: pool
        self.stop = pool.stop

    def runner(self) -> object:
        from prefect.task_runners import ThreadPoolTaskRunner

        return ThreadPoolTaskRunner(max_workers=self.threads + 2)  # one weighs the settings, one waits for that

    def results(self, futures: list) -> Iterator[tuple[int, object]]:
        number_of = {future.wrapped_future: number for number, future in enumerate(futures)}
        for done in as_completed(number_of):
            yield number_of[done], futures[number_of[done]].result()


@contextmanager
def start_local(workers: int) -> Iterator[LocalExecutor]:
    """Start the pool; its workers start while Prefect does."""
    with make_pool(workers) as pool:
        yield LocalExecutor(pool, workers)
