"""The pool of worker processes. Each has a pipe of its own, so that the death of a worker costs at most the task that it was at."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
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

MAX_STARTS = 8  # workers in a row that may die before they begin a task
MOST_TASKS = 200  # after which a worker is replaced, with all that its libraries have kept in memory
ENDED_STATUS = 4  # exit status of a worker whose pool is gone, or that can't go on; not one of those that limits.py gives
_SPAWN = multiprocessing.get_context("spawn")  # workers start afresh, never forked out of threads
_starting = threading.Lock()  # multiprocessing counts its children in a set that knows no threads
_READY, _BEGUN = b"ready", b"begun"
NO_WORKER = f"工作进程接连 {MAX_STARTS} 次未能启动，可能内存不足或安装不完整。请关闭其他程序后重新运行"


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """A process that is started in this never sees a Ctrl-C, not even while it imports what `_worker_main` needs."""
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _without_script() -> Iterator[None]:
    """A process that is started in this does not run again the script that this one is running, nor import what that imports: no task is of it."""
    script = sys.modules["__main__"]
    path = vars(script).pop("__file__", None)
    try:
        yield
    finally:
        if path is not None:
            script.__file__ = path


class PoolStopped(Exception):
    """The pool was stopped before the work was done."""


class WorkerDied(Exception):
    """A worker ended at its task. ``why``: `limits.WORKER_MEMORY_OVER`, `POOL_MEMORY_OVER` or `STANDSTILL` where the pool has ended it, else None."""

    def __init__(self, exitcode: int | None, why: str | None = None) -> None:
        super().__init__(exitcode, why)
        self.exitcode, self.why = exitcode, why


def _prepare_worker() -> None:
    """Import what tasks need, once per worker, then set its limits."""
    with importing():
        from guantong.schemas.reading.batch import warm_up

        warm_up()
    gc.set_threshold(20_000)  # many rows, and no cycles among them: a workbook takes a twentieth less time
    start_with_limits_only()


def start_with_limits_only() -> None:
    """Set a worker's limits, and import nothing: for tasks that need little."""
    os.umask(0o077)
    limits.limit_worker()
    if not os.environ.get("GUANTONG_DEBUG"):  # a panic in compiled code writes there, and may quote a cell
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def make_pool(workers: int, start: Callable[[], None] = _prepare_worker) -> Pool:
    """A pool of so many workers, each of which calls ``start`` before its first task."""
    # read by the workers' libraries when they start: no gigabytes of address space are set aside beforehand
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    return Pool(workers, start)


def _worker_main(pipe: object, start: Callable[[], None]) -> None:
    """The main function of a worker: task after task, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started it
    try:
        start()
        pipe.send_bytes(_READY)
        while True:
            task = pipe.recv_bytes()
            pipe.send_bytes(_BEGUN)
            pipe.send_bytes(_run_task(task))
    except BaseException as error:  # the pipe is closed, or it can't even start
        if os.environ.get("GUANTONG_DEBUG") and not isinstance(error, EOFError | OSError):
            traceback.print_exc()
        os._exit(ENDED_STATUS)  # at once, as there is nothing to clear away


def _run_task(task: bytes) -> bytes:
    """Run a pickled (function, arguments); gives, pickled, (True, its result) or (False, its error)."""
    try:
        function, args = pickle.loads(task)
        return pickle.dumps((True, function(*args)))
    except BaseException as error:  # a panic in compiled code is a BaseException
        if os.environ.get("GUANTONG_DEBUG"):  # may quote a cell
            error.add_note(traceback.format_exc())
        return pickle.dumps((False, _portable(error)))


def _portable(error: BaseException) -> Exception:
    """An error that can be sent to the other process: itself, or only its kind where it can't be pickled or is no Exception."""
    with suppress(Exception):
        sent = pickle.loads(pickle.dumps(error))
        if isinstance(sent, Exception) and type(sent) is type(error):
            return error
    return RuntimeError(type(error).__name__)


@dataclass
class _Task:
    content: bytes
    new_worker: bool
    exclusive: bool
    future: Future = field(default_factory=Future)


class Worker:
    """A worker process and our end of its pipe. ``rounds_stopped``: rounds of the watcher in a row in which it was stopped from outside."""

    def __init__(self, start: Callable[[], None]) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_worker_main, args=(theirs, start), daemon=True)
        try:
            with _starting, _ctrl_c_held_back(), _without_script():
                self.process.start()
                self.os_process = psutil.Process(self.process.pid)  # another start waits for the dead, and none is to be found then
        finally:
            theirs.close()  # the worker's death is the end of the pipe
        self.tasks_begun = self.rounds_stopped = 0
        self.busy = self.exclusive = False
        self.why: str | None = None

    def kill(self, why: str | None = None) -> None:
        """Kill the process; ``why`` is noted for `WorkerDied`."""
        self.why = self.why or why
        self.process.kill()

    def end(self) -> WorkerDied:
        """Close the pipe, and kill the process where that does not end it; gives how it ended."""
        self.pipe.close()
        self.process.join(1)
        while self.process.exitcode is None:
            self.process.kill()
            self.process.join(1)
        return WorkerDied(self.process.exitcode, self.why)

    def answer(self) -> bytes:
        """The pickled answer to its task. Raises EOFError or OSError where the worker dies first."""
        return self.pipe.recv_bytes()

    def needs_renewal(self) -> bool:
        """Whether another should take its place: near the memory limit libraries fail in unexpected ways."""
        try:
            return self.tasks_begun >= MOST_TASKS or limits.growth(self.os_process.memory_info(), self.at_start) > limits.RENEWAL_GROWTH
        except psutil.Error:
            return True

    def wait_until_ready(self) -> None:
        """Return when the worker has started. Raises EOFError, OSError or psutil.Error where it dies first."""
        self.pipe.recv_bytes()
        self.at_start = self.os_process.memory_info()


