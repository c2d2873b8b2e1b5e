"""The output stays whole though the process is killed, the disk is full, or a rename is refused."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from guantong.flows.errors import CannotRun
from guantong.flows.storage import disk, output_folder
from guantong.flows.storage.output_folder import stage_output
from tests.support.output_folders import FILES, WORKER, beside, fill, fill_bare, forbid_exchange, generation, refuse_renames, write

# Forks a child for each line it is told, says the child's pid, and how the child ended.
FORKING = (
    WORKER
    + """
if sys.argv[1] == "renames":
    disk.exchange = no_exchange
for line in sys.stdin:
    out, generation, files, step = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        if int(step):
            kill_before(int(step))
            replace_output(Path(out), int(generation), int(files))
            os._exit(0)
        while True:
            replace_output(Path(out), generation := int(generation) + 1, int(files))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
)
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked and killed")
ways = pytest.mark.parametrize("way", ["exchange", "renames"])


class Children:
    """Processes that replace an output and are killed, forked quickly out of one."""

    def __init__(self, way: str) -> None:
        self.parent = subprocess.Popen(
            [sys.executable, "-c", FORKING, way], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def start(self, out: Path, generation: int, files: int, step: int) -> int:
        self.parent.stdin.write(f"{out}\t{generation}\t{files}\t{step}\n")
        self.parent.stdin.flush()
        return int(self.parent.stdout.readline())

    def status(self) -> int:
        return int(self.parent.stdout.readline())

    def stop(self) -> None:
        self.parent.communicate(timeout=30)
        assert self.parent.returncode == 0


@pytest.fixture
def children(way: str) -> Iterator[Children]:
    made = Children(way)
    yield made
    made.stop()


def fill_up(disk: Path) -> Path:
    """Leave no room on a disk; gives the file that fills it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return ballast


@needs_fork
@ways
def test_an_output_is_whole_whenever_the_process_is_killed(children: Children, out: Path, way: str) -> None:
    chance, last = random.Random(1), 0
    write(out, last)
    for tries in count():
        if tries >= 40 and last > 0:  # on a busy machine a child may be killed before it has replaced anything
            break
        child = children.start(out, last, FILES, 0)
        time.sleep(chance.uniform(0, 0.05 * (1 + tries // 40)))
        os.kill(child, signal.SIGKILL)
        assert children.status() == -signal.SIGKILL
        found = generation(out)
        assert found is not None or way == "renames"
        with stage_output(out):
            last, before = generation(out), last
        assert last is not None and last >= before and found in (None, last)
        assert beside(out) == ["结果"]


def killed(children: Children, out: Path, written: int, step: int) -> tuple[int, int | None, int | None]:
    """How a child ended that was killed at a step of writing, the generation that it left, and that which the next run finds."""
    children.start(out, written, 3, step)
    status = children.status()
    found = generation(out, files=3)
    with stage_output(out):
        now = generation(out, files=3)
    assert found in (None, now)
    return status, found, now


@needs_fork
@ways
@pytest.mark.parametrize("first", [False, True], ids=["replaced", "first"])
def test_an_output_is_whole_at_whichever_step_the_process_is_killed(children: Children, out: Path, way: str, first: bool) -> None:
    missing = set()
    for step in count(1):
        if first:
            shutil.rmtree(out, ignore_errors=True)
        else:
            write(out, 0, files=3)
        status, found, now = killed(children, out, 1, step)
        assert now in ((None, 1) if first else (0, 1))
        assert beside(out) == (["结果"] if now is not None else [])
        missing |= {step} if found is None else set()
        if status == 0:
            break
    assert now == 1
    assert step > 15
    if not first:
        assert len(missing) == (1 if way == "renames" else 0)  # the one step between the two renames


@needs_fork
@ways
@pytest.mark.parametrize("place", ["empty", "taken"])
def test_an_output_is_whole_though_putting_right_is_killed_too(children: Children, out: Path, way: str, place: str) -> None:
    for step in count(1):
        shutil.rmtree(out, ignore_errors=True)
        fill_bare(out.with_name(".结果.deadbeef.old"), 0, files=3)
        fill_bare(out.with_name(".结果.deadbeef.partial"), 9, files=1)
        if place == "taken":
            fill_bare(out, 1, files=3)
        status, _, now = killed(children, out, 2, step)
        assert now in ((0, 2) if place == "empty" else (1, 2))
        assert beside(out) == ["结果"]
        if status == 0:
            break
    assert now == 2


@ways
def test_a_full_disk_leaves_the_last_output_whole(small_disk: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "renames":
        forbid_exchange(monkeypatch)
    out = small_disk / "out"
    write(out, 1)
    with pytest.raises(OSError) as raised, stage_output(out) as staging:
        fill(staging.path, 2)
        for number in range(10):
            (staging.path / "data" / f"big-{number}").write_bytes(bytes(200_000))
    assert raised.value.errno == errno.ENOSPC
    assert generation(out) == 1
    assert beside(out) == ["out"]


@ways
def test_a_finished_result_is_put_in_place_though_the_disk_is_full(small_disk: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "renames":
        forbid_exchange(monkeypatch)
    out = small_disk / "out"
    write(out, 1)
    with stage_output(out) as staging:
        fill(staging.path, 2)
        fill_up(small_disk)
        staging.replace_output()
    assert generation(out) == 2
    assert beside(out) == ["ballast", "out"]


def test_what_a_killed_run_left_makes_room_on_a_full_disk(small_disk: Path) -> None:
    out = small_disk / "out"
    write(out, 1)
    left = out.with_name(".out.deadbeef.partial")
    left.mkdir()
    fill_up(small_disk).rename(left / "ballast")
    write(out, 2)
    assert generation(out) == 2
    assert beside(out) == ["out"]


def test_a_disk_that_has_no_room_at_all_is_told(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    write(out, 1)
    with monkeypatch.context() as patched, pytest.raises(CannotRun, match="磁盘已满"):
        patched.setattr(Path, "mkdir", full)
        write(out, 2)
    with monkeypatch.context() as patched, pytest.raises(CannotRun, match="磁盘已满"):
        patched.setattr(output_folder, "_staging_folder", full)
        write(out, 2)
    assert (generation(out), beside(out)) == (1, ["结果"])


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("failing", ["first", "second"])
def test_a_result_that_cannot_be_put_in_place_is_kept_beside(out: Path, monkeypatch: pytest.MonkeyPatch, code: int, failing: str) -> None:
    forbid_exchange(monkeypatch)
    write(out, 1)
    fill_bare(out.with_name("结果-新"), 0)
    refuse_renames(monkeypatch, code, lambda path, to: path == out if failing == "first" else to == out and path.suffix == ".partial")
    with pytest.raises(CannotRun, match="结果-新2"), stage_output(out) as staging:
        fill(staging.path, 2)
        staging.replace_output()
    assert generation(out) == 1
    assert generation(out.with_name("结果-新")) == 0
    assert generation(out.with_name("结果-新2")) == 2
    assert beside(out) == ["结果", "结果-新", "结果-新2"]


def test_a_report_open_in_excel_is_told_as_that(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_exchange(monkeypatch)
    write(out, 1)
    refuse_renames(monkeypatch, errno.EACCES, lambda path, to: path == out)
    with pytest.raises(CannotRun, match="Excel.*关闭.*完整保存在.*结果-新"), stage_output(out) as staging:
        fill(staging.path, 2)
        staging.replace_output()


def test_a_rename_that_is_refused_for_a_moment_is_tried_again(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_exchange(monkeypatch)
    write(out, 1)
    refusals = iter([True, False])
    refuse_renames(monkeypatch, errno.EACCES, lambda path, to: path == out and next(refusals))
    write(out, 2)
    assert (generation(out), beside(out)) == (2, ["结果"])


def test_a_result_that_can_be_kept_nowhere_leaves_the_last_output_whole(out: Path, monkeypatch: pytest.MonkeyPatch, either: str) -> None:
    write(out, 1)

    def exchange(one: Path, other: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    if either == "exchange":
        monkeypatch.setattr(disk, "exchange", exchange)
    refuse_renames(monkeypatch, errno.ENOSPC, lambda path, to: not to.name.startswith(".") and path.suffix == ".partial")
    with pytest.raises(OSError) as raised, stage_output(out) as staging:
        fill(staging.path, 2)
        staging.replace_output()
    assert raised.value.errno == errno.ENOSPC
    assert (generation(out), beside(out)) == (1, ["结果"])


def test_a_run_interrupted_between_the_renames_puts_the_output_back(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_exchange(monkeypatch)
    write(out, 1)
    rename = os.rename

    def interrupted(path: Path, to: Path) -> None:
        rename(path, to)
        if path == out:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), stage_output(out) as staging:
        fill(staging.path, 2)
        staging.replace_output()
    assert (generation(out), beside(out)) == (1, ["结果"])
