"""`guantong start`, which a double click runs: what is done with what was dropped, and that its result is opened."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from guantong.flows.commands.start import paths_in
from tests.conftest import GUANTONG, Ran
from tests.support.workbooks import CLEAN, people


@pytest.fixture
def opened(tmp_path: Path, environment: dict[str, str]) -> tuple[dict[str, str], Path]:
    """The environment of a desktop that opens nothing, and the file in which it notes what it should have opened."""
    notes, program = tmp_path / "opened", tmp_path / "bin" / "xdg-open"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$1" >> "{notes}"\n', encoding="utf-8")
    program.chmod(0o755)
    return environment | {"PATH": f"{program.parent}:{environment['PATH']}"}, notes


def test_a_roster_is_checked_and_a_folder_audited_whatever_else_was_dropped(
    guantong: Callable[..., Ran], opened: tuple[dict[str, str], Path], tmp_path: Path
) -> None:
    environment, notes = opened
    roster = people(tmp_path / "名单 (1) & 附件" / "甲 花名册.xlsx", CLEAN)
    line = f'cmd.exe /c ""D:\\贯通\\开始.bat" {tmp_path}/没有.xlsx "{roster}" "{roster.parent}""'
    ran = guantong("start", environment=environment | {"GUANTONG_COMMAND_LINE": line}, cwd=tmp_path)
    (report,) = roster.parent.glob("甲 花名册-检查结果*.xlsx")
    page = tmp_path / "名单 (1) & 附件-审核结果" / "bureau" / "report.html"
    assert (ran.status, notes.read_text(encoding="utf-8").splitlines()) == (2, [str(report), str(page)])
    assert ("没有.xlsx" in ran.stderr, "待核实" in openpyxl.load_workbook(report).sheetnames, page.exists()) == (True, True, True)
    assert "未读取的其他文件：检查结果 1" in ran.stdout, "the report of a check, beside its roster, is no second roster"


def test_who_drops_nothing_gets_the_form_and_never_over_one_that_stands_there(opened: tuple[dict[str, str], Path], tmp_path: Path) -> None:
    environment, notes = opened
    (tmp_path / "花名册样表.xlsx").write_text("filled in", encoding="utf-8")
    ran = subprocess.run([GUANTONG, "start"], env=environment, cwd=tmp_path, input="\n", text=True)
    assert ran.returncode == 0 and (tmp_path / "花名册样表.xlsx").read_text(encoding="utf-8") == "filled in"
    assert notes.read_text(encoding="utf-8").strip() == str(tmp_path / "花名册样表(2).xlsx")


@pytest.mark.parametrize(
    ("windows", "line", "paths"),
    [
        (True, r'"D:\名单 一\a (1).xlsx" D:\a&b^c.xlsx', [r"D:\名单 一\a (1).xlsx", r"D:\a&b^c.xlsx"]),
        (True, r" D:\李's.xlsx ", [r"D:\李's.xlsx"]),
        (False, r"/家/a\ b\&c\(1\).xlsx ", ["/家/a b&c(1).xlsx"]),
        (False, "'/家/a b.xlsx' /家/c.xlsx", ["/家/a b.xlsx", "/家/c.xlsx"]),
        (False, "\n", []),
    ],
)
def test_a_path_dragged_into_the_window_is_read_as_the_system_writes_it(windows: bool, line: str, paths: list[str]) -> None:
    assert paths_in(line, windows) == [Path(path) for path in paths]
