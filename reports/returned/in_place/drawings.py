"""Drawings, charts and tables of a copy, without what in them would run or reach out of the workbook."""

import re
from collections import Counter
from functools import partial
from html import unescape

from guantong.reports.returned.in_place.formulas import stays
from guantong.reports.returned.in_place.parts import Relation
from guantong.reports.returned.in_place.xml import TAG, NotEditable, altered, attributes, opening, prefix, references, split

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
LINK = re.compile(
    rb"<(?:\w+:)?hlink(?:Click|Hover|MouseOver)\b[^<>]*?(?:/>|>(?:[^<]++|<(?!/?(?:\w+:)?hlink))*+</(?:\w+:)?hlink(?:Click|Hover|MouseOver)>)"
)
VECTOR = re.compile(
    rb'<(?:\w+:)?ext\b(?>[^<>]*uri="\{96DAC541-7B7A-43D3-8B79-37D633B846F1\}")(?:[^<]++|<(?!/?(?:\w+:)?ext\b))*+</(?:\w+:)?ext>'
)
GRAPHIC = re.compile(rb"""<(?:\w+:)?graphicData\b[^<>]*\buri\s*=\s*["']([^"']*)""")
CONTROL = re.compile(rb"compatExt\b|contentPart\b")
MACRO = re.compile(rb"""\smacro\s*=\s*["'][^"']+["']""")
SOURCE = re.compile(rb"""\stextlink\s*=\s*["']([^"']*)["']""")
FORMULA = re.compile(rb"<(?:\w+:)?f>([^<]*)<")
DATA = re.compile(rb"<((?:\w+:)?)(externalData|pivotSource)\b[^<>]*?(?:/>|>(?:[^<]++|<(?!/?\1\2\b))*+</\1\2>)")
COLUMN = re.compile(rb"<(calculatedColumnFormula|totalsRowFormula)\b[^<>]*>([^<]*)</\1>")
MAPPED = re.compile(rb"<xmlColumnPr\b[^<>]*?(?:/>|>(?:[^<]++|<(?!/?xmlColumnPr\b))*+</xmlColumnPr>)")
GONE, LINKS, MACROS = "图片、图形和图表", "超链接", "宏"


def may(formula: bytes) -> bool:
    """Whether a formula, as XML holds it, stays in the workbook."""
    return stays(unescape(formula.decode()))


def clean_drawing(xml: bytes, kept: list[Relation], lost: Counter[str]) -> bytes | None:
    """A drawing without the objects that need what is not kept, without links to the outside and calls of macros."""
    _plain(xml)
    begin, known = prefix(xml), {relation.id for relation in kept}

    head, objects, rest = split(xml)
    link, left = partial(_kept_link, begin, known, lost), []
    for _, drawn in objects:
        new = VECTOR.sub(b"", LINK.sub(link, drawn))
        if MACRO.search(new):
            lost[MACROS] += 1
            new = MACRO.sub(b' macro=""', new)
        pictured = all(uri == CHART.encode() for uri in GRAPHIC.findall(new))
        if references(new, begin) <= known and pictured and not CONTROL.search(new) and all(map(may, SOURCE.findall(new))):
            left.append((drawn, new))
        else:
            lost[GONE] += 1
    if [new for _, new in left] == [drawn for _, drawn in objects]:
        return xml
    return head + b"".join(new for _, new in left) + rest


def _kept_link(begin: bytes, known: set[str], lost: Counter[str], found: re.Match) -> bytes:
    if references(found[0], begin) <= known:
        return found[0]
    lost[LINKS] += 1
    return b""


def clean_chart(xml: bytes, kept: list[Relation], lost: Counter[str]) -> bytes | None:
    """A chart without its links to other files; None where its data, or a picture in it, comes from outside."""
    _plain(xml)
    begin, known = prefix(xml), {relation.id for relation in kept}
    new = DATA.sub(b"", xml)
    new = LINK.sub(partial(_kept_link, begin, known, lost), new)
    return new if references(new, begin) <= known and all(map(_may_show, FORMULA.findall(new))) else None


def _may_show(formula: bytes) -> bool:
    return may(formula.removeprefix(b"[0]!"))  # a name of the workbook itself


def clean_table(xml: bytes, kept: list[Relation], lost: Counter[str]) -> bytes | None:
    """A table without the query or the XML that it was filled by, and without formulas that reach out."""
    _plain(xml)
    new = MAPPED.sub(b"", xml)
    told = attributes(opening(new))
    if told.get("tableType", "worksheet") != "worksheet" or "connectionId" in told:
        lost["外部链接和数据连接"] += 1
        new = altered(new, tableType=None, connectionId=None)
    new = re.sub(rb'\squeryTableFieldId="\d+"', b"", new)

    def formula(found: re.Match) -> bytes:
        if may(found[2]):
            return found[0]
        lost["引用外部的公式（已换为计算结果，没有结果的保留为文字）"] += 1
        return b""

    return COLUMN.sub(formula, new)


def _plain(xml: bytes) -> None:
    """Raise NotEditable where something may hide from a search for tags."""
    if b"<!" in xml or b"\0" in xml[:64] or TAG.search(xml) is None:
        raise NotEditable("原表的图形写法少见")
