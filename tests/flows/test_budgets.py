"""Budgets of an inbox and of each who hands in: who spends his is told so, and takes nothing from the others."""

from __future__ import annotations

import json
import pickle
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from guantong.flows.audit import inbox as inventory
from guantong.flows.audit import write_reports
from guantong.flows.audit.inbox import discover, take_digests
from guantong.flows.audit.read_rosters import PoolReader, read_inputs
from guantong.flows.audit.write_reports import ReportShare, ReportWork, plan_reports, write_in_pool
from guantong.flows.errors import CopyFailed
from guantong.flows.records import MOST_KINDS, Input, ReadResult, ReportResult
from guantong.flows.workers import budgets, limits
from guantong.flows.workers.budgets import INBOX_SECONDS, OVER_BUDGET, SUBMITTER_SECONDS, Budgets, UnitBudget, usual_seconds
from guantong.flows.workers.pool import WorkerDied
from guantong.rules.policy.load import load
from guantong.schemas import findings
from tests.support.inprocess import audited_file, store_audit
from tests.support.workbooks import CLEAN, people, workbook

SLOW_EXIT = limits._EXPIRED


@pytest.fixture
def inbox(tmp_path: Path) -> list[Input]:
    """Two submitters with three rosters each, and a roster of its own."""
    for name in ("甲/1", "甲/2", "甲/3", "乙/1", "乙/2", "乙/3", "丙"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        people(tmp_path / "in" / f"{name}.xlsx", CLEAN | {"姓名": f"张示{name[-1]}", "单位名称": f"{name}示例厂"})
    found = discover([tmp_path / "in"], tmp_path / "out").inputs
    take_digests(found, 1)
    return found


class Here:
    """In place of a pool: does what it is asked here, but for `deadly` files, which are the death of their worker."""

    def __init__(self, deadly: str = "\0", why: str | None = None) -> None:
        self.deadly, self.why, self.exclusive, self.seconds = deadly, why, [], []
        self.takes = 0 if why else limits.WALL_SECONDS

    def schedule(self, function: Callable, args: tuple, new_worker: bool = False, exclusive: bool = False) -> Future:
        future, (batch,) = Future(), args
        self.exclusive.append(exclusive)
        self.seconds += batch.seconds
        at = next((number for number, path in enumerate(batch.paths) if self.deadly in str(path) and not exclusive), None)
        if at is None:
            future.set_result(function(*args))
        else:
            with batch.journal.open("a", encoding="utf-8") as notes:
                notes.write(json.dumps({"begin": at, "rows": 0, "time": time.monotonic() - self.takes}) + "\n")
            future.set_exception(WorkerDied(None if self.why else SLOW_EXIT, self.why))
        return future


@pytest.fixture(autouse=True)
def no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "start_clock", lambda *_: None)
    monkeypatch.setattr(limits, "stop_clock", lambda: None)


def became(read: ReadResult) -> dict[str, str]:
    """What became of each file."""
    return {item.source_file: "read" for item, _ in read.packed} | {item.source_file: refusal.code for item, refusal in read.refused}


def spent(**of: float) -> Budgets:
    """Budgets of which submitters have already spent so many seconds over the usual."""
    budgets = Budgets()
    for name, seconds in of.items():
        budgets.charge(f"{name}/x.xlsx", 0, seconds + usual_seconds(0))
    return budgets


def test_who_has_spent_the_time_has_no_more_files_read_and_the_others_have(inbox: list[Input], tmp_path: Path) -> None:
    found = PoolReader(Here(), b"key", tmp_path, budgets=spent(甲=SUBMITTER_SECONDS + 1)).read(inbox)
    assert became(found) == {item.source_file: OVER_BUDGET if item.source_file.startswith("甲/") else "read" for item in inbox}
    assert "10分钟" in found.refused[0][1].detail


def test_files_that_take_their_reader_all_its_time_are_stopped_after_the_budget(
    inbox: list[Input], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "SUBMITTER_SECONDS", 1)
    found = became(PoolReader(Here("甲"), b"key", tmp_path).read(inbox))
    assert sorted(code for name, code in found.items() if name.startswith("甲/")) == [OVER_BUDGET, OVER_BUDGET, "too_large"]
    assert {code for name, code in found.items() if not name.startswith("甲/")} == {"read"}


def test_a_usual_roster_costs_no_budget_however_many_there_are(inbox: list[Input], tmp_path: Path) -> None:
    budgets = Budgets()
    PoolReader(Here(), b"key", tmp_path, budgets=budgets).read(inbox)
    budgets.charge("甲/1.xlsx", 1_000_000, 20)
    assert not budgets._spent


