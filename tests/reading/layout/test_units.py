"""A roster never speaks for another unit: neither its order nor its name chooses between rows that say different things."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.sample_data.identifiers import credit_code
from tests.conftest import Audit
from tests.support.inprocess import Audited, audited, signs_of
from tests.support.workbooks import CLEAN, id_number, people

OURS, THEIRS = "示例机械有限公司", "样本阀门厂"
CODE, OTHER_CODE = (credit_code(place, random.Random(1)) for place in ("210100", "210200"))


def worker(number: int, **more: object) -> dict[str, object]:
    name = "张" + "一二三四五六七八九拾"[number % 10] + "甲乙丙丁戊己庚辛壬癸"[number // 10]
    return CLEAN | {"姓名": name, "身份证号": id_number(number), "统一社会信用代码": CODE, "技能等级取得时间": "2015-06-30"} | more


def audit_of(folder: Path, *names: str) -> Audited:
    """The audit of files in this order; a name that begins with ``=`` is a file under another name: ``=new=old``."""
    pairs = [name.removeprefix("=").split("=") if name.startswith("=") else (name, name) for name in names]
    return audited([(folder / f"{old}.xlsx", f"{new}.xlsx") for new, old in pairs])


def outcomes(found: Audited, file: str, route: str = "s2t-engineer") -> list[str | None]:
    """The outcome on a route of each person of a file, by row."""
    of_route = found.verdicts[(found.verdicts["source_file"] == f"{file}.xlsx") & (found.verdicts["route"] == route)]
    rows = found.people[found.people["source_file"] == f"{file}.xlsx"]["row"]
    return [of_route.set_index("row")["outcome"].get(row) for row in sorted(rows)]


def counted(found: Audited) -> dict[str, str]:
    """Name → outcome for 工程师 of all who are counted."""
    people_ = found.people[found.people["duplicate_of"].isna()].merge(found.verdicts[found.verdicts["route"] == "s2t-engineer"], on="pid")
    return dict(zip(people_["name_x"], people_["outcome"], strict=True))


WORSE = {
    "left": {"在岗状态": "离职"}, "fraud": {"诚信情况": "弄虚作假"}, "too_early": {"技能等级取得时间": "2025-06-30"}, "office": {"岗位类别": "管理岗位"},
    "failed": {"2024年度考核": "不合格"}, "lower": {"技能等级": "三级/高级工"}, "higher": {"技能等级": "一级/高级技师"}, "titled": {"职称": "高级工程师"},
    "back_office": {"是否一线岗位": "否"}, "began_late": {"从事相关工作起始时间": "2025-01-01"}, "away": {"中断月数": "120"},
}  # fmt: skip


@pytest.mark.parametrize("attack", ["0", "zz"])
def test_two_files_with_equal_claim_that_conflict_leave_the_person_unverified(tmp_path: Path, attack: str) -> None:
    attacked = [worker(number) | worse for number, worse in enumerate(worse for worse in WORSE.values() for _ in range(3))]
    ours = list(map(worker, range(len(attacked) + 1)))
    people(tmp_path / "我.xlsx", *ours)
    people(tmp_path / f"{attack}.xlsx", *attacked)
    found = audit_of(tmp_path, *sorted(["我", attack]))
    assert counted(found) == {one["姓名"]: "unverified" for one in attacked} | {ours[-1]["姓名"]: "eligible"}
    assert found.people["duplicate_of"].notna().sum() == len(attacked)
    assert (found.findings["code"] == "rosters_conflict").sum() == 2 * len(attacked)


def test_what_one_file_adds_to_the_others_words_against_a_person_is_not_believed(tmp_path: Path) -> None:
    cases = ["left", "fraud", "back_office", "began_late", "away", "failed", "titled", "office"]
    plain = [worker(number) | ({"职称": "", "2024年度考核": "合格"} if case == "titled" else {}) for number, case in enumerate(cases)]
    same = worker(len(cases))
    people(tmp_path / "a.xlsx", *(one | dict.fromkeys(WORSE[case], "") for one, case in zip(plain, cases, strict=True)), same)
    people(tmp_path / "b.xlsx", *(one | WORSE[case] for one, case in zip(plain, cases, strict=True)), same)
    assert counted(audit_of(tmp_path, "a", "b")) == {one["姓名"]: "unverified" for one in plain} | {same["姓名"]: "eligible"}


def test_the_fuller_row_stands_where_the_other_says_nothing_else(tmp_path: Path) -> None:
    people(tmp_path / "a.xlsx", worker(1, 岗位类别="", **{"2024年度考核": ""}))
    people(tmp_path / "b.xlsx", worker(1))
    for order in (("a", "b"), ("b", "a")):
        found = audit_of(tmp_path, *order)
        assert counted(found) == {worker(1)["姓名"]: "eligible"}
        assert found.people.set_index("source_file")["duplicate_of"].notna().to_dict() == {"a.xlsx": True, "b.xlsx": False}


def test_the_row_of_the_units_own_file_stands_against_a_file_of_another_unit(tmp_path: Path) -> None:
    people(tmp_path / "我.xlsx", *map(worker, range(3)))
    theirs = {"单位名称": THEIRS, "统一社会信用代码": OTHER_CODE}
    people(
        tmp_path / "0.xlsx",
        worker(1) | WORSE["left"] | {"从事相关工作起始时间": "2001-01-01"},
        *(worker(number) | theirs for number in (7, 8)),
    )
    found = audit_of(tmp_path, "0", "我")
    assert outcomes(found, "我") == ["eligible"] * 3
    assert found.people[found.people["duplicate_of"].notna()]["source_file"].tolist() == ["0.xlsx"]
    ours = found.findings[found.findings["source_file"] == "我.xlsx"]
    assert ours["message"].tolist() == ["同一身份证号还出现在报送的另一份名册中"]


def test_rows_of_a_file_that_conflict_are_unknown_and_another_certificate_is_not_a_conflict(tmp_path: Path) -> None:
    people(
        tmp_path / "a.xlsx",
        worker(1),
        worker(1, 岗位类别="管理岗位"),
        worker(2),
        worker(2, 技能等级="三级/高级工", 技能等级取得时间="2010-06-30"),
    )
    found = audit_of(tmp_path, "a")
    assert list(counted(found).values()) == ["unverified", "eligible"]
    conflicts = found.findings[found.findings["code"] == "facts_conflict"]
    assert conflicts[["row", "header"]].values.tolist() == [[2, "岗位类别"], [3, "岗位类别"]]


def test_what_rows_of_a_file_say_differently_is_unknown_and_nothing_else(tmp_path: Path) -> None:
    engineer = dict.fromkeys(["技能等级", "技能等级取得时间"], "") | {"职称": "工程师", "职称取得时间": "2015-06-30"}
    people(
        tmp_path / "a.xlsx",
        worker(1),
        worker(1, **{"2024年度考核": "不合格"}),
        worker(2) | engineer,
        worker(2, **{"2024年度考核": "不合格"}) | engineer,
    )
    skilled, titled = (verdicts for (*_, row), verdicts in audit_of(tmp_path, "a").routes().items() if row in (2, 4))
    assert {(outcome, unknown) for outcome, _, _, _, _, unknown in skilled.values()} == {("unverified", frozenset({"area", "assessments"}))}
    assert {(outcome, unknown) for outcome, _, _, _, _, unknown in titled.values()} == {
        ("eligible", frozenset({"area"}))
    }  # 四 asks no assessments


AGAINST = {
    "诚信情况": "学历造假",
    "在岗状态": "2025.6离职",
    "是否工程技术领域": "否",
    "是否一线岗位": "否",
    "中断月数": 40,
    "从事相关工作起始时间": "2024-06-01",
    "所在市": "北京市",
    "近三年年度考核": "不合格",
}


@pytest.mark.parametrize("header", AGAINST)
def test_what_a_further_row_alone_says_against_a_person_is_unknown(tmp_path: Path, header: str) -> None:
    people(tmp_path / "a.xlsx", worker(1, **{header: ""}), worker(1, **{header: AGAINST[header]}))
    found = audit_of(tmp_path, "a")
    assert list(counted(found).values()) == ["unverified"]
    conflicts = found.findings[found.findings["code"] == "facts_conflict"]
    assert conflicts[["row", "header"]].values.tolist() == [[2, header], [3, header]]


def test_a_further_row_that_is_blank_in_what_the_first_says_against_a_person_settles_it_as_the_first_does(tmp_path: Path) -> None:
    people(
        tmp_path / "a.xlsx", worker(1, 诚信情况="学历造假"), worker(1, 诚信情况="", 技能等级="三级/高级工", 技能等级取得时间="2010-06-30")
    )
    assert list(counted(audit_of(tmp_path, "a")).values()) == ["ineligible"]


def test_a_city_that_can_not_be_read_is_no_conflict_with_a_further_row_that_tells_none(tmp_path: Path) -> None:
    people(tmp_path / "a.xlsx", worker(1, 所在市="总部"), worker(1, 技能等级="三级/高级工", 技能等级取得时间="2010-06-30"))
    found = audit_of(tmp_path, "a")
    assert set(found.findings["code"]).isdisjoint({"facts_conflict"})
    first = found.verdicts[found.verdicts["row"] == 2]
    assert not any("post" in unknown for unknown in first["unknown"])


ROSTERS = {
    "a": [worker(1), worker(2), worker(3, 岗位类别="")],
    "b": [worker(1) | WORSE["left"], worker(2, 备注="又一次")],
    "c": [worker(3), worker(1) | WORSE["fraud"], worker(4) | {"单位名称": THEIRS, "统一社会信用代码": ""}],
    "d": [worker(4) | {"单位名称": THEIRS, "统一社会信用代码": OTHER_CODE}, worker(2, 技能等级取得时间="2014-06-30")],
    "e": [worker(5) | {"单位名称": THEIRS, "统一社会信用代码": CODE}],
}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    for name, persons in ROSTERS.items():
        people(folder / f"{name}.xlsx", *persons)
    return folder


def told(found: Audited, names: dict[str, str]) -> dict[tuple[str, int], tuple]:
    """All that is found of a row, by the file's first name and row."""
    of = {f"{new}.xlsx": old for new, old in names.items()}
    routes = {(of[place[0]], place[2]): verdicts for place, verdicts in found.routes().items()}
    return {
        (of[line.source_file], line.row): (
            line.unit_id, isinstance(line.duplicate_of, dict) and (of[line.duplicate_of["source_file"]], line.duplicate_of["row"]),
            line.told_as, routes[of[line.source_file], line.row],
            sorted(found.findings[(found.findings["source_file"] == line.source_file) & (found.findings["row"] == line.row)]["message"]),
        )
        for line in found.people.itertuples()
    }  # fmt: skip


