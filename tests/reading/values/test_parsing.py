"""Cells read one at a time: levels, identifiers by their standards, masks over personal data."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.schemas.catalogue import fields
from guantong.schemas.findings import shown_value
from guantong.schemas.text import mask_numbers
from guantong.schemas.values.identity import are_id_numbers, are_unit_codes
from guantong.schemas.values.parsers import PARSERS

WORDS = {1: "初级工", 2: "中级工", 3: "高级工", 4: "技师", 5: "高级技师"}
NUMERALS = {
    1: ("五", "5", "５", "Ⅴ"),
    2: ("四", "4", "４", "Ⅳ"),
    3: ("三", "3", "３", "Ⅲ"),
    4: ("二", "2", "２", "Ⅱ"),
    5: ("一", "1", "１", "Ⅰ"),
}
PREFIXES = ("", "国家职业资格", "职业资格", "职业技能等级", "技能等级：")
JOINED = ("{p}/{w}", "{w}/{p}", "{w}（{p}）", "{p}（{w}）", "{p}{w}", "{w}{p}", "{p} {w}")
RANKS = st.integers(1, 5)
ID_ALPHABET = "0123456789X"
CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, Z, S, V


def skill(cell: object) -> tuple[int | None, str | None]:
    """The rank that a 技能等级 cell says, and its finding code."""
    found = PARSERS["skill"](cell, fields()["skill"])
    return found.values.get("_rank"), found.code


@given(rank=RANKS, prefix=st.sampled_from(PREFIXES), numeral=st.integers(0, 3), suffix=st.sampled_from(["", "证书"]))
def test_the_printed_number_runs_the_other_way_from_rank(rank: int, prefix: str, numeral: int, suffix: str) -> None:
    assert skill(f"{prefix}{NUMERALS[rank][numeral]}级{suffix}") == (rank, None)


@given(printed=RANKS, word=RANKS, numeral=st.integers(0, 3), joined=st.sampled_from(JOINED), prefix=st.sampled_from(PREFIXES))
def test_a_number_and_a_word_agree_or_the_level_is_unknown(printed: int, word: int, numeral: int, joined: str, prefix: str) -> None:
    cell = prefix + joined.format(p=f"{NUMERALS[printed][numeral]}级", w=WORDS[word])
    assert skill(cell) == ((word, None) if printed == word else (None, "skill_unreadable"))


@pytest.mark.parametrize(("cell", "rank"), [("中级/二级", 4), ("副高级/一级", 5), ("初级/三级", 3), ("正高级/一级", 5)])
def test_in_a_drop_down_shared_with_titles_the_printed_number_counts(cell: str, rank: int) -> None:
    assert skill(cell) == (rank, None)


@pytest.mark.parametrize("cell", ["六级", "0级", "三级/二级", 3, "级", "高极工", "技师班", "二级建造师", "三级医院"])
def test_a_level_that_is_none_is_never_guessed(cell: object) -> None:
    assert skill(cell) == (None, "skill_unreadable")


NOTES = {
    "post": ("技能岗位", "一线 焊工 一车间 工艺 2023年", "挂靠 名义 2025.6前 已转管理 待定"),
    "frontline": ("是", "三车间 生产一线", "短期 待核 名义 机关 管理 行政部"),
    "assessment": ("合格", "2023 95分 B 称职 示例公司", "补考 试用 申诉中 公示 待定 班组 党员 安全 技术 原公司"),
    "title_series": ("工程系列", "机械 电气", "拟 待定 作废 助理"),
}


@pytest.mark.parametrize("field", NOTES)
def test_a_note_beside_a_word_is_known_to_be_harmless_or_makes_the_cell_unreadable(field: str) -> None:
    word, harmless, others = NOTES[field]
    item = fields()[field]
    for note in harmless.split():
        assert PARSERS[item.kind](f"{word}（{note}）", item).values.get("") == word, note
    for note in others.split():
        assert PARSERS[item.kind](f"{word}（{note}）", item).is_unread, note


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    """A made-up ID number by GB 11643: the region is a whole city's, so nobody's."""
    born = draw(st.dates(dt.date(1930, 1, 1), dt.date(2009, 12, 31)))
    first17 = f"2{draw(st.integers(10100, 11400))}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    total = sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(first17))
    return first17 + ID_ALPHABET[(1 - total) % 11]


@st.composite
def unit_codes(draw: st.DrawFn) -> str:
    """A made-up 统一社会信用代码 by GB 32100; the check of its organisation code is not asked for."""
    first17 = "91210100FAKE" + draw(st.text(CODE_ALPHABET, min_size=5, max_size=5))
    total = sum(CODE_ALPHABET.index(character) * 3**at for at, character in enumerate(first17))
    return first17 + CODE_ALPHABET[-total % 31]


def sound(test: object, text: str) -> bool:
    return bool(test(pd.Series([text], dtype="str"))[0])


def changed(text: str, at: int, alphabet: str, by: int) -> str:
    """The text with another character of the alphabet at a place."""
    return text[:at] + alphabet[(alphabet.index(text[at]) + by) % len(alphabet)] + text[at + 1 :]


def test_the_standards_own_examples_are_sound() -> None:
    assert sound(are_id_numbers, "11010519491231002X")
    assert sound(are_unit_codes, "91350100M000100Y43")


@given(number=id_numbers(), at=st.integers(0, 17), by=st.integers(1, 9))
def test_any_one_changed_digit_of_an_id_number_is_found(number: str, at: int, by: int) -> None:
    assert sound(are_id_numbers, number)
    wrong = changed(number, at, ID_ALPHABET if at == 17 else ID_ALPHABET[:10], by)
    assert not sound(are_id_numbers, wrong)


@given(number=id_numbers(), at=st.integers(0, 15))
def test_any_two_neighbours_of_an_id_number_put_in_the_wrong_order_are_found(number: str, at: int) -> None:
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert sound(are_id_numbers, swapped) == (swapped == number)


@given(code=unit_codes(), at=st.integers(0, 17), by=st.integers(1, 30))
def test_any_one_changed_character_of_a_unit_code_is_found(code: str, at: int, by: int) -> None:
    assert sound(are_unit_codes, code)
    assert not sound(are_unit_codes, changed(code, at, CODE_ALPHABET, by))


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_text_makes_the_checks_fail(number: str, code: str) -> None:
    assert sound(are_id_numbers, number) in (True, False)
    assert sound(are_unit_codes, code) in (True, False)


def as_typed(number: str) -> st.SearchStrategy[str]:
    """The ways in which people type an ID number."""
    wide = number.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))
    return st.sampled_from([number, number.lower(), f"{number[:6]} {number[6:14]} {number[14:]}", wide, f"\u200b{number}", f"'{number}"])


AROUND = st.text("张示例，。（）:- \n\u3000abc", max_size=6)


@given(st.data(), id_numbers(), AROUND, AROUND, st.sampled_from(list(fields())))
def test_a_finding_never_shows_an_id_number(data: st.DataObject, number: str, before: str, after: str, name: str) -> None:
    shown = shown_value(before + data.draw(as_typed(number)) + after, fields()[name])
    assert digits(number) not in digits(shown)


@given(st.data(), id_numbers(), AROUND, AROUND, st.sampled_from(["text", "name"]))
def test_a_label_never_keeps_an_id_number(data: st.DataObject, number: str, before: str, after: str, kind: str) -> None:
    field = next(field for field in fields().values() if field.kind == kind)
    kept = PARSERS[kind](before + data.draw(as_typed(number)) + after, field).values[""]
    assert digits(number) not in digits(kept)


def digits(text: str) -> str:
    """The digits of a text, of any width: what a reader would put together."""
    return "".join(str(int(character)) for character in text if character.isdecimal())


@pytest.mark.parametrize("text", ["13800000000", "联系电话13800000000转1", "2019-08-21", "210100"])
def test_phone_numbers_are_masked_and_other_numbers_are_not(text: str) -> None:
    assert ("13800000000" in mask_numbers(text)) is False
    assert ("138" in text) == (mask_numbers(text) != text)
