"""Where in a sheet the roster stands: its header block, its people, and what is neither."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from guantong.schemas import tables
from guantong.schemas.headers import Header, header_text, names_person, recognise, resolve
from guantong.schemas.text import NOTHING, is_blank, label, norm, without_brackets
from guantong.schemas.workbook import Sheet

SEARCHED_ROWS = 60
HEADER_ROWS = 3
FEWEST_FIELDS = 4
# What notes, footers and totals begin with; a unit's name may begin so too, a person's never.
_FOOTER = re.compile(
    r"^(合计|总计|小计|共计|本页|填报人|填表人|制表|审核|复核|经办人|负责人|单位负责人|部门负责人|联系人|联系电话|电话|填报日期|填表日期|填报单位|填报时间"
    r"|填表时间|日期[:：]|盖章|\(盖章|单位\(?盖章|公章|备注[:：]|说明|填表说明|填报说明|注[:：\d]|注意|以上|以下空白|主管|领导|校对|承诺|第\d+页|共\d+"
    r"|(示例|样例|范例|例|例如)([:：(（]|$))"
)
_SIGNED = re.compile(r"^(填报人|填表人|审核人|复核人|制表人|经办人|单位负责人|填表日期|填报日期|制表日期)([:：]|$)")
_TOTAL = re.compile(r"^(本页)?(合计|总计|小计|共计)([:：]|$)")
_SECTION = re.compile(r"(车间|班组|部门|科室|公司|工段|分厂|[处部科室])$")
_TITLE = re.compile(r"表$|册|名单|附件|一览|.{16}")
_EXAMPLE = frozenset({"示例", "例", "样例", "范例", "举例", "EXAMPLE"})
_NOT_NAMES = frozenset({"姓名", "必填", "(必填)", "文本", "人数", "甲", "乙"})
_LONGEST_NAME = 40
_PREAMBLE = {
    "unit": re.compile(
        r"(?:填报单位|申报单位|单位名称|用人单位|企业名称|单位全称|报送单位|单位)(?:\(?(?:盖章|公章|章)\)?)?[:：]\s*([^\s:：]+)"
    ),
    "unit_code": re.compile(r"(?:统一社会信用代码|信用代码)[:：]\s*([0-9A-Za-z]{18})"),
    "city": re.compile(r"(?:所在市|所在地市|所属市|所在地区)[:：]\s*([^\s:：]+)"),
}


@dataclass
class Roster:
    """The roster found in a sheet.

    ``columns``: name → positions (from 0), in sheet order; several where a field stands in several columns.
    ``headers``: position → header as written. ``people``: row indices from 0. ``preamble``: facts of the
    unit that stand above the header. ``problems``: (position, Header) of columns that were not recognised.
    """

    sheet: Sheet
    first: int
    last: int
    columns: dict[str, list[int]]
    headers: dict[int, str]
    problems: list[tuple[int, Header]]
    preamble: dict[str, str] = field(default_factory=dict)
    people: list[int] = field(default_factory=list)

    def cell(self, row: int, name: str) -> object:
        """The first filled cell of a field in a row, '' where there is none."""
        cells = self.sheet.rows[row]
        return next((cells[at] for at in self.columns.get(name, ()) if not is_blank(cells[at])), "")


def find_roster(sheet: Sheet) -> Roster | None:
    """The roster in ``sheet``, or None where no header block makes the sheet a roster."""
    best: tuple[int, int, int] | None = None
    grid = _unmerged_headers(sheet)
    searched = min(SEARCHED_ROWS, len(sheet.rows))
    naming = {row for row in range(searched) if any(isinstance(cell, str) and names_person(header_text(cell)) for cell in sheet.rows[row] if cell)}
    for first in range(searched):
        if not naming.intersection(range(first, first + HEADER_ROWS)):
            continue
        for height in range(1, HEADER_ROWS + 1):
            if first + height > len(sheet.rows) or (height > 1 and _is_title(sheet, grid, first)):
                break
            names = {name for path in _paths(sheet, grid, first, height) if (name := recognise(path))}
            # more fields first, then the lower block, then the smaller one
            rank = (len(names), -height, -first)
            if _is_roster(names) and (best is None or rank > (best[0], -best[2], -best[1])):
                best = (len(names), first, height)
    if best is None:
        return None
    _, first, height = best
    roster = _build(sheet, grid, first, height)
    _fill_down(roster)
    roster.people = [row for row in range(first + height, len(sheet.rows)) if _is_person(roster, row)]
    return roster


def _is_roster(names: set[str]) -> bool:
    fields = [tables.field_of(name) for name in names]
    named = bool({"name", "id_number"} & names)
    return named and len(names) >= FEWEST_FIELDS and any(item.qualifies for item in fields)


def _unmerged_headers(sheet: Sheet) -> dict[tuple[int, int], tuple[int, int]]:
    """Cell → the top left cell of the merged range it lies in, for the rows searched for headers."""
    found = {}
    for top, left, bottom, right in sheet.merges:
        if top < SEARCHED_ROWS and (bottom - top + 1) * (right - left + 1) <= 4096:
            for row in range(top, min(bottom, SEARCHED_ROWS + HEADER_ROWS) + 1):
                for column in range(left, right + 1):
                    found[row, column] = (top, left)
    return found


def _is_title(sheet: Sheet, merged: dict, row: int) -> bool:
    """Whether a row says one thing only, from the left edge or at length, as a title does: it heads no group."""
    texts: dict[str, int] = {}
    for column in range(len(sheet.rows[row])):
        top, left = merged.get((row, column), (row, column))
        if text := header_text(sheet.rows[top][left]):
            texts.setdefault(text, column)
    return not texts or (len(texts) == 1 and (min(texts.values()) < 2 or _TITLE.search(min(texts)) is not None))


def _paths(sheet: Sheet, merged: dict, first: int, height: int) -> list[tuple[str, ...]]:
    """The header path of every column for a block of ``height`` rows: group texts first, own text last."""
    width = len(sheet.rows[first])
    paths: list[list[str]] = [[] for _ in range(width)]
    for row in range(first, first + height):
        carried = ""
        for column in range(width):
            at = merged.get((row, column))
            text = header_text(sheet.rows[at[0]][at[1]] if at else sheet.rows[row][column])
            if at and at[0] < row and at[0] >= first:
                text = ""  # a cell merged downwards speaks once
            elif at and at[0] < first:
                text = ""  # a title above the block
            elif not text and not merged and row < first + height - 1 and _below_filled(sheet, row, column, first + height):
                text = carried  # a group written once over several columns, in a format that tells no merges
            paths[column].append(text)
            carried = text or carried
    return [tuple(path) for path in paths]


def _below_filled(sheet: Sheet, row: int, column: int, end: int) -> bool:
    return any(not is_blank(sheet.rows[below][column]) for below in range(row + 1, end))


def _build(sheet: Sheet, merged: dict, first: int, height: int) -> Roster:
    paths = _paths(sheet, merged, first, height)
    columns: dict[str, list[int]] = {}
    headers: dict[int, str] = {}
    problems = []
    for position, (path, header) in enumerate(zip(paths, resolve(paths), strict=True)):
        if any(path):
            headers[position] = _written(sheet, merged, first, height, position)
        if header.name:
            columns.setdefault(header.name, []).append(position)
        elif header.problem:
            problems.append((position, header))
    roster = Roster(sheet, first, first + height - 1, columns, headers, problems)
    roster.preamble = _preamble(sheet, first)
    return roster


def _written(sheet: Sheet, merged: dict, first: int, height: int, column: int) -> str:
    """A column's header as written, group and sub-header joined by '/'."""
    texts = []
    for row in range(first, first + height):
        at = merged.get((row, column), (row, column))
        if at[0] >= first:
            texts.append(label(sheet.rows[at[0]][at[1]]))
    return "/".join(dict.fromkeys(text for text in texts if text))