@pytest.fixture(scope="module")
def first(inbox: Path) -> dict[tuple[str, int], tuple]:
    return told(audit_of(inbox, *sorted(ROSTERS)), {name: name for name in ROSTERS})


@settings(max_examples=8)
@given(order=st.permutations(sorted(ROSTERS)), names=st.permutations(sorted(ROSTERS)))
def test_what_files_are_called_and_their_order_change_nothing(inbox: Path, first: dict, order: list[str], names: list[str]) -> None:
    again = audit_of(inbox, *(f"={new}={old}" for new, old in zip(names, order, strict=True)))
    assert told(again, dict(zip(names, order, strict=True))) == first


def test_a_name_binds_no_row_to_a_code_that_another_file_states(tmp_path: Path) -> None:
    people(tmp_path / "我.xlsx", *(worker(number, 统一社会信用代码="") for number in range(3)))
    people(tmp_path / "0.xlsx", worker(8, 统一社会信用代码=OTHER_CODE))
    units = audit_of(tmp_path, "0", "我").people.groupby("source_file")["unit_id"].agg(set)
    assert units["我.xlsx"] == {OURS} and units["0.xlsx"] == {OTHER_CODE}


def test_a_code_under_two_names_is_two_units_with_a_workbook_each(tmp_path: Path) -> None:
    people(tmp_path / "我.xlsx", *map(worker, range(2)))
    people(tmp_path / "0.xlsx", *(worker(number, 单位名称=THEIRS) for number in range(5, 9)))
    found = audit_of(tmp_path, "0", "我").people
    assert not set(found[found["source_file"] == "0.xlsx"]["unit_id"]) & set(found[found["source_file"] == "我.xlsx"]["unit_id"])


