"""How the text of a .csv is encoded: UTF-8, UTF-16 or GB18030, with or without a mark, though a character be cut or a line come from elsewhere."""

from __future__ import annotations

import codecs
import re

from guantong.schemas.files.refusal import Refusal

_MARKS = [(codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")]
_WIDE = {"utf-16-le": re.compile(rb"(?:[,\t;|\r\n]\0)"), "utf-16-be": re.compile(rb"(?:\0[,\t;|\r\n])")}
_SAMPLE = 65536  # bytes that are looked at
_UNWRITTEN = re.compile("[^\t\r\n -~\u00a0-\u00ff\u2010-\u206f\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")  # rare in a roster
_LOST = "\ufffd"
_FEW = 5  # lines that may be damaged in a file of any length; in a long one a tenth
_TRADITIONAL = re.compile("姓名|身份證|身分證|單位名稱|技能等級|職稱")
_SIMPLIFIED = re.compile("姓名|身份证|单位|技能|职称")


def decoded(data: bytes) -> str:
    """The text; a character that can't be read is U+FFFD. Raises Refusal (not_a_workbook) where the encoding can't be told."""
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if marked is not None:
        return data.decode(marked, "replace")
    if wide := utf16_without_mark(data):
        return data.decode(wide, "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next encoding, or line by line
        _refuse_traditional(data, text)
        return text
    return _by_lines(data)


def utf16_without_mark(data: bytes) -> str | None:
    """The kind of UTF-16 that text without a mark is in; None for any other."""
    start = data[:_SAMPLE]
    if len(data) % 2 or b"\0" not in start:
        return None
    for encoding, breaks in _WIDE.items():
        text = start[: len(start) // 2 * 2].decode(encoding, "replace")
        if len(breaks.findall(start)) > 2 and len(_UNWRITTEN.findall(text)) <= len(text) // 50:
            return encoding
    return None


def _refuse_traditional(data: bytes, text: str) -> None:
    if _SIMPLIFIED.search(text[:_SAMPLE]):
        return
    if _TRADITIONAL.search(data[:_SAMPLE].decode("big5hkscs", "replace")):
        raise Refusal("not_a_workbook", "文字是 Big5（繁体中文）编码，请改为简体中文并另存为 UTF-8 编码的 .csv 或 .xlsx")


def _by_lines(data: bytes) -> str:
    """The text where it is not of one piece: each line in the encoding of most, or wholly in the other; what is cut is U+FFFD."""
    lines = data.split(b"\n")
    wide = [line for line in lines if not line.isascii()]
    fits = {encoding: sum(_fits(line, encoding) for line in wide) for encoding in ("utf-8", "gb18030")}
    most = "utf-8" if fits["utf-8"] * 2 >= len(wide) else "gb18030"  # a line of UTF-8 often passes for one of GB18030, never the other way
    read = [_line(line, most) for line in lines]
    damaged = sum(_LOST in line for line in read)
    if damaged > max(_FEW, len(lines) // 10) or not fits[most]:
        raise Refusal("not_a_workbook", "文字编码无法识别，不是 UTF-8 或 GB18030 文本")
    return "\n".join(read)


def _fits(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _line(line: bytes, most: str) -> str:
    if _fits(line, most):
        return line.decode(most)
    told = line.decode("utf-8", "replace")
    is_utf8 = told.count(_LOST) * 2 <= sum(letter > "\x7f" and letter != _LOST for letter in told)
    if most == "utf-8":
        return told if is_utf8 or not _fits(line, "gb18030") else line.decode("gb18030")
    return told if is_utf8 else line.decode("gb18030", "replace")
