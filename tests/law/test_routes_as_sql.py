"""The SQL of a policy's routes as people read it: each under its clause, its conditions by their names, words compared as levels."""

from __future__ import annotations

import re

import duckdb
import pytest
from click.testing import CliRunner

from guantong.flows.cli import cli
from guantong.rules.evaluation.printed import routes_as_sql
from guantong.rules.policy.load import known_policies, load


def queries(policy: str) -> list[str]:
    return routes_as_sql(load(policy)).split("\n\n")[1:]


@pytest.mark.parametrize("policy", known_policies())
def test_each_route_stands_under_its_clause_with_its_conditions_by_name(policy: str) -> None:
    document = load(policy).document
    found = queries(policy)
    assert len(found) == len(document.routes)
    for route, text in zip(document.routes, found, strict=True):
        comments = "".join(line.removeprefix("-- ") for line in text.splitlines() if line.startswith("--"))
        assert comments.startswith(route.id)
        assert all(document.clauses[clause] in comments for clause in route.clause.split("；"))
        asked = [*route.conditions, *(["tenure"] if route.years else [])]
        assert all(re.search(rf" AS {name}\b", text) for name in asked), asked
        assert len(duckdb.extract_statements(text)) == 1


@pytest.mark.parametrize("policy", known_policies())
def test_a_level_is_never_compared_with_a_bare_text_or_number(policy: str) -> None:
    """DuckDB compares a level with a bare text as two texts, and 高级工 would be above 技师."""
    text = "\n".join(line for query in queries(policy) for line in query.splitlines() if not line.startswith("--"))
    compared = re.findall(r"\b(?:sure|possible)_\w+ (?:[<>]=?|=) (\S+)", text)
    assert compared
    assert all("::" in constant or constant.startswith("possible_") for constant in compared), compared


def test_the_command_prints_it_and_asks_which_policy() -> None:
    printed = CliRunner().invoke(cli, ["policies", "liaoning-2019-2", "--sql"])
    assert printed.exit_code == 0
    assert printed.output.strip() == routes_as_sql(load("liaoning-2019-2")).strip()
    assert CliRunner().invoke(cli, ["policies", "--sql"]).exit_code == 2
