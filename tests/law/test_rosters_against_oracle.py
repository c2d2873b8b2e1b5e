"""Made-up rosters, read and judged: no row lost, none invented, every verdict the oracle's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from guantong.sample_data.rosters import Truth, write_rosters
from tests.conftest import Audit
from tests.support.inprocess import AS_OF, audited_folder, day, places, told
from tests.support.law_oracle import oracle
from tests.support.law_oracle.oracle_cells import facts_from_clean
from tests.support.law_oracle.oracle_facts import Facts
from tests.support.law_oracle.people_in_doubt import make_rosters
from tests.support.workbooks import id_number, people

_COACH = re.compile(r"(世界技能大赛[金银铜]牌)选手[^、]*")  # 三（四）1: coaches and experts have the medal's route too


def facts_of(clean: dict[str, str]) -> Facts:
    """What the truth of a row says, in the oracle's words."""
    return facts_from_clean(clean | {"荣誉称号": _COACH.sub(r"\1", clean.get("荣誉称号", ""))})


def is_named(truth: Truth) -> bool:
    """Whether a row names a person: a name, or an ID number (a spoilt one too)."""
    return bool(truth["clean"]["姓名"] or truth["clean"]["身份证号"])


@pytest.mark.parametrize(("seed", "formats"), [(11, ("xlsx",)), (12, ("xls",)), (13, ("ods",)), (14, ("xlsx", "xls", "ods"))])
def test_every_row_of_an_untidy_roster_is_judged_as_the_oracle_does(tmp_path: Path, seed: int, formats: tuple[str, ...]) -> None:
    truths = write_rosters(tmp_path, persons=750, files=15, seed=seed, formats=formats)
    found = audited_folder(tmp_path)
    truth_of = {(truth["source_file"], truth["sheet"], truth["row"]): truth for truth in truths}
    assert sorted(places(found.people)) == sorted(truth_of)
    rejected = set(places(found.people[found.people["bucket"] == "rejected"]))
    assert rejected == {place for place, truth in truth_of.items() if not is_named(truth)}
    assert set(found.files["status"]) == {"read"}
    wrong = {}
    for place, verdicts in found.routes().items():
        expected = {name: told(verdict) for name, verdict in oracle.evaluate(facts_of(truth_of[place]["clean"]), AS_OF).items()}
        if verdicts != expected:
            wrong[place] = (truth_of[place]["clean"], {name: (verdicts.get(name), expected.get(name)) for name in verdicts | expected})
    assert not wrong, f"{len(wrong)} of {len(truths)}, one of them: {next(iter(wrong.items()))}"


@pytest.mark.parametrize("seed", [31, 32])
def test_people_in_doubt_are_judged_by_the_command_as_the_oracle_does(audit: Callable[..., Audit], tmp_path: Path, seed: int) -> None:
    rosters = make_rosters(seed, rosters=8, persons=40)
    for number, rows in enumerate(rosters):
        people(tmp_path / f"{number}.xlsx", *(cells for cells, _ in rows))
    done = audit(tmp_path)
    found = dict(zip(done.persons["name"], done.persons.to_dict("records"), strict=True))
    verdicts = {name: {} for name in found}
    name_of = {(one["source_file"], one["row"]): name for name, one in found.items()}
    for line in done.verdicts.itertuples():
        verdicts[name_of[line.source_file, line.row]][line.route] = (*told(line), day(line.certain_by), of_the_law(line.review))
    wrong = {}
    for cells, facts in (row for rows in rosters for row in rows):
        expected = oracle.evaluate(facts, AS_OF)
        mine = {name: (*told(one), one.certain_by, of_the_law(one.notes)) for name, one in expected.items()}
        best = {f"{way.replace('-', '_')}_outcome": oracle.summary(expected, way, facts)[0] for way in ("skill-to-title", "title-to-skill")}
        person = found[cells["姓名"]]
        if verdicts[cells["姓名"]] != mine or {name: person[name] for name in best} != best:
            theirs = verdicts[cells["姓名"]]
            differ = {name: (theirs.get(name), mine.get(name)) for name in theirs | mine if theirs.get(name) != mine.get(name)}
            wrong[cells["姓名"]] = ({header: cell for header, cell in cells.items() if cell}, differ, best)
    assert not wrong, f"{len(wrong)} of {len(found)}, one of them: {next(iter(wrong.items()))}"


# What a further row of a person says instead, and the field of which it is.
OTHERWISE = {
    "岗位类别": ("其他岗位", "post"),
    "是否一线岗位": ("否", "frontline"),
    "是否工程技术领域": ("否", "engineering_field"),
    "在岗状态": ("离职", "service"),
    "所在市": ("长春市", "province"),
    "2023年度考核": ("不合格", "assessments"),
}


@pytest.mark.parametrize("header", OTHERWISE)
def test_what_rows_of_a_file_say_differently_the_oracle_does_not_know_and_all_else_it_does(tmp_path: Path, header: str) -> None:
    word, _ = OTHERWISE[header]
    facts: dict[str, Facts] = {}
    for number, rows in enumerate(make_rosters(33, rosters=4, persons=40)):
        firsts = [cells | {"身份证号": id_number(number * len(rows) + at)} for at, (cells, _) in enumerate(rows)]
        people(
            tmp_path / f"{number}.xlsx",
            *(row for cells in firsts for row in (cells, cells | ({header: word} if cells.get(header) else {}))),
        )
        facts |= {cells["姓名"]: _without(header, its) if cells.get(header) and word not in cells[header] else its for cells, its in rows}
    audited = audited_folder(tmp_path)
    routes, first = audited.routes(), audited.people[audited.people["row"] % 2 == 0]
    found = {name: routes[place] for name, place in zip(first["name"], places(first), strict=True)}
    expected = {name: {route: told(one) for route, one in oracle.evaluate(its, AS_OF).items()} for name, its in facts.items()}
    assert {name: (found[name], expected[name]) for name in expected if found[name] != expected[name]} == {}


def _without(header: str, its: Facts) -> Facts:
    """The facts of somebody of whom rows say different things below a header: what can't be read."""
    _, name = OTHERWISE[header]
    if name == "assessments":
        years = {year: grade for year, grade in its.assessments.items() if year != 2023}
        return replace(its, assessments=years, unread=its.unread | {"assessment_2023"})
    return replace(its, **{name: None}, unread=its.unread | {"city" if name == "province" else name})


def of_the_law(notes: object) -> frozenset[str]:
    """The notes but those on relations, which the oracle tells apart from the law."""
    return frozenset(notes) - {"relation", "theory_exam", "theory_exam_exempt"}
