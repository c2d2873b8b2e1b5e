"""returned/: a copy of a roster for its enterprise, with every finding marked where it stands."""

from pathlib import Path, PurePosixPath

import pandas
import python_calamine

from guantong.reports import look, marks
from guantong.reports.returned_edit import NotEditable, edit
from guantong.reports.returned_rewrite import rewrite

EDITABLE = {".xlsx", ".xlsm"}
MOST_ROWS, MOST_CELLS = 20_000, 1_000_000  # openpyxl takes 1 ms and 14 kB a row


def returned_name(source_file: str) -> str:
    """The file name of the returned copy of `source_file` (its path relative to the audited folder)."""
    stem = str(PurePosixPath(source_file).with_suffix(""))
    return f"{look.slug(stem, 80)}-退回-{look.digest(source_file)}.xlsx"


def write_returned(source: Path, source_file: str, findings: pandas.DataFrame, target: Path, rulebook: dict | None = None) -> Path:
    """Write into the folder `target` a marked copy of `source`; return its path.

    findings: rows of findings.parquet (marks.COLUMNS; those of other files are ignored), at least
    one of this file. rulebook: for the lines that name the day and the policy.
    A small .xlsx or .xlsm keeps its own formatting; any other is rewritten, values only, and says so.
    Raises ValueError for a finding on a sheet that the roster does not have, or no finding;
    python_calamine.CalamineError for a workbook that cannot be read. Opens `source` in this process:
    call it where reading is guarded.
    """
    found = marks.collect(source_file, findings, rulebook)
    path = target / returned_name(source_file)
    with python_calamine.load_workbook(str(source)) as book, look.replacing(path) as temporary:
        reason = _why_rewrite(source, book)
        if reason is None:
            try:
                edit(source, temporary, found, [name for name, _ in _sheets(book)])
            except NotEditable as problem:
                reason = str(problem)
        if reason is not None:
            found.remarks.append(f"{reason}，本副本只保留各表的内容，没有保留原来的格式和合并单元格。")
            rewrite(book, temporary, found)
    return path


def _sheets(book: python_calamine.CalamineWorkbook) -> list[tuple[str, object]]:
    kind = python_calamine.SheetTypeEnum.WorkSheet
    return [(sheet.name, sheet) for sheet in book.sheets_metadata if sheet.typ == kind]


def _why_rewrite(source: Path, book: python_calamine.CalamineWorkbook) -> str | None:
    """Why the original cannot be marked as it is; None where it can."""
    if source.suffix.lower() not in EDITABLE:
        return f"原表是 {source.suffix.lower()} 格式"
    rows = cells = 0
    for name, _ in _sheets(book):
        end = book.get_sheet_by_name(name).end or (-1, -1)
        rows, cells = rows + end[0] + 1, cells + (end[0] + 1) * (end[1] + 1)
    return "原表过大" if rows > MOST_ROWS or cells > MOST_CELLS else None
