"""Drawings, charts and tables of a copy, without what in them would run or reach out of the workbook."""

from collections import Counter

from lxml import etree

from guantong.reports.returned.in_place.formulas import stays_inside
from guantong.reports.returned.in_place.parts import Relation
from guantong.reports.returned.xml_trees import Element, named, references, remove

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
VECTOR = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"  # the extension of a picture that names a second, drawn one
MACROS, SOURCES = (etree.XPath(f"descendant-or-self::*/@{name}", smart_strings=True) for name in ("macro", "textlink"))
GONE, LINKS, MACRO = "图片、图形和图表", "超链接", "宏"
FORMULAS = "引用外部的公式（已换为计算结果，没有结果的保留为文字）"


def clean_drawing(root: Element, kept: list[Relation], lost: Counter[str]) -> bool:
    """Take out the objects that need what is not kept, links to the outside and calls of macros."""
    known = {relation.id for relation in kept}
    for drawn in list(root):
        _remove_links(drawn, known, lost)
        for extension in named(drawn, "ext"):
            if extension.get("uri") == VECTOR:
                remove(extension)
        for macro in filter(None, MACROS(drawn)):
            macro.getparent().set("macro", "")
            lost[MACRO] += 1
        if not _is_drawing_inward(drawn, known):
            root.remove(drawn)
            lost[GONE] += 1
    return True


def _is_drawing_inward(drawn: Element, known: set[str]) -> bool:
    graphics = (data.get("uri") for data in named(drawn, "graphicData"))
    return (
        references(drawn) <= known
        and all(uri == CHART for uri in graphics)
        and not named(drawn, "compatExt", "contentPart")
        and all(map(stays_inside, SOURCES(drawn)))
    )


def _remove_links(root: Element, known: set[str], lost: Counter[str]) -> None:
    for link in named(root, "hlinkClick", "hlinkHover", "hlinkMouseOver"):
        if not references(link) <= known:
            remove(link)
            lost[LINKS] += 1


def clean_chart(root: Element, kept: list[Relation], lost: Counter[str]) -> bool:
    """Take out a chart's links to other files; gives False where its data, or a picture in it, comes from outside."""
    known = {relation.id for relation in kept}
    for element in named(root, "externalData", "pivotSource"):
        remove(element)
    _remove_links(root, known, lost)
    formulas = ((formula.text or "").removeprefix("[0]!") for formula in named(root, "f"))  # [0]!: a name of the workbook itself
    return references(root) <= known and all(map(stays_inside, formulas))


def clean_table(root: Element, kept: list[Relation], lost: Counter[str]) -> bool:
    """Take out the query or the XML that a table was filled by, and formulas that reach out."""
    for element in named(root, "xmlColumnPr"):
        remove(element)
    if root.get("tableType", "worksheet") != "worksheet" or "connectionId" in root.attrib:
        lost["外部链接和数据连接"] += 1
        for name in ("tableType", "connectionId"):
            root.attrib.pop(name, None)
    for column in named(root, "tableColumn"):
        column.attrib.pop("queryTableFieldId", None)
    for formula in named(root, "calculatedColumnFormula", "totalsRowFormula"):
        if not stays_inside(formula.text or ""):
            remove(formula)
            lost[FORMULAS] += 1
    return True
