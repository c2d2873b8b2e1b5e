"""The routes of a policy as SQL: their figures put into rules/evaluation/sql/2_standing.sql to 4_told.sql, where they are constants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from guantong.rules.evaluation.compile_policy import BITS
from guantong.schemas.sql_text import among, fill_template, texts_list

Row = Mapping[str, object]
# The lowest and the highest rank that a roster gives a history of dates for, by direction.
_HISTORY = {"skill-to-title": (3, 5), "title-to-skill": (2, 4)}


def standing_sql(template: str, conditions: str, routes: list[Row], honours: Mapping[int, list[str]], floor_rank: int) -> str:
    """``template`` with what the ``routes`` (rows of the table ``routes``, rules/evaluation/compile_policy.py) ask of each person.

    ``conditions``: the template of what a group of routes asks.
    """
    words = {"floor_rank": str(floor_rank)}
    lists = [
        f"CASE WHEN len(list_filter(honours, lambda h: {among('h', names)})) > 0 THEN {1 << number} ELSE 0 END"
        for number, names in honours.items()
    ]
    words["lists"] = f"CASE WHEN honours IS NULL THEN 0 ELSE {' | '.join(lists) or 0} END"
    for direction in _HISTORY:
        own = [route for route in routes if route["direction"] == direction]
        groups = {route["group_no"]: route for route in own}
        rules = {group["rule_no"]: group for group in groups.values() if _asks_assessments(group)}
        name = direction.replace("-", "_")
        words[f"{name}_assessments"] = " ".join(f"{_graded(rule, 'passing_grades')} AS passed_{number}," for number, rule in rules.items())
        words[f"{name}_least"] = str(min((route["need_rank"] for route in own if route["need_rank"] is not None), default="NULL"))
        words[f"{name}_days"] = " ".join(f"{day}," for day in sorted({day for route in own for day in _days(route)}))
        words[f"{name}_conditions"] = "\n".join(fill_template(conditions, _group(group)) for group in groups.values())
    entering = {f"professional_{route['entry_no']}": route["professionals"] for route in routes if route["or_no_title"]}
    words["professionals"] = " ".join(f"{among('person_category', categories)} AS {name}," for name, categories in entering.items())
    words["professional_columns"] = " ".join(f"{name}," for name in entering)
    words["professional"] = among("person_category", sorted({one for categories in entering.values() for one in categories}))
    return fill_template(template, words)


class RouteTemplates(NamedTuple):
    """The templates of a route's verdicts: all of it, what routes with years ask besides, the outcome, and what is told beside it."""

    route: str
    years: str
    outcome: str
    told: str


def route_sql(templates: RouteTemplates, route: Row, told: str | None = None) -> str:
    """The query of the verdicts of ``route``. ``told``: what to tell beside the outcome, in the place of the template's."""
    parts = {
        "tenure": templates.years if route["years"] else "SELECT *, 0 AS tenure_not_met, 0 AS tenure_unknown FROM in_play",
        "outcome": templates.outcome,
        "told": templates.told if told is None else told,
    }
    return fill_template(fill_template(templates.route, parts), _figures(route))


def outcome_sql(templates: RouteTemplates, route: Row) -> str:
    """The outcome alone, as `route_sql` has it."""
    return fill_template(templates.outcome, _figures(route))


def _figures(route: Row) -> dict[str, str]:
    words = {name: str(value) for name, value in route.items() if isinstance(value, int)}  # words only where a part below puts them
    for part in (_in_play, _tenure, _verdict):
        words |= part(route)
    return words


def _asks_assessments(route: Row) -> bool:
    return bool(route["conditions"] & BITS["assessments"])


def _graded(rule: Row, grades: str) -> str:
    """How many of the years that count have one of the rule's ``grades``."""
    years = f"a.year BETWEEN {rule['first_year']} AND {rule['last_year']}"
    return f"len(list_filter(assessments, lambda a: {years} AND list_contains({texts_list(rule[grades])}, a.grade)))"


def _group(group: Row) -> dict[str, str]:
    """The conditions of a group of routes that ask the same; posts and assessments are unlike from group to group."""
    passed = f"passed_{group['rule_no']} >= {group['assessment_years']}"  # a year has one grade: where all pass, none fails
    asked, failed = _asks_assessments(group), _graded(group, "failing_grades")
    return {
        **{name: str(group[name]) for name in ("group_no", "conditions")},
        "post_not_met": f"CASE WHEN post IS NULL THEN 0 WHEN {among('post', group['posts'])} THEN 0 ELSE 4 END",
        "assessments_not_met": f"CASE WHEN {passed} THEN 0 WHEN {failed} > 0 THEN 64 ELSE 0 END" if asked else "0",
        "assessments_unknown": f"CASE WHEN {passed} THEN 0 ELSE 64 END" if asked else "0",
    }


