"""Write made-up rosters as untidy as real ones, and give the truth of every row.

The truth says what the cells say, not what the made-up person is: a field without a column is '',
a date told to the month is a month, a filled cell that nobody can read is untidy.UNKNOWN.
"""

from pathlib import Path
from random import Random
from typing import TypedDict

from guantong.sample_data import people, sheets, untidy, workbooks
from guantong.sample_data.layouts import make_layout
from guantong.sample_data.spellings import SHARED_DROP_DOWN

SUFFIXES = ("人员名册", "职业发展贯通人员名册", "花名册", "人员信息表（最终版）", "申报人员一览表")
BARE_GRADE = {"工程师": "中级", "高级工程师": "副高级", "经济师": "中级", "会计师": "中级", "高级经济师": "副高级", "高级会计师": "副高级"}


class Truth(TypedDict):
    """One person's row: where it stands (row: the number that Excel shows) and what it says, by canonical header."""

    source_file: str
    sheet: str
    row: int
    clean: dict[str, str]


def write_rosters(
    folder: Path | str, persons: int, files: int, seed: int, formats: tuple[str, ...] = ("xlsx",), damage: float = 0.02
) -> list[Truth]:
    """Write `files` workbooks with `persons` rows of people in all; the same arguments give the same rosters.

    formats: 'xlsx', 'xls', 'ods', taken in turn (the last two need xlwt and odfpy).
    damage: the share of filled cells, of the columns that matter, that are made unreadable.
    """
    if files < 1 or persons < 0:
        raise ValueError(f"{persons} persons in {files} files: there must be a file, and no fewer than 0 persons")
    folder = Path(folder)
    rng = Random(seed)
    units = _units_of_files(files, rng)
    by_city = rng.random() < 0.5
    truths, taken = [], set()
    for place, size in enumerate(_sizes(persons, files, rng)):
        suffix = formats[place % len(formats)]
        suffix = "xlsx" if suffix == "xls" and size > workbooks.XLS_ROWS * 0.8 else suffix
        unit = units[place]
        name = f"{place + 1:03d}_{unit['单位名称']}_{rng.choice(SUFFIXES)}.{suffix}"
        source_file = f"{unit['所在市']}/{name}" if by_city else name
        path = folder / source_file
        path.parent.mkdir(parents=True, exist_ok=True)
        book, rows = _book(size, unit, Random(f"{seed}/{place}"), damage, taken)
        workbooks.write(path, book)
        truths += [Truth(source_file=source_file, sheet=sheet, row=row, clean=clean) for sheet, row, clean in rows]
    return truths


def _units_of_files(files: int, rng: Random) -> list[dict]:
    """A unit for each file: about a quarter of the files are a further one of a unit."""
    units = people.make_units(max(1, round(files * 0.75)), rng)
    chosen = units + [rng.choice(units) for _ in range(files - len(units))]
    rng.shuffle(chosen)
    return chosen


def _sizes(persons: int, files: int, rng: Random) -> list[int]:
    """How many people stand in each file: uneven, at least one where there are enough."""
    base = 1 if persons >= files else 0
    weights = [rng.expovariate(1) + 0.3 for _ in range(files)]
    total, left = sum(weights), persons - base * files
    sizes = [base + int(left * weight / total) for weight in weights]
    for place in range(persons - sum(sizes)):
        sizes[place % files] += 1
    return sizes


def _book(size: int, unit: dict, rng: Random, damage: float, taken: set[str]) -> tuple[list, list[tuple[str, int, dict]]]:
    """The sheets of one file, and (sheet, row, clean) of its people."""
    streamed = size > workbooks.BIG_ROWS * 0.8
    shared = rng.random() < 0.08
    hand, habits = untidy.Hand(rng, shared), sheets.Habits.choose(rng, streamed)
    persons = people.make_people(size, rng, [unit], taken=taken)
    months_only = rng.random() < 0.3
    for person in persons:
        _as_told(person, months_only, shared, rng)
    apart = rng.random() < 0.25  # the retired stand on a sheet of their own
    retired = [person for person in persons if apart and person["在岗状态"] == "退休"]
    present = [person for person in persons if not (apart and person["在岗状态"] == "退休")]
    before, after = sheets.extras(rng)
    layout = make_layout(rng, people.FIELDS, two_rows=not streamed and rng.random() < 0.4)
    names = ("Sheet1", "人员名册", "名册", "花名册") + (("在职人员",) if "在岗状态" in layout.columns else ())
    main, rows = sheets.roster(rng.choice(names), unit["单位名称"], present, layout, hand, habits, rng, damage)
    for extra in after:
        if extra.hidden:
            sheets.add_drop_downs(main, layout, habits.lead, extra)
    book, told = [*before, main], [(main.name, row, clean) for row, clean in rows]
    if retired:
        layout = make_layout(rng, people.FIELDS, must=("在岗状态",), two_rows=not streamed and rng.random() < 0.2)
        name = rng.choice(("退休人员", "退休人员名单"))
        sheet, rows = sheets.roster(name, unit["单位名称"], retired, layout, hand, habits, rng, damage)
        book.append(sheet)
        told += [(sheet.name, row, clean) for row, clean in rows]
    return book + after, told


def _as_told(person: dict, months_only: bool, shared: bool, rng: Random) -> None:
    """Change the person to what this file's officer tells: months only, bare grades, sometimes no name."""
    if months_only:
        for field in people.FIELDS:
            if untidy.is_date(field):
                person[field] = untidy.coarsen(person[field])
    if shared:
        person["职称"] = BARE_GRADE.get(person["职称"], person["职称"])
        if person["职称"] in SHARED_DROP_DOWN["职称"]:
            for title in ("助理工程师", "工程师", "高级工程师"):
                person[f"{title}取得时间"] = ""
    if person["身份证号"] and rng.random() < 0.003:
        person["姓名"] = ""
