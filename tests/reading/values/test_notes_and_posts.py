"""Charges in remarks, notes beside names, and posts that are called otherwise than their kind."""

from pathlib import Path

import pytest

from guantong.schemas import catalogue
from guantong.schemas.values.service import ended_state, says_state
from tests.support.field_rows import Read, unread
from tests.support.inprocess import audited_folder
from tests.support.workbooks import CLEAN, id_number, people

NAME = CLEAN["姓名"]


def codes(path: Path, **cells: str) -> list[str]:
    return Read(people(path / "a.xlsx", CLEAN | cells)).findings["code"].tolist()


@pytest.mark.parametrize("remark", ["2024年受记过处分", "2022年行政警告", "被立案审查", "2023年通报批评；党员"])
def test_a_penalty_in_a_remark_of_whom_the_integrity_is_blank_is_unknown(remark: str, tmp_path: Path) -> None:
    found = codes(tmp_path, 诚信情况="", 备注=remark)
    assert "integrity_elsewhere" in found and unread(tmp_path) == ["integrity"]


@pytest.mark.parametrize("remark", ["未受处分", "处分已解除", "纪委委员", "举报有功"])
def test_a_remark_that_tells_no_penalty_leaves_a_blank_integrity_blank(remark: str, tmp_path: Path) -> None:
    assert "integrity_elsewhere" not in codes(tmp_path, 诚信情况="", 备注=remark) and unread(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        *((name, True) for name in ("张示例（替补）", "张示例【不参加】", "张示例（借调）", "张示例(病)", "（候补）张示例", "张示例-外协", "张示例（借调至示例公司）", "张示例（材料不全）")),
        *((name, False) for name in ("张示例（女）", "张示例（焊工班）", "张示例（回族）", "张示例（曾用名张试）", "张示例(2)", "张示例（班长）", "阿依古丽·买买提", "欧阳 示例")),
    ],
)  # fmt: skip
def test_a_note_beside_a_name_that_is_not_about_the_person_alone_is_told(name: str, told: bool, tmp_path: Path) -> None:
    assert ("remark_unweighed" in codes(tmp_path, 姓名=name)) == told


@pytest.mark.parametrize("note", ["已退休", "调出", "除名", "已故", "开除"])
def test_who_has_left_by_a_note_beside_the_name_is_not_at_work_for_certain(note: str, tmp_path: Path) -> None:
    found = codes(tmp_path, 姓名=f"张示例（{note}）")
    assert "state_contradicted" in found and "remark_unweighed" not in found and unread(tmp_path) == ["service"]


def test_every_word_for_who_has_left_is_seen_in_other_columns() -> None:
    left = [word for word in catalogue.vocabulary("service") if not says_state(word, at_work=True)]
    assert [word for word in left if not ended_state(word)] == []


@pytest.mark.parametrize(
    ("post_name", "told"),
    [
        *((name, True) for name in ("车间主任", "部长", "副厂长", "党支部书记", "质检科科长", "会计", "工会主席", "人事专员", "项目经理")),
        *((name, False) for name in ("车工", "班组长", "作业长", "值长", "库管员", "主任技师", "主任工程师", "设备管理员")),
    ],
)
def test_a_post_called_that_of_a_manager_beside_another_kind_of_post_is_told(post_name: str, told: bool, tmp_path: Path) -> None:
    assert ("remark_unweighed" in codes(tmp_path, 岗位名称=post_name)) == told


def test_a_manager_by_both_cells_is_told_once_by_the_verdict(tmp_path: Path) -> None:
    assert "remark_unweighed" not in codes(tmp_path, 岗位类别="管理岗位", 岗位名称="车间主任")


def test_who_issued_a_certificate_does_not_say_that_there_is_none(tmp_path: Path) -> None:
    found = codes(tmp_path, 技能等级="技师（示例市职业技能鉴定中心颁发）")
    assert "gives_none" not in found and unread(tmp_path) == ["skill"]


ASKED = [
    ("是否受处分", "是", ["integrity"]), ("有无违纪", "有", ["integrity"]), ("处分情况", "警告", ["integrity"]), ("失信记录", "1条", ["integrity"]), ("违法犯罪记录", "见附件", ["integrity"]),
    ("是否受处分", "否", []), ("有无违纪", "无", []), ("处分情况", "未受过处分", []), ("失信记录", "0", []), ("处分解除时间", "2020-01", []), ("有无违法违纪", "无违法违纪记录", []),
    ("是否退休", "是", ["service"]), ("是否已离职", "√", ["service"]), ("是否在册", "否", ["service"]), ("是否本单位职工", "否", ["service"]), ("是否返聘", "是", ["service"]),
    ("是否退休", "否", []), ("是否在册", "是", []), ("是否退役军人", "是", []), ("是否党员", "否", []),
]  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By the name of the file: what comes of 三（二）2 where a header asks that is answered so, of whom 诚信情况 is blank or good; all in one audit."""
    folder = tmp_path_factory.mktemp("asked")
    for number, (header, cell, _) in enumerate(ASKED):
        for place, integrity in enumerate(("", "良好")):
            own = {"身份证号": id_number(2 * number + place), "诚信情况": integrity, header: cell}
            people(folder / f"{number}{integrity}.xlsx", CLEAN | own)
    verdicts = audited_folder(folder).verdicts
    of_engineer = verdicts[verdicts["route"] == "s2t-engineer"]
    return dict(zip(of_engineer["source_file"], of_engineer["outcome"], strict=True))


@pytest.mark.parametrize(("number", "header", "cell", "fields"), [(number, *each) for number, each in enumerate(ASKED)])
@pytest.mark.parametrize("integrity", ["", "良好"])
def test_a_header_that_asks_of_conduct_or_of_leaving_has_its_answer_weighed(
    number: int, header: str, cell: str, fields: list[str], integrity: str, outcomes: dict[str, str], tmp_path: Path
) -> None:
    people(tmp_path / "a.xlsx", CLEAN | {"诚信情况": integrity, header: cell})
    assert outcomes[f"{number}{integrity}.xlsx"] == ("unverified" if fields else "eligible")
    assert unread(tmp_path) == fields


@pytest.mark.parametrize(
    "remark", ["2024年8月由工人转为干部", "已竞聘为科级干部", "学徒", "见习期未满", "与第3行为同一人", "本行作废，见下"]
)
def test_a_remark_of_another_standing_or_of_the_row_is_told(remark: str, tmp_path: Path) -> None:
    assert "remark_unweighed" in codes(tmp_path, 备注=remark)
