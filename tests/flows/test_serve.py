"""`guantong serve`: an inbox audited by a schedule or once, against real Prefect servers; others are told counts and nothing else."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import openpyxl
import psutil
import pytest

from guantong.flows.schedule import run_folder
from guantong.flows.storage.output_folder import OUTPUTS, check_out
from guantong.sample_data.rosters import write_rosters
from tests import conftest
from tests.conftest import Ran
from tests.support.workbooks import CLEAN, people

SECRET = "张保密甲"
NOW = dt.date.today().year  # a scheduled audit is as of today
PERSON = CLEAN | {f"{year}年度考核": "合格" for year in range(NOW - 4, NOW)}
OF_ALL_RUNS = ["attempts.json", "index.html", "latest.json"]  # what lies beside the runs
OVER = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@dataclass
class Listener:
    """A real HTTP server that keeps what is posted to it, and answers ``status``."""

    url: str = ""
    status: int = 204
    bodies: list[bytes] = field(default_factory=list)

    def messages(self) -> list[dict]:
        return [json.loads(body) for body in self.bodies]


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}/token-of-the-bureau"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


class Prefect:
    """What a Prefect server knows, asked through its API."""

    def __init__(self, url: str, password: str) -> None:
        self.client = httpx.Client(base_url=f"{url}/", auth=tuple(password.split(":")), trust_env=False, timeout=60)

    def find(self, what: str, **filters: object) -> list[dict]:
        return self.client.post(f"{what}/filter", json=filters).raise_for_status().json()

    def runs(self) -> list[dict]:
        """Runs of the scheduled flow, the last first."""
        asked = {"flows": {"name": {"any_": ["guantong-scheduled"]}}, "sort": "EXPECTED_START_TIME_DESC"}
        return self.find("flow_runs", **asked)

    def start(self, deployment: str) -> str:
        asked = partial(self.client.post, f"deployments/{deployment}/create_flow_run", json={})
        return until(lambda: (answer := asked()).status_code != 503 and answer).raise_for_status().json()["id"]  # 503: its database is busy

    def ended(self, run: str) -> dict:
        return until(lambda: (found := self.run(run))["state_type"] in OVER and found)

    def run(self, run: str) -> dict:
        return self.client.get(f"flow_runs/{run}").raise_for_status().json()

    def artifacts(self, run: str) -> dict[str, str]:
        return {one["key"]: one["data"] for one in self.find("artifacts", artifacts={"flow_run_id": {"any_": [run]}})}


def until(ask: Callable[[], object], seconds: float = 120) -> object:
    """What ``ask`` gives once it gives something."""
    end = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def prefect(environment: dict[str, str]) -> Iterator[Prefect]:
    asked = Prefect(environment["PREFECT_API_URL"], environment["PREFECT_API_AUTH_STRING"])
    yield asked
    asked.client.close()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Two rosters: a person who may apply, and one of another unit."""
    people(tmp_path / "inbox" / f"{SECRET}的名册.xlsx", PERSON | {"姓名": SECRET})
    people(tmp_path / "inbox" / "乙.xlsx", PERSON | {"姓名": "李样本", "身份证号": "", "单位名称": "乙厂"})
    return tmp_path / "inbox"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def shown(folder: Path) -> str:
    """What the page of runs says, as text."""
    page = (folder / "index.html").read_text(encoding="utf-8")
    return " ".join(re.sub(r"<(/?b)>|<[^>]+>", lambda tag: "" if tag[1] else " ", page[page.index("<body>") :]).split())


def links(folder: Path) -> list[str]:
    return re.findall(r'href="([^"]+)"', (folder / "index.html").read_text(encoding="utf-8"))


def cells_of(workbook: Path) -> set[object]:
    book = openpyxl.load_workbook(workbook)
    return {cell for sheet in book.worksheets for row in sheet.values for cell in row}


def latest(folder: Path) -> str:
    return json.loads((folder / "latest.json").read_bytes())["run"]


def counts_of(folder: Path, run: str) -> dict:
    return json.loads((folder / run / "run.json").read_bytes())["counts"]


