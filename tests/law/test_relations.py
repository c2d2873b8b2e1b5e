"""专业 ↔ 职业（工种） as data: the note on 相关专业, and the theory exam (四). What the table does not say is for review, never «no»."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from guantong.rules.evaluation.relations import load_relations, subject_key
from guantong.schemas.side_lists.read_list import ListError
from tests.conftest import Audit, Ran
from tests.support.report_data import lines_of
from tests.support.workbooks import CLEAN, people, roster

ENGINEER = CLEAN | {"身份证号": "", "技能等级": "", "技能等级取得时间": "", "职称": "工程师", "职称取得时间": "2015-06-30"}
HEADERS = ["专业", "职业（工种）", "关系", "来源"]
# name → 职称专业, 所学专业, 职业（工种）; the notes of t2s-technician on relations; theory_exam
PERSONS: dict[str, tuple[tuple[str, str, str], set[str], str | None]] = {
    "张一": (("焊接技术与工程", "电气工程及其自动化", "焊工"), {"theory_exam"}, "review"),
    "张二": (("", "焊接 专业", "焊工（手工焊）"), {"relation", "theory_exam_exempt"}, "exempt"),
    "张三": (("机械工程", "机械工程", "6-18-01-01车工"), {"theory_exam_exempt"}, "exempt"),
    "张四": (("机械工程", "", "炼钢工"), {"relation"}, None),
    "张五": (("车工", "车工", "车工"), {"theory_exam_exempt"}, "exempt"),
    "张六": (("机械工程", "机械工程", ""), {"relation", "theory_exam"}, "review"),
}
NOTES = {"relation", "theory_exam", "theory_exam_exempt"}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        ENGINEER | {"姓名": name, "职称专业": subject, "所学专业": major, "职业（工种）": occupation}
        for name, ((subject, major, occupation), _, _) in PERSONS.items()
    ]
    return people(
        tmp_path_factory.mktemp("relations") / "甲.xlsx", *rows, CLEAN | {"姓名": "李样本", "所学专业": "焊接", "职业（工种）": "焊工"}
    )


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], file: Path) -> Audit:
    return audit(file)


def notes(done: Audit, name: str, route: str = "t2s-technician") -> set[str]:
    (row,) = done.persons[done.persons["name"] == name]["row"]
    (review,) = done.verdicts[(done.verdicts["row"] == row) & (done.verdicts["route"] == route)]["review"]
    return NOTES & set(review)


def told(done: Audit, name: str) -> str | None:
    (exam,) = done.persons[done.persons["name"] == name]["theory_exam"]
    return exam if isinstance(exam, str) else None


@pytest.mark.parametrize("name", PERSONS)
def test_a_known_relation_needs_no_note_and_exempts_from_the_theory_exam(done: Audit, name: str) -> None:
    _, expected, exam = PERSONS[name]
    assert (notes(done, name), told(done, name)) == (expected, exam)
    assert set(done.routes(name).values()) == {"eligible"}  # a relation decides no outcome


def test_who_has_no_route_to_a_skill_level_is_told_nothing_of_the_exam(done: Audit) -> None:
    assert told(done, "李样本") is None


def test_explain_and_the_units_workbook_say_so(done: Audit, guantong: Callable[..., Ran]) -> None:
    said = guantong("explain", done.out, "甲.xlsx", 4).stdout
    assert "职称专业与职业（工种）“6-18-01-01车工”：相关" in said and "理论知识考试：凭毕业证书可免（四）" in said
    assert "能否免试待核对" in guantong("explain", done.out, "甲.xlsx", 2).stdout
    (unit,) = (done.out / "units").iterdir()
    shown = {name: line["需核对"] for name, line in lines_of(unit, "可申报").items()}
    assert "免理论考试" in shown["张三"] and "专业相关" not in shown["张三"]
    assert "专业相关" in shown["张四"]


def test_a_bureaus_own_table_stands_alone_and_is_told_by_its_hash(audit: Callable[..., Audit], file: Path, tmp_path: Path) -> None:
    own = roster(tmp_path / "关系.xlsx", HEADERS, [["机械工程", "炼钢工", "相关", "某市文件"]])
    changed = audit(file, relations=own)
    assert notes(changed, "张四") == set() and "relation" in notes(changed, "张一")
    assert changed.run["lists"]["relations"] == {
        "file": "关系.xlsx", "sha256": hashlib.sha256(own.read_bytes()).hexdigest(), "official": True
    }  # fmt: skip


def test_a_csv_serves_as_well(tmp_path: Path) -> None:
    (tmp_path / "关系.csv").write_text("专业,工种,关系\n机械,车工,相同\n", encoding="utf-8")
    assert load_relations(tmp_path / "关系.csv").rows == (("机械", "车工", "相同", ""),)


@pytest.mark.parametrize(
    ("rows", "about"),
    [
        ([["机械", "车工", "无关", ""]], "第2行的关系应为“相同”或“相关”"),
        ([["机械", "车工", "相同", ""], ["机械专业", "车工", "相关", ""]], "第3行与前面一行"),
        ([["", "车工", "相同", ""]], "第2行缺少专业"),
    ],
)
def test_an_unclear_line_is_refused_by_its_place(tmp_path: Path, rows: list, about: str) -> None:
    with pytest.raises(ListError, match=about):
        load_relations(roster(tmp_path / "关系.xlsx", HEADERS, rows))


def test_every_line_of_the_starter_says_that_it_is_ours_and_no_office_s() -> None:
    starter = load_relations()
    assert starter.is_starter and len(starter.rows) > 100
    assert {source for *_, source in starter.rows} == {"示例，非官方"}


@pytest.mark.parametrize(
    ("text", "key"),
    [("机械 工程专业", "机械工程"), ("６－18-01-01 车工（普通）", "车工"), ("电气自动化技术", "电气自动化"), ("专业", "专业")],
)
def test_names_are_compared_without_codes_notes_and_kinds(text: str, key: str) -> None:
    assert subject_key(text) == key
