"""The command line as a user meets it: help, exit statuses, and outputs that are replaced whole or not at all."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import psutil
import pytest

from guantong.flows.cli import cli
from guantong.flows.entry import _run
from guantong.sample_data.rosters import write_rosters
from tests import conftest
from tests.conftest import Audit, Ran
from tests.support.inprocess import audited_folder
from tests.support.workbooks import CLEAN, people

COMMANDS = sorted(cli.commands)
HEAVY = ("prefect", "pandas", "duckdb", "pandera", "numpy")


def tree(folder: Path) -> dict[str, str]:
    """Every file under a folder with its hash."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A roster with nothing to find in it."""
    return people(tmp_path / "rosters" / "甲.xlsx", CLEAN)


def test_help_names_every_command(guantong: Callable[..., Ran]) -> None:
    ran = guantong("--help")
    assert ran.status == 0
    promised = {"audit", "check", "template", "explain", "simulate", "compare", "policies", "sample"}
    assert not [command for command in promised | set(COMMANDS) if f"\n  {command} " not in ran.stdout]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_commands_help_works(guantong: Callable[..., Ran], command: str) -> None:
    ran = guantong(command, "--help")
    assert ran.status == 0
    assert f"guantong {command}" in ran.stdout


@pytest.mark.parametrize("arguments", [[], *[[command] for command in COMMANDS]], ids=["guantong", *COMMANDS])
def test_help_waits_for_no_heavy_library(arguments: list[str]) -> None:
    code = f"""
import sys
from guantong.flows.entry import main
sys.argv = ["guantong", *{arguments!r}, "--help"]
try:
    main()
finally:
    print("loaded:", *[name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.stdout.splitlines()[-1].split() == ["loaded:"]


def test_check_judges_without_the_libraries_that_only_its_worker_reads_with(clean: Path) -> None:
    code = f"""
import sys
from guantong.flows.entry import main
sys.argv = ["guantong", "check", {str(clean)!r}]
try:
    main()
finally:
    print("loaded:", *[name for name in ("pandas", "pandera", "pyarrow", "prefect") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False)
    assert "可申报" in done.stdout and done.stdout.splitlines()[-1].split() == ["loaded:"]


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["audit", "nowhere.xlsx"], "nowhere.xlsx"),
        (["audit", "rosters", "--as-of", "2025-02-30"], "2025-02-30"),
        (["audit", "rosters", "--policy", "none"], "none"),
        (["audit", "rosters", "--workers", "0"], "--workers"),
        (["audit"], "PATH"),
        (["audit", "empty"], "没有找到花名册"),
        (["policies", "none"], "none"),
        (["check", "nowhere.xlsx"], "nowhere.xlsx"),
        (["template", "form.xls"], ".xlsx"),
        (["explain", "empty", "甲.xlsx", "2"], "empty"),
        (["sample", "rosters"], "rosters"),
        (["bake"], "bake"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_run_says_why_and_writes_nothing(
    guantong: Callable[..., Ran], clean: Path, tmp_path: Path, arguments: list, about: str
) -> None:
    (tmp_path / "empty").mkdir()
    before = tree(tmp_path)
    ran = guantong(*arguments, cwd=tmp_path)
    assert (ran.status, ran.stdout) == (2, "")
    assert about in ran.stderr and "Traceback" not in ran.stderr
    assert tree(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "rosters"]


def test_an_output_folder_with_other_files_is_left_alone(audit: Callable[..., Audit], clean: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "论文.docx").write_bytes(b"mine")
    ran = audit(clean, out=out)
    assert ran.status == 2
    assert "论文.docx" in ran.stderr
    assert tree(out) == {"论文.docx": hashlib.sha256(b"mine").hexdigest()}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "rosters"]


