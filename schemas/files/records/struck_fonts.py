"""Fonts that strike out, of workbooks made of records (.xls, .xlsb): cell styles that have one, and what of a text is not in one."""

from __future__ import annotations

from guantong.schemas.files.struck_words import Left, left_of_words


class Fonts:
    """The fonts of a workbook by their number, and which of its cell styles strike out. ``passed_over``: a number that no font has."""

    def __init__(self, passed_over: int | None = None) -> None:
        self._next, self._passed_over = 0, passed_over
        self.struck: set[int] = set()
        self._styles: list[int] = []

    def add_font(self, flags: int) -> None:
        """Note the next font; its flags are the same in both formats."""
        self._next += self._next == self._passed_over
        if flags & 8:
            self.struck.add(self._next)
        self._next += 1

    def add_style(self, font: int) -> None:
        """Note the next cell style, which has the font of that number."""
        self._styles.append(font)

    def struck_styles(self) -> frozenset[int]:
        """The cell styles, by their place from 0, that strike out."""
        return frozenset(style for style, font in enumerate(self._styles) if font in self.struck)

    def left_of(self, text: bytes, runs: list[tuple[int, int]]) -> Left | None:
        """What is left of a text (UTF-16) of words in several fonts; ``runs``: (from which character on, font). Before the first it is the cell's."""
        if not runs or not self.struck:
            return None
        pieces: list[tuple[str, bool | None]] = []
        at, is_struck = 0, None
        for start, font in [*runs, (len(text) // 2, -1)]:
            pieces.append((text[2 * at : 2 * start].decode("utf-16-le", "replace"), is_struck))
            at, is_struck = max(at, start), font in self.struck
        return left_of_words(pieces)
