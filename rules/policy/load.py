"""Policies as data: what a policy file may say, and a loader that refuses one that is unclear.

A policy file (``rules/policies/*.yaml``) holds a regulation's clauses, routes, conditions, honours and
interpretation settings. `load` gives a frozen `Policy`, or raises `PolicyError` naming file and line.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from guantong.rules.policy import yaml_text
from guantong.rules.policy.checks import find_unclear
from guantong.rules.policy.small_files import FileNotRead, read_small_file
from guantong.schemas import UserError

Direction = Literal["skill-to-title", "title-to-skill"]
Skill = Literal["初级工", "中级工", "高级工", "技师", "高级技师", "特级技师", "首席技师"]
Title = Literal["技术员", "助理工程师", "工程师", "高级工程师", "正高级工程师"]


_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_FIRST_YEAR, _LAST_YEAR = 1949, 2999
_MOST_ERRORS = 20  # of what is wrong with a file


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


def _texts(most: int) -> object:
    return Annotated[str, Field(max_length=most), AfterValidator(_one_line)]


Id = Annotated[str, Field(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\z", max_length=40)]
Word, Line, Remark = _texts(40), _texts(200), _texts(1000)
ClauseText = Annotated[str, Field(max_length=10_000), AfterValidator(_shown)]
Day = Annotated[dt.date, BeforeValidator(_day)]
Value = bool | int | Word | Annotated[list[Word], Field(max_length=40)]


class PolicyError(UserError):
    """A policy file that is unclear: the message names file, line, what was found and what is expected."""


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


class Condition(_Strict):
    """A condition beside a route's own: its Chinese name, clause, and what an unknown fact does."""

    name: Word
    clause: Line
    unknown: Literal["verify", "review", "fail"]
    reason: Remark


class Needs(_Strict):
    """What puts a route in play: a level, a title (``exactly`` or at least), or an honour of a list."""

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
    """One numbered way to one target. ``years`` 0: no time is asked; ``target`` null: another rule's to say."""

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


class Equivalents(_Strict):
    """Words that a clause puts on a level with others."""

    clause: Line
    of: dict[Word, Word]


class Document(_Strict):
    """A whole policy file."""

    policy: About
    clauses: dict[Word, ClauseText]
    settings: dict[Word, Setting]
    retrospective: dict[Word, Setting] = {}
    conditions: dict[Word, Condition]
    floor: Skill
    education_equivalents: Equivalents | None = None
    parity: Equivalents | None = None
    honours: dict[Annotated[int, Field(ge=1, le=9)], list[Word]] = {}
    bring: dict[Direction, list[Bring]] = {}
    not_checked: dict[Direction, list[NotChecked]] = {}
    routes: Annotated[list[Route], Field(min_length=1, max_length=200)]


@dataclass(frozen=True)
class Policy:
    """A loaded policy: the document, its file's name, bytes and SHA-256.

    ``later_named``: of a retrospective audit by several policies those that were named after this one; see rules/policy/by_day.py.
    """

    document: Document
    source: str
    raw: bytes
    later_named: tuple[Policy, ...] = ()

    @property
    def policies(self) -> tuple[Policy, ...]:
        """This policy, and those named after it."""
        return self, *self.later_named

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def id(self) -> str:
        return self.document.policy.id

    def setting(self, name: str, route: Route | None = None) -> object:
        """A setting's value, as a route overrides it or as the policy has it."""
        if route is not None and name in route.settings:
            return route.settings[name]
        return self.document.settings[name].now

    def retrospective(self, name: str) -> object:
        """The value of a setting that a retrospective audit rests on."""
        return self.document.retrospective[name].now

    def in_force(self) -> str:
        """When the policy is in force, in words: 2019-08-21 起."""
        about = self.document.policy
        return period_in_words(about.in_force_from, about.in_force_until)


def period_in_words(first: dt.date, last: dt.date | None) -> str:
    """The days from ``first`` on in words: 2019-08-21 起, or to which day."""
    return f"{first} 起" if last is None else f"{first} 至 {last}"


def known_policies() -> dict[str, Path]:
    """Policies shipped with the package: id → file."""
    folder = Path(str(files("guantong.rules").joinpath("policies")))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load(name: str) -> Policy:
    """The policy of a known id, or of a file's path.

    Raises PolicyError where there is none, or where the file is unclear, with its line.
    """
    path = known_policies().get(name) or Path(name)
    try:
        return parse(read_small_file(path, yaml_text.MOST_BYTES), path.name)
    except FileNotRead as error:
        raise PolicyError(f"政策文件“{name}”{error}") from error
    except (OSError, ValueError) as error:  # a name with a NUL is no path
        known = "、".join(known_policies())
        raise PolicyError(f"找不到政策“{name}”：既不是已有政策（{known}），也不是可读取的政策文件") from error


def parse(raw: bytes, source: str) -> Policy:
    """A policy out of a file's bytes; ``source`` names the file in messages."""
    try:
        data = yaml_text.read(raw)
    except yaml_text.Unreadable as error:
        raise PolicyError(f"{source} 第{error.line}行：{error.problem}" if error.line else f"{source}：{error.problem}") from error
    return parse_data(data, source, raw)


def parse_data(data: object, source: str, raw: bytes) -> Policy:
    """A policy out of the data of a file; see `parse`."""
    if not isinstance(data, dict):
        raise PolicyError(f"{source}：应有 policy、clauses、settings、conditions、routes 各部分")
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        raise PolicyError(_describe_errors(source, data, error.errors(include_url=False))) from error
    for where, problem in find_unclear(document):
        raise PolicyError(f"{source} 第{_line(data, where)}行（{'.'.join(map(str, where))}）：{problem}")
    return Policy(document, source, raw)


_REASONS = {
    "missing": "缺少这一项", "extra_forbidden": "没有这一项", "int_type": "应为整数", "bool_type": "应为 true 或 false", "string_type": "应为文字",
    "list_type": "应为列表", "dict_type": "应为若干项“名称: 内容”", "model_type": "应为若干项“名称: 内容”", "date_type": "应是一天，写成 2019-08-21",
    "literal_error": "应为 {expected} 之一", "string_too_long": "超过{max_length}字", "too_long": "超过{max_length}项", "too_short": "一项也没有",
    "string_pattern_mismatch": "应只用小写英文字母、数字和中间的 -", "greater_than_equal": "不能小于{ge}", "less_than_equal": "不能大于{le}",
    "value_error": "{error}",
}  # fmt: skip
_SETTING = ("bool", "int")  # of what pydantic calls the kinds of a setting's value


def _describe_errors(source: str, data: object, items: list[dict]) -> str:
    errors = list(dict.fromkeys(_describe_error(source, data, item) for item in items))
    return "\n".join(errors[:_MOST_ERRORS] + ([f"……共 {len(errors)} 处"] if len(errors) > _MOST_ERRORS else []))


def _describe_error(source: str, data: object, item: dict) -> str:
    where = tuple(part for part in item["loc"] if isinstance(part, int) or not (part in _SETTING or part.endswith((")", "]"))))
    found = "" if item["type"] == "missing" else f"，写的是 {_cut(repr(item['input']))}"
    reason = _REASONS.get(item["type"], item["msg"]).format(**item.get("ctx", {}))
    return f"{source} 第{_line(data, where)}行（{_cut('.'.join(map(str, where)))}）：{reason}{found}"


def _cut(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}……"


def _line(data: object, where: tuple) -> int:
    """The line, from 1, at which the innermost part of ``where`` that exists stands."""
    line = 1
    for part in where:
        try:
            line, data = data.lines[part], data[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line
