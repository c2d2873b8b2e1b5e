"""From a raw cell to typed values: one parser for each kind of field, called once per distinct value.

A parser takes a raw cell that is not blank, and its Field, and gives a `Parsed`: values by column
suffix ('' for the field's own column), and a finding code with its detail where the cell can't be
read as it stands. What is unreadable is never guessed: the fact becomes unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field
from guantong.schemas.text import NOTHING, bracketed_notes, label, mask_numbers, norm, visible_text, without_brackets
from guantong.schemas.values.credential_words import ENGINEERING, is_subject_of_engineers, names_engineering
from guantong.schemas.values.dates import chinese_numbers, parse_date
from guantong.schemas.values.grades import read_grade, read_grades
from guantong.schemas.values.honours import parse_honours
from guantong.schemas.values.integrity import read_integrity
from guantong.schemas.values.levels import skill
from guantong.schemas.values.parsed import QUOTES, Parsed
from guantong.schemas.values.places import find_place
from guantong.schemas.values.service import read_service
from guantong.schemas.values.titles import title

MAX_TEXT = 200
_DATED = re.compile(r"^(19|20)\d\d年度?")  # 2023年查实弄虚作假
_LETTERED = re.compile(r"(?<=[一-鿿])[A-D]$|^[A-D](?=[一-鿿])")  # A优秀, 优秀A
_PLAIN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")  # as almost every name and number is: its own normal form
_PLAIN_NUMBER = re.compile(r"[A-Z]?\d{10,30}", re.ASCII)
_BLANKS_IN_NAME = re.compile(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])")
_TELLING = re.compile(
    r"[未无不非待拟曾已撤疑假退离原兼暂仅止]|返聘|内退|借[调用]|至(?!今)|[改转调][岗任为做走往出]|临时|挂靠|名义|代理|[待未]定|部分|期间|[年以][前后]"
)
_POST_ENDING = re.compile("(岗位|岗|类|序列|系列|通道|职系|人员|人才)+$")
# What is known to be harmless in brackets beside a word: a year, marks, a trade, a place of work; and a subject of titles. Any other note may take the word back.
_HARMLESS_NOTE = re.compile(
    r"(19|20)\d\d年?度?|\d{1,3}(\.\d+)?分?|[A-D][+-]?|无"
    r"|[一-鿿]{0,10}(工|员|师|司机|岗位?|类|车间|班组?|组|[汉满回蒙]族?|部|科|处|室|线|厂|段|队|公司|中心|站|所|院|局|层|机关|领域|专业|工程|技术|生产|操作|系列|工艺|设计|研发|管理|质量|质检|检验|安全|设备|维修|装配|调试|施工)"
)
# Beside a grade of the year only these: 优秀（党员）, 合格（班组）, 合格（安全） are of another assessment.
_HARMLESS_BESIDE_GRADE = re.compile(r"(19|20)\d\d年?度?|\d{1,3}(\.\d+)?分?|[A-D][+-]?|无|[一-鿿]{1,10}(公司|厂)")
# Notes that take a yes or a no back: 是（机关）, 否（生产车间）.
_TAKES_BACK = {
    ("frontline", "是"): re.compile("管理|机关|行政|后勤"),
    ("frontline", "否"): re.compile("生产|操作|施工|车间|班组|工段"),
}
_OTHER_POST = re.compile("(管理|行政|专技|专业技术)(岗|人员|序列)")
_SAME = ({"合格", "称职"}, {"基本合格", "基本称职"}, {"不合格", "不称职"}, {"不定等次", "未考核"})


_APPLYING = re.compile(r"^(本次|拟|计划)?(申报|申请|参评|评审|晋升|报考|报评|参加)?(破格)?|\((破格|贯通|正常)(申报)?\)$")
_NO_CLAIM = re.compile(r"|(不|暂不|未|无|放弃|否|不拟)(申报|申请|参加|参评|评)?")


def text(value: object, _: Field) -> Parsed:
    """Any text, as a label, ID numbers in it masked, 200 characters at the most."""
    whole = mask_numbers(label(value))
    return Parsed({"": whole[:MAX_TEXT], "_length": len(whole)})


def name(value: object, _: Field) -> Parsed:
    """A person's name: blanks dropped between Chinese characters; digits in it are for a check to find. 无 is none."""
    if value.__class__ is str and _PLAIN_NAME.fullmatch(value) and value not in NOTHING:
        return Parsed({"": value})
    if (form := norm(value)) in NOTHING or form == "0":
        return Parsed()
    shown = label(value)
    if " " in shown:
        shown = _BLANKS_IN_NAME.sub("", shown)
    return Parsed({"": mask_numbers(shown)[:MAX_TEXT]})


def date(value: object, _: Field) -> Parsed:
    """An interval of days; 无 and the like say that there is no such date."""
    return _date(value)


