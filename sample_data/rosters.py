"""Write made-up rosters as untidy as real ones, and give the truth of every row.

The truth says what the cells say, not what the made-up person is: a field without a column is '',
a date told to the month is a month, a filled cell that nobody can read is untidy.UNKNOWN.
"""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypedDict

from guantong.sample_data import people, sheets, untidy, workbooks
from guantong.sample_data.identifiers import Numbers
from guantong.sample_data.layouts import make_layout
from guantong.sample_data.spellings import SHARED_DROP_DOWN

SUFFIXES = ("人员名册", "职业发展贯通人员名册", "花名册", "人员信息表（最终版）", "申报人员一览表")
SHARE = 10_000  # people that one process makes at a time,
MOST_SHARES = 100  # unless there are so many that the ID numbers of a share would run short
BARE_GRADE = {"工程师": "中级", "高级工程师": "副高级", "经济师": "中级", "会计师": "中级", "高级经济师": "副高级", "高级会计师": "副高级"}


class Truth(TypedDict):
    """One person's row: where it stands (row: the number that Excel shows) and what it says, by canonical header."""

    source_file: str
    sheet: str
    row: int
    clean: dict[str, str]


@dataclass(frozen=True)
class Plan:
    """A file to be written: its number from 0, path under the folder, how many people, their unit."""

    place: int
    source_file: str
    size: int
    unit: dict


@dataclass(frozen=True)
class Share:
    """Files that are written by one process, with a share of the ID numbers of their own: every ``step``-th from the ``first``."""

    plans: tuple[Plan, ...]
    first: int
    step: int


def write_rosters(
    folder: Path | str, persons: int, files: int, seed: int, formats: tuple[str, ...] = ("xlsx",), damage: float = 0.02
) -> list[Truth]:
    """Write `files` workbooks with `persons` rows of people in all; the same arguments give the same rosters.

    formats: 'xlsx', 'xls', 'ods', taken in turn (the last two need xlwt and odfpy).
    damage: the share of filled cells, of the columns that matter, that are made unreadable.
    """
    return [truth for share in _shares(persons, files, seed, formats) for truth in _write_share(Path(folder), share, seed, damage)]


def write_many(folder: Path | str, persons: int, files: int, seed: int, processes: int, damage: float = 0.02) -> int:
    """As `write_rosters` in .xlsx, in several processes, which changes no byte. Gives the number of rows of people."""
    shares = _shares(persons, files, seed, ("xlsx",))
    if min(processes, len(shares)) == 1:
        return sum(_count(Path(folder), share, seed, damage) for share in shares)
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        done = [pool.submit(_count, Path(folder), share, seed, damage) for share in shares]
        return sum(one.result() for one in done)


def _shares(persons: int, files: int, seed: int, formats: tuple[str, ...]) -> list[Share]:
    """All files in shares that depend on the arguments alone: small runs are one."""
    if files < 1 or persons < 0:
        raise ValueError(f"{persons} persons in {files} files: there must be a file, and no fewer than 0 persons")
    groups: list[list[Plan]] = [[]]
    filled, most = 0, max(SHARE, persons // MOST_SHARES)
    for plan in _plans(persons, files, seed, formats):
        if filled >= most:
            groups.append([])
            filled = 0
        groups[-1].append(plan)
        filled += plan.size
    return [Share(tuple(plans), number, len(groups)) for number, plans in enumerate(groups)]


def _plans(persons: int, files: int, seed: int, formats: tuple[str, ...]) -> Iterator[Plan]:
    rng = Random(seed)
    units = _units_of_files(files, rng)
    by_city = rng.random() < 0.5
    for place, size in enumerate(_sizes(persons, files, rng)):
        suffix = formats[place % len(formats)]
        suffix = "xlsx" if suffix == "xls" and size > workbooks.XLS_ROWS * 0.8 else suffix
        unit = units[place]
        name = f"{place + 1:03d}_{unit['单位名称']}_{rng.choice(SUFFIXES)}.{suffix}"
        yield Plan(place, f"{unit['所在市']}/{name}" if by_city else name, size, unit)


def _write_share(folder: Path, share: Share, seed: int, damage: float) -> Iterator[Truth]:
    numbers = Numbers(share.first, share.step)
    for plan in share.plans:
        path = folder / plan.source_file
        path.parent.mkdir(parents=True, exist_ok=True)
        book, rows = _book(plan.size, plan.unit, Random(f"{seed}/{plan.place}"), damage, numbers)
        workbooks.write(path, book)
        for sheet, row, clean in rows:
            yield Truth(source_file=plan.source_file, sheet=sheet, row=row, clean=clean)


def _count(folder: Path, share: Share, seed: int, damage: float) -> int:
    """Runs in a process of its own: write a share, and count its people."""
    return sum(1 for _ in _write_share(folder, share, seed, damage))


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


def _book(size: int, unit: dict, rng: Random, damage: float, numbers: Numbers) -> tuple[list, list[tuple[str, int, dict]]]:
    """The sheets of one file, and (sheet, row, clean) of its people."""
    streamed = size > workbooks.BIG_ROWS * 0.8
    shared = rng.random() < 0.08
    hand, habits = untidy.Hand(rng, shared), sheets.Habits.choose(rng, streamed)
    persons = people.make_people(size, rng, [unit], numbers=numbers)
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
