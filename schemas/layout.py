"""Where in a sheet the roster stands: its header block, its people, and what is neither."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from guantong.schemas import tables
from guantong.schemas.headers import header_text, is_person_header, names_person, resolve
from guantong.schemas.parsers import PARSERS
from guantong.schemas.text import BLANKS, NOTHING, is_blank, label, norm, without_brackets
from guantong.schemas.workbook import UNCALCULATED, Merge, Refusal, Sheet

HEADER_ROWS = 3
FEWEST_FIELDS = 4
PREAMBLE_ROWS = 200  # rows above a header in which facts of the unit are looked for
ROWS_AT_ONCE = 1000  # of a sheet, of which the different texts are looked at together
KNOWN_TEXTS = 100_000  # texts that are known not to name a person while a sheet is looked through
MOST_HEADER_CELLS = 3_000_000  # cells of a sheet that are looked at as headers; a roster of 100,000 rows on printed pages has a tenth
# What notes, footers and totals begin with; a unit's name may begin so too, a person's never.
_FOOTER = re.compile(
    r"^(合计|总计|小计|共计|本页|填报人|填表|制表|制单|审核|复核|批准|经办|负责人|单位负责人|部门负责人|单位领导|人事|联系人|联系电话|电话|地址|签字|签名|签章"
    r"|填报日期|填报单位|填报时间|日期([:：]|$)|盖章|\(盖章|单位\(?盖章|公章|备注[:：]|说明|填报说明|注[:：\d]|注意|以上|以下空白|主管|领导|校对|承诺|第\d+页|共\d+"
    r"|续表|转下页|END$|[*…·.]+|(示例|样例|范例|例|例如)([:：(（]|$))"
)
_SIGNED = re.compile(r"^(填报人|填表人|审核人|复核人|制表人|经办人|单位负责人|填表日期|填报日期|制表日期)([:：]|$)")
_TOTAL = re.compile(r"^.{0,12}(合计|总计|小计|共计)([:：]|$)|^(总?人数|累计|平均|占比|其中)")
_TITLE = re.compile(r"表$|册|名单|附件|一览|.{16}")
_EXAMPLE = re.compile(r"^\(?(填写)?(示例|样例|范例|例|EXAMPLE)")
_EXPLAINS = re.compile(r"下拉|填写|必填|选填|18位|全称|如\d{4}|按证书|年月日|与身份证")
# A name standing all alone in its row: notes and section titles stand alone too.
_LONE_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}|[\u3400-\u9fff·]{2,20}·[\u3400-\u9fff·]+|[A-Z .]{4,40}")
_NO_LONE_NAME = re.compile(r"人员|名单|车间|小计|合计|续|页|签|盖|备注|说明|附|其中|总|部|科|处|室|公司|班组")
_NOT_NAMES = frozenset({"姓名", "必填", "(必填)", "文本", "人数"})
_NUMBERED = re.compile(r"\d{12}")  # as an ID number
_ERRORS = re.compile(r"0|#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)")
# What a form may have filled in beforehand on rows that hold no one.
_PREFILLED = frozenset(
    {"serial", "remark", "unit", "unit_code", "city", "person_category", "post", "service", "integrity", "frontline", "engineering_field"}
)
# Sheets that list people for another purpose; such a sheet is a roster only if it tells dates or ID numbers.
_OTHER_LISTS = re.compile(r"通讯录|联系|专家|评委|考评员|工资|培训|考勤|统计|汇总|获奖|异动|说明|字典")
_PREAMBLE = {
    "unit": re.compile(
        r"(?:填报单位|申报单位|单位名称|用人单位|企业名称|单位全称|报送单位|单位)(?:\(?(?:盖章|公章|章)\)?)?[:：]\s*([^\s:：]+)"
    ),
    "unit_code": re.compile(r"(?:统一社会信用代码|信用代码)[:：]\s*([0-9A-Za-z]{18})"),
    "city": re.compile(r"(?:所在市|所在地市|所属市|所在地区)[:：]\s*([^\s:：]+)"),
}


@dataclass
class Roster:
    """The roster found in a sheet.

    ``columns``: name → positions (from 0), in sheet order; several where a field stands in several columns.
    ``headers``: position → header as written. ``people``: row indices from 0. ``preamble``: facts of the
    unit that stand above the header. ``problems``: (position, finding code, header path) of columns that were not recognised.
    """

    sheet: Sheet
    first: int
    last: int
    columns: dict[str, list[int]]
    headers: dict[int, str]
    problems: list[tuple[int, str, tuple[str, ...]]]
    preamble: dict[str, str] = field(default_factory=dict)
    people: list[int] = field(default_factory=list)
    wide: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  # row → merged ranges of three columns or more in it

    def cell(self, row: int, name: str) -> object:
        """The first filled cell of a field in a row, '' where there is none."""
        cells = self.sheet.rows[row]
        return next((cells[at] for at in self.columns.get(name, ()) if not is_blank(cells[at])), "")


def find_rosters(sheet: Sheet) -> list[Roster]:
    """The rosters in ``sheet``, top first: more than one where tables of other columns follow; [] where there is none.

    Raises Refusal (too_large) where so many rows look like headers that no roster can be meant.
    """
    search = _Search(sheet)
    merges, wide = _tall_merges(sheet), _wide_merges(sheet)
    found: list[Roster] = []
    while (roster := search.next(found[-1] if found else None)) is not None:
        roster.wide = wide
        found.append(roster)
    above, rows = None, sheet.rows
    for roster, following in zip(found, [*found[1:], None]):
        _fill_down(roster, merges)
        end = following.first if following else len(sheet.rows)
        plainly = _plain_test(roster)
        roster.people = [row for row in range(roster.last + 1, end) if plainly(rows[row]) or _is_person(roster, row)]
        roster.preamble = _preamble(roster, above)
        above = roster
    return _without_repeats(found)


def _without_repeats(found: list[Roster]) -> list[Roster]:
    """A header that only stands again, as on each printed page, goes on with the roster above it."""
    kept: list[Roster] = []
    for roster in found:
        if kept and kept[-1].columns == roster.columns and kept[-1].preamble == roster.preamble:
            kept[-1].people += roster.people
        else:
            kept.append(roster)
    return kept


class _Search:
    """The search for header blocks down a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.naming = _naming_rows(sheet)
        self.grid = _unmerged_headers(sheet, self.naming)
        self.looked = 0

    def next(self, previous: Roster | None) -> Roster | None:
        """The roster headed by the header block that comes first below that of ``previous``, without people yet."""
        start = previous.last + 1 if previous else 0
        for named in self.naming[bisect_left(self.naming, start) :]:
            best: tuple[int, int, int] | None = None
            for first in range(named, max(start, named - HEADER_ROWS + 1) - 1, -1):
                if previous is not None and _holds_person(previous.columns, self.sheet.rows[first]):
                    break  # the last person of the table above
                best = max(filter(None, (best, self._best(first, named))), default=None)
            if best is not None:
                return _build(self.sheet, self.grid, -best[2], -best[1])
        return None

    def _best(self, first: int, named: int) -> tuple[int, int, int] | None:
        """The rank of the best block from row ``first`` on that takes in row ``named``, None where none heads a roster."""
        best, title = None, _is_title(self.sheet, self.grid, first)
        columns: dict[str, list[int]] = {}
        for height in range(named - first + 1, HEADER_ROWS + 1):
            if first + height > len(self.sheet.rows) or (height > 1 and title):
                break
            if _holds_person(columns, self.sheet.rows[first + height - 1]):
                break
            columns = self._columns(first, height)
            # more fields first, then the smaller block, then the higher one
            rank = (len(columns), -height, -first)
            if _is_roster(set(columns), self.sheet.name) and (best is None or rank > best):
                best = rank
        return best

    def _columns(self, first: int, height: int) -> dict[str, list[int]]:
        """Name → positions of the columns that a block of rows would name."""
        self.looked += height * len(self.sheet.rows[first])
        if self.looked > MOST_HEADER_CELLS:
            raise Refusal("too_large", f"工作表“{self.sheet.name}”中像表头的行过多")
        columns: dict[str, list[int]] = {}
        for position, header in enumerate(resolve(_paths(self.sheet, self.grid, first, height))):
            if header.name:
                columns.setdefault(header.name, []).append(position)
        return columns


