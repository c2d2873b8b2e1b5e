"""Cells that are blank where a verdict waits for them, and columns that a sheet lacks: findings of severity hint (提示)."""

from __future__ import annotations

import duckdb

from guantong.rules.vocabulary import CONDITION_FIELDS, DIRECTIONS, condition_fields
from guantong.schemas import catalogue
from guantong.schemas.database import create_rows
from guantong.schemas.findings import make_headers
from guantong.schemas.sql_text import literal

# What an unknown fact of a condition asks for beside its own fields.
_BESIDE = ("skill_date", "post_start", "recent_grades")


def add_cells_to_fill(con: duckdb.DuckDBPyConnection) -> None:
    """Add to findings a hint for each blank cell that a verdict waits for (待核实, 未满年限), and for each column that a sheet lacks how many wait for it: of
    those that lead to more (``headers_to_fill`` of rules/evaluation/sql/5_export.sql), as unit workbooks have it (reports/units/waits.py).

    No cell is blank of which another row of the person says otherwise; and nobody waits for the cells of a row that stands again.

    ``con`` holds rows, people, person_columns and findings of the packs (flows/audit/build_tables.py), and headers_to_fill. A year's grade may as well stand
    in a column of several years (近三年年度考核).
    """
    make_headers(con)
    described = [(field.name, field.description) for field in catalogue.fields().values()]
    create_rows(con, "descriptions", {"field": "VARCHAR", "description": "VARCHAR"}, described)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE cells_to_fill AS
        WITH blank AS (
            SELECT r.pid, r.file_no, r.source_file, r.sheet, r.row, p.columns_of, a.header, a.field
            FROM (
                SELECT pid, f.header, coalesce(h.field, 'assessment_' || nullif(regexp_extract(f.header, '^(\\d{{4}})年度考核$', 1), '')) AS field
                FROM headers_to_fill AS f LEFT JOIN headers AS h ON h.header = f.header
            ) AS a JOIN rows AS r USING (pid) JOIN people AS p USING (pid)
            WHERE a.field IS NOT NULL AND NOT coalesce(list_contains(r.unread, a.field) OR list_contains(p.opposite, a.field), false)
                AND p.duplicate_of IS NULL AND {_is_blank()}
        ),
        placed AS (
            SELECT b.pid, b.field, arg_min((c.letter, c.header, c.name), (c.name <> b.field, len(c.letter), c.letter)) AS place
            FROM blank AS b JOIN person_columns AS c ON c.file_no = b.file_no AND c.sheet = b.sheet AND c.columns_of = b.columns_of
                AND (c.name = b.field OR (starts_with(b.field, 'assessment_') AND starts_with(c.name, 'recent_grades')))
            GROUP BY ALL
        )
        SELECT b.* REPLACE (CASE WHEN starts_with(place[3], 'recent_grades') THEN 'recent_grades' ELSE b.field END AS field),
            place[1] AS letter, place[2] AS written
        FROM blank AS b LEFT JOIN placed USING (pid, field);

        INSERT INTO findings BY NAME
        SELECT DISTINCT pid, file_no, source_file, sheet, row, letter AS "column", written AS header, f.field, 'cell_blank' AS code, NULL AS value, description AS detail
        FROM cells_to_fill AS f JOIN descriptions AS d ON d.field = regexp_replace(f.field, '^assessment_.*', 'assessment')
        WHERE letter IS NOT NULL;
        CREATE OR REPLACE TEMP TABLE columns_to_add AS
        SELECT file_no, source_file, sheet, field, header AS value, '（' || count(DISTINCT pid) || '人因此待核实）' AS detail
        FROM cells_to_fill WHERE letter IS NULL GROUP BY ALL;

        UPDATE findings SET detail = a.detail FROM columns_to_add AS a
        WHERE findings.code = 'header_missing' AND findings.file_no = a.file_no AND findings.sheet = a.sheet AND findings.field = a.field;

        INSERT INTO findings BY NAME
        SELECT a.*, 'header_missing' AS code FROM columns_to_add AS a ANTI JOIN findings AS f
            ON f.code = 'header_missing' AND f.file_no = a.file_no AND f.sheet = a.sheet AND f.field = a.field;
    """)


def _is_blank() -> str:
    """Whether a person's cell of ``a.field`` is blank, as ``r`` of rows has it."""
    fields = {field for name in CONDITION_FIELDS for direction in DIRECTIONS for field in condition_fields(name, direction)} | set(_BESIDE)
    whens = "".join(f" WHEN {literal(name)} THEN {_blank(name)}" for name in sorted(fields - {"assessment"}))
    return f"""CASE WHEN starts_with(a.field, 'assessment_')
        THEN NOT list_contains(coalesce([told.year FOR told IN r.assessments], []), a.field[12:]::BIGINT)
        ELSE CASE a.field{whens} END END"""


def _blank(name: str) -> str:
    kind = catalogue.fields()[name].kind
    if kind == "honours":
        return "r.honours IS NULL AND r.honours_in_doubt IS NULL"
    if kind in ("date", "months", "skill", "title"):
        return f"r.{name}_state IN ('blank', 'absent')"
    return f"r.{name} IS NULL"
