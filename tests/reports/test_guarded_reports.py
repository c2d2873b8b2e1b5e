"""Report work in workers: what is the death of one costs itself only, and is told."""

from __future__ import annotations

import errno
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import duckdb
import pytest

from guantong.flows.audit import write_reports
from guantong.flows.audit.write_reports import FAILED, ReportShare, ReportWork, write_in_pool
from guantong.flows.records import Input, ReportResult
from guantong.flows.workers import limits as guard
from guantong.flows.workers.budgets import Budgets
from guantong.flows.workers.pool import Pool, WorkerDied, make_pool
from guantong.reports.audit_data import REPORT_MEMORY, RULEBOOK_PARTS, memory_limits
from guantong.schemas import database


def write(folder: Path, deadly: dict[str, str], names: list[str]) -> ReportResult:
    """Write a file for each name; a deadly one ends the worker, or takes its memory."""
    for name in names:
        if deadly.get(name) == "dies":
            os._exit(9)
        if deadly.get(name) == "memory" or (deadly.get(name) == "memory once" and (folder / "worker").read_text() == str(os.getpid())):
            raise MemoryError
        (folder / "worker").write_text(str(os.getpid()))
        (folder / name).write_text("written")
    return ReportResult(written=len(names))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """One worker."""
    with make_pool(1) as made:
        yield made


def work(folder: Path, *ways: dict[str, str]) -> ReportWork:
    """Work in ``folder``, each way of doing it with the names that are its death."""
    return ReportWork(tuple(partial(write, folder, deadly) for deadly in ways), lambda name: folder / name)


def counted(data: Path, limited: bool) -> int:
    """Count what takes more memory than a worker has."""
    with database.connect(data, **(memory_limits(data) if limited else {"memory": REPORT_MEMORY}), threads=1) as con:
        return con.execute("SELECT count(*) FROM (SELECT DISTINCT repeat(md5(range::VARCHAR), 5) FROM range(5_000_000))").fetchall()[0][0]


def test_tables_that_are_larger_than_a_workers_memory_spill_and_leave_nothing(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    assert pool.schedule(counted, (tmp_path / "data", True)).result() == 5_000_000
    assert not list((tmp_path / "work").iterdir())
    with pytest.raises(duckdb.OutOfMemoryException):
        pool.schedule(counted, (tmp_path / "data", False)).result()


@pytest.mark.parametrize("death", ["dies", "memory"])
def test_a_report_that_can_not_be_written_is_told_and_the_others_are_written(pool: Pool, tmp_path: Path, death: str) -> None:
    written = write_in_pool(pool, ReportShare(work(tmp_path, {"乙": death}), ["甲", "乙", "丙", "丁"]), Budgets())
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "worker") == ["丁", "丙", "甲"]
    assert written.written == 3
    assert written.missing == [(f"{tmp_path.name}/乙", FAILED)]


def test_a_report_is_written_another_way_where_the_first_is_the_death_of_its_worker(pool: Pool, tmp_path: Path) -> None:
    written = write_in_pool(pool, ReportShare(work(tmp_path, {"乙": "dies"}, {}), ["甲", "乙", "丙"]), Budgets())
    assert (written.written, written.missing) == (3, [])
    assert (tmp_path / "乙").exists()


def test_a_worker_out_of_memory_hands_its_report_to_a_fresh_one(pool: Pool, tmp_path: Path) -> None:
    written = write_in_pool(pool, ReportShare(work(tmp_path, {"乙": "memory once"}), ["甲", "乙", "丙"]), Budgets())
    assert (written.written, written.missing) == (3, [])


def test_a_report_whose_worker_had_to_make_room_is_written_when_there_is_room(tmp_path: Path) -> None:
    asked: list[tuple[int, bool]] = []

    class Full:
        def schedule(self, function: Callable, args: tuple, new_worker: bool = False, exclusive: bool = False) -> Future:
            future = Future()
            asked.append((len(args[0]), exclusive))
            future.set_result(function(*args)) if exclusive else future.set_exception(WorkerDied(-9, guard.POOL_MEMORY_OVER))
            return future

    written = write_in_pool(Full(), ReportShare(work(tmp_path, {}), ["甲", "乙"]), Budgets())
    assert (written.written, written.missing, asked) == (2, [], [(2, False), (2, True)])
    alone = write_reports._write_alone(Full(), ReportShare(work(tmp_path, {}), ["丙"]), Budgets(), 0)
    assert (alone.written, alone.missing) == (1, [])


@pytest.mark.parametrize(
    "part",
    [
        partial(write_reports.write_bureau_reports, publish=None, names=["tables"]),
        partial(write_reports.write_unit_workbooks, cache=None, units=[{"unit_id": "甲"}]),
        partial(write_reports.write_returned_copies, cache=None, plain=False, rosters=[Input(0, Path("a.xlsx"), "a.xlsx", sha256="0")]),
    ],
)
def test_a_worker_whose_database_has_no_memory_left_is_out_of_memory(
    part: Callable[..., ReportResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object, **__: object) -> None:
        raise duckdb.OutOfMemoryException("made up")

    (tmp_path / "rulebook.json").write_text(json.dumps(dict.fromkeys(RULEBOOK_PARTS)), encoding="utf-8")
    monkeypatch.setattr(duckdb, "connect", connect)
    with pytest.raises(MemoryError):
        part(data=tmp_path, folder=tmp_path)


class FullDisk(io.BytesIO):
    """A file on a disk that is full once something has been written."""

    def write(self, content: bytes) -> int:
        if self.tell():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(content)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the part that is left open
def test_a_full_disk_is_told_as_such_though_a_zip_file_can_then_not_be_closed() -> None:
    with pytest.raises(OSError) as told, write_reports._library_errors_as_plain():
        with zipfile.ZipFile(FullDisk(), "w") as book:
            part = book.open("part", "w")  # as a library has it open that closes the file alone
            part.write(b"x" * 100_000)
    assert told.value.errno == errno.ENOSPC
