"""What a mark covers, in words at the end of its comment: the fill that the cell had, and the comment that it had.

From them the marks of a former returned copy are undone, when its enterprise has corrected it and sends it in again.
"""

import re
from dataclasses import dataclass

from guantong.reports.returned import marks
from guantong.schemas.own_marks import COVERED, LONGEST

COLOUR = re.compile(r"#(?P<rgb>[0-9A-F]{6})|主题色(?P<theme>\d+)(?P<tint>[+-]\d\.\d+)|颜色(?P<indexed>\d+)")
OWN = {"FF" + colour[1:] for colour in marks.FILLS.values()}


@dataclass(frozen=True, slots=True)
class Covered:
    """fill: the attributes of the colour that a mark covered, None for none. text: of the comment, None for none."""

    fill: str | None
    author: str
    text: str | None


def read_covered(comment: str) -> Covered:
    """What the comment of a former mark tells of its cell."""
    match = COVERED.search(comment)
    return Covered(_attributes(match["fill"]), (match["author"] or "").strip() or "原批注", match["text"] or None)


def covered_lines(colour: str | None, author: str, comment: str) -> str:
    """What a mark is about to cover, as the lines that its comment ends with; '' where it covers nothing.

    colour: of the cell's fill, as `colour_of` gives it.
    """
    lines = f"\n\n原底色：{colour}" if colour else ""
    if comment:
        author = re.sub(r"[\n（）]", " ", author).strip()
        lines += f"\n\n原批注{f'（{author}）' if author else ''}：{comment[:LONGEST]}"
    return lines


def is_own_colour(colour: dict[str, str] | None) -> bool:
    """Whether a solid fill is that of a mark, by the attributes of its colour."""
    return bool(colour) and colour.get("rgb", "").upper() in OWN


def colour_of(colour: dict[str, str]) -> str | None:
    """The attributes of a colour in words; None for one that they do not tell."""
    if "rgb" in colour:
        return f"#{colour['rgb'][-6:].upper()}"
    if "theme" in colour:
        return f"主题色{colour['theme']}{float(colour.get('tint', 0)):+.6f}"
    return f"颜色{colour['indexed']}" if "indexed" in colour else None


def _attributes(words: str | None) -> str | None:
    match = COLOUR.search(words or "")
    if match is None:
        return None
    if match["rgb"]:
        return f'rgb="FF{match["rgb"]}"'
    return f'theme="{match["theme"]}" tint="{float(match["tint"])}"' if match["theme"] else f'indexed="{match["indexed"]}"'
