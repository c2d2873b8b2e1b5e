"""An inbox full of awful files: each costs itself at the most, and the good roster among them nothing."""

from __future__ import annotations

import os
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from guantong.schemas.text import shown_name
from tests.conftest import Audit
from tests.support.hostile_files.hostile import FAMILIES, GOOD, SECRET, good_roster, write_hostile

GIB = 1 << 30
SCENARIOS = {
    "what-is-no-workbook": ("files", "texts", "names"),
    "what-is-damaged": ("far", "packages", "markup", "values", "structures", "ods", "xls", "xlsb"),
    "what-swells": ("swollen", "dense"),
    "what-takes-time": ("cells", "tables"),
}


# Each file of these takes its reader seconds: all of them with GUANTONG_TEST_ALL_HOSTILE=1, else one in so many.
HEAVY = {SCENARIOS["what-is-damaged"]: 9, SCENARIOS["what-swells"]: 9, SCENARIOS["what-takes-time"]: 13}


def some(inbox: Path, right: dict[str, set[str]], share: int) -> dict[str, set[str]]:
    """One in ``share`` of an inbox's files; the others are deleted."""
    if os.environ.get("GUANTONG_TEST_ALL_HOSTILE"):
        return right
    kept = set(sorted(right)[::share])
    for name in set(right) - kept:
        (inbox / name).unlink()
    return {name: right[name] for name in kept}


@dataclass
class Watched:
    """What the processes under this one took while they ran: the most memory at a time (bytes), and foreign addresses."""

    memory: int = 0
    addresses: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)


@contextmanager
def watched() -> Iterator[Watched]:
    """Watch the processes that this one starts; those that it had before do not count as left."""
    found, over, before = Watched(), threading.Event(), set(psutil.Process().children(recursive=True))

    def look() -> None:
        while not over.wait(0.2):
            _look(found)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()
        time.sleep(0.5)
        found.left = [" ".join(one.cmdline()) for one in set(psutil.Process().children(recursive=True)) - before if one.is_running()]


def _look(found: Watched) -> None:
    memory = 0
    for process in psutil.Process().children(recursive=True):
        try:
            memory += process.memory_info().rss
            for link in process.net_connections("inet"):
                if link.raddr and not link.raddr.ip.startswith(("127.", "::1")):
                    found.addresses.add(link.raddr.ip)
        except psutil.Error:
            continue  # it has just ended
    found.memory = max(found.memory, memory)


def shown(path: str) -> str:
    """A path as the outputs name it."""
    raw = os.fsencode(path)
    try:
        return shown_name(raw.decode())
    except UnicodeDecodeError:
        return shown_name(raw.decode("gb18030", "backslashreplace"))


def wrong_outcomes(done: Audit, right: dict[str, set[str]]) -> dict[str, str]:
    """Files whose outcome is none of those that are right: path → what became of it."""
    statuses = done.files["reason"].where(done.files["status"] == "refused", "read")
    became = dict(zip(done.files["source_file"], statuses, strict=True))
    found = {path: became.pop(shown(path), "passed_over") for path in right}
    assert list(became) == ["好名册.xlsx"] and became["好名册.xlsx"] == "read"
    return {path: outcome for path, outcome in found.items() if outcome not in right[path]}


def passed_over(done: Audit, right: dict[str, set[str]]) -> tuple[int, int]:
    """How many files the run says it passed over, and how many it did: a hidden folder or an output counts once."""
    listed = set(done.files["source_file"])
    skipped = {shown(path) for path in right} - listed
    folders = {path.rpartition("/")[0] for path in skipped}
    folders = {folder for folder in folders if "/." in folder or f"{folder}/".startswith("outputs/ours/")}
    files = {path for path in skipped if not any(path.startswith(f"{folder}/") for folder in folders)}
    hidden = {folder for folder in folders if "/." in folder or folder == "outputs/ours"}
    return sum(done.run["counts"]["passed_over"].values()), len(files) + len(hidden)


def texts_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """The text of every output: of packages part by part, of tables the texts in them."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            yield path, repr([column.unique().to_pylist() for column in table.columns if str(column.type) in ("string", "large_string")])
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as book:
                yield from ((path, book.read(name).decode("utf-8", "replace")) for name in book.namelist())
        else:
            yield path, path.read_text(encoding="utf-8", errors="replace")


def assert_nothing_leaked(done: Audit, inbox: Path) -> None:
    """Nothing of what stands outside the inbox is in any output or on screen."""
    foreign = {Path("/etc/passwd").read_text(encoding="utf-8").splitlines()[0], SECRET}
    for path, text in [*texts_of(done.out), (Path("screen"), done.stdout + done.stderr)]:
        assert not [one for one in foreign if one in text], path
    assert not list(done.out.parent.glob(".*.partial")), "something half written was left"


def test_every_family_has_its_scenario() -> None:
    assert sorted(family for families in SCENARIOS.values() for family in families) == sorted(FAMILIES)


@pytest.mark.parametrize("families", SCENARIOS.values(), ids=SCENARIOS)
def test_awful_files_cost_the_good_roster_nothing(audit: Callable[..., Audit], tmp_path: Path, families: tuple[str, ...]) -> None:
    inbox = tmp_path / "inbox"
    right = some(inbox, write_hostile(inbox, *families), HEAVY.get(families, 1))
    good_roster(inbox)
    with watched() as took:
        done = audit(inbox, workers=2)
    assert done.status in (0, 1), done.stderr[-2000:]
    assert done.status == int((done.files["status"] == "refused").any())
    assert wrong_outcomes(done, right) == {}
    assert "Traceback" not in done.stderr and "panicked" not in done.stderr
    said, counted = passed_over(done, right)
    assert said == counted
    read = done.files[done.files["status"] == "read"]
    assert read[read["rows_found"] == 0].empty
    for name in GOOD:
        assert done.routes(name) == {"s2t-assistant": "eligible", "s2t-engineer": "eligible"}
    assert_nothing_leaked(done, inbox)
    assert took.memory < 3 * GIB
    assert not took.addresses and not took.left
