"""Simple workbooks for tests: one sheet, a header row, people below it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import xlsxwriter

from guantong.sample_data.identifiers import id_check

# What a person needs for the audit to take the row for evaluated, with nothing to find in it.
CLEAN = {
    "姓名": "张示例",
    "身份证号": "210100198501010014",
    "单位名称": "示例机械有限公司",
    "人员类别": "技能人员",
    "岗位类别": "技能岗位",
    "是否一线岗位": "是",
    "是否工程技术领域": "是",
    "在岗状态": "在岗",
    "技能等级": "二级/技师",
    "技能等级取得时间": "2015-06-30",
    "职称": "无",
    "职称取得时间": "",
    "2022年度考核": "合格",
    "2023年度考核": "优秀",
    "2024年度考核": "合格",
    "荣誉称号": "无",
    "诚信情况": "良好",
}


def id_number(number: int) -> str:
    """A made-up man's ID number, born on 1985-01-01."""
    first17 = f"21010019850101{number * 2 + 1:03d}"
    return first17 + id_check(first17)


def roster(path: Path, headers: list[str], rows: list[list[object]], sheet: str = "花名册") -> Path:
    """Write a workbook of one sheet: headers in row 1, a person in each row from row 2."""
    return workbook(path, {sheet: [headers, *rows]})


def people(path: Path, *persons: dict[str, object], sheet: str = "花名册") -> Path:
    """Write a roster of persons by header; what a person does not say is blank."""
    headers = list(dict.fromkeys(header for person in persons for header in person))
    return roster(path, headers, [[person.get(header) for header in headers] for person in persons], sheet)


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """Write a workbook of several sheets from A1: text stays text, dates are real dates."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    _write(page, at, column, cell, day)
    return path


def _write(page: xlsxwriter.workbook.Worksheet, at: int, column: int, cell: object, day: object) -> None:
    if isinstance(cell, date):
        page.write_datetime(at, column, cell, day)
    elif isinstance(cell, str) and cell:
        page.write_string(at, column, cell)
    elif cell not in (None, ""):
        page.write(at, column, cell)
