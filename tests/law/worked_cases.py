"""The worked cases of the two readings: tests/law/data/cases.csv, a column for each header, and cases2.csv, cells as ``header=value``."""

from __future__ import annotations

import csv
from pathlib import Path

CASES, CASES2 = (Path(__file__).parent / "data" / name for name in ("cases.csv", "cases2.csv"))
AGREED = Path(__file__).parents[3] / "shared"  # where they were agreed on
EXPECTED = "expected as of 2025-12-31"
_ABOUT = {"case", "why", EXPECTED}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


ROWS, ROWS2 = read(CASES), read(CASES2)


def cells_of(case: dict[str, str]) -> dict[str, str]:
    """The cells by header; a header that is not there is a column that the sheet lacks."""
    if "cells" in case:
        return dict(cell.strip().split("=", 1) for cell in case["cells"].split(" | "))
    return {header: cell for header, cell in case.items() if header not in _ABOUT}


def expected_outcomes(cell: str) -> dict[str, str]:
    """'route=outcome; route=not_yet@day; route=unverified<day' by route, all that are in play; ``route=-`` is none of them."""
    told = dict(_split(part.strip()) for part in cell.split(";") if part.strip())
    return {name: outcome for name, outcome in told.items() if "-to-" not in name and outcome != "-"}


def expected_summaries(cell: str) -> dict[str, str]:
    """The summaries that a case tells, by direction."""
    return {name: outcome for name, outcome in (_split(part.strip()) for part in cell.split(";") if part.strip()) if "-to-" in name}


def _split(part: str) -> tuple[str, str]:
    name, _, outcome = part.partition("=")
    return name, outcome
