"""DuckDB reaches no file, network or extension but the folders that a connection is for, whatever SQL it is given."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import guantong.schemas
from guantong.schemas import database
from guantong.schemas.sql_text import among, by_case, fill_template, literal, parquet_table, parquet_tables, texts_list


@pytest.fixture
def con(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    (tmp_path / "own").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret.txt").write_text("geheim")
    (tmp_path / "own" / "link.txt").symlink_to(tmp_path / "out" / "secret.txt")
    (tmp_path / "own" / "leads-out").symlink_to(tmp_path / "out")
    with database.connect(tmp_path / "own", spill=tmp_path / "spill", memory="200MB") as con:
        yield con


REACHES = [
    "COPY (SELECT 1) TO '{tmp}/out/canary.csv'", "COPY (SELECT 1) TO '{tmp}/own/../out/canary.csv'", "COPY (SELECT 1) TO '{tmp}/own-too.csv'",
    "COPY (SELECT 1) TO '{tmp}/own/leads-out/canary.csv'", "COPY (SELECT 1) TO 'canary.csv'", "SELECT * FROM read_text('{tmp}/out/secret.txt')",
    "SELECT * FROM read_text('{tmp}/own/link.txt')", "SELECT * FROM read_text('{tmp}/own/leads-out/secret.txt')", "SELECT * FROM glob('{tmp}/out/*')",
    "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM read_csv('https://example.com/x.csv')",
    "ATTACH '{tmp}/out/canary.db'", "EXPORT DATABASE '{tmp}/out/canary'", "INSTALL httpfs", "LOAD httpfs", "LOAD '{tmp}/own/x.duckdb_extension'",
    "SET enable_external_access = true", "SET allowed_directories = ['/']", "SET allowed_paths = ['/etc/passwd']", "SET lock_configuration = false",
    "SET temp_directory = '{tmp}/out'", "SET autoload_known_extensions = true", "SET profiling_output = '{tmp}/out/canary'",
    "PRAGMA enable_profiling", "SET log_query_path = '{tmp}/out/canary'", "SET secret_directory = '{tmp}/out'",
    "CREATE PERSISTENT SECRET canary (TYPE http, BEARER_TOKEN 'x')", "SELECT * FROM local_variable",
]  # fmt: skip


@pytest.mark.parametrize("sql", REACHES)
def test_nothing_beyond_its_folders_is_reached(con: duckdb.DuckDBPyConnection, tmp_path: Path, sql: str) -> None:
    local_variable = pd.DataFrame({"n": [1]})  # noqa: F841  what SQL must not see
    for used in (con, con.cursor()):
        with pytest.raises(duckdb.Error):
            used.execute(sql.replace("{tmp}", str(tmp_path)))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["leads-out", "link.txt", "out", "own", "secret.txt"]


def test_its_own_folders_are_read_and_written_and_what_does_not_fit_spills(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "own" / "a.parquet"
    database.write_parquet(con, path, "SELECT range AS n, md5(range::VARCHAR) AS text FROM range(2_000_000) ORDER BY text")
    assert con.execute(f"SELECT count(DISTINCT text) FROM {parquet_table(path)}").fetchall() == [(2_000_000,)]
    con.execute("SET VARIABLE as_of = DATE '2025-12-31'")
    con.execute("SET preserve_insertion_order = false")


def test_a_name_is_no_pattern_for_others(tmp_path: Path) -> None:
    for name, value in {"a[1]": 1, "a1": 2, "b*": 3, "bcd": 4, "c?'": 5, "cd'": 6}.items():
        (tmp_path / name).mkdir()
        with database.connect(tmp_path / name) as con:
            database.write_parquet(con, tmp_path / name / "x.parquet", f"SELECT {value} AS n")
            assert con.execute(f"SELECT n FROM {parquet_table(tmp_path / name / 'x.parquet')}").fetchall() == [(value,)]
            assert con.execute(f"SELECT n FROM {parquet_tables([tmp_path / name / 'x.parquet'])}").fetchall() == [(value,)]


ODD = ["'", "''", "' OR 1 = 1 --", '"', "\\", "\\'", "{n}", "$n", "?", "\n--", "甲'乙", ""]


@pytest.mark.parametrize("text", ODD)
def test_a_word_in_sql_stays_a_word(text: str) -> None:
    with database.connect() as con:
        assert con.execute(f"SELECT {literal(text)}, {texts_list([text, text])}").fetchall() == [(text, [text, text])]
        assert con.execute(f"SELECT {among('n', [text])}, {by_case('n', {text: text})} FROM (SELECT ? AS n)", [text]).fetchall() == [
            (True, text)
        ]
        assert con.execute(fill_template("SELECT {n}, '{other}'", {"n": literal(text)})).fetchall() == [(text, "{other}")]


def test_a_text_that_no_sql_can_hold_is_none() -> None:
    with pytest.raises(ValueError, match="NUL"):
        literal("甲\0' OR 1")


def test_no_module_opens_a_connection_of_its_own() -> None:
    packages = Path(guantong.schemas.__file__).parent.parent
    sources = [path for name in ("flows", "reports", "rules", "schemas") for path in (packages / name).rglob("*.py")]
    own = [path.name for path in sources if re.search(r"duckdb\.(connect|sql|execute|query)\b", path.read_text(encoding="utf-8"))]
    assert own == ["database.py"]
