"""Rosters of the corpus rewritten in ways that change nothing of their people: they are read as before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from guantong.schemas.reading.batch import Batch, read_batch
from tests.support.corpus import FOLDER

Change = Callable[[Worksheet], None]
# What is in them is lost where they are written anew: odd parts, formulas without a value, words that are struck out; or their sheets belong together.
LEFT_OUT = (".", "b0", "b1", "b2", "dot", "k", "w03")
ABOVE = ["附件2", "", "人员情况一览表", "填表日期：2025年12月1日", "联系电话：024-12345678", ""]
BELOW = ["", "填表人：张三", "注：取得时间填证书上的日期，如2020年6月", "（以下无正文）"]


def lines_above(sheet: Worksheet) -> None:
    _move_down(sheet, len(ABOVE))
    for row, text in enumerate(ABOVE, 1):
        sheet.cell(row, 1).value = text or None


def a_title_over_all_columns(sheet: Worksheet) -> None:
    width = sheet.max_column
    _move_down(sheet, 1)
    sheet.cell(1, 1).value = "2025年人员情况一览表"
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=max(width, 2))


def lines_below(sheet: Worksheet) -> None:
    last = sheet.max_row
    for row, text in enumerate(BELOW, last + 1):
        sheet.cell(row, 1).value = text or None


def white_space_around_texts(sheet: Worksheet) -> None:
    for cell in _texts(sheet):
        cell.value = f"\u3000{cell.value}\u200b\u00a0\n"


def full_width_digits(sheet: Worksheet) -> None:
    for cell in _texts(sheet):
        cell.value = cell.value.translate(str.maketrans("0123456789()", "０１２３４５６７８９（）"))


def a_list_of_words_on_a_hidden_sheet(sheet: Worksheet) -> None:
    words = sheet.parent.create_sheet("选项")
    words.sheet_state = "veryHidden"
    for word in ("技能等级", "高级工", "技师", "职称", "工程师"):
        words.append([word])


def frozen_and_coloured(sheet: Worksheet) -> None:
    sheet.freeze_panes, sheet.auto_filter.ref = "B2", sheet.dimensions
    for cell in _texts(sheet):
        cell.hyperlink = "http://example.org/"


def an_index_of_sheets_first(sheet: Worksheet) -> None:
    front = sheet.parent.create_sheet("封面", 0)
    for text in ("贯通评价申报材料", "单位（盖章）：", "二〇二五年十二月"):
        front.append([text])


CHANGES: list[Change] = [
    lines_above,
    a_title_over_all_columns,
    lines_below,
    white_space_around_texts,
    full_width_digits,
    a_list_of_words_on_a_hidden_sheet,
    frozen_and_coloured,
    an_index_of_sheets_first,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_roster_rewritten_is_read_as_before(change: Change) -> None:
    assert _read(change) == _unchanged()


@cache
def _unchanged() -> dict[str, list[dict[str, object]]]:
    return _read(lambda _: None)


def _read(change: Change) -> dict[str, list[dict[str, object]]]:
    """File → what is told of each of its people, of all files that are read, each rewritten."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / path.name for path in _rosters()]
        for path in paths:
            book = load_workbook(FOLDER / path.name)
            change(book.worksheets[0])
            book.save(path)
        return _people(read_batch(paths, b"key"), paths)


@cache
def _rosters() -> list[Path]:
    files = [path for path in sorted(FOLDER.glob("*.xlsx")) if not path.name.startswith(LEFT_OUT)]
    return [path for path in files if len(load_workbook(path, read_only=True).worksheets) == 1]


def _people(batch: Batch, paths: list[Path]) -> dict[str, list[dict[str, object]]]:
    held: dict[int, list[tuple[object, ...]]] = {}
    for one in batch.credentials.to_pylist():
        held.setdefault(one["pid"], []).append(
            tuple(str(one[name]) for name in ("track", "word", "day_lo", "day_hi", "occupation", "series"))
        )
    graded = {pid: sorted(zip(each["year"], each["grade"], strict=True)) for pid, each in batch.assessments.groupby("pid")}
    unread = {pid: sorted(each["field"]) for pid, each in batch.unread.groupby("pid")}
    found: dict[str, list[dict[str, object]]] = {path.name: [] for path in paths}
    for person in batch.rows.drop(columns=["sheet", "row"]).to_dict("records"):
        pid, file = person.pop("pid"), paths[person.pop("file_no")].name
        own = {"held": held.get(pid), "grades": graded.get(pid), "unread": unread.get(pid)}
        found[file].append({name: str(value) for name, value in person.items()} | own)
    return found


def _texts(sheet: Worksheet) -> Iterator[Cell]:
    return (cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str))


def _move_down(sheet: Worksheet, rows: int) -> None:
    for cells in sheet.merged_cells.ranges:
        cells.shift(row_shift=rows)
    sheet.insert_rows(1, rows)
