"""What 在岗状态 says: a state, and the day from which it is so where the cell tells one (2025.6离职, 在岗（2026年退休）).

The states and their spellings are data: schemas/data/words.csv, ``service``. What stands beside them and is not known to be harmless makes the
cell unreadable.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, lru_cache

from guantong.schemas import catalogue
from guantong.schemas.text import norm
from guantong.schemas.values.dates import chinese_numbers, parse_date
from guantong.schemas.values.remarks.words import clauses, words_of

LONGEST = 60  # characters of a state with all that surrounds it
_YEAR, _MONTH, _DAY_OF_MONTH = r"(?:19|20)\d\d", r"(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])"
_DAY = re.compile(
    rf"(?<!\d)(?:{_YEAR}(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])?|{_YEAR}年?(?:(?<=年)|(?<=\d)[-./]){_MONTH}(?:[-./月]{_DAY_OF_MONTH}[日号]?|月份?)?|{_YEAR}(?:年度?)?)(?!\d)"
)
_SPAN = re.compile(r"@[-—–~至到]+(@|\d)|[至到]@")
_CHINESE_YEAR = re.compile(r"[二一][〇零○O一二三四五六七八九]{3}(?=年)")
_CHINESE = str.maketrans("〇零○O一二三四五六七八九", "0000123456789")
_BESIDE_DAY = re.compile(
    r"(自|从|于|在|已|将|拟|预计|计划|定|应)*@[-.]*(份|初|底|末|上旬|中旬|下旬|起|开始|以来|至今|正式|按期|拟|将|已|被)*"
)  # fmt: skip
_LEADING = re.compile(r"^(目前|现在|现|当前|本人|仍|正式|已经|已|现已|系|为|属于|属|处于|办理了?)")
_TRAILING = re.compile(r"(人员|职工|员工|工人|老干部|干部|同志|状态|手续|期间|中|了)$")
_TOWARDS = re.compile(r"(借调|外借|借用|借出|外派|挂职|援疆)(至|到|在|于|去|往|赴)[一-鿿]{2,30}")
_HARMLESS = re.compile(
    r"因?(个人|家庭|身体)原因|正式(工|员工|职工)?|编内|在编|在册|合同制?(工|员工|职工)?|劳动合同(制|工)?|全日制|全职|正常|固定工|聘用制?|职工|员工|人员|一线|手续已办|已办手续|√|☑"
)
_PLACE = re.compile(r"(?!.*(未|已|拟|将|结束|终止|期满|返|回|原|曾|归|取消))[一-鿿]{2,30}")
_SEPARATORS = re.compile(r"[()\[\]【】,，、;；/|:]+")
_OF_UNIT = re.compile(
    "^(该(同志|员工|职工|人)|此人|本人|其本人)(?!的)|^(其?本?人?)?(现?已(经|于)?)?(?=[退离辞解终调下待])|(本|我|原|该)?(单位|公司|厂|院|校|局|集团)$"
)
# Of each state of who has left one character at least; for who looks at many cells.
_ENDED = re.compile("[退离辞岗薪聘解止调到亡故死逝除满世殉槽断]|不在")
# What takes the words of leaving back, or says them of something else: 未退休, 即将退休, 退休年龄, 调离原岗位, 内退后已返岗, 由某厂辞职后入职, 父亲退休.
_NOT_LEFT = re.compile(
    r"[未没无不非免](有|曾|予|会)?(办理?)?$|(延迟|推迟|延期|延缓|缓|弹性延迟)(办理?)?$|(明年|后年|即将|临近|接近|预计|计划|拟|将于?|准备|申请|防止?|曾|原)[^,，]{0,6}$|距.{0,8}$"
    r"|(配偶|爱人|家属|家庭|亲属|父|母|子女|岳|师傅|师父|徒弟|导师|同事|他人)[^,，]{0,8}$"
)
_NOT_LEFT_BEHIND = re.compile(f"^({words_of('not_left_behind').pattern})")
_BACK = words_of("back_at_work")
_AT_WORK = frozenset({"在岗", "病假", "产假", "工伤", "试用期", "劳务派遣"})
_ELSEWHERE = frozenset({"借调", "外借", "外派", "援疆", "挂职", "长病", "离岗创业"})
# Of two states side by side the exact one, and those that are no contradiction to it.
_EXACT = {
    "返聘": {"退休", "在岗"},
    "退休": {"离职"},
    "内退": {"离岗", "退养", "在册不在岗"},
    "退养": {"离岗", "在册不在岗"},
    "长期离岗": {"离岗", "在册不在岗"},
    "停薪留职": {"离岗", "长期离岗", "在册不在岗"},
    "待岗": {"离岗", "在册不在岗"},
    "下岗": {"离岗"},
    "离岗创业": {"停薪留职", "离岗"},
    "合同到期": {"离职"},
}
State = tuple[str, dt.date | None, dt.date | None]


def read_service(cell: object) -> State | None:
    """(state, first and last day from which it may be so); None where the cell can't be read. The days are None where it is so already."""
    whole = norm(cell).strip("\"'“”‘’。;!")
    if (state := _states().get(whole)) is not None:
        return state, None, None
    if len(whole) > LONGEST:
        return None
    if _CHINESE_YEAR.search(whole):
        whole = chinese_numbers(_CHINESE_YEAR.sub(lambda year: year[0].translate(_CHINESE), whole))
    days = _DAY.findall(whole)
    text = _DAY.sub("@", whole)
    if len(days) > 1 or _SPAN.search(text):
        return None
    undated: list[str] = []
    dated: list[str] = []
    for part in filter(None, _SEPARATORS.split(text)):
        bare = _BESIDE_DAY.sub("", part)
        if not bare and "@" in part:
            continue  # the day alone: of the state beside it
        if _HARMLESS.fullmatch(part):
            continue
        if (state := _state(bare)) is None:
            if {*undated, *dated} <= _ELSEWHERE and (undated or dated) and "@" not in part and _PLACE.fullmatch(part):
                continue  # 借调（市应急局）
            return None
        (dated if "@" in part else undated).append(state)
    if days and not dated:
        undated, dated = [], undated[:1] if len(set(undated)) == 1 else []
    state = _together(undated, dated)
    if state is None:
        return None
    if not days or state not in dated:
        return state, None, None
    if state in _AT_WORK:  # before it too; but 在岗 with a day may be from that day or to it
        return None if state == "在岗" else (state, None, None)
    first, last, code = parse_date(days[0])
    return None if code else (state, first, last)


