"""The routes of a policy as SQL: what each asks, put into rules/evaluation/sql/4_conditions.sql and 4_route.sql, where it stands in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from guantong.rules.evaluation.compile_policy import RouteRule
from guantong.rules.evaluation.held import BEFORE_ALL, reading_name, serving_name, track_of, years_of
from guantong.rules.evaluation.outcomes import may_stand, outcome_sql, shared_tests, unknown_notes
from guantong.rules.evaluation.route_years import since, years_sql, years_told
from guantong.rules.evaluation.scripts import script, template
from guantong.rules.evaluation.standing import assessment_key, assessment_rules, standing_name, standing_queries
from guantong.rules.evaluation.told import PERSONAL_SETTINGS, kept_sql
from guantong.rules.evaluation.types import SKILL_LADDER, level
from guantong.rules.vocabulary import (
    CONDITIONS,
    DIRECTIONS,
    IN_SERVICE,
    MANAGEMENT_POST,
    NOTED_SERVICE,
    NOTES,
    NOTHING,
    SKILL_WORDS,
    SKILLS,
    TITLES,
)
from guantong.schemas.sql_text import among, fill_template, literal


class RouteParts(NamedTuple):
    """What decides on a route, as expressions over its standing, for who judges many routes that have parts in common.

    ``conditions``: those asked but for tenure, and of those of which a blank may stand whether the cell is filled (``…_unread``), by name.
    ``years``: those of `years_sql`, None where none are asked.
    """

    in_play: str
    target: str
    held: str
    conditions: tuple[tuple[str, str], ...]
    years: tuple[tuple[str, str], ...] | None


class Shared(NamedTuple):
    """What the routes of a direction have in common, to be worked out once for each person.

    ``names``: the columns of a route that are the same for all of them. ``expressions`` that several ask, and ``tests`` of their outcomes that look
    at ``names`` alone: what the columns are called that hold them. ``of_person``: these tests and what ``names`` tell, over the expressions, by column.
    """

    names: frozenset[str]
    expressions: dict[str, str]
    tests: dict[str, str]
    of_person: dict[str, str]

    def over(self, standing: str) -> str:
        """The query of a standing with all this beside."""
        once = "".join(f", {text} AS {name}" for text, name in self.expressions.items())
        of_person = "".join(f", {text} AS {name}" for name, text in self.of_person.items())
        return f"SELECT *{of_person}\nFROM (SELECT *{once}\nFROM ({standing}))"


class Routes:
    """The SQL of the verdicts of routes that stand on one standing: ``rules`` are all that it is made for."""

    def __init__(self, rules: Sequence[RouteRule]) -> None:
        self._rules = rules
        self._assessments = {
            direction: {
                assessment_key(rule): number for number, rule in assessment_rules([one for one in rules if one.direction == direction])
            }
            for direction in {rule.direction for rule in rules}
        }

    def route_sql(self, rule: RouteRule, told: str) -> str:
        """The query of the verdicts of a route alone, with what is ``told`` beside the outcome."""
        columns = [(name, text) for name, text in self._columns(rule) if rule.asks(name) or name.removesuffix("_unread") in may_stand(rule)]
        return self._query(rule, columns, outcome_sql(rule), told)

    def verdicts_sql(self, policy_no: int | None) -> str:
        """The query of the verdicts of all routes as they are kept, from what people hold; of those whom the policy judges whose place is ``policy_no``."""
        shared = {direction: self._shared(direction) for direction in DIRECTIONS}
        queries = standing_queries(self._rules, policy_no)
        queries |= {standing_name(direction): one.over(queries[standing_name(direction)]) for direction, one in shared.items()}
        made = [f"{name} AS MATERIALIZED (\n{query})" for name, query in queries.items()]
        routes = [f"({self._kept_sql(rule, shared[rule.direction])})" for rule in self._rules]
        return f"WITH {', '.join(made)}\n" + "\nUNION ALL\n".join(routes)

    def _kept_sql(self, rule: RouteRule, shared: Shared) -> str:
        """The query of a route's verdicts as they are kept (rules/evaluation/told.py)."""
        own = {name: text for name, text in self._columns(rule) if name not in shared.names}
        constants = {name: text for name, text in own.items() if text in ("true", "false") and not rule.asks(name)}
        columns = [(name, shared.expressions.get(text, text)) for name, text in own.items() if name not in constants]
        notes = {name: text for name, text in unknown_notes(rule).items() if name.removesuffix("_unknown") not in shared.names}
        kept = kept_sql({name: constants.get(name, name) for name in (*own, "tenure")} | notes)
        outcome = outcome_sql(rule, shared.tests, shared.names)
        return self._query(
            rule, columns + [(name, name) for name in shared.of_person], outcome, f"ready_on, kept_of_person | {kept} AS kept"
        )

    def _query(self, rule: RouteRule, columns: Sequence[tuple[str, str]], outcome: str, told: str) -> str:
        words = {
            "clause": f"{rule.id}　{rule.clause}",
            "route": level("route_id", rule.id),
            "target": _target(rule),
            "held": _held(rule),
            "standing": standing_name(rule.direction),
            "in_play": _in_play(rule),
            "outcome": outcome,
            "told": told,
            "columns": ",\n                ".join(f"{text} AS {name}" for name, text in columns),
            **years_told(rule),
        }
        return fill_template(template("4_route.sql"), words)

    def _columns(self, rule: RouteRule) -> Iterator[tuple[str, str]]:
        """The conditions but for tenure, whether their cells are unread, and what notes and settings are made of."""
        yield from self._conditions(rule).items()
        yield from self._unread(rule).items()
        yield from self._notes(rule).items()
        yield from self._settings(rule).items()

    def _shared(self, direction: str) -> Shared:
        """What the routes of a direction have in common."""
        rules = [rule for rule in self._rules if rule.direction == direction]
        columns = [dict(self._columns(rule)) for rule in rules]
        texts = Counter(text for one in columns for text in one.values())
        several = [text for text, times in texts.items() if times > 1 and not text.isidentifier()]
        expressions = {text: f"once_{number}" for number, text in enumerate(several)}
        if len(rules) < 2:
            return Shared(frozenset(), expressions, {}, {"kept_of_person": kept_sql({})})
        same = {name: text for name, text in columns[0].items() if all(one.get(name) == text for one in columns)}
        # a condition goes together with whether its cell is unread, and whether it is asked; the years are each route's own
        apart = {"tenure"} | {name for name in CONDITIONS for rule in rules if rule.asks(name) != rules[0].asks(name)}
        apart |= {name.removesuffix("_unread") for one in columns for name in one if name not in same}
        shared = {name: expressions.get(text, text) for name, text in same.items() if name.removesuffix("_unread") not in apart}
        notes = {name: text for name, text in unknown_notes(rules[0], shared).items() if name.removesuffix("_unknown") in shared}
        tests = shared_tests(rules[0], shared)
        called = {test: f"person_{number}" for number, test in enumerate(tests)}
        of_person = {called[test]: over for test, over in tests.items()} | {"kept_of_person": kept_sql(shared | notes)}
        return Shared(frozenset(shared), expressions, called, of_person)

    def told_columns(self) -> list[str]:
        """The conditions, notes and settings that a verdict of any of the routes can tell: of the others no condition stands against anybody,
        and nobody's verdict has the note or rests on the setting."""
        told = [dict(self._columns(rule)) | unknown_notes(rule) for rule in self._rules]
        return [
            *(name for name in CONDITIONS if name == "tenure" or any(one[name] != "true" for one in told)),
            *(name for name in (*NOTES, *PERSONAL_SETTINGS) if any(one[name] != "false" for one in told)),
        ]

    def parts(self, rule: RouteRule) -> RouteParts:
        """What decides on a route."""
        asked = {name: text for name, text in self._conditions(rule).items() if rule.asks(name)}
        years = tuple(years_sql(rule).items()) if rule.years else None
        return RouteParts(_in_play(rule), _target(rule), _held(rule), tuple((asked | self._unread(rule)).items()), years)

    def _assessed(self, rule: RouteRule) -> int:
        """The number of the route's rule of assessments."""
        return self._assessments[rule.direction][assessment_key(rule)]

    def _unread(self, rule: RouteRule) -> dict[str, str]:
        """Of each condition of which a blank may stand whether its cell is filled, though it does not tell."""
        columns = {f"{name}_unread": f"{name}_unread" for name in may_stand(rule)}
        if "assessments_unread" in columns:
            columns["assessments_unread"] = f"assessments_unread_{self._assessed(rule)}"
        return columns

    def _conditions(self, rule: RouteRule) -> dict[str, str]:
        """The conditions but for tenure; one that the route does not ask stands against nobody."""
        words = {
            "surely_holds": _surely_holds(rule),
            "honour": _honour(rule),
            "out_of_service": among("service", rule.words("out_of_service")),
            "area": "NULL" if rule.area is None else literal(rule.area),
            "serving_posts": among("post", rule.words("serving_posts_skill_to_title" if rule.to_title else "serving_posts_title_to_skill")),
            "foreman": f"post = {literal(MANAGEMENT_POST)} AND may_be_frontline" if _foremen_may_serve(rule) else "false",
            "floor": level("skill_level", rule.floor),
            "assessments": self._assessments_sql(rule),
            "all_series": "true" if rule.to_title or rule.needs is None else f"all_series_{_serving(rule)}",
            "any_series": "true" if rule.to_title or rule.needs is None else f"any_series_{_serving(rule)}",
            "untitled": _untitled(rule) if rule.untitled else "false",
            "possible_skill": _possible("skill", rule),
        }
        expressions = condition_expressions()
        return {name: fill_template(expressions[name], words) if rule.asks(name) else "true" for name in CONDITIONS if name != "tenure"}

    def _assessments_sql(self, rule: RouteRule) -> str:
        if not rule.asks("assessments"):
            return "true"
        name = f"assessments_{self._assessed(rule)}"
        if rule.setting("current_post_assessments") == "verify":  # 在现工作岗位上: those of an earlier post are not of this one
            return f"CASE WHEN post_changed_{self._assessed(rule)} AND {name} THEN NULL ELSE {name} END"
        return name

    def _notes(self, rule: RouteRule) -> dict[str, str]:
        """The notes that no condition makes."""
        changed = f"post_changed_{self._assessed(rule)}" if rule.asks("assessments") else "false"
        noted = f"{among('service', [one for one in NOTED_SERVICE if one not in rule.words('out_of_service')])} AND service_begun IS DISTINCT FROM false"
        own = {
            "relation": "NOT title_related" if rule.relation else "false",
            "held_unknown": _held_unknown(rule),
            "theory_exam": "false" if rule.to_title else "studied AND NOT study_related",
            "theory_exam_exempt": "false" if rule.to_title else "studied AND study_related",
            "post_changed": changed if rule.setting("current_post_assessments") == "review" else "false",
            "service_noted": f"coalesce({noted}, false)" if rule.asks("in_service") else "false",
        }
        assert set(own) == {name for name in NOTES if not name.endswith("_unknown") or name == "held_unknown"}
        return own

    def _settings(self, rule: RouteRule) -> dict[str, str]:
        """Whether the verdict rests on each of `PERSONAL_SETTINGS`."""
        rests = dict.fromkeys(PERSONAL_SETTINGS, "false") | {"award_day_credential_held": "rests_on_award_day"}
        own = track_of(rule)
        if rule.needs is not None:
            rests["higher_level_serves"] = f"{_possible(own, rule)} > {_needs(rule)}"
            rests["nothing_known_before"] = f"{own}_dated_later" if rule.to_title else "title_dated_later OR skill_dated_later"
        if rule.untitled:
            rests["promotion_without_title" if rule.next else "professionals_without_title"] = "may_be_untitled"
        if rule.asks("assessments"):
            number = self._assessed(rule)
            rests["last_year_ungraded"] = f"assessments_{number} IS NULL"
            rests["short_service"] = f"assessments_{number} IS NULL AND work_start_lo > {BEFORE_ALL}"
            rests["current_post_assessments"] = f"post_changed_{number}"
        if rule.asks("in_service"):
            rests["out_of_service"] = f"coalesce(service <> {literal(IN_SERVICE)}, false)"
        if rule.asks("post"):
            rests["management_post_on_frontline"] = f"coalesce(post = {literal(MANAGEMENT_POST)} AND may_be_frontline, false)"
        return rests | (_rests_of_years(rule) if rule.years else {})


