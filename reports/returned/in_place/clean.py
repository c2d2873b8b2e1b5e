"""What stands around the cells of a sheet, element by element: what is known and stays in the workbook is kept."""

import re
from collections import Counter
from collections.abc import Callable

from guantong.reports.returned.in_place.drawings import may
from guantong.reports.returned.in_place.formulas import leads_out, stays
from guantong.reports.returned.in_place.notes import is_plain
from guantong.reports.returned.in_place.parts import Parts
from guantong.reports.returned.in_place.xml import NotEditable, altered, attributes, join, opening, prefix, references, split

KEPT = set(
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios autoFilter sortState"
    " customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup"
    " headerFooter rowBreaks colBreaks cellWatches ignoredErrors drawing legacyDrawing legacyDrawingHF picture tableParts extLst".split()
)
LEFT = {
    **dict.fromkeys(("oleObjects", "controls", "mc:AlternateContent"), "嵌入的对象和控件"),
    "dataConsolidate": "外部链接和数据连接",
}
RULES, LINKS = "引用外部的下拉选项和条件格式", "超链接"
VIEWS = ("normal", "pageBreakPreview", "pageLayout")
SELECTED = re.compile(rb"""\stabSelected\s*=\s*["'][^"']*["']""")
FORMULA = re.compile(rb"<(?:\w+:)?(?:formula[12]?|f)(?:\s[^<>]*)?>([^<]*)</")
LIMIT = re.compile(rb"<(?:\w+:)?cfvo\b[^<>]*>")
# The extensions that may stay, and what in each is a thing of its own.
EXTENSIONS = {
    "{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}": "dataValidation", "{78C0D931-6437-407D-A8EE-F0AAD7539E65}": "conditionalFormatting",
    "{05C60535-1F16-4FD2-B633-F4F36F0B64E0}": "sparklineGroup",
}  # fmt: skip
Lost = Counter[str]


def clean(children: list[tuple[str, bytes]], parts: Parts, sheet: str, head: bytes, lost: Lost) -> list[tuple[str, bytes]]:
    """The children of a worksheet or chart sheet, in their order, without what may not stay. `head` is the part up to its root's tag."""
    begin = prefix(head)
    outward = {relation.id: relation.target for relation in parts.relations(sheet) if relation.part is None}
    cleaners: dict[str, Callable[[bytes], bytes]] = {
        "sheetViews": _views,
        "hyperlinks": lambda xml: _links(xml, begin, outward, lost),
        "conditionalFormatting": lambda xml: _ruled(xml, "cfRule", lost),
        "dataValidations": lambda xml: _ruled(xml, "dataValidation", lost),
        "extLst": lambda xml: _extensions(xml, lost),
        "legacyDrawingHF": lambda xml: _pictures(xml, begin, parts, sheet, lost),
    }
    kept = []
    for name, xml in children:
        if name in KEPT:
            new = cleaners.get(name, bytes)(xml)
            if new:
                kept.append((name, new))
        else:
            lost[LEFT.get(name, "扩展的内容")] += 1
    return [(name, xml) for name, xml in ((name, _related(name, xml, begin, parts, sheet)) for name, xml in kept) if xml]


def _related(name: str, xml: bytes, begin: bytes, parts: Parts, sheet: str) -> bytes:
    """An element without relations to what is not kept; b"" where it is nothing without them."""
    known = {relation.id for relation in parts.saved(sheet)}
    if name == "sheetData" or references(xml, begin) <= known:
        return xml
    if name in ("drawing", "legacyDrawing", "legacyDrawingHF", "picture"):
        return b""
    if name == "tableParts":
        head, items, rest = split(xml)
        left = [item for _, item in items if references(item, begin) <= known]
        return join(altered(head, count=len(left)), left, rest) if left else b""
    if name in ("pageSetup", "customSheetViews"):
        return re.sub(rb"""\s%bid\s*=\s*["'][^"']*["']""" % re.escape(begin), b"", xml)
    raise NotEditable("原表的内部写法少见")


def _views(xml: bytes) -> bytes:
    """No sheet but the list of findings is selected: else what is typed would go into several."""
    if any(attributes(tag).get("view", "normal") not in VIEWS for tag in re.findall(rb"<sheetView\b[^<>]*>", xml)):
        raise NotEditable("原表的视图有误")
    return SELECTED.sub(b"", xml)


def _links(xml: bytes, begin: bytes, outward: dict[str, str], lost: Lost) -> bytes:
    """Links that lead to a place of the workbook."""
    head, links, rest = split(xml)
    kept = []
    for _, link in links:
        ids = references(link, begin)
        target = next((outward.get(key, "") for key in ids), None)
        if target is None and not leads_out(attributes(opening(link)).get("location", "")):
            kept.append(link)
        elif target and target.startswith("#") and not leads_out(target):
            name = begin.decode().replace(":", "__") + "id"
            kept.append(altered(link, **{name: None}, location=target[1:]))
        else:
            lost[LINKS] += 1
    if len(kept) == len(links) and kept == [link for _, link in links]:
        return xml
    return join(head, kept, rest) if kept else b""


def _ruled(xml: bytes, unit: str, lost: Lost) -> bytes:
    """Rules whose formulas stay in the workbook; b"" where none is left. `unit`: what a rule's element is called."""
    head, rules, rest = split(xml)
    kept = [rule for _, rule in rules if is_inward(rule)]
    if len(kept) == len(rules):
        return xml
    lost[RULES] += len(rules) - len(kept)
    left = any(name.rpartition(":")[2] == unit and rule in kept for name, rule in rules)
    counted = altered(head, count=len(kept)) if "count" in attributes(opening(head)) else head
    return join(counted, kept, rest) if left else b""


def is_inward(xml: bytes) -> bool:
    """Whether all the formulas in an element stay in the workbook."""
    limits = (attributes(tag) for tag in LIMIT.findall(xml))
    return all(map(may, FORMULA.findall(xml))) and all(stays(told.get("val", "")) for told in limits if told.get("type") == "formula")


def _extensions(xml: bytes, lost: Lost) -> bytes:
    """Extensions that are known: of conditional formats, drop-down lists and sparklines."""
    head, extensions, rest = split(xml)
    kept = []
    for _, extension in extensions:
        unit = EXTENSIONS.get(attributes(opening(extension)).get("uri", "").upper())
        if unit is None:
            lost["扩展的内容"] += 1
        elif is_inward(extension):
            kept.append(extension)
        elif left := _inward_units(extension, unit, lost):
            kept.append(left)
    return join(head, kept, rest) if kept else b""


def _inward_units(extension: bytes, unit: str, lost: Lost) -> bytes:
    head, lists, rest = split(extension)
    left = [new for _, xml in lists if (new := _ruled(xml, unit, lost))]
    return join(head, left, rest) if left else b""


def _pictures(xml: bytes, begin: bytes, parts: Parts, sheet: str, lost: Lost) -> bytes:
    """The pictures of headers and footers, where they need nothing from outside."""
    ids = references(xml, begin)
    for part in (relation.part for relation in parts.saved(sheet) if relation.id in ids):
        content = parts.read(part)
        if b"ObjectType=" in content or not is_plain(content, prefix(content), {relation.id for relation in parts.saved(part)}):
            lost["图片、图形和图表"] += 1
            del parts.kept[part]
            return b""
    return xml
