"""What python-calamine does not tell of an Office Open XML workbook (.xlsx, .xlsm, .xlsb), read from its package."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from guantong.schemas.files.number_formats import Formats, Shown
from guantong.schemas.files.records import xlsb_extras
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.sniff import MAX_CELLS, Facts, SheetFacts, cells_of, check_extent
from guantong.schemas.files.xlsx import xlsx_worksheet
from guantong.schemas.files.xlsx.xlsx_comments import note_comments
from guantong.schemas.files.xlsx.xlsx_parts import relations_of
from guantong.schemas.files.xlsx.xlsx_strikes import mark_struck
from guantong.schemas.files.xml_walk import walk
from guantong.schemas.files.zip_package import ZipPackage

_TRUE = ("1", "true", "on")
_STRINGS = "xl/sharedstrings.xml"
MOST_WRITTEN_OUT = 400_000_000  # bytes of long texts, over all cells that show them
_LONG = 4_000  # bytes from which a text counts as long; a roster has none, so that most files are told at a glance
_MOST_READ = 150_000_000  # bytes of a table of texts that is looked through; the reader itself can't hold more than that
_END_OF_TEXT = b"</si>"
_TEXT = re.compile(rb"<(?:\w+:)?si[\s>/]")
_SHOWN = re.compile(rb"\st\s*=\s*[\"']s[\"'][^<>]{0,200}+>\s*+<(?:\w+:)?v>\s*+(\d{1,9})\s*+<")


def xlsx_facts(package: ZipPackage) -> Facts:
    """Facts of an .xlsx or .xlsm. Raises Refusal: macro_sheet, too_large, damaged."""
    facts = _book_facts(package)
    facts.zeros_doubtful = not any(part.endswith("calcchain.xml") for part in package.parts)
    sheets: list[tuple[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "sheet":
            sheets.append((attributes.get("name", ""), _relation_id(attributes)))
        elif name == "calcPr":
            asks = attributes.get("fullCalcOnLoad", "").lower() in _TRUE
            completed = attributes.get("calcCompleted", "0" if asks else "1").lower() in _TRUE
            facts.zeros_uncalculated = not completed
            facts.zeros_doubtful &= "calcCompleted" not in attributes
        elif name == "workbookPr" and attributes.get("date1904", "").lower() in _TRUE:
            facts.date1904 = True  # an extension's x15:workbookPr may follow, which does not say

    book = "xl/workbook.xml" if "xl/workbook.xml" in package.parts else "workbook.xml"
    walk(package.read(book), start)
    targets = _targets(package, book)
    read = partial(xlsx_worksheet.facts_of, without_day=_styles_without_day(package, targets))
    found = _with_sheets(package, facts, sheets, read, targets)
    of_parts = [(targets[relation][1], of) for (_, relation), of in zip(sheets, found.sheets) if of is not None]
    mark_struck(package, targets.values(), of_parts)
    note_comments(package, of_parts)
    _check_strings(package, {part for kind, part in targets.values() if kind == "worksheet" and part.lower() in package.parts})
    return found


def xlsb_facts(package: ZipPackage) -> Facts:
    """Facts of an .xlsb. Raises Refusal: macro_sheet, too_large, damaged."""
    facts = _book_facts(package)
    sheets, facts.date1904 = xlsb_extras.book_of(package.read("xl/workbook.bin"))
    targets = _targets(package, "xl/workbook.bin")
    styles, texts = _part_of("styles", package, targets), _part_of("sharedstrings", package, targets)
    look = xlsb_extras.look_of(package.read(styles)) if styles else xlsb_extras.Look()
    if look.fonts.struck and texts:
        look.texts = xlsb_extras.live_texts(package.read(texts), look.fonts)
    found = _with_sheets(package, facts, sheets, partial(xlsb_extras.facts_of, look=look), targets)
    for (_, relation), sheet in zip(sheets, found.sheets):
        if sheet is not None and any("comment" in part for part in package.parts):
            sheet.comments_unread = any(one.kind == "comments" for one in relations_of(package, targets[relation][1]))
    return found


def _book_facts(package: ZipPackage) -> Facts:
    """What the names of the parts tell, once the parts that only calamine reads are known to be as large as they say."""
    if any(part.startswith("xl/macrosheets/") for part in package.parts):
        raise Refusal("macro_sheet")
    for part in package.parts:
        if part.startswith(("xl/sharedstrings.", "xl/styles.", "xl/metadata.")):
            package.verify(part)
    return Facts(
        macros=any(part.endswith("vbaproject.bin") for part in package.parts),
        external_links=any(part.startswith("xl/externallinks/") for part in package.parts),
    )


def _with_sheets(
    package: ZipPackage,
    facts: Facts,
    sheets: list[tuple[str, str]],
    read: Callable[[bytes, bool], SheetFacts],
    targets: dict[str, tuple[str, str]],
) -> Facts:
    """``facts`` with those of each sheet, given as (name, relation id); ``targets`` is `_targets`.

    Two sheets of one name or one part are never of Excel's making, and calamine would read the first one twice.
    """
    if len({name for name, _ in sheets}) < len(sheets):
        raise Refusal("damaged", "工作表重名")
    found = [targets.get(relation, ("", "")) for _, relation in sheets]
    if len({part for _, part in found}) < len(found):
        raise Refusal("damaged", "多张工作表指向同一内容")
    if any(kind.endswith("macrosheet") for kind, _ in found):
        raise Refusal("macro_sheet")
    for exact in (False, True):
        facts.sheets = [read(package.read(part), exact) if kind == "worksheet" else None for kind, part in found]
        if cells_of(facts.sheets) <= MAX_CELLS:
            break
    for sheet, (name, _) in zip(facts.sheets, sheets):
        if sheet is not None:
            sheet.name = name
    check_extent(facts.sheets)
    if twice := next((sheet for sheet in facts.sheets if sheet is not None and sheet.repeats), None):
        raise Refusal("damaged", f"工作表“{twice.name}”中同一行号或单元格出现两次，前一处的内容会被后一处覆盖")
    return facts


def _targets(package: ZipPackage, book: str) -> dict[str, tuple[str, str]]:
    """Relation id → (kind in lower case, part) of the relations of the workbook."""
    return {one.name: (one.kind, one.part) for one in relations_of(package, book)}


def _part_of(wanted: str, package: ZipPackage, targets: dict[str, tuple[str, str]]) -> str | None:
    """The part of a kind that the workbook relates to and the package has."""
    return next((part for kind, part in targets.values() if kind == wanted and part.lower() in package.parts), None)


def _styles_without_day(package: ZipPackage, targets: dict[str, tuple[str, str]]) -> dict[int, Shown]:
    """The cell styles of an .xlsx that show a date without its day."""
    formats, depth = Formats(), [""]

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "numFmt" and attributes.get("numFmtId", "").isdecimal():
            formats.add_code(int(attributes["numFmtId"]), attributes.get("formatCode", ""))
        elif name == "xf" and depth[-1] == "cellXfs":
            number = attributes.get("numFmtId", "0")
            formats.add_style(int(number) if number.isdecimal() else 0)
        depth.append(name)

    def end(_: str) -> None:
        depth.pop()

    part = _part_of("styles", package, targets)
    if part is None:
        return {}
    try:
        walk(package.read(part), start, end)
    except Refusal:  # a look that no program of today has written costs no roster: its days are read as they are stored
        return {}
    return formats.without_day()


def _relation_id(attributes: dict[str, str]) -> str:
    """A sheet's relation id, whatever the prefix of its namespace: strict and transitional files differ in it."""
    return next((value for name, value in attributes.items() if name.rpartition(":")[2] == "id" and ":" in name), "")


