"""The rosters of a unit by number, and the cells of a finding by their addresses."""

from collections.abc import Sequence
from itertools import groupby

from guantong.reports.units.rows import Row
from guantong.reports.xlsx.report_book import Column

LEGEND = 4  # rosters that a sheet's heading explains; of more the first sheet does
MOST = 30  # addresses that a line names


class Rosters:
    """The sheets with rows of a unit, each by its number where there are several."""

    def __init__(self, sources: Sequence[Row]) -> None:
        self.sources = sources
        self._numbers = {(source.source_file, source.sheet): at for at, source in enumerate(sources, 1)}

    @property
    def several(self) -> bool:
        return len(self.sources) > 1

    def columns(self) -> tuple[Column, ...]:
        """The column that says which roster a row is in."""
        return (Column("名册", 4.5),) if self.several else ()

    def number(self, row: Row) -> tuple[int | str, ...]:
        """The cell of that column: of a finding of a whole file, or of a sheet that holds nobody of the unit, that file or sheet."""
        if not self.several:
            return ()
        number = self._numbers.get((row.source_file, row.sheet))
        return (number or "、".join(str(at) for (file, _), at in self._numbers.items() if file == row.source_file),)

    def legend(self) -> str:
        """Which roster has which number."""
        if not self.several:
            return ""
        if len(self.sources) > LEGEND:
            return f"{len(self.sources)} 份名册，编号见“首页”的名册表"
        by_file: dict[str, list[str]] = {}
        for at, source in enumerate(self.sources, 1):
            by_file.setdefault(source.source_file, []).append(f"名册 {at}“{source.sheet}”")
        return "；".join(f"{file}：{'、'.join(sheets)}" for file, sheets in by_file.items())


def addresses(finding: Row) -> str:
    """Where findings that are alike stand: H3、H5–H9; H3“甲”、H5“乙” where what stands there differs; 第8行; H列; 全文件."""
    if finding.sheet is None:
        return "全文件"
    if not finding.rows:
        return f"{finding.column}列" if finding.column else f"“{finding.sheet}”整张表"
    cell = "{}{}".format if finding.column else "第{1}行".format
    rows = list(map(int, finding.rows.split()))
    if finding.told is not None:
        told = [f"{cell(finding.column, row)}“{value}”" for row, value in zip(rows, finding.told.split("\1"), strict=True)]
    else:
        told = [
            cell(finding.column, first) + (f"–{cell(finding.column, last)}" if last > first else "")
            for first, last in _runs(sorted(set(rows)))
        ]
    return "、".join(told[:MOST]) + (f" 等 {finding.findings} 处" if len(told) > MOST else "")


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Rows that follow each other, as first and last."""
    found = []
    for _, run in groupby(enumerate(rows), lambda item: item[1] - item[0]):
        numbers = [row for _, row in run]
        found.append((numbers[0], numbers[-1]))
    return found


def runs_told(numbers: Sequence[int]) -> str:
    """Numbers in their order, those that follow each other by the first and last: 1–4、6."""
    return "、".join(f"{first}–{last}" if last > first else f"{first}" for first, last in _runs(numbers))