@lru_cache(1 << 16, typed=True)  # the same days stand in roster after roster
def _date(value: object) -> Parsed:
    first, last, code = parse_date(value)
    if code and norm(value) in NOTHING:
        return Parsed({"_state": "blank"})
    return Parsed({"_lo": first, "_hi": last, "_state": "unknown" if code else "known"}, code)


def word(value: object, item: Field) -> Parsed:
    """A word of the field's vocabularies, with or without a bracketed note."""
    whole = norm(value).strip(QUOTES)
    if (found := _known(whole, item)) is not None:
        return Parsed({"": found})
    parts = {_known(part, item) for part in re.split(r"[,、;/]", whole)}
    if len(parts) == 1 and None not in parts:
        return Parsed({"": parts.pop()})
    if item.name == "sex":
        return Parsed({}, "sex_unreadable")
    if norm(value) in NOTHING and "yes_no" not in item.vocabulary:  # 无 may be a no
        return Parsed()
    return Parsed({}, "word_unreadable", "、".join(catalogue.canonical_words(item)))


def _known(text: str, item: Field) -> str | None:
    """The canonical word that ``text`` is, a harmless bracketed note or letter or year beside it passed over."""
    for form in dict.fromkeys((text, _DATED.sub("", text), _LETTERED.sub("", text))):
        if found := _word(form, item):
            return found
    found, notes = _word(without_brackets(text), item), bracketed_notes(text)
    if found is None or not notes:
        return None
    for note in notes:
        other = _word(note, item)
        if (other is None and not _is_harmless(note, found, item)) or (
            other is not None and other != found and {other, found} not in _SAME
        ):
            return None  # 在岗（已离职）, 合格（待定）: the note takes the word back
    return found


def _is_harmless(note: str, word: str, item: Field) -> bool:
    """Whether a bracketed note beside the canonical ``word`` says nothing else than that."""
    against = _TAKES_BACK.get((item.name, word), _OTHER_POST)  # 操作岗（借管理岗）
    if _TELLING.search(note) or against.search(note):
        return False
    if item.kind == "assessment":
        return _HARMLESS_BESIDE_GRADE.fullmatch(note) is not None
    return _HARMLESS_NOTE.fullmatch(note) is not None or is_subject_of_engineers(note)


def _word(text: str, item: Field) -> str | None:
    found = next((known[text] for known in map(catalogue.vocabulary, item.vocabulary) if text in known), None)
    if found is None and item.name == "title_series":
        return ENGINEERING if names_engineering(text) else None
    return _post(text) if found is None and item.name == "post" else found


def _post(text: str) -> str | None:
    """The kind of post that a word with an ending is (技术序列 as 技术岗, 管理人员 as 管理), or that a kind of people holds (一线工人)."""
    if category := catalogue.vocabulary("person_category").get(text):
        return category.replace("人员", "岗位")
    bare, posts = _POST_ENDING.sub("", text), catalogue.vocabulary("post")
    return next((posts[form] for form in (bare, f"{bare}岗") if form in posts), None) if bare not in ("", text) else None


def city(value: object, _: Field) -> Parsed:
    """A prefecture-level place and its province; another text is kept as it is, to be shown."""
    if found := find_place(value):
        return Parsed({"": found[0], "_province": found[1]})
    return Parsed({"": mask_numbers(label(value))[:MAX_TEXT]}, "city_unknown")


def service(value: object, _: Field) -> Parsed:
    """A state of 在岗状态, and the day from which it is so."""
    if found := read_service(value):
        return Parsed({"": found[0], "_from_lo": found[1], "_from_hi": found[2]})
    return Parsed({}, "state_unreadable")


def integrity(value: object, _: Field) -> Parsed:
    """良好, or 弄虚作假 that was found."""
    found = read_integrity(value)
    return Parsed({"": found}) if found else Parsed({}, "integrity_unreadable")


def assessment(value: object, item: Field) -> Parsed:
    """The grade of a year: a word of the catalogue, or a plain word as written."""
    found = word(value, item)
    if found.code and (grade := read_grade(value)):
        return Parsed({"": grade})
    return Parsed({}, "grade_unreadable") if found.code else found


def recent_grades(value: object, _: Field) -> Parsed:
    """The grades of the last three years: of years that are told, or in their order."""
    if norm(value) in NOTHING:
        return Parsed()
    found = read_grades(value)
    return Parsed({"": found}) if found else Parsed({}, "grades_unreadable")


def months(value: object, _: Field) -> Parsed:
    """A whole number of months: 6, 6个月, 六个月, 半年, 1年6个月, 1.5年, 无."""
    shown = norm(value)
    if shown in NOTHING or shown in ("未中断", "无中断", "没有中断", "否"):
        return Parsed({"": 0, "_state": "known"})
    shown = re.sub(r"^(共计|累计|合计|共|中断)+|[()]", "", shown).replace("两", "二").replace("年半", ".5年").replace("半年", "0.5年")
    found = re.fullmatch(r"(?:(\d{1,2})(\.5)?年)?(?:(\d{1,4})(?:\.0+)?(?:个月|个|月)?)?", chinese_numbers(shown))
    if not found or not (found[1] or found[3]):
        return Parsed({"_state": "unknown"}, "months_unreadable")
    return Parsed({"": int(found[1] or 0) * 12 + (6 if found[2] else 0) + int(found[3] or 0), "_state": "known"})


