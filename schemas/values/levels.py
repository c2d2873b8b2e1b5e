"""Cells of skill levels."""

from __future__ import annotations

import re
from functools import cache

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field
from guantong.schemas.text import NOTHING, norm, without_brackets
from guantong.schemas.values.parsed import QUOTES, Credential, Parsed

_SPLIT = re.compile(r"[/\\()\[\]【】、,，;；|+\-—~·_:]+")
_LEVEL_PREFIX = re.compile(r"^(国家)?(职业资格证书|职业资格|职业技能等级证书|职业技能等级|职业技能|技能等级|技能人才|技能)?(等级)?[:：]?")
_LEVEL_SUFFIX = re.compile(r"(职业资格证书|职业资格|职业技能等级|技能等级|等级证书|资格证书|证书|资格|水平)$")
_PRINTED = re.compile(r"([一二三四五壹贰叁肆伍1-5]|I{1,3}|IV|V)级")  # 三级高级工, 高级工三级


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
    shown = norm(value).strip(QUOTES)
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
    word = next(level[2] for level in strong or levels if level[0] == rank)
    return Parsed({"_rank": rank, "_state": "known", "": word}, credentials=(Credential(rank, rank, word),))


def occupation_key(text: str) -> str | None:
    """An occupation as two are compared: spaces and brackets aside."""
    return without_brackets(norm(text)) or norm(text) or None
