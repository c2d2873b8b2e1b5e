"""One file's bytes, read once: what can't be opened is refused with its reason."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from guantong.schemas.inspection import MAX_BYTES
from guantong.schemas.workbook import Refusal, fault


def read_bytes(path: Path) -> bytes:
    """The content of a regular file. Raises Refusal: no_permission, vanished, too_large, not_a_workbook or unreadable_file.

    Pipes, sockets and devices are told before they are read from: opening a pipe would wait for ever.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise Refusal("not_a_workbook", "不是普通文件")
            if about.st_size > MAX_BYTES:
                raise Refusal("too_large", f"文件大于{MAX_BYTES / 1e6:.0f}兆字节")
            return file.read(about.st_size)  # a file that grows meanwhile is read as it was; more would set aside memory for more
    except OSError as error:
        raise refusal_of(error, path) from error


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
