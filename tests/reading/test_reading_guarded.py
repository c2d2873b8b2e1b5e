"""Reading in workers: a death from outside costs nothing, a fault of ours is tried once more, a file that goes on at it is refused."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import psutil
import pytest

from guantong.flows.audit import read_rosters
from guantong.flows.audit.read_rosters import Batch, PoolReader
from guantong.flows.records import Input, ReadResult
from guantong.flows.workers import limits
from guantong.flows.workers.pool import Pool, make_pool
from guantong.schemas.reading import batch
from tests.conftest import GUANTONG
from tests.support.workbooks import CLEAN, people

KILLS = int(os.environ.get("GUANTONG_TEST_KILLS", "2"))
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with make_pool(1) as made:
        yield made


@pytest.fixture
def inputs(tmp_path: Path) -> list[Input]:
    """Six rosters of one person each."""
    paths = [people(tmp_path / f"{number}.xlsx", CLEAN | {"姓名": f"张示{number}"}) for number in range(6)]
    return [Input(number, path, path.name, size=path.stat().st_size) for number, path in enumerate(paths)]


def outcomes(read: ReadResult) -> dict[str, str]:
    """What became of each file, each once."""
    told = [(item.source_file, "read") for item, _ in read.packed] + [(item.source_file, refusal.code) for item, refusal in read.refused]
    assert len(told) == len(dict(told))
    return dict(sorted(told))


def faulty(moment: str, deadly: Callable[[str], bool], how: Callable[[], object]) -> object:
    """A `read_batch` that meets its fate at a ``moment`` (read: of a file, pack: of putting a batch together) of a file that is ``deadly``."""

    def part(task: Batch) -> None:
        real, real_batch = batch.read_file, batch._make_batch

        def read_file(path: Path, *more: object) -> None:
            if moment == "read" and deadly(path.name):
                how()
            real(path, *more)

        def put_together(people: object, key: bytes) -> object:
            if moment == "pack" and any(deadly(path.name) for path in task.paths):
                how()
            return real_batch(people, key)

        batch.read_file, batch._make_batch = read_file, put_together
        try:
            _READ_BATCH(task)
        finally:
            batch.read_file, batch._make_batch = real, real_batch

    return part


_READ_BATCH = read_rosters.read_batch


def once(mark: Path) -> Callable[[], object]:
    """Die the first time only."""

    def die() -> None:
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    return die


class Fated:
    """In place of a pool: its tasks are `read_batch`s that meet their fate; what it is asked for is noted."""

    def __init__(self, pool: Pool, moment: str, deadly: str, fate: str, mark: Path) -> None:
        self.pool, self.fate, self.asked = pool, (moment, deadly, fate, mark), []

    def schedule(self, function: object, args: tuple, new_worker: bool = False, exclusive: bool = False) -> object:
        self.asked.append((len(args[0].paths), new_worker))
        return self.pool.schedule(fated, (self.fate, args), new_worker=new_worker, exclusive=exclusive)


def fated(fate: tuple[str, str, str, Path], args: tuple) -> None:
    """Runs in a worker."""
    moment, deadly, kind, mark = fate

    def fail() -> None:
        raise LookupError("unknown encoding: gb18030")

    ways = {"killed once": once(mark), "killed": lambda: os.kill(os.getpid(), signal.SIGKILL), "fails": fail}
    faulty(moment, lambda name: name == deadly, ways.get(kind) or (lambda: None if mark.exists() else (mark.touch(), fail())))(*args)


@posix
@pytest.mark.parametrize("moment", ["read", "pack"])
@pytest.mark.parametrize("fate", ["killed once", "fails once"])
def test_what_goes_wrong_once_costs_no_file(pool: Pool, inputs: list[Input], tmp_path: Path, moment: str, fate: str) -> None:
    found = PoolReader(Fated(pool, moment, "3.xlsx", fate, tmp_path / "mark"), b"key", tmp_path).read(inputs)
    assert outcomes(found) == {f"{number}.xlsx": "read" for number in range(6)}


@posix
@pytest.mark.parametrize("moment", ["read", "pack"])
@pytest.mark.parametrize(("fate", "code"), [("killed", "damaged"), ("fails", "reader_failed")])
def test_a_file_that_is_the_death_of_a_fresh_worker_too_is_refused_and_no_other(
    pool: Pool, inputs: list[Input], tmp_path: Path, moment: str, fate: str, code: str
) -> None:
    fated_pool = Fated(pool, moment, "3.xlsx", fate, tmp_path / "mark")
    found = PoolReader(fated_pool, b"key", tmp_path).read(inputs)
    assert outcomes(found) == {f"{number}.xlsx": "read" for number in range(6)} | {"3.xlsx": code}
    assert (1, True) in fated_pool.asked, "not tried in a fresh worker"
    assert len(fated_pool.asked) < 12


def test_a_worker_hands_over_what_it_has_read_when_it_has_grown_or_it_takes_long(
    pool: Pool, inputs: list[Input], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_rosters, "TASK_SECONDS", -1)
    counted: list[int] = []

    class Here:
        def schedule(self, function: Callable, args: tuple, **_: bool) -> object:
            from concurrent.futures import Future

            counted.append(len(args[0].paths))
            future = Future()
            future.set_result(function(*args))
            return future

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(limits, "start_clock", lambda *_: None)
        patched.setattr(limits, "stop_clock", lambda: None)
        found = PoolReader(Here(), b"key", tmp_path).read(inputs)
    assert counted == [6, 5, 4, 3, 2, 1]
    assert set(outcomes(found).values()) == {"read"}


@posix
def test_an_audit_whose_workers_are_killed_ends_as_if_nothing_had_happened_but_for_their_files(
    guantong: Callable, environment: dict[str, str], tmp_path: Path
) -> None:
    """With GUANTONG_TEST_KILLS kills, one after another, of whichever worker, idle or at work."""
    import subprocess
    import time

    assert guantong("sample", tmp_path / "in", "--persons", "1500", "--files", "30", "--seed", "3").status == 0
    chance, killed, seconds = random.Random(KILLS), 0, 8.0  # then as long as the last audit took
    while killed < KILLS:
        out = tmp_path / f"out{killed}"
        command = [GUANTONG, "audit", str(tmp_path / "in"), "--out", str(out), "--as-of", "2025-12-31", "--no-cache", "--workers", "2"]
        running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
        began, now = time.monotonic(), 0
        moments = sorted(chance.uniform(0.2, seconds) for _ in range(min(3, KILLS - killed)))
        while running.poll() is None and moments:
            time.sleep(0.02)
            if time.monotonic() - began < moments[0]:
                continue
            if workers := _workers(running.pid):
                os.kill(chance.choice(workers), chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV]))
                now += 1
                moments.pop(0)
        said = running.communicate(timeout=300)[1]
        seconds = max(3.0, time.monotonic() - began)
        killed += now
        assert running.returncode in (0, 1), said[-2000:]
        files = pd.read_parquet(out / "data" / "files.parquet")
        assert len(files) == 30 and (files["status"] == "refused").sum() <= now
        assert running.returncode == int((files["status"] == "refused").any())
        run = json.loads((out / "run.json").read_text(encoding="utf-8"))
        assert len(run["not_written"]) <= now
        written = {path.suffix for path in (out / "units").iterdir()}
        assert written == {".xlsx"} and (out / "bureau" / "statistics.xlsx").exists()
        links = re.findall(r'href="(\.\./[^"]+)"', (out / "bureau" / "report.html").read_text(encoding="utf-8"))
        assert links and not [link for link in links if not (out / "bureau" / link).exists()]


def _workers(pid: int) -> list[int]:
    found = []
    try:
        for child in psutil.Process(pid).children():
            if any("spawn_main" in part for part in child.cmdline()):
                found.append(child.pid)
    except psutil.Error:
        pass  # it, or the child, has just ended
    return found
