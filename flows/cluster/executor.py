"""An audit on a Dask cluster (`--cluster`): whether it can run there, and its results as they come. Needs guantong[cluster]."""

from __future__ import annotations

import ipaddress
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from guantong.flows.audit.running.executor import installed_code
from guantong.flows.errors import CannotRun
from guantong.flows.prefect_server import user_server
from guantong.flows.records import Input
from guantong.flows.redaction import Sealed

CONNECT_SECONDS = 15
NO_WORKER_SECONDS = 60  # how long a run waits for a worker where all are gone
_CHECK_SECONDS = 2.0  # seconds between two looks at the cluster
_TAKEN_UP = "已读取的文件已存入缓存，恢复后重新运行即可接着做，没有改动上一次的输出"
_UNFIT = {
    "daemon": "worker 是守护进程，不能启动受限的读取子进程。请用 dask worker 地址 --no-nanny 启动，或先设环境变量 DASK_DISTRIBUTED__WORKER__DAEMON=False",
    "code": "worker 上 guantong 或其依赖库的版本与本机不同。请在各机器上安装相同版本，并重新启动 worker",
    "shared": "worker 看不到“{}”。花名册、输出文件夹和缓存（环境变量 GUANTONG_CACHE，或用 --no-cache）须放在各机器以相同路径共享的文件夹里",
}


def check_reach(address: str) -> None:
    """Raise CannotRun where an audit on the cluster at ``address`` can't even begin: nothing is started for it."""
    if not all(find_spec(name) for name in ("distributed", "prefect_dask")):
        raise CannotRun("--cluster 需要另行安装：pip install 'guantong[cluster]'（本机和集群的每台机器都要安装）")
    scheduler = urlsplit(address)
    try:
        whole = scheduler.scheme in ("tcp", "tls") and bool(scheduler.hostname) and scheduler.port is not None
    except ValueError:  # of the port
        whole = False
    if not whole:
        raise CannotRun(f"集群地址“{address}”有误，应为调度器的地址，如 tcp://10.0.0.5:8786")
    if _loopback(scheduler.hostname):
        return
    server = user_server()
    if server is None or _loopback(urlsplit(server).hostname or ""):
        raise CannotRun(
            "集群在其他机器上，它们要能访问 Prefect 服务，而临时的 Prefect 服务只在本机内可用。请在一台各机器都能访问的机器上运行"
            " prefect server start --host 0.0.0.0，再设环境变量 PREFECT_API_URL=http://那台机器的地址:4200/api"
        )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def join_cluster(address: str, inputs: list[Input], cache_folder: Path | None, staging: Path) -> Iterator[ClusterExecutor]:
    """Join a cluster for one audit. Raises CannotRun where it does not answer, has no workers, or workers that are not fit."""
    from distributed import Client

    from guantong.flows.cluster.worker import WorkerSetup

    # what they would print of a lost connection is said by us
    for name in ("distributed", "distributed.client", "distributed.core", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, RuntimeError) as error:
        raise CannotRun(f"连不上集群的调度器“{address}”（{type(error).__name__}）。请检查地址，以及 dask scheduler 是否在运行") from error
    with client:
        cluster = ClusterExecutor(address, client)
        if not cluster.threads:
            raise CannotRun(f"集群“{address}”没有 worker。请在各机器上运行 dask worker {address} --no-nanny")
        _check_scheduler(client)
        client.register_plugin(WorkerSetup())
        _check_workers(client, inputs, cache_folder, staging)
        try:
            yield cluster
        except Exception as error:  # any call fails where the scheduler has ended
            if isinstance(error, CannotRun) or cluster.answers():
                raise
            raise cluster.lost() from error


def _check_scheduler(client: object) -> None:
    """Raise CannotRun where the scheduler runs another guantong: it takes tasks out of their pickles."""
    from guantong.flows.cluster.worker import prepare_process

    try:
        code = client.run_on_scheduler(prepare_process)
    except ImportError as error:
        raise CannotRun("集群的调度器所在机器上没有安装 guantong[cluster]，或版本与本机不同") from error
    if code != installed_code():
        raise CannotRun(
            "集群不能用于审核：" + _UNFIT["code"].replace("worker 上", "调度器的机器上").replace("启动 worker", "启动调度器和 worker")
        )


