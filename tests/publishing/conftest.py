"""Fixtures: where outputs are written, and the two ways to put one in the place of another."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from folders import WORKER, forbid_exchange

HOLDING = (
    WORKER
    + """
with publishing.folder_for(Path(sys.argv[1])) as staging:
    (staging.path / "data" / "half.txt").write_text("half")
    print(staging.path, flush=True)
    sys.stdin.read()
"""
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
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
