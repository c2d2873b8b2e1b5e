"""The two kinds of audit: as of one day, and retrospective (回溯审核), each award as of its own day. What differs between them is asked here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb

from guantong.rules.evaluation.evaluate import evaluate
from guantong.rules.evaluation.export import make_words
from guantong.rules.evaluation.relations import Relations
from guantong.rules.evaluation.retrospective import AwardColumn, evaluate_awards
from guantong.rules.notices import Notice, notices_of_policy, notices_of_years
from guantong.rules.policy.load import Policy
from guantong.rules.rulebook import RETROSPECTIVE_NOTE, rulebook
from guantong.rules.unknown_grades import add_unknown_grades
from guantong.schemas import database
from guantong.schemas.sql_text import date_literal, parquet_table

# Tracks of which it is not known what a person holds: the cell can't be read, rows of the person say different things, or all is dated later,
# in a retrospective audit also where nothing is surely of before the day.
_NOT_KNOWN = """nullif(list_filter([{}], lambda x: x IS NOT NULL), [])""".format(
    ", ".join(
        f"CASE WHEN r.{track}_state IN ('unknown', 'either')"
        f" OR (h.sure_{track} = '无'::{track}_level AND h.possible_{track} > '无'::{track}_level) THEN '{track}' END"
        for track in ("skill", "title")
    )
)


@dataclass(frozen=True)
class PersonDays:
    """How the tables tell as of which day each person was judged, as SQL in which ``r`` is the person's row of rows, ``h`` of held.

    ``not_known``: tracks of which it is not known what was held, as the column of that name; null where there is none.
    ``join``: what brings ``r`` into a query. ``facts``: the rows as the roster tells them. ``has_parity``: whether 待遇比照 is told, which is of today.
    ``held_in_part``: of a track, whether some of what the roster tells may not have been held.
    """

    as_of: str
    not_known: str
    age_day: str
    join: str
    facts: str
    has_parity: bool
    held_in_part: str


@dataclass(frozen=True)
class AsOfAudit:
    """Everybody is judged as of one day (审核基准日), in words by ``str()``.

    ``day``: the one day; None where each award has its own. ``award_day``: that own day as SQL over rows, else None.
    ``findings``: the table of what evaluation found, if it makes one. ``weighs_settings``: whether what a setting weighs can be told.
    ``caution``: the last line on the screen.
    """

    day: dt.date
    award_day = findings = None
    weighs_settings = True
    caution = "候选建议，以评审（鉴定）机构审核为准。"

    def __str__(self) -> str:
        return self.day.isoformat()

    @property
    def person_days(self) -> PersonDays:
        return PersonDays(
            "NULL::DATE AS as_of",
            f"{_NOT_KNOWN} AS not_known",
            date_literal(self.day),
            "",
            "rows",
            True,
            "coalesce(h.{}_dated_later, false)",
        )

    def evaluate(self, con: duckdb.DuckDBPyConnection, policy: Policy, relations: Relations | None = None) -> None:
        """Judge the people of ``con`` (`build_tables.load_packs`), and put the verdicts into words."""
        evaluate(con, policy, self.day, relations)
        make_words(con)
        add_unknown_grades(con, policy)

    def rulebook(self, policy: Policy, data: Path) -> dict:
        """rulebook.json; ``data``: the folder of the audit's tables."""
        return rulebook(policy, self.day)

    def notices(self, policy: Policy, data: Path) -> list[Notice]:
        """What is told of the audit as a whole, from its tables in ``data``."""
        with database.connect(data) as con:
            database.view_tables(con, data, ("persons", "verdicts", "facts"))
            return [*notices_of_years(con, policy, self.day), *notices_of_policy(policy)]

    def record(self, data: Path) -> dict[str, str | None]:
        """What run.json says of the day or days."""
        return {"as_of": self.day.isoformat()}

    def count_awards(self, data: Path) -> None:
        """How many awards came out how, each once; None where none are judged."""

    def screen_line(self, counts: dict) -> str:
        """The main result on the screen, from the run's counts."""
        return f"  候选　{counts['candidates']} 人符合申报条件；{counts['to_verify']} 人待核实"

    def page_row(self, counts: dict) -> str:
        """The same as a row of the table on Prefect's page."""
        return f"| 候选人 | {counts['candidates']} |\n| 待核实 | {counts['to_verify']} |"


