"""Whether this process has replaced the last result, for the message where a run ends by a fault or a Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path

_watched: dict[Path, tuple[int, int] | None] = {}
_uploaded_to: list[str] = []


def watch(result: Path) -> None:
    """Remember what lies at ``result`` now: an output folder, or the file that names the latest run."""
    _watched[result] = _identity(result)


def note_upload(url: str) -> None:
    """Remember that the result at this address in a store has been replaced."""
    _uploaded_to.append(url)


def is_replaced() -> bool:
    """Whether a watched result has been replaced. It asks the file system, so that the answer is right at any moment of a run."""
    return bool(_uploaded_to) or any(_identity(result) not in (None, before) for result, before in _watched.items())


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_dev, about.st_ino
