"""Signs of false material: clues for a human to look at, taken from the tables that an audit has written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from guantong.flows.audit.build_tables import connect
from guantong.rules.evaluation.compile_policy import create_table
from guantong.schemas import catalogue
from guantong.schemas.checks.plausibility import signs_query
from guantong.schemas.sql_text import parquet, target


def write_signs(data: Path, work: Path) -> None:
    """Write ``data/signs.parquet`` out of persons, facts, findings and columns there: a row a sign; ``work`` takes what memory can't.

    code, title; names, units: lists; cells: list of {source_file, sheet, row, last_row, column, header}, ``last_row`` set and
    ``column`` null where the sign is rows from ``row`` to ``last_row``; detail.
    """
    with connect(work, data) as con:
        for name in ("persons", "facts", "findings", "columns"):
            con.execute(f"CREATE VIEW {name} AS SELECT * FROM {parquet(data / f'{name}.parquet')}")
        kinds = [(number, row["code"], row["title"]) for number, row in enumerate(catalogue.rows("signs"))]
        create_table(con, "kinds", pd.DataFrame(kinds, columns=["number", "code", "title"]))
        con.execute(f"COPY ({signs_query()}) TO {target(data / 'signs.parquet')} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
