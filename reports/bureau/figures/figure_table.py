"""A table of figures: what every report of the bureau is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

TOTAL = "合计"


@dataclass(frozen=True)
class FigureTable:
    """A table of figures: its name, headers, rows, a sentence on how it is counted, and the row that sums it up, where one does.

    Values are text, whole numbers, fractions (shares), days or None.
    """

    name: str
    headers: tuple[str, ...]
    rows: list[tuple]
    note: str = ""
    total: tuple | None = None

    def column(self, header: str) -> list:
        """The values under a header, in the order of the rows."""
        at = self.headers.index(header)
        return [row[at] for row in self.rows]


def summed(rows: Sequence[tuple], labels: int) -> tuple | None:
    """The row 合计 that sums every column after the first `labels`; None where there is no row."""
    if not rows:
        return None
    return (TOTAL, *[None] * (labels - 1), *(sum(row[at] for row in rows) for at in range(labels, len(rows[0]))))


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`; None of nothing."""
    return part / whole if whole else None
