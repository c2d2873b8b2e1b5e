"""What Python lacks to write to a disk safely: a lock on a folder, two folders exchanged in one step, a folder synced, a rename with patience,
and what the user names written whole or not at all.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import errno
import os
import re
import shutil
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from guantong.flows.errors import DISK_FULL, Busy, CannotRun
from guantong.flows.storage.output_record import display_path
from guantong.reports.output_files import replace_file

# errno of a call that a system does not know. EPERM comes from a sandbox; what is really forbidden fails with plain renames too.
UNKNOWN_CALL = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})
_RENAME_WAITS = (0.1, 0.3, 1.0)  # seconds; on Windows a virus scanner holds new files for a moment
_AT_FDCWD, _SWAP = -100, 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS are the same number
_LOCK_SECONDS = 0.5  # to wait for the lock: as long as a run that ends may need to unlock it
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
_NO_LOCKS_WINDOWS = frozenset({1, 50})  # ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED


def rename(path: Path, to: Path) -> None:
    """Rename, and try again a few times where another program still has the file open. Raises OSError."""
    for seconds in _RENAME_WAITS:
        try:
            return os.rename(path, to)
        except PermissionError:
            time.sleep(seconds)
    os.rename(path, to)


def exchange(first: Path, second: Path) -> None:
    """Exchange two folders in one step. Raises OSError, with an errno of `UNKNOWN_CALL` where system or file system don't know how."""
    paths = os.fsencode(first), os.fsencode(second)
    if sys.platform == "linux":
        code = _call_c_library("renameat2", _AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _SWAP)
    else:
        code = _call_c_library("renamex_np", *paths, _SWAP) if sys.platform == "darwin" else errno.ENOSYS
    if code:
        raise OSError(code, os.strerror(code), str(first), None, str(second))


def _call_c_library(name: str, *arguments: int | bytes) -> int:
    """Call a function of the C library; gives 0 or the error number, ENOSYS where the library has no such function."""
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        return errno.ENOSYS
    return ctypes.get_errno() if function(*arguments) else 0


def sync_folder(folder: Path) -> None:
    """Write all that ``folder`` holds to the disk, so that a power cut leaves no empty files. Raises OSError.

    On Linux the whole file system at once: for a thousand reports that takes a sixth of the time that file by file takes.
    """
    if sys.platform == "linux":
        with _open_descriptor(folder) as fd:
            code = _call_c_library("syncfs", fd)
        if not code:
            return
        if code not in UNKNOWN_CALL:
            raise OSError(code, os.strerror(code), str(folder))
    for path in (*folder.rglob("*"), folder):
        sync(path)


def sync(path: Path) -> None:
    """Write a file or a folder to the disk; for folders only where the system can. Raises OSError."""
    if os.name == "nt" and path.is_dir():
        return
    try:
        with _open_descriptor(path) as fd:
            os.fsync(fd)
    except OSError as error:
        if error.errno not in UNKNOWN_CALL or not path.is_dir():
            raise


@contextmanager
def _open_descriptor(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


def describe_write_error(error: OSError) -> str:
    """Why a file or folder can't be written, in Chinese."""
    if error.errno in DISK_FULL:
        return "磁盘已满"
    if error.errno == errno.EROFS:
        return "磁盘是只读的"
    if error.errno == errno.ENAMETOOLONG:
        return "名称太长"
    if isinstance(error, IsADirectoryError):
        return "那里有一个同名的文件夹"
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "路径里有一段是文件，不是文件夹"
    if isinstance(error, PermissionError):
        return "没有写入权限，或正被其他程序占用"
    if error.errno == errno.EBUSY:
        return "它是挂载点，或正被占用；请用 --out 指它下面的一个文件夹"
    return f"错误号 {error.errno}"


@contextmanager
def hold_lock(path: Path, out: Path) -> Iterator[bool]:
    """Lock the file ``path`` for ``out``, so that one run at a time writes there; gives False where the file system knows no locks. Raises Busy where another process has the lock.

    The system unlocks the file when the process ends, however it ends; else it is deleted at the end. On Unix a lock is on a file, not on its name, and a process that opened the file
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
        if error.errno not in DISK_FULL:  # a full disk may have room again once what a killed run left is deleted
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


@contextmanager
def explaining_write_errors(target: Path) -> Iterator[None]:
    """Raise CannotRun with a message in Chinese where an OSError keeps ``target`` from being written."""
    try:
        yield
    except OSError as error:
        raise CannotRun(f"无法写入“{display_path(target)}”：{describe_write_error(error)}，没有写出任何内容") from error


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a path beside ``target`` that is moved there at the end. Where anything fails no file is left. Raises CannotRun."""
    from xlsxwriter.exceptions import FileCreateError

    with explaining_write_errors(target):
        try:
            with replace_file(target) as unfinished:
                yield unfinished
        except FileCreateError as error:
            raise error.args[0] from None


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder in ``folder``, which is empty or missing; its content is moved up into ``folder`` at the end.

    Where anything fails ``folder`` is left empty. Raises CannotRun, also where ``folder`` is not empty at the start.
    """
    with explaining_write_errors(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CannotRun(f"“{display_path(folder)}”不是空的文件夹，请另指一个")
        unfinished = folder / f".{uuid.uuid4().hex}"
        unfinished.mkdir(parents=True)
        try:
            yield unfinished
            for path in unfinished.iterdir():
                path.rename(folder / path.name)
        finally:
            shutil.rmtree(unfinished)
