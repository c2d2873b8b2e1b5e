"""A command in which the nth write or the nth large allocation fails, n rising until none does: the last output is whole, what is said is
true, and the next run gives what it would have given. Five numbers of each kind; GUANTONG_TEST_FAULTS=100 tries a hundred.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Audit
from tests.support.workbooks import CLEAN, people

POINTS = int(os.environ.get("GUANTONG_TEST_FAULTS", "5"))
LARGE = 1_500_000  # bytes: the interpreter's own arenas are smaller
TABLES = ("files", "persons", "verdicts", "findings", "claims", "signs", "facts", "sensitivity")

pytestmark = [
    pytest.mark.chance,
    pytest.mark.skipif(sys.platform != "linux" or not shutil.which("cc"), reason="needs Linux and a C compiler"),
]


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes calls fail, compiled."""
    made = tmp_path_factory.mktemp("faults") / "faults.so"
    source = Path(__file__).parents[1] / "support" / "faults.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(made), str(source), "-ldl"], check=True)
    return made


@dataclass
class Bench:
    """A folder with an inbox and the output of yesterday's audit of it; what an undisturbed run of today gives."""

    folder: Path
    run: Callable[..., Audit]
    environment: dict[str, str]
    yesterday: dict[str, str]
    today: dict[str, str]

    def disturbed(self, faults: Path, kind: str, at: int, lasts: bool) -> tuple[Audit, int]:
        """Today's run, with a fault; and how many writes or allocations there were."""
        counter = self.folder.parent / "counter"
        counter.write_bytes(bytes(8))
        told = {"KIND": kind, "COUNTER": counter, "AT": at, "LASTS": int(lasts), "UNDER": f"{self.folder}/", "LARGE": LARGE}
        more = {f"FAULT_{name}": str(value) for name, value in told.items()} | {"LD_PRELOAD": str(faults)}
        found = self.run(self.folder / "inbox", out=self.folder / "out", environment=self.environment | more)
        return found, struct.unpack("N", counter.read_bytes())[0]


def tables_of(out: Path) -> dict[str, str]:
    """The digest of each table of an output that does not depend on the hour."""
    return {name: hashlib.sha256((out / "data" / f"{name}.parquet").read_bytes()).hexdigest() for name in TABLES}


def contents_of(folder: Path) -> dict[str, str]:
    """The digest of each file under a folder."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture
def bench(audit: Callable[..., Audit], environment: dict[str, str], tmp_path: Path) -> Bench:
    """Two rosters, one with findings, audited as of the day before."""
    folder = tmp_path / "place"
    people(folder / "inbox" / "甲.xlsx", CLEAN, CLEAN | {"姓名": "李示例", "身份证号": "", "技能等级": "看不清"})
    people(folder / "inbox" / "乙.xlsx", CLEAN | {"姓名": "王示例", "身份证号": "", "单位名称": "另一示例厂"})
    own = environment | {"GUANTONG_CACHE": str(folder / "cache")}
    assert audit(folder / "inbox", out=folder / "other", environment=own).status == 0
    today = tables_of(folder / "other")
    shutil.rmtree(folder / "other")
    shutil.rmtree(folder / "cache")
    assert audit(folder / "inbox", out=folder / "out", as_of="2025-12-30", environment=own).status == 0
    shutil.rmtree(folder / "cache")
    shutil.copytree(folder, tmp_path / "kept")
    return Bench(folder, audit, own, contents_of(folder / "out"), today)


@pytest.mark.parametrize(
    ("kind", "lasts"), [("write", True), ("write", False), ("memory", False)], ids=["full disk", "failed write", "memory"]
)
def test_a_run_in_which_something_fails_leaves_the_last_output_whole_says_so_and_can_be_run_again(
    bench: Bench, faults: Path, kind: str, lasts: bool
) -> None:
    undisturbed, total = bench.disturbed(faults, kind, 0, lasts)
    assert undisturbed.status == 0 and total > POINTS
    at = 1
    while at <= total:
        restore(bench)
        found, total_now = bench.disturbed(faults, kind, at, lasts)
        says_what_became(bench, found, at)
        again = bench.run(bench.folder / "inbox", out=bench.folder / "out", environment=bench.environment)
        assert (again.status, tables_of(bench.folder / "out")) == (0, bench.today), (at, again.stderr)
        assert sorted(path.name for path in bench.folder.iterdir()) == ["cache", "inbox", "out"], at
        if total_now < at:
            break  # nothing has failed
        at += max(total // POINTS, 1)


def restore(bench: Bench) -> None:
    """Everything as it was before today's run."""
    shutil.rmtree(bench.folder)
    shutil.copytree(bench.folder.parent / "kept", bench.folder)


def says_what_became(bench: Bench, found: Audit, at: int) -> None:
    """Today's result stands and the status says so, or yesterday's does, whole, and the words are those for a user."""
    told = f"fault {at}: {found.stderr}"
    assert "Traceback" not in found.stderr and "程序内部错误" not in found.stderr, told
    if found.status == 0:
        assert tables_of(bench.folder / "out") == bench.today, told
        return
    assert found.status == 2, told
    if contents_of(bench.folder / "out") == bench.yesterday:
        assert re_said(found.stderr), told
    else:
        assert tables_of(bench.folder / "out") == bench.today and "没有改动上一次的输出" not in found.stderr, told


def re_said(words: str) -> bool:
    """Whether a user is told that the last output stands, or that nothing could be begun."""
    return any(part in words for part in ("没有改动上一次的输出", "仍是原来的结果", "无法写入"))
