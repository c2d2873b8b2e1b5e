"""Columns told by their place too: a header that says only 取得时间 or 级别 is of the credential at its left or in its group."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain
from typing import Literal, NamedTuple, get_args

from guantong.schemas import catalogue
from guantong.schemas.layout.column_contents import are_days, are_grades, are_level_words, are_titles, rank_of_header, told_by_content
from guantong.schemas.layout.credential_states import Judging, judging
from guantong.schemas.layout.header_words import Said, Track, what_is_said
from guantong.schemas.layout.headers import PRESENT, recognise_header, what_path_says

TRACKS: tuple[Track, ...] = get_args(Track)
MOST_CREDENTIALS = 9  # of a track that a row may tell in columns of their own
# The columns of which a credential is made, in numbered or repeated groups.
_OF_CREDENTIAL = {
    "skill": ("skill", "skill_date", "skill_certificate", "occupation"),
    "title": ("title", "title_date", "title_series", "title_subject", "title_certificate"),
}
_TRACK_OF: dict[str, Track] = {name: track for track in TRACKS for name in _OF_CREDENTIAL[track]}
_EXAMINED = re.compile("认定|鉴定|考核|评价|考试")
_OF_EARLIER = {"held": "skill", "date": "skill_date", "number": "skill_certificate"}
_NUMBERS = {sign: at for signs in ("一二三四五六七八九", "123456789", "ABCDE") for at, sign in enumerate(signs, 1)}
_ORDINAL = re.compile(
    r"\(([一二三四五六七八九1-9])\)|第([一二三四五六七八九1-9])(?![年级批次季届期])"
    r"|(?<=[一-鿿)])([1-9])(?=$|[一-鿿])(?![年级月个次批季届期位])|(?<=[书格称能务种业级间期号])([一二三四五A-E])$"
)
_NO_GROUP_OF_LEVELS = re.compile("[申拟聘]|报考|岗位|职务|人数|需求|培训|指标|津贴|补贴")
_SUBJECT, _TIME, _NAME = ("专业", "专业名称"), ("时间", "日期", "年月", "年份"), ("名称", "资格名称", "具体名称")
_AWARD = catalogue.header_of("award_date")
_STATE = "credential_state"
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


class Header(NamedTuple):
    """A resolved header: the columns that it is (``names``: a field, assessment_2023, or skill#2 of a further credential), or none and the finding code that says why,
    with its ``detail``. ``appointed``: it says as what somebody is appointed; ``unsure``: what stands in it may be held or applied for; ``judged``: the columns
    of credentials of which it says whether they stand, by what ``judging`` has of it. ``level``: the level or title that it is headed by, whose date stands in it.
    """

    names: tuple[str, ...] = ()
    problem: str | None = None
    detail: str = ""
    appointed: bool = False
    unsure: bool = False
    judged: tuple[str, ...] = ()
    judging: Judging | None = None
    level: str | None = None

    @property
    def name(self) -> str | None:
        return self.names[0] if self.names else None


_SOMEBODY_ELSE = re.compile("配偶|爱人|家庭成员|家属|子女|师傅|师父|带教|导师|徒弟|推荐人|介绍人|证明人")
_OF_ANYBODY = ("title", "skill", "occupation", "unit", "post", "education", "school", "major", "birth", "sex")


@dataclass
class _Column:
    """A header on its way to be resolved. ``own``: its text; ``group``: the texts above; ``number``: of a numbered group."""

    own: str
    group: str
    number: int | None
    name: str | None
    said: Said | None
    names: tuple[str, ...] = ()
    problem: str | None = None
    detail: str = ""
    unsure: bool = False
    judging: Judging | None = None
    level: str | None = None
    cells: Callable[[], list[object]] = list

    @property
    def track(self) -> Track | None:
        """The track of whose credential the resolved column tells."""
        told = [_TRACK_OF[name] for name in self.names if name in _TRACK_OF]
        return min(told, key=TRACKS.index, default=None)


def resolve_headers(
    paths: list[tuple[str, ...]], cells: Callable[[int], list[object]] = lambda _: [], of_applicants: bool = False
) -> list[Header]:
    """Headers of a table's columns, left to right. ``cells``: what stands in a column, each once; ``of_applicants``: whether the table lists who applies."""
    columns = [_column(path) for path in paths]
    for at, column in enumerate(columns):
        column.cells = partial(cells, at)
        if column.name in (None, _STATE):
            column.name, column.judging = None, judging(paths[at])
        if column.name is None and column.own:
            column.name, column.detail = told_by_content(column.group, column.own, column.cells)
            if column.name == "occupation":
                column.number = _ordinal(_find_ordinal(paths[at]))
    _tell_claims_apart(columns)
    _tell_examined_apart(columns, of_applicants)
    _tell_appointments_apart(columns)
    _Places(columns).resolve()
    for track in TRACKS:
        _name_by_level(columns, track)
    _tell_awards_apart(columns)
    _tell_other_people_apart(columns)
    for track in TRACKS:
        _number_credentials(columns, track)
    return [
        Header(one.names, one.problem, one.detail, _is_appointed(one), one.unsure, tuple(_judged(columns, at)), one.judging, one.level)
        for at, one in enumerate(columns)
    ]


def _judged(columns: list[_Column], at: int) -> Iterator[str]:
    """The columns of the credentials of which a column says whether they stand: of its track; a result's, that at its left; else those that stand between it and
    the column of the kind before it.
    """
    said = columns[at].judging
    if said is None:
        return
    held = [[name for name in column.names if name.partition("#")[0] in (*TRACKS, "honours")] for column in columns]
    before = [other for other in range(at) if columns[other].judging and not (columns[other].judging or said).open and any(held[:other])]
    since = next((other for other in reversed(before) if any(chain.from_iterable(held[other:at]))), 0)
    near = list(chain.from_iterable(held[since:at]))
    left = next(filter(None, (_credential_of(column) for column in reversed(columns[:at]))), None)
    if left is not None and left in list(chain.from_iterable(held)) and (said.obtained or said.open or not near):
        near = [left]
    fitting = [name for name in near if said.track in (None, name.partition("#")[0])]
    yield from fitting or (name for name in chain.from_iterable(held) if said.track in (None, name.partition("#")[0]))


def _credential_of(column: _Column) -> str | None:
    """The column of the credential of which a column tells anything: skill#2 for skill_date#2."""
    for name in column.names:
        track, _, number = name.partition("_")[0].partition("#")
        if track in (*TRACKS, "honours"):
            of = number or name.partition("#")[2]
            return f"{track}#{of}" if of else track
    return None


def _is_appointed(column: _Column) -> bool:
    return not column.names and column.said is not None and column.said.part == "appointed"


def _column(path: tuple[str, ...]) -> _Column:
    return _Column(*_by_itself(path))


@lru_cache(4096)
def _by_itself(path: tuple[str, ...]) -> tuple[str, str, int | None, str | None, Said | None]:
    """A header's text and that of its groups; and what it says whatever stands beside it: its number, its field, and what of a credential."""
    parts = [part for part in path if part]
    own, group = (parts[-1], "".join(parts[:-1])) if parts else ("", "")
    name, said, number = recognise_header(path), what_path_says(path), None
    if found := _find_ordinal(path):
        bare = tuple(_ORDINAL.sub("", part, count=1) if part == found.string else part for part in parts)
        known, says = recognise_header(bare), what_path_says(bare)
        if (known is None and says is not None) or any(known in names for names in _OF_CREDENTIAL.values()):
            name, said, number = known, says, _ordinal(found)
    return own, group, number, name, said


def _find_ordinal(path: tuple[str, ...]) -> re.Match[str] | None:
    """The number in a header, of the lowest text that has one: 职称2, 第二职称, 证书（二）."""
    return next(filter(None, map(_ORDINAL.search, reversed(path))), None)


def _ordinal(found: re.Match[str] | None) -> int | None:
    return _NUMBERS[next(filter(None, found.groups()))] if found else None


def _tell_claims_apart(columns: list[_Column]) -> None:
    """In a block of what is applied for (申报系列, 申报专业, 申报级别, 专业技术资格) the level or title is a claim, though its header does not say so."""
    at = 0
    while at < len(columns):
        block = list(_claim_block(columns, at))
        at += max(len(block), 1)
        if not any(column.said and column.said.claimed and column.name is None for column in block):
            continue
        track: Track = "skill" if _names_occupation(block) else "title"
        levels = [column for column in block if column.said and column.said.part == "held"]
        named = [column for column in levels if column.said and column.said.track]
        for column in levels:
            of = (column.said and column.said.track) or track
            column.name = f"claimed_{of}" if column in (named or levels[:1]) else None
            if column.said and not column.said.claimed and not any(other.name == of for other in columns):
                column.name, column.unsure = of, True
        for column in block:
            if column not in levels and not (column.name or "").startswith("claimed_"):
                column.name, column.said = None, None


def _claim_block(columns: list[_Column], first: int) -> Iterator[_Column]:
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


def _has_date_beside(columns: list[_Column], at: int) -> bool:
    """Whether the column at the right is a date: what is applied for has none."""
    beside = columns[at + 1].said if at + 1 < len(columns) else None
    return beside is not None and beside.part in ("date", "number", "appointment")


def _names_occupation(columns: list[_Column]) -> bool:
    return any(column.said is not None and column.said.part == "occupation" for column in columns)


def _tell_appointments_apart(columns: list[_Column]) -> None:
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


def _speaks_of_post(column: _Column) -> bool:
    said = column.said or what_is_said(column.own)
    return said is not None and said.post


def _tell_examined_apart(columns: list[_Column], of_applicants: bool) -> None:
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


def _name_by_level(columns: list[_Column], track: Track) -> None:
    """Columns that are headed by a level or title alone (高级工, 技师), with the date of each below: one credential each; beside a column of the highest, its dates."""
    ranks = {
        at: rank
        for at, column in enumerate(columns)
        if column.own and not column.names and not _NO_GROUP_OF_LEVELS.search(column.group) and (rank := rank_of_header(column.own, track))
    }
    dated = [at for at in ranks if are_days(columns[at].cells())]
    several = len({ranks[at] for at in dated}) > 1
    dated = [at for at in dated if several or columns[at].cells()]
    told = any(track in column.names for column in columns)
    for number, at in enumerate(sorted(dated, key=lambda at: -ranks[at]), 1):  # the highest is the present one
        column = columns[at]
        if told:
            name = f"{track}_{ranks[at]}_date"
            column.names = (name,) if name in catalogue.fields() and not any(name in other.names for other in columns) else ()
        else:
            column.names, column.number, column.level = (track, f"{track}_date"), number, column.own
        if column.names:
            column.problem, column.detail = None, ""


def _tell_other_people_apart(columns: list[_Column]) -> None:
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


def _tell_awards_apart(columns: list[_Column]) -> None:
    """批准时间 of a level and of a title each: the days of both, and of no award alone."""
    awards = [column for column in columns if "award_date" in column.names]
    if len(awards) > 1:
        for column in awards:
            column.names = tuple(name for name in column.names if name != "award_date") or column.names


class _Places:
    """The walk over a table's columns from left to right. ``owner``: of what the column at the left tells; ``group``: the header above it."""

    def __init__(self, columns: list[_Column]) -> None:
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

    def _resolve(self, column: _Column) -> None:
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
        elif column.name is not None:
            self._take(column, column.name)
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

    def _judges(self, column: _Column) -> bool:
        """Whether a column says whether a credential stands, and nothing else; what may speak of another matter is resolved as it would be without."""
        told = column.judging
        assert told is not None
        held = self.owner in (*TRACKS, "honours") and column.group == self.group
        if column.name is not None or not (held or (told.named and self._tells(told.track))) or are_level_words(column.cells()):
            column.judging = None
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

    def _of_left(self, column: _Column) -> str | None:
        """The column that a header is which says only 专业, 时间 or 资格名称, by the credential at its left."""
        own = _ORDINAL.sub("", column.own)
        if own in _SUBJECT and self.owner == "education":
            return "major"
        track = self._credential(column)
        if track is None:
            return None
        if own in _SUBJECT:
            return "title_subject" if track == "title" else None
        if own in _TIME:
            return f"{track}_date" if track not in self.dated and len(self.run) < 2 else None
        return "title" if track == "title" and own in _NAME and are_titles(column.cells()) else None

    def _unknown(self, column: _Column) -> None:
        column.problem = "header_ambiguous" if column.detail else "header_unknown"
        self.owner, self.run = "other", []

    def _take(self, column: _Column, name: str) -> None:
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

    def _credential(self, column: _Column) -> Track | None:
        """The track of the credential at the left, where the column stands in its group."""
        if self.owner not in TRACKS or column.group != self.group:
            return None
        return "skill" if self.owner == "skill" else "title"

    def _track_of_level(self, column: _Column) -> Track | None:
        """Of which track a header is that says only 级别 or 证书等级: a certificate's and an occupation's is a skill level, where no title stands at the left."""
        if track := self._credential(column):
            return track
        if PRESENT.match(column.own) and self._claimed() == {"claimed_skill"}:
            return "skill"
        says_whose = (
            re.search("证书|持证|工种|职业|认定|鉴定", f"{column.group}{column.own} {self.left if self.owner == 'other' else ''}")
            is not None
        )
        if not says_whose or self.owner == "claim":
            return None
        return "skill" if self._tells_levels(column) else None

    def _claimed(self) -> set[str]:
        return {column.name for column in self.columns if column.name in ("claimed_skill", "claimed_title")}

    def _tells_levels(self, column: _Column) -> bool:
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

    def _date(self, column: _Column) -> None:
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

    def _second_date(self, column: _Column, track: Track, is_award: bool) -> None:
        if is_award:
            column.names = ("award_date",)
        elif column.said is not None and column.said.served:
            column.problem = "header_appointed"
        else:
            self._ambiguous(column, [_date_of(track), "该证书的另一日期"])

    def _ambiguous(self, column: _Column, readings: list[str]) -> None:
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


@dataclass
class _Group:
    """The columns of one credential."""

    columns: list[_Column] = field(default_factory=list)
    number: int | None = None

    def has(self, *names: str) -> bool:
        return any(name in column.names for column in self.columns for name in names)


def _number_credentials(columns: list[_Column], track: Track) -> None:
    """Groups of columns that are numbered (证书（一）, 证书（二）), or that begin again with a date or an occupation of their own, each tell a credential."""
    groups = _numbered(columns, track) or _repeated(columns, track)
    if len(groups) < 2:
        return
    for number, group in enumerate(groups[:MOST_CREDENTIALS], 1):
        for column in group.columns:
            column.names = tuple(_of_number(name, number) if name in _OF_CREDENTIAL[track] else name for name in column.names)
    for group in groups[MOST_CREDENTIALS:]:
        for column in group.columns:
            column.names, column.problem = (), "header_unknown"


def _of_number(name: str, number: int) -> str:
    """skill of the second credential is skill#2; an occupation is that of its certificate, also in the first."""
    return f"{name}#{number}" if number > 1 or name == "occupation" else name


def _numbered(columns: list[_Column], track: Track) -> list[_Group]:
    """The numbered groups of a track; [] where there is only one."""
    groups: dict[int, _Group] = {}
    for column in columns:
        if column.number is not None and column.track == track:
            groups.setdefault(column.number, _Group(number=column.number)).columns.append(column)
    own = [column for column in columns if column.number is None and column.names and column.names[0] in (track, f"{track}_date")]
    if own and groups:  # beside the one that is not numbered: 职称, 第二职称
        groups[0] = _Group(
            [column for column in columns if column.number is None and column.track == track and column.names != ("occupation",)]
        )
    held = [groups[number] for number in sorted(groups) if groups[number].has(track)]
    begins = min(groups, default=0) in (0, 1)  # 技能等级(5), 职业资格(6) number the columns of the table
    return held if len(held) > 1 and begins else []


def _repeated(columns: list[_Column], track: Track) -> list[_Group]:
    """Groups that begin again where a column stands again after the date; one without a date or occupation of its own belongs to the first."""
    groups = [_Group()]
    for column in columns:
        if column.track != track:
            continue
        again = groups[-1].has(*column.names) and f"{track}_date" not in column.names
        if again and groups[-1].has(f"{track}_date"):
            groups.append(_Group())
        groups[-1].columns.append(column)
    whole = [group for group in groups if group.has(track) and group.has(f"{track}_date", "occupation")]
    return whole if len(whole) > 1 else []
