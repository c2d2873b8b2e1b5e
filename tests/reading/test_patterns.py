"""No text or part of a workbook drives a pattern to more than time in proportion to it: at this size a square of it would be hours."""

from __future__ import annotations

import subprocess
import sys

import pytest

SIZE = 4_000_000  # bytes, or a share of it for what looks at each character in Python

# How each text is made of a piece, and what is done with it.
HOSTILE = {
    "errors in one cell": "from guantong.schemas.files.xlsx.xlsx_worksheet import facts_of; facts_of(sheet(b'<c r=\"A1\"' + b' t=\"e\"' * (N // 6) + b'/>#'))",
    "errors never closed": "from guantong.schemas.files.xlsx.xlsx_worksheet import facts_of; facts_of(sheet(b'<c r=\"A1\" t=\"e\">#' * (N // 20)))",
    "formulas in one cell": "from guantong.schemas.files.xlsx.xlsx_worksheet import facts_of; facts_of(sheet(b'<c r=\"A1\">' + b'<f></f></c>' * (N // 11)))",
    "a formula of blanks": "from guantong.schemas.files.xlsx.xlsx_worksheet import facts_of; facts_of(sheet(b'<c r=\"A1\"><f' + b' ' * N + b'<x/></f></c>'))",
    "hidden rows never closed": "from guantong.schemas.files.xlsx import xlsx_worksheet as w; w._HIDDEN_ROW.findall(b'<row r=\"1\"' * (N // 10))",
    "a column of one word": "from guantong.schemas.files.xlsx import xlsx_worksheet as w; w._ATTRIBUTE.findall(b'<col ' + b'a' * N)",
    "texts in one tag": "from guantong.schemas.files.xlsx import xlsx_extras as s; list(s._SHOWN.finditer(b'<c' + b' t=\"s\"' * (N // 6)))",
    "quotes before a cell": "from guantong.schemas.files.csv_text import _cell; [_cell(chr(39) * 131_000) for _ in range(20)]",
    "brackets": "from guantong.schemas.text import bracketed_notes, without_brackets as w; [(w(t), bracketed_notes(t)) for t in ('(' * N, '([<' * (N // 3), '【' * N)]",
    "digits": "from guantong.schemas.text import mask_numbers as m; [m(t) for t in ('1' * (N // 20), '1 ' * (N // 40), '13800138000 ' * (N // 240))]",
    "gaps": "from guantong.schemas.text import mask_numbers as m; [m(t) for t in ('-' * N, '1' + ' ' * N, ('1' + '-' * 61) * (N // 62))]",
    "words of cells": (
        "from guantong.schemas import catalogue\n"
        "from guantong.schemas.values.parsers import PARSERS\n"
        "pieces = ('在岗', '2025年', '退休（', '退休，', '已', '借调至', '无', '无学历、', '造假', '无造假和', '经核查', '合格', '2022合格', '均', '2022-', '合格1次', '沈阳市', '吉林', '大连区',\n"
        "    '国家级', '国家级技能大师工作室', '技能大师工作室（', '世界技能大赛', '代表中国', '世赛金牌、', '第1届', '（申报', '、已撤销', '均撤销、', '享受国务院', '1.', '全国技术能手1.', '辽宁工匠、均撤销、', '省技术能手 ')\n"
        "fields = [catalogue.fields()[name] for name in ('service', 'integrity', 'city', 'assessment', 'recent_grades', 'honours')]\n"
        "[PARSERS[field.kind](piece * (N // 200 // len(piece)), field) for field in fields for piece in pieces]"
    ),
    "headers of assessments": (
        "from guantong.schemas.layout.headers import recognise_header\n"
        "pieces = ('考核', '年度', '2022', '2022-', '近三年', '技能', '（考核', '是否', '2022年度考核')\n"
        "[recognise_header((piece * (N // 200 // len(piece)), piece * (N // 200 // len(piece)) + '考核')) for piece in pieces]"
    ),
    "names of functions": "from guantong.reports.returned.in_place.formulas import stays_inside; [stays_inside(t) for t in ('a' * N, chr(39) * N, '[a]' * (N // 3), 'a ' * (N // 2))]",
    "a tag of one word": "from guantong.reports.returned.original import TAG; TAG.findall(b'<' + b'a' * N)",
    "a copy's parts": (
        "import re\n"
        "from guantong.reports.returned import check_copy as c, original as s\n"
        "from guantong.reports.returned.in_place import sheet_rows as g, comment_drawing as n\n"
        "pieces = (b'<row ', b'<row r=\"1\" ', b' r=\"1', b'<c r=\"A1\">', b' s=\"1\"', b' s ', b'<f', b'<idmap data=\"1\" ', b' data=\"1', b'<is><t>',\n"
        "    b'<mergeCell ', b'&#10')\n"
        "every = (g.ROW, g.NUMBER, g.FORMULA_TAG, *(re.compile(p % rb'\\d+') for p in (g.STYLE, g.SPACED_STYLE)), n.SHAPE, n.LAYOUT, c.TEXT, c.MERGED,\n"
        "    c.EMPTY, c.SPANS, c.LETTER, s.ROW, s.SHEET, s.NO_ROWS)\n"
        "[list(e.finditer(b'<row <idmap ' + piece * (N // 8 // len(piece)))) for e in every for piece in pieces]"
    ),
    "cells in cells": (
        "from guantong.reports.returned.in_place import sheet_rows as g\n"
        "from guantong.reports.returned.xml_trees import NotEditable\n"
        "for piece in (b'<c r=\"A1\">', b'<c r=\"A1\"/>', b'<c r=\"A1\" '):\n"
        "    try: g.SheetRows(b'<row r=\"1\">' + piece * (N // 10) + b'</row>', b'<worksheet>').change({1}, id)\n"
        "    except (NotEditable, LookupError): pass"
    ),
}  # fmt: skip

BEGIN = f"""
N = {SIZE}
def sheet(cells):
    return b'<worksheet><sheetData><row r="1">' + cells + b'</row></sheetData></worksheet>'
"""


@pytest.mark.parametrize("what", HOSTILE)
def test_it_ends(what: str) -> None:
    """The process is killed by its time, which is thirty times what it takes."""
    subprocess.run(
        [sys.executable, "-c", f"{BEGIN}\ntry:\n    " + HOSTILE[what].replace("\n", "\n    ") + REFUSED], check=True, timeout=120
    )


REFUSED = """
except Exception as error:
    if type(error).__name__ != "Refusal":
        raise
"""
