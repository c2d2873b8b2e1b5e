"""Which 专业 and 职业（工种） are the same or related (四): a table that a bureau fills. What it does not say is not known, never «no»."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

import duckdb

from guantong.schemas.database import create_rows
from guantong.schemas.side_lists.read_list import ListError, read_list
from guantong.schemas.text import norm, without_brackets

RELATIONS = ("相同", "相关")
LONGEST = 500  # characters of a cell: a name, or where it is from
_CODE = re.compile(r"^[A-Z]?[\d\-–—.]+(?=[^\d])")  # 6-18-01-01 车工
_KIND = re.compile(r"(?<=.)(专业|方向|工种|职业|技术)$")


class Relation(NamedTuple):
    """A 专业 and a 职业（工种） that are 相同 or 相关, and where that is from."""

    subject: str
    occupation: str
    relation: str
    source: str


@dataclass(frozen=True)
class Relations:
    """A table of relations: its rows, the file's name, and the SHA-256 of its bytes; ``is_starter`` where it is the starter."""

    rows: tuple[Relation, ...]
    file: str
    sha256: str
    is_starter: bool

    def make_table(self, con: duckdb.DuckDBPyConnection) -> None:
        """Make the table relations of the rows."""
        _make_texts(con, "relations", Relation._fields, self.rows)


def load_relations(path: Path | None = None) -> Relations:
    """The relations of a bureau's file (.csv or a workbook), which then stands alone; None: the starter, which is an example of ours.

    Raises ListError for a file that can't be read, or a line that is unclear.
    """
    return _starter() if path is None else _load(path, is_starter=False)


@cache
def _starter() -> Relations:
    with as_file(files("guantong.rules").joinpath("data", "relations.csv")) as starter:
        return _load(starter, is_starter=True)


def _load(path: Path, is_starter: bool) -> Relations:
    listed = read_list(path, "relations")
    rows: list[Relation] = []
    relation_of: dict[tuple[str, str], str] = {}
    for line in listed.rows:
        subject, occupation, relation = (line.text(name) for name in ("subject", "occupation", "relation"))
        where = f"“{listed.file}”工作表“{line.sheet}”第{line.row}行"
        if not subject or not occupation:
            raise ListError(f"{where}缺少专业或职业（工种）")
        if max(map(len, (subject, occupation, line.text("source")))) > LONGEST:
            raise ListError(f"{where}有超过 {LONGEST} 字的单元格")
        if norm(relation) not in RELATIONS:
            raise ListError(f"{where}的关系应为“相同”或“相关”，写的是“{relation[:20]}”")
        pair = subject_key(subject), subject_key(occupation)
        if relation_of.setdefault(pair, norm(relation)) != norm(relation):
            raise ListError(f"{where}与前面一行的专业、职业（工种）相同而关系不同")
        rows.append(Relation(subject, occupation, norm(relation), line.text("source")))
    return Relations(tuple(rows), listed.file, listed.sha256, is_starter)


def subject_key(text: str) -> str:
    """A 专业 or 职业 as it is compared: NFKC, no blanks, notes in brackets, codes before it or 专业, 工种, 技术 at its end."""
    bare = without_brackets(norm(text))
    return _KIND.sub("", _CODE.sub("", bare)) or bare


def make_kinships(con: duckdb.DuckDBPyConnection, relations: Relations) -> None:
    """Make the table kinships, and on it the view kin (pid, title_relation, study_relation): 相同, 相关, or null where the table is silent.

    In: rows (pid, title_subject, major, occupation). 专业 and 职业 of one name are the same. Each distinct text is normalised once, and
    the three texts of a person are looked up once for all who have the same three.
    """
    con.execute("CREATE OR REPLACE TABLE texts AS SELECT DISTINCT title_subject, major, occupation FROM rows WHERE occupation IS NOT NULL")
    texts = con.execute(
        "SELECT DISTINCT text FROM (SELECT unnest([title_subject, major, occupation]) AS text FROM texts)"
        " WHERE text IS NOT NULL ORDER BY text"
    ).fetchall()
    _make_texts(con, "keys", ("text", "key"), [(text, subject_key(text)) for (text,) in texts])
    pairs = {(subject_key(row.subject), subject_key(row.occupation)): row.relation for row in relations.rows}
    _make_texts(con, "related", ("subject", "occupation", "relation"), [(*pair, relation) for pair, relation in pairs.items()])
    columns = ", ".join(
        f"CASE WHEN {name}.key = occupation.key THEN '相同' ELSE {name}_related.relation END AS {column}"
        for name, column in (("title_subject", "title_relation"), ("major", "study_relation"))
    )
    joins = " ".join(
        f"LEFT JOIN keys AS {name} ON {name}.text = t.{name}"
        f" LEFT JOIN related AS {name}_related ON {name}_related.subject = {name}.key AND {name}_related.occupation = occupation.key"
        for name in ("title_subject", "major")
    )
    con.execute(f"""
        CREATE OR REPLACE TABLE kinships AS SELECT * FROM (
            SELECT t.*, {columns} FROM texts AS t JOIN keys AS occupation ON occupation.text = t.occupation {joins}
        ) WHERE title_relation IS NOT NULL OR study_relation IS NOT NULL;
        CREATE OR REPLACE VIEW kin AS SELECT r.pid, k.title_relation, k.study_relation FROM rows AS r JOIN kinships AS k
            ON k.occupation = r.occupation AND k.title_subject IS NOT DISTINCT FROM r.title_subject
                AND k.major IS NOT DISTINCT FROM r.major;
    """)


def _make_texts(con: duckdb.DuckDBPyConnection, name: str, columns: Iterable[str], rows: Sequence[tuple[str | None, ...]]) -> None:
    create_rows(con, name, dict.fromkeys(columns, "VARCHAR"), rows)
