"""Two runs at once, and what a run that was killed has left beside the output."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guantong.flows.errors import CannotRun
from guantong.flows.storage.output_folder import stage_output
from tests.support.output_folders import WORKER, beside, fill, fill_bare, generation, refuse_renames, write

# Holds the folder as often as it can; another holder at the same time makes it fail.
CONTENDING = (
    WORKER
    + """
disk._LOCK_SECONDS = 0
unlink = Path.unlink

def unlink_slowly(path):
    time.sleep(random.random() / 100)
    unlink(path)
    time.sleep(random.random() / 100)

Path.unlink = unlink_slowly
out, inside, until, held = Path(sys.argv[1]), sys.argv[2], time.monotonic() + 1.5, 0
while time.monotonic() < until:
    try:
        with output_folder.stage_output(out):
            os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
            held += 1
            time.sleep(random.random() / 100)
            os.remove(inside)
    except CannotRun:
        pass
print(held)
"""
)
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


def test_a_second_audit_is_told_at_once_who_is_at_work(out: Path, holder: subprocess.Popen, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(out.parent)
    for path in (out, tmp_path / "link" / "结果"):
        begun = time.monotonic()
        with pytest.raises(CannotRun, match=rf"进程号 {holder.pid}，20\d\d-\d\d-\d\d \d\d:\d\d:\d\d 开始"):
            write(path, 1)
        assert time.monotonic() - begun < 5
    assert holder.staging.exists()
    write(out.with_name("其他"), 1)  # another folder is free


def test_an_audit_that_has_ended_lets_go(out: Path, holder: subprocess.Popen) -> None:
    holder.communicate()
    assert beside(out) == []
    write(out, 1)


def test_a_killed_audit_lets_go_and_what_it_left_is_deleted(out: Path, holder: subprocess.Popen) -> None:
    holder.kill()
    holder.communicate()
    assert (holder.staging / "data" / "half.txt").exists()
    with stage_output(out) as staging:
        assert beside(out) == sorted([".结果.lock", staging.path.name])
    assert beside(out) == []


def test_never_two_at_once_however_often_the_lock_changes_hands(out: Path, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", CONTENDING, out, tmp_path / "inside"]
    running = [subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    told = [one.communicate(timeout=60) for one in running]
    assert not "".join(error for _, error in told)
    assert sum(int(held) for held, _ in told) > 20
    assert beside(out) == []


@pytest.mark.skipif(os.name != "posix", reason="flock is of Unix")
@pytest.mark.parametrize("fate", ["deleted", "moved"])
def test_a_lock_on_a_file_that_lost_its_name_is_none(out: Path, monkeypatch: pytest.MonkeyPatch, fate: str) -> None:
    path, flock, seen = out.with_name(".结果.lock"), fcntl.flock, []

    def late(fd: int, operation: int) -> None:
        if not seen:  # the file is opened; now another process ends, and a third begins
            path.rename(out.parent / "moved") if fate == "moved" else path.unlink()
            path.write_text(" 4321 2030-01-01 00:00:00")
        seen.append(os.fstat(fd).st_ino)
        flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    if fate == "moved":  # as NFS does with a file that is deleted while it is open
        with pytest.raises(CannotRun, match="4321"):
            write(out, 1)
    else:
        with stage_output(out):
            assert path.stat().st_ino == seen[1] != seen[0]


def test_who_began_before_the_disk_was_full_is_not_named_for_who_holds_it_now(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "full")

    out.with_name(".结果.lock").write_text(" 4321 2030-01-01 00:00:00\n")
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with stage_output(out), pytest.raises(CannotRun, match="刚开始"):
            write(out, 1)


def test_only_folders_of_the_same_output_are_cleared(out: Path) -> None:
    stale = [out.with_name(f".结果.deadbeef.{kind}") for kind in ("partial", "old")]
    others = [
        out.with_name(name) for name in (".结果2.deadbeef.partial", ".结果.mine.partial", ".结果.deadbeef.partial.bak", "结果.deadbeef.old")
    ]
    for folder in (*stale, *others):
        (folder / "data").mkdir(parents=True)
    write(out, 1)
    assert not [folder for folder in stale if folder.exists()]
    assert not [folder for folder in others if not folder.exists()]


def test_a_half_written_folder_is_never_taken_for_an_output(out: Path) -> None:
    fill_bare(out.with_name(".结果.deadbeef.partial"), 1)
    with stage_output(out):
        assert not out.exists()
    assert beside(out) == []


@pytest.mark.parametrize("there", ["nothing", "an empty folder"])
def test_an_output_moved_away_by_a_killed_run_is_put_back_first(out: Path, there: str) -> None:
    fill_bare(out.with_name(".结果.deadbeef.old"), 1)
    fill_bare(out.with_name(".结果.deadbeef.partial"), 2)
    if there == "an empty folder":
        out.mkdir()
    with stage_output(out):
        assert generation(out) == 1
    assert beside(out) == ["结果"]


def test_the_only_output_is_not_deleted_where_it_cannot_be_put_back(out: Path) -> None:
    fill_bare(out.with_name(".结果.deadbeef.old"), 1)
    out.mkdir()
    (out / ".DS_Store").touch()
    with stage_output(out):
        pass
    assert generation(out.with_name(".结果.deadbeef.old")) == 1
    write(out, 2)
    write(out, 3)
    assert (generation(out), beside(out)) == (3, ["结果"])


def test_what_cannot_be_deleted_is_told_and_stops_nothing(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_bare(out.with_name(".结果.deadbeef.partial"), 1)
    refuse_renames(monkeypatch, errno.EACCES, lambda path, to: "deadbeef" in path.name)
    with stage_output(out) as staging:
        fill(staging.path, 2)
        staging.replace_output()
    assert generation(out) == 2
    assert "未能删除" in staging.warning
    monkeypatch.undo()
    write(out, 3)
    assert beside(out) == ["结果"]


def test_what_a_failed_run_cannot_delete_is_noted_on_its_error(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_renames(monkeypatch, errno.EACCES, lambda path, to: path.suffix == ".partial")
    with pytest.raises(ZeroDivisionError) as raised, stage_output(out):
        raise ZeroDivisionError
    assert "未能删除" in raised.value.__notes__[0]


@pytest.mark.skipif(os.name != "posix", reason="flock is of Unix")
@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_without_locks_the_run_goes_on_and_says_so(out: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def flock(fd: int, operation: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("fcntl.flock", flock)
    other = out.with_name(".结果.deadbeef.partial")
    fill_bare(other, 1)
    with stage_output(out) as staging:
        fill(staging.path, 2)
        staging.replace_output()
    assert "不支持加锁" in staging.warning
    assert generation(out) == 2
    assert beside(out) == [other.name, "结果"]  # it may be another run's, still at work


def test_there_is_nothing_to_warn_of_as_a_rule(out: Path) -> None:
    with stage_output(out) as staging:
        assert staging.warning is None
