"""bureau/unrecognised.xlsx: headers and words that were not recognised, with a column 读作 to be filled in and given back with --words.

Only words of categories stand in it, and none that may name or number a person: of those it says how many there are.
"""

import difflib
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import duckdb
import pandas as pd

from guantong.reports import output_files
from guantong.reports.audit_data import open_audit_data, read_rulebook
from guantong.reports.xlsx.report_book import Column, ReportBook
from guantong.schemas import catalogue, database
from guantong.schemas.catalogue import Field
from guantong.schemas.layout.headers import header_text, nearest_header
from guantong.schemas.own_words import NOT_READ
from guantong.schemas.side_lists.read_words import takes_words
from guantong.schemas.sql_text import parquet_table
from guantong.schemas.text import mask_numbers, norm

HEADERS, CELLS = "表头", "词语"
_HEADER_COLUMNS = (
    Column("表头", 34), Column("读作", 26), Column("最接近的规定表头", 24), Column("相近程度", 10), Column("情况", 12), Column("列数", 8), Column("文件数", 8), Column("文件", 44),
)  # fmt: skip
_CELL_COLUMNS = (
    Column("栏目", 18), Column("填写内容", 30), Column("读作", 26), Column("最接近的词语", 24), Column("相近程度", 10), Column("情况", 12), Column("处数", 8), Column("文件数", 8), Column("文件", 44),
)  # fmt: skip
_ACCEPTED_COLUMNS = (Column("栏目", 24), Column("读作可填", 70), Column("说明", 50))
_HOW = "在“读作”一栏填写后，用 guantong audit … --words 本文件 重新审核（check、serve 同样可用），以后就照此读取；留空的不变。"
_NOTE_HEADERS = f"{_HOW}“读作”填规定的表头（见“读作可填”），如 技能等级取得时间、2024年度考核；与审核无关的栏填“{NOT_READ}”。"
_NOTE_CELLS = f"{_HOW}“读作”填该栏认得的词（见“读作可填”）。同一单位的几种写法可另加行：栏目填 单位名称，读作填正式名称。"
_UNKNOWN, _AMBIGUOUS, _IN_USE = "不认识", "所指不明", "已照此读取"
_GRADE = "grade_unknown"
_CODES = "city_unknown", _GRADE  # beside those that end in _unreadable
LONGEST_WORD, LONGEST_HEADER = 16, 60  # characters: what is longer is no category, and may speak of people
FEW = 3  # people of whom a word is said that looks like a name, where it is taken for one
MOST_TEXTS = 20_000  # different ones that are looked at, the most frequent
MOST_LINES = 5_000  # of a sheet
MOST_NEAREST = 1_000  # of them, for which the nearest is looked up: it takes about a millisecond each
MOST_FILES = 5  # that are named


class _Line(NamedTuple):
    """What was not recognised: a header (``field`` ''), or a word in a field by its canonical header; ``some``: the first of its files."""

    field: str
    text: str
    why: str
    times: int
    files: int
    some: tuple[str, ...]


def write_unrecognised(data: Path, target: Path) -> None:
    """Write what was not recognised in the audit in ``data``, and what was read by words of the bureau's own, to ``target``, whole or not at all."""
    with open_audit_data(data, checked=True) as connection:
        in_use = connection.execute(f"SELECT field, text, reading FROM {parquet_table(data / 'words.parquet')}").fetchall()
        headers, cells = _headers(connection), _cells(connection, data)
        names = _names_in(connection, [line.text for line in (*headers, *cells) if len(line.text) <= LONGEST_HEADER])
    with output_files.replace_file(target) as temporary, ReportBook(temporary, read_rulebook(data), "未识别的表头和词语") as book:
        kept = [line for line in headers if _is_plain(line.text, LONGEST_HEADER, names)]
        used = [(text, reading, None, None, _IN_USE, None, None, None) for field, text, reading in in_use if not field]
        rows = [(line.text, None, *near, *_told(line)) for line, near in zip(kept, _nearest_of(kept))]
        book.table(HEADERS, _HEADER_COLUMNS, [*rows, *used], "表头都已识别。", note=_NOTE_HEADERS + _left_out(headers, kept), to_fill=1)
        kept = [line for line in cells if _is_plain(line.text, LONGEST_WORD, names) and not _looks_like_name(line)]
        used = [(field, text, reading, None, None, _IN_USE, None, None, None) for field, text, reading in in_use if field]
        rows = [(line.field, line.text, None, *near, *_told(line)) for line, near in zip(kept, _nearest_of(kept))]
        book.table(CELLS, _CELL_COLUMNS, [*rows, *used], "没有不认识的词语。", note=_NOTE_CELLS + _left_out(cells, kept), to_fill=2)
        book.table("读作可填", _ACCEPTED_COLUMNS, list(_accepted()), "")


