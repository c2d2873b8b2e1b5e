"""What an output needs of the file system beyond Python's own calls: two folders exchanged in one step, all that is written on the disk."""

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
# How a system says that it does not know a call. EPERM is a sandbox's way; what is really forbidden fails the other way too.
UNKNOWN_CALL = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM})
_RENAME_AGAIN = (0.1, 0.3, 1.0)  # seconds; on Windows a virus scanner holds new files for a moment
_AT_FDCWD, _SWAP = -100, 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS are the same number


def rename(path: Path, to: Path) -> None:
    """Rename, again after a while where it is refused. Raises OSError."""
    for seconds in _RENAME_AGAIN:
        try:
            return os.rename(path, to)
        except PermissionError:
            time.sleep(seconds)
    os.rename(path, to)


def exchange(one: Path, other: Path) -> None:
    """Exchange two folders in one step. Raises OSError, of `UNKNOWN_CALL` where system or file system don't know how."""
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux":
        code = _call("renameat2", _AT_FDCWD, first, _AT_FDCWD, second, _SWAP)
    else:
        code = _call("renamex_np", first, second, _SWAP) if sys.platform == "darwin" else errno.ENOSYS
    if code:
        raise OSError(code, os.strerror(code), str(one), None, str(other))


def _call(name: str, *arguments: int | bytes) -> int:
    """Call a function of the C library; gives 0 or the error number, ENOSYS where the library has no such function."""
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        return errno.ENOSYS
    return ctypes.get_errno() if function(*arguments) else 0


def flush(folder: Path) -> None:
    """Have all that ``folder`` holds on the disk, so that a power cut leaves no empty files. Raises OSError.

    On Linux the whole file system at once: for a thousand reports that takes a sixth of the time of file by file.
    """
    if sys.platform == "linux":
        with _opened(folder) as fd:
            code = _call("syncfs", fd)
        if not code:
            return
        if code not in UNKNOWN_CALL:
            raise OSError(code, os.strerror(code), str(folder))
    for path in (*folder.rglob("*"), folder):
        fsync(path)


def fsync(path: Path) -> None:
    """Have a file or a folder on the disk; a system that can't do that for folders need not."""
    if os.name == "nt" and path.is_dir():
        return
    try:
        with _opened(path) as fd:
            os.fsync(fd)
    except OSError as error:
        if error.errno not in UNKNOWN_CALL or not path.is_dir():
            raise


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


def reason_of(error: OSError) -> str:
    """Why something can't be written, in Chinese."""
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
