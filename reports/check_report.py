"""The report of `guantong check`: the unit's workbook and the marked rosters in one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import duckdb

from guantong.reports.audit_data import open_audit_data, read_rulebook
from guantong.reports.returned import marks
from guantong.reports.returned.original import Original
from guantong.reports.returned.rewrite import add_copy
from guantong.reports.returned.write_copy import MOST_BYTES, MOST_ROWS, formulas_of
from guantong.reports.units.workbook import write_unit_sheets
from guantong.reports.xlsx.report_book import ReportBook
from guantong.schemas.database import records
from guantong.schemas.files.open_file import read_same, suffix_of
from guantong.schemas.sql_text import parquet_table

SUBJECT = "报送前检查"
WHY = "原表未作改动，以下是它的副本"
REMARK = "红色单元格为错误，黄色单元格为提醒，蓝色单元格没有填写、结论因此待核实；光标停在单元格上可看到说明，点击“位置”可直接转到。请在原来的花名册中改正，再检查一次；本文件不用报送。"


class Roster(NamedTuple):
    """A roster that was checked: where it is, its SHA-256, and what the tables call it."""

    path: Path
    sha256: str
    source_file: str


def write_check_report(data: Path, target: Path, rosters: list[Roster]) -> None:
    """Write to `target` the unit's sheets out of the tables in `data`, then each roster that has findings with its marks. Rosters are read: call it where
    reading is guarded. Raises schemas.workbook.Refusal for one that has changed.
    """
    rulebook = read_rulebook(data)
    with open_audit_data(data) as connection, ReportBook(target, rulebook, SUBJECT, for_print=True) as book:
        for unit in records(connection, "SELECT * FROM units ORDER BY first_pid"):
            write_unit_sheets(book, connection, unit)
        for roster in rosters:
            _add_marked(book, connection, data, roster)


def _add_marked(book: ReportBook, connection: duckdb.DuckDBPyConnection, data: Path, roster: Roster) -> None:
    findings = connection.sql("SELECT * FROM findings WHERE source_file = $name", params={"name": roster.source_file}).to_arrow_table()
    if not findings.num_rows:
        return
    query = f"SELECT sheet, name, letter, header, others FROM {parquet_table(data / 'columns.parquet')} WHERE source_file = $name ORDER BY sheet, name"
    columns = connection.sql(query, params={"name": roster.source_file}).fetchall()
    original = Original(read_same(roster.path, roster.sha256), suffix_of(roster.path), MOST_ROWS, MOST_BYTES)
    found = marks.collect(roster.source_file, findings, book.rulebook, original.own_name, columns)
    found = replace(found, remarks=[REMARK if text == marks.REMARK else text for text in found.remarks])
    used = [sheet.name for sheet in book.book.worksheets()]
    add_copy(book.book, original.book, found, WHY, formulas_of(original), used)
