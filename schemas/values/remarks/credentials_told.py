"""What a remark, or another text that is no cell of levels or titles, says of them: fallen, obtained, written wrongly, of which day."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from guantong.schemas.values.credential_words import DAY, NOT_NEGATED, levels, levels_in, titles, titles_in
from guantong.schemas.values.remarks.words import clauses, words_of

# What a clause speaks of.
_CREDENTIAL = words_of("credential")
_OF_CERTIFICATE = words_of("certificate")
OF_TITLE, OF_SKILL = words_of("of_title"), words_of("of_skill")
_NAMES_SKILL = re.compile(f"{OF_SKILL.pattern}|等级证")  # 等级证书已注销 may be of either
_NAMED_LEVEL = re.compile("高级技师|技师(?!工作|学院|协会|联盟|大赛|论坛)|[高中初]级工(?!程)")
_NAMED_TITLE = re.compile("(正高级|高级|助理)?工程师|助工|高工")
_DAY_OF_CREDENTIAL = re.compile(
    "(取得|获得|获证|发证|取证|批准|评审|颁发|鉴定|认定|证书)[^,]{0,6}(时间|日期|年月|年份)|(时间|日期)[^,]{0,4}(应|实|有误|错)"
)
# Of certificates of another kind, and of other details of the person.
_OTHER_MATTER, _OTHER_DETAIL = words_of("other_matter"), words_of("other_detail")
# What it says of it. That something has fallen: no word of what is applied for.
_FALLEN = re.compile(f"{NOT_NEGATED}({words_of('fallen').pattern})")
_MENDED = re.compile(
    "(已|重新|另|后)?(补[办发领]|换[发领证]|更换|恢复|撤回|纠正)|(?<!未)(已|后|再次|补考|复评|重新|终)(经)?(通过|取得|合格)"
)
_OBTAINED, _NO_OBTAINING, _IN_PART = words_of("obtained"), words_of("not_obtained"), words_of("in_part")
_CORRECTED = words_of("corrected")
_ON_DAY, _ANEW = words_of("on_day"), words_of("issued_anew")


def fallen_in(text: str, beside_credential: bool = False) -> str | None:
    """The clause of a normalised text which says that a credential has fallen, or was not obtained; ``beside_credential``: that names the credential too."""
    if not _FALLEN.search(text):
        return None
    for clause in re.split(r"[,。;、\n]|(?<=[^\d])\.(?!\d)", text):
        fallen = _FALLEN.search(clause)
        if not fallen or (beside_credential and (not _CREDENTIAL.search(clause) or _OTHER_MATTER.search(clause))):
            continue
        told = text.replace("撤回", "") if fallen[0] == "撤回" else text  # 证书已撤回; but 注销已撤回
        return None if _MENDED.search(told) else clause
    return None


@lru_cache(4096)
def obtained_in(cell: str) -> dict[str, int]:
    """By track, the highest rank of the levels or titles that a text says were obtained: 2019年取得电工技师."""
    found: dict[str, int] = {}
    for clause in clauses(cell) if _OBTAINED.search(cell) else ():
        if _OBTAINED.search(clause) and not _NO_OBTAINING.search(clause) and not _IN_PART.search(clause):
            ranks = {
                "skill": [levels()[word[0]].rank for word in _NAMED_LEVEL.finditer(clause)],
                "title": [titles()[word[0]].rank for word in _NAMED_TITLE.finditer(clause)],
            }
            found |= {track: max(found.get(track, 0), *told) for track, told in ranks.items() if told}
    return found


class Correction(NamedTuple):
    """What a text says is wrong: a level, a title, or the day of one; ``told``: what it gives in its place."""

    name: str
    told: str


@lru_cache(4096)
def corrections_in(cell: str) -> tuple[Correction, ...]:
    """What a remark says is written wrongly of levels and titles (实为高级工, 职称取得时间有误), and what is right."""
    found: list[Correction] = []
    for clause in clauses(cell) if _CORRECTED.search(cell) else ():
        corrected = _CORRECTED.search(clause)
        if not corrected or _OTHER_MATTER.search(clause) or _OTHER_DETAIL.search(clause):
            continue
        told = clause[corrected.end() :]
        of = [track for track, word in (("skill", _NAMES_SKILL), ("title", OF_TITLE)) if word.search(clause)]
        of = of or ["title" for title in titles_in(told)[:1] if title.weight != "grade"]  # 实际为政工师
        of = of or ["skill", "title"] * ("级别" in clause)
        if _DAY_OF_CREDENTIAL.search(clause):
            found += [Correction(f"{track}_date", told) for track in of or ["skill", "title"]]
        elif levels_in(clause, grades=False) or titles_in(clause) or re.search("等级|级别|职称", clause):
            found += [Correction(track, told) for track in of or (["skill"] if "等级" in clause else [])]
    return tuple(found)


def is_of_other_matter(clause: str) -> bool:
    """Whether a clause speaks of a certificate of another kind than a level or a title: 特种作业证, 驾驶证."""
    return _OTHER_MATTER.search(clause) is not None


class DayTold(NamedTuple):
    """A day that a text tells of a credential; ``rank``: of which, where it names one; ``anew``: on which only its certificate was issued again."""

    track: str
    rank: int | None
    told: str
    anew: bool


@lru_cache(4096)
def certificate_days_in(cell: str) -> tuple[DayTold, ...]:
    """The days that a text tells of what is held: 技师证2024年5月才拿到. Of a clause that names two days, or two levels or titles, none."""
    found: list[DayTold] = []
    for clause in clauses("".join(cell.split())) if DAY.search(cell) else ():
        days = list(DAY.finditer(clause))
        anew = _ANEW.search(clause) is not None
        if len(days) != 1 or not (anew or _ON_DAY.search(clause)) or _NO_OBTAINING.search(clause) or _IN_PART.search(clause):
            continue
        if _OTHER_MATTER.search(clause) or _OTHER_DETAIL.search(clause):
            continue
        named = {("skill", levels()[word[0]].rank) for word in _NAMED_LEVEL.finditer(clause)}
        named |= {("title", titles()[word[0]].rank) for word in _NAMED_TITLE.finditer(clause)}
        if len(named) == 1:
            found += [DayTold(track, rank, days[0][0], anew) for track, rank in named]
        elif not named and _OF_CERTIFICATE.search(clause):
            tracks = [track for track, word in (("skill", _NAMES_SKILL), ("title", OF_TITLE)) if word.search(clause)]
            found += [DayTold(track, None, days[0][0], anew) for track in tracks if len(tracks) == 1]
    return tuple(found)
