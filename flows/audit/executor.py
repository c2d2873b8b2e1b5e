"""What does an audit's tasks, this machine or a cluster (flows/cluster/executor.py), and what a task is sent along with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from guantong.flows.audit.kinds import AuditKind
from guantong.flows.audit.side_lists import SideLists
from guantong.flows.errors import CannotRun
from guantong.flows.storage.result_cache import Cache, code_hash
from guantong.flows.workers.budgets import Budgets
from guantong.flows.workers.pool import Pool, make_pool
from guantong.rules.policy.load import Policy

if TYPE_CHECKING:
    from guantong.flows.cluster.executor import ClusterExecutor

Executor: TypeAlias = "LocalExecutor | ClusterExecutor"


@dataclass(frozen=True)
class TaskContext:
    """What a task of an audit needs wherever it runs: on a cluster it is sent along with the task, never to Prefect.

    ``folder`` is the staging folder; ``budgets`` keeps the budgets, on a cluster those of one task; ``pool`` gives the pool of the process that works;
    ``code`` is the `installed_code` of the process that made the task.
    """

    policy: Policy
    kind: AuditKind
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

    def open_cache(self) -> Cache | None:
        """The cache, where one is used."""
        return Cache(self.cache_folder, self.key, self.side_lists.words.digest) if self.cache_folder else None


def installed_code() -> str:
    """A hash of all that decides what this process's guantong gives."""
    return code_hash("flows", "schemas", "rules", "reports")


def check_code(context: TaskContext) -> None:
    """Raise CannotRun where this process runs another guantong than the one that made the task: its tables may differ."""
    if context.code != installed_code():
        raise CannotRun("集群的 worker 上 guantong 或其依赖库的版本与本机不同。请在各机器上安装相同版本，并重新启动 worker")


class LocalExecutor:
    """Does the tasks of an audit in the process pool of this machine.

    ``is_local``: tasks run in this process, so that they can call back. ``threads``: how many run at a time. ``pool`` gives the pool.
    ``stop``: to be called where the run has failed or is interrupted; frees those who wait.
    """

    is_local = True

    def __init__(self, pool: Pool, threads: int) -> None:
        self.threads = threads
        self.pool = lambda: pool
        self.stop = pool.stop

    def runner(self) -> object:
        """A Prefect task runner."""
        from prefect.task_runners import ThreadPoolTaskRunner

        return ThreadPoolTaskRunner(max_workers=self.threads + 2)  # one weighs the settings, one waits for that

    def results(self, futures: list) -> Iterator[tuple[int, object]]:
        """(number of the future, what it gives) as they come. Raises what the first fault is."""
        number_of = {future.wrapped_future: number for number, future in enumerate(futures)}
        for done in as_completed(number_of):
            yield number_of[done], futures[number_of[done]].result()


@contextmanager
def start_local(workers: int) -> Iterator[LocalExecutor]:
    """Start the pool; its workers start while Prefect does."""
    with make_pool(workers) as pool:
        yield LocalExecutor(pool, workers)
