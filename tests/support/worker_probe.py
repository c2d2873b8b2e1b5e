"""What a worker has loaded: a module that itself loads nothing."""

from __future__ import annotations

import sys
from pathlib import Path


def modules_after(path: Path | None, work: Path) -> set[str]:
    """Read and write a file as a task does; gives the names of all modules that there are then."""
    if path is not None:
        from guantong.schemas.reading.batch import read_batch, write_batch

        write_batch(read_batch([path], b"key"), work / path.name)
    return set(sys.modules)