@pytest.mark.parametrize("name", [CODE, CODE.lower(), "file:我.xlsx", f"{CODE} {OURS}"])
def test_a_name_that_reads_as_another_units_id_is_a_name(tmp_path: Path, name: str) -> None:
    people(tmp_path / "我.xlsx", worker(1), worker(2, 单位名称=THEIRS), worker(3, 单位名称="", 统一社会信用代码=""))
    people(tmp_path / "0.xlsx", worker(8, 单位名称=name, 统一社会信用代码=""))
    people(tmp_path / "乙.xlsx", worker(9, 单位名称="又一厂"))
    found = audit_of(tmp_path, "0", "乙", "我").people
    assert not set(found[found["source_file"] == "0.xlsx"]["unit_id"]) & set(found[found["source_file"] != "0.xlsx"]["unit_id"])


def test_in_a_file_a_name_that_stands_with_one_code_is_that_codes_unit(tmp_path: Path) -> None:
    people(tmp_path / "a.xlsx", worker(1), worker(2, 统一社会信用代码=""), worker(3, 单位名称="示例机械（分公司）"))
    people(tmp_path / "b.xlsx", worker(4))
    assert set(audit_of(tmp_path, "a", "b").people["unit_id"]) == {CODE}


def test_an_honest_unit_of_several_files_is_one_unit_under_their_names(tmp_path: Path) -> None:
    people(tmp_path / "一分册.xlsx", *map(worker, range(3)))
    people(tmp_path / "二分册.xlsx", *map(worker, range(3, 6)))
    found = audit_of(tmp_path, "一分册", "二分册")
    assert set(found.people["unit_id"]) == {CODE} and found.people["told_as"].isna().all()
    assert set(counted(found).values()) == {"eligible"} and found.findings.empty


