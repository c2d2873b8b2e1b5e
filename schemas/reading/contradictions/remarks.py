"""What remarks, and columns that are not read, say of honours, days, series and charges; and of a remark that bears on what is judged and was not weighed,
that it was not.
"""

from __future__ import annotations

import re
from functools import lru_cache

from guantong.schemas import catalogue
from guantong.schemas.findings import shown_value
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.contradictions.doubts import (
    NO,
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
from guantong.schemas.values.remarks.words import clauses, words_of
from guantong.schemas.values.service import doubted_state, ended_state

_HONOUR = words_of("honour")
_HEADED = re.compile("^[所曾]?(获|获得)?(荣誉|称号|荣誉称号|表彰)(情况)?:")
_AGAINST = words_of("against_honour")
_SERIES = re.compile(
    r"(?:职称|工程师|资格|证书?|评审|专业技术)[^,;。]{0,8}?(?:[是为属系]|转评?[为到至成]?|改[为成]?)于?(.{2,8}?)(?:专业|系列)"
)
# What bears on a verdict, in a remark that nothing else here has weighed: of a certificate, or of anything else.
_OF_CERTIFICATE = words_of("bearing_on_certificate")
# Of the row itself: whose it is is in doubt, or he does not want to.
_OF_ROW = re.compile(
    "身份证号?码?[^,]{0,4}(有误|错|不符|不一致|不匹配|待|更正|重复)|(姓名|性别|出生|年龄)[^,]{0,6}(有误|错|不符|不一致|待核|更正|存疑)"
    "|(放弃|不再?|暂不|不愿|不想|不予|无意|拒绝|未|没)(参加|参与)?(本次|此次)?(申报|申请|报名|参评|评审|上报|报送|填报)|(?<![查存申填上汇])不报"
)
_BEARING = words_of("bearing")
# What in a cell of another matter may speak against a person: that he is not at work here, that something no longer holds, or was not passed.
_AGAINST_PERSON = words_of("against_person")
_DENIED = re.compile("[无未没非不](?:有|存在|受过?|曾|属于?|被|任何)?(?:[一-鿿]{0,2}[、/和或])?$")
# Remarks that bear on nothing that is judged, or say that all is well.
_HARMLESS = re.compile(f"({words_of('harmless').pattern})+")
_CLAIM = words_of("claim")
_OF_GRADES = re.compile("^(年度|近三年|历年|综合|绩效)*(考核|考评|等次)(结果|等次|情况)*(备注|说明|变更|更正|复核|调整|变动|异动)")
_OF_OTHERS = re.compile("^(其)?(配偶|爱人|家属|父|母|子女|师傅|徒弟|师父)|户口|户籍|籍贯")
_OVER = re.compile(
    "(调|借|派|休)[^,]{0,6}(已?结束|回|返)|(转岗|调动?|转)[至到][^,]{0,8}(车间|班组?|工段|作业区|分厂)$|^内部调动|(聘[任为用](?!.*(干部|管理|主任|部长|科长|经理))|待遇|津贴)[^,]{0,6}$"
)
_ASKS_CHARGE = words_of("header_asks_charge")
_ASKS_NONE = words_of("header_asks_none")
_NONE = NO | frozenset("未 未受 未受过 未发现 不存在".split())
_NUMBERED = words_of("number")


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
    for clause in clauses(whole):
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
    for index, cell, _ in telling(roster, at, start, _admits_charge if asks else charge_in, answers=asks):
        own = people.column("integrity")[index]
        if is_blank(own):
            _tell_conduct_elsewhere(roster, at, cell, index, people)
        elif own is not UNKNOWN_CELL and read_integrity(people.words.read("integrity", own)) == GOOD:
            doubt_fact("integrity", index, quote(roster, at, cell), people)


def _admits_charge(cell: str) -> bool:
    """Whether a cell below 有无违纪 or 处分情况 says anything but that there is none."""
    text = norm(cell)
    return text not in NOTHING and text.upper() not in _NONE and read_integrity(text) != GOOD


def _tell_honours(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark says of honours, against the column of them or in its place: 辽宁工匠称号已撤销, 2020年获辽宁省技术能手."""
    for index, cell, named in telling(roster, at, start, _honour_clauses):
        own = people.column("honours")[index]
        if own is UNKNOWN_CELL:
            continue
        listed = _named(parse_honours(norm(own))) if is_told(own) else frozenset()
        told = frozenset[str]().union(*(_named(parse_honours(clause)) for clause in named))
        if listed:
            if any(_AGAINST.search(clause) and not _named(parse_honours(clause)) >= listed for clause in named):
                doubt_held("honours", index, quote(roster, at, cell), "", people)
        elif told:
            put_elsewhere(roster, at, "honours", UNKNOWN_CELL, index, people)
            people.add_finding(index, "honours", "honour_elsewhere", as_shown(cell))


@lru_cache(4096)
def _honour_clauses(cell: str) -> tuple[str, ...]:
    bare = (_HEADED.sub("", clause) for clause in clauses(norm(cell)))
    return tuple(filter(_HONOUR.search, bare)) if _HONOUR.search(cell) else ()


def _named(honours: Honours) -> frozenset[str]:
    return frozenset({*honours.listed, *honours.doubtful})


def tell_falsified(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark says of falsified records, of whom 诚信情况 does not say it: unknown, for it would be a veto (二（三）)."""
    for index, cell, _ in telling(roster, at, start, says_falsified):
        own = people.column("integrity")[index]
        if own is UNKNOWN_CELL or (not is_blank(own) and read_integrity(people.words.read("integrity", own)) != GOOD):
            continue
        if is_blank(own):
            _tell_conduct_elsewhere(roster, at, cell, index, people)
        else:
            people.column("integrity")[index] = UNKNOWN_CELL
            people.add_finding(index, "integrity", "integrity_elsewhere", as_shown(own), quote(roster, at, cell))


def _tell_conduct_elsewhere(roster: Roster, at: int, cell: str, index: int, people: RawPeople) -> None:
    """What another column alone tells against somebody's conduct: it is unknown (二（三）)."""
    put_elsewhere(roster, at, "integrity", UNKNOWN_CELL, index, people)
    people.add_finding(index, "integrity", "integrity_elsewhere", as_shown(cell), "诚信情况没有填写")


def tell_grades(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark takes back of a year's grade: it is unknown, for what stood last is not told in its column."""
    graded = [name for name in roster.columns if name.startswith(("assessment_", "recent_grades"))]
    if not graded:
        return
    about = _OF_GRADES.search(own_header(roster, at)) is not None
    for index, cell, taken_back in telling(roster, at, start, lambda cell: grades_taken_back(cell, about)):
        for year, grade in taken_back:
            own_years = [name for name in graded if name == f"assessment_{year}"]
            for name in own_years or [name for name in graded if year is None or not name.startswith("assessment_")]:
                _doubt_grade(name, index, grade, quote(roster, at, cell), people)


def _doubt_grade(name: str, index: int, grade: str | None, quoted: str, people: RawPeople) -> None:
    column, item = people.column(name), catalogue.field_of(name)
    cell = column[index]
    if is_blank(cell) or cell is UNKNOWN_CELL or read_cell(cell, item, people).values.get("") == grade:
        return
    people.add_finding(index, name, "grade_contradicted", shown_value(cell, item), quoted)
    column[index] = UNKNOWN_CELL
