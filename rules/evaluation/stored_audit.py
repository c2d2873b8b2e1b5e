"""The people of a finished audit, opened so that rules can be applied to them again: from data/*.parquet, no roster is read."""

from __future__ import annotations

import datetime as dt
import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from guantong.rules.evaluation.evaluate import evaluate
from guantong.rules.evaluation.export import make_words
from guantong.rules.evaluation.relations import RELATIONS, Relation, Relations
from guantong.rules.policy.load import Policy, parse
from guantong.rules.policy.small_files import FileNotRead, read_small_file
from guantong.rules.policy.yaml_text import MOST_BYTES
from guantong.rules.reading import READING, describe_changes, describe_reading
from guantong.rules.vocabulary import CONDITIONS, DIRECTIONS, NO_ROUTE, NOTES, OUTCOMES, RETROSPECTIVE, SETTINGS, SKILLS, TITLES
from guantong.schemas import UserError, catalogue, database
from guantong.schemas.facts_in_words import SHARED, fact_columns
from guantong.schemas.reading.tracks import SQL_TYPE as CREDENTIAL
from guantong.schemas.sql_text import among, date_literal

TABLES = ("persons", "verdicts", "findings", "facts", "relations")
COMPARED_TABLES = (*TABLES, "files")
_MOST_RULEBOOK, _MOST_POLICIES = 20_000_000, 100
_FIRST, _LAST = dt.date(1, 1, 1), dt.date(9999, 12, 31)
# Errors that no table causes: its columns are looked at before.
_NOT_CAUSED_BY_TABLES = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.OutOfMemoryException,
    duckdb.InterruptException,
)
_DISK = re.compile("No space left|not enough space|quota")
# The types of the columns that are read; all others are texts.
_TYPES = {
    "pid": "BIGINT", "row": "INTEGER", "work_years_lo": "INTEGER", "work_years_hi": "INTEGER", "certain_by": "DATE",
    "eligible_on": "DATE", "since": "DATE", "years_full_on": "DATE", "as_of": "DATE",
    "duplicate_of": 'STRUCT(source_file VARCHAR, sheet VARCHAR, "row" INTEGER)',
    "assessments": 'STRUCT("year" BIGINT, grade VARCHAR)[]', "credentials": f"{CREDENTIAL}[]", "away_months": "INTEGER",
    **dict.fromkeys("not_known not_met unknown review settings missing honours honours_in_doubt recent_grades unread".split(), "VARCHAR[]"),
}  # fmt: skip
_COLUMNS_READ = {
    "persons": "pid source_file sheet row bucket rejected_for person_key name unit unit_id city skill_level title skill_to_title_outcome"
    " skill_to_title_target title_to_skill_outcome title_to_skill_target education_equivalent parity duplicate_of occupation theory_exam"
    " title_relation study_relation as_of not_known unread work_years_lo work_years_hi",
    "verdicts": "pid source_file sheet route direction target outcome eligible_on since certain_by not_met unknown review settings missing years_full_on",
    "findings": "pid source_file sheet row column code field value message action",
    "relations": "subject occupation relation source",
    "columns": "source_file sheet name letter header",
    "claims": "pid claimed result route clause eligible_on not_met could_claim missing",
    "files": "source_file sha256",
}
# What is read of an audit of an earlier reading, to compare it with another.
_COMPARED = {
    "persons": "pid source_file sheet row bucket person_key name unit unit_id city skill_to_title_outcome skill_to_title_target"
    " title_to_skill_outcome title_to_skill_target duplicate_of",
    "verdicts": "pid direction target outcome years_full_on",
    "findings": "source_file sheet row code field",
    "facts": "pid birth_lo integrity integrity_decision",
    "relations": "subject occupation relation source",
    "files": "source_file sha256",
}
_ONLY_OF_AWARDS = {"facts": {"skill_counts_before": "DATE", "title_counts_before": "DATE"}}  # columns that a retrospective audit alone has
_OUTCOMES = (*OUTCOMES, NO_ROUTE)
_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "persons": {
        "bucket": ("evaluated", "rejected"), "skill_to_title_outcome": _OUTCOMES, "title_to_skill_outcome": _OUTCOMES,
        "theory_exam": ("exempt", "review"),
    },
    "verdicts": {"outcome": OUTCOMES, "direction": DIRECTIONS},
    "relations": {"relation": RELATIONS},
    "claims": {"result": ("supported", "too_early", "unverified", "unsupported", "held")},
}  # fmt: skip
_LISTS: dict[str, dict[str, tuple[str, ...]]] = {
    "verdicts": {
        "not_met": CONDITIONS, "unknown": CONDITIONS, "review": NOTES,
        "settings": (*SETTINGS, *RETROSPECTIVE, *(f"unknown.{name}" for name in CONDITIONS)),
    },
    "claims": {"not_met": CONDITIONS},
}  # fmt: skip
_NOT_IN_FACTS = ("name", "id_number", "id_number_given", "skill_certificate", "title_certificate")
# What is wrong with a credential ``c``, and with the name of a field that can't be read.
_NO_DAY = " OR ".join(f"c.{day} NOT BETWEEN {date_literal(_FIRST)} AND {date_literal(_LAST)}" for day in ("day_lo", "day_hi"))
_BAD_CREDENTIAL = f"""NOT coalesce({among("c.track", ("skill", "title"))}, false)
    OR NOT coalesce(c.rank_lo BETWEEN 0 AND c.rank_hi AND c.rank_hi BETWEEN 1 AND CASE c.track WHEN 'skill' THEN {len(SKILLS)} ELSE {len(TITLES)} END, false)
    OR (c.day_lo IS NULL) <> (c.day_hi IS NULL) OR coalesce({_NO_DAY}, false)
    OR NOT coalesce({among("split_part(c.level_name, '#', 1)", catalogue.fields())}, false)
    OR NOT coalesce({among("split_part(c.date_name, '#', 1)", catalogue.fields())}, true)"""
