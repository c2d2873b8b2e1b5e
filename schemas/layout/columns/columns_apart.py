"""What the columns beside a header tell of it: what is applied for, appointments, examinations, other people, awards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from guantong.schemas import catalogue
from guantong.schemas.layout.columns.column_contents import are_level_words
from guantong.schemas.layout.columns.table_columns import Column
from guantong.schemas.layout.header_words import Said, Track, says_either, what_is_said
from guantong.schemas.layout.headers import recognise_header
from guantong.schemas.text import NOTHING, bracketed_notes, norm, without_brackets
from guantong.schemas.values.remarks.words import words_of

_LEVEL_OR_TITLE = re.compile(
    r"(技术|技能)?(等级|级别)[/或、和及](专业技术)?(职称|职务|资格)|(专业技术)?(职称|职务|资格)[/或、和及](技术|技能)?(等级|级别)"
)
_EXAMINED = re.compile("认定|鉴定|考核|评价|考试")
_MAY_BE_HELD = re.compile("预|待|含|内部|[厂企]内|公司|企业")  # of a note beside 技能等级
_OF_CERTIFICATE, PRESENT_OCCUPATION = re.compile("证|鉴定|认定|评价"), re.compile("现|从事|岗位|目前|当前")
KINDS_OF_CERTIFICATE = re.compile("(证书|证件|资格)(的)?(类别|类型|种类|性质)")
_OTHER_KIND = re.compile("特种|执业|准入|上岗|驾驶|学历|学位|培训|安全|注册|外语|计算机|普通话")
_KIND_OF_TITLE, _KIND_OF_SKILL = re.compile("职称|专业技术|任职资格"), re.compile("职业资格|技能|工人技术|工种")
_SERIES_OF_POSTS = re.compile("(现|所在)?(岗位|职位|岗位分类|岗位类别)(序列|大类)(名称)?")
_LONGEST_POST = 12  # characters of a post; what is longer is a line below the table
_OF_EARLIER = {"held": "skill", "date": "skill_date", "number": "skill_certificate"}
_SOMEBODY_ELSE = re.compile(f"家庭成员|{words_of('header_of_others').pattern}")
_ABOUT = ("occupation", "title_subject", "title_series", "skill_certificate", "title_certificate")
_OF_ANYBODY = ("title", "skill", "occupation", "unit", "post", "education", "school", "major", "birth", "sex")


def tell_kinds_of_post(columns: list[Column]) -> None:
    """岗位, where no column tells the kind of post and all cells are such kinds (技能岗位, 管理岗位), tells it; 岗位序列, where any is."""
    named = [column for column in columns if column.name == "post_name"]
    series = [column for column in columns if column.name is None and _SERIES_OF_POSTS.fullmatch(column.group + column.own)]
    if any(column.name == "post" for column in columns):
        return
    if len(series) == 1 and any(norm(cell) in catalogue.vocabulary("post") for cell in series[0].cells()):
        series[0].name = "post"
        return
    if len(named) != 1:
        return
    kinds = catalogue.vocabulary("post")
    texts = {text for text in map(norm, named[0].cells()) if len(text) <= _LONGEST_POST and ":" not in text} - NOTHING
    if any(text in kinds for text in texts) and all(text in kinds or recognise_header((text,)) for text in texts):
        named[0].name = "post"


def tell_occupations_apart(columns: list[Column]) -> None:
    """Where the present occupation (现从事工种) and that of the certificate (证书工种) have a column each, the latter is the certificate's own."""
    told = [column for column in columns if column.names == ("occupation",)]
    of_certificate = [column for column in told if _OF_CERTIFICATE.search(column.group + column.own)]
    named = any("证书" in column.own for column in of_certificate)  # 工种 beside 职业技能等级证书
    present = [column for column in told if column not in of_certificate and (named or PRESENT_OCCUPATION.search(column.own))]
    if len(told) == 2 and len(of_certificate) == len(present) == 1:
        of_certificate[0].names = ("occupation#1",)


def tell_claims_apart(columns: list[Column]) -> None:
    """In a block of what is applied for (申报系列, 申报专业, 申报级别, 专业技术资格) the level or title is a claim, though its header does not say so."""
    at = 0
    while at < len(columns):
        block = list(_claim_block(columns, at))
        at += max(len(block), 1)
        if not any(column.said and column.said.claimed and column.name is None for column in block):
            continue
        levels = [column for column in block if column.said and column.said.part == "held"]
        of_skill = _names_occupation(block) or any(are_level_words(column.cells()) for column in levels)
        track: Track = "skill" if of_skill else "title"
        named = [column for column in levels if column.said and column.said.track]
        for column in levels:
            of = (column.said and column.said.track) or track
            column.name = f"claimed_{of}" if column in (named or levels[:1]) else None
            if column.said and not column.said.claimed and not any(other.name == of for other in columns):
                column.name, column.unsure = of, True
        for column in block:
            if column not in levels and not (column.name or "").startswith("claimed_"):
                column.name, column.said = None, None