def _check_workers(client: object, inputs: list[Input], cache_folder: Path | None, staging: Path) -> None:
    from guantong.flows.cluster.worker import why_unfit

    readable = [item.path for item in inputs if item.refusal is None and item.path.is_file()]
    must_see: list[tuple[Path, bytes | None]] = [(path, None) for path in dict.fromkeys([*readable[:1], *readable[-1:]])]
    with ExitStack() as stack:
        for folder in filter(None, (staging / "work", cache_folder)):
            try:
                must_see.append(stack.enter_context(_probe_file(folder)))
            except OSError:  # a cache that can't be used costs nothing else: the run warns of it
                continue
        problems = client.run(why_unfit, installed_code(), must_see, on_error="return")
    for address, why in sorted(problems.items()):
        if isinstance(why, ImportError):
            raise CannotRun(f"worker（{address}）上没有安装 guantong[cluster]，或版本与本机不同")
        if isinstance(why, BaseException):
            raise why
        if why is not None:
            raise CannotRun(f"集群不能用于审核：{address} 的" + _UNFIT[why[0]].format(why[1]))


@contextmanager
def _probe_file(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """A file that only this run has written, for as long as it takes the workers to look for it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, content = folder / f".seen-{secrets.token_hex(8)}", secrets.token_hex(8).encode()
    path.write_bytes(content)
    try:
        yield path, content
    finally:
        path.unlink()


class ClusterExecutor:
    """The executor of a Dask cluster. ``threads``: of all workers together, when the audit began."""

    is_local = False

    def __init__(self, address: str, client: object) -> None:
        from guantong.flows.cluster.worker import worker_pool

        self.address, self.client, self.pool = address, client, worker_pool
        self.threads: int = sum(client.nthreads().values())
        self._steps: Callable[[], object] | None = None
        self._checked_at = self._had_workers_at = time.monotonic()

    def begin(self, steps: Callable[[], object]) -> None:
        """Have the flow take the steps: its workers begin no work that Prefect does not send them."""
        self._steps = steps

    def follow(self) -> object:
        """In the flow: take the steps; gives what they give."""
        return self._steps()

    def submit(self, work: Callable, *given: object, wait_for: Iterable = ()) -> object:
        """Send a piece of work to a worker, once those of ``wait_for`` are done."""
        from guantong.flows.audit.running.tasks import TASKS

        return TASKS[work].submit(Sealed((work, given)), wait_for=wait_for)

    def do(self, work: Callable, *given: object) -> object:
        """What comes of one piece of work."""
        ((_, result),) = self.results([self.submit(work, *given)])
        return result

    def runner(self) -> object:
        from prefect_dask import DaskTaskRunner

        return DaskTaskRunner(address=self.address, client_kwargs={"timeout": CONNECT_SECONDS})

    def results(self, futures: list) -> Iterator[tuple[int, object]]:
        from distributed import KilledWorker

        waiting = dict(enumerate(futures))
        while waiting:
            self._check_alive()
            done = [number for number, future in waiting.items() if future.wrapped_future.done()]
            for number in done:
                try:
                    yield number, waiting.pop(number).result()
                except KilledWorker as error:
                    raise CannotRun("集群中处理同一任务的 worker 接连意外结束，可能内存不足。" + _TAKEN_UP) from error
                except CancelledError as error:
                    raise self.lost() from error
            if not done:
                time.sleep(0.05)

    def stop(self) -> None:
        """Tasks that wait are dropped when the task runner's client leaves the cluster; those at work end with their share."""

    def _check_alive(self) -> None:
        """Raise CannotRun where the scheduler is lost, or all workers are gone for good."""
        now = time.monotonic()
        if now - self._checked_at < _CHECK_SECONDS:
            return
        self._checked_at = now
        if not self.answers():
            raise self.lost()
        if self.client.nthreads():
            self._had_workers_at = now
        elif now - self._had_workers_at > NO_WORKER_SECONDS:
            raise CannotRun(f"集群“{self.address}”的 worker 都已退出，{NO_WORKER_SECONDS} 秒内没有新的加入。" + _TAKEN_UP)

    def answers(self) -> bool:
        """Whether the scheduler still answers."""
        try:
            return self.client.status == "running" and self.client.nthreads() is not None
        except (OSError, CancelledError):
            return False

    def lost(self) -> CannotRun:
        """The scheduler is lost, in words."""
        return CannotRun(f"与集群的调度器“{self.address}”失去联系。" + _TAKEN_UP)
