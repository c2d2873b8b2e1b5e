"""A cliff is told in advance: years of which most people of the inbox have no grade, with what would help."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from guantong.rules.notices import Notice, notices_of_policy, notices_of_years
from guantong.rules.policy import yaml_text
from guantong.rules.policy.load import Policy, load, parse
from guantong.rules.what_if import edit_policy
from guantong.schemas import database
from tests.conftest import Ran
from tests.law.test_older_policies import written_before
from tests.support.inprocess import store_audit
from tests.support.workbooks import CLEAN, people

POLICY = load("liaoning-2019-2")
FEBRUARY = dt.date(2026, 2, 1)
BARE = {header: cell for header, cell in CLEAN.items() if not header.endswith("年度考核") and header != "身份证号"}


def graded(*years: int, **more: object) -> dict[str, object]:
    """A 技师 with the grades of these years."""
    return BARE | {f"{year}年度考核": "合格" for year in years} | more


def told(tmp_path: Path, sheets: list[list[dict]], policy: Policy = POLICY, day: dt.date = FEBRUARY) -> list[Notice]:
    """The notices about years of an audit of rosters with these people."""
    for number, persons in enumerate(sheets):
        named = [person | {"姓名": f"甲{number}{at}"} for at, person in enumerate(persons)]
        people(tmp_path / "rosters" / f"名册{number}.xlsx", *named)
    store_audit(tmp_path / "rosters", tmp_path, policy)
    with database.connect(tmp_path / "data") as con:
        database.view_tables(con, tmp_path / "data", ("persons", "verdicts", "facts"))
        return notices_of_years(con, policy, day)


def test_a_last_year_that_most_have_no_grade_of_is_told_with_the_share_and_what_would_help(tmp_path: Path) -> None:
    (notice,) = told(tmp_path, [[graded(2022, 2023, 2024)] * 2 + [graded(2023, 2024, 2025)]])
    assert (notice["code"], notice["year"], notice["persons"], notice["ungraded"], notice["share"]) == ("ungraded_year", 2025, 3, 2, 0.6667)
    assert notice["would_help"] == ["as_of=2025-12-31"]  # a roster with a grade of the last year is read as it stands
    assert all(part in notice["text"] for part in ("2026-02-01", "2025 年度考核", "3 人中有 2 人", "67%", "2025-12-31"))


def test_where_no_row_has_a_grade_of_the_last_year_the_reading_would_help_too(tmp_path: Path) -> None:
    (notice,) = told(tmp_path, [[graded(2022, 2023, 2024)] * 3])
    assert notice["would_help"] == ["last_year_ungraded=previous_year", "as_of=2025-12-31"]
    assert "last_year_ungraded" in notice["text"] and "previous_year" in notice["text"] and "--as-of" in notice["text"]
    assert "3 人都没有这一年度的等次" in notice["text"] and "口径“上一年度还没有考核结果的”" in notice["text"]
    assert "设为“整张表都没有的，往前推一年”" in notice["text"]


def test_where_the_year_before_is_lacking_as_well_nothing_of_that_would_help(tmp_path: Path) -> None:
    (notice,) = told(tmp_path, [[graded(2023, 2024)] * 3])
    assert (notice["year"], notice["would_help"]) == (2025, []) and "补填" in notice["text"]


@pytest.mark.parametrize("day", ["2025-02-01", "2025-12-31"])
def test_a_day_that_asks_for_years_with_grades_is_told_nothing(tmp_path: Path, day: str) -> None:
    assert told(tmp_path, [[graded(2022, 2023, 2024)] * 3], day=dt.date.fromisoformat(day)) == []


def test_half_of_the_people_are_not_most(tmp_path: Path) -> None:
    assert told(tmp_path, [[graded(2022, 2023, 2024), graded(2023, 2024, 2025)]]) == []


def test_an_earlier_year_may_be_the_one_that_most_lack(tmp_path: Path) -> None:
    (notice,) = told(tmp_path, [[graded(2024, 2025)] * 3])
    assert notice["year"] == 2023 and notice["would_help"] == []


def test_one_column_for_all_three_years_lacks_none(tmp_path: Path) -> None:
    assert told(tmp_path, [[graded(近三年年度考核="均合格")] * 3]) == []


def test_a_word_of_the_enterprise_is_a_grade_all_the_same(tmp_path: Path) -> None:
    assert told(tmp_path, [[graded(2023, 2024, 2025) | {"2025年度考核": "胜任"}] * 3]) == []


def test_who_is_on_no_route_that_asks_for_assessments_is_not_counted(tmp_path: Path) -> None:
    engineers = [graded(2022, 2023, 2024, 技能等级="", 技能等级取得时间="", 职称="工程师", 职称取得时间="2015-01-01")] * 5
    assert told(tmp_path, [[*engineers, graded(2023, 2024, 2025)]]) == []


def test_with_the_reading_that_helps_it_is_told_of_those_alone_who_are_still_asked(tmp_path: Path) -> None:
    policy = edit_policy(POLICY, ["last_year_ungraded=previous_year"])
    assert told(tmp_path, [[graded(2022, 2023, 2024)] * 9, [graded(2023, 2024, 2025)]], policy) == []


def test_a_policy_that_asks_for_no_assessments_is_told_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, [[graded(2020)] * 3], load("suzhou-pilot")) == []


def test_the_screen_the_page_the_workbook_and_the_run_tell_it(guantong: Callable[..., Ran], environment: dict, tmp_path: Path) -> None:
    people(tmp_path / "in" / "名册.xlsx", *(graded(2022, 2023, 2024) | {"姓名": f"甲{at}"} for at in range(3)))
    (tmp_path / "本市.yaml").write_text(yaml_text.as_yaml(written_before()), encoding="utf-8")
    words = ["--out", tmp_path / "out", "--as-of", "2026-02-01", "--policy", tmp_path / "本市.yaml", "--workers", 1]
    ran = guantong("audit", tmp_path / "in", *words, environment=environment)
    assert ran.status == 0, ran.stderr
    out = tmp_path / "out"
    year, defaults = json.loads((out / "run.json").read_text(encoding="utf-8"))["counts"]["notices"]
    assert (year["year"], year["persons"], year["ungraded"], year["share"]) == (2025, 3, 3, 1.0)
    assert defaults == notices_of_policy(parse((tmp_path / "本市.yaml").read_bytes(), "本市.yaml"))[0]
    page = (out / "bureau" / "report.html").read_text(encoding="utf-8")
    overview = [cell for row in openpyxl.load_workbook(out / "bureau" / "statistics.xlsx")["总览"].values for cell in row]
    for notice in (year, defaults):
        assert notice["text"] in ran.stdout and notice["text"] in page and notice["text"] in overview
