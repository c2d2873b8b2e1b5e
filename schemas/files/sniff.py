"""A look at a file's bytes before anything parses them: what they are, and whether they are safe to unpack."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

import olefile

from guantong.schemas.files.number_formats import DatesWithoutDay
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.struck_words import Left
from guantong.schemas.files.text_encoding import utf16_without_mark
from guantong.schemas.files.xlsx.xlsx_parts import with_usual_names
from guantong.schemas.files.zip_package import ZIP_START, ZipPackage

# Of all sheets, each counted from A1. Measured: a cell takes the reader 32 bytes where it is empty, up to 120 where it is not,
# and Python 8 and its value; as many texts as this take 800 megabytes (flows/workers/limits.py gives 850).
MAX_CELLS = 6_200_000
_MOST_PARTLY = 200_000  # cells of a sheet in which words are struck

Merge = tuple[int, int, int, int]
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS = {
    "PDF 文件": (b"%PDF",),
    "图片": (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*"),
    "图片或音视频": (b"RIFF",),
    "macOS 的附带文件": (b"\0\x05\x16\x07", b"\0\x05\x16\0"),
    "Word 文档（RTF）": (b"{\\rtf",),
    "Excel 5.0/95 的旧格式": (b"\x09\x08\x08\x00\x00\x05",),
    "Excel 4.0 以前的旧格式": (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00"),
}
_ARCHIVES = {b"Rar!": "RAR", b"7z\xbc\xaf": "7z", b"\x1f\x8b": "gzip"}
_PACKAGES = {"Word 文档": ("word/",), "PPT 演示文稿": ("ppt/",), "苹果 Numbers 表格": ("index/document.iwa", "index.zip")}
_DOCUMENTS = [("WordDocument", "Word 文档"), ("PowerPoint Document", "PPT 演示文稿")]
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass
class SheetFacts:
    """What python-calamine does not tell of a sheet, in rows and columns from 0.

    ``cells`` are errors and formulas never calculated, to be put in place. ``without_day``: cells that show a month or a year alone.
    ``zeros``: formulas whose stored result is 0, which is also what stands there before they are calculated. ``rows`` and ``columns`` are a bound on how
    far filled cells reach, as counts from A1; ``written`` is how many cells are written, which may be more where they are
    written over each other. ``merges`` is None where calamine tells them.
    ``comments``: cell → what its comment says; ``comments_unread``: there are some that were not read. ``repeats``: a cell is there twice. ``struck``: row → a bit for each column whose cell is struck out; ``partly_struck``: what is left of a cell in which words are struck.
    """

    name: str | None = None
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    without_day: DatesWithoutDay = field(default_factory=DatesWithoutDay)
    zeros: set[tuple[int, int]] = field(default_factory=set)
    struck: dict[int, int] = field(default_factory=dict)
    partly_struck: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[Merge] | None = None
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)  # first and last
    rows: int = 0
    columns: int = 0
    written: int = 0
    repeats: bool = False
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    comments_unread: bool = False

    @property
    def size(self) -> int:
        """How many cells the sheet has as a grid from A1, or written, where these are more."""
        return max(self.rows * self.columns, self.written)

    def add_merge(self, merge: Merge) -> None:
        """Note a merged range."""
        self.merges = self.merges or []
        self.merges.append(merge)

    def strike(self, row: int, column: int, across: int = 1) -> None:
        """Note a struck cell, or several beside each other."""
        self.struck[row] = self.struck.get(row, 0) | ((1 << across) - 1) << column

    def strike_cell(self, row: int, column: int, is_struck: bool, words: Left | None) -> None:
        """Note a cell whose own font strikes out, or whose words are in several fonts. Raises Refusal where these are too many."""
        left = words.of_cell(is_struck) if words else "" if is_struck else None
        if left is not None:
            self.strike_words(row, column, left)

    def strike_words(self, row: int, column: int, left: str) -> None:
        """Note a cell in which words are struck: it is struck out where nothing is left. Raises Refusal where they are too many."""
        if not left.strip():
            self.strike(row, column)
            return
        self.partly_struck[row, column] = left
        if len(self.partly_struck) > _MOST_PARTLY:
            raise Refusal("too_large", "有划去文字的单元格过多")

    def reach(self, row: int, column: int) -> None:
        """Note a filled cell. Raises Refusal where that makes the sheet too large."""
        self.written += 1
        self.rows, self.columns = max(self.rows, row + 1), max(self.columns, column + 1)
        if self.rows * self.columns > MAX_CELLS or self.written > MAX_CELLS:
            check_extent([self])


@dataclass
class Facts:
    """What python-calamine does not tell of a workbook; ``sheets`` in the workbook's order, None for what is no worksheet.

    ``zeros_uncalculated``: the workbook asks for all formulas to be calculated when it is opened; ``zeros_doubtful``: nothing shows that they
    ever were. ``content`` is what calamine is to read, where it is not the file's own bytes.
    """

    sheets: list[SheetFacts | None] = field(default_factory=list)
    date1904: bool = False
    macros: bool = False
    external_links: bool = False
    zeros_uncalculated: bool = False
    zeros_doubtful: bool = False
    content: bytes | None = None


def cells_of(sheets: list[SheetFacts | None]) -> int:
    """How many cells the sheets have."""
    return sum(sheet.size for sheet in sheets if sheet is not None)


def check_extent(sheets: list[SheetFacts | None]) -> None:
    """Raises Refusal where the sheets are too large to be laid out as grids from A1."""
    if cells_of(sheets) > MAX_CELLS:
        largest = max(filter(None, sheets), key=lambda sheet: sheet.size)
        where = f"工作表“{largest.name}”" if largest.name else "其中一张工作表"
        raise Refusal("too_large", f"{where}的单元格延伸到第{largest.rows}行第{largest.columns}列")


def look(data: bytes) -> tuple[str, ZipPackage | olefile.OleFileIO | None]:
    """What a file is, by its content: xlsx, xlsb, ods or xls and its opened container; sealed for an encrypted package.

    ``text`` is what may be a CSV file. Raises Refusal where it is something else, damaged, or not safe to unpack.
    """
    if data[:4] == ZIP_START:
        package = with_usual_names(ZipPackage(data))
        return _zip_kind(package), package
    if data[:8] == _OLE:
        return _ole_kind(data)
    if archive := next((name for start, name in _ARCHIVES.items() if data.startswith(start)), None):
        raise Refusal("archive", archive)
    if seems := seems_like(data):
        raise Refusal("damaged" if data[:2] == b"PK" else "not_a_workbook", seems)
    return "text", None


def seems_like(data: bytes) -> str:
    """What content that is no workbook seems to be, in Chinese; '' for text that may be a CSV file."""
    if not data.strip(b"\0 \t\r\n"):
        return "空文件"
    if data[:2] == b"PK":
        return "压缩包不完整"
    for name, starts in _STARTS.items():
        if data.startswith(starts):
            return name
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n").lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head and b"<table" not in head.partition(b"<workbook")[0]:
        return "文本表格（XML 2003）"
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<style", b"<meta", b"mime-version:")) or b"<html" in head:
        return "网页（HTML）"
    if head.startswith(b"<"):
        return "XML 文件"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ""
    start = data[:65536]
    if utf16_without_mark(data):
        return ""
    return "不明格式" if len(_CONTROL.findall(start)) > 8 + len(start) // 50 else ""


def _zip_kind(package: ZipPackage) -> str:
    parts = package.parts
    if "xl/workbook.xml" in parts or ("workbook.xml" in parts and "[content_types].xml" in parts):
        return "xlsx"
    if "xl/workbook.bin" in parts:
        return "xlsb"
    if "mimetype" in parts:
        kind = package.read("mimetype").strip()
        if kind.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):  # a template too
            if "content.xml" not in parts:
                raise Refusal("damaged", "缺少 content.xml")
            return "ods"
        if b"opendocument" in kind:
            raise Refusal("not_a_workbook", "OpenDocument 文档，但不是电子表格")
        raise Refusal("archive", "zip")
    if {"content.xml", "meta-inf/manifest.xml"} <= set(parts):
        raise Refusal("damaged", "缺少 mimetype")
    seems = next((name for name, starts in _PACKAGES.items() if any(part.startswith(starts) for part in parts)), None)
    if seems is None and "[content_types].xml" not in parts:
        raise Refusal("archive", "zip")
    raise Refusal("not_a_workbook", seems or "压缩包")


def _ole_kind(data: bytes) -> tuple[str, olefile.OleFileIO]:
    try:
        ole = olefile.OleFileIO(io.BytesIO(data))
        if ole.exists("EncryptedPackage"):
            return "sealed", ole
        if ole.exists("Workbook") or ole.exists("Book"):
            _check_chains(ole)
            return "xls", ole
        seems = next((name for stream, name in _DOCUMENTS if ole.exists(stream)), "其他程序的文件")
    except (Refusal, MemoryError):
        raise
    except Exception as error:  # olefile raises many kinds on a damaged file
        raise Refusal("damaged", "文件结构不完整") from error
    raise Refusal("not_a_workbook", seems)


def _check_chains(ole: olefile.OleFileIO) -> None:
    """Raises Refusal where the sectors of the directory or of a stream go round in a circle: calamine would follow them for ever."""
    sectors = ole.fat
    streams = [entry.isectStart for entry in ole.direntries if entry and entry.size >= ole.minisectorcutoff]
    for sector in (ole.first_dir_sector, ole.first_mini_fat_sector, ole.root.isectStart, *streams):
        steps = 0
        while sector < len(sectors):
            sector, steps = sectors[sector], steps + 1
            if steps > len(sectors):
                raise Refusal("damaged", "文件结构不完整")
