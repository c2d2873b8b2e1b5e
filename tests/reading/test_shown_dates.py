"""Dates are what their cells show of them; formulas that were never calculated tell nothing: each format of workbooks."""

from __future__ import annotations

import datetime as dt
import struct

import pytest
import xlwt
from odf.table import Table, TableCell, TableRow
from odf.text import P

from guantong.schemas.files.workbook import UNCALCULATED
from tests.support.raw_workbooks import MAIN, data, ods, one, record, wide, xls, xlsb, xlsx


@pytest.mark.parametrize(
    ("shows", "told"),
    [
        ('formatCode="yyyy&quot;年&quot;m&quot;月&quot;"', "2019-08"), ('formatCode="yyyy.mm;@"', "2019-08"), ('formatCode="mmm\\-yy"', "2019-08"),
        ('formatCode="[$-804]e年m月"', "2019-08"), ('formatCode="yyyy年"', "2019"), ('formatCode="yyyy&quot;d&quot;"', "2019"),
        ('formatCode="yyyy-mm-dd"', dt.date(2019, 8, 21)), ('formatCode="[DBNum1]yyyy年m月d日"', dt.date(2019, 8, 21)), ('formatCode="0.00E+00"', 43698.0),
        ('formatCode="General"', 43698.0), ('formatCode="m&quot;月&quot;d&quot;日&quot;"', "8月21日"), ('formatCode="d\\-mmm"', "8月21日"), ('formatCode="m/d;@"', "8月21日"),
    ],
)  # fmt: skip
def test_a_date_is_what_its_cell_shows_of_it(shows: str, told: object) -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" {shows}/></numFmts><cellXfs><xf/><xf numFmtId="170"/></cellXfs></styleSheet>'
    for row in ('<row r="1"><c r="A1" t="n" s="1"><v>43698</v></c></row>', '<row r="1"><!-- --><c s="1" r="A1"><v>43698.5</v></c></row>'):
        (found,) = one(xlsx(data(row), parts={"xl/styles.xml": styles})).rows[0]
        assert (found.date() if isinstance(found, dt.datetime) else int(found) if isinstance(found, float) else found) == told


@pytest.mark.parametrize(
    ("form", "hides"), [(";;;", {(0, 0), (0, 1)}), (";;", {(0, 0)}), (";;;@", {(0, 0)}), ("&quot;&quot;;&quot;&quot;;&quot;&quot;;&quot;&quot;", {(0, 0), (0, 1)}), ("0;0;0;", {(0, 1)}), ("0;-0;;@", set()), ("#,##0;", set())]
)  # fmt: skip
def test_a_cell_that_shows_nothing_of_what_it_holds_is_read_and_known(form: str, hides: set[tuple[int, int]]) -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="{form}"/></numFmts><cellXfs><xf/><xf numFmtId="170"/></cellXfs></styleSheet>'
    row = '<row r="1"><c r="A1" t="n" s="1"><v>2019</v></c><c r="B1" s="1" t="inlineStr"><is><t>技师</t></is></c><c r="C1" s="1"/></row>'
    sheet = one(xlsx(data(row), parts={"xl/styles.xml": styles}))
    assert (sheet.rows[0][:2], sheet.unshown) == ([2019.0, "技师"], hides)


DAYS_SHOWN = {
    "yyyy-mm-dd": dt.date(2019, 8, 21),
    "m-d": "8月21日",
    "yyyy-mm": "2019-08",
    'yyyy"年"m"月"': "2019-08",
    "mmm-yy": "2019-08",
    "yyyy": "2019",
}


def test_a_date_of_an_xls_is_what_its_cell_shows_of_it() -> None:
    def fill(page: xlwt.Worksheet) -> None:
        for at, form in enumerate(DAYS_SHOWN):
            page.write(0, at, dt.date(2019, 8, 21), xlwt.easyxf(num_format_str=form))
            page.write(1, at, 43698 + at / 4, xlwt.easyxf(num_format_str="yyyy-mm"))

    assert one(xls(fill), ".xls").rows == [list(DAYS_SHOWN.values()), ["2019-08"] * 6]


def test_a_date_of_an_xlsb_is_what_its_cell_shows_of_it() -> None:
    forms = b"".join(record(44, struct.pack("<H", 164 + at) + wide(form)) for at, form in enumerate(DAYS_SHOWN))
    styles = b"".join(record(47, struct.pack("<HH", 0, 164 + at) + bytes(12)) for at in range(len(DAYS_SHOWN)))
    parts = (
        record(278)
        + record(615, struct.pack("<I", 5))
        + forms
        + record(616)
        + record(617, struct.pack("<I", 5))
        + styles
        + record(618)
        + record(279)
    )
    cells = b"".join(record(5, struct.pack("<II", at, at) + struct.pack("<d", 43698)) for at in range(len(DAYS_SHOWN)))
    content = xlsb(record(0, struct.pack("<I", 0) + bytes(13)) + cells, parts={"styles": parts})
    assert one(content, ".xlsb").rows == [list(DAYS_SHOWN.values())]


