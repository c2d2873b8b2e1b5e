"""The marks of a former returned copy, undone in a workbook that its enterprise has corrected and sent in again.

What a mark covers is written into its comment: the fill that the cell had, and the comment that it had.
"""

import re

from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.styles.colors import Color
from openpyxl.workbook import Workbook

from guantong.reports import marks

COVERED = re.compile(r"(?:\n\n原底色：(?P<fill>[^\n]*))?(?:\n\n原批注(?:（(?P<author>[^\n]*?)）)?：(?P<text>.*))?\Z", re.DOTALL)
COLOUR = re.compile(r"#(?P<rgb>[0-9A-F]{6})|主题色(?P<theme>\d+)(?P<tint>[+-]\d\.\d+)|颜色(?P<indexed>\d+)")
LONGEST = 30_000  # characters of a comment that is kept; Excel holds 32,767
OWN = {"FF" + colour[1:] for colour in marks.FILLS.values()}


def undo(book: Workbook) -> None:
    """Drop the lists of findings, give marked cells their own fill and comment back."""
    for sheet in book.worksheets[:]:
        if marks.is_own_list([list(row) for row in sheet.iter_rows(max_row=20, max_col=len(marks.HEADERS), values_only=True)]):
            book.remove(sheet)
    fills = {at for at, fill in enumerate(book._fills) if _is_own(fill)}
    for sheet in book.worksheets:
        for cell in sheet._cells.values():
            if isinstance(cell, Cell):
                _undo(cell, cell.has_style and cell._style.fillId in fills)


def _undo(cell: Cell, filled: bool) -> None:
    comment, fill = cell.comment, None
    if comment is not None and marks.is_own_comment(comment.author, comment.text):
        covered = COVERED.search(comment.text)
        fill = _fill(covered["fill"])
        cell.comment = Comment(covered["text"], (covered["author"] or "").strip() or "原批注") if covered["text"] else None
    if filled:
        cell.fill = fill or PatternFill()


def _is_own(fill: object) -> bool:
    return isinstance(fill, PatternFill) and fill.fill_type == "solid" and fill.fgColor.type == "rgb" and fill.fgColor.rgb in OWN


def covered(cell: Cell) -> str:
    """What a mark is about to cover, as the lines that its comment ends with; '' where it covers nothing."""
    lines = ""
    if colour := _colour(cell.fill):
        lines += f"\n\n原底色：{colour}"
    if cell.comment is not None and cell.comment.text:
        author = re.sub(r"[\n（）]", " ", cell.comment.author or "").strip()
        lines += f"\n\n原批注{f'（{author}）' if author else ''}：{cell.comment.text[:LONGEST]}"
    return lines


def is_covered_for_good(cell: Cell) -> bool:
    """Whether a cell's fill is one that its comment cannot tell: a pattern or a gradient."""
    return cell.fill.fill_type is not None and _colour(cell.fill) is None


def _colour(fill: object) -> str | None:
    if fill.fill_type != "solid":
        return None
    colour = fill.fgColor
    words = {"rgb": lambda: f"#{colour.rgb[-6:].upper()}", "theme": lambda: f"主题色{colour.theme}{colour.tint:+.6f}"}
    return words.get(colour.type, lambda: f"颜色{colour.indexed}")()


def _fill(told: str | None) -> PatternFill | None:
    found = COLOUR.search(told or "")
    if found is None:
        return None
    if found["rgb"]:
        return PatternFill("solid", fgColor=f"FF{found['rgb']}")
    if found["theme"]:
        return PatternFill("solid", fgColor=Color(theme=int(found["theme"]), tint=float(found["tint"])))
    return PatternFill("solid", fgColor=Color(indexed=int(found["indexed"])))
