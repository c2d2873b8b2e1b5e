"""Every figure of the bureau's tables, workbook and page, against plain counts over the audit's Parquet tables."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from importlib.resources import files

import duckdb
import openpyxl
import pyarrow.parquet
import pytest

from tests.conftest import Audit
from tests.support.report_page import Page

ORDER = "['eligible', 'refer', 'unverified', 'not_yet', 'held', 'ineligible', 'no_route']"
SKILLS = "('五级/初级工', '四级/中级工', '三级/高级工', '二级/技师', '一级/高级技师', '特级技师', '首席技师')"
HIGHLY = "('三级/高级工', '二级/技师', '一级/高级技师', '特级技师', '首席技师')"
TITLES = "['技术员', '助理工程师', '工程师', '高级工程师', '正高级工程师']"
LEVELS = "['五级/初级工', '四级/中级工', '三级/高级工', '二级/技师', '一级/高级技师', '特级技师', '首席技师']"
PLACES = files("guantong.schemas") / "data" / "places.csv"
BASE = f"""
CREATE TABLE ranked AS SELECT *, list_position({ORDER}, skill_to_title_outcome) AS a, list_position({ORDER}, title_to_skill_outcome) AS b
    FROM persons WHERE bucket = 'evaluated' AND duplicate_of IS NULL;
CREATE TABLE people AS SELECT * FROM ranked p WHERE NOT EXISTS (
    SELECT 1 FROM ranked q WHERE q.person_key = p.person_key AND (least(q.a, q.b), q.a + q.b, q.pid) < (least(p.a, p.b), p.a + p.b, p.pid));
CREATE TABLE places AS SELECT * FROM read_csv('{PLACES}', all_varchar = true);
CREATE TABLE presumed AS SELECT unit_id, CASE WHEN len(told) = 1 THEN told[1] WHEN told IS NULL AND len(others) = 1 THEN others[1] END AS presumed FROM (
    SELECT unit_id, list(DISTINCT city) FILTER (city IS NOT NULL) AS told,
        list_distinct(list(c.place) || list(f.place)) AS others
    FROM persons LEFT JOIN places c ON c.code = substr(unit_code, 3, 4) || '00' LEFT JOIN places f ON f.place = split_part(source_file, '/', 1)
    GROUP BY unit_id);
CREATE TABLE placed AS SELECT p.* EXCLUDE (city), coalesce(city, presumed) AS city, city IS NULL AND presumed IS NOT NULL AS is_presumed
    FROM people p JOIN presumed USING (unit_id);
