"""returned/: a copy of a roster for its enterprise, with every finding marked where it stands."""

import re
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path, PurePosixPath

import pyarrow

from guantong.reports import look, marks
from guantong.reports.returned_edit import NotEditable, edit
from guantong.reports.returned_package import is_package, uncalculated, unpacked
from guantong.reports.returned_rewrite import rewrite
from guantong.reports.returned_sheets import Book, Sheet, read_book
from guantong.schemas.workbook import UNCALCULATED, Refusal

MOST_ROWS, MOST_BYTES, MOST_FINDINGS = 20_000, 64_000_000, 25_000  # what is marked in 250 MB beyond the program itself
UNDATED = datetime(2000, 1, 1)  # of a copy that no rule book dates
FORMER = re.compile(r"(-退回-[0-9a-f]{8})+$")


def returned_name(source_file: str) -> str:
    """The file name of the returned copy of `source_file` (its path relative to the audited folder)."""
    stem = FORMER.sub("", str(PurePosixPath(source_file).with_suffix("")))
    return f"{look.slug(stem, 80)}-退回-{look.digest(source_file)}.xlsx"


def write_returned(
    data: bytes,
    suffix: str,
    source_file: str,
    findings: pyarrow.Table,
    target: Path,
    rulebook: dict | None = None,
    plain: bool = False,
) -> Path:
    """Write into the folder `target` a marked copy of the roster `data`; return its path.

    findings: rows of findings.parquet (marks.COLUMNS; those of other files are ignored), at least
    one of this file; sheets may be called as outputs show them, ID numbers masked. rulebook: for the
    lines that name the day and the policy.
    A small .xlsx or .xlsm keeps its own formatting and formulas; any other is rewritten, values only, and says
    so; `plain` has it rewritten in any case, where marking the original has failed. The same arguments give
    the same bytes.
    Raises ValueError for a finding on a sheet that the roster does not have, or no finding;
    schemas.workbook.Refusal for a workbook that cannot be read. Call it where reading is guarded.
    """
    book = read_book(data, suffix)
    found = marks.collect(source_file, findings, rulebook, book.called)
    created = look.created(rulebook) if rulebook else UNDATED
    path = target / returned_name(source_file)
    with look.replacing(path) as temporary:
        reason = "原表未能原样标注（处理时超时或中断）" if plain else _why_rewrite(data, suffix, book, len(found.entries))
        if reason is None:
            try:
                former = [sheet.name for sheet in book.sheets if sheet not in book.own]
                edit(data, temporary, found, [sheet.name for sheet in book.sheets], former, created)
                _compare(book, temporary)
            except NotEditable as problem:
                reason = str(problem)
        if reason is not None:
            told = is_package(data) and any(UNCALCULATED in row for sheet in book.own for row in sheet.rows)
            rewrite(book, temporary, found, reason, created, uncalculated(data) if told else {})
    return path


def _why_rewrite(data: bytes, suffix: str, book: Book, findings: int) -> str | None:
    """Why the original cannot be marked as it is; None where it can."""
    if not is_package(data):
        return f"原表是 {suffix.lower()} 格式" if suffix.lower() not in (".xlsx", ".xlsm") else "原表的内容不是 .xlsx 格式，或已加密"
    large = unpacked(data) > MOST_BYTES or sum(len(sheet.rows) for sheet in book.sheets) > MOST_ROWS or findings > MOST_FINDINGS
    return "原表过大或问题过多" if large else None


def _compare(book: Book, path: Path) -> None:
    """Raise NotEditable unless the copy reads as the original does, cell by cell."""
    try:
        copy = read_book(path.read_bytes(), ".xlsx")
    except Refusal as problem:
        raise NotEditable("原表的内容不能原样保留") from problem
    alike = copy.date1904 == book.date1904 and len(copy.own) == len(book.own) and all(map(_alike, book.own, copy.own))
    if not alike:
        raise NotEditable("原表的内容不能原样保留")


def _alike(own: Sheet, copied: Sheet) -> bool:
    pairs = zip_longest(own.rows, copied.rows, fillvalue=[])
    return set(own.merges) == set(copied.merges) and all(
        one == other or all(_same(*values) for values in zip_longest(one, other, fillvalue="")) for one, other in pairs
    )


def _same(own: object, copied: object) -> bool:
    """Whether two values are one: times to the second; a formula that was never calculated may have become text."""
    if isinstance(own, date) and isinstance(copied, date):
        one, other = (value if isinstance(value, datetime) else datetime(value.year, value.month, value.day) for value in (own, copied))
        return abs((one - other).total_seconds()) <= 1
    return own == copied or str(own) == str(copied) or (own == UNCALCULATED and str(copied).startswith("="))
