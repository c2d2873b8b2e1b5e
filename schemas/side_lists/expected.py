"""The units that are to hand in (--expected): a list read by its headers. What is unclear in it is told by its cell, and the rest is used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from guantong.schemas import catalogue
from guantong.schemas.layout import row_words
from guantong.schemas.side_lists.read_list import ListRow, read_list
from guantong.schemas.text import label, mask_numbers, norm, one_line
from guantong.schemas.values.parsers import MAX_TEXT, PARSERS

_SOME_NAME = re.compile(r"[^\W\d_]{2}")
_ERROR = re.compile(r"#.*[!?A]")  # a formula that went wrong, or was never calculated
_NOT_COUNTED = "没有计入应报单位"


@dataclass(frozen=True)
class ExpectedUnit:
    """A unit that is to hand in: its name, its 统一社会信用代码 where that is sound, '' where either is not told; and where it stands in the list."""

    name: str
    code: str
    place: str


@dataclass(frozen=True)
class ExpectedUnits:
    """The list as read: the file's name as outputs show it, its units, and what is unclear in it, each with its cell."""

    file: str
    units: tuple[ExpectedUnit, ...]
    unclear: tuple[str, ...]


def read_expected(path: Path) -> ExpectedUnits:
    """The units of a workbook or .csv. Raises read_list.ListError where there is no such list in it."""
    listed = read_list(path, "expected")
    units: list[ExpectedUnit] = []
    unclear: list[str] = []
    seen = _Seen({}, {})
    for line in listed.rows:
        name = _name(line, unclear)
        code = _code(line, bool(name), unclear)
        unit = ExpectedUnit(name, code, line.place("unit" if name else "code"))
        if (name or code) and not seen.repeats(unit, unclear):
            units.append(unit)
    return ExpectedUnits(listed.file, tuple(units), tuple(unclear))


def _name(line: ListRow, unclear: list[str]) -> str:
    """The unit's name; '' where the cell names none, which is told unless it is blank or a total."""
    names = list(dict.fromkeys(one_line(label(cell)) for cell in line.cells.get("unit", [])))
    if not names:
        return ""
    text = norm(names[0])
    if "code" not in line.cells and row_words.is_total(text):
        return ""
    if why := _no_name(names, text):
        unclear.append(f"{line.place('unit')}　{why}")
        return ""
    return names[0]


def _no_name(names: list[str], text: str) -> str:
    """Why a cell is no unit's name; '' where it is one. The cell is not quoted: it may name a person."""
    if len(names) > 1:
        return f"同一行有几个不同的单位名称，{_NOT_COUNTED}"
    if _ERROR.fullmatch(text):
        return f"公式出错，或没有计算结果，{_NOT_COUNTED}"
    if row_words.is_example_unit(text):
        return f"看来是填写示例，{_NOT_COUNTED}"
    if row_words.is_label_of_opinion(text) or row_words.is_opinion(text):
        return f"看来是签字、说明之类，不是单位名称，{_NOT_COUNTED}"
    if mask_numbers(names[0]) != names[0] or not _SOME_NAME.search(text) or len(text) > MAX_TEXT:
        return f"不是单位名称，{_NOT_COUNTED}"
    return ""


def _code(line: ListRow, named: bool, unclear: list[str]) -> str:
    """The sound code; '' where there is none, which is told unless the cell is blank."""
    import pandas as pd

    from guantong.schemas.checks.pandera_schema import unit_code_sound

    item = catalogue.fields()["unit_code"]
    codes = {code for cell in line.cells.get("code", []) if (code := PARSERS[item.kind](cell, item).values.get(""))}
    sound = [code for code in codes if isinstance(code, str) and unit_code_sound(pd.Series([code], dtype="str")).all()]
    if len(codes) == len(sound) == 1:
        return sound[0]
    if codes:
        unclear.append(f"{line.place('code')}　不是有效的统一社会信用代码，" + ("只按单位名称核对" if named else _NOT_COUNTED))
    return ""


@dataclass(frozen=True)
class _Seen:
    """The units so far, by the normal form of their names and by their codes."""

    by_name: dict[str, list[ExpectedUnit]]
    by_code: dict[str, list[ExpectedUnit]]

    def repeats(self, unit: ExpectedUnit, unclear: list[str]) -> bool:
        """Whether a unit has been seen; told, as is one that shares the name or the code alone."""
        named = self.by_name.setdefault(norm(unit.name), []) if unit.name else []
        coded = self.by_code.setdefault(unit.code, []) if unit.code else []
        same = [one for one in named if one.code == unit.code or not (one.code and unit.code)]
        same += [one for one in coded if not (one.name and unit.name)]
        if same:
            unclear.append(f"{unit.place}　与 {same[0].place} 是同一个单位，只计一次")
            return True
        if named:
            unclear.append(f"{unit.place}　与 {named[0].place} 名称相同而信用代码不同，按两个单位计")
        elif coded:
            unclear.append(f"{unit.place}　与 {coded[0].place} 信用代码相同而名称不同，按两个单位计")
        named.append(unit)
        coded.append(unit)
        return False
