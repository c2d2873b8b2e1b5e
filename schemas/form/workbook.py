"""The roster form as a workbook: groups of columns, prompts, lists and checks on its cells, instructions, an example row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from guantong.schemas import catalogue
from guantong.schemas.catalogue import Field
from guantong.schemas.files.cell_address import column_letters
from guantong.schemas.form.columns import IF_HELD, MUST, OPTIONAL, Column, asked_years, form_columns, spans

SHEET, LISTS = "花名册", "选项"
LEGEND_ROW, GROUP_ROW, HEADER_ROW, EXAMPLE_ROW, FIRST_ROW = range(5)  # from 0
ROWS = 1000  # of people, that have lists and checks; of a form that is filled in, so many more than stand in it
_FILLS = {MUST: "#F8CBAD", IF_HELD: "#FFE699", OPTIONAL: "#E7E6E6", "": "#E7E6E6"}
_GROUP_FILLS = {
    "人员": "#BDD7EE",
    "岗位": "#C6E0B4",
    "技能": "#B4C7E7",
    "职称": "#D9C6EC",
    "考核": "#B7DEE8",
    "荣誉": "#F4B6C2",
    "其他": "#D0CECE",
}
_BLANK_FILL, _WRONG_FILL, _MARK_FILL = "#FFF2CC", "#FFC7CE", "#FFC7CE"
_FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
NONE = "无"
_LONGEST_TITLE, _LONGEST_PROMPT = 32, 255  # characters, as Excel allows
_LISTED_WITH_NONE = ("skill", "title", "honours")
_LISTED_WITHOUT_ERROR = ("honours", "occupation", "city")  # of which any other text will do as well
_WIDTHS = {"id_number": 22, "unit": 26, "unit_code": 22, "certificate": 26, "honours": 28, "date": 13, "occupation": 14, "service": 10}
_NOTES = [
    f"一人一行，从第{FIRST_ROW + 1}行填起；第{EXAMPLE_ROW + 1}行是示例，不会被读取，可以删除。",
    "表头颜色：橙色为必填；黄色为有则填（有证书、有荣誉的填写）；灰色为可不填。一行开始填写以后，还空着的必填格显示为浅黄色。",
    "可不填的栏已经折叠：点列标（A、B、C……）上方的［＋］展开，点［－］收起。",
    "点一个单元格，会显示这一格怎么填；有下拉选项的，可以选，也可以直接写。",
    "身份证号、证书编号、统一社会信用代码按文本填写，不要用科学计数法。身份证号不是18位，或与别人的相同，单元格显示为红色。",
    "日期写年月日、年月或年，如 2019-08-21、2019-08、2019；只写到年月的，按可能的整段时间判断。",
    "没有技能等级、职称、荣誉的，选“无”。",
    "现有等级（职称）取得还不满4年的，请展开填写以前各级的取得时间：按较低一级申报时，年限从那一级取得时算起。",
    "有几个证书的，在“技能等级”“职称”里写全，并在每个后面的括号里写取得时间，如“电工技师（2018-06）、焊工高级工（2015-06）”。",
    "荣誉称号按证书和表彰文件的全称填写，多项用顿号（、）分开；选项里是可以破格的荣誉，其他荣誉也可以写。",
    "学历、论文、外语和计算机成绩不作为条件（三（三）3）。",
    "不要改动表头；填好后用 guantong check 检查，它会指出每一处问题所在的单元格。",
]


class Filled(NamedTuple):
    """A cell that a roster has filled in: its value, and, where it needs a look, why."""

    value: object
    note: str = ""


@dataclass
class FormContent:
    """What a roster fills into the form: people, each as cells by the name of their columns. ``struck``: rows that are left out, as they are struck out;
    ``refused``: why the roster can't be taken in.
    """

    people: list[dict[str, Filled]] = field(default_factory=list)
    struck: int = 0
    refused: str = ""

    def told(self) -> set[str]:
        """The columns in which anything stands."""
        return {name for person in self.people for name in person}


def write_form(path: Path, as_of: dt.date, content: FormContent | None = None) -> None:
    """Write the form as of a day to ``path`` (.xlsx), blank or filled in. Raises OSError where it can't be written."""
    content = content or FormContent()
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        columns = form_columns(as_of, content.told())
        _Roster(book, columns, as_of, content).write()
        _instructions(book, columns)
        _lists(book)


