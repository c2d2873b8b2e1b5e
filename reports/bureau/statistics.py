"""bureau/statistics.xlsx: the bureau's tables, with charts. Every figure comes from figures/all_figures.py."""

from pathlib import Path
from typing import NamedTuple

from xlsxwriter.chart import Chart

from guantong.reports import output_files, style, wording
from guantong.reports.bureau.figures.all_figures import OF_PERSONS, Figures
from guantong.reports.bureau.figures.figure_table import FigureTable
from guantong.reports.units.claims import write_claim_counts
from guantong.reports.xlsx.report_book import HEADING, Column, ReportBook
from guantong.reports.xlsx.stream_sheet import StreamSheet

WIDE = {
    "单位": 30, "来源文件": 28, "说明": 34, "原因": 20, "路径": 26, "理由": 44, "问题": 30, "口径": 26, "方向": 26,
    "本次采用": 24, "默认": 24, "条款": 12, "统一社会信用代码": 21, "申报目标": 18, "结果": 24, "所在市": 14,
    "所属行业": 24, "职业（工种）": 24, "年龄": 16, "学历": 24, "季度": 18, "步骤": 28, "条件": 28,
}  # fmt: skip
NARROW = 13
QUALITY = (40, 11, 11, 11, 12, 24, 20, 40, 14)
OVERVIEW = (46, 16, 3, 22, 22, 22, 22)
WEIGHTS = (34, 12, 24, 24, 36, 13, 13, 13, 13)
BARS = 20  # the most bars that one can still read in a chart
COLOURS = ("#2F6DB5", "#E08A2E")
EMPTY = "没有数据。"


def write_statistics(target: Path, figures: Figures) -> None:
    """Write the statistics of an audit, its `figures`, to `target`, whole or not at all."""
    with output_files.replace_file(target) as temporary, ReportBook(temporary, figures.rulebook, "职业发展贯通审核统计") as book:
        overview = _overview(book, figures)
        for name in OF_PERSONS:
            if name in figures.tables:
                _table(book, figures.tables[name])
        write_claim_counts(book, figures.claims)
        _quality(book, figures)
        _table(book, figures.tables["settings"])
        if figures.weights:
            _weights(book, figures.weights)
        _charts(book, overview, figures)


def _overview(book: ReportBook, figures: Figures) -> StreamSheet:
    sheet = book.sheet("总览", OVERVIEW, grid=False)
    sheet.fit_to_pages(1, 1)
    book.name(sheet, "工程技术领域职业发展贯通　审核统计总览")
    facts = [*wording.provenance(figures.rulebook), *(("注意", notice) for notice in figures.notices)]
    for at, (label, text) in enumerate(facts, 2):
        sheet.write_string(at, 0, label, book.strong)
        book.wide(sheet, at, text, OVERVIEW[1:], book.text, 1)
    at = book.block(sheet, len(facts) + 3, ("项目", "数量"), figures.headline, OVERVIEW)
    for offset, line in enumerate((figures.tables["by_city"].note, "候选不等于取得，也不是申报结果。")):
        book.wide(sheet, at + offset, line, OVERVIEW[:2], book.note)
    return sheet


def _table(book: ReportBook, table: FigureTable) -> StreamSheet:
    """A table on a sheet of its own."""
    columns = [Column(header, WIDE.get(header, NARROW)) for header in table.headers]
    return book.table(table.name, columns, table.rows, EMPTY, total=table.total, note=table.note)


def _quality(book: ReportBook, figures: Figures) -> None:
    """数据质量: the findings by kind, the files (those refused first), the findings by unit."""
    sheet = book.sheet("数据质量", QUALITY)
    book.heading(sheet, "数据质量", QUALITY)
    at = HEADING
    for table in map(figures.tables.get, ("findings_by_code", "files", "findings_by_unit")):
        book.wide(sheet, at, f"{table.name}　{table.note}", QUALITY, book.strong)
        if table.rows:
            at = book.block(sheet, at + 1, table.headers, table.rows, QUALITY)
        else:
            sheet.write_string(at + 1, 0, EMPTY, book.note)
            at += 3


def _weights(book: ReportBook, table: FigureTable) -> None:
    columns = [Column(header, width) for header, width in zip(table.headers, WEIGHTS, strict=True)]
    book.table(table.name, columns, table.rows, "没有可以改动的口径。", note=table.note)


class Picture(NamedTuple):
    """A chart of the overview: the table it draws, its columns for labels and values, its kind."""

    title: str
    table: FigureTable
    label: int
    values: tuple[int, ...]
    kind: dict

    @property
    def bars(self) -> int:
        return min(len(self.table.rows), BARS)

    @property
    def height(self) -> int:
        """Pixels: a line for each bar that lies, else a fixed height."""
        return 130 + 34 * max(3, self.bars) if self.kind["type"] == "bar" else 250


def _charts(book: ReportBook, sheet: StreamSheet, figures: Figures) -> None:
    """Three charts on the overview, drawn from the cells of the sheets that they are about."""
    count = wording.ELIGIBLE_COUNT
    pictures = (
        Picture(f"各市{count}", figures.tables["by_city"], 0, (2, 3), {"type": "column", "subtype": "stacked"}),
        Picture(f"各申报目标{count}", figures.tables["by_target"], 1, (2,), {"type": "bar"}),
        Picture("审核结果（人数）", figures.tables["by_outcome"], 0, (1, 2), {"type": "bar"}),
    )
    down = 0
    for picture in pictures:
        if picture.bars:
            place = {"y_offset": down, "description": picture.title, "object_position": 3}
            sheet.insert_chart(7, 3, _chart(book, picture), place)
            down += picture.height + 14


def _chart(book: ReportBook, picture: Picture) -> Chart:
    first, last, name = HEADING, HEADING + picture.bars - 1, picture.table.name
    chart = book.book.add_chart(picture.kind)
    lying = picture.kind["type"] == "bar"  # numbers on standing, stacked bars would cover each other
    for colour, column in zip(COLOURS, picture.values, strict=False):
        chart.add_series({
            "name": [name, HEADING - 1, column],
            "categories": [name, first, picture.label, last, picture.label],
            "values": [name, first, column, last, column],
            # what a viewer that does not calculate shows; XlsxWriter does not see the cells of a table
            "categories_data": [row[picture.label] for row in picture.table.rows[: picture.bars]],
            "values_data": [row[column] for row in picture.table.rows[: picture.bars]],
            "fill": {"color": colour},
            **({"data_labels": {"value": True, "num_format": "#,##0;;"}} if lying else {}),
            "gap": 60,
        })  # fmt: skip
    chart.set_title({"name": picture.title, "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"} if len(picture.values) > 1 else {"none": True})
    grid = {"major_gridlines": {"visible": True, "line": {"color": style.LINE_COLOUR}}}
    if lying:  # its categories run down the vertical axis, the first on top
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({**grid, "label_position": "high"})
    else:
        chart.set_y_axis(grid)
    chart.set_size({"width": 640, "height": picture.height})
    return chart
