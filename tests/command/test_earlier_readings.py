"""An output of an earlier reading: what only the program reads otherwise is told apart from what changed about people, or it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from guantong.flows.commands import compare
from guantong.flows.commands.explain import explain
from guantong.flows.commands.simulate import show_sensitivity, simulate_policy
from guantong.rules.evaluation.stored_audit import NoAudit
from guantong.rules.policy.load import load
from guantong.rules.reading import READING, READINGS
from tests.command.test_comparing import ONE, THREE, TWO, stored
from tests.flows.test_stored_outputs import table

SINCE_THE_SECOND = {
    "facts": "credentials, occupation_key, unread, honours_in_doubt, honours_lo, honours_hi, recent_grades, province, service_from_lo, service_from_hi",
    "persons": "unread, work_years_lo, work_years_hi",
    "verdicts": "certain_by",
}


def as_the_first_wrote(out: Path, read: str = "") -> Path:
    """Make of an output one of the first reading: without the reading and the columns that came later; ``read``: what it found otherwise of everybody."""
    for name, columns in SINCE_THE_SECOND.items():
        table(out, name, f"SELECT * EXCLUDE ({columns}) {read if name == 'persons' else ''} FROM old")
    book = out / "data" / "rulebook.json"
    told = json.loads(book.read_text("utf-8"))
    assert told.pop("reading") == READING
    book.write_text(json.dumps(told), encoding="utf-8")
    return out


OTHERWISE = "REPLACE ('not_yet' AS skill_to_title_outcome)"


def test_what_is_read_otherwise_of_the_same_rosters_is_no_change_of_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = as_the_first_wrote(stored(tmp_path / "a", ONE, TWO), OTHERWISE), stored(tmp_path / "b", ONE, TWO)
    for pair in ((one, two), (two, one)):
        assert {kind: count for kind, count in compare.count_changes(*pair).items() if count} == {"read_otherwise": 2}
        with duckdb.connect() as con:
            compare.create_change_tables(con, *pair)
            assert con.execute(f"SELECT DISTINCT {', '.join(compare.CAUSES)} FROM changes").fetchall() == [
                tuple(cause == "by_reading" for cause in compare.CAUSES)
            ]
    compare.compare_outputs(one, two, tmp_path / "out.xlsx")
    said = capsys.readouterr().out
    assert "只因程序读法不同" in said and READINGS[READING] in said


def test_what_changed_about_people_is_told_beside_what_is_read_otherwise(tmp_path: Path) -> None:
    one = as_the_first_wrote(stored(tmp_path / "a", ONE | {"岗位类别": "其他岗位"}, TWO))
    two = stored(tmp_path / "b", ONE, THREE)
    assert {kind: count for kind, count in compare.count_changes(one, two).items() if count} == {"became": 1, "appeared": 1, "vanished": 1}


def test_an_output_of_an_earlier_reading_is_not_explained_or_simulated(tmp_path: Path) -> None:
    out = as_the_first_wrote(stored(tmp_path, ONE))
    refused: list[Callable[[], object]] = [
        lambda: explain(out, "名册.xlsx", "2"),
        lambda: simulate_policy(out, ["s2t-engineer.years=2"], None, None, None, None),
        lambda: show_sensitivity(out, None, None),
    ]
    for command in refused:
        with pytest.raises(NoAudit, match="第1版读法.*重新审核"):
            command()


@pytest.mark.parametrize("number", [READING + 1, 0, True, "2", None])
def test_a_reading_that_this_program_does_not_know_is_refused(tmp_path: Path, number: object) -> None:
    out = stored(tmp_path, ONE)
    book = out / "data" / "rulebook.json"
    book.write_text(json.dumps(json.loads(book.read_text("utf-8")) | {"reading": number}), encoding="utf-8")
    with pytest.raises(NoAudit, match="审核"):
        explain(out, "名册.xlsx", "2")


def test_simulate_says_which_settings_are_the_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = stored(tmp_path, ONE)
    simulate_policy(out, ["s2t-engineer.years=2"], None, None, None, None)
    assert "按程序默认" not in capsys.readouterr().out
    raw = load("liaoning-2019-2").raw.decode()
    start = raw.index("  year_counting:")
    (out / "data" / "policy.yaml").write_text(raw[:start] + raw[raw.index("\n  ", raw.index("reason:", start)) + 1 :], encoding="utf-8")
    simulate_policy(out, ["s2t-engineer.years=2"], None, None, None, None)
    assert "没有写以下 1 项口径，按程序默认" in capsys.readouterr().out
