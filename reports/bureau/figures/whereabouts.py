"""Where things stand that the bureau's page leads to: the files of each unit, and places of each kind of finding."""

from typing import NamedTuple

import duckdb

from guantong.reports import wording
from guantong.schemas import catalogue

SAMPLES = 20  # places of a kind of finding that are listed
UNNAMED_SHEET = "（表名从略）"  # of a sheet that is called after somebody
_SAMPLES = f"""
    WITH one_unit AS (  -- a finding of a file or sheet is of the unit whose rows alone stand there
        SELECT source_file, any_value(unit_id) AS only_unit FROM persons GROUP BY source_file HAVING count(DISTINCT unit_id) = 1),
    placed AS (
        SELECT code, coalesce(unit_id, only_unit) AS unit_id, source_file, sheet, "row", "column", field
        FROM findings LEFT JOIN one_unit USING (source_file)),
    numbered AS (
        SELECT *, row_number() OVER (
            PARTITION BY code, coalesce(unit_id, source_file) ORDER BY source_file, sheet, "row", length("column"), "column", field) AS nth
        FROM placed),
    chosen AS (
        SELECT * FROM numbered
        QUALIFY row_number() OVER (PARTITION BY code ORDER BY nth, unit_id, source_file, sheet, "row", "column", field) <= {SAMPLES})
    SELECT code, unit_id, source_file, sheet, "row", "column", field,
        EXISTS (FROM persons AS p WHERE p.source_file = chosen.source_file AND contains(chosen.sheet, p.name)) AS names_somebody
    FROM chosen ORDER BY code, source_file, sheet NULLS FIRST, "row" NULLS FIRST, length("column"), "column", field
"""


class FindingPlace(NamedTuple):
    """Where a finding stands: its unit, where one is known, its file, the place there, and the canonical header of its field."""

    unit_id: str | None
    source_file: str
    place: str
    header: str | None


class Whereabouts(NamedTuple):
    """files_of: {unit_id: its files}. findings: {source_file: how many it has}. places: of each code of finding some, of as many units and files
    as there are; without what stands there, which may speak of a person. actions: {code: what to do}.
    """

    files_of: dict[str, list[str]]
    findings: dict[str, int]
    places: dict[str, list[FindingPlace]]
    actions: dict[str, str]


def whereabouts(connection: duckdb.DuckDBPyConnection) -> Whereabouts:
    """Of an audit's data."""
    files_of = "SELECT unit_id, list(DISTINCT source_file ORDER BY source_file) FROM persons GROUP BY unit_id"
    findings = "SELECT source_file, count(*) FROM findings GROUP BY source_file"
    actions = "SELECT code, any_value(action) FROM findings GROUP BY code"
    files_of, findings, actions = (dict(connection.execute(query).fetchall()) for query in (files_of, findings, actions))
    return Whereabouts(files_of, findings, _places(connection), actions)


def _places(connection: duckdb.DuckDBPyConnection) -> dict[str, list[FindingPlace]]:
    found: dict[str, list[FindingPlace]] = {}
    for code, unit_id, source_file, sheet, row, column, field, names_somebody in connection.execute(_SAMPLES).fetchall():
        place = wording.place_text(source_file, UNNAMED_SHEET if names_somebody else sheet, row, column)
        found.setdefault(code, []).append(FindingPlace(unit_id, source_file, place, _header_of(field)))
    return found


def _header_of(field: str | None) -> str | None:
    """The canonical header of a field: what a roster calls it may say anything."""
    if field is not None and field.startswith("assessment_"):
        return f"{field.removeprefix('assessment_')}年度考核"
    known = catalogue.fields().get(field)
    return known.header if known else None
