"""What would take a reader for ever, or more memory than it has: read all the same, or refused before it is tried."""

from __future__ import annotations

import difflib
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import xlsxwriter

from guantong.flows.audit.read_rosters import PoolReader
from guantong.flows.records import Input, ReadResult
from guantong.flows.workers.pool import make_pool
from guantong.schemas.files import sniff
from guantong.schemas.files import workbook as workbook_
from guantong.schemas.files.open_file import read_bytes
from guantong.schemas.files.workbook import Refusal, Sheet
from guantong.schemas.layout import find_roster
from guantong.schemas.layout.find_roster import find_rosters
from guantong.schemas.layout.headers import header_text
from guantong.schemas.text import MOST_GROWN, is_shortened, norm, shorten
from guantong.schemas.values import honours
from guantong.schemas.values.dates import parse_date
from guantong.schemas.values.honours import parse_honours
from tests.support.hostile_files import hostile_cells
from tests.support.inprocess import audited_file
from tests.support.raw_workbooks import MAIN, data, one, refused, xlsx
from tests.support.workbooks import CLEAN, people, workbook

HEADERS = ["姓名", "身份证号", "技能等级", "技能等级取得时间", "荣誉称号"]
PERSON = ["甄示一", "", "高级工", "2015-06-30", ""]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bytes], ReadResult]]:
    """Read a file's bytes as an audit would, in a worker with its limits on time and memory."""
    folder = tmp_path_factory.mktemp("limits")
    with make_pool(1) as pool:

        def command(content: bytes) -> ReadResult:
            path = folder / "花名册.xlsx"
            path.write_bytes(content)
            return PoolReader(pool, b"key", folder).read([Input(0, path, path.name)])

        yield command


CASES = {name: content for name, content, _ in (*hostile_cells.hostile_texts(), *hostile_cells.tables())}


@pytest.mark.parametrize(
    "name", ["blanks", "ligature", "time-inside", "honour-near", "bracket-number", "headers-16384", "tables-alternate"]
)
def test_what_once_took_too_long_is_read_within_a_workers_limits(read: Callable[[bytes], ReadResult], name: str) -> None:
    found = read(CASES[name])
    assert (len(found.packed), found.refused) == (1, [])


def test_rows_that_look_like_headers_are_passed_over_without_a_search_for_what_they_may_mean() -> None:
    rows = [[header, *[f"栏{at}{row}" for at in range(4)]] for row in range(3000) for header in ["姓名"]]
    with patch.object(difflib, "get_close_matches", side_effect=AssertionError):
        (roster,) = find_rosters(Sheet("花名册", [*rows, HEADERS, PERSON]))
    assert (roster.last_header_row, roster.people) == (3000, [3001])


def test_a_sheet_of_nothing_but_headers_is_refused() -> None:
    rows = [["姓名", "甲", "乙"]] * 300
    with patch.object(find_roster, "MOST_HEADER_CELLS", 5000), pytest.raises(Refusal) as refusal:
        find_rosters(Sheet("花名册", [row[:] for row in rows]))
    assert refusal.value.code == "too_large"


def test_only_the_first_of_many_unknown_headers_are_told_what_they_come_near(tmp_path: Path) -> None:
    unknown = [f"技能等级的{at}号说明" for at in range(1000)]
    with patch("guantong.schemas.layout.headers.difflib.get_close_matches", wraps=difflib.get_close_matches) as asked:
        found = audited_file(workbook(tmp_path / "a.xlsx", {"花名册": [[*HEADERS, *unknown], PERSON]}))
    assert asked.call_count <= 400
    assert (found.findings["code"] == "header_unknown").sum() == 1000
    assert found.named()["甄示一"]["s2t-assistant"][0] == "unverified"


def test_what_stands_above_a_header_is_read_once_for_all_tables() -> None:
    other = ["姓名", "技能等级", "技能等级取得时间", "岗位类别", "学历"]
    person = ["甄示二", "技师", "2012-01-01", "技能岗位", "大专"]
    rows = [row[:] for _ in range(300) for row in (HEADERS, PERSON, other, person)]
    with patch.object(find_roster, "facts_above", wraps=find_roster.facts_above) as facts:
        found = find_rosters(Sheet("花名册", rows))
    assert len(found) == 600 and sum(len(call.args[0]) for call in facts.call_args_list) <= len(rows)


UNITS = [
    ["填报单位：甲示例厂"],
    HEADERS,
    PERSON,
    ["填报人：王示例"],
    ["填报单位：乙示例厂"],
    HEADERS,
    ["甄示二", *PERSON[1:]],
    [],
    ["姓名", "技能等级", "技能等级取得时间", "岗位类别"],
    ["甄示三", "技师", "2012-01-01", "技能岗位"],
]


