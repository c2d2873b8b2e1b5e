"""The work of an audit begins before Prefect is ready: its task runs take what came of that."""

from __future__ import annotations

import time

import duckdb
import pytest

from guantong.flows.audit.running.executor import start_local
from guantong.flows.workers.pool import PoolStopped
from guantong.schemas import database


class Work:
    """Work that fails so many times at first, then gives how often it was called."""

    def __init__(self, failures: int = 0) -> None:
        self.calls, self.failures = 0, failures

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self.failures:
            raise OSError(5, "")
        return self.calls


def test_work_is_done_before_a_task_run_asks_for_it_and_not_done_twice() -> None:
    with start_local(1) as executor:
        work = Work()
        piece = executor.submit(work)
        assert piece.result.result() == 1
        piece.attempt()
        assert work.calls == 1


def test_work_that_has_failed_is_done_anew_by_the_task_run_that_is_tried_again() -> None:
    with start_local(1) as executor:
        piece = executor.submit(Work(failures=2))
        for _ in range(2):
            with pytest.raises(OSError, match="5"):
                piece.attempt()
        piece.attempt()
        assert piece.result.result() == 3


def test_where_no_flow_follows_it_the_steps_end_or_the_first_fault_is_raised() -> None:
    with start_local(1) as executor:
        executor.begin(lambda: executor.do(Work()))
        assert executor.finish() == 1
    with pytest.raises(OSError, match="5"), start_local(1) as executor:
        executor.begin(lambda: executor.do(Work(failures=1)))
        executor.finish()


def test_work_waits_for_what_it_needs_however_often_that_is_tried() -> None:
    with start_local(1) as executor:
        needed = executor.submit(Work(failures=1))
        waiting = executor.submit(Work(), wait_for=[needed])
        with pytest.raises(OSError, match="5"):
            needed.attempt()
        assert not waiting.begun.done()
        needed.attempt()
        assert waiting.result.result() == 1


def test_an_audit_that_ends_by_an_error_waits_for_no_work_of_the_pool_nor_for_a_query() -> None:
    def asks_for_ever() -> None:
        with database.connect() as con:
            con.execute("SELECT sum(a.range * b.range) FROM range(10000000) AS a, range(10000000) AS b").fetchall()

    def steps() -> None:
        list(executor.results([executor.submit(asks_for_ever)]))

    with pytest.raises(KeyboardInterrupt), start_local(1) as executor:
        sleeping = executor.submit(lambda: executor.pool().schedule(time.sleep, (3600,)).result())
        executor.begin(steps)
        while len(executor._pieces) < 2:
            time.sleep(0.01)
        raise KeyboardInterrupt
    asking = executor._pieces[1]
    assert isinstance(sleeping.begun.exception(), PoolStopped) and isinstance(asking.begun.exception(), duckdb.InterruptException)
    assert isinstance(executor._steps.exception(), PoolStopped)
    with pytest.raises(PoolStopped):
        executor.submit(Work())
