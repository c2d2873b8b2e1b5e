"""Every worked case of cases.csv, written in one workbook and audited by the real command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Audit
from tests.law.test_oracle import EXPECTED, ROWS, expected_outcomes
from tests.support.workbooks import people


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], tmp_path_factory: pytest.TempPathFactory) -> Audit:
    left_out = {"case", "why", EXPECTED}
    persons = [{"姓名": person_of(row["case"])} | {header: cell for header, cell in row.items() if header not in left_out} for row in ROWS]
    path: Path = people(tmp_path_factory.mktemp("cases") / "花名册.xlsx", *persons)
    return audit(path)


def person_of(case: str) -> str:
    """A made-up name for a case: no digits, so that the name itself is no finding."""
    return f"张{case}"


@pytest.mark.parametrize("row", [pytest.param(row, id=row["case"]) for row in ROWS])
def test_a_worked_case_ends_as_the_regulation_reads(done: Audit, row: dict[str, str]) -> None:
    assert done.routes(person_of(row["case"])) == expected_outcomes(row[EXPECTED]), row["why"]


def test_who_has_no_route_in_play_is_told_so_both_ways(done: Audit) -> None:
    names = {person_of(row["case"]) for row in ROWS if not row[EXPECTED]}
    told = done.persons[done.persons["name"].isin(names)]
    assert len(told) == len(names) > 0
    assert set(told["skill_to_title_outcome"]) | set(told["title_to_skill_outcome"]) == {"no_route"}


def test_every_case_is_evaluated(done: Audit) -> None:
    assert done.status == 0
    assert done.files["rows_evaluated"].tolist() == [len(ROWS)]