def _in_play(route: Row) -> dict[str, str]:
    """Who holds what the route needs: the honour, or the level (and the other track's); or has no title, as a professional."""
    if route["honour_list"] is not None:
        holds = f"(lists >> {route['honour_list']}) & 1 = 1"
    else:
        holds = f"own_rank BETWEEN {route['need_rank']} AND {route['most_rank']}"
        if route["need_other"] is not None:
            holds += f" AND held_rank >= {route['need_other']}"
        if route["or_no_title"]:
            holds = f"({holds}) OR (own_rank = 0 AND professional_{route['entry_no']})"
    return {"table": route["direction"].replace("-", "_"), "in_play": holds}


def _days(route: Row) -> list[str]:
    """The columns of 2_standing.sql that the route's years are reckoned by."""
    name = _credential_day(route)
    return ["main_lo", *(f"{name}_{end}" for end in ("lo", "hi") if name)] if route["years"] else []


def _credential_day(route: Row) -> str | None:
    """The credential's day: of the rank needed or above the earliest that is known, or the present one's, or the certificate's."""
    need, (lowest, highest) = route["need_rank"], _HISTORY[route["direction"]]
    if route["own_certificate"]:
        return "certificate"
    if not route["earliest"]:
        return "main"
    if need is None:
        return None
    return f"since_{max(need, lowest)}" if need <= highest else "main"


def _credential(route: Row) -> dict[str, str]:
    name = _credential_day(route)
    made = {f"credential_{end}": f"{name}_{end}" if name else "NULL::DATE" for end in ("lo", "hi")}
    if route["or_no_title"] and route["earliest"]:
        return {end: f"CASE WHEN own_rank >= {route['need_rank']} THEN {day} END" for end, day in made.items()}
    return made


def _start(route: Row) -> dict[str, str]:
    """When the years begin: with the credential, or with the later start of related work where the roster gives one (五（一）)."""
    if not route["related_work"]:
        return {"start_lo": "credential_lo", "start_hi": "credential_hi"}
    return {  # unknown unless both are known; greatest() would pass over NULL
        f"start_{end}": f"CASE WHEN credential_{end} >= work_start_{end} THEN credential_{end}"
        f" WHEN credential_{end} < work_start_{end} THEN work_start_{end} END"
        for end in ("lo", "hi")
    }


def _tenure(route: Row) -> dict[str, str]:
    """The months asked for, those away added, and whether they are full on the as-of day."""
    if not route["years"]:
        return {"ready_on": "NULL::DATE", "tenure_settings": "0"}
    months = route["years"] * 12
    ends = {"latest": ("start_hi", "start_hi"), "earliest": ("start_lo", "start_lo")}.get(route["partial_dates"], ("start_lo", "start_hi"))
    day = "getvariable('as_of')"
    changed = ["0" if route["own_certificate"] else "CASE WHEN credential_lo IS DISTINCT FROM main_lo THEN 2 ELSE 0 END"]
    changed += ["CASE WHEN start_lo IS DISTINCT FROM credential_lo THEN 4 ELSE 0 END"] if route["related_work"] else []
    changed += ["CASE WHEN away_months IS DISTINCT FROM 0 THEN 8 ELSE 0 END"] if route["interruptions"] else []
    changed += ["CASE WHEN start_lo <> start_hi THEN 16 ELSE 0 END"]
    return (
        _credential(route)
        | _start(route)
        | {
            "months": f"{months} + away_months" if route["interruptions"] else str(months),
            "ready_from_lo": ends[0],
            "ready_from_hi": ends[1],
            "tenure_not_met": f"CASE WHEN {day} >= ready_hi THEN 0 WHEN {day} < ready_lo THEN 256 ELSE 0 END",
            "tenure_unknown": f"CASE WHEN {day} >= ready_hi THEN 0 WHEN {day} < ready_lo THEN 0 ELSE 256 END",
            "ready_on": "ready_hi",
            "tenure_settings": " | ".join(changed),
        }
    )


def _verdict(route: Row) -> dict[str, str]:
    """The target, the outcome where all is met, and the notes and settings that the route itself brings."""
    skilled = route["direction"] == "skill-to-title"
    settings = (512 if skilled else 1024) | (32 + 64 + 128 + 256 if _asks_assessments(route) else 0)
    settings |= 2048 + 4096 if route["honour_list"] is not None else 0
    target = "NULL::INTEGER" if route["target_rank"] is None else str(route["target_rank"])
    related = "CASE WHEN title_related THEN 0 ELSE 512 END" if route["relation"] else "0"
    return {
        "aim": f"least(held_rank + 1, {route['highest_rank']})" if route["target_next"] else target,
        "good": "1" if route["refers"] else "0",
        "settings": str(settings),
        "need_rank_or_none": "NULL" if route["need_rank"] is None else str(route["need_rank"]),
        "no_title_settings": "CASE WHEN own_rank = 0 THEN 8192 ELSE 0 END" if route["or_no_title"] else "0",
        "notes": related if skilled else f"{related} | study_note",
    }
