"""A person's facts as data/facts.parquet has them, field by field, in words for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from guantong.schemas.catalogue import Field
from guantong.schemas.values.parsers import COLUMNS

_STATES = {"none": "无", "unknown": "无法识别", "either": "两处记载不一致"}
# Columns of facts.parquet that are of several fields, or of none alone.
SHARED = ("credentials", "occupation_key", "unread")
_LISTS = {"assessment": ["assessments"], "recent_grades": ["recent_grades"], "honours": ["honours", "honours_in_doubt"]}


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
        doubted = [f"{name}（须见表彰文件）" for name in facts["honours_in_doubt"] or []]
        return "、".join([*(facts["honours"] or []), *doubted]) or "未填"
    if item.kind == "recent_grades":
        return "、".join(facts["recent_grades"] or []) or "未填"
    if item.kind == "service" and facts["service"] and facts["service_from_hi"] is not None:
        return f"{facts['service']}（{days_in_words(facts['service_from_lo'], facts['service_from_hi'])}起）"
    state = facts.get(f"{item.name}_state")
    if state in _STATES:
        return _STATES[state]
    if item.kind == "date":
        return days_in_words(facts[f"{item.name}_lo"], facts[f"{item.name}_hi"]) or "未填"
    value = facts.get(item.name)
    return "未填" if value in (None, "") else str(value)


def days_in_words(first: dt.date | None, last: dt.date | None) -> str | None:
    """An interval of days as a day, a month or a year; None where there is none."""
    if first is None or last is None:
        return None
    if first == last:
        return f"{first:%Y-%m-%d}"
    return f"{first:%Y-%m}" if first.month == last.month else f"{first:%Y}"
