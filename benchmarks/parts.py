"""Where the time of a whole audit goes: the processor's seconds of each part, beside what the floor takes for the same.

    python benchmarks/parts.py [--files 500] [--persons 100000] [--write]

One process does one part after the other on the same rosters; an audit does them in as many processes as cores. What is not listed is
Prefect, the start of the processes, and waiting.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import common
import floor


def main() -> None:
    """Run and print."""
    given = common.asked(__doc__, files=500, persons=100_000, rounds=1)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        inbox, out = work / "in", work / "out"
        common.warm(work)
        common.sample(inbox, given.persons, given.files, work)
        told = common.audit(inbox, out, work, "--no-cache", memory=False)[1]
        floor.take(out / "units", work / "pickles")
        seconds = {name: clocked(act) for name, act in parts(inbox, out, work).items()}
    least = sum(taken for name, taken in seconds.items() if name.startswith("the floor"))
    rows = [(name, f"{taken:.1f} s", f"{taken / least:.2f}") for name, taken in seconds.items()]
    clock = ", ".join(f"{name} {taken:.1f} s" for name, taken in told["seconds"].items())
    text = f"{common.table(('part', 'CPU', '× the floor'), rows)}\n\nThe audit by its own clock: {clock}."
    packages = ("python-calamine", "XlsxWriter", "pandas", "pandera", "duckdb")
    title = f"Where the time goes, {given.persons:,} people in {given.files} files"
    common.show("parts", title, f"{text}\n\n{common.machine(*packages)}", given.write)


def clocked(act: Callable[[], object]) -> float:
    """The processor's seconds that it takes."""
    begun = time.process_time()
    act()
    return time.process_time() - begun


def parts(inbox: Path, out: Path, work: Path) -> dict[str, Callable[[], object]]:
    """Each part as a function without arguments; the reports are written again from the tables of the audit at ``out``."""
    from guantong.flows.audit.build_tables import rosters_with_findings, write_weights
    from guantong.flows.audit.inbox import discover, take_digests
    from guantong.flows.audit.read_rosters import MOST_CELLS
    from guantong.flows.audit.shares import batches
    from guantong.flows.audit.write_reports import write_returned_copies
    from guantong.reports.bureau.figures.all_figures import read_figures
    from guantong.reports.bureau.open_tables import write_tables
    from guantong.reports.bureau.page import write_page
    from guantong.reports.bureau.statistics import write_statistics
    from guantong.reports.units.workbook import unit_plan, write_units
    from guantong.schemas.reading.batch import read_batches, warm_up, write_batch

    inputs = discover([inbox], out).inputs
    take_digests(inputs, common.CORES)
    files = [item.path for item in inputs]
    data, made = out / "data", work / "made"
    (made / "returned").mkdir(parents=True)
    (out / "work").mkdir()
    (work / "floor").mkdir()
    warm_up()
    gc.set_threshold(20_000)  # as in a worker

    def read() -> None:
        for number, share in enumerate(batches(inputs, common.CORES)):  # as large as an audit's
            for first, pack in read_batches([item.path for item in share], b"key", MOST_CELLS, lambda *_: None):
                write_batch(pack, work / "packs" / f"{number}-{first}")

    return {
        "the floor reads": lambda: [floor.read(str(path)) for path in files],
        "the floor writes": lambda: [floor.write(str(path), str(work / "floor" / path.stem)) for path in (work / "pickles").iterdir()],
        "reading": read,
        "unit workbooks": lambda: write_units(data, made / "units", unit_plan(data)),
        "copies to send back": lambda: write_returned_copies(data, made / "returned", None, False, rosters_with_findings(data, inputs)),
        "weight of each setting": lambda: write_weights(out, out / "work"),
        "statistics, page, open tables": lambda: (
            figures := read_figures(data), write_statistics(made / "s.xlsx", figures),
            write_page(made / "p.html", figures), write_tables(made / "tables", figures),
        ),
    }  # fmt: skip


if __name__ == "__main__":
    main()
