"""The retrospective audit: each award judged as of its own day, as an ordinary audit of that day would judge what was held before it."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.flows.audit.kinds import RetrospectiveAudit
from guantong.rules.evaluation.retrospective import award_column, evaluate_awards
from guantong.rules.policy.load import Policy, parse
from guantong.sample_data.rosters import write_rosters
from tests.conftest import Audit, Ran
from tests.flows.test_rerun import alone, bytes_of
from tests.law.test_policies import edited, setting
from tests.law.test_rosters_against_oracle import facts_of, is_named
from tests.law.test_rules_against_oracle import POLICY, RELATIONS, WITHOUT_A_COMPLAINT, read_claims
from tests.support.inprocess import audited_file, told
from tests.support.law_oracle import oracle
from tests.support.law_oracle.oracle_claims import as_it_stood, check_award
from tests.support.law_oracle.oracle_facts import Facts
from tests.support.law_oracle.oracle_rows import facts, make_tables
from tests.support.report_data import lines_of
from tests.support.workbooks import CLEAN, people

IN_FORCE = dt.date(2019, 8, 21)
TODAY = dt.date(2025, 12, 31)


@st.composite
def awarded_people(draw: st.DrawFn) -> tuple[list[Facts], list[tuple[dt.date, dt.date] | None]]:
    """People, and the interval that each one's award column tells: a day, often that of a credential; a month; nothing."""
    persons = draw(st.lists(facts(TODAY), min_size=20, max_size=40))
    days = draw(st.lists(st.dates(dt.date(2016, 1, 1), TODAY), min_size=1, max_size=4))
    told_days = []
    for one in persons:
        dated = [held.day[0] for held in (*one.skills, *one.titles) if held.day]
        day = draw(st.sampled_from(dated[:1] + dated[-1:] + days))
        told_days.append(draw(st.sampled_from([(day, day)] * 8 + [(day.replace(day=1), day.replace(day=28)), None])))
    return persons, told_days


@WITHOUT_A_COMPLAINT
@settings(max_examples=12)
@given(awarded_people())
def test_an_award_is_judged_as_of_its_own_day_as_the_oracle_does(
    people: tuple[list[Facts], list[tuple[dt.date, dt.date] | None]],
) -> None:
    persons, told_days = people
    rejected, verdicts, claims = judged(persons, told_days)
    for pid, (facts_, when) in enumerate(zip(persons, told_days, strict=True)):
        if when is None or when[0] != when[1] or when[0] < IN_FORCE:
            assert rejected[pid] == ("no_policy_in_force" if when and when[0] == when[1] else "award_date_unclear")
            assert not verdicts[pid] and not claims[pid]
            continue
        expected = oracle.evaluate(as_it_stood(facts_, when[0]), when[0])
        assert verdicts[pid] == {name: told(verdict) for name, verdict in expected.items()}, (facts_, when)
        for direction in ("skill-to-title", "title-to-skill"):
            assert claims[pid].get(direction) == check_award(facts_, when[0], direction), (facts_, when)


def judged(
    persons: list[Facts], told_days: list[tuple[dt.date, dt.date] | None], policy: Policy = POLICY
) -> tuple[dict, list[dict], list[dict]]:
    """Why rows were not judged, by pid; verdicts by route and awards by direction of each person."""
    days = {"award_date_lo": [when and when[0] for when in told_days], "award_date_hi": [when and when[1] for when in told_days]}
    states = ["blank" if when is None else "known" for when in told_days]
    more = {name: pa.array(values, pa.date32()) for name, values in days.items()} | {
        "award_date_state": pa.array(states),
        "rejected_for": pa.nulls(len(persons), pa.string()),
    }
    with duckdb.connect() as con:
        make_tables(con, persons, more)
        evaluate_awards(con, policy, award_column("批准时间"), RELATIONS)
        rejected = dict(con.execute("SELECT pid, rejected_for FROM rows WHERE bucket = 'rejected'").fetchall())
        verdicts: list[dict] = [{} for _ in persons]
        for line in con.execute("SELECT * FROM verdict_words").df().itertuples():
            verdicts[line.pid][line.route] = told(line)
        claims = read_claims(con, persons)
    return rejected, verdicts, claims


