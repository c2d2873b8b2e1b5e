"""Every figure of the bureau's reports, counted in one place. Persons are counted once."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from guantong.reports import wording
from guantong.reports.audit_data import (
    IS_OF_ANOTHER_FILE,
    JOIN_SHOWN_NAMES,
    create_counted_people,
    open_audit_data,
    read_notices,
    read_rulebook,
    within_a_year,
)
from guantong.reports.bureau.figures import data_quality, people_by_group, skilled_people, targets_and_routes
from guantong.reports.bureau.figures.figure_table import FigureTable
from guantong.reports.bureau.figures.presumed_cities import create_presumed_cities
from guantong.reports.bureau.figures.whereabouts import Whereabouts, whereabouts
from guantong.reports.units.claims import AWARD_RESULTS, claim_counts
from guantong.schemas.database import records, scalar
from guantong.schemas.sql_text import parquet_table

# The tables that count persons, in the order in which they are shown.
OF_PERSONS = (
    "by_city", "by_unit", "by_industry", "by_target", "by_way", "by_route", "by_outcome", "by_occupation", "by_sex", "by_age",
    "by_education", "stock", "forecast", "parity", "funnel", "misses",
)  # fmt: skip
OF_TITLES, OF_SKILLS = f"{wording.ELIGIBLE_COUNT}：高技能人才申报职称", f"{wording.ELIGIBLE_COUNT}：专业技术人才参加职业技能评价"
PERSONS, TO_VERIFY, FILES, REFUSED_FILES = "已审核人数", "待核实人数", "名册文件", "其中拒收的文件"
# What each number of the overview counts.
HEADLINE = {
    wording.ELIGIBLE_COUNT: "FROM counted_people WHERE best_rank = 1",
    OF_TITLES: "FROM counted_people WHERE s2t = 1",
    OF_SKILLS: "FROM counted_people WHERE t2s = 1",
    TO_VERIFY: "FROM counted_people WHERE best_rank = 3",
    wording.NEARLY_THERE_COUNT: "FROM counted_people JOIN nearly_there USING (pid) WHERE {within_a_year}",
    PERSONS: "FROM counted_people",
    "单位": "FROM units",
    FILES: "FROM files",
    REFUSED_FILES: "FROM files WHERE status = 'refused'",
    "读到的行": "FROM persons",
    "其中未能审核的行": "FROM persons WHERE bucket = 'rejected'",
    "其中重复的行（同一单位同一人）": "FROM persons WHERE bucket = 'evaluated' AND duplicate_of IS NOT NULL",
    "其中在别的单位已计的行": "FROM people ANTI JOIN counted_people USING (pid)",
    "数据问题：错误": "FROM findings WHERE severity = 'error'",
    "数据问题：提醒": "FROM findings WHERE severity = 'warning'",
    "数据问题：提示": "FROM findings WHERE severity = 'hint'",
}
# Of a retrospective audit: how the awards came out.
AWARDS = {
    f"授予：{word}": f"""FROM claims SEMI JOIN people USING (pid) WHERE result = '{result}'""" for result, word in AWARD_RESULTS.items()
}


# How many findings a unit's workbook has (reports/units/rows.py): those of its rows, and those of whole files and sheets with rows of it.
FINDINGS_SHOWN = f"""
    SELECT unit_id, count(*) FROM (
        SELECT unit_id FROM findings {JOIN_SHOWN_NAMES} WHERE unit_id IS NOT NULL AND NOT {IS_OF_ANOTHER_FILE}
        UNION ALL
        SELECT p.unit_id FROM findings AS f JOIN (SELECT DISTINCT unit_id, source_file FROM persons WHERE told_as IS NULL) AS p USING (source_file)
        WHERE f.unit_id IS NULL
    ) GROUP BY unit_id"""


@dataclass(frozen=True)
class Figures:
    """All the `tables` by the names of their files; a retrospective audit, which is not of today, has no stock, forecast and parity.

    `headline` is [(label, number)]; `unit_ids` are those of by_unit's rows; `findings` is {unit_id: how many}; `claims` is of `claim_counts`;
    `weights` what each alternative to a setting weighs, also of an audit of today; `notices` are told of the audit as a whole.
    """

    rulebook: dict
    headline: list[tuple[str, int]]
    unit_ids: list[str]
    findings: dict[str, int]
    tables: dict[str, FigureTable]
    whereabouts: Whereabouts
    claims: list[tuple]
    weights: FigureTable | None
    notices: list[str]


def read_figures(data: Path, checked: bool = False) -> Figures:
    """Count everything; ``checked``: see `open_audit_data`. Raises ValueError where a person's outcome is not one of wording.OUTCOMES."""
    with open_audit_data(data, checked) as connection:
        rulebook = read_rulebook(data)
        words = rulebook["outcomes"]
        create_counted_people(connection)
        create_presumed_cities(connection)
        targets_and_routes.create_paths(connection)
        by_unit, unit_ids = people_by_group.by_unit(connection, rulebook, words)
        findings = dict(connection.execute(FINDINGS_SHOWN).fetchall())
        files = data_quality.files(connection, rulebook)
        tables = people_by_group.tables(connection, words) | {
            "by_unit": by_unit,
            "by_target": targets_and_routes.by_target(connection, rulebook, words),
            "by_way": targets_and_routes.by_way(connection, rulebook),
            "by_route": targets_and_routes.by_route(connection, rulebook, words),
            "by_outcome": people_by_group.by_outcome(connection, rulebook, words),
            "funnel": people_by_group.funnel(connection),
            "misses": targets_and_routes.misses(connection, rulebook),
            "files": files,
            "refused": data_quality.refused(connection, files),
            "findings_by_code": data_quality.findings_by_code(connection, rulebook),
            "findings_by_unit": data_quality.findings_by_unit(connection),
            "settings": data_quality.settings(rulebook),
        }
        weights = None
        if not wording.is_retrospective(rulebook):
            weights = data_quality.weights(records(connection, f"FROM {parquet_table(data / 'sensitivity.parquet')}"))
            tables["stock"] = skilled_people.stock(connection)
            tables["forecast"] = skilled_people.forecast(connection, rulebook)
            tables["parity"] = skilled_people.parity(connection)
        return Figures(
            rulebook, _headline(connection, rulebook), unit_ids, findings, tables, whereabouts(connection), claim_counts(connection), weights,
            read_notices(data),
        )  # fmt: skip


def _headline(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> list[tuple[str, int]]:
    wanted = {label: counted.format(within_a_year=within_a_year(rulebook)) for label, counted in HEADLINE.items()}
    if wording.is_retrospective(rulebook):
        del wanted[wording.NEARLY_THERE_COUNT]
        wanted |= AWARDS
    return [(label, scalar(connection, f"SELECT count(*) {counted}")) for label, counted in wanted.items()]