def test_a_table_below_another_goes_by_the_unit_that_stands_above_it(tmp_path: Path) -> None:
    found = audited_file(workbook(tmp_path / "a.xlsx", {"花名册": UNITS})).people
    units = dict(zip(found["name"], found["unit"], strict=True))
    assert units == {"甄示一": "甲示例厂", "甄示二": "乙示例厂", "甄示三": "乙示例厂"}


def test_an_honour_among_hundreds_of_pieces_is_found_in_few_steps() -> None:
    with patch.object(honours, "_honour", wraps=honours._honour) as tried:
        assert parse_honours("全国技术能手x " + "某奖 " * 300 + "辽宁工匠 2019年 全 国 技 术 能 手").listed == ("全国技术能手", "辽宁工匠")
    assert tried.call_count < 2000


def test_every_honour_of_a_long_cell_is_found() -> None:
    names = sorted(honours.listed_honours())
    for joint in ("、", " ", "；\n"):
        assert sorted(parse_honours(joint.join(names)).listed) == names
    assert parse_honours("和".join(name for name in names if "及" not in name and "和" not in name)).listed


@pytest.mark.parametrize("text", ["推荐" * 500, "世赛金牌" * 250, "全国技术能手(" + "1号" * 490, "(" * 1000, "称号" * 500, "和" * 1000])
def test_a_long_text_is_no_honour(text: str) -> None:
    assert parse_honours(text).listed == ()


