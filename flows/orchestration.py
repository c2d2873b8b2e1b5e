"""Prefect, made quick, quiet and local.

Call `prepare(home)` before anything imports prefect, as early as possible: the server
then starts in a second process while this one imports its own libraries.

    server = start_server(home)     # prepare(home) and, unless the user has a server, ours
    ...                             # list and hash the inputs, import pandas, ...
    server.wait()                   # say on screen that this is being waited for
    with quiet_flow():
        audit_flow(...)
"""

from __future__ import annotations

import atexit
import contextlib
import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

# Settings of the client side: they hold for a server of the user's own as well.
_CLIENT = {
    # No usage data to Amplitude. (The variable is a convention that Prefect honours.)
    "DO_NOT_TRACK": "1",
    # No OpenTelemetry spans and no process metrics of runs.
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    # Nothing of Prefect's on the console: progress lines and errors are printed by us.
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "CRITICAL",
    # Log records carry tracebacks, which may quote a cell: they are not sent to a server.
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    # What tasks return holds personal data: never written to a result store, never cached.
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_TASKS_DEFAULT_PERSIST_RESULT": "false",
    "PREFECT_TASKS_DISABLE_CACHING": "true",
}

# Settings of the temporary server. Without effect on a server of the user's own.
_SERVER = {
    # No heartbeat to sens-o-matic.prefect.io.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # Block types are not used here; registering them costs 1 s with a new home. Both are
    # needed: off but memoized, a later `prefect server start` would think them registered.
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
    # Automations, the event feed and its live stream. Task runs need none of them: they are
    # kept by the task run recorder, which must stay on.
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_EVENTS_STREAM_OUT_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    # Only for Prefect's own temporary server, should ours not come up: its 20 s are too
    # few for the migrations of a new home on a slow machine.
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
}

# Read by `prefect server start` with the same home: no usage data, from its page either.
_PROFILE = """active = "guantong"

[profiles.guantong]
PREFECT_SERVER_ANALYTICS_ENABLED = "false"
PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT = "false"
"""

# The server process. It ends when its standard input does, so also when we are killed.
_CHILD = """
import gc, sys, threading
gc.disable()  # importing makes no garbage: a tenth to a third of the import time
import uvicorn
from prefect.server.api.server import create_app
app = create_app(ephemeral=True, final=True)
gc.enable(); gc.freeze()
server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=int(sys.argv[1]),
                        log_level="critical", lifespan="on", timeout_graceful_shutdown=1))
def watch():
    sys.stdin.buffer.read()
    server.should_exit = True
threading.Thread(target=watch, daemon=True).start()
server.run()
"""


def user_has_server() -> bool:
    """Whether the user pointed Prefect at a server, in the environment or a profile."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    folder = Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()
    path = Path(os.environ.get("PREFECT_PROFILES_PATH") or folder / "profiles.toml")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    name = os.environ.get("PREFECT_PROFILE") or data.get("active")
    profile = data.get("profiles", {}).get(name)
    return isinstance(profile, dict) and bool(profile.get("PREFECT_API_URL"))


def prepare(home: Path) -> None:
    """Set what Prefect reads from the environment; what the user has set wins."""
    if "prefect" in sys.modules:
        raise RuntimeError("prepare() must run before prefect is imported")
    for name, value in _CLIENT.items():
        os.environ.setdefault(name, value)
    # A proxy in the environment must not be asked for 127.0.0.1.
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [h for h in os.environ.get(name, "").split(",") if h]
        os.environ[name] = ",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"]))
    if user_has_server():
        return
    # The database (prefect.db) lives here; `prefect server start` shows it, given this home.
    folder = Path(os.environ.setdefault("PREFECT_HOME", str(home))).expanduser()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "profiles.toml").exists():
        (folder / "profiles.toml").write_text(_PROFILE, encoding="utf-8")
    for name, value in _SERVER.items():
        os.environ.setdefault(name, value)


class Server:
    """A temporary Prefect server in a child process, on a free port of 127.0.0.1.

    Against the one that Prefect would start by itself: it starts while this process does
    other things, the server's modules are not imported twice (2 s), a Ctrl-C does not kill
    it before the run's last state is recorded, it asks for a password, and it ends with us.
    """

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        password = f"guantong:{secrets.token_urlsafe(16)}"
        # In its own session, so that the terminal's Ctrl-C is ours alone; in the home, so
        # that no .env or prefect.toml of the folder being audited is read.
        own: dict = {"start_new_session": True}
        if sys.platform == "win32":
            own = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(self.port)],
            env={**os.environ, "PREFECT_SERVER_API_AUTH_STRING": password},
            cwd=os.environ["PREFECT_HOME"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **own,
        )
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{self.port}/api"
        os.environ["PREFECT_API_AUTH_STRING"] = password
        # Prefect drains its queue of events before atexit functions run.
        atexit.register(self.stop)

    def wait(self, seconds: float = 180) -> None:
        """Return when the server answers; raise RuntimeError if it died or took too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(asked):
                asked.request("GET", "/api/health")
                if asked.getresponse().status == 200:
                    return
            time.sleep(0.05)
        raise RuntimeError("the temporary Prefect server did not start")

    def stop(self, seconds: float = 5) -> None:
        """End the server and wait for it; harmless when it has ended already."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_server(home: Path) -> Server | None:
    """Prepare, and start a temporary server at once; None where the user has a server."""
    prepare(home)
    return None if user_has_server() else Server()


@contextlib.contextmanager
def quiet_flow() -> Iterator[None]:
    """Run flows without heartbeats: their thread holds up each flow's end by up to 1 s.

    No environment value means "none". They only serve to find crashed runs of deployments.
    """
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield
