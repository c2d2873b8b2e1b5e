"""Reading batches of files in worker processes: whatever a file does to its worker, it costs that file only."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from guantong.flows.errors import CannotRun, ReaderFailed, whereabouts
from guantong.flows.records import Input, PackEntry, ReadResult
from guantong.flows.storage.result_cache import Cache
from guantong.flows.workers import limits
from guantong.flows.workers.budgets import OVER_BUDGET, TASK_SECONDS, Budgets, submitter_of, too_slow
from guantong.flows.workers.pool import MAX_STARTS, NO_WORKER, Pool, WorkerDied, wait_for_result
from guantong.schemas.files.workbook import Refusal
from guantong.schemas.side_lists.read_list import ListError

MOST_CELLS = 1_500_000  # raw cells that a worker holds before it puts a batch together
# Refusals that depend on the content alone; others may turn out otherwise next time.
_OF_CONTENT = frozenset(
    {None, "not_a_workbook", "unsupported_format", "wps_format", "encrypted", "damaged", "too_large", "macro_sheet", "no_roster_sheet"}
)
_MEMORY = "memory"
SLOW = f"读取用时超过{limits.WALL_SECONDS}秒"
FULL = "读取所需的内存超出限额"
DIED = "读取程序异常终止，可能因内存不足或文件结构异常"


OnProgress = Callable[[int, int], None]  # is told how many more files and rows have been read


def ignore_progress(_files: int, _rows: int) -> None:
    """For who can't be told while files are read."""


def read_batch(
    paths: list[Path],
    seconds: list[float | None],
    sums: Sequence[str | None],
    key: bytes,
    work: Path,
    journal: Path,
    cache_folder: Path | None,
) -> None:
    """Runs in a worker: read files into packs under ``work``, and note each step in ``journal``, so that it outlives the worker.

    ``seconds``: what each file may take (`limits.start_clock`). Not all of them are read where it takes long, or much memory.
    ``sums``: the SHA-256 of each when the audit began; one of other bytes by now is refused.
    """
    from guantong.schemas.batch import read_batches, write_batch

    cache, began = Cache(cache_folder, key) if cache_folder else None, time.monotonic()
    with journal.open("a", encoding="utf-8", buffering=1) as notes:

        def begin(number: int | None, rows: int) -> None:
            notes.write(json.dumps({"begin": number, "rows": rows, "time": time.monotonic()}) + "\n")
            limits.start_clock(None if number is None else seconds[number])

        def enough() -> bool:
            return time.monotonic() - began > TASK_SECONDS or limits.needs_renewal()

        batches = read_batches(paths, key, MOST_CELLS, begin, sums, enough)
        while (made := _next(batches)) is not None:
            first, batch = made
            name = secrets.token_hex(8)
            try:
                write_batch(batch, work / name)
            except MemoryError:
                raise ReaderFailed(_MEMORY) from None
            told = batch.files[["file_no", "sha256", "suffix", "reason"]].astype(object)
            files = list(told.where(told.notna(), None).itertuples(index=False, name=None))
            if cache is not None:
                cache.keep(work / name, {(sha, suffix): at for at, sha, suffix, reason in files if sha and reason in _OF_CONTENT})
            note = {"pack": name, "first": first, "sums": [sha for _, sha, _, _ in files], "time": time.monotonic(),
                    "passing": [at for at, _, _, reason in files if reason not in _OF_CONTENT]}  # fmt: skip
            notes.write(json.dumps(note) + "\n")
            if enough():
                break
        if cache is not None and cache.trouble:
            notes.write(json.dumps({"trouble": cache.trouble}) + "\n")


def _next(batches: Iterator[tuple]) -> tuple | None:
    """The next batch; ``begin`` starts the clock of each file. Raises ReaderFailed."""
    try:
        with faults_told():
            return next(batches, None)
    finally:
        limits.stop_clock()


def in_time(read: Callable, *given: object) -> object:
    """Runs in a worker: what ``read`` gives of one file, in the time of one. Raises ReaderFailed, or ListError where that is what it raises."""
    limits.start_clock()
    try:
        with faults_told():
            return read(*given)
    finally:
        limits.stop_clock()


@contextmanager
def faults_told() -> Iterator[None]:
    """A fault of ours as ReaderFailed: it must not end the audit of the other files."""
    try:
        yield
    except (ListError, ReaderFailed):
        raise
    except (MemoryError, duckdb.OutOfMemoryException):
        raise ReaderFailed(_MEMORY) from None
    except Exception as error:
        if os.environ.get("GUANTONG_DEBUG"):
            raise
        raise ReaderFailed(whereabouts(error)) from None


