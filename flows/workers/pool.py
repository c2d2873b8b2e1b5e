"""The pool of worker processes. Each has a pipe of its own: whatever becomes of a worker, it costs at most the task that it was at."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

import psutil

from guantong.flows.errors import CannotRun
from guantong.flows.quick_imports import importing
from guantong.flows.workers import limits

STARTS = 8  # workers in a row that may die before their task begins: each costs the task nothing
MOST_TASKS = 200  # after which a worker is renewed: whatever its libraries have kept goes with it
ENDED = 4  # exit status of a worker whose pool is gone, or that can't go on: no other of those that `guard` knows
_SPAWN = multiprocessing.get_context("spawn")  # workers start afresh, never forked out of threads
_starting = threading.Lock()  # multiprocessing counts its children in a set that knows no threads
_READY, _BEGUN = b"ready", b"begun"
NO_WORKER = f"工作进程接连 {STARTS} 次未能启动，可能内存不足或安装不完整。请关闭其他程序后重新运行"


class Stopped(Exception):
    """The pool was stopped before the work was done."""


class WorkerDied(Exception):
    """A worker ended at its task. ``why``: what the pool ended it for (`limits.MEMORY_OVER`, `ROOM`, `STANDSTILL`), None where it was not the pool."""

    def __init__(self, exitcode: int | None, why: str | None = None) -> None:
        super().__init__(exitcode, why)
        self.exitcode, self.why = exitcode, why


def _start() -> None:
    """Make ready once per worker what its tasks need, then set its limits."""
    with importing():
        from guantong.schemas.batch import warm_up

        warm_up()
    gc.set_threshold(20_000)  # many rows, and no cycles among them: a workbook takes a twentieth less time
    start_lightly()


def start_lightly() -> None:
    """Set a worker's limits, for a task that brings what it needs."""
    os.umask(0o077)
    limits.limit_worker()
    if not os.environ.get("GUANTONG_DEBUG"):  # a panic in compiled code writes there, and may quote a cell
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def make_pool(workers: int, start: Callable[[], None] = _start) -> Pool:
    """A pool whose workers begin with ``start``."""
    # read by the workers' libraries when they start: no gigabytes of address space are set aside beforehand
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    return Pool(workers, start)


def _work(pipe: object, start: Callable[[], None]) -> None:
    """A worker's life: task after task, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started it
    try:
        start()
        pipe.send_bytes(_READY)
        while True:
            task = pipe.recv_bytes()
            pipe.send_bytes(_BEGUN)
            pipe.send_bytes(_done(task))
    except BaseException as error:  # the pipe is closed, or it can't even start
        if os.environ.get("GUANTONG_DEBUG") and not isinstance(error, EOFError | OSError):
            traceback.print_exc()
        os._exit(ENDED)  # at once: nothing is to be cleared away


def _done(task: bytes) -> bytes:
    """What a task gives, or raises: pickled (whether it gives it, what)."""
    try:
        function, args = pickle.loads(task)
        return pickle.dumps((True, function(*args)))
    except BaseException as error:  # a panic in compiled code is a BaseException
        if os.environ.get("GUANTONG_DEBUG"):  # may quote a cell
            error.add_note(traceback.format_exc())
        return pickle.dumps((False, _portable(error)))


def _portable(error: BaseException) -> Exception:
    """An error that reaches the other process: itself, or its kind where it can't be pickled or is no Exception."""
    with suppress(Exception):
        sent = pickle.loads(pickle.dumps(error))
        if isinstance(sent, Exception) and type(sent) is type(error):
            return error
    return RuntimeError(type(error).__name__)


@dataclass
class _Task:
    content: bytes
    fresh: bool
    alone: bool
    future: Future = field(default_factory=Future)


class Worker:
    """A worker process and our end of its pipe."""

    def __init__(self, start: Callable[[], None]) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_work, args=(theirs, start), daemon=True)
        try:
            with _starting:
                self.process.start()
        finally:
            theirs.close()  # the worker's death is the end of the pipe
        self.looked_at = psutil.Process(self.process.pid)
        self.tasks = self.still = 0
        self.busy = self.alone = False
        self.why: str | None = None

    def kill(self, why: str | None = None) -> None:
        """End it, whatever it is at."""
        self.why = self.why or why
        self.process.kill()

    def end(self) -> WorkerDied:
        """Let it end, or help it; gives how it did."""
        self.pipe.close()
        self.process.join(1)
        while self.process.exitcode is None:
            self.process.kill()
            self.process.join(1)
        return WorkerDied(self.process.exitcode, self.why)

    def answer(self) -> bytes:
        """What it gives, pickled. Raises EOFError or OSError where it dies first."""
        return self.pipe.recv_bytes()

    def worn(self) -> bool:
        """Whether another should take its place: near its memory limit a library fails where nobody looks for it."""
        try:
            return self.tasks >= MOST_TASKS or limits.grown(self.looked_at.memory_info(), self.at_start) > limits.WORN
        except psutil.Error:
            return True

    def wait_until_ready(self) -> None:
        """Raises EOFError, OSError or psutil.Error where it dies first."""
        self.pipe.recv_bytes()
        self.at_start = self.looked_at.memory_info()


