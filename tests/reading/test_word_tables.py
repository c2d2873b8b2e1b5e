"""Tables of words (schemas/data): every kind is read by something, and no row stands twice."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from guantong.schemas import catalogue
from tests.support.installed import CLONE

KINDS = {"remark_words": "kind", "row_words": "kind", "credential_words": "kind", "header_words": "kind", "words": "vocabulary"}


@pytest.mark.parametrize("table", KINDS)
def test_every_kind_of_word_is_read_by_name(table: str) -> None:
    sources = [*CLONE.glob("schemas/**/*.py"), *CLONE.glob("rules/**/*.py"), CLONE / "schemas" / "data" / "fields.csv"]
    named = set(re.findall(r"\w+", "".join(path.read_text(encoding="utf-8") for path in sources)))
    assert {row[KINDS[table]] for row in catalogue.rows(table)} <= named


@pytest.mark.parametrize("table", [*KINDS, "titles", "skill_levels", "occupations", "places", "surnames", "aliases"])
def test_no_row_stands_twice(table: str) -> None:
    assert [row for row, times in Counter(tuple(row.values()) for row in catalogue.rows(table)).items() if times > 1] == []


def test_each_word_of_a_remark_is_a_pattern_of_its_own() -> None:
    for row in catalogue.rows("remark_words"):
        re.compile(row["pattern"])
