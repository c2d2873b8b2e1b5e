"""What each setting weighs, of any people: what an evaluation of everybody by each alternative changes."""

from __future__ import annotations

import datetime as dt
import random

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.rules.evaluation.evaluate import evaluate
from guantong.rules.evaluation.export import make_words
from guantong.rules.evaluation.relations import Relations
from guantong.rules.policy.load import Policy, load
from guantong.rules.rulebook import value_as_yaml
from guantong.rules.sensitivity import weights
from guantong.rules.what_if import alternatives, edit_policy
from tests.support.law_oracle.oracle_facts import Facts
from tests.support.law_oracle.oracle_rows import make_tables, populations, readings

POLICY = load("liaoning-2019-2")
NO_RELATIONS = Relations((), "关系.csv", "", False)


def outcomes_of(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date) -> tuple[dict, dict]:
    """(pid, direction) → best outcome and target, and (pid, route) → outcome, of those who are counted."""
    con.execute("CREATE OR REPLACE VIEW rows AS FROM stored_facts")
    evaluate(con, policy, as_of, NO_RELATIONS)
    make_words(con)
    counted = "JOIN stored_persons USING (pid) WHERE duplicate_of IS NULL"
    best = con.execute(f"SELECT pid, direction, s.outcome, s.target FROM summaries AS s {counted}").fetchall()
    every = con.execute(f"SELECT pid, route, outcome FROM verdict_words {counted}").fetchall()
    return {row[:2]: row[2:] for row in best}, {row[:2]: row[2] for row in every}


def store(con: duckdb.DuckDBPyConnection, persons: list[Facts], repeated: set[int]) -> dict[int, int]:
    """Store the people as an audit does; of ``repeated`` each is the same person as the one before. Gives pid → person."""
    make_tables(con, persons)
    same = {pid: pid - 1 if pid in repeated else pid for pid in range(len(persons))}
    keys = ", ".join(f"({pid}, 'key {other}')" for pid, other in same.items())
    con.execute(f"""
        CREATE TABLE stored_facts AS FROM rows;
        DROP TABLE rows;
        CREATE TABLE stored_persons AS
        SELECT people.*, person_key, 'evaluated' AS bucket, CASE WHEN pid % 11 = 10 THEN 'another row' END AS duplicate_of
        FROM people JOIN (VALUES {keys}) AS k(pid, person_key) USING (pid);
    """)
    return same


@settings(max_examples=2, deadline=None)
@given(populations(), readings(), st.sets(st.sampled_from(range(1, 15, 2)), max_size=3), st.randoms())
def test_a_weight_is_what_judging_everybody_by_the_alternative_changes(
    population: tuple[list[Facts], dt.date], chosen: dict[str, object], repeated: set[int], chance: random.Random
) -> None:
    persons, as_of = population
    policy = edit_policy(POLICY, [f"{name}={value_as_yaml(value)}" for name, value in chosen.items()])
    with duckdb.connect(config={"threads": 1}) as con:
        person_of = store(con, persons, repeated)
        found = {one.change: one for one in weights(con, policy, as_of)}
        best, every = outcomes_of(con, policy, as_of)
        assert len(found) == len(alternatives(policy))
        for change in chance.sample(sorted(found), 12):  # each takes an evaluation; test_whatif.py judges by all of them
            one = found[change]
            best_then, every_then = outcomes_of(con, edit_policy(policy, [change]), as_of)
            moved = {key for key in best | best_then if best.get(key) != best_then.get(key)}
            was, becomes = ({key for key in moved if told.get(key, ("", None))[0] == "eligible"} for told in (best, best_then))
            counted = [len({person_of[pid] for pid, _ in some}) for some in (moved, becomes - was, was - becomes)]
            verdicts = sum(every.get(key) != every_then.get(key) for key in every | every_then)
            assert [one.persons, one.gained, one.lost, one.verdicts] == [*counted, verdicts], change


def test_nobody_weighs_nothing() -> None:
    with duckdb.connect() as con:
        store(con, [Facts(skill_state="blank", title_state="blank")], set())
        assert {(one.persons, one.verdicts) for one in weights(con, POLICY, dt.date(2025, 12, 31))} == {(0, 0)}