_BAD_NAME = (
    f"""NOT coalesce({among("x", catalogue.fields())} OR regexp_full_match(x, 'assessment_[0-9]{{4}}|recent_grades_[0-9_]+'), false)"""
)
# What else is so of each row.
_ROW_CHECKS = {
    "persons": ("bucket IS NOT NULL", "(bucket = 'rejected' OR (skill_to_title_outcome IS NOT NULL AND title_to_skill_outcome IS NOT NULL))"),
    "columns": ("name IS NOT NULL", "(NOT starts_with(name, 'assessment_') OR regexp_full_match(name, 'assessment_[0-9]{4}'))"),
    "facts": ("NOT list_contains(list_transform(coalesce(assessments, []), lambda a: a IS NULL OR a.year IS NULL), true)",
              *(f"NOT list_contains(list_transform(coalesce({name}, []), lambda x: x IS NULL), true)" for name in ("honours", "honours_in_doubt", "recent_grades")),
              f"NOT list_contains(list_transform(coalesce(unread, []), lambda x: {_BAD_NAME}), true)",
              f"NOT list_contains(list_transform(coalesce(credentials, []), lambda c: {_BAD_CREDENTIAL}), true)"),
    "relations": ("subject IS NOT NULL", "occupation IS NOT NULL", "relation IS NOT NULL"),
}  # fmt: skip


@cache
def stored_columns(name: str) -> dict[str, str]:
    """The columns of an audit's table that are read, with their types."""
    if name == "facts":
        columns = [
            "pid",
            "bucket",
            "integrity_decision",
            *(one for item in catalogue.fields().values() for one in fact_columns(item)),
            *SHARED,
        ]
        columns = [column for column in columns if column not in _NOT_IN_FACTS]
    else:
        columns = _COLUMNS_READ[name].split()
    return {column: _type_of(name, column) for column in columns}


def _type_of(table: str, column: str) -> str:
    if table == "facts" and column.endswith(("_lo", "_hi")):
        return "DATE"
    if table == "facts" and column.endswith("_rank"):
        return "TINYINT"
    return _TYPES.get(column, "VARCHAR")


class NoAudit(UserError):
    """A folder that is no audit's output; the message, in Chinese, says so."""


def policy_files(policies: int) -> list[str]:
    """What the files of so many policies are called under data/, in the order in which they were named."""
    return ["policy.yaml"] if policies == 1 else [f"policy-{number}.yaml" for number in range(1, policies + 1)]


def policy_of(folder: Path) -> Policy:
    """The policy that an audit applied. Raises NoAudit, where it is a retrospective one too: it may have applied several."""
    day_of(folder)
    return applied_policy(folder)


