"""Which values a setting may take: no word that the readers never make of a cell."""

from __future__ import annotations

from guantong.rules.vocabulary import MOST_YEARS, RETROSPECTIVE, SETTINGS
from guantong.schemas import catalogue
from guantong.schemas.values.grades import read_grade

# The field whose words a list holds.
_FIELDS = {
    "passing_grades": "assessment",
    "failing_grades": "assessment",
    "serving_posts_skill_to_title": "post",
    "serving_posts_title_to_skill": "post",
    "professionals_without_title": "person_category",
    "out_of_service": "service",
}
_KINDS = {bool: "true 或 false", int: "整数", list: "若干词的列表（list）"}


def bad_value(name: str, value: object) -> str | None:
    """What is wrong with a value of a setting, with what is allowed; None where nothing is."""
    allowed = (SETTINGS | RETROSPECTIVE)[name]
    if isinstance(allowed, tuple):
        return None if value in allowed else f"应为 {'、'.join(allowed)} 之一，写的是 {value!r}"
    if not isinstance(value, allowed) or (allowed is int and isinstance(value, bool)):
        return f"应为{_KINDS[allowed]}，写的是 {value!r}"
    if isinstance(value, int) and not 0 <= value <= MOST_YEARS:
        return f"应在 0 至 {MOST_YEARS} 之间，写的是 {value}"
    return _bad_words(_FIELDS[name], value) if isinstance(value, list) else None


def _bad_words(field: str, words: list[str]) -> str | None:
    if field == "assessment":  # any word of an enterprise's own, as a cell with it is read
        return next((problem for word in words if (problem := _bad_grade(word))), None)
    known = catalogue.canonical_words(catalogue.fields()[field])
    unknown = [word for word in words if word not in known]
    return f"花名册里没有“{'、'.join(unknown)}”；可用的有 {'、'.join(known)}" if unknown else None


def _bad_grade(word: str) -> str | None:
    read_as = read_grade(word)
    if read_as is None:
        return f"花名册里的“{word}”不会读作考核等次；应是一个词，不超过12字"
    return f"花名册里的“{word}”读作“{read_as}”，请写“{read_as}”" if read_as != word else None
