"""Prefect's server: nobody else can have its port, several may start together, and one that dies costs no audit."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from guantong.flows import cli
from guantong.flows.entry import _run
from guantong.flows.storage import last_result
from guantong.sample_data.rosters import write_rosters
from tests import conftest
from tests.conftest import Ran
from tests.flows.test_rerun import bytes_of
from tests.support.workbooks import CLEAN, people

FLOW = "the flow"
STAND_IN = """
import http.server, os, socket, sys
sys.stdin.buffer.readline()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"true")
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[2]))
server.serve_forever()
"""
SUPERVISED = f"""
import http.client, json, pathlib, socket, sys, time
from guantong.flows import prefect_server
prefect_server._SERVER_PROCESS = {STAND_IN!r}
server = prefect_server.start_server(pathlib.Path(sys.argv[1]))
port = int(server.address.rpartition(":")[2])

def taken():
    for option in (None, socket.SO_REUSEADDR, getattr(socket, "SO_REUSEPORT", None)):
        with socket.socket() as other:
            if option is not None:
                other.setsockopt(socket.SOL_SOCKET, option, 1)
            try:
                other.bind(("127.0.0.1", port)); other.listen()
                return False
            except OSError:
                pass
    return True

found = [taken()]
for _ in range(prefect_server._MAX_ENDS):
    server.wait_until_ready()
    last = server.process
    last.kill(); last.wait()
    found.append(taken())
    while server.process is last and not server.lost.is_set():
        time.sleep(0.01)
for method in ("GET", "POST"):
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    asked.request(method, "/api/health", body=b"x" * 200_000)
    found.append(asked.getresponse().status)
found.append(taken())
try:
    server.wait_until_ready()
except prefect_server.CannotRun as error:
    found.append(str(error))
print(json.dumps([found, server.unexpected_ends, server.password in " ".join(last.args)]))
server.stop()
"""


@pytest.fixture
def clean(own_environment: dict, tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has no Prefect server, and a new home."""
    return own_environment | {"PREFECT_HOME": str(tmp_path / "home")}


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is handed its socket as on Unix")
def test_the_port_is_this_process_own_from_first_to_last_whatever_becomes_of_the_server(clean: dict, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SUPERVISED, tmp_path / "home"], env=clean, capture_output=True, text=True, timeout=120, check=True
    )
    (*found, words), ends, told = json.loads(done.stdout)
    assert found == [True, True, True, True, 410, 410, True]
    assert ends == 3 and "没有启动" in words and not told


STARTED = """
import pathlib, sys
from guantong.flows.prefect_server import start_server
server = start_server(pathlib.Path(sys.argv[1]), lasting=True)
server.wait_until_ready()
print(server.address, server.unexpected_ends, flush=True)
sys.stdin.read()
server.stop()
"""


def test_several_that_start_at_once_in_a_new_home_all_live(clean: dict, tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTED, tmp_path / "home"]
    several = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean) for _ in range(3)]
    try:
        told = [one.stdout.readline().split() for one in several]
    finally:
        for one in several:
            one.communicate()
    assert len({address for address, _ in told}) == 3 and [ends for _, ends in told] == ["0"] * 3


def kill_servers(of: psutil.Process, times: int) -> None:
    """Kill the server of an audit, and those that follow it, so many in all."""
    while times and of.is_running():
        with suppress(psutil.Error):
            for child in of.children():
                if "create_app" in " ".join(child.cmdline()):
                    child.kill()
                    child.wait()
                    times -= 1


def await_flow_run(home: Path) -> None:
    """Return when a flow runs, by the records of the server at ``home``: it asks the server before it ends, at least."""
    found = []
    while not found:
        time.sleep(0.01)
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{home / 'prefect.db'}?mode=ro", uri=True)) as records:
            found = records.execute("SELECT id FROM flow_run WHERE state_type = 'RUNNING'").fetchall()


