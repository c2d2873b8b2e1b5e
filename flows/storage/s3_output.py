"""Results in an S3-compatible store: written into a folder like any result, then uploaded.

OUT/<run id>/…      the layout of an output; run.json is uploaded first, so that nothing of it is ever taken for a roster
OUT/current.json    put last, in one request: which run is the result. Until then the last one is
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from guantong.flows.errors import CannotRun
from guantong.flows.locations import SCHEME, folder_name, prefix_of, work_folder
from guantong.flows.storage.last_result import note_upload
from guantong.flows.storage.output_folder import check_paths
from guantong.flows.storage.output_record import FOLDER, HASHES
from guantong.flows.storage.s3 import REQUESTS_AT_ONCE, open_store

CURRENT = "current.json"
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_MIN_AGE = dt.timedelta(days=1)  # another run may be uploading what no current.json names yet


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
