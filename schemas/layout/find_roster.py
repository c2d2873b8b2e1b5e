"""Where in a sheet the roster stands: its header block, and what is told above it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, filterfalse, islice, pairwise
from types import MappingProxyType

from guantong.schemas import catalogue
from guantong.schemas.files.sniff import Merge
from guantong.schemas.files.workbook import Refusal, Sheet
from guantong.schemas.layout.columns.applicants import applicants_of
from guantong.schemas.layout.columns.column_contents import MOST_CELLS
from guantong.schemas.layout.columns.column_places import resolve_headers
from guantong.schemas.layout.columns.ticked_columns import fill_ticks
from guantong.schemas.layout.explained_marks import write_out_marks
from guantong.schemas.layout.header_paths import HEADER_ROWS, Merged, header_paths, is_title, merged_headers, written_header
from guantong.schemas.layout.headers import header_text, is_person_header, may_name_person, recognise_header
from guantong.schemas.layout.other_tables import heads_other_table, tells_of_person
from guantong.schemas.layout.person_rows import find_person_rows, is_somebody, may_be_number, names_somebody, tells
from guantong.schemas.layout.preamble import facts_above
from guantong.schemas.layout.roster import FEWEST_FIELDS, HeaderProblem, Roster, StateColumn
from guantong.schemas.layout.side_by_side import beside, strips_of, without
from guantong.schemas.text import is_blank, label, norm
from guantong.schemas.values.remarks.words import words_of

_Rank = tuple[bool, int, int, int]  # of a header block, the higher the better
Accepts = Callable[[set[str], str], bool]  # whether a table with these columns, in a sheet of this name, is looked for
TITLE_ROWS = 4  # above a header in which the table's title is looked for
PREAMBLE_ROWS = 200  # rows above a header in which facts of the unit are looked for
ROWS_AT_ONCE = 1000  # of a sheet, of which the different texts are looked at together
KNOWN_TEXTS = 100_000  # texts that are known not to name a person while a sheet is looked through
MOST_HEADER_CELLS = 3_000_000  # cells of a sheet that are looked at as headers; a roster of 100,000 rows on printed pages has a tenth
ROWS_ACROSS, COLUMNS_ACROSS, LONGEST_ACROSS = 200, 3, 40  # of a sheet, where headers are looked for below each other
LONGEST_GROUP = 16  # characters of what stands above a group of headers
_NO_GROUP = re.compile(
    r"[:：]|^[\d.,]+$|\d{6}|\d{4}[-./]\d|\d年\d{1,2}月|第.{1,3}页|[表册]$|名单|一览|台账|附件|[盖公]章|填报|填表|制表|编制|报送|上报|单位|公司|日期|电话|联系|负责人|经办|审核人|复核"
)  # of a line above a header, or of a person
_GROUP = re.compile(
    "情况|信息|基本|本人|个人|资格|职称|职务|技能|等级|证|考核|考评|岗位|学历|教育|荣誉|奖|申[报请]|拟|[现原聘]|任职|家庭|培训|竞赛|其他|备注|"
    + words_of("header_of_others").pattern
)  # what is said of groups of columns
# A group above some columns that can be nothing else, though it stands there alone.
_OTHER_GROUP = re.compile(
    "(本次|拟|现)?(申报|申请|参评|报名)(情况|信息|内容)|拟(申报|申请|参评|评|晋升)|(参加)?(培训|竞赛|比赛)(情况|信息)"
    f"|(家庭成员|家庭|联系人|{words_of('header_of_others').pattern})+(情况|信息)?"
)
_UNKNOWN_GROUP = re.compile("^[^:：]{0,6}(其[他它]|情况|信息|资料)$")
ROWS_OF_FORM = 40  # in which the fields of one person's form are looked for
_DITTOS = frozenset(map(norm, ("同上", "同前", "〃", "″", "”", '"', "''", "″″")))
LONGEST_DITTO = 6
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_EXPLAINS = re.compile("说明|字典|代码|选项|下拉")
# Sheets that list people for another purpose; such a sheet is a roster only if it tells dates or ID numbers.
_OTHER_LISTS = re.compile(r"通讯录|联系|专家|评委|考评员|工资|培训|考勤|统计|汇总|获奖|异动|说明|字典")


def is_roster(names: set[str], sheet: str) -> bool:
    """Whether a table with these columns is a roster rather than a list of contacts, experts or marks."""
    fields = {name: catalogue.field_of(name) for name in names}
    read = {name for name, item in fields.items() if item.kind not in ("ignored", "serial")}
    dated = any(name in read for name in ("skill_date", "title_date"))
    firm = dated or "id_number" in read
    qualifying = {name for name in read if fields[name].qualifies}
    if not {"name", "id_number"} & read or not qualifying or (_OTHER_LISTS.search(sheet) and not firm):
        return False
    if qualifying == {"title"} and not firm:
        return False
    return len(names) >= FEWEST_FIELDS or (dated and len(read) >= FEWEST_FIELDS - 1)


def tells_by_number(names: set[str], sheet: str) -> bool:
    """Whether a table with these columns tells something of people by their ID numbers."""
    told = {name for name in names if catalogue.field_of(name).kind not in ("ignored", "serial")}
    graded = "name" in told and any(name.startswith(("assessment_", "recent_grades")) for name in told)  # by employee number
    return ("id_number" in told or graded) and len(told) > 1 and not _OTHER_LISTS.search(sheet)


def lists_levels(names: set[str], sheet: str) -> bool:
    """Whether a table tells of people with their ID numbers a level or title, though nothing more: what is looked for where a file has no other."""
    return {"name", "id_number"} <= names and not {"skill", "title"}.isdisjoint(names) and not _OTHER_LISTS.search(sheet)


def find_rosters(
    sheet: Sheet,
    name_columns: Callable[[Roster], None] = lambda _: None,
    accepts: Accepts = is_roster,
    own_headers: Mapping[str, str] = NO_HEADERS,
) -> list[Roster]:
    """The rosters in ``sheet``, top first: more than one where tables of other columns follow; [] where there is none. ``accepts``: what counts as one;
    `tells_by_number`: any table that tells something by ID number.

    ``name_columns`` is called with each before its people are looked for, and may name columns whose headers were not recognised; ``own_headers`` are
    those, by `header_text`, that make a table a roster too.

    Raises Refusal (too_large) where so many rows look like headers that no roster can be meant.
    """
    naming = _naming_rows(sheet, own_headers)

    def search(part: Sheet) -> list[Roster]:
        found = _rosters_in(part, _Search(part, naming, accepts, own_headers), name_columns)
        return found or (_rosters_in(part, _Search(part, naming, accepts, own_headers, True), name_columns) if naming else [])

    first = next(iter(naming), None)
    apart = beside(sheet, first) if first is not None else []
    if apart and first is not None:
        found = search(without(sheet, first, apart))
        for roster in found[:1]:
            roster.problems += [
                HeaderProblem(at, "column_beside", (header_text(sheet.rows[first][at]),)) for at in apart if sheet.rows[first][at]
            ]
            roster.headers |= {at: label(sheet.rows[first][at]) for at in apart if sheet.rows[first][at]}
        return found
    strips = [search(strip) for strip in strips_of(sheet, naming)]
    return list(chain.from_iterable(strips)) if strips and all(strips) else search(sheet)


def _rosters_in(sheet: Sheet, search: _Search, name_columns: Callable[[Roster], None]) -> list[Roster]:
    wide = _wide_merges(sheet)
    tall = sorted(merge for merge in sheet.merges if merge[2] > merge[0] and merge[1] == merge[3])  # of several rows in one column
    found: list[Roster] = []
    while (roster := search.next(found[-1] if found else None)) is not None:
        roster.wide_merges = wide
        name_columns(roster)
        found.append(roster)
    above = None
    for roster, following in zip(found, [*found[1:], None]):
        end = following.first_header_row if following else len(sheet.rows)
        _fill_down(roster, tall[bisect_left(tall, (roster.last_header_row + 1,)) : bisect_left(tall, (end,))])
        _fill_dittos(roster, end)
        fill_ticks(roster, end)
        naming = search.naming[bisect_left(search.naming, roster.last_header_row + 1) : bisect_left(search.naming, end)]
        roster.other_table = next((row for row in naming if heads_other_table(roster, row)), None)
        find_person_rows(roster, end if roster.other_table is None else roster.other_table)
        write_out_marks(roster, end)
        roster.preamble = _preamble(roster, above)
        above = roster
    return _without_repeats(found)


def _without_repeats(found: list[Roster]) -> list[Roster]:
    """A header that only stands again, as on each printed page, goes on with the roster above it."""
    kept: list[Roster] = []
    for roster in found:
        if kept and kept[-1].columns == roster.columns and kept[-1].preamble == roster.preamble:
            kept[-1].go_on(roster)
        else:
            kept.append(roster)
    return kept


class _Search:
    """The search for header blocks down a sheet."""

    def __init__(
        self,
        sheet: Sheet,
        naming: list[int],
        accepts: Accepts,
        own_headers: Mapping[str, str] = NO_HEADERS,
        looks_below: bool = False,
    ) -> None:
        self.looks_below = looks_below  # headers are told by what stands below them too, which takes longer
        self.sheet, self.naming, self.accepts, self.own_headers = sheet, naming, accepts, own_headers
        self.grid = merged_headers(sheet, self.naming)
        self.groups: dict[int, list[tuple[int, int, int]]] = {}  # last row → first row, first and last column of merged ranges
        for top, left, bottom, right in sheet.merges:
            if left < right:
                self.groups.setdefault(bottom, []).append((top, left, right))
        self.looked = 0

    def next(self, previous: Roster | None) -> Roster | None:
        """The roster headed by the header block that comes first below that of ``previous``, without people yet."""
        start = previous.last_header_row + 1 if previous else 0
        for named in self.naming[bisect_left(self.naming, start) :]:
            best: _Rank | None = None
            for first in range(named, max(start, named - HEADER_ROWS + 1) - 1, -1):
                if previous is not None and _holds_person(previous.columns, self.sheet.rows[first]):
                    break  # the last person of the table above
                best = max(filter(None, (best, self._best(first, named))), default=None)
            if best is not None:
                first, height = -best[3], -best[2]
                columns_above = previous.columns if previous else {}
                found = _build(self.sheet, self.grid, first, height)
                while height < HEADER_ROWS and first > start and self._heads_groups(first - 1, columns_above):
                    first, height = first - 1, height + 1
                    grouped = _build(self.sheet, self.grid, first, height)
                    found = grouped if grouped.columns != found.columns else found
                return found
        return None

    def _best(self, first: int, named: int) -> _Rank | None:
        """The rank of the best block from row ``first`` on that takes in row ``named``, None where none heads a roster."""
        best, title = None, is_title(self.sheet, self.grid, first)
        columns: dict[str, list[int]] = {}
        for height in range(named - first + 1, HEADER_ROWS + 1):
            if first + height > len(self.sheet.rows) or (height > 1 and title):
                break
            if _holds_person(columns, self.sheet.rows[first + height - 1]):
                break
            columns = self._columns(first, height)
            # one that cuts no group first, then more fields, then the smaller block, then the higher one
            rank = (not self._cuts_group(first, height, columns), len(columns), -height, -first)
            if self.accepts(set(columns), self.sheet.name) and (best is None or rank > best):
                best = rank
        return best

    def _heads_groups(self, row: int, columns_above: dict[str, list[int]]) -> bool:
        """Whether a row above a header says of groups of its columns what they are about: 基本信息, 现有情况, 申报情况, the columns between them blank; or,
        of one, merged over columns that are not the first, or of another matter or person. ``columns_above``: those of the table above, whose people are none.
        """
        cells, below = self.sheet.rows[row], self.sheet.rows[row + 1]
        filled = [at for at, cell in enumerate(cells) if not is_blank(cell)]
        texts = {label(cells[at]) for at in filled if not self._is_header(row, at)}
        is_merged = any(top == row and left > 1 for top, left, _ in self.groups.get(row, ()))
        needed = 1 if is_merged or (filled[:1] > [1] and all(map(_OTHER_GROUP.fullmatch, texts))) else 2
        about = [text for text in texts if _GROUP.search(text)]
        if _holds_person(columns_above, cells) or len(about) < needed:
            return False
        if any(_NO_GROUP.search(text) or len(text) > LONGEST_GROUP for text in texts):
            return False
        spans = zip(filled, [*filled[1:], len(cells)], strict=True)
        return any(sum(1 for cell in below[left:right] if not is_blank(cell)) > 1 for left, right in spans)

    def _is_header(self, row: int, at: int) -> bool:
        """Whether a cell of a row above a header is the column's own header: merged with the cell below it, or with none below it but of people."""
        below, people = self.sheet.rows[row + 1], self.sheet.rows[row + 2 : row + 2 + HEADER_ROWS]
        beside = chain(below[at:], (cells[at] for cells in people))
        return self.grid.get((row + 1, at)) == (row, at) or (is_blank(below[at]) and not all(map(is_blank, beside)))

    def _cuts_group(self, first: int, height: int, columns: dict[str, list[int]]) -> bool:
        """Whether a header that names the person is merged downwards beyond the block; or one stands over columns that the row below tells apart, and
        this row names nobody: merged over them, or said of a group (其他信息) of which nothing else is known."""
        below, rows = first + height, self.sheet.rows
        naming = [at for name in ("name", "id_number") for at in columns.get(name, ())]
        if any(first <= self.grid.get((below, at), (below, at))[0] < below for at in naming):
            return True
        if below >= len(rows) or any(not is_blank(rows[below][at]) for at in naming):
            return False
        groups = [(left, right) for top, left, right in self.groups.get(below - 1, ()) if first <= top]
        return self._heads_unknown(below, columns) or any(
            len({norm(cell) for cell in rows[below][left : right + 1] if not is_blank(cell)}) > 1 for left, right in groups
        )

    def _heads_unknown(self, row: int, columns: dict[str, list[int]]) -> bool:
        """Whether a row below a header says something below groups of unknown columns alone, and below all known ones nothing."""
        known = {at for positions in columns.values() for at in positions}
        above, cells, group = self.sheet.rows[row - 1], self.sheet.rows[row], ""
        for at, cell in enumerate(cells):
            group = label(above[at]) or group
            if not is_blank(cell) and (at in known or cell.__class__ is not str or not _UNKNOWN_GROUP.search(group)):
                return False
        return not all(map(is_blank, cells))

    def _columns(self, first: int, height: int) -> dict[str, list[int]]:
        """Name → positions of the columns that a block of rows would name."""
        self.looked += height * len(self.sheet.rows[first])
        if self.looked > MOST_HEADER_CELLS:
            raise Refusal("too_large", f"工作表“{self.sheet.name}”中像表头的行过多")
        columns: dict[str, list[int]] = {}
        paths = header_paths(self.sheet, self.grid, first, height)
        resolved = (
            resolve_headers(paths, _cells_of_people(self.sheet.rows, first + height, paths), titles=_titles(self.sheet, first))
            if self.looks_below
            else resolve_headers(paths)
        )
        for position, header in enumerate(resolved):
            for name in header.names or self._own_names(first, height, position):
                columns.setdefault(name, []).append(position)
        return columns

    def _own_names(self, first: int, height: int, position: int) -> list[str]:
        """The column that a bureau reads an unknown header as."""
        if not self.own_headers:
            return []
        name = self.own_headers.get(header_text(written_header(self.sheet, self.grid, first, height, position)))
        return [name] if name else []


