"""The people of a finished audit, opened so that rules can be applied to them again: from data/*.parquet, no roster is read."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import duckdb

from guantong.rules.evaluate import add_words, evaluate
from guantong.rules.policy import Policy, parse
from guantong.rules.relations import Relations

TABLES = ("persons", "verdicts", "findings", "facts", "relations")


class NoAudit(Exception):
    """A folder that is no audit's output; the message, in Chinese, says so."""


def policy_files(policies: int) -> list[str]:
    """What the files of so many policies are called under data/, in the order in which they were named."""
    return ["policy.yaml"] if policies == 1 else [f"policy-{number}.yaml" for number in range(1, policies + 1)]


def policy_of(folder: Path) -> Policy:
    """The policy that an audit applied. Raises NoAudit, where it is a retrospective one too: it may have applied several."""
    day_of(folder)
    return applied(folder)


def applied(folder: Path) -> Policy:
    """The policy that an audit applied, with the others of a retrospective audit by several. Raises NoAudit."""
    names = policy_files(len(rulebook_of(folder).get("policies", [None])))
    first, *others = [parse(_read(folder, f"data/{name}"), name) for name in names]
    return replace(first, others=tuple(others))


def rulebook_of(folder: Path) -> dict:
    """The rule book of an audit. Raises NoAudit."""
    return json.loads(_read(folder, "data/rulebook.json"))


def day_of(folder: Path) -> dt.date:
    """The as-of day of an audit. Raises NoAudit, where it is a retrospective one too: it has no one day."""
    if (day := rulebook_of(folder)["as_of"]) is None:
        raise NoAudit(f"“{folder}”是回溯审核的输出，每人的审核日不同，不能模拟或与别的审核比较；请用 guantong explain 逐人查看")
    return dt.date.fromisoformat(day)


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


def as_people(con: duckdb.DuckDBPyConnection, prefix: str = "stored") -> None:
    """Put the people of `open_tables` where the rules look for them."""
    con.execute(f"""
        CREATE OR REPLACE VIEW rows AS SELECT * FROM {prefix}_facts;
        CREATE OR REPLACE VIEW people AS SELECT * FROM {prefix}_persons;
    """)


def evaluate_again(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date, prefix: str = "stored") -> None:
    """Make verdicts, verdict_words and summaries of the people of `open_tables`, by another policy or as of another day.

    Raises NoAudit where the tables lack what the rules read.
    """
    as_people(con, prefix)
    try:
        evaluate(con, policy, as_of, _relations(con, prefix))
        add_words(con, policy)
    except duckdb.BinderException as error:
        raise NoAudit("审核输出是另一版本的 guantong 写的，缺少现在需要的列；请用本版本重新审核一次") from error


def _relations(con: duckdb.DuckDBPyConnection, prefix: str) -> Relations:
    """The relations that the audit of `open_tables` applied."""
    rows = con.execute(f"SELECT subject, occupation, relation, source FROM {prefix}_relations").fetchall()
    return Relations(tuple(rows), "relations.parquet", "", False)
