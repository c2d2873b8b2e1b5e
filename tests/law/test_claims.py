"""Claims (拟申报职称, 拟申报技能等级): each against the person's own verdicts, and where it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from tests.conftest import Audit, Ran
from tests.support.inprocess import audited_file
from tests.support.report_data import lines_of
from tests.support.workbooks import CLEAN, people

WORKER = CLEAN | {"身份证号": ""}  # 技师 since 2015-06-30
ENGINEER = WORKER | {"技能等级": "", "技能等级取得时间": "", "职称": "工程师", "职称取得时间": "2024-06-30"}
# name → cells, and the claim's result, route, day, what is not met or missing, what could be claimed instead
CLAIMS: dict[str, tuple[dict[str, object], tuple]] = {
    "张一": (WORKER | {"拟申报职称": "工程师"}, ("supported", "s2t-engineer", None, [], [], None)),
    "张二": (WORKER | {"拟申报职称": "申报助工"}, ("supported", "s2t-assistant", None, [], [], "工程师")),
    "张三": (WORKER | {"拟申报职称": "高级工程师"}, ("unsupported", None, None, [], [], None)),
    "张四": (WORKER | {"技能等级取得时间": "2023-12-31", "拟申报职称": "工程师"}, ("too_early", "s2t-engineer", "2026-12-31", ["tenure"], [], "")),
    "张五": (WORKER | {"2023年度考核": "", "拟申报职称": "工程师"}, ("unverified", "s2t-engineer", None, [], ["2023年度考核"], None)),
    "张六": (WORKER | {"在岗状态": "退休", "拟申报职称": "工程师"}, ("unsupported", "s2t-engineer", None, ["in_service"], [], None)),
    "张七": (WORKER | {"职称": "高级工程师", "拟申报职称": "工程师"}, ("held", None, None, [], [], None)),
    "张八": (WORKER | {"拟申报职称": "经济师"}, ("unsupported", None, None, [], [], "")),
    "张九": (ENGINEER | {"拟申报技能等级": "技师"}, ("supported", "t2s-technician", None, [], [], None)),
    "张拾": (ENGINEER | {"拟申报技能等级": "一级"}, ("too_early", "t2s-senior-technician-years", "2027-06-30", ["tenure"], [], None)),
    "张廿": (WORKER | {"人员类别": "专业技术人员", "拟申报技能等级": "中级工", "技能等级": "无", "技能等级取得时间": ""},
             ("supported", "t2s-entry", None, [], [], None)),
}  # fmt: skip
SILENT = {"张丙": WORKER | {"拟申报职称": "不申报"}, "张丁": WORKER | {"拟申报职称": "技师"}, "张戊": WORKER}


@pytest.fixture(scope="module")
def roster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    persons = {name: cells for name, (cells, _) in CLAIMS.items()} | SILENT
    return people(tmp_path_factory.mktemp("claims") / "甲.xlsx", *({**cells, "姓名": name} for name, cells in persons.items()))


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], roster: Path) -> Audit:
    return audit(roster)


@pytest.fixture(scope="module")
def claims(done: Audit) -> pd.DataFrame:
    return pd.read_parquet(done.out / "data" / "claims.parquet").set_index("name")


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_is_checked_against_the_routes_to_its_target(claims: pd.DataFrame, name: str) -> None:
    result, route, day, not_met, missing, could = CLAIMS[name][1]
    found = claims.loc[name]
    assert (found["result"], found["route"] if isinstance(found["route"], str) else None) == (result, route)
    assert (None if pd.isna(found["eligible_on"]) else f"{found['eligible_on']:%Y-%m-%d}") == day
    assert (list(found["not_met"]), list(found["missing"])) == (not_met, missing)
    assert could == "" or (found["could_claim"] if isinstance(found["could_claim"], str) else None) == could


def test_who_claims_nothing_or_nothing_readable_has_no_claim(claims: pd.DataFrame) -> None:
    assert set(claims.index) == set(CLAIMS)


def test_an_unreadable_claim_is_a_finding_on_its_cell_and_changes_no_verdict(done: Audit) -> None:
    findings = done.findings[done.findings["code"] == "claim_unreadable"]
    (row,) = done.persons[done.persons["name"] == "张丁"]["row"]
    assert findings[["row", "header", "value", "severity"]].values.tolist() == [[row, "拟申报职称", "技师", "warning"]]
    assert done.routes("张丁") == done.routes("张戊") == done.routes("张一")


def test_the_units_workbook_and_the_bureaus_tell_the_claims(done: Audit, claims: pd.DataFrame) -> None:
    (unit,) = (done.out / "units").iterdir()
    lines = lines_of(unit, "申报意向核对")
    assert set(lines) == set(CLAIMS)
    assert (lines["张一"]["核对结果"], lines["张一"]["条款"], lines["张二"]["另可申报更高的"]) == ("有据", "三（二）2", "工程师")
    assert lines["张五"]["说明"] == "缺少或不明：2023年度考核" and lines["张六"]["说明"] == "不满足：在岗（一）"
    counted = openpyxl.load_workbook(done.out / "bureau" / "statistics.xlsx")["申报意向核对"]
    counts = {row[1]: row[2:] for row in counted.iter_rows(min_row=4, values_only=True)}
    asked = claims[claims["claimed"] == "工程师"]["result"]
    assert counts["工程师"][:6] == (
        len(asked),
        *((asked == name).sum() for name in ("supported", "too_early", "unverified", "unsupported", "held")),
    )
    assert sum(row[0] for row in counts.values()) == len(CLAIMS)


def test_a_unit_without_a_claim_has_no_sheet_of_them(audit: Callable[..., Audit], tmp_path: Path) -> None:
    done = audit(people(tmp_path / "甲.xlsx", WORKER))
    (unit,) = (done.out / "units").iterdir()
    assert "申报意向核对" not in openpyxl.load_workbook(unit).sheetnames


def test_explain_says_what_becomes_of_a_claim(done: Audit, guantong: Callable[..., Ran]) -> None:
    (row,) = done.persons[done.persons["name"] == "张四"]["row"]
    ran = guantong("explain", done.out, "甲.xlsx", row)
    (line,) = [line for line in ran.stdout.splitlines() if line.startswith("拟申报")]
    assert line.startswith("拟申报“工程师”：未到日期　s2t-engineer　［三（二）2］　最早 2026-12-31")


def test_a_claim_above_the_header_group_is_read_too(tmp_path: Path) -> None:
    found = audited_file(people(tmp_path / "甲.xlsx", WORKER | {"拟评审职称": "工程师", "拟晋升技能等级": "高级技师"}))
    assert found.claims[["claim", "claimed"]].values.tolist() == [["skill", "一级/高级技师"], ["title", "工程师"]]
