"""A retrospective audit by several policies: an award is judged by the first named that is in force on its day, as by that one alone."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.flows.audit.kinds import RetrospectiveAudit
from guantong.rules.evaluation.retrospective import award_column
from guantong.rules.policy.by_day import judging_policy, spans, succession
from guantong.rules.policy.load import Policy, PolicyError, load
from guantong.rules.rulebook import rulebook
from guantong.rules.what_if import edit_policy
from tests.conftest import Audit, Ran
from tests.law.test_retrospective import WORKER, awarded_people, judged
from tests.law.test_rules_against_oracle import WITHOUT_A_COMPLAINT
from tests.support.inprocess import audited_file
from tests.support.law_oracle.oracle_facts import Facts
from tests.support.workbooks import people

LIAONING, NATION = load("liaoning-2019-2"), load("mohrss-2018-74")
BOTH = [LIAONING.id, NATION.id]


def in_force(policy: Policy, first: dt.date, last: dt.date | None, name: str | None = None, **readings: object) -> Policy:
    """The policy as in force from ``first`` to ``last``, with these readings."""
    document = policy.document
    about = document.policy.model_copy(update={"in_force_from": first, "in_force_until": last, "id": name or policy.id})
    changed = {
        group: {key: item.model_copy(update={"value": readings.get(key, item.value)}) for key, item in getattr(document, group).items()}
        for group in ("settings", "retrospective")
    }
    return replace(policy, document=document.model_copy(update={"policy": about, **changed}))


DAYS = st.dates(dt.date(2016, 1, 1), dt.date(2025, 12, 31))


@st.composite
def periods(draw: st.DrawFn) -> list[tuple[dt.date, dt.date | None]]:
    """From when until when each policy is in force, often from or to a day of another's."""
    edges = draw(st.lists(DAYS, min_size=2, max_size=4))
    ends = st.one_of(st.none(), st.sampled_from([edge + dt.timedelta(days=more) for edge in edges for more in (-1, 0, 1)]))
    made = draw(st.lists(st.tuples(st.sampled_from(edges), ends), min_size=1, max_size=4))
    return [(first, last if last and last >= first else None) for first, last in made]


@settings(max_examples=200)
@given(periods())
def test_a_day_is_judged_by_the_first_named_of_the_policies_in_force_on_it(times: list[tuple[dt.date, dt.date | None]]) -> None:
    each = [in_force(LIAONING, first, last, f"p{number}") for number, (first, last) in enumerate(times)]
    days = {day + dt.timedelta(days=more) for time in times for day in time if day for more in (-1, 0, 1)}
    expected = {day: next((n for n, (first, last) in enumerate(times) if first <= day <= (last or dt.date.max)), None) for day in days}
    joined = replace(each[0], later_named=tuple(each[1:]))
    found = spans(joined)
    assert {day: next((span.number for span in found if span.first <= day <= span.last), None) for day in days} == expected
    assert all(one.last < two.first for one, two in zip(found, found[1:], strict=False))
    for day, number in expected.items():
        if number is not None:
            assert judging_policy(joined, day).id == f"p{number}"
    unused = set(range(len(each))) - {span.number for span in found}
    if unused:
        with pytest.raises(PolicyError, match=f"p{min(unused)}.*一天也用不上"):
            succession(each)
    else:
        assert succession(each) == joined


@WITHOUT_A_COMPLAINT
@settings(max_examples=5)
@given(
    awarded_people(),
    st.dates(dt.date(2017, 6, 1), dt.date(2024, 12, 31)),
    st.one_of(st.none(), DAYS),
    st.booleans(),
    st.sampled_from(["unknown", "none"]),
)
def test_several_policies_judge_an_award_as_the_one_in_force_on_its_day_does_alone(
    made: tuple[list[Facts], list], change: dt.date, end: dt.date | None, same_day: bool, nothing: str
) -> None:
    persons, told_days = made
    new = in_force(LIAONING, change, end if end and end >= change else None, award_day_credential_held=same_day)
    old = in_force(NATION, dt.date(2017, 1, 1), None, nothing_known_before=nothing)
    alone = {policy.id: judged(persons, told_days, policy) for policy in (new, old)}
    rejected, verdicts, claims = judged(persons, told_days, succession([new, old]))
    for pid, when in enumerate(told_days):
        if when is None or when[0] != when[1]:
            assert rejected[pid] == "award_date_unclear"
            continue
        policy = next((each for each in (new, old) if not alone[each.id][0].get(pid)), None)
        assert rejected.get(pid) == (None if policy else "no_policy_in_force")
        if policy is None:
            assert not verdicts[pid] and not claims[pid]
            continue
        _, own_verdicts, own_claims = alone[policy.id]
        assert verdicts[pid] == {f"{policy.id}/{route}": verdict for route, verdict in own_verdicts[pid].items()}
        assert claims[pid] == {
            direction: replace(claim, route=claim.route and f"{policy.id}/{claim.route}") for direction, claim in own_claims[pid].items()
        }


