"""bureau/publish/: the tables that may be published, with small figures suppressed (disclosure.py, and publications.py for what went before).

Every figure is added to one system with all that it is the sum of, printed or not; what is printed is read from the system at
the end, so a figure that stands in two tables is shown or suppressed in both. A row bears a word of a list (listed_labels.py), in the order
of the list: the order of the figures would tell of those that are suppressed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from guantong.reports import output_files, wording
from guantong.reports.audit_data import COUNTED_ONCE_NOTE, create_counted_people, open_audit_data, read_rulebook
from guantong.reports.bureau.figures.figure_table import TOTAL, FigureTable, share
from guantong.reports.bureau.figures.people_by_group import GROUPS
from guantong.reports.bureau.figures.skilled_people import FORECAST_NOTE, PARITY_NOTE, STOCK_NOTE, forecast
from guantong.reports.bureau.figures.targets_and_routes import WAY_NOTE, create_paths, ways
from guantong.reports.bureau.open_tables import save_csv
from guantong.reports.published import listed_labels
from guantong.reports.published.disclosure import Key, System, Unprotected, suppressed
from guantong.reports.published.listed_labels import OTHERS
from guantong.reports.published.publications import (
    FOLDED,
    HIDDEN,
    RECORD_FILE,
    PrintedFigure,
    Publication,
    PublicationHistory,
    PublicationRecord,
    PublicationRequest,
    cell_name,
    people_sketch,
    write_record,
)
from guantong.reports.xlsx.report_book import Column, ReportBook

MOST_GROUPS = 60  # industries and occupations that come to stand by themselves
FOLDABLE = ("by_city", "by_industry", "by_occupation")  # whose smaller groups are one
ALL = "all"
ALWAYS = (wording.BLANK, OTHERS)  # labels that always have a row
NOBODY = [0] * 8
OWN_WORDS = f"名称取自公开的目录，不照抄花名册；目录以外的和人数少的并入“{OTHERS}”。"
NOTES = {
    "by_city": f"市按《中华人民共和国行政区划代码》，只按花名册所填，没有填写的不推定；{OWN_WORDS}",
    "by_industry": f"行业按《国民经济行业分类》的门类、大类；{OWN_WORDS}",
    "by_occupation": f"职业按《中华人民共和国职业分类大典》；{OWN_WORDS}",
}

# The atoms that persons are counted in; everything else is their sum.
ATOMS = f"""
SELECT {{column}} AS label, count(*) FILTER (s2t = 1 AND t2s > 1 AND highly), count(*) FILTER (s2t = 1 AND t2s > 1 AND NOT highly),
    count(*) FILTER (s2t = 1 AND t2s = 1 AND highly), count(*) FILTER (s2t = 1 AND t2s = 1 AND NOT highly),
    count(*) FILTER (s2t > 1 AND t2s = 1), count(*) FILTER (best_rank > 1),
    count(*) FILTER (skilled AND NOT highly), count(*) FILTER (highly)
FROM (SELECT *, coalesce(skill_level IN {wording.SKILLED}, false) AS skilled, coalesce(skill_level IN {wording.HIGHLY_SKILLED}, false) AS highly
    FROM counted_people)
