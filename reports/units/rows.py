"""The rows that a unit's workbook is made from, and the queries that give them for all units that are asked for."""

from collections import namedtuple
from functools import cache, cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from guantong.reports.audit_data import IS_OF_ANOTHER_FILE, JOIN_SHOWN_NAMES, SHOWN_PLACE
from guantong.reports.grouped_rows import GroupedRows
from guantong.reports.units.cells import CELLS

Row = Any  # of a query: a tuple whose fields are called as the query's columns
LINE_ORDER = attrgetter("source_file", "sheet", "row", "target_rank", "outcome_rank", "route")

SOURCE = 'source_file, sheet, "row"'
_TELLS_NOTHING = (
    "skill_state IN ('blank', 'absent') AND title_state IN ('blank', 'absent') AND honours IS NULL AND honours_in_doubt IS NULL"
)
# By the unit's `number`. lines: verdicts on routes, sorted in Python: they stand nearly so, and DuckDB takes 1 kB a line for it. others: rows
# that have no verdict, or are counted elsewhere. sources: the sheets that the unit stands in. claims: of a retrospective audit, awards.
# undecided: see audit_data.undecided, and perhaps_honoured, which decides of no person's best outcome. cells: see cells.py.
# not_met and unknown are condition ids, review is note codes, not_known tracks, deciding fields, with a blank between two; as_of is of a retrospective audit.
QUERIES = {
    "lines": f"""SELECT number, {SHOWN_PLACE}, target_rank, outcome_rank, route, name, skill_level, title, clause, direction, target, outcome,
            eligible_on, since, certain_by, array_to_string(not_met, ' ') AS not_met, array_to_string(unknown, ' ') AS unknown,
            array_to_string(review, ' ') AS review, array_to_string(missing, '、') AS missing, as_of,
            array_to_string(not_known, ' ') AS not_known, work_years_lo, work_years_hi
        FROM lines JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES}""",
    # Those of a file or a sheet have no unit: they are shown to every unit with a row in the file, but where the file may be another's.
    # Those of one kind in a column are one line with all their cells; where what stands there differs, `value` is null and `told` has it by cell.
    "findings": f"""SELECT number, source_file, sheet, "column", severity, expected, action,
            CASE WHEN count(DISTINCT value) > 1 THEN replace(frame, chr(1), '…') ELSE first(message) END AS message,
            string_agg("row", ' ' ORDER BY "row", value) AS rows,
            CASE WHEN count(DISTINCT value) > 1 THEN string_agg(coalesce(value, ''), chr(1) ORDER BY "row", value) END AS told, count(*) AS findings
        FROM (
            SELECT number, {SHOWN_PLACE}, f."column", f.header, f.severity, f.value, f.message, f.expected, f.action, f.code
            FROM findings f JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES} WHERE NOT {IS_OF_ANOTHER_FILE}
            UNION ALL
            SELECT number, f.source_file, f.sheet, f."row", f."column", f.header, f.severity, f.value, f.message, f.expected, f.action, f.code
            FROM findings f
            JOIN (SELECT DISTINCT number, source_file FROM persons JOIN asked USING (unit_id) WHERE told_as IS NULL) USING (source_file)
            WHERE f.unit_id IS NULL), LATERAL (SELECT coalesce(replace(message, nullif(value, ''), chr(1)), message) AS frame)
        GROUP BY number, source_file, sheet, "column", header, severity, frame, expected, action, code, "row" IS NULL
        ORDER BY severity = 'hint', severity, source_file, sheet NULLS FIRST, min("row") NULLS FIRST, length("column"), "column", code, frame,
            expected, action, header""",
    "others": f"""SELECT number, {SHOWN_PLACE}, name, skill_level, title, bucket, rejected_for,
            pid IN (SELECT pid FROM facts WHERE {_TELLS_NOTHING}) AS tells_nothing,
            pid IN (SELECT pid FROM facts WHERE title_state = 'absent') AS tells_no_title,
            pid IN (SELECT pid FROM findings WHERE code = 'gives_none') AS tells_what_gives_none,
            CASE WHEN duplicate_of.source_file <> source_file THEN '另一份名册' WHEN p.told_as IS NOT NULL THEN '第' || duplicate_of."row" || '行'
                ELSE concat_ws('，', duplicate_of.source_file, duplicate_of.sheet, '第' || duplicate_of."row" || '行') END AS counted_at,
            array_to_string(not_known, ' ') AS not_known, as_of
        FROM persons p JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES}
        WHERE NOT (duplicate_of IS NOT NULL AND {IS_OF_ANOTHER_FILE.replace("told_as", "p.told_as")})
            AND (bucket = 'rejected' OR duplicate_of IS NOT NULL OR (pid NOT IN (SELECT pid FROM undecided) AND pid NOT IN (SELECT pid FROM verdicts)))
        ORDER BY ALL""",
    "undecided": f"""SELECT number, {SHOWN_PLACE}, name, skill_level, title, direction, array_to_string(deciding, ' ') AS deciding, decides,
            array_to_string(not_known, ' ') AS not_known, as_of
        FROM (SELECT *, true AS decides FROM undecided UNION ALL BY NAME SELECT *, false AS decides FROM perhaps_honoured)
        JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES} ORDER BY ALL""",
    "cells": CELLS,
    "sources": f"""SELECT number, {SHOWN_PLACE.removesuffix(', "row"')}, count(*) AS rows, count(*) FILTER (bucket = 'rejected') AS rejected,
            count(*) FILTER (bucket = 'evaluated' AND duplicate_of IS NOT NULL) AS repeated
        FROM persons JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES} GROUP BY ALL ORDER BY ALL""",
    "claims": f"""SELECT number, {SHOWN_PLACE}, c.name, c.claimed, c.direction, c.result, c.outcome, c.clause, c.eligible_on,
            array_to_string(c.not_met, ' ') AS not_met, array_to_string(c.missing, '、') AS missing,
            array_to_string(c.review, ' ') AS review, c.could_claim, c.as_of, v.certain_by
        FROM (SELECT c.* FROM claims c SEMI JOIN people USING (pid)) AS c
        LEFT JOIN (SELECT pid, route, certain_by FROM verdicts WHERE certain_by IS NOT NULL) AS v USING (pid, route)
        JOIN asked USING (unit_id) {JOIN_SHOWN_NAMES}
        ORDER BY {SOURCE}, c.claim""",
}


class UnitRows(GroupedRows):
    """The rows of a query by unit, also in Python: each distinct value of a column is made once, for most are words that many rows share."""

    @cached_property
    def _columns(self) -> list[tuple[list, np.ndarray]]:
        """(the distinct values and None; for each row the place of its value among them) of each column."""
        coded = [column.combine_chunks().dictionary_encode() for column in self.table.columns]
        return [([*each.dictionary.to_pylist(), None], each.indices.fill_null(-1).to_numpy()) for each in coded]

    def rows(self, number: int) -> list[Row]:
        """The rows of a unit."""
        own = self.span(number)
        values = [map(words.__getitem__, places[own].tolist()) for words, places in self._columns]
        return list(map(_row_type(*self.table.column_names)._make, zip(*values, strict=True)))


@cache
def _row_type(*names: str) -> type[tuple]:
    return namedtuple("Row", names)
