"""What makes each outcome of a route so, once for the SQL of verdicts and for whoever judges many routes at a time."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
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

    def renamed(self, column: Callable[[str], str]) -> Case:
        """The case by other names of its columns."""
        true, false, unknown = (tuple(map(column, names)) for names in (self.true, self.false, self.unknown))
        return Case(self.outcome, true, false, unknown, tuple((column(name), column(unread)) for name, unread in self.unread))


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


def outcome_sql(rule: RouteRule, of_person: Mapping[str, str] | None = None, shared: Container[str] = ()) -> str:
    """The outcome, over columns of the cases' names. ``of_person``: what the columns are called of tests of ``shared`` names (`shared_tests`)."""
    *cases, last = outcome_cases(rule)
    whens = "".join(f"\n        WHEN {_when(case, of_person or {}, shared)} THEN {level('outcome', case.outcome)}" for case in cases)
    return f"CASE{whens}\n        ELSE {level('outcome', last.outcome)}\n    END"


def shared_tests(rule: RouteRule, shared: Mapping[str, str]) -> dict[str, str]:
    """The tests of a route's outcomes that look at ``shared`` names alone, as `outcome_sql` asks them and over the columns of these names."""
    cases = [_of(case, shared, True) for case in outcome_cases(rule)[:-1]]
    return {test: over for case in cases for test, over in zip(_tests(case), _tests(case.renamed(shared.__getitem__)), strict=True)}


def _when(case: Case, of_person: Mapping[str, str], shared: Container[str]) -> str:
    """Whether it is so of those of whom no case before it is."""
    tests = _tests(_of(case, shared, False)) + [of_person.get(test, test) for test in _tests(_of(case, shared, True))]
    return tests[0] if len(tests) == 1 else " OR ".join(f"({test})" for test in tests)


def _tests(case: Case) -> list[str]:
    tests = [*case.true]
    if case.false:
        tests.append(f"NOT {case.false[0]}" if len(case.false) == 1 else f"NOT ({' AND '.join(case.false)})")
    if case.unknown:  # none of them is false by now
        tests.append(f"({' AND '.join(case.unknown)}) IS NULL")
    return tests + [f"{name} IS NULL AND {unread}" for name, unread in case.unread]


def _of(case: Case, shared: Container[str], are: bool) -> Case:
    """A case by those of its names alone that are ``shared``, or that are not."""

    def chosen(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in names if (name in shared) == are)

    pairs = tuple(pair for pair in case.unread if (pair[0] in shared and pair[1] in shared) == are)
    return Case(case.outcome, chosen(case.true), chosen(case.false), chosen(case.unknown), pairs)


def may_stand(rule: RouteRule) -> list[str]:
    """The conditions asked of which an unknown fact may let the verdict stand: a blank does, a cell that can't be read does not."""
    return [name for name in rule.conditions if rule.unknown_effect(name) in ("review", "ignore")]


def unknown_notes(rule: RouteRule, columns: Mapping[str, str] | None = None) -> dict[str, str]:
    """The notes that a condition is not known, where that lets the verdict stand; over ``columns`` of the conditions and of whether they are unread,
    where these have other names."""
    called = columns or {}
    noted = [name for name in may_stand(rule) if rule.unknown_effect(name) == "review"]
    return {
        f"{name}_unknown": f"{called.get(name, name)} IS NULL AND NOT {called.get(f'{name}_unread', f'{name}_unread')}"
        if name in noted
        else "false"
        for name in CONDITIONS
    }
