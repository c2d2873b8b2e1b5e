"""What makes a policy unclear beside its types: what is missing, not known, not cited, or said both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guantong.rules.vocabulary import CONDITIONS, MOST_YEARS, RETROSPECTIVE, SETTINGS, SKILLS, TITLES, bad_value
from guantong.schemas import catalogue
from guantong.schemas.values.honours import listed_honours

if TYPE_CHECKING:
    from guantong.rules.policy.load import Document, Route

# Conditions and settings that policy files do not have yet.
_LATER = (*list(SETTINGS)[list(SETTINGS).index("undated_lower_level") :], "credential", "honour", "area")


def find_unclear(document: Document) -> list[tuple[tuple, str]]:
    """What is unclear of a policy that its types can't tell: [(where, what is wrong)], first things first."""
    found: list[tuple[tuple, str]] = []
    for name in SETTINGS:
        if name not in document.settings and name in _LATER:
            continue
        if name not in document.settings:
            found.append((("settings",), f"缺少解释口径 {name}"))
            continue
        setting = document.settings[name]
        for part in ("default", "value"):
            if (value := getattr(setting, part)) is not None and (problem := bad_value(name, value)):
                found.append((("settings", name, part), problem))
        found += [(("settings", name, "alternatives"), problem) for value in setting.alternatives if (problem := bad_value(name, value))]
    found += [
        (("settings", name), f"没有这一解释口径；可用的有 {'、'.join(SETTINGS)}") for name in document.settings if name not in SETTINGS
    ]
    found += [(("conditions",), f"缺少条件 {name}") for name in CONDITIONS if name not in (*document.conditions, *_LATER)]
    found += [
        (("conditions", name), f"没有这一条件；可用的有 {'、'.join(CONDITIONS)}") for name in document.conditions if name not in CONDITIONS
    ]
    for number, honours in document.honours.items():
        for at, honour in enumerate(honours):
            if honour not in listed_honours():
                found.append((("honours", number, at), f"荣誉“{honour}”不在 schemas/data/honours.csv 中，花名册里不会被识别"))
    found += _unclear_retrospective(document)
    for name, item in [*document.settings.items(), *document.conditions.items()]:
        group = "settings" if name in document.settings else "conditions"
        found += _uncited(document, (group, name, "clause"), item.clause)
    found += _unclear_equivalents(document)
    for group in ("bring", "not_checked"):
        for direction, items in getattr(document, group).items():
            for at, item in enumerate(items):
                found += _uncited(document, (group, direction, at, "clause"), item.clause)
    found += _both_ways(document)
    return found + _unclear_routes(document)


def _unclear_equivalents(document: Document) -> list[tuple[tuple, str]]:
    """Words that stand for others: both are those that rosters are read by."""
    classes = catalogue.canonical_words(catalogue.fields()["technical_class"])
    degrees = list(dict.fromkeys(row["word"] for row in catalogue.rows("education_levels")))
    found: list[tuple[tuple, str]] = []
    for group, words, others in (("education_equivalents", classes, degrees), ("parity", SKILLS, TITLES)):
        if (item := getattr(document, group)) is None:
            continue
        found += _uncited(document, (group, "clause"), item.clause)
        for word, other in item.of.items():
            if word not in words:
                found.append(((group, "of", word), f"没有“{word}”；可用的有 {'、'.join(words)}"))
            if other not in others:
                found.append(((group, "of", word), f"没有“{other}”；可用的有 {'、'.join(others)}"))
    return found


def _unclear_retrospective(document: Document) -> list[tuple[tuple, str]]:
    """The part that only a retrospective audit asks for: all of it or nothing."""
    about, found = document.policy, []
    if about.in_force_until and not (about.in_force_from and about.in_force_from <= about.in_force_until):
        found.append((("policy", "in_force_until"), "早于 in_force_from，或没有写 in_force_from"))
    if document.retrospective and (missing := [name for name in RETROSPECTIVE if name not in document.retrospective]):
        found.append((("retrospective",), f"缺少回溯审核的口径 {'、'.join(missing)}"))
    for name, setting in document.retrospective.items():
        if name in _LATER:
            continue
        if name not in RETROSPECTIVE:
            found.append((("retrospective", name), f"没有这一口径；可用的有 {'、'.join(RETROSPECTIVE)}"))
            continue
        for part in ("default", "value"):
            if (value := getattr(setting, part)) is not None and (problem := bad_value(name, value)):
                found.append((("retrospective", name, part), problem))
        for value in setting.alternatives:
            if problem := bad_value(name, value):
                found.append((("retrospective", name, "alternatives"), problem))
        found += _uncited(document, ("retrospective", name, "clause"), setting.clause)
    return found


