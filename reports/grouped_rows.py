"""Rows of a query in Arrow, grouped by the number of what they belong to: they are hashed without a Python object for each cell."""

from collections.abc import Iterator

import numpy as np
import pyarrow


class GroupedRows:
    """The rows of `table` by its column `number`, from 0; each number's rows in the order in which they come."""

    def __init__(self, table: pyarrow.Table, numbers: int) -> None:
        """numbers: how many there are, with rows or without."""
        of_row = table["number"].to_numpy()
        order = np.argsort(of_row, kind="stable")
        self._ends = np.searchsorted(of_row[order], np.arange(numbers + 1)).tolist()
        self.table = table.drop_columns("number").take(order).combine_chunks()

    def span(self, number: int) -> slice:
        """Where the rows of one number stand in `table`."""
        return slice(self._ends[number], self._ends[number + 1])

    def of(self, number: int) -> pyarrow.Table:
        """The rows of one number: a copy, so that its memory holds nothing of the rows about it."""
        own = self.span(number)
        return self.table.take(np.arange(own.start, own.stop)).combine_chunks()


def row_buffers(table: pyarrow.Table) -> Iterator[object]:
    """The bytes to hash of the rows that `GroupedRows.of` gives: how many they are, and the buffers that hold them."""
    yield table.num_rows
    for batch in table.to_batches():
        yield memoryview(batch.serialize())
