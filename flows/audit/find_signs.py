"""Signs of false material: clues for a human to look at, taken from the tables that an audit has written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from guantong.flows.audit.build_tables import connect
from guantong.schemas import catalogue, database
from guantong.schemas.checks.plausibility import signs_query


def write_signs(data: Path, work: Path) -> None:
    """Write ``data/signs.parquet`` out of persons, facts, findings and columns there: a row a sign; ``work`` takes what memory can't.

    code, title; names, units: lists; cells: list of {source_file, sheet, row, last_row, column, header}, ``last_row`` set and
    ``column`` null where the sign is rows from ``row`` to ``last_row``; detail.
    """
    with connect(work, data) as con:
        database.view_tables(con, data, ("persons", "facts", "findings", "columns"))
        kinds = [(number, row["code"], row["title"]) for number, row in enumerate(catalogue.rows("signs"))]
        database.create_table(con, "kinds", pd.DataFrame(kinds, columns=["number", "code", "title"]))
        database.write_parquet(con, data / "signs.parquet", signs_query(), fast=True)
