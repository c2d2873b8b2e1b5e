"""The audit's steps, in order, without Prefect: discover, read, evaluate, export, publish."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import uuid
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import duckdb

from guantong.rules.policy import Policy
from guantong.schemas.batch import Input
from guantong.schemas.text import mask_numbers
from guantong.schemas.workbook import SUFFIXES, fault

OUTPUTS = ("run.json", "data", "units", "returned", "bureau")
BATCH_BYTES = 4_000_000
_OTHER_TABLES = frozenset({".et", ".ett", ".csv", ".tsv", ".numbers", ".xlt", ".xltx", ".xltm", ".fods"})
# Files beside rosters that a person should know were not read; anything else is of no interest.
_DOCUMENTS = frozenset({".doc", ".docx", ".wps", ".pdf", ".txt", ".zip", ".rar", ".7z", ".jpg", ".jpeg", ".png", ".html", ".htm", ".xml"})
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


class CannotRun(Exception):
    """The audit can't run at all (exit status 2); the message, in Chinese, says why and what to do."""


@dataclass
class Found:
    """What the given paths hold: rosters to read in the order of their names, and files passed over by suffix."""

    inputs: list[Input]
    passed_over: dict[str, int] = field(default_factory=dict)


def discover(paths: list[Path], out: Path) -> Found:
    """Every workbook under ``paths``; a folder is searched through, but not outputs and hidden folders in it.

    Files of other spreadsheet programs are taken too, to be refused by name; other documents are counted.
    Raises CannotRun where a path does not exist or can't be listed.
    """
    found: dict[Path, tuple[Path, str]] = {}
    passed_over: dict[str, int] = {}
    for given in paths:
        if not given.exists():
            raise CannotRun(f"找不到“{given}”，请检查路径")
        if given.is_file():
            found.setdefault(given.resolve(), (given, mask_numbers(given.name)))
            continue
        for folder, names, files in os.walk(given, onerror=_unlistable):
            names[:] = sorted(name for name in names if not name.startswith(".") and not _is_output(Path(folder) / name, out))
            for name in sorted(files):
                path = Path(folder) / name
                suffix = path.suffix.lower()
                kind = "~$" if name.startswith("~$") else suffix
                if kind == "~$" or kind in _DOCUMENTS:
                    passed_over[kind] = passed_over.get(kind, 0) + 1
                elif kind in SUFFIXES | _OTHER_TABLES:
                    found.setdefault(path.resolve(), (path, mask_numbers(path.relative_to(given).as_posix())))
    named = _unlike([(path, name, given) for (path, name), given in zip(found.values(), found, strict=True)])
    named.sort(key=lambda item: item[1])
    return Found([Input(number, path, name) for number, (path, name) in enumerate(named)], passed_over)


def _is_output(folder: Path, out: Path) -> bool:
    """Whether a folder is an audit's output, this one's or another's: its workbooks are reports, not rosters."""
    if folder.resolve() == out.resolve():
        return True
    try:
        return json.loads((folder / "run.json").read_text(encoding="utf-8")).get("tool") == "guantong"
    except (OSError, ValueError, AttributeError):
        return False  # no run.json, or not one of ours


def _unlistable(error: OSError) -> None:
    raise CannotRun(f"无法打开文件夹“{error.filename}”：{fault(error)}") from error


def _unlike(items: list[tuple[Path, str, Path]]) -> list[tuple[Path, str]]:
    """Two rosters of one name out of two folders: the outputs name them by folder too."""
    names = [name for _, name, _ in items]
    named: dict[str, Path] = {}
    for path, name, real in items:
        if names.count(name) > 1:
            name = f"{real.parents[name.count('/')].name}/{name}"
        while name in named:
            name = f"{Path(name).parent.as_posix()}/_{Path(name).name}"
        named[name] = path
    return [(path, name) for name, path in named.items()]


