"""Made-up rosters, read and judged: no row lost, none invented, every verdict the oracle's."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from guantong.sample_data.rosters import Truth, write_rosters
from tests.conftest import Audit
from tests.support.inprocess import AS_OF, audited_folder, day, places, told
from tests.support.law_oracle import oracle
from tests.support.law_oracle.oracle_cells import facts_from_clean
from tests.support.law_oracle.oracle_facts import Facts
from tests.support.law_oracle.people_in_doubt import make_rosters
from tests.support.workbooks import people

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


def of_the_law(notes: object) -> frozenset[str]:
    """The notes but those on relations, which the oracle tells apart from the law."""
    return frozenset(notes) - {"relation", "theory_exam", "theory_exam_exempt"}