def test_the_bureau_is_told_of_files_that_claim_one_unit_and_of_opposite_facts(tmp_path: Path) -> None:
    people(tmp_path / "我.xlsx", *map(worker, range(3)))
    people(tmp_path / "0.xlsx", worker(1) | WORSE["left"] | WORSE["titled"])
    signs = {sign.code: sign for sign in signs_of(tmp_path).itertuples()}
    assert set(signs) == {"unit_two_files", "opposite_facts"}
    assert [cell["source_file"] for cell in signs["unit_two_files"].cells] == ["0.xlsx", "我.xlsx"]
    places = {(cell["source_file"], cell["row"], cell["header"]) for cell in signs["opposite_facts"].cells}
    assert places == {(file, row, header) for file, row in (("0.xlsx", 2), ("我.xlsx", 3)) for header in ("在岗状态", "职称")}


def test_a_person_in_two_units_of_whom_they_say_opposite_things_is_a_sign(tmp_path: Path) -> None:
    people(tmp_path / "我.xlsx", worker(1))
    people(tmp_path / "0.xlsx", worker(1, 姓名="王某某", 单位名称=THEIRS, 统一社会信用代码=OTHER_CODE, 岗位类别="管理岗位"))
    (sign,) = signs_of(tmp_path).query("code == 'opposite_facts'").itertuples()
    assert {cell["header"] for cell in sign.cells} == {"姓名"}  # another unit may give another post


def words_of(path: Path) -> str:
    book = openpyxl.load_workbook(path)
    notes = [cell.comment.text for page in book for row in page.iter_rows() for cell in row if cell.comment]
    return "\n".join(
        [*(str(value) for page in book for row in page.iter_rows(values_only=True) for value in row if value is not None), *notes]
    )