def applied_policy(folder: Path) -> Policy:
    """The policy that an audit applied, with the others of a retrospective audit by several. Raises NoAudit, PolicyError."""
    names = policy_files(_policy_count(folder))
    first, *others = [parse(_read_file(folder, f"data/{name}", MOST_BYTES), name) for name in names]
    return replace(first, later_named=tuple(others))


def _policy_count(folder: Path) -> int:
    policies = _rulebook(folder).get("policies", [None])
    if not isinstance(policies, list) or not 1 <= len(policies) <= _MOST_POLICIES:
        raise NoAudit(f"“{folder}”的 data/rulebook.json 被改动过，看不出用了哪些政策；请重新审核")
    return len(policies)


def day_of(folder: Path) -> dt.date:
    """The as-of day of an audit. Raises NoAudit, where it is a retrospective one too: it has no one day."""
    day = _rulebook(folder).get("as_of", "")
    if day is None:
        raise NoAudit(f"“{folder}”是回溯审核的输出，每人的审核日不同，不能模拟或与别的审核比较；请用 guantong explain 逐人查看")
    try:
        return dt.datetime.strptime(day, "%Y-%m-%d").date()
    except (TypeError, ValueError) as error:
        raise NoAudit(f"“{folder}”的 data/rulebook.json 被改动过，看不出审核基准日；请重新审核") from error


def reading_of(folder: Path) -> int:
    """The reading by which an audit was made (rules/reading.py). Raises NoAudit, also where it is one of a later program."""
    number = _rulebook(folder).get("reading", 1)  # the first did not say
    if type(number) is not int or number < 1:
        raise NoAudit(f"“{folder}”的 data/rulebook.json 被改动过，看不出用了哪一版读法；请重新审核")
    if number > READING:
        raise NoAudit(f"“{folder}”是较新版本的 guantong 按{describe_reading(number)}审核的，本版本不能读；请升级，或用本版本重新审核一次")
    return number


def require_present_reading(folder: Path) -> None:
    if (number := reading_of(folder)) != READING:
        raise NoAudit(
            f"“{folder}”是较早版本的 guantong 按{describe_reading(number)}审核的，本版本按{describe_reading(READING)}读花名册和政策，"
            f"不能据此逐人解释、模拟或改按别的政策和基准日计算；请用本版本对同一批花名册重新审核一次（guantong audit），"
            f"再用 guantong compare 看哪些人因读法不同而变动。有改动的：{describe_changes(number, READING)}"
        )


def _rulebook(folder: Path) -> dict[str, Any]:
    """What is read of the rule book; nothing of it is taken to be what an audit wrote."""
    raw = _read_file(folder, "data/rulebook.json", _MOST_RULEBOOK)
    try:
        book = json.loads(raw)
    except (ValueError, RecursionError) as error:  # a number may be too long, brackets too deep
        raise NoAudit(f"“{folder}”的 data/rulebook.json 不是正确的 JSON；请重新审核") from error
    if not isinstance(book, dict):
        raise NoAudit(f"“{folder}”的 data/rulebook.json 不是本程序写的；请重新审核")
    return book


def _read_file(folder: Path, name: str, most: int) -> bytes:
    try:
        return read_small_file(_path_inside(folder, name), most)
    except FileNotRead as error:
        raise NoAudit(f"“{folder}”的 {name} {error}，不是本程序写的") from error
    except OSError as error:
        raise NoAudit(f"“{folder}”不是审核输出文件夹（没有 {name}）") from error


def _path_inside(folder: Path, name: str) -> Path:
    """A file of an audit; a link out of its folder is none."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise NoAudit(f"“{folder}”的 {name} 是指向别处的链接，不是本程序写的")
    return path


@contextmanager
def open_audits(*folders: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the tables of these audits and no other file. Raises NoAudit where the tables are not what an audit writes."""
    with tempfile.TemporaryDirectory() as spill, database.connect(*(folder / "data" for folder in folders), spill=Path(spill)) as con:
        try:
            yield con
        except duckdb.Error as error:
            if isinstance(error, _NOT_CAUSED_BY_TABLES) or _DISK.search(str(error)):
                raise
            raise NoAudit("审核输出的数据表已损坏、被改动过，或是另一版本的 guantong 写的；请用本版本重新审核一次") from error


