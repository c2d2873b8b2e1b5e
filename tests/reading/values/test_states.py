"""在岗状态 (一), 诚信情况 (二（三）) and 所在市: words, and what stands beside them."""

from __future__ import annotations

import datetime as dt

import pytest

from guantong.schemas import catalogue
from guantong.schemas.values.integrity import read_integrity
from guantong.schemas.values.parsers import PARSERS
from guantong.schemas.values.places import find_place, provinces
from guantong.schemas.values.service import read_service

STATES = {
    "在岗": ("在职", "在岗职工", "在岗（在职）", "目前在岗", "在岗（合同制）", "☑在岗□退休□离职"),
    "病假": ("休病假", "病假中", "在岗（病假）"),
    "产假": ("休产假", "产假期间"),
    "工伤": ("工伤休养", "停工留薪期"),
    "试用期": ("试用", "试用期员工"),
    "劳务派遣": ("派遣工", "劳务派遣人员"),
    "退休": ("已退休", "退休人员", "已办理退休手续", "病退", "离休", "离休老干部"),
    "离职": ("离职人员", "已辞职", "解除劳动合同", "调出", "离职（个人原因）", "被开除"),
    "内退": ("内部退养", "内退人员"),
    "退养": ("离岗退养",),
    "下岗": ("下岗职工",),
    "待岗": ("待岗人员", "息岗"),
    "停薪留职": ("办理停薪留职", "停薪留职人员"),
    "长期离岗": ("长期不在岗",),
    "离岗": ("已离岗", "离岗人员"),
    "在册不在岗": ("在编不在岗", "在册不在岗人员"),
    "返聘": ("返聘人员", "退休返聘", "退休（返聘）", "退休后返聘"),
    "合同到期": ("劳动合同期满", "合同到期未续签"),
    "已故": ("死亡", "已去世", "病故"),
    "借调": ("借调人员", "借调至市应急局", "借用", "借调（市总工会）", "在岗（借调）"),
    "外借": ("借出",),
    "外派": ("因公外派", "外派人员", "外派（印尼项目）", "援藏"),
    "援疆": ("援疆干部",),
    "挂职": ("挂职锻炼", "挂职到铁岭市"),
    "长病": ("长期病假", "长病在家"),
    "离岗创业": ("创业离岗", "停薪留职创业"),
}
DATED = {
    "2025.6离职": ("离职", "2025-06-01", "2025-06-30"),
    "2025年12月退休": ("退休", "2025-12-01", "2025-12-31"),
    "在岗（2026年退休）": ("退休", "2026-01-01", "2026-12-31"),
    "退休（2025-03-01）": ("退休", "2025-03-01", "2025-03-01"),
    "拟2026年6月退休": ("退休", "2026-06-01", "2026-06-30"),
    "2026年6月拟退休": ("退休", "2026-06-01", "2026-06-30"),
    "在岗，将于2026年6月30日退休": ("退休", "2026-06-30", "2026-06-30"),
    "二〇二五年六月离职": ("离职", "2025-06-01", "2025-06-30"),
    "自2024/3/1起内退": ("内退", "2024-03-01", "2024-03-01"),
    "20251231退休": ("退休", "2025-12-31", "2025-12-31"),
    "劳动合同2026年3月到期": ("合同到期", "2026-03-01", "2026-03-31"),
    "2024年5月借调至省厅": ("借调", "2024-05-01", "2024-05-31"),
    "病假（2025年9月起）": ("病假", None, None),  # at work before it too
    "内退（2027年1月退休）": ("内退", None, None),  # not at work already
}
NO_STATE = (
    "1", "0", "有效", "合同制", "到龄", "丙类", "否", "不在岗", "在岗（已离职）", "未退休", "拟退休", "即将离职", "2025年离职后返岗", "2024.5-2025.5借调", "借调（已返岗）",
    "2025年6月前退休", "2025.13退休", "2024年在岗", "退休/在岗", "离职、内退", "待定", "实习", "2024年内退、2025年退休",
)  # fmt: skip


@pytest.mark.parametrize(("state", "text"), [(state, text) for state, texts in STATES.items() for text in (state, *texts)])
def test_a_state_is_one_word_whatever_it_is_called(state: str, text: str) -> None:
    assert read_service(text) == (state, None, None)


@pytest.mark.parametrize("text", DATED)
def test_a_day_beside_a_state_is_the_day_from_which_it_is_so(text: str) -> None:
    state, *days = DATED[text]
    assert read_service(text) == (state, *(day and dt.date.fromisoformat(day) for day in days))


@pytest.mark.parametrize("text", NO_STATE)
def test_a_state_that_is_not_sure_cannot_be_read(text: str) -> None:
    found = PARSERS["service"](text, catalogue.fields()["service"])
    assert (found.values, found.code, found.is_unread) == ({}, "state_unreadable", True)


