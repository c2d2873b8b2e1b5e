"""Tidy rosters, as no inbox holds them: canonical headers in the first row, 25 columns, every value written in one way.

python benchmarks/tidy.py DIR PERSONS FILES
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random

import common
import xlsxwriter

from guantong.sample_data.people import make_people, make_units

HEADERS = (
    "序号", "姓名", "身份证号", "性别", "单位名称", "统一社会信用代码", "所在市", "岗位类别", "是否一线岗位", "是否工程技术领域", "在岗状态",
    "从事相关工作起始时间", "技能等级", "技能等级取得时间", "高级工取得时间", "技师取得时间", "职称", "职称系列", "职称取得时间", "学历",
    "2022年度考核", "2023年度考核", "2024年度考核", "荣誉称号", "诚信情况",
)  # fmt: skip


def write(folder: Path, persons: int, files: int) -> list[Path]:
    """Write `files` rosters, a unit each, with `persons` people in all; gives their paths."""
    folder.mkdir(parents=True)
    units = make_units(files, Random(1))
    paths = [folder / f"{number + 1:05d}.xlsx" for number in range(files)]
    sizes = [persons // files + (number < persons % files) for number in range(files)]
    with ProcessPoolExecutor(common.CORES, get_context("spawn")) as pool:
        list(pool.map(_write, paths, sizes, units, range(files), chunksize=8))
    return paths


def _write(path: Path, size: int, unit: dict, seed: int) -> None:
    with xlsxwriter.Workbook(str(path), {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, HEADERS)
        for number, person in enumerate(make_people(size, Random(seed), [unit]), 1):
            for column, header in enumerate(HEADERS[1:], 1):
                if cell := person[header]:
                    sheet.write_string(number, column, cell)
            sheet.write_number(number, 0, number)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
