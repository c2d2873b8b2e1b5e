"""What the texts of a row that is no person say: totals, opinions and signatures, examples, types of columns. Words are data: schemas/data/row_words.csv."""

from __future__ import annotations

import re
from functools import cache

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_letters, column_number
from guantong.schemas.text import bracketed_notes

# What forms write in place of a name, number or unit.
_FILLER = r"[XY×✕✖某○〇●＊*_□?]"
_NAME_FILLER = re.compile(rf"{_FILLER}{{2,}}|[\u3400-\u9fff]{_FILLER}{{1,2}}|.{{0,2}}某某?")
_UNIT_FILLER = re.compile(r"[X×✕✖○〇●□]{2,}|某{1,2}|_{2,}|^X[\u3400-\u9fff]")
_NUMBER_FILLER = re.compile(r"[X×✕✖某○□_]{3,}|(\d)\1{6,}|123456789|0000$")
_CODE = re.compile(r"[A-Z]{1,8}[_.-]?\d{1,8}[A-Z]?|[A-Z]+(_[A-Z0-9]+)+|\d{1,2}|[A-Z]{1,3}")
_COLUMN_NUMBER = re.compile(r"(第?([\d一二三四五六七八九十]{1,3}|[A-Z]{1,2})[栏列]?|[栏列](次|\d{1,3}|[A-Z]{1,2})?|[甲乙丙丁戊己庚辛壬癸])")


def _words(kind: str) -> list[str]:
    return [row["word"] for row in catalogue.rows("row_words") if row["kind"] == kind]


@cache
def _set_of(kind: str) -> frozenset[str]:
    return frozenset(_words(kind))


@cache
def _total() -> re.Pattern[str]:
    chinese = "|".join(word for word in _words("total") if not word.isascii())
    english = "|".join(word for word in _words("total") if word.isascii())
    counted = r"[:=].*|[约为]?[\d.,]+[%人名个条行项]*[)。]?"
    return re.compile(
        rf"[(\[]?(.{{0,24}}?({chinese})(数|人数|人次|值|项|额|行)?|(.{{0,24}}[^A-Z])?(GRAND|SUB)?({english})S?(COUNT|NUMBER)?)[)\]]?({counted})?"
        rf"|(总?人数|累计|平均|占比|其中).{{0,40}}|(总|合|共)?计[:=]?([\d.]+[人名]?)?|(总|以上|全部|本页|本表|本单位|合计)?(共|共有|共计|总共|计)[:=]?\d+[人名条行个][。)]?"
    )


@cache
def _opinion() -> re.Pattern[str]:
    words = "|".join(sorted(_words("opinion"), key=len, reverse=True))
    return re.compile(rf"(?=.*({words}))(?:\(|\)|{words}|{'|'.join(_words('beside_opinion'))})++")


@cache
def _label_of_opinion() -> re.Pattern[str]:
    words = "|".join(sorted(_words("opinion"), key=len, reverse=True))
    return re.compile(rf".{{0,16}}({words})人?(员|栏|处|及电话)?([(\[].*)?([:：].*)?")


@cache
def _example() -> re.Pattern[str]:
    words = "|".join(sorted(_words("example"), key=len, reverse=True))
    return re.compile(
        rf"[(\[【<《]?({words})(行|数据|人员|填写|[一二三1-9])?[)\]】>》]?([:,;。].*|[(（].*|(填报|填写|上报|使用)?[时前]?请?(删除|勿删).*)?"
    )


_NAMED_UNIT = re.compile(".*(公司|集团|厂|矿|局|院|校|学院|医院|中心|站|段|所)")
_SHORT = 8  # characters of a name in which such a word can hardly mean anything else


@cache
def _void() -> re.Pattern[str]:
    return re.compile("(?<![未没不无非])(?:" + "|".join(sorted(_words("void"), key=len, reverse=True)) + ")(?![前后])")


@cache
def _footer() -> re.Pattern[str]:
    return re.compile("|".join(_words("footer")))


@cache
def _signature() -> re.Pattern[str]:
    return re.compile(f"({'|'.join(_words('signature'))})([:：]|$)")


@cache
def _only_void() -> re.Pattern[str]:
    return re.compile(rf"(?=.*{_void().pattern})(?:{'|'.join(_words('beside_void'))}|{_void().pattern})+")


