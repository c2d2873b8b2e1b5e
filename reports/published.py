"""bureau/publish/: the tables that may be published, with small figures suppressed (disclosure.py).

Every figure is added to one system with all that it is the sum of, printed or not; what is printed is read from the system at
the end, so a figure that stands in two tables is shown or suppressed in both.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from guantong.reports import look
from guantong.reports.data import ONCE_NOTE, connect, read_rulebook
from guantong.reports.disclosure import Key, System, suppressed
from guantong.reports.figure import TOTAL, Table, share
from guantong.reports.figures import figures_of
from guantong.reports.figures_of_groups import GROUPS
from guantong.reports.figures_of_paths import WAY_NOTE, ways
from guantong.reports.figures_of_stock import FORECAST_NOTE, PARITY_NOTE, STOCK_NOTE, forecast
from guantong.reports.open_tables import save_csv
from guantong.reports.tables import Book, Column

HIDDEN = "*"
THRESHOLD = 5
BY_LABEL = {"sex", "age_band", "education"}
MOST_GROUPS = 60  # industries and occupations that stand by themselves; the others are one
OTHERS = "其他"
ALL = "all"

# The atoms that persons are counted in; everything else is their sum.
ATOMS = f"""
SELECT coalesce({{column}}, '{look.BLANK}') AS label,
    count(*) FILTER (s2t = 1 AND t2s > 1 AND highly), count(*) FILTER (s2t = 1 AND t2s > 1 AND NOT highly),
    count(*) FILTER (s2t = 1 AND t2s = 1 AND highly), count(*) FILTER (s2t = 1 AND t2s = 1 AND NOT highly),
    count(*) FILTER (s2t > 1 AND t2s = 1), count(*) FILTER (place > 1),
    count(*) FILTER (skilled AND NOT highly), count(*) FILTER (highly)
FROM (SELECT *, coalesce(skill_level IN {look.SKILLED}, false) AS skilled, coalesce(skill_level IN {look.HIGHLY_SKILLED}, false) AS highly
    FROM once)
