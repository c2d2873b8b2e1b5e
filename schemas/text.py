"""Text of cells: one way to normalise, to tell blanks, and to mask personal data."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from itertools import accumulate

from guantong.schemas.personal_numbers import FEWEST_DIGITS, find_personal_numbers

# Control characters but tab and newline, format characters (zero-width, bidi, tags), lone surrogates, and what is no character.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]")  # what a program may take for the end of a line, or fill a line with
_LINES = str.maketrans("\u2028\u2029", "\n\n")
MOST_GROWN = 18  # characters that one becomes in its normal form: U+FDFA is four words
_SHORT = 40  # characters of texts whose normal form is kept for a while: rosters say the same words over and over
BLANKS = frozenset({"", "-", "--", "---", "—", "——", "–", "/", "//", "\\", "、", ".", "N/A", "NA", "NULL", "NONE", "NAN", "空"})
NOTHING = frozenset(
    "无 没有 暂无 未取得 无等级 无职称 无证书 未评 未评定 未定级 未获得 不具备 无技能等级 无证 尚未取得 未取证 无技能证书 无职业资格 "
    "未取得技能等级 暂未取得 暂无等级 没有等级 暂无职称 没有职称 未评职称 未取得职称 未评聘 未参评 无专业技术职称 无专业技术资格".split()
)
# Begins no blank: a digit, a letter other than N, a Chinese character other than 空.
_FILLED = re.compile(r"[0-9A-MO-Za-mo-z\u4e00-\u7a79\u7a7b-\u9fff]")
_NEVER_BLANK = frozenset({int, bool, dt.datetime, dt.date, dt.time, dt.timedelta})


def visible_text(value: object) -> str:
    """A raw cell as text: whole floats without '.0', invisible characters dropped, ends trimmed; None is ''."""
    if value.__class__ is str and value.isprintable():  # invisible characters are not
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e19:
        return str(int(value))
    return _INVISIBLE.sub("", str(value).translate(_LINES)).strip()


def shorten(text: str, most: int) -> str:
    """The beginning of ``text`` that has ``most`` characters at the most, in its normal form too: one sign may stand for a sentence."""
    text = text[:most]
    if len(text) <= most // MOST_GROWN or text.isascii() or len(unicodedata.normalize("NFKC", text)) <= most:
        return text
    sizes = accumulate(len(unicodedata.normalize("NFKC", letter)) for letter in text)
    return text[: sum(1 for size in sizes if size <= most)]


def is_shortened(text: str, most: int) -> bool:
    """Whether ``text`` is as long as `shorten` lets it be."""
    return len(text) == most or (len(text) > most // MOST_GROWN - 1 and len(unicodedata.normalize("NFKC", text)) > most - MOST_GROWN)


def label(value: object) -> str:
    """A name or other label: visible text in NFC with runs of white space as one blank."""
    return unicodedata.normalize("NFC", " ".join(visible_text(value).split()))


def one_line(text: str) -> str:
    """``text`` as it may stand in a line of the screen or in a name: nothing in it steers a terminal, breaks the line or turns its direction."""
    if text.isprintable():
        return text
    return _INVISIBLE.sub("", _BREAKS.sub(" ", text))


def safe_lines(text: str) -> str:
    """`one_line`, line by line: for text of ours that user text stands in."""
    return "\n".join(map(one_line, text.split("\n")))


def shown_name(text: str) -> str:
    """The name of a file or sheet as outputs show it: a `one_line`, numbers of people masked."""
    return mask_numbers(one_line(text))


def norm(value: object) -> str:
    """The form that is looked up in the catalogue: NFKC, upper case, no white space at all."""
    if value.__class__ is str and len(value) <= _SHORT:
        return _short_form(value)
    return _form(value)


def _form(value: object) -> str:
    return "".join(unicodedata.normalize("NFKC", visible_text(value)).split()).upper()


_short_form = lru_cache(1 << 14)(_form)


def is_blank(value: object) -> bool:
    """Whether a cell says nothing: empty, white space, or a placeholder such as '-' or '/'."""
    if value.__class__ is str:
        return value == "" or (_FILLED.match(str(value)) is None and norm(value) in BLANKS)
    if value.__class__ is float:
        return value != value  # NaN, which is no number
    return value is None or (value.__class__ not in _NEVER_BLANK and norm(value) in BLANKS)


def without_brackets(text: str) -> str:
    """``text`` less every bracketed part: units, notes and '(必填)'."""
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>", "", text)


def mask_numbers(text: str) -> str:
    """``text`` with the numbers of people anywhere in it masked, however they are written; of the same length."""
    if len(text) < FEWEST_DIGITS:
        return text
    kept, at = [], 0
    for number in find_personal_numbers(text):
        hidden = number.start + number.shown
        kept += [text[at:hidden], "*" * (number.end - hidden)]
        at = number.end
    return "".join([*kept, text[at:]]) if kept else text


def mask_value(text: str, kind: str) -> str:
    """A personal value for a finding: of a name the first character, of a number the first two."""
    shown = 1 if kind == "name" else 2
    return text[:shown] + "*" * max(len(text) - shown, 1) if text else text


def bracketed_notes(text: str) -> list[str]:
    """What stands in the brackets that `without_brackets` drops."""
    return [found[1:-1] for found in re.findall(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>", text)]