def test_once_by_once(guantong: Callable[..., Ran], environment: dict, prefect: Prefect, inbox: Path, listener: Listener) -> None:
    """An audit; nothing new; a change, told to nobody who listens; an inbox that is empty. The page of runs tells of each."""
    folder = inbox.parent / "runs"
    expected = inbox / "应报.csv"  # no roster
    expected.write_text("单位名称\n乙厂\n丙厂\n示例机械有限公词\n", encoding="utf-8")

    def once(*more: object) -> Ran:
        given = ("--inbox", inbox, "--runs", folder, "--webhook", listener.url, "--expected", expected, "--once", *more)
        return guantong("serve", *given, environment=environment)

    first = once()
    assert first.status == 0, first.stderr
    run = latest(folder)
    candidates = counts_of(folder, run)["candidates"]
    assert candidates > 0 and f"候选　{candidates} 人" in first.stdout
    assert names(folder) == [run, *OF_ALL_RUNS]
    page = shown(folder)
    assert f"{candidates}候选" in page and "应报 3 个单位：已报送 1 个，没有报送 1 个，请核对 1 个" in page
    assert "没有报送 单位 在名单中的位置 丙厂" in page and "名称相近：名册里是“示例机械有限公司”" in page
    assert "应报 3 个单位：已报送 1 个" in first.stdout and "index.html" in first.stdout
    assert set(names(folder / run)) == set(OUTPUTS)
    check_out(folder / run)
    recorded = prefect.runs()[0]
    assert (recorded["state_type"], recorded["parameters"]) == ("COMPLETED", {})
    assert recorded["name"].startswith(f"审核 {run[:10]}") and f"候选 {candidates} 人" in recorded["state"]["message"]
    page = prefect.artifacts(recorded["id"])
    assert f"| 候选人 | {candidates} |" in page["guantong-run"] and (folder / run).as_uri() in page["guantong-folder"]
    tasks = prefect.find("task_runs", flow_runs={"parent_flow_run_id": {"any_": [recorded["id"]]}})
    assert {"读取与校验", "评价"} <= {one["name"].rpartition("-")[0] for one in tasks}

    second = once()
    assert second.status == 0 and "没有新报送或有改动" in second.stderr
    assert names(folder) == [run, *OF_ALL_RUNS]
    assert "没有新的内容 收件箱里没有新报送或有改动的花名册" in shown(folder)
    recorded = prefect.runs()[0]
    assert (recorded["state_type"], "没有新报送" in recorded["state"]["message"]) == ("COMPLETED", True)

    listener.status = 500
    (folder / "我的资料").mkdir()
    (folder / "2020-01-01-020000").mkdir()  # no output of ours
    people(
        inbox / "乙.xlsx",
        PERSON | {"姓名": "李样本", "身份证号": "", "单位名称": "乙厂"},
        PERSON | {"姓名": "王新来", "身份证号": "", "单位名称": "乙厂"},
    )
    third = once("--keep", 1)
    assert third.status == 0, third.stderr
    assert "通知未能送达：对方返回 500" in third.stdout and listener.url not in third.stdout + third.stderr
    changed = latest(folder)
    assert changed > run
    compared = [f"{changed}.comparison.json", f"{changed}.comparison.xlsx"]
    assert names(folder) == ["2020-01-01-020000", changed, *compared, *OF_ALL_RUNS, "我的资料"]
    assert "1 个文件有改动 1 人新出现" in shown(folder) and run not in links(folder)
    assert "王新来" in cells_of(folder / compared[1])
    comparison = json.loads((folder / f"{changed}.comparison.json").read_bytes())
    assert comparison["files"] == {"new": 0, "changed": 1, "vanished": 0}
    assert (comparison["previous"], comparison["persons"]["appeared"], comparison["persons"]["vanished"]) == (run, 1, 0)
    assert counts_of(folder, changed)["files_kept"] == 1
    recorded = prefect.runs()[0]
    assert "| 新出现 | 1 |" in prefect.artifacts(recorded["id"])["guantong-run"]

    listener.status = 204
    for path in inbox.glob("*.xlsx"):
        path.unlink()
    fourth = once()
    assert fourth.status == 2 and "没有找到花名册" in fourth.stderr
    assert latest(folder) == changed
    page = shown(folder)
    assert "没有完成 没有找到花名册" in page and f"{counts_of(folder, changed)['candidates']}候选" in page
    for words in (SECRET, "李样本", "王新来"):
        assert words not in (folder / "index.html").read_text(encoding="utf-8"), words
    assert all((folder / address).exists() for address in links(folder))
    recorded = prefect.runs()[0]
    assert (recorded["state_type"], "没有找到花名册" in recorded["state"]["message"]) == ("FAILED", True)

    told = listener.messages()
    assert [one["status"] for one in told] == ["completed", "nothing_new", *["completed"] * 3, "failed"]
    assert told[0]["counts"]["candidates"] == candidates and told[0]["run"] == run
    assert told[2]["persons"]["appeared"] == 1 and told[2]["files"]["changed"] == 1
    assert told[-1] == {"tool": "guantong", "status": "failed", "kind": "CannotRun"}
    for words in (SECRET, "李样本", "乙", "xlsx", str(inbox.parent)):
        assert words not in "".join(body.decode() for body in listener.bodies), words


