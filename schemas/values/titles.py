"""Cells of titles."""

from __future__ import annotations

import re

from guantong.schemas.catalogue import Field
from guantong.schemas.text import NOTHING, norm
from guantong.schemas.values.levels import _LEVEL_PREFIX, _levels, _titles, _tokens
from guantong.schemas.values.parsed import QUOTES, Credential, Parsed

_TITLE_SUFFIX = re.compile(r"(任职资格|专业技术资格|技术职称|职称|资格证书|证书|资格)$")


def title(value: object, _: Field) -> Parsed:
    """A title's rank and series. A grade alone (中级) tells no series; a printed skill level beside it is passed over."""
    shown = norm(value).strip(QUOTES)
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
    told = (Credential(min(ranks), max(ranks), chosen["value"], None, chosen["series"] or None),)
    if words:
        return Parsed(values, credentials=told)
    vague = {"初级": "，按助理级计", "高级": "，按副高级计"}.get(chosen["value"], "")
    return Parsed(values, "title_grade_only", vague, told)
