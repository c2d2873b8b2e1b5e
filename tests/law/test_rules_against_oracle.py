"""The rules in SQL against the oracle: any facts, any as-of day, the same verdicts and summaries."""

from __future__ import annotations

import calendar
import datetime as dt

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.rules.evaluation.evaluate import add_words, evaluate
from guantong.rules.evaluation.relations import Relation, Relations
from guantong.rules.policy.load import Policy, load
from guantong.rules.what_if import edit_policy
from tests.support import oracle
from tests.support.inprocess import day, told
from tests.support.oracle import UNKNOWN, Facts, Interval

POLICY = load("liaoning-2019-2")
# What pandas, numpy and DuckDB would say of the frames that the rules make; nothing of what another test has left open in this process.
WITHOUT_A_COMPLAINT = pytest.mark.filterwarnings(
    "error::FutureWarning", "error::DeprecationWarning", "error::RuntimeWarning", "error::pandas.errors.PerformanceWarning"
)
GRADES = ("优秀", "良好", "合格", "称职", "合格", "基本合格", "基本称职", "不合格", "不称职", "不定等次", "未考核")
HONOURS = sorted(oracle.LIST_1 | oracle.LIST_2 | oracle.LIST_3)
MONTH_ENDS = [
    dt.date(2016, 2, 29),
    dt.date(2020, 2, 29),
    dt.date(2024, 2, 29),
    dt.date(2021, 8, 31),
    dt.date(2022, 1, 31),
    dt.date(2023, 2, 28),
]
AS_OF_DAYS = st.one_of(
    st.sampled_from(
        [dt.date(2025, 12, 31), dt.date(2024, 2, 29), dt.date(2025, 2, 28), dt.date(2023, 8, 31), dt.date(2026, 1, 1), dt.date(2025, 6, 30)]
    ),
    st.dates(dt.date(2019, 8, 21), dt.date(2030, 12, 31)),
)
# Where no person has any, pandas does not tell what a list would hold.
LISTS = "* REPLACE (assessments::STRUCT(year BIGINT, grade VARCHAR)[] AS assessments, honours::VARCHAR[] AS honours)"
YES_NO = {True: "是", False: "否", None: None}
SERVICE = {True: "在岗", False: "退休", None: None}
INTEGRITY = {True: "良好", False: "弄虚作假", None: None}
SERIES = {"engineering": "工程系列", "other": "经济系列", None: None}
HISTORY = {"skill": (3, 4, 5), "title": (2, 3, 4)}
SUBJECTS = [None, "焊接", "机械", "车工"]
RELATIONS = Relations(
    (Relation("焊接专业", "焊工", "相同", "示例"), Relation("机械", "6-18-01-01 车工（普通）", "相关", "示例")), "关系.csv", "", False
)
PAIRS = frozenset({("焊接", "焊工"), ("机械", "车工")})
RELATION_NOTES = {"relation", "theory_exam", "theory_exam_exempt"}
NUMBERS = ("away_months", "skill_rank", "title_rank", "claimed_title_rank", "claimed_skill_rank")
DATES = ["work_start", "skill_date", "title_date", *(f"{track}_{rank}_date" for track, ranks in HISTORY.items() for rank in ranks)]