def _claim_block(columns: list[Column], first: int) -> Iterator[Column]:
    """The columns from ``first`` on that tell of one claim: those that say so, and behind them a level or title that does not say that it is held."""
    complete = False
    for at in range(first, len(columns)):
        said, name = columns[at].said, columns[at].name
        if said is None or (said.earlier or said.part in ("appointed", "appointment", "date", "number")):
            return
        if not said.claimed and (complete or at == first or re.search("[现已]", columns[at].own) or _has_date_beside(columns, at)):
            return
        block = columns[first : at + 1]
        complete |= (name or "").startswith("claimed_") or (said.part == "held" and (said.track is not None or _names_occupation(block)))
        yield columns[at]


def _has_date_beside(columns: list[Column], at: int) -> bool:
    """Whether the column at the right is a date: what is applied for has none."""
    beside = columns[at + 1].said if at + 1 < len(columns) else None
    return beside is not None and beside.part in ("date", "number", "appointment")


def _names_occupation(columns: list[Column]) -> bool:
    return any(column.said is not None and column.said.part == "occupation" for column in columns)


def tell_appointments_apart(columns: list[Column]) -> None:
    """What speaks of a post (专业技术职务) beside a column of the qualification (任职资格, 职称) is the appointment."""
    held = [column for column in columns if column.name == "title"]
    if not any(_speaks_of_post(column) for column in held) or all(_speaks_of_post(column) for column in held):
        return
    for column in columns:
        got = column.said is None or not column.said.served
        alone = got and column.name == "title_date" and sum(other.name == "title_date" for other in columns) == 1
        if column.name in ("title", "title_date") and column.number is None and _speaks_of_post(column) and not alone:
            column.said = Said("appointed" if column.name == "title" else "appointment", "title", post=True)
            column.name = None


def _speaks_of_post(column: Column) -> bool:
    said = column.said or what_is_said(column.own) or what_is_said(column.group)
    return said is not None and said.post


def tell_examined_apart(columns: list[Column], of_applicants: bool) -> None:
    """The level of an examination (认定等级, 鉴定等级) is applied for in a list of applicants; beside that of an earlier certificate (原证书等级) it may be."""
    examined = [
        column
        for column in columns
        if column.said and column.said.part == "held" and _EXAMINED.search(column.own) and not column.said.claimed
    ]
    earlier = [column for column in columns if column.said and column.said.earlier and column.said.track in (None, "skill")]
    known = any(column.said.part == "held" for column in earlier if column.said)
    claimed = any(column.name == "claimed_skill" for column in columns) and not any(column.name == "skill" for column in columns)
    if not (examined or (claimed and known)) or not (of_applicants or known):
        return
    for column in earlier:
        column.name = _OF_EARLIER.get(column.said.part if column.said else "")
    for column in examined:
        column.name, column.unsure = ("claimed_skill", False) if of_applicants else ("skill#2", True)


def find_mixed(columns: list[Column]) -> None:
    """The one column of levels and titles alike, by its header (职称/技能等级), or by that and its cells (等级/职称); where there is another of either, it is none."""
    mixed = [column for column in columns if (column.name is None and says_either(column.own)) or _holds_both(column)]
    if len(mixed) == 1 and not any(column.name in ("skill", "title") for column in columns if column is not mixed[0]):
        mixed[0].name, mixed[0].is_mixed, mixed[0].detail = "skill", True, ""


def find_kinds_of_certificates(columns: list[Column]) -> None:
    """证书类别 (职业资格, 专业技术资格, 特种作业) beside the one 级别: the level or title of a row is of the kind that it names."""
    kinds = [
        at
        for at, column in enumerate(columns)
        if column.name is None
        and KINDS_OF_CERTIFICATE.fullmatch(column.own)
        and {"skill", "title"} & set(map(kind_of_certificate, column.cells()))
    ]
    levels = [
        column for column in columns if column.name is None and column.said and column.said.part == "held" and column.said.track is None
    ]
    held = any(column.name in ("skill", "title") for column in columns)
    if len(kinds) == len(levels) == 1 and not held and not (levels[0].said and (levels[0].said.claimed or levels[0].said.earlier)):
        levels[0].name, levels[0].is_mixed, levels[0].detail = "skill", True, ""
        levels[0].read_by = levels[0].read_by._replace(kind_at=kinds[0])


