"""A policy compiled: its routes as rows of figures that the SQL is filled with, and the small tables that the export joins with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import duckdb
import pyarrow as pa

from guantong.rules.policy.load import Policy, Route
from guantong.rules.vocabulary import OUTCOMES as OUTCOMES
from guantong.rules.vocabulary import RETROSPECTIVE, SETTINGS, SKILL_WORDS, SKILLS, TITLES
from guantong.schemas.database import create_table
from guantong.schemas.sql_text import date_literal

CONDITIONS = ("integrity", "in_service", "post", "frontline", "field", "skill_floor", "assessments", "series", "tenure")
# Bits of the masks in the SQL: conditions first, then the notes that no condition causes.
BITS = {name: 1 << at for at, name in enumerate(CONDITIONS)}
NOTE_BITS = {
    **{f"{name}_unknown": bit for name, bit in BITS.items()},
    "relation": 512, "held_unknown": 1024, "theory_exam": 2048, "theory_exam_exempt": 4096,
}  # fmt: skip
SETTING_BITS = {name: 1 << at for at, name in enumerate([*SETTINGS, *RETROSPECTIVE])}
_ANY_RANK = 99
_WAIVERS = {"skill_floor": "honours_waive_skill_floor", "assessments": "honours_waive_assessments"}


def rank(word: str | None, direction_words: tuple[str, ...]) -> int | None:
    """A level's or title's rank, from 1; None for None."""
    return None if word is None else direction_words.index(word) + 1


def target_words(direction: str) -> tuple[str, ...]:
    """The words of a direction's targets, by rank: titles, or skill levels with their printed number."""
    return TITLES if direction == "skill-to-title" else SKILL_WORDS


def compile_policy(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date) -> list[dict]:
    """Create the tables routes and assessment_rules, set as_of; gives the routes' rows, `number_shared_parts`."""
    routes = number_shared_parts(route_rows(policy, as_of))
    create_table(con, "routes", _routes_table(routes))
    rules = {route["rule_no"]: route for route in routes}
    years_and_grades = [
        {name: rule[name] for name in ("rule_no", "first_year", "last_year")} | {"grades": rule["passing_grades"] + rule["failing_grades"]}
        for rule in rules.values()
    ]
    create_table(con, "assessment_rules", pa.Table.from_pylist(years_and_grades))
    set_day(con, as_of)
    return routes


def set_day(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Set the variable as_of, which the routes' SQL compares with."""
    con.execute(f"SET VARIABLE as_of = {date_literal(as_of)}")


def route_rows(policy: Policy, as_of: dt.date) -> list[dict]:
    """The figures of each route, as of a day."""
    return [_route(policy, number, route) | _window(policy, route, as_of) for number, route in enumerate(policy.document.routes)]


def number_shared_parts(routes: list[dict]) -> list[dict]:
    """``routes`` with numbers for what several may share: rule_no, of the years and grades of assessments; entry_no, of who has no title as
    a professional; group_no, of routes that ask the same conditions of a person, with the same posts and assessments."""
    routes = _with_number(routes, "rule_no", lambda route: tuple(_as_key(route[name]) for name in _WINDOW))
    routes = _with_number(routes, "entry_no", lambda route: tuple(route["professionals"]))
    return _with_number(routes, "group_no", _what_is_asked)


def _with_number(routes: list[dict], name: str, key: Callable[[dict], tuple]) -> list[dict]:
    numbers = {each: number for number, each in enumerate(dict.fromkeys(map(key, routes)))}
    return [route | {name: numbers[key(route)]} for route in routes]


def _what_is_asked(route: dict) -> tuple:
    """What a route asks of a person beside its years; the rule of assessments only where they are asked for."""
    rule_no = route["rule_no"] if route["conditions"] & BITS["assessments"] else None
    return route["conditions"], route["direction"], rule_no, *route["posts"]


def _as_key(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_WINDOW = ("first_year", "last_year", "passing_grades", "failing_grades")
_INT32 = (
    "honour_list", "need_rank", "most_rank", "need_other", "target_rank", "highest_rank", "route_no", "years", "conditions",
    "assessment_years", "verify_unknown", "review_unknown", "fail_unknown",
)  # fmt: skip


def _routes_table(routes: list[dict]) -> pa.Table:
    """The routes' rows with types that do not depend on which figures are given."""
    table = pa.Table.from_pylist(routes)
    lists = [name for name, value in routes[0].items() if isinstance(value, list)]
    types = dict.fromkeys(_INT32, pa.int32()) | dict.fromkeys(lists, pa.list_(pa.string()))
    return table.cast(pa.schema([field.with_type(types.get(field.name, field.type)) for field in table.schema]))


def table_of(rows: Sequence[tuple], columns: dict[str, pa.DataType]) -> pa.Table:
    """``rows`` of values as a table with ``columns`` of these types."""
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pa.table([pa.array(own, kind) for own, kind in zip(values, columns.values(), strict=True)], names=list(columns))


def _window(policy: Policy, route: Route, as_of: dt.date) -> dict[str, object]:
    """The first and the last year of a route's assessments, and the grades that pass and that fail."""
    last = as_of.year if policy.setting("assessment_year_included", route) else as_of.year - 1
    first = last - policy.setting("assessment_years", route) + 1
    return dict(zip(_WINDOW, (first, last, policy.setting("passing_grades", route), policy.setting("failing_grades", route)), strict=True))


def _route(policy: Policy, number: int, route: Route) -> dict[str, object]:
    skilled = route.direction == "skill-to-title"
    own = rank(route.needs.skill, SKILLS) if skilled else rank(route.needs.title, TITLES)
    other = rank(route.needs.title, TITLES) if skilled else rank(route.needs.skill, SKILLS)
    conditions = [name for name in route.conditions if not (route.needs.honours and _waived(policy, route, name))]
    unknown = {
        what: _mask(name for name in CONDITIONS if policy.document.conditions[name].unknown == what)
        for what in ("verify", "review", "fail")
    }
    only = route.needs.exactly or not policy.setting("higher_level_serves", route)
    return {
        "route_no": number,
        "route": route.id,
        "direction": route.direction,
        "years": route.years,
        "honour_list": route.needs.honours,
        "need_rank": own,
        "most_rank": own if only else _ANY_RANK,
        "need_other": other,
        "or_no_title": route.needs.or_no_title,
        "professionals": list(policy.setting("professionals_without_title", route)),
        "target_rank": None if route.target in (None, "next") else rank(route.target, TITLES if skilled else SKILLS),
        "target_next": route.target == "next",
        "highest_rank": rank(route.highest, SKILLS),
        "own_certificate": route.since == "skill_certificate",
        "refers": route.refers_to is not None,
        "relation": route.relation,
        "posts": list(policy.setting("serving_posts_skill_to_title" if skilled else "serving_posts_title_to_skill", route)),
        "conditions": _mask(conditions),
        "assessment_years": policy.setting("assessment_years", route),
        "earliest": policy.setting("earliest_credential_counts", route),
        "related_work": policy.setting("related_work_start_counts", route) and route.since == "credential",
        "interruptions": policy.setting("interruptions_added", route) and route.since == "credential",
        "partial_dates": policy.setting("partial_dates", route),
        **{f"{what}_unknown": mask for what, mask in unknown.items()},
    }


def _waived(policy: Policy, route: Route, condition: str) -> bool:
    return condition in _WAIVERS and bool(policy.setting(_WAIVERS[condition], route))


def _mask(names: object) -> int:
    return sum(BITS[name] for name in names)
