"""Lists that an audit goes by beside the rosters: a 诚信名单, a bureau's own table of 专业 and 职业（工种）, and its own words."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from guantong.flows.audit.read_rosters import SLOW, call_in_time, failure_of
from guantong.flows.errors import CannotRun, ReaderFailed
from guantong.flows.records import Found
from guantong.flows.workers.pool import Pool, WorkerDied, make_pool, start_with_limits_only, wait_for_result
from guantong.rules.evaluation.relations import Relations, load_relations
from guantong.schemas import database
from guantong.schemas.catalogue import finding_kinds
from guantong.schemas.own_words import OwnWords, WordLine
from guantong.schemas.side_lists.decisions import CLEAR, NO_ID, UNCLEAR, VETO, Decisions, read_decisions
from guantong.schemas.side_lists.expected import ExpectedUnits, read_expected
from guantong.schemas.side_lists.read_words import read_words
from guantong.schemas.sql_text import parquet_table
from guantong.schemas.text import mask_numbers

if TYPE_CHECKING:
    import pandas as pd

    from guantong.flows.audit.publication_series import Calendar

SIDE_LIST = "诚信名单、关系表、读作表、应报单位名单"  # under which the files are counted as passed over, where they lie among the rosters
# What became of a line of the 诚信名单, as it is told.
RESULTS = {"vetoed": "一票否决", "not_found": "名册中没有此人", CLEAR: "没有弄虚作假", UNCLEAR: "看不出决定", NO_ID: "没有可用的身份证号"}
_MOST_ROWS = 10  # row numbers of lines that are told on the screen


@dataclass(frozen=True)
class ListPaths:
    """The files of the lists that are given; None where one is not."""

    integrity: Path | None = None
    relations: Path | None = None
    words: Path | None = None

    def given(self) -> list[Path]:
        return [path for path in (self.integrity, self.relations, self.words) if path is not None]


@dataclass(frozen=True)
class SideLists:
    """What an audit goes by beside the rosters: the relations, the decisions of the 诚信名单, a bureau's own words, and how tables are published; None where not at all.

    ``calendar``: when scheduled runs publish.
    """

    relations: Relations
    decisions: Decisions | None = None
    words: OwnWords = field(default_factory=OwnWords)
    publish_threshold: int | None = None
    calendar: Calendar | None = None

    def record(self) -> dict[str, object]:
        """What run.json says of them: names and hashes."""
        lists = {"relations": {"file": self.relations.file, "sha256": self.relations.sha256, "official": not self.relations.is_starter}}
        if self.decisions is not None:
            lists["integrity"] = {"file": self.decisions.file, "sha256": self.decisions.sha256}
        if self.words.sha256:
            lists["words"] = {"file": self.words.file, "sha256": self.words.sha256}
        if self.publish_threshold is not None:
            lists["publish"] = {"threshold": self.publish_threshold}
        return lists


def read_side_lists(paths: ListPaths, key: bytes, publish_threshold: int | None = None, calendar: Calendar | None = None) -> SideLists:
    """Read all lists, in a worker with its limits on time and memory. Raises UserError where one can't be used: nothing is audited without what
    it was to be audited with.
    """
    if not paths.given():
        return SideLists(load_relations(), publish_threshold=publish_threshold, calendar=calendar)
    with make_pool(1, start_with_limits_only) as pool:
        decisions = read_guarded(pool, paths.integrity, read_decisions, key) if paths.integrity else None
        relations = read_guarded(pool, paths.relations, load_relations) if paths.relations else load_relations()
        words = read_guarded(pool, paths.words, read_words) if paths.words else OwnWords()
        return SideLists(relations, decisions, words, publish_threshold, calendar)


def read_own_words(path: Path | None) -> OwnWords:
    """A bureau's own words alone. Raises UserError where they can't be used."""
    return read_side_lists(ListPaths(words=path), b"").words


def read_expected_units(path: Path) -> ExpectedUnits:
    """The units that are to hand in. Raises UserError where the list can't be used."""
    with make_pool(1, start_with_limits_only) as pool:
        return read_guarded(pool, path, read_expected)


def read_guarded(pool: Pool, path: Path, read: Callable, *more: object, retry: bool = False) -> object:
    """A file as ``read`` gives it in a worker. One that is the death of its worker is tried once more in a fresh one."""
    try:
        return wait_for_result(pool.schedule(call_in_time, (read, path, *more), new_worker=retry))
    except (WorkerDied, ReaderFailed) as error:
        refusal = failure_of(error).refusal
        if retry or refusal.detail == SLOW:
            raise CannotRun(f"“{mask_numbers(path.name)}”无法使用：{finding_kinds()[refusal.code].title}（{refusal.detail}）") from error
    return read_guarded(pool, path, read, *more, retry=True)


