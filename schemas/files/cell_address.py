"""Cells by their addresses: the letters of columns and the numbers for which they stand."""

from __future__ import annotations

import re
from functools import lru_cache

CellAddress = tuple[int, int]  # row and column, from 1
_LETTERS = re.compile(r"[A-Z]{1,3}")


@lru_cache(maxsize=1 << 15)
def column_letters(column: int) -> str:
    """1 → A, 26 → Z, 27 → AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@lru_cache(maxsize=1 << 15)
def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27. Raises ValueError for anything else than one to three capital letters."""
    if not _LETTERS.fullmatch(letters):
        raise ValueError(f"不是列号：{letters}")
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def cell_address(name: str) -> CellAddress:
    """A1 → (1, 1). Raises ValueError where it is none."""
    letters = name.rstrip("0123456789")
    return int(name[len(letters) :]), column_number(letters)