def _unclear_routes(document: Document) -> list[tuple[tuple, str]]:
    found: list[tuple[tuple, str]] = []
    seen: set[str] = set()
    for at, route in enumerate(document.routes):
        where = ("routes", at)
        found += _uncited(document, (*where, "clause"), route.clause)
        if route.id in seen:
            found.append(((*where, "id"), f"路径编号“{route.id}”重复"))
        seen.add(route.id)
        if route.years < 0:
            found.append(((*where, "years"), "年限不能为负"))
        if route.years > MOST_YEARS:
            found.append(((*where, "years"), f"年限不能超过{MOST_YEARS}年"))
        if unknown := [name for name in route.conditions if name not in CONDITIONS or name == "tenure"]:
            found.append(((*where, "conditions"), f"没有条件 {'、'.join(unknown)}；年限（tenure）由 years 给出"))
        found += [((*where, "settings", name), "没有这一解释口径") for name in route.settings if name not in SETTINGS]
        found += [
            ((*where, "settings", name), problem)
            for name, value in route.settings.items()
            if name in SETTINGS and (problem := bad_value(name, value))
        ]
        found += _unclear_needs(document, route, where)
    return found


def _unclear_needs(document: Document, route: Route, where: tuple) -> list[tuple[tuple, str]]:
    needs, found = route.needs, []
    own = needs.skill if route.direction == "skill-to-title" else needs.title
    targets = TITLES if route.direction == "skill-to-title" else SKILLS
    if needs.honours is None and own is None:
        found.append(((*where, "needs"), "没有写明需要的技能等级、职称或荣誉"))
    if needs.honours is not None and needs.honours not in document.honours:
        found.append(((*where, "needs", "honours"), f"没有第{needs.honours}类荣誉名单"))
    if route.target not in (None, "next") and route.target not in targets:
        found.append(((*where, "target"), f"{route.direction} 的目标应是 {'、'.join(targets)} 之一"))
    if route.direction == "skill-to-title" and (only := _only_to_skill(route)):
        found.append(((*where, "direction"), f"{only} 只用于 title-to-skill 的路径"))
    if route.direction == "title-to-skill" and needs.honours is not None:
        found.append(((*where, "needs", "honours"), "荣誉只用于 skill-to-title 的路径"))
    if (route.target == "next") != (route.highest is not None):
        found.append(((*where, "target"), "target: next 须与 highest 同时给出"))
    if route.target in (None, "next") and not route.refers_to:
        found.append(((*where, "target"), "等级由其他规定确定的，须写明 refers_to"))
    return found


def _only_to_skill(route: Route) -> str | None:
    said = {"or_no_title": route.needs.or_no_title, "relation": route.relation, "target: next": route.target == "next"}
    return next((name for name, so in said.items() if so), None)


def _uncited(document: Document, where: tuple, clause: str) -> list[tuple[tuple, str]]:
    missing = [part for part in clause.split("；") if part not in document.clauses]
    return [(where, f"条款“{'、'.join(missing)}”不在 clauses 中")] if missing else []


def _both_ways(document: Document) -> list[tuple[tuple, str]]:
    """Grades that both pass and fail: in the policy, on a route, or under an alternative."""
    passing, failing = (document.settings.get(name) for name in ("passing_grades", "failing_grades"))
    if passing is None or failing is None:
        return []
    pairs = [(("settings", "failing_grades"), passing.now, failing.now)]
    pairs += [(("settings", "passing_grades", "alternatives"), other, failing.now) for other in passing.alternatives]
    pairs += [(("settings", "failing_grades", "alternatives"), passing.now, other) for other in failing.alternatives]
    for at, route in enumerate(document.routes):
        own = route.settings
        pairs.append((("routes", at, "settings"), own.get("passing_grades", passing.now), own.get("failing_grades", failing.now)))
    return [
        (where, f"等次“{'、'.join(sorted(both))}”既算合格又算不合格")
        for where, some, others in pairs
        if isinstance(some, list) and isinstance(others, list) and (both := set(some) & set(others))
    ]
