"""What is kept beside the outputs, and where: `guantong cache`."""

from __future__ import annotations

import shutil
from pathlib import Path

from platformdirs import user_state_path

from guantong.flows.cache import cache_folder, stored_at
from guantong.flows.stored_cache import forget


def state_folder() -> Path:
    """Where the key and Prefect's records are."""
    return user_state_path("guantong", appauthor=False)


def places() -> str:
    """The folders, and how much the cache takes."""
    files = [path for path in cache_folder().rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    stored = f"\n缓存所在的对象存储　{url}" if (url := stored_at()) else ""
    return f"缓存　{cache_folder()}（{len(files)} 个文件，{size:.1f} 兆字节）{stored}\n密钥　{state_folder() / 'key'}\n运行记录　{state_folder() / 'prefect'}"


def delete() -> str:
    """Delete what the cache holds, here and in the store; other content, if there is any, stays. Raises CannotRun where the store fails."""
    for name in ("packs", "reports"):
        folder = cache_folder() / name
        if folder.exists():
            shutil.rmtree(folder)
    if url := stored_at():
        forget(url)
    return f"已删除缓存：{cache_folder()}" + (f"，{url}" if url else "")