CREATE TABLE paths AS SELECT v.*, p.a, p.b, p.skill_to_title_target, p.title_to_skill_target FROM verdicts v JOIN people p USING (pid);
"""
OUTCOMES = "eligible refer unverified not_yet held ineligible no_route".split()
COUNTS = "count(*), " + ", ".join(
    ["count(*) FILTER (a = 1)", "count(*) FILTER (b = 1)", *(f"count(*) FILTER (least(a, b) = {n})" for n in range(1, 8))]
)
OF_VERDICTS = ", ".join(f"count(*) FILTER (outcome = '{outcome}')" for outcome in OUTCOMES[:6])
BLANK = "（未填）"
# The rows of each table without the words that the rule book has for codes; in any order.
QUERIES = {
    **{
        name: f"SELECT coalesce({column}, '{BLANK}'), {COUNTS} FROM people GROUP BY 1"
        for name, column in {
            "by_industry": "industry",
            "by_occupation": "occupation",
            "by_sex": "sex",
            "by_age": "age_band",
            "by_education": "education",
        }.items()
    },
    "by_city": f"SELECT coalesce(city, '{BLANK}'), {COUNTS}, count(*) FILTER (is_presumed) FROM placed GROUP BY 1",
    "by_unit": f"""SELECT coalesce(any_value(unit), 'none'), coalesce(any_value(unit_code), '{BLANK}'), coalesce(any_value(city), any_value(presumed), '{BLANK}'),
            any_value(city) IS NULL, {COUNTS}, count(*) FILTER (best > 1 AND day <= '2026-12-31')
        FROM (SELECT *, least(a, b) AS best FROM ranked) JOIN presumed USING (unit_id)
            LEFT JOIN (SELECT pid, min(eligible_on) AS day FROM verdicts GROUP BY pid) USING (pid) GROUP BY unit_id""",
    "by_target": f"""SELECT direction, target, count(*) FILTER (best = 1), count(*) FILTER (best = 1 AND target = highest),
            {", ".join(f"count(*) FILTER (best = {n})" for n in range(2, 7))}
        FROM (SELECT direction, target, pid, min(list_position({ORDER}, outcome)) AS best,
                any_value(CASE direction WHEN 'skill-to-title' THEN CASE WHEN a = 1 THEN skill_to_title_target END
                    ELSE CASE WHEN b = 1 THEN title_to_skill_target END END) AS highest
            FROM paths GROUP BY direction, target, pid) GROUP BY direction, target""",
    "by_way": """SELECT target, count(*), count(*) FILTER (ways = ['ordinary']), count(*) FILTER (ways = ['exceptional']),
            count(*) FILTER (len(ways) = 2)
        FROM (SELECT pid, target,
                list_sort(list(DISTINCT CASE WHEN route LIKE 's2t-honour%' THEN 'exceptional' ELSE 'ordinary' END)) AS ways
            FROM paths WHERE direction = 'skill-to-title' AND outcome = 'eligible' AND target = skill_to_title_target GROUP BY ALL)
        GROUP BY target""",
    "by_route": f"SELECT route, {OF_VERDICTS} FROM paths GROUP BY route",
    "by_outcome": """SELECT n, count(*) FILTER (a = n), count(*) FILTER (b = n), count(*) FILTER (least(a, b) = n)
        FROM people, range(1, 8) r(n) GROUP BY n""",
    "stock": f"""SELECT label, persons, skilled, highly, skilled / persons, highly / nullif(skilled, 0) FROM (
        SELECT coalesce(city, '{BLANK}') AS label, count(*) AS persons, count(*) FILTER (skill_level IN {SKILLS}) AS skilled,
            count(*) FILTER (skill_level IN {HIGHLY}) AS highly FROM placed GROUP BY 1)""",
    "parity": f"""SELECT coalesce(city, '{BLANK}'), count(*), count(*) FILTER (parity = '高级工程师'), count(*) FILTER (parity = '工程师'),
            count(*) FILTER (parity = '助理工程师') FROM placed WHERE parity IS NOT NULL GROUP BY 1""",
    "misses": """SELECT direction, condition, count(DISTINCT pid) FILTER (kind = 1), count(DISTINCT pid) FILTER (kind = 2)
        FROM (SELECT pid, direction, unnest(not_met) AS condition, 1 AS kind, outcome, a, b FROM paths
            UNION ALL SELECT pid, direction, unnest(unknown), 2, outcome, a, b FROM paths)
        WHERE outcome IN ('unverified', 'not_yet', 'ineligible')
            AND (CASE direction WHEN 'skill-to-title' THEN a ELSE b END) IN (3, 4, 6, 7)
        GROUP BY 1, 2
        UNION ALL SELECT direction, NULL, 0, count(*) FROM people p, (VALUES ('skill-to-title'), ('title-to-skill')) d(direction)
        WHERE CASE direction WHEN 'skill-to-title' THEN a ELSE b END = 3
            AND NOT EXISTS (FROM verdicts v WHERE v.pid = p.pid AND v.direction = d.direction)
        GROUP BY direction""",
    "files": "SELECT source_file, rows_found, rows_evaluated, rows_rejected, len(sheets) FROM files",
    "refused": """SELECT source_file, message, (SELECT action FROM findings g WHERE g.source_file = f.source_file AND g.code = f.reason)
        FROM files f WHERE status = 'refused'""",
    "findings_by_code": "SELECT code, count(*), count(DISTINCT source_file), count(DISTINCT unit_id) FROM findings GROUP BY code",
    "findings_by_unit": """SELECT p.files, p.rows, p.rejected, coalesce(f.errors, 0), coalesce(f.warnings, 0)
        FROM (SELECT unit_id, count(DISTINCT source_file) AS files, count(*) AS rows, count(*) FILTER (bucket = 'rejected') AS rejected
            FROM persons GROUP BY unit_id) p
        LEFT JOIN (SELECT unit_id, count(*) FILTER (severity = 'error') AS errors, count(*) FILTER (severity = 'warning') AS warnings
            FROM findings GROUP BY unit_id) f USING (unit_id)
        UNION ALL SELECT (SELECT count(*) FROM files WHERE status = 'refused'), 0, 0, count(*) FILTER (severity = 'error'),
            count(*) FILTER (severity = 'warning') FROM findings WHERE unit_id IS NULL""",
}
# Which columns of the table a query gives, where not all.
COLUMNS = {
    "by_route": slice(5, None), "by_outcome": slice(1, None), "files": (0, 2, 3, 4, 5), "refused": (0, 2, 3), "findings_by_code": (5, 2, 3, 4),
    "findings_by_unit": slice(2, 7), "misses": (3, 4),
}  # fmt: skip
QUERY_COLUMNS = {
    "by_route": slice(1, None), "by_outcome": slice(1, None), "misses": slice(2, None), "by_unit": slice(1, None),
    "by_target": slice(1, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def con(counted: Audit) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name in ("files", "persons", "verdicts", "findings"):
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{counted.out}/data/{name}.parquet')")
        connection.execute(BASE)
        yield connection


@pytest.fixture(scope="module")
def tables(counted: Audit) -> dict[str, tuple[list[str], list[tuple]]]:
    """The tables under bureau/tables: their headers and rows."""
    found = {}
    for path in sorted((counted.out / "bureau" / "tables").glob("*.parquet")):
        table = pyarrow.parquet.read_table(path)
        found[path.stem] = table.column_names, [tuple(row.values()) for row in table.to_pylist()]
    return found


def chosen(row: tuple, columns: slice | tuple[int, ...]) -> tuple:
    return row[columns] if isinstance(columns, slice) else tuple(row[at] for at in columns)


def in_order(rows: list[tuple]) -> list[tuple]:
    return sorted((tuple(round(value, 9) if isinstance(value, float) else value for value in row) for row in rows), key=repr)


def test_there_is_something_of_everything_to_count(con: duckdb.DuckDBPyConnection, counted: Audit) -> None:
    def one(query: str) -> int:
        return con.execute(query).fetchone()[0]

    assert one("SELECT count(*) FROM ranked") - one("SELECT count(*) FROM people") >= 1
    assert one("SELECT count(*) FROM persons WHERE duplicate_of IS NOT NULL") >= 1
    assert one("SELECT count(*) FROM files WHERE status = 'refused'") == 1
    assert one("SELECT count(DISTINCT industry) FROM people") == 2
    assert one("SELECT count(*) FROM verdicts WHERE outcome = 'not_yet'") > 20
    for test, count in {
        "age_band = '55岁及以上' AND name = '钱甲'": 1, "education = '本科' AND name = '钱甲'": 1,
        "education = '中专、技工院校、高中' AND name = '孙甲'": 1, "name = '赵两处' AND age_band = '55岁及以上'": 3,
    }.items():  # fmt: skip
        assert one(f"SELECT count(*) FROM persons WHERE {test}") == count, test
    assert con.execute("SELECT skill_to_title_outcome, city FROM people WHERE name = '赵两处'").fetchall() == [("eligible", "大连市")]


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_table_holds_the_counts_of_the_audits_tables(name: str, con: duckdb.DuckDBPyConnection, tables: dict) -> None:
    columns = COLUMNS.get(name, QUERY_COLUMNS.get(name, slice(None)))
    own = [chosen(row, columns) for row in tables[name][1]]
    counted = [tuple(row)[QUERY_COLUMNS.get(name, slice(None))] for row in con.execute(QUERIES[name]).fetchall()]
    if name == "by_unit":  # where its city is from: a roster, or what it is presumed by
        own = [(*row[:2], row[2] not in ("花名册",), *row[3:]) for row in own]
    if name in ("by_route", "by_outcome"):  # the table also has those that are nobody's
        own, counted = ([row for row in rows if any(row)] for rows in (own, counted))
    if name == "by_target":  # a target that another rule gives is written out
        own = [(row[0] if row[0] != "等级由其他规定确定" else None, *row[1:]) for row in own]
    assert in_order(own) == in_order(counted)
    assert len(own) > 0


def test_a_reason_cites_no_clause_of_the_other_direction(tables: dict) -> None:
    clauses: dict[str, set[str]] = {}
    for direction, _, clause, *_ in tables["misses"][1]:
        clauses.setdefault(direction, set()).update((clause or "").split("；"))
    to_title, to_skill = clauses["高技能人才申报职称"], clauses["专业技术人才参加职业技能评价"]
    assert "三（二）2" in to_title and not any(clause.startswith("四") for clause in to_title)
    assert any(clause.startswith("四") for clause in to_skill) and "三（二）2" not in to_skill


def test_the_forecast_counts_each_person_on_the_first_day(con: duckdb.DuckDBPyConnection, tables: dict) -> None:
    higher = f"""CASE direction
        WHEN 'skill-to-title' THEN coalesce(list_position({TITLES}, target), 0) > list_position({TITLES}, skill_to_title_target)
        ELSE coalesce(list_position({LEVELS}, target), 0) > list_position({LEVELS}, title_to_skill_target) END"""
    kinds = {1: "a > 1 AND b > 1", 2: "a > 1 AND direction = 'skill-to-title'", 3: "b > 1 AND direction = 'title-to-skill'",
             4: f"(CASE direction WHEN 'skill-to-title' THEN a ELSE b END) = 1 AND {higher}"}  # fmt: skip
    rows = {row[0]: row for row in tables["forecast"][1]}
    assert list(rows)[0] == "2026年第1季度" and list(rows)[-2:] == ["2030年第4季度", "更晚"] and len(rows) == 21
    for at, test in kinds.items():
        days = con.execute(f"SELECT pid, min(eligible_on) FROM paths WHERE outcome = 'not_yet' AND {test} GROUP BY pid").fetchall()
        counted = dict.fromkeys(rows, 0)
        for _, day in days:
            counted[f"{day.year}年第{(day.month + 2) // 3}季度" if day <= dt.date(2030, 12, 31) else "更晚"] += 1
        assert [row[at] for row in rows.values()] == list(counted.values())
        assert sum(counted.values()) > 0


def test_the_headline_and_the_funnel(con: duckdb.DuckDBPyConnection, tables: dict) -> None:
    def one(query: str) -> int:
        return con.execute(f"SELECT count(*) FROM {query}").fetchone()[0]

    best = "people WHERE least(a, b)"
    assert [row[1] for row in tables["headline"][1]] == [
        one(f"{best} = 1"), one("people WHERE a = 1"), one("people WHERE b = 1"), one(f"{best} = 3"),
        one("(SELECT pid FROM paths WHERE outcome = 'not_yet' AND a > 1 AND b > 1 GROUP BY pid HAVING min(eligible_on) <= '2026-12-31')"),
        one("people"),
        one("(SELECT DISTINCT unit_id FROM persons)"), one("files"), one("files WHERE status = 'refused'"), one("persons"),
        one("persons WHERE bucket = 'rejected'"), one("persons WHERE duplicate_of IS NOT NULL"), one("ranked") - one("people"),
        one("findings WHERE severity = 'error'"), one("findings WHERE severity = 'warning'"),
        one("findings WHERE severity = 'hint'"),
    ]  # fmt: skip
    better = [one(f"{best} {test}") for test in ("< 7", "< 5", "= 1")]
    steps = [one("persons"), one("persons WHERE bucket = 'evaluated'"), one("people"), *better]
    assert [(row[1], row[2]) for row in tables["funnel"][1]] == [(step, step / steps[0]) for step in steps]
    assert steps == sorted(steps, reverse=True)


def test_screen_and_run_count_as_the_page_does(counted: Audit, tables: dict) -> None:
    told = dict(tables["headline"][1])
    words = {
        "candidates": "符合申报条件人数",
        "to_verify": "待核实人数",
        "nearly_there": "一年内即将符合人数",
        "files_refused": "其中拒收的文件",
    }
    assert {name: counted.run["counts"][name] for name in words} == {name: told[label] for name, label in words.items()}
    assert min(told[label] for label in words.values()) > 0
    assert f"候选　{told['符合申报条件人数']} 人符合申报条件；{told['待核实人数']} 人待核实" in counted.stdout


def test_findings_for_a_hundred_rows(tables: dict) -> None:
    for *_, rows, _rejected, errors, warnings, _hints, rate in tables["findings_by_unit"][1]:
        assert rate == (Decimal(f"{100 * (errors + warnings) / rows:.1f}") if rows else None)


def sheets(counted: Audit) -> dict[str, list[tuple]]:
    """All rows of the workbook's sheets."""
    book = openpyxl.load_workbook(counted.out / "bureau" / "statistics.xlsx")
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def plain(value: object) -> object:
    """A value as a workbook gives it back."""
    if isinstance(value, float | Decimal):
        return round(float(value), 9)
    return value or None if isinstance(value, str) else value


