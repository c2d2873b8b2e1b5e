"""What makes each outcome of a route so, once for the SQL of verdicts and for whoever judges many routes at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from guantong.rules.evaluation.compile_policy import RouteRule
from guantong.rules.evaluation.types import level
from guantong.rules.vocabulary import CONDITIONS


class Case(NamedTuple):
    """An outcome of a route, and what makes it so, by the names of columns: any that is ``true``, ``false`` or ``unknown``, or any that is unknown
    though its cell is filled (``unread``: the column, and the one that says so)."""

    outcome: str
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


def outcome_cases(rule: RouteRule) -> list[Case]:
    """The outcomes of a route for those in play: the first that is so holds, in the order of reading.md; of the last nothing is asked."""
    asked = tuple(name for name in rule.conditions if name != "tenure")
    cases = [Case("held", true=("held",))]
    if asked:
        cases.append(Case("ineligible", false=asked, unknown=_of_effect(rule, asked, "fail")))
    years = ("tenure",) if rule.years else ()
    if years:
        cases += [Case("not_yet", false=years), Case("ineligible", unknown=_of_effect(rule, years, "fail"))]
    unread = tuple((name, f"{name}_unread") for name in may_stand(rule))
    cases.append(Case("unverified", unknown=_of_effect(rule, asked + years, "verify"), unread=unread))
    return [*(case for case in cases if any(case[1:])), Case("refer" if rule.refers else "eligible")]


def _of_effect(rule: RouteRule, names: Iterable[str], effect: str) -> tuple[str, ...]:
    """Those of the conditions of which an unknown fact does that."""
    return tuple(name for name in names if rule.unknown_effect(name) == effect)


def outcome_sql(rule: RouteRule) -> str:
    *cases, last = outcome_cases(rule)
    whens = "".join(f"\n        WHEN {_when(case)} THEN {level('outcome', case.outcome)}" for case in cases)
    return f"CASE{whens}\n        ELSE {level('outcome', last.outcome)}\n    END"


def _when(case: Case) -> str:
    """Whether it is so of those of whom no case before it is."""
    tests = [*case.true]
    if case.false:
        tests.append(f"NOT {case.false[0]}" if len(case.false) == 1 else f"NOT ({' AND '.join(case.false)})")
    if case.unknown:  # none of them is false by now
        tests.append(f"({' AND '.join(case.unknown)}) IS NULL")
    tests += [f"{name} IS NULL AND {unread}" for name, unread in case.unread]
    return tests[0] if len(tests) == 1 else " OR ".join(f"({test})" for test in tests)


def may_stand(rule: RouteRule) -> list[str]:
    """The conditions asked of which an unknown fact may let the verdict stand: a blank does, a cell that can't be read does not."""
    return [name for name in rule.conditions if rule.unknown_effect(name) in ("review", "ignore")]


def unknown_notes(rule: RouteRule) -> dict[str, str]:
    """The notes that a condition is not known, where that lets the verdict stand."""
    noted = [name for name in may_stand(rule) if rule.unknown_effect(name) == "review"]
    return {f"{name}_unknown": f"{name} IS NULL AND NOT {name}_unread" if name in noted else "false" for name in CONDITIONS}
