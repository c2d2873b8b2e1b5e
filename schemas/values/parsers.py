"""From a raw cell to typed values: one parser for each kind of field, called once per distinct value.

A parser takes a raw cell that is not blank, and its Field, and gives a `Parsed`: values by column
suffix ('' for the field's own column), and a finding code with its detail where the cell can't be
read as it stands. What is unreadable is never guessed: the fact becomes unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field
from guantong.schemas.text import NOTHING, bracketed_notes, label, mask_numbers, norm, visible_text, without_brackets
from guantong.schemas.values.dates import chinese_numbers, parse_date
from guantong.schemas.values.honours import parse_honours

MAX_TEXT = 200
_SPLIT = re.compile(r"[/\\()\[\]【】、,，;；|+\-—~·_:]+")
_LEVEL_PREFIX = re.compile(r"^(国家)?(职业资格证书|职业资格|职业技能等级证书|职业技能等级|职业技能|技能等级|技能人才|技能)?(等级)?[:：]?")
_LEVEL_SUFFIX = re.compile(r"(职业资格证书|职业资格|职业技能等级|技能等级|等级证书|资格证书|证书|资格|水平)$")
_PRINTED = re.compile(r"([一二三四五壹贰叁肆伍1-5]|I{1,3}|IV|V)级")  # 三级高级工, 高级工三级
_DATED = re.compile(r"^(19|20)\d\d年度?")  # 2023年查实弄虚作假
_LETTERED = re.compile(r"(?<=[一-鿿])[A-D]$|^[A-D](?=[一-鿿])")  # A优秀, 优秀A
_PLAIN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")  # as almost every name and number is: its own normal form
_PLAIN_NUMBER = re.compile(r"[A-Z]?\d{10,30}", re.ASCII)
_BLANKS_IN_NAME = re.compile(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])")
_QUOTES = "\"'“”‘’。;!"
_TELLING = re.compile(r"[未无不非待拟曾已撤疑假退离原]|返聘|内退|借调")
_SAME = ({"合格", "称职"}, {"基本合格", "基本称职"}, {"不合格", "不称职"}, {"不定等次", "未考核"})
_TITLE_SUFFIX = re.compile(r"(任职资格|专业技术资格|技术职称|职称|资格证书|证书|资格)$")
_APPLYING = re.compile(r"^(本次|拟|计划)?(申报|申请|参评|评审|晋升|报考|报评|参加)?(破格)?|\((破格|贯通|正常)(申报)?\)$")
_NO_CLAIM = re.compile(r"|(不|暂不|未|无|放弃|否|不拟)(申报|申请|参加|参评|评)?")


@dataclass(slots=True)
class Parsed:
    """Typed values by column suffix; ``code``, a finding's code, and its ``detail`` where there is one."""

    values: dict[str, object] = field(default_factory=dict)
    code: str | None = None
    detail: str = ""


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
    whole = norm(value).strip(_QUOTES)
    if (found := _known(whole, item)) is not None:
        return Parsed({"": found})
    parts = {_known(part, item) for part in re.split(r"[,、;/]", whole)}
    if len(parts) == 1 and None not in parts:
        return Parsed({"": parts.pop()})
    if item.name == "city":
        return _city(value)
    if item.name == "sex":
        return Parsed({}, "sex_unreadable")
    if norm(value) in NOTHING:
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
        if (other is None and _TELLING.search(note)) or (other is not None and other != found and {other, found} not in _SAME):
            return None  # 在岗（已离职）, 合格（待定）: the note takes the word back
    return found


def _word(text: str, item: Field) -> str | None:
    return next((known[text] for known in map(catalogue.vocabulary, item.vocabulary) if text in known), None)


def _city(value: object) -> Parsed:
    """A city by its name with or without 市 and 辽宁省; another text is kept for the check to find."""
    shown = norm(value).removeprefix("辽宁省").removeprefix("辽宁")
    known = catalogue.vocabulary("city")
    found = known.get(shown) or known.get(f"{shown}市")
    if found is None:
        cities = {city for city in known.values() if shown.startswith(city)}
        found = cities.pop() if len(cities) == 1 else None
    return Parsed({"": found or mask_numbers(label(value))[:MAX_TEXT]})


def months(value: object, _: Field) -> Parsed:
    """A whole number of months: 6, 6个月, 六个月, 半年, 1年6个月, 1.5年, 无."""
    shown = norm(value)
    if shown in NOTHING or shown in ("未中断", "无中断", "没有中断", "否"):
        return Parsed({"": 0, "_state": "known"})
    shown = re.sub(r"^(共计|累计|合计|共|中断|约)+|[()]", "", shown).replace("两", "二").replace("年半", ".5年").replace("半年", "0.5年")
    found = re.fullmatch(r"(?:(\d{1,2})(\.5)?年)?(?:(\d{1,4})(?:\.0+)?(?:个月|个|月)?)?", chinese_numbers(shown))
    if not found or not (found[1] or found[3]):
        return Parsed({"_state": "unknown"}, "months_unreadable")
    return Parsed({"": int(found[1] or 0) * 12 + (6 if found[2] else 0) + int(found[3] or 0), "_state": "known"})


@cache
def _levels() -> dict[str, tuple[int, str, str]]:
    return {row["word"]: (int(row["rank"]), row["weight"], row["value"]) for row in catalogue.rows("skill_levels")}


@cache
def _titles() -> dict[str, dict[str, str]]:
    return {row["word"]: row for row in catalogue.rows("titles")}


def _tokens(shown: str, suffix: re.Pattern[str], prefix: re.Pattern[str] | None = None) -> list[str]:
    """The parts of a level or title cell, less what only says that it is one."""
    found = []
    for part in _SPLIT.split(shown):
        part = suffix.sub("", part) or part
        part = (prefix.sub("", part) if prefix else part) or part
        if part and not (prefix and prefix.fullmatch(part)) and not suffix.fullmatch(part):
            found.append(part)
    return found


