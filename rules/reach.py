"""What an interpretation can reach: the routes, and the people, whose verdicts its alternative may change.

Everything here errs on the wide side: who is not reached keeps each verdict, who is reached may keep it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from guantong.rules.policy import Policy, Route

_LEVELS = ("skill_date", "skill_3_date", "skill_4_date", "skill_5_date", "title_date", "title_2_date", "title_3_date", "title_4_date")
_TIMED = ("earliest_credential_counts", "related_work_start_counts", "interruptions_added", "partial_dates")


def routes_of(policy: Policy, setting: str) -> list[Route]:
    """The routes whose verdicts may depend on a setting of the policy, or on what an unknown fact does (``unknown.post``)."""
    can = _can(setting)
    return [route for route in policy.document.routes if setting not in route.settings and can(route)]


def _can(setting: str) -> Callable[[Route], bool]:
    if setting.startswith("unknown."):
        condition = setting.removeprefix("unknown.")
        return lambda route: route.years > 0 if condition == "tenure" else condition in route.conditions
    if setting in _TIMED:
        return lambda route: route.years > 0
    if setting.startswith(("assessment_", "passing_", "failing_")):
        return lambda route: "assessments" in route.conditions
    if setting.startswith("serving_posts_"):
        direction = setting.removeprefix("serving_posts_").replace("_", "-")
        return lambda route: route.direction == direction and "post" in route.conditions
    if setting.startswith("honours_waive_"):
        return lambda route: route.needs.honours is not None
    if setting == "professionals_without_title":
        return lambda route: route.needs.or_no_title
    return lambda _: True


def moves(setting: str) -> bool:
    """Whether others may be on a route under the setting's alternative than are now."""
    return setting in ("higher_level_serves", "professionals_without_title")


def people_of(policy: Policy, setting: str, other: object, routes: Iterable[Route]) -> str:
    """The SQL condition of the people whose verdicts on ``routes`` may change where a setting goes to ``other``.

    It is on the columns of facts.parquet, and on two tables of the verdicts as they are: told (pid, route), of which reached_routes has
    the ``routes``, and doubts (pid, condition), what is unknown.
    """
    if setting.startswith("unknown."):
        return _doubted(setting.removeprefix("unknown."))
    told = _told(setting, policy.setting(setting), other, routes)
    if moves(setting):
        return told
    return f"({told}) AND pid IN (SELECT pid FROM told SEMI JOIN reached_routes USING (route))"


def _told(setting: str, now: object, other: object, routes: Iterable[Route]) -> str:
    """What the roster must tell of those whom it can matter to."""
    if setting == "partial_dates":
        # read as an interval, a date matters otherwise only where the day falls inside
        return _doubted("tenure") if now == "interval" else " OR ".join(f"{name}_lo <> {name}_hi" for name in (*_LEVELS, "work_start"))
    if setting == "related_work_start_counts":
        return "work_start_state IS DISTINCT FROM 'blank'"
    if setting == "interruptions_added":
        return "away_months_state = 'unknown' OR away_months IS DISTINCT FROM 0"
    if setting == "earliest_credential_counts" and not any(route.needs.honours or route.needs.or_no_title for route in routes):
        return f"coalesce({', '.join(f'{name}_lo' for name in _LEVELS if name not in ('skill_date', 'title_date'))}) IS NOT NULL"
    if setting in ("passing_grades", "failing_grades"):
        return f"list_has_any(list_transform(assessments, lambda one: one.grade), {_words(set(now) ^ set(other))})"
    if setting.startswith("serving_posts_"):
        return f"list_contains({_words(set(now) ^ set(other))}, post)"
    if setting == "professionals_without_title":
        return f"list_contains({_words(set(now) ^ set(other))}, person_category)"
    return "true"


def _doubted(condition: str) -> str:
    return f"pid IN (SELECT pid FROM doubts WHERE condition = '{condition}')"


def _words(words: set[str]) -> str:
    listed = ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(words))
    return f"[{listed}]::VARCHAR[]"
