"""Policies changed for a trial, and what differs between two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guantong.rules.policy import yaml_text
from guantong.rules.policy.defaults import default_of
from guantong.rules.policy.document import Needs, Route, Value
from guantong.rules.policy.load import Policy, PolicyError, parse_data
from guantong.rules.rulebook import route_name, settings, value_in_words
from guantong.rules.vocabulary import CONDITIONS, SETTINGS
from guantong.schemas.near_words import describe_nearest

_OF_ROUTE = tuple(name for name in Route.model_fields if name not in ("id", "direction", "clause", "settings", "bring", "needs"))
_SINCE = {"credential": "取得所需等级（职称）之日", "skill_certificate": "取得现有技能证书之日"}
_OTHER_UNKNOWN = {"verify": "review", "review": "verify", "ignore": "verify", "fail": "verify"}
_OF_POLICY = ("floor", "area")
_SHOWN = 100  # characters of a change that are said
_OF_NEEDS = tuple(f"needs.{name}" for name in Needs.model_fields)


def edit_policy(policy: Policy, changes: list[str]) -> Policy:
    """``policy`` with each of ``changes`` made: NAME=VALUE, the value as YAML writes it.

    NAME is a setting (``partial_dates`` or ``*.partial_dates``; routes that have a value of their own keep it), what an unknown fact does (``unknown.post``), ``floor``, ``area``, or of a route one of its own
    attributes (``s2t-engineer.years``, ``s2t-engineer.needs.skill``) or a setting for it alone (``s2t-senior.partial_dates``).
    Raises PolicyError for a name that is not known, a value that does not fit, and a policy that contradicts itself then.
    """
    if not changes:
        return policy
    data = yaml_text.read(policy.raw)
    assert isinstance(data, dict)  # it was loaded
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise PolicyError(f"“{_quoted(change)}”应写成 路径.口径=值，如 s2t-engineer.years=2")
        _set(data, name.strip(), _value(change, value))
    named = f"{policy.source}（改为 {'，'.join(map(_quoted, changes))}）"
    return parse_data(data, named, yaml_text.as_yaml(data).encode())


def _value(change: str, text: str) -> object:
    try:
        return yaml_text.read(text.encode("utf-8", "surrogatepass"))
    except yaml_text.Unreadable as error:
        raise PolicyError(f"“{_quoted(change)}”的值{error.problem}") from error


def _quoted(change: str) -> str:
    """A change as it is quoted: not all of a long one, and nothing that does not show."""
    return "".join(letter if letter.isprintable() else "�" for letter in change[:_SHOWN])


def _set(data: dict[str, Any], name: str, value: object) -> None:
    """Put ``value`` where ``name`` says; what the file does not say, for it is of before, it says from now on."""
    name = name.removeprefix("*.") if name.removeprefix("*.") in SETTINGS else name
    head, _, tail = name.partition(".")
    routes = {route["id"]: route for route in data["routes"]}
    if name in SETTINGS and value is None:
        raise PolicyError(f"口径“{name}”没有写值，应写成 {name}=值")
    if name in SETTINGS:
        _said(data, "settings", name)["value"] = value
    elif name in _OF_POLICY:
        data[name] = value
    elif head == "unknown" and tail in CONDITIONS:
        _said(data, "conditions", tail)["unknown"] = value
    elif head in routes and tail in SETTINGS:
        routes[head].setdefault("settings", {})[tail] = value
    elif head in routes and tail in _OF_ROUTE:
        routes[head][tail] = value
    elif head in routes and tail in _OF_NEEDS:
        routes[head]["needs"][tail.removeprefix("needs.")] = value
    else:
        raise PolicyError(_unknown(head, tail, list(routes)))


def _said(data: dict[str, Any], group: str, name: str) -> dict[str, Any]:
    """A setting or condition as the file has it; where it does not say it, as the program does, put into the data."""
    if name not in data[group]:
        data[group][name] = default_of(group, name)
    found: dict[str, Any] = data[group][name]
    return found


def _unknown(head: str, tail: str, routes: list[str]) -> str:
    head, tail = _quoted(head), _quoted(tail)
    if head in routes:
        of_route = (*_OF_ROUTE, *_OF_NEEDS, *SETTINGS)
        return f"路径“{head}”没有“{tail}”{describe_nearest(tail, of_route) or '；'}可改的有 {'、'.join(of_route)}"
    name = f"{head}{'.' if tail else ''}{tail}"
    near = describe_nearest(head, ["unknown", *routes] if tail else [*SETTINGS, *_OF_POLICY])
    return (
        f"没有“{name}”{near or '；'}可写 路径.年限或口径（路径有 {'、'.join(routes)}）、"
        f"口径（{'、'.join(SETTINGS)}）、unknown.条件（{'、'.join(CONDITIONS)}）或 {'、'.join(_OF_POLICY)}"
    )


def alternatives(policy: Policy) -> list[tuple[str, Value]]:
    """(setting, value) of each other reading of each interpretation; what unknown facts do is ``unknown.`` and the condition."""
    made: list[tuple[str, Value]] = [(name, other) for name, setting in policy.document.settings.items() for other in setting.other_values]
    return made + [(f"unknown.{name}", _OTHER_UNKNOWN[item.unknown]) for name, item in policy.document.conditions.items()]


def policy_with(policy: Policy, setting: str, value: object) -> Policy:
    """``policy`` with one of its `alternatives`; as `edit_policy` gives it, but for the text of the file, which stays."""
    document = policy.document
    if setting.startswith("unknown."):
        group, name, change = "conditions", setting.removeprefix("unknown."), {"unknown": value}
    else:
        group, name, change = "settings", setting, {"value": value}
    items = getattr(document, group)
    return replace(policy, document=document.model_copy(update={group: items | {name: items[name].model_copy(update=change)}}))


def differences(one: Policy, other: Policy) -> list[tuple[str, str, str, str]]:
    """What differs between two policies: (what, clause, in the one, in the other); — where the one or the other lacks it."""
    found = []
    for kind, describe in (("口径", _settings), ("路径", _routes), ("荣誉", _honours)):
        left, right = describe(one), describe(other)
        for name in dict.fromkeys([*left, *right]):
            mine, theirs = left.get(name, ("", "—")), right.get(name, ("", "—"))
            if mine[1] != theirs[1]:
                clauses = "；".join(dict.fromkeys(clause for clause in (mine[0], theirs[0]) if clause))
                found.append((f"{kind} {name}", clauses, mine[1], theirs[1]))
    return found


def _settings(policy: Policy) -> dict[str, tuple[str, str]]:
    """{setting: (clause, value)}, what unknown facts do and the floor among them."""
    made = {f"{item['title']}（{item['name']}）": (item["clause"], str(item["value"])) for item in settings(policy)}
    document = policy.document
    return made | {"技能等级下限（floor）": ("", document.floor), "所在省（area）": ("", document.area or "不限")}


def _routes(policy: Policy) -> dict[str, tuple[str, str]]:
    """{route: (clause, all that it asks, in words)}."""
    document, made = policy.document, {}
    for route in document.routes:
        asks = "、".join(document.conditions[name].name for name in route.conditions)
        own = "；".join(f"{name} = {value_in_words(value)}" for name, value in route.settings.items())
        exactly = "（须恰为该级）" if route.needs.exactly else ""
        related = "（专业与职业须相同或相关）" if route.relation else ""
        since = f"年限自{_SINCE[route.since]}起算" if route.years else ""
        parts = [f"{route_name(route)}{exactly}{related}", f"条件：{asks or '无'}", since, own, route.refers_to]
        made[route.id] = (route.clause, "；".join(part for part in parts if part))
    return made


def _honours(policy: Policy) -> dict[str, tuple[str, str]]:
    return {
        f"第{number}类": ("三（四）" if policy.document.honours else "", "、".join(names))
        for number, names in policy.document.honours.items()
    }
