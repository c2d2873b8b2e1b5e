"""Cross-column and cross-row plausibility, in DuckDB."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from guantong.schemas import database
from guantong.schemas.person_columns import columns_of, person_columns
from guantong.schemas.reading.tracks import CREDENTIAL, SQL_TYPE, TRACKS
from guantong.schemas.sql_text import date_literal, fill_template, literal, literals, load_script
from guantong.schemas.values.grades import PASSING
from guantong.schemas.values.places import HOME_PROVINCE

if TYPE_CHECKING:  # a command starts without it
    import pandas as pd

# Columns of rows that tell units and people apart.
NARROW = (
    "pid", "file_no", "source_file", "sheet", "row", "bucket", "name", "unit_key", "unit_code", "unit_code_sound", "person_key",
    "skill_certificate", "title_certificate",
)  # fmt: skip

# Facts of the post and state: in SQL over rows, when one tells against the person.
_WORDS = {
    "post": "post NOT IN ('技能岗位', '专业技术岗位')",
    "service": "service <> '在岗'",
    "integrity": "integrity <> '良好'",
    "frontline": "frontline = '否'",
    "engineering_field": "engineering_field = '否'",
}


class Fact(NamedTuple):
    """What a row says of a field, and how rows of one person are compared by it.

    ``kind``: post (any two rows must agree), credential (one file may tell further ones in further rows), person (told, never unknown for it).
    ``columns``: those of rows that it is made from. ``value``: SQL over them, a word; ``days``: the date whose days are compared;
    ``adverse``: SQL, whether it tells against the person.
    """

    field: str
    kind: str
    columns: tuple[str, ...]
    value: str = "NULL"
    days: str | None = None
    adverse: str = "false"

    @property
    def all_columns(self) -> tuple[str, ...]:
        return (*self.columns, *((f"{self.days}_lo", f"{self.days}_hi") if self.days else ()))

    @property
    def sql(self) -> str:
        lo, hi = (f"{self.days}_lo::DATE", f"{self.days}_hi::DATE") if self.days else ("NULL::DATE", "NULL::DATE")
        words = f"'field': '{self.field}', 'kind': '{self.kind}', 'value': ({self.value})::VARCHAR"
        return f"{{{words}, 'lo': {lo}, 'hi': {hi}, 'adverse': coalesce({self.adverse}, false)}}"


def _days(field: str, kind: str, adverse: str = "false") -> Fact:
    return Fact(field, kind, (f"{field}_state",), days=field, adverse=adverse)


def _of_main_cell(track: str, value: str) -> str:
    """What ``value``, SQL over a credential c, is of each that the cell of the level or title tells, in one order; null for none."""
    chosen = f"list_filter(credentials, lambda c: c.track = '{track}' AND c.level_name = '{track}')"
    return f"nullif(array_to_string(list_sort(list_distinct(list_transform({chosen}, lambda c: {value}))), '、'), '')"


def _levels(track: str, is_none: str) -> str:
    return f"CASE WHEN {is_none} THEN '0' ELSE {_of_main_cell(track, 'c.rank_lo || chr(45) || c.rank_hi')} END"


# All that is compared of rows of one person, beside the assessments.
FACTS = (
    *(Fact(name, "post", (name,), name, "service_from" if name == "service" else None, adverse) for name, adverse in _WORDS.items()),
    Fact("person_category", "post", ("person_category",), "person_category"),
    # what can't be read keeps its text, which is no second place
    Fact("city", "post", ("city", "province"), "CASE WHEN list_contains(unread, 'city') THEN NULL ELSE city END",
         adverse=f"province <> {literal(HOME_PROVINCE)}"),
    Fact("recent_grades", "post", ("recent_grades",), "array_to_string(recent_grades, '、')",
         adverse=f"len(list_filter(recent_grades, lambda grade: grade NOT IN ({literals(PASSING)}))) > 0"),
    Fact("away_months", "post", ("away_months", "away_months_state"), "CASE WHEN away_months > 0 THEN away_months END", adverse="away_months > 0"),
    _days("work_start", "post", "work_start_hi > earliest"),
    _days("post_start", "post"),
    Fact("skill", "credential", ("skill_state", "credentials"), _levels("skill", "skill_state = 'none'")),
    Fact("title", "credential", ("title_state", "credentials"), _levels("title", "title_state IN ('none', 'blank')")),
    Fact("title_series", "credential", ("credentials",), _of_main_cell("title", "c.series")),
    # of whose present occupation a certificate is; where none names one, nothing rests on it
    Fact("occupation", "credential", ("occupation_key", "credentials"),
         "CASE WHEN len(list_filter(credentials, lambda c: c.occupation IS NOT NULL)) > 0 THEN occupation_key END"),
    Fact("honours", "credential", ("honours", "honours_in_doubt", "honours_lo", "honours_hi"),
         "CASE WHEN len(honours) > 0 OR len(honours_in_doubt) > 0 THEN concat_ws('；', array_to_string(list_sort(honours), '、'),"
         " array_to_string(list_sort(honours_in_doubt), '、')) END"),
    *(_days(name, "credential") for track in TRACKS for name in track.dates),
    Fact("name", "person", ("name",), "name"),
    Fact("sex", "person", ("sex",), "sex"),
    _days("birth", "person"),
)  # fmt: skip
# Columns of rows that are compared without being a fact's own: by the year, and whether a cell is filled and can't be read.
COMPARED_BESIDE = ("assessments", "unread")
# All other columns of rows, and why they need not agree: a test holds both lists against what packs have.
NOT_COMPARED = {
    "where the row stands, and who it is of": ("pid", "file_no", "sheet", "row", "bucket", "rejected_for", "person_key", "id_birth", "id_sex", "own_columns"),
    "tells units apart": ("unit", "unit_code", "unit_key", "unit_code_sound"),
    "made of what is compared": ("skill", "skill_rank", "title", "title_rank", "title_named_series", "title_series", "occupation"),
    "no condition rests on it": (
        "industry", "post_name", "title_subject", "education", "school", "technical_class",
        "major",
    ),
    "a number that two people may not share": ("skill_certificate", "title_certificate", "certificate_year", "certificate_rank"),
    "what somebody means to apply for, or was awarded": (
        *(f"claimed_{track}{suffix}" for track in ("title", "skill") for suffix in ("", "_rank", "_state", "_series")),
        "award_date_lo", "award_date_hi", "award_date_state",
    ),
}  # fmt: skip


def _script(name: str) -> str:
    return load_script(__package__, name)


@cache
def _own_connection() -> duckdb.DuckDBPyConnection:
    """The connection in which this process looks through batches: to open one takes as long as to look through one."""
    return database.connect(threads=1)


# Columns of typed rows that `within_row.sql` looks at, beside those of levels and titles.
_OF_PERSON = (
    "pid", "sex", "id_sex", "birth_lo", "birth_hi", "id_birth", "skill", "skill_rank", "skill_state", "title", "title_rank", "title_state",
    "title_series", "title_named_series", "certificate_year", "certificate_rank",
)  # fmt: skip


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
    con, (query, columns) = _own_connection(), _within_row(_further(rows))
    import pyarrow as pa

    con.register("typed", pa.Table.from_pandas(rows[list(columns)], preserve_index=False))
    try:
        return [Contradiction(**row) for row in database.records(con, query)]
    finally:
        con.unregister("typed")
        con.execute("DROP TABLE IF EXISTS rows")


def _further(rows: pd.DataFrame) -> tuple[tuple[int, int], ...]:
    """The further credentials of which the typed rows have the level and its date: the place of the track in `TRACKS`, and the number."""
    dates = (name.removesuffix("_lo").partition("#") for name in rows if "#" in name and name.endswith("_lo"))
    numbered = ((at, int(number)) for field, _, number in dates for at, track in enumerate(TRACKS) if field == track.date)
    return tuple((at, number) for at, number in numbered if f"{TRACKS[at].field}#{number}_rank" in rows)


@cache
def _within_row(further: tuple[tuple[int, int], ...]) -> tuple[str, tuple[str, ...]]:
    """The query, and the columns of typed rows that it looks at."""
    dates, columns = [], list(_OF_PERSON)
    for track in (*TRACKS, *(replace(TRACKS[at], of_rank={}, number=number) for at, number in further)):
        level, is_first = track.column(track.field), track.number == 1
        columns += [] if is_first else [f"{level}_rank", f"{level}_state"]
        ranks = [(track.column(track.date), f'"{level}_rank"::INTEGER'), *((name, str(rank)) for rank, name in track.of_rank.items())]
        for name, rank in ranks:
            columns += [f"{name}_lo", f"{name}_hi"]
            days = f"""'lo': "{name}_lo"::DATE, 'hi': "{name}_hi"::DATE"""
            beside = f"""'state': "{level}_state", 'own_rank': "{level}_rank"::INTEGER, 'of_first': {is_first}"""
            dates.append(f"{{'track': '{track.field}', 'field': '{name}', 'rank': {rank}, {days}, {beside}}}")
    quoted = ", ".join(f'"{name}"' for name in columns)
    return fill_template(_script("within_row.sql"), {"dates": ", ".join(dates), "columns": quoted}), tuple(columns)


def signs_query() -> str:
    """The query that gives a row a sign, from the tables persons, facts, findings, columns and kinds (number, code, title)."""
    dates = (f"{{'field': '{name}', 'filled': {name}_state = 'known'}}" for track in TRACKS for name in track.dates)
    columns = {"columns_of": columns_of("own_columns", "pid"), "person_columns": person_columns("source_file", "columns", "facts")}
    return fill_template(_script("signs.sql"), {"dates": ", ".join(dates), **columns})


def match(con: duckdb.DuckDBPyConnection, day: str | None = None) -> None:
    """Make what only all rosters together tell, from the relations rows_raw, files and columns.

    ``day``: an expression over rows; a person of another day is no repetition then.

    ``matched``: a row a person, the unit and the row that stands for the same person in it. ``between_people``: pid, field, code, value,
    detail. ``unsettled``: the people of whom rows say different things, with what of it is unknown (conflicts.sql).
    """
    person = "person_key" if day is None else f"CASE WHEN person_key IS NOT NULL THEN concat_ws(' ', person_key, ({day})::VARCHAR) END"
    live = (
        "(SELECT * REPLACE (CASE WHEN bucket = 'evaluated' THEN person_key END AS person_key) FROM rows_raw)"  # a struck row repeats nobody
    )
    con.execute(f"CREATE OR REPLACE TABLE narrow AS SELECT {', '.join(NARROW)}, {person} AS person FROM {live}")
    con.execute(_script("people.sql"))
    again = database.scalar(con, "SELECT count(*) > 0 FROM again")
    con.execute(fill_template(_script("conflicts.sql"), _comparison(again)))
    con.execute(_script("matched.sql"))
    con.execute(f"CREATE OR REPLACE TABLE between_people AS {_script('between_people.sql')}")
    for name in ("narrow", "unit_rows", "speakers", "again", "told", "said", "stands", "conflicts", "opposite"):
        con.execute(f"DROP TABLE {name}")


def _comparison(again: bool) -> dict[str, str]:
    """What `conflicts.sql` asks for; ``again``: whether there is anybody in again. Where not, one fact gives the same empty tables in a fifth of the time."""
    columns = dict.fromkeys([*(name for fact in FACTS for name in fact.all_columns), *COMPARED_BESIDE])
    dates = [f"{name}_lo" for track in TRACKS for name in track.dates]
    compared = FACTS if again else FACTS[:1]
    kinds = " ".join(f"WHEN field = '{fact.field}' THEN '{fact.kind}'" for fact in compared)
    return {
        "columns": ", ".join(columns),
        "earliest": f"least({', '.join(dates)})",
        "facts": ", ".join(fact.sql for fact in compared),
        "kind": f"CASE {kinds} WHEN starts_with(field, 'assessment_') THEN 'post' END",
        "any": str(again),
        "passing": literals(PASSING),
    }


def settle(con: duckdb.DuckDBPyConnection) -> None:
    """Make the view rows_read: rows_raw, what is in conflict (unsettled) unknown."""
    unsettled = database.scalar(con, "SELECT count(*) FROM unsettled")
    con.execute(f"CREATE VIEW rows_read AS {_settled() if unsettled else 'FROM rows_raw'}")


def _settled() -> str:
    fields_of = {name: name for name in (*_WORDS, "city", "recent_grades") if name != "post"}
    fields_of |= {"province": "city", "service_from_lo": "service", "service_from_hi": "service", "occupation_key": "occupation"}
    words = [f"CASE WHEN list_contains(u.fields, '{field}') THEN NULL ELSE r.{name} END AS {name}" for name, field in fields_of.items()]
    days = [sql for name in ("work_start", "post_start") for sql in _unknown_days((name,), (name,))]
    levels, kept = [], []
    for track, more, also in zip(TRACKS, (("occupation",), ("title_series",)), ((), ("title_series", "title_named_series")), strict=True):
        fields = (track.field, *more)
        days += _unknown_days(track.dates, (*fields, *track.dates))
        levels += _either(track.field, fields, (track.field, *also))
        of_track = f"list_filter(coalesce(r.credentials, []), lambda c: c.track = '{track.field}')"
        kept.append(f"CASE WHEN {_among((*fields, *track.dates))} THEN {_one_of(track.field)} ELSE {of_track} END")
    parts = {"words": words, "days": days, "levels": levels}
    return fill_template(
        _script("settled.sql"),
        {name: ",\n    ".join(columns) for name, columns in parts.items()} | {"credentials": f"{kept[0]} || {kept[1]}"},
    )


def _one_of(track: str) -> str:
    """The list of one undated credential that may be anything up to the highest that is told: all that is known where rows say different things."""
    known = {"track": f"'{track}'", "rank_lo": "0", "rank_hi": f"u.{track}_rank", "level_name": f"'{track}'"}
    fields = ", ".join(f"'{name}': {known.get(name, 'NULL')}" for name in CREDENTIAL)
    return f"CASE WHEN u.{track}_rank > 0 THEN [{{{fields}}}::{SQL_TYPE}] ELSE [] END"


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
    state = f"CASE WHEN u.{track}_rank > 0 THEN 'either' ELSE 'unknown' END"
    return [*told, rank, f"CASE WHEN {_among(fields)} THEN {state} ELSE r.{track}_state END AS {track}_state"]


def across_rows(con: duckdb.DuckDBPyConnection, as_of: dt.date | None) -> None:
    """Make the table ``across`` (pid, field, code, value, detail) from the tables rows and between_people; dates after ``as_of`` are among it."""
    later = [] if as_of is None else [f"({_after_as_of(as_of)})"]
    con.execute(f"CREATE OR REPLACE TABLE across AS {' UNION ALL '.join(['SELECT * FROM between_people', *later])}")


def _after_as_of(as_of: dt.date) -> str:
    names = ("birth", "post_start", "work_start", "honours", *(name for track in TRACKS for name in track.dates))
    dates = (f"{{'field': '{name}', 'lo': {name}_lo::DATE, 'hi': {name}_hi::DATE}}" for name in names)
    return fill_template(_script("after_as_of.sql"), {"dates": ", ".join(dates), "as_of": date_literal(as_of)})
