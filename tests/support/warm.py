"""Commands started from a process that has imported all that an audit imports, and forks: each is run as the console script runs it, without
the seconds of imports that every one of some hundred audits would take. Where a process can't fork, or another Prefect server is asked for, a command is
started as a user starts it; so with GUANTONG_TEST_COLD=1.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 300


class Warm:
    """The process that forks. ``environment``: what it imports Prefect under."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.settings = _prefects(environment)
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
        import guantong.flows.audit.flow
        import guantong.flows.commands.check
        import guantong.flows.commands.compare
        import guantong.flows.commands.explain
        import guantong.flows.commands.simulate  # noqa: F401
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


if __name__ == "__main__":
    _serve()
    from guantong.flows.cli import main

    main()
