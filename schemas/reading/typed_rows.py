"""The second half of reading: raw cells to typed columns, validated; what can't be read is a finding.

Each distinct cell of a column is parsed once. ID and certificate numbers leave this module only as
keyed hashes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionArray

from guantong.schemas import catalogue
from guantong.schemas.checks import pandera_schema
from guantong.schemas.checks.plausibility import contradictions
from guantong.schemas.files.workbook import LOST_TEXT, UNCALCULATED
from guantong.schemas.findings import shown_value
from guantong.schemas.own_words import OwnWords
from guantong.schemas.reading.credentials import Cells, Codes, credentials
from guantong.schemas.reading.grades_of_years import add_grades
from guantong.schemas.reading.near_units import add_near_units
from guantong.schemas.reading.raw_cells import LONGEST
from guantong.schemas.reading.raw_people import UNKNOWN_CELL, RawPeople
from guantong.schemas.reading.tracks import TRACKS
from guantong.schemas.text import MOST_GROWN, is_blank, is_shortened, mask_numbers, norm
from guantong.schemas.values.identity import birth_of, keyed_hash
from guantong.schemas.values.levels import occupation_key
from guantong.schemas.values.parsed import Parsed
from guantong.schemas.values.parsers import COLUMNS, PARSERS

_ERROR_CELL = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)")
_CERTIFICATE_OLD = re.compile(r"(\d\d)\d{8}([1-5])\d{5}")  # 职业资格证书, 16 digits
_CERTIFICATE_NEW = re.compile(r"[A-Z]\d{12}(\d\d)([1-5])\d{6}")  # 职业技能等级证书, a letter and 21 digits
_BLANK: dict[str, dict[str, object]] = {
    "date": {"_state": "blank"},
    "months": {"": 0, "_state": "known"},
    "skill": {"_state": "blank"},
    "title": {"_state": "blank", "_rank": 0},
    "claim": {"_state": "blank"},
    "id_number": {"_given": False},
}
_UNKNOWN: dict[str, object] = {"_state": "unknown", "_given": True}
_DAMAGED = "\ufffd"  # stands for a character that could not be read
_LOST = "（内容缺失）"
_SURELY_WHOLE = LONGEST // MOST_GROWN - 1  # characters of a text that nothing was cut off from
_NUMBERS = {bool, int, float}


@dataclass
class TypedRows:
    """The typed people of a batch, in the order of pid. ``rows``: a row a person. ``credentials``: pid and the columns of
    `credentials.STRUCT`. ``unread``: pid, field: cells that are filled and can't be read.
    """

    rows: pd.DataFrame
    credentials: pa.Table
    unread: pd.DataFrame


@dataclass
class _Cells:
    """What is kept of the parsed cells beside their columns: those of levels and titles, and where a field can't be read."""

    of_tracks: dict[str, Cells] = field(default_factory=dict)
    unread: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def keep(self, name: str, parsed: list[Parsed], codes: Codes) -> None:
        base = name.partition("#")[0]
        if base in (track.field for track in TRACKS):
            self.of_tracks[name] = Cells(parsed, codes)
        unread = np.array([one.is_unread for one in parsed])
        if unread.any():
            self.unread[base] = self.unread.get(base, False) | unread[codes]

    def unread_table(self, pids: npt.NDArray[np.int64]) -> pd.DataFrame:
        names = sorted(self.unread)
        people = [np.flatnonzero(self.unread[name]) for name in names]
        owners = pids[np.concatenate([np.empty(0, np.int64), *people])]
        fields = np.repeat(np.array(names, object), list(map(len, people)))
        order = np.argsort(owners, kind="stable")
        return pd.DataFrame({"pid": owners[order], "field": pd.array(fields[order], dtype="str")})


