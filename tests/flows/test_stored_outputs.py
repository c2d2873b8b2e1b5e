"""An audit's output that somebody else may have written is data: told from one that an audit wrote, or used as it is; no more."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from guantong.flows.cli import cli
from guantong.rules.policy.load import load
from guantong.schemas import UserError
from tests.support.inprocess import store_audit
from tests.support.workbooks import CLEAN, people


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of an audit of two people, with all that is read of it."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "in").mkdir()
    people(folder / "in" / "甲.xlsx", CLEAN, CLEAN | {"姓名": "李示例", "身份证号": "", "职称": "工程师"})
    store_audit(folder / "in", folder, load("liaoning-2019-2"))
    return folder


@pytest.fixture
def out(sound: Path, tmp_path: Path) -> Path:
    """A copy of it, to do something to."""
    return Path(shutil.copytree(sound, tmp_path / "out"))


def commands(out: Path, sound: Path) -> list[list[str]]:
    return [
        ["explain", str(out), "甲.xlsx", "2"], ["simulate", str(out), "--set", "s2t-engineer.years=2"], ["simulate", str(out), "--settings"],
        ["simulate", str(out), "--policy", "mohrss-2018-74"], ["compare", str(sound), str(out)], ["compare", str(out), str(sound)],
    ]  # fmt: skip


def table(out: Path, name: str, query: str) -> None:
    """Put what ``query`` makes of a table in its place."""
    path = out / "data" / f"{name}.parquet"
    duckdb.execute(f"COPY (WITH old AS (FROM '{path}') {query}) TO '{path}.new' (FORMAT parquet)")
    os.replace(f"{path}.new", path)


def credentials(out: Path, changed: str) -> None:
    """Change every credential of the facts."""
    table(out, "facts", f"SELECT * REPLACE (list_transform(credentials, lambda c: struct_update(c, {changed})) AS credentials) FROM old")


def book(out: Path, change: Callable[[dict], object] | str) -> None:
    path = out / "data" / "rulebook.json"
    path.write_text(change if isinstance(change, str) else json.dumps(change(json.loads(path.read_text("utf-8")))), encoding="utf-8")


def linked(out: Path, name: str) -> None:
    """Put a link to a file elsewhere in the place of one of the output's."""
    (out / "data" / name).rename(out.parent / f"elsewhere-{name}")
    (out / "data" / name).symlink_to(out.parent / f"elsewhere-{name}")


def piped(out: Path, name: str) -> None:
    (out / "data" / name).unlink()
    os.mkfifo(out / "data" / name)


def cut(out: Path, name: str) -> None:
    os.truncate(out / "data" / name, 100)