def test_the_workbook_holds_the_same_tables(counted: Audit, tables: dict) -> None:
    book = sheets(counted)
    everywhere = [tuple(map(plain, row)) for rows in book.values() for row in rows]
    wide = {tuple(value for value in row if value is not None) for row in everywhere}
    for name, (headers, rows) in tables.items():
        if name == "refused":
            continue  # the workbook has them among the files
        for row in rows:
            row = tuple(plain(value) for value in row)
            assert tuple(value for value in row if value is not None) in wide, (name, row)
        assert name == "headline" or tuple(headers) in {row[: len(headers)] for row in everywhere}, name
    for name, sheet in {"by_city": "按市", "by_unit": "按单位", "stock": "技能人才", "forecast": "五年内即将符合"}.items():
        own = [row for row in book[sheet][3:]]
        assert own[-1][0] == "合计" and len(own) == len(tables[name][1]) + 1
        for at, value in enumerate(own[-1][1:], 1):
            column = [row[at] for row in tables[name][1]]
            assert value is None or isinstance(value, float) or value == sum(column)


def test_no_figure_of_the_workbook_is_from_elsewhere(counted: Audit, con: duckdb.DuckDBPyConnection, tables: dict) -> None:
    weights = pyarrow.parquet.read_table(counted.out / "data" / "sensitivity.parquet").to_pylist()
    results = "supported too_early unverified unsupported held".split()
    claims = con.execute(f"""SELECT count(*), {", ".join(f"count(*) FILTER (result = '{result}')" for result in results)}, count(could_claim)
        FROM '{counted.out}/data/claims.parquet' WHERE pid IN (SELECT pid FROM ranked) GROUP BY direction, claimed""").fetchall()
    assert len(claims) > 3
    told = [row for _, rows in tables.values() for row in rows] + [tuple(row.values()) for row in weights] + claims
    known = {tuple(value for value in map(plain, row) if isinstance(value, int | float)) for row in told}
    for name, rows in sheets(counted).items():
        figures = [tuple(plain(value) for value in row if isinstance(value, int | float)) for row in rows if row[0] != "合计"]
        assert [row for row in figures if row and row not in known] == [], name


