"""A batch of files read into typed tables: one row a person, findings beside them.

`read_batch` is what a worker process runs. It knows no policy and no as-of date: what it gives
depends on the files alone. ID and certificate numbers leave it only as keyed hashes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from guantong.schemas import findings as findings_
from guantong.schemas import model, tables
from guantong.schemas.findings import Finding, shown_value
from guantong.schemas.headers import header_text, recognise
from guantong.schemas.identity import birth_of, keyed_hash
from guantong.schemas.layout import Roster, find_roster
from guantong.schemas.parsers import COLUMNS, PARSERS, Parsed
from guantong.schemas.plausibility import within_rows
from guantong.schemas.text import is_blank, label, mask_numbers, norm
from guantong.schemas.workbook import Refusal, Sheet, letter, read_workbook

ROWS_PER_FILE = 1 << 24  # a person's pid is file_no * ROWS_PER_FILE + its number in the file
_ERROR_CELL = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)")
_CERTIFICATE_OLD = re.compile(r"(\d\d)\d{8}([1-5])\d{5}")  # 职业资格证书, 16 digits
_CERTIFICATE_NEW = re.compile(r"[A-Z]\d{12}(\d\d)([1-5])\d{6}")  # 职业技能等级证书, a letter and 21 digits
_BLANK = {
    "date": {"_state": "blank"},
    "months": {"": 0, "_state": "known"},
    "skill": {"_state": "blank"},
    "title": {"_state": "blank", "_rank": 0},
    "id_number": {"_given": False},
}
_UNKNOWN = {"_state": "unknown", "_given": True}


class _Unknown:
    """A cell that is filled but stands for nothing known; its finding is already made."""

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return "?"


UNKNOWN_CELL = _Unknown()


@dataclass
class Input:
    """One file to read: ``source_file`` is its path as the outputs name it."""

    file_no: int
    path: Path
    source_file: str


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


@dataclass
class _Collected:
    """People of a batch before parsing: raw cells by column, and the place of each person."""

    raw: dict[str, list[object]] = field(default_factory=dict)
    places: list[tuple[int, int, str, str, int]] = field(default_factory=list)  # pid, file_no, file, sheet, row
    letters: dict[tuple[int, str, str], tuple[str, str]] = field(default_factory=dict)
    exact: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    files: list[dict[str, object]] = field(default_factory=list)

    def add(self, name: str, cells: list[object]) -> None:
        column = self.raw.setdefault(name, [])
        column += [None] * (len(self.places) - len(column) - len(cells)) + cells

    def at(self, index: int, name: str) -> tuple[str | None, str]:
        """Letter and header as written of a person's cell; the canonical header where the sheet lacks the column."""
        pid, file_no, _, sheet, _ = self.places[index]
        found = self.exact.get((pid, name)) or self.letters.get((file_no, sheet, name))
        return found or (None, tables.header_of(name))

    def blame(self, index: int, name: str | None, code: str, value: str | None, detail: str = "") -> None:
        """Add a finding on a person's cell, or on the whole row where ``name`` is None."""
        _, file_no, source_file, sheet, row = self.places[index]
        column, header = self.at(index, name) if name else (None, None)
        self.findings.append(Finding(file_no, source_file, code, sheet, row, column, header, name, value, detail))


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
    collected = _Collected()
    collected.files.append(_file_record(item))
    _refuse(item, collected, Refusal(code, detail))
    return _batch(collected, b"")


def read_batch(inputs: list[Input], key: bytes) -> Batch:
    """Read, parse and validate the files of a batch; ``key`` is the secret of the keyed hash.

    A file that can't be taken in is refused with its reason in ``files`` and costs nothing else.
    """
    collected = _Collected()
    for item in inputs:
        _read_file(item, collected)
    return _batch(collected, key)


def _batch(collected: _Collected, key: bytes) -> Batch:
    for column in collected.raw.values():
        column += [None] * (len(collected.places) - len(column))
    rows = _typed(collected)
    _validate(rows, collected)
    _hash(rows, key)
    _contradictions(rows, collected)
    _reject(rows, collected)
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


def _read_file(item: Input, collected: _Collected) -> None:
    record = _file_record(item)
    collected.files.append(record)
    try:
        record["sha256"] = _digest(item.path)
        sheets = read_workbook(item.path)
        found = [(sheet, find_roster(sheet)) for sheet in sheets]
        if not any(roster for _, roster in found):
            raise Refusal("no_roster_sheet")
    except Refusal as refusal:
        _refuse(item, collected, refusal)
        return
    number = 0
    for sheet, roster in found:
        if roster:
            record["sheets"].append(sheet.name)
            number = _collect(item, roster, number, collected)
        elif _has_people(sheet):
            collected.findings.append(Finding(item.file_no, item.source_file, "sheet_not_roster", sheet.name, value=sheet.name))