def _naming_rows(sheet: Sheet) -> list[int]:
    """The rows in which a header that names the person stands."""
    found, looked, naming = [], set(), set()
    for start in range(0, len(sheet.rows), ROWS_AT_ONCE):
        rows = sheet.rows[start : start + ROWS_AT_ONCE]
        new = {cell for cell in set(chain.from_iterable(rows)) - looked if cell.__class__ is str}
        naming |= set(filter(is_person_header, new))
        looked = new if len(looked) > KNOWN_TEXTS else looked | new
        found += [start + at for at, cells in enumerate(rows) if not naming.isdisjoint(cells)]
    return found


def _holds_person(columns: dict[str, list[int]], cells: list[object]) -> bool:
    """Whether a row names a person in the column for it, and tells a date, level, number or the like: then it is no header."""
    naming = [at for name in ("name", "id_number") for at in columns.get(name, ())]
    if not any(_is_somebody(norm(cells[at])) for at in naming):
        return False
    return any(_tells(name, cells[at]) for name, positions in columns.items() for at in positions)


def _is_somebody(text: str) -> bool:
    """Whether a normalised cell is a name or an ID number, and not what a header or its notes say."""
    if re.fullmatch(r"\d{15}|\d{17}[\dX]", text):
        return True
    bare = without_brackets(text)
    return _LONE_NAME.fullmatch(bare) is not None and bare not in _NOT_NAMES and not names_person(header_text(bare))


