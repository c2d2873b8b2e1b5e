"""A batch of files read into typed tables: one row a person, findings beside them.

`read_batch` is what a worker process runs. It knows no policy and no as-of date: what it gives
depends on the files alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from guantong.schemas import findings as findings_
from guantong.schemas.collect import Collected, Input, file_record, read_file, refuse
from guantong.schemas.typed import type_rows
from guantong.schemas.workbook import Refusal


@dataclass
class Batch:
    """What a batch of files holds.

    ``rows``: a row a person, columns of `parsers.COLUMNS` by field, with pid and place.
    ``assessments``: pid, year, grade. ``honours``: pid, honour. ``columns``: file_no, sheet, name,
    letter, header. ``findings``: `findings.COLUMNS`. ``files``: file_no, source_file, status, reason,
    detail, sheets, rows_found, rows_rejected.
    """

    rows: pd.DataFrame
    assessments: pd.DataFrame
    honours: pd.DataFrame
    columns: pd.DataFrame
    findings: pd.DataFrame
    files: pd.DataFrame


# Types of the small tables, so that a part whose column is all empty still has the column's type.
_TEXT, _INT = pa.string(), pa.int64()
SCHEMAS = {
    "assessments": pa.schema({"pid": _INT, "year": _INT, "grade": _TEXT}),
    "honours": pa.schema({"pid": _INT, "honour": _TEXT}),
    "columns": pa.schema({"file_no": _INT, "sheet": _TEXT, "name": _TEXT, "letter": _TEXT, "header": _TEXT}),
    "findings": pa.schema({name: _INT if name in ("file_no", "row") else _TEXT for name in findings_.COLUMNS}),
    "files": pa.schema(
        {"file_no": _INT, "source_file": _TEXT, "status": _TEXT, "reason": _TEXT, "detail": _TEXT, "sheets": pa.list_(_TEXT)}
        | {"sha256": _TEXT, "rows_found": _INT, "rows_rejected": _INT}
    ),
}


def write_batch(batch: Batch, folder: Path, number: int) -> None:
    """Write the tables of a batch as ``folder/<table>-<number>.parquet``."""
    for name in ("rows", *SCHEMAS):
        table = pa.Table.from_pandas(getattr(batch, name), schema=SCHEMAS.get(name), preserve_index=False)
        pq.write_table(table, folder / f"{name}-{number:06d}.parquet", compression="zstd")


def refused_batch(item: Input, code: str, detail: str) -> Batch:
    """The batch of one file that could not even be read to its end: refused with ``code``."""
    collected = Collected()
    collected.files.append(file_record(item))
    refuse(item, collected, Refusal(code, detail))
    return _batch(collected, b"")


def read_batch(inputs: list[Input], key: bytes) -> Batch:
    """Read, parse and validate the files of a batch; ``key`` is the secret of the keyed hash.

    A file that can't be taken in is refused with its reason in ``files`` and costs nothing else.
    """
    collected = Collected()
    for item in inputs:
        read_file(item, collected)
    return _batch(collected, key)


def _batch(collected: Collected, key: bytes) -> Batch:
    for name in collected.raw:
        collected.column(name)
    rows = type_rows(collected, key)
    return Batch(
        rows=rows.drop(columns=[name for name in rows if name.startswith("assessment_") or name == "honours"]),
        assessments=_assessments(rows),
        honours=rows[["pid", "honours"]].explode("honours").dropna().rename(columns={"honours": "honour"}),
        columns=pd.DataFrame(
            [(*place, *where) for place, where in collected.letters.items()],
            columns=["file_no", "sheet", "name", "letter", "header"],
        ),
        findings=findings_.frame(collected.findings),
        files=_file_table(collected, rows),
    )


def _assessments(rows: pd.DataFrame) -> pd.DataFrame:
    years = [name for name in rows if name.startswith("assessment_")]
    if not years:
        return pd.DataFrame({"pid": pd.Series(dtype="int64"), "year": pd.Series(dtype="int64"), "grade": pd.Series(dtype="str")})
    long = rows.melt("pid", years, "year", "grade").dropna()
    return long.assign(year=long["year"].str.removeprefix("assessment_").astype("int64"))


def _file_table(collected: Collected, rows: pd.DataFrame) -> pd.DataFrame:
    files = pd.DataFrame(collected.files)
    found = rows.groupby("file_no").size()
    rejected = rows[rows["bucket"] == "rejected"].groupby("file_no").size()
    for name, counts in (("rows_found", found), ("rows_rejected", rejected)):
        files[name] = files["file_no"].map(counts).fillna(0).astype("int64")
    return files
