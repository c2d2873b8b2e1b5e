"""Rosters and results in an S3-compatible object store, through fsspec. Needs guantong[cluster].

Address and credentials come from AWS's environment variables or fsspec's configuration, never from the command line.
Rosters are brought into a folder, which is then read like any other; results are written into a folder, then uploaded:

OUT/<run id>/…      the layout of an output; run.json is uploaded first, so that nothing of it is ever taken for a roster
OUT/current.json    put last, in one request: which run is the result. Until then the last one is
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from guantong.flows.audit.inbox import may_be_read
from guantong.flows.errors import CannotRun
from guantong.flows.locations import SCHEME, folder_name, prefix_of, work_folder
from guantong.flows.records import Found
from guantong.flows.storage.last_result import note_upload
from guantong.flows.storage.output_folder import check_paths
from guantong.flows.storage.output_record import FOLDER, HASHES, is_output
from guantong.schemas.files.formats import MAX_BYTES
from guantong.schemas.files.open_file import refusal_of
from guantong.schemas.files.refusal import Refusal

REQUESTS_AT_ONCE = 8
CURRENT = "current.json"
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_MIN_AGE = dt.timedelta(days=1)  # another run may be uploading what no current.json names yet


@contextmanager
def open_store(url: str) -> Iterator[object]:
    """The store in which ``url`` lies, as a file system of fsspec. What fails in the block is raised as CannotRun, with a message in Chinese.

    Raises CannotRun also where what it needs is not installed.
    """
    if not find_spec("s3fs"):
        raise CannotRun("s3:// 地址需要另行安装：pip install 'guantong[cluster]'")
    import fsspec
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield fsspec.filesystem("s3", use_listings_cache=False, skip_instance_cache=True)
    except FileNotFoundError as error:
        raise CannotRun(f"对象存储“{url}”不存在，请检查存储桶和地址") from error
    except PermissionError as error:
        raise CannotRun(f"没有权限访问对象存储“{url}”，请检查环境变量 AWS_ACCESS_KEY_ID 等") from error
    except (OSError, BotoCoreError, ClientError) as error:
        raise CannotRun(f"对象存储“{url}”无法访问（{type(error).__name__}），请检查网络，以及环境变量 AWS_ENDPOINT_URL 等") from error


class Mirror:
    """The objects under the s3:// addresses among some PATHs, downloaded into a folder.

    ``paths`` are the PATHs with folders for addresses; ``origin`` (address) and ``refused`` are by downloaded file.
    """

    def __init__(self, paths: list[Path | str], folder: Path) -> None:
        self.paths: list[Path] = []
        self.origin: dict[Path, str] = {}
        self.refused: dict[Path, Refusal] = {}
        for number, path in enumerate(paths):
            self.paths.append(self._download(path, folder / f"inbox-{number}") if isinstance(path, str) else path)

    def add_origins(self, found: Found) -> None:
        """Set the address of each input that was downloaded, and the refusal of those that could not be."""
        for item in found.inputs:
            item.origin = self.origin.get(item.path)
            item.refusal = item.refusal or self.refused.get(item.path)

    def _download(self, url: str, folder: Path) -> Path:
        prefix = prefix_of(url)
        with open_store(url) as store:
            sizes = {key: info["size"] for key, info in store.find(prefix, detail=True).items() if not key.endswith("/")}
            if not sizes:
                raise CannotRun(f"找不到“{url}”，请检查地址")
            is_object = list(sizes) == [prefix]
            root = folder / _as_relative_path(prefix.rpartition("/")[2])
            path_of = {key: root if is_object else root / _as_relative_path(key[len(prefix) + 1 :]) for key in sizes}
            for key, path in path_of.items():
                if path.name == "run.json":
                    self._download_object(store, key, path, sizes[key])
            outputs = {key.rpartition("/")[0] + "/" for key, path in path_of.items() if path.name == "run.json" and is_output(path.parent)}
            wanted = {key: path for key, path in path_of.items() if path.name != "run.json" and not key.startswith(tuple(outputs))}
            with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
                list(pool.map(lambda item: self._download_object(store, *item, sizes[item[0]]), wanted.items()))
        return root

    def _download_object(self, store: object, key: str, path: Path, size: int) -> None:
        """Download one object. One that is no workbook, or too large, becomes an empty file, so that it is counted."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.origin[path] = SCHEME + key
        if size <= MAX_BYTES and (may_be_read(path) or path.name == "run.json"):
            try:
                return store.get_file(key, str(path))
            except OSError as error:  # the object is gone, or must not be read
                self.refused[path] = refusal_of(error, path)
        elif size > MAX_BYTES:
            self.refused[path] = Refusal("too_large", f"文件大于{MAX_BYTES / 1e6:.0f}兆字节")
        path.write_bytes(b"")