@cache
def _outdated() -> re.Pattern[str]:
    return re.compile("|".join(f"(?<![A-Z]){word}(?![A-Z])" if word.isascii() else word for word in _words("outdated")))


def is_void(text: str) -> bool:
    """Whether a normalised text says of a row, or of those below it, that they no longer hold, and nothing else: 作废, 以下人员已取消资格."""
    return len(text) < 40 and _only_void().fullmatch(text) is not None


def void_word(text: str) -> str:
    """The word in a sheet's name or title which says that its rows do not hold, '' for none: 作废, 示例公司2024年取消资格人员名单."""
    own = _NAMED_UNIT.sub("", text)
    found = _void().search(own) if len(own) <= _SHORT or is_void(own) else None
    return found[0] if found else ""


def outdated_word(text: str) -> str:
    """The word in a sheet's name which says that it is an older or trial one, '' for none."""
    found = _outdated().search(text)
    return found[0] if found else ""


def is_total(text: str) -> bool:
    """Whether a normalised text is a total, count or average, or the label of one."""
    return len(text) < 80 and _total().fullmatch(text) is not None


def begins_as_total(text: str) -> bool:
    return text.startswith(tuple(_set_of("total")))


def is_opinion(text: str) -> bool:
    """Whether a normalised text is what is written under a list when it goes the round: 同意上报, 公示无异议, (盖章)."""
    return len(text) < 60 and _opinion().fullmatch(text) is not None


def begins_as_footer(text: str) -> bool:
    """Whether a text begins as notes and footers do; a unit's name may begin so too, a person's never."""
    return _footer().match(text) is not None


def is_signature_label(text: str) -> bool:
    """Whether a text is the label of a signature or its day, with or without who has signed: 填报人, 审核人：孙某."""
    return _signature().match(text) is not None


def is_label_of_opinion(text: str) -> bool:
    """Whether a normalised text is the label of a signature or opinion: 单位意见:, 部门负责人(签字)."""
    return len(text) < 60 and _label_of_opinion().fullmatch(text) is not None


def is_example(text: str) -> bool:
    """Whether a normalised text marks its row as an example."""
    return len(text) < 60 and any(_example().fullmatch(part) for part in (text, *bracketed_notes(text)))


def is_type(text: str) -> bool:
    """Whether a normalised text is what a form says of a column: 文本, 必填, VARCHAR(20)."""
    bare = re.sub(r"[(\[【]?[\d,~-]*位?[)\]】]?$", "", text.strip("()[]【】"))
    return (
        bare in _set_of("type")
        or re.fullmatch(r"(N?VARCHAR2?|CHAR|STRING|TEXT|DATE(TIME)?|INT(EGER)?|NUMBER|DECIMAL|BIGINT|[A-Z]{1,2}\.{0,2}\d{1,3})", bare)
        is not None
    )


def are_codes(texts: list[str]) -> bool:
    """Whether normalised texts are codes or numbers of columns: AAC003, XM, C_01, 第1列, 甲."""
    coded = sum(1 for text in texts if re.search("[A-Z]", text) and _CODE.fullmatch(text))
    numbered = all(_COLUMN_NUMBER.fullmatch(text.strip("()[]")) for text in texts)
    return (coded == len(texts) and coded >= 3) or (numbered and len(texts) >= 3)


def are_letters_in_order(texts: list[str]) -> bool:
    """Whether normalised texts are the letters of columns that follow each other: A, B, C; Z, AA, AB."""
    if len(texts) < 3 or not re.fullmatch("[A-Z]{1,3}", texts[0]):
        return False
    first = column_number(texts[0])
    return texts == [column_letters(first + place) for place in range(len(texts))]


def is_english_header(text: str) -> bool:
    """Whether a normalised text is the English, or abbreviated, header of names."""
    return re.sub(r"[^A-Z]", "", text) in _set_of("english_header")


def is_example_name(text: str) -> bool:
    return text in _set_of("example_name") or _NAME_FILLER.fullmatch(text) is not None


def is_example_unit(text: str) -> bool:
    return _UNIT_FILLER.search(text) is not None


def is_example_number(text: str) -> bool:
    """Whether what stands for an ID number is a filler; a masked number of somebody (2101****) is none."""
    return _NUMBER_FILLER.search(text) is not None
