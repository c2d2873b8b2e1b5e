"""A cache in an S3-compatible store: before an audit, what it may use is downloaded into a cache folder; afterwards, what is new is uploaded.

Objects have the names of the files in a cache folder (result_cache.py) and never change, so none is downloaded twice.
An object that is used and half of `KEEP_DAYS` old is uploaded again; one older than `KEEP_DAYS` is deleted.
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
from guantong.flows.storage.result_cache import KEEP_DAYS, LIST, MOST_BYTES, Cache, Damaged, list_items, read_bounded
from guantong.flows.storage.s3 import REQUESTS_AT_ONCE, open_store
from guantong.reports.output_files import replace_file
from guantong.schemas import PACK_TABLES

_PACK, _REPORT = r"packs/[\w-]+/[0-9a-f]{16}", "reports/[0-9a-f]{2,16}/[0-9a-f]{40}"
_ITEM = re.compile(f"{_PACK}|{_REPORT}")
_NAMES = re.compile(rf"(?P<pack>{_PACK})/\w+\.(parquet|json)|(?P<report>{_REPORT})")


@contextmanager
def cache_for_audit(cached: bool, key: bytes, words: str, say: Callable[[str], None]) -> Iterator[Path | None]:
    """The cache folder for one audit; None where ``cached`` is false. Where the store fails, ``say`` gets a warning and the local cache alone is used."""
    if not cached:
        yield None
        return
    folder, url, began = cache_folder(), stored_at(), time.time()
    if url:
        with _warn_if_store_fails(say):
            download(url, cache := Cache(folder, key, words))
            if cache.trouble:
                say(f"提醒：对象存储中的缓存{cache.trouble}")
    yield folder
    if url:
        with _warn_if_store_fails(say):
            upload(url, folder, began)


@contextmanager
def _warn_if_store_fails(say: Callable[[str], None]) -> Iterator[None]:
    try:
        yield
    except CannotRun as error:
        say(f"提醒：对象存储中的缓存无法使用，只用本机的缓存（{error}）")


def download(url: str, cache: Cache) -> None:
    """Download the reports and packs that ``cache`` lacks and could use. Damaged ones are deleted in the store, and listed in `Cache.damaged`.

    Raises CannotRun where the store fails.
    """
    with open_store(url) as store:
        objects = _list_objects(store, url)
        complete = {name.rpartition("/")[0] for name in objects if name.endswith(f"/{LIST}")}  # the list is uploaded last
        lacking: dict[str, list[str]] = {}
        for name in objects:
            item = _item_of(name)
            path = cache.folder / item
            if path.parent in (cache.packs, cache.reports) and (item == name or item in complete) and not path.exists():
                lacking.setdefault(item, []).append(name)

        def download_verified(item: str) -> None:
            names, path = lacking[item], cache.folder / item
            too_large = any(objects[name]["size"] > MOST_BYTES for name in names)
            if too_large:
                cache.damaged.append(path)
            else:
                _download_item(store, url, cache.folder, item, names)
            if too_large or not cache.verify(path):
                for name in names:
                    store.rm_file(f"{prefix_of(url)}/{name}")

        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            list(pool.map(download_verified, lacking))


def upload(url: str, folder: Path, began: float) -> None:
    """Upload what was made or used since ``began`` (seconds since 1970) and is missing there or half of `KEEP_DAYS` old; delete what is older.

    Raises CannotRun where the store fails.
    """
    with open_store(url) as store:
        ages = {name: dt.datetime.now(dt.UTC) - about["LastModified"] for name, about in _list_objects(store, url).items()}
        young = {_item_of(name) for name, age in ages.items() if age < dt.timedelta(days=KEEP_DAYS / 2)}
        local = {path.relative_to(folder).as_posix(): path for path in list_items(folder)}
        used = {item for item, path in local.items() if _ITEM.fullmatch(item) and path.lstat().st_mtime >= began - 1}
        to_send = used - young
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            list(pool.map(lambda item: _upload_item(store, url, folder, item), to_send))
        old = [name for name, age in ages.items() if _item_of(name) not in to_send and age > dt.timedelta(days=KEEP_DAYS)]
        for name in old:
            store.rm_file(f"{prefix_of(url)}/{name}")


def delete_all(url: str) -> None:
    """Delete all that the cache in the store holds. Raises CannotRun where the store fails."""
    with open_store(url) as store:
        for name in _list_objects(store, url):
            store.rm_file(f"{prefix_of(url)}/{name}")


def _list_objects(store: object, url: str) -> dict[str, dict]:
    """The cache's objects by name, with the store's information about each; other objects under the address are left out."""
    root = prefix_of(url) + "/"
    store.ls(root.split("/")[0], detail=False)  # FileNotFoundError where there is no bucket
    objects = {key.removeprefix(root): info for key, info in store.find(root, detail=True).items()}
    return {name: info for name, info in objects.items() if _NAMES.fullmatch(name)}


def _item_of(name: str) -> str:
    """The item that an object is part of: the folder of a pack, or a report."""
    match = _NAMES.fullmatch(name)
    return match["pack"] or match["report"]


def _download_item(store: object, url: str, folder: Path, item: str, names: list[str]) -> None:
    """Download a pack or a report, whole or not at all."""
    target = folder / item
    try:
        with replace_file(target, 0o700) as unfinished:
            for name in names:
                path = unfinished / name.rpartition("/")[2] if item != name else unfinished
                path.parent.mkdir(exist_ok=True, mode=0o700)
                path.write_bytes(store.cat_file(f"{prefix_of(url)}/{name}"))
    except FileNotFoundError:
        return  # it was deleted meanwhile
    except OSError:
        if not target.exists():  # else another audit has brought it meanwhile
            raise


def _upload_item(store: object, url: str, folder: Path, item: str) -> None:
    """Upload a pack, its list last, or a report."""
    path = folder / item
    files = [path / f"{name}.parquet" for name in PACK_TABLES] + [path / LIST] if item.startswith("packs/") else [path]
    try:
        contents = [(file.relative_to(folder).as_posix(), read_bounded(file)) for file in files]
    except (Damaged, FileNotFoundError):
        return  # the next audit here finds it so
    for name, content in contents:
        store.pipe_file(f"{prefix_of(url)}/{name}", content)
