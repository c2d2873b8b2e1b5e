"""What other columns of a row say against its level, title, honour or state: 认定结果 不合格, 备注 证书已注销, 部门 退休人员. What is said against is unknown.

Each distinct cell is looked at once, and of remarks and unknown columns only those that hold a word of the kind.
"""

from __future__ import annotations

import re
from dataclasses import replace

from guantong.schemas.layout.columns.credential_states import Judging, judging
from guantong.schemas.layout.columns.table_columns import TRACKS
from guantong.schemas.layout.roster import Roster, StateColumn
from guantong.schemas.layout.row_words import is_void
from guantong.schemas.reading.contradictions.beside_credentials import tell_beside, tell_other_track, tell_unread_levels
from guantong.schemas.reading.contradictions.comments import Commented, tell_on_credentials, with_comments
from guantong.schemas.reading.contradictions.doubts import HELD, NO, YES, answering, as_shown, cells_of, own_header, quote, telling
from guantong.schemas.reading.contradictions.fallen import (
    doubt_by_clause,
    fallen_clause,
    is_fallen,
    tell_corrected,
    tell_fallen,
    tell_fallen_by_remark,
    tell_obtained,
)
from guantong.schemas.reading.contradictions.leaving import doubt_state, state_left_for, tell_asked_state, tell_days_of_leaving, tell_states
from guantong.schemas.reading.contradictions.other_posts import tell_managers, tell_off_post
from guantong.schemas.reading.contradictions.remarks import (
    tell_against_person,
    tell_falsified,
    tell_grades,
    tell_remark,
    tell_unweighed,
    unweighed_in,
)
from guantong.schemas.reading.contradictions.taken_back_rows import LONGEST_PLAIN, doubt_row, is_strange, notes_in, takes_back
from guantong.schemas.reading.raw_people import RawPeople
from guantong.schemas.text import is_blank, norm
from guantong.schemas.values.remarks.credentials_told import fallen_in
from guantong.schemas.values.remarks.words import words_of
from guantong.schemas.values.service import ended_state

# Columns that are read as something else, or not at all, and in which rosters say that somebody has left.
_SAYS_STATE = ("department", "post", "post_name", "person_category", "remark")
_OF_DEEDS = words_of("header_of_deeds")
_ASKED_VOID = re.compile(f"(?:是否|有无)?(?:已经?|被)?(?:{words_of('header_asks_void').pattern})(?:标志|标识|标记)?")
_ASKED_VALID = re.compile("(?:是否)?(?:仍|还)?有效(?:标志|标识)?")
_STATE_OF_ROW = re.compile("(?:数据|记录|信息|资格|本行|名单)(?:状态|标志|标识)|状态")
_OTHER_PEOPLE = re.compile(f"家庭|联系人|{words_of('header_of_others').pattern}")


def tell_contradictions(roster: Roster, start: int, people: RawPeople) -> None:
    """Make unknown what other cells of a row speak against, each with a finding that quotes them."""
    found_before = len(people.findings)
    states, unknown = _states_of(roster), _unknown_of(roster)
    for at, column in states.items():
        tell_fallen(roster, at, column, start, people)
    for name in ("name", "serial"):
        for at in roster.columns.get(name, ()):
            _tell_beside_person(roster, name, at, start, people)
    _tell_said(roster, unknown, start, people)
    tell_beside(roster, start, people)
    tell_managers(roster, start, people)
    for track, other in (TRACKS, TRACKS[::-1]):
        tell_other_track(roster, track, other, start, people)
    others = {*unknown, *roster.columns.get("department", ()), *roster.columns.get("post_name", ())}
    for at in unknown:
        tell_asked_state(roster, at, start, people)
        _tell_asked_void(roster, at, start, people)
    for at in dict.fromkeys([*unknown, *states]):
        tell_unread_levels(roster, at, start, people)
    for at in [*unknown, *(at for name in _SAYS_STATE for at in roster.columns.get(name, ()))]:
        state = state_left_for(roster, at) if at in unknown else None
        if state is not None:
            tell_days_of_leaving(roster, at, state, start, people)
        else:
            tell_states(roster, at, at in unknown or at in roster.columns.get("remark", ()), start, people)
            if at in others and not _OF_DEEDS.search(norm(roster.headers[at])):
                tell_against_person(roster, at, start, people, found_before)
    _tell_unweighed(roster, found_before, start, people)
    if roster.sheet.comments and (commented := with_comments(roster)):
        _tell_comments(commented, start, people)


def _states_of(roster: Roster) -> dict[int, StateColumn]:
    by_own_words = {at: StateColumn(HELD, Judging()) for at in roster.columns.get("credential_state", ())}
    return by_own_words | roster.states


def _unknown_of(roster: Roster) -> list[int]:
    named = {at for positions in roster.columns.values() for at in positions}
    return [at for at in roster.headers if at not in named and not _OTHER_PEOPLE.search(norm(roster.headers[at]))]