def says_state(cell: object, at_work: bool = False, dated: bool = False) -> bool:
    """Whether a cell can be read as a state; ``at_work``: as one of who has not left; ``dated``: as one with its day."""
    found = read_service(cell)
    return found is not None and (not at_work or found[0] in _AT_WORK | _ELSEWHERE) and (not dated or found[1] is not None)


@lru_cache(4096)
def ended_state(text: str) -> str | None:
    """The part of a text of another matter, as a department or a remark, that says nothing but a state of who has left."""
    if not _ENDED.search(text):
        return None
    for clause in re.split(r"[,，。;；\n()\[\]【】]", norm(text)):
        for words in (clause, _OF_UNIT.sub("", clause)):
            found = read_service(words)
            if found is not None and found[0] not in _AT_WORK | _ELSEWHERE:
                return words
    return None


@lru_cache(4096)
def doubted_state(text: str) -> str | None:
    """The clause of a remark that speaks of leaving in words that are no state by themselves: 已退二线, 因病办理内退, 长期旷工; None where it takes them back."""
    if not _leaving().search(text) or _BACK.search(norm(text)):
        return None
    for clause in clauses(norm(text)):
        found = _leaving().search(clause)
        if found and not (_NOT_LEFT.search(clause[: found.start()]) or _NOT_LEFT_BEHIND.match(clause[found.end() :])):
            return clause
    return None


@cache
def _leaving() -> re.Pattern[str]:
    words = sorted(map(re.escape, catalogue.vocabulary("leaving")), key=len, reverse=True)
    return re.compile("|".join([*words, "调[往到至][^,，]{1,12}(公司|集团|单位|局|省|市|机关|学校|大学)"]))


def _together(undated: list[str], dated: list[str]) -> str | None:
    """The one state that a cell's states come to: the one with a day over being at work, the exact one over the general; None where they contradict each other."""
    now, then = set(undated), set(dated)
    if len(then) > 1:
        return None
    if now - then and then:
        if all(state in _AT_WORK | _ELSEWHERE for state in now):
            return then.pop()
        return None if then & (_AT_WORK | _ELSEWHERE) else _together(undated, [])
    states = now | then
    if len(states) == 2 and "在岗" in states and (other := states - {"在岗"}) <= _AT_WORK | _ELSEWHERE:
        return other.pop()
    exact = [state for state in states if states - {state} <= _EXACT.get(state, set())]
    return exact[0] if len(exact) == 1 else None


@cache
def _states() -> dict[str, str]:
    return catalogue.vocabulary("service")


def _state(text: str) -> str | None:
    """The state that a text is, with what may stand before and after it."""
    for _ in range(4):
        if (state := _states().get(text)) is not None:
            return state
        bare = _TRAILING.sub("", _LEADING.sub("", text))
        if bare == text:
            break
        text = bare
    found = _TOWARDS.fullmatch(text)
    return _states().get(found[1]) if found else None
