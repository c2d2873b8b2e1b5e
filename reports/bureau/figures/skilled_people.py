"""The stock of skilled people, those nearly there by quarter, and treatment parity."""

from datetime import date, timedelta

import duckdb

from guantong.reports import wording
from guantong.reports.audit_data import COUNTED_ONCE_NOTE
from guantong.reports.bureau.figures.figure_table import FigureTable, share, summed

YEARS = 5
LATER = "更晚"
STOCK_NOTE = "技能人才：持有任一职业资格或技能等级；高技能人才：高级工及以上。等级不明的不计入，所以是花名册中的下限。"
FORECAST_NOTE = (
    "年限未满而没有其他条件不满足的人（有的还须补填单元格），按花名册算得出的最早日期（日期只写到年、月的按其中最晚的一天）计入该日所在季度，每列每人一次；"
    "假定本人一直在岗从事相关工作，其他条件和今后的年度考核都合格。不是对申报、取得情况的预测。"
)
CITY_NOTE = "没有填写的所在市，能推定的按推定的计，见“按市”。"
PARITY_NOTE = "五（二）：在聘的高级工、技师、高级技师比照相应层级工程技术人员享受同等待遇；在岗状态不明的计入。"


def stock(connection: duckdb.DuckDBPyConnection) -> FigureTable:
    """Skilled and highly skilled persons by city, and their shares."""
    query = f"""SELECT coalesce(place, '{wording.BLANK}') AS label, count(*) AS persons,
            count(*) FILTER (skill_level IN {wording.SKILLED}) AS skilled, count(*) FILTER (skill_level IN {wording.HIGHLY_SKILLED}) AS highly
        FROM placed_people GROUP BY label ORDER BY label = '{wording.BLANK}', highly DESC, skilled DESC, label"""
    rows = [_with_shares(*row) for row in connection.execute(query).fetchall()]
    total = summed([row[:4] for row in rows], 1)
    headers = ("所在市", "已审核人数", "技能人才", "高技能人才", "技能人才占已审核人数", "高技能人才占技能人才")
    return FigureTable("技能人才", headers, rows, STOCK_NOTE + CITY_NOTE + COUNTED_ONCE_NOTE, _with_shares(*total) if total else None)


def _with_shares(label: str, persons: int, skilled: int, highly: int) -> tuple:
    return label, persons, skilled, highly, share(skilled, persons), share(highly, skilled)


def quarters(as_of: date) -> list[str]:
    """The quarters from the day after `as_of` for five years, as 2026年第1季度."""
    ends = as_of + timedelta(days=1), as_of.replace(year=as_of.year + YEARS, day=min(as_of.day, 28))
    first, last = (day.year * 4 + (day.month - 1) // 3 for day in ends)
    return [f"{number // 4}年第{number % 4 + 1}季度" for number in range(first, last + 1)]


QUARTER = "year(day) || '年第' || quarter(day) || '季度'"
# Each person's first day: in a direction where not yet eligible, in both together where in neither, and on a target
# that is higher than what the person is eligible for already.
DAYS = f"""
WITH waiting AS (
    SELECT pid, direction, s2t, t2s, eligible_on AS day, CASE direction WHEN 'skill-to-title' THEN s2t ELSE t2s END AS own,
        coalesce(list_position({list(wording.TARGETS)}, target), 99) AS rank, coalesce(list_position({list(wording.TARGETS)},
            CASE direction WHEN 'skill-to-title' THEN s2t_target ELSE t2s_target END), 99) AS highest
    FROM paths WHERE outcome_rank = 4)
SELECT pid, min(day) FILTER (least(s2t, t2s) > 1) AS either, min(day) FILTER (direction = 'skill-to-title' AND own > 1) AS titles,
    min(day) FILTER (direction = 'title-to-skill' AND own > 1) AS skills, min(day) FILTER (own = 1 AND rank < highest) AS more
FROM waiting GROUP BY pid"""


def forecast(connection: duckdb.DuckDBPyConnection, rulebook: dict) -> FigureTable:
    """Persons nearly there, by the quarter of their first day, for the next five years."""
    kinds = ("either", "titles", "skills", "more")
    each = " UNION ALL ".join(f"SELECT '{kind}' AS kind, {kind} AS day FROM days WHERE {kind} IS NOT NULL" for kind in kinds)
    query = f"WITH days AS ({DAYS}) SELECT kind, {QUARTER} AS quarter, count(*) FROM ({each}) GROUP BY ALL"
    persons = {(kind, quarter): count for kind, quarter, count in connection.execute(query).fetchall()}
    names = quarters(date.fromisoformat(rulebook["as_of"]))
    rows = [(name, *(persons.get((kind, name), 0) for kind in kinds)) for name in names]
    rows.append((LATER, *(sum(count for (own, name), count in persons.items() if own == kind and name not in names) for kind in kinds)))
    headers = ("季度", "届时符合申报条件人数（两个方向合计）", *(rulebook["directions"][direction] for direction in wording.DIRECTIONS),
               "另：已符合较低目标，届时可申报更高目标的人")  # fmt: skip
    return FigureTable("五年内即将符合", headers, rows, FORECAST_NOTE + COUNTED_ONCE_NOTE, summed(rows, 1))


def parity(connection: duckdb.DuckDBPyConnection) -> FigureTable:
    """Persons by city and by the title whose treatment is the like of theirs."""
    query = f"SELECT coalesce(place, '{wording.BLANK}') AS label, parity, count(*) FROM placed_people WHERE parity IS NOT NULL GROUP BY ALL"
    groups = connection.execute(query).fetchall()
    levels = [word for word in wording.TARGETS if any(level == word for _, level, _ in groups)]
    counts = {(city, level): count for city, level, count in groups}
    rows = [(city, *(counts.get((city, level), 0) for level in levels)) for city in dict.fromkeys(city for city, _, _ in groups)]
    rows = sorted(((city, sum(numbers), *numbers) for city, *numbers in rows), key=lambda row: (row[0] == wording.BLANK, -row[1], row[0]))
    headers = ("所在市", "比照享受待遇人数", *(f"比照{level}" for level in levels))
    return FigureTable("待遇比照", headers, rows, PARITY_NOTE + CITY_NOTE + COUNTED_ONCE_NOTE, summed(rows, 1))
