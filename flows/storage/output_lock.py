"""The lock file of an output folder, so that one run at a time writes there."""

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

_PATIENCE = 0.5  # seconds to wait for the lock: as long as a run that ends may need to let go
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_NO_LOCKS_WINDOWS = frozenset({1, 50})  # ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED


@contextmanager
def held(path: Path, out: Path) -> Iterator[bool]:
    """Hold the lock file ``path``, which is ``out``'s; gives False where the file system knows no locks. Raises CannotRun where another holds it.

    The lock file is deleted at the end. On Unix a lock is on a file, not on its name, and a process that opened the file
    before it was deleted may get a lock nobody else sees. So only the holder deletes the file, before letting go; and
    nobody counts as the holder who, with the lock in hand, finds the name gone or given to another file (filelock asks
    for the number of names, `_sign` for this name).
    """
    lock = FileLock(path, timeout=_PATIENCE, thread_local=False, fallback_to_soft=False, on_acquired=partial(_sign, path))
    try:
        lock.acquire()
    except Timeout as error:
        raise Busy(
            f"另一次审核正在写入输出文件夹“{out}”（{_holder(path)}），也可能在共用此文件夹的另一台电脑上。请等它结束后再运行，或用 --out 另指一个文件夹"
        ) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS and getattr(error, "winerror", None) not in _NO_LOCKS_WINDOWS:
            raise
    try:
        yield lock.is_locked
    finally:
        try:
            _forget(path, lock.is_locked)
        finally:
            lock.release()


def _sign(path: Path, fd: int) -> None:
    """Write into the lock file who holds it: pid and start. Raises Timeout where ``path`` no longer names that file.

    The first byte is left blank: on Windows it is what is locked, and nobody else can read it.
    """
    if os.name == "posix" and not (path.exists() and os.path.samestat(path.stat(), os.fstat(fd))):
        raise Timeout(str(path))
    os.ftruncate(fd, 0)
    try:
        os.write(fd, f" {os.getpid()} {dt.datetime.now():%Y-%m-%d %H:%M:%S}\n".encode("ascii"))
    except OSError as error:
        if error.errno not in FULL:  # a full disk may have room again once what a killed run left is deleted
            raise


def _holder(path: Path) -> str:
    """Who holds a lock, as far as its file tells."""
    found = None
    with suppress(OSError):  # let go of meanwhile, or a file system on which only the holder may read
        with path.open("rb", buffering=0) as file:
            file.seek(1)
            found = re.match(rb"(\d+) (\d+-\d+-\d+ \d+:\d+:\d+)", file.read(100))
    return f"进程号 {found[1].decode()}，{found[2].decode()} 开始" if found else "刚开始或即将结束"


def _forget(path: Path, locked: bool) -> None:
    """Delete the lock file: a held one on Unix (filelock does it on Windows), or where locks are unknown an unsigned one."""
    with suppress(FileNotFoundError):
        if os.name == "posix" if locked else path.stat().st_size == 0:
            path.unlink()