class _Roster:
    """The sheet to fill in."""

    def __init__(self, book: xlsxwriter.Workbook, columns: list[Column], as_of: dt.date, content: FormContent) -> None:
        self.book, self.columns, self.as_of, self.people = book, columns, as_of, content.people
        self.sheet: Worksheet = book.add_worksheet(SHEET)
        self.last_row = FIRST_ROW + ROWS + len(self.people) - 1
        self.formats: dict[str, Format] = {}

    def write(self) -> None:
        self._lay_out()
        self._headers()
        self._people()
        for at, column in enumerate(self.columns):
            self.sheet.data_validation(FIRST_ROW, at, self.last_row, at, self._check(at, column))
        self._colours()

    def _format(self, **properties: Any) -> Format:
        key = repr(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(_FONT | properties)
        return self.formats[key]

    def _lay_out(self) -> None:
        sheet, text = self.sheet, self._format(num_format="@")
        sheet.outline_settings(symbols_right=False)  # the plus sign stands over the last column that is not folded
        marked = {name for person in self.people for name, cell in person.items() if cell.note}
        shown = {column.group for column in self.columns if column.is_folded and column.name in marked}
        for at, column in enumerate(self.columns):
            is_folded = column.is_folded and column.group not in shown
            before = self.columns[at - 1] if at else column
            after = self.columns[at + 1] if at + 1 < len(self.columns) else column
            begins_fold = not column.is_folded and after.is_folded and after.group not in shown
            options = {"level": int(column.is_folded), "hidden": is_folded, "collapsed": begins_fold and before is not after}
            sheet.set_column(at, at, _width(column), text, options)
        sheet.freeze_panes(FIRST_ROW, 2)
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(0)  # on paper, too
        sheet.repeat_rows(GROUP_ROW, HEADER_ROW)
        sheet.set_footer("&C第 &P 页，共 &N 页")

    def _headers(self) -> None:
        sheet = self.sheet
        for row, height in ((LEGEND_ROW, 34), (GROUP_ROW, 20), (HEADER_ROW, 36)):
            sheet.set_row(row, height)
        years = asked_years(self.as_of)
        said: list[object] = []
        for colour, words in (
            (_FILLS[MUST], "必填　"),
            (_FILLS[IF_HELD], "有则填　"),
            (_FILLS[OPTIONAL], "可不填，已折叠：点列标上方的［＋］展开　"),
            (_BLANK_FILL, "已开始填写的行里还空着的必填格　"),
        ):
            said += [self.book.add_format(_FONT | {"font_color": colour, "font_size": 16, "bold": True}), "■", self._format(), words]
        said += [self._format(), f"年度考核填{years[0]}至{years[-1]}年度。第{FIRST_ROW + 1}行起一人一行，详见“填表说明”。"]
        last = max(at for at, column in enumerate(self.columns) if not column.is_folded)
        frame = self._format(text_wrap=True)
        sheet.merge_range(LEGEND_ROW, 0, LEGEND_ROW, last, "", frame)
        sheet.write_rich_string(LEGEND_ROW, 0, *said, frame)
        for group, first, end in spans(self.columns):
            shape = self._format(bold=True, align="left", bg_color=_GROUP_FILLS[group[:2]], border=1)
            if end > first:
                sheet.merge_range(GROUP_ROW, first, GROUP_ROW, end, group, shape)
            else:
                sheet.write_string(GROUP_ROW, first, group, shape)
        example = self._format(num_format="@", italic=True, font_color="#7F7F7F", bottom=4)
        for at, column in enumerate(self.columns):
            shape = self._format(bold=True, text_wrap=True, align="center", bg_color=_FILLS[column.asked], border=1)
            sheet.write_string(HEADER_ROW, at, column.header, shape)
            further = "#" in column.name
            sheet.write_string(EXAMPLE_ROW, at, "示例" if column.name == "serial" else "" if further else column.field.example, example)

    def _people(self) -> None:
        place = {column.name: at for at, column in enumerate(self.columns)}
        plain, marked = self._format(num_format="@"), self._format(num_format="@", bg_color=_MARK_FILL)
        for row, person in enumerate(self.people, FIRST_ROW):
            for name, cell in person.items():
                _write_cell(self.sheet, row, place[name], cell.value, marked if cell.note else plain)
                if cell.note:
                    self.sheet.write_comment(row, place[name], cell.note, {"x_scale": 2.5, "y_scale": 1.5, "author": ""})

    def _check(self, at: int, column: Column) -> dict[str, object]:
        """What the cells of a column say when they are chosen, what they offer, and what they warn of."""
        item, letter = column.field, column_letters(at + 1)
        told = f"{column.asked}：" if column.asked else ""
        found: dict[str, object] = {
            "validate": "any",
            "input_title": column.header[:_LONGEST_TITLE],
            "input_message": f"{told}{_prompt(item)}"[:_LONGEST_PROMPT],
            "error_type": "warning",
            "error_title": column.header[:_LONGEST_TITLE],
        }
        if item.name in _lists_of():
            list_letter, words = column_letters(list(_lists_of()).index(item.name) + 1), _lists_of()[item.name]
            found |= {"validate": "list", "source": f"={LISTS}!${list_letter}$2:${list_letter}${len(words) + 1}"}
            found |= {"error_message": "不在选项中的内容可能无法识别，仍要填写吗？", "show_error": item.name not in _LISTED_WITHOUT_ERROR}
        elif wrong := self._wrong(letter, item):
            found |= {"validate": "custom", "value": f"=NOT({wrong})", "error_message": f"{_WRONG[item.kind]}，仍要填写吗？"}
        return found

    def _wrong(self, letter: str, item: Field) -> str:
        """Whether a cell of the first row is of a wrong length or stands twice, as a formula; '' where nothing is to be checked.

        Texts are compared by =: COUNTIF takes two numbers of 18 digits for one that differ in the last three.
        """
        cell = f"{letter}{FIRST_ROW + 1}"
        if item.kind == "id_number":
            cells = f"{letter}${FIRST_ROW + 1}:{letter}${self.last_row + 1}"
            return f'AND({cell}<>"",OR(LEN({cell})<>18,SUMPRODUCT(--({cells}={cell}))>1))'
        return f'AND({cell}<>"",LEN({cell})<>18)' if item.kind == "unit_code" else ""

    def _colours(self) -> None:
        """Cells that are to be filled, in rows in which something is, and numbers that are wrong."""
        letters = {column.name: column_letters(at + 1) for at, column in enumerate(self.columns)}
        row = FIRST_ROW + 1
        begun = f"COUNTA($B{row}:${column_letters(len(self.columns))}{row})>0"
        blank, wrong = self.book.add_format({"bg_color": _BLANK_FILL}), self.book.add_format({"bg_color": _WRONG_FILL})
        for at, column in enumerate(self.columns):
            cell = f"{letters[column.name]}{row}"
            asked = begun if column.asked == MUST else _holds(letters, column.name, row)
            rules = [(f'=AND({asked},TRIM({cell})="")', blank)] if asked else []
            if wrong_text := self._wrong(letters[column.name], column.field):
                rules.append((f"={wrong_text}", wrong))
            for criteria, shape in rules:
                self.sheet.conditional_format(FIRST_ROW, at, self.last_row, at, {"type": "formula", "criteria": criteria, "format": shape})


_WRONG = {"id_number": "身份证号应为18位，且不能与别人的相同", "unit_code": "统一社会信用代码应为18位"}


def _holds(letters: dict[str, str], name: str, row: int) -> str:
    """Whether a row tells the level or title of which ``name`` is the date, as a formula; '' for other columns."""
    field_name, _, number = name.partition("#")
    if field_name not in ("skill_date", "title_date"):
        return ""
    held = letters[field_name.partition("_")[0] + (f"#{number}" if number else "")]
    return f'TRIM(${held}{row})<>"",TRIM(${held}{row})<>"{NONE}"'


def _write_cell(sheet: Worksheet, row: int, column: int, value: object, shape: Format) -> None:
    """Texts as texts; what was no text in the roster, and could not be read, as it was."""
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, shape)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, shape)
    else:
        sheet.write_string(row, column, str(value), shape)