def test_every_row_of_a_roster_is_judged_as_of_the_day_that_stands_in_it(tmp_path: Path) -> None:
    chance = random.Random(5)
    days = [dt.date(2019, 8, 20), *(dt.date(2019, 8, 21) + dt.timedelta(days=chance.randrange(2300)) for _ in range(9))]
    rows = [truth["clean"] for truth in write_rosters(tmp_path / "made", persons=200, files=4, seed=21) if is_named(truth)]
    rows = [row | {"姓名": f"试填{number}", "评审通过时间": chance.choice(days).isoformat()} for number, row in enumerate(rows)]
    found = audited_file(people(tmp_path / "甲.xlsx", *rows), kind=RetrospectiveAudit(award_column("评审通过时间")))
    judged = found.named()
    assert len(found.people) == len(rows) and {row["姓名"] for row in rows if row["评审通过时间"] != "2019-08-20"} == set(judged)
    for row in rows:
        if row["姓名"] in judged:
            day = dt.date.fromisoformat(row["评审通过时间"])
            expected = oracle.evaluate(as_it_stood(facts_of(row), day), day)
            assert judged[row["姓名"]] == {name: told(verdict) for name, verdict in expected.items()}, row


WORKER = (
    CLEAN
    | {f"{year}年度考核": "合格" for year in range(2016, 2025)}
    | {"身份证号": "", "职称": "工程师", "职称取得时间": "2023-12-20", "助理工程师取得时间": "2018-01-01", "批准时间": "2023-12-20"}
)
AWARDS = {
    "张一": {},
    "张二": {"技能等级取得时间": "2020-12-21"},  # three years are full the day after
    "张三": {"岗位类别": "其他岗位"},
    "张四": {"技能等级取得时间": ""},
    "张五": {"职称": "助理工程师", "职称取得时间": "2018-01-01", "拟申报职称": "工程师", "批准时间": "2024-06-01"},
    "张六": {"批准时间": "2024-06-01"},  # nothing is dated on the day, nothing claimed
    "张七": {"批准时间": "2023年12月"},
    "张八": {"批准时间": ""},
    "张九": {"职称取得时间": "2019-08-20", "批准时间": "2019-08-20"},
    "张十": {"职称": "经济师"},
}
RESULTS = {
    "张一": ("工程师", "supported", "s2t-engineer", None),
    "张二": ("工程师", "too_early", "s2t-engineer", "2023-12-21"),
    "张三": ("工程师", "unsupported", "s2t-engineer", None),
    "张四": ("工程师", "unverified", "s2t-engineer", None),
    "张五": ("工程师", "supported", "s2t-engineer", None),
    "张十": ("经济师", "unsupported", None, None),
}
FINDINGS = {"张六": "award_not_told", "张七": "award_date_unclear", "张八": "award_date_unclear", "张九": "no_policy_in_force"}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("awards")
    people(folder / "甲.xlsx", *(WORKER | {"姓名": name} | changed for name, changed in AWARDS.items()))
    return folder


@pytest.fixture(scope="module")
def done(audit: Callable[..., Audit], inbox: Path) -> Audit:
    return audit(inbox, as_of=None, as_of_column="批准时间")


def test_an_award_is_supported_too_early_unsupported_or_unclear(done: Audit) -> None:
    assert done.status == 0
    claims = pd.read_parquet(done.out / "data" / "claims.parquet")
    lines = claims[["name", "claimed", "result", "route", "eligible_on"]].astype(object).where(claims.notna(), None).itertuples(index=False)
    found = {name: (claimed, result, route, day and str(day)) for name, claimed, result, route, day in lines}
    assert found == RESULTS
    assert done.run["counts"]["awards"] == {"supported": 2, "too_early": 1, "unverified": 1, "unsupported": 2, "held": 0}
    assert "授予　6 项：有据 2，当日未满年限 1，待核实 1，无据 2" in done.stdout and "违规" not in done.stdout


def test_a_row_without_a_day_under_the_policy_is_told_and_counted(done: Audit) -> None:
    name_of = dict(zip(done.persons["row"], done.persons["name"], strict=True))
    assert {name_of[one.row]: one.code for one in done.findings.itertuples() if one.code in set(FINDINGS.values())} == FINDINGS
    rejected = done.persons[done.persons["bucket"] == "rejected"]
    assert dict(zip(rejected["name"], rejected["rejected_for"], strict=True)) == {name: FINDINGS[name] for name in ("张七", "张八", "张九")}
    (unclear, blank, before) = (done.findings[done.findings["row"] == row].iloc[0] for row in (8, 9, 10))
    column = openpyxl.utils.get_column_letter(list(WORKER | {"姓名": ""}).index("批准时间") + 1)
    assert (unclear["column"], unclear["severity"], unclear["value"]) == (column, "error", "2023-12")
    assert "没有填写" in blank["message"] and "2019-08-21 起" in before["message"] and "2019-08-20" in before["message"]


