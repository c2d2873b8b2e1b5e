"""What does the work of an audit, this machine or a cluster (flows/cluster/executor.py), and what each piece of it is sent along with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from guantong.flows.audit.kinds import AuditKind
from guantong.flows.audit.side_lists import SideLists
from guantong.flows.errors import CannotRun
from guantong.flows.redaction import Sealed
from guantong.flows.storage.result_cache import Cache, code_hash
from guantong.flows.workers.budgets import Budgets
from guantong.flows.workers.pool import Pool, PoolStopped, make_pool
from guantong.rules.policy.load import Policy
from guantong.schemas import database

if TYPE_CHECKING:
    from prefect.futures import PrefectFuture

    from guantong.flows.cluster.executor import ClusterExecutor

Executor: TypeAlias = "LocalExecutor | ClusterExecutor"


@dataclass(frozen=True)
class TaskContext:
    """What a piece of work needs wherever it is done: on a cluster it is sent along with it, never to Prefect.

    ``folder`` is the staging folder; ``budgets`` keeps the budgets, on a cluster those of one piece; ``pool`` gives the pool of the process that works;
    ``code`` is the `installed_code` of the process that submitted it.
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
    """Raise CannotRun where this process runs another guantong than the one that submitted the work: its tables may differ."""
    if context.code != installed_code():
        raise CannotRun("集群的 worker 上 guantong 或其依赖库的版本与本机不同。请在各机器上安装相同版本，并重新启动 worker")


class Piece:
    """A piece of work that this machine has begun: its first attempt is ``begun``. ``result``: what came of it, once it has succeeded."""

    def __init__(self, work: Callable, given: tuple, begun: Future) -> None:
        self.work, self.begun, self.result = work, begun, Future()
        self._given, self._is_tried_again = given, False
        begun.add_done_callback(self._take)

    def attempt(self) -> None:
        """What a task run does: wait for what has begun, or, where it is tried again, do it anew. Raises what the work raises."""
        again, self._is_tried_again = self._is_tried_again, True
        if again:
            self._succeed(self.work(*self._given))
        else:
            self.begun.result()

    def give_up(self) -> None:
        """Free who waits for the result: PoolStopped, where it has not come yet."""
        with suppress(InvalidStateError):
            self.result.set_exception(PoolStopped())

    def _take(self, begun: Future) -> None:
        if not begun.cancelled() and begun.exception() is None:
            self._succeed(begun.result())

    def _succeed(self, result: object) -> None:
        with suppress(InvalidStateError):  # given up meanwhile
            self.result.set_result(result)


class LocalExecutor:
    """Does the work of an audit in threads of this process and its pool of workers, from `begin` on: Prefect may not be ready yet. The flow, once it
    runs, has a task run for each piece (`follow`).

    ``is_local``: work is done in this process, so that it can call back. ``threads``: how many pieces are worked on at a time. ``pool`` gives the pool.
    """

    is_local = True

    def __init__(self, pool: Pool, threads: int) -> None:
        self.threads = threads
        self.pool = lambda: pool
        self._own = ThreadPoolExecutor(threads + 3)  # one has the steps, one weighs the settings, one waits for that
        self._steps: Future | None = None
        self._pieces: list[Piece] = []
        self._events: SimpleQueue = SimpleQueue()  # a piece has begun, a task run or the steps have ended
        self._stopped, self._lock = False, threading.Lock()

    def begin(self, steps: Callable[[], object]) -> None:
        """Begin with the steps, which submit pieces of work."""
        self._steps = self._own.submit(steps)
        self._steps.add_done_callback(self._events.put)

    def submit(self, work: Callable, *given: object, wait_for: Iterable[Piece] = ()) -> Piece:
        """Begin a piece of work, once those of ``wait_for`` are done. Raises PoolStopped."""
        with self._lock:
            if self._stopped:
                raise PoolStopped
            piece = Piece(work, given, self._own.submit(_after, list(wait_for), work, given))
            self._pieces.append(piece)
        self._events.put(piece)
        return piece

    def results(self, pieces: list[Piece]) -> Iterator[tuple[int, object]]:
        """(number of the piece, what came of it) as they come."""
        number_of = {piece.result: number for number, piece in enumerate(pieces)}
        for done in as_completed(number_of):
            yield number_of[done], done.result()

    def do(self, work: Callable, *given: object) -> object:
        """What comes of one piece of work."""
        return self.submit(work, *given).result.result()

    def runner(self) -> object:
        """A Prefect task runner."""
        from prefect.task_runners import ThreadPoolTaskRunner

        return ThreadPoolTaskRunner(max_workers=self.threads + 2)

    def follow(self) -> object:
        """In the flow: have a task run for each piece, until all is done. Gives what the steps give; raises what the first fault is."""
        from guantong.flows.audit.running.tasks import TASKS

        return self._await_all(lambda piece: TASKS[piece.work].submit(Sealed((piece.attempt, ()))))

    def finish(self) -> object:
        """`follow` where Prefect has failed before the flow began: nothing is tried again."""
        return self._await_all(lambda piece: piece.begun)

    def _await_all(self, run_of: Callable[[Piece], Future | PrefectFuture]) -> object:
        running, steps_ended = 0, False
        while running or not steps_ended:
            event = self._events.get()
            if isinstance(event, Piece):
                run_of(event).add_done_callback(self._events.put)
                running += 1
                continue
            event.result()
            if event is self._steps:
                steps_ended = True
            else:
                running -= 1
        return self._steps.result()

    def stop(self) -> None:
        """To be called where the run has failed or is interrupted: free those who wait."""
        with self._lock:
            self._stopped = True
        self.pool().stop()
        for piece in self._pieces:
            piece.give_up()

    def end(self) -> None:
        """Wait until no thread works any more; where they were stopped, a query that one waits for ends early."""
        at_work = [future for future in (self._steps, *(piece.begun for piece in self._pieces)) if future is not None]
        while self._stopped and wait(at_work, timeout=0.1).not_done:
            database.interrupt()
        self._own.shutdown()


def _after(others: list[Piece], work: Callable, given: tuple) -> object:
    for other in others:
        other.result.result()
    return work(*given)


@contextmanager
def start_local(workers: int) -> Iterator[LocalExecutor]:
    """Start the pool, and end with it: its workers start while Prefect does."""
    with make_pool(workers) as pool:
        executor = LocalExecutor(pool, workers)
        try:
            yield executor
        except BaseException:
            executor.stop()
            raise
        finally:
            executor.end()