def test_two_readings_of_one_document_are_told_apart_by_their_ids() -> None:
    old = in_force(LIAONING, dt.date(2019, 8, 21), dt.date(2021, 12, 31), "old")
    joined = succession([in_force(LIAONING, dt.date(2022, 1, 1), None), old])
    book = rulebook(joined, None, {"column": "批准时间", "first": None, "last": None})
    clauses = {name: route["clause"] for name, route in book["routes"].items()}
    assert clauses["old/s2t-engineer"] == "辽人社规〔2019〕2号（old） 三（二）2"
    assert clauses["liaoning-2019-2/s2t-engineer"] == "辽人社规〔2019〕2号（liaoning-2019-2） 三（二）2"
    titles = [item["title"] for item in book["settings"]]
    assert len(titles) == len(set(titles))


GRADES = {f"{year}年度考核": "合格" for year in range(2014, 2020)}


def award(day: str, **more: str) -> dict[str, str]:
    """A 技师 since 2015-12-20 who got the title 工程师 on the day."""
    held = {"技能等级取得时间": "2015-12-20", "助理工程师取得时间": "2013-01-01", "职称取得时间": day, "批准时间": day}
    return WORKER | GRADES | held | more


def certified(day: str) -> dict[str, str]:
    """A 助理工程师 since 2013 who became 技师 on the day."""
    given = {"人员类别": "专业技术人员", "职称": "助理工程师", "职称取得时间": "2013-01-01", "助理工程师取得时间": ""}
    return award(day) | given | {"技能等级取得时间": day, "拟申报技能等级": "技师"}


UNTITLED = {"职称": "无", "职称取得时间": "", "助理工程师取得时间": "", "拟申报职称": "工程师"}


@pytest.mark.parametrize(
    ("name", "value", "cells", "before", "after"),
    [
        ("award_day_credential_held", True, lambda day: UNTITLED | {"技能等级取得时间": day}, "unsupported", "too_early"),
        ("nothing_known_before", "none", lambda _: {"技能等级": "高级技师", "技能等级取得时间": "2024-06-01"}, "unverified", "unsupported"),
    ],
)
@pytest.mark.parametrize("changed", ["old", "new"])
def test_each_policy_reads_awards_in_its_own_way(
    name: str, value: object, cells: Callable[[str], dict], before: str, after: str, changed: str, tmp_path: Path
) -> None:
    readings = {policy: {name: value} if policy == changed else {} for policy in ("old", "new")}
    old = in_force(LIAONING, dt.date(2019, 8, 21), None, "old", **readings["old"])
    new = in_force(LIAONING, dt.date(2022, 1, 1), None, "new", **readings["new"])
    days = {"old": "2021-12-31", "new": "2022-01-01"}
    path = people(tmp_path / "甲.xlsx", *(award(day) | cells(day) | {"姓名": policy} for policy, day in days.items()))
    claims = audited_file(path, policy=succession([new, old]), kind=RetrospectiveAudit(award_column("批准时间"))).claims
    assert dict(zip(claims["name"], claims["result"], strict=True)) == {policy: after if policy == changed else before for policy in days}


