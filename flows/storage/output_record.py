"""What an audit's output folder says of itself: what it was made of, and whether all in it is as it was written.

run.json names the PATHs; data/outputs.json has the hash of every other file; each has one of itself (`signed`).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from guantong.schemas.files.open_file import read_bytes
from guantong.schemas.files.sniff import MAX_BYTES
from guantong.schemas.files.workbook import Refusal
from guantong.schemas.text import shown_name

RUN, SUMS, RETURNED = "run.json", "data/outputs.json", "returned/"
REPORTS = ("units", "bureau", "data", RUN)  # parts of an output that hold no roster
FOLDER, _OTHER, _SIGNED = "folder", "other", "signed"  # in the place of a hash; links, pipes and the like are other, run.json is signed
_LITTER = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini"})  # what systems put into folders that are looked at
_LOCKS = (("~$", ""), (".~lock.", "#"))  # of Office and of LibreOffice: who has a file open
_MOST_OF_LOCK = 1024  # bytes; a larger file is somebody's, whatever it is called
_JUST_NOW = 2.0  # seconds in which a file may change again without its time telling
_OURS = re.compile(rb'\s*\{\s*"tool"\s*:\s*"guantong"')  # how run.json begins; another's is not parsed
_MOST_OF_RUN = 64_000_000  # bytes: that of a hundred thousand rosters
_known: dict[tuple, str] = {}


def printable(path: Path | str) -> str:
    """A path as text: names that are not UTF-8 are read as GB18030, as archives of older Windows leave them; a `shown_name`."""
    try:
        text = os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        text = os.fsencode(path).decode("gb18030", "backslashreplace")
    return shown_name(text)


def is_litter(entry: os.DirEntry) -> bool:
    """Whether an entry of a folder is what a system or an office program leaves there, and nobody's work."""
    if not entry.is_file(follow_symlinks=False):
        return False
    lock = any(entry.name.startswith(first) and entry.name.endswith(last) for first, last in _LOCKS)
    return entry.name.lower() in _LITTER or (lock and entry.stat(follow_symlinks=False).st_size <= _MOST_OF_LOCK)


def is_output(folder: Path) -> bool:
    """Whether a folder holds what an audit has written."""
    return record_of(folder) is not None or _noted(folder) is not None


def record_of(folder: Path) -> dict | None:
    """An output's run.json; None where there is none, or none of ours."""
    try:
        text = read_bytes(folder / RUN)
        run = json.loads(text) if _OURS.match(text) and len(text) <= _MOST_OF_RUN else None
    except (Refusal, ValueError, RecursionError):
        return None
    return run if isinstance(run, dict) else None


def holder_of(path: Path) -> tuple[Path, str] | None:
    """The output folder that a file or folder lies in, and the part of it by name ("" for the output itself); None where in none."""
    real = Path(os.path.realpath(path))
    for folder in (real, *real.parents):
        if is_output(folder):
            return folder, real.relative_to(folder).parts[0] if real != folder else ""
    return None


def signed(content: dict) -> str:
    """JSON with a hash of all the rest in it, by which `is_signed` tells whether a single character has been changed."""
    return _text(content | {"sum": hashlib.sha256(_text(content).encode()).hexdigest()})


def is_signed(text: bytes) -> bool:
    """Whether this is what `signed` has written."""
    try:
        content = json.loads(text)
        return text == signed({name: value for name, value in content.items() if name != "sum"}).encode()
    except (ValueError, RecursionError, AttributeError):
        return False


def _text(content: dict) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def write_sums(output: Path) -> None:
    """Note the hash of all under ``output`` but work/, by which `changes` tells what has been changed since; run.json must be `signed`."""
    content = {"tool": "guantong", "files": _sums(output, without="work")}
    (output / SUMS).write_text(signed(content), encoding="utf-8")


def changes(output: Path) -> list[str] | None:
    """What has been changed, added or deleted in an output since it was written, by name; None where that can't be told.

    Only content counts, no times; what systems leave in folders does not.
    """
    noted = _noted(output)
    try:
        entries = {name: entry for name, entry in _entries(output) if name != SUMS}
        if noted is None:
            return None if entries else []
        same = {name for name, entry in entries.items() if name in noted and noted[name] == _sum(name, entry)}
    except OSError:
        return None
    changed = sorted((noted.keys() | entries.keys()) - same)
    return [name for name in changed if not any(other.startswith(f"{name}/") for other in changed)]


