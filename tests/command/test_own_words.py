"""bureau/unrecognised.xlsx given back with 读作 filled in (--words): read so from then on; what is unclear in it is told by its cell."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from guantong.flows.commands import compare
from tests.conftest import Audit
from tests.support.workbooks import CLEAN, people, workbook

OWN = {"产线岗": "技能岗位", "达标": "合格", "定级年月": "技能等级取得时间"}
NOBODY_ELSE = "李试丰"  # stands in a column of categories, as where columns have slipped


def rosters(folder: Path, own: bool) -> Path:
    """Two rosters of the same people: in words of their own, or in the program's."""
    said = {told: text if own else told for text, told in OWN.items()}

    def person(number: int, **more: object) -> dict[str, object]:
        told = (
            CLEAN | {"姓名": f"王示例{'甲乙丙'[number]}", "身份证号": "", "岗位类别": said["技能岗位"], "2024年度考核": said["合格"]} | more
        )
        return {said["技能等级取得时间"] if header == "技能等级取得时间" else header: value for header, value in told.items()}

    people(folder / "甲厂.xlsx", person(0), person(1, 人员类别=NOBODY_ELSE, 在岗状态="在编王示例甲"))
    people(folder / "乙厂.xlsx", person(2, 单位名称="示例阀门有限公司"))
    return folder


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rosters(tmp_path_factory.mktemp("own") / "名册", own=True)


