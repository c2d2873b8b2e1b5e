"""The words of the rules: levels, titles, conditions, and the interpretation settings with the values that each may take."""

from __future__ import annotations

from guantong.schemas import catalogue

SKILLS = ("初级工", "中级工", "高级工", "技师", "高级技师", "特级技师", "首席技师")
TITLES = ("技术员", "助理工程师", "工程师", "高级工程师", "正高级工程师")
SKILL_WORDS = ("五级/初级工", "四级/中级工", "三级/高级工", "二级/技师", "一级/高级技师", "特级技师", "首席技师")
CONDITIONS = ("integrity", "in_service", "post", "frontline", "field", "skill_floor", "assessments", "series", "tenure")

# A type, or the words allowed; of a list, the words are those that the readers know of a field.
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
}
# What a retrospective audit (回溯审核) rests on beside them.
RETROSPECTIVE: dict[str, type | tuple[str, ...]] = {
    "award_day_credential_held": bool,
    "nothing_known_before": ("unknown", "none"),
}
_FIELDS = {
    "passing_grades": "assessment",
    "failing_grades": "assessment",
    "serving_posts_skill_to_title": "post",
    "serving_posts_title_to_skill": "post",
    "professionals_without_title": "person_category",
}
MOST_YEARS = 60  # of a route, or of assessments: no career is longer


def bad_value(name: str, value: object) -> str | None:
    """What is wrong with a value of a setting, with what is allowed; None where nothing is."""
    allowed = (SETTINGS | RETROSPECTIVE)[name]
    if isinstance(allowed, tuple):
        return None if value in allowed else f"应为 {'、'.join(allowed)} 之一，写的是 {value!r}"
    if not isinstance(value, allowed) or (allowed is int and isinstance(value, bool)):
        return f"应为 {allowed.__name__}，写的是 {value!r}"
    if allowed is int and not 0 <= value <= MOST_YEARS:
        return f"应在 0 至 {MOST_YEARS} 之间，写的是 {value}"
    if allowed is list:
        known = catalogue.canonical_words(catalogue.fields()[_FIELDS[name]])
        if unknown := [word for word in value if word not in known]:
            return f"花名册里没有“{'、'.join(unknown)}”；可用的有 {'、'.join(known)}"
    return None
