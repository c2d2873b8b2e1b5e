"""The file of a bureau's own words (--words): bureau/unrecognised.xlsx with its column 读作 filled in. What is unclear in it is told by its cell."""

from __future__ import annotations

from pathlib import Path

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field
from guantong.schemas.layout.columns.column_places import resolve_headers
from guantong.schemas.layout.headers import header_text, recognise_header
from guantong.schemas.own_words import NOT_READ, OwnWords, WordLine
from guantong.schemas.side_lists.read_list import ListError, ListRow, read_lists
from guantong.schemas.text import label, mask_numbers, norm, one_line
from guantong.schemas.values.parsed import Parsed
from guantong.schemas.values.parsers import MAX_TEXT, PARSERS, word

# The kinds of fields whose cells are words of a few categories, and the field of which a bureau may tell that two names are one.
CATEGORY_KINDS = ("word", "city", "service", "integrity", "assessment", "recent_grades", "skill", "title", "claim")
UNIT = "unit"
MOST_TOLD, SHOWN = 10, 20  # of what is unclear in a file; characters of a cell that are quoted
_APPOINTED = "header_appointed"
_BY_PLACE = ("award_date", "skill", "title")  # what a header is taken for that may be another in its place, and then is not certain
_OF_HEADERS, _OF_CELLS = "headers", "words"


def takes_words(item: Field) -> bool:
    """Whether words of a field can be told in the file."""
    return item.kind in CATEGORY_KINDS or item.name == UNIT


class _Unclear(Exception):
    """A line that can't be applied: the column of its cell that is at fault, and why."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column


def read_words(path: Path) -> OwnWords:
    """The words of a workbook or .csv; lines without 读作 are still to be filled in. Raises ListError that tells each unclear cell."""
    listed = read_lists(path, (_OF_HEADERS, _OF_CELLS), mark="reading")
    headers: dict[str, str] = {}
    cells: dict[str, dict[str, str]] = {}
    lines: list[WordLine] = []
    said: dict[tuple[str, str], tuple[str, str]] = {}  # field and text → reading, place
    unclear: list[str] = []
    for line in listed.rows:
        if "reading" not in line.cells:
            continue
        try:
            name, key, told, words = _of_header(line) if line.kind == _OF_HEADERS else _of_cell(line)
            earlier = said.setdefault((name, key), (told, line.place("reading")))
            if earlier[0] != told:
                raise _Unclear("reading", f"“{_quoted(words.text)}”在 {earlier[1]} 另有读作，两处不同")
        except _Unclear as error:
            unclear.append(f"{line.place(error.column)}　{error}")
            continue
        if name:
            cells.setdefault(name, {})[key] = told
        else:
            headers[key] = told
        lines.append(words)
    unclear += [f"“{_quoted(text)}”读作的“{_quoted(told)}”又另有读作" for text, told in _chains(cells.get(UNIT, {}))]
    if unclear:
        more = f"\n  等 {len(unclear)} 处" if len(unclear) > MOST_TOLD else ""
        raise ListError(f"“{listed.file}”有 {len(unclear)} 处不清楚，请改正后重新运行：\n  " + "\n  ".join(unclear[:MOST_TOLD]) + more)
    return OwnWords(headers, cells, tuple(dict.fromkeys(lines)), listed.file, listed.sha256)


def _of_header(line: ListRow) -> tuple[str, str, str, WordLine]:
    """'', the header's key, the column that it is read as, the line as given."""
    text, reading = _one(line, "header"), _one(line, "reading")
    key = header_text(text)
    told = "" if norm(reading) == NOT_READ else _column_of(reading)
    if told is None:
        raise _Unclear("reading", f"“{_quoted(reading)}”不是规定的表头，也不是“{NOT_READ}”")
    for known in map(_known_as, {tuple(map(header_text, text.split("/"))), (key,)}):
        if known is not None and known != told and known not in _BY_PLACE:
            shown = "聘任" if known == _APPOINTED else catalogue.header_of(known)
            raise _Unclear("header", f"表头“{_quoted(text)}”程序已认作“{shown}”，不能另作他读")
    return "", key, told, WordLine("", text, reading)


def _known_as(path: tuple[str, ...]) -> str | None:
    """The column that the program takes a header for by itself; `_APPOINTED` of one that speaks of an appointment."""
    (header,) = resolve_headers([path])
    return _APPOINTED if header.problem == _APPOINTED else recognise_header(path)


def _column_of(reading: str) -> str | None:
    """The column that 读作 of a header names: of a canonical header, or of another that is known."""
    name = recognise_header((header_text(reading),))
    return name if name is not None and catalogue.field_of(name).kind != "serial" else None


def _of_cell(line: ListRow) -> tuple[str, str, str, WordLine]:
    """The field, the normal form of the cell, what it is read as, the line as given."""
    heading, text, reading = _one(line, "field"), _one(line, "text"), _one(line, "reading")
    item = _field_of(heading)
    if item is None:
        raise _Unclear("field", f"“{_quoted(heading)}”不是规定的栏目")
    if not takes_words(item):
        raise _Unclear("field", f"“{item.header}”栏的内容不能另定读作")
    given = WordLine(item.header, text, reading)
    if item.name == UNIT:
        return item.name, norm(text), reading, given
    told = _parse(reading, item)
    if told.code or told.is_unread:
        accepted = "、".join(catalogue.canonical_words(item)[:MOST_TOLD])
        raise _Unclear("reading", f"“{item.header}”栏不认得“{_quoted(reading)}”" + (f"，可填：{accepted}" if accepted else ""))
    known = _parse(text, item)
    if not (known.code or known.is_unread) and known != told:
        raise _Unclear("text", f"“{item.header}”栏的“{_quoted(text)}”程序已认得，不能另作他读")
    word_of_grade = told.values.get("") if item.kind == "assessment" else None
    return item.name, norm(text), str(word_of_grade or reading), given


def _quoted(text: str) -> str:
    return one_line(text)[:SHOWN]


def _parse(text: str, item: Field) -> Parsed:
    """What a field's parser reads; of a year's assessment a word of the catalogue alone, not any plain word."""
    return word(text, item) if item.kind == "assessment" else PARSERS[item.kind](text, item)


def _field_of(heading: str) -> Field | None:
    text = header_text(heading)
    for item in catalogue.fields().values():
        if header_text(item.header) == text:
            return item
    name = recognise_header((text,))
    return catalogue.field_of(name) if name else None


def _one(line: ListRow, column: str) -> str:
    """The text of a line's cell. Raises _Unclear where it is blank, filled twice, or too long."""
    found = [text for cell in line.cells.get(column, []) if (text := label(cell))]
    if not found:
        raise _Unclear("reading", "填了读作，而没有写明是哪个表头或哪一栏的什么内容")
    if len(found) > 1:
        raise _Unclear(column, "同一行有几个同名的栏")
    if len(found[0]) > MAX_TEXT:
        raise _Unclear(column, f"超过 {MAX_TEXT} 字")
    if mask_numbers(found[0]) != found[0]:
        raise _Unclear(column, "含有身份证号、电话等号码，不是表头，也不是可分类的词语")
    return found[0]


def _chains(units: dict[str, str]) -> list[tuple[str, str]]:
    """Names of units that are read as a name which is itself read as another."""
    return [(text, told) for text, told in units.items() if norm(told) in units and norm(units[norm(told)]) != norm(told)]