GOOD = (
    "良好", "无", "无不良记录", "未发现弄虚作假", "近三年无违规违纪记录", "经核查，无弄虚作假、剽窃等行为", "该同志诚信记录良好，未受过处分", "弄虚作假：无", "无学历、业绩造假",
    "遵纪守法，诚实守信", "2023年无失信行为", "不存在伪造学历、资历、业绩等情形", "本人承诺无弄虚作假", "无抄袭、剽窃他人成果行为", "无处分",
)  # fmt: skip
FALSIFIED = (
    "弄虚作假", "2018年曾弄虚作假，已处理", "抄袭他人论文被通报", "良好（曾弄虚作假）", "经调查确认学历造假", "2015年因剽窃他人成果受记过处分", "篡改工作年限", "涉嫌学历造假，已查实",
    "因弄虚作假被撤销职称", "伪造业绩材料，三年内不得申报", "未经批准伪造证书", "曾有造假记录，已整改，现表现良好", "2020年查实编造工作经历", "一票否决",
)  # fmt: skip
NEITHER = (
    "涉嫌学历造假，正在调查", "立案调查中", "警告处分", "记过", "弄虚作假一事待核实", "情况说明见附件", "不排除弄虚作假", "不是没有弄虚作假", "举报其造假不属实", "丙类", "有不良记录",
    "作品被他人抄袭", "良好/弄虚作假", "无弄虚作假，但曾受处分", "良好（曾受警告）", "学术不端", "失信", "较差", "弄虚作假未查实", "严禁弄虚作假", "疑似抄袭", "1",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "word"),
    [(text, word) for word, texts in (("良好", GOOD), ("弄虚作假", FALSIFIED), (None, NEITHER)) for text in texts],
)
def test_a_falsification_is_found_denied_or_neither(text: str, word: str | None) -> None:
    found = PARSERS["integrity"](text, catalogue.fields()["integrity"])
    assert (read_integrity(text), found.values.get(""), found.is_unread) == (word, word, word is None)


PLACES = {
    ("大连市", "辽宁省"): ("大连", "辽宁省大连市", "辽宁大连", "大连市（市本级）", "大连市沙河口区", "大连庄河市", "辽宁-大连"),
    ("沈阳市", "辽宁省"): ("沈阳市铁西区建设大路1号", "沈阳铁西区", "沈阳市和平区", "中国辽宁省沈阳市"),
    ("长春市", "吉林省"): ("吉林长春", "吉林省长春市朝阳区", "长春"),
    ("吉林市", "吉林省"): ("吉林", "吉林省吉林市船营区"),
    ("北京市", "北京市"): ("北京", "北京市朝阳区"),
    ("延边朝鲜族自治州", "吉林省"): ("延边州", "吉林省延边朝鲜族自治州", "延边"),
    ("通辽市", "内蒙古自治区"): ("内蒙古通辽", "内蒙古自治区通辽市"),
    ("喀什地区", "新疆维吾尔自治区"): ("新疆喀什", "喀什"),
    ("海南藏族自治州", "青海省"): ("青海海南州",),
    ("沈抚示范区", "辽宁省"): ("沈抚新区",),
    ("省直", None): ("省属企业",),
}
NO_PLACES = (
    "示例市", "朝阳区", "中山区", "海南", "辽宁省长春市", "沈阳市、大连市", "沈阳市以外地区", "大连市（长春市）", "外地", "沈阳市张三家", "辽宁省", "1", "原沈阳市", "非辽宁省大连市",
)  # fmt: skip


@pytest.mark.parametrize(("place", "text"), [(place, text) for place, texts in PLACES.items() for text in (place[0], *texts)])
def test_a_place_is_read_with_or_without_its_province_and_district(place: tuple[str, str | None], text: str) -> None:
    assert find_place(text) == place


@pytest.mark.parametrize("text", NO_PLACES)
def test_a_place_that_nobody_knows_is_kept_to_be_shown_and_cannot_be_read(text: str) -> None:
    found = PARSERS["city"](text, catalogue.fields()["city"])
    assert (found.values, found.code, found.is_unread) == ({"": text}, "city_unknown", True)


def test_every_place_is_read_by_its_own_name() -> None:
    assert {place: found and found[1] for place in provinces() if (found := find_place(place)) is None or found[0] == place} == provinces()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("frontline", "是（至2024年）"),
        ("frontline", "否（生产车间）"),
        ("frontline", "无"),
        ("engineering_field", "没有"),
        ("post", "辅助岗"),
        ("post", "技能岗位/管理岗位"),
        ("post", "技能岗位（兼管理）"),
        ("person_category", "甲类"),
    ],
)
def test_a_word_that_is_filled_and_can_not_be_read_is_not_blank(field: str, text: str) -> None:
    found = PARSERS["word"](text, catalogue.fields()[field])
    assert (found.values, found.code, found.is_unread) == ({}, "word_unreadable", True)