def test_the_outputs_tell_each_persons_own_day(done: Audit) -> None:
    assert {name: done.run[name] for name in ("as_of", "as_of_column", "first_day", "last_day")} == {
        "as_of": None, "as_of_column": "批准时间", "first_day": "2023-12-20", "last_day": "2024-06-01",
    }  # fmt: skip
    days = dict(zip(done.persons["name"], done.persons["as_of"].astype(str), strict=True))
    assert (days["张一"], days["张五"]) == ("2023-12-20", "2024-06-01") and pd.isna(done.persons.set_index("name").loc["张七", "as_of"])
    (unit,) = (done.out / "units").iterdir()
    book = openpyxl.load_workbook(unit)
    assert "即将符合" not in book.sheetnames and "申报意向核对" not in book.sheetnames
    lines = lines_of(unit, "授予核对")
    assert set(lines) == set(RESULTS)
    assert [lines["张一"][name] for name in ("审核日", "授予", "核对结果", "条款")] == [
        dt.datetime(2023, 12, 20),
        "工程师",
        "有据",
        "三（二）2",
    ]
    assert lines["张四"]["核对结果"] == "待核实"
    listed = {name for sheet in ("当日符合", "待核实", "当日不符合", "其他行") for name in lines_of(unit, sheet)}
    assert set(AWARDS) <= listed
    assert "请核对当日情况" in str(list(book["首页"].values))
    statistics = openpyxl.load_workbook(done.out / "bureau" / "statistics.xlsx")
    assert not {"五年内即将符合", "口径敏感性"} & set(statistics.sheetnames)
    counts = {row[1]: row[2:8] for row in statistics["授予核对"].iter_rows(min_row=4, values_only=True)}
    assert counts["工程师"] == (5, 2, 1, 1, 1, 0)
    page = (done.out / "bureau" / "report.html").read_text(encoding="utf-8")
    assert "逐人按“批准时间”（2023-12-20 至 2024-06-01）" in page and "年内即将符合" not in page
    awards = {"有据": 2, "当日未满年限": 1, "待核实": 1, "无据": 2, "当日前已具备": 0}
    assert all(f"<dt>授予：{word}</dt><dd>{count}</dd>" in page for word, count in awards.items())


def test_explain_speaks_of_the_persons_own_day(done: Audit, guantong: Callable[..., Ran]) -> None:
    said = guantong("explain", done.out, "甲.xlsx", 3).stdout
    assert "审核日 2023-12-20　当日技能等级：二级/技师　职称：工程师（当日或以后取得）、助理工程师" in said
    assert "授予“工程师”：当日未满年限　s2t-engineer　［三（二）2］　最早 2023-12-21" in said
    assert "职称取得时间" in said and "2023-12-20（当日或以后取得，当日尚不具有；当日有无较低的等级不明）" in said
    undated = guantong("explain", done.out, "甲.xlsx", 5).stdout
    assert "二级/技师（当日是否已取得不能确定）" in undated and "需补充：" in undated
    assert "不能确定审核日" in guantong("explain", done.out, "甲.xlsx", 8).stdout


def test_awards_of_many_days_are_not_simulated_or_compared(done: Audit, guantong: Callable[..., Ran]) -> None:
    for words in (("simulate", done.out, "--as-of", "2024-01-01"), ("compare", done.out, done.out)):
        ran = guantong(*words)
        assert ran.status == 2 and "回溯审核" in ran.stderr


def test_an_output_stands_for_its_own_column_alone(done: Audit, audit: Callable[..., Audit], inbox: Path, tmp_path: Path) -> None:
    out = shutil.copytree(done.out, tmp_path / "out")
    assert "直接沿用" in audit(inbox, as_of=None, as_of_column="批准时间", out=out).stderr
    other = audit(inbox, as_of=None, as_of_column="职称取得时间", out=out)
    assert "直接沿用" not in other.stderr and other.run["as_of_column"] == "职称取得时间"