def _headers(connection: duckdb.DuckDBPyConnection) -> list[_Line]:
    return _lines(connection, "code IN ('header_unknown', 'header_ambiguous')", lambda _, text: ("", header_text(text)))


def _cells(connection: duckdb.DuckDBPyConnection, data: Path) -> list[_Line]:
    def form(name: str | None, text: str) -> tuple[str, str] | None:
        item = catalogue.field_of(name.partition("#")[0]) if name else None
        return (item.header, norm(text)) if item and takes_words(item) else None

    found = _lines(connection, f"code IN {_CODES} OR ends_with(code, '_unreadable')", form)
    grades = _grades(connection, data)
    yearly = catalogue.fields()["assessment"].header
    counted = [line._replace(times=max(line.times, grades.get(line.text, 0))) if line.field == yearly else line for line in found]
    return sorted(counted, key=lambda line: (-line.times, line.field, line.text))


def _lines(connection: duckdb.DuckDBPyConnection, which: str, form: Callable[[str | None, str], tuple[str, str] | None]) -> list[_Line]:
    """The findings of ``which``, those of one ``form`` (field and text) together under their most frequent spelling, the most frequent first."""
    query = f"SELECT field, value, count(*) FROM findings WHERE ({which}) AND value IS NOT NULL GROUP BY ALL ORDER BY 3 DESC, 2, 1 LIMIT {MOST_TEXTS}"
    forms = [(field, text, *told) for field, text, _ in connection.execute(query).fetchall() if (told := form(field, text))]
    names = ["name", "text", "shown", "form"]
    database.create_table(connection, "forms", pd.DataFrame(forms, columns=names).astype("str"))
    found = connection.execute(f"""
        WITH each AS (
            SELECT shown, form, text, code, source_file, count(*) AS times FROM findings
            JOIN forms ON value = text AND field IS NOT DISTINCT FROM name WHERE {which} GROUP BY ALL)
        SELECT shown, arg_max(text, times), bool_or(code = 'header_ambiguous'), sum(times)::BIGINT, count(DISTINCT source_file),
            list_sort(list(DISTINCT source_file))[:{MOST_FILES}]
        FROM each GROUP BY shown, form ORDER BY 4 DESC, 1, 2""").fetchall()
    connection.execute("DROP TABLE forms")
    return [
        _Line(field, text, _AMBIGUOUS if unclear else _UNKNOWN, times, files, tuple(some))
        for field, text, unclear, times, files, some in found
    ]


def _grades(connection: duckdb.DuckDBPyConnection, data: Path) -> dict[str, int]:
    """How often each grade stands in the rosters: of one that the policy does not know there is one finding a file."""
    lists = "list_concat(list_transform(coalesce(assessments, []), lambda a: a.grade), coalesce(recent_grades, []))"
    query = f"SELECT unnest({lists}) AS grade, count(*) FROM {parquet_table(data / 'facts.parquet')} GROUP BY 1"
    return dict(connection.execute(query).fetchall())


def _names_in(connection: duckdb.DuckDBPyConnection, texts: list[str]) -> set[str]:
    """The names of audited people that stand in texts, alone or in a part."""
    parts = {text[at : at + size] for text in texts for size in (2, 3, 4) for at in range(len(text) - size + 1)}
    table = pd.DataFrame({"part": sorted(part for part in parts if not _known_pairs() & _pairs(part))}, dtype="str")
    database.create_table(connection, "parts", table)
    return {name for (name,) in connection.execute("SELECT DISTINCT name FROM persons SEMI JOIN parts ON part = name").fetchall()}


