"""A date cell as the interval of days that it may mean (reading.md, «Facts known in part»)."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
import unicodedata
from functools import lru_cache

from guantong.schemas.text import visible_text

_EPOCH_1900 = dt.date(1899, 12, 30)
FIRST_YEAR, LAST_YEAR = 1900, 2100
FIRST_SERIAL, LAST_SERIAL = 10_000, 99_999  # a number of five digits counts days
_DIGITS = str.maketrans("〇零○ＯO一二三四五六七八九", "00000123456789")
_SEPARATORS = str.maketrans("/\\—–‑−、,，·_。", "------------")
_NOTE = re.compile(
    r"\(?(起|取得|获得|获证|取证|发证|颁发|核发|签发|批准|评定|认定|通过|考取|时间|日期|以证书为准|公历|阳历|星期[一二三四五六日天]|周[一二三四五六日]|已核|已核实|已核验)+\)?$"
)  # any other may say 作废
_CHINESE = re.compile(r"[〇零○ＯO一二三四五六七八九]{4}年")
_TIME = re.compile(
    r"(?<![T\s])[T\s]+(?P<half>上午|下午)?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(:(?P<second>\d{2})(\.\d+)?)?"
    r"\s*(?P<zone>Z|UTC|(?:GMT|UTC)?(?P<sign>[+-])(?P<ahead>\d{2}):?(?P<ahead_minutes>\d{2}))?(\s*\([^()]*\))?$"
)
_IN_CHINA = dt.timedelta(hours=8)
# What programs fall short of midnight by: rounding of a serial, and 5 minutes 43 seconds between Shanghai's own mean time and China's.
_SHORT_OF_MIDNIGHT = dt.timedelta(minutes=6)
_SUMMER_TIME = frozenset((*range(1940, 1950), *range(1986, 1992)))  # years in which China's midnight was at 23:00 of its winter time
_FULL_HOUR_BEFORE = dt.time(23)
_MOST_MILLISECONDS = 4_102_444_800_000  # since 1970, up to 2100
_DAY_OF_MILLISECONDS = 86_400_000
_MONTH_NAMES = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_NAMED_MONTH = rf"(?P<month>{'|'.join(_MONTH_NAMES)})[A-Z]*\.?"
_ENGLISH = [
    re.compile(pattern)
    for pattern in (
        rf"(?:[A-Z]{{3,9}},?\s)?{_NAMED_MONTH}\s(?P<day>\d{{1,2}}),?\s(?P<year>\d{{4}})",
        rf"(?:[A-Z]{{3,9}},?\s)?{_NAMED_MONTH}\s(?P<day>\d{{1,2}})\s00:00:00\sCST\s(?P<year>\d{{4}})",
        rf"(?P<day>\d{{1,2}})[-\s/]{_NAMED_MONTH},?[-\s/](?P<year>\d{{4}})",
        rf"{_NAMED_MONTH},?[-\s/](?P<year>\d{{4}})",
        rf"(?:(?P<day>\d{{1,2}})-)?{_NAMED_MONTH}-(?P<short_year>\d{{2}})",  # as Excel shows a day or its month
    )
]
# Almost all there are; and those with blanks.
_PLAIN = re.compile(r"(\d{4})[-./年、](\d{1,2})(?:[-./月、](\d{1,2})(?:[日号]| 00:00:00)?|月份?)?", re.ASCII)
_SPACED = re.compile(r"(\d{4}) ?年 ?(\d{1,2}) ?月(?: ?(\d{1,2}) ?[日号])?", re.ASCII)
_DAY = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})[日号]?")
_MONTH = re.compile(r"(\d{4})[-./年](\d{1,2})(月份?)?")
_YEAR = re.compile(r"(\d{4})(年度?)?")
_TWO_MONTHS = re.compile(r"\d{4}[-.年]\d{1,2}[/、]\d|\d{4}[./年]\d{1,2}[-–—−~至到]\d")  # 2003.6/7 and 2003.6-7 may be two months, or a day
_LEADING = re.compile(r"^(于|自|取得|获得|获证|取证|发证|颁发|核发|批准|评定|认定|通过|考取)+[:：]?(?=[\d一二])")
_ENCLOSED = re.compile(r"[(\[【]([^()\[\]【】]+)[)\]】]")
_MISTYPED = re.compile(r"(?=.*\d)[\dOoIl\s年月日号./-]+")  # 2OO3.6
_TYPED = str.maketrans("OoIl", "0011")
_SHORT_YEAR = re.compile(r"([05-9]\d)年(\d{1,2})(?:月(?:(\d{1,2})[日号]?)?)?|([5-9]\d)[-.](\d{1,2})(?:[-.](\d{1,2}))?")  # no 10年6月
_PART_OF_YEAR = re.compile(r"(\d{4})年?(?:(春|夏|秋)[季天]?|年?(?:初|中|底|末)|([上下])半年|第?([1-4])季度)")
_PART_OF_MONTH = re.compile(r"(\d{4})[-.年](\d{1,2})月?(?:初|底|末|[上中下]旬)")
_YEAR_LAST = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})")  # 6/15/2003, 15/6/2003
_MONTH_FIRST = re.compile(r"(0?[1-9]|1[0-2])-((?:19|20)\d\d)")  # 6/2019
# A form's place for a month or a day that nobody has filled in: 2019年__月__日, 2019-XX-XX.
_TO_FILL_IN = re.compile(
    r"(?<=\d年)[?_X×*□\s]*月[?_X×*□\s]*日?$|(?<=\d月)[?_X×*□\s]*日$|(?<=^\d{4})([-./]([?×*_□]{1,2}|[Xx]{1,2})){1,2}$|(?<=\d)[-./]([?×*_□]{1,2}|[Xx]{1,2})$"
)
Parsed = tuple[dt.date | None, dt.date | None, str | None]
_UNREADABLE: Parsed = None, None, "date_unreadable"


def parse_date(value: object) -> Parsed:
    """First and last day that ``value`` may mean, or a finding code where it can't be told.

    Takes what a workbook gives: real dates, serial numbers of the 1900 system, and text as
    2019-08-21, 2019.08, 2019年8月, 20190821, 201908, 2019, 二〇一九年八月. A number 2019.1 is
    ``date_ambiguous`` (2019.10 typed as a number loses its last digit).
    """
    if isinstance(value, dt.datetime):
        return _day_of(value)
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
    if number.is_integer():
        return _digits(str(int(number)))
    if FIRST_SERIAL <= number < LAST_SERIAL + 1:
        return _day_of(dt.datetime.combine(_EPOCH_1900, dt.time()) + dt.timedelta(days=number))
    text = repr(number)
    if re.fullmatch(r"(\d{4}|[5-9]\d)\.1", text):
        return None, None, "date_ambiguous"
    if short := re.fullmatch(r"([5-9]\d)\.(\d{1,2})", text):
        return _build(f"19{short[1]}", short[2])
    return _span(_MONTH.fullmatch(text)) if re.fullmatch(r"\d{4}\.\d{1,2}", text) else _UNREADABLE


def _day_of(moment: dt.datetime) -> Parsed:
    """The day of a moment; a little short of midnight, it is the next day that was meant."""
    return _one_day((moment + _SHORT_OF_MIDNIGHT).date() if moment.year <= LAST_YEAR else moment.date())


def _day_of_milliseconds(number: int) -> Parsed:
    """The day in China of a number of milliseconds since 1970; of twelve digits only where it is a midnight, for it may be anything else."""
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=number) + _IN_CHINA
    nearly = (moment + _SHORT_OF_MIDNIGHT).time()
    if number < 10**12 and nearly > dt.time(0, 6) and number % _DAY_OF_MILLISECONDS:
        return _UNREADABLE
    return _day_of(moment)


def _digits(text: str) -> Parsed:
    if len(text) in (12, 13) and not text.startswith("0") and int(text) < _MOST_MILLISECONDS:
        return _day_of_milliseconds(int(text))
    if len(text) == 14 and re.fullmatch(r"([01]\d|2[0-4])[0-5]\d[0-5]\d", text[8:]):
        text = text[:8]
    if len(text) == 8:
        return _build(text[:4], text[4:6], text[6:])
    if len(text) == 6:
        return _build(text[:4], text[4:])
    if len(text) == 5:
        return _one_day(_EPOCH_1900 + dt.timedelta(days=int(text)))
    return _build(text) if len(text) == 4 else _UNREADABLE


def _text(text: str) -> Parsed:
    if _TWO_MONTHS.match(text):
        return _UNREADABLE
    if (found := _PLAIN.fullmatch(text) or _SPACED.fullmatch(text)) and found[2] != "0":
        return _build(found[1], found[2], found[3] or "")
    if text.isascii() and text.isdigit():
        return _digits(text)
    text = unicodedata.normalize("NFKC", text).strip(" '\"’‘“”。")
    if time := _TIME.search(text):
        return _with_time(_without_time(text[: time.start()]), time)
    return _without_time(text)


def _with_time(day: Parsed, time: re.Match[str]) -> Parsed:
    """A day with a time of day beside it: told in another zone, it is the day in China."""
    first, last, code = day
    hour = int(time["hour"]) + (12 if time["half"] == "下午" and int(time["hour"]) < 12 else 0)
    if code or first != last or first is None or hour > 23 or int(time["minute"]) > 59:
        return day if code else _UNREADABLE
    moment = dt.datetime.combine(first, dt.time()) + dt.timedelta(hours=hour, minutes=int(time["minute"]), seconds=int(time["second"] or 0))
    if time["zone"]:
        ahead = dt.timedelta(hours=int(time["ahead"] or 0), minutes=int(time["ahead_minutes"] or 0))
        moment += _IN_CHINA - (-ahead if time["sign"] == "-" else ahead)
        if moment.year in _SUMMER_TIME and moment.time() == _FULL_HOUR_BEFORE:
            moment += dt.timedelta(hours=1)
    return _day_of(moment)


@lru_cache(8192)
def _without_time(text: str) -> Parsed:
    if enclosed := _ENCLOSED.fullmatch(text):
        text = enclosed[1]
    text = _LEADING.sub("", _NOTE.sub("", text))
    if re.search("[—–~至]", text) and re.search("[-./年]", text):
        return _UNREADABLE  # a span of time is no date
    if _MISTYPED.fullmatch(text):
        text = text.translate(_TYPED)
    text = _TO_FILL_IN.sub("", text)
    if re.search("[A-Za-z]", text) and not _CHINESE.match(text):
        return _english(text.upper())
    text = re.sub(r"(?<=\d)\s+(?=\d)", "-", text)
    text = re.sub(r"\s+", "", text).translate(_SEPARATORS).strip("-.")
    text = re.sub(r"(?<=^\d{4})\.0+$|(?<=^\d{5})\.0+$|(?<=^\d{6})\.0+$|(?<=^\d{8})\.0+$", "", text)  # a number, as text
    if re.fullmatch(r"\d+", text):
        return _digits(text)
    if _CHINESE.match(text):
        text = text[:4].translate(_DIGITS) + text[4:]
    text = chinese_numbers(text.replace("元月", "1月").replace("廿", "二十"))
    for pattern in (_DAY, _MONTH, _YEAR):
        if found := pattern.fullmatch(text):
            return _span(found)
    return _loosely(text)


def _loosely(text: str) -> Parsed:
    """What a text tells that says the year in two digits, a part of a year or month in words, or the year last."""
    if found := _SHORT_YEAR.fullmatch(text):
        short, *rest = [part for part in found.groups() if part]
        return _build(("20" if short[0] == "0" else "19") + short, *rest)
    if found := _PART_OF_YEAR.fullmatch(text):
        first, last, code = _build(found[1])
        quarter = int(found[4] or 0)
        months = (3 * quarter - 2, 3 * quarter) if quarter else {"上": (1, 6), "下": (7, 12)}.get(found[3])
        if code or months is None:
            return first, last, code
        return _build(found[1], str(months[0]))[0], _build(found[1], str(months[1]))[1], None
    if found := _PART_OF_MONTH.fullmatch(text):
        return _build(found[1], found[2])
    if found := _MONTH_FIRST.fullmatch(text):
        return _build(found[2], found[1])
    if (found := _YEAR_LAST.fullmatch(text)) and (int(found[1]) > 12) != (int(found[2]) > 12):
        month, day = sorted((found[1], found[2]), key=int)
        return _build(found[3], month, day)
    return _UNREADABLE


def _english(text: str) -> Parsed:
    """21-Aug-2019, August 2019, Aug-19, and a moment as programs write it: Wed Aug 21 00:00:00 CST 2019."""
    found = next((match for pattern in _ENGLISH if (match := pattern.fullmatch(text.strip()))), None)
    if found is None:
        return _UNREADABLE
    told = found.groupdict()
    short = int(told.get("short_year") or 0)
    year = told.get("year") or str(short + (2000 if short < 30 else 1900))
    return _build(year, str(_MONTH_NAMES.index(found["month"]) + 1), told.get("day") or "")


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
    d = int(day or 0)
    if 1 <= d <= 28:
        return dt.date(y, m, d), dt.date(y, m, d), None
    last = calendar.monthrange(y, m)[1]
    if not day:
        return dt.date(y, m, 1), dt.date(y, m, last), None
    return _one_day(dt.date(y, m, d)) if 1 <= d <= last else _UNREADABLE


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