def _states_for_others(roster: Roster) -> dict[int, StateColumn]:
    """The columns that say whether credentials stand, also where the sheet tells none."""
    judging_by = {at: judging((own_header(roster, at),)) for at in _unknown_of(roster)}
    return {at: StateColumn(HELD, found) for at, found in judging_by.items() if found and (found.named or found.checked)} | _states_of(
        roster
    )


def rows_of_fallen(roster: Roster) -> set[int]:
    """The rows of a sheet that tells no credentials in which a remark, or another column, says of them that they have fallen."""
    if any(name.partition("#")[0] in TRACKS for name in roster.columns):
        return set()
    said = [*_unknown_of(roster), *roster.columns.get("remark", ())]
    found = {roster.people[index] for at in said for index, _, _ in telling(roster, at, 0, fallen_clause)}
    for at, column in _states_for_others(roster).items():
        cells = zip(roster.people, cells_of(roster, at), strict=True)
        found |= {row for row, cell in cells if not is_blank(cell) and is_fallen(cell, column.judging)}
    return found


def tell_fallen_on_sheet(said: Roster, row: int, held: Roster, index: int, people: RawPeople) -> None:
    """What a row of `rows_of_fallen` says to have fallen is unknown where the person holds it on another sheet, ``held``."""
    judged = tuple(name for name in held.columns if name.partition("#")[0] in TRACKS)
    headers = {at: f"{said.sheet.name}/{header}" for at, header in said.headers.items()}
    one = replace(said, people=[row], columns={name: [] for name in judged}, headers=headers)
    for at, column in _states_for_others(said).items():
        if not is_blank(said.sheet.rows[row][at]):
            names = tuple(name for name in judged if column.judging.track in (None, name.partition("#")[0]))
            tell_fallen(one, at, StateColumn(names, column.judging), index, people)
    for at in [*_unknown_of(said), *said.columns.get("remark", ())]:
        tell_fallen_by_remark(one, at, index, people)


def _tell_said(roster: Roster, unknown: list[int], start: int, people: RawPeople) -> None:
    """What remarks, and columns that are not read, say of credentials, days, grades and conduct."""
    remarks = roster.columns.get("remark", [])
    for at in remarks:
        _tell_void(roster, at, start, people)
        tell_off_post(roster, at, start, people)
    for at in [*unknown, *remarks]:
        tell_fallen_by_remark(roster, at, start, people)
        tell_corrected(roster, at, start, people)
        tell_obtained(roster, at, start, people)
        tell_falsified(roster, at, start, people)
        tell_grades(roster, at, start, people)
        if not _OF_DEEDS.search(norm(roster.headers[at])):
            tell_remark(roster, at, start, people)


def _tell_unweighed(roster: Roster, found_before: int, start: int, people: RawPeople) -> None:
    weighed = {finding.pid for finding in people.findings[found_before:]}
    for at in roster.columns.get("remark", ()):
        tell_unweighed(roster, at, start, people, weighed)


def _tell_comments(commented: Commented, start: int, people: RawPeople) -> None:
    """What comments say, as remarks would."""
    found_before = len(people.findings)
    _tell_said(commented.named, [], start, people)
    tell_on_credentials(commented.written, start, people)
    for at in commented.written.comments:
        tell_states(commented.written, at, True, start, people)
    _tell_unweighed(commented.written, found_before, start, people)


def _tell_beside_person(roster: Roster, name: str, at: int, start: int, people: RawPeople) -> None:
    """What stands beside a person's name or number: 张示例（已退休）, 3（作废）."""
    shortest = LONGEST_PLAIN if name == "name" else 0
    for index, cell, notes in telling(roster, at, start, lambda cell: notes_in(name, cell) if len(cell) > shortest else []):
        for note in notes:
            quoted = quote(roster, at, note)
            if takes_back(note):
                doubt_row(index, people, quoted)
            elif state := ended_state(note):
                doubt_state(roster, at, note, state, index, people)
            elif clause := fallen_in(note, beside_credential=True):
                doubt_by_clause(roster, quoted, clause, index, people)
            elif unweighed_in(note) or (name == "name" and is_strange(cell, note)):
                people.add_finding(index, name, "remark_unweighed", as_shown(note), as_shown(note))


def _tell_void(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """Whose remark, or state of the row, says nothing but that the row no longer holds: 作废, 取消资格."""
    for index, cell, _ in telling(roster, at, start, lambda cell: is_void(norm(cell))):
        doubt_row(index, people, quote(roster, at, cell))


def _tell_asked_void(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """Whose row no longer holds by the answer to a header that asks, or by its state: 是否撤销 是, 是否有效 否, 数据状态 作废."""
    header = own_header(roster, at).rstrip("?")
    if _STATE_OF_ROW.fullmatch(header):
        _tell_void(roster, at, start, people)
    answers = YES if _ASKED_VOID.fullmatch(header) else NO if _ASKED_VALID.fullmatch(header) else None
    for index, cell in answering(roster, at, start, answers) if answers else ():
        doubt_row(index, people, quote(roster, at, cell))
