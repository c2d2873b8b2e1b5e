"""The sheets of a roster for its copy: as the audit's own reader reads them, and called as they are."""

from dataclasses import dataclass
from functools import cached_property

from guantong.reports import marks
from guantong.reports.returned_package import is_package, titles
from guantong.schemas.inspection import Merge
from guantong.schemas.text import mask_numbers
from guantong.schemas.workbook import read_workbook


@dataclass(frozen=True)
class Sheet:
    """name: as it is, where an .xlsx tells; shown: as findings call it. state: visible, hidden or veryHidden.

    rows: from A1, all of one length. merges: (top, left, bottom, right), from 0.
    """

    name: str
    shown: str
    state: str
    rows: list[list[object]]
    merges: list[Merge]


@dataclass(frozen=True)
class Book:
    """The worksheets in their order, and whether days are counted from 1904."""

    sheets: list[Sheet]
    date1904: bool

    @cached_property
    def own(self) -> list[Sheet]:
        """The enterprise's sheets: without the list of findings of a former copy."""
        return [sheet for sheet in self.sheets if not marks.is_own_list(sheet.rows)]

    @cached_property
    def _names(self) -> dict[str, str]:
        """The names of the enterprise's sheets by what findings call them: the first that is called so counts."""
        names: dict[str, str] = {}
        for sheet in self.own:
            names.setdefault(sheet.name, sheet.name)
            names.setdefault(sheet.shown, sheet.name)
        return names

    def called(self, name: str) -> str:
        """The name of the enterprise's sheet that a finding calls so. Raises ValueError where there is none."""
        for known in (name, mask_numbers(name)):
            if known in self._names:
                return self._names[known]
        raise ValueError(f"原表没有工作表“{name}”，数据问题与文件不符")


def read_book(data: bytes, suffix: str) -> Book:
    """The sheets of a roster. Raises schemas.workbook.Refusal where it cannot be read."""
    read = read_workbook(data, suffix.lower())
    known = titles(data) if is_package(data) else []
    if len(known) != len(read.sheets):
        known = [(sheet.name, "hidden" if sheet.hidden else "visible") for sheet in read.sheets]
    sheets = [Sheet(name, sheet.name, state, sheet.rows, sheet.merges) for (name, state), sheet in zip(known, read.sheets, strict=True)]
    return Book(sheets, read.date1904)
