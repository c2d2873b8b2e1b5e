"""Certificates of the present 职业（工种）: where several occupations are told and nobody says which is the present one, none of them is held for sure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Audit
from tests.support.inprocess import audited_file
from tests.support.report_data import lines_of
from tests.support.workbooks import CLEAN, people, workbook

ENGINEER = CLEAN | {"技能等级": "高级工", "职称": "工程师", "职称取得时间": "2015-06-30"}
OF_TWO_TRADES = {
    "a row for each": ({"职业（工种）": "电工"}, {"职业（工种）": "焊工", "技能等级": "技师", "技能等级取得时间": "2018-06-30"}),
    "in one cell, and no present one told": ({"技能等级": "电工高级工、焊工技师"},),
    "in columns of their own": (
        {
            "职业（工种）1": "电工",
            "技能等级1": "高级工",
            "职业（工种）2": "焊工",
            "技能等级2": "技师",
            "技能等级": "",
            "技能等级取得时间": "",
        },
    ),
}


def verdicts(file: Path) -> dict[str, object]:
    """Of the first row: what comes of each route."""
    found = audited_file(file)
    first = found.verdicts[found.verdicts["row"] == 2]
    return {line.route: line for line in first.itertuples()}


@pytest.mark.parametrize("told", OF_TWO_TRADES)
def test_of_several_occupations_nothing_is_held_for_sure(told: str, tmp_path: Path) -> None:
    found = verdicts(people(tmp_path / "甲.xlsx", *(ENGINEER | more for more in OF_TWO_TRADES[told])))
    assert (found["t2s-technician"].outcome, "held_unknown" in found["t2s-technician"].review) == ("eligible", True)
    assert (found["t2s-senior-worker"].outcome, "held_unknown" in found["t2s-senior-worker"].review) == ("eligible", True)
    assert (found["t2s-promotion"].outcome, "credential" in found["t2s-promotion"].unknown) == ("unverified", True)
    assert "职业（工种）" in found["t2s-promotion"].missing


def test_the_unit_is_asked_which_of_them_is_the_present_one(audit: Callable[..., Audit], tmp_path: Path) -> None:
    done = audit(people(tmp_path / "甲.xlsx", *(ENGINEER | more for more in OF_TWO_TRADES["a row for each"])))
    (unit,) = (done.out / "units").iterdir()
    told = lines_of(unit, "明细")["张示例"]["各条款的结论和依据"]
    assert "技能评价（等级由其他规定确定）四（五）：职业（工种） R2（请写明现从事的是哪一个）" in told


def test_the_present_one_decides_which_of_them_is_held(tmp_path: Path) -> None:
    both = ENGINEER | {"技能等级": "电工高级工、焊工技师"}
    of_electrician = verdicts(people(tmp_path / "甲.xlsx", both | {"职业（工种）": "电工"}))
    assert (of_electrician["t2s-senior-worker"].outcome, of_electrician["t2s-technician"].outcome) == ("held", "eligible")
    of_welder = verdicts(people(tmp_path / "乙.xlsx", both | {"职业（工种）": "焊工"}))
    assert (of_welder["t2s-senior-worker"].outcome, of_welder["t2s-technician"].outcome) == ("held", "held")


def test_of_one_occupation_what_is_told_is_held(tmp_path: Path) -> None:
    found = verdicts(people(tmp_path / "甲.xlsx", ENGINEER | {"技能等级": "焊工高级工、焊工技师"}))
    assert found["t2s-technician"].outcome == "held"


def test_the_present_one_stands_where_the_certificate_beside_it_names_another(tmp_path: Path) -> None:
    main = ENGINEER | {"职业（工种）": "车工", "技能等级": "铣工高级工"}
    certificates = [["姓名", "身份证号", "工种", "技能等级", "取得时间"], [main["姓名"], main["身份证号"], "铣工", "技师", "2018-06-30"]]
    found = verdicts(workbook(tmp_path / "甲.xlsx", {"花名册": [list(main), list(main.values())], "技能证书": certificates}))
    assert (found["t2s-technician"].outcome, "held_unknown" in found["t2s-technician"].review) == ("eligible", False)
    assert "t2s-promotion" not in found


def test_a_list_of_certificates_in_a_sheet_of_its_own_denies_nobody_the_present_one(tmp_path: Path) -> None:
    main = ENGINEER | {"技能等级": "", "技能等级取得时间": "", "职业（工种）": "车工"}
    certificates = [["姓名", "身份证号", "工种", "技能等级", "取得时间"]]
    certificates += [
        [main["姓名"], main["身份证号"], trade, level, "2018-06-30"] for trade, level in (("焊工", "技师"), ("电工", "高级技师"))
    ]
    found = verdicts(workbook(tmp_path / "甲.xlsx", {"花名册": [list(main), list(main.values())], "技能证书": certificates}))
    assert (found["t2s-technician"].outcome, "held_unknown" in found["t2s-technician"].review) == ("eligible", True)