def test_a_list_that_has_changed_is_reason_enough_for_an_audit(
    guantong: Callable[..., Ran], environment: dict, prefect: Prefect, inbox: Path
) -> None:
    listed, folder = inbox.parent / "诚信名单.csv", inbox.parent / "runs"
    found = []
    for decision in ("弄虚作假", "弄虚作假", "良好"):
        listed.write_text(f"姓名,身份证号,处理决定\n某某,{PERSON['身份证号']},{decision}\n", encoding="utf-8")
        ran = guantong("serve", "--inbox", inbox, "--runs", folder, "--once", "--integrity", listed, "--publish", environment=environment)
        assert ran.status == 0, ran.stderr
        found.append(latest(folder))
    assert found[0] == found[1] != found[2]
    vetoed = [counts_of(folder, run) for run in (found[0], found[2])]
    assert [counts["integrity"]["rows_vetoed"] for counts in vetoed] == [1, 0]
    assert vetoed[1]["candidates"] == vetoed[0]["candidates"] + 1
    assert (folder / found[2] / "bureau" / "publish").is_dir()


FAULTY = """
import sys
from guantong.flows import entry
from guantong.flows.audit import command
def run_audit(request, out):
    raise ValueError("王泄露 210100198501010014")
command.run_audit = run_audit
sys.argv = ["guantong", *sys.argv[1:]]
entry.main()
"""


def test_a_fault_is_told_by_its_kind_alone(environment: dict, prefect: Prefect, inbox: Path, listener: Listener) -> None:
    given = ["serve", "--inbox", inbox, "--runs", inbox.parent / "runs", "--webhook", listener.url, "--once"]
    done = subprocess.run([sys.executable, "-c", FAULTY, *given], capture_output=True, text=True, env=environment, check=False, timeout=120)
    assert done.returncode == 2
    assert listener.messages() == [{"tool": "guantong", "status": "failed", "kind": "ValueError"}]
    recorded = prefect.runs()[0]
    assert recorded["state_type"] == "FAILED" and "ValueError" in recorded["state"]["message"]
    assert "王泄露" not in done.stdout + done.stderr + json.dumps(recorded, ensure_ascii=False)
    assert not (inbox.parent / "runs" / "latest.json").exists()


def test_a_second_run_at_once_is_told(guantong: Callable[..., Ran], environment: dict, prefect: Prefect, inbox: Path) -> None:
    with run_folder.hold_runs(inbox.parent / "runs"):
        second = guantong("serve", "--inbox", inbox, "--runs", inbox.parent / "runs", "--once", environment=environment)
    assert second.status == 2 and "另一次审核正在进行" in second.stderr
    recorded = prefect.runs()[0]
    assert (recorded["state_type"], recorded["state"]["name"]) == ("CANCELLED", "Skipped")


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["--inbox", "nowhere", "--once"], "nowhere"),
        (["--inbox", "inbox"], "--cron"),
        (["--inbox", "inbox", "--once", "--webhook", "ftp://bureau"], "--webhook"),
        (["--inbox", "inbox", "--once", "--policy", "none"], "none"),
        (["--inbox", "inbox", "--once", "--keep", "0"], "--keep"),
        (["--inbox", "inbox", "--once", "--integrity", "none.xlsx"], "none.xlsx"),
    ],
)
def test_what_cannot_run_says_why(guantong: Callable[..., Ran], inbox: Path, arguments: list[str], about: str) -> None:
    ran = guantong("serve", *arguments, cwd=inbox.parent)
    assert ran.status == 2
    assert about in ran.stderr and "Traceback" not in ran.stderr
    assert names(inbox.parent) == ["inbox"]


@dataclass
class Serving:
    """A running `guantong serve` with a server of its own."""

    process: subprocess.Popen
    prefect: Prefect
    page: str
    told: Path


@pytest.fixture
def serve() -> Iterator[Callable[..., Serving]]:
    """Start it, and wait until it serves; at the end of the test it is ended."""
    with ExitStack() as stack:
        yield partial(serving, stack)