def test_totals_of_shares_are_shares_of_the_totals(counted: Audit) -> None:
    *_, (label, persons, skilled, highly, of_all, of_skilled) = sheets(counted)["技能人才"]
    assert label == "合计" and of_all == pytest.approx(skilled / persons) and of_skilled == pytest.approx(highly / skilled)


def test_the_csv_is_the_same_and_runs_no_formula(counted: Audit, tables: dict) -> None:
    folder = counted.out / "bureau" / "tables"
    for name, (headers, rows) in tables.items():
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            head, *lines = csv.reader(file)
        told = [["" if value is None else str(value) for value in row] for row in rows]
        assert head == headers and [[cell.removeprefix("'") for cell in line] for line in lines[: len(rows)]] == told
        assert len(lines) - len(rows) in (0, 1)
        assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert "'=化工" in (folder / "by_industry.csv").read_text(encoding="utf-8-sig")


def test_the_page_holds_the_same_figures(counted: Audit, tables: dict) -> None:
    text = (counted.out / "bureau" / "report.html").read_text(encoding="utf-8")
    page, headline = Page(text), dict(tables["headline"][1])
    of_each = [headline.pop(f"符合申报条件人数：{direction}") for direction in ("高技能人才申报职称", "专业技术人才参加职业技能评价")]
    assert "申报职称 {} 人，技能评价 {} 人".format(*of_each) in text
    words = {"符合申报条件人数": "可申报", "待核实人数": "待核实", "一年内即将符合人数": "一年内即将符合", "其中拒收的文件": "拒收"}
    assert {words.get(label, label): f"{number:,}" for label, number in headline.items()}.items() <= page.headline.items()
    assert json.loads((counted.out / "data" / "rulebook.json").read_text(encoding="utf-8"))["policy"]["document"] in text
    codes = re.findall(r"<b>(.*?)</b> <span>(.*?)</span> <span>(.*?) 条</span> <span>(.*?) 个文件</span>", text)
    assert codes == [(row[0], row[1], f"{row[2]:,}", f"{row[3]:,}") for row in tables["findings_by_code"][1]]
    compared = 0
    for name, (headers, rows) in tables.items():
        for shown in page.tables.values():
            if shown and shown[0] == list(headers):
                told = [["" if value is None else f"{value:.1%}" if isinstance(value, float) else
                         f"{value:,}" if isinstance(value, int | Decimal) else value for value in row] for row in rows]  # fmt: skip
                if [row[0] for row in shown[1:2]] == [row[0] for row in told[:1]] and shown[1 : len(told[:100]) + 1] == told[:100]:
                    compared += 1
                    break
        else:
            assert name in ("headline", "by_unit", "files", "findings_by_code"), name
    assert compared == len(tables) - 4


