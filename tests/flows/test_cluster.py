"""A cluster: a real scheduler and real worker processes on the loopback interface. The tables are those of one machine, whoever dies."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from guantong.flows.cluster import executor
from guantong.flows.cluster.executor import ClusterExecutor, check_reach
from guantong.flows.errors import CannotRun
from guantong.sample_data.rosters import write_rosters
from tests import conftest
from tests.conftest import Audit
from tests.flows.test_rerun import alone, bytes_of
from tests.support.workbooks import CLEAN, people

KEY = "a key that the workers' environment does not have"
DASK = Path(sys.executable).with_name("dask")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")


class Dask:
    """A scheduler and workers of one thread each, in processes of their own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.environment = {name: value for name, value in environment.items() if not name.startswith("PREFECT_")}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.log = (folder / "dask.log").open("ab")
        self.workers: list[subprocess.Popen] = []
        self.scheduler = self._start("scheduler", "--host", self.address, "--no-dashboard")

    def join(self, *options: str) -> subprocess.Popen:
        """Start a worker."""
        self.workers.append(self._start("worker", self.address, "--nthreads", "1", "--no-dashboard", *(options or ("--no-nanny",))))
        return self.workers[-1]

    def wait(self) -> Dask:
        """Return when all workers have joined."""
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=60)
        return self

    def _start(self, *words: str) -> subprocess.Popen:
        folder = Path(self.log.name).parent
        return subprocess.Popen([DASK, *words], stdout=self.log, stderr=self.log, env=self.environment, cwd=folder)

    def stop(self) -> None:
        """End all that is still there: workers first, as one whom the scheduler's end and a signal reach together may wait for ever."""
        for group in (self.workers, [self.scheduler]):
            for process in group:
                process.terminate()
            for process in group:
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:  # Dask's own shutdown is not what is tested
                    process.kill()
                    process.wait()
        self.log.close()


