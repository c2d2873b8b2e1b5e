"""Rows of a query by the number of what they belong to, in Arrow: what has not changed is told so without a Python object a cell."""

from collections.abc import Iterator

import numpy as np
import pyarrow


class Grouped:
    """The rows of `table` by its column `number`, from 0; each number's rows in the order in which they come."""

    def __init__(self, table: pyarrow.Table, numbers: int) -> None:
        """numbers: how many there are, with rows or without."""
        of_row = table["number"].to_numpy()
        self._order = np.argsort(of_row, kind="stable")
        self._ends = np.searchsorted(of_row[self._order], np.arange(numbers + 1)).tolist()
        self._table = table.drop_columns("number").combine_chunks()

    def of(self, number: int) -> pyarrow.Table:
        """The rows of one number, without it: a copy, so that its memory holds nothing of the rows about it."""
        return self._table.take(self._order[self._ends[number] : self._ends[number + 1]]).combine_chunks()


def memory(table: pyarrow.Table) -> Iterator[object]:
    """What is hashed of the rows that `Grouped.of` gives: how many they are, and the memory that holds them."""
    yield table.num_rows
    for batch in table.to_batches():
        yield memoryview(batch.serialize())
