"""The script that a user would write today, to compare with: pandas.read_excel, a rule by DataFrame.apply, openpyxl reports.

    python benchmarks/user_script.py FOLDER OUT

It reads tidy rosters only (the header in the first row), validates nothing, knows six routes with years and three without, looks
at the plainest conditions, and takes a month or year for its first day. Prints as JSON the seconds after its start, and the candidates.
"""

import json
import sys
import time
from pathlib import Path

import pandas as pd
from dateutil.relativedelta import relativedelta
from openpyxl import Workbook
from openpyxl.styles import Font

AS_OF = pd.Timestamp("2025-12-31")
HEADERS = {"工作单位": "单位名称", "职业技能等级": "技能等级", "技能等级取得日期": "技能等级取得时间", "职称取得日期": "职称取得时间"}
SKILLS = {"初级工": 1, "中级工": 2, "高级工": 3, "技师": 4, "高级技师": 5, "特级技师": 6, "首席技师": 7}
TITLES = {"技术员": 1, "助理工程师": 2, "工程师": 3, "高级工程师": 4, "正高级工程师": 5}
PASSES = {"优秀", "良好", "合格", "称职"}
SKILL_ROUTES = [(3, 2, "助理工程师"), (4, 3, "工程师"), (5, 4, "高级工程师")]
TITLE_ROUTES = [(2, 0, "高级工"), (2, 3, "技师"), (3, 0, "技师"), (3, 3, "高级技师"), (4, 0, "高级技师")]


def full(since, years):
    """The day on which the years are full."""
    day = pd.to_datetime(since, errors="coerce")
    return day if pd.isna(day) else day + relativedelta(years=years)


def judge(row):
    """Whoever holds a credential long enough, and the plainest conditions."""
    skill, title = SKILLS.get(row["技能等级"], 0), TITLES.get(row["职称"], 0)
    sound = row["在岗状态"] == "在岗" and row["诚信情况"] != "弄虚作假"
    assessed = all(row[f"{year}年度考核"] in PASSES for year in (2022, 2023, 2024))
    targets, soon = [], []
    for rank, years, target in SKILL_ROUTES:
        if skill >= rank and title < TITLES[target] and sound and assessed and row["是否一线岗位"] != "否":
            day = full(row["技能等级取得时间"], years)
            (targets if day <= AS_OF else soon).append(target)
    for rank, years, target in TITLE_ROUTES:
        if title >= rank and skill < SKILLS[target] and sound and row["岗位类别"] == "技能岗位":
            day = full(row["职称取得时间"], years)
            (targets if years == 0 or day <= AS_OF else soon).append(target)
    if title and skill and sound and row["岗位类别"] == "技能岗位" and skill < 5 and full(row["技能等级取得时间"], 1) <= AS_OF:
        targets.append("晋升")
    return pd.Series({"可申报": "、".join(dict.fromkeys(targets)), "即将符合": "、".join(dict.fromkeys(soon))})


def report(path, unit, people):
    """A workbook of a unit: candidates, those nearly there, the rest."""
    book = Workbook()
    sheets = {
        "候选": people[people["可申报"] != ""],
        "即将符合": people[(people["可申报"] == "") & (people["即将符合"] != "")],
        "其他": people[(people["可申报"] == "") & (people["即将符合"] == "")],
    }
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append([unit])
        sheet.append(["来源文件", "行", "姓名", "技能等级", "职称", "可申报", "即将符合"])
        for cell in sheet[2]:
            cell.font = Font(bold=True)
        for row in rows[["来源文件", "行", "姓名", "技能等级", "职称", "可申报", "即将符合"]].itertuples(index=False):
            sheet.append(list(row))
    book.remove(book.worksheets[0])
    book.save(path)


def main(folder, out):
    """Read everything, judge everyone, write a workbook a unit."""
    begun = time.perf_counter()
    out.mkdir(parents=True)
    frames = []
    for path in sorted(folder.rglob("*.xlsx")):
        frame = pd.read_excel(path, dtype=str, engine="openpyxl").rename(columns=lambda name: HEADERS.get(name.strip(), name.strip()))
        frames.append(frame.fillna("").assign(来源文件=path.name, 行=range(2, len(frame) + 2)))
    people = pd.concat(frames, ignore_index=True)
    people = people.join(people.apply(judge, axis=1))
    for number, (unit, rows) in enumerate(people.groupby("单位名称")):
        report(out / f"{number:05d}.xlsx", unit, rows)
    print(json.dumps({"seconds": time.perf_counter() - begun, "candidates": int((people["可申报"] != "").sum())}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
