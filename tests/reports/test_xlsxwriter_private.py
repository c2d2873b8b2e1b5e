"""What is used of XlsxWriter beyond its public interface: that it is as it was, and that it is used in one file alone."""

from __future__ import annotations

import ast
import inspect
import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from xlsxwriter.chart import Chart
from xlsxwriter.exceptions import DuplicateWorksheetName
from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.worksheet import Worksheet

from guantong.reports.xlsx import xlsxwriter_private
from guantong.reports.xlsx.xlsxwriter_private import AnySheetNames, NoRows, PlainFormulas, UnpackedWorkbook, format_number

PACKAGES = [Path(xlsxwriter_private.__file__).parents[2] / name for name in ("flows", "reports", "rules", "schemas")]
CLASSES = (xlsxwriter.Workbook, Worksheet, Format, Chart, Packager)
SHEET = "xl/worksheets/sheet1.xml"


def parts(content: io.BytesIO) -> dict[str, str]:
    with zipfile.ZipFile(content) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


@pytest.mark.parametrize(
    "member, parameters",
    [
        (Format._get_xf_index, ["self"]),
        (xlsxwriter.Workbook._check_sheetname, ["self", "sheetname", "is_chartsheet"]),
        (Worksheet._prepare_formula, ["self", "formula", "expand_future_functions"]),
        (Worksheet._write_rows, ["self"]),
        (xlsxwriter.Workbook._get_packager, ["self"]),
        (Packager._create_package, ["self"]),
    ],
)
def test_the_private_members_take_what_they_took(member, parameters):
    assert list(inspect.signature(member).parameters) == parameters


def test_no_other_file_uses_a_private_member():
    private = {name for of in CLASSES for name in dir(of) if name.startswith("_") and not name.startswith("__")}
    users = set()
    for path in (path for package in PACKAGES for path in package.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "xlsxwriter" not in text:
            continue
        attributes = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
        own = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
        methods = {
            node.name for cls in ast.walk(ast.parse(text)) if isinstance(cls, ast.ClassDef) for node in cls.body if hasattr(node, "name")
        }
        if (attributes - own | methods) & private:
            users.add(path.name)
    assert users == {"xlsxwriter_private.py"}


def test_a_format_has_the_number_that_a_cell_of_xlsxwriter_names():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet, bold, red = book.add_worksheet(), book.add_format({"bold": True}), book.add_format({"font_color": "red"})
        numbers = [format_number(red), format_number(bold), format_number(red)]
        sheet.write_string(0, 0, "x", bold)
        sheet.write_string(0, 1, "x", red)
    assert numbers == [1, 2, 1]
    assert '<c r="A1" s="2" t="s">' in parts(content)[SHEET] and '<c r="B1" s="1" t="s">' in parts(content)[SHEET]


def test_the_parts_that_are_handed_over_are_those_that_xlsxwriter_packs():
    content = io.BytesIO()
    unpacked = UnpackedWorkbook({})
    for book in (unpacked, xlsxwriter.Workbook(content, {"in_memory": True})):
        book.set_properties({"created": datetime(2025, 12, 31)})
        sheet = book.add_worksheet("表")
        sheet.write_string(0, 0, "x", book.add_format({"bold": True}))
        sheet.write_comment(0, 0, "y")
        book.close()
    assert unpacked.parts == parts(content)


def test_names_of_sheets_are_not_compared_where_they_are_known_to_differ():
    with xlsxwriter.Workbook(io.BytesIO()) as book, pytest.raises(DuplicateWorksheetName):
        book.add_worksheet("a"), book.add_worksheet("A")
    book = AnySheetNames(io.BytesIO())
    assert [book.add_worksheet(name).name for name in ("a", "A")] == ["a", "A"]


def test_a_sheet_without_rows_has_its_comments_and_merged_cells():
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("a", worksheet_class=NoRows)
        sheet.write_string(0, 0, "x")
        sheet.write_comment(1_000_000, 3, "y")
        sheet.merge_areas([(0, 0, 1, 1)])
    written = parts(content)
    assert "<sheetData></sheetData>" in written[SHEET] and '<dimension ref="A1:D1000001"/>' in written[SHEET]
    assert '<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>' in written[SHEET]
    assert 'ref="D1000001"' in written["xl/comments1.xml"]


def test_a_frame_is_the_formula_that_xlsxwriter_makes_of_it():
    formulas = []
    for kind in (Worksheet, PlainFormulas):
        content = io.BytesIO()
        with xlsxwriter.Workbook(content) as book:
            sheet = book.add_worksheet("a", worksheet_class=kind)
            sheet.conditional_format(3, 0, 9, 2, {"type": "no_errors", "format": book.add_format({"border": 1})})
        formulas.append(parts(content)[SHEET])
    assert formulas[0] == formulas[1] and "NOT(ISERROR(A4))" in formulas[0]
