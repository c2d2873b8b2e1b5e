"""Results kept by content, so that a rerun reads and writes only what has changed.

A *pack* holds the tables of some files (`schemas.batch`), a *report* is a workbook. Both are named by hashes of all
that they are made from: file, schema, policy, program. What is damaged or half written is not taken: it is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from platformdirs import user_cache_path

from guantong.flows.publishing import CannotRun
from guantong.flows.store import SCHEME, folder_name, prefix_of, work_folder
from guantong.schemas import TABLES

VARIABLE = "GUANTONG_CACHE"
KEEP_DAYS = 45  # what no audit has used for so long is deleted: a monthly audit finds its last run's
LIST = "pack.json"
_LIBRARIES = ("duckdb", "openpyxl", "pandas", "pandera", "pyarrow", "olefile", "python-calamine", "XlsxWriter")


def stored_at() -> str | None:
    """The address of the cache in a store, where ``GUANTONG_CACHE`` is one. Raises CannotRun for an address of another kind."""
    given = os.environ.get(VARIABLE, "")
    if "://" not in given:
        return None
    if not given.startswith(SCHEME) or not prefix_of(given):
        raise CannotRun(f"环境变量 {VARIABLE} 应为文件夹，或对象存储的地址 {SCHEME}存储桶/前缀，不能是“{given}”；也可用 --no-cache")
    return given


def cache_folder() -> Path:
    """Where results are kept on this machine: ``GUANTONG_CACHE``, else the user's cache folder; of a cache in a store its copy here."""
    if url := stored_at():
        return work_folder() / folder_name("cache", url)
    given = os.environ.get(VARIABLE)
    return Path(given).absolute() if given else user_cache_path("guantong", appauthor=False)


@cache
def code_hash(*packages: str) -> str:
    """A hash of the code and data of some of guantong's packages, and of the libraries that they use."""
    total = hashlib.blake2b(digest_size=12)
    for library in _LIBRARIES:
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


@dataclass(frozen=True)
class Place:
    """Where a file's tables are: the folder of its pack, and its number in it."""

    pack: Path
    number: int


class Cache:
    """The results kept under a folder. Nothing here raises for a folder that can't be used: `trouble` then says why."""

    def __init__(self, folder: Path, key: bytes) -> None:
        owner = hashlib.blake2b(b"packs", key=hashlib.sha256(key).digest(), digest_size=8).hexdigest()
        self.packs = folder / "packs" / f"{code_hash('schemas')}-{owner}"
        self.reports = folder / "reports"
        self.trouble: str | None = None

    def find(self, wanted: Iterable[tuple[str, str]], work: Path) -> dict[tuple[str, str], Place]:
        """The places of the contents (sha256, suffix) that are kept, their packs put into ``work``, where nobody deletes them."""
        wanted, found = set(wanted), {}
        for folder in sorted(self.packs.glob("[!.]*")):
            held = self._try(lambda folder=folder: _listed(folder)) or {}
            here = {content: number for content, number in held.items() if content in wanted and content not in found}
            if here and self._try(lambda folder=folder: _take(folder, work / folder.name)):
                found |= {content: Place(work / folder.name, number) for content, number in here.items()}
        return found

    def keep(self, pack: Path, contents: dict[tuple[str, str], int]) -> None:
        """Keep a pack: ``contents`` are those of its files whose result depends on nothing but their content."""
        self._try(lambda: _keep(pack, contents, self.packs / pack.name))

    def report(self, name: str, target: Path, make: Callable[[], None]) -> bool:
        """Put the report ``name`` (a hash of all that it is made from) at ``target``, made by ``make`` where it is not kept; gives whether it was."""
        kept = self.reports / name[:2] / name
        content = self._try(lambda: _checked(kept))
        if content is not None:
            target.write_bytes(content)
            return True
        make()
        self._try(lambda: _write(kept, target.read_bytes()))
        return False

    def forget_old(self, now: float | None = None) -> None:
        """Delete what no audit has used for `KEEP_DAYS`."""
        before = (now or time.time()) - KEEP_DAYS * 86_400
        for path in [*self.packs.parent.glob("*/*"), *self.reports.glob("*/*")]:
            self._try(lambda path=path: _delete(path) if path.stat().st_mtime < before else None)
        for folder in [*self.packs.parent.glob("*"), *self.reports.glob("*")]:
            if not any(folder.iterdir()):
                self._try(folder.rmdir)

    def _try(self, act: Callable[[], object]) -> object:
        try:
            return act()
        except FileNotFoundError:
            return None  # not kept, or deleted meanwhile
        except (ValueError, KeyError, TypeError):
            return None  # a damaged list: what it names is read anew
        except OSError as error:
            self.trouble = os.strerror(error.errno) if error.errno else type(error).__name__
            return None


def _listed(folder: Path) -> dict[tuple[str, str], int]:
    return {(sha256, suffix): number for sha256, suffix, number in json.loads((folder / LIST).read_bytes())["files"]}


def _take(folder: Path, target: Path) -> bool:
    """Put a pack into the work folder; False where it is damaged."""
    sums = json.loads((folder / LIST).read_bytes())["sums"]
    target.mkdir()
    for name in TABLES:
        content = (folder / f"{name}.parquet").read_bytes()
        if hashlib.sha256(content).hexdigest() != sums[name]:
            shutil.rmtree(target)
            _delete(folder)
            return False
        (target / f"{name}.parquet").write_bytes(content)
    os.utime(folder)
    return True


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A path beside ``target`` for a file or a folder, which takes its place in the end: what is kept is whole, or is not there."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        yield fresh
        fresh.replace(target)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True) if fresh.is_dir() else fresh.unlink(missing_ok=True)
        raise


def _keep(pack: Path, contents: dict[tuple[str, str], int], target: Path) -> None:
    with whole(target) as fresh:
        fresh.mkdir(mode=0o700)
        sums = {}
        for name in TABLES:
            content = (pack / f"{name}.parquet").read_bytes()
            sums[name] = hashlib.sha256(content).hexdigest()
            (fresh / f"{name}.parquet").write_bytes(content)
        listed = [[*content, number] for content, number in contents.items()]
        (fresh / LIST).write_text(json.dumps({"files": listed, "sums": sums}), encoding="utf-8")


def _checked(path: Path) -> bytes | None:
    """A kept report, None where it is damaged: its first 32 bytes are the hash of the rest."""
    content = path.read_bytes()
    if hashlib.sha256(content[32:]).digest() != content[:32]:
        path.unlink()
        return None
    os.utime(path)
    return content[32:]


def _write(path: Path, content: bytes) -> None:
    with whole(path) as fresh:
        fresh.write_bytes(hashlib.sha256(content).digest() + content)


def _delete(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()
