"""SQL as text: the one place where words are quoted, scripts loaded and templates filled."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path


def load_script(package: str, name: str) -> str:
    """The script ``sql/<name>`` of a package."""
    return files(package).joinpath("sql", name).read_text(encoding="utf-8")


def literal(text: str) -> str:
    """A text as a constant of SQL. Raises ValueError for one that no SQL can hold."""
    if "\0" in text:
        raise ValueError("a text with a NUL can't be put into SQL")
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Texts as constants with commas between them."""
    return ", ".join(map(literal, texts))


def texts_list(texts: Iterable[str]) -> str:
    """Texts as a list of VARCHAR."""
    return f"[{literals(texts)}]::VARCHAR[]"


def among(column: str, texts: Iterable[str]) -> str:
    """Whether ``column`` is one of ``texts``; false where there are none."""
    known = literals(texts)
    return f"{column} IN ({known})" if known else "false"


def by_case(column: str, words: Mapping[str | int, str]) -> str:
    """The word that stands for the value of ``column``; null for any other value."""
    whens = " ".join(f"WHEN {key if isinstance(key, int) else literal(key)} THEN {literal(word)}" for key, word in words.items())
    return f"CASE {column} {whens} END" if whens else "NULL::VARCHAR"


def date_literal(date: dt.date) -> str:
    """A day as a constant."""
    return f"DATE {literal(date.isoformat())}"


def escaped_path(path: Path) -> str:
    """``path`` as DuckDB reads it where it is bound as a value: no character of it is a pattern, so that no other file is read in its place."""
    return re.sub(r"([\[*?])", r"[\1]", os.path.realpath(path))


def parquet_table(path: Path) -> str:
    """A Parquet file as a table of a query."""
    return f"read_parquet({literal(escaped_path(path))})"


def parquet_tables(paths: Iterable[Path]) -> str:
    """Parquet files as one table of a query, with the columns that any of them has."""
    return f"read_parquet([{literals(map(escaped_path, paths))}], union_by_name = true)"


def fill_template(template: str, words: Mapping[str, str]) -> str:
    """``template`` with its {names} replaced, all at once: what is put in is never looked through for names of others."""
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), template)
