"""The header path of each column: what a block of header rows says of it, its groups first; with merged ranges, and where a format tells no merges."""

from __future__ import annotations

import re
from itertools import groupby

from guantong.schemas.files.workbook import Sheet
from guantong.schemas.layout.header_words import what_is_said
from guantong.schemas.layout.headers import header_text
from guantong.schemas.text import is_blank, label

Merged = dict[tuple[int, int], tuple[int, int]]  # a cell → the top left cell of the merged range that it lies in
HEADER_ROWS = 3
_TITLE = re.compile(r"表$|册|名单|附件|一览|.{16}")
_OF_CREDENTIALS = re.compile("技能|职业资格|职称|专业技术|任职资格")
_NAME = re.compile("(资格|职称|职务|职业|工种|证书)?名称")  # which may stand before the level of a group


def merged_headers(sheet: Sheet, naming: list[int]) -> Merged:
    """Cell → the top left cell of the merged range it lies in, for ranges no taller than a header, around the rows ``naming``."""
    near = {row + off for row in naming for off in range(-HEADER_ROWS, HEADER_ROWS + 1)}
    found = {}
    for top, left, bottom, right in sheet.merges:
        if bottom - top < HEADER_ROWS and right - left < 1000 and (top in near or bottom in near):
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    found[row, column] = (top, left)
    return found


def is_title(sheet: Sheet, merged: Merged, row: int) -> bool:
    """Whether a row says one thing only, from the left edge or at length, as a title does: it heads no group."""
    texts: dict[str, int] = {}
    for column in range(len(sheet.rows[row])):
        top, left = merged.get((row, column), (row, column))
        if text := header_text(sheet.rows[top][left]):
            texts.setdefault(text, column)
    return not texts or (len(texts) == 1 and (min(texts.values()) < 2 or _TITLE.search(min(texts)) is not None))


def header_paths(sheet: Sheet, merged: Merged, first: int, height: int) -> list[tuple[str, ...]]:
    """The header path of every column for a block of ``height`` rows: group texts first, own text last."""
    width, last = len(sheet.rows[first]), first + height - 1
    paths: list[list[str]] = [[] for _ in range(width)]
    for row in range(first, first + height):
        carried, over_middle = "", dict[int, str]()
        is_unmerged = row < first + height - 1 and not any(merged.get((row, column), (row, column))[1] < column for column in range(width))
        if is_unmerged:
            over_middle = _over_middle(sheet, row, first + height) or _before_middle(sheet, row, first + height)
        for column in range(width):
            at = merged.get((row, column))
            text = header_text(sheet.rows[at[0]][at[1]] if at else sheet.rows[row][column])
            if at and at[0] < row and at[0] >= first:
                text = ""  # a cell merged downwards speaks once
            elif at and at[0] < first:
                text = ""  # a title above the block
            elif not text and column in over_middle:
                text = over_middle[column]
            elif not text and is_unmerged and _below_filled(sheet, row, column, first + height):
                text = carried  # a group written once over several columns, in a format that tells no merges or centred across them
            paths[column].append(text)
            is_own = merged.get((last, column), (last, column))[0] <= row  # merged down to the people, it is no group
            carried = "" if is_own else text or carried
    return [tuple(path) for path in paths]


def _over_middle(sheet: Sheet, row: int, end: int) -> dict[int, str]:
    """The groups of columns where each is written over the middle of its columns, unmerged: told by a first column that stands left of the first group's
    text. Where the texts do not stand in the middle of spans that follow each other, nobody can tell where a group ends: '' for what has none above.
    """
    found: dict[int, str] = {}
    texts = [header_text(cell) for cell in sheet.rows[row]]
    below = [_below_filled(sheet, row, column, end) for column in range(len(texts))]
    for is_group, run in groupby(range(len(texts)), below.__getitem__):
        columns = list(run)
        labels = [column for column in columns if texts[column]]
        if not is_group or not labels or texts[columns[0]]:
            continue
        found |= dict.fromkeys(columns, "")
        spans: dict[int, str] = {}
        start = columns[0]
        for at in labels:
            spans |= dict.fromkeys(range(start, 2 * at - start + 1), texts[at])
            start = max(start, 2 * at - start + 1)
        if list(spans) == columns and all(spans[at] == texts[at] for at in labels):
            found |= spans
    return found


def _before_middle(sheet: Sheet, row: int, end: int) -> dict[int, str]:
    """The columns left of a group's text, unmerged, that are of that group, for it is written over the middle: where else the group before would tell
    what is held twice, and it, of a level or title, not at all.
    """
    texts = [header_text(cell) for cell in sheet.rows[row]]
    labels = [column for column, text in enumerate(texts) if text]
    own = [
        next(filter(None, (header_text(sheet.rows[below][column]) for below in range(row + 1, end))), "") for column in range(len(texts))
    ]
    held = [(said := what_is_said(text)) is not None and said.part == "held" if text else False for text in own]
    found: dict[int, str] = {}
    for before, at, behind in zip(labels, labels[1:], [*labels[2:], len(texts)]):
        starts = [column for column in range(before, at) if held[column]]
        if len(starts) > 1 and own[at] and _OF_CREDENTIALS.search(texts[at]) and not any(held[at:behind]):
            start = starts[-1] - (_NAME.fullmatch(own[starts[-1] - 1]) is not None and starts[-1] - 1 > before)
            found |= dict.fromkeys(range(start, at), texts[at])
    return found


def _below_filled(sheet: Sheet, row: int, column: int, end: int) -> bool:
    return any(not is_blank(sheet.rows[below][column]) for below in range(row + 1, end))


def written_header(sheet: Sheet, merged: Merged, first: int, height: int, column: int) -> str:
    """A column's header as written, group and sub-header joined by '/'."""
    texts = []
    for row in range(first, first + height):
        at = merged.get((row, column), (row, column))
        if at[0] >= first:
            texts.append(label(sheet.rows[at[0]][at[1]]))
    return "/".join(dict.fromkeys(text for text in texts if text))
