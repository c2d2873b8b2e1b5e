"""The share of an audit that is Prefect: its import, the start of its server, task runs, records, the end.

    python benchmarks/orchestration.py [--files 50,500,5000] [--people 4] [--rounds 3] [--write]

`guantong audit --no-cache` against the same audit with Prefect replaced by plain functions and threads (without_prefect.py), on
rosters of --people people each, where Prefect's share is greatest. share = (with - without) / with. Prefect's records are kept from
run to run, as on a user's machine; what the first audit ever costs, when they are made, is told apart. Seconds are by the clock on
the wall: what Prefect does while the workers start or read costs only where it holds them up.
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
    given = common.asked(__doc__, files="50,500,5000", people=4, rounds=3)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        first, again = common.warm(work), common.audit(work / "warm-in", work / "warm-out", work, "--no-cache")[0]
        for files in common.numbers(given.files):
            common.sample(work / f"in{files}", files * given.people, files, work)
            rows.append(_row(files, _measure(work, work / f"in{files}", given.rounds)))
    text = common.table(("files", "with Prefect", "without", "difference", "Prefect's share"), rows)
    note = f"An audit of one person took {first.seconds:.1f} s the first time ever and {again.seconds:.1f} s the second."
    title = f"Orchestration, rosters of {given.people} people"
    common.show("orchestration", title, f"{text}\n\n{note}\n\n{common.machine('prefect', 'pandas', 'duckdb')}", given.write)


def _measure(work: Path, inbox: Path, rounds: int) -> dict[str, list[common.Run]]:
    words = ["audit", inbox, "--out", work / "out", "--as-of", common.AS_OF, "--no-cache"]
    contenders = {
        "with Prefect": lambda: common.run([common.GUANTONG, *words], work, (0, 1), memory=False),
        "without": lambda: common.run([sys.executable, WITHOUT, *words], work, (0, 1), memory=False),
    }
    return common.interleaved(contenders, rounds)


def _row(files: int, runs: dict[str, list[common.Run]]) -> tuple[str, ...]:
    full, bare = runs["with Prefect"], runs["without"]
    shares = [1 - b.seconds / a.seconds for a, b in zip(full, bare, strict=True)]
    share = statistics.median(shares)
    told = f"{share:.0%}" + (f" ({min(shares):.0%} to {max(shares):.0%})" if len(shares) > 1 else "")
    seconds = (common.seconds(full), common.seconds(bare), common.seconds(full) - common.seconds(bare))
    return (f"{files:,}", *(f"{value:.1f} s" for value in seconds), told)


if __name__ == "__main__":
    main()