def _naming_rows(sheet: Sheet, own_headers: Mapping[str, str] = NO_HEADERS) -> list[int]:
    """The rows in which a header that names the person stands."""
    own = {text for text, name in own_headers.items() if name in ("name", "id_number")}
    found: list[int] = []
    looked: set[str] = set()
    naming: set[str] = set()
    for start in range(0, len(sheet.rows), ROWS_AT_ONCE):
        rows = sheet.rows[start : start + ROWS_AT_ONCE]
        new = {cell for cell in set(chain.from_iterable(rows)) - looked if cell.__class__ is str}
        naming.update(filter(is_person_header, filter(may_name_person().search, filterfalse(str.isascii, new))))
        naming |= {cell for cell in new if header_text(cell) in own} if own else set()
        looked = new if len(looked) > KNOWN_TEXTS else looked | new
        found += [start + at for at, cells in enumerate(rows) if not naming.isdisjoint(cells)]
    return found


def _holds_person(columns: dict[str, list[int]], cells: list[object]) -> bool:
    """Whether a row names a person in the column for it, and tells a date, level, number or the like, below whatever header: then it is no header."""
    is_named = any(is_somebody(norm(cells[at])) for at in columns.get("name", ()))
    if is_named and any(map(tells_of_person, cells)):
        return True
    # 号码 and 发证日期, which may stand below 身份证, are no numbers
    is_numbered = any(may_be_number(cells[at]) for at in columns.get("id_number", ()))
    return (is_named or is_numbered) and any(_tells(name, cells[at]) for name, positions in columns.items() for at in positions)


