"""The oracle: 辽人社规〔2019〕2号 read one person at a time, slowly and plainly.

An independent reading of `regulation.txt`, `reading.md` and `contract.md`, under the
default settings. It imports nothing of the package: the two are compared, never shared.
A condition is True (met), False (not met) or None (unknown) throughout.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

Interval = tuple[date, date]  # first and last day it may mean
UNKNOWN = "unknown"  # a cell that is filled and can't be read

SKILLS = ("五级/初级工", "四级/中级工", "三级/高级工", "二级/技师", "一级/高级技师", "特级技师", "首席技师")
TITLES = ("技术员", "助理工程师", "工程师", "高级工程师", "正高级工程师")
SENIOR_WORKER, SENIOR_TECHNICIAN = 3, 5  # ranks of 高级工 and 高级技师


@dataclass(frozen=True)
class Facts:
    """What a roster row says of one person."""

    person_category: str | None = None  # 技能人员 专业技术人员 管理人员 其他人员; None unknown
    post: str | None = None  # 技能岗位 专业技术岗位 管理岗位 其他岗位; None unknown
    frontline: bool | None = None
    engineering_field: bool | None = None
    in_service: bool | None = None
    integrity: bool | None = None  # True: nothing falsified
    work_start: Interval | str | None = None  # None: blank; UNKNOWN: unreadable
    away_months: int | None = 0  # None: unreadable
    skill: int | str | None = None  # rank 1..7; 0: 无; None: blank; UNKNOWN: unreadable
    skill_date: Interval | None = None  # None: blank or unreadable
    skill_history: Mapping[int, Interval] = field(default_factory=dict)  # rank -> date, known ones only
    title: int | str | None = None  # rank 1..5; None or 0: no title; UNKNOWN: unreadable
    title_series: str | None = None  # 'engineering', 'other', None: the roster does not tell
    title_date: Interval | None = None
    title_history: Mapping[int, Interval] = field(default_factory=dict)  # rank -> date, known ones only
    assessments: Mapping[int, str] = field(default_factory=dict)  # year -> word as written
    honours: frozenset[str] = frozenset()  # canonical names
    title_subject: str | None = None
    major: str | None = None
    occupation: str | None = None
    claimed_title: int | None = None  # rank that is claimed; None: none
    claimed_skill: int | None = None


@dataclass(frozen=True)
class Verdict:
    """One person on one route, as of one day."""

    route: str
    outcome: str
    target: str | None
    eligible_on: date | None  # of not_yet
    since: date | None  # of eligible and refer, where the route asks for years
    not_met: frozenset[str]
    unknown: frozenset[str]


@dataclass(frozen=True)
class Route:
    """One row of the table of routes in reading.md."""

    name: str
    clause: str
    rank: int | None = None  # the least rank of the credential it needs
    years: int | None = None
    target: int | None = None  # rank on the other track
    honours: frozenset[str] = frozenset()

    @property
    def to_title(self) -> bool:
        return self.name.startswith("s2t-")


LIST_1 = frozenset(
    "中华技能大奖 享受国务院特殊津贴 全国技术能手 国家级技能大师工作室负责人 辽宁工匠"
    " 辽宁省功勋高技能人才 世界技能大赛金牌 世界技能大赛银牌 世界技能大赛铜牌".split()
)  # 三（四）1
LIST_2 = frozenset({"辽宁省有突出贡献高技能人才", "省级技能大师工作站负责人"})  # 三（四）2
LIST_3 = frozenset({"辽宁省技术能手"})  # 三（四）3

ROUTES = (
    Route("s2t-assistant", "三（二）2", rank=3, years=2, target=2),
    Route("s2t-engineer", "三（二）2", rank=4, years=3, target=3),
    Route("s2t-senior", "三（二）2", rank=5, years=4, target=4),
    Route("s2t-honour-full-senior", "三（四）1", target=5, honours=LIST_1),
    Route("s2t-honour-senior", "三（四）2", target=4, honours=LIST_2),
    Route("s2t-honour-engineer", "三（四）3", target=3, honours=LIST_3),
    Route("t2s-entry", "四（一）"),
    Route("t2s-senior-worker", "四（二）", rank=2, target=3),
    Route("t2s-technician-years", "四（三）1", rank=2, years=3, target=4),
    Route("t2s-technician", "四（三）2", rank=3, target=4),
    Route("t2s-senior-technician-years", "四（四）1", rank=3, years=3, target=5),
    Route("t2s-senior-technician", "四（四）2", rank=4, target=5),
    Route("t2s-promotion", "四（五）", years=1),
)

PASS = frozenset({"优秀", "良好", "合格", "称职"})
FAIL = frozenset({"基本合格", "基本称职", "不合格", "不称职"})
VERIFY = frozenset({"post", "skill_floor", "assessments", "series", "tenure"})
BEST_FIRST = ("eligible", "refer", "unverified", "not_yet", "held", "ineligible")


def add_months(day: date, months: int) -> date:
    """The corresponding day, or the last of a month that has no such day (民法典 201–202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def held_since(stated: int, stated_date: Interval | None, history: Mapping[int, Interval], rank: int) -> Interval | None:
    """The earliest known date among the credentials of at least `rank`, none above the stated."""
    known = [when for level, when in history.items() if rank <= level <= stated]
    if stated_date is not None:
        known.append(stated_date)
    return (min(first for first, _ in known), min(last for _, last in known)) if known else None


def route_start(route: Route, facts: Facts) -> Interval | None:
    """When the route's years begin: the credential's date, or later work (五（一）)."""
    if route.name == "t2s-promotion":  # 四（五）: the highest certificate's own date
        return held_since(facts.skill, facts.skill_date, facts.skill_history, facts.skill)
    if route.to_title:
        start = held_since(facts.skill, facts.skill_date, facts.skill_history, route.rank)
    else:
        start = held_since(facts.title, facts.title_date, facts.title_history, route.rank)
    if start is None or facts.work_start is None:
        return start
    if facts.work_start == UNKNOWN:
        return None
    return max(start[0], facts.work_start[0]), max(start[1], facts.work_start[1])


def qualifying_days(route: Route, facts: Facts) -> Interval | None:
    """The first and last day on which the years may be full; None where not known."""
    start = route_start(route, facts)
    away = 0 if route.name == "t2s-promotion" else facts.away_months
    if start is None or away is None:
        return None
    months = 12 * route.years + away
    return add_months(start[0], months), add_months(start[1], months)


def tenure(days: Interval | None, as_of: date) -> bool | None:
    """满N年; the as-of day itself counts."""
    if days is None:
        return None
    if as_of >= days[1]:
        return True
    return False if as_of < days[0] else None


def rank_of(value: int | str | None) -> int:
    """The rank known to be held; 0 where there is none or it can't be read."""
    return value if isinstance(value, int) else 0


def in_play(route: Route, facts: Facts) -> bool:
    """Whether the person holds what the route's "needs" asks."""
    skill, title = rank_of(facts.skill), rank_of(facts.title)
    if route.honours:
        return bool(route.honours & facts.honours)
    if route.name == "t2s-entry":  # 四（一）
        untitled = facts.title in (None, 0)
        return title == 1 or (untitled and facts.person_category == "专业技术人员")
    if route.name == "t2s-promotion":  # 四（五）
        return title >= 1 and skill >= 1
    return (skill if route.to_title else title) >= route.rank


def is_held(route: Route, facts: Facts) -> bool:
    """Whether the target, or higher on its track, is known to be held already."""
    if route.name == "t2s-entry":
        return False
    if route.name == "t2s-promotion":
        return rank_of(facts.skill) >= SENIOR_TECHNICIAN
    if route.to_title:
        return facts.title_series == "engineering" and rank_of(facts.title) >= route.target
    return rank_of(facts.skill) >= route.target


def target_of(route: Route, facts: Facts) -> str | None:
    """The target's canonical word; None where another rule says the level (四（一）)."""
    if route.name == "t2s-entry":
        return None
    if route.name == "t2s-promotion":  # rank + 1, and 高级技师 is the last so reached
        return SKILLS[min(facts.skill + 1, SENIOR_TECHNICIAN) - 1]
    return (TITLES if route.to_title else SKILLS)[route.target - 1]


def assessments(facts: Facts, as_of: date) -> bool | None:
    """三（一）: the three calendar years before the as-of year all pass."""
    words = [facts.assessments.get(as_of.year - back) for back in (1, 2, 3)]
    if any(word in FAIL for word in words):
        return False
    return True if all(word in PASS for word in words) else None


def skill_floor(facts: Facts) -> bool | None:
    """三（一）: 高级工 and above; 无 is not met, blank or unreadable is unknown."""
    if facts.skill is None or facts.skill == UNKNOWN:
        return None
    return facts.skill >= SENIOR_WORKER


def series(facts: Facts) -> bool | None:
    """一: 工程系列. Who has no title (四（一）) is asked for none."""
    if rank_of(facts.title) == 0:
        return True
    return {"engineering": True, "other": False}.get(facts.title_series)


def conditions(route: Route, facts: Facts, as_of: date) -> dict[str, bool | None]:
    """Every condition of the route but time (一, 二（三）, 三（一）, 四)."""
    posts = ("技能岗位", "专业技术岗位") if route.to_title else ("技能岗位",)
    post = None if facts.post is None else facts.post in posts
    both = {"integrity": facts.integrity, "in_service": facts.in_service, "post": post}
    if not route.to_title:
        return {**both, "series": series(facts)}
    return {
        **both,
        "frontline": facts.frontline,
        "field": facts.engineering_field,
        "skill_floor": skill_floor(facts),
        "assessments": assessments(facts, as_of),
    }


def outcome_of(route: Route, held: bool, not_met: frozenset[str], unknown: frozenset[str]) -> str:
    """The outcomes in order: the first that holds."""
    if held:
        return "held"
    if not_met - {"tenure"}:
        return "ineligible"
    if "tenure" in not_met:
        return "not_yet"
    if unknown & VERIFY:
        return "unverified"
    return "refer" if route.name in ("t2s-entry", "t2s-promotion") else "eligible"


def judge(route: Route, facts: Facts, as_of: date) -> Verdict:
    """The verdict of one route in play."""
    status = conditions(route, facts, as_of)
    days = None
    if route.years is not None:
        days = qualifying_days(route, facts)
        status["tenure"] = tenure(days, as_of)
    not_met = frozenset(name for name, met in status.items() if met is False)
    unknown = frozenset(name for name, met in status.items() if met is None)
    outcome = outcome_of(route, is_held(route, facts), not_met, unknown)
    eligible_on = days[1] if outcome == "not_yet" else None
    since = days[1] if days and outcome in ("eligible", "refer") else None
    return Verdict(route.name, outcome, target_of(route, facts), eligible_on, since, not_met, unknown)


def evaluate(facts: Facts, as_of: date) -> dict[str, Verdict]:
    """The verdicts of the routes in play, by route."""
    return {route.name: judge(route, facts, as_of) for route in ROUTES if in_play(route, facts)}


def summary(verdicts: Mapping[str, Verdict], direction: str) -> tuple[str, str | None]:
    """The best outcome of 'skill-to-title' or 'title-to-skill', then its higher target."""
    prefix, track = {"skill-to-title": ("s2t-", TITLES), "title-to-skill": ("t2s-", SKILLS)}[direction]
    mine = [verdict for verdict in verdicts.values() if verdict.route.startswith(prefix)]
    for outcome in BEST_FIRST:
        targets = [verdict.target for verdict in mine if verdict.outcome == outcome]
        if targets:
            return outcome, max(targets, key=lambda word: track.index(word) if word else -1)
    return "no_route", None


def kin(subject: str | None, occupation: str | None, relations: frozenset[tuple[str, str]]) -> bool:
    """Whether a subject and an occupation are known to be the same or related; an unknown relation is no «no»."""
    return None not in (subject, occupation) and (subject == occupation or (subject, occupation) in relations)


def relation_notes(facts: Facts, route: str, relations: frozenset[tuple[str, str]]) -> frozenset[str]:
    """四: 相关专业 and the theory exam, title-to-skill alone. t2s-entry and t2s-promotion name no 相关专业."""
    found = set()
    if not route.startswith("t2s-"):
        return frozenset()
    if route not in ("t2s-entry", "t2s-promotion") and not kin(facts.title_subject, facts.occupation, relations):
        found.add("relation")
    if facts.major is not None:
        found.add("theory_exam_exempt" if kin(facts.major, facts.occupation, relations) else "theory_exam")
    return frozenset(found)


@dataclass(frozen=True)
class Claim:
    """What becomes of a claim (拟申报职称, 拟申报技能等级)."""

    result: str  # supported, too_early, unverified, unsupported, held
    route: str | None
    eligible_on: date | None
    not_met: frozenset[str]
    unknown: frozenset[str]
    could_claim: str | None  # a higher target that the person is eligible for


NOTHING = frozenset()
RESULTS = {"eligible": "supported", "refer": "supported", "unverified": "unverified", "not_yet": "too_early", "ineligible": "unsupported"}


def check_claim(facts: Facts, verdicts: Mapping[str, Verdict], direction: str) -> Claim | None:
    """A claim against the person's verdicts; None where nothing is claimed."""
    to_title = direction == "skill-to-title"
    track, rank = (TITLES, facts.claimed_title) if to_title else (SKILLS, facts.claimed_skill)
    if rank is None:
        return None
    mine = [verdict for name, verdict in verdicts.items() if name.startswith("s2t-" if to_title else "t2s-")]
    eligible = [track.index(verdict.target) + 1 for verdict in mine if verdict.outcome == "eligible"]
    best = max(eligible, default=0)
    could = track[best - 1] if best > rank else None
    own = rank_of(facts.title) if to_title and facts.title_series == "engineering" else 0 if to_title else rank_of(facts.skill)
    if own >= rank:
        return Claim("held", None, None, NOTHING, NOTHING, could)
    answers = [verdict for verdict in mine if verdict.target in (None, track[rank - 1])]
    if not answers:
        return Claim("unsupported", None, None, NOTHING, NOTHING, could)
    names = [route.name for route in ROUTES]
    first = min(answers, key=lambda one: (BEST_FIRST.index(one.outcome), one.eligible_on or one.since or date.max, names.index(one.route)))
    return Claim(RESULTS[first.outcome], first.route, first.eligible_on, first.not_met, first.unknown, could)


def stood(level: int | str | None, stated_date: Interval | None, history: Mapping[int, Interval], day: date) -> tuple:
    """(level, its date, history) as they were before `day`, by the dates that the roster tells today; UNKNOWN where they do not tell."""
    if not isinstance(level, int) or level == 0:
        return level, stated_date, history
    dated = {rank: when for rank, when in history.items() if rank <= level}
    if stated_date is not None:
        past = dated.get(level, stated_date)
        dated[level] = (min(past[0], stated_date[0]), min(past[1], stated_date[1]))
    sure = max((rank for rank, (_, last) in dated.items() if last < day), default=None)
    possible = max((rank for rank, (first, _) in dated.items() if first < day), default=None)
    if level not in dated or sure is None or sure != possible:
        return UNKNOWN, None, {}
    kept = {rank: when for rank, when in history.items() if rank <= sure and when[0] < day}
    return sure, stated_date if sure == level else dated[sure], kept


def as_it_stood(facts: Facts, day: date) -> Facts:
    """The person as of before an award of `day`. A lower title is an engineering one, of an unknown subject."""
    skill, skill_date, skills = stood(facts.skill, facts.skill_date, facts.skill_history, day)
    title, title_date, titles = stood(facts.title, facts.title_date, facts.title_history, day)
    found = replace(facts, skill=skill, skill_date=skill_date, skill_history=skills)
    found = replace(found, title=title, title_date=title_date, title_history=titles)
    return found if title == facts.title else replace(found, title_series="engineering", title_subject=None)


def awarded(facts: Facts, day: date) -> tuple[int | None, int | None]:
    """(title, skill) that was awarded on `day`: what is claimed, else the credentials dated on it."""
    if facts.claimed_title is not None or facts.claimed_skill is not None:
        return facts.claimed_title, facts.claimed_skill
    found = []
    for level, stated_date, history in (
        (facts.title, facts.title_date, facts.title_history),
        (facts.skill, facts.skill_date, facts.skill_history),
    ):
        own = rank_of(level)
        dated = {rank: [when] for rank, when in history.items() if rank <= own}
        if own and stated_date is not None:
            dated.setdefault(own, []).append(stated_date)
        ranks = [rank for rank, both in dated.items() if (min(a for a, _ in both), min(b for _, b in both)) == (day, day)]
        found.append(max(ranks, default=None))
    return found[0], found[1]


def check_award(facts: Facts, day: date, direction: str) -> Claim | None:
    """What becomes of an award, by what was held before it; None where none of that direction was made."""
    title, skill = awarded(facts, day)
    before = replace(as_it_stood(facts, day), claimed_title=title, claimed_skill=skill)
    found = check_claim(before, evaluate(before, day), direction)
    to_title = direction == "skill-to-title"
    foreign = to_title and facts.claimed_title is None and title == facts.title and facts.title_series == "other"
    if found is not None and foreign:
        return Claim("unsupported", None, None, NOTHING, NOTHING, found.could_claim)
    now, then = (facts.skill, before.skill) if to_title else (facts.title, before.title)
    if found and found.result == "unsupported" and found.route is None and then == UNKNOWN != now:
        return replace(found, result="unverified")
    return found
