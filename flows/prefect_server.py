"""Prefect made quick, quiet and local: first `start_server`, then import prefect, then `Server.wait_until_ready`, then flows `without_heartbeats`."""

from __future__ import annotations

import atexit
import contextlib
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

from guantong.flows.errors import CannotRun

CLIENT = {  # also with a server of the user's own
    "DO_NOT_TRACK": "1",  # no usage data to Amplitude
    "PREFECT_LOGGING_LEVEL": "WARNING",  # progress and errors are printed by us,
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # nothing by Prefect
    "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "CRITICAL",  # nor by its inner workings
    "PREFECT_LOGGING_TO_API_ENABLED": "false",  # log records carry tracebacks, which may quote a cell
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",  # results are personal data: not written to disk
    "PREFECT_TASKS_DISABLE_CACHING": "true",  # nor kept for a later run
    "PREFECT_CLIENT_MAX_RETRIES": "3",  # 14 s of each request to a server that is no more, and not 62
}
_OWN_SERVER = {  # of a temporary server
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # no heartbeat to sens-o-matic.prefect.io
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",  # block types are not used: 1 s in a new home
    "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",  # or memo_store.toml would say they are registered
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",  # no event feed (the task run recorder must stay on)
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",  # after `set_environment` alone, Prefect starts its own temporary server,
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",  # for which 20 s are too few in a new home
}
_LASTING_SERVER = {  # of the server of `guantong serve`: with what schedules, events, automations and the page need
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "true",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "true",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}
_PORT = 4200  # of a lasting server where it is free, so that its page keeps its address
# For `prefect server start` with the same home: no usage data, from its page neither.
_PROFILE = 'active = "guantong"\n[profiles.guantong]\nPREFECT_SERVER_ANALYTICS_ENABLED = "false"\n'
# The server's process, in PREFECT_HOME: it ends when its standard input does, so also when this process is killed. Of several that start in
# one home one makes ready its database and its page at a time.
_SERVER_PROCESS = """
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
_MAX_ENDS = 3  # of a server within `_ENDS_WITHIN` seconds; after these it is not started again
_ENDS_WITHIN = 600
_REFUSAL = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"  # which Prefect's client does not try again


def user_server() -> str | None:
    """The address of the user's own Prefect server, from the environment or the active profile; None where there is none."""
    if url := os.environ.get("PREFECT_API_URL"):
        return url
    path = os.environ.get("PREFECT_PROFILES_PATH") or os.environ.get("PREFECT_HOME", "~/.prefect") + "/profiles.toml"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        profiles = tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
        return profiles["profiles"][os.environ.get("PREFECT_PROFILE") or profiles["active"]].get("PREFECT_API_URL")
    return None


def set_environment(home: Path, lasting: bool = False) -> None:
    """Set the environment variables that Prefect reads when it is imported; those that the user has set stay. ``lasting``: see `Server`."""
    for name in ("NO_PROXY", "no_proxy"):  # a proxy must not be asked for 127.0.0.1
        os.environ[name] = ",".join(dict.fromkeys([*filter(None, os.environ.get(name, "").split(",")), "127.0.0.1", "localhost"]))
    is_ours = user_server() is None
    ours = CLIENT | _OWN_SERVER | (_LASTING_SERVER if lasting else {})
    for name, value in (ours if is_ours else CLIENT).items():
        os.environ.setdefault(name, value)
    if is_ours:  # prefect.db lives here; `PREFECT_HOME=... prefect server start` shows its runs
        folder = Path(os.environ.setdefault("PREFECT_HOME", str(home.absolute()))).expanduser()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError), (folder / "profiles.toml").open("x", encoding="utf-8") as file:
            file.write(_PROFILE)