@pytest.fixture(scope="module")
def alone(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment with a cache of its own."""
    return environment | {"GUANTONG_CACHE": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(scope="module")
def first(audit: Callable[..., Audit], inbox: Path, alone: dict[str, str]) -> Audit:
    return audit(inbox, environment=alone)


@pytest.fixture(scope="module")
def filled(first: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(first.out, tmp_path_factory.mktemp("words") / "读作.xlsx", OWN)


@pytest.fixture(scope="module")
def second(audit: Callable[..., Audit], inbox: Path, alone: dict[str, str], filled: Path) -> Audit:
    return audit(inbox, environment=alone, words=filled)


def lines(out: Path, sheet: str) -> list[dict[str, object]]:
    """The lines of a sheet of unrecognised.xlsx by header."""
    head, *rows = openpyxl.load_workbook(out / "bureau" / "unrecognised.xlsx")[sheet].iter_rows(min_row=3, values_only=True)
    return [dict(zip(head, row)) for row in rows if row[1] is not None or row[2] is not None]


def fill(out: Path, target: Path, readings: dict[str, str]) -> Path:
    """A copy of an output's unrecognised.xlsx with 读作 filled in."""
    book = openpyxl.load_workbook(out / "bureau" / "unrecognised.xlsx")
    for name, column in (("表头", "表头"), ("词语", "填写内容")):
        head = [cell.value for cell in book[name][3]]
        for row in book[name].iter_rows(min_row=4):
            row[head.index("读作")].value = readings.get(row[head.index(column)].value, row[head.index("读作")].value)
    book.save(target)
    return target


def test_headers_and_words_that_nobody_knows_are_listed_with_field_count_files_and_the_nearest(first: Audit) -> None:
    (header,) = lines(first.out, "表头")
    assert (header["表头"], header["读作"], header["最接近的规定表头"], header["列数"], header["文件"]) == (
        *("定级年月", None, "出生年月", 2),
        "乙厂.xlsx、甲厂.xlsx",
    )
    assert [(line["栏目"], line["填写内容"], line["最接近的词语"], line["处数"], line["文件数"]) for line in lines(first.out, "词语")] == [
        ("岗位类别", "产线岗", "技能岗位", 3, 2),
        ("年度考核", "达标", None, 3, 2),
    ]
    assert [header["相近程度"], *(line["相近程度"] for line in lines(first.out, "词语"))] == [0.5, pytest.approx(2 / 3), None]


def test_no_name_stands_among_the_words_and_it_is_told_how_many_are_left_out(first: Audit) -> None:
    book = openpyxl.load_workbook(first.out / "bureau" / "unrecognised.xlsx")
    said = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    assert NOBODY_ELSE not in said
    assert "王示例" not in said
    assert "另有 2 种过长，或可能含姓名、号码，未列入" in said


def test_words_given_back_are_read_as_if_the_rosters_had_been_written_so(
    audit: Callable[..., Audit], first: Audit, second: Audit, filled: Path, tmp_path: Path
) -> None:
    plain = audit(rosters(tmp_path / "名册", own=False))
    assert first.routes("王示例甲")["s2t-engineer"] == "unverified"
    assert second.verdicts.equals(plain.verdicts)
    assert second.findings["code"].tolist() == plain.findings["code"].tolist()
    assert second.run["lists"]["words"] == {"file": "读作.xlsx", "sha256": hashlib.sha256(filled.read_bytes()).hexdigest()}
    assert "words" not in first.run["lists"]


def test_files_are_read_again_for_other_words_and_not_for_the_same(
    audit: Callable[..., Audit], second: Audit, inbox: Path, alone: dict[str, str], filled: Path, tmp_path: Path
) -> None:
    assert second.run["counts"]["files_kept"] == 0
    assert audit(inbox, environment=alone, words=filled).run["counts"]["files_kept"] == 2
    other = fill(second.out, tmp_path / "另一份.xlsx", {"达标": "不合格"})
    changed = audit(inbox, environment=alone, words=other)
    assert changed.run["counts"]["files_kept"] == 0
    assert changed.routes("王示例甲")["s2t-engineer"] == "ineligible"


def test_the_list_of_a_run_with_words_holds_them_so_that_it_can_be_given_back_itself(
    audit: Callable[..., Audit], second: Audit, inbox: Path, alone: dict[str, str]
) -> None:
    used = [line for sheet in ("表头", "词语") for line in lines(second.out, sheet)]
    assert {line.get("填写内容") or line["表头"]: line["读作"] for line in used if line["情况"] == "已照此读取"} == OWN
    again = audit(inbox, environment=alone, words=second.out / "bureau" / "unrecognised.xlsx")
    assert again.verdicts.equals(second.verdicts)


def test_check_reads_by_the_words_too(guantong: Callable[..., object], inbox: Path, filled: Path) -> None:
    said = guantong("check", inbox / "乙厂.xlsx").stdout
    assert "产线岗" in said
    ran = guantong("check", inbox / "乙厂.xlsx", "--words", filled)
    assert ran.status == 0
    assert "产线岗" not in ran.stdout


def test_what_is_unclear_in_the_file_is_told_by_its_cell(guantong: Callable[..., object], inbox: Path, tmp_path: Path) -> None:
    headers = [
        ["表头", "读作"],
        ["定级年月", "定级时间"],
        ["学历", "技能等级"],
        ["评上年月", "职称取得时间"],
        ["评上年月", "技师取得时间"],
        ["", "职称"],
    ]
    cells = [
        ["栏目", "填写内容", "读作"],
        *(["工资档", "三档", "合格"], ["荣誉称号", "小能手", "全国技术能手"], ["岗位类别", "产线岗", "一线"], ["年度考核", "达标", "胜任"]),
        *(["在岗状态", "退休", "在岗"], ["岗位类别", "产线岗", "管理岗位"], ["岗位类别", "产 线 岗", "其他岗位"]),
        ["职称", "210100198501010014", "工程师"],
    ]
    ran = guantong("check", inbox / "乙厂.xlsx", "--words", workbook(tmp_path / "读作.xlsx", {"表头": headers, "词语": cells}))
    assert ran.status == 2
    told = [line.strip().split("　")[0] for line in ran.stderr.splitlines()[1:]]
    assert told == [f"表头!{cell}" for cell in ("B2", "A3", "B5", "B6")] + [
        f"词语!{cell}" for cell in ("A2", "A3", "C4", "C5", "B6", "C8")
    ] + ["等 11 处"]
    assert "210100198501010014" not in ran.stderr


def test_two_spellings_of_a_unit_are_one_where_the_words_say_so(audit: Callable[..., Audit], tmp_path: Path) -> None:
    people(tmp_path / "名册" / "甲.xlsx", CLEAN, CLEAN | {"姓名": "李示例", "身份证号": "", "单位名称": "示例机械厂（集团）"})
    words = workbook(tmp_path / "读作.xlsx", {"词语": [["栏目", "填写内容", "读作"], ["单位名称", "示例机械厂(集团)", CLEAN["单位名称"]]]})
    assert set(audit(tmp_path / "名册").persons["unit"]) == {"示例机械有限公司", "示例机械厂（集团）"}
    assert set(audit(tmp_path / "名册", words=words).persons["unit"]) == {"示例机械有限公司"}


def test_who_is_read_otherwise_by_new_words_alone_is_no_change_of_people(
    first: Audit, second: Audit, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {kind: count for kind, count in compare.count_changes(first.out, second.out).items() if count}
    assert set(found) == {"read_otherwise"} and found["read_otherwise"] >= 2
    compare.compare_outputs(first.out, second.out, None)
    assert "读作表（--words）不同" in capsys.readouterr().out
