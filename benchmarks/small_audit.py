"""A small audit, as an enterprise's own, against an empty flow of Prefect: what one waits for whatever the roster holds.

    python benchmarks/small_audit.py [--persons 30] [--rounds 5] [--write]

The empty flow is `@flow def empty(): pass` in an own process with Prefect's own temporary server, its settings as they come but for what is sent
to others; its records are kept from run to run, as the audit's are. Both are run once before the clock starts.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import common

# no usage data is sent; in a new home, on a busy machine, its server takes longer than the 20 s that Prefect gives it
SETTINGS = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180"}
EMPTY = "from prefect import flow\n@flow\ndef empty():\n    pass\nempty()\n"


def main() -> None:
    """Run and print."""
    given = common.asked(__doc__, persons=30, rounds=5)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        inbox, out, script = work / "in", work / "out", work / "empty.py"
        common.sample(inbox, given.persons, 1, work)
        script.write_text(EMPTY, encoding="utf-8")
        contenders = {
            f"`guantong audit --no-cache`, {given.persons} people": lambda: common.audit(inbox, out, work, "--no-cache")[0],
            "an empty flow of Prefect": lambda: common.run(
                [sys.executable, script], work, more=SETTINGS | {"PREFECT_HOME": str(work / "prefect")}
            ),
        }
        common.warm(work)
        for act in contenders.values():
            act()
        runs = common.interleaved(contenders, given.rounds)
    (ours, audits), (empty, flows) = runs.items()
    rows = [
        (name, f"{common.seconds(made):.1f} s", common.ratio(made, flows), f"{sum(made[-1].busy):.1f} s", common.peak(made))
        for name, made in ((ours, audits), (empty, flows))
    ]
    text = common.table(("", "seconds", "× the empty flow", "processor", "peak memory"), rows)
    common.show("small_audit", "A small audit", f"{text}\n\n{common.machine('prefect', 'duckdb', 'pandas', 'pandera')}", given.write)


if __name__ == "__main__":
    main()