def test_a_units_workbook_tells_the_numbers_that_the_page_tells_of_it(counted: Audit) -> None:
    text = (counted.out / "bureau" / "report.html").read_text(encoding="utf-8")
    lines = re.findall(
        r'<tr><th scope="row"><a href="\.\./(units/[^"]+)">(.*?)</tr>', text.split('id="unit-table"')[1].split("</table>")[0]
    )
    assert len(lines) == len(list((counted.out / "units").iterdir()))
    for book, line in lines:
        persons, may_apply, _, _, verify, near, findings = (
            int(number.replace(",", "")) for number in re.findall(r"<td>([\d,]+)</td>", line)
        )
        cover = openpyxl.load_workbook(counted.out / book, read_only=True)["首页"].iter_rows(values_only=True)
        told = {str(row[0]).split("：")[0]: row[1] for row in cover}
        assert (told["可申报"], told["待核实"], told["一年内到年限"]) == (may_apply, verify, near), book
        assert told["要改正、核对的数据（按处计）"] == findings, book
        assert any(f"已审核 {persons} 人 ＝" in label for label in told), book


def test_what_is_published_holds_no_unit_and_no_small_number(counted: Audit) -> None:
    folder = counted.out / "bureau" / "publish"
    assert {path.name for path in folder.iterdir()} >= {"statistics.xlsx", "by_city.csv", "targets.csv", "forecast.csv"}
    hidden = 0
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            headers, *rows = csv.reader(file)
        assert "单位" not in headers
        for cell in (cell for row in rows for cell in row[1:]):
            hidden += cell == "*"
            assert cell == "*" or cell == "" or "." in cell or int(cell) == 0 or int(cell) >= 5
    assert hidden > 5
    book = openpyxl.load_workbook(folder / "statistics.xlsx")
    assert len(book.sheetnames) == len(list(folder.glob("*.csv")))


def test_labels_never_say_applied_or_awarded(counted: Audit, tables: dict) -> None:
    headers = {header for headers, _ in tables.values() for header in headers}
    assert not {header for header in headers if "取得人数" in header or header in ("申报人数", "已申报")}
    assert any(header.startswith("符合申报条件人数") for header in headers)
