"""A retrospective audit (--as-of-column) against one as of one day, of the same people: each with an award of one of many days.

    python benchmarks/retrospective.py [--files 25] [--persons 5000] [--days 500] [--rounds 3] [--write]

Rosters have canonical headers, a column 批准时间 beside; --no-cache. The evaluation alone is shown too, as run.json tells it.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import statistics
import tempfile
from pathlib import Path

import common
import xlsxwriter

from guantong.sample_data.rosters import write_rosters


def main() -> None:
    """Run and print."""
    given = common.asked(__doc__, files=25, persons=5000, days=500, rounds=3)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        common.warm(work)
        write(work / "in", work / "made", given.persons, given.files, given.days)
        kinds = {"as of one day": ("--as-of", common.AS_OF), "as of each award's day": ("--as-of-column", "批准时间")}
        evaluated: dict[str, list[float]] = {kind: [] for kind in kinds}
        runs = common.interleaved(
            {kind: lambda kind=kind, day=day: run(work, day, evaluated[kind]) for kind, day in kinds.items()}, given.rounds
        )
    rows = [(kind, f"{common.seconds(runs[kind]):.1f}", f"{statistics.median(evaluated[kind]):.1f}") for kind in kinds]
    text = common.table(("audit", "seconds", "evaluation alone"), rows)
    title = f"Retrospective audit, {given.persons:,} people with awards of {given.days} days"
    common.show("retrospective", title, f"{text}\n\n{common.machine('duckdb')}", given.write)


def write(inbox: Path, made: Path, persons: int, files: int, days: int) -> None:
    """Rosters of made-up people, each with an award."""
    chance = random.Random(5)
    first = dt.date(2019, 9, 1)
    awards = [(first + dt.timedelta(days=chance.randrange(2200))).isoformat() for _ in range(days)]
    rows = [truth["clean"] | {"批准时间": chance.choice(awards)} for truth in write_rosters(made, persons=persons, files=files, seed=21)]
    headers = list(dict.fromkeys(header for row in rows for header in row))
    inbox.mkdir()
    for number in range(files):
        with xlsxwriter.Workbook(inbox / f"{number}.xlsx") as book:
            sheet = book.add_worksheet("名册")
            for at, row in enumerate([dict(zip(headers, headers, strict=True)), *rows[number::files]]):
                sheet.write_row(at, 0, [row.get(header) for header in headers])


def run(work: Path, day: tuple[str, str], evaluated: list[float]) -> common.Run:
    """An audit; the seconds of its evaluation are added to ``evaluated``."""
    out = work / "out"
    made = common.run([common.GUANTONG, "audit", work / "in", "--out", out, "--no-cache", *day], work, expect=(0, 1), memory=False)
    evaluated.append(json.loads((out / "run.json").read_text("utf-8"))["seconds"]["evaluate"])
    return made


if __name__ == "__main__":
    main()
