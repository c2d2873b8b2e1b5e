"""Rosters in an S3-compatible store: brought into a folder, which is then read like any other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from guantong.flows.audit.inbox import may_be_read
from guantong.flows.errors import CannotRun
from guantong.flows.locations import SCHEME, prefix_of
from guantong.flows.records import Found
from guantong.flows.storage.output_record import is_output
from guantong.flows.storage.s3 import REQUESTS_AT_ONCE, open_store
from guantong.schemas.files.open_file import refusal_of
from guantong.schemas.files.sniff import MAX_BYTES
from guantong.schemas.files.workbook import Refusal


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
