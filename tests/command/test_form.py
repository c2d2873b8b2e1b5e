"""The roster form: what stands on it, how it reads once it is filled in, and last year's roster filled into it."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from guantong.sample_data.rosters import write_rosters
from guantong.schemas.form.from_roster import TO_ASK, read_for_form
from guantong.schemas.form.workbook import write_form
from guantong.schemas.reading.batch import Batch, read_batch
from tests.conftest import Ran
from tests.support.corpus import FOLDER
from tests.support.inprocess import audited_file
from tests.support.workbooks import CLEAN, people, roster

AS_OF = dt.date(2025, 12, 31)
HEADERS, FIRST = 3, 5  # rows of the sheet
AT_FIRST_SIGHT = (
    "序号 姓名 身份证号 单位名称 人员类别 岗位类别 是否一线岗位 是否工程技术领域 在岗状态 职业（工种） 技能等级 技能等级取得时间 职称 职称取得时间 "
    "2022年度考核 2023年度考核 2024年度考核 荣誉称号 诚信情况"
).split()


@pytest.fixture
def form(guantong: Callable[..., Ran], tmp_path: Path) -> Path:
    assert guantong("template", tmp_path / "样表.xlsx", "--as-of", "2025-12-31").status == 0
    return tmp_path / "样表.xlsx"


def sheet_of(path: Path) -> Worksheet:
    return openpyxl.load_workbook(path)["花名册"]


def cell(sheet: Worksheet, header: str, row: int = FIRST) -> Cell:
    """The cell of a row under a header."""
    (at,) = (each.column for each in sheet[HEADERS] if each.value == header)
    return sheet.cell(row, at)


def fill(path: Path, *persons: dict[str, str]) -> Path:
    """Fill people into a form, what it has columns for."""
    book = openpyxl.load_workbook(path)
    sheet = book["花名册"]
    headers = {each.value for each in sheet[HEADERS]}
    for row, person in enumerate(persons, FIRST):
        for header, value in person.items():
            if header in headers:
                cell(sheet, header, row).value = value
    book.save(path)
    return path


def test_the_form_filled_in_is_a_clean_roster_and_its_example_is_nobody(form: Path) -> None:
    assert audited_file(form).people.empty
    found = audited_file(fill(form, CLEAN))
    assert (found.people["name"].tolist(), found.people["row"].tolist()) == (["张示例"], [FIRST])
    assert found.findings.empty
    assert found.named()["张示例"]["s2t-engineer"][0] == "eligible"


def test_at_first_sight_stands_what_is_needed_with_the_years_before_the_day_and_the_rest_is_folded(form: Path) -> None:
    sheet = sheet_of(form)
    spans = [(each.min, each.max) for each in sheet.column_dimensions.values() if each.hidden and each.outlineLevel]
    folded = {each.value for each in sheet[HEADERS] if any(first <= each.column <= last for first, last in spans)}
    shown = [each.value for each in sheet[HEADERS] if each.value not in folded]
    assert shown == AT_FIRST_SIGHT
    assert {"性别", "高级工取得时间", "职称证书编号", "备注"} <= folded and not [header for header in folded if "考核" in header]
    assert [each.value for each in sheet[2] if each.value] == ["人员", "岗位", "技能", "职称", "考核", "荣誉", "其他"]
    assert "［＋］展开" in str(sheet["A1"].value)


def test_folded_columns_are_not_told_as_hidden_when_they_are_filled_and_folded_again(form: Path) -> None:
    found = audited_file(fill(form, CLEAN | {"性别": "男", "出生年月": "1985-01", "备注": "已核对"}))
    assert found.findings.empty and found.people["name"].tolist() == ["张示例"]


def test_cells_say_what_goes_in_and_offer_it_none_too(form: Path) -> None:
    book = openpyxl.load_workbook(form)
    sheet, listed = book["花名册"], {column[0].value: [each.value for each in column[1:] if each.value] for column in book["选项"].columns}
    checks = {str(each.sqref).partition(":")[0]: each for each in sheet.data_validations.dataValidation}
    by_header = {each.value: checks[f"{each.column_letter}{FIRST}"] for each in sheet[HEADERS]}
    assert all(each.showInputMessage and each.prompt for each in by_header.values())
    assert by_header["职称"].type == by_header["荣誉称号"].type == by_header["职业（工种）"].type == "list"
    assert listed["职称"][:2] == ["无", "技术员"] and listed["技能等级"][0] == "无"
    assert {"无", "辽宁工匠", "省级技能大师工作站负责人", "辽宁省技术能手"} <= set(listed["荣誉称号"])
    number = by_header["身份证号"].formula1
    assert "LEN(C5)<>18" in number and "SUMPRODUCT" in number and "LEN(G5)<>18" in by_header["统一社会信用代码"].formula1


def test_several_certificates_in_a_cell_are_read_as_the_form_says(form: Path) -> None:
    told = "有几个证书的，在“技能等级”“职称”里写全，并在每个后面的括号里写取得时间，如“电工技师（2018-06）、焊工高级工（2015-06）”。"
    assert any(told in str(row[0]) for row in openpyxl.load_workbook(form)["填表说明"].iter_rows(values_only=True))
    held = facts(fill(form, CLEAN | {"技能等级": "电工技师（2018-06）、焊工高级工（2015-06）", "技能等级取得时间": ""}))[0]["credentials"]
    assert [(word, first, occupation) for _, _, _, word, first, _, occupation, _ in held] == [
        ("二级/技师", dt.date(2018, 6, 1), "电工"),
        ("三级/高级工", dt.date(2015, 6, 1), "焊工"),
    ]


def facts(path: Path) -> list[dict[str, object]]:
    """What is read of each person of a roster, in their order, but for where it stands and for those who are struck out."""
    return facts_of_each([path])[0]


def facts_of_each(paths: list[Path]) -> list[list[dict[str, object]]]:
    """`facts` of several rosters, which are read together."""
    batch = read_batch(paths, b"key")
    rows = batch.rows[batch.rows["rejected_for"].to_numpy(object) != "struck_out"].drop(columns=["sheet", "row"])
    lists, found = _lists(batch), [[] for _ in paths]
    for row in rows.astype(object).where(rows.notna(), None).to_dict("records"):
        person = {name: None if value != value or value is None else value for name, value in row.items() if name not in ("pid", "file_no")}
        found[row["file_no"]].append(person | lists[row["pid"]])
    return found


def _lists(batch: Batch) -> defaultdict[int, dict[str, list]]:
    names = ("assessments", "honours", "honours_in_doubt", "unread")
    found: defaultdict[int, dict[str, list]] = defaultdict(lambda: {name: [] for name in (*names, "credentials")})
    for name in names:
        for pid, *told in getattr(batch, name).itertuples(index=False):
            found[pid][name].append(tuple(told))
    for held in batch.credentials.to_pylist():
        own = ("track", "rank_lo", "rank_hi", "word", "day_lo", "day_hi", "occupation", "series")
        found[held["pid"]]["credentials"].append(tuple(held[name] for name in own))
    return found


def expected(person: dict) -> dict:
    """What a form filled from a roster says of a person, of whom the roster says this: a title that has no column in the roster is to be asked for, and
    grades of which nobody knows the years are not those of the form's years.
    """
    unread = {field for (field,) in person["unread"]} - {"recent_grades"}
    if person["title_state"] == "absent":
        return person | {"title_state": "unknown", "unread": unread | {"title"}}
    return person | {"unread": unread}


def assert_same_again(rosters: list[Path], folder: Path) -> None:
    """Reading the forms that rosters fill gives the same facts as the rosters."""
    forms = [folder / f"{path.name}-form.xlsx" for path in rosters]
    for path, form in zip(rosters, forms, strict=True):
        write_form(form, AS_OF, read_for_form(path))
    found = facts_of_each([*rosters, *forms])
    for path, told, again in zip(rosters, found[: len(rosters)], found[len(rosters) :], strict=True):
        again = [person | {"unread": {field for (field,) in person["unread"]}} for person in again]
        assert again == [expected(person) for person in told], path.name


def test_a_form_filled_from_a_roster_gives_the_same_facts_again(tmp_path: Path) -> None:
    write_rosters(tmp_path / "rosters", 240, 8, 7)
    assert_same_again(sorted(each for each in (tmp_path / "rosters").rglob("*") if each.is_file()), tmp_path)


REFUSED = {"b08c_dup_rows.xlsx", "x3_biff5_cp936.xls", "._k11.xlsx", "dot_k11.xlsx", "c14_big5.csv", "must_give.csv"}


@pytest.mark.slow
def test_a_form_filled_from_each_roster_of_the_corpus_gives_the_same_facts_again(tmp_path: Path) -> None:
    assert_same_again(sorted(each for each in FOLDER.iterdir() if each.name not in REFUSED), tmp_path)


NUMBER = ("210100198501010014", "210100198501010022")


@pytest.mark.parametrize(
    ("headers", "rows"),
    [
        (
            [
                "姓名",
                "身份证号",
                "证书（一）工种",
                "证书（一）等级",
                "证书（一）取得时间",
                "证书（二）工种",
                "证书（二）等级",
                "证书（二）取得时间",
            ]
            + ["职称", "职称取得时间", "第二职称", "第二职称取得时间"],
            [
                ["张试之", NUMBER[0], "车工", "高级工", "2015-06", "电工", "技师", "2018-07", "工程师", "2016-01", "经济师", "2014-03"],
                ["李试丰", NUMBER[1], "钳工", "技师", "2015-06", None, None, None, None, None, None, None],
            ],
        ),
        (
            ["序号", "姓名", "身份证号", "职业（工种）", "技能等级", "技能等级取得时间", "职称"],
            [
                ["1", "张试之", NUMBER[0], "车工", "高级工", "2015-06", "无"],
                [None, None, None, "电工", "技师", "2018-07", None],
                ["2", "李试丰", NUMBER[1], "钳工", "技师", 2019.1, "无"],
            ],
        ),
    ],
    ids=["numbered columns", "rows below"],
)
def test_each_certificate_of_a_person_has_columns_in_the_form(tmp_path: Path, headers: list[str], rows: list[list]) -> None:
    path = roster(tmp_path / "甲.xlsx", headers, rows)
    assert len(facts(path)[0]["credentials"]) > 1
    assert_same_again([path], tmp_path)


def test_what_could_not_be_read_stays_as_written_with_a_note_and_blanks_stay_blank(guantong: Callable[..., Ran], tmp_path: Path) -> None:
    odd = CLEAN | {"技能等级": "六级", "身份证号": 210100198501010014, "2024年度考核": "", "职称取得时间": "去年"}
    path = people(tmp_path / "甲.xlsx", odd)
    ran = guantong("template", tmp_path / "form.xlsx", "--from", path, "--as-of", "2025-12-31")
    assert ran.status == 0 and "带入 1 人" in ran.stdout and "有 3 格需要核对" in ran.stdout
    assert "有 1 人的2022至2024年度考核还没有填全" in ran.stdout
    sheet = sheet_of(tmp_path / "form.xlsx")
    level, number, day = (cell(sheet, header) for header in ("技能等级", "身份证号", "职称取得时间"))
    assert (level.value, day.value, cell(sheet, "2024年度考核").value) == ("六级", "去年", None)
    assert math.isclose(number.value, 210100198501010014), "never mended"
    assert "花名册!I2" in level.comment.text and "不能确定是哪一级" in level.comment.text
    assert number.fill.fgColor.rgb == level.fill.fgColor.rgb == "FFFFC7CE" != cell(sheet, "姓名").fill.fgColor.rgb


def test_what_a_roster_tells_in_two_ways_or_has_no_column_for_is_asked_for(tmp_path: Path) -> None:
    headers = ["姓名", "身份证号", "岗位类别", "岗位类型", "技能等级", "技能等级取得时间"]
    path = roster(tmp_path / "甲.xlsx", headers, [["张试之", NUMBER[0], "技能岗位", "管理岗位", "技师", "2019-05"]])
    (person,) = read_for_form(path).people
    assert person["post"].value == person["title"].value == TO_ASK
    assert "两栏" in person["post"].note or "岗位类型" in person["post"].note
    assert_same_again([path], tmp_path)


def test_grades_of_no_told_years_are_not_taken_for_those_of_the_forms_years(tmp_path: Path) -> None:
    path = roster(
        tmp_path / "甲.xlsx",
        ["姓名", "身份证号", "技能等级", "技能等级取得时间", "职称", "近三年年度考核", "备注"],
        [
            ["张试之", NUMBER[0], "技师", "2019-05", "无", "均合格", "劳模"],
            ["李试丰", NUMBER[1], "技师", "2019-05", "无", "2022合格、2023合格、2024优秀", None],
        ],
    )
    write_form(tmp_path / "form.xlsx", AS_OF, read_for_form(path))
    sheet = sheet_of(tmp_path / "form.xlsx")
    years = [f"{year}年度考核" for year in (2022, 2023, 2024)]
    assert [[cell(sheet, header, row).value for header in years] for row in (FIRST, FIRST + 1)] == [[None] * 3, ["合格", "合格", "优秀"]]
    assert cell(sheet, "备注").value == "劳模；原花名册近三年年度考核：均合格"


def test_a_file_that_is_no_roster_fills_no_form(guantong: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "乙.xlsx").write_bytes(b"no workbook")
    ran = guantong("template", tmp_path / "form.xlsx", "--from", tmp_path / "乙.xlsx")
    assert ran.status == 2 and "不是工作簿" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["乙.xlsx"]
