"""An .xlsx as a package of parts: what openpyxl does not tell of it, and the package that openpyxl wrote made final.

openpyxl reads a formula or its value, never both, and writes a formula without its value: a copy that
is sent back unopened would hold nothing there. So the values are taken from the original's own XML and
put into the copy's.
"""

import io
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import escape, unescape
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from defusedxml import ElementTree

CELL = re.compile(rb"<(?:\w+:)?c\b(?P<head>[^>]*?)(?:/>|>(?P<body>.*?)</(?:\w+:)?c>)", re.DOTALL)
FORMULA_TAG = re.compile(rb"<(?:\w+:)?f\b")
FORMULA = re.compile(r"<(?:\w+:)?f\b[^>]*?(?:/>|>(?P<text>[^<]*)</(?:\w+:)?f>)")
VALUE = re.compile(r"<(?:\w+:)?v\b[^>]*>([^<]*)</(?:\w+:)?v>")
ATTRIBUTE = re.compile(r"""([\w:.]+)\s*=\s*["']([^"']*)["']""")
RANGE = re.compile(rb"<(?:\w+:)?(?:mergeCell|hyperlink)\b[^>]*\bref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
RULE = re.compile(rb"<x14:dataValidation\b[^>]*>.*?</x14:dataValidation>", re.DOTALL)
WRITTEN = re.compile(rb'<c r="(?P<at>[A-Z]+\d+)"(?P<style>[^>]*)>(?P<formula><f\b[^>]*?(?:/>|>[^<]*</f>))<v ?(?:/>|></v>)</c>')
RULES = set(
    "type errorStyle imeMode operator allowBlank showDropDown showInputMessage showErrorMessage errorTitle error promptTitle prompt".split()
)
BLANK = re.compile(rb"<t>(\s+)</t>")  # openpyxl does not say that such a text is to be kept
STAMP = re.compile(r"(<dcterms:(?:created|modified)\b[^>]*>)[^<]*")
# What openpyxl does not carry over, by what the parts of a package are called.
LOST = {
    "宏": "vbaproject|/macrosheets/", "外部链接和数据连接": "/externallinks/|/connections.xml|/querytables/",
    "图片、图形和图表": r"/drawings/drawing|/media/|/charts/|/chartsheets/", "数据透视表": "/pivot", "切片器": "/slicer|/timeline",
    "嵌入的对象和控件": "/embeddings/|/activex/|/ctrlprops/", "批注的回复": "/threadedcomments/", "打印机设置": "/printersettings/",
}  # fmt: skip
# And by what a sheet's extensions begin with.
EXTENDED = {"扩展的条件格式": b"<x14:conditionalFormatting ", "迷你图": b"<x14:sparklineGroup "}


@dataclass(frozen=True, slots=True)
class Formula:
    """Type and text of a formula's value as the file holds it; None where it was never calculated."""

    kind: str
    value: str | None


@dataclass
class Package:
    """formulas: {sheet: {A1: Formula}}. rules: {sheet: drop-down lists of the extended kind, as attributes}. lost: what is not carried over."""

    formulas: dict[str, dict[str, Formula]] = field(default_factory=dict)
    rules: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def is_package(data: bytes) -> bool:
    """Whether a file's content is an .xlsx or .xlsm, whatever it is called."""
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (BadZipFile, NotImplementedError):
        return False


def weight(data: bytes) -> tuple[int, int]:
    """(cells, bytes of XML) that openpyxl would lay out: filled cells or not, rows, and every cell of a merged or linked range."""
    cells = 0
    with ZipFile(io.BytesIO(data)) as archive:
        size = sum(part.file_size for part in archive.infolist() if part.filename.endswith((".xml", ".vml", ".rels")))
        for part in _sheet_parts(archive).values():
            content = archive.read(part)
            cells += sum(map(content.count, (b"<c ", b":c ", b"<row ", b":row ")))
            for left, top, right, bottom in RANGE.findall(content):
                cells += (int(bottom) - int(top) + 1) * (_column(right.decode()) - _column(left.decode()) + 1)
    return cells, size


def read_package(data: bytes) -> Package:
    """What openpyxl does not tell. Raises what zipfile and the XML parser raise on a damaged file."""
    found = Package()
    with ZipFile(io.BytesIO(data)) as archive:
        names = "\n".join(f"/{name}" for name in archive.namelist()).lower()
        found.lost = [word for word, pattern in LOST.items() if re.search(pattern, names)]
        for sheet, part in _sheet_parts(archive).items():
            content = archive.read(part)
            found.formulas[sheet] = _formulas(content)
            found.rules[sheet] = [_rule(rule[0].decode("utf-8", "replace")) for rule in RULE.finditer(content)]
            found.lost += [word for word, mark in EXTENDED.items() if mark in content and word not in found.lost]
    return found


def uncalculated(data: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Of each sheet the formulas that were never calculated, as text, by row and column from 0."""
    found: dict[str, dict[tuple[int, int], str]] = {}
    with ZipFile(io.BytesIO(data)) as archive:
        for sheet, part in _sheet_parts(archive).items():
            for at, _, body in _cells(archive.read(part)):
                value, formula = VALUE.search(body), FORMULA.search(body)
                if formula and formula["text"] and at and not (value and value[1]):
                    found.setdefault(sheet, {})[_place(at)] = f"={unescape(formula['text'])}"
    return found


def _cells(content: bytes) -> Iterator[tuple[str, str, str]]:
    """(address, type, content) of the cells of a sheet that hold a formula."""
    if not FORMULA_TAG.search(content):
        return
    for cell in CELL.finditer(content):
        if cell["body"] and FORMULA_TAG.search(cell["body"]):
            attributes = dict(ATTRIBUTE.findall(cell["head"].decode()))
            yield attributes.get("r", ""), attributes.get("t", "n"), cell["body"].decode("utf-8", "replace")


def _formulas(content: bytes) -> dict[str, Formula]:
    found = {}
    for at, kind, body in _cells(content):
        if FORMULA.search(body):
            value = VALUE.search(body) if kind in ("n", "b", "e", "str", "d") else None
            found[at] = Formula(kind, unescape(value[1]) if value and value[1] else None)
    return found


def _place(address: str) -> tuple[int, int]:
    letters = address.rstrip("0123456789")
    return int(address[len(letters) :]) - 1, _column(letters) - 1


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _rule(rule: str) -> dict[str, str]:
    """A drop-down list of the extended kind (one whose words stand on another sheet) as openpyxl's DataValidation takes it."""
    given = {name: unescape(value) for name, value in ATTRIBUTE.findall(rule[: rule.index(">")]) if name in RULES}
    for name in ("formula1", "formula2"):
        if formula := re.search(rf"<x14:{name}>\s*<xm:f>([^<]*)</xm:f>", rule):
            given[name] = unescape(formula[1])
    area = re.search(r"<xm:sqref>([^<]*)</xm:sqref>", rule)
    return given | {"sqref": area[1] if area else ""}


def titles(data: bytes) -> list[tuple[str, str]]:
    """(name, state) of each worksheet: visible, hidden or veryHidden."""
    with ZipFile(io.BytesIO(data)) as archive:
        return [(name, state) for name, state, _ in _sheets(archive)]


def _sheet_parts(archive: ZipFile) -> dict[str, str]:
    """Worksheet's name → its part."""
    return {name: part for name, _, part in _sheets(archive)}


def _sheets(archive: ZipFile) -> Iterator[tuple[str, str, str]]:
    """(name, state, part) of the worksheets whose parts are there."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {item.get("Id"): item.get("Target", "") for item in relations if item.get("Type", "").endswith("/worksheet")}
    names = set(archive.namelist())
    for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        relation = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        if sheet.tag.endswith("}sheet") and relation in targets:
            target = targets[relation]
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            if part in names:
                yield sheet.get("name", ""), sheet.get("state", "visible"), part


def finish(written: Path, target: Path, values: dict[str, dict[str, Formula]], created: datetime) -> None:
    """Write `written`, as openpyxl saved it, to `target`: formulas with their values, and no time of the clock.

    values: {sheet: {A1: Formula}} of the formulas that were kept.
    """
    with ZipFile(written) as archive, ZipFile(target, "w", ZIP_DEFLATED) as final:
        parts = {part: values.get(sheet, {}) for sheet, part in _sheet_parts(archive).items()}
        for name in archive.namelist():
            content = archive.read(name)
            if name in parts:
                content = BLANK.sub(rb'<t xml:space="preserve">\1</t>', _with_values(content, parts[name]))
            elif name == "docProps/core.xml":
                content = STAMP.sub(rf"\g<1>{created:%Y-%m-%dT%H:%M:%SZ}", content.decode()).encode()
            final.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, ZIP_DEFLATED)


def _with_values(content: bytes, values: dict[str, Formula]) -> bytes:
    def cell(written: re.Match) -> bytes:
        held = values.get(written["at"].decode())
        if held is None or held.value is None:
            return written[0]
        value = escape(held.value, quote=False).encode()
        return b'<c r="%b"%b t="%b">%b<v>%b</v></c>' % (written["at"], written["style"], held.kind.encode(), written["formula"], value)

    return WRITTEN.sub(cell, content) if values else content
