"""Rows, cells and words of a cell that are struck out (删除线), in each format that can say so."""

import io
import struct
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import pyarrow
import pytest
import xlwt
from odf.office import Annotation
from odf.style import Style, TextProperties
from odf.table import Table, TableCell, TableColumn, TableRow
from odf.text import P, Span
from xlsxwriter import Workbook

from guantong.reports.returned.write_copy import write_returned
from tests.support.inprocess import Audited, audited_file
from tests.support.raw_workbooks import ods, one, record, wide, xls, xlsb

HEADERS = ["序号", "姓名", "身份证号", "单位名称", "岗位类别", "在岗状态", "技能等级", "技能等级取得时间", "备注"]
FIRST = ["1", "周试乙", "210102198503120412", "示例机械有限公司", "技能岗位", "", "高级工", "2018-06-30", ""]
SECOND = ["2", "吴试乙", "210102198503120439", "示例机械有限公司", "技能岗位", "", "高级工", "2018-06-30", ""]


class Struck(str):
    """Text that is struck out."""


class InStruckCell(list[str]):
    """Words, each in a font of its own, in a cell whose font strikes out, as a program keeps it of a cell whose first word is struck."""


Cell = str | list[str]  # a list: words of which some are struck
IS_STRUCK = (Struck, InStruckCell)


def as_xlsx(rows: list[list[Cell]], in_line: bool = False) -> bytes:
    file = io.BytesIO()
    with Workbook(file, {"in_memory": not in_line, "constant_memory": in_line}) as book:
        page, fonts = book.add_worksheet(), [book.add_format({"bold": True}), book.add_format({"font_strikeout": True})]
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, list):
                    words = [part for word in cell for part in (fonts[isinstance(word, Struck)], str(word))]
                    page.write_rich_string(at, column, *words, *([fonts[1]] if isinstance(cell, IS_STRUCK) else []))
                else:
                    page.write_string(at, column, str(cell), fonts[1] if isinstance(cell, Struck) else None)
    return file.getvalue()


def as_xlsx_in_line(rows: list[list[Cell]]) -> bytes:
    return as_xlsx(rows, in_line=True)


def as_xls(rows: list[list[Cell]]) -> bytes:
    styles = [xlwt.easyxf("font: bold on"), xlwt.easyxf("font: struck_out on")]

    def fill(page: xlwt.Worksheet) -> None:
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, list):
                    words = [(str(word), styles[isinstance(word, Struck)].font) for word in cell]
                    page.write_rich_text(at, column, words, styles[isinstance(cell, IS_STRUCK)])
                elif cell:
                    page.write(at, column, str(cell), styles[isinstance(cell, Struck)])

    return xls(fill)


def ods_style(name: str, family: str, line: str | None = "solid", **about: object) -> Style:
    style = Style(name=name, family=family, **about)
    if line:
        style.addElement(TextProperties(textlinethroughstyle=line))
    return style


def as_ods(rows: list[list[Cell]]) -> bytes:
    def fill(table: Table) -> None:
        for row in rows:
            line = TableRow()
            for cell in row:
                item = TableCell(valuetype="string", stylename="ce1" if isinstance(cell, IS_STRUCK) else None) if cell else TableCell()
                paragraph = P(text="" if isinstance(cell, list) else str(cell))
                for word in cell if isinstance(cell, list) else []:
                    paragraph.addElement(Span(text=word, stylename="T1" if isinstance(word, Struck) else "T2"))
                item.addElement(paragraph)
                line.addElement(item)
            table.addElement(line)

    return ods(fill, [ods_style("ce1", "table-cell"), ods_style("T1", "text"), ods_style("T2", "text", "none")])


def as_xlsb(rows: list[list[Cell]], in_line: bool = False) -> bytes:
    """Its fonts and cell styles: 0 plain, 1 struck."""
    two = struct.pack("<I", 2)
    fonts = record(611, two) + b"".join(record(43, struct.pack("<HHH", 220, flags, 400)) for flags in (0, 8)) + record(612)
    styles = record(617, two) + b"".join(record(47, struct.pack("<HHH10x", 0, 0, font)) for font in (0, 1)) + record(618)
    content, texts = b"", []
    for at, row in enumerate(rows):
        content += record(0, struct.pack("<I", at) + bytes(13))
        for column, cell in enumerate(row):
            place = struct.pack("<II", column, isinstance(cell, IS_STRUCK))
            if isinstance(cell, list) and in_line:
                content += record(62, place + _rich_text(cell))
            elif isinstance(cell, list):
                content += record(7, place + struct.pack("<I", len(texts)))
                texts.append(_rich_text(cell))
            elif cell:
                content += record(6, place + wide(cell))
    shared = record(159, struct.pack("<II", len(texts), len(texts))) + b"".join(record(19, text) for text in texts) + record(160)
    return xlsb(content, parts={"styles": fonts + styles, "sharedStrings": shared})


