"""Reading batches of files in worker processes: whatever a file does to its worker, it costs that file only."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from guantong.flows.errors import CannotRun, ReaderFailed, whereabouts
from guantong.flows.records import Input, PackedInputs, PackEntry, ReadResult
from guantong.flows.storage.result_cache import Cache
from guantong.flows.workers import limits
from guantong.flows.workers.budgets import OVER_BUDGET, TASK_SECONDS, Budgets, submitter_of, too_slow
from guantong.flows.workers.pool import MAX_STARTS, NO_WORKER, Pool, WorkerDied, wait_for_result
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.own_words import OwnWords
from guantong.schemas.side_lists.read_list import ListError

MOST_CELLS = 1_500_000  # raw cells that a worker holds before it puts a batch together
# Refusals that depend on the content alone; others may turn out otherwise next time.
_OF_CONTENT = frozenset(
    {
        None,
        "not_a_workbook",
        "archive",
        "unsupported_format",
        "wps_format",
        "encrypted",
        "damaged",
        "too_large",
        "macro_sheet",
        "no_roster_sheet",
        "people_in_columns",
    }
)
_MEMORY = "memory"
SLOW = f"读取用时超过{limits.WALL_SECONDS}秒"
FULL = "读取所需的内存超出限额"
DIED = "读取程序异常终止，可能因内存不足或文件结构异常"

OnProgress = Callable[[int, int], None]  # called with how many more files and rows have been read


def ignore_progress(_files: int, _rows: int) -> None:
    """The `OnProgress` of a process that has no way to the screen."""


@dataclass(frozen=True)
class Batch:
    """Files for a worker to read into packs under ``work``.

    ``seconds``: what each may take (`limits.start_clock`). ``sums``: the SHA-256 of each when the audit began; a file of other bytes by now is
    refused. ``journal``: the file in which the worker notes each step, so that it outlives the worker. ``words``: a bureau's own.
    """

    paths: list[Path]
    seconds: list[float | None]
    sums: list[str | None]
    key: bytes = field(repr=False)
    work: Path
    journal: Path
    cache_folder: Path | None
    words: OwnWords = field(default_factory=OwnWords, repr=False)


def read_batch(batch: Batch) -> None:
    """Runs in a worker: read files into packs, and keep them in the cache. Not all of them are read where it takes long, or much memory."""
    from guantong.schemas.reading.batch import read_batches, write_batch

    cache, began = Cache(batch.cache_folder, batch.key, batch.words.digest) if batch.cache_folder else None, time.monotonic()
    with batch.journal.open("a", encoding="utf-8", buffering=1) as journal:

        def begin(number: int | None, rows: int) -> None:
            journal.write(json.dumps({"begin": number, "rows": rows, "time": time.monotonic()}) + "\n")
            limits.start_clock(None if number is None else batch.seconds[number])

        def enough() -> bool:
            return time.monotonic() - began > TASK_SECONDS or limits.needs_renewal()

        tables = read_batches(batch.paths, batch.key, MOST_CELLS, begin, batch.sums, enough, batch.words)
        while (numbered := call_in_time(next, tables, None)) is not None:  # ``begin`` starts the clock anew for each file
            first, pack = numbered
            name = secrets.token_hex(8)
            try:
                write_batch(pack, batch.work / name)
            except MemoryError:
                raise ReaderFailed(_MEMORY) from None
            columns = pack.files[["file_no", "sha256", "suffix", "reason"]].astype(object)
            files = list(columns.where(columns.notna(), None).itertuples(index=False, name=None))
            if cache is not None:
                cache.keep_pack(
                    batch.work / name, {(sha, suffix): at for at, sha, suffix, reason in files if sha and reason in _OF_CONTENT}
                )
            note = {"pack": name, "first": first, "sums": [sha for _, sha, _, _ in files], "time": time.monotonic(),
                    "transient": [at for at, _, _, reason in files if reason not in _OF_CONTENT]}  # fmt: skip
            journal.write(json.dumps(note) + "\n")
            if enough():
                break
        if cache is not None and cache.trouble:
            journal.write(json.dumps({"trouble": cache.trouble}) + "\n")


def call_in_time(read: Callable, *arguments: object) -> object:
    """Runs in a worker: what ``read`` gives, in the time of one file. Raises ReaderFailed, or ListError where that is what it raises."""
    with limits.time_of_one_file(), faults_as_reader_failed():
        return read(*arguments)


@contextmanager
def faults_as_reader_failed() -> Iterator[None]:
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
class _Attempt:
    """How files are read: by a ``new_worker``; in an ``exclusive`` one, while all others rest; in a ``retry``, as one of them ended a worker."""

    new_worker: bool = False
    exclusive: bool = False
    retry: bool = False


@dataclass(frozen=True)
class PoolReader:
    """Reads files in the workers of a pool, within the ``budgets`` and by a bureau's own ``words``, into packs under ``work``; new packs are kept in
    ``cache_folder``.
    """

    pool: Pool
    key: bytes = field(repr=False)
    work: Path
    cache_folder: Path | None = None
    budgets: Budgets = field(default_factory=Budgets)
    on_progress: OnProgress = ignore_progress
    words: OwnWords = field(default_factory=OwnWords, repr=False)

    def read(self, inputs: list[Input], attempt: _Attempt = _Attempt()) -> ReadResult:
        """Read files. Where a worker dies or fails, the files at fault are tried once more in a fresh one, by halves where it might be any
        of several, then the file is refused; the others are read on. Raises CannotRun where no worker can be started.
        """
        result, todo, unstarted = ReadResult(), list(inputs), 0
        while todo := self._within_budget(todo, result):
            batch = self._batch(todo)
            failure = self._run(batch, attempt)
            done, suspects = self._take_journal(batch.journal, todo, result)
            if failure is None:
                todo = todo[done:]
            elif suspects is None:  # it did not even begin: no file is at fault
                todo, unstarted = todo[done:], unstarted + 1
                if unstarted == MAX_STARTS:
                    raise CannotRun(NO_WORKER)
            else:
                result.add(self._retry_or_refuse(todo[suspects], failure, batch.seconds[suspects.start], attempt))
                todo = [*todo[done : suspects.start], *todo[suspects.stop :]]
        return result

    def _within_budget(self, todo: list[Input], result: ReadResult) -> list[Input]:
        """The files that are still to be read; those that are over the budget are refused."""
        refusals = [self.budgets.refusal(item) for item in todo]
        result.refused += [(item, refusal) for item, refusal in zip(todo, refusals, strict=True) if refusal]
        return [item for item, refusal in zip(todo, refusals, strict=True) if not refusal]

    def _batch(self, todo: list[Input]) -> Batch:
        return Batch(
            paths=[item.path for item in todo],
            seconds=[self.budgets.seconds_for(item) for item in todo],
            sums=[item.sha256 for item in todo],
            key=self.key,
            work=self.work,
            journal=self.work / f"journal-{secrets.token_hex(8)}",
            cache_folder=self.cache_folder,
            words=self.words,
        )

    def _run(self, batch: Batch, attempt: _Attempt) -> Failure | None:
        """Have a worker read the batch, and wait; gives why it did not come to its end."""
        task = self.pool.schedule(read_batch, (batch,), new_worker=attempt.new_worker, exclusive=attempt.exclusive)
        report = _progress_of(batch.journal, self.on_progress)
        try:
            wait_for_result(task, report)
        except (WorkerDied, ReaderFailed) as error:
            return failure_of(error)
        finally:
            report()
        return None

    def _retry_or_refuse(self, suspects: list[Input], failure: Failure, seconds: float | None, attempt: _Attempt) -> ReadResult:
        """Read files again of which one was the death of its worker, or refuse it. ``seconds``: what the first of them was given."""
        is_slow = failure.refusal.detail == SLOW
        if len(suspects) == 1 and not failure.is_for_room and (attempt.retry or is_slow):
            return ReadResult(refused=[(suspects[0], too_slow(seconds) if seconds and is_slow else failure.refusal)])
        if failure.is_for_room:
            return self.read(suspects, replace(attempt, exclusive=True))
        middle = len(suspects) // 2 if attempt.retry else 0
        parts = [part for part in (suspects[:middle], suspects[middle:]) if part]
        return join_results(self.read(part, _Attempt(new_worker=True, exclusive=attempt.exclusive, retry=True)) for part in parts)

    def _take_journal(self, journal: Path, inputs: list[Input], result: ReadResult) -> tuple[int, slice | None]:
        """Take what a worker has finished from its journal, and charge the time. Gives how many of the files are done; and those of the rest
        that it was at, None where it had not begun.
        """
        done, at, since, last = 0, None, 0.0, 0
        for note in _notes(journal):
            if "trouble" in note:
                result.cache_trouble = note["trouble"]
                continue
            if at is not None:
                result.seconds.append((note["time"] - since, inputs[at]))
                self.budgets.charge(inputs[at].source_file, inputs[at].size, note["time"] - since)
            at, since = note.get("begin"), note["time"]
            last = last if at is None else at + 1
            if "pack" in note:
                done = note["first"] + len(note["sums"])
                for number, sha256 in enumerate(note["sums"]):
                    item = inputs[note["first"] + number]
                    item.sha256 = sha256
                    result.packed.append((item, PackEntry(self.work / note["pack"], number)))
                result.transient += [inputs[note["first"] + number] for number in note["transient"]]
        if at is not None:
            self.budgets.charge(inputs[at].source_file, inputs[at].size, time.monotonic() - since)
            return done, slice(at, at + 1)
        return done, slice(done, last) if last > done else None


@dataclass(frozen=True)
class Failure:
    """Why a worker did not come to the end of its task, as a file that is at fault would be refused. ``is_for_room``: no file is at fault,
    there was no memory for all workers.
    """

    refusal: Refusal
    is_for_room: bool = False


def failure_of(error: WorkerDied | ReaderFailed) -> Failure:
    """What a worker's end says of the file that it was at."""
    if isinstance(error, ReaderFailed):
        return Failure(Refusal("too_large", FULL) if str(error) == _MEMORY else Refusal("reader_failed", str(error)))
    if error.why == limits.WORKER_MEMORY_OVER:
        return Failure(Refusal("too_large", FULL))
    is_slow = limits.ran_out_of_time(error.exitcode)
    return Failure(Refusal("too_large", SLOW) if is_slow else Refusal("damaged", DIED), error.why == limits.POOL_MEMORY_OVER)


