"""The audit's tables in DuckDB: parts of the readers put together, and the contract's Parquet files written."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from pathlib import Path

import duckdb

from guantong.flows.audit.cells_to_fill import add_cells_to_fill
from guantong.flows.audit.kinds import AuditKind, PersonDays
from guantong.flows.audit.side_lists import apply_decisions
from guantong.flows.records import Input, PackedInputs
from guantong.rules.evaluation.compile_policy import out_of_service
from guantong.rules.evaluation.stored_audit import day_of, open_tables, policy_files, policy_of
from guantong.rules.notices import Notice
from guantong.rules.policy.load import Policy
from guantong.schemas import PACK_TABLES, catalogue, database
from guantong.schemas.checks.plausibility import across_rows, match, settle, signs_query
from guantong.schemas.demographics import age_band, education_level
from guantong.schemas.findings import make_headers, make_kinds
from guantong.schemas.person_columns import columns_of, person_columns
from guantong.schemas.side_lists.decisions import Decisions
from guantong.schemas.sql_text import among, by_case, literal, parquet_table, parquet_tables

WHOLE = ("matched", "between_people", "unsettled")
_ROWS = 24  # bits of a pid that number the rows of a file; those above are the file's number
# What of a pack's tables an audit replaces: numbers and sums that are the pack's own.
_REPLACED = {"rows": ("file_no", "pid"), "columns": ("file_no",), "findings": ("file_no", "pid"), "files": ("file_no", "sha256")}
_PID = f"(i.file_no << {_ROWS}) | (p.pid & {(1 << _ROWS) - 1}) AS pid"
_NUMBERED = {
    "rows": f"i.file_no, i.source_file, {_PID}",
    "columns": "i.file_no",
    "findings": f"i.file_no, i.source_file, {_PID}",
    "files": "i.file_no, i.source_file, coalesce(p.sha256, i.sum) AS sha256",
}
_PLACED = {"file_no": "BIGINT", "source_file": "VARCHAR", "pack": "BIGINT", "number": "BIGINT", "sum": "VARCHAR"}
# Facts that the readers keep for checks between rows, and that no output shows.
_HIDDEN = (
    "person_key", "name", "id_birth", "id_sex", "skill_certificate", "title_certificate", "certificate_year",
    "certificate_rank", "unit_key", "unit_code_sound",
)  # fmt: skip
# As much of a certificate's keyed hash as tells that two are the same; signs.sql reads it.
_MARKS = ", ".join(f"('0x' || {name}[1:16])::UBIGINT AS {name}_mark" for name in ("skill_certificate", "title_certificate"))
EXPORTED = ("verdicts", "facts", "persons", "claims", "columns", "findings", "files")
# DuckDB writes a column as one without nulls where the statistics of its source say so; those of a file say less than those of a table.
_SAME_BYTES = "SET disabled_optimizers = 'statistics_propagation'"
_FEW = 5_000  # people of whom queries take longer to be planned than to be run: a second thread, or files read anew, only cost
_SMALL = 250_000  # people whose tables are sorted in memory two at a time; of more, each alone: two would only spill the more
# A row a person: what the roster says of the place, and what all rosters together tell. Where the columns of a person stand (person_columns): by
# columns_of, those of the sheet, or of who is in a table with columns of its own.
_PEOPLE = f"""
    CREATE TABLE people AS
    SELECT pid, file_no, source_file, sheet, row, bucket, rejected_for, name, unit, unit_code, city, coalesce(sex, id_sex) AS sex,
        occupation, unit_id, duplicate_pid, duplicate_of,
        opposite, told_as, unit_key, {columns_of("own_columns", "pid")} AS columns_of
    FROM rows JOIN matched USING (pid);

    CREATE TABLE person_columns AS {person_columns("file_no", "columns", "rows")};
"""
# Memory that DuckDB may take, and what it may take of more people than `_MOST`: lists of theirs can't spill.
_MEMORY, _MEMORY_OF_MANY, _MOST = "1300MB", "3000MB", 3_000_000


def connect(work: Path, *folders: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection that spills to the audit's own folder, and reads and writes in it and ``folders`` alone: those of packs and tables."""
    return database.connect(work, *folders, spill=work / "spill", memory=_MEMORY)


