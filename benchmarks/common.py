"""What the benchmarks share: interleaved runs, medians, peak memory of a command with its children, RESULTS.md."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
GUANTONG = shutil.which("guantong", path=str(Path(sys.executable).parent)) or "guantong"
AS_OF = "2025-12-31"
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
QUIET = 0.3  # seconds between two looks at memory; more where a look takes long


@dataclass
class Run:
    """A command that has run: wall seconds, peak memory of all its processes in MiB, what it printed, its exit status.

    busy: the processor's seconds of its processes: of those of its pool, and of the others; up to `QUIET` short.
    """

    seconds: float
    peak: float
    printed: str
    status: int
    busy: tuple[float, float] = (0.0, 0.0)


def asked(about: str, **options: object) -> argparse.Namespace:
    """The command's options: ``options`` with their defaults, --rounds N, --write."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    for name, default in options.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default, help=f"default {default}")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/RESULTS.md")
    return parser.parse_args()


def numbers(text: str) -> list[int]:
    """10,20 → [10, 20]; an empty text gives none."""
    return [int(part) for part in text.split(",") if part]


def run(
    command: list[object], folder: Path, expect: tuple[int, ...] = (0,), memory: bool = True, more: dict[str, str] | None = None
) -> Run:
    """Run a command with its cache, key and Prefect's records under ``folder``, and ``more`` in its environment. Raises RuntimeError for an
    unexpected status.
    """
    words = [str(word) for word in command]
    begun = time.perf_counter()
    # files, not pipes: a pipe that fills up would hold the command up, and one that a grandchild keeps open would hold us up
    with (folder / "printed").open("w+b") as printed, (folder / "errors").open("w+b") as errors:
        process = subprocess.Popen(words, env=environment(folder) | (more or {}), stdin=subprocess.DEVNULL, stdout=printed, stderr=errors)
        watch = _Watch(process.pid) if memory else None
        status = process.wait()
        seconds = time.perf_counter() - begun
        peak = watch.stop() if watch else 0.0
        for stream in (printed, errors):
            stream.seek(0)
        told, trouble = printed.read().decode(), errors.read().decode(errors="replace")
    if status not in expect:
        raise RuntimeError(f"{Path(words[0]).name} {' '.join(words[1:3])} … ended with {status}:\n{trouble[-2000:]}")
    return Run(seconds, peak, told, status, watch.busy() if watch else (0.0, 0.0))


def environment(folder: Path) -> dict[str, str]:
    """The environment of a measured command: nothing of the user's own cache, key and Prefect server is touched, bytecode is kept."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "PYTHONDONTWRITEBYTECODE"))}
    places = {"GUANTONG_CACHE": folder / "cache", "XDG_STATE_HOME": folder / "state", "LOCALAPPDATA": folder / "state"}
    return own | {name: str(place) for name, place in places.items()}


def audit(inbox: Path, out: Path, folder: Path, *more: object, memory: bool = True) -> tuple[Run, dict]:
    """Run `guantong audit`; gives the run and its run.json. Refused files (status 1) are no trouble."""
    made = run([GUANTONG, "audit", inbox, "--out", out, "--as-of", AS_OF, *more], folder, expect=(0, 1), memory=memory)
    return made, json.loads((out / "run.json").read_bytes())


def sample(inbox: Path, persons: int, files: int, folder: Path) -> None:
    """Write made-up rosters, untidy as real ones."""
    run([GUANTONG, "sample", inbox, "--persons", persons, "--files", files, "--seed", 1], folder, memory=False)


def warm(folder: Path) -> Run:
    """A first audit under ``folder``, of one person: the key and Prefect's records are made then, and the disk's cache is warm."""
    sample(folder / "warm-in", 1, 1, folder)
    return audit(folder / "warm-in", folder / "warm-out", folder, "--no-cache")[0]


def interleaved(contenders: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """A B A B …: every contender once a round, so that a busy minute of the machine hits all."""
    runs: dict[str, list[Run]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name, act in contenders.items():
            runs[name].append(act())
            print(f"round {number + 1}: {name} {runs[name][-1].seconds:.2f} s, {peak(runs[name][-1:])}", file=sys.stderr, flush=True)
    return runs


def seconds(runs: Iterable[Run]) -> float:
    """The median of the runs' seconds."""
    return statistics.median(one.seconds for one in runs)


