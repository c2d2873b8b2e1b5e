"""The reports, written in worker processes; those of units and rosters that have not changed are taken from the cache."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from guantong.flows.audit.shares import share_out
from guantong.flows.errors import CopyFailed
from guantong.flows.records import Input, ReportResult
from guantong.flows.storage.result_cache import Cache, code_hash
from guantong.flows.workers import limits
from guantong.flows.workers.budgets import COPY_BYTES, TASK_BYTES, TASK_SECONDS, Budgets, UnitBudget, excess_copy_bytes
from guantong.flows.workers.pool import Pool, WorkerDied, wait_for_result

if TYPE_CHECKING:
    from guantong.reports.published.publications import PublicationRequest

PEOPLE_AT_ONCE = 30_000  # of a share of units
EACH = 100  # people whose rows take the work that a unit's workbook takes of itself
FEWEST_ROSTERS, MOST_ROSTERS = 20, 500  # of a share of copies: a task costs Prefect some hundredths of a second,
SHARES = 8  # and eight are enough for a worker
OF_FIGURES = ("statistics.xlsx", "report.html", "tables")  # one worker counts for all of them
BESIDE_FIGURES = ("signs.xlsx", "unrecognised.xlsx")
CHANGED = "审核期间文件已被改动或移走"
FAILED = "文件结构异常，无法写出"
_FAULTS = (WorkerDied, MemoryError, CopyFailed)  # what costs one report, not the audit
OVER = "同一文件夹的文件超出处理用时或退回稿大小的限额，其余退回稿不再写出"


@dataclass(frozen=True)
class ReportWork:
    """Report work of one kind: ``attempts`` are the ways to do it, the best first, each called with items in a worker.

    ``target`` gives the file of an item: where it stands, the item is done. ``roster`` gives the roster that an item is made of, if it is of one.
    """

    attempts: tuple[Callable[[list], ReportResult], ...]
    target: Callable[[object], Path]
    roster: Callable[[object], Input | None] = lambda item: None


@dataclass(frozen=True)
class ReportShare:
    """The part of the report work that one task does."""

    work: ReportWork
    items: list


@dataclass(frozen=True)
class ReportPlan:
    """The shares of an audit's report work, first that of the bureau's statistics, which need data/sensitivity.parquet; how many reports they
    write in all; and those that are not to be written: (place in the output, why). ``page_again``: the bureau's page anew, once all others are
    written, without links to what could not be.
    """

    shares: list[ReportShare]
    page_again: ReportShare
    total: int
    left_out: list[tuple[str, str]]


def plan_reports(
    folder: Path, rosters: list[Input], workers: int, cache: Cache | None, publish: PublicationRequest | None = None
) -> ReportPlan:
    """Share out the reports of the audit in ``folder``, and make their folders. ``rosters``: those that get a copy to send back.

    ``publish``: the tables to publish, which are written where it is given.
    """
    from guantong.reports.returned.write_copy import returned_name
    from guantong.reports.units.workbook import unit_plan

    data = folder / "data"
    units, left_out = _within_unit_budget(unit_plan(data))
    for name in ("units", "returned", "bureau"):
        (folder / name).mkdir()
    bureau = ReportWork((partial(write_bureau_reports, data, folder / "bureau", publish),), lambda name: folder / "bureau" / name)
    workbooks = ReportWork(
        (partial(write_unit_workbooks, data, folder / "units", cache),),
        lambda unit: folder / "units" / unit["file_name"],
    )
    copying = partial(write_returned_copies, data, folder / "returned", cache)
    copies = ReportWork(
        (partial(copying, False), partial(copying, True)),
        lambda roster: folder / "returned" / returned_name(roster.source_file),
        lambda roster: roster,
    )
    others = BESIDE_FIGURES if publish is None else (*BESIDE_FIGURES, "publish")
    shares = [ReportShare(bureau, list(names)) for names in (OF_FIGURES, others)]
    shares += [ReportShare(workbooks, share) for share in _shares(units, workers)]
    each = min(MOST_ROSTERS, max(FEWEST_ROSTERS, -(-len(rosters) // (workers * SHARES))))
    shares += [ReportShare(copies, rosters[at : at + each]) for at in range(0, len(rosters), each)]
    page = ReportShare(replace(bureau, attempts=(partial(write_page_again, data, folder),)), ["report.html"])
    return ReportPlan(shares, page, len(units) + len(rosters) + len(OF_FIGURES) + len(others), left_out)


def _within_unit_budget(units: list[dict]) -> tuple[list[dict], list[tuple[str, str]]]:
    """The units whose workbooks are to be written; and of each file that names more of them, what is not, and why."""
    account = UnitBudget()
    within = [unit for unit in units if account.take(unit.pop("files"), unit.pop("file_findings"))]  # no workbook is made from these
    why = "这份名册涉及的单位过多，有 {} 个单位没有单独的报告；各人的结论见 data/persons.parquet 和 bureau/"
    return within, [(f"units/（{file}）", why.format(count)) for file, count in sorted(account.left_out.items())]


def _shares(units: list[dict], workers: int) -> list[list[dict]]:
    """`units` in shares of about equal work, at least one a worker, for each has its queries; a worker holds all the people of its share."""
    return share_out(units, _work, max(1, min(PEOPLE_AT_ONCE, sum(map(_work, units)) // workers)))


def _work(unit: dict) -> int:
    return unit["persons"] + EACH


def write_in_pool(pool: Pool, share: ReportShare, budgets: Budgets) -> ReportResult:
    """Do a share in the pool, within the ``budgets``. Where an item is the death of its worker, it is tried alone, in every way there is,
    each time in a fresh worker, then told as missing; the others are done on, in smaller shares where it might be any.
    """
    work, result, todo, most, alone = share.work, ReportResult(), share.items, len(share.items), False
    while todo := _within_budget(budgets, work, todo, result):
        now, rest = todo[:most], todo[most:]
        try:
            done = wait_for_result(pool.schedule(work.attempts[0], (now,), exclusive=alone))
            _charge(budgets, done)
            result.add(done)
            todo = done.not_begun + rest
        except _FAULTS as fault:
            left = [item for item in now if not work.target(item).exists()]
            result.written += len(now) - len(left)
            slow = isinstance(fault, WorkerDied) and limits.ran_out_of_time(fault.exitcode)
            if _is_for_room(fault):
                alone = True
            elif len(left) == len(now) > 1 and not slow and not isinstance(fault, CopyFailed):
                most = len(now) // 2
            elif left:
                attempts, spent = (work.attempts[1:], limits.WALL_SECONDS) if slow else (work.attempts, 0)
                result.add(_write_alone(pool, ReportShare(replace(work, attempts=attempts), [left.pop(0)]), budgets, spent))
            todo = left + rest
    return result


def _within_budget(budgets: Budgets, work: ReportWork, items: list, result: ReportResult) -> list:
    """The items that are still to be done; copies that are over the budget are told as missing."""
    over = [(roster := work.roster(item)) is not None and budgets.is_spent(roster.source_file) for item in items]
    result.missing += [(_place_in_output(work.target(item)), OVER) for item, is_over in zip(items, over, strict=True) if is_over]
    return [item for item, is_over in zip(items, over, strict=True) if not is_over]


def _charge(budgets: Budgets, result: ReportResult) -> None:
    for source_file, size, seconds, bytes_written in result.costs:
        budgets.charge(source_file, size, seconds)
        budgets.charge_copy(source_file, size, bytes_written)


def _is_for_room(fault: Exception) -> bool:
    """Whether the worker was ended because there was no memory for all of them."""
    return isinstance(fault, WorkerDied) and fault.why == limits.POOL_MEMORY_OVER


def _write_alone(pool: Pool, share: ReportShare, budgets: Budgets, spent: float) -> ReportResult:
    """Do a share of one item, that has taken ``spent`` seconds already, in every way there is."""
    (item,), work, began = share.items, share.work, time.monotonic() - spent
    try:
        full = False
        for attempt, alone in product(work.attempts, (False, True)):
            if alone and not full:
                continue
            try:
                return wait_for_result(pool.schedule(attempt, (share.items,), new_worker=True, exclusive=alone))
            except _FAULTS as fault:
                full = _is_for_room(fault)  # then the same with all the room that there is, else the next way
        return ReportResult(missing=[(_place_in_output(work.target(item)), FAILED)])
    finally:
        if (roster := work.roster(item)) is not None:
            budgets.charge(roster.source_file, roster.size, time.monotonic() - began)


def _place_in_output(target: Path) -> str:
    """What run.json calls a report."""
    return f"{target.parent.name}/{target.name}"


@contextmanager
def _library_errors_as_plain() -> Iterator[None]:
    """What the disk or the memory says, wrapped by a library in an error of its own, as OSError or MemoryError."""
    import duckdb

    try:
        yield
    except (duckdb.OutOfMemoryException, ImportError):  # near its limit a worker can't load a module either
        raise MemoryError from None
    except ValueError as error:  # of a zip file that can't be closed, since something in it could not be written
        raise _cause(error) or error from None


def _cause(error: BaseException | None) -> OSError | None:
    """What the disk said, behind an error that a library made of it."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or error.__context__
    return error


