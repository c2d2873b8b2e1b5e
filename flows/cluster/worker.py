"""How a Dask worker process is made ready for an audit: its settings, its pool of child processes, and the check whether it can do one."""

from __future__ import annotations

import multiprocessing
import os
import threading
from contextlib import ExitStack
from pathlib import Path

from distributed import Worker
from distributed.diagnostics.plugin import WorkerPlugin

from guantong.flows.audit.running.executor import installed_code
from guantong.flows.current_folder import leave_user_folder
from guantong.flows.prefect_server import CLIENT
from guantong.flows.workers.limits import no_core
from guantong.flows.workers.pool import Pool, make_pool

_lock = threading.Lock()
_held = ExitStack()
_pool: Pool | None = None
_threads = 1


def prepare_process() -> str:
    """Make a process of the cluster, the scheduler's too, ready before Prefect is imported in it; gives its `installed_code`.

    It leaves the folder in which it was started, as a command does.
    """
    leave_user_folder()
    for name, value in CLIENT.items():
        os.environ.setdefault(name, value)
    os.umask(0o077)
    no_core()
    return installed_code()


class WorkerSetup(WorkerPlugin):
    """Makes each worker of the cluster, also one that joins later, ready before its first task; ends its children with it."""

    name = "guantong"
    idempotent = True  # one for all audits: a second one must not stop the children of the first

    def setup(self, worker: Worker) -> None:
        global _threads
        _threads = worker.state.nthreads
        prepare_process()

    def teardown(self, worker: Worker) -> None:
        global _pool
        with _lock:
            _held.close()
            _pool = None


def worker_pool() -> Pool:
    """The pool of this worker process, as many children as it has threads: made once, for all audits, and stopped when the worker ends."""
    global _pool
    with _lock:
        if _pool is None:
            _pool = _held.enter_context(make_pool(_threads))
        return _pool


def why_unfit(code: str, must_see: list[tuple[Path, bytes | None]]) -> tuple[str, str] | None:
    """Why a worker can't do an audit: (a key of `executor._UNFIT`, the path that it can't see or ""); None where it can.

    ``must_see``: paths that it has to see, and what they begin with (None: they may hold anything). Runs on the worker.
    """
    if multiprocessing.current_process().daemon:
        return "daemon", ""
    if code != installed_code():
        return "code", ""
    for path, content in must_see:
        try:
            with path.open("rb") as file:
                there = file.read(len(content or b""))
        except OSError:
            return "shared", str(path)
        if content is not None and there != content:
            return "shared", str(path)
    return None
