"""The lock file beside an output folder or in a folder of runs: one run at a time writes there.

The system unlocks the file when the process that locked it ends, however it ends.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from guantong.flows.errors import Busy
from guantong.flows.storage.disk import FULL

_LOCK_SECONDS = 0.5  # to wait for the lock: as long as a run that ends may need to unlock it
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_NO_LOCKS_WINDOWS = frozenset({1, 50})  # ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED


@contextmanager
def hold_lock(path: Path, out: Path) -> Iterator[bool]:
    """Lock the file ``path`` for ``out``; gives False where the file system knows no locks. Raises Busy where another process has the lock.

    The lock file is deleted at the end. On Unix a lock is on a file, not on its name, and a process that opened the file
    before it was deleted may get a lock that nobody else sees. So only the holder deletes the file, before unlocking; and
    a process that has the lock, but finds the name gone or given to another file, is no holder (filelock checks
    the number of names, `_write_holder` this name).
    """
    lock = FileLock(path, timeout=_LOCK_SECONDS, thread_local=False, fallback_to_soft=False, on_acquired=partial(_write_holder, path))
    try:
        lock.acquire()
    except Timeout as error:
        raise Busy(
            f"另一次审核正在写入输出文件夹“{out}”（{_describe_holder(path)}），也可能在共用此文件夹的另一台电脑上。请等它结束后再运行，或用 --out 另指一个文件夹"
        ) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS and getattr(error, "winerror", None) not in _NO_LOCKS_WINDOWS:
            raise
    try:
        yield lock.is_locked
    finally:
        try:
            _delete_lock_file(path, lock.is_locked)
        finally:
            lock.release()


def _write_holder(path: Path, fd: int) -> None:
    """Write pid and time into the lock file. Raises Timeout where ``path`` no longer names that file.

    The first byte is left blank: on Windows it is the locked part, which nobody else can read.
    """
    if os.name == "posix" and not (path.exists() and os.path.samestat(path.stat(), os.fstat(fd))):
        raise Timeout(str(path))
    os.ftruncate(fd, 0)
    try:
        os.write(fd, f" {os.getpid()} {dt.datetime.now():%Y-%m-%d %H:%M:%S}\n".encode("ascii"))
    except OSError as error:
        if error.errno not in FULL:  # a full disk may have room again once what a killed run left is deleted
            raise


def _describe_holder(path: Path) -> str:
    """The process that has a lock and since when, in Chinese, as far as its file says."""
    holder = None
    with suppress(OSError):  # unlocked meanwhile, or a file system on which only the holder may read
        with path.open("rb", buffering=0) as file:
            file.seek(1)
            holder = re.match(rb"(\d+) (\d+-\d+-\d+ \d+:\d+:\d+)", file.read(100))
    return f"进程号 {holder[1].decode()}，{holder[2].decode()} 开始" if holder else "刚开始或即将结束"


def _delete_lock_file(path: Path, locked: bool) -> None:
    """Delete the lock file: a locked one on Unix (filelock does it on Windows); where locks are unknown, one in which nobody has written."""
    with suppress(FileNotFoundError):
        if os.name == "posix" if locked else path.stat().st_size == 0:
            path.unlink()
