"""Retrospective audit (回溯审核): every award judged as of its own day, by what was held before it and the policy in force then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from guantong.rules.evaluation.evaluate import evaluate
from guantong.rules.evaluation.export import make_words
from guantong.rules.evaluation.relations import Relations
from guantong.rules.evaluation.scripts import run_script, script
from guantong.rules.policy.by_day import document_name, in_force_in_words, spans
from guantong.rules.policy.load import Policy
from guantong.rules.vocabulary import SKILL_WORDS
from guantong.schemas import catalogue
from guantong.schemas.database import create_rows
from guantong.schemas.layout.headers import header_text, recognise_header
from guantong.schemas.sql_text import fill_template, literal, literals
from guantong.schemas.text import label

# Columns that tell the day of an award. Where it is a credential's own date, that credential was awarded, else what is claimed;
# beside a day of its own what the roster claims was awarded, else the credentials dated on the day.
_AWARDED = {
    "award_date": {
        "award_title": "CASE WHEN claimed_title IS NULL AND claimed_skill IS NULL THEN title_given ELSE claimed_title END",
        "award_skill": "CASE WHEN claimed_title IS NULL AND claimed_skill IS NULL THEN skill_given ELSE claimed_skill END",
        "title_claimed": "a.claimed_title IS NOT NULL",
    },
    "title_date": {
        "award_title": "coalesce(title_given, claimed_title)",
        "award_skill": "NULL::INTEGER",
        "title_claimed": "a.title_given IS NULL",
    },
    "skill_date": {
        "award_title": "NULL::INTEGER",
        "award_skill": "coalesce(skill_given, claimed_skill)",
        "title_claimed": "false",
    },
}
_SHOWN = 100  # characters of a header that reports say


@dataclass(frozen=True)
class AwardColumn:
    """The column of a roster that tells each person's own day: its header as the user writes it, and its field."""

    header: str
    field: str

    def __str__(self) -> str:
        return f"逐人按“{self.header}”"

    @property
    def day(self) -> str:
        """The day as SQL over rows; null where it is not known to the day."""
        return f"CASE WHEN {self.field}_lo = {self.field}_hi THEN {self.field}_lo::DATE END"


def award_column(header: str) -> AwardColumn:
    """The column that ``header`` names, by the aliases of rosters. Raises ValueError, in Chinese, where it tells no award's day."""
    header, field = label(header)[:_SHOWN], recognise_header((header_text(header),))
    if field in _AWARDED:
        return AwardColumn(header, field)
    usable = "、".join(f"“{catalogue.header_of(name)}”" for name in _AWARDED)
    found = "不是已知的表头" if field is None else f"是“{catalogue.header_of(field)}”，不是授予的日期"
    raise ValueError(f"“{header}”{found}；可用的栏目是{usable}，及它们的其他写法（见 schemas/data/aliases.csv，可自行增加）")


def evaluate_awards(con: duckdb.DuckDBPyConnection, policy: Policy, column: AwardColumn, relations: Relations | None = None) -> None:
    """Make what `evaluate` and `make_words` make, every person as of the day of the award; ``claims`` are the awards.

    ``con`` holds rows and people as for those. rows become as they stood on the day, with as_of,
    skill_counts_before and title_counts_before (rules/evaluation/sql/0_held_on_day.sql); rows_told are as the roster tells. Rows without a day, or of a day on which no policy is
    in force, become ``rejected``; award_findings (pid, field, code, value, detail) tell why. Where ``policy`` has others, rows also have
    policy_no, the place in ``policy.policies`` of the one that judges the day.
    """
    _make_spans_and_readings(con, policy)
    con.execute(fill_template(script("0_award_days.sql"), {"field": column.field}), {"in_force": in_force_in_words(policy)})
    con.execute("UPDATE rows SET bucket = 'rejected', rejected_for = problem FROM award_days AS d WHERE d.pid = rows.pid AND problem <> ''")
    con.execute(fill_template(script("0_held_on_day.sql"), _figures(column)))
    con.execute("""
        CREATE OR REPLACE TABLE rows_told AS
        SELECT r.*, d.as_of, d.skill_counts_before, d.title_counts_before FROM rows AS r JOIN rows_on_day AS d USING (pid) ORDER BY pid
    """)
    _make_award_findings(con, column)
    con.execute("CREATE OR REPLACE TABLE rows AS FROM rows_on_day")
    con.execute("DROP TABLE rows_on_day")
    evaluate(con, policy, None, relations)
    make_words(con)
    run_script(con, "7_awards.sql")
    for name in ("awards", "edges", "spans", "readings"):
        con.execute(f"DROP TABLE {name}")


def _make_spans_and_readings(con: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """Make spans (policy_no, starts, ends), the days that each policy judges, and readings (policy_no, same_day, left_out), how
    each reads and what its file leaves out of the document.
    """
    judged = [(span.number, span.first, span.last) for span in spans(policy)]
    create_rows(con, "spans", {"policy_no": "BIGINT", "starts": "DATE", "ends": "DATE"}, judged)
    readings = [
        (
            number,
            each.retrospective("award_day_credential_held"),
            f"{document_name(policy, each)}中未收录的条款" if each.document.policy.scope else "",
        )
        for number, each in enumerate(policy.policies)
    ]
    create_rows(con, "readings", {"policy_no": "BIGINT", "same_day": "BOOLEAN", "left_out": "VARCHAR"}, readings)


def _figures(column: AwardColumn) -> dict[str, str]:
    """What 0_held_on_day.sql is told of the column."""
    words = _AWARDED[column.field]
    return {name: words[name] for name in ("award_title", "award_skill")} | {"claims": ",\n        ".join(_claims(words["title_claimed"]))}


def _claims(title_claimed: str) -> Iterator[str]:
    """The awards in the place of the claims, where rules/evaluation/sql/6_claims.sql looks for them; a title may be of another series."""
    for track in ("title", "skill"):
        yield f"a.award_{track} AS claimed_{track}_rank"
        yield f"CASE WHEN a.award_{track} IS NULL THEN 'blank' ELSE 'known' END AS claimed_{track}_state"
    yield f"[{literals(SKILL_WORDS)}][a.award_skill] AS claimed_skill"
    for name, given in (("claimed_title", "word"), ("claimed_title_series", "series")):
        yield f"CASE WHEN {title_claimed} THEN r.{name} ELSE a.own_title.{given} END AS {name}"


def _make_award_findings(con: duckdb.DuckDBPyConnection, column: AwardColumn) -> None:
    """Make award_findings: of rows that are not judged, and of those of which it can't be told what was awarded."""
    con.execute(f"""
        CREATE OR REPLACE TABLE award_findings AS
        SELECT pid, {literal(column.field)} AS field, problem AS code, value, detail FROM award_days WHERE problem IS NOT NULL
        UNION ALL
        SELECT pid, {literal(column.field)}, 'award_not_told', strftime(day, '%Y-%m-%d'), '' FROM awards
        WHERE award_title IS NULL AND award_skill IS NULL
    """)
