"""Words of level and title cells: what is a level, a title, an occupation, what is harmless beside them, and what says that nothing is held.

All of them are tables of schemas/data.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from guantong.schemas import catalogue

ENGINEERING = "工程系列"
_NOT_NEGATED = "(?<![未没无不])"
# Words of another meaning that hold one of those that give none: 未过期, 模拟, 原料准备工, 工种已取消.
_INSIDE_OTHERS = {
    "鉴定中": "鉴定中(?!心)",
    "未过": "未过(?!期)",
    "没过": "没过(?!期)",
    "拟": "(?<![模虚比])拟",
    "准备": "准备(?!工)",
    "计划": "计划(?!员)",
    "取消": "(?<!工种)(?<!工种已)取消",
}
# A year or day beside a level is about it, and changes no rank.
DAY = re.compile(r"(19|20)\d\d(年\d{1,2}月?(\d{1,2}[日号]?)?|年度?|[-./]\d{1,2}([-./]\d{1,2})?|(0[1-9]|1[0-2])([0-3]\d)?(?!\d))?")
_BOUND = r"(19|20)\d\d([-./年]\d{1,2}([-./月]\d{1,2})?)?[月日号]?"
# A span of time is no day on which something was obtained, but how long it stands or stood: 高级工（2018—2023）.
SPAN = re.compile(rf"(?<!\d){_BOUND}[-—–~至到]+{_BOUND}(?!\d)|\([-—–~至到]+{_BOUND}(?!\d)|(?<!\d){_BOUND}[-—–~至到]+\)")
_SHAPED = re.compile(r"[\u3400-\u9fff]{1,13}(工|员|司机)")
_NO_TRADE_HOLDS = re.compile(r"[级]|技师|高级|中级|初级|优秀|先进|骨干|标兵|模范|能手|首席|资深|兼|以上|以下|相当|同等|待遇|聘")
_SERIES_ENDING = re.compile("(工程|技术|类|专业|系列)+$")
_NO_TRADE_BEGINS = tuple("原曾前准待未非已代被仅只无不各等某一二三四五六七八九十")


class Level(NamedTuple):
    """A word of a skill level. ``weight``: a word; the printed number; or a grade, which a list of levels shares with titles."""

    rank: int
    weight: str
    value: str


class Title(NamedTuple):
    """A word of a title. ``fits``: the ranks that it may be; ``weight``: a word, or only a grade; ``series``: None where none is told."""

    rank: int
    weight: str
    value: str
    series: str | None
    fits: frozenset[int]


@cache
def levels() -> dict[str, Level]:
    return {row["word"]: Level(int(row["rank"]), row["weight"], row["value"]) for row in catalogue.rows("skill_levels")}


@cache
def titles() -> dict[str, Title]:
    return {
        row["word"]: Title(int(row["rank"]), row["weight"], row["value"], row["series"] or None, frozenset(map(int, row["fits"].split())))
        for row in catalogue.rows("titles")
    }


@cache
def _words(kind: str) -> list[str]:
    """The words of a kind, the longest first."""
    return sorted((row["word"] for row in catalogue.rows("credential_words") if row["kind"] == kind), key=len, reverse=True)


def _any_of(words: list[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@cache
def _ends(*kinds: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What may be dropped at the beginning, and at the end, of a cell that is made of words of these kinds.

    聘任工程师 tells an appointment, and 专业工程师 a post, where 工程师（聘任） tells a title.
    """
    known = [word for kind in kinds for word in _words(kind)]
    before = [word for word in known if "聘" not in word and word != "专业"]
    return re.compile(f"({_any_of(before)}|{DAY.pattern})"), re.compile(f"({_any_of(known)}|{DAY.pattern})$")


@cache
def _engineer_of_subject() -> re.Pattern[str]:
    return re.compile(rf"(正高级|高级|助理)?(?:{_any_of(_words('subject'))})(?:工程)?(正高级工程师|高级工程师|助理工程师|工程师|助工|高工)")


def is_subject_of_engineers(text: str) -> bool:
    """Whether ``text`` is what engineers of the table are called by: 机械, but not 助理 or 机械高级, which are grades of them."""
    return (named := titles().get(f"{text}工程师")) is not None and (named.value, named.series) == ("工程师", ENGINEERING)


def names_engineering(text: str) -> bool:
    """Whether a series is told by a subject that engineers are called by: 机械, 机械类, 电气专业."""
    subjects = {text, _SERIES_ENDING.sub("", text)} - {""}
    return any(is_subject_of_engineers(one) or engineer_of_subject(f"{one}工程师") is not None for one in subjects)


def engineer_of_subject(text: str) -> str | None:
    """The title of an engineer that is called by a subject of the table, on either side of the grade: 炼钢工程师, 高级炼钢工程师 → 高级工程师."""
    found = _engineer_of_subject().fullmatch(text)
    if found is None:
        return None
    return found[2] if not found[1] else f"{found[1]}{found[2]}" if found[2] == "工程师" else None


def without_harmless(text: str, *kinds: str) -> list[str]:
    """``text`` less one harmless word at its end, and less one at its beginning."""
    begins, ends = _ends(*kinds)
    found = [text[: at.start()] for at in [ends.search(text)] if at]
    return found + [text[at.end() :] for at in [begins.match(text)] if at]


@cache
def _ending_level() -> re.Pattern[str]:
    return re.compile(f"({_any_of(list(levels()))})$")