def _file_record(item: Input) -> dict[str, object]:
    return {"file_no": item.file_no, "source_file": item.source_file, "status": "read", "reason": None, "detail": "", "sheets": [], "sha256": None}


def _refuse(item: Input, collected: _Collected, refusal: Refusal) -> None:
    """Mark the file read last as refused, with a finding that says why and what to do."""
    collected.files[-1] |= {"status": "refused", "reason": refusal.code, "detail": refusal.detail}
    name = mask_numbers(item.source_file.rsplit("/", 1)[-1])
    collected.findings.append(Finding(item.file_no, item.source_file, refusal.code, value=name, detail=refusal.detail))


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Refusal("unreadable_file", error.strerror or "读取失败") from error


def _has_people(sheet: Sheet) -> bool:
    """Whether a sheet that is no roster looks as if it spoke of people: a name's or ID number's header, or ID numbers."""
    cells = [norm(cell) for row in sheet.rows for cell in row if isinstance(cell, str) and cell]
    if any(mask_numbers(cell) != cell for cell in cells):
        return True
    return any(recognise((header_text(cell),)) in ("name", "id_number") for cell in set(cells[:2000]) if len(cell) < 12)


def _collect(item: Input, roster: Roster, number: int, collected: _Collected) -> int:
    """Take a roster's people into ``collected``; gives the next free number in the file."""
    sheet = roster.sheet.name
    start = len(collected.places)
    for offset, row in enumerate(roster.people):
        pid = item.file_no * ROWS_PER_FILE + number + offset
        collected.places.append((pid, item.file_no, item.source_file, sheet, row + 1))
    for name, positions in roster.columns.items():
        for at in reversed(positions):
            collected.letters[item.file_no, sheet, name] = (letter(at), roster.headers[at])
        cells = [roster.sheet.rows[row][positions[0]] for row in roster.people]
        collected.add(name, cells)
        if len(positions) > 1:
            _merge_columns(roster, name, start, collected)
    _preamble(roster, start, collected)
    _service_from_sheet(item, roster, start, collected)
    _header_findings(item, roster, collected)
    return number + len(roster.people)


def _merge_columns(roster: Roster, name: str, start: int, collected: _Collected) -> None:
    """Of several columns for one field the filled one counts; where two are filled and differ, none does."""
    field_ = tables.field_of(name)
    parser = PARSERS.get(field_.kind)
    for offset, row in enumerate(roster.people):
        filled = [at for at in roster.columns[name] if not is_blank(roster.sheet.rows[row][at])]
        if not filled:
            continue
        cells = [roster.sheet.rows[row][at] for at in filled]
        collected.raw[name][start + offset] = cells[0]
        collected.exact[collected.places[start + offset][0], name] = (letter(filled[0]), roster.headers[filled[0]])
        if parser and any(parser(cell, field_).values != parser(cells[0], field_).values for cell in cells[1:]):
            collected.blame(start + offset, name, "column_conflict", shown_value(cells[0], field_), shown_value(cells[1], field_))
            collected.raw[name][start + offset] = UNKNOWN_CELL


def _preamble(roster: Roster, start: int, collected: _Collected) -> None:
    """What stands once above the header holds for each person whose own cell is blank."""
    for name, value in roster.preamble.items():
        collected.add(name, []) if name in collected.raw else collected.raw.setdefault(name, [])
        column = collected.raw[name]
        column += [None] * (len(collected.places) - len(column))
        column[start:] = [value if is_blank(cell) else cell for cell in column[start:]]


def _service_from_sheet(item: Input, roster: Roster, start: int, collected: _Collected) -> None:
    """A sheet of leavers or retirees says so in its name; it speaks for the people whose own cell is blank."""
    name = label(roster.sheet.name)
    if re.search("在职|在岗", name):
        return
    status = next((value for word, value in tables.vocabulary("sheet_service").items() if word in name), None)
    if status is None:
        return
    column = collected.raw.setdefault("service", [])
    column += [None] * (len(collected.places) - len(column))
    blank = [index for index in range(start, len(column)) if is_blank(column[index])]
    for index in blank:
        column[index] = status
    if blank:
        finding = Finding(item.file_no, item.source_file, "status_from_sheet", roster.sheet.name, field="service", value=status)
        collected.findings.append(finding)