def kind_of_certificate(cell: object) -> Track | Literal["other"] | None:
    """The track of whose certificates a cell of 证书类别 speaks, or ``other`` (特种作业, 执业资格); None where it can't be told."""
    text = norm(cell)
    if _OTHER_KIND.search(text):
        return "other"
    return "title" if _KIND_OF_TITLE.search(text) else "skill" if _KIND_OF_SKILL.search(text) else None


def _holds_both(column: Column) -> bool:
    """Whether levels stand beside titles in a column whose header names a level and a title (职称或等级)."""
    return _LEVEL_OR_TITLE.fullmatch(column.own) is not None and any(are_level_words([cell]) for cell in column.cells())


def share_mixed(columns: list[Column]) -> None:
    """A column of levels and titles alike is read for both, and so is the date beside it."""
    behind = False
    for column in columns:
        if column.is_mixed and "skill" in column.names:
            column.names, behind = ("skill", "title"), True
        elif behind and "skill_date" in column.names:
            column.names += ("title_date",)
        elif any(name in ("skill", "title") for name in column.names):
            behind = False


def doubt_dates_before(columns: list[Column]) -> None:
    """Where a bare date stands before the first credential, and none behind the last (取得时间, 技能等级, 取得时间, 职称), each date between two may be of
    the one at its right: none is read.
    """
    told = [column for column in columns if column.own]
    held = [at for at, column in enumerate(told) if _track_held(column)]
    if len(held) < 2 or _has_date_behind(told, held[-1]):
        return
    before = held[0] - 1
    while before >= 0 and any(name.startswith(_ABOUT) for name in told[before].names):
        before -= 1
    if before < 0 or not _is_bare_date(told[before]) or told[before].names not in ((), ("award_date",)):
        return
    for left, at in zip(held, held[1:]):
        between = [column for column in told[left + 1 : at] if _is_bare_date(column) and column.names]
        apart = [column for column in between if column.group != told[left].group or not column.group]
        if len(between) == 1 and apart:
            tracks = (_track_held(told[left]), _track_held(told[at]))
            one, other = (catalogue.header_of(f"{track}_date") for track in tracks)
            apart[0].names, apart[0].problem = (), "header_ambiguous"
            apart[0].detail = f"左边一栏的{one}，或右边一栏的{other}"


def _track_held(column: Column) -> Track | None:
    return next((name for name in ("skill", "title") if name in column.names), None)


def _is_bare_date(column: Column) -> bool:
    """Whether a header says only that it is a date of some credential: 取得时间."""
    said = column.said
    return said is not None and said.part == "date" and said.track is None and not (said.claimed or said.earlier)


def _has_date_behind(told: list[Column], at: int) -> bool:
    return any(name.partition("#")[0].endswith("_date") for column in told[at + 1 :] for name in column.names)


def doubt_noted_levels(columns: list[Column]) -> None:
    """The only column of a level or title, whose header a note in brackets makes another matter (技能等级（含待发证）): what is held is not known."""
    for column in columns:
        notes = list(filter(_MAY_BE_HELD.search, bracketed_notes(column.own))) if column.problem == "header_unknown" else []
        said = what_is_said(without_brackets(column.own)) if notes else None
        if said is None or said.part != "held" or said.track is None or said.claimed or said.earlier:
            continue
        track = said.track
        if not any(track in other.names for other in columns):
            held = catalogue.header_of(track)
            column.names, column.unsure = (track,), True
            column.problem, column.detail = "header_ambiguous", f"已取得的{held}，或“{notes[0]}”的{held}"


def tell_other_people_apart(columns: list[Column]) -> None:
    """Right of a column that names somebody else (配偶姓名, 师傅) a bare 职称 may be of that person as well as of the row's."""
    who, group = "", ""
    for column in columns:
        if not column.names and (found := _SOMEBODY_ELSE.search(column.own)):
            who, group = found[0], column.group
        elif column.group != group or not all(name.startswith(_OF_ANYBODY) for name in column.names):
            who = ""
        elif who and column.names:
            header = catalogue.header_of(column.names[0].partition("#")[0])
            column.problem, column.detail = "header_ambiguous", f"本人的{header}，或{who}的{header}"
            column.names = ()


def tell_awards_apart(columns: list[Column]) -> None:
    """批准时间 of a level and of a title each: the days of both, and of no award alone."""
    awards = [column for column in columns if "award_date" in column.names]
    if len(awards) > 1:
        for column in awards:
            column.names = tuple(name for name in column.names if name != "award_date") or column.names
