"""A date cell as the interval of days that it may mean (reading.md, «Facts known in part»)."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
import unicodedata

from guantong.schemas.text import visible_text

_EPOCH_1900 = dt.date(1899, 12, 30)
FIRST_YEAR, LAST_YEAR = 1900, 2100
FIRST_SERIAL, LAST_SERIAL = 10_000, 99_999  # a number of five digits counts days
_DIGITS = str.maketrans("〇零○ＯO一二三四五六七八九", "00000123456789")
_SEPARATORS = str.maketrans("/\\—–‑−、,，·_", "-----------")
_NOTE = re.compile(
    r"\(?(起|取得|获得|获证|取证|发证|颁发|核发|签发|批准|评定|认定|通过|考取|时间|日期|以证书为准|公历|阳历|已核|已核实|已核验)+\)?$"
)  # any other may say 作废
_CHINESE = re.compile(r"[〇零○ＯO一二三四五六七八九]{4}年")
_TIME = re.compile(r"(?<![T\s])[T\s]+((上午|下午)\s*)?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
_PLAIN = re.compile(r"(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})[日号]?|月份?)?", re.ASCII)  # almost all there are
_DAY = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})[日号]?")
_MONTH = re.compile(r"(\d{4})[-./年](\d{1,2})(月份?)?")
_YEAR = re.compile(r"(\d{4})(年度?)?")
Parsed = tuple[dt.date | None, dt.date | None, str | None]
_UNREADABLE: Parsed = None, None, "date_unreadable"


def parse_date(value: object) -> Parsed:
    """First and last day that ``value`` may mean, or a finding code where it can't be told.

    Takes what a workbook gives: real dates, serial numbers of the 1900 system, and text as
    2019-08-21, 2019.08, 2019年8月, 20190821, 201908, 2019, 二〇一九年八月. A number 2019.1 is
    ``date_ambiguous`` (2019.10 typed as a number loses its last digit).
    """
    if isinstance(value, dt.datetime):
        return _one_day(value.date())
    if isinstance(value, dt.date):
        return _one_day(value)
    if isinstance(value, bool | dt.time | dt.timedelta):
        return _UNREADABLE
    if isinstance(value, int | float):
        return _number(float(value))
    return _text(visible_text(value))


def _one_day(day: dt.date) -> Parsed:
    return (day, day, None) if FIRST_YEAR <= day.year <= LAST_YEAR else _UNREADABLE


def _number(number: float) -> Parsed:
    if not math.isfinite(number) or number < 0:
        return _UNREADABLE
    if number.is_integer() or FIRST_SERIAL <= number < LAST_SERIAL + 1:
        return _digits(str(int(number)))
    text = repr(number)
    if re.fullmatch(r"\d{4}\.1", text):
        return None, None, "date_ambiguous"
    return _span(_MONTH.fullmatch(text)) if re.fullmatch(r"\d{4}\.\d{1,2}", text) else _UNREADABLE


def _digits(text: str) -> Parsed:
    if len(text) == 8:
        return _build(text[:4], text[4:6], text[6:])
    if len(text) == 6:
        return _build(text[:4], text[4:])
    if len(text) == 5:
        return _one_day(_EPOCH_1900 + dt.timedelta(days=int(text)))
    return _build(text) if len(text) == 4 else _UNREADABLE


def _text(text: str) -> Parsed:
    if found := _PLAIN.fullmatch(text):
        return _span(found)
    text = unicodedata.normalize("NFKC", text).strip(" '\"’‘“”。")
    text = _NOTE.sub("", _TIME.sub("", text))
    if re.search("[—–~至]", text) and re.search("[-./年]", text):
        return _UNREADABLE  # a span of time is no date
    text = re.sub(r"(?<=\d)\s+(?=\d)", "-", text)
    text = re.sub(r"\s+", "", text).translate(_SEPARATORS).strip("-.")
    if re.fullmatch(r"\d+", text):
        return _digits(text)
    if _CHINESE.match(text):
        text = text[:4].translate(_DIGITS) + text[4:]
    text = chinese_numbers(text.replace("元月", "1月").replace("廿", "二十"))
    for pattern in (_DAY, _MONTH, _YEAR):
        if found := pattern.fullmatch(text):
            return _span(found)
    return _UNREADABLE


def _span(found: re.Match[str] | None) -> Parsed:
    if found is None:
        return _UNREADABLE
    return _build(*[part for part in found.groups() if part and part.isdigit()])


def _build(year: str, month: str = "", day: str = "") -> Parsed:
    y = int(year)
    if not FIRST_YEAR <= y <= LAST_YEAR:
        return _UNREADABLE
    if not month:
        return dt.date(y, 1, 1), dt.date(y, 12, 31), None
    m = int(month)
    if not 1 <= m <= 12:
        return _UNREADABLE
    last = calendar.monthrange(y, m)[1]
    if not day:
        return dt.date(y, m, 1), dt.date(y, m, last), None
    return _one_day(dt.date(y, m, int(day))) if 1 <= int(day) <= last else _UNREADABLE


def chinese_numbers(text: str) -> str:
    """Chinese numbers up to 九十九 in ``text`` as digits: 十二个月 → 12个月."""
    return re.sub(
        r"(?<![一二三四五六七八九十〇零])(?:[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九〇零]{1,8})(?![一二三四五六七八九十〇零])",
        _chinese_number,
        text,
    )


def _chinese_number(found: re.Match[str]) -> str:
    tens, ten, ones = found[0].partition("十")
    if not ten:
        return found[0].translate(_DIGITS)
    return str((int(tens.translate(_DIGITS)) if tens else 1) * 10 + (int(ones.translate(_DIGITS)) if ones else 0))
