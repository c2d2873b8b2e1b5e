"""How the files of an output are called, and how each is written whole or not at all."""

import base64
import hashlib
import os
import shutil
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guantong.schemas.text import mask_numbers


def digest(text: str) -> str:
    """Sixteen letters and digits that stand for `text` in a file name: eighty bits, so that no two are found that share them."""
    return base64.b32encode(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:10]).decode().lower()


def slug(text: str, longest: int = 120) -> str:
    """`text` as a part of a file name, of at most `longest` bytes: letters and digits of any script, numbers of people masked, the rest as `_`."""
    plain = mask_numbers(unicodedata.normalize("NFKC", text))
    kept = "".join(c if c.isalnum() else " " for c in plain)
    return "_".join(kept.split()).encode()[:longest].decode(errors="ignore").rstrip("_") or "unnamed"


@contextmanager
def replace_file(target: Path, parent_mode: int = 0o777) -> Iterator[Path]:
    """Yield a temporary path beside `target`, for a file or a folder; on leaving without an error it becomes `target`.

    Whatever raises inside leaves the last `target` as it was, and nothing temporary. A missing parent is made, with `parent_mode`.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=parent_mode)
    temporary = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        shutil.rmtree(temporary) if temporary.is_dir() else temporary.unlink(missing_ok=True)


@contextmanager
def replace_folder(target: Path) -> Iterator[Path]:
    """`replace_file`, for a folder that does not stand there yet."""
    with replace_file(target) as temporary:
        temporary.mkdir()
        yield temporary
