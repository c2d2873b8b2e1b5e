"""Output folders that name their generation, and processes that write them."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guantong.flows.storage import disk, output_record
from guantong.flows.storage.output_folder import stage_output

FILES = 30
WORKER = """
import errno, os, random, signal, sys, time
from pathlib import Path
from guantong.flows.errors import CannotRun
from guantong.flows.storage import disk, output_folder, output_record

def no_exchange(one, other):
    raise OSError(errno.EINVAL, "no exchange here")

def replace_output(out, generation, files):
    with output_folder.stage_output(out) as staging:
        for number in range(files):
            (staging.path / "data" / f"{number}.txt").write_text(str(generation))
        output_record.write_hashes(staging.path)
        staging.replace_output()

def kill_before(step):
    "Kill this process before the step-th time it makes, opens, renames or removes something."
    left = [step]
    def hook(event, arguments):
        if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate"):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
"""
HOLDING = (
    WORKER
    + """
with output_folder.stage_output(Path(sys.argv[1])) as staging:
    (staging.path / "data" / "half.txt").write_text("half")
    print(staging.path, flush=True)
    sys.stdin.read()
"""
)


def write(out: Path, generation: int, files: int = FILES) -> None:
    """Publish a folder in which every file names its generation."""
    with stage_output(out) as staging:
        fill(staging.path, generation, files)
        staging.replace_output()


def fill(folder: Path, generation: int, files: int = FILES) -> None:
    for number in range(files):
        (folder / "data" / f"{number}.txt").write_text(str(generation))
    output_record.write_hashes(folder)


def generation(out: Path, files: int = FILES) -> int | None:
    """The generation of an output, which must be whole and of one; None where there is no output."""
    if not out.exists():
        return None
    assert [path.name for path in out.iterdir()] == ["data"]
    texts = {path.name: path.read_text() for path in (out / "data").glob("*.txt")}
    assert texts.keys() == {f"{number}.txt" for number in range(files)}
    assert len(set(texts.values())) == 1
    return int(texts["0.txt"])


def beside(out: Path) -> list[str]:
    return sorted(path.name for path in out.parent.iterdir())


def fill_bare(folder: Path, generation: int, files: int = FILES) -> None:
    (folder / "data").mkdir(parents=True)
    fill(folder, generation, files)


def forbid_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    def exchange(one: Path, other: Path) -> None:
        raise OSError(errno.EINVAL, "no exchange here")

    monkeypatch.setattr(disk, "exchange", exchange)


def refuse_renames(monkeypatch: pytest.MonkeyPatch, code: int, when: Callable[[Path, Path], bool]) -> None:
    """Have some renames fail with an error number, and nothing wait for them to succeed."""
    rename = os.rename

    def refused(path: Path, to: Path) -> None:
        if when(Path(path), Path(to)):
            raise OSError(code, os.strerror(code), str(path))
        rename(path, to)

    monkeypatch.setattr(os, "rename", refused)
    monkeypatch.setattr(disk, "_RENAME_WAITS", (0,))


@pytest.fixture(name="out")
def the_output(tmp_path: Path) -> Path:
    """The path of an output folder, in a folder that holds nothing else."""
    (tmp_path / "parent").mkdir()
    return tmp_path / "parent" / "结果"


@pytest.fixture(params=["exchange", "renames"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to put a folder in the place of another."""
    if request.param == "renames":
        forbid_exchange(monkeypatch)
    return request.param


@pytest.fixture
def holder(out: Path) -> Iterator[subprocess.Popen]:
    """Another process that is at work on the output folder."""
    running = subprocess.Popen(
        [sys.executable, "-c", HOLDING, out], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    running.staging = Path(running.stdout.readline().rstrip("\n"))
    yield running
    if running.returncode is None:
        running.communicate(timeout=30)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if sys.platform != "linux" or mount is None:
        pytest.skip("no tmpfs can be mounted here")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)