def load_packs(
    con: duckdb.DuckDBPyConnection,
    packed: PackedInputs,
    award_day: str | None = None,
    decisions: Decisions | None = None,
) -> None:
    """Make columns, findings, files, between_people and people from packs, and rows, which are read from the packs whenever they are asked for; of
    few people they are a table in memory, and one thread asks.

    A pack numbers its files and people by itself; here they get the numbers and names of this audit. A pack may serve several files.
    ``decisions`` are applied to rows. ``award_day``: see `AuditKind`; where there is one, rows are a table in the order of pid, and another
    day's award of the same person is no repetition.
    """
    _load(con, packed)
    match(con, award_day)
    settle(con)
    few = database.scalar(con, "SELECT count(*) FROM matched") <= _FEW
    if few:
        con.execute("SET threads = 1")
    apply_decisions(con, decisions, "TABLE" if award_day or few else "VIEW")
    con.execute(_PEOPLE)
    if _people(con) > _MOST:
        con.execute(f"SET memory_limit = '{_MEMORY_OF_MANY}'")


def _people(con: duckdb.DuckDBPyConnection) -> int:
    return database.scalar(con, "SELECT count(*) FROM people")


def match_packs(con: duckdb.DuckDBPyConnection, packed: PackedInputs, whole: Path) -> None:
    """Write into ``whole`` what only all rosters together tell, `WHOLE`, in the order of pid."""
    _load(con, packed, ("rows", "columns", "files"))
    match(con)
    for name in WHOLE:
        _copy(con, whole / f"{name}.parquet", f"SELECT * FROM {name} ORDER BY pid")


def load_part(con: duckdb.DuckDBPyConnection, packed: PackedInputs, whole: Path, decisions: Decisions | None = None) -> None:
    """`load_packs` for some files that follow each other, with what `match_packs` has written of all."""
    _load(con, packed)
    numbers = [item.file_no for item, _ in packed]
    for name in WHOLE:
        query = f"CREATE TABLE {name} AS SELECT * FROM {parquet_table(whole / f'{name}.parquet')} WHERE pid BETWEEN ? AND ?"
        con.execute(query, [min(numbers) << _ROWS, (max(numbers) + 1 << _ROWS) - 1])
    settle(con)
    apply_decisions(con, decisions)
    con.execute(_PEOPLE)


def _load(con: duckdb.DuckDBPyConnection, packed: PackedInputs, names: tuple[str, ...] = PACK_TABLES) -> None:
    """Make the view rows_raw and the other tables of the packs."""
    _number(con, packed)
    for name in names:
        con.execute(f"CREATE {'VIEW rows_raw' if name == 'rows' else f'TABLE {name}'} AS {_numbered(name, packed)}")
    if "findings" in names:
        con.execute("UPDATE findings SET value = regexp_replace(source_file, '^.*/', '') WHERE sheet IS NULL AND value IS NULL")


def packs(packed: PackedInputs) -> list[Path]:
    """The folders of the packs, each once."""
    return sorted({entry.pack for _, entry in packed})


def _number(con: duckdb.DuckDBPyConnection, packed: PackedInputs) -> None:
    """Make placed: this audit's number, name and sum of each file, and where it is: the pack's index in `packs`, its number there."""
    index = {pack: at for at, pack in enumerate(packs(packed))}
    placed = [(item.file_no, item.source_file, index[entry.pack], entry.number, item.sha256) for item, entry in packed]
    database.create_rows(con, "placed", _PLACED, placed)


def _numbered(name: str, packed: PackedInputs) -> str:
    """The query of the packs' table ``name`` under this audit's numbers."""
    read = parquet_tables(pack / f"{name}.parquet" for pack in packs(packed))
    return f"""SELECT {_NUMBERED[name]}, p.* EXCLUDE ({", ".join(_REPLACED[name])})
        FROM {read} AS p JOIN placed AS i ON i.pack = p.file_index AND i.number = p.file_no"""


