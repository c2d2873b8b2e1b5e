"""A small .xlsx or .xlsm marked in place by openpyxl, its own formatting and formulas kept."""

import io
import tempfile
import warnings
from collections import Counter
from copy import copy
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import openpyxl
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from guantong.reports import marks
from guantong.reports.returned_former import covered, is_covered_for_good, undo
from guantong.reports.returned_formulas import stays
from guantong.reports.returned_list import write_list
from guantong.reports.returned_package import Formula, Package, finish, read_package

LONGEST = 32_767  # characters that Excel holds in a cell


class NotEditable(Exception):
    """openpyxl cannot carry this workbook over; the message says so, for the reader of the copy."""


def edit(data: bytes, target: Path, found: marks.Marks, sheets: list[str], created: datetime) -> None:
    """Copy the workbook `data` to `target` with the marks, a comment on each, and a first sheet that lists them.

    sheets: the worksheets that another reader found. created: the only time that the copy holds.
    Raises NotEditable where openpyxl cannot load, hold or save it: it raises almost anything on odd styles,
    strict or WPS dialects. `found` is then as it was.
    """
    try:
        with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of what it cannot keep: the copy says so
            written = Path(scratch) / "written.xlsx"
            finish(written, target, _write(data, written, found, sheets), created)
    except NotEditable:
        raise
    except Exception as problem:
        raise NotEditable(f"原表的格式不能原样保留（{type(problem).__name__}）") from problem


def _write(data: bytes, written: Path, found: marks.Marks, sheets: list[str]) -> dict[str, dict[str, Formula]]:
    """Write the marked copy as openpyxl does: its formulas have no values; gives these."""
    package = read_package(data)
    book = openpyxl.load_workbook(io.BytesIO(data), keep_links=False, keep_vba=False, rich_text=True)
    if [sheet.title for sheet in book.worksheets] != sheets:
        raise NotEditable("原表的工作表不能原样保留")
    undo(book)
    values, lost = _formulas(book, package)
    lost += _strip(book, package)
    for sheet, cells in found.cells.items():
        lost += _mark_sheet(book[sheet], cells)
    lost += _own_comments(book)
    write_list(book, replace(found, remarks=[*found.remarks, _kept([*package.lost, *lost])]))
    with ZipFile(written, "w") as archive:
        ExcelWriter(book, archive).save()
    return values


def _kept(lost: list[str]) -> str:
    """The remark on what this copy keeps of the original and what it does not."""
    kept = "本副本在原表上标注，原有的格式、公式、批注和下拉选项照旧；单元格的原底色和原批注记在新批注的末尾，下次退回时恢复。"
    return f"{kept}没有保留：{'、'.join(dict.fromkeys(lost))}。" if lost else kept


def _formulas(book: Workbook, package: Package) -> tuple[dict[str, dict[str, Formula]], Counter[str]]:
    """The values of the formulas that stay, by sheet. The others become their values; one without a value becomes text."""
    kept: dict[str, dict[str, Formula]] = {}
    lost: Counter[str] = Counter()
    for sheet in book.worksheets:
        held = package.formulas.get(sheet.title, {})
        for cell in sheet._cells.values():
            if cell.data_type == "s" and len(_text(cell)) > LONGEST:
                raise NotEditable("原表有超长的内容")
            if cell.data_type != "f":
                continue
            value = held.get(cell.coordinate, Formula("n", None))
            if stays(_text(cell)):
                kept.setdefault(sheet.title, {})[cell.coordinate] = value
            else:
                lost["引用外部的公式（已换为计算结果，没有结果的保留为文字）"] += 1
                _freeze(cell, value)
    return kept, lost


def _text(cell: Cell) -> str:
    """A cell's text, or its formula's; a data table's has none."""
    value = cell._value
    if isinstance(value, ArrayFormula | DataTableFormula):
        return getattr(value, "text", None) or ""
    return str(value)


def _freeze(cell: Cell, held: Formula) -> None:
    """Put a formula's value into its place; where it has none, the formula as text."""
    if held.value is None:
        cell._value, cell.data_type = _text(cell), "s"
    elif held.kind == "n":
        cell._value, cell.data_type = float(held.value), "n"
    else:
        cell._value, cell.data_type = held.value, held.kind if held.kind in ("e", "b") else "s"