@contextmanager
def killed(environment: dict[str, str], *words: object) -> Iterator[Callable[[str, int], Ran]]:
    """A command whose server is killed, so often, when it says so, or when its FLOW is under way."""
    command = [conftest.GUANTONG, *map(str, words)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment)

    def kill(times: int, after: Callable[[], None] = lambda: None) -> None:
        after()
        kill_servers(psutil.Process(running.pid), times)

    def when(line: str, times: int) -> Ran:
        told = []
        if line == FLOW:
            threading.Thread(target=kill, args=(times, partial(await_flow_run, Path(environment["PREFECT_HOME"]))), daemon=True).start()
        for said in running.stderr:
            if line in said and not any(line in earlier for earlier in told):
                threading.Thread(target=kill, args=(times,), daemon=True).start()
            told.append(said)
        stdout = running.stdout.read()
        return Ran(running.wait(), stdout, "".join(told))

    try:
        yield when
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
        running.stderr.close()


@pytest.fixture(scope="module")
def rosters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rosters")
    write_rosters(folder, 120, 4, 3)
    return folder


@pytest.fixture(scope="module")
def undisturbed(audit: Callable, rosters: Path) -> dict[str, bytes]:
    return bytes_of(audit(rosters, no_cache=True).out)


@pytest.mark.parametrize(
    ("line", "times", "about"),
    [("正在启动 Prefect", 1, "已重新启动"), ("写出数据表", 1, "已重新启动"), (FLOW, 9, "未能把"), ("读取最慢", 9, "未能把")],
)
def test_a_server_that_dies_costs_its_records_at_most(
    clean: dict, rosters: Path, undisturbed: dict, tmp_path: Path, line: str, times: int, about: str
) -> None:
    out = tmp_path / "out"
    with killed(clean, "audit", rosters, "--out", out, "--as-of", "2025-12-31", "--workers", 1, "--no-cache") as when:
        ran = when(line, times)
    assert ran.status == 0, ran.stderr
    assert ran.stderr.count(about) == 1 and "没有改动" not in ran.stderr and "审核完成" in ran.stdout
    assert bytes_of(out) == undisturbed
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_run_of_the_inbox_that_is_in_place_is_done_without_the_server_too(clean: dict, rosters: Path, tmp_path: Path) -> None:
    with killed(clean, "serve", "--inbox", rosters, "--runs", tmp_path / "runs", "--once") as when:
        ran = when("读取最慢", 9)
    assert ran.status == 0 and "审核完成" in ran.stdout, ran.stderr
    run = json.loads((tmp_path / "runs" / "latest.json").read_bytes())["run"]
    assert (tmp_path / "runs" / run / "run.json").is_file()


def test_a_server_that_never_lives_costs_its_records_only(clean: dict, rosters: Path, undisturbed: dict, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with killed(clean, "audit", rosters, "--out", out, "--as-of", "2025-12-31", "--workers", 1, "--no-cache") as when:
        ran = when("正在启动 Prefect", 9)
    assert ran.status == 0 and "审核完成" in ran.stdout, ran.stderr
    assert ran.stderr.count("未能把") == 1 and "Prefect 服务没有启动" in ran.stderr and "server.log" in ran.stderr
    assert bytes_of(out) == undisturbed


@pytest.mark.parametrize("command", ["audit", "serve"])
def test_a_server_of_the_users_that_is_not_there_is_named_at_once(
    guantong: Callable[..., Ran], clean: dict, tmp_path: Path, command: str
) -> None:
    people(tmp_path / "in" / "甲.xlsx", CLEAN)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/api"
        given = (
            ["audit", tmp_path / "in", "--out", tmp_path / "out"] if command == "audit" else ["serve", "--once", "--inbox", tmp_path / "in"]
        )
        ran = guantong(*given, cwd=tmp_path, environment=clean | {"PREFECT_API_URL": url})
    assert ran.status == 2 and url in ran.stderr and "PREFECT_API_URL" in ran.stderr
    assert os.listdir(tmp_path) == ["in"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("其他"), OSError(5, "其他")], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("begun", "about"), [(True, "替换了上一次的输出"), (False, "没有改动上一次的输出")])
def test_how_a_run_ended_says_whether_the_last_output_was_replaced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, tmp_path: Path, error: BaseException, begun: bool, about: str
) -> None:
    for name in ("out", "new"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(last_result, "_watched", {})

    def run(**_: object) -> None:
        last_result.watch(tmp_path / "out")
        if begun:
            (tmp_path / "out").rename(tmp_path / "old")
            (tmp_path / "new").rename(tmp_path / "out")
        raise error

    monkeypatch.setattr(cli.cli, "main", run)
    assert _run() == (130 if isinstance(error, KeyboardInterrupt) else 2)
    assert about in capsys.readouterr().err