def _notes(journal: Path) -> list[dict]:
    """What a worker has noted, but for a last line that it is writing, or died while writing."""
    lines = journal.read_text(encoding="utf-8").split("\n")[:-1] if journal.exists() else []
    return [json.loads(line) for line in lines]


def _progress_of(journal: Path, on_progress: OnProgress) -> Callable[[], None]:
    """A function that calls ``on_progress`` with what has been read since it was last called."""
    reported = [0, 0]

    def report() -> None:
        files = rows = held = 0
        for note in _notes(journal):
            if "begin" in note:
                held = note["rows"]
                files = files if note["begin"] is None else note["begin"]
            elif "pack" in note:
                files, rows, held = note["first"] + len(note["sums"]), rows + held, 0
        on_progress(max(files - reported[0], 0), max(rows + held - reported[1], 0))
        reported[:] = max(files, reported[0]), max(rows + held, reported[1])

    return report


def rebind_inputs(result: ReadResult, inputs: list[Input]) -> ReadResult:
    """What another process has read, with these ``inputs`` in the place of its copies of them; their sums are set."""
    own = {item.file_no: item for item in inputs}
    for item, _ in result.packed:
        own[item.file_no].sha256 = item.sha256
    return replace(
        result,
        packed=[(own[item.file_no], entry) for item, entry in result.packed],
        refused=[(own[item.file_no], refusal) for item, refusal in result.refused],
        seconds=[(seconds, own[item.file_no]) for seconds, item in result.seconds],
        transient=[own[item.file_no] for item in result.transient],
    )


