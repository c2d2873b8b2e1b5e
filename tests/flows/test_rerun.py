"""Interrupted and repeated runs: nothing is lost, nothing half written, nothing read twice; the tables are the same to the byte."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from guantong.sample_data.rosters import write_rosters
from tests import conftest
from tests.conftest import TABLES, Audit
from tests.support.workbooks import CLEAN, people

KILLS = int(os.environ.get("GUANTONG_TEST_KILLS", "2"))
FILES = 6


def bytes_of(out: Path) -> dict[str, bytes]:
    """The tables of an output."""
    return {name: (out / "data" / f"{name}.parquet").read_bytes() for name in (*TABLES, "facts", "columns")}


def alone(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """An environment with a cache of its own."""
    return environment | {"GUANTONG_CACHE": str(folder)}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rosters of every format."""
    folder = tmp_path_factory.mktemp("inbox") / "rosters"
    write_rosters(folder, 90, FILES, 7, formats=("xlsx", "xls", "ods"))
    return folder


@pytest.fixture(scope="module")
def plain(audit: Callable[..., Audit], inbox: Path) -> dict[str, bytes]:
    """The tables of an audit that keeps nothing."""
    return bytes_of(audit(inbox, no_cache=True).out)


@pytest.fixture(scope="module")
def first(audit: Callable[..., Audit], environment: dict, inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Audit, Path]:
    """The first audit with a cache, and that cache."""
    cache = tmp_path_factory.mktemp("first") / "cache"
    return audit(inbox, environment=alone(environment, cache), workers=2), cache


@pytest.fixture
def after_first(environment: dict, first: tuple[Audit, Path], tmp_path: Path) -> dict[str, str]:
    """An environment with the cache that the first audit has left, to be changed."""
    return alone(environment, shutil.copytree(first[1], tmp_path / "cache"))


def test_a_rerun_takes_up_all_that_has_not_changed(
    audit: Callable[..., Audit], after_first: dict, first: tuple[Audit, Path], inbox: Path, plain: dict[str, bytes]
) -> None:
    first, _ = first
    again = audit(inbox, environment=after_first)
    assert (first.run["counts"]["files_kept"], first.run["counts"]["reports_kept"]) == (0, 0)
    assert again.run["counts"]["files_kept"] == FILES
    written = sum(1 for part in ("units", "returned") for _ in (again.out / part).iterdir())
    assert again.run["counts"]["reports_kept"] == written
    assert bytes_of(first.out) == plain == bytes_of(again.out)
    for part in ("units", "returned"):
        assert {path.name: path.read_bytes() for path in (first.out / part).iterdir()} == {
            path.name: path.read_bytes() for path in (again.out / part).iterdir()
        }