GROUP BY label
"""


@dataclass
class PublicTable:
    """A table to be: rows of labels with the keys of their figures; a pair of keys is a share, the first of the second."""

    name: str
    headers: tuple[str, ...]
    note: str
    rows: list[tuple[str, list]] = field(default_factory=list)


@dataclass
class PublicationDraft:
    """Tables under way: the system of their figures, the tables, what was published before, and the cells of groups without a row."""

    history: PublicationHistory
    system: System = field(default_factory=System)
    sheets: dict[str, PublicTable] = field(default_factory=dict)
    folded: dict[Key, int] = field(default_factory=dict)

    def past_prints(self, key: Key) -> list[tuple[int, PrintedFigure]]:
        """`PublicationHistory.past_prints`; a group that a publication does not name had nobody, or no row."""
        return self.history.past_prints(key, (0, FOLDED) if key[0] in FOLDABLE and key[1] not in (ALL, *ALWAYS) else None)


def draft_publication(
    connection: duckdb.DuckDBPyConnection, rulebook: dict, threshold: int, earlier: Sequence[Publication] = ()
) -> tuple[dict[str, FigureTable], dict[str, list]]:
    """The tables to publish by the names of their files, and their cells for the record: {name: [count, print]}.

    From a connection with counted_people and paths (audit_data.create_counted_people, create_paths). earlier: what was published of the
    same people before, the oldest first. Raises disclosure.Unprotected rather than to give tables that tell what they are not to.
    """
    draft = PublicationDraft(PublicationHistory(tuple(earlier), threshold))
    _groups(connection, draft)
    draft.sheets["targets"] = _targets(connection, rulebook, draft.system)
    draft.sheets["skill_targets"] = _skill_targets(connection, draft.system)
    draft.sheets["forecast"] = _forecast(connection, rulebook, draft.system)
    draft.sheets["parity"] = _parity(connection, draft.system)
    prints = _printed_figures(draft)
    cells = {cell_name(key): [draft.system.counts[key], shown] for key, shown in prints.items()}
    cells |= {cell_name(key): [count, FOLDED] for key, count in draft.folded.items()}
    return {name: _table(sheet, prints, draft.history) for name, sheet in draft.sheets.items()}, cells


def _printed_figures(draft: PublicationDraft) -> dict[Key, PrintedFigure]:
    """How each figure is printed: as it is, as it was before, or suppressed."""
    system, history = draft.system, draft.history
    pasts = {key: past for key in system.printed if (past := draft.past_prints(key))}
    kept = {key: shown for key, past in pasts.items() if (shown := history.repeated_print(system.counts[key], past)) is not None}
    prints = {key: HIDDEN if shown == FOLDED else shown for key, shown in kept.items()}
    if pasts and all(key in kept and history.repeated_print(system.counts[key], pasts[key][:1]) is not None for key in system.printed):
        return prints  # the last publication, to the letter: there is nothing new to subtract from it
    ranges = {key: history.cell_range(system.counts[key], past) for key, past in pasts.items()} if pasts else None
    gone = suppressed(system, history.threshold, {key: shown == HIDDEN for key, shown in prints.items()}, ranges)
    return {key: prints[key] if key in prints else HIDDEN if key in gone else system.counts[key] for key in system.printed}


def _table(sheet: PublicTable, prints: Mapping[Key, PrintedFigure], history: PublicationHistory) -> FigureTable:
    def shown(key: object) -> object:
        if isinstance(key, list):
            part, whole = (prints[each] for each in key)
            return HIDDEN if HIDDEN in (part, whole) else share(part, whole)
        return prints[key]

    note = f"“{HIDDEN}”：小于{history.threshold}的数，或者公布后可以推算出这些数的数，不予公布；0 照实公布。比例只按所公布的数计算。"
    if history.earlier:
        note += f"与以前公布时相比，变化不到{history.least_change}人的数不作更新，照以前公布的印，所以各项相加可能不等于合计。"
    rows = [(label, *map(shown, keys)) for label, keys in sheet.rows]
    rows = [row for row in rows if row[0] == TOTAL or any(value for value in row[1:])]  # a group of nobody has no row
    return FigureTable(sheet.name, sheet.headers, rows, sheet.note + note + COUNTED_ONCE_NOTE)


def _groups(connection: duckdb.DuckDBPyConnection, draft: PublicationDraft) -> None:
    eligible = wording.ELIGIBLE_COUNT
    draft.sheets |= {
        "by_city": PublicTable("按市", ("所在市", "已审核人数", f"{eligible}（申报职称）", f"{eligible}（参加职业技能评价）"),
                         "一人可以两个方向都符合，两列都计。" + NOTES["by_city"]),
        "stock": PublicTable("技能人才", ("所在市", "已审核人数", "技能人才", "高技能人才", "技能人才占已审核人数", "高技能人才占技能人才"),
                       STOCK_NOTE + NOTES["by_city"]),
    }  # fmt: skip
    for key, name, heading, column, _, note in GROUPS:
        atoms = _labelled(connection, column)
        figures = _city if key == "by_city" else _group
        if key == "by_city":
            total = _city(draft.system, ALL, ALL, [sum(counts) for counts in zip(*atoms.values(), strict=True)] or NOBODY)
        rows = [(label, figures(draft.system, key, label, counts)) for label, counts in _group_rows(draft, key, column, atoms)]
        draft_rows = [*rows, (TOTAL, total)]
        if key == "by_city":
            draft.sheets[key].rows = [(label, [at[figure_name] for figure_name in ("persons", "s2t", "t2s")]) for label, at in draft_rows]
            draft.sheets["stock"].rows = [
                (label, [at["persons"], at["skilled"], at["highly"], [at["skilled"], at["persons"]], [at["highly"], at["skilled"]]])
                for label, at in draft_rows
            ]
        else:
            draft.sheets[key] = PublicTable(name, (heading, "已审核人数", eligible), NOTES.get(key, note))
            draft.sheets[key].rows = [(label, [at["persons"], at["eligible"]]) for label, at in draft_rows]
        for figure, whole in total.items():
            if parts := [at[figure] for _, at in rows if figure in at]:
                draft.system.split(whole, parts)


def _labelled(connection: duckdb.DuckDBPyConnection, column: str) -> dict[str, list[int]]:
    """{label: atoms}, with labels that are known."""
    found: dict[str, list[int]] = {}
    for text, *counts in connection.execute(ATOMS.format(column=column)).fetchall():
        label = listed_labels.listed_label(column, text)
        found[label] = [one + other for one, other in zip(found.get(label, NOBODY), counts, strict=True)]
    return found


def _group_rows(draft: PublicationDraft, group: str, column: str, found: dict[str, list[int]]) -> list[tuple[str, list[int]]]:
    """[(label, atoms)] of the groups that have a row, in the order of their list; the others are one, the last."""
    order = listed_labels.label_order(column)
    if column in listed_labels.FIXED:
        return [(label, found.get(label, NOBODY)) for label in order]
    stand = _labels_with_rows(draft, group, found)
    figures = _city if group == "by_city" else _group
    others = found.get(OTHERS, NOBODY)
    for label in sorted(found.keys() - stand):
        others = [one + more for one, more in zip(others, found[label], strict=True)]
        apart = System()
        figures(apart, group, label, found[label])
        draft.folded |= {key: apart.counts[key] for key in apart.printed}
    return [(label, others if label == OTHERS else found.get(label, NOBODY)) for label in order if label in stand]


def _labels_with_rows(draft: PublicationDraft, group: str, atoms: dict[str, list[int]]) -> set[str]:
    """The labels that have a row: of groups that are large enough, and were so before where they have hardly changed."""
    sizes = {label: sum(counts[:6]) for label, counts in atoms.items() if label not in ALWAYS}
    large = [label for label in sizes if _is_large(atoms[label], draft.history.threshold)]
    large = sorted(large, key=lambda label: (-sizes[label], label))[:MOST_GROUPS]
    stand = set(ALWAYS)
    for label in sizes.keys() | draft.history.past_labels(group) - stand:
        was = draft.history.repeated_print(sizes.get(label, 0), draft.past_prints((group, label, "persons")))
        if label in large if was is None else was != FOLDED:
            stand.add(label)
    return stand


def _is_large(atoms: list[int], threshold: int) -> bool:
    """Whether a group may have a row: of `threshold` people; of twice as many where all of it, or none, are eligible."""
    eligible, rest = sum(atoms[:5]), atoms[5]
    return eligible + rest >= threshold * (1 if eligible and rest else 2)


def _group(system: System, group: str, label: str, atoms: list[int], city: bool = False) -> dict[str, Key]:
    """Add persons, those eligible, and the others, who are not printed."""
    eligible, rest = sum(atoms[:5]), atoms[5]
    at = {name: (group, label, name) for name in ("persons", "eligible", "rest")}
    system.add(at["persons"], eligible + rest)
    system.add(at["eligible"], eligible, printed=not city or group == ALL)
    system.add(at["rest"], rest, printed=False)
    system.split(at["persons"], (at["eligible"], at["rest"]))
    return at


def _city(system: System, group: str, label: str, atoms: list[int]) -> dict[str, Key]:
    """Add what is told of a city: `_group`, the directions, who has skills, and all that follows from them by subtraction."""
    only_s_high, only_s_low, both_high, both_low, only_t, rest, low, highly = atoms
    at = _group(system, group, label, atoms, city=True)
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


def _targets(connection: duckdb.DuckDBPyConnection, rulebook: dict, system: System) -> PublicTable:
    persons = ways(connection, rulebook)
    kinds = ("ordinary", "exceptional", "both")
    sheet = PublicTable("按申报职称", ("申报目标", wording.ELIGIBLE_COUNT, "其中只按一般条件", "其中只按破格", "其中两者均可"), WAY_NOTE)
    for target in wording.TARGETS:
        parts = [system.add(("way", target, kind), persons.get((target, kind), 0)) for kind in kinds]
        whole = system.add(("way", target), sum(system.counts[part] for part in parts))
        system.split(whole, parts)
        sheet.rows.append((target, [whole, *parts]))
    sums = [system.add(("way", ALL, kind), sum(persons.get((target, kind), 0) for target in wording.TARGETS)) for kind in kinds]
    for kind, whole in zip(kinds, sums, strict=True):
        system.split(whole, [("way", target, kind) for target in wording.TARGETS])
    system.split((ALL, ALL, "s2t"), [("way", target) for target in wording.TARGETS])
    system.split((ALL, ALL, "s2t"), sums)
    sheet.rows.append((TOTAL, [(ALL, ALL, "s2t"), *sums]))
    return sheet


def _skill_targets(connection: duckdb.DuckDBPyConnection, system: System) -> PublicTable:
    persons = dict(connection.execute("SELECT t2s_target, count(*) FROM counted_people WHERE t2s = 1 GROUP BY ALL").fetchall())
    whole = (ALL, ALL, "t2s")
    rows = _partition(system, whole, "skill", [(target, persons.get(target, 0)) for target in wording.TARGETS])
    note = "专业技术人才参加职业技能评价中符合申报条件的人，按本人可申报的最高等级计一次。"
    return PublicTable("按申报技能等级", ("申报目标", wording.ELIGIBLE_COUNT), note, [*rows, (TOTAL, [whole])])


def _forecast(connection: duckdb.DuckDBPyConnection, rulebook: dict, system: System) -> PublicTable:
    counted = forecast(connection, rulebook)
    rows = [(label, count) for label, count, *_ in counted.rows]
    whole = system.add(("forecast", ALL), sum(count for _, count in rows))
    others = system.add(("forecast", "others"), system.counts[(ALL, ALL, "rest")] - system.counts[whole], printed=False)
    system.split((ALL, ALL, "rest"), (whole, others))
    parts = _partition(system, whole, "quarter", rows)
    return PublicTable(counted.name, ("季度", "届时符合申报条件人数"), FORECAST_NOTE, [*parts, (TOTAL, [whole])])


def _parity(connection: duckdb.DuckDBPyConnection, system: System) -> PublicTable:
    query = f"""SELECT parity, count(*), count(*) FILTER (skill_level IN {wording.HIGHLY_SKILLED})
        FROM counted_people WHERE parity IS NOT NULL GROUP BY ALL"""
    levels = {level: (count, highly) for level, count, highly in connection.execute(query).fetchall()}
    whole = system.add(("parity", ALL), sum(count for count, _ in levels.values()))
    highly = system.add(("parity", "highly"), sum(count for _, count in levels.values()), printed=False)
    low = system.add(("parity", "low"), system.counts[whole] - system.counts[highly], printed=False)
    system.split(whole, (highly, low))
    apart = system.add(("parity", "apart"), system.counts[(ALL, ALL, "highly")] - system.counts[highly], printed=False)
    system.split((ALL, ALL, "highly"), (highly, apart))
    rows = _partition(system, whole, "level", [(f"比照{level}", levels.get(level, NOBODY)[0]) for level in wording.TARGETS])
    return PublicTable("待遇比照", ("比照层级", "人数"), PARITY_NOTE, [*rows, (TOTAL, [whole])])


def write_published(data: Path, target: Path, request: PublicationRequest) -> None:
    """Write the tables to publish into the folder `target`, a workbook and CSV files, whole or not at all.

    Beside the other tables of `data` a record is put, from which the next publication is made.
    """
    rulebook = read_rulebook(data)
    with open_audit_data(data, checked=True) as connection:
        create_counted_people(connection)
        create_paths(connection)
        people = people_sketch(connection)
        earlier = request.earlier_publications(people)
        outcome, made = _next_publication(connection, rulebook, request, earlier)
    _write_tables(target, made)
    publications = earlier if made in earlier else [*earlier, replace(made, people=people)]
    stale = sum(shown not in (count, HIDDEN, FOLDED) for count, shown in made.cells.values())
    write_record(data / RECORD_FILE, PublicationRecord(publications, outcome, stale))


def _next_publication(
    connection: duckdb.DuckDBPyConnection, rulebook: dict, request: PublicationRequest, earlier: list[Publication]
) -> tuple[str, Publication]:
    """One of `publications.OUTCOMES`, and the publication: a new one, or the last one again."""
    if published := request.of_this_period(earlier):
        return "standing", published
    try:
        tables, cells = draft_publication(connection, rulebook, request.threshold, earlier)
    except Unprotected:
        if not earlier:
            raise
        return "held", earlier[-1]
    made = Publication(
        datetime.now(UTC).isoformat(), rulebook["as_of"], request.threshold, cells, {name: asdict(table) for name, table in tables.items()},
        {part: rulebook[part] for part in ("as_of", "policy")}, by=request.by, period=request.period,
    )  # fmt: skip
    same = earlier and all(shown == earlier[-1].cells.get(name, [0, FOLDED])[1] for name, (_, shown) in cells.items())
    return "first" if not earlier else "same" if same else "new", made


def _write_tables(target: Path, publication: Publication) -> None:
    tables = {name: FigureTable(**{**table, "rows": [tuple(row) for row in table["rows"]]}) for name, table in publication.tables.items()}
    with output_files.replace_folder(target) as folder:
        with ReportBook(folder / "statistics.xlsx", publication.rulebook, "职业发展贯通审核统计（公布表）") as book:
            for table in tables.values():
                columns = [Column(header, 30 if at == 0 else 20) for at, header in enumerate(table.headers)]
                book.table(table.name, columns, table.rows, "没有数据。", note=table.note)
        save_csv(folder, tables)
