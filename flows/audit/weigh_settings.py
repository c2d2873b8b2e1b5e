"""data/sensitivity.parquet: what each interpretation weighs, computed from the audit's other tables while the reports are written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from guantong.rules.evaluation.stored_audit import day_of, open_tables, policy_of
from guantong.rules.sensitivity import told, weights
from guantong.schemas import database

_TYPES = {
    **dict.fromkeys("setting title clause now other change".split(), "str"),
    **dict.fromkeys("persons gained lost verdicts".split(), "int64"),
}


def write_weights(folder: Path, work: Path) -> None:
    """Write ``folder``/data/sensitivity.parquet, whole or not at all: a row an alternative, the heaviest first. ``work``: for what spills."""
    fresh = work / "sensitivity.parquet"
    # the reports' workers have the other cores
    with database.connect(work, folder / "data", spill=work / "spill", memory="500MB", threads=1) as con:
        open_tables(con, folder)
        policy = policy_of(folder)
        frame = pd.DataFrame(told(policy, weights(con, policy, day_of(folder))), columns=list(_TYPES)).astype(_TYPES)
        con.register("weights", frame)
        database.write_parquet(con, fresh, "SELECT * FROM weights")
    fresh.replace(folder / "data" / fresh.name)
