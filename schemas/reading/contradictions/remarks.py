"""What remarks, and columns that are not read, say of honours, days, series and charges; and of a remark that bears on what is judged and was not weighed,
that it was not.
"""

from __future__ import annotations

import re
from functools import lru_cache

from guantong.schemas import catalogue
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.contradictions.doubts import (
    as_shown,
    doubt_fact,
    doubt_held,
    is_told,
    may_be_one_day,
    own_header,
    place_of,
    put_elsewhere,
    quote,
    read_cell,
    telling,
)
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import NOTHING, is_blank, norm
from guantong.schemas.values.credential_words import ENGINEERING
from guantong.schemas.values.honours import Honours, parse_honours
from guantong.schemas.values.integrity import GOOD, charge_in, read_integrity, says_falsified
from guantong.schemas.values.remarks.credentials_told import certificate_days_in, corrections_in, fallen_in, is_of_other_matter, obtained_in
from guantong.schemas.values.remarks.grades_taken_back import grades_taken_back
from guantong.schemas.values.service import doubted_state, ended_state

_HONOUR = re.compile("技能大奖|津贴|特贴|国贴|技[术能]能手|大师工作|工匠|高技能人才|世界技能大赛|世赛|荣誉|称号|表彰")
_HEADED = re.compile("^[所曾]?(获|获得)?(荣誉|称号|荣誉称号|表彰)(情况)?:")
_AGAINST = re.compile(
    "撤[销消]|取消|收回|追回|作废|注销|提名|候选|入围|推荐|申报|公示|待[批定评核]|集体|团队|徒弟?|学员|选手|家属|父|母|配偶|未(提供|见|获|评|下|发)|没有?(证|获|评)|无(证|文件)"
    "|应[为是]|实[为是]|有误|错|不符|存疑|查无|查不到|核实|更正"
)
_SERIES = re.compile(
    r"(?:职称|工程师|资格|证书?|评审|专业技术)[^,;。]{0,8}?(?:[是为属系]|转评?[为到至成]?|改[为成]?)于?(.{2,8}?)(?:专业|系列)"
)
# What bears on a verdict, in a remark that nothing else here has weighed: of a certificate, or of anything else.
_OF_CERTIFICATE = re.compile(
    "技师|[高中初]级工|工程师|助工|高工|职称|技能等级|职业资格|证书|无证|人证|领证|证(?=[未没不无已在还尚])|政工师|经济师|会计师|成绩单|成绩公示|公示|发证|拿证|取证|结业证|培训证|自报|(未|没有?)(能|有)?(提供|提交|上传|上交|交)|推算|折算|不符|不一致|有误|错误|更正|待核|核实|为准"
)
# Of the row itself: whose it is is in doubt, or he does not want to.
_OF_ROW = re.compile(
    "身份证号?码?[^,]{0,4}(有误|错|不符|不一致|不匹配|待|更正|重复)|(姓名|性别|出生|年龄)[^,]{0,6}(有误|错|不符|不一致|待核|更正|存疑)"
    "|(放弃|不再?|暂不|不愿|不想|不予|无意|拒绝|未|没)(参加|参与)?(本次|此次)?(申报|申请|报名|参评|评审|上报|报送|填报)|(?<![查存申填上汇])不报"
)
_BEARING = re.compile(
    r"退休|退养|内退|离[职岗厂开]|辞职|调[出离动往至]|已调|借[调用出]|借聘|挂靠|挂职|挂编|停薪|停职|停工|停产|劳动合同|走人|已走(?!访)|办退|非[本我](单位|公司|厂)|外单位|外派|派驻|援[疆藏]|驻村|返聘|二线|病休|长病|在逃|超龄"
    "|提干|转干|聘干|脱产|机关|后勤|行政|管理岗|管理工作|非一线|不在一线|不在.{0,4}(岗|现场)|转岗|改任|主任|科长|书记|厂长|经理|工会(?!小组|会员)|科员"
    "|考核|考评|等次|不合格|基本合格|不称职|基本称职|不定等"
    "|处分|记过|警告|通报(?!表[扬彰])|举报(?!有功)|立案|审查|纪委|失信|造假|弄虚作假|抄袭|代写|代考|冒名|存疑|涉嫌|判刑|拘留|犯罪|刑事|处罚|诫勉|不端"
    r"|替补|候补|除名|外协|外包|暂缓|待定|转为?干部|科级|处级|学徒|实习生|见习期|临时工|作废|重复|同一人|刑满"
    r"|(全年|长期|常年|连续|请|休)[^,]{0,3}(病|事|产|长)假|(病|事|长)假[^,]{0,4}(月|年|天|日)|调查(?!员|表|工作)|约谈|问责|留置|违[纪法规]|涉案|投诉|驻外|驻.{2,6}(项目|办事处|分公司)|社保(缴纳)?(在|地)|缴纳社保|挂证"
    r"|中断|间断|[未没不改才间起始]从事|从事[^,]{0,6}管理|(19|20)\d\d[年月.\d]*(起|开始|后)?(从事|转)|外省|省外|海外|境外|国外"
)
# What in a cell of another matter may speak against a person: that he is not at work here, that something no longer holds, or was not passed.
_AGAINST_PERSON = re.compile(
    "借调|借用|外借|外派|派驻|挂职|挂靠|援[疆藏青外]|长期?病|停薪|停职|离?退休|退管|退养|内退|离[职岗]|待岗|下岗|再就业|老干部|返聘|二线|劳务(?!派遣)|外包|外协|临时工|学徒|实习|见习"
    "|死亡|去世|已故|失踪|服刑|在押|黑名单|失信|处分|违纪|注销|作废|吊销|撤销|失效|过期|遗失|不通过|[未没]通过|不符|不同意|不合格|不予|不推荐|退回|驳回|暂缓|否决|缺材料|不齐|不全"
)
_DENIED = re.compile("[无未没非不](?:有|存在|受过?|曾|属于?|被|任何)?(?:[一-鿿]{0,2}[、/和或])?$")
# Remarks that bear on nothing that is judged, or say that all is well.
_HARMLESS = re.compile(
    r"(原件|复印件|证书|证件|材料|资料|信息|档案|职称证书?|技能等级证书?|技师证书?|等级证书?|学历|身份证|以上|均|都|已|经|并|的|和|与|及|为|单位|公司|人社|审核|核验|核对|核查|核实|查验|查询|网上|联网|可查|可|通过|属实|真实|有效|无误|齐全"
    r"|完整|相符|一致|合格|无异议|符合|条件|要求|申报|本人|确认|签字|见附件|附后|附件|提供|已交|已收|无|有|技能|现|在|正常|内|期|全部|年度|考核|优秀|称职|近三年|三年|连续|[、:()\d年月日.-])+"
)
_CLAIM = re.compile("(拟|申报|申请|报考|报名|准备|计划|欲|意向|参加.{0,8}(鉴定|认定|评审|考试)$)")
_OF_OTHERS = re.compile("^(其)?(配偶|爱人|家属|父|母|子女|师傅|徒弟|师父)|户口|户籍|籍贯")
_OVER = re.compile(
    "(调|借|派|休)[^,]{0,6}(已?结束|回|返)|(转岗|调动?|转)[至到][^,]{0,8}(车间|班组?|工段|作业区|分厂)$|^内部调动|(聘[任为用](?!.*(干部|管理|主任|部长|科长|经理))|待遇|津贴)[^,]{0,6}$"
)
_ASKS_CHARGE = re.compile("处分|违纪|违法|违规|失信|犯罪|刑事|处罚|不良(记录|行为)")
_ASKS_NONE = re.compile("(?<!有)无|未|解除|期满|时间|日期|文号|单位|机关|培训|学习|教育|考[试核]")
_NO = frozenset("否 无 没有 不是 N NO × X ✗ 0 未 未受 未受过 未发现 不存在".split())
_NUMBERED = re.compile(r"(编号|证号|证书号|号码|文号|电话|手机|联系|批准文|发证(单位|机关|机构)|颁发(单位|机关)|工种代码)")


