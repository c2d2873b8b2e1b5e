"""Every figure of the bureau's reports, counted in one place. Persons are counted once."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from guantong.reports import look
from guantong.reports.data import connect, read_rulebook


@dataclass(frozen=True)
class Table:
    """A table of figures: its name, headers, rows, and a sentence on how it is counted."""

    name: str
    headers: tuple[str, ...]
    rows: list[tuple]
    note: str = ""


@dataclass(frozen=True)
class Figures:
    """All the tables. `headline` is [(label, number)]."""

    rulebook: dict
    headline: list[tuple[str, int]]
    by_city: Table
    by_unit: Table
    by_target: Table
    by_route: Table
    by_outcome: Table
    files: Table
    refused: Table
    findings_by_code: Table
    findings_by_unit: Table
    settings: Table


# best: each person's better outcome of the two directions, as a place in look.OUTCOMES.
BEST = f"""
CREATE VIEW best AS SELECT *, least(s2t, t2s) AS place FROM (
    SELECT unit_id, city,
        list_position({list(look.OUTCOMES)}, skill_to_title_outcome) AS s2t,
        list_position({list(look.OUTCOMES)}, title_to_skill_outcome) AS t2s FROM people)
"""
UNKNOWN = "SELECT count(*) FROM best WHERE s2t IS NULL OR t2s IS NULL"
GROUP_NOTE = "“两个方向合计”起各列按每人两个方向中较好的结果计，每人一次，相加等于已审核人数。"
TARGET_NOTE = "一人可列入多个目标；每人在每个目标按最好的一条路径计一次。“其中最高目标”按每人在本方向的最高目标计。"


def read_figures(data: Path) -> Figures:
    """Count everything. Raises ValueError where a person's outcome is not one of look.OUTCOMES."""
    rulebook = read_rulebook(data)
    words = look.outcome_words(rulebook)
    with connect(data) as connection:
        connection.execute(BEST)
        if wrong := connection.execute(UNKNOWN).fetchone()[0]:
            raise ValueError(f"{data} 的数据不一致：{wrong} 人的结论不在约定之中")
        return Figures(
            rulebook=rulebook,
            headline=_headline(connection),
            by_city=_by_city(connection, words),
            by_unit=_by_unit(connection, words),
            by_target=_by_target(connection, rulebook, words),
            by_route=_by_route(connection, rulebook, words),
            by_outcome=_by_outcome(connection, rulebook, words),
            files=_files(connection, rulebook),
            refused=_refused(connection, rulebook),
            findings_by_code=_findings_by_code(connection, rulebook),
            findings_by_unit=_findings_by_unit(connection),
            settings=_settings(rulebook),
        )


