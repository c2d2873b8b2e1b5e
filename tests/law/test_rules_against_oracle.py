"""The rules in SQL against the oracle: any people, any as-of day, any reading of the doubts, the same verdicts and summaries."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.rules.evaluation.evaluate import evaluate
from guantong.rules.evaluation.export import make_words
from guantong.rules.evaluation.relations import Relation, Relations
from guantong.rules.policy.load import Policy, load
from guantong.rules.rulebook import value_as_yaml
from guantong.rules.what_if import edit_policy
from tests.support.inprocess import day
from tests.support.law_oracle import oracle
from tests.support.law_oracle.oracle_claims import Claim, check_claim, relation_notes
from tests.support.law_oracle.oracle_facts import Credential, Facts, Settings, Verdict
from tests.support.law_oracle.oracle_rows import facts, graded_in_sheet, make_tables, populations, readings, settings_of

POLICY = load("liaoning-2019-2")
# What pandas, numpy and DuckDB would say of the frames that the rules make; nothing of what another test has left open in this process.
WITHOUT_A_COMPLAINT = pytest.mark.filterwarnings(
    "error::FutureWarning", "error::DeprecationWarning", "error::RuntimeWarning", "error::pandas.errors.PerformanceWarning"
)
RELATIONS = Relations(
    (Relation("焊接专业", "焊工", "相同", "示例"), Relation("机械", "6-18-01-01 车工（普通）", "相关", "示例")), "关系.csv", "", False
)
PAIRS = frozenset({("焊接", "焊工"), ("机械", "车工")})
DIRECTIONS = ("skill-to-title", "title-to-skill")


def judged(persons: list[Facts], as_of: dt.date, policy: Policy = POLICY) -> tuple[list[dict], list[dict], list[dict]]:
    """Verdicts by route, (outcome, target) by direction, and claims by direction, of each person."""
    with duckdb.connect(config={"threads": 1}) as con:  # a few people: two threads would wait for each other
        make_tables(con, persons)
        evaluate(con, policy, as_of, RELATIONS)
        make_words(con)
        return read_verdicts(con, persons), read_summaries(con, persons), read_claims(con, persons)


def read_verdicts(con: duckdb.DuckDBPyConnection, persons: list[Facts]) -> list[dict[str, Verdict]]:
    """The program's verdicts in the oracle's words."""
    verdicts: list[dict] = [{} for _ in persons]
    for line in con.execute("SELECT * FROM verdict_words").df().itertuples():
        assert line.route not in verdicts[line.pid]
        verdicts[line.pid][line.route] = Verdict(
            line.route,
            line.outcome,
            line.target if isinstance(line.target, str) else None,
            *(day(value) for value in (line.eligible_on, line.certain_by, line.since)),
            *(frozenset(names) for names in (line.not_met, line.unknown, line.review)),
        )
    return verdicts


def read_summaries(con: duckdb.DuckDBPyConnection, persons: list[Facts]) -> list[dict[str, tuple[str, str | None]]]:
    summaries: list[dict] = [{} for _ in persons]
    for pid, direction, outcome, target in con.execute("SELECT pid, direction, outcome, target FROM summaries").fetchall():
        summaries[pid][direction] = (outcome, target)
    return summaries


def read_claims(con: duckdb.DuckDBPyConnection, persons: list[Facts]) -> list[dict[str, Claim]]:
    claims: list[dict] = [{} for _ in persons]
    for line in con.execute("SELECT * FROM claims").df().itertuples():
        assert line.direction not in claims[line.pid]
        claims[line.pid][line.direction] = claim_told(line)
    return claims


def claim_told(line: object) -> Claim:
    words = [word if isinstance(word, str) else None for word in (line.route, line.could_claim)]
    return Claim(line.result, words[0], day(line.eligible_on), frozenset(line.not_met), frozenset(line.unknown), words[1])


def expected_of(person: Facts, as_of: dt.date, readings_: Settings) -> dict[str, Verdict]:
    """The oracle's verdicts, with the notes on relations among the others."""
    found = oracle.evaluate(person, as_of, readings_)
    return {name: Verdict(**vars(one) | {"notes": one.notes | relation_notes(person, name, PAIRS)}) for name, one in found.items()}


def assert_same(persons: list[Facts], as_of: dt.date, policy: Policy = POLICY, readings_: Settings = oracle.DEFAULT) -> None:
    years = graded_in_sheet(persons)
    persons = [Facts(**vars(person) | {"graded_in_sheet": years}) for person in persons]
    for person, found, best, claimed in zip(persons, *judged(persons, as_of, policy), strict=True):
        expected = expected_of(person, as_of, readings_)
        assert found == expected, (person, as_of)
        assert_days(found, as_of)
        for direction in DIRECTIONS:
            assert best.get(direction, ("no_route", None)) == oracle.summary(expected, direction, person), (person, as_of)
            assert claimed.get(direction) == check_claim(person, expected, direction, as_of, readings_), (person, as_of)


def assert_days(found: dict[str, Verdict], as_of: dt.date) -> None:
    """Whatever the law says: "not yet" always has its day, and nothing else has."""
    for verdict in found.values():
        assert (verdict.eligible_on is not None) == (verdict.outcome == "not_yet")
        assert verdict.eligible_on is None or verdict.eligible_on > as_of
        assert verdict.certain_by is None or (verdict.outcome == "unverified" and verdict.certain_by > as_of)


@WITHOUT_A_COMPLAINT
@settings(max_examples=20)
@given(populations())
def test_the_rules_judge_every_person_as_the_oracle_does(population: tuple[list[Facts], dt.date]) -> None:
    assert_same(*population)


