"""Which rows below a roster's header speak of a person, which only carry on the person above, and which say something of those below."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto
from functools import lru_cache

from guantong.schemas import catalogue
from guantong.schemas.files.workbook import UNCALCULATED
from guantong.schemas.layout import row_words
from guantong.schemas.layout.headers import header_text, names_person, recognise_header
from guantong.schemas.layout.roster import FEWEST_FIELDS, Roster
from guantong.schemas.layout.sections import is_section
from guantong.schemas.text import BLANKS, NOTHING, is_blank, norm, without_brackets
from guantong.schemas.values.credential_words import levels, titles
from guantong.schemas.values.grades import are_known_grades
from guantong.schemas.values.parsers import PARSERS

_EXAMPLE = re.compile(r"^\(?(填写)?(示例|样例|范例|例|EXAMPLE)")
_EXPLAINS = re.compile(r"下拉|填写|必填|选填|18位|全称|如\d{4}|按证书|年月日|与身份证")
# A name standing all alone in its row: notes and section titles stand alone too.
_LONE_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}|[\u3400-\u9fff·]{2,20}·[\u3400-\u9fff·]+|[A-Z .]{4,40}")
_NO_LONE_NAME = re.compile(r"人员|名单|车间|小计|合计|续|页|签|盖|备注|说明|附|其中|总|部|科|处|室|公司|班组")
_NOT_NAMES = frozenset({"姓名", "必填", "(必填)", "文本", "人数"})
_LABELLED = re.compile(r"(?!姓名|名字|本人)[^:：]{2,10}[:：]")  # 填报:孙某
_VACANT = re.compile(
    r"\(?(岗位)?(待[定招补聘]+|空[缺岗编]|缺[编岗员]|[暂无]缺|无人|招聘中|未[定招聘到]岗?)\)?"
)  # in place of a name: nobody has the post
_DIGITS = re.compile(r"\d{6}")
_NUMBERED = re.compile(r"\d{12}")  # as an ID number
_PLAIN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")  # as almost every name is: its own `header_text`
_MOST_SERIAL = 1e15
_COUNTED = re.compile(r".{1,20}?\d+[人名]次?")  # 高级工2人
_NUMBER_ALONE = re.compile(r"[\d.,%]+[人名个条年月日]?|第?\d+[页]?")
_ERRORS = re.compile(r"0|#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)")
# What a form may have filled in beforehand on rows that hold no one.
_PREFILLED = frozenset(
    {
        "serial",
        "remark",
        "department",
        "unit",
        "unit_code",
        "city",
        "person_category",
        "post",
        "service",
        "integrity",
        "frontline",
        "engineering_field",
    }
)
_EXAMPLE_ROWS = 3  # below the header, in which an example stands where it is not marked as one
_OTHERS = 10  # rows below these that are looked at: where they are written like it, it is no example
_TELLING_KINDS = ("date", "skill", "title", "word", "service", "integrity", "assessment", "recent_grades", "id_number")


class _Kind(Enum):
    PERSON = auto()
    SLIGHT = auto()  # a person of whom hardly anything but the name is told: below a footer, who has signed
    NOBODY = auto()  # blank, prefilled, a header again, a note
    FOOTER = auto()  # a total, a signature, an opinion: below them stand no people, as a rule
    DOUBTFUL = auto()  # looks like a person, and is taken for none: to be told
    LINE = auto()  # one text, that may say something of the people below


def find_person_rows(roster: Roster, end: int) -> None:
    """Find in the rows, from 0, between the header and row ``end``, the roster's ``people``: those that speak of a person, or at least hold data that
    must not be lost; its ``lines`` and rows ``passed_over``.
    """
    rows, plainly = roster.sheet.rows, _plain_test(roster)
    first = roster.last_header_row + 1
    examples = _examples(roster, first, end)
    below_footer = False
    perhaps: list[int] = []  # below a footer, or without a number where the others have one: people, if there are others below them
    for row in range(first, end):
        kind = _Kind.DOUBTFUL if row in examples else _Kind.PERSON if plainly(rows[row]) else _kind(roster, row)
        if kind in (_Kind.PERSON, _Kind.SLIGHT) and (person := _carried_on(roster, row)) is not None:
            roster.carried[row] = person
        elif kind is _Kind.PERSON:
            roster.people += [*perhaps, row]
            below_footer, perhaps = False, []
        elif kind is _Kind.SLIGHT:
            unsure = below_footer or bool(perhaps) or _lacks_serial(roster, row)
            (perhaps if unsure else roster.people).append(row)
        elif kind is _Kind.DOUBTFUL:
            roster.passed_over.append(row)
        elif kind is _Kind.LINE:
            roster.lines.append(row)
        below_footer = below_footer or kind is _Kind.FOOTER
    roster.passed_over += perhaps


def _carried_on(roster: Roster, row: int) -> int | None:
    """The row of the person whom a row without number carries on: whose name or number is merged with it, or, where it tells nothing but a certificate
    or another year's grade and names nobody else, the one right above.
    """
    if not roster.people or not is_blank(roster.cell(row, "id_number")):
        return None
    if not is_blank(roster.cell(row, "name")) and not _is_named_again(roster, row, roster.people[-1]):
        return None
    if row in roster.merged:
        return roster.merged[row] if roster.merged[row] == roster.people[-1] else None
    if not is_blank(roster.cell(row, "serial")) or (row - 1 != roster.people[-1] and row - 1 not in roster.carried):
        return None
    filled = [field for field in roster.columns if field != "name" and not is_blank(roster.cell(row, field))]
    has_years = any(read_by.year_at is not None for read_by in roster.read_by.values())
    graded = [field for field in filled if has_years and field.startswith("assessment_")]
    held = [field for field in filled if field.startswith(("skill", "title"))]
    if not all(_is_of_certificate(field) or field in graded for field in filled) or not any(
        _tells(roster, row, field) for field in held + graded
    ):
        return None
    roster.carried_unmerged.append(row)
    return roster.people[-1]


def _is_named_again(roster: Roster, row: int, person: int) -> bool:
    """Whether a row writes the name of the ``person`` above again, who has a number and the row has none."""
    numbered = _has_serial(roster, person) or not is_blank(roster.cell(person, "id_number"))
    return numbered and norm(roster.cell(row, "name")) == norm(roster.cell(person, "name"))


def _is_of_certificate(name: str) -> bool:
    """Whether a column is about a level or title that is held."""
    return name.startswith(("skill", "title", "occupation"))


def _lacks_serial(roster: Roster, row: int) -> bool:
    """Whether a row has no number, or a word in its place, and the person above has one."""
    return bool(roster.people) and not _has_serial(roster, row) and _has_serial(roster, roster.people[-1])


def _has_serial(roster: Roster, row: int) -> bool:
    return norm(roster.cell(row, "serial"))[:1].isdigit()


def is_somebody(text: str) -> bool:
    """Whether a normalised cell is a name or an ID number, and not what a header or its notes say."""
    if re.fullmatch(r"\d{15}|\d{17}[\dX]", text):
        return True
    bare = without_brackets(text)
    if bare in levels() or bare in titles():
        return False
    return _LONE_NAME.fullmatch(bare) is not None and bare not in _NOT_NAMES and not names_person(header_text(bare))


def may_be_number(cell: object) -> bool:
    """Whether a cell has digits as any ID number has, a mistyped one too."""
    return _DIGITS.search(norm(cell)) is not None


def names_somebody(cell: object) -> bool:
    """Whether a cell below a header of names or numbers is a person's, and no total, note or signature."""
    text = norm(cell)
    return may_be_number(text) or (is_somebody(text) and not row_words.begins_as_footer(text) and _NO_LONE_NAME.search(text) is None)