def serving(stack: ExitStack, environment: dict[str, str], inbox: Path, on_ctrl_c: object = signal.default_int_handler) -> Serving:
    told = inbox.parent / "told"
    with told.open("wb") as file:
        process = subprocess.Popen(
            [conftest.GUANTONG, "serve", "--inbox", inbox, "--runs", inbox.parent / "runs", "--cron", "0 2 1 * *"],
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment | {"PREFECT_RUNNER_POLL_FREQUENCY": "1", "TZ": "Asia/Shanghai"},
            preexec_fn=lambda: signal.signal(signal.SIGINT, on_ctrl_c),  # a background shell has its jobs ignore it
        )
    stack.callback(process.kill)
    until(lambda: "Ctrl-C" in told.read_text(encoding="utf-8") or process.poll() is not None)
    url, password = re.search(r"网页　(\S+)　口令　(\S+?)（", told.read_text(encoding="utf-8")).groups()
    return Serving(process, Prefect(f"{url}/api", password), url, told)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and SIGINT to one process are POSIX's")
def test_served_by_a_server_of_its_own(own_environment: dict, serve: Callable[..., Serving], inbox: Path, tmp_path: Path) -> None:
    """A schedule, a run that is asked for, another at the same time; a kill in the midst of a run; Ctrl-C in the midst of the next."""
    environment = own_environment | {"XDG_STATE_HOME": str(tmp_path / "state")}
    folder = tmp_path / "runs"
    one = serve(environment, inbox)
    (deployment,) = one.prefect.find("deployments")
    schedule = deployment["schedules"][0]["schedule"]
    assert (schedule["cron"], schedule["timezone"], deployment["parameters"]) == ("0 2 1 * *", "Asia/Shanghai", {})
    assert "<html" in httpx.get(one.page, trust_env=False, follow_redirects=True).text
    due = until(lambda: [run for run in one.prefect.runs() if run["auto_scheduled"]])
    assert {run["expected_start_time"][7:19] for run in due} <= {"-30T18:00:00", "-31T18:00:00", "-28T18:00:00", "-29T18:00:00"}

    both = [one.prefect.ended(run) for run in [one.prefect.start(deployment["id"]), one.prefect.start(deployment["id"])]]
    assert sorted(run["state_type"] for run in both) == ["CANCELLED", "COMPLETED"], one.told.read_text(encoding="utf-8")
    (done,) = [run for run in both if run["state_type"] == "COMPLETED"]
    candidates = counts_of(folder, latest(folder))["candidates"]
    assert candidates > 0 and f"| 候选人 | {candidates} |" in one.prefect.artifacts(done["id"])["guantong-run"]
    assert names(folder) == [latest(folder), *OF_ALL_RUNS]
    asked = {"filter": {"event": {"name": ["guantong.audit.completed"]}}}
    (event,) = until(lambda: one.prefect.client.post("events/filter", json=asked).json()["events"])
    assert event["payload"]["counts"]["candidates"] == candidates

    write_rosters(inbox, 1500, 60, 5)
    killed = one.prefect.start(deployment["id"])
    begun(folder)
    left = psutil.Process(one.process.pid).children(recursive=True)
    one.process.kill()
    one.process.wait()
    assert len(left) > 2 and not psutil.wait_procs(left, timeout=20)[1], "a child outlived the service"

    two = serve(environment, inbox)
    assert two.prefect.run(killed)["state_type"] == "CRASHED"
    last = two.prefect.start(deployment["id"])
    begun(folder)
    left = psutil.Process(two.process.pid).children(recursive=True)
    two.process.send_signal(signal.SIGINT)
    assert two.process.wait(60) == 0
    assert len(left) > 2 and not psutil.wait_procs(left, timeout=5)[1], "a child outlived the service"
    assert names(folder) == [latest(folder), *OF_ALL_RUNS]
    page = shown(folder)
    assert "定时服务已于" in page and "被中断" in page and "正在审核" not in page and f"{candidates}候选" in page
    assert "nanobind" not in one.told.read_text(encoding="utf-8")
    assert state_of(tmp_path / "state" / "guantong" / "prefect" / "prefect.db", last) not in ("RUNNING", "PENDING", "COMPLETED")


def begun(folder: Path) -> None:
    """Wait until a run is writing."""
    until(lambda: any(name.endswith(".partial") for name in os.listdir(folder)))


def state_of(database: Path, run: str) -> str:
    """The state of a run, as it stands on the disk."""
    import sqlite3

    with sqlite3.connect(database) as con:
        ((state,),) = con.execute("SELECT state_type FROM flow_run WHERE replace(id, '-', '') = ?", [run.replace("-", "")])
    return state
