"""The audit's `data/` folder, opened for the reports: its tables as DuckDB views, and the rule book."""

import json
import secrets
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from guantong.reports.wording import OUTCOMES, TARGETS, year_later
from guantong.schemas import catalogue, database
from guantong.schemas.sql_text import date_literal

REPORT_MEMORY = "300MB"  # of a report's tables; beyond that they spill: a worker may take 850 MB in all (flows/workers/limits.py)
REQUIRED_COLUMNS = {
    "files": "source_file sha256 status reason message sheets rows_found rows_evaluated rows_rejected",
    "persons": "pid source_file sheet row bucket rejected_for person_key name unit unit_id unit_code city skill_level title"
    " skill_to_title_outcome skill_to_title_target title_to_skill_outcome title_to_skill_target parity duplicate_of as_of not_known"
    " sex occupation industry education age_band told_as unread opposite work_years_lo work_years_hi",
    "verdicts": "pid source_file sheet row unit_id name route clause direction target outcome eligible_on since certain_by"
    " not_met unknown review missing as_of",
    "findings": "source_file sheet row column header field code severity value message expected action unit_id pid",
    "facts": "pid source_file sheet row own_columns credentials assessments recent_grades skill_state title_state",
    "columns": "source_file sheet name letter header",
    "signs": "code title names units cells detail",
    "claims": "pid source_file sheet row unit claim claimed result route clause eligible_on not_met could_claim direction outcome missing"
    " review name unit_id as_of",
}
# What units' workbooks are made from. People, and files, stand in order, so that of most others not even the numbers are read.
OF_UNITS = {
    "persons": "kept_units USING (unit_id)",
    "verdicts": "persons USING (pid)",
    "claims": "kept_units USING (unit_id)",
    "findings": "persons USING (source_file)",
    "columns": "persons USING (source_file)",
    "facts": "persons USING (pid)",  # of its many columns some for some people: left where they are
}
RULEBOOK_PARTS = "policy as_of routes not_checked conditions asks notes note_words settings findings outcomes directions".split()

IS_OF_ANOTHER_FILE = (
    "coalesce(starts_with(told_as, '另一份名册'), false)"  # whether a row of a unit is of a file that is not the unit's own
)
# The place of a row as it is shown to the unit: another unit's file goes without its name.
SHOWN_PLACE = 'coalesce(shown_names.told_as, source_file) AS source_file, coalesce(shown_names.shown_sheet, sheet) AS sheet, "row"'
JOIN_SHOWN_NAMES = "LEFT JOIN shown_names USING (unit_id, source_file, sheet)"
# Which cells tell whether a direction has anything to do with a person; the others only decide how a route comes out.
_DECIDING_FIELDS = {"skill-to-title": ["skill", "honours"], "title-to-skill": ["title", "person_category"]}

_HIGHEST = catalogue.canonical_words(catalogue.fields()["title"])[-1]


def undecided(people: str) -> str:
    """The query of those of ``people`` and the directions in which no route is in play, and one may be: a cell that would tell can't be read
    (unread), or rows of the person conflict (not_known). deciding: the fields of these cells."""
    return " UNION ALL ".join(
        f"""SELECT *, '{direction}' AS direction,
            list_filter({fields}, lambda field: list_contains(list_concat(coalesce(unread, []), coalesce(not_known, [])), field)) AS deciding
        FROM {people} AS p WHERE {direction.replace("-", "_")}_outcome = 'unverified'
            AND NOT EXISTS (SELECT 1 FROM verdicts AS v WHERE v.pid = p.pid AND v.direction = '{direction}')"""
        for direction, fields in _DECIDING_FIELDS.items()
    )