def leave_out_lists(found: Found, paths: list[Path]) -> None:
    """Take the lists themselves out of the rosters that were found: they may lie in the same folder."""
    lists = {os.path.realpath(path) for path in paths}
    rosters = [item for item in found.inputs if os.path.realpath(item.path) not in lists]
    for _ in range(len(found.inputs) - len(rosters)):
        found.pass_over(SIDE_LIST)
    found.take(rosters)


def apply_decisions(con: duckdb.DuckDBPyConnection, decisions: Decisions | None, kind: str = "VIEW") -> None:
    """Make rows of rows_read, as a VIEW or as a TABLE in the order of pid: with the column integrity_decision, and 诚信情况 弄虚作假
    (二（三）) for whom there is a decision, by person_key alone.
    """
    query = "SELECT *, NULL::VARCHAR AS integrity_decision FROM rows_read"
    if decisions is not None and not decisions.vetoes.empty:
        database.create_table(con, "vetoes", decisions.vetoes)
        query = """SELECT r.* REPLACE (CASE WHEN v.told IS NULL THEN r.integrity ELSE '弄虚作假' END AS integrity), v.told AS integrity_decision
            FROM rows_read AS r LEFT JOIN vetoes AS v USING (person_key)"""
    con.execute(f"CREATE {kind} rows AS {query} {'ORDER BY pid' if kind == 'TABLE' else ''}")


def write_decisions(data: Path, decisions: Decisions | None) -> dict[str, object] | None:
    """Write data/integrity.parquet: file, sheet, row, result (`RESULTS`), people (rows of rosters that it is about), told.

    Gives the counts for run.json; None, and no table, without a list.
    """
    if decisions is None:
        return None
    with database.connect(data) as con:
        database.create_table(con, "decisions", decisions.rows.assign(file=decisions.file))
        con.execute(
            f"""
            CREATE TABLE lines AS
            SELECT file, d.sheet, d.row::INTEGER AS row,
                CASE WHEN decision <> $veto THEN decision WHEN count(p.person_key) > 0 THEN 'vetoed' ELSE 'not_found' END AS result,
                count(p.person_key)::INTEGER AS people, told
            FROM decisions AS d LEFT JOIN {parquet_table(data / "persons.parquet")} AS p ON p.person_key = d.person_key AND d.decision = $veto
            GROUP BY file, d.sheet, d.row, decision, told""",
            {"veto": VETO},
        )
        database.write_parquet(con, data / "integrity.parquet", "SELECT * FROM lines ORDER BY file, sheet, row")
        lines = con.execute("SELECT sheet, row, result, people FROM lines ORDER BY sheet, row").df()
    return _counts(lines)


def write_relations(data: Path, relations: Relations) -> None:
    """Write data/relations.parquet, the relations as they were applied: subject, occupation, relation, source."""
    with database.connect(data) as con:
        relations.make_table(con)
        database.write_parquet(con, data / "relations.parquet", "SELECT * FROM relations ORDER BY ALL")


def write_words(data: Path, words: OwnWords) -> None:
    """Write data/words.parquet, a bureau's own words as they were applied: field ('' for a header), text, reading."""
    import pandas as pd

    with database.connect(data) as con:
        table = pd.DataFrame(words.lines, columns=list(WordLine._fields)).astype("str")
        database.create_table(con, "words", table)
        database.write_parquet(con, data / "words.parquet", "SELECT * FROM words ORDER BY ALL")


def _counts(lines: pd.DataFrame) -> dict[str, object]:
    """Lines by result, and the places of those that no one was told by."""
    told = lines[lines["result"].isin([NO_ID, UNCLEAR, "not_found"])]
    return {
        "lines": len(lines),
        **{result: int((lines["result"] == result).sum()) for result in RESULTS},
        "rows_vetoed": int(lines["people"].sum()),
        "places": {result: (part["sheet"] + "!" + part["row"].astype("str")).tolist() for result, part in told.groupby("result")},
    }


def integrity_line(counts: dict[str, object]) -> str:
    """The list's line of the screen: how many lines came to what; sheet and row of those that can't be applied."""
    parts = []
    for result, word in RESULTS.items():
        if not counts[result]:
            continue
        places = counts["places"].get(result, [])
        shown = "、".join(places[:_MOST_ROWS]) + ("等" if len(places) > _MOST_ROWS else "")
        parts.append(f"{word} {counts[result]} 条" + (f"（{shown}）" if shown else ""))
    return f"  诚信名单　{counts['lines']} 条：{'，'.join(parts)}。只按身份证号对应，不按姓名"
