"""What python-calamine does not tell of an .ods workbook, read from its content.xml and its styles; looked at before calamine lays out its grids."""

from __future__ import annotations

import re

from guantong.schemas.files.markers import UNCALCULATED
from guantong.schemas.files.number_formats import Shown
from guantong.schemas.files.ods_strikes import Style, Styles, Words, mentions
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.files.sniff import Facts, SheetFacts, check_extent
from guantong.schemas.files.xml_walk import walk
from guantong.schemas.files.zip_package import ZipPackage
from guantong.schemas.own_marks import own_words_of

_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_OLD_ERROR = re.compile(r"#[A-Z/0-9]+[!?]|#N/A|Err:\d{3}")  # before LibreOffice 4.1 only the text told an error
_WITHOUT_DAY = re.compile(
    r"(?P<month>(?:\d{4}|[〇零一二三四五六七八九]{4})(?:年|[-./])\s*(?:\d{1,2}|[一二三四五六七八九十]{1,2})月?|\d{1,2}/\d{4}|[A-Za-z]{3,9}[-\s]\d{2,4})"
    r"|(?:\d{4}|[〇零一二三四五六七八九]{4})年?|(?P<no_year>\d{1,2}月\d{1,2}日|\d{1,2}[-/.]\d{1,2})"
)
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_VALUES = ("office:value-type", "office:value", "office:string-value", "office:date-value", "office:time-value", "office:boolean-value")
_MOST_COLUMNS = 16_384
_MOST_REPEATED = 1_000_000  # filled cells that stand for many; a roster has a handful
_MOST_SPACES = 1_000_000  # <text:s text:c="…"/> stands for that many blanks


def ods_facts(package: ZipPackage) -> Facts:
    """Facts of an .ods. Raises Refusal: encrypted, too_large, damaged."""
    if b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise Refusal("encrypted")
    content, common = package.read("content.xml"), package.read("styles.xml") if "styles.xml" in package.parts else b""
    styles = Styles() if mentions(content) or mentions(common) else None
    if styles is not None and common:
        walk(common, styles.start, styles.end)
    walked = _Walk(styles)
    walk(content, walked.start, walked.end, walked.text)
    facts = walked.facts
    names = [sheet.name for sheet in facts.sheets if sheet is not None]
    if len(set(names)) < len(names):
        raise Refusal("damaged", "工作表重名")
    check_extent(facts.sheets)
    facts.macros = any(part.startswith("basic/") and part.endswith(".xml") and "/" in part[6:] for part in package.parts)
    return facts


