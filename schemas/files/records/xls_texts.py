"""The texts of an .xls of which words are struck: its table of texts, and the records that carry it on ([MS-XLS] 2.4.265, 2.5.293)."""

from __future__ import annotations

import struct

from guantong.schemas.files.records.struck_fonts import Fonts
from guantong.schemas.files.struck_words import Left

_CONTINUE = 0x3C
_WIDE, _WITH_MORE, _WITH_RUNS = 1, 4, 8


def live_texts(stream: bytes, at: int, fonts: Fonts) -> dict[int, Left]:
    """The number of each text of several fonts → what is left of it; ``at``: where the record of the table begins."""
    pieces = _Pieces(_contents(stream, at))
    (count,) = struct.unpack("<4xI", pieces.take(8))
    found: dict[int, Left] = {}
    for number in range(count):
        size, flags = struct.unpack("<HB", pieces.take(3))
        run_count = int.from_bytes(pieces.take(2), "little") if flags & _WITH_RUNS else 0
        more = int.from_bytes(pieces.take(4), "little") if flags & _WITH_MORE else 0
        text = pieces.text(size, flags & _WIDE)
        runs = list(struct.iter_unpack("<HH", pieces.take(4 * run_count)))
        pieces.take(more)
        if runs and (left := fonts.left_of(text, runs)) is not None:
            found[number] = left
    return found


def _contents(stream: bytes, at: int) -> list[bytes]:
    """The content of the record that begins at ``at``, and of those that carry it on."""
    found: list[bytes] = []
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if found and kind != _CONTINUE:
            break
        found.append(stream[at + 4 : at + 4 + size])
        at += 4 + size
    return found


class _Pieces:
    """Records read as one. Raises IndexError where they end too early."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces, self._number, self._at = pieces, 0, 0

    def take(self, size: int) -> bytes:
        found = self._part(size)
        while len(found) < size:
            self._number, self._at = self._number + 1, 0
            found += self._part(size - len(found))
        return found

    def text(self, count: int, wide: int) -> bytes:
        """So many characters, in UTF-16. Where a record ends within them, the next says anew how wide they are."""
        found = b""
        while count:
            if self._at >= len(self._pieces[self._number]):
                self._number, self._at = self._number + 1, 1
                wide = self._pieces[self._number][0] & _WIDE
            part = self._part(count << wide)
            count -= max(len(part) >> wide, 1)
            found += part if wide else part.decode("latin-1").encode("utf-16-le")
        return found

    def _part(self, size: int) -> bytes:
        found = self._pieces[self._number][self._at : self._at + size]
        self._at += len(found)
        return found