GROUP BY label ORDER BY count(*) DESC, label
"""


@dataclass
class Sheet:
    """A table to be: rows of labels with the keys of their figures; a pair of keys is a share, the first of the second."""

    name: str
    headers: tuple[str, ...]
    note: str
    rows: list[tuple[str, list]] = field(default_factory=list)


def published(connection: duckdb.DuckDBPyConnection, rulebook: dict, threshold: int) -> dict[str, Table]:
    """The tables to publish by the names of their files, from a connection on which figures_of has counted.

    Raises disclosure.Unprotected rather than to give tables that tell what they are not to.
    """
    system = System()
    sheets = _groups(connection, system)
    sheets["targets"] = _targets(connection, rulebook, system)
    sheets["skill_targets"] = _skill_targets(connection, system)
    sheets["forecast"] = _forecast(connection, rulebook, system)
    sheets["parity"] = _parity(connection, system)
    gone = suppressed(system, threshold)
    return {name: _table(sheet, system, gone, threshold) for name, sheet in sheets.items()}


def _table(sheet: Sheet, system: System, gone: set[Key], threshold: int) -> Table:
    def shown(key: object) -> object:
        if isinstance(key, list):
            part, whole = key
            return HIDDEN if part in gone or whole in gone else share(system.counts[part], system.counts[whole])
        return HIDDEN if key in gone else system.counts[key]

    note = f"“{HIDDEN}”：小于{threshold}的数，或者公布后可以推算出这些数的数，不予公布；0 照实公布。比例只按所公布的数计算。"
    rows = [(label, *map(shown, keys)) for label, keys in sheet.rows]
    return Table(sheet.name, sheet.headers, rows, sheet.note + note + ONCE_NOTE)


def _groups(connection: duckdb.DuckDBPyConnection, system: System) -> dict[str, Sheet]:
    eligible = look.ELIGIBLE_COUNT
    sheets = {
        "by_city": Sheet("按市", ("所在市", "已审核人数", f"{eligible}（申报职称）", f"{eligible}（参加职业技能评价）"),
                         "一人可以两个方向都符合，两列都计。"),
        "stock": Sheet("技能人才", ("所在市", "已审核人数", "技能人才", "高技能人才", "技能人才占已审核人数", "高技能人才占技能人才"), STOCK_NOTE),
    }  # fmt: skip
    found = {key: _merged(connection, column) for key, _, _, column, _, _ in GROUPS}
    whole = [sum(counts) for counts in zip(*(counts for _, counts in found["by_city"]), strict=True)] or [0] * 8
    total = _city(system, ALL, ALL, whole)
    for key, name, heading, _, _, note in GROUPS:
        if key == "by_city":
            rows = [(label, _city(system, key, label, counts)) for label, counts in found[key]]
            sheets[key].rows = [(label, [at[name] for name in ("persons", "s2t", "t2s")]) for label, at in [*rows, (TOTAL, total)]]
            sheets["stock"].rows = [
                (label, [at["persons"], at["skilled"], at["highly"], [at["skilled"], at["persons"]], [at["highly"], at["skilled"]]])
                for label, at in [*rows, (TOTAL, total)]
            ]
        else:
            rows = [(label, _group(system, key, label, sum(counts[:5]), counts[5])) for label, counts in found[key]]
            sheets[key] = Sheet(name, (heading, "已审核人数", eligible), note)
            sheets[key].rows = [(label, [at["persons"], at["eligible"]]) for label, at in [*rows, (TOTAL, total)]]
        for figure, whole_key in total.items() if rows else ():
            parts = [at[figure] for _, at in rows if figure in at]
            if parts:
                system.split(whole_key, parts)
    return sheets


def _merged(connection: duckdb.DuckDBPyConnection, column: str) -> list[tuple[str, list[int]]]:
    """[(label, atoms)], the most persons first; the groups after the MOST_GROUPS largest are one."""
    rows = [(label, counts) for label, *counts in connection.execute(ATOMS.format(column=column)).fetchall()]
    if column in BY_LABEL:
        rows.sort(key=lambda row: (row[0] == look.BLANK, row[0]))
    if len(rows) <= MOST_GROUPS:
        return rows
    rest = [sum(counts) for counts in zip(*(counts for _, counts in rows[MOST_GROUPS:]), strict=True)]
    kept = [(label if label != OTHERS else f"{OTHERS}（原填）", counts) for label, counts in rows[:MOST_GROUPS]]
    return [*kept, (OTHERS, rest)]


def _group(system: System, group: str, label: str, eligible: int, rest: int, printed: bool = True) -> dict[str, Key]:
    """Add persons, those eligible, and the others, who are not printed."""
    at = {name: (group, label, name) for name in ("persons", "eligible", "rest")}
    system.add(at["persons"], eligible + rest)
    system.add(at["eligible"], eligible, printed)
    system.add(at["rest"], rest, printed=False)
    system.split(at["persons"], (at["eligible"], at["rest"]))
    return at


def _city(system: System, group: str, label: str, atoms: list[int]) -> dict[str, Key]:
    """Add what is told of a city: `_group`, the directions, who has skills, and all that follows from them by subtraction."""
    only_s_high, only_s_low, both_high, both_low, only_t, rest, low, highly = atoms
    at = _group(system, group, label, sum(atoms[:5]), rest, printed=group == ALL)
    persons, s_high, s_low = sum(atoms[:6]), only_s_high + both_high, only_s_low + both_low
    counts = {
        "s2t": s_high + s_low, "t2s": both_high + both_low + only_t, "only_s2t": only_s_high + only_s_low, "only_t2s": only_t,
        "both": both_high + both_low, "skilled": low + highly, "highly": highly, "low": low, "unskilled": persons - low - highly,
        "s2t_highly": s_high, "s2t_others": s_low, "highly_others": highly - s_high,
    }  # fmt: skip
    at |= {name: system.add((group, label, name), count, name in ("s2t", "t2s", "skilled", "highly")) for name, count in counts.items()}
    for whole, parts in (
        ("eligible", ("only_s2t", "only_t2s", "both")), ("s2t", ("only_s2t", "both")), ("t2s", ("only_t2s", "both")),
        ("persons", ("skilled", "unskilled")), ("skilled", ("highly", "low")),
        ("s2t", ("s2t_highly", "s2t_others")), ("highly", ("s2t_highly", "highly_others")),
    ):  # fmt: skip
        system.split(at[whole], [at[part] for part in parts])
    return at


def _partition(system: System, whole: Key, group: str, counts: Iterable[tuple[str, int]]) -> list[tuple[str, list[Key]]]:
    """Add the printed parts of a whole, with the rest of it that is not printed; gives rows of one figure."""
    parts = [(label, system.add((group, label), count)) for label, count in counts]
    rest = system.counts[whole] - sum(system.counts[key] for _, key in parts)
    system.split(whole, [*(key for _, key in parts), system.add((group, "rest"), rest, printed=False)])
    return [(label, [key]) for label, key in parts]


def _targets(connection: duckdb.DuckDBPyConnection, rulebook: dict, system: System) -> Sheet:
    found = ways(connection, rulebook)
    kinds = ("ordinary", "exceptional", "both")
    sheet = Sheet("按申报职称", ("申报目标", look.ELIGIBLE_COUNT, "其中只按一般条件", "其中只按破格", "其中两者均可"), WAY_NOTE)
    targets = [target for target in look.TARGETS if any(target == one for one, _ in found)]
    for target in targets:
        parts = [system.add(("way", target, kind), found.get((target, kind), 0)) for kind in kinds]
        whole = system.add(("way", target), sum(system.counts[part] for part in parts))
        system.split(whole, parts)
        sheet.rows.append((target, [whole, *parts]))
    sums = [system.add(("way", ALL, kind), sum(found.get((target, kind), 0) for target in targets)) for kind in kinds]
    for kind, whole in zip(kinds, sums, strict=True):
        system.split(whole, [("way", target, kind) for target in targets])
    if targets:
        system.split((ALL, ALL, "s2t"), [("way", target) for target in targets])
        system.split((ALL, ALL, "s2t"), sums)
    sheet.rows.append((TOTAL, [(ALL, ALL, "s2t"), *sums]))
    return sheet


def _skill_targets(connection: duckdb.DuckDBPyConnection, system: System) -> Sheet:
    found = dict(connection.execute("SELECT t2s_target, count(*) FROM once WHERE t2s = 1 GROUP BY ALL").fetchall())
    whole = (ALL, ALL, "t2s")
    rows = _partition(system, whole, "skill", [(target, found[target]) for target in look.TARGETS if target in found])
    note = "专业技术人才参加职业技能评价中符合申报条件的人，按本人可申报的最高等级计一次。"
    return Sheet("按申报技能等级", ("申报目标", look.ELIGIBLE_COUNT), note, [*rows, (TOTAL, [whole])])


def _forecast(connection: duckdb.DuckDBPyConnection, rulebook: dict, system: System) -> Sheet:
    counted = forecast(connection, rulebook)
    rows = [(label, count) for label, count, *_ in counted.rows]
    whole = system.add(("forecast", ALL), sum(count for _, count in rows))
    others = system.add(("forecast", "others"), system.counts[(ALL, ALL, "rest")] - system.counts[whole], printed=False)
    system.split((ALL, ALL, "rest"), (whole, others))
    parts = _partition(system, whole, "quarter", rows)
    return Sheet(counted.name, ("季度", "届时符合申报条件人数"), FORECAST_NOTE, [*parts, (TOTAL, [whole])])


def _parity(connection: duckdb.DuckDBPyConnection, system: System) -> Sheet:
    query = f"SELECT parity, count(*), count(*) FILTER (skill_level IN {look.HIGHLY_SKILLED}) FROM once WHERE parity IS NOT NULL GROUP BY ALL"
    found = {level: (count, highly) for level, count, highly in connection.execute(query).fetchall()}
    whole = system.add(("parity", ALL), sum(count for count, _ in found.values()))
    highly = system.add(("parity", "highly"), sum(count for _, count in found.values()), printed=False)
    low = system.add(("parity", "low"), system.counts[whole] - system.counts[highly], printed=False)
    system.split(whole, (highly, low))
    apart = system.add(("parity", "apart"), system.counts[(ALL, ALL, "highly")] - system.counts[highly], printed=False)
    system.split((ALL, ALL, "highly"), (highly, apart))
    rows = _partition(system, whole, "level", [(f"比照{level}", found[level][0]) for level in look.TARGETS if level in found])
    return Sheet("待遇比照", ("比照层级", "人数"), PARITY_NOTE, [*rows, (TOTAL, [whole])])



def write_published(data: Path, target: Path, threshold: int) -> Path:
    """Write the tables to publish into the folder `target`, a workbook and CSV files, whole or not at all. Returns `target`."""
    rulebook = read_rulebook(data)
    with connect(data, checked=True) as connection:
        figures_of(connection, rulebook)
        tables = published(connection, rulebook, threshold)
    with look.replacing_folder(target) as folder:
        with Book(folder / "statistics.xlsx", rulebook, "职业发展贯通审核统计（公布表）") as book:
            for table in tables.values():
                columns = [Column(header, 30 if at == 0 else 20) for at, header in enumerate(table.headers)]
                book.table(table.name, columns, table.rows, "没有数据。", note=table.note)
        save_csv(folder, tables)
    return target
