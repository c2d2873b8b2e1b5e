"""What a unit's workbook says of its people, in words. The data are made here: no roster is read, no rule is run."""

from pathlib import Path

import openpyxl

from guantong.reports.units.workbook import unit_plan, write_units
from tests.support.report_data import ELIGIBLE, RULEBOOK, person, save, sheet_rows, tables_of, unit_file

CANDIDATES = "高技能人才申报职称候选"
SKILL_CANDIDATES = "专业技术人才参加技能评价候选"


def workbook(folder: Path, people: list[tuple[dict, list[dict]]], findings=(), rulebook: dict = RULEBOOK) -> Path:
    """The workbook of the one unit that ``people`` are of."""
    data = save(folder / "data", tables_of(people, findings), rulebook)
    write_units(data, folder / "units", unit_plan(data))
    return unit_file(folder / "units", data, "91210100X")


def test_a_list_of_candidates_says_once_what_no_roster_shows(tmp_path):
    sheet = openpyxl.load_workbook(workbook(tmp_path, [person(3, ELIGIBLE), person(4, ELIGIBLE)]))[CANDIDATES]
    told = [cell.coordinate for row in sheet for cell in row if "遵守单位规章制度和生产操作规程（三（一））" in str(cell.value)]
    assert told == ["A2"] and "没有核对" in sheet["A2"].value


def test_a_list_for_which_the_policy_names_nothing_says_nothing(tmp_path):
    sheet = openpyxl.load_workbook(workbook(tmp_path, [person(3, ELIGIBLE)]))[SKILL_CANDIDATES]
    assert "没有核对" not in sheet["A2"].value


def test_who_has_no_title_brings_no_certificate_of_one(tmp_path):
    eligible = [{"route": "t2s-technician", "outcome": "eligible"}]
    path = workbook(tmp_path, [person(3, eligible, title="工程师"), person(4, eligible, title=None)])
    brings = {row[2]: row[-1] for row in sheet_rows(path, SKILL_CANDIDATES)}
    assert brings == {3: "职称证书；近3年年度考核表", 4: "近3年年度考核表"}
