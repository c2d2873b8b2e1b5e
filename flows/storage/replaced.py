"""Whether this process has replaced the last result: what is said of it when a run ends by a fault or a Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path

_before: dict[Path, tuple[int, int] | None] = {}
_in_stores: list[str] = []


def watch(result: Path) -> None:
    """From now on `replaced` tells whether something else lies at ``result``: an output folder, or the file that names a run."""
    _before[result] = _identity(result)


def in_store(url: str) -> None:
    """A store has been told which run is its current one."""
    _in_stores.append(url)


def replaced() -> bool:
    """Whether anything watched has been replaced. By the file system, so that no moment of a run is left out."""
    return bool(_in_stores) or any(_identity(result) not in (None, before) for result, before in _before.items())


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_dev, about.st_ino
