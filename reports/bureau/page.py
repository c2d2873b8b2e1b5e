"""bureau/report.html: one page that needs no network. Every figure comes from figures/all_figures.py."""

import base64
import hashlib
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from guantong.reports import output_files, wording
from guantong.reports.bureau.charts import Chart, chart
from guantong.reports.bureau.figures.all_figures import AWARDS, FILES, OF_SKILLS, OF_TITLES, PERSONS, REFUSED_FILES, Figures
from guantong.reports.bureau.figures.all_figures import TO_VERIFY as TO_VERIFY_COUNT
from guantong.reports.bureau.figures.data_quality import REFUSED
from guantong.reports.bureau.figures.people_by_group import ELIGIBLE_IN
from guantong.reports.bureau.figures.presumed_cities import TOLD
from guantong.reports.bureau.figures.whereabouts import SAMPLES
from guantong.reports.returned.write_copy import returned_name
from guantong.reports.units.workbook import file_name

TEMPLATES = Path(__file__).parent / "templates"
LISTED = 5000  # units and files that are listed; statistics.xlsx has all
LONGEST = 100  # rows of the other tables
COPIES = 4  # of a unit that its line links
COUNT = wording.ELIGIBLE_COUNT
CAN_APPLY, COULD_APPLY, TO_VERIFY, NEARLY_THERE = "可申报", "当日符合", "待核实", "一年内即将符合"
DIRECTIONS = dict(zip(wording.DIRECTIONS, ("申报职称", "技能评价"), strict=True))


class Card(NamedTuple):
    """A main figure of the page. `only`: the column of the list that it leads to, whose units with any are to be shown."""

    label: str
    number: int
    of: str
    detail: str
    link: str
    only: str = ""


class UnitLine(NamedTuple):
    """A unit as the page lists it: its workbook and the copies of its rosters, as links; `counts` stand under `_unit_columns`."""

    link: str | None
    name: str
    city: str
    city_from: str
    counts: tuple[int, ...]
    copies: list[str]
    more_copies: int


class FileLine(NamedTuple):
    """A file as the page lists it. `copy`: the link to its copy to send back."""

    name: str
    read: str
    counts: tuple[int, ...]
    copy: str | None


class Links:
    """The addresses of units' workbooks and rosters' copies, as links from the page's folder.

    The names of these files are letters, digits, - and _ (output_files.slug), so that a browser takes them as they are. `output`: see `write_page`.
    """

    def __init__(self, figures: Figures, output: Path | None) -> None:
        self._names = dict(zip(figures.unit_ids, figures.tables["by_unit"].column("单位"), strict=True))
        refused = {row[0] for row in figures.tables["refused"].rows}
        self._copied = figures.whereabouts.findings.keys() - refused
        self._output = output

    def unit(self, unit_id: str | None) -> tuple[str, str | None]:
        """The name of a unit and the address of its workbook; nothing of no unit."""
        if unit_id is None:
            return "", None
        name = self._names[unit_id]
        return name, self._address("units", file_name(unit_id, name))

    def copy(self, source_file: str) -> str | None:
        """The address of a roster's copy, where it has one."""
        return self._address("returned", returned_name(source_file)) if source_file in self._copied else None

    def _address(self, folder: str, name: str) -> str | None:
        return f"../{folder}/{name}" if self._output is None or (self._output / folder / name).exists() else None


