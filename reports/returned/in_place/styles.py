"""The formats of a workbook (xl/styles.xml) with those added that its marks and the list of findings need."""

import re
from collections.abc import Callable
from functools import cache

from guantong.reports import style
from guantong.reports.returned import marks
from guantong.reports.returned.in_place.former import colour_of, is_own_colour
from guantong.reports.returned.in_place.xml import NotEditable, altered, attributes, check, join, opening, split

MOST = 64_000  # formats of cells that Excel holds
TEXT = 49  # the number format @
NONE = b'<fill><patternFill patternType="none"/></fill>'
COLOUR = re.compile(rb"<fgColor\b[^<>]*>")
PROTECTION = re.compile(rb"<protection\b[^<>]*?(?:/>|></protection>)")
FONT = '<font>{}<sz val="{}"/>{}<name val="' + style.FONT + '"/><charset val="134"/></font>'


def solid(colour: str) -> bytes:
    """A fill of one colour, given as attributes."""
    return f'<fill><patternFill patternType="solid"><fgColor {colour}/><bgColor indexed="64"/></patternFill></fill>'.encode()


MARK = {severity: solid(f'rgb="FF{colour[1:]}"') for severity, colour in marks.FILLS.items()}


class Styles:
    """A format is known by its number, as a cell names it. Raises NotEditable where the part is put together oddly."""

    def __init__(self, xml: bytes) -> None:
        check(xml, "styleSheet")
        self._head, children, self._rest = split(xml)
        self._children = dict(children)
        if len(self._children) < len(children) or not {"fonts", "fills", "cellXfs"} <= set(self._children):
            raise NotEditable("原表的格式写法少见")
        self._order = [name for name, _ in children]
        self._lists = {name: self._items(name) for name in ("fonts", "fills", "cellXfs")}
        self._counts = {name: len(items) for name, items in self._lists.items()}
        self._made: dict[tuple, int] = {}
        self._colours: dict[int, str | None] = {}
        own = {at for at, fill in enumerate(self._lists["fills"]) if is_own_colour(self._told(fill))}
        self.own = {at for at in range(len(self)) if self._fill_number(at) in own} if own else set()

    def __len__(self) -> int:
        return len(self._lists["cellXfs"])

    def _items(self, name: str) -> list[bytes]:
        expected = {"fonts": "font", "fills": "fill", "cellXfs": "xf"}[name]
        _, items, _ = split(self._children[name])
        if not items or any(item != expected for item, _ in items):
            raise NotEditable("原表的格式写法少见")
        return [xml for _, xml in items]

    def _fill_number(self, xf: int) -> int:
        number = int(attributes(opening(self._lists["cellXfs"][xf])).get("fillId", 0))
        if not number < len(self._lists["fills"]):
            raise NotEditable("原表的格式写法少见")
        return number

    @staticmethod
    def _told(fill: bytes) -> dict[str, str] | None:
        """The attributes of a solid fill's colour, {} of none, None of a pattern or a gradient."""
        _, kinds, _ = split(fill)
        pattern = attributes(opening(kinds[0][1])).get("patternType", "none") if kinds else "none"
        if kinds and kinds[0][0] != "patternFill" or pattern not in ("none", "solid"):
            return None
        found = COLOUR.search(fill)
        return {} if pattern == "none" else attributes(found[0]) if found else None

    def colour(self, xf: int) -> str | None:
        """A format's fill in words (`returned_former`), '' for none, None for one that words do not tell."""
        if xf not in self._colours:
            told = self._told(self._lists["fills"][self._fill_number(xf)])
            self._colours[xf] = colour_of(told) if told else None if told is None else ""
        return self._colours[xf]

    def variant(self, xf: int, fill: bytes | None = None, text: bool = False, unlocked: bool = False) -> int:
        """A format as `xf`, but with this fill, for text, or unlocked; made once."""
        key = (xf, fill, text, unlocked)
        if key not in self._made:
            new = self._lists["cellXfs"][xf]
            if fill is not None:
                new = altered(new, fillId=self._add("fills", fill), applyFill=1)
            if text:
                new = altered(new, numFmtId=TEXT, applyNumberFormat=1)
            if unlocked:
                new = _unlocked(new)
            self._made[key] = self._add("cellXfs", new)
        return self._made[key]

    def _add(self, name: str, item: bytes) -> int:
        items = self._lists[name]
        if item in items:
            return items.index(item)
        items.append(item)
        if len(items) > MOST:
            raise NotEditable("原表的格式过多")
        return len(items) - 1

    def listed(self) -> Callable[[str], int]:
        """Gives the formats of the list of findings: title, head, small, link."""
        fonts = {
            "title": FONT.format("<b/>", 14, ""), "head": FONT.format("<b/>", 10, ""), "small": FONT.format("", 10, ""),
            "link": FONT.format("<u/>", 10, '<color rgb="FF0563C1"/>'),
        }  # fmt: skip

        @cache
        def of(what: str) -> int:
            font = self._add("fonts", fonts[what].encode())
            fill = self._add("fills", solid(f'rgb="FF{style.HEAD[1:]}"') if what == "head" else NONE)
            wrap = "" if what == "title" else ' wrapText="1"'
            xf = (
                f'<xf numFmtId="0" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" applyFont="1" applyFill="1"'
                f' applyAlignment="1"><alignment vertical="top"{wrap}/></xf>'
            )
            return self._add("cellXfs", xf.encode())

        return of

    def xml(self) -> bytes:
        """The part; what is not added to stays as it was."""
        children = dict(self._children)
        for name, items in self._lists.items():
            if len(items) > self._counts[name]:
                head, _, rest = split(children[name])
                children[name] = join(altered(head, count=len(items)), items, rest)
        return self._head + b"".join(children[name] for name in self._order) + self._rest


def _unlocked(xf: bytes) -> bytes:
    head, children, rest = split(altered(xf, applyProtection=1))
    found = next((xml for name, xml in children if name == "protection"), None)
    if found is not None:
        return join(head, [altered(xml, locked=0) if name == "protection" else xml for name, xml in children], rest)
    at = 1 if children and children[0][0] == "alignment" else 0
    every = [xml for _, xml in children]
    return join(head, [*every[:at], b'<protection locked="0"/>', *every[at:]], rest)
