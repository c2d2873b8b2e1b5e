"""The corpus of small rosters (tests/reading/corpus): each read and judged as if it were alone in the inbox, and what it gives in words."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import duckdb
import pandas as pd

from guantong.flows.audit import build_tables, read_rosters
from guantong.flows.audit.inbox import discover, take_digests
from guantong.flows.audit.kinds import AsOfAudit
from guantong.flows.records import PackedInputs
from guantong.flows.workers import limits
from guantong.rules.policy.load import load
from tests.support.inprocess import AS_OF, Here

FOLDER = Path(__file__).parent.parent / "reading" / "corpus"
TABLE = FOLDER / "must_give.csv"
EVERYBODY = "*"


@dataclass(frozen=True)
class Line:
    """A line of the table: what a file must give. ``row``: blank for the whole file, `EVERYBODY`, or a row's number; ``what``: see `told`."""

    file: str
    as_of: dt.date
    row: str
    what: str
    must: str

    def __str__(self) -> str:
        return "-".join(filter(None, (self.file, self.row, self.what)))


def lines() -> list[Line]:
    """The lines of the table; a file's day stands in its first line, and is `AS_OF` where it is blank."""
    days: dict[str, dt.date] = {}
    found = []
    with TABLE.open(encoding="utf-8", newline="") as table:
        for each in csv.DictReader(table):
            day = days.setdefault(each["file"], dt.date.fromisoformat(each["as_of"]) if each["as_of"] else AS_OF)
            found.append(Line(each["file"], day, each["row"], each["what"], each["must"]))
    return found


def told(line: Line) -> list[str]:
    """What the file of a line gives, of the whole file or of each row that is meant.

    Of a file ``what`` is ``file`` (read, passed over, or why it was refused), ``message``, ``people`` (how many are evaluated, and +how many
    rejected), ``names``, or ``findings`` (those of headers, sheet and file). Of a row it is ``held`` (the credentials), ``findings``, a route
    of the policy, or a column of persons.parquet or of the typed rows.
    """
    tables = _audited(line.as_of)
    of_file = tables.of(line.file)
    if not line.row:
        return [_of_file(of_file, line.what)]
    people = of_file.persons if line.row == EVERYBODY else of_file.persons[of_file.persons["row"] == int(line.row)]
    assert len(people), "no such row is a person's"
    return [_of_person(of_file, person, line.what) for _, person in people.iterrows()]


@dataclass(frozen=True)
class _Tables:
    files: pd.DataFrame
    persons: pd.DataFrame
    verdicts: pd.DataFrame
    findings: pd.DataFrame
    rows: pd.DataFrame

    def of(self, file: str) -> _Tables:
        """What the tables hold of one file."""
        return _Tables(*(table[table["source_file"] == file] for table in vars(self).values()))


@cache
def _audited(day: dt.date) -> _Tables:
    """All files of the corpus as of a day."""
    policy, kind, (folder, packed) = load("liaoning-2019-2"), AsOfAudit(day), _read()
    with tempfile.TemporaryDirectory(dir=folder.name) as scratch:
        work = Path(scratch)
        with build_tables.connect(work, *build_tables.packs(packed)) as con:
            build_tables.load_packs(con, packed)
            kind.evaluate(con, policy)
            build_tables.export(con, kind, policy, work)
            return _Tables(
                *(pd.read_parquet(work / f"{name}.parquet") for name in ("files", "persons", "verdicts", "findings")),
                _rows(con),
            )


@cache
def _read() -> tuple[tempfile.TemporaryDirectory, PackedInputs]:
    """All files of the corpus, and the folder that holds, until the tests end, what was read."""
    folder = tempfile.TemporaryDirectory()
    work = Path(folder.name)
    inputs = discover([FOLDER], work / "out").inputs
    take_digests(inputs, 2)
    packed, refused = [], []
    with patch.multiple(limits, start_clock=lambda *_: None, stop_clock=lambda: None):
        for item in inputs:
            # a key of its own: one person may stand in many files here
            read = read_rosters.read_inputs(read_rosters.PoolReader(Here(), item.source_file.encode(), work).read, [item])
            packed += read.packed
            refused += read.refused
    return folder, packed + read_rosters.pack_refused(refused, work)


def _rows(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    found = con.sql("SELECT people.source_file, rows.* FROM rows JOIN people USING (pid) ORDER BY pid")
    return pd.DataFrame(found.to_arrow_table().to_pylist(), dtype=object)


def _of_file(tables: _Tables, what: str) -> str:
    if tables.files.empty:
        return "passed over"
    file = tables.files.iloc[0]
    if what == "file":
        return file["status"] if file["status"] == "read" else file["reason"]
    if what == "message":
        return file["message"] or ""
    if what == "people":
        return f"{file['rows_evaluated']}" + (f"+{file['rows_rejected']}" if file["rows_rejected"] else "")
    if what == "names":
        return "、".join(tables.persons.loc[tables.persons["bucket"] == "evaluated", "name"])
    assert what == "findings", what
    return _findings(tables.findings[tables.findings["row"].isna() | ~tables.findings["row"].isin(tables.persons["row"])])


def _of_person(tables: _Tables, person: pd.Series, what: str) -> str:
    row = tables.rows[tables.rows["pid"] == person["pid"]].iloc[0]
    if what == "held":
        return "; ".join(map(_credential, row["credentials"] or ()))
    if what == "findings":
        own = (tables.findings["row"] == person["row"]) & (tables.findings["sheet"] == person["sheet"])
        return _findings(tables.findings[own])
    if "2" in what and "-" in what:
        verdict = tables.verdicts[(tables.verdicts["pid"] == person["pid"]) & (tables.verdicts["route"] == what)]
        return verdict.iloc[0]["outcome"] if len(verdict) else "-"
    return _shown(person[what] if what in person else row[what])


def _findings(findings: pd.DataFrame) -> str:
    """Codes with their columns; hints and missing columns, which every small roster has, left out."""
    told = findings[(findings["severity"] != "hint") & (findings["code"] != "header_missing")]
    return " ".join(
        f"{letter if isinstance(letter, str) else ''}:{code}" for letter, code in zip(told["column"], told["code"], strict=True)
    )


def _credential(one: dict[str, object]) -> str:
    first, last = one["day_lo"], one["day_hi"]
    days = "" if first is None else f" {first}" if first == last else f" {first}..{last}"
    occupation = f"({one['occupation']})" if one["occupation"] else ""
    return f"{one['word']}{occupation}{days}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    if hasattr(value, "__len__"):
        return " ".join(map(str, value))
    return "" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else str(value)
