"""Results kept by content, so that a rerun reads and writes only what has changed.

A *pack* holds the tables of some files (`schemas.batch`), a *report* is a workbook. Both are named by hashes of all
that they are made from: file, schema, policy, program. Each is sealed by the user's key: what is damaged, half written, put under
another name or planted by one who lacks the key is not taken. It is deleted, told, and made anew.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from guantong.flows.records import PackEntry
from guantong.schemas import PACK_TABLES

KEEP_DAYS = 45  # what no audit has used for so long is deleted: a monthly audit finds its last run's
LIST = "pack.json"
MOST_BYTES = 100_000_000  # of a file: a larger one is not kept, and none that lies there is read
_SEAL = 32  # bytes
_LIST_BEGINS = b'{"seal": "'
_OWNERS = re.compile(r"packs/[0-9a-f]{24}-[0-9a-f]{16}|reports/([0-9a-f]{2}|[0-9a-f]{16})")  # two digits: as kept by an earlier version
_ITEM = re.compile(r"[0-9a-f]{16}|[0-9a-f]{40}")
_HALF = re.compile(r"\.([0-9a-f]{16}|[0-9a-f]{40})\.[0-9a-f]{8}")  # see `whole`
_LIBRARIES = ("duckdb", "pandas", "pandera", "pyarrow", "olefile", "python-calamine", "XlsxWriter")


@cache
def code_hash(*packages: str) -> str:
    """A hash of the code and data of some of guantong's packages, and of the libraries that they use."""
    total = hashlib.blake2b(digest_size=12)
    for library in _LIBRARIES:
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


Content = tuple[str, str]  # sha256 and suffix of a file


class Damaged(Exception):
    """What lies there is not what was kept."""


