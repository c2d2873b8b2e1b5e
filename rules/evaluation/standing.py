"""How people stand, as SQL: what they hold, since when, and what else the routes of a policy ask; rules/evaluation/sql/3_*.sql filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from guantong.rules.evaluation.compile_policy import RouteRule, SettingValue
from guantong.rules.evaluation.scripts import template
from guantong.rules.evaluation.types import SKILL_LADDER, TITLE_LADDER, level
from guantong.rules.vocabulary import CONDITIONS, DIRECTIONS, SKILL_TO_TITLE
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
_PRESENT = {
    "certificate": "of_present_occupation AND skill_sure = sure_certificate AND skill_sure > '无'::skill_level",
    "present_skill": "skill_sure = sure_skill AND skill_sure > '无'::skill_level",
    "present_title": "title_sure = sure_title AND title_sure > '无'::title_level",
}
_JOIN_PRESENT = {"skill": " LEFT JOIN present USING (pid)", "title": " LEFT JOIN present AS p ON p.pid = f.pid"}
_WINDOW = ("assessment_years", "assessment_year_included", "passing_grades", "failing_grades", "last_year_ungraded", "short_service")


def facts_sql(as_of: dt.date | None) -> str:
    """The view facts, as of a day; None: of each person's own, in the columns of rows that a retrospective audit makes."""
    own = ("as_of", "policy_no", "rests_on_award_day", "skill_counts_before", "title_counts_before")
    if as_of is None:
        words = dict(zip(own, own, strict=True))
    else:
        day, after = date_literal(as_of), f"({date_literal(as_of)} + 1)::DATE"
        words = dict(zip(own, (day, "NULL::INTEGER", "false", after, after), strict=True))
    words |= {"judged": " AND as_of IS NOT NULL" if as_of is None else "", "recent_years": str(RECENT_YEARS)}
    return fill_template(template("1_facts.sql"), words)


def held_sql(rules: Sequence[RouteRule]) -> str:
    """The table held, with the needed levels of ``rules``."""
    asked = since_asked(rules)
    of_levels = {needs: _of_level(direction, needs) for direction, needs, _ in asked}
    return fill_template(
        template("3_held.sql"),
        {"of_levels": "".join(of_levels.values()), "since": "".join(_since(*one) for one in asked)},
    )


def standing_sql(rules: Sequence[RouteRule], policy_no: int | None) -> str:
    """The tables standing_skill_to_title and standing_title_to_skill, with what ``rules`` ask, of all people or of those of a policy."""
    words = {
        "of_policy": "" if policy_no is None else f" AND policy_no = {policy_no}",
        "possible_skill": _possible("skill", "skill_level", rules),
        "possible_title": _possible("title", "title_level", rules),
        "untitled": _untitled(rules),
        "possible_engineering": _possible("engineering", "title_level", rules),
        "possible_certificate": _possible("certificate", "skill_level", rules),
        "honours": "".join(f"{_honour(names)} AS honour_{number},\n    " for number, names in _honours(rules).items()),
        "professional": among("person_category", sorted({word for rule in rules for word in rule.untitled})),
    }
    for direction in DIRECTIONS:
        own = [rule for rule in rules if rule.direction == direction]
        track = _track(direction)
        words[f"least_{track}"] = _least(direction, own)
        words[f"{track}_since"] = "".join(f"{name}, " for one in since_asked(own) for name in _since_columns(*one))
        present = present_asked(own)
        words[f"{track}_present"] = "".join(f"{name}_lo, {name}_hi, coalesce({name}_untold, true) AS {name}_untold, " for name in present)
        words[f"join_{track}_present"] = _JOIN_PRESENT[track] if present else ""
        words[f"{track}_assessments"] = "".join(map(_assessments, assessment_rules(own)))
        words[f"{track}_unread"] = "".join(f",\n    {_unread(name)} AS {name}_unread" for name in _may_stand_unknown(own))
    return fill_template(template("3_standing.sql"), words)


