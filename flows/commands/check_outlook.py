"""What would come of a roster handed in as it is: who may apply, who is nearly there, who would end in 待核实 for want of which cells."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

import duckdb

from guantong.reports.wording import OTHER_TARGET, OUTCOMES, TARGETS, year_later
from guantong.schemas import catalogue
from guantong.schemas.database import scalar
from guantong.schemas.findings import make_headers
from guantong.schemas.form.columns import MUST, asked_years
from guantong.schemas.sql_text import literal


class Person(NamedTuple):
    """A person with what the roster would come to: titles and levels, a day, or cells."""

    name: str
    row: int
    told: list[str]
    day: dt.date | None = None


@dataclass
class Outlook:
    """Of a file's people, each counted once: ``may_apply``, ``may_be_assessed`` (the level is another rule's to say), ``nearly_there`` by their day, and
    ``to_verify`` with the cells that are to be filled or put right; ``blank``: `blank_needed`. ``untold``: how many tell neither level nor title nor honour.
    ``near_to_verify``: how many of those nearly there are to verify too; ``others``: how many are in no list, by their best outcome.
    """

    people: int
    untold: int
    may_apply: list[Person] = field(default_factory=list)
    may_be_assessed: list[Person] = field(default_factory=list)
    nearly_there: list[Person] = field(default_factory=list)
    to_verify: list[Person] = field(default_factory=list)
    blank: list[BlankColumn] = field(default_factory=list)
    near_to_verify: int = 0
    others: dict[str, int] = field(default_factory=dict)

    def within_a_year(self, as_of: dt.date) -> int:
        return sum(1 for person in self.nearly_there if person.day is not None and person.day <= year_later(as_of))


# Each person once; the best of what the two directions come to.
_BEST = f"""
    CREATE OR REPLACE TEMP TABLE judged AS
    SELECT p.pid, any_value(p.source_file) AS source_file, any_value(p.sheet) AS sheet, any_value(p.row) AS "row",
        coalesce(any_value(p.name), '（未填姓名）') AS name, min(list_position({list(OUTCOMES)}, s.outcome)) AS best
    FROM people AS p LEFT JOIN summaries AS s USING (pid)
    WHERE p.bucket = 'evaluated' AND p.duplicate_of IS NULL GROUP BY p.pid
"""
_TELLS_NOTHING = """(r.skill_state = 'blank' AND r.title_state IN ('blank', 'absent') AND r.credentials IS NULL AND r.honours IS NULL AND r.honours_in_doubt IS NULL)"""
_OTHERS = f"""
    SELECT coalesce({list(OUTCOMES)}[best], 'no_route'), count(*) FROM judged
    WHERE source_file = ? AND coalesce(best, 99) > list_position({list(OUTCOMES)}, 'not_yet') GROUP BY ALL
"""
_NEAR_TO_VERIFY = f"""
    SELECT count(DISTINCT pid) FROM judged JOIN verdict_words USING (pid)
    WHERE judged.source_file = ? AND best = list_position({list(OUTCOMES)}, 'unverified') AND outcome = 'not_yet' AND eligible_on IS NOT NULL
"""
_UNTOLD = f"""
    SELECT count(*), count(*) FILTER ({_TELLS_NOTHING})
    FROM judged AS j JOIN rows AS r USING (pid) WHERE j.source_file = ?
"""
_OF_OUTCOME = f"""
    SELECT j.name, j.row, list(coalesce(s.target, '{OTHER_TARGET}') ORDER BY s.direction), NULL
    FROM judged AS j JOIN summaries AS s USING (pid)
    WHERE j.source_file = ? AND j.best = ? AND s.outcome = ? GROUP BY j.pid, j.name, j.row ORDER BY j.pid
"""
_NEARLY_THERE = f"""
    SELECT j.name, j.row, [arg_min(v.target, (v.eligible_on, list_position({list(TARGETS)}, v.target)))], min(v.eligible_on)
    FROM judged AS j JOIN verdict_words AS v USING (pid)
    WHERE j.source_file = ? AND j.best > 1 AND v.outcome = 'not_yet' AND v.eligible_on IS NOT NULL
    GROUP BY j.pid, j.name, j.row ORDER BY min(v.eligible_on), j.pid
