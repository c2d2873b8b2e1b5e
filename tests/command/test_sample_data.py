"""The shipped made-up rosters let everything occur, and hold no real person."""

from pathlib import Path

import pytest

from guantong.rules.policy.load import load
from guantong.schemas import catalogue
from tests.reading.test_findings import OF_AWARDS, OF_ROWS, OF_SHEETS

SAMPLE = Path(__file__).parents[2] / "sample_data"
# What no committed file can be: closed to its reader, on a failing disk, a link that leads out of the clone, a fault of ours, changing
# while it is read, beyond a budget.
OF_THE_MACHINE = {
    "no_permission", "unreadable_file", "outside_link", "reader_failed", "still_written", "changed", "over_budget", "findings_cut",
}  # fmt: skip


@pytest.fixture(scope="module")
def audited(audit):
    """The sample rosters, audited by the real command."""
    return audit(SAMPLE, as_of="2025-12-31")


def test_the_sample_rosters_are_audited_and_some_files_refused(audited) -> None:
    assert audited.status == 1
    assert set(audited.files["status"]) == {"read", "refused"}


def test_every_route_occurs_in_the_sample_rosters(audited) -> None:
    assert set(audited.verdicts["route"]) == {route.id for route in load("liaoning-2019-2").document.routes}


def test_every_outcome_occurs_in_the_sample_rosters(audited) -> None:
    assert set(audited.verdicts["outcome"]) == {"eligible", "refer", "unverified", "not_yet", "held", "ineligible"}


def test_every_finding_code_occurs_in_the_sample_rosters(audited) -> None:
    assert set(audited.findings["code"]) == set(catalogue.finding_kinds()) - OF_THE_MACHINE - OF_AWARDS - (
        OF_ROWS - {"sheet_outdated"}
    ) - OF_SHEETS - {
        "unit_near",
        "grade_contradicted",
    }


def test_every_unit_of_the_sample_is_plainly_made_up(audited) -> None:
    codes = audited.persons["unit_code"].dropna()
    assert len(codes) and codes.str.contains("FAKE").all()