def _preamble(sheet: Sheet, first: int) -> dict[str, str]:
    """Facts of the unit that stand above the header: 填报单位：…, 统一社会信用代码：…, 所在市：…."""
    found: dict[str, str] = {}
    for row in sheet.rows[:first]:
        line = " ".join(text for cell in row if (text := label(cell)))
        line = re.sub(r"[:：]\s+", "：", line.replace("（", "(").replace("）", ")"))
        for name, pattern in _PREAMBLE.items():
            if name not in found and (match := pattern.search(line)):
                found[name] = re.sub(r"\((盖章|公章|章)\)$", "", match[1])
    return found


def _fill_down(roster: Roster) -> None:
    """Write a value that is merged over several people into each one's row; names and numbers are never spread."""
    personal = {at for name in ("serial", "name", "id_number") for at in roster.columns.get(name, ())}
    rows = roster.sheet.rows
    for top, left, bottom, right in roster.sheet.merges:
        if top > roster.last and bottom > top and left == right and left not in personal:
            for row in range(top + 1, min(bottom + 1, len(rows))):
                rows[row][left] = rows[top][left]


def _is_person(roster: Roster, row: int) -> bool:
    """Whether a row below the header speaks of a person, or at least holds data that must not be lost.

    Blank rows, rows with a serial number only, repeated headers, notes, section titles, totals and footers
    are no people. A number in the ID number's column always makes a person.
    """
    cells = roster.sheet.rows[row]
    if _repeats_header(roster, cells) or norm(roster.cell(row, "serial")) in _EXAMPLE:
        return False
    if len(re.findall(r"\d", norm(roster.cell(row, "id_number")))) >= 6:
        return True
    texts = [norm(cell) for cell in cells if not is_blank(cell)]
    filled = sum(1 for name in roster.columns if name not in ("serial", "remark") and not is_blank(roster.cell(row, name)))
    if not filled or any(_SIGNED.match(text) for text in texts) or _TOTAL.match(texts[0]):
        return False
    name = norm(roster.cell(row, "name"))
    if name and name not in NOTHING:
        return not _is_note(roster, row, name, texts, filled)
    return not (_FOOTER.match(texts[0]) and filled < FEWEST_FIELDS)