def open_tables(
    con: duckdb.DuckDBPyConnection, folder: Path, prefix: str = "stored", names: Iterable[str] = TABLES, any_reading: bool = False
) -> None:
    """Make views of an audit's tables: stored_persons and so on. Raises NoAudit where one is missing, or has columns of other types.

    ``any_reading``: also those of an earlier reading (rules/reading.py), which have the columns of `_COMPARED` at least; else they are refused.
    """
    older = any_reading and reading_of(folder) != READING
    if not any_reading:
        require_present_reading(folder)
    for name in names:
        path = _path_inside(folder, f"data/{name}.parquet")
        if not path.is_file():
            raise NoAudit(f"“{folder}”不是审核输出文件夹（没有 data/{name}.parquet）")
        try:
            database.view_parquet(con, f"{prefix}_{name}", path)
            found = database.column_types(con, f"{prefix}_{name}")
        except (duckdb.InvalidInputException, duckdb.IOException, duckdb.NotImplementedException) as error:
            raise NoAudit(f"“{folder}”的 data/{name}.parquet 读不出，已损坏或不是本程序写的；请重新审核") from error
        _check_types(folder, name, found, older)
        _check_values(con, folder, name, f"{prefix}_{name}", found)


def _check_types(folder: Path, name: str, found: dict[str, str], older: bool) -> None:
    wanted = stored_columns(name)
    needed = _COMPARED[name].split() if older else wanted
    if missing := [column for column in needed if column not in found]:
        raise NoAudit(
            f"“{folder}”的 data/{name}.parquet 缺少列 {'、'.join(missing[:5])}，是另一版本的 guantong 写的；请用本版本重新审核一次"
        )
    for column, kind in {**wanted, **_ONLY_OF_AWARDS.get(name, {})}.items():
        if found.get(column, kind) != kind:
            raise NoAudit(f"“{folder}”的 data/{name}.parquet 的列 {column} 应为 {kind}，是 {found[column][:80]}，被改动过；请重新审核")


def _check_values(con: duckdb.DuckDBPyConnection, folder: Path, name: str, view: str, found: dict[str, str]) -> None:
    """Look whether words are those that an audit writes, and days are days of this age: what is read here becomes words for people."""
    allowed = [
        check for check in _ROW_CHECKS.get(name, ()) if not any(column in check for column in stored_columns(name) if column not in found)
    ]
    allowed += [f"({column} IS NULL OR {among(column, words)})" for column, words in _WORDS.get(name, {}).items() if column in found]
    allowed += [f"coalesce(len(list_filter({column}, lambda x: x IS NULL OR NOT {among('x', words)})) = 0, false)"
                for column, words in _LISTS.get(name, {}).items() if column in found]  # fmt: skip
    allowed += [f"({column} IS NULL OR {column} BETWEEN {date_literal(_FIRST)} AND {date_literal(_LAST)})" for column, kind in found.items()
                if kind == "DATE" and column in stored_columns(name)]  # fmt: skip
    if not allowed:
        return
    wrong = database.scalar(con, f"SELECT count(*) FROM {view} WHERE NOT coalesce({' AND '.join(allowed)}, false)")
    if wrong:
        raise NoAudit(f"“{folder}”的 data/{name}.parquet 有 {wrong} 行不是本程序写的内容，被改动过；请重新审核")


def set_people(con: duckdb.DuckDBPyConnection, prefix: str = "stored") -> None:
    """Put the people of `open_tables` where the rules look for them."""
    con.execute(f"""
        CREATE OR REPLACE VIEW rows AS SELECT * FROM {prefix}_facts;
        CREATE OR REPLACE VIEW people AS SELECT * FROM {prefix}_persons;
    """)


def evaluate_again(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date, prefix: str = "stored") -> None:
    """Make verdicts, verdict_words and summaries of the people of `open_tables`, by another policy or as of another day."""
    set_people(con, prefix)
    evaluate(con, policy, as_of, _relations(con, prefix))
    make_words(con)


def _relations(con: duckdb.DuckDBPyConnection, prefix: str) -> Relations:
    """The relations that the audit of `open_tables` applied."""
    rows = database.records(con, f"SELECT {', '.join(Relation._fields)} FROM {prefix}_relations")
    return Relations(tuple(Relation(**row) for row in rows), "relations.parquet", "", False)
