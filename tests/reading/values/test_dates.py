"""Dates: every way of writing a day, a month or a year gives the interval that it may mean (reading.md)."""

from __future__ import annotations

import calendar
import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guantong.schemas.values.dates import parse_date

DAYS = st.dates(dt.date(1930, 1, 1), dt.date(2099, 12, 31))
CHINESE = "〇一二三四五六七八九"
WIDE = str.maketrans("0123456789.-/", "０１２３４５６７８９．－／")


def numeral(number: int) -> str:
    """1 to 31 in Chinese: 九, 十, 十九, 二十, 三十一."""
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else f"{CHINESE[tens]}十") + (CHINESE[ones] if ones else "")


def year_in_chinese(year: int) -> str:
    return "".join(CHINESE[int(digit)] for digit in str(year))


DAY_FORMS = {
    "date": lambda d: d,
    "datetime": lambda d: dt.datetime.combine(d, dt.time(0)),
    "serial number": lambda d: (d - dt.date(1899, 12, 30)).days,
    "serial number with time": lambda d: (d - dt.date(1899, 12, 30)).days + 0.25,
    "serial number as text": lambda d: str((d - dt.date(1899, 12, 30)).days),
    "eight digits": lambda d: f"{d:%Y%m%d}",
    "eight digits as a number": lambda d: float(f"{d:%Y%m%d}"),
    "ISO": lambda d: d.isoformat(),
    "ISO with time": lambda d: f"{d} 00:00:00",
    "points": lambda d: f"{d.year}.{d.month}.{d.day}",
    "points and zeros": lambda d: f"{d:%Y.%m.%d}",
    "strokes": lambda d: f"{d.year}/{d.month}/{d.day}",
    "年月日": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "年月日 spaced": lambda d: f" {d.year} 年 {d.month} 月 {d.day} 日 ",
    "号": lambda d: f"{d.year}年{d.month}月{d.day}号",
    "Chinese numerals": lambda d: f"{year_in_chinese(d.year)}年{numeral(d.month)}月{numeral(d.day)}日",
    "full width": lambda d: f"{d:%Y.%m.%d}".translate(WIDE),
    "、": lambda d: f"{d.year}、{d.month}、{d.day}",
    "a little short of midnight": lambda d: dt.datetime.combine(d, dt.time(0)) - dt.timedelta(seconds=43),
    "serial number short of midnight": lambda d: (d - dt.date(1899, 12, 30)).days - 0.0005,
    "midnight in China, told in UTC": lambda d: f"{d - dt.timedelta(days=1)}T16:00:00.000Z",
    "in Shanghai's own time, told in UTC": lambda d: f"{d - dt.timedelta(days=1)} 15:54:17Z",
    "with China's zone": lambda d: f"{d}T00:00:00+08:00",
    "with a zone ahead of China's": lambda d: f"{d}T01:00:00.000+0900",
    "as a browser writes it": lambda d: f"{d:%a %b %d %Y} 00:00:00 GMT+0800 (中国标准时间)",
    "as a server writes it": lambda d: f"{d:%a %b %d} 00:00:00 CST {d.year}",
    "the month in English": lambda d: f"{d.day}-{d:%b}-{d.year}",
    "with its weekday": lambda d: f"{d.year}年{d.month}月{d.day}日 星期{'一二三四五六日'[d.weekday()]}",
    "fourteen digits": lambda d: f"{d:%Y%m%d}000000",
    "full stops": lambda d: f"{d.year}。{d.month}。{d.day}",
    "digits with a nought behind": lambda d: f"{d:%Y%m%d}.0",
    "invisible characters": lambda d: f"\ufeff{d}\u200b",
}
MONTH_FORMS = {
    "ISO": lambda y, m: f"{y}-{m:02d}",
    "points": lambda y, m: f"{y}.{m:02d}",
    "points without zero": lambda y, m: f"{y}.{m}",
    "strokes": lambda y, m: f"{y}/{m}",
    "six digits": lambda y, m: f"{y}{m:02d}",
    "six digits as a number": lambda y, m: y * 100 + m,
    "年月": lambda y, m: f"{y}年{m}月",
    "年月 with zero": lambda y, m: f"{y}年{m:02d}月",
    "月份": lambda y, m: f"{y}年{m}月份",
    "Chinese numerals": lambda y, m: f"{year_in_chinese(y)}年{numeral(m)}月",
    "full width": lambda y, m: f"{y}．{m:02d}".translate(WIDE),
    "full stop": lambda y, m: f"{y}。{m}",
    "digits with a nought behind": lambda y, m: f"{y}{m:02d}.0",
    "in English": lambda y, m: f"{dt.date(y, m, 1):%B} {y}",
}
YEAR_FORMS = {
    "text": str,
    "float as text": lambda y: f"{y}.0",
    "number": lambda y: y,
    "float": float,
    "年": lambda y: f"{y}年",
    "年度": lambda y: f"{y}年度",
    "Chinese numerals": lambda y: f"{year_in_chinese(y)}年",
    "full width": lambda y: str(y).translate(WIDE),
}
YEARS = st.integers(1930, 2099)
MONTHS = st.integers(1, 12)


