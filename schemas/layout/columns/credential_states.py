"""Headers of columns that say whether a level or title stands: 认定结果, 证书状态, 是否有效; in words of schemas/data/header_words.csv and nothing else."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from guantong.schemas.layout.header_words import kinds_of
from guantong.schemas.text import without_brackets

# Of what a header asks for yes or no: that the credential stands, or that it does not.
Asked = Literal["stands", "fallen"]
_STANDS = "有效期?内?|在有效期内?|通过|合格|及格|达标|取得|获得|获证|拿证|取证|持有|具有|具备|持证|发证|真实|属实|有"
_FALLEN = "失效|无效|注销|撤销|撤消|吊销|作废|过期|到期|逾期|取消|收回|遗失|丢失|挂失|造假|伪造|虚假|存疑|冒用"
_ASKED = re.compile(
    rf"(?:是否|有无|是不是|有没有)(?:已经|已|曾经|曾|现|仍然|仍|尚|均|被|处于|属于)*(?:({_STANDS})|({_FALLEN}))?|(?:({_STANDS})|({_FALLEN}))(?:与否|否)$"
)
_WHICH = re.compile("(是否|是不是)(为|是|属于|现|当前|本人)*(最高|最新|主要|首次|初次|第一次)")  # of several that all stand
_SIGNS = re.compile(r"[()\[\]【】/、:：,，.·]|选填|必填")
_NUMBER = re.compile("(?<=.)[一二三四五1-9A-E]$|第?[一二三四五1-9](?=证书|职称|职业资格|技能)")
_TITLE, _SKILL = {"title", "title_post", "title_stem", "got_title"}, {"skill", "skill_stem", "skill_judged"}
_EXAMINING = {"judged", "skill_judged", "got", "got_title", "raised"}
_CREDENTIAL = {*_TITLE, *_SKILL, *_EXAMINING, "certificate", "honour"}
_BESIDE = {"noted", "examined", "outcome", "quality", "level", "occupation", "subject", "name", "plain", "join", "other_day"}
_OF_SCORE = re.compile("成绩|得分|分数|总分|评分|理论|实操|实作")
_CHECKED = re.compile(
    "证件|证书|查询|查验|核验|核查|联网|网上|验证|比对|真伪|真实|有效性|审验"
)  # of certificates, as 审核 and 处理 may not be
_VALID_UNTIL = re.compile("有效|到期|失效|截止|终止")
_OTHER_SCORE = re.compile("安全|外语|英语|计算机|年度|党|体检|学历|毕业")


class Judging(NamedTuple):
    """What a header says of a credential: ``track`` of it where that is told; ``named``: it names a credential, wherever it stands; ``asked``: for what a yes
    stands, where it asks; ``obtained``: it says whether the credential was obtained, so that a blank is no yes; ``open``: it may speak of another matter, so that
    only a word counts which says that the credential has fallen. ``checked``: it speaks of checking certificates, so that it may stand ``far`` from them, of all.
    """

    track: str | None = None
    named: bool = False
    asked: Asked | None = None
    obtained: bool = False
    open: bool = False
    checked: bool = False
    far: bool = False


def judging(path: tuple[str, ...]) -> Judging | None:
    """What a header path says of whether a credential stands: its group with its own text, else its own alone, else of that what follows a group that
    is written in the same cell (其他信息/证书状态); None where it says anything else."""
    parts = [part for part in path if part]
    if not parts:
        return None
    whole, own = "".join(parts), parts[-1]
    if _WHICH.search(own):
        return None
    texts = dict.fromkeys((whole, without_brackets(whole), own, without_brackets(own), without_brackets(own).rpartition("/")[2]))
    return next(filter(None, map(_judging, texts)), None)


@lru_cache(4096)
def _judging(text: str) -> Judging | None:
    bare = _NUMBER.sub("", _SIGNS.sub("", text))
    found = _ASKED.search(bare)
    asked: Asked | None = None
    if found:
        bare = bare[: found.start()] + bare[found.end() :]
        asked = "fallen" if found[2] or found[4] else "stands"
    kinds = kinds_of(bare)
    is_validity = kinds is not None and "other_day" in kinds and not found and _VALID_UNTIL.search(bare) is not None
    if kinds is not None and is_validity and not kinds - _CREDENTIAL - _BESIDE - {"time"}:
        return Judging(_track(kinds), bool(kinds & _CREDENTIAL), open=True)
    if kinds is None or kinds - _CREDENTIAL - _BESIDE:
        scored = _OF_SCORE.search(bare) and not _OTHER_SCORE.search(bare)
        return Judging(open=True) if scored and not found else None
    about = kinds & _CREDENTIAL
    if found and not (any(found.groups()) or about):
        return None  # 是否审核
    if not found and "outcome" not in kinds:
        told = bare.endswith("情况") and kinds & {*_EXAMINING, "certificate", "examined", "other_day"}
        checked = _CHECKED.search(bare) is not None
        noted = "examined" in kinds and (("noted" in kinds) or (checked and not kinds - {"examined", "plain", "certificate"}))  # 核查备注
        marks = "examined" in kinds and (_OF_SCORE.search(bare) or kinds <= {"examined", "got", "got_title"})  # 实操, 综合评审
        return Judging(_track(kinds), bool(about), open=True, checked=checked) if told or marks or noted else None
    obtained = re.search("通过|合格|及格|取得|获得|获证|拿证|取证", found[0]) if found else "状态" not in bare and kinds & _EXAMINING
    named = bool(about) or (found is not None and "证" in found[0])  # 是否持证
    return Judging(_track(kinds), named, asked, bool(obtained), checked=_CHECKED.search(bare) is not None)


def _track(kinds: set[str]) -> str | None:
    if "honour" in kinds:
        return "honours"
    if bool(kinds & _TITLE) == bool(kinds & _SKILL):
        return None
    return "title" if kinds & _TITLE else "skill"
