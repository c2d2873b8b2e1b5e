"""What a rerun costs: everything new, nothing changed, 1% of the files changed; seconds and shares of the first run.

    python benchmarks/rerun.py [--files 500] [--persons 100000]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import openpyxl

GUANTONG = shutil.which("guantong", path=str(Path(sys.executable).parent))


def audit(inbox: Path, out: Path, environment: dict[str, str], *more: str) -> dict[str, float]:
    """Seconds of an audit: whole, reading and evaluating (with the tables), reports; and what was kept."""
    begun = time.perf_counter()
    command = [GUANTONG, "audit", str(inbox), "--out", str(out), "--as-of", "2025-12-31", *more]
    subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    whole = time.perf_counter() - begun
    run = json.loads((out / "run.json").read_bytes())
    seconds = run["seconds"]
    return {
        "whole": whole,
        "read+evaluate": seconds["read"] + seconds["evaluate"] + seconds["tables"],
        "reports": seconds["reports"],
        "files kept": run["counts"]["files_kept"],
        "reports kept": run["counts"]["reports_kept"],
    }


def change(paths: list[Path]) -> None:
    """Add a remark to a workbook: its content is another, its people are the same."""
    for path in paths:
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        sheet.cell(1, sheet.max_column + 3).value = "改"
        book.save(path)


def main() -> None:
    """Run and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--files", type=int, default=500)
    asked.add_argument("--persons", type=int, default=100_000)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        inbox, out = Path(folder) / "in", Path(folder) / "out"
        environment = os.environ | {"GUANTONG_CACHE": f"{folder}/cache"}
        subprocess.run([GUANTONG, "sample", str(inbox), "--persons", str(given.persons), "--files", str(given.files)], check=True)
        rows = {"first run": audit(inbox, out, environment), "nothing changed": audit(inbox, out, environment)}
        change(sorted(inbox.rglob("*.xlsx"))[: max(1, given.files // 100)])
        rows["1% changed"] = audit(inbox, out, environment)
        tables = {path.name: path.read_bytes() for path in (out / "data").glob("*.parquet")}
        audit(inbox, out, environment, "--no-cache", "--workers", "1")
        same = all(path.read_bytes() == tables[path.name] for path in (out / "data").glob("*.parquet"))
    print(f"{given.files} files, {given.persons} people; {os.cpu_count()} cores, Python {platform.python_version()}")
    print("| run | " + " | ".join(rows["first run"]) + " |\n|" + "---|" * 6)
    for name, row in rows.items():
        cells = [f"{value:.1f} s ({value / rows['first run'][key]:.0%})" if "kept" not in key else str(value) for key, value in row.items()]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print(f"tables equal those of a run without cache on one worker, byte for byte: {same}")


if __name__ == "__main__":
    main()
