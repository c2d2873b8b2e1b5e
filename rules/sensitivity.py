"""What each interpretation (解释口径) weighs: how many outcomes would be others under its alternative.

Of every route, as it is and as each alternative makes it, the parts that decide (who is on it, what is held, each condition, the years) are
worked out once for all people by SQL, each different part once. What comes of them is worked out over columns of numpy: as SQL some hundred
results of a direction take a third of a second to be parsed and planned, however few people there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import duckdb
import numpy as np
import numpy.typing as npt

from guantong.rules.evaluation.compile_policy import RouteRule, compile_policy, make_routes
from guantong.rules.evaluation.evaluate import make_held, make_standing
from guantong.rules.evaluation.outcomes import Case, outcome_cases
from guantong.rules.evaluation.route_years import years_sql
from guantong.rules.evaluation.routes import RouteParts, Routes
from guantong.rules.policy.document import Value
from guantong.rules.policy.load import Policy
from guantong.rules.rulebook import UNKNOWN_WORDS, settings, value_as_yaml, value_in_words
from guantong.rules.vocabulary import DIRECTIONS, OUTCOMES, SKILL_WORDS, TITLES
from guantong.rules.what_if import alternatives, policy_with
from guantong.schemas.database import scalar
from guantong.schemas.sql_text import literal

_Flags: TypeAlias = npt.NDArray[np.bool_]
_Numbers: TypeAlias = npt.NDArray[np.int16]
_Persons: TypeAlias = npt.NDArray[np.int64]
_STEP = len(TITLES) + len(SKILL_WORDS) + 1  # more than there are targets
_NOT_IN_PLAY = (len(OUTCOMES) + 1) * _STEP  # above all results
_FETCHED = 250_000  # people whose columns are fetched together: two hundred bytes each with their masks
_AT_ONCE = 8_000  # people whose columns are looked at together


@dataclass(frozen=True)
class Weight:
    """What an alternative would change, each person counted once: persons whose best result in a direction is another, who gain
    and lose 符合申报条件 in a direction; and verdicts with another outcome. ``change``: as `what_if.edit_policy` takes it."""

    setting: str
    change: str
    value: Value
    persons: int
    gained: int
    lost: int
    verdicts: int


def weights(con: duckdb.DuckDBPyConnection, policy: Policy, as_of: dt.date) -> list[Weight]:
    """The weight of every alternative, the heaviest first. ``con`` holds what `stored_audit.open_tables` gives of an audit by ``policy``."""
    changes = alternatives(policy)
    judged = _routes_to_judge(policy, changes)
    _make_counted(con)
    make_routes(con, compile_policy(policy))
    rules = [one.rule for one in judged]
    make_held(con, rules, as_of)
    make_standing(con, rules)
    moved = [_Moved() for _ in changes]
    for direction in DIRECTIONS:
        _judge_direction(con, direction, [one for one in judged if one.rule.direction == direction], Routes(rules), moved)
    weighed = [
        Weight(name, f"{name}={value_as_yaml(value)}", value, *one.counts()) for (name, value), one in zip(changes, moved, strict=True)
    ]
    return sorted(weighed, key=lambda one: (-one.persons, -one.verdicts, one.change))


def describe_weights(policy: Policy, found: list[Weight]) -> list[dict[str, object]]:
    """The weights in words, as data/sensitivity.parquet has them."""
    known = {item["name"]: item for item in settings(policy)}
    return [
        {
            "setting": one.setting,
            "title": known[one.setting]["title"],
            "clause": known[one.setting]["clause"],
            "now": known[one.setting]["value"],
            "other": UNKNOWN_WORDS[str(one.value)] if one.setting.startswith("unknown.") else value_in_words(one.value),
            "change": one.change,
            **{name: getattr(one, name) for name in ("persons", "gained", "lost", "verdicts")},
        }
        for one in found
    ]


class _Judged(NamedTuple):
    """A route as an alternative makes it, by the place of each; ``alternative`` None: as it is."""

    rule: RouteRule
    place: int
    alternative: int | None


def _routes_to_judge(policy: Policy, changes: Sequence[tuple[str, Value]]) -> list[_Judged]:
    """The routes as they are, and each of them as each alternative makes it where that is another."""
    now = compile_policy(policy)
    judged = [_Judged(rule, place, None) for place, rule in enumerate(now)]
    for number, change in enumerate(changes):
        others = compile_policy(policy_with(policy, *change))
        judged += [_Judged(rule, place, number) for place, rule in enumerate(others) if rule != now[place]]
    return judged


class _Result(NamedTuple):
    """What comes of a route, by the names of columns: null where ``in_play`` is not true."""

    in_play: str
    target: str
    cases: tuple[Case, ...]


class _Columns:
    """Expressions over one standing, each once, and the names of their columns."""

    def __init__(self) -> None:
        self._parts: dict[str, str] = {}
        self._years: dict[tuple[tuple[str, str], ...], tuple[RouteRule, str]] = {}

    def result(self, rule: RouteRule, parts: RouteParts) -> _Result:
        """What comes of a route, from its parts."""
        expressions = {"held": parts.held, **dict(parts.conditions)}

        def column(name: str) -> str:
            return self._tenure(rule, parts) if name == "tenure" else self._part(expressions[name])

        target = self._part(f"coalesce(enum_code({parts.target})::SMALLINT + 1, 0)::SMALLINT")
        return _Result(self._part(parts.in_play), target, tuple(case.renamed(column) for case in outcome_cases(rule)))

    def _part(self, expression: str) -> str:
        """What the column of ``expression`` is called."""
        return self._parts.setdefault(expression, f"part_{len(self._parts)}")

    def _tenure(self, rule: RouteRule, parts: RouteParts) -> str:
        """What the column is called of whether the years of a route are full."""
        assert parts.years is not None  # they are asked
        _, number = self._years.setdefault(parts.years, (rule, f"_{len(self._years)}"))
        return self._part(f"tenure{number}")

    def sql(self, standing: str) -> str:
        """The query of all parts by pid and person, from ``standing``: those of the years each over the ones before it."""
        columns = [list(years_sql(rule, number).items()) for rule, number in self._years.values()]
        query = standing
        for together in zip(*columns, strict=True):
            query = f"(SELECT *, {', '.join(f'{text} AS {name}' for name, text in together)} FROM {query})"
        return f"SELECT pid, person, {', '.join(f'{text} AS {name}' for text, name in self._parts.items())} FROM {query}"


@dataclass
class _Moved:
    """What an alternative changes: persons whose best result is another, who gain and lose 符合申报条件, each as often as found; and how many verdicts."""

    persons: list[_Persons] = field(default_factory=list)
    gained: list[_Persons] = field(default_factory=list)
    lost: list[_Persons] = field(default_factory=list)
    verdicts: int = 0

    def add(self, persons: _Persons, best: _Numbers, best_then: _Numbers, verdicts: int) -> None:
        """Add people by their best results, now and then."""
        eligible, eligible_then = best < _STEP, best_then < _STEP
        self.persons.append(persons[best != best_then])
        self.gained.append(persons[eligible_then & ~eligible])
        self.lost.append(persons[eligible & ~eligible_then])
        self.verdicts += verdicts

    def counts(self) -> tuple[int, int, int, int]:
        """Each person once; and the verdicts."""
        persons, gained, lost = (len(np.unique(np.concatenate(some))) if some else 0 for some in (self.persons, self.gained, self.lost))
        return persons, gained, lost, self.verdicts


def _judge_direction(
    con: duckdb.DuckDBPyConnection, direction: str, judged: Sequence[_Judged], routes: Routes, moved: Sequence[_Moved]
) -> None:
    """Add to ``moved`` what each alternative changes in a direction."""
    columns = _Columns()
    now: dict[int, _Result] = {}  # of each route, by its place
    others: dict[int, dict[int, _Result]] = {}  # alternative: of each route that it makes another
    for one in judged:
        result = columns.result(one.rule, routes.parts(one.rule))
        if one.alternative is None:
            now[one.place] = result
        elif result != now[one.place]:
            others.setdefault(one.alternative, {})[one.place] = result
    if not others:
        return
    results = dict.fromkeys([*now.values(), *(result for changed in others.values() for result in changed.values())])
    query = _query(columns, direction)
    for columns_of_some in _fetched(con, query):
        people = _People(columns_of_some, results)
        best = people.best(now.values())
        for alternative, changed in others.items():
            differ = [people.outcomes[now[place]] != people.outcomes[result] for place, result in changed.items()]
            moved[alternative].add(people.persons, best, people.best((now | changed).values()), int(np.sum(differ)))


def _fetched(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[dict[str, npt.NDArray[np.generic]]]:
    """The columns of `_query`, of so many people at a time as stay in the processor's cache."""
    for slice_no in range(scalar(con, "SELECT coalesce(max(slice_no) + 1, 0) FROM counted")):
        fetched = con.execute(query, [slice_no]).fetchnumpy()
        for first in range(0, len(fetched["person"]), _AT_ONCE):
            yield {name: column[first : first + _AT_ONCE] for name, column in fetched.items()}


