"""What stands around the cells of a sheet, element by element: what is known and stays in the workbook is kept."""

from collections import Counter
from collections.abc import Callable

from guantong.reports.returned.in_place.comment_drawing import is_plain
from guantong.reports.returned.in_place.formulas import leads_out, stays_inside
from guantong.reports.returned.in_place.parts import Parts
from guantong.reports.returned.xml_trees import OFFICE, UNUSUAL, Element, NotEditable, local, main, named, parse, references

KEPT = set(
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios autoFilter sortState"
    " customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup"
    " headerFooter rowBreaks colBreaks cellWatches ignoredErrors drawing legacyDrawing legacyDrawingHF picture tableParts extLst".split()
)
LEFT = {
    **dict.fromkeys(("oleObjects", "controls", "AlternateContent"), "嵌入的对象和控件"),
    "dataConsolidate": "外部链接和数据连接",
}
RULES, LINKS, UNKNOWN = "引用外部的下拉选项和条件格式", "超链接", "扩展的内容"
VIEWS = ("normal", "pageBreakPreview", "pageLayout")
RELATION = f"{{{OFFICE}}}id"
# The extensions that may stay, and what in each is a thing of its own.
EXTENSIONS = {
    "{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}": "dataValidation", "{78C0D931-6437-407D-A8EE-F0AAD7539E65}": "conditionalFormatting",
    "{05C60535-1F16-4FD2-B633-F4F36F0B64E0}": "sparklineGroup",
}  # fmt: skip
Lost = Counter[str]


def clean_sheet(root: Element, parts: Parts, sheet: str, lost: Lost) -> None:
    """Take out of a worksheet or chart sheet what may not stay. `sheet` is the key of its part."""
    outward = {relation.id: relation.target for relation in parts.relations(sheet) if relation.part is None}
    cleaners: dict[str, Callable[[Element], bool]] = {
        "sheetViews": _clean_views,
        "hyperlinks": lambda links: _clean_links(links, outward, lost),
        "conditionalFormatting": lambda rules: _clean_rules(rules, "cfRule", lost),
        "dataValidations": lambda rules: _clean_rules(rules, "dataValidation", lost),
        "extLst": lambda extensions: _clean_extensions(extensions, lost),
        "legacyDrawingHF": lambda drawing: _are_pictures_plain(drawing, parts, sheet, lost),
    }
    for child in list(root):
        name = local(child)
        if child.tag != main(name) or name not in KEPT:
            lost[LEFT.get(name, UNKNOWN)] += 1
            root.remove(child)
        elif name in cleaners and not cleaners[name](child):
            root.remove(child)
    known = {relation.id for relation in parts.saved(sheet)}
    for child in list(root):
        if not _is_related(child, known):
            root.remove(child)


def _is_related(child: Element, known: set[str]) -> bool:
    """Take relations to what is not kept out of an element; whether anything of it stays without them."""
    name = local(child)
    if references(child) <= known:
        return True
    if name in ("drawing", "legacyDrawing", "legacyDrawingHF", "picture"):
        return False
    if name == "tableParts":
        for table in list(child):
            if not references(table) <= known:
                child.remove(table)
        child.set("count", str(len(child)))
        return len(child) > 0
    if name in ("pageSetup", "customSheetViews"):
        for element in child.iter("*"):
            element.attrib.pop(RELATION, None)
        return True
    raise NotEditable(UNUSUAL)


def _clean_views(views: Element) -> bool:
    """No sheet but the list of findings is selected: else what is typed would go into several."""
    for view in views.iter(main("sheetView")):
        if view.get("view", "normal") not in VIEWS:
            raise NotEditable("原表的视图有误")
        view.attrib.pop("tabSelected", None)
    return True


def _clean_links(links: Element, outward: dict[str, str], lost: Lost) -> bool:
    """Keep links that lead to a place of the workbook."""
    for link in list(links):
        target = next((outward.get(relation, "") for relation in references(link)), None)
        if target is None and not leads_out(link.get("location", "")):
            continue
        if target and target.startswith("#") and not leads_out(target):
            link.attrib.pop(RELATION)
            link.set("location", target[1:])
        else:
            links.remove(link)
            lost[LINKS] += 1
    return len(links) > 0


def _clean_rules(rules: Element, unit: str, lost: Lost) -> bool:
    """Keep rules whose formulas stay in the workbook; whether one is left. `unit`: what a rule's element is called."""
    outward = [rule for rule in rules if not is_inward(rule)]
    if not outward:
        return True
    lost[RULES] += len(outward)
    for rule in outward:
        rules.remove(rule)
    if "count" in rules.attrib:
        rules.set("count", str(len(rules)))
    return any(local(rule) == unit for rule in rules)


def is_inward(element: Element) -> bool:
    """Whether all the formulas in an element stay in the workbook."""
    formulas = (formula.text or "" for formula in named(element, "formula", "formula1", "formula2", "f"))
    limits = (limit.get("val", "") for limit in named(element, "cfvo") if limit.get("type") == "formula")
    return all(map(stays_inside, formulas)) and all(map(stays_inside, limits))


def _clean_extensions(extensions: Element, lost: Lost) -> bool:
    """Keep extensions that are known: of conditional formats, drop-down lists and sparklines."""
    for extension in list(extensions):
        unit = EXTENSIONS.get(extension.get("uri", "").upper())
        if unit is None:
            lost[UNKNOWN] += 1
        else:
            for rules in list(extension) if not is_inward(extension) else ():
                if not _clean_rules(rules, unit, lost):
                    extension.remove(rules)
        if unit is None or not len(extension):
            extensions.remove(extension)
    return len(extensions) > 0


def _are_pictures_plain(drawing: Element, parts: Parts, sheet: str, lost: Lost) -> bool:
    """Whether the pictures of headers and footers need nothing from outside; else they are not kept."""
    ids = references(drawing)
    for part in (relation.part for relation in parts.saved(sheet) if relation.id in ids):
        known = {relation.id for relation in parts.saved(part)}
        if not _is_drawing_plain(parts.read(part), known):
            lost["图片、图形和图表"] += 1
            del parts.kept[part]
            return False
    return True


def _is_drawing_plain(content: bytes, known: set[str]) -> bool:
    try:
        root = parse(content)
    except NotEditable:  # Excel itself writes some that are no XML
        return False
    return not any("ObjectType" in element.attrib for element in root.iter("*")) and is_plain(root, known)
