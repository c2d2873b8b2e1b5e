"""How files and reports of an audit are shared out to its workers."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TypeVar

from guantong.flows.records import Input, PackedInputs

Item = TypeVar("Item")
SIZE = attrgetter("size")
BATCH_BYTES = 4_000_000
FEW_BYTES = 250_000  # what a batch takes of itself, about 1,500 people take too
WORKER_BYTES = 100_000  # what a worker does with as much, some 600 people, takes as long as its start
PART_BYTES = 32_000_000  # about 250,000 people


def workers_for(inputs: list[Input], cores: int) -> int:
    """How many workers these inputs are worth: one for each core, but of few bytes fewer."""
    return max(1, min(cores, sum(map(SIZE, inputs)) // WORKER_BYTES + 1))


def batches(inputs: list[Input], workers: int) -> list[list[Input]]:
    """Inputs in batches of about equal bytes: at most `BATCH_BYTES`, a few for each worker; of few bytes, one for each."""
    sizes = [item.size for item in inputs]
    total, largest = sum(sizes), max(sizes, default=0)
    return share_out(inputs, SIZE, min(BATCH_BYTES, max(total // (workers * 3), min(FEW_BYTES, total // workers + largest)) + 1))


def parts(packed: PackedInputs, workers: int) -> list[PackedInputs]:
    """Shares of files that follow each other, of about equal bytes of workbook: at most `PART_BYTES`, and one for each worker."""
    entry_of = {item.file_no: entry for item, entry in packed}
    items = sorted((item for item, _ in packed), key=lambda item: item.file_no)
    return [
        [(item, entry_of[item.file_no]) for item in share]
        for share in share_out(items, SIZE, min(PART_BYTES, sum(map(SIZE, items)) // workers + 1))
    ]


def share_out(items: list[Item], size_of: Callable[[Item], int], most: int) -> list[list[Item]]:
    """Items in shares that follow each other, of at most ``most`` by ``size_of``; an item that is larger is a share of its own."""
    shares: list[list[Item]] = []
    filled = 0
    for item in items:
        if not shares or filled + size_of(item) > most:
            shares.append([])
            filled = 0
        shares[-1].append(item)
        filled += size_of(item)
    return shares
