"""The rows that a unit's workbook is made from: their types, and the queries that give them for all units that are asked for."""

from collections.abc import Iterator
from datetime import date
from operator import attrgetter
from typing import NamedTuple

import pyarrow

from guantong.reports import wording
from guantong.reports.audit_data import IS_OF_ANOTHER_FILE


class Line(NamedTuple):
    """A person's verdict on a route. A unit's lines stand in the order of `LINE_ORDER`."""

    source_file: str
    sheet: str
    row: int
    target_rank: int
    outcome_rank: int
    route: str
    name: str | None
    skill_level: str | None
    title: str | None
    clause: str
    direction: str
    target: str | None
    outcome: str
    eligible_on: date | None
    since: date | None
    not_met: str | None  # condition ids, a blank between two; so are unknown, and the note codes of review
    unknown: str | None
    review: str | None
    missing: str | None  # as it is to be read
    as_of: date | None  # of a retrospective audit

    @property
    def who(self) -> tuple:
        day = (self.as_of,) if self.as_of else ()
        return (self.source_file, self.sheet, self.row, self.name or wording.BLANK, *day)

    @property
    def aim(self) -> str:
        return self.target or wording.OTHER_TARGET


class Finding(NamedTuple):
    """A finding in the unit's rows, or in the file or sheet that they stand in."""

    source_file: str
    sheet: str | None
    row: int | None
    column: str | None
    header: str | None
    severity: str
    value: str | None
    message: str
    expected: str
    action: str


class OtherRow(NamedTuple):
    """A row that has no verdict, or is counted elsewhere."""

    source_file: str
    sheet: str
    row: int
    name: str | None
    skill_level: str | None
    title: str | None
    bucket: str
    rejected_for: str | None  # a finding's code
    counted_at: str | None  # the row that stands for the same person, in words
    not_known: str | None  # tracks, a blank between two
    as_of: date | None


class Source(NamedTuple):
    """A file that the unit stands in: its rows, those that were rejected, and those that repeat a person."""

    source_file: str
    rows: int
    rejected: int
    repeated: int


class Claim(NamedTuple):
    """A claim, or of a retrospective audit an award, and what came of it."""

    source_file: str
    sheet: str
    row: int
    name: str | None
    claimed: str
    direction: str
    result: str
    outcome: str | None
    clause: str | None
    eligible_on: date | None
    not_met: str | None  # condition ids, a blank between two; so are the note codes of review
    missing: str | None  # as it is to be read
    review: str | None
    could_claim: str | None
    as_of: date | None


class OutcomeCount(NamedTuple):
    """How many of the unit's people have an outcome in a direction."""

    direction: str
    outcome: str
    persons: int


TYPES = {"lines": Line, "findings": Finding, "others": OtherRow, "sources": Source, "claims": Claim, "outcomes": OutcomeCount}
LINE_ORDER = attrgetter("source_file", "sheet", "row", "target_rank", "outcome_rank", "route")

SOURCE = 'source_file, sheet, "row"'
# The place as it is shown to the unit: another unit's file goes without its name.
SHOWN_PLACE = 'coalesce(shown_names.told_as, source_file) AS source_file, coalesce(shown_names.shown_sheet, sheet) AS sheet, "row"'
JOIN_SHOWN_NAMES = "LEFT JOIN shown_names USING (unit_id, source_file, sheet)"