def test_each_policy_asks_for_the_assessments_of_its_own_years(tmp_path: Path) -> None:
    old = in_force(edit_policy(LIAONING, ["assessment_years=2"]), dt.date(2019, 8, 21), dt.date(2021, 6, 30), "old")
    new = in_force(LIAONING, dt.date(2021, 7, 1), None, "new")
    unassessed = {f"{year}年度考核": "" for year in range(2014, 2025)}
    days = {"old": "2021-06-30", "new": "2021-07-01"}
    path = people(tmp_path / "甲.xlsx", *(award(day) | unassessed | {"姓名": policy} for policy, day in days.items()))
    verdicts = audited_file(path, policy=succession([new, old]), kind=RetrospectiveAudit(award_column("批准时间"))).verdicts
    assert not verdicts.duplicated(["name", "route"]).any()
    engineer = verdicts[verdicts["route"].str.endswith("/s2t-engineer")]
    assert {name: list(missing) for name, missing in zip(engineer["name"], engineer["missing"], strict=True)} == {
        "old": ["2019年度考核", "2020年度考核"], "new": ["2018年度考核", "2019年度考核", "2020年度考核"],
    }  # fmt: skip


MASTER = {"荣誉称号": "全国技术能手", "职称": "正高级工程师"}
AWARDS = {
    "王一": award("2019-08-20"),
    "王二": award("2019-08-21"),
    "王三": award("2019-03-20", 岗位类别="其他岗位"),
    "王四": award("2020-03-20", 岗位类别="其他岗位"),
    "王五": award("2019-03-20", **MASTER),  # the nation's file holds no honours: what it leaves out may lead there
    "王六": award("2020-03-20", **MASTER),
    "王七": certified("2019-03-20"),  # nor any route to a skill level
    "王八": certified("2020-03-20"),
    "王九": award("2018-11-27"),
    "王十": award("2019-03-20", 诚信情况="", 技工院校班别="高级工班"),
    "王甲": award("2019-03-20", 职称="经济师"),
    "王乙": award("2019-03-20", 岗位类别=""),
    "王丙": award("2019-03-20", 技能等级="四级/中级工"),
}
NATIONS, LIAONINGS = "人社部发〔2018〕74号 ", "辽人社规〔2019〕2号 "
RESULTS = {
    "王一": ("工程师", "supported", "mohrss-2018-74/s2t-engineer", NATIONS + "学历资历"),
    "王二": ("工程师", "supported", "liaoning-2019-2/s2t-engineer", LIAONINGS + "三（二）2"),
    "王三": ("工程师", "unsupported", "mohrss-2018-74/s2t-engineer", NATIONS + "学历资历"),
    "王四": ("工程师", "unsupported", "liaoning-2019-2/s2t-engineer", LIAONINGS + "三（二）2"),
    "王五": ("正高级工程师", "unverified", None, None),
    "王六": ("正高级工程师", "supported", "liaoning-2019-2/s2t-honour-full-senior", LIAONINGS + "三（四）1"),
    "王七": ("二级/技师", "unverified", None, None),
    "王八": ("二级/技师", "supported", "liaoning-2019-2/t2s-technician-years", LIAONINGS + "四（三）1"),
    "王十": ("工程师", "supported", "mohrss-2018-74/s2t-engineer", NATIONS + "学历资历"),
    "王甲": ("经济师", "unsupported", None, None),
    "王乙": ("工程师", "unverified", "mohrss-2018-74/s2t-engineer", NATIONS + "学历资历"),
    "王丙": ("工程师", "unverified", None, None),
}
LIAONING_JUDGES = {"王二", "王四", "王六", "王八"}
ROW = {name: row for row, name in enumerate(AWARDS, 2)}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("succession")
    people(folder / "甲.xlsx", *(cells | {"姓名": name} for name, cells in AWARDS.items()))
    return folder


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], inbox: Path) -> Audit:
    return audit(inbox, as_of=None, as_of_column="批准时间", policy=BOTH)


def test_an_award_before_the_change_is_judged_by_the_old_policy_and_one_after_by_the_new(done: Audit) -> None:
    assert done.status == 0 and "审核完成　辽人社规〔2019〕2号、人社部发〔2018〕74号" in done.stdout
    claims = pd.read_parquet(done.out / "data" / "claims.parquet")
    lines = claims[["name", "claimed", "result", "route", "clause"]].astype(object).where(claims.notna(), None).itertuples(index=False)
    assert {name: tuple(rest) for name, *rest in lines} == RESULTS
    judge = {name: LIAONING.id if name in LIAONING_JUDGES else NATION.id for name in AWARDS if name != "王九"}
    persons = done.persons.set_index("name")
    assert persons["policy"].dropna().to_dict() == judge
    names = persons.reset_index().set_index("row")["name"]
    for line in done.verdicts.itertuples():
        assert line.policy == judge[names[line.row]] and line.route.startswith(f"{line.policy}/")
        assert line.clause.startswith(LIAONINGS if line.policy == LIAONING.id else NATIONS)
    assert persons.loc["王十", "education_equivalent"] == "大专"