def month_of(day: dt.date) -> Interval:
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def intervals(as_of: dt.date) -> list[Interval]:
    """Days, months and years about the days on which some route's years are just full on the as-of day."""
    days = [*MONTH_ENDS, as_of + dt.timedelta(days=40)]
    for months in (0, 6, 12, 18, 24, 30, 36, 42, 48, 60, 120):
        turn = oracle.add_months(as_of, -months)
        days += [turn - dt.timedelta(days=1), turn, turn + dt.timedelta(days=1)]
    years = [(dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in range(as_of.year - 6, as_of.year + 1)]
    return [(day, day) for day in days] + sorted({month_of(day) for day in days}) + years


def facts(as_of: dt.date) -> st.SearchStrategy[Facts]:
    """A person of whom anything may be known or not."""
    when = st.sampled_from(intervals(as_of))
    maybe = st.one_of(when, when, when, st.none())
    tells = st.sampled_from([True] * 10 + [None, None, False])
    years = st.integers(as_of.year - 4, as_of.year)
    passing = st.just({as_of.year - back: "合格" for back in (1, 2, 3)})
    return st.builds(
        Facts,
        person_category=st.sampled_from(["技能人员", "专业技术人员", "专业技术人员", "管理人员", None]),
        post=st.sampled_from(["技能岗位"] * 8 + ["专业技术岗位", "专业技术岗位", "管理岗位", "其他岗位", None]),
        frontline=tells,
        engineering_field=tells,
        in_service=tells,
        integrity=tells,
        work_start=st.one_of(st.none(), st.none(), st.none(), when, st.just(UNKNOWN)),
        away_months=st.sampled_from([0] * 8 + [1, 6, 12, 18, 25, 600, None]),
        skill=st.sampled_from([*range(8), 3, 4, 5, 3, 4, 5, None, UNKNOWN]),
        skill_date=maybe,
        skill_history=st.dictionaries(st.sampled_from(HISTORY["skill"]), when, max_size=2),
        title=st.sampled_from([*range(6), 2, 3, None, None, None, UNKNOWN]),
        title_series=st.sampled_from(["engineering"] * 5 + ["other", None]),
        title_date=maybe,
        title_history=st.dictionaries(st.sampled_from(HISTORY["title"]), when, max_size=2),
        assessments=st.one_of(passing, passing, passing, st.dictionaries(years, st.sampled_from(GRADES), min_size=2, max_size=5)),
        honours=st.frozensets(st.sampled_from(HONOURS), max_size=2),
        title_subject=st.sampled_from(SUBJECTS),
        major=st.sampled_from(SUBJECTS),
        occupation=st.sampled_from([None, "车工", "焊工", "电工"]),
        claimed_title=st.sampled_from([None, 2, 3, 4, 5]),
        claimed_skill=st.sampled_from([None, 2, 3, 4, 5]),
    )


def state(value: object) -> str:
    return {None: "blank", 0: "none", UNKNOWN: "unknown"}.get(value, "known")


def dates(facts_: Facts) -> dict[str, Interval]:
    found = {"skill_date": facts_.skill_date, "title_date": facts_.title_date, "work_start": facts_.work_start}
    found |= {f"skill_{rank}_date": when for rank, when in facts_.skill_history.items()}
    found |= {f"title_{rank}_date": when for rank, when in facts_.title_history.items()}
    return {name: when for name, when in found.items() if isinstance(when, tuple)}


def row(pid: int, facts_: Facts) -> dict[str, object]:
    """A row of the typed table that the readers make, saying what the facts say."""
    named = pid % 2 == 0  # the series is told by the title's name, or by 职称系列 beside a grade
    ends = {f"{name}_{end}": when[at] for name, when in dates(facts_).items() for at, end in enumerate(("lo", "hi"))}
    return {
        "pid": pid, "bucket": "evaluated", "person_category": facts_.person_category, "post": facts_.post, "major": facts_.major,
        "title_subject": facts_.title_subject, "occupation": facts_.occupation,
        "frontline": YES_NO[facts_.frontline], "engineering_field": YES_NO[facts_.engineering_field],
        "service": SERVICE[facts_.in_service], "integrity": INTEGRITY[facts_.integrity],
        "work_start_state": "known" if isinstance(facts_.work_start, tuple) else state(facts_.work_start),
        "away_months": facts_.away_months, "away_months_state": "unknown" if facts_.away_months is None else "known",
        "skill_state": state(facts_.skill), "skill_rank": facts_.skill if isinstance(facts_.skill, int) else None,
        "title_state": state(facts_.title), "title_rank": facts_.title or 0 if facts_.title != UNKNOWN else None,
        "title_named_series": SERIES[facts_.title_series] if named else None,
        "title_series": None if named else SERIES[facts_.title_series],
        "assessments": [{"year": year, "grade": grade} for year, grade in facts_.assessments.items()] or None,
        "honours": sorted(facts_.honours) or None,
        "claimed_title": None, "claimed_title_rank": facts_.claimed_title, "claimed_title_state": state(facts_.claimed_title),
        "claimed_title_series": None,
        "claimed_skill": None, "claimed_skill_rank": facts_.claimed_skill, "claimed_skill_state": state(facts_.claimed_skill),
    } | ends  # fmt: skip


def tables_of(persons: list[Facts]) -> dict[str, pd.DataFrame]:
    """The tables that `evaluate` and `add_words` read."""
    columns = [f"{name}_{end}" for name in DATES for end in ("lo", "hi")]
    rows = pd.DataFrame([dict.fromkeys(columns) | row(pid, facts_) for pid, facts_ in enumerate(persons)])
    rows = rows.astype({name: "datetime64[s]" for name in columns} | dict.fromkeys(NUMBERS, "Int32"))
    words = [
        "person_category",
        "post",
        "major",
        "title_subject",
        "occupation",
        "frontline",
        "engineering_field",
        "service",
        "integrity",
        "title_named_series",
        "title_series",
        "claimed_title",
        "claimed_title_series",
        "claimed_skill",
    ]
    people = pd.DataFrame({"pid": range(len(persons)), "row": range(2, len(persons) + 2)})
    return {
        "rows": rows.astype(dict.fromkeys(words, "str")),
        "people": people.assign(source_file="甲.xlsx", sheet="花名册", name="张示例", unit="示例厂", unit_id="示例厂"),
    }


def judged(persons: list[Facts], as_of: dt.date, policy: Policy = POLICY) -> tuple[list[dict], list[dict], list[dict]]:
    """Verdicts by route, (outcome, target) by direction, and claims by direction, of each person."""
    with duckdb.connect() as con:
        for name, table in tables_of(persons).items():
            con.register("_incoming", table)
            con.execute(f"CREATE TABLE {name} AS SELECT {LISTS if name == 'rows' else '*'} FROM _incoming")
            con.unregister("_incoming")
        evaluate(con, policy, as_of, RELATIONS)
        add_words(con, policy)
        verdicts: list[dict] = [{} for _ in persons]
        for line in con.execute("SELECT * FROM verdict_words").df().itertuples():
            assert line.route not in verdicts[line.pid]
            verdicts[line.pid][line.route] = (*told(line), RELATION_NOTES & set(line.review))
        summaries: list[dict] = [{} for _ in persons]
        for pid, direction, outcome, target in con.execute("SELECT pid, direction, outcome, target FROM summaries").fetchall():
            summaries[pid][direction] = (outcome, target)
        claims: list[dict] = [{} for _ in persons]
        for line in con.execute("SELECT * FROM claims").df().itertuples():
            assert line.direction not in claims[line.pid]
            claims[line.pid][line.direction] = claim_told(line)
    return verdicts, summaries, claims


def claim_told(line: object) -> oracle.Claim:
    words = [word if isinstance(word, str) else None for word in (line.route, line.could_claim)]
    return oracle.Claim(line.result, words[0], day(line.eligible_on), frozenset(line.not_met), frozenset(line.unknown), words[1])


@st.composite
def populations(draw: st.DrawFn) -> tuple[list[Facts], dt.date]:
    as_of = draw(AS_OF_DAYS)
    return draw(st.lists(facts(as_of), min_size=30, max_size=60)), as_of


@WITHOUT_A_COMPLAINT
@settings(max_examples=40)
@given(populations())
def test_the_rules_judge_every_person_as_the_oracle_does(population: tuple[list[Facts], dt.date]) -> None:
    persons, as_of = population
    verdicts, summaries, claims = judged(persons, as_of)
    for facts_, found, best, claimed in zip(persons, verdicts, summaries, claims, strict=True):
        expected = oracle.evaluate(facts_, as_of)
        notes = {name: oracle.relation_notes(facts_, name, PAIRS) for name in expected}
        assert found == {name: (*told(verdict), notes[name]) for name, verdict in expected.items()}, (facts_, as_of)
        for direction in ("skill-to-title", "title-to-skill"):
            assert best.get(direction, ("no_route", None)) == oracle.summary(expected, direction), (facts_, as_of)
            assert claimed.get(direction) == oracle.check_claim(facts_, expected, direction), (facts_, as_of)


def test_years_since_the_certificate_are_unknown_where_its_day_is() -> None:
    policy = edit_policy(POLICY, ["s2t-engineer.since=skill_certificate"])
    day = (dt.date(2020, 5, 6),) * 2
    persons = [Facts(skill=5, skill_history={4: day}), Facts(skill=5, skill_history={4: day, 5: day}), Facts(skill=4, skill_date=day)]
    verdicts, _, _ = judged(persons, dt.date(2025, 12, 31), policy)
    assert ["tenure" in found["s2t-engineer"][5] for found in verdicts] == [True, False, False]