def contents(out: Path) -> dict[str, tuple[int, bytes]]:
    """The outputs: when each was written, and what it holds."""
    return {path.relative_to(out).as_posix(): (path.stat().st_mtime_ns, path.read_bytes()) for path in out.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def kept(audit: Callable[..., Audit], inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Audit, dict[str, bytes]]:
    """Two rosters, their audit, and what it wrote beside run.json."""
    folder = tmp_path_factory.mktemp("kept") / "rosters"
    folder.mkdir()
    for path in sorted(inbox.rglob("*.xlsx"))[:2]:
        shutil.copy(path, folder)
    first = audit(folder, out=folder.parent / "out")
    return folder, first, {name: content for name, (_, content) in contents(first.out).items() if name != "run.json"}


def test_where_nothing_has_changed_the_last_output_stands(audit: Callable[..., Audit], kept: tuple) -> None:
    folder, first, _ = kept
    last = audit(folder, out=first.out)
    before = contents(first.out)
    (leftover := first.out.parent / ".out.0123abcd.partial").mkdir()  # a killed run's
    again = audit(folder, out=first.out)
    assert "直接沿用" in again.stderr and again.stdout == last.stdout
    assert contents(again.out) == before
    assert not leftover.exists()


@pytest.mark.parametrize("what", ["an input", "an output", "a missing output", "a foreign output", "the cache is not to be used"])
def test_a_change_of_any_file_has_the_output_made_anew(audit: Callable[..., Audit], kept: tuple, what: str) -> None:
    folder, first, right = kept
    unit = next((first.out / "units").iterdir())
    if what == "an input":
        (folder / "说明.txt").write_text("one more file that is passed over", encoding="utf-8")
    elif what == "an output":
        unit.write_bytes(unit.read_bytes() + b"x")
    elif what == "a missing output":
        unit.unlink()
    elif what == "a foreign output":
        (first.out / "units" / "别的.xlsx").write_bytes(b"x")
    again = audit(folder, out=first.out, **({"no_cache": True} if what.startswith("the cache") else {}))
    assert "直接沿用" not in again.stderr
    assert {name: content for name, (_, content) in contents(again.out).items() if name != "run.json"} == right


def test_a_changed_file_alone_is_read_again_and_its_old_people_are_gone(
    audit: Callable[..., Audit], after_first: dict, inbox: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(inbox, tmp_path / "rosters")
    changed = sorted(folder.rglob("*.xlsx"))[0]
    people(changed, CLEAN | {"单位名称": "改后的示例厂"})
    done = audit(folder, environment=after_first)
    assert done.run["counts"]["files_kept"] == FILES - 1
    assert bytes_of(done.out) == bytes_of(audit(folder, no_cache=True).out)
    assert done.persons["unit"].tolist().count("改后的示例厂") == 1


def test_what_a_refused_file_is_read_beside_is_kept_and_so_is_its_refusal(
    audit: Callable[..., Audit], environment: dict, tmp_path: Path
) -> None:
    environment = alone(environment, tmp_path / "cache")
    for number in range(9):  # three batches, in each a file of each kind
        path = people(tmp_path / "in" / f"{number}.xlsx", CLEAN | {"备注": f"第{number}份"})
        if number % 3 == 1:
            path.write_bytes(f"no workbook {number}".encode().ljust(path.stat().st_size))
    first = audit(tmp_path / "in", environment=environment)
    again = audit(tmp_path / "in", environment=environment)
    assert (first.run["counts"]["files_kept"], again.run["counts"]["files_kept"]) == (0, 9)
    assert bytes_of(first.out) == bytes_of(again.out)


def test_another_policy_or_day_is_applied_to_what_was_read_before(
    audit: Callable[..., Audit], environment: dict, kept: tuple, tmp_path: Path
) -> None:
    environment = alone(environment, tmp_path / "cache")
    folder, out = kept[0], tmp_path / "out"
    audit(folder, out=out, environment=environment)
    for options in ({"as_of": "2028-06-30"}, {"policy": "suzhou-pilot"}):
        done = audit(folder, out=out, environment=environment, **options)
        assert "直接沿用" not in done.stderr
        assert (done.run["counts"]["files_kept"], done.run["counts"]["reports_kept"]) == (2, 0)
        assert bytes_of(done.out) == bytes_of(audit(folder, no_cache=True, **options).out)


def test_a_damaged_or_deleted_cache_changes_nothing(
    audit: Callable[..., Audit], after_first: dict, inbox: Path, plain: dict[str, bytes], tmp_path: Path
) -> None:
    rng = random.Random(3)
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file() and rng.random() < 0.5:
            content = bytearray(path.read_bytes())
            content[rng.randrange(len(content))] ^= 0xFF
            path.write_bytes(content[: rng.randrange(1, len(content) + 1)])
    done = audit(inbox, environment=after_first)
    assert bytes_of(done.out) == plain
    for path in [*done.out.glob("units/*"), *done.out.glob("returned/*")]:
        assert path.read_bytes()[:2] == b"PK"
    shutil.rmtree(tmp_path / "cache")
    assert bytes_of(audit(inbox, environment=after_first).out) == plain


def test_a_cache_that_cannot_be_written_is_told_and_costs_nothing_else(
    audit: Callable[..., Audit], environment: dict, inbox: Path, plain: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    done = audit(inbox, environment=alone(environment, tmp_path / "file"))
    assert done.status == 0
    assert "缓存无法使用" in done.stderr
    assert bytes_of(done.out) == plain


def test_no_cache_neither_takes_nor_keeps(audit: Callable[..., Audit], environment: dict, tmp_path: Path) -> None:
    environment = alone(environment, tmp_path / "cache")
    done = audit(people(tmp_path / "名册.xlsx", CLEAN), environment=environment, no_cache=True)
    assert done.run["counts"]["files_kept"] == 0
    assert not (tmp_path / "cache").exists()


def test_the_same_file_twice_is_read_once_and_stands_twice(audit: Callable[..., Audit], tmp_path: Path) -> None:
    for name in ("a/甲.xlsx", "b/甲.xlsx"):
        people(tmp_path / "in" / name, CLEAN)
    done = audit(tmp_path / "in")
    assert done.files["source_file"].tolist() == ["a/甲.xlsx", "b/甲.xlsx"]
    assert len(done.persons) == 2
    assert done.persons["duplicate_of"].notna().tolist() == [False, True]


def started(environment: dict[str, str], *arguments: object) -> subprocess.Popen:
    """An audit that runs on its own."""
    command = [conftest.GUANTONG, "audit", *map(str, arguments), "--as-of", "2025-12-31"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_killed_at_any_moment_nothing_is_lost_and_nothing_half_written(
    environment: dict, audit: Callable[..., Audit], inbox: Path, tmp_path: Path
) -> None:
    environment = alone(environment, tmp_path / "cache")
    out = tmp_path / "place" / "out"
    inbox = shutil.copytree(inbox, tmp_path / "rosters")
    away = [path.rename(tmp_path / path.name) for path in sorted(inbox.rglob("*.*"))[1:]]
    before = audit(inbox, out=out, no_cache=True)
    old = bytes_of(before.out)
    for path in away:
        path.rename(inbox / path.name)
    begun = time.monotonic()
    plain = bytes_of(audit(inbox, no_cache=True).out)
    lasts = time.monotonic() - begun
    rng = random.Random(os.environ.get("GUANTONG_TEST_SEED", "11"))
    for _ in range(KILLS):
        running = started(environment, inbox, "--out", out)
        time.sleep(rng.uniform(0.2, lasts))
        children = psutil.Process(running.pid).children(recursive=True) if running.poll() is None else []
        running.kill()
        running.wait()
        assert bytes_of(out) in (old, plain)
        assert json.loads((out / "run.json").read_bytes())["tool"] == "guantong"
        assert not psutil.wait_procs(children, timeout=15)[1], "a child outlived the audit"
    done = audit(inbox, out=out, environment=environment)
    assert bytes_of(done.out) == plain
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_second_audit_into_the_same_folder_is_told(environment: dict, audit: Callable[..., Audit], inbox: Path, tmp_path: Path) -> None:
    out = tmp_path / "place" / "out"
    running = started(environment, inbox, "--out", out, "--no-cache")
    while not out.parent.exists() or not any(".partial" in path.name for path in out.parent.iterdir()):
        time.sleep(0.02)
    second = audit(inbox, out=out)
    assert second.status == 2
    assert "正在" in second.stderr and str(running.pid) in second.stderr
    assert running.wait(120) == 0
    assert (out / "run.json").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a tmpfs can't be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(not shutil.which("mount"), reason="no mount command")
def test_a_full_disk_leaves_the_last_output_whole(audit: Callable[..., Audit], inbox: Path, small_disk: Path, tmp_path: Path) -> None:
    inbox, all_of_it = tmp_path / "rosters", inbox
    inbox.mkdir()
    shutil.copy(sorted(all_of_it.rglob("*.xlsx"))[0], inbox)
    old = audit(inbox, out=small_disk / "out")
    assert old.status == 0
    before = bytes_of(old.out)
    shutil.copytree(all_of_it, inbox, dirs_exist_ok=True)
    full = audit(inbox, out=small_disk / "out")
    assert full.status == 2
    assert "磁盘空间不足" in full.stderr
    assert bytes_of(old.out) == before
    assert [path.name for path in small_disk.iterdir()] == ["out"]


def test_a_full_cache_disk_is_told_and_costs_nothing_else(
    audit: Callable[..., Audit], environment: dict, inbox: Path, plain: dict[str, bytes], small_disk: Path
) -> None:
    (small_disk / "filler").write_bytes(b"x" * 900_000)
    done = audit(inbox, environment=alone(environment, small_disk / "cache"))
    assert done.status == 0
    assert "缓存无法使用" in done.stderr
    assert bytes_of(done.out) == plain
