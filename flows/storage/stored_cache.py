"""A cache in an S3-compatible store: what an audit may use of it is brought into a folder first, what is new is sent to it at the end.

Objects are called as the files of a cache folder are (flows/storage/result_cache.py) and never change, so one that is there need not be brought again.
What has been used is sent anew when it is half as old as a cache's content gets; what is older is deleted.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from guantong.flows.errors import CannotRun
from guantong.flows.locations import cache_folder, prefix_of, stored_at
from guantong.flows.storage.result_cache import KEEP_DAYS, LIST, MOST_BYTES, Cache, Damaged, items, read_kept, whole
from guantong.flows.storage.s3 import AT_ONCE, store_of, told
from guantong.schemas import TABLES

_PACK, _REPORT = r"packs/[\w-]+/[0-9a-f]{16}", "reports/[0-9a-f]{2,16}/[0-9a-f]{40}"
_ITEM = re.compile(f"{_PACK}|{_REPORT}")
_NAMES = re.compile(rf"(?P<whole>{_PACK})/\w+\.(parquet|json)|(?P<report>{_REPORT})")


@contextmanager
def results_kept(cached: bool, key: bytes, say: Callable[[str], None]) -> Iterator[Path | None]:
    """The folder of the cache for one audit; None where none is to be used. A store that fails is told, and costs the cache alone."""
    if not cached:
        yield None
        return
    folder, url, began = cache_folder(), stored_at(), time.time()
    if url:
        with _costs_no_more(say):
            bring(url, cache := Cache(folder, key))
            if cache.trouble:
                say(f"提醒：对象存储中的缓存{cache.trouble}")
    yield folder
    if url:
        with _costs_no_more(say):
            send(url, folder, began)


@contextmanager
def _costs_no_more(say: Callable[[str], None]) -> Iterator[None]:
    try:
        yield
    except CannotRun as error:
        say(f"提醒：对象存储中的缓存无法使用，只用本机的缓存（{error}）")


def bring(url: str, cache: Cache) -> None:
    """Bring the reports and packs that ``cache`` lacks and could use; those damaged are deleted in the store too, and stand in its `damaged`.

    Raises CannotRun where the store fails.
    """
    with store_of() as store, told(url):
        found = _found(store, url)
        whole = {name.rpartition("/")[0] for name in found if name.endswith(f"/{LIST}")}  # sent last
        lacking: dict[str, list[str]] = {}
        for name in found:
            item = _item(name)
            path = cache.folder / item
            if path.parent in (cache.packs, cache.reports) and (item == name or item in whole) and not path.exists():
                lacking.setdefault(item, []).append(name)

        def fetch(item: str) -> None:
            names, path = lacking[item], cache.folder / item
            large = any(found[name]["size"] > MOST_BYTES for name in names)
            if large:
                cache.damaged.append(path)
            else:
                _fetch(store, url, cache.folder, item, names)
            if large or not cache.verify(path):
                for name in names:
                    store.rm_file(f"{prefix_of(url)}/{name}")

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(fetch, lacking))


def send(url: str, folder: Path, began: float) -> None:
    """Send what was made or used since ``began`` (seconds since 1970) and is not there, or not for much longer; delete what is old.

    Raises CannotRun where the store fails.
    """
    with store_of() as store, told(url):
        found, now = _listed(store, url), dt.datetime.now(dt.UTC)
        young = {_item(name) for name, since in found.items() if now - since < dt.timedelta(days=KEEP_DAYS / 2)}
        there = {path.relative_to(folder).as_posix(): path for path in items(folder)}
        used = {item for item, path in there.items() if _ITEM.fullmatch(item) and path.lstat().st_mtime >= began - 1}
        sent = used - young
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda item: _put(store, url, folder, item), sent))
        old = [name for name, since in found.items() if _item(name) not in sent and now - since > dt.timedelta(days=KEEP_DAYS)]
        for name in old:
            store.rm_file(f"{prefix_of(url)}/{name}")


def forget(url: str) -> None:
    """Delete all that the cache in the store holds. Raises CannotRun where the store fails."""
    with store_of() as store, told(url):
        for name in _listed(store, url):
            store.rm_file(f"{prefix_of(url)}/{name}")


def _listed(store: object, url: str) -> dict[str, dt.datetime]:
    """The cache's objects by name, and since when they are there."""
    return {name: about["LastModified"] for name, about in _found(store, url).items()}


def _found(store: object, url: str) -> dict[str, dict]:
    """The cache's objects by name, and what the store tells of them; what else lies under the address is left alone."""
    root = prefix_of(url) + "/"
    store.ls(root.split("/")[0], detail=False)  # FileNotFoundError where there is no bucket
    found = {key.removeprefix(root): about for key, about in store.find(root, detail=True).items()}
    return {name: about for name, about in found.items() if _NAMES.fullmatch(name)}


def _item(name: str) -> str:
    """What an object belongs to: the folder of its pack, or the report that it is."""
    found = _NAMES.fullmatch(name)
    return found["whole"] or found["report"]


def _fetch(store: object, url: str, folder: Path, item: str, names: list[str]) -> None:
    """Bring a pack or a report, whole or not at all."""
    target = folder / item
    try:
        with whole(target) as fresh:
            for name in names:
                path = fresh / name.rpartition("/")[2] if item != name else fresh
                path.parent.mkdir(exist_ok=True, mode=0o700)
                path.write_bytes(store.cat_file(f"{prefix_of(url)}/{name}"))
    except FileNotFoundError:
        return  # it was deleted meanwhile
    except OSError:
        if not target.exists():  # else another audit has brought it meanwhile
            raise


def _put(store: object, url: str, folder: Path, item: str) -> None:
    """Send a pack, its list last, or a report."""
    path = folder / item
    files = [path / f"{name}.parquet" for name in TABLES] + [path / LIST] if item.startswith("packs/") else [path]
    try:
        contents = [(file.relative_to(folder).as_posix(), read_kept(file)) for file in files]
    except (Damaged, FileNotFoundError):
        return  # the next audit here finds it so
    for name, content in contents:
        store.pipe_file(f"{prefix_of(url)}/{name}", content)
