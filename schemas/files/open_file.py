"""One file's bytes, read once: what can't be opened is refused with its reason."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from pathlib import Path

from guantong.schemas.files.formats import MAX_BYTES
from guantong.schemas.files.refusal import Refusal, fault


def read_bytes(path: Path, root: Path | None = None) -> bytes:
    """The content of a regular file. Raises Refusal: no_permission, vanished, too_large, not_a_workbook, unreadable_file or outside_link.

    Pipes, sockets and devices are told before they are read from: opening a pipe would wait for ever. ``root``: the folder, without a
    link in its path, that the file has to lie in. It is the file as opened that is looked at: what its path leads to may have changed
    since a look at that, and change again.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(file.fileno())
            if root is not None and not _where(file.fileno(), path).is_relative_to(root):
                raise Refusal("outside_link", "所指的是文件")
            if not stat.S_ISREG(about.st_mode):
                raise Refusal("not_a_workbook", "不是普通文件")
            if about.st_size > MAX_BYTES:
                raise Refusal("too_large", f"文件大于{MAX_BYTES / 1e6:.0f}兆字节")
            return file.read(about.st_size)  # a file that grows meanwhile is read as it was; more would set aside memory for more
    except OSError as error:
        raise refusal_of(error, path) from error


def read_same(path: Path, sha256: str) -> bytes:
    """The content of a file that was read before. Raises Refusal as `read_bytes`, and changed where it is another by now."""
    data = read_bytes(path)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refusal("changed")
    return data


def _where(descriptor: int, path: Path) -> Path:
    """Where an open file lies, all links resolved. Raises OSError where the system can't tell."""
    if sys.platform == "linux":
        return Path(os.readlink(f"/proc/self/fd/{descriptor}"))
    if sys.platform == "darwin":
        import fcntl

        return Path(os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")))
    if sys.platform == "win32":
        return _where_on_windows(descriptor)
    found = path.resolve(strict=True)
    if not os.path.samestat(os.lstat(found), os.fstat(descriptor)):
        raise FileNotFoundError(errno.ENOENT, "another file by now", str(path))
    return found


if sys.platform == "win32":

    def _where_on_windows(descriptor: int) -> Path:
        import ctypes
        import msvcrt

        size = 32_768  # characters of the longest path
        buffer = ctypes.create_unicode_buffer(size)
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))
        if not 0 < ctypes.windll.kernel32.GetFinalPathNameByHandleW(handle, buffer, size, 0) < size:
            raise ctypes.WinError()
        return Path(buffer.value.replace("\\\\?\\UNC\\", "\\\\", 1).removeprefix("\\\\?\\"))


def suffix_of(path: Path) -> str:
    """A file's suffix as it tells the format: lower case, blanks at the end of a name passed over."""
    return path.suffix.strip().lower()


def refusal_of(error: OSError, path: Path) -> Refusal:
    """Why a file can't be opened, as a refusal."""
    if isinstance(error, FileNotFoundError):
        return Refusal("vanished", "链接所指的文件不存在" if os.path.islink(path) else "读取时文件已不存在")
    if error.errno == errno.ELOOP:
        return Refusal("vanished", "链接指向自身")
    if isinstance(error, PermissionError):
        return Refusal("no_permission")
    if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):  # a socket can't even be opened
        return Refusal("not_a_workbook", "不是普通文件")
    return Refusal("unreadable_file", fault(error))
