"""Reading batches of files in worker processes: whatever a file does to its worker, it costs that file only."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from pebble import ProcessExpired, ProcessFuture, ProcessPool

from guantong.flows import guard
from guantong.flows.cache import Cache, Place
from guantong.flows.inventory import Input
from guantong.flows.workers import fresh_pool, result_of
from guantong.schemas.workbook import Refusal

MOST_CELLS = 1_500_000  # raw cells that a worker holds before it puts a batch together
# Refusals that depend on the content alone; others may turn out otherwise next time.
_OF_CONTENT = frozenset(
    {None, "not_a_workbook", "unsupported_format", "wps_format", "encrypted", "damaged", "too_large", "macro_sheet", "no_roster_sheet"}
)
_MEMORY = "memory"
SLOW = f"读取用时超过{guard.WALL_SECONDS}秒"
DIED = "读取程序异常终止，可能因内存不足或文件结构异常"


class ReaderFailed(Exception):
    """The reading of a file failed in our own code, or for want of memory; the text says where, and quotes no cell."""


@dataclass
class Read:
    """What came of reading: each file's place, or why it is refused; how many were ``kept`` from before; ``trouble`` with the cache.

    ``passing``: files of those in ``places`` that were refused for what may be otherwise next time.
    ``seconds``: (how long it took, file) of each file that was read.
    """

    places: list[tuple[Input, Place]] = field(default_factory=list)
    refused: list[tuple[Input, Refusal]] = field(default_factory=list)
    kept: int = 0
    trouble: str | None = None
    seconds: list[tuple[float, Input]] = field(default_factory=list)
    passing: list[Input] = field(default_factory=list)


Seen = Callable[[int, int], None]  # is told how many more files and rows have been read


def unseen(_files: int, _rows: int) -> None:
    """For who can't be told while files are read."""


def read_part(
    paths: list[Path], key: bytes, work: Path, journal: Path, cache_folder: Path | None, sums: Sequence[str | None] = ()
) -> None:
    """Runs in a worker: read files into packs under ``work``, and note each step in ``journal``, so that it outlives the worker.

    ``sums``: the SHA-256 of each when the audit began; one of other bytes by now is refused.
    """
    from guantong.schemas.batch import read_batches, write_batch

    cache = Cache(cache_folder, key) if cache_folder else None
    with journal.open("a", encoding="utf-8", buffering=1) as notes:

        def begin(number: int | None, rows: int) -> None:
            notes.write(json.dumps({"begin": number, "rows": rows, "time": time.monotonic()}) + "\n")
            guard.start_clock()

        batches = read_batches(paths, key, MOST_CELLS, begin, sums)
        while (made := _next(batches)) is not None:
            first, batch = made
            name = secrets.token_hex(8)
            write_batch(batch, work / name)
            told = batch.files[["file_no", "sha256", "suffix", "reason"]].astype(object)
            files = list(told.where(told.notna(), None).itertuples(index=False, name=None))
            if cache is not None:
                cache.keep(work / name, {(sha, suffix): at for at, sha, suffix, reason in files if sha and reason in _OF_CONTENT})
            note = {"pack": name, "first": first, "sums": [sha for _, sha, _, _ in files],
                    "passing": [at for at, _, _, reason in files if reason not in _OF_CONTENT]}  # fmt: skip
            notes.write(json.dumps(note) + "\n")
        if cache is not None and cache.trouble:
            notes.write(json.dumps({"trouble": cache.trouble}) + "\n")


def _next(batches: Iterator[tuple]) -> tuple | None:
    """The next batch, in the time that `guard.start_clock` gives. Raises ReaderFailed."""
    try:
        return next(batches, None)
    except (MemoryError, duckdb.OutOfMemoryException):
        raise ReaderFailed(_MEMORY) from None
    except Exception as error:  # a fault of ours must not end the audit of the other files
        if os.environ.get("GUANTONG_DEBUG"):
            raise
        raise ReaderFailed(whereabouts(error)) from None
    finally:
        guard.stop_clock()


def whereabouts(error: Exception) -> str:
    """The kind of an error and the line of ours that it came from; its text may quote a cell."""
    place = error.__traceback__
    last = ""
    while place is not None:
        if "guantong" in (name := place.tb_frame.f_globals.get("__name__") or ""):
            last = f"{name.removeprefix('guantong.')}:{place.tb_lineno}"
        place = place.tb_next
    return f"{type(error).__name__}，{last}"


def read_guarded(
    pool: ProcessPool,
    inputs: list[Input],
    key: bytes,
    work: Path,
    cache_folder: Path | None,
    seen: Seen = unseen,
    own: ProcessPool | None = None,
) -> Read:
    """Read files in the pool. Where their worker dies, the file at fault is tried once more alone, then refused; the others are read on.

    Alone it is in a pool of its ``own``, whose worker has done nothing yet; only ``pool`` is stopped where the audit is.
    """
    read, todo, unstarted = Read(), list(inputs), 0
    while todo:
        journal = work / f"journal-{secrets.token_hex(8)}"
        task = (own or pool).schedule(read_part, args=([item.path for item in todo], key, work, journal, cache_folder, [item.sha256 for item in todo]))
        problem = _problem(pool, task, _follower(journal, seen))
        done, at_fault = _settle(journal, todo, work, read)
        if problem is None:
            return read
        if at_fault is None:  # it did not even begin: no file is at fault
            unstarted += 1
            if unstarted == 3:
                raise RuntimeError("workers die before they begin to read")
            continue
        culprits = [todo[at_fault]] if at_fault >= 0 else todo[done:]
        if len(culprits) == 1 and (own or problem.code == "reader_failed" or problem.detail == SLOW):
            read.refused.append((culprits[0], problem))
        else:
            for item in culprits:
                with fresh_pool() as fresh:
                    _add(read, read_guarded(pool, [item], key, work, cache_folder, seen, fresh))
        todo = [item for item in todo[done:] if all(item is not culprit for culprit in culprits)]
    return read


