"""How people stand, as SQL: what they hold, since when, and what else the routes of a policy ask; rules/evaluation/sql/3_*.sql filled."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from guantong.rules.evaluation.compile_policy import RouteRule, SettingValue
from guantong.rules.evaluation.held import certificate_columns, engineering_columns, standing_columns
from guantong.rules.evaluation.scripts import script, template
from guantong.rules.evaluation.types import SKILL_LADDER, TITLE_LADDER, level
from guantong.rules.vocabulary import CONDITIONS, DIRECTIONS, NOTHING, SKILL_TO_TITLE, condition_fields
from guantong.schemas.sql_text import among, date_literal, fill_template, literals, texts_list

RECENT_YEARS = 3  # that one word of 近三年年度考核 is about
# Of a condition what is so where its cell can be read and yet does not settle it: a state of which only the day is in doubt.
READ_IN_DOUBT = {"in_service": "service IS NOT NULL"}
_FACTS_OF_SHEETS = """(
    SELECT * FROM facts LEFT JOIN (
        SELECT file_no, sheet, list(DISTINCT year) AS graded_years
        FROM (SELECT file_no, sheet, unnest([told.year FOR told IN assessments]) AS year FROM facts) GROUP BY ALL
    ) USING (file_no, sheet)
)"""
_WINDOW = (
    "assessment_years",
    "assessment_year_included",
    "passing_grades",
    "failing_grades",
    "last_year_ungraded",
    "short_service",
    "current_post_assessments",
)


def facts_sql(as_of: dt.date | None) -> str:
    """The view facts, as of a day; None: of each person's own, in the columns of rows that a retrospective audit makes."""
    own = ("as_of", "policy_no", "rests_on_award_day", "skill_counts_before", "title_counts_before")
    if as_of is None:
        words = dict(zip(own, own, strict=True))
    else:
        day, after = date_literal(as_of), f"({date_literal(as_of)} + 1)::DATE"
        words = dict(zip(own, (day, "NULL::INTEGER", "false", after, after), strict=True))
    words |= {"judged": " AND as_of IS NOT NULL" if as_of is None else ""}
    return fill_template(template("1_facts.sql"), words)