def _is_plain(text: str, longest: int, names: set[str]) -> bool:
    """Whether a text is short, and neither numbers nor names an audited person."""
    return (
        len(text) <= longest
        and mask_numbers(text) == text
        and "***" not in text
        and not re.search(r"\d{5}", text)
        and not any(name in text for name in names)
    )


def _looks_like_name(line: _Line) -> bool:
    """Whether a word that few people have looks like a name, as where columns have slipped."""
    if line.times > FEW or _known_pairs() & _pairs(line.text):
        return False
    return (
        "·" in line.text
        or re.fullmatch(r"[A-Za-z .]{5,}", line.text) is not None
        or re.fullmatch(_surnames() + "[\u3400-\u9fff]{1,2}", line.text) is not None
    )


@cache
def _surnames() -> str:
    return "(" + "|".join(row["surname"] for row in catalogue.rows("surnames")) + ")"


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


@cache
def _known_pairs() -> frozenset[str]:
    """Pairs of characters that stand in words of the catalogue: a text that has one speaks of a category."""
    texts = chain(*(_known_words(item) for item in catalogue.fields().values() if takes_words(item)))
    return frozenset(chain.from_iterable(map(_pairs, texts)))


@cache
def _known_words(item: Field) -> dict[str, str]:
    """Known words of a field, each with the word that may be written for it."""
    words = {word: told for name in item.vocabulary for word, told in catalogue.vocabulary(name).items()}
    kind = item.vocabulary[0] if item.kind == "claim" else item.kind
    if kind == "skill":
        words |= {row["word"]: row["value"] for row in catalogue.rows("skill_levels")}
    if kind == "title":
        words |= {row["word"]: row["word"] for row in catalogue.rows("titles")}
    if kind == "city":
        words |= {row["place"]: row["place"] for row in catalogue.rows("places")}
    return words


def _nearest_of(lines: list[_Line]) -> Iterator[tuple[str | None, float | None]]:
    """For each line the nearest known header or word, and how near it is."""
    by_header = {item.header: item for item in catalogue.fields().values()}
    for at, line in enumerate(lines[:MOST_LINES]):
        if at >= MOST_NEAREST:
            yield None, None
        elif line.field:
            yield _nearest(norm(line.text), _known_words(by_header[line.field]))
        else:
            near = nearest_header((header_text(line.text),))
            yield (near[0], near[1] / 100) if near else (None, None)


def _nearest(text: str, known: dict[str, str]) -> tuple[str | None, float | None]:
    found = difflib.get_close_matches(text, list(known), 1, 0.4)
    return (known[found[0]], difflib.SequenceMatcher(None, found[0], text).ratio()) if found else (None, None)


def _told(line: _Line) -> tuple[str, int, int, str]:
    files = "、".join(line.some) + (f" 等{line.files}个" if line.files > MOST_FILES else "")
    return line.why, line.times, line.files, files


def _left_out(found: list[_Line], kept: list[_Line]) -> str:
    """What is not listed, and why."""
    personal, more = len(found) - len(kept), max(0, len(kept) - MOST_LINES)
    told = [f"另有 {personal} 种过长，或可能含姓名、号码，未列入，见各单位退回稿。"] if personal else []
    return "".join(told + ([f"另有 {more} 种较少见的未列入。"] if more else []))


def _accepted() -> Iterator[tuple[str, str, str]]:
    """What 读作 may say, of headers and of the words of each field."""
    fields = catalogue.fields().values()
    headers = "、".join(item.header for item in fields if item.kind not in ("serial", "ignored", "assessment"))
    yield HEADERS, f"{headers}、2024年度考核（各年同样）、{NOT_READ}", "规定的表头"
    for item in fields:
        if takes_words(item):
            yield item.header, "、".join(catalogue.canonical_words(item)), item.description