def tells(name: str, cell: object) -> bool:
    """Whether a cell can be read as what its column is for: a date, level, title, number, or one of a few words."""
    item = catalogue.field_of(name)
    if is_blank(cell) or name == "city" or item.kind not in _TELLING_KINDS:
        return False
    if item.kind in ("assessment", "recent_grades"):
        return are_known_grades(cell)  # any short word may be a grade, that of a header below the people too
    values = PARSERS[item.kind](cell, item).values
    if item.kind == "id_number":
        return re.fullmatch(r"\d{15}|\d{17}[\dX]", str(values.get("", ""))) is not None
    return values.get("_state") == "known" if "_state" in values else values.get("") is not None


def _plain_test(roster: Roster) -> Callable[[list[object]], bool]:
    """A quick test of a row's cells: True where `_kind` finds a person by the ID number beside a name, whom no row above tells of; False tells nothing."""
    names, numbers, serials = (roster.columns.get(name, []) for name in ("name", "id_number", "serial"))
    if len(names) != 1 or len(numbers) != 1 or len(serials) > 1:
        return lambda _: False
    (name,), (number,), serial = names, numbers, serials[0] if serials else None
    headers = _header_texts(roster.headers[name])

    def plainly(cells: list[object]) -> bool:
        if not _is_numbered(cells[number]) or is_blank(cells[name]):
            return False
        text = str(cells[name])
        if (text if _PLAIN_NAME.fullmatch(text) else header_text(cells[name])) in headers:
            return False
        if "例" in text and row_words.is_example(norm(text)):
            return False
        return serial is None or _is_number(cells[serial]) or is_blank(cells[serial]) or norm(cells[serial])[:1].isdigit()

    return plainly