def _width(column: Column) -> float:
    by_kind = _WIDTHS.get(column.name.partition("#")[0], _WIDTHS.get(column.field.kind))
    return by_kind or max(9, 2 * min(len(column.header), 6))


def _prompt(item: Field) -> str:
    none = "；没有的选“无”" if item.name in _LISTED_WITH_NONE else ""
    return f"{item.description}{none}"


@cache
def _lists_of() -> dict[str, list[str]]:
    """The words that the cells of a field offer, by the field."""
    found = {}
    for item in catalogue.fields().values():
        words = _words(item)
        if item.group and words:
            found[item.name] = [NONE, *words] if item.name in _LISTED_WITH_NONE else words
    return found


def _words(item: Field) -> list[str]:
    if item.kind == "honours":
        return list(dict.fromkeys(row["honour"] for row in catalogue.rows("honours") if row["class"] == "listed"))
    if item.name == "occupation":
        return [row["occupation"] for row in catalogue.rows("occupations") if row["kind"] == "trade"]
    return catalogue.canonical_words(item)


def _lists(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet(LISTS)
    for at, (name, words) in enumerate(_lists_of().items()):
        sheet.write_column(0, at, [catalogue.header_of(name), *words])
    sheet.hide()


def _instructions(book: xlsxwriter.Workbook, columns: list[Column]) -> None:
    sheet = book.add_worksheet("填表说明")
    bold = book.add_format({"bold": True, "font_size": 14})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24, wrap)
    sheet.set_column(1, 1, 10, wrap)
    sheet.set_column(2, 2, 80, wrap)
    sheet.write_string(0, 0, "职业发展贯通花名册填表说明", bold)
    for at, note in enumerate(_NOTES, 2):
        sheet.merge_range(at, 0, at, 2, f"{at - 1}. {note}", wrap)
        sheet.set_row(at, 30 if len(note) > 60 else 16)
    start = len(_NOTES) + 3
    sheet.write_row(start, 0, ["栏目", "填不填", "怎么填"], book.add_format({"bold": True, "bottom": 1}))
    for at, column in enumerate(columns, start + 1):
        fill = book.add_format({"text_wrap": True, "valign": "top", "bg_color": _FILLS[column.asked]})
        name = column.header if column.group in _GROUP_FILLS else f"{column.group}：{column.header}"
        sheet.write_string(at, 0, name, fill)
        sheet.write_string(at, 1, column.asked or OPTIONAL, wrap)
        sheet.write_string(at, 2, _prompt(column.field), wrap)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