def test_the_tables_are_the_same_to_the_byte_whoever_works(
    audit: Callable[..., Audit], environment: dict[str, str], inbox: Path, tmp_path: Path
) -> None:
    options = {"as_of": None, "as_of_column": "批准时间", "no_cache": True}
    outs = [audit(inbox, workers=n, environment=alone(environment, tmp_path / str(n)), **options).out for n in (1, 3)]
    assert bytes_of(outs[0]) == bytes_of(outs[1])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("姓名",), "“批准时间”、“职称取得时间”、“技能等级取得时间”"),
        (("发令时间",), "不是已知的表头"),
        (("批准时间", "--as-of", "2024-01-01"), "--as-of"),
        (("批准时间", "--publish"), "--publish"),
        (("批准时间", "--cluster", "tcp://127.0.0.1:9"), "--cluster"),
        (("批准时间", "--policy", "suzhou-pilot"), "in_force_from"),
    ],
)
def test_what_does_not_go_with_it_is_refused(
    options: tuple[str, ...], said: str, guantong: Callable[..., Ran], inbox: Path, tmp_path: Path
) -> None:
    ran = guantong("audit", inbox, "--out", tmp_path / "out", "--as-of-column", *options)
    assert ran.status == 2 and said in ran.stderr and not (tmp_path / "out").exists()


def test_a_titles_own_date_is_the_day_of_that_title_whatever_is_claimed(tmp_path: Path) -> None:
    found = audited_file(
        people(tmp_path / "甲.xlsx", WORKER | {"拟申报职称": "高级工程师"}), kind=RetrospectiveAudit(award_column("职称取得时间"))
    )
    assert found.claims[["claimed", "result"]].values.tolist() == [["工程师", "supported"]]


def test_two_awards_of_one_person_are_two(tmp_path: Path) -> None:
    both = WORKER | {"身份证号": CLEAN["身份证号"]}
    earlier = both | {"职称": "助理工程师", "职称取得时间": "2020-01-06", "批准时间": "2020-01-06", "助理工程师取得时间": ""}
    found = audited_file(people(tmp_path / "甲.xlsx", earlier, both, both), kind=RetrospectiveAudit(award_column("批准时间")))
    assert found.people["duplicate_of"].notna().tolist() == [False, False, True]
    assert found.findings["code"].tolist() == ["person_twice"]


@pytest.mark.parametrize(
    ("name", "value", "person", "before", "after"),
    [
        (
            "award_day_credential_held", "true",
            {"技能等级取得时间": "2023-12-20", "拟申报职称": "工程师", "职称": "无", "职称取得时间": "", "助理工程师取得时间": ""},
            "unsupported", "too_early",
        ),
        (
            "nothing_known_before", "none",
            {"人员类别": "专业技术人员", "技能等级": "无", "技能等级取得时间": "", "职称取得时间": "2024-05-01", "助理工程师取得时间": "",
             "拟申报技能等级": "高级工"},
            "unverified", "supported",
        ),
    ],
)  # fmt: skip
def test_a_reading_of_awards_is_a_setting(name: str, value: str, person: dict[str, str], before: str, after: str, tmp_path: Path) -> None:
    path = people(tmp_path / "甲.xlsx", WORKER | person)
    policy = parse(edited(setting(name, value)).encode(), "mine.yaml")
    for rule, result in ((POLICY, before), (policy, after)):
        assert audited_file(path, policy=rule, kind=RetrospectiveAudit(award_column("批准时间"))).claims["result"].tolist() == [result]


def test_a_month_in_which_the_award_lies_does_not_tell_that_its_certificate_was_there_before(tmp_path: Path) -> None:
    of_the_month = WORKER | {"职称取得时间": "2023年12月", "拟申报职称": "工程师"}
    found = audited_file(people(tmp_path / "甲.xlsx", of_the_month), kind=RetrospectiveAudit(award_column("批准时间")))
    assert found.claims[["claimed", "result"]].values.tolist() == [["工程师", "supported"]]


def test_a_certificate_of_the_month_of_the_award_does_not_tell_since_when_the_level_below_it_was_held(tmp_path: Path) -> None:
    path = people(tmp_path / "甲.xlsx", WORKER | {"技能等级取得时间": "2023年12月"})
    found = audited_file(path, kind=RetrospectiveAudit(award_column("批准时间"))).verdicts
    promotion = found[found["route"] == "t2s-promotion"]
    assert promotion["outcome"].tolist() == ["unverified"] and {"credential", "tenure"} <= set(promotion["unknown"].item())


def test_what_was_held_before_an_award_is_asked_for_by_the_date_of_the_level_that_is_needed(tmp_path: Path) -> None:
    path = people(tmp_path / "甲.xlsx", WORKER | {"助理工程师取得时间": ""})
    found = audited_file(path, kind=RetrospectiveAudit(award_column("批准时间"))).verdicts
    to_skill = found[(found["direction"] == "title-to-skill") & (found["outcome"] == "unverified")]
    assert len(to_skill) and {header for headers in to_skill["missing"] for header in headers} == {"助理工程师取得时间"}
