"""Progress as a person sees it: bars on a terminal, plain lines elsewhere; and the seconds of each stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Stages:
    """Names each stage on standard error and keeps its seconds."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        self.seconds: dict[str, float] = {}

    def say(self, text: str) -> None:
        """One plain line."""
        self.console.print(text, markup=False)

    @contextmanager
    def stage(self, name: str, title: str, total: int | None = None, unit: str = "") -> Iterator[Step]:
        """A stage: its bar where there is a terminal, else a line at its end. ``total`` counts ``unit``s."""
        started = time.perf_counter()
        with _bar(self.console, title, total, unit) as step:
            yield step
        self.seconds[name] = round(time.perf_counter() - started, 3)
        if not self.console.is_terminal:
            done = f" {step.done}{unit}" if total is not None else ""
            self.say(f"{title}：完成{done}，用时 {self.seconds[name]:.1f} 秒")


class Step:
    """The running stage: `advance` moves its bar. Safe to call from several threads."""

    def __init__(self, progress: Progress | None, task: int | None) -> None:
        self.done = 0
        self._progress, self._task = progress, task

    def advance(self, count: int = 1) -> None:
        self.done += count
        if self._progress is not None:
            self._progress.advance(self._task, count)


@contextmanager
def _bar(console: Console, title: str, total: int | None, unit: str) -> Iterator[Step]:
    if not console.is_terminal:
        yield Step(None, None)
        return
    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TextColumn("剩余"),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=console, transient=False) as progress:
        yield Step(progress, progress.add_task(title, total=total))
