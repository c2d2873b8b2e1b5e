"""Numbers that tell a person, found anywhere in a text: ID, mobile phone, bank card and certificate numbers, written in any way.

Digits of any script count, and whatever is no letter may stand between two of them. All of it takes time in proportion to the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

FEWEST_DIGITS = 11  # of a number that is found
_LONG = 15  # digits in one piece that are a number of a person, whatever they are: nothing else in a roster has so many
_DIGIT = r"\d²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒"
_GAP = r"[\W_\u115f\u1160\u3164\uffa0]{0,60}+"  # the last are letters to Unicode, and blanks to the eye
_BEFORE_X = r"(?:[^\w×✕✖]|[_\u115f\u1160\u3164\uffa0]){0,60}+"
_X = "XxＸｘХхΧχⅩⅹ×✕✖"
_MAY = re.compile(rf"(?:[^{_DIGIT}]*+[{_DIGIT}]){{{FEWEST_DIGITS}}}")
_RUN = re.compile(rf"[{_DIGIT}](?:{_GAP}[{_DIGIT}])*+(?:{_BEFORE_X}[{_X}])?")
_BORN = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_STAMP = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?")  # 20190821123000
_YEAR, _MONTH = re.compile(r"(?:19|20)\d\d"), re.compile(r"0?[1-9]|1[0-2]")
_REGIONS = frozenset("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91".split())
_OFFICES = frozenset("11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 59 61 62 69 71 72 79 81 89 91 92 93 A1 A9 N1 N2 N3 N9 Y1".split())
_WEIGHTS, _CHECK = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
_CODE, _CODE_CHARACTERS = re.compile(r"[0-9A-Z]+"), "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PREFIXES = ("86", "086", "0086")  # of a mobile phone number, beside any one digit
_PLAIN = re.compile(r"(?<!\d)(?:([1-9]\d{16}[\dX])|([1-9]\d{14})|1[3-9]\d{9})(?!\d)")


@dataclass(frozen=True)
class PersonalNumber:
    """A number of a person: from ``start`` to ``end`` of the text, ``shown`` characters of which tell nothing yet."""

    start: int
    end: int
    shown: int = 2


def find_personal_numbers(text: str) -> Iterator[PersonalNumber]:
    """The numbers of people in a text, from its beginning; none overlap."""
    if _MAY.match(text):
        for found in _RUN.finditer(text):
            if found.end() - found.start() >= FEWEST_DIGITS:
                yield from _Run(text, *found.span()).numbers()


def has_personal_number(text: str) -> bool:
    """Whether an ID or phone number stands in a text in its `norm`, by itself and in one piece."""
    return any(not (found[1] or found[2]) or _born(found[0][:17]) for found in _PLAIN.finditer(text))


class _Run:
    """Digits of a text that follow each other with nothing but gaps between: by their index, their places in the text and their pieces."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.places = [at for at in range(start, end) if unicodedata.digit(text[at], None) is not None]
        self.digits = "".join(str(unicodedata.digit(text[at])) for at in self.places)
        self.x_end = end if text[end - 1] in _X else None
        edges = [0, *(at + 1 for at, (one, two) in enumerate(pairwise(self.places)) if two > one + 1), len(self.places)]
        self.pieces = list(pairwise(edges))
        self.edges = set(edges)
        self.begins = edges[:-1]

    def numbers(self) -> Iterator[PersonalNumber]:
        """The numbers in the run: pieces that are long enough by themselves, and what the others make together."""
        at = 0
        for first, last in self.pieces:
            first = max(first, at)
            code = last - first >= FEWEST_DIGITS and self._is_unit_code(first, last)
            if code or last - first >= _LONG:
                first, last = (first, last) if code else self._around(at, first, last)
                yield from self._together(at, first)
                if not code:
                    yield self._number(first, last)
                at = last
        yield from self._together(at, len(self.digits))

    def _around(self, at: int, first: int, last: int) -> tuple[int, int]:
        """The ID number that a long piece is the most of, else the piece."""
        ends = ((start, start + size) for size in (18, 17) for start in range(max(at, last - size), first + 1))
        return next((span for span in ends if self._fits(*span, len(self.digits)) and self._is_id(*span)), (first, last))

    def _fits(self, first: int, last: int, end: int) -> bool:
        """Whether the digits are there; 17 of them where an X stands behind."""
        return last <= end and (last - first != 17 or (self.x_end is not None and last == len(self.digits)))

    def _together(self, at: int, last: int) -> Iterator[PersonalNumber]:
        while last - at >= FEWEST_DIGITS:
            size, shown = self._size_at(at, last)
            if size:
                yield self._number(at, at + size, shown)
                self.edges.add(at + size)  # another may begin here
            at += size or 1

    def _number(self, first: int, last: int, shown: int = 2) -> PersonalNumber:
        end = self.places[last - 1] + 1
        if self.x_end is not None and last == len(self.digits) and last - first >= 17:
            end = self.x_end
        return PersonalNumber(self.places[first], end, shown)

    def _size_at(self, at: int, last: int) -> tuple[int, int]:
        """How many digits the number has that begins at ``at``, and how many of them are shown; (0, 0) where none begins."""
        for size in (18, 17, 15):
            if self._fits(at, at + size, last) and self._is_id(at, at + size):
                return size, 2
        if self._is_card(at, last):
            return last - at, 2
        return (FEWEST_DIGITS, 3) if self._is_phone(at) else (0, 0)

    def _is_id(self, first: int, last: int) -> bool:
        digits = self.digits[first:last]
        if digits[:2] not in _REGIONS:
            return False
        if len(digits) == 15:
            return _born(digits) and {first, last} <= self.edges and not self._has_date(first, last, 6)
        if not _born(digits):  # one with a slip in its date, where nothing else stands beside it
            return first == 0 and last == len(self.digits) and not self._has_date(first, last, 6)
        apart = {first, first - 1} & self.edges and {last, last + 1} & self.edges
        return _sound(digits) or (bool(apart) and not self._has_date(first, last, 6))

    def _is_phone(self, first: int) -> bool:
        if self.digits[first] != "1" or self.digits[first + 1] < "3":
            return False
        begin, end = self.pieces[bisect_right(self.begins, first) - 1]
        if end - begin >= FEWEST_DIGITS:
            return first + FEWEST_DIGITS <= end and not _STAMP.fullmatch(self.digits[begin:end])
        before, end = self.digits[begin:first], first + FEWEST_DIGITS
        begins = first in self.edges or len(before) == 1 or before in _PREFIXES
        return begins and bool({end, end + 1} & self.edges) and not self._has_date(first, end, -1)

    def _is_card(self, first: int, last: int) -> bool:
        """Whether a bank card's number in pieces of equal length, but for the last, is all that is left."""
        if not 16 <= last - first <= 19:
            return False
        sizes = [end - begin for begin, end in self._pieces(first, last) if end <= last]
        if not (sum(sizes) == last - first and self.digits[first] in "3456" and len(set(sizes[:-1])) == 1):
            return False
        doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(self.digits[first:last])))
        return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0

    def _has_date(self, first: int, last: int, own: int) -> bool:
        """Whether a year and a month stand in pieces of their own anywhere but at ``own``, where an ID number has its date."""
        return any(
            one[0] != first + own and _YEAR.fullmatch(self.digits, *one) and _MONTH.fullmatch(self.digits, *two)
            for one, two in pairwise(self._pieces(first, last))
        )

    def _pieces(self, first: int, last: int) -> list[tuple[int, int]]:
        """The pieces that begin between the two."""
        return self.pieces[bisect_left(self.begins, first) : bisect_left(self.begins, last)]

    def _is_unit_code(self, first: int, last: int) -> bool:
        """Whether a piece is a 统一社会信用代码 or the most of one: of an office and a region, and no ID number by its date or its sum."""
        begin, end = self.places[first], self.places[last - 1] + 1
        before = self.text[max(begin - 8, 0) : begin]
        while begin and before and before[-1] in _CODE_CHARACTERS:
            begin, before = begin - 1, before[:-1]
        after = _CODE.match(self.text, end, end + 8)
        code = self.text[begin : after.end() if after else end]
        if len(code) != 18 or code[:2] not in _OFFICES or code[2:4] not in _REGIONS or not code.isascii():
            return False
        if not code[:17].isdecimal() or not _born(code[:17]):
            return True
        return not _sound(code) and _code_sound(code)


def _born(digits: str) -> bool:
    """Whether an ID number of 15, or of 17 or 18 digits, holds a day of birth."""
    return _BORN.fullmatch(f"19{digits[6:12]}" if len(digits) == 15 else digits[6:14]) is not None


def _sound(digits: str) -> bool:
    """Whether the check character of an ID number is right; of 17 digits it is taken to be the X that stands behind them."""
    check = _CHECK[sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False)) % 11]
    return check == (digits[17:] or "X")


def _code_sound(code: str) -> bool:
    if any(letter not in _CODE_CHARACTERS for letter in code):
        return False
    values = [_CODE_CHARACTERS.index(letter) for letter in code]
    return (31 - sum(value * pow(3, at, 31) for at, value in enumerate(values[:17])) % 31) % 31 == values[17]
