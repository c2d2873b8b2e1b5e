"""index.html of a folder of scheduled runs: one page for who waits for the rosters, that needs no network and holds no person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from guantong.reports import output_files, wording

TEMPLATES = Path(__file__).parent / "templates"
OURS = '<meta name="generator" content="guantong serve">'  # by which a page is known as one of this program
MOST_LISTED = 500  # files, units or cells of a list
STATES = {
    "completed": "完成", "running": "正在审核", "nothing_new": "没有新的内容", "skipped": "跳过", "failed": "没有完成", "interrupted": "被中断",
}  # fmt: skip
AMISS = ("failed", "interrupted")


@dataclass(frozen=True)
class RunLine:
    """A run as the page tells it. ``state``: a key of `STATES`. ``text``: why, in words. ``folder``: the name of its folder, where it has one;
    ``links``: (label, address from the page). ``counts``: as run.json has them. ``changes``: against the run before, in words; ``before`` names that.
    """

    begun: dt.datetime
    state: str
    text: str = ""
    folder: str | None = None
    links: list[tuple[str, str]] = field(default_factory=list)
    counts: dict | None = None
    before: str | None = None
    changes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RefusedFile:
    """A file that was refused: its name as outputs show it, why, and what to do."""

    name: str
    why: str
    what_to_do: str


@dataclass(frozen=True)
class Doubtful:
    """An expected unit of which it is not certain whether it has handed in, and why; ``place``: where it stands in the list."""

    unit: str
    place: str
    why: str


@dataclass
class HandedIn:
    """A list of expected units against a run: how many have handed in; those that have not, (unit, place in the list); those that want a look;
    units that are not on the list; and cells of the list that are unclear.
    """

    file: str
    expected: int
    handed_in: int = 0
    missing: list[tuple[str, str]] = field(default_factory=list)
    doubtful: list[Doubtful] = field(default_factory=list)
    not_listed: list[str] = field(default_factory=list)
    unclear_cells: list[str] = field(default_factory=list)

    def in_words(self) -> str:
        """The counts in a sentence."""
        return f"应报 {self.expected} 个单位：已报送 {self.handed_in} 个，没有报送 {len(self.missing)} 个，请核对 {len(self.doubtful)} 个"


@dataclass(frozen=True)
class RunsPage:
    """All that the page says. ``lines``: runs, the newest first; ``latest``: the one whose folder has the newest result.
    ``expected``: against the latest; ``expected_trouble``: why nothing can be said of the list. ``facts``: (label, text).
    """

    written: dt.datetime
    facts: list[tuple[str, str]]
    lines: list[RunLine]
    latest: RunLine | None = None
    refused: list[RefusedFile] = field(default_factory=list)
    refused_trouble: str = ""
    expected: HandedIn | None = None
    expected_trouble: str = ""


def write_runs_page(page: RunsPage, target: Path) -> None:
    """Write the page to ``target``, whole or not at all. Raises OSError."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"shown": _shown, "minute": lambda when: f"{when:%Y-%m-%d %H:%M}"}
    text = environment.get_template("index.html.j2").render(
        page=page, states=STATES, amiss=AMISS, most=MOST_LISTED, ours=Markup(OURS), disclaimer=wording.DISCLAIMER,
        style=Markup((TEMPLATES / "index.css").read_text(encoding="utf-8")),
    )  # fmt: skip
    with output_files.replace_file(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def is_ours(page: Path) -> bool:
    """Whether a page there was written by this program, or there is none. Raises OSError."""
    try:
        with page.open("rb") as file:
            return OURS.encode() in file.read(1000)
    except FileNotFoundError:
        return True


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "—" if value is None else str(value)