@pytest.mark.parametrize("form", DAY_FORMS)
@given(day=DAYS)
def test_a_day_is_that_day(form: str, day: dt.date) -> None:
    assert parse_date(DAY_FORMS[form](day)) == (day, day, None)


@pytest.mark.parametrize("form", MONTH_FORMS)
@given(year=YEARS, month=MONTHS)
def test_a_month_is_any_of_its_days(form: str, year: int, month: int) -> None:
    last = calendar.monthrange(year, month)[1]
    assert parse_date(MONTH_FORMS[form](year, month)) == (dt.date(year, month, 1), dt.date(year, month, last), None)


@pytest.mark.parametrize("form", YEAR_FORMS)
@given(year=YEARS)
def test_a_year_is_any_of_its_days(form: str, year: int) -> None:
    assert parse_date(YEAR_FORMS[form](year)) == (dt.date(year, 1, 1), dt.date(year, 12, 31), None)


@given(year=YEARS, month=MONTHS)
def test_a_month_typed_as_a_number_is_told_where_it_can_be(year: int, month: int) -> None:
    """2019.10 typed as a number has become 2019.1: January or October. 2019.2 can only be meant as 2019.02 or 2019.2."""
    first, last, code = parse_date(float(f"{year}.{month:02d}"))
    if month == 10:
        assert (first, last, code) == (None, None, "date_ambiguous")
    else:
        assert (first.year, first.month, first.day, code) == (year, month, 1, None)
        assert last == dt.date(year, month, calendar.monthrange(year, month)[1])


@given(year=YEARS)
def test_january_typed_as_one_digit_may_be_october(year: int) -> None:
    assert parse_date(float(f"{year}.1")) == (None, None, "date_ambiguous")


@given(year=YEARS, month=st.integers(1, 12), day=st.integers(29, 99))
def test_a_day_that_the_month_has_not_is_unreadable(year: int, month: int, day: int) -> None:
    if day > calendar.monthrange(year, month)[1]:
        assert parse_date(f"{year}-{month:02d}-{day}") == (None, None, "date_unreadable")


@given(day=st.dates(dt.date(2002, 1, 1), dt.date(2099, 12, 31)), hour=st.integers(0, 23))
def test_milliseconds_since_1970_are_a_day_in_china(day: dt.date, hour: int) -> None:
    moment = dt.datetime.combine(day, dt.time(hour), dt.timezone(dt.timedelta(hours=8)))
    assert parse_date(str(int(moment.timestamp() * 1000))) == (day, day, None)


