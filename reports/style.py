"""How every report looks: fonts, colours, formats of numbers, widths and heights; and text that stays text."""

import re
from datetime import date, datetime
from functools import lru_cache
from math import ceil

FONT, TITLE_HEIGHT = "宋体", 22
SIZE, LINE = 10, 15.0  # points of type, and of a line of it in a row
PRINT_SIZE, PRINT_LINE = 9, 13.2  # the same of sheets that are printed as they are
# Characters of columns, each with PADDING, that an A4 sheet across holds at its own size, also where a wide font stands in for the default one.
PAGE, PADDING = 113, 0.75
PRINT_ROOM = 1.36  # half-width letters of PRINT_SIZE that a column holds for a character of its width: 8 pixels for 6
# Excel's own defaults in China; column widths are told in its digits.
PRINT_DEFAULTS = {"default_format_properties": {"font_name": FONT, "font_size": 11}, "default_column_width": 72, "default_row_height": 18}
TEXT_COLOUR, MUTED_COLOUR, HEAD_FILL, LINE_COLOUR = "#1F2937", "#6B7280", "#DCE6F1", "#BFC7D1"
TO_FILL, LINK_COLOUR = "#FFF2CC", "#1F5FAF"
DATE, DATETIME, COUNT, SHARE, RATE = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "#,##0", "0.0%", "#,##0.0"
# User text stays text: never a formula, a link or a number.
_FORMULA = re.compile(r"[\t\r\n]|[\W_]*?[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−]")
# What no line ends in: a word, and punctuation with the letter that it opens or closes; first Chinese characters, between which it may end.
_UNBROKEN = re.compile(r"[\u3400-\u9fff]+(?![）〕》”’，。；：、？！])|[（〔《“‘]*(?:[!-~]+ *|.)[）〕》”’，。；：、？！]*", re.DOTALL)
SAFE_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def escape_formula(value: object) -> object:
    """A value as a CSV has it: before a text that a spreadsheet would run as a formula, or take for one to be mended, an apostrophe."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def text_width(text: str) -> float:
    """Columns of a fixed-width font that `text` takes on one line: a Chinese character two, a Latin one."""
    return len(text) if text.isascii() else (len(text) + len(text.encode("utf-8", "replace"))) / 2


@lru_cache(maxsize=1 << 14)  # the same clause stands in thousands of rows
def line_count(text: str, width: float) -> int:
    """Lines that `text` takes, wrapped in a cell `width` characters wide."""
    room = max(2.0, width - 1)  # a printer's letters may be a little wider than the screen's
    return sum(1 if text_width(line) <= room else _wrapped(line, room) for line in text.split("\n"))


def _wrapped(line: str, room: float) -> int:
    """Lines of a text without line breaks: a line ends before a word or a Chinese character that does not fit, with what must stand beside it."""
    lines, used = 1, 0.0
    for piece in _UNBROKEN.findall(line):
        width = text_width(piece)
        if used + width <= room:
            used += width
            continue
        if "\u3400" <= piece[0] <= "\u9fff" and "\u3400" <= piece[-1] <= "\u9fff":  # it goes on in this line
            over, on_each = len(piece) - int((room - used) // 2), int(room // 2)
            lines, used = lines + ceil(over / on_each), 2.0 * ((over - 1) % on_each + 1)
            continue
        if used:
            lines, used = lines + 1, 0.0
        used += width
        if used > room:  # a long word
            lines, used = lines + ceil(used / room) - 1, used % room or room
    return lines


def row_height(lines: int, line: float = LINE) -> float:
    """Points of a row of this many lines, as far as Excel goes."""
    return min(409.0, line * lines)


def creation_time(rulebook: dict) -> datetime:
    """The creation time written into a workbook: the as-of day, so that a rerun gives the same file; of a retrospective audit the last."""
    day = rulebook["as_of"] or rulebook["retrospective"]["last"] or rulebook["policy"]["in_force_from"]
    return datetime.combine(date.fromisoformat(day), datetime.min.time())