def _tells(name: str, cell: object) -> bool:
    """Whether a cell tells something of a person below a header, and is not that header again: 在岗状态 says 在岗 too."""
    return tells(name, cell) and recognise_header((header_text(cell),)) != name.partition("#")[0]


def has_headers_in_a_column(sheet: Sheet) -> bool:
    """Whether the fields of a roster stand below each other in a column, or all over a form: each person is a column, or the sheet is of one person."""
    if _EXPLAINS.search(sheet.name):
        return False
    rows = sheet.rows[:ROWS_OF_FORM]
    if any(is_roster(_told_by(row), sheet.name) and any(len(_told_by(pair)) == 2 for pair in pairwise(row)) for row in rows):
        return False  # a list of another kind: of who registers for an examination
    form = list(chain.from_iterable(rows))
    return any(is_roster(_told_by(cells), sheet.name) for cells in chain(islice(zip(*sheet.rows[:ROWS_ACROSS]), COLUMNS_ACROSS), [form]))


def _told_by(cells: Iterable[object]) -> set[str]:
    """The columns that cells would name as headers, each by itself."""
    headers = ((header_text(cell),) for cell in dict.fromkeys(cells) if cell.__class__ is str and len(cell) < LONGEST_ACROSS)
    return {name for name in map(recognise_header, headers) if name}


