"""Levels of education and bands of age, for statistics: SQL expressions made from tables that an official can read."""

from __future__ import annotations

from guantong.schemas import catalogue
from guantong.schemas.sql_text import literal

OTHER = "其他"


def education_level(column: str) -> str:
    """The level of an education as written, by the first word of education_levels.csv that it holds; null where it is blank."""
    written = f"regexp_replace({column}, '\\s|　', '', 'g')"
    whens = " ".join(
        f"WHEN contains({written}, {literal(row['word'])}) THEN {literal(row['level'])}" for row in catalogue.rows("education_levels")
    )
    return f"CASE WHEN {column} IS NULL THEN NULL {whens} ELSE {literal(OTHER)} END"


def age_band(row: str, as_of: str) -> str:
    """The band of the age on ``as_of``, a day in SQL: by the ID number, else by the birth as written.

    Null where the days that this may mean lie in several bands.
    """
    eldest, youngest = (
        _band(f"date_sub('year', coalesce({row}.id_birth, {row}.{birth})::DATE, {as_of})") for birth in ("birth_lo", "birth_hi")
    )
    return f"CASE WHEN ({eldest}) = ({youngest}) THEN ({eldest}) END"


def _band(age: str) -> str:
    whens = " ".join(
        f"WHEN {age} BETWEEN {int(row['least'])} AND {int(row['most'])} THEN {literal(row['band'])}" for row in catalogue.rows("age_bands")
    )
    return f"CASE {whens} END"