def _strip(book: Workbook, package: Package) -> Counter[str]:
    """Leave out what must not travel on or would be broken: links, pivots, pictures, whatever refers to other workbooks."""
    lost: Counter[str] = Counter()
    for names in (book.defined_names, *(sheet.defined_names for sheet in book.worksheets)):
        for name in [name for name, entry in names.items() if not stays(entry.value or "")]:
            del names[name]
            lost["引用外部的名称"] += 1
    for sheet in book.chartsheets[:]:
        book.remove(sheet)
    for sheet in book.worksheets:
        sheet._charts, sheet._images, sheet._pivots = [], [], []
        lost["引用外部的下拉选项和条件格式"] += _rules(sheet, package.rules.get(sheet.title, []))
        lost["超链接"] += _links(sheet)
        for table in sheet.tables.values():
            table.tableType = table.connectionId = None
    book.template = False
    if book.calculation is not None:
        book.calculation.fullCalcOnLoad = True
    for view in book.views:
        view.firstSheet = 0
    return +lost


def _rules(sheet: Worksheet, extended: list[dict[str, str]]) -> int:
    """Keep data validations, those of the extended kind as plain ones, and conditional formats, but for what reaches out.

    Gives how many that were.
    """
    rules = sheet.data_validations.dataValidation + [DataValidation(**rule) for rule in extended if rule["sqref"]]
    kept = [rule for rule in rules if stays(rule.formula1 or "") and stays(rule.formula2 or "")]
    dropped = len(rules) - len(kept)
    sheet.data_validations.dataValidation = kept
    formats = ConditionalFormattingList()
    for area in sheet.conditional_formatting:
        for rule in area.rules:
            if all(map(stays, rule.formula)):
                formats[area] = rule
            else:
                dropped += 1
    sheet.conditional_formatting = formats
    return dropped


def _links(sheet: Worksheet) -> int:
    """Drop hyperlinks that lead out of the workbook; gives how many."""
    linked = [cell for cell in sheet._cells.values() if isinstance(cell, Cell) and cell.hyperlink and cell.hyperlink.target]
    outward = [cell for cell in linked if not cell.hyperlink.target.startswith("#")]
    for cell in linked:
        place = cell.hyperlink.target.removeprefix("#")
        cell._hyperlink = Hyperlink(ref=cell.coordinate, location=place) if cell.hyperlink.target.startswith("#") else None
    return len(outward)


def _mark_sheet(sheet: Worksheet, cells: dict[tuple[int, int], marks.Mark]) -> Counter[str]:
    merged = marks.anchored(cells, [(area.min_row, area.min_col, area.max_row, area.max_col) for area in sheet.merged_cells.ranges])
    lost: Counter[str] = Counter()
    for (row, column), mark in merged.items():
        lost["原底纹图案"] += _mark(sheet.cell(row, column), mark)
    if sheet.protection.sheet:
        _unlock(sheet, {row for row, _ in merged})
    return +lost


def _mark(cell: Cell, mark: marks.Mark) -> bool:
    """Colour a cell and comment on it; gives whether its own fill is lost by that."""
    lost = is_covered_for_good(cell)
    if mark.commented or cell.comment is not None:
        text = mark.comment + covered(cell)
        cell.comment = Comment(text, marks.TITLE, height=marks.comment_height(text), width=marks.WIDTH)
    cell.fill = PatternFill("solid", fgColor=f"FF{marks.FILLS[mark.severity][1:]}")
    if isinstance(cell.value, int | float) and abs(cell.value) >= marks.INEXACT:
        cell.number_format = "@"
    return lost


def _unlock(sheet: Worksheet, rows: set[int]) -> None:
    """The rows with findings can be corrected though the sheet is protected."""
    for (row, _), cell in sheet._cells.items():
        if row in rows and isinstance(cell, Cell):
            protection = copy(cell.protection)
            protection.locked = False
            cell.protection = protection


def _own_comments(book: Workbook) -> Counter[str]:
    """Size the enterprise's own comments by their text: openpyxl would cut them off."""
    lost: Counter[str] = Counter()
    for sheet in book.worksheets:
        for cell in sheet._cells.values():
            comment = cell.comment if isinstance(cell, Cell) else None
            if comment is not None and comment.author != marks.TITLE:
                comment.width, comment.height = marks.WIDTH, marks.comment_height(comment.text or "")
                lost["原批注的字体和大小"] += 1
    return lost