def _is_note(roster: Roster, row: int, name: str, texts: list[str], filled: int) -> bool:
    """Whether text in the name column is a note, footer, total, section title or column number, and no name."""
    if name in _NOT_NAMES or not without_brackets(name) or _FOOTER.match(name) or _TOTAL.match(name):
        return True
    if filled == 1 and (len(name) > _LONGEST_NAME or _SECTION.search(name) or _spans(roster, row)):
        return True
    if filled < FEWEST_FIELDS and _FOOTER.match(texts[0]):
        return True
    return name.isdigit() and len(texts) > 3 and all(text.isdigit() and len(text) < 3 for text in texts)


def _spans(roster: Roster, row: int) -> bool:
    """Whether the row's name cell is merged over several columns, as a section's title is."""
    at = roster.columns["name"][0]
    return any(top <= row <= bottom and left <= at <= right and right - left >= 2 for top, left, bottom, right in roster.sheet.merges)


def _repeats_header(roster: Roster, cells: list[object]) -> bool:
    """Whether a row writes the table's own headers again, as on each printed page."""
    naming = [at for name in ("name", "id_number") for at in roster.columns.get(name, ())]
    if not any(is_blank(cells[at]) or _is_header(roster, cells, at) for at in naming):
        return False
    same = sum(1 for at in roster.headers if not is_blank(cells[at]) and _is_header(roster, cells, at))
    return same >= 2 and same * 2 >= sum(1 for cell in cells if not is_blank(cell))


def _is_header(roster: Roster, cells: list[object], at: int) -> bool:
    return header_text(cells[at]) in map(header_text, roster.headers[at].split("/"))
