"""`guantong serve`: files that are still being copied are left for the next run; a hung webhook holds up nothing; work in old runs is kept."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from guantong.sample_data.rosters import write_rosters
from tests.conftest import Ran
from tests.flows.test_serve import Serving, begun, inbox, latest, serve  # noqa: F401 (fixtures)
from tests.flows.test_webhook import Webhook, slowly
from tests.flows.test_webhook import webhook as the_webhook  # noqa: F401 (a fixture)


@contextmanager
def being_copied(path: Path) -> Iterator[None]:
    """A file that grows by and by."""
    over = threading.Event()

    def copy() -> None:
        while not over.wait(0.1):
            with path.open("ab") as file:
                file.write(b"PK half of a workbook")

    copying = threading.Thread(target=copy)
    copying.start()
    try:
        yield
    finally:
        over.set()
        copying.join()


def files_of(folder: Path, run: str) -> dict[str, str | None]:
    table = pd.read_parquet(folder / run / "data" / "files.parquet")
    return dict(zip(table["source_file"], table["reason"].astype(object).where(table["reason"].notna(), None), strict=True))


def test_a_file_that_is_still_being_copied_is_left_for_the_next_run(
    guantong: Callable[..., Ran],
    environment: dict,
    inbox: Path,  # noqa: F811
) -> None:
    folder = inbox.parent / "runs"

    def once() -> Ran:
        return guantong("serve", "--inbox", inbox, "--runs", folder, "--once", environment=environment)

    assert once().status == 0
    whole = latest(folder)
    roster = (inbox / "乙.xlsx").read_bytes()
    with being_copied(inbox / "丙.xlsx"), being_copied(inbox / "乙.xlsx"):
        first = once()
        half = latest(folder)
        second = once()
    assert first.status == 1, first.stderr
    assert half != whole
    left = {name: reason for name, reason in files_of(folder, half).items() if reason}
    assert left == {"丙.xlsx": "still_written", "乙.xlsx": "still_written"}
    assert "2 个文件还在写入" in first.stdout and "1 个上一次读过" in first.stdout and whole in first.stdout
    assert (second.status, latest(folder)) == (0, half) and "2 个文件还在写入" in second.stderr
    findings = pd.read_parquet(folder / half / "data" / "findings.parquet")
    assert "正在复制" in findings[findings["code"] == "still_written"]["message"].iloc[0]

    (inbox / "乙.xlsx").write_bytes(roster)
    (inbox / "丙.xlsx").write_bytes(roster)
    third = once()
    assert third.status == 0 and latest(folder) != half
    assert set(files_of(folder, latest(folder)).values()) == {None}


def test_a_webhook_that_hangs_holds_up_no_run(
    guantong: Callable[..., Ran],
    environment: dict,
    inbox: Path,  # noqa: F811
    the_webhook: Callable[..., Webhook],  # noqa: F811
) -> None:
    listening = the_webhook(lambda connection: slowly(connection, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 90))
    code = f"""
import sys
from guantong.flows import entry
from guantong.flows.schedule import webhook
webhook.EXCHANGE_SECONDS = 0.5
sys.argv = ["guantong", "serve", "--inbox", {str(inbox)!r}, "--runs", {str(inbox.parent / "runs")!r}, "--once", "--webhook", {listening.url!r}]
entry.main()
"""
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr
    assert "通知未能送达" in ran.stdout and "审核完成" in ran.stdout and listening.asked == 3
    assert latest(inbox.parent / "runs")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_what_a_script_has_started_in_the_background_ends_when_it_is_asked_to(
    own_environment: dict,
    serve: Callable[..., Serving],  # noqa: F811
    inbox: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    served = serve(own_environment | {"XDG_STATE_HOME": str(tmp_path / "state")}, inbox, on_ctrl_c=signal.SIG_IGN)
    write_rosters(inbox, 600, 24, 5)
    served.prefect.start(served.prefect.find("deployments")[0]["id"])
    begun(tmp_path / "runs")
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(60) == 0
    assert "已停止" in served.told.read_text(encoding="utf-8")
