"""How seconds and memory grow with the number of people: whole audits of rosters, and rules and tables on people in Parquet.

    python benchmarks/growth.py [--sizes 10000,100000,1000000] [--parquet 10000000] [--rounds 1] [--write]

- rosters: `guantong audit --no-cache` on files of 200 people each on average (`guantong sample`), all outputs written.
- in Parquet: what an audit does after reading, without its reports: the readers' packs taken together, the rules, the words, the
  findings, the contract's tables written (flows/audit/build_tables.py), under the memory limit that an audit gives DuckDB, so that it spills
  to disk where it must. --parquet 0 leaves it out.

Growth is seconds per 100,000 people against those of the size before. Peak memory is that of all processes of the command.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import common

PACK = 60_000  # people of a pack: about what a reader puts into one


def main() -> None:
    """Run and print; with --packs, be the run on Parquet."""
    if "--packs" in sys.argv:
        return on_packs()
    given = common.asked(__doc__, sizes="10000,100000,1000000", parquet=10_000_000, rounds=1)
    sizes, rows = common.numbers(given.sizes), []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        common.warm(work)
        for size in sizes:
            common.sample(work / f"in{size}", size, max(1, size // 200), work)
        rows += _rows("rosters", common.interleaved({size: lambda size=size: _audit(work, size) for size in sizes}, given.rounds))
    if given.parquet:
        with tempfile.TemporaryDirectory() as folder:
            smaller = given.parquet // 10
            counts = {count: _packs(Path(folder), count) for count in (smaller, given.parquet)}
            runs = common.interleaved({real: lambda at=at: _once(Path(folder), at) for real, at in counts.values()}, given.rounds)
            rows += _rows("in Parquet", runs)
    text = common.table(("people", "where", "seconds", "per 100,000", "growth", "peak memory", "most spilled"), rows)
    common.show("growth", "Growth", f"{text}\n\n{common.machine('duckdb', 'pandas', 'pandera', 'python-calamine', 'prefect')}", given.write)


def _rows(where: str, runs: dict[int, list[common.Run]]) -> list[tuple]:
    rows, before = [], None
    for people, made in runs.items():
        each = common.seconds(made) / people * 100_000
        growth = "–" if before is None else f"{each / before:.2f}"
        spilled = json.loads(made[0].printed)["spilled"] if where == "in Parquet" else "–"
        rows.append((f"{people:,}", where, f"{common.seconds(made):.1f} s", f"{each:.2f} s", growth, common.peak(made), spilled))
        before = each
    return rows


def _audit(work: Path, size: int) -> common.Run:
    return common.audit(work / f"in{size}", work / "out", work, "--no-cache")[0]


def _packs(work: Path, count: int) -> tuple[int, Path]:
    """Write packs of ``count`` people, or a few more, and the list of their files; gives the people and the folder."""
    import people

    folder = work / f"people{count}"
    folder.mkdir()
    seed, size, files = people.write_seed(folder, count)
    copies = -(-count // size)
    packs = people.write_packs(seed, folder / "packs", files, copies, max(1, PACK // size))
    (folder / "packs.json").write_text(json.dumps([(pack.name, held) for pack, held in packs]), encoding="utf-8")
    return size * copies, folder


def _once(work: Path, folder: Path) -> common.Run:
    made = common.run([sys.executable, __file__, "--packs", folder], work)
    made.seconds = json.loads(made.printed)["seconds"]
    return made


def on_packs() -> None:
    """Be the run on Parquet: load, evaluate, export; prints seconds and the most spilled as JSON."""
    import datetime as dt

    from guantong.flows.audit import build_tables
    from guantong.flows.audit.kinds import AsOfAudit
    from guantong.rules.policy.load import load

    parser = argparse.ArgumentParser()
    parser.add_argument("--packs", type=Path)
    folder = parser.parse_args().packs
    policy, kind = load("liaoning-2019-2"), AsOfAudit(dt.date.fromisoformat(common.AS_OF))
    places = _places(folder)
    begun = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(dir=folder) as out,
        build_tables.connect(Path(out), folder) as con,
        common.Largest(Path(out) / "spill") as spill,
    ):
        (Path(out) / "data").mkdir()
        build_tables.load_packs(con, places)
        kind.evaluate(con, policy)
        build_tables.export(con, kind, policy, Path(out) / "data")
    print(json.dumps({"seconds": time.perf_counter() - begun, "spilled": f"{spill.most / 2**20:,.0f} MiB"}))


def _places(folder: Path) -> list[tuple]:
    """Each file of the packs, under a name and number of its own."""
    from guantong.flows.records import Input, PackEntry

    places: list[tuple] = []
    for name, held in json.loads((folder / "packs.json").read_text(encoding="utf-8")):
        for number in range(held):
            at = len(places)
            item = Input(at, Path(f"{at:06d}.xlsx"), f"{at:06d}.xlsx", sha256=f"{at:064x}")
            places.append((item, PackEntry(folder / "packs" / name, number)))
    return places


if __name__ == "__main__":
    main()