def _build(sheet: Sheet, merged: Merged, first: int, height: int) -> Roster:
    paths = header_paths(sheet, merged, first, height)
    columns: dict[str, list[int]] = {}
    headers: dict[int, str] = {}
    problems = []
    titles = _titles(sheet, first)
    resolved = resolve_headers(paths, _cells_of_people(sheet.rows, first + height, paths), applicants_of(titles), titles)
    for position, (path, header) in enumerate(zip(paths, resolved, strict=True)):
        if any(path):
            headers[position] = written_header(sheet, merged, first, height, position)
        for name in header.names:
            columns.setdefault(name, []).append(position)
        if header.problem:
            problems.append(HeaderProblem(position, header.problem, path, header.detail))
    appointed = [position for position, header in enumerate(resolved) if header.appointed]
    unsure = [position for position, header in enumerate(resolved) if header.unsure]
    states = {at: StateColumn(header.judged, header.judging) for at, header in enumerate(resolved) if header.judging}
    read_by = {at: header.read_by for at, header in enumerate(resolved)}
    return Roster(sheet, first, first + height - 1, columns, headers, problems, appointed, unsure, states, read_by)


def _cells_of_people(rows: list[list[object]], first: int, paths: list[tuple[str, ...]]) -> Callable[[int], list[object]]:
    """By column, the different cells in the rows from ``first`` on, below a header, that name somebody or carry a person on, as many as are looked at; blank ones aside."""
    naming = [at for at, path in enumerate(paths) if recognise_header(path) in ("name", "id_number")]

    def is_of_person(row: list[object]) -> bool:
        return any(names_somebody(row[at]) for at in naming) or all(map(is_blank, row[: max(naming, default=-1) + 1]))

    def cells(column: int) -> list[object]:
        found: dict[object, None] = {}
        for at in range(first, len(rows)):
            cell = rows[at][column]
            if cell not in found and not is_blank(cell) and is_of_person(rows[at]):
                found[cell] = None
                if len(found) == MOST_CELLS:
                    break
        return list(found)

    return cells


