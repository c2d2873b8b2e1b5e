"""Charts as tables with a bar in each cell: every value stands in words beside its bar, on any width of paper or screen."""

from collections.abc import Mapping
from typing import NamedTuple

from guantong.reports.bureau.figures.figure_table import FigureTable

LONGEST = 24  # the most lines that one can still take in


class Bar(NamedTuple):
    """A number, and its share of the longest bar of the chart."""

    number: int
    share: float


class Line(NamedTuple):
    """A line of a chart, under the heading `group` where its table has groups."""

    group: str | None
    label: str
    bars: tuple[Bar, ...]


class Chart(NamedTuple):
    """A chart of the columns `series` of a table, a line for each of its first rows."""

    title: str
    label: str
    series: tuple[str, ...]
    lines: list[Line]
    table: FigureTable


def chart(title: str, table: FigureTable, label: str, series: Mapping[str, str], group: str | None = None) -> Chart:
    """A chart of `table`, its lines called by the column `label`. series: {the name of a column of bars: the table's header}."""
    columns = [table.column(header)[:LONGEST] for header in series.values()]
    most = max((number for column in columns for number in column), default=0) or 1
    groups = table.column(group) if group else [None] * len(table.rows)
    lines = [
        Line(heading, name, tuple(Bar(number, number / most) for number in numbers))
        for heading, name, *numbers in zip(groups, table.column(label), *columns, strict=False)
    ]
    return Chart(title, label, tuple(series), lines, table)
