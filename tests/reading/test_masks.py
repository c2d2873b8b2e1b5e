"""Numbers of people in texts, however written; what steers a terminal or a spreadsheet; names of files that are written."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guantong.flows.screen import show, show_table
from guantong.flows.storage.output_record import display_path
from guantong.reports.bureau.figures.figure_table import FigureTable
from guantong.reports.bureau.open_tables import save_csv
from guantong.reports.changes_book import write_csv
from guantong.reports.returned.write_copy import returned_name
from guantong.reports.units.workbook import file_name
from guantong.sample_data.identifiers import id_check
from guantong.schemas.catalogue import fields
from guantong.schemas.files.workbook import shown_names
from guantong.schemas.text import mask_numbers, visible_text
from guantong.schemas.values.parsers import PARSERS

SEPARATORS = ["", "", " ", ".", "/", "-", "–", "—", "−", "﹣", "－", "_", "·", "・", ",", "，", ":", "、", "\u3000", "\n", "\u200b", "\u2060",
              "(", "）", " - ", "\u3164", "|"]  # fmt: skip
SCRIPTS = ["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "⁰¹²³⁴⁵⁶⁷⁸⁹", "⓪①②③④⑤⑥⑦⑧⑨"]
WORDS = st.text("张示例厂abcZ（）。 \n", max_size=8)


def digits(text: str) -> str:
    return "".join(str(unicodedata.digit(letter)) for letter in text if unicodedata.digit(letter, None) is not None)


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from(["210103", "110101", "652901", "810000", "440305"]))
    born = draw(st.dates(min_value=dt.date(1940, 1, 1), max_value=dt.date(2008, 1, 1)))
    first = f"{region}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first + id_check(first)


PHONES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(st.data(), id_numbers(), WORDS, WORDS)
def test_an_id_number_is_masked_whatever_stands_between_and_around_its_digits(
    data: st.DataObject, number: str, before: str, after: str
) -> None:
    script = data.draw(st.sampled_from(SCRIPTS))
    gaps = data.draw(st.lists(st.sampled_from(SEPARATORS), min_size=18, max_size=18))
    x = data.draw(st.sampled_from("XxＸХΧ×"))
    written = "".join((script[int(one)] if one.isdigit() else x) + gap for one, gap in zip(number, gaps, strict=True))
    masked = mask_numbers(before + written + after)
    assert len(digits(masked)) <= 2 and len(masked) == len(before + written + after)


@given(PHONES, st.sampled_from(SEPARATORS), st.sampled_from(["", "+86", "86-", "0086 ", "0", "9", "手机"]), st.sampled_from(SCRIPTS))
def test_a_phone_number_is_masked(number: str, gap: str, before: str, script: str) -> None:
    written = gap.join((number[:3], number[3:7], number[7:])).translate(str.maketrans("0123456789", script))
    assert len(digits(mask_numbers(before + written))) <= len(digits(before)) + 3


@given(st.lists(st.one_of(id_numbers(), PHONES), min_size=2, max_size=3), st.sampled_from(["", "1", "a"]), st.sampled_from(["", "7", "b"]))
def test_numbers_that_run_together_are_all_masked(numbers: list[str], before: str, after: str) -> None:
    masked = mask_numbers(before + "".join(numbers) + after)
    assert len(re.sub(r"[^0-9]", "", masked)) <= 2 * len(numbers) + 2


@given(st.text(max_size=60))
@example("2015.07-2019.08 在某厂，2020年起任班长")
@example("2019.12.01、2020.09.01、2021.10.01")
@example("17.12-2019.08.01")
@example("20190821123000")
@example("辽人社规〔2019〕2号")
@example("91210100701795327T")
@example("912101007017953271")
def test_what_is_no_number_of_a_person_stays(text: str) -> None:
    known = {"91210100701795327T", "912101007017953271", "20190821123000"}
    dates = re.fullmatch(r"(?:[^\d]*(?:\d{2}|\d{4})\.\d\d?(?:\.\d\d?)?)+[^\d]*(?:\d{4}年[^\d]*)?", text)
    if len(digits(text)) < 11 or text in known or dates:
        assert mask_numbers(text) == text


@pytest.mark.parametrize("kind", ["city", "unit_code", "occupation", "name"])
def test_no_field_keeps_a_number_that_does_not_belong_there(kind: str) -> None:
    field = fields()[kind]
    kept = PARSERS[field.kind]("2101031980０1010012", field).values.get("") or ""
    assert len(digits(kept)) <= 2


NASTY = "\x1b[31m\x9b2J\u202e\u2066\u2028\u2029\x07\r\n\u061c\u180e\ufeff\ud800\ufff9\U000e0041"


def steers(text: str) -> list[str]:
    return [letter for letter in text if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@pytest.mark.parametrize("name", [f"甲{NASTY}.xlsx", f"{NASTY}.xlsx"])
def test_no_name_of_a_file_or_sheet_steers_what_shows_it(name: str) -> None:
    shown = [display_path(name.replace("\ud800", "")), *shown_names([name, name, "甲", NASTY])]
    assert not steers("".join(shown)) and "\n" not in "".join(shown)
    assert len(set(shown[1:])) == 4 and all(shown)


def test_sheets_that_are_called_as_others_are_told_apart_stay_apart() -> None:
    assert len(set(shown_names(["甲", "甲#3", "甲\u200b"]))) == 3


def test_a_long_name_of_a_sheet_is_cut_behind_the_mask() -> None:
    (shown,) = shown_names(["长" * 90 + "210103198001010012"])
    assert len(digits(shown)) <= 2


def test_the_screen_is_steered_by_nothing_that_is_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    show(f"读到“{NASTY}”", err=True)
    show_table(FigureTable("表", ("单位", "人数"), [(f"[red]{NASTY}[/nothing][link=file:///]甲", 1)]), 5)
    said = capsys.readouterr()
    assert not steers(said.out + said.err)
    assert "[red]" in said.out and "[/nothing]" in said.out


def test_a_cell_drops_what_no_one_sees_and_keeps_rare_characters() -> None:
    assert visible_text(f"张{NASTY}\ue123𠮷\U00031350示例") == "张[31m2J\n\n\n\ue123𠮷\U00031350示例"


FORMULAS = [
    "=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "-1+1",
    "@a",
    "  =1",
    '"=1',
    "'=1",
    "\u200b=1",
    "\t=1",
    "\r=1",
    "\n=1",
    "﹦1",
    "“＝1",
    "−1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_in_a_csv_begins_as_a_formula(tmp_path: Path, text: str) -> None:
    table = FigureTable("表", ("单位", "人数"), [(text, 1), ("甲=乙", 2)])
    save_csv(tmp_path, {"one": table})
    write_csv(tmp_path / "two.csv", [table])
    for name, at in (("one", 0), ("two", 1)):
        with (tmp_path / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            assert [row[at] for row in csv.reader(file)][1:] == [f"'{text}", "甲=乙"]


def test_a_text_cannot_part_its_cell_where_lists_are_parted_by_another_sign(tmp_path: Path) -> None:
    save_csv(tmp_path, {"one": FigureTable("表", ("单位", "人数"), [("甲;=1+1", 1)])})
    assert '"甲;=1+1"' in (tmp_path / "one.csv").read_text(encoding="utf-8-sig")


@given(st.text(max_size=200), st.text(max_size=200))
@example("示例厂", "示例厂 ")
@example("A厂", "a厂")
@example("é", "e\u0301")
@example("CON", "con.")
def test_two_units_or_rosters_never_share_a_file_name(one: str, two: str) -> None:
    for named in (lambda text: file_name(text, text), returned_name):
        names = [unicodedata.normalize("NFC", named(f"甲{text}.xlsx")).casefold() for text in (one, two)]
        assert one == two or names[0] != names[1]
        assert all(len(name.encode()) <= 170 and re.fullmatch(r"[\w-]+\.xlsx", name) for name in names)


def test_names_that_share_thirty_two_bits_of_their_sum_stay_apart() -> None:
    """Two rosters found by trying: of equal slugs, the first eight hex digits of their SHA-256 are the same."""
    seen: dict[bytes, str] = {}
    for number in range(400_000):
        name = f"甲{'!' * (number % 7)}{'?' * (number % 11)}" + "".join("!?。，"[number >> 2 * at & 3] for at in range(10)) + ".xlsx"
        first = seen.setdefault(hashlib.sha256(name.encode()).digest()[:4], name)
        if first != name:
            assert returned_name(first) != returned_name(name)
            return
    raise AssertionError("no two found")


def test_a_units_name_comes_first_and_without_anybodys_number() -> None:
    name = file_name("u", "示例厂（210103198001010012）")
    assert name.startswith("示例厂_21-") and "0103" not in name
    assert len(file_name("u", "长" * 300).encode()) < 150
