"""Cities that people's rows do not tell, presumed from what stands beside: other rows of the unit, its credit code, the folders of its files.

What is presumed is said to be so wherever it is counted, and stands in no published table.
"""

from pathlib import PurePosixPath

import duckdb
import pandas as pd

from guantong.schemas import database
from guantong.schemas.values.identity import are_unit_codes
from guantong.schemas.values.places import find_place, place_of_code

TOLD, ROWS, CODE, FOLDER = "花名册", "本单位其他人员", "信用代码", "文件夹名"
PRESUMED_NOTE = (
    "没有填写所在市的，依次由本单位其他人员所填、单位的统一社会信用代码（第3至8位为登记机关所在地）和花名册所在文件夹的名称推定，互相矛盾的不推定；"
    "推定的不写入人员表，也不用于公布表。"
)


def create_presumed_cities(connection: duckdb.DuckDBPyConnection) -> None:
    """Make of `counted_people` the view placed_people, with `place` and whether it is presumed; and the table unit_places: unit_id, place, place_from.

    Presumed of a unit is what all rows that tell a city tell; where none does, what the credit code and the names of folders say without contradiction.
    """
    query = """SELECT unit_id, list(DISTINCT p.city) FILTER (p.city IS NOT NULL), any_value(units.unit_code), list(DISTINCT source_file)
        FROM persons AS p JOIN units USING (unit_id) GROUP BY unit_id HAVING bool_or(p.city IS NULL) ORDER BY unit_id"""
    units = connection.execute(query).fetchall()
    sound = dict(zip(codes := [code or "" for *_, code, _ in units], are_unit_codes(pd.Series(codes, dtype=str)), strict=True))
    presumed = [(unit_id, *_presume(told, code if sound[code or ""] else None, files)) for unit_id, told, code, files in units]
    database.create_table(
        connection, "presumed_cities", pd.DataFrame(presumed, columns=["unit_id", "presumed", "presumed_from"], dtype=str)
    )
    connection.execute(f"""
        CREATE TEMP VIEW placed_people AS
        SELECT c.*, coalesce(city, presumed) AS place, city IS NULL AND presumed IS NOT NULL AS is_presumed
        FROM counted_people AS c LEFT JOIN presumed_cities USING (unit_id);
        CREATE TEMP VIEW unit_places AS
        SELECT unit_id, coalesce(city, presumed) AS place, CASE WHEN city IS NOT NULL THEN '{TOLD}' ELSE presumed_from END AS place_from
        FROM units LEFT JOIN presumed_cities USING (unit_id)""")


def _presume(told: list[str] | None, code: str | None, files: list[str]) -> tuple[str | None, str | None]:
    """(city, what it is presumed from) of those in a unit who tell none; (None, None) where nothing tells it, or it is contradicted."""
    if told:
        return (told[0], ROWS) if len(told) == 1 else (None, None)
    by_code = place_of_code(code) if code else None
    by_folder = {place for place in map(_place_of_folder, files) if place}
    places = by_folder | {by_code} - {None}
    if len(places) != 1:
        return None, None
    sources = [source for source, found in ((CODE, by_code), (FOLDER, by_folder)) if found]
    return places.pop(), "和".join(sources)


def _place_of_folder(source_file: str) -> str | None:
    """The city that the innermost folder names which names one."""
    folders = reversed(PurePosixPath(source_file).parts[:-1])
    return next((found[0] for found in map(find_place, folders) if found), None)