def _tells(name: str, cell: object) -> bool:
    """Whether a cell can be read as what its column is for: a date, level, title, number, or one of a few words."""
    item = tables.field_of(name)
    if is_blank(cell) or name == "city" or item.kind not in ("date", "skill", "title", "word", "assessment", "id_number"):
        return False
    values = PARSERS[item.kind](cell, item).values
    if item.kind == "id_number":
        return re.fullmatch(r"\d{15}|\d{17}[\dX]", str(values.get("", ""))) is not None
    return values.get("_state") == "known" if "_state" in values else values.get("") is not None


def _is_roster(names: set[str], sheet: str) -> bool:
    """Whether a table with these columns is a roster rather than a list of contacts, experts or marks."""
    fields = {name: tables.field_of(name) for name in names}
    read = {name for name, item in fields.items() if item.kind not in ("ignored", "serial")}
    dated = any(name in read for name in ("skill_date", "title_date"))
    firm = dated or "id_number" in read
    qualifying = {name for name in read if fields[name].qualifies}
    if not {"name", "id_number"} & read or not qualifying or (_OTHER_LISTS.search(sheet) and not firm):
        return False
    if qualifying == {"title"} and not firm:
        return False
    return len(names) >= FEWEST_FIELDS or (dated and len(read) >= FEWEST_FIELDS - 1)