def test_when_the_whole_inbox_has_spent_its_time_a_file_has_its_usual_time_alone(inbox: list[Input], tmp_path: Path) -> None:
    pool, budgets = (
        Here("丙"),
        spent(**{f"户{number}": SUBMITTER_SECONDS - 1 for number in range(INBOX_SECONDS // (SUBMITTER_SECONDS - 1) + 1)}),
    )
    found = PoolReader(pool, b"key", tmp_path, budgets=budgets).read(inbox)
    assert max(pool.seconds) < 10
    assert became(found) == {item.source_file: OVER_BUDGET if item.source_file == "丙.xlsx" else "read" for item in inbox}


def test_the_same_roster_of_another_is_read_though_one_has_spent_the_time(inbox: list[Input], tmp_path: Path) -> None:
    twins = [replace(item) for item in inbox if item.source_file in ("乙/1.xlsx", "甲/1.xlsx")]
    twins[1].path, twins[1].sha256 = twins[0].path, twins[0].sha256
    reader = PoolReader(Here(), b"key", tmp_path, budgets=spent(乙=SUBMITTER_SECONDS + 1))
    assert became(read_inputs(reader.read, twins)) == {"乙/1.xlsx": OVER_BUDGET, "甲/1.xlsx": "read"}


def test_a_worker_that_had_to_make_room_costs_its_file_nothing(inbox: list[Input], tmp_path: Path) -> None:
    pool = Here("甲/2", limits.POOL_MEMORY_OVER)
    assert set(became(PoolReader(pool, b"key", tmp_path).read(inbox)).values()) == {"read"}
    assert pool.exclusive == [False, True, False]


def test_budgets_go_to_another_machine_as_they_stand() -> None:
    assert pickle.loads(pickle.dumps(spent(甲=SUBMITTER_SECONDS + 1))).is_spent("甲/1.xlsx")


def test_a_file_that_names_very_many_units_gets_workbooks_for_the_first_and_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(budgets, "UNITS_OF_FILE", 2)
    (tmp_path / "in").mkdir()
    people(tmp_path / "in" / "甲.xlsx", *(CLEAN | {"姓名": f"张示{n}", "身份证号": "", "单位名称": f"第{n}示例厂"} for n in range(6)))
    people(tmp_path / "in" / "乙.xlsx", CLEAN | {"姓名": "李示例", "身份证号": "", "单位名称": "第5示例厂"})
    (tmp_path / "out").mkdir()
    store_audit(tmp_path / "in", tmp_path / "out", load("liaoning-2019-2"))
    (tmp_path / "out" / "data" / "signs.parquet").exists() or _no_signs(tmp_path / "out" / "data")
    plan = plan_reports(tmp_path / "out", [], 1, None)
    assert [name for name, _ in plan.left_out] == ["units/（甲.xlsx）"]
    assert "有 2 个单位没有单独的报告" in plan.left_out[0][1]
    assert plan.total == 4 + len(write_reports.OF_FIGURES + write_reports.BESIDE_FIGURES)


def _no_signs(data: Path) -> None:
    from guantong.flows.audit.build_tables import write_signs

    write_signs(data, data)


def test_who_names_the_units_of_others_takes_nothing_from_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "UNITS_OF_FILE", 3)
    account = UnitBudget()
    for number in range(10):
        account.take(["a.xlsx"], 0)
        assert account.take(["a.xlsx", f"own{number}.xlsx"], 0)
    assert set(account.left_out) == {"a.xlsx"}


def test_units_are_counted_by_submitter_and_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "SUBMITTER_UNITS", 3)
    monkeypatch.setattr(budgets, "INBOX_UNITS", 5)
    account = UnitBudget()
    taken = [account.take([f"{who}/{file}.xlsx"], 0) for who in "甲乙丙" for file in range(2) for _ in range(4)]
    assert (
        taken
        == [True] * 4 + [True] + [False] * 3 + [True] * 3 + [False] + [True] + [False] * 3 + [True] + [False] * 3 + [True] + [False] * 3
    )
    monkeypatch.setattr(budgets, "SUBMITTER_LINES", 10)
    lines = UnitBudget()
    assert [lines.take(["甲.xlsx"], 6), lines.take(["甲.xlsx"], 6), lines.take(["乙.xlsx"], 6)] == [True, False, True]


def test_findings_beyond_the_most_of_a_file_are_counted_and_the_facts_stay_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = people(tmp_path / "甲.xlsx", *(CLEAN | {"姓名": f"张示{n}", "身份证号": "", "技能等级取得时间": "看不清"} for n in range(8)))
    whole = len(audited_file(path).findings)
    monkeypatch.setattr(findings, "MOST_OF_FILE", 3)
    found = audited_file(path)
    (told,) = found.findings[found.findings["code"] == "findings_cut"]["message"]
    assert "“甲.xlsx”" in told and f"另有{whole - len(found.findings) + 1}处" in told
    assert {verdicts["s2t-engineer"][0] for verdicts in found.named().values()} == {"unverified"}


def test_findings_on_headers_have_a_most_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MOST_OF_SHEETS", 4)
    path = workbook(tmp_path / "甲.xlsx", {"花名册": [[*CLEAN, *[f"栏目{n}" for n in range(50)]], [*CLEAN.values()]]})
    found = audited_file(path).findings
    assert len(found[found["code"] != "findings_cut"]) == 4 and (found["code"] == "findings_cut").sum() == 1


def copying(tmp_path: Path, written: dict[str, ReportResult]) -> ReportWork:
    """Work on rosters that gives what is told of each, and notes nothing else."""

    def copy(rosters: list[Input]) -> ReportResult:
        (tmp_path / rosters[0].source_file.replace("/", "-")).touch()
        return replace(written[rosters[0].source_file], written=1, not_begun=rosters[1:])

    return ReportWork((copy,), lambda roster: tmp_path / roster.source_file.replace("/", "-"), lambda roster: roster)


class Now:
    """In place of a pool: at once, here."""

    def schedule(self, function: Callable, args: tuple, **_: bool) -> Future:
        future = Future()
        future.set_result(function(*args))
        return future


@pytest.mark.parametrize("taken", [(SUBMITTER_SECONDS + 10.0, 0), (0.0, budgets.SUBMITTER_BYTES + 1)])
def test_copies_of_who_has_spent_time_or_bytes_are_told_as_missing_and_those_of_others_are_written(
    tmp_path: Path, taken: tuple[float, int]
) -> None:
    rosters = [Input(0, Path("x"), name, sha256="0") for name in ("甲/1.xlsx", "甲/2.xlsx", "乙/1.xlsx")]
    told = {roster.source_file: ReportResult(costs=[(roster.source_file, 0, *taken)]) for roster in rosters}
    done = write_in_pool(Now(), ReportShare(copying(tmp_path, told), rosters), Budgets())
    assert (done.written, [why for _, why in done.missing]) == (2, [write_reports.OVER])
    assert done.missing[0][0].endswith("甲-2.xlsx")


def test_a_copy_that_is_too_large_for_its_roster_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_reports, "COPY_BYTES", 1000)
    (tmp_path / "copy").write_bytes(bytes(12_000))
    write_reports._check_size(tmp_path / "copy", 1_100)
    with pytest.raises(CopyFailed):
        write_reports._check_size(tmp_path / "copy", 1_000)
    assert not (tmp_path / "copy").exists()


