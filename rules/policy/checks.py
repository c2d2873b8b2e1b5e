"""What makes a policy unclear beside its types: what is missing, not known, not cited, or said both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guantong.rules.policy.defaults import BY_DEFAULT, is_later
from guantong.rules.policy.document import Document, Route, Setting, Value
from guantong.rules.policy.setting_values import bad_value
from guantong.rules.vocabulary import CONDITIONS, MOST_YEARS, RETROSPECTIVE, SETTINGS, SKILLS, TITLES
from guantong.schemas import catalogue
from guantong.schemas.values.honours import listed_honours

Where = tuple[str | int, ...]
Unclear = tuple[Where, str]


def find_unclear(document: Document) -> list[Unclear]:
    """What is unclear of a policy that its types can't tell: [(where, what is wrong)], first things first."""
    return [
        *_unclear_settings(document, "settings", SETTINGS),
        *_unclear_retrospective(document),
        *_unclear_conditions(document),
        *_unclear_area(document),
        *_unclear_honours(document),
        *_unclear_equivalents(document),
        *_uncited_items(document),
        *_both_ways(document),
        *_unclear_routes(document),
    ]


def _unclear_settings(document: Document, group: str, known: Iterable[str]) -> Iterator[Unclear]:
    """The settings of ``group``: each of ``known`` is there, and no other; values that they may take; clauses of the policy."""
    settings: dict[str, Setting] = getattr(document, group)
    yield from (((group,), f"缺少解释口径 {name}") for name in known if name not in settings)
    for name, setting in settings.items():
        if name not in known:
            yield (group, name), f"没有这一解释口径；可用的有 {'、'.join(known)}"
            continue
        for part in ("default", "value"):
            if (value := getattr(setting, part)) is not None and (problem := bad_value(name, value)):
                yield (group, name, part), problem
        yield from (((group, name, "alternatives"), problem) for value in setting.alternatives if (problem := bad_value(name, value)))
        yield from _uncited(document, (group, name, "clause"), setting.clause)


def _unclear_retrospective(document: Document) -> Iterator[Unclear]:
    """The part that only a retrospective audit asks for: all of it or nothing."""
    about = document.policy
    if about.in_force_until and not (about.in_force_from and about.in_force_from <= about.in_force_until):
        yield ("policy", "in_force_until"), "早于 in_force_from，或没有写 in_force_from"
    if document.retrospective:
        yield from _unclear_settings(document, "retrospective", RETROSPECTIVE)


def _unclear_conditions(document: Document) -> Iterator[Unclear]:
    yield from ((("conditions",), f"缺少条件 {name}") for name in CONDITIONS if name not in document.conditions)
    for name, condition in document.conditions.items():
        if name not in CONDITIONS:
            yield ("conditions", name), f"没有这一条件；可用的有 {'、'.join(CONDITIONS)}"
        yield from _uncited(document, ("conditions", name, "clause"), condition.clause)


def _unclear_area(document: Document) -> Iterator[Unclear]:
    asked = any("area" in route.conditions for route in document.routes)
    if document.area is None and asked:
        yield ("routes",), "路径列有条件 area，却没有写所在省（area: 辽宁省）"
    if document.area is not None and not asked:
        yield ("area",), "写了所在省，却没有一条路径列有条件 area"
    known = list(dict.fromkeys(row["province"] for row in catalogue.rows("places") if row["province"]))
    if document.area is not None and document.area not in known:
        yield ("area",), f"没有“{document.area}”；可用的有 {'、'.join(known)}"


def _unclear_honours(document: Document) -> Iterator[Unclear]:
    for number, honours in document.honours.items():
        for at, honour in enumerate(honours):
            if honour not in listed_honours():
                yield ("honours", number, at), f"荣誉“{honour}”不在 schemas/data/honours.csv 中，花名册里不会被识别"


def _unclear_equivalents(document: Document) -> Iterator[Unclear]:
    """Words that stand for others: both are those that rosters are read by."""
    classes = catalogue.canonical_words(catalogue.fields()["technical_class"])
    degrees = list(dict.fromkeys(row["word"] for row in catalogue.rows("education_levels")))
    pairs = (("education_equivalents", document.education_equivalents, classes, degrees), ("parity", document.parity, SKILLS, TITLES))
    for group, item, words, others in pairs:
        if item is None:
            continue
        yield from _uncited(document, (group, "clause"), item.clause)
        for word, other in item.of.items():
            if word not in words:
                yield (group, "of", word), f"没有“{word}”；可用的有 {'、'.join(words)}"
            if other not in others:
                yield (group, "of", word), f"没有“{other}”；可用的有 {'、'.join(others)}"


