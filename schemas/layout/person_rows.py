"""Which rows below a roster's header speak of a person."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from guantong.schemas.files.workbook import UNCALCULATED
from guantong.schemas.layout.headers import header_text, names_person
from guantong.schemas.layout.roster import FEWEST_FIELDS, Roster
from guantong.schemas.text import BLANKS, NOTHING, is_blank, norm, without_brackets

# What notes, footers and totals begin with; a unit's name may begin so too, a person's never.
_FOOTER = re.compile(
    r"^(合计|总计|小计|共计|本页|填报人|填表|制表|制单|审核|复核|批准|经办|负责人|单位负责人|部门负责人|单位领导|人事|联系人|联系电话|电话|地址|签字|签名|签章"
    r"|填报日期|填报单位|填报时间|日期([:：]|$)|盖章|\(盖章|单位\(?盖章|公章|备注[:：]|说明|填报说明|注[:：\d]|注意|以上|以下空白|主管|领导|校对|承诺|第\d+页|共\d+"
    r"|续表|转下页|END$|[*…·.]+|(示例|样例|范例|例|例如)([:：(（]|$))"
)
_SIGNED = re.compile(r"^(填报人|填表人|审核人|复核人|制表人|经办人|单位负责人|填表日期|填报日期|制表日期)([:：]|$)")
_TOTAL = re.compile(r"^.{0,12}(合计|总计|小计|共计)([:：]|$)|^(总?人数|累计|平均|占比|其中)")
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


def find_person_rows(roster: Roster, end: int) -> list[int]:
    """The rows, from 0, between the header and row ``end`` that speak of a person, or at least hold data that must not be lost."""
    rows, plainly = roster.sheet.rows, _plain_test(roster)
    return [row for row in range(roster.last_header_row + 1, end) if plainly(rows[row]) or _is_person(roster, row)]


def is_somebody(text: str) -> bool:
    """Whether a normalised cell is a name or an ID number, and not what a header or its notes say."""
    if re.fullmatch(r"\d{15}|\d{17}[\dX]", text):
        return True
    bare = without_brackets(text)
    return _LONE_NAME.fullmatch(bare) is not None and bare not in _NOT_NAMES and not names_person(header_text(bare))


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
    """Whether a row below the header speaks of a person.

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
    if row <= roster.last_header_row + 2 and sum(1 for text in texts if _EXPLAINS.search(text)) >= 2:
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
    return any(left <= at <= right for left, right in roster.wide_merges.get(row, ()))


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
