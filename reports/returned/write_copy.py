"""returned/: a copy of a roster for its enterprise, with every finding marked where it stands."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path, PurePosixPath

import pyarrow

from guantong.reports import output_files, style
from guantong.reports.returned import marks
from guantong.reports.returned.check_copy import check_copy
from guantong.reports.returned.in_place.edit_workbook import edit_workbook
from guantong.reports.returned.original import Original
from guantong.reports.returned.rewrite import rewrite
from guantong.reports.returned.xlsx_sheets import uncalculated
from guantong.reports.returned.xml_trees import NotEditable
from guantong.schemas.columns_in_words import ReadColumn
from guantong.schemas.files.cell_address import CellAddress
from guantong.schemas.files.workbook import UNCALCULATED

MOST_ROWS, MOST_BYTES, MOST_FINDINGS = 20_000, 64_000_000, 25_000  # what is marked in 250 MB beyond the program itself
UNDATED = datetime(2000, 1, 1)  # of a copy that no rule book dates
FORMER = re.compile(r"(-退回-([0-9a-f]{8}|[0-9a-z]{16}))+$")


def returned_name(source_file: str) -> str:
    """The file name of the returned copy of `source_file` (its path relative to the audited folder)."""
    stem = FORMER.sub("", str(PurePosixPath(source_file).with_suffix("")))
    return f"{output_files.slug(stem)}-退回-{output_files.digest(source_file)}.xlsx"


def write_returned(
    data: bytes,
    suffix: str,
    source_file: str,
    findings: pyarrow.Table,
    target: Path,
    rulebook: dict | None = None,
    plain: bool = False,
    columns: Iterable[ReadColumn] = (),
) -> Path:
    """Write into the folder `target` a marked copy of the roster `data`; return its path.

    findings: rows of findings.parquet (marks.COLUMNS; those of other files are ignored), at least
    one of this file; sheets may be called as outputs show them, ID numbers masked. rulebook: for the
    lines that name the day and the policy. columns: those of the file, with what they were read as.
    A small .xlsx or .xlsm keeps its own formatting and formulas; any other is rewritten, values only, and says
    so; `plain` has it rewritten in any case, where marking the original has failed. The same arguments give
    the same bytes.
    Raises ValueError for a finding on a sheet that the roster does not have, or no finding;
    schemas.workbook.Refusal for a workbook that cannot be read; the cells of an .xlsx are read only where bytes do not tell
    enough, so give it what the audit has read. Call it where reading is guarded.
    """
    original = Original(data, suffix, MOST_ROWS, MOST_BYTES)
    copy_marks = marks.collect(source_file, findings, rulebook, original.own_name, columns)
    created = style.creation_time(rulebook) if rulebook else UNDATED
    path = target / returned_name(source_file)
    with output_files.replace_file(path) as temporary:
        reason = "原表未能原样标注（处理时超时或中断）" if plain else _why_rewrite(original, len(copy_marks.entries))
        if reason is None:
            try:
                former = [sheet.name for sheet in original.sheets if sheet not in original.own]
                edit_workbook(original.package, temporary, copy_marks, [sheet.name for sheet in original.sheets], former, created)
                check_copy(original, temporary.read_bytes())
            except NotEditable as problem:
                reason = str(problem)
        if reason is not None:
            rewrite(original.book, temporary, copy_marks, reason, created, formulas_of(original))
    return path


def formulas_of(original: Original) -> dict[str, dict[CellAddress, str]]:
    """{sheet: {cell: text}} of the formulas that were never calculated."""
    is_uncalculated = original.package and any(UNCALCULATED in row for sheet in original.book.own for row in sheet.rows)
    return uncalculated(original.package) if is_uncalculated else {}


def _why_rewrite(original: Original, findings: int) -> str | None:
    """Why the original cannot be marked as it is; None where it can."""
    if original.package is None:
        kind = original.suffix
        return f"原表是 {kind} 格式" if kind not in (".xlsx", ".xlsm") else "原表的内容不是 .xlsx 格式，或已加密"
    return "原表过大或问题过多" if original.is_large or findings > MOST_FINDINGS else None