def test_a_month_with_two_digits_of_its_year_is_that_month_and_a_day_without_a_year_is_none() -> None:
    """Excel shows the month of a date as Aug-19, and a day of any year as 19-Aug."""
    assert parse_date("Aug-19") == (dt.date(2019, 8, 1), dt.date(2019, 8, 31), None)
    assert parse_date("Aug-98")[0] == dt.date(1998, 8, 1)
    assert parse_date("19-Aug") == (None, None, "date_unreadable")


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        *(
            ("98年3月", (1998, 3, 1), (1998, 3, 31)),
            ("03年6月5日", (2003, 6, 5), (2003, 6, 5)),
            ("〇三年六月", (2003, 6, 1), (2003, 6, 30)),
        ),
        *(("98.3", (1998, 3, 1), (1998, 3, 31)), (98.3, (1998, 3, 1), (1998, 3, 31)), ("98-03-15", (1998, 3, 15), (1998, 3, 15))),
        *(
            ("6/2003", (2003, 6, 1), (2003, 6, 30)),
            ("06-2003", (2003, 6, 1), (2003, 6, 30)),
            ("二O〇三年十二月", (2003, 12, 1), (2003, 12, 31)),
        ),
        *(
            ("2003年 月 日", (2003, 1, 1), (2003, 12, 31)),
            ("2003年6月__日", (2003, 6, 1), (2003, 6, 30)),
            ("2003-XX-XX", (2003, 1, 1), (2003, 12, 31)),
        ),
        *(("2003.6.?", (2003, 6, 1), (2003, 6, 30)), ("2003年？月", (2003, 1, 1), (2003, 12, 31))),
        *(("2003年春", (2003, 1, 1), (2003, 12, 31)), ("2003年底", (2003, 1, 1), (2003, 12, 31))),
        *(("2003年上半年", (2003, 1, 1), (2003, 6, 30)), ("2003年二季度", (2003, 4, 1), (2003, 6, 30))),
        *(("2003年6月底", (2003, 6, 1), (2003, 6, 30)), ("6/15/2003", (2003, 6, 15), (2003, 6, 15))),
        *(("15/06/2003", (2003, 6, 15), (2003, 6, 15)), ("1-Jun-03", (2003, 6, 1), (2003, 6, 1))),
        *(
            ("2OO3.6", (2003, 6, 1), (2003, 6, 30)),
            ("取得于2003年6月", (2003, 6, 1), (2003, 6, 30)),
            ("（2003.6）", (2003, 6, 1), (2003, 6, 30)),
        ),
    ],
)
def test_a_day_is_read_as_loosely_as_a_person_would(cell: object, first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    assert parse_date(cell) == (dt.date(*first), dt.date(*last), None)


def test_twelve_digits_that_may_be_a_day_or_a_number_of_milliseconds_are_unreadable() -> None:
    assert parse_date("201908210830") == (None, None, "date_unreadable")


def test_midnight_of_a_summer_in_which_clocks_were_ahead_is_the_day_that_it_began() -> None:
    assert parse_date("1988-06-30T15:00:00.000Z")[0] == dt.date(1988, 7, 1)


@pytest.mark.parametrize(
    "value",
    [dt.date(1, 1, 1), dt.datetime(1899, 12, 31), dt.date(2101, 1, 1), dt.date(9999, 12, 31), "00001"],
)
def test_a_day_of_a_year_that_no_roster_speaks_of_is_unreadable(value: object) -> None:
    assert parse_date(value) == (None, None, "date_unreadable")


@pytest.mark.parametrize(
    "value",
    [
        "不详",
        "2003.6-7",
        "2003年6-7月",
        "2003/06-08",
        "13/2003",
        "8月21日",
        "2003?",
        "200?年6月",
        "见证书",
        "2019.13",
        "2019年00月",
        "201913",
        "1年",
        "2019.08至今",
        "2019-08/2020-08",
        "2003.6/7",
        "2003年6、7月",
        "10年6月",
        "03.06.01",
        "5/6/2003",
        True,
        float("nan"),
        123,
        -1.5,
        "２０",
    ],
)
def test_what_is_no_date_is_unreadable(value: object) -> None:
    assert parse_date(value) == (None, None, "date_unreadable")


@example(-1000)
@example(99999)
@example("00001")
@given(st.one_of(st.text(max_size=12), st.text("0123456789-./年月日 ", max_size=12), st.floats(), st.integers()))
def test_any_cell_is_an_interval_or_a_finding(value: object) -> None:
    first, last, code = parse_date(value)
    if code is None:
        assert dt.date(1899, 12, 30) <= first <= last <= dt.date(2100, 12, 31)  # day 0 of Excel; before 1930 a check finds it
        assert (last - first).days < 366
    else:
        assert (first, last) == (None, None) and code in ("date_unreadable", "date_ambiguous")