def peak(runs: Iterable[Run]) -> str:
    """The highest peak of the runs, in words; a dash where they were too short to be looked at."""
    highest = max(one.peak for one in runs)
    return f"{highest:,.0f} MiB" if highest else "–"


def high_water() -> float | None:
    """The most memory that this process has held, in MiB (RSS); None where the system does not tell."""
    try:
        return int(re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
    except (OSError, TypeError):
        return None


def ratio(one: list[Run], other: list[Run]) -> str:
    """Ratio of the medians, and the least and greatest ratio within a round."""
    each = [a.seconds / b.seconds for a, b in zip(one, other, strict=True)]
    middle = f"{seconds(one) / seconds(other):.2f}"
    return middle if len(each) == 1 else f"{middle} ({min(each):.2f} to {max(each):.2f})"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    heads = list(heads)
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *([str(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine(*packages: str) -> str:
    """One line on the machine, Python, guantong and the packages that matter."""
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {_version(name)}" for name in ("guantong", *packages))
    load = f", load average {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    return (
        f"{CORES} cores ({_processor()}), {memory:.0f} GiB, {platform.system()}{load}; "
        f"Python {platform.python_version()}, {versions}; peak memory is {_Watch.measure()}"
    )


def show(name: str, title: str, text: str, write: bool) -> None:
    """Print a benchmark's section; with ``write`` put it between its markers in RESULTS.md."""
    section = f"## {title}\n\n{text.strip()}\n"
    print(section)
    if write:
        RESULTS.write_text(replaced(RESULTS.read_text(encoding="utf-8"), name, section), encoding="utf-8")


def replaced(document: str, name: str, section: str) -> str:
    """A document with the text between ``<!-- name -->`` and ``<!-- /name -->`` replaced. Raises ValueError without the markers."""
    pattern = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", re.DOTALL)
    if not pattern.search(document):
        raise ValueError(f"no markers for {name}")
    return pattern.sub(lambda found: found[1] + section + found[2], document, count=1)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        told = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        told = None
    return told[1] if told else platform.processor() or platform.machine()


class _Watch:
    """Looks again and again at the memory of a process and all its children; `stop` gives the peak in MiB. busy: see `Run`."""

    def __init__(self, pid: int) -> None:
        self._root, self._peak, self._ended = psutil.Process(pid), 0, threading.Event()
        self._busy: dict[psutil.Process, tuple[bool, float]] = {}
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._ended.set()
        self._thread.join()
        return self._peak / 2**20

    def busy(self) -> tuple[float, float]:
        pool, others = (sum(taken for pooled, taken in self._busy.values() if pooled is which) for which in (True, False))
        return pool, others

    @staticmethod
    def measure() -> str:
        """What is added up."""
        return "PSS" if hasattr(psutil.Process().memory_full_info(), "pss") else "RSS (pages shared by processes count again in each)"

    def _look(self) -> None:
        wait = 0.05
        while not self._ended.wait(wait):
            begun = time.perf_counter()
            try:
                every = [self._root, *self._root.children(recursive=True)]
            except psutil.Error:
                return
            self._peak = max(self._peak, sum(_memory(process) for process in every))
            for process in every:
                with contextlib.suppress(psutil.Error):  # has ended meanwhile
                    pooled = self._busy[process][0] if process in self._busy else any("spawn_main" in word for word in process.cmdline())
                    self._busy[process] = pooled, sum(process.cpu_times()[:2])
            wait = max(QUIET, 40 * (time.perf_counter() - begun))  # looking takes at most a fortieth of a core


def _memory(process: psutil.Process) -> int:
    try:
        told = process.memory_full_info()
        return getattr(told, "pss", None) or told.rss
    except psutil.AccessDenied:
        return process.memory_info().rss
    except psutil.Error:
        return 0  # has ended meanwhile


class Largest:
    """Looks at the size of a folder while something is done; ``most`` is the largest, in bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.most, self._ended = folder, 0, threading.Event()

    def __enter__(self) -> Largest:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(QUIET):
            sizes = []
            for path in self._folder.glob("*"):
                try:
                    sizes.append(path.stat().st_size)
                except OSError:
                    pass  # gone meanwhile
            self.most = max(self.most, sum(sizes))
