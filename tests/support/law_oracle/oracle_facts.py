"""What the oracle is told: a person's facts, a policy's settings, its routes; and what it answers, a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

Interval = tuple[date, date]
ENGINEERING, OTHER = "工程系列", "其他系列"
SKILLS = ("五级/初级工", "四级/中级工", "三级/高级工", "二级/技师", "一级/高级技师", "特级技师", "首席技师")
TITLES = ("技术员", "助理工程师", "工程师", "高级工程师", "正高级工程师")
SENIOR_WORKER, SENIOR_TECHNICIAN = 3, 5

LIST_1 = frozenset(
    "中华技能大奖 享受国务院特殊津贴 全国技术能手 国家级技能大师工作室负责人 辽宁工匠 辽宁省功勋高技能人才 "
    "世界技能大赛金牌 世界技能大赛银牌 世界技能大赛铜牌".split()
)
LIST_2 = frozenset({"辽宁省有突出贡献高技能人才", "省级技能大师工作站负责人"})
LIST_3 = frozenset({"辽宁省技术能手"})
HONOURS = {1: LIST_1, 2: LIST_2, 3: LIST_3}

AT_WORK = ("在岗", "在职", "病假", "产假", "工伤", "试用期", "劳务派遣")
NOTED = ("借调", "外借", "外派", "援疆", "挂职", "长病", "离岗创业")
OUT = ("退休", "离职", "内退", "退养", "下岗", "待岗", "停薪留职", "长期离岗", "离岗", "在册不在岗", "返聘", "合同到期", "已故")

BASE = ("integrity", "in_service", "area", "post")
VERIFY, REVIEW, FAIL = "verify", "review", "fail"
UNKNOWN = {name: VERIFY for name in "credential honour post skill_floor assessments series tenure".split()} | {
    name: REVIEW for name in "integrity in_service frontline field".split()
}
UNKNOWN["area"] = "ignore"
CELL_OF = {
    "integrity": "integrity",
    "in_service": "service",
    "area": "city",
    "post": "post",
    "frontline": "frontline",
    "field": "engineering_field",
}


@dataclass(frozen=True)
class Credential:
    """A skill level or a title, and when it may have been obtained (None: not told)."""

    rank_lo: int
    rank_hi: int
    day: Interval | None = None
    occupation: str | None = None  # of a skill level: the trade that the cell names
    series: str | None = None  # of a title: ENGINEERING, another's name, None: not told
    is_title: bool = False
    of_tomorrow: bool = False  # what stands for a higher one that is dated after the day


@dataclass(frozen=True)
class Facts:
    """What a roster row says of a person; None is «not told» where nothing else is said."""

    skills: tuple[Credential, ...] = ()
    skill_state: str = "blank"  # blank, none, known, unknown (filled, and not to be read)
    titles: tuple[Credential, ...] = ()
    title_state: str = "blank"  # the same, and absent: the sheet has no such column
    occupation: str | None = None
    person_category: str | None = None
    post: str | None = None
    post_start: Interval | None = None
    frontline: bool | None = None
    engineering_field: bool | None = None
    service: str | None = None
    service_from: Interval | None = None  # None: it is so already
    integrity: bool | None = None  # False: something was falsified
    province: str | None = None
    work_start: Interval | None = None
    away_months: int = 0
    assessments: Mapping[int, str] = field(default_factory=dict)  # year -> the grade's word
    recent_grades: tuple[str, ...] = ()  # 近三年年度考核 without years
    graded_in_sheet: frozenset[int] | None = None  # years that some row of the sheet has a grade of; None: no other row is known
    honours: frozenset[str] = frozenset()
    honours_in_doubt: frozenset[str] = frozenset()
    honours_dated: Interval | None = None  # when the latest of them was awarded
    unread: frozenset[str] = frozenset()  # fields that are filled and can't be read
    title_subject: str | None = None
    major: str | None = None
    claimed_title: int | None = None  # the rank that is claimed
    claimed_skill: int | None = None


@dataclass(frozen=True)
class Settings:
    """解释口径, each with its default; ``of_routes``: those that a route has for itself; ``unknown``: what an unknown fact does."""

    higher_level_serves: bool = True
    earliest_credential_counts: bool = True
    related_work_start_counts: bool = True
    interruptions_added: bool = True
    partial_dates: str = "interval"
    assessment_years: int = 3
    assessment_year_included: bool = False
    passing_grades: Sequence[str] = ("优秀", "良好", "合格", "称职")
    failing_grades: Sequence[str] = ("基本合格", "基本称职", "不合格", "不称职")
    serving_posts_skill_to_title: Sequence[str] = ("技能岗位", "专业技术岗位")
    serving_posts_title_to_skill: Sequence[str] = ("技能岗位",)
    honours_waive_skill_floor: bool = False
    honours_waive_assessments: bool = False
    professionals_without_title: Sequence[str] = ("专业技术人员",)
    undated_lower_level: str = "unknown"
    year_counting: str = "anniversary"
    last_year_ungraded: str = "verify"
    short_service: str = "verify"
    current_post_assessments: str = "review"
    out_of_service: Sequence[str] = OUT
    management_post_on_frontline: str = "verify"
    higher_honour_serves: bool = False
    promotion_without_title: bool = True
    nothing_known_before: str = "unknown"
    area: str | None = "辽宁省"
    in_force_from: date = date(2019, 8, 21)
    unknown: Mapping[str, str] = field(default_factory=lambda: dict(UNKNOWN))
    of_routes: Mapping[str, Mapping[str, object]] = field(
        default_factory=lambda: dict.fromkeys(("t2s-technician", "t2s-promotion"), {"higher_level_serves": True})
    )

    def of(self, route: str) -> Settings:
        """The settings as this route has them."""
        return replace(self, **self.of_routes.get(route, {}))


DEFAULT = Settings()


@dataclass(frozen=True)
class Verdict:
    """What becomes of a person on one route."""

    route: str
    outcome: str
    target: str | None
    eligible_on: date | None  # of not_yet
    certain_by: date | None  # of unverified, where the years are what is unknown
    since: date | None  # of eligible and refer, on routes with years
    not_met: frozenset[str]
    unknown: frozenset[str]
    notes: frozenset[str]  # but for those of relations


@dataclass(frozen=True)
class Route:
    """A row of the table of routes: ``rank`` of the credential that it needs, or ``honours`` by the number of their list."""

    name: str
    target: int | None
    years: int = 0
    rank: int = 0
    honours: int = 0

    @property
    def to_title(self) -> bool:
        return self.name.startswith("s2t-")


ROUTES = (
    Route("s2t-assistant", 2, 2, rank=3),
    Route("s2t-engineer", 3, 3, rank=4),
    Route("s2t-senior", 4, 4, rank=5),
    Route("s2t-honour-full-senior", 5, honours=1),
    Route("s2t-honour-senior", 4, honours=2),
    Route("s2t-honour-engineer", 3, honours=3),
    Route("t2s-entry", None, rank=1),
    Route("t2s-senior-worker", 3, rank=2),
    Route("t2s-technician-years", 4, 3, rank=2),
    Route("t2s-technician", 4, rank=3),
    Route("t2s-senior-technician-years", 5, 3, rank=3),
    Route("t2s-senior-technician", 5, rank=4),
    Route("t2s-promotion", None, 1, rank=1),
)
