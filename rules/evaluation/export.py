"""Verdicts in the words of the contract's tables: the one place where the columns of conditions, notes and settings become lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from guantong.rules.evaluation.scripts import script
from guantong.rules.evaluation.standing import READ_IN_DOUBT, any_unread
from guantong.rules.evaluation.told import PERSONAL_SETTINGS, told_sql
from guantong.rules.vocabulary import CONDITIONS, NOTES, RETROSPECTIVE, SETTINGS, SKILL_TO_TITLE, TITLE_TO_SKILL, condition_fields
from guantong.schemas.catalogue import header_of
from guantong.schemas.database import column_types
from guantong.schemas.sql_text import fill_template, literal


def make_words(con: duckdb.DuckDBPyConnection) -> None:
    """Make the view ``verdict_words`` and the tables ``missing``, ``summaries`` and ``claims`` out of ``verdicts``.

    ``con`` also holds people (pid, source_file, sheet, row, name, unit, unit_id).
    """
    told = column_types(con, "verdicts")  # what no route can tell is not among them (Routes.told_columns)
    asked, noted, personal = ([name for name in names if name in told] for names in (CONDITIONS, NOTES, PERSONAL_SETTINGS))
    conditions = {
        "not_met": [(f"NOT {name}", name) for name in asked],
        "unknown": [(f"{name} IS NULL", name) for name in asked],
        "unknown_settings": [(f"{name} IS NULL", f"unknown.{name}") for name in asked],
    }
    settings = [
        (f"(list_contains(always, {literal(name)}){f' OR {name}' if name in personal else ''})", name)
        for name in (*SETTINGS, *RETROSPECTIVE)
    ]
    cells = [f"CASE WHEN v.{name} IS NULL AND {_asked_for(name)} THEN {_cell(name)} END" for name in asked if name not in _SEVERAL_CELLS]
    ungraded = f"CASE WHEN v.assessments IS NULL AND {_asked_for('assessments')} THEN {_UNGRADED} ELSE [] END"
    words = {
        "told_columns": told_sql([*asked, *noted, *personal]),
        "condition_lists": _lists(conditions),
        "note_lists": _lists({"review": [(name, name) for name in noted]}),
        "setting_lists": _lists({"own_settings": settings}),
        "all_known": " AND ".join(f"v.{name} IS NOT NULL" for name in asked),
        "cells": ", ".join(cells) or "NULL::VARCHAR",
        "assessments": ungraded if "assessments" in asked else "[]",
        "years": fill_template(
            _YEARS,
            {
                "day_told": _by_direction("f.skill_day_told", "f.title_day_told"),
                "higher_level": "v.higher_level_serves" if "higher_level_serves" in told else "false",
                "work_start": "v.related_work_start_counts" if "related_work_start_counts" in told else "false",
            },
        ),
    }
    for name in ("5_export.sql", "6_claims.sql"):
        con.execute(fill_template(script(name), words))


_SEVERAL_CELLS = ("assessments", "tenure")  # whose cells depend on what is told
_OF_SEVERAL_YEARS = "starts_with(field, 'recent_grades')"
# The years without a grade that settles anything; with all of them graded, it is the present post that they may not be of.
_UNGRADED = f"""CASE
    WHEN f.recent_grades IS NOT NULL OR coalesce(list_bool_or([{_OF_SEVERAL_YEARS} FOR field IN f.unread]), false) THEN ['近三年年度考核']
    ELSE coalesce(nullif(list_transform(
        list_filter(
            range(year(f.as_of) - r.assessment_years + r.years_shifted, year(f.as_of) + r.years_shifted),
            lambda one: NOT list_contains(coalesce([told.year FOR told IN f.assessments IF list_contains(r.grades, told.grade)], []), one)),
        lambda one: one || '年度考核'), []), ['现岗位起始时间']) END"""
# The date that the years wait for: of the start of related work or the months away where they can't be read, of that start where it alone is known in
# part; of the needed level where the day of what is held is told; else of the level that is held.
_YEARS = """CASE
        WHEN v.tenure IS NOT NULL OR NOT list_contains(r.verified, 'tenure') THEN []
        WHEN r.since_certificate THEN ['技能等级取得时间']
        WHEN f.work_start_state = 'unknown' OR (r.counts_months_away AND f.away_months IS NULL) THEN [
            CASE WHEN f.work_start_state = 'unknown' THEN '从事相关工作起始时间' END,
            CASE WHEN r.counts_months_away AND f.away_months IS NULL THEN '中断月数' END]
        WHEN {day_told} AND {work_start} AND f.work_start_lo < f.work_start_hi
            THEN [CASE WHEN {higher_level} THEN r.needed_date_header END, '从事相关工作起始时间']
        WHEN {day_told} OR ({higher_level} AND v.ready_on IS NOT NULL) THEN [r.needed_date_header]
        ELSE [r.date_header]
    END"""


def _cell(condition: str) -> str:
    """The header of the cell to be filled where a condition is not known."""
    headers = [literal(header_of(condition_fields(condition, direction)[0])) for direction in (SKILL_TO_TITLE, TITLE_TO_SKILL)]
    if condition in ("credential", "skill_floor"):  # below what is of a later day, what was held before
        headers = [
            f"CASE WHEN {_held_before(track)} THEN r.needed_date_header ELSE {header} END"
            for track, header in zip(("skill", "title"), headers)
        ]
    if condition == "credential":  # of a route that needs both, the one in doubt; of several occupations, which is the present one
        certificate = f"CASE WHEN f.of_several_occupations THEN {literal(header_of('occupation'))} ELSE {literal(header_of('skill'))} END"
        headers[1] = f"CASE WHEN r.needs_certificate AND certificate_in_doubt THEN {certificate} ELSE {headers[1]} END"
    return _by_direction(*headers)


def _held_before(track: str) -> str:
    """Whether all that is told of a track is plain and of a later day, and a column tells what is needed; of an award 7_awards.sql tells it in words of its own."""
    return f"f.policy_no IS NULL AND {track}_dated_later AND f.{track}_state = 'known' AND r.needed_date_header <> r.date_header"


def _asked_for(condition: str) -> str:
    """Whether the cell has to be filled: what is blank is not known, or what stands there can't be read or does not settle it."""
    asked = [f"list_contains(r.verified, {literal(condition)})", _unread(condition)]
    if condition in READ_IN_DOUBT:
        asked.append(f"f.{READ_IN_DOUBT[condition]}")
    return f"({' OR '.join(asked)})"


def _unread(condition: str) -> str:
    """Whether a cell that a condition is read from is filled and can't be read."""
    if condition == "assessments":
        return f"coalesce(list_bool_or([starts_with(field, 'assessment_') OR {_OF_SEVERAL_YEARS} FOR field IN f.unread]), false)"
    return _by_direction(*(any_unread(condition_fields(condition, direction)) for direction in (SKILL_TO_TITLE, TITLE_TO_SKILL)))


def _by_direction(to_title: str, to_skill: str) -> str:
    return to_title if to_title == to_skill else f"CASE r.direction WHEN '{SKILL_TO_TITLE}'::direction THEN {to_title} ELSE {to_skill} END"


def _lists(lists: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """Of each list the words whose expression is true, in order."""
    made = []
    for name, items in lists.items():
        cases = ", ".join(f"CASE WHEN {true} THEN {literal(word)} END" for true, word in items)
        made.append(f"list_filter([{cases or 'NULL::VARCHAR'}], lambda word: word IS NOT NULL) AS {name}")
    return ", ".join(made)
