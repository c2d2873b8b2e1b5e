"""What a remark, or another text that is no cell of levels or titles, says of them: fallen, obtained, written wrongly, of which day."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from guantong.schemas.values.credential_words import DAY, NOT_NEGATED, levels, levels_in, titles, titles_in

# What says of a credential, wherever it is written, that it has fallen or was not obtained: no word of what is applied for.
_FALLEN = re.compile(
    rf"{NOT_NEGATED}(作废|注销|撤[销消]|吊[销扣]|过期|逾期|失效|无效|取消|[收追缴]回|收缴|没收|未(能|予)?(通过|取得|获得|获|合格|发放|发证|下发|拿到|领取|过(?!期))|[没不](有|予)?(通过|取得|获得|合格|过关|达标)|不及格|补考|缺考|弃考"
    r"|伪造|造假|虚假|假证|冒用|存疑|不属实|不符|不一致|查无|查不到|待(发|批|审|认定|鉴定|评审|评定)|遗失|丢失|挂失|撤回"
    r"|未经?(确认|认可|备案)|内部(评|聘|认)|自评"
    r"|(未|没|没有|无法|未能)(查询|查验|查|检索|核实|核验)到?|查询不到|查不出|无此(人|证|证书|记录|信息|编号)|查询无结果|无查询结果|无相关(记录|信息)|不匹配|不真实"
    r"|[未没](有|能)?(到手|下来|出证|拿证|下证|评上|考[上过下]|见到?|提供|提交|出示|领证?|出(?=$|结果|成绩))|(?<![已再所现存])(尚|正|还|仍)?在(办(?!公|学|事)|评|审|考|鉴定|认定|公示)|(办理|评审|鉴定|认定|审批|公示)中(?![心级央])|(?<![不非])无(技能|等级|职称|资格|高级技师|技师|[高中初]级工|工程师)*证(?!明|号|件)|未持[^,;。]{0,6}证|对不上|是?(别人|他人|冒|顶)的|挂靠)"
)
_CREDENTIAL = re.compile(
    "人证|领证|持证|[此该其无本]证|职称|证书|资格|等级|鉴定|认定|评审|技能评价|技师|[高中初]级工|工程师|助工|高工|任职资格|专业技术"
)
_OTHER_MATTER = re.compile(
    "家属|配偶|爱人|子女|师傅|徒弟|驾驶|驾照|特种|特岗|上岗|安全|操作证|健康|消防|合同|身份证|毕业|学历|学位|会计(?!师)|建造|注册(?!.{0,4}(技师|工程师))|普通话|计算机|外语|英语|年度|体检|试用|岗位工资|党|护照|居住|社保|荣誉|获奖|奖励|表彰|能手|工匠|津贴|竞赛|论文|专利|申报|申请|拟|报名|报考"
)
_MENDED = re.compile(
    "(已|重新|另|后)?(补[办发领]|换[发领证]|更换|恢复|撤回|纠正)|(?<!未)(已|后|再次|补考|复评|重新|终)(经)?(通过|取得|合格)"
)


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


_OBTAINED = re.compile("取得|获得|考取|持有|持|获评|评为|晋升|拿到|通过|获")
_NAMED_LEVEL = re.compile("高级技师|技师(?!工作|学院|协会|联盟|大赛|论坛)|[高中初]级工(?!程)")
_NAMED_TITLE = re.compile("(正高级|高级|助理)?工程师|助工|高工")
_NO_OBTAINING = re.compile(
    "[未拟待不无]|没有|申报|申请|报名|报考|培训|学习|准备|计划|争取|预计|师傅|徒|带教|提名|推荐|候选|注册|建造|待遇|资格条件"
)


_IN_PART = re.compile("理论|笔试|面试|初审|论文|答辩")


@lru_cache(4096)
def obtained_in(cell: str) -> dict[str, int]:
    """By track, the highest rank of the levels or titles that a text says were obtained: 2019年取得电工技师."""
    found: dict[str, int] = {}
    for clause in re.split(r"[,，。;；\n]", cell) if _OBTAINED.search(cell) else ():
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


_CORRECTED = re.compile(
    "(应当?[为是]|实际?[为是]|更正为|更改为|改为|变更为|[降]级?[为至到成]|有误|错误|写错|填错|误[写填报]为?|以(证书|原件|档案|实际)?为准|待核实?|记不清|不详|不确定|不准确?|不清楚|有争议|有出入)"
)
_DAY_OF_CREDENTIAL = re.compile(
    "(取得|获得|获证|发证|取证|批准|评审|颁发|鉴定|认定|证书)[^,]{0,6}(时间|日期|年月|年份)|(时间|日期)[^,]{0,4}(应|实|有误|错)"
)
OF_TITLE = re.compile("职称|工程师|助工|高工|评审|任职资格|专业技术")
_OF_SKILL = re.compile("技能|技师|[高中初]级工(?!程)|鉴定|职业资格|工种|等级证")
_OTHER_DETAIL = re.compile("出生|毕业|入职|参加工作|入党|转正|退休|入学|上岗|合同|考核(?!认定)|荣誉|表彰|聘任|编号|号码|单位|机关")


@lru_cache(4096)
def corrections_in(cell: str) -> tuple[Correction, ...]:
    """What a remark says is written wrongly of levels and titles (实为高级工, 职称取得时间有误), and what is right."""
    found: list[Correction] = []
    for clause in re.split(r"[,;。\n]", cell) if _CORRECTED.search(cell) else ():
        corrected = _CORRECTED.search(clause)
        if not corrected or _OTHER_MATTER.search(clause) or _OTHER_DETAIL.search(clause):
            continue
        told = clause[corrected.end() :]
        of = [track for track, word in (("skill", _OF_SKILL), ("title", OF_TITLE)) if word.search(clause)]
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


_ANEW = re.compile("补[发办领]|换[发证领]|重新?[发办]|复审|年检|年审|更换|遗失")
_ON_DAY = re.compile(
    "取得|获得|获批|获证|发证|取证|考[取下过]|评[为的上]|拿到|颁发|核发|下发|批准|鉴定|认定|评审|通过|转评|晋[升级]|升[为级]"
)
_OF_CERTIFICATE = re.compile("证|等级|资格|职称")


@lru_cache(4096)
def certificate_days_in(cell: str) -> tuple[DayTold, ...]:
    """The days that a text tells of what is held: 技师证2024年5月才拿到. Of a clause that names two days, or two levels or titles, none."""
    found: list[DayTold] = []
    for clause in re.split(r"[,，。;；\n]", "".join(cell.split())) if DAY.search(cell) else ():
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
            tracks = [track for track, word in (("skill", _OF_SKILL), ("title", OF_TITLE)) if word.search(clause)]
            found += [DayTold(track, None, days[0][0], anew) for track in tracks if len(tracks) == 1]
    return tuple(found)
