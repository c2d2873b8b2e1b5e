"""Zip packages written byte by byte: what a directory says need not be so, and gigabytes take no time to make."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

_HONEST = 400_000_000  # a checksum over more than this takes too long to work out; nobody should read that far


@dataclass
class Part:
    """One entry: ``head``, then ``unit`` ``times`` over, then ``tail``. The rest says what to lie about.

    ``said``: the inflated size that the headers give. ``shares``: stand for the entry just before, local header and
    all. ``flags``, ``method``: of the headers; a method other than 0 is deflated all the same.
    """

    name: str | bytes
    head: bytes = b""
    unit: bytes = b""
    times: int = 0
    tail: bytes = b""
    said: int | None = None
    shares: bool = False
    flags: int = 0
    method: int = 8

    @property
    def size(self) -> int:
        return len(self.head) + len(self.unit) * self.times + len(self.tail)

    @property
    def raw_name(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode()


def repeated(name: str, head: bytes, unit: bytes, times: int, tail: bytes, together: int = 1_000_000) -> Part:
    """A part that says ``unit`` ``times`` over, put together in blocks of so many bytes: a million compress a thousandfold."""
    block = max(1, min(times, together // len(unit)))
    return Part(name, head + unit * (times % block), unit * block, times // block, tail)


def zipped(parts: list[Part], before: bytes = b"", after: bytes = b"") -> bytes:
    """A zip of ``parts``, with ``before`` ahead of it and ``after`` behind its end."""
    body, directory, at = [before], [], len(before)
    fields, offset = b"", 0
    for part in parts:
        if not part.shares:
            data = _pressed(part)
            fields = _fields(part, len(data))
            entry = b"PK\3\4" + struct.pack("<H", 20) + fields + struct.pack("<HH", len(part.raw_name), 0) + part.raw_name + data
            offset, at = at, at + len(entry)
            body.append(entry)
        name = part.raw_name
        directory.append(b"PK\1\2" + struct.pack("<HH", 20, 20) + fields + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, offset) + name)
    listed = b"".join(directory)
    return b"".join([*body, listed, _end(len(parts), len(listed), at), after])


def _pressed(part: Part) -> bytes:
    if part.method == 0:
        return part.head + part.unit * part.times + part.tail
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = press.compress(part.head) + press.flush(zlib.Z_FULL_FLUSH)
    if part.times:  # after a full flush nothing refers back: the same bytes may stand any number of times
        data += (press.compress(part.unit) + press.flush(zlib.Z_FULL_FLUSH)) * part.times
    return data + press.compress(part.tail) + press.flush()


def _fields(part: Part, pressed: int) -> bytes:
    """Flags to sizes, as both headers have them."""
    crc = zlib.crc32(part.head)
    for _ in range(part.times if part.size < _HONEST else 0):
        crc = zlib.crc32(part.unit, crc)
    size = part.size if part.said is None else part.said
    return struct.pack("<HHHHIII", part.flags, part.method, 0, 0x21, zlib.crc32(part.tail, crc), pressed, min(size, 0xFFFFFFFE))


def _end(count: int, size: int, at: int) -> bytes:
    """The end of the directory, with what zip64 adds where there are too many entries."""
    more = b""
    if count > 0xFFFE:
        more = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, at)
        more += b"PK\6\7" + struct.pack("<IQI", 0, at + size, 1)
    shown = min(count, 0xFFFF)
    return more + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, shown, shown, size, at, 0)