def test_a_day_before_all_policies_is_told_with_all_their_periods(done: Audit) -> None:
    (line,) = done.findings[done.findings["code"] == "no_policy_in_force"].itertuples()
    assert line.row == ROW["王九"] and done.persons.set_index("name").loc["王九", "rejected_for"] == "no_policy_in_force"
    assert "辽人社规〔2019〕2号：2019-08-21 起；人社部发〔2018〕74号：2018-11-28 起" in line.message


def test_the_run_names_all_policies_and_keeps_them_as_they_were_applied(done: Audit) -> None:
    assert done.run["policy"] == {"id": LIAONING.id, "document": LIAONING.document.policy.document, "sha256": LIAONING.sha256}
    told = [(one["id"], one["sha256"], one["days"]) for one in done.run["policies"]]
    assert told == [
        (LIAONING.id, LIAONING.sha256, [{"first": "2019-08-21", "last": None}]),
        (NATION.id, NATION.sha256, [{"first": "2018-11-28", "last": "2019-08-20"}]),
    ]
    data = done.out / "data"
    assert [(data / f"policy-{number}.yaml").read_bytes() for number in (1, 2)] == [LIAONING.raw, NATION.raw]
    assert not (data / "policy.yaml").exists()
    book = json.loads((data / "rulebook.json").read_text(encoding="utf-8"))
    assert set(done.verdicts["route"]) <= set(book["routes"])
    assert all(route["clause"].startswith((NATIONS, LIAONINGS)) for route in book["routes"].values())


def cells_of(path: Path, sheet: str) -> dict[str, str]:
    """The lines of a sheet, each as one text, by the person's name."""
    rows = openpyxl.load_workbook(path)[sheet].iter_rows(min_row=4, values_only=True)
    return {row[1]: "|".join(str(cell) for cell in row if cell is not None) for row in rows}


def test_a_units_workbook_quotes_the_clauses_of_the_policy_that_judged(done: Audit) -> None:
    (unit,) = (done.out / "units").iterdir()
    claims = cells_of(unit, "授予核对")
    assert (
        f"{NATIONS}学历资历|不满足：岗位类别（适用范围）" in claims["王三"]
        and f"{LIAONINGS}三（二）2|不满足：岗位类别（一）" in claims["王四"]
    )
    for name in ("王五", "王七"):
        assert "待核实" in claims[name] and "人社部发〔2018〕74号中未收录的条款" in claims[name]
    assert "诚信" in claims["王十"] and "诚信——诚信情况未填或不明，请核对有无弄虚作假（适用范围）" in str(
        list(openpyxl.load_workbook(unit)["授予核对"].values)
    )
    assert "岗位类别 " in cells_of(unit, "待核实")["王乙"]
    assert {"王一", "王二"} <= set(cells_of(unit, "当日符合"))
    details = cells_of(unit, "明细")
    assert f"{NATIONS}学历资历" in details["王一"] and f"{LIAONINGS}三（二）2" in details["王二"]
    clauses = [row[0] for row in openpyxl.load_workbook(unit)["明细"].values]
    for clause in (f"{NATIONS}学历资历　技工院校", f"{LIAONINGS}三（二）2　获得高级工"):
        assert any(str(line).startswith(clause) for line in clauses), clause
    others = cells_of(unit, "其他行")
    assert "不在人社部发〔2018〕74号已收录的各条款所列范围" in others["王丙"]
    assert "|不明／助理工程师|" in cells_of(unit, "当日不符合")["王七"]  # which level was held before that of the very day
    summary = str(list(openpyxl.load_workbook(unit)["首页"].values))
    assert "审核日在 2018-11-28 至 2019-08-20的用本文件（只收录" in summary and "审核日在 2019-08-21 起的用本文件" in summary