# people: each person counted once. perhaps_honoured: those with verdicts on the way to titles for whom an honour that can't be read may open another
# (三（四）); not where a condition is not met, which binds that too, nor who has the highest already. lines: their verdicts, with the order of outcomes and targets.
VIEWS = f"""
CREATE VIEW people AS SELECT * FROM persons WHERE bucket = 'evaluated' AND duplicate_of IS NULL;
CREATE VIEW undecided AS {undecided("people")};
CREATE VIEW perhaps_honoured AS
    SELECT *, 'skill-to-title' AS direction, ['honours'] AS deciding FROM people AS p
    WHERE list_contains(coalesce(unread, []), 'honours') AND title IS DISTINCT FROM '{_HIGHEST}'
        AND pid IN (SELECT pid FROM verdicts WHERE direction = 'skill-to-title') AND NOT EXISTS (
            FROM verdicts AS v WHERE v.pid = p.pid AND v.direction = 'skill-to-title'
                AND (v.outcome = 'ineligible' OR (v.outcome = 'eligible' AND v.target = '{_HIGHEST}')));
CREATE VIEW lines AS
    SELECT v.* EXCLUDE (unit_id, name), p.unit_id, p.name, p.skill_level, p.title, p.not_known, p.work_years_lo, p.work_years_hi,
        list_position({list(OUTCOMES)}, v.outcome) AS outcome_rank,
        coalesce(list_position({list(TARGETS)}, v.target), 99) AS target_rank
    FROM verdicts v JOIN people p USING (pid);
CREATE VIEW shown_names AS  -- what files and sheets are called in a unit's workbook, where not by their names
    SELECT unit_id, source_file, sheet, any_value(told_as) AS told_as,
        '第' || dense_rank() OVER (PARTITION BY unit_id, source_file ORDER BY sheet) || '张表' AS shown_sheet
    FROM persons WHERE told_as IS NOT NULL GROUP BY unit_id, source_file, sheet;
CREATE VIEW units AS
    WITH unit_names AS (SELECT unit_id, {IS_OF_ANOTHER_FILE} AS of_another_file, unit, city, unit_code, count(*) AS n FROM persons GROUP BY ALL)
    SELECT unit_id,
        coalesce(first(unit ORDER BY of_another_file, n DESC, unit) FILTER (unit IS NOT NULL),
            '未填单位名称（' || regexp_replace(unit_id, '^file:', '') || '）') AS unit,
        first(city ORDER BY of_another_file, n DESC, city) FILTER (city IS NOT NULL) AS city,
        first(unit_code ORDER BY of_another_file, n DESC, unit_code) FILTER (unit_code IS NOT NULL) AS unit_code,
        any_value(persons) AS persons, any_value(first_pid) AS first_pid
    FROM unit_names JOIN (
        SELECT unit_id, count(*) FILTER (bucket = 'evaluated' AND duplicate_of IS NULL) AS persons,
            min(pid) AS first_pid
        FROM persons GROUP BY unit_id
    ) USING (unit_id)
    GROUP BY unit_id;
"""

# ranked_people: people with the ranks of their outcomes in wording.OUTCOMES, 1 the best: s2t and t2s in the two directions, best_rank of both.
# counted_people: those, each person once in all units together: where one ID number stands in several units, the row of the best outcome,
# then that of the first unit by its id, stands for it.
# nearly_there (即将符合): of ranked_people those who may not apply in either direction, with the first day on which they may.
COUNTED_PEOPLE = f"""
CREATE TEMP VIEW ranked_people AS SELECT *, least(s2t, t2s) AS best_rank FROM (
    SELECT pid, person_key, unit_id, city, industry, occupation, sex, age_band, education, skill_level, parity,
        skill_to_title_target AS s2t_target, title_to_skill_target AS t2s_target,
        list_position({list(OUTCOMES)}, skill_to_title_outcome)::UTINYINT AS s2t,
        list_position({list(OUTCOMES)}, title_to_skill_outcome)::UTINYINT AS t2s FROM people);
CREATE TEMP TABLE counted_people AS
WITH repeated AS (SELECT person_key FROM people WHERE person_key IS NOT NULL GROUP BY person_key HAVING count(*) > 1),
later AS (
    SELECT pid FROM ranked_people SEMI JOIN repeated USING (person_key)
    QUALIFY row_number() OVER (PARTITION BY person_key ORDER BY best_rank, s2t + t2s, unit_id, pid) > 1)
SELECT * FROM ranked_people ANTI JOIN later USING (pid);
CREATE TEMP VIEW nearly_there AS
SELECT pid, min(v.eligible_on) AS day FROM verdicts AS v JOIN ranked_people AS r USING (pid)
WHERE v.outcome = 'not_yet' AND v.eligible_on IS NOT NULL AND r.best_rank > 1 GROUP BY pid;
"""
COUNTED_ONCE_NOTE = "一人在几个单位的（身份证号相同）只计一次，取结果最好的一行；没有身份证号的按行计。"

# Each gives the number of rows that break what the reports rely on.
CHECKS = {
    "待核实而没有路径，也没有不能确定的栏目": "SELECT count(*) FROM undecided WHERE len(deciding) = 0",
    "人员没有 unit_id": "SELECT count(*) FROM persons WHERE unit_id IS NULL",
    "人员的 bucket 不是 evaluated 或 rejected": "SELECT count(*) FROM persons"
    " WHERE bucket IS NULL OR bucket NOT IN ('evaluated', 'rejected')",
    "两个人员同一 pid": "SELECT count(*) - count(DISTINCT pid) FROM persons",
    "结论没有对应的人员": 'SELECT count(*) FROM verdicts ANTI JOIN persons USING (pid, source_file, sheet, "row")',
    "结论的 outcome 不在约定之中": f"SELECT count(*) FROM verdicts WHERE outcome IS NULL OR outcome NOT IN {OUTCOMES[:-1]}",
    "文件的行数与人员表不符": "SELECT count(*) FROM (SELECT source_file, rows_found, rows_evaluated, rows_rejected"
    " FROM files) f LEFT JOIN (SELECT source_file, count(*) AS found,"
    " count(*) FILTER (bucket = 'evaluated') AS evaluated FROM persons GROUP BY source_file) p USING (source_file)"
    " WHERE rows_found <> coalesce(found, 0) OR rows_evaluated <> coalesce(evaluated, 0)"
    " OR rows_found <> rows_evaluated + rows_rejected",
    "人员所在的文件不在文件表": "SELECT count(*) FROM persons ANTI JOIN files USING (source_file)",
}


