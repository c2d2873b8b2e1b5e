"""What an output folder records about itself: run.json names the PATHs that it was made of, data/outputs.json holds a hash of each file.

Both files hold a hash of their own content (`signed_json`), so that a change to any file of an output is found.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from guantong.schemas.files.formats import MAX_BYTES
from guantong.schemas.files.open_file import read_bytes
from guantong.schemas.files.refusal import Refusal
from guantong.schemas.text import shown_name

RUN, HASHES, RETURNED = "run.json", "data/outputs.json", "returned/"
REPORTS = ("units", "bureau", "data", RUN)  # parts of an output that hold no roster
FOLDER, _OTHER, _SIGNED = "folder", "other", "signed"  # instead of a hash: links, pipes and the like are other; run.json is signed
_SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini"})  # what systems put into folders that somebody opens
_OFFICE_LOCKS = (("~$", ""), (".~lock.", "#"))  # beginning and end of the names under which Office and LibreOffice note who has a file open
_MAX_LOCK_BYTES = 1024  # a larger file is somebody's work, whatever its name
_RECENT_SECONDS = 2.0  # in which a file may change again and keep its time
_OUR_RUN = re.compile(rb'\s*\{\s*"tool"\s*:\s*"guantong"')  # how our run.json begins; one of another program is not parsed
_MAX_RUN_BYTES = 64_000_000  # run.json of a hundred thousand rosters
_hash_of_state: dict[tuple, str] = {}


def display_path(path: Path | str) -> str:
    """A path as text for users (`shown_name`). A name that is not UTF-8 is read as GB18030, which archives of older Windows leave."""
    try:
        text = os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        text = os.fsencode(path).decode("gb18030", "backslashreplace")
    return shown_name(text)


def list_some(names: Collection[str]) -> str:
    """The first three of some names, and 等 where there are more."""
    return "、".join(list(names)[:3]) + (" 等" if len(names) > 3 else "")


def is_system_file(entry: os.DirEntry) -> bool:
    """Whether an entry of a folder was left by the operating system or an office program, and is nobody's work."""
    if not entry.is_file(follow_symlinks=False):
        return False
    is_lock = any(entry.name.startswith(first) and entry.name.endswith(last) for first, last in _OFFICE_LOCKS)
    return entry.name.lower() in _SYSTEM_FILES or (is_lock and entry.stat(follow_symlinks=False).st_size <= _MAX_LOCK_BYTES)


def is_output(folder: Path) -> bool:
    """Whether an audit has written this folder."""
    return read_run(folder) is not None or _read_hashes(folder) is not None


def read_run(folder: Path) -> dict | None:
    """The content of an output's run.json; None where there is none, or another program's."""
    try:
        text = read_bytes(folder / RUN)
        run = json.loads(text) if _OUR_RUN.match(text) and len(text) <= _MAX_RUN_BYTES else None
    except (Refusal, ValueError, RecursionError):
        return None
    return run if isinstance(run, dict) else None


def enclosing_output(path: Path) -> tuple[Path, str] | None:
    """The output folder in which a path lies, and the name of its part, as "units" ("" for the output itself); None where it lies in none."""
    real = Path(os.path.realpath(path))
    for folder in (real, *real.parents):
        if is_output(folder):
            return folder, real.relative_to(folder).parts[0] if real != folder else ""
    return None


def signed_json(content: dict) -> str:
    """``content`` as JSON with a hash of itself in it, so that `is_signed` finds any change."""
    return _as_json(content | {"sum": hashlib.sha256(_as_json(content).encode()).hexdigest()})


def is_signed(text: bytes) -> bool:
    """Whether a text is as `signed_json` gave it."""
    try:
        content = json.loads(text)
        return text == signed_json({name: value for name, value in content.items() if name != "sum"}).encode()
    except (ValueError, RecursionError, AttributeError):
        return False


def _as_json(content: dict) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def write_hashes(output: Path) -> None:
    """Write data/outputs.json: a hash of each file under ``output`` except work/. run.json must have been written as `signed_json`."""
    hashes = {name: _hash_entry(name, entry) for name, entry in _entries(output, without="work") if name != HASHES}
    (output / HASHES).write_text(signed_json({"tool": "guantong", "files": hashes}), encoding="utf-8")