def _rich_text(words: list[str]) -> bytes:
    starts = [0, *accumulate(map(len, words[:-1]))]
    runs = b"".join(struct.pack("<HH", start, isinstance(word, Struck)) for start, word in zip(starts, words, strict=True))
    return b"\1" + wide("".join(words)) + struct.pack("<I", len(words)) + runs


def as_xlsb_in_line(rows: list[list[Cell]]) -> bytes:
    return as_xlsb(rows, in_line=True)


FORMATS = [as_xlsx, as_xlsx_in_line, as_xls, as_ods, as_xlsb, as_xlsb_in_line]
Writer = Callable[[list[list[Cell]]], bytes]


@pytest.fixture(params=FORMATS, ids=lambda write: write.__name__)
def check(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Audited]:
    """The audit of a roster in one of the formats."""
    write: Writer = request.param

    def checked(*rows: list[Cell]) -> Audited:
        path = tmp_path / f"a.{write.__name__.split('_')[1]}"
        path.write_bytes(write([HEADERS, *rows]))
        return audited_file(path)

    return checked


def told(found: Audited, *codes: str) -> list[tuple[object, ...]]:
    """(code, row, column) of the findings with one of the codes."""
    findings = found.findings[found.findings["code"].isin(codes)]
    return list(zip(findings["code"], findings["row"], findings["column"].fillna(""), strict=True))


def test_a_row_is_struck_out_by_its_name_and_number(check: Callable[..., Audited]) -> None:
    found = check([FIRST[0], Struck(FIRST[1]), Struck(FIRST[2]), *FIRST[3:]], SECOND)
    people = found.people.sort_values("row")
    assert people[["bucket", "rejected_for"]].fillna("").values.tolist() == [["rejected", "struck_out"], ["evaluated", ""]]
    assert told(found, "struck_out", "struck_words", "state_unreadable") == [("struck_out", 2, "")]


def test_a_struck_row_of_somebody_who_stands_again_is_no_repetition(check: Callable[..., Audited]) -> None:
    found = check(FIRST, [Struck(cell) for cell in FIRST])
    assert found.people["bucket"].tolist().count("rejected") == 1
    assert found.people["duplicate_of"].isna().all()
    assert told(found, "person_twice") == []


def test_a_struck_cell_counts_as_blank(check: Callable[..., Audited]) -> None:
    found = check(FIRST, [*SECOND[:6], Struck("技师"), *SECOND[7:]])
    assert "s2t-engineer" not in found.named()["吴试乙"]
    assert told(found, "struck_words") == [("struck_words", 3, "G")]


def test_struck_words_of_a_cell_do_not_count(check: Callable[..., Audited]) -> None:
    found = check([*FIRST[:5], ["在岗", Struck("2023年退休")], [Struck("高级工"), "技师"], *FIRST[7:]], SECOND)
    assert "s2t-engineer" in found.named()["周试乙"]
    assert told(found, "struck_words", "state_unreadable", "skill_unreadable") == [("struck_words", 2, "F"), ("struck_words", 2, "G")]


def test_words_in_fonts_of_their_own_count_though_the_font_of_their_cell_strikes_out(check: Callable[..., Audited]) -> None:
    found = check([*FIRST[:6], InStruckCell([Struck("高级工"), "技师"]), *FIRST[7:]], SECOND)
    assert "s2t-engineer" in found.named()["周试乙"]
    assert told(found, "struck_words", "struck_out") == [("struck_words", 2, "G")]
    found = check([*FIRST[:6], InStruckCell(["高级", "工"]), *FIRST[7:]], SECOND)
    assert "s2t-assistant" in found.named()["周试乙"]


def test_a_cell_all_of_whose_words_are_struck_is_struck(check: Callable[..., Audited]) -> None:
    found = check(FIRST, [*SECOND[:6], [Struck("高级"), Struck("工")], *SECOND[7:]])
    assert told(found, "struck_words") == [("struck_words", 3, "G")]
    assert ("s2t-assistant" in found.named()["周试乙"], "s2t-assistant" in found.named()["吴试乙"]) == (True, False)


@pytest.mark.parametrize("write", FORMATS, ids=lambda write: write.__name__)
def test_what_is_struck_out_stays_so_in_a_copy_that_is_written_anew(write: Writer, tmp_path: Path) -> None:
    path = tmp_path / f"a.{write.__name__.split('_')[1]}"
    path.write_bytes(
        write(
            [
                HEADERS,
                [Struck(cell) for cell in FIRST],
                [*SECOND[:6], Struck("技师"), *SECOND[7:]],
                [*FIRST[:6], ["技师", Struck("（待批）")], "", ""],
            ]
        )
    )
    first = audited_file(path)
    findings = pyarrow.Table.from_pandas(first.findings)
    second = audited_file(write_returned(path.read_bytes(), path.suffix, path.name, findings, tmp_path / "out", plain=True))
    judged = ["row", "bucket", "rejected_for"]
    assert second.people[judged].values.tolist() == first.people[judged].values.tolist()
    assert list(second.routes().values()) == list(first.routes().values())


