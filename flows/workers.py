"""What worker processes run: light functions with plain arguments, and the pool they run in."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path

from pebble import ProcessExpired, ProcessFuture, ProcessPool

SECONDS_PER_BATCH = 900


def make_pool(workers: int) -> ProcessPool:
    """A pool whose workers start afresh (never forked out of threads); a worker that dies costs its task only."""
    return ProcessPool(max_workers=workers, context=multiprocessing.get_context("spawn"), initializer=_start)


def _start() -> None:
    """Import once per worker what its tasks need."""
    import guantong.schemas.batch  # noqa: F401


class Stopped(Exception):
    """The pool was stopped before the work was done."""


def result_of(pool: ProcessPool, future: ProcessFuture) -> object:
    """What a scheduled function gives or raises; raises Stopped where the pool is stopped first, and never hangs."""
    while True:
        try:
            return future.result(timeout=0.5)
        except FutureTimeoutError:
            if future.done():
                raise  # the work's own time limit
            if not pool.active:
                raise Stopped from None


def read_part(inputs: list, key: bytes, work: Path, number: int) -> int:
    """Read a batch of files into ``work/<table>-<number>.parquet``; gives the rows found."""
    from guantong.schemas.batch import read_batch, write_batch

    batch = read_batch(inputs, key)
    write_batch(batch, work, number)
    return len(batch.rows)


def refuse_part(item: object, detail: str, work: Path, number: int) -> int:
    """Write the part of one file that no worker survived: refused as damaged."""
    from guantong.schemas.batch import refused_batch, write_batch

    write_batch(refused_batch(item, "damaged", detail), work, number)
    return 0


def read_guarded(pool: ProcessPool, inputs: list, key: bytes, work: Path, number: int) -> int:
    """Read a batch in the pool. Where its worker dies or hangs, each file is tried alone, and the culprit refused."""
    try:
        return result_of(pool, pool.schedule(read_part, args=(inputs, key, work, number), timeout=SECONDS_PER_BATCH))
    except (ProcessExpired, FutureTimeoutError) as error:
        if len(inputs) == 1:
            detail = "读取超时" if isinstance(error, FutureTimeoutError) else "读取程序异常终止"
            return refuse_part(inputs[0], detail, work, number)
    return sum(read_guarded(pool, [item], key, work, number * 100_000 + 900_000_000 + at) for at, item in enumerate(inputs))


def write_unit_part(data: Path, folder: Path, unit_ids: list[str]) -> int:
    """Write some units' workbooks."""
    from guantong.reports.units import write_units

    return write_units(data, folder, unit_ids)


def write_returned_part(jobs: list[tuple[Path, str]], data: Path, folder: Path) -> int:
    """Write the copies to send back of some rosters: (path, source_file) each."""
    import duckdb

    from guantong.reports.data import read_rulebook
    from guantong.reports.returned import write_returned

    with duckdb.connect() as con:
        query = "SELECT * FROM read_parquet(?) WHERE list_contains(?, source_file)"
        findings = con.execute(query, [str(data / "findings.parquet"), [name for _, name in jobs]]).df()
    for path, name in jobs:
        own = findings[findings["source_file"] == name]
        if own["sheet"].str.contains("*", regex=False).any():
            own = own.assign(sheet=own["sheet"].map(_sheet_names(path)))
        write_returned(path, name, own, folder, read_rulebook(data))
    return len(jobs)


def _sheet_names(path: Path) -> dict[str, str]:
    """The names of a workbook's sheets as outputs show them → as they are."""
    import python_calamine

    from guantong.schemas.workbook import shown_names

    with path.open("rb") as file, python_calamine.load_workbook(file) as book:
        return dict(zip(shown_names(book.sheet_names), book.sheet_names))


def write_bureau(data: Path, folder: Path) -> int:
    """Write the bureau's workbook and page."""
    from guantong.reports.page import write_page
    from guantong.reports.statistics import write_statistics

    folder.mkdir(exist_ok=True)
    write_statistics(data, folder / "statistics.xlsx")
    write_page(data, folder / "report.html")
    return 2
