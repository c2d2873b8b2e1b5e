"""The rows of a table as a worksheet's XML."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import repeat
from typing import NamedTuple

from guantong.reports import style
from guantong.reports.xlsx.cells import CHARACTERS, is_too_long
from guantong.schemas.files.cell_address import column_letters

DAY_ZERO = date(1899, 12, 30).toordinal()


class Styles(NamedTuple):
    """The numbers by which cells name their formats. pale: text of a muted row; count: whole numbers; share: fractions; rate: decimals."""

    text: int
    pale: int
    count: int
    share: int
    day: int
    rate: int


class RowWriter:
    """Writes rows of values (text, whole number, fraction, decimal, day or None) into columns of these widths.

    name: the sheet's, for messages. number: gives the number of a text among the workbook's. line: points of a line.
    """

    def __init__(self, name: str, widths: Sequence[float], number: Callable[[str], int], styles: Styles, line: float = style.LINE) -> None:
        self.name, self.styles, self.line = name, styles, line
        self.columns = [(column_letters(at), _Texts(width, number)) for at, width in enumerate(widths, 1)]

    def rows(self, first: int, rows: Sequence[tuple], muted: Sequence[bool] = ()) -> Iterator[tuple[str, int]]:
        """The <row> elements of `rows`, the first of which is the sheet's row `first` (from 1), each with its height in lines.

        Raises TypeError for a value of another type, ValueError for a text that Excel cannot hold.
        """
        styles = (self.styles.text, self.styles.pale)
        for at, (row, pale) in enumerate(zip(rows, muted or repeat(False)), first):
            try:
                yield self._row(at, row, styles[pale])
            except (TypeError, ValueError) as error:
                raise type(error)(f"{self.name} 第{at}行：{error}") from None

    def _row(self, at: int, row: tuple, text_format: int) -> tuple[str, int]:
        cells, lines = [], 1
        for (letter, texts), value in zip(self.columns, row, strict=False):
            kind = type(value)
            if kind is str:
                if value:
                    content, tall = texts[value]
                    cells.append(f'<c r="{letter}{at}" s="{text_format}{content}')
                    if tall > lines:
                        lines = tall
            elif value is None:
                continue
            elif kind is int:
                cells.append(f'<c r="{letter}{at}" s="{self.styles.count}"><v>{value}</v></c>')
            elif kind is date:
                cells.append(f'<c r="{letter}{at}" s="{self.styles.day}"><v>{value.toordinal() - DAY_ZERO}</v></c>')
            elif kind is float:
                cells.append(f'<c r="{letter}{at}" s="{self.styles.share}"><v>{value:.16g}</v></c>')
            elif kind is Decimal:
                cells.append(f'<c r="{letter}{at}" s="{self.styles.rate}"><v>{value}</v></c>')
            else:
                raise TypeError(f"不能写入 {kind.__name__} 类型的值")
        height = f' ht="{style.row_height(lines, self.line):g}" customHeight="1"' if lines > 1 else ""
        return f'<row r="{at}"{height}>{"".join(cells)}</row>', lines


class _Texts(dict):
    """{text: (its cell, from the format's number on; lines that it takes)} in a column `width` characters wide."""

    def __init__(self, width: float, number: Callable[[str], int]) -> None:
        super().__init__()
        self.width, self.number = width, number

    def __missing__(self, text: str) -> tuple[str, int]:
        if is_too_long(text):
            raise ValueError(f"“{text[:20]}……”超过 {CHARACTERS} 个字，放不进 Excel")
        short = 2 * len(text) < self.width * 0.9 and "\n" not in text
        lines = 1 if short else style.line_count(text, self.width)
        made = self[text] = (f'" t="s"><v>{self.number(text)}</v></c>', lines)
        return made
