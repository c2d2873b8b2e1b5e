"""Zip packages (.xlsx, .xlsm, .xlsb, .ods): looked at before anything is unpacked, read part by part, and written."""

from __future__ import annotations

import io
import zipfile
import zlib
from os import PathLike
from typing import BinaryIO

from guantong.schemas.files.refusal import Refusal

MAX_INFLATED = 400_000_000  # of all parts, unpacked
MAX_ENTRIES = 10_000
MAX_RATIO = 200  # unpacked to packed; genuine sheets reach 60 (the same row over and over)
RATIO_FROM = 20_000_000  # unpacked bytes of a part below which its ratio does not matter
SMALL = 64_000  # packed bytes that can't unpack to more than 66 megabytes: deflate can't unpack one byte to more than 1,032
MOST_KEPT = 16_000_000  # unpacked bytes of parts that are kept, as several looks read them
LOOKED_AT = (".xml", ".rels", ".bin")  # how the names of such parts end; pictures and the like, which may be large, are not kept
LEVEL = 4  # of deflate: half to a third of the time of the usual 6, a tenth more bytes at most
ZIP_START, ENTRY_START = b"PK\x03\x04", b"PK\x01\x02"


class ZipPackage:
    """The parts of a zip package that has been looked at; names are in lower case with '/', as calamine compares them. Each that is
    `LOOKED_AT` is unpacked once, as far as ``most_kept`` bytes go.

    Raises Refusal where the archive is damaged, has too many entries, or would unpack to too much.
    """

    def __init__(self, data: bytes, most_kept: int = MOST_KEPT) -> None:
        if (entries := data.count(ENTRY_START)) > MAX_ENTRIES:
            raise Refusal("too_large", f"压缩包内有{entries}个文件")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as book:
                infos = [info for info in book.infolist() if not info.is_dir()]
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, IndexError) as error:
            raise Refusal("damaged", "压缩包不完整") from error
        self.data = data
        self.parts = {info.filename.replace("\\", "/").lower(): info for info in infos}
        if len(self.parts) < len(infos):
            raise Refusal("damaged", "压缩包内有重名文件")
        self._check_sizes(infos)
        self._kept: dict[str, bytes] = {}
        self._room = most_kept

    def _check_sizes(self, infos: list[zipfile.ZipInfo]) -> None:
        if sum(info.file_size for info in infos) > MAX_INFLATED:
            raise Refusal("too_large", f"解压后超过{MAX_INFLATED // 1_000_000}兆字节")
        for info in infos:
            if info.flag_bits & 1:
                raise Refusal("encrypted")
            if info.file_size > max(RATIO_FROM, info.compress_size * MAX_RATIO):
                raise Refusal("too_large", "压缩比异常，可能是压缩炸弹")

    def read(self, name: str) -> bytes:
        """A part, unpacked. Raises Refusal where it is not there, is damaged, or is larger than the directory says."""
        key = name.lower()
        info = self.parts.get(key)
        if info is None:
            raise Refusal("damaged", "缺少组成部分")
        if info.compress_type == zipfile.ZIP_STORED:
            return self.packed(info)
        if key in self._kept:
            return self._kept[key]
        part = self._unpacked(info)
        if key.endswith(LOOKED_AT) and len(part) <= self._room:
            self._room -= len(part)
            self._kept[key] = part
        return part

    def _unpacked(self, info: zipfile.ZipInfo) -> bytes:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            part = unpacker.decompress(self.packed(info), info.file_size + 1)
        except zlib.error as error:
            raise Refusal("damaged", "压缩数据有误") from error
        if len(part) != info.file_size or not unpacker.eof:
            raise Refusal("damaged", "压缩包目录与内容不符")
        return part

    def verify(self, name: str) -> None:
        """Raises Refusal where a part that is not read here, but by calamine, is larger than the directory says."""
        info = self.parts.get(name)
        if info is None or info.compress_type == zipfile.ZIP_STORED or info.compress_size <= SMALL:
            return
        unpacker, packed, size = zlib.decompressobj(-zlib.MAX_WBITS), self.packed(info), 0
        try:
            while packed and not unpacker.eof and size <= info.file_size:
                size += len(unpacker.decompress(packed, 1 << 20))
                packed = unpacker.unconsumed_tail
        except zlib.error as error:
            raise Refusal("damaged", "压缩数据有误") from error
        if size != info.file_size:
            raise Refusal("damaged", "压缩包目录与内容不符")

    def packed(self, info: zipfile.ZipInfo) -> bytes:
        """The packed bytes of a part: behind its local header, whose name and extra field have lengths of their own."""
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal("damaged", "压缩方式不受支持")
        head = self.data[info.header_offset : info.header_offset + 30]
        if len(head) < 30 or head[:4] != ZIP_START:
            raise Refusal("damaged", "压缩包不完整")
        start = info.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        packed = self.data[start : start + info.compress_size]
        if len(packed) < info.compress_size:
            raise Refusal("damaged", "压缩包不完整")
        return packed


class PackageWriter(zipfile.ZipFile):
    """A package that is written, to a path or a file. No time of the clock gets into it: the same content gives the same bytes."""

    def __init__(self, target: str | PathLike[str] | BinaryIO) -> None:
        super().__init__(target, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)

    def add(self, name: str, content: bytes) -> None:
        """Pack a part."""
        self.writestr(_entry(name), content, zipfile.ZIP_DEFLATED, LEVEL)

    def add_packed(self, name: str, packed: bytes, original: zipfile.ZipInfo) -> None:
        """Add a part of another package as it is packed there, which zipfile itself does not offer. Another one is to be added before it."""
        entry = _entry(name)
        for fact in ("compress_type", "CRC", "compress_size", "file_size"):
            setattr(entry, fact, getattr(original, fact))
        assert self.fp is not None  # closed packages are written no more
        entry.header_offset = self.start_dir
        self.fp.seek(self.start_dir)
        self.fp.write(entry.FileHeader(zip64=False) + packed)
        self.start_dir = self.fp.tell()
        self.filelist.append(entry)
        self.NameToInfo[name] = entry


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # of the first day that a zip file knows
    entry.create_system = 0  # or it would tell on which system it was written
    return entry
