"""Who leaves more open about what is held than is looked at, way by way: it ends as not known, never as certain."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
from hypothesis import given, settings

from guantong.rules.evaluation import held
from guantong.rules.evaluation.evaluate import evaluate
from guantong.rules.evaluation.export import make_words
from tests.law.test_rules_against_oracle import POLICY, RELATIONS, judged
from tests.support.law_oracle.oracle_facts import ENGINEERING, Credential, Facts
from tests.support.law_oracle.oracle_rows import make_tables, populations

AS_OF = dt.date(2025, 12, 31)
LONG_AGO = (dt.date(2001, 5, 6),) * 2
LATER = (dt.date(2026, 3, 4),) * 2
CERTAIN = {"eligible", "refer", "held", "not_yet", "ineligible"}


def person(**held_: object) -> Facts:
    """Of whom all else is told that a route asks."""
    grades = dict.fromkeys((2022, 2023, 2024), "合格")
    told = {"post": "技能岗位", "frontline": True, "engineering_field": True, "service": "在岗", "integrity": True, "province": "辽宁省"}
    states = {f"{track}_state": "known" if held_.get(f"{track}s") else "blank" for track in ("skill", "title")}
    return Facts(**told | {"assessments": grades, "occupation": "焊工"} | states | held_)


def grades_in_part(many: int, lowest: int) -> tuple[Credential, ...]:
    """As many titles of a grade that covers two ranks, each of a day of its own."""
    days = [LONG_AGO[0] + dt.timedelta(days=at) for at in range(many)]
    return tuple(
        Credential(lowest, lowest + 1, (day, day), series=ENGINEERING if at % 2 else None, is_title=True) for at, day in enumerate(days)
    )


OPEN = {
    "more ways than a number holds": person(titles=grades_in_part(90, 2)),
    "grades in part beside one that is whole": person(titles=(*grades_in_part(30, 1), Credential(2, 2, LONG_AGO, series="经济系列", is_title=True))),
    "dated after the day, of many trades": person(skills=tuple(Credential(5, 5, LATER, occupation=f"第{at}工") for at in range(16))),
    "many trades, of few of which the level is in doubt": person(
        skills=(*(Credential(3, 3, LONG_AGO, occupation=f"第{at}工") for at in range(150)), Credential(0, 5), Credential(0, 4, occupation="电工"))
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OPEN)
def test_what_rests_on_it_is_unverified(case: str) -> None:
    verdicts, _, _ = judged([OPEN[case]], AS_OF)
    assert verdicts[0]
    for verdict in verdicts[0].values():
        assert verdict.outcome == "unverified", verdict
        assert "credential" in verdict.unknown
        assert verdict.certain_by is None
        assert {"series"} <= verdict.unknown or verdict.route.startswith("s2t")


def test_it_may_be_held_already() -> None:
    verdicts, _, _ = judged([person(titles=grades_in_part(40, 3), skills=(Credential(5, 5, LONG_AGO),))], AS_OF)
    found = verdicts[0]["s2t-engineer"]
    assert (found.outcome, "held_unknown" in found.notes) == ("eligible", True)


def test_what_is_asked_of_the_person_beside_it_still_decides() -> None:
    verdicts, _, _ = judged([person(titles=grades_in_part(40, 2)), person(titles=grades_in_part(40, 2), integrity=False)], AS_OF)
    assert [{one.outcome for one in found.values()} for found in verdicts] == [{"unverified"}, {"ineligible"}]


def test_many_such_people_need_little_memory() -> None:
    with duckdb.connect(config={"memory_limit": "400MB", "temp_directory": "", "threads": 1}) as con:
        make_tables(con, [one for one in OPEN.values() for _ in range(250)])
        evaluate(con, POLICY, AS_OF, RELATIONS)
        make_words(con)
        assert con.execute("SELECT DISTINCT outcome FROM verdict_words").fetchall() == [("unverified",)]


def test_who_is_not_yet_there_is_so_though_what_else_is_asked_is_not_known() -> None:
    """Of whom all ways are looked at, the title is of another series (一), and no wait helps."""
    title = Credential(4, 5, LONG_AGO, series="经济系列", is_title=True)
    lately = person(titles=(title,), skills=(Credential(1, 1, (dt.date(2025, 6, 30),) * 2),))
    exact, _, _ = judged([lately], AS_OF)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "_MOST_ROWS", 0)
        open_, _, _ = judged([lately], AS_OF)
    assert (exact[0]["t2s-promotion"].outcome, open_[0]["t2s-promotion"].outcome) == ("ineligible", "not_yet")
    assert "series" in open_[0]["t2s-promotion"].unknown


@settings(max_examples=12)
@given(populations())
def test_where_no_way_is_looked_at_nothing_becomes_more_certain(population: tuple[list[Facts], dt.date]) -> None:
    persons, as_of = population
    exact, _, _ = judged(persons, as_of)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "_MOST_ROWS", 0)
        open_, _, _ = judged(persons, as_of)
    for one, known, found in zip(persons, exact, open_, strict=True):
        assert known.keys() <= found.keys(), (one, as_of)
        for route, verdict in found.items():
            less_is_known = (
                verdict.outcome == "not_yet" and route in known and verdict.unknown - known[route].unknown
            )  # of what else is asked
            if verdict.outcome in CERTAIN and route in known and known[route].outcome != "held" and not less_is_known:
                assert verdict.outcome == known[route].outcome, (route, one, as_of)
            assert verdict.outcome not in ("eligible", "refer") or route in known, (route, one, as_of)