# The unit's `number`, and the fields of the row's type by their names. Lines are sorted in Python: they stand nearly so, and DuckDB takes 1 kB a line for it.
QUERIES = {
    "lines": f"""SELECT number, {SHOWN_PLACE}, target_rank, outcome_rank, route, name, skill_level, title, clause, direction, target, outcome,
            eligible_on, since, array_to_string(not_met, ' ') AS not_met, array_to_string(unknown, ' ') AS unknown,
            array_to_string(review, ' ') AS review, array_to_string(missing, '、') AS missing, as_of
        FROM lines JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES}""",
    # Those of a file or a sheet have no unit: they are shown to every unit with a row in the file, but where the file may be another's.
    "findings": f"""SELECT * EXCLUDE (code) FROM (
            SELECT number, {SHOWN_PLACE}, f."column", f.header, f.severity, f.value,
                f.message, f.expected, f.action, f.code
            FROM findings f JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES} WHERE NOT {IS_OF_ANOTHER_FILE}
            UNION ALL
            SELECT number, f.source_file, f.sheet, f."row", f."column", f.header, f.severity, f.value,
                f.message, f.expected, f.action, f.code
            FROM findings f
            JOIN (SELECT DISTINCT number, source_file FROM persons JOIN asked USING (unit_id) WHERE told_as IS NULL) USING (source_file)
            WHERE f.unit_id IS NULL)
        ORDER BY source_file, sheet NULLS FIRST, "row" NULLS FIRST, length("column"), "column", code, value, message""",
    "others": f"""SELECT number, {SHOWN_PLACE}, name, skill_level, title, bucket, rejected_for,
            CASE WHEN duplicate_of.source_file <> source_file THEN '另一份名册' WHEN p.told_as IS NOT NULL THEN '第' || duplicate_of."row" || '行'
                ELSE concat_ws('，', duplicate_of.source_file, duplicate_of.sheet, '第' || duplicate_of."row" || '行') END AS counted_at,
            array_to_string(not_known, ' ') AS not_known, as_of
        FROM persons p JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES}
        WHERE NOT (duplicate_of IS NOT NULL AND {IS_OF_ANOTHER_FILE.replace("told_as", "p.told_as")})
            AND (bucket = 'rejected' OR duplicate_of IS NOT NULL OR NOT EXISTS
                (SELECT 1 FROM verdicts v WHERE v.source_file = p.source_file AND v.sheet = p.sheet AND v."row" = p."row"))
        ORDER BY ALL""",
    "sources": """SELECT number, coalesce(told_as, source_file) AS source_file, count(*) AS rows, count(*) FILTER (bucket = 'rejected') AS rejected,
            count(*) FILTER (bucket = 'evaluated' AND duplicate_of IS NOT NULL) AS repeated
        FROM persons JOIN asked USING (unit_id) GROUP BY number, coalesce(told_as, source_file) ORDER BY source_file""",
    "claims": f"""SELECT number, {SHOWN_PLACE}, c.name, c.claimed, c.direction, c.result, c.outcome, c.clause, c.eligible_on,
            array_to_string(c.not_met, ' ') AS not_met, array_to_string(c.missing, '、') AS missing,
            array_to_string(c.review, ' ') AS review, c.could_claim, c.as_of
        FROM (SELECT c.* FROM claims c SEMI JOIN people USING ({SOURCE})) AS c JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES}
        ORDER BY {SOURCE}, c.claim""",
    "outcomes": """SELECT number, direction, outcome, count(*) AS persons FROM (
            SELECT number, 'skill-to-title' AS direction, skill_to_title_outcome AS outcome
            FROM people JOIN asked USING (unit_id)
            UNION ALL
            SELECT number, 'title-to-skill', title_to_skill_outcome FROM people JOIN asked USING (unit_id))
        GROUP BY ALL ORDER BY ALL""",
}


def rows_of(name: str, table: pyarrow.Table) -> list[tuple]:
    """The rows of a query in Python, each distinct value of a column made once: most are words that many rows share."""
    kind = TYPES[name]
    table = table.select(kind._fields)
    return [kind._make(row) for batch in table.to_batches() for row in zip(*map(_values, batch.columns), strict=True)]


def _values(column: pyarrow.Array) -> Iterator:
    coded = column.dictionary_encode()
    words = [*coded.dictionary.to_pylist(), None]
    return map(words.__getitem__, coded.indices.fill_null(-1).to_numpy().tolist())
