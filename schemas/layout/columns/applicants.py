"""Lists of who applies for a level or title: what stands in them below 级别 may be what is applied for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from guantong.schemas import catalogue
from guantong.schemas.layout.columns.table_columns import TRACKS, Column
from guantong.schemas.layout.headers import PRESENT
from guantong.schemas.text import NOTHING, norm
from guantong.schemas.values.credential_words import levels_in, titles_in
from guantong.schemas.values.parsers import PARSERS

_EXAMINED = re.compile("考生|报名|报考|应考|参考人员|(申报|申请|参加|拟).{0,8}(认定|鉴定|评价|考试)(?!.*职称)")
_APPLY = re.compile("申报|申请|报名|报考|参评|参加|拟|评审|认定|鉴定|考评|晋升|推荐")
_OBTAINED = re.compile("通过|合格|取得|获得|获评|持证|已|在册|在岗|贯通")
_SAYS_HELD = re.compile("证|取得|获得|持|有")
# Columns that only a list of who registers for an examination has.
_REGISTERS = re.compile(
    "报名(条件|点|序号|编号|号|机构|表|科目|工种|级别|等级|职业)|报考(?!.*职称)|是否(为|属于)?补考|补考|考生|鉴定科目|考核科目|应考|申报(职业|工种)|申报条件(编号|代码|序号)"
)


class Applicants(NamedTuple):
    """What the title of a list says of those in it: they are to be examined, or apply for levels and titles of these ranks."""

    examined: bool = False
    skill: frozenset[int] = frozenset()
    title: frozenset[int] = frozenset()


def applicants_of(titles: Iterable[str]) -> Applicants:
    """``titles``: the name of the sheet, and the texts above its header."""
    texts = list(titles)
    applying = [text for text in texts if _APPLY.search(text) and not _OBTAINED.search(text)]
    skill = {rank for text in applying for rank in levels_in(text, grades=False)}
    title = {told.rank for text in applying for told in titles_in(text) if told.weight != "grade"}
    return Applicants(any(map(_EXAMINED.search, texts)), frozenset(skill), frozenset(title))


def with_columns_of(applicants: Applicants, columns: Iterable[Column]) -> Applicants:
    """``applicants``, and what the columns of the table say: 报名条件, 是否补考."""
    return applicants._replace(examined=applicants.examined or any(_REGISTERS.match(column.own) for column in columns))


def doubt_applied_levels(columns: list[Column], applicants: Applicants) -> None:
    """The one level or title of a list of applicants that has no date and does not say that it is held may be what is applied for."""
    names = {name.partition("#")[0] for column in columns for name in column.names}
    for track in TRACKS:
        if names & {f"{track}_date", f"{track}_certificate", f"claimed_{track}"}:
            continue
        ranks = applicants.skill if track == "skill" else applicants.title
        for column in (column for column in columns if column.names == (track,) and not _says_held(column)):
            if (track == "skill" and applicants.examined) or (ranks and _ranks_below(column, track) <= ranks):
                held = catalogue.header_of(track)
                column.unsure, column.problem, column.detail = True, "header_ambiguous", f"已取得的{held}，或正在申报的{held}"


def _says_held(column: Column) -> bool:
    return any(pattern.search(text) for pattern in (PRESENT, _SAYS_HELD) for text in (column.own, column.group))


def _ranks_below(column: Column, track: str) -> set[int]:
    """The ranks that stand in a column; {0} where none does."""
    item = catalogue.fields()[track]
    cells = [cell for cell in column.cells() if norm(cell) not in NOTHING]
    return {credential.rank_hi for cell in cells for credential in PARSERS[track](cell, item).credentials} or {0}