class _Walk:
    """A walk through content.xml; rows and columns are counted with their repeats. ``styles``: where something may be struck out."""

    def __init__(self, styles: Styles | None) -> None:
        self.facts = Facts()
        self._styles, self._told, self._words_told = styles, dict[Style, bool](), False
        self._words: Words | None = None
        self._row_style: str | None = None
        self._struck_columns: set[int] = set()
        self._struck: list[tuple[int, int]] = []
        self._cell_struck: list[tuple[int, int]] = []  # of them, those of the cell that is walked through
        self._left: list[tuple[int, int, str]] = []
        self._sheet: SheetFacts | None = None
        self._row = self._column = self._spaces = self._filled = self._repeated = 0
        self._repeat = self._across = 1
        self._hidden = False
        self._cell: dict[str, str] | None = None
        self._note, self._part_of_note, self._author = 0, "", ""
        self._said: list[str] = []
        self._text: list[str] | None = None
        self._row_cells: list[tuple[int, int, str]] = []
        self._dates: list[tuple[int, int, Shown]] = []
        self._row_reach = -1

    def start(self, tag: str, about: dict[str, str]) -> None:
        if tag in _CELLS:
            self._begin_cell(about)
        elif tag == "table:table-row":
            self._column, self._filled, self._row_reach, self._row_cells, self._dates = 0, 0, -1, [], []
            self._repeat = _count(about, "table:number-rows-repeated")
            self._hidden = about.get("table:visibility") in ("collapse", "filter")
            if self._told:
                self._row_style, self._struck, self._left = about.get("table:default-cell-style-name"), [], []
        elif tag == "table:table":
            self._sheet = SheetFacts(about.get("table:name", ""), merges=[])
            self.facts.sheets.append(self._sheet)
            self._row = self._column = 0
            self._struck_columns = set()
        elif tag == "table:table-column" and self._sheet is not None:
            self._begin_column(self._sheet, about)
        elif tag == "office:annotation":
            self._note += 1
            self._said, self._author = [], ""
        elif tag in ("text:p", "dc:creator") and self._note:
            self._part_of_note = tag
            if tag == "text:p" and self._said:
                self._said.append("\n")
        elif tag == "table:table-source":
            self.facts.external_links = True
        elif tag == "text:s":
            self._spaces += _count(about, "text:c")
            if self._spaces > _MOST_SPACES:
                raise Refusal("too_large", "单元格中的空格过多")
        if self._words is not None and not self._note:
            self._words.start(tag, about)
        elif self._styles is not None:
            self._start_style(self._styles, tag, about)

    def _start_style(self, styles: Styles, tag: str, about: dict[str, str]) -> None:
        if tag == "office:body":
            self._told, self._styles = styles.told(), None
            self._words_told = any(family != "table-cell" for family, _ in self._told)
        else:
            styles.start(tag, about)

    def _begin_column(self, sheet: SheetFacts, about: dict[str, str]) -> None:
        across = _count(about, "table:number-columns-repeated")
        if about.get("table:visibility") in ("collapse", "filter"):
            sheet.hidden_columns.append((self._column, self._column + across - 1))
        if self._told and self._strikes(about.get("table:default-cell-style-name")):
            self._struck_columns.update(range(self._column, min(self._column + across, _MOST_COLUMNS)))
        self._column += across

    def _begin_cell(self, about: dict[str, str]) -> None:
        if self._sheet is None:
            return  # what a change that was recorded took away
        self._cell, self._across = about, _count(about, "table:number-columns-repeated")
        if "table:formula" in about or "office:date-value" in about:
            self._text = []
        if "table:formula" in about or any(name in about for name in _VALUES):
            self._row_reach = self._column + self._across - 1
            self._filled += self._across
            self._repeated += self._across - 1
            if self._told:
                self._begin_strikes(about)
        down, right = _count(about, "table:number-rows-spanned"), _count(about, "table:number-columns-spanned")
        if down > 1 or right > 1:
            self._sheet.add_merge((self._row, self._column, self._row + down - 1, self._column + right - 1))

    def _begin_strikes(self, about: dict[str, str]) -> None:
        """A cell has its own style, or that of its row, or that of its column."""
        style = about.get("table:style-name", self._row_style)
        self._cell_struck = []
        if self._strikes(style):
            self._cell_struck = [(self._column, self._across)]
        elif style is None and self._struck_columns:
            columns = range(self._column, min(self._column + self._across, _MOST_COLUMNS))
            self._cell_struck = [(at, 1) for at in columns if at in self._struck_columns]
        self._words = Words(self._told, bool(self._cell_struck)) if self._words_told else None

    def _strikes(self, style: str | None) -> bool:
        return style is not None and self._told.get(("table-cell", style), False)

    def text(self, text: str) -> None:
        if self._words is not None and not self._note:
            self._words.text(text)
        if self._text is not None and not self._note:
            self._text.append(text)
        if self._part_of_note == "text:p":
            self._said.append(text)
        elif self._part_of_note:
            self._author += text

    def end(self, tag: str) -> None:
        if tag in _CELLS and self._cell is not None:
            if self._text is not None:
                shown = "".join(self._text).strip()
                if "table:formula" in self._cell:
                    self._end_formula(self._cell, shown)
                if "office:date-value" in self._cell:
                    self._end_date(shown)
            if self._words is not None and (self._words.left.strip() if self._cell_struck else self._words.any_struck):
                self._left.append((self._column, self._across, self._words.left))
            else:
                self._struck += self._cell_struck
            self._cell_struck = []
            self._column += self._across
            self._cell = self._text = self._words = None
        elif tag == "table:table-row" and self._sheet is not None:
            self._end_row(self._sheet)
        elif tag == "table:table":
            self._sheet = None
        elif tag == "office:annotation":
            self._note -= 1
            said = own_words_of(self._author, "".join(self._said))
            if said and self._sheet is not None:
                self._sheet.comments[self._row, self._column] = said
        elif tag in ("text:p", "dc:creator") and self._note:
            self._part_of_note = ""
        elif self._words is not None and not self._note:
            self._words.end(tag)
        elif self._styles is not None:
            self._styles.end(tag)

    def _end_date(self, shown: str) -> None:
        """A date is what its cell shows of it: without its day a month or a year; or a day without its year."""
        if found := _WITHOUT_DAY.fullmatch(shown):
            self._dates.append((self._column, self._across, "month" if found["month"] else "no year" if found["no_year"] else "year"))

    def _end_formula(self, about: dict[str, str], shown: str) -> None:
        said = None
        if about.get("calcext:value-type") == "error" or _OLD_ERROR.fullmatch(shown):
            said = shown if shown in _ERRORS else "#VALUE!"
        elif not shown and not any(name in about for name in _VALUES):
            said = UNCALCULATED
        if said is not None:
            self._row_cells.append((self._column, self._across, said))

    def _end_row(self, sheet: SheetFacts) -> None:
        if self._row_reach >= 0:
            sheet.reach(self._row + self._repeat - 1, self._row_reach)
            self._repeated += self._filled * (self._repeat - 1)
            if self._repeated > _MOST_REPEATED:
                raise Refusal("too_large", f"工作表“{sheet.name}”中有过多重复的单元格")
            rows = range(self._row, self._row + self._repeat)
            sheet.hidden_rows.update(rows if self._hidden else ())
            for column, across, what in self._dates:
                for row in rows:
                    for at in range(column, column + across):
                        sheet.without_day.add(row, at, what)
            for column, across, said in self._row_cells:
                sheet.cells |= {(row, at): said for row in rows for at in range(column, column + across)}
            if self._told:
                self._note_strikes(sheet, rows)
        self._row += self._repeat

    def _note_strikes(self, sheet: SheetFacts, rows: range) -> None:
        for row in rows:
            for column, across in self._struck:
                sheet.strike(row, column, across)
            for column, across, left in self._left:
                for at in range(column, column + across):
                    sheet.strike_words(row, at, left)


def _count(about: dict[str, str], name: str) -> int:
    """A number of repeats, 1 where it is not said; ValueError where it is no number."""
    return max(int(about.get(name, 1)), 1)
