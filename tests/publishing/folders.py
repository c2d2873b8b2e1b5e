"""Output folders that name their generation, and processes that write them."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from guantong.flows import publishing
from guantong.flows.publishing import folder_for

FILES = 30
WORKER = """
import errno, os, random, signal, sys, time
from pathlib import Path
from guantong.flows import publishing

def no_exchange(one, other):
    raise OSError(errno.EINVAL, "no exchange here")

def publish(out, generation, files):
    with publishing.folder_for(out) as staging:
        for number in range(files):
            (staging.path / "data" / f"{number}.txt").write_text(str(generation))
        staging.publish()

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


def write(out: Path, generation: int, files: int = FILES) -> None:
    """Publish a folder in which every file names its generation."""
    with folder_for(out) as staging:
        fill(staging.path, generation, files)
        staging.publish()


def fill(folder: Path, generation: int, files: int = FILES) -> None:
    for number in range(files):
        (folder / "data" / f"{number}.txt").write_text(str(generation))


def generation(out: Path, files: int = FILES) -> int | None:
    """The generation of an output, which must be whole and of one; None where there is no output."""
    if not out.exists():
        return None
    assert [path.name for path in out.iterdir()] == ["data"]
    texts = {path.name: path.read_text() for path in (out / "data").iterdir()}
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

    monkeypatch.setattr(publishing, "_exchange", exchange)


def refuse_renames(monkeypatch: pytest.MonkeyPatch, code: int, when: Callable[[Path, Path], bool]) -> None:
    """Have some renames fail with an error number, and nothing wait for them to succeed."""
    rename = os.rename

    def refused(path: Path, to: Path) -> None:
        if when(Path(path), Path(to)):
            raise OSError(code, os.strerror(code), str(path))
        rename(path, to)

    monkeypatch.setattr(os, "rename", refused)
    monkeypatch.setattr(publishing, "_RENAME_AGAIN", (0,))
