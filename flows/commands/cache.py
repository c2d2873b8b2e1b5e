"""`guantong cache`: where results, the key and run records are kept on this machine; deletes or checks the cache."""

from __future__ import annotations

from guantong.flows.locations import cache_folder, state_folder, stored_at
from guantong.flows.storage.result_cache import Cache, delete_empty_owners, delete_item, list_items
from guantong.flows.storage.s3_cache import delete_all, download


def describe_places() -> str:
    """Where cache, key and run records are, and the size of the cache, as text for the screen."""
    files = [path for path in cache_folder().rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    stored = f"\n缓存所在的对象存储　{url}" if (url := stored_at()) else ""
    return f"缓存　{cache_folder()}（{len(files)} 个文件，{size:.1f} 兆字节）{stored}\n密钥　{state_folder() / 'key'}\n运行记录　{state_folder() / 'prefect'}"


def delete_cache() -> str:
    """Delete all packs and reports, here and in the store, and nothing else; gives the message. Raises CannotRun where the store fails."""
    for item in list_items(cache_folder()):
        delete_item(item)
    delete_empty_owners(cache_folder())
    if url := stored_at():
        delete_all(url)
    return f"已删除缓存：{cache_folder()}" + (f"，{url}" if url else "")


def check_cache() -> tuple[str, bool]:
    """Verify each pack and report and delete the damaged; gives the message and whether all were sound. Raises CannotRun where the store fails."""
    from guantong.schemas.values.identity import load_key

    cache = Cache(cache_folder(), load_key(state_folder()))
    if url := stored_at():
        download(url, cache)
    packs, reports, others = cache.check_all()
    lines = [f"缓存　{cache.folder}", f"核对无误　读取结果 {packs} 份，报告 {reports} 份"]
    if others:
        lines.append(f"未核对　{others} 份，是用别的密钥或由旧版本保存的，没有改动")
    if cache.damaged:
        lines.append(f"已损坏　{len(cache.damaged)} 份，已删除；下次审核将重新读取或重新写出，结果不受影响")
        lines += [f"  {path.relative_to(cache.folder).as_posix()}" for path in cache.damaged]
    if cache.unusable_reason:
        lines.append(f"未能核对　缓存文件夹无法读写（{cache.unusable_reason}），请检查它的权限和所在磁盘")
    sound = not cache.damaged and not cache.unusable_reason
    return "\n".join([*lines, *(["没有损坏"] if sound else [])]), sound
