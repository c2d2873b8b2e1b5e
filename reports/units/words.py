"""The words of a rule book for the sheets of units: what a route, a note, a condition says."""

from datetime import date
from functools import cache
from typing import NamedTuple

from guantong.reports import wording
from guantong.reports.units.rows import Row


class RouteText(NamedTuple):
    """What every line of a route says. timeless: in place of a day, where no day bears on it."""

    name: str
    basis: str
    bring: tuple[str, ...]
    bring_untitled: tuple[str, ...]
    mark: str
    timeless: str | None
    by_work_years: bool


class UnitWords:
    """What one rule book says (keys: see audit_data.RULEBOOK_PARTS), looked up for the sheets of units."""

    def __init__(self, rulebook: dict) -> None:
        self.rulebook = rulebook
        self.retrospective = wording.is_retrospective(rulebook)
        self.as_of = None if self.retrospective else date.fromisoformat(rulebook["as_of"])
        self.outcomes = rulebook["outcomes"]
        # a few hundred distinct ones stand in a hundred thousand rows
        self.conditions, self.route, self.look_up = map(cache, (self._made_conditions, self._made_route, self._look_up))

    def aim(self, line: Row) -> str:
        """What a verdict leads to."""
        return (line.target or f"技能评价（{wording.OTHER_TARGET}）") + self.route(line.route).mark

    def held(self, row: Row, track: str) -> str | None:
        """What a person holds on a track, or that it is not known."""
        word = row.skill_level if track == "skill" else row.title
        return wording.NOT_KNOWN if not word and track in (row.not_known or "").split() else word

    def document(self, as_of: date | None) -> str:
        """The document that judged a person: 本意见, or which of several, and whether only a part of it is known."""
        if "policies" not in self.rulebook:
            return "本意见"
        judge = wording.policy_part_of(self.rulebook, as_of)
        return wording.document_number(judge) + ("已收录的" if judge["policy"]["scope"] else "")

    def asks(self, direction: str, condition: str, as_of: date | None) -> dict:
        """What a condition asks: fields, and in words what has to stand there."""
        return self.look_up("asks", direction, as_of)[condition]

    def _look_up(self, part: str, code: str, as_of: date | None = None):
        """What the rule book says of ``code``; of several policies the one that judged the person's day, ``as_of``."""
        book = wording.policy_part_of(self.rulebook, as_of)
        if part not in book:
            book = self.rulebook
        if code not in book[part]:
            raise ValueError(f"规则书的 {part} 中没有 {code}")
        return book[part][code]

    def checks(self, line: Row) -> list[tuple[str, str]]:
        """The notes of a verdict or claim, in a word each, with what they say."""
        return [(self.look_up("note_words", code), self.look_up("notes", code, line.as_of)) for code in (line.review or "").split()]

    def _made_route(self, code: str) -> RouteText:
        """How a route is told: its clause with the rule that it refers to where it does not fix the level itself."""
        route = self.look_up("routes", code)
        refers = route.get("refers_to")
        basis = f"{route['clause_text']}（{refers}）" if refers else route["clause_text"]
        timeless = "无年限要求" if route["years"] is None else None
        return RouteText(
            route["name"], basis, tuple(route["bring"]), tuple(route["bring_untitled"]), "（破格）" if route["exceptional"] else "",
            timeless, route["by_work_years"],
        )  # fmt: skip

    def _made_conditions(self, ids: str | None, direction: str, as_of: date | None) -> str:
        codes = (ids or "").split()
        return "；".join(
            f"{self.look_up('conditions', code, as_of)['name']}（{self.asks(direction, code, as_of)['clause']}）" for code in codes
        )