@WITHOUT_A_COMPLAINT
@settings(max_examples=40)
@given(populations(), readings())
def test_the_rules_read_every_doubt_as_the_oracle_does(population: tuple[list[Facts], dt.date], chosen: dict[str, object]) -> None:
    policy = edit_policy(POLICY, [f"{name}={value_as_yaml(value)}" for name, value in chosen.items()])
    assert_same(*population, policy, settings_of(chosen))


def test_years_since_the_certificate_are_unknown_where_its_day_is() -> None:
    policy = edit_policy(POLICY, ["s2t-engineer.since=skill_certificate"])
    told = (dt.date(2020, 5, 6),) * 2
    lists = [(Credential(5, 5), Credential(4, 4, told)), (Credential(5, 5, told), Credential(4, 4, told)), (Credential(4, 4, told),)]
    verdicts, _, _ = judged([Facts(skills=held, skill_state="known") for held in lists], dt.date(2025, 12, 31), policy)
    assert ["tenure" in found["s2t-engineer"].unknown for found in verdicts] == [True, False, False]


def test_assessments_are_unknown_where_the_start_of_the_post_that_they_must_be_of_cannot_be_read() -> None:
    policy = edit_policy(POLICY, ["current_post_assessments=verify"])
    passed = {2022: "合格", 2023: "合格", 2024: "优秀"}
    people = [
        Facts(skills=(Credential(4, 4),), skill_state="known", assessments=passed, unread=frozenset(unread))
        for unread in ((), ("post_start",))
    ]
    verdicts, _, _ = judged(people, dt.date(2025, 12, 31), policy)
    assert ["assessments" in found["s2t-assistant"].unknown for found in verdicts] == [False, True]


# --- what must hold whatever the law says


@st.composite
def changed_people(draw: st.DrawFn, change: object) -> tuple[list[Facts], list[Facts], dt.date]:
    """People, the same people with something changed about their credentials, and the as-of day; those whom the change does not fit are left out."""
    persons, as_of = draw(populations())
    pairs = [(person, change(draw, person, as_of)) for person in persons]
    pairs = [pair for pair in pairs if pair[1]]
    return [before for before, _ in pairs], [after for _, after in pairs], as_of


def with_credentials(person: Facts, track: str, held: tuple[Credential, ...]) -> Facts:
    return Facts(**vars(person) | {f"{track}s": held, f"{track}_state": "known"})


def add_credential(draw: st.DrawFn, person: Facts, as_of: dt.date) -> Facts | None:
    track = draw(st.sampled_from(["skill", "title"]))
    if getattr(person, f"{track}_state") in ("unknown", "absent"):
        return None
    more = getattr(draw(facts(as_of)), f"{track}s")
    return with_credentials(person, track, (*getattr(person, f"{track}s"), *more)) if more else None


def is_in_order(held: tuple[Credential, ...]) -> bool:
    """Of one trade and series, and no level dated after a higher one."""
    dated = [one for one in held if one.day]
    sorts = {(one.occupation, one.series, one.is_title) for one in held}
    return len(sorts) == 1 and all(low.day[1] <= high.day[0] for low in dated for high in dated if low.rank_hi < high.rank_lo)


def tell_less(draw: st.DrawFn, person: Facts, as_of: dt.date) -> Facts | None:
    """A date that is known less well: a longer interval about it, or none."""
    track = draw(st.sampled_from(["skill", "title"]))
    held = list(getattr(person, f"{track}s"))
    dated = [at for at, one in enumerate(held) if one.day and one.day[0] <= as_of]
    if not dated or not is_in_order(tuple(held)):
        return None
    at = draw(st.sampled_from(dated))
    days = [dt.timedelta(draw(st.sampled_from([0, 1, 40, 400, 1500]))) for _ in range(2)]
    one = held[at]
    held[at] = Credential(
        one.rank_lo,
        one.rank_hi,
        draw(st.sampled_from([None, (one.day[0] - days[0], one.day[1] + days[1])])),
        one.occupation,
        one.series,
        one.is_title,
    )
    return with_credentials(person, track, tuple(held))


@settings(max_examples=15)
@given(populations(), readings())
def test_what_is_held_is_the_same_however_often_it_is_told(population: tuple[list[Facts], dt.date], chosen: dict[str, object]) -> None:
    persons, as_of = population
    policy = edit_policy(POLICY, [f"{name}={value_as_yaml(value)}" for name, value in chosen.items()])
    twice = [Facts(**vars(person) | {"skills": person.skills * 2, "titles": person.titles * 2}) for person in persons]
    assert judged(twice, as_of, policy) == judged(persons, as_of, policy)


@settings(max_examples=15)
@given(changed_people(add_credential))
def test_a_further_credential_takes_no_eligible_away_but_by_held(change: tuple[list[Facts], list[Facts], dt.date]) -> None:
    before, after, as_of = change
    found = judged([*before, *after], as_of)[0]
    for person, more, mine, then in zip(before, after, found[: len(before)], found[len(before) :], strict=True):
        for name, verdict in mine.items():
            if verdict.outcome == "eligible":
                assert then[name].outcome in ("eligible", "held"), (person, more, as_of)


@settings(max_examples=15)
@given(changed_people(tell_less))
def test_a_date_less_well_known_makes_nothing_more_certain(change: tuple[list[Facts], list[Facts], dt.date]) -> None:
    before, after, as_of = change
    found = judged([*before, *after], as_of)[0]
    for person, less, mine, then in zip(before, after, found[: len(before)], found[len(before) :], strict=True):
        for name, verdict in then.items():
            if verdict.outcome in ("eligible", "refer", "not_yet"):
                assert mine[name].outcome == verdict.outcome, (name, person, less, as_of)