@_library_errors_as_plain()
def write_bureau_reports(data: Path, folder: Path, publish: PublicationRequest | None, names: list[str]) -> ReportResult:
    """Runs in a worker: write some of the bureau's reports. ``publish``: what is to be published of them."""
    from guantong.reports.bureau.figures.all_figures import read_figures
    from guantong.reports.bureau.open_tables import write_tables
    from guantong.reports.bureau.page import write_page
    from guantong.reports.bureau.signs import write_signs
    from guantong.reports.bureau.statistics import write_statistics
    from guantong.reports.bureau.unrecognised import write_unrecognised
    from guantong.reports.published.public_tables import write_published

    write = {
        "signs.xlsx": partial(write_signs, data),
        "unrecognised.xlsx": partial(write_unrecognised, data),
        "publish": partial(write_published, data, request=publish),
    }
    if any(name in OF_FIGURES for name in names):
        figures = read_figures(data, checked=True)
        write |= {
            "statistics.xlsx": partial(write_statistics, figures=figures),
            "report.html": partial(write_page, figures=figures),
            "tables": partial(write_tables, figures=figures),
        }
    for name in names:
        write[name](folder / name)
    return ReportResult(written=len(names))


@_library_errors_as_plain()
def write_page_again(data: Path, folder: Path, names: list[str]) -> ReportResult:
    """Runs in a worker: write the bureau's page with links to what stands in the output ``folder`` alone."""
    from guantong.reports.bureau.figures.all_figures import read_figures
    from guantong.reports.bureau.page import write_page

    for name in names:
        write_page(folder / "bureau" / name, read_figures(data, checked=True), folder)
    return ReportResult()


