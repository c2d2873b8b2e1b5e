"""Fuzzing guided by coverage (Atheris, libFuzzer): whatever bytes a file has, it is read or refused, and its marked copy says the same.

python tests/support/guided.py reading|marking CORPUS [options of libFuzzer]     CORPUS: a folder, filled with made-up rosters where it is empty; or one input, tried once

An input is a byte that tells the format, and the file. Of a package (.xlsx, .ods, .xlsb) one part is changed at a time, uncompressed, and the
package is put together anew: flipped bytes of compressed parts would seldom come further than their checksum.
"""

from __future__ import annotations

import io
import random
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["guantong"]):
    from guantong.reports.returned import write_copy as returned
    from guantong.schemas.reading import batch

import pandas as pd
import pyarrow as pa

from guantong.reports.returned.marks import COLUMNS
from guantong.sample_data.rosters import write_rosters
from guantong.schemas.catalogue import finding_kinds
from guantong.schemas.files.workbook import Refusal

FORMATS = ("xlsx", "csv", "xls", "ods", "xlsb")
PACKAGES = ("xlsx", "ods", "xlsb")
MOST_MARKS = 50
FILLED = "技能等级,技能等级取得时间,姓名,身份证号,荣誉称号\n高级技师,2019年8月,张示例,,“辽宁工匠”\n"


def seed(folder: Path) -> None:
    """Fill a corpus with a small made-up roster in each format that can be written here."""
    for number, suffix in enumerate(FORMATS[:4]):
        if suffix == "csv":
            (folder / suffix).write_bytes(bytes([number]) + FILLED.encode("gb18030"))
            continue
        with tempfile.TemporaryDirectory() as made:
            write_rosters(Path(made), 3, 1, seed=number, formats=(suffix,))
            content = next(Path(made).rglob(f"*.{suffix}")).read_bytes()
        (folder / suffix).write_bytes(bytes([number]) + (stored(parts_of(content)) if suffix in PACKAGES else content))


def parts_of(package: bytes) -> dict[str, bytes]:
    """The parts of a zip package by name."""
    with zipfile.ZipFile(io.BytesIO(package)) as book:
        return {name: book.read(name) for name in book.namelist()}


def stored(parts: dict[str, bytes]) -> bytes:
    """A package of these parts, none compressed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return made.getvalue()


def mutated(data: bytes, most: int, number: int) -> bytes:
    """A changed input: a part of a package, or the bytes of another file."""
    if not data:
        return b"\0"
    head, content = data[:1], data[1:]
    if suffix_of(data) in PACKAGES:
        try:
            parts = parts_of(content)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
            parts = {}
        if parts:
            name = random.Random(number).choice(list(parts))
            parts[name] = atheris.Mutate(parts[name] or b"<", max(len(parts[name]) + 64, 128))
            return (head + stored(parts))[:most]
    return head + atheris.Mutate(content or b"0", most - 1)


def suffix_of(data: bytes) -> str:
    """The format that an input's first byte tells."""
    return FORMATS[data[0] % len(FORMATS)]


def read(data: bytes, folder: Path) -> batch.Batch:
    """Read an input as a worker does; it is read, or refused by a code of the catalogue."""
    path = folder / f"花名册.{suffix_of(data)}"
    path.write_bytes(data[1:])
    found = batch.read_batch([path], b"guided")
    (status,), (reason,) = found.files["status"], found.files["reason"]
    assert status == "read" if pd.isna(reason) else (status == "refused" and reason in finding_kinds()), (status, reason)
    return found


def reading(data: bytes, folder: Path) -> None:
    """The bytes are read or refused."""
    read(data, folder)


def marking(data: bytes, folder: Path) -> None:
    """A roster that is read has a copy with its findings marked, and the copy is read as the roster was."""
    found = read(data, folder)
    if found.files["status"][0] != "read" or suffix_of(data) == "csv":
        return
    copy = returned.write_returned(data[1:], f".{suffix_of(data)}", "花名册", findings_of(found), folder)
    again = batch.read_batch([copy], b"guided")
    assert rows_of(again).equals(rows_of(found)), "the copy says something else"


def findings_of(found: batch.Batch) -> pa.Table:
    """The first findings of a file as copies take them, and one of the file's first person."""
    kinds = finding_kinds()
    rows = [
        ("花名册", line.sheet, line.row, line.column, line.header, kinds[line.code].severity, line.value, "问题", "应为", "改正")
        for line in found.findings.astype(object).where(found.findings.notna(), None).head(MOST_MARKS).itertuples()
    ]
    first = [
        ("花名册", line.sheet, int(line.row), "A", "甲", "error", "", "问题", "应为", "改正") for line in found.rows.head(1).itertuples()
    ]
    types = {name: pa.int64() if name == "row" else pa.string() for name in COLUMNS}
    return pa.Table.from_pylist([dict(zip(COLUMNS, row, strict=True)) for row in rows + first], schema=pa.schema(types))


def rows_of(found: batch.Batch) -> pd.DataFrame:
    """What was read of people, without the numbers of file and person."""
    return found.rows.drop(columns=["file_no", "pid"]).reset_index(drop=True)


def main() -> None:
    """Fuzz the target that the first word names."""
    target: Callable[[bytes, Path], None] = {"reading": reading, "marking": marking}[sys.argv[1]]
    corpus = Path(sys.argv[2])
    if corpus.is_dir() and not any(corpus.iterdir()):
        seed(corpus)
    with tempfile.TemporaryDirectory() as folder:

        def once(data: bytes) -> None:
            if data:
                try:
                    target(data, Path(folder))
                except (Refusal, MemoryError):
                    return  # as its worker would say

        atheris.Setup([sys.argv[0], *sys.argv[2:]], once, custom_mutator=mutated)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
