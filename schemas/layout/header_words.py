"""What a header of levels and titles is made of: words of schemas/data/header_words.csv, each of a kind, and nothing else."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from guantong.schemas import catalogue

Track = Literal["skill", "title"]
# What a column tells of a credential; ``appointed``: as what somebody is appointed (聘任), ``appointment``: its date and the like.
Part = Literal["held", "date", "number", "series", "subject", "occupation", "appointed", "appointment", "beside"]
_TITLE, _SKILL = {"title", "title_post", "title_stem"}, {"skill", "skill_stem", "skill_judged"}
_OF_STATE = ("examined", "outcome", "noted", "honour")  # words of headers that say whether a credential stands (credential_states.py)
_GOT = {"got", "raised", "got_title", "judged", "skill_judged", "quality", "certificate", "level", "name"}


class Said(NamedTuple):
    """What a header says: the ``part`` of a credential, of which ``track`` where it tells that; ``claimed``: of one that is applied for; ``earlier``: of
    one held before; ``post``: it speaks of a post (专业技术职务), which may be that of an appointment; ``served``: since when it is held as a post; ``hinted``: the track is
    not named, only how it is come by (评审, 鉴定).
    """

    part: Part
    track: Track | None
    claimed: bool = False
    earlier: bool = False
    post: bool = False
    served: bool = False
    hinted: bool = False


@cache
def _kinds() -> dict[str, str]:
    return {row["word"]: row["kind"] for row in catalogue.rows("header_words") if row["kind"] not in ("english", *_OF_STATE)}


@cache
def _all_kinds() -> dict[str, str]:
    return {row["word"]: row["kind"] for row in catalogue.rows("header_words") if row["kind"] != "english"}


@cache
def _word(of_state: bool) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_all_kinds() if of_state else _kinds(), key=len, reverse=True))))


def _split(text: str, of_state: bool = False) -> list[tuple[str, str]]:
    """The words of ``text`` with their kinds; [] where something in it is none. ``of_state``: with those that say whether a credential stands."""
    found, at = [], 0
    kinds = _all_kinds() if of_state else _kinds()
    while at < len(text):
        word = _word(of_state).match(text, at)
        if word is None:
            return []
        found.append((word[0], kinds[word[0]]))
        at = word.end()
    return found


def kinds_of(text: str) -> set[str] | None:
    """The kinds of the words of which ``text`` is made, with those that say whether a credential stands; None where something in it is none."""
    words = _split(text, of_state=True)
    return {kind for _, kind in words} if words or not text else None


@cache
def english_words() -> frozenset[str]:
    """Words of which a header in English is made."""
    return frozenset(row["word"] for row in catalogue.rows("header_words") if row["kind"] == "english")


@lru_cache(maxsize=4096)
def what_is_said(text: str) -> Said | None:
    """What a header without brackets and numbers says of a credential; None where it says anything else, or more."""
    words = _split(text)
    kinds = {kind for _, kind in words}
    if not kinds - {"plain", "join", "quality", "name"}:
        return None
    track = _track(kinds)
    if track is None and kinds & _TITLE and kinds & _SKILL:
        return None  # 职称/技能等级: of either
    part = _part(words, kinds, track)
    if part is None:
        return None
    post = "title_post" in kinds and not kinds & {"title"}
    hinted = track is not None and not kinds & {"title", "title_post", "title_stem", "skill", "skill_stem"}
    return Said(part, track, "claim" in kinds, "earlier" in kinds, post, "serve" in kinds, hinted)


def says_either(text: str) -> bool:
    """Whether a header says that a level or a title stands below, and nothing more: 职称/技能等级, 技能等级（职称）."""
    words = _split(re.sub(r"[()]", "/", text).strip("/"))
    kinds = {kind for _, kind in words}
    allowed = _TITLE | _SKILL | {"join", "plain", "level", "name", "quality", "certificate"}
    return bool(kinds & _TITLE) and bool(kinds & {"skill", "skill_stem"}) and "join" in kinds and not kinds - allowed


def _track(kinds: set[str]) -> Track | None:
    if kinds & _TITLE:
        return None if kinds & _SKILL else "title"
    if kinds & _SKILL:
        return "skill"
    return "title" if "got_title" in kinds else None


def _part(words: list[tuple[str, str]], kinds: set[str], track: Track | None) -> Part | None:
    if kinds & {"issuer", "other_day", "paper"}:
        about = kinds & {"certificate", "got", "raised", "got_title", "judged", "other_day", "appoint", "paper"} or kinds & (
            _TITLE | _SKILL
        )
        return "beside" if about else None
    if "appoint" in kinds or ("begin" in kinds and track == "title"):
        return "appointment" if kinds & {"time", "begin"} or not kinds & (_TITLE | {"duty"}) else "appointed"
    if kinds & {"begin", "duty"}:
        return None
    if "number" in kinds:
        return "number" if kinds & {"certificate", "quality"} or track or "证" in "".join(word for word, _ in words) else None
    if "time" in kinds:
        return _dated(words, kinds, track)
    if "series" in kinds:
        return ("series" if track == "title" or kinds == {"series"} else "beside") if track or "claim" in kinds else None
    if "subject" in kinds:
        return "subject" if track == "title" or "claim" in kinds else None
    if "serve" in kinds and track is None:
        return None
    if "occupation" in kinds and not kinds & {"level", "quality"} and not _tells_level_too(words):
        return "occupation" if track != "title" else None
    return _held(kinds, track)


def _tells_level_too(words: list[tuple[str, str]]) -> bool:
    """Whether a header with an occupation says that a level stands below: 工种技能等级, 技能等级及工种; not 技能等级工种."""
    kinds = [kind for _, kind in words]
    return "skill" in kinds and (kinds[-1] == "skill" or "join" in kinds)


def _dated(words: list[tuple[str, str]], kinds: set[str], track: Track | None) -> Part | None:
    if not (kinds & _GOT or kinds & {"serve"} or track):
        return None
    joined = next((at for at, (_, kind) in enumerate(words) if kind == "join"), None)
    if joined is None or track is None:
        return "date"
    before, after = {kind for _, kind in words[:joined]}, {kind for _, kind in words[joined:]}
    both = before & (_TITLE | _SKILL) and "time" in after and not after & (_TITLE | _SKILL)
    return "held" if both else "date"  # 职称及取得时间: both in a cell


def _held(kinds: set[str], track: Track | None) -> Part | None:
    if "raised" in kinds:
        return None  # 晋升技能等级: held, or applied for
    if "level" in kinds:
        return (
            "held"
            if track
            or kinds
            <= {"level", "plain", "certificate", "judged", "occupation", "claim", "earlier", "got", "name"}
            | ({"join"} if "occupation" in kinds else set())
            else None
        )
    if "claim" in kinds and kinds <= {"claim", "quality", "plain", "name"}:
        return "held"  # 申报资格
    if track is None or not kinds & {"title", "title_post", "skill", "title_stem", "skill_stem"}:
        return None
    if kinds & {"title_stem", "skill_stem", "skill_judged"} and not kinds & {"title", "title_post", "skill", "quality"}:
        return None  # 专业技术, 技能
    if kinds & {"certificate", "got_title", "judged"} and "name" not in kinds:
        return None  # 职业资格证书: its number, or whether there is one
    return "held"
