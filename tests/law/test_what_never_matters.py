"""What may not change a verdict: papers, exams and schooling (三（三）3, 二（四）), and how the tables are laid out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from guantong.sample_data.people import make_people, make_units
from guantong.sample_data.rosters import write_rosters
from tests.conftest import Audit
from tests.support.inprocess import Audited, audited_file, audited_folder
from tests.support.workbooks import people, workbook

Person = dict[str, object]
# No condition, ever: identity, schooling, papers, foreign-language and computer exams, remarks.
NO_CONDITIONS = {
    "学历": ("初中", "博士研究生", "<unreadable>", None),
    "毕业院校": ("示例技工学校", "无", None),
    "所学专业": ("会计", "机械", None),
    "论文": ("无论文", "核心期刊3篇", "0", None),
    "职称外语成绩": ("不合格", "A级 98分", None),
    "计算机应用能力成绩": ("未参加", "三个模块", None),
    "性别": ("女", "男", None),
    "民族": ("满族", "汉族", None),
    "政治面貌": ("党员", "群众", None),
    "备注": ("无论文，外语不合格，仅初中学历", "材料不全", None),
    "拟申报职称": ("正高级工程师", "无", None),
    "拟申报技能等级": ("一级/高级技师", None),
}


@pytest.fixture(scope="module")
def persons() -> list[Person]:
    """People of every kind, each with a name of its own."""
    rng = Random(5)
    made = make_people(160, rng, make_units(4, rng))
    return [person | {"姓名": f"张{'甲乙丙丁戊己庚辛壬癸'[at // 16]}{chr(0x4E00 + at)}"} for at, person in enumerate(made)]


@pytest.fixture(scope="module")
def expected(persons: list[Person], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, tuple]]:
    """The verdicts of one plain roster of all of them."""
    return audited_file(people(tmp_path_factory.mktemp("plain") / "甲.xlsx", *persons)).named()


def test_the_people_reach_every_outcome(expected: dict[str, dict[str, tuple]]) -> None:
    reached = {verdict[0] for verdicts in expected.values() for verdict in verdicts.values()}
    assert reached == {"eligible", "refer", "unverified", "not_yet", "held", "ineligible"}


@pytest.mark.parametrize("header", NO_CONDITIONS)
def test_what_is_no_condition_changes_no_verdict(header: str, persons: list[Person], expected: dict, tmp_path: Path) -> None:
    values = NO_CONDITIONS[header]
    told = [person | {header: values[at % len(values)]} for at, person in enumerate(persons)]
    assert audited_file(people(tmp_path / "甲.xlsx", *told)).named() == expected


def test_the_order_of_columns_does_not_matter(persons: list[Person], expected: dict, tmp_path: Path) -> None:
    headers = list(persons[0])
    Random(1).shuffle(headers)
    shuffled = [{header: person[header] for header in headers} for person in persons]
    assert audited_file(people(tmp_path / "甲.xlsx", *shuffled)).named() == expected


def test_the_order_of_rows_does_not_matter(persons: list[Person], expected: dict, tmp_path: Path) -> None:
    shuffled = Random(2).sample(persons, len(persons))
    assert audited_file(people(tmp_path / "甲.xlsx", *shuffled)).named() == expected


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_sheets_does_not_matter(order: int, persons: list[Person], expected: dict, tmp_path: Path) -> None:
    parts = {f"{part + 1}车间": persons[part::3] for part in range(3)}
    sheets = {name: [list(part[0]), *([*person.values()] for person in part)] for name, part in list(parts.items())[::order]}
    assert audited_file(workbook(tmp_path / "甲.xlsx", sheets)).named() == expected


@pytest.mark.parametrize("batch", [1, 2])
def test_the_files_read_together_do_not_matter(batch: int, persons: list[Person], expected: dict, tmp_path: Path) -> None:
    for part in range(5):
        people(tmp_path / f"{part}.xlsx", *persons[part::5])
    assert audited_folder(tmp_path, batch=batch).named() == expected


def by_place(found: Audited) -> dict[tuple, dict[str, tuple]]:
    """Verdicts by place, the file by its number alone."""
    return {(place[0].partition("_")[2], *place[1:]): verdicts for place, verdicts in found.routes().items()}


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    write_rosters(tmp_path / "files", 150, 5, seed=21)
    forwards = audited_folder(tmp_path / "files")
    paths = sorted(path for path in (tmp_path / "files").rglob("*") if path.is_file())
    for number, path in enumerate(reversed(paths)):
        target = tmp_path / "renamed" / f"{number}_{path.relative_to(tmp_path / 'files').as_posix().replace('/', '_')}"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    backwards = by_place(audited_folder(tmp_path / "renamed"))
    assert backwards == {(place[0].replace("/", "_"), *place[1:]): verdicts for place, verdicts in forwards.routes().items()}


def test_the_number_of_workers_does_not_change_a_byte(audit: Callable[..., Audit], tmp_path: Path) -> None:
    write_rosters(tmp_path / "in", 120, 6, seed=22, formats=("xlsx", "ods"))
    one, two = (audit(tmp_path / "in", workers=workers) for workers in (1, 2))
    for name in ("files", "persons", "verdicts", "findings"):
        first, second = ((done.out / "data" / f"{name}.parquet").read_bytes() for done in (one, two))
        assert first == second, name
