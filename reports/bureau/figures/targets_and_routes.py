"""Persons by target, by way (ordinary or exceptional), by route, and by the condition that they miss."""

import duckdb

from guantong.reports import wording
from guantong.reports.audit_data import COUNTED_ONCE_NOTE
from guantong.reports.bureau.figures.figure_table import FigureTable, summed

VERDICTS = len(wording.OUTCOMES) - 1  # a verdict is never no_route
TARGET_NOTE = "一人可列入多个目标；每人在每个目标按最好的一条路径计一次。“其中最高目标”按每人在本方向的最高目标计。"
WAY_NOTE = "高技能人才申报职称中符合申报条件的人，按本人可申报的最高职称计一次；破格指三（四）所列荣誉。"
ROUTE_NOTE = "一人在每条可走的路径各计一次；破格的路径按荣誉名单分列。"
UNREADABLE = "所填技能等级、职称、人员类别能否识别"
MISS_NOTE = (
    "每个方向只看没有符合申报条件、也没有已具备的人；在其可走的任一路径上有此条件不满足（不明）的，计一次。一人可计入几个条件。"
    f"所填内容无法识别、看不出有无适用路径的人，计入“{UNREADABLE}”。"
)

# paths: the verdicts of counted_people. by_targets: each person on each target, with the best outcome.
PATHS = f"""
CREATE TEMP VIEW paths AS
    SELECT v.pid, v.route, v.direction, v.target, v.eligible_on, v.not_met, v.unknown, o.s2t, o.t2s, o.s2t_target, o.t2s_target,
        list_position({list(wording.OUTCOMES)}, v.outcome)::UTINYINT AS outcome_rank
    FROM verdicts v JOIN counted_people o USING (pid);
CREATE TEMP TABLE by_targets AS
    SELECT direction, target, outcome_rank, count(*) AS persons FROM
        (SELECT direction, target, pid, min(outcome_rank) AS outcome_rank FROM paths GROUP BY direction, target, pid)
    GROUP BY direction, target, outcome_rank;
"""


