"""Calls to the file system that Python lacks or that need patience: exchange two folders in one step, have a folder on the disk, rename."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# errno of a call that a system does not know. EPERM comes from a sandbox; what is really forbidden fails with plain renames too.
UNKNOWN_CALL = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})
_RENAME_WAITS = (0.1, 0.3, 1.0)  # seconds; on Windows a virus scanner holds new files for a moment
_AT_FDCWD, _SWAP = -100, 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS are the same number


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
    if error.errno in FULL:
        return "磁盘已满"
    if error.errno == errno.EROFS:
        return "磁盘是只读的"
    if error.errno == errno.ENAMETOOLONG:
        return "名称太长"
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "路径里有一段是文件，不是文件夹"
    if isinstance(error, PermissionError):
        return "没有写入权限，或正被其他程序占用"
    if error.errno == errno.EBUSY:
        return "它是挂载点，或正被占用；请用 --out 指它下面的一个文件夹"
    return f"错误号 {error.errno}"
