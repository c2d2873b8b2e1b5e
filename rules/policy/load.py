"""Policies as data: a loader that gives a frozen `Policy`, or refuses one that is unclear.

A policy file (``rules/policies/*.yaml``) holds a regulation's clauses, routes, conditions, honours and
interpretation settings: document.py has its parts. `PolicyError` names file and line.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from guantong.rules.policy import yaml_text
from guantong.rules.policy.checks import Where, find_unclear
from guantong.rules.policy.defaults import add_missing
from guantong.rules.policy.document import Document, Route, Value
from guantong.rules.policy.small_files import FileNotRead, read_small_file
from guantong.schemas import UserError
from guantong.schemas.near_words import describe_nearest, describe_nearest_path

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MOST_ERRORS = 20  # of what is wrong with a file


T = TypeVar("T")


class PolicyError(UserError):
    """A policy file that is unclear: the message names file, line, what was found and what is expected."""


@dataclass(frozen=True)
class Policy:
    """A loaded policy: the document, its file's name, bytes and SHA-256.

    ``by_default``: settings that the file, written for an older program, does not say; they are as the program has them (defaults.py).
    ``later_named``: of a retrospective audit by several policies those that were named after this one; see rules/policy/by_day.py.
    """

    document: Document
    source: str
    raw: bytes
    later_named: tuple[Policy, ...] = ()
    by_default: tuple[str, ...] = ()

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

    def setting(self, name: str, route: Route | None = None) -> Value:
        """A setting's value, as a route overrides it or as the policy has it."""
        if route is not None and name in route.settings:
            return route.settings[name]
        return self.document.settings[name].now

    def is_on(self, name: str, route: Route | None = None) -> bool:
        """A setting that is true or false."""
        return _of_type(bool, name, self.setting(name, route))

    def number(self, name: str, route: Route | None = None) -> int:
        """A setting that is a number."""
        return _of_type(int, name, self.setting(name, route))

    def choice(self, name: str, route: Route | None = None) -> str:
        """A setting that is one of several words."""
        return _of_type(str, name, self.setting(name, route))

    def words(self, name: str, route: Route | None = None) -> list[str]:
        """A setting that is a list of words."""
        return _of_type(list, name, self.setting(name, route))

    def retrospective(self, name: str) -> Value:
        """The value of a setting that a retrospective audit rests on."""
        return self.document.retrospective[name].now

    def assessed_years(self, route: Route, as_of: dt.date) -> range:
        """The years whose assessments a route looks at as of a day."""
        last = as_of.year if self.is_on("assessment_year_included", route) else as_of.year - 1
        return range(last - self.number("assessment_years", route) + 1, last + 1)

    def in_force(self) -> str:
        """When the policy is in force, in words: 2019-08-21 起."""
        about = self.document.policy
        return "施行日期不详" if about.in_force_from is None else period_in_words(about.in_force_from, about.in_force_until)


def _of_type(kind: type[T], name: str, value: object) -> T:
    if not isinstance(value, kind):  # the loader has looked at it
        raise TypeError(f"{name} is {value!r}, no {kind.__name__}")
    return value


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
        known = known_policies()
        near = describe_nearest(path.name, known) or describe_nearest_path(path)
        raise PolicyError(f"找不到政策“{name}”{near or '：'}既不是已有政策（{'、'.join(known)}），也不是可读取的政策文件") from error


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
    by_default = add_missing(data)
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        raise PolicyError(_describe_errors(source, data, error.errors(include_url=False))) from error
    for where, problem in find_unclear(document):
        raise PolicyError(f"{source} 第{_line(data, where)}行（{'.'.join(map(str, where))}）：{problem}")
    return Policy(document, source, raw, by_default=by_default)


_REASONS = {
    "missing": "缺少这一项", "extra_forbidden": "没有这一项", "int_type": "应为整数", "bool_type": "应为 true 或 false", "string_type": "应为文字",
    "list_type": "应为列表", "dict_type": "应为若干项“名称: 内容”", "model_type": "应为若干项“名称: 内容”", "date_type": "应是一天，写成 2019-08-21",
    "literal_error": "应为 {expected} 之一", "string_too_long": "超过{max_length}字", "too_long": "超过{max_length}项", "too_short": "一项也没有",
    "string_pattern_mismatch": "应只用小写英文字母、数字和中间的 -", "greater_than_equal": "不能小于{ge}", "less_than_equal": "不能大于{le}",
    "value_error": "{error}",
}  # fmt: skip
_SETTING = ("bool", "int")  # of what pydantic calls the kinds of a setting's value


def _describe_errors(source: str, data: object, items: list[ErrorDetails]) -> str:
    errors = list(dict.fromkeys(_describe_error(source, data, item) for item in items))
    return "\n".join(errors[:_MOST_ERRORS] + ([f"……共 {len(errors)} 处"] if len(errors) > _MOST_ERRORS else []))


def _describe_error(source: str, data: object, item: ErrorDetails) -> str:
    where = tuple(part for part in item["loc"] if isinstance(part, int) or not (part in _SETTING or part.endswith((")", "]"))))
    found = "" if item["type"] == "missing" else f"，写的是 {_cut(repr(item['input']))}"
    words = {
        name: str(value).replace(", ", "、").replace(" or ", "、") for name, value in item.get("ctx", {}).items()
    }  # of a list of values
    reason = _REASONS.get(item["type"], item["msg"]).format(**words)
    return f"{source} 第{_line(data, where)}行（{_cut('.'.join(map(str, where)))}）：{reason}{found}"


def _cut(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}……"


def _line(data: object, where: Where) -> int:
    """The line, from 1, at which the innermost part of ``where`` that exists stands."""
    line = 1
    for part in where:
        if isinstance(data, yaml_text.Lined) and part in data.lines:
            line, data = data.lines[part], data[part]
        elif isinstance(data, yaml_text.LinedList) and isinstance(part, int) and 0 <= part < len(data):
            line, data = data.lines[part], data[part]
        else:
            break
    return line