def test_struck_cells_and_words_of_an_xls_are_found_among_many_numbers_and_texts() -> None:
    struck, plain = xlwt.easyxf("font: struck_out on"), xlwt.easyxf("font: bold on")

    def fill(page: xlwt.Worksheet) -> None:
        for row in range(2000):  # their table of texts goes over several records
            page.write_rich_text(row, 0, [(f"三级{row}", plain.font), ("二级" if row % 2 else "grade", struck.font), ("四级", plain.font)])
        for column in range(1, 5):
            page.write(0, column, column, struck if column in (2, 3) else plain)
        page.write(1, 1, xlwt.Formula("1+1"), struck)
        page.write(2, 1, True, struck)

    sheet = one(xls(fill), ".xls")
    assert [row[0] for row in sheet.rows] == [f"三级{row}四级" for row in range(2000)]
    assert sheet.struck == {0: 0b1100, 1: 0b10, 2: 0b10}


def ods_cells(table: Table, *cells: TableCell, **about: object) -> None:
    row = TableRow(**about)
    for cell in cells:
        row.addElement(cell)
    table.addElement(row)


def ods_cell(*paragraphs: P, **about: object) -> TableCell:
    cell = TableCell(valuetype="string", **about)
    for paragraph in paragraphs:
        cell.addElement(paragraph)
    return cell


def test_a_cell_of_an_ods_has_its_style_from_its_column_its_row_or_another_style() -> None:
    def fill(table: Table) -> None:
        table.addElement(TableColumn(numbercolumnsrepeated=2))
        table.addElement(TableColumn(numbercolumnsrepeated=2, defaultcellstylename="划去"))
        ods_cells(table, *(ods_cell(P(text=text)) for text in "甲乙丙丁"))
        ods_cells(table, ods_cell(P(text="甲"), numbercolumnsrepeated=3))
        ods_cells(table, ods_cell(P(text="甲"), stylename="heir"), ods_cell(P(text="乙")), ods_cell(P(text="丙"), stylename="live"))
        ods_cells(table, ods_cell(P(text="甲")), ods_cell(P(text="乙"), stylename="live"), defaultcellstylename="划去")
        ods_cells(table, ods_cell(P(text="甲"), stylename="heir", numbercolumnsrepeated=2), numberrowsrepeated=2)

    heirs = [ods_style("heir", "table-cell", None, parentstylename="划去"), ods_style("live", "table-cell", "none", parentstylename="划去")]
    assert one(ods(fill, heirs, [ods_style("划去", "table-cell")]), ".ods").struck == {0: 0b1100, 1: 0b100, 2: 1, 3: 1, 4: 0b11, 5: 0b11}


def test_what_is_left_of_a_cell_of_an_ods_is_its_lines_without_those_struck_and_without_its_note() -> None:
    def fill(table: Table) -> None:
        note = Annotation()
        note.addElement(P(text="批注", stylename="P1"))
        cell = ods_cell(P(text="高级工", stylename="P1"), P(text="技师"))
        cell.addElement(P(stylename="P1"))
        cell.lastChild.addElement(Span(text="2020年", stylename="T2"))
        cell.insertBefore(note, cell.firstChild)
        ods_cells(table, cell, ods_cell(P(text="技师"), P(text="高级工")))

    sheet = one(ods(fill, [ods_style("P1", "paragraph"), ods_style("T2", "text", "none")]), ".ods")
    assert sheet.rows == [["\n技师\n2020年", "技师\n高级工"]]
    assert (sheet.struck, sheet.partly_struck) == ({}, {(0, 0)})


def test_what_is_struck_in_a_merged_cell_is_struck_for_all_its_rows(tmp_path: Path) -> None:
    def fill(page: xlwt.Worksheet) -> None:
        for at, row in enumerate([HEADERS, FIRST, SECOND]):
            for column, cell in enumerate(row):
                page.write(at, column, cell)
        page.write_merge(1, 2, 6, 6, "高级工", xlwt.easyxf("font: struck_out on"))

    path = tmp_path / "a.xls"
    path.write_bytes(xls(fill))
    assert told(audited_file(path), "struck_words") == [("struck_words", 2, "G"), ("struck_words", 3, "G")]


def test_a_merged_range_is_struck_as_its_first_cell_is_whatever_it_covers() -> None:
    file = io.BytesIO()
    with Workbook(file) as book:
        page, struck = book.add_worksheet(), book.add_format({"font_strikeout": True})
        page.merge_range(0, 0, 1, 1, "甲", struck)
        page.write_blank(1, 1, None, book.add_format({"bold": True}))
        page.merge_range(0, 2, 1, 2, "乙", None)
        page.write_blank(1, 2, None, struck)
        page.write(1, 3, "丙", struck)
    assert one(file.getvalue()).struck == {0: 0b11, 1: 0b1011}