def find_changed_files(output: Path) -> list[str] | None:
    """Names of what has been changed, added or deleted in an output since it was written; None where data/outputs.json or a file is unreadable.

    Content counts, times do not; nor do system files.
    """
    hashes = _read_hashes(output)
    try:
        entries = {name: entry for name, entry in _entries(output) if name != HASHES}
        if hashes is None:
            return None if entries else []
        same = {name for name, entry in entries.items() if name in hashes and hashes[name] == _hash_entry(name, entry)}
    except OSError:
        return None
    changed = sorted((hashes.keys() | entries.keys()) - same)
    return [name for name in changed if not any(other.startswith(f"{name}/") for other in changed)]


def find_corrected_copies(output: Path) -> list[str]:
    """Names of the copies under returned/ that somebody has changed or added since the output was written.

    Only files younger than the output and no larger than a roster may be are read, as this is called for every output in an
    inbox. An unreadable file counts as changed.
    """
    hashes, folder = _read_hashes(output), output / RETURNED
    if hashes is None or folder.is_symlink() or not folder.is_dir():
        return []
    try:
        written = (output / HASHES).stat().st_mtime_ns
        entries = [(name, entry) for name, entry in _entries(folder, RETURNED) if not entry.is_dir(follow_symlinks=False)]
        return [name for name, entry in entries if hashes.get(name) is None or _is_changed(name, entry, hashes[name], written)]
    except OSError:
        return [RETURNED]


def _is_changed(name: str, entry: os.DirEntry, recorded_hash: str, written: int) -> bool:
    about = entry.stat(follow_symlinks=False)
    if max(about.st_mtime_ns, about.st_ctime_ns) <= written:
        return False
    try:
        return about.st_size > MAX_BYTES or _hash_entry(name, entry) != recorded_hash
    except OSError:
        return True


def masked_path(path: Path | str, key: bytes) -> str:
    """A PATH as run.json holds it: absolute, links resolved, ID numbers masked. A keyed hash keeps masked paths distinct."""
    text = path.rstrip("/") if isinstance(path, str) else os.path.realpath(path)
    shown = display_path(text)
    if shown == text:
        return shown
    mark = hashlib.blake2b(os.fsencode(text), key=hashlib.sha256(key).digest(), digest_size=6).hexdigest()
    return f"{shown}#{mark}"


def input_paths_of(run: dict) -> list[frozenset[str]]:
    """The PATHs (`masked_path`) that an output was made of, by its run.json. Of an older one each set that it may have been; [] where unknown."""
    try:
        if "paths" in run:
            return [frozenset(run["paths"])]
        inputs = [(item["path"], item["source_file"]) for item in run["inputs"]]
        files = [(path if "://" in path else display_path(os.path.realpath(path)), name) for path, name in inputs]
        return [frozenset(path.removesuffix(f"/{name}") for path, name in files), frozenset(path for path, _ in files)]
    except (KeyError, TypeError, AttributeError):
        return []


def _read_hashes(output: Path) -> dict[str, str] | None:
    """Name in the output → hash, from data/outputs.json; None where that is missing or has been changed."""
    try:
        text = read_bytes(output / HASHES)
        files = json.loads(text)["files"] if is_signed(text) else None
        return files if isinstance(files, dict) else None
    except (Refusal, KeyError):
        return None


def _entries(folder: Path, below: str = "", without: str | None = None) -> Iterator[tuple[str, os.DirEntry]]:
    """All files and folders under a folder by name, in order; no link is followed. ``without``: a name at the top that is left out."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        name = below + entry.name
        if name == without or is_system_file(entry):
            continue
        yield name, entry
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(Path(entry.path), f"{name}/")


def _hash_entry(name: str, entry: os.DirEntry) -> str:
    """The hash of a file's content, or `FOLDER` and the like. A file that this process has hashed and that has not changed since is not read again."""
    if not entry.is_file(follow_symlinks=False):
        return FOLDER if entry.is_dir(follow_symlinks=False) else _OTHER
    with open(entry.path, "rb") as file:
        about = os.fstat(file.fileno())
        state = (name, about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
        if state in _hash_of_state:
            return _hash_of_state[state]
        result = _SIGNED if name == RUN and is_signed(file.read()) else None
        file.seek(0)
        result = result or hashlib.file_digest(file, "sha256").hexdigest()
    if time.time() - max(about.st_mtime, about.st_ctime) > _RECENT_SECONDS:
        _hash_of_state[state] = result
    return result
