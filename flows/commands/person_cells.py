"""The cells that a person's facts were read from, as `guantong explain` shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guantong.reports.wording import AT_ODDS, AT_ODDS_CODES, IN_CONFLICT, NOT_KNOWN, UNREADABLE, VOID_FIELDS
from guantong.rules.policy.document import Direction, Route
from guantong.rules.vocabulary import condition_fields
from guantong.schemas import catalogue
from guantong.schemas.facts_in_words import credential_in_words, days_in_words, fact_columns, fact_in_words

TRACKS: dict[Direction, str] = {"skill-to-title": "skill", "title-to-skill": "title"}  # whose credentials put routes of a direction in play
_AFTER = "（审核日之后取得）"
TRACK_NAMES = {"skill": "技能等级", "title": "职称"}


@dataclass(frozen=True)
class PersonCells:
    """A person's facts with the cells that they stand in.

    ``columns``: {(sheet, column name): {letter, header}} of the person's file. ``findings``: those of the person; ``opposite``: the fields
    of which another row of the person says otherwise. ``as_of``: the person's day; ``nothing_before``: whether what is dated after it says that
    nothing was held before.
    """

    facts: Mapping[str, Any]
    columns: Mapping[tuple[str, str], Mapping[str, str]]
    sheet: str
    row: int
    findings: Sequence[Mapping[str, Any]]
    opposite: Sequence[str]
    as_of: dt.date
    nothing_before: bool

    @property
    def unread(self) -> list[str]:
        """The columns of which it is not known what they say: they can't be read, another cell contradicts them, or rows of the person conflict."""
        conflicting = [name for name in (*TRACK_NAMES, *self.opposite) if self._is_in_conflict(name)]
        return list(dict.fromkeys([*(self.facts["unread"] or []), *conflicting]))

    def _is_in_conflict(self, name: str) -> bool:
        """Whether a field is unknown for what rows of the person say differently."""
        if name in TRACK_NAMES:
            return bool(self.facts[f"{name}_state"] == "either")
        if name not in self.opposite:
            return False
        if name.startswith("assessment_"):
            return all(name != f"assessment_{item['year']}" for item in self.facts["assessments"] or [])
        return all(self.facts[column] is None for column in fact_columns(catalogue.fields()[name]) if not column.endswith("_state"))

    def has(self, name: str) -> bool:
        """Whether the person's sheet has a column."""
        return (self.sheet, name) in self.columns

    def problems_of(self, name: str) -> list[Mapping[str, Any]]:
        """The findings for which it is not known what a column says."""
        errors = [finding for finding in self.findings if finding["severity"] == "error"]
        return [one for one in errors if one["field"] == name or (one["code"] in ("row_void", "sheet_void") and name in VOID_FIELDS)]

    def describe_unread(self, name: str) -> str:
        """A cell of which it is not known what it says, with why: 技能等级 H3“能工巧匠”无法识别. What stands in another cell is named by its place."""
        place, problems = self._place(name) or catalogue.header_of(name), self.problems_of(name)
        letter = self.columns.get((self.sheet, name), {}).get("letter")
        told = [*problems, *(one for one in self.findings if one["field"] == name)]  # a city that can't be read is no error
        place_of_own = (self.sheet, self.row, letter)
        own, *_ = [one for one in told if (one["sheet"], one["row"], one["column"]) == place_of_own and one["value"] is not None] or [None]
        value = f"“{own['value']}”" if own else ""
        if self._is_in_conflict(name) or any(one["code"] == "facts_conflict" for one in problems):
            return f"{place}{value}{IN_CONFLICT}"
        if own:
            return f"{place}{value}{AT_ODDS if own['code'] in AT_ODDS_CODES else UNREADABLE}"
        if problems:
            return f"{place}不能确定，见“数据问题”{'、'.join(dict.fromkeys(place_of(problem, self.sheet) for problem in problems))}"
        return f"{place}{UNREADABLE}"

    def describe_holding(self, track: str, word: str | None, unsure: bool) -> str:
        """What a person holds on a track: ``word``, or why there is none."""
        if track in self.unread:
            return f"{NOT_KNOWN}（{self.describe_unread(track)}）"
        told = [f"{credential_in_words(one)}{self._describe_later(one)}" for one in self._credentials(track)]
        if (any(map(self._describe_later, self._credentials(track)))) or (word and len(told) > 1):
            return "、".join(dict.fromkeys(told))
        if unsure:
            return NOT_KNOWN
        return word or {"absent": f"花名册没有“{TRACK_NAMES[track]}”栏", "none": "无"}.get(self.facts[f"{track}_state"], "未填")

    def is_untitled(self) -> bool:
        """Whether the roster says that the person has no title."""
        return self.facts["title_state"] in ("blank", "none")

    def has_later(self, track: str) -> bool:
        """Whether a credential of a track is dated after the person's day."""
        return any(map(self._is_later, self._credentials(track)))

    def describe_condition(self, condition: str, route: Route, verdict: Mapping[str, Any]) -> str:
        """The cells that a condition of a route was read from, each with the value that was read."""
        if condition == "integrity" and self.facts["integrity_decision"]:
            return str(self.facts["integrity_decision"])
        if condition == "assessments":
            return self._describe_assessments()
        if condition == "post" and self._is_post_set_aside(verdict):
            return f"{self._place('post')}按未知处理（同一人{IN_CONFLICT}）"
        fields = condition_fields(condition, route.direction)
        if condition == "post" and "management_post_on_frontline" in (verdict.get("settings") or []):
            fields = (*fields, "frontline")  # which decides of 管理岗位
        own_certificate = route.since == "skill_certificate"
        tracks = [track for track in TRACK_NAMES if any(_is_of_track(name, track) for name in fields)]
        if own_certificate:
            tracks = {"credential": ["title", "skill"], "tenure": ["skill"]}.get(condition, tracks)
            fields = () if condition == "tenure" else fields
        shown = [text for track in tracks for text in self.describe_credentials(track)]
        others = [name for name in fields if not any(_is_of_track(name, track) for track in tracks)]
        if self._credentials("title"):
            others = [name for name in others if name != "person_category"]  # only of who has no title
        shown += [text for name in others if (text := self._describe_cell(name, alone=len(fields) == 1))]
        return "；".join(shown) or "未填"

    def _is_post_set_aside(self, verdict: Mapping[str, Any]) -> bool:
        """Whether 岗位类别 is filled, and unknown for what files say differently of the person."""
        conflicting = any(finding["code"] == "rosters_conflict" for finding in self.findings)
        filled = self.has("post") and catalogue.header_of("post") not in (verdict.get("missing") or [])
        return bool(conflicting and self.opposite and filled and self.facts["post"] is None and "post" not in self.unread)

    def describe_credentials(self, track: str) -> list[str]:
        """Each credential of a track: its cells, what it is, its date or that it has none."""
        found = [self._describe_credential(one) for one in self._credentials(track)]
        unread = [self.describe_unread(track)] if track in self.unread else []
        return unread + found or [self._describe_cell(track, alone=True) or ""]

    def describe_work(self) -> str:
        """The start of related work and the months away, with their cells."""
        return "；".join(filter(None, (self._describe_cell(name, alone=False) for name in ("work_start", "away_months"))))

    def _credentials(self, track: str) -> list[Mapping[str, Any]]:
        return [one for one in self.facts["credentials"] or [] if one["track"] == track]

    def _describe_credential(self, one: Mapping[str, Any]) -> str:
        level = self._place(one["level_name"], one["sheet"], one["row"]) or catalogue.header_of(one["level_name"])
        text = f"{level}＝{credential_in_words(one)}"
        if (days := days_in_words(one["day_lo"], one["day_hi"])) is None:
            text += self._describe_no_date(one)
        elif one["date_name"] == one["level_name"]:
            text += f"，{days}"
        else:
            text += f"，{self._place(one['date_name'], one['sheet'], one['row'])}＝{days}"
        if self._is_later(one):
            lower = "较低的等级视为没有" if self.nothing_before else "当日有无较低的等级不明"
            return f"{text}{self._describe_later(one)[:-1]}，当日尚不具有；{lower}）"
        return text + self._describe_later(one)

    def _is_later(self, one: Mapping[str, Any]) -> bool:
        return one["day_lo"] is not None and one["day_lo"] >= self._counts_before(one["track"])

    def _counts_before(self, track: str) -> dt.date:
        """What is dated before that day counts: in a retrospective audit (回溯审核) what was awarded does not, though it is of the day itself."""
        own: dt.date | None = self.facts.get(f"{track}_counts_before")
        return own or self.as_of + dt.timedelta(days=1)

    def _describe_later(self, one: Mapping[str, Any]) -> str:
        """That a credential is not, or perhaps not, held on the person's day; '' where it is."""
        awarded: dt.date | None = self.facts.get(f"{one['track']}_counts_before")
        if self._is_later(one):
            return "（当日或以后取得）" if awarded and awarded <= self.as_of else _AFTER
        if awarded and (one["day_hi"] is None or one["day_hi"] >= awarded):
            return "（当日是否已取得不能确定）"
        return ""

    def _describe_no_date(self, one: Mapping[str, Any]) -> str:
        date = f"{one['track']}_date"
        if one["level_name"] == one["track"] and date in self.unread:
            return f"，{self.describe_unread(date)}"
        return "，没有取得时间"

    def _describe_assessments(self) -> str:
        grades = {item["year"]: item["grade"] for item in self.facts["assessments"] or []}
        yearly = [name for sheet, name in sorted(self.columns) if sheet == self.sheet and name.startswith("assessment_")]
        others = {year: grade for year, grade in sorted(grades.items()) if f"assessment_{year}" not in yearly}
        shown = [
            self.describe_unread(name)
            if name in self.unread
            else f"{self._place_of_grade(name, yearly)}＝{grades.get(int(name[-4:]), '未填或未知')}"
            for name in yearly
        ]
        for name in [name for sheet, name in sorted(self.columns) if sheet == self.sheet and name.startswith("recent_grades")]:
            told = self.facts["recent_grades"] or [f"{year}年{grade}" for year, grade in others.items()]
            shown.append(self.describe_unread(name) if name in self.unread else f"{self._place(name)}＝{'、'.join(told) or '未填'}")
        if len(shown) == len(yearly):
            shown += [f"{self._elsewhere(f'assessment_{year}')}＝{grade}" for year, grade in others.items()]
        return "；".join(shown) or "花名册没有年度考核栏"

    def _describe_cell(self, name: str, alone: bool) -> str | None:
        """A cell with what was read; None where it is blank or there is no such column, unless it is asked for ``alone``."""
        if not self.has(name) and (value := self.value(name)):
            return f"{self._elsewhere(name)}＝{value}"
        if not self.has(name):
            return f"花名册没有“{catalogue.header_of(name)}”栏" if alone else None
        if name in self.unread or any(one["field"] == name and one["code"] == "facts_conflict" for one in self.findings):
            return self.describe_unread(name)
        value = self.value(name)
        return f"{self._place(name)}＝{value or '未填'}" if value or alone else None

    def value(self, name: str) -> str | None:
        """What was read of a field; None where nothing is filled in."""
        item = catalogue.fields()[name]
        if item.kind == "months" and self.facts["away_months_state"] != "unknown" and not self.facts[name]:
            return None
        shown = fact_in_words(self.facts, item)
        if name == "city" and self.facts["province"]:
            shown += f"（{self.facts['province']}）"
        if name == "honours" and self.facts["honours_lo"] is not None and self.facts["honours_lo"] > self.as_of:
            shown += f"（写的是{days_in_words(self.facts['honours_lo'], self.facts['honours_hi'])}，晚于审核日，当日是否已有须见表彰文件）"
        return None if shown == "未填" else shown

    def _place(self, name: str, sheet: str | None = None, row: int | None = None) -> str | None:
        """Where a column of the person stands, by its canonical header: 技能等级 H3; of another row or sheet with that. None without such a column."""
        column = self.columns.get((sheet or self.sheet, name))
        if column is None:
            return None
        elsewhere = f"“{sheet}”" if sheet and sheet != self.sheet else ""
        return f"{catalogue.header_of(name)} {elsewhere}{column['letter']}{row or self.row}"

    def _place_of_grade(self, name: str, yearly: Sequence[str]) -> str | None:
        """Where the grade of a year stands: of a column that tells several years, a row each, only the column is known."""
        letters = [self.columns[self.sheet, other]["letter"] for other in yearly]
        letter = self.columns[self.sheet, name]["letter"]
        return self._place(name) if letters.count(letter) == 1 else f"{catalogue.header_of(name)} {letter}列"

    def _elsewhere(self, name: str) -> str:
        """Where a fact stands of which the person's own sheet has no column: on another sheet, where one has it, or above the header."""
        found = [
            f" “{sheet}”{column['letter']}列" for (sheet, other), column in self.columns.items() if other == name and sheet != self.sheet
        ]
        return catalogue.header_of(name) + (found[0] if len(found) == 1 else "")


def _is_of_track(name: str, track: str) -> bool:
    return name == track or (name.startswith(f"{track}_") and name.endswith("_date"))


def place_of(finding: Mapping[str, Any], sheet: str) -> str:
    """The cell of a finding, its row or its sheet, as told of somebody in ``sheet``."""
    if finding["row"] is None:
        return f"工作表“{finding['sheet']}”"
    elsewhere = f"“{finding['sheet']}”" if finding["sheet"] != sheet else ""
    return elsewhere + (f"{finding['column']}{finding['row']}" if finding["column"] else f"第{finding['row']}行")
