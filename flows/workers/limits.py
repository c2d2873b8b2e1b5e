"""Limits of a worker process, so that no file makes it take too much memory or time, or leave an image of its memory on the disk."""

from __future__ import annotations

import faulthandler
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, TextIO

import psutil

if TYPE_CHECKING:
    from guantong.flows.workers.pool import Worker

try:
    import resource
except ImportError:  # Windows: only the pool's watcher keeps the limits
    resource = None

MEGABYTE = 1_000_000
MEMORY = 850 * MEGABYTE  # beyond what a worker takes at its start
RESIDENT = 1_150 * MEGABYTE  # of a worker, where the system knows no limit on address space
RENEWAL_GROWTH = MEMORY // 2  # a worker that has grown by more is replaced, so that every file has at least half of MEMORY
IDLE = 350 * MEGABYTE  # of a worker that rests
WATCH_SECONDS = 0.25
STANDSTILL_ROUNDS = 40  # of `WATCH_SECONDS`
WORKER_MEMORY_OVER, POOL_MEMORY_OVER, STANDSTILL = "memory", "room", "standstill"  # why a pool ends a worker
CPU_SECONDS = 30  # of one file
WALL_SECONDS = 50
_EXPIRED = 1  # faulthandler's exit status
_at_start: object | None = None  # psutil's memory_info of this process, where it is a worker


def limit_worker() -> None:
    """Limit this worker for its life: its address space, no core file. It ends when the process that started it ends."""
    global _at_start
    _at_start = psutil.Process().memory_info()
    if resource is not None:
        _lower(resource.RLIMIT_AS, _at_start.vms + MEMORY)
    no_core()
    follow_parent()


def follow_parent() -> None:
    """From now on this process ends when the one that started it ends."""
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()


def no_core() -> None:
    """A crash of this process leaves no image of its memory, which holds personal data."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _follow(parent: int) -> None:
    while os.getppid() == parent and psutil.pid_exists(parent):
        time.sleep(1)
    os._exit(3)


def start_clock(seconds: float | None = None) -> None:
    """From now on this worker dies after `CPU_SECONDS` or `WALL_SECONDS`, or after ``seconds`` of either where that is less.

    Python cannot end a reader that hangs in compiled code, so the process ends.
    """
    faulthandler.dump_traceback_later(min(seconds or WALL_SECONDS, WALL_SECONDS), exit=True, file=_nowhere())
    if resource is not None:
        cpu = min(seconds or CPU_SECONDS, CPU_SECONDS)
        _lower(resource.RLIMIT_CPU, math.ceil(time.process_time() + cpu))


def stop_clock() -> None:
    """End the limit of `start_clock`."""
    faulthandler.cancel_dump_traceback_later()
    if resource is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


@contextmanager
def time_of_one_file() -> Iterator[None]:
    """The limits of `start_clock` on what is done in this."""
    start_clock()
    try:
        yield
    finally:
        stop_clock()


@cache
def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # open for the worker's life: the traceback is written without Python


def ran_out_of_time(exitcode: int | None) -> bool:
    """Whether a worker with this exit status was ended by `start_clock`."""
    return exitcode == _EXPIRED or (resource is not None and exitcode == -signal.SIGXCPU)


def find_over_limits(workers: Sequence[Worker], memory_of_all: int) -> list[tuple[Worker, str]]:
    """The workers to be ended, each with the reason: more memory than `RESIDENT`; stopped from outside for `STANDSTILL_ROUNDS` rounds; the
    largest of all where they take more than ``memory_of_all`` bytes together, but not one whose task runs exclusively.
    """
    found, sizes = [], {}
    for worker in workers:
        try:
            size, stopped = worker.os_process.memory_info().rss, worker.os_process.status() == psutil.STATUS_STOPPED
        except psutil.Error:
            continue  # it has just ended
        worker.rounds_stopped = worker.rounds_stopped + 1 if stopped else 0
        if size > RESIDENT:
            found.append((worker, WORKER_MEMORY_OVER))
        elif worker.rounds_stopped > STANDSTILL_ROUNDS:
            found.append((worker, STANDSTILL))
        else:
            sizes[id(worker)] = size
    others = [worker for worker in workers if id(worker) in sizes and not (worker.busy and worker.exclusive)]
    if others and sum(sizes.values()) > memory_of_all:
        found.append((max(others, key=lambda worker: sizes[id(worker)]), POOL_MEMORY_OVER))
    return found


def memory_for_all(workers: int) -> int:
    """Bytes that so many workers may take together: half of the machine's memory, but at least what one file may take beside idle workers."""
    return max(psutil.virtual_memory().total // 2, RESIDENT + (workers - 1) * IDLE)


def growth(now: object, before: object) -> int:
    """Bytes by which a process has grown: of address space where the system limits that, else of resident memory."""
    return now.vms - before.vms if sys.platform == "linux" else now.rss - before.rss


def needs_renewal() -> bool:
    """Whether this worker has grown so far that another should take its place."""
    return _at_start is not None and growth(psutil.Process().memory_info(), _at_start) > RENEWAL_GROWTH
