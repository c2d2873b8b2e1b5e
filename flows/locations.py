"""Where the program keeps what is its own on this machine, and how the addresses of a store are written."""

from __future__ import annotations

import os
import re
from pathlib import Path

from platformdirs import user_cache_path, user_state_path

from guantong.flows.errors import CannotRun

SCHEME = "s3://"
CACHE_VARIABLE = "GUANTONG_CACHE"
WORK_VARIABLE = "GUANTONG_WORK"


def state_folder() -> Path:
    """Where the key and Prefect's records are."""
    return user_state_path("guantong", appauthor=False)


def cache_folder() -> Path:
    """Where results are kept on this machine: ``GUANTONG_CACHE``, else the user's cache folder; of a cache in a store its copy here."""
    if url := stored_at():
        return work_folder() / folder_name("cache", url)
    given = os.environ.get(CACHE_VARIABLE)
    return Path(given).absolute() if given else user_cache_path("guantong", appauthor=False)


def stored_at() -> str | None:
    """The address of the cache in a store, where ``GUANTONG_CACHE`` is one. Raises CannotRun for an address of another kind."""
    given = os.environ.get(CACHE_VARIABLE, "")
    if "://" not in given:
        return None
    if not given.startswith(SCHEME) or not prefix_of(given):
        raise CannotRun(f"环境变量 {CACHE_VARIABLE} 应为文件夹，或对象存储的地址 {SCHEME}存储桶/前缀，不能是“{given}”；也可用 --no-cache")
    return given


def work_folder() -> Path:
    """Where a result for a store is written before it is uploaded: ``GUANTONG_WORK`` (shared, on a cluster), else the user's cache folder."""
    given = os.environ.get(WORK_VARIABLE)
    return Path(given).absolute() if given else user_cache_path("guantong", appauthor=False) / "work"


def folder_name(kind: str, url: str) -> str:
    """What the folder on this machine is called that belongs to an address."""
    return f"{kind}-" + re.sub(r"[^0-9A-Za-z.]+", "-", url.removeprefix(SCHEME)).strip("-")[:80]


def prefix_of(url: str) -> str:
    """An address without its scheme: bucket and prefix."""
    return url.removeprefix(SCHEME).strip("/")
