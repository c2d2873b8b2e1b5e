"""What is left of a cell's text of which words are struck out, or the cell's font strikes out and that of words in it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Left(NamedTuple):
    """What is left of a text of several fonts, by the font of the cell that has it: of a plain one, None where no words are struck; of one that is struck."""

    in_plain: str | None
    in_struck: str

    def of_cell(self, is_struck: bool) -> str | None:
        return self.in_struck if is_struck else self.in_plain


def left_of_words(pieces: Sequence[tuple[str, bool | None]]) -> Left | None:
    """``pieces``: of the text, each with whether its own font strikes out, None where it has the cell's. None where that changes nothing."""
    in_plain = "".join(text for text, is_struck in pieces if not is_struck)
    in_struck = "".join(text for text, is_struck in pieces if is_struck is False)
    any_struck = any(is_struck and text.strip() for text, is_struck in pieces)
    return Left(in_plain if any_struck else None, in_struck) if any_struck or in_struck.strip() else None
