"""A person's facts as data/facts.parquet has them, field by field, in words for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field
from guantong.schemas.values.parsers import COLUMNS

_STATES = {"none": "无", "unknown": "无法识别", "either": "两处记载不一致"}
TRACKS = ("skill", "title")  # fields that are told as credentials, as many as the cell names
# Columns of facts.parquet that are of several fields, or of none alone.
SHARED = ("credentials", "occupation_key", "unread")
_LISTS = {
    "assessment": ["assessments"],
    "recent_grades": ["recent_grades"],
    "honours": ["honours", "honours_in_doubt", "honours_lo", "honours_hi"],
}


def fact_columns(item: Field) -> list[str]:
    """The columns of facts.parquet that hold a field; [] where none does."""
    if item.kind in _LISTS:
        return _LISTS[item.kind]
    if item.kind == "city":
        return ["city", "province"]
    return [item.name + suffix for suffix in COLUMNS.get(item.kind, {}) if suffix != "_length"]


def fact_in_words(facts: Mapping[str, Any], item: Field) -> str:
    """What a row of facts, of whatever types its columns have, says of a field: a day, month or year; words; 未填 where there is nothing, 无法识别 where it could not be read."""
    if item.kind == "assessment":
        return "、".join(f"{one['year']}年{one['grade']}" for one in facts["assessments"] or []) or "未填"
    if item.kind == "honours":
        doubted = [f"可能是{name}（须见表彰文件）" for name in facts["honours_in_doubt"] or []]
        return "、".join([*(facts["honours"] or []), *doubted]) or "未填"
    if item.kind == "recent_grades":
        return "、".join(facts["recent_grades"] or []) or "未填"
    if item.kind == "service" and facts["service"] and facts["service_from_hi"] is not None:
        return f"{facts['service']}（{days_in_words(facts['service_from_lo'], facts['service_from_hi'])}起）"
    state = facts.get(f"{item.name}_state")
    own = [one for one in facts.get("credentials") or [] if one["level_name"].partition("#")[0] == item.name] if item.name in TRACKS else []
    if state in _STATES and (not own or state == "unknown"):
        return _STATES[state]
    if own:
        return "、".join(map(credential_in_words, own))
    if item.kind == "date":
        return days_in_words(facts[f"{item.name}_lo"], facts[f"{item.name}_hi"]) or "未填"
    value = facts.get(item.name)
    return "未填" if value in (None, "") else str(value)


def credential_in_words(one: Mapping[str, Any]) -> str:
    """What a credential of facts.parquet is: its word; the ranks that it may be; its occupation, or, of a title, its series where not engineering."""
    ladder = catalogue.canonical_words(catalogue.fields()[one["track"]])
    lowest, highest = one["rank_lo"], one["rank_hi"]
    text = one["word"] or ladder[highest - 1]
    if lowest == 0:
        return f"不高于{text}，不能确定"
    if lowest < highest:
        text += f"（{'或'.join(ladder[lowest - 1 : highest])}）"
    if one["track"] == "title":
        return text if one["series"] == "工程系列" else f"{text}（{one['series'] or '系列不明'}）"
    return f"{text}（{one['occupation']}）" if one["occupation"] else text


def days_in_words(first: dt.date | None, last: dt.date | None) -> str | None:
    """An interval of days as a day, a month or a year; None where there is none."""
    if first is None or last is None:
        return None
    if first == last:
        return f"{first:%Y-%m-%d}"
    return f"{first:%Y-%m}" if first.month == last.month else f"{first:%Y}"
