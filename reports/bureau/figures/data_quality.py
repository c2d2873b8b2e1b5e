"""What the figures rest on: files, findings by kind and by unit, the settings, and what each of them weighs."""

from decimal import Decimal

import duckdb

from guantong.reports import wording
from guantong.reports.bureau.figures.figure_table import FigureTable

QUALITY_NOTE = "每百行问题数＝（错误＋提醒）÷行数×100；提示是没有填写、结论因此待核实的单元格和栏目，不计在内。拒收的文件说不出是哪个单位的，列在最后一行。"
REFUSED = "拒收"
NO_UNIT = "（属于整个文件或工作表）"
WEIGHT_COLUMNS = "title clause now other change persons gained lost verdicts".split()
WEIGHT_HEADERS = (
    "口径", "条款", "现行", "改为", "模拟时写作（--set）", "结果变动人数", f"增加{wording.ELIGIBLE_COUNT}", f"减少{wording.ELIGIBLE_COUNT}", "变动的结论条数",
)  # fmt: skip
WEIGHT_NOTE = "每个口径单独改动，其他不变；影响大的在前，宜先予明确。人数按人计，每人在每个方向取最好的结果，一人在几个单位的只计一次。"


def _title(rulebook: dict, code: str | None) -> str | None:
    """The rule book's title of a finding code; the code itself where it has none."""
    return rulebook["findings"][code]["title"] if code in rulebook["findings"] else code


def files(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> FigureTable:
    """Every file: whether it was read, its rows, and why not."""
    query = """SELECT source_file, status, rows_found, rows_evaluated, rows_rejected, len(sheets), reason, message
        FROM files ORDER BY status DESC, source_file"""
    rows = [
        (source, {"read": "已读取", "refused": REFUSED}[status], *counts, _title(rulebook, reason), message)
        for source, status, *counts, reason, message in connection.execute(query).fetchall()
    ]
    headers = ("来源文件", "读取", "读到的行", "已审核的行", "未能审核的行", "花名册工作表", "原因", "说明")
    return FigureTable("名册文件", headers, rows, "每个文件：读到的行＝已审核的行＋未能审核的行。")


def refused(connection: duckdb.DuckDBPyConnection, files_table: FigureTable) -> FigureTable:
    """Of the table `files` those that were refused, why, and what to do."""
    query = """SELECT source_file, any_value(action) FROM files JOIN findings AS f USING (source_file)
        WHERE status = 'refused' AND f.code = reason AND f.sheet IS NULL GROUP BY source_file"""
    actions = dict(connection.execute(query).fetchall())
    rows = [(source, reason, message, actions.get(source)) for source, read, *_, reason, message in files_table.rows if read == REFUSED]
    return FigureTable(
        "拒收的文件", ("来源文件", "原因", "说明", "怎么办"), rows, "这些文件没有读取，其中的人员没有审核；按“怎么办”处理后再审核一次。"
    )


def findings_by_code(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> FigureTable:
    """Findings by kind."""
    query = """SELECT code, severity, count(*) AS n, count(DISTINCT source_file), count(DISTINCT unit_id)
        FROM findings GROUP BY code, severity ORDER BY list_position(['error', 'warning', 'hint'], severity), n DESC, code"""
    rows = [
        (_title(rulebook, code), wording.SEVERITIES[severity], *counts, code)
        for code, severity, *counts in connection.execute(query).fetchall()
    ]
    return FigureTable("数据问题（按种类）", ("问题", "级别", "条数", "文件数", "单位数", "代码"), rows)


def findings_by_unit(connection: duckdb.DuckDBPyConnection) -> FigureTable:
    """Findings of every unit, for a hundred of its rows too; the last row is of what has no unit."""
    query = f"""
        WITH found AS (
            SELECT unit_id, count(*) FILTER (severity = 'error') AS errors, count(*) FILTER (severity = 'warning') AS warnings,
                count(*) FILTER (severity = 'hint') AS hints
            FROM findings GROUP BY unit_id),
        standing AS (
            SELECT unit_id, count(*) AS rows, count(*) FILTER (bucket = 'rejected') AS rejected, count(DISTINCT source_file) AS files
            FROM persons GROUP BY unit_id)
        SELECT unit, coalesce(place, '{wording.BLANK}'), files, rows, rejected, coalesce(errors, 0) AS e, coalesce(warnings, 0) AS w, coalesce(hints, 0) AS h,
            100 * (e + w) / rows AS rate, unit_id
        FROM standing JOIN units USING (unit_id) JOIN unit_places USING (unit_id) LEFT JOIN found USING (unit_id) ORDER BY rate DESC, e + w DESC, unit, unit_id"""
    rows = [(*row[:8], Decimal(f"{row[8]:.1f}")) for row in connection.execute(query).fetchall()]
    query = """SELECT (SELECT count(*) FROM files WHERE status = 'refused'), count(*) FILTER (severity = 'error'),
            count(*) FILTER (severity = 'warning'), count(*) FILTER (severity = 'hint') FROM findings WHERE unit_id IS NULL"""
    lost, errors, warnings, hints = connection.execute(query).fetchone()
    if lost or errors or warnings or hints:
        rows.append((NO_UNIT, None, lost, 0, 0, errors, warnings, hints, None))
    headers = ("单位", "所在市", "文件数", "行数", "未能审核的行", "错误", "提醒", "提示", "每百行问题数")
    return FigureTable("数据问题（按单位）", headers, rows, QUALITY_NOTE)


def settings(rulebook: dict) -> FigureTable:
    """The interpretation settings as they were applied."""
    rows = [
        (wording.setting_title(setting), wording.setting_text(setting["value"]), wording.setting_text(setting["default"]),
         "否" if setting["value"] == setting["default"] else "是", setting["clause"], setting["reason"])
        for setting in rulebook["settings"]
    ]  # fmt: skip
    headers = ("口径", "本次采用", "默认", "是否改动", "条款", "理由")
    return FigureTable("解释口径", headers, rows, "文件没有写明之处按下列口径处理；改动口径即改动数据，不改程序。")


def weights(rows: list[dict]) -> FigureTable:
    """The rows of data/sensitivity.parquet: what each alternative to a setting weighs."""
    return FigureTable("口径敏感性", WEIGHT_HEADERS, [tuple(row[name] for name in WEIGHT_COLUMNS) for row in rows], WEIGHT_NOTE)