class Cache:
    """The results kept under a folder, sealed by a key. Nothing here raises for a folder that can't be used: `trouble` then says why."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._secret = hashlib.sha256(key).digest()
        owner = hashlib.blake2b(b"packs", key=self._secret, digest_size=8).hexdigest()
        self.folder = folder
        self.packs = folder / "packs" / f"{code_hash('schemas')}-{owner}"
        self.reports = folder / "reports" / owner
        self.damaged: list[Path] = []
        self.unusable: str | None = None

    @property
    def trouble(self) -> str | None:
        """What a user is to be told of this cache."""
        if self.unusable is not None:
            return f"无法使用（{self.unusable}），下次审核将重新读取"
        return "中有损坏的内容，已删除，改为重新读取或重新写出" if self.damaged else None

    def find(self, wanted: Iterable[Content], work: Path) -> dict[Content, PackEntry]:
        """The places of the contents (sha256, suffix) that are kept, their packs put into ``work``, where nobody deletes them."""
        wanted, found = set(wanted), {}
        for folder in self._try(lambda: [path for path in _inside(self.packs) if _ITEM.fullmatch(path.name)]) or ():
            target = work / folder.name
            here = self._sound(folder, partial(self._take, folder, wanted - found.keys(), target)) or {}
            found |= {content: PackEntry(target, number) for content, number in here.items()}
            if here:
                self._try(partial(os.utime, folder))
        return found

    def keep(self, pack: Path, contents: dict[Content, int]) -> None:
        """Keep a pack: ``contents`` are those of its files whose result depends on nothing but their content."""
        self._try(lambda: self._keep(pack, contents, self.packs / pack.name))

    def report(self, name: str, target: Path, make: Callable[[], None]) -> bool:
        """Put the report ``name`` (a hash of all that it is made from) at ``target``, made by ``make`` where it is not kept; gives whether it was."""
        kept = self.reports / name
        content = self._sound(kept, lambda: self._opened(kept))
        if content is not None:
            target.write_bytes(content)
            self._try(lambda: os.utime(kept))
            return True
        make()
        self._try(lambda: self._write(kept, target.read_bytes()))
        return False

    def forget_old(self, now: float | None = None) -> None:
        """Delete what no audit has used for `KEEP_DAYS`, and whatever stands where the folder of an owner should."""
        before = (now or time.time()) - KEEP_DAYS * 86_400
        for path in self._try(lambda: items(self.folder)) or ():
            self._try(lambda path=path: remove(path) if path.parent.parent == self.folder or path.lstat().st_mtime < before else None)
        forget_empty(self.folder)

    def check(self) -> tuple[int, int, int]:
        """Look at all that is kept; gives how many (packs, reports) are sound, and how many are of other keys. The damaged are deleted."""
        packs = reports = others = 0
        for own in (self.packs, self.reports):
            self._try(partial(os.listdir, own))  # whether it can be looked at
        for path in self._try(lambda: items(self.folder)) or ():
            if _HALF.fullmatch(path.name):
                continue  # of a killed audit, or one at work: nobody takes it
            if self._owns(path):
                sound = self.verify(path)
                packs += sound and path.parent != self.reports
                reports += sound and path.parent == self.reports
            elif path.parent.parent == self.folder:
                self._sound(path, _no_folder)
            else:
                others += 1
        return packs, reports, others

    def verify(self, item: Path) -> bool:
        """Whether a pack or report of this key is as it was kept; a damaged one is deleted."""
        self._sound(item, lambda: self._opened(item) if item.parent == self.reports else self._tables(item, lambda *_: None))
        return item not in self.damaged

    def _owns(self, item: Path) -> bool:
        """Whether an item was kept under this key, be it by another version of the program."""
        same_key = item.parent.name[24:] == self.packs.name[24:]
        return item.parent == self.reports or (item.parent.parent == self.packs.parent and same_key)

    def _sound(self, item: Path, take: Callable[[], object]) -> object:
        """What ``take`` gives of an item; None where that is not kept, or damaged: then it is deleted."""

        def act() -> object:
            try:
                return take()
            except (Damaged, FileNotFoundError):
                if os.path.lexists(item):
                    remove(item)
                    self.damaged.append(item)
                return None

        return self._try(act)

    def _try(self, act: Callable[[], object]) -> object:
        try:
            return act()
        except FileNotFoundError:
            return None  # deleted meanwhile
        except OSError as error:
            self.unusable = os.strerror(error.errno) if error.errno else type(error).__name__
            return None

    def _seal(self, item: Path, content: bytes) -> bytes:
        """What only who has the key can put to a content of that name."""
        total = hashlib.blake2b(f"{item.parent.name}/{item.name}\n".encode(), key=self._secret, person=b"kept", digest_size=_SEAL)
        total.update(content)
        return total.digest()

    def _list(self, pack: Path) -> dict:
        """The list of a pack. Raises Damaged."""
        text = read_kept(pack / LIST)
        at = len(_LIST_BEGINS)
        seal, content = text[at : at + 2 * _SEAL], text[at + 2 * _SEAL :]
        if not text.startswith(_LIST_BEGINS) or not hmac.compare_digest(seal, self._seal(pack, content).hex().encode()):
            raise Damaged
        return json.loads(text)

    def _tables(self, pack: Path, use: Callable[[str, bytes], object]) -> dict:
        """Call ``use`` with the name and content of each table of a pack; gives its list. Raises Damaged."""
        listed = self._list(pack)
        for name in PACK_TABLES:
            content = read_kept(pack / f"{name}.parquet")
            if hashlib.sha256(content).hexdigest() != listed["sums"][name]:
                raise Damaged
            use(name, content)
        return listed

    def _take(self, pack: Path, wanted: set[Content], target: Path) -> dict[Content, int]:
        """Put a pack into the work folder where it holds something wanted; gives that, and its numbers. Raises Damaged."""
        here = {content: number for content, number in _contents_of(self._list(pack)).items() if content in wanted}
        if not here:
            return here
        target.mkdir()
        try:
            listed = self._tables(pack, lambda name, content: (target / f"{name}.parquet").write_bytes(content))
            if not here.items() <= _contents_of(listed).items() & _digests(target).items():
                raise Damaged
        except BaseException:
            shutil.rmtree(target)
            raise
        return here

    def _keep(self, pack: Path, contents: dict[Content, int], target: Path) -> None:
        paths = {name: pack / f"{name}.parquet" for name in PACK_TABLES}
        if max(path.stat().st_size for path in paths.values()) > MOST_BYTES:
            return
        with whole(target) as fresh:
            fresh.mkdir(mode=0o700)
            sums = {}
            for name, path in paths.items():
                content = path.read_bytes()
                sums[name] = hashlib.sha256(content).hexdigest()
                (fresh / path.name).write_bytes(content)
            listed = json.dumps({"files": [[*content, number] for content, number in contents.items()], "sums": sums})
            after = f'", {listed[1:]}'.encode()
            (fresh / LIST).write_bytes(_LIST_BEGINS + self._seal(target, after).hex().encode() + after)

    def _opened(self, report: Path) -> bytes:
        """The content of a kept report. Raises Damaged."""
        text = read_kept(report)
        content = text[_SEAL:]
        if not hmac.compare_digest(text[:_SEAL], self._seal(report, content)):
            raise Damaged
        return content

    def _write(self, report: Path, content: bytes) -> None:
        if len(content) + _SEAL > MOST_BYTES:
            return
        with whole(report) as fresh:
            fresh.write_bytes(self._seal(report, content) + content)


def items(folder: Path) -> list[Path]:
    """The packs and reports of a cache, half-written ones too, and what stands where the folder of their owner should.

    Nothing that is called otherwise, and nothing that is reached through a link: that is somebody else's.
    """
    found = []
    for kind in ("packs", "reports"):
        for owner in _inside(folder / kind):
            if _OWNERS.fullmatch(f"{kind}/{owner.name}"):
                found += _inside(owner) if _is_folder(owner) else [owner]
    return [path for path in found if path.parent.parent == folder or _ITEM.fullmatch(path.name) or _HALF.fullmatch(path.name)]


def forget_empty(folder: Path) -> None:
    """Delete the folders of owners of whom a cache holds nothing."""
    for kind in ("packs", "reports"):
        for owner in folder.glob(f"{kind}/*"):
            if _OWNERS.fullmatch(f"{kind}/{owner.name}") and _is_folder(owner):
                with suppress(OSError):  # it holds something
                    owner.rmdir()


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if _is_folder(folder) else []
    except PermissionError:
        return []  # of another user of a shared cache


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _no_folder() -> None:
    raise Damaged


def _contents_of(listed: dict) -> dict[Content, int]:
    return {(sha256, suffix): number for sha256, suffix, number in listed["files"]}


def _digests(pack: Path) -> dict[Content, int]:
    """The contents of a pack's files, as its own table of files has them."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(pack / "files.parquet", columns=["sha256", "suffix", "file_no"])
    return {(sha256, suffix): number for sha256, suffix, number in zip(*(column.to_pylist() for column in table.columns))}


def read_kept(path: Path) -> bytes:
    """A file's content. Raises Damaged where there is something else: a folder, a link, a pipe, more than `MOST_BYTES`."""
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


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A path beside ``target`` for a file or a folder, which takes its place in the end: what is kept is whole, or is not there."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        yield fresh
        fresh.replace(target)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True) if fresh.is_dir() else fresh.unlink(missing_ok=True)
        raise


def remove(path: Path) -> None:
    """Delete a file or a link, or a folder with all that it holds."""
    shutil.rmtree(path) if _is_folder(path) else path.unlink()
