"""The floor of an audit: read all cells of an inbox, write a workbook for each unit; nothing in between.

    python benchmarks/floor.py INBOX PICKLES OUT      (`take` makes PICKLES from the units/ of an audit)

Prints as JSON the seconds that loading the pickles cost (by the processes' own clocks, over the number of processes), to be taken off.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path


def take(units: Path, pickles: Path) -> None:
    """Keep the sheets of each unit's workbook as a pickle: [(name, [[cell, …], …]), …]."""
    from python_calamine import CalamineWorkbook

    pickles.mkdir(parents=True)
    for number, path in enumerate(sorted(units.glob("*.xlsx"))):
        book = CalamineWorkbook.from_path(str(path))
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
        (pickles / f"{number:06d}.pickle").write_bytes(pickle.dumps(sheets, protocol=5))


def read(path: str) -> int:
    """Read all sheets of a workbook; gives how many rows there are."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    return sum(len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)


def write(source: str, target: str) -> float:
    """Write a unit's workbook; gives the seconds that loading its rows took."""
    import xlsxwriter

    begun = time.perf_counter()
    sheets = pickle.loads(Path(source).read_bytes())
    loaded = time.perf_counter() - begun
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(target, options) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        if cell:
                            sheet.write_string(at, column, cell)
                    elif isinstance(cell, date):
                        sheet.write_datetime(at, column, cell)
                    else:
                        sheet.write_number(at, column, cell)
    return loaded


def main(inbox: Path, pickles: Path, out: Path) -> None:
    """Read, then write, in as many processes as cores."""
    import common

    out.mkdir(parents=True)
    rosters = sorted((path for path in inbox.rglob("*") if path.is_file()), key=lambda path: -path.stat().st_size)
    units = sorted(pickles.iterdir(), key=lambda path: -path.stat().st_size)
    with ProcessPoolExecutor(common.CORES, get_context("spawn")) as pool:
        for done in [pool.submit(read, str(path)) for path in rosters]:
            done.result()
        loading = [pool.submit(write, str(path), str(out / f"{path.stem}.xlsx")) for path in units]
        print(json.dumps({"loading": sum(done.result() for done in loading) / common.CORES}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
