"""Run all benchmarks at sizes for a machine of two cores: about an hour or two, 15 GB of temporary disk.

    python benchmarks/all.py [--write] [--tiny]

--write puts the tables into RESULTS.md; --tiny tries that every script runs, in some minutes, and its figures mean nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

SIZES = (
    ("command_start", "--rounds 5"),
    ("small_audit", "--rounds 5"),
    ("rules", "--persons 1000000 --rounds 5"),
    ("rules", "--persons 10000000 --rounds 3"),
    ("whole_audit", "--files 500 --persons 100000 --rounds 3"),
    ("whole_audit", "--files 5000 --persons 1000000 --rounds 1 --share 100"),
    ("parts", "--files 500 --persons 100000"),
    ("copies", "--files 500 --persons 100000 --rounds 3"),
    ("rerun", "--files 500 --persons 100000 --rounds 3"),
    ("retrospective", "--files 25 --persons 5000 --days 500 --rounds 3"),
    ("orchestration", "--files 50,500,5000 --rounds 3"),
    ("cluster", "--files 250 --persons 50000 --rounds 1"),
    ("growth", "--sizes 10000,100000,1000000 --parquet 10000000 --rounds 1"),
)
TINY = (
    ("command_start", "--rounds 1"),
    ("small_audit", "--rounds 1"),
    ("rules", "--persons 4000 --rounds 1"),
    ("whole_audit", "--files 6 --persons 300 --rounds 1 --share 3"),
    ("parts", "--files 6 --persons 300"),
    ("copies", "--files 6 --persons 300 --rounds 1"),
    ("rerun", "--files 6 --persons 300 --rounds 1"),
    ("retrospective", "--files 2 --persons 100 --days 5 --rounds 1"),
    ("orchestration", "--files 5 --rounds 1"),
    ("cluster", "--files 6 --persons 300 --rounds 1"),
    ("growth", "--sizes 200 --parquet 4000 --rounds 1"),
)


def main() -> int:
    """Run them one after the other; gives how many failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--tiny", action="store_true")
    given = parser.parse_args()
    failed = 0
    for name, options in TINY if given.tiny else SIZES:
        command = [sys.executable, str(Path(__file__).with_name(f"{name}.py")), *options.split(), *(["--write"] if given.write else [])]
        print(f"== {name} {options}", file=sys.stderr, flush=True)
        failed += subprocess.run(command).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
