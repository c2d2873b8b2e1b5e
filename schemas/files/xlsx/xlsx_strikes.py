"""What is struck out in an .xlsx: whole cells by their font, words in a cell by their run's."""

from __future__ import annotations

import re
from collections.abc import Iterable

from guantong.schemas.files.cell_address import column_number
from guantong.schemas.files.sniff import SheetFacts
from guantong.schemas.files.struck_words import Left, left_of_words
from guantong.schemas.files.xml_walk import walk
from guantong.schemas.files.zip_package import ZipPackage

_STRIKE = re.compile(rb"<(?:\w+:)?d?strike[\s/>]", re.IGNORECASE)
_CELL = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_OFF = ("0", "false", "off")
_MOST_SEARCHED = 1_000  # texts that are looked for in a sheet by a pattern; for more, the sheet is walked through at once
_STRIKES = ("strike", "dstrike")


def mark_struck(package: ZipPackage, targets: Iterable[tuple[str, str]], sheets: Iterable[tuple[str, SheetFacts]]) -> None:
    """Note in ``sheets`` (part, facts) what is struck out; ``targets``: (kind, part) of the workbook's parts. Where nothing is struck, it costs a glance."""
    parts = {kind: part for kind, part in targets if part.lower() in package.parts}
    styles = _struck_styles(package.read(parts["styles"])) if "styles" in parts else set()
    texts = _live_texts(package.read(parts["sharedstrings"]), bool(styles)) if "sharedstrings" in parts else {}
    for part, facts in sheets:
        sheet = package.read(part)
        if _may_hold(sheet, styles, texts):
            walked = _Cells(styles, texts, facts)
            walk(sheet, walked.start, walked.end, walked.text)


def _may_hold(sheet: bytes, styles: set[str], texts: dict[str, Left]) -> bool:
    """Whether a worksheet may hold anything struck: a quick look, for to walk through it takes long."""
    if (b"trike" in sheet and _STRIKE.search(sheet)) or len(texts) > _MOST_SEARCHED or len(styles) > _MOST_SEARCHED:
        return True
    looked_for = [rf"\ss\s*=\s*[\"'](?:{'|'.join(sorted(styles))})[\"']"] if styles else []
    looked_for += [rf"v>\s*(?:{'|'.join(texts)})\s*<"] if texts else []
    return any(re.search(pattern.encode(), sheet) for pattern in looked_for)


def _struck_styles(styles: bytes) -> set[str]:
    """The numbers of the cell styles whose font is struck."""
    if b"trike" not in styles or not _STRIKE.search(styles):
        return set()
    path: list[str] = []
    fonts: list[bool] = []
    struck: set[str] = set()
    count = 0

    def start(tag: str, about: dict[str, str]) -> None:
        nonlocal count
        name = tag.rpartition(":")[2]
        if path[-1:] == ["fonts"] and name == "font":
            fonts.append(False)
        elif path[-2:] == ["fonts", "font"] and name in _STRIKES:
            fonts[-1] = about.get("val", "1").lower() not in _OFF
        elif path[-1:] == ["cellXfs"] and name == "xf":
            font = about.get("fontId", "0")
            if font.isdecimal() and int(font) < len(fonts) and fonts[int(font)]:
                struck.add(str(count))
            count += 1
        path.append(name)

    def end(_: str) -> None:
        path.pop()

    walk(styles, start, end)
    return struck


class _Runs:
    """The text of a cell or shared string, each piece of it with whether its own font strikes out, None where it has the cell's."""

    def __init__(self) -> None:
        self.pieces: list[tuple[str, bool | None]] = []
        self._in_text = self._in_sound = False
        self._struck: bool | None = None

    def start(self, name: str, about: dict[str, str]) -> None:
        if name == "rPr":
            self._struck = False
        elif name in _STRIKES:
            self._struck = about.get("val", "1").lower() not in _OFF
        elif name == "rPh":
            self._in_sound = True
        elif name == "t":
            self._in_text = True

    def text(self, text: str) -> None:
        if self._in_text and not self._in_sound:
            self.pieces.append((text, self._struck))

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._in_sound = False
        elif name == "r":
            self._struck = None


def _live_texts(strings: bytes, any_style: bool) -> dict[str, Left]:
    """The number of each shared text of several fonts → what is left of it; ``any_style``: whether there are cells whose style strikes out."""
    if not (any_style and b"rPr" in strings) and (b"trike" not in strings or not _STRIKE.search(strings)):
        return {}
    found: dict[str, Left] = {}
    runs, count = _Runs(), 0

    def start(tag: str, about: dict[str, str]) -> None:
        nonlocal runs
        name = tag.rpartition(":")[2]
        if name == "si":
            runs = _Runs()
        runs.start(name, about)

    def end(tag: str) -> None:
        nonlocal count
        name = tag.rpartition(":")[2]
        runs.end(name)
        if name == "si":
            if words := left_of_words(runs.pieces):
                found[str(count)] = words
            count += 1

    walk(strings, start, end, lambda text: runs.text(text))
    return found


class _Cells:
    """A walk through a worksheet that notes struck cells, and what is left of those of which words are struck."""

    def __init__(self, styles: set[str], texts: dict[str, Left], facts: SheetFacts) -> None:
        self.styles, self.texts, self.facts = styles, texts, facts
        self._row, self._column = -1, -1
        self._kind, self._is_struck = "", False
        self._words: Left | None = None
        self._value: list[str] | None = None
        self._runs: _Runs | None = None

    def start(self, tag: str, about: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            number = about.get("r", "")
            self._row = int(number) - 1 if number.isdecimal() else self._row + 1
            self._column = -1
        elif name == "c":
            found = _CELL.fullmatch(about.get("r", ""))
            self._column = column_number(found[1].upper()) - 1 if found else self._column + 1
            self._kind, self._is_struck, self._words = about.get("t", ""), about.get("s", "0") in self.styles, None
        elif name == "v":
            self._value = []
        elif name == "is":
            self._runs = _Runs()
        elif self._runs is not None:
            self._runs.start(name, about)

    def text(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)
        elif self._runs is not None:
            self._runs.text(text)

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "v" and self._value is not None:
            self._words = self.texts.get("".join(self._value).strip()) if self._kind == "s" else self._words
            self._value = None
        elif name == "is" and self._runs is not None:
            self._words, self._runs = left_of_words(self._runs.pieces), None
        elif name == "c":
            self.facts.strike_cell(self._row, self._column, self._is_struck, self._words)
        elif self._runs is not None:
            self._runs.end(name)