def test_a_refused_file_costs_the_others_nothing(audit: Callable[..., Audit], clean: Path) -> None:
    (clean.parent / "乙.xlsx").write_bytes(b"no workbook")
    (clean.parent / "说明.txt").write_text("no roster", encoding="utf-8")
    done = audit(clean.parent)
    assert done.status == 1
    assert dict(zip(done.files["source_file"], done.files["status"], strict=True)) == {"甲.xlsx": "read", "乙.xlsx": "refused"}
    assert done.files["reason"].dropna().tolist() == ["not_a_workbook"]
    assert done.routes("张示例") == {"s2t-assistant": "eligible", "s2t-engineer": "eligible"}
    assert done.run["counts"]["passed_over"] == {".txt": 1}
    assert "拒收 1 个" in done.stdout
    (told,) = (line for line in done.stdout.splitlines() if "不是 Excel 工作簿" in line)
    assert told.strip().startswith("乙.xlsx　") and told.endswith("请用 Excel 或 WPS 打开后另存为 .xlsx 再报送")


def test_the_run_tells_seconds_and_memory_of_each_stage_and_the_slowest_files(audit: Callable[..., Audit], clean: Path) -> None:
    write_rosters(clean.parent, 60, 3, 5)
    done = audit(clean.parent, no_cache=True)
    stages = ["read", "evaluate", "tables", "reports"]
    assert list(done.run["seconds"]) == ["start", *stages] and list(done.run["peak_bytes"]) == stages
    assert min(done.run["peak_bytes"].values()) > 50_000_000
    slowest = done.run["slowest"]
    assert {one["source_file"] for one in slowest} == set(done.files["source_file"])
    assert [one["seconds"] for one in slowest] == sorted((one["seconds"] for one in slowest), reverse=True)
    assert slowest[0]["source_file"] in done.stderr.partition("读取最慢的文件")[2]


def test_an_interrupted_run_leaves_the_last_output_whole_and_no_child_and_the_next_takes_up_its_work(
    environment: dict[str, str], clean: Path, audit: Callable[..., Audit]
) -> None:
    out = clean.parent.parent / "out"
    out.mkdir()
    (out / "run.json").write_text("the last output", encoding="utf-8")
    before = tree(out)
    write_rosters(clean.parent, 600, 12, 1)  # so that much is still to be done when the first stage has ended
    arguments = [conftest.GUANTONG, "audit", clean.parent, "--out", out, "--as-of", "2030-12-31"]
    running = subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a background shell has its jobs ignore it
    )
    told = [running.stderr.readline()]
    while "读取花名册：完成" not in told[-1] and told[-1]:
        told.append(running.stderr.readline())
    children = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGINT)
    told += running.communicate(timeout=120)
    assert running.returncode == 130, told
    assert children and not psutil.wait_procs(children, timeout=5)[1], "a child outlived the audit"
    assert tree(out) == before
    assert sorted(path.name for path in out.parent.iterdir()) == ["out", "rosters"]
    assert audit(clean.parent, as_of="2030-12-31").run["counts"]["files_kept"] == 13


