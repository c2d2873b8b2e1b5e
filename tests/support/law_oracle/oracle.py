"""The law read a second time, in plain Python: 辽人社规〔2019〕2号 as the agreed reading of its clauses has it.

Slow and plain on purpose. It imports nothing of the package: the two are compared, never shared. Comments that begin with
«Read:» say what the oracle takes a sentence to mean where the reading leaves room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

# fmt: off
from tests.support.law_oracle.oracle_facts import (
    AT_WORK,
    CELL_OF,
    DEFAULT,
    ENGINEERING,
    FAIL,
    HONOURS,
    NOTED,
    OUT,
    REVIEW,
    ROUTES,
    SENIOR_TECHNICIAN,
    SENIOR_WORKER,
    SKILLS,
    TITLES,
    VERIFY,
    Credential,
    Facts,
    Route,
    Settings,
    Verdict,
)
from tests.support.law_oracle.oracle_years import (
    as_of_day,
    certificate_in,
    has,
    highest,
    highest_certificate,
    in_all,
    of_occupation,
    start_in,
    start_of_years,
    that_serve,
    worlds,
    years,
)

# fmt: on


def in_service(facts: Facts, as_of: date, settings: Settings) -> bool | None:
    if facts.service not in AT_WORK + NOTED + OUT:
        return None
    if facts.service not in settings.out_of_service:
        return True
    if facts.service_from is None or as_of >= facts.service_from[1]:
        return False
    return True if as_of < facts.service_from[0] else None


def service_noted(facts: Facts, as_of: date, settings: Settings) -> bool:
    already = facts.service_from is None or as_of >= facts.service_from[0]
    return facts.service in NOTED and facts.service not in settings.out_of_service and already


def post(facts: Facts, serving: Sequence[str], settings: Settings) -> bool | None:
    if facts.post is None or facts.post in serving:
        return None if facts.post is None else True
    may_be_foreman = facts.post == "管理岗位" and (facts.frontline is True or "frontline" in facts.unread)
    return None if may_be_foreman and settings.management_post_on_frontline == "verify" else False


def skill_floor(facts: Facts, skills: list[Credential]) -> bool | None:
    sure, may = highest(skills)
    if sure >= SENIOR_WORKER:
        return True
    nothing_told = facts.skill_state == "blank" and not facts.skills
    return None if may >= SENIOR_WORKER or nothing_told or "skill" in facts.unread or facts.skill_state == "unknown" else False


def assessed_years(facts: Facts, as_of: date, settings: Settings) -> range:
    last = as_of.year if settings.assessment_year_included else as_of.year - 1
    graded = set(facts.assessments) if facts.graded_in_sheet is None else facts.graded_in_sheet
    # Read: 近三年年度考核 is of the years that count, whichever they are.
    if settings.last_year_ungraded == "previous_year" and last not in graded and not facts.recent_grades:
        last -= 1
    return range(last - settings.assessment_years + 1, last + 1)


def assessments(facts: Facts, as_of: date, settings: Settings) -> bool | None:
    counted = assessed_years(facts, as_of, settings)
    recent = facts.recent_grades * 3 if len(facts.recent_grades) == 1 else facts.recent_grades
    grades = dict(zip(range(counted.stop - 3, counted.stop), recent, strict=True)) if len(recent) == 3 else {}
    grades |= facts.assessments
    if any(grades.get(year) in settings.failing_grades for year in counted):
        return False
    required = list(counted)
    if settings.short_service == "years_served" and facts.work_start:
        # Read: the whole years since related work began are asked; where there is none, all are. A year that failed, failed.
        required = [year for year in counted if facts.work_start[0] <= date(year, 1, 1)] or required
    if settings.current_post_assessments == "verify" and (post_changed(facts, as_of, settings) or "post_start" in facts.unread):
        return None
    return True if all(grades.get(year) in settings.passing_grades for year in required) else None


def post_changed(facts: Facts, as_of: date, settings: Settings) -> bool:
    """Whether 现岗位起始时间 is, or may be, later than the first day of the years that count."""
    counted = assessed_years(facts, as_of, settings)
    return bool(counted) and facts.post_start is not None and facts.post_start[1] > date(counted[0], 1, 1)


@dataclass
class Asked:
    """What a route asks of a person: in play or not, its conditions, days, target, and what is held of that."""

    in_play: bool = False
    conditions: dict[str, bool | None] = field(default_factory=dict)
    full: date | None = None
    target: str | None = None
    held: bool = False
    may_be_held: bool = False


def ask(route: Route, facts: Facts, as_of: date, settings: Settings) -> Asked:
    skills = as_of_day(facts.skills, as_of, settings.nothing_known_before)
    titles = as_of_day(facts.titles, as_of, settings.nothing_known_before)
    asked = (ask_for_title if route.to_title else ask_for_skill)(route, facts, skills, titles, as_of, settings)
    if not asked.in_play:
        return asked
    serving = settings.serving_posts_skill_to_title if route.to_title else settings.serving_posts_title_to_skill
    asked.conditions |= {
        "integrity": facts.integrity,
        "in_service": in_service(facts, as_of, settings),
        "post": post(facts, serving, settings),
    }
    if settings.area:
        asked.conditions["area"] = None if facts.province is None else facts.province == settings.area
    return asked


def ask_for_title(route: Route, facts: Facts, skills: list[Credential], titles: list[Credential], as_of: date, settings: Settings) -> Asked:
    asked, conditions = Asked(target=TITLES[route.target - 1]), {}
    if route.honours:
        # Read: as its name says, an honour of any list before the route's own serves.
        lists = range(1, route.honours + 1) if settings.higher_honour_serves else [route.honours]
        listed = frozenset().union(*(HONOURS[number] for number in lists))
        asked.in_play = bool(listed & (facts.honours | facts.honours_in_doubt))
        # Read: an honour that is dated after the day is not held on it; which of several that is, the cell does not tell.
        later = facts.honours_dated is not None and facts.honours_dated[0] > as_of
        conditions["honour"] = True if listed & facts.honours and not later else None
    else:
        serves = [any(has(one, route.rank, settings) for one in world) for world in worlds(skills)]
        asked.in_play = any(serves)
        conditions["credential"] = in_all(serves)
    if not asked.in_play:
        return asked
    conditions |= {"frontline": facts.frontline, "field": facts.engineering_field}
    if not (route.honours and settings.honours_waive_skill_floor):
        conditions["skill_floor"] = skill_floor(facts, skills)
    if not (route.honours and settings.honours_waive_assessments):
        conditions["assessments"] = assessments(facts, as_of, settings)
    if route.years:
        start = start_of_years(start_in(world, route.rank, settings) for world in worlds(skills))
        conditions["tenure"], asked.full = years(route, start, facts, as_of, settings)
    asked.conditions = conditions
    asked.held = any(one.rank_lo >= route.target and one.series == ENGINEERING for one in titles)
    may_be = any(one.rank_hi >= route.target and one.series in (ENGINEERING, None) for one in titles)
    asked.may_be_held = may_be or facts.title_state in ("absent", "unknown") or "title" in facts.unread
    return asked


def ask_for_skill(route: Route, facts: Facts, skills: list[Credential], titles: list[Credential], as_of: date, settings: Settings) -> Asked:
    asked = Asked(target=SKILLS[route.target - 1] if route.target else None)
    certificates = of_occupation(skills, facts)
    sure_skill, may_skill = highest_certificate(certificates)
    promotion = route.name == "t2s-promotion"
    found = [title_in(world, route, facts, settings) for world in worlds(titles)]
    asked.in_play = any(serves for serves, _ in found) and facts.title_state != "absent" and (may_skill >= 1 or not promotion)
    if not asked.in_play:
        return asked
    credential = in_all(serves for serves, _ in found)
    asked.conditions = {
        "credential": None if promotion and sure_skill < 1 else credential,
        "series": in_all(of_series for serves, of_series in found if serves),
    }
    if promotion:
        asked.target = SKILLS[min(may_skill, SENIOR_TECHNICIAN - 1)] if sure_skill == may_skill else None
        start = start_of_years(certificate_in(world, settings) for way in certificates for world in worlds(way) if world)
    elif route.years:
        start = start_of_years(start_in(that_serve(world, route.rank, settings), route.rank, settings) for world in worlds(titles))
    if route.years:
        asked.conditions["tenure"], asked.full = years(route, start, facts, as_of, settings)
    wanted = SENIOR_TECHNICIAN if promotion else route.target
    if wanted:
        asked.held = sure_skill >= wanted
        asked.may_be_held = may_skill >= wanted or facts.skill_state == "unknown" or "skill" in facts.unread
    return asked


def title_in(world: list[Credential], route: Route, facts: Facts, settings: Settings) -> tuple[bool, bool]:
    """In a world: whether what is held opens a title-to-skill route, and whether that is of 工程系列."""
    told = facts.title_state != "unknown" and "title" not in facts.unread
    untitled = told and not world and facts.person_category in settings.professionals_without_title
    if route.name == "t2s-entry":  # exactly 技术员, or nothing; Read: of 工程系列, where there is any
        serving = that_serve(world, 1, settings)
        return untitled or highest(serving)[1] == 1, untitled or any(one.series == ENGINEERING for one in serving)
    if route.name == "t2s-promotion" and untitled:
        return settings.promotion_without_title, True
    serving = [one for one in that_serve(world, route.rank, settings) if has(one, route.rank, settings)]
    return bool(serving), any(one.series == ENGINEERING for one in serving)


def unread(name: str, facts: Facts, as_of: date, settings: Settings) -> bool:
    """Whether a cell that would tell a condition is filled and can't be read; of assessments one of a year that counts, or of several years."""
    if name == "assessments":
        return not facts.unread.isdisjoint({"recent_grades"} | {f"assessment_{year}" for year in assessed_years(facts, as_of, settings)})
    return CELL_OF.get(name) in facts.unread