HOSTILE: dict[str, Callable[[Path], None]] = {
    "a rule book that is a list": lambda out: book(out, "[]"),
    "a rule book without end": lambda out: book(out, "[" * 100_000),
    "a rule book of many digits": lambda out: book(out, '{"as_of": ' + "1" * 5000 + "}"),
    "a rule book that is none": lambda out: book(out, "{"),
    "a rule book of no day": lambda out: book(out, lambda told: told | {"as_of": "2025-02-30", "policies": 3}),
    "a rule book whose day is a number": lambda out: book(out, lambda told: told | {"as_of": 20251231, "policies": {}}),
    "a rule book of 1,000 policies": lambda out: book(out, lambda told: told | {"as_of": None, "policies": [0] * 1000}),
    "a policy with SQL": lambda out: (out / "data" / "policy.yaml").write_text(
        load("liaoning-2019-2").raw.decode().replace("{高级工: 助理工程师,", "{高级工: \"' || (SELECT 1) || '\","), encoding="utf-8"),
    "a policy of aliases": lambda out: (out / "data" / "policy.yaml").write_text("a: &a [*a]\n", encoding="utf-8") and None,
    "a policy that is a pipe": lambda out: piped(out, "policy.yaml"),
    "a policy elsewhere": lambda out: linked(out, "policy.yaml"),
    "people elsewhere": lambda out: linked(out, "persons.parquet"),
    "facts in a pipe": lambda out: piped(out, "facts.parquet"),
    "facts cut off": lambda out: cut(out, "facts.parquet"),
    "no Parquet": lambda out: (out / "data" / "facts.parquet").write_text("select 1") and None,
    "people without ids": lambda out: table(out, "persons", "SELECT * EXCLUDE (pid) FROM old"),
    "people with ids of text": lambda out: table(out, "persons", "SELECT * REPLACE (pid::VARCHAR AS pid) FROM old"),
    "people of an outcome that is none": lambda out: table(out, "persons", "SELECT * REPLACE ('perhaps' AS skill_to_title_outcome) FROM old"),
    "people without an outcome": lambda out: table(out, "persons", "SELECT * REPLACE (NULL::VARCHAR AS title_to_skill_outcome) FROM old"),
    "facts with days of text": lambda out: table(out, "facts", "SELECT * REPLACE ('2019' AS skill_date_lo) FROM old"),
    "facts of another age": lambda out: table(out, "facts", "SELECT * REPLACE (DATE '99999-01-01' AS skill_date_lo) FROM old"),
    "facts of endless days": lambda out: table(out, "facts", "SELECT * REPLACE ('infinity'::DATE AS skill_date_lo) FROM old"),
    "facts whose honours are one text": lambda out: table(out, "facts", "SELECT * REPLACE ('全国技术能手' AS honours) FROM old"),
    "facts with an honour that is nothing": lambda out: table(out, "facts", "SELECT * REPLACE ([NULL::VARCHAR] AS honours) FROM old"),
    "facts with an honour in doubt that is nothing": lambda out: table(out, "facts", "SELECT * REPLACE ([NULL::VARCHAR] AS honours_in_doubt) FROM old"),
    "facts with a grade that is nothing": lambda out: table(out, "facts", "SELECT * REPLACE ([NULL::VARCHAR] AS recent_grades) FROM old"),
    "facts unread of a field that is none": lambda out: table(out, "facts", "SELECT * REPLACE (['luck'] AS unread) FROM old"),
    "facts unread of nothing": lambda out: table(out, "facts", "SELECT * REPLACE ([NULL::VARCHAR] AS unread) FROM old"),
    "credentials of another track": lambda out: credentials(out, "track := 'luck'"),
    "credentials of a rank that is none": lambda out: credentials(out, "rank_hi := 9::TINYINT"),
    "credentials of a rank below its lowest": lambda out: credentials(out, "rank_lo := 7::TINYINT"),
    "credentials of another age": lambda out: credentials(out, "day_lo := DATE '99999-01-01', day_hi := DATE '99999-01-01'"),
    "credentials of half a day": lambda out: credentials(out, "day_lo := NULL::DATE"),
    "credentials of a column that is none": lambda out: credentials(out, "level_name := 'luck'"),
    "credentials dated by a column that is none": lambda out: credentials(out, "date_name := 'luck'"),
    "credentials of nothing": lambda out: table(out, "facts", "SELECT * REPLACE (list_transform(credentials, lambda c: CASE WHEN false THEN c END) AS credentials) FROM old"),
    "facts of a rank of text": lambda out: table(out, "facts", "SELECT * REPLACE ('3' AS skill_rank) FROM old"),
}  # fmt: skip
OF_VERDICTS: dict[str, Callable[[Path], None]] = {
    "verdicts of an outcome that is none": lambda out: table(out, "verdicts", "SELECT * REPLACE ('perhaps' AS outcome) FROM old"),
    "conditions that are none": lambda out: table(out, "verdicts", "SELECT * REPLACE (['luck'] AS unknown) FROM old"),
    "conditions that are nothing": lambda out: table(out, "verdicts", "SELECT * REPLACE ([NULL::VARCHAR] AS review) FROM old"),
    "settings that are none": lambda out: table(out, "verdicts", "SELECT * REPLACE (['luck'] AS settings) FROM old"),
    "relations that are none": lambda out: table(out, "relations", "SELECT * REPLACE ('近' AS relation) FROM old"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE | OF_VERDICTS)
def test_an_output_that_no_audit_wrote_is_refused_with_words(out: Path, sound: Path, what: str) -> None:
    (HOSTILE | OF_VERDICTS)[what](out)
    refused = []
    for command in commands(out, sound):
        result = CliRunner().invoke(cli, command)
        assert result.exception is None or isinstance(result.exception, SystemExit | UserError), (command, result.exception)
        assert result.exit_code in (0, 1) and "Traceback" not in result.output
        refused.append(result.exit_code == 1)
    assert any(refused)


def test_a_sound_output_is_read_by_all(sound: Path) -> None:
    for command in commands(sound, sound):
        result = CliRunner().invoke(cli, command)
        assert result.exit_code == 0, (command, result.output, result.exception)


def test_an_output_that_is_itself_a_link_and_has_an_odd_name_is_read(out: Path, sound: Path, tmp_path: Path) -> None:
    odd = out.rename(tmp_path / "a[1]'b;*?")
    (tmp_path / "link").symlink_to(odd)
    for command in commands(tmp_path / "link", sound):
        result = CliRunner().invoke(cli, command)
        assert result.exit_code == 0, (command, result.output, result.exception)
