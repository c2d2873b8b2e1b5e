"""The words of the rules and their order, once: levels, titles, outcomes, directions, conditions, notes and interpretation settings.

SQL has them as types of the same words (`rules/evaluation/types.py`): a level is compared with a level, never with a number.
"""

from __future__ import annotations

from typing import Literal

# The ladders, the lowest first: rank 1 is the first word.
SKILLS = ("初级工", "中级工", "高级工", "技师", "高级技师", "特级技师", "首席技师")
TITLES = ("技术员", "助理工程师", "工程师", "高级工程师", "正高级工程师")
SKILL_WORDS = ("五级/初级工", "四级/中级工", "三级/高级工", "二级/技师", "一级/高级技师", "特级技师", "首席技师")
NOTHING = "无"  # stands below the first word of a ladder: nothing is held
ENGINEERING = "工程系列"

SKILL_TO_TITLE, TITLE_TO_SKILL = DIRECTIONS = ("skill-to-title", "title-to-skill")
OUTCOMES = ("eligible", "refer", "unverified", "not_yet", "held", "ineligible")  # the best first, as a person's summary takes them
NO_ROUTE = "no_route"  # of a person's summary, with no route in play

# Of each condition, in their order, the fields that it is read from, first the one whose cell is to be filled where it is not known.
_OF_THE_CREDENTIAL: dict[str, tuple[str, ...]] = {SKILL_TO_TITLE: ("skill",), TITLE_TO_SKILL: ("title", "title_series", "person_category")}
_OF_THE_YEARS: dict[str, tuple[str, ...]] = {
    SKILL_TO_TITLE: ("skill_date", "skill_3_date", "skill_4_date", "skill_5_date", "work_start", "away_months"),
    TITLE_TO_SKILL: ("title_date", "title_2_date", "title_3_date", "title_4_date", "work_start", "away_months"),
}
CONDITION_FIELDS: dict[str, tuple[str, ...] | dict[str, tuple[str, ...]]] = {
    "credential": _OF_THE_CREDENTIAL,
    "honour": ("honours",),
    "integrity": ("integrity",),
    "in_service": ("service",),
    "area": ("city",),
    "post": ("post",),
    "frontline": ("frontline",),
    "field": ("engineering_field",),
    "skill_floor": ("skill",),
    "assessments": ("assessment",),
    "series": ("title_series", "title"),
    "tenure": _OF_THE_YEARS,
}
CONDITIONS = tuple(CONDITION_FIELDS)


def condition_fields(condition: str, direction: str) -> tuple[str, ...]:
    """The fields that a condition of a direction's routes is read from."""
    fields = CONDITION_FIELDS[condition]
    return fields[direction] if isinstance(fields, dict) else fields


# What an unknown fact does to the verdict: no better than 待核实; it stands, with a note; it stands; it counts as not met.
# A cell that is filled and can't be read is at least ``verify``.
UnknownEffect = Literal["verify", "review", "ignore", "fail"]
# What a verdict asks a human to look at beside what decides it.
NOTES = (
    *(f"{name}_unknown" for name in CONDITIONS),
    "relation", "held_unknown", "theory_exam", "theory_exam_exempt", "post_changed", "service_noted",
)  # fmt: skip
NOTED_SERVICE = (
    "借调",
    "外借",
    "外派",
    "援疆",
    "挂职",
    "长病",
    "离岗创业",
)  # states in which a verdict stands with a note, where not out of service
MANAGEMENT_POST = "管理岗位"
IN_SERVICE = "在岗"

# A type, or the words allowed (rules/policy/setting_values.py says which words a list may hold).
SETTINGS: dict[str, type | tuple[str, ...]] = {
    "higher_level_serves": bool,
    "earliest_credential_counts": bool,
    "related_work_start_counts": bool,
    "interruptions_added": bool,
    "partial_dates": ("interval", "earliest", "latest"),
    "assessment_years": int,
    "assessment_year_included": bool,
    "passing_grades": list,
    "failing_grades": list,
    "serving_posts_skill_to_title": list,
    "serving_posts_title_to_skill": list,
    "honours_waive_skill_floor": bool,
    "honours_waive_assessments": bool,
    "professionals_without_title": list,
    "undated_lower_level": ("unknown", "from_higher"),
    "year_counting": ("anniversary", "calendar_year"),
    "last_year_ungraded": ("verify", "previous_year"),
    "short_service": ("verify", "years_served"),
    "current_post_assessments": ("review", "ignore", "verify"),
    "out_of_service": list,
    "management_post_on_frontline": ("verify", "out"),
    "higher_honour_serves": bool,
    "promotion_without_title": bool,
    "nothing_known_before": ("unknown", "none"),
}
# What a retrospective audit (回溯审核) rests on beside them.
RETROSPECTIVE: dict[str, type | tuple[str, ...]] = {"award_day_credential_held": bool}
MOST_YEARS = 60  # of a route, or of assessments: no career is longer
