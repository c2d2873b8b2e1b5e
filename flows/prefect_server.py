"""Prefect made quick, quiet and local: `start_server`, import prefect, `wait`, then flows under `quiet_flow`."""

from __future__ import annotations

import atexit
import contextlib
import functools
import http.client
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from guantong.flows.errors import CannotRun, Fault, whereabouts

CLIENT = {  # hold with a server of the user's own as well
    "DO_NOT_TRACK": "1",  # no usage data to Amplitude
    "PREFECT_LOGGING_LEVEL": "WARNING",  # progress and errors are printed by us,
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # nothing by Prefect
    "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "CRITICAL",  # nor by its inner workings
    "PREFECT_LOGGING_TO_API_ENABLED": "false",  # log records carry tracebacks, which may quote a cell
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",  # results are personal data: not written to disk
    "PREFECT_TASKS_DISABLE_CACHING": "true",  # nor kept for a later run
    "PREFECT_CLIENT_MAX_RETRIES": "3",  # 14 s of each request to a server that is no more, and not 62
}
_SERVER = {  # of a temporary server
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # no heartbeat to sens-o-matic.prefect.io
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",  # block types are not used: 1 s in a new home
    "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",  # or memo_store.toml would say they are registered
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",  # no event feed (the task run recorder must stay on)
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",  # after `prepare` alone, Prefect starts its own temporary server,
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",  # for which 20 s are too few in a new home
}
_LASTING = {  # of a server that lasts as long as `guantong serve` does: with what schedules, events, automations and the page need
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "true",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "true",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}
_PORT = 4200  # of a lasting server where it is free, so that its page keeps its address
# For `prefect server start` with the same home: no usage data, from its page neither.
_PROFILE = 'active = "guantong"\n[profiles.guantong]\nPREFECT_SERVER_ANALYTICS_ENABLED = "false"\n'
# The server's process, in PREFECT_HOME: it ends when its standard input does, so also when this process is killed. Of several that start in
# one home one makes ready its database and its page at a time.
_CHILD = """
import gc, os, socket, sys, threading
gc.disable()  # 0.5 s less to import
given = sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))  # on Windows what tells of the socket
listening = socket.fromshare(given) if given else socket.socket(fileno=int(sys.argv[2]))
import uvicorn
from filelock import FileLock
from prefect.server.api.server import create_app
lock = FileLock("guantong-start.lock")
class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        lock.release()
lock.acquire()
app = create_app(ephemeral=sys.argv[1] == "temporary", final=True)
server = Server(uvicorn.Config(app, lifespan="on", log_level="error", timeout_graceful_shutdown=1))
gc.enable(); gc.freeze()  # 1.5 s less to exit
threading.Thread(target=lambda: (os.read(0, 1), setattr(server, "should_exit", True)), daemon=True).start()
server.run([listening])
"""
_REACH_SECONDS = 10  # for a server of the user's to answer
_BACKLOG = 2048  # as uvicorn has it
_MOST_ENDS = 3  # of a server within `_A_WHILE` seconds: it is started again no more
_A_WHILE = 600
_GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"  # which Prefect's client does not try again


def user_server() -> str | None:
    """The address of the server that the user has pointed Prefect at, in the environment or in the active profile."""
    if given := os.environ.get("PREFECT_API_URL"):
        return given
    path = os.environ.get("PREFECT_PROFILES_PATH") or os.environ.get("PREFECT_HOME", "~/.prefect") + "/profiles.toml"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        file = tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
        return file["profiles"][os.environ.get("PREFECT_PROFILE") or file["active"]].get("PREFECT_API_URL")
    return None


def prepare(home: Path, lasting: bool = False) -> None:
    """Set what Prefect reads from the environment when it is imported; what the user has set wins. ``lasting``: see `Server`."""
    for name in ("NO_PROXY", "no_proxy"):  # a proxy must not be asked for 127.0.0.1
        os.environ[name] = ",".join(dict.fromkeys([*filter(None, os.environ.get(name, "").split(",")), "127.0.0.1", "localhost"]))
    own = user_server() is None
    ours = CLIENT | _SERVER | (_LASTING if lasting else {})
    for name, value in (ours if own else CLIENT).items():
        os.environ.setdefault(name, value)
    if own:  # prefect.db lives here; `PREFECT_HOME=... prefect server start` shows its runs
        folder = Path(os.environ.setdefault("PREFECT_HOME", str(home.absolute()))).expanduser()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError), (folder / "profiles.toml").open("x", encoding="utf-8") as file:
            file.write(_PROFILE)


