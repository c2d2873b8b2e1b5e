"""Small files that others have written: policies, rule books. What is no regular file, or far too large, is not read at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class FileNotRead(Exception):
    """A file that is there and is not read; the message, in Chinese, says why."""


def read_small_file(path: Path, most: int) -> bytes:
    """The content of a file of at most ``most`` bytes. Raises FileNotRead, and OSError where there is none that may be read.

    Pipes and devices are told before they are read from: opening a pipe would wait for ever.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotRead("不是普通文件")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise FileNotRead(f"大于{most // 1000}千字节")
    return content
