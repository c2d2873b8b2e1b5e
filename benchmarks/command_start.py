"""What it costs to start the command: `--help` and `check` of one roster of 200 people, against an empty Python.

    python benchmarks/command_start.py [--rounds 5] [--persons 200] [--write]

The floor is `python -c pass` of the same environment. `check` reads and validates the file and prints its findings.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import common


def main() -> None:
    """Run and print."""
    given = common.asked(__doc__, rounds=5, persons=200)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        common.sample(work / "in", given.persons, 1, work)
        (roster,) = (work / "in").rglob("*.xlsx")
        commands = {
            "`python -c pass`": ([sys.executable, "-c", "pass"], (0,)),
            "`guantong --help`": ([common.GUANTONG, "--help"], (0,)),
            f"`guantong check`, {given.persons} people": ([common.GUANTONG, "check", roster], (0, 1)),
        }
        contenders = {
            name: lambda command=command, expect=expect: common.run(command, work, expect) for name, (command, expect) in commands.items()
        }
        for act in contenders.values():  # compile and warm the disk's cache: a first start ever is not what is meant
            act()
        runs = common.interleaved(contenders, given.rounds)
    floor = runs["`python -c pass`"]
    rows = [(name, f"{common.seconds(made):.2f} s", common.ratio(made, floor), common.peak(made)) for name, made in runs.items()]
    text = common.table(("command", "seconds", "× an empty Python", "peak memory"), rows)
    common.show("command_start", "Command start", f"{text}\n\n{common.machine('click', 'pandas', 'pandera')}", given.write)


if __name__ == "__main__":
    main()