@cache
def condition_expressions() -> Mapping[str, str]:
    """The expression of each condition by its name, as 4_conditions.sql has them."""
    parts = re.split(r"^-- (\w+): .*$", script("4_conditions.sql"), flags=re.MULTILINE)
    found = {name: text.strip().replace("\n", "\n                ") for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    assert set(found) == set(CONDITIONS) - {"tenure"}
    return found


def _needs(rule: RouteRule) -> str:
    assert rule.needs is not None
    return level("skill_level" if rule.to_title else "title_level", rule.needs)


def _possible(what: str, rule: RouteRule) -> str:
    """The column of the highest level that may be held, by what counts of a credential that is dated after the as-of day."""
    return f"possible_{what}" + ("_told" if rule.setting("nothing_known_before") == "none" else "")


def _foremen_may_serve(rule: RouteRule) -> bool:
    return rule.setting("management_post_on_frontline") == "verify"


def _honour(rule: RouteRule) -> str:
    """Whether an honour of a list that serves is held; null where one may be."""
    return " OR ".join(f"honour_{number}" for number in rule.honour_lists) or "true"


def _untitled(rule: RouteRule) -> str:
    """Who has no title, as a professional (四（一）)."""
    return f"(may_be_untitled AND coalesce({among('person_category', rule.untitled)}, false))"


def _in_play(rule: RouteRule) -> str:
    """Who holds, or may hold, what the route needs."""
    if rule.honour_lists:
        return f"coalesce({_honour(rule)}, true)"
    holds = _serves("any", rule) if _by_the_very_level(rule) else f"{_possible(track_of(rule), rule)} >= {_needs(rule)}"
    if rule.untitled:
        holds = f"({holds} OR {_untitled(rule)})"
    if rule.certificate:
        holds += f" AND {_possible('certificate', rule)} >= {level('skill_level', rule.certificate)}"
    return holds


def _surely_holds(rule: RouteRule) -> str:
    """Who surely holds it."""
    if rule.needs is None:
        return "true"
    holds = _serves("all", rule) if _by_the_very_level(rule) else f"sure_{track_of(rule)} >= {_needs(rule)}"
    if rule.untitled:  # without a title or with that: both are on the route
        or_none = f"coalesce(all_{_serving(rule, 'or_none')}, true)" if rule.exactly else _lowest_or_none(rule)
        holds = f"({holds} OR ({_untitled(rule)} AND {or_none}))"
    if rule.certificate:
        holds += f" AND sure_certificate >= {level('skill_level', rule.certificate)}"
    return holds


def _lowest_or_none(rule: RouteRule) -> str:
    """That what may be held is nothing, or the title needed or above: always so where that is the lowest there is."""
    return "true" if rule.needs == TITLES[0] else f"{_possible('title', rule)} = {level('title_level', NOTHING)}"


def _by_the_very_level(rule: RouteRule) -> bool:
    return rule.exactly or not rule.setting("higher_level_serves")


def _serving(rule: RouteRule, *parts: str) -> str:
    return reading_name("_".join((serving_name(rule), *parts)), str(rule.setting("nothing_known_before")))


def _serves(over: str, rule: RouteRule) -> str:
    """Whether, in any or in all that may be so, the very level is held."""
    return f"coalesce({over}_{_serving(rule)}, false)"


def _target(rule: RouteRule) -> str:
    if rule.next:
        return f"CASE WHEN {_present_is_known(rule)} THEN {_next_target(rule)} END"
    if rule.target is None:
        return "NULL::target"
    return level("target", rule.target if rule.to_title else SKILL_WORDS[SKILLS.index(rule.target)])


def _present_is_known(rule: RouteRule) -> str:
    """Whether it is known which the present certificate is."""
    return f"sure_certificate = {_possible('certificate', rule)}"


def _next_target(rule: RouteRule) -> str:
    """The level above the present certificate's, up to the highest that the route leads to."""
    assert rule.highest is not None
    most = SKILLS.index(rule.highest)
    steps = {word: SKILL_WORDS[min(place, most)] for place, word in enumerate(SKILL_LADDER)}
    whens = " ".join(f"WHEN {level('skill_level', word)} THEN {literal(target)}" for word, target in steps.items())
    return f"CASE sure_certificate {whens} END::target"


def _aim(rule: RouteRule) -> str | None:
    """The level from which on nothing is left to reach; None where another rule says what is reached."""
    word = rule.highest if rule.next else rule.target
    return None if word is None else level("title_level" if rule.to_title else "skill_level", word)


def _held(rule: RouteRule) -> str:
    aim = _aim(rule)
    return "false" if aim is None else f"{'sure_engineering' if rule.to_title else 'sure_certificate'} >= {aim}"


def _held_unknown(rule: RouteRule) -> str:
    aim = _aim(rule)
    if aim is None:
        return "false"
    what, not_told = ("engineering", "title_not_told") if rule.to_title else ("certificate", "skill_not_told")
    return f"NOT ({_held(rule)}) AND ({_possible(what, rule)} >= {aim} OR {not_told})"


def _rests_of_years(rule: RouteRule) -> dict[str, str]:
    """Which settings the years rest on."""
    since_first, since_last = since(rule)
    years = years_of(rule)
    rests = {"partial_dates": "false" if years is None else f"{years.name}_partial"}
    if rule.since != "credential":
        return rests
    if rule.needs is not None:
        own = track_of(rule)
        rests["earliest_credential_counts"] = f"{_possible(own, rule)} > {_needs(rule)}"
    if years is not None:
        rests["undated_lower_level"] = f"{years.name}_untold AND {since_last} IS NOT NULL"
    if rule.setting("related_work_start_counts"):
        rests["partial_dates"] += f" OR coalesce(work_start_lo <> work_start_hi AND work_start_hi > {since_first}, false)"
        later = f"({since_last} IS NOT NULL AND coalesce(work_start_hi > {since_last}, true))"
        rests["related_work_start_counts"] = f"coalesce(work_start_lo > {since_first}, false) OR {later}"
    if rule.setting("interruptions_added"):
        rests["interruptions_added"] = "away_months IS DISTINCT FROM 0"
    return rests