def _header_findings(item: Input, roster: Roster, collected: _Collected) -> None:
    sheet = roster.sheet.name
    for at, header in roster.problems:
        near = f"（最接近的是“{header.nearest}”）" if header.nearest else ""
        written = mask_numbers(roster.headers[at])
        collected.findings.append(
            Finding(item.file_no, item.source_file, header.problem, sheet, roster.last + 1, letter(at), written, None, written, near)
        )
    present = set(roster.columns) | set(roster.preamble)
    for field_ in tables.fields().values():
        if field_.expected and field_.name not in present:
            finding = Finding(item.file_no, item.source_file, "header_missing", sheet, field=field_.name, value=field_.header)
            collected.findings.append(finding)


def _typed(collected: _Collected) -> pd.DataFrame:
    """The typed table: each field's columns, parsed once per distinct cell; unreadable cells become findings."""
    data: dict[str, object] = {
        name: pd.Series([place[at] for place in collected.places], dtype=kind)
        for at, (name, kind) in enumerate([("pid", "int64"), ("file_no", "int64"), ("source_file", "str"), ("sheet", "str"), ("row", "int64")])
    }
    years = [name for name in collected.raw if name.startswith("assessment_")]
    for name in [name for name in tables.fields() if name not in ("assessment",)] + sorted(years):
        item = tables.field_of(name)
        if item.kind not in PARSERS:
            continue
        parsed, codes = _parse(collected.raw.get(name), item, len(collected.places))
        kinds = COLUMNS.get(item.kind, {"": "object"})
        for suffix, kind in kinds.items():
            data[name + suffix] = _series([one.values.get(suffix) for one in parsed], codes, kind)
        _blame_unreadable(collected, name, item, parsed, codes)
    return pd.DataFrame(data)


def _parse(cells: list[object] | None, item: tables.Field, count: int) -> tuple[list[Parsed], list[int]]:
    """Distinct cells parsed, and for each person the index of its own among them; blank is index 0."""
    blank = Parsed(_BLANK.get(item.kind, {}))
    if cells is None:
        return [blank], [0] * count
    parser, parsed, codes = PARSERS[item.kind], [blank], []
    seen: dict[tuple[type, object], int] = {}
    for cell in cells:
        key = (cell.__class__, cell)
        code = seen.get(key)
        if code is None:
            code = 0
            if not is_blank(cell):
                parsed.append(_parse_one(parser, cell, item))
                code = len(parsed) - 1
            seen[key] = code
        codes.append(code)
    return parsed, codes


def _parse_one(parser: object, cell: object, item: tables.Field) -> Parsed:
    if cell is UNKNOWN_CELL:
        return Parsed(_UNKNOWN)
    shown = shown_value(cell, item)
    if isinstance(cell, str) and _ERROR_CELL.fullmatch(cell.strip()):
        return Parsed(_UNKNOWN, "error_cell", f"\0{cell.strip()}")
    found = parser(cell, item)
    values = {**({"_state": "known"} if item.kind == "months" else {}), **found.values}
    return Parsed(values, found.code, f"{found.detail}\0{shown}" if found.code else "")


def _series(values: list[object], codes: list[int], kind: str) -> pd.Series:
    if kind == "date":
        distinct = pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), errors="raise")).astype("datetime64[s]")
    else:
        distinct = pd.Series(values, dtype=kind)
    return distinct.take(codes).reset_index(drop=True)


def _blame_unreadable(collected: _Collected, name: str, item: tables.Field, parsed: list[Parsed], codes: list[int]) -> None:
    bad = {code for code, one in enumerate(parsed) if one.code}
    if not bad:
        return
    for index, code in enumerate(codes):
        if code in bad:
            detail, _, shown = parsed[code].detail.partition("\0")
            if parsed[code].code == "honour_near":
                shown = detail
            collected.blame(index, name, parsed[code].code, shown, detail)


def _validate(rows: pd.DataFrame, collected: _Collected) -> None:
    """Pandera on the typed columns; a failed check is a finding, and where it is an error the fact becomes unknown."""
    kinds = tables.finding_kinds()
    for failure in model.failures(rows):
        item = tables.field_of(failure.field)
        raw = collected.raw[failure.field][failure.index]
        collected.blame(failure.index, failure.field, failure.code, shown_value(raw, item))
        if kinds[failure.code].severity == "error" and item.kind in ("date", "months"):
            for suffix in COLUMNS[item.kind]:
                value = "unknown" if suffix == "_state" else (pd.NaT if item.kind == "date" else pd.NA)
                rows.loc[failure.index, failure.field + suffix] = value