def open_audit_data(data: Path, checked: bool = False, units: Sequence[str] | None = None) -> duckdb.DuckDBPyConnection:
    """Open the tables of `data`, and the views people, lines and units.

    checked: an earlier call in the same audit has looked whether the rows fit together, for which all of them are read; this one does not.
    units: only what the workbooks of these units (by unit_id) are made from, in memory.
    Raises FileNotFoundError for a missing table, ValueError for a missing column or for rows
    that do not fit together, so that no report is written from a broken folder.
    """
    connection = database.connect(data, **memory_limits(data), threads=1)  # the reports are written in as many processes as are to work
    for table, columns in REQUIRED_COLUMNS.items():
        path = data / f"{table}.parquet"
        if not path.is_file():
            raise FileNotFoundError(f"审核数据缺少 {path}")
        database.view_parquet(connection, table, path)
        if missing := set(columns.split()) - database.column_types(connection, table).keys():
            raise ValueError(f"{path} 缺少列：{'、'.join(sorted(missing))}")
    if units is not None:
        _keep_units(connection, units)
    create_views(connection)
    for problem, query in () if checked else CHECKS.items():
        if count := database.scalar(connection, query):
            raise ValueError(f"{data} 的数据不一致：{problem}（{count} 行）")
    return connection


def create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views people, undecided, lines, shown_names and units of the tables that are named in REQUIRED_COLUMNS."""
    connection.execute(VIEWS)


def memory_limits(data: Path) -> dict[str, object]:
    """The options of a connection while the audit goes on, in processes whose memory is limited: tables beyond it spill to the audit's own folder."""
    if not (work := data.parent / "work").is_dir():
        return {}
    return {"memory": REPORT_MEMORY, "spill": work / f"spill-{secrets.token_hex(8)}"}


def _keep_units(connection: duckdb.DuckDBPyConnection, units: Sequence[str]) -> None:
    """Leave of the tables what the workbooks of these units are made from, in memory: each is asked for several times."""
    connection.execute("CREATE TABLE kept_units AS SELECT unnest($units::VARCHAR[]) AS unit_id", {"units": units})
    for table, own in OF_UNITS.items():
        connection.execute(f"ALTER VIEW {table} RENAME TO all_{table}")
        kept, columns = ("VIEW", "*") if table == "facts" else ("TABLE", ", ".join(f'"{name}"' for name in REQUIRED_COLUMNS[table].split()))
        connection.execute(f"CREATE {kept} {table} AS SELECT {columns} FROM all_{table} SEMI JOIN {own}")


def create_counted_people(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views ranked_people and nearly_there, and the table counted_people. Raises ValueError where a person's outcome is not one of wording.OUTCOMES."""
    connection.execute(COUNTED_PEOPLE)
    if wrong := database.scalar(connection, "SELECT count(*) FROM ranked_people WHERE best_rank IS NULL OR s2t IS NULL OR t2s IS NULL"):
        raise ValueError(f"数据不一致：{wrong} 人的结论不在约定之中")


def within_a_year(rulebook: dict) -> str:
    """Whether the `day` of nearly_there lies in the year after the as-of day, as SQL; false of a retrospective audit, which is not of today."""
    as_of = rulebook["as_of"]
    return f"day <= {date_literal(year_later(date.fromisoformat(as_of)))}" if as_of else "false"


def read_notices(data: Path) -> list[str]:
    """What is told of the audit as a whole, in words; raises FileNotFoundError where the audit wrote none of it."""
    return [notice["text"] for notice in json.loads((data / "notices.json").read_text(encoding="utf-8"))]


def read_rulebook(data: Path) -> dict:
    """The rule book of `data`; raises FileNotFoundError, or ValueError where a part is missing."""
    path = data / "rulebook.json"
    book = json.loads(path.read_text(encoding="utf-8"))
    if missing := [part for part in RULEBOOK_PARTS if part not in book]:
        raise ValueError(f"{path} 缺少：{'、'.join(missing)}")
    return book
