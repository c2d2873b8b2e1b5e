"""The roster form that an enterprise fills in: canonical headers, drop-downs, instructions, an example row."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import xlsxwriter

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field
from guantong.schemas.files.cell_address import column_letters

ROWS = 1000
YEARS = 4  # the three years before this one, and this one
_NOTES = [
    "一人一行，从第3行填起；第2行是示例，不会被读取，可以删除。",
    "身份证号、证书编号、统一社会信用代码按文本填写，不要用科学计数法。",
    "日期写年月日、年月或年，如 2019-08-21、2019-08、2019；只写到年月的，按可能的整段时间判断。",
    "没有职称的，职称留空；没有技能等级的，技能等级填“无”。",
    "荣誉称号按证书和表彰文件的全称填写，多项用顿号（、）分开。",
    "学历、论文、外语和计算机成绩不作为条件（三（三）3）。",
    "不要改动表头；不需要的栏可以留空。",
]


def write_form(path: Path) -> None:
    """Write the form to ``path`` (.xlsx). Raises OSError where it can't be written."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        columns = _columns(dt.date.today().year)
        _roster(book, columns)
        _instructions(book, columns)
        _lists(book, columns)


def _columns(year: int) -> list[tuple[str, Field]]:
    """(header, field) of the form's columns: the catalogue's, one assessment column for each recent year."""
    made: list[tuple[str, Field]] = []
    for field in catalogue.fields().values():
        if field.kind == "assessment":
            made += [(f"{past}年度考核", field) for past in range(year - YEARS + 1, year + 1)]
        elif field.kind not in ("ignored", "recent_grades") or field.name == "remark":
            made.append((field.header, field))
    return made


def _roster(book: xlsxwriter.Workbook, columns: list[tuple[str, Field]]) -> None:
    sheet = book.add_worksheet("花名册")
    plain = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
    head = book.add_format(plain | {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#D9E2F3", "border": 1})
    needed = book.add_format(plain | {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#FCE4D6", "border": 1})
    text = book.add_format(plain | {"num_format": "@"})
    example = book.add_format(plain | {"num_format": "@", "italic": True, "font_color": "#7F7F7F"})
    sheet.set_row(0, 36)
    sheet.freeze_panes(1, 2)
    for at, (header, field) in enumerate(columns):
        sheet.set_column(at, at, _width(header, field), text)
        sheet.write_string(0, at, header, needed if field.expected else head)
        sheet.write_string(1, at, "示例" if field.kind == "serial" else field.example, example)
        if words := catalogue.canonical_words(field):
            letter = column_letters(_list_names(columns).index(field.name) + 1)
            sheet.data_validation(1, at, ROWS, at, _choice(f"=选项!${letter}$2:${letter}${len(words) + 1}", header))
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _width(header: str, field: Field) -> float:
    widths = {"id_number": 22, "unit": 26, "unit_code": 22, "certificate": 26, "honours": 30, "date": 14}
    return widths.get(field.kind, max(9, 2 * min(len(header), 8)))


def _choice(source: str, header: str) -> dict[str, object]:
    return {
        "validate": "list", "source": source, "error_type": "warning", "error_title": header[:32],
        "error_message": "不在选项中的内容可能无法识别，仍要填写吗？",
    }  # fmt: skip


def _list_names(columns: list[tuple[str, Field]]) -> list[str]:
    return list(dict.fromkeys(field.name for _, field in columns if catalogue.canonical_words(field)))


def _lists(book: xlsxwriter.Workbook, columns: list[tuple[str, Field]]) -> None:
    sheet = book.add_worksheet("选项")
    for at, name in enumerate(_list_names(columns)):
        field = catalogue.fields()[name]
        sheet.write_column(0, at, [field.header, *catalogue.canonical_words(field)])
    sheet.hide()


def _instructions(book: xlsxwriter.Workbook, columns: list[tuple[str, Field]]) -> None:
    sheet = book.add_worksheet("填表说明")
    bold = book.add_format({"bold": True, "font_size": 14})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24, wrap)
    sheet.set_column(1, 1, 90, wrap)
    sheet.write_string(0, 0, "职业发展贯通花名册填表说明", bold)
    for at, note in enumerate(_NOTES, 2):
        sheet.merge_range(at, 0, at, 1, f"{at - 1}. {note}", wrap)
    start = len(_NOTES) + 3
    sheet.write_row(start, 0, ["栏目", "说明"], book.add_format({"bold": True, "bottom": 1}))
    for at, (header, field) in enumerate(columns, start + 1):
        need = "（橙色表头，缺少时相关条件只能作未知处理）" if field.expected else ""
        sheet.write_row(at, 0, [header, field.description + need], wrap)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
