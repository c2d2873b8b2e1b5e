"""Many people as the readers leave them, in Parquet, without writing and reading as many workbooks.

Made-up rosters of at most `SEED` people are written and read once; DuckDB then repeats them under other numbers, units and
keys until there are enough. So every column, spelling, gap and finding is as frequent as in the rosters that were read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import common
import duckdb

from guantong.schemas.batch import TABLES, read_batch, write_batch

SEED = 20_000
PER_FILE = 200
_NUMBERED = {"rows": "file_no, pid", "assessments": "pid", "honours": "pid", "columns": "file_no", "findings": "file_no", "files": "file_no"}
_KEYS = ("person_key", "skill_certificate", "title_certificate", "unit_code")


def write_seed(folder: Path, persons: int) -> tuple[Path, int, int]:
    """Write and read rosters of up to `SEED` people; gives the pack, its people and its files."""
    persons = min(SEED, persons)
    files = max(1, persons // PER_FILE)
    common.sample(folder / "seed-in", persons, files, folder)
    write_batch(read_batch(sorted((folder / "seed-in").rglob("*.xlsx")), b"benchmark" * 4), folder / "seed")
    return folder / "seed", persons, files


def write_packs(seed: Path, folder: Path, files: int, copies: int, per_pack: int) -> Iterator[tuple[Path, int]]:
    """Write packs of ``per_pack`` copies of the seed each; gives each pack and how many files it holds, numbered from 0."""
    with duckdb.connect() as con:
        for number, first in enumerate(range(0, copies, per_pack)):
            pack = folder / f"pack{number:05d}"
            pack.mkdir(parents=True)
            here = min(per_pack, copies - first)
            for name in TABLES:
                query = _repeated(con, seed / f"{name}.parquet", name, files, first, here)
                con.execute(f"COPY ({query}) TO '{pack / name}.parquet' (FORMAT parquet)")
            yield pack, files * here


def _repeated(con: duckdb.DuckDBPyConnection, path: Path, name: str, files: int, first: int, copies: int) -> str:
    """The query that repeats a table: copy k has the file numbers from k * files on, and people, units and keys of its own."""
    present = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()}
    new = {"file_no": f"file_no + k * {files}", "pid": f"pid + ((k * {files}) << 24)"}
    new |= {key: f"md5({key} || (k + {first}))" for key in _KEYS}
    new |= {key: f"{key} || (k + {first})" for key in ("unit", "unit_key")}
    replaced = ", ".join(f"{text} AS {column}" for column, text in new.items() if column in present)
    return f"SELECT * EXCLUDE (k) REPLACE ({replaced}) FROM '{path}', (SELECT range AS k FROM range({copies})) ORDER BY {_NUMBERED[name]}"