class Server:
    """A Prefect server for this process, on a port of 127.0.0.1, behind a password. The temporary one that Prefect itself offers starts only at
    the first flow, imports the server's modules in this process too (2 s), and dies of a Ctrl-C before the run's last state is recorded.

    This process has the port from before the server starts until it ends itself, so that no other process can take it and be sent
    the password. A server that ends unexpectedly is started again, and requests wait meanwhile; ``unexpected_ends`` counts these ends.
    After `_MAX_ENDS` in short time the server is ``lost``, and each request is refused at once.
    A ``lasting`` server also has Prefect's page, at ``address``, and all its services.
    """

    def __init__(self, lasting: bool = False) -> None:
        if "prefect" in sys.modules:
            raise RuntimeError("prefect has been imported before its settings were made")
        self._socket = _listen(_PORT if lasting else 0)
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.password = f"guantong:{secrets.token_urlsafe(16)}"
        self.unexpected_ends, self.lost = 0, threading.Event()
        self._kind, self._environment = "lasting" if lasting else "temporary", dict(os.environ)
        self._home = Path(os.environ["PREFECT_HOME"]).expanduser()
        self._stopping, self._lock = False, threading.Lock()
        self._start()
        os.environ |= {"PREFECT_API_URL": f"{self.address}/api", "PREFECT_API_AUTH_STRING": self.password}
        atexit.register(self.stop)  # by then Prefect has sent its last events
        threading.Thread(target=self._restart_when_ended, daemon=True).start()

    def _start(self) -> None:
        # In a session of its own, so that it gets no Ctrl-C; in its own folder, so that it reads no .env or prefect.toml of an inbox.
        folder = self._home
        own = {"PREFECT_SERVER_API_AUTH_STRING": self.password, "PREFECT_SERVER_UI_API_URL": f"{self.address}/api"}
        own |= {"PREFECT_SERVER_UI_STATIC_DIRECTORY": str(folder / "ui")}
        options: dict = {"env": self._environment | own, "stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "cwd": folder}
        windows, handle = sys.platform == "win32", self._socket.fileno()
        options |= {"creationflags": 0x200} if windows else {"start_new_session": True, "pass_fds": [handle]}
        with (folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-P", "-c", _SERVER_PROCESS, self._kind, str(handle)], stderr=log, **options)
        shared_socket = self._socket.share(self.process.pid) if windows else b""
        with contextlib.suppress(BrokenPipeError):  # it has ended already: see `_restart_when_ended`
            self.process.stdin.write(b"%d\n" % len(shared_socket) + shared_socket)
            self.process.stdin.flush()

    def _restart_when_ended(self) -> None:
        recent: list[float] = []
        while not self.lost.is_set():
            self.process.wait()
            with contextlib.suppress(OSError):
                self.process.stdin.close()
            recent = [end for end in recent if time.monotonic() - end < _ENDS_WITHIN] + [time.monotonic()]
            with self._lock:
                if self._stopping:
                    return
                self.unexpected_ends += 1
                if len(recent) < _MAX_ENDS:
                    self._start()
                else:
                    self.lost.set()
        self._refuse_requests()

    def _refuse_requests(self) -> None:
        self._socket.setblocking(True)  # which the server has changed for both
        while True:
            connection, _ = self._socket.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(1)
                connection.recv(65536)
                connection.sendall(_REFUSAL)
                while connection.recv(65536):
                    pass

    def wait_until_ready(self, seconds: float = 180) -> None:
        """Return when the server answers; raise CannotRun if it is lost or takes too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.lost.is_set():
            if _answers(self.address):
                return
            time.sleep(0.05)
        raise CannotRun(f"临时的 Prefect 服务没有启动，原因见“{self._home / 'server.log'}”，常见的是磁盘空间不足")

    def stop(self) -> None:
        """End the server; harmless when it has ended already."""
        with self._lock:
            self._stopping = True
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()  # nothing, where it has ended


def _listen(preferred_port: int) -> socket.socket:
    """A socket that listens on a port of 127.0.0.1, ``preferred_port`` where that is free, and shares it with no other process."""
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)  # on Unix it does not share, but takes a port back at once
    for port in (preferred_port, 0):
        listener = socket.socket()
        try:
            listener.setsockopt(socket.SOL_SOCKET, exclusive, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen(_BACKLOG)
            return listener
        except OSError as error:
            listener.close()
            reason = error
    raise CannotRun(f"本机的 127.0.0.1 上没有可用的端口（错误号 {reason.errno}）")


def _answers(address: str) -> bool:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", "/api/health")
        return connection.getresponse().read() == b"true"
    return False


def start_server(home: Path, lasting: bool = False) -> Server | None:
    """Set the environment and start a server; None where the user has one. Raises CannotRun where that cannot be reached. ``lasting``: see `Server`."""
    set_environment(home, lasting)
    if address := user_server():
        return _check_reach(address)
    return Server(lasting)


@contextlib.contextmanager
def server_of_run(home: Path, show: Callable[[str], None]) -> Iterator[Server | None]:
    """The temporary server of one run, where the user has none; what is to be said of its restarts is shown at the end of a run that succeeds."""
    server = start_server(home)
    yield server
    if server is not None and server.unexpected_ends and not server.lost.is_set():
        show("提醒：临时的 Prefect 服务中途意外结束，已重新启动，它对这次运行的记录可能不完整；审核结果不受影响")


def _check_reach(address: str) -> None:
    """Raise CannotRun where nothing answers at the address of the user's server; Prefect itself judges the answer."""
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


def describe_incomplete_records(error: Exception) -> str:
    """A message: Prefect's records of a run are incomplete."""
    why = error if isinstance(error, CannotRun) else type(error).__name__
    return f"提醒：未能把这次运行的全部情况告知 Prefect 服务（{why}），它的记录不完整；审核结果不受影响"


def without_heartbeats() -> contextlib.AbstractContextManager:
    """A context in which flows have no heartbeats: their thread holds up a flow's end by up to 1 s. (No environment value says none.)"""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    return temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})


def describe_prefect_failure(error: Exception) -> str:
    """A message: a flow has ended early by an error that no `redacted` function has raised, so one of Prefect."""
    return f"Prefect 服务失去联系或出错（{type(error).__name__}），审核没有完成，没有改动上一次的输出。请检查 Prefect 服务后再运行，已读取的文件不必重读"


def without_retries() -> contextlib.AbstractContextManager:
    """A context in which Prefect's client tries each request to the server once only."""
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    return temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0})