class Server:
    """A temporary server on a port of 127.0.0.1, behind a password. Prefect's own would only start at the first flow,
    import the server's modules in this process too (2 s), and die of a Ctrl-C before the run's last state is recorded.

    The port is this process's from before the server starts until this process ends: nobody else can ever have it, to be told the
    password and to be believed. A server that ends before it is to is started again, and who asks meanwhile waits; ``ends`` counts that.
    One that ends again and again is ``lost``: then each request is refused at once.
    A ``lasting`` one has Prefect's page and all its services too. ``address`` is the page's.
    """

    def __init__(self, lasting: bool = False) -> None:
        if "prefect" in sys.modules:
            raise RuntimeError("prefect has been imported before its settings were made")
        self._listening = _listening(_PORT if lasting else 0)
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.password = f"guantong:{secrets.token_urlsafe(16)}"
        self.ends, self.lost = 0, threading.Event()
        self._kind, self._environment = "lasting" if lasting else "temporary", dict(os.environ)
        self._home = Path(os.environ["PREFECT_HOME"]).expanduser()
        self._stopping, self._lock = False, threading.Lock()
        self._start()
        os.environ |= {"PREFECT_API_URL": f"{self.address}/api", "PREFECT_API_AUTH_STRING": self.password}
        atexit.register(self.stop)  # by then Prefect has sent its last events
        threading.Thread(target=self._keep_up, daemon=True).start()

    def _start(self) -> None:
        # Out of reach of the terminal's Ctrl-C; and of an .env or prefect.toml in the folder being audited.
        folder = self._home
        own = {"PREFECT_SERVER_API_AUTH_STRING": self.password, "PREFECT_SERVER_UI_API_URL": f"{self.address}/api"}
        own |= {"PREFECT_SERVER_UI_STATIC_DIRECTORY": str(folder / "ui")}
        how: dict = {"env": self._environment | own, "stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "cwd": folder}
        windows, handle = sys.platform == "win32", self._listening.fileno()
        how |= {"creationflags": 0x200} if windows else {"start_new_session": True, "pass_fds": [handle]}
        with (folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-P", "-c", _CHILD, self._kind, str(handle)], stderr=log, **how)
        told = self._listening.share(self.process.pid) if windows else b""
        with contextlib.suppress(BrokenPipeError):  # it has ended already: see `_keep_up`
            self.process.stdin.write(b"%d\n" % len(told) + told)
            self.process.stdin.flush()

    def _keep_up(self) -> None:
        recent: list[float] = []
        while not self.lost.is_set():
            self.process.wait()
            with contextlib.suppress(OSError):
                self.process.stdin.close()
            recent = [end for end in recent if time.monotonic() - end < _A_WHILE] + [time.monotonic()]
            with self._lock:
                if self._stopping:
                    return
                self.ends += 1
                if len(recent) < _MOST_ENDS:
                    self._start()
                else:
                    self.lost.set()
        self._turn_away()

    def _turn_away(self) -> None:
        self._listening.setblocking(True)  # which the server has changed for both
        while True:
            connection, _ = self._listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(1)
                connection.recv(65536)
                connection.sendall(_GONE)
                while connection.recv(65536):
                    pass

    def wait(self, seconds: float = 180) -> None:
        """Return when the server answers; raise CannotRun if it is lost or takes too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.lost.is_set():
            if _answers(self.address):
                return
            time.sleep(0.05)
        raise CannotRun(f"临时的 Prefect 服务没有启动，不能审核；原因见“{self._home / 'server.log'}”。请检查磁盘空间，再运行一次")

    def told(self) -> str | None:
        """In words what is to be said of it at the end of a run; None where there is nothing, or that has been said."""
        if not self.ends or self.lost.is_set():
            return None
        return "提醒：临时的 Prefect 服务中途意外结束，已重新启动，它对这次运行的记录可能不完整；审核结果不受影响"

    def stop(self) -> None:
        """End the server; harmless when it has ended already."""
        with self._lock:
            self._stopping = True
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()  # nothing, where it has ended


def _listening(wanted: int) -> socket.socket:
    """A socket that listens on a port of 127.0.0.1, ``wanted`` where that is free, and shares it with nobody."""
    alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)  # on Unix it does not share, but takes a port back at once
    for port in (wanted, 0):
        found = socket.socket()
        try:
            found.setsockopt(socket.SOL_SOCKET, alone, 1)
            found.bind(("127.0.0.1", port))
            found.listen(_BACKLOG)
            return found
        except OSError as error:
            found.close()
            reason = error
    raise CannotRun(f"本机的 127.0.0.1 上没有可用的端口（错误号 {reason.errno}）")


def _answers(address: str) -> bool:
    asked = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(asked):
        asked.request("GET", "/api/health")
        return asked.getresponse().read() == b"true"
    return False


def start_server(home: Path, lasting: bool = False) -> Server | None:
    """Prepare, and start a server at once, temporary or ``lasting``; None where the user has a server. Raises CannotRun where that is not there."""
    prepare(home, lasting)
    if address := user_server():
        return _check_reach(address)
    return Server(lasting)


def _check_reach(address: str) -> None:
    """Raise CannotRun where nothing answers at the address of the user's server; what it answers is for Prefect to judge."""
    import ssl
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(f"{address.rstrip('/')}/health", timeout=_REACH_SECONDS):
            return
    except urllib.error.HTTPError as error:
        error.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        if not isinstance(getattr(error, "reason", None), ssl.SSLError):  # Prefect has settings of its own for certificates
            raise CannotRun(
                f"连不上 Prefect 服务“{address}”（环境变量 PREFECT_API_URL 或 Prefect 配置所指）。请检查地址和那里的服务是否在运行；"
                "不设这个地址，则自动使用本机的临时服务"
            ) from error


@contextlib.contextmanager
def telling(missed: Callable[[Exception], object]) -> Iterator[None]:
    """Where Prefect can't be told of a result that is in place, ``missed`` gets why, to say it (`untold`); it costs nothing else."""
    try:
        yield
    except Exception as error:
        missed(error)


def untold(error: Exception) -> str:
    """In words: Prefect's records lack something of a run, for this reason."""
    return f"提醒：未能把这次运行的全部情况告知 Prefect 服务（{type(error).__name__}），它的记录不完整；审核结果不受影响"


@contextlib.contextmanager
def quiet_flow() -> Iterator[None]:
    """Run flows without heartbeats: their thread holds up a flow's end by up to 1 s. (No environment value says none.)"""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def stopped(error: Exception) -> str:
    """In words: a flow has ended before its work was done by what is no fault of a `scrubbed` function, so one of Prefect's."""
    return f"Prefect 服务失去联系或出错（{type(error).__name__}），审核没有完成，没有改动上一次的输出。请检查 Prefect 服务后再运行，已读取的文件不必重读"


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """Ask Prefect's server once, and not again after a while."""
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
        yield


class Sealed:
    """An argument of a task that neither Prefect nor Dask looks into or shows; a `scrubbed` function gets what it holds."""

    def __init__(self, held: object) -> None:
        self.held = held


def scrubbed(function: Callable) -> Callable:
    """Opens what is `Sealed`. For functions under @flow and @task: whatever the settings, Prefect keeps an error's text, and pickles a flow's
    error to disk. So only its kind goes up; the original stays here, as ``__context__``."""

    @functools.wraps(function)
    def call(*given, **named):
        try:
            return function(*map(_opened, given), **{name: _opened(value) for name, value in named.items()})
        except CannotRun:  # its words are ours, and hold paths at most
            raise
        except OSError as error:  # stays an OSError, for retries
            raise OSError(error.errno or 5, os.strerror(error.errno or 5)) from None
        except Exception as error:
            raise error if type(error) is Fault else Fault(whereabouts(error)) from None

    return call


def _opened(value: object) -> object:
    return value.held if isinstance(value, Sealed) else value
