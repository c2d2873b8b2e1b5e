"""The pool of workers: whatever becomes of one, its pool goes on, and it costs at most the task that it was at."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import psutil
import pytest

from guantong.flows.errors import CannotRun
from guantong.flows.workers import limits
from guantong.flows.workers import pool as workers
from guantong.flows.workers.pool import Pool, PoolStopped, WorkerDied, make_pool, start_with_limits_only
from tests.reading.test_findings import refused_files
from tests.support.hostile_files.hostile import FAMILIES, _sealed
from tests.support.hostile_files.hostile_xlsx import book
from tests.support.workbooks import CLEAN, people
from tests.support.worker_probe import modules_after

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")
GB = 1_000 * limits.MEGABYTE


def ready() -> None:
    """The start of a worker that needs no second to start, and has this module."""
    start_with_limits_only()


@pytest.fixture
def pool() -> Iterator[Pool]:
    """One worker that needs no second to start."""
    with make_pool(1, ready) as made:
        yield made


def held(note: Path, seconds: float) -> int:
    """Say where one is, and stay there."""
    note.write_text(str(os.getpid()))
    time.sleep(seconds)
    return os.getpid()


def grown(megabytes: int) -> int:
    """Take memory, and keep it."""
    sys.modules["kept"] = bytearray(megabytes * limits.MEGABYTE)
    return os.getpid()


def failing(error: Exception) -> None:
    raise error


class Odd(Exception):
    """Can be pickled, but not taken out again."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(one + other)


def refuse() -> None:
    """A start that fails."""
    raise MemoryError


def wait_for(path: Path) -> int:
    """The process that says at ``path`` where it is."""
    while not path.exists() or not path.read_text():
        time.sleep(0.01)
    return int(path.read_text())


def kill(pid: int, how: int = signal.SIGKILL) -> None:
    """Kill it, and wait until it is dead: its pool may have waited for it before us."""
    os.kill(pid, how)
    with contextlib.suppress(psutil.NoSuchProcess):
        while psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_STOPPED):
            time.sleep(0.01)


@posix
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGSEGV"])
def test_an_idle_worker_that_is_killed_costs_nothing_and_a_busy_one_its_task(pool: Pool, tmp_path: Path, how: str) -> None:
    for number in range(3):
        kill(pool.schedule(os.getpid).result(), getattr(signal, how))
        at_work = pool.schedule(held, (tmp_path / f"{number}", 60))
        kill(wait_for(tmp_path / f"{number}"), getattr(signal, how))
        with pytest.raises(WorkerDied) as died:
            at_work.result()
        assert (died.value.exitcode, died.value.why) == (-getattr(signal, how), None)
    assert pool.schedule(abs, (-1,)).result() == 1


@posix
def test_a_worker_runs_nothing_of_the_script_that_started_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from guantong.flows.workers.pool import make_pool, start_with_limits_only\n"
        "with Path(__file__).with_name('ran').open('a') as ran:\n"
        "    ran.write(__name__ + ' ')\n"
        "if __name__ == '__main__':\n"
        "    with make_pool(1, start_with_limits_only) as pool:\n"
        "        assert pool.schedule(abs, (-1,)).result() == 1\n"
        "    assert __file__\n",
        encoding="utf-8",
    )
    subprocess.run([sys.executable, script], check=True)
    assert (tmp_path / "ran").read_text() == "__main__ "


def test_a_worker_that_is_killed_while_it_starts_costs_nothing() -> None:
    with make_pool(2) as pool:
        tasks = [pool.schedule(abs, (-number,)) for number in range(6)]
        for _ in range(3):
            for child in multiprocessing.active_children():
                kill(child.pid)
        assert [task.result() for task in tasks] == [*range(6)]


@posix
def test_a_worker_that_is_killed_while_it_answers_costs_its_task(pool: Pool, tmp_path: Path) -> None:
    """The answer is more than a pipe holds, and is read only after the worker's death."""
    with patch.object(workers.Worker, "answer", lambda worker: (kill(wait_for(tmp_path / "large")), worker.pipe.recv_bytes())[1]):
        with pytest.raises(WorkerDied):
            pool.schedule(large, (tmp_path / "large",)).result()
    assert pool.schedule(abs, (-1,)).result() == 1


def large(note: Path) -> bytes:
    """Ten megabytes."""
    note.write_text(str(os.getpid()))
    return bytes(10_000_000)


