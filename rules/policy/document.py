"""What a policy file may say: its parts as types. What types can't tell is looked at in checks.py."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from guantong.rules.vocabulary import UnknownEffect

Direction = Literal["skill-to-title", "title-to-skill"]
Skill = Literal["初级工", "中级工", "高级工", "技师", "高级技师", "特级技师", "首席技师"]
Title = Literal["技术员", "助理工程师", "工程师", "高级工程师", "正高级工程师"]


_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_FIRST_YEAR, _LAST_YEAR = 1949, 2999


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("文字里有换行，应写在一行")
    return _shown(text)


def _shown(text: str) -> str:
    """A text that goes into workbooks, pages and screens as it is."""
    if not text.strip():
        raise ValueError("是空的")
    if text.startswith(_FORMULA):
        raise ValueError("文字不能以 = + - @ 开头，表格软件会当作公式")
    return text


def _day(value: object) -> object:
    if isinstance(value, str):
        try:
            value = dt.datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError as error:
            raise ValueError("应是一天，写成 2019-08-21") from error
    if isinstance(value, dt.date) and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"应在 {_FIRST_YEAR} 年至 {_LAST_YEAR} 年之间")
    return value


Id = Annotated[str, Field(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\z", max_length=40)]
Word = Annotated[str, Field(max_length=40), AfterValidator(_one_line)]
Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Remark = Annotated[str, Field(max_length=1000), AfterValidator(_one_line)]
ClauseText = Annotated[str, Field(max_length=10_000), AfterValidator(_shown)]
Day = Annotated[dt.date, BeforeValidator(_day)]
Value = bool | int | Word | Annotated[list[Word], Field(max_length=40)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class About(_Strict):
    """Which document a policy file puts into data.

    ``in_force_from``, ``in_force_until``: the first and the last day on which it is in force, None where that is not known (or
    has not ended); ``in_force_note``: where that is said. Only a retrospective audit asks for it.
    ``scope``: which part of the document the file holds, where it is not all of it.
    """

    id: Id
    document: Line
    title: Line
    issuer: Line
    issued: Day | None = None
    status: Line
    last_checked: Day
    in_force_from: Day | None = None
    in_force_until: Day | None = None
    in_force_note: Remark | Literal[""] = ""
    scope: Remark | Literal[""] = ""


class Setting(_Strict):
    """An interpretation (解释口径): its default, the clause it interprets, and why; ``value`` where it departs from it.

    ``alternatives``: the other readings, of which the sensitivity of outcomes is told; of a bool the other one, where none is named.
    """

    default: Value
    value: Value | None = None
    alternatives: Annotated[list[Value], Field(max_length=10)] = []
    clause: Line
    reason: Remark

    @property
    def now(self) -> Value:
        """The value in force."""
        return self.default if self.value is None else self.value

    @property
    def other_values(self) -> list[Value]:
        """The other readings: the default where another is in force, and the alternatives; of true the one other, where none is named."""
        others = self.alternatives or ([not self.default] if isinstance(self.default, bool) else [])
        return [value for value in (self.default, *others) if value != self.now]


class Condition(_Strict):
    """A condition beside a route's own: its Chinese name, clause, and what an unknown fact does (what a blank cell does: one that is
    filled and can't be read is at least 待核实).
    """

    name: Word
    clause: Line
    unknown: UnknownEffect
    reason: Remark


class Needs(_Strict):
    """What puts a route in play: a level, a title (``exactly`` or at least), or an honour of a list.

    ``or_no_title``: or no title, of 专业技术人员; of a route to the next level (晋级) the setting promotion_without_title says so.
    """

    skill: Skill | None = None
    title: Title | None = None
    honours: int | None = None
    exactly: bool = False
    or_no_title: bool = False


class Bring(_Strict):
    """A document that a candidate brings, with its clause; ``only_titled``: not one without a title (四（一）)."""

    what: Remark
    clause: Line
    only_titled: bool = False


class NotChecked(_Strict):
    """Something that a clause asks and no roster can show; told with every list of candidates."""

    what: Remark
    clause: Line


class Route(_Strict):
    """One numbered way to one target. ``years`` 0: no time is asked; ``target`` null: another rule's to say.

    That what puts it in play is certain (`credential`, `honour`) is always among its conditions: no policy may do without.
    """

    id: Id
    clause: Line
    direction: Direction
    needs: Needs
    years: int
    target: Skill | Title | Literal["next"] | None
    conditions: Annotated[list[Word], Field(max_length=20)]
    since: Literal["credential", "skill_certificate"] = "credential"
    highest: Skill | None = None
    refers_to: Line | None = None
    relation: bool = False
    bring: list[Bring] = []
    settings: dict[Word, Value] = {}

    @model_validator(mode="before")
    @classmethod
    def _ask_for_certainty(cls, data: object) -> object:
        if not isinstance(data, dict) or not isinstance(data.get("needs"), dict) or not isinstance(data.get("conditions"), list):
            return data
        certain = "credential" if data["needs"].get("honours") is None else "honour"
        return data if certain in data["conditions"] else data | {"conditions": [certain, *data["conditions"]]}


class Equivalents(_Strict):
    """Words that a clause puts on a level with others."""

    clause: Line
    of: dict[Word, Word]


class Document(_Strict):
    """A whole policy file.

    ``area``: the province that the condition `area` asks for; None where the document holds for the whole country.
    ``honours``: lists by their numbers, the higher honours first.
    """

    policy: About
    clauses: dict[Word, ClauseText]
    settings: dict[Word, Setting]
    retrospective: dict[Word, Setting] = {}
    area: Word | None = None
    conditions: dict[Word, Condition]
    floor: Skill
    education_equivalents: Equivalents | None = None
    parity: Equivalents | None = None
    honours: dict[Annotated[int, Field(ge=1, le=9)], list[Word]] = {}
    bring: dict[Direction, list[Bring]] = {}
    not_checked: dict[Direction, list[NotChecked]] = {}
    routes: Annotated[list[Route], Field(min_length=1, max_length=200)]
