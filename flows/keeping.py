"""What is kept beside the outputs, and where: `guantong cache`."""

from __future__ import annotations

import shutil
from pathlib import Path

from platformdirs import user_state_path

from guantong.flows.cache import cache_folder


def state_folder() -> Path:
    """Where the key and Prefect's records are."""
    return user_state_path("guantong", appauthor=False)


def places() -> str:
    """The folders, and how much the cache takes."""
    files = [path for path in cache_folder().rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    return f"缓存　{cache_folder()}（{len(files)} 个文件，{size:.1f} 兆字节）\n密钥　{state_folder() / 'key'}\n运行记录　{state_folder() / 'prefect'}"


def delete() -> str:
    """Delete what the cache holds; the folder's other content, if it has any, stays."""
    for name in ("packs", "reports"):
        folder = cache_folder() / name
        if folder.exists():
            shutil.rmtree(folder)
    return f"已删除缓存：{cache_folder()}"
