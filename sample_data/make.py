"""Write sample_data/rosters again: `python -m guantong.sample_data.make [FOLDER]`.

Nine untidy rosters as `guantong sample` makes them, and 问题示例/ with what they leave out: a row for each
finding of a cell, a second unit and a second roster of the unit for findings between units and rosters, what is told of a whole sheet or workbook
(`oddities.py`), and files that must be refused.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from random import Random

import xlsxwriter

from guantong.sample_data.identifiers import Numbers, credit_code, id_number
from guantong.sample_data.oddities import write_oddities
from guantong.sample_data.rosters import write_rosters

SEED = 20191
UNIT, OTHER_UNIT, ODD_UNIT = "示例问题机械厂", "示例对照机械厂", "示例格式机械厂"
HEADERS = (
    "序号", "姓名", "身份证号", "性别", "出生年月", "单位名称", "统一社会信用代码", "所在市", "岗位类别", "在岗状态", "从事相关工作起始时间",
    "中断月数", "技能等级", "技能等级取得时间", "技能证书编号", "高级工取得时间", "技师取得时间", "职称", "职称系列", "职称取得时间",
    "2022年度考核", "2023年度考核", "2024年度考核", "荣誉称号", "诚信情况", "技能登级评定", "发证日期", "2024年考核结果", "近三年年度考核", "拟申报职称", "学历", "聘任专业技术职务", "技能鉴定结果", "部门", "退休时间", "备注",
)  # fmt: skip
# One row a finding: what is changed in a sound row, by header; the code is in the comment column 学历.
PROBLEMS: tuple[tuple[str, dict[str, object]], ...] = (
    ("no_person", {"姓名": "", "身份证号": ""}),
    ("error_cell", {"岗位类别": "#N/A"}),
    ("name_unusual", {"姓名": "甲3"}),
    ("id_number_typed", {"身份证号": 210100198503070000}),
    ("id_number_length", {"身份证号": "21010019850307"}),
    ("id_number_checksum", {"身份证号": "210100198503070000"}),
    ("id_number_sex", {"性别": "女"}),
    ("id_number_birth", {"出生年月": "1990-01"}),
    ("unit_code_checksum", {"统一社会信用代码": "91210100FAKE000000"}),
    ("word_unreadable", {"在岗状态": "在？"}),
    ("city_unknown", {"所在市": "示例市"}),
    ("sex_unreadable", {"性别": "未知"}),
    ("date_unreadable", {"技能等级取得时间": "2020.13"}),
    ("date_ambiguous", {"技能等级取得时间": 2019.1}),
    ("date_out_of_range", {"从事相关工作起始时间": "1905-01-01"}),
    ("months_unreadable", {"中断月数": "若干"}),
    ("skill_unreadable", {"技能等级": "高极工"}),
    ("skill_is_title", {"技能等级": "工程师"}),
    ("title_unreadable", {"职称": "工程帅"}),
    ("title_is_skill", {"职称": "技师"}),
    ("title_grade_only", {"职称": "中级"}),
    ("appointed_without_title", {"聘任专业技术职务": "工程师"}),
    ("gives_none", {"技能等级": "技师（作废）"}),
    ("credential_contradicted", {"技能鉴定结果": "不合格"}),
    ("credential_elsewhere", {"备注": "2019年取得助理工程师"}),
    ("integrity_elsewhere", {"备注": "2022年业绩造假"}),
    ("state_contradicted", {"部门": "退休人员"}),
    ("state_elsewhere", {"备注": "2024年3月退休"}),
    ("state_from_day", {"退休时间": "2045-05-01"}),
    ("honour_near", {"荣誉称号": "世界技能大赛优胜奖"}),
    ("honour_in_doubt", {"荣誉称号": "国家级技能大师工作室领办人"}),
    ("grades_unreadable", {"近三年年度考核": "详见附件"}),
    ("value_too_long", {"学历": "示例" * 150}),
    ("certificate_before_16", {"高级工取得时间": "1999-01-01"}),
    ("date_after_as_of", {"技能等级取得时间": "2090-01-01"}),
    ("levels_out_of_order", {"技能等级": "技师", "技能等级取得时间": "2020-01-01", "高级工取得时间": "2021-01-01", "技师取得时间": ""}),
    ("level_below_history", {"技能等级": "高级工", "技师取得时间": "2021-01-01"}),
    ("date_conflict", {"技能等级取得时间": "2018-01-01", "高级工取得时间": "2016-05-01"}),
    ("date_without_level", {"职称取得时间": "2018-01-01"}),
    ("title_before_birth", {"职称": "工程师", "职称取得时间": "1970-01-01"}),
    ("certificate_year", {"技能证书编号": "S000021000001193000001"}),
    ("certificate_level", {"技能证书编号": "S000021000001182000002"}),
    ("series_conflict", {"职称": "工程师", "职称系列": "经济系列"}),
    ("claim_unreadable", {"拟申报职称": "技师"}),
    ("column_conflict", {"2024年考核结果": "不合格"}),
    ("cell_damaged", {"岗位类别": "技能岗\ufffd"}),
    ("fact_contradicted", {"备注": "已调至机关"}),
    ("honour_unreadable", {"荣誉称号": "见附件"}),
    ("honour_elsewhere", {"荣誉称号": "无", "备注": "2020年获辽宁省技术能手"}),
    ("remark_unweighed", {"备注": "任车间主任"}),
    ("person_twice", {"从事相关工作起始时间": "2012-07-01"}),  # and facts_conflict
    ("certificate_two_people", {}),
)
_IN_COLUMNS = (
    ("姓名", "示甲", "示乙", "示丙"),
    ("身份证号", "", "", ""),
    ("技能等级", "高级工", "技师", "技师"),
    ("职称", "无", "无", "无"),
    ("岗位类别",) + ("技能岗位",) * 3,
)


def make(folder: Path) -> None:
    """Write all sample rosters under ``folder``."""
    write_rosters(folder, 360, 9, SEED, formats=("xlsx", "xlsx", "xls", "xlsx", "ods"))
    special = folder / "问题示例"
    special.mkdir(parents=True, exist_ok=True)
    rng = Random(SEED)
    people = _people(rng)
    _write(special / "每种问题一行.xlsx", people)
    _write(
        special / "另一单位.xlsx",
        [people[1] | {"单位名称": OTHER_UNIT, "统一社会信用代码": credit_code("210200", rng)}],
        sheet="退休人员",
        status="",
    )
    _write(special / "同一单位的另一份.xlsx", [people[-1] | {"岗位类别": "管理岗位"}])
    _write(special / "工作表写明作废.xlsx", _odd_people(Random(SEED + 2))[:1], sheet="作废")
    _refused(special)
    write_oddities(special, _odd_people(Random(SEED + 1)))


def _people(rng: Random) -> list[dict[str, object]]:
    """A sound row for each problem, changed as the problem says; the last two share a number with the first."""
    code = credit_code("210100", rng)
    rows = []
    for number, (_, changes) in enumerate(PROBLEMS, 1):
        rows.append(_sound(number, UNIT, code, rng) | changes)
    second, first = rows[1], rows[2]
    rows[-2] |= {"姓名": second["姓名"], "身份证号": second["身份证号"], "性别": "男", "出生年月": second["出生年月"]}
    rows[-1]["技能证书编号"] = first["技能证书编号"]
    return rows


def _odd_people(rng: Random) -> list[dict[str, object]]:
    """Nine people of a unit of their own, with nothing wrong and no column missing."""
    code = credit_code("210100", rng)
    more = {
        "人员类别": "技能人员", "是否一线岗位": "是", "是否工程技术领域": "是", "职称": "无", "职称取得时间": "", "荣誉称号": "无",
    }  # fmt: skip
    return [_sound(number, ODD_UNIT, code, rng) | more for number in range(201, 210)]


def _sound(number: int, unit: str, code: str, rng: Random) -> dict[str, object]:
    """A row with nothing wrong, by header."""
    born = dt.date(1985, 3, 7) + dt.timedelta(days=number)
    return {
        "序号": number, "姓名": f"示{chr(0x4E00 + number * 37)}", "身份证号": id_number("210100", born, True, rng, Numbers()), "性别": "男", "出生年月": f"{born:%Y-%m}",
        "单位名称": unit, "统一社会信用代码": code, "所在市": "沈阳市", "岗位类别": "技能岗位", "在岗状态": "在岗", "从事相关工作起始时间": "2008-07-01",
        "中断月数": 0, "技能等级": "三级/高级工", "技能等级取得时间": "2018-06-30", "技能证书编号": f"S0000210000011830{number + 100:05d}",
        "2022年度考核": "合格", "2023年度考核": "优秀", "2024年度考核": "合格", "诚信情况": "良好",
    }  # fmt: skip


def _write(path: Path, rows: list[dict[str, object]], sheet: str = "花名册", status: str | None = None) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        page = book.add_worksheet(sheet)
        page.set_column(0, len(HEADERS) - 1, 16)
        page.write_row(0, 0, HEADERS)
        for at, row in enumerate(rows, 1):
            cells = row if status is None else row | {"在岗状态": status}
            page.write_row(at, 0, [cells.get(header, "") for header in HEADERS])
        notes = book.add_worksheet("联系人")  # speaks of people, and is no roster
        notes.write_row(0, 0, ["姓名", "电话"])
        notes.write_row(1, 0, ["示例", "024-00000000"])


def _refused(folder: Path) -> None:
    """Files that must be refused: encrypted, damaged, no workbook, WPS's own or another program's, gone, and without a roster."""
    from msoffcrypto.format.ooxml import OOXMLFile

    plain = folder / "没有花名册.xlsx"
    with xlsxwriter.Workbook(str(plain)) as book:
        book.add_worksheet("说明").write_string(0, 0, "本文件没有花名册")
    with plain.open("rb") as source, (folder / "有打开密码.xlsx").open("wb") as target:
        OOXMLFile(source).encrypt("示例", target)
    with xlsxwriter.Workbook(str(folder / "人员写成列.xlsx")) as book:
        page = book.add_worksheet("花名册")
        for at, line in enumerate(_IN_COLUMNS):
            page.write_row(at, 0, line)
    (folder / "已损坏.xlsx").write_bytes(plain.read_bytes()[:2000])
    (folder / "其实是文本.xls").write_text("姓名,技能等级\n", encoding="utf-8")
    (folder / "其他程序.et").write_bytes(b"made up\n")
    (folder / "压缩包.zip").write_bytes(b"made up\n")
    (folder / "其他格式.tsv").write_text("姓名\t技能等级\n", encoding="utf-8")
    (folder / "失效链接.xlsx").symlink_to("不存在.xlsx")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "rosters")