@_library_errors_as_plain()
def write_unit_workbooks(data: Path, folder: Path, cache: Cache | None, units: list[dict]) -> ReportResult:
    """Runs in a worker: write some units' workbooks."""
    from guantong.reports.units.workbook import write_units

    reports = _CachedReports(data, cache)
    return reports.result(write_units(data, folder, units, reports.put))


@_library_errors_as_plain()
def write_returned_copies(data: Path, folder: Path, cache: Cache | None, plain: bool, rosters: list[Input]) -> ReportResult:
    """Runs in a worker: write the copies to send back of some rosters."""
    import pyarrow
    import pyarrow.compute as pc

    from guantong.reports.audit_data import read_rulebook
    from guantong.reports.grouped_rows import GroupedRows, row_buffers
    from guantong.reports.returned.write_copy import returned_name, write_returned
    from guantong.schemas import database
    from guantong.schemas.files.open_file import read_same, suffix_of
    from guantong.schemas.files.refusal import Refusal
    from guantong.schemas.sql_text import parquet_table

    names = [roster.source_file for roster in rosters]
    with database.connect(data, threads=1) as con:
        # findings stand by file: the range saves reading those of others
        query = f"SELECT * FROM {parquet_table(data / 'findings.parquet')} WHERE source_file BETWEEN $first AND $last"
        span = {"first": min(names), "last": max(names)}
        found = con.sql(query, params=span).to_arrow_table()
        told = f"""SELECT source_file, list((sheet, name, letter, header, others) ORDER BY sheet, name) FROM {parquet_table(data / "columns.parquet")}
            WHERE source_file BETWEEN $first AND $last GROUP BY source_file"""
        columns = dict(con.sql(told, params=span).fetchall())
    numbers = pc.index_in(found["source_file"], pyarrow.array(names))
    findings = GroupedRows(found.add_column(0, "number", numbers).filter(pc.is_valid(numbers)), len(names))
    reports, rulebook, missing, costs, began, over = _CachedReports(data, cache), read_rulebook(data), [], [], time.monotonic(), 0
    for number, roster in enumerate(rosters):
        if time.monotonic() - began > TASK_SECONDS or over > TASK_BYTES:
            break
        try:
            content = read_same(roster.path, roster.sha256)
        except Refusal:
            missing.append((_place_in_output(folder / returned_name(roster.source_file)), CHANGED))
            continue
        own, suffix = findings.of(number), suffix_of(roster.path)
        made_from = (roster.sha256, suffix, roster.source_file, plain, *row_buffers(own))

        def make(content: bytes = content, suffix: str = suffix, source_file: str = roster.source_file, own: object = own) -> None:
            write_returned(content, suffix, source_file, own, folder, rulebook, plain, columns.get(source_file, ()))
            _check_size(folder / returned_name(source_file), len(content))

        target, at = folder / returned_name(roster.source_file), time.monotonic()
        _in_time(partial(reports.put, made_from, target, make))
        costs.append((roster.source_file, len(content), time.monotonic() - at, target.stat().st_size))
        over += excess_copy_bytes(len(content), target.stat().st_size)
    result = reports.result(len(costs))
    result.missing, result.costs, result.not_begun = missing, costs, rosters[len(costs) + len(missing) :]
    return result