def _is_numbered(cell: object) -> bool:
    """Whether a cell holds as many digits as an ID number."""
    return (cell.__class__ is str and _NUMBERED.search(str(cell)) is not None) or _NUMBERED.search(norm(cell)) is not None


def _is_number(cell: object) -> bool:
    """Whether a cell is a number as serials are; False tells nothing."""
    return isinstance(cell, float) and 0 <= cell < _MOST_SERIAL


def _kind(roster: Roster, row: int) -> _Kind:
    """What a row below the header is.

    Blank rows, rows with a serial number or prefilled cells only, repeated headers, examples, notes, section titles, totals and footers
    are no people. An ID number beside what may be a name always makes a person.
    """
    cells = roster.sheet.rows[row]
    said = ["" if is_blank(cell) else norm(cell) for cell in cells]
    texts = [text for text in said if text]
    if not texts or _repeats_header(roster, cells):
        return _Kind.NOBODY
    if _is_marked_example(roster, row):
        return _Kind.NOBODY if _EXAMPLE.match(texts[0]) else _Kind.DOUBTFUL
    serial, name = norm(roster.cell(row, "serial")), norm(roster.cell(row, "name"))
    signed = bool(serial) and not serial[0].isdigit() and row_words.is_label_of_opinion(serial)
    if _NUMBERED.search(norm(roster.cell(row, "id_number"))) and not signed:
        return _Kind.PERSON
    first_said = {field: next((said[at] for at in positions if said[at]), "") for field, positions in roster.columns.items()}
    filled = {field for field, text in first_said.items() if field not in ("serial", "remark") and _says(text)}
    if not {"name", "id_number"} & filled:  # formulas that stand ready on an empty row hold no one
        filled = {field for field in filled if roster.cell(row, field) != UNCALCULATED}
    if _is_section(roster, row, texts):
        return _Kind.LINE
    if row <= roster.last_header_row + _EXAMPLE_ROWS and _is_second_header(roster, row, texts):
        return _Kind.NOBODY
    if row <= roster.last_header_row + _EXAMPLE_ROWS and _says_nothing_readable(roster, row, filled):
        return _Kind.DOUBTFUL
    if signed or _is_total(roster, row, name, texts) or _is_signature(texts, len(filled)):
        return _doubted(_Kind.FOOTER, roster, row, name, signed)
    if not filled:
        return _Kind.LINE if len(texts) <= 2 else _Kind.NOBODY
    if "name" in filled:
        if _is_note(roster, row, name, texts, len(filled)):
            return _Kind.LINE if len(texts) <= 2 else _Kind.NOBODY
        if row_words.is_opinion(name) and not _tells_enough(roster, row, filled):
            return _Kind.FOOTER
        much = len(filled) >= FEWEST_FIELDS or serial[:1].isdigit() or any(_tells(roster, row, field) for field in filled)
        return _Kind.PERSON if much else _Kind.SLIGHT
    if filled == {"id_number"} and serial and not serial[0].isdigit() and not may_be_number(roster.cell(row, "id_number")):
        return _Kind.LINE if len(texts) <= 2 else _Kind.NOBODY  # 校对: | 王示例
    if filled <= _PREFILLED or (row_words.begins_as_footer(texts[0]) and len(filled) < FEWEST_FIELDS) or all(map(_is_remark, texts)):
        return _Kind.LINE if len(texts) <= 2 else _Kind.NOBODY
    return _Kind.PERSON


