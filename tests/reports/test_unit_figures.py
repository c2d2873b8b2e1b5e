"""Every figure of the units' workbooks, against plain counts over the audit's tables; and their cells, against the rosters themselves."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pytest

from guantong.reports.units.workbook import unit_plan
from guantong.schemas.text import is_blank, norm
from tests.conftest import Audit
from tests.support.report_data import lines_of, sheet_rows

ORDER = "['eligible', 'refer', 'unverified', 'not_yet', 'held', 'ineligible', 'no_route']"
TARGETS = (
    "['技术员', '助理工程师', '工程师', '高级工程师', '正高级工程师', '三级/高级工', '二级/技师', '一级/高级技师', '特级技师', '首席技师']"
)
PEOPLE = f"""
CREATE TABLE people AS SELECT *, least(list_position({ORDER}, skill_to_title_outcome), list_position({ORDER}, title_to_skill_outcome)) AS best
    FROM persons WHERE bucket = 'evaluated' AND duplicate_of IS NULL;
CREATE TABLE waiting AS SELECT p.unit_id, p.pid, p.best, v.outcome, v.eligible_on,
        v.direction NOT IN (SELECT direction FROM verdicts w WHERE w.pid = p.pid AND w.outcome = 'eligible')
            OR list_position({TARGETS}, v.target) > (SELECT max(list_position({TARGETS}, w.target)) FROM verdicts w
                WHERE w.pid = p.pid AND w.outcome = 'eligible' AND w.direction = v.direction) AS gains
    FROM people p JOIN verdicts v USING (pid) WHERE v.outcome IN ('not_yet', 'unverified');
"""
# Of the lists: who is counted, and who stands there too.
LISTS = {
    "可申报": ("SELECT count(*) FROM people WHERE best = 1", "SELECT count(*) FROM people WHERE best = 2"),
    "即将符合": (
        "SELECT count(DISTINCT pid) FROM waiting WHERE outcome = 'not_yet' AND best > 1",
        "SELECT count(DISTINCT pid) FROM waiting WHERE outcome = 'not_yet' AND best = 1 AND gains",
    ),
    "待核实": (
        "SELECT count(*) FROM people WHERE best = 3",
        "SELECT count(DISTINCT pid) FROM waiting WHERE outcome = 'unverified' AND best < 3 AND gains",
    ),
    "不符合": ("SELECT count(*) FROM people WHERE best = 6", "SELECT count(*) FROM people WHERE best = 5"),
}
# An address, and what is told to stand there: ＝ what was read, “what can't be read”, or nothing.
CELL = re.compile(r" ([A-Z]{1,3}\d+)(?:＝([^；、，]+)|“(.*?)”（无法识别）|（(未填)）)")


@pytest.fixture(scope="module")
def con(counted: Audit) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name in ("persons", "verdicts", "findings"):
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{counted.out}/data/{name}.parquet')")
        connection.execute(PEOPLE)
        yield connection


@pytest.fixture(scope="module")
def books(counted: Audit) -> dict[str, Path]:
    """The workbook of each unit by its id."""
    return {unit["unit_id"]: counted.out / "units" / unit["file_name"] for unit in unit_plan(counted.out / "data")}


def test_every_list_has_a_line_for_each_of_its_people(con: duckdb.DuckDBPyConnection, books: dict[str, Path]) -> None:
    totals: Counter[str] = Counter()
    for unit_id, path in books.items():
        for sheet, queries in LISTS.items():
            numbers = [row[0] for row in sheet_rows(path, sheet) if row[1] is not None]
            counted = [sum(isinstance(number, int) for number in numbers), sum(str(number).startswith("另") for number in numbers)]
            told = [con.execute(f"{query} AND unit_id = ?", [unit_id]).fetchone()[0] for query in queries]
            assert counted == told, (sheet, path)
            totals += Counter({sheet: told[0], f"{sheet}，另": told[1]})
    assert len(totals) == 8  # there is somebody in each


def test_the_first_sheet_has_the_counts_of_the_tables(con: duckdb.DuckDBPyConnection, books: dict[str, Path]) -> None:
    for unit_id, path in books.items():
        rows = {row[0]: row for row in sheet_rows(path, "首页") if row[0]}

        def one(query: str, unit_id: str = unit_id) -> int:
            return con.execute(query, [unit_id]).fetchone()[0]

        best = [one(f"SELECT count(*) FROM people WHERE unit_id = ? AND best = {rank}") for rank in range(1, 8)]
        (total,) = [text for text in rows if text.startswith("已审核")]
        assert [int(number) for number in re.findall(r"\d+", total)[:8]] == [sum(best), *best]
        soon = "SELECT count(*) FROM (SELECT pid, min(eligible_on) AS eligible_on FROM waiting WHERE unit_id = ? AND outcome = 'not_yet' AND best > 1 GROUP BY pid)"
        as_of = dt.date.fromisoformat(re.search(r"审核基准日 (\S+)　", openpyxl.load_workbook(path)["首页"]["A2"].value)[1])
        assert rows["一年内到年限"][1] == one(f"{soon} WHERE eligible_on <= DATE '{as_of.replace(year=as_of.year + 1)}'")
        assert [rows[name][1] for name in ("可申报", "待核实：填明后才能判断，可能可申报", "不符合")] == [best[0], best[2], best[5]]
        assert rows["无适用路径"][1] == best[6]


def test_everybody_who_was_evaluated_stands_in_a_list(con: duckdb.DuckDBPyConnection, books: dict[str, Path]) -> None:
    for unit_id, path in books.items():
        listed = {(line["姓名"], line["行"]) for sheet in (*LISTS, "其他行") for line in lines_of(path, sheet).values()}
        people = con.execute("SELECT name, row FROM people WHERE unit_id = ? AND name IS NOT NULL", [unit_id]).fetchall()
        assert {name for name, _ in people} <= {name for name, _ in listed}, path


def test_an_address_is_that_of_the_cell_in_the_roster(counted: Audit, con: duckdb.DuckDBPyConnection, books: dict[str, Path]) -> None:
    """What is told to be blank is blank there, what can't be read stands there, and where something was read there is something."""
    paths = {item["source_file"]: Path(item["path"]) for item in counted.run["inputs"]}
    rosters: dict[str, openpyxl.Workbook] = {}
    looked_at: Counter[str] = Counter()
    for unit_id, book in books.items():
        places = con.execute(
            "SELECT coalesce(name, '（未填）'), row, source_file, sheet FROM people WHERE unit_id = ?", [unit_id]
        ).fetchall()
        for sheet, column in (("待核实", "要填、改正或核实的单元格"), ("不符合", "原因：单元格＝所填，须为")):
            for name, line in lines_of(book, sheet).items():
                (file, where), *more = {(file, where) for own, row, file, where in places if (own, row) == (name, line["行"])}
                if more or paths[file].suffix != ".xlsx":
                    continue
                if file not in rosters:
                    rosters[file] = openpyxl.load_workbook(paths[file])
                for address, read, unreadable, blank in CELL.findall(str(line[column])):
                    cell = rosters[file][where][address]
                    if blank:
                        assert is_blank(cell.value), (file, address)
                    elif read:
                        assert not is_blank(cell.value), (file, address)
                    else:
                        assert norm(str(cell.value)) == norm(unreadable), (file, address)
                    looked_at["read" if read else "blank" if blank else "unreadable"] += 1
    assert min(looked_at[kind] for kind in ("read", "blank", "unreadable")) > 20
