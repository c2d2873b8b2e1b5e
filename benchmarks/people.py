"""Many people as the readers leave them, in Parquet, without writing and reading as many workbooks.

Made-up rosters of at most `SEED` people are written and read once; DuckDB then repeats them under other numbers, units and
keys until there are enough. So every column, spelling, gap and finding is as frequent as in the rosters that were read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import common
import duckdb

from guantong.schemas import PACK_TABLES
from guantong.schemas.reading.batch import read_batch, write_batch

SEED = 20_000
PER_FILE = 200
_ORDER = dict.fromkeys(PACK_TABLES, "file_no") | {"rows": "file_no, pid"}
_KEYS = ("person_key", "skill_certificate", "title_certificate", "unit_code")


def write_seed(folder: Path, persons: int) -> tuple[Path, int, int]:
    """Write and read rosters of up to `SEED` people; gives the pack, its people and its files."""
    persons = min(SEED, persons)
    files = max(1, persons // PER_FILE)
    common.sample(folder / "seed-in", persons, files, folder)
    write_batch(read_batch(sorted((folder / "seed-in").rglob("*.xlsx")), b"benchmark" * 4), folder / "seed")
    return folder / "seed", persons, files


def write_packs(seed: Path, folder: Path, files: int, copies: int, per_pack: int, through: bool = False) -> Iterator[tuple[Path, int]]:
    """Write packs of ``per_pack`` copies of the seed each; gives each pack and how many files it holds.

    Files and people are numbered from 0 in each pack, as readers do; or ``through`` all packs, as they are once an audit has them.
    """
    with duckdb.connect() as con:
        for number, first in enumerate(range(0, copies, per_pack)):
            pack = folder / f"pack{number:05d}"
            pack.mkdir(parents=True)
            here = min(per_pack, copies - first)
            for name in PACK_TABLES:
                query = _repeated(seed / f"{name}.parquet", name, con, files, range(first, first + here), first if through else 0)
                con.execute(f"COPY ({query}) TO '{pack / name}.parquet' (FORMAT parquet)")
            yield pack, files * here


def _repeated(path: Path, name: str, con: duckdb.DuckDBPyConnection, files: int, copies: range, numbered: int) -> str:
    """The query that repeats a table: each copy has file numbers (from ``numbered`` copies on), people, units and keys of its own."""
    present = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()}
    before = f"(k - {copies.start - numbered}) * {files}"  # files of the copies before
    new = {"file_no": f"file_no + {before}", "pid": f"pid + (({before}) << 24)"}
    new |= {key: f"md5({key} || k)" for key in _KEYS}
    new |= {key: f"{key} || k" for key in ("unit", "unit_key")}
    replaced = ", ".join(f"{text} AS {column}" for column, text in new.items() if column in present)
    every = f"(SELECT range AS k FROM range({copies.start}, {copies.stop}))"
    return f"SELECT * EXCLUDE (k) REPLACE ({replaced}) FROM '{path}', {every} ORDER BY {_ORDER[name]}"
