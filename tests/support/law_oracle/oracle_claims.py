"""The oracle's reading of what stands beside the law: claims (拟申报), awards of a retrospective audit, and notes on relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from tests.support.law_oracle.oracle import BEST_FIRST, evaluate
from tests.support.law_oracle.oracle_facts import DEFAULT, ENGINEERING, ROUTES, SKILLS, TITLES, Credential, Facts, Settings, Verdict
from tests.support.law_oracle.oracle_years import as_of_day, highest, highest_certificate, of_occupation

NOTHING: frozenset[str] = frozenset()
RESULTS = {"eligible": "supported", "refer": "supported", "unverified": "unverified", "not_yet": "too_early", "ineligible": "unsupported"}


@dataclass(frozen=True)
class Claim:
    """What becomes of a claim (拟申报职称, 拟申报技能等级)."""

    result: str  # supported, too_early, unverified, unsupported, held
    route: str | None
    eligible_on: date | None
    not_met: frozenset[str]
    unknown: frozenset[str]
    could_claim: str | None  # a higher target that the person is eligible for


def kin(subject: str | None, occupation: str | None, relations: frozenset[tuple[str, str]]) -> bool:
    """Whether a subject and an occupation are known to be the same or related; an unknown relation is no «no»."""
    return None not in (subject, occupation) and (subject == occupation or (subject, occupation) in relations)


def relation_notes(facts: Facts, route: str, relations: frozenset[tuple[str, str]]) -> frozenset[str]:
    """四: 相关专业 and the theory exam, title-to-skill alone. t2s-entry and t2s-promotion name no 相关专业."""
    found = set()
    if not route.startswith("t2s-"):
        return NOTHING
    if route not in ("t2s-entry", "t2s-promotion") and not kin(facts.title_subject, facts.occupation, relations):
        found.add("relation")
    if facts.major is not None:
        found.add("theory_exam_exempt" if kin(facts.major, facts.occupation, relations) else "theory_exam")
    return frozenset(found)


def check_claim(facts: Facts, verdicts: Mapping[str, Verdict], direction: str, as_of: date, settings: Settings = DEFAULT) -> Claim | None:
    """A claim against the person's verdicts; None where nothing is claimed."""
    to_title = direction == "skill-to-title"
    track, rank = (TITLES, facts.claimed_title) if to_title else (SKILLS, facts.claimed_skill)
    if rank is None:
        return None
    mine = [verdict for name, verdict in verdicts.items() if name.startswith("s2t-" if to_title else "t2s-")]
    best = max((track.index(verdict.target) + 1 for verdict in mine if verdict.outcome == "eligible"), default=0)
    could = track[best - 1] if best > rank else None
    credentials = as_of_day(facts.titles if to_title else facts.skills, as_of, settings.nothing_known_before)
    own = [[one for one in credentials if one.series == ENGINEERING]] if to_title else of_occupation(credentials, facts)
    if highest_certificate(own)[0] >= rank:
        return Claim("held", None, None, NOTHING, NOTHING, could)
    answers = [verdict for verdict in mine if verdict.target in (None, track[rank - 1])]
    if not answers:
        # nobody is told that no clause leads there where the cell that would tell can't be read
        cells = {"skill", "honours"} if to_title else {"title"} | ({"person_category"} if facts.title_state in ("blank", "none") else set())
        if cells & facts.unread:
            return Claim("unverified", None, None, NOTHING, NOTHING, could)
        return Claim("unsupported", None, None, NOTHING, NOTHING, could)
    names = [route.name for route in ROUTES]
    first = min(answers, key=lambda one: (BEST_FIRST.index(one.outcome), one.eligible_on or one.since or date.max, names.index(one.route)))
    return Claim(RESULTS[first.outcome], first.route, first.eligible_on, first.not_met, first.unknown, could)


def before(held: tuple[Credential, ...], day: date, nothing_known_before: str) -> tuple[Credential, ...]:
    """What was held before the day of an award: what is dated on it or later was not; what has no date, or one that may be later, may not have been.

    Read: the roster was written after the day, so that a month in which the day lies does not tell that a certificate was there before.
    """
    found = []
    for one in held:
        if one.day is None or one.day[0] < day <= one.day[1]:
            found.append(replace(one, rank_lo=0))
        elif one.day[0] < day:
            found.append(one)
        elif nothing_known_before == "unknown":
            found.append(replace(one, rank_lo=0, rank_hi=one.rank_hi - 1, day=None, of_tomorrow=True))
    return tuple(found)


def as_it_stood(facts: Facts, day: date, settings: Settings = DEFAULT) -> Facts:
    skills, titles = (before(held, day, settings.nothing_known_before) for held in (facts.skills, facts.titles))
    return replace(facts, skills=skills, titles=titles)


def awarded(facts: Facts, day: date) -> tuple[int | None, int | None]:
    """(title, skill) that was awarded on the day: what is claimed, else the highest credential dated on it, unless that is known in part."""
    if facts.claimed_title is not None or facts.claimed_skill is not None:
        return facts.claimed_title, facts.claimed_skill
    found: list[int | None] = []
    for held in (facts.titles, facts.skills):
        surest, most = highest(one for one in held if one.day == (day, day))
        found.append(most if most and surest == most else None)
    return found[0], found[1]


def check_award(facts: Facts, day: date, direction: str, settings: Settings = DEFAULT) -> Claim | None:
    """What becomes of an award, by what was held before it; None where none of that direction was made."""
    title, skill = awarded(facts, day)
    stood = replace(as_it_stood(facts, day, settings), claimed_title=title, claimed_skill=skill)
    found = check_claim(stood, evaluate(stood, day, settings), direction, day, settings)
    own = [one for one in facts.titles if one.rank_hi == title and one.day == (day, day)]
    foreign = (
        direction == "skill-to-title" and facts.claimed_title is None and own and all(one.series not in (None, ENGINEERING) for one in own)
    )
    return Claim("unsupported", None, None, NOTHING, NOTHING, found.could_claim) if found and foreign else found
