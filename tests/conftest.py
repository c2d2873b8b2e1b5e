"""Fixtures: the real command against a real Prefect server that is started once."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

from guantong.flows.prefect_server import start_server
from guantong.sample_data.identifiers import credit_code
from guantong.sample_data.rosters import write_rosters
from tests.support.output_folders import either, holder, small_disk, the_output  # noqa: F401 (fixtures)
from tests.support.warm import Warm
from tests.support.workbooks import CLEAN, people

# Nothing is asserted of time: a busy machine is no bug.
settings.register_profile("guantong", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
settings.load_profile("guantong")

TABLES = ("files", "persons", "verdicts", "findings")
GUANTONG = shutil.which("guantong", path=str(Path(sys.executable).parent))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Under pytest-xdist a file stays on one worker, so that what its tests share is made once."""
    if getattr(config.option, "dist", "no") == "load":
        config.option.dist = "loadfile"
        config.option.loadscopereorder = False  # the order is that of SLOW, not of how many tests a file has


# Files of whole audits and commands, servers, clusters and kills, and of many made-up people judged many times, those first that take longest: the mark
# slow. A single test that takes as long in another file bears it itself.
SLOW = (
    "test_rerun", "test_whatif", "test_serve", "test_cluster", "test_nobodys_work", "test_serve_inbox", "test_prefect_server", "test_inbox",
    "test_rules_against_oracle", "test_s3", "test_comparing", "test_current_folder", "test_succession", "test_retrospective",
    "test_integrity", "test_command", "test_published_series", "test_published", "test_output_kills", "test_output_locks",
    "test_set_aside", "test_cache", "test_fuzz", "test_sensitivity", "test_policy_files", "test_workers", "test_reading_guarded",
    "test_guarded_reports", "test_limits", "test_page_in_browser", "test_privacy", "test_statistics", "test_units",
    "test_what_never_matters", "test_parts", "test_rosters_against_oracle", "test_benchmarks", "test_claims", "test_policies",
    "test_what_is_left_open", "test_hostile_lists", "test_signs", "test_patterns", "test_own_words", "test_start", "test_start_files",
    "test_check", "test_stored_outputs", "test_notices", "test_unit_workbooks", "test_unit_figures", "test_earlier_readings", "test_reports",
    "test_unknown_grades", "test_published_labels", "test_relations", "test_sample_data", "test_struck_out", "test_tables_in_one_sheet",
    "test_rewritten", "test_form", "test_notes", "test_present_occupation", "test_unread_honours", "test_words_of_doubt",
)  # fmt: skip


ORDER = os.environ.get("GUANTONG_TEST_ORDER")  # a seed: files, and the tests in each, in a random order that this seed gives again


@pytest.hookimpl(tryfirst=True)  # before files are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that no core is left with one of them at the end; or a random order: no test needs another."""
    files = [*SLOW, *dict.fromkeys(item.path.stem for item in items)]
    if ORDER is not None:
        rng = random.Random(ORDER)
        rng.shuffle(items)
        rng.shuffle(files)
    items.sort(key=lambda item: files.index(item.path.stem))
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)


def pytest_report_header() -> str | None:
    """How to have this random order again."""
    return None if ORDER is None else f"order: GUANTONG_TEST_ORDER={ORDER}"


@dataclass
class Ran:
    """A finished command: its exit status and what it said."""

    status: int
    stdout: str
    stderr: str


@dataclass
class Audit(Ran):
    """A finished `guantong audit`: the output folder, and its tables where it left any."""

    out: Path
    files: pd.DataFrame | None = None
    persons: pd.DataFrame | None = None
    verdicts: pd.DataFrame | None = None
    findings: pd.DataFrame | None = None
    run: dict | None = None

    def routes(self, name: str) -> dict[str, str]:
        """route → outcome (`not_yet@day`) of the person of that name."""
        (who,) = self.persons[self.persons["name"] == name].to_dict("records")
        rows = self.verdicts[
            (self.verdicts["source_file"] == who["source_file"])
            & (self.verdicts["sheet"] == who["sheet"])
            & (self.verdicts["row"] == who["row"])
        ]
        return {
            line.route: line.outcome + (f"@{line.eligible_on:%Y-%m-%d}" if pd.notna(line.eligible_on) else "") for line in rows.itertuples()
        }


@pytest.fixture(scope="session")
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a user who has no Prefect server, with state and cache folders of its own."""
    ours = ("PREFECT_", "GUANTONG_", "PYTHONDONTWRITEBYTECODE")  # without the last every command would compile guantong anew
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    places = {"XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")), "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}
    return kept | places | {"HYPOTHESIS_NO_PLUGINS": "1"}  # Pandera imports Hypothesis where it is there, and that its plugins: 0.3 s


@pytest.fixture(scope="session")
def environment(own_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a user whose Prefect server is running: one for all of the session."""
    with patch.dict(os.environ, own_environment, clear=True):
        server = start_server(tmp_path_factory.mktemp("prefect"))
        server.wait_until_ready()
        found = dict(os.environ)
    yield found
    server.stop()