def batches(inputs: list[Input], workers: int) -> list[list[Input]]:
    """Inputs in batches of about equal bytes: at most `BATCH_BYTES`, and a few for each worker."""
    sizes = [_size(item.path) for item in inputs]
    most = max(1, min(BATCH_BYTES, sum(sizes) // (workers * 3) + 1))
    made: list[list[Input]] = []
    filled = 0
    for item, size in zip(inputs, sizes, strict=True):
        if not made or filled + size > most:
            made.append([])
            filled = 0
        made[-1].append(item)
        filled += size
    return made


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # the reader will say what is wrong with it


def check_out(out: Path) -> None:
    """Raise CannotRun where ``out`` can't be written, or holds files that are not this tool's."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists():
            foreign = sorted(path.name for path in out.iterdir() if path.name not in OUTPUTS and path.name not in _LITTER)
            if foreign:
                raise CannotRun(f"输出文件夹“{out}”里有不是本工具生成的文件（{foreign[0]} 等），为免误删，请用 --out 另指一个空文件夹")
    except OSError as error:
        raise CannotRun(f"输出文件夹“{out}”无法写入：{fault(error)}") from error


def prepare_folders(out: Path) -> Path:
    """A fresh folder beside ``out`` to write into, on the same file system. Raises CannotRun as `check_out` does."""
    check_out(out)
    staging = out.parent / f".{out.name}.{uuid.uuid4().hex[:8]}.partial"
    try:
        staging.mkdir(mode=0o700)
        (staging / "work").mkdir()
        (staging / "data").mkdir()
    except OSError as error:
        raise CannotRun(f"输出文件夹“{out}”无法写入：{fault(error)}") from error
    return staging


def publish(staging: Path, out: Path) -> None:
    """Put a finished staging folder in the place of ``out``, whole."""
    shutil.rmtree(staging / "work")
    old = staging.with_suffix(".old")
    if out.exists():
        out.rename(old)
    staging.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def write_run(staging: Path, policy: Policy, as_of: dt.date, found: Found, counts: dict, seconds: dict[str, float]) -> None:
    """Write run.json; the hashes of the inputs are those the readers took."""
    with duckdb.connect() as con:
        query = "SELECT source_file, sha256 FROM read_parquet(?)"
        hashes = dict(con.execute(query, [str(staging / "data" / "files.parquet")]).fetchall())
    run = {
        "tool": "guantong",
        "version": version("guantong"),
        "policy": {"id": policy.id, "document": policy.document.policy.document, "sha256": policy.sha256},
        "as_of": as_of.isoformat(),
        "inputs": [
            {"path": mask_numbers(str(item.path)), "source_file": item.source_file, "sha256": hashes[item.source_file]}
            for item in found.inputs
        ],
        "counts": counts,
        "seconds": seconds,
    }
    (staging / "run.json").write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def counts(con: duckdb.DuckDBPyConnection, found: Found) -> dict[str, object]:
    """The run's counts: files, rows, findings, and people's best outcomes, each person once."""

    def one(query: str) -> int:
        return con.execute(query).fetchone()[0]

    def by(query: str) -> dict[str, int]:
        return dict(con.execute(query).fetchall())

    return {
        "passed_over": found.passed_over,
        "files": one("SELECT count(*) FROM files"),
        "files_read": one("SELECT count(*) FROM files WHERE status = 'read'"),
        "files_refused": one("SELECT count(*) FROM files WHERE status = 'refused'"),
        "units": one("SELECT count(DISTINCT unit_id) FROM people"),
        "rows_found": one("SELECT count(*) FROM rows"),
        "rows_evaluated": one("SELECT count(*) FROM rows WHERE bucket = 'evaluated'"),
        "rows_rejected": one("SELECT count(*) FROM rows WHERE bucket = 'rejected'"),
        "duplicates": one("SELECT count(*) FROM people WHERE duplicate_pid IS NOT NULL"),
        "verdicts": one("SELECT count(*) FROM verdicts"),
        "findings": by("SELECT severity, count(*) FROM findings_out GROUP BY 1 ORDER BY 1"),
        "findings_by_code": by("SELECT code, count(*) FROM findings_out GROUP BY 1 ORDER BY 2 DESC, 1"),
        "outcomes": by("SELECT outcome, count(*) FROM summaries JOIN people USING (pid) WHERE duplicate_pid IS NULL GROUP BY 1 ORDER BY 1"),
        "candidates": one(
            "SELECT count(DISTINCT pid) FROM summaries JOIN people USING (pid) WHERE outcome IN ('eligible', 'refer') AND duplicate_pid IS NULL"
        ),
    }
