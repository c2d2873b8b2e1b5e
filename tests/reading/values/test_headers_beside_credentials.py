"""Columns that speak against what a roster tells: they do so however their header is written, and below whatever group."""

from pathlib import Path

import openpyxl
import pytest

from guantong.schemas.reading.batch import read_batch
from tests.support.workbooks import CLEAN, people

SPEAK = {
    "退休时间": "2024-05-01",
    "是否退休": "是",
    "证书状态": "已注销",
    "鉴定结果": "不合格",
    "年度考核说明": "2024年实为不合格",
    "有无违纪": "有",
    "备注": "证书已注销",
}
WRITTEN = [
    "{}",
    "*{}",
    "{}：",
    "3.{}",
    "（3）{}",
    "3 {}",
    "【3】{}",
    "{}（必填）",
    "其他信息/{}",
    "【{}】",
    "{}▼",
    "{}？",
    "#{}",
    "{}\n（下拉选择）",
    "《3.{}》",
]


def told(files: list[Path]) -> list[tuple[list[object], list[object]]]:
    """Of each file the fields that can't be read, and the codes of what is found beside its headers."""
    batch = read_batch(files, b"key")
    file_of = dict(zip(batch.rows["pid"], batch.rows["file_no"], strict=True))
    unread = [(file_of[pid], field) for pid, field in batch.unread.itertuples(index=False)]
    codes = list(zip(batch.findings["file_no"], batch.findings["code"], strict=True))
    return [
        (
            sorted(field for number, field in unread if number == own),
            [code for number, code in codes if number == own and not code.startswith("header_")],
        )
        for own in range(len(files))
    ]


@pytest.mark.parametrize("header", SPEAK)
def test_a_column_speaks_against_a_cell_however_its_header_is_written(header: str, tmp_path: Path) -> None:
    files = [people(tmp_path / f"{number}.xlsx", CLEAN | {written.format(header): SPEAK[header]}) for number, written in enumerate(WRITTEN)]
    found = told(files)
    assert found[0][1] and found == found[:1] * len(WRITTEN)


@pytest.mark.parametrize("header", SPEAK)
def test_a_column_below_a_group_speaks_against_a_cell_as_it_does_alone(header: str, tmp_path: Path) -> None:
    files = [people(tmp_path / "alone.xlsx", CLEAN | {header: SPEAK[header]})]
    files += [below_group(tmp_path / f"{group}.xlsx", group, header) for group in ("其他信息", "备查", "单位填写", "人事信息")]
    found = told(files)
    assert found[0][1] and found == found[:1] * len(files)


def below_group(path: Path, group: str, header: str) -> Path:
    """A roster whose headers are merged over two rows, but for the last, which stands below its group."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([*CLEAN, group])
    sheet.append([*[None] * len(CLEAN), header])
    sheet.append([*CLEAN.values(), SPEAK[header]])
    for column in range(1, len(CLEAN) + 1):
        sheet.merge_cells(start_row=1, end_row=2, start_column=column, end_column=column)
    book.save(path)
    return path


@pytest.mark.parametrize("written", ["5 {}", "【5】{}", "[5]{}", "⑤{}", "5.{}", "（五）{}"])
def test_a_number_before_a_year_is_no_part_of_it(written: str, tmp_path: Path) -> None:
    file = people(tmp_path / "a.xlsx", CLEAN | {written.format("2021年度考核"): "不合格"})
    grades = read_batch([file], b"key").assessments
    assert dict(zip(grades["year"], grades["grade"], strict=True))[2021] == "不合格"
