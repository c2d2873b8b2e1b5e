"""A cache in an S3-compatible store: what an audit may use of it is brought into a folder first, what is new is sent to it at the end.

Objects are called as the files of a cache folder are (flows/cache.py) and never change, so one that is there need not be brought again.
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

from guantong.flows.cache import KEEP_DAYS, LIST, Cache, cache_folder, stored_at, whole
from guantong.flows.publishing import CannotRun
from guantong.flows.store import AT_ONCE, prefix_of, store_of, told

_NAMES = re.compile(r"(?P<whole>packs/[\w-]+/[0-9a-f]{16})/\w+\.(parquet|json)|(?P<report>reports/[0-9a-f]{2}/[0-9a-f]{40})")


@contextmanager
def results_kept(cached: bool, key: bytes, say: Callable[[str], None]) -> Iterator[Path | None]:
    """The folder of the cache for one audit; None where none is to be used. A store that fails is told, and costs the cache alone."""
    if not cached:
        yield None
        return
    folder, url, began = cache_folder(), stored_at(), time.time()
    if url:
        with _costs_no_more(say):
            bring(url, folder, Cache(folder, key).packs.name)
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


def bring(url: str, folder: Path, owner: str) -> None:
    """Bring what ``folder`` lacks: reports, and the packs under packs/``owner``. Raises CannotRun where the store fails."""
    with store_of() as store, told(url):
        found = _listed(store, url)
        whole = {name.rpartition("/")[0] for name in found if name.endswith(f"/{LIST}")}  # sent last
        items: dict[str, list[str]] = {}
        for name in found:
            item = _item(name)
            if not (folder / item).exists() and (item == name or (item in whole and item.startswith(f"packs/{owner}/"))):
                items.setdefault(item, []).append(name)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda item: _fetch(store, url, folder, item, items[item]), items))


def send(url: str, folder: Path, began: float) -> None:
    """Send what was made or used since ``began`` (seconds since 1970) and is not there, or not for much longer; delete what is old.

    Raises CannotRun where the store fails.
    """
    with store_of() as store, told(url):
        found, now = _listed(store, url), dt.datetime.now(dt.UTC)
        young = {_item(name) for name, since in found.items() if now - since < dt.timedelta(days=KEEP_DAYS / 2)}
        used = [path for path in (*folder.glob("packs/*/*"), *folder.glob("reports/*/*")) if path.stat().st_mtime >= began - 1]
        items = [item for path in used if (item := path.relative_to(folder).as_posix()) not in young and not path.name.startswith(".")]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda item: _put(store, url, folder, item), items))
        sent = set(items)
        old = [name for name, since in found.items() if _item(name) not in sent and now - since > dt.timedelta(days=KEEP_DAYS)]
        for name in old:
            store.rm_file(f"{prefix_of(url)}/{name}")


def forget(url: str) -> None:
    """Delete all that the cache in the store holds. Raises CannotRun where the store fails."""
    with store_of() as store, told(url):
        for name in _listed(store, url):
            store.rm_file(f"{prefix_of(url)}/{name}")


def _listed(store: object, url: str) -> dict[str, dt.datetime]:
    """The cache's objects by name, and since when they are there; what else lies under the address is left alone."""
    root = prefix_of(url) + "/"
    store.ls(root.split("/")[0], detail=False)  # FileNotFoundError where there is no bucket
    found = {key.removeprefix(root): about["LastModified"] for key, about in store.find(root, detail=True).items()}
    return {name: since for name, since in found.items() if _NAMES.fullmatch(name)}


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
    files = sorted(path.iterdir(), key=lambda file: file.name == LIST) if path.is_dir() else [path]
    for file in files:
        store.pipe_file(f"{prefix_of(url)}/{file.relative_to(folder).as_posix()}", file.read_bytes())
