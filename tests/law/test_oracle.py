"""Every worked case of cases.csv through the oracle: routes in play, outcomes, days."""

import csv
from datetime import date
from pathlib import Path

import pytest

from tests.support.oracle import evaluate
from tests.support.oracle_rows import facts_from_clean

CASES = Path(__file__).parent / "data" / "cases.csv"
AGREED = Path(__file__).parents[3] / "shared" / "cases.csv"
AS_OF = date(2025, 12, 31)
EXPECTED = "expected as of 2025-12-31"

with CASES.open(encoding="utf-8-sig", newline="") as file:
    ROWS = list(csv.DictReader(file))


def expected_outcomes(cell: str) -> dict[str, str]:
    """'route=outcome; route=not_yet@day' by route; a blank cell is no route in play."""
    return dict(part.strip().split("=") for part in cell.split(";") if part.strip())


@pytest.mark.skipif(not AGREED.exists(), reason="the agreed cases are not beside this checkout")
def test_the_cases_are_those_agreed_on() -> None:
    assert CASES.read_bytes() == AGREED.read_bytes()


@pytest.mark.parametrize("row", [pytest.param(row, id=row["case"]) for row in ROWS])
def test_the_oracle_reads_a_worked_case(row: dict[str, str]) -> None:
    verdicts = evaluate(facts_from_clean(row), AS_OF)
    found = {
        name: f"{verdict.outcome}@{verdict.eligible_on}" if verdict.eligible_on else verdict.outcome for name, verdict in verdicts.items()
    }
    assert found == expected_outcomes(row[EXPECTED]), row["why"]
