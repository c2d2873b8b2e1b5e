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
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from guantong.flows.publishing import CannotRun
from guantong.flows.reading import whereabouts

CLIENT = {  # hold with a server of the user's own as well
    "DO_NOT_TRACK": "1",  # no usage data to Amplitude
    "PREFECT_LOGGING_LEVEL": "WARNING",  # progress and errors are printed by us,
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # nothing by Prefect
    "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "CRITICAL",  # nor by its inner workings
    "PREFECT_LOGGING_TO_API_ENABLED": "false",  # log records carry tracebacks, which may quote a cell
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",  # results are personal data: not written to disk
    "PREFECT_TASKS_DISABLE_CACHING": "true",  # nor kept for a later run
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
# The server's process: it ends when its standard input does, so also when this process is killed.
_CHILD = """
import gc, os, sys, threading
gc.disable()  # 0.5 s less to import
import uvicorn
from prefect.server.api.server import create_app
app = create_app(ephemeral=sys.argv[2] == "temporary", final=True)
server = uvicorn.Server(uvicorn.Config(app, port=int(sys.argv[1]), lifespan="on", log_level="error", timeout_graceful_shutdown=1))
gc.enable(); gc.freeze()  # 1.5 s less to exit
threading.Thread(target=lambda: (os.read(0, 1), setattr(server, "should_exit", True)), daemon=True).start()
server.run()
"""


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
    """A temporary server on a free port of 127.0.0.1, behind a password. Prefect's own would only start at the first flow,
    import the server's modules in this process too (2 s), and die of a Ctrl-C before the run's last state is recorded.

    A ``lasting`` one has Prefect's page and all its services too. ``address`` is the page's.
    """

    def __init__(self, lasting: bool = False) -> None:
        if "prefect" in sys.modules:
            raise RuntimeError("prefect has been imported before its settings were made")
        self.port = _free_port(_PORT if lasting else 0)
        self.address = f"http://127.0.0.1:{self.port}"
        self.password = f"guantong:{secrets.token_urlsafe(16)}"
        # Out of reach of the terminal's Ctrl-C; and of an .env or prefect.toml in the folder being audited.
        how: dict = {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
        folder = Path(os.environ["PREFECT_HOME"]).expanduser()
        own = {"PREFECT_SERVER_API_AUTH_STRING": self.password, "PREFECT_SERVER_UI_API_URL": f"{self.address}/api"}
        own |= {"PREFECT_SERVER_UI_STATIC_DIRECTORY": str(folder / "ui")}
        how |= {"env": os.environ | own, "stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
        with (folder / "server.log").open("wb") as log:
            command = [sys.executable, "-c", _CHILD, str(self.port), "lasting" if lasting else "temporary"]
            self.process = subprocess.Popen(command, cwd=folder, stderr=log, **how)
        os.environ |= {"PREFECT_API_URL": f"{self.address}/api", "PREFECT_API_AUTH_STRING": self.password}
        atexit.register(self.stop)  # by then Prefect has sent its last events

    def wait(self, seconds: float = 180) -> None:
        """Return when the server answers; raise RuntimeError if it has died or takes too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as asked:
                    asked.request("GET", "/api/health")
                    if asked.getresponse().read() == b"true":
                        return
            time.sleep(0.05)
        raise RuntimeError("the temporary Prefect server did not start: see server.log in PREFECT_HOME")

    def stop(self) -> None:
        """End the server; harmless when it has ended already."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()  # nothing, where it has ended


def _free_port(wanted: int) -> int:
    """A free port of 127.0.0.1: ``wanted`` where that is free."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as free:
            return free.getsockname()[1]
    raise RuntimeError("no free port on 127.0.0.1")


def start_server(home: Path, lasting: bool = False) -> Server | None:
    """Prepare, and start a server at once, temporary or ``lasting``; None where the user has a server."""
    prepare(home, lasting)
    return None if user_server() else Server(lasting)


@contextlib.contextmanager
def quiet_flow() -> Iterator[None]:
    """Run flows without heartbeats: their thread holds up a flow's end by up to 1 s. (No environment value says none.)"""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


class Fault(Exception):
    """An error stripped of its text: its kind and place only."""


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
