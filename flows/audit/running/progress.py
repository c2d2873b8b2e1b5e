"""Progress as a person sees it: bars on a terminal, plain lines elsewhere; the seconds and the peak memory of each stage."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from guantong.flows.current_folder import with_relative_paths
from guantong.flows.waiting import end_wait
from guantong.schemas.text import safe_lines

EVERY = 10  # seconds between two lines where there is no terminal
_SAMPLE = 0.5  # seconds between two looks at the memory


class Stages:
    """Names each stage on standard error, and keeps its ``seconds`` and ``peak_bytes``: the resident memory of all processes."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        self.seconds: dict[str, float] = {}
        self.peak_bytes: dict[str, int] = {}
        self._begun = time.perf_counter()

    def show(self, text: str) -> None:
        """Print one plain line."""
        end_wait()
        self.console.print(safe_lines(with_relative_paths(text)), markup=False, soft_wrap=True)

    def note_start(self) -> None:
        """Note the seconds until now as those of the stage ``start``: the inbox was searched, and Prefect started."""
        self.seconds["start"] = round(time.perf_counter() - self._begun, 3)

    @contextmanager
    def stage(self, name: str, title: str, total: int | None = None, unit: str = "") -> Iterator[Step]:
        """Run a stage in the block: with a progress bar on a terminal, else with a line every `EVERY` seconds and one at its end.

        ``total``: how many ``unit``s (as 个文件) it has; None where it counts none.
        """
        started = time.perf_counter()
        with self._memory_of(name), _bar(self, title, total, unit) as step:
            yield step
        self.seconds[name] = round(time.perf_counter() - started, 3)
        if not self.console.is_terminal:
            done = f" {step.done}{unit}" if total is not None else ""
            self.show(f"{title}：完成{done}，用时 {self.seconds[name]:.1f} 秒")

    @contextmanager
    def _memory_of(self, name: str) -> Iterator[None]:
        ended = threading.Event()

        def watch() -> None:
            while True:
                self.peak_bytes[name] = max(self.peak_bytes.get(name, 0), _resident())
                if ended.wait(_SAMPLE):
                    return

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _resident() -> int:
    """Bytes of resident memory of this process and all its descendants; what two of them share counts twice."""
    this, found = psutil.Process(), 0
    for process in (this, *this.children(recursive=True)):
        try:
            found += process.memory_info().rss
        except psutil.Error:
            continue  # it has just ended
    return found


class Step:
    """The running stage: `advance` moves its bar. Safe to call from several threads."""

    def __init__(self, stages: Stages, title: str, total: int | None, unit: str) -> None:
        self.done = self.rows = 0
        self._stages, self._title, self._total, self._unit = stages, title, total, unit
        self._begun = self._shown_at = time.monotonic()
        self._lock = threading.Lock()
        self._bar: tuple[Progress, int] | None = None

    def advance(self, count: int = 0, rows: int = 0) -> None:
        """Count ``count`` more units as done, and ``rows`` more as read."""
        with self._lock:
            self.done += count
            self.rows += rows
            if self._bar is not None:
                progress, task = self._bar
                progress.update(task, completed=self.done, rows=self._rate())
            elif self._total and time.monotonic() - self._shown_at >= EVERY:
                self._shown_at = time.monotonic()
                self._stages.show(f"{self._title}：{self.done}/{self._total} {self._unit}{self._rate()}{self._left()}")

    def _rate(self) -> str:
        per_second = self.rows / max(time.monotonic() - self._begun, 0.1)
        return f"，{self.rows:,} 行，每秒 {per_second:,.0f} 行" if self.rows else ""

    def _left(self) -> str:
        took = time.monotonic() - self._begun
        return f"，约剩 {took / self.done * (self._total - self.done):,.0f} 秒" if self.done else ""


@contextmanager
def _bar(stages: Stages, title: str, total: int | None, unit: str) -> Iterator[Step]:
    step = Step(stages, title, total, unit)
    if not stages.console.is_terminal:
        yield step
        return
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{unit}{{task.fields[rows]}}"),
        TimeElapsedColumn(),
        TextColumn("剩余"),
        TimeRemainingColumn(),
    ]
    end_wait()
    with Progress(*columns, console=stages.console, transient=False) as progress:
        step._bar = (progress, progress.add_task(title, total=total, rows=""))
        yield step
