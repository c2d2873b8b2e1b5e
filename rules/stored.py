"""The people of a finished audit, opened so that rules can be applied to them again: from data/*.parquet, no roster is read."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb

from guantong.rules.evaluate import add_words, evaluate
from guantong.rules.policy import Policy, parse

TABLES = ("persons", "verdicts", "findings", "facts")


class NoAudit(Exception):
    """A folder that is no audit's output; the message, in Chinese, says so."""


def policy_of(folder: Path) -> Policy:
    """The policy that an audit applied. Raises NoAudit."""
    return parse(_read(folder, "data/policy.yaml"), "policy.yaml")


def rulebook_of(folder: Path) -> dict:
    """The rule book of an audit. Raises NoAudit."""
    return json.loads(_read(folder, "data/rulebook.json"))


def day_of(folder: Path) -> dt.date:
    """The as-of day of an audit. Raises NoAudit."""
    return dt.date.fromisoformat(rulebook_of(folder)["as_of"])


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise NoAudit(f"“{folder}”不是审核输出文件夹（没有 {name}）") from error


def open_tables(con: duckdb.DuckDBPyConnection, folder: Path, prefix: str = "stored") -> None:
    """Make views of an audit's tables: stored_persons and so on. Raises NoAudit."""
    for name in TABLES:
        path = folder / "data" / f"{name}.parquet"
        if not path.exists():
            raise NoAudit(f"“{folder}”不是审核输出文件夹（没有 data/{name}.parquet）")
        con.execute(f"CREATE OR REPLACE VIEW {prefix}_{name} AS SELECT * FROM read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')")


def evaluate_again(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date, prefix: str = "stored") -> None:
    """Make verdicts, verdict_words and summaries of the people of `open_tables`, by another policy or as of another day."""
    con.execute(f"""
        CREATE OR REPLACE VIEW rows AS SELECT * FROM {prefix}_facts;
        CREATE OR REPLACE VIEW assessments AS SELECT pid, unnest(assessments, recursive := true) FROM {prefix}_facts;
        CREATE OR REPLACE VIEW honours AS SELECT pid, unnest(honours) AS honour FROM {prefix}_facts;
        CREATE OR REPLACE VIEW people AS SELECT * FROM {prefix}_persons;
    """)
    evaluate(con, policy, as_of)
    add_words(con, policy)