def claim(value: object, item: Field) -> Parsed:
    """A title or skill level that a person means to apply for: rank, canonical word, and of a title its series; 不申报 is none."""
    shown = _APPLYING.sub("", norm(value).strip(QUOTES))
    if shown in NOTHING or _NO_CLAIM.fullmatch(shown):
        return Parsed({"_state": "none"})
    titled = item.vocabulary[0] == "title"
    found = (title if titled else skill)(shown, item)
    told = {suffix: found.values.get(suffix) for suffix in ("", "_rank", "_state")}
    if told["_state"] != "known" or len(found.credentials) > 1:
        detail = {"title_is_skill": "（是技能等级）", "skill_is_title": "（是职称）"}.get(found.code or "", "")
        return Parsed({"_state": "unknown"}, "claim_unreadable", detail)
    return Parsed(told | {"_series": found.values.get("_named_series")})


def honours(value: object, _: Field) -> Parsed:
    """The honours that a cell names, those that it may name, as tuples of canonical names; when the latest of them was awarded; and what only comes
    near one.
    """
    found = parse_honours(visible_text(value))
    told = [("honour_in_doubt", f"{name}\0{text}") for name, text in found.doubtful.items()]
    if near := "、".join(found.near):
        told.append(("honour_near", f"{near}\0{near}"))
    if found.unread and not found.listed and not found.doubtful:  # beside an honour 见附件 says where its certificate is
        return Parsed({}, "honour_unreadable", f"\0{found.unread}", also=tuple(told))
    code, detail = told[0] if told else (None, "")
    first, last = found.latest or (None, None)
    return Parsed({"": found.listed, "_in_doubt": tuple(found.doubtful), "_lo": first, "_hi": last}, code, detail, also=tuple(told[1:]))


def id_number(value: object, _: Field) -> Parsed:
    """An ID number as 18 characters of text; one typed as a number has lost digits and is never repaired."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Parsed({"_given": True}, "id_number_typed")
    if value.__class__ is str and _PLAIN_NUMBER.fullmatch(value):
        return Parsed({"": value, "_given": True})
    shown = norm(value).strip("'’‘`")
    if shown in NOTHING:
        return Parsed({"_given": False})
    if "E" in shown and re.fullmatch(r"\d(\.\d+)?E\+?\d+", shown):
        return Parsed({"_given": True}, "id_number_typed")
    return Parsed({"": shown, "_given": True})


def unit_code(value: object, _: Field) -> Parsed:
    """A 统一社会信用代码 in upper case; its checksum is a check. A person's number in its place is masked."""
    shown = norm(value).strip("'’‘`")
    return Parsed() if shown in NOTHING else Parsed({"": mask_numbers(shown)[:MAX_TEXT]})


def certificate(value: object, _: Field) -> Parsed:
    """A certificate number without blanks, in upper case."""
    if value.__class__ is str and _PLAIN_NUMBER.fullmatch(value):
        return Parsed({"": value})
    shown = norm(value).strip("'’‘`")
    return Parsed() if shown in NOTHING else Parsed({"": shown[:MAX_TEXT]})


_PARSERS = (
    *(text, name, date, word, months, skill, title, claim, honours, id_number, unit_code, certificate),
    *(city, service, integrity, assessment, recent_grades),
)
_REPEATED = (word, skill, title, claim, honours, assessment)  # the same cells stand in roster after roster, and take long
PARSERS: dict[str, Callable[[object, Field], Parsed]] = {
    kind.__name__: lru_cache(1 << 13, typed=True)(kind) if kind in _REPEATED else kind for kind in _PARSERS
}

# The columns that each kind of field gives, with their pandas types.
COLUMNS: dict[str, dict[str, str]] = {
    "text": {"": "str", "_length": "Int32"},
    "name": {"": "str"},
    "date": {"_lo": "date", "_hi": "date", "_state": "str"},
    "word": {"": "str"},
    "city": {"": "str", "_province": "str"},
    "service": {"": "str", "_from_lo": "date", "_from_hi": "date"},
    "integrity": {"": "str"},
    "honours": {"": "object", "_in_doubt": "object", "_lo": "date", "_hi": "date"},
    "assessment": {"": "str"},
    "months": {"": "Int32", "_state": "str"},
    "skill": {"_rank": "Int8", "_state": "str", "": "str"},
    "title": {"_rank": "Int8", "_state": "str", "": "str", "_named_series": "str"},
    "claim": {"": "str", "_rank": "Int8", "_state": "str", "_series": "str"},
    "id_number": {"": "str", "_given": "boolean"},
    "unit_code": {"": "str"},
    "certificate": {"": "str"},
}