@pytest.fixture(scope="module", params=["0某厂报送", "zz某厂报送"])
def attacked(audit: Callable[..., Audit], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Audit:
    """27 ID numbers of a unit under its name, one of which stands in a third unit's roster too, in a file that comes first or last."""
    folder = tmp_path_factory.mktemp("attack") / "rosters"
    people(folder / "我厂名册.xlsx", *map(worker, range(40)))
    worse = list(WORSE.values())
    people(folder / f"{request.param}.xlsx", *(worker(number) | worse[number % len(worse)] for number in range(27)), sheet="某厂内部")
    people(
        folder / "第三方.xlsx",
        worker(5, 单位名称=THEIRS, 统一社会信用代码=OTHER_CODE),
        worker(50, 单位名称=THEIRS, 统一社会信用代码=OTHER_CODE),
        worker(60),
    )
    done = audit(folder)
    assert done.status == 0
    return done


def test_27_numbers_of_another_unit_turn_nobody_of_it_to_no(attacked: Audit) -> None:
    ours = attacked.persons[(attacked.persons["unit_id"] == CODE) & attacked.persons["duplicate_of"].isna()]
    assert ours["skill_to_title_outcome"].value_counts().to_dict() == {"unverified": 27, "eligible": 14}
    waiting = attacked.verdicts.merge(ours[ours["skill_to_title_outcome"] == "unverified"], on="pid")
    assert set(waiting["outcome"]) <= {"unverified", "held"}
    assert all(len(words) for words in waiting[waiting["outcome"] == "unverified"]["missing"])


def test_the_bureau_gets_the_signs_of_it(attacked: Audit) -> None:
    signs = pd.read_parquet(attacked.out / "data" / "signs.parquet")
    assert (signs["code"] == "opposite_facts").sum() == 27
    (two,) = signs[signs["code"] == "unit_two_files"].query("detail.str.startswith('3份')").itertuples()
    assert len({cell["source_file"] for cell in two.cells}) == 3


def test_no_report_for_a_unit_says_in_whose_roster_else_a_number_stands(attacked: Audit) -> None:
    books = {path: words_of(path) for path in (attacked.out / "units").iterdir()}
    (ours,) = [text for path, text in books.items() if OURS in path.name]
    assert "名册1" in ours and "名册2" in ours and "另一份名册1" in ours
    for name in ("某厂", "我厂名册", "第三方"):  # of two with an equal claim neither is told by its name
        assert name not in ours
    for path in (attacked.out / "returned").rglob("*.xlsx"):
        others = {"某厂报送", "我厂名册", "第三方", THEIRS} - {part for part in ("某厂报送", "我厂名册", "第三方") if part in path.name}
        own = {THEIRS} if "第三方" in path.name else set()
        assert not [name for name in others - own if name in words_of(path)], path
    copies = [words_of(path) for path in (attacked.out / "returned").rglob("*.xlsx")]
    assert copies and all("还出现在报送的另一份名册中" in text and "单位已出现" not in text for text in copies)


@pytest.mark.parametrize(
    ("units", "near"),
    [
        (["沈阳示例机械有限公司", "沈阳示例机械有限公司", "沈阳市示例机械有限责任公司"], [(4, "沈阳示例机械有限公司")]),
        (["示例风电设备有限公司", "示例风机设备有限公司", "示例风电设备有限公司"], [(3, "示例风电设备有限公司")]),
        (["示例机械（集团）股份有限公司", "示例机械厂", "示例机械厂"], [(2, "示例机械厂")]),
        (["沈阳示例机械一分厂", "沈阳示例机械二分厂"], []),
        (["沈阳示例机械厂", "大连示例机械厂"], []),
        (["沈阳 示例机械厂", "沈阳示例机械厂"], []),
    ],
)
def test_two_spellings_of_what_may_be_one_unit_are_told_and_stay_two(units: list[str], near: list[tuple[int, str]], tmp_path: Path) -> None:
    people(tmp_path / "甲.xlsx", *(worker(number, 统一社会信用代码="", 单位名称=unit) for number, unit in enumerate(units)))
    findings = audit_of(tmp_path, "甲").findings
    told = findings[findings["code"] == "unit_near"]
    assert [(row, next(unit for unit in units if f"与“{unit}”" in message)) for row, message in zip(told["row"], told["message"])] == near
