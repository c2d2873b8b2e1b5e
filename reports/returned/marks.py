"""What a returned copy marks: the findings of a roster, by cell and as a list."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pyarrow
from pyarrow import compute

from guantong.reports import style, wording
from guantong.schemas.columns_in_words import ReadColumn, columns_in_words
from guantong.schemas.files.cell_address import CellAddress, column_number
from guantong.schemas.findings import LIST_HEADERS, LIST_TITLE

COLUMNS = "source_file sheet row column header severity value message expected action".split()
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML cannot hold
LONGEST = 2000  # characters of a comment
MOST_COMMENTS = 20_000  # of a copy: a comment takes 1.5 kB of memory and Excel draws each as a shape
MOST_ENTRIES = 100_000  # of the list: each takes 1 kB of memory
LINKS = 60_000  # Excel holds 65,530 in a sheet
WIDTH = 320  # pixels of a comment: about 44 columns of its font
HEADERS, TITLE = LIST_HEADERS, LIST_TITLE
WIDTHS = (6, 7, 20, 16, 20, 44, 34, 40)
INEXACT = 10**15  # from here on Excel loses digits: such a marked cell is made text, so that the number typed anew is kept
# A shade off #FFC7CE and #FFEB9C, which are Excel's own colours for bad and neutral cells: so a former
# mark is told from a fill that the enterprise has chosen, even where its comment is deleted.
FILLS = {"error": "#FFC7CF", "warning": "#FFEB9D", "hint": "#DDEBF6"}
WORST_FIRST = list(wording.SEVERITIES)
REMARK = "红色单元格为错误，黄色单元格为提醒，蓝色单元格没有填写、结论因此待核实；光标停在单元格上可看到说明，点击“位置”可直接转到。请直接在本副本中改正后报送（本表可不删除）。"


@dataclass(slots=True)
class Mark:
    """A marked cell: its colour by the worse severity, what its comment says, and whether it gets one."""

    severity: str
    commented: bool = False
    texts: list[str] = field(default_factory=list)

    @property
    def comment(self) -> str:
        text = "\n\n".join(self.texts)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}……（全文见“{TITLE}”）"

    def beside(self, other: "Mark") -> "Mark":
        """The mark of a cell that has both."""
        severity = min(self.severity, other.severity, key=WORST_FIRST.index)
        return Mark(severity, self.commented or other.commented, self.texts + other.texts)


@dataclass(frozen=True, slots=True)
class ListedFinding:
    """A finding in the list. `cell` is (sheet, row, column), from 1, or None where it has no cell."""

    cell: tuple[str, int, int] | None
    values: tuple[str, ...]

    @property
    def height(self) -> float:
        """Points of its row in the list."""
        return style.row_height(max(map(style.line_count, self.values, WIDTHS)))


@dataclass(frozen=True)
class Marks:
    """cells: {sheet: {(row, column): Mark}}, from 1. entries: every finding. remarks: lines above the list."""

    cells: dict[str, dict[CellAddress, Mark]]
    entries: list[ListedFinding]
    remarks: list[str]


def collect(
    source_file: str,
    findings: pyarrow.Table,
    rulebook: dict | None,
    own_name: Callable[[str], str] = str,
    columns: Iterable[ReadColumn] = (),
) -> Marks:
    """The marks of `source_file` (columns: COLUMNS; others are ignored). `called` gives the sheet's own name for a finding's.

    ``columns``: those of the file, with what they were read as.
    Every cell with findings is marked; the first MOST_COMMENTS, the worst first, say why, and the list holds
    the first MOST_ENTRIES: what a marked copy of a hundred thousand bad rows would take otherwise, no one could open.
    Raises ValueError where a column is missing, a letter is none, or there is no finding of the file.
    """
    found = _columns(source_file, findings)
    names = {name: None if name is None else own_name(name) for name in dict.fromkeys(found["sheet"])}
    found["sheet"] = [names[name] for name in found["sheet"]]
    places = [_place(*place) for place in zip(found["sheet"], found["row"], found["column"], strict=True)]
    cells = _marked(places, found["severity"])
    remarks = [*_remarks(source_file, rulebook), *columns_in_words(columns)]
    if len(places) > MOST_ENTRIES:
        remarks.append(f"共 {len(places)} 条意见，下表只列出前 {MOST_ENTRIES} 条；其余的单元格已着色。")
    if (marked := sum(map(len, cells.values()))) > MOST_COMMENTS:
        remarks.append(f"批注只加到 {MOST_COMMENTS} 个单元格（错误、提醒在先），其余 {marked - MOST_COMMENTS} 个只着色。")
    entries = []
    for place, values in zip(places, zip(*found.values(), strict=True), strict=True):
        record = dict(zip(COLUMNS, values, strict=True))
        if len(entries) < MOST_ENTRIES:
            entries.append(_entry(record, place, len(entries) + 1))
        if place and (mark := cells[place[0]][place[1:]]).commented:
            mark.texts.append(_comment(record))
    return Marks(cells, entries, remarks)


def _columns(source_file: str, findings: pyarrow.Table) -> dict[str, list]:
    """The findings of the file, column by column (COLUMNS). Raises ValueError where a column is missing or there is no finding."""
    if missing := set(COLUMNS) - set(findings.column_names):
        raise ValueError(f"数据问题表缺少列：{'、'.join(sorted(missing))}")
    own = findings.filter(compute.equal(findings["source_file"], source_file))
    if not own.num_rows:
        raise ValueError(f"{source_file} 没有数据问题，不需要退回")
    return {name: own[name].to_pylist() for name in COLUMNS}


def _place(sheet: str | None, row: int | None, column: str | None) -> tuple[str, int, int] | None:
    """The cell of a finding: a whole row's is its first; None where it has no row."""
    return None if sheet is None or row is None else (sheet, int(row), column_number(column) if column else 1)


