"""Every worked case of both readings through the oracle: routes in play, outcomes, days, summaries."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from tests.law.worked_cases import AGREED, CASES, CASES2, EXPECTED, ROWS, ROWS2, cells_of, expected_outcomes, expected_summaries
from tests.support.law_oracle.oracle import evaluate, summary
from tests.support.law_oracle.oracle_cells import facts_from_clean
from tests.support.law_oracle.oracle_facts import Facts

AS_OF = date(2025, 12, 31)
# What the cells of cases2.csv say in other words than the canonical ones: that is the readers' to tell, here it is given.
IN_OTHER_WORDS: dict[str, dict[str, object]] = {
    "首批辽宁工匠": {"honours": {"辽宁工匠"}},
    "第二批“辽宁工匠”": {"honours": {"辽宁工匠"}},
    "国家级张三技能大师工作室负责人": {"honours": {"国家级技能大师工作室负责人"}},
    "国家级技能大师工作室（张三）负责人": {"honours": {"国家级技能大师工作室负责人"}},
    "享受国务院政府特殊津贴的高级技师": {"honours": {"享受国务院特殊津贴"}},
    "全国技术能手荣誉称号": {"honours": {"全国技术能手"}},
    "世界技能大赛金牌获得者的技术指导专家": {"honours": {"世界技能大赛金牌"}},
    "辽宁省李四技能大师工作站负责人": {"honours": {"省级技能大师工作站负责人"}},
    "国家级技能大师工作室领办人": {"honours_in_doubt": {"国家级技能大师工作室负责人"}},
    "国务院政府特殊津贴专家": {"honours_in_doubt": {"享受国务院特殊津贴"}},
    "世界技能大赛银牌指导教师": {"honours_in_doubt": {"世界技能大赛银牌"}},
    "辽宁省技能大师工作站领创人": {"honours_in_doubt": {"省级技能大师工作站负责人"}},
    "省级技能大师工作站站长": {"honours_in_doubt": {"省级技能大师工作站负责人"}},
    "辽宁省突出贡献高技能人才": {"honours_in_doubt": {"辽宁省有突出贡献高技能人才"}},
    "省技术能手": {"honours_in_doubt": {"辽宁省技术能手"}},
    "2018年曾弄虚作假，已处理": {"integrity": False},
    "抄袭他人论文被通报": {"integrity": False},
}


@pytest.mark.skipif(not AGREED.exists(), reason="the agreed cases are not beside this checkout")
@pytest.mark.parametrize("path", [CASES, CASES2], ids=lambda path: path.stem)
def test_the_cases_are_those_agreed_on(path: object) -> None:
    assert path.read_bytes() == (AGREED / path.name).read_bytes()


def facts_of(cells: dict[str, str]) -> Facts:
    found = facts_from_clean(cells)
    for cell in cells.values():
        told = IN_OTHER_WORDS.get(cell, {})
        found = dataclasses.replace(found, **told, unread=found.unread - told.keys())
    return found


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in (*ROWS, *ROWS2)])
def test_the_oracle_reads_a_worked_case(case: dict[str, str]) -> None:
    facts = facts_of(cells_of(case))
    verdicts = evaluate(facts, AS_OF)
    bounded = "cells" in case  # the first reading told no day by which the years are certainly full
    found = {
        name: one.outcome
        + (f"@{one.eligible_on}" if one.eligible_on else "")
        + (f"<{one.certain_by}" if one.certain_by and bounded else "")
        for name, one in verdicts.items()
    }
    assert found == expected_outcomes(case[EXPECTED]), case["why"]
    for direction, outcome in expected_summaries(case[EXPECTED]).items():
        assert summary(verdicts, direction, facts)[0] == outcome, case["why"]