def _doubted(kind: _Kind, roster: Roster, row: int, name: str, signed: bool) -> _Kind:
    """``kind``, but that a row is told which may be somebody's all the same."""
    somebody = is_somebody(name) and not row_words.is_total(name) and not row_words.is_opinion(name)
    if not somebody or (signed and not _NUMBERED.search(norm(roster.cell(row, "id_number")))):
        return kind
    return _Kind.DOUBTFUL if _tells_enough(roster, row, set(roster.columns)) else kind


def _is_section(roster: Roster, row: int, texts: list[str]) -> bool:
    """Whether a row is the title of a section: alone at the left, but for a count."""
    if not all(map(_NUMBER_ALONE.fullmatch, texts[1:])) or not is_section(texts[0]):
        return False
    cells = roster.sheet.rows[row]
    at = next(at for at, cell in enumerate(cells) if not is_blank(cell))
    names = roster.columns.get("name", roster.columns.get("id_number", [0]))
    return at <= max(1, names[0]) or any(left <= at <= right for left, right in roster.wide_merges.get(row, ()))


def _says(text: str) -> bool:
    """Whether a normalised cell holds more than «none» or what a formula leaves on an empty row."""
    return text not in BLANKS and text not in NOTHING and not _ERRORS.fullmatch(text)


def _tells(roster: Roster, row: int, field: str) -> bool:
    return tells(field, roster.cell(row, field))


def _tells_enough(roster: Roster, row: int, filled: set[str]) -> bool:
    """Whether so much can be read in a row that it is a person's, whatever its name looks like."""
    return sum(1 for field in filled if _tells(roster, row, field)) >= 2


def _is_marked_example(roster: Roster, row: int) -> bool:
    if _EXAMPLE.match(norm(roster.cell(row, "serial"))):
        return True
    marks = (norm(roster.cell(row, field)) for field in ("serial", "name", "remark"))
    return any(text and row_words.is_example(text) for text in marks)


def _examples(roster: Roster, first: int, end: int) -> set[int]:
    """The rows right below the header that a remark calls an example, or that are filled like one: 张三 of XX公司. Where the roster goes on like
    that its names are only masked.
    """
    like = [row for row in range(first, min(end, first + _EXAMPLE_ROWS + _OTHERS)) if _is_like_example(roster, row)]
    early = {row for row in like if row < first + _EXAMPLE_ROWS}
    marked = {row for row in range(first, min(end, first + _EXAMPLE_ROWS)) if row_words.is_example(norm(roster.cell(row, "remark")))}
    return marked | (early if len(early) == len(like) else set())


def _is_like_example(roster: Roster, row: int) -> bool:
    name, unit, number = (norm(roster.cell(row, field)) for field in ("name", "unit", "id_number"))
    if not name:
        return False
    return row_words.is_example_name(name) + row_words.is_example_unit(unit) + row_words.is_example_number(number) >= 2


def _is_second_header(roster: Roster, row: int, texts: list[str]) -> bool:
    """Whether a row right below the header says what the columns are once more: in English, by codes or numbers, by type, by notes on how to fill them in."""
    if sum(1 for text in texts if _EXPLAINS.search(text)) >= 2 and row <= roster.last_header_row + 2:
        return True
    if row_words.are_letters_in_order(texts):  # of which E may be a grade
        return True
    name, number = norm(roster.cell(row, "name")), norm(roster.cell(row, "id_number"))
    if len(texts) < 3 or any(_tells(roster, row, field) for field in roster.columns):
        return False
    if row_words.are_codes(texts) or all(map(row_words.is_type, texts)):
        return True
    named = sum(1 for text in texts if recognise_header((header_text(text),)))
    if named >= 3 and named * 2 >= len(texts):
        return True
    in_letters = sum(1 for text in texts if text.isascii() and re.search("[A-Z]", text))
    return in_letters * 4 >= len(texts) * 3 and (row_words.is_english_header(name) or (bool(number) and not re.search(r"\d{4}", number)))