@pytest.fixture(scope="session")
def warm(environment: dict[str, str]) -> Iterator[Warm | None]:
    """A process that runs commands without importing anything anew; None where there is none."""
    if not hasattr(os, "fork") or os.environ.get("GUANTONG_TEST_COLD"):
        yield None
        return
    made = Warm(environment)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def guantong(own_environment: dict[str, str], warm: Warm | None) -> Callable[..., Ran]:
    """Run the command with these arguments."""

    def command(*arguments: object, cwd: Path | None = None, environment: dict[str, str] = own_environment) -> Ran:
        words = list(map(str, arguments))
        if warm and warm.takes(words, environment):
            return Ran(*warm.run(words, environment, cwd))
        given = {"capture_output": True, "text": True, "encoding": "utf-8", "env": environment, "cwd": cwd, "timeout": 300, "check": False}
        done = subprocess.run([GUANTONG, *words], **given)
        return Ran(done.returncode, done.stdout, done.stderr)

    return command


@pytest.fixture(scope="session")
def audit(guantong: Callable[..., Ran], environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Audit]:
    """Run `guantong audit` on paths, and read what it wrote; nothing may be lost in any audit."""

    def command(
        *paths: Path, as_of: str | None = "2025-12-31", out: Path | None = None, environment: dict = environment, **options: object
    ) -> Audit:
        out = out or tmp_path_factory.mktemp("audit") / "out"
        if "cluster" not in options:  # the tests themselves have all cores
            options = {"workers": 1} | options
        several = {name: value if isinstance(value, list) else [value] for name, value in options.items()}
        words = [(f"--{name.replace('_', '-')}", value) for name, values in several.items() for value in values]
        more = [part for option, value in words for part in ((option,) if value is True else (option, value))]
        day = ("--as-of", as_of) if as_of else ()
        ran = guantong("audit", *paths, "--out", out, *day, *more, environment=environment)
        found = Audit(**vars(ran), out=out)
        if ran.status in (0, 1):
            for name in TABLES:
                setattr(found, name, pd.read_parquet(out / "data" / f"{name}.parquet"))
            found.run = json.loads((out / "run.json").read_text(encoding="utf-8"))
            assert_conserved(found)
        return found

    return command


def assert_conserved(audit: Audit) -> None:
    """Every row found stands in persons once, in one bucket; every file, verdict and finding has its place."""
    files, persons = audit.files, audit.persons
    place = ["source_file", "sheet", "row"]
    assert (files["rows_found"] == files["rows_evaluated"] + files["rows_rejected"]).all()
    assert (
        not persons.duplicated("pid").any() and not persons.duplicated([*place, "name"]).any()
    )  # in tables side by side several stand in a row
    for bucket in ("evaluated", "rejected"):
        counted = persons[persons["bucket"] == bucket].groupby("source_file").size().reindex(files["source_file"], fill_value=0)
        assert counted.tolist() == files[f"rows_{bucket}"].tolist()
    assert len(persons) == files["rows_found"].sum() == audit.run["counts"]["rows_found"]
    assert set(files["status"]) <= {"read", "refused"} and (files["reason"].notna() == (files["status"] == "refused")).all()
    assert not audit.verdicts.duplicated(["pid", "route"]).any()
    evaluated = persons[persons["bucket"] == "evaluated"]
    assert set(audit.verdicts[place].itertuples(index=False)) <= set(evaluated[place].itertuples(index=False))
    assert set(audit.findings["source_file"]) <= set(files["source_file"])
    assert [item["source_file"] for item in audit.run["inputs"]] == files["source_file"].tolist()
    assert [item["sha256"] for item in audit.run["inputs"]] == [None if pd.isna(one) else one for one in files["sha256"]]


@pytest.fixture(scope="session")
def counted(audit: Callable[..., Audit], tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """An audit with something of everything to count: industries, people in two units and twice in one, files refused, cities that only a folder
    or a credit code tells, odd names of files and units; with --publish."""
    folder = tmp_path_factory.mktemp("counted")
    write_rosters(folder / "made", 600, 12, seed=11)
    both = CLEAN | {"姓名": "赵两处", "身份证号": "210100197005050012", "所在市": "大连市", "所属行业": "船舶制造业"}
    people(
        folder / "甲.xlsx",
        both,
        both,
        CLEAN | {"姓名": "钱甲", "身份证号": "", "所属行业": "船舶制造业", "学历": "大学本科", "出生年月": "1970-01"},
        CLEAN | {"姓名": "孙甲", "身份证号": "", "所属行业": "=化工", "荣誉称号": "辽宁工匠", "学历": "职业高中"},
        CLEAN | {"姓名": "", "身份证号": ""},
    )
    people(folder / "乙.xlsx", both | {"单位名称": "另一示例厂", "岗位类别": "管理岗位", "所在市": "沈阳市"})
    (folder / "鞍山市").mkdir()
    people(
        folder / "鞍山市" / "50% #1 & 名册.xlsx",
        CLEAN | {"姓名": "李文夹", "身份证号": "", "单位名称": "一厂 #2 & “50%” <b>", "是否一线岗位": "?"},
        CLEAN | {"姓名": "周矛盾", "身份证号": "", "单位名称": "矛盾厂", "统一社会信用代码": credit_code("210600", random.Random(1))},
        sheet="李文夹的表",
    )
    (folder / "坏.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    return audit(folder, publish=True)
