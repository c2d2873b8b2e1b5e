"""bureau/report.html: one page that needs no network. Every figure comes from figures/all_figures.py."""

import base64
import hashlib
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from guantong.reports import output_files, wording
from guantong.reports.bureau import charts
from guantong.reports.bureau.figures.all_figures import Figures, read_figures
from guantong.reports.bureau.figures.figure_table import FigureTable
from guantong.reports.bureau.figures.people_by_group import ELIGIBLE_IN
from guantong.reports.units.workbook import file_name

TEMPLATES = Path(__file__).parent / "templates"
UNITS = 5000  # rows of the longest table; statistics.xlsx has the rest
LONGEST = 100  # rows of the other tables
BARS = 20  # the most bars that one can still read in a chart
COUNT = wording.ELIGIBLE_COUNT


def write_page(data: Path, target: Path) -> None:
    """Write the page of the audit in `data` to `target`, whole or not at all.

    Raises jinja2.UndefinedError where the template names a figure that is not there.
    """
    figures = read_figures(data)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["shown"] = _shown
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    page = environment.get_template("report.html.j2").render(
        figures=figures, bearings=wording.provenance(figures.rulebook), disclaimer=wording.DISCLAIMER, longest=LONGEST,
        pictures=_pictures(figures), units=_units(figures), unit_headers=("单位", *_unit_columns(figures), "数据问题"), all_units=len(figures.unit_ids),
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")), script=Markup(script), script_hash=_hash(script),
    )  # fmt: skip
    with output_files.replace_file(target) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _hash(script: str) -> str:
    """By which the page's policy lets this script run, and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _unit_columns(figures: Figures) -> dict[str, str]:
    """Headers of the page's table of units → those of the table by_unit."""
    words = figures.rulebook["outcomes"]
    return {
        "所在市": "所在市",
        "已审核人数": "已审核人数",
        "高技能人才申报职称": f"{COUNT}（高技能人才申报职称）",
        "专业技术人才参加职业技能评价": f"{COUNT}（专业技术人才参加职业技能评价）",
        "两个方向合计": f"{COUNT}（两个方向合计）",
        "待核实": wording.count_label("unverified", words),
        "未满年限": wording.count_label("not_yet", words),
    }


def _units(figures: Figures) -> list[tuple]:
    """A row a unit: the address of its workbook, its name, the columns of `_unit_columns`, and how many findings it has."""
    names, *columns = map(figures.tables["by_unit"].column, ("单位", *_unit_columns(figures).values()))
    return [
        (f"../units/{quote(file_name(unit_id, name))}", name, *values, figures.findings.get(unit_id, 0))
        for unit_id, name, *values in zip(figures.unit_ids[:UNITS], names, *columns, strict=False)
    ]


def _pictures(figures: Figures) -> list[tuple[str, Markup, FigureTable]]:
    """The charts, each with its caption and the table that it draws."""
    directions = [figures.rulebook["directions"][direction] for direction in wording.DIRECTIONS]
    cities, targets, misses, funnel = (figures.tables[name] for name in ("by_city", "by_target", "misses", "funnel"))
    conditions = list(dict.fromkeys(misses.column("条件")))
    failing = dict(zip(zip(misses.column("方向"), misses.column("条件")), misses.column("不满足人数")))
    by_direction = {direction: [failing.get((direction, name), 0) for name in conditions] for direction in directions}
    in_city = {name: cities.column(ELIGIBLE_IN[direction])[:BARS] for direction, name in zip(wording.DIRECTIONS, directions, strict=True)}
    pictures = [
        (charts.lying, "city", f"各市{COUNT}", cities.column("所在市")[:BARS], in_city, cities),
        (charts.lying, "target", f"各申报目标{COUNT}", targets.column("申报目标")[:BARS], {COUNT: targets.column(COUNT)[:BARS]}, targets),
        (charts.lying, "funnel", funnel.name, funnel.column("步骤"), {"数量": funnel.column("数量")}, funnel),
        (charts.lying, "misses", "未符合的原因（不满足人数）", conditions[:BARS],
         {name: values[:BARS] for name, values in by_direction.items()}, misses),
    ]  # fmt: skip
    if forecast := figures.tables.get("forecast"):
        quarters = [quarter.replace("年第", "-").removesuffix("度") for quarter in forecast.column("季度")]
        counts = {forecast.headers[1]: forecast.column(forecast.headers[1])}
        pictures.insert(2, (charts.standing, "forecast", forecast.name, quarters, counts, forecast))
    return [(title, draw(key, title, labels, series), table) for draw, key, title, labels, series, table in pictures]


def _shown(value: object) -> str:
    """A table's value as the page shows it: numbers with thousands separators, shares in percent, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1%}"
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)