def type_rows(people: RawPeople, key: bytes) -> TypedRows:
    """The typed and validated people of a batch; ``key`` is the secret of the keyed hash.

    Columns of rows: pid, file_no, sheet, row, bucket, rejected_for, `parsers.COLUMNS` by field, occupation_key,
    assessment_YYYY, honours (tuples). Findings are added to ``people``.
    """
    cells = _Cells()
    rows = _typed(people, cells)
    _validate(rows, people, cells)
    _hash(rows, key)
    _contradictions(rows, people)
    add_near_units(rows, people)
    held, conflicts = credentials(rows, cells.of_tracks)
    held = _with_places(held, people)
    for each in conflicts:
        beside = people.cells[each.field][each.person]
        people.add_finding(each.person, each.field, "date_conflict", shown_value(beside, catalogue.field_of(each.field)), each.day)
    if people.own_places:  # a cell that counts for two rows of one person is told once
        people.findings = list({tuple((vars(one) | {"pid": None}).values()): one for one in people.findings}.values())
    rows = rows.drop(columns=[name for name in rows if "#" in name])
    return TypedRows(_reject(rows, people), held, cells.unread_table(rows["pid"].to_numpy()))


def _with_places(held: pa.Table, people: RawPeople) -> pa.Table:
    """The credentials, with sheet and row of those that stand in a further row of the person, by the names that their columns have there."""
    if not people.own_places:
        return held
    columns = {name: held[name].to_pylist() for name in ("sheet", "row", "level_name", "date_name")}
    for at, pid in enumerate(held["pid"].to_pylist()):
        place = people.own_places.get((pid, columns["level_name"][at]))
        if place is not None:
            columns["sheet"][at], columns["row"][at] = place
            for name in ("level_name", "date_name"):
                columns[name][at] = columns[name][at] and columns[name][at].partition("#")[0]
    for name, values in columns.items():
        held = held.set_column(held.column_names.index(name), name, pa.array(values, held.schema.field(name).type))
    return held


def _typed(people: RawPeople, cells: _Cells) -> pd.DataFrame:
    """The typed table: each field's columns, parsed once per distinct cell; unreadable cells become findings."""
    places = list(zip(*people.places)) or [()] * 4
    kinds = {"pid": "int64", "file_no": "int64", "sheet": "str", "row": "int64"}
    data: dict[str, object] = {
        name: pd.Series(list(values), dtype=kind) for (name, kind), values in zip(kinds.items(), places, strict=True)
    }
    numbered = [name for name in people.cells if name.startswith(("assessment_", "recent_grades_")) or "#" in name]
    for name in [name for name in catalogue.fields() if name != "assessment"] + sorted(numbered):
        item = catalogue.field_of(name)
        if item.kind not in PARSERS:
            continue
        parsed, codes = _parse(people.cells.get(name), item, len(people.places), people.words)
        for suffix, kind in COLUMNS.get(item.kind, {"": "object"}).items():
            data[name + suffix] = _series([one.values.get(suffix) for one in parsed], codes, kind)
        _add_unreadable(people, name, parsed, codes)
        cells.keep(name, parsed, codes)
    data["province"] = data.pop("city_province")
    several = {name: data.pop(name) for name in list(data) if name.startswith("recent_grades")}
    for name, unread in add_grades(data, several, people).items():
        if unread.any():
            cells.unread[name] = cells.unread.get(name, False) | unread
    rows = pd.DataFrame(data)
    for name in [name for name in rows if name.partition("#")[0] == "occupation" and not name.endswith("_length")]:
        codes, occupations = pd.factorize(rows[name])
        keyed = name.replace("occupation", "occupation_key")
        _spread(rows, codes, [(occupation_key(occupation),) for occupation in occupations], {keyed: "str"})
    _tell_absent_titles(rows, people)
    return rows


def _tell_absent_titles(rows: pd.DataFrame, people: RawPeople) -> None:
    """A sheet, or a table of it, without a column of titles says nothing of them: the state is absent, not blank."""
    told = {(file_no, sheet) for file_no, sheet, name in people.sheet_columns if name == "title"}
    without = np.fromiter(((file_no, sheet) not in told for _, file_no, sheet, _ in people.places), bool, len(rows))
    for index, columns in people.own_tables():
        without[index] = "title" not in columns
    absent = without & ~rows["pid"].isin(people.told_titles).to_numpy(bool) & (rows["title_state"] == "blank").to_numpy(bool)
    rows.loc[absent, "title_state"] = "absent"
    rows.loc[absent, "title_rank"] = pd.NA