def create_paths(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the view paths and the table by_targets; `audit_data.create_counted_people` comes first."""
    connection.execute(PATHS)


def by_target(connection: duckdb.DuckDBPyConnection, rulebook: dict, words: dict) -> FigureTable:
    """Persons on each target by their best outcome there, and those for whom it is the highest."""
    counts = ", ".join(f"coalesce(sum(persons) FILTER (outcome_rank = {n}), 0)::BIGINT" for n in range(1, VERDICTS + 1))
    query = f"""
        SELECT direction, target, first(highest.people), {counts} FROM by_targets
        LEFT JOIN (
            SELECT 'skill-to-title' AS direction, s2t_target AS target, count(*) AS people FROM counted_people WHERE s2t = 1 GROUP BY ALL
            UNION ALL
            SELECT 'title-to-skill', t2s_target, count(*) FROM counted_people WHERE t2s = 1 GROUP BY ALL
        ) highest USING (direction, target)
        GROUP BY direction, target
        ORDER BY direction, coalesce(list_position({list(wording.TARGETS)}, target), 99), target"""
    rows = [
        (rulebook["directions"][direction], target or wording.OTHER_TARGET, first, highest or 0, *others)
        for direction, target, highest, first, *others in connection.execute(query).fetchall()
    ]
    labels = [wording.count_label(outcome, words) for outcome in wording.OUTCOMES[:VERDICTS]]
    headers = ("方向", "申报目标", labels[0], "其中最高目标", *labels[1:])
    return FigureTable("按方向与目标", headers, rows, TARGET_NOTE + COUNTED_ONCE_NOTE)


def ways(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> dict[tuple[str, str], int]:
    """{(highest target, 'ordinary', 'exceptional' or 'both'): persons eligible for titles}, by the routes that lead to that target."""
    exceptional = [code for code, route in rulebook["routes"].items() if route["exceptional"]]
    query = """
        SELECT target, CASE WHEN bool_and(special) THEN 'exceptional' WHEN bool_or(special) THEN 'both' ELSE 'ordinary' END AS way
        FROM (SELECT pid, target, list_contains(?, route) AS special FROM paths
            WHERE direction = 'skill-to-title' AND s2t = 1 AND outcome_rank = 1 AND target = s2t_target)
        GROUP BY pid, target"""
    rows = connection.execute(f"SELECT target, way, count(*) FROM ({query}) GROUP BY ALL", [exceptional]).fetchall()
    return {(target, way): count for target, way, count in rows}


def by_way(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> FigureTable:
    """Persons eligible for titles, by their highest target and whether an ordinary or an exceptional route leads there."""
    persons = ways(connection, rulebook)
    rows = []
    for target in (word for word in wording.TARGETS if any(word == target for target, _ in persons)):
        counts = [persons.get((target, way), 0) for way in ("ordinary", "exceptional", "both")]
        rows.append((target, sum(counts), *counts))
    headers = ("申报目标", wording.ELIGIBLE_COUNT, "其中只按一般条件", "其中只按破格", "其中两者均可")
    return FigureTable("一般与破格", headers, rows, WAY_NOTE + COUNTED_ONCE_NOTE, summed(rows, 1))


def by_route(connection: duckdb.DuckDBPyConnection, rulebook: dict, words: dict) -> FigureTable:
    """Every route of the rule book, also one that is in play for nobody."""
    counts = ", ".join(f"count(*) FILTER (outcome_rank = {n})" for n in range(1, VERDICTS + 1))
    counts_by_route = {
        route: counts for route, *counts in connection.execute(f"SELECT route, {counts} FROM paths GROUP BY route").fetchall()
    }
    if strange := set(counts_by_route) - set(rulebook["routes"]):
        raise ValueError(f"规则书中没有路径：{'、'.join(sorted(strange))}")
    rows = [
        (rulebook["directions"][route["direction"]], route["clause"], route["name"], route["target"] or wording.OTHER_TARGET,
         "破格" if route["exceptional"] else "一般", *counts_by_route.get(code, [0] * VERDICTS))
        for code, route in rulebook["routes"].items()
    ]  # fmt: skip
    labels = (wording.count_label(outcome, words) for outcome in wording.OUTCOMES[:VERDICTS])
    return FigureTable("按路径", ("方向", "条款", "路径", "申报目标", "方式", *labels), rows, ROUTE_NOTE + COUNTED_ONCE_NOTE)


def misses(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> FigureTable:
    """Why people miss: persons by direction and by the condition that is not met, or not known."""
    query = """
        WITH short AS (
            SELECT pid, direction, not_met, unknown FROM paths
            WHERE outcome_rank IN (3, 4, 6) AND CASE direction WHEN 'skill-to-title' THEN s2t ELSE t2s END NOT IN (1, 2, 5)),
        each AS (
            SELECT pid, direction, unnest(not_met) AS condition, true AS failing FROM short
            UNION ALL
            SELECT pid, direction, unnest(unknown), false FROM short)
        SELECT direction, condition, count(DISTINCT pid) FILTER (failing) AS n, count(DISTINCT pid) FILTER (NOT failing) AS m
        FROM each GROUP BY ALL ORDER BY direction, n DESC, m DESC, condition"""
    conditions, asks = rulebook["conditions"], rulebook["asks"]
    rows = [
        (rulebook["directions"][direction], conditions[name]["name"] if name in conditions else name,
         asks[direction][name]["clause"] if name in conditions else None, failing, lacking)
        for direction, name, failing, lacking in connection.execute(query).fetchall()
    ]  # fmt: skip
    unreadable = "SELECT direction, count(*) FROM undecided SEMI JOIN counted_people USING (pid) GROUP BY direction ORDER BY direction"
    rows += [
        (rulebook["directions"][direction], UNREADABLE, None, 0, count) for direction, count in connection.execute(unreadable).fetchall()
    ]
    rows.sort(key=lambda row: list(rulebook["directions"].values()).index(row[0]))
    return FigureTable("未符合的原因", ("方向", "条件", "条款", "不满足人数", "不明人数"), rows, MISS_NOTE + COUNTED_ONCE_NOTE)
