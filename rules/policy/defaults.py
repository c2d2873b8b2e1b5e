"""What a policy file written for an older program does not say: later settings and conditions take the program's defaults.

They stand in rules/data/later_settings.yaml. What a policy takes from there is told wherever the policy is (`Policy.by_default`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from guantong.rules.policy import yaml_text

BY_DEFAULT = "程序默认"  # stands where a policy's own has its clause


@cache
def _later() -> dict[str, dict[str, dict[str, object]]]:
    data = yaml_text.read(files("guantong.rules").joinpath("data", "later_settings.yaml").read_bytes())
    assert isinstance(data, dict)
    return data


def default_of(group: str, name: str) -> dict[str, object]:
    """A setting or condition (``group``: settings, conditions) as a policy that lacks it has it. Raises KeyError for one that every policy has."""
    return {**_later()[group][name], "clause": BY_DEFAULT}


def is_later(group: str, name: str) -> bool:
    """Whether a policy file may do without this one of ``group`` (settings, conditions)."""
    return name in _later()[group]


def add_missing(data: dict[str, object]) -> tuple[str, ...]:
    """Put what the data of a policy file lack into them; gives the settings so added, of conditions as ``unknown.`` and their name."""
    _move_from_retrospective(data)
    added = []
    for group, named in (("settings", str), ("conditions", "unknown.{}".format)):
        added += _add_to(data.get(group), group, named)
    return tuple(added)


def _add_to(items: object, group: str, named: Callable[[str], str]) -> list[str]:
    if not isinstance(items, dict):
        return []
    missing = [name for name in _later()[group] if name not in items]
    items |= {name: default_of(group, name) for name in missing}
    return [named(name) for name in missing]


def _move_from_retrospective(data: dict[str, object]) -> None:
    """What was held before a credential of after the as-of day was asked of retrospective audits alone, and stood there."""
    own, settings = data.get("retrospective"), data.get("settings")
    if isinstance(own, yaml_text.Lined) and isinstance(settings, yaml_text.Lined) and _MOVED in own:
        settings.setdefault(_MOVED, own.pop(_MOVED))
        settings.lines.setdefault(_MOVED, own.lines[_MOVED])


_MOVED = "nothing_known_before"
