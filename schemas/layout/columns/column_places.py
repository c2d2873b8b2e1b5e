"""Columns told by their place too: a header that says only 取得时间 or 级别 is of the credential at its left or in its group."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from guantong.schemas import catalogue
from guantong.schemas.layout.columns.applicants import Applicants, doubt_applied_levels, with_columns_of
from guantong.schemas.layout.columns.column_contents import are_grades, are_level_words, are_title_words, are_titles, told_by_content
from guantong.schemas.layout.columns.columns_apart import (
    KINDS_OF_CERTIFICATE,
    doubt_dates_before,
    doubt_noted_levels,
    find_kinds_of_certificates,
    find_mixed,
    kind_of_certificate,
    share_mixed,
    tell_appointments_apart,
    tell_awards_apart,
    tell_claims_apart,
    tell_examined_apart,
    tell_kinds_of_post,
    tell_occupations_apart,
    tell_other_people_apart,
)
from guantong.schemas.layout.columns.credential_groups import judged_by, name_by_level, name_dates_of_ticks, number_credentials
from guantong.schemas.layout.columns.credential_states import judging
from guantong.schemas.layout.columns.grades_by_year import tell_grades_by_year, tell_years_alone
from guantong.schemas.layout.columns.table_columns import ORDINAL, TRACKS, Column, Header, column_of, find_ordinal, is_appointed, ordinal
from guantong.schemas.layout.columns.ticked_columns import tell_ticked
from guantong.schemas.layout.header_words import Track, what_is_said
from guantong.schemas.layout.headers import PRESENT, is_of_claims
from guantong.schemas.text import NOTHING, norm

_SUBJECT, _TIME, _NAME = ("专业", "专业名称"), ("时间", "日期", "年月", "年份"), ("名称", "资格名称", "具体名称")
NO_APPLICANTS = Applicants()
_AWARD = catalogue.header_of("award_date")
_STATE = "credential_state"
_OTHER_CERTIFICATE = re.compile("操作证|上岗证|驾驶|特种|执业|岗位证")
_YEAR = re.compile(r"((?:19|20)\d\d)年?度?")
_OF_YEAR = re.compile(r"((?:19|20)\d\d)年?度?(.+)")
_OF_TITLE_POST = re.compile("任(现|本)?(职|专业技术)")
Owner = Literal["skill", "title", "claim", "honours", "identity", "education", "post", "other"]
_OWNERS: dict[str, Owner] = {
    "occupation": "skill", "honours": "honours", "id_number": "identity", "name": "identity", "education": "education", "school": "education", "major": "education",
    "technical_class": "education", "post": "post", "post_name": "post", "post_start": "post", "claimed_title": "claim", "claimed_skill": "claim",
}  # fmt: skip
_OTHERS_DATE = {
    "honours": "荣誉的授予时间",
    "identity": "身份证的日期",
    "education": "学历的取得时间",
    "post": "岗位或职务的任职时间",
    "claim": "申报的时间",
}


def resolve_headers(
    paths: list[tuple[str, ...]],
    cells: Callable[[int], list[object]] = lambda _: [],
    applicants: Applicants = NO_APPLICANTS,
    titles: Sequence[str] = (),
) -> list[Header]:
    """Headers of a table's columns, left to right. ``cells``: what stands in a column, each once; ``applicants``: who applies, where the table lists them;
    ``titles``: the sheet's name and what stands above the table.
    """
    paths = _without_years(paths)
    columns = [column_of(path) for path in paths]
    for at, column in enumerate(columns):
        column.cells = partial(cells, at)
        if column.name in (None, _STATE):
            column.name, column.judging = None, judging(paths[at])
        if column.name is None and column.own:
            column.name, column.detail = told_by_content(column.group, column.own, column.cells)
            if column.name == "occupation":
                column.number = ordinal(find_ordinal(paths[at]))
    applicants = with_columns_of(applicants, columns)
    tell_years_alone(columns, titles)
    tell_kinds_of_post(columns)
    find_kinds_of_certificates(columns)
    find_mixed(columns)
    tell_claims_apart(columns)
    tell_examined_apart(columns, applicants.examined)
    tell_appointments_apart(columns)
    _Places(columns).resolve()
    for column in columns:
        if column.read_by.kind_at is not None:
            columns[column.read_by.kind_at].problem = None
    tell_grades_by_year(columns, titles)
    tell_ticked(columns)
    share_mixed(columns)
    for track in TRACKS:
        name_by_level(columns, track)
    tell_awards_apart(columns)
    tell_other_people_apart(columns)
    doubt_noted_levels(columns)
    doubt_dates_before(columns)
    doubt_applied_levels(columns, applicants)
    for track in TRACKS:
        number_credentials(columns, track)
    name_dates_of_ticks(columns)
    tell_occupations_apart(columns)
    return [
        Header(
            one.names,
            one.problem,
            one.detail,
            is_appointed(one),
            one.unsure,
            tuple(judged_by(columns, at)),
            one.judging,
            one.read_by,
        )
        for at, one in enumerate(columns)
    ]


def _without_years(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Headers of a level or title and its date that begin with one year (2020等级, 2020取得时间), or stand below it, without the year: a credential each. A level
    of a year without a date may be one that is planned.
    """
    bare: dict[int, tuple[str, tuple[str, ...]]] = {}
    parts: dict[str, set[str]] = {}
    for at, path in enumerate(paths):
        *groups, own = [part for part in path if part] or [""]
        below = _YEAR.fullmatch(groups[-1]) if groups else None
        found = below or _OF_YEAR.fullmatch(own)
        rest = own if below else found[2] if found else ""
        said = what_is_said(rest) if found else None
        if found and said and not said.claimed:
            bare[at] = found[1], (*(groups[:-1] if below else groups), rest)
            parts.setdefault(found[1], set()).add(said.part)
    return [bare[at][1] if at in bare and {"held", "date"} <= parts[bare[at][0]] else path for at, path in enumerate(paths)]


