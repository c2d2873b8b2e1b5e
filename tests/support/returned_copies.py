"""Rosters to send back, their copies, and a look into both."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pyarrow

from guantong.reports.returned import marks
from guantong.reports.returned.original import read_book
from guantong.reports.returned.write_copy import write_returned

RED, YELLOW = (f"FF{marks.FILLS[severity][1:]}" for severity in ("error", "warning"))
RULEBOOK = {"policy": {"id": "p", "document": "文", "issued": None, "sha256": "ab" * 32, "title": "题"}, "as_of": "2025-12-31"}


def finding(row=None, column=None, severity="error", sheet="花名册", **more) -> dict:
    return {
        "source_file": "市/甲.xlsx", "sheet": sheet, "row": row, "column": column, "header": "技能等级取得时间", "severity": severity,
        "value": "2019.13", "message": "日期“2019.13”无法识别", "expected": "如 2019-08-21", "action": "请按证书填写", **more,
    }  # fmt: skip


def bytes_of(book: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def roster(rows: list[list[object]] = ()) -> openpyxl.Workbook:
    """A workbook with the sheet 花名册; text stays text, whatever it begins with."""
    book = openpyxl.Workbook()
    book.active.title = "花名册"
    for row, values in enumerate(rows or [["姓名", "日期"], ["张示例", "2019.13"], ["李示例", "2020"]], 1):
        for column, value in enumerate(values, 1):
            cell = book.active.cell(row, column, value)
            cell.data_type = "s" if isinstance(value, str) else cell.data_type
    return book


def written(folder: Path, data: bytes, *found: dict, suffix: str = ".xlsx", **options: object) -> Path:
    """The path of the copy of a roster with these findings (one on B2 where none is given)."""
    return write_returned(data, suffix, "市/甲.xlsx", pyarrow.Table.from_pylist(found or [finding(2, "B")]), folder, RULEBOOK, **options)


def copied(folder: Path, data: bytes, *found: dict, **options: object) -> openpyxl.Workbook:
    return openpyxl.load_workbook(written(folder, data, *found, **options), rich_text=True)


def remarks(book: openpyxl.Workbook) -> str:
    return "\n".join(str(row[0]) for row in book.worksheets[0].iter_rows(max_row=10, values_only=True))


def is_edited(book: openpyxl.Workbook) -> bool:
    assert ("在原表上标注" in remarks(book)) != ("只保留各表的内容" in remarks(book))
    return "在原表上标注" in remarks(book)


def values(data: bytes | Path, suffix: str = ".xlsx") -> dict[str, list[list[object]]]:
    """The enterprise's sheets as the audit reads them."""
    return {sheet.name: sheet.rows for sheet in read_book(data if isinstance(data, bytes) else data.read_bytes(), suffix).own}


def fill(cell: object) -> str | None:
    return cell.fill.fgColor.rgb if cell.fill.fill_type else None


def part(book: bytes | Path, name: str) -> str:
    """The text of a part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(book) if isinstance(book, bytes) else book) as archive:
        return archive.read(name).decode()


def canonical(xml: str, name: str) -> list[str]:
    """The elements of a part that are called so, in whatever namespace, each as text that is the same however it is written."""
    elements = ElementTree.fromstring(xml).iterfind(f".//{{*}}{name}")
    return [ElementTree.canonicalize(ElementTree.tostring(element, "unicode").strip()) for element in elements]


def altered(data: bytes, part: str, old: str, new: str) -> bytes:
    """A workbook with a text of one of its parts replaced, or that part added."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(content, "w") as target:
        names = archive.namelist()
        assert part not in names or old in archive.read(part).decode()
        for name in names:
            target.writestr(name, archive.read(name).decode().replace(old, new) if name == part else archive.read(name))
        if part not in names:
            target.writestr(part, new)
    return content.getvalue()


def xls(rows: list[list[object]]) -> bytes:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("花名册", cell_overwrite_ok=True)
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write(at, column, value, *([day] if isinstance(value, date) else []))
    sheet.write_merge(1, 2, 0, 0, rows[1][0])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def ods(rows: list[list[object]]) -> bytes:
    content = io.BytesIO()
    pd.DataFrame(rows).to_excel(content, engine="odf", sheet_name="花名册", index=False, header=False)
    return content.getvalue()


ROWS = [["姓名", "日期", "编号"], ["=1+1", date(2020, 1, 2), "210102199001011234"], ["", date(2020, 1, 3), 7]]