def _check_size(copy: Path, size: int) -> None:
    """Raises CopyFailed, and deletes it, where a copy is too large for a roster of so many bytes."""
    if excess_copy_bytes(size, copy.stat().st_size) > COPY_BYTES:
        copy.unlink()
        raise CopyFailed("size")


def _in_time(act: Callable[[], None]) -> None:
    """Do it in the time that `limits.time_of_one_file` gives. Raises CopyFailed for any fault of ours or of a library."""
    try:
        with limits.time_of_one_file(), _library_errors_as_plain():
            act()
    except (OSError, MemoryError):
        raise
    except Exception as error:  # must not end the audit of the others
        if os.environ.get("GUANTONG_DEBUG"):
            raise
        raise CopyFailed(type(error).__name__) from None


class _CachedReports:
    """Takes reports from the cache by a hash of all that they are made from, and puts new ones into it."""

    def __init__(self, data: Path, cache: Cache | None) -> None:
        self.cache = cache
        self.same_for_all = hashlib.sha256((data / "rulebook.json").read_bytes()).hexdigest() + code_hash("reports", "schemas")
        self.from_cache = 0

    def put(self, made_from: Iterable, target: Path, make: Callable[[], object]) -> None:
        """Put the report at ``target``, by ``make`` where the cache has none. made_from: all that it is made from, in pieces: memory, or what
        ``repr`` says wholly.
        """
        if self.cache is None:
            make()
            return
        name = hashlib.blake2b(self.same_for_all.encode(), digest_size=20)
        for piece in made_from:
            name.update(piece if isinstance(piece, memoryview) else repr(piece).encode("utf-8", "surrogatepass"))
        self.from_cache += self.cache.take_or_make_report(name.hexdigest(), target, make)

    def result(self, written: int) -> ReportResult:
        """Of so many reports."""
        return ReportResult(written, self.from_cache, cache_trouble=self.cache.trouble if self.cache else None)