def _are_short(table: bytes) -> bool:
    """Whether the texts of a table of texts are all short, told by looking at an end of a text in every few of them."""
    at, step = 0, _LONG // 2
    while len(table) - at > step:
        end = table.rfind(_END_OF_TEXT, at, at + step)
        if end < 0:
            return False
        at = end + len(_END_OF_TEXT)
    return True


def _check_strings(package: ZipPackage, parts: Iterable[str]) -> None:
    """Raises Refusal (too_large) where long texts, which an .xlsx keeps once for all cells, stand in so many cells of the worksheet ``parts`` that no memory would do."""
    info = package.parts.get(_STRINGS)
    if info is None or not _LONG <= info.file_size <= _MOST_READ:
        return
    table = package.read(_STRINGS)
    if _are_short(table):
        return
    starts = np.fromiter((found.start() for found in _TEXT.finditer(table)), np.int64)
    sizes = np.diff(starts, append=len(table))
    if not len(sizes) or sizes.max() < _LONG:
        return
    del table
    written = 0
    for part in parts:
        shown = np.fromiter((int(found[1]) for found in _SHOWN.finditer(package.read(part))), np.int64)
        shown = sizes[shown[shown < len(sizes)]]
        written += int(shown[shown >= _LONG].sum())
    if written > MOST_WRITTEN_OUT:
        raise Refusal("too_large", "很长的文字在过多的单元格中重复")
