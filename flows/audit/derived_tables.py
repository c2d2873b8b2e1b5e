"""Tables that are computed from an audit's other tables: signs.parquet and sensitivity.parquet."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from guantong.flows.audit.build_tables import connect
from guantong.rules.evaluation.stored_audit import day_of, open_tables, policy_of
from guantong.rules.sensitivity import describe_weights, weights
from guantong.schemas import catalogue, database
from guantong.schemas.checks.plausibility import signs_query

_TYPES = {
    **dict.fromkeys("setting title clause now other change".split(), "str"),
    **dict.fromkeys("persons gained lost verdicts".split(), "int64"),
}


def write_signs(data: Path, work: Path) -> None:
    """Write ``data/signs.parquet``, clues to false material for a human to look at, out of persons, facts, findings and columns there: a row a sign; ``work`` takes what memory can't.

    code, title; names, units: lists; cells: list of {source_file, sheet, row, last_row, column, header}, ``last_row`` set and
    ``column`` null where the sign is rows from ``row`` to ``last_row``; detail.
    """
    with connect(work, data) as con:
        database.view_tables(con, data, ("persons", "facts", "findings", "columns"))
        kinds = [(number, row["code"], row["title"]) for number, row in enumerate(catalogue.rows("signs"))]
        database.create_table(con, "kinds", pd.DataFrame(kinds, columns=["number", "code", "title"]))
        database.write_parquet(con, data / "signs.parquet", signs_query(), fast=True)


def write_weights(folder: Path, work: Path) -> None:
    """Write ``folder``/data/sensitivity.parquet, whole or not at all: what each alternative to a setting weighs, the heaviest first. ``work``: for what spills."""
    fresh = work / "sensitivity.parquet"
    # the reports' workers have the other cores
    with database.connect(work, folder / "data", spill=work / "spill", memory="500MB", threads=1) as con:
        open_tables(con, folder)
        policy = policy_of(folder)
        frame = pd.DataFrame(describe_weights(policy, weights(con, policy, day_of(folder))), columns=list(_TYPES)).astype(_TYPES)
        con.register("weights", frame)
        database.write_parquet(con, fresh, "SELECT * FROM weights")
    fresh.replace(folder / "data" / fresh.name)