def _hash(rows: pd.DataFrame, key: bytes) -> None:
    """Replace ID and certificate numbers by keyed hashes, after taking from them what the checks compare."""
    distinct = {number: _id_facts(number, key) for number in rows["id_number"].dropna().unique()}
    for at, (name, kind) in enumerate([("person_key", "str"), ("id_birth", "date"), ("id_sex", "str")]):
        values = [distinct[number][at] if isinstance(number, str) else None for number in rows["id_number"]]
        rows[name] = _series(values, list(range(len(values))), kind)
    certificates = {number: _certificate_facts(number) for number in rows["skill_certificate"].dropna().unique()}
    for at, name in enumerate(["certificate_year", "certificate_rank"]):
        values = [certificates[number][at] if isinstance(number, str) else None for number in rows["skill_certificate"]]
        rows[name] = pd.Series(values, dtype="Int32")
    rows["unit_key"] = pd.Series([norm(unit) if isinstance(unit, str) else None for unit in rows["unit"]], dtype="str")
    rows["unit_code_sound"] = model.unit_code_sound(rows["unit_code"])
    for name in ("skill_certificate", "title_certificate"):
        hashes = {number: keyed_hash(number, key) for number in rows[name].dropna().unique()}
        rows[name] = pd.Series([hashes.get(number) for number in rows[name]], dtype="str")


def _id_facts(number: str, key: bytes) -> tuple[str | None, object, str | None]:
    """(key, birth date, sex) of an ID number. The key exists for any 15 or 18 characters; the rest for sound ones."""
    if len(number) not in (15, 18):
        return None, None, None
    sound = bool(model.id_number_sound(pd.Series([number], dtype="str"))[0])
    sex = ("男" if int(number[16]) % 2 else "女") if sound else None
    return keyed_hash(number, key), birth_of(number) if sound else None, sex


def _certificate_facts(number: str) -> tuple[int | None, int | None]:
    """(year, rank) by the digits of a skill certificate's number; None where the number is of neither form."""
    found = _CERTIFICATE_NEW.fullmatch(number) or _CERTIFICATE_OLD.fullmatch(number)
    if not found:
        return None, None
    year = int(found[1])
    return (1900 if year > 80 else 2000) + year, 6 - int(found[2])


def _contradictions(rows: pd.DataFrame, collected: _Collected) -> None:
    """Cells of one person that contradict each other: findings only, no fact is changed."""
    index_of = dict(zip(rows["pid"].tolist(), range(len(rows)), strict=True))
    for pid, name, code, detail in within_rows(rows.drop(columns=["honours"])):
        raw = collected.raw.get(name)
        index = index_of[pid]
        collected.blame(index, name, code, shown_value(raw[index], tables.field_of(name)) if raw else None, detail)


def _reject(rows: pd.DataFrame, collected: _Collected) -> None:
    """A row is rejected only where it names no person: neither a name nor an ID number."""
    nobody = rows["name"].isna() & ~rows["id_number_given"].fillna(False).astype(bool)
    rows["bucket"] = pd.Series("evaluated", index=rows.index, dtype="str").mask(nobody, "rejected")
    rows["rejected_for"] = pd.Series([None] * len(rows), dtype="str").mask(nobody, "no_person")
    for index in rows.index[nobody]:
        collected.blame(index, None, "no_person", None)
    rows.drop(columns=["id_number", "id_number_given"], inplace=True)


def _assessments(rows: pd.DataFrame) -> pd.DataFrame:
    years = [name for name in rows if name.startswith("assessment_")]
    if not years:
        return pd.DataFrame({"pid": pd.Series(dtype="int64"), "year": pd.Series(dtype="int64"), "grade": pd.Series(dtype="str")})
    long = rows.melt("pid", years, "year", "grade").dropna()
    return long.assign(year=long["year"].str.removeprefix("assessment_").astype("int64"))


def _file_table(collected: _Collected, rows: pd.DataFrame) -> pd.DataFrame:
    files = pd.DataFrame(collected.files)
    found = rows.groupby("file_no").size()
    rejected = rows[rows["bucket"] == "rejected"].groupby("file_no").size()
    for name, counts in (("rows_found", found), ("rows_rejected", rejected)):
        files[name] = files["file_no"].map(counts).fillna(0).astype("int64")
    return files
