"""荣誉称号 in three classes (三（四）): the honour, what may be it until the commendation is seen, and what only looks like it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from guantong.schemas import catalogue
from guantong.schemas.values.honours import parse_honours
from guantong.schemas.values.parsers import PARSERS
from tests.support.inprocess import audited_file
from tests.support.workbooks import CLEAN, people

SUBSIDY, SKILLED, STUDIO = "享受国务院特殊津贴", "全国技术能手", "国家级技能大师工作室负责人"
CRAFTSMAN, MERIT, OUTSTANDING = "辽宁工匠", "辽宁省功勋高技能人才", "辽宁省有突出贡献高技能人才"
STATION, OF_LIAONING = "省级技能大师工作站负责人", "辽宁省技术能手"
GOLD, SILVER, BRONZE = (f"世界技能大赛{metal}牌" for metal in "金银铜")

LISTED = {
    CRAFTSMAN: ("第三批“辽宁工匠”", "首届辽宁工匠", "2021年度“辽宁工匠”荣誉称号获得者", "辽宁工匠（第四批）", "被授予辽宁工匠称号", "辽宁工匠(2019.5)"),
    SKILLED: ("第十四届全国技术能手", "“全国技术能手”称号", "荣获全国技术能手荣誉称号（2016）", "全国技术能手（人社部〔2020〕1号）", "全国技术能手（人社部2018年）"),
    SUBSIDY: (
        "国务院政府特殊津贴获得者", "享受国务院颁发的政府特殊津贴", "享受国务院政府特殊津贴的高技能人才", "享受国务院特殊津贴技师", "2016年享受国务院政府特殊津贴待遇",
    ),
    STUDIO: (
        "国家级李示例技能大师工作室负责人", "国家级技能大师工作室（李示例）负责人", "国家级“焊接技能大师工作室”负责人", "国家技能大师工作室负责人", "国家级技能大师工作室-负责人",
        "现任国家级技能大师工作室负责人",
    ),
    STATION: ("辽宁省赵样本技能大师工作站负责人", "省技能大师工作站（赵样本）负责人", "省级技能大师工作站的负责人", "担任辽宁省级技能大师工作站负责人"),
    GOLD: (
        "第46届世界技能大赛数控车项目金牌", "世界技能大赛金牌（辽宁选手）", "代表中国参加第45届世界技能大赛获金牌", "世界技能大赛金牌获得者的教练", "世赛金牌选手技术指导专家",
        "获得世界技能大赛焊接项目金牌的辽宁省选手",
    ),
    SILVER: ("世界技能大赛（电子技术项目）银牌", "世界技能大赛银牌得主"),
    BRONZE: ("第44届世界技能大赛铜牌选手的主教练", "世界技能大赛特别赛铜牌"),
    MERIT: ("辽宁省功勋高技能人才（2022年）",),
    OUTSTANDING: ("辽宁省有突出贡献的高技能人才称号",),
    OF_LIAONING: ("获“辽宁省技术能手”", "辽宁省技术能手证书"),
}  # fmt: skip
IN_DOUBT = {
    STUDIO: (
        "国家级大师工作室负责人", "国家级技能大师工作室带头人", "国家级赵样本技能大师工作室领衔人", "国家级技能大师工作室（示例集团）负责人", "国家级技能大师工作室主持人", "国家级技能大师工作室",
        "曾任国家级技能大师工作室负责人", "国家级技能大师工作室负责人 待公示", "赵样本国家级技能大师工作室负责人", "国家级技能大师工作室首席技师",
    ),
    STATION: ("辽宁省赵样本技能大师工作站站长", "省技能大师工作站创办人", "辽宁省技能大师工作站领军人物", "辽宁技能大师工作站负责人", "省级技能大师工作站站长赵样本"),
    SUBSIDY: ("享受特贴", "国贴", "享受国贴专家", "享受国务院政府特殊津贴专家", "享受国务院特殊津贴（专家）", "国务院特殊津贴学者", "享受政府特殊津贴人员"),
    GOLD: ("世界技能大赛金牌选手指导老师", "世界技能大赛焊接项目金牌导师", "世界技能大赛冠军", "辽宁省世界技能大赛金牌"),
    BRONZE: ("第45届世界技能大赛铜牌获得者的指导教师", "世界技能大赛季军"),
    OUTSTANDING: ("省突贡", "省有突出贡献高技能人才", "辽宁有突出贡献的高技能人才"),
    OF_LIAONING: ("省级技术能手", "2017年辽宁技术能手", "荣获省技术能手称号"),
    MERIT: ("辽宁功勋高技能人才",),
    CRAFTSMAN: ("辽宁省工匠", "辽宁工匠（船舶）"),
    SKILLED: ("国家技术能手", "全国技术能手（车工）"),
}  # fmt: skip
NEAR = (
    "世界技能大赛优胜奖", "国家级技能大师工作室成员", "国家级技能大师工作室 联络员", "国家级技能大师工作室副主任", "市级技能大师工作站负责人", "省级技能大师工作室站长",
    "全国青年技术能手", "全国钢铁行业技术能手", "中央企业技术能手", "辽宁大工匠", "辽宁工匠年度人物", "最美辽宁工匠", "世界技能大赛银牌选手的师傅", "世界技能大赛银牌、师傅",
    "省政府特殊津贴", "省特贴", "市突贡人才", "国家级大师工作室成员", "世界技能大赛金牌（江苏选手）", "代表浙江获世界技能大赛银牌", "世界技能大赛铜牌，重庆选手", "吉林省技能大师工作站负责人", "吉林省技术能手",
    "沈阳市技术能手", "辽宁省青年技术能手", "辽宁省行业技术能手", "辽宁工匠（2022年，已撤销）", "全国技术能手（申报、待批）", "辽宁工匠 2023年 已取消", "辽宁工匠；已被撤销",
    "拟申报 辽宁工匠", "全国技术能手推荐人选", "辽宁工匠（公示中）", "全国技术能手（不是本人）", "技能大师工作室负责人", "辽宁工匠学院院长", "优秀辽宁工匠",
)  # fmt: skip


@pytest.mark.parametrize(("honour", "text"), [(honour, text) for honour, texts in LISTED.items() for text in texts])
def test_a_plain_form_of_a_listed_honour_is_the_honour(honour: str, text: str) -> None:
    found = parse_honours(text)
    assert (found.listed, found.doubtful, found.near) == ((honour,), {}, ())


@pytest.mark.parametrize(("honour", "text"), [(honour, text) for honour, texts in IN_DOUBT.items() for text in texts])
def test_other_words_for_a_listed_honour_leave_it_in_doubt(honour: str, text: str) -> None:
    found = parse_honours(text)
    assert (found.listed, list(found.doubtful)) == ((), [honour])


@pytest.mark.parametrize("text", NEAR)
def test_what_only_looks_like_an_honour_is_none_and_is_told(text: str) -> None:
    found = parse_honours(text)
    assert (found.listed, found.doubtful) == ((), {}) and found.near


@pytest.mark.parametrize("text", ["全国五一劳动奖章", "国家级工艺美术大师工作室负责人", "厂劳动模范", "无", "先进工作者、三好学生"])
def test_another_matter_is_not_even_told(text: str) -> None:
    found = parse_honours(text)
    assert (found.listed, found.doubtful, found.near) == ((), {}, ())


@pytest.mark.parametrize(
    ("cell", "listed", "in_doubt", "near"),
    [
        ("厂劳动模范 国家级技能大师工作室（负责人）", {STUDIO}, set(), 0),
        ("1.全国技术能手（2019年）2.省技术能手；市级技术能手", {SKILLED}, {OF_LIAONING}, 1),
        ("（全国技术能手、辽宁工匠）", {SKILLED, CRAFTSMAN}, set(), 0),
        ("张示例（全国技术能手）", {SKILLED}, set(), 0),
        ("全国技术能手、辽宁工匠（均为申报）", set(), set(), 2),
        ("辽宁工匠、全国技术能手（后两项已撤销）", set(), {CRAFTSMAN}, 1),
        ("已撤销、辽宁工匠", set(), {CRAFTSMAN}, 0),
        ("辽宁工匠、全国技术能手，前者为申报", set(), {CRAFTSMAN, SKILLED}, 0),
        ("辽宁工匠；全国技术能手，已报送", {CRAFTSMAN}, {SKILLED}, 0),
        ("辽宁工匠 提名 全国技术能手", {SKILLED}, set(), 1),
        ("辽宁技术能手、辽宁省技术能手", {OF_LIAONING}, set(), 0),
    ],
)
def test_each_honour_of_a_cell_has_its_own_class(cell: str, listed: set[str], in_doubt: set[str], near: int) -> None:
    found = parse_honours(cell)
    assert (set(found.listed), set(found.doubtful), len(found.near)) == (listed, in_doubt, near)


def test_each_honour_in_doubt_is_a_finding_that_names_what_it_may_be() -> None:
    found = PARSERS["honours"]("省技术能手、国家级技能大师工作室领办人、辽宁大工匠", catalogue.fields()["honours"])
    assert found.values["_in_doubt"] == (STUDIO, OF_LIAONING)
    assert [(code, told.split("\0")) for code, told in ((found.code, found.detail), *found.also)] == [
        ("honour_in_doubt", [STUDIO, "国家级技能大师工作室领办人"]),
        ("honour_in_doubt", [OF_LIAONING, "省技术能手"]),
        ("honour_near", ["辽宁大工匠", "辽宁大工匠"]),
    ]


@pytest.mark.parametrize(
    ("cell", "is_unread"),
    [
        *[
            (cell, True)
            for cell in (
                "见附件",
                "详见荣誉证书",
                "??",
                "有",
                "省级荣誉",
                "2项",
                "待核实",
                "五一劳动奖章；其余见附表",
                "不详",
                "已获得",
                "附件1",
                "材料附后",
                "若干荣誉",
            )
        ],
        *[
            (cell, False)
            for cell in (
                "无",
                "先进工作者、三等功",
                "辽宁工匠，见附件",
                "省技术能手；见附件",
                "全国技术能手等多项荣誉",
                "市级荣誉",
                "附件厂标兵",
            )
        ],
    ],
)
def test_what_does_not_say_which_honour_it_means_can_not_be_read(cell: str, is_unread: bool) -> None:
    found = PARSERS["honours"](cell, catalogue.fields()["honours"])
    assert (found.is_unread, found.code == "honour_unreadable") == (is_unread, is_unread)


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("辽宁工匠（2026年12月）", "2026-12-01", "2026-12-31"),
        ("2015年辽宁省技术能手、2027年度辽宁工匠", "2027-01-01", "2027-12-31"),
        ("辽宁工匠，2026.3获得；辽宁省技术能手（2019）", "2026-03-01", "2026-03-31"),
        ("辽宁工匠 2024年", "2024-01-01", "2024-12-31"),
        ("二〇二七年辽宁工匠", "2027-01-01", "2027-12-31"),
        ("获奖时间2027年5月，辽宁工匠", "2027-05-01", "2027-05-31"),
        ("2026年先进工作者；辽宁工匠", None, None),
        ("第三批辽宁工匠", None, None),
    ],
)
def test_the_latest_year_or_month_that_is_named_with_an_honour(cell: str, first: str | None, last: str | None) -> None:
    found = parse_honours(cell).latest
    assert found == (first and (dt.date.fromisoformat(first), dt.date.fromisoformat(last)))


def test_an_honour_that_is_dated_after_the_as_of_day_is_to_be_verified(tmp_path: Path) -> None:
    cells = ("辽宁工匠（2025年）", "2026年辽宁工匠", "辽宁省技术能手（2015）、辽宁工匠（2026.1）")
    found = audited_file(people(tmp_path / "名册.xlsx", *(CLEAN | {"身份证号": "", "荣誉称号": cell} for cell in cells)))
    of_honours = found.verdicts[found.verdicts["route"].str.startswith("s2t-honour")]
    outcomes = {(row, route): outcome for row, route, outcome in of_honours[["row", "route", "outcome"]].itertuples(index=False)}
    assert outcomes == {
        (2, "s2t-honour-full-senior"): "eligible",
        (3, "s2t-honour-full-senior"): "unverified",
        (4, "s2t-honour-full-senior"): "unverified",
        (4, "s2t-honour-engineer"): "unverified",
    }
    told = found.findings[found.findings["field"] == "honours"]
    assert told[["row", "code", "value"]].values.tolist() == [[3, "date_after_as_of", "2026"], [4, "date_after_as_of", "2026-01"]]