"""
# What is missing of a person, by cells: those that are blank, and those that are filled and can't be read; where no route is known to be in play in a
# direction, those that would tell.
_TO_VERIFY = """
    WITH waiting AS (SELECT * FROM judged WHERE source_file = ? AND best = ?),
    asked AS (
        SELECT pid, h.field, a.header FROM (
            SELECT pid, header FROM headers_to_fill SEMI JOIN waiting USING (pid)
            UNION
            SELECT pid, unnest(headers) FROM unread_directions AS u SEMI JOIN waiting USING (pid)
            ANTI JOIN verdict_words AS v ON v.pid = u.pid AND v.direction = u.direction::VARCHAR
        ) AS a LEFT JOIN headers AS h USING (header)
    ),
    placed AS (
        SELECT DISTINCT w.pid, coalesce(arg_min(c.header, (starts_with(c.name, 'recent_grades'), len(c.letter), c.letter)), a.header) AS header,
            arg_min(c.letter, (starts_with(c.name, 'recent_grades'), len(c.letter), c.letter)) AS letter
        FROM waiting AS w JOIN asked AS a USING (pid) JOIN people AS p USING (pid)
        LEFT JOIN person_columns AS c ON c.file_no = p.file_no AND c.sheet = p.sheet AND c.columns_of = p.columns_of
            AND (c.name = coalesce(a.field, 'assessment_' || regexp_extract(a.header, '^[0-9]{4}'))
                OR (a.header LIKE '____年度考核' OR a.field = 'recent_grades') AND starts_with(c.name, 'recent_grades'))
        GROUP BY w.pid, a.header
    )
    SELECT w.name, w.row, list(CASE WHEN p.letter IS NULL THEN '没有“' || p.header || '”栏'
            ELSE CASE WHEN (SELECT count(DISTINCT sheet) > 1 FROM waiting) THEN w.sheet || '!' ELSE '' END || p.letter || w.row || '“' || p.header || '”' END
        ORDER BY len(p.letter), p.letter, p.header) FILTER (p.header IS NOT NULL), NULL
    FROM waiting AS w LEFT JOIN placed AS p USING (pid) GROUP BY w.pid, w.name, w.sheet, w.row ORDER BY w.pid
"""


def outlook_of(con: duckdb.DuckDBPyConnection, source_file: str, as_of: dt.date) -> Outlook:
    """What the people of a file would come to. ``con`` holds what `AsOfAudit.evaluate` makes, people, rows and person_columns (flows/audit/build_tables.py), and findings_out."""
    con.execute(_BEST)
    ((people, untold),) = con.execute(_UNTOLD, [source_file]).fetchall()
    make_headers(con)
    ranks = {outcome: number for number, outcome in enumerate(OUTCOMES, 1)}
    found = Outlook(
        people,
        untold,
        may_apply=_people(con, _OF_OUTCOME, [source_file, ranks["eligible"], "eligible"]),
        may_be_assessed=_people(con, _OF_OUTCOME, [source_file, ranks["refer"], "refer"]),
        nearly_there=_people(con, _NEARLY_THERE, [source_file]),
        to_verify=_people(con, _TO_VERIFY, [source_file, ranks["unverified"]]),
        blank=blank_needed(con, source_file, as_of),
        near_to_verify=scalar(con, _NEAR_TO_VERIFY, [source_file]),
        others=dict(con.execute(_OTHERS, [source_file]).fetchall()),
    )
    return found


def _people(con: duckdb.DuckDBPyConnection, query: str, values: list[object]) -> list[Person]:
    return [Person(name, row, told or [], day) for name, row, told, day in con.execute(query, values).fetchall()]


class BlankColumn(NamedTuple):
    """Needed cells of a column that are blank."""

    sheet: str
    letter: str
    header: str
    rows: list[int]


def blank_needed(con: duckdb.DuckDBPyConnection, source_file: str, as_of: dt.date) -> list[BlankColumn]:
    """The needed cells (必填 of the form) of a file that are blank, by column, but for those on which there is a finding: of people whom a route is in
    play for those without which the verdict stands, and a human has to look; of people of whom nothing is told all.
    """
    needed = [item.name for item in catalogue.fields().values() if item.asked == MUST and item.kind != "assessment"]
    untold = [name for name in needed if name in ("skill", "title")] + [f"assessment_{year}" for year in asked_years(as_of)]
    tests = {name: f"r.{name} IS NULL" for name in needed if name not in untold} | {"id_number": "r.person_key IS NULL"}
    tests |= {name: f"r.untold AND r.{name}_state = 'blank'" for name in untold[:2]}
    tests |= {
        name: f"r.untold AND NOT list_contains(coalesce([told.year FOR told IN r.assessments], []), {int(name[-4:])})"
        for name in untold[2:]
    }
    each = " UNION ALL ".join(
        f"SELECT pid, file_no, sheet, columns_of, row, {literal(name)} AS name FROM mine AS r WHERE {test} AND NOT list_contains(coalesce(r.unread, []), {literal(name)})"
        for name, test in tests.items()
    )
    query = f"""
        WITH mine AS (
            SELECT r.*, p.columns_of, {_TELLS_NOTHING} AS untold FROM rows AS r JOIN people AS p USING (pid)
            SEMI JOIN judged AS j ON j.pid = r.pid AND j.source_file = $file
            WHERE {_TELLS_NOTHING} OR r.pid IN (SELECT pid FROM verdicts)
        ),
        blank AS ({each}),
        placed AS (SELECT file_no, sheet, columns_of, name, arg_min((letter, header), (len(letter), letter)) AS place FROM person_columns GROUP BY ALL)
        SELECT b.sheet, c.place[1], c.place[2], list(b.row ORDER BY b.row)
        FROM blank AS b JOIN placed AS c USING (file_no, sheet, columns_of, name)
        ANTI JOIN findings_out AS f ON f.pid = b.pid AND f.sheet = b.sheet AND f.row = b.row AND f.field = b.name
        GROUP BY b.sheet, c.place ORDER BY b.sheet, len(c.place[1]), c.place[1]
    """
    return [BlankColumn(*line) for line in con.execute(query, {"file": source_file}).fetchall()]