class Pool:
    """So many workers, each kept by a thread, which renews one that has died, has failed, or has grown."""

    def __init__(self, workers: int, start: Callable[[], None]) -> None:
        self.start, self.stopped = start, threading.Event()
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._gate, self._busy, self._waiting, self._alone = threading.Condition(), 0, 0, False
        self._keepers = [_Keeper(self) for _ in range(workers)]
        self._together = limits.together(workers)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        for thread in (*self._keepers, self._watcher):
            thread.start()

    def schedule(self, function: Callable, args: tuple = (), fresh: bool = False, alone: bool = False) -> Future:
        """Let a worker call the function; the future gives what it gives or raises, or raises WorkerDied, Stopped, or CannotRun where no worker can be started.

        ``fresh``: by a worker that has done nothing yet. ``alone``: by such a one, while all others rest.
        """
        task = _Task(pickle.dumps((function, args)), fresh or alone, alone)
        with self._gate:
            if self.stopped.is_set():
                task.future.set_exception(Stopped())
            else:
                self._tasks.put(task)
        return task.future

    def stop(self) -> None:
        """End all workers; what they are at, and what waits, raises Stopped."""
        with self._gate:
            self.stopped.set()
            self._gate.notify_all()
            self._drop()
        for keeper in self._keepers:
            self._tasks.put(None)
            keeper.kill()

    def join(self) -> None:
        """Wait until no worker is left, after `stop`."""
        for thread in (*self._keepers, self._watcher):
            thread.join()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.join()

    def next(self) -> _Task | None:
        """The next task; None where there will be none."""
        return None if self.stopped.is_set() else self._tasks.get()

    @contextmanager
    def room(self, alone: bool) -> Iterator[None]:
        """Wait until a task may run: beside others, or alone."""

        def free() -> bool:
            return self.stopped.is_set() or not self._alone and not (self._busy if alone else self._waiting)

        with self._gate:
            self._waiting += alone
            self._gate.wait_for(free)
            self._waiting -= alone
            self._busy, self._alone = self._busy + 1, alone
        try:
            yield
        finally:
            with self._gate:
                self._busy, self._alone = self._busy - 1, False
                self._gate.notify_all()

    def _drop(self) -> None:
        with suppress(Empty):
            while True:
                if (task := self._tasks.get_nowait()) is not None:
                    task.future.set_exception(Stopped())

    def _watch(self) -> None:
        while not self.stopped.wait(limits.LOOK_SECONDS):
            workers = [worker for keeper in self._keepers if (worker := keeper.worker)]
            for worker, why in limits.over_limits(workers, self._together):
                worker.kill(why)


class _Keeper(threading.Thread):
    """Keeps one worker of a pool, and gives it the pool's tasks."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(daemon=True)
        self.pool, self.worker, self._lock = pool, None, threading.Lock()

    def run(self) -> None:
        with suppress(OSError, psutil.Error, Stopped):  # the first task will find that there is none
            self._begin()
        while (task := self.pool.next()) is not None:
            with self.pool.room(task.alone):
                try:
                    task.future.set_result(self._asked(task))
                except BaseException as error:
                    task.future.set_exception(error)
        self._end()

    def kill(self) -> None:
        with self._lock:
            if self.worker is not None:
                self.worker.kill()

    def _begin(self) -> None:
        with self._lock:
            if self.pool.stopped.is_set():
                raise Stopped
            self.worker = Worker(self.pool.start)

    def _end(self) -> WorkerDied | None:
        with self._lock:
            worker, self.worker = self.worker, None
        return worker.end() if worker else None

    def _asked(self, task: _Task) -> object:
        worker = self._at_work(task)
        try:
            answer = worker.answer()
        except (EOFError, OSError):
            died = self._end()
            raise Stopped if self.pool.stopped.is_set() else died from None
        worker.busy = worker.alone = False
        given, what = pickle.loads(answer)
        if not given or worker.worn():
            self._end()
        if not given:
            raise what
        return what

    def _at_work(self, task: _Task) -> Worker:
        """A worker that has begun the task. One that dies before costs it nothing."""
        if task.fresh and self.worker is not None and self.worker.tasks:
            self._end()
        for _ in range(STARTS):
            try:
                if self.worker is None:
                    self._begin()
                worker = self.worker
                if not worker.tasks:
                    worker.wait_until_ready()
                worker.busy, worker.alone = True, task.alone
                worker.tasks += 1
                worker.pipe.send_bytes(task.content)
                worker.pipe.recv_bytes()
                return worker
            except (EOFError, OSError, psutil.Error):
                self._end()
                if self.pool.stopped.is_set():
                    raise Stopped from None
        raise CannotRun(NO_WORKER)


def result_of(future: Future, meanwhile: Callable[[], None] = lambda: None) -> object:
    """What a scheduled function gives or raises. ``meanwhile`` is called every half second while it runs."""
    while True:
        try:
            return future.result(timeout=0.5)
        except FutureTimeoutError:
            if future.done():
                raise  # the function's own
            meanwhile()
