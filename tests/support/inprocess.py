"""The audit's own steps in this process, without Prefect or a pool: read, evaluate, put into words."""

from __future__ import annotations

import datetime as dt
import tempfile
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from unittest.mock import patch

import duckdb
import pandas as pd

from guantong.flows.audit import build_tables, read_rosters
from guantong.flows.audit.build_tables import write_signs
from guantong.flows.audit.inbox import discover, take_digests
from guantong.flows.audit.kinds import AsOfAudit, AuditKind
from guantong.flows.audit.side_lists import write_relations
from guantong.flows.records import Input, PackedInputs, PackEntry
from guantong.flows.workers import limits
from guantong.rules.evaluation.evaluate import evaluate
from guantong.rules.evaluation.export import make_words
from guantong.rules.evaluation.relations import load_relations
from guantong.rules.policy.load import Policy, load
from guantong.rules.rulebook import rulebook
from guantong.rules.unknown_grades import add_unknown_grades
from guantong.schemas.reading.batch import read_batch, write_batch

AS_OF = dt.date(2025, 12, 31)
TODAY = AsOfAudit(AS_OF)
Place = tuple[str, str, int]  # source file, sheet, row


@dataclass
class Audited:
    """What an audit found, in the words of the contract's tables. ``judge`` gives verdicts and claims, once they are asked for."""

    people: pd.DataFrame
    findings: pd.DataFrame
    files: pd.DataFrame
    judge: Callable[[], tuple[pd.DataFrame, pd.DataFrame]]

    @property
    def verdicts(self) -> pd.DataFrame:
        return self._judged[0]

    @property
    def claims(self) -> pd.DataFrame:
        return self._judged[1]

    @cached_property
    def _judged(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return self.judge()

    def routes(self) -> dict[Place, dict[str, tuple]]:
        """For each evaluated person's place: route → (outcome, target, eligible_on, since, not_met, unknown)."""
        evaluated = self.people[self.people["bucket"] == "evaluated"]
        found: dict[Place, dict[str, tuple]] = {place: {} for place in places(evaluated)}
        columns = ["route", "outcome", "target", "eligible_on", "since", "not_met", "unknown"]
        for place, line in zip(places(self.verdicts), self.verdicts[columns].itertuples(index=False), strict=True):
            found[place][line.route] = told(line)
        return found

    def named(self) -> dict[str, dict[str, tuple]]:
        """The same, by the person's name; names are to be unique."""
        names = dict(zip(places(self.people), self.people["name"], strict=True))
        assert len(set(names.values())) == len(names), "names must be unique"
        return {names[place]: verdicts for place, verdicts in self.routes().items()}


def places(table: pd.DataFrame) -> list[Place]:
    """The place of each row of a table."""
    return list(zip(table["source_file"], table["sheet"], table["row"].astype(int), strict=True))


def told(line: object) -> tuple:
    """A verdict in plain Python: outcome, target, eligible_on, since, not_met, unknown."""
    target = line.target if isinstance(line.target, str) else None
    return line.outcome, target, day(line.eligible_on), day(line.since), frozenset(line.not_met), frozenset(line.unknown)


def day(value: object) -> dt.date | None:
    """A cell of a date column as a date, or None."""
    return None if pd.isna(value) else pd.Timestamp(value).date()


def audited(
    files: Iterable[tuple[Path, str]],
    policy: str | Policy = "liaoning-2019-2",
    kind: AuditKind = TODAY,
    batch: int = 1000,
    read_once: bool = False,
) -> Audited:
    """Audit (path, source_file) of each roster, ``batch`` files read at a time; ``read_once``: not again where these files were read so before."""
    inputs = [Input(number, path, name) for number, (path, name) in enumerate(files)]
    policy = _loaded(policy) if isinstance(policy, str) else policy
    with ExitStack() as held:
        work = Path(held.enter_context(tempfile.TemporaryDirectory()))
        places = []
        for at in range(0, len(inputs), batch):
            part = inputs[at : at + batch]
            paths, pack = tuple(item.path for item in part), work / f"pack{at}"
            if read_once:
                pack = Path(_read_before(paths).name) / "pack"
            else:
                write_batch(read_batch(list(paths), b"key"), pack)
            places += [(item, PackEntry(pack, number)) for number, item in enumerate(part)]
        return _audited(held.pop_all(), work, places, policy, kind)


_loaded = cache(load)


@cache
def _read_before(paths: tuple[Path, ...]) -> tempfile.TemporaryDirectory:
    """A folder that holds, until the tests end, the pack of these files."""
    folder = tempfile.TemporaryDirectory()
    write_batch(read_batch(list(paths), b"key"), Path(folder.name) / "pack")
    return folder


def _audited(held: ExitStack, work: Path, places: PackedInputs, policy: Policy, kind: AuditKind) -> Audited:
    """What is found of these packs; ``held`` is open for as long as anybody has that."""
    con = held.enter_context(build_tables.connect(work, *build_tables.packs(places)))
    build_tables.load_packs(con, places, kind.award_day)
    if kind.day:
        add_unknown_grades(con, policy)
    else:  # evaluation tells who has no day to be judged as of
        kind.evaluate(con, policy)
    build_tables.finish_findings(con, kind.day, kind.findings)

    def judge() -> tuple[pd.DataFrame, pd.DataFrame]:
        if kind.day:
            kind.evaluate(con, policy)
        return _table(con, "verdict_words"), _table(con, "claims")

    found = Audited(*(_table(con, name) for name in ("people", "findings_out", "files")), judge)
    weakref.finalize(found, held.close)
    return found


class Here:
    """In place of the pool: a task is done at once, in this process, so that a test may patch what it calls."""

    def schedule(self, function: Callable, args: tuple, **_: bool) -> Future:
        future = Future()
        try:
            future.set_result(function(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def audited_inbox(folder: Path) -> Audited:
    """Audit a folder as the command does: what lies there, what is refused unread, what the readers make of the rest."""
    with ExitStack() as held, patch.multiple(limits, start_clock=lambda *_: None, stop_clock=lambda: None):
        work = Path(held.enter_context(tempfile.TemporaryDirectory()))
        inputs = discover([folder], work / "out").inputs
        take_digests(inputs, 2)
        read = read_rosters.read_inputs(read_rosters.PoolReader(Here(), b"key", work).read, inputs)
        packed = read.packed + read_rosters.pack_refused(read.refused, work)
        return _audited(held.pop_all(), work, packed, _loaded("liaoning-2019-2"), TODAY)


def audited_folder(folder: Path, **options: object) -> Audited:
    """Audit every workbook of a folder; the outputs name them by their path in it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return audited([(path, path.relative_to(folder).as_posix()) for path in paths], **options)


def signs_of(folder: Path, order: list[Path] | None = None) -> pd.DataFrame:
    """The signs that an audit of a folder's workbooks gives; ``order``: in which its files are read."""
    files = sorted(order or folder.iterdir())
    numbers = {path: number for number, path in enumerate(files)}
    with tempfile.TemporaryDirectory() as scratch:
        work, places = Path(scratch), []
        for at, path in enumerate(order or files):
            write_batch(read_batch([path], b"key"), work / f"pack{at}")
            places.append((Input(numbers[path], path, path.name), PackEntry(work / f"pack{at}", 0)))
        with build_tables.connect(work) as con:
            build_tables.load_packs(con, places)
            evaluate(con, load("liaoning-2019-2"), AS_OF)
            make_words(con)
            build_tables.export(con, AsOfAudit(AS_OF), load("liaoning-2019-2"), work)
        write_signs(work, work)
        return pd.read_parquet(work / "signs.parquet")


def store_audit(folder: Path, out: Path, policy: Policy, as_of: dt.date = AS_OF) -> None:
    """Audit a folder's workbooks and write ``out``/data as the command does, but for signs and decisions."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    inputs = [Input(number, path, path.name) for number, path in enumerate(paths)]
    data = out / "data"
    data.mkdir()
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        write_batch(read_batch(paths, b"key"), work / "pack")
        with build_tables.connect(work, data) as con:
            build_tables.load_packs(con, [(item, PackEntry(work / "pack", item.file_no)) for item in inputs])
            evaluate(con, policy, as_of)
            make_words(con)
            build_tables.export(con, AsOfAudit(as_of), policy, data)
    build_tables.write_words(data, rulebook(policy, as_of), policy)
    write_relations(data, load_relations())


def audited_file(path: Path, **options: object) -> Audited:
    """Audit one workbook."""
    return audited([(path, path.name)], **options)


def _table(con: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    return con.execute(f"SELECT * FROM {name} ORDER BY ALL").df()