def corrected_copies(output: Path) -> list[str]:
    """The copies under returned/ that somebody has changed or added since the output was written, by name in it.

    Read are those alone that are younger than the output, and no larger than a roster may be: this is asked of every output that lies
    in an inbox. What can't be read counts as changed.
    """
    noted, folder = _noted(output), output / RETURNED
    if noted is None or folder.is_symlink() or not folder.is_dir():
        return []
    try:
        written = (output / SUMS).stat().st_mtime_ns
        entries = [(name, entry) for name, entry in _entries(folder, RETURNED) if not entry.is_dir(follow_symlinks=False)]
        return [name for name, entry in entries if noted.get(name) is None or _is_changed(name, entry, noted[name], written)]
    except OSError:
        return [RETURNED]


def _is_changed(name: str, entry: os.DirEntry, noted: str, written: int) -> bool:
    about = entry.stat(follow_symlinks=False)
    if max(about.st_mtime_ns, about.st_ctime_ns) <= written:
        return False
    try:
        return about.st_size > MAX_BYTES or _sum(name, entry) != noted
    except OSError:
        return True


def told_path(path: Path | str, key: bytes) -> str:
    """A PATH as run.json tells it: absolute, links followed, numbers of people masked; what is masked is told apart by a keyed hash."""
    text = path.rstrip("/") if isinstance(path, str) else os.path.realpath(path)
    shown = printable(text)
    if shown == text:
        return shown
    mark = hashlib.blake2b(os.fsencode(text), key=hashlib.sha256(key).digest(), digest_size=6).hexdigest()
    return f"{shown}#{mark}"


def paths_of(run: dict) -> list[frozenset[str]]:
    """What an output was made of by its run.json, as `told_path` tells it; of an older one the sets that it may have been. Empty where
    nothing tells.
    """
    try:
        if "paths" in run:
            return [frozenset(run["paths"])]
        inputs = [(item["path"], item["source_file"]) for item in run["inputs"]]
        files = [(path if "://" in path else printable(os.path.realpath(path)), name) for path, name in inputs]
        return [frozenset(path.removesuffix(f"/{name}") for path, name in files), frozenset(path for path, _ in files)]
    except (KeyError, TypeError, AttributeError):
        return []


def _noted(output: Path) -> dict[str, str] | None:
    """The sums as they were written; None where there are none, or somebody has changed them."""
    try:
        text = read_bytes(output / SUMS)
        files = json.loads(text)["files"] if is_signed(text) else None
        return files if isinstance(files, dict) else None
    except (Refusal, KeyError):
        return None


def _sums(output: Path, without: str | None = None) -> dict[str, str]:
    """Name in the output → hash, of all but the sums themselves. Raises OSError."""
    return {name: _sum(name, entry) for name, entry in _entries(output, without=without) if name != SUMS}


def _entries(folder: Path, below: str = "", without: str | None = None) -> Iterator[tuple[str, os.DirEntry]]:
    """Everything under a folder, by name in it, in order; no link is followed. ``without``: a name at the top that is passed over."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        name = below + entry.name
        if name == without or is_litter(entry):
            continue
        yield name, entry
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(Path(entry.path), f"{name}/")


def _sum(name: str, entry: os.DirEntry) -> str:
    """The hash of a file's content. What has been read in this run, and has not been touched since, is not read again."""
    if not entry.is_file(follow_symlinks=False):
        return FOLDER if entry.is_dir(follow_symlinks=False) else _OTHER
    with open(entry.path, "rb") as file:
        about = os.fstat(file.fileno())
        sign = (name, about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
        if sign in _known:
            return _known[sign]
        found = _SIGNED if name == RUN and is_signed(file.read()) else None
        file.seek(0)
        found = found or hashlib.file_digest(file, "sha256").hexdigest()
    if time.time() - max(about.st_mtime, about.st_ctime) > _JUST_NOW:
        _known[sign] = found
    return found
