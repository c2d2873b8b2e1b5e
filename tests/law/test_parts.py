"""What is evaluated in parts is, merged, to the byte what is evaluated in one piece: also where people meet across parts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from guantong.flows.audit import build_tables
from guantong.flows.audit.kinds import AsOfAudit
from guantong.flows.records import Input, PackedInputs, PackEntry
from guantong.rules.evaluation.evaluate import evaluate
from guantong.rules.evaluation.export import make_words
from guantong.rules.policy.load import load
from guantong.sample_data.rosters import write_rosters
from guantong.schemas.reading.batch import read_batch, write_batch
from tests.support.workbooks import CLEAN, people

POLICY, AS_OF = load("liaoning-2019-2"), dt.date(2025, 12, 31)


def placed(folder: Path, work: Path, times: int = 1) -> PackedInputs:
    """Each file of a folder, ``times`` over under other names, in a pack of its own."""
    places = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        places.append(PackEntry(work / f"pack{len(places)}", 0))
        write_batch(read_batch([path], b"key"), places[-1].pack)
    return [
        (Input(number, folder / f"{number:05d}.xlsx", f"{number:05d}.xlsx", sha256=f"{number:064d}"), places[number % len(places)])
        for number in range(times * len(places))
    ]


def written(con: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    folder.mkdir()
    evaluate(con, POLICY, AS_OF)
    make_words(con)
    build_tables.export(con, AsOfAudit(AS_OF), POLICY, folder)
    return folder


def merged(places: PackedInputs, cuts: list[int], work: Path) -> Path:
    """The tables of places cut into parts before these numbers."""
    whole, target, parts = work / "whole", work / "merged", []
    whole.mkdir()
    target.mkdir()
    with build_tables.connect(work) as con:
        build_tables.match_packs(con, places, whole)
    for begin, end in zip([0, *cuts], [*cuts, len(places)]):
        with build_tables.connect(work) as con:
            con.execute("SET threads = 1")
            build_tables.load_part(con, places[begin:end], whole)
            parts.append(written(con, work / f"part{begin}"))
    for name in build_tables.EXPORTED:
        with build_tables.connect(work) as con:
            build_tables.merge(con, name, parts, target)
    return target


def assert_same(one: Path, other: Path) -> None:
    assert {path.name for path in one.iterdir()} == {f"{name}.parquet" for name in build_tables.EXPORTED}
    assert {path.name: path.read_bytes() for path in one.iterdir()} == {path.name: path.read_bytes() for path in other.iterdir()}


@pytest.mark.parametrize("cuts", [[], [1, 2, 3, 4, 5, 6, 7], [1, 4]])
def test_parts_merge_to_the_same_bytes(tmp_path: Path, cuts: list[int]) -> None:
    inbox = tmp_path / "in"
    write_rosters(inbox, 60, 3, 7)
    for name in ("0", "zz"):
        (inbox / f"{name}.xlsx").write_bytes(f"no workbook {name}".encode())  # a part of refused files only
    numbered = CLEAN | {"技能证书编号": "S000021060012345678"}
    unlike = numbered | {"身份证号": "", "姓名": "另一人"}
    people(inbox / "00.xlsx", CLEAN | {"单位名称": "甲示例厂", "统一社会信用代码": ""}, unlike | {"单位名称": "乙示例厂"})
    people(inbox / "zy.xlsx", numbered | {"单位名称": "甲示例厂"}, CLEAN | {"单位名称": "丙示例厂", "统一社会信用代码": ""})
    people(inbox / "zz1.xlsx", CLEAN | {"单位名称": "甲示例厂", "统一社会信用代码": ""})
    places = placed(inbox, tmp_path)
    assert len(places) == 8
    with build_tables.connect(tmp_path) as con:
        build_tables.load_packs(con, places)
        one = written(con, tmp_path / "one")
    codes = {code for (code,) in duckdb.sql(f"SELECT DISTINCT code FROM '{one}/findings.parquet'").fetchall()}
    assert {"person_twice", "person_two_units", "certificate_two_people"} <= codes
    assert_same(one, merged(places, cuts, tmp_path))


def test_several_row_groups_merge_to_the_same_bytes(tmp_path: Path) -> None:
    write_rosters(tmp_path / "in", 600, 2, 5)
    places = placed(tmp_path / "in", tmp_path, times=70)
    with build_tables.connect(tmp_path) as con:
        build_tables.load_packs(con, places)
        one = written(con, tmp_path / "one")
    groups = f"SELECT DISTINCT row_group_num_rows FROM parquet_metadata('{one}/verdicts.parquet') WHERE row_group_id = 0"
    assert duckdb.sql(groups).fetchall() == [(122_880,)]
    assert_same(one, merged(places, [3, 71, 120], tmp_path))


def test_a_table_that_does_not_fit_into_memory_beside_another_is_written_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rosters(tmp_path / "in", 60, 3, 7)
    places, whole, tried = placed(tmp_path / "in", tmp_path), build_tables._copy, []

    def copy(con: duckdb.DuckDBPyConnection, path: Path, query: str) -> None:
        tried.append(path.name)
        if tried.count(path.name) == 1 and path.name in ("persons.parquet", "facts.parquet"):
            raise duckdb.OutOfMemoryException("made up")
        whole(con, path, query)

    for name, replaced in (("one", whole), ("two", copy)):
        monkeypatch.setattr(build_tables, "_copy", replaced)
        with build_tables.connect(tmp_path) as con:
            build_tables.load_packs(con, places)
            written(con, tmp_path / name)
    assert tried.count("persons.parquet") == tried.count("facts.parquet") == 2
    assert_same(tmp_path / "one", tmp_path / "two")
