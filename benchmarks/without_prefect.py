"""`guantong audit` with Prefect replaced by plain functions and threads: what orchestration.py compares with.

    python benchmarks/without_prefect.py audit PATH... --out DIR ...

Stands in for the names of Prefect that flows/audit/running/flow.py, tasks.py and executor.py import, before it does: a flow is its function, a task runs
its function in a pool of as many threads, an artifact is nothing; no server is started. Retries, records and states are what is left out.
"""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

_threads: list[ThreadPoolExecutor] = []


class Task:
    """A task's function, called in the flow's threads."""

    def __init__(self, function: Callable) -> None:
        self.function = function

    def submit(self, *arguments: object) -> Future:
        return _threads[-1].submit(self.function, *arguments)


def task(function: Callable, **_: object) -> Task:
    """As prefect.task(…)."""
    return Task(function)


def flow(task_runner: int, **_: object) -> Callable[[Callable], Callable]:
    """As prefect.flow(…)."""

    def wrap(function: Callable) -> Callable:
        def call(*arguments: object) -> object:
            with ThreadPoolExecutor(task_runner) as pool:
                _threads.append(pool)
                return function(*arguments)

        return call

    return wrap


def install() -> None:
    """Put the stand-ins where they look for Prefect."""
    names = {
        "prefect": {"flow": flow, "task": task, "Task": Task},
        "prefect.artifacts": {"create_markdown_artifact": lambda **_: None},
        "prefect.cache_policies": {"NO_CACHE": None},
        "prefect.task_runners": {"ThreadPoolTaskRunner": lambda max_workers: max_workers},
    }
    for name, members in names.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)
    from guantong.flows import prefect_server

    prefect_server.start_server = lambda _: None
    prefect_server.without_heartbeats = contextlib.nullcontext


if __name__ == "__main__":
    install()
    from guantong.flows.entry import main

    main()
