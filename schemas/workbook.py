"""A workbook's sheets as grids of cells, absolute rows and columns kept. Reads by python-calamine."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import msoffcrypto
import python_calamine as calamine
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError

from guantong.schemas.package import Merge, ods_merges, xlsx_errors
from guantong.schemas.text import mask_numbers

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"})
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# One sheet of Excel's own full size is 1048576 rows; what a roster may hold is far below.
MAX_CELLS = 40_000_000


class Refusal(Exception):
    """A file that can't be taken in. ``code`` is a finding code; ``detail`` is for the message, in Chinese."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


@dataclass
class Sheet:
    """One worksheet, named as outputs show it (`shown_names`). ``rows[i][j]`` is the cell at row ``i + 1``, column ``j`` from 0: text, number, bool, date or None.

    ``merges`` are (first row, first column, last row, last column), from 0, both ends included.
    """

    name: str
    rows: list[list[object]]
    merges: list[Merge] = field(default_factory=list)


def read_workbook(path: Path) -> list[Sheet]:
    """All worksheets of the workbook at ``path``, hidden ones too, in the workbook's order.

    Raises Refusal where the file is encrypted, damaged, unreadable or no workbook.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise Refusal("unsupported_format", path.suffix.lower() or "没有扩展名")
    _refuse_early(path)
    merges, errors = _untold(path)
    try:
        # from a stream, the format is told by the content: an .xlsx named .xls is read all the same
        with path.open("rb") as file, calamine.load_workbook(file) as book:
            return [
                _sheet(book, position, shown, merges.get(meta.name), errors.get(meta.name, {}))
                for position, (meta, shown) in enumerate(zip(book.sheets_metadata, shown_names(book.sheet_names)))
                if meta.typ == calamine.SheetTypeEnum.WorkSheet
            ]
    except calamine.PasswordError as error:
        raise Refusal("encrypted") from error
    except (KeyboardInterrupt, SystemExit, Refusal, MemoryError):
        raise
    except OSError as error:
        raise Refusal("unreadable_file", fault(error)) from error
    except BaseException as error:  # a panic in the reader is a BaseException, not an Exception
        raise Refusal("damaged", type(error).__name__) from error


def shown_names(names: list[str]) -> list[str]:
    """Sheet names as outputs show them: ID numbers in them masked, and still no two alike."""
    shown: list[str] = []
    for name in map(mask_numbers, names):
        shown.append(name if name not in shown else f"{name}#{len(shown) + 1}")
    return shown


def fault(error: OSError) -> str:
    """Why a file can't be opened, in Chinese."""
    if isinstance(error, FileNotFoundError):
        return "文件不存在，或链接已失效"
    if isinstance(error, PermissionError):
        return "没有读取权限，或正被其他程序占用"
    return f"读取失败，错误号 {error.errno}"


def _refuse_early(path: Path) -> None:
    """Tell encrypted files and files that are no workbook by their first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
            if head == _OLE:
                file.seek(0)
                _refuse_encrypted(file)
    except OSError as error:
        raise Refusal("unreadable_file", fault(error)) from error
    if head != _OLE and not zipfile.is_zipfile(path):
        raise Refusal("damaged" if head[:2] == b"PK" else "not_a_workbook", "压缩包不完整" if head[:2] == b"PK" else "")


def _refuse_encrypted(file: object) -> None:
    try:
        encrypted = msoffcrypto.OfficeFile(file).is_encrypted()
    except Exception as error:  # the library raises many kinds on an OLE file that is no Office file
        raise Refusal("damaged", type(error).__name__) from error
    if encrypted:
        raise Refusal("encrypted")


def _untold(path: Path) -> tuple[dict[str, list[Merge]], dict[str, dict[tuple[int, int], str]]]:
    """(merged ranges, error cells) by sheet, where the format is one of which calamine does not tell them."""
    try:
        return (ods_merges(path), xlsx_errors(path)) if zipfile.is_zipfile(path) else ({}, {})
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, NotImplementedError, ParseError, DefusedXmlException, OSError) as error:
        raise Refusal("damaged", type(error).__name__) from error


def _sheet(
    book: calamine.CalamineWorkbook, position: int, name: str, known: list[Merge] | None, errors: dict[tuple[int, int], str]
) -> Sheet:
    sheet = book.get_sheet_by_index(position)
    if sheet.total_height * sheet.total_width > MAX_CELLS:
        raise Refusal("damaged", f"工作表“{name}”有{sheet.total_height}行{sheet.total_width}列，超出可读取的大小")
    merges = known or [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or []]
    rows = sheet.to_python(skip_empty_area=False)
    for (row, column), error in errors.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = error
    return Sheet(name, rows, merges)


def letter(column: int) -> str:
    """The letter of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
