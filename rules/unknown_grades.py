"""Words for grades of assessments that a policy says nothing about: told once for each file and word, with how often it stands there."""

from __future__ import annotations

from itertools import chain

import duckdb

from guantong.rules.policy.load import Policy
from guantong.schemas.sql_text import literals

NO_GRADE = ("不定等次", "未考核")  # words that say that there is none: no policy has to know them


def known_grades(policy: Policy) -> set[str]:
    """The words that some route of ``policy`` or of its others takes for passing or failing."""
    lists = (
        each.words(name, route)
        for each in policy.policies
        for route in (None, *each.document.routes)
        for name in ("passing_grades", "failing_grades")
    )
    return set(chain.from_iterable(lists))


def add_unknown_grades(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Add to findings a line for each file and grade word of its rows that ``policy`` does not know."""
    known = literals(sorted(known_grades(policy) | set(NO_GRADE)))
    con.execute(f"""
        INSERT INTO findings BY NAME
        SELECT file_no, source_file, 'assessment' AS field, 'grade_unknown' AS code, grade AS value, count(*)::VARCHAR AS detail
        FROM (
            SELECT file_no, source_file, unnest(list_filter(
                list_concat(list_transform(coalesce(assessments, []), lambda a: a.grade), coalesce(recent_grades, [])), lambda grade: grade NOT IN ({known})
            )) AS grade
            FROM rows WHERE bucket = 'evaluated'
        ) GROUP BY ALL
    """)
