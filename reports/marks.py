"""What a returned copy marks: the findings of a roster, by cell and as a list."""

import re
from dataclasses import dataclass, field

import pandas

from guantong.reports import look

COLUMNS = "source_file sheet row column header severity value message expected action".split()
LETTERS = re.compile(r"[A-Z]{1,3}")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML cannot hold
LONGEST = 2000  # characters of a comment
WIDTH = 320  # pixels of a comment: about 44 columns of its font
HEADERS = ("序号", "级别", "位置", "栏目", "填写内容", "问题", "应为", "处理办法")
WIDTHS = (6, 7, 20, 16, 20, 44, 34, 40)
TITLE = "审核意见"
REMARKS = (
    "红色单元格为错误，黄色单元格为提醒；光标停在单元格上可看到说明，点击“位置”可直接转到。请改正后重新报送。",
    "本副本的公式已换为原有的计算结果；宏、外部链接、超链接、图形和图表没有保留。请在原表中改正，或改正本副本。",
)


@dataclass
class Mark:
    """A marked cell: its colour by the worse severity, and what its comment says."""

    severity: str
    texts: list[str] = field(default_factory=list)

    @property
    def comment(self) -> str:
        return "\n\n".join(self.texts)[:LONGEST]

    @property
    def height(self) -> int:
        """Pixels that the comment takes at WIDTH."""
        return 18 * look.lines_of(self.comment, 42) + 12


@dataclass(frozen=True)
class Entry:
    """A finding in the list. `cell` is (sheet, row, column), from 1, or None where it has no cell."""

    cell: tuple[str, int, int] | None
    values: tuple[str, ...]

    @property
    def height(self) -> float:
        """Points of its row in the list."""
        return look.height_of(max(map(look.lines_of, self.values, WIDTHS)))


@dataclass(frozen=True)
class Marks:
    """cells: {sheet: {(row, column): Mark}}, from 1. entries: every finding. remarks: lines above the list."""

    cells: dict[str, dict[tuple[int, int], Mark]]
    entries: list[Entry]
    remarks: list[str]


def collect(source_file: str, findings: pandas.DataFrame, rulebook: dict | None) -> Marks:
    """The marks of `source_file` (columns: COLUMNS; others are ignored).

    Raises ValueError where a column is missing, a letter is none, or there is no finding of the file.
    """
    if missing := set(COLUMNS) - set(findings.columns):
        raise ValueError(f"数据问题表缺少列：{'、'.join(sorted(missing))}")
    own = findings.loc[findings["source_file"] == source_file, COLUMNS].astype(object)
    if own.empty:
        raise ValueError(f"{source_file} 没有数据问题，不需要退回")
    cells: dict[str, dict[tuple[int, int], Mark]] = {}
    entries = []
    for record in own.where(own.notna(), None).to_dict("records"):
        entries.append(_entry(record, len(entries) + 1))
        if entries[-1].cell:
            sheet, row, column = entries[-1].cell
            mark = cells.setdefault(sheet, {}).setdefault((row, column), Mark(record["severity"]))
            mark.texts.append(_comment(record))
            if record["severity"] == "error":
                mark.severity = "error"
    bearing = [f"{label}：{text}" for label, text in look.bearings(rulebook)] if rulebook else [look.DISCLAIMER]
    return Marks(cells, entries, [f"文件：{plain(source_file)}", "　".join(bearing), *REMARKS])


def plain(value: object) -> str:
    """Text that a workbook can hold: control characters become □, None nothing."""
    return "" if value is None else CONTROL.sub("□", str(value))


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27. Raises ValueError for anything else than one to three capital letters."""
    if not LETTERS.fullmatch(letters):
        raise ValueError(f"不是列号：{letters}")
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def link(sheet: str, cell: str) -> str:
    """The place of a cell inside the workbook, as a link writes it."""
    return "'{}'!{}".format(sheet.replace("'", "''"), cell)


def _entry(record: dict, number: int) -> Entry:
    row = None if record["row"] is None else int(record["row"])
    column, sheet = record["column"], record["sheet"]
    position = look.place(record["source_file"], sheet, row, column)
    words = [record[key] for key in ("header", "value", "message", "expected", "action")]
    values = (str(number), look.SEVERITIES[record["severity"]], position, *words)
    cell = None
    if sheet is not None and row is not None:
        cell = (sheet, row, column_number(column) if column else 1)
    return Entry(cell, tuple(plain(value) for value in values))


def _comment(record: dict) -> str:
    lines = [f"【{look.SEVERITIES[record['severity']]}】{plain(record['message'])}"]
    for label, key in (("填写内容", "value"), ("应为", "expected"), ("处理办法", "action")):
        if record[key] is not None:
            lines.append(f"{label}：{plain(record[key])}")
    return "\n".join(lines)