def finish_findings(con: duckdb.DuckDBPyConnection, as_of: dt.date | None, evaluated: str | None = None) -> None:
    """Make findings_out: the findings of cells, with those between rows, those of dates after ``as_of`` (None: each person has a day of his own), and
    those of the table ``evaluated`` (`AuditKind.findings`), in words.
    """
    across_rows(con, as_of)
    if evaluated:
        con.execute(f"INSERT INTO across SELECT pid, field, code, value, detail FROM {evaluated}")
    make_kinds(con)
    make_headers(con)
    con.execute("""
        CREATE OR REPLACE TEMP MACRO fill(template, value, header, sheet, detail) AS
            replace(replace(replace(replace(template, '{detail}', coalesce(detail, '')),
                '{sheet}', coalesce(sheet, '')), '{header}', coalesce(header, '')), '{value}', coalesce(value, ''))
    """)
    con.execute("""
        CREATE TABLE findings_out AS
        WITH every AS (
            SELECT f.*, p.unit_id FROM findings AS f LEFT JOIN people AS p USING (pid)
            UNION ALL BY NAME
            SELECT p.file_no, p.source_file, p.sheet, p.row, c.letter AS "column", coalesce(c.header, h.header, a.field[12:] || '年度考核') AS header,
                split_part(a.field, '#', 1) AS field, a.code, a.value, a.detail, p.unit_id, pid
            FROM across AS a JOIN people AS p USING (pid)
            LEFT JOIN headers AS h ON h.field = split_part(a.field, '#', 1)  -- of assessment_2024 and the like there is none
            LEFT JOIN person_columns AS c ON c.file_no = p.file_no AND c.sheet = p.sheet AND c.columns_of = p.columns_of AND c.name = a.field
        )
        SELECT e.source_file, e.sheet, e.row::INTEGER AS row, e."column", e.header, e.field, e.code, k.severity, e.value,
            fill(k.message, e.value, e.header, e.sheet, e.detail) AS message,
            fill(k.expected, e.value, e.header, e.sheet, e.detail) AS expected,
            k.action, e.unit_id, e.pid
        FROM every AS e JOIN kinds AS k USING (code)
        ORDER BY e.file_no, e.sheet NULLS FIRST, e.row NULLS FIRST, e."column" NULLS FIRST, e.code, e.value, e.field, e.header, e.detail, e.pid
    """)


def export(con: duckdb.DuckDBPyConnection, kind: AuditKind, policy: Policy, data: Path) -> None:
    """Make findings_out, and write the contract's four tables, and facts and columns for explain and simulate."""
    con.execute(_SAME_BYTES)
    _name_unsettled(con)
    with ThreadPoolExecutor(2 if _people(con) <= _SMALL else 1) as pool:  # a query of up to 122,880 rows takes one core only
        queries = _tables(policy, kind.person_days)
        running = {name: pool.submit(_copy, con.cursor(), data / f"{name}.parquet", query) for name, query in queries.items()}
    for name, future in running.items():
        try:
            future.result()
        except duckdb.OutOfMemoryException:  # beside another table; alone it may spill to the disk
            _copy(con, data / f"{name}.parquet", queries[name])
    add_cells_to_fill(con)
    finish_findings(con, kind.day, kind.findings)
    _copy(con, data / "findings.parquet", "SELECT * FROM findings_out")
    _copy(con, data / "files.parquet", _FILES)


def complete_findings(con: duckdb.DuckDBPyConnection, kind: AuditKind) -> None:
    """Make findings_out, and name all that is missing, where no table is written."""
    _name_unsettled(con)
    add_cells_to_fill(con)
    finish_findings(con, kind.day, kind.findings)


def _name_unsettled(con: duckdb.DuckDBPyConnection) -> None:
    """Where a verdict is unknown for what files say differently of a person (schemas/checks/sql/settled.sql), name that as missing."""
    make_headers(con)
    con.execute("""
        CREATE TEMP TABLE unsettled_words AS
        SELECT pid, any_value(r.post) IS NULL OR list_contains(any_value(u.fields), 'post') AS asks_post,
            list(coalesce(h.header, field[12:] || '年度考核') ORDER BY field) AS words
        FROM (SELECT pid, fields, unnest(fields) AS field FROM unsettled WHERE of_several_files) AS u LEFT JOIN headers AS h USING (field) JOIN rows_raw AS r USING (pid)
        GROUP BY pid
    """)
    for table, column in (("missing", "headers"), ("claims", "missing")):
        con.execute(f"""
            UPDATE {table} SET {column} = list_distinct(list_concat(u.words, list_filter({column}, lambda x: x <> '岗位类别' OR u.asks_post)))
            FROM unsettled_words AS u WHERE u.pid = {table}.pid AND len({column}) > 0
        """)


def merge(con: duckdb.DuckDBPyConnection, name: str, parts: list[Path], into: Path) -> None:
    """Write the table ``name`` from the parts that `export` has written of files that follow each other: to the byte what it writes of all."""
    con.execute(_SAME_BYTES)
    order = "ALL" if name == "columns" else "file_index, file_row_number"  # columns are in the order of names, not of files
    read = parquet_tables(part / f"{name}.parquet" for part in parts)
    _copy(con, into / f"{name}.parquet", f"SELECT * FROM {read} ORDER BY {order}")


