"""bureau/report.html: one page that needs no network. Every figure comes from figures.py."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from guantong.reports import look
from guantong.reports.figures import read_figures

TEMPLATES = Path(__file__).parent / "templates"
UNITS = 1000  # rows of the longest tables; statistics.xlsx has the rest


def write_page(data: Path, target: Path) -> Path:
    """Write the page of the audit in `data` to `target`, whole or not at all. Returns `target`.

    Raises jinja2.UndefinedError where the template names a figure that is not there.
    """
    figures = read_figures(data)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["shown"] = _shown
    page = environment.get_template("report.html.j2").render(
        figures=figures, bearings=look.bearings(figures.rulebook), disclaimer=look.DISCLAIMER, longest=UNITS
    )
    with look.replacing(target) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return target


def _shown(value: object) -> str:
    """A table's value as the page shows it: numbers with thousands separators, nothing for None."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)
