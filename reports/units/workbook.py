"""A workbook for each unit, written from the audit's data read once for all the units that are asked for."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow
from duckdb import DuckDBPyConnection

from guantong.reports.audit_data import open_audit_data, read_rulebook
from guantong.reports.grouped_rows import row_buffers
from guantong.reports.output_files import digest, replace_file, slug
from guantong.reports.units.rows import QUERIES, Row, UnitRows
from guantong.reports.units.sheets import UnitSheets
from guantong.reports.units.words import UnitWords
from guantong.reports.xlsx.report_book import ReportBook
from guantong.schemas.database import create_table, records

Keep = Callable[[Iterable, Path, Callable[[], object]], object]


def made_anew(_: Iterable, __: Path, make: Callable[[], object]) -> None:
    """Keep nothing: make it."""
    make()


def file_name(unit_id: str, unit: str) -> str:
    """What a unit's workbook is called: no two units share a name, in whatever case or normal form a disk keeps it."""
    return f"{slug(unit)}-{digest(unit_id)}.xlsx"


_PLANNED = """
    SELECT * FROM units JOIN (
        SELECT unit_id, list(source_file) AS files, coalesce(sum(found), 0)::BIGINT AS file_findings
        FROM (SELECT DISTINCT unit_id, source_file FROM persons)
        LEFT JOIN (SELECT source_file, count(*) AS found FROM findings WHERE unit_id IS NULL GROUP BY source_file) USING (source_file)
        GROUP BY unit_id
    ) USING (unit_id) ORDER BY first_pid
"""


def unit_plan(data: Path) -> list[dict]:
    """The units of `data`, in the order of their first people:
    [{unit_id, unit, city, unit_code, persons: people counted once, first_pid, files, file_findings: how many the files have as a whole,
    file_name}].

    Raises ValueError where two units would write one file.
    """
    with open_audit_data(data) as connection:
        units = records(connection, _PLANNED)
    owner: dict[str, str] = {}
    for unit in units:
        unit["file_name"] = file_name(unit["unit_id"], unit["unit"])
        other = owner.setdefault(unit["file_name"].casefold(), unit["unit_id"])
        if other != unit["unit_id"]:
            raise ValueError(f"两个单位的文件同名：{other}、{unit['unit_id']} → {unit['file_name']}")
    return units


def write_units(data: Path, folder: Path, units: list[dict], keep: Keep = made_anew) -> int:
    """Write into `folder` a workbook for each of `units`, which are of `unit_plan`. Returns how many.

    keep(all that a workbook is made from beside the rule book, piece by piece; its path; the function that makes it there).
    Each workbook is whole or is not there; `unit_plan` has looked whether the rows fit together.
    """
    rulebook = read_rulebook(data)
    with open_audit_data(data, checked=True, units=[unit["unit_id"] for unit in units]) as connection:
        rows_by_query = _query(connection, rulebook, units)
    words = UnitWords(rulebook)
    for number, unit in enumerate(units):

        def make(number: int = number, unit: dict = unit) -> None:
            with (
                replace_file(folder / unit["file_name"]) as temporary,
                ReportBook(temporary, rulebook, subject(unit), for_print=True) as book,
            ):
                UnitSheets(words, book, unit, _parts(rows_by_query, number)).write()

        keep(_made_from(unit, rows_by_query, number), folder / unit["file_name"], make)
    return len(units)


def write_unit_sheets(book: ReportBook, connection: DuckDBPyConnection, unit: dict) -> None:
    """Write into `book`, which is `for_print`, the sheets of `unit`, a row of the view units.

    connection: as `open_audit_data` gives it, or with tables of the same names and `create_views`.
    """
    rows_by_query = _query(connection, book.rulebook, [unit])
    UnitSheets(UnitWords(book.rulebook), book, unit, _parts(rows_by_query, 0)).write()


def subject(unit: dict) -> str:
    """The title of a unit's workbook."""
    return f"职业发展贯通候选：{unit['unit']}"


def _query(connection: DuckDBPyConnection, rulebook: dict, units: list[dict]) -> dict[str, UnitRows]:
    """The rows of `units`, each by its place among them."""
    numbered = {"number": range(len(units)), "unit_id": [unit["unit_id"] for unit in units]}
    schema = pyarrow.schema([("number", pyarrow.int64()), ("unit_id", pyarrow.string())])
    create_table(connection, "asked", pyarrow.table(numbered, schema=schema))
    asks = [(way, name, field) for way, told in rulebook["asks"].items() for name, one in told.items() for field in one["fields"]]
    create_table(connection, "fields_asked", pyarrow.table(dict(zip(("direction", "condition", "field"), zip(*asks), strict=True))))
    return {name: UnitRows(connection.sql(query).to_arrow_table(), len(units)) for name, query in QUERIES.items()}


def _parts(rows_by_query: dict[str, UnitRows], number: int) -> dict[str, list[Row]]:
    return {name: rows.rows(number) for name, rows in rows_by_query.items()}


def _made_from(unit: dict, rows_by_query: dict[str, UnitRows], number: int) -> Iterator[object]:
    yield {name: value for name, value in unit.items() if name != "first_pid"}  # it depends on the other files
    for name, rows in rows_by_query.items():
        yield name
        yield from row_buffers(rows.of(number))