def _query(columns: _Columns, direction: str) -> str:
    """Of the people of a slice in a direction who is who, all parts, and whether a cell that can't be read keeps open if any route is in play."""
    of_slice = f"(SELECT * FROM standing_{direction.replace('-', '_')} JOIN counted USING (pid) WHERE slice_no = ?)"
    return f"""
        SELECT * EXCLUDE (pid), pid IN (SELECT pid FROM unread_directions WHERE direction = {literal(direction)}::direction) AS is_unread
        FROM ({columns.sql(of_slice)})"""


class _People:
    """Some people, and what comes of them: of each result an order, by the outcome, then the higher target first, so that the best is the least;
    and its outcome alone."""

    def __init__(self, columns: Mapping[str, npt.NDArray[np.generic]], results: Iterable[_Result]) -> None:
        self.persons: _Persons = np.asarray(columns["person"])
        self._targets: dict[str, _Numbers] = {result.target: np.asarray(columns[result.target]) for result in results}
        flags = {name: column for name, column in columns.items() if column.dtype == np.bool_}
        self._unknown: dict[str, _Flags] = {name: np.ma.getmaskarray(column) for name, column in flags.items()}
        self._true: dict[str, _Flags] = {name: np.ma.getdata(column) & ~self._unknown[name] for name, column in flags.items()}
        self._false: dict[str, _Flags] = {name: ~(self._true[name] | self._unknown[name]) for name in flags}
        # with no route in play it is not known whether one is, where the cell that would tell can't be read
        unread = (OUTCOMES.index("unverified") + 1) * _STEP - 1
        self._without_route: _Numbers = np.where(self._true["is_unread"], unread, _NOT_IN_PLAY).astype(np.int16)
        self._orders = {result: self._order(result) for result in results}
        self.outcomes = {result: order // _STEP for result, order in self._orders.items()}

    def best(self, results: Iterable[_Result]) -> _Numbers:
        """The best of what comes of several routes."""
        best: _Numbers = np.minimum.reduce([self._orders[result] for result in results])
        return np.where(best == _NOT_IN_PLAY, self._without_route, best)

    def _order(self, result: _Result) -> _Numbers:
        *cases, last = result.cases
        outcome = np.full(len(self.persons), OUTCOMES.index(last.outcome), np.int16)
        for case in reversed(cases):  # the first that is so holds
            outcome[self._is_so(case)] = OUTCOMES.index(case.outcome)
        order = (outcome + 1) * _STEP - 1 - self._targets[result.target]
        return np.where(self._true[result.in_play], order, np.int16(_NOT_IN_PLAY))

    def _is_so(self, case: Case) -> _Flags:
        tests = [self._true[name] for name in case.true] + [self._false[name] for name in case.false]
        tests += [self._unknown[name] for name in case.unknown]
        tests += [self._unknown[name] & self._true[unread] for name, unread in case.unread]
        so: _Flags = np.logical_or.reduce(tests)
        return so


def _make_counted(con: duckdb.DuckDBPyConnection) -> None:
    """Make counted (pid, person: a number, slice_no: of people who are fetched together), and what the standing is made from; no kinships, which bear on notes alone."""
    con.execute(f"""
        CREATE OR REPLACE TABLE counted AS
        SELECT pid, coalesce(first_pid, pid) AS person, (row_number() OVER () - 1) // {_FETCHED} AS slice_no
        FROM stored_persons AS p LEFT JOIN (
            SELECT person_key, min(pid) AS first_pid FROM stored_persons
            WHERE bucket = 'evaluated' AND duplicate_of IS NULL GROUP BY person_key HAVING count(*) > 1
        ) USING (person_key)
        WHERE bucket = 'evaluated' AND duplicate_of IS NULL;

        CREATE OR REPLACE VIEW rows AS FROM stored_facts;  -- of all: whether a sheet has grades of a year is told by every row
        CREATE OR REPLACE TABLE kinships (title_subject VARCHAR, major VARCHAR, occupation VARCHAR, title_relation VARCHAR, study_relation VARCHAR);
    """)
