"""The audit's own steps in this process, without Prefect or a pool: read, evaluate, put into words."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import duckdb
import pandas as pd

from guantong.flows.audit import build_tables, read_rosters
from guantong.flows.audit.build_tables import write_signs
from guantong.flows.audit.inbox import discover, take_digests
from guantong.flows.audit.kinds import AsOfAudit, AuditKind
from guantong.flows.audit.side_lists import write_relations
from guantong.flows.records import Input, PackEntry
from guantong.flows.workers import limits
from guantong.rules.evaluation.evaluate import add_words, evaluate
from guantong.rules.evaluation.relations import load_relations
from guantong.rules.policy.load import Policy, load
from guantong.rules.rulebook import rulebook
from guantong.schemas.reading.batch import read_batch, write_batch

AS_OF = dt.date(2025, 12, 31)
TODAY = AsOfAudit(AS_OF)
Place = tuple[str, str, int]  # source file, sheet, row


@dataclass
class Audited:
    """What an audit found, in the words of the contract's tables."""

    people: pd.DataFrame
    verdicts: pd.DataFrame
    findings: pd.DataFrame
    files: pd.DataFrame
    claims: pd.DataFrame

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
    policy = load(policy) if isinstance(policy, str) else policy
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        places = []
        for at in range(0, len(inputs), batch):
            part = inputs[at : at + batch]
            paths, pack = tuple(item.path for item in part), work / f"pack{at}"
            if read_once:
                pack = Path(_read_before(paths).name) / "pack"
            else:
                write_batch(read_batch(list(paths), b"key"), pack)
            places += [(item, PackEntry(pack, number)) for number, item in enumerate(part)]
        return _evaluated(work, places, policy, kind)


@cache
def _read_before(paths: tuple[Path, ...]) -> tempfile.TemporaryDirectory:
    """A folder that holds, until the tests end, the pack of these files."""
    folder = tempfile.TemporaryDirectory()
    write_batch(read_batch(list(paths), b"key"), Path(folder.name) / "pack")
    return folder


def _evaluated(work: Path, places: list[tuple[Input, PackEntry]], policy: Policy, kind: AuditKind) -> Audited:
    with build_tables.connect(work, *build_tables.packs(places)) as con:
        build_tables.load_packs(con, places, kind.award_day)
        kind.evaluate(con, policy)
        build_tables.finish_findings(con, kind.day, kind.findings)
        return Audited(*(_table(con, name) for name in ("people", "verdict_words", "findings_out", "files", "claims")))


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
    with tempfile.TemporaryDirectory() as scratch, patch.multiple(limits, start_clock=lambda *_: None, stop_clock=lambda: None):
        work = Path(scratch)
        inputs = discover([folder], work / "out").inputs
        take_digests(inputs, 2)
        read = read_rosters.read_inputs(read_rosters.PoolReader(Here(), b"key", work).read, inputs)
        return _evaluated(work, read.packed + read_rosters.pack_refused(read.refused, work), load("liaoning-2019-2"), AsOfAudit(AS_OF))


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
            add_words(con, load("liaoning-2019-2"))
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
            add_words(con, policy)
            build_tables.export(con, AsOfAudit(as_of), policy, data)
    build_tables.write_words(data, rulebook(policy, as_of), policy)
    write_relations(data, load_relations())


def audited_file(path: Path, **options: object) -> Audited:
    """Audit one workbook."""
    return audited([(path, path.name)], **options)


def _table(con: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    return con.execute(f"SELECT * FROM {name} ORDER BY ALL").df()