def _unmerged_headers(sheet: Sheet, naming: list[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """Cell → the top left cell of the merged range it lies in, for ranges no taller than a header, around the rows ``naming``."""
    near = {row + off for row in naming for off in range(-HEADER_ROWS, HEADER_ROWS + 1)}
    found = {}
    for top, left, bottom, right in sheet.merges:
        if bottom - top < HEADER_ROWS and right - left < 1000 and (top in near or bottom in near):
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    found[row, column] = (top, left)
    return found


def _is_title(sheet: Sheet, merged: dict, row: int) -> bool:
    """Whether a row says one thing only, from the left edge or at length, as a title does: it heads no group."""
    texts: dict[str, int] = {}
    for column in range(len(sheet.rows[row])):
        top, left = merged.get((row, column), (row, column))
        if text := header_text(sheet.rows[top][left]):
            texts.setdefault(text, column)
    return not texts or (len(texts) == 1 and (min(texts.values()) < 2 or _TITLE.search(min(texts)) is not None))


def _paths(sheet: Sheet, merged: dict, first: int, height: int) -> list[tuple[str, ...]]:
    """The header path of every column for a block of ``height`` rows: group texts first, own text last."""
    width = len(sheet.rows[first])
    paths: list[list[str]] = [[] for _ in range(width)]
    for row in range(first, first + height):
        carried = ""
        for column in range(width):
            at = merged.get((row, column))
            text = header_text(sheet.rows[at[0]][at[1]] if at else sheet.rows[row][column])
            if at and at[0] < row and at[0] >= first:
                text = ""  # a cell merged downwards speaks once
            elif at and at[0] < first:
                text = ""  # a title above the block
            elif not text and not merged and row < first + height - 1 and _below_filled(sheet, row, column, first + height):
                text = carried  # a group written once over several columns, in a format that tells no merges
            paths[column].append(text)
            carried = text or carried
    return [tuple(path) for path in paths]


def _below_filled(sheet: Sheet, row: int, column: int, end: int) -> bool:
    return any(not is_blank(sheet.rows[below][column]) for below in range(row + 1, end))


def _build(sheet: Sheet, merged: dict, first: int, height: int) -> Roster:
    paths = _paths(sheet, merged, first, height)
    columns: dict[str, list[int]] = {}
    headers: dict[int, str] = {}
    problems = []
    for position, (path, header) in enumerate(zip(paths, resolve(paths), strict=True)):
        if any(path):
            headers[position] = _written(sheet, merged, first, height, position)
        if header.name:
            columns.setdefault(header.name, []).append(position)
        elif header.problem:
            problems.append((position, header.problem, path))
    return Roster(sheet, first, first + height - 1, columns, headers, problems)


def _written(sheet: Sheet, merged: dict, first: int, height: int, column: int) -> str:
    """A column's header as written, group and sub-header joined by '/'."""
    texts = []
    for row in range(first, first + height):
        at = merged.get((row, column), (row, column))
        if at[0] >= first:
            texts.append(label(sheet.rows[at[0]][at[1]]))
    return "/".join(dict.fromkeys(text for text in texts if text))


def _preamble(roster: Roster, above: Roster | None) -> dict[str, str]:
    """Facts of the unit that stand above the header: 填报单位：…, 统一社会信用代码：…, 所在市：….

    Of a table below another: what stands between the two, nearest to the header first; else, of the same unit, what the
    other goes by.
    """
    if above is None:
        return _facts(roster.sheet.rows[max(0, roster.first - PREAMBLE_ROWS) : roster.first])
    end = (above.people or [above.last])[-1] + 1
    own = _facts(roster.sheet.rows[max(end, roster.first - PREAMBLE_ROWS) : roster.first][::-1])
    return own if own.get("unit", above.preamble.get("unit")) != above.preamble.get("unit") else above.preamble | own


def _facts(rows: list[list[object]]) -> dict[str, str]:
    """Facts of the unit that stand in rows; of several, the first."""
    found: dict[str, str] = {}
    for row in rows:
        line = " ".join(text for cell in row if (text := label(cell)))
        line = re.sub(r"[:：]\s+", "：", line.replace("（", "(").replace("）", ")"))
        for name, pattern in _PREAMBLE.items():
            if name not in found and (match := pattern.search(line)):
                found[name] = re.sub(r"\((盖章|公章|章)\)$", "", match[1])
    return found


def _wide_merges(sheet: Sheet) -> dict[int, list[tuple[int, int]]]:
    """Row → (first, last column) of the merged ranges of three columns or more that lie in it, low ones only."""
    found: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, right in sheet.merges:
        if right - left >= 2:
            for row in range(top, min(bottom, top + HEADER_ROWS) + 1):
                found.setdefault(row, []).append((left, right))
    return found


def _tall_merges(sheet: Sheet) -> list[Merge]:
    """Merged ranges of several rows in one column, from the top."""
    return sorted(merge for merge in sheet.merges if merge[2] > merge[0] and merge[1] == merge[3])


def _fill_down(roster: Roster, merges: list[Merge]) -> None:
    """Write a value that is merged over several people into each one's row; names and numbers are never spread."""
    personal = {at for name in ("serial", "name", "id_number") for at in roster.columns.get(name, ())}
    rows = roster.sheet.rows
    for top, left, bottom, _ in merges[bisect_left(merges, (roster.last + 1,)) :]:
        if left not in personal:
            for row in range(top + 1, min(bottom + 1, len(rows))):
                rows[row][left] = rows[top][left]


def _plain_test(roster: Roster) -> Callable[[list[object]], bool]:
    """A quick test of a row's cells: True where `_is_person` finds a person by the ID number beside a name; False tells nothing."""
    names, numbers, serials = (roster.columns.get(name, []) for name in ("name", "id_number", "serial"))
    if len(names) != 1 or len(numbers) != 1 or len(serials) > 1:
        return lambda _: False
    (name,), (number,), serial = names, numbers, serials[0] if serials else None
    headers = _header_texts(roster.headers[name])

    def plainly(cells: list[object]) -> bool:
        if not _NUMBERED.search(norm(cells[number])) or is_blank(cells[name]) or header_text(cells[name]) in headers:
            return False
        return serial is None or not _EXAMPLE.match(norm(cells[serial]))

    return plainly


def _is_person(roster: Roster, row: int) -> bool:
    """Whether a row below the header speaks of a person, or at least holds data that must not be lost.

    Blank rows, rows with a serial number or prefilled cells only, repeated headers, examples, notes, section
    titles, totals and footers are no people. Twelve digits in the ID number's column always make a person.
    """
    cells = roster.sheet.rows[row]
    if _repeats_header(roster, cells) or _EXAMPLE.match(norm(roster.cell(row, "serial"))):
        return False
    if _NUMBERED.search(norm(roster.cell(row, "id_number"))):
        return True
    texts = [norm(cell) for cell in cells if not is_blank(cell)]
    filled = {name for name in roster.columns if name not in ("serial", "remark") and _says(norm(roster.cell(row, name)))}
    if not {"name", "id_number"} & filled:  # formulas that stand ready on an empty row hold no one
        filled = {name for name in filled if roster.cell(row, name) != UNCALCULATED}
    if not filled or _TOTAL.match(texts[0]) or _is_signature(texts, len(filled)):
        return False
    if row <= roster.last + 2 and sum(1 for text in texts if _EXPLAINS.search(text)) >= 2:
        return False
    if "name" in filled:
        return not _is_note(roster, row, norm(roster.cell(row, "name")), texts, len(filled))
    return not filled <= _PREFILLED and not (_FOOTER.match(texts[0]) and len(filled) < FEWEST_FIELDS)


def _says(text: str) -> bool:
    """Whether a normalised cell holds more than «none» or what a formula leaves on an empty row."""
    return text not in BLANKS and text not in NOTHING and not _ERRORS.fullmatch(text)


def _is_signature(texts: list[str], filled: int) -> bool:
    signed = [text for text in texts if _SIGNED.match(text)]
    return bool(signed) and (filled < FEWEST_FIELDS or texts[0] in signed)


def _is_note(roster: Roster, row: int, name: str, texts: list[str], filled: int) -> bool:
    """Whether text in the name column is a note, footer, total, section title or column number, and no name."""
    if name in _NOT_NAMES or not without_brackets(name) or _FOOTER.match(name) or _TOTAL.match(name) or "(示例)" in name:
        return True
    serial = norm(roster.cell(row, "serial"))
    if filled == 1 and serial and not re.search(r"\d", serial):
        return True  # 统计员 | 王示例
    if filled == 1 and (not _LONE_NAME.fullmatch(name) or _NO_LONE_NAME.search(name) or _spans(roster, row)):
        return True
    if filled < FEWEST_FIELDS and _FOOTER.match(texts[0]):
        return True
    if re.fullmatch(r"[\d.]+人?", name):
        return filled < FEWEST_FIELDS or all(re.fullmatch(r"[\d.%]+人?", text) for text in texts[1:])
    return len(name) == 1 and len(texts) > 3 and all(len(text) == 1 or text.isdigit() for text in texts)  # 甲 乙 1 2


def _spans(roster: Roster, row: int) -> bool:
    """Whether the row's name cell is merged over several columns, as a section's title is."""
    at = roster.columns["name"][0]
    return any(left <= at <= right for left, right in roster.wide.get(row, ()))


def _repeats_header(roster: Roster, cells: list[object]) -> bool:
    """Whether a row writes the table's own headers again, as on each printed page."""
    naming = [at for name in ("name", "id_number") for at in roster.columns.get(name, ())]
    if not any(is_blank(cells[at]) or _is_header(roster, cells, at) for at in naming):
        return False
    same = sum(1 for at in roster.headers if not is_blank(cells[at]) and _is_header(roster, cells, at))
    return same >= 2 and same * 2 >= sum(1 for cell in cells if not is_blank(cell))


def _is_header(roster: Roster, cells: list[object], at: int) -> bool:
    return header_text(cells[at]) in _header_texts(roster.headers[at])


@lru_cache(10_000)
def _header_texts(header: str) -> frozenset[str]:
    return frozenset(map(header_text, header.split("/")))