def _tables(policy: Policy, days: PersonDays) -> dict[str, str]:
    """The queries of the tables that need no findings, the longest first."""
    return {
        "verdicts": f"SELECT v.* EXCLUDE (route_no), {days.as_of} FROM verdict_words AS v {days.join} ORDER BY v.pid, route_no",
        "facts": f"SELECT * EXCLUDE ({', '.join(_HIDDEN)}), {_MARKS} FROM {days.facts} ORDER BY pid",
        "persons": _persons(policy, days),
        "claims": f"SELECT c.*, {days.as_of} FROM claims AS c {days.join} ORDER BY c.pid, claim",
        "columns": "SELECT f.source_file, c.sheet, c.name, c.letter, c.header, c.others FROM columns AS c JOIN files AS f USING (file_no) ORDER BY ALL",
    }


def write_words(data: Path, words: dict, policy: Policy) -> None:
    """Write rulebook.json, the words that reports use, and the policy as it was applied: policy.yaml, or of several policy-1.yaml and on."""
    (data / "rulebook.json").write_text(json.dumps(words, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for name, each in zip(policy_files(len(policy.policies)), policy.policies, strict=True):
        (data / name).write_bytes(each.raw)


def write_notices(data: Path, notices: list[Notice]) -> None:
    """Write notices.json: what the bureau's reports tell of the audit as a whole."""
    (data / "notices.json").write_text(json.dumps(notices, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def rosters_with_findings(data: Path, inputs: list[Input]) -> list[Input]:
    """The rosters that were read and have findings: those that get a copy to send back."""
    findings, read = parquet_table(data / "findings.parquet"), parquet_table(data / "files.parquet")
    with database.connect(data) as con:
        query = f"SELECT DISTINCT source_file FROM {findings} JOIN {read} AS f USING (source_file) WHERE f.status = 'read'"
        names = {name for (name,) in con.execute(query).fetchall()}
    return [item for item in inputs if item.source_file in names]


def _copy(con: duckdb.DuckDBPyConnection, path: Path, query: str) -> None:
    database.write_parquet(con, path, query, fast=True)


_FILES = """
    SELECT f.source_file, f.sha256, f.status, f.reason, f.sheets::VARCHAR[] AS sheets,
        f.rows_found::INTEGER AS rows_found, (f.rows_found - f.rows_rejected)::INTEGER AS rows_evaluated,
        f.rows_rejected::INTEGER AS rows_rejected, m.message
    FROM files AS f
    LEFT JOIN (SELECT source_file, code, any_value(message) AS message FROM findings_out WHERE sheet IS NULL GROUP BY ALL) AS m
        ON m.source_file = f.source_file AND m.code = f.reason
    ORDER BY f.file_no
"""


def _persons(policy: Policy, days: PersonDays) -> str:
    document = policy.document
    classes = [each.document.education_equivalents for each in policy.policies]  # 技工院校班别 → the 学历 that it stands for
    equivalent = _by_policy(policy, [by_case("r.technical_class", each.of if each else {}) for each in classes])
    parity = by_case("h.sure_skill::VARCHAR", document.parity.of if document.parity else {})
    out = _by_policy(policy, [among("f.service", out_of_service(each)) for each in policy.policies])
    directions = ", ".join(
        f"CASE WHEN p.bucket = 'evaluated' THEN coalesce({short}.outcome, 'no_route') END AS {short}_outcome, {short}.target AS {short}_target"
        for short in ("skill_to_title", "title_to_skill")
    )
    return f"""
        SELECT p.source_file, p.sheet, p.row::INTEGER AS row, p.bucket, p.rejected_for, r.person_key, p.name,
            p.unit, p.unit_code, p.city,
            {_held_word("skill", "r.skill", days)} AS skill_level,
            CASE WHEN h.sure_engineering > '无'::title_level AND h.sure_engineering = h.possible_title THEN h.sure_engineering::VARCHAR
                ELSE {_held_word("title", "r.title", days)} END AS title,
            {directions},
            {equivalent} AS education_equivalent,
            {f"CASE WHEN NOT coalesce({out} AND f.service_begun, false) THEN {parity} END" if days.has_parity else "NULL::VARCHAR"} AS parity,
            p.duplicate_of,
            p.pid, p.unit_id, p.sex, p.occupation, p.unit_key, p.opposite, p.told_as,
            CASE WHEN title_to_skill.outcome IS NULL THEN NULL WHEN kin.study_relation IS NOT NULL THEN 'exempt'
                WHEN r.major IS NOT NULL THEN 'review' END AS theory_exam,
            kin.title_relation, kin.study_relation,
            r.industry, {education_level("r.education")} AS education,
            {age_band("r", days.age_day)} AS age_band,
            {_work_years("r.work_start_hi", days.age_day)} AS work_years_lo, {_work_years("r.work_start_lo", days.age_day)} AS work_years_hi,
            {days.as_of}, {days.not_known}, r.unread
            {", " + _by_policy(policy, [literal(each.id) for each in policy.policies]) + " AS policy" if policy.later_named else ""}
        FROM people AS p JOIN rows AS r USING (pid)
        LEFT JOIN facts AS f USING (pid)
        LEFT JOIN held AS h USING (pid)
        LEFT JOIN kin USING (pid)
        LEFT JOIN summaries AS skill_to_title ON skill_to_title.pid = p.pid AND skill_to_title.direction = 'skill-to-title'
        LEFT JOIN summaries AS title_to_skill ON title_to_skill.pid = p.pid AND title_to_skill.direction = 'title-to-skill'
        ORDER BY p.pid
    """


def _held_word(track: str, highest: str, days: PersonDays) -> str:
    """The highest level or title that is held on the day: ``highest`` of the roster's main cell, where that tells of it; where its cell gives none, or
    a further column tells of a higher one, what other columns tell.
    """
    held = f"one.track = '{track}' AND one.rank_lo > 0 AND NOT coalesce(one.day_lo >= f.{track}_counts_before, false)"
    first = f"list_filter(r.credentials, lambda one: {held})[1]"
    main = f"list_filter(r.credentials, lambda one: {held} AND one.word = {highest})[1]"
    return f"CASE WHEN {days.held_in_part.format(track)} OR {first}.rank_lo > {main}.rank_hi THEN {first}.word ELSE coalesce({highest}, {first}.word) END"


def _work_years(start: str, day: str) -> str:
    """Full years of related work from ``start`` to ``day`` less the months away (五（一）); null where either is not known, or the start is later."""
    away = "CASE WHEN r.away_months_state = 'unknown' THEN NULL ELSE coalesce(r.away_months, 0) END"
    begun = f"({start} + to_months({away}))::DATE"
    calendar_years = f"(year({day}) - year({begun}))::INTEGER"
    return f"""CASE WHEN {begun} <= {day} THEN {calendar_years} - CASE WHEN {begun} + to_months(12 * {calendar_years}) > {day} THEN 1 ELSE 0 END END"""


def _by_policy(policy: Policy, values: list[str]) -> str:
    """The one of ``values``, one a policy, of the policy that judges the person."""
    if not policy.later_named:
        return values[0]
    return f"CASE r.policy_no {' '.join(f'WHEN {number} THEN {value}' for number, value in enumerate(values))} END"


_WEIGHTS = {
    **dict.fromkeys("setting title clause now other change".split(), "VARCHAR"),
    **dict.fromkeys("persons gained lost verdicts".split(), "BIGINT"),
}


def write_signs(data: Path, work: Path) -> None:
    """Write ``data/signs.parquet``, clues to false material for a human to look at, out of persons, facts, findings and columns there: a row a sign; ``work`` takes what memory can't.

    code, title; names, units: lists; cells: list of {source_file, sheet, row, last_row, column, header}, ``last_row`` set and
    ``column`` null where the sign is rows from ``row`` to ``last_row``; detail.
    """
    with connect(work, data) as con:
        database.view_tables(con, data, ("persons", "facts", "findings", "columns"))
        kinds = [(number, row["code"], row["title"]) for number, row in enumerate(catalogue.rows("signs"))]
        database.create_rows(con, "kinds", {"number": "BIGINT", "code": "VARCHAR", "title": "VARCHAR"}, kinds)
        database.write_parquet(con, data / "signs.parquet", signs_query(), fast=True)


def write_weights(folder: Path, work: Path) -> None:
    """Write ``folder``/data/sensitivity.parquet, whole or not at all: what each alternative to a setting weighs, the heaviest first. ``work``: for what spills."""
    from guantong.rules.sensitivity import describe_weights, weights  # numpy comes with it

    fresh = work / "sensitivity.parquet"
    # the reports' workers have the other cores
    with database.connect(work, folder / "data", spill=work / "spill", memory="500MB", threads=1) as con:
        open_tables(con, folder)
        policy = policy_of(folder)
        found = describe_weights(policy, weights(con, policy, day_of(folder)))
        database.create_rows(con, "weights", _WEIGHTS, [itemgetter(*_WEIGHTS)(one) for one in found])
        database.write_parquet(con, fresh, "SELECT * FROM weights")
    fresh.replace(folder / "data" / fresh.name)
