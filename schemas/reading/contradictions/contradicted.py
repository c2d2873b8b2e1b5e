"""What other columns of a row say against its level, title, honour or state: 认定结果 不合格, 备注 证书已注销, 部门 退休人员. What is said against is unknown.

Each distinct cell is looked at once, and of remarks and unknown columns only those that hold a word of the kind.
"""

from __future__ import annotations

import re
from functools import lru_cache

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.findings import Finding, shown_value
from guantong.schemas.layout.columns.column_contents import are_level_words, are_title_words
from guantong.schemas.layout.columns.credential_states import Asked, Judging
from guantong.schemas.layout.columns.table_columns import TRACKS
from guantong.schemas.layout.roster import Roster, StateColumn
from guantong.schemas.layout.row_words import is_void
from guantong.schemas.reading.contradictions.beside_credentials import tell_beside
from guantong.schemas.reading.contradictions.comments import Commented, tell_on_credentials, with_comments
from guantong.schemas.reading.contradictions.doubts import (
    as_shown,
    cells_of,
    doubt_fact,
    doubt_held,
    highest_told,
    is_told,
    may_be_one_day,
    own_header,
    put_elsewhere,
    quote,
    read_cell,
    tell_elsewhere,
    telling,
)
from guantong.schemas.reading.contradictions.other_posts import tell_managers, tell_off_post
from guantong.schemas.reading.contradictions.remarks import tell_against_person, tell_remark, tell_unweighed, unweighed_in
from guantong.schemas.reading.contradictions.taken_back_rows import LONGEST_PLAIN, doubt_row, is_strange, notes_in, takes_back
from guantong.schemas.reading.mixed_columns import may_tell_both, tracks_of
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import NOTHING, is_blank, mask_numbers, norm
from guantong.schemas.values.credential_words import gives_none, is_sound, levels_in, titles_in
from guantong.schemas.values.dates import parse_date
from guantong.schemas.values.integrity import GOOD, read_integrity, says_falsified
from guantong.schemas.values.parsed import Credential
from guantong.schemas.values.remarks.credentials_told import OF_SKILL, OF_TITLE, corrections_in, fallen_in, obtained_in
from guantong.schemas.values.remarks.grades_taken_back import grades_taken_back
from guantong.schemas.values.remarks.words import words_of
from guantong.schemas.values.service import doubted_state, ended_state, says_state

_STATE = "credential_state"
_HELD = ("skill", "title", "honours")
# Columns that are read as something else, or not at all, and in which rosters say that somebody has left.
_SAYS_STATE = ("department", "post", "post_name", "person_category", "remark")
_YES, _NO = frozenset("是 有 Y YES √ ✓ ☑ 对 1".split()), frozenset("否 无 没有 不是 N NO × X ✗ 0".split())
_LEFT_ON = re.compile(
    r"(?:预计|预期|法定|到龄|正式|办理|计划|拟|正常|实际|批准|到达)*(离?退休|离休|内退|离职|辞职|辞退|调离|调出|离厂|离司|减员|解除(?:劳动)?合同|终止(?:劳动)?合同)(?:时间|日期|年月|年月日|年份|日)"
)
_ASKED_LEFT = re.compile(
    "(?:是否)?(?:已经?)?((?:到龄)?退休|离退休|离休|内退|退养|离职|离岗|离厂|辞职|调离|调出|下岗|待岗|停薪留职|返聘|退休返聘|死亡|去世|除名)(?:人员|职工|返岗)?(?:标志|标识)?"
)
_ASKED_HERE = re.compile(
    "(?:是否(?:仍|还|为|是|属|属于)?(?:在册|在职|在岗|本单位|本公司|本厂|我单位|本企业)(?:正式)?(?:职工|员工|人员|工作)?|在册|在职|在岗)(?:标志|标识)?"
)
_AS_STATE = {"离厂": "离职", "离司": "离职", "减员": "离职", "离退休": "退休"}
_OF_GRADES = re.compile("^(年度|近三年|历年|综合|绩效)*(考核|考评|等次)(结果|等次|情况)*(备注|说明|变更|更正|复核|调整|变动|异动)")
_OF_DEEDS = words_of("header_of_deeds")
_OTHER_PEOPLE = words_of("header_of_others")