def blocks(name: str, facts: Facts, as_of: date, settings: Settings) -> bool:
    """Whether what is unknown of a condition lets a verdict be no better than unverified.

    Read: a state of which only the day is in doubt (2025年12月离职) is no blank: somebody wrote what may decide the matter.
    """
    filled = unread(name, facts, as_of, settings) or (name == "in_service" and facts.service is not None)
    return settings.unknown[name] == VERIFY or (filled and settings.unknown[name] != FAIL)


def judge(route: Route, facts: Facts, as_of: date, settings: Settings) -> Verdict | None:
    """The verdict; None where the route is not in play."""
    settings = settings.of(route.name)
    asked = ask(route, facts, as_of, settings)
    if not asked.in_play:
        return None
    not_met = {name for name, met in asked.conditions.items() if met is False}
    unknown = {name for name, met in asked.conditions.items() if met is None}
    failing = {name for name in unknown if settings.unknown[name] == FAIL}
    noted = {name for name in unknown if settings.unknown[name] == REVIEW and not blocks(name, facts, as_of, settings)}
    outcome = "refer" if route.name in ("t2s-entry", "t2s-promotion") else "eligible"
    if asked.held:
        outcome = "held"
    elif (not_met | failing) - {"tenure"} or "tenure" in failing:
        outcome = "ineligible"
    elif "tenure" in not_met:
        outcome = "not_yet"
    elif any(blocks(name, facts, as_of, settings) for name in unknown):
        outcome = "unverified"
    notes = {f"{name}_unknown" for name in noted}
    if asked.may_be_held and not asked.held:
        notes.add("held_unknown")
    if service_noted(facts, as_of, settings):
        notes.add("service_noted")
    if "assessments" in asked.conditions and settings.current_post_assessments == "review" and post_changed(facts, as_of, settings):
        notes.add("post_changed")
    return Verdict(
        route=route.name,
        outcome=outcome,
        target=asked.target,
        eligible_on=asked.full if outcome == "not_yet" else None,
        certain_by=asked.full if outcome == "unverified" and "tenure" in unknown else None,
        since=max(asked.full, settings.in_force_from) if outcome in ("eligible", "refer") and asked.full else None,
        not_met=frozenset(not_met),
        unknown=frozenset(unknown),
        notes=frozenset(notes),
    )


def evaluate(facts: Facts, as_of: date, settings: Settings = DEFAULT) -> dict[str, Verdict]:
    """The verdict on every route in play."""
    found = [judge(route, facts, as_of, settings) for route in ROUTES]
    return {verdict.route: verdict for verdict in found if verdict}


BEST_FIRST = ("eligible", "refer", "unverified", "not_yet", "held", "ineligible")


def summary(verdicts: Mapping[str, Verdict], direction: str, facts: Facts) -> tuple[str, str | None]:
    """The best outcome of a direction and its highest target; with no route in play, whether the cell that would tell can be read."""
    to_title = direction == "skill-to-title"
    mine = [verdict for name, verdict in verdicts.items() if name.startswith("s2t-" if to_title else "t2s-")]
    for outcome in BEST_FIRST:
        targets = [verdict.target for verdict in mine if verdict.outcome == outcome]
        if targets:
            track = TITLES if to_title else SKILLS
            return outcome, max(targets, key=lambda word: track.index(word) if word else -1)
    cells = {"skill", "honours"} if to_title else {"title"}
    if not to_title and facts.title_state in ("blank", "none"):
        cells.add("person_category")
    return ("unverified" if cells & facts.unread else "no_route"), None
