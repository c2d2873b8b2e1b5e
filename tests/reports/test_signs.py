"""Signs of false material: what is told to the bureau, as a clue and never a verdict."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from tests.conftest import Audit
from tests.support.inprocess import signs_of
from tests.support.workbooks import CLEAN, id_number, people

UNITS = {"A": "示例机械有限公司", "B": "样本阀门厂", "C": "虚拟锅炉厂"}
NAMES = [f"张{name}" for name in "一二三四五六七八九拾甲乙丙丁戊己庚辛壬癸"]


def worker(number: int, **more: object) -> dict[str, object]:
    """A person like no other, without an ID number."""
    day = dt.date(2010, 1, 1) + dt.timedelta(days=37 * number)
    return CLEAN | {"姓名": NAMES[number % 20] + "天地人和"[number // 20], "身份证号": "", "技能等级取得时间": day.isoformat()} | more


def folder_of(tmp_path: Path, **rosters: list[dict[str, object]]) -> Path:
    for name, persons in rosters.items():
        people(
            tmp_path / "rosters" / f"{name}.xlsx", *({"单位名称": UNITS[name]} | person | {"单位名称": UNITS[name]} for person in persons)
        )
    return tmp_path / "rosters"


def told(signs: pd.DataFrame) -> list[tuple]:
    """(code, [(file, first row, last row, column)]) of each sign."""
    return [
        (sign.code, [(cell["source_file"][0], cell["row"], cell["last_row"] or cell["row"], cell["column"]) for cell in sign.cells])
        for sign in signs.itertuples()
    ]


SAME = [worker(number) for number in range(40)]
BLOCKS = {
    "five_running": (dict(A=SAME[:8], B=[SAME[30], *SAME[2:7], SAME[31]]), [[("A", 4, 8), ("B", 3, 7)]]),
    "four_are_not_enough": (dict(A=SAME[:8], B=[SAME[30], *SAME[2:6], SAME[31]]), []),
    "not_running": (dict(A=SAME[:8], B=[SAME[1], SAME[3], SAME[5], SAME[0], SAME[2], SAME[4]]), []),
    "a_part_in_a_third_unit": (
        dict(A=SAME[:10], B=SAME[:10], C=[SAME[30], *SAME[4:9]]), [[("A", 2, 11), ("B", 2, 11), ("C", 3, 7)]]
    ),
    "two_blocks_apart": (dict(A=SAME[:20], B=[*SAME[:5], SAME[30], *SAME[10:16]]),
                         [[("A", 2, 6), ("B", 2, 6)], [("A", 12, 17), ("B", 8, 13)]]),
    "parts_of_two_units": (dict(A=SAME[:6], B=SAME[10:16], C=[*SAME[:6], *SAME[10:16]]),
                           [[("A", 2, 7), ("C", 2, 7)], [("B", 2, 7), ("C", 8, 13)]]),
    "without_a_date": (dict(A=[person | {"技能等级取得时间": ""} for person in SAME[:8]],
                            B=[person | {"技能等级取得时间": ""} for person in SAME[:8]]), []),
}  # fmt: skip


@pytest.mark.parametrize("case", BLOCKS)
def test_a_block_of_five_alike_in_two_units_is_a_sign(tmp_path: Path, case: str) -> None:
    rosters, expected = BLOCKS[case]
    found = told(signs_of(folder_of(tmp_path, **rosters)))
    assert [[cell[:3] for cell in cells] for code, cells in found if code == "identical_rows"] == expected
    assert {code for code, _ in found} <= {"identical_rows"}


def test_a_roster_handed_in_twice_is_no_sign(tmp_path: Path) -> None:
    for name in ("A", "A2"):
        people(tmp_path / f"{name}.xlsx", *SAME[:8])
    assert told(signs_of(tmp_path)) == []


def test_who_is_in_two_units_is_a_sign_only_where_both_posts_are_active(tmp_path: Path) -> None:
    both = {"身份证号": id_number(1)}, {"身份证号": id_number(2)}
    folder = folder_of(
        tmp_path,
        A=[worker(1, **both[0]), worker(2, **both[1])],
        B=[worker(3), worker(1, **both[0]), worker(2, **both[1], 在岗状态="离职")],
    )
    assert told(signs_of(folder)) == [("person_two_units", [("A", 2, 2, "C"), ("B", 3, 3, "C")])]


def test_a_certificate_on_two_people_is_one_sign_with_both_cells(tmp_path: Path) -> None:
    number = {"技能证书编号": "1506000001200001"}
    dated = number | {"技能等级取得时间": "2015-06-30"}
    folder = folder_of(
        tmp_path, A=[worker(1) | dated, worker(2, 技能证书编号="1506000001200002", 技能等级取得时间="2015-06-30")], B=[worker(3) | dated]
    )
    (sign,) = signs_of(folder).itertuples()
    assert told(signs_of(folder)) == [("certificate_two_people", [("A", 2, 2, "R"), ("B", 2, 2, "R")])]
    assert (list(sign.units), sign.detail) == (sorted([UNITS["A"], UNITS["B"]]), "共2行")
    assert sorted(sign.names) == sorted([worker(1)["姓名"], worker(3)["姓名"]])


AT_ODDS = {
    "levels_out_of_order": ({"高级工取得时间": "2016-01-01", "技能等级取得时间": "2015-06-30"}, {"技能等级取得时间", "高级工取得时间"}),
    "title_before_birth": ({"技能等级取得时间": "1984-06-30", "身份证号": id_number(5)}, {"技能等级取得时间", "身份证号"}),
    "certificate_year": ({"技能证书编号": "1606000001200001", "技能等级取得时间": "2015-06-30"}, {"技能证书编号", "技能等级取得时间"}),
    "certificate_level": ({"技能证书编号": "1506000001300001", "技能等级取得时间": "2015-06-30"}, {"技能证书编号", "技能等级"}),
}


@pytest.mark.parametrize("code", AT_ODDS)
def test_cells_of_a_person_at_odds_are_one_sign_with_both(tmp_path: Path, code: str) -> None:
    cells, headers = AT_ODDS[code]
    (sign,) = signs_of(folder_of(tmp_path, A=[worker(1), worker(2) | cells])).itertuples()
    assert (sign.code, {cell["header"] for cell in sign.cells}) == (code, headers)
    assert {cell["row"] for cell in sign.cells} == {3}


def test_the_signs_are_the_same_whatever_the_order_of_files(tmp_path: Path) -> None:
    rosters, _ = BLOCKS["a_part_in_a_third_unit"]
    folder = folder_of(tmp_path, **rosters)
    shuffled = sorted(folder.iterdir())
    random.Random(3).shuffle(shuffled)
    assert told(signs_of(folder)) == told(signs_of(folder, order=shuffled))


def test_the_bureau_gets_a_line_a_sign_and_is_told_that_it_is_a_clue(audit: Callable[..., Audit], tmp_path: Path) -> None:
    number = {"技能证书编号": "1506000001200001", "技能等级取得时间": "2015-06-30"}
    folder = folder_of(tmp_path, A=[*SAME[:6], worker(36) | number], B=[*SAME[:6], worker(37, 身份证号=id_number(7)) | number])
    done = audit(folder)
    sheet = openpyxl.load_workbook(done.out / "bureau" / "signs.xlsx")["疑点线索"]
    assert "线索，供人工核查，不是认定" in sheet["A2"].value
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    assert [row[0] for row in rows] == ["一个证书编号两人使用", "两个单位的花名册中有相同的一段人员"]
    assert rows[0][4] == "A.xlsx　花名册!R8\nB.xlsx　花名册!R8"
    assert rows[1][3:] == ("连续6人的姓名、等级（职称）和取得时间相同", "A.xlsx　花名册!第2行至第7行\nB.xlsx　花名册!第2行至第7行", 2)
    assert {line.outcome for line in done.verdicts.itertuples()} == {"eligible"}
    assert (done.out / "bureau" / "signs.xlsx").stat().st_mode & 0o077 == 0