def skill(value: object, _: Field) -> Parsed:
    """A skill level's rank. The printed number (三级) outranks a shared list's title grade (中级/二级)."""
    shown = norm(value).strip(_QUOTES)
    if shown in NOTHING or shown == "学徒工":
        return Parsed({"_rank": 0, "_state": "none"})
    found = _tokens(_PRINTED.sub(r"/\1级/", shown), _LEVEL_SUFFIX, _LEVEL_PREFIX)
    levels = [_levels()[part] for part in found if part in _levels()]
    strong = [level for level in levels if level[1] != "grade"]
    grades = {part for part in found if part not in _levels()}
    if grades and all(part in _titles() for part in grades) and not levels:
        return Parsed({"_state": "unknown"}, "skill_is_title")
    foreign = {part for part in grades if _titles().get(part, {}).get("weight") != "grade"}
    if foreign and not (strong and all(part in _titles() for part in foreign)):
        return Parsed({"_state": "unknown"}, "skill_unreadable")
    ranks = {level[0] for level in strong or levels}
    if len(ranks) != 1:
        return Parsed({"_state": "unknown"}, "skill_unreadable")
    rank = ranks.pop()
    return Parsed({"_rank": rank, "_state": "known", "": next(level[2] for level in strong or levels if level[0] == rank)})


def title(value: object, _: Field) -> Parsed:
    """A title's rank and series. A grade alone (中级) tells no series; a printed skill level beside it is passed over."""
    shown = norm(value).strip(_QUOTES)
    if shown in NOTHING:
        return Parsed({"_rank": 0, "_state": "none"})
    if shown in _titles():
        return _title([_titles()[shown]])
    found = _tokens(shown, _TITLE_SUFFIX)
    known = [_titles()[part] for part in found if part in _titles()]
    other = [part for part in found if part not in _titles() and f"{part}工程师" not in _titles()]  # 工程师（机械）
    words = [row for row in known if row["weight"] == "word"]
    levels = [_levels().get(_LEVEL_PREFIX.sub("", part)) for part in other]
    if other and not known and all(levels):
        return Parsed({"_state": "unknown"}, "title_is_skill")
    if not known or not all(levels) or (not words and any(level[1] == "word" for level in levels if level)):
        return Parsed({"_state": "unknown"}, "title_unreadable")
    return _title(known)


def _title(known: list[dict[str, str]]) -> Parsed:
    """One title out of the recognised parts of a cell; unknown where they contradict each other."""
    words = [row for row in known if row["weight"] == "word"]
    if len({row["series"] for row in words}) > 1:  # 工程师、经济师: both held, the engineering one is ours
        words = [row for row in words if row["series"] == "工程系列"]
        known = words
    ranks = set.intersection(*({int(rank) for rank in row["fits"].split()} for row in known))
    chosen = (words or known)[0]
    if int(chosen["rank"]) not in ranks or len({row["rank"] for row in words}) > 1:
        if len(ranks) != 1:
            return Parsed({"_state": "unknown"}, "title_unreadable")
        chosen = next(row for row in known if int(row["rank"]) in ranks)
    values = {"_rank": int(chosen["rank"]), "_state": "known", "": chosen["value"], "_named_series": chosen["series"] or None}
    if words:
        return Parsed(values)
    vague = {"初级": "，按助理级计", "高级": "，按副高级计"}.get(chosen["value"], "")
    return Parsed(values, "title_grade_only", vague)


def claim(value: object, item: Field) -> Parsed:
    """A title or skill level that a person means to apply for: rank, canonical word, and of a title its series; 不申报 is none."""
    shown = _APPLYING.sub("", norm(value).strip(_QUOTES))
    if shown in NOTHING or _NO_CLAIM.fullmatch(shown):
        return Parsed({"_state": "none"})
    titled = item.vocabulary[0] == "title"
    found = (title if titled else skill)(shown, item)
    told = {suffix: found.values.get(suffix) for suffix in ("", "_rank", "_state")}
    if told["_state"] != "known":
        detail = {"title_is_skill": "（是技能等级）", "skill_is_title": "（是职称）"}.get(found.code or "", "")
        return Parsed({"_state": "unknown"}, "claim_unreadable", detail)
    return Parsed(told | {"_series": found.values.get("_named_series")})


def honours(value: object, _: Field) -> Parsed:
    """The honours that a cell names, as a tuple of canonical names, and those that only come near one."""
    found, near = parse_honours(visible_text(value))
    return Parsed({"": found}, "honour_near" if near else None, "、".join(near))


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


PARSERS: dict[str, Callable[[object, Field], Parsed]] = {
    "assessment": word,
    **{kind.__name__: kind for kind in (text, name, date, word, months, skill, title, claim, honours, id_number, unit_code, certificate)},
}

# The columns that each kind of field gives, with their pandas types.
COLUMNS: dict[str, dict[str, str]] = {
    "text": {"": "str", "_length": "Int32"},
    "name": {"": "str"},
    "date": {"_lo": "date", "_hi": "date", "_state": "str"},
    "word": {"": "str"},
    "months": {"": "Int32", "_state": "str"},
    "skill": {"_rank": "Int8", "_state": "str", "": "str"},
    "title": {"_rank": "Int8", "_state": "str", "": "str", "_named_series": "str"},
    "claim": {"": "str", "_rank": "Int8", "_state": "str", "_series": "str"},
    "id_number": {"": "str", "_given": "boolean"},
    "unit_code": {"": "str"},
    "certificate": {"": "str"},
}