def write_page(target: Path, figures: Figures, output: Path | None = None) -> None:
    """Write the page of an audit, with its `figures`, to `target`, whole or not at all.

    output: the audit's folder once its other reports are written: what is missing there is not linked. None: all are to come.
    Raises jinja2.UndefinedError where the template names a figure that is not there.
    """
    links = Links(figures, output)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["shown"] = _shown
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    page = environment.get_template("report.html.j2").render(
        figures=figures, bearings=wording.provenance(figures.rulebook), disclaimer=wording.DISCLAIMER, longest=LONGEST, listed=LISTED,
        cards=_cards(figures), others=_others(figures), charts=_charts(figures), links=links, places=figures.whereabouts.places, most_places=SAMPLES, actions=figures.whereabouts.actions,
        unit_columns=list(_unit_columns(figures)), units=_units(figures, links), files=_files(figures, links),
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")), script=Markup(script), script_hash=_hash(script),
    )  # fmt: skip
    with output_files.replace_file(target) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _hash(script: str) -> str:
    """By which the page's policy lets this script run, and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _is_of_today(figures: Figures) -> bool:
    return not wording.is_retrospective(figures.rulebook)


def _cards(figures: Figures) -> list[Card]:
    """What the page leads with."""
    told = dict(figures.headline)
    of_today = _is_of_today(figures)
    word = CAN_APPLY if of_today else COULD_APPLY
    of_each = f"符合申报条件的人：申报职称 {told[OF_TITLES]:,} 人，技能评价 {told[OF_SKILLS]:,} 人，两个方向都符合的各计"
    cards = [
        Card(word, told[COUNT], "人", of_each, "#units", word),
        Card(TO_VERIFY, told[TO_VERIFY_COUNT], "人", "补填、改填有关单元格后才能判断", "#units", TO_VERIFY),
        Card(REFUSED, told[REFUSED_FILES], "个文件", f"共 {told[FILES]:,} 个文件；拒收的没有读取，其中的人没有审核", "#refused"),
    ]
    if of_today:
        which = "现在哪个方向都不能申报，最早在基准日后一年内满年限；有的到日前还须补填，或在别的路径上待核实"
        cards.insert(2, Card(NEARLY_THERE, told[wording.NEARLY_THERE_COUNT], "人", which, "#units", NEARLY_THERE))
    return cards


def _others(figures: Figures) -> list[tuple[str, int]]:
    """The figures of the overview that no card has; of a retrospective audit those of its awards first."""
    labels = [label for label, _ in figures.headline]
    others = [(label, number) for label, number in figures.headline[labels.index(PERSONS) :] if label != REFUSED_FILES]
    return sorted(others, key=lambda figure: figure[0] not in AWARDS)


def _unit_columns(figures: Figures) -> dict[str, str]:
    """Headers of the page's table of units → those of the table by_unit."""
    of_today = _is_of_today(figures)
    return {
        "已审核": "已审核人数",
        CAN_APPLY if of_today else COULD_APPLY: f"{COUNT}（两个方向合计）",
        **{name: ELIGIBLE_IN[direction] for direction, name in DIRECTIONS.items()},
        TO_VERIFY: wording.count_label("unverified", figures.rulebook["outcomes"]),
        **({NEARLY_THERE: wording.NEARLY_THERE_COUNT} if of_today else {}),
    }


def _units(figures: Figures, links: Links) -> list[UnitLine]:
    """The units by their names, as far as they are listed."""
    columns = map(figures.tables["by_unit"].column, ("所在市", "所在市来自", *_unit_columns(figures).values()))
    lines = []
    for unit_id, city, city_from, *counts in sorted(
        zip(figures.unit_ids, *columns, strict=True), key=lambda row: _by_name(links.unit(row[0])[0])
    )[:LISTED]:
        name, link = links.unit(unit_id)
        copies = [copy for copy in map(links.copy, figures.whereabouts.files_of[unit_id]) if copy]
        told_by = f"（由{city_from}推定）" if city_from not in (TOLD, None) else ""
        findings = figures.findings.get(unit_id, 0)
        lines.append(UnitLine(link, name, city, told_by, (*counts, findings), copies[:COPIES], len(copies[COPIES:])))
    return lines


def _files(figures: Figures, links: Links) -> list[FileLine]:
    """The files by their names, as far as they are listed."""
    rows = sorted(figures.tables["files"].rows, key=lambda row: _by_name(row[0]))[:LISTED]
    return [
        FileLine(name, read, (found, evaluated, rejected, figures.whereabouts.findings.get(name, 0)), links.copy(name))
        for name, read, found, evaluated, rejected, *_ in rows
    ]


def _by_name(name: str) -> bytes:
    """What names are ordered by: that code has the common characters in the order of their sounds."""
    return name.encode("gb18030", "replace")


def _charts(figures: Figures) -> list[Chart]:
    tables = figures.tables
    word = CAN_APPLY if _is_of_today(figures) else COULD_APPLY
    charts = [
        chart(f"各市{word}的人数", tables["by_city"], "所在市", {name: ELIGIBLE_IN[direction] for direction, name in DIRECTIONS.items()}),
        chart(f"各申报目标{word}的人数", tables["by_target"], "申报目标", {word: COUNT}, "方向"),
        chart(tables["funnel"].name, tables["funnel"], "步骤", {"数量": "数量"}),
        chart("没有符合的原因（人数）", tables["misses"], "条件", {"不满足": "不满足人数", "不明": "不明人数"}, "方向"),
    ]
    if forecast := tables.get("forecast"):
        charts.insert(2, chart(forecast.name, forecast, "季度", {"届时可申报": forecast.headers[1]}))
    return charts


def _shown(value: object) -> str:
    """A table's value as the page shows it: numbers with thousands separators, shares in percent, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1%}"
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)