@pytest.mark.parametrize(
    ("shown", "told"),
    [("2019-08-21", dt.date(2019, 8, 21)), ("2019年8月21日", dt.date(2019, 8, 21)), ("2019年8月", "2019-08"), ("2019.08", "2019-08"), ("Aug-19", "2019-08"),
     ("二〇一九年八月", "2019-08"), ("2019年", "2019"), ("8月21日", "8月21日"), ("08-21", "8月21日")],
)  # fmt: skip
def test_a_date_of_an_ods_is_what_its_cell_shows_of_it(shown: str, told: object) -> None:
    def fill(table: Table) -> None:
        row, cell = TableRow(), TableCell(valuetype="date", datevalue="2019-08-21")
        cell.addElement(P(text=shown))
        row.addElement(cell)
        table.addElement(row)

    assert one(ods(fill), ".ods").rows == [[told]]


def test_a_formula_of_an_xls_that_no_program_has_calculated_is_no_blank() -> None:
    def fill(page: xlwt.Worksheet) -> None:
        page.write(0, 0, xlwt.Formula('"甲"&"乙"'))
        page.write(0, 1, "丙")
        page.write(1, 0, 1)
        page.write(1, 1, xlwt.Formula("1-1"))

    empty, no_text, none_yet = b"\3\0\0\0\0\0\xff\xff\0\0", bytes(6) + b"\xff\xff\0\0", bytes(8) + b"\2\0"
    content = xls(fill)
    assert content.count(empty) == 2 and one(content, ".xls").rows == [[UNCALCULATED, "丙"], [1.0, UNCALCULATED]]  # xlwt calculates none
    for other in (no_text, none_yet):  # beside a formula of another kind, an empty text is one that was calculated
        assert one(content.replace(empty, other, 1), ".xls").rows == [[UNCALCULATED, "丙"], [1.0, ""]]


@pytest.mark.parametrize("number", [17, 27, 36, 50, 52, 57])
def test_a_format_that_programs_know_by_number_may_show_no_day(number: int) -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf/><xf numFmtId="{number}"/></cellXfs></styleSheet>'
    assert one(xlsx(data('<row r="1"><c r="A1" s="1"><v>43698</v></c></row>'), parts={"xl/styles.xml": styles})).rows == [["2019-08"]]


@pytest.mark.parametrize("number", [16, 28, 58])
def test_a_year_that_a_cell_does_not_show_is_the_programs_and_no_year(number: int) -> None:
    """Who types 12-6 for June 2012 gets 6 December of the year in which he types it."""
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf/><xf numFmtId="{number}"/></cellXfs></styleSheet>'
    assert one(xlsx(data('<row r="1"><c r="A1" s="1"><v>43698</v></c></row>'), parts={"xl/styles.xml": styles})).rows == [["8月21日"]]


@pytest.mark.parametrize(
    ("code", "number", "told"),
    [
        ('0"年"', 2, "2年"), ("0个月", 6, "6个月"), ('"第"0"名"', 3, "第3名"), ('[=1]"否";[=0]"是"', 1, "否"), ("[=1]合格;[=2]不合格", 2, "不合格"),
        ('[=1]"否";[=0]"是"', 2, "2"), ('0"年"', 1.5, 1.5), ("0_ ", 6, 6.0), ("0.00", 6, 6.0), ('0"kg"', 6, 6.0),
    ],
)  # fmt: skip
def test_a_number_that_a_cell_shows_in_words_is_what_it_shows(code: str, number: float, told: object) -> None:
    def fill(page: xlwt.Worksheet) -> None:
        page.write(0, 0, number, xlwt.easyxf(num_format_str=code))

    shows = code.replace('"', "&quot;")
    styles = f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="{shows}"/></numFmts><cellXfs><xf/><xf numFmtId="170"/></cellXfs></styleSheet>'
    assert one(xlsx(data(f'<row r="1"><c r="A1" s="1"><v>{number}</v></c></row>'), parts={"xl/styles.xml": styles})).rows == [[told]]
    assert one(xls(fill), ".xls").rows == [[told]]


ZERO = '<row r="1"><c r="A1"><f>B1*2</f><v>0</v></c><c r="B1"><f>1</f><v>6</v></c><c r="C1"><v>0</v></c><c r="D1" t="b"><f>1=2</f><v>0</v></c></row>'


@pytest.mark.parametrize("row", [ZERO, f"<!-- -->{ZERO}"], ids=["as bytes", "as XML"])
def test_a_formula_that_has_0_before_it_is_calculated_tells_nothing(row: str) -> None:
    """Programs that don't calculate store 0, and ask for all to be calculated when the workbook is opened."""
    asks = one(xlsx(data(row), book='<calcPr calcId="124519" fullCalcOnLoad="1"/>'))
    assert asks.rows == [[UNCALCULATED, 6.0, 0.0, UNCALCULATED]] and not asks.doubtful_zeros
    silent, calculated = one(xlsx(data(row))), one(xlsx(data(row), parts={"xl/calcChain.xml": "<calcChain/>"}))
    assert silent.rows == calculated.rows == [[0.0, 6.0, 0.0, False]]
    assert (silent.doubtful_zeros, calculated.doubtful_zeros) == ({(0, 0), (0, 3)}, frozenset())