def standing_queries(rules: Sequence[RouteRule], policy_no: int | None) -> dict[str, str]:
    """By its name, the query facts_and_held of all people, or of those of a policy; and from that of each direction (`standing_name`) the query of a
    row a person with what ``rules`` ask."""
    honours = {f"honour_{number}": _honour(names) for number, names in _honours(rules).items()}
    asked_of_facts = dict(honours)
    words = {
        "of_policy": "" if policy_no is None else f"\nWHERE policy_no = {policy_no}",
        "facts": _graded(rules),
        "honours": "".join(f"{name}, " for name in honours),
        "professional": among("person_category", sorted({word for rule in rules for word in rule.untitled})),
    }
    for direction in DIRECTIONS:
        own = [rule for rule in rules if rule.direction == direction]
        track = _track(direction)
        words[f"least_{track}"] = _least(direction, own)
        words[f"{track}_columns"] = _coalesced(standing_columns(own) or [f"sure_{track}", f"{track}_dated_later"])
        beside = engineering_columns(own) if track == "skill" else certificate_columns(own)
        words["engineering_columns" if track == "skill" else "certificate_columns"] = _coalesced(beside)
        asked = _asked_of_facts(direction, own)
        words[f"{track}_asked"] = "".join(f",\n    {name}_for_{track} AS {name}" for name in asked)
        asked_of_facts |= {f"{name}_for_{track}": text for name, text in asked.items()}
    words["asked_of_facts"] = "".join(f",\n    {text} AS {name}" for name, text in asked_of_facts.items())
    parts = re.split(r"^-- ([a-z_]+): .*$", script("3_standing.sql"), flags=re.MULTILINE)
    return {name: fill_template(text.strip().removesuffix(";"), words) for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def standing_name(direction: str) -> str:
    """What the standing of a direction is called."""
    return f"standing_{direction.replace('-', '_')}"


def assessment_rules(rules: Sequence[RouteRule]) -> list[tuple[int, RouteRule]]:
    """The rules of assessments among ``rules``, numbered, each by one route that has it."""
    found: dict[tuple[SettingValue, ...], RouteRule] = {}
    for rule in rules:
        if rule.asks("assessments"):
            found.setdefault(assessment_key(rule), rule)
    return [(number, rule) for number, rule in enumerate(found.values())]


def assessment_key(rule: RouteRule) -> tuple[SettingValue, ...]:
    """What tells one rule of assessments from another."""
    return tuple(rule.setting(name) for name in _WINDOW)


def _track(direction: str) -> str:
    return "skill" if direction == SKILL_TO_TITLE else "title"


def _typed(direction: str, word: str) -> str:
    return level("skill_level" if direction == SKILL_TO_TITLE else "title_level", word)


def _coalesced(names: Iterable[str]) -> str:
    """Columns of what is held, for who holds nothing too."""
    return ",\n    ".join(_of_who_holds_nothing(name) for name in names)


def _of_who_holds_nothing(name: str) -> str:
    if name.startswith(("sure_", "possible_")):
        kind = (
            "skill_level"
            if name.startswith(("sure_skill", "possible_skill", "sure_certificate", "possible_certificate"))
            else "title_level"
        )
        return f"coalesce({name}, {level(kind, NOTHING)}) AS {name}"
    return f"coalesce({name}, false) AS {name}" if name.endswith("_dated_later") else name


def _honours(rules: Sequence[RouteRule]) -> dict[int, tuple[str, ...]]:
    asked = {number for rule in rules for number in rule.honour_lists}
    return {number: names for rule in rules for number, names in rule.honours if number in asked}


def _honour(names: Iterable[str]) -> str:
    """Whether an honour is one of a list: null where one may be."""
    listed = texts_list(names)
    whens = f"WHEN list_has_any(honours, {listed}) THEN true WHEN list_has_any(honours_in_doubt, {listed}) THEN NULL"
    return f"CASE WHEN honours IS NULL AND honours_in_doubt IS NULL THEN false {whens} ELSE false END"


def _least(direction: str, rules: Sequence[RouteRule]) -> str:
    """The lowest level that a route needs; null where none needs one."""
    ladder = SKILL_LADDER if direction == SKILL_TO_TITLE else TITLE_LADDER
    needed = [rule.needs for rule in rules if rule.needs is not None]
    return _typed(direction, min(needed, key=ladder.index)) if needed else "NULL"


def _asked_of_facts(direction: str, rules: Sequence[RouteRule]) -> dict[str, str]:
    """What ``rules``, all of a direction, ask of what is told of assessments, and of which cells are filled and can't be read, by column."""
    stand = _may_stand_unknown(rules)
    columns: dict[str, str] = {}
    for numbered in assessment_rules(rules):
        columns |= _assessments(*numbered, "assessments" in stand)
    return columns | {f"{name}_unread": _unread(name, direction, rules) for name in stand if name != "assessments"}


def _assessments(number: int, rule: RouteRule, may_stand: bool) -> dict[str, str]:
    """The columns of a rule of assessments: whether they all pass, and whether they may be of an earlier post; and where what is not known of
    them ``may_stand``, whether a cell that tells of one of the years is filled and can't be read."""
    ago = _last_year_ago(rule)
    last, all_pass = f"year(as_of) - {ago}", _all_pass(rule, ago)
    if _looks_a_year_earlier(rule):
        ungraded = f"recent_grades IS NULL AND NOT coalesce(list_contains(graded_years, {last}), false)"
        last = f"{last} - CASE WHEN {ungraded} THEN 1 ELSE 0 END"
        all_pass = f"CASE WHEN {ungraded} THEN {_all_pass(rule, ago + 1)} ELSE {all_pass} END"
    first = f"({last} - {rule.number('assessment_years') - 1})"
    unread = f" OR {any_unread(['post_start'])}" if rule.setting("current_post_assessments") == "verify" else ""
    columns = {
        f"assessments_{number}": f"CASE WHEN recent_grades IS NULL THEN {all_pass} ELSE {_all_pass(rule, ago, recent=True)} END",
        f"post_changed_{number}": f"coalesce(post_start_hi > make_date({first}, 1, 1), false){unread}",
    }
    return columns | ({f"assessments_unread_{number}": _assessments_unread(first, last)} if may_stand else {})


def _last_year_ago(rule: RouteRule) -> int:
    """How many years before the as-of day's the last one is whose assessment counts."""
    return 0 if rule.setting("assessment_year_included") else 1


def _all_pass(rule: RouteRule, ago: int, recent: bool = False) -> str:
    """Whether the assessments all pass, of the years of which the last was so many ``ago``. ``recent``: a year that no column of its own tells
    is one of a column for the last years together."""
    grades = {
        ago + place: _recent(ago + place, place) if recent else f"grade_{ago + place}" for place in range(rule.number("assessment_years"))
    }
    passes = {years_ago: among(grade, rule.words("passing_grades")) for years_ago, grade in grades.items()}
    asked = ["true", *passes.values()]
    if rule.setting("short_service") == "years_served" and passes:
        # of the whole years since related work began; of all where there is none
        whole = "CASE WHEN isfinite(work_start_lo) THEN year(work_start_lo - INTERVAL 1 DAY) + 1 END"
        asked = [f"coalesce(year(as_of) - {years_ago} < {whole}, false) OR {pass_}" for years_ago, pass_ in passes.items()]
        asked.append(f"coalesce({whole} <= year(as_of) - {ago}, true) OR ({' AND '.join(passes.values())})")
    words = {
        "any_fails": " OR ".join(["false", *(among(grade, rule.words("failing_grades")) for grade in grades.values())]),
        "all_pass": " AND ".join(f"({one})" for one in asked),
    }
    return fill_template(template("3_assessments.sql"), words)


def _recent(years_ago: int, place: int) -> str:
    """The grade of a year; where no column of its own tells it and it is one of those that 近三年年度考核 is about, what that says."""
    if place >= RECENT_YEARS:
        return f"grade_{years_ago}"
    said = f"CASE len(recent_grades) WHEN 1 THEN recent_grades[1] WHEN {RECENT_YEARS} THEN recent_grades[{RECENT_YEARS - place}] END"
    return f"coalesce(grade_{years_ago}, {said})"


def _graded(rules: Sequence[RouteRule]) -> str:
    """The facts with a column for the grade of each year that a rule of assessments may look at, by how many years ago it was."""
    asking = [rule for _, rule in assessment_rules(rules)]
    if not asking:
        return "facts"
    most = max(_last_year_ago(rule) + rule.number("assessment_years") + _looks_a_year_earlier(rule) for rule in asking)
    facts = _FACTS_OF_SHEETS if any(map(_looks_a_year_earlier, asking)) else "facts"
    grades = "".join(f", assessments[list_position(years, year(as_of) - {ago})].grade AS grade_{ago}" for ago in range(most))
    return f"(SELECT *{grades} FROM (SELECT *, [told.year FOR told IN assessments] AS years FROM {facts}))"


def _assessments_unread(first: str, last: str) -> str:
    """Whether a cell is filled and can't be read of a year that counts, or of several years together."""
    of_years = f"['assessment_' || year FOR year IN range({first}, {last} + 1)]"
    return f"coalesce(list_has_any(unread, {of_years}) OR list_bool_or([starts_with(field, 'recent_grades') FOR field IN unread]), false)"


def _looks_a_year_earlier(rule: RouteRule) -> bool:
    """Whether the years end one earlier where no row of the sheet has a grade of the last."""
    return rule.asks("assessments") and rule.setting("last_year_ungraded") == "previous_year"


def _may_stand_unknown(rules: Sequence[RouteRule]) -> list[str]:
    """The conditions of which an unknown fact may let a verdict stand, so that it matters whether the cell is blank."""
    stands = {name for rule in rules for name in rule.conditions if rule.unknown_effect(name) in ("review", "ignore")}
    return [name for name in CONDITIONS if name in stands]


def _unread(condition: str, direction: str, rules: Sequence[RouteRule]) -> str:
    """Whether a cell that a condition of ``rules`` is read from is filled and does not tell it."""
    fields = condition_fields(condition, direction)
    if condition == "tenure" and any(rule.since == "skill_certificate" for rule in rules):
        fields += ("skill_date",)
    in_doubt = f"{READ_IN_DOUBT[condition]} OR " if condition in READ_IN_DOUBT else ""
    return f"{in_doubt}{any_unread(fields)}"


def any_unread(fields: Iterable[str]) -> str:
    """Whether a cell of one of ``fields`` is filled and can't be read."""
    return f"CASE WHEN unread IS NULL THEN false ELSE list_has_any(unread, [{literals(fields)}]) END"