@dataclass(frozen=True)
class _Way:
    """How files are read: by a ``fresh`` worker, ``alone`` while all others rest; ``again`` where they, or some, were the death of one."""

    fresh: bool = False
    alone: bool = False
    again: bool = False


def read_in_pool(
    pool: Pool,
    inputs: list[Input],
    key: bytes,
    work: Path,
    cache_folder: Path | None,
    on_progress: OnProgress = ignore_progress,
    budgets: Budgets | None = None,
    way: _Way = _Way(),
) -> ReadResult:
    """Read files in the pool, within the ``budgets``. Where a worker dies or fails, the files at fault are tried once more in a fresh
    one, by halves where it might be any of several, then the file is refused; the others are read on.
    """
    read, todo, unstarted, budgets = ReadResult(), list(inputs), 0, budgets or Budgets()
    while todo := _within(budgets, todo, read):
        journal, seconds = work / f"journal-{secrets.token_hex(8)}", [budgets.seconds_for(item) for item in todo]
        given = ([item.path for item in todo], seconds, [item.sha256 for item in todo], key, work, journal, cache_folder)
        problem = _problem(pool.schedule(read_batch, given, new_worker=way.fresh, exclusive=way.alone), _follower(journal, on_progress))
        done, suspects = _settle(journal, todo, work, read, budgets)
        if problem is not None and suspects is None:  # it did not even begin: no file is at fault
            unstarted += 1
            if unstarted == MAX_STARTS:
                raise CannotRun(NO_WORKER)
        elif problem is not None:
            culprits = todo[suspects]
            if len(culprits) == 1 and not problem.room and (way.again or problem.refusal.detail == SLOW):
                limit = seconds[suspects.start]
                read.refused.append((culprits[0], too_slow(limit) if limit and problem.refusal.detail == SLOW else problem.refusal))
            else:
                again = replace(way, alone=True) if problem.room else _Way(fresh=True, alone=way.alone, again=True)
                for part in _halves(culprits) if way.again and not problem.room else [culprits]:
                    _add(read, read_in_pool(pool, part, key, work, cache_folder, on_progress, budgets, again))
            todo = [*todo[done : suspects.start], *todo[suspects.stop :]]
            continue
        todo = todo[done:]
    return read


def _within(budgets: Budgets, todo: list[Input], read: ReadResult) -> list[Input]:
    """The files that are still to be read; those that are over the budget are refused."""
    refusals = [budgets.refusal(item) for item in todo]
    read.refused += [(item, refusal) for item, refusal in zip(todo, refusals, strict=True) if refusal]
    return [item for item, refusal in zip(todo, refusals, strict=True) if not refusal]


def _halves(items: list[Input]) -> list[list[Input]]:
    middle = len(items) // 2
    return [part for part in (items[:middle], items[middle:]) if part]


@dataclass(frozen=True)
class Problem:
    """Why a worker did not come to the end of its task, as a file that is at fault would be refused; ``room``: no file is, there was no memory for all."""

    refusal: Refusal
    room: bool = False


def _problem(task: Future, meanwhile: Callable[[], None]) -> Problem | None:
    """Wait for a worker that reads files; gives why it did not come to its end."""
    try:
        wait_for_result(task, meanwhile)
    except (WorkerDied, ReaderFailed) as error:
        return problem_of(error)
    finally:
        meanwhile()
    return None


def problem_of(error: WorkerDied | ReaderFailed) -> Problem:
    """What a worker's end says of the file that it was at."""
    if isinstance(error, ReaderFailed):
        return Problem(Refusal("too_large", FULL) if str(error) == _MEMORY else Refusal("reader_failed", str(error)))
    if error.why == limits.WORKER_MEMORY_OVER:
        return Problem(Refusal("too_large", FULL))
    slow = limits.ran_out_of_time(error.exitcode)
    return Problem(Refusal("too_large", SLOW) if slow else Refusal("damaged", DIED), error.why == limits.POOL_MEMORY_OVER)


def _notes(journal: Path) -> list[dict]:
    """What a worker has noted, but for a last line that it is writing, or died while writing."""
    lines = journal.read_text(encoding="utf-8").split("\n")[:-1] if journal.exists() else []
    return [json.loads(line) for line in lines]


