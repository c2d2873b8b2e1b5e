"""Several policies in one retrospective audit: which of them judges a day, and how their routes and clauses are told apart.

Of the policies in force on a day the one named first judges it: `Policy.later_named` stand in the order in which they were named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from guantong.rules.policy.document import Route
from guantong.rules.policy.load import Policy, PolicyError, period_in_words

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Days on which one policy judges, first and last; ``number``: its place in `Policy.policies`."""

    number: int
    first: dt.date
    last: dt.date

    def in_words(self) -> str:
        """The days in words: 2019-08-21 起."""
        return period_in_words(self.first, self.until)

    def record(self) -> dict[str, str | None]:
        """The first and the last day as files have them; the last is None where no end is known."""
        return {"first": str(self.first), "last": None if self.until is None else str(self.until)}

    @property
    def until(self) -> dt.date | None:
        """The last day; None where no end is known."""
        return None if self.last == dt.date.max else self.last


def succession(policies: Sequence[Policy]) -> Policy:
    """The policies as one, the first with the others behind it. Raises PolicyError, in Chinese, where they can't be told apart, where one
    does not say when it is in force or how an award is judged afterwards, and where one would judge on no day.
    """
    for policy in policies:
        _check(policy)
    first, *others = policies
    made = replace(first, later_named=tuple(others))
    ids = [policy.id for policy in policies]
    if repeated := [policy for policy in policies if ids.count(policy.id) > 1]:
        named = "、".join(policy.source for policy in repeated)
        raise PolicyError(
            f"给出的政策中有几个编号都是 {repeated[0].id}（{named}），结果无法区分；请改写其中政策文件的 policy.id，或只给一个"
        )
    judging = {span.number for span in spans(made)}
    for number, policy in enumerate(policies):
        if number not in judging:
            raise PolicyError(_never(policy, policies[:number]))
    return made


def _check(policy: Policy) -> None:
    if policy.document.policy.in_force_from is None:
        raise PolicyError(f"政策 {policy.id} 没有写明施行日期（policy.in_force_from），不能用于回溯审核")
    if not policy.document.retrospective:
        raise PolicyError(f"政策 {policy.id} 没有写明回溯审核的口径（retrospective），不能用于回溯审核")


def _never(policy: Policy, before: Sequence[Policy]) -> str:
    others = "、".join(f"{other.id}（{other.in_force()}）" for other in before)
    return (
        f"政策 {policy.id}（{policy.in_force()}）一天也用不上：几个政策当日都在施行的，用写在前面的，而它的施行期间全在前面的 {others}之内。"
        f"请把 {policy.id} 写在前面，或在前面政策的文件中写明施行到哪一天（policy.in_force_until），或不给 {policy.id}"
    )


def spans(policy: Policy) -> list[Span]:
    """The days that ``policy`` and its others judge, in the order of days; days in no span are under none of them."""
    periods = [_period(each) for each in policy.policies]
    edges = sorted({first for first, _ in periods} | {last + _DAY for _, last in periods if last < dt.date.max})
    found: list[Span] = []
    for first, following in zip(edges, [*edges[1:], None], strict=True):
        last = dt.date.max if following is None else following - _DAY
        number = next((number for number, (start, end) in enumerate(periods) if start <= first <= end), None)
        if number is None:
            continue
        if found and found[-1].number == number and found[-1].last + _DAY == first:
            found[-1] = replace(found[-1], last=last)
        else:
            found.append(Span(number, first, last))
    return found


def spans_of(policy: Policy, number: int) -> list[Span]:
    """The days that the policy at ``number`` of ``policy.policies`` judges."""
    return [span for span in spans(policy) if span.number == number]


def _period(policy: Policy) -> tuple[dt.date, dt.date]:
    about = policy.document.policy
    assert about.in_force_from is not None  # `_check` asks for it
    return about.in_force_from, about.in_force_until or dt.date.max


def judging_policy(policy: Policy, day: dt.date) -> Policy:
    """The one of ``policy`` and its others that judges ``day``, for itself. Raises ValueError where none is in force on it."""
    for span in spans(policy):
        if span.first <= day <= span.last:
            return replace(policy.policies[span.number], later_named=())
    raise ValueError(f"no policy is in force on {day}")


def in_force_in_words(policy: Policy) -> str:
    """When ``policy`` is in force, in words; of several each with its name."""
    if not policy.later_named:
        return policy.in_force()
    return "；".join(f"{document_name(policy, each)}：{each.in_force()}" for each in policy.policies)


def document_names(policy: Policy) -> str:
    """The documents of ``policy`` and its others."""
    return "、".join(document_name(policy, each) for each in policy.policies)


def document_name(policy: Policy, member: Policy) -> str:
    """The document of ``member``, one of ``policy.policies``; with the policy's id where another is of the same document, read otherwise."""
    document = member.document.policy.document
    same = [each for each in policy.policies if each.document.policy.document == document]
    return document if len(same) == 1 else f"{document}（{member.id}）"


def route_id(policy: Policy, member: Policy, route: Route) -> str:
    """The route of ``member``, one of ``policy.policies``, as tables call it: two policies may have routes of one id."""
    return f"{member.id}/{route.id}" if policy.later_named else route.id


def cited_clause(policy: Policy, member: Policy, clause: str) -> str:
    """A clause of ``member``, one of ``policy.policies``, as tables quote it: with its document where there are several."""
    return f"{document_name(policy, member)} {clause}" if policy.later_named else clause
