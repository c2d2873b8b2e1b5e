"""What 诚信情况 says of 二（三）: 弄虚作假 found, also long ago and dealt with; 良好, also by denying it; or nothing that can be read.

The words are data: schemas/data/words.csv, ``integrity`` for whole cells, ``falsified`` and ``blemish`` for what sentences name.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from guantong.schemas import catalogue
from guantong.schemas.text import norm
from guantong.schemas.values.remarks.words import clauses, words_of

GOOD, FALSIFIED = "良好", "弄虚作假"
LONGEST = 300  # characters of a cell that are looked at as sentences
_CLAUSES = re.compile(r"[,;。!()\[\]【】\n]+")
_ITEMS = re.compile(r"[、/]|以及|[和或及与]")
_ENCLITIC = re.compile(r"无视|不顾|不惜|未经|不当|不实|非法|不正当|无故|不良|不诚|不法|无意")
_DENIED = re.compile(
    r"(未|无|没|不|非|勿|否认|排除|零|拒绝|杜绝|严禁|禁止|防止|预防|反对|抵制|避免|举报|揭发|检举|查处|识别|承诺|他人(?!成果|论文|业绩)|受害|被(他人|别人|人|冒)?$)"
)
_DENIED_AFTER = re.compile(r"^[^,;。]{0,8}?(无|否|没有|不存在|未发现|未见|零|0(次|项|起)?)(记录|情况|情形|行为|此类行为)?$")
_OPEN = re.compile(
    r"涉嫌|疑似|疑有|嫌疑|涉及|调查|立案|核查|核实|查证|审查|举报|反映|投诉|正在|待|尚未|未(查实|认定|证实|确认|予认定)|不予认定|不成立|不属实|不实举报"
    r"|查无实据|澄清|撤销(原)?(处理|处罚|决定|认定)|复议|申诉|是否|有无|可能|据称|被指|质疑|排除|存疑|线索|诉讼|[?？]"
)
_SETTLED = re.compile(
    r"(?<![未不待无法难以非])(查实|属实|认定为|认定其|予以认定|被认定|确认|证实|确有|确系|查证属实|核实为|核实存在|核实有)"
)
_STILL = re.compile(
    r"未(查实|认定|证实|确认)|不属实|不予认定|不成立|待(查|核|认|定|确|证)|尚未|正在|查无实据|澄清|复议|申诉|撤销(原)?(处理|处罚|决定|认定)"
)
_NEGATION = r"(?:均|都|皆|并|目前|尚|暂)?(?:未有过|未有|没有发现|未发现有|未发现|未见|未出现|未发生|未查到|查无|不存在|未曾有|未曾|从未有|从未|从无|没有|未受过|未受到|未受|没|暂无|尚无|未|无)(?:任何|发现|存在|出现|发生|受过|受到|有过|过|有|被)*"
_ABOUT = r"(?:学历|学位|资历|业绩|履历|经历|年限|材料|申报|证书|证件|档案|年龄|论文|成果|他人|技术|职称|考试|工作|学术|诚信|信用|行为|社会|信誉|职业道德|个人)"
_TAIL = r"(?:行为|记录|情况|情形|现象|问题|历史|信息|名单|事实|事项|污点|等|的|之|及其他|其他)"
_JOIN = r"(?:、|/|和|及|与|或|以及|或者)"
_SPEAKER = re.compile(
    r"^((?:19|20)\d\d[-./年\d月日]*(?:度|以来|至今)?|近[一二三四五两\d]+年来?|历年|多年|截至目前|至今|目前|该同志|该职工|该员工|本人|其|个人|一贯|一直|任职期间|工作期间|在岗期间|在职期间|平时"
    r"|经(?:单位|人社|公司|本单位|我单位|公开)?(?:调查|核查|核实|审核|审查|查询|查证|查|公示)+|(?:单位)?(?:核查|审核|审查)(?:结果)?|信用中国查询|承诺|保证|声明|:|从业以来|入职以来)*"
)


def read_integrity(cell: object) -> str | None:
    """`GOOD`, `FALSIFIED`, or None where the cell says neither: an investigation, a penalty, words that are not known."""
    whole = norm(cell).strip("\"'“”‘’。;!")
    if (known := _whole_cells().get(whole)) is not None:
        return known
    if len(whole) > LONGEST:
        return None
    clauses = [clause for clause in _CLAUSES.split(whole) if clause]
    if any(_affirms(clause) for clause in clauses):
        if _unmarked_choice(whole) or _STILL.search(whole) or (_OPEN.search(whole) and not _SETTLED.search(whole)):
            return None
        return FALSIFIED
    return GOOD if clauses and all(map(_is_clean, clauses)) else None


@lru_cache(4096)
def says_falsified(cell: str) -> bool:
    """Whether a text of another matter names a falsification, found or looked into, and does not deny it."""
    whole = norm(cell)
    return len(whole) <= LONGEST and _falsified().search(whole) is not None and any(map(_affirms, filter(None, _CLAUSES.split(whole))))


_CHARGE = re.compile(rf"(?<![未无没免不])(?:受到?|被|有|给予|因)?[^,;。]{{0,8}}({words_of('charge').pattern})")
_BAD = re.compile("不[端实良法当]|无故")
_NO_CHARGE = words_of("no_charge")


@lru_cache(4096)
def charge_in(cell: str) -> str | None:
    """The clause of a text of another matter that tells a penalty, a charge or an investigation, and does not deny it."""
    for clause in clauses(norm(cell)[:LONGEST]):
        if _CHARGE.search(clause) and not _NO_CHARGE.search(_BAD.sub("", clause)):
            return clause
    return None


@cache
def _whole_cells() -> dict[str, str]:
    return catalogue.vocabulary("integrity")


@cache
def _falsified() -> re.Pattern[str]:
    return re.compile("|".join(sorted(catalogue.vocabulary("falsified"), key=lambda word: -len(word))))


@cache
def _denial() -> re.Pattern[str]:
    """A clause that denies: 无 …, with things of bad conduct only behind it, at least one."""
    bad = "|".join(sorted({*catalogue.vocabulary("falsified"), *catalogue.vocabulary("blemish")}, key=lambda word: -len(word)))
    filling = f"(?:{_ABOUT}|{_TAIL}|{_JOIN})"
    return re.compile(f"{_NEGATION}{filling}{{0,12}}(?:(?:{bad}){filling}{{0,12}})+")


@cache
def _denied_behind() -> re.Pattern[str]:
    """弄虚作假情况：无."""
    bad = "|".join({*catalogue.vocabulary("falsified"), *catalogue.vocabulary("blemish")})
    return re.compile(rf"(?:有无|是否有?|是否存在)?{_ABOUT}{{0,3}}(?:{bad}){_TAIL}{{0,2}}:?(?:无|否|没有|不存在|未发现|0)")


def _affirms(clause: str) -> bool:
    """Whether a clause names a falsification and does not deny it."""
    for found in _falsified().finditer(clause):
        before = _ENCLITIC.sub("", clause[: found.start()])
        if not _DENIED.search(before) and not _DENIED_AFTER.search(clause[found.end() :]):
            return True
    return False


def _unmarked_choice(whole: str) -> bool:
    """良好/弄虚作假, as a form offers them, with no mark or more than one."""
    return {GOOD, FALSIFIED} <= {_whole_cells().get(item.strip("□☐○")) for item in re.split(r"[/、或□☐○]", whole) if item}


def _is_clean(clause: str) -> bool:
    """Whether a clause says that all is well, or denies what would be bad, and nothing else."""
    clause = _SPEAKER.sub("", clause).strip(":-")
    if not clause or _whole_cells().get(clause) == GOOD or _denial().fullmatch(clause) or _denied_behind().fullmatch(clause):
        return True
    items = [item for item in _ITEMS.split(clause) if item]
    return len(items) > 1 and all(_whole_cells().get(item) == GOOD or _denial().fullmatch(item) is not None for item in items)