def level_at_end(text: str) -> str | None:
    """The longest word of a level that ``text`` ends with."""
    found = _ending_level().search(text)
    return found[0] if found else None


def levels_at_beginning(text: str) -> list[str]:
    """The words of levels that ``text`` begins with, the longest first: 高级工业机器人系统运维员 may begin with 高级工, or with 高级."""
    return [text[:size] for size in range(6, 1, -1) if text[:size] in levels()]


def levels_in(text: str, grades: bool = True) -> set[int]:
    """The ranks of the levels that are named anywhere in ``text``, not as part of a title's name (高级工程师); ``grades``: also by a word that titles have
    too (中级).
    """
    return {levels()[word].rank for word in _named(text) if word in levels() and (grades or levels()[word].weight != "grade")}


def titles_in(text: str) -> list[Title]:
    """The titles, and grades of titles, that are named anywhere in ``text``."""
    return [titles()[word] for word in _named(text) if word in titles()]


def _named(text: str) -> list[str]:
    return _any_credential().findall(text)


@cache
def _any_credential() -> re.Pattern[str]:
    return re.compile(_any_of([*levels(), *titles()]))


@cache
def _void() -> re.Pattern[str]:
    return re.compile("|".join(_NOT_NEGATED + _INSIDE_OTHERS.get(word, re.escape(word)) for word in _words("void")))


def gives_none(text: str) -> str | None:
    """The word in ``text`` that says that what stands there is void, expired, applied for or pending."""
    found = _void().search(text)
    return found[0] if found else None


_NOW = re.compile("[今改转换]|现(?!在?正?在?[申拟报评公待参])")


def leaves_open(text: str) -> bool:
    """Whether a text beside a level or title that says that one is void may tell another in its place: 已注销现技师, 作废后改评工程师."""
    return _NOW.search(text) is not None


def void_clause(text: str) -> str:
    """The clause of ``text`` with the word of `gives_none`: 已注销 of 已注销，现技师."""
    return next((clause for clause in re.split("[,，;；。、]", text) if gives_none(clause)), text)


@cache
def _heading() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<begins>^|[、,，;；+&\n:/\\|—–~·• -])?(?P<head>[^、,，;；+&\n:/\\|()]{{0,40}}?(?:{_void().pattern})[\u3400-\u9fff]{{0,4}})(?P<sign>[:/\\|—–~·• -]+)(?=[^\d\s(])"
    )


def headed(text: str) -> str:
    """``text`` less the signs behind a word of `gives_none` that heads what follows: 作废-技师, 高级工；拟申报：技师.

    A colon makes any such word a head; another sign one that stands alone and names nothing.
    """

    if gives_none(text) is None:
        return text

    def joined(found: re.Match[str]) -> str:
        heads = ":" in found["sign"] or (found["begins"] is not None and not _named(found["head"]))
        return f"{found['begins'] or ''}{found['head']}" if heads else found[0]

    return _heading().sub(joined, text)


def around_void(text: str) -> tuple[str, str]:
    """What stands before the word of `gives_none` in ``text``, and behind it: 高级工 | 申报技师."""
    found = _void().search(text)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


@cache
def _occupations() -> dict[str, str]:
    return {row["occupation"]: row["kind"] for row in catalogue.rows("occupations")}


@cache
def _stems() -> dict[str, str]:
    """An occupation's name less its last character, as it stands before a level: 中式烹调技师."""
    return {name[:-1]: name for name, kind in _occupations().items() if kind == "trade" and name.endswith(("工", "师")) and len(name) > 3}


def listed_occupation(text: str) -> str | None:
    """The occupation of the list that ``text`` names."""
    return text if _occupations().get(text) == "trade" else _stems().get(text)


def shaped_occupation(text: str) -> str | None:
    """``text`` where it looks like an occupation: it ends in 工, 员 or 司机, and is no word for people at large."""
    if not _SHAPED.fullmatch(text) or text.startswith(_NO_TRADE_BEGINS) or _NO_TRADE_HOLDS.search(text) or gives_none(text):
        return None
    others = (name for name, kind in _occupations().items() if kind == "none")
    return None if any(text.endswith(name) for name in others) else text


# What says of a credential, wherever it is written, that it has fallen or was not obtained: no word of what is applied for.
_FALLEN = re.compile(
    rf"{_NOT_NEGATED}(作废|注销|撤[销消]|吊[销扣]|过期|逾期|失效|无效|取消|[收追缴]回|收缴|没收|未(能|予)?(通过|取得|获得|获|合格|发放|发证|下发|拿到|领取|过(?!期))|[没不](有|予)?(通过|取得|获得|合格|过关|达标)|不及格|补考|缺考|弃考"
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


_MADE_UP = re.compile(r"补考(?=合格|通过|及格)|(?<=合格\(|通过\()补考(?=\))")


@cache
def _sound() -> re.Pattern[str]:
    words = _any_of([*_words("sound"), *_words("harmless"), *levels()])
    return re.compile(rf"({words}|{DAY.pattern}|(?<!\d)([6-9]\d|1[0-4]\d|150)(\.\d+)?(分|(?!\d))|[()、,;:/\-—.。!√])+")


def is_sound(text: str) -> bool:
    """Whether a normalised text says that a credential stands, in words that are known and nothing beside them."""
    return _sound().fullmatch(_MADE_UP.sub("", text)) is not None