@contextmanager
def dask(folder: Path, environment: dict[str, str], workers: int = 2) -> Iterator[Dask]:
    """A cluster, for a while."""
    made = Dask(folder, environment)
    try:
        for _ in range(workers):
            made.join()
        yield made.wait()
    finally:
        made.stop()


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rosters of every format, refused ones first, last and between, people who stand in two units and in two files."""
    folder = tmp_path_factory.mktemp("inbox") / "rosters"
    write_rosters(folder, 300, 18, 7, formats=("xlsx", "xls", "ods"))
    for name in ("000", "007", "zzz"):
        (folder / f"{name}.xlsx").write_bytes(b"no workbook")
    for name, unit in (("0001", "甲示例厂"), ("008", "乙示例厂"), ("zz1", "甲示例厂"), ("zz2", "丙示例厂")):
        people(folder / f"{name}.xlsx", CLEAN | {"单位名称": unit, "统一社会信用代码": ""})
    return folder


@pytest.fixture(scope="module")
def one_machine(audit: Callable[..., Audit], environment: dict, inbox: Path) -> Audit:
    """The audit with one worker of one machine; with more it is the same (test_what_never_matters.py)."""
    one = audit(inbox, no_cache=True, workers=1, environment=environment | {"GUANTONG_KEY": KEY})
    assert one.status == 1 and one.run["counts"]["files_refused"] == 3
    assert {"person_twice", "person_two_units"} <= set(one.findings["code"])
    return one


def started(environment: dict[str, str], *arguments: object) -> subprocess.Popen:
    """An audit that runs on its own."""
    command = [conftest.GUANTONG, "audit", *map(str, arguments), "--as-of", "2025-12-31"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True, encoding="utf-8")


def wait_for(found: Callable[[], object], running: subprocess.Popen) -> object:
    """What ``found`` gives once it gives something, while the audit runs."""
    for _ in range(6000):
        if there := found():
            return there
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    raise AssertionError("it took more than a minute")


def work_of(out: Path, pattern: str) -> Callable[[], list[Path]]:
    """What an audit has in work by now."""
    return lambda: list(out.parent.glob(f".{out.name}.*.partial/work/{pattern}"))


def test_a_worker_killed_in_the_middle_costs_a_retry_and_nothing_else(
    one_machine: Audit, environment: dict, inbox: Path, tmp_path: Path
) -> None:
    out = tmp_path / "place" / "out"
    with dask(tmp_path, environment) as there:
        running = started(environment | {"GUANTONG_KEY": KEY}, inbox, "--out", out, "--no-cache", "--cluster", there.address)
        wait_for(work_of(out, "journal-*"), running)
        victim = psutil.Process(there.workers[0].pid)
        children = wait_for(lambda: victim.children(recursive=True), running)
        victim.kill()
        there.join()  # the first death is that of a reader, the second one's comes after the reading
        told = [wait_for(running.stderr.readline, running)]
        while "读取花名册：完成" not in told[-1]:
            told.append(wait_for(running.stderr.readline, running))
        there.workers[1].send_signal(signal.SIGKILL)
        screen = running.communicate(timeout=120)
        assert running.returncode == 1, (told, screen)
        assert not psutil.wait_procs(children, timeout=15)[1], "a child outlived its worker"
    assert bytes_of(out) == bytes_of(one_machine.out)
    for part in ("units", "returned"):
        assert tree(out / part) == tree(one_machine.out / part)
    log = (tmp_path / "dask.log").read_text(encoding="utf-8")
    assert KEY not in log and CLEAN["身份证号"] not in log
    held = [path.read_bytes() for path in Path(environment["PREFECT_HOME"]).rglob("*") if path.is_file()]
    assert any(b"guantong-audit" in content for content in held)
    assert not [content for content in held if KEY.encode() in content]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_lost_scheduler_ends_the_run_and_the_next_takes_up_its_work(
    one_machine: Audit, audit: Callable[..., Audit], environment: dict, inbox: Path, tmp_path: Path
) -> None:
    out = tmp_path / "place" / "out"
    environment = alone(environment, tmp_path / "cache") | {"GUANTONG_KEY": KEY}
    with dask(tmp_path, environment) as there:
        running = started(environment, inbox, "--out", out, "--cluster", there.address)
        wait_for(lambda: list((tmp_path / "cache" / "packs").glob("*/[!.]*/pack.json")), running)
        there.scheduler.send_signal(signal.SIGKILL)
        screen = running.communicate(timeout=60)
    assert running.returncode == 2, screen
    assert "失去联系" in screen[1] and "Traceback" not in screen[1]
    assert [path.name for path in out.parent.iterdir()] == []
    with dask(tmp_path, environment) as there:
        done = audit(inbox, out=out, cluster=there.address, environment=environment)
        assert done.run["counts"]["files_kept"] > 0
        assert bytes_of(out) == bytes_of(one_machine.out)
        there.join("--nanny")
        there.wait()
        refused = audit(inbox, out=out, cluster=there.address, environment=environment, no_cache=True)
        assert refused.status == 2 and "--no-nanny" in refused.stderr
    assert bytes_of(out) == bytes_of(one_machine.out)


@pytest.mark.parametrize(
    ("address", "words"),
    [("10.0.0.5:8786", "集群地址"), ("tcp://10.0.0.5", "集群地址"), ("tcp://a:b", "集群地址"), ("tcp://10.0.0.5:8786", "PREFECT_API_URL")],
)
def test_an_address_that_cannot_do_is_told_before_anything_starts(
    guantong: Callable[..., conftest.Ran], inbox: Path, tmp_path: Path, address: str, words: str
) -> None:
    ran = guantong("audit", inbox, "--out", tmp_path / "place" / "out", "--cluster", address)
    assert ran.status == 2 and words in ran.stderr
    assert not list(tmp_path.rglob("*.partial"))


def test_a_scheduler_that_does_not_answer_is_told(audit: Callable[..., Audit], inbox: Path, tmp_path: Path, monkeypatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr(executor, "CONNECT_SECONDS", 1)
    with pytest.raises(CannotRun, match="连不上"), executor.join_cluster(address, [], None, tmp_path):
        pass


def test_without_the_extra_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    check_reach("tcp://127.0.0.1:8786")
    monkeypatch.setattr(executor, "find_spec", lambda name: None)
    with pytest.raises(CannotRun, match=r"pip install 'guantong\[cluster\]'"):
        check_reach("tcp://127.0.0.1:8786")


def test_a_server_on_the_loopback_interface_serves_no_other_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for url, fits in (("http://127.0.0.1:4200/api", False), ("http://localhost:4200/api", False), ("http://10.0.0.4:4200/api", True)):
        monkeypatch.setenv("PREFECT_API_URL", url)
        if fits:
            check_reach("tls://10.0.0.5:8786")
        else:
            with pytest.raises(CannotRun, match="PREFECT_API_URL"):
                check_reach("tls://10.0.0.5:8786")


def test_a_cluster_without_workers_for_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        status = "running"

        def nthreads(self) -> dict[str, int]:
            return {}

    class Waiting:
        class wrapped_future:  # noqa: N801
            done = staticmethod(lambda: False)

    monkeypatch.setattr(executor, "NO_WORKER_SECONDS", 0.1)
    monkeypatch.setattr(executor, "_CHECK_SECONDS", 0.01)
    with pytest.raises(CannotRun, match="worker 都已退出"):
        list(ClusterExecutor("tcp://127.0.0.1:1", Client()).results([Waiting]))


def test_workers_and_cluster_exclude_each_other(guantong: Callable[..., conftest.Ran], inbox: Path) -> None:
    ran = guantong("audit", inbox, "--cluster", "tcp://127.0.0.1:8786", "--workers", "2")
    assert ran.status == 2 and "--workers" in ran.stderr
