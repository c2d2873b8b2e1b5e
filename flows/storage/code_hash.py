"""A hash of the program, so that what another version has made is not taken from the cache, and every machine of a cluster runs the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from importlib.resources import files

# Those that decide what is written.
LIBRARIES = ("duckdb", "lxml", "pandas", "pandera", "pyarrow", "olefile", "python-calamine", "XlsxWriter")


@cache
def code_hash(*packages: str) -> str:
    """A hash of the code and data of some of guantong's packages, and of the libraries that they use."""
    total = hashlib.blake2b(digest_size=12)
    for library in LIBRARIES:
        total.update(f"{library} {version(library)}\n".encode())
    for package in packages:
        for name, content in sorted(_contents(files(f"guantong.{package}"), package)):
            total.update(f"{name} {len(content)}\n".encode() + content)
    return total.hexdigest()


def _contents(folder: object, name: str) -> Iterable[tuple[str, bytes]]:
    for item in folder.iterdir():
        path = f"{name}/{item.name}"
        if item.is_dir() and item.name != "__pycache__":
            yield from _contents(item, path)
        elif item.is_file() and not item.name.endswith(".pyc"):
            yield path, item.read_bytes()
