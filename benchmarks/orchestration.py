"""The share of an audit that is Prefect: its import, the start of its server, task runs, records, the end.

    python benchmarks/orchestration.py [--files 50,500,5000] [--people 4,40] [--rounds 1] [--write]

`guantong audit --no-cache` against the same audit with Prefect replaced by plain functions and threads (without_prefect.py), on
rosters of so many people each; where they are small, Prefect's share is greatest. Seconds are by the clock on the wall, and of two
runs of a minute they differ by more than Prefect takes, on a machine that is not alone. So the share is of the processor's seconds:
what the processes that do not read or write files (the command's own and Prefect's server) take more with Prefect than without, of
what all take. Prefect's records are kept from run to run, as on a user's machine; what the first audit ever costs, when they are made,
is told apart.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

import common

WITHOUT = Path(__file__).with_name("without_prefect.py")


def main() -> None:
    """Run and print."""
    given = common.asked(__doc__, files="50,500,5000", people="4,40", rounds=1)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        first, again = common.warm(work), common.audit(work / "warm-in", work / "warm-out", work, "--no-cache")[0]
        for files in common.numbers(given.files):
            for people in common.numbers(given.people):
                inbox = work / f"in{files}-{people}"
                common.sample(inbox, files * people, files, work)
                rows.append((f"{files:,}", str(people), *_row(_measure(work, inbox, given.rounds))))
    heads = ("files", "people in each", "with Prefect", "without", "processor with", "Prefect's", "Prefect's share")
    note = f"An audit of one person took {first.seconds:.1f} s the first time ever and {again.seconds:.1f} s the second."
    text = f"{common.table(heads, rows)}\n\n{note}\n\n{common.machine('prefect', 'pandas', 'duckdb')}"
    common.show("orchestration", "Orchestration", text, given.write)


def _measure(work: Path, inbox: Path, rounds: int) -> dict[str, list[common.Run]]:
    words = ["audit", inbox, "--out", work / "out", "--as-of", common.AS_OF, "--no-cache"]
    contenders = {
        "with Prefect": lambda: common.run([common.GUANTONG, *words], work, (0, 1)),
        "without": lambda: common.run([sys.executable, WITHOUT, *words], work, (0, 1)),
    }
    return common.interleaved(contenders, rounds)


def _row(runs: dict[str, list[common.Run]]) -> tuple[str, ...]:
    full, bare = runs["with Prefect"], runs["without"]
    whole = statistics.median(sum(one.busy) for one in full)
    own = statistics.median(a.busy[1] - b.busy[1] for a, b in zip(full, bare, strict=True))
    seconds = (common.seconds(full), common.seconds(bare), whole, own)
    return (*(f"{value:.1f} s" for value in seconds), f"{own / whole:.1%}")


if __name__ == "__main__":
    main()