def _marked(places: list[tuple[str, int, int] | None], severities: Iterable[str]) -> dict[str, dict[CellAddress, Mark]]:
    """The marks, without their texts yet."""
    cells: dict[str, dict[CellAddress, Mark]] = {}
    for place, severity in zip(places, severities, strict=True):
        if place:
            mark = cells.setdefault(place[0], {}).setdefault(place[1:], Mark(severity))
            mark.severity = min(severity, mark.severity, key=WORST_FIRST.index)
    every = [mark for marked in cells.values() for mark in marked.values()]
    for mark in sorted(every, key=lambda mark: WORST_FIRST.index(mark.severity))[:MOST_COMMENTS]:
        mark.commented = True
    return cells


def _remarks(source_file: str, rulebook: dict | None) -> list[str]:
    bearing = [f"{label}：{text}" for label, text in wording.provenance(rulebook)] if rulebook else [wording.DISCLAIMER]
    return [f"文件：{plain(source_file)}", "　".join(bearing), REMARK]


def anchored(cells: dict[CellAddress, Mark], areas: list[tuple[int, int, int, int]]) -> dict[CellAddress, Mark]:
    """`cells` with the marks inside a merged range moved to its first cell, the only one that shows.

    areas: (first row, first column, last row, last column), from 1.
    """
    rows: dict[int, list[int]] = {}
    for row, column in cells:
        rows.setdefault(row, []).append(column)
    order = sorted(rows)
    moved: dict[CellAddress, CellAddress] = {}
    for top, left, bottom, right in areas:
        for row in order[bisect_left(order, top) : bisect_right(order, bottom)]:
            moved |= dict.fromkeys(((row, column) for column in rows[row] if left <= column <= right), (top, left))
    anchored_marks: dict[CellAddress, Mark] = {}
    for place, mark in cells.items():
        at = moved.get(place, place)
        anchored_marks[at] = anchored_marks[at].beside(mark) if at in anchored_marks else mark
    return anchored_marks


def comment_height(text: str) -> int:
    """Pixels that a comment takes at WIDTH."""
    return min(1200, 18 * style.line_count(text, 42) + 12)


def plain(value: object) -> str:
    """Text that a workbook can hold: control characters become □, None nothing."""
    return "" if value is None else CONTROL.sub("□", str(value))


def link(sheet: str, cell: str) -> str:
    """The place of a cell inside the workbook, as a link writes it."""
    return "'{}'!{}".format(sheet.replace("'", "''"), cell)


def _entry(record: dict, place: tuple[str, int, int] | None, number: int) -> ListedFinding:
    row = None if record["row"] is None else int(record["row"])
    position = wording.place_text(record["source_file"], record["sheet"], row, record["column"])
    words = [record[key] for key in ("header", "value", "message", "expected", "action")]
    values = (str(number), wording.SEVERITIES[record["severity"]], position, *words)
    return ListedFinding(place, tuple(plain(value) for value in values))


def _comment(record: dict) -> str:
    lines = [f"【{wording.SEVERITIES[record['severity']]}】{plain(record['message'])}"]
    for label, key in (("填写内容", "value"), ("应为", "expected"), ("处理办法", "action")):
        if record[key] is not None:
            lines.append(f"{label}：{plain(record[key])}")
    return "\n".join(lines)
