"""The people of a unit with all that was judged of them, and in which lists of its workbook each stands."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from guantong.reports import wording
from guantong.reports.units.rows import LINE_ORDER, Row

T = TypeVar("T")
Who = tuple[str, str, int, str]  # file, sheet and row as they are shown, and the name: in tables side by side several people stand in a row
_RANK = {outcome: rank for rank, outcome in enumerate(wording.OUTCOMES)}
MAY_APPLY = ("eligible", "refer")


class Person:
    """A person who was evaluated, in play on some route or perhaps so.

    lines: the verdicts, the highest target first; undecided: a row for each direction of which nobody knows whether a route, or another, is in play;
    cells: what verdicts wait for or fail on, by field. best: the best outcome, by which everybody is counted once. waiting: the verdicts
    that wait for a cell and lead to more; nearly: those that want only years, by their days. told: texts that several sheets have (`once`).
    """

    def __init__(self, lines: list[Row], undecided: list[Row], cells: dict[str, list[Row]]) -> None:
        self.lines, self.undecided, self.cells = lines, undecided, cells
        self.row = (lines or undecided)[0]
        self._by_outcome: dict[str, list[Row]] = {}
        for line in lines:
            self._by_outcome.setdefault(line.outcome, []).append(line)
        found = [*self._by_outcome, *(["unverified"] if any(row.decides for row in undecided) else [])]
        self.best = min(found, key=_RANK.__getitem__)
        self._reached = {line.direction: line.target_rank for line in reversed(self.of("eligible"))}
        self.waiting = [line for line in self.of("unverified") if self.gains(line)]
        nearly = [line for line in self.of("not_yet") if self.gains(line)]
        self.nearly = sorted(nearly, key=lambda line: (line.eligible_on, line.target_rank)) if len(nearly) > 1 else nearly
        self.told: dict[object, Any] = {}

    def of(self, outcome: str) -> list[Row]:
        """The verdicts of an outcome, the highest target first."""
        return self._by_outcome.get(outcome, [])

    def to_apply_for(self, direction: str) -> Row | None:
        """The verdict on the highest that the person may apply for in a direction; where another rule says the level, on that."""
        return next((line for outcome in MAY_APPLY for line in self.of(outcome) if line.direction == direction), None)

    def gains(self, line: Row) -> bool:
        """Whether a verdict, were it eligible, would lead to more than the person is eligible for already."""
        now = self._reached.get(line.direction)
        return now is None or (line.target is not None and line.target_rank < now)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, made once for the person."""
        if key not in self.told:
            self.told[key] = make()
        return self.told[key]


def people_of(parts: dict[str, list[Row]]) -> list[Person]:
    """The people of a unit, from the rows of its queries, in the order of their rows."""
    lines, undecided = defaultdict(list), defaultdict(list)
    cells: dict[Who, dict[str, list[Row]]] = defaultdict(dict)
    for line in sorted(parts["lines"], key=LINE_ORDER):
        lines[*line[:3], line.name or ""].append(line)
    for row in parts["undecided"]:
        undecided[*row[:3], row.name or ""].append(row)
    for cell in parts["cells"]:
        told = cells[*cell[:3], cell.name or ""].setdefault(cell.field, [])
        if cell not in told:  # one cell of several years stands for each of them
            told.append(cell)
    everybody = sorted({*lines, *undecided}) if undecided else lines
    return [Person(lines.get(who, []), undecided.get(who, []), cells.get(who, {})) for who in everybody]


@dataclass(frozen=True)
class Lists:
    """Who stands in which list: in each first those by whom it is counted, then those who stand there too (`more`).

    may_apply: eligible; more: another rule says the level. near: not yet, and nothing to apply for today; more: more to apply for later.
    verify: nothing better, but for a cell; more: who stands in another list, and may perhaps apply for more. not_met; more: held already.
    """

    may_apply: list[Person]
    may_apply_more: list[Person]
    near: list[Person]
    near_more: list[Person]
    verify: list[Person]
    verify_more: list[Person]
    not_met: list[Person]
    not_met_more: list[Person]


def lists_of(people: Iterable[Person], retrospective: bool) -> Lists:
    """Share people out to the lists; in a retrospective audit who was not there yet on the day is one who did not meet it."""
    by_best: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        by_best[person.best].append(person)
    eligible, refer = by_best["eligible"], by_best["refer"]
    others = [person for best in ("refer", "unverified", "not_yet", "held", "ineligible") for person in by_best[best]]
    return Lists(
        may_apply=eligible,
        may_apply_more=refer,
        near=_by_day(others),
        near_more=_by_day(eligible),
        verify=by_best["unverified"],
        verify_more=[
            person
            for person in eligible + refer + by_best["not_yet"] + by_best["held"]
            if person.waiting or any(not row.decides for row in person.undecided)
        ],
        not_met=(by_best["not_yet"] if retrospective else []) + by_best["ineligible"],
        not_met_more=by_best["held"],
    )


def _by_day(people: Iterable[Person]) -> list[Person]:
    waiting = [person for person in people if person.nearly]
    return sorted(waiting, key=lambda person: (person.nearly[0].eligible_on, person.row[:3]))
