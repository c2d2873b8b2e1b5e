"""Persons by city, unit, industry, occupation, sex, age and education, and by outcome. See audit_data.COUNTED_PEOPLE for who is counted."""

import duckdb

from guantong.reports import wording
from guantong.reports.audit_data import COUNTED_ONCE_NOTE, within_a_year
from guantong.reports.bureau.figures.figure_table import FigureTable, share, summed
from guantong.reports.bureau.figures.presumed_cities import PRESUMED_NOTE
from guantong.schemas.database import scalar

COLUMNS_NOTE = "“两个方向合计”起各列按每人两个方向中较好的结果计，每人一次，相加等于已审核人数。"
NEAR_NOTE = f"“{wording.NEARLY_THERE_COUNT}”是现在哪个方向都不能申报、最早在审核基准日后一年内满年限的人，其中有的到日前还须补填单元格，有的在别的路径上待核实，也计入待核实。"
UNIT_NOTE = "一人在几个单位的，每个单位各计一次，所以各单位相加可能多于全部已审核人数。"
# The heading of those eligible in each direction.
ELIGIBLE_IN = {
    "skill-to-title": f"{wording.ELIGIBLE_COUNT}（高技能人才申报职称）",
    "title-to-skill": f"{wording.ELIGIBLE_COUNT}（专业技术人才参加职业技能评价）",
}
# table, its name, the heading of its groups, the column of counted_people, how the groups are ordered, and a sentence of its own
GROUPS = (
    ("by_city", "按市", "所在市", "city", "o1 DESC, persons DESC, label", ""),  # as told, which may be published; the bureau's is by_city()
    ("by_industry", "按行业", "所属行业", "industry", "o1 DESC, persons DESC, label", "行业按花名册所填。"),
    ("by_occupation", "按职业（工种）", "职业（工种）", "occupation", "o1 DESC, persons DESC, label", "职业（工种）按花名册所填。"),
    ("by_sex", "按性别", "性别", "sex", "label", "性别以花名册为准，未填的按身份证号。"),
    ("by_age", "按年龄", "年龄", "age_band", "label", "年龄为审核基准日的周岁，以身份证号为准，没有的按出生年月。"),
    ("by_education", "按学历", "学历", "education", "label", "学历按花名册所填归类，不作为条件。"),
)


def tables(connection: duckdb.DuckDBPyConnection, words: dict) -> dict[str, FigureTable]:
    """The tables of persons by group."""
    return {key: _by_group(connection, words, *more) for key, *more in GROUPS if key != "by_city"} | {"by_city": by_city(connection, words)}


def _counts() -> str:
    """Persons, those eligible in each direction (s2t_1, t2s_1), then persons by better outcome (o1 …)."""
    places = ", ".join(f"count(*) FILTER (best_rank = {n}) AS o{n}" for n in range(1, len(wording.OUTCOMES) + 1))
    return f"""count(best_rank) AS persons, count(*) FILTER (s2t = 1) AS s2t_1,
        count(*) FILTER (t2s = 1) AS t2s_1, {places}"""


def _headers(words: dict) -> tuple[str, ...]:
    return (
        "已审核人数",
        *ELIGIBLE_IN.values(),
        f"{wording.ELIGIBLE_COUNT}（两个方向合计）",
        *(wording.count_label(outcome, words) for outcome in wording.OUTCOMES[1:]),
    )


def _by_group(
    connection: duckdb.DuckDBPyConnection, words: dict, name: str, heading: str, column: str, order: str, own: str
) -> FigureTable:
    query = f"""SELECT coalesce({column}, '{wording.BLANK}') AS label, {_counts()} FROM counted_people
        GROUP BY label ORDER BY label = '{wording.BLANK}', {order}"""
    rows = connection.execute(query).fetchall()
    return FigureTable(name, (heading, *_headers(words)), rows, own + COLUMNS_NOTE + COUNTED_ONCE_NOTE, summed(rows, 1))


