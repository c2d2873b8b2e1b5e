"""The formats of a workbook (xl/styles.xml) with those added that its marks and the list of findings need."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache

from lxml import etree

from guantong.reports import style
from guantong.reports.returned import marks
from guantong.reports.returned.in_place.covered_cells import colour_of, is_own_colour
from guantong.reports.returned.xml_trees import MAIN, Element, NotEditable, local, main, parse_named, written

MOST = 64_000  # formats of cells that Excel holds
TEXT = 49  # the number format @
NONE = '<patternFill patternType="none"/>'
ITEMS = {"fonts": "font", "fills": "fill", "cellXfs": "xf"}
FONT = '{}<sz val="{}"/>{}<name val="' + style.FONT + '"/><charset val="134"/>'


def solid(colour: str) -> str:
    """What a fill of one colour consists of; colour: given as attributes."""
    return f'<patternFill patternType="solid"><fgColor {colour}/><bgColor indexed="64"/></patternFill>'


MARK = {severity: solid(f'rgb="FF{colour[1:]}"') for severity, colour in marks.FILLS.items()}


class Styles:
    """A format is known by its number, as a cell names it. Raises NotEditable where the part is put together oddly."""

    def __init__(self, xml: bytes) -> None:
        self._root = parse_named(xml, "styleSheet")
        children = [child.tag for child in self._root]
        if len(set(children)) < len(children) or not {main(name) for name in ITEMS} <= set(children):
            raise NotEditable("原表的格式写法少见")
        self._lists = {name: list(self._root.find(main(name))) for name in ITEMS}
        for name, items in self._lists.items():
            if not items or any(item.tag != main(ITEMS[name]) for item in items):
                raise NotEditable("原表的格式写法少见")
        self._numbers: dict[str, dict[bytes, int]] = {}
        self._made: dict[tuple, int] = {}
        self._colours: dict[int, str | None] = {}
        own = {at for at, fill in enumerate(self._lists["fills"]) if is_own_colour(_colour(fill))}
        self.former = {at for at in range(len(self)) if self._fill_number(at) in own} if own else set()

    def __len__(self) -> int:
        return len(self._lists["cellXfs"])

    def _fill_number(self, xf: int) -> int:
        number = int(self._lists["cellXfs"][xf].get("fillId", 0))
        if not number < len(self._lists["fills"]):
            raise NotEditable("原表的格式写法少见")
        return number

    def colour(self, xf: int) -> str | None:
        """A format's fill in words (`covered_cells`), '' for none, None for one that words do not tell."""
        if xf not in self._colours:
            found = _colour(self._lists["fills"][self._fill_number(xf)])
            self._colours[xf] = colour_of(found) if found else None if found is None else ""
        return self._colours[xf]

    def variant(self, xf: int, fill: str | None = None, text: bool = False, unlocked: bool = False) -> int:
        """A format as `xf`, but with this fill, for text, or unlocked; made once."""
        key = (xf, fill, text, unlocked)
        if key not in self._made:
            new = deepcopy(self._lists["cellXfs"][xf])
            if fill is not None:
                new.attrib.update({"fillId": str(self._number("fills", _element("fill", fill))), "applyFill": "1"})
            if text:
                new.attrib.update({"numFmtId": str(TEXT), "applyNumberFormat": "1"})
            if unlocked:
                _unlock(new)
            self._made[key] = self._number("cellXfs", new)
        return self._made[key]

    def _number(self, name: str, item: Element) -> int:
        """The number of an item in a list, to which it is added where there is none like it."""
        items = self._lists[name]
        if name not in self._numbers:
            self._numbers[name] = {}
            for at, known in enumerate(items):
                self._numbers[name].setdefault(_canonical(known), at)
        number = self._numbers[name].setdefault(_canonical(item), len(items))
        if number == len(items):
            item.tail = None
            items.append(item)
            if len(items) > MOST:
                raise NotEditable("原表的格式过多")
        return number

    def list_formats(self) -> Callable[[str], int]:
        """Gives the formats of the list of findings: title, head, small, link."""
        fonts = {
            "title": FONT.format("<b/>", 14, ""), "head": FONT.format("<b/>", 10, ""), "small": FONT.format("", 10, ""),
            "link": FONT.format("<u/>", 10, '<color rgb="FF0563C1"/>'),
        }  # fmt: skip

        @cache
        def number_of(what: str) -> int:
            font = self._number("fonts", _element("font", fonts[what]))
            fill = self._number("fills", _element("fill", solid(f'rgb="FF{style.HEAD_FILL[1:]}"') if what == "head" else NONE))
            wrap = "" if what == "title" else ' wrapText="1"'
            numbers = {"numFmtId": 0, "fontId": font, "fillId": fill, "borderId": 0, "xfId": 0}
            applied = dict.fromkeys(("applyFont", "applyFill", "applyAlignment"), 1)
            return self._number("cellXfs", _element("xf", f'<alignment vertical="top"{wrap}/>', **numbers, **applied))

        return number_of

    def xml(self) -> bytes:
        """The part as it is now."""
        for name, items in self._lists.items():
            element = self._root.find(main(name))
            element.set("count", str(len(items)))
            element.extend(items[len(element) :])
        return written(self._root)


def _element(name: str, inside: str, **attributes: object) -> Element:
    """An element of the part, from the XML of what is in it."""
    element = etree.fromstring(f'<{name} xmlns="{MAIN}">{inside}</{name}>')
    element.attrib.update({key: str(value) for key, value in attributes.items()})
    return element


def _canonical(item: Element) -> bytes:
    """The same bytes for items that say the same."""
    return etree.tostring(item, method="c14n", exclusive=True, with_tail=False)


def _colour(fill: Element) -> dict[str, str] | None:
    """The attributes of a solid fill's colour, {} of none, None of a pattern or a gradient."""
    if not len(fill):
        return {}
    pattern = fill[0].get("patternType", "none")
    if local(fill[0]) != "patternFill" or pattern not in ("none", "solid"):
        return None
    found = fill[0].find(main("fgColor"))
    return {} if pattern == "none" else None if found is None else dict(found.attrib)


def _unlock(xf: Element) -> None:
    xf.set("applyProtection", "1")
    protection = xf.find(main("protection"))
    if protection is None:
        protection = xf.makeelement(main("protection"))
        xf.insert(1 if len(xf) and local(xf[0]) == "alignment" else 0, protection)
    protection.set("locked", "0")
