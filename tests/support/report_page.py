"""The bureau's page read as text."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """Tables of a page by caption, and the figures that it leads with by their labels."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.headline: dict[str, str] = {}
        self.caption, self.label, self.cell, self.inside = "", "", "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag in ("caption", "th", "td", "span", "strong", "dt", "dd"):
            self.inside, self.cell = tag, ""
        if tag == "tr":
            self.tables[self.caption].append([])

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.cell += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "caption":
            self.caption = self.cell
            self.tables.setdefault(self.caption, [])
        elif tag in ("th", "td"):
            self.tables[self.caption][-1].append(self.cell)
        elif tag in ("span", "dt"):
            self.label = self.cell
        elif tag in ("strong", "dd"):
            self.headline[self.label] = self.cell
        if tag == self.inside:
            self.inside = ""
