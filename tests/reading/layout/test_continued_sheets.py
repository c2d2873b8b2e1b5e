"""A sheet, or a part of one, that says that it continues another (续表, （续）): what that one says once holds here too."""

from __future__ import annotations

from pathlib import Path

import pytest

from guantong.schemas.layout.sections import continued_from
from guantong.schemas.text import norm
from tests.support.inprocess import Audited, audited_file
from tests.support.workbooks import CLEAN, id_number, workbook

Rows = list[list[object]]
PERSON = {header: cell for header, cell in CLEAN.items() if header not in ("岗位类别", "是否一线岗位", "在岗状态", "单位名称")} | {
    "技能等级": "高级工"
}
HEADER: list[object] = list(PERSON)


def person(number: int, name: str) -> list[object]:
    return list((PERSON | {"姓名": name, "身份证号": id_number(number)}).values())


def audited(path: Path, sheets: dict[str, Rows]) -> Audited:
    return audited_file(workbook(path, sheets))


def outcomes(found: Audited) -> dict[str, str]:
    return {name: routes["s2t-assistant"][0] for name, routes in found.named().items()}


SECTIONS = ("一、技能岗位人员", "二、管理岗位人员")
FIRST: Rows = [HEADER, [SECTIONS[0]], person(1, "张甲"), [SECTIONS[1]], person(2, "李乙")]


@pytest.mark.parametrize(
    ("name", "title"), [("续表", None), ("花名册（续）", None), ("花名册续表2", None), ("Sheet2", "续表"), ("Sheet2", "花名册（续）")]
)
def test_the_section_that_is_open_goes_on_in_the_sheet_that_continues(tmp_path: Path, name: str, title: str | None) -> None:
    found = audited(tmp_path / "甲.xlsx", {"花名册": FIRST, name: [*([[title]] if title else []), HEADER, person(3, "王丙")]})
    assert outcomes(found) == {"张甲": "eligible", "李乙": "ineligible", "王丙": "ineligible"}
    told = found.findings[(found.findings["code"] == "facts_from_section") & (found.findings["sheet"] == name)]
    assert [SECTIONS[1] in message for message in told["message"]] == [True] and told["row"].isna().all()


def test_a_sheet_that_says_of_no_other_that_it_continues_it_begins_anew(tmp_path: Path) -> None:
    for at, name in enumerate(("Sheet2", "在职人员（续）", "续聘人员", "离职手续")):
        found = audited(tmp_path / f"{at}.xlsx", {"花名册": FIRST, name: [HEADER, person(3, "王丙")]})
        assert found.findings[found.findings["sheet"] == name]["code"].isin(["facts_from_section"]).sum() == 0
        assert outcomes(found)["王丙"] != "eligible"


@pytest.mark.parametrize("title", ["技能岗位（续）", "（续上表）技能岗位", "技能岗位续表", "一、技能岗位(续1)"])
def test_a_sections_title_says_the_same_where_it_says_that_it_goes_on(tmp_path: Path, title: str) -> None:
    found = audited(tmp_path / "甲.xlsx", {"花名册": [*FIRST, [title], person(3, "王丙")]})
    assert outcomes(found) == {"张甲": "eligible", "李乙": "ineligible", "王丙": "eligible"}


def test_what_the_sheets_name_says_and_what_stands_above_its_header_hold_in_the_next(tmp_path: Path) -> None:
    found = audited(
        tmp_path / "甲.xlsx",
        {
            "退休人员": [["填报单位：甲厂"], HEADER, person(1, "张甲")],
            "续表": [HEADER, person(2, "李乙")],
            "在岗": [["填报单位：乙厂"], HEADER, person(3, "王丙")],
        },
    )
    assert found.people.set_index("name")["unit"].to_dict() == {"张甲": "甲厂", "李乙": "甲厂", "王丙": "乙厂"}
    assert [outcomes(found)[name] for name in ("张甲", "李乙")] == ["ineligible", "ineligible"]


@pytest.mark.parametrize(
    ("text", "base"),
    [("续表", ""), ("续1", ""), ("花名册（续）", "花名册"), ("花名册-续", "花名册"), ("接上页：管理岗位", "管理岗位")]
    + [(text, None) for text in ("花名册", "续聘人员", "离职手续", "继续", "连续", "合同存续")],
)
def test_what_a_name_continues(text: str, base: str | None) -> None:
    assert continued_from(norm(text)) == base
