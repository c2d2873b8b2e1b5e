"""People of whom anything may be known or not, for Hypothesis; and the typed tables that say of them what the facts say."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import duckdb
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from tests.support.law_oracle.oracle_facts import AT_WORK, ENGINEERING, HONOURS, NOTED, OUT, Credential, Facts, Interval, Settings
from tests.support.law_oracle.oracle_years import add_months

GRADES = ("优秀", "良好", "合格", "称职", "合格", "基本合格", "基本称职", "不合格", "不称职", "不定等次", "未考核", "胜任", "A")
LISTED = sorted(frozenset().union(*HONOURS.values()))
TRADES = ("电工", "焊工", "车工")
SUBJECTS = (None, "焊接", "机械", "车工")
CELLS = (
    "skill_date", "title_date", "skill_4_date", "title_3_date", "post", "frontline", "engineering_field", "service", "integrity", "city",
    "person_category", "assessment_2024", "recent_grades", "work_start", "away_months", "post_start", "skill", "title", "title_series",
    "honours",
)  # fmt: skip
MONTH_ENDS = tuple(
    dt.date.fromisoformat(day) for day in ("2016-02-29", "2020-02-29", "2024-02-29", "2021-08-31", "2022-01-31", "2023-02-28")
)
AS_OF_DAYS = st.one_of(
    st.sampled_from(
        [dt.date.fromisoformat(day) for day in ("2025-12-31", "2024-02-29", "2025-02-28", "2023-08-31", "2026-01-01", "2025-06-30")]
    ),
    st.dates(dt.date(2019, 8, 21), dt.date(2030, 12, 31)),
)


def month_of(day: dt.date) -> Interval:
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def intervals(as_of: dt.date) -> list[Interval]:
    """Days, months and years about the days on which some route's years are just full on the as-of day, and some after it."""
    days = [*MONTH_ENDS, as_of + dt.timedelta(days=1), as_of + dt.timedelta(days=40)]
    for months in (0, 6, 12, 18, 24, 30, 36, 42, 48, 60, 120):
        turn = add_months(as_of, -months)
        days += [turn - dt.timedelta(days=1), turn, turn + dt.timedelta(days=1)]
    years = [(dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in range(as_of.year - 6, as_of.year + 2)]
    return [(day, day) for day in days] + sorted({month_of(day) for day in days}) + years


def ranks(most: int, usual: Sequence[int], partial: Sequence[tuple[int, int]]) -> st.SearchStrategy[tuple[int, int]]:
    """One rank, mostly; or, of a grade, one of two; or, where rows of a person conflict, anything from nothing up to a rank."""
    known = [(rank, rank) for rank in (*range(1, most + 1), *usual, *usual, *usual)]
    return st.sampled_from(known + list(partial))


def dated(held: tuple[int, int], day: Interval | None) -> Interval | None:
    """What may be nothing has no date."""
    return day if held[0] else None


def lists_of(one: st.SearchStrategy[Credential]) -> st.SearchStrategy[tuple[Credential, ...]]:
    """None, one, or several; what rows of a person conflict about stands alone."""
    several = st.lists(one, min_size=1, max_size=4).map(lambda held: [each for each in held if each.rank_lo] or held[:1])
    return st.one_of(st.just([]), st.lists(one, min_size=1, max_size=1), several).map(tuple)


def skills(as_of: dt.date) -> st.SearchStrategy[tuple[Credential, ...]]:
    when = st.sampled_from(intervals(as_of))
    one = st.builds(
        lambda held, day, trade: Credential(*held, dated(held, day), occupation=trade),
        ranks(7, (3, 4, 5), [(0, 4)]),
        st.one_of(when, when, when, st.none()),
        st.sampled_from([None] * 6 + ["电工", "电工", "焊工"]),
    )
    return lists_of(one)


def titles(as_of: dt.date) -> st.SearchStrategy[tuple[Credential, ...]]:
    when = st.sampled_from(intervals(as_of))
    one = st.builds(
        lambda held, day, series: Credential(*held, dated(held, day), series=series, is_title=True),
        ranks(5, (2, 3), [(1, 2), (1, 2), (4, 5), (4, 5), (0, 3)]),
        st.one_of(when, when, when, st.none()),
        st.sampled_from([ENGINEERING] * 6 + ["经济系列", None]),
    )
    return lists_of(one)


@cache
def facts(as_of: dt.date) -> st.SearchStrategy[Facts]:
    """A person of whom anything may be known or not."""
    when = st.sampled_from(intervals(as_of))
    seldom = st.one_of(*[st.none()] * 4, when)
    tells = st.sampled_from([True] * 10 + [None, None, False])
    passing = st.just({as_of.year - back: "合格" for back in (1, 2, 3)})
    some = st.dictionaries(st.integers(as_of.year - 4, as_of.year), st.sampled_from(GRADES), min_size=2, max_size=5)
    honours = st.one_of(*[st.just(frozenset())] * 2, st.frozensets(st.sampled_from(LISTED), max_size=2))
    made = st.builds(
        Facts,
        skills=skills(as_of),
        skill_state=st.sampled_from(["blank", "blank", "none", "unknown"]),
        titles=titles(as_of),
        title_state=st.sampled_from(["blank", "blank", "blank", "none", "unknown", "absent"]),
        occupation=st.sampled_from([None, "电工", "电工", "焊工", "车工"]),
        person_category=st.sampled_from(["技能人员", "专业技术人员", "专业技术人员", "管理人员", None]),
        post=st.sampled_from(["技能岗位"] * 8 + ["专业技术岗位", "专业技术岗位", "管理岗位", "管理岗位", "其他岗位", None]),
        post_start=seldom,
        frontline=tells,
        engineering_field=tells,
        service=st.sampled_from([None, *["在岗"] * 40, *AT_WORK, *NOTED, *OUT]),
        service_from=seldom,
        integrity=tells,
        province=st.sampled_from([None, *["辽宁省"] * 6, "吉林省"]),
        work_start=seldom,
        away_months=st.sampled_from([0] * 8 + [1, 6, 12, 18, 25, 600]),
        assessments=st.one_of(passing, passing, passing, some, st.just({})),
        recent_grades=st.sampled_from(
            [()] * 6 + [("合格",), ("合格", "优秀", "合格"), ("合格", "不合格", "优秀"), ("合格", "胜任", "优秀")]
        ),
        honours=honours,
        honours_in_doubt=honours,
        honours_dated=seldom,
        unread=st.one_of(*[st.just(frozenset())] * 3, st.frozensets(st.sampled_from(CELLS), max_size=3)),
        title_subject=st.sampled_from(SUBJECTS),
        major=st.sampled_from(SUBJECTS),
        claimed_title=st.sampled_from([None, 2, 3, 4, 5]),
        claimed_skill=st.sampled_from([None, 2, 3, 4, 5]),
    )
    return made.map(as_readers_leave_it)


# fields of a cell that can't be read are blank beside that
EMPTY = {
    "post": None, "frontline": None, "engineering_field": None, "service": None, "service_from": None, "integrity": None, "person_category": None,
    "work_start": None, "post_start": None, "away_months": 0, "recent_grades": (),
    "honours": frozenset(), "honours_in_doubt": frozenset(),
}  # fmt: skip


def as_readers_leave_it(found: Facts) -> Facts:
    """What can't be read is not known; a state that is at work has no day beside it."""
    unread = set(found.unread)
    changes: dict[str, object] = {}
    for track, held, state in (("skill", found.skills, found.skill_state), ("title", found.titles, found.title_state)):
        changes[f"{track}_state"] = state = "known" if held else state
        if state != "known":
            unread = unread | {track} if state == "unknown" else unread - {track}
    changes |= {name: EMPTY[name] for name in unread if name in EMPTY}
    if "city" in unread:
        changes["province"] = None
    if "service" in unread or found.service not in OUT + NOTED:
        changes["service_from"] = None
    if "assessment_2024" in unread:
        changes["assessments"] = {year: grade for year, grade in found.assessments.items() if year != 2024}
    if found.recent_grades:
        changes["assessments"] = {}
    return replace(found, **changes, unread=frozenset(unread))


@st.composite
def populations(draw: st.DrawFn) -> tuple[list[Facts], dt.date]:
    as_of = draw(AS_OF_DAYS)
    return draw(st.lists(facts(as_of), min_size=15, max_size=40)), as_of


# --- settings

_CHOICES: dict[str, list[object]] = {
    "higher_level_serves": [True, False],
    "earliest_credential_counts": [True, False],
    "related_work_start_counts": [True, False],
    "interruptions_added": [True, False],
    "partial_dates": ["interval", "earliest", "latest"],
    "assessment_years": [3, 1, 2, 4],
    "assessment_year_included": [False, True],
    "passing_grades": [["优秀", "良好", "合格", "称职"], ["优秀", "合格", "不定等次"], ["优秀", "合格", "称职", "胜任", "A"]],
    "failing_grades": [["基本合格", "基本称职", "不合格", "不称职"], ["不合格", "不称职"]],
    "serving_posts_skill_to_title": [["技能岗位", "专业技术岗位"], ["技能岗位"], ["技能岗位", "管理岗位"]],
    "serving_posts_title_to_skill": [["技能岗位"], ["技能岗位", "专业技术岗位"]],
    "honours_waive_skill_floor": [False, True],
    "honours_waive_assessments": [False, True],
    "professionals_without_title": [["专业技术人员"], ["专业技术人员", "管理人员"]],
    "undated_lower_level": ["unknown", "from_higher"],
    "year_counting": ["anniversary", "calendar_year"],
    "last_year_ungraded": ["verify", "previous_year"],
    "short_service": ["verify", "years_served"],
    "current_post_assessments": ["review", "ignore", "verify"],
    "out_of_service": [list(OUT), ["退休", "离职"]],
    "management_post_on_frontline": ["verify", "out"],
    "higher_honour_serves": [False, True],
    "promotion_without_title": [True, False],
    "nothing_known_before": ["unknown", "none"],
}
_UNKNOWN = ("integrity", "in_service", "area", "post", "frontline", "field", "assessments")


@st.composite
def readings(draw: st.DrawFn) -> dict[str, object]:
    """Settings of a policy by name; ``unknown.`` and a condition: what an unknown fact of it does."""
    names = draw(st.lists(st.sampled_from(sorted(_CHOICES)), unique=True, max_size=5))
    chosen = {name: draw(st.sampled_from(_CHOICES[name])) for name in names}
    for name in draw(st.lists(st.sampled_from(_UNKNOWN), unique=True, max_size=2)):
        chosen[f"unknown.{name}"] = draw(st.sampled_from(["verify", "review", "fail"]))
    return chosen


def settings_of(chosen: dict[str, object]) -> Settings:
    """The same for the oracle."""
    own = {name: value for name, value in chosen.items() if "." not in name}
    unknown = {name.removeprefix("unknown."): value for name, value in chosen.items() if "." in name}
    return Settings(**own, unknown=Settings().unknown | unknown)


# --- the typed tables

YES_NO = {True: "是", False: "否", None: None}
INTEGRITY = {True: "良好", False: "弄虚作假", None: None}
_CREDENTIAL = pa.struct(
    [
        ("track", pa.string()), ("rank_lo", pa.int8()), ("rank_hi", pa.int8()), ("day_lo", pa.date32()), ("day_hi", pa.date32()),
        ("occupation", pa.string()), ("series", pa.string()), ("word", pa.string()), ("level_name", pa.string()), ("date_name", pa.string()),
        ("sheet", pa.string()), ("row", pa.int32()),
    ]
)  # fmt: skip
_TEXTS = (
    "bucket person_category post frontline engineering_field service integrity city province occupation occupation_key major title_subject "
    "skill skill_state title title_state title_named_series title_series work_start_state away_months_state "
    "claimed_title claimed_title_state claimed_title_series claimed_skill claimed_skill_state sheet"
).split()
_LEVELS = [*(f"skill_{rank}_date" for rank in (3, 4, 5)), *(f"title_{rank}_date" for rank in (2, 3, 4))]
_DAYS = [
    f"{name}_{end}"
    for name in ("work_start", "post_start", "service_from", "honours", "skill_date", "title_date", *_LEVELS)
    for end in ("lo", "hi")
]
_NUMBERS = ["away_months", "skill_rank", "title_rank", "claimed_title_rank", "claimed_skill_rank"]
ROWS = pa.schema(
    [("pid", pa.int64()), ("file_no", pa.int64())]
    + [(name, pa.string()) for name in _TEXTS]
    + [(name, pa.date32()) for name in _DAYS]
    + [(name, pa.int32()) for name in _NUMBERS]
    + [(name, pa.list_(pa.string())) for name in ("honours", "honours_in_doubt", "recent_grades", "unread")]
    + [
        ("credentials", pa.list_(_CREDENTIAL)),
        ("assessments", pa.list_(pa.struct([("year", pa.int64()), ("grade", pa.string())]))),
    ]
)


def credential_row(track: str, one: Credential) -> dict[str, object]:
    day = one.day or (None, None)
    return {
        "track": track, "rank_lo": one.rank_lo, "rank_hi": one.rank_hi, "day_lo": day[0], "day_hi": day[1],
        "occupation": one.occupation, "series": one.series, "level_name": track, "date_name": f"{track}_date" if one.day else None,
    }  # fmt: skip


def row(pid: int, person: Facts) -> dict[str, object]:
    """A row of the typed table that the readers make, saying what the facts say."""
    days = {"work_start": person.work_start, "post_start": person.post_start, "service_from": person.service_from,
            "honours": person.honours_dated}  # fmt: skip
    ends = {f"{name}_{end}": when and when[at] for name, when in days.items() for at, end in enumerate(("lo", "hi"))}
    held = [credential_row("skill", one) for one in person.skills] + [credential_row("title", one) for one in person.titles]
    tops = {
        track: max(some, key=lambda one: one.rank_hi, default=None) for track, some in (("skill", person.skills), ("title", person.titles))
    }
    none = {"skill": {"none": 0}, "title": {"none": 0, "blank": 0}}
    claims = {"claimed_title": person.claimed_title, "claimed_skill": person.claimed_skill}
    return {
        "pid": pid, "file_no": 0, "sheet": "花名册", "bucket": "evaluated",
        "person_category": person.person_category, "post": person.post, "frontline": YES_NO[person.frontline],
        "engineering_field": YES_NO[person.engineering_field], "service": person.service, "integrity": INTEGRITY[person.integrity],
        "city": {None: None, "辽宁省": "沈阳市", "吉林省": "长春市"}[person.province], "province": person.province,
        "occupation": person.occupation, "occupation_key": person.occupation, "major": person.major, "title_subject": person.title_subject,
        "skill_state": person.skill_state, "title_state": person.title_state,
        "skill_rank": tops["skill"].rank_hi if tops["skill"] else none["skill"].get(person.skill_state),
        "title_rank": tops["title"].rank_hi if tops["title"] else none["title"].get(person.title_state),
        "title_named_series": tops["title"].series if tops["title"] else None,
        "work_start_state": "known" if person.work_start else "unknown" if "work_start" in person.unread else "blank",
        "away_months": None if "away_months" in person.unread else person.away_months,
        "away_months_state": "unknown" if "away_months" in person.unread else "known",
        "honours": sorted(person.honours) or None, "honours_in_doubt": sorted(person.honours_in_doubt) or None,
        "recent_grades": list(person.recent_grades) or None, "unread": sorted(person.unread) or None, "credentials": held or None,
        "assessments": [{"year": year, "grade": grade} for year, grade in person.assessments.items()] or None,
        **{f"{name}_rank": rank for name, rank in claims.items()},
        **{f"{name}_state": "blank" if rank is None else "known" for name, rank in claims.items()},
    } | ends  # fmt: skip


def make_tables(con: duckdb.DuckDBPyConnection, persons: list[Facts], more: dict[str, pa.Array] | None = None) -> None:
    """The tables ``rows`` and ``people`` that the rules read; ``more``: further columns of ``rows``, by name."""
    table = pa.Table.from_pylist([row(pid, person) for pid, person in enumerate(persons)], schema=ROWS)
    for name, values in (more or {}).items():
        table = table.append_column(name, values)
    people = pd.DataFrame({"pid": range(len(persons)), "row": range(2, len(persons) + 2)})
    people = people.assign(source_file="甲.xlsx", sheet="花名册", name="张示例", unit="示例厂", unit_id="示例厂")
    for name, made in (("rows", table), ("people", people)):
        con.register("_incoming", made)
        con.execute(f"CREATE TABLE {name} AS SELECT * FROM _incoming")
        con.unregister("_incoming")


def graded_in_sheet(persons: list[Facts]) -> frozenset[int]:
    """The years that some row of the sheet has a grade of."""
    return frozenset().union(*(person.assessments for person in persons))