def _parse(cells: list[object] | None, item: catalogue.Field, count: int, words: OwnWords) -> tuple[list[Parsed], Codes]:
    """Distinct cells parsed, and for each person the index of its own among them; blank is index 0."""
    parsed = [Parsed(_BLANK.get(item.kind, {}))]
    if cells is None:
        return parsed, np.zeros(count, np.int64)
    parser = PARSERS[item.kind]
    mixed = len(_NUMBERS & set(map(type, cells))) > 1
    keys: list[object] = [(cell.__class__, cell) for cell in cells] if mixed else cells  # 1 is not True
    code_of: dict[object, int] = {}
    for key, cell in dict(zip(keys, cells)).items():
        code_of[key] = 0 if is_blank(cell) else len(parsed)
        if code_of[key]:
            parsed.append(_parse_one(parser, cell, item, words))
    return parsed, np.fromiter(map(code_of.__getitem__, keys), np.int64, count)


def _parse_one(parser: Callable[[object, catalogue.Field], Parsed], cell: object, item: catalogue.Field, words: OwnWords) -> Parsed:
    if cell is UNKNOWN_CELL:
        return Parsed(_UNKNOWN)
    if isinstance(cell, str) and ("#" in cell or _DAMAGED in cell) and (lost := _parse_lost(parser, cell, item)):
        return lost
    found = parser(words.read(item.name, cell) if words.cells else cell, item)
    if words.cells and item.kind in ("assessment", "recent_grades"):
        found = words.read_grades(found)
    if isinstance(cell, str) and len(cell) > _SURELY_WHOLE and is_shortened(cell, LONGEST) and not found.code and item.kind != "text":
        found = replace(found, code="value_too_long")
    return replace(found, detail=f"{found.detail}\0{shown_value(cell, item)}") if found.code else found


def _parse_lost(parser: Callable[[object, catalogue.Field], Parsed], cell: str, item: catalogue.Field) -> Parsed | None:
    """What a cell gives whose content the file does not hold, or holds as an error; None of any other."""
    if cell == UNCALCULATED:
        return Parsed(_UNKNOWN, "formula_not_calculated", "\0")
    if cell == LOST_TEXT:
        return Parsed(_UNKNOWN, "cell_damaged", f"\0{_LOST}")
    if _DAMAGED in cell:
        return _parse_damaged(parser, cell, item)
    return Parsed(_UNKNOWN, "error_cell", f"\0{cell.strip()}") if _ERROR_CELL.fullmatch(cell.strip()) else None


def _parse_damaged(parser: Callable[[object, catalogue.Field], Parsed], cell: str, item: catalogue.Field) -> Parsed:
    """A text with a character that the file has lost: it names a person all the same, but nothing is read from it."""
    shown = shown_value(cell, item)
    return replace(parser(cell, item) if item.kind == "name" else Parsed(_UNKNOWN), code="cell_damaged", detail=f"\0{shown}")


def _series(values: list[object], codes: Codes, kind: str) -> npt.NDArray[np.datetime64] | ExtensionArray:
    """A column: for each person the one of the distinct ``values`` that the code names."""
    if kind == "date":
        return pa.array(values, pa.date32()).to_numpy(zero_copy_only=False).astype("datetime64[s]").take(codes)
    return pd.array(values, dtype=kind).take(codes)


def _add_unreadable(people: RawPeople, name: str, parsed: list[Parsed], codes: Codes) -> None:
    bad = np.array([one.code is not None for one in parsed])
    if not bad.any():
        return
    for index in np.flatnonzero(bad[codes]).tolist():
        one = parsed[codes[index]]
        shown = one.detail.rpartition("\0")[2]
        for code, told in ((one.code, one.detail), *one.also):
            detail, *texts = told.split("\0")
            people.add_finding(index, name, code, mask_numbers(texts[0]) if texts else shown, detail)