@posix
def test_a_worker_that_is_stopped_is_ended_and_does_not_hold_up_the_rest(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STANDSTILL_ROUNDS", 2)
    at_work = pool.schedule(held, (tmp_path / "note", 60))
    kill(wait_for(tmp_path / "note"), signal.SIGSTOP)
    with pytest.raises(WorkerDied) as died:
        at_work.result()
    assert died.value.why == limits.STANDSTILL
    assert pool.schedule(abs, (-1,)).result() == 1


def test_workers_that_can_not_start_are_told_and_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MAX_STARTS", 2)
    with make_pool(1, refuse) as pool, pytest.raises(CannotRun, match="未能启动"):
        pool.schedule(abs, (-1,)).result()


def test_a_worker_that_has_failed_or_grown_or_done_much_is_renewed(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pool.schedule(os.getpid).result()
    assert pool.schedule(os.getpid).result() == first
    with pytest.raises(LookupError):
        pool.schedule(failing, (LookupError("unknown encoding"),)).result()
    second = pool.schedule(os.getpid).result()
    assert second != first
    assert pool.schedule(grown, (limits.RENEWAL_GROWTH // limits.MEGABYTE // 2,)).result() == pool.schedule(os.getpid).result() == second
    assert pool.schedule(grown, (limits.RENEWAL_GROWTH // limits.MEGABYTE + 10,)).result() == second != pool.schedule(os.getpid).result()
    monkeypatch.setattr(workers, "MOST_TASKS", 2)
    assert len({pool.schedule(os.getpid).result() for _ in range(4)}) >= 2


def test_a_fresh_worker_has_done_nothing_yet(pool: Pool) -> None:
    assert pool.schedule(os.getpid).result() != pool.schedule(os.getpid, new_worker=True).result()


def test_an_error_that_can_not_be_sent_is_told_by_its_kind(pool: Pool) -> None:
    with pytest.raises(RuntimeError, match="Odd"):
        pool.schedule(raise_odd).result()
    assert pool.schedule(abs, (-1,)).result() == 1


def raise_odd() -> None:
    raise Odd(1, 2)


def test_what_waits_and_what_is_at_work_ends_when_the_pool_is_stopped(tmp_path: Path) -> None:
    with make_pool(1, ready) as pool:
        tasks = [pool.schedule(held, (tmp_path / f"{number}", 60)) for number in range(3)]
        worker = wait_for(tmp_path / "0")
        pool.stop()
        tasks.append(pool.schedule(abs, (-1,)))
        assert [type(task.exception()) for task in tasks] == [PoolStopped] * 4
    assert not psutil.pid_exists(worker)


def test_a_task_that_is_to_be_alone_waits_for_the_others_and_they_for_it(tmp_path: Path) -> None:
    with make_pool(2, ready) as pool:
        first = pool.schedule(held, (tmp_path / "first", 0.5))
        wait_for(tmp_path / "first")
        alone = pool.schedule(held, (tmp_path / "alone", 0.5), exclusive=True)
        last = pool.schedule(held, (tmp_path / "last", 0))
        ends = {}
        for name, task in (("first", first), ("alone", alone), ("last", last)):
            task.add_done_callback(lambda _, name=name: ends.setdefault(name, len(ends)))
        assert len({task.result() for task in (first, alone)}) == 2
        last.result()
        assert ends["first"] < ends["alone"] < ends["last"]


@dataclass
class Looked:
    """A worker of made-up size."""

    rss: int
    busy: bool = True
    exclusive: bool = False
    rounds_stopped: int = 0

    @property
    def os_process(self) -> object:
        return SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=self.rss), status=lambda: psutil.STATUS_RUNNING)


def test_of_workers_that_take_too_much_together_the_largest_makes_room_but_not_one_that_is_alone() -> None:
    small, large = Looked(GB // 2), Looked(GB)
    assert limits.find_over_limits([small, large], 2 * GB) == []
    assert limits.find_over_limits([small, large], GB) == [(large, limits.POOL_MEMORY_OVER)]
    large.exclusive = True
    assert limits.find_over_limits([small, large], GB) == [(small, limits.POOL_MEMORY_OVER)]
    assert limits.find_over_limits([large], GB // 2) == []
    assert limits.find_over_limits([small, Looked(2 * GB)], 9 * GB)[0][1] == limits.WORKER_MEMORY_OVER


def test_workers_may_take_half_of_the_machine_and_one_file_its_own_limit_always() -> None:
    with patch.object(psutil, "virtual_memory", lambda: SimpleNamespace(total=16 * GB)):
        assert limits.memory_for_all(8) == 8 * GB
    with patch.object(psutil, "virtual_memory", lambda: SimpleNamespace(total=GB)):
        assert limits.RESIDENT < limits.memory_for_all(2) < 2 * GB


def swell(note: Path, megabytes: int, seconds: float) -> int:
    """Take memory, really, and hold it for a while."""
    note.write_text(str(os.getpid()))
    taken = bytearray(megabytes * limits.MEGABYTE)
    taken[::4096] = b"x" * len(taken[::4096])
    time.sleep(seconds)
    return len(taken)


def test_a_worker_that_takes_too_much_is_ended_and_another_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RESIDENT", 400 * limits.MEGABYTE)
    with make_pool(2, ready) as pool:
        small = pool.schedule(swell, (tmp_path / "small", 10, 3))
        with pytest.raises(WorkerDied) as died:
            pool.schedule(swell, (tmp_path / "large", 600, 60)).result()
        assert died.value.why == limits.WORKER_MEMORY_OVER
        assert small.result() == 10 * limits.MEGABYTE


def samples(folder: Path) -> list[Path]:
    """A file of each kind that is read, or refused after a look at it."""
    found = [people(folder / "a.xlsx", CLEAN), *(path for path in refused_files(folder).values() if path.exists())]
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        path = folder / f"{encoding}.csv"
        path.write_text(",".join(CLEAN) + "\n" + ",".join(map(str, CLEAN.values())) + "\n", encoding=encoding)
        found.append(path)
    for name, content in {"sealed.xlsx": _sealed(book(), "VelvetSweatshop"), "locked.xlsx": _sealed(book(), "other")}.items():
        (folder / name).write_bytes(content)
        found.append(folder / name)
    for family in ("ods", "xls", "xlsb"):
        suffix, cases = FAMILIES[family]
        for number, (_, content, _) in enumerate([*cases()][::4]):
            found.append(folder / f"{family}{number}{suffix}")
            found[-1].write_bytes(content)
    return found


def test_a_worker_has_loaded_all_that_reading_needs_before_its_memory_is_limited(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / "in").mkdir()
    with make_pool(1) as pool:
        before = pool.schedule(modules_after, (None, work)).result()
        later: dict[str, set[str]] = {}
        for path in samples(tmp_path / "in"):
            later[path.name] = pool.schedule(modules_after, (path, work)).result() - before
    assert {name: found for name, found in later.items() if found} == {}
