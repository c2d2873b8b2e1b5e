"""A workbook for each unit, written from the audit's data read once for all the units that are asked for."""

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from pathlib import Path

import pyarrow

from guantong.reports.audit_data import FOREIGN, connect, read_rulebook
from guantong.reports.grouped_rows import Grouped, memory
from guantong.reports.style import digest, replacing, slug
from guantong.reports.units.sheets import UnitWriter
from guantong.schemas.database import records

SOURCE = 'source_file, sheet, "row"'
# The place as the unit is told it: another's file by no name of its own.
TOLD = 'coalesce(told.told_as, source_file) AS source_file, coalesce(told.told_sheet, sheet) AS sheet, "row"'
KNOWN_AS = "LEFT JOIN told USING (unit_id, source_file, sheet)"

# Each begins with the unit's number `n`. Lines are sorted in Python: they stand nearly so, and DuckDB takes 1 kB a line for it.
QUERIES = {
    "lines": f"""SELECT n, {TOLD}, target_rank, outcome_rank, route, name, skill_level, title, clause, direction, target, outcome,
            eligible_on, since, array_to_string(not_met, ' '), array_to_string(unknown, ' '), array_to_string(review, ' '),
            array_to_string(missing, '、'), as_of
        FROM lines JOIN asked USING (unit_id) {KNOWN_AS}""",
    # Those of a file or a sheet have no unit: every unit with a row in the file is told, but where the file may be another's.
    "findings": f"""SELECT * EXCLUDE (code) FROM (
            SELECT n, {TOLD}, f."column", f.header, f.severity, f.value,
                f.message, f.expected, f.action, f.code
            FROM findings f JOIN asked USING (unit_id) {KNOWN_AS} WHERE NOT {FOREIGN}
            UNION ALL
            SELECT n, f.source_file, f.sheet, f."row", f."column", f.header, f.severity, f.value,
                f.message, f.expected, f.action, f.code
            FROM findings f
            JOIN (SELECT DISTINCT n, source_file FROM persons JOIN asked USING (unit_id) WHERE told_as IS NULL) USING (source_file)
            WHERE f.unit_id IS NULL)
        ORDER BY source_file, sheet NULLS FIRST, "row" NULLS FIRST, length("column"), "column", code, value, message""",
    "others": f"""SELECT n, {TOLD}, name, skill_level, title, bucket, rejected_for,
            CASE WHEN duplicate_of.source_file <> source_file THEN '另一份名册' WHEN p.told_as IS NOT NULL THEN '第' || duplicate_of."row" || '行'
                ELSE concat_ws('，', duplicate_of.source_file, duplicate_of.sheet, '第' || duplicate_of."row" || '行') END,
            array_to_string(not_known, ' '), as_of
        FROM persons p JOIN asked USING (unit_id) {KNOWN_AS}
        WHERE NOT (duplicate_of IS NOT NULL AND {FOREIGN.replace("told_as", "p.told_as")})
            AND (bucket = 'rejected' OR duplicate_of IS NOT NULL OR NOT EXISTS
                (SELECT 1 FROM verdicts v WHERE v.source_file = p.source_file AND v.sheet = p.sheet AND v."row" = p."row"))
        ORDER BY ALL""",
    "sources": """SELECT n, coalesce(told_as, source_file) AS source_file, count(*), count(*) FILTER (bucket = 'rejected'),
            count(*) FILTER (bucket = 'evaluated' AND duplicate_of IS NOT NULL)
        FROM persons JOIN asked USING (unit_id) GROUP BY n, coalesce(told_as, source_file) ORDER BY source_file""",
    "claims": f"""SELECT n, {TOLD}, c.name, c.claimed, c.direction, c.result, c.outcome, c.clause, c.eligible_on,
            array_to_string(c.not_met, ' '), array_to_string(c.missing, '、'), array_to_string(c.review, ' '), c.could_claim, c.as_of
        FROM (SELECT c.* FROM claims c SEMI JOIN people USING ({SOURCE})) AS c JOIN asked USING (unit_id) {KNOWN_AS}
        ORDER BY {SOURCE}, c.claim""",
    "outcomes": """SELECT n, direction, outcome, count(*) FROM (
            SELECT n, 'skill-to-title' AS direction, skill_to_title_outcome AS outcome
            FROM people JOIN asked USING (unit_id)
            UNION ALL
            SELECT n, 'title-to-skill', title_to_skill_outcome FROM people JOIN asked USING (unit_id))
        GROUP BY ALL ORDER BY ALL""",
}


Keep = Callable[[Iterable, Path, Callable[[], object]], object]


def made_anew(_: Iterable, __: Path, make: Callable[[], object]) -> None:
    """Keep nothing: make it."""
    make()


def file_name(unit_id: str, unit: str) -> str:
    """What a unit's workbook is called: no two units share a name, in whatever case or normal form a disk keeps it."""
    return f"{slug(unit)}-{digest(unit_id)}.xlsx"


def unit_plan(data: Path) -> list[dict]:
    """The units of `data`, in the order of their first people:
    [{unit_id, unit, city, unit_code, persons: people counted once, first_pid, last_pid, file_name}].

    Raises ValueError where two units would write one file.
    """
    with connect(data) as connection:
        units = records(connection, "SELECT * FROM units ORDER BY first_pid")
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
    pids = min(unit["first_pid"] for unit in units), max(unit["last_pid"] for unit in units)
    with connect(data, checked=True, pids=pids) as connection:
        numbered = {"n": range(len(units)), "unit_id": [unit["unit_id"] for unit in units]}
        schema = pyarrow.schema([("n", pyarrow.int64()), ("unit_id", pyarrow.string())])
        connection.register("asked_rows", pyarrow.table(numbered, schema=schema))
        connection.execute("CREATE TABLE asked AS SELECT * FROM asked_rows")
        found = {name: Grouped(connection.sql(query).to_arrow_table(), len(units)) for name, query in QUERIES.items()}
    writer = UnitWriter(rulebook)
    for number, unit in enumerate(units):
        own = {name: rows.of(number) for name, rows in found.items()}

        def make(unit: dict = unit, own: dict = own) -> None:
            parts = {name: _rows(table) for name, table in own.items()}
            parts["lines"].sort(key=itemgetter(*range(6)))
            with replacing(folder / unit["file_name"]) as temporary:
                writer.write(temporary, unit, parts)

        keep(_made_from(unit, own), folder / unit["file_name"], make)
    return len(units)


def _made_from(unit: dict, own: dict[str, pyarrow.Table]) -> Iterator[object]:
    yield {name: value for name, value in unit.items() if name not in ("first_pid", "last_pid")}  # they depend on the other files
    for name, table in own.items():
        yield name
        yield from memory(table)


def _rows(table: pyarrow.Table) -> list[tuple]:
    """The rows in Python, each distinct value of a column made once: most are words that many rows share."""
    return [row for batch in table.to_batches() for row in zip(*map(_values, batch.columns), strict=True)]


def _values(column: pyarrow.Array) -> Iterator:
    coded = column.dictionary_encode()
    words = [*coded.dictionary.to_pylist(), None]
    return map(words.__getitem__, coded.indices.fill_null(-1).to_numpy().tolist())