def _as_relative_path(key: str) -> str:
    """A key as a relative path that stays below its folder."""
    return "/".join("_" if part in ("", ".", "..") else part for part in key.replace("\\", "_").split("/"))


def local_folder_for(url: str) -> Path:
    """The folder on this machine in which the result for ``url`` is put together: always the same, so that its lock keeps two runs apart."""
    folder = work_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / folder_name("s3", url)


def check_out(url: str, paths: frozenset[str] | None = None) -> None:
    """Raise CannotRun where nothing can be written under ``url``, or its current result was made of other PATHs than ``paths``."""
    probe = f"{prefix_of(url)}/.guantong-{secrets.token_hex(8)}"
    with open_store(url) as store:
        store.pipe_file(probe, b"")
        store.rm_file(probe)
        run = _read_current_run(store, url)
    if paths and run is not None:
        check_paths(url, run, paths)


def _read_current_run(store: object, url: str) -> dict | None:
    """run.json of the current result; None where there is none."""
    try:
        return json.loads(store.cat_file(f"{prefix_of(url)}/{_current_run_id(store, url)}/run.json"))
    except (FileNotFoundError, ValueError):
        return None


def upload(folder: Path, url: str) -> str:
    """Upload a result and make it the current one; gives its address. ``folder`` is deleted then.

    Raises CannotRun where the store fails: the last result is the current one still, and the new one lies whole in ``folder``.
    """
    run = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    target = f"{prefix_of(url)}/{run}"
    try:
        with open_store(url) as store:
            last = _current_run_id(store, url)
            store.put_file(str(folder / "run.json"), f"{target}/run.json")
            files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / "run.json"]
            hashes = [path for path in files if path == folder / HASHES]  # put last: an object that is younger has been changed

            def put(path: Path) -> None:
                store.put_file(str(path), f"{target}/{path.relative_to(folder).as_posix()}")

            with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
                list(pool.map(put, [path for path in files if path not in hashes]))
            list(map(put, hashes))
            current = {"tool": "guantong", "run": run, "path": f"{run}/", "files": len(files) + 1}
            store.pipe_file(f"{prefix_of(url)}/{CURRENT}", json.dumps(current).encode())
            note_upload(url)
            _delete_old_runs(store, url, {run, last})  # the last one stays for those who are reading it
    except CannotRun as error:
        raise CannotRun(f"{error}。“{url}”仍是上一次的结果；本次结果已完整保存在“{folder}”，可直接使用") from error
    shutil.rmtree(folder)
    return SCHEME + target


def _current_run_id(store: object, url: str) -> str | None:
    try:
        return json.loads(store.cat_file(f"{prefix_of(url)}/{CURRENT}"))["run"]
    except FileNotFoundError:
        return None


def _delete_old_runs(store: object, url: str, keep: set[str | None]) -> None:
    """Delete all runs except the ids ``keep``, those that may still be uploading, and those in which somebody has changed something."""
    for path in store.ls(prefix_of(url), detail=False):
        run = path.rpartition("/")[2]
        if _RUN_ID.fullmatch(run) and run not in keep:
            begun = dt.datetime.strptime(run[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
            if dt.datetime.now(dt.UTC) - begun > _MIN_AGE and not _is_changed(store, path):
                store.rm(path, recursive=True)


def _is_changed(store: object, run: str) -> bool:
    """Whether somebody has changed, added or deleted an object of a finished run; one whose upload failed has no data/outputs.json."""
    objects = {key.removeprefix(f"{run}/"): info for key, info in store.find(run, detail=True).items()}
    if HASHES not in objects:
        return False
    try:
        recorded = json.loads(store.cat_file(f"{run}/{HASHES}"))["files"]
    except (ValueError, KeyError):
        return True
    names = {name for name, kind in recorded.items() if kind != FOLDER} | {HASHES}
    return objects.keys() != names or any(info["LastModified"] > objects[HASHES]["LastModified"] for info in objects.values())
