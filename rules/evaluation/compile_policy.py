"""A policy compiled: of each route what its SQL is made of, in the policy's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Literal

import duckdb

from guantong.rules.evaluation.types import make_types
from guantong.rules.policy.by_day import cited_clause, route_id
from guantong.rules.policy.document import Route
from guantong.rules.policy.load import Policy
from guantong.rules.vocabulary import SETTINGS, SKILL_TO_TITLE, SKILLS, TITLES, UnknownEffect
from guantong.schemas import catalogue
from guantong.schemas.database import create_rows

_WAIVERS = {"skill_floor": "honours_waive_skill_floor", "assessments": "honours_waive_assessments"}
SettingValue = bool | int | str | tuple[str, ...]


@dataclass(frozen=True)
class RouteRule:
    """What one route asks, and how its policy reads it.

    ``needs``: the level or title that puts it in play; ``exactly``: where it is the highest that is held. ``certificate``: the least certificate of the
    present occupation that it needs beside. ``untitled``: of which categories a person without a title is on it too.
    ``honour_lists``: the lists of which an honour puts it in play. ``next``: the target is the level above the certificate's, up to
    ``highest``. ``conditions``: those asked, tenure among them. ``unknown``: what an unknown fact of each condition does.
    """

    id: str
    clause: str
    direction: str
    needs: str | None
    exactly: bool
    certificate: str | None
    untitled: tuple[str, ...]
    honour_lists: tuple[int, ...]
    honours: tuple[tuple[int, tuple[str, ...]], ...]
    target: str | None
    next: bool
    highest: str | None
    years: int
    since: Literal["credential", "skill_certificate"]
    refers: bool
    relation: bool
    conditions: tuple[str, ...]
    unknown: tuple[tuple[str, UnknownEffect], ...]
    floor: str
    area: str | None
    settings: tuple[tuple[str, SettingValue], ...]
    policy: str
    policy_no: int
    in_force_from: dt.date | None

    @property
    def to_title(self) -> bool:
        """Whether the route leads from a skill level to a title."""
        return self.direction == SKILL_TO_TITLE

    def setting(self, name: str) -> SettingValue:
        """The value of a setting, as the route or its policy has it."""
        return self._settings[name]

    def words(self, name: str) -> tuple[str, ...]:
        """The words of a setting that is a list."""
        value = self.setting(name)
        assert isinstance(value, tuple)
        return value

    def number(self, name: str) -> int:
        """The number that a setting is."""
        value = self.setting(name)
        assert isinstance(value, int)
        return value

    def asks(self, condition: str) -> bool:
        """Whether the route asks a condition."""
        return condition in self.conditions

    def unknown_effect(self, condition: str) -> UnknownEffect:
        return self._effects[condition]

    @cached_property
    def _settings(self) -> dict[str, SettingValue]:
        return dict(self.settings)

    @cached_property
    def _effects(self) -> dict[str, UnknownEffect]:
        return dict(self.unknown)

    def rests_always_on(self) -> list[str]:
        """The settings that every verdict of the route rests on."""
        rests = {"serving_posts_skill_to_title" if self.to_title else "serving_posts_title_to_skill": True}
        rests |= dict.fromkeys(
            ("assessment_years", "assessment_year_included", "passing_grades", "failing_grades"), self.asks("assessments")
        )
        rests |= dict.fromkeys(("honours_waive_skill_floor", "honours_waive_assessments", "higher_honour_serves"), bool(self.honour_lists))
        rests["year_counting"] = self.years > 0
        return [name for name in SETTINGS if rests.get(name)]


def compile_policy(policy: Policy) -> list[RouteRule]:
    """The routes of ``policy`` alone."""
    return [_route(policy, policy, route) for route in policy.document.routes]


def compile_policies(policy: Policy) -> list[RouteRule]:
    """The routes of ``policy`` and of those named after it: of several with the names and clauses that tell them apart."""
    return [_route(policy, each, route) for each in policy.policies for route in each.document.routes]


def make_routes(con: duckdb.DuckDBPyConnection, rules: Sequence[RouteRule]) -> None:
    """Make the types of the words, and the table routes: of each route, in their order, what its verdicts are written with."""
    make_types(con, [rule.id for rule in rules])
    create_rows(con, "routes", _ROUTES, [itemgetter(*_ROUTES)(_row(rule, place)) for place, rule in enumerate(rules)])


_ROUTES = {
    "route": "route_id", "place": "INTEGER", "direction": "direction", "clause": "VARCHAR", "policy": "VARCHAR", "policy_no": "INTEGER",
    "in_force_from": "DATE", "conditions": "VARCHAR[]", "verified": "VARCHAR[]", "settings": "VARCHAR[]", "needs_certificate": "BOOLEAN",
    "since_certificate": "BOOLEAN", "counts_months_away": "BOOLEAN", "date_header": "VARCHAR", "needed_date_header": "VARCHAR",
    "assessment_years": "INTEGER", "years_shifted": "INTEGER", "grades": "VARCHAR[]",
}  # fmt: skip


def _row(rule: RouteRule, place: int) -> dict[str, object]:
    """A route's row of the table routes: its names, what all its verdicts rest on, and by what is asked for where something is not known."""
    track = "skill" if rule.to_title else "title"
    ladder: tuple[str, ...] = SKILLS if rule.to_title else TITLES
    needed = rule.needs or (rule.floor if rule.to_title else None)  # of an honour's route the level that everybody has to have
    of_level = None if needed is None else f"{track}_{ladder.index(needed) + 1}_date"
    return {
        "route": rule.id,
        "place": place,
        "direction": rule.direction,
        "clause": rule.clause,
        "policy": rule.policy,
        "policy_no": rule.policy_no,
        "in_force_from": rule.in_force_from,
        "conditions": list(rule.conditions),
        "verified": [name for name, effect in rule.unknown if effect == "verify"],
        "settings": rule.rests_always_on(),
        "needs_certificate": rule.certificate is not None,
        "since_certificate": rule.since == "skill_certificate",
        "counts_months_away": bool(rule.setting("interruptions_added")),
        "date_header": catalogue.header_of(f"{track}_date"),
        "needed_date_header": catalogue.header_of(of_level if of_level in catalogue.fields() else f"{track}_date"),
        "assessment_years": rule.number("assessment_years"),
        "years_shifted": int(rule.number("assessment_year_included")),
        "grades": [*rule.words("passing_grades"), *rule.words("failing_grades")],
    }


