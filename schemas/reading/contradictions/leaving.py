"""Who has left by what stands in another column than 在岗状态: 部门 退休人员, 退休时间 2024-06, 是否退休 是, 备注 已退二线."""

from __future__ import annotations

import re

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.findings import Finding, shown_value
from guantong.schemas.layout.roster import Roster
from guantong.schemas.reading.contradictions.doubts import (
    NO,
    YES,
    answering,
    as_shown,
    cells_of,
    own_header,
    put_elsewhere,
    quote,
    telling,
)
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.text import NOTHING, is_blank, mask_numbers
from guantong.schemas.values.dates import parse_date
from guantong.schemas.values.service import doubted_state, ended_state, says_state

_LEFT_ON = re.compile(
    r"(?:预计|预期|法定|到龄|正式|办理|计划|拟|正常|实际|批准|到达)*"
    r"(离?退休|离休|内退|病退|退养|内部退养|退职|离职|离岗|辞职|辞退|开除|除名|下岗|待岗|停薪留职|调离|调出|离厂|离司|减员|解除(?:劳动)?合同|终止(?:劳动)?合同|死亡|去世|逝世|病故)"
    r"(?:起始|开始)?(?:时间|日期|年月|年月日|年份|日)"
)
_ASKED_LEFT = re.compile(
    "(?:是否)?(?:已经?)?((?:到龄)?退休|离退休|离休|内退|退养|离职|离岗|离厂|辞职|调离|调出|下岗|待岗|停薪留职|返聘|退休返聘|死亡|去世|除名)(?:人员|职工|返岗)?(?:标志|标识)?"
)
_ASKED_HERE = re.compile(
    "(?:是否(?:仍|还|为|是|属|属于)?(?:在册|在职|在岗|本单位|本公司|本厂|我单位|本企业)(?:正式)?(?:职工|员工|人员|工作)?|在册|在职|在岗)(?:标志|标识)?"
)
_AS_STATE = {"离厂": "离职", "离司": "离职", "减员": "离职", "离退休": "退休"}


def tell_states(roster: Roster, at: int, is_remark: bool, start: int, people: RawPeople) -> None:
    """Who has left by what stands in another column: 退休人员 as his department; by a remark, who may have: 已退二线."""
    for index, cell, text in telling(roster, at, start, lambda cell: ended_state(cell) or (doubted_state(cell) if is_remark else None)):
        doubt_state(roster, at, cell, text, index, people)


def state_left_for(roster: Roster, at: int) -> str | None:
    """The state whose day stands below a header: 退休 of 退休时间; None for none."""
    left = _LEFT_ON.fullmatch(own_header(roster, at))
    return _AS_STATE.get(left[1], left[1]) if left else None


def tell_days_of_leaving(roster: Roster, at: int, word: str, start: int, people: RawPeople) -> None:
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


def tell_asked_state(roster: Roster, at: int, start: int, people: RawPeople) -> None:
    """Who has left by the answer to a header that asks, or says it alone: 是否退休 是, 返聘 √, 在岗 否."""
    header = own_header(roster, at).rstrip("?")
    left, here = _ASKED_LEFT.fullmatch(header), _ASKED_HERE.fullmatch(header)
    if not left and not here:
        return
    answers = YES if left else NO if "是否" in header else NO - NOTHING  # 无 below 在职 may be that of 学历
    for index, cell in answering(roster, at, start, answers):
        doubt_state(roster, at, cell, left[1] if left else f"不{header.removeprefix('是否')}", index, people)


def _is_at_work(cell: object, people: RawPeople) -> bool:
    """Whether a cell of 在岗状态 is blank, or says that somebody has not left."""
    return is_blank(cell) or (cell is not UNKNOWN_CELL and says_state(people.words.read("service", cell), at_work=True))


def _put_state(roster: Roster, at: int, state: object, index: int, people: RawPeople) -> None:
    if is_blank(people.column("service")[index]):
        put_elsewhere(roster, at, "service", state, index, people)
    people.column("service")[index] = state


def doubt_state(roster: Roster, at: int, cell: object, text: str, index: int, people: RawPeople) -> None:
    """The state of who is told to have left: unknown; with a day, as the cell of a state would say it."""
    own = people.column("service")[index]
    if not _is_at_work(own, people):
        return
    dated = "解聘" not in text and says_state(text, dated=True)  # of a post, perhaps
    _put_state(roster, at, text if dated else UNKNOWN_CELL, index, people)
    shown = as_shown(cell) if is_blank(own) else shown_value(own, catalogue.fields()["service"])
    told = quote(roster, at, cell) if dated or not is_blank(own) else "在岗状态没有填写"
    people.add_finding(index, "service", "state_elsewhere" if dated else "state_contradicted", shown, told)
