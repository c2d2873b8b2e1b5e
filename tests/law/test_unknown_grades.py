"""A grade word that a policy does not know is unknown, and is told once for each file and word, with how often it stands."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from guantong.flows.audit.kinds import RetrospectiveAudit
from guantong.rules.evaluation.retrospective import award_column
from guantong.rules.policy.load import Policy, load
from guantong.rules.what_if import edit_policy
from tests.support.inprocess import audited, audited_folder
from tests.support.workbooks import CLEAN, people

POLICY = load("liaoning-2019-2")


def told(folder: Path, policy: Policy = POLICY, **options: object) -> list[tuple[str, str, str]]:
    """File, word and message of each such finding; each stands for its whole file."""
    found = audited_folder(folder, policy=policy, **options).findings
    found = found[found["code"] == "grade_unknown"]
    assert set(found["severity"]) <= {"warning"} and found["row"].isna().all() and found["sheet"].isna().all()
    return list(zip(found["source_file"], found["value"], found["message"], strict=True))


def test_each_word_is_told_once_a_file_with_how_often_it_stands(tmp_path: Path) -> None:
    worded = CLEAN | {"2022年度考核": "胜任", "2023年度考核": "胜任"}
    people(
        tmp_path / "甲.xlsx",
        worded,
        worded | {"姓名": "张乙", "身份证号": ""},
        CLEAN | {"姓名": "张丙", "身份证号": "", "2024年度考核": "A"},
    )
    people(tmp_path / "乙.xlsx", CLEAN | {"姓名": "张丁", "身份证号": "", "2024年度考核": "胜任"})
    lines = told(tmp_path)
    assert [(file, word) for file, word, _ in lines] == [("乙.xlsx", "胜任"), ("甲.xlsx", "A"), ("甲.xlsx", "胜任")]
    assert [count in message for count, (_, _, message) in zip(("1处", "1处", "4处"), lines, strict=True)] == [True] * 3


@pytest.mark.parametrize(
    "change", ["passing_grades=[优秀, 合格, 胜任]", "failing_grades=[不合格, 胜任]", "s2t-engineer.passing_grades=[优秀, 合格, 胜任]"]
)
def test_a_word_that_the_policy_knows_is_not_told(tmp_path: Path, change: str) -> None:
    people(tmp_path / "甲.xlsx", CLEAN | {"2022年度考核": "胜任"})
    assert len(told(tmp_path)) == 1 and told(tmp_path, edit_policy(POLICY, [change])) == []


def test_a_word_of_the_catalogue_that_the_policy_leaves_out_is_told_as_well(tmp_path: Path) -> None:
    people(tmp_path / "甲.xlsx", CLEAN | {"2022年度考核": "良好"})
    assert told(tmp_path) == []
    ((_, word, _),) = told(tmp_path, edit_policy(POLICY, ["passing_grades=[优秀, 合格]"]))
    assert word == "良好"


@pytest.mark.parametrize("cell", ["不定等次", "未考核", ""])
def test_that_there_is_no_grade_is_no_word_for_one(tmp_path: Path, cell: str) -> None:
    people(tmp_path / "甲.xlsx", CLEAN | {"2022年度考核": cell})
    assert told(tmp_path) == []


def test_so_it_is_in_a_column_for_all_three_years(tmp_path: Path) -> None:
    bare = {header: cell for header, cell in CLEAN.items() if not header.endswith("年度考核")}
    people(tmp_path / "甲.xlsx", bare | {"近三年年度考核": "合格、胜任、胜任"})
    ((_, word, message),) = told(tmp_path)
    assert word == "胜任" and "2处" in message


def test_so_it_is_of_awards(tmp_path: Path) -> None:
    people(tmp_path / "甲.xlsx", CLEAN | {"2022年度考核": "胜任", "批准时间": dt.date(2024, 5, 1), "拟申报职称": "工程师"})
    found = audited([(tmp_path / "甲.xlsx", "甲.xlsx")], kind=RetrospectiveAudit(award_column("批准时间"))).findings
    assert list(found[found["code"] == "grade_unknown"]["value"]) == ["胜任"]
