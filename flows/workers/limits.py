"""Limits of a worker process: no file can make it take too much memory or time, or leave its memory on disk."""

from __future__ import annotations

import faulthandler
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from functools import cache
from typing import Protocol, TextIO

import psutil

try:
    import resource
except ImportError:  # Windows: the watchdog alone keeps the limits
    resource = None

MEGABYTE = 1_000_000
MEMORY = 850 * MEGABYTE  # what a worker may take beyond what it takes at its start
RESIDENT = 1_150 * MEGABYTE  # of a worker in all, where the system knows no limit on address space
WORN = MEMORY // 2  # growth after which a worker is renewed, so that every file has half of MEMORY at least
IDLE = 350 * MEGABYTE  # of a worker that rests
LOOK_SECONDS = 0.25
STILL_LOOKS = 40  # ten seconds
MEMORY_OVER, ROOM, STANDSTILL = "memory", "room", "standstill"  # what a pool ends a worker for
CPU_SECONDS = 30  # of one file
WALL_SECONDS = 50
_EXPIRED = 1  # faulthandler's exit status
_at_start: object | None = None  # the memory of this process, where it is a worker


def limit_worker() -> None:
    """Set a worker's limits for its life: address space, no core file; it ends when the process that started it does."""
    global _at_start
    _at_start = psutil.Process().memory_info()
    if resource is not None:
        _lower(resource.RLIMIT_AS, _at_start.vms + MEMORY)
    no_core()
    follow_parent()


def follow_parent() -> None:
    """From now on this process ends when the one that started it does."""
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()


def no_core() -> None:
    """A process that dies leaves no image of its memory, which holds people's data."""
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
    """From now on the worker has `CPU_SECONDS` and `WALL_SECONDS`, or only so many ``seconds`` of both; it dies where it takes more.

    Nothing in Python could end a reader that hangs in compiled code, so it is the process that ends.
    """
    faulthandler.dump_traceback_later(min(seconds or WALL_SECONDS, WALL_SECONDS), exit=True, file=_nowhere())
    if resource is not None:
        cpu = min(seconds or CPU_SECONDS, CPU_SECONDS)
        _lower(resource.RLIMIT_CPU, math.ceil(time.process_time() + cpu))


def stop_clock() -> None:
    """The worker has all the time that it wants again."""
    faulthandler.cancel_dump_traceback_later()
    if resource is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


@cache
def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # open for the worker's life: the traceback is written without Python


def ran_out_of_time(exitcode: int | None) -> bool:
    """Whether a worker that ended so had taken more time than `start_clock` gives."""
    return exitcode == _EXPIRED or (resource is not None and exitcode == -signal.SIGXCPU)


class Watched(Protocol):
    """A worker as its pool sees it; ``still`` counts the looks at which it stood still."""

    looked_at: psutil.Process
    busy: bool
    alone: bool
    still: int


def over_limits(workers: Sequence[Watched], together: int) -> list[tuple[Watched, str]]:
    """The workers to be ended, and why: who takes more than `RESIDENT`; the largest of all where they take more than ``together``, but
    not one that is alone at its work; and who stands still, stopped from outside, for `STILL_LOOKS` looks.
    """
    found, sizes = [], {}
    for worker in workers:
        try:
            size, stopped = worker.looked_at.memory_info().rss, worker.looked_at.status() == psutil.STATUS_STOPPED
        except psutil.Error:
            continue  # it has just ended
        worker.still = worker.still + 1 if stopped else 0
        if size > RESIDENT:
            found.append((worker, MEMORY_OVER))
        elif worker.still > STILL_LOOKS:
            found.append((worker, STANDSTILL))
        else:
            sizes[id(worker)] = size
    others = [worker for worker in workers if id(worker) in sizes and not (worker.busy and worker.alone)]
    if others and sum(sizes.values()) > together:
        found.append((max(others, key=lambda worker: sizes[id(worker)]), ROOM))
    return found


def together(workers: int) -> int:
    """Bytes that so many workers may take in all: half of the machine's memory, and never less than one file may take beside idle workers."""
    return max(psutil.virtual_memory().total // 2, RESIDENT + (workers - 1) * IDLE)


def grown(now: object, before: object) -> int:
    """Bytes by which a process has grown, as its limit counts them: address space where the system limits that, else what is resident."""
    return now.vms - before.vms if sys.platform == "linux" else now.rss - before.rss


def swollen() -> bool:
    """Whether this worker has grown so far that another should go on."""
    return _at_start is not None and grown(psutil.Process().memory_info(), _at_start) > WORN
