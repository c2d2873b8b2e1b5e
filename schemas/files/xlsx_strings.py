"""The texts that an .xlsx keeps once for all cells: how much memory they take where the reader writes them out for each cell."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.zip_package import ZipPackage

MOST_WRITTEN_OUT = 400_000_000  # bytes of long texts, over all cells that show them
_LONG = 4_000  # bytes from which a text counts as long; a roster has none, so that most files are told at a glance
_STRINGS = "xl/sharedstrings.xml"
_MOST_READ = 150_000_000  # bytes of a table of texts that is looked through; the reader itself can't hold more than that
_TEXT = re.compile(rb"<(?:\w+:)?si[\s>/]")
_SHOWN = re.compile(rb"\st\s*=\s*[\"']s[\"'][^<>]{0,200}+>\s*+<(?:\w+:)?v>\s*+(\d{1,9})\s*+<")


def check_strings(package: ZipPackage, parts: Iterable[str]) -> None:
    """Raises Refusal (too_large) where long texts stand in so many cells of the worksheet ``parts`` that no memory would do."""
    info = package.parts.get(_STRINGS)
    if info is None or not _LONG <= info.file_size <= _MOST_READ:
        return
    table = package.read(_STRINGS)
    starts = np.fromiter((found.start() for found in _TEXT.finditer(table)), np.int64)
    sizes = np.diff(starts, append=len(table))
    if not len(sizes) or sizes.max() < _LONG:
        return
    del table
    written = 0
    for part in parts:
        shown = np.fromiter((int(found[1]) for found in _SHOWN.finditer(package.read(part))), np.int64)
        shown = sizes[shown[shown < len(sizes)]]
        written += int(shown[shown >= _LONG].sum())
    if written > MOST_WRITTEN_OUT:
        raise Refusal("too_large", "很长的文字在过多的单元格中重复")
