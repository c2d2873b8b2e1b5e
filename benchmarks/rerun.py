"""What a rerun costs: everything new, nothing changed, 1% of the files changed; seconds and shares of the first run.

    python benchmarks/rerun.py [--files 500] [--persons 100000] [--rounds 3] [--write]

Each round begins with an empty cache and no output. Where nothing has changed, an output that is whole stands as it is; where it was
deleted, it is made anew from the cache. A file is changed by a remark beside its table: its bytes are others, its people the same.
At the end the tables are held against those of a run without cache on one worker, byte for byte.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from pathlib import Path

import common
import openpyxl

PARTS = ("whole", "read, evaluate", "tables", "reports")


def main() -> None:
    """Run and print."""
    given = common.asked(__doc__, files=500, persons=100_000, rounds=3)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        inbox, out = work / "in", work / "out"
        common.warm(work)
        common.sample(inbox, given.persons, given.files, work)
        books = sorted(inbox.rglob("*.xlsx"))[: max(1, given.files // 100)]
        contenders = {
            "first run": lambda: _audit(inbox, out, work, work / "cache", out),
            "nothing changed": lambda: _audit(inbox, out, work),
            "nothing changed, output deleted": lambda: _audit(inbox, out, work, out),
            f"{len(books)} of {given.files} files changed": lambda: (change(books), _audit(inbox, out, work))[1],
        }
        runs = common.interleaved(contenders, given.rounds)
        same = same_without_cache(inbox, out, work)
    rows = [_row(name, made, runs["first run"]) for name, made in runs.items()]
    text = common.table(("run", *PARTS, "files kept", "reports kept"), rows)
    verdict = f"Tables equal those of a run without cache on one worker, byte for byte: {'yes' if same else '**no**'}."
    title = f"Rerun, {given.persons:,} people in {given.files} files"
    common.show("rerun", title, f"{text}\n\n{verdict}\n\n{common.machine('duckdb', 'pandas', 'prefect')}", given.write)


def _audit(inbox: Path, out: Path, work: Path, *deleted: Path) -> common.Run:
    """Audit after these folders have been deleted; what is printed is run.json, or nothing where the last output stands."""
    for folder in deleted:
        shutil.rmtree(folder, ignore_errors=True)
    before = (out / "run.json").stat().st_mtime_ns if out.exists() else None
    made, told = common.audit(inbox, out, work, memory=False)
    made.printed = "" if (out / "run.json").stat().st_mtime_ns == before else json.dumps(told)
    return made


def change(books: list[Path]) -> None:
    """Add a remark to workbooks, each time another column further."""
    for path in books:
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        sheet.cell(1, sheet.max_column + 3).value = "改"
        book.save(path)


def same_without_cache(inbox: Path, out: Path, work: Path) -> bool:
    """Whether a run without cache on one worker gives the same tables."""
    tables = {path.name: path.read_bytes() for path in (out / "data").glob("*.parquet")}
    common.audit(inbox, out, work, "--no-cache", "--workers", "1", memory=False)
    return all(path.read_bytes() == tables[path.name] for path in (out / "data").glob("*.parquet"))


def _row(name: str, made: list[common.Run], first: list[common.Run]) -> list[str]:
    """Medians of the parts, with their shares of the first run's; and what was kept."""
    here, there = [_parts(one) for one in made], [_parts(one) for one in first]
    cells = [name]
    for part in PARTS:
        if part not in here[0]:
            cells.append("–")
            continue
        value, base = (statistics.median(parts[part] for parts in several) for several in (here, there))
        cells.append(f"{value:.1f} s ({value / base:.0%})")
    if not made[-1].printed:
        return [*cells, "all", "all"]
    counts = json.loads(made[-1].printed)["counts"]
    return [*cells, str(counts["files_kept"]), str(counts["reports_kept"])]


def _parts(one: common.Run) -> dict[str, float]:
    if not one.printed:
        return {"whole": one.seconds}
    seconds = json.loads(one.printed)["seconds"]
    return dict(zip(PARTS, (one.seconds, seconds["read"] + seconds["evaluate"], seconds["tables"], seconds["reports"])))


if __name__ == "__main__":
    main()
