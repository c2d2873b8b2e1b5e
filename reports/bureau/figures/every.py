"""Every figure of the bureau's reports, counted in one place. Persons are counted once."""

from dataclasses import dataclass, fields
from pathlib import Path

import duckdb

from guantong.reports import style
from guantong.reports.audit_data import connect, count_once, read_rulebook
from guantong.reports.bureau.figures import data as figures_of_data
from guantong.reports.bureau.figures import groups, paths
from guantong.reports.bureau.figures import stock as figures_of_stock
from guantong.reports.bureau.figures.table import Table
from guantong.schemas.database import scalar

__all__ = ["Figures", "Table", "figures_of", "read_figures"]


@dataclass(frozen=True)
class Figures:
    """All the tables. `headline` is [(label, number)]; `unit_ids` are those of by_unit's rows; `findings` is {unit_id: how many}."""

    rulebook: dict
    headline: list[tuple[str, int]]
    unit_ids: list[str]
    findings: dict[str, int]
    by_city: Table
    by_unit: Table
    by_industry: Table
    by_occupation: Table
    by_sex: Table
    by_age: Table
    by_education: Table
    by_target: Table
    by_way: Table
    by_route: Table
    by_outcome: Table
    stock: Table | None  # these three are of today, not of a retrospective audit
    forecast: Table | None
    parity: Table | None
    funnel: Table
    misses: Table
    files: Table
    refused: Table
    findings_by_code: Table
    findings_by_unit: Table
    settings: Table

    def tables(self) -> dict[str, Table]:
        """The tables by the names of their files."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if isinstance(value, Table)}

    def of_persons(self) -> list[Table]:
        """The tables that count persons, in the order in which they are shown."""
        names = (
            "by_city", "by_unit", "by_industry", "by_target", "by_way", "by_route", "by_outcome", "by_occupation", "by_sex", "by_age",
            "by_education", "stock", "forecast", "parity", "funnel", "misses",
        )  # fmt: skip
        return [table for name in names if (table := getattr(self, name))]


def read_figures(data: Path, checked: bool = False) -> Figures:
    """Count everything. Raises ValueError where a person's outcome is not one of style.OUTCOMES. checked: see `audit_data.connect`."""
    with connect(data, checked) as connection:
        return figures_of(connection, read_rulebook(data))


def figures_of(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> Figures:
    """Count everything, from an open connection."""
    words, past = style.outcome_words(rulebook), bool(rulebook.get("retrospective"))
    count_once(connection)
    paths.count_targets(connection)
    by_unit, unit_ids = groups.by_unit(connection, words)
    findings = "SELECT unit_id, count(*) FROM findings WHERE unit_id IS NOT NULL GROUP BY unit_id"
    return Figures(
        rulebook=rulebook,
        headline=_headline(connection),
        unit_ids=unit_ids,
        findings=dict(connection.execute(findings).fetchall()),
        by_unit=by_unit,
        **groups.tables(connection, words),
        by_target=paths.by_target(connection, rulebook, words),
        by_way=paths.by_way(connection, rulebook),
        by_route=paths.by_route(connection, rulebook, words),
        by_outcome=groups.by_outcome(connection, rulebook, words),
        stock=None if past else figures_of_stock.stock(connection),
        forecast=None if past else figures_of_stock.forecast(connection, rulebook),
        parity=None if past else figures_of_stock.parity(connection),
        funnel=groups.funnel(connection),
        misses=paths.misses(connection, rulebook),
        files=figures_of_data.files(connection, rulebook),
        refused=figures_of_data.refused(connection, rulebook),
        findings_by_code=figures_of_data.findings_by_code(connection, rulebook),
        findings_by_unit=figures_of_data.findings_by_unit(connection),
        settings=figures_of_data.settings(rulebook),
    )


# What each number of the overview counts.
HEADLINE = {
    style.ELIGIBLE_COUNT: "FROM once WHERE place = 1",
    f"{style.ELIGIBLE_COUNT}：高技能人才申报职称": "FROM once WHERE s2t = 1",
    f"{style.ELIGIBLE_COUNT}：专业技术人才参加职业技能评价": "FROM once WHERE t2s = 1",
    "已审核人数": "FROM once",
    "单位": "FROM units",
    "名册文件": "FROM files",
    "其中未能读取的文件": "FROM files WHERE status = 'refused'",
    "读到的行": "FROM persons",
    "其中未能审核的行": "FROM persons WHERE bucket = 'rejected'",
    "其中重复的行（同一单位同一人）": "FROM persons WHERE bucket = 'evaluated' AND duplicate_of IS NOT NULL",
    "其中在别的单位已计的行": "FROM people ANTI JOIN once USING (pid)",
    "数据问题：错误": "FROM findings WHERE severity = 'error'",
    "数据问题：提醒": "FROM findings WHERE severity = 'warning'",
}


def _headline(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    return [(label, scalar(connection, f"SELECT count(*) {counted}")) for label, counted in HEADLINE.items()]
