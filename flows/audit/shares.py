"""How the files of an audit are shared out to its workers."""

from __future__ import annotations

from guantong.flows.records import Input, PackedInputs

BATCH_BYTES = 4_000_000
FEW_BYTES = 250_000  # what a batch takes of itself, about 1,500 people take too
PART_BYTES = 32_000_000  # about 250,000 people


def batches(inputs: list[Input], workers: int) -> list[list[Input]]:
    """Inputs in batches of about equal bytes: at most `BATCH_BYTES`, a few for each worker; of few bytes, one for each."""
    total, largest = _bytes(inputs), max((item.size for item in inputs), default=0)
    return _shares(inputs, min(BATCH_BYTES, max(total // (workers * 3), min(FEW_BYTES, total // workers + largest)) + 1))


def parts(packed: PackedInputs, workers: int) -> list[PackedInputs]:
    """Shares of files that follow each other, of about equal bytes of workbook: at most `PART_BYTES`, and one for each worker."""
    entry_of = {item.file_no: entry for item, entry in packed}
    items = sorted((item for item, _ in packed), key=lambda item: item.file_no)
    return [[(item, entry_of[item.file_no]) for item in share] for share in _shares(items, min(PART_BYTES, _bytes(items) // workers + 1))]


def _bytes(inputs: list[Input]) -> int:
    return sum(item.size for item in inputs)


def _shares(inputs: list[Input], most: int) -> list[list[Input]]:
    shares: list[list[Input]] = []
    filled = 0
    for item in inputs:
        if not shares or filled + item.size > most:
            shares.append([])
            filled = 0
        shares[-1].append(item)
        filled += item.size
    return shares