def by_city(connection: duckdb.DuckDBPyConnection, words: dict) -> FigureTable:
    """Persons by city, told or presumed, with how many are presumed."""
    query = f"""SELECT coalesce(place, '{wording.BLANK}') AS label, {_counts()}, count(*) FILTER (is_presumed)
        FROM placed_people GROUP BY label ORDER BY label = '{wording.BLANK}', o1 DESC, persons DESC, label"""
    rows = connection.execute(query).fetchall()
    headers = ("所在市", *_headers(words), "其中所在市为推定的人数")
    return FigureTable("按市", headers, rows, COLUMNS_NOTE + PRESUMED_NOTE + COUNTED_ONCE_NOTE, summed(rows, 1))


def by_unit(connection: duckdb.DuckDBPyConnection, rulebook: dict, words: dict) -> tuple[FigureTable, list[str]]:
    """Persons by unit, each in every unit where the person stands; and the ids of the units, row by row."""
    near = "" if wording.is_retrospective(rulebook) else f", count(*) FILTER ({within_a_year(rulebook)})"
    query = f"""SELECT unit, coalesce(unit_code, '{wording.BLANK}'), coalesce(place, '{wording.BLANK}'), place_from,
            g.* EXCLUDE (unit_id), unit_id
        FROM units JOIN unit_places USING (unit_id) JOIN (
            SELECT u.unit_id, {_counts()}{near} FROM (SELECT unit_id FROM units) u
            LEFT JOIN (SELECT unit_id, s2t, t2s, best_rank, day FROM ranked_people LEFT JOIN nearly_there USING (pid)) USING (unit_id)
            GROUP BY u.unit_id
        ) g USING (unit_id)
        ORDER BY o1 DESC, persons DESC, unit, unit_id"""
    headers = ("单位", "统一社会信用代码", "所在市", "所在市来自", *_headers(words), *((wording.NEARLY_THERE_COUNT,) if near else ()))
    records = connection.execute(query).fetchall()
    rows = [row[:-1] for row in records]
    note = COLUMNS_NOTE + (NEAR_NOTE if near else "") + PRESUMED_NOTE + UNIT_NOTE
    return FigureTable("按单位", headers, rows, note, summed(rows, 4)), [row[-1] for row in records]


def by_outcome(connection: duckdb.DuckDBPyConnection, rulebook: dict, words: dict) -> FigureTable:
    """Persons by outcome, in each direction and by the better of the two."""
    groups = connection.execute("SELECT s2t, t2s, best_rank, count(*) FROM counted_people GROUP BY ALL").fetchall()
    rows = []
    for rank, outcome in enumerate(wording.OUTCOMES, 1):
        counts = [sum(row[3] for row in groups if row[index] == rank) for index in (0, 1, 2)]
        label = wording.ELIGIBLE_COUNT if outcome == "eligible" else words[outcome]
        rows.append((label, *counts))
    headers = ("结果", *(rulebook["directions"][d] for d in wording.DIRECTIONS), "两个方向合计（取较好者）")
    return FigureTable("按结果", headers, rows, f"每列人数相加等于已审核人数。{COUNTED_ONCE_NOTE}", summed(rows, 1))


# What each step counts; the first is the whole.
FUNNEL = {
    "读到的行": "FROM persons",
    "已审核的行": "FROM persons WHERE bucket = 'evaluated'",
    "已审核人数": "FROM counted_people",
    "有适用路径，或有无待核实的人": "FROM counted_people WHERE best_rank < 7",
    "符合、待核实或即将符合的人": "FROM counted_people WHERE best_rank <= 4",
    wording.ELIGIBLE_COUNT: "FROM counted_people WHERE best_rank = 1",
}
FUNNEL_NOTE = (
    "“有适用路径”指持有或可能持有某条路径所要求的技能等级、职称或荣誉；所填技能等级、职称、人员类别无法识别的，有无适用路径待核实，"
    "计入待核实。“符合、待核实或即将符合”含另行评价，不含已具备和不符合。"
)


def funnel(connection: duckdb.DuckDBPyConnection) -> FigureTable:
    """From the rows read down to the persons eligible."""
    counts = {step: scalar(connection, f"SELECT count(*) {counted}") for step, counted in FUNNEL.items()}
    rows = [(step, count, share(count, counts["读到的行"])) for step, count in counts.items()]
    return FigureTable("从读到的行到符合条件", ("步骤", "数量", "占读到的行"), rows, FUNNEL_NOTE + COUNTED_ONCE_NOTE)
