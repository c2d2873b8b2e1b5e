"""How people stand, as SQL: what they hold, since when, and what else the routes of a policy ask; rules/evaluation/sql/3_*.sql filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from guantong.rules.evaluation.compile_policy import RouteRule, SettingValue
from guantong.rules.evaluation.held import certificate_columns, engineering_columns, standing_columns
from guantong.rules.evaluation.scripts import template
from guantong.rules.evaluation.types import SKILL_LADDER, TITLE_LADDER, level
from guantong.rules.vocabulary import CONDITIONS, DIRECTIONS, NOTHING, SKILL_TO_TITLE
from guantong.schemas.sql_text import among, date_literal, fill_template, literal, texts_list

RECENT_YEARS = 3  # that one word of 近三年年度考核 is about
# The fields that a condition is read from, but for those of assessments.
READ_FROM = {
    "integrity": ("integrity",),
    "in_service": ("service",),
    "area": ("city",),
    "post": ("post",),
    "frontline": ("frontline",),
    "field": ("engineering_field",),
    "skill_floor": ("skill",),
    "series": ("title", "title_series"),
    "tenure": (
        "skill_date", "skill_3_date", "skill_4_date", "skill_5_date", "title_date", "title_2_date", "title_3_date", "title_4_date",
        "work_start", "away_months",
    ),
}  # fmt: skip
_WINDOW = ("assessment_years", "assessment_year_included", "passing_grades", "failing_grades", "last_year_ungraded", "short_service")


def facts_sql(as_of: dt.date | None) -> str:
    """The view facts, as of a day; None: of each person's own, in the columns of rows that a retrospective audit makes."""
    own = ("as_of", "policy_no", "rests_on_award_day")
    words = dict(zip(own, own if as_of is None else (date_literal(as_of), "NULL::INTEGER", "false"), strict=True))
    words |= {"judged": " AND as_of IS NOT NULL" if as_of is None else "", "recent_years": str(RECENT_YEARS)}
    return fill_template(template("1_facts.sql"), words)


def standing_sql(rules: Sequence[RouteRule], policy_no: int | None) -> str:
    """The tables standing_skill_to_title and standing_title_to_skill, with what ``rules`` ask, of all people or of those of a policy."""
    words = {
        "of_policy": "" if policy_no is None else f" AND policy_no = {policy_no}",
        "honours": "".join(f"{_honour(names)} AS honour_{number},\n    " for number, names in _honours(rules).items()),
        "professional": among("person_category", sorted({word for rule in rules for word in rule.untitled})),
    }
    for direction in DIRECTIONS:
        own = [rule for rule in rules if rule.direction == direction]
        track = _track(direction)
        words[f"least_{track}"] = _least(direction, own)
        words[f"{track}_columns"] = _coalesced(standing_columns(own) or [f"sure_{track}", f"{track}_dated_later"])
        beside = engineering_columns(own) if track == "skill" else certificate_columns(own)
        words["engineering_columns" if track == "skill" else "certificate_columns"] = _coalesced(beside)
        words[f"{track}_assessments"] = "".join(map(_assessments, assessment_rules(own)))
        words[f"{track}_unread"] = "".join(f",\n    {_unread(name)} AS {name}_unread" for name in _may_stand_unknown(own))
    return fill_template(template("3_standing.sql"), words)


def assessment_rules(rules: Sequence[RouteRule]) -> list[tuple[int, RouteRule]]:
    """The rules of assessments among ``rules``, numbered, each by one route that has it."""
    found: dict[tuple[SettingValue, ...], RouteRule] = {}
    for rule in rules:
        if rule.asks("assessments"):
            found.setdefault(assessment_key(rule), rule)
    return [(number, rule) for number, rule in enumerate(found.values())]


def assessment_key(rule: RouteRule) -> tuple[SettingValue, ...]:
    """What tells one rule of assessments from another."""
    return tuple(rule.setting(name) for name in _WINDOW)


def _track(direction: str) -> str:
    return "skill" if direction == SKILL_TO_TITLE else "title"


def _typed(direction: str, word: str) -> str:
    return level("skill_level" if direction == SKILL_TO_TITLE else "title_level", word)


def _coalesced(names: Iterable[str]) -> str:
    """Columns of what is held, for who holds nothing too."""
    return ",\n    ".join(_of_who_holds_nothing(name) for name in names)


def _of_who_holds_nothing(name: str) -> str:
    if name.startswith(("sure_", "possible_")):
        kind = (
            "skill_level"
            if name.startswith(("sure_skill", "possible_skill", "sure_certificate", "possible_certificate"))
            else "title_level"
        )
        return f"coalesce({name}, {level(kind, NOTHING)}) AS {name}"
    return f"coalesce({name}, false) AS {name}" if name.endswith("_dated_later") else name


def _honours(rules: Sequence[RouteRule]) -> dict[int, tuple[str, ...]]:
    asked = {number for rule in rules for number in rule.honour_lists}
    return {number: names for rule in rules for number, names in rule.honours if number in asked}


def _honour(names: Iterable[str]) -> str:
    """Whether an honour is one of a list: null where one may be."""
    listed = texts_list(names)
    return f"CASE WHEN list_has_any(honours, {listed}) THEN true WHEN list_has_any(honours_in_doubt, {listed}) THEN NULL ELSE false END"


def _least(direction: str, rules: Sequence[RouteRule]) -> str:
    """The lowest level that a route needs; null where none needs one."""
    ladder = SKILL_LADDER if direction == SKILL_TO_TITLE else TITLE_LADDER
    needed = [rule.needs for rule in rules if rule.needs is not None]
    return _typed(direction, min(needed, key=ladder.index)) if needed else "NULL"


def _assessments(numbered: tuple[int, RouteRule]) -> str:
    number, rule = numbered
    last = "year(as_of)" if rule.setting("assessment_year_included") else "year(as_of) - 1"
    first = f"{last} - {rule.number('assessment_years') - 1}"
    words = {
        "number": str(number),
        "first_year": first,
        "last_year": last,
        "passes": among("told.grade", rule.words("passing_grades")),
        "fails": among("told.grade", rule.words("failing_grades")),
        "years": str(rule.number("assessment_years")),
        "years_served": "",
    }
    return fill_template(template("3_assessments.sql"), words)


def _may_stand_unknown(rules: Sequence[RouteRule]) -> list[str]:
    """The conditions of which an unknown fact may let a verdict stand, so that it matters whether the cell is blank."""
    stands = {name for rule in rules for name in rule.conditions if rule.unknown_effect(name) in ("review", "ignore")}
    return [name for name in CONDITIONS if name in stands and (name in READ_FROM or name == "assessments")]


def _unread(condition: str) -> str:
    if condition == "assessments":
        return "coalesce(len(list_filter(unread, lambda field: starts_with(field, 'assessment'))) > 0, false)"
    fields = ", ".join(literal(field) for field in READ_FROM[condition])
    return f"coalesce(list_has_any(unread, [{fields}]), false)"