def _uncited_items(document: Document) -> Iterator[Unclear]:
    for direction, items in document.bring.items():
        for at, item in enumerate(items):
            yield from _uncited(document, ("bring", direction, at, "clause"), item.clause)
    for direction, things in document.not_checked.items():
        for at, thing in enumerate(things):
            yield from _uncited(document, ("not_checked", direction, at, "clause"), thing.clause)
    for number, route in enumerate(document.routes):
        for at, item in enumerate(route.bring):
            yield from _uncited(document, ("routes", number, "bring", at, "clause"), item.clause)


def _unclear_routes(document: Document) -> Iterator[Unclear]:
    seen: set[str] = set()
    for at, route in enumerate(document.routes):
        where: Where = ("routes", at)
        yield from _uncited(document, (*where, "clause"), route.clause)
        if route.id in seen:
            yield (*where, "id"), f"路径编号“{route.id}”重复"
        seen.add(route.id)
        if route.years < 0:
            yield (*where, "years"), "年限不能为负"
        if route.years > MOST_YEARS:
            yield (*where, "years"), f"年限不能超过{MOST_YEARS}年"
        if unknown := [name for name in route.conditions if name not in CONDITIONS or name == "tenure"]:
            yield (*where, "conditions"), f"没有条件 {'、'.join(unknown)}；年限（tenure）由 years 给出"
        for name, value in route.settings.items():
            if name not in SETTINGS:
                yield (*where, "settings", name), "没有这一解释口径"
            elif problem := bad_value(name, value):
                yield (*where, "settings", name), problem
        yield from _unclear_needs(document, route, where)


def _unclear_needs(document: Document, route: Route, where: Where) -> Iterator[Unclear]:
    needs = route.needs
    own = needs.skill if route.direction == "skill-to-title" else needs.title
    targets = TITLES if route.direction == "skill-to-title" else SKILLS
    if needs.honours is None and own is None:
        yield (*where, "needs"), "没有写明需要的技能等级、职称或荣誉"
    if needs.honours is not None and needs.honours not in document.honours:
        yield (*where, "needs", "honours"), f"没有第{needs.honours}类荣誉名单"
    if needs.honours is None and "honour" in route.conditions:
        yield (*where, "conditions"), "条件 honour 只用于需要荣誉的路径"
    if route.target not in (None, "next") and route.target not in targets:
        yield (*where, "target"), f"{route.direction} 的目标应是 {'、'.join(targets)} 之一"
    if route.direction == "skill-to-title" and (only := _only_to_skill(route)):
        yield (*where, "direction"), f"{only} 只用于 title-to-skill 的路径"
    if route.direction == "title-to-skill" and needs.honours is not None:
        yield (*where, "needs", "honours"), "荣誉只用于 skill-to-title 的路径"
    if (route.target == "next") != (route.highest is not None):
        yield (*where, "target"), "target: next 须与 highest 同时给出"
    if route.target == "next" and needs.or_no_title:
        yield (*where, "needs", "or_no_title"), "晋级评价（target: next）是否包括尚无职称的，由口径 promotion_without_title 给出"
    if route.target in (None, "next") and not route.refers_to:
        yield (*where, "target"), "等级由其他规定确定的，须写明 refers_to"


def _only_to_skill(route: Route) -> str | None:
    said = {"or_no_title": route.needs.or_no_title, "relation": route.relation, "target: next": route.target == "next"}
    return next((name for name, so in said.items() if so), None)


def _uncited(document: Document, where: Where, clause: str) -> Iterator[Unclear]:
    if clause == BY_DEFAULT and is_later(str(where[0]), str(where[1])):
        return
    if missing := [part for part in clause.split("；") if part not in document.clauses]:
        yield where, f"条款“{'、'.join(missing)}”不在 clauses 中"


def _both_ways(document: Document) -> Iterator[Unclear]:
    """Grades that both pass and fail: in the policy, on a route, or under an alternative."""
    passing, failing = (document.settings.get(name) for name in ("passing_grades", "failing_grades"))
    if passing is None or failing is None:
        return
    pairs: list[tuple[Where, Value, Value]] = [(("settings", "failing_grades"), passing.now, failing.now)]
    pairs += [(("settings", "passing_grades", "alternatives"), other, failing.now) for other in passing.alternatives]
    pairs += [(("settings", "failing_grades", "alternatives"), passing.now, other) for other in failing.alternatives]
    for at, route in enumerate(document.routes):
        own = route.settings
        pairs.append((("routes", at, "settings"), own.get("passing_grades", passing.now), own.get("failing_grades", failing.now)))
    for where, some, others in pairs:
        if isinstance(some, list) and isinstance(others, list) and (both := set(some) & set(others)):
            yield where, f"等次“{'、'.join(sorted(both))}”既算合格又算不合格"
