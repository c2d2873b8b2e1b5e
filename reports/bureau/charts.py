"""Charts as SVG that stands inside a page: made by pygal, coloured by the page, read out by their title and description."""

from collections.abc import Sequence
from xml.etree import ElementTree

import pygal
from markupsafe import Markup
from pygal.style import Style

from guantong.reports import style

SVG = "{http://www.w3.org/2000/svg}"
WIDTH, LINE, LETTER = 760, 34, 14  # pixels: a chart, a bar that lies with its gap, a Chinese character of a label
LOOK = Style(
    background="transparent", plot_background="transparent", foreground="var(--ink)", foreground_strong="var(--ink)",
    foreground_subtle="var(--line)", colors=("var(--one)", "var(--two)"), value_colors=("var(--ink)", "var(--ink)"),
    font_family="inherit", label_font_size=13, major_label_font_size=13, value_font_size=12, legend_font_size=13, no_data_font_size=18,
    opacity="1", opacity_hover=".8", transition="0s",
)  # fmt: skip


def lying(key: str, title: str, labels: Sequence[str], series: dict[str, Sequence[int]]) -> Markup:
    """Bars that lie, the first label on top; of several series stacked. key: a word of its own for every chart of a page."""
    kind = pygal.HorizontalStackedBar if len(series) > 1 else pygal.HorizontalBar
    widest = max((style.text_width(label) for label in labels), default=0) * LETTER / 2
    height = 70 + LINE * max(2, len(labels)) + (30 if len(series) > 1 else 0)
    upwards = {name: list(reversed(values)) for name, values in series.items()}
    chart = _chart(kind, list(reversed(labels)), upwards, height, margin_left=int(widest) + 12, margin_right=64, show_x_guides=False)
    return _inline(chart, key, title, labels, series)


def standing(key: str, title: str, labels: Sequence[str], series: dict[str, Sequence[int]]) -> Markup:
    """Bars that stand, their labels aslant."""
    return _inline(_chart(pygal.Bar, labels, series, 340, x_label_rotation=50, margin_left=20), key, title, labels, series)


def _chart(kind: type, labels: Sequence[str], series: dict, height: int, **more: object) -> pygal.graph.graph.Graph:
    many = len(series) > 1
    chart = kind(
        style=LOOK, js=(), width=WIDTH, height=height, show_legend=many, legend_at_bottom=True, legend_at_bottom_columns=len(series) or 1,
        print_values=not many, print_values_position="top", print_zeroes=False, truncate_label=-1, truncate_legend=-1,
        value_formatter=lambda value: f"{value:,.0f}", no_data_text="没有数据", disable_xml_declaration=True, margin=14,
        min_scale=2, max_scale=6, include_x_axis=True, **more,
    )  # fmt: skip
    chart.x_labels = labels
    for name, values in series.items():
        chart.add(name, values)
    return chart


def _inline(chart: pygal.graph.graph.Graph, key: str, title: str, labels: Sequence[str], series: dict[str, Sequence[int]]) -> Markup:
    chart.uuid = key
    root = ElementTree.fromstring(chart.render(is_unicode=True))  # without its comments, of which one tells the day
    for parent in root.iter():
        for child in list(parent):
            child.attrib.pop("id", None)
            if child.tag.removeprefix(SVG) in ("script", "title", "desc"):
                parent.remove(child)
    told = "；".join(f"{label} {'、'.join(f'{values[at]:,}' for values in series.values())}" for at, label in enumerate(labels))
    root.set("role", "img")
    root.set("aria-labelledby", f"{key}-title {key}-told")
    for name, text in (("told", f"{'、'.join(series)}：{told}"), ("title", title)):
        element = ElementTree.Element(name if name == "title" else "desc", id=f"{key}-{name}")
        element.text = text
        root.insert(0, element)
    ElementTree.register_namespace("", SVG[1:-1])
    return Markup(ElementTree.tostring(root, encoding="unicode"))
