"""xl/workbook.xml and the properties of a copy: which sheets there are, their names, and what the workbook's own names mean."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from lxml.etree import SubElement

from guantong.reports.returned import marks
from guantong.reports.returned.in_place.formulas import stays_inside
from guantong.reports.returned.xml_trees import OFFICE, UNUSUAL, Element, NotEditable, main, named, parse_named, references, remove, written

# In the order that they have; whatever else there is stays behind.
ORDER = [main(name) for name in "fileVersion fileSharing workbookPr workbookProtection bookViews sheets definedNames calcPr".split()]
ORDER.append(main("customWorkbookViews"))
OUTLINE = ("HeadingPairs", "TitlesOfParts", "HLinks", "HyperlinkBase", "HyperlinksChanged", "DigSig")
CORE, PURL = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties", "http://purl.org/dc"
STAMPS = {f"{{{PURL}/terms/}}{name}" for name in ("created", "modified")}
KNOWN = STAMPS | {f"{{{PURL}/elements/1.1/}}{name}" for name in "title subject creator description identifier language".split()}
KNOWN |= {
    f"{{{CORE}}}{name}"
    for name in "keywords lastModifiedBy revision lastPrinted category contentStatus contentType version".split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it: its name, its relation's id, and the element."""

    name: str
    relation: str
    element: Element


class WorkbookPart:
    """The workbook part. Raises NotEditable where it is written in an unusual way."""

    def __init__(self, xml: bytes) -> None:
        self._root = parse_named(xml, "workbook")
        children = [child.tag for child in self._root if child.tag in ORDER]
        if len(set(children)) < len(children) or main("sheets") not in children:
            raise NotEditable(UNUSUAL)
        self._list = self._root.find(main("sheets"))
        self.sheets = [self._entry(sheet) for sheet in self._list]

    @staticmethod
    def _entry(sheet: Element) -> SheetEntry:
        (relation,) = references(sheet)
        return SheetEntry(sheet.attrib["name"], relation, sheet)

    def _child(self, name: str) -> Element:
        """A child of the part, made where it is not there."""
        found = self._root.find(main(name))
        return SubElement(self._root, main(name)) if found is None else found

    def with_list(self, kept: list[SheetEntry], names: list[Element], relation: str, area: str, head: int) -> bytes:
        """The part with these of its sheets and names, behind the list of findings.

        relation: the list's. area: where its filter is. head: the row that heads it.
        """
        title = free_title([sheet.name for sheet in kept])
        number = max(int(sheet.element.attrib["sheetId"]) for sheet in self.sheets) + 1
        self._list[:] = [sheet.element for sheet in kept]
        listed = self._list.makeelement(main("sheet"), {"name": title, "sheetId": str(number)}, nsmap={"r": OFFICE})
        listed.set(f"{{{OFFICE}}}id", relation)
        self._list.insert(0, listed)
        self._set_names(title, names, area, head)
        views = self._child("bookViews")
        for view in views.findall(main("workbookView")) or [SubElement(views, main("workbookView"))]:
            for name in ("activeTab", "firstSheet"):
                view.attrib.pop(name, None)
        calculation = self._child("calcPr")
        if calculation.get("fullCalcOnLoad", "0") in ("0", "false"):
            calculation.set("calcCompleted", "1")  # or its formulas would pass for ones that were never calculated
        calculation.set("fullCalcOnLoad", "1")
        children = {child.tag: child for child in self._root}
        self._root[:] = [children[tag] for tag in ORDER if tag in children]
        return written(self._root)

    def _set_names(self, title: str, names: list[Element], area: str, head: int) -> None:
        place, defined = marks.link(title, ""), self._child("definedNames")
        defined[:] = []
        own = {"_xlnm._FilterDatabase": f"{place}{area}", "_xlnm.Print_Titles": f"{place}${head}:${head}"}
        for name, meaning in own.items():
            hidden = {"hidden": "1"} if name == "_xlnm._FilterDatabase" else {}
            SubElement(defined, main("definedName"), {"name": name, "localSheetId": "0", **hidden}).text = meaning
        defined.extend(names)

    def names(self, kept: list[SheetEntry], lost: Counter[str]) -> list[Element]:
        """The workbook's names that stay; those of a sheet alone call it by its place, which is another now."""
        places = {self.sheets.index(sheet): at for at, sheet in enumerate(kept, 1)}
        kept_names = []
        for name in self._root.iterfind(f"{main('definedNames')}/*"):
            sheet = name.get("localSheetId")
            if sheet is not None and not int(sheet) < len(self.sheets):
                raise NotEditable("原表的名称有误")
            if sheet is not None and int(sheet) not in places:
                continue
            is_program = any(name.get(key) in ("1", "true") for key in ("xlm", "function", "vbProcedure"))
            if len(name) or is_program or not stays_inside(name.text or ""):
                lost["引用外部的名称"] += 1
                continue
            if sheet is not None:
                name.set("localSheetId", str(places[int(sheet)]))
            kept_names.append(name)
        return kept_names


def free_title(names: list[str]) -> str:
    """What the list of findings is called: its title, or that with the first number that no sheet has."""
    taken = {name.casefold() for name in names}
    title = marks.TITLE
    return next(f"{title}{n or ''}" for n in range(len(taken) + 1) if f"{title}{n or ''}".casefold() not in taken)


def set_core_properties(root: Element, created: datetime) -> None:
    """Make a document's properties those of one that was made on the day `created`: who wrote it stays."""
    for element in list(root):
        if element.tag not in KNOWN:
            root.remove(element)
        elif element.tag in STAMPS:
            element.text = f"{created:%Y-%m-%dT%H:%M:%SZ}"


def remove_outline(root: Element) -> None:
    """Take the outline of sheets, which is another now, out of the properties that a program writes."""
    for element in named(root, *OUTLINE):
        remove(element)
