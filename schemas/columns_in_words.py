"""As what each column of a roster was read, in words."""

from __future__ import annotations

from collections.abc import Iterable

from guantong.schemas import catalogue
from guantong.schemas.files.cell_address import column_number

MOST_SHEETS, LONGEST = 30, 4000  # sheets that are told of; characters of a line
# Of a column: its sheet, its name in the tables, its letter, its header as written, and the further columns of the same field, as `further` writes them.
ReadColumn = tuple[str, str, str, str, str]


def further(columns: Iterable[tuple[str, str]]) -> str:
    """Columns, by letter and header, as the table of columns holds those that share a field with another."""
    return "、".join(f"{letter}“{header}”" for letter, header in columns)


def columns_in_words(columns: Iterable[ReadColumn]) -> list[str]:
    """A line for each sheet, the first `MOST_SHEETS`: as what its columns were read, in their order."""
    lines: dict[str, dict[tuple[str, str], list[str]]] = {}
    others: dict[tuple[str, str, str], str] = {}
    order = {name: at for at, name in enumerate(catalogue.fields())}
    for sheet, name, letter, header, more in sorted(columns, key=lambda one: order[catalogue.field_of(one[1]).name]):
        lines.setdefault(sheet, {}).setdefault((letter, header), []).append(_name(name))
        if more:
            others[sheet, letter, header] = f"、{more}"
    told = []
    for sheet, read in sorted(lines.items())[:MOST_SHEETS]:
        each = [
            f"{letter}“{header}”{others.get((sheet, letter, header), '')}＝{'、'.join(names)}"
            for (letter, header), names in sorted(read.items(), key=lambda item: column_number(item[0][0]))
        ]
        line = f"工作表“{sheet}”各栏读作：{'；'.join(each)}"
        told.append(line if len(line) <= LONGEST else f"{line[:LONGEST]}……")
    return told


def _name(name: str) -> str:
    number = name.partition("#")[2]
    return catalogue.header_of(name) + (f"（第{number}个证书）" if number else "")
