"""Results kept by content, so that a rerun reads and writes only what has changed.

A *pack* holds the tables of some files (`schemas.reading.batch`), a *report* is a workbook. Both are named by hashes of all
that they are made from: file, schema, policy, program. Each is sealed by the user's key: what is damaged, half written, put under
another name or planted by one who lacks the key is not taken. It is deleted, with a message, and made anew.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from guantong.flows.records import PackEntry
from guantong.reports.output_files import replace_file
from guantong.schemas import PACK_TABLES

KEEP_DAYS = 45  # what no audit has used for so long is deleted: a monthly audit finds its last run's
LIST = "pack.json"
_SEAL = 32  # bytes
_LIST_BEGINS = b'{"seal": "'
Content = tuple[str, str]  # sha256 and suffix of a file
MOST_BYTES = 100_000_000  # of a file: a larger one is not kept, and none that lies there is read
_OWNERS = re.compile(r"packs/[0-9a-f]{24}-[0-9a-f]{16}|reports/([0-9a-f]{2}|[0-9a-f]{16})")  # two digits: as kept by an earlier version
ITEM = re.compile(r"[0-9a-f]{16}|[0-9a-f]{40}")
# see `replace_file`; the latter of an earlier version
UNFINISHED = re.compile(r"\.[0-9a-f]{32}|\.([0-9a-f]{16}|[0-9a-f]{40})\.[0-9a-f]{8}")
# Those that decide what is written.
LIBRARIES = ("duckdb", "lxml", "pandas", "pandera", "pyarrow", "olefile", "python-calamine", "XlsxWriter")


@cache
def code_hash(*packages: str) -> str:
    """A hash of the code and data of some of guantong's packages, and of the libraries that they use."""
    total = hashlib.blake2b(digest_size=12)
    for library in LIBRARIES:
        total.update(f"{library} {version(library)}\n".encode())
    for package in packages:
        for name, content in sorted(_contents(files(f"guantong.{package}"), package)):
            total.update(f"{name} {len(content)}\n".encode() + content)
    return total.hexdigest()


def _contents(folder: object, name: str) -> Iterable[tuple[str, bytes]]:
    for item in folder.iterdir():
        path = f"{name}/{item.name}"
        if item.is_dir() and item.name != "__pycache__":
            yield from _contents(item, path)
        elif item.is_file() and not item.name.endswith(".pyc"):
            yield path, item.read_bytes()


def _read_by(words: str) -> str:
    """A hash of all by which a roster is read."""
    code = code_hash("schemas")
    return hashlib.blake2b(f"{code} {words}".encode(), digest_size=12).hexdigest() if words else code


class Damaged(Exception):
    """An item of the cache is not as it was kept."""


def list_items(folder: Path) -> list[Path]:
    """The packs and reports of a cache, unfinished ones too, and anything that lies in the place of an owner's folder.

    Nothing with another name, and nothing behind a link: that is somebody else's.
    """
    found = []
    for kind in ("packs", "reports"):
        for owner in list_folder(folder / kind):
            if _OWNERS.fullmatch(f"{kind}/{owner.name}"):
                found += list_folder(owner) if is_folder(owner) else [owner]
    return [path for path in found if path.parent.parent == folder or ITEM.fullmatch(path.name) or UNFINISHED.fullmatch(path.name)]


def delete_empty_owners(folder: Path) -> None:
    """Delete the folders of owners in which a cache holds nothing any more."""
    for kind in ("packs", "reports"):
        for owner in folder.glob(f"{kind}/*"):
            if _OWNERS.fullmatch(f"{kind}/{owner.name}") and is_folder(owner):
                with suppress(OSError):  # it holds something
                    owner.rmdir()


