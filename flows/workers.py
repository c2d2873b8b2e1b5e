"""The pool of worker processes, and the report work that runs in them: functions with plain arguments."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager

from pebble import ProcessFuture, ProcessPool

from guantong.flows import guard
from guantong.flows.importing import importing


def make_pool(workers: int) -> ProcessPool:
    """A pool whose workers start afresh (never forked out of threads); a worker that dies costs its task only."""
    # read by the workers' libraries when they start: no gigabytes of address space are set aside beforehand
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    return ProcessPool(max_workers=workers, context=multiprocessing.get_context("spawn"), initializer=_start)


@contextmanager
def fresh_pool() -> Iterator[ProcessPool]:
    """A pool of one worker that has done nothing yet, for work that was the death of another; stopped at the end."""
    pool = make_pool(1)
    try:
        yield pool
    finally:
        pool.stop()
        pool.join()


def _start() -> None:
    """Make ready once per worker what its tasks need, then set its limits."""
    with importing():
        from guantong.schemas.batch import prepare

        prepare()
    gc.set_threshold(20_000)  # many rows, and no cycles among them: a workbook takes a twentieth less time
    os.umask(0o077)
    guard.limit_worker()
    if not os.environ.get("GUANTONG_DEBUG"):  # a panic in compiled code writes there, and may quote a cell
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


class Stopped(Exception):
    """The pool was stopped before the work was done."""


def result_of(pool: ProcessPool, future: ProcessFuture, meanwhile: Callable[[], None] = lambda: None) -> object:
    """What a scheduled function gives or raises; raises Stopped where the pool is stopped first, and never hangs.

    ``meanwhile`` is called every half second while it runs.
    """
    while True:
        try:
            return future.result(timeout=0.5)
        except FutureTimeoutError:
            if future.done():
                raise  # the work's own time limit
            if not pool.active:
                raise Stopped from None
            meanwhile()