def _follower(journal: Path, on_progress: OnProgress) -> Callable[[], None]:
    """A function that tells ``on_progress`` what has been read since it was last called."""
    told = [0, 0]

    def follow() -> None:
        files = rows = held = 0
        for note in _notes(journal):
            if "begin" in note:
                held = note["rows"]
                files = files if note["begin"] is None else note["begin"]
            elif "pack" in note:
                files, rows, held = note["first"] + len(note["sums"]), rows + held, 0
        on_progress(max(files - told[0], 0), max(rows + held - told[1], 0))
        told[:] = max(files, told[0]), max(rows + held, told[1])

    return follow


def _settle(journal: Path, inputs: list[Input], work: Path, read: ReadResult, budgets: Budgets) -> tuple[int, slice | None]:
    """Take what a worker has finished from its journal, and charge the time: how many of the files it has done; and those of the rest
    that it was at, None where it had not begun.
    """
    done, at, since, last = 0, None, 0.0, 0
    for note in _notes(journal):
        if "trouble" in note:
            read.trouble = note["trouble"]
            continue
        if at is not None:
            read.seconds.append((note["time"] - since, inputs[at]))
            budgets.charge(inputs[at].source_file, inputs[at].size, note["time"] - since)
        at, since = note.get("begin"), note["time"]
        last = last if at is None else at + 1
        if "pack" in note:
            done = note["first"] + len(note["sums"])
            for number, sha256 in enumerate(note["sums"]):
                item = inputs[note["first"] + number]
                item.sha256 = sha256
                read.places.append((item, PackEntry(work / note["pack"], number)))
            read.passing += [inputs[note["first"] + number] for number in note["passing"]]
    if at is not None:
        budgets.charge(inputs[at].source_file, inputs[at].size, time.monotonic() - since)
        return done, slice(at, at + 1)
    return done, slice(done, last) if last > done else None


def rebind_inputs(read: ReadResult, inputs: list[Input]) -> ReadResult:
    """What another process has read, told of these ``inputs`` rather than of its copies of them; their sums are set."""
    mine = {item.file_no: item for item in inputs}
    for item, _ in read.places:
        mine[item.file_no].sha256 = item.sha256
    return ReadResult(
        [(mine[item.file_no], place) for item, place in read.places],
        [(mine[item.file_no], refusal) for item, refusal in read.refused],
        read.kept,
        read.trouble,
        [(seconds, mine[item.file_no]) for seconds, item in read.seconds],
        [mine[item.file_no] for item in read.passing],
    )


def join(parts: Iterable[ReadResult]) -> ReadResult:
    """What came of several batches, as of one."""
    read = ReadResult()
    for part in parts:
        _add(read, part)
    return read


def _add(read: ReadResult, more: ReadResult) -> None:
    read.places += more.places
    read.refused += more.refused
    read.kept += more.kept
    read.seconds += more.seconds
    read.passing += more.passing
    read.trouble = more.trouble or read.trouble


def _of_another(first: Input, item: Input, why: dict[int, Refusal]) -> bool:
    refusal = why.get(id(first))
    return refusal is not None and refusal.code == OVER_BUDGET and submitter_of(first.source_file) != submitter_of(item.source_file)


def read_inputs(
    read_batches: Callable[[list[Input]], ReadResult], inputs: list[Input], kept: dict[tuple[str, str], PackEntry]
) -> ReadResult:
    """Read files by ``read_batches``, those of the same content once, and those whose content is ``kept`` not at all."""
    read, first, again = ReadResult(), {}, []
    for item in inputs:
        if item.refusal is not None:
            read.refused.append((item, item.refusal))
        elif item.content in kept:
            read.places.append((item, kept[item.content]))
            read.kept += 1
        else:
            first.setdefault(item.content, []).append(item)
    more = read_batches([items[0] for items in first.values()]) if first else ReadResult()
    place_of = {id(item): place for item, place in more.places}
    why = {id(item): refusal for item, refusal in more.refused}
    passing = set(map(id, more.passing))
    for items in first.values():
        for item in items[1:]:
            if id(items[0]) in passing or _of_another(items[0], item, why):
                again.append(item)  # the first one has changed meanwhile, or is gone; or it is not this one whose budget is spent
            elif id(items[0]) in why:
                read.refused.append((item, why[id(items[0])]))
            else:
                read.places.append((item, place_of[id(items[0])]))
    _add(read, more)
    if again:
        _add(read, read_batches(again))
    return read
