"""CSV rosters: in every encoding and with every delimiter that programs write; cells stay the text that they are."""

from __future__ import annotations

import pytest

from guantong.schemas.files.workbook import read_workbook
from tests.support.raw_workbooks import one, refused

TABLE = [["姓名", "身份证号", "备注"], ["张示例", "210100198501010014", "第一行\n第二行"], ["李,样本", "", ""]]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，", "；", "|", "｜", "^", "~"])
def test_csv_in_every_encoding_with_every_delimiter(encoding: str, delimiter: str) -> None:
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in TABLE]
    book = read_workbook("\r\n".join(lines).encode(encoding), ".csv")
    assert [(sheet.name, sheet.rows) for sheet in book.sheets] == [("CSV", TABLE)]


CSV_CELLS = {
    "2019.1": 2019.1,
    "2019.10": "2019.10",
    "2.10102E+17": 2.10102e17,
    '="0012"': "0012",
    '"=""0012"""': "0012",
    "\t210100198501010014": "210100198501010014",
    "'0012": "0012",
    "210100198501010014\t": "210100198501010014",
    "=1+1": "=1+1",
    "1E999": "1E999",
    "张\0示例": "张示例",
    "'示例": "'示例",
}


@pytest.mark.parametrize("written", CSV_CELLS)
def test_csv_cells_are_text_but_for_what_was_a_number(written: str) -> None:
    assert one(f"姓名,内容,备注\n甲,{written},乙\n".encode(), ".csv").rows[1] == ["甲", CSV_CELLS[written], "乙"]


def test_csv_rows_are_made_of_one_length_and_titles_part_nothing() -> None:
    text = '人员名册\n姓名\t单位\t备注\t\t\n"甲"\t某厂，一车间\t长' + "长" * 100_000 + "\n乙\n\t\t\n\n"
    rows = one(text.encode(), ".csv").rows
    assert [len(row) for row in rows] == [3] * 4 and rows[2][:2] == ["甲", "某厂，一车间"] and rows[3] == ["乙", "", ""]
    assert one(b"sep=;\na;b,c\n", ".csv").rows == [["a", "b,c"]]


def test_csv_that_is_no_text_or_whose_quotes_never_close_is_refused() -> None:
    assert refused(b"\x81\xfd\xff\x80" * 99, ".csv")[0] == "not_a_workbook"
    assert refused('姓名,备注\n甲,"一\n乙,二\n'.encode(), ".csv") == ("damaged", "引号不配对")
    assert refused(('姓名,"' + "长" * 200_000).encode(), ".csv")[0] == "damaged"
    assert refused(b"<html><table></table>", ".csv") == ("not_a_workbook", "网页（HTML）")


WHOLE = "姓名,单位,技能等级\n张示例,示例机械厂,高级工\n李示例,示例机械厂,技师\n"
CUT = [["姓名", "单位", "技能等级"], ["张示例", "示例机械\ufffd", "高级工"], ["李示例", "示例机械厂", "技师"]]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_character_that_is_cut_costs_its_cell_alone(encoding: str, quote: str) -> None:
    text = WHOLE.replace(",", f"{quote},{quote}").replace("\n", f"{quote}\n{quote}")
    content = f"{quote}{text[:-1] if quote else text}".encode(encoding).replace("厂".encode(encoding), "厂".encode(encoding)[:1], 1)
    assert one(content, ".csv").rows == CUT


@pytest.mark.parametrize(("most", "other"), [("utf-8", "gb18030"), ("gb18030", "utf-8")])
def test_a_line_from_a_file_of_another_encoding_is_read_in_its_own(most: str, other: str) -> None:
    rows = one(WHOLE.encode(most) + "王示例,示例机械厂,中级工".encode(other), ".csv").rows
    assert rows[1:] == [["张示例", "示例机械厂", "高级工"], ["李示例", "示例机械厂", "技师"], ["王示例", "示例机械厂", "中级工"]]


def test_a_cell_of_another_encoding_in_a_line_is_lost_alone() -> None:
    row = "王示例,".encode() + "厂".encode("gb18030") + ",中级工\n".encode()
    assert one(WHOLE.encode() + row, ".csv").rows[3] == ["王示例", "\ufffd\ufffd", "中级工"]


ALIGNED = ["姓名    单位          技能等级  取得时间", "张示例  示例机械厂    高级工    2018-06", "李 例   示例机械厂    技师      2019-06"]


def test_text_that_blanks_align_is_read_where_each_line_has_as_many_cells() -> None:
    rows = one("\n".join(["人员名册", *ALIGNED]).encode(), ".csv").rows
    assert rows[0] == ["人员名册", "", "", ""] and rows[3] == ["李 例", "示例机械厂", "技师", "2019-06"]
    assert (
        one("\n".join(line.replace("李 例", "李例").replace("   ", " ").replace("  ", " ") for line in ALIGNED).encode(), ".csv").rows[2][0]
        == "李例"
    )
    assert refused("\n".join([*ALIGNED, "王示例                中级工    2019-06"]).encode(), ".csv") == (
        "not_a_workbook", "各列以空格对齐，各行列数不同，不能确定每格属于哪一列"
    )  # fmt: skip


def test_text_in_traditional_characters_is_told_as_that() -> None:
    code, detail = refused("姓名,身份證號,技能等級\n張示例,210100198501010014,高級工\n".encode("big5"), ".csv")
    assert code == "not_a_workbook" and "Big5（繁体中文）" in detail
