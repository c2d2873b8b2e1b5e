"""What stands beside a level: one in the cell of the occupation, the cell of the certificate's number; and lists of credentials with numbers."""

from pathlib import Path

import pytest

from tests.support.field_rows import Read, held, unread
from tests.support.workbooks import CLEAN, people

NAME = CLEAN["姓名"]


@pytest.mark.parametrize("level", ["", "无"])
@pytest.mark.parametrize("occupation", ["焊工技师", "高级焊工（2015年）", "电工（三级）", "车工二级/技师", "钳工 技师"])
def test_a_level_in_the_cell_of_the_occupation_is_no_nothing(level: str, occupation: str, tmp_path: Path) -> None:
    file = people(tmp_path / "a.xlsx", CLEAN | {"技能等级": level, "技能等级取得时间": "", "职业（工种）": occupation})
    assert "credential_elsewhere" in Read(file).findings["code"].tolist() and unread(tmp_path) == ["skill"]


@pytest.mark.parametrize("occupation", ["焊工", "焊工、电工", "中式烹调师", "检验技师", "高级值班员"])
def test_an_occupation_without_a_level_tells_nothing_of_what_is_held(occupation: str, tmp_path: Path) -> None:
    people(tmp_path / "a.xlsx", CLEAN | {"技能等级": "无", "技能等级取得时间": "", "职业（工种）": occupation})
    assert unread(tmp_path) == [] and held(tmp_path)[NAME] == []


@pytest.mark.parametrize(
    ("occupation", "fields"), [("焊工（技师）", []), ("高级焊工", []), ("焊工高级技师", ["skill"]), ("焊工一级/高级技师", ["skill"])]
)
def test_a_higher_level_beside_the_occupation_speaks_against_the_cell_of_the_level(
    occupation: str, fields: list[str], tmp_path: Path
) -> None:
    people(tmp_path / "a.xlsx", CLEAN | {"职业（工种）": occupation})
    assert unread(tmp_path) == fields


@pytest.mark.parametrize("number", ["已作废", "正在办理", "补办中", "未发证", "公示中", "遗失", "1021003000412345（已注销）"])
def test_a_certificate_whose_number_is_said_to_be_void_or_pending_is_doubted(number: str, tmp_path: Path) -> None:
    file = people(tmp_path / "a.xlsx", CLEAN | {"技能证书编号": number})
    assert "credential_contradicted" in Read(file).findings["code"].tolist() and unread(tmp_path) == ["skill"]


@pytest.mark.parametrize("number", ["无", "见附件", "在有效期内", "遗失已补办1021003000412345"])
def test_other_words_in_the_cell_of_a_number_doubt_nothing(number: str, tmp_path: Path) -> None:
    people(tmp_path / "a.xlsx", CLEAN | {"技能证书编号": number})
    assert unread(tmp_path) == []


def test_a_certificate_number_without_its_level_is_no_nothing(tmp_path: Path) -> None:
    blank = {"技能等级": "", "技能等级取得时间": "", "职称": "", "技能证书编号": "1021003000412345", "职称证书编号": "201512345678"}
    file = people(tmp_path / "a.xlsx", CLEAN | blank)
    assert Read(file).findings["code"].tolist().count("credential_elsewhere") == 2 and sorted(unread(tmp_path)) == [
        "skill",
        "title",
    ]


@pytest.mark.parametrize(
    ("cell", "ranks"),
    [
        ("1.电工 高级工\n2.钳工 技师", [(4, "钳工"), (3, "电工")]),
        ("①焊工技师②电工高级工", [(4, "焊工"), (3, "电工")]),
        ("(1)焊工技师(2)起重工高级工", [(4, "焊工"), (3, "起重工")]),
        ("1、焊工技师 2、电工高级工（已注销）", [(4, "焊工")]),
        ("1.焊工技师2015.6 2.电工高级工2012.3", [(4, "焊工"), (3, "电工")]),
    ],
)
def test_a_numbered_list_tells_a_credential_each(cell: str, ranks: list[tuple[int, str]], tmp_path: Path) -> None:
    people(tmp_path / "a.xlsx", CLEAN | {"技能等级": cell})
    assert [(rank, occupation) for track, rank, occupation, *_ in held(tmp_path)[NAME]] == ranks


@pytest.mark.parametrize("cell", ["技师(1)", "1.技师", "2.焊工技师 3.电工高级工", "技师1 高级工2", "高级值班员"])
def test_a_number_that_begins_no_list_and_a_post_are_unreadable(cell: str, tmp_path: Path) -> None:
    people(tmp_path / "a.xlsx", CLEAN | {"技能等级": cell})
    assert unread(tmp_path) == ["skill"]


@pytest.mark.parametrize(
    ("post", "fields"), [("焊工（已调离）", ["service"]), ("电工（内退）", ["service"]), ("焊工（车间）", []), ("退休办科员", [])]
)
def test_a_bracket_beside_a_post_may_say_that_somebody_has_left(post: str, fields: list[str], tmp_path: Path) -> None:
    people(tmp_path / "a.xlsx", CLEAN | {"岗位名称": post})
    assert unread(tmp_path) == fields


@pytest.mark.parametrize(
    ("header", "cell", "field"),
    [
        ("技能等极", "技师", "skill"),
        ("您的技能等级是？", "高级工", "skill"),
        ("原职称", "工程师", "title"),
        ("聘任职称", "助理工程师", "title"),
        ("职称评审结果", "工程师", "title"),
        ("晋升技能等级", "技师", "skill"),
    ],
)
def test_levels_below_a_header_that_is_not_read_leave_unknown_what_is_held_where_no_other_column_tells(
    header: str, cell: str, field: str, tmp_path: Path
) -> None:
    own = {"skill": "技能等级", "title": "职称"}[field]
    person = {name: told for name, told in CLEAN.items() if name != own} | {header: cell}
    assert "credential_elsewhere" in Read(people(tmp_path / "a.xlsx", person)).findings["code"].tolist()
    assert field in unread(tmp_path)