def _headline(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    query = """SELECT
        (SELECT count(*) FROM files), (SELECT count(*) FROM files WHERE status = 'refused'),
        (SELECT count(*) FROM persons), (SELECT count(*) FROM persons WHERE bucket = 'rejected'),
        (SELECT count(*) FROM persons WHERE bucket = 'evaluated' AND duplicate_of IS NOT NULL),
        (SELECT count(*) FROM best), (SELECT count(*) FROM units),
        (SELECT count(*) FROM best WHERE place = 1),
        (SELECT count(*) FROM best WHERE s2t = 1), (SELECT count(*) FROM best WHERE t2s = 1),
        (SELECT count(*) FROM findings WHERE severity = 'error'),
        (SELECT count(*) FROM findings WHERE severity = 'warning')"""
    labels = (
        "名册文件", "其中未能读取的文件", "读到的行", "其中未能审核的行", "其中重复的行（同一单位同一人）", "已审核人数", "单位",
        look.ELIGIBLE_COUNT, f"{look.ELIGIBLE_COUNT}：高技能人才申报职称",
        f"{look.ELIGIBLE_COUNT}：专业技术人才参加职业技能评价", "数据问题：错误", "数据问题：提醒",
    )  # fmt: skip
    return list(zip(labels, connection.execute(query).fetchone(), strict=True))


def _group_counts() -> str:
    """Persons, those eligible in each direction (s2t_1, t2s_1), then persons by better outcome (o1 …)."""
    places = ", ".join(f"count(*) FILTER (place = {n}) AS o{n}" for n in range(1, len(look.OUTCOMES) + 1))
    return f"""count(place) AS persons, count(*) FILTER (s2t = 1) AS s2t_1,
        count(*) FILTER (t2s = 1) AS t2s_1, {places}"""


def _group_headers(words: dict) -> tuple[str, ...]:
    return (
        "已审核人数",
        f"{look.ELIGIBLE_COUNT}（高技能人才申报职称）",
        f"{look.ELIGIBLE_COUNT}（专业技术人才参加职业技能评价）",
        f"{look.ELIGIBLE_COUNT}（两个方向合计）",
        *(look.count_label(outcome, words) for outcome in look.OUTCOMES[1:]),
    )


def _by_city(connection: duckdb.DuckDBPyConnection, words: dict) -> Table:
    query = f"""SELECT coalesce(city, '{look.BLANK}') AS place_name, {_group_counts()} FROM best
        GROUP BY place_name ORDER BY o1 DESC, persons DESC, place_name"""
    headers = ("所在市", *_group_headers(words))
    return Table("按市", headers, connection.execute(query).fetchall(), GROUP_NOTE)


def _by_unit(connection: duckdb.DuckDBPyConnection, words: dict) -> Table:
    query = f"""SELECT unit, coalesce(unit_code, '{look.BLANK}'), coalesce(city, '{look.BLANK}'),
            g.* EXCLUDE (unit_id)
        FROM units JOIN (
            SELECT u.unit_id, {_group_counts()} FROM (SELECT unit_id FROM units) u
            LEFT JOIN (SELECT unit_id, s2t, t2s, place FROM best) USING (unit_id) GROUP BY u.unit_id
        ) g USING (unit_id)
        ORDER BY o1 DESC, persons DESC, unit, unit_id"""
    headers = ("单位", "统一社会信用代码", "所在市", *_group_headers(words))
    return Table("按单位", headers, connection.execute(query).fetchall(), GROUP_NOTE)


def _verdict_counts() -> str:
    last = len(look.OUTCOMES) - 1  # a verdict is never no_route
    return ", ".join(f"count(*) FILTER (place = {n})" for n in range(1, last + 1))


def _by_target(connection: duckdb.DuckDBPyConnection, rulebook: dict, words: dict) -> Table:
    query = f"""
        SELECT direction, target, first(exact.people), {_verdict_counts()} FROM (
            SELECT direction, target, min(target_rank) AS target_rank, min(outcome_rank) AS place
            FROM lines GROUP BY direction, target, source_file, sheet, "row")
        LEFT JOIN (
            SELECT 'skill-to-title' AS direction, skill_to_title_target AS target, count(*) AS people
            FROM people WHERE skill_to_title_outcome = 'eligible' GROUP BY ALL
            UNION ALL
            SELECT 'title-to-skill', title_to_skill_target, count(*)
            FROM people WHERE title_to_skill_outcome = 'eligible' GROUP BY ALL
        ) exact USING (direction, target)
        GROUP BY direction, target ORDER BY direction, min(target_rank), target"""
    rows = [
        (rulebook["directions"][direction], target or look.OTHER_TARGET, counts[0], highest or 0, *counts[1:])
        for direction, target, highest, *counts in connection.execute(query).fetchall()
    ]
    labels = [look.count_label(outcome, words) for outcome in look.OUTCOMES[:-1]]
    return Table("按方向与目标", ("方向", "申报目标", labels[0], "其中最高目标", *labels[1:]), rows, TARGET_NOTE)


def _by_route(connection: duckdb.DuckDBPyConnection, rulebook: dict, words: dict) -> Table:
    """Every route of the rule book, also one that is in play for nobody."""
    query = f"SELECT route, {_verdict_counts()} FROM (SELECT route, outcome_rank AS place FROM lines) GROUP BY route"
    found = {route: counts for route, *counts in connection.execute(query).fetchall()}
    if strange := set(found) - set(rulebook["routes"]):
        raise ValueError(f"规则书中没有路径：{'、'.join(sorted(strange))}")
    nobody = [0] * (len(look.OUTCOMES) - 1)
    rows = [
        (rulebook["directions"][route["direction"]], route["clause"], route["name"], route["target"] or look.OTHER_TARGET,
         *found.get(code, nobody))
        for code, route in rulebook["routes"].items()
    ]  # fmt: skip
    labels = (look.count_label(outcome, words) for outcome in look.OUTCOMES[:-1])
    note = "一人在每条可走的路径各计一次。"
    return Table("按路径", ("方向", "条款", "路径", "申报目标", *labels), rows, note)


def _by_outcome(connection: duckdb.DuckDBPyConnection, rulebook: dict, words: dict) -> Table:
    query = "SELECT s2t, t2s, place, count(*) FROM best GROUP BY ALL"
    found = connection.execute(query).fetchall()
    rows = []
    for place, outcome in enumerate(look.OUTCOMES, 1):
        counts = [sum(row[3] for row in found if row[index] == place) for index in (0, 1, 2)]
        label = look.ELIGIBLE_COUNT if outcome == "eligible" else words[outcome]
        rows.append((label, *counts))
    headers = ("结果", *(rulebook["directions"][d] for d in look.DIRECTIONS), "两个方向合计（取较好者）")
    return Table("按结果", headers, rows, "每列人数相加等于已审核人数。")


def _title(rulebook: dict, code: str | None) -> str | None:
    """The rule book's title of a finding code; the code itself where it has none."""
    return rulebook["findings"][code]["title"] if code in rulebook["findings"] else code


def _files(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> Table:
    query = """SELECT source_file, status, rows_found, rows_evaluated, rows_rejected, len(sheets), reason, message
        FROM files ORDER BY status DESC, source_file"""
    rows = [
        (source, {"read": "已读取", "refused": "未能读取"}[status], *counts, _title(rulebook, reason), message)
        for source, status, *counts, reason, message in connection.execute(query).fetchall()
    ]
    headers = ("来源文件", "读取", "读到的行", "已审核的行", "未能审核的行", "花名册工作表", "原因", "说明")
    return Table("名册文件", headers, rows, "每个文件：读到的行＝已审核的行＋未能审核的行。")


def _refused(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> Table:
    query = "SELECT source_file, reason, message FROM files WHERE status = 'refused' ORDER BY source_file"
    found = connection.execute(query).fetchall()
    rows = [(source, _title(rulebook, reason), message) for source, reason, message in found]
    return Table("未能读取的文件", ("来源文件", "原因", "说明"), rows, "这些文件中的人员没有评价。")


def _findings_by_code(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> Table:
    query = """SELECT code, severity, count(*) AS n, count(DISTINCT source_file), count(DISTINCT unit_id)
        FROM findings GROUP BY code, severity ORDER BY severity, n DESC, code"""
    rows = [
        (_title(rulebook, code), look.SEVERITIES[severity], *counts, code)
        for code, severity, *counts in connection.execute(query).fetchall()
    ]
    return Table("数据问题（按种类）", ("问题", "级别", "条数", "文件数", "单位数", "代码"), rows)


def _findings_by_unit(connection: duckdb.DuckDBPyConnection) -> Table:
    query = """SELECT coalesce(unit, '（属于整个文件或工作表）') AS unit_name, count(*) FILTER (severity = 'error') AS errors,
            count(*) FILTER (severity = 'warning') AS warnings, count(DISTINCT source_file)
        FROM findings LEFT JOIN units USING (unit_id)
        GROUP BY unit_id, unit_name ORDER BY errors DESC, warnings DESC, unit_name, unit_id"""
    rows = connection.execute(query).fetchall()
    return Table("数据问题（按单位）", ("单位", "错误", "提醒", "文件数"), rows)


def _settings(rulebook: dict) -> Table:
    rows = [
        (look.setting_title(setting), look.as_text(setting["value"]), look.as_text(setting["default"]),
         "否" if setting["value"] == setting["default"] else "是", setting["clause"], setting["reason"])
        for setting in rulebook["settings"]
    ]  # fmt: skip
    headers = ("口径", "本次采用", "默认", "是否改动", "条款", "理由")
    return Table("解释口径", headers, rows, "文件没有写明之处按下列口径处理；改动口径即改动数据，不改程序。")
