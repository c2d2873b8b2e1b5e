"""Every worked case of both readings, in real workbooks and audited by the real command: one audit for each file of cases."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from tests.conftest import Audit
from tests.law.worked_cases import EXPECTED, ROWS, ROWS2, cells_of, expected_outcomes, expected_summaries
from tests.support.workbooks import people

_DIGITS = str.maketrans("0123456789_", "零一二三四五六七八九·")


def person_of(case: dict[str, str]) -> str:
    """A made-up name for a case: no digits, so that the name itself is no finding."""
    return f"张{case['case'].translate(_DIGITS)}"


@pytest.fixture(scope="module")
def first(audit: Callable[..., Audit], tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """The cases of the first reading, in one roster."""
    return audit(people(tmp_path_factory.mktemp("cases") / "花名册.xlsx", *({"姓名": person_of(case)} | cells_of(case) for case in ROWS)))


@pytest.fixture(scope="module")
def second(audit: Callable[..., Audit], tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """Those of the second, each in a roster of its own: a header that it does not tell is a column that the sheet lacks."""
    folder = tmp_path_factory.mktemp("cases2")
    for case in ROWS2:
        people(folder / f"{case['case']}.xlsx", {"姓名": person_of(case)} | cells_of(case))
    return audit(folder)


def routes_of(done: Audit, name: str) -> dict[str, str]:
    """route → outcome, `not_yet@day` and `unverified<day`, of the person of that name."""
    (who,) = done.persons[done.persons["name"] == name].to_dict("records")
    mine = done.verdicts[(done.verdicts["source_file"] == who["source_file"]) & (done.verdicts["row"] == who["row"])]
    return {
        line.route: line.outcome
        + "".join(f"{mark}{day:%Y-%m-%d}" for mark, day in (("@", line.eligible_on), ("<", line.certain_by)) if pd.notna(day))
        for line in mine.itertuples()
    }


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in ROWS])
def test_a_worked_case_of_the_first_reading_ends_as_the_regulation_reads(first: Audit, case: dict[str, str]) -> None:
    assert first.routes(person_of(case)) == expected_outcomes(case[EXPECTED]), case["why"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in ROWS2])
def test_a_worked_case_of_the_second_reading_ends_as_the_regulation_reads(second: Audit, case: dict[str, str]) -> None:
    name = person_of(case)
    assert routes_of(second, name) == expected_outcomes(case[EXPECTED]), case["why"]
    (who,) = second.persons[second.persons["name"] == name].to_dict("records")
    for direction, outcome in expected_summaries(case[EXPECTED]).items():
        assert who[f"{direction.replace('-', '_')}_outcome"] == outcome, case["why"]


def test_who_has_no_route_in_play_is_told_so_both_ways(first: Audit) -> None:
    names = {person_of(case) for case in ROWS if not case[EXPECTED]}
    told = first.persons[first.persons["name"].isin(names)]
    assert len(told) == len(names) > 0
    assert set(told["skill_to_title_outcome"]) | set(told["title_to_skill_outcome"]) == {"no_route"}


def test_every_case_is_evaluated(first: Audit, second: Audit) -> None:
    assert (first.status, second.status) == (0, 0)
    assert first.files["rows_evaluated"].tolist() == [len(ROWS)]
    assert second.files["rows_evaluated"].tolist() == [1] * len(ROWS2)
