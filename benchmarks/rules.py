"""The rules alone, on people who are already in Parquet: seconds from the files to the table of verdicts, in memory.

    python benchmarks/rules.py [--persons 1000000] [--rounds 5] [--write]      (polars, OpenFisca: pip install -e '.[benchmarks]')

- guantong: `rules.evaluate.evaluate`, all routes and all conditions of 辽人社规〔2019〕2号, with unknowns, notes and settings.
- bare join: the least SQL that writes as many rows of the same columns and types: who holds what a route needs, joined with the
  routes; a date and some numbers of the route; no condition is looked at. This is the floor: what DuckDB needs to read and write.
- pandas, polars, OpenFisca: the six routes with years only (whoever has the level; the earliest known date of that level or
  above; the day on which the years are full; full on the as-of day or not), so less work than guantong's. OpenFisca gives two vectors a
  route, a value a person, and no rows.

Each run is a process of its own, so that no engine's memory or threads stand in another's way; its imports are not counted, its
reading of the Parquet files is. All use all cores that they can. Peak memory is the most RSS of that process, its imports too
(where the system does not tell, it is sampled).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import common

OWN_PACKAGES = ("duckdb", "pandas", "polars", "openfisca-core", "numpy")
NAMES = {"guantong": None, "bare join": None, "pandas": "pandas", "polars": "polars", "openfisca": "openfisca_core"}


def main() -> None:
    """Run and print; with --one, be one of the runs."""
    if "--one" in sys.argv:
        return one()
    given = common.asked(__doc__, persons=1_000_000, rounds=5)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        persons = prepare(work, given.persons)
        missing = [name for name, package in NAMES.items() if package and not _importable(package)]
        runs = common.interleaved({name: lambda name=name: once(name, work) for name in NAMES if name not in missing}, given.rounds)
    rows = []
    for name, made in runs.items():
        verdicts = json.loads(made[0].printed)["rows"]
        rows.append((name, f"{common.seconds(made):.2f} s", common.ratio(made, runs["bare join"]), f"{verdicts:,}", common.peak(made)))
    text = common.table(("engine", "seconds", "× the bare join", "verdicts", "peak memory"), rows)
    parts = [json.loads(one.printed)["parts"] for one in runs["guantong"]]
    clock = ", ".join(f"{name} {statistics.median(one[name] for one in parts):.2f} s" for name in parts[0])
    notes = f"\n\nguantong by its own clock: {clock}."
    notes += "".join(f"\n\n{name} was left out: it is not installed (`pip install -e '.[benchmarks]'`)." for name in missing)
    title = f"Rules alone, {persons:,} people in Parquet"
    section = "rules_large" if persons > 3_000_000 else "rules"
    common.show(section, title, f"{text}{notes}\n\n{common.machine(*OWN_PACKAGES)}", given.write)


def prepare(work: Path, persons: int) -> int:
    """Write the people's Parquet files; gives how many there are."""
    import people

    seed, size, files = people.write_seed(work, persons)
    copies = -(-persons // size)
    for _ in people.write_packs(seed, work / "packs", files, copies, per_pack=max(1, 500_000 // size), through=True):
        pass
    return size * copies


def once(name: str, work: Path) -> common.Run:
    """One run in a process of its own; the seconds are those that it measured itself."""
    made = common.run([sys.executable, __file__, "--one", name, "--packs", work / "packs"], work)
    told = json.loads(made.printed)
    made.seconds, made.peak = told["seconds"], told["peak"] or made.peak
    return made


def one() -> None:
    """Be one of the runs: evaluate by one engine, print seconds and rows as JSON."""
    import engines

    parser = argparse.ArgumentParser()
    parser.add_argument("--one")
    parser.add_argument("--packs")
    given = parser.parse_args()
    print(json.dumps(engines.run(given.one, Path(given.packs))))


def _importable(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


if __name__ == "__main__":
    main()
