"""The second half of reading: raw cells to typed columns, validated; what can't be read is a finding.

Each distinct cell of a column is parsed once. ID and certificate numbers leave this module only as
keyed hashes.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from guantong.schemas import model, tables
from guantong.schemas.collect import LONGEST, UNKNOWN_CELL, Collected
from guantong.schemas.findings import shown_value
from guantong.schemas.identity import birth_of, keyed_hash
from guantong.schemas.parsers import COLUMNS, PARSERS, Parsed
from guantong.schemas.plausibility import within_rows
from guantong.schemas.text import is_blank, is_cut, mask_numbers, norm
from guantong.schemas.workbook import UNCALCULATED

_ERROR_CELL = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)")
_CERTIFICATE_OLD = re.compile(r"(\d\d)\d{8}([1-5])\d{5}")  # 职业资格证书, 16 digits
_CERTIFICATE_NEW = re.compile(r"[A-Z]\d{12}(\d\d)([1-5])\d{6}")  # 职业技能等级证书, a letter and 21 digits
_BLANK = {
    "date": {"_state": "blank"},
    "months": {"": 0, "_state": "known"},
    "skill": {"_state": "blank"},
    "title": {"_state": "blank", "_rank": 0},
    "claim": {"_state": "blank"},
    "id_number": {"_given": False},
}
_UNKNOWN = {"_state": "unknown", "_given": True}


def type_rows(collected: Collected, key: bytes) -> pd.DataFrame:
    """The typed and validated table of a batch, a row a person; ``key`` is the secret of the keyed hash.

    Columns: pid, file_no, sheet, row, bucket, rejected_for, `parsers.COLUMNS` by field,
    assessment_YYYY, honours (tuples). Findings are added to ``collected``.
    """
    rows = _typed(collected)
    _validate(rows, collected)
    _hash(rows, key)
    _contradictions(rows, collected)
    return _reject(rows, collected)


def _typed(collected: Collected) -> pd.DataFrame:
    """The typed table: each field's columns, parsed once per distinct cell; unreadable cells become findings."""
    data: dict[str, object] = {
        name: pd.Series([place[at] for place in collected.places], dtype=kind)
        for at, (name, kind) in enumerate(
            [("pid", "int64"), ("file_no", "int64"), ("sheet", "str"), ("row", "int64")]
        )
    }
    years = [name for name in collected.raw if name.startswith("assessment_")]
    for name in [name for name in tables.fields() if name not in ("assessment",)] + sorted(years):
        item = tables.field_of(name)
        if item.kind not in PARSERS:
            continue
        parsed, codes = _parse(collected.raw.get(name), item, len(collected.places))
        kinds = COLUMNS.get(item.kind, {"": "object"})
        places = np.asarray(codes, dtype=np.int64)
        for suffix, kind in kinds.items():
            data[name + suffix] = _series([one.values.get(suffix) for one in parsed], places, kind)
        _blame_unreadable(collected, name, item, parsed, codes)
    return pd.DataFrame(data)


def _parse(cells: list[object] | None, item: tables.Field, count: int) -> tuple[list[Parsed], list[int]]:
    """Distinct cells parsed, and for each person the index of its own among them; blank is index 0."""
    blank = Parsed(_BLANK.get(item.kind, {}))
    if cells is None:
        return [blank], [0] * count
    parser, parsed, codes = PARSERS[item.kind], [blank], []
    seen: dict[object, int] = {}
    for cell in cells:
        key = cell if cell.__class__ is str else (cell.__class__, cell)  # 1 is not True
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
    if cell == UNCALCULATED:
        return Parsed(_UNKNOWN, "formula_not_calculated", "\0")
    if isinstance(cell, str) and _ERROR_CELL.fullmatch(cell.strip()):
        return Parsed(_UNKNOWN, "error_cell", f"\0{cell.strip()}")
    found = parser(cell, item)
    if isinstance(cell, str) and is_cut(cell, LONGEST) and not found.code and item.kind != "text":
        found = Parsed(found.values, "value_too_long")
    values = {**({"_state": "known"} if item.kind == "months" else {}), **found.values}
    return Parsed(values, found.code, f"{found.detail}\0{shown_value(cell, item)}" if found.code else "")