class _Places:
    """The walk over a table's columns from left to right. ``owner``: of what the column at the left tells; ``group``: the header above it."""

    def __init__(self, columns: list[Column]) -> None:
        self.columns = columns
        self.owner: Owner = "other"
        self.group = ""
        self.number: int | None = None  # of the numbered group at the left
        self.dated: set[str] = set()  # tracks whose credential at the left has its date
        self.run: list[Track] = []  # the credentials that stand side by side at the left
        self.left = ""

    def resolve(self) -> None:
        for column in self.columns:
            if column.own:
                self._resolve(column)
                self.left = column.own

    def _resolve(self, column: Column) -> None:
        said = column.said
        if column.judging and self._judges(column):
            return
        if said and said.hinted and said.part == "date" and not any(other.name == said.track for other in self.columns):
            column.name = None  # 技能等级, 评审时间
        if column.name is None and (name := self._of_left(column)):
            self._take(column, name)
        elif column.name == "award_date" or (
            column.name is None and said and said.part == "date" and not said.claimed and not said.earlier
        ):
            self._date(column)
        elif column.name == "post_start" and self.owner == "title" and _OF_TITLE_POST.match(column.own):
            column.problem = "header_appointed"  # 专业技术职务, 任现职时间
        elif column.name is not None:
            self._take(column, column.name)
        elif self._tells_kind(column):
            column.problem = "header_unknown"
        elif said is None or said.claimed or said.earlier:
            self._unknown(column)
        elif said.part in ("appointed", "appointment"):
            column.problem = "header_appointed"
        elif said.part == "held" and (track := self._track_of_level(column)):
            self._take(column, track)
        elif said.part == "number" and (track := self._credential(column)):
            self._take(column, f"{track}_certificate")
        else:
            column.problem = "header_ambiguous" if column.detail else "header_unknown"
            if column.detail and said.part == "held" and not any(other.name == "skill" for other in self.columns):
                column.names, column.unsure = ("skill",), True  # a level may stand in it: of who fills it in, what is held is not known

    def _tells_kind(self, column: Column) -> bool:
        """Whether 证书类型 says of what kind the certificate at the left is, and names no other kind: what follows it is still of that one."""
        track = self._credential(column)
        return (
            track is not None
            and bool(KINDS_OF_CERTIFICATE.fullmatch(column.own))
            and {*map(kind_of_certificate, column.cells())} <= {track, None}
        )

    def _judges(self, column: Column) -> bool:
        """Whether a column says whether a credential stands, and nothing else; what may speak of another matter is resolved as it would be without."""
        told = column.judging
        assert told is not None
        held = self.owner in (*TRACKS, "honours") and column.group == self.group
        near = held or (told.named and self._tells(told.track))
        if column.name is not None or not (near or (told.checked and self._tells(None))) or are_level_words(column.cells()):
            column.judging = None
        elif not near:  # 证件有效性 at the end of the sheet, which may be that of another certificate
            column.judging = told._replace(open=True, far=True)
        elif column.detail:  # 考核结果, which may be the yearly assessment
            column.judging = told._replace(open=True)
        if column.judging is None or column.judging.open:
            if column.judging and column.name is None and not column.detail:
                column.problem = "header_unknown"
                return True
            return False
        column.names = (_STATE,)
        return True

    def _tells(self, track: str | None) -> bool:
        """Whether the table tells of a credential, of that track, that is not applied for in it."""
        names = {column.name for column in self.columns}
        return any(name in names and f"claimed_{name}" not in names for name in ((track,) if track else (*TRACKS, "honours")))

    def _of_left(self, column: Column) -> str | None:
        """The column that a header is which says only 专业, 时间 or 资格名称, by the credential at its left."""
        own = ORDINAL.sub("", column.own)
        if own in _SUBJECT and self.owner == "education":
            return "major"
        track = self._credential(column)
        if track is None:
            return None
        if own in _SUBJECT:
            return "title_subject" if track == "title" else None
        if own in _TIME:
            others = [other for other in self.run if other != track and other not in self.dated]
            return f"{track}_date" if track not in self.dated and not others else None
        return "title" if track == "title" and own in _NAME and are_titles(column.cells()) else None

    def _unknown(self, column: Column) -> None:
        column.problem = "header_ambiguous" if column.detail else "header_unknown"
        self.owner, self.run = "other", []

    def _take(self, column: Column, name: str) -> None:
        """Resolve a column as ``name``, and note what stands at the left of the next one."""
        column.names = (name,)
        if column.unsure:
            held = catalogue.header_of(name.partition("#")[0])
            column.problem, column.detail = "header_ambiguous", f"已取得的{held}，或正在申报的{held}"
        column.number = column.number if column.number is not None or column.name is not None else self.number
        self.group, self.number = column.group, column.number
        track = next((track for track in TRACKS if name.split("_")[0] == track), None)
        self.owner = track or _OWNERS.get(name, "other")
        if track is None and name != "occupation":
            self.run = []
            return
        if name in TRACKS or name == "occupation":
            of: Track = track or "skill"
            self.dated.discard(of)
            if of not in self.run:
                self.run.append(of)
        elif track and name == f"{track}_date":
            self.dated.add(track)

    def _credential(self, column: Column) -> Track | None:
        """The track of the credential at the left, where the column stands in its group."""
        if self.owner not in TRACKS or column.group != self.group:
            return None
        return "skill" if self.owner == "skill" else "title"

    def _track_of_level(self, column: Column) -> Track | None:
        """Of which track a header is that says only 级别 or 证书等级: a certificate's and an occupation's is a skill level, where no title stands at the left."""
        if track := self._credential(column):
            return track
        if PRESENT.match(column.own) and self._claimed() == {"claimed_skill"}:
            return "skill"
        if is_of_claims((column.group, column.own)):
            return None
        if told := self._alone_by_cells(column):
            return told
        says_whose = (
            re.search("证书|持证|工种|职业|认定|鉴定", f"{column.group}{column.own} {self.left if self.owner == 'other' else ''}")
            is not None
        )
        if not says_whose or self.owner == "claim":
            return None
        return "skill" if self._tells_levels(column) else None

    def _alone_by_cells(self, column: Column) -> Track | None:
        """Of which track 等级 or 级别 is that says nothing more, by its cells: levels alone, titles alone, or those of either; where no other column tells one."""
        told = {each.name for each in self.columns} & {"skill", "title"}
        if self.owner == "claim" or _OTHER_CERTIFICATE.search(self.left) or not (cells := column.cells()):
            return None
        if are_level_words(cells):
            return None if "skill" in told else "skill"
        of_titles = [cell for cell in cells if are_title_words([cell])]
        others = [cell for cell in cells if cell not in of_titles and norm(cell) not in NOTHING]
        if of_titles and not others:
            return None if "title" in told else "title"
        column.is_mixed = not told and bool(of_titles) and are_level_words(others)
        return "skill" if column.is_mixed else None

    def _claimed(self) -> set[str]:
        return {column.name for column in self.columns if column.name in ("claimed_skill", "claimed_title")}

    def _tells_levels(self, column: Column) -> bool:
        """Whether 证书等级 is that of a skill level: its cells are, or the table tells occupations, and no other certificate stands at the left."""
        cells = column.cells()
        if not cells or are_level_words(cells) or "工种" in column.own:
            return True
        other = f"“{self.left}”的等级" if "证" in self.left and self.owner == "other" else ""
        if are_grades(cells):
            other = "职称的级别"
        if other or not any(each.name == "occupation" for each in self.columns):
            column.detail = f"技能等级，或{other or '其他证书的等级'}"
            return False
        return True

    def _date(self, column: Column) -> None:
        track, said = self._credential(column), column.said
        is_award = column.name == "award_date"
        if said is not None and said.served and self.owner == "post":
            self._take(column, "post_start")
        elif track is None:
            readings = [_OTHERS_DATE.get(self.owner, f"“{self.left}”的时间" if self.left else ""), *self._undated()]
            elsewhere = self.owner == "honours" or (self.owner == "education" and column.own != _AWARD)
            if is_award and not elsewhere:
                self._take(column, "award_date")
            else:
                self._ambiguous(column, readings)
        elif track in self.dated:
            self._second_date(column, track, is_award)
        elif others := [other for other in self.run if other != track and not self._has_date(other)]:
            if is_award:
                column.names = ("award_date",)
            self._ambiguous(column, [_date_of(track), *map(_date_of, others)])
        else:
            self._take(column, f"{track}_date")
            column.names += ("award_date",) if is_award else ()

    def _second_date(self, column: Column, track: Track, is_award: bool) -> None:
        if is_award:
            column.names = ("award_date",)
        elif column.said is not None and column.said.served:
            column.problem = "header_appointed"
        else:
            self._ambiguous(column, [_date_of(track), "该证书的另一日期"])

    def _ambiguous(self, column: Column, readings: list[str]) -> None:
        """Tell that a header may be read in several ways."""
        told = list(dict.fromkeys(filter(None, readings)))
        if len(told) < 2:
            told.append("身份证等其他证件的时间")
        column.problem, column.detail = "header_ambiguous", "，或".join(told)

    def _has_date(self, track: Track) -> bool:
        return any(column.name == f"{track}_date" or f"{track}_date" in column.names for column in self.columns)

    def _undated(self) -> list[str]:
        """The dates that the table lacks for what it tells of levels and titles."""
        return [_date_of(track) for track in TRACKS if any(column.name == track for column in self.columns) and not self._has_date(track)]


def _date_of(track: Track) -> str:
    return catalogue.header_of(f"{track}_date")
