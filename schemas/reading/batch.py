"""A batch of files read into typed tables: one row a person, findings beside them.

`read_batch` is what a worker process runs. It knows no policy and no as-of date: what it gives
depends on the content of the files and on a bureau's own words alone: not even on what the files are called.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from guantong.schemas import PACK_TABLES
from guantong.schemas import findings as findings_
from guantong.schemas.columns_in_words import further
from guantong.schemas.files.open_file import suffix_of
from guantong.schemas.files.workbook import Refusal
from guantong.schemas.own_words import OwnWords
from guantong.schemas.reading.credentials import STRUCT
from guantong.schemas.reading.raw_cells import read_file, refuse
from guantong.schemas.reading.raw_people import FileRecord, RawPeople
from guantong.schemas.reading.typed_rows import type_rows


@dataclass
class Batch:
    """What a batch of files holds.

    ``rows``: a row a person, columns of `parsers.COLUMNS` by field, with pid and place.
    ``assessments``: pid, year, grade. ``honours``, ``honours_in_doubt``, ``recent_grades``: pid, value, a row each. ``credentials``: pid
    and the columns of `credentials.STRUCT`. ``unread``: pid, field. ``own_columns``: pid, name, letter, header, of people in sheets whose tables have
    other columns each. ``columns``: file_no, sheet, name,
    letter, header, others (further columns of the same field, in words). ``findings``: `findings.COLUMNS`. ``files``: file_no, suffix, sha256, status, reason,
    detail, sheets, rows_found, rows_rejected. ``file_no`` numbers the files of the batch from 0.
    """

    rows: pd.DataFrame
    assessments: pd.DataFrame
    honours: pd.DataFrame
    honours_in_doubt: pd.DataFrame
    recent_grades: pd.DataFrame
    credentials: pa.Table
    unread: pd.DataFrame
    own_columns: pd.DataFrame
    columns: pd.DataFrame
    findings: pd.DataFrame
    files: pd.DataFrame


NO_WORDS = OwnWords()
OWN_COLUMN = ("name", "letter", "header")
LISTS = ("honours", "honours_in_doubt", "recent_grades")  # texts of a person
# Types of the small tables, so that a part whose column is all empty still has the column's type.
_TEXT, _INT = pa.string(), pa.int64()
SCHEMAS = {
    "columns": pa.schema({"file_no": _INT, "sheet": _TEXT, "name": _TEXT, "letter": _TEXT, "header": _TEXT, "others": _TEXT}),
    "findings": pa.schema({name: _INT if name in ("file_no", "row", "pid") else _TEXT for name in findings_.COLUMNS}),
    "files": pa.schema(
        {"file_no": _INT, "suffix": _TEXT, "status": _TEXT, "reason": _TEXT, "detail": _TEXT, "sheets": pa.list_(_TEXT)}
        | {"sha256": _TEXT, "rows_found": _INT, "rows_rejected": _INT}
    ),
}


# What libraries load only when a file asks for it: a worker has it all before its memory is limited.
_LOADED_LATER = (
    *(
        "encodings." + name
        for name in "ascii big5 big5hkscs cp437 cp1252 gb2312 gb18030 gbk latin_1 utf_7 utf_8_sig utf_16 utf_16_be utf_16_le utf_32".split()
    ),
    *("msoffcrypto.format." + name for name in ("ooxml", "xls97")),
    *("cryptography.hazmat.primitives." + name for name in ("ciphers", "hashes", "hmac")),
    "cryptography.hazmat.backends.openssl.backend",
    "pandas.core.methods.to_dict",
    "xml.dom.expatbuilder",
)


def warm_up() -> None:
    """Make ready what a batch of a process would wait for: modules, and tables, patterns and checks by reading the roster of a made-up person."""
    for name in _LOADED_LATER:
        importlib.import_module(name)
    with resources.as_file(resources.files("guantong.schemas").joinpath("data", "made_up_roster.csv")) as path:
        read_batch([path], b"made-up")


def write_batch(batch: Batch, folder: Path) -> None:
    """Write the tables of a batch as ``folder/<table>.parquet``."""
    folder.mkdir(parents=True)
    for name in PACK_TABLES:
        table = pa.Table.from_pandas(getattr(batch, name), schema=SCHEMAS.get(name), preserve_index=False)
        if name == "rows":
            table = _with_lists(table, batch)
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def _with_lists(rows: pa.Table, batch: Batch) -> pa.Table:
    """``rows`` with days as days, and of each person the lists assessments [{year, grade}, …], `LISTS`, credentials [{track, …}, …],
    unread [field, …] and own_columns [{name, …}, …], null where there are none.
    """
    types = [pa.date32() if pa.types.is_timestamp(field.type) else field.type for field in rows.schema]
    rows = rows.cast(pa.schema(list(zip(rows.column_names, types))))
    pids = rows["pid"].to_numpy()
    graded = batch.assessments.sort_values(["pid", "year"], kind="stable")
    grades = pa.StructArray.from_arrays([pa.array(graded["year"], _INT), _texts(graded["grade"])], ["year", "grade"])
    rows = rows.append_column("assessments", _lists(pids, graded["pid"].to_numpy(), grades))
    for name in LISTS:
        values = getattr(batch, name)
        if name != "recent_grades":  # whose order is that of the years
            values = values.sort_values(["pid", "value"], kind="stable")
        rows = rows.append_column(name, _lists(pids, values["pid"].to_numpy(), _texts(values["value"])))
    held = batch.credentials.combine_chunks()
    structs = pa.StructArray.from_arrays([held[field.name].combine_chunks() for field in STRUCT], fields=list(STRUCT))
    rows = rows.append_column("credentials", _lists(pids, held["pid"].to_numpy(), structs))
    rows = rows.append_column("unread", _lists(pids, batch.unread["pid"].to_numpy(), _texts(batch.unread["field"])))
    own = pa.StructArray.from_arrays([_texts(batch.own_columns[name]) for name in OWN_COLUMN], list(OWN_COLUMN))
    return rows.append_column("own_columns", _lists(pids, batch.own_columns["pid"].to_numpy(), own))


def _texts(column: pd.Series) -> pa.Array:
    """A column as one array: pandas may hold it in several."""
    return pa.array(column.to_numpy(object), _TEXT)


def _lists(pids: npt.NDArray[np.int64], owners: npt.NDArray[np.int64], values: pa.Array) -> pa.Array:
    """``values`` as a list for each of ``pids``, both in ascending order of pid; null where a person owns none."""
    counts = np.searchsorted(owners, pids, "right") - np.searchsorted(owners, pids, "left")
    offsets = np.concatenate(([0], np.cumsum(counts)))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, mask=pa.array(counts == 0))


def refused_batch(refusals: list[tuple[Path, Refusal]]) -> Batch:
    """The batch of files that are refused unread."""
    people = RawPeople()
    for path, refusal in refusals:
        record = FileRecord(len(people.files), suffix_of(path))
        people.files.append(record)
        refuse(record, people, refusal)
    return _make_batch(people, b"")


def read_batch(paths: list[Path], key: bytes, words: OwnWords = NO_WORDS) -> Batch:
    """Read, parse and validate files; ``key`` is the secret of the keyed hash, ``words`` are a bureau's own.

    A file that can't be taken in is refused with its reason in ``files`` and costs nothing else.
    """
    ((_, batch),) = read_batches(paths, key, None, lambda *_: None, words=words)
    return batch


def read_batches(
    paths: list[Path],
    key: bytes,
    most_cells: int | None,
    on_begin: Callable[[int | None, int], None],
    sha256s: Sequence[str | None] = (),
    is_full: Callable[[], bool] = lambda: False,
    words: OwnWords = NO_WORDS,
) -> Iterator[tuple[int, Batch]]:
    """Read files in batches of about ``most_cells`` raw cells, so that memory has a bound: (number of the first file, its batch) each.

    ``on_begin`` is called with a file's number before it is read, and with None before a batch is put together; and with the
    number of rows that the batch holds by then. ``sha256s``: the SHA-256 that each file has to have, as in `read_file`.
    ``is_full`` is asked after each file whether the batch is to end there. ``words``: a bureau's own.
    """
    first, people = 0, RawPeople(words)
    for number, path in enumerate(paths):
        on_begin(number, len(people.places))
        read_file(path, people, sha256s[number] if sha256s else None)
        held = len(people.places) * len(people.cells)
        if number == len(paths) - 1 or (most_cells is not None and held >= most_cells) or is_full():
            on_begin(None, len(people.places))
            yield first, _make_batch(people, key)
            first, people = number + 1, RawPeople(words)


def _make_batch(people: RawPeople, key: bytes) -> Batch:
    for name in people.cells:
        people.column(name)
    typed = type_rows(people, key)
    rows = typed.rows
    return Batch(
        rows=rows.drop(columns=[name for name in rows if name.startswith("assessment_") or name in LISTS or name.endswith("_length")]),
        assessments=_assessments(rows),
        **{name: _each_of(rows, name) for name in LISTS},
        credentials=typed.credentials,
        unread=typed.unread,
        own_columns=_own_columns(people),
        columns=pd.DataFrame(
            [(*place, *where, further(people.further_columns.get(place, ()))) for place, where in people.sheet_columns.items()],
            columns=["file_no", "sheet", "name", "letter", "header", "others"],
        ),
        findings=findings_.findings_table(findings_.limit_findings(people.findings)),
        files=_file_table(people, rows),
    )


def _each_of(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """pid and value of each text in the lists of a column."""
    listed = [
        (pid, value) for pid, values in zip(rows["pid"].tolist(), rows[name], strict=True) if isinstance(values, tuple) for value in values
    ]
    pids, values = zip(*listed) if listed else ((), ())
    return pd.DataFrame({"pid": pd.array(pids, dtype="int64"), "value": pd.array(values, dtype="object")})


def _own_columns(people: RawPeople) -> pd.DataFrame:
    lines = [(people.places[index][0], name, *where) for index, columns in people.own_tables() for name, where in columns.items()]
    return pd.DataFrame(lines, columns=["pid", *OWN_COLUMN]).astype({"pid": "int64"}).sort_values("pid", kind="stable")


def _assessments(rows: pd.DataFrame) -> pd.DataFrame:
    years = [name for name in rows if name.startswith("assessment_")]
    if not years:
        return pd.DataFrame({"pid": pd.Series(dtype="int64"), "year": pd.Series(dtype="int64"), "grade": pd.Series(dtype="str")})
    long = rows.melt("pid", years, "year", "grade").dropna()
    return long.assign(year=long["year"].str.removeprefix("assessment_").astype("int64"))


def _file_table(people: RawPeople, rows: pd.DataFrame) -> pd.DataFrame:
    files = pd.DataFrame(people.files)
    found, rejected = rows["file_no"].to_numpy(), (rows["bucket"] == "rejected").to_numpy(bool)
    files["rows_found"] = np.bincount(found, minlength=len(files))
    files["rows_rejected"] = np.bincount(found[rejected], minlength=len(files))
    return files