def _series(values: list[object], codes: np.ndarray, kind: str) -> np.ndarray | ExtensionArray:
    """A column: for each person the one of the distinct ``values`` that the code names."""
    distinct = np.array(values, dtype="datetime64[s]") if kind == "date" else pd.array(values, dtype=kind)
    return distinct.take(codes)


def _blame_unreadable(collected: Collected, name: str, item: tables.Field, parsed: list[Parsed], codes: list[int]) -> None:
    bad = {code for code, one in enumerate(parsed) if one.code}
    if not bad:
        return
    for index, code in enumerate(codes):
        if code in bad:
            detail, _, shown = parsed[code].detail.partition("\0")
            if parsed[code].code == "honour_near":
                shown = mask_numbers(detail)
            collected.blame(index, name, parsed[code].code, shown, detail)


def _validate(rows: pd.DataFrame, collected: Collected) -> None:
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
    given = rows["id_number"].to_numpy(object)
    numbers = pd.Series(rows["id_number"].dropna().unique(), dtype="str")
    sound = model.id_number_sound(numbers)
    distinct = {number: _id_facts(number, good, key) for number, good in zip(numbers, sound, strict=True)}
    for at, (name, kind) in enumerate([("person_key", "str"), ("id_birth", "date"), ("id_sex", "str")]):
        values = [distinct[number][at] if isinstance(number, str) else None for number in given]
        rows[name] = _series(values, np.arange(len(values)), kind)
    held = rows["skill_certificate"].to_numpy(object)
    certificates = {number: _certificate_facts(number) for number in set(held) if isinstance(number, str)}
    for at, name in enumerate(["certificate_year", "certificate_rank"]):
        values = [certificates[number][at] if isinstance(number, str) else None for number in held]
        rows[name] = pd.Series(values, dtype="Int32")
    units = {unit: norm(unit) for unit in rows["unit"].dropna().unique()}
    rows["unit_key"] = pd.Series([units.get(unit) for unit in rows["unit"].to_numpy(object)], dtype="str")
    rows["unit_code_sound"] = model.unit_code_sound(rows["unit_code"])
    for name in ("skill_certificate", "title_certificate"):
        hashes = {number: keyed_hash(number, key) for number in rows[name].dropna().unique()}
        rows[name] = pd.Series([hashes.get(number) for number in rows[name].to_numpy(object)], dtype="str")


def _id_facts(number: str, sound: bool, key: bytes) -> tuple[str | None, object, str | None]:
    """(key, birth date, sex) of an ID number. The key exists for any 15 or 18 characters; the rest for sound ones."""
    if len(number) not in (15, 18):
        return None, None, None
    sex = ("男" if int(number[16]) % 2 else "女") if sound else None
    return keyed_hash(number, key), birth_of(number) if sound else None, sex


def _certificate_facts(number: str) -> tuple[int | None, int | None]:
    """(year, rank) by the digits of a skill certificate's number; None where the number is of neither form."""
    found = _CERTIFICATE_NEW.fullmatch(number) or _CERTIFICATE_OLD.fullmatch(number)
    if not found:
        return None, None
    year = int(found[1])
    return (1900 if year > 80 else 2000) + year, 6 - int(found[2])


def _contradictions(rows: pd.DataFrame, collected: Collected) -> None:
    """Cells of one person that contradict each other: findings only, no fact is changed."""
    index_of = dict(zip(rows["pid"].tolist(), range(len(rows)), strict=True))
    for pid, name, code, detail in within_rows(rows.drop(columns=["honours"])):
        raw = collected.raw.get(name)
        index = index_of[pid]
        collected.blame(index, name, code, shown_value(raw[index], tables.field_of(name)) if raw else None, detail)


def _reject(rows: pd.DataFrame, collected: Collected) -> pd.DataFrame:
    """The rows with their bucket: one is rejected only where it names no person, neither by name nor ID number."""
    nobody = rows["name"].isna() & ~rows["id_number_given"].fillna(False).astype(bool)
    rows["bucket"] = pd.Series("evaluated", index=rows.index, dtype="str").mask(nobody, "rejected")
    rows["rejected_for"] = pd.Series([None] * len(rows), dtype="str").mask(nobody, "no_person")
    for index in rows.index[nobody]:
        collected.blame(index, None, "no_person", None)
    return rows.drop(columns=["id_number", "id_number_given"])