def present_sql(rules: Sequence[RouteRule]) -> str:
    """The table present, with what ``rules`` ask of it; '' where they ask nothing."""
    asked = present_asked(rules)
    columns = ", ".join(
        f"min(day_lo) FILTER ({_PRESENT[name]}) AS {name}_lo, min(day_hi) FILTER ({_PRESENT[name]}) AS {name}_hi,"
        f" bool_or(day_lo IS NULL) FILTER ({_PRESENT[name]}) AS {name}_untold"
        for name in asked
    )
    which = " OR ".join(_PRESENT[name] for name in asked)
    return fill_template(template("3_present.sql"), {"columns": columns, "which": which}) if asked else ""


def present_asked(rules: Sequence[RouteRule]) -> list[str]:
    """Of which credential the routes' years run from its own day, whatever was held before: `_PRESENT`."""
    return list(dict.fromkeys(name for rule in rules if (name := present_name(rule)) is not None))


def present_name(rule: RouteRule) -> str | None:
    """Which the route's years run from so; None where they run from the level needed, or there are none."""
    if not rule.years:
        return None
    if rule.since == "skill_certificate":
        return "certificate"
    if rule.needs is None or rule.setting("earliest_credential_counts"):
        return None
    return "present_skill" if rule.to_title else "present_title"


def since_name(needs: str, settings: Callable[[str], SettingValue]) -> str:
    """The columns since when ``needs`` is held are called this, with _first and _last: by how the settings read it."""
    readings = [settings("partial_dates"), settings("undated_lower_level")]
    return "_".join(["since", needs, *(str(one) for one in readings if one not in ("interval", "unknown"))])


def since_asked(rules: Sequence[RouteRule]) -> list[tuple[str, str, tuple[str, str]]]:
    """(direction, level, (partial_dates, undated_lower_level)) of the routes whose years run from a level, each once."""
    asked = [
        (rule.direction, rule.needs, (str(rule.setting("partial_dates")), str(rule.setting("undated_lower_level"))))
        for rule in rules
        if rule.years and rule.needs is not None and present_name(rule) is None
    ]
    return list(dict.fromkeys(asked))


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


def _of_level(direction: str, needs: str) -> str:
    return fill_template(template(f"3_since_{_track(direction)}.sql"), {"level": _typed(direction, needs), "name": needs})


def _since_columns(direction: str, needs: str, readings: tuple[str, str]) -> list[str]:
    name = since_name(needs, dict(zip(("partial_dates", "undated_lower_level"), readings, strict=True)).__getitem__)
    return [f"{name}_first", f"{name}_last", f"{name}_untold"]


def _since(direction: str, needs: str, readings: tuple[str, str]) -> str:
    """The first and the last day on which ``needs`` may have been reached, and whether the first is that of a lower level, or of none."""
    partial, undated = readings
    first_end, last_end = {"interval": ("lo", "hi"), "earliest": ("lo", "lo"), "latest": ("hi", "hi")}[partial]
    first, last, untold = _since_columns(direction, needs, readings)
    told, surely, below = f"{needs}_may_be_{first_end}", f"{needs}_surely_{last_end}", f"{needs}_below_{first_end}"
    if undated == "from_higher":
        return f",\n    {told} AS {first}, {surely} AS {last}, false AS {untold}"
    from_below = f"CASE WHEN {below} IS NULL THEN DATE '-infinity' ELSE least({below}, {surely}) END"
    return f",\n    CASE WHEN {needs}_untold THEN {from_below} ELSE {told} END AS {first}, {surely} AS {last}, {needs}_untold AS {untold}"


def _possible(what: str, kind: str, rules: Sequence[RouteRule]) -> str:
    """The highest level that may be held, with and without what a credential dated after the as-of day says, as the rules read that."""
    readings = {"unknown": f"possible_{what}", "none": f"possible_{what}_told"}
    asked = sorted({str(rule.setting("nothing_known_before")) for rule in rules}, reverse=True)
    return ", ".join(f"coalesce({readings[one]}, {level(kind, '无')}) AS {readings[one]}" for one in asked)


def _untitled(rules: Sequence[RouteRule]) -> str:
    """Who has no title, and is not said to have one by a cell that can't be read: by what the rules make of one dated after the as-of day."""
    none, readable = level("title_level", "无"), "title_state NOT IN ('absent', 'unknown', 'either')"
    asked = sorted({"_told" if rule.setting("nothing_known_before") == "none" else "" for rule in rules})
    return ", ".join(f"coalesce(possible_title{told}, {none}) = {none} AND {readable} AS untitled{told}" for told in asked)


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