def _problem(pool: ProcessPool, task: ProcessFuture, meanwhile: Callable[[], None]) -> Refusal | None:
    """Wait for a worker that reads files; gives why it did not come to its end."""
    try:
        result_of(pool, task, meanwhile)
    except ProcessExpired as error:
        return Refusal("too_large", SLOW) if guard.ran_out_of_time(error.exitcode) else Refusal("damaged", DIED)
    except ReaderFailed as error:
        return Refusal("too_large", "读取所需的内存超出限额") if str(error) == _MEMORY else Refusal("reader_failed", str(error))
    finally:
        meanwhile()
    return None


def _notes(journal: Path) -> list[dict]:
    """What a worker has noted, but for a last line that it is writing, or died while writing."""
    lines = journal.read_text(encoding="utf-8").split("\n")[:-1] if journal.exists() else []
    return [json.loads(line) for line in lines]


def _follower(journal: Path, seen: Seen) -> Callable[[], None]:
    """A function that tells ``seen`` what has been read since it was last called."""
    told = [0, 0]

    def follow() -> None:
        files = rows = held = 0
        for note in _notes(journal):
            if "begin" in note:
                held = note["rows"]
                files = files if note["begin"] is None else note["begin"]
            elif "pack" in note:
                files, rows, held = note["first"] + len(note["sums"]), rows + held, 0
        seen(max(files - told[0], 0), max(rows + held - told[1], 0))
        told[:] = max(files, told[0]), max(rows + held, told[1])

    return follow


def _settle(journal: Path, inputs: list[Input], work: Path, read: Read) -> tuple[int, int | None]:
    """Take what a worker has finished from its journal: how many of the files; and the one it was at, -1 while it put them together."""
    done, at, since = 0, None, 0.0
    for note in _notes(journal):
        if "begin" in note:
            if at is not None and at >= 0:
                read.seconds.append((note["time"] - since, inputs[at]))
            at, since = -1 if note["begin"] is None else note["begin"], note["time"]
        elif "trouble" in note:
            read.trouble = note["trouble"]
        else:
            done = note["first"] + len(note["sums"])
            for number, sha256 in enumerate(note["sums"]):
                item = inputs[note["first"] + number]
                item.sha256 = sha256
                read.places.append((item, Place(work / note["pack"], number)))
            read.passing += [inputs[note["first"] + number] for number in note["passing"]]
    return done, at


def told_of(read: Read, inputs: list[Input]) -> Read:
    """What another process has read, told of these ``inputs`` rather than of its copies of them; their sums are set."""
    mine = {item.file_no: item for item in inputs}
    for item, _ in read.places:
        mine[item.file_no].sha256 = item.sha256
    return Read(
        [(mine[item.file_no], place) for item, place in read.places],
        [(mine[item.file_no], refusal) for item, refusal in read.refused],
        read.kept,
        read.trouble,
        [(seconds, mine[item.file_no]) for seconds, item in read.seconds],
        [mine[item.file_no] for item in read.passing],
    )


def join(parts: Iterable[Read]) -> Read:
    """What came of several batches, as of one."""
    read = Read()
    for part in parts:
        _add(read, part)
    return read


def _add(read: Read, more: Read) -> None:
    read.places += more.places
    read.refused += more.refused
    read.kept += more.kept
    read.seconds += more.seconds
    read.passing += more.passing
    read.trouble = more.trouble or read.trouble


def read_all(read_batches: Callable[[list[Input]], Read], inputs: list[Input], kept: dict[tuple[str, str], Place]) -> Read:
    """Read files by ``read_batches``, those of the same content once, and those whose content is ``kept`` not at all."""
    read, first, again = Read(), {}, []
    for item in inputs:
        if item.refusal is not None:
            read.refused.append((item, item.refusal))
        elif item.content in kept:
            read.places.append((item, kept[item.content]))
            read.kept += 1
        else:
            first.setdefault(item.content, []).append(item)
    more = read_batches([items[0] for items in first.values()]) if first else Read()
    place_of = {id(item): place for item, place in more.places}
    why = {id(item): refusal for item, refusal in more.refused}
    passing = set(map(id, more.passing))
    for items in first.values():
        for item in items[1:]:
            if id(items[0]) in passing:
                again.append(item)  # the first one has changed meanwhile, or is gone
            elif id(items[0]) in why:
                read.refused.append((item, why[id(items[0])]))
            else:
                read.places.append((item, place_of[id(items[0])]))
    _add(read, more)
    if again:
        _add(read, read_batches(again))
    return read
