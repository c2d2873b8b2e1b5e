"""Results kept by content, so that a rerun reads and writes only what has changed.

A *pack* holds the tables of some files (`schemas.batch`), a *report* is a workbook. Both are named by hashes of all
that they are made from: file, schema, policy, program. Each is sealed by the user's key: what is damaged, half written, put under
another name or planted by one who lacks the key is not taken. It is deleted, with a message, and made anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from guantong.flows.records import PackEntry
from guantong.flows.storage.cache_files import (
    ITEM,
    MOST_BYTES,
    UNFINISHED,
    Damaged,
    delete_empty_owners,
    delete_item,
    list_folder,
    list_items,
    put_whole,
    read_bounded,
)
from guantong.flows.storage.code_hash import code_hash
from guantong.schemas import PACK_TABLES

KEEP_DAYS = 45  # what no audit has used for so long is deleted: a monthly audit finds its last run's
LIST = "pack.json"
_SEAL = 32  # bytes
_LIST_BEGINS = b'{"seal": "'
Content = tuple[str, str]  # sha256 and suffix of a file


class Cache:
    """The results kept under a folder, sealed by a key. No method raises where the folder can't be used; `trouble` then says why."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._secret = hashlib.sha256(key).digest()
        owner = hashlib.blake2b(b"packs", key=self._secret, digest_size=8).hexdigest()
        self.folder = folder
        self.packs = folder / "packs" / f"{code_hash('schemas')}-{owner}"
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
        with put_whole(target) as unfinished:
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
        with put_whole(report) as unfinished:
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