def _validate(rows: pd.DataFrame, people: RawPeople, cells: _Cells) -> None:
    """Pandera on the typed columns; a failed check is a finding, and where it is an error the fact becomes unknown."""
    kinds = catalogue.finding_kinds()
    for failure in pandera_schema.failures(rows):
        item = catalogue.field_of(failure.field)
        raw = people.cells[failure.field][failure.index]
        people.add_finding(failure.index, failure.field, failure.code, shown_value(raw, item))
        if kinds[failure.code].severity == "error" and item.kind in ("date", "months"):
            for suffix in COLUMNS[item.kind]:
                value = "unknown" if suffix == "_state" else (pd.NaT if item.kind == "date" else pd.NA)
                rows.loc[failure.index, failure.field + suffix] = value
            cells.unread.setdefault(item.name, np.zeros(len(rows), bool))[failure.index] = True


def _hash(rows: pd.DataFrame, key: bytes) -> None:
    """Replace ID and certificate numbers by keyed hashes, after taking from them what the checks compare."""
    codes, numbers = pd.factorize(rows["id_number"])
    sound = pandera_schema.id_number_sound(pd.Series(numbers, dtype="str"))
    facts = [_id_facts(number, good, key) for number, good in zip(numbers.to_numpy(object), sound.tolist(), strict=True)]
    _spread(rows, codes, facts, {"person_key": "str", "id_birth": "date", "id_sex": "str"})
    codes, numbers = pd.factorize(rows["skill_certificate"])
    _spread(
        rows, codes, list(map(_certificate_facts, numbers.to_numpy(object))), {"certificate_year": "Int32", "certificate_rank": "Int32"}
    )
    codes, units = pd.factorize(rows["unit"])
    _spread(rows, codes, [(norm(unit),) for unit in units], {"unit_key": "str"})
    rows["unit_code_sound"] = pandera_schema.unit_code_sound(rows["unit_code"])
    for name in ("skill_certificate", "title_certificate"):
        codes, numbers = pd.factorize(rows[name])
        _spread(rows, codes, [(keyed_hash(number, key),) for number in numbers.to_numpy(object)], {name: "str"})


def _spread(rows: pd.DataFrame, codes: Codes, facts: Sequence[tuple[object, ...]], kinds: dict[str, str]) -> None:
    """Add columns of ``kinds``: for each row those of the ``facts`` that its code names, nothing where it is -1."""
    for at, (name, kind) in enumerate(kinds.items()):
        rows[name] = _series([*(one[at] for one in facts), None], codes, kind)


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


def _contradictions(rows: pd.DataFrame, people: RawPeople) -> None:
    """Cells of one person that contradict each other: findings only, no fact is changed."""
    index_of = dict(zip(rows["pid"].tolist(), range(len(rows)), strict=True))
    void = {(one.pid, one.field) for one in people.findings if one.code == "gives_none"}
    for found in contradictions(rows):
        raw = people.cells.get(found.field)
        index = index_of[found.pid]
        if found.code == "date_without_level" and (found.pid, found.field.partition("_")[0]) in void:
            continue  # 技师（作废）, and its date
        value = shown_value(raw[index], catalogue.field_of(found.field)) if raw else None
        people.add_finding(index, found.field, found.code, value, found.detail)


def _reject(rows: pd.DataFrame, people: RawPeople) -> pd.DataFrame:
    """The rows with their bucket: one is rejected only where it is struck out, or names no person, neither by name nor ID number."""
    nobody = rows["name"].isna() & ~rows["id_number_given"].fillna(False).astype(bool)
    struck = pd.Series(False, index=rows.index)
    struck.iloc[sorted(people.struck)] = True
    _forget_findings(people)
    reason = pd.Series([None] * len(rows), dtype="str").mask(nobody, "no_person").mask(struck, "struck_out")
    rows["bucket"] = pd.Series("evaluated", index=rows.index, dtype="str").mask(nobody | struck, "rejected")
    rows["rejected_for"] = reason
    for index in rows.index[nobody | struck]:
        people.add_finding(index, None, reason[index], None)
    return rows.drop(columns=["id_number", "id_number_given"])


def _forget_findings(people: RawPeople) -> None:
    """What is wrong with the cells of a struck row is nothing that anybody needs to mend."""
    pids = {people.places[index][0] for index in people.struck}
    if pids:
        people.findings = [one for one in people.findings if one.pid not in pids]
