"""The words of the rules as types of DuckDB, in their order: a level is compared with a level, an outcome with an outcome.

A word has to be cast where it is compared (``>= '技师'::skill_level``): DuckDB compares a bare text with a type as two texts.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from guantong.rules.vocabulary import DIRECTIONS, NOTHING, OUTCOMES, SKILL_WORDS, SKILLS, TITLES
from guantong.schemas.sql_text import literal, literals

SKILL_LADDER, TITLE_LADDER = (NOTHING, *SKILLS), (NOTHING, *TITLES)
_TYPES = {
    "skill_level": SKILL_LADDER,
    "title_level": TITLE_LADDER,
    "outcome": OUTCOMES,
    "direction": DIRECTIONS,
    "target": (*TITLES, *SKILL_WORDS),  # of the two directions; of one of them the higher is the later
}


def make_types(con: duckdb.DuckDBPyConnection, route_ids: Iterable[str]) -> None:
    """Make the types, and the functions that give the word of a rank; ``route_ids``: the words of the type route_id."""
    for name, words in {**_TYPES, "route_id": tuple(route_ids)}.items():
        con.execute(f"CREATE OR REPLACE TYPE {name} AS ENUM ({literals(words)})")
    # of the ranks that the readers give, from 1; null for null
    _make_function(con, "skill_of_rank", {str(rank): level("skill_level", word) for rank, word in enumerate(SKILL_LADDER)})
    _make_function(con, "skill_target", {level("skill_level", word): level("target", said) for word, said in zip(SKILLS, SKILL_WORDS)})
    _make_function(con, "title_of_rank", {str(rank): level("title_level", word) for rank, word in enumerate(TITLE_LADDER)})


def level(kind: str, word: str) -> str:
    """A word as a constant of its type."""
    return f"{literal(word)}::{kind}"


def _make_function(con: duckdb.DuckDBPyConnection, name: str, steps: dict[str, str]) -> None:
    whens = " ".join(f"WHEN {given} THEN {found}" for given, found in steps.items())
    con.execute(f"CREATE OR REPLACE MACRO {name}(given) AS CASE given {whens} END")