def test_ctrl_c_within_a_query_is_an_interruption_and_no_fault(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    def query(**_: object) -> None:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        with duckdb.connect() as con:
            while True:  # short ones: not every long query looks out for signals
                con.execute("SELECT sum(range) FROM range(30000000)").fetchall()

    monkeypatch.setattr(cli, "main", query)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell has its jobs ignore it
    try:
        assert _run() == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert "已中断" in capsys.readouterr().err


def test_the_policies_are_listed_and_each_is_a_rule_book(guantong: Callable[..., Ran]) -> None:
    listed = guantong("policies").stdout
    assert [line.partition("　")[0] for line in listed.splitlines()] == ["liaoning-2019-2", "mohrss-2018-74", "suzhou-pilot"]
    book = guantong("policies", "liaoning-2019-2").stdout
    for words in ("辽人社规〔2019〕2号", "s2t-honour-full-senior", "t2s-promotion", "辽宁工匠", "三（四）1", "honours_waive_skill_floor"):
        assert words in book, words


def test_sample_rosters_are_the_same_for_the_same_seed(guantong: Callable[..., Ran], tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert guantong("sample", tmp_path / name, "--persons", 50, "--files", 3, "--seed", 4).status == 0
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert len(audited_folder(tmp_path / "one").people) == 50


@pytest.mark.parametrize(("words", "near"), [(["audti", "x"], "audit"), (["audit", "x", "--polcy", "y"], "--policy")])
def test_a_mistyped_command_or_option_is_told_with_what_it_may_be(guantong: Callable[..., Ran], words: list[str], near: str) -> None:
    ran = guantong(*words)
    assert ran.status == 2 and f"是不是 {near}？" in ran.stderr


def test_what_is_blank_is_marked_in_the_returned_copy_apart_from_what_is_wrong(audit: Callable[..., Audit], tmp_path: Path) -> None:
    done = audit(people(tmp_path / "甲.xlsx", CLEAN | {"岗位类别": ""}, CLEAN | {"身份证号": "", "姓名": "李试填", "技能等级": "六级"}))
    (copy,) = (done.out / "returned").rglob("*.xlsx")
    sheet = openpyxl.load_workbook(copy)["花名册"]
    fills = {sheet.cell(1, cell.column).value: cell.fill.fgColor.rgb for row in sheet["A2:Z3"] for cell in row if cell.comment}
    assert fills == {"岗位类别": "FFDDEBF6", "技能等级": "FFFFC7CF"}


def test_explain_names_every_condition_with_its_cell_and_clause(
    audit: Callable[..., Audit], guantong: Callable[..., Ran], clean: Path
) -> None:
    short = {
        "姓名": "李样本",
        "身份证号": "",
        "技能等级取得时间": "2023-06-30",
        "2023年度考核": "",
        "荣誉称号": "辽宁工匠",
        "职称": "经济师",
    }
    people(clean, CLEAN, CLEAN | short)
    done = audit(clean)
    ran = guantong("explain", done.out, "甲.xlsx", 3)
    assert ran.status == 0
    for words in (
        "李样本",
        "s2t-honour-full-senior",
        "s2t-honour-senior",
        "不适用",
        "将于 2026-06-30",
        "三（二）2",
        "三（四）1",
        "二（三）",
        "三（一）",
    ):
        assert words in ran.stdout, words
    lines = ran.stdout.splitlines()
    assert any("不满足" in line and "满3年" in line and "J3" in line and "2023-06-30" in line for line in lines)
    assert any("不满足" in line and "工程系列" in line and "K3" in line and "经济师" in line for line in lines)
    assert any("未知" in line and "考核" in line and "N3" in line for line in lines)
    assert any("满足" in line and "岗位类别" in line and "E3＝技能岗位" in line for line in lines)
    assert guantong("explain", done.out, "甲.xlsx", 9).status == 2


def test_check_and_the_returned_copy_list_each_column_with_what_it_was_read_as(
    guantong: Callable[..., Ran], audit: Audit, tmp_path: Path
) -> None:
    person = {
        "姓名": "张示例",
        "身份证号": "210100198501010014",
        "职称名称": "工程师",
        "职称级别": "中级",
        "批准时间": "2019-12",
        "聘任时间": "2020-01",
    }
    roster = people(tmp_path / "rosters" / "甲.xlsx", person)
    line = (
        "工作表“花名册”各栏读作：A“姓名”＝姓名；B“身份证号”＝身份证号；C“职称名称”、D“职称级别”＝职称；E“批准时间”＝职称取得时间、批准时间"
    )
    assert line in guantong("check", roster).stdout
    (copy,) = (audit(roster.parent).out / "returned").iterdir()
    assert line in [row[0] for row in openpyxl.load_workbook(copy).worksheets[0].iter_rows(max_row=10, values_only=True)]
