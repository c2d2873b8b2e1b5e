"""What is typed wrongly is told in Chinese, with what may have been meant; and a command says at once what it waits for."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from guantong.flows import cli, entry, waiting
from guantong.flows.screen import show
from guantong.rules.policy.load import PolicyError, load
from guantong.rules.what_if import edit_policy
from guantong.schemas.near_words import describe_nearest_path


def told(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    monkeypatch.setattr(sys, "argv", ["guantong", *words])
    assert entry._run() == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "chinese"),
    [
        (("audit", "x", "--workers", "0"), "参数 --workers 有误：“0”不在范围 1<=x<=256 内"),
        (("audit", "x", "--threshold", "a"), "“a”不是数字"),
        (("sample", "x", "--seed", "a"), "“a”不是数字"),
        (("serve", "--inbox", "x", "--publish-every", "month"), "“month”不是可选的值"),
        (("audit", "x", "--out"), "选项 --out：后面要写值"),
        (("audit", "x", "--publish=1"), "选项 --publish：后面不写值"),
        (("policies", "a", "b"), "多写了 b"),
        (("audit", "x", "--as-fo", "1"), "没有选项 --as-fo，是不是 --as-of？"),
        (("audit",), "缺少参数 PATH..."),
        (("audit", "http://x"), "参数 PATH... 有误"),
        (("audit", "x", "--as-of", "2025-02-30"), "“2025-02-30”不是日期"),
    ],
)
def test_click_speaks_chinese(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], chinese: str) -> None:
    assert chinese in told(capsys, monkeypatch, *words)


@pytest.mark.parametrize("day", ["2025-12-31", "2025/12/31", "20251231", "2025年12月31日", "2025.12.31"])
def test_a_day_may_be_written_as_people_write_it(day: str) -> None:
    assert str(cli._date(None, None, day)) == "2025-12-31"


@pytest.mark.parametrize(
    ("change", "meant"),
    [
        ("s2t-enginer.years=2", "s2t-engineer"),
        ("s2t-engineer.yaers=2", "years"),
        ("partial_date=latest", "partial_dates"),
        ("unknwon.post=review", "unknown"),
    ],
)
def test_a_mistyped_setting_is_told_with_the_nearest(change: str, meant: str) -> None:
    with pytest.raises(PolicyError, match=f"是不是“{meant}”？"):
        edit_policy(load("liaoning-2019-2"), [change])


def test_a_mistyped_policy_or_path_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="是不是“liaoning-2019-2”？"):
        load("liaoning2019-2")
    (tmp_path / "花名册.xlsx").touch()
    assert describe_nearest_path(tmp_path / "花名测.xlsx") == "，是不是“花名册.xlsx”？"
    assert describe_nearest_path(tmp_path / "花名册.xlsx") == describe_nearest_path(tmp_path / "none" / "花名册.xlsx") == ""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's")
def test_what_is_waited_for_is_on_a_terminal_until_something_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower = os.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        waiting.wait_for("正在准备")
        time.sleep(0.5)
        assert "正在准备……" in os.read(leader, 1000).decode()
        show("找到 2 个文件", err=True)
        time.sleep(1.2)
        said = os.read(leader, 1000).decode()
    os.close(leader)
    assert said.startswith("\r" + " " * 12) and said.endswith("\r找到 2 个文件\r\n")