@dataclass(frozen=True)
class RetrospectiveAudit:
    """Each award is judged as of the day that stands in a column of the roster. What it has is described at `AsOfAudit`."""

    column: AwardColumn
    day = None
    findings = "award_findings"
    weighs_settings = False
    caution = RETROSPECTIVE_NOTE

    def __str__(self) -> str:
        return str(self.column)

    @property
    def award_day(self) -> str:
        return self.column.day

    @property
    def person_days(self) -> PersonDays:
        return PersonDays(
            "r.as_of", f"{_NOT_KNOWN} AS not_known", "r.as_of", "JOIN rows AS r USING (pid)", "rows_told", False, "r.as_of IS NOT NULL"
        )

    def evaluate(self, con: duckdb.DuckDBPyConnection, policy: Policy, relations: Relations | None = None) -> None:
        evaluate_awards(con, policy, self.column, relations)
        add_unknown_grades(con, policy)
        # people and files know who could not be judged as of a day of his own
        con.execute("UPDATE people SET bucket = r.bucket, rejected_for = r.rejected_for FROM rows_told AS r WHERE people.pid = r.pid")
        con.execute("""
            UPDATE files SET rows_rejected = r.rejected
            FROM (SELECT file_no, count(*) FILTER (bucket = 'rejected') AS rejected FROM people GROUP BY file_no) AS r
            WHERE r.file_no = files.file_no
        """)

    def rulebook(self, policy: Policy, data: Path) -> dict:
        first, last = self._days(data)
        return rulebook(policy, None, {"column": self.column.header, "first": first, "last": last})

    def notices(self, policy: Policy, data: Path) -> list[Notice]:
        return notices_of_policy(policy)  # no day is that of most

    def record(self, data: Path) -> dict[str, str | None]:
        first, last = self._days(data)
        return {"as_of": None, "as_of_column": self.column.header, "first_day": first, "last_day": last}

    def _days(self, data: Path) -> tuple[str | None, str | None]:
        """The first and the last day of those judged; None where nobody is."""
        with database.connect(data) as con:
            query = f"SELECT min(as_of)::VARCHAR, max(as_of)::VARCHAR FROM {parquet_table(data / 'persons.parquet')}"
            return con.execute(query).fetchone()

    def count_awards(self, data: Path) -> dict[str, int]:
        from guantong.reports.units.claims import AWARD_RESULTS

        with database.connect(data) as con:
            claims, persons = (parquet_table(data / f"{name}.parquet") for name in ("claims", "persons"))
            query = f"SELECT result, count(*) FROM {claims} JOIN {persons} USING (pid) WHERE duplicate_of IS NULL GROUP BY 1"
            found = dict(con.execute(query).fetchall())
        return {result: found.get(result, 0) for result in AWARD_RESULTS}

    def screen_line(self, counts: dict) -> str:
        return f"  授予　{_describe_awards(counts['awards'])}，供人工复核"

    def page_row(self, counts: dict) -> str:
        return f"| 授予 | {_describe_awards(counts['awards'])} |"


AuditKind = AsOfAudit | RetrospectiveAudit


def _describe_awards(counts: dict[str, int]) -> str:
    from guantong.reports.units.claims import AWARD_RESULTS  # pandas comes with it, which an output that is reused does without

    return f"{sum(counts.values())} 项：" + "，".join(f"{word} {counts[result]}" for result, word in AWARD_RESULTS.items())
