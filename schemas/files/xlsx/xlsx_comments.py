"""Comments of cells (批注) in an .xlsx, and conversations of them. Where a workbook has none, they cost a glance at the names of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from guantong.schemas.files.cell_address import cell_address
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.sniff import SheetFacts
from guantong.schemas.files.xlsx.xlsx_parts import relations_of
from guantong.schemas.files.xml_walk import walk
from guantong.schemas.files.zip_package import ZipPackage
from guantong.schemas.own_marks import own_words_of

_CELL = re.compile(r"\$?[A-Za-z]{1,3}\$?[1-9]\d{0,6}")


def note_comments(package: ZipPackage, sheets: Iterable[tuple[str, SheetFacts]]) -> None:
    """Note the comments of ``sheets`` (part, facts); a part of them that is damaged costs no roster, and is told as not read."""
    if not any("comment" in part for part in package.parts):
        return
    for part, facts in sheets:
        try:
            parts = {one.kind: package.read(one.part) for one in relations_of(package, part) if one.part.lower() in package.parts}
            for kind in ("comments", "threadedcomment"):  # a conversation stands in both, whole in the latter
                if kind in parts:
                    facts.comments |= _comments(parts[kind])
        except Refusal:
            facts.comments_unread = True


def _comments(part: bytes) -> dict[tuple[int, int], str]:
    """Cell → what is said of it, from a part of either kind."""
    walked = _Comments()
    walk(part, walked.start, walked.end, walked.text)
    return {at: text for at, texts in walked.found.items() if (text := "\n".join(filter(None, texts)))}


class _Comments:
    def __init__(self) -> None:
        self.found: dict[tuple[int, int], list[str]] = {}
        self._authors: list[str] = []
        self._about: dict[str, str] = {}
        self._pieces: list[str] = []
        self._path: list[str] = []

    def start(self, tag: str, about: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._path.append(name)
        if name in ("comment", "threadedComment"):
            self._about, self._pieces = about, []
        elif name == "author":
            self._pieces = []

    def text(self, text: str) -> None:
        is_text = self._path[-1] == "t" and "rPh" not in self._path or self._path[-2:] == ["threadedComment", "text"]
        if is_text or self._path[-1] == "author":
            self._pieces.append(text)

    def end(self, _: str) -> None:
        name = self._path.pop()
        if name == "author":
            self._authors.append("".join(self._pieces))
        elif name in ("comment", "threadedComment") and _CELL.fullmatch(ref := self._about.get("ref", "")):
            row, column = cell_address(ref.replace("$", "").upper())
            number = self._about.get("authorId", "")
            author = self._authors[int(number)] if number.isdecimal() and len(number) < 9 and int(number) < len(self._authors) else ""
            self.found.setdefault((row - 1, column - 1), []).append(own_words_of(author, "".join(self._pieces)))
