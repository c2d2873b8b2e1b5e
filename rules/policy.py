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

from pydantic import BaseModel, ConfigDict, Strict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from guantong.rules.clarity import unclear

Direction = Literal["skill-to-title", "title-to-skill"]
Skill = Literal["初级工", "中级工", "高级工", "技师", "高级技师", "特级技师", "首席技师"]
Title = Literal["技术员", "助理工程师", "工程师", "高级工程师", "正高级工程师"]


class PolicyError(Exception):
    """A policy file that is unclear: the message names file, line, what was found and what is expected."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class About(_Strict):
    """Which document a policy file puts into data.

    ``in_force_from``, ``in_force_until``: the first and the last day on which it is in force, None where that is not known (or
    has not ended); ``in_force_note``: where that is said. Only a retrospective audit asks for it.
    ``scope``: which part of the document the file holds, where it is not all of it.
    """

    id: str
    document: str
    title: str
    issuer: str
    issued: dt.date | None = None
    status: str
    last_checked: dt.date
    in_force_from: dt.date | None = None
    in_force_until: dt.date | None = None
    in_force_note: str = ""
    scope: str = ""


class Setting(_Strict):
    """An interpretation (解释口径): its default, the clause it interprets, and why; ``value`` where it departs from it.

    ``alternatives``: the other readings, of which the sensitivity of outcomes is told; of a bool the other one, where none is named.
    """

    default: bool | int | str | list[str]
    value: bool | int | str | list[str] | None = None
    alternatives: list[bool | int | str | list[str]] = []
    clause: str
    reason: str

    @property
    def now(self) -> bool | int | str | list[str]:
        """The value in force."""
        return self.default if self.value is None else self.value


class Condition(_Strict):
    """A condition beside a route's own: its Chinese name, clause, and what an unknown fact does."""

    name: str
    clause: str
    unknown: Literal["verify", "review", "fail"]
    reason: str


class Needs(_Strict):
    """What puts a route in play: a level, a title (``exactly`` or at least), or an honour of a list."""

    skill: Skill | None = None
    title: Title | None = None
    honours: int | None = None
    exactly: bool = False
    or_no_title: bool = False


class Bring(_Strict):
    """A document that a candidate brings, with its clause."""

    what: str
    clause: str


class Route(_Strict):
    """One numbered way to one target. ``years`` 0: no time is asked; ``target`` null: another rule's to say."""

    id: str
    clause: str
    direction: Direction
    needs: Needs
    years: Annotated[int, Strict()]
    target: Skill | Title | Literal["next"] | None
    conditions: list[str]
    since: Literal["credential", "skill_certificate"] = "credential"
    highest: Skill | None = None
    refers_to: str | None = None
    relation: bool = False
    bring: list[Bring] = []
    settings: dict[str, bool | int | str | list[str]] = {}


class Equivalents(_Strict):
    """Words that a clause puts on a level with others."""

    clause: str
    of: dict[str, str]


class Document(_Strict):
    """A whole policy file."""

    policy: About
    clauses: dict[str, str]
    settings: dict[str, Setting]
    retrospective: dict[str, Setting] = {}
    conditions: dict[str, Condition]
    floor: Skill
    education_equivalents: Equivalents | None = None
    parity: Equivalents | None = None
    honours: dict[int, list[str]] = {}
    bring: dict[Direction, list[Bring]] = {}
    routes: list[Route]


@dataclass(frozen=True)
class Policy:
    """A loaded policy: the document, its file's name, bytes and SHA-256.

    ``others``: of a retrospective audit by several policies those that were named after this one; see rules/succession.py.
    """

    document: Document
    source: str
    raw: bytes
    others: tuple[Policy, ...] = ()

    @property
    def each(self) -> tuple[Policy, ...]:
        """This policy and the others."""
        return self, *self.others

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
        return days_told(about.in_force_from, about.in_force_until)


def days_told(first: dt.date, last: dt.date | None) -> str:
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
        raw = path.read_bytes()
    except OSError as error:
        known = "、".join(known_policies())
        raise PolicyError(f"找不到政策“{name}”：既不是已有政策（{known}），也不是可读取的政策文件") from error
    return parse(raw, path.name)


def parse(raw: bytes, source: str) -> Policy:
    """A policy out of a file's bytes; ``source`` names the file in messages."""
    try:
        data = YAML(typ="rt").load(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise PolicyError(f"{source}：不是 UTF-8 编码的文本") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"第{mark.line + 1}行" if mark else ""
        raise PolicyError(f"{source} {line}：不是正确的 YAML：{error.problem}") from error
    if not isinstance(data, dict):
        raise PolicyError(f"{source}：应有 policy、clauses、settings、conditions、routes 各部分")
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        raise PolicyError("\n".join(_told(source, data, item) for item in error.errors())) from error
    for where, problem in unclear(document):
        raise PolicyError(f"{source} 第{_line(data, where)}行（{'.'.join(map(str, where))}）：{problem}")
    return Policy(document, source, raw)


def _told(source: str, data: object, item: dict) -> str:
    where = tuple(part for part in item["loc"] if isinstance(part, int) or not str(part).endswith("]"))
    found = "" if item["type"] == "missing" else f"，写的是 {item['input']!r}"
    words = {"missing": "缺少这一项", "extra_forbidden": "没有这一项", "int_type": "应为整数", "bool_parsing": "应为 true 或 false"}
    reason = words.get(item["type"], item["msg"])
    if item["type"] == "literal_error":
        reason = f"应为 {item['ctx']['expected'].replace(' or ', ', ')} 之一"
    return f"{source} 第{_line(data, where)}行（{'.'.join(map(str, where))}）：{reason}{found}"


def _line(data: object, where: tuple) -> int:
    """The line, from 1, at which the innermost part of ``where`` that exists stands."""
    line = 1
    for part in where:
        try:
            position = data.lc.key(part) if isinstance(data, dict) else data.lc.item(part)
            line, data = position[0] + 1, data[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line