def test_the_bureaus_tables_tell_the_policies_apart(done: Audit) -> None:
    statistics = openpyxl.load_workbook(done.out / "bureau" / "statistics.xlsx")
    routes = {(row[1], row[2]): row[5] for row in statistics["按路径"].iter_rows(min_row=4, values_only=True)}
    assert routes[NATIONS + "学历资历", "技师满3年→工程师"] == 4 and routes[LIAONINGS + "三（二）2", "技师满3年→工程师"] == 2
    readings = [row[0] for row in statistics["解释口径"].iter_rows(min_row=4, values_only=True)]
    assert len(readings) == len(set(readings)) and {text.split("：")[0] + " " for text in readings} == {NATIONS, LIAONINGS}
    page = (done.out / "bureau" / "report.html").read_text(encoding="utf-8")
    assert all(f"<dt>{clause}　" in page for clause in (NATIONS + "学历资历", LIAONINGS + "三（二）2"))


def test_explain_explains_under_the_policy_that_judged(done: Audit, guantong: Callable[..., Ran]) -> None:
    before, after = (guantong("explain", done.out, "甲.xlsx", ROW[name]).stdout for name in ("王一", "王二"))
    assert "当日所用政策：人社部发〔2018〕74号" in before and "mohrss-2018-74/s2t-engineer　［人社部发〔2018〕74号 学历资历］" in before
    assert "满足　岗位类别　［适用范围］" in before and "liaoning" not in before and "三（" not in before
    assert "当日所用政策：辽人社规〔2019〕2号" in after and "满足　岗位类别　［一］" in after and "mohrss" not in after
    assert re.search("授予“工程师”：有据　mohrss-2018-74/s2t-engineer　［人社部发〔2018〕74号 学历资历］", before)
    assert "没有施行" in guantong("explain", done.out, "甲.xlsx", ROW["王九"]).stdout


@pytest.mark.parametrize("words", [("simulate", "--as-of", "2024-01-01"), ("simulate", "--settings"), ("compare",)])
def test_commands_that_know_one_policy_refuse_such_an_output(words: tuple[str, ...], done: Audit, guantong: Callable[..., Ran]) -> None:
    command, *options = words
    ran = guantong(command, done.out, *([done.out] if command == "compare" else options))
    assert ran.status == 2 and "回溯审核" in ran.stderr and not ran.stdout


def test_an_output_stands_for_the_same_policies_alone(done: Audit, audit: Callable[..., Audit], inbox: Path, tmp_path: Path) -> None:
    options = {"as_of": None, "as_of_column": "批准时间", "out": shutil.copytree(done.out, tmp_path / "out")}
    assert "直接沿用" in audit(inbox, policy=BOTH, **options).stderr
    other = tmp_path / "other.yaml"
    other.write_text(NATION.raw.decode().replace("years: 3", "years: 5", 1), encoding="utf-8")
    changed = audit(inbox, policy=[LIAONING.id, other], **options)
    assert "直接沿用" not in changed.stderr
    claims = pd.read_parquet(changed.out / "data" / "claims.parquet").set_index("name")["result"]
    assert (claims["王一"], claims["王二"]) == ("too_early", "supported")
    alone = audit(inbox, policy=LIAONING.id, **options)
    assert "直接沿用" not in alone.stderr and set(alone.verdicts["route"]) >= {"s2t-engineer"} and "policy" not in alone.persons


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        (BOTH[::-1], "政策 liaoning-2019-2（2019-08-21 起）一天也用不上"),
        ([LIAONING.id, LIAONING.id], "编号都是 liaoning-2019-2"),
        ([LIAONING.id, "suzhou-pilot"], "suzhou-pilot 没有写明施行日期"),
        ([LIAONING.id, "none"], "找不到政策“none”"),
    ],
)
def test_policies_that_cannot_follow_each_other_are_refused_before_anything_is_read(
    policies: list[str], said: str, guantong: Callable[..., Ran], inbox: Path, tmp_path: Path
) -> None:
    words = [word for policy in policies for word in ("--policy", policy)]
    ran = guantong("audit", inbox, "--out", tmp_path / "out", "--as-of-column", "批准时间", *words)
    assert ran.status == 2 and said in ran.stderr and not (tmp_path / "out").exists()


def test_only_a_retrospective_audit_takes_several_policies(guantong: Callable[..., Ran], inbox: Path, tmp_path: Path) -> None:
    ran = guantong("audit", inbox, "--out", tmp_path / "out", "--policy", BOTH[0], "--policy", BOTH[1])
    assert ran.status == 2 and "--as-of-column" in ran.stderr and "一个政策" in ran.stderr and not (tmp_path / "out").exists()
