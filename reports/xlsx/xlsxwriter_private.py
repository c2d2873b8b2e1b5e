"""What is used of XlsxWriter beyond its public interface, all of it; tests/reports/test_xlsxwriter_private.py fails where a release changes it."""

from collections.abc import Iterable
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.worksheet import Worksheet


def format_number(cell_format: Format) -> int:
    """The number by which a cell's XML names its format."""
    return cell_format._get_xf_index()


class UnpackedWorkbook(Workbook):
    """A workbook, opened `in_memory`, whose parts are not packed, but handed over."""

    def __init__(self, options: dict) -> None:
        super().__init__(BytesIO(), {**options, "in_memory": True})
        self.parts: dict[str, str] = {}  # by name, once it is closed

    def _get_packager(self) -> Packager:
        return _HandedOver(self.parts)


class _HandedOver(Packager):
    def __init__(self, parts: dict[str, str]) -> None:
        super().__init__()
        self._parts = parts

    def _create_package(self) -> list:
        self._parts.update((name, content.getvalue()) for content, name, _ in super()._create_package())
        return []


class AnySheetNames(Workbook):
    """A workbook whose sheets are given names that Excel takes, each once: XlsxWriter would compare every two, of thousands of sheets."""

    def _check_sheetname(self, sheetname: str, is_chartsheet: bool = False) -> str:
        return sheetname


class PlainFormulas(Worksheet):
    """A worksheet whose formulas are of the first Excel: looking for the names of all newer functions takes a millisecond a workbook."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


class MergedAreas(Worksheet):
    """A worksheet in which cells are merged without being held and written each, as `merge_range` does."""

    def merge_areas(self, areas: Iterable[tuple[int, int, int, int]]) -> None:
        """Merge cells (top, left, bottom, right), from 0, none twice."""
        self.merge += areas


class NoRows(MergedAreas):
    """A worksheet of which XlsxWriter writes no row: where a comment stands in row 1,000,000 it would hold 130 MB for those before."""

    def _write_rows(self) -> None:
        pass