def tell_contradictions(roster: Roster, start: int, people: RawPeople) -> None:
    """Make unknown what other cells of a row speak against, each with a finding that quotes them."""
    found_before = len(people.findings)
    states = dict(roster.states)
    for at in roster.columns.get(_STATE, ()):
        states.setdefault(at, StateColumn(_HELD, Judging()))  # by a bureau's own words
    for at, column in states.items():
        _tell_fallen(roster, at, column, start, people)
    named = {at for positions in roster.columns.values() for at in positions}
    unknown = [at for at in roster.headers if at not in named and not _OTHER_PEOPLE.search(norm(roster.headers[at]))]
    for name in ("name", "serial"):
        for at in roster.columns.get(name, ()):
            _tell_beside_person(roster, name, at, start, people)
    _tell_said(roster, unknown, start, people)
    tell_beside(roster, start, people)
    tell_managers(roster, start, people)
    for track, other in (TRACKS, TRACKS[::-1]):
        _tell_other_track(roster, track, other, start, people)
    others = {*unknown, *roster.columns.get("department", ()), *roster.columns.get("post_name", ())}
    for at in unknown:
        _tell_asked_state(roster, at, start, people)
    for at in dict.fromkeys([*unknown, *states]):
        _tell_unread_levels(roster, at, start, people)
    for at in [*unknown, *(at for name in _SAYS_STATE for at in roster.columns.get(name, ()))]:
        left = _LEFT_ON.fullmatch(own_header(roster, at))
        if left and at in unknown:
            _tell_days_of_leaving(roster, at, _AS_STATE.get(left[1], left[1]), start, people)
        else:
            _tell_states(roster, at, at in unknown or at in roster.columns.get("remark", ()), start, people)
            if at in others and not _OF_DEEDS.search(norm(roster.headers[at])):
                tell_against_person(roster, at, start, people, found_before)
    _tell_unweighed(roster, found_before, start, people)
    if roster.sheet.comments and (commented := with_comments(roster)):
        _tell_comments(commented, start, people)


def _tell_said(roster: Roster, unknown: list[int], start: int, people: RawPeople) -> None:
    """What remarks, and columns that are not read, say of credentials, days, grades and conduct."""
    remarks = roster.columns.get("remark", [])
    for at in remarks:
        _tell_void(roster, at, start, people)
        tell_off_post(roster, at, start, people)
    for at in [*unknown, *remarks]:
        _tell_remarks(roster, at, start, people)
        _tell_corrected(roster, at, start, people)
        _tell_obtained(roster, at, start, people)
        _tell_falsified(roster, at, start, people)
        _tell_grades(roster, at, start, people)
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
        _tell_states(commented.written, at, True, start, people)
    _tell_unweighed(commented.written, found_before, start, people)


def _tell_fallen(roster: Roster, at: int, column: StateColumn, start: int, people: RawPeople) -> None:
    """Of a column that says whether credentials stand: whose do not, or of whom it can't be read."""
    cells = cells_of(roster, at)
    said = {cell: _is_fallen(cell, column.judging) for cell in set(cells) if not is_blank(cell)}
    names = [name for name in column.judged if name in roster.columns] or [
        name for name in roster.columns if column.judging.track is None and name.partition("#")[0] in column.judged
    ]
    if not names or not (any(said.values()) or column.judging.obtained):
        return
    if column.judging.obtained and not column.judging.open:
        said |= dict.fromkeys((cell for cell in set(cells) if is_blank(cell)), _is_blank_told(cells, people, names, start))
    for offset, cell in enumerate(cells):
        if said.get(cell):
            for name in names:
                doubt_held(name, start + offset, quote(roster, at, cell), norm(cell), people)


def _is_blank_told(cells: list[object], people: RawPeople, names: list[str], start: int) -> bool:
    """Whether a blank result says that there is none yet: most of those who tell a level have one."""
    told = [[cell for cell, held in zip(cells, people.column(name)[start:]) if not is_blank(held)] for name in names]
    return any(0 < 2 * sum(map(is_blank, column)) < len(column) for column in told)


def _is_fallen(cell: object, judging: Judging) -> bool:
    """Whether a cell does not say that the credential stands."""
    text = norm(cell)
    if judging.open:
        return fallen_in(text) is not None or (judging.far and _answer(text, judging.asked) == "fallen")
    if answer := _answer(text, judging.asked):
        return answer != "stands"
    return gives_none(text) is not None or not is_sound(text)