def join_results(parts: Iterable[ReadResult]) -> ReadResult:
    """What came of several batches, as of one."""
    whole = ReadResult()
    for part in parts:
        whole.add(part)
    return whole


class UniqueContents:
    """Inputs of which each content is read once, and those in the cache not at all: whoever reads them reads ``todo`` and adds what came of it,
    until there is none; ``result`` is of all inputs then.

    ``cached``: what the cache holds, by content (`Input.content`).
    """

    def __init__(self, inputs: list[Input], cached: dict[tuple[str, str], PackEntry]) -> None:
        self.result = ReadResult()
        by_content: dict[tuple[str, str], list[Input]] = {}
        for item in inputs:
            if item.refusal is not None:
                self.result.refused.append((item, item.refusal))
            elif item.content in cached:
                self.result.packed.append((item, cached[item.content]))
                self.result.from_cache += 1
            else:
                by_content.setdefault(item.content, []).append(item)
        self.todo = [items[0] for items in by_content.values()]
        # (the one that is read, one of the same content)
        self._others = [(items[0], item) for items in by_content.values() for item in items[1:]]

    def add(self, more: ReadResult) -> None:
        """Add what came of ``todo``, and what follows for inputs of the same contents; to do are now those for which nothing does."""
        entry_of = {id(item): entry for item, entry in more.packed}
        refusal_of = {id(item): refusal for item, refusal in more.refused}
        transient, self.todo = set(map(id, more.transient)), []
        for first, item in self._others:
            refusal = refusal_of.get(id(first))
            if id(first) in transient or (refusal is not None and _is_others_budget(refusal, first, item)):
                self.todo.append(item)  # the first one has changed meanwhile, or is gone; or it is not this one whose budget is spent
            elif refusal is not None:
                self.result.refused.append((item, refusal))
            else:
                self.result.packed.append((item, entry_of[id(first)]))
        self._others = []
        self.result.add(more)


def _is_others_budget(refusal: Refusal, first: Input, item: Input) -> bool:
    """Whether a file was refused for what its submitter has spent, and ``item`` is another's."""
    return refusal.code == OVER_BUDGET and submitter_of(first.source_file) != submitter_of(item.source_file)


def read_inputs(read: Callable[[list[Input]], ReadResult], inputs: list[Input]) -> ReadResult:
    """Read files by ``read``, those of the same content once."""
    contents = UniqueContents(inputs, {})
    while contents.todo:
        contents.add(read(contents.todo))
    return contents.result


def pack_refused(refused: list[tuple[Input, Refusal]], work: Path) -> PackedInputs:
    """Write the pack of files that are refused unread."""
    if not refused:
        return []
    from guantong.schemas.reading.batch import refused_batch, write_batch

    write_batch(refused_batch([(item.path, refusal) for item, refusal in refused]), work / "refused")
    return [(item, PackEntry(work / "refused", number)) for number, (item, _) in enumerate(refused)]
