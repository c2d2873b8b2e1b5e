"""The files and folders of a cache: which are its own, how one is read safely, written whole and deleted."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MOST_BYTES = 100_000_000  # of a file: a larger one is not kept, and none that lies there is read
_OWNERS = re.compile(r"packs/[0-9a-f]{24}-[0-9a-f]{16}|reports/([0-9a-f]{2}|[0-9a-f]{16})")  # two digits: as kept by an earlier version
ITEM = re.compile(r"[0-9a-f]{16}|[0-9a-f]{40}")
UNFINISHED = re.compile(r"\.([0-9a-f]{16}|[0-9a-f]{40})\.[0-9a-f]{8}")  # see `put_whole`


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


@contextmanager
def put_whole(target: Path) -> Iterator[Path]:
    """Give a path beside ``target`` for a file or a folder, which is moved there at the end; nothing is left where that fails."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        yield unfinished
        unfinished.replace(target)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True) if unfinished.is_dir() else unfinished.unlink(missing_ok=True)
        raise


def delete_item(path: Path) -> None:
    """Delete a file or a link, or a folder with all that it holds."""
    shutil.rmtree(path) if is_folder(path) else path.unlink()