def tell_remark(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark, or a column that is not read, says against honours, days, series and conduct."""
    _tell_days(roster, at, start, people)
    _tell_series(roster, at, start, people)
    _tell_charges(roster, at, start, people)
    if "honours" in people.cells or "honours" in roster.columns or at in roster.columns.get("remark", ()):
        _tell_honours(roster, at, start, people)


def tell_unweighed(roster: Roster, at: int, start: int, people: RawPeople, weighed: set[int | None]) -> None:
    """Whose remark bears on what is judged, in words that were not understood; ``weighed``: those of whom something is told already."""
    for index, cell, clause in telling(roster, at, start, unweighed_in):
        if people.places[index][0] not in weighed:
            people.add_finding(index, "remark", "remark_unweighed", as_shown(cell), as_shown(clause), place_of(roster, at))


def tell_against_person(roster: Roster, at: int, start: int, people: RawPeople, found_before: int) -> None:
    """What a cell of a column that is not read, or of a department, may say against a person, in words that decide nothing: 审核结果 不通过, 部门 离退休办. It
    is not told again of whom a finding from ``found_before`` on tells it already.
    """
    letter, header = place_of(roster, at)
    told = {one.pid for one in people.findings[found_before:] if one.column == letter or f"{letter}列“" in one.detail}
    for index, cell, words in telling(roster, at, start, _against_person):
        if people.places[index][0] not in told:
            people.add_finding(index, "remark", "remark_unweighed", as_shown(cell), words, (letter, header))


@lru_cache(4096)
def _against_person(cell: str) -> str | None:
    if not _AGAINST_PERSON.search(cell) or ended_state(cell) or says_falsified(cell) or charge_in(cell):  # the latter decide
        return None
    text = norm(cell)
    return next((found[0] for found in _AGAINST_PERSON.finditer(text) if not _DENIED.search(text[: found.start()])), None)


@lru_cache(4096)
def unweighed_in(cell: str) -> str | None:
    """The clause of a remark that bears on what is judged and that nothing reads; None for none."""
    whole = norm(cell)
    if not any(bearing.search(whole) for bearing in (_BEARING, _OF_CERTIFICATE, _OF_ROW)):
        return None
    if ended_state(cell) or doubted_state(cell) or says_falsified(cell) or charge_in(cell):
        return None
    for clause in re.split(r"[,。;\n]", whole):
        if _OF_ROW.search(clause):
            return clause
        bears = _BEARING.search(clause) or (_OF_CERTIFICATE.search(clause) and not is_of_other_matter(clause))
        if bears and not _is_weighed(clause):
            return clause
    return None


def _is_weighed(clause: str) -> bool:
    if (
        _HARMLESS.fullmatch(clause)
        or _CLAIM.search(clause)
        or _OVER.search(clause)
        or _OF_OTHERS.search(clause)
        or _NUMBERED.search(clause)
    ):
        return True
    return bool(
        fallen_in(clause, beside_credential=True)
        or corrections_in(clause)
        or obtained_in(clause)
        or certificate_days_in(clause)
        or grades_taken_back(clause, False)
        or _HONOUR.search(clause)
        or read_integrity(clause) == GOOD
    )


def _tell_days(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """A day that a remark tells of what is held, and that is not in its own cell: 技师证2024年5月取得. Of a certificate issued anew (补发) the day is none
    of the credential, and a cell that tells it is doubted.
    """
    for index, cell, days in telling(roster, at, start, certificate_days_in):
        for day in days:
            names = {one.partition("#")[0] for one in people.cells}
            column, held = people.column(f"{day.track}_date")[index], people.column(day.track)[index] if day.track in names else None
            if not is_told(column) or column is UNKNOWN_CELL or not is_told(held) or held is UNKNOWN_CELL:
                continue
            ranks = {one.rank_hi for one in read_cell(held, catalogue.field_of(day.track), people).credentials}
            if day.rank is not None and (not ranks or day.rank != max(ranks)):
                continue
            if may_be_one_day(column, day.told) is day.anew:
                doubt_fact(f"{day.track}_date", index, quote(roster, at, cell), people)


def _tell_series(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """Whose title a remark says to be of another series than engineering: 职称是经济系列的."""
    for index, cell, _ in telling(roster, at, start, _other_series):
        doubt_held("title", index, quote(roster, at, cell), "", people)


@lru_cache(4096)
def _other_series(cell: str) -> bool:
    known = catalogue.vocabulary("title_series")
    found = _SERIES.search(norm(cell))
    return found is not None and known.get(found[1], known.get(f"{found[1]}系列", ENGINEERING)) != ENGINEERING


def _tell_charges(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark says of an investigation or a penalty, of whom 诚信情况 says nothing, or that all is well (二（三））."""
    header = own_header(roster, at)
    asks = _ASKS_CHARGE.search(header) is not None and not _ASKS_NONE.search(header)
    for index, cell, _ in telling(roster, at, start, _admits_charge if asks else charge_in):
        own = people.column("integrity")[index]
        if is_blank(own):
            put_elsewhere(roster, at, "integrity", UNKNOWN_CELL, index, people)
            people.add_finding(index, "integrity", "integrity_elsewhere", as_shown(cell), "诚信情况没有填写")
        elif own is not UNKNOWN_CELL and read_integrity(people.words.read("integrity", own)) == GOOD:
            doubt_fact("integrity", index, quote(roster, at, cell), people)


def _admits_charge(cell: str) -> bool:
    """Whether a cell below 有无违纪 or 处分情况 says anything but that there is none."""
    text = norm(cell)
    return text not in NOTHING and text.upper() not in _NO and read_integrity(text) != GOOD


def _tell_honours(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark says of honours, against the column of them or in its place: 辽宁工匠称号已撤销, 2020年获辽宁省技术能手."""
    for index, cell, clauses in telling(roster, at, start, _honour_clauses):
        own = people.column("honours")[index]
        if own is UNKNOWN_CELL:
            continue
        listed = _named(parse_honours(norm(own))) if is_told(own) else frozenset()
        told = frozenset[str]().union(*(_named(parse_honours(clause)) for clause in clauses))
        if listed:
            if any(_AGAINST.search(clause) and not _named(parse_honours(clause)) >= listed for clause in clauses):
                doubt_held("honours", index, quote(roster, at, cell), "", people)
        elif told:
            put_elsewhere(roster, at, "honours", UNKNOWN_CELL, index, people)
            people.add_finding(index, "honours", "honour_elsewhere", as_shown(cell))


@lru_cache(4096)
def _honour_clauses(cell: str) -> tuple[str, ...]:
    clauses = (_HEADED.sub("", clause) for clause in re.split(r"[,。;\n]", norm(cell)))
    return tuple(filter(_HONOUR.search, clauses)) if _HONOUR.search(cell) else ()


def _named(honours: Honours) -> frozenset[str]:
    return frozenset({*honours.listed, *honours.doubtful})
