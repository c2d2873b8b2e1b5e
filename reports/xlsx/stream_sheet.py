"""Workbooks of XlsxWriter whose table rows are given as XML and whose parts are compressed as they are written.

Cell by cell through XlsxWriter a row takes several times as long, and a workbook is held in memory as text.
"""

from collections.abc import Iterable
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStringTable
from xlsxwriter.worksheet import Worksheet

from guantong.reports.xlsx.cells import escaped
from guantong.schemas.files.zip_package import PackageWriter

AT_ONCE = 1000  # rows or texts that are compressed at a time
SHARED = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="{}">'


class Strings(SharedStringTable):
    """The texts of a workbook, each written once, in the order of their numbers; more may come while sheets are written."""

    def number(self, text: str) -> int:
        """The number by which a cell names `text`."""
        return self.string_table.setdefault(text, len(self.string_table))

    def _get_shared_string_index(self, string: str) -> int:
        self.count += 1  # XlsxWriter writes no texts where it counts none
        return self.number(string)

    def _sort_string_data(self) -> None:
        self.string_array = list(self.string_table)


class Sheet(Worksheet):
    """A worksheet of a `Workbook`: its other rows are XlsxWriter's, by its write_... methods."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[int, int, Iterable[str]]] = []

    def put(self, first: int, count: int, columns: int, rows: Iterable[str]) -> None:
        """Add `count` finished <row> elements, the first of which is the sheet's row `first` (from 0), `columns` at the widest.

        To be called from the top down. `rows` is run through once, when the workbook is closed.
        """
        if self._check_dimensions(first, 0) or self._check_dimensions(first + count - 1, columns - 1):
            raise ValueError(f"{self.name}：{count} 行 {columns} 列放不进 Excel")
        self.blocks.append((first, count, rows))

    def _write_rows(self) -> None:
        whole = self.dim_rowmin, self.dim_rowmax
        for first, count, rows in self.blocks:
            self._own_rows(first - 1)
            self.dim_rowmin = first + count
            rows = iter(rows)
            while chunk := "".join(islice(rows, AT_ONCE)):
                self.fh.pour(chunk)
        self._own_rows(whole[1])
        self.dim_rowmin, self.dim_rowmax = whole

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")  # of a frame; looking for each newer function's name takes a millisecond a workbook

    def _own_rows(self, last: int) -> None:
        self.dim_rowmax = last
        if self.dim_rowmin <= last:
            super()._write_rows()


class Part(StringIO):
    """A file inside the workbook: what XlsxWriter writes waits as text until the next `pour`, or the end."""

    def __init__(self, archive: PackageWriter, name: str) -> None:
        super().__init__()
        self.packed = archive.open(name, "w")  # dated 1980, as ever: the same content gives the same bytes

    def pour(self, text: str) -> None:
        """Write `text`, and compress it with all that waits."""
        self.write(text)
        self.packed.write(self.getvalue().encode())
        self.seek(0)
        self.truncate()

    def close(self) -> None:
        """Compress the rest."""
        try:
            if not self.closed:
                self.pour("")
        finally:
            self.packed.close()
            super().close()


class _Packager(Packager):
    """XlsxWriter's, writing one part after the other into an archive."""

    def __init__(self, archive: PackageWriter) -> None:
        super().__init__()
        self.archive, self.part = archive, None

    def finish(self) -> None:
        """Close the part under way: an archive is closed after its parts, on an error too."""
        if self.part is not None:
            self.part.close()

    def _filename(self, xml_filename: str) -> Part:
        self.finish()
        self.part = Part(self.archive, xml_filename)
        return self.part

    def _create_package(self) -> list:
        if unknown := super()._create_package():
            raise TypeError(f"不能写入 {unknown[0][1]}")  # a picture, or the like
        return []

    def _write_shared_strings_file(self) -> None:
        texts = self.workbook.str_table.string_table
        part = self._filename("xl/sharedStrings.xml")
        part.write('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + SHARED.format(len(texts)))
        items = map("<si><t{0[0]}>{0[1]}</t></si>".format, map(escaped, texts))
        while chunk := "".join(islice(items, AT_ONCE)):
            part.pour(chunk)
        part.write("</sst>")


class Workbook(xlsxwriter.Workbook):
    """A workbook written to `path`; its sheets are `Sheet`s. Pictures and macros it takes none."""

    def __init__(self, path: Path, options: dict) -> None:
        super().__init__(BytesIO(), {**options, "in_memory": True})  # there XlsxWriter zips what `_Packager` gives it: nothing
        self.path, self.worksheet_class, self.str_table = path, Sheet, Strings()

    def close(self) -> None:
        """Write the file. Raises OSError, and what the rows raise."""
        try:
            super().close()
        except FileCreateError as error:
            raise error.args[0] from None  # the OSError that it is

    def _store_workbook(self) -> None:
        with PackageWriter(self.path) as archive:
            self.packager = _Packager(archive)
            try:
                super()._store_workbook()
            finally:
                self.packager.finish()

    def _get_packager(self) -> _Packager:
        return self.packager