def _answer(text: str, asked: Asked | None) -> Asked | None:
    bare = re.split(r"[,，(、;:]", text, maxsplit=1)[0]
    if bare in _YES:
        return asked or "stands"
    if bare in _NO and not (asked is None and text in NOTHING):
        return "stands" if asked == "fallen" else "fallen"
    return "stands" if text in NOTHING and gives_none(text) is None else None


def _tell_remarks(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark, or a column that is not read, says of a credential that has fallen: 证书已注销, 鉴定未通过."""
    for index, cell, clause in telling(roster, at, start, _fallen_clause):
        doubt_by_clause(roster, quote(roster, at, cell), clause, index, people)


def doubt_by_clause(roster: Roster, quoted: str, clause: str, index: int, people: RawPeople) -> None:
    """Make unknown what a clause says of credentials to have fallen: of the track that it names, of both where it names none."""
    of_title, of_skill = OF_TITLE.search(clause), OF_SKILL.search(clause)
    tracks = [*(["title"] if of_title or not of_skill else []), *(["skill"] if of_skill or not of_title else [])]
    for name in [name for name in roster.columns if name.partition("#")[0] in tracks]:
        doubt_held(name, index, quoted, clause, people)


def _tell_beside_person(roster: Roster, name: str, at: int, start: int, people: RawPeople) -> None:
    """What stands beside a person's name or number: 张示例（已退休）, 3（作废）."""
    shortest = LONGEST_PLAIN if name == "name" else 0
    for index, cell, notes in telling(roster, at, start, lambda cell: notes_in(name, cell) if len(cell) > shortest else []):
        for note in notes:
            quoted = quote(roster, at, note)
            if takes_back(note):
                doubt_row(index, people, quoted)
            elif state := ended_state(note):
                _doubt_state(roster, at, note, state, index, people)
            elif clause := fallen_in(note, beside_credential=True):
                doubt_by_clause(roster, quoted, clause, index, people)
            elif unweighed_in(note) or (name == "name" and is_strange(cell, note)):
                people.add_finding(index, name, "remark_unweighed", as_shown(note), as_shown(note))


def _tell_void(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """Whose remark says nothing but that the row no longer holds: 作废, 取消资格."""
    for index, cell, _ in telling(roster, at, start, lambda cell: is_void(norm(cell))):
        doubt_row(index, people, quote(roster, at, cell))


@lru_cache(4096)
def _fallen_clause(cell: str) -> str | None:
    """The part of a text that says that a level, title or certificate has fallen, or was not obtained."""
    return fallen_in(norm(cell), beside_credential=True)


def _tell_obtained(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark says to have been obtained, of who tells nothing in the column for it, or less: what is held is unknown."""
    columns: dict[str, list[list[object]]] = {
        track: [people.column(name) for name in list(people.cells) if name.partition("#")[0] == track] for track in TRACKS
    }
    for index, cell, obtained in telling(roster, at, start, obtained_in):
        for track, rank in obtained.items():
            own = [column[index] for column in columns[track]]
            if not any(map(is_told, own)):
                tell_elsewhere(track, roster, at, cell, index, people)
            elif UNKNOWN_CELL not in own and 0 < highest_told(own, track, people) < rank:
                doubt_held(track, index, quote(roster, at, cell), "", people)


def _tell_corrected(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark says is wrong of a level, a title or the day of one: 实为高级工, 职称取得时间应为2021年6月; unless the cell says the same."""
    for index, cell, corrections in telling(roster, at, start, lambda cell: corrections_in(norm(cell))):
        for name, right in corrections:
            item, own = catalogue.field_of(name), people.column(name)[index]
            if own is UNKNOWN_CELL:
                continue
            if not is_told(own):
                if name in TRACKS and not any(is_told(people.column(one)[index]) for one in people.cells if one.partition("#")[0] == name):
                    tell_elsewhere(name, roster, at, cell, index, people)  # 职称待核, of who tells none
                continue
            if name.endswith("_date"):
                if not may_be_one_day(own, right):
                    doubt_fact(name, index, quote(roster, at, cell), people)
            elif not any(_is_meant(one, name, right) for one in read_cell(own, item, people).credentials):
                doubt_held(name, index, quote(roster, at, cell), "", people)


def _is_meant(one: Credential, track: str, told: str) -> bool:
    """Whether a text names what is held: the level, or the title of that series."""
    if track == "skill":
        return one.rank_hi in levels_in(told)
    return any(
        title.rank == one.rank_hi and None in (title.series, one.series) or (title.rank, title.series) == (one.rank_hi, one.series)
        for title in titles_in(told)
    )


def _tell_other_track(roster: Roster, track: str, other: str, start: int, people: RawPeople) -> None:
    """Of whom a cell of one track tells the other too (技能等级 高级工、工程师): unknown there, unless the columns of that tell as much,
    or a bureau's own words say what the cell is.
    """
    item = catalogue.field_of(other)
    for name in [name for name in roster.columns if name.partition("#")[0] == track]:
        column, at = people.column(name), roster.columns[name][0]
        distinct = {
            cell for cell in column[start : start + len(roster.people)] if cell.__class__ is str and people.words.read(track, cell) is cell
        }
        of_both = {cell: rank for cell in distinct if (rank := _other_rank(cell, track, other, people))}
        for index in range(start, start + len(roster.people)) if of_both else ():
            cell = column[index]
            if cell.__class__ is not str or cell not in of_both:
                continue
            own = [people.column(each)[index] for each in people.cells if each.partition("#")[0] == other]
            if UNKNOWN_CELL in own or highest_told(own, other, people) >= of_both[cell]:
                continue
            if any(map(is_told, own)):
                told = people.column(other)
                people.add_finding(index, other, "credential_contradicted", shown_value(told[index], item), quote(roster, at, cell))
                told[index] = UNKNOWN_CELL
            else:
                tell_elsewhere(other, roster, at, cell, index, people)


def _other_rank(cell: str, track: str, other: str, people: RawPeople) -> int:
    """The highest rank on the other track that a cell tells beside what it tells of its own; 0 for none. It is looked for by its words too,
    for 电工高级工/助工 is no cell of titles, and 工程师（技师） none of levels.
    """
    if not may_tell_both(cell) or track not in (tracks := tracks_of(cell, people)):
        return 0
    if tracks == TRACKS:
        return highest_told([cell], other, people)
    text = norm(cell)
    named = levels_in(text, grades=False) if track == "title" else {title.rank for title in titles_in(text)}
    return max(named, default=0)


def _tell_unread_levels(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """A column that nobody reads, of nothing but levels or titles, in a table without a column for them (技能等极): what is held is unknown, not none."""
    for track, are_words in (("skill", are_level_words), ("title", are_title_words)):
        if any(name.partition("#")[0] == track for name in roster.columns):
            continue
        cells = cells_of(roster, at)
        if not are_words([cell for cell in set(cells) if not is_blank(cell)]):
            continue
        for index, cell in enumerate(cells, start):
            if is_told(cell) and not is_told(people.column(track)[index]):
                tell_elsewhere(track, roster, at, cell, index, people)


def _tell_falsified(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark says of falsified records, of whom 诚信情况 does not say it: unknown, for it would be a veto (二（三）)."""
    for index, cell, _ in telling(roster, at, start, says_falsified):
        own = people.column("integrity")[index]
        if own is UNKNOWN_CELL or (not is_blank(own) and read_integrity(people.words.read("integrity", own)) != GOOD):
            continue
        told = "诚信情况没有填写" if is_blank(own) else quote(roster, at, cell)
        if is_blank(own):
            put_elsewhere(roster, at, "integrity", UNKNOWN_CELL, index, people)
        people.column("integrity")[index] = UNKNOWN_CELL
        people.add_finding(index, "integrity", "integrity_elsewhere", as_shown(cell if is_blank(own) else own), told)


def _tell_grades(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """What a remark takes back of a year's grade: it is unknown, for what stood last is not told in its column."""
    graded = [name for name in roster.columns if name.startswith(("assessment_", "recent_grades"))]
    if not graded:
        return
    about = _OF_GRADES.search(own_header(roster, at)) is not None
    for index, cell, taken_back in telling(roster, at, start, lambda cell: grades_taken_back(cell, about)):
        for year, grade in taken_back:
            own_years = [name for name in graded if name == f"assessment_{year}"]
            for name in own_years or [name for name in graded if year is None or not name.startswith("assessment_")]:
                _doubt_grade(name, index, grade, quote(roster, at, cell), people)


def _doubt_grade(name: str, index: int, grade: str | None, quoted: str, people: RawPeople) -> None:
    column, item = people.column(name), catalogue.field_of(name)
    cell = column[index]
    if is_blank(cell) or cell is UNKNOWN_CELL or read_cell(cell, item, people).values.get("") == grade:
        return
    people.add_finding(index, name, "grade_contradicted", shown_value(cell, item), quoted)
    column[index] = UNKNOWN_CELL


def _tell_states(roster: Roster, at: int, is_remark: bool, start: int, people: RawPeople) -> None:
    """Who has left by what stands in another column: 退休人员 as his department; by a remark, who may have: 已退二线."""
    for index, cell, text in telling(roster, at, start, lambda cell: ended_state(cell) or (doubted_state(cell) if is_remark else None)):
        _doubt_state(roster, at, cell, text, index, people)


def _tell_days_of_leaving(roster: Roster, at: int, word: str, start: int, people: RawPeople) -> None:
    """Who has left, or will, by a column of the day (退休时间): read as the state would be with that day, and told once for all."""
    cells = cells_of(roster, at)
    said = {cell: text for cell in set(cells) if not is_blank(cell) and (text := _left_on(cell, word))}
    taken = [
        start + offset
        for offset, cell in enumerate(cells)
        if cell in said and _is_at_work(people.column("service")[start + offset], people)
    ]
    for index in taken:
        _put_state(roster, at, said[cells[index - start]], index, people)
    if taken:
        _, file_no, sheet, _ = people.places[start]
        header = mask_numbers(roster.headers[at])
        people.findings.append(
            Finding(
                file_no,
                "state_from_day",
                sheet,
                roster.last_header_row + 1,
                column_letters(at + 1),
                header,
                "service",
                header,
                f"{len(taken)}人",
            )
        )
        roster.problems = [problem for problem in roster.problems if problem.position != at]


def _left_on(cell: object, word: str) -> str | None:
    """A day on which somebody leaves, in the words of a state; None for none that is meant (9999-12-31)."""
    first, last, code = parse_date(cell)
    if code or first is None or last is None:
        return None
    if first == last:
        return f"{first.isoformat()}{word}"
    return f"{first.year}年{first.month}月{word}" if first.month == last.month else f"{first.year}年{word}"


def _tell_asked_state(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """Who has left by the answer to a header that asks, or says it alone: 是否退休 是, 返聘 √, 在岗 否."""
    header = own_header(roster, at).rstrip("?")
    left, here = _ASKED_LEFT.fullmatch(header), _ASKED_HERE.fullmatch(header)
    if not left and not here:
        return
    answers = _YES if left else _NO if "是否" in header else _NO - NOTHING  # 无 below 在职 may be that of 学历
    for index, cell, _ in telling(roster, at, start, lambda cell: norm(cell).upper() in answers):
        _doubt_state(roster, at, cell, left[1] if left else f"不{header.removeprefix('是否')}", index, people)


def _is_at_work(cell: object, people: RawPeople) -> bool:
    """Whether a cell of 在岗状态 is blank, or says that somebody has not left."""
    return is_blank(cell) or (cell is not UNKNOWN_CELL and says_state(people.words.read("service", cell), at_work=True))


def _put_state(roster: Roster, at: int, state: object, index: int, people: RawPeople) -> None:
    if is_blank(people.column("service")[index]):
        put_elsewhere(roster, at, "service", state, index, people)
    people.column("service")[index] = state


def _doubt_state(roster: Roster, at: int, cell: object, text: str, index: int, people: RawPeople) -> None:
    """The state of who is told to have left: unknown; with a day, as the cell of a state would say it."""
    own = people.column("service")[index]
    if not _is_at_work(own, people):
        return
    dated = "解聘" not in text and says_state(text, dated=True)  # of a post, perhaps
    _put_state(roster, at, text if dated else UNKNOWN_CELL, index, people)
    shown = as_shown(cell) if is_blank(own) else shown_value(own, catalogue.fields()["service"])
    told = quote(roster, at, cell) if dated or not is_blank(own) else "在岗状态没有填写"
    people.add_finding(index, "service", "state_elsewhere" if dated else "state_contradicted", shown, told)
