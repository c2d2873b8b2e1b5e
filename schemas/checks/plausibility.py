"""Cross-column and cross-row plausibility, in DuckDB."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import duckdb
import pandas as pd

from guantong.schemas import database
from guantong.schemas.sql_text import fill_template, load_script

# Columns of rows that tell units and people apart.
NARROW = (
    "pid", "file_no", "source_file", "sheet", "row", "bucket", "name", "unit_key", "unit_code", "unit_code_sound", "person_key",
    "skill_certificate", "title_certificate",
)  # fmt: skip

_SKILL_DATES = ("skill_date", "skill_3_date", "skill_4_date", "skill_5_date")
_TITLE_DATES = ("title_date", "title_2_date", "title_3_date", "title_4_date")
# Facts of the post and state: in SQL over rows, when one tells against the person.
_WORDS = {
    "post": "post NOT IN ('技能岗位', '专业技术岗位')",
    "service": "service <> '在岗'",
    "integrity": "integrity <> '良好'",
    "frontline": "frontline = '否'",
    "engineering_field": "engineering_field = '否'",
}


def _said(field: str, kind: str, value: str = "NULL", days: str | None = None, adverse: str = "false") -> str:
    """What a row says of a field, as SQL over rows: a word, or the days of a date."""
    lo, hi = (f"{days}_lo::DATE", f"{days}_hi::DATE") if days else ("NULL::DATE", "NULL::DATE")
    return f"{{'field': '{field}', 'kind': '{kind}', 'value': ({value})::VARCHAR, 'lo': {lo}, 'hi': {hi}, 'adverse': coalesce({adverse}, false)}}"


# All that is compared of rows of one person, beside the assessments.
FACTS = (
    *(_said(name, "post", name, adverse=adverse) for name, adverse in _WORDS.items()),
    _said("person_category", "post", "person_category"),
    _said("away_months", "post", "CASE WHEN away_months > 0 THEN away_months END", adverse="away_months > 0"),
    _said("work_start", "post", days="work_start", adverse="work_start_hi > earliest"),
    _said("skill", "credential", "CASE WHEN skill_state = 'none' THEN 0 WHEN skill_state = 'known' THEN skill_rank END"),
    _said(
        "title", "credential", "CASE WHEN title_state = 'none' OR no_title THEN 0 WHEN title_state = 'known' THEN title_rank END"
    ),
    _said("title_series", "credential", "CASE WHEN title_state = 'known' AND title_rank > 0 THEN coalesce(title_named_series, title_series) END"),
    _said("honours", "credential", "array_to_string(list_sort(honours), '、')"),
    *(_said(name, "credential", days=name) for name in (*_SKILL_DATES, *_TITLE_DATES)),
    _said("name", "person", "name"),
    _said("sex", "person", "sex"),
    _said("birth", "person", days="birth"),
)  # fmt: skip


def _script(name: str) -> str:
    return load_script(__package__, name)


@cache
def _own_connection() -> duckdb.DuckDBPyConnection:
    """The connection in which this process looks through batches: to open one takes as long as to look through one."""
    return database.connect(threads=1)


class Contradiction(NamedTuple):
    """Cells of one person that contradict each other: the column that is blamed, and the finding's code."""

    pid: int
    field: str
    code: str
    detail: str


def contradictions(rows: pd.DataFrame) -> list[Contradiction]:
    """The contradictions within rows of a typed table."""
    if rows.empty:
        return []
    con = _own_connection()
    con.register("typed", rows)
    try:
        return [Contradiction(**row) for row in database.records(con, _script("within_row.sql"))]
    finally:
        con.unregister("typed")
        con.execute("DROP TABLE IF EXISTS rows")


def signs_query() -> str:
    """The query that gives a row a sign, from the tables persons, facts, findings, columns and kinds (number, code, title)."""
    return _script("signs.sql")


def match(con: duckdb.DuckDBPyConnection, day: str | None = None) -> None:
    """Make what only all rosters together tell, from the relations rows_raw, files and columns.

    ``day``: an expression over rows; a person of another day is no repetition then.

    ``matched``: a row a person, the unit and the row that stands for the same person in it. ``between_people``: pid, field, code, value,
    detail. ``unsettled``: the people of whom rows say different things, with what of it is unknown (conflicts.sql).
    """
    person = "person_key" if day is None else f"CASE WHEN person_key IS NOT NULL THEN concat_ws(' ', person_key, ({day})::VARCHAR) END"
    con.execute(f"CREATE OR REPLACE TABLE narrow AS SELECT {', '.join(NARROW)}, {person} AS person FROM rows_raw")
    con.execute(_script("people.sql"))
    again = database.scalar(con, "SELECT count(*) > 0 FROM again")
    con.execute(fill_template(_script("conflicts.sql"), {"facts": ", ".join(FACTS), "any": str(again)}))
    con.execute(_script("matched.sql"))
    con.execute(f"CREATE OR REPLACE TABLE between_people AS {_script('between_people.sql')}")
    for name in ("narrow", "unit_rows", "speakers", "again", "told", "said", "stands", "conflicts", "opposite"):
        con.execute(f"DROP TABLE {name}")


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Make the view rows_read: rows_raw, what is in conflict (unsettled) unknown."""
    unsettled = database.scalar(con, "SELECT count(*) FROM unsettled")
    con.execute(f"CREATE VIEW rows_read AS {_settled() if unsettled else 'FROM rows_raw'}")


def _settled() -> str:
    words = [f"CASE WHEN list_contains(u.fields, '{name}') THEN NULL ELSE r.{name} END AS {name}" for name in _WORDS if name != "post"]
    days = [*_unknown_days(("work_start",), ("work_start",)), *_unknown_days(_SKILL_DATES, ("skill", *_SKILL_DATES))]
    days += _unknown_days(_TITLE_DATES, ("title", "title_series", *_TITLE_DATES))
    levels = [
        *_either("skill", ("skill",), ("skill",)),
        *_either("title", ("title", "title_series"), ("title", "title_series", "title_named_series")),
    ]
    parts = {"words": words, "days": days, "levels": levels}
    return fill_template(_script("settled.sql"), {name: ",\n    ".join(columns) for name, columns in parts.items()})


def _among(fields: tuple[str, ...]) -> str:
    return f"list_has_any(u.fields, {list(fields)})"


def _unknown_days(dates: tuple[str, ...], fields: tuple[str, ...]) -> list[str]:
    """All of ``dates`` unknown where one of ``fields`` is in conflict: an earlier day may be the one that counts."""
    ends = [f"CASE WHEN {_among(fields)} THEN NULL ELSE r.{name}_{end} END AS {name}_{end}" for name in dates for end in ("lo", "hi")]
    return ends + [f"CASE WHEN {_among(fields)} THEN 'unknown' ELSE r.{name}_state END AS {name}_state" for name in dates]


def _either(track: str, fields: tuple[str, ...], words: tuple[str, ...]) -> list[str]:
    """The level of ``track`` as one of several that are told."""
    told = [f"CASE WHEN {_among(fields)} THEN NULL ELSE r.{name} END AS {name}" for name in words]
    rank = f"CASE WHEN {_among(fields)} THEN u.{track}_rank ELSE r.{track}_rank END AS {track}_rank"
    return [*told, rank, f"CASE WHEN {_among(fields)} THEN 'either' ELSE r.{track}_state END AS {track}_state"]


def across_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``across`` (pid, field, code, value, detail) from the tables rows and between_people, as of ``as_of``."""
    con.execute(f"CREATE OR REPLACE TABLE across AS SELECT * FROM between_people UNION ALL ({_script('after_as_of.sql')})")