def _says_nothing_readable(roster: Roster, row: int, filled: set[str]) -> bool:
    """Whether a row is filled in and nothing in it can be read, not even an ID number's digits: 汉字 | 18位数字 | 等级 | 年月."""
    number = norm(roster.cell(row, "id_number"))
    if not number or "name" not in filled or re.search(r"\d{6}", number):
        return False
    telling = [field for field in filled if field != "id_number" and catalogue.field_of(field).kind in _TELLING_KINDS]
    return len(telling) >= 2 and not any(_tells(roster, row, field) for field in telling)


def _is_total(roster: Roster, row: int, name: str, texts: list[str]) -> bool:
    """Whether a row counts others: by its first text, by what stands for the name, or, nobody being named, with numbers alone beside."""
    if name and row_words.is_total(name):
        return row_words.begins_as_total(name) or not is_somebody(name) or not _tells_enough(roster, row, set(roster.columns))
    if row_words.is_total(texts[0]):
        return True
    if name and not _NUMBER_ALONE.fullmatch(name):
        return False
    return any(map(row_words.is_total, texts)) and all(row_words.is_total(text) or _NUMBER_ALONE.fullmatch(text) for text in texts)


def _is_remark(text: str) -> bool:
    return (
        _COUNTED.fullmatch(text) is not None
        or row_words.is_opinion(text)
        or row_words.is_label_of_opinion(text)
        or row_words.is_total(text)
        or bool(_NUMBER_ALONE.fullmatch(text))
    )


def _is_signature(texts: list[str], filled: int) -> bool:
    signed = [text for text in texts if row_words.is_signature_label(text)]
    return bool(signed) and (filled < FEWEST_FIELDS or texts[0] in signed)


def _is_note(roster: Roster, row: int, name: str, texts: list[str], filled: int) -> bool:
    """Whether text in the name column is a note, footer, section title or column number, and no name."""
    if (
        name in _NOT_NAMES
        or name in levels()
        or name in titles()
        or not without_brackets(name)
        or row_words.begins_as_footer(name)
        or _VACANT.fullmatch(name)
        or names_person(header_text(name))
    ):
        return True
    serial = norm(roster.cell(row, "serial"))
    if filled == 1 and serial and not re.search(r"\d", serial):
        return True  # 统计员 | 王示例
    if filled == 1 and (not _LONE_NAME.fullmatch(name) or _NO_LONE_NAME.search(name) or _spans(roster, row)):
        return True
    if filled < FEWEST_FIELDS and row_words.begins_as_footer(texts[0]):
        return True
    if _LABELLED.match(name) and not _tells_enough(roster, row, set(roster.columns)):
        return True
    if re.fullmatch(r"[\d.]+[人名]?", name):
        return (
            filled < FEWEST_FIELDS
            or not _tells_enough(roster, row, set(roster.columns))
            or all(re.fullmatch(r"[\d.%]+人?", text) for text in texts[1:])
        )
    return len(name) == 1 and len(texts) > 3 and all(len(text) == 1 or text.isdigit() for text in texts)  # 甲 乙 1 2


def _spans(roster: Roster, row: int) -> bool:
    """Whether the row's name cell is merged over several columns, as a section's title is."""
    at = roster.columns["name"][0]
    return any(left <= at <= right for left, right in roster.wide_merges.get(row, ()))


def _repeats_header(roster: Roster, cells: list[object]) -> bool:
    """Whether a row writes the table's own headers again, as on each printed page."""
    naming = [at for name in ("name", "id_number") for at in roster.columns.get(name, ())]
    if not any(is_blank(cells[at]) or is_header(roster, cells, at) for at in naming):
        return False
    same = sum(1 for at in roster.headers if not is_blank(cells[at]) and is_header(roster, cells, at))
    return same >= 2 and same * 2 >= sum(1 for cell in cells if not is_blank(cell))


def is_header(roster: Roster, cells: list[object], at: int) -> bool:
    return header_text(cells[at]) in _header_texts(roster.headers[at])


@lru_cache(10_000)
def _header_texts(header: str) -> frozenset[str]:
    return frozenset(map(header_text, header.split("/")))
