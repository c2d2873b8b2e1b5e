"""Fonts that strike out, of workbooks made of records (.xls, .xlsb): cell styles that have one, and what of a text is not in one."""

from __future__ import annotations


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

    def left_of(self, text: bytes, runs: list[tuple[int, int]]) -> str | None:
        """What is left of a text (UTF-16) of which words are struck, None where none are; ``runs``: (from which character on, font)."""
        if self.struck.isdisjoint(font for _, font in runs):
            return None
        left, at, in_struck, any_struck = [], 0, False, False
        for start, font in [*runs, (len(text) // 2, -1)]:
            piece = text[2 * at : 2 * start].decode("utf-16-le", "replace")
            if in_struck:
                any_struck = any_struck or bool(piece.strip())
            else:
                left.append(piece)
            at, in_struck = max(at, start), font in self.struck
        return "".join(left) if any_struck else None
