"""The sheets of a roster for its copy: as the audit's own reader reads them, and called as they are."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from math import inf

from guantong.reports.returned import marks
from guantong.reports.returned.xlsx_sheets import sheets_of, xlsx_package
from guantong.reports.returned.xml_trees import NotEditable, holds, unescaped
from guantong.schemas.files.formats import SUFFIXES
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.sniff import Merge
from guantong.schemas.files.workbook import UNCALCULATED, read_workbook, shown_names
from guantong.schemas.files.workbook import Sheet as ReadSheet
from guantong.schemas.files.zip_package import ZIP_START, ZipPackage
from guantong.schemas.findings import is_own_list
from guantong.schemas.text import mask_numbers

STRINGS, WORKBOOK = "xl/sharedStrings.xml", "xl/workbook.xml"
SHEET = re.compile(rb"<(?:\w+:)?sheet\s")
ROW = re.compile(rb"""<row\b[^<>]*?\sr\s*=\s*["'](\d+)["']""")
TAG = re.compile(rb"""<(/?)([A-Za-z_][\w:.\-]*+)((?:[^<>"']++|"[^"<]*"|'[^'<]*')*+)>""")
NO_ROWS = re.compile(rb"<sheetData\s*(?:/>|>\s*</sheetData>)")


@dataclass(frozen=True)
class SheetTitle:
    """name: as it is, where an .xlsx tells; shown: as findings call it. state: visible, hidden or veryHidden.

    part: of the package that holds it, '' of other formats.
    """

    name: str
    state: str
    part: str
    shown: str


@dataclass(frozen=True)
class Sheet(SheetTitle):
    """rows: from A1, all of one length. merges: (top, left, bottom, right), from 0. struck: row → a bit for each column whose cell is struck out.
    comments: (row, column), from 0 → what the enterprise's own comment says.
    """

    rows: list[list[object]]
    merges: list[Merge]
    struck: Mapping[int, int]
    comments: Mapping[tuple[int, int], str]
    comments_unread: bool


@dataclass(frozen=True)
class Book:
    """The worksheets in their order, and whether days are counted from 1904."""

    sheets: list[Sheet]
    date1904: bool

    @cached_property
    def own(self) -> list[Sheet]:
        """The enterprise's sheets: without the list of findings of a former copy."""
        return [sheet for sheet in self.sheets if not is_own_list(sheet.rows)]


class Original:
    """A roster to be copied; its cells are read only where its package does not tell what is asked.

    Raises schemas.workbook.Refusal, when asked, where it cannot be read.
    """

    def __init__(self, data: bytes, suffix: str, most_rows: int, most_bytes: int) -> None:
        """Of a package of more rows or more bytes of XML only the reader tells."""
        self.data, self.suffix = data, suffix.lower()
        self._most_rows, self._most_bytes = most_rows, most_bytes

    @cached_property
    def package(self) -> ZipPackage | None:
        """The content as a package, where it is an .xlsx or .xlsm, whatever it is called."""
        return xlsx_package(self.data)

    @cached_property
    def is_large(self) -> bool:
        """Whether it is a package of more rows or bytes than that."""
        if self._bytes > self._most_bytes:
            return True
        return self.outline is None and sum(len(sheet.rows) for sheet in self.book.sheets) > self._most_rows

    @cached_property
    def _bytes(self) -> int:
        """Bytes of XML in the package, unpacked."""
        parts = self.package.parts if self.package else {}
        return sum(part.file_size for name, part in parts.items() if name.endswith((".xml", ".vml", ".rels")))

    @cached_property
    def outline(self) -> list[SheetTitle] | None:
        """The worksheets, as the package tells; None where they have to be read."""
        if self.package is None or self.suffix not in SUFFIXES or not self.data.startswith(ZIP_START) or self._bytes > self._most_bytes:
            return None
        try:
            return outline(self.package, self._most_rows)
        except (Refusal, NotEditable, ValueError, LookupError):  # what it is that is wrong, the reader knows better
            return None

    @cached_property
    def book(self) -> Book:
        """The roster as it is read."""
        return read_book(self.data, self.suffix)

    @property
    def sheets(self) -> Sequence[SheetTitle]:
        """The worksheets in their order."""
        return self.book.sheets if self.outline is None else self.outline

    @property
    def own(self) -> Sequence[SheetTitle]:
        """The enterprise's sheets: without the list of findings of a former copy."""
        return self.book.own if self.outline is None else self.outline

    @cached_property
    def _names(self) -> dict[str, str]:
        """The names of the enterprise's sheets by what findings call them: the first that is called so counts."""
        names: dict[str, str] = {}
        for sheet in self.own:
            names.setdefault(sheet.name, sheet.name)
            names.setdefault(sheet.shown, sheet.name)
        return names

    def own_name(self, name: str) -> str:
        """The name of the enterprise's sheet that a finding calls so. Raises ValueError where there is none."""
        for known in (name, mask_numbers(name)):
            if known in self._names:
                return self._names[known]
        raise ValueError(f"原表没有工作表“{name}”，数据问题与文件不符")


def read_book(data: bytes, suffix: str) -> Book:
    """The sheets of a roster. Raises schemas.workbook.Refusal where it cannot be read."""
    read = read_workbook(data, suffix.lower())
    known: list[tuple[str, str, str]] = []
    if package := xlsx_package(data):
        with suppress(NotEditable):  # then the reader's own names and states do
            known = list(sheets_of(package))
    if len(known) != len(read.sheets):
        known = [(sheet.name, "hidden" if sheet.hidden else "visible", "") for sheet in read.sheets]
    for sheet in read.sheets:
        _put_uncalculated(sheet)
    sheets = [
        Sheet(*title, sheet.name, sheet.rows, sheet.merges, sheet.struck, sheet.comments, sheet.comments_unread)
        for title, sheet in zip(known, read.sheets, strict=True)
    ]
    return Book(sheets, read.date1904)


def _put_uncalculated(sheet: ReadSheet) -> None:
    """A text 0 of a formula that may never have been calculated, which is no value, as one that was not: without its formula it would be one."""
    for row, column in sheet.doubtful_zeros:
        if isinstance(sheet.rows[row][column], str):
            sheet.rows[row][column] = UNCALCULATED


def outline(package: ZipPackage, most_rows: int) -> list[SheetTitle] | None:
    """The worksheets of an .xlsx of which none is the list of findings of a former copy.

    None where that is not sure, where there are sheets of other kinds or two alike, or more than `most_rows` rows in all.
    Raises Refusal, NotEditable, ValueError or LookupError where a part of the package is damaged.
    """
    known = list(sheets_of(package))
    names, parts = [name for name, _, _ in known], [part for _, _, part in known]
    if len(SHEET.findall(package.read(WORKBOOK))) != len(known) or len(set(names)) < len(known) or len(set(parts)) < len(known):
        return None
    sheets = [package.read(part) for part in parts]
    if sum(map(_last_row, sheets)) > most_rows or any(_may_say(xml, marks.TITLE, b"inlineStr" in xml) for xml in sheets):
        return None
    if STRINGS.lower() in package.parts and _may_say(package.read(STRINGS), marks.TITLE, True):
        return None
    return [SheetTitle(*sheet, called) for sheet, called in zip(known, shown_names(names), strict=True)]


def _last_row(xml: bytes) -> float:
    """The number of the last row of a worksheet part, infinite where it is not to be seen; that rows stand in their order the marking sees."""
    found = ROW.match(xml, max(0, xml.rfind(b"<row", 0, xml.rfind(b"</sheetData>"))))
    return int(found[1]) if found else 0 if NO_ROWS.search(xml) else inf


def _may_say(xml: bytes, words: str, pieces: bool) -> bool:
    """Whether a text in a part may hold `words`, written in whatever way. pieces: whether there are texts in several pieces."""
    if words.encode() in xml or holds(xml, b"<!") or b"\0" in xml[:64]:
        return True
    hidden = holds(xml, b"&#") or holds(xml, b"_x") or (pieces and (b"</r>" in xml or b":r>" in xml))
    return hidden and words in unescaped(unescape(TAG.sub(b"", xml).decode()))
