"""The retrospective audit: each award judged as of its own day, as an ordinary audit of that day would judge what was held before it."""

from __future__ import annotations

import datetime as dt

import duckdb
import oracle
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inprocess import told
from oracle import Facts
from test_rules_against_oracle import POLICY, RELATIONS, claim_told, facts, tables_of

from guantong.rules.retrospective import award_column, evaluate_awards

IN_FORCE = dt.date(2019, 8, 21)
TODAY = dt.date(2025, 12, 31)


@st.composite
def awarded_people(draw: st.DrawFn) -> tuple[list[Facts], list[tuple[dt.date, dt.date] | None]]:
    """People, and the interval that each one's award column tells: a day, often that of a credential; a month; nothing."""
    persons = draw(st.lists(facts(TODAY), min_size=20, max_size=40))
    days = draw(st.lists(st.dates(dt.date(2016, 1, 1), TODAY), min_size=1, max_size=4))
    told_days = []
    for one in persons:
        dated = [when[0] for when in (one.skill_date, one.title_date, *one.skill_history.values(), *one.title_history.values()) if when]
        day = draw(st.sampled_from(dated[:1] + dated[-1:] + days))
        told_days.append(draw(st.sampled_from([(day, day)] * 8 + [(day.replace(day=1), day.replace(day=28)), None])))
    return persons, told_days


@pytest.mark.filterwarnings("error")
@settings(max_examples=12)
@given(awarded_people())
def test_an_award_is_judged_as_of_its_own_day_as_the_oracle_does(
    people: tuple[list[Facts], list[tuple[dt.date, dt.date] | None]],
) -> None:
    persons, told_days = people
    rejected, verdicts, claims = judged(persons, told_days)
    for pid, (facts_, when) in enumerate(zip(persons, told_days, strict=True)):
        if when is None or when[0] != when[1] or when[0] < IN_FORCE:
            assert rejected[pid] == ("no_policy_in_force" if when and when[0] == when[1] else "award_date_unclear")
            assert not verdicts[pid] and not claims[pid]
            continue
        expected = oracle.evaluate(oracle.as_it_stood(facts_, when[0]), when[0])
        assert verdicts[pid] == {name: told(verdict) for name, verdict in expected.items()}, (facts_, when)
        for direction in ("skill-to-title", "title-to-skill"):
            assert claims[pid].get(direction) == oracle.check_award(facts_, when[0], direction), (facts_, when)


def judged(persons: list[Facts], told_days: list[tuple[dt.date, dt.date] | None]) -> tuple[dict, list[dict], list[dict]]:
    """Why rows were not judged, by pid; verdicts by route and awards by direction of each person."""
    days = {"award_date_lo": [when and when[0] for when in told_days], "award_date_hi": [when and when[1] for when in told_days]}
    tables = tables_of(persons)
    tables["rows"] = (
        tables["rows"]
        .assign(skill=None, title=None, rejected_for=None, award_date_state=["blank" if when is None else "known" for when in told_days], **days)
        .astype(dict.fromkeys(days, "datetime64[s]") | dict.fromkeys(["skill", "title", "rejected_for"], "str"))
    )
    with duckdb.connect() as con:
        for name, table in tables.items():
            con.register("_incoming", table)
            con.execute(f"CREATE TABLE {name} AS SELECT * FROM _incoming")
            con.unregister("_incoming")
        evaluate_awards(con, POLICY, award_column("批准时间"), RELATIONS)
        rejected = dict(con.execute("SELECT pid, rejected_for FROM rows WHERE bucket = 'rejected'").fetchall())
        verdicts: list[dict] = [{} for _ in persons]
        for line in con.execute("SELECT * FROM verdict_words").df().itertuples():
            verdicts[line.pid][line.route] = told(line)
        claims: list[dict] = [{} for _ in persons]
        for line in con.execute("SELECT * FROM claims").df().itertuples():
            claims[line.pid][line.direction] = claim_told(line)
    return rejected, verdicts, claims
