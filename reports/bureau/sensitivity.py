"""What each interpretation weighs, on a sheet of the bureau's statistics."""

from pathlib import Path

from guantong.reports import wording
from guantong.reports.bureau.figures.figure_table import FigureTable
from guantong.reports.xlsx.report_book import Column, ReportBook
from guantong.schemas import database
from guantong.schemas.sql_text import parquet_table

WIDTHS = (34, 12, 24, 24, 36, 13, 13, 13, 13)
COLUMNS = "title clause now other change persons gained lost verdicts".split()
HEADERS = (
    "口径", "条款", "现行", "改为", "模拟时写作（--set）", "结果变动人数", f"增加{wording.ELIGIBLE_COUNT}", f"减少{wording.ELIGIBLE_COUNT}", "变动的结论条数",
)  # fmt: skip
NOTE = "每个口径单独改动，其他不变；影响大的在前，宜先予明确。人数按人计，每人在每个方向取最好的结果，一人在几个单位的只计一次。"


def weight_table(rows: list[dict]) -> FigureTable:
    """The rows of data/sensitivity.parquet as a table."""
    return FigureTable("口径敏感性", HEADERS, [tuple(row[name] for name in COLUMNS) for row in rows], NOTE)


def write_sensitivity(book: ReportBook, data: Path) -> None:
    """Write the sheet from ``data``/sensitivity.parquet."""
    with database.connect(data) as connection:
        table = weight_table(database.records(connection, f"FROM {parquet_table(data / 'sensitivity.parquet')}"))
    columns = [Column(header, width) for header, width in zip(table.headers, WIDTHS, strict=True)]
    book.table(table.name, columns, table.rows, "没有可以改动的口径。", note=table.note)
