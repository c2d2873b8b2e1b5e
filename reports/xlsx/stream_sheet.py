"""Workbooks whose table rows are streamed: XlsxWriter makes all the rest in memory, and the rows come into it while the file is written.

Cell by cell through XlsxWriter a row takes several times as long, and a workbook is held in memory as text.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from guantong.reports.xlsx.cells import escaped
from guantong.reports.xlsx.xlsxwriter_private import MergedAreas, PlainFormulas, UnpackedWorkbook
from guantong.schemas.files.zip_package import PackageWriter

AT_ONCE = 1000  # rows or texts that are compressed at a time
TEXTS = "xl/sharedStrings.xml"
TEXTS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="{}">'
)
TEXT_OF_CELL = re.compile(r' t="s"><v>(\d+)</v>')
ROW = re.compile(r'<row r="(\d+)"[^>]*?(?:/>|>.*?</row>)', re.DOTALL)


class StreamSheet(PlainFormulas, MergedAreas):
    """A worksheet of a `StreamWorkbook`: some blocks of its rows are given as XML, the other rows are XlsxWriter's own."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[int, int, Iterable[str]]] = []

    def put(self, first: int, count: int, columns: int, rows: Iterable[str]) -> None:
        """Add `count` finished <row> elements, the first of which is the sheet's row `first` (from 0), `columns` at the widest.

        To be called from the top down. `rows` is run through once, when the workbook is closed.
        """
        # a cell in the block's last corner tells XlsxWriter how far the sheet extends; its row gives way to the block's
        if self.write_number(first + count - 1, columns - 1, 0):
            raise ValueError(f"{self.name}：{count} 行 {columns} 列放不进 Excel")
        self.blocks.append((first, count, rows))

    def pieces(self, frame: str, before: int) -> Iterator[str]:
        """The sheet's XML. frame: as XlsxWriter wrote it, the number of whose texts does not count the `before` that stand before them."""
        head, opening, rest = frame.partition("<sheetData>")
        own_rows, closing, tail = rest.partition("</sheetData>")
        yield head + opening
        yield from self._merged(TEXT_OF_CELL.sub(lambda cell: f' t="s"><v>{int(cell[1]) + before}</v>', own_rows))
        yield closing + tail

    def _merged(self, sheet_data: str) -> Iterator[str]:
        """All rows from the top down: the blocks, and of XlsxWriter's rows those outside them."""
        own = [(int(row[1]), row[0]) for row in ROW.finditer(sheet_data)]
        for first, count, rows in self.blocks:
            yield from (row for number, row in own if number <= first)
            yield from rows
            own = [(number, row) for number, row in own if number > first + count]
        yield from (row for _, row in own)


class StreamWorkbook(UnpackedWorkbook):
    """A workbook written to `path`; its sheets are `StreamSheet`s, and XlsxWriter writes a text into one of them at least."""

    def __init__(self, path: Path, options: dict) -> None:
        self.path = path
        self.texts: dict[str, int] = {}  # the texts of the blocks, by number; XlsxWriter's have numbers of their own between them
        self.own_texts = 0
        super().__init__(options)

    def text_number(self, text: str) -> int:
        """The number by which a cell names `text`, which stands in the file once however many cells hold it."""
        return self.texts.setdefault(text, len(self.texts) + self.own_texts)

    def close(self) -> None:
        """Write the file. Raises OSError, and what the rows raise."""
        super().close()
        own = "".join(self.parts.pop(TEXTS).partition("<si>")[1:]).removesuffix("</sst>")
        before, self.own_texts = len(self.texts), own.count("<si>")
        sheets = {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(self.worksheets(), 1)}
        with PackageWriter(self.path) as archive:
            for name, part in self.parts.items():
                if name in sheets:
                    _write(archive, name, _chunks(sheets[name].pieces(part, before)))
                else:
                    archive.add(name, part.encode())
            elements = (f"<si><t{space}>{text}</t></si>" for space, text in map(escaped, self.texts))
            head = TEXTS_HEAD.format(len(self.texts) + self.own_texts)
            _write(archive, TEXTS, _chunks(chain([head], islice(elements, before), [own], elements, ["</sst>"])))


def _chunks(pieces: Iterable[str]) -> Iterator[bytes]:
    pieces = iter(pieces)
    while some := list(islice(pieces, AT_ONCE)):
        yield "".join(some).encode()


def _write(archive: PackageWriter, name: str, chunks: Iterable[bytes]) -> None:
    with archive.open(name, "w") as part:  # dated 1980, as ever: the same content gives the same bytes
        for chunk in chunks:
            part.write(chunk)