class Pool:
    """So many workers, each served by a thread, which replaces its worker when that has died, failed or grown."""

    def __init__(self, workers: int, start: Callable[[], None]) -> None:
        self.start, self.stopped = start, threading.Event()
        self.tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._turns, self._busy, self._waiting, self._exclusive = threading.Condition(), 0, 0, False
        self._threads = [_WorkerThread(self) for _ in range(workers)]
        self._memory_of_all = limits.memory_for_all(workers)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        for thread in (*self._threads, self._watcher):
            thread.start()

    def schedule(self, function: Callable, args: tuple = (), new_worker: bool = False, exclusive: bool = False) -> Future:
        """Call the function in a worker. The future gives its result, or raises its error, WorkerDied, PoolStopped, or CannotRun where no worker starts.

        ``new_worker``: in a worker that has had no task yet. ``exclusive``: in such a one, while no other has a task.
        """
        task = _Task(pickle.dumps((function, args)), new_worker or exclusive, exclusive)
        with self._turns:
            if self.stopped.is_set():
                task.future.set_exception(PoolStopped())
            else:
                self.tasks.put(task)
        return task.future

    def stop(self) -> None:
        """End all workers; the futures of tasks that run or wait raise PoolStopped."""
        with self._turns:
            self.stopped.set()
            self._turns.notify_all()
            self._cancel_waiting()
        for thread in self._threads:
            self.tasks.put(None)
            thread.kill_worker()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for thread in (*self._threads, self._watcher):
            thread.join()

    @contextmanager
    def turn(self, exclusive: bool) -> Iterator[None]:
        """Wait until a task may run, beside others or exclusively, and count it as running in the block."""

        def may_run() -> bool:
            return self.stopped.is_set() or not self._exclusive and not (self._busy if exclusive else self._waiting)

        with self._turns:
            self._waiting += exclusive
            self._turns.wait_for(may_run)
            self._waiting -= exclusive
            self._busy, self._exclusive = self._busy + 1, exclusive
        try:
            yield
        finally:
            with self._turns:
                self._busy, self._exclusive = self._busy - 1, False
                self._turns.notify_all()

    def _cancel_waiting(self) -> None:
        with suppress(Empty):
            while True:
                if (task := self.tasks.get_nowait()) is not None:
                    task.future.set_exception(PoolStopped())

    def _watch(self) -> None:
        while not self.stopped.wait(limits.WATCH_SECONDS):
            workers = [worker for thread in self._threads if (worker := thread.worker)]
            for worker, why in limits.find_over_limits(workers, self._memory_of_all):
                worker.kill(why)


class _WorkerThread(threading.Thread):
    """Has one worker of a pool, and gives it the pool's tasks."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(daemon=True)
        self.pool, self.worker, self._lock = pool, None, threading.Lock()

    def run(self) -> None:
        with suppress(OSError, psutil.Error, PoolStopped):  # the first task will find that there is none
            self._start_worker()
        while not self.pool.stopped.is_set() and (task := self.pool.tasks.get()) is not None:
            with self.pool.turn(task.exclusive):
                try:
                    task.future.set_result(self._run_on_worker(task))
                except BaseException as error:
                    task.future.set_exception(error)
        self._end_worker()

    def kill_worker(self) -> None:
        with self._lock:
            if self.worker is not None:
                self.worker.kill()

    def _start_worker(self) -> None:
        with self._lock:
            if self.pool.stopped.is_set():
                raise PoolStopped
            self.worker = Worker(self.pool.start)

    def _end_worker(self) -> WorkerDied | None:
        with self._lock:
            worker, self.worker = self.worker, None
        return worker.end() if worker else None

    def _run_on_worker(self, task: _Task) -> object:
        worker = self._begin_task(task)
        try:
            answer = worker.answer()
        except (EOFError, OSError):
            died = self._end_worker()
            raise PoolStopped if self.pool.stopped.is_set() else died from None
        worker.busy = worker.exclusive = False
        succeeded, result = pickle.loads(answer)
        if not succeeded or worker.needs_renewal():
            self._end_worker()
        if not succeeded:
            raise result
        return result

    def _begin_task(self, task: _Task) -> Worker:
        """Send the task to a worker; gives the worker when it has begun. Where one dies before that, the next is started."""
        if task.new_worker and self.worker is not None and self.worker.tasks_begun:
            self._end_worker()
        for _ in range(MAX_STARTS):
            try:
                if self.worker is None:
                    self._start_worker()
                worker = self.worker
                if not worker.tasks_begun:
                    worker.wait_until_ready()
                worker.busy, worker.exclusive = True, task.exclusive
                worker.tasks_begun += 1
                worker.pipe.send_bytes(task.content)
                worker.pipe.recv_bytes()
                return worker
            except (EOFError, OSError, psutil.Error):
                self._end_worker()
                if self.pool.stopped.is_set():
                    raise PoolStopped from None
        raise CannotRun(NO_WORKER)


def wait_for_result(future: Future, meanwhile: Callable[[], None] = lambda: None) -> object:
    """The result of a scheduled function; raises its error. ``meanwhile`` is called every half second until then."""
    while True:
        try:
            return future.result(timeout=0.5)
        except FutureTimeoutError:
            if future.done():
                raise  # the function's own
            meanwhile()
