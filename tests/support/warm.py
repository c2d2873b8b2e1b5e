"""Commands started from a process that has imported all that an audit imports, and forks: each is run as the console script runs it, without
the seconds of imports that every one of some hundred audits, and each of its workers, would take. Where a process can't fork, or another
Prefect server is asked for, a command is started as a user starts it; so with GUANTONG_TEST_COLD=1.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
from multiprocessing import connection, forkserver, get_context
from pathlib import Path

SECONDS = 300
# As `make_pool` has it for workers that are started, whose libraries read it when they are loaded: with an arena for each thread a worker
# would be found to have grown too large after each workbook, and another be started.
WORKER_LIBRARIES = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
_LOADED_BY_A_FLOW = (
    "prefect.engine",
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect.utilities.visualization",
    "anyio._backends._asyncio",
    "guantong.flows.entry",
    "pyarrow.pandas_compat",
)


class Warm:
    """The process that forks. ``environment``: what it imports Prefect under."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.settings = _prefects(environment)
        environment = environment | WORKER_LIBRARIES
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        self._process = subprocess.Popen([sys.executable, "-P", __file__], env=environment, cwd="/", **pipes)

    def takes(self, words: list[str], environment: dict[str, str]) -> bool:
        """Whether a command can be run from here: it would meet the same settings of Prefect, or asks for none."""
        return words[0] not in ("audit", "serve") or _prefects(environment) == self.settings

    def run(self, words: list[str], environment: dict[str, str], cwd: Path | None) -> tuple[int, str, str]:
        """The exit status of the command and what it said on each stream. Raises subprocess.TimeoutExpired."""
        with tempfile.TemporaryDirectory() as folder:
            streams = [os.path.join(folder, name) for name in ("out", "err")]
            print(json.dumps([words, environment, str(cwd or os.getcwd()), *streams]), file=self._process.stdin, flush=True)
            status = json.loads(self._process.stdout.readline())
            out, err = (Path(path).read_text(encoding="utf-8") for path in streams)
        if status is None:
            raise subprocess.TimeoutExpired(words, SECONDS, out, err)
        return status, out, err

    def stop(self) -> None:
        """End it."""
        self._process.communicate()


def _prefects(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(("PREFECT_", "XDG_"))}


def _serve() -> None:
    """Fork a child for each line; the child returns, and is the command."""
    from guantong.flows.quick_imports import importing

    with importing():
        import guantong.flows.audit.command
        import guantong.flows.audit.running.flow
        import guantong.flows.commands.check
        import guantong.flows.commands.compare
        import guantong.flows.commands.explain
        import guantong.flows.commands.simulate
        import guantong.flows.schedule.flow  # noqa: F401
        import guantong.reports
        from guantong.rules.policy.load import known_policies, load
        from guantong.schemas.checks import plausibility
        from guantong.schemas.reading import batch

        for name in (
            *_LOADED_BY_A_FLOW,
            *batch._LOADED_LATER,
            *(module.name for module in pkgutil.walk_packages(guantong.reports.__path__, "guantong.reports.")),
        ):
            importlib.import_module(name)
        for policy in known_policies():  # so that their text has been read
            load(policy)
        batch.warm_up()  # as each worker does before its first task; again it costs next to nothing
        plausibility._own_connection.cache_clear()
    for line in iter(sys.stdin.readline, ""):
        words, environment, cwd, out, err = json.loads(line)
        child = os.fork()
        if not child:
            _become(words, environment, cwd, out, err)
            return
        signal.signal(signal.SIGALRM, lambda *_, child=child: os.kill(child, signal.SIGKILL))
        signal.alarm(SECONDS)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        late = not signal.alarm(0)
        print(json.dumps(None if late else status), flush=True)
    os._exit(0)


def _become(words: list[str], environment: dict[str, str], cwd: str, out: str, err: str) -> None:
    for path, stream in ((os.devnull, 0), (out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = ["guantong", *words]
    _fork_workers()


class _ForkedServer(forkserver.ForkServer):
    """multiprocessing's server that forks workers, itself a fork of this process with all its imports, not a new Python."""

    def ensure_running(self) -> None:
        if self._forkserver_pid is not None:
            return
        self._forkserver_address = connection.arbitrary_address("AF_UNIX")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self._forkserver_address)
        listener.listen()
        ended, self._forkserver_alive_fd = os.pipe()
        self._forkserver_pid = os.fork()
        if not self._forkserver_pid:
            os.close(self._forkserver_alive_fd)
            forkserver.main(listener.fileno(), ended, preload=[])
            os._exit(0)
        os.close(ended)
        listener.close()


def _fork_workers() -> None:
    """Let the command's pool have forks of this process, which has no thread yet, as its workers."""
    from guantong.flows.workers import pool

    server = _ForkedServer()
    forkserver.ensure_running, forkserver.connect_to_new_process = server.ensure_running, server.connect_to_new_process
    server.ensure_running()
    pool._SPAWN = get_context("forkserver")


if __name__ == "__main__":
    _serve()
    from guantong.flows.entry import main

    main()