def list_folder(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if is_folder(folder) else []
    except PermissionError:
        return []  # of another user of a shared cache


def is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def read_bounded(path: Path) -> bytes:
    """A file's content. Raises Damaged where the path is a folder, a link, a pipe or the like, or holds more than `MOST_BYTES`."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if path.is_symlink() or path.is_dir() or error.errno in (errno.ENOTDIR, errno.ENXIO):
            raise Damaged from None
        raise
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
            raise Damaged
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MOST_BYTES)
    finally:
        os.close(descriptor)


def delete_item(path: Path) -> None:
    """Delete a file or a link, or a folder with all that it holds."""
    shutil.rmtree(path) if is_folder(path) else path.unlink()


class Cache:
    """The results kept under a folder, sealed by a key. No method raises where the folder can't be used; `trouble` then says why.

    ``words``: the hash of a bureau's own words (`OwnWords.digest`), by which rosters are read otherwise; '' where there are none.
    """

    def __init__(self, folder: Path, key: bytes, words: str = "") -> None:
        self._secret = hashlib.sha256(key).digest()
        owner = hashlib.blake2b(b"packs", key=self._secret, digest_size=8).hexdigest()
        self.folder = folder
        self.packs = folder / "packs" / f"{_read_by(words)}-{owner}"
        self.reports = folder / "reports" / owner
        self.damaged: list[Path] = []
        self.unusable_reason: str | None = None

    @property
    def trouble(self) -> str | None:
        """A message about this cache for the user, as the end of a sentence; None where there is no trouble."""
        if self.unusable_reason is not None:
            return f"无法使用（{self.unusable_reason}），下次审核将重新读取"
        return "中有损坏的内容，已删除，改为重新读取或重新写出" if self.damaged else None

    def find_packs(self, wanted: Iterable[Content], work: Path) -> dict[Content, PackEntry]:
        """Copy the packs that hold wanted contents into ``work``, where nobody deletes them; gives the entry of each content found."""
        wanted, found = set(wanted), {}
        for folder in self._note_os_error(lambda: [path for path in list_folder(self.packs) if ITEM.fullmatch(path.name)]) or ():
            target = work / folder.name
            entries = self._take_or_delete(folder, partial(self._copy_pack, folder, wanted - found.keys(), target)) or {}
            found |= {content: PackEntry(target, number) for content, number in entries.items()}
            if entries:
                self._note_os_error(partial(os.utime, folder))
        return found

    def keep_pack(self, pack: Path, contents: dict[Content, int]) -> None:
        """Keep a pack. ``contents``, with their numbers in it, are those of its files whose result depends on nothing but their content."""
        self._note_os_error(lambda: self._write_pack(pack, contents, self.packs / pack.name))

    def take_or_make_report(self, name: str, target: Path, make: Callable[[], None]) -> bool:
        """Put the report ``name`` (a hash of all that it is made from) at ``target``; where it is not kept, call ``make``. Gives whether it was kept."""
        kept = self.reports / name
        content = self._take_or_delete(kept, lambda: self._read_report(kept))
        if content is not None:
            target.write_bytes(content)
            self._note_os_error(lambda: os.utime(kept))
            return True
        make()
        self._note_os_error(lambda: self._write_report(kept, target.read_bytes()))
        return False

    def delete_old(self, now: float | None = None) -> None:
        """Delete what no audit has used for `KEEP_DAYS`, and anything that lies in the place of an owner's folder."""
        before = (now or time.time()) - KEEP_DAYS * 86_400
        for path in self._note_os_error(lambda: list_items(self.folder)) or ():
            self._note_os_error(
                lambda path=path: delete_item(path) if path.parent.parent == self.folder or path.lstat().st_mtime < before else None
            )
        delete_empty_owners(self.folder)

    def check_all(self) -> tuple[int, int, int]:
        """Verify all that is kept, and delete the damaged; gives how many packs and reports are sound, and how many items are of other keys."""
        packs = reports = others = 0
        for own in (self.packs, self.reports):
            self._note_os_error(partial(os.listdir, own))  # notes an error where it can't be read
        for path in self._note_os_error(lambda: list_items(self.folder)) or ():
            if UNFINISHED.fullmatch(path.name):
                continue  # of an audit that was killed or is going on: it is never taken
            if self._is_own(path):
                sound = self.verify(path)
                packs += sound and path.parent != self.reports
                reports += sound and path.parent == self.reports
            elif path.parent.parent == self.folder:
                self._take_or_delete(path, _raise_damaged)
            else:
                others += 1
        return packs, reports, others

    def verify(self, item: Path) -> bool:
        """Whether a pack or report of this key is as it was kept; a damaged one is deleted."""
        self._take_or_delete(
            item, lambda: self._read_report(item) if item.parent == self.reports else self._read_tables(item, lambda *_: None)
        )
        return item not in self.damaged

    def _is_own(self, item: Path) -> bool:
        """Whether an item was kept under this key, by this or another version of the program."""
        same_key = item.parent.name[24:] == self.packs.name[24:]
        return item.parent == self.reports or (item.parent.parent == self.packs.parent and same_key)

    def _take_or_delete(self, item: Path, take: Callable[[], object]) -> object:
        """The result of ``take`` for an item; None where the item is not kept, or damaged, in which case it is deleted."""

        def act() -> object:
            try:
                return take()
            except (Damaged, FileNotFoundError):
                if os.path.lexists(item):
                    delete_item(item)
                    self.damaged.append(item)
                return None

        return self._note_os_error(act)

    def _note_os_error(self, act: Callable[[], object]) -> object:
        """The result of ``act``; None where it raises an OSError, whose reason is noted."""
        try:
            return act()
        except FileNotFoundError:
            return None  # deleted meanwhile
        except OSError as error:
            self.unusable_reason = os.strerror(error.errno) if error.errno else type(error).__name__
            return None

    def _seal(self, item: Path, content: bytes) -> bytes:
        """The seal of an item with this content, which needs the key."""
        total = hashlib.blake2b(f"{item.parent.name}/{item.name}\n".encode(), key=self._secret, person=b"kept", digest_size=_SEAL)
        total.update(content)
        return total.digest()

    def _read_list(self, pack: Path) -> dict:
        """The list of a pack. Raises Damaged."""
        text = read_bounded(pack / LIST)
        at = len(_LIST_BEGINS)
        seal, content = text[at : at + 2 * _SEAL], text[at + 2 * _SEAL :]
        if not text.startswith(_LIST_BEGINS) or not hmac.compare_digest(seal, self._seal(pack, content).hex().encode()):
            raise Damaged
        return json.loads(text)

    def _read_tables(self, pack: Path, use: Callable[[str, bytes], object]) -> dict:
        """Call ``use`` with the name and content of each table of a pack; gives its list. Raises Damaged."""
        listed = self._read_list(pack)
        for name in PACK_TABLES:
            content = read_bounded(pack / f"{name}.parquet")
            if hashlib.sha256(content).hexdigest() != listed["sums"][name]:
                raise Damaged
            use(name, content)
        return listed

    def _copy_pack(self, pack: Path, wanted: set[Content], target: Path) -> dict[Content, int]:
        """Copy a pack to ``target`` where it holds wanted contents; gives these with their numbers in the pack. Raises Damaged."""
        contents = {content: number for content, number in _contents_in_list(self._read_list(pack)).items() if content in wanted}
        if not contents:
            return contents
        target.mkdir()
        try:
            listed = self._read_tables(pack, lambda name, content: (target / f"{name}.parquet").write_bytes(content))
            if not contents.items() <= _contents_in_list(listed).items() & _contents_in_files_table(target).items():
                raise Damaged
        except BaseException:
            shutil.rmtree(target)
            raise
        return contents

    def _write_pack(self, pack: Path, contents: dict[Content, int], target: Path) -> None:
        paths = {name: pack / f"{name}.parquet" for name in PACK_TABLES}
        if max(path.stat().st_size for path in paths.values()) > MOST_BYTES:
            return
        with replace_file(target, 0o700) as unfinished:
            unfinished.mkdir(mode=0o700)
            sums = {}
            for name, path in paths.items():
                content = path.read_bytes()
                sums[name] = hashlib.sha256(content).hexdigest()
                (unfinished / path.name).write_bytes(content)
            listed = json.dumps({"files": [[*content, number] for content, number in contents.items()], "sums": sums})
            after = f'", {listed[1:]}'.encode()
            (unfinished / LIST).write_bytes(_LIST_BEGINS + self._seal(target, after).hex().encode() + after)

    def _read_report(self, report: Path) -> bytes:
        """The content of a kept report. Raises Damaged."""
        text = read_bounded(report)
        content = text[_SEAL:]
        if not hmac.compare_digest(text[:_SEAL], self._seal(report, content)):
            raise Damaged
        return content

    def _write_report(self, report: Path, content: bytes) -> None:
        if len(content) + _SEAL > MOST_BYTES:
            return
        with replace_file(report, 0o700) as unfinished:
            unfinished.write_bytes(self._seal(report, content) + content)


def _raise_damaged() -> None:
    raise Damaged


def _contents_in_list(listed: dict) -> dict[Content, int]:
    return {(sha256, suffix): number for sha256, suffix, number in listed["files"]}


def _contents_in_files_table(pack: Path) -> dict[Content, int]:
    """The contents of a pack's files with their numbers, by its table of files."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(pack / "files.parquet", columns=["sha256", "suffix", "file_no"])
    return {(sha256, suffix): number for sha256, suffix, number in zip(*(column.to_pylist() for column in table.columns))}
