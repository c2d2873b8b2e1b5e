"""A roster as delimited text (CSV), as spreadsheet programs and personnel systems export it."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter

from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.sniff import MAX_CELLS
from guantong.schemas.files.text_encoding import decoded

_DELIMITERS = ",\t;，；|｜^~"
_SAMPLE_LINES = 60
_BLANKS = (re.compile(r"[ \u3000]{2,}"), re.compile(r"[ \u3000]+"))  # a name may hold one
_FEWEST_ALIGNED = 4  # cells of a line that is taken for aligned by blanks
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_AS_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # ="0012": how a formula keeps zeros
_PROTECTED = re.compile(r"\A['\t]++(?=\d)")
_LOST_ZERO = re.compile(r"\d{4}\.1")  # may have been 2019.10, as a number
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d{1,3}", re.IGNORECASE)
_END = "\0"  # no cell holds it: such characters are dropped first


def read_delimited(data: bytes) -> list[list[object]]:
    """The rows of a CSV file, all of one length; text but for what was a number before it was exported, '' where empty.

    Cells are parted by a comma, tab, semicolon or stroke, the fullwidth ones too, by ^ or ~, or, where each line has as many, by blanks.
    Raises Refusal: not_a_workbook where it is no text, or blanks do not part it surely; damaged where a quotation mark is never closed, too_large.
    """
    text = decoded(data).replace("\0", "")
    told = _SEPARATOR_LINE.match(text)
    delimiter = told[1] if told else _delimiter(text)
    rows = _parsed(text[told.end() :] if told else text, delimiter) if delimiter else _aligned(text)
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((_filled(row) for row in rows), default=0)
    if width * len(rows) > MAX_CELLS:
        raise Refusal("too_large", f"共{len(rows)}行{width}列")
    return [[*map(_cell, row[:width]), *[""] * (width - len(row))] for row in rows]


def _delimiter(text: str) -> str | None:
    """What parts the cells: the character that stands equally often in the most lines, quoted text passed over; None where only blanks do."""
    lines = [line for line in _QUOTED.sub("", text[:200_000]).splitlines()[:_SAMPLE_LINES] if line]

    def regularity(delimiter: str) -> int:
        counts = Counter(count for line in lines if (count := line.count(delimiter)))
        return max((count * times for count, times in counts.items()), default=0)

    best = max(_DELIMITERS, key=regularity)
    parted = sum(1 for line in lines if best in line)
    aligned = sum(1 for line in lines if len(_BLANKS[-1].split(line.strip())) >= _FEWEST_ALIGNED)
    return None if parted * 2 < len(lines) <= aligned * 2 else best


def _aligned(text: str) -> list[list[str]]:
    """The cells of lines that are parted by blanks; a line of one cell is a title or a note.

    Raises Refusal where lines have different numbers of cells: a cell may be blank, or hold a blank.
    """
    lines = text.splitlines()
    if len(lines) * _FEWEST_ALIGNED > MAX_CELLS:
        raise Refusal("too_large", f"共{len(lines)}行")
    for blanks in _BLANKS:
        rows = [blanks.split(line.strip()) for line in lines]
        widths = {len(row) for row in rows if len(row) > 1}
        if len(widths) == 1 and max(widths) >= _FEWEST_ALIGNED:
            return rows
    raise Refusal("not_a_workbook", "各列以空格对齐，各行列数不同，不能确定每格属于哪一列")


def _parsed(text: str, delimiter: str) -> list[list[str]]:
    """The cells as written. A last row of ours shows whether a quotation mark has swallowed the end."""
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(f"{text}\n{_END}", newline=""), delimiter=delimiter):
            rows.append(row)
            cells += len(row)
            if cells > MAX_CELLS:
                raise Refusal("too_large", f"单元格超过{MAX_CELLS // 10_000}万个")
    except csv.Error as error:  # a cell of more than 131072 characters
        raise Refusal("damaged", f"第{len(rows) + 1}行的引号不配对，或单元格过长") from error
    if not rows or rows.pop() != [_END]:
        raise Refusal("damaged", "引号不配对")
    return rows


def _filled(row: list[str]) -> int:
    """How many cells a row has, empty ones at its end left out."""
    return next((at for at in range(len(row), 0, -1) if row[at - 1].strip()), 0)


def _cell(text: str) -> object:
    if not text:
        return ""
    if quoted := _AS_TEXT.fullmatch(text.strip()):
        return quoted[1].replace('""', '"')
    text = _PROTECTED.sub("", text.rstrip("\t")) if text[0] in "'\t" else text.rstrip("\t")
    shown = text.strip()
    if _LOST_ZERO.fullmatch(shown):
        return float(shown)
    if _SCIENTIFIC.fullmatch(shown) and math.isfinite(number := float(shown)):
        return number
    return text
