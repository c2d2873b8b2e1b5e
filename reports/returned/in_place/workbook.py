"""xl/workbook.xml and the properties of a copy: which sheets there are, their names, and what the workbook's own names mean."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from guantong.reports.returned import marks
from guantong.reports.returned.in_place.formulas import stays
from guantong.reports.returned.in_place.xml import (
    OFFICE,
    NotEditable,
    altered,
    attributes,
    check,
    join,
    opening,
    prefix,
    quoted,
    references,
    split,
)

# In the order that they have; whatever else there is stays behind.
ORDER = (
    "fileVersion fileSharing workbookPr workbookProtection bookViews sheets definedNames calcPr customWorkbookViews".split()
)  # fmt: skip
STAMP = re.compile(rb"(<dcterms:(?:created|modified)\b[^<>]*>)[^<]*(</dcterms:(?:created|modified)>)")
OUTLINE = re.compile(
    rb"<(HeadingPairs|TitlesOfParts|HLinks|HyperlinkBase|HyperlinksChanged|DigSig)\b[^<>]*?(?:/>|>(?:[^<]++|<(?!/?\1\b))*+</\1>)"
)
KNOWN = set(
    "dc:title dc:subject dc:creator dc:description dc:identifier dc:language keywords lastModifiedBy revision lastPrinted"
    " category contentStatus contentType version dcterms:created dcterms:modified".split()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A sheet as the workbook lists it: its name, its relation's id, and the element."""

    name: str
    relation: str
    xml: bytes


class Contents:
    """The workbook part. Raises NotEditable where it is written in an unusual way."""

    def __init__(self, xml: bytes) -> None:
        check(xml, "workbook")
        self._begin = prefix(xml)
        self._head, children, self._rest = split(xml)
        self._children = {name: xml for name, xml in children if name in ORDER}
        if sum(name in ORDER for name, _ in children) > len(self._children) or "sheets" not in self._children:
            raise NotEditable("原表的内部写法少见")
        self.sheets = [self._entry(xml) for _, xml in split(self._children["sheets"])[1]]

    def _entry(self, xml: bytes) -> Entry:
        (relation,) = references(xml, self._begin)
        return Entry(attributes(opening(xml))["name"], relation, xml)

    def with_list(self, kept: list[Entry], names: list[bytes], relation: str, area: str, head: int) -> bytes:
        """The part with these of its sheets and names, behind the list of findings.

        relation: the list's. area: where its filter is. head: the row that heads it.
        """
        title = free([sheet.name for sheet in kept])
        ids = [int(attributes(opening(sheet.xml))["sheetId"]) for sheet in self.sheets]
        own = b'<sheet xmlns:r="%b" name="%b" sheetId="%d" r:id="%b"/>' % (
            OFFICE.encode(), quoted(title), max(ids) + 1, quoted(relation),
        )  # fmt: skip
        start, _, rest = split(self._children["sheets"])
        new = dict(self._children)
        new["sheets"] = join(start, [own, *(sheet.xml for sheet in kept)], rest)
        place = marks.link(title, "").removesuffix("!")
        own_names = [
            f'<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">{_text(place)}!{area}</definedName>'.encode(),
            f'<definedName name="_xlnm.Print_Titles" localSheetId="0">{_text(place)}!${head}:${head}</definedName>'.encode(),
        ]
        new["definedNames"] = b"<definedNames>%b</definedNames>" % b"".join(own_names + names)
        new["bookViews"] = re.sub(rb"<workbookView\b[^<>]*>", _first, new.get("bookViews", b"<bookViews><workbookView/></bookViews>"))
        new["calcPr"] = altered(new.get("calcPr", b"<calcPr/>"), fullCalcOnLoad=1)
        return self._head + b"".join(new[name] for name in ORDER if name in new) + self._rest

    def names(self, kept: list[Entry], lost: Counter[str]) -> list[bytes]:
        """The workbook's names that stay; those of a sheet alone call it by its place, which is another now."""
        places = {self.sheets.index(sheet): at for at, sheet in enumerate(kept, 1)}
        found = []
        for _, name in split(self._children["definedNames"])[1] if "definedNames" in self._children else []:
            told = attributes(opening(name))
            sheet = told.get("localSheetId")
            if sheet is not None and not int(sheet) < len(self.sheets):
                raise NotEditable("原表的名称有误")
            if sheet is not None and int(sheet) not in places:
                continue
            meaning = name.partition(b">")[2].rpartition(b"<")[0]
            program = any(told.get(key) in ("1", "true") for key in ("xlm", "function", "vbProcedure"))
            if b"<" in meaning or program or not stays(unescape(meaning.decode())):
                lost["引用外部的名称"] += 1
            else:
                found.append(name if sheet is None else altered(name, localSheetId=places[int(sheet)]))
        return found


def _first(view: re.Match) -> bytes:
    return altered(view[0], activeTab=None, firstSheet=None)


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;")


def free(names: list[str]) -> str:
    """What the list of findings is called: its title, or that with the first number that no sheet has."""
    taken = {name.casefold() for name in names}
    title = marks.TITLE
    return next(f"{title}{n or ''}" for n in range(len(taken) + 1) if f"{title}{n or ''}".casefold() not in taken)


def core_properties(xml: bytes, created: datetime) -> bytes:
    """The properties of a document, made on the day `created`: who wrote it stays."""
    if b"<!" in xml:
        raise NotEditable("原表的内部写法少见")
    head, children, rest = split(xml)
    stamp = rb"\g<1>%b\g<2>" % f"{created:%Y-%m-%dT%H:%M:%SZ}".encode()
    return head + b"".join(STAMP.sub(stamp, xml) for name, xml in children if name.removeprefix("cp:") in KNOWN) + rest


def app_properties(xml: bytes) -> bytes:
    """The properties that a program writes, without the outline of sheets, which is another now."""
    return OUTLINE.sub(b"", xml)