def _route(policy: Policy, member: Policy, route: Route) -> RouteRule:
    """A route of ``member``, one of ``policy.policies``."""
    needs, document = route.needs, member.document
    to_title = route.direction == SKILL_TO_TITLE
    settings = {name: _value(member.setting(name, route)) for name in SETTINGS}
    lists = () if needs.honours is None else _honour_lists(needs.honours, sorted(document.honours), bool(settings["higher_honour_serves"]))
    return RouteRule(
        id=route_id(policy, member, route),
        clause=cited_clause(policy, member, route.clause),
        direction=route.direction,
        needs=None if needs.honours is not None else needs.skill if to_title else needs.title,
        exactly=needs.exactly,
        certificate=None if to_title else needs.skill,
        untitled=_untitled(route, settings),
        honour_lists=lists,
        honours=tuple((number, tuple(names)) for number, names in document.honours.items()),
        target=None if route.target == "next" else route.target,
        next=route.target == "next",
        highest=route.highest,
        years=route.years,
        since=route.since,
        refers=route.refers_to is not None,
        relation=route.relation,
        conditions=_conditions(member, route),
        unknown=tuple((name, item.unknown) for name, item in document.conditions.items()),
        floor=document.floor,
        area=document.area,
        settings=tuple(settings.items()),
        policy=member.id,
        policy_no=policy.policies.index(member),
        in_force_from=document.policy.in_force_from,
    )


def out_of_service(policy: Policy) -> tuple[str, ...]:
    """The states in which nobody may apply any more (一)."""
    words = _value(policy.setting("out_of_service"))
    assert isinstance(words, tuple)
    return words


def _value(value: object) -> SettingValue:
    assert isinstance(value, (bool, int, str, list))
    return tuple(value) if isinstance(value, list) else value


def _honour_lists(own: int, known: Sequence[int], higher_serves: bool) -> tuple[int, ...]:
    """The lists whose honours serve: the route's own, and those above it where the policy reads it so."""
    return tuple(number for number in known if number == own or (higher_serves and number < own))


def _untitled(route: Route, settings: dict[str, SettingValue]) -> tuple[str, ...]:
    """Whom without a title the route is open to (四（一）); to the next level (四（五）) by a setting of its own."""
    categories = settings["professionals_without_title"]
    assert isinstance(categories, tuple)
    serves = settings["promotion_without_title"] if route.target == "next" else route.needs.or_no_title
    return categories if serves else ()


def _conditions(policy: Policy, route: Route) -> tuple[str, ...]:
    """The conditions asked: those of the route but for what its honour waives, and the years."""
    waived = [name for name, setting in _WAIVERS.items() if route.needs.honours is not None and policy.setting(setting, route)]
    return (*(name for name in route.conditions if name not in waived), *(["tenure"] if route.years else []))
