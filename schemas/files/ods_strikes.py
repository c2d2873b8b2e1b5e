"""What strikes out in an .ods: the styles of cells, paragraphs and words, and what a struck word leaves of its cell."""

from __future__ import annotations

from collections.abc import Mapping

Style = tuple[str, str]  # family and name
_LINES = ("style:text-line-through-style", "style:text-line-through-type")
_BLANKS = {"text:s": " ", "text:tab": "\t", "text:line-break": "\n"}
_PARAGRAPHS = ("text:p", "text:h")


def mentions(part: bytes) -> bool:
    """Whether a part may say that anything is struck: a quick look."""
    return b"line-through" in part


class Styles:
    """The styles of a workbook, as its parts are walked through: those of styles.xml before those of content.xml, which win."""

    def __init__(self) -> None:
        self._own: dict[Style, bool | None] = {}
        self._parents: dict[Style, Style] = {}
        self._open: Style | None = None

    def start(self, tag: str, about: dict[str, str]) -> None:
        if tag == "style:style":
            family = about.get("style:family", "")
            self._open = (family, about.get("style:name", ""))
            self._own[self._open] = None
            self._parents[self._open] = (family, about.get("style:parent-style-name", ""))
        elif tag == "style:text-properties" and self._open is not None:
            lines = [about[name] for name in _LINES if name in about]
            self._own[self._open] = "none" not in lines if lines else None

    def end(self, tag: str) -> None:
        if tag == "style:style":
            self._open = None

    def told(self) -> dict[Style, bool]:
        """Whether a style strikes out, of those that say so or have it from another; empty where none does."""
        found: dict[Style, bool | None] = {}
        for style in self._own:
            path: list[Style] = []
            at: Style | None = style
            while at is not None and at not in found:
                path.append(at)
                found[at] = self._own.get(at)
                at = self._parents.get(at) if found[at] is None else None
            said = found[path[-1] if at is None else at] if path else None
            found.update(dict.fromkeys(path, said))
        told = {style: said for style, said in found.items() if said is not None}
        return told if any(told.values()) else {}


class Words:
    """The text of one cell as it is walked through, and what of it is left; ``is_struck``: whether the cell's own style strikes out."""

    def __init__(self, told: Mapping[Style, bool], is_struck: bool) -> None:
        self._told, self._within, self._left = told, [is_struck], [""]
        self.any_struck = False

    def start(self, tag: str, about: dict[str, str]) -> None:
        name = about.get("text:style-name", "")
        if tag in _PARAGRAPHS:
            self._left += ["\n"] if len(self._left) > 1 else [""]
            self._within.append(self._told.get(("paragraph", name), self._within[0]))
        elif tag == "text:span":
            self._within.append(self._told.get(("text", name), self._within[-1]))
        elif tag in _BLANKS and not self._within[-1]:
            self._left.append(_BLANKS[tag])

    def text(self, text: str) -> None:
        if len(self._within) == 1:
            return  # between paragraphs
        if self._within[-1]:
            self.any_struck = self.any_struck or bool(text.strip())
        else:
            self._left.append(text)

    def end(self, tag: str) -> None:
        if tag in (*_PARAGRAPHS, "text:span"):
            self._within.pop()

    @property
    def left(self) -> str:
        return "".join(self._left)
