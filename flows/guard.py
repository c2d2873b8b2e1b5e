"""Limits of a worker process: no file can make it take too much memory or time, or leave its memory on disk."""

from __future__ import annotations

import faulthandler
import math
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TextIO

import psutil

try:
    import resource
except ImportError:  # Windows: the watchdog alone keeps the limits
    resource = None

MEGABYTE = 1_000_000
MEMORY = 850 * MEGABYTE  # what a worker may take beyond what it takes at its start
RESIDENT = 1_150 * MEGABYTE  # of a worker in all, where the system knows no limit on address space
CPU_SECONDS = 30  # of one file
WALL_SECONDS = 50
_EXPIRED = 1  # faulthandler's exit status


def limit_worker() -> None:
    """Set a worker's limits for its life: address space, no core file; it ends when the process that started it does."""
    if resource is not None:
        used = psutil.Process().memory_info().vms
        _lower(resource.RLIMIT_AS, used + MEMORY)
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


def start_clock() -> None:
    """From now on the worker has `CPU_SECONDS` and `WALL_SECONDS`; it dies where it takes more.

    Nothing in Python could end a reader that hangs in compiled code, so it is the process that ends.
    """
    faulthandler.dump_traceback_later(WALL_SECONDS, exit=True, file=_nowhere())
    if resource is not None:
        _lower(resource.RLIMIT_CPU, math.ceil(time.process_time()) + CPU_SECONDS)


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


@contextmanager
def watched(every: float = 0.25) -> Iterator[None]:
    """While it lasts, a child process that takes more than `RESIDENT` is killed: for systems without a limit on address space."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(over, every), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(over: threading.Event, every: float) -> None:
    while not over.wait(every):
        for child in multiprocessing.active_children():
            try:
                if psutil.Process(child.pid).memory_info().rss > RESIDENT:
                    child.kill()
            except psutil.Error:
                continue  # it has just ended
