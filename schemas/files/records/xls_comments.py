"""Comments of cells (批注) in an .xls: records of where they stand, and of texts that are drawn there ([MS-XLS] 2.4.179, 2.4.181, 2.4.329)."""

from __future__ import annotations

import struct

from guantong.schemas.own_marks import own_words_of

_NOTE, _OBJECT, _TEXT, _CONTINUE = 0x1C, 0x5D, 0x1B6, 0x3C
COMMENTS = frozenset({_NOTE, _OBJECT, _TEXT, _CONTINUE})


class Comments:
    """Put together from a sheet's records, in their order: an object with its number, its text in pieces, and at last the cell of each number."""

    def __init__(self) -> None:
        self._texts: dict[int, list[str]] = {}
        self._object = self._left = 0  # of the text that is under way: the number, and how many characters are to come
        self._notes: list[tuple[int, int, int, str]] = []

    def add(self, kind: int, content: bytes) -> None:
        if kind == _OBJECT and len(content) >= 8:
            self._object = int.from_bytes(content[6:8], "little")
        elif kind == _TEXT and len(content) >= 12:
            self._left, self._texts[self._object] = int.from_bytes(content[10:12], "little"), []
        elif kind == _CONTINUE and self._left > 0:
            piece = content[1:].decode("utf-16-le" if content[:1] == b"\1" else "latin-1", "replace")[: self._left]
            self._texts[self._object].append(piece)
            self._left -= len(piece) or self._left
        elif kind == _NOTE and len(content) >= 8:
            row, column, _, number = struct.unpack_from("<4H", content)
            author = content[11:].decode("utf-16-le" if content[10:11] == b"\1" else "latin-1", "replace")[
                : int.from_bytes(content[8:10], "little")
            ]
            self._notes.append((row, column, number, author))

    def found(self) -> tuple[dict[tuple[int, int], str], bool]:
        """Cell → what its comment says; and whether there are some of which the text is not where it is looked for."""
        texts = {number: "".join(pieces) for number, pieces in self._texts.items()}
        said = {(row, column): own_words_of(author, texts.get(number, "")) for row, column, number, author in self._notes}
        return {at: text for at, text in said.items() if text}, any(number not in texts for *_, number, _ in self._notes)