@pytest.mark.parametrize("text", ["\ufdfa" * 1000, "㈱" * 1000, "高级工" * 400, "e\u0301" * 700, "\ufdfa" * 50 + "甲" * 400])
def test_a_text_is_cut_so_that_its_normal_form_is_no_longer(text: str) -> None:
    short = shorten(text, 1000)
    assert text.startswith(short) and len(norm(short)) <= 1000
    assert is_shortened(short, 1000) == (short != text)
    assert len(short) >= min(len(text), 1000 // MOST_GROWN)


@pytest.mark.parametrize("gap", [" ", "\u3000", "T ", " T"])
def test_a_time_behind_a_day_is_passed_over_whatever_the_gap(gap: str) -> None:
    assert parse_date(f"2019-08-21{gap * 400}1:00x")[2] == "date_unreadable"
    assert parse_date(f"2019-08-21{gap * 400}上午 1:00")[2] is None


@pytest.mark.parametrize("text", ["姓名" + "*" * 900, "*" * 500 + "：" * 499 + "姓名", "*" * 1000])
def test_marks_around_a_header_are_dropped(text: str) -> None:
    assert header_text(text) in ("姓名", ":" * 499 + "姓名", "")


def test_a_hundred_thousand_people_with_sixty_columns_are_within_the_limit() -> None:
    assert 100_003 * 60 < sniff.MAX_CELLS


def test_more_cells_than_a_worker_has_room_for_are_refused_before_the_reader_sees_them() -> None:
    plain = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="B{0}" s="1"><v>2</v></c></row>'
    ways = {"plain": plain, "without places": "<row><c><v>1</v></c><c><v>2</v></c></row>", "in one place": plain.replace("{0}", "1")}
    for way, row in ways.items():
        content = xlsx(data("".join(row.format(at) for at in range(1, 60))))
        with patch.object(sniff, "MAX_CELLS", 100), patch("guantong.schemas.files.xlsx.xlsx_extras.MAX_CELLS", 100):
            with patch.object(workbook_.calamine, "load_workbook", side_effect=AssertionError):
                assert refused(content)[0] == "too_large", way


def test_cells_that_only_have_a_format_do_not_count_against_the_limit() -> None:
    row = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="B{0}" s="1"/><c r="C{0}" s="1"></c><c r="D{0}"><v></v></c><c r="E{0}"><v/></c></row>'
    content = xlsx(data("".join(row.format(at) for at in range(1, 60))))
    with patch.object(sniff, "MAX_CELLS", 100), patch("guantong.schemas.files.xlsx.xlsx_extras.MAX_CELLS", 100):
        assert one(content).rows == [[1.0]] * 59


def test_too_many_different_texts_are_refused_and_equal_ones_are_not() -> None:
    with patch.multiple(workbook_, _KNOWN=10, _MOST_TEXTS=50):
        rows = "".join(f'<row r="{at}"><c r="A{at}" t="inlineStr"><is><t>甲{{}}</t></is></c></row>' for at in range(1, 200))
        assert refused(xlsx(data(rows.format(*range(200)))))[0] == "too_large"
        assert len(one(xlsx(data(rows.format(*[1] * 200)))).rows) == 199


def test_a_long_text_in_too_many_cells_is_refused_before_the_reader_writes_it_out() -> None:
    strings = f"<sst xmlns='{MAIN}'><si><t>甲</t></si><si><t>{'乙' * 5000}</t></si></sst>"
    rows = "".join(
        f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c><c r="B{at}" t="s"><v>1</v></c><c r="C{at}"><v>1</v></c></row>'
        for at in range(1, 60)
    )
    content = xlsx(data(rows), parts={"xl/sharedStrings.xml": strings})
    assert one(content).rows[0][0] == "甲"
    with patch("guantong.schemas.files.xlsx.xlsx_extras.MOST_WRITTEN_OUT", 59 * 14_000):
        assert refused(content)[0] == "too_large"
    with patch("guantong.schemas.files.xlsx.xlsx_extras.MOST_WRITTEN_OUT", 59 * 16_000):
        assert len(one(content).rows) == 59


def test_a_roster_that_begins_far_from_the_corner_keeps_its_places() -> None:
    sheet = one(xlsx(data('<row r="3"><c r="C3" t="inlineStr"><is><t>甲</t></is></c><c r="D3"><v>1</v></c></row>')))
    assert sheet.rows == [[""] * 4, [""] * 4, ["", "", "甲", 1.0]]


def test_a_persons_row_is_never_part_of_the_header_however_clear_it_makes_it(tmp_path: Path) -> None:
    """年度考核 names no year; read as its sub-header, 2022年合格 would."""
    headers = ["姓名", "身份证号", "岗位类别", "技能等级", *["年度考核"] * 4]
    rows = [headers, *[[name, "", "", "技师", *[f"{year}年合格" for year in range(2021, 2025)]] for name in ("甄示一", "甄示二")]]
    assert set(audited_file(workbook(tmp_path / "a.xlsx", {"花名册": rows})).people["name"]) == {"甄示一", "甄示二"}


def test_the_last_person_of_a_table_is_never_part_of_the_next_ones_header(tmp_path: Path) -> None:
    first = [["姓名", "技能等级", "技能等级取得时间", "岗位类别"], ["甄示一", "高级工", "2015-06-30", "技能岗位"]]
    second = [["姓名", "取得时间", "职称", "职称取得时间", "单位名称"], ["甄示二", "", "工程师", "2015-06-30", "示例厂"]]
    assert set(audited_file(workbook(tmp_path / "a.xlsx", {"花名册": [*first, *second]})).people["name"]) == {"甄示一", "甄示二"}


def test_a_day_number_as_text_is_unknown_where_days_count_from_1904(tmp_path: Path) -> None:
    path = people(tmp_path / "1900.xlsx", CLEAN | {"技能等级取得时间": "42185"})
    assert audited_file(path).named()["张示例"]["s2t-engineer"][0] == "eligible"
    path = tmp_path / "1904.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as book:
        page = book.add_worksheet("花名册")
        page.write_row(0, 0, list(CLEAN))
        page.write_row(1, 0, [*(CLEAN | {"技能等级取得时间": "42185"}).values()])
        page.write_row(2, 0, [*(CLEAN | {"姓名": "李示例", "身份证号": "", "技能等级取得时间": 42185 - 1462}).values()])
    found = audited_file(path)
    assert {name: told["s2t-engineer"][0] for name, told in found.named().items()} == {"张示例": "unverified", "李示例": "eligible"}
    (blamed,) = found.findings[found.findings["code"] == "date_unreadable"].to_dict("records")
    assert (blamed["row"], blamed["value"]) == (2, "42185")


def test_reading_a_small_file_sets_aside_no_memory_for_a_large_one(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"x" * 1000)
    tracemalloc.start()
    try:
        assert len(read_bytes(tmp_path / "a.xlsx")) == 1000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "columns", ['min="1" max="4294967295"', 'min="9" max="3"', 'min="-5" max="3"', 'min="a" max=""', "", f'min="{"9" * 5000}" max="1"']
)
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_columns_that_no_sheet_has_hide_nothing_and_cost_nothing(columns: str, prefix: str) -> None:
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in HEADERS)
    hidden = f'<{prefix}cols xmlns:x="{MAIN}"><{prefix}col {columns} hidden="1" width="9"/></{prefix}cols>'
    sheet = one(xlsx(hidden + data(f'<row r="1">{cells}</row>')))
    assert sheet.rows == [HEADERS] and sheet.hidden_columns in (frozenset(), frozenset(range(len(HEADERS))))