def _titles(sheet: Sheet, first: int) -> list[str]:
    """The sheet's name, and the texts right above its header."""
    above = [label(cell) for row in sheet.rows[max(0, first - TITLE_ROWS) : first] for cell in row if not is_blank(cell)]
    return [sheet.name, *above]


def _preamble(roster: Roster, above: Roster | None) -> dict[str, str]:
    """Facts of the unit that stand above the header: 填报单位：…, 统一社会信用代码：…, 所在市：….

    Of a table below another: what stands between the two, nearest to the header first; else, of the same unit, what the
    other goes by.
    """
    if above is None:
        return facts_above(roster.sheet.rows[max(0, roster.first_header_row - PREAMBLE_ROWS) : roster.first_header_row])
    end = (above.people or [above.last_header_row])[-1] + 1
    own = facts_above(roster.sheet.rows[max(end, roster.first_header_row - PREAMBLE_ROWS) : roster.first_header_row][::-1])
    return own if own.get("unit", above.preamble.get("unit")) != above.preamble.get("unit") else above.preamble | own


def _wide_merges(sheet: Sheet) -> dict[int, list[tuple[int, int]]]:
    """Row → (first, last column) of the merged ranges of three columns or more that lie in it, low ones only."""
    found: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, right in sheet.merges:
        if right - left >= 2:
            for row in range(top, min(bottom, top + HEADER_ROWS) + 1):
                found.setdefault(row, []).append((left, right))
    return found


def _fill_dittos(roster: Roster, end: int) -> None:
    """Write what stands above into cells that say that it does: 同上, 〃; ``end``: the row at which the table ends."""
    rows, columns = roster.sheet.rows, [at for positions in roster.columns.values() for at in positions]
    first = roster.last_header_row + 2
    short = {cell for cell in set(chain.from_iterable(rows[first:end])) if cell.__class__ is str and len(str(cell)) <= LONGEST_DITTO}
    dittos = {cell for cell in short if norm(cell) in _DITTOS}
    for row in range(first, end) if dittos else ():
        if not dittos.isdisjoint(rows[row]):
            for at in columns:
                if rows[row][at] in dittos:
                    rows[row][at] = rows[row - 1][at]


def _fill_down(roster: Roster, merges: list[Merge]) -> None:
    """Write a value that ``merges``, those of the table, spread over several rows into each of them. Names and numbers are never spread: they make the rows one person's."""
    personal = {at for name in ("serial", "name", "id_number") for at in roster.columns.get(name, ())}
    rows = roster.sheet.rows
    for top, left, bottom, _ in merges:
        for row in range(top + 1, min(bottom + 1, len(rows))):
            if left in personal:
                roster.merged[row] = top
            else:
                rows[row][left] = rows[top][left]