def test_very_many_files_of_one_are_counted_and_told_and_those_of_others_are_all_read(
    inbox: list[Input], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "MOST_FILES", 2)
    folder = tmp_path / "in"
    (folder / "丁").mkdir()
    for number in range(3):
        people(folder / "丁" / f"{number}.xlsx", CLEAN)
        people(folder / f"{number}.xlsx", CLEAN)
    found = discover([folder], folder.parent / "out")
    assert [(item.source_file, item.refusal.code, item.refusal.detail) for item in found.inputs if item.refusal] == [
        (name, OVER_BUDGET, f"其中有{count}个表格文件，只读取前2个，其余没有读取")
        for name, count in (("in", 4), ("丁", 3), ("乙", 3), ("甲", 3))
    ]
    assert found.passed_over == {inventory.TOO_MANY: 5} and len(found.inputs) == 8 + 4


def test_the_screen_names_so_many_kinds_of_files_passed_over_and_no_more(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"a.kind{number}").touch()
    passed = discover([tmp_path], tmp_path / "out").passed_over
    assert len(passed) == MOST_KINDS + 1 and sum(passed.values()) == 200


def test_a_foreign_run_json_is_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "甲").mkdir()
    people(tmp_path / "甲" / "名册.xlsx", CLEAN)
    (tmp_path / "甲" / "run.json").write_bytes(b"[" + b"{}," * 3_000_000 + b"{}]")
    tracemalloc.start()
    try:
        assert [item.source_file for item in discover([tmp_path], tmp_path / "out").inputs] == ["甲/名册.xlsx"]
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
